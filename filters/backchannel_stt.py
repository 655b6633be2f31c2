"""The guide's import path of the mixin, which is in the room `livekit`."""

from __future__ import annotations

from .livekit.backchannel_stt import BackchannelSTTFilterMixin
from .livekit.filtered_stream import UNFILTERED

__all__ = ["UNFILTERED", "BackchannelSTTFilterMixin"]
