"""A language model that reads its replies from a script, and remembers what it was asked."""

from __future__ import annotations

import asyncio
import json
import time
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from livekit.agents import llm
from livekit.agents.types import (
    DEFAULT_API_CONNECT_OPTIONS,
    NOT_GIVEN,
    APIConnectOptions,
    NotGivenOr,
)

from .script import Reply, Request, Script, ToolCall

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Reply", "Request", "ScriptedLLM", "ToolCall"]


class ScriptedLLM(llm.LLM[Any]):
    """Replies by the last user message.

    Args:
        script: `(heard, reply)` pairs; the first whose `heard` is part of the last user message,
            whatever its case, is the reply.
        default: The reply where no pair fits; `{heard}` in it becomes that message.
        opening: The reply where the user has said nothing.
        first_token_s: Seconds from a request to the first token.

    Attributes:
        requests: Every request so far, also those whose reply was never spoken.
    """

    def __init__(
        self,
        script: Sequence[tuple[str, Reply]] = (),
        *,
        default: str = "You said: {heard}",
        opening: str = "Hello, how can I help?",
        first_token_s: float = 0.05,
    ) -> None:
        super().__init__()
        self.requests: list[Request] = []
        self.first_token_s = first_token_s
        self._script = Script(script, default=default, opening=opening)

    @property
    def model(self) -> str:
        """What metrics call the model."""
        return "script"

    @property
    def provider(self) -> str:
        """What metrics call its provider."""
        return "offline"

    def chat(
        self,
        *,
        chat_ctx: llm.ChatContext,
        tools: list[llm.Tool] | None = None,
        conn_options: APIConnectOptions = DEFAULT_API_CONNECT_OPTIONS,
        parallel_tool_calls: NotGivenOr[bool] = NOT_GIVEN,  # noqa: ARG002 - LiveKit's signature
        tool_choice: NotGivenOr[llm.ToolChoice] = NOT_GIVEN,  # noqa: ARG002
        extra_kwargs: NotGivenOr[dict[str, Any]] = NOT_GIVEN,  # noqa: ARG002
    ) -> llm.LLMStream:
        """Answers the last user message of `chat_ctx`; the other arguments change nothing."""
        user_messages: list[str] = []
        outputs: list[str] = []
        for item in chat_ctx.items:
            if item.type == "message" and item.role == "user":
                user_messages.append(item.text_content or "")
                outputs.clear()
            elif item.type == "function_call_output":
                outputs.append(item.output)
        reply = self._script.reply(user_messages[-1] if user_messages else None, outputs)
        self.requests.append(Request(time.monotonic(), tuple(user_messages), tuple(outputs), reply))
        return _ScriptedStream(
            self,
            reply=reply,
            first_token_s=self.first_token_s,
            chat_ctx=chat_ctx,
            tools=tools or [],
            conn_options=conn_options,
        )


class _ScriptedStream(llm.LLMStream):
    """Sends its reply word by word.

    `_run` and `_event_ch` are what every LiveKit plugin overrides and fills; a stream can't be
    made any other way.
    """

    def __init__(
        self,
        model: ScriptedLLM,
        *,
        reply: Reply,
        first_token_s: float,
        chat_ctx: llm.ChatContext,
        tools: list[llm.Tool],
        conn_options: APIConnectOptions,
    ) -> None:
        super().__init__(model, chat_ctx=chat_ctx, tools=tools, conn_options=conn_options)
        self._reply = reply
        self._first_token_s = first_token_s

    async def _run(self) -> None:
        await asyncio.sleep(self._first_token_s)
        request_id = str(uuid4())
        text = self._reply if isinstance(self._reply, str) else self._reply.say
        for index, word in enumerate(text.split()):
            content = word if index == 0 else f" {word}"
            self._send(request_id, llm.ChoiceDelta(role="assistant", content=content))
        if isinstance(self._reply, ToolCall):
            call = llm.FunctionToolCall(
                name=self._reply.name,
                arguments=json.dumps(dict(self._reply.arguments)),
                call_id=f"call_{uuid4().hex[:12]}",
            )
            self._send(request_id, llm.ChoiceDelta(role="assistant", tool_calls=[call]))

    def _send(self, request_id: str, delta: llm.ChoiceDelta) -> None:
        self._event_ch.send_nowait(llm.ChatChunk(id=request_id, delta=delta))
