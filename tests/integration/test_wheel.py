"""The package as it installs: nothing of the tests in it, and it works where there is no checkout."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The content of a wheel that was built from a copy of the sources."""
    copy, wheels, unpacked = (tmp_path_factory.mktemp(name) for name in ("copy", "wheels", "unpacked"))
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True).stdout
    for name in filter(None, listed.decode().split("\0")):
        if (ROOT / name).is_file():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            (copy / name).write_bytes((ROOT / name).read_bytes())
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "-w", wheels, copy]
    subprocess.run(command, check=True, capture_output=True, timeout=200)
    zipfile.ZipFile(next(wheels.glob("*.whl"))).extractall(unpacked)
    return unpacked


def run(installed: Path, *words: str) -> str:
    environment = {**os.environ, "PYTHONPATH": str(installed)}
    command = [sys.executable, *words]
    return subprocess.run(
        command, cwd=installed, env=environment, check=True, capture_output=True, text=True, timeout=200
    ).stdout


def test_what_installs_is_the_program_alone(installed: Path) -> None:
    assert {path.name for path in installed.iterdir() if not path.name.endswith(".dist-info")} == {
        "dashboards",
        "drivers",
        "gateway",
        "rules",
    }
    assert not (installed / "dashboards" / "render").exists()


def test_what_is_installed_builds_dashboards_and_tells_a_demo(installed: Path) -> None:
    assert run(installed, "-c", "import gateway; print(gateway.__file__)").startswith(str(installed))
    before = (installed / "dashboards/json/influxdb/family.json").read_text()
    run(installed, "-m", "dashboards", "build")
    assert (installed / "dashboards/json/influxdb/family.json").read_text() == before
    assert "demo" in run(installed, "-m", "gateway", "demo", "--plain", "--weeks", "1", "--seconds", "1").lower()
