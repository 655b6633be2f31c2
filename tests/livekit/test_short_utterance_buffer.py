"""The hook: what it takes out of a turn and puts in, and when it stands aside."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import pytest

from filters.calls import LOGGER_NAME
from filters.livekit import (
    SessionFilter,
    ShortUtteranceFilter,
    install_short_utterance_filter,
    short_utterance_buffer,
)
from filters.livekit.compatibility import Compatibility, Part
from filters.policy import Action, Decision
from tests.fake_session import (
    QUESTION,
    FakeSession,
    Filtered,
    Listener,
    Recogniser,
    config_of,
    plain_agent,
    utterance,
)
from tests.virtual_time import settle, virtually


class FakeBuffers:
    """The words of the turn as LiveKit has them."""

    def __init__(self, session: object = None) -> None:
        self.session = session
        self.final = ""
        self.interim = ""
        self.there = True
        self.cancelled = 0

    def cancel_preemptive_reply(self) -> None:
        """Counts."""
        self.cancelled += 1


@pytest.fixture(autouse=True)
def buffers(monkeypatch: pytest.MonkeyPatch) -> FakeBuffers:
    """Stands in for LiveKit's own."""
    made = FakeBuffers()
    monkeypatch.setattr(short_utterance_buffer, "TurnBuffers", lambda _session: made)
    return made


class Line:
    """A call to an agent without the mixin; does what LiveKit does with a transcript."""

    def __init__(self, buffers: FakeBuffers, **config: Any) -> None:
        self.buffers = buffers
        self.session = FakeSession()
        self.session.agent = plain_agent()
        self.hook = install_short_utterance_filter(self.session.real, config=config_of(**config))
        self.filter = SessionFilter.of(self.session.real)
        self.decisions: list[Decision] = []
        self.filter.observers.append(self.decisions.append)

    def interim(self, text: str) -> str:
        """An interim; the words that LiveKit judges by."""
        self.session.transcribe(text)
        judged = f"{self.buffers.final} {self.buffers.interim}".strip()
        self.buffers.interim = text
        return judged

    def final(self, text: str) -> str:
        """A final; the words that LiveKit judges by."""
        self.session.transcribe(text, final=True)
        judged = f"{self.buffers.final} {self.buffers.interim}".strip()
        self.buffers.final = f"{self.buffers.final} {text}".strip()
        self.buffers.interim = ""
        return judged

    def utter(self, text: str) -> str:
        """A whole utterance; what is left of the turn when LiveKit looks at it."""
        self.session.user_becomes("speaking")
        self.interim(text)
        self.final(text)
        self.session.user_becomes("listening")
        return self.buffers.final

    def actions(self) -> list[str]:
        """What was decided about transcripts."""
        return [each.action.value for each in self.decisions if each.heard.text]


def names(caplog: pytest.LogCaptureFixture) -> list[str]:
    """What was logged."""
    return [record.getMessage() for record in caplog.records]


# -- words that don't count -----------------------------------------------------------------------


@virtually
async def test_a_backchannel_is_out_of_the_turn_before_livekit_looks(buffers: FakeBuffers) -> None:
    """It looks at the end of speech; a reply begun early is dropped."""
    line = Line(buffers)
    line.session.speak()
    assert line.utter("Mhm.") == ""
    assert buffers.interim == ""
    assert buffers.cancelled > 0


@virtually
async def test_words_are_taken_out_as_soon_as_livekit_has_stored_them(
    buffers: FakeBuffers,
) -> None:
    """A recogniser that reports no end of speech."""
    line = Line(buffers)
    line.session.speak()
    line.final("Mhm.")
    await settle()
    assert buffers.final == ""


@virtually
async def test_only_those_words_are_taken_out(buffers: FakeBuffers) -> None:
    """What the turn held before stays."""
    line = Line(buffers)
    buffers.final = "I want"
    line.session.speak()
    line.utter("Mhm.")
    assert buffers.final == "I want"


@virtually
async def test_a_new_transcript_finds_the_ones_before_gone(buffers: FakeBuffers) -> None:
    """Short ones don't add up, however fast they come."""
    line = Line(buffers)
    line.session.speak()
    for text in ("Mhm.", "Yeah.", "Um."):
        assert line.final(text) == ""
    await settle()
    assert buffers.final == ""


@virtually
async def test_a_turn_that_was_committed_meanwhile_is_left_alone(buffers: FakeBuffers) -> None:
    """Its words would be said twice."""
    line = Line(buffers)
    buffers.final = "I want"
    line.session.speak()
    line.final("Mhm.")
    buffers.final = "Breakfast."  # of the next turn, or of the next agent's
    await settle()
    assert buffers.final == "Breakfast."


@virtually
async def test_speech_that_is_no_overlap_stays(buffers: FakeBuffers) -> None:
    """Word for word."""
    line = Line(buffers)
    assert line.utter("Mhm.") == "Mhm."
    assert buffers.cancelled == 0


# -- words that count -----------------------------------------------------------------------------


@virtually
async def test_words_that_stop_the_agent_are_put_where_livekit_looks(buffers: FakeBuffers) -> None:
    """It would judge by the words of the event before."""
    line = Line(buffers)
    line.session.speak()
    assert line.interim("I want breakfast") == "I want breakfast"
    line.session.become("listening")
    await asyncio.sleep(0.2)
    assert line.session.interruptions == 0


@virtually
async def test_an_agent_that_talks_on_is_stopped_for_good(buffers: FakeBuffers) -> None:
    """LiveKit leaves it to a VAD, or warms up."""
    line = Line(buffers)
    line.session.speak()
    line.interim("I want breakfast")
    await asyncio.sleep(0.2)
    assert line.session.interruptions == 1


@virtually
async def test_a_command_interrupts(buffers: FakeBuffers) -> None:
    """At once, though it is one word."""
    line = Line(buffers)
    line.session.speak()
    line.interim("stop")
    assert line.session.interruptions == 1


@virtually
async def test_a_held_word_goes_ahead_of_the_words_that_take_the_floor(
    buffers: FakeBuffers,
) -> None:
    """One turn, in order."""
    line = Line(buffers)
    line.session.speak()
    line.utter("Suite.")
    line.final("With breakfast.")
    assert buffers.final == "Suite. With breakfast."


# -- words that were held -------------------------------------------------------------------------


@virtually
async def test_a_held_word_is_put_back_and_committed_when_the_floor_is_free(
    buffers: FakeBuffers,
) -> None:
    """The caller is silent: nobody else would look at the turn."""
    line = Line(buffers)
    line.session.speak()
    line.utter("Suite.")
    line.session.finish()
    await asyncio.sleep(0.2)
    assert line.session.commits == []
    await asyncio.sleep(0.1)
    assert buffers.final == "Suite."
    assert len(line.session.commits) == 1


@virtually
async def test_an_answer_is_put_back_and_committed(buffers: FakeBuffers) -> None:
    """ "Shall I book it?" "Yeah" is a turn."""
    line = Line(buffers)
    line.session.speak()
    line.utter("Yeah.")
    line.session.finish(QUESTION)
    await asyncio.sleep(0.3)
    assert (buffers.final, len(line.session.commits)) == ("Yeah.", 1)


@virtually
async def test_a_held_word_joins_what_is_being_said(buffers: FakeBuffers) -> None:
    """The turn is committed when that ends."""
    line = Line(buffers)
    line.session.speak()
    line.utter("Suite.")
    line.session.finish()
    line.session.user_becomes("speaking")
    await asyncio.sleep(0.3)
    assert (buffers.final, line.session.commits) == ("Suite.", [])


@virtually
async def test_words_that_nobody_can_take_wait_for_the_next_agent(buffers: FakeBuffers) -> None:
    """During a hand-off there is no turn to put them in."""
    line = Line(buffers)
    line.session.speak()
    line.utter("Suite.")
    buffers.there = False
    line.session.finish()
    await asyncio.sleep(1.0)
    assert (buffers.final, line.session.commits) == ("", [])
    buffers.there = True
    await asyncio.sleep(0.15)
    assert (buffers.final, len(line.session.commits)) == ("Suite.", 1)


@virtually
async def test_a_word_that_livekit_refused_is_committed_again(buffers: FakeBuffers) -> None:
    """The agent's next speech began before LiveKit looked at the turn."""
    line = Line(buffers)
    line.utter("Suite.")
    line.session.speak()
    line.session.finish()
    await asyncio.sleep(0.3)
    assert (buffers.final, len(line.session.commits)) == ("Suite.", 1)


# -- who is in charge -----------------------------------------------------------------------------


@virtually
async def test_it_stands_aside_where_a_mixins_stream_is_in_charge(buffers: FakeBuffers) -> None:
    """Every event is decided once."""
    line = Line(buffers)
    recogniser = Recogniser()
    agent = Filtered(line.session, recogniser.events)
    listener = Listener(agent)
    recogniser.send(*utterance("Suite."))
    await settle()
    line.utter("Suite.")
    assert agent.finals(Action.PASS) == ["Suite."]
    await listener.stop()


@virtually
async def test_it_stands_aside_between_two_streams_of_a_mixin(buffers: FakeBuffers) -> None:
    """What LiveKit still has in hand was decided when the stream was there."""
    line = Line(buffers)
    Filtered(line.session)
    line.session.speak()
    assert line.utter("Mhm.") == "Mhm."
    assert line.filter.driver is None


@virtually
async def test_it_takes_over_from_a_mixins_stream_that_has_gone(buffers: FakeBuffers) -> None:
    """A hand-off to an agent without the mixin; its timer means nothing once one is back."""
    line = Line(buffers)
    recogniser = Recogniser()
    listener = Listener(Filtered(line.session, recogniser.events))
    await settle()
    await listener.stop()
    line.session.agent = plain_agent()
    line.session.speak()
    assert line.utter("Suite.") == ""
    assert line.filter.driver is line.hook
    line.session.finish()
    line.filter.take_charge(self := object(), lambda: None, can_retract=True)
    await asyncio.sleep(1.0)
    assert line.session.commits == []
    line.filter.give_up_charge(self)


@virtually
async def test_shadow_mode_touches_nothing(buffers: FakeBuffers) -> None:
    """Decisions are made."""
    line = Line(buffers, mode="shadow")
    line.session.speak()
    assert line.utter("Mhm.") == "Mhm."
    assert line.utter("Suite.") == "Mhm. Suite."
    await asyncio.sleep(1.5)
    line.session.finish()
    await asyncio.sleep(1.0)
    assert line.actions() == ["suppress", "hold", "hold", "hold", "discard", "release"]
    assert line.session.commits == []
    assert buffers.final == "Mhm. Suite."


@virtually
async def test_mode_off_decides_nothing(buffers: FakeBuffers) -> None:
    """It is as if the hook were not there."""
    line = Line(buffers, mode="off")
    line.session.speak()
    assert line.utter("Mhm.") == "Mhm."
    assert line.actions() == []


@virtually
async def test_a_caller_who_is_away_has_said_nothing(buffers: FakeBuffers) -> None:
    """Only speech has an end."""
    line = Line(buffers)
    line.session.user_becomes("away")
    line.session.user_becomes("listening")
    assert line.decisions == []


# -- installing and removing ----------------------------------------------------------------------


@virtually
async def test_removing_it_ends_all_it_does(buffers: FakeBuffers) -> None:
    """What it held is noted at the end of the call."""
    line = Line(buffers)
    line.session.speak()
    line.utter("Suite.")
    await asyncio.sleep(0.1)
    line.session.finish()
    line.final("Mhm.")
    line.hook.remove()
    line.hook.remove()
    assert not line.hook.active
    await settle()
    assert buffers.final == ""
    assert line.utter("Yeah yeah.") == "Yeah yeah."
    await asyncio.sleep(1.0)
    assert line.session.commits == []
    line.session.close()
    await settle()
    assert line.session.said == ["Suite.", "Mhm."]


@virtually
async def test_the_end_of_a_call_ends_it_until_the_session_starts_again(
    buffers: FakeBuffers,
) -> None:
    """It is still installed then."""
    line = Line(buffers)
    line.session.speak()
    line.utter("Suite.")
    line.session.close()
    assert line.filter.driver is None
    line.session.current_speech = None
    line.session.become("listening")
    line.session.speak()
    assert line.utter("Mhm.") == ""


def test_without_a_configuration_it_uses_the_sessions() -> None:
    """Or the default, where there is none yet."""
    session = FakeSession()
    config = config_of()
    filtered = SessionFilter.of(session.real, config)
    install_short_utterance_filter(session.real)
    assert filtered.config is config
    other = FakeSession()
    install_short_utterance_filter(other.real)
    assert SessionFilter.of(other.real).config.name == "default"


def test_a_configuration_that_comes_too_late_is_said_to_be_ignored(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The session is filtered by another; the same one twice is no matter."""
    session = FakeSession()
    SessionFilter.of(session.real, config_of())
    install_short_utterance_filter(session.real, config=config_of())
    assert names(caplog) == []
    install_short_utterance_filter(session.real, config=config_of(hold_s=1.0))
    assert names(caplog) == ["config_ignored"]


@pytest.mark.parametrize("part", [Part.FILTER, Part.HOOK])
def test_a_livekit_without_the_names_it_needs_is_left_alone(
    part: Part, buffers: FakeBuffers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever looks for them says so."""
    lacking = Compatibility("9.0.0", {part: ("A.b",)})
    monkeypatch.setattr(short_utterance_buffer, "compatibility", lambda _session: lacking)

    @virtually
    async def run() -> None:
        line = Line(buffers)
        assert not line.hook.active
        line.session.speak()
        assert line.utter("Mhm.") == "Mhm."
        line.hook.remove()

    run()


# -- law 10 ---------------------------------------------------------------------------------------


@virtually
async def test_a_hook_that_fails_lets_speech_through(
    buffers: FakeBuffers, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Logged once, without the words, whichever way it fails."""
    caplog.set_level(logging.DEBUG, logger=LOGGER_NAME)
    line = Line(buffers)
    line.session.speak()
    line.utter("Mhm.")
    caplog.clear()

    def fail(*_: object) -> list[Decision]:
        raise TypeError("at breakfast")

    monkeypatch.setattr(SessionFilter, "hear", fail)
    monkeypatch.setattr(SessionFilter, "due", fail)
    assert line.utter("I want breakfast.") == "I want breakfast."
    line.filter.expect_answer()
    await settle()
    assert names(caplog) == ["filter_failed"]
    assert "breakfast" not in caplog.text


def test_the_hook_says_what_it_did_without_the_words(
    buffers: FakeBuffers, caplog: pytest.LogCaptureFixture
) -> None:
    """Of a buffer it cleared, how much (law 11)."""
    caplog.set_level(logging.DEBUG, logger=LOGGER_NAME)

    @virtually
    async def run() -> None:
        line = Line(buffers)
        line.session.speak()
        line.utter("Zebra.")
        line.session.finish()
        await asyncio.sleep(1.0)

    run()
    assert "buffer_cleared" in names(caplog)
    assert "zebra" not in " ".join(str(vars(record)) for record in caplog.records).lower()


def test_installing_returns_the_hook() -> None:
    """It can be taken off again."""
    assert isinstance(install_short_utterance_filter(FakeSession().real), ShortUtteranceFilter)
