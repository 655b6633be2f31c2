"""The classes of words: the lists of a language, and what a text made of them is."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Kind(Enum):
    """What a text is, the most telling part deciding."""

    NOTHING = "nothing"
    """Only sounds, punctuation or no text at all."""
    HESITATION = "hesitation"
    BACKCHANNEL = "backchannel"
    """Backchannels, hesitations among them or not."""
    PREFIX = "prefix"
    """Filler so far, ending in the beginning of a longer backchannel ("that's")."""
    PRESENCE = "presence"
    """Presence checks ("hello?", "are you there?"), fillers aside."""
    STANDALONE = "standalone"
    """A command if nothing else is said ("no", "sorry?"), fillers aside."""
    COMMAND = "command"
    CONTENT = "content"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a text is.

    Attributes:
        kind: The class of the text.
        words: Words as LiveKit counts them (a Chinese, Japanese or Thai character is one each), but
            for numbers, addresses and spelled letters, which count as they are spoken; hesitations
            and sounds left out.
    """

    kind: Kind
    words: int = 0


@dataclass(frozen=True, slots=True)
class WordLists:
    """The phrases of one language, as written; `Lexicon` folds them.

    A phrase is plain words, or a pattern: `(a|b)` stands for either, `[a|b]` for either or none. In
    the lists of `MARKED` a final question mark is part of the phrase ("sorry?" is not "sorry").
    """

    backchannels: tuple[str, ...] = ()
    hesitations: tuple[str, ...] = ()
    commands: tuple[str, ...] = ()
    standalone_commands: tuple[str, ...] = ()
    presence_checks: tuple[str, ...] = ()
    homographs: tuple[str, ...] = ()
    """Ordinary words of this language that other languages have in a list: German "was", "er"."""


class Part(Enum):
    """What a phrase is, one of its lists deciding."""

    HOMOGRAPH = "homographs"
    HESITATION = "hesitations"
    BACKCHANNEL = "backchannels"
    PRESENCE = "presence_checks"
    COMMAND = "commands"
    STANDALONE = "standalone_commands"


LISTS = tuple(part.value for part in Part if part is not Part.HOMOGRAPH)
"""The names of the lists that a domain may change."""

MARKED = (Part.STANDALONE.value, Part.PRESENCE.value)
"""The lists in which a question mark at the end of a phrase is part of it."""
