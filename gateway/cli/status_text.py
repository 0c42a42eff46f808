"""The status of the box as lines for an 80-column terminal."""

import math
from collections.abc import Iterator, Sequence
from textwrap import wrap
from typing import Any

from gateway.service.health import LOW_DISK_MB
from rules.terms.words import counted, duration, listed

OLD_S = 60.0
ALERTS = 10  # lines; `kinlight alerts list` has all
LOW_BATTERY_PERCENT = 15.0


def status_lines(values: dict[str, Any], age_s: float) -> Iterator[str]:
    """Lines of the status that `gateway.service.health` left `age_s` seconds ago."""
    if age_s > OLD_S:
        yield f"THE BOX IS NOT RUNNING: it was last seen {duration(age_s)} ago."
    yield f"Home {values['home']}, Kinlight {values['version']}, {values['rss_mb']:.0f} MB"
    if not values["clock_trusted"]:
        yield "The clock has not been set yet: nothing leaves the home until it is."
    yield f"{values['readings']} readings from {values['frames']} messages; {values['pending']} rows wait to be kept"
    if values["dropped"]:
        yield f"LOST: {values['dropped']} messages came faster than they could be taken in"
    if values.get("late"):
        yield f"{values['late']} readings came too late to count: were they kept by the broker, or is a clock wrong?"
    yield from _workers(values["workers"])
    if (free_mb := values.get("disk_free_mb", math.inf)) < LOW_DISK_MB:
        yield f"  NO ROOM      {free_mb:.0f} MB are free on the disk; remove what does not belong there"
    yield from _alerts(values.get("alerts", ()))
    for name, sink in values["sinks"].items():
        yield f"  sink {name}: {sink['backlog']} points wait{': ' + sink['reason'] if sink['reason'] else ''}"
    yield from change_lines(values.get("changes"))
    yield from _household(values["household"])
    yield ""
    yield from _sensors(values["sensors"], values["time_ns"])
    if values["errors"]:
        yield ""
        yield "Not understood:"
        for row in values["errors"]:
            yield f"  {row['device']}: {row['count']} x {row['kind']}: {row['latest']}"[:79]
    if values["strangers"]:
        yield ""
        yield "Heard, but no [[sensor]] claims it, or Kinlight does not know the field:"
        yield from _unassigned(values["strangers"])


def status_faults(values: dict[str, Any], age_s: float) -> list[str]:
    """What makes the status that of a box which needs somebody now; empty where it does not."""
    broken = [name for name, worker in values["workers"].items() if worker["fault"]]
    found = ["the box is not running"] if age_s > OLD_S else []
    found += [f"{counted(len(broken), 'part')} not working: {listed(broken)}"] if broken else []
    found += ["there is no room on the disk"] if values.get("disk_free_mb", math.inf) < LOW_DISK_MB else []
    return found


def _alerts(alerts: Sequence[dict[str, Any]]) -> Iterator[str]:
    if not alerts:
        return
    yield f"{counted(len(alerts), 'open alert')} (kinlight alerts list):"
    for each in alerts[:ALERTS]:
        yield f"  {each['id']:>4}  {each['priority']:<6}  {each['state']:<12}  {each['what']}"[:79]


def _unassigned(rows: Sequence[dict[str, Any]]) -> Iterator[str]:
    """One line a device, whatever it says: it needs one [[sensor]]."""
    devices: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for row in rows:
        devices.setdefault((row["device"], row["address"]), []).append(row)
    for (device, address), said in devices.items():
        words = ", ".join(row["quantity"] for row in said)
        yield f"  device {device}, address {address!r}: {words} ({max(row['count'] for row in said)} x)"[:79]


def _workers(workers: dict[str, Any]) -> Iterator[str]:
    for name, worker in workers.items():
        if worker["fault"]:
            yield f"  NOT WORKING  {name}: {worker['fault']}"
    if not any(worker["fault"] for worker in workers.values()):
        yield f"All {len(workers)} parts of the box work."


def change_lines(changes: dict[str, Any] | None) -> Iterator[str]:
    """The observed rate beside the nominal one: whoever gets the alerts may judge them."""
    if not changes or not changes["assessed_days"]:
        left = changes["learning_days_left"] if changes else 0
        why = f"the routine is still being learned, {left} days to go" if left else "no day could be assessed yet"
        yield f"Alerts about changed days: none; {why}."
        return
    alerts, days = changes["alerts"], changes["assessed_days"]
    observed = f", one in {changes['observed_days']:.0f} days" if alerts else ""
    yield f"Alerts about changed days: {alerts} in {days} assessed day{'' if days == 1 else 's'}{observed}."
    yield f"  By chance alone about one in {changes['nominal_days']:.0f} days is expected."


def _household(said: dict[str, Any]) -> Iterator[str]:
    """What the plan declares."""
    people = "1 person" if said["residents"] == 1 else f"{said['residents']} people"
    others = [counted(said["pets"], "pet")] if said["pets"] else []
    others += [f"a carer at {counted(said['carers'], 'usual time')}"] if said["carers"] else []
    yield f"The plan: {listed([people, *others])}"
    if said["today"]:
        yield f"  today: {said['today']}; such days are neither judged nor learned from"


def _sensors(sensors: list[dict[str, Any]], now_ns: int) -> Iterator[str]:
    yield f"{'sensor':<24}{'room':<15}{'last heard':<25}state"
    for row in sensors:
        heard = f"{duration((now_ns - row['heard_ns']) / 1e9)} ago" if row["heard_ns"] else "never"
        yield f"{row['sensor'][:23]:<24}{row['room'][:14]:<15}{heard:<24} {_state(row)}"
    yield from _of_themselves(sensors)
    if unheard := [row["sensor"] for row in sensors if not row["heard_ns"]]:
        said = f"Not heard since it was put in: {listed(unheard)}. Is the address exactly the device's own?"
        yield from wrap(said, 79, subsequent_indent="  ")


def _of_themselves(sensors: list[dict[str, Any]]) -> Iterator[str]:
    """Battery and radio of each sensor that says anything of them; the flattest first."""
    rows = []
    for row in sensors:
        percent, low, link = (row.get(each) for each in ("battery_percent", "battery_low", "linkquality"))
        said = [f"battery {percent:.0f} %"] if percent is not None else []
        said += ["battery LOW"] if low or (percent is not None and percent <= LOW_BATTERY_PERCENT) else []
        said += [f"radio {link:.0f} of 255"] if link is not None else []
        rows += [(101.0 if percent is None else percent, row["sensor"], ", ".join(said))] if said else []
    for _, sensor, words in sorted(rows):
        yield f"  {sensor[:22]:<22}{words}"


def _state(sensor: dict[str, Any]) -> str:
    """An installer takes this for proof that a sensor works, so "ok" is only said of one that was heard."""
    if not sensor["heard_ns"]:
        return "not heard yet"
    if sensor["silent"]:
        return "SILENT"
    return "NEVER PAUSES" if sensor["chatters"] else "ok"
