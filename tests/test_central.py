"""docs/central.md as its reader meets it: its commands are run, its configuration is used, its sizes are worked out."""

import contextlib
import json
import os
import re
import shutil
import stat
import subprocess
import sys
import time
import tomllib
import urllib.parse
from pathlib import Path

import pytest

from benchmarks.sizes import HEADINGS, Measured, rows
from gateway.model.contracts import NotifyError
from gateway.notifiers import mqtt
from tests import servers
from tests.central_stack import DEPLOY, TEMPORARY, Front, certificate, secret, stack, talking, wait
from tests.notifiers.test_notifiers_contract import MESSAGE

ROOT = DEPLOY.parent
PAGE = (ROOT / "docs/central.md").read_text()
DEBIAN = PAGE[PAGE.index("## Without containers") : PAGE.index("## Looking after it")]
SHELL = re.findall(r"^```sh\n(.*?)^```", DEBIAN, re.MULTILINE | re.DOTALL)


def notifier_of_the_page() -> dict[str, object]:
    blocks = re.findall(r"^```toml\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    (found,) = (block["notifier"][0] for block in map(tomllib.loads, blocks) if "notifier" in block)
    assert found["type"] == "mqtt"
    options: dict[str, object] = found["options"]
    return options


# Sizes


def test_the_sizes_are_those_of_the_measured_figures() -> None:
    measured = (ROOT / "docs/data.md").read_text()

    def figure(pattern: str) -> float:
        found = re.search(pattern, measured)
        assert found, f"docs/data.md: no {pattern}"
        return float(found[1].replace(",", ""))

    made = rows(
        Measured(
            lines_a_home_day=figure(r"lines a home and day \| ([\d,]+)"),
            mb_a_home_day=figure(r"\| ([\d.]+) MB a day"),
            disk_mb_a_home_year=figure(r"to (\d+) MB a year"),
            memory_gb=figure(r"10,000 homes: .* with ([\d.]+) GB of memory"),
            memory_homes=10_000,
        )
    )
    table = [tuple(row.strip("| ").split(" | ")) for row in PAGE.splitlines() if row.startswith("| ")]
    start = table.index(HEADINGS)
    assert table[start + 1 : start + 1 + len(made)] == made


# Debian


def stubs(directory: Path, log: Path) -> Path:
    """Programs that only say what they were asked: those that would change the machine."""
    directory.mkdir()
    spoken = {name: f'echo "{name} $*" >> {log}' for name in ("apt", "systemctl", "nginx")}
    spoken |= {"sudo": 'exec env "$@"', "kinlight": f'exec {sys.executable} -m gateway "$@"'}
    for name, text in spoken.items():
        path = directory / name
        path.write_text(f"#!/bin/sh\n{text}\n")
        path.chmod(0o755)
    return directory


@pytest.fixture
def machine(tmp_path: Path) -> tuple[Path, str, list[str]]:
    """What the guide does, below a directory: (directory, what was printed, what systemctl and apt were asked)."""
    if not shutil.which("envsubst"):
        pytest.skip("envsubst is not installed (gettext-base), so the guide's commands were not run")
    ca = certificate(tmp_path / "tls")
    etc, log, here = tmp_path / "etc", tmp_path / "asked", tmp_path / "checkout"
    for name in ("default", "nginx/conf.d", "nginx/sites-enabled", "mosquitto/conf.d", "systemd/system", "grafana"):
        (etc / name).mkdir(parents=True)
    here.mkdir()
    (here / "deploy").symlink_to(DEPLOY)
    for name in ("fullchain.pem", "privkey.pem"):
        shutil.copy(ca.parent / name, here / name)
    blocks = [block for block in SHELL if "venv /opt" not in block]
    assert len(blocks) == len(SHELL) - 1
    text = "set -eu\n" + "".join(blocks)
    text = text.replace("git clone … kinlight && cd kinlight", "").replace("care.example.org", "localhost")
    text = text.replace("/etc/", f"{etc}/").replace("-o mosquitto ", "")
    path = f"{stubs(tmp_path / 'bin', log)}:{os.environ['PATH']}"
    done = subprocess.run(
        ["sh", "-c", text], cwd=here, capture_output=True, text=True, timeout=60, check=False,
        env={"PATH": path, "PYTHONPATH": str(ROOT), "HOME": str(tmp_path)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr + done.stdout
    return tmp_path, done.stdout, log.read_text().splitlines()


def test_the_debian_guide_leaves_what_the_services_read(machine: tuple[Path, str, list[str]]) -> None:
    directory, printed, asked = machine
    etc = directory / "etc"
    values = dict(row.split("=", 1) for row in (etc / "kinlight-central/.env").read_text().splitlines())
    grafana = dict(row.split("=", 1) for row in (etc / "kinlight-central/grafana.env").read_text().splitlines())
    assert grafana == {
        "GF_SECURITY_ADMIN_PASSWORD": values["GRAFANA_ADMIN_PASSWORD"],
        "KINLIGHT_READ_TOKEN": values["KINLIGHT_READ_TOKEN"],
        "GF_SERVER_ROOT_URL": "https://localhost/",
    }
    assert stat.S_IMODE((etc / "kinlight-central/grafana.env").stat().st_mode) == 0o600
    unit = (etc / "systemd/system/grafana-server.service.d/kinlight.conf").read_text()
    assert "EnvironmentFile=/etc/kinlight-central/grafana.env" in unit
    provisioned = etc / "grafana/provisioning"
    assert len(list((provisioned / "kinlight").glob("*.json"))) == 5
    source = json.loads((provisioned / "datasources/kinlight.yaml").read_text())["datasources"][0]
    assert (source["url"], "KINLIGHT_READ_TOKEN" in json.dumps(source)) == ("http://127.0.0.1:8427", True)
    assert "home-42: token to write" in printed
    for service in ("victoria-metrics", "vmauth", "nginx", "mosquitto", "grafana-server"):
        started = [row for row in asked if re.fullmatch(rf"systemctl restart .*\b{service}\b.*", row)]
        assert started, f"{service} was started by its installation and goes on with its old settings"
    assert not list((etc / "nginx/sites-enabled").iterdir()), "port 80 is closed"


def test_what_the_debian_guide_made_runs_with_the_real_programs(machine: tuple[Path, str, list[str]]) -> None:
    if reason := servers.missing("nginx", "vmauth", "victoria-metrics", "mosquitto"):
        pytest.skip(reason)
    directory, printed, _ = machine
    etc = directory / "etc"
    store, door, https, broker = (servers.free_port() for _ in range(4))
    swaps = {
        "127.0.0.1:8428": f"127.0.0.1:{store}", "127.0.0.1:8427": f"127.0.0.1:{door}",
        "listen 443": f"listen 127.0.0.1:{https}", "listener 8883": f"listener {broker} 127.0.0.1",
        "/var/lib/victoria-metrics": str(directory / "store"), "%d/auth.yml": f"{etc}/kinlight-central/auth.yml",
    }  # fmt: skip

    def here(path: str) -> str:
        text = (etc / path).read_text()
        for old, new in swaps.items():
            text = text.replace(old, new)
        return re.sub(r"(?<![\w.])/etc/", f"{etc}/", text)

    (etc / "kinlight-central/auth.yml").write_text(here("kinlight-central/secrets/vmauth/auth.yml"))
    arguments = re.search(r'^ARGS="(.*)"$', here("default/victoria-metrics"), re.MULTILINE)
    started = re.search(r"^ExecStart=/usr/bin/vmauth (.*)$", here("systemd/system/vmauth.service"), re.MULTILINE)
    assert arguments
    assert started
    root = os.geteuid() == 0
    places = " ".join(f"{kind}_temp_path {directory}/{kind};" for kind in TEMPORARY)
    (directory / "nginx.conf").write_text(
        f"daemon off; pid {directory}/pid; error_log {directory}/error.log; events {{}}\n{'user root;' if root else ''}"
        f"http {{ access_log off; {places}\n{here('nginx/conf.d/kinlight.conf')}}}"
    )
    # Debian's own file, which reads conf.d, and a user where the tests run as root.
    (directory / "mosquitto.conf").write_text(
        f"persistence true\npersistence_location {directory}/\n{'user root' if root else ''}\n"
        + here("mosquitto/conf.d/kinlight.conf")
    )
    running = [
        ("victoria-metrics", arguments[1].split(), store, lambda: servers.answers(f"http://127.0.0.1:{store}/health")),
        ("vmauth", started[1].split(), door, lambda: servers.answers(f"http://127.0.0.1:{door}/health")),
        ("nginx", ["-c", str(directory / "nginx.conf"), "-p", str(directory)], https, lambda: servers.listens(https)),
        ("mosquitto", ["-c", str(directory / "mosquitto.conf")], broker, lambda: servers.listens(broker)),
    ]
    writer, ca = secret(printed, "token to write"), directory / "tls/fullchain.pem"
    now = int(time.time())
    with contextlib.ExitStack() as stopping:
        for name, given, port, ready in running:
            server = servers.Server([servers.program(name), *given], port, ready, directory / f"{name}.log")
            stopping.callback(server.stop)
            server.start()
        front = Front(f"https://localhost:{https}", ca, writer, "", "")
        assert front.get("/api/v2/write?precision=s", writer, f"guide up=1.0 {now}".encode())[0] == 204
        assert "vm_app_start_timestamp" in front.get("/metrics", writer)[1]
        servers.get(f"http://127.0.0.1:{store}/internal/force_flush")
        asked = urllib.parse.urlencode({"match[]": "guide_up", "start": now - 9})
        series = json.loads(servers.get(f"http://127.0.0.1:{store}/api/v1/series?{asked}"))["data"]
        assert [one["home"] for one in series] == ["home-42"]
        with talking(broker, ca, "home-42", secret(printed, "MQTT password")):
            pass


# The broker


def test_the_notifier_of_the_page_reaches_the_listener_and_the_default_topic_says_its_mend(tmp_path: Path) -> None:
    if reason := servers.missing("mosquitto"):
        pytest.skip(reason)
    options = notifier_of_the_page()
    home = str(options["username"])
    assert options["topic"] == f"kinlight/{home}/alerts"
    ca = certificate(tmp_path / "tls")
    listens = secret(stack(tmp_path, "init", "--host", "localhost"), "user listener  password")
    password = secret(stack(tmp_path, "home", home), "MQTT password")
    port = servers.free_port()
    config = (DEPLOY / "mosquitto/mosquitto.conf").read_text().replace("listener 8883", f"listener {port} 127.0.0.1")
    for place, there in {
        "/mosquitto/tls": tmp_path / "tls", "/mosquitto/secrets": tmp_path / "secrets/mosquitto",
        "/mosquitto/config": DEPLOY / "mosquitto", "/mosquitto/data": tmp_path,
    }.items():  # fmt: skip
        config = config.replace(place, str(there))
    (tmp_path / "conf").write_text(config + ("user root\n" if os.geteuid() == 0 else ""))
    command = [servers.program("mosquitto"), "-c", str(tmp_path / "conf")]
    broker = servers.Server(command, port, lambda: servers.listens(port), tmp_path / "log")
    here = options | {"host": "localhost", "port": port, "tls_ca": str(ca), "password": password}
    try:
        broker.start()
        with talking(port, ca, "listener", listens) as listener:
            listener.on_subscribe = lambda _c, state, *_: state.update(subscribed=True)
            listener.subscribe("kinlight/#", qos=1)
            wait(lambda: listener.user_data_get().get("subscribed"))
            mqtt.create(mqtt.Options(**here)).send(MESSAGE)  # type: ignore[arg-type]
            heard = listener.user_data_get()["topics"]
            wait(lambda: bool(heard))
            assert heard == [f"kinlight/{home}/alerts"]
            by_default = mqtt.Options(**{key: value for key, value in here.items() if key != "topic"})  # type: ignore[arg-type]
            with pytest.raises(NotifyError, match=r"Not authorized; set `topic`.*kinlight/<username>/alerts"):
                mqtt.create(by_default).send(MESSAGE)
    finally:
        broker.stop()
