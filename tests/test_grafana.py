"""Provisioning Grafana: what a push writes, that it writes nothing twice, and what it says when it may not.

The contract of the API module runs against a real Grafana where GRAFANA_URL and GRAFANA_TOKEN are set; against a stub
that keeps to Grafana's route list always.
"""

import contextlib
import copy
import json
import os
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from gateway import grafana_files
from gateway.commands.dashboards import app
from gateway.config import ConfigError
from gateway.grafana import Grafana
from gateway.grafana_alerts import RULES, Store, alert_rule, contact_point, data_source, pushed_rule
from gateway.grafana_errors import GrafanaError, RefusedError
from gateway.grafana_push import carry_out, plan
from gateway.grafana_settings import GrafanaSettings, settings
from gateway.grafana_steps import Step
from gateway.grafana_wanted import Wanted, read_dashboards, renamed, wanted
from tests.grafana_stub import ACTIONS, HTML, TOKEN, Stub, grafana_stub

REAL = {name: os.environ.get(name, "") for name in ("GRAFANA_URL", "GRAFANA_TOKEN")}
SOURCE = {"type": "prometheus", "uid": "kinlight-victoriametrics"}
CASELOAD = {
    "uid": "kinlight-caseload",
    "title": "Caseload",
    "tags": ["kinlight"],
    "schemaVersion": 39,
    "panels": [
        {"id": 1, "type": "table", "datasource": SOURCE, "links": [{"url": "/d/kinlight-person?var-home=1"}]},
    ],
}
PERSON = {"uid": "kinlight-person", "title": "Person", "tags": ["kinlight"], "schemaVersion": 39, "panels": []}
OTHER_STORE = {
    "uid": "kinlight-person-influxdb",
    "title": "Person",
    "panels": [{"datasource": {"type": "influxdb", "uid": "kinlight-influxdb"}}],
}


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith("GRAFANA_"):
            monkeypatch.delenv(name)


@pytest.fixture
def stub() -> Iterator[Stub]:
    with grafana_stub() as running:
        yield running
        assert not running.unknown, "asked for routes Grafana does not have"


@pytest.fixture(params=["stub", "real"])
def grafana(request: pytest.FixtureRequest) -> Iterator[Grafana]:
    """A stub, and a real Grafana where one is given; what is made in a real one is taken away again."""
    if request.param == "stub":
        with grafana_stub() as running:
            yield Grafana(running.url, TOKEN)
        assert not running.unknown
        return
    if not all(REAL.values()):
        pytest.skip("no real Grafana: GRAFANA_URL and GRAFANA_TOKEN are not set, so only the stub was asked")
    yield Grafana(REAL["GRAFANA_URL"], REAL["GRAFANA_TOKEN"])
    for path in (
        "v1/provisioning/alert-rules/kinlight-contract",
        "v1/provisioning/contact-points/kinlight-contract",
        "dashboards/uid/kinlight-contract",
        "folders/kinlight-contract",
        "datasources/uid/kinlight-contract",
    ):
        url = f"{REAL['GRAFANA_URL'].rstrip('/')}/api/{path}"
        asked = urllib.request.Request(
            url, method="DELETE", headers={"Authorization": f"Bearer {REAL['GRAFANA_TOKEN']}"}
        )
        with contextlib.suppress(urllib.error.HTTPError):  # 404: the test did not make it
            urllib.request.urlopen(asked, timeout=10).close()


TRIAL = ["POST /api/datasources", "DELETE /api/datasources/uid/kinlight-trial"]


def some(**changes: Any) -> Wanted:
    return wanted(options(**changes), [CASELOAD, PERSON])


def options(**changes: Any) -> GrafanaSettings:
    return settings(
        **({"store_url": "http://store:8428", "store_token": "read me", "email": "on-call@example.org"} | changes)
    )


def pushed(stub: Stub, want: Wanted) -> list[str]:
    stub.writes.clear()
    carry_out(plan(Grafana(stub.url, TOKEN), want), lambda _: None)
    return list(stub.writes)


def differing(steps: list[Step]) -> list[tuple[str, str]]:
    return [(step.action, step.kind) for step in steps if step.action != "keep"]


# The contract with Grafana


def test_contract_of_folders_data_sources_and_dashboards(grafana: Grafana) -> None:
    uid = "kinlight-contract"
    assert int(grafana.version().split(".")[0]) >= 10
    assert grafana.folder(uid) is None
    grafana.put_folder(uid, "Kinlight contract", exists=False)
    grafana.put_folder(uid, "Kinlight contract test", exists=True)
    folder = grafana.folder(uid)
    assert folder is not None
    assert folder["title"] == "Kinlight contract test"

    assert grafana.data_source(uid) is None
    body = data_source(Store.VICTORIAMETRICS, "http://127.0.0.1:9", "secret", "b") | {"uid": uid, "name": uid}
    grafana.put_data_source(body, exists=False)
    grafana.put_data_source(body | {"url": "http://127.0.0.1:8"}, exists=True)
    source = grafana.data_source(uid)
    assert source is not None
    assert source["url"] == "http://127.0.0.1:8"
    assert "secret" not in json.dumps(source)

    assert grafana.dashboard(uid) is None
    model = PERSON | {"uid": uid, "tags": ["kinlight-contract"]}
    grafana.put_dashboard(model, uid, "made")
    grafana.put_dashboard(model | {"title": "Person 2"}, uid, "changed")
    there = grafana.dashboard(uid)
    assert there is not None
    assert (there["dashboard"]["title"], there["meta"]["folderUid"]) == ("Person 2", uid)
    assert grafana.delete_dashboard(uid)
    assert not grafana.delete_dashboard(uid)
    for delete in (grafana.delete_folder, grafana.delete_data_source):
        assert delete(uid)
        assert not delete(uid)
    assert grafana.folder(uid) is None
    assert grafana.data_source(uid) is None


def test_contract_of_alert_rules_and_contact_points(grafana: Grafana) -> None:
    uid = "kinlight-contract"
    grafana.put_folder(uid, "Kinlight contract test", exists=False)
    body = data_source(Store.VICTORIAMETRICS, "http://127.0.0.1:9", "", "b") | {"uid": uid, "name": uid}
    grafana.put_data_source(body, exists=False)
    contact = contact_point("on-call@example.org", "")
    assert contact is not None
    contact |= {"uid": uid, "name": uid}
    assert grafana.contact_point(uid) is None
    grafana.put_contact_point(contact, exists=False)
    grafana.put_contact_point(contact, exists=True)
    kept = grafana.contact_point(uid)
    assert kept is not None
    assert kept["settings"]["addresses"] == "on-call@example.org"

    rule = pushed_rule(alert_rule(RULES[0], Store.VICTORIAMETRICS, uid, uid), uid) | {"uid": uid, "isPaused": True}
    assert grafana.alert_rule(uid) is None
    grafana.put_alert_rule(rule, exists=False)
    grafana.put_alert_rule(rule | {"for": "2m"}, exists=True)
    there = grafana.alert_rule(uid)
    assert there is not None
    assert there["for"] == "2m"
    assert there["data"][0]["model"]["expr"] == RULES[0].promql
    grafana.delete_alert_rule(uid)
    assert grafana.alert_rule(uid) is None
    assert grafana.delete_contact_point(uid)
    assert grafana.contact_point(uid) is None


def test_contract_of_annotations_and_the_token(grafana: Grafana) -> None:
    tags = ("kinlight-contract", "home:h1", "alert:3 & more")
    at_ms = 1_700_000_000_000
    if not grafana.marked("In hospital", at_ms, tags):  # a real Grafana may have it from an earlier run
        grafana.mark("In hospital", at_ms, at_ms + 3_600_000, tags)
    assert grafana.marked("In hospital", at_ms, tags)
    assert not grafana.marked("In hospital", at_ms + 1, tags)
    assert not grafana.marked("Another carer", at_ms, tags)
    held = grafana.permissions()
    assert held is None or "dashboards:write" in held


# A push


def test_a_push_makes_everything_and_the_next_one_nothing(stub: Stub) -> None:
    made = pushed(stub, some())
    assert made[:2] == ["POST /api/datasources", "POST /api/folders"]
    assert len(made) == 7
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
    writes = pushed(stub, some(folder="North & family", team="North & family"))
    assert "POST /api/folders/kinlight-north-family/permissions" in writes
    assert not any("provisioning" in write for write in writes), "the rules watch every home already"
    assert [(i["role"], i["team"], i["permission"]) for i in stub.sharing["kinlight-north-family"]] == [
        ("Editor", "", 2),
        ("", "North & family", 1),
    ]
    caseload = stub.dashboards["kinlight-caseload-north-family"]["dashboard"]
    assert caseload["panels"][0]["links"][0]["url"] == "/d/kinlight-person-north-family?var-home=1"
    assert caseload["panels"][0]["datasource"]["uid"] == "kinlight-victoriametrics", "colleagues share it"
    assert stub.dashboards["kinlight-caseload"]["dashboard"]["panels"] == CASELOAD["panels"], "the first is as it was"
    assert pushed(stub, some(folder="North & family", team="North & family")) == []
    stub.sharing["kinlight-north-family"].append({"role": "Viewer", "permission": 1, "teamId": 0, "userId": 0})
    assert len(pushed(stub, some(folder="North & family", team="North & family"))) == 1


FORBIDDEN = {"message": "You'll need additional permissions. Permissions needed: folders:read"}
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
    ("GET /api/datasources/uid/kinlight-victoriametrics", (200, {"readOnly": True}), "is provisioned from a file"),
    ("GET /api/dashboards/uid/kinlight-person", (200, {"dashboard": {}, "meta": {"provisioned": True}}), "from a file"),
    ("GET /api/v1/provisioning/alert-rules/kinlight-unanswered", (200, {"provenance": "file"}), "from a file"),
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
    assert len(pushed(stub, some())) == 7


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


# What is wanted


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"store_url": "store:8428"}, "GRAFANA_STORE_URL: give an address"),
        ({"store": "graphite"}, "GRAFANA_STORE"),
        ({"home": "a home"}, "GRAFANA_HOME"),
        ({"home": "h1", "store": "influxdb"}, "InfluxDB cannot keep one home from another"),
        ({"folder": "北"}, "at least one plain letter"),
    ],
)
def test_settings_that_cannot_work_are_refused(given: dict[str, str], sentence: str) -> None:
    with pytest.raises(ConfigError, match=sentence):
        settings(**given)


def test_dashboards_of_another_store_are_left_out_and_said(tmp_path: Path) -> None:
    for model in (CASELOAD, PERSON, OTHER_STORE):
        (tmp_path / f"{model['uid']}.json").write_text(json.dumps(model))
    models, others = read_dashboards(tmp_path, Store.VICTORIAMETRICS)
    assert models == [CASELOAD, PERSON]
    assert others == ["kinlight-person-influxdb"]
    assert read_dashboards(tmp_path, Store.VICTORIAMETRICS, ["kinlight-person"]) == ([PERSON], [])
    assert read_dashboards(tmp_path, Store.INFLUXDB)[0] == [OTHER_STORE, PERSON]
    with pytest.raises(ConfigError, match="no dashboard 'nurse' for victoriametrics; there are kinlight-caseload"):
        read_dashboards(tmp_path, Store.VICTORIAMETRICS, ["nurse"])


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"uid": "a b", "title": "x"}', '{"uid": "x"}', "[" * 100_000])
def test_a_file_that_is_no_dashboard_is_named(tmp_path: Path, text: str) -> None:
    with pytest.raises(ConfigError, match="no dashboards there"):
        read_dashboards(tmp_path, Store.VICTORIAMETRICS)
    (tmp_path / "bad.json").write_text(text)
    with pytest.raises(ConfigError, match=r"bad\.json"):
        read_dashboards(tmp_path, Store.VICTORIAMETRICS)


def test_the_two_stores_may_have_a_dashboard_of_one_uid(tmp_path: Path) -> None:
    twin = CASELOAD | {"panels": [{"datasource": {"type": "influxdb", "uid": "anything"}}]}
    for store, model in (("victoriametrics", CASELOAD), ("influxdb", twin)):
        (tmp_path / store).mkdir()
        (tmp_path / store / "caseload.json").write_text(json.dumps(model))
    assert read_dashboards(tmp_path, Store.VICTORIAMETRICS) == ([CASELOAD], [])
    models, _ = read_dashboards(tmp_path, Store.INFLUXDB)
    fitted = wanted(settings(store="influxdb"), models).dashboards
    assert fitted[0]["panels"][0]["datasource"]["uid"] == "kinlight-influxdb"


def test_two_dashboards_with_one_uid_are_refused(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / f"{name}.json").write_text(json.dumps(PERSON))
    with pytest.raises(ConfigError, match="two dashboards have the uid 'kinlight-person'"):
        read_dashboards(tmp_path, Store.VICTORIAMETRICS)


def test_a_uid_inside_other_words_is_left_alone() -> None:
    names = {"kinlight-person": "kinlight-person-x"}
    value = {
        "kinlight-person": ["kinlight-person", "kinlight-person-2", "/d/kinlight-person/s", "/d/kinlight-person-2", 3]
    }
    before = copy.deepcopy(value)
    assert renamed(value, names) == {
        "kinlight-person": [
            "kinlight-person-x",
            "kinlight-person-2",
            "/d/kinlight-person-x/s",
            "/d/kinlight-person-2",
            3,
        ]
    }
    assert value == before


# Files for the same machine


def test_the_files_carry_what_a_push_carries_and_no_secret(tmp_path: Path) -> None:
    given = options(store_token="the store's secret")
    want = wanted(given, [CASELOAD, PERSON])
    written = grafana_files.write(tmp_path, grafana_files.files(given, want, "/etc/grafana/provisioning/kinlight"))
    assert "the store's secret" not in "".join(path.read_text() for path in written)
    read = {path.relative_to(tmp_path).as_posix(): yaml.safe_load(path.read_text()) for path in written}
    assert read["kinlight/kinlight-caseload.json"] == CASELOAD
    group = read["alerting/kinlight-rules.yaml"]["groups"][0]
    assert group["folder"] == read["dashboards/kinlight.yaml"]["providers"][0]["folder"] == "Kinlight"
    assert [rule | {"folderUID": "kinlight", "ruleGroup": "kinlight", "orgID": 1} for rule in group["rules"]] == list(
        want.rules
    )
    assert "$" not in json.dumps(group), "Grafana would take it for a variable of its environment"
    source = read["datasources/kinlight.yaml"]["datasources"][0]
    assert source["secureJsonData"] == {"httpHeaderValue1": "Bearer ${KINLIGHT_READ_TOKEN}"}
    assert source["uid"] == "kinlight-victoriametrics"
    contact = read["alerting/kinlight-contact.yaml"]["contactPoints"][0]
    assert contact["receivers"][0]["settings"]["addresses"] == "on-call@example.org"


# The command


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for model in (CASELOAD, OTHER_STORE):
        (tmp_path / f"{model['uid']}.json").write_text(json.dumps(model))
    return tmp_path


def test_the_commands_from_nothing_to_as_it_should_be(
    stub: Stub, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GRAFANA_URL", stub.url)
    monkeypatch.setenv("GRAFANA_TOKEN", TOKEN)
    monkeypatch.setenv("GRAFANA_STORE_URL", "http://store:8428")
    run = CliRunner()
    dry = run.invoke(app, ["push", "--from", str(folder), "--dry-run"])
    assert (dry.exit_code, stub.writes) == (0, [])
    assert "would make dashboard Caseload" in dry.output
    assert "left out kinlight-person-influxdb: it is for another store than victoriametrics" in dry.output
    differs = run.invoke(app, ["check", "--from", str(folder)])
    assert differs.exit_code == 4
    assert "5 of 5 differ" in differs.output
    first = run.invoke(app, ["push", "--from", str(folder)])
    assert first.exit_code == 0
    assert "made dashboard Caseload" in first.output
    assert "5 written, 0 as they should be already." in first.output
    assert "Grafana is as it should be" in run.invoke(app, ["check", "--from", str(folder)]).output
    stub.faults["*"] = (401, {"message": "Invalid API key"})
    refused = run.invoke(app, ["check", "--from", str(folder)])
    assert refused.exit_code == 4
    assert refused.output.strip().splitlines()[-1].startswith("kinlight: Grafana does not know the token")


def test_build_writes_files_and_says_when_no_data_source_is_among_them(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "provisioning"
    result = CliRunner().invoke(
        app, ["build", str(out), "--from", str(folder), "--as-seen-at", "/etc/grafana/provisioning"]
    )
    assert result.exit_code == 0, result.output
    assert "No data source was written" in result.output
    provider = yaml.safe_load((out / "dashboards/kinlight.yaml").read_text())["providers"][0]
    assert provider["options"]["path"] == "/etc/grafana/provisioning/kinlight"
    wrong = CliRunner().invoke(app, ["build", str(out), "--from", str(folder), "--store", "graphite"])
    assert wrong.exit_code == 3
