"""Small multiples: each day of a person beside the band of what is usual for them."""

from dashboards.palette import USUAL
from dashboards.panels import Look, Panel, Target
from dashboards.query import Query, Scaled, Series, Where

FEATURES = (
    ("night_bathroom_visits", "Bathroom at night", "visits a night"),
    ("night_rest", "Longest quiet stretch of the night", "minutes"),
    ("night_active_blocks", "Movement at night", "five-minute blocks with movement"),
    ("first_activity", "First up", "hour of the day"),
    ("kitchen_visits", "Kitchen", "visits a day"),
    ("fridge_openings", "Fridge", "openings a day"),
    ("room_changes", "Going from room to room", "changes a day"),
    ("door_uses", "Outside door", "uses a day"),
    ("longest_still", "Longest still time by day", "minutes"),
)
CLOCKS = ("first_activity", "last_activity")  # in minutes after 06:00, the start of the care day
NIGHTS = FEATURES[:3]
VITALS = (
    ("systolic_mmhg", "Blood pressure, upper", "mmHg"),
    ("pulse_bpm", "Pulse", "per minute"),
    ("spo2_percent", "Oxygen saturation", "%"),
    ("body_temperature_c", "Body temperature", "°C"),
    ("respiration_per_min", "Breathing rate", "per minute"),
    ("weight_kg", "Weight", "kg"),
)


def beside_usual(
    title: str, measurement: str, tag: str, value: str, unit: str, *, kind: str = "lines", width: int = 8
) -> Panel:
    """One small multiple: each day's value over the band of this person's usual."""

    def field(name: str) -> Query:
        series = Series(measurement, name, by=(), where=(Where(tag, value),))
        return Scaled(series, 1 / 60, 6.0) if value in CLOCKS else series

    return Panel(
        title,
        "bars" if kind == "bars" else "lines",
        f"Line: each day, in {unit}. Band: what is usual for this person. "
        "Outside the band now and then is ordinary; day after day is worth checking.",
        (
            Target("usual, upper", field("usual_high"), Look(dashed=True, colour=USUAL, band="usual, lower")),
            Target("usual, lower", field("usual_low"), Look(dashed=True, colour=USUAL)),
            Target("this person", field("value")),
        ),
        Look(f"suffix: {unit}" if len(unit) <= 4 else "none", low=0 if kind == "bars" else None),
        empty="Not known",
        width=width,
        height=5,
        every="1d",
        legend=False,
    )
