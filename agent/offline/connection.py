"""One client's connection to the recogniser: its record, and the ways to break it."""

from __future__ import annotations

import json
import time
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .protocol import CloseCode

if TYPE_CHECKING:
    from aiohttp import web

    from .turns import Message


@dataclass(frozen=True, slots=True)
class Sent:
    """A message to the client and the stream time it was sent at."""

    stream_s: float
    message: Message


@dataclass(frozen=True, slots=True)
class Update:
    """An `UpdateConfiguration` message of the client and the stream time it arrived at."""

    stream_s: float
    message: Message


class Connection:
    """One session with the recogniser: what came, what went, and ways to break it.

    Attributes:
        id: The session id of its `Begin` message.
        query: The parameters of the connect URL.
        opened_at: `time.monotonic()` of the connection.
        updates: The `UpdateConfiguration` messages, oldest first.
        sent: The messages that the client was sent, oldest first.
        audio_s: Seconds of audio received; the stream time.
        close_code: How it ended; `None` while it is open, 1006 if it broke off.
        terminated: Whether the client said `Terminate`.
        accepted: Whether it became a session, and was not refused at once.
        stalled_until: `time.monotonic()` until which it hears and says nothing.
    """

    def __init__(self, request: web.Request, socket: web.WebSocketResponse) -> None:
        self.id = str(uuid.uuid4())
        self.query: dict[str, str] = dict(request.query)
        self.opened_at = time.monotonic()
        self.updates: list[Update] = []
        self.sent: list[Sent] = []
        self.audio_s = 0.0
        self.close_code: int | None = None
        self.terminated = False
        self.accepted = False
        self.stalled_until = 0.0
        self._transport = request.transport
        self._socket = socket

    @property
    def is_open(self) -> bool:
        """Whether the session goes on."""
        return self.accepted and self.close_code is None

    @property
    def turns(self) -> list[Message]:
        """The `Turn` messages it was sent."""
        return [sent.message for sent in self.sent if sent.message["type"] == "Turn"]

    @property
    def transcripts(self) -> list[str]:
        """The transcripts of the turns that ended."""
        return [turn["transcript"] for turn in self.turns if turn["end_of_turn"]]

    def drop(self) -> None:
        """Breaks the connection off without a close frame, as a network does."""
        if self._transport is not None and self.close_code is None:
            self._transport.abort()

    def stall(self, seconds: float) -> None:
        """Hears and says nothing for this long, then catches up."""
        self.stalled_until = time.monotonic() + seconds

    async def fail(self, code: CloseCode = CloseCode.SERVER_ERROR, reason: str = "") -> None:
        """Ends the session with an `Error` message and this close code."""
        if self.close_code is None and not self._socket.closed:
            reason = reason or code.name.lower().replace("_", " ")
            error = {"type": "Error", "error_code": int(code), "error": reason}
            await self.send([error])
            await self.close(code, reason)

    async def close(self, code: CloseCode, reason: str = "") -> None:
        """Closes the connection with this code."""
        self.close_code = int(code)
        # A close frame has room for 123 bytes of reason.
        await self._socket.close(code=code, message=reason.encode()[:123])

    async def send(self, messages: list[Message]) -> None:
        """Sends messages to the client."""
        for message in messages:
            self.sent.append(Sent(self.audio_s, message))
            await self._socket.send_str(json.dumps(message, ensure_ascii=False))
