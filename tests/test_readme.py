"""The agent on the first page runs as it is printed."""

from __future__ import annotations

import asyncio
import re
import subprocess
import sys
import types
from pathlib import Path
from typing import Any

import pytest
from livekit.agents import NOT_GIVEN, Agent, AgentSession

from agent.offline.llm import ScriptedLLM
from agent.offline.output import RealTimeAudioOutput
from agent.offline.tts import ToneTTS
from filters.configuration import load_config

from .live.scripted_stt import ScriptedSTT

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    """The code blocks of a language."""
    return re.findall(rf"```{language}\n(.*?)```", README, flags=re.DOTALL)


class Recorded(AgentSession[Any]):
    """A session with ears, and parts that need no key."""

    made: Recorded | None = None

    def __init__(self, **options: Any) -> None:
        self.scripted = ScriptedSTT()
        voice = ToneTTS(characters_per_second=30)
        options.update(stt=self.scripted, llm=ScriptedLLM(), tts=voice)
        super().__init__(**options)
        self.output.audio = RealTimeAudioOutput(record=False)
        Recorded.made = self


class StandIn:
    """For a part that needs a key."""

    def __init__(self, **_options: object) -> None: ...


@pytest.mark.live
async def test_the_example_agent_runs_as_printed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Its session is filtered by the hotel's words: "mhm" passes by, "stop" stops."""
    monkeypatch.setattr("livekit.agents.AgentSession", Recorded)
    for name in ("OPENAI_API_KEY", "ASSEMBLYAI_API_KEY"):
        monkeypatch.setenv(name, "none")
    monkeypatch.setenv("LIVEKIT_FILTERS_CONFIG_DIR", str(ROOT / "config"))
    file = tmp_path / "front_desk.py"
    file.write_text(blocks("python")[0], encoding="utf-8")
    module = types.ModuleType("front_desk")
    exec(compile(file.read_text(encoding="utf-8"), str(file), "exec"), vars(module))  # noqa: S102
    stand_in = types.SimpleNamespace(STT=StandIn, LLM=StandIn, TTS=StandIn)
    for plugin in ("assemblyai", "openai"):
        monkeypatch.setattr(module, plugin, stand_in)

    await module.answer(types.SimpleNamespace(room=NOT_GIVEN))
    session = Recorded.made
    assert session is not None
    try:
        assert isinstance(session.current_agent, Agent)
        handle = session.say("The sea view suite has a balcony, two baths and breakfast in bed.")
        await _until(lambda: session.agent_state == "speaking" and bool(session.scripted.streams))
        session.scripted.utter("Mhm.", interims=("mhm",))
        await asyncio.sleep(0.3)
        assert session.agent_state == "speaking"
        session.scripted.utter("Stop.", interims=("stop",))
        await _until(lambda: handle.interrupted)
    finally:
        await session.aclose()


async def _until(condition: Any) -> None:
    deadline = asyncio.get_running_loop().time() + 8.0
    while not condition():
        assert asyncio.get_running_loop().time() < deadline
        await asyncio.sleep(0.01)


def test_the_example_agent_has_livekits_commands(tmp_path: Path) -> None:
    """`python front_desk.py --help`, as a process of its own."""
    file = tmp_path / "front_desk.py"
    file.write_text(blocks("python")[0], encoding="utf-8")
    result = subprocess.run(  # noqa: S603 - this interpreter, this file
        [sys.executable, str(file), "--help"],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={"PYTHONPATH": str(Path(load_config.__code__.co_filename).parents[2])},
        timeout=60,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    for command in ("console", "dev", "start"):
        assert command in result.stdout
