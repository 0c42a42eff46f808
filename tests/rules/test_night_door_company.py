"""A door at night where a sensor never pauses, where the plan says that nobody is in, and where others may be."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta

from rules.core.day import Role
from rules.core.declared import Carer, Declared, Kind, Period
from rules.core.hazard import Hazard
from rules.core.learned import Learned
from rules.night_door import CONTRADICTED, OWN_USUAL, WITH_A_CARER
from rules.terms.finding import Priority
from tests.rules.test_night_door import BEDROOM, DEFAULT, HALL, HOME, KITCHEN, NIGHT, home, one, usually
from tests.rules.windows import local_ns

MARCH = date(2026, 3, 1).toordinal()
BEGAN = local_ns("2026-03-01 10:00")
FRONT = "front-door/contact_open/hallway"
ASLEEP = {HALL: ["2026-03-02 22:20:00"], BEDROOM: ["2026-03-02 22:40:00"], KITCHEN: ["2026-03-02 21:30:00"]}
AWAY = Declared(periods=(Period(Kind.HOSPITAL, MARCH - 4),))
CARER = Declared(carers=(Carer(time(2, 45), time(3, 15)),))


def every(minutes: int, begin: str, end: str) -> list[str]:
    """Local times from `begin` to `end`."""
    at, last, found = datetime.fromisoformat(begin), datetime.fromisoformat(end), []
    while at <= last:
        found.append(f"{at:%Y-%m-%d %H:%M:%S}")
        at += timedelta(minutes=minutes)
    return found


def never_pauses(*channels: str) -> Learned:
    return Learned(Hazard(1).quiet(), chattering=dict.fromkeys(channels, BEGAN))


def plan(declared: Declared) -> Learned:
    return Learned(Hazard(1).quiet(), declared=declared)


def test_a_movement_sensor_that_never_pauses_shows_nobody_inside() -> None:
    stuck = NIGHT | HOME | {KITCHEN: every(4, "2026-03-02 15:44:00", "2026-03-03 03:42:00")}
    assert DEFAULT.check(home("2026-03-03 03:42", stuck)) == []
    finding = one(home("2026-03-03 03:42", stuck, learned=never_pauses("kitchen-motion/motion")))
    assert (finding.priority, finding.since_ns) == (Priority.HIGH, local_ns("2026-03-03 03:02"))
    assert finding.now.endswith("Last movement inside: hall motion at 03:02 on Tuesday")
    assert finding.missing == "fires like a machine, so it tells nothing: kitchen motion"
    assert "kitchen-motion/motion" not in finding.sensors


def test_nor_does_it_part_one_outing_into_two() -> None:
    doors = {FRONT: ["2026-03-03 03:02:20", "2026-03-03 03:02:50", "2026-03-03 03:31:00"]}
    stuck = HOME | {KITCHEN: every(4, "2026-03-02 15:33:00", "2026-03-03 03:29:00")}
    seen = home("2026-03-03 03:33", doors | stuck, learned=never_pauses("kitchen-motion/motion"))
    assert one(seen).again_ns == local_ns("2026-03-03 03:02")


def test_where_no_other_sensor_is_heard_it_counts_as_blind() -> None:
    seen = NIGHT | HOME | {KITCHEN: every(4, "2026-03-02 15:44:00", "2026-03-03 03:42:00")}
    known = never_pauses("kitchen-motion/motion")
    finding = one(home("2026-03-03 03:42", seen, learned=known, silent=("hall-motion", "bed-motion")))
    assert (finding.what, finding.priority) == ("Front door opened at 03:02", Priority.MEDIUM)
    assert finding.missing == (
        "all 3 movement sensors inside; fires like a machine, so it tells nothing: kitchen motion"
    )
    one_more = one(home("2026-03-03 03:42", seen, learned=known, silent=("hall-motion",)))
    assert one_more.missing.startswith("not heard: hall motion (1 of 3 movement sensors); fires like a machine")
    only = NIGHT | {KITCHEN: seen[KITCHEN]}
    assert one(home("2026-03-03 03:42", only, learned=known)).missing.startswith("all 1 movement sensor inside; fires")


def test_a_loose_contact_on_a_door_wakes_nobody() -> None:
    seen = home("2026-03-03 03:42", ASLEEP | {FRONT: every(2, "2026-03-02 15:42:00", "2026-03-03 03:37:00")})
    assert one(seen).priority is Priority.HIGH
    assert DEFAULT.check(replace(seen, learned=never_pauses("front-door/contact_open"))) == []


def test_another_door_is_told_beside_a_loose_contact_which_is_named() -> None:
    loose = {FRONT: every(2, "2026-03-02 15:42:00", "2026-03-03 03:41:00")}
    back = {"back-door/contact_open/kitchen": ["2026-03-03 03:05:10", "2026-03-03 03:05:30"]}
    finding = one(home("2026-03-03 03:42", ASLEEP | loose | back, learned=never_pauses("front-door/contact_open")))
    assert finding.what == "Back door opened at 03:05, no movement inside since"
    assert finding.now.startswith("Back door opened at 03:05 on Tuesday, closed again.")
    assert finding.missing == "fires like a machine, so it tells nothing: front door"
    assert "front-door/contact_open" not in finding.sensors


def test_a_door_on_a_day_on_which_nobody_is_in_is_told_milder_with_the_plans_words() -> None:
    seen = home("2026-03-03 03:22", NIGHT | ASLEEP, learned=plan(AWAY))
    finding = one(seen)
    assert (finding.priority, finding.next_step) == (Priority.MEDIUM, CONTRADICTED)
    assert finding.missing == "the plan says hospital since 25 February, and a door was opened"
    over = Declared(periods=(Period(Kind.HOLIDAY, MARCH - 4, MARCH),))
    assert one(replace(seen, learned=plan(over))).priority is Priority.HIGH
    blind = one(replace(seen, silent=~seen.silent))
    assert (blind.priority, blind.next_step) == (Priority.MEDIUM, CONTRADICTED)
    assert blind.missing.startswith("the plan says hospital since 25 February, and a door was opened; all 3 movement")


def test_the_day_of_the_door_decides_and_not_the_next_morning() -> None:
    until_tonight = Declared(periods=(Period(Kind.HOSPITAL, MARCH - 4, MARCH + 1),))
    assert one(home("2026-03-03 05:59", NIGHT | ASLEEP, learned=plan(until_tonight))).priority is Priority.MEDIUM
    assert one(home("2026-03-03 06:30", NIGHT | ASLEEP, learned=plan(until_tonight))).priority is Priority.MEDIUM


def test_at_a_carers_hour_it_is_one_step_milder() -> None:
    finding = one(home("2026-03-03 03:22", NIGHT | HOME, learned=plan(CARER)))
    assert (finding.priority, finding.next_step) == (Priority.MEDIUM, WITH_A_CARER)
    assert finding.missing == "a carer is usually there at 03:02"
    blind = ("hall-motion", "bed-motion", "kitchen-motion")
    unseen = one(home("2026-03-03 03:22", NIGHT | HOME, learned=plan(CARER), silent=blind))
    assert (unseen.priority, unseen.next_step) == (Priority.LOW, WITH_A_CARER)
    gone = Declared(carers=(Carer(time(2, 0), time(3, 0)),))
    assert one(home("2026-03-03 03:22", NIGHT | HOME, learned=plan(gone))).priority is Priority.HIGH


def test_who_goes_after_the_carer_has_left_is_told_as_ever() -> None:
    times = [*NIGHT[FRONT], "2026-03-03 03:31:00", "2026-03-03 03:31:30"]
    finding = one(home("2026-03-03 03:42", NIGHT | HOME | {FRONT: times}, learned=plan(CARER)))
    assert finding.priority is Priority.HIGH
    assert finding.missing == "a carer is usually there at 03:02"
    assert finding.now.startswith("Front door opened 2 times, last at 03:31")


def test_who_else_may_have_gone_is_said() -> None:
    declared = Declared(residents=2, pets=1, periods=(Period(Kind.VISITORS, MARCH + 1, MARCH + 1),))
    finding = one(home("2026-03-03 06:30", NIGHT | HOME, learned=plan(declared)))
    assert finding.priority is Priority.HIGH
    assert finding.missing == (
        "2 people live here and a pet moves about: movement is the household's, not one person's; visitors on 2 March"
    )


def test_the_routine_is_said_beside_the_plan() -> None:
    learned = replace(usually(Role.FRONT_DOOR, 5, 2, times=1.0), declared=AWAY)
    finding = one(home("2026-03-03 03:22", NIGHT | ASLEEP, learned=learned))
    assert (finding.usual, finding.priority) == (OWN_USUAL, Priority.MEDIUM)
