"""What calls are made of: the server, the recogniser that hears them, and a way to place one."""

from __future__ import annotations

import asyncio
import contextlib
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from agent.offline.recording import write_wav
from agent.offline.tts import ToneTTS
from agent.rehearsal import codebook

from .caller import Caller, CallError, now
from .ear import RATE
from .judging import Outcome, Recording, outcome
from .rows import ABOUT, FAREWELL, Row

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from pathlib import Path

    from agent.offline.connection import Connection
    from agent.offline.recogniser import LoopbackRecogniser
    from agent.offline.sounds import Codebook
    from scripts.demo.lateness import Lateness

    from .livekit_server import LiveKitServer

ANSWER_LIMIT_S = 30.0
"""The longest that a call waits for an agent, of a worker that has to make a process first."""
QUIET_S = 1.5
"""Silence after which the agent has nothing more to say: words that were held come sooner."""
LATE_S = 0.05
"""A machine that lets a timer wait for so long lets calls wait as well."""
CALM_S = 3.0
"""How long timers have to be in time before a machine that was busy is tried again."""
CALM_LIMIT_S = 10.0
"""The longest that is waited for that."""
_FAREWELL_LIMIT_S = 8.0


class Stage:
    """Where calls are placed.

    Args:
        server: The LiveKit server.
        recogniser: What hears the callers.
        sounds: What callers say.
        lateness: Watches how busy the machine is.
        wav_directory: Where recordings go; None keeps none.

    Attributes:
        played_again: What was wrong and was tried again because the machine was busy.
    """

    def __init__(
        self,
        server: LiveKitServer,
        recogniser: LoopbackRecogniser,
        sounds: Codebook,
        lateness: Lateness,
        wav_directory: Path | None = None,
    ) -> None:
        self.played_again: list[str] = []
        self.server = server
        self.recogniser = recogniser
        self.sounds = sounds
        self._wav_directory = wav_directory
        self._lateness = lateness
        self._joining = asyncio.Lock()

    def late_since(self, instant: float) -> float:
        """How late timers were since an instant of the loop's clock, in seconds, at most."""
        return self._lateness.since(instant)

    async def calm(self) -> None:
        """Waits until the machine is less busy, or has been busy for too long to wait for that."""
        began_at = now()
        while now() - began_at < CALM_LIMIT_S:
            await asyncio.sleep(0.1)
            if now() - began_at >= CALM_S and self.late_since(now() - CALM_S) < LATE_S:
                break

    @asynccontextmanager
    async def call(
        self,
        agent_name: str,
        *,
        domain: str | None = None,
        telephone: bool = False,
        label: str = "call",
    ) -> AsyncIterator[tuple[Caller, Connection]]:
        """Places a call, and hangs up in the end.

        Calls are placed one after the other: the recogniser's next connection is the call's. (Real
        callers don't come in the same instant either; a worker whose warm processes are all taken
        refuses those that do.)

        Yields:
            The caller, who has heard the greeting begin, and the recogniser's connection.

        Raises:
            CallError: No agent came.
        """
        caller = Caller(
            self.server,
            self.sounds,
            agent_name=agent_name,
            domain=domain,
            telephone=telephone,
            label=label,
        )
        try:
            async with self._joining:
                before = len(self.recogniser.connections)
                await caller.call()
                await caller.until(
                    lambda: len(self.recogniser.connections) > before,
                    "an agent to come",
                    ANSWER_LIMIT_S,
                )
                connection = self.recogniser.connections[-1]
                await caller.until_heard("the greeting")
            yield caller, connection
        finally:
            await caller.hang_up()
            self._write(caller)

    async def play(
        self,
        row: Row,
        caller: Caller,
        during: Callable[[float], Awaitable[None]] | None = None,
    ) -> Outcome:
        """Plays a row in a call whose agent has nothing to say.

        Args:
            row: What to play.
            caller: The call.
            during: Run beside it, given when the caller's first words over the statement begin.

        Raises:
            CallError: Something that had to happen didn't.
        """
        before = len(caller.agent_said), len(caller.turns)
        asked = caller.say(row.asks)
        began_at = await caller.until_heard(row.statement, since=asked.end)
        length_s = statement_s(row.statement)
        said = [
            caller.say(words.text, at=began_at + words.at_s + (length_s if words.at_s < 0 else 0))
            for words in row.words
        ]
        beside = asyncio.ensure_future(during(said[0].onset)) if during is not None else None
        await asyncio.sleep(max(said[-1].end, began_at + length_s / 2) - now())
        if beside is not None:
            await beside
        await caller.until_quiet(QUIET_S)
        heard_until = now()
        replies, turns = len(caller.agent_said), len(caller.turns)
        farewell = caller.say(FAREWELL)
        with contextlib.suppress(CallError):  # the judgement says so
            await caller.until(
                lambda: len(caller.agent_said) > replies, "the farewell", _FAREWELL_LIMIT_S
            )
        await caller.until_quiet(0.3)
        spans = [
            span
            for span in caller.ear.spans(since=began_at)
            if span.start < min(heard_until, farewell.onset)
        ]
        said_texts = tuple(read.text for read in caller.agent_said[before[0] : replies])
        return outcome(
            row,
            Recording(
                spans=tuple(spans),
                statement_s=length_s,
                onset=said[0].onset,
                end=said[-1].end,
                said=said_texts,
                said_s=tuple(map(statement_s, said_texts)),
                turns=tuple(read.text for read in caller.turns[before[1] : turns]),
                farewell_reply=tuple(read.text for read in caller.agent_said[replies:]),
            ),
        )

    def _write(self, caller: Caller) -> None:
        if self._wav_directory is not None:
            _, samples = caller.ear.recording()
            write_wav(self._wav_directory / f"{caller.room_name}.wav", [samples], RATE)


def statement_s(text: str) -> float:
    """How long the agent takes to say something, in seconds."""
    return ToneTTS().duration_s(text)


def callers_sounds() -> Codebook:
    """All that callers say, and what a speakerphone plays back of the agent."""
    sounds = codebook()
    words = ABOUT.split()
    per_character_s = statement_s(ABOUT) / sum(len(word) + 1 for word in words)
    sounds.add(ABOUT, word_durations_s=[(len(word) + 1) * per_character_s for word in words])
    return sounds
