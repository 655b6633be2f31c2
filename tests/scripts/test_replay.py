"""The replay tool: files, pipes and packed files in, decisions out, faults named."""

from __future__ import annotations

import gzip
import json
import os
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner, Result

from scripts.replay import app

if TYPE_CHECKING:
    from pathlib import Path

ROWS = [
    {"t": 0.0, "event": "agent_state", "state": "speaking"},
    {"t": 1.0, "event": "stt", "type": "final_transcript", "text": "Mm-hmm."},
    {"t": 2.5, "event": "stt", "type": "final_transcript", "text": "¡Righto! ☕"},
    {"t": 9.0, "event": "end"},
]
CALL = "".join(json.dumps({"session": "a", **row}) + "\n" for row in ROWS)


def run(*arguments: str | Path, stdin: str | None = None) -> Result:
    """The command, as it went."""
    return CliRunner().invoke(app, [str(argument) for argument in arguments], input=stdin)


def decided(output: bytes) -> list[tuple[str, str]]:
    """What was decided about which text."""
    rows = [json.loads(line) for line in output.decode("utf-8").splitlines()]
    return [(row["action"], row["text"]) for row in rows]


@pytest.fixture
def call(tmp_path: Path) -> Path:
    """A timeline."""
    path = tmp_path / "call.jsonl"
    path.write_text(CALL, encoding="utf-8")
    return path


BY_DEFAULT = [
    ("hold", "Mm-hmm."),
    ("hold", "¡Righto! ☕"),
    ("discard", "Mm-hmm."),
    ("discard", "¡Righto! ☕"),
]


def test_a_file_is_replayed_into_a_file(call: Path, tmp_path: Path) -> None:
    """The decisions go where --out says."""
    out = tmp_path / "decisions.jsonl"
    result = run(call, "--out", out)
    assert result.exit_code == 0
    assert f"{out}: 4 decisions" in result.stderr
    assert sorted(decided(out.read_bytes())) == sorted(BY_DEFAULT)


def test_packed_files_are_read_and_written(call: Path, tmp_path: Path) -> None:
    """What ends in .gz is unpacked, or packed; several files follow each other."""
    packed = tmp_path / "call.jsonl.gz"
    packed.write_bytes(gzip.compress(call.read_bytes()))
    out = tmp_path / "decisions.jsonl.gz"
    assert run(packed, call, "--out", out).exit_code == 0
    decisions = decided(gzip.decompress(out.read_bytes()))
    assert len(decisions) == 2 * len(BY_DEFAULT)
    assert decisions[:4] == decisions[4:]


def test_a_pipe_is_read_and_written() -> None:
    """A minus stands for standard input; decisions go to standard output unless told otherwise."""
    result = run("-", stdin=CALL)
    assert result.exit_code == 0
    assert sorted(decided(result.stdout_bytes)) == sorted(BY_DEFAULT)


def test_a_configuration_decides(call: Path, tmp_path: Path) -> None:
    """The same call, another configuration, other decisions."""
    config = tmp_path / "clinic.yaml"
    config.write_text("domain: clinic\nbackchannels: {remove: [righto]}\n", encoding="utf-8")
    result = run(call, "--config", config)
    assert ("note", "¡Righto! ☕") in decided(result.stdout_bytes)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b'{"event": "bye"}\n', 'call.jsonl:1: unknown event "bye"'),
        (b"\xff\n", "call.jsonl:1: not UTF-8"),
    ],
)
def test_a_bad_row_is_named(tmp_path: Path, content: bytes, said: str) -> None:
    """File, line, what is wrong; and the exit status says it failed."""
    path = tmp_path / "call.jsonl"
    path.write_bytes(content)
    result = run(path)
    assert result.exit_code == 1
    assert said in result.stderr


def test_files_that_cannot_be_read_are_named(call: Path, tmp_path: Path) -> None:
    """A missing file, half a packed one, a missing configuration: a sentence, no traceback."""
    half = tmp_path / "half.gz"
    half.write_bytes(gzip.compress(os.urandom(10_000))[:5_000])
    for arguments in ((tmp_path / "none.jsonl",), (half,), (call, "--config", "no_such_domain")):
        result = run(*arguments)
        assert result.exit_code == 1
        assert "Traceback" not in result.stderr
        assert result.stderr.strip()
