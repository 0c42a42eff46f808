"""`kinlight check`: tries everything the configuration names, and says what to mend in an installer's words."""

import os
from collections.abc import Iterator
from pathlib import Path

from gateway.build import Setup
from gateway.leaf import Outcome
from gateway.sources.mqtt import try_broker
from gateway.sources.serial import try_port
from rules.words import counted


def look(setup: Setup) -> list[tuple[str, str]]:
    """What was tried, and what is wrong with it ("" for nothing)."""
    return list(_looks(setup))


def _looks(setup: Setup) -> Iterator[tuple[str, str]]:
    config = setup.config
    yield f"configuration {setup.path}", ""
    yield f"plan: {_plan(setup)}", ""
    yield f"directory {config.store.directory}", _writable(config.store.directory)
    for device in config.device:
        if device.port:
            yield f"device {device.name} on {device.port}", try_port(device.port)
    if setup.filters and config.mqtt:
        yield f"broker {config.mqtt.host}:{config.mqtt.port}", try_broker(config.mqtt)
    for device in config.device:
        if not any(sensor.device == device.name for sensor in config.sensor):
            yield f"device {device.name}", "no [[sensor]] uses it; nothing it says will be kept"
    for name, sink in setup.sinks.items():
        verdict = sink.write([])  # asks, and leaves nothing
        yield f"sink {name}", verdict.reason if verdict.outcome is not Outcome.STORED else ""
    if not setup.notifiers:
        yield "notifiers", "there is none: nobody would be told; add a [[notifier]]"


def _plan(setup: Setup) -> str:
    declared = setup.plan.declared()
    home = f"{counted(declared.residents, 'resident')}, {counted(declared.pets, 'pet')}"
    days = f"{counted(len(declared.periods), 'period')} of days left out"
    if not setup.plan.contact:
        told = "every notifier is told everything (plan.toml beside the configuration decides who is told what)"
    else:
        told = f"{counted(len(setup.plan.contact), 'contact')}; the person was asked: {setup.plan.agreement.asked}"
    return f"{told}; {home}, {days}"


def _writable(directory: Path) -> str:
    there = next(path for path in (directory, *directory.parents) if path.exists())
    if not os.access(there, os.W_OK):
        return f"{there} may not be written by this user; run as the user of the service, or set [store] directory"
    return ""
