"""The central stack for tests: its files, its secrets, and how to talk to its programs over TLS."""

import contextlib
import re
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

from tests import servers

DEPLOY = Path(__file__).parent.parent / "deploy"
FILES = [DEPLOY / "compose.yaml", DEPLOY / "compose.influxdb.yaml"]


def services(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(path.read_text())["services"]
    return found


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


TEMPORARY = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")


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
