"""Says what of a transcript the caller has said, and newly said. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from filters.words import QUESTION_MARKS, Kind, fold

from .events import Reason, SpeechType
from .own_words import Own

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from .events import Heard
    from .own_words import OwnWords
    from .utterances import Utterance

REPEATED_WITHIN_S = 15.0
"""How long after a final a recogniser may still repeat it at the head of another utterance."""
REPEATED_WORDS = 3
"""Words of a final that nobody says twice by chance, in another utterance."""


class Said(NamedTuple):
    """What counts of a transcript.

    Attributes:
        text: What the caller has said with it.
        adds: The same where it is not all of the text; None: it is.
        reason: Why nothing counts, or nothing yet; None: something does.
    """

    text: str
    adds: str | None = None
    reason: Reason | None = None


def new_words(heard: Heard, utterance: Utterance, before: Heard | None) -> Said:
    """Leaves out the final before where a transcript begins with the whole of it.

    Args:
        heard: A transcript.
        utterance: What it is a part of.
        before: The last final of the session, of the same utterance or not.
    """
    if before is None or heard.type is SpeechType.PREFLIGHT:
        return Said(heard.text)
    if utterance.final_at is None:
        recent = heard.t - before.t <= REPEATED_WITHIN_S
        if not recent or len(before.text.split()) < REPEATED_WORDS:
            return Said(heard.text)
    added = _added(before.text, heard.text)
    return Said(added, added) if added else Said(heard.text)


def _added(before: str, text: str) -> str:
    """What a text adds to one that it begins with; empty if it doesn't, or adds nothing."""
    head = before.strip().rstrip(".,!?…;:。，！？、 ").casefold()
    if not head or not text.strip().casefold().startswith(head):
        return ""
    rest = text.strip()[len(head) :]
    if rest[:1].isalnum() or rest[:1] in "'’-":
        return ""
    return rest.lstrip(".,!?…;:。，！？、 ")


def without_own_words(
    said: Said,
    heard: Heard,
    utterance: Utterance,
    own_words: OwnWords,
    kind_of: Callable[[str], Kind],
) -> Said:
    """Leaves out what the agent says itself.

    Args:
        said: What is new of a transcript.
        heard: The transcript.
        utterance: What it is a part of.
        own_words: What the agent says.
        kind_of: What a text is.
    """
    tokens = fold(said.text).tokens
    final = heard.type is SpeechType.FINAL
    asked = said.text.rstrip()[-1:] in QUESTION_MARKS
    match = own_words.match(tokens, utterance.began_at, heard.t, final=final, asked=asked)
    if match.own is Own.NOTHING:
        return said
    if match.own is Own.PERHAPS:
        return said._replace(reason=Reason.MAY_BE_OWN_WORDS)
    utterance.echoes = True
    rest = _rest(said.text, tokens, match.marked)
    kind = kind_of(rest) if rest else Kind.NOTHING
    if kind in (Kind.CONTENT, Kind.PREFIX):  # or the agent's own, heard wrong
        rest = _rest(said.text, tokens, match.loosely)
        kind = kind_of(rest) if rest else Kind.NOTHING
    if kind is Kind.NOTHING:
        return Said("", "", Reason.OWN_WORDS)
    return Said(rest, rest)


def _rest(text: str, tokens: Sequence[str], marked: Sequence[bool]) -> str:
    """A text without the tokens marked, as it was written where its words can be told apart."""
    written = text.split()
    folded = [fold(word).tokens for word in written]
    if [token for word in folded for token in word] == list(tokens):
        kept, at = [], 0
        for word, parts in zip(written, folded, strict=True):
            if not parts or not all(marked[at : at + len(parts)]):
                kept.append(word)
            at += len(parts)
        return " ".join(kept)
    rest = " ".join(token for token, own in zip(tokens, marked, strict=True) if not own)
    asks = rest and not marked[-1] and text.rstrip()[-1:] in QUESTION_MARKS
    return f"{rest}?" if asks else rest
