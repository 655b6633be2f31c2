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
import re
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PrivateAttr

from filters.documents import Faults, rejection
from filters.policy import InterruptionPolicy, PolicySettings
from filters.words import (
    DEFAULT_EXTENDS,
    LISTS,
    AskingTurn,
    DomainWords,
    LanguageWords,
    Lexicon,
    StagedWords,
    asking_turn,
    domain_words,
    iterate_phrases,
    recompiled,
    speaker_pattern,
)

from .checking import check, report_options
from .environment import MODE_VARIABLE, Mode, in_environment
from .sections import (
    CHOICE,
    NAME,
    NO_CHANGES,
    NO_RECORDING,
    NUMBER,
    Recording,
    Stage,
    WordChanges,
)
from .stt_options import RecogniserOptions

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping

AgentContextMode = Literal["auto", "bridge", "off"]

_WINDOWS = PolicySettings()


def _check_domain(domain: str) -> str:
    if not re.fullmatch(NAME, domain):
        raise rejection("is no name", "Use a-z, 0-9, _ and -, as in hotel_booking.")
    return domain


def _check_label(label: str | None) -> str | None:
    if label is not None:
        try:
            speaker_pattern(label)
        except ValueError as error:
            raise rejection(str(error), 'Write such as "{speaker_id}: {text}".') from None
    return label


def _window(default: float, most: float, description: str) -> Any:
    return Field(default=default, ge=0, le=most, allow_inf_nan=False, description=description)


class FilterConfig(BaseModel):
    """How interruptions are filtered in one domain. Immutable; the words are compiled once.

    Raises:
        ConfigError: From `from_mapping`, `load_config` and `read_config`, with all that is wrong.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    domain: Annotated[str, AfterValidator(_check_domain)] = Field(
        description="The configuration's name in logs and recordings: a-z, 0-9, _ and -.",
        json_schema_extra={"pattern": f"^{NAME}$"},
    )
    extends: tuple[str, ...] = Field(
        default=DEFAULT_EXTENDS,
        min_length=1,
        description="The word lists to start from: shipped languages (en, es, de), all of them "
        "(all), or YAML files by their paths from this one. Speech is judged by all; where they "
        "contradict each other and no final's language decides, the first one does.",
    )
    backchannels: WordChanges = Field(
        default=NO_CHANGES,
        description='Words that keep the agent talking ("mhm", "that\'s right"): they never stop '
        "it, and count only at the end of its turn.",
    )
    hesitations: WordChanges = Field(
        default=NO_CHANGES,
        description='Sounds that are no words ("um", "er"): never an answer, never counted.',
    )
    commands: WordChanges = Field(
        default=NO_CHANGES,
        description='Words that stop the agent at once, wherever they stand ("stop", "hold on").',
    )
    standalone_commands: WordChanges = Field(
        default=NO_CHANGES,
        description='Words that stop the agent only when nothing else is said ("no", "sorry?"), '
        "fillers aside. A question mark at the end is part of the phrase.",
    )
    presence_checks: WordChanges = Field(
        default=NO_CHANGES,
        description='Words that ask whether anybody is there ("hello?", "are you there?"). They '
        "stop an agent that can be heard, and wait for one that is about to speak. A question mark "
        "at the end is part of the phrase.",
    )
    speaker_label: Annotated[str | None, AfterValidator(_check_label)] = Field(
        default=None,
        description="How the recogniser was told to label speakers in the text, where that is not "
        'one of the usual ways: "{speaker_id}: {text}". A label is no word.',
    )
    answer_prompts: tuple[str, ...] = Field(
        default=(),
        description="Phrases that make the agent's turn one that wants an answer though it has no "
        'question mark ("please confirm"); patterns as in the word lists.',
    )
    yield_s: Annotated[float, NUMBER] = _window(
        _WINDOWS.yield_s,
        10,
        "Seconds before the end of the agent's turn from which on a backchannel is the caller's "
        "turn, whatever the agent said. 0: only a turn that asks takes a reply.",
    )
    early_answer_s: Annotated[float, NUMBER] = _window(
        _WINDOWS.early_answer_s,
        10,
        "Seconds that the caller is silent after a turn that asks before an answer counts that "
        "began earlier than that, while the question was being asked.",
    )
    answer_window_s: Annotated[float, NUMBER] = _window(
        _WINDOWS.answer_window_s,
        30,
        "Seconds from the end of an asking turn, before or after, within which a backchannel is "
        "its answer, where nobody knows when the question began.",
    )
    hold_s: Annotated[float, NUMBER] = _window(
        _WINDOWS.hold_s,
        60,
        "Seconds that speech too short to stop the agent waits for it to finish, to be answered "
        "then; older, it is only noted in the chat history.",
    )
    grace_s: Annotated[float, NUMBER] = _window(
        _WINDOWS.grace_s,
        10,
        "Seconds after the agent's end in which speech still counts as overlapping, where its "
        "onset is not known.",
    )
    echo_s: Annotated[float, NUMBER] = _window(
        _WINDOWS.echo_s,
        5,
        "The same where the onset is known: the caller hears the agent later than it is sent.",
    )
    release_quiet_s: Annotated[float, NUMBER] = _window(
        _WINDOWS.release_quiet_s,
        5,
        "Seconds of silence after the agent's end before held words are released.",
    )
    own_words: Annotated[int, NUMBER] = Field(
        default=_WINDOWS.own_words,
        ge=0,
        le=20,
        description="Words in a row that the agent is just saying, above which speech over it is "
        "its own echo and suppressed. 0 switches the echo guard off.",
    )
    judge_timeout_s: Annotated[float, NUMBER] = _window(
        0.15,
        5,
        "Seconds that speech over the agent waits at most for what the application's `judge` says "
        "of it, where that is async; then the words decide.",
    )
    min_words: Annotated[int | None, NUMBER] = Field(
        default=None,
        ge=0,
        le=100,
        description="The session's interruption.min_words this is meant for; a session that "
        "differs is an error. Left out, any will do.",
    )
    mode: Annotated[Mode, CHOICE] = Field(
        default="enforce",
        description="enforce acts; shadow only logs what it would do; off does nothing. The "
        f"environment variable {MODE_VARIABLE} overrides it.",
    )
    log_words: bool = Field(
        default=False, description="Whether what the caller said appears in logs."
    )
    recording: Recording = Field(
        default=NO_RECORDING,
        description="Whether calls are recorded: mode (off, words or redacted), directory, "
        "max_bytes and max_age_days. A call recorded with words can be replayed.",
    )
    agent_context: Annotated[AgentContextMode, CHOICE] = Field(
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
        json_schema_extra={"propertyNames": {"pattern": f"^{NAME}$"}},
    )

    _words: DomainWords = PrivateAttr(default=DomainWords())

    def model_post_init(self, context: Any, /) -> None:
        """Takes the words that were checked with the file, or checks those given in code."""
        if context is None:
            faults = Faults("FilterConfig")
            context = domain_words(self.model_dump(), faults, ".")
            report_options(self.model_dump(exclude_none=True), faults)
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
        return in_environment(check(cls, values, Faults("FilterConfig"), directory))

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
        extended = self._words.extended
        label = speaker_pattern(self.speaker_label) if self.speaker_label is not None else None
        shipped = {words.language: words.compiled() for words in extended}
        return recompiled(Lexicon(shipped, speaker_label=label), extended, self._languages)

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
        return asking_turn(self._languages, self.answer_prompts)

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
        if self.speaker_label is not None:
            decides.append(self.speaker_label)
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


def policy_of(config: FilterConfig) -> InterruptionPolicy:
    """A fresh policy by a configuration."""
    return InterruptionPolicy(
        config.lexicon, config.asks, config.policy_settings, config.staged_words
    )
