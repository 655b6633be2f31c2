"""YAML is read as it was written, and what could harm is refused at once."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
import yaml

from filters.documents import ConfigError, parse_yaml, read_yaml, yaml_document
from filters.documents.yaml_document import MAX_BYTES


def parse(text: str) -> object:
    """The value of a text."""
    return parse_yaml(text.encode(), "words.yaml").value


def refusal(data: str | bytes) -> str:
    """What is said of a content that is refused."""
    with pytest.raises(ConfigError) as caught:
        parse_yaml(data if isinstance(data, bytes) else data.encode(), "words.yaml")
    return str(caught.value)


@pytest.fixture(params=["libyaml", "pure Python"])
def both_parsers(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs a test with either parser of PyYAML."""
    loader = getattr(yaml, "CSafeLoader", None) if request.param == "libyaml" else yaml.SafeLoader
    if loader is None:
        pytest.skip("this PyYAML has no libyaml")
    monkeypatch.setattr(yaml_document, "_LOADER", loader)


@pytest.mark.usefixtures("both_parsers")
@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("[no, yes, on, off, y, true]", ["no", "yes", "on", "off", "y", "true"]),
        ("[12:30, 010, 1e3, 2024-01-01, .inf]", ["12:30", "010", "1e3", "2024-01-01", ".inf"]),
        ("no: off", {"no": "off"}),
        ("['null', null, '~', '']", ["null", "null", "~", ""]),
        ("- ~\n-\n- ''", [None, None, ""]),
        ("{a: null, b: ~, c: 'null'}", {"a": None, "b": None, "c": "null"}),
        ("a:\nb: x", {"a": None, "b": "x"}),
        ("!!str no", "no"),
        ("a: [b, {c: [d]}]\ne: f", {"a": ["b", {"c": ["d"]}], "e": "f"}),
        ("\ufeffa: b", {"a": "b"}),
        ("---\na: b\n...\n", {"a": "b"}),
        ("a: 'ああ—ñ'", {"a": "ああ—ñ"}),
        ("", None),
        ("# nothing", None),
    ],
)
def test_scalars_stay_the_words_that_were_written(text: str, value: object) -> None:
    """Nothing becomes a truth value, a number or a date; only an empty value is nothing."""
    assert parse(text) == value


@pytest.mark.usefixtures("both_parsers")
def test_every_place_has_its_line() -> None:
    """A key has the line it stands on, and so has the item of a list."""
    document = parse_yaml(b"a:\n  - x\n  - y\nb: {c: d}\n", "words.yaml")
    assert document.lines == {
        (): 1,
        ("a",): 1,
        ("a", 0): 2,
        ("a", 1): 3,
        ("b",): 4,
        ("b", "c"): 4,
    }


@pytest.mark.usefixtures("both_parsers")
def test_duplicate_keys_are_problems_and_the_first_counts() -> None:
    """Every key that stands twice is reported with both lines, and reading goes on."""
    document = parse_yaml(b"a: {x: 1, x: 2}\nb: [1]\na: {y: 3}\n", "words.yaml")
    assert document.value == {"a": {"x": "1"}, "b": ["1"]}
    assert [str(problem) for problem in document.problems] == [
        "words.yaml: a.x: duplicate key on line 1 (first on line 1). Remove one, or merge them.",
        "words.yaml: a: duplicate key on line 3 (first on line 1). Remove one, or merge them.",
    ]


@pytest.mark.usefixtures("both_parsers")
@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: b: c", "is not YAML on line 1, column 5"),
        ("x: y\na: [b\n", "is not YAML on line 3, column 1"),
        ("a:\n\t- b", "is not YAML on line 2, column 1"),
        ("- [oh] really", 'quote a phrase that begins with a sign or holds a colon: "[oh] really"'),
        ("a: x\nb: \x01", "control character U+0001 on line 2"),
        ("a: &x [b]\nc: *x", '"*x" is an alias of YAML, which is not supported on line 2'),
        ("a: !!python/object:os.system x", "os.system"),
        ("a: !!set {b}", 'the tag "tag:yaml.org,2002:set" is not supported on line 1'),
        ("a: b\n---\nc: d", "a second document begins on line 2"),
        ("[a]: b", "a key is a list or a mapping on line 1"),
        ("? {a: b}\n: c", "a key is a list or a mapping on line 1"),
    ],
)
def test_what_is_not_plain_yaml_is_refused_with_its_line(text: str, said: str) -> None:
    """The message names the file, what is wrong and where."""
    message = refusal(text)
    assert message.startswith("words.yaml: ")
    assert said in message
    assert "\n" not in message


@pytest.mark.usefixtures("both_parsers")
@pytest.mark.parametrize(
    "text",
    [
        "[" * 10_000,
        "- " * 10_000,
        "{a: " * 10_000,
        "a: &a [x,x]\n" + "".join(f"b{i}: &b{i} [*a,*a]\n" for i in range(9)),
        "x" * (MAX_BYTES + 1),
        '"' * 10_001,
        "&a " * 10_000,
    ],
    ids=["brackets", "dashes", "braces", "billion laughs", "too large", "quotes", "anchors"],
)
def test_harmful_content_is_refused_quickly(text: str) -> None:
    """Depth, aliases and size are refused in well under a second."""
    began = time.perf_counter()
    refusal(text)
    assert time.perf_counter() - began < 10  # a second on a machine that is not busy


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"a: b\nc: \xff\xfe", "is not UTF-8: byte 0xff on line 2. Save it as UTF-8."),
        ("a: é".encode("latin-1"), "is not UTF-8: byte 0xe9 on line 1"),
        ("a: b".encode("utf-16"), "is not UTF-8: byte 0xff on line 1"),
    ],
)
def test_other_encodings_are_named(data: bytes, said: str) -> None:
    """A file in another encoding is told from a broken one."""
    assert said in refusal(data)


def test_files_are_read(tmp_path: Path) -> None:
    """A path may be a string or a path object."""
    path = tmp_path / "words.yaml"
    path.write_text("a: b", encoding="utf-8")
    assert read_yaml(path) == read_yaml(str(path))
    assert read_yaml(path).value == {"a": "b"}


def test_what_is_no_readable_file_is_refused_quickly(tmp_path: Path) -> None:
    """A FIFO would block, a device never ends, and a sparse file of 100 MB is not read."""
    os.mkfifo(tmp_path / "fifo.yaml")
    with (tmp_path / "huge.yaml").open("wb") as stream:
        stream.truncate(100_000_000)
    began = time.perf_counter()
    expected = {
        tmp_path / "none.yaml": "does not exist",
        tmp_path: "is a directory",
        tmp_path / "fifo.yaml": "is not a regular file",
        Path("/dev/zero"): "is not a regular file",
        tmp_path / "huge.yaml": "is larger than 1 MB",
        tmp_path / "huge.yaml" / "below.yaml": "can't be read (Not a directory)",
        tmp_path / ("x" * 300): "can't be read (File name too long)",
        tmp_path / "nul\0.yaml": "can't be read (embedded null byte)",
    }
    for path, said in expected.items():
        with pytest.raises(ConfigError) as caught:
            read_yaml(path)
        assert said in str(caught.value)
        assert "\n" not in str(caught.value)
        assert "\0" not in str(caught.value)
    assert time.perf_counter() - began < 10  # a second on a machine that is not busy
