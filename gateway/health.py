"""How the box itself is doing: a status file for `kinlight status`, a point for the store, losses as alerts."""

import json
import math
import os
import shutil
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gateway.engine import own_fault
from gateway.point import Point
from rules.base import NS_PER_S

if TYPE_CHECKING:
    from gateway.daemon import Daemon

STATUS = "status.json"
STATUS_S = 5.0
PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


class Health:
    """Looks at a daemon's parts from its own thread; everything it reads may be a moment old."""

    def __init__(self, daemon: "Daemon") -> None:
        self._daemon = daemon
        self._written_s = 0.0
        self._dropped = 0
        folder = Path(os.environ.get("RUNTIME_DIRECTORY", str(daemon.directory)))
        self._path = folder / STATUS

    def look(self) -> None:
        """Once a second."""
        daemon = self._daemon
        if daemon.inbox.dropped > self._dropped:
            lost, self._dropped = daemon.inbox.dropped - self._dropped, daemon.inbox.dropped
            now_ns = daemon.clock.now_ns()
            finding = own_fault("inbox", f"{lost} messages came faster than they could be taken in", now_ns)
            daemon.post.changes(daemon.pipeline.engine.fault("inbox", finding, now_ns))
        if daemon.clock.monotonic_s() - self._written_s >= STATUS_S:
            self._written_s = daemon.clock.monotonic_s()
            write_atomically(self._path, json.dumps(self.status()))

    def point(self, time_ns: int) -> Point:
        """The box's own series: home dark is when this one stops."""
        daemon = self._daemon
        tally = daemon.pipeline.intake.tally
        fields = (
            ("up", 1.0),
            ("inbox", float(daemon.inbox.depth())),
            ("dropped", float(daemon.inbox.dropped)),
            ("frames", float(tally.frames)),
            ("readings", float(tally.readings)),
            ("decode_errors", float(sum(tally.errors.values()))),
            ("workers_down", float(sum(bool(worker.fault) for worker in daemon.workers))),
            ("backlog", float(max((f.status.backlog.lines for f in daemon.forwarders.values()), default=0))),
            ("rss_mb", rss_mb()),
            ("disk_free_mb", shutil.disk_usage(daemon.directory).free / 1e6),
        )
        tags = (("home", daemon.setup.config.home.id), ("version", version("kinlight")))
        return Point("gateway", tags, fields, time_ns // NS_PER_S)

    def status(self) -> dict[str, Any]:
        """Everything `kinlight status` shows, as JSON values."""
        daemon = self._daemon
        now_ns = daemon.clock.now_ns()
        tally = daemon.pipeline.intake.tally
        return {
            "time_ns": now_ns,
            "version": version("kinlight"),
            "home": daemon.setup.config.home.id,
            "pid": os.getpid(),
            "clock_trusted": not daemon.held,
            "rss_mb": rss_mb(),
            "inbox": daemon.inbox.depth(),
            "dropped": daemon.inbox.dropped,
            "pending": daemon.pipeline.pending(),
            "frames": tally.frames,
            "readings": tally.readings,
            "repeats": tally.repeats,
            "workers": {w.name: {"fault": w.fault, "restarts": w.restarts} for w in daemon.workers},
            "sinks": {
                name: {
                    "backlog": f.status.backlog.lines,
                    "oldest_s": f.status.backlog.oldest_s,
                    "refused": f.status.refused,
                    "reason": f.status.reason,
                }
                for name, f in daemon.forwarders.items()
            },
            "sensors": _sensors(daemon, now_ns),
            "errors": [
                {"device": device, "kind": kind, "count": count, "latest": tally.reasons[device, kind]}
                for (device, kind), count in tally.errors.most_common(20)
            ],
            "strangers": [
                {"device": device, "address": address, "quantity": quantity, "count": count}
                for (device, address, quantity), count in tally.strangers.most_common(40)
            ],
        }


def _sensors(daemon: "Daemon", now_ns: int) -> Sequence[dict[str, Any]]:
    engine = daemon.pipeline.engine
    silent = engine.silence.silent(now_ns)
    return [
        {
            "sensor": sensor.name,
            "room": sensor.room,
            "heard_ns": engine.silence.heard_ns(row),
            "limit_s": limit_s if math.isfinite(limit_s := engine.silence.limit_s(row)) else None,
            "silent": bool(silent[row]),
        }
        for row, sensor in enumerate(engine.home.sensors)
    ]


def rss_mb() -> float:
    """Resident memory of this process in MB."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * PAGE_BYTES / 1e6


def write_atomically(path: Path, text: str) -> None:
    """Replace a file so that a reader never sees half of it. The status is no history: it is not synced."""
    temporary = path.with_suffix(".tmp")
    temporary.write_text(text, encoding="utf-8")
    temporary.rename(path)
