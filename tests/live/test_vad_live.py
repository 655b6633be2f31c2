"""The laws where LiveKit listens to the caller's sound as well: real voice, real Silero."""

from __future__ import annotations

import asyncio
import inspect
import logging
from dataclasses import dataclass
from typing import Any

import pytest
from livekit.agents import Agent, AgentSession
from livekit.agents import __version__ as livekit_version
from packaging.version import Version

from filters import install
from filters.calls import LOGGER_NAME
from filters.livekit.checks import session_checks

from .board import Board, Setting
from .call import QUESTION, STATEMENT, Call, FilteredAgent
from .voice import CallerVoice, silero_vad

board = Board(prepare=silero_vad)
scenario = board.scenario

HAS_DEFAULT_VAD = Version(livekit_version) >= Version("1.6.5")
HAS_TRANSCRIPTION_TIMEOUT = "transcription_timeout" in inspect.signature(AgentSession).parameters
LONG = f"{STATEMENT} {STATEMENT}"  # 4.4 s


@dataclass(frozen=True)
class VadSetting(Setting):
    """What sessions with a VAD differ in.

    Attributes:
        default: LiveKit's own VAD, which a session has that doesn't mention one; else the plugin's.
        turn_detection: Who ends the caller's turns.
    """

    default: bool = False
    turn_detection: str = "stt"

    def __str__(self) -> str:
        vad = "default_vad" if self.default else "silero"
        return f"{'pausable' if self.pausable else 'clearing'}-{vad}-{self.turn_detection}"


SETTINGS = tuple(
    VadSetting(pausable=pausable, default=default, turn_detection=detection)
    for pausable in (True, False)
    for default in (False, True)
    for detection in ("stt", "vad")
)


def _no_default_vad(setting: Setting) -> str:
    default = isinstance(setting, VadSetting) and setting.default
    return "" if HAS_DEFAULT_VAD or not default else "before 1.6.5 a session has no VAD by default"


class VoiceCall(Call):
    """A call whose caller is heard by the VAD as well."""

    def __init__(self, setting: Setting, agent: Agent | None = None, **options: Any) -> None:
        assert isinstance(setting, VadSetting)
        self.voice = CallerVoice()

        def wire(session: AgentSession[Any]) -> None:
            session.input.audio = self.voice

        super().__init__(
            setting,
            agent or FilteredAgent(),
            turn_handling={"turn_detection": setting.turn_detection},
            vad=None if setting.default else silero_vad(),
            prepare=wire,
            **options,
        )
        if setting.default:
            self.session_options = {"vad": ..., **self.session_options}

    async def __aenter__(self) -> VoiceCall:  # noqa: PYI034 - Self needs Python 3.11
        await super().__aenter__()
        return self

    async def say(self, text: str, *, voice_s: float, interims: tuple[str, ...] = ()) -> None:
        """Says something; the recogniser's interims come in time, its final 0.2 s after the end."""
        self.voice.say(voice_s)
        each_s = voice_s / (len(interims) + 1)
        await self.for_s(each_s)
        self.stt.start()
        for interim in interims:
            self.stt.interim(interim)
            await self.for_s(each_s)
        await self.for_s(0.2 if interims else voice_s - each_s + 0.2)
        self.stt.final(text)
        self.stt.end()

    async def stops_within(self, seconds: float, since: float) -> None:
        """The agent falls silent that soon."""
        await self.until(
            lambda: self.output.silent_from(since, quiet_s=0.1) is not None,
            "the agent's silence",
            within_s=seconds + 0.4,
        )
        stopped = self.output.silent_from(since)
        assert stopped is not None
        assert stopped - since < seconds, stopped - since


def now() -> float:
    """The clock that the caller's ear goes by."""
    return asyncio.get_running_loop().time()


# -- law 2 ----------------------------------------------------------------------------------------


@scenario(settings=SETTINGS, skip=_no_default_vad)
async def backchannels_do_not_stop_the_agent(setting: Setting) -> None:
    """However long they sound: a short one, and one that the VAD takes for speech for long."""
    async with VoiceCall(setting) as call:
        await call.speaking(LONG)
        await call.say("Mhm.", voice_s=0.4, interims=("mhm",))
        await call.for_s(0.7)
        await call.say("Yeah, yeah, yeah.", voice_s=1.2, interims=("yeah", "yeah yeah"))
        await call.idle()
        assert call.agent_turns == [LONG]
        assert call.heard_without_gap()
        await call.for_s(1.2)
        await call.say("I want breakfast.", voice_s=0.8, interims=("I want",))
        await call.until(lambda: call.user_turns == ["I want breakfast."], "a clean turn")


@scenario(settings=SETTINGS, skip=_no_default_vad)
async def a_sound_without_words_does_not_stop_the_agent(setting: Setting) -> None:
    """A television, a second caller: the VAD hears them, the recogniser doesn't."""
    async with VoiceCall(setting) as call:
        await call.speaking(LONG)
        call.voice.say(1.5)
        await call.idle()
        assert call.agent_turns == [LONG]
        assert call.heard_without_gap()


@scenario(settings=SETTINGS, skip=_no_default_vad)
async def a_backchannel_while_the_agent_thinks_changes_nothing(setting: Setting) -> None:
    """The reply that is being made is given."""
    async with VoiceCall(setting, first_token_s=1.5) as call:
        await call.say("I want breakfast.", voice_s=0.8, interims=("I want",))
        await call.until(lambda: call.session.agent_state == "thinking", "the agent to think")
        await call.for_s(0.3)
        await call.say("Mhm.", voice_s=0.4, interims=("mhm",))
        await call.until(lambda: call.agent_turns == ["You said: I want breakfast."], "the reply")
        await call.idle()
        assert call.user_turns == ["I want breakfast."]


# -- laws 3 and 4 ---------------------------------------------------------------------------------


@scenario(settings=SETTINGS, skip=_no_default_vad)
async def a_command_stops_the_agent_at_its_first_interim(setting: Setting) -> None:
    """ "Stop" is one word."""
    async with VoiceCall(setting) as call:
        await call.speaking(LONG)
        call.voice.say(0.5)
        await call.for_s(0.4)
        said_at = now()
        call.stt.start()
        call.stt.interim("stop")
        await call.stops_within(0.2, said_at)
        call.stt.final("Stop.")
        call.stt.end()
        await call.until(lambda: call.asked == ["Stop."], "the reply")
        await call.idle()
        assert call.user_turns == ["Stop."]


@scenario(settings=SETTINGS, skip=_no_default_vad)
async def enough_words_stop_the_agent_at_their_first_interim(setting: Setting) -> None:
    """Whether LiveKit has its VAD stop the agent, or the filter does."""
    async with VoiceCall(setting) as call:
        await call.speaking(LONG)
        call.voice.say(1.2)
        await call.for_s(0.8)
        said_at = now()
        call.stt.start()
        call.stt.interim("I want breakfast")
        await call.stops_within(0.3, said_at)
        await call.for_s(0.4)
        call.stt.final("I want breakfast.")
        call.stt.end()
        await call.until(lambda: call.asked == ["I want breakfast."], "the reply")
        await call.idle()
        assert call.user_turns == ["I want breakfast."]


# -- laws 5 and 6 ---------------------------------------------------------------------------------


@scenario(settings=SETTINGS, skip=_no_default_vad)
async def one_word_is_answered_after_the_speech(setting: Setting) -> None:
    """ "Suite." does not stop the agent, and is not lost."""
    async with VoiceCall(setting) as call:
        await call.speaking()
        await call.say("Suite.", voice_s=0.5, interims=("suite",))
        await call.until(lambda: call.asked == ["Suite."], "the reply")
        await call.idle()
        assert call.agent_turns == [STATEMENT, "You said: Suite."]
        assert call.user_turns == ["Suite."]


@scenario(settings=SETTINGS, skip=_no_default_vad)
async def a_held_word_joins_the_words_that_take_the_floor(setting: Setting) -> None:
    """One turn, in order."""
    async with VoiceCall(setting) as call:
        await call.speaking(LONG)
        await call.say("Suite.", voice_s=0.5, interims=("suite",))
        await call.for_s(0.8)
        await call.say("With breakfast.", voice_s=0.8, interims=("with breakfast",))
        await call.until(lambda: call.asked == ["Suite. With breakfast."], "the reply")
        await call.idle()
        assert call.user_turns == ["Suite. With breakfast."]


@scenario(settings=SETTINGS, skip=_no_default_vad)
async def an_answer_on_the_questions_end_is_answered(setting: Setting) -> None:
    """The agent asks "Shall I book it?", the caller says "Yeah" over its end."""
    async with VoiceCall(setting) as call:
        await call.speaking(QUESTION)
        await call.for_s(0.6)
        await call.say("Yeah.", voice_s=0.5, interims=("yeah",))
        await call.until(lambda: call.asked == ["Yeah."], "the reply")
        await call.idle()
        assert call.agent_turns == [QUESTION, "You said: Yeah."]
        assert call.user_turns == ["Yeah."]


# -- retraction -----------------------------------------------------------------------------------


@scenario(settings=SETTINGS, skip=_no_default_vad)
async def a_revised_transcript_loses_no_floor_or_is_answered(setting: Setting) -> None:
    """ "yes tomorrow" becomes "Yeah.": the speech resumes; or the stop was final, and answered."""
    async with VoiceCall(setting) as call:
        await call.speaking(LONG)
        call.voice.say(1.2)
        await call.for_s(0.8)
        call.stt.start()
        call.stt.interim("yes tomorrow")
        await call.for_s(0.3)
        call.stt.interim("yeah")
        await call.for_s(0.3)
        call.stt.final("Yeah.")
        call.stt.end()
        await call.until(
            lambda: call.agent_turns == [LONG] or call.asked == ["Yeah."], "either", within_s=10.0
        )
        await call.idle()
        assert call.user_turns in ([], ["Yeah."])


# -- echo cancellation ----------------------------------------------------------------------------


@scenario(settings=SETTINGS[:4], skip=_no_default_vad)
async def the_laws_hold_while_echo_cancellation_warms_up(setting: Setting) -> None:
    """As far as the recogniser hears anything: LiveKit gives it silence, and a warning says so."""
    options = {"aec_warmup_duration": 3.0}
    async with VoiceCall(setting, session_options=options) as call:
        await call.speaking(LONG)
        await call.say("Mhm.", voice_s=0.4, interims=("mhm",))
        await call.for_s(0.2)
        assert call.output.sounding
        call.voice.say(0.8)
        await call.for_s(0.4)
        said_at = now()
        call.stt.start()
        call.stt.interim("I want breakfast")
        await call.stops_within(0.3, said_at)
        await call.for_s(0.4)
        call.stt.final("I want breakfast.")
        call.stt.end()
        await call.until(lambda: call.asked == ["I want breakfast."], "the reply")


# -- what no filter can prevent -------------------------------------------------------------------


@scenario(settings=SETTINGS, skip=_no_default_vad)
async def without_min_words_any_sound_stops_the_agent(setting: Setting) -> None:
    """LiveKit's doing: the filter says so, with the fix, and loses no word by it."""
    async with VoiceCall(setting, min_words=0) as call:
        await call.speaking(LONG)
        said_at = now()
        call.voice.say(1.0)
        await call.stops_within(1.2, said_at)


# -- transcription_timeout ------------------------------------------------------------------------


def _no_timeout(_: Setting) -> str:
    return "" if HAS_TRANSCRIPTION_TIMEOUT else "up to 1.6.6 there is no transcription_timeout"


def _listen_for_timeouts(session: AgentSession[Any]) -> list[object]:
    timeouts: list[object] = []
    session.on("user_transcription_timeout", timeouts.append)  # type: ignore[arg-type, unused-ignore]
    return timeouts


@scenario(settings=SETTINGS[:2], skip=_no_timeout)
async def a_suppressed_backchannel_counts_as_transcribed(setting: Setting) -> None:
    """Else an application would ask the caller to repeat their "mhm"."""
    async with VoiceCall(setting, session_options={"transcription_timeout": 0.6}) as call:
        timeouts = _listen_for_timeouts(call.session)
        await call.speaking(LONG)
        await call.say("Mhm.", voice_s=0.6, interims=("mhm",))
        await call.for_s(0.8)
        await call.say("Suite.", voice_s=0.5)
        await call.idle()
        await call.for_s(0.8)
        assert timeouts == []
        assert call.agent_turns[0] == LONG


@scenario(settings=SETTINGS[:2], skip=_no_timeout)
async def speech_that_nobody_transcribed_is_still_reported(setting: Setting) -> None:
    """What the timeout is for."""
    async with VoiceCall(setting, session_options={"transcription_timeout": 0.4}) as call:
        timeouts = _listen_for_timeouts(call.session)
        call.voice.say(0.8)
        await call.until(lambda: len(timeouts) == 1, "the timeout")


# -- warnings -------------------------------------------------------------------------------------


@pytest.mark.live
@pytest.mark.parametrize("with_mixin", [True, False], ids=["mixin", "hook"])
async def test_a_vad_with_no_min_words_and_an_echo_warm_up_are_named_once(
    with_mixin: bool, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """LiveKit's defaults, two calls: one warning for each, with the fix."""
    monkeypatch.setattr(session_checks, "_said", set())
    caplog.set_level(logging.INFO, logger=LOGGER_NAME)
    for _ in range(2):
        agent = FilteredAgent() if with_mixin else Agent(instructions="Test.")
        call = Call(
            Setting(),
            agent,
            vad=silero_vad(),
            min_words=0,
            session_options={"aec_warmup_duration": 3.0},
            prepare=install,
        )
        async with call:
            call.stt.utter("I want breakfast.")
            await call.until(lambda call=call: call.asked, "the turn")  # type: ignore[misc]
    warnings = [record for record in caplog.records if record.levelno >= logging.WARNING]
    ours = [record for record in warnings if record.name.startswith(LOGGER_NAME)]
    assert [record.msg for record in ours] == ["vad_pauses_on_any_sound", "echo_warm_up_deafens"]
    assert all("AgentSession(" in vars(record)["fix"] for record in ours)


@pytest.mark.live
async def test_a_session_without_a_recogniser_works_and_is_named(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Typed text alone: there is nothing to filter, which is said once."""
    monkeypatch.setattr(session_checks, "_said", set())
    caplog.set_level(logging.INFO, logger=LOGGER_NAME)
    for _ in range(2):
        call = Call(Setting(), FilteredAgent(), session_options={"stt": None}, prepare=install)
        async with call:
            call.session.generate_reply(user_input="I want breakfast.")
            await call.until(
                lambda call=call: call.agent_turns == ["You said: I want breakfast."],  # type: ignore[misc]
                "the reply",
            )
            assert call.user_turns == ["I want breakfast."]
    ours = [record for record in caplog.records if record.name.startswith(LOGGER_NAME)]
    said = [record.msg for record in ours if record.msg != "call_summary"]
    assert said.count("speech_not_filtered") == 1
    assert not [record for record in ours if record.levelno >= logging.WARNING]


test_live = board.test()
