"""Is a sensor that fires like a machine told from a person, and what does it cost in alerts?

    python -m benchmarks.chatter --tihm DIR

First, every day of every sensor of the real homes: how often is a person taken for a machine, and how long does a
sensor go on without ten quiet minutes? Then each sensor in turn fires every 20 s for a week from day 42 on, in every
home that has it: homes with an alert of the day tier in the four weeks from then, with the box looking and without,
beside the same weeks as they were recorded.

Data: TIHM, Palermo et al. 2023, with thanks to Surrey and Borders Partnership NHS Foundation Trust and Howz.
"""

from dataclasses import replace
from pathlib import Path

import numpy as np

from benchmarks.deterioration_days import NEEDED_DAYS, SPAN_DAYS, Homes, load
from benchmarks.deterioration_runs import run_clean
from benchmarks.inject_nulls import WEEK, busiest, stuck
from benchmarks.report import Figure, arguments, show, write
from rules.core.chatter import RUN_S, Busiest, chattering, longest_run_s, without
from rules.core.confounders import Flag, day_flag
from rules.core.day import DayEvents, Role
from rules.core.detector import ONE_IN_30_DAYS, close_day
from rules.core.detector_state import DayState
from rules.core.features import NAMES, day_features

ONSET = 42


def real_days(homes: Homes) -> tuple[int, int, float]:
    """Role-days that were heard, those taken for chatter, and the longest run without a pause in hours."""
    judged, taken, longest = 0, 0, 0.0
    for days in homes.days:
        own = Busiest()
        for day in days:
            judged, taken = judged + int(day.heard.sum()), taken + int(own.judge(day).sum())
            longest = max(longest, *(longest_run_s(day.time_s[day.role == role]) for role in Role))
    return judged, taken, longest / 3600


def alerts(homes: Homes, before: DayState, role: Role | None, *, looks: bool) -> tuple[int, int]:
    """Homes with an alert in the four weeks, and homes in all; `role` chatters in the first of them."""
    has = [
        h
        for h, days in enumerate(homes.days)
        if len(days) >= ONSET + NEEDED_DAYS and (role is None or any((d.role == role).any() for d in days[:ONSET]))
    ]
    state, found = before.take(np.array(has, np.intp)), np.zeros(len(has), np.bool_)
    most = [busiest([d for d, f in zip(homes.days[h], homes.flags[:ONSET, h], strict=False) if f == 0]) for h in has]
    for since in range(SPAN_DAYS):
        features = np.full((len(has), len(NAMES)), np.nan)
        flags = np.full(len(has), int(Flag.NOT_WATCHED))
        for n, h in enumerate(has):
            if ONSET + since < len(homes.days[h]):
                day: DayEvents = homes.days[h][ONSET + since]
                if role is not None and since < WEEK:
                    day = stuck(day, role)
                day = without(day, chattering(day, most[n])) if looks else replace(day)
                features[n], flags[n] = day_features(day), int(day_flag(day))
        found |= close_day(state, ONSET + since, features, flags).alarm
    return int(found.sum()), len(has)


def main() -> None:
    """Print both."""
    parser = arguments(__doc__)
    parser.add_argument("--tihm", type=Path, required=True, metavar="DIR", help="a directory in TIHM's format")
    chosen = parser.parse_args()
    homes = load(chosen.tihm)
    judged, taken, longest = real_days(homes)
    before = run_clean(homes, ONE_IN_30_DAYS).before[ONSET]
    rows = []
    for role in Role:
        quiet, of = alerts(homes, before, role, looks=False)
        if of:
            looked, _ = alerts(homes, before, role, looks=True)
            rows.append((role.name.lower(), f"{quiet} of {of}", f"{looked} of {of}"))
    clean, of = alerts(homes, before, None, looks=True)
    rows.append(("nothing", f"{clean} of {of}", f"{clean} of {of}"))
    figures = [
        Figure("chatter.people_taken", float(taken), "days", 0.0, "lower", f"of {judged} days of a sensor"),
        Figure("chatter.longest_run_h", longest, "h", RUN_S / 3600, "lower", "of a person, without ten quiet minutes"),
    ]
    write(figures, f"Chatter, {len(homes.ids)} homes", chosen.json)
    show("Homes with an alert in four weeks", ("what chatters", "not looked at", "looked at"), rows)


if __name__ == "__main__":
    main()
