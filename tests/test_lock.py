"""What an installed box gets: each package at one version, by its hash, from wherever pip is set to look."""

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from benchmarks.licences import licence, locked

ROOT = Path(__file__).parent.parent
LOCK = (ROOT / "requirements.lock").read_text()
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
WANTED = [
    *PROJECT["project"]["dependencies"],
    *PROJECT["project"]["optional-dependencies"]["notify"],
    *PROJECT["build-system"]["requires"],
]


@pytest.mark.parametrize("wanted", WANTED)
def test_the_lock_covers(wanted: str) -> None:
    requirement = Requirement(wanted)
    versions = re.findall(rf"^{re.escape(requirement.name)}==([^\s;\\]+)", LOCK, re.MULTILINE)
    assert versions, "run `make lock`"
    assert all(requirement.specifier.contains(version) for version in versions), versions


def test_every_package_is_pinned_by_its_hash() -> None:
    blocks = re.split(r"^(?=\S)", re.sub(r"^\s*#.*\n", "", LOCK, flags=re.MULTILINE), flags=re.MULTILINE)
    for block in filter(str.strip, blocks):
        assert re.match(r"[a-z0-9._-]+==\S+", block), block[:80]
        assert re.search(r"--hash=sha256:[0-9a-f]{64}", block), block[:80]
    assert len(locked(LOCK)) >= len(WANTED)


def test_no_address_stands_in_it() -> None:
    assert not re.search(r"://|--index|--extra-index|--find-links|--trusted", LOCK)


def test_the_installation_takes_what_is_locked_and_nothing_else() -> None:
    script = (ROOT / "systemd" / "install.sh").read_text()
    assert re.findall(r"^ +pip (.*)$", script, re.MULTILINE) == [
        '--require-hashes -r "$here/requirements.lock"',
        '--no-deps --no-build-isolation "$here"',
    ]


def test_every_package_says_its_licence() -> None:
    said = {name: licence(name) for name in locked(LOCK)}
    assert "" not in said.values(), said
    copyleft = {name for name, each in said.items() if re.search(r"\b(A?GPL|GNU)", each)}
    assert not copyleft, "not what an Apache licence goes with"


def test_an_audit_that_cannot_ask_fails() -> None:
    (rule,) = re.findall(r"^audit:.*\n\t(.*)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert "--strict" in rule
    assert not rule.startswith("-"), "make would go on after a failure"
    assert "|| true" not in rule
