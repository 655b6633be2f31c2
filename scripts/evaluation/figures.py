"""The figures of a run: shares and a median, each with its 95 % interval."""

from __future__ import annotations

import math
import statistics
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .cases import KINDS
from .results import Fault

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .results import Result

Z_95 = 1.959964


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure and its 95 % interval.

    Attributes:
        value: A share from 0 to 1, or a median in seconds; None where no case bears on it.
        low: The interval's lower end.
        high: Its upper end.
        count: The cases that went wrong, or that the median is of.
        n: The cases that bear on it.
    """

    value: float | None
    low: float | None
    high: float | None
    count: int
    n: int


def share(count: int, n: int) -> Figure:
    """A share, with Wilson's interval."""
    if not n:
        return Figure(None, None, None, count, n)
    p, z2 = count / n, Z_95**2
    middle = (p + z2 / (2 * n)) / (1 + z2 / n)
    reach = Z_95 / (1 + z2 / n) * math.sqrt(p * (1 - p) / n + z2 / (4 * n * n))
    return Figure(p, max(0.0, middle - reach), min(1.0, middle + reach), count, n)


def median(values: Sequence[float], n: int) -> Figure:
    """A median, with the interval between two order statistics."""
    if not values:
        return Figure(None, None, None, 0, n)
    ordered = sorted(values)
    reach = Z_95 * math.sqrt(len(ordered)) / 2
    low = max(0, math.floor(len(ordered) / 2 - reach))
    high = min(len(ordered) - 1, math.ceil(len(ordered) / 2 + reach))
    return Figure(statistics.median(ordered), ordered[low], ordered[high], len(ordered), n)


def figures(results: Sequence[Result]) -> dict[str, Figure]:
    """Every figure of a run: a share per `Fault`, and `onset_to_stop_s`."""
    kinds = {kind: sum(result.case.kind == kind for result in results) for kind in KINDS}
    should_stop = sum(result.should_stop for result in results)
    of = {
        Fault.FALSE_INTERRUPTIONS: kinds["backchannel"],
        Fault.STALE: sum(result.in_the_midst for result in results),
        Fault.DEAD: sum(result.at_the_end for result in results),
        Fault.LOST: kinds["interruption"],
        Fault.MISSED: should_stop,
        Fault.ANSWERS: kinds["answer"],
        Fault.LATE: kinds["interruption"],
        Fault.ALTERED: len(results),
    }
    found = {
        fault.value: share(sum(result.has(fault) for result in results), n)
        for fault, n in of.items()
    }
    waits = [wait for result in results if (wait := result.onset_to_stop_s) is not None]
    return {**found, "onset_to_stop_s": median(waits, should_stop)}
