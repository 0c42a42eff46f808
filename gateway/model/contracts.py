"""The contracts of sinks and notifiers.

The contracts of the two kinds of leaf that do output: sinks (machines) and notifiers (people).

A leaf is one module of `gateway.sinks` or `gateway.notifiers`, found by its name. It defines `TITLE`, a frozen
dataclass `Options` (its configuration, every field with a default or required) and `create(options)` which returns the
leaf. `create` checks the options and does no I/O: a fault there is a configuration error and stops the start; whatever
fails later may be tried again.

Guarantees to a leaf: it is used by one thread, calls never overlap, and nothing is called after `close`. What is asked
of it: each call ends within a minute whatever the other side does (trickles, says nothing, sends gigabytes); one that
does not is told as a technical alert, and holds up nothing but itself.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from gateway.system.printable import printable
from rules.terms.finding import AlertKind, Priority


class Outcome(StrEnum):
    """What became of a batch. A leaf decides this; the forwarder decides what to do about it."""

    STORED = "stored"  # every line is in; may still be lost if the server dies soon (see `Sink.incarnation`)
    REFUSED = "refused"  # at least one line is bad and perhaps none is in: halve the batch and find it
    LATER = "later"  # the server or the way to it is unwell: the same batch again, after `after_s`
    HOLD = "hold"  # it needs a person (token, bucket): keep everything, tell the installer, try rarely


@dataclass(frozen=True, slots=True)
class Verdict:
    """An outcome with its reason in one sentence an installer can act on; a server's own words in it are cleaned."""

    outcome: Outcome
    reason: str = ""
    after_s: float = 0.0  # LATER: what the server asked for; 0 leaves it to our own back-off
    bad_lines: int = 0  # REFUSED: how many of the batch, where the store says so

    def __post_init__(self) -> None:
        object.__setattr__(self, "reason", printable(self.reason))


class Sink(Protocol):
    """Somewhere to store points. Lines are line protocol, complete and escaped, UTF-8 without the newline."""

    def write(self, lines: Sequence[bytes]) -> Verdict:
        """Write a batch. Writing the same line again must leave one point (identity: series and time).

        An empty batch asks whether lines would be taken, as far as that can be told without leaving anything behind.
        """
        ...

    def incarnation(self) -> str:
        """Which life of the server this is (its start time), or "" where it cannot tell or a 2xx is durable.

        When it changes, the forwarder sends again what was stored in the last minutes: VictoriaMetrics loses the last
        8-20 s of acknowledged points when it is killed.
        """
        ...

    def close(self) -> None:
        """Let go of connections. Never blocks for more than a second."""
        ...


@dataclass(frozen=True, slots=True)
class Message:
    """What one person is told once about one alert."""

    alert_id: int
    title: str  # fits a phone's lock screen
    body: str  # plain text, short lines, everything needed to act
    kind: AlertKind
    priority: Priority
    time_ns: int
    late: bool = False  # it could not be sent when it happened


class NotifyError(Exception):
    """The message was not handed over; the text says why, cleaned of what a service may put in. It is tried again."""

    def __init__(self, reason: str) -> None:
        super().__init__(printable(reason))


class Notifier(Protocol):
    """A way to tell people."""

    def check(self) -> str:
        """Why a message could not be handed over now, in a sentence with the mend, or "". Tells nobody anything."""
        ...

    def send(self, message: Message) -> None:
        """Hand the message over, or raise NotifyError. Handed over is not delivered, delivered is not answered."""
        ...

    def close(self) -> None:
        """Let go of connections. Never blocks for more than a second."""
        ...
