"""Technical alerts for our own faults.

What of ours is not working, kept as technical findings until it works again.
"""

from collections.abc import Sequence
from dataclasses import replace

from gateway.model.alert import Change
from gateway.system.clock import Clock
from gateway.system.worker import Fault, Worker
from gateway.thinking.engine import own_fault
from gateway.thinking.pipeline import Pipeline

HOLD_S = {"card": 0.0, "journal": 30.0, "alerts": 30.0}  # nothing may be kept: told within a minute
HAPPENED_S = 3600.0  # how long something that happened once is shown


class FaultAlerts:
    """Of workers, which come and go, and of things that happened once (messages were lost, a file was mended)."""

    def __init__(self, pipeline: Pipeline, clock: Clock, workers: Sequence[Worker]) -> None:
        """`workers` is filled later."""
        self._pipeline = pipeline
        self._clock = clock
        self._workers = workers
        self._happened: dict[str, float] = {}  # what is no worker's -> when it stops being shown

    def report(self, fault: Fault) -> list[Change]:
        """Something stopped working, works again, or (where it is no worker's) happened."""
        now_ns = self._clock.now_ns()
        if fault.reason and all(worker.name != fault.worker for worker in self._workers):
            self._happened[fault.worker] = self._clock.monotonic_s() + HAPPENED_S
        finding = own_fault(fault.worker, fault.reason, now_ns) if fault.reason else None
        if finding and fault.worker in HOLD_S:
            finding = replace(finding, hold_s=HOLD_S[fault.worker])
        return self._pipeline.fault(fault.worker, finding, now_ns)

    def poll(self) -> list[Change]:
        """Who hangs says nothing, a worker's word may be lost in a full inbox, what happened once ends by itself."""
        changes: list[Change] = []
        for worker in self._workers:
            reason = worker.trouble()  # read once: its own thread changes it
            if bool(reason) is not (worker.name in self._pipeline.engine.faults):
                changes += self.report(Fault(worker.name, reason))
            elif reason and worker.name in HOLD_S:  # not only at the minute's end: that may come too late
                finding = self._pipeline.engine.faults[worker.name]
                changes += self._pipeline.fault(worker.name, finding, self._clock.now_ns())
        now_s = self._clock.monotonic_s()
        for name in [name for name, until_s in self._happened.items() if now_s > until_s]:
            del self._happened[name]
            changes += self.report(Fault(name, ""))
        return changes
