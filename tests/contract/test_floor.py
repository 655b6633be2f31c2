"""Who holds the floor, as LiveKit's public state tells it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from livekit.agents import Agent, AgentSession, function_tool

from agent.offline.llm import ToolCall
from tests.live.board import SETTINGS, Board, Setting
from tests.live.call import STATEMENT, Call

from .assumption import Assumption, bare_call

if TYPE_CHECKING:
    from livekit.agents.voice import SpeechHandle

board = Board()
scenario = board.scenario

RELEASE_QUIET_S = 0.25
"""The filter takes a shorter gap between two speeches for one floor."""


class Watch:
    """Notes each speech of a session, and looks at its floor again and again."""

    def __init__(self, session: AgentSession[Any]) -> None:
        self.session = session
        self.handles: list[SpeechHandle] = []
        self.scheduled_when_created: list[bool] = []
        self.freed_for_s = 0.0
        self._free_since: float | None = None
        session.on("speech_created", self._on_created)

    def _on_created(self, event: Any) -> None:
        self.handles.append(event.speech_handle)
        self.scheduled_when_created.append(event.speech_handle.scheduled)

    @property
    def free(self) -> bool:
        """No speech is current, and none that was created is still to be done."""
        running = [handle for handle in self.handles if not handle.done()]
        return self.session.current_speech is None and not running

    async def until_heard(self, call: Call, *texts: str) -> None:
        """Looks every few milliseconds until the agent has said the last; sums up the free ones."""

        def heard() -> bool:
            now = asyncio.get_running_loop().time()
            if not self.free or len(call.agent_turns) == len(texts):
                self._free_since = None
            elif self.handles:
                self._free_since = self._free_since or now
                self.freed_for_s = max(self.freed_for_s, now - self._free_since)
            return call.agent_turns == list(texts)

        await call.until(heard, f"the agent to say {texts}")


@scenario(settings=SETTINGS)
async def the_text_of_a_turn_comes_before_its_end(setting: Setting) -> None:
    """conversation_item_added, then agent_state_changed."""
    assumption = Assumption(
        "at the natural end of a speech its text is added to the conversation before the agent's "
        "state leaves speaking",
        "the filter can't tell whether the turn asked when it ends, and decides about answers a "
        "moment late; a delay above release_quiet_s would lose them (law 6)",
    )
    async with bare_call(setting) as call:
        await call.speaking()
        await call.idle()
        told = [
            "text" if name == "conversation_item_added" else "end"
            for name, event in call.events
            if (name == "conversation_item_added" and event.item.type == "message")
            or (name == "agent_state_changed" and event.old_state == "speaking")
        ]
        assumption.holds(told == ["text", "end"], told)


@scenario(settings=SETTINGS)
async def a_speech_is_done_and_then_current_no_more(setting: Setting) -> None:
    """The end of the floor."""
    current = Assumption(
        "say() makes its speech current before it is heard, and it stays so until it is done",
        "the filter takes the floor for free while the agent talks, and lets backchannels through "
        "(law 2)",
    )
    ended = Assumption(
        "session.current_speech is None within 0.1 s of the handle's done callback",
        "held words are released late, or never (laws 5 and 6)",
    )
    async with bare_call(setting) as call:
        handle = await call.speaking()
        done_at: list[float] = []
        handle.add_done_callback(lambda _: done_at.append(asyncio.get_running_loop().time()))
        current.holds(call.session.current_speech is handle, call.session.current_speech)
        await ended.comes_true(call, lambda: call.session.current_speech is None, within_s=5.0)
        free_at = asyncio.get_running_loop().time()
        current.holds(handle.done() and call.agent_turns == [STATEMENT], call.summary())
        await ended.comes_true(call, lambda: bool(done_at))
        ended.holds(free_at - done_at[0] < 0.1, free_at - done_at[0])


@scenario(settings=SETTINGS)
async def a_queued_speech_follows_without_a_gap(setting: Setting) -> None:
    """Two say() in a row are one floor."""
    assumption = Assumption(
        "between two queued speeches there is less than release_quiet_s without a current speech",
        "the filter releases held words between them, and the second is cut off",
    )
    scheduled = Assumption(
        "a queued speech is not done and is scheduled before it becomes current",
        "the filter doesn't count it, and takes the floor for free between the two",
    )
    async with bare_call(setting) as call:
        watch = Watch(call.session)
        call.session.say("Let me see.")
        second = call.session.say("We have two rooms.")
        await call.for_s(0.1)
        scheduled.holds(second.scheduled and not second.done(), second)
        await watch.until_heard(call, "Let me see.", "We have two rooms.")
        assumption.holds(watch.freed_for_s < RELEASE_QUIET_S, watch.freed_for_s)


class ToolAgent(Agent):
    """An agent with a slow tool."""

    def __init__(self) -> None:
        super().__init__(instructions="Test.")
        self.running = False

    @function_tool
    async def look_up(self) -> str:
        """Looks something up."""
        self.running = True
        await asyncio.sleep(0.8)
        self.running = False
        return "two rooms"


@scenario(settings=SETTINGS)
async def while_a_tool_runs_no_speech_is_current_and_its_speech_is_not_done(
    setting: Setting,
) -> None:
    """How the filter knows a running tool."""
    tool = Assumption(
        "while a tool runs session.current_speech is None and the speech that called it not done",
        "the filter takes a tool for a pause of the agent or for a free floor: a word said "
        "meanwhile silences the tool's reply (law 5)",
    )
    reply = Assumption(
        "from the tool's end to its reply there is less than release_quiet_s in which every "
        "speech is done",
        "the filter releases held words before the tool's reply, and that is never spoken",
    )
    agent = ToolAgent()
    script = (("rooms", ToolCall("look_up", then="We have {output}.")),)
    async with bare_call(setting, agent, script=script) as call:
        watch = Watch(call.session)
        call.stt.utter("Any rooms left?")
        await call.until(lambda: agent.running, "the tool to run")
        await call.for_s(0.2)
        tool.holds(call.session.current_speech is None, call.session.current_speech)
        tool.holds(any(not handle.done() for handle in watch.handles), watch.handles)
        await watch.until_heard(call, "We have two rooms.")
        reply.holds(watch.freed_for_s < RELEASE_QUIET_S, watch.freed_for_s)


@scenario()
async def a_preemptive_reply_is_created_and_not_scheduled(setting: Setting) -> None:
    """It may never be spoken."""
    assumption = Assumption(
        "a preemptive reply is announced by speech_created, and is neither scheduled nor current "
        "until the turn is committed",
        "the filter takes the floor for held while the caller is still talking, and filters their "
        "words as an overlap (law 1)",
    )
    async with bare_call(setting, preemptive=True) as call:
        watch = Watch(call.session)
        call.stt.start()
        call.stt.interim("I want breakfast")
        call.stt.preflight("I want breakfast")
        await assumption.comes_true(call, lambda: bool(watch.handles))
        await call.for_s(0.2)
        assumption.holds(not any(handle.scheduled for handle in watch.handles), watch.handles)
        assumption.holds(call.session.current_speech is None, call.session.current_speech)
        call.stt.final("I want breakfast")
        call.stt.end()
        await assumption.comes_true(call, lambda: any(handle.scheduled for handle in watch.handles))


@scenario()
async def a_speech_is_announced_before_it_is_current(setting: Setting) -> None:
    """The filter looks for a current speech right after speech_created."""
    assumption = Assumption(
        "speech_created is emitted for say(), with the handle, before the speech is heard",
        "the filter learns of a speech only when the agent is heard: what is said before its first "
        "frame is no overlap (law 2)",
    )
    async with bare_call(setting, first_byte_s=0.5) as call:
        watch = Watch(call.session)
        handle = call.session.say(STATEMENT)
        await assumption.comes_true(call, lambda: watch.handles == [handle])
        await assumption.comes_true(call, lambda: call.session.current_speech is handle)
        assumption.holds(call.session.agent_state != "speaking", call.session.agent_state)


@scenario()
async def the_session_tells_what_the_filter_goes_by(setting: Setting) -> None:
    """Options and capabilities."""
    assumption = Assumption(
        "session.options.interruption has min_words, resume_false_interruption and "
        "false_interruption_timeout, and the audio output can_pause",
        "the filter passes everything through (see filters/livekit/compatibility.py)",
    )
    async with bare_call(setting) as call:
        options = call.session.options.interruption
        assumption.holds(options["min_words"] == 2, options)
        assumption.holds(options["resume_false_interruption"] is True, options)
        assumption.holds(options["false_interruption_timeout"] == 0.5, options)
        audio = call.session.output.audio
        assumption.holds(audio is not None and audio.can_pause, audio)
        assumption.holds(call.session.vad is None, call.session.vad)


test_contract = board.test()
