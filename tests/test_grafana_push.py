"""A push that fails leaves Grafana as it was, says truly what it wrote, and what to do."""

import copy
import json
import secrets
from typing import Any

import pytest

from gateway.grafana.api import Grafana
from gateway.grafana.desired_state import Json
from gateway.grafana.errors import GrafanaError, store_mend
from gateway.grafana.push import carry_out, plan
from tests.grafana_organisation import ACTIONS
from tests.grafana_pushing import FORBIDDEN, TRIAL, pushed, some, writes
from tests.grafana_stub import HTML, TOKEN, Stub

SOURCE = "kinlight-victoriametrics"
REFUSED = (400, {"message": "dial tcp 10.0.0.9:8428: connect: connection refused", "status": "ERROR"})
MADE = [
    "POST /api/datasources",
    "POST /api/folders",
    "POST /api/folders/kinlight/permissions",
    "POST /api/v1/provisioning/contact-points",
    "POST /api/v1/provisioning/alert-rules",
    "POST /api/dashboards/db",
]


def state(stub: Stub) -> Any:
    """Everything that is in Grafana but for the numbers it counts changes with."""

    def bare(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: bare(inner) for key, inner in value.items() if key not in ("id", "version", "updated")}
        return [bare(inner) for inner in value] if isinstance(value, list) else value

    kept = [stub.folders, stub.sharing, stub.sources, stub.secrets, stub.dashboards, stub.rules, stub.contacts]
    return bare(copy.deepcopy(kept))


def fails(stub: Stub, **changes: Any) -> str:
    """Why a push fails."""
    with pytest.raises(GrafanaError) as caught:
        pushed(stub, some(**changes))
    assert "\n" not in str(caught.value)
    return str(caught.value)


# Nothing half-provisioned


@pytest.mark.parametrize("route", MADE)
@pytest.mark.parametrize("answer", [(403, FORBIDDEN), (500, {"message": "database is locked"})], ids=["403", "500"])
def test_a_first_push_that_fails_anywhere_leaves_nothing(stub: Stub, route: str, answer: tuple[int, Json]) -> None:
    before = state(stub)
    stub.actions = None  # this Grafana does not tell what the token may do
    stub.faults[route] = answer
    said = fails(stub, team="North & family")
    assert state(stub) == before
    assert ("nothing was written" if route == MADE[0] else "taken back: Grafana is as it was") in said
    assert "run it again after the mend" in said
    stub.faults.clear()
    pushed(stub, some(team="North & family"))
    assert len(stub.dashboards) == 2


@pytest.mark.parametrize(
    "route",
    [
        "POST /api/dashboards/db",
        "PUT /api/v1/provisioning/alert-rules/kinlight-home-dark",
        "PUT /api/v1/provisioning/contact-points/kinlight-contact",
        f"PUT /api/datasources/uid/{SOURCE}",
        "POST /api/datasources",
    ],
)
def test_a_later_push_that_fails_anywhere_leaves_all_as_it_was(stub: Stub, route: str) -> None:
    pushed(stub, some())
    stub.folders["kinlight"]["title"] = "Renamed by hand"
    stub.rules["kinlight-home-dark"]["isPaused"] = True
    stub.dashboards["kinlight-person"]["meta"]["folderUid"] = ""
    stub.dashboards["kinlight-caseload"]["dashboard"]["panels"].append({"id": 9, "type": "text"})
    before = state(stub)
    stub.faults[route] = (403, FORBIDDEN)
    said = fails(stub, store_token="another", email="new@example.org")
    assert state(stub) == before
    assert "Grafana is as it was" in said or "nothing was written" in said


def test_a_folder_that_nobody_else_saw_is_closed_again(stub: Stub) -> None:
    pushed(stub, some())
    stub.sharing["kinlight"] = []
    stub.faults["POST /api/dashboards/db"] = (403, FORBIDDEN)
    stub.dashboards["kinlight-person"]["meta"]["folderUid"] = ""
    before = state(stub)
    fails(stub, team="North & family")
    assert state(stub) == before


def test_what_was_written_is_counted_as_it_is(stub: Stub) -> None:
    stub.faults["POST /api/v1/provisioning/contact-points"] = (403, FORBIDDEN)
    assert "contact point 'Kinlight': the token may not make" in (said := fails(stub))
    assert "(2 written and taken back: Grafana is as it was; run it again" in said
    assert [write for write in stub.writes if write.startswith("POST")] == [MADE[0], *MADE[:2]]
    stub.faults["DELETE /api/folders/kinlight"] = (403, {"message": "no"})
    said = fails(stub)
    assert (
        "1 of 2 writes taken back; look in Grafana at what is left: folder Kinlight (the token may not delete" in said
    )
    assert stub.sources == {}


def test_a_typing_error_in_the_store_s_address_never_reaches_the_dashboards(stub: Stub) -> None:
    pushed(stub, some())
    before = state(stub)
    stub.dead_stores["http://stoer:8428"] = REFUSED
    said = fails(stub, store_url="http://stoer:8428")
    assert "Grafana does not reach the store" in said
    assert "nothing was written" in said
    assert state(stub) == before
    assert writes(stub) == TRIAL, "it was tried under another name"


def test_a_trial_that_a_killed_run_left_is_no_hindrance_and_one_that_stays_is_said(
    stub: Stub, monkeypatch: pytest.MonkeyPatch
) -> None:
    pushed(stub, some())
    left = "kinlight-trial-01234567"
    stub.sources[left] = {"uid": left, "name": "Kinlight trial 01234567", "id": 9, "version": 1}
    stub.secrets[left] = {}
    pushed(stub, some(store_token="another"))
    assert set(stub.sources) == {SOURCE}
    monkeypatch.setattr(secrets, "token_hex", lambda _: "89abcdef")
    stub.faults["DELETE /api/datasources/uid/kinlight-trial-89abcdef"] = (403, {"message": "no"})
    said = fails(stub, store_token="third")
    assert "the data source 'Kinlight trial 89abcdef' is left of it: delete that in Grafana" in said


def test_a_token_that_may_have_been_replaced_is_said_and_written_again(stub: Stub) -> None:
    pushed(stub, some())
    steps = plan(Grafana(stub.url, TOKEN), some(store_token="another"))
    change = next(step for step in steps if step.action == "change")
    change.write()
    with pytest.raises(GrafanaError, match="does not give an old token back"):
        change.undo()
    assert pushed(stub, some()) == [*TRIAL, f"PUT /api/datasources/uid/{SOURCE}"]
    assert stub.secrets[SOURCE] == {"httpHeaderValue1": "Bearer read me"}


def test_a_push_that_is_stopped_by_hand_is_taken_back(stub: Stub, monkeypatch: pytest.MonkeyPatch) -> None:
    before = state(stub)

    def stopped(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Grafana, "put_alert_rule", stopped)
    assert "it was stopped (4 written and taken back" in fails(stub)
    assert state(stub) == before


def test_a_filter_somebody_put_on_everybody_s_data_source_is_seen_and_put_right(stub: Stub) -> None:
    pushed(stub, some())
    stub.sources[SOURCE]["jsonData"]["customQueryParameters"] = "extra_label=home=home-42"
    assert pushed(stub, some()) == [*TRIAL, f"PUT /api/datasources/uid/{SOURCE}"]
    assert "customQueryParameters" not in stub.sources[SOURCE]["jsonData"]


# Rights and mends


@pytest.mark.parametrize(
    ("action", "scopes", "said"),
    [
        ("folders:write", ["folders:uid:other"], "folders:write on folders:uid:kinlight"),
        ("dashboards:write", ["dashboards:uid:x", "folders:uid:other"], "dashboards:write on folders:uid:kinlight"),
        ("datasources:write", ["datasources:uid:x"], f"datasources:write on datasources:uid:{SOURCE}"),
        ("datasources:query", ["datasources:uid:x"], f"datasources:query on datasources:uid:{SOURCE}"),
    ],
)
def test_a_right_that_ends_elsewhere_is_named_with_where_it_is_needed(
    stub: Stub, action: str, scopes: list[str], said: str
) -> None:
    pushed(stub, some())
    stub.scopes[action] = scopes
    stub.rules["kinlight-home-dark"]["isPaused"] = True
    assert f"lacks the permission {said}" in fails(stub)
    assert stub.writes == []
    stub.scopes[action] = ["folders:uid:kinlight", f"datasources:uid:{SOURCE}"]
    assert pushed(stub, some()) == ["PUT /api/v1/provisioning/alert-rules/kinlight-home-dark"]


@pytest.mark.parametrize("scopes", [[], [""], ["*"], ["folders:*"], ["folders:uid:*"], ["folders:uid:general"]])
def test_a_right_may_be_held_in_every_way_grafana_says_it(stub: Stub, scopes: list[str]) -> None:
    stub.scopes["folders:create"] = scopes
    assert len(pushed(stub, some())) == 9
    stub.folders.clear()
    stub.scopes["folders:create"] = ["folders:uid:other"]
    assert "lacks the permission folders:create on folders:uid:general" in fails(stub)


@pytest.mark.parametrize("action", ["folders:delete", "dashboards:delete", "datasources:delete"])
def test_the_right_to_take_back_is_asked_for(stub: Stub, action: str) -> None:
    stub.actions = [held for held in ACTIONS if held != action]
    assert f"lacks the permission {action}" in fails(stub)
    assert stub.writes == []


@pytest.mark.parametrize(
    ("fault", "mend"),
    [
        ("dial tcp 127.0.0.1:8428: connect: connection refused", "127.0.0.1 is the container"),
        ("dial tcp: lookup store on 127.0.0.11:53: no such host", "does not reach the store"),
        ("Post: context deadline exceeded", "does not reach the store"),
        ("401 Unauthorized - There was an error returned querying the Prometheus API.", "GRAFANA_STORE_TOKEN"),
        ("InfluxDB returned error: database not found: kinlihgt", "check GRAFANA_BUCKET"),
        ("ReadObject: expect { or , or } or n, but found <, error found in #1 byte of ...|<!DOCTYPE", "a web page"),
        ("invalid character '<' looking for beginning of value", "a web page"),
        ("404 page not found", "GRAFANA_STORE"),
        ("502 Bad Gateway", "see that the store runs"),
        ("tls: failed to verify certificate: x509: unknown authority", "certificate"),
        ("something new", "check GRAFANA_STORE_URL and GRAFANA_STORE_TOKEN"),
    ],
)
def test_a_store_that_grafana_cannot_use_has_a_mend_and_nothing_is_left(stub: Stub, fault: str, mend: str) -> None:
    assert mend in store_mend(fault)
    stub.source_health = (400, {"message": fault, "status": "ERROR"})
    said = fails(stub)
    assert fault[:40] in said
    assert mend in said
    assert not stub.sources


@pytest.mark.parametrize(
    ("status", "mend"),
    [
        (502, "see that Grafana runs"),
        (503, "that the proxy has its address"),
        (504, "see that Grafana runs"),
        (500, "look at its log"),
        (404, "check its version"),
    ],
)
def test_a_grafana_that_is_unwell_has_a_mend(stub: Stub, status: int, mend: str) -> None:
    stub.faults["GET /api/org"] = (status, {"message": "no"} if status in (500, 404) else HTML)
    assert mend in fails(stub)


def test_an_address_that_is_not_known_has_a_mend() -> None:
    with pytest.raises(GrafanaError, match="that name is not known here; check GRAFANA_URL"):
        Grafana("http://grafana.invalid", TOKEN).version()


def test_what_is_said_on_the_way_is_true(stub: Stub) -> None:
    stub.faults["POST /api/folders"] = (403, FORBIDDEN)
    heard: list[str] = []
    with pytest.raises(GrafanaError):
        carry_out(plan(Grafana(stub.url, TOKEN), some()), heard.append)
    assert heard == ["made data source Kinlight", "took back data source Kinlight"]
    assert json.dumps(stub.sources) == "{}"
