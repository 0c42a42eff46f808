"""Windows for tests of rules: written by hand, or anything at all."""

from collections.abc import Callable
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import numpy as np
from hypothesis import strategies as st

from drivers.quantity import QUANTITIES
from rules.base import NS_PER_MINUTE, Channel, Window

LONDON = ZoneInfo("Europe/London")
HOUR = 60 * NS_PER_MINUTE


def local_ns(text: str, zone: ZoneInfo = LONDON) -> int:
    """Local wall-clock time ("2026-03-03 09:12") as UTC nanoseconds."""
    return int(datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(UTC).timestamp()) * 10**9


def channel(name: str, room: str = "") -> Channel:
    sensor, quantity = name.split("/")
    return Channel(sensor, room or sensor.split("-")[0], quantity, QUANTITIES[quantity].kind.value)


def window(  # noqa: PLR0917
    now: str,
    channels: dict[str, str],
    minutes: int = 120,
    silent: tuple[str, ...] = (),
    watching: str = "2026-01-01 00:00",
    last_value: dict[str, float] | None = None,
    change: Callable[[dict[str, np.ndarray]], None] | None = None,
) -> Window:
    """A home at local time `now`; `channels`: its id -> local time of its last event ("" for never).

    All were heard just now, but for the sensors in `silent`: those were last heard at their last event.
    """
    rows = [channel(name) for name in channels]
    n = len(rows)
    time_ns = local_ns(now)
    arrays = {
        "value": np.full((minutes, n), np.nan, np.float32),
        "count": np.zeros((minutes, n), np.uint16),
        "last_value": np.array([(last_value or {}).get(c.id, 0.0) for c in rows]),
        "last_ns": np.array([time_ns if c.sensor not in silent else local_ns(channels[c.id] or now) for c in rows]),
        "event_ns": np.array([local_ns(at) if at else 0 for at in channels.values()], dtype=np.int64),
        "silent": np.array([c.sensor in silent for c in rows], dtype=np.bool_),
    }
    arrays["last_ns"] = arrays["last_ns"].astype(np.int64)
    if change:
        change(arrays)
    for array in arrays.values():
        array.setflags(write=False)
    return Window(channels=rows, time_ns=time_ns, zone=LONDON, watching_since_ns=local_ns(watching), **arrays)


NOWS = (
    0,
    1,
    local_ns("2026-03-29 00:59") + NS_PER_MINUTE,  # the 23-hour night
    local_ns("2026-03-29 09:00"),
    local_ns("2026-10-25 00:30") + HOUR,  # the 25-hour night, twice
    local_ns("2026-10-25 00:30") + 2 * HOUR,
    local_ns("2026-10-25 08:00"),
    local_ns("2026-07-01 12:00") + 123,
)
ZONES = ("Europe/London", "UTC", "Pacific/Apia", "America/St_Johns", "Australia/Lord_Howe")


@st.composite
def anything(draw: st.DrawFn) -> Window:
    """Any window the contract allows, and some it does not: infinite values, times ahead of now, no minutes."""
    ids = st.tuples(st.sampled_from([f"s{i}" for i in range(6)]), st.sampled_from(sorted(QUANTITIES)))
    named = draw(st.lists(ids, max_size=12, unique=True))
    rooms = ("", "kitchen", "bed_room")
    rows = [
        Channel(sensor, draw(st.sampled_from(rooms)), quantity, QUANTITIES[quantity].kind.value)
        for sensor, quantity in named
    ]
    n, minutes = len(rows), draw(st.sampled_from((1, 2, 59, 121, 1500)))
    now = draw(st.sampled_from(NOWS) | st.integers(0, 4 * 10**18))
    seed = np.random.default_rng(draw(st.integers(0, 2**32)))
    ages = st.sampled_from((0, 1, 14 * NS_PER_MINUTE, HOUR, 10 * HOUR, 30 * HOUR, 400 * 24 * HOUR, -HOUR))
    times = st.just(0) | ages.map(lambda age: max(0, now - age))
    numbers = st.floats(allow_nan=True, allow_infinity=True) | st.sampled_from((0.0, 1.0, 15.0))
    level = draw(st.sampled_from((0.0, 1.0, 11.0, 17.9, 1e30)))
    value = (level + seed.normal(size=(minutes, n))).astype(np.float32)
    value[seed.random((minutes, n)) < draw(st.sampled_from((0.0, 0.9, 1.0)))] = np.nan
    silent = draw(st.sampled_from(("none", "all", "some")))
    arrays = {
        "value": value,
        "count": seed.integers(0, draw(st.sampled_from((1, 3, 65536))), (minutes, n)).astype(np.uint16),
        "last_value": np.array([draw(numbers) for _ in rows], dtype=np.float64),
        "last_ns": np.array([draw(times) for _ in rows], dtype=np.int64),
        "event_ns": np.array([draw(times) for _ in rows], dtype=np.int64),
        "silent": np.array([silent == "all" or (silent == "some" and bool(seed.integers(2))) for _ in rows], np.bool_),
    }
    for array in arrays.values():
        array.setflags(write=False)
    zone = ZoneInfo(draw(st.sampled_from(ZONES)))
    return Window(channels=rows, time_ns=now, zone=zone, watching_since_ns=draw(times), **arrays)
