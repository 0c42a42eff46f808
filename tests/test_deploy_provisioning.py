"""What Grafana finds in the central stack: the files the code makes, of its store, everything once."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from gateway.cli.dashboards import app as dashboards
from gateway.grafana import provisioning_files
from gateway.grafana.alert_rules import Store
from gateway.grafana.desired_state import wanted
from gateway.grafana.settings import settings
from tests.central_stack import DEPLOY, FILES, services

SEEN_AT = "/var/lib/kinlight/dashboards"


@pytest.mark.parametrize("store", Store)
def test_grafana_s_files_are_what_the_code_makes(store: Store) -> None:
    """Made with: GRAFANA_STORE_URL=http://store:8086 kinlight dashboards build, without the dashboards themselves."""
    given = settings(store=store.value, store_url="http://store:8086", store_token="x")
    made = provisioning_files.files(given, wanted(given, []), SEEN_AT)
    directory = DEPLOY / "grafana" / store.value
    there = {
        path.relative_to(directory).as_posix(): yaml.safe_load(path.read_text()) for path in directory.rglob("*.yaml")
    }
    assert there == made


def mounted(store: Store) -> dict[str, Path]:
    """Where Grafana's mounts come from by their target: of one target Compose takes the last file's."""
    files = FILES[:1] if store is Store.VICTORIAMETRICS else FILES
    mounts = [mount.split(":") for path in files for mount in services(path)["grafana"]["volumes"]]
    return {target: (DEPLOY / source).resolve() for source, target, *_ in mounts}


@pytest.fixture(params=["compose", "debian"])
def provisioning(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    """(directory, found) of a store: its provisioning files and where a path in them is on this machine."""

    def of(store: Store) -> tuple[Path, Any]:
        if request.param == "compose":
            mounts = mounted(store)
            return mounts["/etc/grafana/provisioning"], mounts.get
        built = ["build", str(tmp_path), "--store", store.value]
        done = CliRunner(env={"GRAFANA_STORE_URL": "http://127.0.0.1:8427"}).invoke(dashboards, built)
        assert done.exit_code == 0, done.output
        return tmp_path, Path

    return of


@pytest.mark.parametrize("store", Store)
def test_what_grafana_finds_is_of_its_store_and_everything_once(store: Store, provisioning: Any) -> None:
    directory, found = provisioning(store)
    (provider,) = yaml.safe_load((directory / "dashboards/kinlight.yaml").read_text())["providers"]
    (source,) = yaml.safe_load((directory / "datasources/kinlight.yaml").read_text())["datasources"]
    pages = [json.loads(path.read_text()) for path in found(provider["options"]["path"]).rglob("*.json")]
    assert len(pages) == 5
    for key in ("uid", "title"):
        assert len({page[key] for page in pages}) == len(pages), f"Grafana takes none of those that share a {key}"
    asked = re.findall(r'"datasource": {"type": "(\w+)", "uid": "([\w-]+)"}', json.dumps(pages))
    assert set(asked) == {(source["type"], source["uid"])} == {(store.plugin, store.uid)}
