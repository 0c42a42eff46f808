"""What a source did, and what of it was found afterwards: one checker for every row of the fault suite.

The source numbers every reading and every cause of an alert and notes what became of it: invoked, then acknowledged or
failed, or neither (unknown: the fault fell in between). What is read back must hold each acknowledged number once, and
nothing that was not invoked; an unknown number may be there or not. The method is that of Jepsen's set tests.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple


class Verdict(NamedTuple):
    """Numbers that should not have come out so; all empty where the row passes."""

    lost: tuple[int, ...]  # acknowledged and not found
    doubled: tuple[int, ...]  # found more than once
    invented: tuple[int, ...]  # found and not invoked, or found though it failed

    @property
    def holds(self) -> bool:
        """Whether nothing was lost, doubled or invented."""
        return not (self.lost or self.doubled or self.invented)


@dataclass(slots=True)
class Ledger:
    """The numbers of one source."""

    invoked: set[int] = field(default_factory=set)
    acknowledged: set[int] = field(default_factory=set)
    failed: set[int] = field(default_factory=set)

    def invoke(self) -> int:
        """The next number, about to be sent."""
        number = len(self.invoked) + 1
        self.invoked.add(number)
        return number

    def acknowledge(self, *numbers: int) -> None:
        """These were taken: they must be found."""
        self.acknowledged.update(numbers)

    def fail(self, *numbers: int) -> None:
        """These were refused, and said so: they must not be found."""
        self.failed.update(numbers)

    @property
    def unknown(self) -> set[int]:
        """Sent, with no word of what became of them."""
        return self.invoked - self.acknowledged - self.failed

    def check(self, found: Iterable[int]) -> Verdict:
        """Hold what was read back against what was done."""
        counted = Counter(found)
        return Verdict(
            lost=tuple(sorted(self.acknowledged - set(counted))),
            doubled=tuple(sorted(number for number, times in counted.items() if times > 1)),
            invented=tuple(sorted(set(counted) - (self.invoked - self.failed))),
        )
