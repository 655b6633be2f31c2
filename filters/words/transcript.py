"""Takes out of a transcript what nobody said: sounds in brackets, speakers' labels. Pure.

Every step is linear in the text. What is left is what the caller said; the text that reaches
LiveKit stays as it is.
"""

from __future__ import annotations

import re

_CLOSING = {"(": ")", "[": "]", "{": "}", "（": "）", "［": "］", "｛": "｝"}
_CLOSING |= {"【": "】", "〖": "〗", "〔": "〕", "〘": "〙", "﹝": "﹞", "⟦": "⟧"}
"""Brackets of any script that hold remarks; 「」 and 《》 hold quotations and titles."""
_ROUND = frozenset("(（")
_BRACKET = re.compile("[" + re.escape("".join([*_CLOSING, *_CLOSING.values()])) + "]")
# a tag of markup: "<noise>", "<S1>", "</S1>"; not "5 < 6"
_TAG = re.compile(r"</?[^\s<>/][^<>]{0,80}>")
# "*door closes*"; not "f***" nor "2 * 3"
_STARRED = re.compile(r"(?<![\w*])\*+(?=[^\s*])[^*\n]*(?<=[^\s*])\*+(?![\w*])")
_SUNG = re.compile("[♪♫♬♩♭🎵🎶]+[^♪♫♬♩♭🎵🎶]*[♪♫♬♩♭🎵🎶]+")
_ANY = re.compile("[*<♪♫♬♩♭🎵🎶" + re.escape("".join(_CLOSING)) + "]")
# "Speaker A:", "spk_0:", "SPEAKER_00:", "話者1："; and "S1:" at the beginning of the text
_LABEL = re.compile(
    r"(?:(?<!\S)(?:(?i:speaker|spk|sprecher|locuteur|hablante|parlante|orador|spreker|talare)"
    r"|話者|说话人|說話人|화자|발화자)"
    r"[ _-]?(?:[A-Z]|S?\d{1,3}|UU|(?i:unknown))|\AS\d{1,2})\s?[:：]"
)
MAX_LABEL_CHARACTERS = 100


def speaker_pattern(label: str) -> re.Pattern[str]:
    """What matches the labels that a recogniser was told to write.

    Args:
        label: The format, as Speechmatics' `speaker_active_format` and AssemblyAI's
            `speaker_format` in other frameworks take it: "{speaker_id}: {text}",
            "<{speaker_id}>{text}</{speaker_id}>"; `{speaker}` is the same as `{speaker_id}`, and
            `{text}` may be left out at the end.

    Raises:
        ValueError: It holds no `{speaker_id}`, nothing that tells a label from a word, or more than
            one `{text}`.
    """
    if len(label) > MAX_LABEL_CHARACTERS:
        raise ValueError(f"is longer than {MAX_LABEL_CHARACTERS} characters")
    parts = label.replace("{speaker}", "{speaker_id}").split("{text}")
    if len(parts) > 2:
        raise ValueError("holds {text} more than once")
    before, after = parts[0], parts[1] if len(parts) == 2 else ""
    if "{speaker_id}" not in before + after:
        raise ValueError("holds no {speaker_id}")
    signs = (before + after).replace("{speaker_id}", "")
    unknown = re.search(r"\{[^{}]*\}", signs)
    if unknown:
        raise ValueError(f"holds {unknown.group()}, which nothing stands for")
    if not re.search(r"[^\s\w]", signs):
        raise ValueError("has no sign that tells a label from a word")
    return re.compile("|".join(_labels(part) for part in (before, after) if part.strip()))


def _labels(part: str) -> str:
    """What matches a part of a label's format, with any speaker in it, at any width of spaces."""
    literals = [re.escape(literal.strip()) for literal in part.split("{speaker_id}")]
    begins = r"(?<!\S)" if part.lstrip().startswith("{speaker_id}") else ""
    return begins + r"\s?\w[\w-]{0,39}\s?".join(literals)


def said(text: str, label: re.Pattern[str] | None = None) -> str:
    """What is left of a transcript without sounds and speakers' labels.

    Whatever stands in brackets, between asterisks or between notes is no speech, whatever the
    words; a bracket that is never closed is none. Digits in parentheses are speech: "(415) 555".

    Args:
        text: The transcript.
        label: Labels besides the usual ones; see `speaker_pattern`.
    """
    if label is not None:
        text = label.sub(" ", text)
    if ":" in text or "：" in text:
        text = _LABEL.sub(" ", text)
    if _ANY.search(text) is None:
        return text
    text = _TAG.sub(" ", _without_brackets(text))
    return _SUNG.sub(" ", _STARRED.sub(" ", text))


def _without_brackets(text: str) -> str:
    open_at: dict[str, list[int]] = {closing: [] for closing in _CLOSING.values()}
    spans: list[tuple[int, int]] = []
    for match in _BRACKET.finditer(text):
        bracket, at = match.group(), match.start()
        if bracket in _CLOSING:
            open_at[_CLOSING[bracket]].append(at)
        elif open_at[bracket]:
            begin = open_at[bracket].pop()
            if not (text[begin] in _ROUND and _is_number(text, begin + 1, at)):
                spans.append((begin, at + 1))
    if not spans:
        return text
    kept = []
    end = 0
    for begin, after in sorted(spans):
        if begin > end:
            kept.append(text[end:begin])
        end = max(end, after)
    return " ".join([*kept, text[end:]])


def _is_number(text: str, begin: int, end: int) -> bool:
    """Whether digits alone stand there, as in "(415)"; a remark is longer than a number."""
    inside = text[begin : min(end, begin + 24)]
    return end - begin < 24 and any(map(str.isdigit, inside)) and not any(map(str.isalpha, inside))
