"""Reads YAML as a person wrote it: scalars stay words, and every place has its line.

YAML 1.1 takes an unquoted `no` for false and `12:30` for a number, which a list of words must not.
What a configuration never needs (aliases, tags, several documents, deep nesting) is refused, so
that no file can cost much.
"""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import yaml

from .problems import ConfigError, Location, Problem, dotted, one_line, shown

if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_BYTES = 1_000_000
"""Largest file that is read."""

MAX_DEPTH = 16
"""Deepest nesting that is read."""

# libyaml where PyYAML has it: twenty times as fast. (It alone takes an unquoted "?" in [sorry?].)
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

# Opening a FIFO would wait for somebody to write to it. (Windows has neither FIFOs nor the flag.)
_OPEN_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)

_STRING_TAGS = (None, "!", "tag:yaml.org,2002:str")
_SYNTAX_FIX = (
    "Check the indentation and the brackets; quote a phrase that begins with a sign or holds a "
    'colon: "[oh] really".'
)


@dataclass(frozen=True, slots=True)
class YamlDocument:
    """The content of a file.

    Attributes:
        value: Dictionaries, lists, strings and None; None for an empty file.
        lines: The line of every place, from 1.
        problems: Keys that stand twice in one mapping (the first counts).
    """

    value: object
    lines: Mapping[Location, int]
    problems: tuple[Problem, ...] = ()


def read_yaml(path: str | os.PathLike[str]) -> YamlDocument:
    """Reads a file.

    Raises:
        ConfigError: It can't be read, or isn't plain YAML.
    """
    file = os.fspath(path)
    try:
        descriptor = os.open(file, _OPEN_FLAGS)
        try:
            _check_regular(os.fstat(descriptor), file)
            with os.fdopen(descriptor, "rb", closefd=False) as stream:
                data = stream.read(MAX_BYTES + 1)
        finally:
            os.close(descriptor)
    except FileNotFoundError:
        raise _error(file, "does not exist", "Check the path.") from None
    except (OSError, ValueError) as error:
        if isinstance(error, ConfigError):
            raise
        reason = getattr(error, "strerror", None) or error
        raise _error(file, f"can't be read ({reason})", "Check the path.") from error
    return parse_yaml(data, file)


def _check_regular(status: os.stat_result, file: str) -> None:
    if stat.S_ISDIR(status.st_mode):
        raise _error(file, "is a directory", "Name a YAML file in it.")
    if not stat.S_ISREG(status.st_mode):
        raise _error(file, "is not a regular file", "Name a YAML file.")
    if status.st_size > MAX_BYTES:
        raise _too_large(file)


def parse_yaml(data: bytes, file: str) -> YamlDocument:
    """Parses the content of a file.

    Args:
        data: UTF-8, with or without a byte order mark.
        file: The name of the file, for messages.

    Raises:
        ConfigError: It isn't plain YAML.
    """
    if len(data) > MAX_BYTES:
        raise _too_large(file)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        what = f"is not UTF-8: byte 0x{data[error.start]:02x} on line {line}"
        raise _error(file, what, "Save it as UTF-8.", line) from None
    builder = _Builder(file)
    try:
        for event in yaml.parse(text, Loader=_LOADER):
            builder.take(event)
    except yaml.reader.ReaderError as error:
        at = max(text.find(chr(error.character)), 0)
        line = text.count("\n", 0, at) + 1
        what = f"is not YAML: control character U+{error.character:04X} on line {line}"
        raise _error(file, what, "Remove it.", line) from None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f" on line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        what = f"is not YAML{place}: {error.problem or error.context}"
        raise _error(file, what, _SYNTAX_FIX, mark.line + 1 if mark else None) from None
    return builder.document()


@dataclass(slots=True)
class _Open:
    """A mapping or list that has not ended; a mapping waits for a key, or the value of `key`."""

    value: dict[str, object] | list[object]
    location: Location
    key: str | None = None
    ignored: bool = False  # the value of a key that stands there twice
    lines: dict[str, int] = field(default_factory=dict)


class _Builder:
    """Builds the document from the parser's events, with a stack of its own: no recursion."""

    def __init__(self, file: str) -> None:
        self._file = file
        self._open: list[_Open] = []
        self._documents = 0
        self._root: object = None
        self._lines: dict[Location, int] = {}
        self._problems: list[Problem] = []

    def document(self) -> YamlDocument:
        return YamlDocument(self._root, self._lines, tuple(self._problems))

    def take(self, event: yaml.Event) -> None:
        line = event.start_mark.line + 1 if event.start_mark else 1
        if isinstance(event, yaml.DocumentStartEvent):
            self._documents += 1
            if self._documents > 1:
                self._refuse("a second document begins", line, "Remove the line `---`.")
        elif isinstance(event, yaml.AliasEvent):
            what = f"{shown(f'*{event.anchor}')} is an alias of YAML, which is not supported"
            self._refuse(what, line, "Write it out, or quote it if it is a phrase.")
        elif isinstance(event, yaml.ScalarEvent):
            self._take_scalar(event, line)
        elif isinstance(event, (yaml.MappingStartEvent, yaml.SequenceStartEvent)):
            self._begin(event, line)
        elif isinstance(event, (yaml.MappingEndEvent, yaml.SequenceEndEvent)):
            self._open.pop()

    def _take_scalar(self, event: yaml.ScalarEvent, line: int) -> None:
        if event.tag not in _STRING_TAGS:
            self._refuse(f"the tag {shown(event.tag)} is not supported", line, "Remove it.")
        parent = self._open[-1] if self._open else None
        text: str = event.value
        if parent is not None and isinstance(parent.value, dict) and parent.key is None:
            self._take_key(parent, text, line)
            return
        # `key:` and `key: null` say nothing; in a list, "null" is a word like any other
        plain = event.implicit[0]
        empty = text in ("", "~") or (text == "null" and not _is_list(parent))
        self._place(None if plain and empty else text, line)

    def _take_key(self, mapping: _Open, key: str, line: int) -> None:
        mapping.key = key
        mapping.ignored = key in mapping.lines
        if not mapping.ignored:
            mapping.lines[key] = line
            return
        what = f"duplicate key on line {line} (first on line {mapping.lines[key]})"
        path = dotted((*mapping.location, key))
        self._problems.append(Problem(self._file, path, what, "Remove one, or merge them.", line))

    def _begin(self, event: yaml.CollectionStartEvent, line: int) -> None:
        if event.tag is not None:
            self._refuse(f"the tag {shown(event.tag)} is not supported", line, "Remove it.")
        if len(self._open) >= MAX_DEPTH:
            self._refuse(f"is nested more than {MAX_DEPTH} deep", line, "Close the brackets.")
        parent = self._open[-1] if self._open else None
        if parent is not None and isinstance(parent.value, dict) and parent.key is None:
            what = "a key is a list or a mapping"
            self._refuse(what, line, "Quote a phrase that begins with a bracket.")
        value: dict[str, object] | list[object] = (
            {} if isinstance(event, yaml.MappingStartEvent) else []
        )
        self._open.append(_Open(value, self._place(value, line)))

    def _place(self, value: object, line: int) -> Location:
        """Puts a value where the parser stands; returns the place."""
        if not self._open:
            self._root = value
            self._lines[()] = line
            return ()
        parent = self._open[-1]
        location: Location
        if isinstance(parent.value, list):
            location = (*parent.location, len(parent.value))
            parent.value.append(value)
        else:
            key, parent.key = str(parent.key), None
            location = (*parent.location, key)
            if parent.ignored:
                return location
            parent.value[key] = value
            line = parent.lines[key]
        self._lines.setdefault(location, line)
        return location

    def _refuse(self, what: str, line: int, fix: str) -> None:
        raise _error(self._file, f"{what} on line {line}", fix, line)


def _is_list(container: _Open | None) -> bool:
    return container is not None and isinstance(container.value, list)


def _too_large(file: str) -> ConfigError:
    what = f"is larger than {MAX_BYTES // 1_000_000} MB"
    return _error(file, what, "Name the configuration, or split its word lists.")


def _error(file: str, message: str, fix: str, line: int | None = None) -> ConfigError:
    return ConfigError([Problem(one_line(file), "", message, fix, line)])
