"""Says what is wrong with a configuration: where, what and how to mend it, every fault at once."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pydantic_core import PydanticCustomError

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

Location = tuple[str | int, ...]
"""Where a value stands: `("backchannels", "add", 3)`."""

MAX_SHOWN = 60
"""Characters of a value that a message quotes."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault.

    Attributes:
        file: The file as it was named, or what stands for one ("environment").
        path: Where in it: `backchannels.add[3]`; empty for the file as a whole.
        message: What is wrong, without a full stop.
        fix: What to do about it, in whole sentences; may be empty.
        line: The line in the file, from 1, of the place or of what it is missing from.
    """

    file: str
    path: str
    message: str
    fix: str = ""
    line: int | None = None

    def __str__(self) -> str:
        where = f"{self.file}: {self.path}" if self.path else self.file
        return f"{where}: {self.message}. {self.fix}".rstrip()


class ConfigError(ValueError):
    """A configuration that can't be used; its text is one line a problem.

    Attributes:
        problems: Every fault found, in the order of the file.
    """

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__(self.problems)

    def __str__(self) -> str:
        return "\n".join(map(str, self.problems))


class Faults:
    """Gathers the problems of one file.

    Args:
        file: The file as it was named.
        lines: The line of each place in it.
        problems: What was found before.
    """

    def __init__(
        self,
        file: str,
        lines: Mapping[Location, int] | None = None,
        problems: Iterable[Problem] = (),
    ) -> None:
        self.file = file
        self._lines = lines or {}
        self._problems = list(problems)

    def report(self, location: Location, message: str, fix: str = "") -> None:
        """Adds a problem."""
        known = (location[:end] for end in range(len(location), -1, -1))
        line = next((self._lines[place] for place in known if place in self._lines), None)
        self._problems.append(Problem(self.file, dotted(location), message, fix, line))

    def report_invalid(
        self, errors: Iterable[ErrorDetails], keys: Mapping[int, Iterable[str]]
    ) -> None:
        """Adds what pydantic found.

        Args:
            errors: `ValidationError.errors()`.
            keys: The keys that are known at each depth of nesting, the top being 1.
        """
        for error in errors:
            location = error["loc"]
            here, below = (tuple(keys.get(len(location) + step, ())) for step in (0, 1))
            message, fix = _explain(error, here, below)
            line = self._lines.get(location)
            if error["type"] == "extra_forbidden" and line is not None:
                message += f" (line {line})"
            self.report(location, message, fix)

    def extend(self, problems: Iterable[Problem]) -> None:
        """Adds problems, of this file or another."""
        self._problems += problems

    def error(self) -> ConfigError:
        """What was gathered, in the order of the file."""
        own_first = sorted(self._problems, key=lambda p: (p.file != self.file, p.line or 0))
        return ConfigError(own_first)

    def raise_any(self) -> None:
        """Raises what was gathered.

        Raises:
            ConfigError: There is a problem.
        """
        if self._problems:
            raise self.error()


def dotted(location: Location) -> str:
    """A location as one writes it: `backchannels.add[3]`."""
    path = ""
    for step in location:
        path += f"[{step}]" if isinstance(step, int) else f".{shown(step, quote='')}"
    return path.removeprefix(".")


def shown(value: object, quote: str = '"') -> str:
    """A value as a message quotes it: on one line, and cut where it is long."""
    if value is None or isinstance(value, bool):
        return {None: "nothing", True: "true", False: "false"}[value]
    text = str(value)
    if len(text) > MAX_SHOWN:
        text = f"{text[: MAX_SHOWN - 1]}…"
    text = one_line(text)
    return f"{quote}{text}{quote}" if isinstance(value, str) else text


def one_line(text: str) -> str:
    """A text with its line breaks and control characters spelled out."""
    return "".join(char if char.isprintable() else repr(char)[1:-1] for char in text)


def nearest(word: str, candidates: Iterable[str]) -> str | None:
    """What was probably meant by a word that is none of the candidates."""
    close = difflib.get_close_matches(word[:100], list(candidates), n=1, cutoff=0.6)
    return close[0] if close else None


def did_you_mean(word: str, candidates: Iterable[str], otherwise: str) -> str:
    """Names the candidate that was probably meant, or says something else."""
    meant = nearest(word, candidates)
    return f"Did you mean {shown(meant)}?" if meant else otherwise


def _explain(
    error: ErrorDetails, keys: tuple[str, ...], keys_below: tuple[str, ...]
) -> tuple[str, str]:
    """Pydantic's finding in plain words: what, and the fix."""
    kind, value, context = error["type"], error["input"], error.get("ctx", {})
    key = str(error["loc"][-1]) if error["loc"] else ""
    if "fix" in context:  # a check of ours, see `rejection`
        what, fix = f"{_found(value)} {error['msg']}", context["fix"]
    elif kind == "extra_forbidden":
        known = f"Known here: {', '.join(keys)}."
        what, fix = "unknown key", did_you_mean(key, keys, known)
    elif kind == "missing":
        what, fix = "missing", f"Add `{key}: ...`."
    elif kind == "literal_error":
        expected = context["expected"].replace("'", "")
        what, fix = f"{_found(value)} is not a choice", f"Write {expected}."
    elif kind == "greater_than_equal":
        what, fix = f"{shown(value)} is too small", f"Write {context['ge']:g} or more."
    elif kind == "greater_than":
        what, fix = f"{shown(value)} is too small", f"Write more than {context['gt']:g}."
    elif kind == "less_than_equal":
        what, fix = f"{shown(value)} is too large", f"Write {context['le']:g} or less."
    elif kind == "string_type":
        what, fix = f"{_found(value)} stands where words belong", _quote_it(value)
    elif kind == "model_type" and keys_below:
        below = f"{key}: {{{keys_below[0]}: ...}}"
        what, fix = f"{_found(value)} stands where keys belong", f"Write `{below}`."
    else:
        what, fix = _explain_type(error)
    return what, fix


def _explain_type(error: ErrorDetails) -> tuple[str, str]:
    if error["type"] in ("too_long", "string_too_long"):
        what = "characters" if isinstance(error["input"], str) else "entries"
        most = error.get("ctx", {}).get("max_length")
        return f"{_found(error['input'])} is too long", f"At most {most} {what}."
    for prefix, (belongs, fix) in _WRONG_TYPES.items():
        if error["type"].startswith(prefix):
            return f"{_found(error['input'])} {belongs}", fix
    return shown(error["msg"], quote=""), ""


_WRONG_TYPES = {
    "float_": ("is not a number", "Write a number, such as 2.0."),
    "finite_number": ("is not a finite number", "Write a number, such as 2.0."),
    "int_": ("is not a whole number", "Write a whole number, such as 2."),
    "bool_": ("is neither true nor false", "Write true or false."),
    "tuple_": ("stands where a list belongs", "Write a list: [one, another]."),
    "too_short": ("is an empty list", "Name one at least, or leave the key out."),
    "model_": ("stands where keys belong", "Write keys and values: {key: value}."),
    "dict_": ("stands where keys belong", "Write keys and values: {key: value}."),
}


def rejection(what: str, fix: str) -> PydanticCustomError:
    """What a validator raises, to be told in its own words: `what` follows the value."""
    return PydanticCustomError("rejected", "{what}", {"what": what, "fix": fix})


def no_truth_value(example: str) -> Callable[[object], object]:
    """A validator of numbers, run before pydantic's own, which takes true and false for 1 and 0.

    Args:
        example: A number that would do.
    """

    def check(value: object) -> object:
        if isinstance(value, bool):
            raise rejection("is not a number", f"Write a number, such as {example}.")
        return value

    return check


def _found(value: object) -> str:
    """What stands there."""
    if isinstance(value, bool):
        return f"the truth value {shown(value)}"
    if isinstance(value, (int, float)):
        return f"the number {shown(value)}"
    if isinstance(value, Mapping):
        return "a mapping"
    if isinstance(value, (list, tuple)):
        return "a list" if value else "[]"
    return shown(value)


def _quote_it(value: object) -> str:
    if isinstance(value, bool):
        meant = '"yes" or "on"' if value else '"no" or "off"'
        return f"Quote the word that is meant: {meant}."
    if isinstance(value, (int, float)):
        return f'Quote it: "{shown(value)}".'
    if isinstance(value, (list, tuple, Mapping)):
        return 'Quote a phrase that begins with a bracket or holds a colon: "[oh] really".'
    return "Write words, or leave the line out."
