"""Tells from what a pipeline reports about its bot when the bot holds the floor. Pure.

asked        the user aggregator pushed a context            |- pending -|
generating   the model's reply has begun, and not ended          |-------------|
reply open   its end has not come out of the output              |-----------------------|
voice open   the synthesiser has begun, and not ended                |-------------------|
speaking     the output plays                                            |- audible -----|
tools        function calls that the model waits for       |- tool -|
"""

from __future__ import annotations

from dataclasses import dataclass, field

STUCK_S = 5.0
"""A reply that is neither made nor heard for so long is not coming: its end got lost."""
TOOL_GAP_S = 0.5
"""How soon after a tool's result the model goes on, where it does."""


@dataclass(slots=True)
class BotFloor:
    """What the bot is about.

    Attributes:
        asked: A context is on its way to the model.
        generating: The model is making a reply.
        reply_open: The end of a reply has not been played yet.
        voices_open: Stretches of speech that the synthesiser has begun and the output not ended.
        speaking: The bot is heard.
        tools: Function calls that the model waits for, by their ids.
    """

    asked: bool = False
    generating: bool = False
    reply_open: bool = False
    voices_open: int = 0
    speaking: bool = False
    tools: set[str] = field(default_factory=set)
    _changed_at: float = 0.0
    _owed_until: float | None = None

    @property
    def held(self) -> bool:
        """Whether the bot holds the floor."""
        return self.speaking or self._making or bool(self.tools) or self._owed_until is not None

    @property
    def tool_alone(self) -> bool:
        """Whether a tool runs, and nothing is being said. Its call's own end may be on its way."""
        return bool(self.tools) and not (self.speaking or self.generating or self.voices_open)

    @property
    def deadline(self) -> float | None:
        """When `expire` has something to do."""
        if self._owed_until is not None:
            return self._owed_until
        waits = self._making and not (self.speaking or self.generating or self.tools)
        return self._changed_at + STUCK_S if waits else None

    def expire(self, t: float) -> None:
        """Gives up on what is not coming."""
        deadline = self.deadline
        if deadline is None or t < deadline:
            return
        if self._owed_until is not None:
            self._owed_until = None
        else:
            self.asked = self.reply_open = False
            self.voices_open = 0

    def context_pushed(self, t: float) -> None:
        """The model is about to be asked."""
        self._change(t)
        self.asked = True

    def reply_begun(self, t: float) -> None:
        """The model's reply begins."""
        self._change(t)
        self.asked = False
        self.generating = self.reply_open = True
        self._owed_until = None

    def reply_made(self, t: float) -> None:
        """The model's reply is complete."""
        self._change(t)
        self.generating = False

    def reply_played(self, t: float) -> None:
        """The end of a reply came out of the output."""
        self._change(t)
        self.reply_open = self.generating

    def voice_begun(self, t: float) -> None:
        """The synthesiser begins."""
        self._change(t)
        self.voices_open += 1

    def voice_played(self, t: float) -> None:
        """The end of what the synthesiser has begun came out of the output."""
        self._change(t)
        self.voices_open = max(self.voices_open - 1, 0)

    def started(self, t: float) -> None:
        """The bot is heard."""
        self._change(t)
        self.speaking = True

    def stopped(self, t: float) -> None:
        """The bot is no longer heard."""
        self._change(t)
        self.speaking = False
        if not self.generating:
            self.reply_open = False

    def tools_begun(self, t: float, *calls: str) -> None:
        """The model has called functions."""
        self._change(t)
        self.tools.update(calls)

    def tool_ended(self, t: float, call: str) -> None:
        """A function has returned, failed or been cancelled, or the model doesn't wait for it."""
        if call in self.tools:
            self._change(t)
            self.tools.discard(call)
            if not self.tools:
                self._owed_until = t + TOOL_GAP_S

    def interrupted(self, t: float) -> None:
        """All that was to be said has been dropped."""
        self._change(t)
        self.asked = self.generating = self.reply_open = False
        self.voices_open = 0
        self.tools.clear()
        self._owed_until = None

    @property
    def _making(self) -> bool:
        return self.asked or self.generating or self.reply_open or self.voices_open > 0

    def _change(self, t: float) -> None:
        self._changed_at = t
