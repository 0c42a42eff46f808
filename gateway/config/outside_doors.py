"""The outside doors of a home.

Doors that lead out, declared once: by a sensor's role or name, or in a rule's `outside_doors`, for everybody.

Absences are learned from them and rules hold back behind them. Two lists would make a porch that only a rule knows of
teach every outing as ordinary quiet.
"""

from collections.abc import Iterable, Mapping
from dataclasses import fields, replace
from typing import Any

from gateway.config.plugins import nearest
from gateway.config.settings import Config
from rules.core.day import OUTSIDE_DOORS, Role, role_of
from rules.kit.contract import Rule
from rules.terms.channel import Channel


def outside_doors(config: Config, rules: Mapping[str, Rule]) -> tuple[str, ...]:
    """Names of the sensors that would be outside doors, should they turn out to say `contact_open`."""
    roles = _declared(config)
    listed = {name for rule in rules.values() for name in _listed(rule)}
    return tuple(s.name for s in config.sensor if s.name in listed or _role(s.name, s.room, roles) in OUTSIDE_DOORS)


def roles_of(config: Config, doors: Iterable[str]) -> dict[str, Role]:
    """Sensor -> role, where the configuration declares one; a door that only a rule named is a front door."""
    roles, rooms = _declared(config), {s.name: s.room for s in config.sensor}
    return {d: Role.FRONT_DOOR for d in doors if _role(d, rooms[d], roles) not in OUTSIDE_DOORS} | roles


def with_doors(rules: Mapping[str, Rule], doors: tuple[str, ...]) -> dict[str, Rule]:
    """The rules, each that knows outside doors knowing all of them."""
    return {name: replace(_any(rule), outside_doors=doors) if _knows(rule) else rule for name, rule in rules.items()}


def door_faults(config: Config, rules: Mapping[str, Rule]) -> Iterable[tuple[tuple[str, ...], str]]:
    """Where and why a listed door cannot be one."""
    roles = {s.name: s.role for s in config.sensor}
    for rule_name, rule in rules.items():
        where = ("rules", rule_name, "outside_doors")
        for door in _listed(rule):
            if door not in roles:
                yield where, f"no sensor {door!r}{nearest(door, roles)}"
            elif roles[door] not in ("", "front_door", "back_door"):
                yield where, f"{door!r} has the role {roles[door]!r}; a door that leads out is front_door or back_door"


def _declared(config: Config) -> dict[str, Role]:
    return {s.name: Role[s.role.upper()] for s in config.sensor if s.role.upper() in Role.__members__}


def _role(name: str, room: str, roles: Mapping[str, Role]) -> Role | None:
    return role_of(Channel(name, room, "contact_open", "state"), roles)


def _knows(rule: Rule) -> bool:
    return any(field.name == "outside_doors" for field in fields(_any(rule)))


def _listed(rule: Rule) -> tuple[str, ...]:
    return tuple(getattr(rule, "outside_doors", ()))


def _any(rule: Rule) -> Any:
    """A rule is a dataclass, which its protocol cannot say."""
    return rule
