"""The recogniser's languages choose the words, where nobody says which."""

from __future__ import annotations

import pytest

from filters.configuration import default_config
from filters.words import default_extends, list_for, shipped_languages, without_list


@pytest.mark.parametrize(
    ("codes", "extends"),
    [
        ([], ("en",)),
        ([""], ("en",)),
        (["en-US"], ("en",)),
        (["de"], ("de", "en")),
        (["es_MX", "pt-BR"], ("es", "pt", "en")),
        (["en", "nb-NO"], ("en", "no")),
        (["xh"], ("en",)),
        (["multi"], ("all",)),
    ],
)
def test_the_recognisers_languages_choose(codes: list[str], extends: tuple[str, ...]) -> None:
    """English stands beside; a language without a list changes nothing."""
    assert default_extends(codes) == extends


def test_the_default_has_the_words_of_the_recognisers_languages() -> None:
    """The same one for the same languages, so that its words are compiled once."""
    config = default_config(["fr-CA"])
    assert config.extends == ("fr", "en")
    assert default_config(["fr"]).lexicon is config.lexicon
    assert default_config().extends == ("en",)


@pytest.mark.parametrize("language", shipped_languages())
def test_every_shipped_language_serves_itself(language: str) -> None:
    """With a region or without."""
    assert list_for(language) == list_for(f"{language.upper()}-XX") == language
    assert without_list([language, f"{language}_YY"], [language]) == ()


def test_what_no_list_serves_is_told() -> None:
    """A region of one's own list serves its language; "multi" names none."""
    assert without_list(["de-AT", "multi", "nn", "xh", ""], ["en", "no"]) == ("de-AT", "xh")
    assert without_list(["es"], ["es-mx"]) == ()
    assert list_for("xh") is None
