"""Filters an agent's `stt_node`, so that backchannels never reach LiveKit's pipeline.

Mixed in before `Agent`: `class Receptionist(BackchannelSTTFilterMixin, Agent)`.
"""

from __future__ import annotations

import contextlib
import inspect
from typing import TYPE_CHECKING, Any

from livekit.agents import Agent

from filters.calls import clock, facts_of, get_logger
from filters.configuration import FilterConfig, load_config

from .checks import session_checks
from .filtered_stream import UNFILTERED, FilteredStream
from .judged_events import kept
from .languages import default_for
from .nodes import closing
from .session_filter import SessionFilter

if TYPE_CHECKING:
    import os
    from collections.abc import AsyncGenerator, AsyncIterable

    from livekit import rtc
    from livekit.agents import AgentSession, ModelSettings

    from filters.calls import Answer, AskedJudge
    from filters.policy import Decision, Overlap

log = get_logger(__name__)

SAYING_EVERY_S = 0.1
"""How often the filter is told what the agent adds to what it says."""


class BackchannelSTTFilterMixin:
    """Mixed in before `Agent`, talks on through "mhm", stops at "stop", and loses no answer.

    It needs no argument, and it goes with other mixins: each method calls the next one's.

    Attributes:
        filter_config: A `FilterConfig`, the name of a domain YAML, or a path; None is the default.
            A configuration given to `install` for the session comes before it.

    Raises:
        ConfigError: On construction, when `filter_config` is faulty.
        TypeError: Where a class is made with `Agent` before it: nothing would be filtered.
    """

    filter_config: FilterConfig | str | os.PathLike[str] | None = None

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        order = cls.mro()
        if Agent in order and order.index(Agent) < order.index(BackchannelSTTFilterMixin):
            raise TypeError(
                f"class {cls.__name__}: Agent stands before BackchannelSTTFilterMixin, so nothing "
                f"would be filtered. Write class {cls.__name__}(BackchannelSTTFilterMixin, Agent)."
            )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.filter_config is not None:  # a fault in it shows now, and not in the call
            self._own_filter_config = self._load_filter_config()

    def on_filter_decision(self, decision: Decision) -> None:
        """Override to observe: called with each decision about what the caller said.

        Called from the audio pipeline, so it must not block; what it raises is logged once.
        """

    def judge(self, overlap: Overlap) -> Answer:  # noqa: ARG002 - for who overrides it
        """Override to say what words over the agent are; plain, or `async`.

        Asked once for each transcript over the agent. A judge that is awaited has the
        configuration's `judge_timeout_s`; with a parameter `audio=()` it gets the frames of the
        overlap so far, two seconds at most. It comes before the judge that `install` was given.

        Args:
            overlap: What the caller has said, and over what.

        Returns:
            What it is; None leaves it to the words.
        """
        return None

    def expect_answer(self) -> None:
        """Says that the agent's turn under way, or its next one, asks for an answer.

        A turn with a question mark, or with one of the domain's `answer_prompts`, needs no such
        call.

        Raises:
            RuntimeError: The agent is not in a session.
        """
        self._session_filter().expect_answer()

    def _session_filter(self) -> SessionFilter:
        session: AgentSession[Any] = self.session  # type: ignore[attr-defined]  # Agent's
        installed = SessionFilter.installed(session)
        if installed is not None:
            return installed
        config = getattr(self, "_own_filter_config", None)
        if config is None and self.filter_config is None:
            config = default_for(session, self)  # type: ignore[arg-type]  # an Agent beside this
            config.compile()
        config = config or self._load_filter_config()
        return SessionFilter.of(session, config)

    def _load_filter_config(self) -> FilterConfig:
        configured = self.filter_config
        config = configured if isinstance(configured, FilterConfig) else load_config(configured)
        config.compile()  # here, once a process: not at the caller's first word
        return config

    async def stt_node(
        self, audio: AsyncIterable[rtc.AudioFrame], model_settings: ModelSettings
    ) -> AsyncGenerator[Any, None]:
        """Yields the recogniser's events but for what the filter keeps back.

        Raises:
            APIError: As the recogniser raised it, so that LiveKit reconnects.
        """
        asked = self._asked_judge()
        if asked is not None and asked.listens:
            audio = kept(audio, asked)
        node = super().stt_node(audio, model_settings)  # type: ignore[misc]  # Agent's
        if inspect.isawaitable(node):
            node = await node
        if node is None:
            session_checks.no_recogniser()
            return
        async with contextlib.aclosing(self._filter_events(node, asked)) as events:
            async for event in events:
                yield event

    async def transcription_node(
        self, text: AsyncIterable[Any], model_settings: ModelSettings
    ) -> AsyncGenerator[Any, None]:
        """Passes on what the agent is about to say, and lets the filter know it."""
        node = super().transcription_node(text, model_settings)  # type: ignore[misc]  # Agent's
        if inspect.isawaitable(node):
            node = await node
        if node is None:
            return
        untold, told_at = "", float("-inf")
        async with closing(node) as pieces:
            async for piece in pieces:
                untold += str(piece)  # a model's tokens come faster than anybody speaks
                if clock.now() - told_at >= SAYING_EVERY_S:
                    self._tell_saying(untold)
                    untold, told_at = "", clock.now()
                yield piece
        if untold:
            self._tell_saying(untold)

    def _tell_saying(self, text: str) -> None:
        """Law 10: what goes wrong here is no reason for the agent to fall silent."""
        try:
            session_filter = self._session_filter()
            if session_filter.config.mode != "off":
                session_filter.agent_saying(text)
        except Exception as error:  # noqa: BLE001 - law 10
            log.debug("agent_saying_unknown", **facts_of(error))

    def _asked_judge(self) -> AskedJudge | None:
        """The judge that this stream's events are put to."""
        own = type(self).judge is not BackchannelSTTFilterMixin.judge
        try:
            installed = SessionFilter.installed(self.session)  # type: ignore[attr-defined]  # Agent's
            if own or (installed is not None and installed.judge is not None):
                return self._session_filter().asked(self.judge if own else None)
        except Exception as error:  # noqa: BLE001 - law 10
            log.debug("judge_unavailable", **facts_of(error))
        return None

    async def _filter_events(
        self, node: AsyncIterable[Any], asked: AskedJudge | None
    ) -> AsyncGenerator[Any, None]:
        try:
            session_filter = self._session_filter()
        except Exception as error:  # noqa: BLE001 - law 10
            facts = facts_of(error)
            log.error("filter_unavailable", consequence=UNFILTERED, **facts)  # noqa: TRY400 - law 11
            session_filter = None
        if session_filter is None or session_filter.config.mode == "off":
            async with closing(node) as events:
                async for event in events:
                    yield event
            return
        observer = self.on_filter_decision
        session_filter.observers.append(observer)
        try:
            stream = FilteredStream(node, session_filter, self, asked)
            async with contextlib.aclosing(stream.events()) as events:
                async for event in events:
                    yield event
        finally:
            session_filter.observers.remove(observer)
