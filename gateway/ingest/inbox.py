"""The inbox: a bounded queue with back-pressure.

The one bounded queue between the threads that move bytes and the thread that thinks.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from drivers.kit.contract import MAX_PAYLOAD_BYTES, Frame
from gateway.model.delivery_outcome import AttemptReport
from gateway.system.clock import Clock
from gateway.system.worker import Empty, Fault, Full, Queue, Stop

SIZE = 4096  # frames; at 8 KiB each 32 MB at the very worst, minutes of an ordinary home
LONG = 16  # of these may be longer: the listing of a bridge, sent when it starts and when a device joins

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class NewSession:
    """The broker does not remember us: its packet ids start anew."""


Item = Frame | Fault | NewSession | AttemptReport


class Inbox:
    """Producers `put`, the thinking thread `get`s. A producer that cannot wait drops and counts."""

    def __init__(self, size: int = SIZE) -> None:
        self._queue: Queue[Item] = Queue(size)
        self._long: Queue[None] = Queue(LONG)  # a place for each long frame
        self.dropped = 0  # frames lost because thinking could not keep up; shown and told, never silent

    def put(self, item: Item, wait_s: float) -> bool:
        """Put `item` in, waiting up to `wait_s`; False if it was dropped."""
        long = _is_long(item)
        placed = not long or _fits(self._long, None, wait_s)
        taken = placed and _fits(self._queue, item, wait_s)
        if long and placed and not taken:
            self._long.get_nowait()
        self.dropped += not taken
        return taken

    def get(self, wait_s: float) -> Item | None:
        """The next item, or None after `wait_s`."""
        try:
            item = self._queue.get(timeout=wait_s) if wait_s > 0 else self._queue.get_nowait()
        except Empty:
            return None
        if _is_long(item):
            self._long.get_nowait()
        return item

    def depth(self) -> int:
        """Items waiting."""
        return self._queue.qsize()


def _fits(queue: Queue[T], item: T, wait_s: float) -> bool:
    try:
        queue.put(item, timeout=wait_s)
    except Full:
        return False
    return True


def _is_long(item: Item) -> bool:
    return isinstance(item, Frame) and len(item.payload) > MAX_PAYLOAD_BYTES


@dataclass(frozen=True, slots=True)
class Feed:
    """What a source needs of the trunk, and all it knows of it."""

    put: Callable[[Item, float], bool]
    clock: Clock
    stop: Stop
