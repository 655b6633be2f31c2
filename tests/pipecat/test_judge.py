"""The application's judge in a pipeline: what it is told, what its answer does, and its bounds."""

from __future__ import annotations

import asyncio
import json
import logging
import os
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from pipecat.frames.frames import (
    InputAudioRawFrame,
    InterimTranscriptionFrame,
    TranscriptionFrame,
    VADUserStoppedSpeakingFrame,
)

from filters.calls import only_speaker
from filters.calls.recording import writer_of
from filters.configuration import Recording
from filters.pipecat.frames_heard import heard_of
from filters.pipecat.onsets import Onsets
from filters.policy import Action, Judgement
from tests.virtual_time import virtually

from .line import QUESTION, STATEMENT, Line, config, texts

if TYPE_CHECKING:
    from pathlib import Path

    from filters.policy import Overlap

B, C, S, N = Judgement.BACKCHANNEL, Judgement.CONTENT, Judgement.COMMAND, Judgement.NO_SPEECH


@dataclass
class Scripted:
    """A judge that says what a test has it say, and when."""

    answer: Judgement | None
    takes_s: float = 0.0
    asked: list[Overlap] = field(default_factory=list)

    def plain(self, overlap: Overlap) -> Judgement | None:
        """At once."""
        self.asked.append(overlap)
        return self.answer

    async def slow(self, overlap: Overlap) -> Judgement | None:
        """After some time."""
        self.asked.append(overlap)
        await asyncio.sleep(self.takes_s)
        return self.answer


def made(line: Line) -> list[Action]:
    """What was decided about finals."""
    return [each.action for each in line.decisions if each.final]


# -- answers ---------------------------------------------------------------------------------------


@virtually
@pytest.mark.parametrize("kind", ["plain", "slow"])
@pytest.mark.parametrize(
    ("words", "answer", "stops", "replies_to"),
    [
        ("Righto my dear.", B, False, []),
        ("Righto my dear.", None, True, ["Righto my dear."]),
        ("Yeah, yeah.", C, True, ["Yeah, yeah."]),
        ("Yeah, yeah.", None, False, []),
        ("Basta.", S, True, ["Basta."]),
        ("Stop.", C, False, ["Stop."]),
        ("I want a sea view.", N, False, []),
        ("Stop.", N, False, []),
    ],
)
async def test_each_answer_decides_against_the_words(
    words: str, answer: Judgement | None, stops: bool, replies_to: list[str], kind: str
) -> None:
    """What stops the bot and is answered, and what is neither, in a real pipeline."""
    judge = Scripted(answer, takes_s=0.05)
    async with Line(judge=getattr(judge, kind)).running() as line:
        await line.speak()
        await line.utter(words)
        await line.quiet()
        assert line.whole is not stops
        assert line.asked == replies_to or line.said("user") == replies_to
        (asked,) = judge.asked
        assert asked.text == words
        assert asked.said
        assert STATEMENT.startswith(asked.said)


@virtually
async def test_a_backchannel_by_judgement_is_the_reply_to_a_question() -> None:
    """Said over its end."""
    judge = Scripted(B)
    async with Line(judge=judge.plain).running() as line:
        await line.speak(QUESTION, for_s=2.4)
        await line.utter("Righto.")
        await line.quiet()
        assert line.asked == ["Righto."]
    assert judge.asked[0].asks


@virtually
async def test_nothing_is_asked_where_nothing_overlaps() -> None:
    """Nor once the words have passed."""
    judge = Scripted(N)
    async with Line(judge=judge.plain).running() as line:
        await line.utter("Is there a pool?")
        await line.quiet(4.0)
        assert line.asked == ["Is there a pool?"]
    assert judge.asked == []


@virtually
async def test_nothing_is_asked_with_the_filter_off() -> None:
    """It does nothing then."""
    judge = Scripted(N)
    async with Line(config(mode="off"), judge=judge.plain).running() as line:
        await line.speak()
        await line.utter("Stop.")
        await line.quiet()
        assert line.asked == ["Stop."]
    assert judge.asked == []


@virtually
async def test_each_event_is_asked_about_once() -> None:
    """Interims, and the final."""
    judge = Scripted(B)
    async with Line(judge=judge.plain).running() as line:
        await line.speak()
        await line.voice()
        for words in ("Righto", "Righto my", "Righto my dear"):
            await line.interim(words)
        await line.final("Righto my dear.")
        await line.silence()
        await line.quiet()
        assert line.whole
    assert [(each.text, each.final) for each in judge.asked] == [
        ("Righto", False),
        ("Righto my", False),
        ("Righto my dear", False),
        ("Righto my dear.", True),
    ]


# -- bounds ----------------------------------------------------------------------------------------


@virtually
async def test_a_judge_that_is_too_slow_leaves_it_to_the_words() -> None:
    """After `judge_timeout_s`, and not before."""
    judge = Scripted(B, takes_s=5.0)
    async with Line(judge=judge.slow).running() as line:
        await line.speak()
        await line.voice()
        await line.final("I want a sea view.")
        await asyncio.sleep(0.1)
        assert line.ear.speaking
        assert made(line) == []
        await asyncio.sleep(0.1)
        assert not line.ear.speaking
        assert made(line) == [Action.INTERRUPT]
        await line.silence()
        await line.quiet()
        assert line.asked == ["I want a sea view."]


@virtually
async def test_a_late_answer_counts_for_the_rest_of_the_utterance() -> None:
    """And no more is asked until it has come."""
    judge = Scripted(B, takes_s=0.4)
    async with Line(judge=judge.slow).running() as line:
        await line.speak()
        await line.voice()
        await line.interim("Righto")
        await asyncio.sleep(0.2)
        await line.interim("Righto")
        await asyncio.sleep(0.3)
        assert len(judge.asked) == 1
        judge.takes_s = 5.0
        await line.final("Righto my dear.")
        await line.silence()
        await line.quiet()
        assert line.whole
        assert line.asked == []
    assert len(judge.asked) == 2


@virtually
async def test_nothing_waits_but_what_the_caller_says() -> None:
    """Audio goes by; the caller's own events keep their order."""
    judge = Scripted(None, takes_s=0.1)
    async with Line(judge=judge.slow).running() as line:
        await line.speak()
        await line.voice()
        line.sent.clear()
        await line.worker.queue_frames(
            [
                TranscriptionFrame("I want a sea view.", "caller", "now"),
                VADUserStoppedSpeakingFrame(stop_secs=0.2),
                InputAudioRawFrame(b"\0\0" * 160, 16000, 1),
            ]
        )
        await asyncio.sleep(0.05)
        kinds = (TranscriptionFrame, VADUserStoppedSpeakingFrame, InputAudioRawFrame)
        assert [type(each) for each in line.sent if isinstance(each, kinds)] == [InputAudioRawFrame]
        await asyncio.sleep(0.1)
        assert [type(each) for each in line.sent if isinstance(each, kinds)] == [
            InputAudioRawFrame,
            TranscriptionFrame,
            VADUserStoppedSpeakingFrame,
        ]


@virtually
async def test_what_waits_when_the_call_ends_is_decided_by_the_words() -> None:
    """Nothing is lost, and nobody waits for the judge."""
    judge = Scripted(N, takes_s=5.0)
    async with Line(config(judge_timeout_s=0.5), judge=judge.slow).running() as line:
        await line.speak()
        await line.voice()
        await line.final("I want a sea view.")
        assert made(line) == []
    assert made(line) == [Action.INTERRUPT]
    assert texts(line.of_kind(TranscriptionFrame)) == ["I want a sea view."]


async def _raises(_: Overlap) -> Judgement | None:
    raise ValueError("broken")


def _raises_at_once(_: Overlap) -> Judgement | None:
    raise ValueError("broken")


def _answers_text(_: Overlap) -> Any:
    return "backchannel"


@pytest.mark.parametrize("judge", [_raises, _raises_at_once, _answers_text])
def test_a_judge_that_fails_has_said_nothing(judge: Any, caplog: pytest.LogCaptureFixture) -> None:
    """And that is logged once a call."""
    caplog.set_level(logging.INFO, logger="livekit.agents.filters")

    @virtually
    async def call() -> None:
        async with Line(judge=judge).running() as line:
            await line.speak()
            await line.utter("Mhm.")
            await line.utter("I want a sea view.")
            await line.quiet()
            assert line.said("user") == ["I want a sea view."]

    call()
    failures = [each for each in caplog.records if each.message == "judge_failed"]
    assert len(failures) == 1


@virtually
async def test_a_judge_that_listens_gets_the_audio_of_the_overlap() -> None:
    """As the pipeline has it."""
    heard_s: list[float] = []

    def judge(_: Overlap, audio: list[InputAudioRawFrame]) -> Judgement | None:
        heard_s.append(sum(frame.num_frames / frame.sample_rate for frame in audio))
        return N

    async def hear(line: Line, frames: int) -> None:
        for _ in range(frames):
            await line.worker.queue_frame(InputAudioRawFrame(b"\0\0" * 320, 16000, 1))
            await asyncio.sleep(0.02)

    async with Line(judge=judge).running() as line:
        await line.speak(for_s=0.2)
        await hear(line, 50)
        await line.voice()
        await hear(line, 20)
        await line.final("I want a sea view.")
        await line.silence()
        await line.quiet()
        assert line.whole
    (seconds,) = heard_s
    assert 0.4 <= seconds <= 1.0  # the overlap, what the detector took, and the lead


def test_a_shadow_records_what_the_judge_said_and_leaves_all_frames(tmp_path: Path) -> None:
    """They don't wait for it."""
    recording = Recording.model_validate({"mode": "words", "directory": str(tmp_path)})
    settings = config(mode="shadow").model_copy(update={"recording": recording})
    judge = Scripted(N, takes_s=0.1)

    @virtually
    async def call() -> None:
        async with Line(settings, judge=judge.slow).running() as line:
            await line.speak()
            await line.voice()
            line.sent.clear()
            await line.final("I want a sea view.")
            assert texts(line.of_kind(TranscriptionFrame)) == ["I want a sea view."]
            await line.silence()
            await line.quiet()
            assert line.asked == ["I want a sea view."]

    call()
    assert writer_of(os.getpid()).flush(5.0)
    (path,) = tmp_path.glob("call-*.jsonl")
    rows = [json.loads(row) for row in path.read_text("utf-8").splitlines()]
    assert [row["judged"] for row in rows if "judged" in row] == [N.value]
    times = [row["t"] for row in rows if "t" in row]
    assert times == sorted(times)


# -- what frames tell ------------------------------------------------------------------------------


def _told(
    result: Any, user_id: str = "participant", kind: type[Any] = TranscriptionFrame
) -> tuple[str | None, float | None]:
    heard = heard_of(kind("Yes.", user_id, "now", result=result), 1.0, Onsets())
    assert heard is not None
    return heard.speaker, heard.confidence


def _words(*sure: float) -> list[Any]:
    return [SimpleNamespace(confidence=each) for each in sure]


def test_the_speaker_is_the_recognisers_or_else_the_participant() -> None:
    """Who can tell speakers apart, and doesn't yet, is not helped out."""
    assert _told(None) == ("participant", None)
    assert _told(None, "") == (None, None)
    assert _told(SimpleNamespace(speaker="A"))[0] == "A"
    assert _told(SimpleNamespace(speaker=None), kind=InterimTranscriptionFrame)[0] is None


def test_the_confidence_is_the_recognisers() -> None:
    """Of the whole, or of its words; None where it tells none."""
    assert _told(SimpleNamespace(words=_words(0.5, 0.7)))[1] == pytest.approx(0.6)
    assert _told(SimpleNamespace(words=[]))[1] is None
    best = SimpleNamespace(confidence=0.8, words=_words(0.1))
    assert _told(SimpleNamespace(channel=SimpleNamespace(alternatives=[best])))[1] == 0.8
    assert _told({"tokens": []})[1] is None
    assert _told([])[1] is None


@virtually
async def test_a_ready_made_judge_leaves_out_whoever_else_is_in_the_room() -> None:
    """By the recogniser's speakers."""

    async def says(line: Line, words: str, speaker: str) -> None:
        await line.voice()
        await asyncio.sleep(0.3)
        told = SimpleNamespace(speaker=speaker, words=[])
        await line.worker.queue_frame(TranscriptionFrame(words, speaker, "now", result=told))
        await line.silence()

    async with Line(judge=only_speaker()).running() as line:
        await says(line, "Is there a pool?", "A")
        await line.quiet()
        await line.speak()
        await says(line, "Turn that off please.", "B")
        await asyncio.sleep(0.3)
        assert line.ear.speaking
        await says(line, "I want a sea view.", "A")
        await asyncio.sleep(0.3)
        assert not line.ear.speaking
        await line.quiet()
        assert line.asked == ["Is there a pool?", "I want a sea view."]
