"""The domains in config/ decide as somebody who runs such a line would expect."""

from __future__ import annotations

from pathlib import Path

import pytest

from filters.configuration import FilterConfig, read_config
from filters.policy import Action, InterruptionPolicy
from tests.policy_call import PaperCall

CONFIG = Path(__file__).parents[2] / "config"
DOMAINS = sorted(path.stem for path in CONFIG.glob("*.yaml"))

DURING, NEAR, AT_THE_END = "during a long statement", "near its end", "on the end of the turn"
"""The moments: twenty seconds before the agent has finished, 1.4 s, or while its last word is
said."""

TALK_ON, STOP, ANSWER, HELD = "talk on", "stop", "answer", "held"
"""The fates: the caller's words are dropped, stop the agent, are answered once it has finished, or
are only noted in the chat history because nobody waited for them."""

SPEECH_S = 25.0

Row = tuple[str, str, str, str]

ROWS: dict[str, list[Row]] = {
    "hotel_booking": [
        ("Breakfast is from seven to ten.", "Yes.", DURING, TALK_ON),
        ("The suite has a balcony.", "Oh how nice, that sounds heavenly.", DURING, TALK_ON),
        ("The suite has a balcony. Shall I book it?", "Yes.", AT_THE_END, ANSWER),
        ("Please confirm the two nights.", "Mm-hmm.", AT_THE_END, ANSWER),
        ("Your room is booked.", "Mm-hmm.", AT_THE_END, ANSWER),
        ("Please confirm the two nights.", "Mm-hmm.", NEAR, ANSWER),
        ("Your room is booked.", "Mm-hmm.", NEAR, TALK_ON),
        ("We have a double, a twin and a suite.", "The suite, please.", DURING, STOP),
        ("We have a double, a twin and a suite.", "Twin.", DURING, STOP),
        ("The minibar is charged separately.", "Minibar.", DURING, HELD),
        ("That is the fourth of May.", "No.", DURING, STOP),
        ("Our terms are as follows.", "Front desk.", DURING, STOP),
        ("For how many guests?", "Two.", AT_THE_END, ANSWER),
    ],
    "healthcare": [
        ("Take one tablet after each meal.", "Yes, nurse.", DURING, TALK_ON),
        ("Take one tablet after each meal.", "Mhm, okay. Will do.", DURING, TALK_ON),
        ("Please confirm your date of birth.", "Yeah.", AT_THE_END, ANSWER),
        ("I need to verify your address.", "Okay.", AT_THE_END, ANSWER),
        ("Do you take blood thinners?", "Yes.", AT_THE_END, ANSWER),
        ("Your appointment is on Monday.", "Okay.", AT_THE_END, ANSWER),
        ("Your appointment is on Monday.", "Okay.", NEAR, TALK_ON),
        ("I need to verify your address.", "Okay.", NEAR, ANSWER),
        ("Take one tablet after each meal.", "Um, my husband can't breathe!", DURING, STOP),
        ("Our opening hours are as follows.", "Ambulance!", DURING, STOP),
        ("Now bend the knee slowly.", "Ouch.", DURING, STOP),
        ("The record I have is for Anna.", "Wrong patient.", DURING, STOP),
        ("Our opening hours are as follows.", "Nurse, please.", DURING, STOP),
        ("Take one tablet after each meal.", "Ibuprofen.", DURING, HELD),
    ],
    "ivr": [
        ("For sales, say one. For billing, say two.", "Two.", DURING, STOP),
        ("For sales, press one. For billing, press two.", "1", DURING, STOP),
        ("To hear your balance, say yes.", "Yes.", DURING, STOP),
        ("To hear your balance, say yes.", "No.", DURING, STOP),
        ("To hear your balance, say yes.", "Yeah.", AT_THE_END, ANSWER),
        ("Please say your account number.", "Okay.", AT_THE_END, ANSWER),
        ("Our opening hours have changed.", "Mhm.", DURING, TALK_ON),
        ("Our opening hours have changed.", "Operator.", DURING, STOP),
        ("Our opening hours have changed.", "Um, real agent!", DURING, STOP),
        ("For sales, say one. For billing, say two.", "Back to the main menu.", DURING, STOP),
        ("Our opening hours have changed.", "Upstairs.", DURING, HELD),
        ("In which city do you live?", "Leeds.", AT_THE_END, ANSWER),
    ],
    "customer_support": [
        ("First, open the settings.", "Still here. Trying that now.", DURING, TALK_ON),
        ("First, open the settings.", "Right, yeah.", DURING, TALK_ON),
        ("First, open the settings.", "Cancel.", DURING, STOP),
        ("We value your business.", "Um, supervisor.", DURING, STOP),
        ("We value your business.", "Let me speak to a human.", DURING, STOP),
        ("It will take ten working days.", "Seriously?", DURING, STOP),
        ("First, open the settings.", "Nothing happens.", DURING, STOP),
        ("First, open the settings.", "Bluetooth.", DURING, HELD),
        ("Let me know when the light is green.", "Okay.", AT_THE_END, ANSWER),
        ("Is the light green now?", "Yep.", AT_THE_END, ANSWER),
        ("The light will turn green.", "Yep.", AT_THE_END, ANSWER),
        ("The light will turn green.", "Yep.", NEAR, TALK_ON),
        ("Let me know when the light is green.", "Okay.", NEAR, ANSWER),
    ],
}

CASES = [(domain, *row) for domain, rows in ROWS.items() for row in rows]


@pytest.fixture(scope="module")
def configs() -> dict[str, FilterConfig]:
    """Every domain, loaded once."""
    return {domain: read_config(CONFIG / f"{domain}.yaml") for domain in DOMAINS}


def fate(config: FilterConfig, agent: str, caller: str, moment: str) -> str:
    """What becomes of one utterance over one speech of the agent."""
    policy = InterruptionPolicy(config.lexicon, config.asks, config.policy_settings)
    call = PaperCall(policy)
    call.session(min_words=config.min_words or 2)
    call.speak(0.0)
    onset = {DURING: 4.0, NEAR: SPEECH_S - 1.4, AT_THE_END: SPEECH_S - 0.4}[moment]
    call.start(onset + 0.1, onset)
    call.interim(onset + 0.3, caller)
    if moment == AT_THE_END:
        call.finish(SPEECH_S, agent)
    call.final(onset + 0.8, caller)
    call.end(onset + 0.9)
    actions = {decision.action for decision in call.decisions}
    if Action.INTERRUPT in actions:
        return STOP
    if moment != AT_THE_END:
        call.advance(SPEECH_S)
        call.finish(SPEECH_S, agent)
    call.advance(SPEECH_S + 60.0)
    last = [decision.action for decision in call.decisions if decision.final][-1]
    return {Action.RELEASE: ANSWER, Action.PASS: ANSWER, Action.NOTE: HELD}.get(last, TALK_ON)


@pytest.mark.parametrize(("domain", "agent", "caller", "moment", "expected"), CASES)
def test_the_domain_decides_as_its_practitioner_would(
    configs: dict[str, FilterConfig],
    domain: str,
    agent: str,
    caller: str,
    moment: str,
    expected: str,
) -> None:
    """What the caller says at one moment of the agent's speech has the fate expected."""
    assert fate(configs[domain], agent, caller, moment) == expected


def test_every_domain_has_its_rows() -> None:
    """A configuration that is shipped is a configuration that is tried."""
    assert set(DOMAINS) == set(ROWS)
    assert all(len(rows) >= 10 for rows in ROWS.values())


@pytest.mark.parametrize("domain", DOMAINS)
def test_every_domain_is_named_as_its_file(configs: dict[str, FilterConfig], domain: str) -> None:
    """The name in a log leads to the file, and editors find the schema from its first line."""
    assert configs[domain].name == domain
    text = (CONFIG / f"{domain}.yaml").read_text(encoding="utf-8")
    assert text.startswith("# yaml-language-server: $schema=schema.json\n")


@pytest.mark.parametrize("domain", DOMAINS)
def test_every_domain_differs_from_the_default(
    configs: dict[str, FilterConfig], domain: str
) -> None:
    """A domain's words matter: by the default at least three of its rows go otherwise."""
    default = FilterConfig.from_mapping({"domain": "default"})
    rows = [row[:3] for row in ROWS[domain]]
    assert sum(fate(default, *row) != fate(configs[domain], *row) for row in rows) >= 3
