"""Says what of a transcript the caller has said, and newly said. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from filters.words import QUESTION_MARKS, Kind, fold

from .events import Reason, SpeechType
from .own_words import LATE_S, LONG_TOKEN_S, Own
from .replies import asks

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from .call import Call
    from .events import Heard
    from .own_words import OwnWords
    from .utterances import Utterance

LATE_ECHO_S = 2.5
"""How long after the agent's end words of unknown onset may still be its own, come back late."""
NO_ANSWER_WORDS = 6
"""Words of the agent's question that nobody answers it with."""
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


def said_with(call: Call, heard: Heard, utterance: Utterance) -> Said:
    """What the caller has said, and newly said, with a transcript of an overlap.

    Args:
        call: The call, which learns from it what an echo of the agent is.
        heard: The transcript.
        utterance: What it is a part of.
    """
    said = new_words(heard, utterance, call.utterances.last_final)
    if not call.own_words or (utterance.passed and not utterance.own_words):
        return said
    own = without_own_words(
        said,
        heard,
        utterance,
        call.own_words,
        lambda text: call.lexicon.classify(text, heard.language).kind,
    )
    # words that have stopped the agent are the turn, whatever they turn out to be
    return said if utterance.passed and own.reason is not None else own


def may_be_late_echo(call: Call, heard: Heard, utterance: Utterance) -> bool:
    """Whether it may be what the agent said just before it fell silent, and nobody's answer.

    On a line that is known to echo, the last words of a turn that asks nothing come back after it.
    Words of unknown onset were long on their way: of any turn, unless they are as few as an answer
    that takes up the question's words.
    """
    turn = call.floor.last_turn
    if turn is None or utterance.passed or utterance.overlaps:
        return False
    # asked last: it reads all that the agent has said
    if utterance.onset is not None:
        late = turn.end < utterance.onset <= turn.end + LATE_S
        return late and call.own_words.echoes(call.now) and not asks(turn, call.asks)
    if heard.t - turn.end > LATE_ECHO_S:
        return False
    many = len(heard.text.split()) >= NO_ANSWER_WORDS
    return many or call.own_words.echoes(call.now) or not asks(turn, call.asks)


def repeats(heard: Heard, utterance: Utterance) -> bool:
    """Whether words were judged already: the newest chunk alone, or an interim after its final."""
    if heard.type is SpeechType.PREFLIGHT:
        return True
    late = heard.type is SpeechType.INTERIM and utterance.final_at is not None
    return late and fold(heard.text).tokens == fold(utterance.final_text).tokens


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
    onset = _onset(heard, utterance, len(tokens))
    match = own_words.match(tokens, onset, heard.t, final=final, asked=asked)
    if match.own is Own.NOTHING:
        return said
    if match.own is Own.PERHAPS:
        return said._replace(reason=Reason.MAY_BE_OWN_WORDS)
    utterance.own_words = True
    rest = _rest(said.text, tokens, match.marked)
    kind = kind_of(rest) if rest else Kind.NOTHING
    if kind in (Kind.CONTENT, Kind.PREFIX):  # or the agent's own, heard wrong
        rest = _rest(said.text, tokens, match.loosely)
        kind = kind_of(rest) if rest else Kind.NOTHING
    if kind is Kind.NOTHING:
        return Said("", "", Reason.OWN_WORDS)
    return Said(rest, rest)


def _onset(heard: Heard, utterance: Utterance, tokens: int) -> tuple[float, float]:
    """When a transcript's words began, at the earliest and at the latest, in seconds."""
    as_long = heard.t - LONG_TOKEN_S * tokens
    if utterance.final_at is not None:  # after the words of the final before
        return max(utterance.began_at, min(utterance.final_at, as_long)), heard.t
    if utterance.onset is None:  # before they were reported, by as long as they took
        return min(utterance.began_at, as_long), utterance.began_at
    return utterance.onset, utterance.onset


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
