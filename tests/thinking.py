"""A small home for tests of the trunk: a driver that says what it is told to, a real journal, no threads."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from drivers.kit.contract import Decoded, Frame, Reading
from gateway.config.plan import Plan
from gateway.config.settings import Config, DeviceConfig, HomeConfig, SensorConfig, StoreConfig
from gateway.model.alert import Change
from gateway.model.contracts import Notifier, Sink
from gateway.model.minutes import next_minute_ns
from gateway.model.point import Point
from gateway.service.build import Setup
from gateway.service.replay import commit
from gateway.service.startup import Opened, open_home, rebuild
from rules.kit.contract import Rule
from rules.terms.time import NS_PER_MINUTE, NS_PER_S

START_NS = 1_794_960_000 * NS_PER_S  # 2026-11-18 00:00 UTC
HOUR_NS = 60 * NS_PER_MINUTE
DAY_NS = 24 * HOUR_NS
SENSORS = (("hall", "hallway"), ("door", "hallway"), ("climate", "kitchen"), ("meter", "kitchen"), ("help", "lounge"))


def decode(frame: Frame) -> Decoded:
    """{"address": {"quantity": value}} as readings."""
    record = json.loads(frame.payload)
    return [
        Reading(frame.time_ns, address, quantity, value, stale=frame.retain)
        for address, said in record.items()
        for quantity, value in said.items()
    ]


def says(time_ns: int, address: str, quantity: str, value: float, *, retain: bool = False, receipt: int = 0) -> Frame:
    """One frame of the home."""
    return Frame(time_ns, "toy", json.dumps({address: {quantity: value}}).encode(), "", retain, receipt)


def setup(
    directory: Path,
    *,
    zone: str = "Europe/London",
    rules: Mapping[str, Rule] = {},
    sinks: Mapping[str, Sink] = {},
    notifiers: Mapping[str, Notifier] = {},
    fixed_s: Mapping[str, float] = {},
    plan: Plan | None = None,
    commit_s: float = 0.1,
) -> Setup:
    """The home with nothing opened yet."""
    config = Config(
        home=HomeConfig(id="test", timezone=zone),
        store=StoreConfig(directory=directory, commit_interval_s=commit_s),
        device=(DeviceConfig(name="toy", driver="serial_lines", port="/dev/null"),),
        sensor=tuple(
            SensorConfig(name=name, room=room, device="toy", address=name, silent_after_s=fixed_s.get(name, 0.0))
            for name, room in SENSORS
        ),
    )
    return Setup(
        path=directory / "gateway.toml",
        config=config,
        plan=plan or Plan(),
        decoders={"toy": decode},
        limits={"toy": 8192},
        filters={},
        rules=rules,
        sinks=sinks,
        notifiers=notifiers,
    )


class Box:
    """The daemon without its threads: frames and minutes in, a committed journal out; it can be switched off and on."""

    def __init__(self, made: Setup, now_ns: int) -> None:
        self.setup = made
        self.now_ns = now_ns
        self.opened: Opened
        self.on(now_ns)

    def on(self, now_ns: int) -> None:
        """Switch on at `now_ns`."""
        self.opened = open_home(self.setup, self.setup.config.store.directory)
        self.late = rebuild(self.opened, now_ns)
        self._keep(self.late)
        self.now_ns = now_ns
        self._tick_ns = next_minute_ns(now_ns)

    def off(self) -> None:
        """A clean stop: what is pending is committed."""
        commit(self.opened)
        self.opened.close()

    def hear(self, frames: Sequence[Frame], until_ns: int) -> None:
        """Live through the time up to `until_ns`."""
        for frame in frames:
            self._minutes(frame.time_ns)
            self._keep(self.opened.pipeline.frame(frame))
        self._minutes(until_ns)
        self.now_ns = until_ns

    def _keep(self, changes: Sequence[Change]) -> None:
        if changes:
            self.opened.alerts.record(changes)

    def _minutes(self, time_ns: int) -> None:
        while self._tick_ns <= time_ns:
            self._keep(self.opened.pipeline.tick(self._tick_ns))
            if self._tick_ns % (5 * NS_PER_MINUTE) == 0:
                self.opened.pipeline.add_points([Point("gateway", (), (("up", 1.0),), self._tick_ns // NS_PER_S)])
            self._tick_ns += NS_PER_MINUTE


def state(opened: Opened) -> dict[str, Any]:
    """Everything the next decision depends on."""
    engine = opened.pipeline.engine
    window = engine.window(engine.store.minute * NS_PER_MINUTE)
    learning = engine.learning.save()
    return {
        "value": window.value.copy(),
        "count": window.count.copy(),
        "last_value": window.last_value,
        "last_ns": window.last_ns,
        "event_ns": window.event_ns,
        "silent": window.silent,
        "watching": window.watching_since_ns,
        "silence": json.dumps(engine.silence.save([sensor.name for sensor in opened.pipeline.home.sensors])),
        "learning": json.dumps(learning),
        "day": repr(vars(engine.learning._day)) if engine.learning._day else "",
        "usual": usual.profile.mean.copy() if (usual := engine.learning.learned.usual) else np.zeros(0),
    }


def same(one: dict[str, Any], other: dict[str, Any]) -> None:
    """Bit for bit."""
    for key, value in one.items():
        if isinstance(value, np.ndarray):
            np.testing.assert_array_equal(value, other[key], err_msg=key)
        else:
            assert value == other[key], key


def lines(opened: Opened) -> list[str]:
    """The outbox, in order."""
    return [line.decode() for _, line in opened.journal.points_after(0, 1_000_000)]
