"""Windows for tests of rules: written by hand, or anything at all."""

from collections.abc import Callable
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import numpy as np
from hypothesis import strategies as st

from drivers.kit.quantity import QUANTITIES
from rules.kit.contract import Sensor, Window
from rules.terms.channel import Channel
from rules.terms.time import NS_PER_MINUTE

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
    devices: dict[str, str] | None = None,
    never: tuple[str, ...] = (),
) -> Window:
    """A home at local time `now`; `channels`: its id -> local time of its last event ("" for never).

    All were heard just now, but for the sensors in `silent`: those were last heard at their last event. `devices`: the
    stick of a sensor, its own where it is not named; `never`: sensors that were configured and never heard.
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
    sensors = sensors_of(rows, arrays, devices or {})
    sensors += [Sensor(name, "", (devices or {}).get(name, name), "", 0, True) for name in never]
    return Window(
        channels=rows,
        time_ns=time_ns,
        zone=LONDON,
        watching_since_ns=local_ns(watching),
        sensors=sensors,
        **arrays,
    )


def sensors_of(rows: list[Channel], arrays: dict[str, np.ndarray], devices: dict[str, str]) -> list[Sensor]:
    """The sensors behind the channels: silent where all that each sends is."""
    found = {}
    for row, heard_ns, silent in zip(rows, arrays["last_ns"].tolist(), arrays["silent"].tolist(), strict=True):
        device = devices.get(row.sensor, row.sensor)
        before = found.get(row.sensor, Sensor(row.sensor, row.room, device, "", 0, True))
        found[row.sensor] = before._replace(
            heard_ns=max(heard_ns, before.heard_ns, 0), silent=before.silent and bool(silent)
        )
    return list(found.values())


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
    never = [Sensor(name, "", "s0", "", 0, draw(st.booleans())) for name in draw(st.sampled_from(((), ("help", "x"))))]
    sensors = sensors_of(rows, arrays, {"s1": "s0", "s2": "s0"}) + never
    return Window(channels=rows, time_ns=now, zone=zone, watching_since_ns=draw(times), sensors=sensors, **arrays)
