"""The forwarding worker of one sink.

One store in the daemon: its forwarder over the outbox, and the work of its thread.
"""

from collections.abc import Callable
from random import Random

from gateway.model.contracts import Sink
from gateway.service.forwarder import Forwarder
from gateway.storage.journal import Journal
from gateway.storage.journal_reader import JournalReader
from gateway.storage.write_queue import WriteQueue
from gateway.system.clock import Clock
from gateway.system.worker import Stop


def forwarder_of(name: str, sink: Sink, journal: Journal, tasks: WriteQueue[Journal], clock: Clock) -> Forwarder:
    """From the outbox of `journal` to one store; what it has to write goes through `tasks`, the only writer."""

    def save(seq: int) -> None:
        tasks.submit(lambda j: j.set_cursor(name, seq))

    def refuse(seq: int, line: bytes, reason: str) -> None:
        now_ns = clock.now_ns()
        tasks.submit(lambda j: j.refuse(name, seq, line, reason, now_ns))

    chance = Random()  # noqa: S311 - spreads reconnects, keeps no secret
    cursor, outbox = journal.cursor(name), JournalReader(journal.path)
    return Forwarder(name, outbox, sink, cursor=cursor, save=save, refuse=refuse, chance=chance)


def forwarding(
    forwarder: Forwarder, clock: Clock, stop: Stop, held: Callable[[], bool]
) -> Callable[[Callable[[], None]], None]:
    """The work of a thread: forward until `stop`, and pause while `held()`."""

    def run(beat: Callable[[], None]) -> None:
        while not stop.is_set():
            forwarder.paused = held()
            wait_s = forwarder.step(clock.monotonic_s())
            beat()
            stop.wait(min(wait_s, 1.0))

    return run
