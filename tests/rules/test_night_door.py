"""A door at night: out, back inside, or not to be seen; and what is usual here."""

from dataclasses import replace

import numpy as np
import pytest

from gateway.alerts.book import AlertBook
from gateway.alerts.wording import message
from gateway.model.alert import State
from rules.core.day import ROLES, Role
from rules.core.hazard import Hazard
from rules.core.learned import Learned, Usual
from rules.core.profile import WARM_UP, Profile
from rules.kit.contract import Window
from rules.night_door import OWN_USUAL, Rule
from rules.terms.channel import Channel
from rules.terms.finding import AlertKind, Finding, Priority
from rules.terms.time import NS_PER_MINUTE
from tests.rules.windows import LONDON, local_ns

ROWS = 12 * 60
DEFAULT = Rule()
NIGHT = {"front-door/contact_open/hallway": ["2026-03-03 03:02:20", "2026-03-03 03:02:50"]}  # open, shut, open, ...
HALL, BEDROOM, KITCHEN = "hall-motion/motion/hallway", "bed-motion/motion/bedroom", "kitchen-motion/motion/kitchen"
HOME = {HALL: ["2026-03-03 03:02:00"], BEDROOM: ["2026-03-03 03:01:10"], KITCHEN: ["2026-03-02 21:30:00"]}


def home(
    now: str,
    said: dict[str, list[str]],
    *,
    silent: tuple[str, ...] = (),
    watching: str = "2026-01-01 00:00",
    learned: Learned | None = None,
) -> Window:
    """A home at local time `now`. `said`: sensor/quantity/room -> local times of its events; of states on, off, on."""
    time_ns, n = local_ns(now), len(said)
    edge = time_ns // NS_PER_MINUTE
    channels, value, count = [], np.full((ROWS, n), np.nan, np.float32), np.zeros((ROWS, n), np.uint16)
    event_ns, last = np.zeros(n, np.int64), np.zeros(n)
    for column, (name, texts) in enumerate(said.items()):
        sensor, quantity, room = name.split("/")
        kind = "event" if quantity == "motion" else "state"
        channels.append(Channel(sensor, room, quantity, kind))
        times = [t for t in map(local_ns, texts) if t <= time_ns]
        if kind == "state":
            value[:, column] = 0.0
        for i, at in enumerate(times):
            row = at // NS_PER_MINUTE - edge + ROWS
            if 0 <= row < ROWS:
                count[row, column] += 1
            if kind == "event" and 0 <= row < ROWS:
                value[row, column] = 1.0
            elif kind == "state" and i % 2 == 0:
                off = times[i + 1] if i + 1 < len(times) else time_ns
                minutes = (edge - ROWS + np.arange(ROWS)) * NS_PER_MINUTE
                on_ns = np.minimum(off, minutes + NS_PER_MINUTE) - np.maximum(at, minutes)
                value[:, column] += np.maximum(on_ns, 0) / NS_PER_MINUTE
            event_ns[column] = at
        last[column] = float(kind == "state" and len(times) % 2)
    dead = np.array([channel.sensor in silent for channel in channels], np.bool_)
    return Window(
        channels=channels,
        time_ns=time_ns,
        zone=LONDON,
        value=value,
        count=count,
        last_value=last,
        last_ns=np.full(n, time_ns, np.int64),
        event_ns=event_ns,
        silent=dead,
        watching_since_ns=local_ns(watching),
        learned=learned,
    )


def usually(role: Role, hour: int, quarter: int, times: float, closings: int = 20) -> Learned:
    """A routine in which `role` is used `times` in one quarter hour of a weekday, and nothing else happens."""
    profile = Profile(np.ones(ROLES, np.float32))
    profile.learned[...] = closings
    profile.mean[0, hour * 4 + quarter, role] = times / 15
    return Learned(Hazard(1).quiet(), usual=Usual(profile.kept()))


def one(seen: Window, rule: Rule = DEFAULT) -> Finding:
    (finding,) = rule.check(seen)
    return finding


def test_out_as_it_seems_says_all_that_matters_at_three_in_the_morning() -> None:
    finding = one(home("2026-03-03 03:12", NIGHT | HOME))
    assert (finding.kind, finding.priority, finding.subject) == (AlertKind.PERSONAL, Priority.HIGH, "home")
    assert finding.what == "Front door opened at 03:02, no movement inside since"
    assert finding.now == (
        "Front door opened at 03:02 on Tuesday, closed again. Last movement inside: hall motion at 03:02 on Tuesday"
    )
    assert finding.usual == "Set to tell you of doors between 23:00 and 06:00"
    assert finding.since_ns == finding.again_ns == local_ns("2026-03-03 03:02")
    assert finding.sensors[0] == "front-door/contact_open"
    assert (finding.hold_s, finding.latching, finding.missing) == (600.0, False, "")
    open_still = NIGHT | {"front-door/contact_open/hallway": ["2026-03-03 03:02:20"]}
    assert "still open" in one(home("2026-03-03 03:12", open_still | HOME)).now
    assert "not heard since" in one(home("2026-03-03 03:12", open_still | HOME, silent=("front-door",))).now


@pytest.mark.parametrize(
    ("place", "at", "back"),
    [
        (HALL, "03:03:45", False),  # the way out leads past the hall's sensor
        (HALL, "03:03:55", True),
        (BEDROOM, "03:02:45", False),  # before the door was shut
        (BEDROOM, "03:02:55", True),
    ],
)
def test_back_inside_is_movement_after_the_door(place: str, at: str, back: bool) -> None:
    said = NIGHT | HOME | {place: [f"2026-03-03 {at}"]}
    assert (Rule().check(home("2026-03-03 03:12", said)) == []) is back


@pytest.mark.parametrize(
    ("at", "told"),
    [
        ("2026-03-02 22:59", False),
        ("2026-03-02 23:00", True),
        ("2026-03-03 05:59", True),
        ("2026-03-03 06:00", False),
        ("2026-03-29 02:30", True),  # a time that does not exist: 01:30 UTC, 02:30 by the summer clock
        ("2026-10-25 01:30", True),
        ("2026-03-03 14:00", False),
    ],
)
def test_only_at_night_by_the_wall_clock(at: str, told: bool) -> None:

    seen = home(at, {"front-door/contact_open/hallway": [f"{at}:00"], HALL: ["2026-03-01 10:00:00"]})
    assert bool(Rule().check(seen)) is told


def test_hours_that_do_not_pass_midnight() -> None:
    rule = Rule(from_hour=1, to_hour=4)
    assert one(home("2026-03-03 03:12", NIGHT | HOME), rule).usual == "Set to tell you of doors between 01:00 and 04:00"
    late = {"front-door/contact_open/hallway": ["2026-03-02 23:30:00"]} | HOME
    assert rule.check(home("2026-03-03 00:30", late)) == []


def test_what_is_usual_here_is_not_told() -> None:
    at_half_past_five = {"front-door/contact_open/hallway": ["2026-03-03 05:20:20"]} | HOME
    seen = home("2026-03-03 05:40", at_half_past_five)
    carer = usually(Role.FRONT_DOOR, 5, 2, times=1.0)
    assert Rule().check(replace(seen, learned=carer)) == []
    assert one(replace(seen, learned=usually(Role.FRONT_DOOR, 5, 2, times=0.7))).usual == OWN_USUAL
    assert one(replace(seen, learned=usually(Role.BACK_DOOR, 5, 2, times=1.0))).usual == OWN_USUAL
    assert one(home("2026-03-03 03:12", NIGHT | HOME, learned=carer)).usual == OWN_USUAL
    young = usually(Role.FRONT_DOOR, 5, 2, times=1.0, closings=WARM_UP - 1)
    assert one(replace(seen, learned=young)).usual == "Set to tell you of doors between 23:00 and 06:00"


def test_which_doors_lead_out() -> None:
    fridge = {"fridge-door/contact_open/kitchen": NIGHT["front-door/contact_open/hallway"]}
    patio = {"patio/contact_open/lounge": NIGHT["front-door/contact_open/hallway"]}
    assert Rule().check(home("2026-03-03 03:12", fridge | HOME)) == []
    assert Rule().check(home("2026-03-03 03:12", patio | HOME)) == []
    assert one(home("2026-03-03 03:12", patio | HOME), Rule(outside_doors=("patio",))).what.startswith("Patio opened")
    declared = Learned(Hazard(1).quiet(), sensors={Role.BACK_DOOR: ["patio/contact_open"]})
    assert one(home("2026-03-03 03:12", patio | HOME, learned=declared)).what.startswith("Patio opened")
    assert Rule(outside_doors=("patio",)).check(home("2026-03-03 03:12", NIGHT | HOME)) == []


def test_going_out_and_in_again_without_movement_is_one_outing() -> None:
    times = ["2026-03-03 03:02:20", "2026-03-03 03:02:50", "2026-03-03 03:31:00"]
    seen = home("2026-03-03 03:33", NIGHT | HOME | {"front-door/contact_open/hallway": times})
    assert one(seen).again_ns == local_ns("2026-03-03 03:02")
    assert one(seen).now.startswith("Front door opened 2 times, last at 03:31 on Tuesday, still open.")
    between = HOME | {KITCHEN: ["2026-03-03 03:10:00"]}
    apart = one(home("2026-03-03 03:33", NIGHT | between | {"front-door/contact_open/hallway": times}))
    assert apart.again_ns == local_ns("2026-03-03 03:31"), "back in between: a new outing"


def test_two_doors_are_one_outing() -> None:
    back = {"back-door/contact_open/kitchen": ["2026-03-03 03:05:10", "2026-03-03 03:05:30"]}
    finding = one(home("2026-03-03 03:20", NIGHT | back | HOME))
    assert finding.what.startswith("Front door opened at 03:02")
    assert finding.now.startswith("Front door and Back door opened 2 times, last at 03:05")


def test_somebody_seen_to_be_there_is_not_out() -> None:
    bed = {"bed/in_bed/bedroom": ["2026-03-02 22:00:00"]}
    assert Rule().check(home("2026-03-03 03:12", NIGHT | HOME | bed)) == []
    assert one(home("2026-03-03 03:12", NIGHT | HOME | bed, silent=("bed",))).missing.startswith("not heard: bed (1 of")
    radar = {"radar/presence/lounge": ["2026-03-03 03:05:00", "2026-03-03 03:06:30"]}
    assert Rule().check(home("2026-03-03 03:20", NIGHT | HOME | radar)) == [], "came, and went out of its sight"
    falling = {"radar/presence/lounge": ["2026-03-03 03:00:00", "2026-03-03 03:04:00"]}
    assert one(home("2026-03-03 03:12", NIGHT | HOME | falling)), "a radar that lets go late shows nobody"


def test_where_nobody_can_be_seen_that_is_said_and_not_that_they_are_out() -> None:
    blind = ("hall-motion", "bed-motion", "kitchen-motion")
    finding = one(home("2026-03-03 03:12", NIGHT | HOME, silent=blind))
    assert (finding.priority, finding.latching) == (Priority.MEDIUM, True)
    assert finding.what == "Front door opened at 03:02"
    assert finding.missing == "all 3 movement sensors inside"
    assert one(home("2026-03-03 03:12", NIGHT)).missing == "no movement sensor is fitted inside"
    assert Rule().check(home("2026-03-03 15:03", NIGHT, silent=blind)) == [], "it stays until answered, and is not new"


def test_a_stop_of_the_box_that_night_is_said_and_an_older_door_is_forgotten() -> None:
    missing = one(home("2026-03-03 04:30", NIGHT | HOME, watching="2026-03-03 04:00")).missing
    assert missing == "the box did not watch all the time since"
    assert Rule().check(home("2026-03-03 15:30", NIGHT | HOME, watching="2026-03-03 15:03")) == []


def test_it_goes_on_when_the_door_is_older_than_what_a_rule_can_look_back() -> None:
    finding = one(home("2026-03-03 19:00", NIGHT | HOME))
    assert finding.since_ns == local_ns("2026-03-03 03:02")


def test_the_minute_under_way_counts_at_once() -> None:
    said = NIGHT | HOME | {"front-door/contact_open/hallway": ["2026-03-03 03:02:20"]}
    woken = replace(home("2026-03-03 03:02", said), time_ns=local_ns("2026-03-03 03:02:20"))
    events = np.array([local_ns("2026-03-03 03:02:20"), *woken.event_ns[1:]])
    woken = replace(woken, event_ns=events, last_value=np.array([1.0, 0.0, 0.0, 0.0]))
    assert one(woken).again_ns == one(home("2026-03-03 03:03", said)).again_ns == local_ns("2026-03-03 03:02")


def test_a_door_that_is_found_open_was_not_seen_to_open() -> None:
    seen = home("2026-03-03 03:12", {"front-door/contact_open/hallway": ["2026-03-03 03:02:20"]} | HOME)
    assert Rule().check(replace(seen, count=np.zeros_like(seen.count))) == []


@pytest.mark.parametrize(
    "wrong",
    [{"from_hour": 24}, {"from_hour": 6}, {"wait_minutes": 0}, {"wait_minutes": 721}, {"usual_times": 0}],
)
def test_settings_that_cannot_be_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong)).split("_", maxsplit=1)[0]):
        Rule(**wrong)  # type: ignore[arg-type]


def test_the_chance_is_said_only_of_what_was_measured() -> None:
    assert one(home("2026-03-03 03:12", NIGHT | HOME)).chance
    assert one(home("2026-03-03 03:12", NIGHT | HOME), Rule(outside_doors=("front-door",))).chance
    assert not one(home("2026-03-03 03:12", NIGHT | HOME), Rule(wait_minutes=5)).chance


def lived(said: dict[str, list[str]], until: str) -> list[tuple[str, str]]:
    """What people were told: (HH:MM, title), looked at every minute from 03:03 on."""
    book, told = AlertBook(), []
    now_ns = local_ns("2026-03-03 03:03")
    while now_ns <= local_ns(f"2026-03-03 {until}"):
        seen = home(f"2026-03-03 {_clock(now_ns)}", said)
        changes = book.observe(Rule().check(seen), now_ns, {"night_door"})
        told += [(_clock(now_ns), message(change, LONDON).title) for change in changes if change.tell]
        now_ns += NS_PER_MINUTE
    assert all(alert.state is not State.PENDING for alert in book.open())
    return told


def _clock(time_ns: int) -> str:
    return f"{time_ns // NS_PER_MINUTE // 60 % 24:02}:{time_ns // NS_PER_MINUTE % 60:02}"  # March: London is on UTC


def test_people_hear_of_it_after_ten_minutes_and_when_somebody_is_back() -> None:
    back = HOME | {KITCHEN: ["2026-03-03 03:15:10"]}
    assert lived(NIGHT | back, "03:40") == [
        ("03:13", "Front door opened at 03:02, no movement inside since"),
        ("03:21", "Over: Front door opened at 03:02, no movement inside since"),
    ]


def test_nobody_hears_of_a_door_with_movement_after_it() -> None:
    assert lived(NIGHT | HOME | {KITCHEN: ["2026-03-03 03:11:30"]}, "03:40") == []
