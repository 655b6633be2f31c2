"""Words that may belong into a domain's lists, after recorded calls.

A short utterance that stopped the agent, after which the caller said nothing more, may be a
backchannel. Words that were held, and reached the agent only after it had finished, may be a
command. Both are for somebody to judge, who knows what they mean to the callers.
"""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from filters.policy import Action, Reason

from .call import Outcome
from .comparison import counted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from .call import Call, Utterance

SILENT_S = 4.0
"""A caller who says no more for so long had nothing more to say."""
MOST_WORDS = 3
_TOO_LATE = (Outcome.RELEASED, Outcome.NOTED)


@dataclass(slots=True)
class Counted:
    """How often words met the same fate, and in which calls."""

    times: int = 0
    calls: set[str] = field(default_factory=set)

    def add(self, call: Call) -> None:
        """Once more."""
        self.times += 1
        self.calls.add(call.session)


@dataclass(slots=True)
class Suggestions:
    """Words that may belong into a list.

    Attributes:
        backchannels: Those that stopped the agent for nothing.
        commands: Those that came to the agent late.
        calls: How many calls they are from.
        without_words: How many of them were recorded without words.
    """

    backchannels: dict[str, Counted] = field(default_factory=lambda: defaultdict(Counted))
    commands: dict[str, Counted] = field(default_factory=lambda: defaultdict(Counted))
    calls: int = 0
    without_words: int = 0

    @classmethod
    def of(cls, calls: Iterable[Call]) -> Suggestions:
        """Reads through calls."""
        suggestions = cls()
        for call in calls:
            suggestions.add(call)
        return suggestions

    def add(self, call: Call) -> None:
        """Adds a call."""
        self.calls += 1
        if call.facts.get("recorded") == "redacted":
            self.without_words += 1
            return
        following = [*(each.onset for each in call.utterances), float("inf")][1:]
        for utterance, next_onset in zip(call.utterances, following, strict=False):
            phrase = phrase_of(utterance.text)
            if not phrase or len(phrase.split()) > MOST_WORDS:
                continue
            silent = next_onset - utterance.end > SILENT_S
            if silent and _stopped_as_content(utterance):
                self.backchannels[phrase].add(call)
            elif utterance.outcome in _TOO_LATE and _held_as_content(utterance):
                self.commands[phrase].add(call)

    def yaml(self, at_least: int = 2) -> Iterator[str]:
        """Lines to paste.

        Args:
            at_least: How often a phrase must have occurred.
        """
        yield f"# from {counted(self.calls, 'call')}; for you to judge, phrase by phrase"
        if self.without_words:
            yield f"# {counted(self.without_words, 'call')} without words: nothing to learn"
        lists = (
            ("backchannels", self.backchannels, "stopped the agent, and no more was said"),
            ("commands", self.commands, "held until the agent was done, or only noted"),
        )
        nothing = True
        for name, phrases, why in lists:
            often = [(phrase, n) for phrase, n in phrases.items() if n.times >= at_least]
            if not often:
                continue
            nothing = False
            yield f"{name}:"
            yield f"  add:  # {why}"
            for phrase, n in sorted(often, key=lambda each: (-each[1].times, each[0])):
                quoted = json.dumps(phrase, ensure_ascii=False)
                yield f"    - {quoted}  # {counted(n.times, 'time')} in {_calls(n)}"
        if nothing:
            yield "# nothing to suggest"


def _calls(count: Counted) -> str:
    return counted(len(count.calls), "call")


def phrase_of(text: str) -> str:
    """Words as a list has them: without case and punctuation but the apostrophe."""
    plain = (char if char.isalnum() or char in "'’-" else " " for char in text.casefold())
    return " ".join(word.strip("-") for word in "".join(plain).split() if word.strip("-'’"))


def _stopped_as_content(utterance: Utterance) -> bool:
    """It stopped the agent, though it is no command."""
    stop = utterance.stop
    if stop is None or utterance.outcome is Outcome.TAKEN_BACK:  # it is known as a backchannel
        return False
    return stop.reason != Reason.COMMAND.value


def _held_as_content(utterance: Utterance) -> bool:
    return any(
        told.action == Action.HOLD.value and told.reason == Reason.TOO_FEW_WORDS.value
        for said in utterance.said
        if said.final
        for told in said.decisions
    )
