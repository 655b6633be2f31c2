"""Reduces what was said to the tokens that phrases are made of. Pure: text in, tokens out."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

QUESTION_MARKS = frozenset("?？؟;՞፧⁇⁈⁉‽⸮꘏꛷︖﹖⳺𞥟")
"""A question mark of any script (Greek and Armenian among them)."""

_SEPARATOR = "\ue000"  # between tokens of one word: "uh-huh" is one word and two tokens
_APOSTROPHES = frozenset("'’‘ʼ`´＇ʻ")
_LENGTHENERS = frozenset("ーｰ〜～")  # "はーい" is "はい"
# scripts whose characters LiveKit counts as words
_UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\u0e00-\u0e7f]")
# letters whose doubling tells hardly any two words apart
_DRAWN_OUT = re.compile(r"([ahmuyамэ])\1+")
_PIECE = 256


class _Fold(dict[int, str]):
    """Translation table, filled as characters turn up, that leaves words, spaces and separators."""

    def __missing__(self, code: int) -> str:
        char = chr(code)
        if char in _APOSTROPHES or char in _LENGTHENERS:
            folded = ""
        elif char.isspace():
            folded = " "
        elif _UNSPACED.match(char):
            folded = f" {char} "
        else:
            plain = unicodedata.normalize("NFKC", char).casefold()
            spoken = all(unicodedata.category(c)[0] in "LNM" for c in plain)
            folded = plain if plain and spoken else _SEPARATOR
        if len(self) < 4096:
            self[code] = folded
        return folded


_fold = _Fold()


@dataclass(frozen=True, slots=True)
class Tokens:
    """A folded text: its tokens, and for each the word (as LiveKit counts) it belongs to."""

    tokens: list[str]
    word_of: list[int] | None  # None: each token is a word of its own


def _compose(text: str) -> str:
    """Joins letters and accents in linear time; `normalize` is quadratic in a run of accents."""
    if len(text) <= _PIECE or text.isascii():
        return unicodedata.normalize("NFC", text)
    pieces = []
    start = 0
    while start < len(text):
        end = min(start + _PIECE, len(text))
        limit = min(end + _PIECE, len(text))
        while end < limit and unicodedata.combining(text[end]):
            end += 1
        pieces.append(unicodedata.normalize("NFC", text[start:end]))
        start = end
    return "".join(pieces)


def fold(text: str) -> Tokens:
    """Reduces a text to the tokens that phrases are made of.

    Case, punctuation, apostrophes, hyphens and the doubling of a few drawn-out letters are gone; a
    character of a script without spaces is a token. Linear in the text.
    """
    plain = _DRAWN_OUT.sub(r"\1", _compose(text).translate(_fold))
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


def ends_asking(text: str) -> bool:
    """Whether a question mark of any script ends a text."""
    for char in reversed(text):
        if char in QUESTION_MARKS:
            return True
        if char.isalnum():
            return False
    return False
