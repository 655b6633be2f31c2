"""Asking the application: what it may be, how long it may take, and what happens if it fails."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from filters.calls import AskedJudge, CallLog
from filters.configuration import FilterConfig
from filters.policy import Judgement, Overlap
from tests.virtual_time import virtually

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from filters.calls import Judge

TIMEOUT_S = 0.15
CONTENT, BACKCHANNEL = Judgement.CONTENT, Judgement.BACKCHANNEL


def overlap(text: str = "righto", *, onset: float = 1000.0) -> Overlap:
    """Words over the agent."""
    return Overlap(text, "en", False, onset, 0.5, 0.9, "A", "A", "Hello.", "Bye.", False, CONTENT)


def asked_judge(judge: Judge) -> AskedJudge:
    """As a driver makes it."""
    config = FilterConfig.from_mapping({"domain": "test"})
    return AskedJudge(judge, TIMEOUT_S, CallLog(config))


def slow(*answers: tuple[float, Any]) -> tuple[Callable[[Overlap], Awaitable[Any]], list[str]]:
    """A judge that takes its time for each answer, and what it was asked about."""
    left, texts = list(answers), []

    async def judge(asked: Overlap) -> Any:
        texts.append(asked.text)
        after_s, answer = left.pop(0)
        await asyncio.sleep(after_s)
        if isinstance(answer, Exception):
            raise answer
        return answer

    return judge, texts


def now() -> float:
    """The loop's clock."""
    return asyncio.get_running_loop().time()


@virtually
async def test_a_plain_judge_answers_at_once() -> None:
    """None leaves it to the words."""
    assert await asked_judge(lambda _: CONTENT).ask(overlap()) is CONTENT
    assert await asked_judge(lambda _: None).ask(overlap()) is None


@virtually
async def test_an_async_judge_has_its_time() -> None:
    """And no more of it is taken than it needs."""
    judge, _ = slow((0.1, CONTENT))
    began = now()
    assert await asked_judge(judge).ask(overlap()) is CONTENT
    assert now() - began == pytest.approx(0.1)


@virtually
async def test_a_judge_may_be_an_object() -> None:
    """With a __call__ that is async."""

    class Always:
        async def __call__(self, _: Overlap) -> Judgement:
            return CONTENT

    assert await asked_judge(Always()).ask(overlap()) is CONTENT


@virtually
async def test_a_late_answer_counts_for_the_rest_of_the_utterance() -> None:
    """Until then the words decide, and nobody waits for it a second time."""
    judge, texts = slow((0.5, BACKCHANNEL), (9.0, None))
    asked = asked_judge(judge)
    began = now()
    assert await asked.ask(overlap("a")) is None
    assert now() - began == pytest.approx(TIMEOUT_S)
    assert await asked.ask(overlap("a b")) is None
    assert now() - began == pytest.approx(TIMEOUT_S)
    await asyncio.sleep(0.5)
    assert await asked.ask(overlap("a b c")) is BACKCHANNEL
    assert texts == ["a", "a b c"]
    asked.close()


@virtually
async def test_a_newer_answer_in_time_counts_more_than_a_late_one() -> None:
    """It knows more words."""
    judge, _ = slow((0.5, BACKCHANNEL), (0.0, CONTENT), (9.0, None))
    asked = asked_judge(judge)
    assert await asked.ask(overlap("a")) is None
    await asyncio.sleep(0.5)
    assert await asked.ask(overlap("a b")) is CONTENT
    assert await asked.ask(overlap("a b c")) is None
    asked.close()


@virtually
async def test_a_late_answer_is_nothing_to_the_next_utterance() -> None:
    """Nor does the next one wait for the question before."""
    judge, texts = slow((0.2, BACKCHANNEL), (0.3, BACKCHANNEL), (0.1, CONTENT))
    asked = asked_judge(judge)
    assert await asked.ask(overlap("a")) is None
    await asyncio.sleep(0.2)
    assert await asked.ask(overlap("b", onset=1002.0)) is None
    assert await asked.ask(overlap("c", onset=1004.0)) is CONTENT
    assert texts == ["a", "b", "c"]


@virtually
async def test_a_late_failure_is_no_answer() -> None:
    """It was logged."""
    judge, _ = slow((0.2, ValueError()), (9.0, None))
    asked = asked_judge(judge)
    assert await asked.ask(overlap("a")) is None
    await asyncio.sleep(0.2)
    assert await asked.ask(overlap("b")) is None
    asked.close()


def fails(_: Overlap) -> Judgement:
    """A judge with a fault."""
    raise ValueError("righto")


async def fails_later(_: Overlap) -> Judgement:
    """The same, async."""
    raise ValueError("righto")


def misspeaks(_: Overlap) -> str:
    """A judge that answers anything."""
    return "backchannel"


@pytest.mark.parametrize("judge", [fails, fails_later, misspeaks])
def test_a_judge_that_fails_is_logged_once(judge: Any, caplog: pytest.LogCaptureFixture) -> None:
    """The words decide, and its error's text, which may quote the caller, is not in the log."""

    @virtually
    async def run() -> None:
        asked = asked_judge(judge)
        assert [await asked.ask(overlap()) for _ in range(2)] == [None, None]

    run()
    assert [record.message for record in caplog.records] == ["judge_failed"]
    assert "righto" not in caplog.text


@virtually
async def test_who_can_not_wait_asks_plain_judges() -> None:
    """At once."""
    asked = asked_judge(lambda _: CONTENT)
    assert not asked.must_be_plain()
    assert asked.ask_now(overlap()) is CONTENT


class Later:
    """An object that only its answer shows to be async."""

    async def __call__(self, _: Overlap) -> Judgement:
        """Answers."""
        return CONTENT


def listens(_: Overlap, audio: list[Any]) -> Judgement | None:
    """A judge that listens."""
    return CONTENT if audio else None


@pytest.mark.parametrize(
    ("judge", "why"),
    [(fails_later, "it is async"), (Later(), "it is async"), (listens, "it takes audio")],
)
def test_who_can_not_wait_says_which_judge_can_not_be_asked(
    judge: Any, why: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Once, with the fix."""
    asked = asked_judge(judge)
    assert [asked.ask_now(overlap()) for _ in range(2)] == [None, None]
    [record] = caplog.records
    assert record.message == "judge_not_asked"
    assert vars(record)["why"] == why
    assert "Mix BackchannelSTTFilterMixin into the agent" in vars(record)["fix"]


@virtually
async def test_a_judge_that_listens_gets_the_frames_of_the_overlap() -> None:
    """From a little before its onset, and two seconds at most."""
    heard: list[list[int]] = []

    def judge(_: Overlap, audio: list[int]) -> None:
        heard.append(audio)

    asked = asked_judge(judge)
    assert asked.listens
    for frame in range(24):
        asked.keep(frame)
        await asyncio.sleep(0.125)
    await asked.ask(overlap(onset=1002.0))
    await asked.ask(overlap(onset=1000.5))
    assert heard[0] == list(range(14, 24))
    assert heard[1] == list(range(7, 24))
