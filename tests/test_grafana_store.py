"""The data source: proved with a question of the dashboards' own, never taken from others, never written on a guess."""

from typing import Any

import pytest

from gateway.grafana.alert_rules import Store
from gateway.grafana.api import Grafana
from gateway.grafana.desired_state import Wanted, wanted
from gateway.grafana.errors import GrafanaError, store_mend
from gateway.grafana.push import plan
from tests.grafana_pushing import CASELOAD, PERSON, TRIAL, options, pushed, some
from tests.grafana_stub import TOKEN, Stub

pytestmark = pytest.mark.usefixtures("no_grafana_environment")
VICTORIA, INFLUX = Store.VICTORIAMETRICS.uid, Store.INFLUXDB.uid
DEAD = (400, {"message": "dial tcp 127.0.0.1:18187: connect: connection refused", "status": "ERROR"})


def influx(**changes: Any) -> Wanted:
    given: dict[str, Any] = {"store": "influxdb", "store_url": "http://store:8086"}
    return wanted(options(**(given | changes)), [])


def refused(stub: Stub, want: Wanted) -> str:
    with pytest.raises(GrafanaError) as caught:
        pushed(stub, want)
    return str(caught.value)


def test_a_check_right_after_the_first_push_finds_nothing_to_do(stub: Stub) -> None:
    """Grafana makes the first data source of an organisation its default, whatever is asked."""
    pushed(stub, some())
    assert stub.sources[VICTORIA]["isDefault"]
    assert pushed(stub, some()) == []


def test_a_default_data_source_stays_the_default_when_it_is_changed(stub: Stub) -> None:
    pushed(stub, some())
    pushed(stub, some(store_token="another"))
    assert stub.sources[VICTORIA]["isDefault"]


@pytest.mark.parametrize("there", [False, True], ids=["first push", "later push"])
def test_a_bucket_that_does_not_exist_is_refused_and_nothing_is_left(stub: Stub, there: bool) -> None:
    if there:
        pushed(stub, influx())
    before = dict(stub.sources)
    said = refused(stub, influx(bucket="nothere"))
    assert "database not found: nothere" in said
    assert "there is no such bucket" in said
    assert "nothing was written" in said
    assert stub.sources == before


def test_a_check_sees_that_the_bucket_is_gone(stub: Stub) -> None:
    pushed(stub, influx())
    stub.buckets.clear()
    with pytest.raises(GrafanaError, match="database not found: kinlight"):
        plan(Grafana(stub.url, TOKEN), influx())


def test_a_victoriametrics_given_as_an_influxdb_is_refused(stub: Stub) -> None:
    said = refused(stub, influx(store_url="http://victoria:8428"))
    assert "it is no InfluxDB: check GRAFANA_STORE_URL and GRAFANA_STORE" in said
    assert not stub.sources


def test_each_trial_has_a_name_of_its_own_as_grafana_keeps_the_settings_of_a_name(stub: Stub) -> None:
    pushed(stub, some())
    stub.dead_stores["http://127.0.0.1:18187"] = DEAD
    good = some(store_token="another")
    assert pushed(stub, good) == [*TRIAL, f"PUT /api/datasources/uid/{VICTORIA}"]
    assert "connection refused" in refused(stub, some(store_url="http://127.0.0.1:18187"))
    assert pushed(stub, some(store_token="third")) == [*TRIAL, f"PUT /api/datasources/uid/{VICTORIA}"]


@pytest.mark.parametrize(
    "changes",
    [{"bucket": "home-42"}, {"store_url": "http://other:8086"}, {"store_token": "another"}],
    ids=lambda changes: next(iter(changes)),
)
def test_a_folder_does_not_turn_everybody_s_data_source(stub: Stub, changes: dict[str, str]) -> None:
    stub.buckets.add("home-42")
    pushed(stub, influx())
    before = dict(stub.sources)
    said = refused(stub, influx(folder="Home 42", **changes))
    assert "is everybody's, and the folder 'Home 42' shares it" in said
    assert "--home" in said
    assert (stub.sources, stub.writes) == (before, [])


def test_a_home_of_influxdb_has_a_data_source_of_its_own_with_its_own_bucket(stub: Stub) -> None:
    stub.buckets.add("home-42")
    pushed(stub, influx())
    stub.homes = ["home-42"]
    pushed(stub, influx(home="home-42", bucket="home-42"))
    assert stub.sources[f"{INFLUX}_home-42"]["jsonData"]["dbName"] == "home-42"
    assert stub.sources[INFLUX]["jsonData"]["dbName"] == "kinlight"


def test_a_home_s_data_source_that_shows_another_home_is_refused(stub: Stub) -> None:
    stub.buckets.add("care")
    stub.homes = ["home-42", "home-7"]
    said = refused(stub, influx(home="home-42", bucket="care"))
    assert "it shows other homes than home-42, among them home-7" in said
    assert "a bucket or a token of its own" in said
    assert not stub.sources


@pytest.mark.parametrize("title", ["Family", "Person", "Caseload North"])
def test_a_folder_may_be_called_like_a_page(stub: Stub, title: str) -> None:
    pushed(stub, some())
    pushed(stub, wanted(options(folder="North"), [CASELOAD, PERSON]))
    page = PERSON | {"uid": "kinlight-family"}
    pushed(stub, wanted(options(folder=title), [page]))
    pushed(stub, wanted(options(), [page]))
    assert not set(stub.folders) & set(stub.dashboards)


def test_a_new_organisation_is_told_to_wait(stub: Stub) -> None:
    stub.new = True
    assert "is new, and Grafana is still making its alerting: wait a minute" in refused(stub, some())
    assert stub.writes == []


def test_influxdb_says_one_thing_for_a_wrong_token_and_a_wrong_bucket() -> None:
    said = store_mend("InfluxDB returned error: unauthorized access error reading influxDB")
    assert "the token is wrong, or may not read the bucket GRAFANA_BUCKET, or there is no such bucket" in said


def provisioned(stub: Stub) -> None:
    """As a Grafana is that reads Kinlight's files."""
    pushed(stub, some())
    stub.sources[VICTORIA] |= {"readOnly": True}
    stub.sources[VICTORIA]["jsonData"].pop("kinlightTokenDigest")
    for page in stub.dashboards.values():
        page["meta"]["provisioned"] = True
    for rule in stub.rules.values():
        rule |= {"provenance": "file", "folderUID": "eg5guyqowz7cwd"}
    for contact in stub.contacts.values():
        contact["provenance"] = "file"


def test_a_grafana_with_files_is_as_it_should_be(stub: Stub) -> None:
    provisioned(stub)
    assert {step.action for step in plan(Grafana(stub.url, TOKEN), some())} == {"keep"}
    assert pushed(stub, some()) == []


@pytest.mark.parametrize("what", ["data source", "dashboard", "alert rule", "contact point"])
def test_what_differs_from_a_file_is_seen_and_not_written(stub: Stub, what: str) -> None:
    provisioned(stub)
    stub.sources[VICTORIA] |= {"url": "http://old:8428"} if what == "data source" else {}
    stub.rules["kinlight-home-dark"] |= {"isPaused": what == "alert rule"}
    stub.contacts["kinlight-contact"] |= {"disableResolveMessage": what == "contact point"}
    if what == "dashboard":
        stub.dashboards["kinlight-person"]["dashboard"]["title"] = "By hand"
    steps = plan(Grafana(stub.url, TOKEN), some())
    assert [step.kind for step in steps if step.action == "change"] == [what]
    said = refused(stub, some())
    assert said.startswith(f"the {what} ")
    assert "is provisioned from a file on Grafana's machine: change it there" in said
    assert stub.writes == []
