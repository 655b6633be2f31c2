"""What words mean: text goes in, and what kind of speech it is comes out.

Uses `documents`, for word lists that people write.
"""

from __future__ import annotations

from .asking import AskingTurn
from .classes import Kind, Verdict, WordLists
from .folding import QUESTION_MARKS, fold
from .lexicon import Lexicon
from .patterns import iterate_phrases
from .phrases import LISTS, TAGS
from .staged_words import StagedWords, Words
from .word_changes import DEFAULT_EXTENDS, STAGES, DomainWords, domain_words
from .word_lists import LanguageWords, is_path, load_word_lists, shipped_languages

__all__ = [
    "DEFAULT_EXTENDS",
    "LISTS",
    "QUESTION_MARKS",
    "STAGES",
    "TAGS",
    "AskingTurn",
    "DomainWords",
    "Kind",
    "LanguageWords",
    "Lexicon",
    "StagedWords",
    "Verdict",
    "WordLists",
    "Words",
    "domain_words",
    "fold",
    "is_path",
    "iterate_phrases",
    "load_word_lists",
    "shipped_languages",
]
