"""Dashboards and settings for tests of a push, and a push of them to the stub."""

import re
from typing import Any

from gateway.grafana.api import Grafana
from gateway.grafana.desired_state import Wanted, wanted
from gateway.grafana.push import carry_out, plan
from gateway.grafana.settings import GrafanaSettings, settings
from tests.grafana_stub import TOKEN, Stub

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
TRIAL = ["POST /api/datasources", "DELETE /api/datasources/uid/kinlight-trial"]
FORBIDDEN = {"message": "You'll need additional permissions. Permissions needed: folders:read"}


def some(**changes: Any) -> Wanted:
    return wanted(options(**changes), [CASELOAD, PERSON])


def options(**changes: Any) -> GrafanaSettings:
    return settings(
        **({"store_url": "http://store:8428", "store_token": "read me", "email": "on-call@example.org"} | changes)
    )


def pushed(stub: Stub, want: Wanted) -> list[str]:
    stub.writes.clear()
    carry_out(plan(Grafana(stub.url, TOKEN), want), lambda _: None)
    return writes(stub)


def writes(stub: Stub) -> list[str]:
    """What was written; each trial of a data source has a name of its own."""
    return [re.sub(r"kinlight-trial-\w+", "kinlight-trial", write) for write in stub.writes]
