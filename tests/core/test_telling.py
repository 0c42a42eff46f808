"""What a family is shown of a change: whole numbers in plain words, nothing technical, nothing that looks the same."""

import pytest

from rules.core.features import FEATURES, INDEX
from rules.core.telling import TOLD, told


@pytest.mark.parametrize(
    ("name", "usual", "now", "said"),
    [
        ("night_bathroom_visits", 1.8, 4.2, "Up to the bathroom at night: usually 2 times, now 4 times"),
        ("night_bathroom_visits", 0.9, 2.4, "Up to the bathroom at night: usually once, now 2 times"),
        ("door_uses", 1.2, 0.3, "In or out of the house: usually once, now not at all"),
        ("kitchen_visits", 14.6, 7.8, "In the kitchen: usually 15 times, now 8 times"),
        ("night_stirring", 2.0, 5.7, "About at night, not to the bathroom: usually 10 minutes, now 30 minutes"),
        ("night_stirring", 0.2, 1.1, "About at night, not to the bathroom: usually hardly at all, now 5 minutes"),
        ("night_rest", 244.0, 61.0, "Longest quiet stretch of the night: usually 4 hours, now 1 hour"),
        ("day_bed_minutes", 87.0, 95.0, "In bed by day: usually 1 hour 25 minutes, now 1 hour 30 minutes"),
        ("first_activity", 93.0, 177.0, "Up in the morning: usually about 07:30, now about 09:00"),
        ("last_activity", 1085.0, 1000.0, "Last about in the evening: usually about 00:00, now about 22:45"),
        ("night_bathroom_visits", 1.6, 2.4, ""),
        ("night_bathroom_firings", 3.0, 30.0, ""),
        ("body_temperature", 36.5, 39.0, ""),
    ],
)
def test_usual_and_now_stand_side_by_side(name: str, usual: float, now: float, said: str) -> None:
    assert told(FEATURES[INDEX[name]], usual, now) == said


def test_no_family_reads_of_firings_blocks_or_vital_signs() -> None:
    assert set(TOLD) <= set(INDEX)
    assert not [name for name in TOLD if "firings" in name or not FEATURES[INDEX[name]].roles]
    assert not [words for words in TOLD.values() if "block" in words or "movement" in words]
