"""The package's events in LiveKit's own log output."""

from __future__ import annotations

import enum
import json
import logging
import os
import pickle
import subprocess
import sys
from pathlib import Path

import pytest
import structlog
from livekit.agents.cli.log import ColoredFormatter, JsonFormatter

from filters.calls import LOGGER_NAME, get_logger

# As `livekit.agents.cli` sets it up for `dev`.
DEVELOPMENT_FORMAT = "%(levelname)s %(name)s - %(message)s %(extra)s"


class Reason(enum.Enum):
    """Why, as the policy says it."""

    TOO_SHORT = "too short"


@pytest.fixture(autouse=True)
def every_level(caplog: pytest.LogCaptureFixture) -> None:
    """Capture debug lines too."""
    caplog.set_level(logging.DEBUG, logger=LOGGER_NAME)


def test_an_event_is_the_message_and_its_facts_the_extra(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Any handler of the standard library can filter on them."""
    get_logger("filters.agent_context").info("agent_context_pushed", characters=41, cut=0)
    (record,) = caplog.records
    assert record.name == "livekit.agents.filters.agent_context"
    assert (record.getMessage(), record.levelno) == ("agent_context_pushed", logging.INFO)
    assert (vars(record)["characters"], vars(record)["cut"]) == (41, 0)


def test_livekits_json_formatter_shows_the_facts(caplog: pytest.LogCaptureFixture) -> None:
    """Production logs carry every pair as a field."""
    get_logger("filters").warning("agent_context_conflict", reason="twice", stt=None)
    row = json.loads(JsonFormatter().format(caplog.records[0]))
    assert row["message"] == "agent_context_conflict"
    assert (row["level"], row["name"]) == ("WARNING", "livekit.agents.filters")
    assert (row["reason"], row["stt"]) == ("twice", None)


def test_livekits_development_formatter_shows_the_facts(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The console line ends with the pairs."""
    get_logger("filters").info("speech_held", words=1, text="größer")
    line = ColoredFormatter(DEVELOPMENT_FORMAT).format(caplog.records[0])
    assert "INFO livekit.agents.filters - speech_held" in line
    assert '{"words": 1, "text": "größer"}' in line


@pytest.mark.parametrize("development", [True, False])
def test_livekits_own_set_up_is_all_that_is_needed(development: bool) -> None:
    """After `setup_logging`, as LiveKit's command line calls it, the events are on stdout."""
    program = (
        "from livekit.agents.cli.log import setup_logging\n"
        f"setup_logging('INFO', devmode={development}, console=False)\n"
        "from filters.calls import get_logger\n"
        "log = get_logger('filters.policy')\n"
        "log.debug('too_quiet')\n"
        "log.info('speech_held', words=1)\n"
    )
    root = Path(__file__).resolve().parents[2]
    run = subprocess.run(  # noqa: S603 - the program is the one above
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(root)},
    )
    (line,) = run.stdout.splitlines()
    assert "livekit.agents.filters.policy" in line
    assert "speech_held" in line
    assert '"words": 1' in line


def test_a_key_that_a_log_record_has_already_is_renamed(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The standard library raises KeyError for these; an event must not."""
    log = get_logger("filters")
    log.info("speech_held", name="ann", message="hello", level=3, args=(1,), module="policy")
    record = vars(caplog.records[0])
    assert (record["name_"], record["message_"], record["level_"]) == ("ann", "hello", 3)
    assert (record["args_"], record["module_"]) == ([1], "policy")
    row = json.loads(JsonFormatter().format(caplog.records[0]))
    assert (row["level"], row["message"]) == ("INFO", "speech_held")


def test_values_survive_the_way_from_the_job_to_the_worker(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """LiveKit's jobs run in processes of their own and send pickled records."""
    get_logger("filters").info(
        "speech_held", reason=Reason.TOO_SHORT, words=("a", lambda: None), counts={1: {2}}
    )
    record = vars(pickle.loads(pickle.dumps(caplog.records[0])))  # noqa: S301 - its own pickle
    assert record["reason"] == "too short"
    assert record["words"][0] == "a"
    assert record["counts"] == {"1": [2]}


def test_a_record_names_the_line_that_logged(caplog: pytest.LogCaptureFixture) -> None:
    """LiveKit's JSON output shows the place in the code; it is not structlog's."""
    get_logger("filters").info("speech_held")
    get_logger("filters").bind(speech="a").warning("speech_held")
    get_logger("filters").error("speech_held", reason="b")
    assert [record.pathname for record in caplog.records] == [__file__] * 3
    assert {record.funcName for record in caplog.records} == {
        "test_a_record_names_the_line_that_logged"
    }


def test_an_exception_is_logged_with_its_traceback(caplog: pytest.LogCaptureFixture) -> None:
    """`exception()` works as it does on a standard logger."""
    try:
        raise ValueError("broken")
    except ValueError:
        get_logger("filters").exception("filter_failed", where="stt_node")
    (record,) = caplog.records
    assert record.pathname == __file__
    assert record.exc_info is not None
    assert record.exc_info[0] is ValueError
    assert "ValueError: broken" in json.loads(JsonFormatter().format(record))["exc_info"]


def test_a_level_that_is_off_costs_no_record(caplog: pytest.LogCaptureFixture) -> None:
    """The level of LiveKit's logger decides."""
    caplog.set_level(logging.WARNING, logger=LOGGER_NAME)
    get_logger("filters").info("speech_held")
    assert caplog.records == []


def test_structlogs_own_configuration_is_left_alone() -> None:
    """An application configures structlog for itself, before or after."""
    before = structlog.get_config()
    get_logger("filters").info("speech_held")
    assert structlog.get_config() == before
    assert not structlog.is_configured()
