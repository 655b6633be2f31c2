"""Makes the tables of the pages from the code.

    python -m tests.docs.tables

writes them anew: a page has a table between `<!-- NAME -->` and `<!-- /NAME -->`.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from prometheus_client.metrics import MetricWrapperBase
from pydantic_core import PydanticUndefined

from filters.calls import metrics
from filters.configuration import FilterConfig, Recording, WordChanges
from filters.livekit.checks.findings import KINDS, Kind
from filters.policy.table import TABLE, Cell, Column, Row
from filters.words import load_word_lists, shipped_languages
from tests.session_parts import first_call

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

ROOT = Path(__file__).parents[2]

LANGUAGES = {
    "ar": "Arabic",
    "da": "Danish",
    "de": "German",
    "en": "English",
    "es": "Spanish",
    "fi": "Finnish",
    "fr": "French",
    "he": "Hebrew",
    "hi": "Hindi",
    "it": "Italian",
    "ja": "Japanese",
    "ko": "Korean",
    "nl": "Dutch",
    "no": "Norwegian",
    "pt": "Portuguese",
    "sv": "Swedish",
    "tr": "Turkish",
    "ur": "Urdu",
    "vi": "Vietnamese",
    "zh": "Chinese",
}
_EXAMPLES = 3


def pages() -> list[Path]:
    """Every page, the first one first."""
    return [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


def markdown(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table."""
    lines = [header, ["---"] * len(header), *rows]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


def keys() -> str:
    """Every key of a domain's file, with its default and its meaning."""
    return markdown(("key", "default", "meaning"), map(_key, FilterConfig.model_fields))


def _key(name: str) -> tuple[str, str, str]:
    field = FilterConfig.model_fields[name]
    shape = {"stt": " `{...}`", "stages": " `{NAME: {stt, backchannels, ...}}`"}.get(name, "")
    if isinstance(field.default, WordChanges):
        shape = " `{add, remove}`"
    meaning = (field.description or "").replace("|", "\\|")
    return f"`{name}`{shape}", shown_default(field.default), meaning


def shown_default(default: object) -> str:
    """A default as a page has it."""
    if default is PydanticUndefined:
        return "*required*"
    if default is None:
        return "*left out*"
    if isinstance(default, WordChanges):
        return "no changes"
    if isinstance(default, Recording):
        return f"`{{mode: {default.mode}}}`"
    if isinstance(default, tuple):
        return f"`[{', '.join(default)}]`"
    return f"`{str(default).lower() if isinstance(default, bool) else default}`"


def decisions() -> str:
    """The policy's table."""
    header = ["heard", *(column.name.lower() for column in Column)]
    return markdown(header, ([row.value, *map(_cell, TABLE[row])] for row in Row))


def _cell(cell: Cell) -> str:
    kept = {Cell.KEEP: "hold, as a possible reply", Cell.JUDGE: "pass if it is a reply"}
    return kept.get(cell) or str(getattr(cell.value, "value", cell.value))


def findings() -> str:
    """Each kind of finding, under a heading of its own that the log names."""
    return "\n" + "\n".join(map(_finding, KINDS)) + "\n"


def _finding(kind: Kind) -> str:
    consequence = kind.consequence[0].upper() + kind.consequence[1:]
    lines = [f"### {kind.event}\n", f"Set: {kind.when}.", f"{consequence}."]
    if kind.change:
        code = first_call(kind.change)
        lines.append(f"Change: `{code}`{kind.change[len(code) :]}.")
    return "\n\n".join(lines).replace("\n\n\n", "\n\n") + "\n"


def numbers() -> str:
    """What is counted, as a scrape names it."""
    return markdown(("metric", "by", "what"), map(_metric, _collectors()))


def _collectors() -> Iterator[MetricWrapperBase]:
    for value in vars(metrics).values():
        if isinstance(value, MetricWrapperBase):
            yield value


def _metric(metric: MetricWrapperBase) -> tuple[str, str, str]:
    described = next(iter(metric.describe()))
    name = described.name + ("_total" if described.type == "counter" else "")
    return f"`{name}`", ", ".join(metric._labelnames), described.documentation  # noqa: SLF001


def languages() -> str:
    """The word lists that come with the package."""
    header = ("`extends`", "language", "stops at, for example")
    return markdown(header, map(_language, sorted(shipped_languages())))


def _language(code: str) -> tuple[str, str, str]:
    commands = list(load_word_lists(code).lists["commands"].values())
    first = ", ".join(f"“{phrase.text}”" for phrase in commands[:_EXAMPLES])
    return f"`{code}`", LANGUAGES[code], first


TABLES: dict[str, Callable[[], str]] = {
    "keys": keys,
    "table": decisions,
    "findings": findings,
    "metrics": numbers,
    "languages": languages,
}


def between(name: str) -> re.Pattern[str]:
    """Where a table stands: its text is the second group."""
    return re.compile(rf"(<!-- {name} -->\n)(.*?)(<!-- /{name} -->)", flags=re.DOTALL)


def renewed(page: str) -> str:
    """A page with its tables as the code has them."""
    for name, made in TABLES.items():
        if between(name).search(page):
            text = made()
            page = between(name).sub(lambda m, text=text: m[1] + text + m[3], page)  # type: ignore[misc]
    return page


if __name__ == "__main__":
    for path in pages():
        path.write_text(renewed(path.read_text("utf-8")), "utf-8")
