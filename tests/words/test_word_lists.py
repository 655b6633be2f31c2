"""Word lists are read whole or refused with every fault they have."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from filters.documents import ConfigError, yaml_document
from filters.words import (
    LISTS,
    Kind,
    LanguageWords,
    Lexicon,
    WordLists,
    is_path,
    load_word_lists,
    shipped_languages,
    word_lists,
)

Load = Callable[[str], LanguageWords]


@pytest.fixture
def load(tmp_path: Path) -> Load:
    """Reads word lists from a text."""

    def load_text(text: str) -> LanguageWords:
        (tmp_path / "own.yaml").write_text(text, encoding="utf-8")
        return load_word_lists("own.yaml", directory=tmp_path)

    return load_text


def faults_of(load: Load, text: str) -> list[tuple[str, str, str]]:
    """Place, fault and fix of all that is wrong with a text."""
    with pytest.raises(ConfigError) as caught:
        load(text)
    return [(problem.path, problem.message, problem.fix) for problem in caught.value.problems]


def test_families_are_spelled_out_in_the_order_of_the_file(load: Load) -> None:
    """Patterns become phrases; a family is only a heading."""
    words = load(
        """
        language: EN_us
        backchannels:
          agreement: {why: They agree., phrases: ["(yes|yeah) [indeed]", of course]}
          continuers: {phrases: [uh-huh]}
        hesitations: {fillers: {phrases: [um]}}
        commands:
        standalone_commands: {all: {phrases: ["no", sorry?]}}
        homographs: {plain: {phrases: ["(ring|bell)"]}}
        answer_prompts: {plain: {phrases: ["(please|do) tell me"]}}
        """
    )
    assert words.language == "en-us"
    assert words.compiled() == WordLists(
        backchannels=("yes indeed", "yes", "yeah indeed", "yeah", "of course", "uh-huh"),
        hesitations=("um",),
        standalone_commands=("no", "sorry?"),
        homographs=("ring", "bell"),
    )
    assert words.answer_prompts == ("please tell me", "do tell me")


def test_words_that_yaml_takes_for_truth_values_stay_words(load: Load) -> None:
    """`no`, `yes`, `on` and `off` need no quotes."""
    words = load("language: no\ncommands: {all: {phrases: [no, yes, on, off, null, 5]}}")
    assert words.compiled().commands == ("no", "yes", "on", "off", "null", "5")
    assert words.language == "no"


def test_a_phrase_with_a_hyphen_keeps_both_its_spellings(load: Load) -> None:
    """Where a list has "uh-huh" it is also "uhhuh", even if "uh huh" stands there first."""
    words = load("language: en\nbackchannels: {all: {phrases: ['uh huh', 'uh-huh [yeah]']}}")
    lexicon = Lexicon({"en": words.compiled()})
    assert {lexicon.classify(text).kind for text in ("uh huh", "uhhuh", "Uh-huh yeah")} == {
        Kind.BACKCHANNEL
    }
    assert {"uh huh", "uhuh"} <= words.spellings("backchannels")


def test_a_question_mark_tells_standalone_commands_apart(load: Load) -> None:
    """Whether "right" is a backchannel or a question is told by its mark, and by nothing else."""
    words = load(
        "language: en\n"
        "backchannels: {all: {phrases: [right]}}\n"
        "standalone_commands: {all: {phrases: ['right?', sorry, 'sorry?', 'uh-oh?']}}\n"
    )
    assert words.spellings("standalone_commands") == {
        "right?",
        "sorry",
        "sorry?",
        "uh oh?",
        "uhoh?",
    }


def test_all_faults_are_reported_at_once(load: Load) -> None:
    """Each has its place, what is wrong and what to do."""
    text = """\
language: English language
backchannels:
  one: {phrases: [mhm, yeah, "(a|b"]}
  two: {phrases: [MHM!, "[oh]", "...", " "], wy: none}
  two: {phrases: [x]}
hesitations: [um]
commands:
  stop: {phrases: [stop, yeah, 'please (stop|mhm)', a b c d e f g h i j k l m], why: [x]}
  none: {}
standalone: {}
non_speech_tags: {noise: {phrases: ["[Silence]", stop]}}
"""
    assert faults_of(load, text) == [
        ("language", '"English language" is no language tag', "Write one such as en or es-MX."),
        (
            "backchannels.one.phrases[2]",
            "\"(a|b\": '(' at character 1 is never closed with ')'",
            "Balance the brackets, or leave them out.",
        ),
        ("backchannels.two.wy", "unknown key (line 4)", 'Did you mean "why"?'),
        (
            "backchannels.two.phrases[0]",
            'duplicate phrase "MHM!" (first at backchannels.one.phrases[0], as "mhm")',
            "Remove one.",
        ),
        (
            "backchannels.two.phrases[1]",
            '"[oh]" may stand for nothing at all',
            "Leave a word outside the [ ].",
        ),
        ("backchannels.two.phrases[2]", '"..." holds no word', "Remove it."),
        ("backchannels.two.phrases[3]", "an empty phrase", "Remove it."),
        (
            "backchannels.two",
            "duplicate key on line 5 (first on line 4)",
            "Remove one, or merge them.",
        ),
        ("hesitations", "a list stands where keys belong", "Write keys and values: {key: value}."),
        (
            "commands.stop.why",
            "a list stands where words belong",
            'Quote a phrase that begins with a bracket or holds a colon: "[oh] really".',
        ),
        (
            "commands.stop.phrases[3]",
            '"a b c d e f g h i j k l m" has more than 12 words',
            "Shorten it.",
        ),
        (
            "commands.stop.phrases[1]",
            '"yeah" is also in backchannels.one.phrases[1]',
            "A phrase belongs to one list: remove one.",
        ),
        ("commands.none.phrases", "missing", "Add `phrases: ...`."),
        ("standalone", "unknown key (line 10)", 'Did you mean "standalone_commands"?'),
        (
            "non_speech_tags",
            "is a key no more",
            "Remove it: whatever stands in brackets is no speech, whatever the words.",
        ),
    ]


def test_a_pattern_may_overlap_another_but_must_add_something(load: Load) -> None:
    """Families cross; an entry of which every phrase is there already is a slip."""
    load("language: en\ncommands: {all: {phrases: ['(a|b) c', '(a|d) c', 'a [c]']}}")
    text = "language: en\ncommands: {all: {phrases: ['(a|b) [c]', '(b|a) c']}}"
    assert faults_of(load, text) == [
        (
            "commands.all.phrases[1]",
            'duplicate phrase "(b|a) c" (first at [0], as "(a|b) [c]")',
            "Remove one.",
        )
    ]


@pytest.mark.parametrize("text", ["", "- mhm", "mhm", "# nothing"])
def test_a_file_without_word_lists_is_refused(load: Load, text: str) -> None:
    """A list, a word or nothing is not a mapping of lists."""
    assert faults_of(load, text) == [
        ("", "holds no word lists", "Begin with `language: en` and the lists.")
    ]


def test_an_unknown_shipped_list_is_answered_with_those_there_are() -> None:
    """A near miss is named; otherwise all are."""
    with pytest.raises(ConfigError) as caught:
        load_word_lists("klingon")
    assert str(caught.value).startswith('"klingon": is not a word list that is shipped. There is ')
    assert "en" in str(caught.value)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("en", False),
        ("hotel_booking", False),
        ("..", False),
        ("words/en", True),
        ("en.yaml", True),
        ("en.yml", True),
        (Path("en"), True),
    ],
)
def test_a_separator_or_a_suffix_makes_a_path(value: str | Path, expected: bool) -> None:
    """Anything else is a name, and no name leaves its directory."""
    assert is_path(value) is expected


@pytest.mark.parametrize("language", shipped_languages())
def test_shipped_word_lists_have_no_fault(language: str) -> None:
    """What is shipped passes the checks that everybody's lists get, and compiles."""
    words = load_word_lists(language)
    assert words.language == language
    assert words is load_word_lists(language)
    assert set(words.lists) == set(LISTS)
    assert all(words.lists.values())
    Lexicon({language: words.compiled()})


@pytest.mark.parametrize("language", shipped_languages())
def test_shipped_word_lists_give_the_reason_of_every_family(language: str) -> None:
    """A family without a reason can't be judged."""
    path = Path(word_lists.__file__).parent / "languages" / f"{language}.yaml"
    content = yaml_document.read_yaml(path).value
    assert isinstance(content, dict)
    for name in (*LISTS, "homographs", "answer_prompts"):
        for family, entry in content.get(name, {}).items():
            assert entry["why"].strip(), f"{name}.{family}"


@pytest.mark.parametrize("language", shipped_languages())
def test_shipped_word_lists_read_the_same_without_libyaml(
    language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """PyYAML's own parser is the stricter one: whatever it takes, either does."""
    path = Path(word_lists.__file__).parent / "languages" / f"{language}.yaml"
    fast = yaml_document.read_yaml(path)
    monkeypatch.setattr(yaml_document, "_LOADER", yaml.SafeLoader)
    assert yaml_document.read_yaml(path) == fast
