"""The rules of AssemblyAI's guide to LiveKit, to compare with: written anew, alike in effect.

Two rules, both for a self-hosted agent whose session has `min_words=2`:

1. A transcript made up of filler words alone is dropped while the agent speaks, and for a second
   after the last event that came while it spoke.
2. A transcript shorter than `min_words` empties the turn's buffers while the agent speaks.
"""

from __future__ import annotations

import string
import time
from typing import TYPE_CHECKING, Any

from livekit.agents import Agent, AgentSession, ModelSettings, UserInputTranscribedEvent, stt

from filters.livekit._livekit_private import TurnBuffers

if TYPE_CHECKING:
    from collections.abc import AsyncIterable

    from livekit import rtc

GRACE_S = 1.0
FILLERS = frozenset(
    {
        *("mhm", "mm", "mmhm", "mmhmm", "hm", "hmm", "uhhuh", "huh"),
        *("uh", "uhm", "um", "umm", "er", "erm", "ah", "oh"),
        *("yeah", "yep", "yup", "ok", "okay", "right", "alright", "gotcha"),
    }
)
_TRANSCRIPTS = frozenset(
    {
        stt.SpeechEventType.INTERIM_TRANSCRIPT,
        stt.SpeechEventType.PREFLIGHT_TRANSCRIPT,
        stt.SpeechEventType.FINAL_TRANSCRIPT,
    }
)
_NO_PUNCTUATION = str.maketrans("", "", string.punctuation)


def only_fillers(text: str) -> bool:
    """Whether there are words, and all of them fillers."""
    words = text.lower().translate(_NO_PUNCTUATION).split()
    return bool(words) and FILLERS.issuperset(words)


class GuideRulesMixin:
    """The first rule; mixed in before `Agent`."""

    _spoke_at = float("-inf")

    async def stt_node(
        self, audio: AsyncIterable[rtc.AudioFrame], model_settings: ModelSettings
    ) -> AsyncIterable[Any]:
        """Yields the recogniser's events but for the fillers."""
        assert isinstance(self, Agent)  # noqa: S101 - for the type checker
        async for event in Agent.default.stt_node(self, audio, model_settings):
            if not self._drops(event):
                yield event

    def _drops(self, event: stt.SpeechEvent) -> bool:
        now = time.monotonic()
        if self.session.agent_state == "speaking":  # type: ignore[attr-defined]  # Agent's
            self._spoke_at = now
        if now - self._spoke_at > GRACE_S or event.type not in _TRANSCRIPTS:
            return False
        return only_fillers(event.alternatives[0].text if event.alternatives else "")


def install_buffer_rule(session: AgentSession[Any]) -> None:
    """The second rule; called before the session starts."""
    buffers = TurnBuffers(session)

    def empty_buffers(event: UserInputTranscribedEvent) -> None:
        words = len(event.transcript.split())
        if session.agent_state != "speaking" or words >= session.options.interruption["min_words"]:
            return
        buffers.final = ""
        buffers.interim = ""
        buffers.cancel_preemptive_reply()

    session.on("user_input_transcribed", empty_buffers)
