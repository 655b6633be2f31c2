"""Gives each caller phrase a sound that a recogniser can tell apart. Pure: no clock, no I/O.

A phrase is made of segments. A segment sounds as long as its words take to say, and its sound
is two simultaneous tones, one of `LOW_TONES_HZ` and one of `HIGH_TONES_HZ`: the pair is its
code. All tones lie in the telephone band, so that a code survives Opus, 8 kHz mu-law,
resampling and a change of gain.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

Pcm = npt.NDArray[np.int16]

# 40 Hz apart: two bins of the 100 ms Hann window that `listening` looks through.
LOW_TONES_HZ: tuple[int, ...] = tuple(range(400, 1601, 40))
HIGH_TONES_HZ: tuple[int, ...] = tuple(range(1800, 3001, 40))

DEFAULT_WORD_S = 0.28
# A shorter sound leaves too little between its onset and its end to be told apart.
MIN_SEGMENT_S = 0.15
_TONE_AMPLITUDE = 0.22
_FADE_S = 0.005


@dataclass(frozen=True, slots=True)
class Word:
    """A word and when it is said, in seconds from the onset of its segment."""

    text: str
    start_s: float
    end_s: float


@dataclass(frozen=True, slots=True)
class Partial:
    """What the recogniser is to believe at `offset_s` seconds after the onset of a segment."""

    offset_s: float
    text: str


@dataclass(frozen=True, slots=True)
class Segment:
    """One stretch of sound: what was said in it, and how it is recognised.

    Attributes:
        text: The final transcript.
        words: The words of the final transcript; by default, `text` split at white space,
            `DEFAULT_WORD_S` a word.
        partials: `None`: the recogniser makes them by its own rules. A tuple, even an empty
            one, replaces them, so that a transcript can be revised.
        language_code: ISO 639-1.
        pause_after_s: Silence between this segment and the next one of the phrase.
        confidence: Of each word, 0 to 1.
    """

    text: str
    words: tuple[Word, ...] = ()
    partials: tuple[Partial, ...] | None = None
    language_code: str = "en"
    pause_after_s: float = 0.3
    confidence: float = 0.95

    def __post_init__(self) -> None:
        if not self.words:
            object.__setattr__(self, "words", time_words(self.text))
        if self.duration_s < MIN_SEGMENT_S:
            raise ValueError(
                f"segment {self.text!r} lasts {self.duration_s:.3f} s. "
                f"Give it words that take at least {MIN_SEGMENT_S} s."
            )

    @property
    def duration_s(self) -> float:
        """How long the segment sounds, without its pause."""
        return self.words[-1].end_s if self.words else 0.0


@dataclass(frozen=True, slots=True)
class Phrase:
    """What a caller says in one go. `name` is what it is called up by."""

    name: str
    segments: tuple[Segment, ...]

    @property
    def text(self) -> str:
        """All that is said in it."""
        return " ".join(segment.text for segment in self.segments)

    @property
    def duration_s(self) -> float:
        """From the first onset to the last end, pauses between segments included."""
        return sum(s.duration_s + s.pause_after_s for s in self.segments[:-1]) + (
            self.segments[-1].duration_s
        )


@dataclass(frozen=True, slots=True)
class Tones:
    """The code of a segment."""

    low_hz: int
    high_hz: int


def time_words(
    text: str | Sequence[str], durations_s: float | Sequence[float] = DEFAULT_WORD_S
) -> tuple[Word, ...]:
    """Lays words end to end.

    Args:
        text: The words; a string is split at white space.
        durations_s: Seconds a word, or the seconds of each word.

    Raises:
        ValueError: There are not as many durations as words.
    """
    words = text.split() if isinstance(text, str) else list(text)
    if isinstance(durations_s, (int, float)):
        durations_s = [durations_s] * len(words)
    if len(durations_s) != len(words):
        raise ValueError(
            f"{len(words)} words {words!r} and {len(durations_s)} durations. "
            "Give one duration for all words, or one for each."
        )
    timed: list[Word] = []
    start_s = 0.0
    for word, duration_s in zip(words, durations_s, strict=True):
        timed.append(Word(word, start_s, start_s + duration_s))
        start_s += duration_s
    return tuple(timed)


class Codebook:
    """The phrases that callers say and recognisers know, each with its own sound.

    Codes are given in order: two codebooks filled alike sound alike, also in two processes.
    """

    def __init__(self, phrases: Iterable[str] = ()) -> None:
        self._phrases: dict[str, Phrase] = {}
        self._segments: dict[Tones, Segment] = {}
        self._tones: dict[tuple[str, int], Tones] = {}
        self._rendered: dict[tuple[str, int], Pcm] = {}
        for text in phrases:
            self.add(text)

    def add(
        self,
        text: str,
        *,
        name: str | None = None,
        word_durations_s: float | Sequence[float] = DEFAULT_WORD_S,
        partials: Sequence[tuple[float, str]] | None = None,
        language_code: str = "en",
        segments: Sequence[Segment] | None = None,
    ) -> Phrase:
        """Adds a phrase.

        Args:
            text: What is said, and the final transcript. With `segments`, only a name.
            name: What the phrase is called up by; by default `text`.
            word_durations_s: Seconds a word, or the seconds of each word.
            partials: `(offset_s, text)` pairs that replace the recogniser's own partials.
            language_code: ISO 639-1.
            segments: Replaces all of the above: several stretches of sound with pauses between
                them, each with its own words and partials, of which the recogniser makes
                several turns where the pauses are long enough.

        Raises:
            ValueError: The name is taken by a different phrase, or no code is left.
        """
        if segments is None:
            segments = [
                Segment(
                    text,
                    words=time_words(text, word_durations_s),
                    partials=None
                    if partials is None
                    else tuple(Partial(offset_s, heard) for offset_s, heard in partials),
                    language_code=language_code,
                )
            ]
        phrase = Phrase(name or text, tuple(segments))
        known = self._phrases.get(phrase.name)
        if known is not None:
            if known == phrase:
                return known
            raise ValueError(
                f"the codebook has a different phrase {phrase.name!r} already. Pass another name."
            )
        for index, segment in enumerate(phrase.segments):
            tones = _tones(len(self._segments))
            self._segments[tones] = segment
            self._tones[phrase.name, index] = tones
        self._phrases[phrase.name] = phrase
        return phrase

    def phrase(self, name: str) -> Phrase:
        """The phrase of that name; one with that text and default timing if there is none."""
        known = self._phrases.get(name)
        return known if known is not None else self.add(name)

    def __iter__(self) -> Iterator[Phrase]:
        return iter(self._phrases.values())

    def __len__(self) -> int:
        return len(self._phrases)

    def tones(self, phrase: Phrase, segment_index: int = 0) -> Tones:
        """The code of a segment of a phrase of this codebook."""
        return self._tones[phrase.name, segment_index]

    def segment(self, tones: Tones) -> Segment | None:
        """The segment that a code stands for."""
        return self._segments.get(tones)

    def render(self, phrase: Phrase, sample_rate: int) -> Pcm:
        """The sound of a phrase: mono int16 samples, as long as the phrase takes to say."""
        key = (phrase.name, sample_rate)
        if key not in self._rendered:
            pieces: list[Pcm] = []
            for index, segment in enumerate(phrase.segments):
                pieces.append(
                    _two_tones(self._tones[phrase.name, index], segment.duration_s, sample_rate)
                )
                pieces.append(np.zeros(round(segment.pause_after_s * sample_rate), np.int16))
            self._rendered[key] = np.concatenate(pieces[:-1])
            self._rendered[key].flags.writeable = False
        return self._rendered[key]


def _tones(index: int) -> Tones:
    lows, highs = len(LOW_TONES_HZ), len(HIGH_TONES_HZ)
    if index >= lows * highs:
        raise ValueError(f"all {lows * highs} codes are taken. Use a second codebook.")
    # Both tones change from one code to the next; a low tone meets each high tone once.
    return Tones(
        LOW_TONES_HZ[index % lows], HIGH_TONES_HZ[(index % lows * 7 + index // lows) % highs]
    )


def _two_tones(tones: Tones, duration_s: float, sample_rate: int) -> Pcm:
    count = round(duration_s * sample_rate)
    radians = 2.0 * np.pi / sample_rate * np.arange(count)
    wave = np.sin(tones.low_hz * radians) + np.sin(tones.high_hz * radians)
    fade = np.linspace(0.0, 1.0, max(round(_FADE_S * sample_rate), 2))
    wave[: len(fade)] *= fade
    wave[-len(fade) :] *= fade[::-1]
    return np.asarray(np.round(wave * (_TONE_AMPLITUDE * 32767.0)), dtype=np.int16)
