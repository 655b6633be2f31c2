"""The scripted model, as LiveKit calls it."""

from __future__ import annotations

import json
import time

from livekit.agents import llm

from agent.offline.llm import Reply, ScriptedLLM, ToolCall

SCRIPT: list[tuple[str, Reply]] = [
    ("breakfast", "Breakfast is from seven to ten."),
    ("book", ToolCall("book_room", {"nights": 2}, say="One moment.", then="Booked: {output}.")),
]


def history(*user_messages: str) -> llm.ChatContext:
    """A chat with these user messages."""
    chat = llm.ChatContext.empty()
    for text in user_messages:
        chat.add_message(role="user", content=text)
        chat.add_message(role="assistant", content="Certainly.")
    return chat


async def answer(model: ScriptedLLM, chat: llm.ChatContext) -> tuple[str, list[tuple[str, str]]]:
    """The text and the tool calls of a reply."""
    text, calls = "", []
    async with model.chat(chat_ctx=chat) as stream:
        async for chunk in stream:
            if chunk.delta is not None:
                text += chunk.delta.content or ""
                calls += [(call.name, call.arguments) for call in chunk.delta.tool_calls]
    return text, calls


async def test_replies_follow_the_last_user_message() -> None:
    """By a part of it, whatever its case; else it is echoed; without one there is an opening."""
    model = ScriptedLLM(SCRIPT, first_token_s=0)
    assert await answer(model, history()) == ("Hello, how can I help?", [])
    assert await answer(model, history("Book it", "BREAKFAST, please")) == (
        "Breakfast is from seven to ten.",
        [],
    )
    assert await answer(model, history("breakfast", "a  suite")) == ("You said: a suite", [])
    assert [request.user_messages for request in model.requests] == [
        (),
        ("Book it", "BREAKFAST, please"),
        ("breakfast", "a  suite"),
    ]


async def test_a_tool_call_is_followed_by_its_reply() -> None:
    """First the call, then, with the output in the history, the words that go with it."""
    model = ScriptedLLM(SCRIPT, first_token_s=0)
    chat = llm.ChatContext.empty()
    chat.add_message(role="user", content="Please book the room.")
    text, ((name, arguments),) = await answer(model, chat)
    assert (text, name, json.loads(arguments)) == ("One moment.", "book_room", {"nights": 2})
    chat.insert(
        [
            llm.FunctionCall(call_id="1", name=name, arguments=arguments),
            llm.FunctionCallOutput(call_id="1", name=name, output="room 12", is_error=False),
        ]
    )
    assert await answer(model, chat) == ("Booked: room 12.", [])
    assert model.requests[-1].tool_outputs == ("room 12",)
    chat.add_message(role="user", content="Book another.")
    assert (await answer(model, chat))[1] == [("book_room", arguments)]


async def test_the_first_token_can_be_late() -> None:
    """By as much as is asked for."""
    began = time.monotonic()
    await answer(ScriptedLLM(first_token_s=0.1), history("Hello."))
    assert time.monotonic() - began >= 0.099
