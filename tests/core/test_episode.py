"""One illness, one episode: what rises while it is open is news of it, begun no earlier, and it is over when all is."""

import numpy as np

from rules.core.detector import CALM, EPISODE_MOST_DAYS, close_day
from rules.core.detector_state import NEVER, new_state
from rules.core.explain import explain, open_patterns
from rules.core.features import INDEX
from rules.core.patterns import NAMED, PATTERN_NAMES
from tests.core.feature_days import SCALE, ordinary

BATHROOM = ("night_bathroom_visits", "night_bathroom_firings", "bathroom_visits", "bathroom_firings")
EATING = ("fridge_openings", "kitchen_visits", "kitchen_firings", "kitchen_hours")
URINARY, GENERAL = PATTERN_NAMES.index("urinary"), PATTERN_NAMES.index("general")
FIRST, SECOND = 90, 101


def two_steps(days: int, seed: int) -> np.ndarray:
    """An illness in two steps: the bathroom from day 90 on, eating and drinking from day 101."""
    rows = ordinary(days, 1, seed)[:, 0]
    for names, by, first in ((BATHROOM, 4.0, FIRST), (EATING, -4.0, SECOND)):
        for name in names:
            rows[first:, INDEX[name]] += by * SCALE[INDEX[name]]
    return rows


def test_a_second_pattern_of_an_open_episode_is_news_of_it_and_not_another_alert() -> None:
    for seed in range(6):
        state, opened, news = new_state(1), [], []
        for day, row in enumerate(two_steps(FIRST + EPISODE_MOST_DAYS, seed)):
            result = close_day(state, day, row[None], np.zeros(1, np.int64))
            if day >= FIRST and result.alarm[0]:
                (news if result.news[0] else opened).append(day)
                joined = int(result.pattern[0])
                assert int(state.onset[joined, 0]) >= int(state.onset[URINARY, 0])
                assert int(state.told[0]) == day
        assert len(opened) == 1, f"seed {seed}: {opened}"
        assert news, f"seed {seed}: what rose later was not told"
        assert news[0] >= SECOND
        assert open_patterns(state, 0)[0] == URINARY
        told = explain(state, 0, URINARY)
        assert "eating_drinking" in told.joined
        assert any("fridge" in line for line in told.changes)


def test_it_is_over_when_all_of_it_is_and_not_before() -> None:
    state, open_before = new_state(1), np.zeros(len(PATTERN_NAMES), bool)
    rows = two_steps(160, 1)
    rows[108:, [INDEX[name] for name in EATING]] = ordinary(160, 1, 2)[108:, 0][:, [INDEX[name] for name in EATING]]
    calm_alone = 0
    for day, row in enumerate(rows):
        close_day(state, day, row[None], np.zeros(1, np.int64))
        open_now = state.episode[:, 0] != NEVER
        assert not (open_before & ~open_now).any() or not open_now.any(), "a part of it ended by itself"
        calm_alone += int((open_now & (state.level[:, 0] < CALM)).any())
        open_before = open_now
    assert calm_alone, "no part was calm while another was not: nothing was tested"


def test_an_episode_is_not_called_several_things_different_where_anything_else_has_risen() -> None:
    for seed in range(8):
        state, rows = new_state(1), ordinary(120, 1, seed)[:, 0]
        rows[90:, [INDEX[name] for name in ("bathroom_visits", "lounge_visits", "hallway_visits")]] -= 3.0
        rows[90:, INDEX["night_active_blocks"]] += 2.0
        for day, row in enumerate(rows):
            result = close_day(state, day, row[None], np.zeros(1, np.int64))
            if result.alarm[0] and result.evidence[NAMED[:, 0] == 1.0, 0].any():
                assert int(result.pattern[0]) != GENERAL


def test_now_is_what_judged_days_say() -> None:
    """Six days away with nothing heard are no days at home on which nothing was done."""
    state, rows = new_state(1), two_steps(120, 3)[:100]
    for day, row in enumerate(rows):
        close_day(state, day, row[None], np.zeros(1, np.int64))
    assert open_patterns(state, 0)
    before = explain(state, 0, URINARY)
    for day in range(100, 106):
        close_day(state, day, np.zeros((1, len(SCALE))), np.array([1]))
    after = explain(state, 0, URINARY)
    assert {line.partition(":")[0] for line in after.changes} == {line.partition(":")[0] for line in before.changes}
