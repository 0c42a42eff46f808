"""Does the day tier ever go blind? A year of each home, from its own real days, with changes that stay, end or overlap.

    python -m benchmarks.deterioration_long --tihm DIR [--json FILE]

Each home's assessed days are drawn anew in blocks of a week, 420 days long. From day 120 on something is different:

    nothing    not at all
    stays      a quarter of the day's visits gone, up later: for good
    ends       the same, until day 300
    away       the same, for good; and nobody at home from day 130 to day 190
    company    a second person moves in and nobody says so: the home also hears another of its own days
    dies       the same as `stays`; the kitchen sensor dies on day 150 and is replaced on day 200

A home is blind where it was watched, somebody was at home and nothing was declared, and no pattern was assessed for
more than 28 such days in a row.
"""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.deterioration_days import Homes, load
from benchmarks.inject import Habits, Rng, decline, habits, ordered
from benchmarks.inject_nulls import sensor_dies
from benchmarks.report import Figure, arguments, write
from rules.core.confounders import Flag, day_flag
from rules.core.day import DayEvents
from rules.core.detector import ONE_IN_30_DAYS, close_day
from rules.core.detector_state import new_state
from rules.core.features import NAMES, day_features
from rules.core.patterns import SUMMED

DAYS, ONSET, END = 420, 120, 300
AWAY = range(130, 190)
DEAD = range(150, 200)
WEEK = 7
BLIND_DAYS = 28
WATCHED_DAYS = 60  # after the onset: the alerts that are the change's
KINDS = ("nothing", "stays", "ends", "away", "company", "dies")
ALERTS_MOST = 2.0


def company(day: DayEvents, own: Habits, rng: Rng) -> DayEvents:
    """The home also hears another of its own days, from morning to morning."""
    other = own.days[int(rng.integers(len(own.days)))]
    time_s = other.time_s + rng.uniform(-1800.0, 1800.0)
    return ordered(day, np.concatenate([day.time_s, time_s]), np.concatenate([day.role, other.role]))


def lived(kind: str, day: int, real: DayEvents, own: Habits, rng: Rng) -> DayEvents | None:
    """The day as it was lived; None for a day away."""
    if kind == "away" and day in AWAY:
        return None
    if day < ONSET or kind == "nothing" or (kind == "ends" and day >= END):
        return real
    if kind == "company":
        return company(real, own, rng)
    changed = decline(real, own, min((day - ONSET + 1) / WEEK, 1.0), rng)
    return sensor_dies(changed, own, 1, rng) if kind == "dies" and day in DEAD else changed


def years(homes: Homes) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Features (days, kinds x homes, F) and flags (days, kinds x homes)."""
    columns = len(KINDS) * len(homes.ids)
    features = np.full((DAYS, columns, len(NAMES)), np.nan)
    flags = np.full((DAYS, columns), int(Flag.NOT_WATCHED))
    for h, days in enumerate(homes.days):
        good = [day for day, flag in zip(days, homes.flags[:, h], strict=False) if flag == 0]
        own = habits(good)
        drawn = _drawn(len(good), np.random.default_rng([20261126, h]))
        for k, kind in enumerate(KINDS):
            rng = np.random.default_rng([7, h, k])
            for d, index in enumerate(drawn):
                day = lived(kind, d, good[index], own, rng)
                column = k * len(homes.ids) + h
                flags[d, column] = int(Flag.AWAY if day is None else day_flag(day))
                if day is not None:
                    features[d, column] = day_features(day)
    return features, flags


def _drawn(days: int, rng: Rng) -> list[int]:
    """Which real day each day is: weeks in a row, drawn with replacement."""
    starts = rng.integers(max(1, days - WEEK + 1), size=DAYS // WEEK + 1)
    return [int(start + day) % days for start in starts for day in range(WEEK)][:DAYS]


def figures(homes: Homes) -> list[Figure]:
    """Live all years side by side."""
    features, flags = years(homes)
    state = new_state(features.shape[1])
    watched, assessed, alarms = (np.zeros(flags.shape, np.bool_) for _ in range(3))
    for day in range(DAYS):
        result = close_day(state, day, features[day], flags[day], ONE_IN_30_DAYS)
        watched[day] = flags[day] == 0
        assessed[day] = np.isfinite(result.score[SUMMED]).any(axis=0)
        alarms[day] = result.alarm & ~result.news
    run, longest = np.zeros(flags.shape[1], np.intp), np.zeros(flags.shape[1], np.intp)
    for day in range(ONSET, DAYS):
        run = np.where(assessed[day], 0, run + watched[day])
        longest = np.maximum(longest, run)
    rows, per = [], len(homes.ids)
    for k, kind in enumerate(KINDS):
        mine = slice(k * per, (k + 1) * per)
        blind = int((longest[mine] > BLIND_DAYS).sum())
        alerts = alarms[ONSET : ONSET + WATCHED_DAYS, mine].sum(axis=0)
        seen = assessed[ONSET:, mine].sum() / max(1, watched[ONSET:, mine].sum())
        rows += [
            Figure(f"deterioration.long.{kind}.blind_homes", blind, f"of {per} homes", 0.0),
            Figure(f"deterioration.long.{kind}.longest_blind_days", int(longest[mine].max()), "d", BLIND_DAYS),
            Figure(f"deterioration.long.{kind}.assessed", float(seen), "of watched days", None, "higher"),
            Figure(f"deterioration.long.{kind}.alerts_60d", float(alerts.mean()), "alerts/home", None),
        ]
    changes = [k for k, kind in enumerate(KINDS) if kind in ("stays", "ends", "dies")]
    chance = alarms[ONSET : ONSET + WATCHED_DAYS, :per].sum() / per
    given = np.mean([alarms[ONSET : ONSET + WATCHED_DAYS, k * per : (k + 1) * per].sum() / per for k in changes])
    note = f"in the 60 days after its onset, {given:.2f}, less those of the homes with nothing changed, {chance:.2f}"
    return [
        Figure("deterioration.long.blind_homes", int((longest > BLIND_DAYS).sum()), f"of {len(longest)} homes", 0.0),
        Figure("deterioration.long.alerts_per_change", float(given - chance), "alerts", ALERTS_MOST, note=note),
        *rows,
    ]


def main() -> None:
    """Run and print."""
    parser = arguments(__doc__)
    parser.add_argument("--tihm", type=Path, required=True, metavar="DIR", help="homes in the format of TIHM 1.5")
    chosen = parser.parse_args()
    homes = load(chosen.tihm)
    write(figures(homes), f"A year of {len(homes.ids)} TIHM homes, from their own days", chosen.json)


if __name__ == "__main__":
    main()
