"""The guide's import path of the mixin, which is in the room `livekit`."""

from __future__ import annotations

from .livekit.backchannel_stt import UNFILTERED, BackchannelSTTFilterMixin

__all__ = ["UNFILTERED", "BackchannelSTTFilterMixin"]
