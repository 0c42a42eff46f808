"""Supervised worker threads.

Threads that move bytes, and their supervision. The only file that knows threads.

A worker runs a function `work(beat)` which loops until `stop` and calls `beat()` whenever it really got somewhere.
If it raises, the worker says so once, waits with jittered back-off and runs it again; the thread that thinks is told
through a `Fault`, so a leaf that is down becomes a technical alert and the rest of the home stays watched.
"""

import logging
import queue
import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from gateway.system.log_limit import CAUSES, LogLimit
from gateway.system.printable import printable

log = logging.getLogger(__name__)

BACKOFF_S = (1.0, 30.0)  # first and longest wait; a broker that returns is back within 30 s
PORT_WAIT_S = 5.0  # the longest for a port: nobody is bothered by the trying, and it reads 10 s after it is plugged in
HEALTHY_S = 60.0  # a run that lasted this long starts again with the shortest wait
HUNG_S = 90.0  # a worker without progress for longer is hung
NEWS_S = 0.2  # how often one that waits to try again looks whether something new came in

Stop = threading.Event
Queue = queue.Queue
Full = queue.Full
Empty = queue.Empty


@dataclass(frozen=True, slots=True)
class Fault:
    """A worker failed, or, with an empty reason, works again."""

    worker: str
    reason: str


class Worker:
    """One supervised thread. Public attributes are read by the thinking thread and may be a moment old."""

    def __init__(
        self,
        name: str,
        work: Callable[[Callable[[], None]], None],
        stop: Stop,
        tell: Callable[[Fault], None],
        *,
        news: Callable[[], bool] = lambda: False,
        longest_wait_s: float = 0.0,
    ):
        """`news()`: whether something came in that need not wait until what failed is tried again.

        `longest_wait_s`: between two tries; 0 for the usual.
        """
        self.name = name
        self.fault = ""  # why it is not working now; "" while it is
        self.restarts = 0
        self._work = work
        self._stop = stop
        self._tell = tell
        self._news = news
        self._reasons: set[str] = set()  # of this failure: those that take turns are said once
        self._log_limit = LogLimit()
        self._spoke = False  # the log has that it failed, so it shall have that it works again
        self._beat_s = self._began_s = time.monotonic()
        self._wait_s = BACKOFF_S[0]
        self._longest_wait_s = longest_wait_s or BACKOFF_S[1]
        self._thread = threading.Thread(target=self._supervise, name=name, daemon=True)

    def start(self) -> None:
        """Start the thread. Once."""
        self._thread.start()

    def join(self, timeout_s: float) -> bool:
        """Wait for its end; False if it still runs."""
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def stale_s(self) -> float:
        """Seconds since it last got somewhere: a hung worker shows here though its thread lives."""
        return time.monotonic() - self._beat_s

    def hung(self) -> bool:
        """Whether it has got nowhere for longer than anything it does may take."""
        return self.stale_s() > HUNG_S

    def trouble(self) -> str:
        """Why it does not do its work now, or ""."""
        return self.fault or (f"it has got nowhere for {HUNG_S:.0f} s" if self.hung() else "")

    def _beat(self) -> None:
        """Progress. What failed works again once it ran for longer than it waited: what comes and goes is not well."""
        self._beat_s = time.monotonic()
        if self.fault and self._beat_s - self._began_s >= self._wait_s:
            if self._spoke:
                log.info("%s works again", self.name)
            self._spoke = False
            self._reasons.clear()
            self.fault = ""
            self._tell(Fault(self.name, ""))

    def _supervise(self) -> None:
        while not self._stop.is_set():
            self._began_s = time.monotonic()
            ours: Exception | None = None  # a fault of the program: where it happened matters
            try:
                self._work(self._beat)
                reason = "ended"
            except OSError as error:
                reason = printable(str(error))
            except Exception as error:  # noqa: BLE001 - said below, with where it happened
                reason, ours = printable(f"{type(error).__name__}: {error}"), error
            if self._stop.is_set():
                if reason != "ended":
                    log.warning("%s failed while stopping: %s", self.name, reason, exc_info=ours)
                return
            if time.monotonic() - self._began_s > HEALTHY_S:
                self._wait_s = BACKOFF_S[0]
            self._say(reason, ours)
            self._pause(self._wait_s * random.uniform(0.5, 1.0))  # noqa: S311 - spreads reconnects, keeps no secret
            self._wait_s = min(self._wait_s * 2, self._longest_wait_s)

    def _say(self, reason: str, ours: Exception | None) -> None:
        self.restarts += 1
        known = reason in self._reasons or len(self._reasons) >= CAUSES
        if not known and self._log_limit.may_say(reason, time.monotonic()):
            self._spoke = True
            if ours:
                log.error("%s failed unexpectedly", self.name, exc_info=ours)
            log.warning(
                "%s %s: %s; trying again", self.name, "does not work" if self.fault else "stopped working", reason
            )
        if not known:
            self._reasons.add(reason)
        if reason != self.fault:
            self.fault = reason
            self._tell(Fault(self.name, reason))

    def _pause(self, seconds: float) -> None:
        """Wait in view of the watchdog: waiting to try again is not hanging."""
        until_s = time.monotonic() + seconds
        while (left_s := until_s - time.monotonic()) > 0 and not self._news():
            if self._stop.wait(min(left_s, NEWS_S)):
                return
            self._beat_s = time.monotonic()
