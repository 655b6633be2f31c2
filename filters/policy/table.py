"""What the caller says, by what the agent does, and what becomes of it. Data only."""

from __future__ import annotations

from enum import Enum

from .events import Action, Reason


class Row(Enum):
    """What the caller says: the rows of the table."""

    FILLER_INTERIM = "filler, interim"
    FILLER_FINAL = "filler, final"
    MAY_BE_FILLER = "may be filler"
    MAY_BE_COMMAND = "may be command"
    COMMAND = "command"
    PRESENCE = "presence check"
    ENOUGH = "enough content"
    SHORT = "short content"
    NO_SPEECH = "no speech"


class Column(Enum):
    """What the agent does: the columns of the table."""

    AUDIBLE = 0
    PAUSED = 1
    PENDING = 2
    TOOL = 3
    PROTECTED = 4
    FREE = 5


class Cell(Enum):
    """What becomes of the event. Two cells are more than an action."""

    PASS = Action.PASS
    SUPPRESS = Action.SUPPRESS
    HOLD = Action.HOLD
    INTERRUPT = Action.INTERRUPT
    KEEP = "keep as a possible reply"
    JUDGE = "a reply passes, anything else is suppressed"


_PASS, _SUPPRESS, _HOLD, _STOP = Cell.PASS, Cell.SUPPRESS, Cell.HOLD, Cell.INTERRUPT
_KEEP, _JUDGE = Cell.KEEP, Cell.JUDGE

TABLE: dict[Row, tuple[Cell, ...]] = {
    #                     audible    paused     pending    tool       protected  floor free
    Row.FILLER_INTERIM: (_SUPPRESS, _SUPPRESS, _SUPPRESS, _SUPPRESS, _SUPPRESS, _SUPPRESS),
    Row.FILLER_FINAL:   (_KEEP,     _SUPPRESS, _KEEP,     _KEEP,     _KEEP,     _JUDGE),
    Row.MAY_BE_FILLER:  (_HOLD,     _HOLD,     _HOLD,     _HOLD,     _HOLD,     _HOLD),
    Row.MAY_BE_COMMAND: (_HOLD,     _HOLD,     _HOLD,     _HOLD,     _HOLD,     _HOLD),
    Row.COMMAND:        (_STOP,     _STOP,     _STOP,     _STOP,     _HOLD,     _PASS),
    Row.PRESENCE:       (_STOP,     _STOP,     _HOLD,     _HOLD,     _HOLD,     _PASS),
    Row.ENOUGH:         (_STOP,     _PASS,     _PASS,     _PASS,     _HOLD,     _PASS),
    Row.SHORT:          (_HOLD,     _HOLD,     _STOP,     _HOLD,     _HOLD,     _PASS),
    Row.NO_SPEECH:      (_SUPPRESS, _SUPPRESS, _SUPPRESS, _SUPPRESS, _SUPPRESS, _SUPPRESS),
}  # fmt: skip

ROW_REASONS = {
    Row.MAY_BE_FILLER: Reason.MAY_BECOME_BACKCHANNEL,
    Row.MAY_BE_COMMAND: Reason.MAY_BECOME_COMMAND,
    Row.COMMAND: Reason.COMMAND,
    Row.PRESENCE: Reason.PRESENCE_CHECK,
    Row.ENOUGH: Reason.ENOUGH_WORDS,
    Row.SHORT: Reason.TOO_FEW_WORDS,
    Row.NO_SPEECH: Reason.NOT_SPEECH,
}
