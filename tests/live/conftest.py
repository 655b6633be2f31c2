"""Every live call is recorded, so that each can be replayed when it is over."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from filters.calls import driver

from .replayed import recording_tape

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module", autouse=True)
def _recorded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    directory = tmp_path_factory.mktemp("recordings")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(driver, "open_tape", lambda config: recording_tape(config, directory))
        yield
