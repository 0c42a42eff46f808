"""The minute tier, the hazard and the stream novelty again, slow and obvious: one series or home, minute by minute.

Nothing here is vectorised or shared with `rules.core` but its constants. Floats are added in the order its text states.
"""

import math

import numpy as np

from rules.core import hazard as hz
from rules.core.numeric import MISSING

F = np.float32


class NaiveSeries:
    """One series against its routine."""

    def __init__(self, floor=1.0):
        self.floor = F(floor)
        self.profile = {}  # (kind, slot) -> [mean, dev, learned]
        self.open = None  # (slot, offset)
        self.values = []
        self.minute = -(10**9)
        self.refused = 0
        self.frozen = False

    def tick(self, minute, offset, x):
        """(score of the minute, what closed or None), closed = (slot, level, score)."""
        if minute <= self.minute:
            self.refused += 1
            return F(np.nan), None
        self.minute = minute
        closed = None
        key = ((minute + offset) // 15, offset)
        if key != self.open:
            closed = self._close() if self.open is not None else None
            self.open, self.values = key, []
            mean, _, _ = self._row()
            self.usual, self.inverse = mean, self._inverse()
        self.values.append(x)
        return (F(np.nan) if x == MISSING else (F(x) - self.usual) * self.inverse), closed

    def _row(self):
        slot = self.open[0]
        kind = 1 if (slot // 96 + 3) % 7 >= 5 else 0
        return self.profile.setdefault((kind, slot % 96), [F(0), F(0), 0])

    def _inverse(self):
        _, dev, learned = self._row()
        return F(np.nan) if learned < 7 else F(1) / max(dev * F(1.2533141), self.floor)

    def _close(self):
        known = [x for x in self.values if x != MISSING]
        if not known:
            return self.open[0], F(np.nan), F(np.nan)
        row = self._row()
        mean, dev, learned = row
        level = F(sum(known)) / F(len(known))
        r = level - mean
        score = r * self.inverse if len(known) >= 8 else F(np.nan)
        if len(known) >= 8 and not self.frozen:
            if learned >= 7:
                most = F(3) / self.inverse
                r = max(min(r, most), -most)
            rate = max(F(1) / F(learned + 1), F(1 / 28))
            row[0] = mean + rate * r
            row[1] = dev + ((abs(r) if learned else F(0)) - dev) * rate
            row[2] = learned + 1
        return self.open[0], level, score


class NaiveHazard:
    """One home's silence."""

    def __init__(self, most_minutes=hz.NO_LIMIT, return_days=hz.RETURN_DAYS):
        self.most, self.days = most_minutes, return_days
        self.minute = self.day = -(10**9)
        self.missed = self.age = 0
        self.door = -(10**9)
        self.out = self.over = False
        self.kept = {"starts": [0.0] * 96, "risk": [0.0] * 96}
        self.today = {"starts": [0] * 96, "risk": [0] * 96}
        self.moves = 0
        self.longest = [0, 0]
        self.rings = [[], []]
        self.quiets, self.known = [0] * 25, []  # the longest of each hour of the day, and out; and of each day
        self.learned = 0
        self._derive()

    def tick(self, minute, offset, moved, door, watched):
        """Whether the silence is over the limit."""
        if minute <= self.minute:
            return False
        day = (minute + offset - 360) // 1440
        if day > self.day:
            self._close_day()
            self.day = day
        if minute != self.minute + 1:
            self.missed = self.age = 0
            self.over = False
        self.minute = minute
        slot = (minute + offset) // 15 % 96
        if door:
            self.door = minute
        if moved:
            self.moves += 1
            if watched and self.age + 1 >= 15:
                if self.out:
                    self.longest[1] = max(self.longest[1], self.age + 1)
                    self.quiets[24] = max(self.quiets[24], self.age + 1)
                else:
                    self.longest[0] = max(self.longest[0], self.missed)
                    self.today["starts"][slot] += 1
            self.out = minute - self.door <= 15
        if moved or not watched:
            self.missed = self.age = 0
            self.over = False
            return False
        self.age += 1
        self.missed += self.rate[slot]
        if not self.out:
            hour = (minute + offset) // 60 % 24
            self.quiets[hour] = max(self.quiets[hour], self.age)
            if self.age >= 15:
                self.today["risk"][slot] += 1
            young = self.learned < 14
            hours = min(self.most, 720) if young else self.most
            own = not young and self.missed >= self.limits[0] and self.age >= 120
            self.over |= self.age >= hours or own
        return self.over

    def _close_day(self):
        if self.moves:
            for name in self.kept:
                self.kept[name] = [k * (27 / 28) + t for k, t in zip(self.kept[name], self.today[name], strict=True)]
            for i in (0, 1):
                most = self.longest[i] if self.learned < 14 else min(self.longest[i], 2 * self.limits[i])
                self.rings[i] = [*self.rings[i], most][-64:]
            self.known = [*self.known, self.quiets][-64:]
            self.learned += 1
        self.quiets = [0] * 25
        self.today = {"starts": [0] * 96, "risk": [0] * 96}
        self.moves, self.longest = 0, [0, 0]
        self._derive()

    def _derive(self):
        self.rate = []
        for slot in range(96):
            starts, minutes = hz.PRIOR_STARTS, hz.PRIOR_MINUTES
            for shift in range(-2, 3):
                starts += self.kept["starts"][(slot - shift) % 96]
                minutes += self.kept["risk"][(slot - shift) % 96]
            self.rate.append(round(starts / minutes * (1 << 20)))
        self.limits = [self._level(self.rings[0], 3 << 19), self._level(self.rings[1], 60)]

    def _level(self, ring, prior):
        ordered = sorted(ring)
        middle = ordered[(len(ordered) - 1) // 2] if ordered else 0
        above = [v - middle for v in ordered if v > middle]
        return middle + round((sum(above) + prior * 10) / (len(above) + 10) * math.log(self.days / 2))


def naive_distances(values, width, memory):
    """Distance of the stretch ending at each value to the nearest one wholly before it; NaN with under `width` + 2."""
    found = []
    for t in range(len(values)):
        best = math.inf
        count = 0
        for lag in range(width, min(t - width + 1, memory) + 1):
            count += 1
            best = min(best, sum((values[t - k] - values[t - lag - k]) ** 2 for k in range(width)))
        found.append(math.sqrt(best) if count > width + 1 else math.nan)
    return found
