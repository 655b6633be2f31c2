"""A call's log says what became of it, and what it was not made for."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from filters.calls import LOGGER_NAME, CallLog
from filters.configuration import FilterConfig

if TYPE_CHECKING:
    import pytest


def test_a_language_without_words_is_told_once_a_call(caplog: pytest.LogCaptureFixture) -> None:
    """With what to extend; a region is served by its language."""
    caplog.set_level(logging.DEBUG, logger=LOGGER_NAME)
    call_log = CallLog(FilterConfig.from_mapping({"domain": "test", "extends": ["en"]}))
    for language in (None, "", "en-GB", "de", "de", "multi", "xh"):
        call_log.heard(language)
    told = [(vars(r)["language"], vars(r)["fix"]) for r in caplog.records]
    assert [record.getMessage() for record in caplog.records] == ["no_word_list"] * 2
    assert told == [
        ("de", "Add de to extends."),
        ("xh", "Extend a list of your own, by its path."),
    ]
    call_log.begin()
    call_log.heard("de")
    assert len(caplog.records) == 3
