"""Frames and the minutes between them: time is an input."""

from hypothesis import given
from hypothesis import strategies as st

from drivers.kit.contract import Frame
from gateway.model.minutes import next_minute_ns
from gateway.sources.replay import MAX_GAP_MINUTES, with_ticks
from rules.terms.time import NS_PER_MINUTE, NS_PER_S
from tests.thinking import START_NS


def frame(time_ns: int) -> Frame:
    return Frame(time_ns, "board", b"x")


@given(st.lists(st.integers(0, 3 * 3600 * NS_PER_S), min_size=1, max_size=30))
def test_every_minute_ends_once_before_what_comes_after_it(offsets: list[int]) -> None:
    times = sorted(START_NS + offset for offset in offsets)
    items = list(with_ticks(frame(time_ns) for time_ns in times))
    ticks = [item for item in items if isinstance(item, int)]
    assert [item.time_ns for item in items if isinstance(item, Frame)] == times
    assert ticks == list(range(next_minute_ns(times[0]), ticks[-1] + 1, NS_PER_MINUTE))
    assert ticks[-1] % (5 * NS_PER_MINUTE) == 0
    assert ticks[-1] > times[-1]
    last_ns = 0
    for item in items:
        time_ns = item if isinstance(item, int) else item.time_ns
        assert time_ns >= last_ns, "a frame at the very end of a minute belongs to the next"
        last_ns = time_ns


def test_a_wrong_clock_in_a_recording_is_jumped() -> None:
    far_ns = START_NS + (MAX_GAP_MINUTES + 10) * NS_PER_MINUTE
    items = list(with_ticks([frame(START_NS), frame(far_ns)]))
    assert len(items) < 20
    assert items[1] == frame(far_ns)


def test_nothing_gives_nothing() -> None:
    assert list(with_ticks([])) == []
