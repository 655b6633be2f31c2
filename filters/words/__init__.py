"""What words mean: text goes in, and what kind of speech it is comes out.

Uses `documents`, for word lists that people write.
"""

from __future__ import annotations

from .asking import AskingTurn
from .classes import LISTS, Kind, Verdict, WordLists
from .folding import QUESTION_MARKS, fold
from .lexicon import Lexicon
from .patterns import iterate_phrases
from .recognisers import default_extends, list_for, without_list
from .staged_words import StagedWords, Words, asking_turn, recompiled
from .transcript import speaker_pattern
from .word_changes import ALL, DEFAULT_EXTENDS, STAGES, DomainWords, domain_words
from .word_lists import LanguageWords, drop_gone_keys, is_path, load_word_lists, shipped_languages

__all__ = [
    "ALL",
    "DEFAULT_EXTENDS",
    "LISTS",
    "QUESTION_MARKS",
    "STAGES",
    "AskingTurn",
    "DomainWords",
    "Kind",
    "LanguageWords",
    "Lexicon",
    "StagedWords",
    "Verdict",
    "WordLists",
    "Words",
    "asking_turn",
    "default_extends",
    "domain_words",
    "drop_gone_keys",
    "fold",
    "is_path",
    "iterate_phrases",
    "list_for",
    "load_word_lists",
    "recompiled",
    "shipped_languages",
    "speaker_pattern",
    "without_list",
]
