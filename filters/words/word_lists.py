"""Reads the word lists of a language, shipped or one's own.

    language: en
    backchannels:
      continuers:                     # a family: phrases that share a reason
        why: They say "go on" and nothing else.
        phrases: [mhm, mm-hmm, "(uh|m)-huh", "oh [really]"]

The lists are `backchannels`, `hesitations`, `commands`, `standalone_commands` and
`presence_checks`; beside them `homographs` names ordinary words of the language that others have in
a list, and `answer_prompts` what asks in it without a question mark. Each is optional. Patterns are
those of `filters.words.patterns.expand`.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from filters.documents import (
    ConfigError,
    Faults,
    Location,
    Problem,
    YamlDocument,
    did_you_mean,
    parse_yaml,
    read_yaml,
    rejection,
    shown,
)

from .classes import LISTS, WordLists
from .phrases import Entry, Phrases, entries_of, read_phrases, report_contradictions


@dataclass(frozen=True, slots=True)
class LanguageWords:
    """The checked words of one language.

    Attributes:
        language: Its tag, in lower case ("en", "es-mx").
        lists: The phrases of every list in `LISTS`.
        source: The name or the file they came from.
        homographs: Ordinary words of it that other languages have in a list, as patterns.
        answer_prompts: Patterns of what asks in it without a question mark.
    """

    language: str
    lists: Mapping[str, Phrases]
    source: str
    homographs: tuple[str, ...] = ()
    answer_prompts: tuple[str, ...] = ()

    def spellings(self, name: str) -> set[str]:
        """Every key that a phrase of a list is found by."""
        return self.lists[name].spellings()

    def compiled(self) -> WordLists:
        """The phrases as `filters.words.Lexicon` takes them."""
        return WordLists(
            **{name: tuple(phrase.text for phrase in self.lists[name].values()) for name in LISTS},
            homographs=self.homographs,
        )


_GONE = {
    "non_speech_tags": "Remove it: whatever stands in brackets is no speech, whatever the words.",
}


def _check_language(language: str) -> str:
    if not re.fullmatch(r"[A-Za-z]{2,3}([-_][A-Za-z0-9]{1,8})*", language):
        raise rejection("is no language tag", "Write one such as en or es-MX.")
    return language


class _Family(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    phrases: tuple[str, ...]
    why: str = ""


_Families = Annotated[dict[str, _Family], Field(default_factory=dict)]


class _WordListFile(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    language: Annotated[str, AfterValidator(_check_language)]
    backchannels: _Families
    hesitations: _Families
    commands: _Families
    standalone_commands: _Families
    presence_checks: _Families
    homographs: _Families
    answer_prompts: _Families


def shipped_languages() -> tuple[str, ...]:
    """The names of the word lists that come with the package."""
    files = (entry.name for entry in _shipped().iterdir())
    return tuple(sorted(name.removesuffix(".yaml") for name in files if name.endswith(".yaml")))


def load_word_lists(
    name_or_path: str | os.PathLike[str], *, directory: str | os.PathLike[str] = "."
) -> LanguageWords:
    """Reads the word lists of a language.

    Args:
        name_or_path: A shipped list ("en"), or a YAML file of one's own.
        directory: What a relative path starts from.

    Raises:
        ConfigError: There is no such list, or it has faults: all of them.
    """
    if not is_path(name_or_path):
        return _load_shipped(str(name_or_path))
    path = str(Path(directory) / name_or_path)
    return _from_document(read_yaml(path), path)


def is_path(name_or_path: str | os.PathLike[str]) -> bool:
    """Whether a file is meant, not a name: it has a separator or ends in .yaml or .yml."""
    if not isinstance(name_or_path, str):
        return True
    separators = ("/", os.sep, os.altsep or os.sep)
    return any(separator in name_or_path for separator in separators) or name_or_path.endswith(
        (".yaml", ".yml")
    )


def _shipped() -> Any:  # Traversable moved twice between Python 3.10 and 3.14
    return resources.files("filters.words") / "languages"


@lru_cache(maxsize=None)  # noqa: UP033 - as many as there are names
def _load_shipped(name: str) -> LanguageWords:
    names = shipped_languages()
    if name not in names:
        known = f"There is {', '.join(names)}; a file of your own is named by its path."
        fix = did_you_mean(name, names, known)
        raise ConfigError([Problem(shown(name), "", "is not a word list that is shipped", fix)])
    data = (_shipped() / f"{name}.yaml").read_bytes()
    return _from_document(parse_yaml(data, _file_of(name)), name)


def _file_of(source: str) -> str:
    return source if is_path(source) else f"filters/words/languages/{source}.yaml"


def _from_document(document: YamlDocument, source: str) -> LanguageWords:
    faults = Faults(_file_of(source), document.lines, document.problems)
    raw = document.value
    if not isinstance(raw, Mapping):
        faults.report((), "holds no word lists", "Begin with `language: en` and the lists.")
        raise faults.error()
    raw = {key: value for key, value in raw.items() if value is not None}
    drop_gone_keys(raw, (), faults)
    try:
        _WordListFile.model_validate(raw)
    except ValidationError as error:
        keys = {1: _WordListFile.model_fields, 3: _Family.model_fields}
        faults.report_invalid(error.errors(), keys)
    names = (*LISTS, "homographs", "answer_prompts")
    read = {name: read_phrases(name, _family_entries(name, raw), faults) for name in names}
    lists = {name: read[name] for name in LISTS}
    report_contradictions({**lists, "homographs": read["homographs"]}, faults)
    faults.raise_any()
    language = str(raw["language"]).casefold().replace("_", "-")
    homographs = tuple(phrase.text for phrase in read["homographs"].values())
    prompts = tuple(phrase.text for phrase in read["answer_prompts"].values())
    return LanguageWords(language, lists, source, homographs, prompts)


def drop_gone_keys(given: dict[str, Any], place: Location, faults: Faults) -> None:
    """Reports keys that were once there, each with what does without it, and takes them out."""
    for key in _GONE.keys() & given.keys():
        del given[key]
        faults.report((*place, key), "is a key no more", _GONE[key])


def _family_entries(name: str, raw: Mapping[str, Any]) -> Iterator[Entry]:
    families = raw.get(name)
    for family, content in families.items() if isinstance(families, Mapping) else ():
        phrases = content.get("phrases") if isinstance(content, Mapping) else None
        yield from entries_of(phrases, (name, family, "phrases"))
