"""Notes beside the curves and tokens that only look: once, without leaving anything, and never more than was asked."""

from collections.abc import Iterator
from datetime import datetime

import pytest
from click.testing import Result
from typer.testing import CliRunner

from dashboards.__main__ import DASHBOARDS
from dashboards.grafana_json import STORES, dashboard
from gateway.cli.dashboards import app
from gateway.grafana.annotations import minute_ms
from tests.grafana_organisation import ACTIONS
from tests.grafana_stub import TOKEN, Stub, grafana_stub

AT = ["--at", "2026-11-03T14:30+00:00"]
AT_MS = 1_793_716_200_000


@pytest.fixture
def stub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stub]:
    with grafana_stub() as running:
        monkeypatch.setenv("GRAFANA_URL", running.url)
        monkeypatch.setenv("GRAFANA_TOKEN", TOKEN)
        yield running
        assert not running.unknown, "asked for routes Grafana does not have"


def run(*words: str) -> Result:
    return CliRunner().invoke(app, list(words))


def test_a_note_is_written_once_and_the_person_s_page_asks_for_it(stub: Stub) -> None:
    dry = run("mark", "in hospital", "--home", "home-42", *AT, "--dry-run")
    assert ("would write: in hospital (home-42)" in dry.output, stub.writes) == (True, [])
    span = ["--until", "2026-11-10T09:00+00:00"]
    assert "wrote: in hospital (home-42)" in run("mark", "in hospital", "--home", "home-42", *AT, *span).output
    assert "stands there already" in run("mark", "in hospital", "--home", "home-42", *AT).output
    assert "wrote" in run("mark", "another carer", "--home", "home-42", *AT).output
    assert "wrote" in run("mark", "in hospital", "--home", "home-43", *AT).output
    assert "(every home)" in run("mark", "new rounds", *AT).output
    first = stub.annotations[0]
    assert (first["time"], first["timeEnd"] - first["time"]) == (AT_MS, 585_000_000)
    asked = [one for one in dashboard(DASHBOARDS["person"], STORES[0])["annotations"]["list"] if one["name"] == "Notes"]
    wanted = {tag.replace("$home", "home-42") for tag in asked[0]["target"]["tags"]}
    assert asked[0]["target"]["matchAny"]
    shown = [one["text"] for one in stub.annotations if wanted & set(one["tags"])]
    assert shown == ["in hospital", "another carer", "new rounds"]


def test_now_is_to_the_minute(stub: Stub) -> None:
    assert run("mark", "now").exit_code == 0
    assert stub.annotations[0]["time"] % 60_000 == 0
    assert minute_ms("2026-11-03T14:30:59+00:00", "--at") == AT_MS
    assert minute_ms("2026-11-03", "--at") == int(datetime(2026, 11, 3).astimezone().timestamp()) * 1000


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["x", "--at", "yesterday"], "--at: 'yesterday' is no time; write it like"),
        (["x", *AT, "--until", "2026-11-03T14:30+00:00"], "--until: give a time after"),
        (["x", "--home", "a home"], "--home: 'a home' is no home's id"),
        ([" "], "1 to 500 characters"),
    ],
)
def test_a_note_that_cannot_be_is_refused(stub: Stub, words: list[str], sentence: str) -> None:
    done = run("mark", *words)
    assert (done.exit_code, stub.writes) == (3, [])
    assert sentence in done.output


@pytest.mark.parametrize(
    ("words", "action"),
    [(["mark", "x"], "annotations:create"), (["token", "--name", "tablet"], "serviceaccounts:write")],
)
def test_a_right_that_lacks_is_named_before_anything_is_written(stub: Stub, words: list[str], action: str) -> None:
    stub.actions = [held for held in ACTIONS if held != action]
    done = run(*words)
    assert (done.exit_code, stub.writes) == (4, [])
    assert f"lacks the permission {action}" in done.output


def test_a_token_is_shown_alone_and_once(stub: Stub) -> None:
    dry = run("token", "--name", "family & home 42", "--dry-run")
    assert ("role Viewer" in dry.output, stub.writes) == (True, [])
    made = run("token", "--name", "family & home 42", "--days", "90")
    assert made.stdout == "glsa_40_family & home 42\n", "it can go into a file or a variable"
    assert stub.accounts[0]["role"] == "Viewer"
    assert stub.lives == [90 * 86_400]
    stub.writes.clear()
    again = run("token", "--name", "family & home 42")
    assert (again.exit_code, stub.writes) == (4, [])
    assert "there is a token 'family & home 42' already, and Grafana shows one only once: delete it" in again.output


@pytest.mark.parametrize(
    ("account", "sentence"),
    [({"role": "Admin"}, "has the role Admin, which does more"), ({"isDisabled": True}, "is switched off")],
)
def test_an_account_that_is_more_than_a_viewer_gets_no_token(
    stub: Stub, account: dict[str, object], sentence: str
) -> None:
    stub.accounts = [{"id": 5, "name": "tablet", "role": "Viewer", "isDisabled": False} | account]
    done = run("token", "--name", "tablet")
    assert (done.exit_code, stub.writes) == (4, [])
    assert sentence in done.output


def test_an_account_whose_token_is_refused_is_taken_away_and_one_that_was_there_stays(stub: Stub) -> None:
    stub.faults["POST /api/serviceaccounts/40/tokens"] = (400, {"message": "lives longer than is allowed"})
    done = run("token", "--name", "tablet")
    assert done.exit_code == 4
    assert "lives longer than is allowed" in done.output
    assert stub.accounts == []
    stub.accounts = [{"id": 40, "name": "tablet", "role": "Viewer", "isDisabled": False}]
    assert run("token", "--name", "tablet").exit_code == 4
    assert len(stub.accounts) == 1
