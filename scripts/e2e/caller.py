"""A caller in a room: publishes phrases as sound, and keeps what it hears and reads there."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from livekit import api, rtc

from agent.offline.caller import CallerAudioInput, SpokenPhrase
from agent.offline.g711 import decode_mulaw, encode_mulaw
from agent.rehearsal import BITS_PER_SECOND

from .ear import Ear

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from agent.offline.sounds import Codebook

    from .hearing import Span
    from .livekit_server import LiveKitServer

TRANSCRIPTION_TOPIC = "lk.transcription"
WIDE_BAND = 48000
TELEPHONE = 8000
_FRAME_S = 0.1
# a busy machine may be this late with a frame before the caller's voice breaks up
_AHEAD_S = 0.15
_LOOK_EVERY_S = 0.03
_numbers = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Read:
    """A final transcript that came to the room, and when, on the loop's clock."""

    at: float
    text: str


class CallError(Exception):
    """Something that a call needs didn't happen."""


class Caller:
    """One caller, in a room of its own, who asks for an agent by its name.

    Args:
        server: Where the call goes.
        sounds: What the caller can say.
        agent_name: The name of the worker's agent.
        domain: What the job's metadata names; None leaves it out.
        telephone: Whether the voice goes through 8 kHz and mu-law.
        label: Begins the room's name.

    Attributes:
        room_name: The room's.
        ear: What the caller hears.
        agent_said: What the agent said, as it was written to the room.
        turns: What the agent heard the caller say, as it was written to the room.
    """

    def __init__(
        self,
        server: LiveKitServer,
        sounds: Codebook,
        *,
        agent_name: str,
        domain: str | None = None,
        telephone: bool = False,
        label: str = "call",
    ) -> None:
        self.room_name = f"{label}-{next(_numbers)}"
        self.ear = Ear()
        self.agent_said: list[Read] = []
        self.turns: list[Read] = []
        self._server = server
        self._agent_name = agent_name
        self._domain = domain
        self._telephone = telephone
        rate = TELEPHONE if telephone else WIDE_BAND
        self._mouth = CallerAudioInput(sounds, sample_rate=rate, frame_s=_FRAME_S)
        self._room = rtc.Room()
        self._source: rtc.AudioSource | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._seen: set[str] = set()
        self.agent_left_at: float | None = None

    async def call(self) -> None:
        """Joins the room and opens the microphone."""
        self._room.on("track_subscribed", self._on_track)
        self._room.on("participant_disconnected", self._on_left)
        self._room.register_text_stream_handler(TRANSCRIPTION_TOPIC, self._on_text)
        await self._room.connect(self._server.url, self._token())
        source = rtc.AudioSource(
            self._mouth.sample_rate, 1, queue_size_ms=round(4 * _AHEAD_S * 1000)
        )
        self._source = source
        track = rtc.LocalAudioTrack.create_audio_track("microphone", source)
        options = rtc.TrackPublishOptions(source=rtc.TrackSource.SOURCE_MICROPHONE)
        options.audio_encoding.max_bitrate = BITS_PER_SECOND
        await self._room.local_participant.publish_track(track, options)
        self._keep(self._speak(source))

    async def hang_up(self) -> None:
        """Leaves the room; nothing of the call is left running."""
        self._mouth.close()
        with contextlib.suppress(Exception):  # of a server that has gone meanwhile
            await asyncio.wait_for(self._room.disconnect(), 5.0)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._source is not None:  # else it is fed with silence for as long as this object lives
            source, self._source = self._source, None
            with contextlib.suppress(Exception):  # as above
                await source.aclose()

    # -- speaking ---------------------------------------------------------------------------------

    def say(self, text: str, *, at: float | None = None) -> SpokenPhrase:
        """Says a phrase.

        Args:
            text: The phrase.
            at: When its first sound is to leave the mouth, on the loop's clock; None is now.

        Returns:
            It, with the times at which it leaves the caller.
        """
        late_s = _AHEAD_S + _FRAME_S
        said = self._mouth.say(text, not_before=None if at is None else at - late_s)
        return SpokenPhrase(said.phrase, said.onset + late_s, said.end + late_s)

    async def _speak(self, source: rtc.AudioSource) -> None:
        """Feeds the microphone, but for silence: that is what it sends when it has nothing."""
        rate = self._mouth.sample_rate
        ahead = round(_AHEAD_S * rate)
        silent = True
        async for frame in self._mouth:
            was_silent, silent = silent, not np.frombuffer(frame.data, np.int16).any()
            if was_silent and silent:
                continue
            if was_silent:
                await source.capture_frame(rtc.AudioFrame(bytes(2 * ahead), rate, 1, ahead))
            await source.capture_frame(_over_telephone(frame) if self._telephone else frame)

    # -- waiting ----------------------------------------------------------------------------------

    async def until(self, condition: Callable[[], object], what: str, within_s: float) -> None:
        """Waits for something to become true.

        Raises:
            CallError: It didn't in time.
        """
        deadline = now() + within_s
        while not condition():
            if now() > deadline:
                raise CallError(f"{self.room_name}: waited {within_s:g} s for {what}")
            await asyncio.sleep(_LOOK_EVERY_S)

    async def until_heard(self, text: str, *, within_s: float = 25.0, since: float = 0.0) -> float:
        """Waits until the agent begins to be heard; when it did.

        Raises:
            CallError: It didn't.
        """
        found: list[Span] = []

        def heard() -> bool:
            found[:] = self.ear.spans(since)
            return bool(found)

        await self.until(heard, f"{text!r} to begin", within_s)
        return found[0].start

    async def until_quiet(self, quiet_s: float, *, within_s: float = 30.0) -> None:
        """Waits until the agent has not been heard for a while.

        Raises:
            CallError: It talks on.
        """
        quiet_from = now()

        def quiet() -> bool:
            nonlocal quiet_from
            if self.ear.hears:
                quiet_from = now()
            return now() - quiet_from >= quiet_s

        await self.until(quiet, "the agent to be quiet", within_s)

    # -- the room ---------------------------------------------------------------------------------

    def _token(self) -> str:
        metadata: dict[str, Any] = {} if self._domain is None else {"domain": self._domain}
        dispatch = api.RoomAgentDispatch(agent_name=self._agent_name, metadata=json.dumps(metadata))
        return (
            api.AccessToken(self._server.api_key, self._server.api_secret)
            .with_identity("caller")
            .with_grants(api.VideoGrants(room_join=True, room=self.room_name))
            .with_room_config(api.RoomConfiguration(agents=[dispatch]))
            .to_jwt()
        )

    def _on_track(
        self,
        track: rtc.Track,
        _publication: rtc.RemoteTrackPublication,
        _participant: rtc.RemoteParticipant,
    ) -> None:
        if track.kind == rtc.TrackKind.KIND_AUDIO:
            self._keep(self.ear.listen(track))

    def _on_left(self, _participant: rtc.RemoteParticipant) -> None:
        self.agent_left_at = now()

    def _on_text(self, reader: rtc.TextStreamReader, participant_identity: str) -> None:
        self._keep(self._read(reader, participant_identity))

    async def _read(self, reader: rtc.TextStreamReader, identity: str) -> None:
        try:
            text = (await reader.read_all()).strip()
        except ConnectionError:  # the agent, or the call, was gone in the middle of a sentence
            return
        attributes = reader.info.attributes or {}
        if attributes.get("lk.transcription_final") == "true" and text:
            heard = self.turns if identity == "caller" else self.agent_said
            heard.append(Read(now(), text))

    def _keep(self, coroutine: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(coroutine, name=self.room_name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def now() -> float:
    """The clock of callers and ears: the event loop's."""
    return asyncio.get_running_loop().time()


def _over_telephone(frame: rtc.AudioFrame) -> rtc.AudioFrame:
    """What is left of 8 kHz sound after mu-law."""
    samples = decode_mulaw(encode_mulaw(np.frombuffer(frame.data, np.int16)))
    return rtc.AudioFrame(samples.tobytes(), frame.sample_rate, 1, len(samples))
