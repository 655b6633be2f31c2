"""The front desk of a hotel, as an example of an agent that is filtered.

Two lines do it: the mixin before `Agent` in the class below, and in `agent/session.py`

    install(session, config="hotel_booking")

From then on the desk talks on through "mhm", stops at "stop", and loses no answer.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from livekit.agents import Agent, ToolError, function_tool

from filters import BackchannelSTTFilterMixin, FilterConfig

HOTEL = "Harbour Hotel"
GREETING = (
    f"Welcome to the {HOTEL}. We have single rooms, double rooms and a suite. How can I help?"
)
INSTRUCTIONS = f"""You are the front desk of the {HOTEL}, on the telephone.
Answer in one or two short sentences, in plain words without lists or symbols: they are spoken.
Help with rooms and bookings. Ask for the kind of room and the number of nights, one at a time,
then book. End with a question where you need an answer, and with none where you don't.
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

    async def on_enter(self) -> None:
        """Greets the caller; an "mhm" meanwhile is neither an interruption nor a turn."""
        self.session.say(GREETING)

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
