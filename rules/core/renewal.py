"""A new usual: a home whose days have changed for good is judged by its new days, and is never left unjudged for long.

Days are kept out of the person's normal while an episode is open, and while more people are in than usual. A change
that stays would keep them out for ever, and a home whose normal has no days left is blind. So they are taken in, and
what lies before them is dropped, when

- an episode has lasted its four weeks: everything since its onset is the new way of living;
- no pattern could be judged although the home was watched, somebody was in, nothing was declared, and enough was seen:
  for two weeks because the normal has no days left (as many as a new home needs), or for nearly four because of people
  nobody declared. Those weeks are.
"""

import numpy as np
from numpy.typing import NDArray

from rules.core.confounders import Flag
from rules.core.detector_baseline import GUARD_DAYS, LEAST_DAYS
from rules.core.detector_state import NEVER, DayState
from rules.core.patterns import COVERAGE_LEAST, SUMMED, pooled

Array = NDArray[np.float64]
Bools = NDArray[np.bool_]

UNKNOWN_MOST_DAYS = GUARD_DAYS + LEAST_DAYS
COMPANY_MOST_DAYS = 27  # judged again on the 28th day, or on the 29th after a day of coming home


def count_blind(state: DayState, y: Array, usable: Bools, assessed: Bools) -> None:
    """Keep count of the days (H,) on which enough of features `y` (F, H) was seen and nothing could be judged by it.

    A pattern that stands alone does not count: a pulse that was taken does not make a home seen.
    """
    state.blind[assessed] = 0
    columns = np.flatnonzero(usable & ~assessed)
    if columns.size:
        _, coverage = pooled(np.ascontiguousarray(y[:, columns]))
        state.blind[columns[(coverage[SUMMED] >= COVERAGE_LEAST).any(axis=0)]] += 1


def renew(state: DayState, outlived: Bools) -> None:
    """Take in what was kept out, where an episode (P, H) has lasted its time or the home was blind for too long.

    Called when the day's own rows are in the rings. The evidence of such a home begins anew.
    """
    company = (state.flags & int(Flag.VISITORS)) != 0
    blind = state.blind >= np.where(company, COMPANY_MOST_DAYS, UNKNOWN_MOST_DAYS)
    homes = np.flatnonzero(outlived.any(axis=0) | blind)
    if not homes.size:
        return
    onset = np.where(outlived, state.onset, np.iinfo(state.onset.dtype).max).min(axis=0)
    for home in homes:
        kept = state.kept[:, home]
        if blind[home]:
            days = np.flatnonzero(kept)[-int(state.blind[home]) :]
            row = int(days[0]) if days.size else 0
            state.episode[:, home] = NEVER
        else:
            row = max(0, len(kept) - 1 - (state.day - int(onset[home])))
        state.learn[:, home] |= kept
        state.learn[:row, home] = False
        state.kept[:, home] = False
        state.blind[home] = 0
        state.evidence[:, :, home] = 0.0
        state.level[:, home] = 0.0
        state.surprises[:, :, home] = np.nan
