"""Readings and lines to keep in a journal, around one moment."""

from gateway.model.point import Point, line
from rules.terms.channel import Channel
from rules.terms.time import NS_PER_S

NOW_NS = 1_795_000_000 * NS_PER_S
NOW_S = NOW_NS // NS_PER_S
MOTION = Channel("kitchen-motion", "kitchen", "motion", "event")


def written(value: float, time_s: int) -> tuple[int, bytes]:
    text = line(Point("m", (), (("v", value),), time_s))
    assert text
    return time_s, text


def readings(count: int, start_ns: int = NOW_NS) -> list[tuple[int, int, float, int]]:
    return [(start_ns + i * NS_PER_S, i % 3, i / 2, 0) for i in range(count)]
