"""Filters a session whose agents can't take the mixin, from `user_input_transcribed`.

The event comes when LiveKit has a transcript in hand and has neither judged nor stored it. So this
is the second driver of the same policy, with weaker means: it can't keep a transcript from the
pipeline, but it can take its words out of the turn again, put the words LiveKit is about to judge
where it looks for them, and hand over later what was held. It stands aside for agents that have the
mixin.

What the agent is about to say it is not told, as the mixin is: the agent's own words can't be told
from the caller's where they come back as an echo, and whether a turn asked is known from the chat
history alone; one that is in no history counts as one that did.
"""

from __future__ import annotations

import asyncio
import dataclasses
from typing import TYPE_CHECKING, Any

from filters.calls import clock, get_logger
from filters.policy import Action, Decision, Heard, SpeechType

from ._livekit_private import TurnBuffers
from .backchannel_stt import BackchannelSTTFilterMixin
from .compatibility import Part, compatibility
from .filtered_stream import UNFILTERED
from .kept_speech import KeptSpeech
from .session_events import current_agent
from .session_filter import SessionFilter

if TYPE_CHECKING:
    from livekit.agents import (
        AgentSession,
        CloseEvent,
        UserInputTranscribedEvent,
        UserStateChangedEvent,
    )

    from filters.calls import AskedJudge
    from filters.configuration import FilterConfig

log = get_logger(__name__)

RETRY_S = 0.1
"""How soon to look again for a turn to put words in, during a hand-off."""


def install_short_utterance_filter(
    session: AgentSession[Any], *, config: FilterConfig | None = None
) -> ShortUtteranceFilter:
    """Filters what any agent of the session hears; agents with the mixin keep doing it themselves.

    Args:
        session: The session, best before it is started.
        config: What to decide by; None: what the session's filter uses already, or the default.

    Returns:
        The filter; its `remove()` takes it off again.
    """
    session_filter = SessionFilter.of(session, config)
    if config is not None and session_filter.config != config:
        log.warning(
            "config_ignored",
            config=config.name,
            in_use=session_filter.config.name,
            fix="Install the filter before the session starts, and once.",
        )
    return ShortUtteranceFilter(session, session_filter)


class ShortUtteranceFilter:
    """The hook of one session.

    Attributes:
        active: False after `remove()`, and where this LiveKit lacks a name it needs: it then does
            nothing, and has said so.
    """

    def __init__(self, session: AgentSession[Any], session_filter: SessionFilter) -> None:
        self._session = session
        self._filter = session_filter
        self._buffers = TurnBuffers(session)
        self._kept = KeptSpeech(session)
        self._timer: asyncio.TimerHandle | None = None
        self._turn_before: str | None = None  # the turn without the words that are to be taken out
        self._instead = ("", False)  # what is left of them, and whether as a final
        self._asked: AskedJudge | None = None
        self._try_again = False  # to hand over words that nobody could take
        found = compatibility(session)
        self.active = found.has(Part.FILTER) and found.has(Part.HOOK)
        if not self.active:
            return
        session.on("user_input_transcribed", self._on_transcribed)
        session.on("user_state_changed", self._on_user_state_changed)
        session.on("close", self._on_close)

    def remove(self) -> None:
        """Takes the hook off; words it held go to the history when the call ends."""
        if not self.active:
            return
        self.active = False
        self._session.off("user_input_transcribed", self._on_transcribed)
        self._session.off("user_state_changed", self._on_user_state_changed)
        self._session.off("close", self._on_close)
        self._let_go()

    # -- listeners --------------------------------------------------------------------------------

    def _on_transcribed(self, event: UserInputTranscribedEvent) -> None:
        kind = SpeechType.FINAL if event.is_final else SpeechType.INTERIM
        language = str(event.language) if event.language else None
        speaker = event.speaker_id or None
        self._hear(Heard(clock.now(), kind, event.transcript, language, speaker=speaker))

    def _on_user_state_changed(self, event: UserStateChangedEvent) -> None:
        if event.new_state == "speaking":
            self._hear(Heard(clock.now(), SpeechType.START_OF_SPEECH))
        elif event.old_state == "speaking":
            # LiveKit looks at the turn next: the words must be out by then
            self._hear(Heard(clock.now(), SpeechType.END_OF_SPEECH))

    def _on_close(self, _event: CloseEvent) -> None:
        self._let_go()

    def _hear(self, heard: Heard) -> None:
        """A filter that fails lets speech through."""
        try:
            self._take_out()
            if self._in_charge():
                self._act(self._filter.hear(self._judged(heard)))
                self._arm()
        except Exception as error:  # noqa: BLE001 - law 10
            self._filter.call_log.failed("filter_failed", error, consequence=UNFILTERED)

    def _judged(self, heard: Heard) -> Heard:
        """With what the application says it is; LiveKit goes on, so that nothing can wait."""
        overlap = None if self._asked is None else self._filter.overlap(heard)
        if self._asked is None or overlap is None:
            return heard
        return dataclasses.replace(heard, judged=self._asked.ask_now(overlap))

    def _in_charge(self) -> bool:
        if self._filter.config.mode == "off":
            return False
        if self._filter.driver is None:
            # a mixin that is between two streams has decided already what is on its way here
            if isinstance(current_agent(self._session), BackchannelSTTFilterMixin):
                return False
            self._filter.take_charge(self, self._wake, can_retract=False)
            self._asked = self._filter.asked()
            if self._asked is not None and self._asked.must_be_plain():
                self._asked = None
        return self._filter.driver is self

    def _wake(self) -> None:
        asyncio.get_running_loop().call_soon(self._tick)

    def _tick(self) -> None:
        if not self.active or self._filter.driver is not self:
            return
        try:
            self._release(self._filter.due())
            self._arm()
        except Exception as error:  # noqa: BLE001 - law 10
            self._filter.call_log.failed("filter_failed", error, consequence=UNFILTERED)

    def _arm(self) -> None:
        self._disarm()
        deadline = clock.now() + RETRY_S if self._try_again else self._filter.next_deadline
        if deadline is not None:
            delay = max(0.0, deadline - clock.now())
            self._timer = asyncio.get_running_loop().call_later(delay, self._tick)

    def _disarm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _let_go(self) -> None:
        self._take_out()
        self._kept.let_go()
        self._disarm()
        self._filter.give_up_charge(self)

    # -- acting -----------------------------------------------------------------------------------

    def _act(self, decisions: list[Decision]) -> None:
        *due, decision = decisions
        if self._filter.config.mode == "shadow":
            return
        self._put_in(due)
        if decision.action in (Action.SUPPRESS, Action.HOLD):
            self._buffers.interim = ""
            self._store_instead(decision, "")
            if decision.final:
                self._kept.keep()
            return
        if decision.adds is not None:
            self._store_instead(decision, decision.adds)
        if decision.action is Action.INTERRUPT:
            if decision.recoverable:
                # LiveKit would judge by the words of the event before
                self._kept.let_go()
                self._buffers.interim = decision.text
                self._filter.stop_soon()
            else:
                self._interrupt()

    def _interrupt(self) -> None:
        self._kept.let_go()
        self._filter.interrupt()

    def _store_instead(self, decision: Decision, text: str) -> None:
        """LiveKit stores the words when its listeners have returned: then others replace them."""
        self._turn_before = self._buffers.final
        self._instead = (text, decision.final)
        asyncio.get_running_loop().call_soon(self._take_out)

    def _take_out(self) -> None:
        """Takes the words that don't count out of the turn again, and leaves those that do."""
        before, self._turn_before = self._turn_before, None
        if before is None or not self._buffers.final.startswith(before):  # another turn by now
            return
        text, final = self._instead
        cleared = len(self._buffers.final) - len(before) + len(self._buffers.interim) - len(text)
        self._buffers.final = f"{before} {text}".strip() if final else before
        self._buffers.interim = "" if final else text
        self._buffers.cancel_preemptive_reply()
        log.debug("buffer_cleared", characters=max(cleared, 0))

    def _put_in(self, decisions: list[Decision]) -> bool:
        late = [each for each in decisions if each.action in (Action.RELEASE, Action.INTERRUPT)]
        words = [each.text for each in late]
        self._try_again = bool(words) and not self._buffers.there
        if self._try_again:
            self._filter.put_back(decisions)
            return False
        if any(each.action is Action.INTERRUPT for each in late):  # the agent has gone on
            self._interrupt()
        if words:
            self._buffers.final = " ".join([self._buffers.final, *words]).strip()
        return bool(words)

    def _release(self, decisions: list[Decision]) -> None:
        """Hands over what was held; it becomes a turn now, or part of the one being said."""
        if self._filter.config.mode == "shadow":
            return
        if self._put_in(decisions) and self._session.user_state != "speaking":
            self._filter.commit_turn()
