"""A recording as a source: its frames, and the ticks that fell between them.

Time is an input, so a month replays in seconds: a tick is due whenever a frame's time passes the end of a minute.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from itertools import chain

from drivers.kit.contract import Frame
from gateway.model.minutes import interval_end_ns, next_minute_ns
from rules.terms.time import NS_PER_MINUTE

MAX_GAP_MINUTES = 60 * 24 * 60
"""A hole longer than 60 days is a wrong clock in the recording, not a quiet house: it is jumped."""
AHEAD_NS = 60 * NS_PER_MINUTE
AROUND = 9


def believable(frames: Iterable[Frame], ahead: Callable[[Frame], object]) -> Iterator[Frame]:
    """Frames at times one can believe; `ahead` gets each that was not.

    A frame that lies an hour ahead of most of those that follow was stamped by a clock that was wrong. It came when the
    one before it came. Believed, it would make everything behind it too late to count.
    """
    waiting: deque[Frame] = deque()
    last_ns = 0
    for frame in chain(frames, [None] * AROUND):
        if frame is not None:
            waiting.append(frame)
        if waiting and (frame is None or len(waiting) > AROUND):
            first = waiting.popleft()
            times_ns = sorted(each.time_ns for each in waiting) or [first.time_ns]
            usual_ns = times_ns[len(times_ns) // 2]
            if first.time_ns > usual_ns + AHEAD_NS:
                ahead(first)
                first = first._replace(time_ns=last_ns or usual_ns)
            last_ns = first.time_ns
            yield first


def with_ticks(frames: Iterable[Frame]) -> Iterator[Frame | int]:
    """Frames in order; before each the minute ends (UTC ns) that passed, and at last those up to the interval's end."""
    tick_ns = last_ns = 0
    for frame in frames:
        if not tick_ns or frame.time_ns - tick_ns > MAX_GAP_MINUTES * NS_PER_MINUTE:
            tick_ns = next_minute_ns(frame.time_ns)
        while frame.time_ns >= tick_ns:
            yield tick_ns
            tick_ns += NS_PER_MINUTE
        yield frame
        last_ns = max(last_ns, frame.time_ns)
    while last_ns and tick_ns <= interval_end_ns(last_ns):
        yield tick_ns
        tick_ns += NS_PER_MINUTE
