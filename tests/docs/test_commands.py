"""What pages show is run as it is printed, where no other test does."""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
import sys
import textwrap
from types import SimpleNamespace
from typing import Any

import jwt
import yaml

from filters import FilterConfig
from filters.livekit import SessionFilter
from tests.docs.tables import ROOT
from tests.fake_session import FakeSession


def blocks(page: str, language: str) -> list[str]:
    """The blocks of a page in a language."""
    text = (ROOT / page).read_text("utf-8")
    return re.findall(rf"```{language}\n(.*?)```", text, flags=re.DOTALL)


def test_the_token_is_one(tmp_path: Any) -> None:
    """For the room, by the two variables."""
    [block] = [text for text in blocks("docs/self-hosting.md", "") if "AccessToken" in text]
    environment = {**os.environ, "LIVEKIT_API_KEY": "key", "LIVEKIT_API_SECRET": "s" * 40}
    shown = subprocess.run(  # noqa: S603 - what the page shows
        ["/bin/sh", "-c", f'python() {{ "$PYTHON" "$@"; }}\n{block}'],
        env={**environment, "PYTHON": sys.executable},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
        cwd=tmp_path,
    )
    claims = jwt.decode(shown.stdout.strip(), "s" * 40, algorithms=["HS256"])
    assert {"roomJoin": True, "room": "hello"}.items() <= claims["video"].items()
    assert claims["sub"] == "me"


def test_the_stages_are_entered_and_left() -> None:
    """As the page writes it, in the stages that it defines."""
    [definition] = blocks("docs/stages.md", "yaml")
    [code] = blocks("docs/stages.md", "python")
    config = FilterConfig.from_mapping({"domain": "shown", **yaml.safe_load(definition)})
    asked: list[tuple[str, ...]] = []

    async def run() -> None:
        session = FakeSession()
        session.stt = None  # type: ignore[attr-defined]  # what options a recogniser takes is tested elsewhere
        stages = SessionFilter.of(session.real, config).stages

        async def ask_for_email() -> str:
            asked.append(stages.names)
            return "me@example.com"

        body = textwrap.indent(code, "    ")
        names: dict[str, Any] = {"AskForEmail": ask_for_email}
        exec(f"async def shown(self):\n{body}\n    return visit", names)  # noqa: S102
        visit = await names["shown"](SimpleNamespace(session=session.real))
        asked.append(stages.names)
        visit.leave()
        asked.append(stages.names)

    asyncio.run(run())
    assert asked == [("dictation",), ("confirmation",), ()]
