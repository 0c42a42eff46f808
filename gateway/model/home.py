"""The home: sensors, channels and samples.

The home as the engine knows it: sensors, the channels they turned out to have, and where readings belong.

A sensor is a logical place. Replacing the device behind it changes its address in the configuration and nothing else:
channels are numbered by (sensor, quantity), the numbers are kept in the journal, and history goes on.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from drivers.kit.quantity import QUANTITIES
from rules.terms.channel import Channel

MAX_CHANNELS = 512
"""A home has some 40 sensors with a handful of quantities each; more is a fault or an attack, and is refused."""

TURNABLE = frozenset({"contact_open", "presence", "in_bed"})
"""Quantities a sensor may mean the other way round."""

BRIDGE = "bridge"
"""The address under which an MQTT device's own bridge reports whether it is online."""

SUSPECT, STALE, LATE, UNCONFIRMED = 1, 2, 4, 8
"""Flags of a stored reading: not plausible; not news; older than what was already summarised; taken before a time
server had confirmed the clock, so the time may be off by a step nobody ever heard of."""


class Sample(NamedTuple):
    """A reading that has found its channel."""

    time_ns: int
    channel: int
    value: float
    flags: int = 0


@dataclass(frozen=True, slots=True)
class Sensor:
    """A logical place in the home."""

    name: str
    room: str
    device: str  # the configured device it hangs on
    address: str = ""  # the device's own name on its link
    silent_after_s: float = 0.0  # 0: learned
    invert: bool = False  # what it says of itself as yes or no is the other way round
    role: str = ""  # as declared


@dataclass(slots=True)
class Home:
    """Sensors of one home and the channels seen so far. Channel numbers are positions in `channels`."""

    id: str
    sensors: Sequence[Sensor]
    channels: list[Channel] = field(default_factory=list)
    inverted: set[int] = field(default_factory=set)  # channels whose yes is a no
    _numbers: dict[tuple[str, str, str], int] = field(default_factory=dict)
    _places: Mapping[tuple[str, str], Sensor] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._places = {(s.device, s.address): s for s in self.sensors}

    def sensor(self, device: str, address: str) -> Sensor | None:
        """The sensor behind an address. A serial line's only sensor needs none."""
        return self._places.get((device, address)) or (self._places.get((device, "")) if address == device else None)

    def channel(self, device: str, address: str, quantity: str) -> int:
        """The channel's number, given at first sight; -1 where no sensor, no such quantity, or no room for more."""
        key = (device, address, quantity)
        number = self._numbers.get(key, -1)
        if number >= 0:
            return number
        sensor = self.sensor(device, address)
        if sensor is None or quantity not in QUANTITIES:
            return -1
        channel = Channel(sensor.name, sensor.room, quantity, QUANTITIES[quantity].kind.value)
        number = next(
            (i for i, c in enumerate(self.channels) if (c.sensor, c.quantity) == (channel.sensor, quantity)), -1
        )
        if number < 0:
            if len(self.channels) >= MAX_CHANNELS:
                return -1
            self.channels.append(channel)
            number = len(self.channels) - 1
        self._numbers[key] = number
        if sensor.invert and quantity in TURNABLE:
            self.inverted.add(number)
        return number

    def remember(self, channels: Iterable[tuple[int, Channel]]) -> None:
        """Take over the numbering of an earlier run, (number, channel) in any order.

        A sensor that moved to another room is shown in the room it is configured in today.
        """
        rooms = {sensor.name: sensor.room for sensor in self.sensors}
        for number, channel in sorted(channels):
            if number != len(self.channels):
                raise ValueError(f"channel {number} is missing before {channel.id} in the journal")
            self.channels.append(channel._replace(room=rooms.get(channel.sensor, channel.room)))
