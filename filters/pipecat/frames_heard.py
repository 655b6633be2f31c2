"""What the policy hears of Pipecat's frames."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

from pipecat.frames.frames import (
    Frame,
    InterimTranscriptionFrame,
    TranscriptionFrame,
    VADUserStartedSpeakingFrame,
    VADUserStoppedSpeakingFrame,
)

from filters.policy import Heard, SpeechType

from . import optional_frames as optional

if TYPE_CHECKING:
    from .onsets import Onsets


def heard_of(frame: Frame, t: float, onsets: Onsets) -> Heard | None:
    """The policy's view of a frame; None where it is none of the caller's speech."""
    if isinstance(frame, (TranscriptionFrame, InterimTranscriptionFrame)):
        return _transcript(frame, t, onsets)
    return _boundary(frame, t, onsets)


def _boundary(frame: Frame, t: float, onsets: Onsets) -> Heard | None:
    """The beginning or the end of speech, from whoever is the first to tell."""
    if isinstance(frame, VADUserStartedSpeakingFrame):
        onset = onsets.vad_started(t, getattr(frame, "start_secs", 0.0))
        return Heard(t, SpeechType.START_OF_SPEECH, speech_start_time=onset, source=frame)
    if isinstance(frame, VADUserStoppedSpeakingFrame):
        return Heard(t, SpeechType.END_OF_SPEECH, source=frame)
    if onsets.by_vad:  # of two that hear the caller's voice, the one that is sooner
        return None
    if isinstance(frame, optional.TURN_PROPOSED):
        return Heard(t, SpeechType.START_OF_SPEECH, source=frame)
    if isinstance(frame, optional.TURN_END_PROPOSED):
        return Heard(t, SpeechType.END_OF_SPEECH, source=frame)
    return None


def backchannel_frames(heard: Heard) -> list[Frame]:
    """What goes on in place of a transcription; nothing where Pipecat has no frame for it."""
    frame: TranscriptionFrame = heard.source
    said: dict[str, Any] = {
        "text": frame.text,
        "user_id": frame.user_id,
        "timestamp": frame.timestamp,
    }
    return [kind(**said) for kind in optional.BACKCHANNEL]


def _transcript(
    frame: TranscriptionFrame | InterimTranscriptionFrame, t: float, onsets: Onsets
) -> Heard:
    final = isinstance(frame, TranscriptionFrame)
    language = frame.language
    return Heard(
        t=t,
        type=SpeechType.FINAL if final else SpeechType.INTERIM,
        text=frame.text,
        language=None if language is None else str(getattr(language, "value", language)),
        confidence=_confidence_of(frame.result),
        speech_start_time=onsets.of_transcript(t, frame.result),
        speaker=_speaker_of(frame),
        source=frame,
    )


def _speaker_of(frame: TranscriptionFrame | InterimTranscriptionFrame) -> str | None:
    """Who the recogniser says speaks, or else whose audio it heard.

    One that tells speakers apart (AssemblyAI) names them in finals alone: until then nobody knows,
    and the `user_id`, which is a participant's, would be one speaker more.
    """
    named = getattr(frame.result, "speaker", frame.user_id)
    return None if named is None or named == "" else str(named)


def _confidence_of(result: Any) -> float | None:
    """How sure the recogniser is of a transcript (Deepgram), or on average of its words."""
    with contextlib.suppress(AttributeError, IndexError, TypeError):
        result = result.channel.alternatives[0]
    with contextlib.suppress(AttributeError, TypeError, ValueError):
        return float(result.confidence)
    with contextlib.suppress(AttributeError, TypeError, ValueError, ZeroDivisionError):
        sure = [float(word.confidence) for word in result.words]
        return sum(sure) / len(sure)
    return None
