"""A sensor that fires by the clock: a button whose device presses it every hour, a detector that reports itself.

A person keeps no beat through day and night. A channel that has fired at one and the same interval for a whole day and
night is no sign of life for as long as it goes on; what is pressed in between neither hides the beat nor breaks it.
Beats of ten minutes and less are `rules.core.chatter.Pauses`' matter.
"""

from bisect import bisect_left
from typing import NamedTuple

from rules.terms.time import NS_PER_S, moved

LEAST_S, MOST_S = 600, 4 * 3600  # of a beat; six times a day at least, so that every night has some
SLACK = 0.01  # of the interval: devices keep time to seconds, radios lose some
SLACK_LEAST_S = 5
BEATS = 12  # at least so many, and for a day and a night
LASTS_S = 24 * 3600
MISSED, HEARD = 1, 0.9  # in a row, and the share that has to be there: a lost message is no change of habit
KEPT = 256  # firings of a channel: a day and a night of the fastest beat, with as many presses in between
LATEST = 8  # of them that may be the beat before


class Beat(NamedTuple):
    """What fires by the clock."""

    interval_s: int
    since_s: int  # UTC
    last_s: int


class Rhythm:
    """The latest firings of each channel, in whole UTC seconds, and the beat that was found in them."""

    def __init__(self) -> None:
        self.held: dict[int, list[int]] = {}
        self.beats: dict[int, Beat] = {}

    def fired(self, channel: int, time_ns: int) -> bool:
        """The channel fired: whether that may be a sign of life."""
        time_s = time_ns // NS_PER_S
        firings = self.held.setdefault(channel, [])
        if firings and time_s <= firings[-1]:
            return channel not in self.chattering(time_ns)
        beat = _beat(firings, time_s)
        firings.append(time_s)
        del firings[:-KEPT]
        if beat is not None:
            before = self.beats.get(channel)
            since_s = before.since_s if before and _goes_on(before, time_s) else beat.since_s
            self.beats[channel] = beat._replace(since_s=since_s)
        return not (channel in self.beats and _goes_on(self.beats[channel], time_s))

    def chattering(self, time_ns: int) -> dict[int, Beat]:
        """The channels that fire by the clock at `time_ns`."""
        time_s = time_ns // NS_PER_S
        return {channel: beat for channel, beat in self.beats.items() if _goes_on(beat, time_s)}

    def shift(self, delta_ns: int, since_ns: int = 0) -> None:
        """The clock was off."""
        by, since_s = delta_ns // NS_PER_S, since_ns // NS_PER_S
        self.held = {c: [moved(t, by, since_s) for t in firings] for c, firings in self.held.items()}
        self.beats = {
            c: Beat(b.interval_s, moved(b.since_s, by, since_s), moved(b.last_s, by, since_s))
            for c, b in self.beats.items()
        }


def _goes_on(beat: Beat, time_s: int) -> bool:
    return time_s - beat.last_s <= (MISSED + 1) * beat.interval_s + _slack_s(beat.interval_s)


def _slack_s(interval_s: int) -> int:
    return max(SLACK_LEAST_S, round(SLACK * interval_s))


def _beat(firings: list[int], time_s: int) -> Beat | None:
    """The beat that a firing at `time_s` goes on with, where it has lasted long enough."""
    for before_s in reversed(firings[-LATEST:]):
        interval_s = time_s - before_s
        if interval_s > MOST_S:
            break
        if interval_s >= LEAST_S and (since_s := _since_s(firings, before_s, interval_s)) is not None:
            return Beat(interval_s, since_s, time_s)
    return None


def _since_s(firings: list[int], last_s: int, interval_s: int) -> int | None:
    """Since when there was a firing every `interval_s` up to `last_s`; None where that is not long enough."""
    slack_s = _slack_s(interval_s)
    at_s, beats, missed = last_s, 1, 0
    while missed <= MISSED:
        wanted_s = at_s - (missed + 1) * interval_s
        found = bisect_left(firings, wanted_s - slack_s)
        if found < len(firings) and firings[found] <= wanted_s + slack_s:
            at_s, beats, missed = firings[found], beats + 1, 0
        else:
            missed += 1
    span_s = last_s + interval_s - at_s
    lasts = span_s >= LASTS_S and beats >= max(BEATS, HEARD * span_s / interval_s)
    return at_s if lasts else None
