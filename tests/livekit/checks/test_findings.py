"""What findings say, and that the README's table is of all of them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from filters import Finding
from filters.livekit.checks.findings import KINDS, NO_RECOGNISER
from tests.session_parts import first_call

ROOT = Path(__file__).parents[3]
TABLE = re.compile(r"<!-- findings -->\n(.*?)<!-- /findings -->", flags=re.DOTALL)
HEAD = "| event | what is set | the change |\n|---|---|---|\n"


def table() -> str:
    """The README's table, as the findings have it."""
    rows = (f"| `{kind.event}` | {kind.when} | {shown(kind.change)} |\n" for kind in KINDS)
    return HEAD + "".join(rows)


def shown(change: str) -> str:
    """A change in Markdown: its first call is code."""
    if not change:
        return "none: for information"
    code = first_call(change)
    return f"`{code}`{change[len(code) :]}"


def test_the_table_in_the_readme_is_the_findings() -> None:
    """Each with what is set and the change, and no other."""
    found = TABLE.findall((ROOT / "README.md").read_text(encoding="utf-8"))
    if not found:
        pytest.skip("README.md has no table between <!-- findings --> and <!-- /findings --> yet")
    assert found == [table()], table()


def test_each_finding_has_a_name_of_its_own() -> None:
    """In the words of an event in the log."""
    events = [kind.event for kind in KINDS]
    assert len(set(events)) == len(events)
    assert all(re.fullmatch("[a-z]+(_[a-z]+)+", event) for event in events)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.event)
def test_a_finding_says_what_and_why_and_begins_its_change_with_code(kind: object) -> None:
    """No cell of the table is broken by what it says."""
    assert isinstance(kind, type(KINDS[0]))
    assert kind.when
    assert kind.consequence
    assert "|" not in kind.when + kind.change
    if kind.change:
        assert kind.change.startswith(first_call(kind.change))


def test_a_finding_is_a_line_of_text() -> None:
    """As `python -m agent check` prints it."""
    finding = Finding("deaf", "nobody is heard", "AgentSession(ears=2)", "ears is 0")
    assert str(finding) == "deaf: ears is 0. Nobody is heard. Fix: AgentSession(ears=2)"
    assert str(NO_RECOGNISER).endswith("an STT. There is nothing to filter.")
    assert str(Finding("deaf", "nobody is heard")) == "deaf. Nobody is heard."
