"""The one bounded queue between the threads that move bytes and the thread that thinks."""

from collections.abc import Callable
from dataclasses import dataclass

from drivers.base import Frame
from gateway.clock import Clock
from gateway.story import Told
from gateway.worker import Empty, Fault, Full, Queue, Stop

SIZE = 4096  # frames; at 8 KiB each 32 MB at the very worst, minutes of an ordinary home


@dataclass(frozen=True, slots=True)
class NewSession:
    """The broker does not remember us: its packet ids start anew."""


Item = Frame | Fault | NewSession | Told


class Inbox:
    """Producers `put`, the thinking thread `get`s. A producer that cannot wait drops and counts."""

    def __init__(self, size: int = SIZE) -> None:
        self._queue: Queue[Item] = Queue(size)
        self.dropped = 0  # frames lost because thinking could not keep up; shown and told, never silent

    def put(self, item: Item, wait_s: float) -> bool:
        """Put `item` in, waiting up to `wait_s`; False if it was dropped."""
        try:
            self._queue.put(item, timeout=wait_s)
        except Full:
            self.dropped += 1
            return False
        return True

    def get(self, wait_s: float) -> Item | None:
        """The next item, or None after `wait_s`."""
        try:
            return self._queue.get(timeout=wait_s) if wait_s > 0 else self._queue.get_nowait()
        except Empty:
            return None

    def depth(self) -> int:
        """Items waiting."""
        return self._queue.qsize()


@dataclass(frozen=True, slots=True)
class Feed:
    """What a source needs of the trunk, and all it knows of it."""

    put: Callable[[Item, float], bool]
    clock: Clock
    stop: Stop
