"""The contract of the module that speaks Grafana's API.

It runs against a real Grafana where GRAFANA_URL and GRAFANA_TOKEN are set; against a stub that keeps to Grafana's route
list always.
"""

import contextlib
import json
import os
import urllib.error
import urllib.request
from collections.abc import Iterator

import pytest

from dashboards.__main__ import files
from gateway.grafana.alert_rules import RULES, Store, alert_rule, contact_point, data_source, pushed_rule, question
from gateway.grafana.api import Grafana
from gateway.grafana.errors import RefusedError
from tests.grafana_pushing import PERSON
from tests.grafana_stub import TOKEN, grafana_stub

pytestmark = pytest.mark.usefixtures("no_grafana_environment")


NOBODY_THERE = "http://127.0.0.1:8"
REAL = {name: os.environ.get(name, "") for name in ("GRAFANA_URL", "GRAFANA_TOKEN")}


@pytest.fixture(params=["stub", "real"])
def grafana(request: pytest.FixtureRequest) -> Iterator[Grafana]:
    """A stub, and a real Grafana where one is given; what is made in a real one is taken away again."""
    if request.param == "stub":
        with grafana_stub() as running:
            running.dead_stores[NOBODY_THERE] = (400, {"message": "dial tcp: connect: connection refused"})
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
        "folders/kinlight-contract-folder",
        "datasources/uid/kinlight-contract",
    ):
        url = f"{REAL['GRAFANA_URL'].rstrip('/')}/api/{path}"
        asked = urllib.request.Request(
            url, method="DELETE", headers={"Authorization": f"Bearer {REAL['GRAFANA_TOKEN']}"}
        )
        with contextlib.suppress(urllib.error.HTTPError):  # 404: the test did not make it
            urllib.request.urlopen(asked, timeout=10).close()


def test_contract_of_folders_data_sources_and_dashboards(grafana: Grafana) -> None:
    uid, place = "kinlight-contract", "kinlight-contract-folder"  # folders and dashboards share their uids
    assert int(grafana.version().split(".")[0]) >= 10
    assert grafana.folder(place) is None
    grafana.put_folder(place, "Kinlight contract", exists=False)
    grafana.put_folder(place, "Kinlight contract test", exists=True)
    folder = grafana.folder(place)
    assert folder is not None
    assert folder["title"] == "Kinlight contract test"

    assert grafana.data_source(uid) is None
    body = data_source(Store.VICTORIAMETRICS, "http://127.0.0.1:9", "secret", "b") | {"uid": uid, "name": uid}
    grafana.put_data_source(body, exists=False)
    grafana.put_data_source(body | {"url": NOBODY_THERE}, exists=True)
    source = grafana.data_source(uid)
    assert source is not None
    assert source["url"] == NOBODY_THERE
    assert "secret" not in json.dumps(source)
    assert uid in grafana.data_source_uids()
    with pytest.raises(RefusedError, match="connection refused"):
        grafana.ask(question(Store.VICTORIAMETRICS, uid))

    assert grafana.dashboard(uid) is None
    model = PERSON | {"uid": uid, "tags": ["kinlight-contract"]}
    grafana.put_dashboard(model, place, "made")
    grafana.put_dashboard(model | {"title": "Person 2"}, place, "changed")
    there = grafana.dashboard(uid)
    assert there is not None
    assert (there["dashboard"]["title"], there["meta"]["folderUid"]) == ("Person 2", place)
    assert grafana.delete_dashboard(uid)
    assert not grafana.delete_dashboard(uid)
    for delete, name in ((grafana.delete_folder, place), (grafana.delete_data_source, uid)):
        assert delete(name)
        assert not delete(name)
    assert grafana.folder(place) is None
    assert grafana.data_source(uid) is None


@pytest.mark.parametrize("name", files())
def test_contract_of_our_own_dashboards(grafana: Grafana, name: str) -> None:
    """Grafana keeps what it is given: a page it would have to mend first would differ at every check."""
    grafana.put_folder("kinlight-contract-folder", "Kinlight contract", exists=False)
    wanted = json.loads(files()[name]) | {"uid": "kinlight-contract"}
    grafana.put_dashboard(wanted, "kinlight-contract-folder", "made")
    there = grafana.dashboard("kinlight-contract")
    assert there is not None
    assert there["dashboard"] | {"id": None, "version": 1} == wanted | {"id": None, "version": 1}


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
