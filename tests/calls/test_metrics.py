"""Numbers of what was decided, in the registry that LiveKit's worker serves."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import prometheus_client
import pytest

from filters.calls import CallMetrics
from filters.configuration import FilterConfig
from filters.policy import (
    Action,
    AgentState,
    Decision,
    Event,
    Heard,
    Reason,
    SessionStarted,
    SpeechType,
)


def value(name: str, config: str, mode: str = "enforce", **labels: str) -> float:
    """A number in the registry."""
    labels = {"config": config, "mode": mode, **labels}
    return prometheus_client.REGISTRY.get_sample_value(f"livekit_filters_{name}", labels) or 0.0


def metrics_for(domain: str, mode: str = "enforce") -> CallMetrics:
    """The numbers of a session; each test has a domain of its own."""
    return CallMetrics(FilterConfig.from_mapping({"domain": domain, "mode": mode}))


def final(t: float, text: str, onset: float | None = None) -> Heard:
    """A final transcript."""
    return Heard(t, SpeechType.FINAL, text, "en", speech_start_time=onset)


def hold(heard: Heard) -> Decision:
    """It is held."""
    return Decision(heard.t, Action.HOLD, Reason.TOO_FEW_WORDS, heard)


def stop(heard: Heard) -> Decision:
    """It stops the agent."""
    return Decision(heard.t, Action.INTERRUPT, Reason.COMMAND, heard)


def test_decisions_are_counted_by_action_and_reason() -> None:
    """Each once, those that time alone called for included."""
    metrics = metrics_for("by_action")
    heard = final(1.0, "Sea view.")
    metrics.fed(heard, [hold(heard)])
    metrics.fed(None, [Decision(6.0, Action.NOTE, Reason.TOO_OLD, heard)])
    held = value("decisions_total", "by_action", action="hold", reason="too_few_words")
    noted = value("decisions_total", "by_action", action="note", reason="too_old")
    assert (held, noted) == (1.0, 1.0)


def test_held_words_are_counted_once_they_are_final() -> None:
    """An interim that is held may still change."""
    metrics = metrics_for("held")
    interim = Heard(0.9, SpeechType.INTERIM, "sea", "en")
    metrics.fed(interim, [hold(interim)])
    heard = final(1.0, "Sea view.")
    metrics.fed(heard, [hold(heard)])
    assert value("words_held_total", "held") == 2.0


@pytest.mark.parametrize(
    ("onset", "expected"), [(0.4, 1.3), (None, 0.7)], ids=["known", "first event"]
)
def test_the_time_from_onset_to_stop_is_measured(onset: float | None, expected: float) -> None:
    """From the onset, or the first event of the utterance, until the agent is silent."""
    name = f"onset-{onset is None}".lower()
    metrics = metrics_for(name)
    metrics.fed(Heard(1.0, SpeechType.START_OF_SPEECH, speech_start_time=onset), [])
    heard = final(1.5, "Stop.")
    metrics.fed(heard, [stop(heard)])
    metrics.fed(AgentState(1.7, "listening"), [])
    metrics.fed(AgentState(9.0, "idle"), [])
    assert value("onset_to_stop_seconds_count", name) == 1.0
    assert value("onset_to_stop_seconds_sum", name) == pytest.approx(expected)


@pytest.mark.parametrize(
    "after",
    [AgentState(1.7, "speaking"), AgentState(4.0, "listening"), SessionStarted(1.6)],
    ids=["it talks on", "much later", "another call"],
)
def test_silence_for_other_reasons_is_no_stop(after: Event) -> None:
    """Nor is what follows it."""
    name = f"other-{type(after).__name__}{after.t:.0f}".lower()
    metrics = metrics_for(name)
    heard = final(1.5, "Stop.")
    metrics.fed(heard, [stop(heard)])
    metrics.fed(after, [])
    metrics.fed(AgentState(4.1, "listening"), [])
    assert value("onset_to_stop_seconds_count", name) == 0.0


def test_an_utterance_that_is_over_lends_its_onset_to_none() -> None:
    """The next one has its own."""
    metrics = metrics_for("next")
    metrics.fed(final(1.0, "Mhm."), [])
    metrics.fed(Heard(1.0, SpeechType.END_OF_SPEECH), [])
    heard = final(5.0, "Stop.")
    metrics.fed(heard, [stop(heard)])
    metrics.fed(AgentState(5.1, "listening"), [])
    assert value("onset_to_stop_seconds_sum", "next") == pytest.approx(0.1)


def test_in_shadow_mode_nothing_was_stopped() -> None:
    """Decisions are counted, apart from those that were acted upon."""
    metrics = metrics_for("shadowed", "shadow")
    heard = final(1.5, "Stop.")
    metrics.fed(heard, [stop(heard)])
    metrics.fed(AgentState(1.6, "listening"), [])
    assert value("onset_to_stop_seconds_count", "shadowed", "shadow") == 0.0
    counted = value("decisions_total", "shadowed", "shadow", action="interrupt", reason="command")
    assert counted == 1.0


@pytest.mark.live
def test_a_worker_serves_the_numbers_of_all_its_job_processes(tmp_path: Path) -> None:
    """Two calls, each in a process of its own: /metrics sums them up, and has no word of them."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    for name in ("PROMETHEUS_MULTIPROC_DIR", "LIVEKIT_FILTERS_MODE", "LIVEKIT_URL"):
        environment.pop(name, None)
    done = subprocess.run(  # noqa: S603 - this interpreter, our own code
        [sys.executable, "-m", "tests.calls.worker_with_metrics", str(tmp_path)],
        capture_output=True,
        text=True,
        env=environment,
        cwd=Path(__file__).parents[2],
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    result = json.loads(done.stdout)
    assert result["processes"] == 2
    metrics = result["metrics"].splitlines()
    for line in (
        'decisions_total{action="hold",config="clinic",mode="enforce",reason="too_few_words"} 2.0',
        'decisions_total{action="interrupt",config="clinic",mode="enforce",reason="command"} 2.0',
        'words_held_total{config="clinic",mode="enforce"} 2.0',
        'onset_to_stop_seconds_count{config="clinic",mode="enforce"} 2.0',
    ):
        assert f"livekit_filters_{line}" in metrics, result["metrics"]
    assert "suite" not in result["metrics"].lower()
