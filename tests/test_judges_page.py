"""docs/judges.md says what is so: its code runs, and its judge judges."""

from __future__ import annotations

import re
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest

from filters import FilterConfig, Judgement, Overlap
from filters.livekit import BackchannelSTTFilterMixin

from .fake_session import FakeSession

PAGE = (Path(__file__).parents[1] / "docs" / "judges.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```python\n(.*?)```", PAGE, flags=re.DOTALL)
OVERLAP = Overlap("Righto.", "en", True, 1.0, 0.5, 0.9, "A", "A", "Sure?", "", True, None)


def ran(block: str) -> dict[str, Any]:
    """The names that a block of code makes."""
    names: dict[str, Any] = {"session": FakeSession()}
    exec(compile(block, "docs/judges.md", "exec"), names)  # noqa: S102 - the page's own code
    return names


def test_the_recipe_drops_what_is_unsure_and_what_others_say() -> None:
    """And leaves all else to the words; install takes it."""
    judge = ran(BLOCKS[0])["judge"]
    assert judge(OVERLAP) is None
    assert judge(replace(OVERLAP, confidence=None, speaker=None)) is None
    assert judge(replace(OVERLAP, confidence=0.3)) is Judgement.NO_SPEECH
    assert judge(replace(OVERLAP, speaker="B")) is Judgement.NO_SPEECH


def test_the_recipe_takes_eight_lines() -> None:
    """Those of the function, and of its installation."""
    lines = [line for line in BLOCKS[0].splitlines() if line and not line.startswith("from")]
    assert len(lines) <= 8


async def test_an_agent_has_a_judge_of_its_own() -> None:
    """As the page shows."""
    agent = ran(BLOCKS[1])["Receptionist"](instructions="Test.")
    assert isinstance(agent, BackchannelSTTFilterMixin)
    assert await agent.judge(OVERLAP) is Judgement.BACKCHANNEL  # type: ignore[misc]


@pytest.mark.parametrize("block", BLOCKS[2:])
def test_the_other_blocks_run(block: str) -> None:
    """They define what they say."""
    ran(block)


def test_the_page_names_every_field_and_every_answer() -> None:
    """And the time a judge has."""
    assert all(f"`{field.name}`" in PAGE for field in fields(Overlap))
    assert all(f"`{each.name}`" in PAGE for each in Judgement)
    assert f"`judge_timeout_s` ({FilterConfig.model_fields['judge_timeout_s'].default})" in PAGE
