"""What is true of the present: a clock put right, a sensor that is new, a sensor that never pauses."""

from pathlib import Path

from gateway.service.replay import commit
from rules.core.day import Role
from rules.terms.time import NS_PER_MINUTE, NS_PER_S
from tests.thinking import DAY_NS, HOUR_NS, START_NS, Box, lines, says, setup

NOON_NS = START_NS + DAY_NS + 12 * HOUR_NS


def lived(box: Box, until_ns: int) -> Box:
    """Somebody is in the hall for a few minutes every hour."""
    begin_ns = box.now_ns
    minutes = range((until_ns - begin_ns) // NS_PER_MINUTE)
    box.hear([says(begin_ns + m * NS_PER_MINUTE + 9, "hall", "motion", 1.0) for m in minutes if m % 60 < 4], until_ns)
    return box


def test_a_clock_put_back_a_little_closes_no_day_again(tmp_path: Path) -> None:
    box = lived(Box(setup(tmp_path), START_NS), NOON_NS)
    commit(box.opened)
    learning, before = box.opened.pipeline.engine.learning, len(lines(box.opened))
    closed, day = learning.closed_ns, learning.state.day
    box.opened.pipeline.engine.shift(-3 * NS_PER_S)
    box.hear([], NOON_NS + 3 * NS_PER_MINUTE)
    commit(box.opened)
    said = [line for line in lines(box.opened)[before:] if line.startswith(("pattern", "day"))]
    assert said == [], "the morning's rows are said again, with nothing in them"
    assert (learning.closed_ns, learning.state.day) == (closed, day)
    box.off()


def test_a_clock_put_back_over_the_edge_of_a_day_leaves_that_day_as_it_was(tmp_path: Path) -> None:
    box = lived(Box(setup(tmp_path), START_NS), START_NS + DAY_NS + 6 * HOUR_NS + 5 * NS_PER_MINUTE)
    commit(box.opened)
    before = len(lines(box.opened))
    assert any(line.startswith("pattern") for line in lines(box.opened))
    box.opened.pipeline.engine.shift(-10 * 60 * NS_PER_S)
    box.hear([], box.now_ns + 2 * HOUR_NS)
    commit(box.opened)
    assert [line for line in lines(box.opened)[before:] if line.startswith("pattern")] == []
    box.off()


def test_a_sensor_that_is_new_has_its_role_at_once(tmp_path: Path) -> None:
    box = lived(Box(setup(tmp_path), START_NS), START_NS + 8 * HOUR_NS)
    learning = box.opened.pipeline.engine.learning
    assert list(learning.learned.sensors.values()) == [["hall/motion"]]
    box.hear([says(box.now_ns + 9, "climate", "motion", 1.0)], box.now_ns + 2 * NS_PER_MINUTE)
    assert learning.learned.sensors[Role.KITCHEN] == ["climate/motion"]
    box.off()


def test_a_sensor_that_never_pauses_is_nobodys_last_movement(tmp_path: Path) -> None:
    box = Box(setup(tmp_path), START_NS)
    stuck = [says(START_NS + m * NS_PER_MINUTE + 9, "hall", "motion", 1.0) for m in range(4, 2 * 24 * 60, 4)]
    real = [says(START_NS + hour * HOUR_NS + 9, "climate", "motion", 1.0) for hour in range(1, 5)]
    box.hear(sorted([*stuck, *real], key=lambda frame: frame.time_ns), START_NS + 2 * DAY_NS)
    engine = box.opened.pipeline.engine
    assert list(engine.learning.learned.chattering) == ["hall/motion"]
    assert engine.moved_ns() < START_NS + 4 * HOUR_NS + NS_PER_MINUTE
    box.off()
