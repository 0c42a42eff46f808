"""Still, out, or not visible: three different things."""

from dataclasses import replace
from datetime import date, time

import pytest

from drivers.kit.quantity import SIGNS_OF_LIFE
from rules import device_silent, no_movement
from rules.core.declared import Carer, Declared, Kind, Period
from rules.core.hazard import Quiet
from rules.core.learned import Learned
from rules.kit.contract import Window
from rules.terms.channel import Channel
from rules.terms.finding import AlertKind, Finding, Priority
from tests.rules.windows import local_ns, window

DOORS = no_movement.Rule(day_hours=9, night_hours=12, outside_doors=("front-door",))
NO_DOORS = replace(DOORS, outside_doors=())


def home(now: str, last: str, **more: object) -> Window:
    """Movement in three rooms and a front door; `last` is the kitchen's last movement."""
    channels = {
        "kitchen-motion/motion": last,
        "hall-motion/motion": "2026-03-02 20:00",
        "bed-motion/motion": "2026-03-02 19:00",
        "front-door/contact_open": "2026-03-02 11:00",
    }
    return window(now, channels | more.pop("channels", {}), **more)  # type: ignore[arg-type, operator]


def one(rule: no_movement.Rule, seen: Window) -> Finding:
    (finding,) = rule.check(seen)
    return finding


def test_the_signs_are_the_vocabularys() -> None:
    assert set(no_movement.SIGNS) == SIGNS_OF_LIFE


def test_nine_hours_by_day() -> None:
    assert DOORS.check(home("2026-03-03 16:59", "2026-03-03 08:00")) == []
    finding = one(DOORS, home("2026-03-03 17:00", "2026-03-03 08:00"))
    assert finding.what == "No movement for 9 hours"
    assert finding.now == "Last sign: kitchen motion at 08:00 on Tuesday"
    assert (finding.kind, finding.priority, finding.latching) == (AlertKind.PERSONAL, Priority.HIGH, True)
    assert finding.missing == ""


def test_a_night_of_sleep_is_allowed_and_a_late_morning_is_told() -> None:
    # 22:00 to 07:00 uses 9/12 of what is allowed; the other quarter lasts 2 h 15 min by day
    assert DOORS.check(home("2026-03-04 09:14", "2026-03-03 22:00")) == []
    assert one(DOORS, home("2026-03-04 09:15", "2026-03-03 22:00")).what == "No movement for 11 hours 15 minutes"


@pytest.mark.parametrize(
    ("evening", "before", "told", "hours"),
    [  # the night from 22 to 07 has 8 hours in spring (and leaves 3 by day) and 10 in autumn (and leaves 1.5)
        ("2026-03-28 22:00", "2026-03-29 09:59", "2026-03-29 10:00", "11 hours"),
        ("2026-10-24 22:00", "2026-10-25 08:29", "2026-10-25 08:30", "11 hours 30 minutes"),
    ],
)
def test_the_nights_of_the_clock_change(evening: str, before: str, told: str, hours: str) -> None:
    assert DOORS.check(home(before, evening)) == []
    assert one(DOORS, home(told, evening)).what == f"No movement for {hours}"


def test_out_through_the_front_door_is_not_still() -> None:
    left, ajar = {"front-door/contact_open": "2026-03-03 07:50"}, {"front-door/contact_open": 1.0}
    assert DOORS.check(home("2026-03-04 07:59", "2026-03-03 08:00", channels=left, last_value=ajar)) == []
    finding = one(DOORS, home("2026-03-04 08:00", "2026-03-03 08:00", channels=left, last_value=ajar))
    assert (finding.subject, finding.priority, finding.what) == ("out", Priority.MEDIUM, "Not back for 1 day")
    # the same silence without the door configured, or long after it, is somebody at home
    assert one(NO_DOORS, home("2026-03-03 17:00", "2026-03-03 08:00", channels=left)).subject == "home"
    earlier = {"front-door/contact_open": "2026-03-03 07:44"}
    assert one(DOORS, home("2026-03-03 17:00", "2026-03-03 08:00", channels=earlier)).subject == "home"


def test_somebody_seen_in_bed_after_the_door_is_at_home() -> None:
    there = {"front-door/contact_open": "2026-03-03 07:50", "bed/in_bed": "2026-03-03 07:55"}
    at_home = home("2026-03-03 17:00", "2026-03-03 08:00", channels=there, last_value={"bed/in_bed": 1.0})
    assert one(DOORS, at_home).subject == "home"
    assert DOORS.check(home("2026-03-03 17:00", "2026-03-03 07:50", channels=there)) == []
    dead = home("2026-03-03 17:00", "2026-03-03 07:50", channels=there, last_value={"bed/in_bed": 1.0}, silent=("bed",))
    assert DOORS.check(dead) == [], "a bed sensor that is dead cannot say that somebody is in it"


def test_silent_sensors_are_never_a_still_person() -> None:
    rooms = ("kitchen-motion", "hall-motion", "bed-motion")
    assert DOORS.check(home("2026-03-03 18:00", "2026-03-03 08:00", silent=rooms)) == []
    some = one(DOORS, home("2026-03-03 18:00", "2026-03-03 08:00", silent=rooms[:2]))
    assert some.kind is AlertKind.PERSONAL
    assert some.missing == (
        "I can see 1 of 3 rooms; not heard: hall motion and kitchen motion (2 of 3 movement sensors)"
    )
    assert some.sensors == ("bed-motion/motion",)


def test_nothing_is_said_of_a_time_nobody_watched() -> None:
    assert DOORS.check(home("2026-03-03 18:00", "2026-03-02 08:00", watching="2026-03-03 09:30")) == []
    finding = one(DOORS, home("2026-03-03 18:30", "2026-03-02 08:00", watching="2026-03-03 09:30"))
    assert finding.now == "Nothing seen since Kinlight began to watch"


@pytest.mark.parametrize("count", [1, 20])
def test_one_sensor_or_twenty(count: int) -> None:
    channels = {f"room{i}/motion": f"2026-03-03 08:{i:02}" for i in range(count)}
    last = count - 1
    assert DOORS.check(window(f"2026-03-03 16:{last if last else 59}", channels)) == []
    finding = one(DOORS, window(f"2026-03-03 17:{last:02}", channels))
    assert finding.now == f"Last sign: room{last} at 08:{last:02} on Tuesday"


def test_a_home_with_nothing_but_a_front_door_and_one_that_sees_nothing() -> None:
    door = window("2026-03-04 08:00", {"front-door/contact_open": "2026-03-03 08:00"})
    assert one(DOORS, door).subject == "out"
    assert one(NO_DOORS, door).subject == "home"
    assert DOORS.check(window("2026-03-04 08:00", {"fridge/room_temperature_c": ""})) == []


def quiet(over: bool) -> Learned:
    """A home that has learned: the quiet that is open is, or is not, longer than ever."""
    known = {"known_days": 42, "longest_minutes": 80, "longest_out_minutes": 190}
    return Learned(Quiet(0, 0.0, 50.0, False, 600.0, 42, over, False, **known))


def test_once_learned_the_configured_hours_still_are_the_most_it_waits() -> None:
    """Seen last at 08:00; set to 9 hours by day. The text says so, and so it must be."""
    before, after = (home(now, "2026-03-03 08:00") for now in ("2026-03-03 16:59", "2026-03-03 17:00"))
    assert DOORS.check(replace(before, learned=quiet(over=False))) == []
    finding = one(DOORS, replace(after, learned=quiet(over=False)))
    assert finding.usual == "Set to tell you after 9 hours by day or 12 hours by night"
    sooner = one(DOORS, replace(before, learned=quiet(over=True)))
    assert sooner.usual == "In the 42 days I know, the longest at this hour was 1 hour 20 minutes"
    assert sooner.chance == "", "one statistic, and it is their own"


def test_what_is_set_unless_somebody_sets_it_is_what_was_measured() -> None:
    finding = one(no_movement.Rule(), home("2026-03-03 18:00", "2026-03-03 08:00"))
    assert finding.what == "No movement for 10 hours"
    assert finding.chance.startswith("about once in ten weeks")


MARCH = date(2026, 3, 1).toordinal()


def knows(**more: object) -> Learned:
    """A home that has learned, what the plan declares of it, and what chatters."""
    return replace(quiet(over=False), **more)  # type: ignore[arg-type]


def away(first: int, last: int | None = None) -> Declared:
    """Away from that day of March on."""
    return Declared(periods=(Period(Kind.HOLIDAY, MARCH + first - 1, None if last is None else MARCH + last - 1),))


def test_nobody_is_still_who_left_through_a_door_on_a_declared_day() -> None:
    left = {"front-door/contact_open": "2026-03-03 07:50"}
    seen = home("2026-03-05 12:00", "2026-03-03 07:49", channels=left)
    assert one(DOORS, replace(seen, learned=knows())).subject == "out"
    assert DOORS.check(replace(seen, learned=knows(declared=away(3, 10)))) == []
    assert one(DOORS, replace(seen, learned=knows(declared=away(3, 4)))).subject == "out", (
        "it is over, they are not back"
    )


def test_where_no_door_is_seen_the_day_it_begins_may_have_movement() -> None:
    seen = home("2026-03-04 12:00", "2026-03-03 08:00", channels={"front-door/contact_open": ""})
    seen = replace(seen, learned=knows(declared=away(3)))
    assert NO_DOORS.check(seen) == []
    assert one(DOORS, seen).priority is Priority.MEDIUM, "a home with a door would have seen somebody leave"


def test_movement_on_a_declared_day_is_told_milder_and_with_what_the_plan_says() -> None:
    seen = home("2026-03-05 17:00", "2026-03-05 08:00")
    finding = one(NO_DOORS, replace(seen, learned=knows(declared=away(3))))
    assert (finding.priority, finding.subject) == (Priority.MEDIUM, "home")
    assert finding.missing == "the plan says holiday since 3 March, and movement was seen"
    assert "put the plan's dates right" in finding.next_step
    assert one(NO_DOORS, replace(seen, learned=knows(declared=away(1, 4)))).priority is Priority.HIGH


def test_who_else_may_have_moved_is_said() -> None:
    declared = Declared(
        residents=2,
        pets=1,
        periods=(Period(Kind.VISITORS, MARCH + 2, MARCH + 2),),
        carers=(Carer(time(7, 30), time(8, 30)),),
    )
    finding = one(DOORS, replace(home("2026-03-03 17:00", "2026-03-03 08:00"), learned=knows(declared=declared)))
    assert finding.priority is Priority.HIGH
    assert finding.missing == (
        "2 people live here and a pet moves about: movement is the household's, not one person's; "
        "visitors on 3 March; a carer is usually there at the time of the last sign"
    )


def test_a_sensor_that_never_pauses_does_not_mute_it_for_ever() -> None:
    chattering = {"hall-motion/motion": local_ns("2026-03-02 06:00")}
    stuck = {"hall-motion/motion": "2026-03-03 16:59"}
    seen = home("2026-03-03 17:00", "2026-03-03 08:00", channels=stuck)
    assert DOORS.check(replace(seen, learned=knows())) == []
    finding = one(DOORS, replace(seen, learned=knows(chattering=chattering)))
    assert finding.now == "Last sign: kitchen motion at 08:00 on Tuesday"
    assert finding.missing == "I can see 2 of 3 rooms; fires like a machine, so it tells nothing: hall motion"
    assert "hall-motion/motion" not in finding.sensors


def test_where_all_that_see_never_pause_nothing_is_said_about_the_person() -> None:
    began = local_ns("2026-03-02 06:00")
    seen = window("2026-03-03 17:00", {"hall-motion/motion": "2026-03-03 16:59"})
    seen = replace(seen, learned=knows(chattering={"hall-motion/motion": began}))
    assert DOORS.check(seen) == []
    view = next(f for f in device_silent.Rule().check(seen) if f.subject == "view")
    assert (view.kind, view.priority, view.since_ns) == (AlertKind.TECHNICAL, Priority.HIGH, began)


def test_a_door_that_never_pauses_neither_excuses_a_quiet_nor_turns_an_outing_into_a_fall() -> None:
    chattering = {"front-door/contact_open": local_ns("2026-03-01 06:00")}
    stuck = {"front-door/contact_open": "2026-03-03 16:59"}

    def learned(now: str) -> Window:
        return replace(
            home(now, "2026-03-03 08:00", channels=stuck), learned=replace(quiet(over=True), chattering=chattering)
        )

    assert DOORS.check(learned("2026-03-03 16:59")) == [], "the learned limit cannot tell an outing"
    finding = one(DOORS, learned("2026-03-03 17:00"))
    assert finding.subject == "home"
    assert finding.usual == "Set to tell you after 9 hours by day or 12 hours by night"


class Unnamed(Channel):
    """Its name is put together whenever it is asked for, which is dear in every minute for every channel."""

    @property
    def id(self) -> str:
        raise AssertionError("nothing chatters, so no name is needed")


@pytest.mark.parametrize("rule", [DOORS, device_silent.Rule()], ids=lambda rule: type(rule).__module__)
def test_a_minute_in_which_nothing_chatters_puts_no_names_together(rule: no_movement.Rule | device_silent.Rule) -> None:
    seen = replace(home("2026-03-03 08:30", "2026-03-03 08:00"), learned=knows())
    seen = replace(seen, channels=[Unnamed(*channel) for channel in seen.channels])
    assert rule.check(seen) == []
