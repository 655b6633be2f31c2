"""The only file that touches a private name of LiveKit."""

from __future__ import annotations

import dataclasses
import importlib
import inspect
import sys
import weakref
from typing import TYPE_CHECKING, Any

from livekit.agents import NOT_GIVEN, stt
from livekit.agents.utils import is_given

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from livekit.agents import AgentSession

# -- short_utterance_buffer -----------------------------------------------------------------------


class TurnBuffers:
    """The words of the caller's turn under way, as a session has collected them.

    Why private: a final is stored after `user_input_transcribed` has been emitted, and stays until
    a turn of at least `min_words` is committed. The one public way to drop it,
    `AgentSession.clear_user_turn()`, reconnects the recogniser; none drops a part of it, or reads
    it.
    Verified on 1.5.0, 1.6.10, 1.7.1 and 1.8.9.
    Can go: when LiveKit drops by itself what it refused to commit, or offers a way to.
    """

    def __init__(self, session: AgentSession[Any]) -> None:
        self._session = weakref.ref(session)

    def _recognition(self) -> Any | None:
        activity = getattr(self._session(), "_activity", None)
        return getattr(activity, "_audio_recognition", None)

    @property
    def there(self) -> bool:
        """Whether words put in can become a turn: not before the start, nor during a hand-off."""
        session = self._session()
        activity = getattr(session, "_activity", None)
        if session is None or self._recognition() is None:
            return False
        return getattr(activity, "agent", None) is session.current_agent

    @property
    def final(self) -> str:
        """Finals that are not committed yet, joined by spaces."""
        return str(getattr(self._recognition(), "_audio_transcript", ""))

    @final.setter
    def final(self, text: str) -> None:
        recognition = self._recognition()
        if recognition is not None:
            recognition._audio_transcript = text

    @property
    def interim(self) -> str:
        """The newest interim, empty after a final."""
        return str(getattr(self._recognition(), "_audio_interim_transcript", ""))

    @interim.setter
    def interim(self, text: str) -> None:
        recognition = self._recognition()
        if recognition is not None:
            recognition._audio_interim_transcript = text
            recognition._audio_preflight_transcript = ""

    def cancel_preemptive_reply(self) -> None:
        """Drops a reply that was begun before the end of the turn.

        Why private: a preemptive reply is no speech of the session until it is adopted, so that
        `AgentSession.interrupt()`, which would stop the agent as well, is the one public way.
        """
        activity = getattr(self._session(), "_activity", None)
        cancel = getattr(activity, "_cancel_preemptive_generation", None)
        if cancel is not None:
            cancel()


TURN_BUFFER_NAMES = (
    ("livekit.agents.voice.agent_session", "AgentSession", ("_activity",)),
    (
        "livekit.agents.voice.agent_activity",
        "AgentActivity",
        ("_audio_recognition", "_cancel_preemptive_generation"),
    ),
    (
        "livekit.agents.voice.audio_recognition",
        "AudioRecognition",
        ("_audio_transcript", "_audio_interim_transcript", "_audio_preflight_transcript"),
    ),
)
"""Modules, their classes, and the attributes of those that `TurnBuffers` goes through."""


def missing_turn_buffers() -> list[str]:
    """The names `TurnBuffers` needs that this LiveKit does not have; empty when all is well."""
    return _missing(TURN_BUFFER_NAMES)


def _missing(wanted: Iterable[tuple[str, str, tuple[str, ...]]]) -> list[str]:
    """The names that are gone.

    They are attributes of objects that exist only in a running session, so the constructors are
    asked which attributes they set.
    """
    missing = []
    for module_name, class_name, names in wanted:
        try:
            found = getattr(importlib.import_module(module_name), class_name, None)
        except ImportError:
            found = None
        constructor = inspect.unwrap(found.__init__) if found is not None else None
        code = getattr(constructor, "__code__", None)
        set_by_constructor = code.co_names if code is not None else ()
        missing += [
            f"{class_name}.{name}"
            for name in names
            if name not in set_by_constructor and not hasattr(found, name)
        ]
    return missing


# -- backchannel_stt ------------------------------------------------------------------------------


def mark_transcribed(session: AgentSession[Any]) -> None:
    """Tells LiveKit that what its VAD hears was transcribed, though the transcript was kept back.

    Where `AgentSession(transcription_timeout=...)` is set, LiveKit emits
    `user_transcription_timeout` for speech without a final, and an application asks the caller to
    repeat what was a mere "mhm".

    Why private: a final that is handed over is the one public way to say that there was one.
    Verified on 1.6.10, 1.7.1 and 1.8.9; 1.6.6 and before have no such timeout.
    Can go: when LiveKit offers a way to drop a final it has been given.
    """
    recognition = getattr(getattr(session, "_activity", None), "_audio_recognition", None)
    mark = getattr(recognition, "_mark_turn_transcribed", None)
    if mark is not None:
        mark()


def missing_transcription_mark() -> list[str]:
    """The name `mark_transcribed` needs, where this LiveKit has the timeout and lacks the name."""
    session = getattr(importlib.import_module("livekit.agents"), "AgentSession", None)
    if session is None or "transcription_timeout" not in inspect.signature(session).parameters:
        return []
    try:
        voice = importlib.import_module("livekit.agents.voice.audio_recognition")
    except ImportError:
        voice = None
    recognition = getattr(voice, "AudioRecognition", None)
    name = "_mark_turn_transcribed"
    return [] if hasattr(recognition, name) else [f"AudioRecognition.{name}"]


# -- agent_context ---------------------------------------------------------------------------


def wrapped_recognisers(recogniser: Any) -> Sequence[Any]:
    """Return the recognisers inside an adapter, in its order; empty for one that wraps nothing.

    Why private: `FallbackAdapter` keeps its list in `_stt_instances`, without a property, on every
    version. `MultiSpeakerAdapter` has the public `wrapped_stt` from 1.6.10 and only `_stt` on
    1.5.0 to 1.6.6. `StreamAdapter.wrapped_stt` is public on every version.
    Verified on 1.5.0, 1.6.0, 1.6.5, 1.6.6, 1.6.10, 1.7.1 and 1.8.9.
    Can go: when `FallbackAdapter` shows its list and 1.6.10 is the oldest version supported.
    """
    if isinstance(recogniser, stt.FallbackAdapter):
        return tuple(getattr(recogniser, "_stt_instances", ()))
    wrapped = getattr(recogniser, "wrapped_stt", None)
    if wrapped is None and isinstance(recogniser, stt.MultiSpeakerAdapter):
        wrapped = getattr(recogniser, "_stt", None)
    return () if wrapped is None else (wrapped,)


def takes_conversation_items(recogniser: Any) -> bool:
    """Return whether a conversation item that LiveKit hands to this STT goes anywhere.

    From 1.6.5 a session calls `STT._push_conversation_item` where the STT advertises the public
    `capabilities.chat_context`. The base class ignores the call: an STT of another vendor inside a
    `FallbackAdapter`, or a `MultiSpeakerAdapter` of 1.6.5 and 1.6.6 (which copies the capability
    and passes nothing on), advertises and does not deliver.

    Why private: nothing public tells an STT that overrides the hook from one that doesn't.
    Verified on 1.6.5, 1.6.6, 1.6.10, 1.7.1 and 1.8.9 (the hook is not there on 1.5.0 and 1.6.0).
    Can go: when `capabilities.chat_context` is true of every STT only where it is acted on.

    Returns:
        False where the base class would ignore the item; True where it is taken, and where this
        version has no such hook to look at.
    """
    ignoring = getattr(stt.STT, "_push_conversation_item", None)
    taking = getattr(type(recogniser), "_push_conversation_item", None)
    return ignoring is None or taking is not ignoring


# -- checks/setup ----------------------------------------------------------------------------

SETUP_NAMES = (
    ("livekit.agents.voice.agent", "Agent", ("_turn_handling",)),
    ("livekit.agents.voice.room_io.room_io", "RoomIO", ("_options",)),
    ("livekit.rtc.event_emitter", "EventEmitter", ("_events",)),
    ("livekit.agents.inference.stt", "STT", ("_opts",)),
)
"""Modules, their classes, and the attributes that the functions below read."""

PLUGIN_SETUP_NAMES = (
    ("livekit.plugins.assemblyai.stt", "STT", ("_opts",)),
    ("livekit.plugins.silero.vad", "VAD", ("_opts",)),
)
"""The same of plugins, which may not be there."""


def missing_setup_names() -> list[str]:
    """The names that are gone, so that what they hold isn't checked; empty when all is well."""
    loaded = [entry for entry in PLUGIN_SETUP_NAMES if entry[0] in sys.modules]
    return _missing((*SETUP_NAMES, *loaded))


def options_of(component: Any) -> dict[str, Any]:
    """Return the options that an STT or a VAD was made with; empty where they can't be seen.

    Those that were left out are left out here too. `extra_kwargs`, in which LiveKit's inference
    keeps what is the vendor's, is opened.

    Why private: the plugins take their options and show none of them; the model alone is public.
    They are kept in `_opts`, a dataclass, by `assemblyai.STT`, `silero.VAD`, `inference.STT` and
    `inference.VAD`.
    Verified on 1.5.0, 1.6.5, 1.7.1 and 1.8.9 (`inference.VAD` is not there on 1.5.0).
    Can go: when the plugins show their options.
    """
    options = getattr(component, "_opts", None)
    if not dataclasses.is_dataclass(options):
        return {}
    given = {
        field.name: value
        for field in dataclasses.fields(options)
        if is_given(value := getattr(options, field.name, NOT_GIVEN)) and value is not None
    }
    extra = given.pop("extra_kwargs", None)
    return {**given, **extra} if isinstance(extra, dict) else given


def endpointing_of(agent: Any) -> dict[str, Any]:
    """Return the endpointing options of an agent's own; they come before the session's.

    Why private: `Agent.min_endpointing_delay` is public on 1.5.0 and deprecated later, and nothing
    public tells the rest.
    Verified on 1.5.0, 1.6.5, 1.7.1 and 1.8.9.
    Can go: when an agent shows its `turn_handling`.
    """
    turn_handling = getattr(agent, "_turn_handling", None)
    endpointing = turn_handling.get("endpointing") if isinstance(turn_handling, dict) else None
    return dict(endpointing) if isinstance(endpointing, dict) else {}


def noise_cancellation_of(session: AgentSession[Any]) -> Any | None:
    """Return what cleans the caller's sound before the recogniser hears it; None for nothing.

    Why private: `session.start` takes the room's options, and `RoomIO` keeps them in `_options`;
    the public `session.room_io` doesn't show them.
    Verified on 1.5.0, 1.6.5, 1.7.1 and 1.8.9.
    Can go: when `RoomIO` shows its options.
    """
    try:
        options = getattr(session.room_io, "_options", None)
    except (AttributeError, RuntimeError):  # not started, or without a room
        return None
    read = getattr(options, "get_audio_input_options", None)
    return getattr(read() if read is not None else None, "noise_cancellation", None)


def listeners_of(session: AgentSession[Any], event: str) -> list[Callable[..., Any]]:
    """Return who listens to an event of a session, in no order: older releases keep a set.

    Why private: `EventEmitter` (of `livekit.rtc`) takes listeners and shows none.
    Verified on 1.5.0, 1.6.5, 1.7.1 and 1.8.9.
    Can go: when it shows them.
    """
    events = getattr(session, "_events", None)
    return list(events.get(event, ())) if isinstance(events, dict) else []


# -- stage_options ---------------------------------------------------------------------------

UNREADABLE = object()
"""What `recogniser_option` returns of a recogniser that doesn't say."""

_ASSEMBLYAI = "livekit.plugins.assemblyai"


def recogniser_option(recogniser: Any, name: str) -> Any:
    """Return an option of AssemblyAI's STT as it is now; None where it was never set.

    Why private: `update_options` changes options, and nothing public reads them (but for `model`).
    `_opts.keyterms_prompt` holds the session's own terms as well from 1.6.5 on, and
    `_user_keyterms` those that were given.
    Verified on 1.5.0, 1.6.0, 1.6.5, 1.6.10, 1.7.1 and 1.8.9.
    Can go: when the plugin shows its options.

    Returns:
        `UNREADABLE` for any other recogniser, and for one without these names.
    """
    if name == "keyterms_prompt" and hasattr(recogniser, "_user_keyterms"):
        return list(recogniser._user_keyterms)
    options = getattr(recogniser, "_opts", None)
    if options is None or not any(
        base.__module__.startswith(_ASSEMBLYAI) for base in type(recogniser).__mro__
    ):
        return UNREADABLE
    absent = None if name == "mode" else UNREADABLE  # it is there from 1.6.5
    value: Any = getattr(options, name, absent)
    return value if is_given(value) else None


def missing_recogniser_options() -> list[str]:
    """The name `recogniser_option` needs that an imported AssemblyAI plugin lacks."""
    plugin = getattr(sys.modules.get(_ASSEMBLYAI), "STT", None)
    if plugin is None:
        return []
    code = getattr(inspect.unwrap(plugin.__init__), "__code__", None)
    there = hasattr(plugin, "_opts") or (code is not None and "_opts" in code.co_names)
    return [] if there else ["assemblyai.STT._opts"]
