"""Which options of a domain the installed plugin is made with, and what it says against them."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
from livekit.plugins import assemblyai

from agent.domains import domain_config, usable_config
from agent.last_good import LastGood
from agent.recognition import MODELS, build_stt, choose_model, known_models, turn_options
from agent.recognition_check import PACKAGE, check_recogniser_options
from agent.settings import read_settings
from filters import ConfigError, FilterConfig
from filters.livekit._livekit_private import recogniser_option

from .running import OFFLINE_WORKER, ROOT, run

if TYPE_CHECKING:
    from pathlib import Path

SETTINGS = read_settings({"AGENT_OFFLINE": "1", "ASSEMBLYAI_BASE_URL": "ws://127.0.0.1:9"})
PLUGIN = f"{PACKAGE} {assemblyai.__version__}"


def config_with(**values: Any) -> FilterConfig:
    """A domain."""
    return FilterConfig.from_mapping({"domain": "clinic", **values})


class Strict:
    """A plugin that takes little, and refuses some of that."""

    def __init__(
        self,
        *,
        api_key: str,  # noqa: ARG002 - the plugin's
        model: str = "u3-rt-pro",  # noqa: ARG002
        min_turn_silence: int = 100,
        max_turn_silence: int = 100,
        vad_threshold: float = 0.3,  # noqa: ARG002
        prompt: str | None = None,
        keyterms_prompt: list[str] | None = None,
    ) -> None:
        if prompt is not None and len(prompt) > 10:
            raise ValueError("prompt exceeds 10 characters.")
        if keyterms_prompt and len(keyterms_prompt[0]) > 10:
            raise ValueError("a keyterm exceeds\n10 characters")
        if max_turn_silence > 5000 and min_turn_silence > 1000:
            raise ValueError("such silences are not for phone calls")

    def update_options(self, *, keyterms_prompt: list[str] | None = None) -> None:
        """Takes terms."""
        if keyterms_prompt == ["never"]:
            raise ValueError("never say never")


def faults_of(plugin: type[Any] = Strict, **values: Any) -> list[str]:
    """What is said against a domain."""
    with pytest.raises(ConfigError) as caught:
        check_recogniser_options(config_with(**values), "config/clinic.yaml", plugin)
    return str(caught.value).splitlines()


@pytest.fixture(autouse=True)
def _models(monkeypatch: pytest.MonkeyPatch) -> None:
    """The strict plugin says nothing of its models."""
    known = known_models()
    monkeypatch.setattr("agent.recognition_check.known_models", lambda _: known)


# -- what it is made with ------------------------------------------------------------------------


async def test_the_domain_s_options_reach_the_recogniser() -> None:
    """And the agent's own stay where it sets none."""
    config = config_with(stt={"max_turn_silence": 2400, "keyterms_prompt": ["Okafor"]})
    async with aiohttp.ClientSession() as http_session:
        stt = build_stt(SETTINGS, config, greeting="Welcome.", http_session=http_session)
        assert recogniser_option(stt, "max_turn_silence") == 2400
        assert recogniser_option(stt, "min_turn_silence") == 100
        assert recogniser_option(stt, "vad_threshold") == 0.3
        assert recogniser_option(stt, "keyterms_prompt") == ["Okafor"]
        await stt.aclose()


async def test_the_environment_s_model_comes_before_the_domain_s() -> None:
    """As with the filter's mode: whoever starts the worker has the last word."""
    known = [model for model in MODELS if model in known_models()]
    config = config_with(stt={"model": known[-1]})
    async with aiohttp.ClientSession() as http_session:
        for wanted, model in ((None, known[-1]), (known[0], known[0])):
            settings = replace(SETTINGS, assemblyai_model=wanted)
            stt = build_stt(settings, config, greeting="Welcome.", http_session=http_session)
            assert stt.model == model
            await stt.aclose()


async def test_without_a_domain_it_is_made_as_before() -> None:
    """The newest model that is known."""
    async with aiohttp.ClientSession() as http_session:
        stt = build_stt(SETTINGS, greeting="Welcome.", http_session=http_session)
        assert stt.model == choose_model(known_models())
        await stt.aclose()


def test_a_preset_chooses_what_the_agent_would() -> None:
    """But for the threshold of a recogniser that has a VAD beside it."""
    assert turn_options({"mode": "balanced"}) == {"mode": "balanced"}
    assert turn_options({"mode": "balanced"}, vad=True) == {
        "vad_threshold": 0.3,
        "mode": "balanced",
    }


@pytest.mark.parametrize(
    ("configured", "silences"),
    [
        ({}, (100, 1000)),
        ({"min_turn_silence": 1500}, (1500, 1500)),
        ({"max_turn_silence": 50}, (50, 50)),
        ({"max_turn_silence": 3000}, (100, 3000)),
    ],
)
def test_the_agent_s_silences_never_contradict_the_domain_s(
    configured: dict[str, int], silences: tuple[int, int]
) -> None:
    """What ends a turn regardless is no shorter than what looks at the punctuation."""
    options = turn_options(configured)
    assert (options["min_turn_silence"], options["max_turn_silence"]) == silences


# -- what is said against it -------------------------------------------------------------------


@pytest.mark.parametrize("values", [{}, {"stt": {"max_turn_silence": 900}}, {"stages": {"x": {}}}])
def test_nothing_is_said_against_good_options(values: dict[str, Any]) -> None:
    """By the installed plugin, and by one that takes little."""
    check_recogniser_options(config_with(**values), "config/clinic.yaml")
    check_recogniser_options(config_with(**values), "config/clinic.yaml", Strict)


def test_an_unknown_model_is_named_with_those_there_are() -> None:
    """The agent works with one family."""
    known = ", ".join(model for model in MODELS if model in known_models())
    assert faults_of(assemblyai.STT, stt={"model": "universal-9"}) == [
        (
            f'config/clinic.yaml: stt.model: "universal-9" is no model of {PLUGIN} that this agent '
            f"works with. Write {known}, or leave it out."
        )
    ]


def test_all_that_the_plugin_does_not_take_or_refuses_is_told_at_once() -> None:
    """In its words, on one line each."""
    assert faults_of(
        stt={
            "voice_focus": "near-field",
            "interruption_delay": 0,
            "keyterms_prompt": ["Czestochowa Hospital"],
        },
        stages={"names": {"stt": {"keyterms_prompt": ["never"], "max_turn_silence": 900}}},
    ) == [
        (
            f"config/clinic.yaml: stt.interruption_delay: {PLUGIN} does not take it. "
            "Remove it, or install a newer one."
        ),
        (
            "config/clinic.yaml: stt.keyterms_prompt: "
            f"{PLUGIN} refuses it: a keyterm exceeds\\n10 characters."
        ),
        (
            f"config/clinic.yaml: stt.voice_focus: {PLUGIN} does not take it. "
            "Remove it, or install a newer one."
        ),
        (
            "config/clinic.yaml: stages.names.stt.keyterms_prompt: "
            f"{PLUGIN} refuses it: never say never."
        ),
    ]


def test_options_that_are_refused_together_are_told() -> None:
    """Each alone would do."""
    assert faults_of(stt={"min_turn_silence": 2000, "max_turn_silence": 6000}) == [
        f"config/clinic.yaml: stt: {PLUGIN} refuses it: such silences are not for phone calls."
    ]


def test_a_stage_must_not_wait_longer_than_the_agent_does() -> None:
    """Where the domain leaves the longer silence to the agent."""
    assert faults_of(stages={"names": {"stt": {"min_turn_silence": 1500}}}) == [
        (
            "config/clinic.yaml: stages.names.stt.min_turn_silence: 1500 is more than this agent's "
            "max_turn_silence, 1000. Set max_turn_silence, too."
        )
    ]


def test_what_a_stage_can_t_set_is_left_to_the_call() -> None:
    """An older plugin doesn't take it in mid-call; the words switch all the same."""
    config = config_with(stages={"names": {"stt": {"interruption_delay": 0}}})
    check_recogniser_options(config, "config/clinic.yaml", Strict)


# -- where it is said ----------------------------------------------------------------------------


@pytest.fixture
def directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory of domains."""
    monkeypatch.setenv("LIVEKIT_FILTERS_CONFIG_DIR", str(tmp_path))
    monkeypatch.delenv("LIVEKIT_FILTERS_MODE", raising=False)
    return tmp_path


def test_a_domain_that_the_plugin_refuses_does_not_load(directory: Path) -> None:
    """The error names the file."""
    (directory / "clinic.yaml").write_text("domain: clinic\nstt: {model: universal-9}\n", "utf-8")
    with pytest.raises(ConfigError, match=r"clinic\.yaml: stt\.model: "):
        domain_config("clinic")


def test_a_call_goes_on_with_the_domain_as_it_last_loaded(
    directory: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """An edit that only the plugin refuses is no reason to drop calls."""
    path = directory / "clinic.yaml"
    kept = LastGood(tmp_path)
    path.write_text("domain: clinic\nstt: {max_turn_silence: 900}\n", "utf-8")
    assert usable_config("clinic", kept).stt_options() == {"max_turn_silence": 900}
    path.write_text("domain: clinic\nstt: {model: universal-9}\n", "utf-8")
    assert usable_config("clinic", kept).stt_options() == {"max_turn_silence": 900}
    [record] = caplog.records
    assert record.levelno == logging.ERROR
    assert record.getMessage().endswith("The call goes on with clinic as it last loaded.")


def test_the_worker_says_it_in_sentences(directory: Path) -> None:
    """`python -m agent start` ends with status 2 and no traceback."""
    (directory / "clinic.yaml").write_text(
        "domain: clinic\nstt: {model: universal-9}\n"
        "stages: {names: {stt: {min_turn_silence: 1500}}}\n",
        "utf-8",
    )
    variables = {
        **OFFLINE_WORKER,
        "AGENT_DOMAIN": "clinic",
        "LIVEKIT_FILTERS_CONFIG_DIR": str(directory),
    }
    result = run(directory, "start", **variables)
    assert result.returncode == 2
    assert "Traceback" not in result.stderr
    first, second = result.stderr.splitlines()
    assert f"{directory}/clinic.yaml: stt.model: " in first
    assert f"{directory}/clinic.yaml: stages.names.stt.min_turn_silence: 1500" in second


@pytest.mark.parametrize("name", ["hotel_booking", "healthcare", "customer_support", "ivr"])
def test_the_shipped_domains_load(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the plugin that is installed, whichever it is."""
    monkeypatch.setenv("LIVEKIT_FILTERS_CONFIG_DIR", str(ROOT / "config"))
    assert domain_config(name).name == name
