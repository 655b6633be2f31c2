"""What the filter would have done for calls recorded in shadow mode.

In shadow mode LiveKit acts as without the filter, and what the filter decides is only recorded. A
stop is prevented where the agent stopped, or paused, at words that the filter would have kept back.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from filters.policy import Action

from .call import Outcome
from .comparison import counted, quoted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from .call import Call, Told, Utterance

_KEPT_BACK = (
    Outcome.RELEASED,
    Outcome.JOINED,
    Outcome.NOTED,
    Outcome.DISCARDED,
    Outcome.WAITING,
)


@dataclass(slots=True)
class ShadowReport:
    """What the filter would have done.

    Attributes:
        calls: Calls recorded in shadow mode.
        others: Calls that were not, and don't count.
        stops: Stops and pauses of the agent that the caller's words are to blame for.
        prevented: The utterances that would not have stopped it, by their words.
        prevented_in: In how many calls.
        stopped: Stops that the filter would have decided, too.
        held: The words that would have been held, with what would have become of them.
        left_out: The words that would have been left out.
    """

    calls: int = 0
    others: int = 0
    stops: int = 0
    prevented: Counter[str] = field(default_factory=Counter)
    prevented_in: int = 0
    stopped: int = 0
    held: Counter[tuple[str, str]] = field(default_factory=Counter)
    left_out: Counter[str] = field(default_factory=Counter)

    @classmethod
    def of(cls, calls: Iterable[Call]) -> ShadowReport:
        """Reads through calls."""
        report = cls()
        for call in calls:
            if call.mode == "shadow":
                report.add(call)
            else:
                report.others += 1
        return report

    def add(self, call: Call) -> None:
        """Adds a call."""
        self.calls += 1
        prevented = self.prevented.total()
        for utterance in call.utterances:
            stopped = call.stop_after(utterance) is not None
            self.stops += stopped
            self.stopped += utterance.stop is not None
            text = folded(utterance.text)
            if stopped and _kept_back(utterance):
                self.prevented[text] += 1
            if any(told.action == Action.HOLD.value for told in _of_finals(utterance)):
                self.held[text, utterance.outcome.value] += 1
            elif utterance.outcome is Outcome.DISCARDED:
                self.left_out[text] += 1
        self.prevented_in += self.prevented.total() > prevented

    def lines(self) -> Iterator[str]:
        """What to tell people."""
        if self.others:
            yield f"{counted(self.others, 'call')} not recorded in shadow mode: left out"
        yield (
            f"would have prevented {self.prevented.total()} of {counted(self.stops, 'stop')} in "
            f"{self.prevented_in} of {counted(self.calls, 'call')}"
        )
        yield f"would have stopped the agent {counted(self.stopped, 'time')} itself"
        yield from _listed("stops prevented, by the words that caused them", self.prevented)
        held = Counter({f"{quoted(text)}: {fate}": n for (text, fate), n in self.held.items()})
        yield from _listed("would have held these words", held, plain=True)
        yield from _listed("would have left out these words", self.left_out)


def folded(text: str) -> str:
    """Words without what tells two ways of writing them apart."""
    if text.startswith("["):  # a recording without words, or a sound
        return text
    return " ".join(text.casefold().split()).strip(" .,!?;:…。、！？")


def _kept_back(utterance: Utterance) -> bool:
    return utterance.outcome in _KEPT_BACK and utterance.stop is None


def _of_finals(utterance: Utterance) -> list[Told]:
    return [told for said in utterance.said if said.final for told in said.decisions]


def _listed(title: str, counts: Counter[str], *, plain: bool = False) -> Iterator[str]:
    if not counts:
        return
    yield ""
    yield f"{title}:"
    for text, count in counts.most_common():
        yield f"  {count:5}  {text if plain else quoted(text)}"
