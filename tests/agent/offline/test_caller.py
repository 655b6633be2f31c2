"""The caller's microphone, on a clock that skips."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import numpy as np
import pytest

from agent.offline.caller import CallerAudioInput
from agent.offline.sounds import Codebook, Pcm

if TYPE_CHECKING:
    from .conftest import RunVirtually


async def record(caller: CallerAudioInput, frames: int) -> tuple[Pcm, list[float]]:
    """So many frames, and when each came."""
    loop = asyncio.get_running_loop()
    pieces: list[Pcm] = []
    times: list[float] = []
    for _ in range(frames):
        frame = await caller.__anext__()
        pieces.append(np.array(frame.data, dtype=np.int16))
        times.append(loop.time())
    return np.concatenate(pieces), times


@pytest.mark.parametrize("frame_s", [0.02, 0.05])
def test_frames_come_in_real_time(run_virtually: RunVirtually, frame_s: float) -> None:
    """Each when its last sample would have been spoken; silence where nothing is said."""

    async def scenario() -> None:
        loop = asyncio.get_running_loop()
        began = loop.time()
        caller = CallerAudioInput(Codebook(), frame_s=frame_s)
        audio, times = await record(caller, 10)
        assert len(audio) == round(10 * frame_s * 16000)
        assert not audio.any()
        expected = [began + (index + 1) * frame_s for index in range(10)]
        assert times == pytest.approx(expected, abs=0.001)

    run_virtually(scenario())


def test_a_phrase_is_said_at_the_onset_that_was_announced(run_virtually: RunVirtually) -> None:
    """Sample by sample, and the next one waits for it."""

    async def scenario() -> None:
        codebook = Codebook(["Mhm.", "Stop!"])
        caller = CallerAudioInput(codebook)
        began = asyncio.get_running_loop().time()
        await record(caller, 3)
        first = caller.say("Mhm.")
        second = caller.say("Stop!")
        late = caller.say("Mhm.", not_before=began + 2.0)
        audio, _ = await record(caller, 60)
        assert first.onset == pytest.approx(began + 0.15, abs=0.001)
        assert first.end == pytest.approx(first.onset + 0.28)
        assert second.onset == pytest.approx(first.end + 0.1, abs=0.001)
        assert late.onset == pytest.approx(began + 2.0, abs=0.001)
        assert caller.spoken == (first, second, late)
        assert caller.silent_at == late.end
        expected = np.zeros(len(audio), np.int16)
        for spoken in caller.spoken:
            sound = codebook.render(spoken.phrase, 16000)
            start = round((spoken.onset - began - 0.15) * 16000)
            expected[start : start + len(sound)] = sound
        assert np.array_equal(audio, expected)
        assert np.array_equal(caller.render(began + 0.15, began + 0.15 + 3.0), expected)

    run_virtually(scenario())


def test_a_phrase_never_begins_in_a_frame_that_is_gone(run_virtually: RunVirtually) -> None:
    """Said in the middle of a frame that has not been fetched, it begins right there."""

    async def scenario() -> None:
        caller = CallerAudioInput(Codebook())
        loop = asyncio.get_running_loop()
        began = loop.time()
        await record(caller, 1)
        await asyncio.sleep(0.02)
        spoken = caller.say("Wait.")
        assert spoken.onset == pytest.approx(began + 0.07, abs=0.001)
        audio, _ = await record(caller, 10)
        assert np.flatnonzero(audio)[0] / 16000 == pytest.approx(0.02, abs=0.001)
        await spoken.wait()
        assert loop.time() >= spoken.end

    run_virtually(scenario())


def test_frames_that_are_fetched_late_are_not_lost(run_virtually: RunVirtually) -> None:
    """A consumer that was held up gets them all at once."""

    async def scenario() -> None:
        caller = CallerAudioInput(Codebook())
        await record(caller, 1)
        await asyncio.sleep(0.5)
        now = asyncio.get_running_loop().time()
        _, times = await record(caller, 11)
        assert times[:10] == [now] * 10
        assert times[10] == pytest.approx(now + 0.05, abs=0.001)

    run_virtually(scenario())


def test_a_fetch_that_is_cancelled_loses_no_frame(run_virtually: RunVirtually) -> None:
    """LiveKit cancels and starts again when an input is attached anew."""

    async def scenario() -> None:
        caller = CallerAudioInput(Codebook())
        spoken = caller.say("Hello.")
        for _ in range(3):
            with pytest.raises(asyncio.TimeoutError):
                await asyncio.wait_for(caller.__anext__(), 0.01)
        audio, _ = await record(caller, 6)
        assert np.count_nonzero(audio) > 0.9 * spoken.phrase.duration_s * 16000

    run_virtually(scenario())


def test_hanging_up_ends_the_stream(run_virtually: RunVirtually) -> None:
    """The iteration is over."""

    async def scenario() -> None:
        caller = CallerAudioInput(Codebook())
        frames = 0
        async for _ in caller:
            frames += 1
            if frames == 2:
                caller.close()
        assert frames == 2

    run_virtually(scenario())
