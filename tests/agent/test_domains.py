"""Which configuration a call gets."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import pytest

from agent.domains import domain_config, job_config
from filters import ConfigError, FilterConfig

if TYPE_CHECKING:
    from pathlib import Path

DEFAULT = FilterConfig.from_mapping({"domain": "hotel_booking"})


@pytest.fixture(autouse=True)
def _configurations(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A directory with one good configuration and a faulty one, and a good one outside of it."""
    directory = tmp_path / "config"
    directory.mkdir()
    (directory / "healthcare.yaml").write_text("domain: healthcare\n", "utf-8")
    (directory / "faulty.yaml").write_text("domain: faulty\nbackchanels: {}\n", "utf-8")
    (tmp_path / "outside.yaml").write_text("domain: outside\n", "utf-8")
    monkeypatch.setenv("LIVEKIT_FILTERS_CONFIG_DIR", str(directory))
    monkeypatch.delenv("LIVEKIT_FILTERS_MODE", raising=False)
    monkeypatch.chdir(directory)


@pytest.mark.parametrize("metadata", ["", "  ", "{}", '{"domain": null}', '{"caller": "unknown"}'])
def test_a_job_that_names_no_domain_gets_the_default(
    metadata: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Nothing is wrong with that, and nothing is logged."""
    assert job_config(metadata, default=DEFAULT) is DEFAULT
    assert not caplog.records


def test_a_job_can_name_its_domain() -> None:
    """The metadata picks config/NAME.yaml, and may say other things."""
    config = job_config('{"domain": "healthcare", "caller": "known"}', default=DEFAULT)
    assert config.domain == "healthcare"


@pytest.mark.parametrize(
    "domain",
    [
        "../outside",
        "../outside.yaml",
        "./healthcare.yaml",
        "healthcare.yaml",
        "/etc/passwd",
        "..",
        "",
        "a" * 300,
        "healthcare\\n",
        "HEALTHCARE",
        "unknown",
        "faulty",
    ],
)
def test_what_is_no_usable_name_gets_the_default(
    domain: str, caplog: pytest.LogCaptureFixture
) -> None:
    """No path leads anywhere; the call goes on, and the log says why it isn't as asked."""
    assert job_config(f'{{"domain": "{domain}"}}', default=DEFAULT) is DEFAULT
    (record,) = caplog.records
    assert record.levelno == logging.ERROR
    assert record.getMessage().endswith("The call goes on with hotel_booking.")


@pytest.mark.parametrize(
    "metadata",
    ["healthcare", "{", '["healthcare"]', '"healthcare"', '{"domain": 3}', "[" * 100_000, "NaN"],
)
def test_metadata_of_another_kind_gets_the_default(
    metadata: str, caplog: pytest.LogCaptureFixture
) -> None:
    """The call goes on; what the metadata holds stays out of the log."""
    assert job_config(metadata, default=DEFAULT) is DEFAULT
    (record,) = caplog.records
    assert record.getMessage() == (
        'The job\'s metadata is not like {"domain": "healthcare"}. '
        "The call goes on with hotel_booking."
    )


def test_a_faulty_default_is_an_error() -> None:
    """What a deployment starts with has to be right; the error is the configuration's own."""
    with pytest.raises(ConfigError, match="backchanels"):
        domain_config("faulty")
    with pytest.raises(ValueError, match="names no domain"):
        domain_config("../outside")
