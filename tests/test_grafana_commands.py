"""`kinlight dashboards`: push, check and build, and the files for a Grafana on the same machine."""

import json
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from gateway.cli.dashboards import app
from gateway.grafana import provisioning_files
from gateway.grafana.desired_state import wanted
from tests.grafana_pushing import CASELOAD, OTHER_STORE, PERSON, options
from tests.grafana_stub import TOKEN, Stub

pytestmark = pytest.mark.usefixtures("no_grafana_environment")


# Files for the same machine


def test_the_files_carry_what_a_push_carries_and_no_secret(tmp_path: Path) -> None:
    given = options(store_token="the store's secret")
    want = wanted(given, [CASELOAD, PERSON])
    written = provisioning_files.write(
        tmp_path, provisioning_files.files(given, want, "/etc/grafana/provisioning/kinlight")
    )
    assert "the store's secret" not in "".join(path.read_text() for path in written)
    read = {path.relative_to(tmp_path).as_posix(): yaml.safe_load(path.read_text()) for path in written}
    assert read["kinlight/kinlight-caseload.json"] == CASELOAD
    group = read["alerting/kinlight-rules.yaml"]["groups"][0]
    assert read["dashboards/kinlight.yaml"]["providers"][0]["folder"] == "Kinlight"
    assert group["folder"] == "Kinlight alerts", "read first, it would become a second folder of the same title"
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
