"""An MQTT broker of our own on a free loopback port, for the demo and the tests.

mosquitto where it is installed, else rumqttd out of the iotcore wheel (64-bit machines). Either runs below a small
shell that waits for the end of our pipe: whatever happens to us, even a kill -9, the broker stops and its files go.
Both demand a user and a random password, because any program of the machine can reach a loopback port.
"""

import importlib.util
import os
import pwd
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Literal, NamedTuple

HOST: Final = "127.0.0.1"
USERNAME: Final = "kinlight"
Kind = Literal["mosquitto", "iotcore"]

_START_TRIES: Final = 200  # of 50 ms each: 10 s
_TRY_S: Final = 0.05
_STOP_S: Final = 10.0

# The broker gets no terminal signals (it has its own session) and no stdin; the shell waits for our end of the pipe.
_KEEPER: Final = """
directory=$1; shift
"$@" </dev/null >"$directory/log" 2>&1 &
broker=$!
read -r _
kill "$broker" 2>/dev/null
wait "$broker"
rm -rf "$directory"
"""

_MOSQUITTO: Final = """
listener {port} {host}
allow_anonymous false
password_file {directory}/passwords
user {account}
persistence true
persistence_location {directory}/
autosave_on_changes true
autosave_interval 1
max_inflight_messages 1000
max_queued_messages 100000
"""

# One listener, MQTT 3.1.1. Segments of 1 MB: the default of 100 MB each costs 36 MB per 100 000 messages.
_RUMQTTD: Final = """
id = 0
[router]
id = 0
max_connections = 100
max_outgoing_packet_count = 200
max_segment_size = 1048576
max_segment_count = 100
[v4.1]
name = "demo"
listen = "{host}:{port}"
next_connection_delay_ms = 1
[v4.1.connections]
connection_timeout_ms = 5000
max_payload_size = 1048576
max_inflight_count = 1000
dynamic_filters = true
[v4.1.connections.auth]
{username} = "{password}"
"""


class BrokerError(Exception):
    """No broker can be started here; the text says what to install or what the broker said."""


class Broker(NamedTuple):
    """Where the broker is and how to get in."""

    host: str
    port: int
    username: str
    password: str
    kind: Kind


@contextmanager
def broker(kind: Kind | None = None) -> Iterator[Broker]:
    """Start a broker, of the given kind or of the best kind there is, and stop it at the end.

    Raises BrokerError where there is none or it does not start.
    """
    chosen = kind or next(iter(available()), None)
    if chosen is None:
        raise BrokerError("no MQTT broker here: install mosquitto (apt), or on a 64-bit machine pip install iotcore")
    if chosen not in available():
        raise BrokerError(f"{chosen} is not installed")
    directory = Path(tempfile.mkdtemp(prefix="kinlight-broker-"))
    made = Broker(HOST, _free_port(), USERNAME, secrets.token_urlsafe(24), chosen)
    command = _mosquitto(made, directory) if chosen == "mosquitto" else _rumqttd(made, directory)
    keeper = subprocess.Popen(  # noqa: S603  our own script and arguments
        ["/bin/sh", "-c", _KEEPER, "sh", str(directory), *command],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,  # the shell remarks that its child was terminated
        start_new_session=True,
    )
    try:
        _wait_until_listening(made, keeper, directory)
        yield made
    finally:
        _stop(keeper)


def available() -> list[Kind]:
    """The kinds of broker this machine has, best first."""
    kinds: list[Kind] = []
    if _program("mosquitto") and _program("mosquitto_passwd"):
        kinds.append("mosquitto")
    if importlib.util.find_spec("iotcore"):
        kinds.append("iotcore")
    return kinds


def _mosquitto(made: Broker, directory: Path) -> list[str]:
    passwords = directory / "passwords"
    passwords.touch(mode=0o600)
    passwords.write_text(f"{made.username}:{made.password}\n")
    # -U hashes the file in place: with -b the password would stand in the list of processes.
    subprocess.run([_program("mosquitto_passwd"), "-U", str(passwords)], check=True)  # noqa: S603
    account = pwd.getpwuid(os.getuid()).pw_name  # started by root it would become "mosquitto", who may not read this
    config = directory / "broker.conf"
    config.write_text(_MOSQUITTO.format(port=made.port, host=made.host, directory=directory, account=account))
    return [_program("mosquitto"), "-c", str(config)]


def _rumqttd(made: Broker, directory: Path) -> list[str]:
    config = directory / "broker.toml"
    config.touch(mode=0o600)
    config.write_text(_RUMQTTD.format(**made._asdict()))
    # -P: a folder called iotcore where we happen to stand must not be run in its place.
    return [sys.executable, "-P", "-m", "iotcore", "--config", str(config), "--log-level", "CRITICAL"]


def _program(name: str) -> str:
    """Its path, or "". Debian keeps daemons in sbin, which is not on a user's PATH."""
    return shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin") or ""


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def _wait_until_listening(made: Broker, keeper: subprocess.Popen[bytes], directory: Path) -> None:
    for _ in range(_START_TRIES):
        try:
            socket.create_connection((made.host, made.port), timeout=_TRY_S).close()
        except OSError:
            try:
                keeper.wait(_TRY_S)
            except subprocess.TimeoutExpired:
                continue
            break
        else:
            return
    log = directory / "log"
    said = log.read_text(errors="replace")[-500:].strip() if log.exists() else "nothing"
    raise BrokerError(f"{made.kind} did not start on port {made.port}; it said: {said}")


def _stop(keeper: subprocess.Popen[bytes]) -> None:
    """Close the pipe: the shell ends the broker and removes its files."""
    assert keeper.stdin is not None
    keeper.stdin.close()
    try:
        keeper.wait(_STOP_S)
    except subprocess.TimeoutExpired:
        os.killpg(keeper.pid, 9)
        keeper.wait()
