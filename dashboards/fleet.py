"""Fleet, for an installer: which boxes and sensors need me?"""

from dataclasses import replace

from dashboards.caseload import KNOWN
from dashboards.palette import ACT, NOT_YET, PLAIN, UNKNOWN_WORD, WATCH, cell, number, over, plain, under
from dashboards.panels import Dashboard, Look, Panel, Target, Word
from dashboards.query import DAY, Ago, Count, Else, Series, Where
from gateway.points.box_score import DARK as BOX_DARK

FLEET_HOME = "/d/kinlight-person?var-home=${__value.raw}"
DARK = Count(Else(Series("gateway", "up"), 2.0, KNOWN), 2)
NEEDS = Else(Series("gateway", "trouble"), BOX_DARK, replace(Series("gateway", "trouble"), window="7d"))
TROUBLE = ((None, PLAIN), (5.0, WATCH), (20.0, ACT))
_SENSOR = ("home", "room", "sensor")
_WHICH = (
    ("home", Look(width=90), "Home"),
    ("sensor", Look(least=120), "Sensor"),
    ("room", Look(width=90), "Room"),
)


def _stat(title: str, description: str, target: Target, look: Look, width: int) -> Panel:
    return Panel(title, "stat", description, (target,), look, "Not known", width, 3)


_COUNTS = (
    _stat(
        "Homes that are dark",
        "Heard this week, but not for 20 minutes: no power, no internet, or a broken box.",
        Target("dark", DARK),
        number("none", over(1, 1)),
        6,
    ),
    _stat(
        "Sensors not heard",
        "Quiet for longer than they ever are.",
        Target("silent", Series("sensor", "silent", outer="sum", by=())),
        number("none", over(1)),
        6,
    ),
    _stat(
        "Lines waiting to be sent",
        "In the boxes' outboxes. It grows while the way to the store is broken.",
        Target("backlog", Series("gateway", "backlog", outer="sum", by=())),
        number("none", over(1000, 10_000)),
        6,
    ),
    _stat(
        "Homes heard",
        "Heard in the last 20 minutes.",
        Target("heard", Count(Series("gateway", "up"), 1)),
        plain("none", 0),
        6,
    ),
)


def _series(field: str) -> Series:
    return Series("gateway", field, window="7d")


def _gateway(name: str, field: str, look: Look) -> Target:
    return Target(name, _series(field), look)


_HOMES = Panel(
    "Which box needs me?",
    "table",
    "One line a box, the one that needs somebody most on top; the figures are the last ones it sent. Needs you: 100 "
    "for a box that is not heard, else points for parts that stopped, lost messages, lines that wait, a full disk, a "
    "wrong clock and silent sensors. Silent: sensors. Waiting: lines to be sent. Down: parts of the program. Proven "
    "alert: how long ago a message was answered by a person.",
    (
        Target("Needs you", NEEDS, Look("none", 0, TROUBLE, cell="fill", width=95)),
        Target("Last heard", Ago(_series("clock_s")), cell("dtdurations", over(1200, 3600), 100)),
        Target("Silent", Series("sensor", "silent", outer="sum", window="7d"), cell("none", over(1, 3), 65)),
        _gateway("Waiting", "backlog", cell("none", over(1000, 10_000), 80)),
        _gateway("Lost", "dropped", cell("none", over(1), 60)),
        _gateway("Unreadable", "decode_errors", cell("none", over(100), 100)),
        _gateway("Down", "workers_down", cell("none", over(1, 1), 65)),
        _gateway("Disk free", "disk_free_mb", cell("decmbytes", under(500, 2000), 90)),
        Target(
            "Clock",
            Series("gateway", "clock_synced", window="7d"),
            Look(
                words=(Word(1.0, "right", PLAIN), Word(0.0, "not set", WATCH), UNKNOWN_WORD),
                cell="fill",
                width=80,
            ),
        ),
        _gateway(
            "Proven alert",
            "proven_s",
            cell("dtdurations", over(2_592_000, 7_776_000), 110, unknown=NOT_YET),
        ),
        Target("Version now", Series("gateway", "up", by=("home", "version"), window="7d"), Look(hidden=True)),
    ),
    empty="No box is known to have sent anything this week",
    width=24,
    height=12,
    tags=(("home", Look(link=FLEET_HOME, least=100), "Home"), ("version", Look(width=67), "Version")),
    sort="Needs you",
)

SILENT = Look(words=(Word(1.0, "silent", WATCH),), cell="fill", width=90)
_SENSORS = Panel(
    "Which sensors are silent?",
    "table",
    "Quiet for longer than they ever are. Look at the battery first, then at the distance.",
    (Target("Silent", Series("sensor", "silent", by=_SENSOR, at_least=1), SILENT),),
    empty="None is known of; of homes that are not heard nothing is",
    width=12,
    height=8,
    tags=_WHICH,
)

_BATTERIES = Panel(
    "Which batteries run low?",
    "table",
    "The last level that was reported, at most 20 %.",
    (
        Target(
            "Battery",
            Series(
                "channel", "last", by=_SENSOR, where=(Where("quantity", "battery_percent"),), window=DAY, at_most=20
            ),
            cell("percent", under(10, 20), 90),
        ),
    ),
    empty="No low battery is known of",
    width=12,
    height=8,
    tags=_WHICH,
    sort="Battery",
)

DASHBOARD = Dashboard(
    uid="kinlight-fleet",
    title="Fleet: which boxes and sensors need me?",
    description="For installers. Nothing here is about a person.",
    panels=(
        _HOMES,
        *_COUNTS,
        _SENSORS,
        _BATTERIES,
        Panel(
            "How many homes are heard?",
            "lines",
            "Homes heard in each quarter of an hour.",
            (Target("homes heard", Count(Series("gateway", "up", "max"), 1)),),
            Look("none", 0, low=0),
            width=12,
            height=7,
            every="15m",
        ),
        Panel(
            "What waits to be sent?",
            "lines",
            "Lines in all outboxes; it falls quickly when the way is free again.",
            (Target("lines", Series("gateway", "backlog", "max", "sum", by=())),),
            Look("none", 0, low=0),
            width=12,
            height=7,
            every="15m",
        ),
    ),
    since="now-2d",
)
