"""Files copied from a guide that are in this package's way."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

import filters
from filters.livekit.leftovers import COPIED, leftover_packages

HERE = Path(str(filters.__file__)).parents[1]
"""Where this package is imported from."""


def copied(directory: Path, *names: str) -> Path:
    """A project with a `filters` package of its own."""
    package = directory / "filters"
    package.mkdir(parents=True)
    for name in names:
        (package / name).touch()
    return package


@pytest.mark.parametrize("name", COPIED)
def test_a_copied_file_is_found(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Either of the two is enough."""
    package = copied(tmp_path, "__init__.py", name)
    monkeypatch.setattr(sys, "path", [str(tmp_path), str(HERE), str(tmp_path)])
    assert leftover_packages() == [package]


def test_the_current_directory_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As the empty entry of the import path."""
    package = copied(tmp_path, *COPIED)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [""])
    assert leftover_packages() == [package]


def test_this_package_is_no_leftover(monkeypatch: pytest.MonkeyPatch) -> None:
    """However often it is on the path."""
    monkeypatch.setattr(sys, "path", [str(HERE), f"{HERE}/"])
    assert leftover_packages() == []


def test_another_package_of_that_name_is_none_of_our_business(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It has neither of the files."""
    copied(tmp_path, "__init__.py", "audio.py")
    monkeypatch.setattr(sys, "path", [str(tmp_path), str(tmp_path / "nowhere")])
    assert leftover_packages() == []


def test_a_directory_that_can_not_be_read_is_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing can be imported from it either."""
    package = copied(tmp_path / "fine", *COPIED)
    is_file = Path.is_file

    def refuse(path: Path) -> bool:
        if "secret" in path.parts:
            raise PermissionError(13, "Permission denied", str(path))
        return is_file(path)

    monkeypatch.setattr(Path, "is_file", refuse)
    monkeypatch.setattr(sys, "path", [str(tmp_path / "secret"), str(tmp_path / "fine")])
    assert leftover_packages() == [package]
