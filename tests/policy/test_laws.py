"""The laws of the policy, on calls that nobody thought of."""

from __future__ import annotations

from dataclasses import dataclass, replace

from hypothesis import given
from hypothesis import strategies as st

from filters.policy import (
    Action,
    AgentState,
    AgentText,
    Decision,
    Ended,
    Event,
    Heard,
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
    """However many, in whatever events: no stop, no turn."""
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


@given(st.floats(-1.9, 0.25), st.floats(0.05, 1.5), st.sampled_from(["Yeah.", "Mhm.", "Um, okay."]))
def test_law_6_an_answer_is_delivered_once(offset: float, said_in: float, text: str) -> None:
    """From two seconds before the question's end until the echo of it."""
    end = 5.0
    onset = end + offset
    timeline: list[Event] = [
        AgentState(0.0, "speaking"),
        Heard(onset + said_in, SpeechType.START_OF_SPEECH, speech_start_time=onset),
        Heard(onset + said_in, SpeechType.INTERIM, text, "en"),
        Heard(onset + said_in, SpeechType.FINAL, text, "en"),
        Heard(onset + said_in, SpeechType.END_OF_SPEECH),
        AgentText(end, QUESTION),
        AgentState(end, "listening"),
        Ended(20.0),
    ]
    timeline.sort(key=lambda event: event.t)
    fates = [d.action for d in decide(Made(timeline)) if d.final and d.action in DELIVERED]
    assert fates in ([Action.PASS], [Action.RELEASE])


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
