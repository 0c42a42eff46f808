"""What a push says when it may not or cannot: one sentence, before anything is written."""

from typing import Any

import pytest

from gateway.grafana.api import Grafana
from gateway.grafana.desired_state import wanted
from gateway.grafana.errors import GrafanaError, RefusedError
from gateway.grafana.push import plan
from gateway.grafana.settings import settings
from tests.grafana_organisation import ACTIONS
from tests.grafana_pushing import CASELOAD, FORBIDDEN, pushed, some
from tests.grafana_stub import HTML, TOKEN, Stub

pytestmark = pytest.mark.usefixtures("no_grafana_environment")


FAULTS = [
    ("*", (401, {"message": "Invalid API key"}), "does not know the token.*GRAFANA_TOKEN"),
    ("*", (200, HTML), "sends a web page.*check GRAFANA_URL"),
    ("*", (404, HTML), "sends a web page.*check GRAFANA_URL"),
    ("*", (200, {"hello": "world"}), "is not Grafana"),
    ("*", (200, [1, 2]), "is not Grafana"),
    ("*", (502, "<html>Bad Gateway</html>"), r"in front of Grafana.*unwell \(502\).*see that Grafana runs"),
    ("*", (302, ""), "sends us elsewhere"),
    ("GET /api/health", (200, {"database": "ok", "version": "9.5.21"}), "9.5.21 is too old.*10.0 or newer"),
    ("GET /api/health", (200, {"database": "failing", "version": "13.0.0"}), "its own database is not well"),
    ("GET /api/org", (401, {"message": "Invalid API key"}), "does not know the token"),
    ("GET /api/folders/kinlight", (403, FORBIDDEN), "may not read the folder: .*folders:read"),
    (
        "GET /api/folders/kinlight",
        (200, {"uid": "kinlight", "title": "x", "canSave": False}),
        "may not write to the folder",
    ),
    ("GET /api/v1/provisioning/contact-points", (404, {"message": "Not found"}), "does not know how"),
    ("GET /api/v1/provisioning/contact-points", (412, {"message": "changed"}), "changed it meanwhile"),
]


@pytest.mark.parametrize(("route", "answer", "sentence"), FAULTS, ids=[f"{f[0]} {f[1][0]}" for f in FAULTS])
def test_what_is_in_the_way_is_one_sentence_and_nothing_is_written(
    stub: Stub, route: str, answer: tuple[int, Any], sentence: str
) -> None:
    stub.faults[route] = answer
    with pytest.raises(GrafanaError, match=sentence) as caught:
        pushed(stub, some())
    assert "\n" not in str(caught.value)
    assert stub.writes == []


@pytest.mark.parametrize(
    "action", ["folders:create", "dashboards:write", "datasources:write", "alert.provisioning:write"]
)
def test_a_missing_permission_is_named_before_anything_is_written(stub: Stub, action: str) -> None:
    stub.actions = [held for held in ACTIONS if held != action]
    with pytest.raises(GrafanaError, match=f"lacks the permission .*{action}"):
        pushed(stub, some())
    assert stub.writes == []


def test_a_grafana_that_does_not_tell_permissions_is_asked_all_the_same(stub: Stub) -> None:
    stub.actions = None
    assert len(pushed(stub, some())) == 9


def test_a_wrong_token_and_a_dead_address_are_said(stub: Stub) -> None:
    with pytest.raises(RefusedError, match="does not know the token"):
        plan(Grafana(stub.url, "glsa_wrong"), some())
    with pytest.raises(GrafanaError, match="nobody answers there; see that Grafana runs and that GRAFANA_URL"):
        Grafana("http://127.0.0.1:9", TOKEN).version()


def test_a_missing_data_source_or_team_is_said(stub: Stub) -> None:
    with pytest.raises(GrafanaError, match="no data source 'kinlight-victoriametrics': give GRAFANA_STORE_URL"):
        pushed(stub, wanted(settings(), [CASELOAD]))
    with pytest.raises(GrafanaError, match="no team 'South'"):
        pushed(stub, some(folder="South", team="South"))
    assert stub.writes == []


@pytest.mark.parametrize(
    ("url", "token"),
    [
        ("grafana.example", "t"),
        ("ftp://grafana", "t"),
        ("http://user:pw@grafana", "t"),
        ("http://grafana/?x=1", "t"),
        ("http://grafana", ""),
        ("http://grafana", "two words"),
        ("http://grafana", "line\nbreak"),
    ],
)
def test_an_address_or_token_that_cannot_work_is_refused_without_asking(url: str, token: str) -> None:
    with pytest.raises(GrafanaError, match="GRAFANA_"):
        Grafana(url, token)


def test_a_grafana_below_a_path_is_found_there(stub: Stub) -> None:
    with pytest.raises(GrafanaError):
        Grafana(f"{stub.url}/grafana/", TOKEN).version()
    assert stub.unknown == ["GET /grafana/api/health"]
    stub.unknown.clear()
