"""Weighs a decision against a plain look-up of words in a set, on the same texts in the same run.

Measures ratios and growth, so that the figures of two machines can be compared; times and memory
only of what is done once a process, the loading of words.
"""

from __future__ import annotations

import asyncio
import math
import resource
import string
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from filters.calls import AskedJudge, CallLog, Tape, Writer, decision_row, dump_row, event_row
from filters.configuration import FilterConfig, load_config, policy_of
from filters.policy import (
    Action,
    AgentSaying,
    AgentState,
    Decision,
    Heard,
    Reason,
    SessionStarted,
    SpeechType,
)
from filters.words import Lexicon, WordLists, load_word_lists, shipped_languages

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence

_PLAIN_WORDS = frozenset(
    {"mhm", "mm", "uh", "huh", "um", "er", "hmm", "ah", "oh", "yeah", "yep", "okay", "ok", "right"}
)
_PUNCTUATION = str.maketrans("", "", string.punctuation)

_SENTENCE = "I would like to book the suite for two nights, please. "
TEXTS: Mapping[str, Sequence[str]] = {
    "short": ("Mm-hmm.", "Yeah.", "Stop.", "Oh, okay."),
    "a phrase": ("Oh yeah, that's right.", "That's a really good idea.", "Uh-huh, I see."),
    "a sentence": (_SENTENCE.strip(), "Yeah, but could you tell me what breakfast costs?"),
    "long": (_SENTENCE * 40,),
    "pathological": (
        "that's a very " * 300,  # beginnings of phrases that never end
        "i " * 2000,
        "no-" * 1500,
        "yeah, " * 700,
        "(" * 2000 + "[" * 2000,
        "a" * 4000,
        "e\u0301\u0316" * 1300,
        "…—" * 2000,
    ),
}
GROWING: Mapping[str, str] = {
    "a sentence, over and over": _SENTENCE,
    "one word": "yeah ",
    "beginnings of phrases": "that's a very ",
    "stutter": "i ",
    "hyphens": "no-",
    "brackets": "(",
    "accents": "\u0301\u0316",
    "one long word": "a",
}
SPOKEN = ("Mm-hmm.", "Yeah.", "Oh yeah, that's right.")
LENGTHS = (100, 1_000, 10_000)
PHRASES = (100, 1_000, 10_000, 100_000)


def plain_look_up(text: str) -> bool:
    """What a filter does that keeps its words in a set: every word of the text is one of them."""
    words = text.lower().translate(_PUNCTUATION).split()
    return bool(words) and all(word in _PLAIN_WORDS for word in words)


def seconds_a_call(call: Callable[[], object], at_least_s: float) -> float:
    """The best of five runs, so that pauses of the machine don't count."""
    count, best = 1, math.inf
    for _ in range(5):
        while True:
            began = time.perf_counter()
            for _ in range(count):
                call()
            took = time.perf_counter() - began
            if took >= at_least_s / 5:
                break
            count *= 2
        best = min(best, took / count)
    return best


@dataclass(frozen=True, slots=True)
class Bench:
    """The measurements.

    Attributes:
        lexicon: What decides.
        at_least_s: How long each measurement takes at least, in seconds.
    """

    lexicon: Lexicon
    at_least_s: float

    def decision_ratios(self) -> Iterator[tuple[str, float]]:
        """Decisions on each kind of text, in plain look-ups."""
        for name, texts in TEXTS.items():
            decide = self._seconds(lambda text: self.lexicon.classify(text, "en"), texts)
            yield name, decide / self._seconds(plain_look_up, texts)

    def policy_ratio(self) -> float:
        """Events through the whole policy, on short texts, in plain look-ups."""
        policy = policy_of(load_config())
        policy.feed(AgentState(0.0, "speaking"))

        def feed(text: str) -> object:
            policy.feed(Heard(1.0, SpeechType.START_OF_SPEECH, speech_start_time=1.0))
            return policy.feed(Heard(1.0, SpeechType.INTERIM, text))

        texts = ("Mm-hmm.", "Yeah.", "Oh yeah, that's right.")
        return self._seconds(feed, texts) / 2 / self._seconds(plain_look_up, texts)

    def judge_ratio(self) -> float:
        """What it takes to put an event to a judge that says nothing, in plain look-ups."""
        policy = policy_of(load_config())
        policy.feed(AgentState(0.0, "speaking"))
        policy.feed(AgentSaying(0.0, _SENTENCE * 4))
        asked = AskedJudge(lambda _: None, 0.15, CallLog(load_config()))

        def ask(text: str) -> object:
            overlap = policy.overlap(Heard(1.0, SpeechType.INTERIM, text))
            return None if overlap is None else asked.ask_now(overlap)

        return self._seconds(ask, SPOKEN) / self._seconds(plain_look_up, SPOKEN)

    def audio_ratio(self) -> float:
        """What it takes to keep a frame of audio for a judge that listens, in plain look-ups."""
        asked = AskedJudge(lambda _, audio: None, 0.15, CallLog(load_config()))  # noqa: ARG005
        return self._seconds(asked.keep, SPOKEN) / self._seconds(plain_look_up, SPOKEN)

    def recording_ratio(self) -> float:
        """What recording adds to an event on its way, in plain look-ups; nothing is written."""
        config = FilterConfig.from_mapping({"domain": "bench", "recording": {"mode": "words"}})
        tape = Tape(config, _Bin())
        tape.fed(SessionStarted(0.0), ())

        def feed(text: str) -> None:
            heard = Heard(1.0, SpeechType.INTERIM, text)
            tape.fed(heard, (Decision(1.0, Action.SUPPRESS, Reason.BACKCHANNEL, heard),))

        return self._seconds(feed, SPOKEN) / self._seconds(plain_look_up, SPOKEN)

    def row_ratio(self) -> float:
        """What it takes to make a row and its decision, in the thread beside the calls."""

        def rows(text: str) -> object:
            heard = Heard(1.0, SpeechType.INTERIM, text)
            decision = Decision(1.0, Action.SUPPRESS, Reason.BACKCHANNEL, heard)
            return dump_row(event_row("bench", heard)) + dump_row(decision_row("bench", decision))

        return self._seconds(rows, SPOKEN) / self._seconds(plain_look_up, SPOKEN)

    def length_growth(self) -> Iterator[tuple[str, float]]:
        """How many times longer a decision takes on ten times the text."""
        for name, unit in GROWING.items():
            shorter, longer = (
                self._seconds(self.lexicon.classify, [_repeated(unit, length)])
                for length in LENGTHS[-2:]
            )
            yield name, longer / shorter

    def size_growth(self) -> Iterator[tuple[int, float]]:
        """How many times longer a decision takes as the word lists grow."""
        texts = [*TEXTS["short"], *TEXTS["a phrase"], *TEXTS["a sentence"]]
        first = None
        for size in PHRASES:
            lexicon = Lexicon({"en": WordLists(backchannels=tuple(_made_up_phrases(size)))})
            took = self._seconds(lexicon.classify, texts)
            first = first or took
            yield size, took / first

    def language_growth(self) -> Iterator[tuple[str, float]]:
        """How many times longer a decision takes with every language than with one."""
        everything = lexicon_of(shipped_languages())
        for name, texts in TEXTS.items():
            one = self._seconds(self.lexicon.classify, texts)
            yield name, self._seconds(everything.classify, texts) / one

    def mixin_ratio(self) -> float:
        """Events through the mixin, among them waiting for the event loop, in plain look-ups."""
        texts = ("Mm-hmm.", "Yeah.", "Oh yeah, that's right.")
        events = max(300, int(self.at_least_s * 3_000))
        through = min(asyncio.run(_seconds_through_mixin(texts, events)) for _ in range(3))
        return through / (self._seconds(plain_look_up, texts) / len(texts))

    def _seconds(self, decide: Callable[[str], object], texts: Sequence[str]) -> float:
        def all_of_them() -> None:
            for text in texts:
                decide(text)

        return seconds_a_call(all_of_them, self.at_least_s)


def lexicon_of(languages: Sequence[str]) -> Lexicon:
    """The words of some shipped languages; what is compiled already is not compiled again."""
    return Lexicon({name: load_word_lists(name).compiled() for name in languages})


@dataclass(frozen=True, slots=True)
class LanguageCost:
    """What the words of a language cost a process, once.

    Attributes:
        language: Its tag.
        phrases: How many they are.
        seconds: Of processor time, to read and to compile them.
        megabytes: That they take up.
    """

    language: str
    phrases: int
    seconds: float
    megabytes: float


def language_costs(languages: Sequence[str]) -> Iterator[LanguageCost]:
    """What each language costs, where none of it was used before."""
    for language in languages:
        before, began = _resident_bytes(), time.process_time()
        words = load_word_lists(language)
        Lexicon({language: words.compiled()})
        took = time.process_time() - began
        phrases = sum(map(len, words.lists.values()))
        yield LanguageCost(language, phrases, took, (_resident_bytes() - before) / 1e6)


def _resident_bytes() -> int:
    """Memory that the process takes up; 0 where the system doesn't say."""
    try:
        pages = Path("/proc/self/statm").read_text(encoding="ascii").split()[1]
    except OSError:
        return 0
    return int(pages) * resource.getpagesize()


class _Bin(Writer):
    """Takes entries as the writer does, and drops each at once, without a thread."""

    def __init__(self) -> None:
        super().__init__()
        self._thread = threading.current_thread()

    def put(self, entry: Any) -> None:
        """Takes an entry, and drops it."""
        super().put(entry)
        self._entries.get_nowait()


def _repeated(unit: str, length: int) -> str:
    return (unit * (length // len(unit) + 1))[:length]


def _made_up_phrases(count: int) -> Iterator[str]:
    """Distinct phrases of one to three made-up words; "yeah" and its like among them."""
    yield from ("yeah", "mm-hmm", "okay", "that's right", "that's a good idea")
    syllables = [a + b for a in "bdfgklmnprst" for b in "aeio"]
    base = len(syllables)
    for number in range(count - 5):
        words = [syllables[number % base] + syllables[number // base % base]]
        words += [syllables[number // base**2 % base]] * (number // base**2 > 0)
        yield " ".join(words)


async def _seconds_through_mixin(texts: Sequence[str], events: int) -> float:
    """Seconds an event takes from a recogniser to where LiveKit would take it."""
    from livekit.agents import AgentSession, stt  # noqa: PLC0415 - the other benchmarks do without

    from filters.livekit import BackchannelSTTFilterMixin  # noqa: PLC0415 - the same

    class Recogniser:
        """The next class that the mixin calls, in place of an agent in a room."""

        def __init__(self) -> None:
            self.session: AgentSession[Any] = AgentSession(vad=None)

        async def stt_node(self, *_: object) -> AsyncIterator[stt.SpeechEvent]:
            kind = stt.SpeechEventType.INTERIM_TRANSCRIPT
            for number in range(events):
                said = stt.SpeechData(language="en", text=texts[number % len(texts)])  # type: ignore[arg-type]
                yield stt.SpeechEvent(type=kind, alternatives=[said])

    class Agent(BackchannelSTTFilterMixin, Recogniser):  # type: ignore[misc]  # a generator, both
        """The filter on top."""

    agent = Agent()
    began = time.perf_counter()
    async for _ in agent.stt_node(None, None):  # type: ignore[arg-type]
        pass
    return (time.perf_counter() - began) / events
