"""Reduces what was said to the tokens that phrases are made of. Pure: text in, tokens out.

Folding is the same for every language, so that a text is folded once whatever it is judged by:
what one script writes in two ways is one, and no script's letters stand in another's way.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from .scripts import EQUAL_LETTERS, SILENT_MARKS, SIMPLIFIED, one_spelling

QUESTION_MARKS = frozenset("?？؟;՞፧⁇⁈⁉‽⸮꘏꛷︖﹖⳺𞥟")
"""A question mark of any script (Greek and Armenian among them)."""

UNSPACED = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\u0e00-\u0e7f"
"""Scripts whose characters LiveKit counts as words, for a class of a regular expression."""

_SEPARATOR = "\ue000"  # between tokens of one word: "uh-huh" is one word and two tokens
_APOSTROPHES = frozenset("'’‘ʼ`´＇ʻ׳")
_LENGTHENERS = frozenset("ーｰ〜～ぁぃぅぇぉァィゥェォ")  # "はーい" and "はぁい" are "はい"
_UNSPACED = re.compile(f"[{UNSPACED}]")
# letters whose doubling tells hardly any two words apart
_DRAWN_OUT = re.compile(r"([ahmuyамэ])\1+")
_HALF_WIDTH = re.compile(r"[\uff61-\uff9f]")  # "ﾊｲ", whose voicing marks are characters
_PIECE = 256


class _Fold(dict[int, str]):
    """Translation table, filled as characters turn up, that leaves words, spaces and separators."""

    def __missing__(self, code: int) -> str:
        folded = _folded(chr(code))
        if len(self) < 8192:
            self[code] = folded
        return folded


def _folded(char: str) -> str:
    if char in _APOSTROPHES or char in _LENGTHENERS or char in SILENT_MARKS:
        return ""
    if char.isspace():
        return " "
    if _UNSPACED.match(char):
        if "ァ" <= char <= "ヶ":
            char = chr(ord(char) - 0x60)  # katakana as hiragana
        return f" {SIMPLIFIED.get(char, char)} "
    if char != "\u200b" and unicodedata.category(char) == "Cf":
        return ""  # joiners, direction marks, soft hyphens
    plain = unicodedata.normalize("NFKC", char).casefold()
    letters = [EQUAL_LETTERS.get(each, each) for each in plain if each not in SILENT_MARKS]
    if not plain or not all(unicodedata.category(each)[0] in "LNM" for each in plain):
        return _SEPARATOR
    return "".join(str(unicodedata.decimal(each, each)) for each in letters)


_fold = _Fold()


@dataclass(frozen=True, slots=True)
class Tokens:
    """A folded text: its tokens, and for each the word (as LiveKit counts) it belongs to."""

    tokens: list[str]
    word_of: list[int] | None  # None: each token is a word of its own


def _compose(text: str) -> str:
    """Joins letters and accents in linear time; `normalize` is quadratic in a run of accents."""
    form = "NFKC" if _HALF_WIDTH.search(text) else "NFC"
    if len(text) <= _PIECE:
        return unicodedata.normalize(form, text)  # type: ignore[arg-type]  # one of its forms
    pieces = []
    start = 0
    while start < len(text):
        end = min(start + _PIECE, len(text))
        limit = min(end + _PIECE, len(text))
        while end < limit and (unicodedata.combining(text[end]) or text[end] in "\uff9e\uff9f"):
            end += 1
        pieces.append(unicodedata.normalize(form, text[start:end]))  # type: ignore[arg-type]
        start = end
    return "".join(pieces)


def fold(text: str) -> Tokens:
    """Reduces a text to the tokens that phrases are made of.

    Case, punctuation, apostrophes, hyphens and the doubling of a few drawn-out letters are gone; a
    character of a script without spaces is a token. Linear in the text.
    """
    if text.isascii():
        plain = text.translate(_fold)
    else:
        plain = one_spelling(_compose(text)).translate(_fold)
    plain = _DRAWN_OUT.sub(r"\1", plain)
    if _SEPARATOR not in plain:
        return Tokens(plain.split(), None)
    tokens: list[str] = []
    word_of: list[int] = []
    for word_index, word in enumerate(plain.split()):
        for token in word.split(_SEPARATOR):
            if token:
                tokens.append(token)
                word_of.append(word_index)
    return Tokens(tokens, word_of)


def fold_phrase(text: str) -> str:
    """The tokens of a phrase with a space between; quick, for phrases share their words."""
    return " ".join(filter(None, map(_folded_word, text.split())))


@lru_cache(maxsize=1 << 16)
def _folded_word(word: str) -> str:
    return " ".join(fold(word).tokens)


# French and Italian words that lose their vowel before another
_ELIDED = re.compile(
    r"\b(c|d|j|l|m|n|s|t|v|ch|qu|jusqu|lorsqu|puisqu|quelqu|dell|all|nell|sull|dall|un|quest|quell"
    r"|com|dov|cos|bell|tutt|mezz)['’](?=[aeiouyhàâáéèêëíìîïóòôœúùû])",
    re.IGNORECASE,
)


def spellings(phrase: str) -> tuple[str, ...]:
    """A phrase as it may be written besides: "uh-huh" is also "uhhuh", "d'accord" "d accord"."""
    written = [phrase]
    if "-" in phrase:
        written.append(phrase.replace("-", ""))
    if ("'" in phrase or "’" in phrase) and _ELIDED.search(phrase):
        written.append(_ELIDED.sub(r"\1 ", phrase))
    return tuple(written)


def ends_asking(text: str) -> bool:
    """Whether a question mark of any script ends a text."""
    for char in reversed(text):
        if char in QUESTION_MARKS:
            return True
        if char.isalnum():
            return False
    return False
