"""`kinlight check` on the plan: whether the person was asked, and days that are left out by mistake."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from gateway.cli.main import app

CONFIG = """\
[home]
id = "test"
[store]
directory = "{}"
[[notifier]]
name = "log"
type = "log"
"""
CONTACT = '[[contact]]\nname = "ann"\nnotifier = "log"\nkinds = ["personal", "technical"]\n'


def checked(tmp_path: Path, plan: str | None) -> tuple[int, list[str]]:
    """Exit code, and the lines about the plan."""
    (tmp_path / "gateway.toml").write_text(CONFIG.format(tmp_path))
    if plan is not None:
        (tmp_path / "plan.toml").write_text(plan)
    done = CliRunner().invoke(app, ["check", "--config", str(tmp_path / "gateway.toml")])
    return done.exit_code, [line for line in done.stdout.splitlines() if "plan:" in line]


def period(kind: str, first: str, last: str = "") -> str:
    end = f"last_day = {last}\n" if last else ""
    return f'[[period]]\nkind = "{kind}"\nfirst_day = {first}\n{end}'


@pytest.mark.parametrize("plan", [None, "", '[agreement]\nasked = "not-yet"\n', CONTACT])
def test_that_nobody_was_asked_is_never_ok_and_has_its_mend(tmp_path: Path, plan: str | None) -> None:
    _, said = checked(tmp_path, plan)
    (asked,) = [line for line in said if "asked:" in line]
    assert asked.startswith("note     plan: the person was asked: not-yet: ask the person at home first")
    assert '[agreement] asked = "yes"' in asked


@pytest.mark.parametrize("answer", ["yes", "best-interests"])
@pytest.mark.parametrize("contact", ["", CONTACT])
def test_that_somebody_was_asked_always_stands_there(tmp_path: Path, answer: str, contact: str) -> None:
    _, said = checked(tmp_path, f'[agreement]\nasked = "{answer}"\n{contact}')
    assert f"ok       plan: the person was asked: {answer}" in said


def test_every_period_is_listed_in_words(tmp_path: Path) -> None:
    days = [period("holiday", "2026-08-01", "2026-08-14"), period("hospital", "2025-12-30", "2026-01-02")]
    code, said = checked(tmp_path, "".join([*days, period("visitors", "2026-08-10", "2026-08-12")]))
    assert code == 0
    assert said[-3:] == [
        "ok       plan: days left out: holiday from 1 August to 14 August 2026",
        "ok       plan: days left out: hospital from 30 December to 2 January, 2025 to 2026",
        "ok       plan: days left out: visitors from 10 August to 12 August 2026",
    ]


def test_an_absence_without_an_end_before_another_period_is_a_problem(tmp_path: Path) -> None:
    code, said = checked(tmp_path, period("holiday", "2026-08-01", "2026-08-14") + period("away", "2025-08-01"))
    assert code == 4
    (problem,) = [line for line in said if line.startswith("PROBLEM")]
    assert "away since 1 August 2025: it has no last day, so every day since then is left out" in problem
    assert "yet comes holiday from 1 August to 14 August 2026; add last_day" in problem


def test_an_absence_that_goes_on_is_none(tmp_path: Path) -> None:
    code, _ = checked(tmp_path, period("holiday", "2025-08-01", "2025-08-14") + period("hospital", "2026-08-01"))
    assert code == 0


def test_absences_that_overlap_are_a_problem(tmp_path: Path) -> None:
    days = [period("holiday", "2026-08-01", "2026-08-14"), period("hospital", "2026-08-14", "2026-08-20")]
    code, said = checked(tmp_path, "".join(days))
    assert code == 4
    assert "overlaps holiday from 1 August to 14 August 2026; correct the days of one" in said[-1]
