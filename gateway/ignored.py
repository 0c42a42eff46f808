"""Rooms and sensors that a rule is told to leave out: one that does not exist would leave out nothing, unseen."""

from collections.abc import Iterable, Mapping

from gateway.config import Config
from gateway.home import BRIDGE
from gateway.shelf import nearest
from rules.base import Rule


def ignored_faults(config: Config, rules: Mapping[str, Rule]) -> Iterable[tuple[tuple[str, ...], str]]:
    """Where and why a name in `ignore_rooms` or `ignore_sensors` is none."""
    bridges = {f"{device.name}-{BRIDGE}" for device in config.device}
    known = {
        "ignore_rooms": ("room", {sensor.room for sensor in config.sensor}),
        "ignore_sensors": ("sensor", {sensor.name for sensor in config.sensor} | bridges),
    }
    for rule_name, rule in rules.items():
        for setting, (word, names) in known.items():
            for name in getattr(rule, setting, ()):
                if name not in names:
                    yield ("rules", rule_name, setting), f"no {word} {name!r}{nearest(name, names)}"
