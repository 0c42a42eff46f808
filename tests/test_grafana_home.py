"""What is pushed and built for one home or one folder stands beside what everybody has, and takes nothing from it."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from dashboards.__main__ import OUT
from gateway.cli.dashboards import app
from gateway.grafana.alert_rules import Store
from gateway.grafana.api import UID
from gateway.grafana.desired_state import wanted
from gateway.grafana.settings import settings
from tests.grafana_pushing import CASELOAD, PERSON, options, pushed, some
from tests.grafana_stub import TOKEN, Stub
from tests.test_grafana_push import SOURCE, state


def test_a_home_has_its_own_of_everything_and_the_caseload_stays_whole(stub: Stub) -> None:
    pushed(stub, some())
    before = state(stub)
    only_person = wanted(options(home="home-42"), [PERSON | {"panels": CASELOAD["panels"]}])
    assert len(pushed(stub, only_person)) == 5
    own = stub.sources[f"{SOURCE}_home-42"]
    assert own["jsonData"]["customQueryParameters"] == "extra_label=home=home-42"
    assert own["name"] != stub.sources[SOURCE]["name"]
    assert "customQueryParameters" not in stub.sources[SOURCE]["jsonData"]
    page = stub.dashboards["kinlight-person_home-42"]
    assert page["meta"]["folderUid"] == "kinlight-folder_home-42"
    assert page["dashboard"]["panels"][0]["datasource"]["uid"] == f"{SOURCE}_home-42"
    assert stub.folders["kinlight-folder_home-42"]["title"] == "Kinlight home-42"
    assert pushed(stub, only_person) == []
    assert pushed(stub, some()) == [], "the first push finds its own as it was"
    for kind, old in zip(state(stub), before, strict=True):
        assert {key: kind[key] for key in old} == old


def test_no_two_homes_or_folders_share_a_name() -> None:
    given = [
        {"home": home, "folder": folder}
        for home in ("", "h1", "H1", "h-1", "h_1", "home-of-the-north-1", "home-of-the-north-2")
        for folder in ("", "Team North of the river", "Team North of the sea", "h1")
    ]
    suffixes = [settings(**one).suffix for one in given]
    assert len({one.casefold() for one in suffixes}) == len(given)
    assert suffixes[0] == ""
    assert all(UID.fullmatch(f"{SOURCE}{one}") for one in suffixes)


def test_check_and_build_speak_of_the_same_things_as_the_push(
    stub: Stub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {"URL": stub.url, "TOKEN": TOKEN, "STORE_URL": "http://store:8428"}.items():
        monkeypatch.setenv(f"GRAFANA_{name}", value)
    asked = ["--home", "home-42", "--only", "kinlight-family"]
    run = CliRunner()
    assert run.invoke(app, ["push"]).exit_code == 0
    assert run.invoke(app, ["push", *asked]).exit_code == 0
    assert "Grafana is as it should be" in run.invoke(app, ["check", *asked]).output
    assert "Grafana is as it should be" in run.invoke(app, ["check"]).output
    assert run.invoke(app, ["build", str(tmp_path), *asked]).exit_code == 0
    built = json.loads((tmp_path / "kinlight-folder_home-42/kinlight-family_home-42.json").read_text())
    pushed_page = stub.dashboards["kinlight-family_home-42"]["dashboard"]
    assert {**pushed_page, "id": 0, "version": 0} == {**built, "id": 0, "version": 0}


def sources_asked(value: Any) -> set[str]:
    """The uid of every data source a dashboard asks, Grafana's own aside."""
    if isinstance(value, list):
        return set().union(*map(sources_asked, value))
    if not isinstance(value, dict):
        return set()
    source = value.get("datasource")
    own = {source["uid"]} if isinstance(source, dict) and source.get("type") in ("prometheus", "influxdb") else set()
    return own.union(*map(sources_asked, value.values()))


def provisioned(directory: Path) -> list[tuple[dict[str, Any], list[dict[str, Any]]]]:
    """Each provider of dashboards, with what Grafana finds below its path."""
    found = []
    for path in sorted((directory / "dashboards").glob("*.yaml")):
        for provider in yaml.safe_load(path.read_text())["providers"]:
            below = sorted(Path(provider["options"]["path"]).rglob("*.json"))
            found.append((provider, [json.loads(each.read_text()) for each in below]))
    return found


@pytest.mark.parametrize("store", Store)
def test_folders_built_into_one_place_stand_beside_each_other(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GRAFANA_STORE", store.value)
    monkeypatch.setenv("GRAFANA_STORE_URL", "http://store:8428")
    builds: list[list[str]] = [[], ["--folder", "Team North"]]
    builds += [["--home", "home-42", "--folder", "Team North"], ["--home", "home-43"]]
    for more in builds:
        monkeypatch.setenv("GRAFANA_BUCKET", more[1] if "--home" in more else "kinlight")
        done = CliRunner().invoke(app, ["build", str(tmp_path), *more])
        assert done.exit_code == 0, done.output
    there = provisioned(tmp_path)
    assert len(there) == len(builds)
    for key in ("name", "folderUid", "folder"):
        assert len({provider[key] for provider, _ in there}) == len(builds), key
    uids = [page["uid"] for _, pages in there for page in pages]
    assert len(set(uids)) == len(uids) == len(builds) * len(list((OUT / store.value).glob("*.json")))
    files = sorted((tmp_path / "datasources").glob("*.yaml"))
    sources = [one for path in files for one in yaml.safe_load(path.read_text())["datasources"]]
    for key in ("uid", "name"):
        assert len({one[key] for one in sources}) == len(sources), key
    assert sources_asked([page for _, pages in there for page in pages]) == {one["uid"] for one in sources}
    wall = "customQueryParameters" if store is Store.VICTORIAMETRICS else "dbName"
    narrowed = {one["uid"]: one["jsonData"].get(wall, "") for one in sources}
    assert narrowed.pop(store.uid) in ("", "kinlight"), "everybody's shows every home"
    assert sorted(text.removeprefix("extra_label=home=") for text in narrowed.values()) == ["home-42", "home-43"]
