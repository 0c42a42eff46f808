"""The role of each channel in the day tier.

What each channel of the home tells about: its role in the day tier, whatever the house calls it.
"""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from gateway.model.home import Home
from rules.core.day import ROLES, Role, role_of

Flags = NDArray[np.bool_]


class ChannelRoles:
    """The roles of the channels seen so far; -1 for a channel that tells nothing of a day."""

    def __init__(self, home: Home, declared: Mapping[str, Role]) -> None:
        """`declared`: sensor -> role, from the configuration; the names of rooms and doors say the rest."""
        self._home = home
        self._declared = declared
        self._roles: list[int] = []

    def of(self, channel: int) -> int:
        """The role of a channel by its number."""
        for each in self._home.channels[len(self._roles) : channel + 1]:
            role = Role.BED if each.quantity == "bed_load_kg" else role_of(each, self._declared)
            self._roles.append(-1 if role is None else int(role))
        return self._roles[channel]

    def known(self) -> int:
        """How many channels have been looked at."""
        return len(self._roles)

    def fitted(self) -> Flags:
        """(ROLES,) which roles have a sensor."""
        found = np.zeros(ROLES, dtype=np.bool_)
        found[[role for role in self._roles if role >= 0]] = True
        return found

    def seen(self, silent: Flags) -> Flags:
        """(ROLES,) whether a sensor of the role could be heard, from which channels (N,) are silent."""
        if len(silent):
            self.of(len(silent) - 1)
        role = np.array(self._roles[: len(silent)], dtype=np.intp)
        seen = np.zeros(ROLES, dtype=np.bool_)
        seen[role[(role >= 0) & ~silent]] = True
        return seen

    def sensors(self) -> dict[Role, list[str]]:
        """Channel ids behind each role."""
        found: dict[Role, list[str]] = {}
        for number, channel in enumerate(self._home.channels):
            if (role := self.of(number)) >= 0:
                found.setdefault(Role(role), []).append(channel.id)
        return found
