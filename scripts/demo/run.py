"""Plays rows side by side, in real time."""

from __future__ import annotations

import asyncio
import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING

import aiohttp

from agent.offline.recogniser import LoopbackRecogniser

from .judging import Outcome, Recording, outcome_of
from .lateness import Lateness
from .rows import Moment, Row, codebook
from .stage import Stage
from .ways import Way, recorded_config

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

AT_ONCE = 24
"""Sessions at a time; they need a quarter of a core."""
BOUND_S = 60.0
"""The longest a session may take."""
# To start takes more of the machine than to go on.
_START_EVERY_S = 0.06
# With the loop later than this, the next session waits a while.
_LATE_S = 0.1
_PATIENCE_S = 2.0
# What takes longest comes first, so that all end together.
_LONGEST_FIRST = (Moment.OVER, Moment.THINKING, Moment.TOOL)


@dataclass(frozen=True, slots=True)
class Result:
    """What came of a row, played one way.

    Attributes:
        row: What was played.
        way: How.
        recording: What was recorded; `None` where the session broke off.
        problem: Why it broke off.
    """

    row: Row
    way: Way
    recording: Recording | None
    problem: str = ""

    @property
    def outcome(self) -> Outcome | None:
        """What became of it."""
        return None if self.recording is None else outcome_of(self.recording)

    @property
    def as_wanted(self) -> bool:
        """Whether that is what should."""
        recording, outcome = self.recording, self.outcome
        if recording is None or outcome is None:
            return False
        return self.row.want.met_by(outcome, recording.phrase_s + recording.late_s)


@dataclass(frozen=True, slots=True)
class Run:
    """All results, in the order of the rows and the ways asked for.

    Attributes:
        results: One for each row and way.
        late_s: How late the event loop was at worst: the machine's part in the times measured.
    """

    results: tuple[Result, ...]
    late_s: float


async def play_all(
    rows: Sequence[Row],
    ways: Sequence[Way],
    on_result: Callable[[Result], object] = lambda _: None,
    on_step: Callable[[], object] = lambda: None,
    recordings: Path | None = None,
    *,
    shadow: bool = False,
) -> Run:
    """Plays every row every way.

    Args:
        rows: What to play.
        ways: How.
        on_result: Told each result as it is there.
        on_step: Called `STEPS` times while a row is played.
        recordings: Where this project's way records its calls; None: nowhere.
        shadow: This project only watches.
    """
    config = recorded_config(recordings, shadow=shadow)
    sounds = codebook(rows)
    room, door = asyncio.Semaphore(AT_ONCE), asyncio.Lock()
    lateness = Lateness()
    now = asyncio.get_running_loop().time
    began_at = now()

    async def enter() -> None:
        async with door:
            await asyncio.sleep(_START_EVERY_S)
            patient_until = now() + _PATIENCE_S
            while (  # noqa: ASYNC110 - time is what it waits for
                lateness.since(now() - 1.0) > _LATE_S and now() < patient_until
            ):
                await asyncio.sleep(_START_EVERY_S)

    async def play(stage: Stage, row: Row, way: Way) -> Result:
        async with room:
            await enter()
            entered_at = now()
            try:
                recording = await asyncio.wait_for(stage.play(row, way, on_step), BOUND_S)
                recording = dataclasses.replace(recording, late_s=lateness.since(entered_at))
            except Exception as error:  # noqa: BLE001 - one that breaks off must not end the others
                result = Result(row, way, None, f"{type(error).__name__}: {error}")
            else:
                result = Result(row, way, recording)
        on_result(result)
        return result

    async with (
        lateness.watched(),
        aiohttp.ClientSession() as http,
        LoopbackRecogniser(sounds) as recogniser,
    ):
        stage = Stage(recogniser, sounds, http, config)
        tasks = {
            (row.name, way): asyncio.ensure_future(play(stage, row, way))
            for row in sorted(rows, key=lambda row: row.moment not in _LONGEST_FIRST)
            for way in ways
        }
        await asyncio.gather(*tasks.values())
    results = tuple(tasks[row.name, way].result() for row in rows for way in ways)
    return Run(results, lateness.since(began_at))
