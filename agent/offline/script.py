"""What a scripted model answers, and a record of what it was asked. Knows no framework."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A reply that calls a function tool of the agent.

    Attributes:
        name: The name of the tool.
        arguments: Its arguments; JSON values.
        then: What is said after it; `{output}` in it becomes the tool's output.
        say: What is said before it.
    """

    name: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    then: str = "Done: {output}"
    say: str = ""


Reply = str | ToolCall


@dataclass(frozen=True, slots=True)
class Request:
    """What the model was asked, and what it answered.

    Attributes:
        at: `time.monotonic()` of the request.
        user_messages: All user messages in the chat history, oldest first.
        tool_outputs: The outputs of the tools called since the last user message.
        reply: The answer.
    """

    at: float
    user_messages: tuple[str, ...]
    tool_outputs: tuple[str, ...]
    reply: Reply


class Script:
    """Replies by the last user message.

    Args:
        pairs: `(heard, reply)` pairs; the first whose `heard` is part of the last user message,
            whatever its case, is the reply.
        default: The reply where no pair fits; `{heard}` in it becomes that message.
        opening: The reply where the user has said nothing.
    """

    def __init__(
        self,
        pairs: Sequence[tuple[str, Reply]] = (),
        *,
        default: str = "You said: {heard}",
        opening: str = "Hello, how can I help?",
    ) -> None:
        self._pairs = tuple(pairs)
        self._default = default
        self._opening = opening

    def reply(self, heard: str | None, outputs: Sequence[str]) -> Reply:
        """The reply to a user message, once its tools have put out what they put out."""
        if heard is None:
            reply: Reply = self._opening
        else:
            folded = heard.casefold()
            reply = next(
                (reply for part, reply in self._pairs if part.casefold() in folded),
                self._default.replace("{heard}", heard),
            )
        if outputs and isinstance(reply, ToolCall):
            return reply.then.replace("{output}", outputs[-1])
        return reply
