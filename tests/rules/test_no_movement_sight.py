"""What a quiet may claim: from where it is counted, with how many eyes, and by whose habits."""

from dataclasses import replace

from rules import no_movement
from rules.core.learned import Learned
from rules.terms.finding import Priority
from tests.rules.test_no_movement import DOORS, home, knows, one, quiet
from tests.rules.windows import local_ns


def test_who_moves_inside_once_the_door_is_shut_has_not_gone_out() -> None:
    """Somebody came home, sat down and fell: a quiet of theirs, though it began soon after a door."""
    shut = {"front-door/contact_open": "2026-03-03 07:50"}
    finding = one(DOORS, home("2026-03-03 17:00", "2026-03-03 07:52", channels=shut))
    assert (finding.subject, finding.priority) == ("home", Priority.HIGH)
    on_the_way = home("2026-03-03 17:00", "2026-03-03 07:51", channels=shut)
    assert DOORS.check(on_the_way) == [], "the way out leads past a sensor, and radios take their time"
    absent = quiet(over=False).quiet._replace(possibly_out=True, out_over=True)
    sooner = replace(home("2026-03-03 12:00", "2026-03-03 07:52", channels=shut), learned=Learned(absent))
    finding = one(DOORS, sooner)
    assert finding.subject == "home"
    assert finding.usual == "In the 42 days I know, the longest absence was 3 hours 10 minutes"


def test_time_in_which_nobody_could_be_seen_is_nobodys_quiet() -> None:
    blind = (local_ns("2026-03-02 09:59"), local_ns("2026-03-03 06:05"))
    learned = knows(blind_ns=blind)
    assert DOORS.check(replace(home("2026-03-03 15:18", "2026-03-02 09:50"), learned=learned)) == []
    finding = one(DOORS, replace(home("2026-03-03 15:19", "2026-03-02 09:50"), learned=learned))
    assert (finding.what, finding.since_ns) == ("No movement for 9 hours 14 minutes", blind[1])
    assert finding.missing == "I could not see from 09:59 on Monday to 06:05 on Tuesday: the count begins again there"
    moved = one(DOORS, replace(home("2026-03-03 17:00", "2026-03-03 08:00"), learned=learned))
    assert moved.missing == "", "a sign since then makes it history"


def test_the_learned_limit_holds_while_all_the_eyes_see_that_it_was_learned_with() -> None:
    seen = home("2026-03-03 11:00", "2026-03-03 08:00")
    assert one(DOORS, replace(seen, learned=quiet(over=True)))
    fewer = home("2026-03-03 11:00", "2026-03-03 08:00", silent=("hall-motion",))
    assert DOORS.check(replace(fewer, learned=quiet(over=True))) == []
    since = knows(quiet=quiet(over=True).quiet, partly_ns=local_ns("2026-03-03 09:00"))
    assert DOORS.check(replace(seen, learned=since)) == [], "a part of the quiet may have been a dead sensor's"


def test_who_lies_in_the_bed_and_breathes_is_not_missing() -> None:
    bed = {"bed/bed_load_kg": "2026-03-03 07:00", "bed/respiration_per_min": ""}
    lies = {"bed/bed_load_kg": 61.0, "bed/respiration_per_min": 14.0}
    ill = home("2026-03-03 11:00", "2026-03-03 08:00", channels=bed, last_value=lies)
    assert DOORS.check(replace(ill, learned=quiet(over=True))) == []
    late = one(DOORS, replace(home("2026-03-03 17:00", "2026-03-03 08:00", channels=bed, last_value=lies)))
    assert (late.priority, late.next_step) == (Priority.MEDIUM, no_movement.ABED)
    assert late.now == "Last sign: kitchen motion at 08:00 on Tuesday. Somebody is in the bed"
    empty = home("2026-03-03 11:00", "2026-03-03 08:00", channels=bed, last_value={"bed/bed_load_kg": 2.0})
    finding = one(DOORS, replace(empty, learned=quiet(over=True)))
    assert (finding.priority, finding.now) == (
        Priority.HIGH,
        "Last sign: kitchen motion at 08:00 on Tuesday. The bed is empty",
    )
    dead = home("2026-03-03 17:00", "2026-03-03 08:00", channels=bed, last_value=lies, silent=("bed",))
    assert one(DOORS, dead).priority is Priority.HIGH, "what is not heard says nothing of now"


def test_a_quiet_that_was_as_long_before_is_told_so() -> None:
    """The weight of the hours decides, not the minutes alone: nothing is claimed that another day disproves."""
    own = quiet(over=True).quiet._replace(as_long_days=2, longest_minutes=700)
    finding = one(DOORS, replace(home("2026-03-03 11:00", "2026-03-03 08:00"), learned=Learned(own)))
    assert finding.usual == "In the 42 days I know, it was quiet for as long at this hour on 2 days"
