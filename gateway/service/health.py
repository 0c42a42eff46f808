"""Health reporting of the box.

How the box itself is doing: a status file for `kinlight status`, a point for the store, losses as alerts.
"""

import json
import logging
import math
import os
import shutil
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gateway.model.point import Point
from gateway.points.box_score import box_score
from gateway.system.memory_use import rss_mb
from gateway.system.private_files import open_private
from gateway.system.worker import Fault
from gateway.thinking.engine import Engine
from rules.core.day import care_day
from rules.core.explain import DayStatus
from rules.terms.time import NS_PER_S

if TYPE_CHECKING:
    from gateway.service.daemon import Daemon

log = logging.getLogger(__name__)

STATUS = "status.json"
STATUS_S = 5.0
LOW_DISK_MB = 20.0  # five times what the journal holds back for itself
OWN = ("battery_percent", "battery_low", "linkquality")  # what a sensor says of itself


class Health:
    """Looks at a daemon's parts from its own thread; everything it reads may be a moment old."""

    def __init__(self, daemon: "Daemon") -> None:
        self._daemon = daemon
        self._written_s = 0.0
        self._dropped = 0
        self._low_disk = False
        self._unwritten = ""  # why the status could not be written
        folder = Path(os.environ.get("RUNTIME_DIRECTORY", str(daemon.directory)))
        self._path = folder / STATUS

    def poll(self) -> None:
        """Once a second."""
        daemon = self._daemon
        dropped = daemon.inbox.dropped + daemon.commits.lost
        if dropped > self._dropped:
            lost, self._dropped = dropped - self._dropped, dropped
            daemon.fault(Fault("inbox", f"{lost} messages came faster than they could be taken in and kept"))
        if daemon.clock.monotonic_s() - self._written_s >= STATUS_S:
            self._written_s = daemon.clock.monotonic_s()
            self._disk()
            self._write()

    def _disk(self) -> None:
        """A disk that is nearly full is told before it is."""
        free_mb = disk_free_mb(self._daemon.directory)
        if (free_mb < LOW_DISK_MB) is not self._low_disk:
            self._low_disk = not self._low_disk
            reason = f"only {free_mb:.0f} MB are free for {self._daemon.directory}; remove what does not belong there"
            self._daemon.fault(Fault("disk", reason if self._low_disk else ""))

    def _write(self) -> None:
        unwritten = ""
        try:
            write_atomically(self._path, json.dumps(self.status()))
        except OSError as error:  # a full disk is no reason to stop watching
            unwritten = f"{self._path}: {error.strerror}"
        if unwritten and not self._unwritten:
            log.warning("the status cannot be written: %s", unwritten)
        self._unwritten = unwritten

    def point(self, time_ns: int) -> Point:
        """The box's own series: home dark is when this one stops."""
        daemon = self._daemon
        tally = daemon.pipeline.intake.tally
        answered_ns = daemon.answer_intake.answered_ns
        fields = (
            ("up", 1.0),
            ("inbox", float(daemon.inbox.depth())),
            ("dropped", float(daemon.inbox.dropped + daemon.commits.lost)),
            ("frames", float(tally.frames)),
            ("readings", float(tally.readings)),
            ("decode_errors", float(sum(tally.errors.values()))),
            ("workers_down", float(sum(bool(worker.trouble()) for worker in daemon.workers))),
            ("backlog", float(max((f.status.backlog.lines for f in daemon.forwarders.values()), default=0))),
            ("rss_mb", rss_mb()),
            ("clock_s", time_ns / NS_PER_S),
            ("clock_synced", float(not daemon.held)),
            ("proven_s", (time_ns - answered_ns) / NS_PER_S if answered_ns else math.nan),
            ("disk_free_mb", disk_free_mb(daemon.directory)),
        )
        silence = daemon.pipeline.engine.silence
        silent = int(silence.silent(time_ns)[: silence.home].sum())
        tags = (("home", daemon.setup.config.home.id), ("version", version("kinlight")))
        return Point("gateway", tags, (*fields, ("trouble", box_score(dict(fields), silent))), time_ns // NS_PER_S)

    def status(self) -> dict[str, Any]:
        """Everything `kinlight status` shows, as JSON values."""
        daemon = self._daemon
        learning = daemon.pipeline.engine.learning
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
            "dropped": daemon.inbox.dropped + daemon.commits.lost,
            "pending": daemon.pipeline.pending(),
            "frames": tally.frames,
            "readings": tally.readings,
            "repeats": tally.repeats,
            "late": tally.late,
            "workers": {w.name: {"fault": w.trouble(), "restarts": w.restarts} for w in daemon.workers},
            "sinks": {
                name: {
                    "backlog": f.status.backlog.lines,
                    "oldest_s": f.status.backlog.oldest_s,
                    "refused": f.status.refused,
                    "reason": f.status.reason,
                }
                for name, f in daemon.forwarders.items()
            },
            "changes": changes_of(learning.learned.status, learning.days_between),
            "household": _household(daemon, now_ns),
            "sensors": _sensors(daemon, now_ns),
            "disk_free_mb": disk_free_mb(daemon.directory),
            "alerts": [
                {"id": each.id, "state": each.state, "priority": each.finding.priority, "what": each.finding.what}
                for each in daemon.pipeline.engine.book.open()
            ],
            "errors": [
                {"device": device, "kind": kind, "count": count, "latest": tally.reasons[device, kind]}
                for (device, kind), count in tally.errors.most_common(20)
            ],
            "strangers": [
                {"device": device, "address": address, "quantity": quantity, "count": count}
                for (device, address, quantity), count in daemon.pipeline.intake.unassigned(40)
            ],
        }


def changes_of(now: DayStatus | None, days_between: float) -> dict[str, Any] | None:
    """How often days were found to have changed, observed beside nominal; None before the first care day closed."""
    if now is None:
        return None
    return {
        "learning_days_left": now.learning_days_left,
        "alerts": now.alerts,
        "assessed_days": now.assessed_days,
        "observed_days": now.observed_days_between_alerts if now.alerts else None,
        "nominal_days": days_between,
    }


def _household(daemon: "Daemon", now_ns: int) -> dict[str, Any]:
    """What the plan declares of the home, and of today."""
    declared = daemon.setup.plan.declared()
    today = declared.period(care_day(now_ns, daemon.setup.config.home.zone))
    carers = len(declared.carers)
    return {
        "residents": declared.residents,
        "pets": declared.pets,
        "carers": carers,
        "today": today.words if today else "",
    }


def _sensors(daemon: "Daemon", now_ns: int) -> Sequence[dict[str, Any]]:
    engine = daemon.pipeline.engine
    silent = engine.silence.silent(now_ns)
    own = _own_words(engine)
    chatters = {channel.split("/")[0] for channel in engine.learning.learned.chattering}
    return [
        {
            "sensor": sensor.name,
            "room": sensor.room,
            "heard_ns": engine.silence.heard_ns(row),
            "limit_s": limit_s if math.isfinite(limit_s := engine.silence.limit_s(row)) else None,
            "silent": bool(silent[row]),
            "chatters": sensor.name in chatters,
            **{quantity: own.get((sensor.name, quantity)) for quantity in OWN},
        }
        for row, sensor in enumerate(engine.home.sensors)
    ]


def _own_words(engine: Engine) -> dict[tuple[str, str], float]:
    """What sensors last said of themselves, by sensor and quantity."""
    store = engine.store
    return {
        (channel.sensor, channel.quantity): store.last_value[number]
        for number, channel in enumerate(engine.home.channels[: len(store.last_ns)])
        if channel.quantity in OWN and store.last_ns[number]
    }


def disk_free_mb(directory: Path) -> float:
    """What this user may still write there, in MB; NaN where it cannot be told."""
    try:
        return shutil.disk_usage(directory).free / 1e6
    except OSError:
        return math.nan


def write_atomically(path: Path, text: str) -> None:
    """Replace a file so that a reader never sees half of it. The status is no history: it is not synced."""
    temporary = path.with_suffix(".tmp")
    with open_private(temporary) as file:
        file.write(text.encode())
    temporary.rename(path)
