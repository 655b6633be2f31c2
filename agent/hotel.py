"""The hotel that the sample agents answer for: what they say, and its books. Knows no framework."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

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


class NotBookedError(Exception):
    """A room can't be booked; the message is for the caller."""


@dataclass
class Books:
    """What one caller has booked, oldest first. They are closed with the call: it is for show."""

    bookings: list[Booking] = field(default_factory=list)

    def book(self, room: RoomKind, nights: int) -> str:
        """Books a room; what to say.

        Raises:
            NotBookedError: It can't be booked.
        """
        if not 1 <= nights <= LONGEST_STAY:
            raise NotBookedError(f"Rooms are booked for 1 to {LONGEST_STAY} nights.")
        if room == "suite" and any(booking.room == "suite" for booking in self.bookings):
            raise NotBookedError("The suite is taken: there is only one.")
        self.bookings.append(Booking(room, nights))
        return f"The {room} is booked for {nights} {'night' if nights == 1 else 'nights'}."


def read_back(room: RoomKind, nights: int) -> str:
    """What the desk says before it books."""
    stay = "1 night" if nights == 1 else f"{nights} nights"
    return (
        f"That is the {room} for {stay}, with breakfast, and you can cancel until noon of the "
        "day before. Is that right?"
    )
