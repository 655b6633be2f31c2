"""Puts words of the caller into the chat history without a turn of their own."""

from __future__ import annotations

from typing import Any

from livekit.agents import Agent, AgentSession, ConversationItemAddedEvent, llm

from filters.calls import clock


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
