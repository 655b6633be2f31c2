"""The front desk of a hotel, as an example of an agent that is filtered.

Two lines do it: the mixin before `Agent` in the class below, and in `agent/session.py`

    install(session, config="hotel_booking")

From then on the desk talks on through "mhm", stops at "stop", and loses no answer. Two of its tools
enter a stage of the conversation, which the domain's file describes under `stages:`.
"""

from __future__ import annotations

from livekit.agents import Agent, ToolError, function_tool, llm

from filters import BackchannelSTTFilterMixin, FilterConfig, StageVisit, stage

from .hotel import (
    GREETING,
    HOTEL,
    INSTRUCTIONS,
    LONGEST_STAY,
    Booking,
    Books,
    NotBookedError,
    RoomKind,
    read_back,
)

__all__ = ["GREETING", "HOTEL", "INSTRUCTIONS", "LONGEST_STAY", "Booking", "FrontDesk", "RoomKind"]


class FrontDesk(BackchannelSTTFilterMixin, Agent):
    """Books rooms. Its books are closed with the call: they are for show.

    Args:
        config: What the session was given; without it the mixin makes ready the default, too.
    """

    def __init__(self, config: FilterConfig | None = None) -> None:
        self.filter_config = config
        super().__init__(instructions=INSTRUCTIONS)
        self._books = Books()
        self._stage: StageVisit | None = None

    @property
    def bookings(self) -> list[Booking]:
        """What the caller has booked, oldest first."""
        return self._books.bookings

    async def on_enter(self) -> None:
        """Greets the caller; an "mhm" meanwhile is neither an interruption nor a turn."""
        self.session.say(GREETING)

    async def on_user_turn_completed(
        self, turn_ctx: llm.ChatContext, new_message: llm.ChatMessage
    ) -> None:
        """Ends the stage that a tool has entered: what it waited for has been said."""
        self._enter_stage(None)
        await super().on_user_turn_completed(turn_ctx, new_message)

    def _enter_stage(self, name: str | None) -> None:
        """Enters a stage in place of the last one, until the caller's next turn."""
        if self._stage is not None:
            self._stage.leave()
        # a domain without this stage will do
        entered = None if name is None else stage(self.session, name, required=False).enter()
        self._stage = entered

    @function_tool
    async def read_back(self, room: RoomKind, nights: int) -> str:
        """Have a booking read back to the caller before it is made. Say just what this returns.

        Args:
            room: The kind of room.
            nights: The number of nights.
        """
        self._enter_stage("confirmation")  # an "okay" from here on is a yes
        return read_back(room, nights)

    @function_tool
    async def ask_for_email(self) -> str:
        """Before the caller is asked to spell an email address. Say just what this returns."""
        self._enter_stage("dictation")  # the pauses between the letters don't end the turn
        return "Please spell your email address for me."

    @function_tool
    async def book_room(self, room: RoomKind, nights: int) -> str:
        """Book a room for the caller, once they have said which kind and for how many nights.

        Args:
            room: The kind of room.
            nights: The number of nights.
        """
        try:
            return self._books.book(room, nights)
        except NotBookedError as error:
            raise ToolError(str(error)) from error
