"""Small calls, played by the replay, come out as `wanted.json` beside them says.

Of each call: `stop` (false: nothing takes the floor from the agent; a number: something does by
then), `turn` (texts that reach LiveKit as turns, by when), `silent` (texts that never do) and
`not_before` (texts that do no earlier than that, if at all).
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from filters.calls import Replay, read_timeline
from filters.configuration import load_config, policy_of
from filters.policy import Action, Decision, Speech, SpeechState

HERE = Path(__file__).parent
SHARED = Path(__file__).parents[3] / "shared" / "cases"
TURNS = (Action.PASS, Action.RELEASE, Action.INTERRUPT)


def calls_in(directory: Path) -> list[Any]:
    """The calls of a directory, each with what is wanted of it."""
    wanted = directory / "wanted.json"
    if not wanted.exists():
        skipped = pytest.mark.skip(reason=f"there is no {wanted}")
        return [pytest.param(directory, {"case": directory.name}, marks=skipped)]
    cases = json.loads(wanted.read_text(encoding="utf-8"))
    return [pytest.param(directory, each, id=f"{directory.name}-{each['case']}") for each in cases]


class Played(NamedTuple):
    """What came of a call."""

    stopped_at: float | None
    turns: dict[str, float]


def play(directory: Path, name: str) -> Played:
    """Replays a call by its own configuration, or by the default."""
    config = directory / f"{name}.yaml"
    player = Replay(policy_of(load_config(config if config.exists() else None)))
    speaking: set[str] = set()
    stopped_at: float | None = None
    turns: dict[str, float] = {}
    with (directory / f"{name}.jsonl").open("rb") as lines:
        for _, event in read_timeline(lines, name):
            for decision in player.feed(event):
                if _reaches_livekit(decision):
                    turns.setdefault(decision.heard.text, decision.t)
                takes = decision.action is Action.INTERRUPT or (
                    bool(speaking) and decision.final and decision.action is Action.PASS
                )
                if takes and stopped_at is None:
                    stopped_at = decision.t
            if isinstance(event, Speech):
                done = event.state is SpeechState.DONE
                speaking = speaking - {event.id} if done else speaking | {event.id}
    return Played(stopped_at, turns)


def _reaches_livekit(decision: Decision) -> bool:
    return decision.action in TURNS and decision.final


@pytest.mark.parametrize(("directory", "wanted"), [*calls_in(HERE), *calls_in(SHARED)])
def test_a_call_comes_out_as_wanted(directory: Path, wanted: dict[str, Any]) -> None:
    """Stops, turns and silence, each at its time."""
    played = play(directory, wanted["case"])
    stop = wanted.get("stop")
    if stop is False:
        assert played.stopped_at is None
    elif stop is not None:
        assert played.stopped_at is not None
        assert played.stopped_at <= stop
    for text, by in wanted.get("turn", {}).items():
        assert played.turns.get(text, float("inf")) <= by, text
    for text in wanted.get("silent", ()):
        assert text not in played.turns
    for text, earliest in wanted.get("not_before", {}).items():
        assert played.turns.get(text, float("inf")) >= earliest


def test_every_call_is_wanted_to_come_out_somehow() -> None:
    """No file without an entry, and three calls at least of each kind."""
    names = [each["case"] for each in json.loads((HERE / "wanted.json").read_text("utf-8"))]
    assert sorted(names) == sorted(path.stem for path in HERE.glob("*.jsonl"))
    kinds = [name.split("_")[0] for name in names]
    assert {kind for kind in kinds if kinds.count(kind) < 3} == set()
