"""LiveKit's speech events as the policy sees them, and back."""

from __future__ import annotations

import dataclasses
from typing import Any

from livekit.agents import stt

from filters.calls import clock
from filters.policy import Decision, Heard, SpeechType

_SPEECH_TYPES = {member.value: member for member in SpeechType}
_TRANSCRIPTS = (
    stt.SpeechEventType.INTERIM_TRANSCRIPT,
    stt.SpeechEventType.PREFLIGHT_TRANSCRIPT,
    stt.SpeechEventType.FINAL_TRANSCRIPT,
)
_EVENT_FIELDS = {field.name for field in dataclasses.fields(stt.SpeechEvent)}


def heard_of(event: object) -> Heard | None:
    """The policy's view of an event; None where it is nothing to decide about."""
    if not isinstance(event, stt.SpeechEvent):
        return None
    speech_type = _SPEECH_TYPES.get(event.type.value)
    if speech_type is None:
        return None
    onset = getattr(event, "speech_start_time", None)  # 1.6; 0 where a plugin doesn't know it
    said = event.alternatives[0] if event.alternatives else None
    return Heard(
        t=clock.now(),
        type=speech_type,
        text=said.text if said is not None else "",
        language=str(said.language) if said is not None and said.language else None,
        confidence=said.confidence if said is not None else None,
        speech_start_time=clock.from_wall(onset) if onset else None,
        speaker=(said.speaker_id or None) if said is not None else None,
        source=event,
    )


def event_of(decision: Decision) -> Any:
    """The event as it came, but for words in it that are not the caller's, or not new."""
    event = decision.heard.source
    if decision.adds is None or not event.alternatives:
        return event
    first = dataclasses.replace(event.alternatives[0], text=decision.adds)
    return dataclasses.replace(event, alternatives=[first, *event.alternatives[1:]])


def says_nothing(event: object) -> bool:
    """Whether a transcript has no alternatives. LiveKit reads the first: it would go deaf."""
    if not isinstance(event, stt.SpeechEvent) or event.type not in _TRANSCRIPTS:
        return False
    return not event.alternatives


def end_of_speech(ended_at: float) -> stt.SpeechEvent:
    """An end of speech, for words that were held until now."""
    event = stt.SpeechEvent(type=stt.SpeechEventType.END_OF_SPEECH)
    if "speech_end_time" in _EVENT_FIELDS:  # 1.8: the wait for more speech counts from here
        event.speech_end_time = clock.to_wall(ended_at)
    return event
