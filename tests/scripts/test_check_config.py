"""The checker names every fault of every file, and its schema is the one that is shipped."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from filters.config import FilterConfig
from scripts.check_config import app, config_schema

CONFIG = Path(__file__).parent.parent.parent / "config"


def run(*arguments: str | Path) -> tuple[int, str]:
    """The exit status of the command, and what it prints."""
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    return result.exit_code, result.output


@pytest.fixture
def faulty(tmp_path: Path) -> Path:
    """A file with two faults."""
    path = tmp_path / "clinic.yaml"
    path.write_text("domain: clinic\nhold_s: long\ncomands: {add: [stop]}\n", encoding="utf-8")
    return path


def test_shipped_configurations_are_ok() -> None:
    """Each file has a line that says what it holds."""
    files = sorted(CONFIG.glob("*.yaml"))
    status, output = run(*files)
    assert status == 0
    lines = output.splitlines()
    assert len(lines) == len(files) > 0
    for file, line in zip(files, lines, strict=True):
        assert line.startswith(f"{file}: ok ({file.stem}, en, fingerprint ")


def test_every_fault_of_every_file_is_printed(faulty: Path, tmp_path: Path) -> None:
    """One line a fault; a good file between them is still ok; the exit status says it failed."""
    good = tmp_path / "good.yaml"
    good.write_text("domain: good\n", encoding="utf-8")
    missing = tmp_path / "missing.yaml"
    status, output = run(faulty, good, missing)
    assert status == 1
    first, second, third, fourth = output.splitlines()
    assert first == f'{faulty}: hold_s: "long" is not a number. Write a number, such as 2.0.'
    assert second == f'{faulty}: comands: unknown key (line 3). Did you mean "commands"?'
    assert third.startswith(f"{good}: ok (good, en, fingerprint ")
    assert fourth == f"{missing}: does not exist. Check the path."


def test_word_lists_are_checked_too(tmp_path: Path) -> None:
    """A word list of one's own is told from a domain by its language."""
    words = tmp_path / "de.yaml"
    words.write_text("language: de\ncommands: {all: {phrases: [halt]}}\n", encoding="utf-8")
    assert run(words) == (0, f"{words}: ok (words of de)\n")
    words.write_text("language: de\ncommands: {all: {phrases: [halt, Halt!]}}\n", encoding="utf-8")
    status, output = run(words)
    assert status == 1
    assert "commands.all.phrases[1]: duplicate phrase" in output


def test_the_environment_is_not_the_file(faulty: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A bad mode in the environment is no fault of any file."""
    monkeypatch.setenv("LIVEKIT_FILTERS_MODE", "enforec")
    faulty.write_text("domain: clinic\nmode: shadow\n", encoding="utf-8")
    status, _ = run(faulty)
    assert status == 0


def test_files_are_asked_for() -> None:
    """Nothing to check is a slip, not a success."""
    status, output = run()
    assert status == 2
    assert "name the files to check" in " ".join(output.replace("│", " ").split())


def test_the_shipped_schema_is_fresh() -> None:
    """After a change of the keys: python -m scripts.check_config --schema > config/schema.json."""
    status, output = run("--schema")
    assert status == 0
    assert json.loads(output) == config_schema()
    assert (CONFIG / "schema.json").read_text(encoding="utf-8") == output


def test_the_schema_knows_every_key() -> None:
    """Editors complete each key, say what it means, and mark any other."""
    schema = config_schema()
    assert set(schema["properties"]) == set(FilterConfig.model_fields)
    assert all(entry["description"] for entry in schema["properties"].values())
    assert schema["additionalProperties"] is False
    assert schema["required"] == ["domain"]
