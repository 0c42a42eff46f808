"""Small multiples: each day of a person beside the band of what is usual for them."""

from typing import NamedTuple

from dashboards.palette import USUAL
from dashboards.panels import Kind, Look, Panel, Target
from dashboards.query import Query, Scaled, Series, Where


class Shown(NamedTuple):
    """One small multiple: what is drawn, under which title, in which unit."""

    name: str
    title: str
    unit: str  # a unit of Grafana's
    factor: float = 1.0
    plus: float = 0.0
    clock: bool = False
    high: float | None = None  # where there is no more than that


HOURS, MINUTES = "suffix:h", "suffix:min"
BLOCK_MINUTES = 5.0
TIMES = "none"  # a count: its title says of what

FEATURES = (
    Shown("first_activity", "First up", "none", 1 / 60, 6.0, clock=True),  # minutes after 06:00
    Shown("kitchen_visits", "Kitchen, visits a day", TIMES),
    Shown("fridge_openings", "Fridge, openings a day", TIMES),
    Shown("room_changes", "From room to room, times a day", TIMES),
    Shown("door_uses", "Outside door, uses a day", TIMES),
    Shown("longest_still", "Longest still time by day", HOURS, 1 / 60),
)
NIGHTS = (
    Shown("night_bathroom_visits", "Bathroom, visits a night", TIMES),
    Shown("night_rest", "Longest quiet stretch of the night", HOURS, 1 / 60),
    Shown("night_active_blocks", "Up and about at night", MINUTES, BLOCK_MINUTES),
)
VITALS = (
    Shown("systolic_mmhg", "Blood pressure, upper", "suffix:mmHg"),
    Shown("pulse_bpm", "Pulse", "suffix:/min"),
    Shown("spo2_percent", "Oxygen saturation", "suffix:%", high=100.0),
    Shown("body_temperature_c", "Body temperature", "suffix:°C"),
    Shown("respiration_per_min", "Breathing rate", "suffix:/min"),
    Shown("weight_kg", "Weight", "suffix:kg"),
)


def beside_usual(shown: Shown, measurement: str = "day", *, kind: Kind = "lines", width: int = 8) -> Panel:
    """Each day's value over the band of this person's usual."""
    tag = "feature" if measurement == "day" else "quantity"

    def field(name: str) -> Query:
        series = Series(measurement, name, by=(), where=(Where(tag, shown.name),))
        plain = (shown.factor, shown.plus) == (1.0, 0.0)
        return series if plain else Scaled(series, shown.factor, shown.plus)

    return Panel(
        shown.title,
        kind,
        "Line or bar: each day. Band: what is usual for this person on seven days of eight. "
        "Outside the band now and then is ordinary; day after day is worth checking.",
        (
            Target("usual, upper", field("usual_high"), Look(dashed=True, colour=USUAL, band="usual, lower")),
            Target("usual, lower", field("usual_low"), Look(dashed=True, colour=USUAL)),
            Target("this person", field("value")),
        ),
        Look(shown.unit, low=0 if kind == "bars" else None, high=shown.high, clock=shown.clock),
        empty="Not known",
        width=width,
        height=5,
        every="1d",
        legend=False,
        soft=(5, 11) if shown.clock else None,
    )
