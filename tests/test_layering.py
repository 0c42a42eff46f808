"""The architecture as a test: who may import whom, how long a file may be, where the outside world may be touched."""

import ast
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("drivers", "rules", "gateway", "dashboards", "benchmarks")
MAX_LINES = 300

FILES = sorted(p for package in PACKAGES for p in (ROOT / package).rglob("*.py"))
TESTS = sorted((ROOT / "tests").rglob("*.py"))

# The thinking part: no I/O, no clock, no locks.
THINKING = {
    f"gateway/{name}.py"
    for name in (
        "engine",
        "intake",
        "bulkhead",
        "rates",
        "store",
        "summary",
        "silence",
        "alert",
        "alerts",
        "point",
        "leaf",
        "said",
        "home",
        "wording",
        "story",
    )
}

# Where each library that reaches outside may be imported.
ALLOWED = {
    "serial": {"gateway/sources/serial.py"},
    "paho": {"gateway/sources/mqtt.py", "gateway/notifiers/mqtt.py", "gateway/simulate/play.py"},
    "sqlite3": {"gateway/journal.py", "gateway/alert_journal.py", "gateway/sqlite.py"},
    "influxdb_client": {"gateway/sinks/influx.py"},
    "urllib3": {"gateway/exchange.py", "gateway/sinks/influx.py"},
    "apprise": {"gateway/notifiers/apprise.py", "gateway/sending.py"},
    "grafana_api": {"gateway/grafana.py"},
    "iotcore": {"gateway/simulate/broker.py"},
    "threading": {"gateway/worker.py"},
    "queue": {"gateway/worker.py"},
    "time": {"gateway/clock.py", "gateway/worker.py"},
}
BROAD_EXCEPT = {"gateway/worker.py", "gateway/intake.py", "gateway/bulkhead.py", "drivers/bulkhead.py"}


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def imports_of(tree: ast.AST) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "absolute imports only"
            found.add(node.module or "")
    return found


@pytest.mark.parametrize("path", [*FILES, *TESTS], ids=name_of)
def test_file_is_short(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= MAX_LINES, f"{name_of(path)} is over {MAX_LINES} lines: split it"


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_file_keeps_to_its_layer(path: Path) -> None:
    name = name_of(path)
    tree = ast.parse(path.read_text())
    roots = {module.split(".")[0] for module in imports_of(tree)}
    package = name.split("/")[0]

    if package == "benchmarks":
        return
    if package == "drivers":
        assert roots <= set(sys.stdlib_module_names) | {"drivers"}, roots
    if package == "rules":
        assert roots <= set(sys.stdlib_module_names) | {"rules", "numpy"}, roots
    if package in ("drivers", "rules") or name in THINKING:
        outside = {
            "socket",
            "sqlite3",
            "threading",
            "queue",
            "time",
            "asyncio",
            "subprocess",
            "multiprocessing",
            "os",
            "serial",
            "paho",
        }
        assert not roots & outside, f"{name} thinks, so it may not import {sorted(roots & outside)}"
    if package == "gateway":
        assert not roots & {"tests", "benchmarks"}, roots
    for library, places in ALLOWED.items():
        if library in roots and package == "gateway":
            assert name in places, f"{library} may be imported in {sorted(places)} only"


@pytest.mark.parametrize("path", [p for p in FILES if not name_of(p).startswith("benchmarks/")], ids=name_of)
def test_file_takes_no_lock_sleeps_nowhere_and_catches_narrowly(path: Path) -> None:
    name = name_of(path)
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            assert node.func.attr not in ("Lock", "RLock", "Semaphore", "Condition"), (
                f"{name}:{node.lineno} takes a lock"
            )
            assert node.func.attr != "sleep", f"{name}:{node.lineno} sleeps: wait for a condition with a timeout"
            if name not in ("gateway/clock.py", "gateway/worker.py"):
                assert node.func.attr not in ("now", "utcnow", "today"), f"{name}:{node.lineno} reads a clock"
        if isinstance(node, ast.ExceptHandler) and name not in BROAD_EXCEPT:
            caught = ast.unparse(node.type) if node.type else ""
            assert caught not in ("", "Exception", "BaseException"), f"{name}:{node.lineno} catches everything"
