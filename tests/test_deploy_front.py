"""nginx and vmauth before a store, the real programs where installed: a home writes as itself and reads itself."""

import contextlib
import os
import re
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from gateway.model.contracts import Outcome, Verdict
from gateway.sinks import influx as influx_sink
from tests import servers
from tests.central_stack import DEPLOY, TEMPORARY, Front, certificate, secret, stack


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
    sink = influx_sink.create(influx_sink.Options(url=front.url, token=front.writer))
    try:
        assert sink.write([f"deploysink up=1.0 {int(time.time())}".encode()]) == Verdict(Outcome.STORED)
        assert sink.incarnation()
    finally:
        sink.close()
