"""The contract between the trunk and a device driver.

A driver is one module of `drivers`, found by its name. It defines:

    LINK      "serial" or "mqtt"
    TITLE     one line an installer recognises the device by
    Options   a frozen dataclass: the driver's own configuration, every field with a default
    decoder(options) -> Decoder
    topics(options) -> tuple[str, ...]          MQTT drivers only: the subscriptions it needs
    MAX_PAYLOAD_BYTES                           its longest message, where that is more than here
    BAUD, PARITY                                serial drivers only: the line's usual settings (BAUD alone is enough)

A decoder is called with one frame after the other, in order, for one device of the configuration. It may keep
what it needs to understand the next frame (half a line, an event counter) and nothing else. It never raises for
anything a wire can say, does no I/O, and reads no clock: the frame carries its time. A message of several fields is
read within `drivers.kit.bulkhead.OneField`, so that a fault of the driver's own at one of them hides none of the
others.
"""

from collections.abc import Callable
from enum import StrEnum
from typing import NamedTuple

MAX_PAYLOAD_BYTES = 8192
"""A frame longer than this is refused unread, before any parsing."""


class Frame(NamedTuple):
    """Bytes as they arrived.

    From MQTT: one message. From a serial port: one read, so a frame may hold half a line or three; the driver's
    framing puts that together, and a recording therefore replays exactly what the port said. An empty frame says that
    the port was opened: half a line from before it belongs to nothing.
    """

    time_ns: int  # UTC nanoseconds since the epoch, when the bytes arrived
    device: str  # the configured device that delivered them
    payload: bytes
    topic: str = ""  # MQTT only
    retain: bool = False  # MQTT only: the broker's memory, not news
    receipt: int = 0  # what the source wants back once the frame is committed (an MQTT packet id); 0 for nothing
    dup: bool = False  # MQTT only: the broker may have delivered this very message before


class Reading(NamedTuple):
    """One value of one quantity from one device at one time."""

    time_ns: int
    device: str  # the device's own address on its link ("0x00158d00054a726a"), or the configured name on a serial line
    quantity: str  # a name of drivers.kit.quantity, or a field's own name where nobody has mapped it yet
    value: float  # finite; 1.0 and 0.0 for yes and no
    suspect: bool = False  # decoded, but outside the plausible range or declared doubtful by the device
    stale: bool = False  # true once, but not news: retained, repeated, or sent again after a reconnect


class ErrorKind(StrEnum):
    """Why something on the wire gave no reading. Only the last three mean trouble."""

    NOT_OURS = "not_ours"  # well formed, of another device or a message this driver has no use for
    LENGTH = "length"  # too short, too long, or cut off
    FORMAT = "format"  # not JSON, not a record, not the frame it should be
    INTEGRITY = "integrity"  # a checksum or parity does not match
    VALUE = "value"  # a field whose value makes no sense; the other fields of the message stand
    DRIVER = "driver"  # a field the driver failed at, which is the driver's own fault; the other fields stand


class DecodeError(NamedTuple):
    """What could not be read, as a value: a damaged message must not stop the good ones behind it."""

    time_ns: int
    device: str
    kind: ErrorKind
    reason: str  # one short sentence, without the payload


Decoded = list[Reading | DecodeError]
Decoder = Callable[[Frame], Decoded]
