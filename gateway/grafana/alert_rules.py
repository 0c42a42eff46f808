"""The two Grafana alert rules and the data source, as the bodies that both a push and a provisioning file carry.

The box alerts by itself; these are for what a box cannot say: that it is dark, and that nobody answers it.
Pure: builds JSON values, does no I/O.

A home is dark when its heartbeat (gateway, up) was heard in the last SEEN_WITHIN but not for DARK_AFTER. No home heard
at all is "no data", which Grafana reports too: unknown is not fine. A personal alert is unanswered while its latest
state is "active", that is it is open and nobody took it. Both ask one question of the store and get 1 for yes
and 0 for no, per home. Texts say .Labels and not $labels: a provisioning file would take $labels for a variable.
"""

import hashlib
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

DARK_AFTER = "15m"
UNANSWERED_AFTER = "15m"
SEEN_WITHIN = "7d"
GROUP = "kinlight"
CONTACT_UID = "kinlight-contact"
CONTACT_NAME = "Kinlight"
EVERY_HOME = "kinlight:every-home"  # the tag of a note that is about no single home
Json = dict[str, Any]


class Store(StrEnum):
    """Which query language the dashboards and rules speak."""

    VICTORIAMETRICS = "victoriametrics"
    INFLUXDB = "influxdb"

    @property
    def plugin(self) -> str:
        """Grafana's name of the data source type."""
        return "prometheus" if self is Store.VICTORIAMETRICS else "influxdb"

    @property
    def uid(self) -> str:
        """The uid that dashboards and rules refer to."""
        return f"kinlight-{self.value}"


@dataclass(frozen=True, slots=True)
class Rule:
    """One alert rule, the same for both stores but for its query."""

    uid: str
    title: str
    summary: str
    promql: str
    influxql: str
    range_s: int
    hold: str  # how long it must be so
    no_data: str  # what Grafana says when the query returns nothing at all
    severity: str


_TOLD = 'max by (home, rule, subject) (tlast_over_time(alert_open{kind="personal", state="active"}[2d]))'
_TAKEN = (
    'max by (home, rule, subject) (tlast_over_time(alert_open{kind="personal", state=~"acknowledged|resolved"}[2d]))'
)

RULES = (
    Rule(
        uid="kinlight-home-dark",
        title="A home went dark",
        summary="Nothing has come from home {{ .Labels.home }} for 15 minutes. It may have no power or no internet; "
        "until it is back nobody is watched there by Kinlight. Worth checking: telephone the home.",
        promql=f"(count by (home) (last_over_time(gateway_up[{DARK_AFTER}])) * 0) "
        f"or (count by (home) (last_over_time(gateway_up[{SEEN_WITHIN}])) * 0 + 1)",
        influxql='SELECT 1 - max("heard") FROM '  # noqa: S608 - constants only
        f'(SELECT last("up") * 0 + 1 AS "heard" FROM "gateway" WHERE time > now() - {DARK_AFTER} GROUP BY "home"), '
        f'(SELECT last("up") * 0 AS "heard" FROM "gateway" WHERE time > now() - {SEEN_WITHIN} GROUP BY "home") '
        'GROUP BY "home"',
        range_s=7 * 86400,
        hold="0s",
        no_data="NoData",
        severity="high",
    ),
    Rule(
        uid="kinlight-unanswered",
        title="A personal alert is unanswered",
        summary="An alert about the person in home {{ .Labels.home }} ({{ .Labels.rule }}, {{ .Labels.subject }}) "
        "has been open for 15 minutes and nobody has answered it. Worth checking now.",
        promql=f"(({_TOLD}) * 0 + 1) unless (({_TAKEN}) >= ({_TOLD}))",
        influxql='SELECT last("waits") FROM '
        '(SELECT "id" * 0 + 1 AS "waits" FROM "alert" WHERE "kind" = \'personal\' AND "state" = \'active\'), '
        '(SELECT "id" * 0 AS "waits" FROM "alert" WHERE "kind" = \'personal\' '
        "AND (\"state\" = 'acknowledged' OR \"state\" = 'resolved')) "
        'WHERE time > now() - 2d GROUP BY "home", "rule", "subject"',
        range_s=2 * 86400,
        hold=UNANSWERED_AFTER,
        no_data="OK",
        severity="high",
    ),
)


def alert_rule(rule: Rule, store: Store, data_source_uid: str, receiver: str = "") -> Json:
    """The part of a rule that a file and the HTTP API share. `receiver`: a contact point's name, "" for the default."""
    body: Json = {
        "uid": rule.uid,
        "title": rule.title,
        "condition": "C",
        "data": [
            _query(rule, store, data_source_uid),
            _expression("B", {"type": "reduce", "expression": "A", "reducer": "last"}),
            _expression(
                "C",
                {
                    "type": "threshold",
                    "expression": "B",
                    "conditions": [{"evaluator": {"type": "gt", "params": [0.5]}, "type": "query"}],
                },
            ),
        ],
        "noDataState": rule.no_data,
        "execErrState": "Error",
        "for": rule.hold,
        "annotations": {"summary": rule.summary},
        "labels": {"app": "kinlight", "severity": rule.severity},
        "isPaused": False,
    }
    return body | ({"notification_settings": {"receiver": receiver}} if receiver else {})


def pushed_rule(body: Json, folder_uid: str) -> Json:
    """The rule as POST and PUT /api/v1/provisioning/alert-rules take it."""
    return body | {"folderUID": folder_uid, "ruleGroup": GROUP, "orgID": 1}


def question(store: Store, data_source_uid: str) -> Json:
    """A query that every store of Kinlight's answers: which homes are dark."""
    model: Json = _query(RULES[0], store, data_source_uid)["model"]
    return model


def rules_file(bodies: list[Json], folder_title: str) -> Json:
    """The rules as a file in Grafana's provisioning/alerting."""
    group = {"orgId": 1, "name": GROUP, "folder": folder_title, "interval": "1m", "rules": bodies}
    return {"apiVersion": 1, "groups": [group]}


def contact_point(email: str, webhook: str) -> Json | None:
    """Whom Grafana tells, as the HTTP API takes it; None where neither is given."""
    if email:
        kind, settings = "email", {"addresses": email, "singleEmail": False}
    elif webhook:
        kind, settings = "webhook", {"url": webhook, "httpMethod": "POST"}
    else:
        return None
    return {
        "uid": CONTACT_UID,
        "name": CONTACT_NAME,
        "type": kind,
        "settings": settings,
        "disableResolveMessage": False,
    }


def contact_file(body: Json) -> Json:
    """The contact point as a file in Grafana's provisioning/alerting."""
    receiver = {key: body[key] for key in ("uid", "type", "settings", "disableResolveMessage")}
    return {"apiVersion": 1, "contactPoints": [{"orgId": 1, "name": body["name"], "receivers": [receiver]}]}


def data_source(store: Store, url: str, token: str, bucket: str, home: str = "") -> Json:
    """The store as Grafana's data source. `home`: let it see this home alone; of InfluxDB that is its own bucket."""
    victoria = store is Store.VICTORIAMETRICS
    settings: Json = (
        {"httpMethod": "POST"} if victoria else {"dbName": bucket, "httpMode": "POST", "version": "InfluxQL"}
    )
    if home and victoria:
        settings["customQueryParameters"] = f"extra_label=home={home}"
    body: Json = {
        "uid": store.uid,
        "name": "Kinlight" if victoria else "Kinlight InfluxDB",
        "type": store.plugin,
        "access": "proxy",
        "url": url,
        "jsonData": settings,
    }
    if token:
        settings["httpHeaderName1"] = "Authorization"
        # Grafana never gives a secret back; this tells a changed token from the one it has.
        settings["kinlightTokenDigest"] = hashlib.sha256(token.encode()).hexdigest()[:12]
        scheme = "Bearer" if victoria else "Token"
        body["secureJsonData"] = {"httpHeaderValue1": f"{scheme} {token}"}
    return body


def _query(rule: Rule, store: Store, data_source_uid: str) -> Json:
    model: Json = {
        "refId": "A",
        "datasource": {"type": store.plugin, "uid": data_source_uid},
        "intervalMs": 60_000,
        "maxDataPoints": 100,
    }
    if store is Store.VICTORIAMETRICS:
        model |= {"expr": rule.promql, "instant": True, "range": False}
    else:
        model |= {"query": rule.influxql, "rawQuery": True, "resultFormat": "time_series"}
    return {
        "refId": "A",
        "relativeTimeRange": {"from": rule.range_s, "to": 0},
        "datasourceUid": data_source_uid,
        "model": model,
    }


def _expression(ref: str, model: Json) -> Json:
    source = {"type": "__expr__", "uid": "__expr__"}
    return {
        "refId": ref,
        "relativeTimeRange": {"from": 0, "to": 0},
        "datasourceUid": "__expr__",
        "model": model | {"refId": ref, "datasource": source},
    }
