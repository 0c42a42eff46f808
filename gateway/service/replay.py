"""Replay of a capture.

A recording through the whole program: the same pipeline, journal and forwarding as the live daemon, only faster.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random

from drivers.kit.contract import Frame
from gateway.ingest.capture import CaptureError, read_on
from gateway.model.alert import Change
from gateway.model.contracts import Outcome, Sink
from gateway.service.forwarder import Forwarder, Status
from gateway.service.startup import Opened
from gateway.sources.replay import believable, with_ticks
from gateway.system.clock import Clock
from gateway.system.worker import Stop

PATIENCE_S = 30.0  # a store that took nothing for so long is away
COMMIT_ROWS = 20_000  # nothing waits for an acknowledgement: large transactions spare the card


@dataclass(slots=True)
class Replayed:
    """What a replay did."""

    frames: int = 0
    readings: int = 0
    points: int = 0
    changes: list[Change] = field(default_factory=list)


def replay(opened: Opened, frames: Iterable[Frame], progress: Callable[[int], object] = int) -> Replayed:
    """Feed `frames` to a home and commit everything. `progress` gets the time reached, once a simulated hour."""
    pipeline, done = opened.pipeline, Replayed()
    for item in with_ticks(believable(frames, pipeline.intake.note_ahead)):
        if isinstance(item, int):
            if not pipeline.engine.store.watching_since_ns:
                pipeline.engine.start(item, after_downtime=True)
            changes = pipeline.tick(item)
            if item % 3_600_000_000_000 == 0:
                progress(item)
        else:
            changes = pipeline.frame(item)
            done.frames += 1
        if changes:
            opened.alerts.record(changes)
            done.changes += changes
        if pipeline.pending() >= COMMIT_ROWS:
            commit(opened)
    commit(opened)
    done.readings = pipeline.intake.tally.readings
    done.points = pipeline.points
    return done


def commit(opened: Opened) -> None:
    """Make durable what is pending."""
    for number, channel in opened.pipeline.new_channels():
        opened.journal.add_channel(number, channel)
    opened.journal.commit(opened.pipeline.harvest())


def forward(opened: Opened, name: str, sink: Sink, clock: Clock, stop: Stop) -> Status:
    """Send the whole outbox to a sink; returns when it is empty, the sink is away or needs a person, or on `stop`.

    What is left is asked of the journal: a forwarder that was never answered has nothing to say about it.
    """
    journal = opened.journal
    forwarder = Forwarder(
        name,
        journal,
        sink,
        cursor=journal.cursor(name),
        save=lambda seq: journal.set_cursor(name, seq),
        refuse=lambda seq, line, reason: journal.refuse(name, seq, line, reason, clock.now_ns()),
        chance=Random(0),  # noqa: S311 - spreads reconnects, keeps no secret
    )
    progress_s, stored = clock.monotonic_s(), -1
    while not stop.is_set() and clock.monotonic_s() - progress_s < PATIENCE_S:
        wait_s = forwarder.step(clock.monotonic_s())
        status = forwarder.status
        if status.stored > stored:
            progress_s, stored = clock.monotonic_s(), status.stored
        if status.outcome is Outcome.HOLD or not journal.backlog(status.stored).lines:
            journal.set_cursor(name, status.stored)
            break
        stop.wait(min(wait_s, 1.0))
    return replace(forwarder.status, backlog=journal.backlog(forwarder.status.stored))


def frames_of(files: Iterable[Path], fault: Callable[[CaptureError], object]) -> Iterator[Frame]:
    """The frames of several captures, one after the other; `fault` is told of every line that cannot be read."""
    for file in files:
        for item in read_on(file):
            if isinstance(item, CaptureError):
                fault(item)
            else:
                yield item
