"""Says once a process what this LiveKit lacks that the filter needs, and switches that part off.

Nothing here raises: a name that went missing costs a feature and a line in the log, and no call.
"""

from __future__ import annotations

import dataclasses
import importlib
import inspect
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, EnumMeta
from typing import TYPE_CHECKING, Any, get_args

import livekit.agents

from filters.calls import get_logger

from . import _livekit_private as private

if TYPE_CHECKING:
    from collections.abc import Iterator

    from livekit.agents import AgentSession

    from filters.configuration import FilterConfig

log = get_logger(__name__)

VERIFIED = ("1.5.0", "1.5.17", "1.6.5", "1.6.10", "1.7.1", "1.8.9")
"""The releases that `make compat` runs on, oldest first."""

FIX = f"Use livekit-agents {VERIFIED[0]} to {VERIFIED[-1]}, or a newer version of this package."


class Part(Enum):
    """What can be switched off by itself. Values are for the log."""

    FILTER = "filter"
    HOOK = "hook"
    NOTES = "notes"
    TRANSCRIBED = "transcribed"
    CHECKS = "checks"
    STAGES = "stages"


CONSEQUENCES: Mapping[Part, str] = {
    Part.FILTER: "all speech passes unfiltered",
    Part.HOOK: "agents without BackchannelSTTFilterMixin are not filtered",
    Part.NOTES: "words that wait too long for the floor are not in the chat history",
    Part.TRANSCRIBED: "where transcription_timeout is set, a suppressed backchannel is reported as "
    "speech without a transcript",
    Part.STAGES: "the end of a stage puts back the recogniser's options as the configuration has "
    "them under stt, or the service's defaults, and not as they were",
    Part.CHECKS: "some mistakes in how a session is set up are not found",
}


@dataclass(frozen=True, slots=True)
class Need:
    """Names that a part needs.

    Attributes:
        part: What can't do without.
        module: Where they are.
        owner: The class whose attributes they are.
        names: The attributes.
    """

    part: Part
    module: str
    owner: str
    names: tuple[str, ...]


_VOICE = "livekit.agents.voice"
_AGENTS = "livekit.agents"
NEEDS = (
    Need(
        Part.FILTER,
        _AGENTS,
        "AgentSession",
        (
            *("agent_state", "commit_user_turn", "current_agent", "current_speech", "interrupt"),
            *("options", "output", "user_state", "vad"),
        ),
    ),
    Need(
        Part.FILTER,
        _VOICE,
        "SpeechHandle",
        (
            *("add_done_callback", "allow_interruptions", "done", "id", "interrupt"),
            *("interrupted", "scheduled"),
        ),
    ),
    Need(Part.FILTER, f"{_VOICE}.io", "AgentOutput", ("audio", "audio_enabled")),
    Need(Part.FILTER, f"{_VOICE}.io", "AudioOutput", ("can_pause",)),
    Need(Part.FILTER, f"{_AGENTS}.stt", "SpeechEvent", ("type", "alternatives")),
    Need(Part.FILTER, f"{_AGENTS}.stt", "SpeechData", ("text", "language", "confidence")),
    Need(
        Part.FILTER,
        f"{_AGENTS}.stt",
        "SpeechEventType",
        (
            *("START_OF_SPEECH", "INTERIM_TRANSCRIPT", "PREFLIGHT_TRANSCRIPT"),
            *("FINAL_TRANSCRIPT", "END_OF_SPEECH"),
        ),
    ),
    Need(Part.NOTES, _AGENTS, "AgentSession", ("history",)),
    Need(Part.NOTES, _AGENTS, "Agent", ("chat_ctx", "update_chat_ctx")),
    Need(Part.NOTES, f"{_AGENTS}.llm", "ChatContext", ("copy", "insert")),
)

EVENTS: Mapping[Part, tuple[str, ...]] = {
    Part.FILTER: (
        *("agent_false_interruption", "agent_state_changed", "close", "conversation_item_added"),
        *("error", "speech_created"),
    ),
    Part.HOOK: ("user_input_transcribed", "user_state_changed"),
}

OPTIONS = ("min_words", "resume_false_interruption", "false_interruption_timeout")
"""Keys of `AgentSession.options.interruption`."""


@dataclass(frozen=True, slots=True)
class Compatibility:
    """What of the filter works with the LiveKit that is installed.

    Attributes:
        livekit: Its version.
        missing: The names that each part lacks.
    """

    livekit: str
    missing: Mapping[Part, tuple[str, ...]]

    def has(self, part: Part) -> bool:
        """Whether a part has all it needs."""
        return not self.missing.get(part)


_ABSENT = object()
_found: Compatibility | None = None


def compatibility(session: AgentSession[Any]) -> Compatibility:
    """What works here: looked up, and logged, with the first session of the process.

    Args:
        session: Any session; its options are looked at.
    """
    global _found  # noqa: PLW0603 - the LiveKit that is installed is the process's
    if _found is None:
        _found = look_up(session)
        _say(_found)
    return _found


def permitted(session: AgentSession[Any], config: FilterConfig) -> FilterConfig:
    """The configuration as it can be used: switched off where LiveKit lacks what all else needs."""
    if compatibility(session).has(Part.FILTER):
        return config
    return config.model_copy(update={"mode": "off"})


def min_words_of(session: AgentSession[Any]) -> int | None:
    """How many words stop the agent, by the session; None where it doesn't say."""
    interruption = getattr(getattr(session, "options", None), "interruption", None)
    return interruption.get("min_words") if isinstance(interruption, Mapping) else None


def look_up(session: AgentSession[Any]) -> Compatibility:
    """Looks for all that the filter needs; `compatibility` keeps the result."""
    missing: dict[Part, list[str]] = {}
    for need in NEEDS:
        missing.setdefault(need.part, []).extend(_missing(need))
    known = _event_names()
    for part, names in EVENTS.items():
        lost = [f"the event {name}" for name in names if known and name not in known]
        missing.setdefault(part, []).extend(lost)
    missing[Part.FILTER].extend(_missing_options(session))
    missing[Part.HOOK].extend(private.missing_turn_buffers())
    missing[Part.TRANSCRIBED] = private.missing_transcription_mark()
    missing[Part.CHECKS] = private.missing_setup_names()
    missing[Part.STAGES] = private.missing_recogniser_options()
    version = str(getattr(livekit.agents, "__version__", "of an unknown version"))
    return Compatibility(version, {part: tuple(names) for part, names in missing.items()})


def _missing(need: Need) -> Iterator[str]:
    try:
        owner = getattr(importlib.import_module(need.module), need.owner, None)
    except ImportError:
        owner = None
    if owner is None:
        yield need.owner
        return
    fields = {each.name for each in dataclasses.fields(owner)} if _is_dataclass(owner) else set()
    for name in need.names:
        # a dataclass keeps no attribute of its class for a field without a default
        there = name in fields or inspect.getattr_static(owner, name, _ABSENT) is not _ABSENT
        if isinstance(owner, EnumMeta):  # the filter tells its members by their values
            there = there and getattr(owner, name).value == name.lower()
        if not there:
            yield f"{need.owner}.{name}"


def _is_dataclass(owner: object) -> bool:
    return isinstance(owner, type) and dataclasses.is_dataclass(owner)


def _event_names() -> frozenset[str]:
    """The names of a session's events; empty where LiveKit doesn't list them."""
    try:
        module = importlib.import_module(f"{_VOICE}.events")
    except ImportError:
        return frozenset()
    return frozenset(get_args(getattr(module, "EventTypes", None)))


def _missing_options(session: AgentSession[Any]) -> Iterator[str]:
    interruption = getattr(getattr(session, "options", None), "interruption", None)
    for name in OPTIONS:
        if not isinstance(interruption, Mapping) or name not in interruption:
            yield f"AgentSession.options.interruption[{name!r}]"


def _say(found: Compatibility) -> None:
    for part, missing in found.missing.items():
        if missing and (part is Part.FILTER or found.has(Part.FILTER)):
            log.warning(
                "livekit_incompatible",
                livekit_agents=found.livekit,
                switched_off=part.value,
                missing=missing,
                consequence=CONSEQUENCES[part],
                fix=FIX,
            )
    if _release(found.livekit) > _release(VERIFIED[-1]):
        log.info(
            "livekit_unverified",
            livekit_agents=found.livekit,
            newest_verified=VERIFIED[-1],
            consequence="all that can be checked is as expected"
            if found.has(Part.FILTER)
            else CONSEQUENCES[Part.FILTER],
        )


def _release(version: str) -> tuple[int, ...]:
    """A version's numbers; none where it has none."""
    return tuple(int(number) for number in re.findall(r"\d+", version)[:3])
