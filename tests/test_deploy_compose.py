"""The central stack's compose files: each service pinned, bounded and watched, and none without its secrets."""

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.central_stack import DEPLOY, FILES, services, stack


def whole() -> list[tuple[str, dict[str, Any]]]:
    return [(name, one) for path in FILES for name, one in services(path).items() if "image" in one]


@pytest.mark.parametrize(("name", "service"), whole(), ids=[name for name, _ in whole()])
def test_each_service_is_pinned_bounded_watched_and_comes_back(name: str, service: dict[str, Any]) -> None:
    assert re.fullmatch(r"[a-z/-]+:v?\d+\.\d+\.\d+(-alpine)?", service["image"])
    assert service["restart"] == "unless-stopped"
    assert service["mem_limit"]
    assert service["healthcheck"]["test"][0] == "CMD"
    assert "no-new-privileges:true" in service["security_opt"]
    for key, value in service.get("environment", {}).items():
        if re.search(r"PASSWORD|TOKEN|SECRET", key) and not key.startswith("GF_SMTP"):
            assert re.fullmatch(r"\$\{[A-Z_]+:\?.+\}", value), f"{name}: {key} must have no default"
    published = [port.split(":")[0] for port in service.get("ports", [])]
    assert published == {"nginx": ["443"], "mosquitto": ["8883"]}.get(name, []), "nothing but TLS is open"


def test_both_ways_of_installing_write_days_so_that_everybody_reads_them_alike() -> None:
    in_container = services(FILES[0])["grafana"]["environment"]
    on_debian = dict(re.findall(r'"?(GF_[A-Z_]+)=([^"\n]*)"', (DEPLOY / "debian/grafana-server.conf").read_text()))
    in_pictures = (DEPLOY.parent / "dashboards/render/src/main.jsx").read_text()
    for unit, text in {"HOUR": "D MMM HH:mm", "DAY": "D MMM", "MONTH": "MMM YYYY"}.items():
        name = f"GF_DATE_FORMATS_INTERVAL_{unit}"
        assert (in_container[name], on_debian[name]) == (text, text)
        assert f"{unit.lower()}: '{text}'" in in_pictures


def test_what_is_mounted_is_there_and_the_stores_are_inside() -> None:
    for name, service in whole():
        for mount in service.get("volumes", []):
            source = mount.split(":")[0]
            if source.startswith("./") and source.split("/")[1] != "secrets":
                assert (DEPLOY / source).is_dir(), f"{name}: {source}"
    networks = yaml.safe_load(FILES[0].read_text())["networks"]
    assert networks["inside"]["internal"] is True
    assert [name for name, one in whole() if list(one["networks"]) == ["inside"]] == [
        "victoria-metrics",
        "vmauth",
        "influxdb",
    ]


def compose() -> list[str]:
    """Docker Compose in either form, or skip."""
    if docker := shutil.which("docker"):
        asked = subprocess.run([docker, "compose", "version"], capture_output=True, timeout=30, check=False)
        if asked.returncode == 0:
            return [docker, "compose"]
    if old := shutil.which("docker-compose"):
        return [old]
    pytest.skip("neither `docker compose` nor docker-compose is installed, so only the YAML was checked")


@pytest.mark.parametrize("files", [FILES[:1], FILES], ids=["victoriametrics", "influxdb"])
def test_compose_takes_the_files_with_secrets_and_refuses_without(files: list[Path], tmp_path: Path) -> None:
    command = compose() + [part for path in files for part in ("-f", str(path))]
    stack(tmp_path, "init", "--host", "care.example.org")
    bare = {"PATH": os.environ["PATH"], "HOME": str(tmp_path)} | {
        key: os.environ[key] for key in ("PYTHONPATH",) if key in os.environ
    }
    given = bare | dict(line.split("=", 1) for line in (tmp_path / ".env").read_text().splitlines())

    (empty := tmp_path / "project").mkdir()  # no .env there

    def config(environment: dict[str, str]) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [*command, "--project-directory", str(empty), "config"],
            env=environment, capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip

    accepted = config(given)
    assert accepted.returncode == 0, accepted.stderr
    refused = config(bare)
    assert refused.returncode != 0
    assert "stack.py init" in refused.stderr
