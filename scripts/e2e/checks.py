"""What a run has found: one check for everything that must be true. Data only."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


class Part(Enum):
    """A part of a run, in order."""

    HEARD = "heard"
    TELEPHONE = "telephone"
    FLEET = "fleet"
    CONFIGURATION = "configuration"
    FAULTS = "faults"


@dataclass(frozen=True, slots=True)
class Check:
    """Something that must be true.

    Attributes:
        part: Where it belongs.
        what: It, as a sentence.
        problems: What is wrong; empty where it is true.
        measured: Figures that show it.
    """

    part: Part
    what: str
    problems: tuple[str, ...] = ()
    measured: str = ""

    @property
    def passed(self) -> bool:
        """Whether it is true."""
        return not self.problems


def check(part: Part, what: str, problems: Sequence[str], measured: str = "") -> Check:
    """Makes a check of a list of problems."""
    return Check(part, what, tuple(problems), measured)
