"""The command line of the demo in Pipecat."""

from __future__ import annotations

import argparse
import asyncio
import dataclasses
import itertools
import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from loguru import logger
from pipecat import version as pipecat_version

from agent.offline.recogniser import LoopbackRecogniser
from filters.calls import PREFIX, SUFFIX, writer_of
from scripts.demo.lateness import Lateness

from .report import Result, as_json, describe, markdown, misses, table
from .rows import ROWS, Row, codebook
from .stage import play
from .ways import TITLES, Way, hotel_config

if TYPE_CHECKING:
    from collections.abc import Sequence

AT_ONCE = 12
"""Calls at a time."""
BOUND_S = 60.0
"""The longest a call may take."""
_START_EVERY_S = 0.15
_FLUSH_S = 5.0


async def play_all(rows: Sequence[Row], ways: Sequence[Way], recordings: Path) -> list[Result]:
    """Plays every row every way, side by side."""
    sounds, config = codebook(), hotel_config(recordings)
    config.compile()
    room, door, lateness = asyncio.Semaphore(AT_ONCE), asyncio.Lock(), Lateness()
    done, calls = itertools.count(1), len(rows) * len(ways)

    async def one(row: Row, way: Way, recogniser: LoopbackRecogniser) -> Result:
        async with room:
            async with door:
                await asyncio.sleep(_START_EVERY_S)
            began_at = asyncio.get_running_loop().time()
            try:
                playing = play(row, way, recogniser, sounds, config)
                recording = await asyncio.wait_for(playing, BOUND_S)
                recording = dataclasses.replace(recording, late_s=lateness.since(began_at))
                result = Result(row, way, recording)
            except Exception as error:  # noqa: BLE001 - one that breaks off must not end the others
                result = Result(row, way, None, f"{type(error).__name__}: {error}")
        said = f"{row.name}, {TITLES[way]}: {describe(row, result.outcome)}"
        print(f"[{next(done):2}/{calls}] {said}", file=sys.stderr)
        return result

    async with lateness.watched(), LoopbackRecogniser(sounds) as recogniser:
        plays = [one(row, way, recogniser) for row in rows for way in ways]
        return list(await asyncio.gather(*plays))


def main() -> int:
    """Plays the same calls three ways; the exit status is 1 if this project missed a row."""
    names = [row.name for row in ROWS]
    parser = argparse.ArgumentParser(prog="scripts.demo_pipecat", description=main.__doc__)
    parser.add_argument("--row", action="append", choices=names, help="only this; repeatable")
    parser.add_argument("--way", action="append", choices=[way.value for way in Way])
    parser.add_argument("--json", type=Path, help="write results and recordings there")
    parser.add_argument("--out", type=Path, default=Path("build/demo-pipecat"))
    parser.add_argument("--page", type=Path, help="write the table into this page, at its mark")
    parser.add_argument("--log", action="store_true", help="show what Pipecat and the filter log")
    asked = parser.parse_args()
    if not asked.log:
        logger.remove()
    recordings = asked.out / "calls"
    recordings.mkdir(parents=True, exist_ok=True)
    for path in recordings.glob(f"{PREFIX}*{SUFFIX}"):
        path.unlink(missing_ok=True)
    rows = [row for row in ROWS if not asked.row or row.name in asked.row]
    ways = [way for way in Way if not asked.way or way.value in asked.way]
    results = asyncio.run(play_all(rows, ways, recordings))
    writer_of(os.getpid()).flush(_FLUSH_S)
    print(
        f"Real pipelines, pipecat-ai {pipecat_version()}, measured at the caller's ear", end="\n\n"
    )
    print(*table(results), sep="\n")
    print(f"This project's calls, recorded: {recordings}")
    if asked.json is not None:
        text = json.dumps(as_json(results), indent=2, ensure_ascii=False)
        asked.json.write_text(text + "\n", "utf-8")
    if asked.page is not None:
        begins, ends = "<!-- demo -->", "<!-- /demo -->"
        before, _, rest = asked.page.read_text("utf-8").partition(begins)
        shown = "\n".join(markdown(results))
        after = rest.partition(ends)[2]
        asked.page.write_text(f"{before}{begins}\n{shown}\n{ends}{after}", "utf-8")
    missed = list(misses(results))
    print(*missed, sep="\n", file=sys.stderr)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
