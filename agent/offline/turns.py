"""Decides what AssemblyAI's v3 service says about the speech in a stream, and when. Pure.

The rules of the Universal-3 Pro family, all in stream time (the audio received):

```
  sound      ######################## . . . . . . . . . .
             ^ onset                 ^ last word ends
  partial      ^ onset + interruption_delay + 300 ms, then every 3 s while speech goes on
  silence                            |- min_turn_silence: end of turn if the text is
                                     |  punctuated like one, else one more partial
                                     |- max_turn_silence: end of turn, whatever the text
```

`SpeechStarted` comes just before the first `Turn` message of its turn, and carries the onset.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from .listening import HeardSegment
    from .protocol import StreamConfig
    from .sounds import Partial, Word

Message = dict[str, Any]
PartialsMode = Literal["service", "words"]

# The service adds this to `interruption_delay`.
FIRST_PARTIAL_MS = 300
PARTIAL_EVERY_S = 3.0
# A codec blurs the end of a sound; a word cut short by more than this is not heard.
_CUT_SLACK_S = 0.060
# The last samples of a fade-out are too quiet to count as sound.
_FADE_SLACK_S = 0.010
_TERMINAL = frozenset(".?!。？！؟۔।")
_ELLIPSES = ("...", "…")


def ends_a_turn(text: str) -> bool:
    """Whether the last character of a transcript says that the speaker is done."""
    text = text.rstrip("\"')]”’» ")
    return bool(text) and text[-1] in _TERMINAL and not text.endswith(_ELLIPSES)


@dataclass(slots=True)
class _Part:
    """What one heard segment adds to the open turn: its words from `first_word` on."""

    heard: HeardSegment
    first_word: int = 0
    partials_sent: int = 0

    def words_said(self, by_s: float = inf) -> int:
        """The number of words of the segment that had been said to their end by then."""
        heard = self.heard
        slack_s = _FADE_SLACK_S if heard.sounding else _CUT_SLACK_S
        # A microsecond, so that a word may end at the very instant that is asked about.
        said_s = min(heard.heard_until_s + slack_s, by_s) - heard.onset_s + 1e-6
        return sum(word.end_s <= said_s for word in heard.segment.words)

    def words(self, by_s: float = inf) -> tuple[Word, ...]:
        return self.heard.segment.words[self.first_word : self.words_said(by_s)]

    def text(self, by_s: float = inf) -> str:
        segment = self.heard.segment
        if self.first_word == 0 and self.words_said(by_s) == len(segment.words):
            return segment.text
        return " ".join(word.text for word in self.words(by_s))

    @property
    def complete(self) -> bool:
        return self.words_said() == len(self.heard.segment.words)

    @property
    def scripted(self) -> tuple[Partial, ...] | None:
        partials = self.heard.segment.partials
        return partials if partials is None or self.first_word == 0 else ()

    @property
    def onset_s(self) -> float:
        if self.first_word == 0:
            return self.heard.onset_s
        words = self.heard.segment.words
        return self.heard.onset_s + words[min(self.first_word, len(words) - 1)].start_s


class TurnMaker:
    """Makes the messages of one session."""

    def __init__(self, config: StreamConfig, *, partials: PartialsMode = "service") -> None:
        self.config = config
        self._mode = partials
        self._parts: list[_Part] = []
        self._carried: _Part | None = None
        self._order = 0
        self._started = False
        self._sent_text = ""
        self._last_partial_s: float | None = None
        self._checked_silence = False
        self._now_s = 0.0

    def add(self, heard: HeardSegment) -> None:
        """Takes a segment that has just been recognised into the open turn."""
        self._parts.append(_Part(heard))

    def advance(self, now_s: float, *, identifying: bool = False) -> list[Message]:
        """Moves the stream on.

        Args:
            now_s: Stream time.
            identifying: A sound is going on that may become a segment; no turn ends in it.

        Returns:
            The messages that have become due, in order.
        """
        self._now_s = now_s
        self._pick_up_carried()
        if not self._parts:
            return []
        last = self._parts[-1]
        heard_until_s = max(part.heard.heard_until_s for part in self._parts)
        silence_ms = (now_s - heard_until_s) * 1000.0
        sounding = last.heard.sounding or identifying
        messages = self._partials(last, sounding)
        if sounding:
            self._checked_silence = False
            return messages
        config = self.config
        if silence_ms >= config.min_turn_silence and not self._checked_silence:
            self._checked_silence = True
            if ends_a_turn(self._text()):
                return messages + self.end_turn()
            if last.scripted is None:
                messages += self._partial()
        if silence_ms >= max(config.min_turn_silence, config.max_turn_silence):
            messages += self.end_turn()
        return messages

    def end_turn(self) -> list[Message]:
        """Ends the open turn now, as `ForceEndpoint` and `Terminate` do."""
        self._pick_up_carried()
        text = self._text()
        messages = self._turn(text, self._words(final=True), final=True) if text else []
        last = self._parts[-1] if self._parts else None
        self._carried = None
        if last is not None and not last.complete:
            self._carried = _Part(last.heard, first_word=last.words_said())
        self._parts = []
        self._order += bool(messages)
        self._started = False
        self._sent_text = ""
        self._last_partial_s = None
        self._checked_silence = False
        return messages

    def _pick_up_carried(self) -> None:
        """The rest of a segment that a turn ended in the middle of opens the next turn."""
        if self._carried is not None and self._carried.words():
            self._parts.insert(0, self._carried)
            self._carried = None

    def _partials(self, last: _Part, sounding: bool) -> list[Message]:
        if last.scripted is not None:
            return self._scripted_partials(last, last.scripted)
        if self._mode == "words":
            return self._partial()
        if self._last_partial_s is None:
            first_ms = self.config.interruption_delay + FIRST_PARTIAL_MS
            due_s = self._parts[0].onset_s + first_ms / 1000.0
        elif sounding and self.config.continuous_partials:
            due_s = self._last_partial_s + PARTIAL_EVERY_S
        else:
            return []
        if self._now_s < due_s:
            return []
        # Audio comes in messages: what was said after the partial was due is not in it.
        messages = self._partial(due_s if self._text(due_s) else inf)
        if messages or self._sent_text:
            self._last_partial_s = due_s
        return messages

    def _scripted_partials(self, part: _Part, scripted: tuple[Partial, ...]) -> list[Message]:
        messages: list[Message] = []
        while part.partials_sent < len(scripted):
            partial = scripted[part.partials_sent]
            if self._now_s < part.heard.onset_s + partial.offset_s:
                break
            part.partials_sent += 1
            before = self._words(final=False, parts=self._parts[:-1])
            words = before + _spread(partial, part.heard)
            text = " ".join(word["text"] for word in words)
            messages += self._turn(text, words, final=False)
        return messages

    def _partial(self, by_s: float = inf) -> list[Message]:
        text = self._text(by_s)
        if not text or text == self._sent_text:
            return []
        return self._turn(text, self._words(final=False, by_s=by_s), final=False)

    def _text(self, by_s: float = inf) -> str:
        return " ".join(text for part in self._parts if (text := part.text(by_s)))

    def _words(
        self, *, final: bool, by_s: float = inf, parts: list[_Part] | None = None
    ) -> list[Message]:
        return [
            {
                "start": _ms(part.heard.onset_s + word.start_s),
                "end": _ms(part.heard.onset_s + word.end_s),
                "text": word.text,
                "confidence": part.heard.segment.confidence,
                "word_is_final": final,
            }
            for part in (self._parts if parts is None else parts)
            for word in part.words(by_s)
        ]

    def _turn(self, text: str, words: list[Message], *, final: bool) -> list[Message]:
        self._sent_text = text
        messages: list[Message] = []
        if not self._started:
            self._started = True
            messages.append({"type": "SpeechStarted", "timestamp": _ms(self._parts[0].onset_s)})
        silence_ms = (self._now_s - self._parts[-1].heard.heard_until_s) * 1000.0
        held = 0.0 if self._parts[-1].heard.sounding else silence_ms
        turn: Message = {
            "type": "Turn",
            "turn_order": self._order,
            "turn_is_formatted": final,
            "end_of_turn": final,
            "transcript": text,
            "end_of_turn_confidence": 1.0
            if final
            else round(min(held / max(self.config.max_turn_silence, 1), 0.99), 3),
            "words": words,
            "utterance": text if final else "",
        }
        if self.config.language_detection and final:  # the service tags whole utterances alone
            turn["language_code"] = self._parts[-1].heard.segment.language_code
            turn["language_confidence"] = 0.99
        return [*messages, turn]


def _spread(partial: Partial, heard: HeardSegment) -> list[Message]:
    """Words for a scripted text: evenly between the onset and the moment it is sent."""
    texts = partial.text.split()
    each_s = partial.offset_s / max(len(texts), 1)
    return [
        {
            "start": _ms(heard.onset_s + index * each_s),
            "end": _ms(heard.onset_s + (index + 1) * each_s),
            "text": text,
            "confidence": heard.segment.confidence,
            "word_is_final": False,
        }
        for index, text in enumerate(texts)
    ]


def _ms(seconds: float) -> int:
    return round(seconds * 1000.0)
