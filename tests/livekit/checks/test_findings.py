"""What findings say."""

from __future__ import annotations

import re

import pytest

from filters import Finding
from filters.livekit.checks.findings import KINDS, NO_RECOGNISER
from tests.session_parts import first_call


def test_each_finding_has_a_name_of_its_own() -> None:
    """In the words of an event in the log."""
    events = [kind.event for kind in KINDS]
    assert len(set(events)) == len(events)
    assert all(re.fullmatch("[a-z]+(_[a-z]+)+", event) for event in events)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.event)
def test_a_finding_says_what_and_why_and_begins_its_change_with_code(kind: object) -> None:
    """What its heading on the page is made of."""
    assert isinstance(kind, type(KINDS[0]))
    assert kind.when
    assert kind.consequence
    assert "|" not in kind.when + kind.change
    if kind.change:
        assert kind.change.startswith(first_call(kind.change))


def test_a_finding_is_a_line_of_text() -> None:
    """As `python -m agent check` prints it."""
    finding = Finding("deaf", "nobody is heard", "AgentSession(ears=2)", "ears is 0")
    page = "(see docs/setup-checks.md#deaf)"
    assert str(finding) == f"deaf: ears is 0. Nobody is heard. Fix: AgentSession(ears=2) {page}"
    assert "an STT. There is nothing to filter. (see docs/" in str(NO_RECOGNISER)
    assert str(Finding("deaf", "nobody is heard")) == f"deaf. Nobody is heard. {page}"
