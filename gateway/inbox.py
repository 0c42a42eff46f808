"""The one bounded queue between the threads that move bytes and the thread that thinks."""

from collections.abc import Callable
from dataclasses import dataclass

from drivers.base import MAX_PAYLOAD_BYTES, Frame
from gateway.clock import Clock
from gateway.story import Told
from gateway.worker import Empty, Fault, Full, Queue, Stop

SIZE = 4096  # frames; at 8 KiB each 32 MB at the very worst, minutes of an ordinary home
LONG = 16  # of these may be longer: the listing of a bridge, sent when it starts and when a device joins


@dataclass(frozen=True, slots=True)
class NewSession:
    """The broker does not remember us: its packet ids start anew."""


Item = Frame | Fault | NewSession | Told


class Inbox:
    """Producers `put`, the thinking thread `get`s. A producer that cannot wait drops and counts."""

    def __init__(self, size: int = SIZE) -> None:
        self._queue: Queue[Item] = Queue(size)
        self._long_in = self._long_out = 0  # each written by one thread: long frames come from the broker alone
        self.dropped = 0  # frames lost because thinking could not keep up; shown and told, never silent

    def put(self, item: Item, wait_s: float) -> bool:
        """Put `item` in, waiting up to `wait_s`; False if it was dropped."""
        long = _is_long(item)
        try:
            if long and self._long_in - self._long_out >= LONG:
                raise Full
            self._queue.put(item, timeout=wait_s)
        except Full:
            self.dropped += 1
            return False
        self._long_in += long
        return True

    def get(self, wait_s: float) -> Item | None:
        """The next item, or None after `wait_s`."""
        try:
            item = self._queue.get(timeout=wait_s) if wait_s > 0 else self._queue.get_nowait()
        except Empty:
            return None
        self._long_out += _is_long(item)
        return item

    def depth(self) -> int:
        """Items waiting."""
        return self._queue.qsize()


def _is_long(item: Item) -> bool:
    return isinstance(item, Frame) and len(item.payload) > MAX_PAYLOAD_BYTES


@dataclass(frozen=True, slots=True)
class Feed:
    """What a source needs of the trunk, and all it knows of it."""

    put: Callable[[Item, float], bool]
    clock: Clock
    stop: Stop
