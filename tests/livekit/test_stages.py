"""Stages switch the recogniser's options and the filter's words, and put back what was there."""

from __future__ import annotations

import functools
import logging
from typing import TYPE_CHECKING, Any, cast

import pytest
from livekit.agents import AgentSession, stt
from livekit.agents.types import NOT_GIVEN

import filters
from filters import ConfigError, FilterConfig, stage
from filters.calls import read_timeline, replay
from filters.configuration import policy_of
from filters.livekit import SessionFilter
from filters.policy import Action
from tests.fake_session import FakeAgent, FakeSession, Filtered, Listener, Recogniser, utterance
from tests.live.replayed import recording_tape, rows_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

assemblyai = pytest.importorskip("livekit.plugins.assemblyai")

STAGES: dict[str, Any] = {
    "dictation": {"stt": {"min_turn_silence": 400, "max_turn_silence": 3000}},
    "names": {"stt": {"keyterms_prompt": ["Okafor"], "max_turn_silence": 2000}},
    "confirmation": {"backchannels": {"remove": ["okay"]}},
    "about": {"stt": {"prompt": "A clinic."}},
}
CONFIG: dict[str, Any] = {"domain": "clinic", "stages": STAGES}


class Session(FakeSession):
    """A session with a recogniser."""

    def __init__(self, recogniser: Any = None) -> None:
        super().__init__()
        self.stt = recogniser


class Agent(FakeAgent):
    """An agent that may have a recogniser of its own."""

    def __init__(self, session: FakeSession, own: Any = NOT_GIVEN) -> None:
        super().__init__(session)
        self.stt = own


class Recorded(assemblyai.STT):  # type: ignore[misc, name-defined]  # of a module looked up as it runs
    """The plugin's recogniser, which keeps what it is told."""

    def __init__(self, **options: Any) -> None:
        super().__init__(api_key="none", model="u3-rt-pro", **options)
        self.updates: list[dict[str, Any]] = []

    def update_options(self, **options: Any) -> None:
        """Takes it, and takes it down."""
        self.updates.append(options)
        super().update_options(**options)


class Watched(Filtered):
    """An agent with the mixin, of which a test waits for decisions."""

    def decided(self, count: int) -> bool:
        """Whether there have been so many."""
        return len(self.decisions) >= count


class OldVendor:
    """A recogniser that takes one option, and says nothing of what it has."""

    def __init__(self) -> None:
        self.updates: list[dict[str, Any]] = []

    def update_options(self, *, max_turn_silence: int) -> None:
        """Takes it down."""
        self.updates.append({"max_turn_silence": max_turn_silence})


def session_with(
    recogniser: Any, own: Any = NOT_GIVEN, **config: Any
) -> tuple[Session, SessionFilter]:
    """A session that is filtered by the stages above."""
    session = Session(recogniser)
    session.agent = Agent(session, own)
    made = SessionFilter.of(session.real, FilterConfig.from_mapping({**CONFIG, **config}))
    return session, made


def stages_of(made: SessionFilter) -> list[str]:
    """The stages that the session is in, which the policy knows, too."""
    assert made.policy.stages == made.stages.names
    return list(made.stages.names)


def told(recogniser: Any) -> list[dict[str, Any]]:
    """What a recogniser was told since the last look."""
    updates = list(recogniser.updates)
    recogniser.updates.clear()
    return updates


def warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    """The warnings by their names, and errors."""
    return [
        str(record.msg["event"] if isinstance(record.msg, dict) else record.getMessage())
        for record in caplog.records
        if record.levelno >= logging.WARNING
    ]


# -- entering and leaving ----------------------------------------------------------------------


async def test_a_stage_sets_options_and_puts_them_back() -> None:
    """One update on the way in, one on the way out."""
    recogniser = Recorded(min_turn_silence=100, max_turn_silence=1000)
    session, _made = session_with(recogniser)
    async with stage(session.real, "dictation") as visit:
        assert visit.active
        assert told(recogniser) == [{"min_turn_silence": 400, "max_turn_silence": 3000}]
    assert not visit.active
    assert told(recogniser) == [{"min_turn_silence": 100, "max_turn_silence": 1000}]


async def test_a_stage_changes_words_and_puts_them_back() -> None:
    """Between the two, "okay" is content."""
    session, made = session_with(Recorded())
    outside = made.policy.lexicon
    async with stage(session.real, "confirmation"):
        assert stages_of(made) == ["confirmation"]
        assert made.policy.lexicon is not outside
    assert stages_of(made) == []
    assert made.policy.lexicon is outside


async def test_an_exception_leaves_the_stage() -> None:
    """And goes on its way."""
    recogniser = Recorded(max_turn_silence=1000)
    session, made = session_with(recogniser)
    with pytest.raises(ZeroDivisionError):
        async with stage(session.real, "names"):
            raise ZeroDivisionError
    assert told(recogniser)[-1] == {"keyterms_prompt": [], "max_turn_silence": 1000}
    assert stages_of(made) == []


async def test_plain_calls_enter_and_leave() -> None:
    """`enter` returns the visit; both may be said twice."""
    recogniser = Recorded(max_turn_silence=1000)
    session, made = session_with(recogniser)
    visit = stage(session.real, "dictation").enter()
    assert visit.enter() is visit
    assert stages_of(made) == ["dictation"]
    visit.leave()
    visit.leave()
    assert len(told(recogniser)) == 2
    assert stages_of(made) == []
    visit.enter()
    assert stages_of(made) == ["dictation"]
    visit.leave()


async def test_nothing_is_switched_before_it_is_entered() -> None:
    """`stage` alone looks the name up."""
    recogniser = Recorded()
    session, made = session_with(recogniser)
    visit = stage(session.real, "dictation")
    visit.leave()
    assert (visit.name, visit.active) == ("dictation", False)
    assert told(recogniser) == []
    assert stages_of(made) == []


# -- nested ------------------------------------------------------------------------------------


async def test_the_inner_stage_lies_on_top() -> None:
    """It changes what it names, and leaving it goes back to the outer one."""
    recogniser = Recorded(min_turn_silence=100, max_turn_silence=1000, keyterms_prompt=["Lee"])
    session, _made = session_with(recogniser)
    async with stage(session.real, "dictation"):
        told(recogniser)
        async with stage(session.real, "names"):
            assert told(recogniser) == [{"keyterms_prompt": ["Okafor"], "max_turn_silence": 2000}]
        assert told(recogniser) == [{"max_turn_silence": 3000, "keyterms_prompt": ["Lee"]}]
    assert told(recogniser) == [{"min_turn_silence": 100, "max_turn_silence": 1000}]


@pytest.mark.parametrize("first", [0, 1])
async def test_stages_are_left_in_any_order(first: int) -> None:
    """What remains is in force; after the last, all is as before."""
    recogniser = Recorded(min_turn_silence=100, max_turn_silence=1000)
    session, made = session_with(recogniser)
    visits = [stage(session.real, name).enter() for name in ("dictation", "names")]
    visits[first].leave()
    remaining = visits[1 - first].name
    in_force = {"dictation": 3000, "names": 2000}[remaining]
    now: dict[str, Any] = {}
    for update in recogniser.updates:
        now.update(update)
    assert now["max_turn_silence"] == in_force
    assert made.stages.names == (remaining,)
    visits[1 - first].leave()
    for update in recogniser.updates:
        now.update(update)
    assert now == {"min_turn_silence": 100, "max_turn_silence": 1000, "keyterms_prompt": []}


async def test_an_option_that_stays_is_not_sent_again() -> None:
    """Leaving the outer stage first changes nothing where the inner one is in force."""
    recogniser = Recorded(max_turn_silence=1000, min_turn_silence=100)
    session, _made = session_with(recogniser)
    outer = stage(session.real, "names").enter()
    inner = stage(session.real, "dictation").enter()
    told(recogniser)
    outer.leave()
    assert told(recogniser) == [{"keyterms_prompt": []}]
    inner.leave()


async def test_a_stage_without_options_tells_the_recogniser_nothing() -> None:
    """It changes words alone."""
    recogniser = Recorded()
    session, _made = session_with(recogniser)
    async with stage(session.real, "confirmation"):
        pass
    assert told(recogniser) == []


# -- what was there ----------------------------------------------------------------------------


async def test_what_the_application_has_set_is_put_back() -> None:
    """Options are read as they are, and not as the recogniser was made."""
    recogniser = Recorded(max_turn_silence=1000, keyterms_prompt=["Lee"])
    session, _made = session_with(recogniser)
    recogniser.update_options(max_turn_silence=1500, keyterms_prompt=["Lee", "Moreau"])
    told(recogniser)
    async with stage(session.real, "names"):
        pass
    assert told(recogniser)[-1] == {
        "keyterms_prompt": ["Lee", "Moreau"],
        "max_turn_silence": 1500,
    }


async def test_what_was_never_set_goes_back_to_what_it_means(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The plugin connects with its shorter silence for both; a prompt is taken away."""
    recogniser = Recorded(min_turn_silence=250)
    session, _made = session_with(recogniser)
    async with stage(session.real, "names"), stage(session.real, "about"):
        pass
    assert told(recogniser)[-2:] == [
        {"prompt": ""},
        {"keyterms_prompt": [], "max_turn_silence": 250},
    ]
    assert warnings(caplog) == []


async def test_where_nobody_says_what_it_was_the_configuration_does(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The recogniser was made with those options, or should have been."""
    recogniser = OldVendor()
    session, _made = session_with(recogniser, stt={"max_turn_silence": 800})
    async with stage(session.real, "names"):
        pass
    assert told(recogniser) == [{"max_turn_silence": 2000}, {"max_turn_silence": 800}]
    assert warnings(caplog) == ["stage_options_not_taken"]


async def test_where_nobody_knows_what_it_was_one_warning_says_so(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The service's default is put back then."""
    recogniser = OldVendor()
    session, _made = session_with(recogniser)
    for _ in range(2):
        async with stage(session.real, "names"):
            pass
    assert told(recogniser) == [{"max_turn_silence": 2000}, {"max_turn_silence": 1000}] * 2
    assert warnings(caplog) == ["stage_options_not_taken", "stage_options_unknown_before"]


# -- recognisers that take less ----------------------------------------------------------------


async def test_a_recogniser_that_takes_nothing_is_named_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The words switch all the same."""
    session, made = session_with(object())
    for _ in range(3):
        async with stage(session.real, "dictation"):
            assert stages_of(made) == ["dictation"]
    assert warnings(caplog) == ["stage_options_not_taken"]


async def test_a_session_without_a_recogniser_has_stages(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """A realtime model hears the caller; there is nobody to tell, and nothing to warn of."""
    session, made = session_with(None)
    async with stage(session.real, "dictation"):
        assert stages_of(made) == ["dictation"]
    assert warnings(caplog) == []


async def test_an_option_that_is_refused_keeps_no_other_back(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Each is tried alone then; the log names it, without the words in it."""

    class Choosy(Recorded):
        def update_options(self, **options: Any) -> None:
            if options.get("keyterms_prompt"):
                raise ValueError(f"not {options['keyterms_prompt']}")
            super().update_options(**options)

    recogniser = Choosy(max_turn_silence=1000)
    session, _made = session_with(recogniser)
    async with stage(session.real, "names"):
        assert told(recogniser) == [{"max_turn_silence": 2000}]
    assert warnings(caplog) == ["stage_options_refused"]
    assert "Okafor" not in caplog.text


async def test_recognisers_inside_an_adapter_are_told() -> None:
    """Each of them, and each gets its own options back."""
    first, second = Recorded(max_turn_silence=1000), Recorded(max_turn_silence=700)
    adapter = stt.FallbackAdapter([first, second])
    session, _made = session_with(adapter)
    async with stage(session.real, "names"):
        for each in (first, second):
            assert told(each) == [{"keyterms_prompt": ["Okafor"], "max_turn_silence": 2000}]
    assert told(first) == [{"keyterms_prompt": [], "max_turn_silence": 1000}]
    assert told(second) == [{"keyterms_prompt": [], "max_turn_silence": 700}]
    await adapter.aclose()


# -- hand-offs and the end ---------------------------------------------------------------------


async def test_the_agents_own_recogniser_comes_before_the_sessions() -> None:
    """As LiveKit has it."""
    sessions, own = Recorded(), Recorded(max_turn_silence=1000)
    session, _made = session_with(sessions, own)
    async with stage(session.real, "names"):
        pass
    assert told(sessions) == []
    assert len(told(own)) == 2


async def test_a_hand_off_takes_the_stage_along() -> None:
    """The recogniser before gets its options back, the next one the stage's, and then its own."""
    before, after = Recorded(max_turn_silence=1000), Recorded(max_turn_silence=600)
    session, made = session_with(before)
    async with stage(session.real, "names"):
        told(before)
        session.agent = Agent(session, after)
        session.become("listening")
        assert told(before) == [{"keyterms_prompt": [], "max_turn_silence": 1000}]
        assert told(after) == [{"keyterms_prompt": ["Okafor"], "max_turn_silence": 2000}]
        assert stages_of(made) == ["names"]
    assert told(before) == []
    assert told(after) == [{"keyterms_prompt": [], "max_turn_silence": 600}]


async def test_leaving_right_after_a_hand_off_puts_back_the_one_that_was_told() -> None:
    """Nothing has happened in the session meanwhile."""
    before, after = Recorded(max_turn_silence=1000), Recorded(max_turn_silence=600)
    session, _made = session_with(before)
    visit = stage(session.real, "names").enter()
    told(before)
    session.agent = Agent(session, after)
    visit.leave()
    assert told(before) == [{"keyterms_prompt": [], "max_turn_silence": 1000}]
    assert told(after) == []


async def test_a_hand_off_between_agents_with_one_recogniser_changes_nothing() -> None:
    """It has the options already."""
    recogniser = Recorded(max_turn_silence=1000)
    session, _made = session_with(recogniser)
    async with stage(session.real, "names"):
        told(recogniser)
        session.agent = Agent(session)
        session.become("listening")
        assert told(recogniser) == []


async def test_the_end_of_the_call_leaves_all_stages() -> None:
    """The recogniser may serve another call; leaving then does nothing more."""
    recogniser = Recorded(max_turn_silence=1000)
    session, made = session_with(recogniser)
    session.become("listening")
    visit = stage(session.real, "names").enter()
    session.close()
    assert told(recogniser)[-1] == {"keyterms_prompt": [], "max_turn_silence": 1000}
    assert list(made.stages.names) == []
    visit.leave()
    assert told(recogniser) == []


async def test_a_session_that_starts_again_is_in_no_stage() -> None:
    """But in one that was entered since."""
    session, made = session_with(Recorded())
    session.become("listening")
    stage(session.real, "confirmation").enter()
    session.close()
    stage(session.real, "names").enter()
    session.become("listening")
    assert made.policy.stages == made.stages.names == ("names",)


async def test_a_policy_that_starts_anew_is_in_the_stage() -> None:
    """A failure of the filter costs no words."""

    class Broken:
        def __getattr__(self, name: str) -> Any:
            raise ZeroDivisionError(name)

    session, made = session_with(Recorded())
    async with stage(session.real, "confirmation"):
        made.policy = cast("Any", Broken())
        made.tell(made.stages.event())
        assert stages_of(made) == ["confirmation"]


# -- names -------------------------------------------------------------------------------------


def test_an_unknown_stage_is_an_error_that_names_those_there_are() -> None:
    """At the call, and not in the middle of it."""
    session, _made = session_with(Recorded())
    with pytest.raises(ConfigError) as caught:
        stage(session.real, "payment")
    assert str(caught.value) == (
        'clinic: stages: "payment" is not among them. '
        "There is: about, confirmation, dictation, names."
    )
    with pytest.raises(ConfigError, match='Did you mean "dictation"'):
        stage(session.real, "dictatoin")


def test_a_configuration_without_stages_says_so() -> None:
    """The default has none."""
    session = Session()
    with pytest.raises(ConfigError, match=r"default: stages: .* It names no stages at all\."):
        stage(session.real, "dictation")


async def test_a_stage_that_is_not_required_may_be_missing() -> None:
    """The same agent serves domains with it and without."""
    recogniser = Recorded()
    session, made = session_with(recogniser)
    async with stage(session.real, "payment", required=False) as visit:
        assert not visit.active
    assert told(recogniser) == []
    assert stages_of(made) == []


async def test_the_agents_own_configuration_names_the_stages() -> None:
    """Without `install`, the mixin's."""
    session = Session(Recorded())
    Filtered(session, **{key: value for key, value in CONFIG.items() if key != "domain"})
    async with stage(cast("AgentSession[Any]", session), "confirmation"):
        made = SessionFilter.installed(session.real)
        assert made is not None
        assert stages_of(made) == ["confirmation"]


def test_stage_is_a_public_name() -> None:
    """`from filters import stage`."""
    assert "stage" in filters.__all__
    assert filters.stage is stage


# -- through the mixin, and recorded -------------------------------------------------------------


async def until(condition: Callable[[], bool]) -> None:
    """Lets the event loop turn until something is so."""
    import asyncio  # noqa: PLC0415

    for _ in range(1000):
        if condition():
            return
        await asyncio.sleep(0)
    raise AssertionError("it did not come to pass")


async def test_a_call_with_stages_is_recorded_and_replayed_alike(tmp_path: Path) -> None:
    """Law 9: the file has a row for each change, and a replay changes words there."""
    session = Session(Recorded())
    recogniser = Recogniser()
    agent = Watched(session, recogniser.events, stages=STAGES)
    made = SessionFilter.of(session.real, agent._load_filter_config())  # noqa: SLF001 - of this package
    made.tape = recording_tape(made.config, tmp_path)
    listener = Listener(agent)
    await until(lambda: made.driver is not None)
    session.speak()
    for inside in (False, True, False):
        visit = stage(session.real, "confirmation")
        if inside:
            visit.enter()
        recogniser.send(*utterance("Okay."))
        await until(functools.partial(agent.decided, len(agent.decisions) + 3))
        visit.leave()
    assert [d.reason.value for d in agent.decisions if d.final] == [
        "possible_answer",
        "too_few_words",
        "possible_answer",
    ]
    assert agent.finals(Action.HOLD) == ["Okay."] * 3
    session.finish()
    session.close()
    await listener.stop()
    assert made.tape is not None
    assert made.tape.path is not None
    rows = rows_of(made.tape.path)
    stages = [row["stages"] for row in rows if row["event"] == "stage"]
    assert stages == [["confirmation"], []]
    lines = made.tape.path.read_bytes().splitlines(keepends=True)
    again = list(replay(read_timeline(lines), lambda: policy_of(made.config)))
    recorded = [row for row in rows if row["event"] == "decision" and "undelivered" not in row]
    facts = ("action", "reason", "type", "text")
    assert [[row[f] for f in facts] for row in again] == [[r[f] for f in facts] for r in recorded]
