"""Puts words of the caller into the chat history without a turn of their own."""

from __future__ import annotations

import asyncio
import contextlib
import weakref
from typing import TYPE_CHECKING, Any

from livekit.agents import Agent, AgentSession, ConversationItemAddedEvent, llm

from filters.calls import clock

from .compatibility import Part, compatibility

if TYPE_CHECKING:
    from filters.calls import CallLog
    from filters.policy import Decision


class ChatNotes:
    """The notes of one session.

    Args:
        session: The session; not kept alive by this.
        call_log: Is told what fails.

    Attributes:
        noting: The message that is being added to the history is a note, and no turn of the caller.
    """

    def __init__(self, session: AgentSession[Any], call_log: CallLog) -> None:
        self.noting = False
        self._session = weakref.ref(session)
        self._call_log = call_log
        self._tasks: set[asyncio.Task[None]] = set()

    def note(self, decision: Decision) -> None:
        """Notes the words that a decision is about, in the session's and its agent's history."""
        session = self._session()
        if session is None or not compatibility(session).has(Part.NOTES):
            return
        message = caller_message(decision.text, decision.heard.t)
        with contextlib.suppress(RuntimeError):  # no agent any more: the history is all there is
            agent, loop = session.current_agent, asyncio.get_running_loop()
            task = loop.create_task(
                self._note_for_agent(agent, message), name="backchannel_filter_note"
            )
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        self.noting = True
        try:
            note_in_history(session, message)
        finally:
            self.noting = False

    async def _note_for_agent(self, agent: Agent, message: llm.ChatMessage) -> None:
        try:
            await note_for_agent(agent, message)
        except Exception as error:  # noqa: BLE001 - the session's history has it
            self._call_log.failed("noting_failed", error)


def caller_message(text: str, said_at: float) -> llm.ChatMessage:
    """Makes a user message.

    Args:
        text: The caller's words.
        said_at: When they were said, in seconds on the session's clock: history is in order of
            time.
    """
    return llm.ChatMessage(role="user", content=[text], created_at=clock.to_wall(said_at))


def note_in_history(session: AgentSession[Any], message: llm.ChatMessage) -> None:
    """Adds a message to the session's history, running or closed; no reply follows."""
    session.history.insert(message)
    session.emit("conversation_item_added", ConversationItemAddedEvent(item=message))


async def note_for_agent(agent: Agent, message: llm.ChatMessage) -> None:
    """Adds a message to what the agent's model sees from its next reply on."""
    context = agent.chat_ctx.copy()
    context.insert(message)
    # else calls of tools that other agents have would leave the agent's history
    await agent.update_chat_ctx(context, exclude_invalid_function_calls=False)
