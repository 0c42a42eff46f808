"""The rows that a simulated home makes every five and fifteen minutes and every hour."""

from typing import Final

import numpy as np

from gateway.model.point import Point
from gateway.points.box_score import box_score

VERSIONS: Final = ("0.1.0", "0.1.1")
SENSORS: Final = (
    ("kitchen", "kitchen-motion"),
    ("hallway", "hallway-motion"),
    ("lounge", "lounge-motion"),
    ("bedroom", "bedroom-motion"),
    ("bathroom", "bathroom-motion"),
    ("hallway", "front-door"),
    ("kitchen", "fridge-door"),
    ("kitchen", "kettle"),
    ("lounge", "lounge-climate"),
    ("bedroom", "bed"),
)
_STILL: Final = ("away", "dim")  # nobody is there, or nobody can be seen
_USUAL_BY_HOUR: Final = (2, 1, 1, 2, 3, 6, 18, 34, 40, 36, 30, 28, 34, 30, 24, 22, 24, 30, 32, 26, 20, 16, 10, 4)


def heartbeat(home: str, rng: np.random.Generator, time_s: int, *, dim: bool) -> Point:
    """The box's own row. A box's figures keep to a level of its own; one in thirty has trouble on the way out."""
    own = hash_of(home)
    fields = (
        ("up", 1.0),
        ("inbox", float(rng.integers(0, 3))),
        ("dropped", float(own % 40 == 0)),
        ("frames", float(time_s % 10_000_000)),
        ("readings", float(2 * (time_s % 10_000_000))),
        ("decode_errors", float(own % 7)),
        ("workers_down", float(own % 50 == 1)),
        ("backlog", float(rng.integers(2000, 9000)) if own % 30 == 2 else float(rng.integers(0, 60))),
        ("rss_mb", 60.0 + own % 40),
        ("disk_free_mb", 300.0 if own % 60 == 3 else 9000.0 + own % 5000),
        ("clock_s", float(time_s)),
        ("clock_synced", float(own % 45 != 4)),
        ("proven_s", float(86_400 * (own % 60)) if own % 8 else float("nan")),
    )
    silent = sum(_silent(home, number, dim=dim) for number in range(len(SENSORS)))
    wrong = ("trouble", box_score(dict(fields), silent))
    return Point("gateway", (("home", home), ("version", VERSIONS[own % 5 == 0])), (*fields, wrong), time_s)


def minutes(home: str, rng: np.random.Generator, time_s: int, *, story: str) -> list[Point]:
    """Channel summaries of five minutes: movement where somebody is, climate, and batteries every six hours."""
    rate = _USUAL_BY_HOUR[time_s // 3600 % 24] / 12.0
    rows = []
    for room, sensor in () if story in _STILL else SENSORS[:5]:
        if count := int(rng.poisson(rate / 5)):
            rows.append(_channel(home, room, sensor, "motion", (("count", float(count)),), time_s=time_s))
    warm = round(20.0 + float(rng.normal()) * 0.3, 1)
    climate = (("count", 2.0), ("mean", warm), ("min", warm - 0.1), ("max", warm + 0.1), ("last", warm))
    rows.append(_channel(home, "lounge", "lounge-climate", "room_temperature_c", climate, time_s=time_s))
    if time_s % 21_600 == 0:
        for number, (room, sensor) in enumerate(SENSORS):
            level = float(15 if (hash_of(home) + number) % 90 == 0 else 55 + (hash_of(home) + 7 * number) % 45)
            battery = (("count", 1.0), ("mean", level), ("min", level), ("max", level), ("last", level))
            rows.append(_channel(home, room, sensor, "battery_percent", battery, time_s=time_s))
    return rows


def sensors(home: str, rng: np.random.Generator, time_s: int, *, dim: bool) -> list[Point]:
    """The health of each sensor."""
    rows = []
    for number, (room, sensor) in enumerate(SENSORS):
        silent = _silent(home, number, dim=dim)
        age_s = 90_000.0 if silent else float(rng.integers(10, 2400))
        fields = (("silent", float(silent)), ("age_s", age_s), ("limit_s", 7200.0))
        rows.append(Point("sensor", (("home", home), ("room", room), ("sensor", sensor)), fields, time_s))
    return rows


def hourly(home: str, rng: np.random.Generator, time_s: int, *, story: str) -> list[Point]:
    """How much moved in the hour, beside what is usual then; nothing where nobody could have been seen."""
    if story == "dim":
        return []
    usual = _USUAL_BY_HOUR[(time_s // 3600 - 1) % 24]
    moved = 0.0 if story in _STILL else float(rng.poisson(usual))
    band = (("usual_low", 0.6 * usual), ("usual_high", 1.5 * usual + 2.0))
    return [Point("hour", (("home", home),), (("movements", moved), *(() if story == "new" else band)), time_s)]


def hash_of(home: str) -> int:
    """A number that is the same in every run."""
    return sum((place + 1) * ord(letter) for place, letter in enumerate(home)) * 7919 % 9973


def _silent(home: str, number: int, *, dim: bool) -> bool:
    """In a dim home most sensors are quiet, elsewhere one in sixty."""
    return number < 6 if dim else (hash_of(home) + number) % 60 == 0


def _channel(
    home: str, room: str, sensor: str, quantity: str, fields: tuple[tuple[str, float], ...], *, time_s: int
) -> Point:
    return Point(
        "channel", (("home", home), ("room", room), ("sensor", sensor), ("quantity", quantity)), fields, time_s
    )
