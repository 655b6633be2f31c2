"""Frames that not every supported Pipecat has; an empty tuple fits no frame."""

from __future__ import annotations

from pipecat.frames import frames


def _frames(*names: str) -> tuple[type[frames.Frame], ...]:
    found = (getattr(frames, name, None) for name in names)
    return tuple(frame for frame in found if frame is not None)


BACKCHANNEL = _frames("UserBackchannelFrame")
TURN_PROPOSED = _frames("ProposedUserStartedSpeakingFrame")
TURN_END_PROPOSED = _frames("ProposedUserStoppedSpeakingFrame")
MUTE_STARTED = _frames("UserMuteStartedFrame")
MUTE_STOPPED = _frames("UserMuteStoppedFrame")
