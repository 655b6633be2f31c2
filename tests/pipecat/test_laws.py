"""The laws, each in a real pipeline."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from pipecat.frames.frames import (
    InterimTranscriptionFrame,
    InterruptionFrame,
    TranscriptionFrame,
    TTSSpeakFrame,
    UserMuteStartedFrame,
    UserMuteStoppedFrame,
    VADUserStartedSpeakingFrame,
    VADUserStoppedSpeakingFrame,
)
from pipecat.processors.frame_processor import FrameDirection

from agent.offline.script import ToolCall
from filters.pipecat.filtered_call import FilteredCall
from filters.policy import Action
from tests.virtual_time import virtually

from .line import HAS_BACKCHANNELS, QUESTION, STATEMENT, Line, config, texts

if TYPE_CHECKING:
    from filters.policy import Decision

LONG = f"{STATEMENT} {STATEMENT} {STATEMENT}"  # 14 s


# -- 1: what is no overlap passes ------------------------------------------------------------------


@virtually
async def test_speech_while_the_bot_has_nothing_to_say_passes_unchanged_and_is_answered() -> None:
    """Whatever it is: here even a backchannel."""
    async with Line().running() as line:
        await line.voice()
        await asyncio.sleep(0.5)
        await line.interim("Mhm")
        await line.final("Mhm.")
        await line.silence()
        await line.quiet(4.0)
        assert texts(line.sent) == ["Mhm", "Mhm."]
        assert line.asked == ["Mhm."]
    assert line.backchannels == []


@virtually
async def test_a_turn_starts_with_the_first_sound_while_the_bot_has_nothing_to_say() -> None:
    """As without the filter, so that whatever ends turns has heard all of it."""
    async with Line().running() as line:
        started: list[float] = []

        async def note(*_: Any) -> None:
            started.append(asyncio.get_running_loop().time())

        line.user.add_event_handler("on_user_turn_started", note)
        began = asyncio.get_running_loop().time()
        await line.voice()
        await asyncio.sleep(0.5)
        await line.final("Is there a pool?")
        await line.silence()
        await line.quiet(4.0)
        assert started
        assert started[0] - began < 0.05
        assert line.asked == ["Is there a pool?"]


@virtually
async def test_no_turn_starts_with_a_sound_over_the_bot() -> None:
    """A cough is no word."""
    async with Line().running() as line:
        await line.speak()
        await line.voice()
        await asyncio.sleep(0.3)
        await line.silence()
        await line.quiet()
        assert line.whole
        assert line.said("user") == []


@virtually
async def test_a_caller_who_was_talking_before_the_bot_was_heard_stops_it_with_content() -> None:
    """Although the turn is open already, so that none can start."""
    async with Line().running() as line:
        await line.voice()
        await asyncio.sleep(0.3)
        await line.interim("I would")
        await line.worker.queue_frame(TTSSpeakFrame(STATEMENT))
        await asyncio.sleep(1.0)
        assert line.ear.speaking
        await line.interim("I would like a room")
        await asyncio.sleep(0.2)
        assert not line.ear.speaking
        await line.final("I would like a room.")
        await line.silence()
        await line.quiet()
        assert line.asked == ["I would like a room."]


# -- 2: backchannels -------------------------------------------------------------------------------


@virtually
@pytest.mark.parametrize("words", ["Mhm.", "Yeah, yeah.", "Um.", "I see.", "Thank you."])
async def test_a_backchannel_does_not_stop_the_bot_and_stays_out_of_the_context(
    words: str,
) -> None:
    """It becomes a frame of its own kind."""
    async with Line().running() as line:
        await line.speak()
        await line.utter(words)
        await line.quiet()
        assert line.whole
        assert line.said("user") == []
        assert line.asked == []
        assert line.backchannels == ([words] if HAS_BACKCHANNELS else [])


@virtually
async def test_the_interims_of_a_backchannel_are_not_sent_on() -> None:
    """Other listeners would take them for a turn."""
    async with Line().running() as line:
        await line.speak()
        await line.voice()
        await line.interim("Mm")
        await line.interim("Mm-hm")
        await line.final("Mm-hm.")
        await line.silence()
        await line.quiet()
        assert line.of_kind(InterimTranscriptionFrame) == []
        assert line.of_kind(TranscriptionFrame) == []


@virtually
async def test_a_backchannel_is_no_prefix_of_the_next_turn() -> None:
    """A start strategy alone would leave it in the aggregation."""
    async with Line().running() as line:
        await line.speak()
        await line.utter("Mhm.")
        await line.quiet()
        await line.utter("Is there a pool?")
        await line.quiet()
        assert line.said("user") == ["Is there a pool?"]


# -- 3: commands -----------------------------------------------------------------------------------


@virtually
async def test_a_command_stops_the_bot_at_the_first_frame_that_carries_it() -> None:
    """Although it is one word, and an interim."""
    async with Line().running() as line:
        await line.speak()
        await line.voice()
        await asyncio.sleep(0.1)
        await line.interim("Stop")
        await asyncio.sleep(0.1)
        assert not line.ear.speaking
        await line.final("Stop.")
        await line.silence()
        await line.quiet()
        assert not line.whole
        assert line.asked == ["Stop."]


@virtually
async def test_a_command_that_is_one_only_alone_waits_for_the_final() -> None:
    """ "No" may become "no problem"."""
    async with Line().running() as line:
        await line.speak()
        await line.voice()
        await line.interim("No")
        await asyncio.sleep(0.3)
        assert line.ear.speaking
        await line.final("No.")
        await asyncio.sleep(0.1)
        assert not line.ear.speaking
        await line.silence()
        await line.quiet()
        assert line.asked == ["No."]


# -- 4: enough words -------------------------------------------------------------------------------


@virtually
async def test_enough_words_stop_the_bot_at_the_first_frame_that_carries_them() -> None:
    """Hesitations don't count."""
    async with Line().running() as line:
        await line.speak()
        await line.voice()
        await line.interim("Um breakfast")
        await asyncio.sleep(0.3)
        assert line.ear.speaking
        await line.interim("Um breakfast please")
        await asyncio.sleep(0.1)
        assert not line.ear.speaking
        await line.final("Um, breakfast please.")
        await line.silence()
        await line.quiet()
        assert line.asked == ["Um, breakfast please."]


@virtually
async def test_min_words_is_the_configurations() -> None:
    """Two where it says nothing."""
    async with Line(config(min_words=3)).running() as line:
        await line.speak()
        await line.voice()
        await line.interim("Suite please")
        await asyncio.sleep(0.3)
        assert line.ear.speaking
        await line.interim("Suite please now")
        await asyncio.sleep(0.1)
        assert not line.ear.speaking
        await line.final("Suite please now.")
        await line.silence()
        await line.quiet()


# -- 5: content is never lost ----------------------------------------------------------------------


@virtually
async def test_short_content_waits_for_the_bot_and_is_answered_once() -> None:
    """Stock Pipecat with MinWords drops it."""
    async with Line().running() as line:
        await line.speak()
        await line.utter("Breakfast.")
        await line.quiet()
        assert line.whole
        assert line.asked == ["Breakfast."]
        assert line.said("user") == ["Breakfast."]


@virtually
async def test_short_content_goes_first_in_the_turn_that_takes_the_floor() -> None:
    """In one turn; the interruption that the turn starts with drops none of it."""
    async with Line().running() as line:
        await line.speak(for_s=0.5)
        await line.utter("Breakfast.")
        await asyncio.sleep(0.5)
        await line.utter("I'd like it at eight.")
        await line.quiet()
        assert not line.whole
        assert line.said("user") == ["Breakfast. I'd like it at eight."]
        assert line.asked == ["Breakfast. I'd like it at eight."]


@virtually
async def test_content_that_waited_too_long_is_noted_in_the_context_without_a_turn() -> None:
    """The model knows of it, and is not asked."""
    async with Line().running() as line:
        await line.speak(LONG)
        await line.utter("Breakfast.")
        await asyncio.sleep(6.0)
        assert line.ear.speaking
        assert line.said("user") == ["Breakfast."]
        await line.quiet(20.0)
        assert line.said("user") == ["Breakfast."]
        assert line.asked == []


@virtually
async def test_what_still_waits_at_the_end_of_the_call_is_noted() -> None:
    """Nobody can answer it any more."""
    line = Line()
    async with line.running():
        await line.speak()
        await line.utter("Breakfast.")
    assert line.said("user") == ["Breakfast."]


# -- 6: the end of the bot's turn is the caller's --------------------------------------------------


@virtually
async def test_an_answer_at_the_end_of_a_question_is_delivered_once() -> None:
    """What would be a backchannel anywhere else."""
    async with Line().running() as line:
        await line.speak(QUESTION, for_s=2.6)
        await line.utter("Yeah.")
        await line.quiet()
        assert line.asked == ["Yeah."]
        assert line.said("user") == ["Yeah."]
        assert line.backchannels == []


@virtually
async def test_a_reply_as_a_statement_ends_is_delivered_once() -> None:
    """Both sides would be silent otherwise."""
    async with Line().running() as line:
        await line.speak(for_s=4.0)
        await line.utter("Okay.", lasts_s=0.4)
        await line.quiet()
        assert line.whole
        assert line.asked == ["Okay."]


@virtually
async def test_an_application_can_expect_an_answer() -> None:
    """To a turn that doesn't sound like a question."""
    async with Line().running() as line:
        line.filter.expect_answer()
        await line.speak(for_s=4.0)
        await line.utter("Yeah.")
        await line.quiet()
        assert line.asked == ["Yeah."]


# -- 7: one fate -----------------------------------------------------------------------------------


@virtually
async def test_once_words_have_passed_the_rest_of_the_utterance_passes() -> None:
    """Nothing pauses in Pipecat, so that nothing can be taken back."""
    async with Line().running() as line:
        await line.speak()
        await line.voice()
        await line.interim("I want to")
        await asyncio.sleep(0.2)
        assert not line.ear.speaking
        await line.final("Mm-hm.")
        await line.silence()
        await line.quiet()
        assert line.asked == ["Mm-hm."]
        assert not [each for each in line.decisions if each.action is Action.RETRACT]


# -- 8: boundaries ---------------------------------------------------------------------------------


@virtually
async def test_boundaries_pass_at_once() -> None:
    """Whatever becomes of the words between them."""
    async with Line().running() as line:
        await line.speak()
        await line.utter("Mhm.")
        assert len(line.of_kind(VADUserStartedSpeakingFrame)) == 1
        assert len(line.of_kind(VADUserStoppedSpeakingFrame)) == 1
        await line.quiet()


@virtually
async def test_words_that_come_due_with_a_boundary_on_its_way_up_go_down(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As a detector in the user aggregator sends them."""
    async with Line().running() as line:
        await line.speak()
        await line.utter("Breakfast.")
        with monkeypatch.context() as patch:
            patch.setattr(FilteredCall, "due", lambda _: [])  # nobody else looks meanwhile
            await line.quiet()
            assert line.said("user") == []
            await line.worker.queue_frame(VADUserStartedSpeakingFrame(), FrameDirection.UPSTREAM)
            await line.worker.queue_frame(VADUserStoppedSpeakingFrame(), FrameDirection.UPSTREAM)
            await line.quiet(3.0)
        assert line.said("user") == ["Breakfast."]


# -- 10: a filter that fails -----------------------------------------------------------------------


@virtually
async def test_a_policy_that_fails_lets_speech_through(monkeypatch: pytest.MonkeyPatch) -> None:
    """And what it held."""
    async with Line().running() as line:
        await line.speak()
        await line.utter("Breakfast.")
        policy = type(line.filter._call.driver.policy)  # noqa: SLF001 - no other way to it
        feed = policy.feed

        def broken(self: Any, event: Any) -> list[Decision]:
            if getattr(event, "text", "") == "Mhm.":
                raise ValueError("broken")
            return feed(self, event)

        monkeypatch.setattr(policy, "feed", broken)
        await line.utter("Mhm.")
        await line.quiet()
        assert line.said("user") == ["Breakfast. Mhm."]


@virtually
async def test_a_processor_that_fails_lets_speech_through(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its own code may be wrong, too."""

    def broken(*_: Any) -> None:
        raise ValueError("broken")

    async with Line().running() as line:
        await line.speak()
        monkeypatch.setattr("filters.pipecat.processor.heard_of", broken)
        await line.utter("Mhm.")
        await line.quiet()
        assert line.asked == ["Mhm."]


# -- 12: echo --------------------------------------------------------------------------------------


@virtually
async def test_the_bots_own_words_do_not_stop_it() -> None:
    """They come back over the line."""
    async with Line().running() as line:
        await line.speak(for_s=2.5)
        await line.voice()
        await line.interim("sea view suite")
        await line.final("Sea view suite has a.")
        await line.silence()
        await line.quiet()
        assert line.whole
        assert line.said("user") == []
        assert line.backchannels == []


# -- thinking, tools -------------------------------------------------------------------------------


@virtually
async def test_a_backchannel_while_the_bot_thinks_leaves_its_reply_alone() -> None:
    """Stock Pipecat answers the "mhm" instead."""
    async with Line(None, [("pool", STATEMENT)], thinking_s=3.0).running() as line:
        await line.utter("Is there a pool?")
        await asyncio.sleep(1.5)
        await line.utter("Mhm.")
        await line.quiet()
        assert line.asked == ["Is there a pool?"]
        assert line.said("assistant") == [STATEMENT]


@virtually
async def test_content_while_the_bot_thinks_takes_the_floor() -> None:
    """The reply that was on its way is not given."""
    async with Line(None, [("pool", STATEMENT)], thinking_s=3.0).running() as line:
        await line.utter("Is there a pool?")
        await asyncio.sleep(1.5)
        await line.utter("And a sauna for two?")
        await line.quiet()
        assert line.asked == ["Is there a pool?", "And a sauna for two?"]
        assert STATEMENT not in line.said("assistant")


@virtually
async def test_a_presence_check_while_the_bot_thinks_is_answered_by_its_reply() -> None:
    """Each such turn would cancel the reply that the caller waits for."""
    async with Line(None, [("pool", STATEMENT)], thinking_s=4.0).running() as line:
        await line.utter("Is there a pool?")
        await asyncio.sleep(1.5)
        await line.utter("Hello?")
        await line.quiet(20.0)
        assert line.asked[0] == "Is there a pool?"
        assert STATEMENT in line.said("assistant")


SCRIPT = (("free", ToolCall("look_up", then=STATEMENT)),)


@virtually
async def test_a_backchannel_while_a_tool_runs_leaves_its_reply_alone() -> None:
    """An interruption would cancel the call."""
    async with Line(None, SCRIPT).running() as line:
        await line.utter("What is free tonight?")
        await asyncio.sleep(1.5)
        await line.utter("Mhm.")
        await line.quiet()
        assert line.said("assistant") == [STATEMENT]
        assert line.said("user") == ["What is free tonight?"]


@virtually
async def test_short_content_while_a_tool_runs_waits_for_its_reply() -> None:
    """And is answered after it, or noted."""
    async with Line(None, SCRIPT).running() as line:
        await line.utter("What is free tonight?")
        await asyncio.sleep(1.5)
        await line.utter("Breakfast.")
        await line.quiet(20.0)
        assert line.said("assistant")[0] == STATEMENT
        assert line.said("user") == ["What is free tonight?", "Breakfast."]


@virtually
async def test_a_command_while_a_tool_runs_ends_it() -> None:
    """The reply that it was for is not given."""
    async with Line(None, SCRIPT).running() as line:
        await line.utter("What is free tonight?")
        await asyncio.sleep(1.5)
        await line.utter("Stop.")
        await line.quiet()
        assert line.asked[-1] == "Stop."
        assert STATEMENT not in line.said("assistant")


# -- Pipecat's own ---------------------------------------------------------------------------------


@virtually
async def test_while_the_caller_is_muted_pipecat_alone_decides() -> None:
    """It drops what is said."""
    async with Line().running() as line:
        await line.speak()
        await line.worker.queue_frame(UserMuteStartedFrame())
        await line.utter("Breakfast.")
        assert texts(line.of_kind(TranscriptionFrame)) == ["Breakfast."]
        await line.worker.queue_frame(UserMuteStoppedFrame())
        await asyncio.sleep(0.1)
        assert not [each for each in line.decisions if each.heard.text]
        await line.quiet()


@virtually
async def test_an_interruption_by_others_frees_the_floor() -> None:
    """An application may stop its bot by itself."""
    async with Line().running() as line:
        await line.speak()
        await line.worker.queue_frame(InterruptionFrame())
        await asyncio.sleep(3.0)
        await line.utter("Mhm.")
        await line.quiet()
        assert line.asked == ["Mhm."]
