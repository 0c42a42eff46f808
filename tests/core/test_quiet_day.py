"""A quiet day is not an unwatched one, and a loose magnet is not somebody who does not eat."""

import numpy as np
import pytest

from rules.core.confounders import Flag, day_flag
from rules.core.day import ROLES, DayEvents, Role
from rules.core.detector import close_day
from rules.core.detector_state import new_state
from rules.core.features import FEATURES, INDEX, Unit, transform
from tests.core.feature_days import SCALE

HOUR_S = 3600.0
HOURLY = np.arange(0.0, 24 * HOUR_S, HOUR_S)
INSIDE = (Role.HALLWAY, Role.KITCHEN, Role.BEDROOM)


def day(*events: tuple[float, Role], alive_s: np.ndarray = HOURLY, doors: bool = True) -> DayEvents:
    """A care day with these events, in hours after 06:00."""
    heard = (*INSIDE, Role.FRONT_DOOR) if doors else INSIDE
    return DayEvents(
        time_s=np.array([hour * HOUR_S for hour, _ in events]),
        role=np.array([role for _, role in events], np.int8),
        heard=np.isin(np.arange(ROLES), heard),
        alive_s=alive_s,
    )


IN_BED = ((1.0, Role.BEDROOM), (1.2, Role.KITCHEN), (1.3, Role.BEDROOM), (15.0, Role.BEDROOM), (23.0, Role.BEDROOM))


def test_a_day_in_bed_with_living_sensors_is_assessed() -> None:
    assert day_flag(day(*IN_BED)) == Flag.NONE
    assert day_flag(day((14.5, Role.BEDROOM), (15.0, Role.KITCHEN), (23.0, Role.BEDROOM))) == Flag.NONE


@pytest.mark.parametrize(
    ("why", "seen"),
    [
        ("the sensors said nothing in it", day(*IN_BED, alive_s=np.empty(0))),
        ("they said nothing for half of it", day(*IN_BED, alive_s=HOURLY[(HOURLY < 3e4) | (HOURLY > 5e4)])),
        ("nobody can see whether somebody went out", day(*IN_BED, doors=False)),
        ("it ended with somebody who came home", day((13.0, Role.FRONT_DOOR), (13.1, Role.HALLWAY))),
        ("nothing moved on the whole day", day()),
    ],
)
def test_a_silence_that_may_be_something_else_stays_unassessed(why: str, seen: DayEvents) -> None:
    assert day_flag(seen) == Flag.NOT_WATCHED, why


def test_a_day_out_is_a_day_away() -> None:
    assert day_flag(day((1.0, Role.KITCHEN), (1.5, Role.FRONT_DOOR), (13.0, Role.HALLWAY))) == Flag.AWAY


@pytest.mark.parametrize(("kitchen", "believed"), [(8.0, False), (1.0, True)])
def test_a_fridge_that_is_never_opened_by_somebody_in_the_kitchen_is_a_loose_magnet(
    kitchen: float, believed: bool
) -> None:
    """Where the kitchen is not used either, it is the person."""
    rng, state = np.random.default_rng(1), new_state(1)
    usual = np.array([transform(f.unit, 8.0) for f in FEATURES])
    for number in range(40):
        close_day(state, number, (usual + 0.5 * SCALE * rng.standard_normal(len(FEATURES)))[None], np.zeros(1, int))
    today = usual.copy()
    today[INDEX["fridge_openings"]] = transform(Unit.COUNT, 0.0)
    today[INDEX["kitchen_visits"]] = transform(Unit.COUNT, kitchen)
    result = close_day(state, 40, today[None], np.zeros(1, int))
    assert bool(np.isfinite(result.z[INDEX["fridge_openings"], 0])) == believed
