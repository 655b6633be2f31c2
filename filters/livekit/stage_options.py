"""Sets options of the recognisers in use while stages last, and puts back what was there.

stage     ---- dictation: max_turn_silence 3000 ----
           |- confirmation: keyterms [...] -|
sent      3000 ... keyterms ... keyterms as before ... max_turn_silence as before
"""

from __future__ import annotations

import inspect
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from filters.calls import get_logger
from filters.configuration import DEFAULTS

from ._livekit_private import UNREADABLE, recogniser_option
from .context_targets import outer_recogniser, recognisers_in_use

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from livekit.agents import AgentSession

log = get_logger(__name__)

_MODE_DECIDES = frozenset(DEFAULTS) - {"keyterms_prompt", "prompt", "language_codes"}
_WORDS_CHANGE_ANYWAY = "the recogniser goes on as it was; the filter's words change all the same"


@dataclass(slots=True)
class _Held:
    """A recogniser with options of a stage.

    Attributes:
        before: What the options were.
        now: What they are.
    """

    recogniser: Any
    before: dict[str, Any] = field(default_factory=dict)
    now: dict[str, Any] = field(default_factory=dict)


class StageOptions:
    """The options of the recognisers that one session listens with.

    Args:
        configured: The options that the configuration has recognisers made with: what to put back
            where a recogniser doesn't say what it had.
    """

    def __init__(self, configured: Mapping[str, Any]) -> None:
        self._configured = configured
        self._held: list[_Held] = []
        self._outer: object = None
        self._wanted: dict[str, Any] = {}
        self._said: set[tuple[str, ...]] = set()

    def set(self, session: AgentSession[Any], wanted: Mapping[str, Any]) -> None:
        """Has the recognisers in use take these options, and puts back all others.

        Args:
            session: The session that listens.
            wanted: The options of all the stages it is in; empty where it is in none.
        """
        self._wanted = dict(wanted)
        self._outer = outer_recogniser(session)
        in_use = recognisers_in_use(self._outer) if wanted else []
        for held in self._held:
            if not any(held.recogniser is recogniser for recogniser in in_use):
                self._apply(held, {})
        for recogniser in in_use:
            self._apply(self._hold(recogniser), self._wanted)
        self._held = [held for held in self._held if held.before]

    def follow(self, session: AgentSession[Any]) -> None:
        """Looks whether the session listens with another recogniser by now."""
        if self._wanted and outer_recogniser(session) is not self._outer:
            self.set(session, self._wanted)

    def _hold(self, recogniser: Any) -> _Held:
        for held in self._held:
            if held.recogniser is recogniser:
                return held
        held = _Held(recogniser)
        self._held.append(held)
        return held

    def _apply(self, held: _Held, wanted: Mapping[str, Any]) -> None:
        known = _options_taken(held.recogniser)
        refused = [name for name in wanted if known is not None and name not in known]
        if refused:
            self._say("stage_options_not_taken", held, refused, consequence=_WORDS_CHANGE_ANYWAY)
        taken = {name: value for name, value in wanted.items() if name not in refused}
        self._remember(held, taken)
        ended = {name: value for name, value in held.before.items() if name not in taken}
        changes = {
            name: value
            for name, value in {**taken, **ended}.items()
            if held.now.get(name, held.before[name]) != value
        }
        self._update(held, changes)
        held.now.update(taken)
        for name in ended:
            del held.before[name]
            held.now.pop(name, None)

    def _remember(self, held: _Held, options: Iterable[str]) -> None:
        unknown: dict[str, Any] = {}
        found: dict[str, Any] = {}
        for name in options:
            if name in held.before:
                continue
            value = self._value_of(held, name)
            if value is UNREADABLE:
                value = unknown[name] = DEFAULTS[name]
            found[name] = value
        held.before.update(found)
        if unknown:
            self._say(
                "stage_options_unknown_before",
                held,
                unknown,
                consequence="the service's own defaults are what the end of the stage puts back",
                fix="Name them under `stt:` in the configuration, and make the recogniser with "
                "its stt_options().",
            )

    def _value_of(self, held: _Held, name: str) -> Any:
        """What an option is; `UNREADABLE` where nobody can tell."""
        value = recogniser_option(held.recogniser, name)
        if value is UNREADABLE:
            value = self._configured.get(name)
            return UNREADABLE if value is None else value
        if value is not None:
            return list(value) if isinstance(value, (list, tuple)) else value
        if name in _MODE_DECIDES and recogniser_option(held.recogniser, "mode") is not None:
            return UNREADABLE
        if name == "max_turn_silence":  # the plugin then connects with the shorter one for both
            least = held.before.get(
                "min_turn_silence", recogniser_option(held.recogniser, "min_turn_silence")
            )
            return DEFAULTS[name] if least is None else least
        return DEFAULTS[name]

    def _update(self, held: _Held, changes: Mapping[str, Any]) -> None:
        if not changes:
            return
        try:
            held.recogniser.update_options(**changes)
        except Exception:  # noqa: BLE001 - one of them may be at fault, and the call goes on
            for name, value in changes.items():
                self._update_one(held, name, value)

    def _update_one(self, held: _Held, name: str, value: Any) -> None:
        try:
            held.recogniser.update_options(**{name: value})
        except Exception as error:  # noqa: BLE001 - the others may still be taken
            # its text is left out: it may quote terms, such as the caller's name
            kind = type(error).__name__
            self._say(
                "stage_options_refused",
                held,
                [name],
                error=kind,
                consequence=_WORDS_CHANGE_ANYWAY,
            )

    def _say(self, event: str, held: _Held, options: Iterable[str], **facts: str) -> None:
        names = tuple(sorted(options))
        label = str(getattr(held.recogniser, "label", type(held.recogniser).__qualname__))
        if (event, label, *names) not in self._said:
            self._said.add((event, label, *names))
            log.warning(event, stt=label, options=names, **facts)


def _options_taken(recogniser: Any) -> frozenset[str] | None:
    """The options that a recogniser takes in mid-call; None: any."""
    try:
        parameters = inspect.signature(recogniser.update_options).parameters.values()
    except (AttributeError, TypeError, ValueError):
        return frozenset()
    if any(parameter.kind is inspect.Parameter.VAR_KEYWORD for parameter in parameters):
        return None
    return frozenset(parameter.name for parameter in parameters)
