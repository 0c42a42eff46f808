"""A channel: one quantity of one sensor."""

from typing import NamedTuple


class Channel(NamedTuple):
    """One quantity of one sensor. A sensor is a logical place and survives the device behind it."""

    sensor: str  # "kitchen-motion"
    room: str  # "kitchen"
    quantity: str  # "motion"
    kind: str  # "gauge", "event", "state", "counter"

    @property
    def id(self) -> str:
        """The name the channel has everywhere outside the arrays."""
        return f"{self.sensor}/{self.quantity}"
