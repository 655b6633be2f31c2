"""The checker names every fault of every file, and its schema is the one that is shipped."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from filters.configuration import FilterConfig
from filters.words import shipped_languages
from scripts.check_config import app
from scripts.domain_files import MOST_NOTES
from scripts.schema import config_schema

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


def test_words_in_two_lists_of_a_domain_are_a_fault(tmp_path: Path) -> None:
    """With both places; what a domain takes over from a shipped list is none."""
    path = tmp_path / "clinic.yaml"
    lists = "backchannels: {add: [go on, stop]}\ncommands: {add: [next, 'Go on!']}\n"
    path.write_text(f"domain: clinic\n{lists}", encoding="utf-8")
    status, output = run(path)
    assert status == 1
    assert output == (
        f'{path}: commands.add[1]: "Go on!" is also in backchannels.add[0], as "go on". '
        "A phrase belongs to one list: remove one.\n"
    )


GERMAN = """\
language: de
backchannels: {all: {phrases: [ja, stop]}}
commands: {all: {phrases: [halt, yeah]}}
standalone_commands: {all: {phrases: [mhm, men]}}
"""


def test_words_about_which_languages_contradict_each_other_are_named(tmp_path: Path) -> None:
    """They are no fault: with each is told who decides, and how to settle it."""
    german = tmp_path / "de.yaml"
    german.write_text(GERMAN, encoding="utf-8")
    path = tmp_path / "hotel.yaml"
    path.write_text("domain: hotel\nextends: [en, de.yaml]\n", encoding="utf-8")
    status, output = run(path)
    assert status == 0
    places = {
        "men": f"homographs of en, standalone_commands of {german}",
        "mhm": f"backchannels of en, standalone_commands of {german}",
        "stop": f"commands of en, backchannels of {german}",
        "yeah": f"backchannels of en, commands of {german}",
    }
    assert output.splitlines()[1:] == [
        f'{path}: note: "{word}" is in the {place}: the language of a final decides, else en. '
        "A list of this domain that names it settles it for all."
        for word, place in places.items()
    ]
    with path.open("a", encoding="utf-8") as file:
        file.write('commands: {add: ["stop"]}\nbackchannels: {add: ["yeah", "mhm", men]}\n')
    status, output = run(path)
    assert status == 0
    assert '"stop"' not in output
    assert '"yeah"' not in output


def test_a_language_that_no_list_serves_is_a_fault(tmp_path: Path) -> None:
    """The recogniser hears it, and every word of it would be content."""
    path = tmp_path / "hotel.yaml"
    path.write_text(
        "domain: hotel\nextends: [en, pt]\nstt: {language_codes: [en-US, de, pt-BR, xh]}\n"
        "stages: {spelling: {stt: {language_codes: [fr]}}}\n",
        encoding="utf-8",
    )
    status, output = run(path)
    assert status == 1
    own = "No list is shipped for it: extend one of your own, by its path."
    what = "is a language that no list in extends serves."
    assert output.splitlines() == [
        f'{path}: stt.language_codes: "de" {what} Add de to extends.',
        f'{path}: stt.language_codes: "xh" {what} {own}',
        f'{path}: stages.spelling.stt.language_codes: "fr" {what} Add fr to extends.',
    ]


@pytest.mark.slow
def test_all_shipped_languages_go_together(tmp_path: Path) -> None:
    """What they contradict each other about is named, to a bound."""
    path = tmp_path / "hotel.yaml"
    path.write_text("domain: hotel\nextends: [all]\nstt: {language_codes: [multi]}\n", "utf-8")
    status, output = run(path)
    assert status == 0, output
    assert all(language in output.splitlines()[0] for language in shipped_languages())
    assert len(output.splitlines()) <= MOST_NOTES + 2


def test_what_is_no_file_of_keys_is_a_fault(tmp_path: Path) -> None:
    """Each is named, whatever it is instead."""
    contents = {"empty": b"", "list": b"- one\n", "bytes": b"\xff\xfe", "open": b"domain: [x\n"}
    for name, content in contents.items():
        (tmp_path / f"{name}.yaml").write_bytes(content)
    (tmp_path / "directory.yaml").mkdir()
    files = [tmp_path / f"{name}.yaml" for name in (*contents, "directory")]
    status, output = run(*files)
    assert status == 1
    for file, line in zip(files, output.splitlines(), strict=True):
        assert line.startswith(f"{file}: ")
        assert line.endswith(".")


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
