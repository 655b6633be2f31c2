"""Tells what changes for recorded calls between two configurations: per call, and per decision."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from filters.configuration import load_config

from .call import Call, Outcome, Said, Utterance
from .reading import read_calls

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from filters.configuration import FilterConfig

MAX_TEXT = 60
"""Characters of an utterance that are shown."""


@dataclass(frozen=True, slots=True)
class Difference:
    """An utterance that two configurations make different things of.

    Attributes:
        before: As the first decides.
        after: As the second decides.
    """

    before: Utterance
    after: Utterance


@dataclass(slots=True)
class Compared:
    """A call, decided twice.

    Attributes:
        before: As the first configuration decides.
        after: As the second decides.
        differences: The utterances that differ.
        judged: Those where the second decides otherwise by the words alone (before) than with what
            the application said of them (after).
    """

    before: Call
    after: Call
    differences: list[Difference] = field(default_factory=list)
    judged: list[Difference] = field(default_factory=list)


def load_both(configs: tuple[str, str]) -> tuple[FilterConfig, FilterConfig, tuple[str, str]]:
    """Loads two configurations.

    Returns:
        They, and what to call them: their names, or the files where those are the same.

    Raises:
        ConfigError: One of them is faulty.
    """
    before, after = map(load_config, configs)
    names = configs if before.name == after.name else (before.name, after.name)
    return before, after, names


def compare_calls(
    paths: Sequence[str], before: FilterConfig, after: FilterConfig
) -> Iterator[Compared]:
    """Replays calls by two configurations.

    Raises:
        TimelineError: A file can't be read, or was recorded without words.
    """
    read = [read_calls(paths, before), read_calls(paths, after)]
    words = read_calls(paths, after, by_words=True)
    for one, other, by_words in zip(*read, words, strict=True):
        yield Compared(one, other, _differences(one, other), _differences(by_words, other))


def _differences(one: Call, other: Call) -> list[Difference]:
    pairs = zip(one.utterances, other.utterances, strict=True)
    return [Difference(a, b) for a, b in pairs if _told(a) != _told(b)]


def _told(utterance: Utterance) -> list[list[tuple[str, str]]]:
    return [_decided(said) for said in utterance.said]


def _decided(said: Said) -> list[tuple[str, str]]:
    return [(told.action, told.reason) for told in said.decisions]


def lines(compared: Iterable[Compared], names: tuple[str, str]) -> Iterator[str]:
    """What differs, for people: each call that does, and then all together.

    Args:
        compared: The calls.
        names: What to call the two configurations.
    """
    calls = utterances = differing_calls = 0
    outcomes: Counter[tuple[str, str]] = Counter()
    decisions: Counter[tuple[str, str]] = Counter()
    stops = [0, 0]
    judged: list[str] = []
    for call in compared:
        calls += 1
        for difference in call.judged:
            judged += _judged(call, difference)
        utterances += len(call.before.utterances)
        for index, decided in enumerate((call.before, call.after)):
            stops[index] += sum(each.stop is not None for each in decided.utterances)
        if not call.differences:
            continue
        differing_calls += 1
        count = f"{len(call.differences)} of {len(call.before.utterances)} utterances differ"
        yield f"{call.before.path} ({call.before.session}): {count}"
        for difference in call.differences:
            yield from _shown(difference, names)
            before, after = difference.before, difference.after
            outcomes[before.outcome.value, after.outcome.value] += 1
            for one, other in zip(before.said, after.said, strict=True):
                if _decided(one) != _decided(other):
                    decisions[_named(one), _named(other)] += 1
        yield ""
    differing = sum(outcomes.values())
    yield (
        f"{counted(calls, 'call')}, {counted(utterances, 'utterance')}: {differing} "
        f"{'differs' if differing == 1 else 'differ'}, in {counted(differing_calls, 'call')}"
    )
    yield f"stops of the agent: {stops[0]} by {names[0]}, {stops[1]} by {names[1]}"
    if judged:
        yield ""
        yield f"the judge and the words differ, by {names[1]}"
        yield from judged
    yield from _table("utterances, by what becomes of them", outcomes)
    yield from _table("events of the recogniser, by what is decided", decisions)


def _shown(difference: Difference, names: tuple[str, str]) -> Iterator[str]:
    width = max(map(len, names))
    yield f"  {difference.before.onset:8.2f} s  {quoted(difference.before.text)}"
    for name, utterance in zip(names, (difference.before, difference.after), strict=True):
        yield f"              {name:{width}}  {fate(utterance)}"


def _judged(call: Compared, difference: Difference) -> Iterator[str]:
    after = difference.after
    place = f"{call.after.path} ({call.after.session}), {after.onset:.2f} s"
    yield f"  {place}  {quoted(after.text)}, judged: {after.judged}"
    yield f"              words  {fate(difference.before)}"
    yield f"              judge  {fate(after)}"


def quoted(text: str) -> str:
    """What was said, on one line and not too long."""
    line = " ".join(text.split())
    return f'"{line if len(line) <= MAX_TEXT else line[: MAX_TEXT - 1] + "…"}"'


def fate(utterance: Utterance) -> str:
    """What became of an utterance, when and why."""
    outcome = utterance.outcome
    stop = utterance.stop
    if stop is not None:
        late = f"{stop.t - utterance.onset:.2f} s after its onset"
        return f"{outcome.value}, {late}, at {quoted(stop.said.text)} ({stop.reason})"
    if outcome is Outcome.NOT_SPEECH or not utterance.decisions:
        return outcome.value
    finals = [told for said in utterance.said if said.final for told in said.decisions]
    last = (finals or utterance.decisions)[-1]
    return f"{outcome.value} ({last.reason})"


def _named(said: Said) -> str:
    told = (f"{action} ({reason})" for action, reason in _decided(said))
    return ", ".join(told) or "nothing"


def _table(title: str, counts: Counter[tuple[str, str]]) -> Iterator[str]:
    if not counts:
        return
    yield ""
    yield title
    width = max(len(before) for before, _ in counts)
    for (before, after), count in counts.most_common():
        yield f"  {count:5}  {before:{width}}  ->  {after}"


def counted(number: int, noun: str) -> str:
    """A number with its noun."""
    return f"{number} {noun}{'' if number == 1 else 's'}"
