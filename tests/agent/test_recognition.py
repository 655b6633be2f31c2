"""Which model recognises, with which options."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import aiohttp
import pytest

from agent.recognition import MODELS, build_stt, choose_model, known_models
from agent.settings import SettingsError, read_settings

SETTINGS = read_settings({"AGENT_OFFLINE": "1"})


class OldPlugin:
    """An STT from before the family."""

    def __init__(self, *, model: Literal["universal-streaming-english"]) -> None: ...


class MiddlePlugin:
    """An STT that knows two of the family, and takes none of them as well."""

    def __init__(self, *, model: Literal["u3-rt-pro", "universal-3-5-pro"] | None) -> None: ...


def test_the_installed_plugin_knows_a_model_of_the_family() -> None:
    """Every supported version does, and the newest it knows is taken."""
    known = known_models()
    assert choose_model(known) == next(model for model in MODELS if model in known)


def test_the_newest_known_model_is_taken() -> None:
    """What the annotation names decides, also within a union."""
    assert known_models(MiddlePlugin) == {"u3-rt-pro", "universal-3-5-pro"}
    assert choose_model(known_models(MiddlePlugin)) == "universal-3-5-pro"


def test_a_model_that_is_wanted_is_taken() -> None:
    """An older one of the family, if the plugin knows it."""
    assert choose_model(known_models(MiddlePlugin), "u3-rt-pro") == "u3-rt-pro"


def test_a_model_that_is_not_known_is_refused() -> None:
    """The sentence names those that are."""
    with pytest.raises(SettingsError, match=r"universal-3-6-pro.*knows universal-3-5-pro, u3-rt-"):
        choose_model(known_models(MiddlePlugin), "universal-3-6-pro")


def test_a_plugin_that_knows_none_is_too_old() -> None:
    """The sentence says what to install."""
    with pytest.raises(SettingsError, match=r"knows none of .* Install version 1\.5 or newer\."):
        choose_model(known_models(OldPlugin))


async def test_the_installed_plugin_takes_the_options() -> None:
    """It is made with the chosen model, for the line that callers come by."""
    async with aiohttp.ClientSession() as http_session:
        for telephony in (False, True):
            settings = replace(
                SETTINGS, telephony=telephony, assemblyai_base_url="ws://127.0.0.1:9"
            )
            stt = build_stt(settings, greeting="Welcome.", http_session=http_session)
            assert stt.model == choose_model(known_models())
            await stt.aclose()
