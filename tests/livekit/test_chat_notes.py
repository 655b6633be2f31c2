"""Words in the chat history without a turn of their own."""

from __future__ import annotations

import pytest
from livekit.agents import Agent, AgentSession, ConversationItemAddedEvent, llm

from filters.calls import clock
from filters.livekit.chat_notes import caller_message, note_for_agent, note_in_history


def test_a_note_stands_where_it_was_said() -> None:
    """Not where it was written."""
    message = caller_message("Suite.", clock.now() - 10.0)
    assert message.role == "user"
    assert message.text_content == "Suite."
    later = llm.ChatMessage(role="assistant", content=["It has a balcony."])
    history = llm.ChatContext.empty()
    history.insert(later)
    history.insert(message)
    assert history.items == [message, later]


async def test_a_note_in_the_history_is_announced() -> None:
    """As any message is; the session need not run."""
    session: AgentSession[None] = AgentSession(vad=None)
    added: list[ConversationItemAddedEvent] = []
    session.on("conversation_item_added", added.append)
    message = caller_message("Suite.", clock.now())
    note_in_history(session, message)
    assert session.history.items == [message]
    assert [event.item for event in added] == [message]


async def test_a_note_is_in_what_the_agents_model_sees_next() -> None:
    """In its order, with nothing else lost: not even a call of a tool the agent doesn't have."""
    before = llm.ChatContext.empty()
    before.add_message(role="user", content="I want a room.", created_at=clock.to_wall(0.0))
    call = llm.FunctionCall(call_id="1", name="anothers_tool", arguments="{}")
    before.insert(call)
    agent = Agent(instructions="Test.")
    await agent.update_chat_ctx(before, exclude_invalid_function_calls=False)
    message = caller_message("Suite.", clock.now() + 1.0)
    await note_for_agent(agent, message)
    kinds = [item.type for item in agent.chat_ctx.items]
    assert kinds == ["message", "function_call", "message"]
    assert agent.chat_ctx.items[-1].id == message.id


@pytest.mark.parametrize("text", ["", "スイート", "x" * 10_000])
def test_any_words_can_be_noted(text: str) -> None:
    """As they are."""
    assert caller_message(text, clock.now()).content == [text]
