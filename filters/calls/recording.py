"""Records calls as timelines, one file a call. Never waits for the disk; imports no LiveKit.

events, decisions -> Tape -> queue -> one thread -> DIRECTORY/call-20261121T093000Z-1f2e.jsonl

A file is its owner's alone, holds whole lines only, and ends with the last event before a crash.
"""

from __future__ import annotations

import atexit
import contextlib
import dataclasses
import datetime as dt
import os
import queue
import secrets
import threading
import time
from functools import lru_cache
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from filters.policy import Decision, Ended, Event, Heard, SessionStarted, StageChanged
from filters.words import Words

from .log import get_logger
from .rows import decision_row, dump_row, event_row

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from filters.configuration import FilterConfig, Recording

log = get_logger(__name__)

PREFIX, SUFFIX = "call-", ".jsonl"
"""What the names of recordings begin and end with; no other file is ever deleted."""

MOST_WAITING = 10_000
"""Entries that wait for the disk: minutes of many calls. A call that finds no room ends there."""

SWEEPS_PER_LIMIT = 16
"""How often old files are looked for while `max_bytes` are written, and once for each call."""

_FLUSH_AT_EXIT_S = 2.0
_DAY_S = 86_400.0
_PACKAGES = ("livekit-interruption-filters", "livekit-agents", "pipecat-ai")


class _Entry(NamedTuple):
    """What was fed to the policy, or None where time alone went by, and what it decided."""

    call: _Call
    event: Event | None
    decisions: tuple[Decision, ...]
    more: dict[str, Any]


class Tape:
    """Records the calls of one session, which may be started again after its end.

    Args:
        config: What the session is filtered by; its `recording` says where to, and whether words.
        writer: What writes.

    Attributes:
        path: The file of the newest call; None before the first.
    """

    def __init__(self, config: FilterConfig, writer: Writer) -> None:
        self.path: Path | None = None
        self._config = config
        self._writer = writer
        self._call: _Call | None = None
        self._end: Ended | None = None

    def fed(self, event: Event, decisions: Sequence[Decision]) -> None:
        """An event was fed to the policy, which decided this, what was due before it included."""
        if self._call is None:
            if not isinstance(event, SessionStarted):  # what comes after the end is no call
                return
            self._call = _Call(self._config, event.t)
            self.path = self._call.path
        if isinstance(event, Ended):  # its row is the last, and more may be decided
            self._end = event
            self._put(None, decisions)
        else:
            self._put(event, decisions)

    def decided(self, decisions: Sequence[Decision], **more: Any) -> None:
        """Something was decided without an event.

        Args:
            decisions: What.
            **more: Further fields of the rows: `undelivered` where it was not the policy.
        """
        if decisions:
            self._put(None, decisions, **more)

    def close(self) -> None:
        """The call is over."""
        if self._end is not None:
            self._put(self._end, ())
        self._call = self._end = None

    def _put(self, event: Event | None, decisions: Sequence[Decision], **more: Any) -> None:
        if self._call is not None:
            self._writer.put(_Entry(self._call, event, tuple(decisions), more))


def open_tape(config: FilterConfig) -> Tape | None:
    """A tape for a session, or None where nothing is to be recorded."""
    if config.recording.mode == "off" or config.mode == "off":
        return None
    return Tape(config, writer_of(os.getpid()))


class Writer:
    """Writes what tapes record, in a thread of its own that ends with the process.

    Args:
        most_waiting: How many entries may wait.
    """

    def __init__(self, most_waiting: int = MOST_WAITING) -> None:
        self._entries: queue.SimpleQueue[_Entry | threading.Event] = queue.SimpleQueue()
        self._most_waiting = most_waiting
        self._thread: threading.Thread | None = None
        self._open: set[Path] = set()
        self._warned: set[str] = set()

    def put(self, entry: _Entry) -> None:
        """Takes an entry; never waits. Without room the call's recording ends before it."""
        call = entry.call
        if call.cut_off:
            return
        if self._entries.qsize() >= self._most_waiting:
            call.cut_off = True
            self._warn("too slow a disk", "the recording of a call ends early")
            return
        self._entries.put(entry)
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="call_recorder", daemon=True)
            self._thread.start()
            atexit.register(self.flush, _FLUSH_AT_EXIT_S)

    def flush(self, timeout_s: float) -> bool:
        """Waits until all that was put is written; whether it was in time."""
        if self._thread is None:
            return True
        written = threading.Event()
        self._entries.put(written)
        return written.wait(timeout_s)

    def _run(self) -> None:
        while True:
            entry = self._entries.get()
            if isinstance(entry, threading.Event):
                entry.set()
                continue
            try:
                self._write(entry)
            except OSError as error:
                self._give_up(entry.call)
                self._warn(
                    error.strerror or type(error).__name__, "calls are recorded in part, or not"
                )
            except Exception as error:  # noqa: BLE001 - one call's fault must not end the others'
                self._give_up(entry.call)
                self._warn(type(error).__name__, "a call is recorded in part")

    def _write(self, entry: _Entry) -> None:
        call = entry.call
        if call.given_up:
            return
        data = b"".join(map(dump_row, call.rows(entry.event, entry.decisions, entry.more)))
        if call.file is None:
            self._open.add(call.path)
            call.open()
            sweep(call.settings, keep=self._open)
        elif call.unswept + len(data) > call.settings.max_bytes / SWEEPS_PER_LIMIT:
            call.unswept = 0
            sweep(call.settings, keep=self._open)
        if call.size + len(data) > call.settings.max_bytes:
            self._give_up(call)
            self._warn("recording.max_bytes is reached", "the recording of a call ends early")
            return
        call.append(data)
        if isinstance(entry.event, Ended):
            self._give_up(call)

    def _give_up(self, call: _Call) -> None:
        call.close()
        self._open.discard(call.path)

    def _warn(self, why: str, consequence: str) -> None:
        if why not in self._warned:
            self._warned.add(why)
            log.warning("recording_failed", error=why, consequence=consequence)


@lru_cache(maxsize=1)
def writer_of(process_id: int) -> Writer:  # noqa: ARG001 - a forked process needs its own thread
    """The writer of a process."""
    return Writer()


class _Call:
    """The file of one call; but for `cut_off`, the writer's thread alone uses it."""

    def __init__(self, config: FilterConfig, began_at: float) -> None:
        now = dt.datetime.now(dt.timezone.utc)
        self.session = f"{now:%Y%m%dT%H%M%SZ}-{secrets.token_hex(4)}"
        self.settings = config.recording
        self.path = Path(self.settings.directory) / f"{PREFIX}{self.session}{SUFFIX}"
        self.cut_off = self.given_up = False
        self.file: int | None = None
        self.size = self.unswept = 0
        self._words = Words(config.lexicon, config.asks)
        self._staged = config.staged_words
        self._began_at = self._last_t = began_at
        self._facts: dict[str, Any] = {  # on the first row
            "started_at": now.isoformat(timespec="seconds"),
            "config": {"name": config.name, "fingerprint": config.fingerprint},
            "mode": config.mode,
            "recorded": self.settings.mode,
            "versions": _versions(),
        }

    def open(self) -> None:
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | getattr(os, "O_NOFOLLOW", 0)
        self.file = os.open(self.path, flags, 0o600)

    def append(self, data: bytes) -> None:
        """Appends whole lines; where the disk takes only a part, none."""
        assert self.file is not None  # noqa: S101 - for the type checker
        rest = memoryview(data)
        try:
            while rest:
                rest = rest[os.write(self.file, rest) :]
        except OSError:
            with contextlib.suppress(OSError):
                os.ftruncate(self.file, self.size)
            raise
        self.size += len(data)
        self.unswept += len(data)

    def close(self) -> None:
        self.given_up = True
        if self.file is not None:
            with contextlib.suppress(OSError):
                os.close(self.file)
            self.file = None
            if not self.size:
                self.path.unlink(missing_ok=True)

    def rows(
        self, event: Event | None, decisions: Sequence[Decision], more: dict[str, Any]
    ) -> Iterator[dict[str, Any]]:
        """The rows of an entry: what was due, the event, and what was decided about it."""
        before = [d for d in decisions if event is None or d.t < event.t]
        for decision in before:
            yield self._decision(decision, more)
        if event is None:
            return
        yield self._event(event)
        for decision in decisions[len(before) :]:
            yield self._decision(decision, more)

    def _event(self, event: Event) -> dict[str, Any]:
        # an event may have been on its way while a later one was reported
        self._last_t = max(self._last_t, event.t)
        t = self._last_t - self._began_at
        if isinstance(event, StageChanged):
            self._words = self._staged(event.stages)
        if not isinstance(event, Heard):
            told = dataclasses.replace(event, t=t)
            about: dict[str, Any] = {}
            if isinstance(event, SessionStarted):
                about, self._facts = self._facts, {}
            return self._without_words(event_row(self.session, told, **about))
        onset = event.speech_start_time
        if onset is not None:
            onset -= self._began_at
        heard = dataclasses.replace(event, t=t, speech_start_time=onset)
        return self._without_words(event_row(self.session, heard))

    def _decision(self, decision: Decision, more: dict[str, Any]) -> dict[str, Any]:
        told = dataclasses.replace(decision, t=decision.t - self._began_at)
        row = {**decision_row(self.session, told), **more}
        if decision.heard.language:
            row["language"] = decision.heard.language
        return self._without_words(row)

    def _without_words(self, row: dict[str, Any]) -> dict[str, Any]:
        if self.settings.mode == "words" or "text" not in row:
            return row
        text = row.pop("text")
        row.pop("adds", None)
        row.pop("speaker", None)  # may name somebody
        if not text:
            return row
        shape: dict[str, Any] = {"words": len(text.split()), "characters": len(text)}
        if row["event"] == "agent_text":
            shape["asks"] = self._words.asks(text)
        elif row["event"] != "agent_saying":
            verdict = self._words.lexicon.classify(text, row.get("language"))
            shape = {"class": verdict.kind.value, **shape}
        row["redacted"] = shape
        return row


@lru_cache(maxsize=1)
def _versions() -> dict[str, str]:
    versions = {}
    for package in _PACKAGES:
        with contextlib.suppress(metadata.PackageNotFoundError):
            versions[package] = metadata.version(package)
    return versions


def sweep(settings: Recording, keep: set[Path]) -> None:
    """Deletes recordings that are too old, and the oldest while they take up too much.

    Args:
        settings: Where they are, and what they may take up.
        keep: Those that are being written.
    """
    found: list[tuple[float, int, Path]] = []
    for path in Path(settings.directory).glob(f"{PREFIX}*{SUFFIX}"):
        with contextlib.suppress(OSError):  # another process sweeps too
            status = path.lstat()
            found.append((status.st_mtime, status.st_size, path))
    total = sum(size for _, size, _ in found)
    too_old = time.time() - settings.max_age_days * _DAY_S
    for modified_at, size, path in sorted(found):
        if modified_at >= too_old and total <= settings.max_bytes:
            break
        if path not in keep:
            with contextlib.suppress(OSError):
                path.unlink(missing_ok=True)
            total -= size
