"""Says once a process what about a session keeps the filter from its work, and the fix.

The filter goes on all the same; nothing here raises.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from livekit.agents import NOT_GIVEN
from livekit.agents.utils import is_given

from .call_log import facts_of
from .compatibility import min_words_of
from .log import get_logger
from .policy import UNFILTERED_TURN_DETECTION
from .session_events import current_agent, turn_detection_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from livekit.agents import AgentSession

log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Finding:
    """Something about a session.

    Attributes:
        event: Its name in the log.
        consequence: What it does to the filter, or to the call.
        fix: What to do about it; empty where nothing is wrong.
        reason: What it is, where the event's name doesn't say it.
    """

    event: str
    consequence: str
    fix: str = ""
    reason: str = ""


NO_RECOGNISER = Finding(
    "speech_not_filtered",
    "there is nothing to filter",
    reason="neither the agent nor the session has an STT",
)
VAD_PAUSES = Finding(
    "vad_pauses_on_any_sound",
    "with min_words 0 LiveKit stops the agent for half a second of any sound, a backchannel or a "
    "cough, whatever becomes of its words",
    fix='AgentSession(turn_handling={"interruption": {"min_words": 2}}), or vad=None',
)
ECHO_WARM_UP = Finding(
    "echo_warm_up_deafens",
    "LiveKit keeps the caller's sound from the recogniser in the first seconds of the agent's "
    'speech: "stop" and early answers are lost',
    fix="AgentSession(aec_warmup_duration=None); browsers and telephones cancel the echo",
)

_said: set[Finding] = set()


def check(session: AgentSession[Any]) -> None:
    """Looks at a session that is about to be filtered."""
    try:
        for finding in _findings(session):
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
    return _of(session, "stt", unsaid=True) is not None


def _findings(session: AgentSession[Any]) -> Iterator[Finding]:
    detection = turn_detection_of(session)
    if detection in UNFILTERED_TURN_DETECTION:
        yield Finding(
            "speech_not_filtered",
            "all speech passes: turns are the application's or the model's",
            reason=f"turn detection is {detection}",
        )
        return
    if _of(session, "vad") is not None and min_words_of(session) == 0:
        yield VAD_PAUSES
    if getattr(getattr(session, "options", None), "aec_warmup_duration", None):
        yield ECHO_WARM_UP


def _of(session: AgentSession[Any], name: str, *, unsaid: object = None) -> object:
    """What the agent brings along, None where it goes without; else the session's."""
    own: Any = getattr(current_agent(session), name, NOT_GIVEN)
    return own if is_given(own) else getattr(session, name, unsaid)


def _say(finding: Finding) -> None:
    if finding in _said:
        return
    _said.add(finding)
    facts = {"reason": finding.reason} if finding.reason else {"fix": finding.fix}
    say = log.warning if finding.fix else log.info
    say(finding.event, consequence=finding.consequence, **facts)
