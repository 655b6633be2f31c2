"""A gateway on this machine that speaks the protocol of LiveKit Inference's speech recognition.

The real `inference.STT` connects to it; what it has recognised is up to the test.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import aiohttp
from aiohttp import web
from livekit.agents import inference

if TYPE_CHECKING:
    from typing_extensions import Self


class LoopbackGateway:
    """The server, on 127.0.0.1 and a free port, for the time of an `async with` block.

    Attributes:
        created: The `session.create` message of each stream, oldest first.
        updates: The `session.update` messages.
    """

    def __init__(self) -> None:
        self.created: list[dict[str, Any]] = []
        self.updates: list[dict[str, Any]] = []
        self._socket: web.WebSocketResponse | None = None

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_get("/v1/stt", self._serve)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}/v1"
        self._http = aiohttp.ClientSession()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._http.close()
        await self._runner.cleanup()

    def stt(self, model: str, **options: Any) -> inference.STT:
        """LiveKit's own class, with a key and a secret that are none."""
        return inference.STT(
            model,
            base_url=self.url,
            api_key="key",
            api_secret="the secret of nobody, long enough",  # noqa: S106
            http_session=self._http,
            **options,
        )

    async def send(self, kind: str, text: str = "", **more: Any) -> None:
        """A message to the newest stream."""
        assert self._socket is not None
        message = {"type": kind, "transcript": text, "confidence": 0.9, **more}
        await self._socket.send_str(json.dumps(message))

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        socket = web.WebSocketResponse(timeout=0.5)
        await socket.prepare(request)
        async for received in socket:
            message = json.loads(received.data)
            if message["type"] == "session.create":
                self._socket = socket
                self.created.append(message)
                await socket.send_str(json.dumps({"type": "session.created"}))
            elif message["type"] == "session.update":
                self.updates.append(message)
            elif message["type"] in ("session.finalize", "session.close"):
                await socket.send_str(json.dumps({"type": "session.closed"}))
                break
        return socket
