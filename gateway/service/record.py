"""Recording of raw frames.

`kinlight record`: the sources of the daemon, and a file where the thinking would be.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from drivers.kit.contract import Frame
from gateway.ingest.capture import write
from gateway.ingest.inbox import Feed, Inbox
from gateway.service.build import Setup
from gateway.sources.mqtt import MqttSource
from gateway.system.clock import Clock
from gateway.system.worker import Stop, Worker


def record_to(setup: Setup, output: Path, clock: Clock, stop: Stop, seconds: float) -> tuple[int, list[str]]:
    """Append what the devices say to `output` until `stop`, or for `seconds` where that is over 0.

    Returns the count, and what does not work at the end. Raises OSError where `output` cannot be written.
    The broker is told of every message as soon as it is in the file; nothing is decoded.
    """
    inbox = Inbox()
    feed = Feed(inbox.put, clock, stop)
    mqtt = setup.mqtt_source(feed, passing=True)
    work: dict[str, Callable[[Callable[[], None]], None]] = {
        f"port {name}": source.run for name, source in setup.serial_sources(feed).items()
    }
    if mqtt:
        work["mqtt"] = mqtt.run
    workers = [Worker(name, each, stop, lambda _: None) for name, each in work.items()]
    until_s = clock.monotonic_s() + seconds if seconds else math.inf
    count = write(output, _frames(inbox, mqtt, workers, lambda: stop.is_set() or clock.monotonic_s() > until_s))
    faults = [f"{worker.name}: {worker.fault}" for worker in workers if worker.fault]
    stop.set()
    for worker in workers:
        worker.join(5.0)
    return count, faults


def _frames(
    inbox: Inbox, mqtt: MqttSource | None, workers: Sequence[Worker], over: Callable[[], bool]
) -> Iterator[Frame]:
    """What comes, from when the file is open until it is over.

    Who asks for the next frame has written the one before: the broker is told of it then.
    """
    for worker in workers:
        worker.start()
    while not over():
        item = inbox.get(0.2)
        if isinstance(item, Frame):
            yield item
            if mqtt and item.receipt:
                mqtt.committed([item.receipt])
