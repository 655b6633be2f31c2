"""A speech recogniser on this machine that speaks AssemblyAI's v3 streaming protocol.

The AssemblyAI plugin connects to it as it is, over a real WebSocket, with
`assemblyai.STT(base_url=recogniser.url, api_key=recogniser.api_key)`. It recognises the phrases
of a codebook by their sound, and refuses what the service refuses.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from http import HTTPStatus
from typing import TYPE_CHECKING

import aiohttp
import numpy as np
from aiohttp import web

from .connection import Connection, Update
from .g711 import decode_mulaw
from .listening import PhraseListener
from .protocol import (
    CloseCode,
    RefusedError,
    StreamConfig,
    check_audio,
    parse_message,
    parse_query,
    updated,
)
from .turns import PartialsMode, TurnMaker

if TYPE_CHECKING:
    from types import TracebackType

    from typing_extensions import Self

    from .sounds import Codebook, Pcm

# Time is looked at this often within a long audio message.
_STEP_S = 0.050
_SERVICE_SESSION_S = 3 * 3600.0


class LoopbackRecogniser:
    """The server, on 127.0.0.1 and a free port, for the time of an `async with` block.

    Args:
        codebook: The phrases it knows.
        api_key: The `Authorization` header that it takes; anything else ends with 1008.
        partials: "service": by the service's rules. "words": one partial a word.
        max_sessions: One more than this at a time ends with 3009.
        session_s: Seconds of audio after which a session ends with 3008.

    Attributes:
        connections: All sessions, oldest first, also those that were refused or are over.
        max_sessions: As passed; may be changed.
    """

    def __init__(
        self,
        codebook: Codebook,
        *,
        api_key: str = "loopback",
        partials: PartialsMode = "service",
        max_sessions: int | None = None,
        session_s: float = _SERVICE_SESSION_S,
    ) -> None:
        self.connections: list[Connection] = []
        self.max_sessions = max_sessions
        self._codebook = codebook
        self._api_key = api_key
        self._partials: PartialsMode = partials
        self._session_s = session_s
        self._refusals: list[CloseCode | HTTPStatus] = []
        self._closing = asyncio.Event()
        self._runner: web.AppRunner | None = None
        self._url = ""

    @property
    def url(self) -> str:
        """What to pass as `base_url`: `ws://127.0.0.1:PORT`."""
        if not self._url:
            raise RuntimeError("the recogniser is not running. Enter it with `async with` first.")
        return self._url

    @property
    def api_key(self) -> str:
        """The key that a client must send."""
        return self._api_key

    @property
    def open_connections(self) -> list[Connection]:
        """The sessions that are going on."""
        return [connection for connection in self.connections if connection.is_open]

    def refuse_next_connect(
        self, times: int = 1, *, code: CloseCode | HTTPStatus = HTTPStatus.SERVICE_UNAVAILABLE
    ) -> None:
        """Turns the next connects away: with an HTTP status, or at once with a close code."""
        self._refusals += [code] * times

    async def __aenter__(self) -> Self:
        self._closing.clear()
        app = web.Application()
        app.router.add_get("/v3/ws", self._serve)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self._url = f"ws://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._closing.set()
        await asyncio.gather(*(c.close(CloseCode.GOING_AWAY) for c in self.open_connections))
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None
        self._url = ""

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        refusal = self._refusals.pop(0) if self._refusals else None
        if isinstance(refusal, HTTPStatus):
            return web.Response(status=refusal)
        busy = len(self.open_connections)
        socket = web.WebSocketResponse(timeout=1.0)
        await socket.prepare(request)
        connection = Connection(request, socket)
        self.connections.append(connection)
        try:
            try:
                if refusal is not None:
                    raise RefusedError(refusal, "refused")
                if request.headers.get("Authorization") != self._api_key:
                    raise RefusedError(CloseCode.UNAUTHORIZED, "unauthorized")
                config = parse_query(request.query)
                if self.max_sessions is not None and busy >= self.max_sessions:
                    raise RefusedError(CloseCode.TOO_MANY_SESSIONS, "too many concurrent sessions")
                connection.accepted = True
                await self._converse(connection, socket, config)
            except RefusedError as error:
                await connection.fail(error.code, error.reason)
        except ConnectionError:
            pass  # The client went away in the middle of a message.
        finally:
            if connection.close_code is None:
                connection.close_code = socket.close_code or int(
                    aiohttp.WSCloseCode.ABNORMAL_CLOSURE
                )
        return socket

    async def _converse(
        self, connection: Connection, socket: web.WebSocketResponse, config: StreamConfig
    ) -> None:
        session = _Session(connection, config, self._codebook, self._partials)
        expires_at = int(time.time() + self._session_s)
        await connection.send([{"type": "Begin", "id": connection.id, "expires_at": expires_at}])
        async for received in socket:
            stalled_s = connection.stalled_until - time.monotonic()
            if stalled_s > 0:
                with contextlib.suppress(asyncio.TimeoutError):
                    await asyncio.wait_for(self._closing.wait(), stalled_s)
            if received.type == aiohttp.WSMsgType.BINARY:
                await session.hear(received.data)
                if connection.audio_s >= self._session_s:
                    raise RefusedError(CloseCode.SESSION_EXPIRED, "session expired")
            elif received.type == aiohttp.WSMsgType.TEXT and not await session.obey(received.data):
                break


class _Session:
    """What an accepted connection hears, and what it answers."""

    def __init__(
        self,
        connection: Connection,
        config: StreamConfig,
        codebook: Codebook,
        partials: PartialsMode,
    ) -> None:
        self._connection = connection
        self._samples = 0
        self._listener = PhraseListener(codebook, config.sample_rate)
        self._turns = TurnMaker(config, partials=partials)

    async def hear(self, data: bytes) -> None:
        """Takes an audio message in, and sends what has become due in it."""
        config = self._turns.config
        check_audio(len(data), config)
        if config.encoding == "pcm_mulaw":
            audio: Pcm = decode_mulaw(data)
        else:
            audio = np.frombuffer(data, dtype="<i2").astype(np.int16, copy=False)
        step = max(round(_STEP_S * config.sample_rate), 1)
        for start in range(0, len(audio), step):
            piece = audio[start : start + step]
            for heard in self._listener.feed(piece):
                self._turns.add(heard)
            self._samples += len(piece)
            self._connection.audio_s = self._samples / config.sample_rate
            messages = self._turns.advance(
                self._listener.now_s, identifying=self._listener.identifying
            )
            if messages:
                await self._connection.send(messages)

    async def obey(self, text: str) -> bool:
        """Does what a text message asks for; whether the session goes on."""
        connection = self._connection
        message = parse_message(text)
        if message["type"] == "UpdateConfiguration":
            connection.updates.append(Update(connection.audio_s, message))
            self._turns.config = updated(self._turns.config, message)
            return True
        await connection.send(self._turns.end_turn())
        if message["type"] == "ForceEndpoint":
            return True
        connection.terminated = True
        session_s = time.monotonic() - connection.opened_at
        termination = {
            "type": "Termination",
            "audio_duration_seconds": round(connection.audio_s, 3),
            "session_duration_seconds": round(session_s, 3),
        }
        await connection.send([termination])
        await connection.close(CloseCode.NORMAL)
        return False
