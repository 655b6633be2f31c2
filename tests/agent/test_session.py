"""The front desk on the telephone: real sessions, the real plugins, servers on this machine."""

from __future__ import annotations

import asyncio
import json
import time
from contextlib import aclosing, asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
from aiohttp import web
from livekit.agents import llm
from livekit.agents.voice import room_io

from agent.front_desk import GREETING, Booking, FrontDesk
from agent.offline.caller import CallerAudioInput
from agent.offline.output import RealTimeAudioOutput
from agent.offline.recogniser import LoopbackRecogniser
from agent.rehearsal import BITS_PER_SECOND, codebook
from agent.session import build_llm, build_session, build_tts, room_options
from agent.settings import Endpoint, read_settings
from filters import FilterConfig
from filters.livekit.checks.turn_handling import MIN_WORDS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from livekit.agents import AgentSession

CONFIG = FilterConfig.from_mapping({"domain": "test"})
OFFLINE = read_settings({"AGENT_OFFLINE": "1", "ASSEMBLYAI_BASE_URL": "ws://127.0.0.1:9"})


class Line:
    """A call to the front desk, with both ends of the line."""

    def __init__(
        self, session: AgentSession[Any], desk: FrontDesk, recogniser: LoopbackRecogniser
    ) -> None:
        book = codebook()
        self.session = session
        self.desk = desk
        self.recogniser = recogniser
        self.caller = CallerAudioInput(book)
        self.ear = RealTimeAudioOutput()
        session.input.audio = self.caller
        session.output.audio = self.ear

    def messages(self, role: str) -> list[str]:
        """What one side has said, as the history has it."""
        items = self.session.history.items
        return [
            item.text_content or ""
            for item in items
            if item.type == "message" and item.role == role
        ]

    async def until(self, condition: Callable[[], object], what: str) -> None:
        """Waits for something to become true; fails when it does not in time."""
        deadline = time.monotonic() + 15.0
        while not condition():
            assert time.monotonic() < deadline, f"waited for {what}; {self.messages('assistant')}"
            await asyncio.sleep(0.01)


@asynccontextmanager
async def call(*, telephony: bool) -> AsyncIterator[Line]:
    """Everything started, and everything closed."""
    async with (
        aiohttp.ClientSession() as http_session,
        LoopbackRecogniser(codebook(), api_key=OFFLINE.assemblyai_api_key) as recogniser,
    ):
        settings = replace(OFFLINE, assemblyai_base_url=recogniser.url, telephony=telephony)
        session = build_session(settings, CONFIG, http_session=http_session)
        line = Line(session, FrontDesk(CONFIG), recogniser)
        await session.start(agent=line.desk)
        try:
            yield line
        finally:
            await session.aclose()
            line.caller.close()
            await line.ear.aclose()


@pytest.mark.live
@pytest.mark.slow
@pytest.mark.parametrize("telephony", [False, True])
async def test_a_caller_books_the_suite(telephony: bool) -> None:
    """The greeting outlasts an "mhm", which is no turn; the tool books what the caller asks for."""
    async with call(telephony=telephony) as line:
        await line.until(lambda: line.ear.sounding, "the greeting to begin")
        line.caller.say("Mhm.")
        await line.until(lambda: line.messages("assistant"), "the greeting to end")
        assert line.messages("assistant") == [GREETING]
        (greeting,) = line.ear.speech  # one sound: no pause in it
        assert greeting.end - greeting.start == pytest.approx(len(GREETING) / 15, abs=0.3)
        line.caller.say("I'd like to book the suite for two nights.")
        await line.until(lambda: len(line.messages("assistant")) == 2, "the answer")
        assert line.messages("assistant")[-1] == "The suite is booked for 2 nights. Anything else?"
        assert line.messages("user") == ["I'd like to book the suite for two nights."]
        assert line.desk.bookings == [Booking("suite", 2)]
        (connection,) = line.recogniser.connections
        assert connection.transcripts == ["Mhm.", "I'd like to book the suite for two nights."]
        assert connection.query["sample_rate"] == ("8000" if telephony else "16000")
        assert connection.query.get("agent_context") in (None, GREETING)  # None: plugin 1.5


@pytest.mark.parametrize(("telephony", "rate"), [("", 16000), ("1", 8000)])
def test_a_room_is_heard_at_the_recognisers_rate(telephony: str, rate: int) -> None:
    """Nothing is resampled; what else LiveKit does to voices is left as it is."""
    settings = read_settings(
        {"ASSEMBLYAI_API_KEY": "key", "OPENAI_API_KEY": "key", "AGENT_TELEPHONY": telephony}
    )
    options, stock = room_options(settings), room_io.RoomOptions()
    heard, said = options.get_audio_input_options(), options.get_audio_output_options()
    assert heard is not None
    assert heard == replace(room_io.AudioInputOptions(), sample_rate=rate)
    assert said == stock.get_audio_output_options()


def test_tones_and_hums_spare_the_processor() -> None:
    """Offline nothing is levelled, and nothing is coded as a voice."""
    options = room_options(OFFLINE)
    heard, said = options.get_audio_input_options(), options.get_audio_output_options()
    assert heard is not None
    assert said is not None
    assert getattr(heard, "auto_gain_control", False) is False
    assert said.track_publish_options.audio_encoding.max_bitrate == BITS_PER_SECOND
    fresh = room_io.AudioOutputOptions().track_publish_options
    assert not fresh.HasField("audio_encoding")  # it was no option that all calls share


async def test_the_domain_says_how_many_words_it_takes() -> None:
    """A domain that asks for three words gets a session that does; else it is two."""
    three = FilterConfig.from_mapping({"domain": "test", "min_words": 3})
    for config, expected in ((CONFIG, MIN_WORDS), (three, 3)):
        async with aiohttp.ClientSession() as http_session:
            session = build_session(OFFLINE, config, http_session=http_session)
            assert session.options.interruption["min_words"] == expected
            await session.aclose()


@asynccontextmanager
async def model_server() -> AsyncIterator[tuple[str, list[tuple[str, dict[str, Any]]]]]:
    """A server that speaks as much of OpenAI's API as the desk uses; its address and requests."""
    requests: list[tuple[str, dict[str, Any]]] = []

    async def chat(request: web.Request) -> web.StreamResponse:
        requests.append((request.headers["Authorization"], await request.json()))
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        delta = {"index": 0, "delta": {"role": "assistant", "content": "Good evening."}}
        chunk = {
            "id": "1",
            "object": "chat.completion.chunk",
            "created": 0,
            "model": "m",
            "choices": [delta],
        }
        await response.write(f"data: {json.dumps(chunk)}\n\ndata: [DONE]\n\n".encode())
        return response

    async def speech(request: web.Request) -> web.Response:
        requests.append((request.headers["Authorization"], await request.json()))
        return web.Response(body=bytes(24000), content_type="audio/pcm")

    app = web.Application()
    app.router.add_post("/v1/chat/completions", chat)
    app.router.add_post("/v1/audio/speech", speech)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/v1", requests
    finally:
        await runner.cleanup()


async def test_model_and_voice_are_asked_for_where_the_settings_say() -> None:
    """A server on this machine is sent its own key, the model's name and the voice's."""
    async with model_server() as (url, requests):
        settings = replace(
            OFFLINE,
            offline=False,
            llm=Endpoint(url, "key", "llama"),
            tts=Endpoint(url, "voice-key", "tts-1"),
            tts_voice="bella",
        )
        context = llm.ChatContext.empty()
        context.add_message(role="user", content="Hello.")
        async with aclosing(build_llm(settings)) as model, model.chat(chat_ctx=context) as stream:
            text = "".join([c.delta.content or "" async for c in stream if c.delta is not None])
        async with aclosing(build_tts(settings)) as voice, voice.synthesize(text) as audio:
            seconds = sum([chunk.frame.duration async for chunk in audio])
    assert text == "Good evening."
    assert seconds == pytest.approx(0.5, abs=0.02)
    (chat_key, chat), (speech_key, speech) = requests
    assert (chat_key, chat["model"]) == ("Bearer key", "llama")
    assert (speech_key, speech["model"], speech["voice"]) == ("Bearer voice-key", "tts-1", "bella")
    assert speech["response_format"] == "pcm"
