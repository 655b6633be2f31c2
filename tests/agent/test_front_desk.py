"""The front desk's books, and the process that it works in."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from livekit.agents import AgentSession, JobExecutorType, JobProcess, ToolError, llm

from agent.front_desk import LONGEST_STAY, Booking, FrontDesk
from agent.recognition import VAD_THRESHOLD
from agent.rehearsal import recogniser_for
from agent.server import prewarm
from agent.settings import read_settings
from filters import FilterConfig
from filters.configuration import read_config
from filters.livekit import SessionFilter
from tests.fake_session import FakeSession

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

CONFIG = FilterConfig.from_mapping({"domain": "test"})


def book(desk: FrontDesk) -> Callable[..., Awaitable[str]]:
    """The tool, as the model calls it."""
    return desk.book_room


async def test_a_room_is_booked() -> None:
    """The tool writes it down and says what it wrote."""
    desk = FrontDesk(CONFIG)
    assert await book(desk)("double", 1) == "The double is booked for 1 night."
    assert await book(desk)("suite", 2) == "The suite is booked for 2 nights."
    assert desk.bookings == [Booking("double", 1), Booking("suite", 2)]


@pytest.mark.parametrize("nights", [0, -1, LONGEST_STAY + 1])
async def test_a_stay_has_a_length(nights: int) -> None:
    """The model is told what it may ask for, and nothing is booked."""
    desk = FrontDesk(CONFIG)
    with pytest.raises(ToolError, match="1 to 30 nights"):
        await book(desk)("single", nights)
    assert not desk.bookings


async def test_there_is_one_suite() -> None:
    """A second booking of it is refused."""
    desk = FrontDesk(CONFIG)
    await book(desk)("suite", 1)
    with pytest.raises(ToolError, match="only one"):
        await book(desk)("suite", 1)
    assert len(desk.bookings) == 1


def process() -> JobProcess:
    """A process as a worker makes it."""
    return JobProcess(executor_type=JobExecutorType.PROCESS, user_arguments=None, http_proxy=None)


@pytest.fixture
def _environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "inn.yaml").write_text("domain: inn\n", "utf-8")
    monkeypatch.setenv("LIVEKIT_FILTERS_CONFIG_DIR", str(tmp_path))
    monkeypatch.setenv("AGENT_OFFLINE", "1")
    monkeypatch.setenv("AGENT_DOMAIN", "inn")
    monkeypatch.delenv("AGENT_VAD", raising=False)


@pytest.mark.usefixtures("_environment")
def test_a_process_has_its_configuration_ready() -> None:
    """The default domain is loaded before there is a call; no VAD is."""
    prewarmed = process()
    prewarm(prewarmed)
    assert prewarmed.userdata.keys() == {"config"}
    assert prewarmed.userdata["config"].domain == "inn"


@pytest.mark.usefixtures("_environment")
def test_a_process_has_a_vad_where_one_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """Silero is loaded before there is a call."""
    monkeypatch.setenv("AGENT_VAD", "silero")
    prewarmed = process()
    prewarm(prewarmed)
    assert prewarmed.userdata["vad"].provider == "ONNX"
    assert 0 < VAD_THRESHOLD < 1


async def test_the_recogniser_is_started_where_there_is_none() -> None:
    """Offline without an address: one runs in the process, with the key that the plugin sends."""
    offline = read_settings({"AGENT_OFFLINE": "1"})
    async with recogniser_for(offline) as settings:
        assert (settings.assemblyai_base_url or "").startswith("ws://127.0.0.1:")
        assert settings.assemblyai_api_key == offline.assemblyai_api_key
    elsewhere = read_settings({"AGENT_OFFLINE": "1", "ASSEMBLYAI_BASE_URL": "ws://127.0.0.1:9"})
    async with recogniser_for(elsewhere) as settings:
        assert settings is elsewhere
    online = read_settings({"ASSEMBLYAI_API_KEY": "aai", "OPENAI_API_KEY": "oai"})
    async with recogniser_for(online) as settings:
        assert settings is online


# -- stages --------------------------------------------------------------------------------------


class AtWork(FrontDesk):
    """A desk in a session on paper."""

    def __init__(self, config: FilterConfig) -> None:
        super().__init__(config)
        self.call = FakeSession()
        self.filter = SessionFilter.of(self.call.real, config)

    @property
    def session(self) -> AgentSession[Any]:
        """The session."""
        return self.call.real

    def stages(self) -> list[str]:
        """The stages that the call is in."""
        return list(self.filter.stages.names)

    async def hear(self, text: str) -> None:
        """The caller's turn is over."""
        message = llm.ChatMessage(role="user", content=[text])
        await self.on_user_turn_completed(llm.ChatContext.empty(), message)


STAGED = FilterConfig.from_mapping(
    {
        "domain": "test",
        "stages": {
            "confirmation": {"backchannels": {"remove": ["okay"]}},
            "dictation": {"answer_prompts": ["please spell"]},
        },
    }
)


async def test_a_booking_is_read_back_in_the_stage_of_confirmation() -> None:
    """It lasts until the caller has answered."""
    desk = AtWork(STAGED)
    tool: Any = desk.read_back
    assert (await tool("suite", 2)).endswith("Is that right?")
    assert "for 1 night," in await tool("suite", 1)
    assert desk.stages() == ["confirmation"]
    await desk.hear("Okay.")
    assert desk.stages() == []


async def test_an_email_is_spelled_in_the_stage_of_dictation() -> None:
    """It takes the place of the stage before."""
    desk = AtWork(STAGED)
    tools: list[Any] = [desk.read_back, desk.ask_for_email]
    await tools[0]("suite", 2)
    await tools[1]()
    assert desk.stages() == ["dictation"]
    await desk.hear("A, B, at example dot com.")
    await desk.hear("Thank you.")
    assert desk.stages() == []


async def test_a_domain_without_these_stages_will_do() -> None:
    """The desk says the same."""
    desk = AtWork(CONFIG)
    tool: Any = desk.ask_for_email
    assert await tool() == "Please spell your email address for me."
    assert desk.stages() == []


def test_the_shipped_domain_has_the_desk_s_stages() -> None:
    """By the names that the desk enters."""
    config = read_config(Path(__file__).parents[2] / "config" / "hotel_booking.yaml")
    assert {"confirmation", "dictation"} <= set(config.stages)
