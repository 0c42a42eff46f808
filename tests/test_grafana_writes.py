"""What a push writes to Grafana, and that it writes nothing twice."""

import pytest

from gateway.grafana.api import Grafana
from gateway.grafana.push import plan
from gateway.grafana.step import Step
from tests.grafana_pushing import CASELOAD, TRIAL, options, pushed, some
from tests.grafana_stub import TOKEN, Stub

pytestmark = pytest.mark.usefixtures("no_grafana_environment")


def differing(steps: list[Step]) -> list[tuple[str, str]]:
    return [(step.action, step.kind) for step in steps if step.action != "keep"]


def test_a_push_makes_everything_and_the_next_one_nothing(stub: Stub) -> None:
    made = pushed(stub, some())
    assert made[:4] == [*TRIAL, "POST /api/datasources", "POST /api/folders"]
    assert len(made) == 9
    assert set(stub.dashboards) == {"kinlight-caseload", "kinlight-person"}
    assert {d["meta"]["folderUid"] for d in stub.dashboards.values()} == {"kinlight"}
    assert {rule["notification_settings"]["receiver"] for rule in stub.rules.values()} == {"Kinlight"}
    assert pushed(stub, some()) == []


def test_only_what_differs_is_written(stub: Stub) -> None:
    pushed(stub, some())
    assert pushed(stub, some(store_token="another")) == [*TRIAL, "PUT /api/datasources/uid/kinlight-victoriametrics"]
    assert pushed(stub, some(store_token="another", email="new@example.org")) == [
        "PUT /api/v1/provisioning/contact-points/kinlight-contact"
    ]
    stub.rules["kinlight-home-dark"]["isPaused"] = True
    now = some(store_token="another", email="new@example.org")
    assert pushed(stub, now) == ["PUT /api/v1/provisioning/alert-rules/kinlight-home-dark"]
    stub.dashboards["kinlight-person"]["meta"]["folderUid"] = "elsewhere"
    assert pushed(stub, now) == ["POST /api/dashboards/db"]
    assert stub.dashboards["kinlight-person"]["meta"]["folderUid"] == "kinlight"


def test_a_dry_run_shows_what_a_person_changed_by_hand_and_writes_nothing(stub: Stub) -> None:
    pushed(stub, some())
    stub.writes.clear()
    stub.dashboards["kinlight-caseload"]["dashboard"]["panels"].append({"id": 9, "type": "text"})
    steps = plan(Grafana(stub.url, TOKEN), some())
    assert differing(steps) == [("change", "dashboard")]
    diff = next(step.diff for step in steps if step.action == "change")
    assert any(line.startswith("-") and '"type": "text"' in line for line in diff)
    assert stub.writes == []
    assert pushed(stub, some()) == ["POST /api/dashboards/db"]


def test_no_secret_is_shown_or_sent_twice(stub: Stub) -> None:
    steps = plan(Grafana(stub.url, TOKEN), some(store_token="the store's secret"))
    assert "the store's secret" not in "".join(line for step in steps for line in step.diff)
    assert "the store's secret" not in repr(options(store_token="the store's secret"))


def test_a_team_s_folder_is_its_own_and_only_the_team_sees_it(stub: Stub) -> None:
    pushed(stub, some())
    written = pushed(stub, some(folder="North & family", team="North & family"))
    assert "POST /api/folders/kinlight-folder-north-family/permissions" in written
    assert not any("provisioning" in write for write in written), "the rules watch every home already"
    assert [(i["role"], i["team"], i["permission"]) for i in stub.sharing["kinlight-folder-north-family"]] == [
        ("Editor", "", 2),
        ("", "North & family", 1),
    ]
    caseload = stub.dashboards["kinlight-caseload-north-family"]["dashboard"]
    assert caseload["panels"][0]["links"][0]["url"] == "/d/kinlight-person-north-family?var-home=1"
    assert caseload["panels"][0]["datasource"]["uid"] == "kinlight-victoriametrics", "colleagues share it"
    assert stub.dashboards["kinlight-caseload"]["dashboard"]["panels"] == CASELOAD["panels"], "the first is as it was"
    assert pushed(stub, some(folder="North & family", team="North & family")) == []
    stub.sharing["kinlight-folder-north-family"].append({"role": "Viewer", "permission": 1, "teamId": 0, "userId": 0})
    assert len(pushed(stub, some(folder="North & family", team="North & family"))) == 1
