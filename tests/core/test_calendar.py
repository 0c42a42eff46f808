"""Slots of the home's own clock, and numbers as whole steps."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from rules.core.calendar import SLOTS, kind_of, offset_minutes
from rules.core.numeric import LARGEST, MISSING, quantise


@pytest.mark.parametrize("name", ["Europe/London", "Australia/Lord_Howe", "Asia/Kathmandu", "UTC"])
def test_the_offset_is_that_of_the_zone_at_every_minute(name):
    zone = ZoneInfo(name)
    minute = np.arange(29_500_000, 29_500_000 + 400 * 1440, 7)
    expected = [datetime.fromtimestamp(m * 60, UTC).astimezone(zone).utcoffset() for m in minute.tolist()]
    assert offset_minutes(zone, minute).tolist() == [int(e.total_seconds()) // 60 for e in expected if e is not None]
    assert offset_minutes(zone, minute[:0]).size == 0


def test_weekends_are_another_kind_of_day():
    days = {datetime(2026, 1, d, tzinfo=UTC).weekday(): kind_of((20_453 + d) * SLOTS) for d in range(1, 8)}
    assert days == {0: 0, 1: 0, 2: 0, 3: 0, 4: 0, 5: 1, 6: 1}


def test_values_become_whole_steps_and_what_is_not_a_number_is_missing():
    got = quantise(np.array([[20.126, -0.5], [np.nan, np.inf], [1e9, -1e308]]), np.array([0.01, 0.5]))
    assert got.tolist() == [[2013, -1], [MISSING, MISSING], [LARGEST, -LARGEST]]
