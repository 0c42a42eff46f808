"""The architecture as a test: who may import whom, how long a file may be, where the outside world may be touched."""

import ast
import re
import sys
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("drivers", "rules", "gateway", "dashboards", "benchmarks")
MAX_LINES = 300

# One number a folder (docs/architecture.md): it imports from lower floors and from itself, nothing else of ours.
FLOORS = {
    "drivers/kit": 1,
    "drivers": 2,
    "rules/terms": 1,
    "rules/core": 2,
    "rules/kit": 3,
    "rules": 4,
    "gateway/system": 5,
    "gateway/model": 6,
    "gateway/config": 7,
    "gateway/ingest": 7,
    "gateway/notifiers": 7,
    "gateway/sinks": 7,
    "gateway/sources": 8,
    "gateway/points": 8,
    "gateway/storage": 8,
    "gateway/grafana": 8,
    "gateway/alerts": 9,
    "gateway/learning": 9,
    "gateway/simulate": 9,
    "gateway/thinking": 10,
    "gateway/importers": 10,
    "dashboards": 10,
    "gateway/service": 11,
    "gateway/demo": 12,
    "gateway/cli": 13,
    "gateway": 14,
    "dashboards/render": 15,
}

FILES = sorted(p for package in PACKAGES for p in (ROOT / package).rglob("*.py"))
OURS = [p for p in FILES if p.relative_to(ROOT).parts[0] != "benchmarks"]
TESTS = sorted((ROOT / "tests").rglob("*.py"))

# The thinking part: no I/O, no clock, no locks. Folders, and single files of folders that do more.
THINKING = (
    "drivers/",
    "rules/",
    "gateway/model/",
    "gateway/points/",
    "gateway/learning/",
    "gateway/thinking/",
    "gateway/ingest/intake.py",
    "gateway/ingest/message_rates.py",
    "gateway/alerts/book.py",
    "gateway/alerts/wording.py",
    "gateway/system/printable.py",
)
OUTSIDE = {
    *("socket", "sqlite3", "threading", "queue", "time", "asyncio", "subprocess", "multiprocessing", "os"),
    *("serial", "paho"),
}

# Where each library that reaches outside may be imported.
ALLOWED = {
    "serial": {"gateway/sources/serial.py"},
    "paho": {"gateway/sources/mqtt.py", "gateway/notifiers/mqtt.py", "gateway/simulate/play.py"},
    "sqlite3": {"gateway/storage/journal.py", "gateway/alerts/journal.py", "gateway/storage/sqlite.py"},
    "influxdb_client": {"gateway/sinks/influx.py"},
    "urllib3": {"gateway/system/http_limits.py", "gateway/sinks/influx.py"},
    "apprise": {"gateway/notifiers/apprise.py", "gateway/system/apprise_process.py"},
    "grafana_api": {"gateway/grafana/api.py"},
    "iotcore": {"gateway/simulate/broker.py"},
    "threading": {"gateway/system/worker.py"},
    "queue": {"gateway/system/worker.py"},
    "time": {"gateway/system/clock.py", "gateway/system/worker.py"},
}
BROAD_EXCEPT = {
    "gateway/system/worker.py",
    "gateway/ingest/intake.py",
    "gateway/model/bulkhead.py",
    "drivers/kit/bulkhead.py",
}
CLOCKS = {"gateway/system/clock.py", "gateway/system/worker.py"}


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


def imports_of(path: Path) -> set[str]:
    """Every module that is imported anywhere in the file: in functions and for type checking alone, too."""
    found: set[str] = set()
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "absolute imports only"
            found |= {_module(node.module or "", alias.name) for alias in node.names}
    return found


def _module(package: str, name: str) -> str:
    """`from gateway.config import plan` imports a module, `from gateway.config.plan import Plan` a name of one."""
    folder = ROOT / package.replace(".", "/")
    return f"{package}.{name}" if (folder / f"{name}.py").exists() or (folder / name).is_dir() else package


def folder_of(module: str) -> str:
    """The folder a module of ours stands in, "" where it is none of ours, or a package that holds nothing itself."""
    path = ROOT / module.replace(".", "/")
    if path.is_dir() and not tree_of(path / "__init__.py").body[1:]:  # a catalogue names the folder it looks into
        return ""
    folder = path if path.is_dir() else path.parent
    return (
        name if (name := folder.relative_to(ROOT).as_posix()) in FLOORS and module.split(".", 1)[0] in PACKAGES else ""
    )


@pytest.mark.parametrize("path", [*FILES, *TESTS], ids=name_of)
def test_file_is_short(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= MAX_LINES, f"{name_of(path)} is over {MAX_LINES} lines: split it"


def test_every_folder_has_its_floor_and_every_floor_its_folder() -> None:
    assert {p.parent.relative_to(ROOT).as_posix() for p in OURS} == set(FLOORS)


@pytest.mark.parametrize("path", OURS, ids=name_of)
def test_file_imports_from_lower_floors_only(path: Path) -> None:
    own = path.parent.relative_to(ROOT).as_posix()
    for module in sorted(imports_of(path)):
        other = folder_of(module)
        assert not other or other == own or FLOORS[other] < FLOORS[own], (
            f"{name_of(path)} on floor {FLOORS[own]} imports {module} on floor {FLOORS[other]}"
        )


@pytest.mark.parametrize("path", OURS, ids=name_of)
def test_file_keeps_to_its_layer(path: Path) -> None:
    name = name_of(path)
    roots = {module.split(".", 1)[0] for module in imports_of(path)}
    package = name.split("/")[0]

    if package == "drivers":
        assert roots <= set(sys.stdlib_module_names) | {"drivers"}, roots
    if package == "rules":
        assert roots <= set(sys.stdlib_module_names) | {"rules", "numpy"}, roots
    if name.startswith(THINKING):
        assert not roots & OUTSIDE, f"{name} thinks, so it may not import {sorted(roots & OUTSIDE)}"
    if package == "gateway":
        assert not roots & {"tests", "benchmarks"}, roots
        for library, places in ALLOWED.items():
            assert library not in roots or name in places, f"{library} may be imported in {sorted(places)} only"


def test_what_is_named_here_is_there() -> None:
    named = {*BROAD_EXCEPT, *CLOCKS, *THINKING, *(place for places in ALLOWED.values() for place in places)}
    assert not [name for name in named if not (ROOT / name).exists()]


@pytest.mark.parametrize("path", OURS, ids=name_of)
def test_file_takes_no_lock_sleeps_nowhere_and_catches_narrowly(path: Path) -> None:
    name = name_of(path)
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            assert node.func.attr not in ("Lock", "RLock", "Semaphore", "Condition"), (
                f"{name}:{node.lineno} takes a lock"
            )
            assert node.func.attr != "sleep", f"{name}:{node.lineno} sleeps: wait for a condition with a timeout"
            if name not in CLOCKS:
                assert node.func.attr not in ("now", "utcnow", "today"), f"{name}:{node.lineno} reads a clock"
        if isinstance(node, ast.ExceptHandler) and name not in BROAD_EXCEPT:
            caught = ast.unparse(node.type) if node.type else ""
            assert caught not in ("", "Exception", "BaseException"), f"{name}:{node.lineno} catches everything"


def test_the_page_names_every_floor_and_no_file_that_is_not_there() -> None:
    page = (ROOT / "docs" / "architecture.md").read_text()
    files = set(re.findall(r"`((?:gateway|rules|drivers|tests)/[\w/]+\.py)`", page))
    assert len(files) > 10
    assert not [name for name in files if not (ROOT / name).is_file()]
    floors = page.partition("## Floors")[2].partition("## Glossary")[0]
    assert not [folder for folder in FLOORS if folder.removeprefix("gateway/") not in floors]
