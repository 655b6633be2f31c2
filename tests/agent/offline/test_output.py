"""What a caller hears, and what LiveKit is told, on a clock that skips."""

from __future__ import annotations

import asyncio
import wave
from typing import TYPE_CHECKING

import numpy as np
import pytest
from livekit import rtc

from agent.offline.output import RealTimeAudioOutput
from agent.offline.playback import Span, SpanKind

if TYPE_CHECKING:
    from pathlib import Path

    from livekit.agents.voice.io import PlaybackFinishedEvent, PlaybackStartedEvent

    from .conftest import RunVirtually

RATE = 24000


class Speaker:
    """An output, and what it told LiveKit, with seconds since its making."""

    def __init__(self, *, pausable: bool = True) -> None:
        self.output = RealTimeAudioOutput(pausable=pausable)
        self.began = asyncio.get_running_loop().time()
        self.started: list[float] = []
        self.finished: list[tuple[float, float, bool]] = []
        self.output.on("playback_started", self._on_started)
        self.output.on("playback_finished", self._on_finished)

    @property
    def now(self) -> float:
        """Seconds since its making."""
        return asyncio.get_running_loop().time() - self.began

    def _on_started(self, _: PlaybackStartedEvent) -> None:
        self.started.append(round(self.now, 3))

    def _on_finished(self, event: PlaybackFinishedEvent) -> None:
        position = round(event.playback_position, 3)
        self.finished.append((round(self.now, 3), position, event.interrupted))

    async def capture(self, seconds: float, value: int = 1000) -> None:
        """Audio in frames of 200 ms, as a synthesiser sends them."""
        samples = round(seconds * RATE)
        for start in range(0, samples, RATE // 5):
            count = min(RATE // 5, samples - start)
            data = np.full(count, value, np.int16)
            await self.output.capture_frame(rtc.AudioFrame(data.tobytes(), RATE, 1, count))

    async def say(self, seconds: float) -> None:
        """A whole segment."""
        await self.capture(seconds)
        self.output.flush()

    def heard(self) -> list[tuple[str, float, float]]:
        """The spans, in seconds since its making."""
        return [
            (span.kind.value, round(span.start - self.began, 3), round(span.end - self.began, 3))
            for span in self.output.spans
        ]

    def silent_from(self, seconds: float) -> float | None:
        """In seconds since its making."""
        instant = self.output.silent_from(self.began + seconds)
        return None if instant is None else round(instant - self.began, 3)


def test_a_segment_plays_for_as_long_as_it_is(run_virtually: RunVirtually) -> None:
    """Pushed at once, heard in real time, finished once, with its whole length."""

    async def scenario() -> None:
        speaker = Speaker()
        assert speaker.output.heard_until is None
        await speaker.say(1.3)
        assert (speaker.now, speaker.started, speaker.finished) == (0.0, [0.0], [])
        await asyncio.sleep(0.5)
        assert speaker.output.sounding
        assert speaker.heard() == [("speech", 0.0, 0.5)]
        event = await speaker.output.wait_for_playout()
        assert event.playback_position == pytest.approx(1.3)
        assert speaker.finished == [(1.3, 1.3, False)]
        assert speaker.heard() == [("speech", 0.0, 1.3)]
        assert not speaker.output.sounding

    run_virtually(scenario())


def test_an_interruption_drops_the_rest(run_virtually: RunVirtually) -> None:
    """Position and silence are those of the instant, and the next segment is not touched."""

    async def scenario() -> None:
        speaker = Speaker()
        await speaker.say(2.0)
        await asyncio.sleep(0.7)
        speaker.output.clear_buffer()
        speaker.output.clear_buffer()
        assert speaker.finished == [(0.7, 0.7, True)]
        assert (await speaker.output.wait_for_playout()).interrupted
        await asyncio.sleep(0.3)
        await speaker.say(0.5)
        await speaker.output.wait_for_playout()
        assert speaker.finished[1:] == [(1.5, 0.5, False)]
        assert speaker.heard() == [
            ("speech", 0.0, 0.7),
            ("cleared", 0.7, 0.7),
            ("speech", 1.0, 1.5),
        ]
        assert speaker.output.spans[1].dropped_s == pytest.approx(1.3)
        assert speaker.silent_from(0.2) == 0.7

    run_virtually(scenario())


def test_an_interruption_before_the_flush_waits_for_it(run_virtually: RunVirtually) -> None:
    """Frames that still come are not heard; the finish comes with the flush, and once."""

    async def scenario() -> None:
        speaker = Speaker()
        await speaker.capture(1.0)
        await asyncio.sleep(0.4)
        speaker.output.clear_buffer()
        await speaker.capture(1.0)
        await asyncio.sleep(0.1)
        assert speaker.finished == []
        speaker.output.flush()
        speaker.output.flush()
        speaker.output.clear_buffer()
        assert speaker.finished == [(0.5, 0.4, True)]
        await asyncio.sleep(2.0)
        assert speaker.heard() == [("speech", 0.0, 0.4), ("cleared", 0.4, 0.4)]

    run_virtually(scenario())


def test_a_pause_is_silence_and_resuming_goes_on(run_virtually: RunVirtually) -> None:
    """Nothing is lost, nothing starts twice."""

    async def scenario() -> None:
        speaker = Speaker()
        assert speaker.output.can_pause
        await speaker.say(1.0)
        await asyncio.sleep(0.4)
        speaker.output.pause()
        speaker.output.pause()
        assert speaker.output.paused
        await asyncio.sleep(2.0)
        assert speaker.heard() == [("speech", 0.0, 0.4), ("paused", 0.4, 2.4)]
        speaker.output.resume()
        speaker.output.resume()
        await speaker.output.wait_for_playout()
        assert speaker.started == [0.0]
        assert speaker.finished == [(3.0, 1.0, False)]
        assert speaker.heard()[2:] == [("speech", 2.4, 3.0)]
        assert speaker.silent_from(0.0) == 0.4
        assert speaker.silent_from(2.5) is None
        await asyncio.sleep(0.2)
        assert speaker.silent_from(2.5) == 3.0

    run_virtually(scenario())


def test_an_interruption_while_paused_keeps_the_position(run_virtually: RunVirtually) -> None:
    """The pause ends with it; the next segment waits for a resume."""

    async def scenario() -> None:
        speaker = Speaker()
        await speaker.say(1.0)
        await asyncio.sleep(0.4)
        speaker.output.pause()
        await asyncio.sleep(0.6)
        speaker.output.clear_buffer()
        assert speaker.finished == [(1.0, 0.4, True)]
        await speaker.say(0.5)
        await asyncio.sleep(0.2)
        assert speaker.started == [0.0]
        speaker.output.resume()
        await speaker.output.wait_for_playout()
        assert speaker.started == [0.0, 1.2]
        assert speaker.heard() == [
            ("speech", 0.0, 0.4),
            ("paused", 0.4, 1.0),
            ("cleared", 1.0, 1.0),
            ("paused", 1.0, 1.2),
            ("speech", 1.2, 1.7),
        ]

    run_virtually(scenario())


def test_an_output_that_cannot_pause_plays_on(run_virtually: RunVirtually) -> None:
    """It says so, and ignores a pause."""

    async def scenario() -> None:
        speaker = Speaker(pausable=False)
        assert not speaker.output.can_pause
        await speaker.say(1.0)
        speaker.output.pause()
        speaker.output.resume()
        await speaker.output.wait_for_playout()
        assert speaker.finished == [(1.0, 1.0, False)]

    run_virtually(scenario())


def test_a_slow_synthesiser_leaves_gaps(run_virtually: RunVirtually) -> None:
    """Audio that comes too late is heard late; the segment stays one."""

    async def scenario() -> None:
        speaker = Speaker()
        await speaker.capture(0.4)
        await asyncio.sleep(0.45)
        await speaker.capture(0.4)
        await asyncio.sleep(1.0)
        await speaker.capture(0.4)
        speaker.output.flush()
        event = await speaker.output.wait_for_playout()
        assert event.playback_position == pytest.approx(1.2)
        assert (speaker.started, speaker.finished) == ([0.0], [(1.85, 1.2, False)])
        assert speaker.heard() == [
            ("speech", 0.0, 0.4),
            ("speech", 0.45, 0.85),
            ("speech", 1.45, 1.85),
        ]
        assert speaker.silent_from(0.1) == 0.85

    run_virtually(scenario())


def test_a_flush_after_the_last_sound_finishes_at_once(run_virtually: RunVirtually) -> None:
    """The position is the whole length; a flush without audio says nothing."""

    async def scenario() -> None:
        speaker = Speaker()
        speaker.output.flush()
        speaker.output.clear_buffer()
        await speaker.capture(0.4)
        await asyncio.sleep(1.0)
        speaker.output.flush()
        assert speaker.finished == [(1.0, 0.4, False)]

    run_virtually(scenario())


def test_the_next_segment_waits_for_the_one_before(run_virtually: RunVirtually) -> None:
    """And one that is cancelled while it waits leaves no segment behind."""

    async def scenario() -> None:
        speaker = Speaker()
        await speaker.say(1.0)
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(speaker.capture(0.5), 0.2)
        await speaker.say(0.5)
        assert speaker.now == pytest.approx(1.0)
        await speaker.output.wait_for_playout()
        assert speaker.finished == [(1.0, 1.0, False), (1.5, 0.5, False)]

    run_virtually(scenario())


def test_closing_finishes_what_is_open(run_virtually: RunVirtually) -> None:
    """Whoever waits for the playout goes on."""

    async def scenario() -> None:
        speaker = Speaker()
        await speaker.capture(1.0)
        await asyncio.sleep(0.25)
        await speaker.output.aclose()
        assert (await speaker.output.wait_for_playout()).interrupted
        assert speaker.finished == [(0.25, 0.25, True)]

    run_virtually(scenario())


def test_what_was_heard_can_be_written_to_a_file(
    run_virtually: RunVirtually, tmp_path: Path
) -> None:
    """The pause is in it, what was dropped is not."""

    async def scenario() -> None:
        speaker = Speaker()
        await speaker.capture(0.4, value=100)
        await speaker.capture(0.6, value=200)
        speaker.output.flush()
        await asyncio.sleep(0.2)
        speaker.output.pause()
        await asyncio.sleep(0.5)
        speaker.output.resume()
        await asyncio.sleep(0.3)
        speaker.output.clear_buffer()
        speaker.output.write_wav(tmp_path / "agent.wav")

    run_virtually(scenario())
    with wave.open(str(tmp_path / "agent.wav"), "rb") as file:
        assert file.getparams()[:3] == (1, 2, RATE)
        audio = np.frombuffer(file.readframes(file.getnframes()), np.int16)
    assert len(audio) == RATE
    at = [int(audio[round(seconds * RATE)]) for seconds in (0.1, 0.4, 0.8, 0.95)]
    assert at == [100, 0, 100, 200]


def test_spans_say_where_in_their_segment_they_are(run_virtually: RunVirtually) -> None:
    """Segment and offset, so that audio and text can be found again."""

    async def scenario() -> None:
        speaker = Speaker()
        await speaker.say(0.4)
        await speaker.say(1.0)
        await asyncio.sleep(0.3)
        speaker.output.pause()
        speaker.output.resume()
        await speaker.output.wait_for_playout()
        speech = [(span.segment, round(span.offset_s, 3)) for span in speaker.output.speech]
        assert speech == [(0, 0.0), (1, 0.0), (1, 0.3)]
        assert all(isinstance(span, Span) for span in speaker.output.spans)
        assert {span.kind for span in speaker.output.speech} == {SpanKind.SPEECH}

    run_virtually(scenario())
