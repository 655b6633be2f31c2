"""Says in the log what became of a call; the caller's words only where the configuration asks."""

from __future__ import annotations

import traceback
from collections import Counter
from typing import TYPE_CHECKING

from filters.policy import Action
from filters.words import list_for, without_list

from .log import get_logger

if TYPE_CHECKING:
    from filters.configuration import FilterConfig
    from filters.policy import Activity, Decision

log = get_logger(__name__)

_EVENT_NAMES = {
    Action.SUPPRESS: "event_filtered",
    Action.HOLD: "words_held",
    Action.DISCARD: "event_filtered",
    Action.RELEASE: "words_released",
    Action.NOTE: "words_noted",
    Action.INTERRUPT: "agent_interrupted",
    Action.RETRACT: "interruption_retracted",
}

_FRAMES = 5
"""Innermost frames of a failure that are logged."""


class CallLog:
    """The log of one session.

    Attributes:
        counts: How many finals met each action; interruptions by interims count too.
        false_interruptions: How often LiveKit resumed the agent by itself.
    """

    def __init__(self, config: FilterConfig) -> None:
        self._config = config
        self._failures: set[str] = set()
        self._languages: set[str] = set()
        self.counts: Counter[str] = Counter()
        self.false_interruptions = 0

    def begin(self) -> None:
        """A call begins: nothing is counted yet."""
        self.counts.clear()
        self._languages.clear()
        self.false_interruptions = 0

    def heard(self, language: str | None) -> None:
        """Logs a final in a language without a word list, the first of each language in a call."""
        if not language or language in self._languages:
            return
        self._languages.add(language)
        if without_list((language,), self._config.lexicon.languages):
            fix = list_for(language)
            log.warning(
                "no_word_list",
                language=language,
                consequence="its backchannels count as content, and stop the agent",
                fix=f"Add {fix} to extends." if fix else "Extend a list of your own, by its path.",
            )

    def decided(self, decision: Decision, activity: Activity) -> None:
        """Counts a decision, and logs it unless the event just passes."""
        weighty = decision.final or decision.action is Action.INTERRUPT
        if weighty:
            self.counts[decision.action.value] += 1
        name = _EVENT_NAMES.get(decision.action)
        if name is None:
            return
        heard = decision.heard
        fields: dict[str, object] = {
            "reason": decision.reason.value,
            "action": decision.action.value,
            "event_type": heard.type.value,
            "agent_activity": activity.value,
            "language": heard.language,
            "words": len(heard.text.split()),
        }
        if heard.judged is not None:
            fields["judged"] = heard.judged.value
        if self._config.mode != "enforce":
            fields["mode"] = self._config.mode
        if self._config.log_words:
            fields["lk.pii.text"] = heard.text
        say = log.info if weighty else log.debug
        say(name, **fields)

    def failed(self, event: str, error: BaseException, **fields: object) -> None:
        """Logs a failure of the filter, the first of its kind in the session."""
        if event not in self._failures:
            self._failures.add(event)
            if self._config.log_words:
                fields["exc_info"] = error
            log.error(event, **facts_of(error), **fields)

    def end(self) -> None:
        """The call is over: one line says what was done."""
        log.info(
            "call_summary",
            config=self._config.name,
            mode=self._config.mode,
            passed=self.counts["pass"],
            interruptions=self.counts["interrupt"],
            suppressed=self.counts["suppress"],
            held=self.counts["hold"],
            released=self.counts["release"],
            noted=self.counts["note"],
            discarded=self.counts["discard"],
            retracted=self.counts["retract"],
            false_interruptions=self.false_interruptions,
        )


def facts_of(error: BaseException) -> dict[str, object]:
    """What a log may say of an error: not its own text, which may quote what the caller said."""
    frames = traceback.extract_tb(error.__traceback__)[-_FRAMES:]
    return {
        "error": type(error).__name__,
        "where": [f"{frame.filename}:{frame.lineno} in {frame.name}" for frame in frames],
    }
