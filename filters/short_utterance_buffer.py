"""The guide's import path of the hook, which is in the room `livekit`."""

from __future__ import annotations

from .livekit.short_utterance_buffer import (
    RETRY_S,
    ShortUtteranceFilter,
    install_short_utterance_filter,
)

__all__ = ["RETRY_S", "ShortUtteranceFilter", "install_short_utterance_filter"]
