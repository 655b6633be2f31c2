"""Notices that a recogniser inside one of LiveKit's adapters failed: the session is not told.

What the caller was saying has no end then, and a reply that waits for it would wait for good.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from livekit.agents import stt

from ._livekit_private import wrapped_recognisers

if TYPE_CHECKING:
    from collections.abc import Callable


class RecogniserFailures:
    """Listens to the recognisers inside the adapters of one session.

    Args:
        failed: Called each time one of them fails, and is tried again or replaced.
    """

    def __init__(self, failed: Callable[[], None]) -> None:
        self._failed = failed
        self._listening: list[tuple[Any, str, Callable[[Any], None]]] = []

    def watch(self, outer: Any) -> None:
        """Listens to what this STT wraps, and to nothing else any more.

        Args:
            outer: The session's STT, or None. What it says itself the session hears.
        """
        self.stop()
        seen, queue = {id(outer)}, [outer]
        while queue:
            adapter = queue.pop()
            if isinstance(adapter, stt.FallbackAdapter):
                self._listen(adapter, "stt_availability_changed", self._on_availability_changed)
            for recogniser in wrapped_recognisers(adapter):
                if id(recogniser) in seen:
                    continue
                seen.add(id(recogniser))
                queue.append(recogniser)
                if recogniser.capabilities.streaming:  # else it is asked when all has been said
                    self._listen(recogniser, "error", self._on_error)

    def stop(self) -> None:
        """Listens no longer."""
        for emitter, event, listener in self._listening:
            emitter.off(event, listener)
        self._listening.clear()

    def _listen(self, emitter: Any, event: str, listener: Callable[[Any], None]) -> None:
        emitter.on(event, listener)
        self._listening.append((emitter, event, listener))

    def _on_availability_changed(self, event: stt.AvailabilityChangedEvent) -> None:
        if not event.available:  # the next one goes on
            self._failed()

    def _on_error(self, error: stt.STTError) -> None:
        if error.recoverable:  # the last failure of one makes it unavailable
            self._failed()
