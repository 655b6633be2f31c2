"""The filter of one session: what drives it, what it says, and what it keeps."""

from __future__ import annotations

import asyncio
import gc
import logging
import weakref
from pathlib import Path
from typing import Any

import pytest
from livekit.agents import (
    Agent,
    AgentFalseInterruptionEvent,
    AgentSession,
    ConversationItemAddedEvent,
    ErrorEvent,
    llm,
    stt,
)

from filters.calls import LOGGER_NAME, clock
from filters.livekit import SessionFilter, chat_notes, leftovers
from filters.livekit.checks import session_checks
from filters.livekit.session_events import SessionEvents
from filters.policy import Action, Decision, Ended, Heard, Reason, SpeechType
from tests.fake_session import (
    QUESTION,
    FakeSession,
    FakeSpeech,
    Filtered,
    Listener,
    Recogniser,
    config_of,
    heard,
    utterance,
)
from tests.virtual_time import settle, virtually


class Driver:
    """Stands in for a stream: asks the filter, and remembers what it was told to do."""

    def __init__(self, **config: Any) -> None:
        self.session = FakeSession(min_words=config.get("min_words", 2))
        self.session.agent = Agent(instructions="Test.")
        self.filter = SessionFilter.of(self.session.real, config_of(**config))
        self.decisions: list[Decision] = []
        self.filter.observers.append(self.decisions.append)
        self.woken = 0
        self.filter.take_charge(self, self._wake, can_retract=True)

    def _wake(self) -> None:
        self.woken += 1

    def hear(self, kind: SpeechType, text: str = "") -> list[Decision]:
        """An event of the recogniser."""
        return self.filter.hear(Heard(clock.now(), kind, text, "en"))

    def utter(self, text: str) -> list[Decision]:
        """A whole utterance; what was decided about its final."""
        self.hear(SpeechType.START_OF_SPEECH)
        decisions = self.hear(SpeechType.FINAL, text)
        self.hear(SpeechType.END_OF_SPEECH)
        return decisions


def told(decisions: list[Decision]) -> list[tuple[str, str, str]]:
    """Decisions as (action, reason, text)."""
    return [(each.action.value, each.reason.value, each.heard.text) for each in decisions]


def names(caplog: pytest.LogCaptureFixture) -> list[str]:
    """What was logged."""
    return [record.getMessage() for record in caplog.records]


# -- one for each session -------------------------------------------------------------------------


async def test_a_session_has_one_filter() -> None:
    """Whoever asks; a real session, not started."""
    session: AgentSession[None] = AgentSession(vad=None)
    assert SessionFilter.installed(session) is None
    config = config_of()
    made = SessionFilter.of(session, config)
    assert SessionFilter.of(session) is made
    assert SessionFilter.of(session, config_of(hold_s=1.0)) is made
    assert SessionFilter.installed(session) is made
    assert (made.config, made.session) == (config, session)
    other: AgentSession[None] = AgentSession(vad=None)
    assert SessionFilter.of(other) is not made
    assert SessionFilter.of(other).config.name == "default"


@pytest.mark.parametrize("kind", [FakeSession, lambda: AgentSession(vad=None)])
async def test_a_session_is_not_kept_alive(kind: Any) -> None:
    """Not by its filter, nor by who observes it and holds the session."""
    session = kind()
    filtered = SessionFilter.of(session)

    def observe(decision: Decision, held: Any = session) -> None:
        held.emit("seen", decision)

    filtered.observers.append(observe)
    references = weakref.ref(session), weakref.ref(filtered)
    del session, filtered, observe
    gc.collect()
    assert [reference() for reference in references] == [None, None]


@virtually
async def test_without_a_session_nothing_is_done() -> None:
    """A timer may come late."""
    session = FakeSession()
    filtered = SessionFilter(session.real, config_of())
    recogniser = Recogniser()
    agent = Filtered(session, recogniser.events)
    del agent
    del session
    gc.collect()
    assert filtered.session is None
    filtered.interrupt()
    filtered.commit_turn()
    filtered.put_back([_release("Suite.")])
    assert told(filtered.due()) == [("release", "floor_free", "Suite.")]
    filtered.config = config_of(hold_s=0)
    filtered.put_back([_release("Suite.")])
    await asyncio.sleep(1.0)
    assert filtered.due() == []  # noted, where nobody can note it any more


def _release(text: str) -> Decision:
    at = Heard(clock.now(), SpeechType.FINAL, text, "en")
    return Decision(clock.now(), Action.RELEASE, Reason.FLOOR_FREE, at)


def test_min_words_that_disagree_are_logged(caplog: pytest.LogCaptureFixture) -> None:
    """With both numbers; the session's counts."""
    SessionFilter.of(FakeSession(min_words=3).real, config_of(min_words=2))
    (record,) = caplog.records
    assert record.getMessage() == "min_words_disagree"
    assert (vars(record)["configured"], vars(record)["session"]) == (2, 3)


@pytest.mark.parametrize("min_words", [None, 3])
def test_min_words_that_agree_are_no_matter(
    min_words: int | None, caplog: pytest.LogCaptureFixture
) -> None:
    """Nor those left out."""
    SessionFilter.of(FakeSession(min_words=3).real, config_of(min_words=min_words))
    assert caplog.records == []


def test_leftovers_are_named_once(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not for each call."""
    monkeypatch.setattr(leftovers, "leftover_packages", lambda: [Path("/app/filters")])
    leftovers.warn_of_leftovers.cache_clear()  # as in a new process
    try:
        SessionFilter.of(FakeSession().real)
        SessionFilter.of(FakeSession().real)
    finally:
        leftovers.warn_of_leftovers.cache_clear()
    assert names(caplog) == ["leftover_filters_package"]
    assert vars(caplog.records[0])["path"] == str(Path("/app/filters"))


@virtually
async def test_a_session_that_can_not_be_checked_is_filtered_all_the_same(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before its stream as on its start."""

    def fail(_session: object) -> None:
        raise TypeError("no such attribute")

    monkeypatch.setattr(leftovers, "leftover_packages", list)
    monkeypatch.setattr(session_checks, "check", fail)
    monkeypatch.setattr(session_checks, "check_recogniser", fail)
    driver = Driver()
    driver.session.become("listening")
    assert names(caplog) == ["session_check_failed"]
    assert told(driver.utter("Suite.")) == [("pass", "no_overlap", "Suite.")]


# -- driving --------------------------------------------------------------------------------------


@virtually
async def test_who_is_in_charge_is_woken_when_something_happens() -> None:
    """Anything but what it said itself."""
    driver = Driver()
    woken = driver.woken
    driver.session.speak()
    assert driver.woken > woken
    woken = driver.woken
    driver.hear(SpeechType.START_OF_SPEECH)
    assert driver.woken == woken


@virtually
async def test_the_newest_driver_is_in_charge() -> None:
    """An older one that gives up changes nothing."""
    driver = Driver()
    newer = object()
    driver.filter.take_charge(newer, lambda: None, can_retract=True)
    driver.filter.give_up_charge(driver)
    assert driver.filter.driver is newer
    driver.filter.give_up_charge(newer)
    assert driver.filter.driver is None
    driver.session.speak()  # nobody to wake


@virtually
async def test_a_driver_that_can_not_retract_has_no_pausable_output() -> None:
    """What passed has passed, then."""
    driver = Driver()
    driver.filter.take_charge(driver, lambda: None, can_retract=False)
    driver.session.speak()
    driver.hear(SpeechType.START_OF_SPEECH)
    driver.hear(SpeechType.INTERIM, "yes tomorrow")
    driver.session.become("listening")
    assert told(driver.hear(SpeechType.FINAL, "Yeah.")) == [("pass", "utterance_passed", "Yeah.")]


@virtually
async def test_words_are_due_when_the_floor_has_been_free() -> None:
    """The driver is told when to ask."""
    driver = Driver()
    driver.session.speak()
    driver.utter("Suite.")
    assert driver.filter.next_deadline == clock.now() + 5.0
    driver.session.finish()
    assert driver.filter.next_deadline == clock.now() + 0.25
    assert driver.filter.due() == []
    await asyncio.sleep(0.25)
    assert told(driver.filter.due()) == [("release", "floor_free", "Suite.")]
    assert driver.filter.next_deadline is None


@virtually
async def test_words_due_go_ahead_of_the_next_event() -> None:
    """In the order they were said."""
    driver = Driver()
    driver.session.speak()
    driver.utter("Suite.")
    driver.session.finish()
    await asyncio.sleep(1.5)
    driver.hear(SpeechType.START_OF_SPEECH)
    assert told(driver.decisions)[-2:] == [
        ("release", "floor_free", "Suite."),
        ("pass", "speech_boundary", ""),
    ]


@virtually
async def test_words_a_driver_could_not_deliver_are_kept_for_the_next() -> None:
    """Ahead of what came due since; decisions that need no deed are not."""
    driver = Driver()
    suppressed = Decision(
        clock.now(), Action.DISCARD, Reason.NOT_AN_ANSWER, Heard(clock.now(), SpeechType.FINAL)
    )
    driver.filter.put_back([_release("With breakfast.")])
    driver.filter.put_back([_release("Suite."), suppressed])
    assert [each.heard.text for each in driver.filter.due()] == ["Suite.", "With breakfast."]


@virtually
async def test_words_nobody_came_for_in_time_are_noted() -> None:
    """An agent without the mixin had the floor for a while; a turn of their own would be odd."""
    driver = Driver()
    driver.session.speak()
    driver.utter("Suite.")
    driver.filter.give_up_charge(driver)
    driver.session.finish()
    await asyncio.sleep(1.0)
    driver.session.speak()
    await asyncio.sleep(6.0)
    driver.filter.take_charge(driver, lambda: None, can_retract=True)
    assert driver.filter.due() == []
    assert driver.session.said == ["Suite."]
    assert told(driver.decisions)[-1] == ("note", "too_old", "Suite.")


@virtually
async def test_an_interruption_silences_running_tools_as_well() -> None:
    """LiveKit's `interrupt` knows the current speech and those that are queued."""
    driver = Driver()
    tool = driver.session.speak("tool")
    driver.session.current_speech = None
    driver.session.become("thinking")
    protected = FakeSpeech("protected", allow_interruptions=False)
    driver.session.current_speech = protected
    driver.session.become("speaking")
    driver.session.current_speech = None
    driver.session.become("listening")
    driver.filter.interrupt()
    assert driver.session.interruptions == 1
    assert tool.interrupted
    assert not protected.interrupted


@virtually
async def test_an_interruption_that_livekit_refuses_is_logged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """And raises nothing: the recogniser's pump would die of it."""
    driver = Driver()
    driver.session.refuses = RuntimeError("This generation handle does not allow interruptions")
    driver.filter.interrupt()
    assert names(caplog) == ["interrupt_refused"]


@virtually
async def test_a_recogniser_that_fails_wakes_the_driver() -> None:
    """Other errors are no matter."""
    driver = Driver()
    woken = driver.woken
    error = stt.STTError(timestamp=0.0, label="stt", error=ValueError("gone"), recoverable=True)
    driver.session.emit("error", ErrorEvent(error=error, source=object()))
    assert (driver.filter.reconnects, driver.woken) == (1, woken + 1)
    driver.session.emit("error", ErrorEvent(error=ValueError("else"), source=object()))
    assert (driver.filter.reconnects, driver.woken) == (1, woken + 1)
    driver.filter.give_up_charge(driver)
    driver.session.emit("error", ErrorEvent(error=error, source=object()))
    assert driver.filter.reconnects == 2


# -- refused turns --------------------------------------------------------------------------------


async def refused(driver: Driver) -> None:
    """A word, and a speech of the agent over LiveKit's look at the turn."""
    driver.utter("Yeah.")
    await asyncio.sleep(0.5)
    driver.session.speak()
    await asyncio.sleep(2.0)
    driver.session.finish()


@virtually
async def test_livekit_is_asked_again_about_a_turn_it_refused() -> None:
    """When the floor has been free for a moment; once."""
    driver = Driver()
    await refused(driver)
    assert driver.filter.next_deadline == clock.now() + 0.25
    driver.filter.due()
    assert driver.session.commits == []
    await asyncio.sleep(0.25)
    assert driver.filter.due() == []
    assert driver.session.commits == [{"transcript_timeout": 0.0, "stt_flush_duration": 0.0}]
    assert driver.filter.next_deadline is None
    driver.filter.due()
    assert len(driver.session.commits) == 1
    gc.collect()  # the future that came with it holds an error, and nobody asked for that


@virtually
async def test_livekit_is_not_asked_about_a_turn_that_is_in_the_history() -> None:
    """It was its own reply that took the floor."""
    driver = Driver()
    driver.utter("Yeah.")
    driver.session.add_item("user", "Yeah.")
    driver.session.speak()
    driver.session.finish()
    await asyncio.sleep(1.0)
    driver.filter.due()
    assert driver.session.commits == []


@virtually
async def test_a_note_is_no_turn() -> None:
    """The word that LiveKit refused is not the one that was noted."""
    driver = Driver(min_words=100)
    driver.utter("Suite.")
    driver.session.speak()
    while not driver.session.said:
        driver.utter("Suite.")
    driver.session.finish()
    driver.filter.policy.feed(Ended(clock.now()))  # what is held is no matter here
    await asyncio.sleep(0.25)
    driver.filter.due()
    assert len(driver.session.commits) == 1
    await settle()


@pytest.mark.parametrize("mode", ["shadow", "off"])
def test_only_what_is_enforced_is_asked_for(mode: str) -> None:
    """Shadow changes nothing."""

    @virtually
    async def run() -> None:
        driver = Driver(mode=mode)
        await refused(driver)
        await asyncio.sleep(1.0)
        driver.filter.due()
        assert driver.session.commits == []

    run()


@virtually
async def test_a_caller_who_speaks_is_not_cut_off() -> None:
    """LiveKit looks at the turn itself when the caller stops."""
    driver = Driver()
    await refused(driver)
    driver.session.user_state = "speaking"
    await asyncio.sleep(0.25)
    driver.filter.due()
    assert driver.session.commits == []
    assert driver.filter.next_deadline is None


@virtually
async def test_turns_that_are_not_filtered_are_not_asked_for() -> None:
    """The application commits them."""
    driver = Driver()
    driver.session.turn_detection = "manual"
    await refused(driver)
    await asyncio.sleep(0.25)
    driver.filter.due()
    assert driver.session.commits == []


@virtually
async def test_a_commit_that_fails_is_logged_and_no_more(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The session may be between two agents."""
    driver = Driver()
    driver.session.refuses = RuntimeError("AgentSession isn't running")
    driver.filter.commit_turn()
    driver.filter.commit_turn()
    assert names(caplog) == ["commit_failed"]


# -- law 10 ---------------------------------------------------------------------------------------


class BrokenPolicy:
    """Fails at everything."""

    def __getattr__(self, name: str) -> Any:
        raise RuntimeError(f"no {name}: suite")


@virtually
async def test_a_policy_that_fails_at_anything_is_replaced(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Logged once, without the error's own words, which may be the caller's."""
    driver = Driver()
    driver.session.speak()
    for act in (
        lambda: driver.hear(SpeechType.FINAL, "Suite."),
        driver.filter.due,
        driver.filter.expect_answer,
        driver.session.finish,
    ):
        driver.filter.policy = BrokenPolicy()  # type: ignore[assignment]
        assert driver.filter.next_deadline is None
        act()
        assert not isinstance(driver.filter.policy, BrokenPolicy)
        assert (driver.filter.policy.turn is None) == (driver.session.current_speech is None)
    assert told(driver.decisions)[0] == ("pass", "filter_failed", "Suite.")
    assert names(caplog) == ["filter_failed"]
    assert "suite" not in caplog.text
    assert vars(caplog.records[0])["error"] == "RuntimeError"
    assert "driver.py" in vars(caplog.records[0])["where"][0]


@virtually
async def test_words_held_by_a_policy_that_fails_are_released_in_order() -> None:
    """Ahead of the event it failed at."""
    driver = Driver()
    driver.session.speak()
    driver.utter("Suite.")
    working = driver.filter.policy.lexicon
    driver.filter.policy.lexicon = BrokenPolicy()  # type: ignore[assignment]
    assert told(driver.hear(SpeechType.INTERIM, "with breakfast")) == [
        ("release", "filter_failed", "Suite."),
        ("pass", "filter_failed", "with breakfast"),
    ]
    assert driver.filter.policy.lexicon is working


@virtually
async def test_a_session_that_can_not_be_told_to_a_new_policy_is_no_obstacle(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It hears of it with the next change."""
    driver = Driver()

    def fail(_self: object) -> list[Any]:
        raise RuntimeError("broken")

    monkeypatch.setattr(SessionEvents, "snapshot", fail)
    driver.filter.policy = BrokenPolicy()  # type: ignore[assignment]
    assert told(driver.hear(SpeechType.FINAL, "Suite.")) == [("pass", "filter_failed", "Suite.")]


@virtually
async def test_an_observer_that_raises_changes_nothing(caplog: pytest.LogCaptureFixture) -> None:
    """Logged once, without its words; the others are told, and a policy's failure is still news."""
    driver = Driver()

    def fail(decision: Decision) -> None:
        raise KeyError(decision.heard.text)

    driver.filter.observers.insert(0, fail)
    driver.utter("Suite.")
    driver.utter("Suite.")
    assert len(driver.decisions) == 6
    assert names(caplog) == ["decision_observer_failed"]
    assert "Suite" not in caplog.text
    driver.filter.policy = BrokenPolicy()  # type: ignore[assignment]
    driver.utter("Suite.")
    assert names(caplog) == ["decision_observer_failed", "filter_failed"]


@virtually
async def test_an_observer_may_take_itself_off() -> None:
    """While it is told."""
    driver = Driver()
    once: list[Decision] = []

    def observe(decision: Decision) -> None:
        once.append(decision)
        driver.filter.observers.remove(observe)

    driver.filter.observers.insert(0, observe)
    driver.utter("Suite.")
    assert len(once) == 1
    assert len(driver.decisions) == 3


# -- notes ----------------------------------------------------------------------------------------


@virtually
async def test_words_too_old_are_noted_for_people_and_for_the_agents_model() -> None:
    """Where they were said."""
    driver = Driver(hold_s=1.0)
    driver.session.speak()
    driver.utter("Suite.")
    await asyncio.sleep(1.0)
    driver.filter.due()
    await settle()
    assert driver.session.said == ["Suite."]
    context = driver.session.current_agent.chat_ctx
    assert [item.text_content for item in context.items if item.type == "message"] == ["Suite."]


@virtually
async def test_in_shadow_mode_nothing_is_noted() -> None:
    """It is only decided."""
    driver = Driver(hold_s=1.0, mode="shadow")
    driver.session.speak()
    driver.utter("Suite.")
    await asyncio.sleep(1.0)
    assert told(driver.filter.due()) == [("note", "too_old", "Suite.")]
    assert driver.session.said == []


@virtually
async def test_a_note_that_fails_loses_no_decision(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """LiveKit's emitter lets an application's TypeError through; the model gets it, or not."""
    driver = Driver(hold_s=1.0)

    def fail(_event: ConversationItemAddedEvent) -> None:
        raise TypeError("Suite")

    async def refuse(_agent: Agent, _message: llm.ChatMessage) -> None:
        raise ValueError("Suite")

    monkeypatch.setattr(chat_notes, "note_for_agent", refuse)
    driver.session.on("conversation_item_added", fail)
    driver.session.speak()
    driver.utter("Suite.")
    await asyncio.sleep(1.0)
    assert told(driver.filter.due()) == [("note", "too_old", "Suite.")]
    await settle()
    assert driver.session.said == ["Suite."]
    assert names(caplog) == ["noting_failed"]
    assert "Suite" not in caplog.text


def test_a_note_at_the_end_needs_no_agent_nor_loop() -> None:
    """The history has it."""
    session = FakeSession()
    filtered = SessionFilter.of(session.real, config_of())
    filtered.put_back([_release("Suite.")])
    session.close()
    assert session.said == ["Suite."]


# -- the end --------------------------------------------------------------------------------------


@virtually
async def test_words_that_were_due_when_the_call_ended_are_noted() -> None:
    """Its stream had gone; nothing is lost."""
    driver = Driver()
    driver.session.speak()
    driver.utter("Suite.")
    driver.filter.give_up_charge(driver)
    driver.session.finish()
    await asyncio.sleep(0.5)
    driver.session.close()
    await settle()
    assert driver.session.said == ["Suite."]
    assert told(driver.decisions)[-2:] == [
        ("release", "floor_free", "Suite."),
        ("note", "call_ended", "Suite."),
    ]


@virtually
async def test_a_session_started_again_begins_with_a_free_floor() -> None:
    """And with nothing counted."""
    driver = Driver()
    driver.session.speak()
    driver.utter("Mhm.")
    driver.filter.speech_open = True
    driver.session.close()
    assert driver.filter.call_log.counts["hold"] == 1
    driver.session.current_speech = None
    driver.session.become("listening")
    assert not driver.filter.speech_open
    assert driver.filter.call_log.counts["hold"] == 0
    assert told(driver.utter("Suite.")) == [("pass", "no_overlap", "Suite.")]


# -- the log --------------------------------------------------------------------------------------


async def whole_call(**config: Any) -> FakeSession:
    """A call with every kind of decision, by way of the mixin."""
    session, recogniser = FakeSession(), Recogniser()
    listener = Listener(Filtered(session, recogniser.events, **config))

    async def says(*events: object) -> None:
        recogniser.send(*events)
        await settle()

    session.speak()
    await says(heard("start"), heard("interim", "zebra"), heard("final", "Zebra."), heard("end"))
    await says(*utterance("Mhm."))
    await asyncio.sleep(1.5)
    session.finish()
    await asyncio.sleep(1.0)
    session.speak()
    await says(heard("start"), heard("interim", "yes tomorrow"))
    session.become("listening")
    await says(heard("final", "Yeah."), heard("end"))
    session.become("speaking")
    session.emit("agent_false_interruption", AgentFalseInterruptionEvent(resumed=True))
    await says(*utterance("Quagga."))
    await asyncio.sleep(5.0)
    await says(heard("start"), heard("interim", "stop okapi"))
    session.finish(QUESTION)
    await says(heard("final", "Stop okapi."), heard("end"))
    session.speak()
    await says(*utterance("Tapir."))
    await listener.stop()
    session.close()
    await settle()
    return session


@pytest.mark.parametrize("mode", ["enforce", "shadow"])
def test_no_word_of_the_caller_is_logged(mode: str, caplog: pytest.LogCaptureFixture) -> None:
    """In no field of any record of a whole call (law 11)."""
    caplog.set_level(logging.DEBUG, logger=LOGGER_NAME)

    @virtually
    async def run() -> None:
        await whole_call(mode=mode)

    run()
    assert {"words_held", "words_released", "words_noted", "event_filtered"} <= set(names(caplog))
    logged = " ".join(str(vars(record)) for record in caplog.records).lower()
    for word in ("zebra", "mhm", "quagga", "okapi", "tapir", "tomorrow", "yeah"):
        assert word not in logged
    assert ("'mode': 'shadow'" in logged) == (mode == "shadow")


def test_the_words_are_logged_where_the_configuration_asks_for_them(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Under LiveKit's key for personal data, and the errors' own words with them."""
    caplog.set_level(logging.DEBUG, logger=LOGGER_NAME)

    @virtually
    async def run() -> None:
        await whole_call(log_words=True)
        driver = Driver(log_words=True)
        driver.filter.policy = BrokenPolicy()  # type: ignore[assignment]
        driver.utter("Suite.")

    run()
    logged = {vars(record).get("lk.pii.text") for record in caplog.records}
    assert {"Zebra.", "Mhm.", "Quagga.", "Tapir.", "stop okapi"} <= logged
    assert "no feed: suite" in caplog.text


def test_a_call_ends_with_a_line_that_says_what_was_done(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Finals are counted, and interruptions by whatever event made them."""
    caplog.set_level(logging.INFO, logger=LOGGER_NAME)

    @virtually
    async def run() -> None:
        await whole_call(mode="enforce")

    run()
    summary = vars(caplog.records[-1])
    assert summary["msg"] == "call_summary"
    counted = {
        name: summary[name]
        for name in ("config", "mode", "passed", "interruptions", "held", "released")
    }
    assert counted == {
        "config": "test",
        "mode": "enforce",
        "passed": 1,
        "interruptions": 2,
        "held": 4,
        "released": 1,
    }
    assert [summary[name] for name in ("noted", "discarded", "retracted")] == [2, 2, 1]
    assert summary["false_interruptions"] == 1


def test_events_that_just_pass_are_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    """Most do."""
    caplog.set_level(logging.DEBUG, logger=LOGGER_NAME)

    @virtually
    async def run() -> None:
        Driver().utter("I want breakfast.")

    run()
    assert caplog.records == []
