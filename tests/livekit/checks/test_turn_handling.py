"""The turn handling that fits the filter."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from livekit.agents import AgentSession

from filters import ConfigError, FilterConfig, turn_handling_for

if TYPE_CHECKING:
    from collections.abc import Mapping

CONFIG = Path(__file__).parents[3] / "config"


def of_session(options: Any) -> tuple[object, Mapping[str, Any], Mapping[str, Any]]:
    """What a session makes of it: turn detection, endpointing, interruption."""
    session: AgentSession[Any] = AgentSession(vad=None, turn_handling=options)
    return session.turn_detection, session.options.endpointing, session.options.interruption


async def test_the_session_takes_all_of_it() -> None:
    """On every release that is supported; the words are the guide's two."""
    detection, endpointing, interruption = of_session(turn_handling_for())
    assert detection == "stt"
    assert endpointing["min_delay"] == 0
    expected = {
        "mode": "vad",
        "min_words": 2,
        "resume_false_interruption": True,
        "false_interruption_timeout": 1.0,
        "discard_audio_if_uninterruptible": False,
    }
    assert {name: interruption.get(name) for name in expected} == expected


@pytest.mark.parametrize("words", [1, 2, 5])
def test_the_configuration_says_how_many_words_it_takes(words: int) -> None:
    """So that `install` finds the two agree."""
    config = FilterConfig.from_mapping({"domain": "test", "min_words": words})
    assert turn_handling_for(config)["interruption"]["min_words"] == words


def test_a_name_or_a_path_will_do(monkeypatch: pytest.MonkeyPatch) -> None:
    """As with `install`."""
    monkeypatch.setenv("LIVEKIT_FILTERS_CONFIG_DIR", str(CONFIG))
    by_name = turn_handling_for("hotel_booking")
    assert by_name == turn_handling_for(CONFIG / "hotel_booking.yaml") == turn_handling_for()
    with pytest.raises(ConfigError, match="no_such_domain"):
        turn_handling_for("no_such_domain")


def test_what_one_session_changes_is_its_own() -> None:
    """A new dict each time."""
    turn_handling_for()["interruption"]["min_words"] = 9
    assert turn_handling_for()["interruption"]["min_words"] == 2
