"""Redelivery detection by MQTT packet id and digest.

Which messages of the broker were already taken in, in a fixed 0.8 MB.

An MQTT packet id has 16 bits and comes round; with the digest of the message it tells a redelivery from news. Only
the last RECEIPTS messages count: more than a broker may send again (mosquitto 2.0 does not keep to its in-flight limit
when a session is resumed), and far fewer than the 65,535 after which an id stands for another message.
"""

from array import array

RECEIPTS = 16_384
_IDS = 1 << 16


class PacketIds:
    """The latest digest under each packet id, and when it came."""

    def __init__(self) -> None:
        self._digest = array("Q", bytes(8 * _IDS))
        self._number = array("Q", bytes(8 * _IDS))  # of the message that came under this id; 0 for none
        self._count = RECEIPTS

    def known(self, receipt: int, digest: bytes) -> bool:
        """Whether this very message came among the last RECEIPTS. `digest`: 8 bytes count."""
        at = receipt % _IDS
        return self._number[at] > self._count - RECEIPTS and self._digest[at] == int.from_bytes(digest[:8])

    def note(self, receipt: int, digest: bytes) -> None:
        """A message came."""
        self._count += 1
        at = receipt % _IDS
        self._digest[at], self._number[at] = int.from_bytes(digest[:8]), self._count

    def clear(self) -> None:
        """The broker began a new session: its packet ids mean new messages."""
        self._count += RECEIPTS
