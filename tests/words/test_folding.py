"""What a script writes in two ways is one."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from filters.words import fold
from filters.words.folding import spellings


@pytest.mark.parametrize(
    ("written", "also"),
    [
        ("HAYIR İYİ", "hayır iyi"),
        ("أَيْوَه", "ايوه"),
        ("طيّب إيه", "طيب ايه"),
        ("نعـــم", "نعم"),
        ("شيء مسؤول", "شي مسوول"),
        ("ٹھیک ہاں", "ٹهيك هان"),
        ("שָׁלוֹם", "שלום"),
        ("हाँ", "हां"),
        ("हिन्दी", "हिंदी"),
        ("ज़रूर", "जरूर"),
        ("ﾊｲ ﾀﾞﾒ", "ハイ ダメ"),
        ("ハイ", "はい"),
        ("はーい はぁい", "はい はい"),
        ("あっ、", "あ"),
        ("ＯＫ １２", "ok 12"),
        ("١٢", "12"),
        ("對，沒問題", "对，没问题"),
        ("Straße", "STRASSE"),
        ("hoà thuỷ", "hòa thủy"),
        ("ok\u200f", "ok"),
        ("d’accord", "d'accord"),
        ("네", "\u1102\u1166"),
    ],
)
def test_two_spellings_are_one(written: str, also: str) -> None:
    """Composed or not."""
    for form in ("NFC", "NFD"):
        assert fold(unicodedata.normalize(form, written)).tokens == fold(also).tokens


@pytest.mark.parametrize(
    ("one", "other"), [("sí", "si"), ("für", "fur"), ("te", "té"), ("まて", "まって"), ("có", "co")]
)
def test_what_tells_words_apart_stays(one: str, other: str) -> None:
    """Accents of Latin script, and a "tsu" within a word."""
    assert fold(one).tokens != fold(other).tokens


@pytest.mark.parametrize(
    ("phrase", "written"),
    [
        ("uh-huh", ("uh-huh", "uhhuh")),
        ("d'accord", ("d'accord", "d accord")),
        ("c'est l'idée", ("c'est l'idée", "c est l idée")),
        ("that's", ("that's",)),
        ("I'll", ("I'll",)),
    ],
)
def test_a_phrase_is_found_as_it_may_be_written(phrase: str, written: tuple[str, ...]) -> None:
    """Without its hyphen, or with a space for the vowel that fell."""
    assert spellings(phrase) == written


@given(st.text(max_size=60))
def test_folding_leaves_nothing_to_fold(text: str) -> None:
    """Tokens fold to themselves, but for what a space between them undoes."""
    once = fold(text).tokens
    assert all(token == token.strip() and token for token in once)
    assert len(fold(text).word_of or once) == len(once)
