"""The day tier: one step per care day for any number of homes. Method, formulas and sources: docs/detection.md.

Features -> how unusual for this person -> pooled into named patterns -> calibrated against the person's own past ->
evidence gathered over days (Shiryaev-Roberts) -> an episode opens when chance alone would take `c` days to get there.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rules.core.calibration import days_of_chance, rounded, surprise
from rules.core.confounders import GRACE_DAYS, Flag, half_blind, visitors
from rules.core.detector_baseline import BASELINE_DAYS, GUARD_DAYS, levels
from rules.core.detector_state import DELTAS, NEVER, SCORE_DAYS, DayState, F, K, P
from rules.core.features import FEATURES, OF_THE_BODY
from rules.core.onset import days_since_onset
from rules.core.patterns import ALONE, COVERAGE_LEAST, NAMED, PRIOR, SUMMED, pooled
from rules.core.renewal import count_blind, renew
from rules.core.trend import EVERY_DAYS, P_MOST, WINDOWS, slow_rise

Array = NDArray[np.float64]

ONE_IN_30_DAYS = 30.0  # days of chance to an alert: at most 1.0 alerts per 30 person-days on the shared TIHM homes
ONE_IN_60_DAYS = 45.0  # and at most 0.5: there one in 72 days; on homes that nothing was chosen on, about one in 45
DAYS_PER_EVIDENCE = 3.03  # evidence is cautious (wide tail, overlapping patterns): 10 was reached once in 30 days there
Z_MOST = 3.0  # one wild feature is not a pattern
FEATURE_MOST = 1e6  # nothing a home can send: kept from overflowing
REFRACTORY_DAYS = 7  # no second alert in the same week
EPISODE_MOST_DAYS = 28  # after four weeks the new way of living is the person's normal
CALM = 0.5  # smoothed surprise at which an episode is over
SMOOTHING = 0.3  # of `DayState.level`
EVIDENCE_MOST = 1e9
ANSWER_STEP = 1.5  # "nothing found" asks for so much more evidence of that pattern; two "right" take it back
FACTOR_LEAST, FACTOR_MOST = 1 / 1.5, 5.0
HALF_STEPS = {"nothing found": 2, "right": -1}
HALF_STEPS_LEAST, HALF_STEPS_MOST = -2, 8  # the first that reach FACTOR_LEAST and FACTOR_MOST
_PRIOR_SCALE = np.array([f.scale for f in FEATURES])


@dataclass(frozen=True, slots=True, eq=False)
class DayResult:
    """What one care day said. Features (F), patterns (P), homes (H); NaN is "not assessed"."""

    z: Array  # (F, H) each feature against the person's own normal, in day-to-day SD
    score: Array  # (P, H) pooled
    surprise: Array  # (P, H) calibrated: standard normal when nothing has changed
    evidence: Array  # (P, H) each pattern's share (`shares`) of ...
    total: Array  # (H,) ... what opens an episode when it reaches `c`: their sum, or the larger one that stands alone
    coverage: Array  # (P, H) share of the pattern's weight that could be seen
    alarm: NDArray[np.bool_]  # (H,) there is something to tell: an episode opened today, or ...
    news: NDArray[np.bool_]  # (H,) ... another pattern joined the one that is open
    pattern: NDArray[np.intp]  # (H,) the pattern that opened it or joined
    slow: NDArray[np.bool_]  # (H,) it was the slow channel that found it
    flags: NDArray[np.int64]  # (H,) `confounders.Flag`, visitors and grace included


def close_day(
    state: DayState, day: int, features: Array, flags: NDArray[np.integer], c: float = ONE_IN_30_DAYS
) -> DayResult:
    """Take in care day `day` and say what it means. `state` is changed in place.

    features (H, F) from `features.day_features`; flags (H,) from `confounders.day_flag` or declared; `c` days of
    chance to an alert. Days that were skipped count as not watched. A day that was closed before changes nothing and
    gives an unassessed result. What is not finite is unknown. ValueError only for arrays of the wrong shape.
    """
    h = state.homes
    if features.shape != (h, F) or flags.shape != (h,):
        raise ValueError(f"expected features {(h, F)} and flags {(h,)}, got {features.shape} and {flags.shape}")
    if state.day != NEVER and day <= state.day:
        return _unassessed(h)
    missed = 0 if state.day == NEVER else min(day - state.day - 1, SCORE_DAYS)
    for gap in range(missed):
        _step(state, day - missed + gap, np.full((F, h), np.nan), np.full(h, int(Flag.NOT_WATCHED)), c)
    known = np.where(np.isfinite(features), np.clip(features, -FEATURE_MOST, FEATURE_MOST), np.nan)
    return _step(state, day, np.ascontiguousarray(known.T), flags.astype(np.int64), c)


def factor(state: DayState) -> Array:
    """How much more evidence than `c` each pattern needs in each home, (P, H), from people's answers."""
    asked: Array = np.power(ANSWER_STEP, 0.5 * state.asked)
    return np.clip(asked, FACTOR_LEAST, FACTOR_MOST)


def shares(state: DayState) -> tuple[Array, Array]:
    """Each pattern's share (P, H) of what opens an episode, and what of it counts (H,), in days of chance: at `c`.

    Share = evidence, over what people's answers ask of that pattern, times what the pattern counts for (`PRIOR`) among
    those with evidence, all together in days as they really pass (`calibration.days_of_chance`). None can reach `c`
    with the sum below. A pattern that stands alone has its evidence for share and no part in that sum: what counts is
    the larger of the two. A pattern whose episode is open has no share: its evidence rests.
    """
    per_pattern = np.zeros((P, state.homes))
    for k in range(K):
        per_pattern = per_pattern + state.evidence[:, k]
    per_pattern = per_pattern / K
    weighed = np.where(state.episode == NEVER, PRIOR[:, None] * per_pattern / factor(state), 0.0)
    gathered, patterns = np.zeros(state.homes), np.zeros(state.homes)
    for p in SUMMED:  # fixed order of sums
        gathered = gathered + weighed[p]
        patterns = patterns + PRIOR[p] * (per_pattern[p] > 0.0)
    patterns = np.maximum(patterns, 1.0)
    together = DAYS_PER_EVIDENCE * gathered / patterns
    true = days_of_chance(together)
    part = DAYS_PER_EVIDENCE * weighed / patterns * (true / np.maximum(together, 1e-9))
    share = np.where(ALONE, days_of_chance(weighed), part)
    return share, np.maximum(true, np.where(ALONE, share, 0.0).max(axis=0))


def begun(state: DayState) -> NDArray[np.int64]:
    """The care day on which what each pattern shows now, or its open episode, is thought to have begun, (P, H)."""
    running = state.day - days_since_onset(state.surprises).astype(np.int64)
    return np.where(state.episode == NEVER, running, state.onset)


def adapt(state: DayState, home: int, pattern: int, rating: str, *, undo: bool = False) -> float:
    """Learn from an answer, "nothing found" or "right" (ValueError for others), or take one back; the new factor.

    Each answer moves the factor until it is at its bound, and the next one the other way moves it from there. Taking
    back the latest such answer gives what would be without it; where there is none, nothing changes.
    """
    if rating not in HALF_STEPS:
        raise ValueError(f'rating must be "nothing found" or "right", not {rating!r}')
    step = HALF_STEPS[rating]
    row = [int(answer) for answer in state.answers[:, pattern, home]]
    if not undo:
        row = [_bounded(row[0] + row[1]), *row[2:], step]
    elif step in row[1:]:
        latest = len(row) - 1 - row[::-1].index(step)
        row = [row[0], 0, *row[1:latest], *row[latest + 1 :]]
    asked = row[0]
    for answer in row[1:]:
        asked = _bounded(asked + answer)
    state.answers[:, pattern, home], state.asked[pattern, home] = row, asked
    return float(factor(state)[pattern, home])


def _bounded(half_steps: int) -> int:
    return min(max(half_steps, HALF_STEPS_LEAST), HALF_STEPS_MOST)


def _step(state: DayState, day: int, y: Array, flags: NDArray[np.int64], c: float) -> DayResult:
    level, spread, _ = own_normal(state)
    y = half_blind(y, level)
    off = (y - level) / spread
    z = np.clip(off, -Z_MOST, Z_MOST)
    moved = np.isfinite(np.where(OF_THE_BODY, np.nan, y)).any(axis=0)
    grace = np.where(moved, _grace(state, flags), 0)  # where only vital signs are known, nobody was seen to come home
    usable: NDArray[np.bool_] = np.equal(flags | grace, 0)
    not_theirs = ((flags | grace) & int(Flag.AWAY | Flag.VISITORS | Flag.GRACE)) != 0
    flags = flags | np.where(visitors(off), int(Flag.VISITORS), 0) | grace
    skip = flags != 0
    score, coverage = pooled(np.where(np.where(OF_THE_BODY, not_theirs, skip), np.nan, z))
    coverage = np.where(skip & ~ALONE, 0.0, coverage)
    score = np.where(coverage >= COVERAGE_LEAST, score, np.nan)
    past = state.scores[: SCORE_DAYS - GUARD_DAYS].astype(np.float64)
    u = surprise(score, past)
    _gather(state, u)
    _push(state.surprises, u)
    share, total = shares(state)
    enough = np.where(ALONE, share, np.where(ALONE, 0.0, share).sum(axis=0)) >= c
    alarm = (state.refractory <= 0) & np.isfinite(u).any(axis=0) & (total >= c)
    pattern, odds = np.argmax(NAMED * np.where(enough, share, 0.0), axis=0), total
    slow = np.zeros(state.homes, np.bool_)
    if day % EVERY_DAYS == 0:
        slow, slowest, slow_odds = _drifts(state, y, spread, np.isfinite(u))
        slow &= ~alarm
        alarm, pattern = alarm | slow, np.where(slow, slowest, pattern)
        odds = np.where(slow, slow_odds, odds)
    news = alarm & (state.episode != NEVER).any(axis=0)
    outlived = _episodes(state, day, usable, alarm & (np.arange(P)[:, None] == pattern), odds)
    open_now = state.episode != NEVER
    learned = ~skip & ~open_now.any(axis=0)
    assessed = np.asarray(np.isfinite(score).any(axis=0))
    _push(state.ring, y)
    _push(state.learn, learned)
    _push(state.kept, usable & ~learned)
    _push(state.scores, np.where(open_now, np.nan, score))
    state.coverage[...] = coverage
    state.flags[...] = flags
    state.day = day
    count_blind(state, y, usable, np.asarray(np.isfinite(score[SUMMED]).any(axis=0)))
    renew(state, outlived)
    state.alerts += alarm & ~news
    state.assessed += assessed
    return DayResult(z, score, u, share, total, coverage, alarm, news, pattern, slow & alarm, flags)


def own_normal(state: DayState) -> tuple[Array, Array, NDArray[np.intp]]:
    """Level, spread and days of each feature (F, H) as they stand for the next care day."""
    days = state.ring[:BASELINE_DAYS].astype(np.float64)
    return levels(np.where(state.learn[:BASELINE_DAYS, None, :], days, np.nan), _PRIOR_SCALE)


def _gather(state: DayState, u: Array) -> None:
    """Take today's surprise (P, H) into the evidence."""
    known = np.isfinite(u)
    seen = np.where(known, u, 0.0)
    for k, delta in enumerate(DELTAS):
        grown = (state.evidence[:, k] + 1.0) * np.exp(delta * seen - delta * delta / 2.0)
        state.evidence[:, k] = rounded(np.where(known, np.minimum(grown, EVIDENCE_MOST), state.evidence[:, k]))
    state.level[...] = rounded(np.where(known, state.level + SMOOTHING * (seen - state.level), state.level))


def _drifts(
    state: DayState, y: Array, spread: Array, known: NDArray[np.bool_]
) -> tuple[NDArray[np.bool_], NDArray[np.intp], Array]:
    """Which homes open an episode by the slow channel, of which pattern, and days between such drifts by chance."""
    days = np.concatenate([state.ring[1:].astype(np.float64), y[None]])
    learned = np.concatenate([state.learn[1:], np.ones((1, state.homes), np.bool_)])
    days = np.where(learned[:, None, :], days, np.nan)
    centre, _, _ = levels(days, _PRIOR_SCALE)
    z = np.clip((days - centre) / spread, -Z_MOST, Z_MOST)
    score, coverage = pooled(np.ascontiguousarray(z.transpose(1, 0, 2)).reshape(F, -1))
    score = np.where(coverage >= COVERAGE_LEAST, score, np.nan)
    flat = np.ascontiguousarray(score.reshape(P, len(days), -1).transpose(1, 0, 2)).reshape(len(days), -1)
    found, chance = np.zeros(flat.shape[1], np.bool_), np.ones(flat.shape[1])
    for window in WINDOWS:
        rises, _, p = slow_rise(flat[-window:], P_MOST / factor(state).reshape(-1))
        found |= rises
        chance = np.minimum(chance, p)
    rising = found.reshape(P, -1) & known & (state.episode == NEVER) & ~ALONE
    free = (state.refractory <= 0) & rising.any(axis=0)
    least = np.where(rising, chance.reshape(P, -1), 1.0)
    odds = EVERY_DAYS / (SUMMED.size * np.maximum(least.min(axis=0), 1e-9))
    return free, np.argmax(NAMED * (1.0 - least), axis=0), rounded(odds)


def _episodes(
    state: DayState, day: int, usable: NDArray[np.bool_], opens: NDArray[np.bool_], odds: Array
) -> NDArray[np.bool_]:
    """Open, grow, age and close episodes; evidence starts again when a pattern opens or joins one.

    A home has one episode at a time: what rises beside it is news of it, begun no earlier, and it is over when all of
    it is. Every day on which somebody was watched ages it, judged or not. Returns which have lasted their time (P, H).
    """
    alarm, before = opens.any(axis=0), state.episode != NEVER
    state.refractory[...] = np.where(alarm, REFRACTORY_DAYS, np.maximum(state.refractory - 1, 0))
    aged = np.where(before & usable, state.episode + 1, state.episode)
    if alarm.any():
        first = np.where(before, state.onset, NEVER).max(axis=0)
        began = np.maximum(day - days_since_onset(state.surprises), first)
        state.onset[...] = np.where(opens, began, state.onset)
        state.told[...] = np.where(alarm, day, state.told)
    state.odds[...] = np.where(opens, odds, state.odds)
    age = aged.max(axis=0)  # that of the pattern which opened it
    calm = (age >= REFRACTORY_DAYS) & (~before | (state.level < CALM)).all(axis=0)
    outlived = before & (age >= EPISODE_MOST_DAYS) & ~alarm
    over = (calm & ~alarm) | outlived.any(axis=0)
    state.episode[...] = np.where(over, NEVER, np.where(opens, 0, aged))
    reset = alarm | over | (state.episode != NEVER)
    state.evidence[...] = np.where(reset[:, None, :], 0.0, state.evidence)
    return np.asarray(outlived)


def _grace(state: DayState, flags: NDArray[np.int64]) -> NDArray[np.int64]:
    """Flag the first days after coming home, and keep count."""
    gone = (flags & int(Flag.AWAY | Flag.NOT_WATCHED)) != 0
    back_from_long = ~gone & (state.away >= 2)
    counted = np.where(gone, np.maximum(state.away, 0) + 1, np.where(back_from_long, -GRACE_DAYS, state.away))
    in_grace = ~gone & (counted < 0)
    state.away[...] = np.where(gone, counted, np.where(in_grace, counted + 1, 0))
    return np.where(in_grace, int(Flag.GRACE), 0)


def _push(ring: NDArray[np.generic], row: NDArray[np.generic]) -> None:
    ring[:-1] = ring[1:]
    ring[-1] = row


def _unassessed(homes: int) -> DayResult:
    nothing = np.full((P, homes), np.nan)
    return DayResult(
        z=np.full((F, homes), np.nan),
        score=nothing,
        surprise=nothing,
        evidence=np.zeros((P, homes)),
        total=np.zeros(homes),
        coverage=np.zeros((P, homes)),
        alarm=np.zeros(homes, np.bool_),
        news=np.zeros(homes, np.bool_),
        pattern=np.zeros(homes, np.intp),
        slow=np.zeros(homes, np.bool_),
        flags=np.full(homes, int(Flag.NOT_WATCHED)),
    )
