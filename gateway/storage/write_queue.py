"""The write queue of the single writer.

Tasks done one after the other by the one thread that may write a journal.

A task that raises stays first in line: the worker says so (a technical alert), waits, and it is tried again. For ever
where the machine is to blame, its disk (OSError) or its memory; one that fails for another reason is at fault itself,
would fail for ever, and keeps everything behind it back: after `TRIES` it is dropped, and that is told.
"""

from collections.abc import Callable
from typing import Generic, TypeVar

from gateway.system.worker import Empty, Queue, Stop

T = TypeVar("T")
TRIES = 3


def _unheard(reason: str) -> None:
    del reason


class WriteQueue(Generic[T]):
    """A queue of functions of `subject`, which only the running thread touches."""

    def __init__(self, subject: T, stop: Stop, limit: int = 0, *, dropped: Callable[[str], None] = _unheard) -> None:
        """`limit`: how many may wait before `has_room` says no; 0 for no limit. `dropped` hears of a task given up."""
        self.subject = subject
        self.failing = False  # the task at hand was tried and raised
        self._limit = limit
        self._tasks: Queue[Callable[[T], object]] = Queue()
        self._stop = stop
        self._dropped = dropped
        self._current: Callable[[T], object] | None = None
        self._tries = 0

    def has_room(self) -> bool:
        """Whether another task should be submitted, or be kept by the caller until later."""
        return not self._limit or self._tasks.qsize() < self._limit

    def submit(self, task: Callable[[T], object]) -> None:
        """Queue a task."""
        self._tasks.put(task)

    def run(self, beat: Callable[[], None]) -> None:
        """Do tasks until told to stop, then those that still wait. Raises what a task raised."""
        if self._tries == TRIES:
            self._done()
            self._dropped(f"something could not be written down in {TRIES} tries and was left out")
        while not (self._stop.is_set() and self.idle()):
            if self._current is None:
                try:
                    self._current = self._tasks.get(timeout=0.2)
                except Empty:
                    beat()
                    continue
            self._do(self._current)
            beat()

    def _do(self, task: Callable[[T], object]) -> None:
        self._tries += 1
        raised = True
        try:
            task(self.subject)
            raised = False
        except (OSError, MemoryError):
            self._tries = 0
            raise
        finally:
            self.failing = raised  # not before: one that is being done for the first time has not failed
        self._done()

    def _done(self) -> None:
        self._current, self._tries, self.failing = None, 0, False

    def idle(self) -> bool:
        """Whether nothing waits and nothing is being done."""
        return self._current is None and self._tasks.empty()
