"""Words change with the stage, and a call with stages is decided the same each time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from filters.configuration import FilterConfig
from filters.policy import Action, Ended, Event, InterruptionPolicy, SessionStarted, StageChanged
from filters.words import Kind, Lexicon
from tests.policy_call import QUESTION, PaperCall, actions, told

if TYPE_CHECKING:
    from pathlib import Path

STAGES: dict[str, Any] = {
    "confirmation": {
        "backchannels": {"remove": ["okay"], "add": ["righty ho"]},
        "commands": {"add": ["spell it", "never mind that"]},
        "standalone_commands": {"add": ["okay?"]},
        "answer_prompts": ["as i said"],
    },
    "chat": {"hesitations": {"add": ["okay", "like"]}},
    "dictation": {"stt": {"max_turn_silence": 3000}},
}
CONFIG = FilterConfig.from_mapping({"domain": "test", "extends": ["en", "es"], "stages": STAGES})
WORDS = CONFIG.staged_words


def kind(text: str, *stages: str) -> Kind:
    """What a text is."""
    return WORDS(stages).lexicon.classify(text, "en").kind


def test_a_stage_changes_what_words_are() -> None:
    """Removed they are content, added they are what they were added as."""
    assert kind("okay") is Kind.BACKCHANNEL
    assert kind("okay", "confirmation") is Kind.CONTENT
    assert kind("righty ho", "confirmation") is Kind.BACKCHANNEL
    assert kind("please spell it", "confirmation") is Kind.COMMAND
    assert kind("okay?", "confirmation") is Kind.STANDALONE
    assert kind("mhm", "confirmation") is Kind.BACKCHANNEL


def test_a_longer_phrase_outlives_a_shorter_one() -> None:
    """What is removed is just the phrase that is named."""
    assert kind("okay then") is kind("okay then", "confirmation") is Kind.BACKCHANNEL


def test_a_stage_lies_on_top_of_the_one_before() -> None:
    """Both change the words; the one entered last has the last word."""
    assert kind("okay", "confirmation", "chat") is Kind.HESITATION
    assert kind("okay", "chat", "confirmation") is Kind.HESITATION  # it was no backchannel then
    assert kind("spell it", "confirmation", "chat") is Kind.COMMAND
    assert WORDS(("confirmation", "chat")).asks("It is late as I said.")
    assert not WORDS(("chat",)).asks("It is late as I said.")


def test_a_stage_that_is_not_known_changes_nothing() -> None:
    """A recording may be replayed by a configuration without it."""
    assert WORDS(("elsewhere",)) is WORDS(())
    assert WORDS(("elsewhere", "confirmation")) is WORDS(("confirmation",))


def test_every_language_is_changed() -> None:
    """A call may be in any of them."""
    assert WORDS(("confirmation",)).lexicon.classify("spell it", "es").kind is Kind.COMMAND


def test_the_words_outside_stay_as_they_were() -> None:
    """A stage shares them and must not write into them."""
    fresh = FilterConfig.from_mapping({"domain": "test", "extends": ["en", "es"]})
    for names in (("confirmation",), ("chat",), ("confirmation", "chat")):
        WORDS(names)
    for text in ("okay", "righty ho", "spell it", "okay?", "like", "um okay"):
        assert CONFIG.lexicon.classify(text) == fresh.lexicon.classify(text)


PHRASES = ["okay", "yeah", "uh-huh", "uhhuh", "that's right", "that's it then", "stop", "um", "zig"]
LISTS = ["backchannels", "hesitations", "commands", "standalone_commands", "presence_checks"]


@st.composite
def _stage(draw: st.DrawFn) -> dict[str, Any]:
    added = draw(st.dictionaries(st.sampled_from(PHRASES), st.sampled_from(LISTS), max_size=3))
    keys = {phrase.replace("-", "") for phrase in added}
    removed = [p for p in ("okay", "yeah", "that's right") if p not in keys and draw(st.booleans())]
    changes: dict[str, Any] = {
        name: {"add": [phrase for phrase, place in added.items() if place == name]}
        for name in LISTS
    }
    changes["backchannels"]["remove"] = removed
    return changes


SMALL = """
language: en
backchannels: {plain: {phrases: [okay, "okay thanks", yeah, uh-huh, uhhuh, "that's (right|great)"]}}
hesitations: {plain: {phrases: [um]}}
commands: {plain: {phrases: [stop]}}
standalone_commands: {plain: {phrases: ["no", "okay?"]}}
"""


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where a list is that compiles in no time."""
    path = tmp_path_factory.mktemp("words")
    (path / "small.yaml").write_text(SMALL, "utf-8")
    return path


@given(
    st.lists(_stage(), min_size=1, max_size=2),
    st.lists(st.sampled_from([*PHRASES, "room", "oh"]), min_size=1, max_size=4),
)
def test_words_changed_in_mid_call_are_words_compiled_anew(
    directory: Path, stages: list[dict[str, Any]], said: list[str]
) -> None:
    """Whatever a stage adds and removes, the short way leads where the long one does."""
    try:
        config = FilterConfig.from_mapping(
            {
                "domain": "test",
                "extends": ["small.yaml"],
                "stages": {f"s{i}": stage for i, stage in enumerate(stages)},
            },
            directory=directory,
        )
    except ValueError:  # two spellings of one phrase, which is another test's
        return
    names = tuple(config.stages)
    [languages] = [config.staged_words.languages_in(names)]
    compiled = Lexicon({words.language: words.compiled() for words in languages})
    text = " ".join(said)
    for final in (True, False):
        expected = compiled.classify(text, final=final)
        assert config.staged_words(names).lexicon.classify(text, final=final) == expected


# -- in the policy -----------------------------------------------------------------------------


def call() -> PaperCall:
    """A call that is decided by the words above."""
    policy = InterruptionPolicy(
        CONFIG.lexicon, CONFIG.asks, CONFIG.policy_settings, CONFIG.staged_words
    )
    paper = PaperCall(policy)
    paper.session()
    return paper


def test_a_backchannel_is_content_where_the_stage_says_so() -> None:
    """Said over the agent it waits, and is answered after it."""
    paper = call()
    paper.feed(StageChanged(0.5, ("confirmation",)))
    paper.speak(1.0)
    assert told(paper.utter(3.0, "Okay.")) == [("hold", "too_few_words")]
    paper.finish(5.0)
    assert actions(paper.advance(6.0)) == ["release"]


def test_after_the_stage_it_is_a_backchannel_again() -> None:
    """What is said then is left out."""
    paper = call()
    paper.feed(StageChanged(0.5, ("confirmation",)))
    paper.feed(StageChanged(0.6, ()))
    paper.speak(1.0)
    paper.utter(3.0, "Okay.")
    paper.finish(9.0)
    paper.advance(20.0)
    assert paper.delivered() == []


def test_held_words_survive_a_change_of_stage() -> None:
    """They were content when they were said."""
    paper = call()
    paper.feed(StageChanged(0.5, ("confirmation",)))
    paper.speak(1.0)
    paper.utter(3.0, "Okay.")
    paper.feed(StageChanged(3.5, ()))
    assert [heard.text for heard in paper.policy.held()] == ["Okay."]
    paper.finish(5.0)
    paper.advance(6.0)
    assert paper.delivered() == ["Okay."]


def test_a_possible_answer_survives_a_change_of_stage() -> None:
    """The question it may answer is asked in the next one."""
    paper = call()
    paper.speak(1.0)
    paper.utter(4.5, "Okay.")
    paper.feed(StageChanged(4.6, ("chat",)))
    paper.finish(5.0, QUESTION)
    paper.advance(6.0)
    assert paper.delivered() == ["Okay."]


def test_what_asked_in_a_stage_goes_on_asking_after_it() -> None:
    """The stage ends with the prompt's last word, and the answer is on its way."""
    paper = call()
    paper.feed(StageChanged(0.5, ("confirmation",)))
    paper.speak(1.0)
    paper.utter(4.5, "Yeah.")
    paper.feed(StageChanged(4.6, ()))
    paper.finish(5.0, "It is late as I said.")
    paper.advance(6.0)
    assert paper.delivered() == ["Yeah."]


def test_an_utterance_has_one_fate_across_a_change() -> None:
    """Once words of it have passed, a stage that would keep the rest back does not."""
    paper = call()
    paper.feed(StageChanged(0.5, ("confirmation",)))
    paper.speak(1.0)
    paper.start(2.0, 1.8)
    paper.interim(2.1, "okay the suite")
    paper.feed(StageChanged(2.2, ()))
    assert actions(paper.final(2.5, "Okay the suite.")) == ["pass"]


def test_a_policy_without_stages_takes_the_event() -> None:
    """Made as before, it decides as before."""
    paper = PaperCall(InterruptionPolicy(CONFIG.lexicon, CONFIG.asks))
    paper.session()
    paper.feed(StageChanged(0.5, ("confirmation",)))
    paper.speak(1.0)
    assert told(paper.utter(3.0, "Okay.")) == [("hold", "possible_answer")]
    assert paper.policy.stages == ("confirmation",)


_NAMES = st.lists(st.sampled_from([*STAGES, "elsewhere"]), max_size=3).map(tuple)
_STEP = st.one_of(_NAMES, st.sampled_from(["Okay.", "Mhm.", "spell it", "the suite please"]))


@given(st.lists(_STEP, max_size=12))
def test_the_same_call_with_stages_is_decided_the_same(steps: list[Any]) -> None:
    """Law 9, with words that change."""
    assert _decided(steps) == _decided(steps)


@given(st.lists(_STEP, max_size=12))
def test_content_is_never_lost_by_a_change_of_stage(steps: list[Any]) -> None:
    """Law 5: what was held reaches the pipeline or the history, once."""
    decisions = _decided(steps)
    held = [text for action, reason, text in decisions if (action, reason) in _HELD]
    reached = [text for action, _, text in decisions if action in ("release", "note")]
    assert sorted(held) == sorted(reached)


_HELD = {("hold", "too_few_words"), ("hold", "protected_speech")}


def _decided(steps: list[Any]) -> list[tuple[str, str, str]]:
    paper = call()
    paper.speak(0.5)
    t = 1.0
    for step in steps:
        if isinstance(step, tuple):
            paper.feed(StageChanged(t, step))
        else:
            paper.utter(t + 0.5, step)
        t += 1.0
    paper.finish(t + 4.0)
    paper.advance(t + 5.0)
    paper.hang_up(t + 9.0)
    return [(d.action.value, d.reason.value, d.heard.text) for d in paper.decisions if d.final]


def test_stages_are_events_like_any_other() -> None:
    """They decide nothing by themselves."""
    events: list[Event] = [SessionStarted(0.0), StageChanged(1.0, ("chat",)), Ended(2.0)]
    policy = call().policy
    assert [policy.feed(event) for event in events] == [[], [], []]
    assert Action.PASS.value == "pass"


def test_a_stage_counts_once_where_it_was_entered_last() -> None:
    """However often it was entered, and never left."""
    assert WORDS(("chat",) * 1000) is WORDS(("chat",))
    assert WORDS(("chat", "confirmation", "chat")) is WORDS(("confirmation", "chat"))
