"""Recognises the agent's own words where they come back as an echo. Pure: no clock, no LiveKit.

What the agent says is known before it is heard, and when each word is heard is estimated from how
long the turn has been audible. What the recogniser heard is laid along that stretch of words: runs
of words in the same order are the agent's own, with a word wrong, missing, joined or split here and
there. The work at a transcript depends on its length alone, not on that of the call.
"""

from __future__ import annotations

import copy
from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import TYPE_CHECKING, NamedTuple

from filters.words import fold

from .floor import joined
from .own_runs import MOSTLY, Run, Step, longest_gap, loose, mostly, strict, walked_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from .floor import Turn

CHARACTERS_PER_S = 15.0
"""How fast an agent speaks, until its turns or their echo have shown how fast this one does."""
TOKEN_S = 0.3
"""How long a caller's token takes: when the words in the middle of a transcript were said."""
LONG_TOKEN_S = 0.6
"""How long one takes at most, on average: when words began of which nobody knows the onset."""
LATE_S = 1.3
"""How late an echo comes back at most."""
ERROR_S = 0.5
"""How far off the estimate of what is being said may be ..."""
SLOWER, FASTER = 0.25, 0.15
"""... and by what share of the time since the turn began besides, either way ..."""
MOST_DRIFT_S = 4.0
"""... up to this."""
MAX_WORDS = 2_000
"""Words of a turn that are kept."""
ECHOES_S = 120.0
"""How long a line that has echoed is one that echoes, and a few words tell."""
HARDLY = 0.5
"""What share of a first partial, on such a line, lets it wait for more."""
FIRST_UNSPACED = "\u0e00"
"""Where the scripts whose characters are tokens begin: Thai, then kana, Chinese."""


class Own(Enum):
    """What of a text is the agent's own."""

    NOTHING = "nothing"
    PERHAPS = "all of it perhaps: too few words to tell"
    SOME = "the words marked"


class Match(NamedTuple):
    """What a text has of the agent's words.

    Attributes:
        own: How much.
        marked: For each token of the text, whether it is the agent's own.
        loosely: The same, with what beside these was probably the agent's and heard wrong.
    """

    own: Own
    marked: list[bool]
    loosely: list[bool]


@dataclass(slots=True)
class _Track:
    """The words of one turn, and where each ends in its characters."""

    turn: Turn
    ends: list[float] = field(default_factory=list)
    tokens: list[str] = field(default_factory=list)
    places: dict[str, list[int]] = field(default_factory=dict)  # of a word
    pairs: dict[str, list[int]] = field(default_factory=dict)  # of two words written as one
    rate: float | None = None  # characters a second, as the echo shows
    open_word: str = ""  # the last word as written, which the next piece may go on with
    open_tokens: int = 0

    @property
    def characters(self) -> float:
        return self.ends[-1] if self.ends else 0.0

    def add(self, text: str) -> None:
        """Appends a piece of the turn's text, which may end within a word."""
        for _ in range(self.open_tokens):
            self._drop_last()
        written = joined(self.open_word, text)
        start = len(written)
        while start and not written[start - 1].isspace():
            start -= 1
        self._append(written[:start])
        before = len(self.tokens)
        self.open_word = written[start:]
        self._append(self.open_word)
        self.open_tokens = len(self.tokens) - before
        if len(self.tokens) > MAX_WORDS:
            self._forget(MAX_WORDS // 2)

    def _append(self, text: str) -> None:
        for token in fold(text).tokens:
            at = len(self.tokens)
            self.places.setdefault(token, []).append(at)
            if at:
                self.pairs.setdefault(self.tokens[-1] + token, []).append(at - 1)
            self.tokens.append(token)
            self.ends.append(self.characters + _length(token))

    def _drop_last(self) -> None:
        token = self.tokens.pop()
        self.ends.pop()
        self.places[token].pop()
        if self.tokens:
            self.pairs[self.tokens[-1] + token].pop()

    def _forget(self, count: int) -> None:
        """Starts anew without the oldest words."""
        tokens, ends = self.tokens[count:], self.ends[count:]
        self.tokens, self.ends, self.places, self.pairs = tokens, ends, {}, {}
        for at, token in enumerate(tokens):
            self.places.setdefault(token, []).append(at)
            if at:
                self.pairs.setdefault(tokens[at - 1] + token, []).append(at - 1)

    def sounded_between(self, since: float, now: float, rate: float) -> tuple[int, int]:
        """The words that can have been heard in that time: the first, and the one after the last.

        Args:
            since: The earliest moment at which they came back, in seconds.
            now: The latest.
            rate: Characters a second.
        """
        audible = self.turn.audible
        if audible.first >= now:
            return 0, 0
        began, reached = audible.until(since), audible.until(now)
        least = (began - LATE_S - ERROR_S - min(SLOWER * began, MOST_DRIFT_S)) * rate
        most = (reached + ERROR_S + min(FASTER * reached, MOST_DRIFT_S)) * rate
        return bisect_right(self.ends, least), min(bisect_left(self.ends, most) + 1, len(self.ends))

    def timely(self, run: Run, onset: tuple[float, float], now: float, rate: float) -> bool:
        """Whether words can be those of a run, by when they came back: nobody echoes ahead.

        Args:
            run: The run.
            onset: When the text began, at the earliest and at the latest.
            now: When it came.
            rate: Characters a second.
        """
        earliest, latest = (at + TOKEN_S * run.begin for at in onset)
        first, end = self.sounded_between(earliest, min(latest, now), rate)
        return first <= run.word < end

    def calibrate(self, run: Run, now: float, rate: float) -> None:
        """What has come back by now was said by now: the agent is that fast at least."""
        reached = self.turn.audible.until(now)
        if reached > 1.0:
            fastest = self.ends[run.end_word - 1] / reached
            self.rate = min(max(fastest, self.rate or rate), CHARACTERS_PER_S * 2)


class OwnWords:
    """What the agent says in its turn, and has said in the one before.

    Args:
        needed: How many words in a row are the agent's own; 0: none are.
    """

    def __init__(self, needed: int) -> None:
        self._needed = needed
        self._tracks: list[_Track] = []
        self._rate = CHARACTERS_PER_S
        self._echo_at = float("-inf")

    def __bool__(self) -> bool:
        return bool(self._tracks)

    def aside(self) -> OwnWords:
        """A copy to ask, from which this one learns nothing."""
        copied = copy.copy(self)
        copied._tracks = [replace(track) for track in self._tracks]  # noqa: SLF001 - its own kind
        return copied

    def rate_of(self, turn: Turn) -> float:
        """How fast the agent speaks in a turn, in characters a second."""
        return next((each.rate for each in self._tracks if each.turn is turn), None) or self._rate

    def echoes(self, now: float) -> bool:
        """Whether the line is known to bring back what the agent says."""
        return now - self._echo_at <= ECHOES_S

    def saying(self, turn: Turn, text: str) -> None:
        """The agent is about to say a text, or goes on with it."""
        if self._needed:
            self._track_of(turn).add(text)

    def turn_over(self, turn: Turn) -> None:
        """A turn has ended; how long one took that was heard to its end tells how fast it goes."""
        track = next((each for each in self._tracks if each.turn is turn), None)
        audible_s = turn.audible.until(turn.end)
        if track is None or audible_s < 2.0 or not turn.text:
            return
        said = sum(_length(token) for token in fold(turn.text).tokens)
        if said >= 0.9 * track.characters:
            rate = track.characters / audible_s
            self._rate = min(max(rate, CHARACTERS_PER_S / 2), CHARACTERS_PER_S * 2)

    def match(
        self,
        tokens: Sequence[str],
        onset: tuple[float, float],
        now: float,
        *,
        final: bool,
        asked: bool,
    ) -> Match:
        """Marks what of a text is the agent's own.

        Args:
            tokens: The caller's text, folded.
            onset: When the utterance began, at the earliest and at the latest, in seconds.
            now: When the text came.
            final: No more will come.
            asked: It ends with a question mark.
        """
        none, everything = [False] * len(tokens), [True] * len(tokens)
        nothing = Match(Own.NOTHING, none, none)
        if not self._needed or not tokens:
            return nothing
        known = self.echoes(now)
        size = len(tokens)
        for track in reversed(self._tracks):
            rate = track.rate or self._rate
            first, end = track.sounded_between(onset[0], now, rate)
            if first >= end:
                continue
            runs = [
                run
                for run in _runs(tokens, track, first, end, _in_a_row(tokens, self._needed))
                if track.timely(run, onset, now, rate)
            ]
            if runs:
                self._echo_at = now
                track.calibrate(runs[-1], now, rate)
                unheard = runs[-1].end_word + size - runs[-1].end
                if end < unheard:  # the agent speaks faster
                    end, low = unheard + 1, runs[0].word
                    runs = _runs(tokens, track, low, end, _in_a_row(tokens, self._needed)) or runs
                loosely = everything if known and mostly(runs, size) else None
                return Match(Own.SOME, strict(runs, size), loosely or loose(runs, size, end))
            if not known and size > self._needed + 2:
                continue
            path = _longest_path(tokens, track, first, end)
            if known and path and not (asked and len(path) < size):
                walked = walked_of(path, size)
                if longest_gap(walked) <= 2 and len(path) >= min(2, HARDLY * size):
                    own = len(path) >= MOSTLY * size and (size > 1 or not final)
                    return Match(Own.SOME if own else Own.PERHAPS, walked, everything)
            if not final and len(path) >= (HARDLY if known or size > 2 else 1.0) * size:
                return Match(Own.PERHAPS, none, none)
        return nothing

    def _track_of(self, turn: Turn) -> _Track:
        for track in self._tracks:
            if track.turn is turn:
                return track
        self._tracks = [*self._tracks[-1:], _Track(turn)]
        return self._tracks[-1]


def _length(token: str) -> float:
    """How long a token takes to say, in characters of a Latin script."""
    return 2.2 if _unspaced(token) else len(token) + 1.0


def _unspaced(token: str) -> bool:
    return len(token) == 1 and token >= FIRST_UNSPACED and token.isalpha()


def _in_a_row(tokens: Sequence[str], words: int) -> int:
    """Tokens in a row; characters of a script without spaces are less than words."""
    return 2 * words if any(_unspaced(token) for token in tokens) else words


# -- laying a text along the agent's words ---------------------------------------------------------


def _steps(tokens: Sequence[str], track: _Track, first: int, end: int) -> Iterator[Step]:
    """Every place at which a token is a word of the agent, in the order of the tokens."""
    for at, token in enumerate(tokens):
        for word in _within(track.places.get(token, ()), first, end):
            yield Step(at, at, word, word)
        for word in _within(track.pairs.get(token, ()), first, end):
            yield Step(at, at, word, word + 1)
        if at + 1 < len(tokens):
            for word in _within(track.places.get(token + tokens[at + 1], ()), first, end):
                yield Step(at, at + 1, word, word)


def _within(places: Sequence[int], first: int, end: int) -> Sequence[int]:
    return places[bisect_left(places, first) : bisect_left(places, end)] if places else ()


def _follows(before: Step, after: Step) -> bool:
    """Whether a step goes on from another, with one word wrong, missing or too many at most."""
    return 0 <= after.first - before.last - 1 <= 1 and 0 <= after.word - before.last_word - 1 <= 1


def _longest_path(tokens: Sequence[str], track: _Track, first: int, end: int) -> list[Step]:
    """The longest walk through the agent's words that the tokens take."""
    walks: list[tuple[int, Step, int]] = []  # its length, its last step, the walk it goes on from
    ends: list[list[int]] = [[] for _ in tokens]  # walks by the token they end with
    longest = -1
    for step in _steps(tokens, track, first, end):
        length, came_from = 1, -1
        for back in range(1, min(2, step.first) + 1):
            for index in ends[step.first - back]:
                if walks[index][0] >= length and _follows(walks[index][1], step):
                    length, came_from = walks[index][0] + 1, index
        ends[step.last].append(len(walks))
        walks.append((length, step, came_from))
        if longest < 0 or length > walks[longest][0]:
            longest = len(walks) - 1
    path = []
    while longest >= 0:
        path.append(walks[longest][1])
        longest = walks[longest][2]
    return path[::-1]


def _runs(tokens: Sequence[str], track: _Track, first: int, end: int, needed: int) -> list[Run]:
    """The stretches that are the agent's own, in order; the longest is looked for first."""
    runs: list[Run] = []
    open_parts = [(0, len(tokens), first, end)]
    while open_parts:
        start, stop, low, high = open_parts.pop()
        if stop - start < needed or low >= high:
            continue
        path = _longest_path(tokens[start:stop], track, low, high)
        if not _dense(path, needed):
            continue
        run = Run(
            start + path[0].first, start + path[-1].last + 1, path[0].word, path[-1].last_word + 1
        )
        runs.append(run)
        open_parts += [(start, run.begin, low, run.word), (run.end, stop, run.end_word, high)]
    return sorted(runs)


def _dense(path: Sequence[Step], needed: int) -> bool:
    """Whether somewhere in a walk so many words follow each other with one slip at most."""
    for at in range(len(path) - needed + 1):
        part = path[at : at + needed]
        heard = part[-1].last - part[0].first + 1 - sum(s.last - s.first for s in part)
        said = part[-1].last_word - part[0].word + 1 - sum(s.last_word - s.word for s in part)
        slips = max(heard, said) - needed
        if slips <= 1:
            return True
    return False
