"""The turn handling that fits the filter, for `AgentSession(turn_handling=...)`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from filters.configuration import FilterConfig, load_config

if TYPE_CHECKING:
    import os

    from livekit.agents import TurnHandlingOptions

MIN_WORDS = 2
"""Words it takes to stop the agent, where the configuration doesn't say."""


def turn_handling_for(
    config: FilterConfig | str | os.PathLike[str] | None = None,
) -> TurnHandlingOptions:
    """The options of turns and interruptions that the filter works best with.

    A new dict each time, to change at will. They are meant for a session with `vad=None` and
    `aec_warmup_duration=None`, and a recogniser that ends turns by itself.

    Args:
        config: A `FilterConfig`, the name of a domain YAML, or a path; None is the default. Its
            `min_words` is the session's.

    Raises:
        ConfigError: The configuration is faulty.
    """
    loaded = config if isinstance(config, FilterConfig) else load_config(config)
    return {
        # the recogniser ends turns: it reads the punctuation, which silence alone can't tell
        "turn_detection": "stt",
        # LiveKit would wait this long once more after the recogniser has. The filter needs no
        # delay either: what it releases is committed at once.
        "endpointing": {"min_delay": 0.0},
        "interruption": {
            # else, with a VAD and under "dev" or "console", LiveKit sends what it hears to its
            # cloud, to be told there what is a backchannel
            "mode": "vad",
            # below 2 any single word stops the agent, and there is nothing left to filter
            "min_words": MIN_WORDS if loaded.min_words is None else loaded.min_words,
            # a stop that turns out to be none is undone ...
            "resume_false_interruption": True,
            # ... this many seconds after the end of speech; by then the final text is in
            "false_interruption_timeout": 1.0,
            # else the recogniser hears silence while a speech can't be interrupted, and what
            # the caller says then is lost instead of answered afterwards
            "discard_audio_if_uninterruptible": False,
        },
    }
