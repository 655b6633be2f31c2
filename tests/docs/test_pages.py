"""The pages say what is so: their tables match the code, their links lead somewhere."""

from __future__ import annotations

import ast
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

import filters
from filters.calls import call_log, log
from filters.configuration import FilterConfig, load_config
from filters.livekit import agent_context
from filters.livekit.checks.findings import KINDS, NO_RECOGNISER
from filters.policy import Action, Reason
from scripts.site import __main__ as site
from tests.docs.tables import ROOT, TABLES, between, pages, renewed

PACKAGE = Path(filters.__file__).parent  # the wheel's, where that is tested
PAGES = {path.relative_to(ROOT).as_posix(): path.read_text("utf-8") for path in pages()}
FENCE = re.compile(r"```(\w*)\n(.*?)```", flags=re.DOTALL)
LOGGED_BY = ("debug", "info", "warning", "error", "exception", "failed", "_say")


def listed(page: str, name: str) -> list[str]:
    """The first cells of a table that is written by hand."""
    match = between(name).search(PAGES[page])
    assert match is not None
    return re.findall(r"^\| `([^`]+)`", match[2], flags=re.MULTILINE)


def anchors(page: str) -> set[str]:
    """The headings of a page, as links name them on a forge and on the site."""
    text = FENCE.sub("", PAGES.get(page) or (ROOT / page).read_text("utf-8"))
    headings = re.findall(r"^#+ (.*)$", text, flags=re.MULTILINE)
    return {
        re.sub(r"[^\w\s-]", "", heading).strip().lower().replace(" ", "-") for heading in headings
    }


# -- the first page -------------------------------------------------------------------------------


def test_the_first_page_fits_on_a_screen_or_two() -> None:
    """A stranger decides in thirty seconds."""
    assert len(PAGES["README.md"].splitlines()) <= 120


def test_every_page_is_one_click_from_the_first() -> None:
    """Whoever looks for something finds it."""
    linked = set(re.findall(r"\]\((docs/[^)#]+\.md)", PAGES["README.md"]))
    others = set(PAGES) - {"README.md"}
    assert others <= linked, f"README.md links to none of {sorted(others - linked)}"


def test_the_figures_of_the_first_page_are_those_of_the_page_with_all() -> None:
    """Each number of its small table is in the large one."""
    section = PAGES["README.md"].split("## Measured")[1].split("\n## ")[0]
    numbers = re.findall(r"\d[\d.,]* (?:%|s)|\d+,\d{3}", section)
    assert len(numbers) > 8
    plain = PAGES["docs/measured.md"].replace("*", "")
    for number in numbers:
        value = number.split()[0]
        assert re.search(rf"(?<![\d.,]){re.escape(value)}(?![\d.,]*\d)", plain), number


# -- tables ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", PAGES)
def test_the_tables_are_as_the_code_has_them(page: str) -> None:
    """A new key, finding or metric is on its page."""
    assert PAGES[page] == renewed(PAGES[page]), "python -m tests.docs.tables writes them anew"


def test_every_table_is_on_a_page() -> None:
    """And on one alone."""
    for name in TABLES:
        assert sum(bool(between(name).search(text)) for text in PAGES.values()) == 1, name


def test_every_reason_and_every_action_is_explained() -> None:
    """In the order of the code."""
    assert listed("docs/decisions.md", "reasons") == [reason.value for reason in Reason]
    for action in Action:
        assert re.search(rf"^\| {action.value} \|", PAGES["docs/decisions.md"], re.MULTILINE)


def logged() -> dict[str, bool]:
    """The names of all events that are logged, and whether one of them is a warning or an error."""
    found: dict[str, bool] = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
                continue
            name = node.args[0] if node.args else None
            if node.func.attr in LOGGED_BY and isinstance(name, ast.Constant):
                loud = node.func.attr not in ("debug", "info")
                found[str(name.value)] = found.get(str(name.value), False) or loud
    found.update(dict.fromkeys(call_log._EVENT_NAMES.values(), False))  # noqa: SLF001
    for mode, event in agent_context._FORWARDED_EVENTS.items():  # noqa: SLF001
        found[event] = mode == "bridge"
    return found


def test_every_event_of_the_log_is_explained() -> None:
    """Each that is a warning or an error under a heading, which its `see` names."""
    events = logged()
    page = "docs/logs.md"
    assert page == log.PAGE
    loud = {event for event, is_loud in events.items() if is_loud}
    assert loud <= anchors(page), f"no heading on {page}: {sorted(loud - anchors(page))}"
    quiet = {*listed(page, "decisions"), *listed(page, "events")}
    assert quiet | loud == set(events), "the tables of docs/logs.md and what the code logs differ"


def test_a_finding_names_its_heading() -> None:
    """`see` leads to it."""
    for finding in (*(kind.found() for kind in KINDS), NO_RECOGNISER):
        page, _, anchor = finding.see.partition("#")
        assert anchor in anchors(page)


# -- links ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", PAGES)
def test_the_links_lead_somewhere(page: str) -> None:
    """Relative ones, to files and to headings."""
    for target in re.findall(r"\]\(([^)\s]+)\)", FENCE.sub("", PAGES[page])):
        if "://" in target:
            continue
        name, _, anchor = target.partition("#")
        path = ((ROOT / page).parent / name).resolve() if name else ROOT / page
        relative = path.relative_to(ROOT)
        in_package = PACKAGE.parent / relative
        assert path.exists() or in_package.exists(), f"{page}: {target}"
        assert not anchor or anchor in anchors(relative.as_posix()), f"{page}: {target}"


# -- what is shown --------------------------------------------------------------------------------


YAML_BLOCKS = [
    pytest.param(text, id=f"{page}-{number}")
    for page, whole in PAGES.items()
    for number, (language, text) in enumerate(FENCE.findall(whole))
    if language == "yaml"
]


@pytest.mark.parametrize("block", YAML_BLOCKS)
def test_a_domain_that_is_shown_is_a_configuration(block: str) -> None:
    """It loads, whole or as a part of one."""
    FilterConfig.from_mapping({"domain": "shown", **yaml.safe_load(block)}).compile()


def test_the_example_of_words_does_what_it_says() -> None:
    """Its languages, and its phrases that ask."""
    block = FENCE.findall(PAGES["docs/words.md"])[0][1]
    config = FilterConfig.from_mapping(yaml.safe_load(block))
    assert config.lexicon.languages == ("en", "es")
    assert config.asks("Could you tell me your name.")


def test_python_that_is_shown_is_run_somewhere() -> None:
    """The first page's agent and the stages' example are; a page with more needs a test."""
    shown = [page for page, whole in PAGES.items() if "```python" in whole]
    tested = {"README.md", "docs/stages.md", "docs/pipecat.md", "docs/judges.md"}
    assert set(shown) <= tested


TRIED = {
    r"make demo\b": "tests/scripts/test_demo.py",
    r"make test\b": "this test",
    r"make voicebench\b": "tests/scripts/test_outside.py",
    r"python -m scripts\.demo\b": "tests/scripts/test_demo.py",
    r"python -m scripts\.(report|suggest|shadow_report) ": "tests/scripts/test_looking_back.py",
    r"python -m scripts\.replay ": "tests/scripts/test_replay.py",
    r"python -m scripts\.evaluate ": "tests/scripts/test_evaluate.py",
    r"(AGENT_OFFLINE=1 )?python -m agent (console|start)": "tests/agent/test_command_line.py",
    r"LIVEKIT_NODE_IP=\S+ docker compose ": "tests/agent/test_deployment.py",
    r"livekit-server --bind ": "tests/agent/test_deployment.py",
    r"python -c 'from livekit import api": "tests/docs/test_commands.py",
}
"""The commands that pages show in blocks, and what tries them."""


def commands() -> list[tuple[str, str]]:
    """Every line of every block without a language, with its page."""
    return [
        (page, line.strip())
        for page, whole in PAGES.items()
        for language, text in FENCE.findall(whole)
        if not language
        for line in text.splitlines()
        if line.strip() and not line.startswith((" ", "#"))
    ]


@pytest.mark.parametrize(("page", "command"), commands())
def test_a_command_that_is_shown_is_tried(page: str, command: str) -> None:
    """By a test that is there."""
    by = [test for pattern, test in TRIED.items() if re.match(pattern, command)]
    if page in ("docs/pipecat.md", "docs/judges.md") and not by:
        pytest.skip("the page has tests of its own")
    assert by, f"{page}: {command}"
    assert by[0] == "this test" or (ROOT / by[0]).exists()


def test_what_is_named_in_running_text_exists() -> None:
    """Each module named with -m can be found, each make target is one."""
    makefile = (ROOT / "Makefile").read_text("utf-8")
    for page, text in PAGES.items():
        for target in re.findall(r"(?:`|^)make ([a-z0-9-]+)", text, flags=re.MULTILINE):
            assert re.search(rf"^{target}:", makefile, flags=re.MULTILINE), f"{page}: {target}"
        for module in re.findall(r"python -m ((?:scripts|agent|tests)[\w.]*)", text):
            path = ROOT / module.rstrip(".").replace(".", "/")
            assert path.with_suffix(".py").exists() or (path / "__main__.py").exists(), module


# -- the picture ----------------------------------------------------------------------------------


class _Quiet(HTMLParser):
    """Notes what a picture would fetch."""

    def __init__(self) -> None:
        super().__init__()
        self.fetched: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.fetched += [f"{tag} {name}" for name, _ in attrs if name in ("href", "src")]


def test_the_picture_is_one_file() -> None:
    """It fetches nothing, runs nothing, and is drawn for light and dark."""
    picture = (ROOT / "docs" / "calls.svg").read_text("utf-8")
    parser = _Quiet()
    parser.feed(picture)
    assert parser.fetched == []
    assert "<script" not in picture
    assert "prefers-color-scheme:dark" in picture
    for way in ("stock LiveKit", "the guide’s rules", "this filter"):
        assert way in picture


def test_the_default_configuration_needs_no_file() -> None:
    """As the page on an agent's parts says."""
    assert load_config().lexicon.languages == ("en",)


# -- the site -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "status"),
    [("", 0), ("[gone](gone.md)", 1), ("[gone](words.md#gone)", 1), ("[off](/words.md)", 1)],
)
def test_the_site_is_built_unless_a_link_leads_nowhere(
    line: str, status: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With whatever else of the checkout the pages link to, and nothing to fetch."""
    checkout = tmp_path / "checkout"
    for name in ("README.md", "CHANGELOG.md", "CONTRIBUTING.md"):
        checkout.joinpath(name).parent.mkdir(parents=True, exist_ok=True)
        checkout.joinpath(name).write_text("# A page\n\n[Words](docs/words.md#of-all)\n", "utf-8")
    words = checkout / "docs" / "words.md"
    words.parent.mkdir()
    words.write_text(f"# Words\n\n## Of all\n\n[code](../code.py) {line}\n", "utf-8")
    checkout.joinpath("code.py").write_text("", "utf-8")
    monkeypatch.setattr(site, "ROOT", checkout)
    result = CliRunner().invoke(site.app, ["-o", str(tmp_path / "site")])
    assert result.exit_code == status, result.output
    assert (tmp_path / "site" / "code.py").exists()
    page = (tmp_path / "site" / "docs" / "words.html").read_text("utf-8")
    assert not re.search(r"(src|href)=\"(https?:)?//", page)
