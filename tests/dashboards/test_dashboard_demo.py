"""The demo home through the whole program: every query of every panel shows something at some moment of its life.

History, live part, alerts and answers are the demo's own; nothing is made up for the test. Each query is asked in both
stores at the moments at which somebody might look.
"""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from dashboards.__main__ import DASHBOARDS
from dashboards.panels import Dashboard, Panel, Target
from dashboards.query import Series
from gateway.simulate.broker import available
from tests import servers
from tests.dashboards import asking
from tests.dashboards.demo_life import LOW, MEASURED, OFF, OVER, SILENT, TAKEN, UNANSWERED, Life, live, send

HOME = "demo"
pytestmark = pytest.mark.timeout(300)  # four weeks are half a minute's work; a busy machine takes four times as long


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Life, servers.Store, servers.Store]]:
    """The demo's life and both stores with all that left the home."""
    if reason := servers.missing_victoria_metrics() or servers.missing_influxdb():
        pytest.skip(reason)
    if not available():
        pytest.skip("no MQTT broker here: install mosquitto or iotcore")
    with (
        servers.victoria_metrics(tmp_path_factory.mktemp("victoria")) as victoria,
        servers.influxdb(tmp_path_factory.mktemp("influx")) as influx,
    ):
        life = live(tmp_path_factory.mktemp("demo"))
        for store in (victoria, influx):
            send(life, store)
        servers.get(f"{victoria.url}/internal/force_flush")
        yield life, victoria, influx


def without_data(dashboard: Dashboard, lived: tuple[Life, servers.Store, servers.Store]) -> list[str]:
    """Every query that shows nothing at any moment, with the store that shows nothing."""
    life, victoria, influx = lived
    return [
        f"{panel.title} / {target.name} in {name}"
        for panel, target in asking.panels(dashboard)
        for name, ask, store in (("VictoriaMetrics", asking.victoria, victoria), ("InfluxDB", asking.influx, influx))
        if not any(
            ask(store, panel, target, asking.view_of(dashboard, panel, at_s, HOME)) for at_s in life.moments.values()
        )
    ]


@pytest.mark.parametrize("name", DASHBOARDS)
def test_no_panel_of_the_demo_home_is_without_data(name: str, lived: tuple[Life, servers.Store, servers.Store]) -> None:
    empty = without_data(DASHBOARDS[name], lived)
    assert not empty, f"without data at every moment ({', '.join(lived[0].moments)}):\n" + "\n".join(empty)


def test_a_query_that_nothing_answers_is_listed(lived: tuple[Life, servers.Store, servers.Store]) -> None:
    known, unknown = Target("up", Series("gateway", "up")), Target("down", Series("gateway", "down"))
    panel = Panel("Up and down", "table", "One of them is not there.", (known, unknown))
    assert without_data(replace(DASHBOARDS["fleet"], panels=(panel,)), lived) == [
        "Up and down / down in VictoriaMetrics",
        "Up and down / down in InfluxDB",
    ]


@pytest.mark.parametrize(
    ("moment", "name", "title", "value"),
    [
        (LOW, "fleet", "Which batteries run low?", 2),
        (OVER, "fleet", "Which batteries run low?", None),
        (SILENT, "fleet", "Sensors not heard", 1),
        (MEASURED, "fleet", "Sensors not heard", 0),
        (MEASURED, "person", "Readings missing", 0),
        (UNANSWERED, "person", "Readings missing", 6),
        (UNANSWERED, "caseload", "Unanswered alerts", 2),  # the help button, and days that have changed
        (TAKEN, "caseload", "Unanswered alerts", 0),
        (UNANSWERED, "caseload", "Holder", None),
        (TAKEN, "caseload", "Holder", 2),
        (OVER, "caseload", "Holder", 1),  # the days are still as they were
        (UNANSWERED, "caseload", "Not heard now", 0),
        (OFF, "caseload", "Not heard now", 1),
        (OVER, "fleet", "Homes that are dark", 0),
        (OFF, "fleet", "Homes that are dark", 1),
        (OVER, "quality", "Rated useful", 1),
    ],
)
def test_a_moment_shows_what_it_is_named_for(
    moment: str, name: str, title: str, value: float | None, lived: tuple[Life, servers.Store, servers.Store]
) -> None:
    life, victoria, influx = lived
    dashboard = DASHBOARDS[name]
    panel, target = next((p, t) for p, t in asking.panels(dashboard) if title in (p.title, t.name))
    view = asking.view_of(dashboard, panel, life.moments[moment], HOME)
    wanted = [] if value is None else [value]
    assert list(asking.victoria(victoria, panel, target, view).values()) == wanted
    assert list(asking.influx(influx, panel, target, view).values()) == wanted
