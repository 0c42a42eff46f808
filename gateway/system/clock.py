"""The wall clock with step detection.

Wall-clock time for a box without a battery-backed clock.

A Pi starts at the time it was switched off, or in 1970, and jumps when it hears from a time server. Nothing here may
jump with it: `Clock.now_ns` goes on from where it was by the monotonic clock, and `Clock.step_ns` tells the trunk,
once, how far off wall-clock time was, so that timers, rows and alerts move together and no duration changes.
"""

import ctypes
import time
from pathlib import Path

NS_PER_S = 1_000_000_000
STEP_NS = 2 * NS_PER_S  # smaller differences are drift and are followed silently
BUILT_NS = 1_793_000_000 * NS_PER_S  # 2026-10-26: no box runs this before it was written
TIMESYNC = Path("/run/systemd/timesync")
SYNC_GRACE_S = 900.0  # of the machine: a home without internet must not wait for ever for a time server
STA_UNSYNC = 0x40  # adjtimex(2): nobody keeps the kernel's clock right


class _Timex(ctypes.Structure):
    """struct timex of adjtimex(2) as far as its status; what follows is longer than any kernel's."""

    _fields_ = (
        ("modes", ctypes.c_uint),
        ("offset", ctypes.c_long),
        ("freq", ctypes.c_long),
        ("maxerror", ctypes.c_long),
        ("esterror", ctypes.c_long),
        ("status", ctypes.c_int),
        ("constant", ctypes.c_long),
        ("precision", ctypes.c_long),
        ("tolerance", ctypes.c_long),
        ("time", ctypes.c_long * 2),
        ("tick", ctypes.c_long),
        ("rest", ctypes.c_long * 40),
    )


def kernel_synchronised() -> bool:
    """Whether any time service (timesyncd, chrony, ntpd, the host of a container) keeps the kernel's clock right.

    Asks and sets nothing. False where the kernel does not answer.
    """
    timex = _Timex(modes=0)
    return ctypes.CDLL(None).adjtimex(ctypes.byref(timex)) >= 0 and not timex.status & STA_UNSYNC


class Clock:
    """UTC nanoseconds that only move forward, and the monotonic seconds beside them."""

    def __init__(self) -> None:
        self._floor_ns = BUILT_NS
        wall, mono = time.time_ns(), time.monotonic_ns()
        self._confirmed = False
        self._offset_ns = max(wall, self._floor_ns) - mono
        self._last_ns = 0

    def at_least(self, floor_ns: int) -> None:
        """It cannot be earlier than `floor_ns` (the newest row of the journal), unless a time server says so."""
        self._floor_ns = max(floor_ns, self._floor_ns)
        wall, mono = time.time_ns(), time.monotonic_ns()
        if not self._believable(wall):
            self._offset_ns = max(self._offset_ns, self._floor_ns - mono)

    def now_ns(self) -> int:
        """UTC nanoseconds since the epoch; strictly increasing, but for a step. Asked from several threads."""
        now_ns, last_ns = time.monotonic_ns() + self._offset_ns, self._last_ns
        if last_ns - now_ns < STEP_NS:  # further ahead: it is from before a step back
            now_ns = max(last_ns + 1, now_ns)
        self._last_ns = now_ns
        return now_ns

    def monotonic_s(self) -> float:
        """Seconds for durations and time-outs."""
        return time.monotonic()

    def of_wall(self, time_ns: int) -> int:
        """What another program's wall-clock time is on this clock."""
        return time_ns

    def step_ns(self) -> int:
        """How far wall-clock time moved against ours since the last call; 0 unless it was a step. Follows it."""
        wall, mono = time.time_ns(), time.monotonic_ns()
        if wall < self._floor_ns and not self._believable(wall):
            return 0  # before we were built or last ran: the clock has not been set yet
        delta = wall - mono - self._offset_ns
        self._offset_ns += delta
        return delta if abs(delta) >= STEP_NS else 0

    def confirmed(self) -> bool:
        """Whether a time server has set this clock. It stays so: from then on the monotonic clock keeps it right."""
        if not self._confirmed and time.time_ns() >= BUILT_NS:
            self._confirmed = (TIMESYNC / "synchronized").exists() or kernel_synchronised()
        return self._confirmed

    def trusted(self) -> bool:
        """Whether times may leave the home: stores drop points that lie in the future or before their retention."""
        return self._believable(time.time_ns())

    def _believable(self, wall_ns: int) -> bool:
        return wall_ns >= BUILT_NS and (self.confirmed() or self.monotonic_s() > SYNC_GRACE_S)


class Deadline:
    """When something must be over, by the monotonic clock."""

    def __init__(self, seconds: float) -> None:
        self._until_s = time.monotonic() + seconds

    def left_s(self) -> float:
        """Seconds that are left. Raises TimeoutError where there are none."""
        if (left_s := self._until_s - time.monotonic()) <= 0:
            raise TimeoutError("timed out")
        return left_s


class SimulatedClock(Clock):
    """The clock of a played home: stands at `start_ns` until `begin`, then runs `speed` times as fast as ours.

    Durations of our own (commits, back-off) stay real: `monotonic_s` is the machine's.
    """

    def __init__(self, start_ns: int, speed: float) -> None:
        super().__init__()
        self.speed = speed
        self._start_ns = start_ns
        self._began_ns = 0  # monotonic; 0 until `begin`

    def begin(self, time_ns: int) -> None:
        """It is `time_ns` now, and time passes from now on."""
        self._start_ns, self._began_ns = time_ns, time.monotonic_ns()

    def now_ns(self) -> int:
        """Simulated UTC nanoseconds; strictly increasing."""
        passed_ns = time.monotonic_ns() - self._began_ns if self._began_ns else 0
        self._last_ns = max(self._last_ns + 1, self._start_ns + int(passed_ns * self.speed))
        return self._last_ns

    def of_wall(self, time_ns: int) -> int:
        """A wall-clock time of a moment ago as a simulated one."""
        ago_ns = max(0, time.time_ns() - time_ns)
        return max(self._start_ns, self.now_ns() - int(ago_ns * self.speed))

    def step_ns(self) -> int:
        """Nobody sets a simulated clock."""
        return 0

    def confirmed(self) -> bool:
        """Always."""
        return True

    def trusted(self) -> bool:
        """Always."""
        return True
