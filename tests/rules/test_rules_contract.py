"""The contract of rules, over every module of `rules` that is one. A new rule is tested here without being named."""

import ast
import copy
import dataclasses
import inspect
import math
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

from drivers.kit.quantity import QUANTITIES
from gateway.alerts.codec import decode, encode
from gateway.model.alert import Alert, State
from rules.kit import catalogue
from rules.kit.contract import Window
from rules.terms.finding import Finding
from tests.rules.windows import anything

NAMES = catalogue.names()
ARRAYS = ("value", "count", "last_value", "last_ns", "event_ns", "silent")
BANNED = (  # words of a diagnosis, of a promise, or of nobody's kitchen
    "diagnos",
    "infection",
    "uti ",
    "sepsis",
    "stroke",
    "heart attack",
    "dementia",
    "delirium",
    "hypothermia",
    "emergency service",
    "999",
    "guarantee",
    "anomaly",
    "z-score",
    "nan",
    "inf ",
    "none ",
    "null",
)
ALLOWED = ("none heard",)


def texts(finding: Finding) -> tuple[str, ...]:
    f = finding
    return (f.what, f.next_step, f.usual, f.now, f.missing, f.chance, f.clears)


def check_finding(name: str, finding: Finding, window: Window) -> None:
    assert finding.rule == name
    assert finding.what.strip()
    assert finding.next_step.strip()
    assert finding.clears.strip(), "people are told what would end it"
    assert math.isfinite(finding.hold_s)
    assert finding.hold_s >= 0
    assert 0 <= finding.since_ns <= max(window.time_ns, 0)
    assert set(finding.sensors) <= {channel.id for channel in window.channels}
    alert = Alert(1, finding, State.ACTIVE, raised_ns=1, changed_ns=1)
    assert decode(encode(alert)) == alert, "a numpy scalar or the like, which the alert journal would refuse"
    for text in texts(finding):
        plain = text.lower()
        for allowed in ALLOWED:
            plain = plain.replace(allowed, "")
        assert not [word for word in BANNED if word in f"{plain} "], text
        assert "\n" not in text
        assert len(text) <= 300, "a family reads this on a phone"


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=120, suppress_health_check=list(HealthCheck))
@given(window=anything())
def test_any_window_gives_well_formed_findings_and_is_left_alone(name: str, window: Window) -> None:
    rule = catalogue.build(name, {})
    before = {array: getattr(window, array).tobytes() for array in ARRAYS}
    found = rule.check(window)
    identities = [(finding.rule, finding.subject) for finding in found]
    assert len(identities) == len(set(identities))
    for finding in found:
        check_finding(name, finding, window)
    assert rule.check(copy.copy(window)) == found, "the same window gives the same findings"
    assert {array: getattr(window, array).tobytes() for array in ARRAYS} == before


@pytest.mark.parametrize("name", NAMES)
def test_an_empty_home_has_no_findings(name: str) -> None:
    empty = Window(
        channels=(),
        time_ns=1_700_000_000 * 10**9,
        zone=ZoneInfo("Europe/London"),
        value=np.zeros((60, 0), np.float32),
        count=np.zeros((60, 0), np.uint16),
        last_value=np.zeros(0),
        last_ns=np.zeros(0, np.int64),
        event_ns=np.zeros(0, np.int64),
        silent=np.zeros(0, np.bool_),
        watching_since_ns=1,
    )
    assert catalogue.build(name, {}).check(empty) == []


@pytest.mark.parametrize("name", NAMES)
def test_shape_of_the_module(name: str) -> None:
    module = catalogue.load(name)
    assert module.TITLE.strip()
    assert "\n" not in module.TITLE
    rule = module.Rule
    assert dataclasses.is_dataclass(rule)
    assert rule.__dataclass_params__.frozen
    assert rule.wakes_on <= QUANTITIES.keys()


@pytest.mark.parametrize("name", NAMES)
def test_every_setting_has_a_default_and_says_where_it_comes_from(name: str) -> None:
    module = catalogue.load(name)
    for field in dataclasses.fields(module.Rule):
        required = field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
        assert not required, f"{name}.{field.name} has no default"
    tree = ast.parse(inspect.getsource(module))
    body = next(n for n in tree.body if isinstance(n, ast.ClassDef) and n.name == "Rule").body
    lines = inspect.getsource(module).splitlines()
    for i, node in enumerate(body):
        if not isinstance(node, ast.AnnAssign) or "ClassVar" in ast.unparse(node.annotation):
            continue
        after = body[i + 1] if i + 1 < len(body) else None
        told = isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant)
        assert told or "#" in lines[node.lineno - 1] or "#" in lines[node.lineno - 2], ast.unparse(node.target)
