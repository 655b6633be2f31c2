"""A Pipecat language model that reads its replies from a script, and keeps what it was asked."""

from __future__ import annotations

import asyncio
import time
from dataclasses import fields
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from pipecat.frames.frames import (
    Frame,
    FunctionCallFromLLM,
    LLMContextFrame,
    LLMFullResponseEndFrame,
    LLMFullResponseStartFrame,
    LLMTextFrame,
)
from pipecat.services.llm_service import LLMService
from pipecat.services.settings import LLMSettings

from agent.offline.script import Reply, Request, Script, ToolCall

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipecat.processors.aggregators.llm_context import LLMContext
    from pipecat.processors.frame_processor import FrameDirection
_OWN = ("model", "extra", "use_provider_thinking_default")


class ScriptedLLMService(LLMService[Any]):
    """Replies by the last user message.

    Args:
        script: `(heard, reply)` pairs, as `agent.offline.script.Script` takes them.
        default: The reply where no pair fits.
        opening: The reply where the user has said nothing.
        first_token_s: Seconds from a request to the first token.

    Attributes:
        requests: Every request so far, also those whose reply was never spoken.
        busy: Whether it is making a reply.
    """

    def __init__(
        self,
        script: Sequence[tuple[str, Reply]] = (),
        *,
        default: str = "You said: {heard}",
        opening: str = "Hello, how can I help?",
        first_token_s: float = 0.05,
    ) -> None:
        # all of them: Pipecat names those that a service leaves out as its fault
        nothing: dict[str, Any] = {
            each.name: None for each in fields(LLMSettings) if each.name not in _OWN
        }
        super().__init__(settings=LLMSettings(model="script", **nothing))
        self.requests: list[Request] = []
        self.busy = False
        self.first_token_s = first_token_s
        self._script = Script(script, default=default, opening=opening)

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """Answers a context; everything else goes on."""
        await super().process_frame(frame, direction)
        if not isinstance(frame, LLMContextFrame):
            await self.push_frame(frame, direction)
            return
        self.busy = True
        await self.push_frame(LLMFullResponseStartFrame())
        try:
            await self._answer(frame.context)
        finally:
            self.busy = False
            await self.push_frame(LLMFullResponseEndFrame())

    async def _answer(self, context: LLMContext) -> None:
        user, outputs = _asked(context)
        reply = self._script.reply(user[-1] if user else None, outputs)
        self.requests.append(Request(time.monotonic(), tuple(user), tuple(outputs), reply))
        await asyncio.sleep(self.first_token_s)
        text = reply if isinstance(reply, str) else reply.say
        for index, word in enumerate(text.split()):
            await self.push_frame(LLMTextFrame(word if index == 0 else f" {word}"))
        if isinstance(reply, ToolCall):
            call = FunctionCallFromLLM(
                function_name=reply.name,
                tool_call_id=f"call_{uuid4().hex[:12]}",
                arguments=dict(reply.arguments),
                context=context,
            )
            await self.run_function_calls([call])


def _asked(context: LLMContext) -> tuple[list[str], list[str]]:
    """All that the user has said, and what tools have put out since."""
    user: list[str] = []
    outputs: list[str] = []
    for message in context.messages:
        if not isinstance(message, dict):
            continue
        content = message.get("content")
        if message.get("role") == "user" and isinstance(content, str):
            user.append(content)
            outputs.clear()
        elif message.get("role") == "tool" and content != "IN_PROGRESS":
            outputs.append(str(content).strip('"'))
    return user, outputs
