"""A configuration decides as it reads, or says all that is wrong with it."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from filters.configuration import FilterConfig, Recording, WordChanges, load_config, read_config
from filters.documents import ConfigError, Problem
from filters.policy import PolicySettings
from filters.words import Kind, shipped_languages

WORDS = """\
language: en
backchannels:
  plain: {phrases: [mhm, uh-huh, "(okay|ok) [then]", right, hold on, yes]}
hesitations: {plain: {phrases: [um]}}
commands: {plain: {phrases: [stop, wait]}}
standalone_commands: {plain: {phrases: ["no", "sorry?"]}}
"""

SPANISH = """\
language: es
backchannels: {plain: {phrases: [vale, claro, ok]}}
commands: {plain: {phrases: [espera, no]}}
"""

MINIMAL = "domain: {}\nextends: [words.yaml]\n"

Write = Callable[..., Path]
Configure = Callable[..., FilterConfig]


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keeps the settings of the machine out."""
    monkeypatch.delenv("LIVEKIT_FILTERS_MODE", raising=False)
    monkeypatch.delenv("LIVEKIT_FILTERS_CONFIG_DIR", raising=False)


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    """Writes config/clinic.yaml, from whose directory's parent everything runs."""
    monkeypatch.chdir(tmp_path)
    directory = Path("config")
    directory.mkdir()
    (directory / "words.yaml").write_text(WORDS, encoding="utf-8")
    (directory / "spanish.yaml").write_text(SPANISH, encoding="utf-8")

    def write_text(text: str, name: str = "clinic.yaml") -> Path:
        path = directory / name
        path.write_text(text, encoding="utf-8")
        return path

    return write_text


@pytest.fixture
def configure(write: Write, tmp_path: Path) -> Configure:  # noqa: ARG001 - makes the directory
    """Makes a configuration of the words above, with changes."""

    def from_values(*, extends: tuple[str, ...] = ("words.yaml",), **values: Any) -> FilterConfig:
        return FilterConfig.from_mapping(
            {"domain": "clinic", "extends": extends, **values}, directory=tmp_path / "config"
        )

    return from_values


def faults_of(make: Callable[[], object]) -> list[tuple[str, str, str]]:
    """Place, fault and fix of all that is wrong."""
    with pytest.raises(ConfigError) as caught:
        make()
    assert len(str(caught.value).splitlines()) == len(caught.value.problems)
    return [(problem.path, problem.message, problem.fix) for problem in caught.value.problems]


# -- what it decides ---------------------------------------------------------------------------


def test_the_default_needs_no_file() -> None:
    """None and "default" are English with the windows of the laws."""
    config = load_config()
    assert config == load_config("default")
    assert (config.name, config.extends, config.mode) == ("default", ("en",), "enforce")
    assert config.policy_settings == PolicySettings()
    assert config.lexicon.languages == ("en",)
    assert config.lexicon.classify("mhm").kind is Kind.BACKCHANNEL
    assert config.min_words is None
    assert not config.log_words


def test_every_key_reaches_what_it_configures(write: Write) -> None:
    """A file with every key in it is read as it says."""
    path = write(
        """
        domain: clinic
        extends: [words.yaml, spanish.yaml]
        backchannels: {add: [righto, "very (good|well)"], remove: [okay]}
        hesitations: {add: [ahem]}
        commands: {add: [front desk, on]}
        standalone_commands: {add: [nope]}
        presence_checks: {add: [anybody home]}
        speaker_label: "{speaker_id}> {text}"
        answer_prompts: [please confirm]
        yield_s: 0.75
        early_answer_s: 2
        answer_window_s: 3
        hold_s: 4.5
        grace_s: 0
        echo_s: .5
        release_quiet_s: 0.1
        own_words: 5
        min_words: 3
        mode: off
        log_words: yes
        recording: {mode: redacted, directory: /var/calls, max_bytes: 20000, max_age_days: 0.5}
        agent_context: off
        """
    )
    config = load_config(path)
    kinds = {
        "righto": Kind.BACKCHANNEL,
        "very well": Kind.BACKCHANNEL,
        "okay": Kind.CONTENT,
        "ok": Kind.BACKCHANNEL,
        "ahem": Kind.HESITATION,
        "front desk": Kind.COMMAND,
        "on": Kind.COMMAND,
        "nope": Kind.STANDALONE,
        "[dial tone]": Kind.NOTHING,
        "anybody home": Kind.PRESENCE,
        "A> righto": Kind.BACKCHANNEL,
        "[silence]": Kind.NOTHING,
    }
    assert {text: config.lexicon.classify(text).kind for text in kinds} == kinds
    assert config.lexicon.languages == ("en", "es")
    assert config.lexicon.classify("vale", "es-MX").kind is Kind.BACKCHANNEL
    assert config.lexicon.classify("vale", "en").kind is Kind.BACKCHANNEL
    assert config.lexicon.classify("righto", "es").kind is Kind.BACKCHANNEL
    assert config.asks("Please confirm your name.")
    assert not config.asks("Your name is on file.")
    assert config.policy_settings == PolicySettings(
        yield_s=0.75,
        early_answer_s=2.0,
        answer_window_s=3.0,
        hold_s=4.5,
        grace_s=0.0,
        echo_s=0.5,
        release_quiet_s=0.1,
        own_words=5,
    )
    assert config.min_words == 3
    assert config.mode == config.agent_context == "off"
    assert config.log_words
    assert config.recording == Recording(
        mode="redacted", directory="/var/calls", max_bytes=20_000, max_age_days=0.5
    )


def test_nothing_is_recorded_unless_the_file_says_so(write: Write) -> None:
    """Off is the default, and `off` is what YAML makes of it."""
    assert load_config().recording.mode == "off"
    path = write("domain: clinic\nextends: [words.yaml]\nrecording: {mode: off}\n")
    assert load_config(path).recording == Recording()


def test_faults_in_a_block_of_keys_name_its_own_keys(write: Write) -> None:
    """A slip in `recording` is no slip in a list of words."""
    path = write(
        "domain: clinic\nextends: [words.yaml]\n"
        "recording: {mod: words, max_bytes: 5, max_age_days: 0}\nbackchannels: {ad: [x]}\n"
    )
    faults = {place: fix for place, _, fix in faults_of(lambda: load_config(path))}
    assert faults["recording.mod"] == 'Did you mean "mode"?'
    assert faults["recording.max_bytes"] == "Write 10000 or more."
    assert faults["recording.max_age_days"] == "Write more than 0."
    assert faults["backchannels.ad"] == 'Did you mean "add"?'


def test_an_added_phrase_leaves_the_other_lists(configure: Configure) -> None:
    """A domain's word wins over the shipped one, whichever lists they are in."""
    config = configure(
        commands={"add": ["hold on", "uhhuh"]},
        standalone_commands={"add": ["right"]},
        backchannels={"add": ["STOP!"]},
    )
    kinds = {
        "hold on": Kind.COMMAND,
        "right": Kind.STANDALONE,
        "stop": Kind.BACKCHANNEL,
        "wait": Kind.COMMAND,
        "uhhuh": Kind.COMMAND,
        "uh-huh": Kind.BACKCHANNEL,
        "mhm": Kind.BACKCHANNEL,
    }
    assert {text: config.lexicon.classify(text).kind for text in kinds} == kinds


def test_a_removal_takes_one_phrase_of_a_pattern(configure: Configure) -> None:
    """What else the pattern stands for stays; spelling, case and hyphens don't matter."""
    config = configure(backchannels={"remove": ["OKAY, then", "uhhuh", "Right."]})
    kinds = {
        "okay": Kind.BACKCHANNEL,
        "ok then": Kind.BACKCHANNEL,
        "okay then": Kind.CONTENT,
        "uhhuh": Kind.CONTENT,
        "uh huh": Kind.BACKCHANNEL,
        "right": Kind.CONTENT,
    }
    assert {text: config.lexicon.classify(text).kind for text in kinds} == kinds


def test_a_removed_phrase_with_a_hyphen_goes_with_its_other_spelling(configure: Configure) -> None:
    """Where "uh huh" is named the phrase itself is meant, so "uhhuh" goes too."""
    lexicon = configure(backchannels={"remove": ["uh huh"]}).lexicon
    assert lexicon.classify("uh-huh").kind is lexicon.classify("uhhuh").kind is Kind.CONTENT


def test_adding_what_is_there_changes_nothing(configure: Configure) -> None:
    """A shipped list may grow to hold a domain's word."""
    plain = configure()
    assert configure(backchannels={"add": ["uh huh", "Mhm"]}).fingerprint == plain.fingerprint


def test_a_removal_needs_the_phrase_in_one_language(configure: Configure) -> None:
    """Where two languages are extended, the phrase may be of either."""
    both = ("words.yaml", "spanish.yaml")
    config = configure(extends=both, backchannels={"remove": ["claro", "ok"]})
    assert config.lexicon.classify("claro", "es").kind is Kind.CONTENT
    assert config.lexicon.classify("ok", "es").kind is Kind.CONTENT
    assert config.lexicon.classify("ok", "en").kind is Kind.CONTENT


def test_the_first_language_serves_unknown_ones(configure: Configure) -> None:
    """The order of `extends` counts."""
    config = configure(extends=("spanish.yaml", "words.yaml"))
    assert config.lexicon.languages == ("es", "en")
    assert config.lexicon.classify("claro", "fr").kind is Kind.BACKCHANNEL


def test_compiled_words_are_shared(configure: Configure) -> None:
    """The words are compiled once a configuration, and the default once a process."""
    config = configure()
    assert config.lexicon is config.lexicon
    assert config.asks is config.asks
    assert load_config() is load_config("default")


def test_a_configuration_travels_to_another_process(configure: Configure) -> None:
    """LiveKit runs its jobs in processes of their own."""
    config = configure(backchannels={"add": ["righto"]})
    copy = pickle.loads(pickle.dumps(config))  # noqa: S301 - made a moment ago
    assert copy == config
    assert copy.fingerprint == config.fingerprint
    assert copy.lexicon.classify("righto").kind is Kind.BACKCHANNEL


def test_a_configuration_can_not_be_changed(configure: Configure) -> None:
    """Sessions share it."""
    with pytest.raises(ValidationError, match="frozen"):
        configure().hold_s = 3.0  # type: ignore[misc]


def test_the_fingerprint_is_of_all_that_decides(configure: Configure) -> None:
    """Words, prompts and windows change it; how they are written, and switches, don't."""
    same = [
        configure(),
        configure(mode="shadow", log_words=True, agent_context="off", min_words=4),
        configure(hold_s=5, backchannels={"add": [], "remove": []}),
    ]
    different = [
        configure(backchannels={"add": ["righto"]}),
        configure(commands={"add": ["righto"]}),
        configure(backchannels={"remove": ["okay"]}),
        configure(answer_prompts=["please confirm"]),
        configure(hold_s=4),
        configure(extends=("words.yaml", "spanish.yaml")),
        configure(extends=("spanish.yaml", "words.yaml")),
    ]
    prints = {config.fingerprint for config in same}
    assert len(prints) == 1
    assert len(prints | {config.fingerprint for config in different}) == 1 + len(different)
    assert all(len(config.fingerprint) == 12 for config in same + different)
    assert (
        configure(answer_prompts=["Please, confirm", "tell me"]).fingerprint
        == configure(answer_prompts=["tell me", "please confirm"]).fingerprint
    )


def test_a_configuration_made_directly_is_checked_too() -> None:
    """The constructor checks words as the loader does."""
    assert FilterConfig(domain="x").lexicon.classify("mhm").kind is Kind.BACKCHANNEL
    changes = WordChanges(add=("righto", "Righto"))
    with pytest.raises(ValueError, match=r"backchannels.add\[1\]: duplicate phrase"):
        FilterConfig(domain="x", backchannels=changes)


# -- what it says ------------------------------------------------------------------------------


def test_the_documented_error_reads_as_documented(write: Write) -> None:
    """File, place, what is wrong, and what to do."""
    path = write(
        "domain: clinic\nextends: [words.yaml]\n"
        "backchannels: {add: [righto, uh huh, very well, Uh huh]}"
    )
    with pytest.raises(ConfigError) as caught:
        load_config(path)
    assert str(caught.value) == (
        'config/clinic.yaml: backchannels.add[3]: duplicate phrase "Uh huh" (first at [1]). '
        "Remove one."
    )
    assert caught.value.problems == (
        Problem(
            "config/clinic.yaml",
            "backchannels.add[3]",
            'duplicate phrase "Uh huh" (first at [1])',
            "Remove one.",
            3,
        ),
    )


EXPECTED = [
    ("domain", '"Hotel Booking" is no name', "Use a-z, 0-9, _ and -, as in hotel_booking."),
    (
        "extends[1]",
        '"klingon" is not a word list that is shipped',
        f"There is {', '.join(shipped_languages())}; a file of your own is named by its path.",
    ),
    (
        "extends[2]",
        '"words.yaml" is of the language of "config/words.yaml", en',
        "Extend one list a language, and add to it here.",
    ),
    ("extends[3]", "config/none.yaml does not exist", "Check the path."),
    ("backchanels", "unknown key (line 3)", 'Did you mean "backchannels"?'),
    (
        "backchannels.add[1]",
        "\"(a|b\": '(' at character 1 is never closed with ')'",
        "Balance the brackets, or leave them out.",
    ),
    ("backchannels.add[2]", '"[oh]" may stand for nothing at all', "Leave a word outside the [ ]."),
    ("backchannels.add[3]", '"-" holds no word', "Remove it."),
    (
        "backchannels.add[5]",
        "a list stands where words belong",
        'Quote a phrase that begins with a bracket or holds a colon: "[oh] really".',
    ),
    ("backchannels.remove[2]", '"(a|b)" is a pattern', "Write each phrase out, without brackets."),
    ("backchannels.remove[3]", '"!" holds no word', "Remove it."),
    ("backchannels.remove[5]", 'duplicate phrase "MHM" (first at [4])', "Remove one."),
    (
        "backchannels.remove[7]",
        '"righto" is also in backchannels.add[0]',
        "Add it or remove it, not both.",
    ),
    (
        "backchannels.remove[0]",
        '"okey" is not in the backchannels of config/words.yaml',
        'Did you mean "okay"?',
    ),
    (
        "backchannels.remove[1]",
        '"stop" is not in the backchannels of config/words.yaml',
        "It is in commands.",
    ),
    ("backchannels.ad", "unknown key (line 7)", 'Did you mean "add"?'),
    ("hesitations", "a list stands where keys belong", "Write `hesitations: {add: ...}`."),
    ("commands.add", '"hold on" stands where a list belongs', "Write a list: [one, another]."),
    (
        "standalone_commands.add[0]",
        '"stop it" is also in backchannels.add[4]',
        "A phrase belongs to one list: remove one.",
    ),
    (
        "answer_prompts[1]",
        'duplicate phrase "Please confirm!" (first at [0], as "please confirm")',
        "Remove one.",
    ),
    ("answer_prompts[2]", "an empty phrase", "Remove it."),
    ("answer_window_s", '"long" is not a number', "Write a number, such as 2.0."),
    ("hold_s", '"-1" is too small', "Write 0 or more."),
    ("grace_s", '"1000" is too large', "Write 10 or less."),
    ("echo_s", '".inf" is not a number', "Write a number, such as 2.0."),
    ("min_words", '"1.5" is not a whole number', "Write a whole number, such as 2."),
    ("mode", '"enforced" is not a choice', "Write enforce, shadow or off."),
    ("log_words", '"perhaps" is neither true nor false', "Write true or false."),
    ("agent_context", '"5" is not a choice', "Write auto, bridge or off."),
    ("agent_context", "duplicate key on line 20 (first on line 19)", "Remove one, or merge them."),
]


def test_all_faults_of_a_file_are_reported_in_its_order(write: Write) -> None:
    """Faults of YAML, of keys, of types, of values and of words, all at once."""
    path = write(
        """\
domain: Hotel Booking
extends: [words.yaml, klingon, words.yaml, none.yaml]
backchanels: {add: [x]}
backchannels:
  add: [righto, "(a|b", "[oh]", "-", stop it, [yeah], hold on]
  remove: [okey, stop, "(a|b)", "!", mhm, MHM, right, righto]
  ad: [x]
hesitations: [um]
commands: {add: hold on}
standalone_commands: {add: [stop it]}
answer_prompts: [please confirm, Please confirm!, ""]
answer_window_s: long
hold_s: -1
grace_s: 1000
echo_s: .inf
min_words: 1.5
mode: enforced
log_words: perhaps
agent_context: 5
agent_context: auto
"""
    )
    assert faults_of(lambda: load_config(path)) == EXPECTED


def test_faults_of_a_list_are_reported_beside_those_of_the_domain(write: Write) -> None:
    """A faulty list of one's own hides nothing of the domain's file, which comes first."""
    write("language: fr\ncommands: {all: {phrases: [arrête, ARRÊTE]}}\n", "french.yaml")
    path = write("domain: x\nextends: [french.yaml]\nhold_s: x\nbackchannels: {remove: [oui]}\n")
    with pytest.raises(ConfigError) as caught:
        load_config(path)
    assert str(caught.value) == (
        'config/clinic.yaml: hold_s: "x" is not a number. Write a number, such as 2.0.\n'
        'config/french.yaml: commands.all.phrases[1]: duplicate phrase "ARRÊTE" (first at [0]). '
        "Remove one."
    )


def test_a_path_in_extends_starts_from_the_file(write: Write, tmp_path: Path) -> None:
    """Wherever the process runs, the list beside the configuration is meant."""
    path = write("domain: clinic\nextends: [../config/words.yaml]\n")
    other = write(f"domain: clinic\nextends: [{tmp_path}/config/words.yaml]\n", "other.yaml")
    assert load_config(path).fingerprint == load_config(other).fingerprint


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({}, "domain: missing. Add `domain: ...`."),
        ({"domain": 5}, 'domain: the number 5 stands where words belong. Quote it: "5".'),
        ({"commands": {"add": [True]}}, 'Quote the word that is meant: "yes" or "on".'),
        ({"commands": {"add": [False]}}, 'Quote the word that is meant: "no" or "off".'),
        ({"commands": {"add": [5]}}, "commands.add[0]: the number 5 stands where words belong."),
        ({"commands": {"add": [None]}}, "commands.add[0]: nothing stands where words belong."),
        ({"commands": {"add": [{"a": "b"}]}}, "commands.add[0]: a mapping stands where words"),
        ({"commands": {"add": {"a": "b"}}}, "commands.add: a mapping stands where a list belongs"),
        ({"commands": "stop"}, '"stop" stands where keys belong. Write `commands: {add: ...}`.'),
        ({"hold_s": True}, "hold_s: the truth value true is not a number."),
        ({"hold_s": float("nan")}, "hold_s: the number nan is not a finite number."),
        ({"hold_s": float("inf")}, "hold_s: the number inf is not a finite number."),
        ({"hold_s": 10**400}, "hold_s: "),
        ({"hold_s": []}, "hold_s: [] is not a number."),
        ({"min_words": 2.5}, "min_words: the number 2.5 is not a whole number."),
        ({"min_words": -1}, "min_words: -1 is too small. Write 0 or more."),
        ({"min_words": 10**30}, "min_words: "),
        ({"extends": []}, "extends: [] is an empty list. Name one at least, or leave the key out."),
        ({"extends": "en"}, 'extends: "en" stands where a list belongs. Write a list'),
        ({"extends": ["e\nn"]}, 'extends[0]: "e\\nn" is not a word list'),
        ({"zzz\n": 1}, "zzz\\n: unknown key. Known here: domain, extends, backchannels"),
        ({"x" * 1_000: 1}, "…: unknown key. "),
        ({5: 1}, "Keys should be strings"),
        ({"mode": True}, "the truth value true is not a choice. Write enforce, shadow or off."),
        ({"mode": None, "log_words": []}, "log_words: [] is neither true nor false."),
        ({"commands": {"add": ["x" * 2_000]}}, "is longer than 1000 characters. Split it."),
    ],
)
def test_faulty_values_are_told_in_plain_words(values: dict[Any, Any], said: str) -> None:
    """One line each, without the wording of a library."""
    base: dict[Any, Any] = {"domain": "clinic"} if values else {}
    with pytest.raises(ConfigError) as caught:
        FilterConfig.from_mapping({**base, **values})
    message = str(caught.value)
    assert said in message
    assert message.startswith("FilterConfig: ")
    assert "Input should" not in message
    assert len(message) < 500


def test_keys_without_a_value_say_nothing(write: Write) -> None:
    """A key whose lines are all commented out is as good as absent."""
    minimal = MINIMAL.format("clinic")
    path = write(f"{minimal}commands:\nbackchannels: {{add: }}\nhold_s:\n")
    assert load_config(path) == load_config(write(minimal, "plain.yaml"))


def test_off_may_be_a_truth_value_in_code(configure: Configure) -> None:
    """What YAML 1.1 makes of `mode: off` is false."""
    config = configure(mode=False, agent_context=False)
    assert config.mode == config.agent_context == "off"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"),
        (b"# nothing yet\n", "is empty"),
        (b"- a\n- b\n", "holds no keys"),
        (b"clinic", "holds no keys"),
        (b"domain: clinic\n  extends: [en]", "is not YAML on line 2, column "),
        (b"domain: \xff", "is not UTF-8: byte 0xff on line 1"),
        (b"[" * 10_000, "is nested more than 16 deep on line 1"),
        (b"domain: &a x\nextends: [*a]", '"*a" is an alias of YAML'),
    ],
)
def test_files_that_are_no_configuration_are_refused(
    write: Write, content: bytes, said: str
) -> None:
    """The file as a whole is at fault, and the message says how."""
    path = write("")
    path.write_bytes(content)
    ((place, message, fix),) = faults_of(lambda: load_config(path))
    assert not place
    assert message.startswith(said)
    assert fix


def test_many_faults_are_reported_quickly(write: Write) -> None:
    """Thousands of wrong removals don't take thousands of searches."""
    removals = ", ".join(f"word{n}" for n in range(5_000))
    path = write(f"{MINIMAL.format('clinic')}backchannels: {{remove: [{removals}]}}")
    began = time.process_time()
    assert len(faults_of(lambda: load_config(path))) == 5_000
    assert time.process_time() - began < 15


def test_errors_travel_to_another_process(configure: Configure) -> None:
    """A job that fails to start reports why."""
    with pytest.raises(ConfigError) as caught:
        configure(hold_s=-1)
    copy = pickle.loads(pickle.dumps(caught.value))  # noqa: S301 - made a moment ago
    assert copy.problems == caught.value.problems
    assert str(copy) == str(caught.value)


LEAVES = st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=8)
VALUES = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["add", "remove", "x"]), inner, max_size=3)
    ),
    max_leaves=8,
)
KEYS = st.sampled_from([*FilterConfig.model_fields, "other"]) | st.text(max_size=5)


@given(st.dictionaries(KEYS, VALUES, max_size=5), st.booleans())
def test_any_mapping_is_taken_or_refused_in_plain_words(
    values: dict[str, Any], named: bool
) -> None:
    """Whatever the values, there is a configuration or a `ConfigError` of one line a problem."""
    error: ConfigError | None = None
    try:
        config = FilterConfig.from_mapping({**values, **({"domain": "x"} if named else {})})
        assert config.fingerprint
    except ConfigError as raised:
        error = raised
    assert error is None or len(str(error).splitlines()) == len(error.problems) > 0


# -- where it comes from -----------------------------------------------------------------------


def test_a_name_is_looked_up_in_the_directory(
    write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An argument comes before the environment, and that before ./config."""
    for name in ("here", "variable", "argument"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "words.yaml").write_text(WORDS, encoding="utf-8")
        (tmp_path / name / "clinic.yaml").write_text(MINIMAL.format(name), encoding="utf-8")
    write(MINIMAL.format("config"))
    assert load_config("clinic").name == "config"
    monkeypatch.setenv("LIVEKIT_FILTERS_CONFIG_DIR", str(tmp_path / "variable"))
    assert load_config("clinic").name == "variable"
    assert load_config("clinic", directory=tmp_path / "argument").name == "argument"
    assert load_config("here/clinic.yaml", directory="argument").name == "here"
    assert load_config(Path("here/clinic.yaml")).name == "here"


@pytest.mark.parametrize("name", ["", "..", "Clinic", "a b", "clinic\n", "ünicode", "~", "a\0"])
def test_no_name_leaves_the_directory(write: Write, name: str) -> None:
    """What is no name is no path either, unless it looks like one."""
    write(MINIMAL.format("clinic"))
    ((_, message, fix),) = faults_of(lambda: load_config(name))
    assert message == "is neither a name nor a path"
    assert fix == "A name is made of a-z, 0-9, _ and -; a path has a / or ends in .yaml."


def test_what_is_not_found_is_answered_with_what_is_there(write: Write, tmp_path: Path) -> None:
    """A near miss is named; otherwise the whole directory is; or that there is none."""
    write(MINIMAL.format("clinic"))
    (tmp_path / "empty").mkdir()
    answers = {
        ("clinik", None): 'config/clinik.yaml: does not exist. Did you mean "clinic"?',
        ("zzz", None): "config/zzz.yaml: does not exist. There is: clinic, spanish, words.",
        ("x", "empty"): "empty/x.yaml: does not exist. No configuration is there.",
        ("x", "none"): "none/x.yaml: does not exist. "
        "Name the directory of configurations in LIVEKIT_FILTERS_CONFIG_DIR.",
        ("none/x.yaml", None): "none/x.yaml: does not exist. Check the path.",
    }
    for (name, directory), answer in answers.items():
        with pytest.raises(ConfigError) as caught:
            load_config(name, directory=directory)
        assert str(caught.value) == answer


@pytest.mark.parametrize("mode", ["shadow", "OFF", " enforce "])
def test_the_environment_overrides_the_mode(
    write: Write, configure: Configure, monkeypatch: pytest.MonkeyPatch, mode: str
) -> None:
    """For every configuration, wherever it comes from; a file alone is read as it is."""
    path = write(MINIMAL.format("clinic") + "mode: shadow\n")
    monkeypatch.setenv("LIVEKIT_FILTERS_MODE", mode)
    expected = mode.strip().lower()
    assert [load_config(path).mode, load_config().mode, configure().mode] == [expected] * 3
    assert read_config(path).mode == "shadow"
    assert load_config(path).lexicon.classify("mhm").kind is Kind.BACKCHANNEL
    monkeypatch.setenv("LIVEKIT_FILTERS_MODE", "")
    assert [load_config(path).mode, load_config().mode] == ["shadow", "enforce"]


def test_a_bad_mode_in_the_environment_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """The variable is at fault, not a file."""
    monkeypatch.setenv("LIVEKIT_FILTERS_MODE", "enforec")
    with pytest.raises(ConfigError) as caught:
        load_config()
    assert str(caught.value) == (
        'environment: LIVEKIT_FILTERS_MODE: "enforec" is not a choice. '
        "Set it to enforce, shadow or off, or to nothing."
    )


def test_every_key_says_what_it_means() -> None:
    """The page's table and the editors' hints come from the descriptions."""
    fields = {**FilterConfig.model_fields, **WordChanges.model_fields}
    assert all((field.description or "").endswith(".") for field in fields.values())


def test_configuration_needs_no_livekit() -> None:
    """Another framework can use it, and a check of a file starts at once."""
    code = (
        "import sys, filters.configuration; filters.configuration.load_config().lexicon; "
        "sys.exit(any(name.partition('.')[0] == 'livekit' for name in sys.modules))"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(  # noqa: S603 - our own code
        [sys.executable, "-c", code], env=environment, timeout=60, check=False
    )
    assert done.returncode == 0
