"""`kinlight check`: tries everything the configuration names, and says what to mend in an installer's words."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from gateway.build import Setup
from gateway.household import doubtful, said
from gateway.leaf import Outcome
from gateway.plan import Plan
from gateway.sources.mqtt import try_broker
from gateway.sources.serial import try_port
from gateway.sqlite import want_of_room
from rules.words import counted

_NOT_ASKED = (
    'ask the person at home first, and write it into plan.toml beside the configuration: [agreement] asked = "yes"'
)


class Look(NamedTuple):
    """One thing that was tried."""

    what: str
    fault: str = ""  # what is wrong, and the mend
    note: str = ""  # what the box works without, and a home should not


def look(setup: Setup) -> list[Look]:
    """Everything that was tried."""
    return list(_looks(setup))


def _looks(setup: Setup) -> Iterator[Look]:
    config = setup.config
    yield Look(f"configuration {setup.path}")
    yield Look(f"plan: {_told(setup)}")
    yield from plan_looks(setup.plan)
    yield Look(f"directory {config.store.directory}", _writable(config.store.directory))
    for device in config.device:
        if device.port:
            yield Look(f"device {device.name} on {device.port}", try_port(device.port))
    if setup.filters and config.mqtt:
        yield Look(f"broker {config.mqtt.host}:{config.mqtt.port}", try_broker(config.mqtt))
    for device in config.device:
        if not any(sensor.device == device.name for sensor in config.sensor):
            yield Look(f"device {device.name}", "no [[sensor]] uses it; nothing it says will be kept")
    for name, sink in setup.sinks.items():
        verdict = sink.write([])  # asks, and leaves nothing
        yield Look(f"sink {name}", verdict.reason if verdict.outcome is not Outcome.STORED else "")
    if not setup.notifiers:
        yield Look("notifiers", "there is none: nobody would be told; add a [[notifier]]")


def _told(setup: Setup) -> str:
    if not setup.plan.contact:
        return "every notifier is told everything (plan.toml beside the configuration decides who is told what)"
    return counted(len(setup.plan.contact), "contact")


def plan_looks(plan: Plan) -> Iterator[Look]:
    """What the plan says of the person and of the home, and what is wrong with it."""
    asked = plan.agreement.asked
    yield Look(f"plan: the person was asked: {asked}", note=_NOT_ASKED if asked == "not-yet" else "")
    declared = plan.declared()
    home = f"{counted(declared.residents, 'resident')}, {counted(declared.pets, 'pet')}"
    yield Look(f"plan: {home}, {counted(len(declared.periods), 'period')} of days left out")
    fault = dict(doubtful(plan.period))
    for index, row in enumerate(plan.period):
        yield Look(f"plan: days left out: {said(row)}", fault.get(index, ""))


def _writable(directory: Path) -> str:
    there = next(path for path in (directory, *directory.parents) if path.exists())
    if not os.access(there, os.W_OK):
        return f"{there} may not be written by this user; run as the user of the service, or set [store] directory"
    return want_of_room(directory)
