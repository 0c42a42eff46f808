"""`kinlight check`: tries everything the configuration names, and says what to mend in an installer's words."""

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from gateway.config.household import doubtful, said
from gateway.config.plan import Plan
from gateway.model.contracts import Message, Notifier, NotifyError, Outcome
from gateway.service.build import Setup
from gateway.service.health import LOW_DISK_MB, STATUS, disk_free_mb
from gateway.service.startup import in_use
from gateway.sources.mqtt import try_broker
from gateway.sources.serial import try_port
from rules.terms.finding import AlertKind, Priority
from rules.terms.words import counted, listed

_NOT_ASKED = (
    'ask the person at home first, and write it into plan.toml beside the configuration: [agreement] asked = "yes"'
)
MAX_SECRETS_BYTES = 1_000_000  # what systemd loads for one service, all names and files together, with some to spare
_HOME_OF_TOKEN = re.compile(r"kinlight\.([A-Za-z0-9_-]{1,64})\.")  # as deploy/stack.py makes them


class Check(NamedTuple):
    """One thing that was tried."""

    what: str
    fault: str = ""  # what is wrong, and the mend
    note: str = ""  # what the box works without, and a home should not


def run_checks(setup: Setup, tell_ns: int = 0) -> list[Check]:
    """Everything that was tried. `tell_ns`: the time now, where people shall be sent a test message."""
    return list(_looks(setup, tell_ns))


def _looks(setup: Setup, tell_ns: int) -> Iterator[Check]:
    config = setup.config
    yield Check(f"configuration {setup.path}")
    yield Check(f"plan: {_told(setup)}")
    yield from plan_looks(setup.plan)
    yield Check(f"directory {config.store.directory}", _no_place(config.store.directory))
    if folder := os.environ.get("CREDENTIALS_DIRECTORY"):
        yield Check(f"secrets in {folder}", not_loaded(Path(folder)))
    held = _held(config.store.directory)
    for device in config.device:
        if device.port:
            fault = held[device.name] if device.name in held else try_port(device.port)
            yield Check(f"device {device.name} on {device.port}", fault)
    if setup.filters and config.mqtt:
        yield Check(f"broker {config.mqtt.host}:{config.mqtt.port}", try_broker(config.mqtt))
    for device in config.device:
        if not any(sensor.device == device.name for sensor in config.sensor):
            yield Check(f"device {device.name}", "no [[sensor]] uses it; nothing it says will be kept")
    for sensor in config.sensor:
        if sensor.address != sensor.address.strip():
            blank = (
                f"its address {sensor.address!r} begins or ends with a blank; it must be exactly the device's own name"
            )
            yield Check(f"sensor {sensor.name}", note=blank)
    yield from _notifier_looks(setup, tell_ns)
    for leaf in config.sink:
        verdict = setup.sinks[leaf.name].write([])  # asks, and leaves nothing
        fault = verdict.reason if verdict.outcome is not Outcome.STORED else ""
        yield Check(f"sink {leaf.name}", fault or _of_another(str(leaf.options.get("token", "")), config.home.id))


def _notifier_looks(setup: Setup, tell_ns: int) -> Iterator[Check]:
    if not setup.notifiers:
        yield Check("notifiers", "there is none: nobody would be told; add a [[notifier]]")
    elif all(leaf.type == "log" for leaf in setup.config.notifier):
        yield Check(
            "notifiers", note="all of them write into this box's log, where nobody looks; add one that tells people"
        )
    for name, notifier in setup.notifiers.items():
        fault = notifier.check()
        if not fault and tell_ns:
            yield Check(f"notifier {name}, with a test message", _tell(notifier, setup.config.home.id, tell_ns))
        else:
            yield Check(f"notifier {name}, without a message (--tell sends one)", fault)


def _tell(notifier: Notifier, home: str, now_ns: int) -> str:
    """Send a message that says what it is. Why it was not handed over, or ""."""
    body = (
        f"Somebody who sets up Kinlight in {home} is trying whether messages reach you. Nothing is wrong.\nDo nothing."
    )
    message = Message(0, "Kinlight: only a test", body, AlertKind.TECHNICAL, Priority.LOW, now_ns)
    try:
        notifier.send(message)
    except NotifyError as error:
        return str(error)
    return ""


def _told(setup: Setup) -> str:
    if not setup.plan.contact:
        return "every notifier is told everything (plan.toml beside the configuration decides who is told what)"
    return counted(len(setup.plan.contact), "contact")


def plan_looks(plan: Plan) -> Iterator[Check]:
    """What the plan says of the person and of the home, and what is wrong with it."""
    asked = plan.agreement.asked
    yield Check(f"plan: the person was asked: {asked}", note=_NOT_ASKED if asked == "not-yet" else "")
    for kind in AlertKind:
        if unheard := [each.value for each in reversed(Priority) if not plan.heard(kind, each)]:
            mend = "lower at_least of a contact, if somebody should hear of them"
            yield Check(
                f"plan: {kind.value} alerts", note=f"those of {listed(unheard)} priority are told to nobody; {mend}"
            )
    declared = plan.declared()
    home = f"{counted(declared.residents, 'resident')}, {counted(declared.pets, 'pet')}"
    yield Check(f"plan: {home}, {counted(len(declared.periods), 'period')} of days left out")
    fault = dict(doubtful(plan.period))
    for index, row in enumerate(plan.period):
        yield Check(f"plan: days left out: {said(row)}", fault.get(index, ""))


def _no_place(directory: Path) -> str:
    """Why nothing can be kept there, or ""."""
    there = next(path for path in (directory, *directory.parents) if path.exists())
    if not there.is_dir():
        return f"{there} is a file; set [store] directory to a folder"
    if not os.access(there, os.W_OK):
        return f"{there} may not be written by this user; run as the user of the service, or set [store] directory"
    if (free_mb := disk_free_mb(there)) < LOW_DISK_MB:
        return f"no room: {free_mb:.0f} MB are free; remove what does not belong there"
    return ""


def not_loaded(folder: Path) -> str:
    """Why systemd would not load a folder of secrets, and so not start the service; or ""."""
    files = [path for path in folder.rglob("[!.]*") if path.is_file() and not path.is_symlink()]
    for path in files:
        if not path.name.isascii() or ":" in path.name:
            return f"{path.name!r} keeps the service from starting; give it a name of plain letters, or take it away"
    if sum(len(path.name) + path.stat().st_size for path in files) > MAX_SECRETS_BYTES:
        largest = max(files, key=lambda path: path.stat().st_size)
        return f"more than 1 MB lies there, which keeps the service from starting; take {largest.name} away"
    return ""


def _held(directory: Path) -> dict[str, str]:
    """The ports that the running service holds, each with what it says is wrong with it."""
    status = Path(os.environ.get("RUNTIME_DIRECTORY", str(directory))) / STATUS
    if not in_use(directory) or not status.exists():
        return {}
    try:
        workers: dict[str, Any] = json.loads(status.read_text(encoding="utf-8"))["workers"]
        return {name[5:]: worker["fault"] for name, worker in workers.items() if name.startswith("port ")}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}


def _of_another(token: str, home: str) -> str:
    found = _HOME_OF_TOKEN.match(token)
    if found and found[1] != home:
        return f"the token is that of {found[1]}, and this home is {home}: its lines would be taken for that home's"
    return ""
