"""Stages of the conversation: other options for the recogniser, other words for the filter.

async with stage(self.session, "dictation"):
    ...
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from filters.calls import StageVisit

from .backchannel_stt import BackchannelSTTFilterMixin
from .session_events import current_agent
from .session_filter import SessionFilter

if TYPE_CHECKING:
    from livekit.agents import AgentSession

__all__ = ["StageVisit", "stage"]


def stage(session: AgentSession[Any], name: str, *, required: bool = True) -> StageVisit:
    """A stage that the session's configuration names, to be entered and left.

    `async with stage(session, "dictation"):` enters it and leaves it, however the block ends. Where
    it lasts longer than a block: `visit = stage(session, "dictation").enter()`, and later
    `visit.leave()`.

    From `enter` on, the recogniser in use has the stage's `stt` options, without connecting anew,
    and the filter its words. `leave` puts back what was there, or what stages entered meanwhile
    have set. A hand-off takes the stage along: the next agent's recogniser gets the options, the
    one before gets its own back. The end of the call leaves all stages.

    Args:
        session: The session.
        name: A key under `stages:` in the configuration it is filtered by.
        required: False: a configuration without this stage is none the worse, and nothing changes.

    Raises:
        ConfigError: The configuration has no such stage; the error names those it has.
    """
    return _filter_of(session).stages.visit(name, required=required)


def _filter_of(session: AgentSession[Any]) -> SessionFilter:
    installed = SessionFilter.installed(session)
    agent = current_agent(session)
    if installed is None and isinstance(agent, BackchannelSTTFilterMixin):
        return agent._session_filter()  # noqa: SLF001 - of this package
    return installed or SessionFilter.of(session)
