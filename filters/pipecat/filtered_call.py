"""All that the filter knows of one call through a pipeline: the policy and what drives it.

transcriptions, voice activity -> FilteredCall -> policy
what the bot does --------------------^  |
frames <---------------------------------' decisions
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from pipecat.frames.frames import LLMMessagesAppendFrame, STTUpdateSettingsFrame

from filters.calls import AskedJudge, CallStages, PolicyDriver, clock
from filters.policy import (
    Decision,
    Ended,
    ExpectAnswer,
    Reason,
    SessionStarted,
)

from .bot_events import BotEvents
from .stage_settings import StageSettings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pipecat.frames.frames import Frame
    from pipecat.services.stt_service import STTService

    from filters.calls import Judge
    from filters.configuration import FilterConfig
    from filters.policy import Event, Heard, Overlap

DEFAULT_MIN_WORDS = 2


class FilteredCall:
    """One call.

    Args:
        config: What to decide by.
        judge: The application's, if it has one.

    Attributes:
        bot: What the bot does.
        asked: The judge, to be asked; None: there is none, or nothing to ask it.
        driver: Drives the policy.
        stages: The stages of the conversation.
        notes: Frames that put words into the context, to be sent on.
        upstream: Frames for the recogniser, to be sent to it.
        changed: Set when there may be something to send, or a deadline has moved.
        running: Between its start and its end.
    """

    def __init__(self, config: FilterConfig, judge: Judge | None = None) -> None:
        self.config = config
        self.bot = BotEvents(self.tell)
        self.driver = PolicyDriver(config, self._snapshot, self._note)
        self.asked: AskedJudge | None = None
        if judge is not None and config.mode != "off":
            self.asked = AskedJudge(judge, config.judge_timeout_s, self.driver.call_log)
        self.stages = CallStages(config, self.tell, self.driver.call_log, self._set_options)
        self.notes: list[Frame] = []
        self.upstream: list[Frame] = []
        self.changed = asyncio.Event()
        self.running = False
        self._due: list[Decision] = []
        self._settings = StageSettings(config.stt_options())

    @property
    def min_words(self) -> int:
        """Words that stop the bot."""
        return DEFAULT_MIN_WORDS if self.config.min_words is None else self.config.min_words

    @property
    def floor_free(self) -> bool:
        """Whether the bot has had nothing to say for so long that no speech overlaps it."""
        return self.bot.silent_for(clock.now()) > self.config.grace_s

    @property
    def deadline(self) -> float | None:
        """When `due` has something to do, in seconds on the call's clock."""
        deadlines = (self.driver.next_deadline, self.bot.deadline)
        return min((each for each in deadlines if each is not None), default=None)

    def listen_with(self, service: STTService | None) -> None:
        """Says which recogniser the pipeline has; None: none of its own."""
        self._settings.listen_with(service)

    def begin(self) -> None:
        """The pipeline starts."""
        if self.running:
            return
        self.running = True
        self._feed(self._started())
        self.bot.sync()

    def end(self) -> None:
        """The pipeline ends: what still waits is noted."""
        if not self.running:
            return
        self.driver.undelivered(self._due, Reason.CALL_ENDED)
        self._due = []
        self._feed(Ended(clock.now()))
        self._due = []
        self.stages.end()
        self.running = False
        self.driver.end()

    def tell(self, event: Event) -> None:
        """Takes in anything but what the caller says."""
        if self.running:
            self._feed(event)

    def overlap(self, heard: Heard) -> Overlap | None:
        """What there is to ask the judge about what the caller says; None: nothing."""
        self.bot.sync()
        return self.driver.policy.overlap(heard)

    def hear(self, heard: Heard) -> list[Decision]:
        """Takes in what the caller says; what to do, its own decision last."""
        self.bot.sync()
        decisions = self.driver.feed(heard)
        due, self._due = self._due, []
        self.changed.set()
        return due + decisions

    def due(self) -> list[Decision]:
        """What has come due without anything said."""
        if not self.running:
            return []
        self.bot.sync()
        decisions = self.driver.advance(clock.now())
        due, self._due = self._due, []
        return due + decisions

    def expect_answer(self) -> None:
        """The bot's turn under way, or its next, wants an answer though it may not sound so."""
        self.tell(ExpectAnswer(clock.now()))

    def _feed(self, event: Event) -> None:
        self._due += self.driver.feed(event)
        self.changed.set()

    def _started(self) -> SessionStarted:
        # no output of Pipecat's pauses: every stop is final, and nothing is taken back
        return SessionStarted(clock.now(), min_words=self.min_words, pausable=False)

    def _snapshot(self) -> list[Event]:
        return [self._started(), *self.bot.snapshot(), self.stages.event()]

    def _note(self, decision: Decision) -> None:
        message: Any = {"role": "user", "content": decision.text}
        self.notes.append(LLMMessagesAppendFrame(messages=[message], run_llm=False))
        self.changed.set()

    def _set_options(self, wanted: Mapping[str, Any]) -> None:
        for settings in self._settings.changes(wanted):
            self.upstream.append(STTUpdateSettingsFrame(delta=settings))
        self.changed.set()
