"""Turns a domain's YAML file into the words, windows and switches that the filter works by.

    domain: hotel_booking
    extends: [en]
    backchannels: {add: [righto], remove: [okay]}
    answer_prompts: [please confirm]

Whatever is wrong with a file is reported at once, as file, place, fault and fix.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
import re
from collections.abc import Iterable, Mapping
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar, get_args

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PrivateAttr,
    ValidationError,
)

from filters.documents import (
    ConfigError,
    Faults,
    Problem,
    did_you_mean,
    no_truth_value,
    read_yaml,
    rejection,
    shown,
)
from filters.policy import InterruptionPolicy, PolicySettings
from filters.words import (
    DEFAULT_EXTENDS,
    LISTS,
    STAGES,
    AskingTurn,
    DomainWords,
    LanguageWords,
    Lexicon,
    StagedWords,
    domain_words,
    is_path,
    iterate_phrases,
)

from .stt_options import LiveOptions, RecogniserOptions, report_option_faults

__all__ = [
    "ConfigError",
    "FilterConfig",
    "Mode",
    "Problem",
    "Recording",
    "Stage",
    "WordChanges",
    "load_config",
    "read_config",
]

DEFAULT = "default"
"""The name of the configuration that needs no file."""

DIRECTORY_VARIABLE = "LIVEKIT_FILTERS_CONFIG_DIR"
MODE_VARIABLE = "LIVEKIT_FILTERS_MODE"

_NAME = "[a-z0-9_-]+"

Mode = Literal["enforce", "shadow", "off"]
AgentContextMode = Literal["auto", "bridge", "off"]
RecordingMode = Literal["off", "words", "redacted"]


def _check_domain(domain: str) -> str:
    if not re.fullmatch(_NAME, domain):
        raise rejection("is no name", "Use a-z, 0-9, _ and -, as in hotel_booking.")
    return domain


def _off(value: object) -> object:
    return "off" if value is False else value  # what other YAML readers make of `mode: off`


_Options = TypeVar("_Options", bound=LiveOptions)
_Number = BeforeValidator(no_truth_value("2.0"))
_Choice = BeforeValidator(_off)
_WINDOWS = PolicySettings()


def _window(default: float, most: float, description: str) -> Any:
    return Field(default=default, ge=0, le=most, allow_inf_nan=False, description=description)


class WordChanges(BaseModel):
    """What a domain changes about one list of words."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    add: tuple[str, ...] = Field(
        default=(),
        description="Phrases to add, of one or more words; (a|b) stands for either, [a|b] for "
        "either or none. An added phrase leaves the other lists.",
    )
    remove: tuple[str, ...] = Field(
        default=(), description="Phrases to take out of the lists extended, written out."
    )


_NO_CHANGES = WordChanges()


class Recording(BaseModel):
    """Whether calls are recorded, where, and for how long recordings are kept."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    mode: Annotated[RecordingMode, _Choice] = Field(
        default="off",
        description="off records nothing; words records what was said; redacted puts its class "
        "and length in place of all words.",
    )
    directory: str = Field(
        default="recordings",
        min_length=1,
        description="Where the files go, one a call, which their owner alone can read; it is made "
        "if it is not there.",
    )
    max_bytes: Annotated[int, _Number] = Field(
        default=1_000_000_000,
        ge=10_000,
        description="Bytes of recordings in the directory, above which the oldest are deleted.",
    )
    max_age_days: Annotated[float, _Number] = Field(
        default=30.0,
        gt=0,
        le=3650,
        allow_inf_nan=False,
        description="Days after which a recording is deleted.",
    )


_NO_RECORDING = Recording()


class Stage(BaseModel):
    """What a stage of the conversation changes, for as long as it lasts."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    stt: LiveOptions | None = Field(
        default=None, description="Options of the recogniser that it takes in mid-call."
    )
    backchannels: WordChanges = Field(
        default=_NO_CHANGES, description="Changes to the domain's backchannels."
    )
    hesitations: WordChanges = Field(
        default=_NO_CHANGES, description="Changes to the domain's hesitations."
    )
    commands: WordChanges = Field(
        default=_NO_CHANGES, description="Changes to the domain's commands."
    )
    standalone_commands: WordChanges = Field(
        default=_NO_CHANGES, description="Changes to the domain's standalone_commands."
    )
    presence_checks: WordChanges = Field(
        default=_NO_CHANGES, description="Changes to the domain's presence_checks."
    )
    non_speech_tags: WordChanges = Field(
        default=_NO_CHANGES, description="Changes to the domain's non_speech_tags."
    )
    answer_prompts: tuple[str, ...] = Field(
        default=(), description="Phrases that ask, besides the domain's."
    )


class FilterConfig(BaseModel):
    """How interruptions are filtered in one domain. Immutable; the words are compiled once.

    Raises:
        ConfigError: From `from_mapping`, `load_config` and `read_config`, with all that is wrong.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    domain: Annotated[str, AfterValidator(_check_domain)] = Field(
        description="The configuration's name in logs and recordings: a-z, 0-9, _ and -.",
        json_schema_extra={"pattern": f"^{_NAME}$"},
    )
    extends: tuple[str, ...] = Field(
        default=DEFAULT_EXTENDS,
        min_length=1,
        description="The word lists to start from: shipped languages (en, es), or YAML files by "
        "their paths from this one. The first also serves languages that have no list.",
    )
    backchannels: WordChanges = Field(
        default=_NO_CHANGES,
        description='Words that keep the agent talking ("mhm", "that\'s right"): they never stop '
        "it, and count only as the answer to a question.",
    )
    hesitations: WordChanges = Field(
        default=_NO_CHANGES,
        description='Sounds that are no words ("um", "er"): never an answer, never counted.',
    )
    commands: WordChanges = Field(
        default=_NO_CHANGES,
        description='Words that stop the agent at once, wherever they stand ("stop", "hold on").',
    )
    standalone_commands: WordChanges = Field(
        default=_NO_CHANGES,
        description='Words that stop the agent only when nothing else is said ("no", "sorry?"), '
        "fillers aside. A question mark at the end is part of the phrase.",
    )
    presence_checks: WordChanges = Field(
        default=_NO_CHANGES,
        description='Words that ask whether anybody is there ("hello?", "are you there?"). They '
        "stop an agent that can be heard, and wait for one that is about to speak. A question mark "
        "at the end is part of the phrase.",
    )
    non_speech_tags: WordChanges = Field(
        default=_NO_CHANGES,
        description="Names that a recogniser writes in brackets for sounds that are no speech "
        '("[silence]"), without the brackets.',
    )
    answer_prompts: tuple[str, ...] = Field(
        default=(),
        description="Phrases that make the agent's turn one that wants an answer though it has no "
        'question mark ("please confirm"); patterns as in the word lists.',
    )
    yield_s: Annotated[float, _Number] = _window(
        _WINDOWS.yield_s,
        10,
        "Seconds before the end of the agent's turn from which on a backchannel is the caller's "
        "turn, whatever the agent said. 0: only a turn that asks takes a reply.",
    )
    early_answer_s: Annotated[float, _Number] = _window(
        _WINDOWS.early_answer_s,
        10,
        "Seconds that the caller is silent after a turn that asks before an answer counts that "
        "began earlier than that, while the question was being asked.",
    )
    answer_window_s: Annotated[float, _Number] = _window(
        _WINDOWS.answer_window_s,
        30,
        "Seconds from the end of an asking turn, before or after, within which a backchannel is "
        "its answer, where nobody knows when the question began.",
    )
    hold_s: Annotated[float, _Number] = _window(
        _WINDOWS.hold_s,
        60,
        "Seconds that speech too short to stop the agent waits for it to finish, to be answered "
        "then; older, it is only noted in the chat history.",
    )
    grace_s: Annotated[float, _Number] = _window(
        _WINDOWS.grace_s,
        10,
        "Seconds after the agent's end in which speech still counts as overlapping, where its "
        "onset is not known.",
    )
    echo_s: Annotated[float, _Number] = _window(
        _WINDOWS.echo_s,
        5,
        "The same where the onset is known: the caller hears the agent later than it is sent.",
    )
    release_quiet_s: Annotated[float, _Number] = _window(
        _WINDOWS.release_quiet_s,
        5,
        "Seconds of silence after the agent's end before held words are released.",
    )
    own_words: Annotated[int, _Number] = Field(
        default=_WINDOWS.own_words,
        ge=0,
        le=20,
        description="Words in a row that the agent is just saying, above which speech over it is "
        "its own echo and suppressed. 0 switches the echo guard off.",
    )
    judge_timeout_s: Annotated[float, _Number] = _window(
        0.15,
        5,
        "Seconds that speech over the agent waits at most for what the application's `judge` says "
        "of it, where that is async; then the words decide.",
    )
    min_words: Annotated[int | None, _Number] = Field(
        default=None,
        ge=0,
        le=100,
        description="The session's interruption.min_words this is meant for; a session that "
        "differs is an error. Left out, any will do.",
    )
    mode: Annotated[Mode, _Choice] = Field(
        default="enforce",
        description="enforce acts; shadow only logs what it would do; off does nothing. The "
        f"environment variable {MODE_VARIABLE} overrides it.",
    )
    log_words: bool = Field(
        default=False, description="Whether what the caller said appears in logs."
    )
    recording: Recording = Field(
        default=_NO_RECORDING,
        description="Whether calls are recorded: mode (off, words or redacted), directory, "
        "max_bytes and max_age_days. A call recorded with words can be replayed.",
    )
    agent_context: Annotated[AgentContextMode, _Choice] = Field(
        default="auto",
        description="Who tells the recogniser what the agent said: auto fills in where LiveKit "
        "doesn't; bridge always has the filter do it; off leaves it to LiveKit.",
    )
    stt: RecogniserOptions | None = Field(
        default=None,
        description="The recogniser's own options, for whoever makes it: model, mode, "
        "min_turn_silence, max_turn_silence, interruption_delay, continuous_partials, "
        "vad_threshold, keyterms_prompt, prompt, language_codes, voice_focus, "
        "voice_focus_threshold, previous_context_n_turns, language_detection.",
    )
    stages: dict[str, Stage] = Field(
        default={},
        description="Parts of the conversation by their names (a-z, 0-9, _ and -), each with what "
        "it changes while it lasts: stt (options that can be changed in mid-call), the word lists "
        "{add, remove}, and answer_prompts.",
        json_schema_extra={"propertyNames": {"pattern": f"^{_NAME}$"}},
    )

    _words: DomainWords = PrivateAttr(default=DomainWords())

    def model_post_init(self, context: Any, /) -> None:
        """Takes the words that were checked with the file, or checks those given in code."""
        if context is None:
            faults = Faults("FilterConfig")
            context = domain_words(self.model_dump(), faults, ".")
            _report_options(self.model_dump(exclude_none=True), faults)
            faults.raise_any()
        self._words = context

    @classmethod
    def from_mapping(
        cls, values: Mapping[str, Any], *, directory: str | os.PathLike[str] = "."
    ) -> FilterConfig:
        """Makes a configuration of keys and values, with the checks that a file gets.

        Args:
            values: What the file would hold.
            directory: What the paths in `extends` start from.

        Raises:
            ConfigError: Anything is wrong with it, or with the mode the environment sets.
        """
        return _in_environment(_check(values, Faults("FilterConfig"), directory))

    @property
    def name(self) -> str:
        """The domain."""
        return self.domain

    def stt_options(self) -> dict[str, Any]:
        """The recogniser's options that are set, as keywords for its constructor."""
        return self.stt.given() if self.stt is not None else {}

    @cached_property
    def lexicon(self) -> Lexicon:
        """The words of every language, compiled."""
        return Lexicon({words.language: words.compiled() for words in self._languages})

    @cached_property
    def staged_words(self) -> StagedWords:
        """The words in force in any of the stages; see `filters.stage`."""
        return StagedWords(
            self._languages,
            self.lexicon,
            self.answer_prompts,
            {
                name: (changes, self.stages[name].answer_prompts)
                for name, changes in self._words.stages.items()
            },
        )

    @cached_property
    def asks(self) -> AskingTurn:
        """Tells whether a turn of the agent wants an answer."""
        return AskingTurn(self.answer_prompts)

    def compile(self) -> None:
        """Makes the words ready, in and outside of stages; half a second, once a process."""
        _ = self.lexicon
        for name in self.stages:
            self.staged_words([name])

    @property
    def _languages(self) -> tuple[LanguageWords, ...]:
        return self._words.languages

    @property
    def policy_settings(self) -> PolicySettings:
        """The windows."""
        return PolicySettings(
            yield_s=self.yield_s,
            early_answer_s=self.early_answer_s,
            answer_window_s=self.answer_window_s,
            hold_s=self.hold_s,
            grace_s=self.grace_s,
            echo_s=self.echo_s,
            release_quiet_s=self.release_quiet_s,
            own_words=self.own_words,
        )

    @cached_property
    def fingerprint(self) -> str:
        """A short hash of all that decides: words, prompts and windows; equal if they are."""
        words = [
            (language.language, {name: sorted(language.spellings(name)) for name in LISTS})
            for language in self._languages
        ]
        prompts = sorted({phrase for _, phrase in iterate_phrases(self.answer_prompts)})
        decides = [words, prompts, dataclasses.asdict(self.policy_settings)]
        if self.stages:
            decides.append(self._staged())
        return hashlib.sha256(json.dumps(decides).encode()).hexdigest()[:12]

    def _staged(self) -> list[object]:
        """All that decides in the stages: their words and prompts."""
        return [
            [
                name,
                {each: sorted(phrases) for each, phrases in changes.added.items()},
                {each: sorted(keys) for each, keys in changes.removed.items()},
                sorted({phrase for _, phrase in iterate_phrases(self.stages[name].answer_prompts)}),
            ]
            for name, changes in sorted(self._words.stages.items())
        ]


def load_config(
    name_or_path: str | os.PathLike[str] | None = None,
    *,
    directory: str | os.PathLike[str] | None = None,
) -> FilterConfig:
    """Loads the configuration of a domain.

    Args:
        name_or_path: A name ("healthcare" is healthcare.yaml in the directory), or the path of a
            YAML file: anything with a separator, or ending in .yaml or .yml. None or "default" is
            the default: English, without changes.
        directory: Where names are looked up; `LIVEKIT_FILTERS_CONFIG_DIR` where None, or ./config.

    Raises:
        ConfigError: It isn't found, or anything is wrong with it.
    """
    if name_or_path is None or name_or_path == DEFAULT:
        return _in_environment(_default())
    return _in_environment(read_config(_find(name_or_path, directory)))


def read_config(path: str | os.PathLike[str]) -> FilterConfig:
    """Reads a domain's YAML file, whatever the environment says.

    Raises:
        ConfigError: Anything is wrong with it.
    """
    document = read_yaml(path)
    file = os.fspath(path)
    faults = Faults(file, document.lines, document.problems)
    return _check(document.value, faults, Path(file).parent)


@lru_cache(maxsize=1)
def _default() -> FilterConfig:
    return _check({"domain": DEFAULT}, Faults(DEFAULT), ".")


def _find(name_or_path: str | os.PathLike[str], directory: str | os.PathLike[str] | None) -> Path:
    if is_path(name_or_path):
        return Path(name_or_path)
    name = str(name_or_path)
    if not re.fullmatch(_NAME, name):
        fix = "A name is made of a-z, 0-9, _ and -; a path has a / or ends in .yaml."
        raise ConfigError([Problem(shown(name), "", "is neither a name nor a path", fix)])
    where = Path(directory or os.environ.get(DIRECTORY_VARIABLE) or "config")
    path = where / f"{name}.yaml"
    if path.exists():
        return path
    there = sorted(file.stem for file in where.glob("*.yaml"))
    known = f"There is: {', '.join(there)}." if there else "No configuration is there."
    fix = did_you_mean(name, there, known)
    if not where.is_dir():
        fix = f"Name the directory of configurations in {DIRECTORY_VARIABLE}."
    raise ConfigError([Problem(str(path), "", "does not exist", fix)])


def _in_environment(config: FilterConfig) -> FilterConfig:
    mode = os.environ.get(MODE_VARIABLE, "").strip().casefold()
    if not mode:
        return config
    if mode not in get_args(Mode):
        fix = "Set it to enforce, shadow or off, or to nothing."
        problem = Problem("environment", MODE_VARIABLE, f"{shown(mode)} is not a choice", fix)
        raise ConfigError([problem])
    return config.model_copy(update={"mode": mode})


def _check(values: object, faults: Faults, directory: str | os.PathLike[str]) -> FilterConfig:
    if not isinstance(values, Mapping):
        what = "is empty" if values is None else "holds no keys"
        faults.report((), what, "Begin with `domain: NAME`.")
        raise faults.error()
    given = {key: _without_nothing(value) for key, value in _without_nothing(values).items()}
    if isinstance(values.get(STAGES), Mapping):
        given[STAGES] = _stages_given(values[STAGES], faults)
    words = domain_words(given, faults, directory)
    _report_options(given, faults)
    try:
        config = FilterConfig.model_validate(given, context=words)
    except ValidationError as error:
        for found in error.errors():
            faults.report_invalid([found], _known_keys(found["loc"]))
        raise faults.error() from None
    faults.raise_any()
    return config


def _stages_given(stages: Mapping[Any, Any], faults: Faults) -> dict[Any, Any]:
    """The stages without the keys that say nothing; one without any changes nothing."""
    given: dict[Any, Any] = {}
    for name, stage in stages.items():
        if not re.fullmatch(_NAME, str(name)):
            fix = "Use a-z, 0-9, _ and -, as in caller_identification."
            faults.report((STAGES, name), f"{shown(name)} is no name", fix)
        stripped = _without_nothing({} if stage is None else stage)
        given[name] = stripped
        if isinstance(stripped, dict):
            given[name] = {key: _without_nothing(value) for key, value in stripped.items()}
    return given


_BELOW: dict[str, type[BaseModel]] = {"recording": Recording, "stt": RecogniserOptions}
_BELOW_STAGE: dict[str, type[BaseModel]] = {"stt": LiveOptions}


def _known_keys(location: tuple[str | int, ...]) -> dict[int, Iterable[str]]:
    """The keys that are known on the way to a place, at each depth of nesting."""
    keys: dict[int, Iterable[str]] = {1: FilterConfig.model_fields}
    if location[:1] == (STAGES,):
        below = _BELOW_STAGE.get(str(location[2]) if len(location) > 2 else "", WordChanges)
        return {**keys, 3: Stage.model_fields, 4: below.model_fields}
    below = _BELOW.get(str(location[0]) if location else "", WordChanges)
    return {**keys, 2: below.model_fields}


def _report_options(given: Mapping[str, Any], faults: Faults) -> None:
    """Reports recogniser's options that contradict each other; malformed ones are skipped."""
    below = _options(RecogniserOptions, given.get("stt"))
    report_option_faults(below, ("stt",), faults)
    stages = given.get(STAGES)
    for name, stage in stages.items() if isinstance(stages, Mapping) else ():
        if isinstance(stage, Mapping):
            above = _options(LiveOptions, stage.get("stt"))
            report_option_faults(above, (STAGES, name, "stt"), faults, below=below)


def _options(kind: type[_Options], value: object) -> _Options:
    try:
        return kind.model_validate(value)
    except ValidationError:
        return kind()


def _without_nothing(value: Any) -> Any:
    """A mapping without the keys that say nothing: their lines end after the colon."""
    if not isinstance(value, Mapping):
        return value
    return {key: item for key, item in value.items() if item is not None}


def policy_of(config: FilterConfig) -> InterruptionPolicy:
    """A fresh policy by a configuration."""
    return InterruptionPolicy(
        config.lexicon, config.asks, config.policy_settings, config.staged_words
    )
