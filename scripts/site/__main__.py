"""Builds the pages as a site, and fails at a link that leads nowhere.

    python -m scripts.site -o build/site

The pages are those of the checkout, as they stand: README.md is the first, docs/ has the others,
and what else of the checkout they link to comes along. Nothing is fetched.
"""

from __future__ import annotations

import logging
import re
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from properdocs.commands.build import build
from properdocs.config import load_config

if TYPE_CHECKING:
    from properdocs.config.defaults import ProperDocsConfig

ROOT = Path(__file__).parents[2]
THEME = Path(__file__).parent / "theme"
OTHERS = ("CHANGELOG.md", "CONTRIBUTING.md")
"""Pages that are not in docs/."""
_LINK = re.compile(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)")

app = typer.Typer(add_completion=False)


@app.command()
def main(
    out: Annotated[Path, typer.Option("--out", "-o", help="Where the site goes.")] = Path(
        "build/site"
    ),
) -> None:
    """Build the pages as a site; the exit status is 1 if any link leads nowhere."""
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    faults = _Faults()
    logging.getLogger("properdocs").addHandler(faults)
    with tempfile.TemporaryDirectory() as work:
        pages = Path(work) / "pages"
        lay_out(pages)
        build(settings(Path(work), pages, out.absolute()))
    if faults.count:
        typer.echo(f"{faults.count} faults in the pages (above)", err=True)
        raise typer.Exit(1)
    print(out / "index.html")


class _Faults(logging.Handler):
    """Counts what the builder warns of."""

    def __init__(self) -> None:
        super().__init__(level=logging.WARNING)
        self.count = 0

    def emit(self, record: logging.LogRecord) -> None:  # noqa: ARG002 - that there is one counts
        self.count += 1


def lay_out(directory: Path) -> None:
    """Copies the pages, and what they link to of the checkout, into an empty directory."""
    pages = ["README.md", *OTHERS]
    pages += sorted(str(path.relative_to(ROOT)) for path in (ROOT / "docs").glob("*.md"))
    for page in pages:
        _copy(page, directory)
        folder = (ROOT / page).parent
        for target in _LINK.findall((ROOT / page).read_text("utf-8")):
            linked = (folder / target).resolve()
            if linked.is_file() and linked.is_relative_to(ROOT):
                _copy(str(linked.relative_to(ROOT)), directory)


def _copy(name: str, directory: Path) -> None:
    target = directory / name
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(ROOT / name, target)


def settings(work: Path, pages: Path, out: Path) -> ProperDocsConfig:
    """How the site is built: every link and every anchor is checked."""
    file = work / "properdocs.yml"
    file.write_text("site_name: LiveKit interruption filters\n", "utf-8")
    return load_config(
        str(file),
        docs_dir=str(pages),
        site_dir=str(out),
        use_directory_urls=False,  # so that it can be read from a disk
        theme={"name": None, "custom_dir": str(THEME)},
        plugins=[],
        markdown_extensions=["tables", "fenced_code", "toc", "sane_lists"],
        validation={
            "omitted_files": "ignore",
            "not_found": "warn",
            "absolute_links": "warn",
            "unrecognized_links": "warn",
            "anchors": "warn",
        },
    )


if __name__ == "__main__":
    app()
