"""Who is told what: the family decides, and that nobody can be seen concerns everybody."""

from pathlib import Path

import pytest

from gateway.alert import Alert, State
from gateway.config import ConfigError
from gateway.plan import Contact, Plan, load_plan
from rules.base import AlertKind, Finding, Priority

EVERY = ("phone", "mail", "box")
PLAN = Plan(
    contact=(
        Contact(name="daughter", notifier="phone", kinds=(AlertKind.PERSONAL,)),
        Contact(name="nurse", notifier="mail", kinds=(AlertKind.PERSONAL,), at_least=Priority.MEDIUM),
        Contact(name="installer", notifier="box", kinds=(AlertKind.TECHNICAL,)),
        Contact(name="son", notifier="phone", kinds=(AlertKind.PERSONAL, AlertKind.TECHNICAL)),
    )
)


def alert(kind: AlertKind, priority: Priority) -> Alert:
    return Alert(1, Finding("rule", "home", kind, priority, "What.", 1, "Next."), State.ACTIVE, 1, 1)


@pytest.mark.parametrize(
    ("kind", "priority", "told"),
    [
        (AlertKind.PERSONAL, Priority.LOW, ("phone",)),
        (AlertKind.PERSONAL, Priority.MEDIUM, ("phone", "mail")),
        (AlertKind.PERSONAL, Priority.HIGH, ("phone", "mail")),
        (AlertKind.TECHNICAL, Priority.LOW, ("box", "phone")),
        (AlertKind.TECHNICAL, Priority.HIGH, ("phone", "mail", "box")),  # nothing can be seen at all
    ],
)
def test_the_plan_decides(kind: AlertKind, priority: Priority, told: tuple[str, ...]) -> None:
    assert PLAN.notifiers(alert(kind, priority), EVERY) == told


def test_without_a_plan_every_notifier_is_told_everything(tmp_path: Path) -> None:
    plan = load_plan(tmp_path / "plan.toml", set(EVERY))
    assert plan.notifiers(alert(AlertKind.TECHNICAL, Priority.LOW), EVERY) == EVERY


def test_a_plan_that_cannot_be_read_is_not_no_plan(tmp_path: Path) -> None:
    (tmp_path / "plan.toml").mkdir()
    with pytest.raises(ConfigError, match="Is a directory"):
        load_plan(tmp_path / "plan.toml", set(EVERY))
