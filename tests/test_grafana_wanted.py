"""What Grafana should have: settings that work, and dashboards read from a folder."""

import copy
import json
from pathlib import Path

import pytest

from gateway.config.toml_file import ConfigError
from gateway.grafana.alert_rules import Store
from gateway.grafana.desired_state import read_dashboards, renamed, wanted
from gateway.grafana.settings import settings
from tests.grafana_pushing import CASELOAD, OTHER_STORE, PERSON

pytestmark = pytest.mark.usefixtures("no_grafana_environment")


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"store_url": "store:8428"}, "GRAFANA_STORE_URL: give an address"),
        ({"store": "graphite"}, "GRAFANA_STORE"),
        ({"home": "a home"}, "GRAFANA_HOME"),
        (
            {"home": "h1", "store": "influxdb"},
            "apart by their buckets alone.*GRAFANA_BUCKET.*GRAFANA_STORE_TOKEN",
        ),
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
