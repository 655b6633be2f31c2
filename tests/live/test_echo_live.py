"""The agent's own voice comes back to the recogniser: it is no speech of the caller."""

from __future__ import annotations

import asyncio
import random

from filters.policy import Action, Reason

from .board import SETTINGS, Board, Setting
from .call import Call, FilteredAgent

board = Board()
scenario = board.scenario

SPEED = 15.0
"""Characters a second, as people speak."""
GREETING = "Welcome to the hotel by the old harbour, and thank you for calling us today."
SUITE = "The suite looks over the harbour, and it has two baths and a wide balcony."
FERRY = "The ferry to the islands leaves from our own quay at nine in the morning."
BREAKFAST = "Breakfast is served from seven to ten, with coffee, rolls and fresh fruit."
OTHER = "The other it is."
SCRIPT = (
    ("breakfast", BREAKFAST),
    ("suite", SUITE),
    ("ferry", FERRY),
    ("other", OTHER),
)
WRONG_EVERY = 8
SEGMENT = 9
"""Words after which the recogniser takes the utterance for over."""


def misheard(text: str, rng: random.Random) -> list[tuple[str, float]]:
    """The words a recogniser makes of a text, and when each arrives, from the text's first sound.

    One word in eight is wrong, or missing; they come 0.4 to 1.2 s late.
    """
    heard, spoken, arrived = [], 0, 0.0
    offset = rng.randrange(WRONG_EVERY)
    for at, word in enumerate(text.split()):
        spoken += len(word) + 1
        arrived = max(arrived, spoken / SPEED + rng.uniform(0.4, 1.2))
        if (at + offset) % WRONG_EVERY:
            heard.append((word, arrived))
        elif rng.random() < 0.5:
            heard.append((rng.choice(("hum", "other", "better")), arrived))
    return heard


async def come_back(call: Call, text: str, rng: random.Random, *, until_s: float = 1e9) -> str:
    """The recogniser hears the agent say a text; what of it is not final by then."""
    await call.until(lambda: call.output.sounding, "the agent to be heard")
    loop = asyncio.get_running_loop()
    began_at = loop.time()
    segment: list[str] = []
    for word, arrives in misheard(text, rng):
        if arrives > until_s:
            break
        await call.for_s(max(began_at + arrives - loop.time(), 0.0))
        if not segment:
            call.stt.start(onset_s_ago=0.5)
        segment.append(word)
        call.stt.interim(" ".join(segment))
        if len(segment) == SEGMENT:
            call.stt.final(" ".join(segment))
            call.stt.end()
            segment = []
    if segment and until_s > 1e8:
        call.stt.final(" ".join(segment))
        call.stt.end()
    return " ".join(segment)


@scenario(settings=SETTINGS)
async def an_agent_that_hears_itself_talks_on(setting: Setting) -> None:
    """Four turns, the greeting among them: no stop and no turn; then a caller interrupts one."""
    rng = random.Random(4)
    agent = FilteredAgent()
    async with Call(setting, agent, SCRIPT, characters_per_second=SPEED) as call:
        call.session.say(GREETING)
        await come_back(call, GREETING, rng)
        asked = []
        for question, reply in (
            ("Tell me about the suite.", SUITE),
            ("When does the ferry go?", FERRY),
            ("What about breakfast?", BREAKFAST),
        ):
            await call.idle(quiet_s=1.5)
            call.stt.utter(question)
            asked.append(question)
            await come_back(call, reply, rng)
        await call.idle(quiet_s=1.5)
        assert call.user_turns == asked
        assert call.agent_turns == [GREETING, SUITE, FERRY, BREAKFAST]
        assert call.false_interruptions == 0
        assert Reason.OWN_WORDS in [decision.reason for decision in agent.decisions]
        assert Action.INTERRUPT not in [decision.action for decision in agent.decisions]

        handle = call.session.say(SUITE)
        echo = await come_back(call, SUITE, rng, until_s=2.5)
        call.stt.interim(f"{echo} no I want the other one")
        await call.until(lambda: not call.output.sounding, "the stop", within_s=0.4)
        call.stt.final(f"{echo} no, I want the other one.")
        call.stt.end()
        await call.until(lambda: call.agent_turns[-1] == OTHER, "the reply")
        assert handle.interrupted
        assert call.user_turns[-1] == "no, I want the other one."


@scenario(settings=SETTINGS[:1])
async def words_of_the_agent_in_the_mouth_of_the_caller_are_the_callers(setting: Setting) -> None:
    """A caller names the thing that the agent has just named."""
    async with Call(setting, script=SCRIPT, characters_per_second=SPEED) as call:
        await call.speaking(SUITE)
        await call.for_s(2.0)
        call.stt.utter("Two baths?", interims=("two", "two baths"))
        await call.until(lambda: call.asked == ["Two baths?"], "the reply")


test_live = board.test()
