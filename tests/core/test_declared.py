"""What the family declares: days, people, and the key under which a state may be used."""

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from rules.core.confounders import Flag
from rules.core.day import ROLES, DayEvents, Role, care_day_bounds_ns
from rules.core.declared import NOTHING_DECLARED, Carer, Declared, Kind, Period
from rules.core.features import INDEX, day_features

LONDON = ZoneInfo("Europe/London")
AUGUST = date(2026, 8, 1).toordinal()
HOLIDAY = Period(Kind.HOLIDAY, AUGUST, AUGUST + 13)
VISIT = Period(Kind.VISITORS, AUGUST + 20, AUGUST + 21)
HOSPITAL = Period(Kind.HOSPITAL, AUGUST + 30)
ALL = Declared(periods=(VISIT, HOLIDAY, HOSPITAL))


@pytest.mark.parametrize(
    ("day", "flag", "words"),
    [
        (-1, Flag.NONE, ""),
        (0, Flag.AWAY, "holiday from 1 August to 14 August"),
        (13, Flag.AWAY, "holiday from 1 August to 14 August"),
        (14, Flag.NONE, ""),
        (20, Flag.VISITORS, "visitors from 21 August to 22 August"),
        (22, Flag.NONE, ""),
        (30, Flag.AWAY, "hospital since 31 August"),
        (3000, Flag.AWAY, "hospital since 31 August"),
    ],
)
def test_a_day_is_flagged_from_the_first_to_the_last(day: int, flag: Flag, words: str) -> None:
    assert ALL.flag(AUGUST + day) == flag
    found = ALL.period(AUGUST + day)
    assert (found.words if found else "") == words
    assert (ALL.absence(AUGUST + day) is not None) == (flag == Flag.AWAY)


def test_an_absence_counts_before_a_visit_on_the_same_day() -> None:
    both = Declared(periods=(Period(Kind.VISITORS, AUGUST, AUGUST), Period(Kind.AWAY, AUGUST, AUGUST)))
    assert both.flag(AUGUST) == Flag.AWAY | Flag.VISITORS
    absence = both.absence(AUGUST)
    assert absence is not None
    assert absence.words == "away on 1 August"


@pytest.mark.parametrize(
    ("residents", "pets", "words"),
    [
        (1, 0, ""),
        (2, 0, "2 people live here: movement is the household's, not one person's"),
        (1, 1, "a pet moves about: movement is the household's, not one person's"),
        (3, 2, "3 people live here and 2 pets move about: movement is the household's, not one person's"),
    ],
)
def test_a_household_is_said_in_words(residents: int, pets: int, words: str) -> None:
    assert Declared(residents=residents, pets=pets).household == words


def test_the_key_changes_with_the_past_that_is_remembered_and_with_nothing_else() -> None:
    now, key = AUGUST + 5, ALL.key(AUGUST + 5)
    ended = Declared(periods=(Period(Kind.HOLIDAY, AUGUST, AUGUST + 9),))
    assert ended.key(now) == key, "how it goes on has no part in what is known now"
    assert Declared(residents=2, pets=1, periods=(HOLIDAY,)).key(now) == key
    assert Declared(periods=(Period(Kind.AWAY, AUGUST, None),)).key(now) == key
    assert NOTHING_DECLARED.key(now) != key
    assert Declared(periods=(Period(Kind.HOLIDAY, AUGUST + 1, AUGUST + 13),)).key(now) != key
    assert Declared(periods=(Period(Kind.VISITORS, AUGUST, AUGUST + 13),)).key(now) != key
    assert Declared(periods=(HOLIDAY,), carers=(Carer(time(8), time(9)),)).key(now) != key
    assert ALL.key(AUGUST + 400) == Declared(periods=(HOSPITAL,)).key(AUGUST + 400), "long forgotten"


def test_carers_by_day_by_night_and_on_their_weekdays() -> None:
    carers = Declared(carers=(Carer(time(8), time(9), (0,)), Carer(time(23), time(7))))
    monday = date(2026, 3, 2).toordinal()
    hours = carers.company_s(monday, LONDON) / 3600 + 6
    assert hours.tolist() == [[6.0, 7.0], [8.0, 9.0], [23.0, 30.0]]
    assert carers.company_s(monday + 1, LONDON).shape == (2, 2), "nobody comes at eight on Tuesdays"
    assert carers.carer_there(datetime(2026, 3, 2, 8, 30, tzinfo=LONDON))
    assert not carers.carer_there(datetime(2026, 3, 3, 8, 30, tzinfo=LONDON))
    assert carers.carer_there(datetime(2026, 3, 3, 2, 0, tzinfo=LONDON))
    assert not carers.carer_there(datetime(2026, 3, 3, 12, 0, tzinfo=LONDON))
    assert NOTHING_DECLARED.company_s(monday, LONDON).shape == (0, 2)


def test_a_carer_in_the_night_the_clocks_change_stays_for_true_hours() -> None:
    night = Declared(carers=(Carer(time(0), time(5)),))
    spring, autumn = (date(2026, m, d).toordinal() for m, d in ((3, 28), (10, 24)))
    for day, hours in ((spring, 4), (autumn, 6)):
        begin, end = night.company_s(day, LONDON)[-1]
        assert end - begin == hours * 3600
        start_ns, end_ns = care_day_bounds_ns(day, LONDON)
        assert end == (end_ns - start_ns) / 1e9 - 3600


def test_a_carer_who_is_expected_is_no_visitor() -> None:
    """Two rooms within two seconds of each other, thirty times between eight and nine."""
    fired = np.sort(np.concatenate([2 * 3600 + 100.0 * np.arange(30), 2 * 3600 + 100.0 * np.arange(30) + 1.0]))
    both = np.tile(np.array([Role.KITCHEN, Role.BEDROOM], np.int8), 30)
    company = Declared(carers=(Carer(time(8), time(9)),)).company_s(date(2026, 3, 2).toordinal(), LONDON)
    nobody = DayEvents(time_s=fired, role=both, heard=np.ones(ROLES, np.bool_))
    expected = DayEvents(time_s=fired, role=both, heard=np.ones(ROLES, np.bool_), company_s=company)
    together = [float(day_features(day)[INDEX["together"]]) for day in (nobody, expected)]
    assert together[0] > 10
    assert together[1] == pytest.approx(2 * 0.375**0.5)
