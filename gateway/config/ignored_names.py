"""Validation of the rooms and sensors that a rule's settings leave out.

Rooms and sensors that a rule is told to leave out: one that does not exist would leave out nothing, unseen.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from gateway.config.identifiers import identifier
from gateway.config.plugins import nearest
from gateway.config.settings import Config
from gateway.model.home import BRIDGE
from rules.kit.contract import Rule


def with_room_ids(settings: Mapping[str, Any]) -> dict[str, Any]:
    """A rule's settings with the rooms under the names they are known by; what is no name stays, to be refused."""
    rooms = settings.get("ignore_rooms")
    if not isinstance(rooms, list) or not all(isinstance(room, str) for room in rooms):
        return dict(settings)
    return {**settings, "ignore_rooms": [_known_as(room) for room in rooms]}


def _known_as(room: str) -> str:
    try:
        return identifier(room)
    except ValueError:
        return room


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
