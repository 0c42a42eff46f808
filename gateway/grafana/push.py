"""Reconciliation of a Grafana folder: plan and apply, with rollback.

Bring Grafana to what is wanted: look at everything first, then write, and write only what differs.

A push is one list of steps. `plan` asks Grafana all it needs to know and raises GrafanaError before anything has been
written; `carry_out` writes in an order in which each thing finds what it needs, and takes back what it wrote when a
later write fails. Running it again is always safe.
"""

from collections.abc import Callable, Sequence

from gateway.grafana.api import Grafana
from gateway.grafana.desired_state import Wanted
from gateway.grafana.errors import GrafanaError, RefusedError
from gateway.grafana.permissions import lacking, refuse
from gateway.grafana.step import Step
from gateway.grafana.steps import steps_to


def plan(grafana: Grafana, wanted: Wanted) -> list[Step]:
    """Every step in the order of writing; writes nothing. Raises GrafanaError with the first thing in the way."""
    grafana.version()
    held = grafana.permissions()
    steps = steps_to(grafana, wanted)
    if held is not None:
        refuse(lacking(held, wanted, steps))
    return steps


def carry_out(steps: Sequence[Step], say: Callable[[str], None]) -> int:
    """Write what differs, all of it or nothing; how many writes. Raises GrafanaError that says what is there now."""
    differing = [step for step in steps if step.action != "keep"]
    writable(differing)
    for step in differing:
        try:
            step.prove()
        except GrafanaError as error:
            raise GrafanaError(f"{error} (nothing was written; run it again after the mend)") from None
    done: list[Step] = []
    for step in differing:
        try:
            step.write()
        except (GrafanaError, KeyboardInterrupt) as error:
            refused = isinstance(error, RefusedError) and error.changed_nothing
            written = done if refused else [*done, step]
            outcome = _outcome(len(written), _take_back(written, say))
            raise GrafanaError(
                f"{step.kind} {step.name!r}: {str(error) or 'it was stopped'} ({outcome}; run it again after the mend)"
            ) from None
        done.append(step)
        say(f"{_DONE[step.action]} {step.kind} {step.name}")
    return len(done)


def writable(steps: Sequence[Step]) -> None:
    """Raises GrafanaError for the first step that differs and that a push must not write."""
    for step in steps:
        if step.barred and step.action != "keep":
            raise GrafanaError(f"the {step.kind} {step.name!r} {step.barred}")


_DONE = {"make": "made", "change": "changed"}


def _take_back(done: Sequence[Step], say: Callable[[str], None]) -> list[str]:
    """The newest first; what could not be, each with the reason."""
    left = []
    for step in reversed(done):
        try:
            step.undo()
        except GrafanaError as error:
            left.append(f"{step.kind} {step.name} ({error})")
        else:
            say(f"took back {step.kind} {step.name}")
    return left


def _outcome(written: int, left: Sequence[str]) -> str:
    if left:
        return (
            f"{written - len(left)} of {written} writes taken back; look in Grafana at what is left: {'; '.join(left)}"
        )
    if written:
        return f"{written} written and taken back: Grafana is as it was"
    return "nothing was written"
