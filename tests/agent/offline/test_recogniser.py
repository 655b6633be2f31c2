"""The recogniser as a server: real WebSockets on 127.0.0.1, audio as fast as it goes."""

from __future__ import annotations

import asyncio
import json
import time
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import aiohttp
import numpy as np
import pytest
from livekit import rtc
from livekit.agents import APIConnectOptions, APIStatusError, stt
from livekit.plugins import assemblyai

from agent.offline.g711 import encode_mulaw
from agent.offline.protocol import CloseCode
from agent.offline.recogniser import LoopbackRecogniser
from agent.offline.sounds import Codebook, Pcm

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    Socket = aiohttp.ClientWebSocketResponse[bool]

KEY = "a key"
RATE = 16000


def audio_of(codebook: Codebook, *said: float | str, rate: int = RATE) -> Pcm:
    """Phrases and pauses (seconds), in whole messages of 50 ms."""
    pieces = [
        codebook.render(codebook.phrase(item), rate)
        if isinstance(item, str)
        else np.zeros(round(item * rate), np.int16)
        for item in said
    ]
    audio = np.concatenate(pieces)
    return np.pad(audio, (0, -len(audio) % (rate // 20)))


@asynccontextmanager
async def connected(
    recogniser: LoopbackRecogniser, key: str | None = KEY, **query: Any
) -> AsyncIterator[Socket]:
    """A client with the query given, and the defaults that the service needs."""
    query = {"speech_model": "u3-rt-pro", "sample_rate": RATE, **query}
    headers = {} if key is None else {"Authorization": key}
    url = f"{recogniser.url}/v3/ws?{urlencode(query)}"
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(url, headers=headers) as socket,
    ):
        yield socket


async def send_audio(socket: Socket, audio: Pcm) -> None:
    """All of it at once, in messages of 50 ms."""
    for start in range(0, len(audio), RATE // 20):
        await socket.send_bytes(audio[start : start + RATE // 20].tobytes())


async def received(socket: Socket) -> list[dict[str, Any]]:
    """All messages until the server closes."""
    return [json.loads(message.data) async for message in socket]


def kinds(messages: list[dict[str, Any]]) -> list[str]:
    """The types of the messages."""
    return [message["type"] for message in messages]


async def test_a_session_from_begin_to_termination() -> None:
    """The messages come in the service's order, and the connection is on record."""
    codebook = Codebook(["I want breakfast."])
    async with LoopbackRecogniser(codebook, api_key=KEY) as recogniser:
        async with connected(recogniser) as socket:
            await send_audio(socket, audio_of(codebook, 0.5, "I want breakfast.", 0.5))
            await socket.send_str('{"type": "Terminate"}')
            messages = await received(socket)
        assert kinds(messages) == ["Begin", "SpeechStarted", "Turn", "Turn", "Termination"]
        assert messages[0]["expires_at"] > time.time()
        assert messages[-1]["audio_duration_seconds"] == pytest.approx(1.85, abs=0.051)
        assert socket.close_code == CloseCode.NORMAL
        (connection,) = recogniser.connections
        assert connection.id == messages[0]["id"]
        assert connection.query["speech_model"] == "u3-rt-pro"
        assert connection.transcripts == ["I want breakfast."]
        assert connection.terminated
        assert [sent.message for sent in connection.sent] == messages
        await until(lambda: connection.close_code is not None)
        assert connection.close_code == CloseCode.NORMAL
        assert not recogniser.open_connections


async def test_terminate_ends_the_open_turn() -> None:
    """What was heard until then is not lost."""
    codebook = Codebook(["one two three four"])
    async with (
        LoopbackRecogniser(codebook, api_key=KEY) as recogniser,
        connected(recogniser) as socket,
    ):
        await send_audio(socket, audio_of(codebook, "one two three four")[: RATE // 10 * 7])
        await socket.send_str('{"type": "Terminate"}')
        turns = [message for message in await received(socket) if message["type"] == "Turn"]
        assert (turns[-1]["transcript"], turns[-1]["end_of_turn"]) == ("one two", True)


async def test_updates_and_forced_ends_take_effect_and_are_on_record() -> None:
    """A longer `min_turn_silence` keeps the turn open until `ForceEndpoint`."""
    codebook = Codebook(["Yes."])
    async with LoopbackRecogniser(codebook, api_key=KEY) as recogniser:
        async with connected(recogniser) as socket:
            update = {
                "type": "UpdateConfiguration",
                "min_turn_silence": 5000,
                "agent_context": "Shall I book it?",
            }
            await send_audio(socket, audio_of(codebook, 0.2))
            await socket.send_str(json.dumps(update))
            await send_audio(socket, audio_of(codebook, "Yes.", 1.5))
            await socket.send_str('{"type": "ForceEndpoint"}')
            await send_audio(socket, audio_of(codebook, 0.1))
            await socket.send_str('{"type": "Terminate"}')
            await received(socket)
        (connection,) = recogniser.connections
        assert connection.transcripts == ["Yes."]
        assert connection.sent[-2].message["end_of_turn"]
        assert connection.sent[-2].stream_s == pytest.approx(2.0, abs=0.051)
        (on_record,) = connection.updates
        assert on_record.message == update
        assert on_record.stream_s == pytest.approx(0.2)


async def test_mulaw_is_heard() -> None:
    """`encoding=pcm_mulaw` at 8 kHz, one byte a sample."""
    codebook = Codebook(["Hello there."])
    async with (
        LoopbackRecogniser(codebook, api_key=KEY) as recogniser,
        connected(recogniser, encoding="pcm_mulaw", sample_rate=8000) as socket,
    ):
        data = encode_mulaw(audio_of(codebook, 0.3, "Hello there.", 0.3, rate=8000))
        for start in range(0, len(data), 400):
            await socket.send_bytes(data[start : start + 400])
        await socket.send_str('{"type": "Terminate"}')
        await received(socket)
        assert recogniser.connections[0].transcripts == ["Hello there."]


@pytest.mark.parametrize(
    ("key", "query", "code"),
    [
        (None, {}, CloseCode.UNAUTHORIZED),
        ("another key", {}, CloseCode.UNAUTHORIZED),
        (KEY, {"speech_model": "nova-3"}, CloseCode.BAD_INPUT),
        (KEY, {"sample_rate": "fast"}, CloseCode.BAD_INPUT),
        (KEY, {"agent_context": "x" * 1751}, CloseCode.BAD_INPUT),
    ],
)
async def test_a_bad_connect_is_closed_with_its_code(
    key: str | None, query: dict[str, Any], code: CloseCode
) -> None:
    """An `Error` message that says why, then the close code."""
    async with LoopbackRecogniser(Codebook(), api_key=KEY) as recogniser:
        async with connected(recogniser, key, **query) as socket:
            (error,) = await received(socket)
        assert (error["type"], error["error_code"]) == ("Error", code)
        assert socket.close_code == code
        assert not recogniser.connections[0].accepted
        assert recogniser.connections[0].close_code == code


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (bytes(1500), CloseCode.BAD_AUDIO_DURATION),
        (bytes(32002), CloseCode.BAD_AUDIO_DURATION),
        ("no JSON", CloseCode.BAD_INPUT),
        ('{"type": "Hello"}', CloseCode.BAD_INPUT),
    ],
)
async def test_a_bad_message_is_closed_with_its_code(data: bytes | str, code: CloseCode) -> None:
    """Audio of the wrong length with 3007, anything else with 3006."""
    async with (
        LoopbackRecogniser(Codebook(), api_key=KEY) as recogniser,
        connected(recogniser) as socket,
    ):
        await (socket.send_bytes(data) if isinstance(data, bytes) else socket.send_str(data))
        messages = await received(socket)
        assert kinds(messages) == ["Begin", "Error"]
        assert socket.close_code == code


async def test_limits_of_the_account() -> None:
    """One session too many ends with 3009, one that lasts too long with 3008."""
    async with LoopbackRecogniser(
        Codebook(), api_key=KEY, max_sessions=1, session_s=0.5
    ) as recogniser:
        async with connected(recogniser) as first, connected(recogniser) as second:
            await received(second)
            assert second.close_code == CloseCode.TOO_MANY_SESSIONS
            await send_audio(first, audio_of(Codebook(), 0.5))
            assert kinds(await received(first)) == ["Begin", "Error"]
            assert first.close_code == CloseCode.SESSION_EXPIRED
        async with connected(recogniser) as third:
            assert json.loads((await third.receive()).data)["type"] == "Begin"


async def test_faults_on_demand() -> None:
    """Refusals, a server error, and a line that breaks off."""
    async with LoopbackRecogniser(Codebook(), api_key=KEY) as recogniser:
        recogniser.refuse_next_connect()
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            async with connected(recogniser):
                pass
        assert refused.value.status == HTTPStatus.SERVICE_UNAVAILABLE
        recogniser.refuse_next_connect(code=CloseCode.TOO_MANY_SESSIONS)
        async with connected(recogniser) as socket:
            await received(socket)
            assert socket.close_code == CloseCode.TOO_MANY_SESSIONS
        async with connected(recogniser) as socket:
            await socket.receive()
            await recogniser.open_connections[0].fail()
            assert kinds(await received(socket)) == ["Error"]
            assert socket.close_code == CloseCode.SERVER_ERROR
        async with connected(recogniser) as socket:
            await socket.receive()
            recogniser.open_connections[0].drop()
            await received(socket)
            assert socket.close_code == aiohttp.WSCloseCode.ABNORMAL_CLOSURE
        await until(lambda: not recogniser.open_connections)
        assert recogniser.connections[-1].close_code == aiohttp.WSCloseCode.ABNORMAL_CLOSURE


async def test_a_stall_delays_and_loses_nothing() -> None:
    """The messages come late, but all of them."""
    codebook = Codebook(["Yes."])
    async with (
        LoopbackRecogniser(codebook, api_key=KEY) as recogniser,
        connected(recogniser) as socket,
    ):
        await socket.receive()
        recogniser.open_connections[0].stall(0.3)
        began = time.monotonic()
        await send_audio(socket, audio_of(codebook, 0.2, "Yes.", 0.3))
        assert json.loads((await socket.receive()).data)["type"] == "SpeechStarted"
        assert time.monotonic() - began >= 0.29


async def test_shutdown_leaves_nothing_behind() -> None:
    """Also with a session that is open and one that is stalled."""
    before = asyncio.all_tasks()
    recogniser = LoopbackRecogniser(Codebook(), api_key=KEY)
    with pytest.raises(RuntimeError, match="async with"):
        _ = recogniser.url
    began = time.monotonic()
    async with aiohttp.ClientSession() as session:
        async with recogniser:
            url = f"{recogniser.url}/v3/ws?speech_model=u3-rt-pro"
            idle = await session.ws_connect(url, headers={"Authorization": KEY})
            stalled = await session.ws_connect(url, headers={"Authorization": KEY})
            await idle.receive()
            await stalled.receive()
            recogniser.open_connections[1].stall(60)
            await send_audio(stalled, np.zeros(1600, np.int16))
            readers = [asyncio.create_task(received(socket)) for socket in (idle, stalled)]
            await asyncio.sleep(0.02)
        await asyncio.gather(*readers)
        assert idle.close_code == CloseCode.GOING_AWAY
    assert time.monotonic() - began < 10.0
    await until(lambda: asyncio.all_tasks() == before)


@asynccontextmanager
async def plugged_in(
    recogniser: LoopbackRecogniser, **options: Any
) -> AsyncIterator[stt.RecognizeStream]:
    """A stream of the real plugin."""
    async with aiohttp.ClientSession() as session:
        plugin = assemblyai.STT(
            api_key=KEY, base_url=recogniser.url, http_session=session, **options
        )
        async with plugin.stream(conn_options=APIConnectOptions(max_retry=0)) as stream:
            yield stream


def push(stream: stt.RecognizeStream, audio: Pcm, rate: int = RATE) -> None:
    """All of it at once, in frames of 20 ms."""
    for start in range(0, len(audio), rate // 50):
        samples = audio[start : start + rate // 50]
        stream.push_frame(rtc.AudioFrame(samples.tobytes(), rate, 1, len(samples)))


async def test_the_real_plugin_hears_phrases() -> None:
    """START_OF_SPEECH with the first partial, then INTERIM to END_OF_SPEECH back to back."""
    codebook = Codebook(["I want breakfast."])
    audio = audio_of(codebook, 0.5, "I want breakfast.", 0.5, rate=48000)
    async with LoopbackRecogniser(codebook, api_key=KEY) as recogniser:
        async with plugged_in(recogniser, model="u3-rt-pro", max_turn_silence=1000) as stream:
            push(stream, audio, 48000)
            stream.end_input()
            events = [event async for event in stream]
        kind = stt.SpeechEventType
        assert [event.type for event in events] == [
            kind.START_OF_SPEECH,
            kind.INTERIM_TRANSCRIPT,
            kind.INTERIM_TRANSCRIPT,
            kind.PREFLIGHT_TRANSCRIPT,
            kind.FINAL_TRANSCRIPT,
            kind.END_OF_SPEECH,
            kind.RECOGNITION_USAGE,
        ]
        assert [e.alternatives[0].text for e in events if e.alternatives] == [
            "I want",
            "I want breakfast.",
            "I want breakfast.",
            "I want breakfast.",
        ]
        assert events[4].alternatives[0].language == "en"
        assert recogniser.connections[0].query["min_turn_silence"] == "100"


async def test_the_real_plugin_reports_a_refusal() -> None:
    """The close code reaches the application as an `APIStatusError`."""
    async with LoopbackRecogniser(Codebook(), api_key="another key") as recogniser:
        async with plugged_in(recogniser, model="u3-rt-pro") as stream:
            push(stream, audio_of(Codebook(), 0.5))
            with pytest.raises(APIStatusError) as error:
                await stream.__anext__()
        assert error.value.status_code == CloseCode.UNAUTHORIZED


async def until(condition: Any, seconds: float = 2.0) -> None:
    """Lets the event loop run until the condition holds."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come true"
        await asyncio.sleep(0.005)
