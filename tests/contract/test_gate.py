"""When LiveKit stops the agent for words, and how a stop is taken back."""

from __future__ import annotations

import asyncio

from filters.livekit._livekit_private import TurnBuffers
from tests.live.board import SETTINGS, Board, Setting
from tests.live.call import STATEMENT, Call

from .assumption import Assumption, bare_call

CLEARING = tuple(setting for setting in SETTINGS if not setting.pausable)
PAUSABLE = tuple(setting for setting in SETTINGS if setting.pausable)
WORDS = "I want breakfast"
AT_ONCE_S = 0.2

board = Board()
scenario = board.scenario


async def silence_after(call: Call, interim: str) -> float | None:
    """Seconds from an interim to the agent's silence; None if it talks on for a while."""
    said_at = asyncio.get_running_loop().time()
    call.stt.interim(interim)
    await call.for_s(0.3)
    stopped = call.output.silent_from(said_at)
    return None if stopped is None else stopped - said_at


@scenario(settings=SETTINGS)
async def words_are_judged_one_event_late_and_the_second_time_at_once(setting: Setting) -> None:
    """Why the filter yields an interim that stops the agent twice."""
    late = Assumption(
        "an interim is judged by the words of the event before it, so that the first one with "
        "enough words doesn't stop the agent",
        "the filter yields it twice for nothing: harmless, and the repeat in "
        "backchannel_stt can go",
    )
    again = Assumption(
        "the same interim a second time stops the agent at once where there is no VAD",
        "words that should stop the agent stop it only after STOP_CHECK_S, and for good instead "
        "of by a pause (law 4)",
    )
    async with bare_call(setting) as call:
        await call.speaking()
        call.stt.start()
        late.holds(await silence_after(call, WORDS) is None, call.summary())
        silence = await silence_after(call, WORDS)
        again.holds(silence is not None and silence < AT_ONCE_S, silence)


@scenario(settings=PAUSABLE)
async def a_stop_by_words_is_a_pause_where_the_output_can_pause(setting: Setting) -> None:
    """The floor is held, and the speech could resume."""
    paused = Assumption(
        "words pause a pausable output: the agent is listening, its speech is still current, and "
        "neither interrupted nor done",
        "the filter takes the floor for free during a pause: a revised transcript can't give it "
        "back, and backchannels become turns (laws 2 and 7)",
    )
    async with bare_call(setting) as call:
        handle = await call.speaking()
        call.stt.start()
        call.stt.interim(WORDS)
        call.stt.interim(WORDS)
        await paused.comes_true(call, lambda: call.output.paused)
        paused.holds(call.session.agent_state == "listening", call.session.agent_state)
        paused.holds(call.session.current_speech is handle, call.session.current_speech)
        paused.holds(not handle.interrupted and not handle.done(), handle)


@scenario(settings=CLEARING)
async def a_stop_by_words_is_for_good_where_the_output_cannot_pause(setting: Setting) -> None:
    """Nothing to take back."""
    stopped = Assumption(
        "words interrupt the speech for good on an output that can't pause",
        "the filter takes it for a stop it can't take back, and answers a revised transcript "
        "while the agent talks on",
    )
    async with bare_call(setting) as call:
        handle = await call.speaking()
        call.stt.start()
        call.stt.interim(WORDS)
        call.stt.interim(WORDS)
        await stopped.comes_true(call, lambda: handle.interrupted)


@scenario(settings=SETTINGS)
async def a_final_that_comes_as_an_interim_first_stops_the_agent_at_once(setting: Setting) -> None:
    """Recognisers that send finals alone."""
    assumption = Assumption(
        "the text of a final, sent as an interim first, stops the agent at once and is one turn",
        "a final without interims stops the agent only after END_OF_SPEECH, or is heard twice "
        "(laws 4 and 5)",
    )
    async with bare_call(setting) as call:
        await call.speaking()
        said_at = asyncio.get_running_loop().time()
        call.stt.interim("I want breakfast.")
        call.stt.final("I want breakfast.")
        await call.for_s(0.3)
        stopped = call.output.silent_from(said_at)
        assumption.holds(stopped is not None and stopped - said_at < AT_ONCE_S, stopped)
        call.stt.end()
        await assumption.comes_true(call, lambda: call.user_turns == ["I want breakfast."])


@scenario(settings=PAUSABLE)
async def an_empty_interim_takes_a_pause_back(setting: Setting) -> None:
    """Retraction: empty interim, no final, END_OF_SPEECH."""
    assumption = Assumption(
        "an interim without text empties the buffer, and END_OF_SPEECH without a final resumes the "
        "paused speech after false_interruption_timeout, with agent_false_interruption",
        "an interim that turns out a backchannel leaves the agent silent, or the words in the next "
        "turn (laws 2 and 7)",
    )
    async with bare_call(setting) as call:
        await call.speaking()
        call.stt.start()
        call.stt.interim("yes tomorrow")
        call.stt.interim("yes tomorrow")
        await assumption.comes_true(call, lambda: call.output.paused)
        call.stt.interim("")
        call.stt.end()
        await assumption.comes_true(call, lambda: call.agent_turns == [STATEMENT], within_s=6.0)
        assumption.holds(call.false_interruptions == 1, call.false_interruptions)
        buffers = TurnBuffers(call.session)
        assumption.holds(buffers.final + buffers.interim == "", buffers.final + buffers.interim)
        await call.for_s(setting.min_delay + 0.3)
        assumption.holds(call.user_turns == [], call.user_turns)


@scenario(settings=PAUSABLE)
async def any_final_cancels_a_paused_speech(setting: Setting) -> None:
    """Whatever its word count."""
    assumption = Assumption(
        "a final that comes while the speech is paused cancels the speech, one word or many",
        "the filter suppresses backchannels during a pause for nothing: harmless, and they could "
        "be kept as possible answers",
    )
    async with bare_call(setting) as call:
        handle = await call.speaking()
        call.stt.start()
        call.stt.interim("yes tomorrow")
        call.stt.interim("yes tomorrow")
        await assumption.comes_true(call, lambda: call.output.paused)
        call.stt.final("Mhm.")
        await assumption.comes_true(call, lambda: handle.interrupted)


@scenario(settings=SETTINGS)
async def interrupt_makes_a_turn_of_one_word(setting: Setting) -> None:
    """How a command works in spite of `min_words`."""
    assumption = Assumption(
        "after session.interrupt() a final of one word becomes a turn and is answered",
        '"Stop." stops the agent and is then forgotten, or heads the next turn (law 3)',
    )
    async with bare_call(setting) as call:
        await call.speaking()
        call.stt.start()
        call.session.interrupt()
        call.stt.interim("stop")
        call.stt.final("Stop.")
        call.stt.end()
        await assumption.comes_true(call, lambda: call.asked == ["Stop."])
        await assumption.comes_true(call, lambda: call.user_turns == ["Stop."])


@scenario(settings=SETTINGS)
async def interrupt_refuses_protected_speech_with_a_runtime_error(setting: Setting) -> None:
    """What the filter catches, lest the recogniser's pump die of it."""
    refusal = Assumption(
        "session.interrupt() raises RuntimeError while a speech that disallows it is current",
        "a refusal of another type is logged as a failure of the filter, or the agent's protected "
        "speech is cut off (law 10)",
    )
    flag = Assumption(
        "SpeechHandle.allow_interruptions tells protected speech from other",
        "the filter tries to stop protected speech, or stops none",
    )
    async with bare_call(setting) as call:
        handle = await call.speaking(allow_interruptions=False)
        flag.holds(handle.allow_interruptions is False, handle.allow_interruptions)
        try:
            call.session.interrupt()
        except RuntimeError:
            refused = True
        else:
            refused = False
        refusal.holds(refused, "no error")
        refusal.holds(call.output.sounding, call.summary())


@scenario(settings=SETTINGS)
async def words_over_protected_speech_do_not_stop_it(setting: Setting) -> None:
    """LiveKit keeps that by itself."""
    assumption = Assumption(
        "words don't stop a speech that disallows interruptions",
        "the filter, which leaves protected speech to LiveKit, lets it be cut off",
    )
    options = {"discard_audio_if_uninterruptible": False, "min_words": 2}
    async with bare_call(setting, turn_handling={"interruption": options}) as call:
        await call.speaking(allow_interruptions=False)
        call.stt.start()
        assumption.holds(await silence_after(call, WORDS) is None)
        assumption.holds(await silence_after(call, WORDS) is None)


test_contract = board.test()
