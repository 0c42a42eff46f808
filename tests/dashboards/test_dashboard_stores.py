"""The same points in two real stores, every query of every panel in both languages: the same numbers, none missing."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from dashboards.__main__ import DASHBOARDS
from dashboards.panels import Dashboard
from gateway.model.alert import Alert, State
from gateway.points.alert_points import alert_point
from gateway.simulate.caseload import home, points
from gateway.simulate.caseload_minutes import sensors
from rules.core.patterns import PATTERN_NAMES
from rules.terms.finding import AlertKind, Finding, Priority
from rules.terms.time import NS_PER_S
from tests import servers
from tests.dashboards import asking

HOMES = range(150, 350)
DAYS = 42
END_S = 1_790_000_000 // 900 * 900


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[servers.Store, servers.Store]]:
    """Both stores with the same 200 homes."""
    if reason := servers.missing_victoria_metrics() or servers.missing_influxdb():
        pytest.skip(reason)
    with (
        servers.victoria_metrics(tmp_path_factory.mktemp("victoria")) as victoria,
        servers.influxdb(tmp_path_factory.mktemp("influx")) as influx,
    ):
        rows = list(points(HOMES, END_S, DAYS, 0.25))
        for store in (victoria, influx):
            assert asking.write(store, rows) == len(rows)
        servers.get(f"{victoria.url}/internal/force_flush")
        yield victoria, influx


def somebody() -> str:
    """A home whose person is measured, whose changed routine was told and taken, with a sensor that is not heard."""
    homes = [home(number) for number in HOMES]
    rng = np.random.default_rng(0)
    return next(
        h.id
        for h in homes
        if h.measured
        and h.held
        and h.story in PATTERN_NAMES
        and h.level > 1.1
        and h.onset_days > 4
        and any(dict(row.fields)["silent"] for row in sensors(h.id, rng, END_S, dim=False))
    )


@pytest.mark.parametrize("name", DASHBOARDS)
def test_both_languages_say_the_same_and_no_panel_is_empty(
    name: str, filled: tuple[servers.Store, servers.Store]
) -> None:
    dashboard: Dashboard = DASHBOARDS[name]
    empty = []
    for panel, target in asking.panels(dashboard):
        view = asking.view_of(dashboard, panel, END_S, somebody())
        prom = asking.whole(asking.victoria(filled[0], panel, target, view), view)
        flux = asking.whole(asking.influx(filled[1], panel, target, view), view)
        assert prom.keys() == flux.keys(), f"{panel.title} / {target.name}"
        assert prom == pytest.approx(flux, rel=1e-9, abs=1e-6), f"{panel.title} / {target.name}"
        if not prom:
            empty.append(f"{panel.title} / {target.name}")
    assert not empty, f"panels without data: {empty}"


def test_a_log_shows_what_happened_at_six_in_the_hour_of_six(filled: tuple[servers.Store, servers.Store]) -> None:
    """And in no other hour; the order of steps of one hour is that of their lives, the last one first."""
    six_s = END_S // 3600 * 3600 - 6 * 3600
    finding = Finding("sos", "help-button", AlertKind.PERSONAL, Priority.HIGH, "", 0, "")
    told = Alert(1, finding, State.ACTIVE, six_s * NS_PER_S, 0, tried_ns=six_s * NS_PER_S)
    steps = ((State.ACTIVE, 0), (State.ACKNOWLEDGED, 3599), (State.RESOLVED, 3600))
    rows = [
        alert_point("exact", replace(told, state=state), (six_s + after_s) * NS_PER_S, changed=True)
        for state, after_s in steps
    ]
    for store in filled:
        asking.write(store, rows)
    servers.get(f"{filled[0].url}/internal/force_flush")
    panel = next(p for p, _ in asking.panels(DASHBOARDS["person"]) if p.kind == "log")
    view = asking.view_of(DASHBOARDS["person"], panel, END_S, "exact")
    order = next(target for target in panel.targets if target.name == panel.sort)
    wanted = {("active", 0): 4, ("acknowledged", 0): 2, ("resolved", 3600): 1}
    for answer in (asking.victoria(filled[0], panel, order, view), asking.influx(filled[1], panel, order, view)):
        assert {(dict(tags)["state"], at_s - six_s): value for (tags, at_s), value in answer.items()} == wanted


def test_a_page_of_queries_reads_what_is_there(tmp_path: Path) -> None:
    view = asking.View(0, 3600, "home-1", 60)
    assert view.fill("$home $__interval ${__to} $__range") == "home-1 60s 3600000 3600s"
