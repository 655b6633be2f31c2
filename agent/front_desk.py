"""The front desk of a hotel, as an example of an agent that is filtered.

Two lines do it: the mixin before `Agent` in the class below, and in `agent/session.py`

    install(session, config="hotel_booking")

From then on the desk talks on through "mhm", stops at "stop", and loses no answer. Two of its tools
enter a stage of the conversation, which the domain's file describes under `stages:`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from livekit.agents import Agent, ToolError, function_tool, llm

from filters import BackchannelSTTFilterMixin, FilterConfig, StageVisit, stage

HOTEL = "Harbour Hotel"
GREETING = (
    f"Welcome to the {HOTEL}. We have single rooms, double rooms and a suite. How can I help?"
)
INSTRUCTIONS = f"""You are the front desk of the {HOTEL}, on the telephone.
Answer in one or two short sentences, in plain words without lists or symbols: they are spoken.
Help with rooms and bookings. Ask for the kind of room and the number of nights, one at a time,
read the booking back, then book. End with a question where you need an answer, and with none where
you don't.
"""

RoomKind = Literal["single", "double", "suite"]
LONGEST_STAY = 30  # nights


@dataclass(frozen=True, slots=True)
class Booking:
    """A room that is taken, for a number of nights."""

    room: RoomKind
    nights: int


class FrontDesk(BackchannelSTTFilterMixin, Agent):
    """Books rooms. Its books are closed with the call: they are for show.

    Args:
        config: What the session was given; without it the mixin makes ready the default, too.

    Attributes:
        bookings: What the caller has booked, oldest first.
    """

    def __init__(self, config: FilterConfig | None = None) -> None:
        self.filter_config = config
        super().__init__(instructions=INSTRUCTIONS)
        self.bookings: list[Booking] = []
        self._stage: StageVisit | None = None

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
        stay = "1 night" if nights == 1 else f"{nights} nights"
        return (
            f"That is the {room} for {stay}, with breakfast, and you can cancel until noon of the "
            "day before. Is that right?"
        )

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
        if not 1 <= nights <= LONGEST_STAY:
            raise ToolError(f"Rooms are booked for 1 to {LONGEST_STAY} nights.")
        if room == "suite" and any(booking.room == "suite" for booking in self.bookings):
            raise ToolError("The suite is taken: there is only one.")
        self.bookings.append(Booking(room, nights))
        return f"The {room} is booked for {nights} {'night' if nights == 1 else 'nights'}."
