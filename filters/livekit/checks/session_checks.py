"""Looks a session over for what keeps the filter from its work, and says it once a process.

The filter goes on all the same; nothing here raises.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from filters.calls import facts_of, get_logger
from filters.livekit.session_events import current_agent, of_agent_or_session

from .findings import NO_RECOGNISER, Finding
from .recogniser_findings import RULES as RECOGNISER_RULES
from .setup import read_setup
from .turn_findings import RULES as TURN_RULES
from .turn_findings import speech_not_filtered

if TYPE_CHECKING:
    from livekit.agents import Agent, AgentSession

log = get_logger(__name__)

_said: set[tuple[str, str]] = set()


def check_session(session: AgentSession[Any], agent: Agent | None = None) -> list[Finding]:
    """Looks over how a session is set up.

    Only what can be seen is checked: options that this LiveKit, or this plugin, doesn't have are
    left alone. Noise cancellation is seen once the session has started with a room.

    Args:
        session: The session, started or not; after `install`, if it is installed.
        agent: The agent it will start with, whose own STT, VAD and turn handling come before the
            session's; None is the one it is with.

    Returns:
        What to change, turn taking first; empty where all is well. One without a `fix` is for
        information.
    """
    setup = read_setup(session, agent)
    unfiltered = list(speech_not_filtered(setup))
    if unfiltered:  # nothing else matters then
        return unfiltered
    if setup.listens is False:
        return [NO_RECOGNISER]
    return [finding for rule in (*TURN_RULES, *RECOGNISER_RULES) for finding in rule(setup)]


def check(session: AgentSession[Any]) -> None:
    """Looks over a session that is about to be filtered, and logs what is new to this process."""
    try:
        for finding in check_session(session):
            _say(finding)
    except Exception as error:  # noqa: BLE001 - what can't be looked at may still be filtered
        log.info("session_not_checked", **facts_of(error))


def no_recogniser() -> None:
    """There are no transcripts: a realtime model hears the caller itself, or text is typed."""
    _say(NO_RECOGNISER)


def check_recogniser(session: AgentSession[Any]) -> None:
    """Looks at a session that has started: one without a recogniser opens no stream."""
    if not listens(session):
        no_recogniser()


def listens(session: AgentSession[Any]) -> bool:
    """Whether the session's agent, or the session, has a recogniser, or doesn't say."""
    stt = of_agent_or_session(session, current_agent(session), "stt", unsaid=True)
    return stt is not None


def _say(finding: Finding) -> None:
    key = (finding.event, finding.reason)
    if key in _said:
        return
    _said.add(key)
    facts = {"reason": finding.reason} if finding.reason else {}
    if finding.fix:
        facts["fix"] = finding.fix
    say = log.warning if finding.fix else log.info
    say(finding.event, consequence=finding.consequence, **facts, see=finding.see)
