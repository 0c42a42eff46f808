"""What shows that somebody moves, and how to say that some of it was not heard. Shared by rules."""

import numpy as np
from numpy.typing import NDArray

from rules.base import Window
from rules.words import listed, plain

SEEING = ("motion", "presence", "contact_open", "vibration", "in_bed", "zone_enter", "zone_leave")
"""Quantities that show somebody moving without being asked to."""
SIGNS = (*SEEING, "button_press", "sos")
"""Everything that means somebody is up and about; the same as `drivers.quantity.SIGNS_OF_LIFE`."""


def unheard(window: Window, blind: NDArray[np.intp], of: int) -> str:
    """Which of `of` movement sensors could not be heard, by their columns; "" where all could."""
    if not len(blind):
        return ""
    names = listed(sorted({plain(window.channels[i].sensor) for i in blind}))
    return f"not heard: {names} ({len(blind)} of {of} movement sensors)"
