"""Keeps LiveKit from cancelling a reply over words that are to change nothing.

    caller                   |"Mhm."|
    agent   |-- thinking ----------------|-- speaking --      kept
            |-- thinking --- cancelled: nobody ever speaks    LiveKit alone, its words taken out

Any final that arrives while a speech is paused, as a reply that is being made is from the caller's
START_OF_SPEECH on, has LiveKit cancel the speech in the next turn of the event loop. It leaves one
alone that disallows interruptions, and ends its pause: so a speech does for as long as that takes.
The reply is not made a second time, and neither is what its tools do.
"""

from __future__ import annotations

import asyncio
import contextlib
import weakref
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from livekit.agents import AgentSession
    from livekit.agents.voice import SpeechHandle

_kept: weakref.WeakSet[SpeechHandle] = weakref.WeakSet()


def allows_interruptions(speech: SpeechHandle) -> bool:
    """Whether a speech may be interrupted, as its owner wants it."""
    return speech in _kept or bool(speech.allow_interruptions)


class KeptSpeech:
    """The speech of a session that the final at hand must not cancel; verified on 1.5.0 and 1.8.9.

    Args:
        session: The session.
    """

    def __init__(self, session: AgentSession[Any]) -> None:
        self._session = weakref.ref(session)
        self._speech: SpeechHandle | None = None
        self._finals = 0

    def keep(self) -> None:
        """Keeps the current speech, from within the listener that is told of the final."""
        session = self._session()
        speech = None if session is None else session.current_speech
        if speech is None or speech.interrupted or not allows_interruptions(speech):
            return
        if self._speech is not speech:
            self.let_go()
        self._speech = speech
        self._finals += 1
        _kept.add(speech)
        speech.allow_interruptions = False
        # LiveKit starts a task once its listeners have returned; it must have had its turn
        loop = asyncio.get_running_loop()
        loop.call_soon(loop.call_soon, self._final_done, speech)

    def let_go(self) -> None:
        """Lets the speech be interrupted again."""
        speech, self._speech = self._speech, None
        self._finals = 0
        if speech is not None:
            _kept.discard(speech)
            with contextlib.suppress(RuntimeError):
                speech.allow_interruptions = True

    def _final_done(self, speech: SpeechHandle) -> None:
        if speech is self._speech:
            self._finals -= 1
            if self._finals <= 0:
                self.let_go()
