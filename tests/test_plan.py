"""Who is told what: the family decides, and that nobody can be seen concerns everybody."""

from datetime import date, time
from pathlib import Path

import pytest

from gateway.config.plan import Contact, Plan, load_plan
from gateway.config.toml_file import ConfigError
from gateway.model.alert import Alert, State
from rules.core.declared import NOTHING_DECLARED, Carer, Declared, Kind, Period
from rules.terms.finding import AlertKind, Finding, Priority

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


def test_the_household_and_its_days_are_read(tmp_path: Path) -> None:
    path = tmp_path / "plan.toml"
    path.write_text("""
[household]
residents = 2
pets = 1
[[period]]
kind = "holiday"
first_day = 2026-08-01
last_day = "2026-08-14"
[[period]]
kind = "hospital"
first_day = 2026-09-03
[[carer]]
begin = "08:00"
end = 09:30:00
days = ["wed", "mon", "mon"]
""")
    august, september = date(2026, 8, 1).toordinal(), date(2026, 9, 3).toordinal()
    assert load_plan(path, set(EVERY)).declared() == Declared(
        residents=2,
        pets=1,
        periods=(Period(Kind.HOLIDAY, august, august + 13), Period(Kind.HOSPITAL, september)),
        carers=(Carer(time(8), time(9, 30), (0, 2)),),
    )


def test_a_plan_that_says_nothing_is_somebody_on_their_own(tmp_path: Path) -> None:
    assert load_plan(tmp_path / "plan.toml", set(EVERY)).declared() == NOTHING_DECLARED
