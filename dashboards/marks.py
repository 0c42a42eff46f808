"""What stands beside the curves as marks: alerts, asked of the store, and notes of people, asked of Grafana itself.

Alerts come from the store because it has them for years back, and because a home then needs no token of Grafana.
"""

from typing import Any, Literal

from dashboards.palette import LINES, MARK, PATTERN_WORDS, RULES
from gateway.grafana.alert_rules import EVERY_HOME

Json = dict[str, Any]
Marks = Literal["", "kind", "plain"]
"""Whether alerts are marks, with their kind or, for a family, without: no trouble is named apart from its story."""

TITLE = "Something came up"
TITLE_BELOW = f"{TITLE}: what happened stands on this page"  # InfluxQL cannot make a link to it
RULE_WORDS = {str(word.value): word.text for word in RULES}
SUBJECT_WORDS = {str(word.value): word.text for word in PATTERN_WORDS}


def marks(kind: Marks, store: str, source: Json, uid: str, story: int) -> list[Json]:
    """The annotation queries of a page about one home; `story`: its panel that tells what a mark stands for."""
    if not kind:
        return []
    alerts = _influx_alerts(kind) if store == "influxdb" else _victoria_alerts(kind, uid, story)
    found = [{"name": "Alerts", "enable": True, "hide": False, "iconColor": MARK, "datasource": source} | alerts]
    return found + ([_notes()] if kind == "kind" else [])


def _victoria_alerts(kind: Marks, uid: str, story: int) -> Json:
    told = 'alert_open{home=~"$home", kind="personal", state="active"}'
    expr = f"max by (home, rule, subject) (max_over_time({told}[$__interval]))"
    # Without a slash in front: Grafana's pages say where it is served.
    link = f'<a href="d/{uid}?var-home={{{{home}}}}&viewPanel={story}">what happened, and who was told</a>'
    if kind == "plain":
        return {"expr": f"max by (home) ({expr})", "titleFormat": TITLE, "textFormat": link, "step": "1h"}
    for label, words in (("rule", RULE_WORDS), ("subject", SUBJECT_WORDS)):
        pairs = ", ".join(f'"{code}", "{text}"' for code, text in words.items())
        expr = f'label_map({expr}, "{label}", {pairs})'
    return {"expr": expr, "titleFormat": "{{rule}}", "textFormat": f"{{{{subject}}}}: {link}", "step": "1h"}


def _influx_alerts(kind: Marks) -> Json:
    """One mark an alert, at its first row: an alert has a row for each hour and each telling, and they would be a wall.

    InfluxQL has no words for another's, so there the kind is the program's own name for it, under plain words.
    """
    where = (
        'FROM "alert" WHERE "home" =~ /^$home$/ AND "kind" = \'personal\' AND "state" = \'active\' AND $timeFilter '
        'GROUP BY "rule", "subject"'
    )
    begun = f'(SELECT first("raised_s") AS "new" {where}), (SELECT difference("raised_s") AS "new" {where})'
    query = f'SELECT "new", "rule", "subject" FROM {begun} WHERE "new" > 0'  # noqa: S608 - our own words
    plain = {"source": "text", "value": TITLE_BELOW}
    named = {"text": _field("rule"), "tags": _field("subject"), "title": plain}
    return {
        "target": {"refId": "Anno", "query": query, "rawQuery": True, "textEditor": True, "resultFormat": "table"},
        "query": query,
        "mappings": named if kind == "kind" else {"text": plain, "title": {"source": "skip"}},
    }


def _field(name: str) -> Json:
    return {"source": "field", "value": name}


def _notes() -> Json:
    tags = ["home:$home", EVERY_HOME]
    return {
        "name": "Notes",
        "enable": True,
        "hide": False,
        "iconColor": LINES[0],
        "datasource": {"type": "grafana", "uid": "-- Grafana --"},
        "target": {"type": "tags", "tags": tags, "matchAny": True, "limit": 100},
    }
