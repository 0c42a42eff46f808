"""Decoding, binding and validation of frames.

From frames to samples: decode, bind to a sensor, check, and drop what is not news.

What cannot be used is counted by reason and shown to the installer; nothing a wire says stops what comes behind it. A
decoder that fails in a way it should not is caught here, named, and counted: the other devices stay watched.
"""

import logging
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import blake2b

from drivers.kit.contract import Decoded, DecodeError, Decoder, ErrorKind, Frame, Reading
from drivers.kit.quantity import CALLS, QUANTITIES
from drivers.kit.strict import spelled_out
from gateway.ingest.message_rates import MOST_A_MINUTE, Rates
from gateway.ingest.packet_ids import PacketIds
from gateway.model.bulkhead import item_fault
from gateway.model.home import LATE, STALE, SUSPECT, UNCONFIRMED, Home, Sample
from rules.terms.time import moved

log = logging.getLogger(__name__)

LATE_NS = 2_000_000_000  # threads race by milliseconds; older than this is a frame from the past
HOUR_NS = 3_600_000_000_000  # a driver's fault is logged, and shown as an alert, so long after it came last
CAUSES = 32  # of a driver's faults in one hour that the log tells apart
UNASSIGNED = 256
UNASSIGNED_FIELDS = 24  # of one address: a device that always finds new words must not hide the others
NEW_SESSION = ("", 0, b"")
"""Among the receipts in the journal: the broker began a new session here, and what stands before it means nothing."""


@dataclass(slots=True)
class Tally:
    """What the intake has seen since the start, for the status page."""

    frames: int = 0
    readings: int = 0
    late: int = 0  # readings older than what was taken in before them: kept, and nobody concludes anything from them
    ahead: int = 0  # frames of a recording that were stamped by a clock that was ahead
    repeats: int = 0  # frames the broker sent again after a crash or a lost connection
    errors: Counter[tuple[str, str]] = field(default_factory=Counter)  # (device, kind)
    reasons: dict[tuple[str, str], str] = field(default_factory=dict)  # the latest reason of each
    unassigned: Counter[tuple[str, str, str]] = field(
        default_factory=Counter
    )  # (device, address, quantity) nobody placed


class Intake:
    """The decoders of one home, one a device, and the memory of what was already received."""

    def __init__(self, home: Home, decoders: Mapping[str, Decoder], limits: Mapping[str, int]) -> None:
        """`limits`: the longest frame of each device in bytes."""
        self.home = home
        self.tally = Tally()
        self._decoders = decoders
        self._limits = limits
        self.clock_confirmed = True  # by a time server; readings taken before it was say so
        self._latest_ns = 0
        self._receipts = PacketIds()
        self._rates = Rates()
        self._failed: dict[str, tuple[int, str]] = {}  # device -> when its driver last failed, and at what
        self._logged: dict[tuple[str, str], int] = {}  # (device, cause) -> when the log last had it

    def remember(self, receipts: Iterable[tuple[str, int, bytes]]) -> None:
        """What an earlier run committed but may not have acknowledged: (device, receipt, digest), oldest first."""
        for row in receipts:
            if row == NEW_SESSION:
                self._receipts.clear()
            else:
                self._receipts.note(row[1], row[2])

    def forget_receipts(self) -> None:
        """The broker has begun a new session: its packet ids mean new messages."""
        self._receipts.clear()

    def digest(self, frame: Frame) -> bytes:
        """What tells a redelivered message from a new one under the same packet id."""
        return blake2b(frame.topic.encode("utf-8", "replace") + b"\0" + frame.payload, digest_size=8).digest()

    def repeated(self, frame: Frame, digest: bytes) -> bool:
        """Whether this very message was taken in before. Notes it otherwise.

        A broker sets DUP on all it delivers again. Without it the same words under the same packet id are news: a
        broker that came back from an older saved state counts its ids anew.
        """
        if frame.dup and self._receipts.known(frame.receipt, digest):
            self.tally.repeats += 1
            return True
        self._receipts.note(frame.receipt, digest)
        return False

    def take(self, frame: Frame) -> list[Sample]:
        """The samples of one frame, in the order they were said."""
        self.tally.frames += 1
        if frame.device not in self._decoders:  # in a recording of another home
            self._fault("", ErrorKind.NOT_OURS, f"no [[device]] is named {frame.device[:64]!r}")
            return []
        if len(frame.payload) > self._limits[frame.device]:
            self._fault(frame.device, ErrorKind.LENGTH, f"{len(frame.payload)} bytes are more than a message may have")
            return []
        decoded = self._decode(frame)
        self._rates.count(frame.device, decoded[0].device if decoded else "")
        samples = []
        for item in decoded:
            if isinstance(item, DecodeError):
                self._refuse(frame, item)
            elif (sample := self._place(frame, item)) is not None:
                samples.append(sample)
        self.tally.readings += len(samples)
        return samples

    def _decode(self, frame: Frame) -> Decoded:
        """What the driver makes of a frame, as far as it can be used."""
        try:
            decoded: object = self._decoders[frame.device](frame)
        except Exception as error:  # noqa: BLE001 - the bulkhead between the trunk and a driver
            self._blame(frame, f"{type(error).__name__} in the driver", error)
            return []
        if not isinstance(decoded, list):
            self._blame(frame, f"{type(decoded).__name__} instead of a list of readings")
            return []
        sound: Decoded = []
        for item in decoded:
            if fault := item_fault(item):
                self._blame(frame, fault)
            else:
                sound.append(item)
        return sound

    def _refuse(self, frame: Frame, item: DecodeError) -> None:
        if item.kind == ErrorKind.DRIVER:
            self._blame(frame, item.reason)
        else:
            self._fault(frame.device, item.kind, item.reason)

    def _blame(self, frame: Frame, cause: str, error: Exception | None = None) -> None:
        """A driver did what no driver may: counted, told as an alert, and logged once an hour for each cause."""
        self._fault(frame.device, ErrorKind.DRIVER, cause)
        cause = self.tally.reasons[frame.device, ErrorKind.DRIVER]
        self._failed[frame.device] = (frame.time_ns, cause)
        for known in [key for key, at_ns in self._logged.items() if abs(frame.time_ns - at_ns) >= HOUR_NS]:
            del self._logged[known]
        if (frame.device, cause) not in self._logged and len(self._logged) < CAUSES:
            self._logged[frame.device, cause] = frame.time_ns
            log.error("driver of %s failed: %s; the rest of the message counts", frame.device, cause, exc_info=error)

    def troubles(self, time_ns: int) -> dict[str, str]:
        """What of the way in is not well at the end of a minute, and why, by the name an alert has."""
        failed = {
            f"driver of {device}": f"it failed at a message ({cause}); what else was in it counts"
            for device, (at_ns, cause) in self._failed.items()
            if abs(time_ns - at_ns) < HOUR_NS
        }
        loud = {
            f"messages of {spelled_out(address) or device}": f"more than {MOST_A_MINUTE} a minute come from it;"
            " it wears out the card, and what is urgent waits behind them"
            for device, address in self._rates.loud
        }
        return failed | loud

    def note_ahead(self, frame: Frame) -> None:
        """A frame of a recording was stamped by a clock that was ahead; it is taken in at a time one can believe."""
        del frame
        self.tally.ahead += 1

    def advance(self, time_ns: int) -> None:
        """A minute ended: what is taken in from now on belongs to the next one, in the journal too."""
        self._latest_ns = max(self._latest_ns, time_ns - 1)
        self._rates.end_minute()

    def shift(self, delta_ns: int, since_ns: int = 0) -> None:
        """The clock was off by `delta_ns` since `since_ns`."""
        self._latest_ns = moved(self._latest_ns, delta_ns, since_ns)
        self._failed = {
            device: (moved(at_ns, delta_ns, since_ns), cause) for device, (at_ns, cause) in self._failed.items()
        }
        self._logged = {key: moved(at_ns, delta_ns, since_ns) for key, at_ns in self._logged.items()}

    def _place(self, frame: Frame, reading: Reading) -> Sample | None:
        device, (time_ns, address, quantity, value, suspect, stale) = frame.device, reading
        channel = self.home.channel(device, address, quantity)
        if channel < 0:
            self._count_unassigned(device, address, quantity)
            return None
        row = QUANTITIES[quantity]
        if channel in self.home.inverted:
            value = 1.0 - value
        flags = (STALE if stale else 0) | (0 if self.clock_confirmed else UNCONFIRMED)
        if suspect or not row.low <= value <= row.high:
            flags |= SUSPECT
        time_ns = min(time_ns, frame.time_ns)  # nobody says today what will be tomorrow
        if time_ns < self._latest_ns - LATE_NS and (stale or quantity not in CALLS):
            flags |= LATE
            self.tally.late += 1
        else:  # a nanosecond apart where one frame says a thing twice: time and channel are a reading's identity
            time_ns = self._latest_ns = max(time_ns, self._latest_ns + 1)
        return Sample(time_ns, channel, value, flags)

    def unassigned(self, most: int) -> list[tuple[tuple[str, str, str], int]]:
        """What nobody placed and how often it came: whole devices first, then fields of sensors that are known."""
        rows = self.tally.unassigned.most_common()
        return sorted(rows, key=lambda row: self.home.sensor(*row[0][:2]) is not None)[:most]

    def _count_unassigned(self, device: str, address: str, quantity: str) -> None:
        """Count what nobody placed, without end in number but not in kind."""
        unassigned, key = self.tally.unassigned, (device, spelled_out(address), spelled_out(quantity))
        if key not in unassigned:
            fields = sum(known[:2] == key[:2] for known in unassigned)
            if fields >= UNASSIGNED_FIELDS or len(unassigned) >= UNASSIGNED:
                return
        unassigned[key] += 1

    def _fault(self, device: str, kind: str, reason: str) -> None:
        self.tally.errors[device, kind] += 1
        self.tally.reasons[device, kind] = spelled_out(reason[:200])
