"""The board forgives what only a busy machine did, and says so."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from . import board as board_module
from .board import MOST_TO_REPEAT, Board

if TYPE_CHECKING:
    from .call import Setting


@pytest.fixture
def repeated(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What these tests repeat is not the run's."""
    names: list[str] = []
    monkeypatch.setattr(board_module, "repeated", names)
    return names


async def test_what_passes_alone_has_passed_and_is_named(repeated: list[str]) -> None:
    """A failure beside other calls may be the machine's."""
    board, tries = Board(), 0

    @board.scenario()
    async def late_once(setting: Setting) -> None:
        nonlocal tries
        tries += 1
        assert tries > 1, setting

    (name,) = board.scenarios
    assert await board.run([name]) == {name: None}
    assert repeated == [name]


async def test_what_fails_alone_too_has_failed(repeated: list[str]) -> None:
    """A second failure is no accident."""
    board = Board()

    @board.scenario()
    async def wrong(setting: Setting) -> None:
        raise AssertionError(setting)

    (name,) = board.scenarios
    assert "AssertionError" in str((await board.run([name]))[name])
    assert repeated == []


async def test_many_failures_are_not_the_machines(repeated: list[str]) -> None:
    """Then nothing is played again."""
    board, tries = Board(), 0
    for number in range(MOST_TO_REPEAT + 1):

        async def wrong(_: Setting) -> None:
            nonlocal tries
            tries += 1
            raise AssertionError

        wrong.__name__ = f"wrong_{number}"
        board.scenario()(wrong)

    outcomes = await board.run(list(board.scenarios))
    assert all(outcomes.values())
    assert tries == MOST_TO_REPEAT + 1
    assert repeated == []
