"""The demo home through the whole program: every panel whose rows it made shows something, in both stores."""

from dataclasses import replace
from datetime import date
from pathlib import Path

from dashboards.__main__ import DASHBOARDS
from dashboards.query import Count, Else, Only, Query, Ratio, Series, Top, Where
from gateway.build import build
from gateway.opening import open_home
from gateway.replaying import replay
from gateway.simulate import describe, simulate
from gateway.simulate.decline import Decline
from tests import servers
from tests.dashboards import asking

START = date(2026, 3, 2)
DAYS = 4


def lines_of_the_demo(directory: Path) -> list[bytes]:
    """Everything four days of the simulated home put in the outbox, the help of nobody included: on day 2 she falls."""
    config = directory / "gateway.toml"
    config.write_text(describe())
    setup = build(config)
    opened = open_home(setup, directory)
    replay(opened, simulate(7, START, DAYS, decline=Decline("fall", 2)))
    lines = [text for _, text in opened.journal.points_after(0, 1_000_000)]
    opened.close()
    setup.close()
    return lines


def series_of(query: Query) -> list[Series]:
    """What a query reads."""
    match query:
        case Series():
            return [query]
        case Ratio(top, bottom):
            return [top, bottom]
        case Else(first, _, known):
            return [first, known]
        case Only(inner, flag):
            return [inner, replace(inner, field=flag)]
        case Top(inner) | Count(inner):
            return series_of(inner)
    return series_of(query.query)


def may_be_empty(query: Query) -> bool:
    """What is wrong where nothing is, alerts that are over, readings that are too old: the demo has none of these."""
    over = Where("state", "resolved")
    return any(
        s.at_least is not None or s.at_most is not None or over in s.where or s.measurement == "news2"
        for s in series_of(query)
    )


def test_the_demo_home_fills_what_it_has_rows_for(
    mortal_victoria: servers.Store, mortal_influx: servers.Store, tmp_path: Path
) -> None:
    victoria, influx = mortal_victoria, mortal_influx
    lines = lines_of_the_demo(tmp_path)
    for store in (victoria, influx):
        servers.post(f"{store.url}/api/v2/write?bucket={store.bucket}&org=-&precision=s", b"\n".join(lines))
    servers.get(f"{victoria.url}/internal/force_flush")
    end_s = max(int(text.rpartition(b" ")[2]) for text in lines)
    made = {(text.split(b",")[0].decode(), pair.split(b"=")[0].decode()) for text in lines for pair in fields(text)}
    assert {"channel", "sensor", "alert"} <= {measurement for measurement, _ in made}
    empty, waiting = [], set()
    for dashboard in DASHBOARDS.values():
        for panel, target in asking.panels(dashboard):
            missing = {(s.measurement, s.field) for s in series_of(target.query)} - made
            waiting |= missing
            view = asking.view_of(dashboard, panel, end_s, "demo")
            if not missing and not may_be_empty(target.query):
                answers = asking.victoria(victoria, panel, target, view), asking.influx(influx, panel, target, view)
                empty += [f"{dashboard.uid}: {panel.title}"] * (not all(answers))
    print("not made by a replay of the demo home:", sorted(f"{m}.{f}" for m, f in waiting))  # noqa: T201
    assert not empty, f"panels without data: {empty}"


def fields(text: bytes) -> list[bytes]:
    """The fields of a line; no tag of the demo holds a space."""
    return text.split(b" ")[1].split(b",")
