"""The laws by every way to a recogniser, whatever events it has: adapters, Inference, vendors."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from livekit.agents import AgentSession, APIConnectionError

from filters.livekit import install_agent_context_bridge

from .board import Board, Setting
from .call import QUESTION, STATEMENT, Call, FilteredAgent
from .recognisers import STEP_S, WAYS, Adapted, Fallback, Inference, Way

if TYPE_CHECKING:
    from livekit.agents import Agent

board = Board()
scenario = board.scenario


@dataclass(frozen=True)
class WaySetting(Setting):
    """What calls differ in.

    Attributes:
        way: How the session comes to its words; a key of `WAYS`.
    """

    way: str = "inference"

    def __str__(self) -> str:
        return f"{self.way}-{'pausable' if self.pausable else 'clearing'}"


SETTINGS = tuple(
    WaySetting(pausable=pausable, way=way) for way in WAYS for pausable in (True, False)
)


class WayCall(Call):
    """A call whose words come by one of the ways."""

    def __init__(
        self, setting: Setting, way: Way | None = None, agent: Agent | None = None, **options: Any
    ) -> None:
        assert isinstance(setting, WaySetting)
        kind = WAYS[setting.way]
        self.way = way or kind.make()
        self.interims = kind.interims
        super().__init__(setting, agent or FilteredAgent(), **{**self.way.options, **options})

    async def __aenter__(self) -> WayCall:  # noqa: PYI034 - Self needs Python 3.11
        recogniser = await self.way.open()
        self.session_options = {**self.session_options, "stt": recogniser}
        await super().__aenter__()
        try:
            await self.until(self.way.listens, "the recogniser's stream")
            if isinstance(self.way, Fallback) and self.way.fails_first:
                await self.way.fail(self, APIConnectionError("gone"))
        except BaseException:
            await self.hang_up()
            raise
        return self

    async def hang_up(self) -> None:
        """Ends the call."""
        await super().hang_up()
        await self.way.close()

    async def say(self, text: str, *, begun: str = "") -> None:
        """A whole utterance."""
        await self.way.begin(begun or text.rstrip(".").lower())
        await self.for_s(STEP_S)
        await self.way.finish(text)

    async def stops_at_first(self, words: str, text: str) -> None:
        """The words stop the agent as soon as there are any; an interim where there is one."""
        await self.way.begin(words)
        if not self.interims:
            await self.for_s(0.2)
            assert self.session.agent_state == "speaking", "stopped before there was a word"
            await self.way.finish(text)
        # no further event comes until it has stopped: LiveKit alone would wait for one
        await self.until(lambda: not self.output.sounding, f"silence at {words!r}", within_s=3.0)
        if self.interims:
            await self.way.finish(text)


@scenario(settings=SETTINGS)
async def what_is_too_little_to_stop_the_agent_does_not(setting: Setting) -> None:
    """ "Mhm" is no turn, "yeah" after a question is, and one word is answered when it is free."""
    async with WayCall(setting) as call:
        await call.speaking()
        await call.say("Mhm.")
        await call.for_s(1.1)  # what comes sooner is the same utterance, where no event ends one
        await call.say("Suite.")
        await call.until(lambda: call.asked == ["Suite."], "the reply")
        await call.idle(quiet_s=1.1)
        assert call.agent_turns == [STATEMENT, "You said: Suite."]
        await call.speaking(QUESTION)
        await call.for_s(0.8)
        await call.say("Yeah.")
        await call.until(lambda: call.asked[1:] == ["Yeah."], "the answer's reply")
        await call.idle()
        assert call.user_turns == ["Suite.", "Yeah."]
        assert call.agent_turns[2:] == [QUESTION, "You said: Yeah."]
        assert call.false_interruptions == 0


@scenario(settings=SETTINGS)
async def what_is_enough_stops_the_agent_at_its_first_event(setting: Setting) -> None:
    """With the word held before it, in one turn; and "stop", which is one word."""
    async with WayCall(setting, first_token_s=0.5) as call:
        handle = await call.speaking(f"{STATEMENT} {STATEMENT}")
        await call.say("Suite.")
        await call.for_s(0.3)
        await call.stops_at_first("with breakfast", "With breakfast please.")
        await call.until(lambda: call.asked == ["Suite. With breakfast please."], "the reply")
        assert handle.interrupted
        await call.idle(quiet_s=1.1)
        handle = await call.speaking(f"{STATEMENT} {STATEMENT}")
        await call.stops_at_first("stop", "Stop.")
        await call.until(lambda: call.asked[1:] == ["Stop."], "the reply to the command")
        assert handle.interrupted
        await call.idle()
        assert call.user_turns == ["Suite. With breakfast please.", "Stop."]


# -- a recogniser that fails, and another that goes on --------------------------------------------

FALLBACK = tuple(WaySetting(pausable=pausable, way="fallback") for pausable in (True, False))


@scenario(settings=FALLBACK)
async def what_is_held_outlives_the_recogniser_that_heard_it(setting: Setting) -> None:
    """The second one goes on in mid-speech; nothing is lost, nothing comes twice."""
    way = Fallback(fails_first=False)
    async with WayCall(setting, way) as call:
        await call.speaking()
        way.first.utter("Suite.")
        await call.for_s(0.1)
        way.first.start()
        way.first.interim("mhm")
        await call.until(lambda: call.session.user_state == "speaking", "the start of speech")
        await way.fail(call, APIConnectionError("gone"))
        await call.until(lambda: call.session.user_state == "listening", "the end of speech")
        await call.say("Mhm.")
        await call.until(lambda: call.agent_turns[1:] == ["You said: Suite."], "the reply")
        await call.idle()
        assert call.agent_turns[0] == STATEMENT
        assert call.user_turns == ["Suite."]


@scenario(settings=FALLBACK)
async def words_that_stopped_the_agent_are_one_turn_by_the_next_recogniser(
    setting: Setting,
) -> None:
    """Their beginning came from the first, all of them from the second."""
    way = Fallback(fails_first=False)
    async with WayCall(setting, way) as call:
        await call.speaking()
        way.first.start()
        way.first.interim("I want")
        await call.until(lambda: not call.output.sounding, "the stop")
        await way.fail(call, APIConnectionError("gone"))
        await call.say("I want breakfast.")
        await call.until(lambda: call.asked == ["I want breakfast."], "the reply")
        await call.idle()
        assert call.user_turns == ["I want breakfast."]


@scenario(settings=FALLBACK)
async def a_pending_reply_is_given_when_a_recogniser_fails_over_it(setting: Setting) -> None:
    """The speech it had heard begin has no end; LiveKit would wait for one."""
    way = Fallback(fails_first=False)
    async with WayCall(setting, way, first_token_s=0.8) as call:
        way.first.utter("I want breakfast.")
        await call.until(lambda: call.session.agent_state == "thinking", "the agent to think")
        way.first.start()
        await call.until(lambda: call.session.user_state == "speaking", "the start of speech")
        await way.fail(call, APIConnectionError("gone"))
        await call.until(
            lambda: call.agent_turns == ["You said: I want breakfast."], "the reply", within_s=8.0
        )


# -- a final that comes after the end of speech ---------------------------------------------------

ADAPTED = tuple(WaySetting(pausable=pausable, way="stream_adapter") for pausable in (True, False))


@scenario(settings=ADAPTED)
async def words_that_take_long_to_be_recognised_count_from_their_onset(setting: Setting) -> None:
    """ "Mhm" well before the agent's end is no turn though its text comes long after it."""
    way = Adapted()
    way.asked.takes_s = 2.5
    async with WayCall(setting, way) as call:
        await call.speaking()
        await call.say("Mhm.")
        await call.idle(quiet_s=3.0)
        assert call.user_turns == []
        await call.say("I want breakfast.")
        await call.until(lambda: call.user_turns == ["I want breakfast."], "the turn")


# -- what the agent said, told to the recogniser --------------------------------------------------


HAS_SWITCH = "stt_context_options" in inspect.signature(AgentSession).parameters


def _no_switch(setting: Setting) -> str:
    with_it = isinstance(setting, ContextSetting) and setting.forward is False
    return "" if HAS_SWITCH or not with_it else "before 1.6.6 LiveKit forwards nothing"


@dataclass(frozen=True)
class ContextSetting(WaySetting):
    """Whether LiveKit may forward replies by itself (None: as by default), and to which model."""

    forward: bool | None = None
    model: str = "u3-rt-pro"

    def __str__(self) -> str:
        return f"{self.model}-forward_{self.forward}"


@scenario(
    settings=(
        ContextSetting(),
        ContextSetting(forward=False),
        ContextSetting(model="universal-streaming"),
    ),
    skip=_no_switch,
)
async def inference_is_told_each_reply_once(setting: Setting) -> None:
    """By LiveKit where it does so itself, else by the bridge; other models are told nothing."""
    assert isinstance(setting, ContextSetting)
    way = Inference(f"assemblyai/{setting.model}")
    if setting.forward is not None:
        way.options["session_options"] = {
            "stt_context_options": {"forward_chat_context": setting.forward}
        }
    async with WayCall(setting, way, prepare=install_agent_context_bridge) as call:
        assert way.gateway.created[0]["settings"]["extra"]["format_turns"] is True
        for text in (STATEMENT, QUESTION):
            await call.session.say(text)
        told = [] if setting.model == "universal-streaming" else [STATEMENT, QUESTION]
        await call.until(lambda: len(way.gateway.updates) >= len(told), "the updates")
        await call.idle()
        extras = [update["settings"]["extra"] for update in way.gateway.updates]
        assert [extra["agent_context"] for extra in extras] == told


test_live = board.test()
