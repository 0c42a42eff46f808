"""Message rates of devices.

How much each device says in a minute: one that never stops is told before the card is worn out by it.

A radar that reports ten times a second is well; a pair of devices that answer each other, a sketch without a pause or a
stranger who writes to the broker says far more. Nothing is dropped because of it.
"""

MOST_A_MINUTE = 1200  # messages of one device, 20 a second
SENDERS = 512
Sender = tuple[str, str]  # the configured device, and the device's own address behind it


class Rates:
    """Messages of the minute under way, by sender; those without a place among SENDERS count together."""

    def __init__(self) -> None:
        self._counts: dict[Sender, int] = {}
        self.loud: tuple[Sender, ...] = ()  # in the minute that ended last

    def count(self, device: str, address: str) -> None:
        """A message came."""
        sender = (device, address)
        if sender not in self._counts and len(self._counts) >= SENDERS:
            sender = (device, "")
        self._counts[sender] = self._counts.get(sender, 0) + 1

    def end_minute(self) -> None:
        """The minute ended."""
        self.loud = tuple(sender for sender, count in self._counts.items() if count > MOST_A_MINUTE)
        self._counts.clear()
