"""Real servers on free loopback ports: started, killed, started again on the same files and port, always ended.

    with victoria_metrics(tmp_path) as store: ...      # store.url, store.kill(), store.start()

Each context manager has a `missing_...()` beside it that says in one sentence which program is not installed, or "".
"""

import os
import shutil
import socket
import subprocess
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import cycle
from pathlib import Path

HOST = "127.0.0.1"
UP_WITHIN_POLLS = 1200  # of 50 ms
PORTS = range(12_000, 32_000)
WORKERS = 32  # of a parallel run at most, each with its own part of PORTS
SEARCH = os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin"


def program(name: str) -> str:
    """Where a program is, or ""."""
    return shutil.which(name, path=SEARCH) or ""


def missing(*names: str) -> str:
    """Why a test cannot run here, or ""."""
    absent = [name for name in names if not program(name)]
    return f"{', '.join(absent)} not installed (tests/servers.sh installs it)" if absent else ""


def free_port() -> int:
    """A loopback port nobody listens on now, and that no other worker of a parallel run will ask for.

    Below those that the system gives to outgoing connections, which would take one while its server restarts.
    """
    while True:
        port = next(_PORTS)
        with socket.socket() as probe:
            try:
                probe.bind((HOST, port))
            except OSError:
                continue
            return port


def _ports() -> Iterator[int]:
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % WORKERS
    each = (PORTS.stop - PORTS.start) // WORKERS
    own = range(PORTS.start + worker * each, PORTS.start + (worker + 1) * each)
    first = os.getpid() % each  # two runs at the same time begin at different places
    yield from cycle([*own[first:], *own[:first]])


_PORTS = _ports()


def get(url: str, timeout_s: float = 10) -> str:
    """The body of a GET."""
    with urllib.request.urlopen(url, timeout=timeout_s) as reply:
        return str(reply.read().decode())


def post(url: str, body: bytes = b"", timeout_s: float = 10) -> str:
    """The body of the answer to a POST."""
    with urllib.request.urlopen(urllib.request.Request(url, data=body, method="POST"), timeout=timeout_s) as reply:
        return str(reply.read().decode())


def answers(url: str) -> bool:
    """Whether an HTTP server is there and well."""
    try:
        get(url, timeout_s=1)
    except (OSError, urllib.error.URLError):
        return False
    return True


def listens(port: int) -> bool:
    """Whether something accepts connections."""
    try:
        socket.create_connection((HOST, port), timeout=1).close()
    except OSError:
        return False
    return True


@dataclass
class Server:
    """One process of a server; `start` after `kill` or `stop` gives it a second life on the same files."""

    command: list[str]
    port: int
    up: Callable[[], bool]
    log: Path
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start and wait until it answers."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        for _ in range(UP_WITHIN_POLLS):
            try:
                self.process.wait(timeout=0.05)
            except subprocess.TimeoutExpired:
                if self.up():
                    return
            else:
                break
        self.kill()
        raise RuntimeError(f"{self.command[0]} did not come up:\n{self.log.read_text(errors='replace')[-2000:]}")

    def kill(self) -> None:
        """SIGKILL: what a power cut does to it."""
        if self.process:
            self.process.kill()
            self.process.wait()
            self.process = None

    def stop(self) -> None:
        """SIGTERM, and SIGKILL where that is not enough."""
        if self.process:
            self.process.terminate()
            try:
                self.process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                self.kill()
            self.process = None


@dataclass
class Broker(Server):
    """A mosquitto that wants a password and keeps sessions over a SIGKILL."""

    host: str = HOST
    username: str = "kinlight"
    password: str = field(default="a broker's password", repr=False)


@dataclass
class Store(Server):
    """A time-series store; `url` takes influxdb-client writes."""

    url: str = ""
    query_url: str = ""  # where its own query API is
    bucket: str = "home"


def missing_mosquitto() -> str:
    """Why there is no broker here, or ""."""
    return missing("mosquitto", "mosquitto_passwd")


SAVED_AT_EVERY_CHANGE = """listener 1883 127.0.0.1
allow_anonymous false
password_file /etc/mosquitto/passwd
persistence true
autosave_interval 1
autosave_on_changes true
max_queued_messages 100000
"""


@contextmanager
def mosquitto(
    directory: Path, settings: str = SAVED_AT_EVERY_CHANGE, users: Sequence[str] = ("kinlight",)
) -> Iterator[Broker]:
    """A broker with passwords and persistence; its files are in `directory`, port and passwords of its own."""
    port = free_port()
    passwords, config = directory / "passwords", directory / "mosquitto.conf"
    broker = Broker([program("mosquitto"), "-c", str(config)], port, lambda: listens(port), directory / "log")
    passwords.write_text("")
    for user in users:
        command = [program("mosquitto_passwd"), "-b", str(passwords), user, broker.password]
        subprocess.run(command, check=True, capture_output=True)
    own = settings.replace("listener 1883", f"listener {port}").replace("/etc/mosquitto/passwd", str(passwords))
    root = "user root\n" if os.geteuid() == 0 else ""
    config.write_text(f"persistence_location {directory}/\n{own}{root}")
    try:
        broker.start()
        yield broker
    finally:
        broker.stop()


def missing_victoria_metrics() -> str:
    """Why there is no VictoriaMetrics here, or ""."""
    return missing("victoria-metrics")


@contextmanager
def victoria_metrics(directory: Path) -> Iterator[Store]:
    """A single-node VictoriaMetrics that keeps everything and hides repeated samples."""
    port = free_port()
    url = f"http://{HOST}:{port}"
    command = [
        program("victoria-metrics"),
        f"-httpListenAddr={HOST}:{port}",
        f"-storageDataPath={directory / 'vm'}",
        "-retentionPeriod=100y",
        "-dedup.minScrapeInterval=1ms",
        "-search.latencyOffset=0s",
    ]
    store = Store(command, port, lambda: answers(f"{url}/health"), directory / "vm.log", url=url, query_url=url)
    try:
        store.start()
        yield store
    finally:
        store.stop()


def missing_influxdb() -> str:
    """Why there is no InfluxDB here, or ""."""
    return missing("influxd", "nginx")


INFLUX_CONFIG = """reporting-disabled = true
bind-address = "127.0.0.1:{rpc}"
[meta]
dir = "{directory}/meta"
[data]
dir = "{directory}/data"
wal-dir = "{directory}/wal"
[monitor]
store-enabled = false
[http]
bind-address = "127.0.0.1:{http}"
log-enabled = false
"""

# InfluxDB 1.6 has no /api/v2/write: this is the ten-line translation a real 2.x would do itself.
SHIM_CONFIG = """daemon off; pid {directory}/nginx.pid; error_log {directory}/nginx.log; worker_processes 1; {user}
events {{ worker_connections 64; }}
http {{
  access_log off; client_body_temp_path {directory}/body; proxy_temp_path {directory}/proxy;
  fastcgi_temp_path {directory}/fcgi; uwsgi_temp_path {directory}/uwsgi; scgi_temp_path {directory}/scgi;
  map $arg_precision $p1 {{ default n; ns n; us u; ms ms; s s; }}
  map $arg_bucket $dbrp {{ default "db=$arg_bucket"; "~^(?<db>.+)%2F(?<rp>.+)$" "db=$db&rp=$rp"; }}
  server {{ listen 127.0.0.1:{shim}; client_max_body_size 25m;
    location = /api/v2/write {{ rewrite ^ /write?$dbrp&precision=$p1? break;
      proxy_set_header Authorization ""; proxy_pass http://127.0.0.1:{http}; }}
    location / {{ proxy_pass http://127.0.0.1:{http}; }} }} }}
"""


@contextmanager
def influxdb(directory: Path) -> Iterator[Store]:
    """InfluxDB 1.6 with a database named like the bucket, behind a shim that speaks the 2.x write path."""
    rpc, http, shim = free_port(), free_port(), free_port()
    config, shim_config = directory / "influxdb.conf", directory / "nginx.conf"
    config.write_text(INFLUX_CONFIG.format(rpc=rpc, http=http, directory=directory))
    user = "user root;" if os.geteuid() == 0 else ""
    shim_config.write_text(SHIM_CONFIG.format(shim=shim, http=http, directory=directory, user=user))
    store_url, shim_url = f"http://{HOST}:{http}", f"http://{HOST}:{shim}"
    store = Store(
        [program("influxd"), "-config", str(config)],
        http,
        lambda: answers(f"{store_url}/ping"),
        directory / "influxdb.log",
        url=shim_url,
        query_url=store_url,
    )
    front = Server([program("nginx"), "-c", str(shim_config)], shim, lambda: listens(shim), directory / "nginx.out")
    try:
        store.start()
        front.start()
        post(f"{store_url}/query?" + urllib.parse.urlencode({"q": f"CREATE DATABASE {store.bucket}"}))
        yield store
    finally:
        front.stop()
        store.stop()
