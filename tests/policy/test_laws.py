"""The laws of the policy, on calls that nobody thought of."""

from __future__ import annotations

import pickle
from dataclasses import dataclass, replace

from hypothesis import given
from hypothesis import strategies as st

from filters.policy import (
    Action,
    AgentSaying,
    AgentState,
    AgentText,
    Decision,
    Ended,
    Event,
    Heard,
    PolicySettings,
    SessionStarted,
    Speech,
    SpeechState,
    SpeechType,
)
from filters.words import Kind
from tests.policy_call import LEXICON, QUESTION, STATEMENT, new_policy

FILLERS = ["Mhm.", "Yeah.", "um", "Yeah, okay.", "uh right", "I see."]
CONTENTS = [
    "Suite.",
    "breakfast",
    "Room seven.",
    "um suite",
    "yeah the suite",
    "That's what I want.",
]
COMMANDS = ["Stop.", "hold on", "yeah stop", "please stop that"]
STANDALONES = ["No.", "but", "Sorry?", "uh no"]
NOTHINGS = ["", "[Silence]", "..."]
TEXTS = FILLERS + CONTENTS + COMMANDS + STANDALONES + NOTHINGS
TRANSCRIPTS = (SpeechType.INTERIM, SpeechType.PREFLIGHT, SpeechType.FINAL)


@dataclass(frozen=True)
class Made:
    """A made-up call."""

    events: list[Event]


@st.composite
def utterances(draw: st.DrawFn, texts: list[str] | None = None) -> list[tuple[SpeechType, str]]:
    """The events of an utterance: bounds or not, interims, one or several finals."""
    bounded = draw(st.booleans())
    events: list[tuple[SpeechType, str]] = [(SpeechType.START_OF_SPEECH, "")] if bounded else []
    for _ in range(draw(st.integers(1, 3))):
        final = draw(st.sampled_from(texts or TEXTS))
        words = final.split()
        events.extend(
            (SpeechType.INTERIM, " ".join(words[:size]))
            for size in range(1, len(words) + 1)
            if draw(st.booleans())
        )
        if draw(st.booleans()):
            events.append((SpeechType.PREFLIGHT, final))
        events.append((SpeechType.FINAL, final))
    return [*events, (SpeechType.END_OF_SPEECH, "")] if bounded else events


@st.composite
def calls(draw: st.DrawFn, texts: list[str] | None = None, *, agent_speaks: bool = True) -> Made:
    """A call: the agent talks, thinks, pauses, runs tools; the caller talks over it or not."""
    events: list[Event] = [
        SessionStarted(
            0.0,
            min_words=draw(st.integers(0, 4)),
            pausable=draw(st.booleans()),
        )
    ]
    t = 0.0
    speech = 0
    speaking = False
    for _ in range(draw(st.integers(1, 8))):
        t += draw(st.floats(0.0, 4.0, allow_nan=False))
        if agent_speaks:
            moves = ["talk", "talk", "talk", "finish", "pause", "resume", "tool", "think"]
        else:
            moves = ["talk"]
        move = draw(st.sampled_from(moves))
        if move == "finish" and speaking:
            text = draw(st.sampled_from([STATEMENT, QUESTION]))
            events += [AgentText(t, text), AgentState(t, "listening")]
            events.append(Speech(t, f"s{speech}", SpeechState.DONE))
            speaking = False
        elif move in ("resume", "think") and not speaking:
            speech += 1
            speaking = True
            protected = draw(st.integers(0, 4)) == 0
            events.append(Speech(t, f"s{speech}", SpeechState.CREATED, not protected))
            events.append(AgentState(t, "speaking" if move == "resume" else "thinking"))
        elif move in ("pause", "resume", "think") and speaking:
            state = {"pause": "listening", "resume": "speaking", "think": "thinking"}[move]
            events.append(AgentState(t, state))
        elif move == "tool" and speaking:
            events.append(Speech(t, f"s{speech}", SpeechState.TOOL))
        elif move == "talk":
            onset: float | None = t - draw(st.floats(0.0, 1.5)) if draw(st.booleans()) else None
            for kind, text in draw(utterances(texts)):
                t += draw(st.floats(0.0, 0.7))
                start = onset if kind is SpeechType.START_OF_SPEECH else None
                events.append(Heard(t, kind, text, "en", speech_start_time=start))
    events.append(Ended(t + draw(st.floats(0.0, 10.0))))
    return Made(events)


def decide(made: Made, *, poll: tuple[float, ...] = ()) -> list[Decision]:
    """All decisions of a call, asked between the events at the given times or not."""
    policy = new_policy()
    decisions: list[Decision] = []
    times = sorted(poll)
    for event in made.events:
        while times and times[0] < event.t:
            decisions += policy.advance(times.pop(0))
        decisions += policy.feed(event)
    return decisions


def own(decisions: list[Decision], heard: Heard) -> Decision:
    """The decision an event met when it came."""
    return next(d for d in decisions if d.heard is heard)


DELIVERED = (Action.PASS, Action.INTERRUPT, Action.RELEASE, Action.NOTE)


def heard_in(made: Made) -> list[Heard]:
    """The recogniser's events."""
    return [event for event in made.events if isinstance(event, Heard)]


@given(calls(agent_speaks=False))
def test_law_1_a_silent_agent_hears_everything(made: Made) -> None:
    """With nobody to talk over every event passes, as it came and in order."""
    decisions = decide(made)
    assert [d.heard for d in decisions] == heard_in(made)
    assert {d.action for d in decisions} <= {Action.PASS}


@given(st.lists(st.sampled_from(FILLERS), min_size=1, max_size=6), st.data())
def test_law_2_backchannels_over_a_statement_reach_nobody(
    texts: list[str], data: st.DataObject
) -> None:
    """However many, in whatever events, in the midst of it: no stop, no turn."""
    events: list[Event] = [
        Speech(0.0, "s", SpeechState.CREATED),
        AgentState(0.0, "speaking"),
    ]
    t = 0.1
    for text in texts:
        t += data.draw(st.floats(0.0, 3.0))
        events.append(Heard(t, SpeechType.START_OF_SPEECH))
        kinds = data.draw(st.lists(st.sampled_from(TRANSCRIPTS), min_size=1, max_size=4))
        events.extend(Heard(t, kind, text, "en") for kind in kinds)
        events.append(Heard(t, SpeechType.END_OF_SPEECH))
    t += PolicySettings().yield_s + 0.01
    events += [
        AgentText(t, STATEMENT),
        AgentState(t, "listening"),
        Speech(t, "s", SpeechState.DONE),
    ]
    decisions = decide(Made([*events, Ended(t + 5.0)]))
    spoken = [d for d in decisions if d.heard.type in TRANSCRIPTS]
    assert {d.action for d in spoken} <= {Action.SUPPRESS, Action.HOLD, Action.DISCARD}


@given(st.sampled_from(COMMANDS), st.integers(0, 9), st.booleans())
def test_law_3_a_command_stops_at_the_first_event_that_has_it(
    text: str, min_words: int, final: bool
) -> None:
    """Whatever min_words is."""
    policy = new_policy()
    policy.feed(SessionStarted(0.0, min_words=min_words))
    policy.feed(AgentState(0.0, "speaking"))
    kind = SpeechType.FINAL if final else SpeechType.INTERIM
    [decision] = policy.feed(Heard(1.0, kind, text, "en"))
    assert decision.action is Action.INTERRUPT


@given(
    st.lists(st.sampled_from(["um", "uh", "yeah", "suite", "breakfast"]), min_size=1, max_size=8),
    st.integers(1, 5),
)
def test_law_4_enough_words_stop_at_the_first_event_that_has_them(
    words: list[str], min_words: int
) -> None:
    """Hesitations don't count, and one word must be content."""
    policy = new_policy()
    policy.feed(SessionStarted(0.0, min_words=min_words))
    policy.feed(AgentState(0.0, "speaking"))
    stopped = False
    for size in range(1, len(words) + 1):
        said = words[:size]
        counted = [word for word in said if word not in ("um", "uh")]
        content = any(word in ("suite", "breakfast") for word in said)
        enough = content and len(counted) >= min_words
        [decision] = policy.feed(Heard(1.0 + size, SpeechType.INTERIM, " ".join(said), "en"))
        assert (decision.action is Action.INTERRUPT) == (enough and not stopped)
        stopped = stopped or enough


@given(calls())
def test_law_5_content_is_delivered_once_and_in_order(made: Made) -> None:
    """Whatever the agent does meanwhile, and whenever the call ends."""
    kinds = (Kind.CONTENT, Kind.COMMAND, Kind.STANDALONE)
    said = [
        heard
        for heard in heard_in(made)
        if heard.type is SpeechType.FINAL and LEXICON.classify(heard.text).kind in kinds
    ]
    delivered = [
        d.heard
        for d in decide(made)
        if d.final and d.action in DELIVERED and LEXICON.classify(d.heard.text).kind in kinds
    ]
    assert [id(heard) for heard in delivered] == [id(heard) for heard in said]


END = 5.0
"""When the agent's turn ends in the calls about that, in seconds."""


def over_the_end(
    text: str, said: str, onset: float, took: float, *, known: bool, settings: PolicySettings
) -> list[Decision]:
    """A backchannel over a turn's end, or after it; nobody takes the floor again."""
    came = onset + took
    events: list[Event] = [
        Speech(0.0, "s", SpeechState.CREATED),
        AgentState(0.0, "speaking"),
        Heard(onset + 0.01, SpeechType.START_OF_SPEECH, speech_start_time=onset if known else None),
        Heard(came, SpeechType.INTERIM, said, "en"),
        Heard(came, SpeechType.FINAL, said, "en"),
        Heard(came, SpeechType.END_OF_SPEECH),
        AgentText(END, text),
        AgentState(END, "listening"),
        Speech(END, "s", SpeechState.DONE),
        Ended(20.0),
    ]
    events.sort(key=lambda event: event.t)
    policy = new_policy(settings)
    return [decision for event in events for decision in policy.feed(event)]


REPLIES = ["Yeah.", "Mhm.", "Um, okay.", "I see."]


@given(
    st.sampled_from([STATEMENT, QUESTION, ""]),
    st.sampled_from(REPLIES),
    st.floats(-0.98, 4.0),
    st.floats(0.05, 1.5),
    st.booleans(),
)
def test_law_6_no_backchannel_at_a_turns_end_is_dropped(
    text: str, said: str, offset: float, took: float, known: bool
) -> None:
    """Begun within yield_s of it or after it, while the floor stays free, it is delivered once."""
    settings = PolicySettings()
    decisions = over_the_end(text, said, END + offset, took, known=known, settings=settings)
    fates = [d.action for d in decisions if d.final and d.action in DELIVERED]
    assert fates in ([Action.PASS], [Action.RELEASE])


@given(st.sampled_from(REPLIES), st.floats(-4.9, 0.29), st.floats(0.05, 0.9), st.booleans())
def test_law_6_without_a_yield_a_statement_takes_no_reply(
    said: str, offset: float, took: float, known: bool
) -> None:
    """`yield_s: 0` is the guide's rule: over the end or within the grace it is dropped."""
    settings = PolicySettings(yield_s=0.0, grace_s=1.3)
    decisions = over_the_end(STATEMENT, said, END + offset, took, known=known, settings=settings)
    assert [d.action for d in decisions if d.final and d.action in DELIVERED] == []


@given(
    st.sampled_from([STATEMENT, QUESTION, ""]),
    st.sampled_from(REPLIES),
    st.floats(0.0, 4.0),
    st.floats(0.05, 1.5),
    st.booleans(),
    st.booleans(),
)
def test_law_6_one_turns_end_takes_one_reply(
    text: str, said: str, later: float, took: float, known: bool, thinks: bool
) -> None:
    """Once the agent has the floor for its reply, a backchannel is a mere one again."""
    policy = new_policy()
    replied = END + 0.6
    onset = replied + later
    events: list[Event] = [
        Speech(0.0, "s", SpeechState.CREATED),
        AgentState(0.0, "speaking"),
        AgentText(END, text),
        AgentState(END, "listening"),
        Speech(END, "s", SpeechState.DONE),
        Heard(replied, SpeechType.START_OF_SPEECH, speech_start_time=END - 0.3),
        Heard(replied, SpeechType.FINAL, "Okay.", "en"),
        Heard(replied, SpeechType.END_OF_SPEECH),
        Speech(replied, "t", SpeechState.CREATED),
        AgentState(replied, "thinking" if thinks else "speaking"),
        Heard(onset + took, SpeechType.START_OF_SPEECH, speech_start_time=onset if known else None),
        Heard(onset + took, SpeechType.FINAL, said, "en"),
        Heard(onset + took, SpeechType.END_OF_SPEECH),
        AgentState(onset + took, "speaking"),
        AgentText(onset + took + 3.0, STATEMENT),
        AgentState(onset + took + 3.0, "listening"),
        Speech(onset + took + 3.0, "t", SpeechState.DONE),
        Ended(40.0),
    ]
    decisions = [decision for event in events for decision in policy.feed(event)]
    delivered = [d.heard.text for d in decisions if d.final and d.action in DELIVERED]
    assert delivered == ["Okay."]


@given(st.lists(st.sampled_from(CONTENTS + FILLERS), min_size=1, max_size=5), st.data())
def test_law_7_a_repeated_final_says_what_it_adds(texts: list[str], data: st.DataObject) -> None:
    """Each final of an utterance begins with the one before: the new words alone are judged."""
    policy = new_policy()
    policy.feed(SessionStarted(0.0, min_words=data.draw(st.integers(2, 6))))
    policy.feed(AgentState(0.0, "speaking"))
    policy.feed(Heard(1.0, SpeechType.START_OF_SPEECH, speech_start_time=0.8))
    decisions: list[Decision] = []
    said = ""
    for second, text in enumerate(texts):
        said = f"{said} {text}".strip()
        decisions += policy.feed(Heard(1.5 + second, SpeechType.FINAL, said, "en"))
    for decision in decisions:
        if decision.adds is not None:
            assert decision.heard.text.endswith(decision.adds)
    decisions += policy.feed(Heard(10.0, SpeechType.END_OF_SPEECH))
    decisions += policy.feed(AgentState(11.0, "listening"))
    decisions += policy.feed(Ended(20.0))
    delivered = " ".join(d.text for d in decisions if d.final and d.action in DELIVERED)
    assert _is_part(delivered.split(), said.split())


def _is_part(words: list[str], of: list[str]) -> bool:
    """Whether the words are some of those, in their order."""
    rest = iter(of)
    return all(word in rest for word in words)


def test_what_is_kept_of_a_long_call_is_bounded() -> None:
    """Tens of thousands of events leave no more behind than a few hundred."""
    policy = new_policy()
    sizes = []
    t = 0.0
    for turn in range(2_000):
        name = f"s{turn}"
        policy.feed(Speech(t, name, SpeechState.CREATED))
        policy.feed(AgentState(t, "speaking"))
        policy.feed(AgentSaying(t, STATEMENT))
        for piece, text in enumerate(("I", "see.", "Suite.", "um", "Mhm.")):
            onset = t + 0.5 * piece
            policy.feed(Heard(onset, SpeechType.START_OF_SPEECH, speech_start_time=onset))
            policy.feed(Heard(onset + 0.1, SpeechType.INTERIM, text, "en"))
            policy.feed(Heard(onset + 0.2, SpeechType.FINAL, text, "en"))
            policy.feed(Heard(onset + 0.3, SpeechType.END_OF_SPEECH))
        t += 4.0
        policy.feed(AgentText(t, STATEMENT))
        policy.feed(AgentState(t, "listening"))
        policy.feed(Speech(t, name, SpeechState.DONE))
        t += 1.0
        if turn in (50, 1_999):
            sizes.append(len(pickle.dumps(policy._call)))  # noqa: SLF001 - all that it keeps
    assert sizes[1] < 1.5 * sizes[0]


@given(calls())
def test_law_7_an_utterance_that_passed_passes(made: Made) -> None:
    """Up to a retraction, which needs a pausable output."""
    pausable = isinstance(made.events[0], SessionStarted) and made.events[0].pausable
    decisions = decide(made)
    passed = False
    for heard in heard_in(made):
        decision = own(decisions, heard)
        if heard.type is SpeechType.START_OF_SPEECH or heard.type is SpeechType.END_OF_SPEECH:
            passed = False
            continue
        if decision.action is Action.RETRACT:
            assert pausable
            assert passed
            passed = False
        elif passed and _bounded(made, heard):
            assert decision.action in (Action.PASS, Action.INTERRUPT)
        passed = passed or decision.action in (Action.PASS, Action.INTERRUPT)


def _bounded(made: Made, heard: Heard) -> bool:
    """Whether the event stands between START_OF_SPEECH and END_OF_SPEECH."""
    inside = False
    for event in heard_in(made):
        if event is heard:
            return inside
        if event.type is SpeechType.START_OF_SPEECH:
            inside = True
        elif event.type is SpeechType.END_OF_SPEECH:
            inside = False
    return False


@given(calls())
def test_law_8_boundaries_pass_at_once(made: Made) -> None:
    """Each at its own time."""
    decisions = decide(made)
    for heard in heard_in(made):
        if heard.type not in TRANSCRIPTS:
            assert own(decisions, heard).action is Action.PASS


@given(calls(), st.lists(st.floats(0.0, 60.0), max_size=20))
def test_law_9_the_same_call_is_decided_the_same(made: Made, poll: list[float]) -> None:
    """However often the policy is asked in between, and on whatever clock."""
    once = decide(made)
    assert decide(made, poll=tuple(poll)) == once
    again = decide(made)
    assert again == once


@given(calls())
def test_every_event_meets_exactly_one_decision_when_it_comes(made: Made) -> None:
    """And what is held meets exactly one more."""
    decisions = decide(made)
    later = {Action.RELEASE, Action.NOTE, Action.DISCARD}
    for heard in heard_in(made):
        fates = [d.action for d in decisions if d.heard is heard]
        first, *rest = fates
        assert first not in later
        kept = heard.type is SpeechType.FINAL and first in (Action.HOLD, Action.RETRACT)
        assert len(rest) == (1 if kept else 0), fates
        assert set(rest) <= later


@given(calls())
def test_decisions_are_in_order_of_time(made: Made) -> None:
    """A deadline between two events is acted on at its own time."""
    times = [decision.t for decision in decide(made)]
    assert times == sorted(times)


@given(calls())
def test_an_idle_policy_holds_nothing(made: Made) -> None:
    """Whatever happened, the end of the call leaves no word behind."""
    policy = new_policy()
    for event in made.events:
        policy.feed(event)
    assert policy.held() == []
    assert policy.next_deadline is None


@given(calls())
def test_the_source_of_an_event_changes_nothing(made: Made) -> None:
    """It is carried, not read."""
    tagged = Made([replace(e, source=object()) if isinstance(e, Heard) else e for e in made.events])
    assert [(d.t, d.action, d.reason) for d in decide(tagged)] == [
        (d.t, d.action, d.reason) for d in decide(made)
    ]
