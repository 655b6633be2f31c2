"""Counts words as they are spoken, where that is more than as they are written. Pure.

LiveKit counts what stands between spaces; "4471", "415-555-0199", "A-B-C" and an e-mail address are
one word each to it, and several to whoever says them.
"""

from __future__ import annotations

import re
import unicodedata

from .folding import UNSPACED

_TELLTALE = re.compile(r"[\d@]|\w[.\-‐-―/_:]\w")
_MAY_TELL = re.compile(r"[\d@]|[.\-‐-―/_:]\w")  # quick
_CHUNK = re.compile(rf"[^\s{UNSPACED}]+")
_GROUP = re.compile(r"\d+|[^\W\d_]+")
_ADDRESS = re.compile(r"\w@\w|\A(?:https?:|www\.)|\w\.[^\W\d_]{2,}(?:[/:]|\W*\Z)")
_IN_ADDRESS = re.compile(r"[.@/_\-+]")
# "1st", "2nd", "3º", "80s" are a word each
_ORDINAL = frozenset(("st", "nd", "rd", "th", "s", "er", "re", "e", "ème", "eme", "de", "º", "ª"))
_SYMBOLS = frozenset("%‰°+#№&")
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")


def more_words(text: str) -> int:
    """How many words more a text has as it is spoken than LiveKit counts in it.

    Digits are read two at a time at the least ("4471": "forty-four seventy-one"), each group of
    them by itself, and a leading zero alone; "42" is one word, as "forty-two" is. Signs of
    currencies, percent and degrees are words. Letters that are spelled ("A-B-C") are one each. Of
    e-mail and web addresses the dots, slashes and the "at" are words as well.
    """
    if _MAY_TELL.search(text) is None:
        return 0
    return sum(
        max(0, _spoken(chunk) - 1) for chunk in _CHUNK.findall(text) if _TELLTALE.search(chunk)
    )


def _spoken(chunk: str) -> int:
    chunk = chunk.strip(".,;:!?…'\"»«“”‘’()[]-")
    if _ADDRESS.search(chunk):
        return len(_GROUP.findall(chunk)) + len(_IN_ADDRESS.findall(chunk))
    groups: list[str] = _GROUP.findall(_THOUSANDS.sub("", chunk))
    if not any(group[0].isdecimal() for group in groups):
        spelled = len(groups) > 1 and all(len(group) == 1 for group in groups)
        # "I-I" is a stutter
        return len(groups) if spelled and len({group.casefold() for group in groups}) > 1 else 1
    count = 0
    for index, group in enumerate(groups):
        if group[0].isdecimal():
            count += _pairs(group)
        elif not (index and groups[index - 1][0].isdecimal() and group.casefold() in _ORDINAL):
            count += 1
    return count + sum(char in _SYMBOLS or unicodedata.category(char) == "Sc" for char in chunk)


def _pairs(digits: str) -> int:
    zeros = next((i for i, d in enumerate(digits) if unicodedata.decimal(d)), len(digits))
    return zeros + (len(digits) - zeros + 1) // 2
