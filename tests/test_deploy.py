"""The central stack: what can be proven of it without containers, with the real programs where they are installed."""

import contextlib
import json
import os
import re
import shutil
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import paho.mqtt.client as mqtt
import pytest
import yaml
from paho.mqtt.enums import CallbackAPIVersion
from typer.testing import CliRunner

from gateway import grafana_files
from gateway.commands.dashboards import app as dashboards
from gateway.grafana_alerts import Store
from gateway.grafana_settings import settings
from gateway.grafana_wanted import wanted
from gateway.leaf import Outcome, Verdict
from gateway.sinks import influx as influx_sink
from tests import servers

DEPLOY = Path(__file__).parent.parent / "deploy"
FILES = [DEPLOY / "compose.yaml", DEPLOY / "compose.influxdb.yaml"]
SEEN_AT = "/var/lib/kinlight/dashboards"


def services(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(path.read_text())["services"]
    return found


def whole() -> list[tuple[str, dict[str, Any]]]:
    return [(name, one) for path in FILES for name, one in services(path).items() if "image" in one]


def stack(directory: Path, *arguments: str) -> str:
    """What `stack.py` prints."""
    command = [sys.executable, str(DEPLOY / "stack.py"), "--directory", str(directory), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False, umask=0o077)
    if done.returncode:
        raise RuntimeError(done.stderr)
    return done.stdout


def secret(printed: str, words: str) -> str:
    found = re.search(rf"{words}\s+(\S+)$", printed, re.MULTILINE)
    assert found, printed
    return found[1]


# The compose files


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


@pytest.mark.parametrize("store", Store)
def test_grafana_s_files_are_what_the_code_makes(store: Store) -> None:
    """Made with: GRAFANA_STORE_URL=http://store:8086 kinlight dashboards build, without the dashboards themselves."""
    given = settings(store=store.value, store_url="http://store:8086", store_token="x")
    made = grafana_files.files(given, wanted(given, []), SEEN_AT)
    directory = DEPLOY / "grafana" / store.value
    there = {
        path.relative_to(directory).as_posix(): yaml.safe_load(path.read_text()) for path in directory.rglob("*.yaml")
    }
    assert there == made


def mounted(store: Store) -> dict[str, Path]:
    """Where Grafana's mounts come from by their target: of one target Compose takes the last file's."""
    files = FILES[:1] if store is Store.VICTORIAMETRICS else FILES
    mounts = [mount.split(":") for path in files for mount in services(path)["grafana"]["volumes"]]
    return {target: (DEPLOY / source).resolve() for source, target, *_ in mounts}


@pytest.fixture(params=["compose", "debian"])
def provisioning(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    """(directory, found) of a store: its provisioning files and where a path in them is on this machine."""

    def of(store: Store) -> tuple[Path, Any]:
        if request.param == "compose":
            mounts = mounted(store)
            return mounts["/etc/grafana/provisioning"], mounts.get
        built = ["build", str(tmp_path), "--store", store.value]
        done = CliRunner(env={"GRAFANA_STORE_URL": "http://127.0.0.1:8427"}).invoke(dashboards, built)
        assert done.exit_code == 0, done.output
        return tmp_path, Path

    return of


@pytest.mark.parametrize("store", Store)
def test_what_grafana_finds_is_of_its_store_and_everything_once(store: Store, provisioning: Any) -> None:
    directory, found = provisioning(store)
    (provider,) = yaml.safe_load((directory / "dashboards/kinlight.yaml").read_text())["providers"]
    (source,) = yaml.safe_load((directory / "datasources/kinlight.yaml").read_text())["datasources"]
    pages = [json.loads(path.read_text()) for path in found(provider["options"]["path"]).rglob("*.json")]
    assert len(pages) == 5
    for key in ("uid", "title"):
        assert len({page[key] for page in pages}) == len(pages), f"Grafana takes none of those that share a {key}"
    asked = re.findall(r'"datasource": {"type": "(\w+)", "uid": "([\w-]+)"}', json.dumps(pages))
    assert set(asked) == {(source["type"], source["uid"])} == {(store.plugin, store.uid)}


# The secrets


def test_secrets_are_made_once_and_differ(tmp_path: Path) -> None:
    printed = stack(tmp_path, "init", "--host", "care.example.org")
    values = dict(line.split("=", 1) for line in (tmp_path / ".env").read_text().splitlines())
    tokens = [value for key, value in values.items() if key not in ("KINLIGHT_HOST", "COMPOSE_PROJECT_NAME")]
    assert len(set(tokens)) == len(tokens) == 4
    assert all(len(value) >= 40 for value in tokens)
    assert values["GRAFANA_ADMIN_PASSWORD"] in printed
    assert (tmp_path / ".env").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "secrets").stat().st_mode & 0o777 == 0o700
    inner = [path.stat().st_mode & 0o777 for path in (tmp_path / "secrets").iterdir()]
    assert inner == [0o755] * 3, "containers read them as users of their own"
    with pytest.raises(RuntimeError, match="there already"):
        stack(tmp_path, "init", "--host", "care.example.org")
    stack(tmp_path, "home", "h1")
    with pytest.raises(RuntimeError, match="home h1 is there already; for a token that reads it: --read"):
        stack(tmp_path, "home", "h1")


def test_a_home_that_is_in_gets_a_reader_later_and_keeps_its_own_secrets(tmp_path: Path) -> None:
    stack(tmp_path, "init", "--host", "care.example.org")
    stack(tmp_path, "home", "h1-b")
    stack(tmp_path, "home", "h1")
    auth, passwords = tmp_path / "secrets/vmauth/auth.yml", tmp_path / "secrets/mosquitto/passwords"
    before = auth.read_text(), passwords.read_text()
    printed = stack(tmp_path, "home", "h1", "--read")
    assert "write" not in printed
    assert "MQTT" not in printed
    assert auth.read_text().startswith(before[0])
    assert passwords.read_text() == before[1]
    users = yaml.safe_load(auth.read_text())["users"]
    assert users[-1]["bearer_token"] == secret(printed, "token to read")
    assert users[-1]["url_map"][0]["url_prefix"].endswith("extra_label=home=h1")
    with pytest.raises(RuntimeError, match="home h1 is there already; to change"):
        stack(tmp_path, "home", "h1", "--read")
    assert len(yaml.safe_load(auth.read_text())["users"]) == len(users) == 4


@pytest.mark.parametrize("home", ["a b", "h1\n  - bearer_token: x", "listener", "", "h/1", "١"])
def test_a_home_s_id_cannot_write_more_than_itself(home: str, tmp_path: Path) -> None:
    stack(tmp_path, "init", "--host", "care.example.org")
    before = (tmp_path / "secrets/vmauth/auth.yml").read_text()
    with pytest.raises(RuntimeError, match="cannot be a home's id"):
        stack(tmp_path, "home", "--", home)
    assert (tmp_path / "secrets/vmauth/auth.yml").read_text() == before


# The programs themselves


def certificate(directory: Path) -> Path:
    """A certificate for this machine, and its key."""
    if not servers.program("openssl"):
        pytest.skip("openssl not installed")
    directory.mkdir()
    subprocess.run(
        [servers.program("openssl"), "req", "-x509", "-nodes", "-newkey", "ec", "-pkeyopt",
         "ec_paramgen_curve:prime256v1",
         "-keyout", str(directory / "privkey.pem"), "-out", str(directory / "fullchain.pem"), "-days", "2",
         "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost"],
        check=True, capture_output=True, timeout=30,
    )  # fmt: skip
    return directory / "fullchain.pem"


@dataclass
class Front:
    """nginx and vmauth before a store, as the stack has them."""

    url: str
    ca: Path
    writer: str
    reader: str
    other_writer: str

    def get(self, path: str, token: str, body: bytes | None = None) -> tuple[int, str]:
        asked = urllib.request.Request(f"{self.url}{path}", data=body, headers={"Authorization": f"Bearer {token}"})
        trusted = ssl.create_default_context(cafile=str(self.ca))
        try:
            with urllib.request.urlopen(asked, timeout=10, context=trusted) as reply:
                return reply.status, reply.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()


@pytest.fixture
def front(victoria: servers.Store, tmp_path: Path) -> Iterator[Front]:
    """The same files the containers use, filled in for this machine."""
    if reason := servers.missing("nginx", "vmauth"):
        pytest.skip(reason)
    ca = certificate(tmp_path / "tls")
    stack(tmp_path, "init", "--host", "localhost", "--store-url", victoria.url)
    one, two = stack(tmp_path, "home", "d-1"), stack(tmp_path, "home", "d-2")
    read = stack(tmp_path, "home", "d-1", "--read")
    vmauth_port, port = servers.free_port(), servers.free_port()
    names = {
        "KINLIGHT_HTTPS_PORT": f"127.0.0.1:{port}",
        "KINLIGHT_HOST": "localhost",
        "KINLIGHT_TLS": str(tmp_path / "tls"),
        "KINLIGHT_RESOLVER": "127.0.0.1",
        "KINLIGHT_STORE": f"http://127.0.0.1:{vmauth_port}",
        "KINLIGHT_STORE_METRICS": victoria.url,
        "KINLIGHT_GRAFANA": "http://127.0.0.1:9",
    }
    text = (DEPLOY / "nginx/kinlight.conf.template").read_text()
    filled = re.sub(r"\$\{(KINLIGHT_\w+)\}", lambda found: names[found[1]], text)
    assert "${" not in filled
    places = [f"{kind}_temp_path {tmp_path}/{kind};" for kind in TEMPORARY]
    whole_config = (
        f"daemon off; pid {tmp_path}/pid; error_log {tmp_path}/error.log; events {{}}\n"
        + ("user root;" if os.geteuid() == 0 else "")
        + f"http {{ access_log off; {' '.join(places)}\n{filled}}}"
    )
    (tmp_path / "nginx.conf").write_text(whole_config)
    config = ["-c", str(tmp_path / "nginx.conf"), "-p", str(tmp_path)]
    checked = subprocess.run(
        [servers.program("nginx"), "-t", *config], capture_output=True, text=True, timeout=30, check=False
    )
    assert checked.returncode == 0, checked.stderr
    auth = tmp_path / "secrets/vmauth/auth.yml"
    address = f"127.0.0.1:{vmauth_port}"
    vmauth = servers.Server(
        [servers.program("vmauth"), f"-auth.config={auth}", f"-httpListenAddr={address}"],
        vmauth_port, lambda: servers.answers(f"http://{address}/health"), tmp_path / "vmauth.log",
    )  # fmt: skip
    nginx = servers.Server(
        [servers.program("nginx"), *config], port, lambda: servers.listens(port), tmp_path / "nginx.out"
    )
    with contextlib.ExitStack() as running:
        for server in (vmauth, nginx):
            running.callback(server.stop)
            server.start()
        words = "token to write", "token to read"
        yield Front(
            f"https://localhost:{port}", ca, secret(one, words[0]), secret(read, words[1]), secret(two, words[0])
        )


TEMPORARY = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")


def test_a_home_writes_as_itself_alone_and_reads_nothing(front: Front, victoria: servers.Store) -> None:
    now = int(time.time())
    line = f"deploytest,home=somebody-else up=1.0 {now}".encode()
    assert front.get("/api/v2/write?bucket=kinlight&precision=s", front.writer, line)[0] == 204
    assert front.get("/api/v2/write?bucket=kinlight&precision=s&extra_label=home=d-9", front.writer, line)[0] == 204
    assert front.get("/api/v2/write?bucket=kinlight&precision=s", front.other_writer, line)[0] == 204
    assert front.get("/api/v2/write?bucket=kinlight&precision=s", "wrong", line)[0] in (400, 401)
    servers.get(f"{victoria.url}/internal/force_flush")
    asked = f"{victoria.url}/api/v1/series?match[]=deploytest_up&start={now - 60}"
    homes = sorted(one["home"] for one in yaml.safe_load(servers.get(asked))["data"])
    assert homes == ["d-1", "d-2"]

    query = f"/api/v1/query?query=deploytest_up&time={now + 1}"
    assert front.get(query, front.writer)[0] >= 400
    assert front.get(query, "wrong")[0] >= 400


def test_a_home_s_reader_sees_that_home_whatever_it_asks(front: Front, victoria: servers.Store, tmp_path: Path) -> None:
    now = int(time.time())
    for token in (front.writer, front.other_writer):
        front.get("/api/v2/write?precision=s", token, f"deployread up=1.0 {now - 60}".encode())
    servers.get(f"{victoria.url}/internal/force_flush")
    users = yaml.safe_load((tmp_path / "secrets/vmauth/auth.yml").read_text())["users"]
    everything = users[0]["bearer_token"]
    vmauth = re.search(r"set \$store (\S+);", (tmp_path / "nginx.conf").read_text())
    assert vmauth

    def homes(token: str, more: str = "") -> list[str]:
        url = f"{vmauth[1]}/api/v1/query?query=deployread_up&time={now}{more}"
        asked = urllib.request.Request(url, headers={"Authorization": f"Bearer {token}"})
        with urllib.request.urlopen(asked, timeout=10) as reply:
            return sorted(row["metric"]["home"] for row in yaml.safe_load(reply.read())["data"]["result"])

    assert homes(everything) == ["d-1", "d-2"]
    assert homes(front.reader) == ["d-1"]
    assert homes(front.reader, "&extra_label=home=d-2") == ["d-1"]
    assert homes(front.reader, "&extra_filters[]=%7Bhome=%22d-2%22%7D") == []


def test_the_box_s_own_sink_writes_through_the_front_and_knows_the_store_s_life(
    front: Front, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(front.ca))
    trusted = front.get("/metrics", front.writer)
    assert "vm_app_start_timestamp" in trusted[1]
    assert front.get("/metrics", "wrong")[0] >= 400
    sink = influx_sink.open(influx_sink.Options(url=front.url, token=front.writer))
    try:
        assert sink.write([f"deploysink up=1.0 {int(time.time())}".encode()]) == Verdict(Outcome.STORED)
        assert sink.incarnation()
    finally:
        sink.close()


@pytest.mark.parametrize("source", ["mosquitto/mosquitto.conf", "debian/mosquitto.conf"])
def test_the_broker_speaks_tls_only_and_keeps_homes_apart(source: str, tmp_path: Path) -> None:
    if reason := servers.missing("mosquitto"):
        pytest.skip(reason)
    ca = certificate(tmp_path / "tls")
    printed = stack(tmp_path, "init", "--host", "localhost")
    one = stack(tmp_path, "home", "d-1")
    port = servers.free_port()
    places = {
        "/mosquitto/tls": tmp_path / "tls", "/etc/mosquitto/certs": tmp_path / "tls",
        "/mosquitto/secrets": tmp_path / "secrets/mosquitto",
        "/etc/mosquitto/kinlight-passwords": tmp_path / "secrets/mosquitto/passwords",
        "/etc/mosquitto/kinlight-acl": DEPLOY / "mosquitto/acl", "/mosquitto/config": DEPLOY / "mosquitto",
        "/mosquitto/data": tmp_path,
    }  # fmt: skip
    text = (DEPLOY / source).read_text().replace("listener 8883", f"listener {port} 127.0.0.1")
    for place, here in places.items():
        text = text.replace(place, str(here))
    config = tmp_path / "mosquitto.conf"
    config.write_text(text + ("user root\n" if os.geteuid() == 0 else ""))
    broker = servers.Server(
        [servers.program("mosquitto"), "-c", str(config)], port, lambda: servers.listens(port), tmp_path / "log"
    )
    try:
        broker.start()
        with talking(port, ca, "listener", secret(printed, "user listener  password")) as listener:
            listener.subscribe("kinlight/#", qos=1)
            with talking(port, ca, "d-1", secret(one, "MQTT password")) as home:
                assert publishes(home, "kinlight/d-1/alerts") == "Success"
                assert publishes(home, "kinlight/d-2/alerts") == "Not authorized"
            assert publishes(listener, "kinlight/d-1/alerts") == "Not authorized"
            heard = listener.user_data_get()
            wait(lambda: bool(heard["topics"]))
            assert heard["topics"] == ["kinlight/d-1/alerts"]
        with pytest.raises(AssertionError, match="Not authorized"), talking(port, ca, "d-1", "wrong"):
            pass
    finally:
        broker.stop()


@contextlib.contextmanager
def talking(port: int, ca: Path, name: str, password: str) -> Iterator[mqtt.Client]:
    """A connected MQTT 5 client over TLS."""
    state: dict[str, Any] = {"connected": "", "published": {}, "topics": []}
    client = mqtt.Client(CallbackAPIVersion.VERSION2, protocol=mqtt.MQTTv5, userdata=state)
    client.username_pw_set(name, password)
    client.tls_set(ca_certs=str(ca))
    client.on_connect = lambda _c, state, _f, reason, _p: state.update(connected=str(reason))
    client.on_publish = lambda _c, state, number, reason, _p: state["published"].update({number: str(reason)})
    client.on_message = lambda _c, state, message: state["topics"].append(message.topic)
    client.connect("127.0.0.1", port)
    client.loop_start()
    try:
        wait(lambda: bool(state["connected"]))
        assert state["connected"] == "Success", state["connected"]
        yield client
    finally:
        client.disconnect()
        client.loop_stop()


def publishes(client: mqtt.Client, topic: str) -> str:
    """What the broker says of a message."""
    number = client.publish(topic, b"{}", qos=1).mid
    published = client.user_data_get()["published"]
    wait(lambda: number in published)
    return str(published[number])


def wait(met: Any) -> None:
    """For a condition, ten seconds at most."""
    from threading import Event

    until = time.monotonic() + 10
    while not met():
        assert time.monotonic() < until, "waited in vain"
        Event().wait(0.02)
