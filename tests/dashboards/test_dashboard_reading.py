"""Whether a page can be read: by everybody, on paper, on a phone, and before anybody scrolls."""

import itertools
import json
from typing import Any

import pytest

from dashboards.__main__ import DASHBOARDS, files
from dashboards.grafana_json import STORES
from dashboards.palette import (
    ACT,
    JUDGED,
    LINES,
    MARK,
    OPEN,
    PATTERN_WORDS,
    PLAIN_WHY,
    UNKNOWN,
    USUAL,
    WATCH,
    WELL,
    WHY,
)
from gateway.grafana.desired_state import renamed
from gateway.points.caseload_priority import Reason
from rules.core.patterns import PATTERN_NAMES
from tests.dashboards.lint import PAGES, contrast, faults, panels_of
from tests.dashboards.lint_room import PHONE_PX, columns, first_columns, first_on_a_phone

FILES = files()
FILLS = {"well": WELL, "watch": WATCH, "unknown": UNKNOWN, "act": ACT}


def load(name: str) -> Any:
    return json.loads(FILES[name])


def panel(name: str, title: str) -> Any:
    return next(each for each in panels_of(load(f"victoriametrics/{name}.json")) if each["title"] == title)


@pytest.mark.parametrize(("one", "other"), [*itertools.combinations(FILLS, 2)])
def test_what_colours_mean_is_told_by_their_lightness_too(one: str, other: str) -> None:
    assert contrast(FILLS[one], FILLS[other]) >= 1.5


def test_the_more_urgent_is_the_darker() -> None:
    white = [contrast("#FFFFFF", fill) for fill in (WELL, WATCH, ACT)]
    assert white == sorted(white)


@pytest.mark.parametrize("colour", [*LINES, MARK, USUAL])
@pytest.mark.parametrize("page", PAGES)
def test_a_line_is_seen_on_white_and_on_black(colour: str, page: str) -> None:
    assert contrast(colour, page) >= 3


def test_an_open_alert_is_seen_in_a_strip_of_what_is_settled() -> None:
    assert contrast(OPEN, WELL) >= 3


@pytest.mark.parametrize(
    ("name", "seen"),
    [
        ("caseload", ["Who do I visit first, and why?"]),
        ("person", ["Why", "What has changed?", "Vital signs and their usual"]),
        ("family", ["Is everything all right?", "Who is on it?", "Last sign of movement"]),
        ("fleet", ["Which box needs me?"]),
        ("quality", ["Alerts a home and week", "Changes in 30 days", "So many by chance"]),
    ],
)
def test_a_page_answers_its_question_before_anybody_scrolls_on_a_phone(name: str, seen: list[str]) -> None:
    assert first_on_a_phone(load(f"victoriametrics/{name}.json")["panels"])[: len(seen)] == seen


@pytest.mark.parametrize(
    ("name", "title", "seen"),
    [
        ("caseload", "Who do I visit first, and why?", ["Home", "Why"]),
        ("person", "Alerts and answers", ["When", "Step", "What"]),
        ("person", "Vital signs and their usual", ["Sign", "Reading", "Value"]),
        ("person", "Which sensors are not heard now?", ["Sensor", "Room", "Now"]),
        ("family", "What was told, and to whom?", ["What", "To", "Result", "When"]),
        ("fleet", "Which box needs me?", ["Home", "Needs you", "Last heard"]),
        ("fleet", "Which sensors are silent?", ["Home", "Sensor"]),
    ],
)
def test_a_phone_shows_the_point_of_a_table_without_a_finger(name: str, title: str, seen: list[str]) -> None:
    assert first_columns(panel(name, title))[: len(seen)] == seen


def test_every_reason_fits_beside_the_home_on_a_phone() -> None:
    room_px = PHONE_PX - 48 - columns(panel("caseload", "Who do I visit first, and why?"))["Home"]
    too_long = [word.text for word in WHY if len(word.text) * 7.4 + 12 > room_px]
    assert not too_long
    assert {100.0 + Reason[name.upper()] for name in PATTERN_NAMES} <= {word.value for word in WHY}


def test_a_family_reads_the_answer_and_not_small_print() -> None:
    """A phone writes a longer sentence so small that nobody reads it."""
    assert max(len(word.text) for word in PLAIN_WHY) <= 37


def test_whether_a_day_could_be_compared_is_said_in_few_words() -> None:
    assert max(len(word.text) for word in JUDGED) <= 27, "a phone has room for no more in two lines"


def test_no_page_is_longer_than_somebody_scrolls() -> None:
    for name in DASHBOARDS:
        on_a_phone = sum(each["gridPos"]["h"] * 38 for each in load(f"victoriametrics/{name}.json")["panels"])
        assert on_a_phone <= 4500, name


@pytest.mark.parametrize("store", STORES)
@pytest.mark.parametrize(
    ("name", "title", "leads_to"),
    [
        ("person", "Why", "Alerts and answers"),
        ("person", "When was an alert open?", "Alerts and answers"),
        ("family", "Is everything all right?", "What was told, and to whom?"),
        ("family", "Was there anything to look at this week?", "What was told, and to whom?"),
    ],
)
def test_what_says_that_something_is_leads_to_what_it_is(store: str, name: str, title: str, leads_to: str) -> None:
    by_title = {each["title"]: each for each in panels_of(load(f"{store}/{name}.json"))}
    (link,) = by_title[title]["fieldConfig"]["defaults"]["links"]
    assert link["title"] == leads_to
    assert link["url"].endswith(f"?${{home:queryparam}}&viewPanel={by_title[leads_to]['id']}")


@pytest.mark.parametrize("name", ["person", "family"])
def test_a_mark_leads_to_its_story(name: str) -> None:
    model = load(f"victoriametrics/{name}.json")
    story = {"person": "Alerts and answers", "family": "What was told, and to whom?"}[name]
    number = next(each["id"] for each in panels_of(model) if each["title"] == story)
    mark = next(each for each in model["annotations"]["list"] if each["name"] == "Alerts")
    link = f'<a href="d/{model["uid"]}?var-home={{{{home}}}}&viewPanel={number}">'
    assert link in mark["textFormat"]
    moved = renamed(model["annotations"], {model["uid"]: f"{model['uid']}-north"})
    assert f'"d/{model["uid"]}-north?' in next(each["textFormat"] for each in moved["list"] if each["name"] == "Alerts")


def test_what_changed_stands_on_both_pages_in_words() -> None:
    for name in ("person", "family"):
        shown = json.dumps(panel(name, "What has changed?"))
        assert all(word.text in shown for word in PATTERN_WORDS)


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"title": "Who is it, and why? " * 8}, "its title is cut"),
        ({"gridPos": {"x": 0, "y": 0, "w": 8, "h": 14}}, "its columns want"),
    ],
)
def test_what_would_be_cut_is_seen(change: dict[str, Any], fault: str) -> None:
    model = load("victoriametrics/caseload.json")
    model["panels"][0] |= change
    assert any(fault in text for text in faults(model))


def test_a_claim_about_an_empty_store_is_seen() -> None:
    model = load("victoriametrics/caseload.json")
    model["panels"][0]["fieldConfig"]["defaults"]["noValue"] = "Nothing this week"
    assert any("claims what an empty store does not know" in text for text in faults(model))


def test_counts_have_whole_labels_at_their_axis() -> None:
    for name in FILES:
        for each in panels_of(load(name)):
            field = each.get("fieldConfig", {}).get("defaults", {})
            if each["type"] == "timeseries" and field.get("decimals") == 0 and "max" not in field:
                assert field["custom"]["axisSoftMax"] >= 4, f"{name}: {each['title']} would say 0, 1, 1"
