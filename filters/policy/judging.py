"""What an application can be asked about words over the agent, and what its answer does. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from filters.words import Kind

from .events import Judgement, SpeechType
from .replies import asks
from .ruling import FILLER
from .said import repeats, said_with

if TYPE_CHECKING:
    from filters.words import Verdict

    from .call import Call
    from .events import Heard
    from .floor import Turn

LONGEST_WORD = 24
"""Characters within which the estimate of what has been said is put at the end of a word."""

_KINDS = {
    Judgement.BACKCHANNEL: Kind.BACKCHANNEL,
    Judgement.CONTENT: Kind.CONTENT,
    Judgement.COMMAND: Kind.COMMAND,
    Judgement.NO_SPEECH: Kind.NOTHING,
}
_JUDGEMENTS = {
    Kind.NOTHING: Judgement.NO_SPEECH,
    Kind.HESITATION: Judgement.BACKCHANNEL,
    Kind.BACKCHANNEL: Judgement.BACKCHANNEL,
    Kind.COMMAND: Judgement.COMMAND,
    Kind.CONTENT: Judgement.CONTENT,
}


@dataclass(frozen=True, slots=True)
class Overlap:
    """What the caller has said over the agent so far, and over what.

    Attributes:
        text: The words of the utterance, without the agent's own where they came back as an echo.
        language: As the recogniser says, where it does.
        final: The recogniser won't change them.
        onset: When the utterance began, in seconds on the session's clock.
        duration_s: How long it has lasted.
        confidence: The recogniser's, from 0 to 1; None: it tells none.
        speaker: Its name for who speaks; None: it doesn't tell speakers apart.
        first_speaker: The same of whoever spoke first in the call.
        said: What the agent has said of its turn, as well as that can be known.
        unsaid: What it has yet to say of what is known already: an estimate.
        asks: Its turn wants an answer.
        words: What the words alone make of it; None: they can't tell yet ("that's", which may go
            on), or it is a presence check.
    """

    text: str
    language: str | None
    final: bool
    onset: float
    duration_s: float
    confidence: float | None
    speaker: str | None
    first_speaker: str | None
    said: str
    unsaid: str
    asks: bool
    words: Judgement | None


def as_judged(verdict: Verdict, judged: Judgement | None) -> Verdict:
    """What words are once the application has said so; how many they are, they tell themselves."""
    if judged is None or (judged is Judgement.BACKCHANNEL and verdict.kind in FILLER):
        return verdict  # a hesitation stays one: it replies to nothing
    return replace(verdict, kind=_KINDS[judged])


def overlap_of(call: Call, heard: Heard) -> Overlap | None:
    """What there is to ask about an event; None: nothing. The call doesn't change.

    Args:
        call: The call.
        heard: What it is about to be told.
    """
    final = heard.type is SpeechType.FINAL
    if not final and heard.type is not SpeechType.INTERIM:
        return None
    aside = replace(call, utterances=call.utterances.aside(), own_words=call.own_words.aside())
    utterance = aside.utterances.of(heard)
    turn = call.floor.turn or call.floor.last_turn
    decided = utterance.passed or repeats(heard, utterance)
    if turn is None or decided or not utterance.overlaps or not heard.text.strip():
        return None
    text = said_with(aside, heard, utterance)
    if text.reason is not None:  # it is the agent's own, or may be
        return None
    words = " ".join([*utterance.pieces, text.text])
    said, unsaid = _said_of(call, turn, heard.t)
    return Overlap(
        text=words,
        language=heard.language,
        final=final,
        onset=utterance.began_at,
        duration_s=max(0.0, heard.t - utterance.began_at),
        confidence=heard.confidence or None,  # 0 where a plugin doesn't know it
        speaker=heard.speaker,
        first_speaker=aside.utterances.first_speaker,
        said=said,
        unsaid=unsaid,
        asks=asks(turn, call.asks),
        words=_by_words(call, words, heard.language, final=final),
    )


def _by_words(call: Call, text: str, language: str | None, *, final: bool) -> Judgement | None:
    kind = call.lexicon.classify(text, language, final=final).kind
    if kind is Kind.STANDALONE and final:
        return Judgement.COMMAND
    return _JUDGEMENTS.get(kind)


def _said_of(call: Call, turn: Turn, t: float) -> tuple[str, str]:
    """What the agent has said of a turn by then, and what it has yet to say."""
    everything = turn.said
    if turn.ended_at is not None:
        return everything, ""
    spoken = turn.audible.until(t) * call.own_words.rate_of(turn)
    spoken = max(spoken, turn.characters)  # the history has what was heard
    known = max(turn.characters + len(turn.saying), len(everything))
    at = min(max(0, len(everything) - round(known - spoken)), len(everything))
    space = everything.find(" ", at, at + LONGEST_WORD)
    if 0 < at < len(everything) and space > 0:
        at = space
    return everything[:at].rstrip(), everything[at:].lstrip()
