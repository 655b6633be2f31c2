"""Measures a configuration on labelled overlapping speech, and shows what it decides wrongly.

    python -m scripts.evaluate cases.jsonl.gz --config healthcare --profile both --show lost

A case is a line of JSON: someone holds the floor (the agent) and someone speaks over them, or right
at their end (the caller). Times are in seconds, on one clock.

    id     its name
    kind   backchannel: wants no reply. interruption: says something. answer: replies to the
           question that the agent is asking, or has just asked
    agent  start, end and text of the agent's speech
    user   start, end, words: [[start, end, word], ...], final: the text as a recogniser prints it

A case becomes events as a recogniser would send them (the profile), the policy decides, and a model
of what LiveKit Agents does with the events that pass says what the caller would have met with.
"""

from __future__ import annotations

import dataclasses
import importlib
import json
import math
import statistics
import string
import zlib
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from filters.calls import TRANSCRIPTS, Replay
from filters.configuration import FilterConfig, load_config
from filters.documents import ConfigError
from filters.policy import Action, AgentState, AgentText, Decision, Ended, Event, Heard, SpeechType
from scripts.replay import open_bytes, policy_of, progress_bar

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from rich.progress import Progress

    from filters.policy import InterruptionPolicy

app = typer.Typer(add_completion=False)

ONSET_S = 0.25
"""From the caller's onset to START_OF_SPEECH, in the profile `words`."""
INTERIM_S = 0.30
"""From the end of a word to the interim that carries it."""
FIRST_PARTIAL_S = 0.80
"""From the onset to START_OF_SPEECH and the first interim, in the profile `sparse`."""
PARTIAL_EVERY_S = 3.0
"""From one interim to the next, in the profile `sparse`."""
FINAL_S = 0.40
"""From the end of the utterance to its final and END_OF_SPEECH."""
MIN_DELAY_S = 1.0
"""LiveKit's `endpointing.min_delay`: from the end of an utterance to its turn."""
MIN_WORDS = 2
AFTER_S = 5.0
"""How long the session goes on after the last event."""
LATE_S = 8.0
"""A reply to words that are older answers something else."""
TIME_LEFT_S = 1.0
"""A stop is missed only if it would have saved the caller this much."""
Z_95 = 1.959964


class CaseError(ValueError):
    """A case can't be read; the message says which, and what is wrong."""


class Profile(str, Enum):
    """How the recogniser sends what it hears."""

    WORDS = "words"
    """An interim a word."""
    SPARSE = "sparse"
    """An interim after 0.8 s and every 3 s; at the end INTERIM, PREFLIGHT and FINAL at once."""
    BOTH = "both"


class Fault(str, Enum):
    """What can go wrong with a case."""

    FALSE_INTERRUPTIONS = "false_interruptions"
    REPLIES = "replies"
    LOST = "lost"
    MISSED = "missed"
    ANSWERS = "answers"
    LATE = "late"
    ALTERED = "altered"


@dataclass(frozen=True, slots=True)
class Word:
    """A word of the caller and when it was said, in seconds."""

    start: float
    end: float
    text: str


@dataclass(frozen=True, slots=True)
class Case:
    """One stretch of overlapping speech."""

    id: str
    kind: str
    agent_start: float
    agent_end: float
    agent_text: str
    start: float
    end: float
    words: tuple[Word, ...]
    final: str

    @classmethod
    def from_json(cls, raw: Mapping[str, Any]) -> Case:
        """Reads a case.

        Raises:
            KeyError, TypeError, ValueError: It isn't one.
        """
        agent, user = raw["agent"], raw["user"]
        words = tuple(Word(float(a), float(b), str(text)) for a, b, text in user["words"])
        if raw["kind"] not in KINDS:
            raise ValueError(f"kind {raw['kind']!r} is none of {', '.join(KINDS)}")
        return cls(
            str(raw["id"]),
            raw["kind"],
            float(agent["start"]),
            float(agent["end"]),
            str(agent["text"]),
            float(user["start"]),
            float(user["end"]),
            words,
            str(user["final"]),
        )

    @property
    def time_left_s(self) -> float:
        """How long the agent would have gone on after the caller."""
        return self.agent_end - self.end


KINDS = ("backchannel", "interruption", "answer")


def read_cases(lines: Iterable[str | bytes], name: str) -> Iterator[Case]:
    """Reads cases, one a line.

    Raises:
        CaseError: A line is none.
    """
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            yield Case.from_json(json.loads(line))
        except (KeyError, TypeError, ValueError) as error:
            what = f"lacks {error}" if isinstance(error, KeyError) else str(error)
            where = f"{name}:{number}"
            raise CaseError(f"{where}: {what}. scripts/evaluate.py describes a case.") from None


# -- what the policy hears -------------------------------------------------------------------------


def events_of(case: Case, profile: Profile) -> list[Event]:
    """The session of a case, as events in the order of their arrival."""
    heard = _heard_word_by_word(case) if profile is Profile.WORDS else _heard_sparsely(case)
    end = _ms(case.agent_end)
    events: list[Event] = [
        AgentState(_ms(case.agent_start), "speaking"),
        AgentText(end, case.agent_text),
        AgentState(end, "listening"),
        *heard,
    ]
    events.sort(key=lambda event: event.t)  # stable: at the same time, the agent comes first
    return [*events, Ended(_ms(max(event.t for event in events) + AFTER_S))]


def _heard_word_by_word(case: Case) -> list[Heard]:
    over = case.end + FINAL_S
    heard = [_start(case, case.start + ONSET_S)]
    for count, word in enumerate(case.words, 1):
        text = " ".join(said.text for said in case.words[:count])
        heard.append(_transcript(min(word.end + INTERIM_S, over), SpeechType.INTERIM, text))
    # a word may carry a time before the onset: events arrive in the order of their times
    return [*heard, *_end_of_turn(case, over)]


def _heard_sparsely(case: Case) -> list[Heard]:
    over = case.end + FINAL_S
    heard: list[Heard] = []
    at = case.start + FIRST_PARTIAL_S
    while at < over:
        words = [word.text for word in case.words if word.end <= at - INTERIM_S + 0.05]
        if words:
            heard += [] if heard else [_start(case, at)]
            heard.append(_transcript(at, SpeechType.INTERIM, " ".join(words)))
        at += PARTIAL_EVERY_S
    heard += [] if heard else [_start(case, over)]
    heard.append(_transcript(over, SpeechType.INTERIM, case.final))
    heard.append(_transcript(over, SpeechType.PREFLIGHT, case.final))
    return [*heard, *_end_of_turn(case, over)]


def _start(case: Case, t: float) -> Heard:
    return Heard(_ms(t), SpeechType.START_OF_SPEECH, speech_start_time=case.start)


def _transcript(t: float, kind: SpeechType, text: str) -> Heard:
    return Heard(_ms(t), kind, text=text, language="en")


def _end_of_turn(case: Case, t: float) -> list[Heard]:
    return [
        _transcript(t, SpeechType.FINAL, case.final),
        Heard(_ms(t), SpeechType.END_OF_SPEECH),
    ]


def _ms(t: float) -> float:
    return round(t, 3)


# -- what the caller meets with --------------------------------------------------------------------


@dataclass(slots=True)
class Pipeline:
    """What LiveKit Agents does with the transcripts that reach it.

    With `vad=None` and `turn_detection="stt"`, as observed on 1.5.0 to 1.8.9: the `min_words` gate
    reads the transcript stored before the event at hand, so it acts one event late; a turn below
    `min_words` is refused while the agent speaks, and its words stay behind; any other turn commits
    `min_delay` later.
    """

    agent_end: float
    final: str = ""
    interim: str = ""
    stopped_at: float | None = None
    delivered_at: float | None = None
    delivered: list[str] = dataclasses.field(default_factory=list)

    def decided(self, decision: Decision) -> None:
        """Takes in a decision and the event it concerns."""
        heard = decision.heard
        if decision.action is Action.INTERRUPT:
            self._stop(decision.t)
        if decision.action is Action.NOTE and heard.text and self.delivered_at is None:
            self._deliver(decision.t, heard.text)
        passes = decision.action in (Action.PASS, Action.RELEASE, Action.INTERRUPT)
        if passes and heard.text and heard.type in TRANSCRIPTS:
            self.transcript(decision.t, heard)

    def transcript(self, t: float, heard: Heard) -> None:
        """Takes in a transcript that has reached LiveKit."""
        stored = f"{self.final} {self.interim}"
        if len(stored.split()) >= MIN_WORDS:
            self._stop(t)
        if heard.type is not SpeechType.FINAL:
            self.interim = heard.text
            return
        self.final, self.interim = f"{self.final} {heard.text}".strip(), ""
        commit_at = t + MIN_DELAY_S
        if self.speaks(commit_at):
            if len(self.final.split()) < MIN_WORDS:
                return
            self._stop(commit_at)
        self._deliver(commit_at, self.final)
        self.final = ""

    def speaks(self, t: float) -> bool:
        """Whether the agent still speaks."""
        return self.stopped_at is None and t < self.agent_end

    def _stop(self, t: float) -> None:
        if self.speaks(t):
            self.stopped_at = t

    def _deliver(self, t: float, text: str) -> None:
        if self.delivered_at is None:
            self.delivered_at = t
        self.delivered.append(text)


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a case.

    Attributes:
        stopped_at: When the agent stopped for the caller, if it did.
        delivered_at: When the caller's words reached the model, if they did.
        decisions: The policy's decisions, for whoever wants to know why.
    """

    case: Case
    stopped_at: float | None
    delivered_at: float | None
    delivered: str
    decisions: tuple[Decision, ...]

    @property
    def should_stop(self) -> bool:
        """The caller said several words while the agent had a while to go."""
        case = self.case
        several = len(case.words) >= MIN_WORDS
        return case.kind == "interruption" and several and case.time_left_s >= TIME_LEFT_S

    @property
    def onset_to_stop_s(self) -> float | None:
        """How long the agent talked over the caller, where it should have stopped and did."""
        if not self.should_stop or self.stopped_at is None:
            return None
        return self.stopped_at - self.case.start

    def has(self, fault: Fault) -> bool:
        """Whether this went wrong."""
        kind = self.case.kind
        stopped = self.stopped_at is not None
        delivered = self.delivered_at is not None
        waited_s = (self.delivered_at or 0.0) - self.case.end
        return {
            Fault.FALSE_INTERRUPTIONS: kind == "backchannel" and stopped,
            Fault.REPLIES: kind == "backchannel" and delivered and not stopped,
            Fault.LOST: kind == "interruption" and not delivered,
            Fault.MISSED: self.should_stop and not stopped,
            Fault.ANSWERS: kind == "answer" and not delivered,
            Fault.LATE: kind == "interruption" and delivered and waited_s > LATE_S,
            Fault.ALTERED: delivered and _words(self.delivered) != _words(self.case.final),
        }[fault]


def _words(text: str) -> list[str]:
    return text.lower().translate(str.maketrans("", "", string.punctuation)).split()


def evaluate(case: Case, profile: Profile, policy: InterruptionPolicy) -> Result:
    """Plays a case to a fresh policy."""
    player, pipeline = Replay(policy), Pipeline(case.agent_end)
    decisions: list[Decision] = []
    for event in events_of(case, profile):
        decisions += player.feed(event)
    for decision in sorted(decisions, key=lambda decision: decision.t):
        pipeline.decided(decision)
    return Result(
        case,
        pipeline.stopped_at,
        pipeline.delivered_at,
        " ".join(pipeline.delivered),
        tuple(decisions),
    )


# -- figures ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure and its 95 % interval.

    Attributes:
        value: A share from 0 to 1, or a median in seconds; None where no case bears on it.
        low: The interval's lower end.
        high: Its upper end.
        count: The cases that went wrong, or that the median is of.
        n: The cases that bear on it.
    """

    value: float | None
    low: float | None
    high: float | None
    count: int
    n: int


def share(count: int, n: int) -> Figure:
    """A share, with Wilson's interval."""
    if not n:
        return Figure(None, None, None, count, n)
    p, z2 = count / n, Z_95**2
    middle = (p + z2 / (2 * n)) / (1 + z2 / n)
    reach = Z_95 / (1 + z2 / n) * math.sqrt(p * (1 - p) / n + z2 / (4 * n * n))
    return Figure(p, max(0.0, middle - reach), min(1.0, middle + reach), count, n)


def median(values: Sequence[float], n: int) -> Figure:
    """A median, with the interval between two order statistics."""
    if not values:
        return Figure(None, None, None, 0, n)
    ordered = sorted(values)
    reach = Z_95 * math.sqrt(len(ordered)) / 2
    low = max(0, math.floor(len(ordered) / 2 - reach))
    high = min(len(ordered) - 1, math.ceil(len(ordered) / 2 + reach))
    return Figure(statistics.median(ordered), ordered[low], ordered[high], len(ordered), n)


_TITLES = {
    Fault.FALSE_INTERRUPTIONS: "backchannels that stopped the agent",
    Fault.REPLIES: "backchannels the agent replied to",
    Fault.LOST: "interruptions whose words were lost",
    Fault.MISSED: "interruptions that did not stop the agent",
    Fault.ANSWERS: "answers lost",
    Fault.LATE: "interruptions delivered late",
    Fault.ALTERED: "cases with words altered",
}


def figures(results: Sequence[Result]) -> dict[str, Figure]:
    """Every figure of a run: a share per `Fault`, and `onset_to_stop_s`."""
    kinds = {kind: sum(result.case.kind == kind for result in results) for kind in KINDS}
    should_stop = sum(result.should_stop for result in results)
    of = {
        Fault.FALSE_INTERRUPTIONS: kinds["backchannel"],
        Fault.REPLIES: kinds["backchannel"],
        Fault.LOST: kinds["interruption"],
        Fault.MISSED: should_stop,
        Fault.ANSWERS: kinds["answer"],
        Fault.LATE: kinds["interruption"],
        Fault.ALTERED: len(results),
    }
    found = {
        fault.value: share(sum(result.has(fault) for result in results), n)
        for fault, n in of.items()
    }
    waits = [wait for result in results if (wait := result.onset_to_stop_s) is not None]
    return {**found, "onset_to_stop_s": median(waits, should_stop)}


def _percent(figure: Figure) -> str:
    if figure.value is None or figure.low is None or figure.high is None:
        return f"{'-':>8}{'':19}of 0"
    interval = f"({100 * figure.low:.2f} to {100 * figure.high:.2f})"
    return f"{100 * figure.value:6.2f} % {interval:18} {figure.count} of {figure.n}"


def _seconds(figure: Figure) -> str:
    if figure.value is None:
        return f"{'-':>8}{'':19}of 0"
    interval = f"({figure.low:.2f} to {figure.high:.2f})"
    return f"{figure.value:6.2f} s {interval:18} {figure.count} of {figure.n}"


def report(profile: Profile, found: Mapping[str, Figure]) -> Iterator[str]:
    """The figures as lines of text."""
    yield f"{profile.value}: share (95 % interval), cases"
    for fault, title in _TITLES.items():
        yield f"  {title:44}{_percent(found[fault.value])}"
    title = "median from the caller's onset to the stop"
    yield f"  {title:44}{_seconds(found['onset_to_stop_s'])}"


def explain(result: Result) -> Iterator[str]:
    """A case decided wrongly: who said what when, and what was decided."""
    case = result.case
    yield f"  {case.id}: {case.kind} {case.final!r} from {case.start:.2f} to {case.end:.2f} s"
    yield f"    agent until {case.agent_end:.2f} s: ...{case.agent_text[-70:]!r}"
    for decision in result.decisions:
        heard = decision.heard
        if heard.type in TRANSCRIPTS:
            what = f"{decision.action.value} ({decision.reason.value})"
            yield f"    {decision.t:8.2f} {heard.type.value:21} {what:40} {heard.text[:60]!r}"


# -- the command -----------------------------------------------------------------------------------


def run(
    cases: Sequence[Case], profile: Profile, config: FilterConfig, progress: Progress
) -> list[Result]:
    """Plays every case to a fresh policy."""
    task = progress.add_task(profile.value, total=len(cases))
    results = []
    for case in cases:
        results.append(evaluate(case, profile, policy_of(config)))
        progress.advance(task)
    return results


@app.command()
def main(
    cases: Annotated[str, typer.Argument(help='Cases: JSON Lines, packed or not; "-" reads.')],
    *,
    config: Annotated[
        str | None, typer.Option(help="A domain's name or YAML file. Default: English, unchanged.")
    ] = None,
    profile: Annotated[Profile, typer.Option(help="How words arrive.")] = Profile.BOTH,
    show: Annotated[
        list[Fault] | None, typer.Option(help="Show the cases that this went wrong with.")
    ] = None,
    limit: Annotated[int, typer.Option(help="Cases shown at most, per fault.")] = 20,
    baselines: Annotated[
        bool, typer.Option(help="Also stock LiveKit and a plain word list.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the figures as JSON.")] = False,
) -> None:
    """Measure a configuration on labelled cases of overlapping speech."""
    try:
        loaded = load_config(config)
        with open_bytes(cases) as (content, _):
            labelled = list(read_cases(content, cases))
    except (ConfigError, CaseError, OSError, EOFError, zlib.error) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from None
    profiles = [Profile.WORDS, Profile.SPARSE] if profile is Profile.BOTH else [profile]
    everything: dict[str, Any] = {}
    for each in profiles:
        with progress_bar() as progress:
            results = run(labelled, each, loaded, progress)
        found = figures(results)
        everything[each.value] = {name: dataclasses.asdict(it) for name, it in found.items()}
        if as_json:
            continue
        print("\n".join(report(each, found)))
        if baselines:
            from scripts.baselines import WAYS  # noqa: PLC0415 - it is made of what is here

            for name, way in WAYS.items():
                print(f"  -- {name}")
                print("\n".join([*report(each, figures([way(c, each) for c in labelled]))][1:]))
        for fault in show or ():
            wrong = [result for result in results if result.has(fault)]
            print(f"{fault.value}, {each.value}: {min(limit, len(wrong))} of {len(wrong)}")
            for result in wrong[:limit]:
                print("\n".join(explain(result)))
    if as_json:
        print(json.dumps(everything))


if __name__ == "__main__":
    # by its name, so that scripts.baselines, which imports it, speaks of the same classes
    importlib.import_module("scripts.evaluate").app()
