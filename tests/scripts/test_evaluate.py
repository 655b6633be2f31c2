"""The evaluation: cases become events, LiveKit's side is modelled, figures have an interval."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner
from typer.testing import Result as Run

from filters.configuration import load_config, policy_of
from filters.policy import Action, AgentSaying, AgentText, Decision, Heard, Reason, SpeechType
from scripts.evaluate import app
from scripts.evaluation.cases import Case, CaseError, read_cases
from scripts.evaluation.figures import figures, median, share
from scripts.evaluation.pipeline import Pipeline
from scripts.evaluation.profiles import Profile, events_of
from scripts.evaluation.results import Fault, Result, evaluate

if TYPE_CHECKING:
    from pathlib import Path

STATEMENT = "The pool opens at seven. Towels are in the room."
QUESTION = "The pool opens at seven. Shall I reserve a lane?"


def raw_case(
    name: str,
    kind: str,
    said: str,
    *,
    onset: float = 4.0,
    agent: str = STATEMENT,
    end: float = 20.0,
) -> dict[str, Any]:
    """A case whose words take 0.3 s each."""
    words = [word.strip(".,?!").lower() for word in said.split()]
    spans = [
        [round(onset + 0.3 * i, 2), round(onset + 0.3 * i + 0.3, 2), word]
        for i, word in enumerate(words)
    ]
    user = {"start": onset, "end": spans[-1][1], "words": spans, "final": said}
    return {
        "id": name,
        "kind": kind,
        "agent": {"start": 0.0, "end": end, "text": agent},
        "user": user,
    }


def case(*arguments: Any, **more: Any) -> Case:
    """The same, read."""
    return Case.from_json(raw_case(*arguments, **more))


def faults(of: Case, profile: Profile = Profile.SPARSE) -> set[Fault]:
    """What goes wrong with a case by the default configuration."""
    result = evaluate(of, profile, policy_of(load_config()))
    return {fault for fault in Fault if result.has(fault)}


def heard(of: Case, profile: Profile) -> list[tuple[float, str, str]]:
    """What the recogniser sends."""
    return [
        (event.t, event.type.value, event.text)
        for event in events_of(of, profile)
        if isinstance(event, Heard)
    ]


def test_words_arrive_one_by_one() -> None:
    """An interim a word 0.3 s after it, none later than the final."""
    assert heard(case("a", "interruption", "Two lanes."), Profile.WORDS) == [
        (4.25, "start_of_speech", ""),
        (4.6, "interim_transcript", "two"),
        (4.9, "interim_transcript", "two lanes"),
        (5.0, "final_transcript", "Two lanes."),
        (5.0, "end_of_speech", ""),
    ]


def test_sparse_interims_and_a_turn_that_ends_at_once() -> None:
    """A first interim after 0.8 s, the next 3 s later, and all the rest at the end."""
    long = case("a", "interruption", "I would rather have two lanes for the morning, please.")
    arrivals = heard(long, Profile.SPARSE)
    assert [(t, kind) for t, kind, _ in arrivals] == [
        (4.8, "start_of_speech"),
        (4.8, "interim_transcript"),
        (7.4, "interim_transcript"),
        (7.4, "preflight_transcript"),
        (7.4, "final_transcript"),
        (7.4, "end_of_speech"),
    ]
    assert arrivals[1][2] == "i"
    short = heard(case("b", "backchannel", "Yeah."), Profile.SPARSE)
    assert {t for t, _, _ in short} == {4.7}


def test_the_agents_text_comes_with_the_end_of_its_speech() -> None:
    """The agent's state and text surround what the caller says."""
    events = events_of(case("a", "backchannel", "Yeah.", onset=19.0), Profile.SPARSE)
    assert [event.t for event in events] == sorted(event.t for event in events)
    assert AgentText(20.0, STATEMENT) in events
    assert events[-1].t == 25.0


def test_what_the_agent_says_may_be_told_as_it_begins() -> None:
    """Then what comes back of it is no interruption."""
    of = case("a", "interruption", "the pool opens at seven", onset=1.0)
    with_saying = events_of(of, Profile.WORDS, saying=True)
    assert [event for event in with_saying if event not in events_of(of, Profile.WORDS)] == [
        AgentSaying(0.0, STATEMENT)
    ]
    assert with_saying[0].t == with_saying[1].t == 0.0
    stopped = [
        evaluate(of, Profile.WORDS, policy_of(load_config()), saying=saying).stopped_at is not None
        for saying in (True, False)
    ]
    assert stopped == [False, True]


@pytest.mark.parametrize("profile", [Profile.WORDS, Profile.SPARSE])
@pytest.mark.parametrize(
    ("of", "expected"),
    [
        (case("a", "backchannel", "Yeah."), set()),
        (case("b", "backchannel", "Zebras everywhere."), {Fault.FALSE_INTERRUPTIONS}),
        (case("c", "backchannel", "Zebras."), {Fault.STALE}),
        (case("c", "backchannel", "Zebras.", onset=18.7), set()),
        (case("c", "backchannel", "Zebras.", onset=19.2), set()),
        (case("c", "backchannel", "Yeah.", onset=20.2, agent=QUESTION), set()),
        (case("d", "interruption", "I want two lanes."), set()),
        (case("e", "interruption", "Zebras."), set()),
        (case("f", "interruption", "Yeah."), {Fault.LOST}),
        (case("g", "interruption", "Yeah, okay."), {Fault.LOST, Fault.MISSED}),
        (case("h", "answer", "Yeah.", onset=20.2, agent=QUESTION), set()),
        (case("i", "answer", "Yeah."), {Fault.ANSWERS}),
        (case("i", "answer", "Um.", onset=20.2, agent=QUESTION), {Fault.ANSWERS}),
        (case("j", "backchannel", "Yeah.", onset=19.2), set()),
    ],
)
def test_each_fault_is_found(of: Case, expected: set[Fault], profile: Profile) -> None:
    """A case has the faults that its labels and its outcome make."""
    assert faults(of, profile) == expected


@pytest.mark.parametrize(
    ("onset", "unanswered"),
    [(18.4, set()), (18.6, set()), (18.9, set()), (19.0, {Fault.DEAD}), (20.2, {Fault.DEAD})],
)
def test_an_unanswered_backchannel_at_the_agents_end_is_dead_air(
    onset: float, unanswered: set[Fault]
) -> None:
    """In its midst the opposite is wrong: a reply; half a second between the two is neither."""
    of = case("a", "backchannel", "Yeah.", onset=onset)
    results = (Result(of, None, None, "", ()), Result(of, None, 23.0, "Yeah.", ()))
    found = [{fault for fault in Fault if result.has(fault)} for result in results]
    assert found == [unanswered, {Fault.STALE} if onset < 18.5 else set()]


def decision(t: float, action: Action, text: str, *, final: bool = True) -> Decision:
    """A decision about words."""
    kind = SpeechType.FINAL if final else SpeechType.INTERIM
    return Decision(t, action, Reason.ENOUGH_WORDS, Heard(t, kind, text))


def test_the_gate_of_livekit_is_one_event_late() -> None:
    """The words of an event count when the next one comes."""
    pipeline = Pipeline(agent_end=20.0)
    pipeline.decided(decision(1.0, Action.PASS, "two lanes", final=False))
    assert pipeline.stopped_at is None
    pipeline.decided(decision(2.0, Action.PASS, "two lanes please", final=False))
    assert pipeline.stopped_at == 2.0


def test_a_short_turn_is_refused_while_the_agent_speaks_and_stays_behind() -> None:
    """Its words prefix the next turn, as they do in LiveKit."""
    pipeline = Pipeline(agent_end=20.0)
    pipeline.decided(decision(1.0, Action.PASS, "Lanes."))
    assert pipeline.delivered_at is None
    pipeline.decided(decision(25.0, Action.PASS, "Two."))
    assert pipeline.delivered == ["Lanes. Two."]
    assert pipeline.delivered_at == 26.0


def test_late_and_altered_words_are_faults() -> None:
    """A reply to words said long ago is late; words that came twice are altered."""
    of = case("a", "interruption", "Zebras.", end=60.0)
    late = Result(of, None, 30.0, "Zebras. Zebras.", ())
    assert {fault for fault in Fault if late.has(fault)} == {Fault.LATE, Fault.ALTERED}


def test_a_share_has_wilsons_interval() -> None:
    """Known values: 1 of 10, none of 10, and nothing at all."""
    figure = share(1, 10)
    assert (figure.value, figure.count, figure.n) == (0.1, 1, 10)
    assert figure.low == pytest.approx(0.0179, abs=1e-4)
    assert figure.high == pytest.approx(0.4042, abs=1e-4)
    assert share(0, 10).low == 0.0
    assert share(0, 10).high == pytest.approx(0.2775, abs=1e-4)
    assert share(0, 0).value is None


def test_a_median_has_the_interval_of_its_order_statistics() -> None:
    """Of 1 to 101 the median is 51, and lies between the 41st and the 62nd."""
    figure = median([float(n) for n in range(1, 102)], 200)
    assert (figure.value, figure.low, figure.high) == (51.0, 41.0, 62.0)
    assert median([], 3).value is None
    assert median([0.5], 1).low == 0.5


def test_figures_count_the_cases_that_bear_on_them() -> None:
    """Each share is of the cases of its kind; the median of the stops there should have been."""
    cases = [
        case("a", "backchannel", "Yeah."),
        case("b", "backchannel", "Zebras everywhere."),
        case("c", "interruption", "I want two lanes."),
        case("d", "interruption", "I want two lanes.", onset=19.0),
        case("e", "answer", "No.", onset=20.1, agent=QUESTION),
    ]
    results = [evaluate(each, Profile.WORDS, policy_of(load_config())) for each in cases]
    at_the_end = case("f", "backchannel", "Yeah.", onset=20.2)
    found = figures([*results, Result(at_the_end, None, None, "", ())])
    counts = {name: (figure.count, figure.n) for name, figure in found.items()}
    assert counts == {
        "false_interruptions": (1, 3),
        "stale": (0, 2),
        "dead": (1, 1),
        "lost": (0, 2),
        "missed": (0, 1),
        "answers": (0, 1),
        "late": (0, 2),
        "altered": (0, 6),
        "onset_to_stop_s": (1, 1),
    }
    assert found["onset_to_stop_s"].value == pytest.approx(0.9)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{", "cases.jsonl:2: "),
        ("[]", "cases.jsonl:2: "),
        ("{}", "lacks 'agent'"),
        (json.dumps(raw_case("a", "shout", "Hey.")), "kind 'shout' is none of backchannel"),
    ],
)
def test_a_bad_case_is_named(line: str, said: str) -> None:
    """File, line and what is wrong."""
    with pytest.raises(CaseError) as error:
        list(read_cases(["", line], "cases.jsonl"))
    assert said in str(error.value)


def run(*arguments: str | Path) -> Run:
    """The command, as it went."""
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.fixture
def cases_file(tmp_path: Path) -> Path:
    """Three cases, one of them decided wrongly."""
    path = tmp_path / "cases.jsonl"
    raw = [
        raw_case("call-1", "backchannel", "Mm-hmm."),
        raw_case("call-2", "backchannel", "Zebras everywhere."),
        raw_case("call-3", "interruption", "I want two lanes."),
    ]
    path.write_text("".join(json.dumps(each) + "\n" for each in raw), encoding="utf-8")
    return path


def test_the_command_prints_figures_and_the_cases_in_the_way(cases_file: Path) -> None:
    """Both profiles unless told otherwise; a shown case says what was decided about it."""
    result = run(cases_file, "--show", "false_interruptions")
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert lines[0].startswith("words: ")
    assert any("1 of 2" in line and "50.00 %" in line for line in lines)
    assert any(line.startswith("sparse: ") for line in lines)
    assert sum("call-2: backchannel 'Zebras everywhere.'" in line for line in lines) == 2
    assert any("interrupt (enough_words)" in line for line in lines)


def test_the_command_prints_json(cases_file: Path) -> None:
    """With --json the figures can be read by a program."""
    result = run(cases_file, "--profile", "sparse", "--json")
    figure = json.loads(result.stdout)["sparse"]["false_interruptions"]
    assert (figure["count"], figure["n"]) == (1, 2)


def test_a_configuration_is_measured(cases_file: Path, tmp_path: Path) -> None:
    """With the words in its list, nothing is wrong any more."""
    config = tmp_path / "zoo.yaml"
    config.write_text("domain: zoo\nbackchannels: {add: [zebras everywhere]}\n", encoding="utf-8")
    result = run(cases_file, "--config", config, "--profile", "words", "--json")
    assert json.loads(result.stdout)["words"]["false_interruptions"]["count"] == 0


def test_what_cannot_be_read_is_named(tmp_path: Path, cases_file: Path) -> None:
    """A missing file and a missing configuration: a sentence, no traceback."""
    for arguments in ((tmp_path / "none.jsonl",), (cases_file, "--config", "no_such_domain")):
        result = run(*arguments)
        assert result.exit_code == 1
        assert result.stderr.strip()
        assert "Traceback" not in result.stderr
