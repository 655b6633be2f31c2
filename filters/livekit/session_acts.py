"""What the filter does to a session, beside what it passes on: through LiveKit's public API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from filters.calls import get_logger

if TYPE_CHECKING:
    from collections.abc import Iterable

    from livekit.agents import AgentSession, SpeechHandle

    from filters.calls import CallLog

log = get_logger(__name__)


def stop_agent(session: AgentSession[Any], handles: Iterable[SpeechHandle]) -> None:
    """Stops the agent for good.

    Args:
        session: What the agent says in it stops, and what it has queued.
        handles: The speeches whose tools run: what those would say stops too.
    """
    try:
        session.interrupt()
        for handle in handles:
            if not handle.done() and handle.allow_interruptions:
                handle.interrupt()
    except RuntimeError as error:  # the speech disallows it, or the session closes
        log.warning("interrupt_refused", error=str(error))


def decide_turn(session: AgentSession[Any], call_log: CallLog) -> None:
    """Has LiveKit decide now on the words it has, `min_delay` after they were said.

    It does so by itself after an end of speech, but refuses short turns while the agent speaks.
    """
    try:
        committed = session.commit_user_turn(transcript_timeout=0.0, stt_flush_duration=0.0)
    except Exception as error:  # noqa: BLE001 - no activity, between two agents or at the end
        call_log.failed("commit_failed", error)
    else:
        committed.add_done_callback(lambda done: done.cancelled() or done.exception())
