"""The recogniser's options are checked for what can be known without its plugin."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from pydantic import ValidationError

from filters.configuration import FilterConfig, read_config
from filters.documents import ConfigError

if TYPE_CHECKING:
    from pathlib import Path


def faults_of(**values: Any) -> list[str]:
    """All that is wrong, without the file."""
    with pytest.raises(ConfigError) as caught:
        FilterConfig.from_mapping({"domain": "test", **values})
    return [str(problem).removeprefix("FilterConfig: ") for problem in caught.value.problems]


def test_options_reach_the_recogniser_as_its_keywords() -> None:
    """What is set, and nothing else; lists as the plugin takes them."""
    config = FilterConfig.from_mapping(
        {
            "domain": "test",
            "stt": {
                "model": "u3-rt-pro",
                "mode": "balanced",
                "min_turn_silence": 200,
                "keyterms_prompt": ["Okafor", "Lee"],
                "continuous_partials": False,
                "vad_threshold": 0.4,
            },
        }
    )
    assert config.stt_options() == {
        "model": "u3-rt-pro",
        "mode": "balanced",
        "min_turn_silence": 200,
        "keyterms_prompt": ["Okafor", "Lee"],
        "continuous_partials": False,
        "vad_threshold": 0.4,
    }


@pytest.mark.parametrize("values", [{}, {"stt": {}}, {"stt": None}])
def test_without_options_there_is_nothing_to_pass(values: dict[str, Any]) -> None:
    """The recogniser's own defaults stay."""
    assert FilterConfig.from_mapping({"domain": "test", **values}).stt_options() == {}


def test_a_file_says_it_as_a_person_writes_it(tmp_path: Path) -> None:
    """Numbers and truth values of YAML are what they look like; an empty key says nothing."""
    path = tmp_path / "clinic.yaml"
    path.write_text(
        "domain: clinic\n"
        "stt: {max_turn_silence: 3000, language_detection: yes, voice_focus: near-field, mode: }\n",
        "utf-8",
    )
    assert read_config(path).stt_options() == {
        "max_turn_silence": 3000,
        "language_detection": True,
        "voice_focus": "near-field",
    }


@pytest.mark.parametrize(
    ("options", "fault"),
    [
        ({"min_turn_silence": -1}, "stt.min_turn_silence: -1 is too small. Write 0 or more."),
        (
            {"max_turn_silence": 70_000},
            "stt.max_turn_silence: 70000 is too large. Write 60000 or less.",
        ),
        (
            {"min_turn_silence": True},
            (
                "stt.min_turn_silence: the truth value true is not a number. "
                "Write a number, such as 100."
            ),
        ),
        (
            {"interruption_delay": 1001},
            "stt.interruption_delay: 1001 is too large. Write 1000 or less.",
        ),
        ({"vad_threshold": 1.5}, "stt.vad_threshold: 1.5 is too large. Write 1 or less."),
        (
            {"mode": "fast"},
            'stt.mode: "fast" is not a choice. Write min_latency, balanced or max_accuracy.',
        ),
        (
            {"voice_focus": "off"},
            'stt.voice_focus: "off" is not a choice. Write near-field or far-field.',
        ),
        ({"prompt": " "}, 'stt.prompt: " " says nothing. Write words, or leave it out.'),
        (
            {"keyterms_prompt": ["Lee", ""]},
            'stt.keyterms_prompt[1]: "" says nothing. Write words, or leave it out.',
        ),
        (
            {"keyterms_prompt": ["name"] * 101},
            "stt.keyterms_prompt: a list is too long. At most 100 entries.",
        ),
        (
            {"keyterms_prompt": "Lee"},
            'stt.keyterms_prompt: "Lee" stands where a list belongs. Write a list: [one, another].',
        ),
        (
            {"language_codes": ["en"] * 11},
            "stt.language_codes: a list is too long. At most 10 entries.",
        ),
        (
            {"min_turn_silense": 5},
            'stt.min_turn_silense: unknown key. Did you mean "min_turn_silence"?',
        ),
        (
            {"min_turn_silence": 500, "max_turn_silence": 400},
            "stt.min_turn_silence: 500 is more than max_turn_silence, 400. Write 400 or less.",
        ),
        (
            {"prompt": "A clinic.", "keyterms_prompt": ["Lee"]},
            (
                "stt.prompt: stands beside keyterms_prompt. "
                "Keep one: the terms, or what the call is about."
            ),
        ),
        (
            {"voice_focus_threshold": 0.5},
            (
                "stt.voice_focus_threshold: does nothing without voice_focus. "
                "Add `voice_focus: near-field`, or remove it."
            ),
        ),
        (
            {"language_codes": ["multi", "en"]},
            (
                'stt.language_codes: "multi" stands for every language. '
                "Name languages, or multi alone."
            ),
        ),
    ],
)
def test_a_faulty_option_is_named(options: dict[str, Any], fault: str) -> None:
    """The place, what is wrong, and the fix."""
    assert faults_of(stt=options) == [fault]


def test_a_long_prompt_is_refused() -> None:
    """The service would close the stream."""
    [fault] = faults_of(stt={"prompt": "a" * 1751})
    assert fault.endswith("is too long. At most 1750 characters.")


def test_all_faults_are_told_at_once() -> None:
    """A contradiction is told beside a wrong type elsewhere."""
    assert faults_of(
        stt={"prompt": "A clinic.", "keyterms_prompt": ["Lee"]},
        stages={"dictation": {"stt": {"min_turn_silence": "lots"}}},
    ) == [
        (
            "stt.prompt: stands beside keyterms_prompt. "
            "Keep one: the terms, or what the call is about."
        ),
        (
            'stages.dictation.stt.min_turn_silence: "lots" is not a whole number. '
            "Write a whole number, such as 2."
        ),
    ]


@pytest.mark.parametrize(
    ("stages", "fault"),
    [
        (
            {"dictation": {"stt": {"mode": "balanced"}}},
            (
                "stages.dictation.stt.mode: unknown key. Known here: min_turn_silence, "
                "max_turn_silence, interruption_delay, continuous_partials, vad_threshold, "
                "keyterms_prompt, prompt, language_codes."
            ),
        ),
        (
            {"dictation": {"stt": {"max_turn_silence": 200}}},
            (
                "stages.dictation.stt.max_turn_silence: 200 is less than min_turn_silence, 300. "
                "Write 300 or more."
            ),
        ),
        (
            {"dictation": {"stt": {"min_turn_silence": 900, "max_turn_silence": 800}}},
            (
                "stages.dictation.stt.min_turn_silence: 900 is more than max_turn_silence, 800. "
                "Write 800 or less."
            ),
        ),
        (
            {"dictation": {"stt": 5}},
            (
                "stages.dictation.stt: the number 5 stands where keys belong. "
                "Write `stt: {min_turn_silence: ...}`."
            ),
        ),
        (
            {"dictation": {"commmands": {}}},
            'stages.dictation.commmands: unknown key. Did you mean "commands"?',
        ),
        (
            {"dictation": {"commands": {"ad": []}}},
            'stages.dictation.commands.ad: unknown key. Did you mean "add"?',
        ),
        (
            {"Dictation!": {}},
            (
                'stages.Dictation!: "Dictation!" is no name. '
                "Use a-z, 0-9, _ and -, as in caller_identification."
            ),
        ),
        (
            {"closing": {"backchannels": {"remove": ["okay", "zzz"]}}},
            (
                'stages.closing.backchannels.remove[1]: "zzz" is not in the backchannels of en. '
                "Remove it."
            ),
        ),
        (
            {"confirmation": {"backchannels": {"add": ["huh"]}, "commands": {"add": ["huh"]}}},
            (
                'stages.confirmation.commands.add[0]: "huh" is also in '
                "stages.confirmation.backchannels.add[0]. A phrase belongs to one list: remove one."
            ),
        ),
        (
            {"end": {"answer_prompts": ["(is it"]}},
            (
                "stages.end.answer_prompts[0]: \"(is it\": '(' at character 1 is never closed with "
                "')'. Balance the brackets, or leave them out."
            ),
        ),
    ],
)
def test_a_fault_in_a_stage_is_named_with_its_path(stages: dict[str, Any], fault: str) -> None:
    """As for the domain itself."""
    assert faults_of(stt={"min_turn_silence": 300}, stages=stages) == [fault]


def test_a_stage_of_a_mapping_made_in_code_is_checked_too() -> None:
    """`FilterConfig(...)` gets the checks of a file."""
    with pytest.raises(ValidationError, match=r"stages\.x\.stt\.prompt: stands beside"):
        FilterConfig.model_validate(
            {
                "domain": "test",
                "stages": {"x": {"stt": {"prompt": "A", "keyterms_prompt": ["b"]}}},
            }
        )


def test_a_stage_may_change_nothing() -> None:
    """A name that code enters, to be filled in later."""
    config = FilterConfig.from_mapping({"domain": "test", "stages": {"dictation": None}})
    assert list(config.stages) == ["dictation"]


def test_the_fingerprint_knows_the_words_of_stages() -> None:
    """Recordings of calls that were decided otherwise have another."""
    plain, one, other, silence = (
        FilterConfig.from_mapping({"domain": "test", "stages": stages}).fingerprint
        for stages in (
            {},
            {"confirmation": {"backchannels": {"remove": ["okay"]}}},
            {"confirmation": {"backchannels": {"remove": ["yeah"]}}},
            {"confirmation": {"stt": {"max_turn_silence": 2000}}},
        )
    )
    assert len({plain, one, other, silence}) == 4
    assert plain == FilterConfig.from_mapping({"domain": "test"}).fingerprint
