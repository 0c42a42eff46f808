"""The composition root: from a checked configuration to the parts of one home. It only builds; nothing runs here."""

import math
from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from drivers.kit import catalogue as drivers
from drivers.kit.contract import MAX_PAYLOAD_BYTES, Decoder
from gateway import notifiers, sinks
from gateway.alerts.book import AlertBook
from gateway.config import plugins
from gateway.config.ignored_names import ignored_faults, with_room_ids
from gateway.config.outside_doors import door_faults, outside_doors, roles_of, with_doors
from gateway.config.plan import Plan, load_plan
from gateway.config.settings import Config, DeviceConfig, LeafConfig, SensorConfig, examine
from gateway.config.toml_file import ConfigError, at, read_toml
from gateway.ingest.inbox import Feed
from gateway.ingest.intake import Intake
from gateway.learning.learning import Learning
from gateway.model.contracts import Notifier, Sink
from gateway.model.home import BRIDGE, Home, Sensor
from gateway.sources.mqtt import MqttSource
from gateway.sources.serial import SerialSource
from gateway.system.printable import redacted
from gateway.thinking.engine import Engine
from gateway.thinking.window_store import WindowStore
from rules.deterioration import Rule as Deterioration
from rules.kit import catalogue as rules
from rules.kit.contract import Rule

NEVER_S = math.inf  # a bridge speaks only when something changes: its silence means nothing


@dataclass(frozen=True, slots=True)
class Setup:
    """Everything the two files of configuration describe, checked and built, with nothing opened yet."""

    path: Path
    config: Config
    plan: Plan
    decoders: Mapping[str, Decoder]
    limits: Mapping[str, int]  # device -> longest frame in bytes
    filters: Mapping[str, tuple[str, ...]]  # MQTT device -> subscriptions
    rules: Mapping[str, Rule]
    sinks: Mapping[str, Sink]
    notifiers: Mapping[str, Notifier]

    def home(self) -> Home:
        """The sensors of the home, and the bridge of every MQTT device."""
        placed = [
            Sensor(s.name, s.room, s.device, s.address, s.silent_after_s, s.invert, s.role) for s in self.config.sensor
        ]
        bridges = [Sensor(f"{device}-bridge", "box", device, BRIDGE, NEVER_S) for device in self.filters]
        known = {(sensor.device, sensor.address) for sensor in placed}
        return Home(self.config.home.id, [*placed, *(b for b in bridges if (b.device, b.address) not in known)])

    def engine(self, home: Home, book: AlertBook) -> Engine:
        """A fresh engine."""
        zone, deterioration = self.config.home.zone, self.rules.get("deterioration")
        chosen = deterioration if isinstance(deterioration, Deterioration) else Deterioration()
        roles = roles_of(self.config, outside_doors(self.config, self.rules))
        learning = Learning(home, zone, roles, self.plan.declared(), chosen.days_between_false_alerts)
        return Engine(home, WindowStore(home, zone), learning, self.rules, book)

    def intake(self, home: Home) -> Intake:
        """A fresh intake."""
        return Intake(home, self.decoders, self.limits)

    def serial_sources(self, feed: Feed) -> dict[str, SerialSource]:
        """One source for each serial device."""
        found = {}
        for device in self.config.device:
            if device.port:
                driver = drivers.load(device.driver)
                baud = device.baud or driver.BAUD
                parity = getattr(driver, "PARITY", "N")
                found[device.name] = SerialSource(device.name, device.port, feed, baud=baud, parity=parity)
        return found

    def close(self, hung: Container[str] = ()) -> None:
        """Let go of what sinks and notifiers hold, but for workers that `hung`: a leaf is used by one thread."""
        for name, sink in self.sinks.items():
            if f"sink {name}" not in hung:
                sink.close()
        for name, notifier in self.notifiers.items():
            if f"notifier {name}" not in hung:
                notifier.close()

    def mqtt_source(self, feed: Feed, *, passing: bool = False) -> MqttSource | None:
        """The one source for all MQTT devices; None where there are none. `passing`: see `MqttSource`."""
        if not self.filters or self.config.mqtt is None:
            return None
        return MqttSource(self.config.mqtt, self.filters, self.limits, feed, passing=passing)


class _Faults:
    """Everything that is wrong with a file, so that it can be mended in one go."""

    def __init__(self, path: Path) -> None:
        self.lines: list[str] = []
        self._path = path
        self._text, _ = read_toml(path)

    def add(self, what: object, *where: str | int) -> None:
        self.lines.append(at(self._path, self._text, where, redacted(str(what))))


def build(path: Path, plan_path: Path | None = None) -> Setup:
    """Load gateway.toml and the plan beside it, and build every leaf. Raises ConfigError with all that is wrong."""
    faults = _Faults(path)
    config, faults.lines = examine(path)
    plan_path = plan_path or path.with_name("plan.toml")
    if config is None:
        raise ConfigError("\n".join(faults.lines))
    decoders: dict[str, Decoder] = {}
    limits: dict[str, int] = {}
    filters: dict[str, tuple[str, ...]] = {}
    for index, device in enumerate(config.device):
        try:
            driver = drivers.load(device.driver)
        except ValueError as error:
            faults.add(error, "device", index, "driver")
            continue
        try:
            options = drivers.options(device.driver, device.options)
            decoders[device.name] = driver.decoder(options)
        except ValueError as error:
            faults.add(error, "device", index, "options")
            continue
        limits[device.name] = getattr(driver, "MAX_PAYLOAD_BYTES", MAX_PAYLOAD_BYTES)
        if driver.LINK == "mqtt":
            filters[device.name] = driver.topics(options)
        for key, what in _link_faults(config, device, driver.LINK):
            faults.add(what, "device", index, *key)
    for index, sensor in enumerate(config.sensor):
        if sensor.device in decoders and (what := _never_heard(sensor, mqtt=sensor.device in filters)):
            faults.add(what, "sensor", index, "address")
    built_rules = _rules(config, faults)
    for where, what in (*door_faults(config, built_rules), *ignored_faults(config, built_rules)):
        faults.add(what, *where)
    built_sinks = _leaves(config.sink, "sink", sinks, faults)
    built_notifiers = _leaves(config.notifier, "notifier", notifiers, faults)
    plan = Plan()
    try:
        plan = load_plan(plan_path, {leaf.name for leaf in config.notifier})
    except ConfigError as error:
        faults.lines += str(error).splitlines()
    if faults.lines:
        raise ConfigError("\n".join(faults.lines))
    told = with_doors(built_rules, outside_doors(config, built_rules))
    return Setup(path, config, plan, decoders, limits, filters, told, built_sinks, built_notifiers)


def _link_faults(config: Config, device: DeviceConfig, link: str) -> Iterator[tuple[tuple[str, ...], str]]:
    """What is wrong with the way a device is reached."""
    if link != "mqtt":
        if not device.port:
            yield ("port",), "is missing; set it to a path under /dev/serial/by-id/"
        return
    if config.mqtt is None:
        yield (), f"{device.name!r} speaks MQTT; add [mqtt] with the broker's host"
    if device.port:
        yield (
            ("port",),
            f"{device.driver} comes over MQTT; take port away (a stick belongs to the program that serves it)",
        )


def _never_heard(sensor: SensorConfig, *, mqtt: bool) -> str:
    """Why a sensor at this address can never be heard, or ""."""
    if mqtt and not sensor.address:
        return "is missing, so it can never be heard; give the name the device has on MQTT (`kinlight status` lists it)"
    if not mqtt and sensor.address not in ("", sensor.device):
        return f"{sensor.address!r} can never be heard: a serial line carries one sensor; take address away"
    return ""


def _rules(config: Config, faults: _Faults) -> dict[str, Rule]:
    """Every rule there is with its settings; `enabled = false` leaves one out."""
    built: dict[str, Rule] = {}
    for name in dict.fromkeys((*rules.names(), *config.rules)):
        settings = dict(config.rules.get(name, {}))
        enabled = settings.pop("enabled", True)
        if not isinstance(enabled, bool):
            faults.add(f"true or false is wanted, not {enabled!r}", "rules", name, "enabled")
        if enabled is False:
            continue
        try:
            built[name] = rules.build(name, with_room_ids(settings))
        except rules.SettingError as error:
            faults.add(error.what.removeprefix(f"{error.setting}: "), "rules", name, *filter(None, [error.setting]))
        except ValueError as error:
            faults.add(error, "rules", name)
    return built


def _leaves(wanted: tuple[LeafConfig, ...], part: str, package: ModuleType, faults: _Faults) -> dict[str, Any]:
    built = {}
    for index, leaf in enumerate(wanted):
        try:
            built[leaf.name] = plugins.build(package, leaf.type, leaf.options)
        except ValueError as error:
            faults.add(error, part, index, "options" if leaf.type in plugins.names(package) else "type")
    return built
