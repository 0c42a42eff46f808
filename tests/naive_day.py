"""The day tier once more, slow and obvious: one home, one pattern, one day at a time, plain Python lists.

Only what `rules.core.detector` does with arrays is repeated here; the constants are shared, the code is not.
"""

import math

from rules.core.calibration import BLEND_DAYS, TAIL_SCALE
from rules.core.detector import CALM, DAYS_PER_EVIDENCE, EPISODE_MOST_DAYS, REFRACTORY_DAYS, SMOOTHING, Z_MOST
from rules.core.detector_baseline import (
    BASELINE_DAYS,
    GUARD_DAYS,
    LEAST_DAYS,
    LEVEL_VARIANCE,
    OUTLIER,
    PRIOR_DAYS,
    TRIMMED,
)
from rules.core.detector_state import DELTAS
from rules.core.patterns import COVERAGE_LEAST, PATTERNS, TOGETHER

ROOMS = ("bathroom", "kitchen", "bedroom", "lounge", "hallway")
WHOLE_HOME = ("active_blocks", "room_changes", "firings", "busiest_hour", "longest_still", "together")


def level_and_spread(days: list[float], prior: float) -> tuple[float, float]:
    """Trimmed mean and shrunken, clipped spread of the known days."""
    known = sorted(d for d in days if not math.isnan(d))
    n = len(known)
    middle = median(known) if n else 0.0
    mad = 1.4826 * median([abs(d - middle) for d in known]) if n else 0.0
    first = math.floor(TRIMMED * n)
    inner = known[first : n - first]
    limit = OUTLIER * math.sqrt((n * mad * mad + PRIOR_DAYS * prior * prior) / (n + PRIOR_DAYS))
    clipped = sum(min(abs(d - middle), limit) ** 2 for d in known) / max(n - 1, 1)
    variance = (n * clipped + PRIOR_DAYS * prior * prior) / (n + PRIOR_DAYS)
    level = sum(inner) / len(inner) if n >= LEAST_DAYS else math.nan
    return level, math.sqrt(variance * (1 + LEVEL_VARIANCE / max(n, 1)))


def median(values: list[float]) -> float:
    """Of a list that is not empty."""
    ordered = sorted(values)
    n = len(ordered)
    return 0.5 * (ordered[(n - 1) // 2] + ordered[n // 2])


def pattern_score(pattern: int, z: dict[str, float]) -> tuple[float, float]:
    """Pooled score (NaN where nothing is known) and coverage."""
    row = PATTERNS[pattern]
    seen = [(w, z[f]) for f, w in (row.weights | row.optional).items() if not math.isnan(z[f])]
    size = sum(abs(w) for w, _ in seen)
    coverage = min(size / max(sum(abs(w) for w in row.weights.values()), 0.5), 1.0)
    if not seen:
        return math.nan, coverage
    variance = (1 - TOGETHER) * sum(w * w for w, _ in seen) + TOGETHER * size * size
    return sum(w * v for w, v in seen) / math.sqrt(variance), coverage


def surprise(score: float, past: list[float]) -> float:
    """Φ⁻¹(1 − p) of the blended p, by bisection on math.erfc."""
    if math.isnan(score):
        return math.nan
    known = [s for s in past if not math.isnan(s)]
    rank = (1 + sum(s >= score for s in known)) / (1 + len(known))
    weight = len(known) / (len(known) + BLEND_DAYS)
    p = math.exp(min(weight * math.log(rank) + (1 - weight) * math.log(tail(score / TAIL_SCALE)), -1e-9))
    low, high = -9.0, 9.0
    for _ in range(80):
        middle = (low + high) / 2
        low, high = (middle, high) if tail(middle) > p else (low, middle)
    return (low + high) / 2


def tail(x: float) -> float:
    """P(Z > x)."""
    return 0.5 * math.erfc(x / math.sqrt(2))


class Home:
    """One home. `close` takes transformed features by name and returns (pattern or None, surprises)."""

    def __init__(self, c: float, priors: dict[str, float]) -> None:
        self.c, self.priors = c, priors
        self.past: list[dict[str, float]] = []  # learned or not, oldest first; {} where not learned
        self.kept: list[dict[str, float]] = []  # the same days where an open episode or visitors kept them out
        self.onset: list[int] = [0 for _ in PATTERNS]  # the day on which an open episode is thought to have begun
        self.surprises: list[list[float]] = []
        self.scores: list[list[float]] = []
        self.evidence = [[0.0] * len(DELTAS) for _ in PATTERNS]
        self.level = [0.0 for _ in PATTERNS]
        self.open: list[int | None] = [None for _ in PATTERNS]
        self.refractory = 0

    def close(self, y: dict[str, float], *, skip: bool) -> tuple[int | None, list[float]]:
        """Everything `detector.close_day` does, without the slow channel and the state of being away."""
        window = self.past[-(BASELINE_DAYS + GUARD_DAYS) :][: max(len(self.past[-63:]) - GUARD_DAYS, 0)]
        usual = {
            name: level_and_spread([day.get(name, math.nan) for day in window], prior)
            for name, prior in self.priors.items()
        }
        if any(not math.isnan(usual[f"{room}_visits"][0]) and math.isnan(y[f"{room}_visits"]) for room in ROOMS):
            y = y | dict.fromkeys(WHOLE_HOME, math.nan)
        z = {}
        for name, (level, spread) in usual.items():
            z[name] = math.nan if skip else min(max((y[name] - level) / spread, -Z_MOST), Z_MOST)
        found, surprises = [], []
        for p in range(len(PATTERNS)):
            score, coverage = pattern_score(p, z)
            score = score if coverage >= COVERAGE_LEAST else math.nan
            found.append(score)
            older = [row[p] for row in self.scores[-112:][: max(len(self.scores[-112:]) - GUARD_DAYS, 0)]]
            surprises.append(surprise(score, older))
        self.surprises.append(surprises)
        before = list(self.open)
        alarm = self._decide(surprises)
        open_now = [age is not None for age in self.open]
        self.past.append({} if skip or any(open_now) else y)
        self.kept.append(y if skip or any(open_now) else {})
        self.scores.append([math.nan if is_open else s for s, is_open in zip(found, open_now, strict=True)])
        was_open = [p for p, age in enumerate(before) if age is not None]
        if was_open and not any(open_now) and max(before[p] or 0 for p in was_open) >= EPISODE_MOST_DAYS - 1:
            self._renew(min(self.onset[p] for p in was_open))
        return alarm, surprises

    def _renew(self, onset: int) -> None:
        """What was kept out since `onset` is the usual from now on, and what lies before it is not."""
        for day, kept in enumerate(self.kept):
            self.past[day] = {} if day < onset else kept or self.past[day]
        self.kept = [{} for _ in self.kept]
        self.evidence = [[0.0] * len(DELTAS) for _ in PATTERNS]
        self.level = [0.0 for _ in PATTERNS]
        self.surprises = [[math.nan for _ in PATTERNS] for _ in self.surprises]

    def _began(self, p: int) -> int:
        """The day since which the surprises of a pattern are most clearly raised, of the last 42."""
        best, began, total, known = 0.0, len(self.surprises) - 1, 0.0, 0
        for day in range(len(self.surprises) - 1, max(len(self.surprises) - 43, -1), -1):
            u = self.surprises[day][p]
            if math.isnan(u):
                continue
            total, known = total + u, known + 1
            if total > 0 and total * total / known > best:
                best, began = total * total / known, day
        return began

    def _decide(self, surprises: list[float]) -> int | None:
        for p, u in enumerate(surprises):
            if math.isnan(u):
                continue
            self.evidence[p] = [
                (m + 1) * math.exp(d * u - d * d / 2) for m, d in zip(self.evidence[p], DELTAS, strict=True)
            ]
            self.level[p] += SMOOTHING * (u - self.level[p])
        each = [sum(m) / len(m) for m in self.evidence]
        free = [m if self.open[p] is None else 0.0 for p, m in enumerate(each)]
        counts = [row.counts for row in PATTERNS]
        free = [n * m for n, m in zip(counts, free, strict=True)]
        alone = [m if row.alone else 0.0 for row, m in zip(PATTERNS, free, strict=True)]
        summed = [0.0 if row.alone else m for row, m in zip(PATTERNS, free, strict=True)]
        patterns = sum(row.counts for row, m in zip(PATTERNS, each, strict=True) if m > 0 and not row.alone)
        together = DAYS_PER_EVIDENCE * sum(summed) / max(patterns, 1)
        shares = [DAYS_PER_EVIDENCE * m / max(patterns, 1) for m in summed] if together >= self.c else [0.0] * len(free)
        shares = [m + (a if a >= self.c else 0.0) for m, a in zip(shares, alone, strict=True)]
        seen = any(not math.isnan(u) for u in surprises)
        alarm = None
        if self.refractory <= 0 and seen and any(shares):
            named = [m if row.names else 1e-9 * m for row, m in zip(PATTERNS, shares, strict=True)]
            alarm = named.index(max(named))
        open_now = [p for p, age in enumerate(self.open) if age is not None]
        if alarm is not None:
            self.onset[alarm] = max(self._began(alarm), *(self.onset[p] for p in open_now), 0)
        self.refractory = REFRACTORY_DAYS if alarm is not None else max(self.refractory - 1, 0)
        ages = {p: (self.open[p] or 0) + 1 for p in open_now}
        oldest = max(ages.values(), default=-1)
        calm = oldest >= REFRACTORY_DAYS and all(self.level[p] < CALM for p in open_now)
        over = alarm is None and bool(open_now) and (calm or oldest >= EPISODE_MOST_DAYS)
        for p in range(len(PATTERNS)):
            self.open[p] = None if over else 0 if p == alarm else ages.get(p)
            if alarm is not None or over or self.open[p] is not None:
                self.evidence[p] = [0.0] * len(DELTAS)
        return alarm
