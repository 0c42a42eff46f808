"""The JSON that is checked in: what the code makes, and what Grafana 10 to 13 can load."""

import copy
import json
import re
from typing import Any

import pytest

from dashboards.__main__ import DASHBOARDS, OUT, files
from dashboards.grafana_json import STORES, dashboard
from dashboards.palette import ACT, CONCERN_WORDS, JUDGED, PLAIN, PLAIN_WHY, RULES, SUBJECTS, UNKNOWN, WATCH, WHY
from dashboards.panels import Word
from dashboards.query import Ratio
from dashboards.told import TOLD
from gateway.model.delivery_outcome import DeliveryOutcome
from gateway.points.caseload_priority import NOT_HEARD, Judged, Reason
from gateway.points.caseload_priority import UNKNOWN as NOT_KNOWN
from rules.core.detector import EPISODE_MOST_DAYS
from rules.core.patterns import PATTERN_NAMES
from rules.kit import catalogue as rules
from tests.dashboards import asking
from tests.dashboards.lint import OVERLAPS, faults, panels_of

FILES = files()


def load(name: str) -> Any:
    return json.loads(FILES[name])


def test_what_is_checked_in_is_what_the_code_makes() -> None:
    there = {path.relative_to(OUT).as_posix(): path.read_text(encoding="utf-8") for path in OUT.rglob("*.json")}
    assert there == FILES, "run `python -m dashboards build`"


@pytest.mark.parametrize("name", FILES)
def test_every_dashboard_keeps_to_the_rules(name: str) -> None:
    assert faults(load(name)) == []


@pytest.mark.parametrize(
    ("path", "value", "fault"),
    [
        (("uid",), "", "no uid"),
        (("schemaVersion",), 42, "schemaVersion"),
        (("panels", 0, "description"), "", "no description"),
        (("panels", 0, "type"), "graph", "those that last"),
        (("panels", 0, "fieldConfig", "defaults", "unit"), "", "unit"),
        (("panels", 0, "fieldConfig", "defaults", "noValue"), "", "empty"),
        (("panels", 0, "fieldConfig", "defaults", "thresholds"), {"steps": []}, "no thresholds"),
        (("panels", 0, "fieldConfig", "defaults", "color"), {"mode": "green"}, "green"),
        (("panels", 0, "targets", 0, "datasource", "uid"), "1", "source"),
        (("panels", 1, "gridPos", "w"), 20, OVERLAPS),
        (("panels", 0, "fieldConfig", "defaults", "thresholds", "steps", 0, "color"), "#E69F00", "cannot be read"),
        (("panels", 0, "fieldConfig", "defaults", "thresholds", "steps", 0, "color"), "#8E8E8E", "cannot be read"),
    ],
)
def test_the_rules_can_be_broken(path: tuple[Any, ...], value: object, fault: str) -> None:
    model = copy.deepcopy(load("victoriametrics/caseload.json"))
    inner = model
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    assert any(fault in text for text in faults(model)), faults(model)


def test_every_rule_and_pattern_has_words_wherever_it_is_shown() -> None:
    """A rule that comes later must be told on the dashboards too, and a code is never shown to anybody."""
    told = {word.value for word in RULES}
    assert set(rules.names()) | {"kinlight"} == told
    assert set(PATTERN_NAMES) <= {word.value for word in SUBJECTS}
    named = {words.text for words in (*WHY, *PLAIN_WHY)}
    assert not [text for text in named if "_" in text or text.isupper()]
    for name, model in FILES.items():
        for panel in panels_of(json.loads(model)):
            shown = {o["matcher"]["options"]: json.dumps(o) for o in panel.get("fieldConfig", {}).get("overrides", [])}
            for transformation in panel.get("transformations", []):
                columns = transformation["options"].get("renameByName", {})
                for tag, code in (("rule", "deterioration"), ("subject", "restless_nights")):
                    if tag in columns:
                        assert f'"{code}"' in shown[columns[tag]], f"{name}, {panel['title']}: {tag} is shown as a code"


def test_what_is_worth_knowing_is_told_to_a_family_calmly() -> None:
    words = {word.value: word for word in PLAIN_WHY}
    for name in PATTERN_NAMES:
        said = words[200.0 + Reason[name.upper()]]
        assert (said.colour, said.text) == (WATCH, "Days have changed: worth a call")
    assert words[300.0 + Reason.SOS].colour == ACT


def test_below_40_a_family_is_asked_for_no_call_and_sees_no_colour() -> None:
    least = {word.value: word for word in PLAIN_WHY if word.value and 100 < float(word.value) < 200}
    assert least.keys() == {100.0 + reason for reason in Reason if reason >= Reason.ALERT}
    for word in least.values():
        assert word.colour == PLAIN
        assert "call" not in word.text
    assert least[100.0 + Reason.URINARY].text == "Perhaps a change; nothing to do yet"


@pytest.mark.parametrize("words", [WHY, PLAIN_WHY], ids=["nurse", "family"])
def test_colours_follow_the_number_and_not_the_rule(words: tuple[Word, ...]) -> None:
    for word in words:
        code = float(word.value or 0)
        if 100 < code < 1000:
            assert word.colour == (PLAIN, WATCH, ACT)[int(code) // 100 - 1], word


@pytest.mark.parametrize("words", [WHY, PLAIN_WHY], ids=["nurse", "family"])
def test_what_is_not_known_is_grey_and_learning_says_which_day_it_is(words: tuple[Word, ...]) -> None:
    said = {word.value: word for word in words}
    assert {said[float(reason)].colour for reason in NOT_KNOWN} == {UNKNOWN}
    assert (said[1006.0].text.endswith(": day 6 of 14"), said[1006.0].colour) == (True, UNKNOWN)
    assert 1014.0 in said


def test_a_number_that_stands_for_not_known_is_grey_in_tiles_and_gauges() -> None:
    assert {word.value: word.colour for word in CONCERN_WORDS} == dict.fromkeys(
        (*NOT_KNOWN.values(), NOT_HEARD, None), UNKNOWN
    )
    for name in ("person", "caseload"):
        for panel in panels_of(load(f"victoriametrics/{name}.json")):
            field = json.dumps(panel.get("fieldConfig", {}))
            if panel["title"] in ("Concern", "Who do I visit first, and why?"):
                assert '"10": {"text": "10", "color": "#6E6E6E"' in field, panel["title"]


def test_each_cause_of_an_empty_evidence_panel_has_words_of_its_own() -> None:
    assert {word.value for word in JUDGED} == {*map(float, Judged), None}
    assert len({word.text for word in JUDGED}) == len(JUDGED)


def test_told_is_what_was_delivered_and_failed_and_nobody_are_said() -> None:
    for store in STORES:
        for name in ("family", "person"):
            text = next(json.dumps(p) for p in panels_of(load(f"{store}/{name}.json")) if p["title"] == TOLD.title)
            for word in DeliveryOutcome:
                assert f'"{word.value}": {{"text"' in text
            assert "outcome" in text
            assert "Nobody had to be told" not in text
            assert "from the message" not in text


def test_the_two_stores_differ_in_source_language_and_how_gaps_are_kept_alone() -> None:
    def bare(value: Any) -> Any:
        if isinstance(value, dict):
            languages = ("targets", "datasource", "target", "query", "expr", "current")
            gaps = ("spanNulls", "insertNulls")
            marks = ("titleFormat", "textFormat", "step", "mappings", *gaps)
            return {key: bare(inner) for key, inner in value.items() if key not in languages + marks}
        return [bare(inner) for inner in value] if isinstance(value, list) else value

    for wanted in DASHBOARDS.values():
        made = [bare(dashboard(wanted, store)) for store in STORES]
        assert made[0] == made[1]


def test_links_lead_to_dashboards_that_exist() -> None:
    uids = {wanted.uid for wanted in DASHBOARDS.values()}
    for text in FILES.values():
        assert set(re.findall(r"/d/([A-Za-z0-9_-]+)", text)) <= uids


@pytest.mark.parametrize("name", DASHBOARDS)
def test_influxql_can_say_every_ratio(name: str) -> None:
    """It joins nothing: the parts of a ratio may differ in field and aggregates only."""
    for _, target in asking.panels(DASHBOARDS[name]):
        if isinstance(target.query, Ratio):
            top, bottom = target.query.top, target.query.bottom
            same = ("measurement", "by", "where", "window", "homes")
            assert [getattr(top, key) for key in same] == [getattr(bottom, key) for key in same]


@pytest.mark.parametrize("store", STORES)
def test_a_log_is_sorted_by_step_within_an_hour_and_shows_no_number_of_it(store: str) -> None:
    """Grafana sorts by one column at a time and keeps the order of equals: the hour comes last."""
    panels = panels_of(load(f"{store}/person.json"))
    panel = next(p for p in panels if (p["title"], p["type"]) == ("Alerts and answers", "table"))
    sorts = [t["options"]["sort"] for t in panel["transformations"] if t["id"] == "sortBy"]
    assert sorts == [[{"field": "Value #C", "desc": False}], [{"field": "When", "desc": True}]]
    arranged = next(t["options"] for t in panel["transformations"] if t["id"] == "organize")
    assert arranged["excludeByName"] == {"Value #C": True}


def test_the_family_reads_no_clinical_word() -> None:
    text = FILES["victoriametrics/family.json"].lower()
    shown = " ".join(re.findall(r'"(?:title|description|text|novalue|content|legendformat)": "([^"]*)"', text))
    for word in (
        "news2",
        "evidence",
        "pattern",
        "score",
        "risk",
        "fall",
        "threshold",
        "anomal",
        "spo2",
        "pulse",
        "alarm",
    ):
        assert not re.search(rf"\b{word}", shown), word


def test_the_family_sees_who_was_told_of_an_alert_for_as_long_as_it_may_stand_open() -> None:
    for store in STORES:
        panel = next(p for p in panels_of(load(f"{store}/family.json")) if p["title"] == "What was told, and to whom?")
        assert asking.seconds(panel["timeFrom"]) == EPISODE_MOST_DAYS * 86_400


def test_one_home_on_the_family_page_is_never_all_homes() -> None:
    for store in STORES:
        home = load(f"{store}/family.json")["templating"]["list"][0]
        assert not home["includeAll"]
        assert not home["multi"]
