"""Prints lines, to look at or to pipe into a file: line protocol with timestamps in seconds."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass

from gateway.model.contracts import Outcome, Sink, Verdict

TITLE = "Standard output, as line protocol"


@dataclass(frozen=True, slots=True)
class Options:
    """Nothing to set."""


class Stdout:
    """Lines to standard output."""

    def write(self, lines: Sequence[bytes]) -> Verdict:
        """Print a batch."""
        try:
            sys.stdout.write("".join(line.decode() + "\n" for line in lines))
            sys.stdout.flush()
        except OSError as error:
            return Verdict(Outcome.LATER, f"standard output does not take lines: {error.strerror}")
        return Verdict(Outcome.STORED)

    def incarnation(self) -> str:
        """What was printed is printed."""
        return ""

    def close(self) -> None:
        """Nothing to let go of."""


def create(options: Options) -> Sink:  # noqa: ARG001 - the shape of a leaf
    """The sink."""
    return Stdout()
