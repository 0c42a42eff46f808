"""Everything that takes InfluxDB 2 writes: InfluxDB 2, 3 and 1.8, and VictoriaMetrics, alone or as a cluster.

What a store answers is turned into a verdict and a sentence an installer can act on. docs/stores.md says how the
stores differ, what each wants in `url`, `bucket` and `token`, and which of them were really run. The client cannot end
an exchange that trickles nor read less than all of an answer: `gateway.system.http_limits` does, underneath it.
"""

import gzip
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

from gateway.model.contracts import Outcome, Sink, Verdict
from gateway.model.point import PRECISION
from gateway.system.printable import printable, redacted

TITLE = "InfluxDB 2 or VictoriaMetrics"

REASON_CHARS = 200
# An empty batch sends a comment: address, token, bucket and the right to write are checked, and nothing is stored.
ASK = b"# may Kinlight write here?"
EMPTY = "incoming write was empty"  # InfluxDB 3 lets us in, and then says this to a comment
PIECE_BYTES = 8192  # /metrics is read in pieces of which none is kept: it has 35 KB in VictoriaMetrics 1.79, and grows
_STARTED = re.compile(rb"^vm_app_start_timestamp (\S{1,40})", re.MULTILINE)
# vmauth 1.79 and InfluxDB 3 say with a 400 what others say with a 401: the lines are not to blame.
_STRANGER_SAID = re.compile(r"cannot find the provided auth token|Authorization header was malformed")
_NOWHERE_SAID = re.compile(r"404 page not found|unsupported path requested")  # InfluxDB before 1.8; VictoriaMetrics
_NO_POLICY = "retention policy not found"  # InfluxDB 1, with a 500
_DROPPED = re.compile(r"\bdropped=([0-9]{1,9})\b")  # how many lines InfluxDB 1 and 2 did not take
_HTML = re.compile(r"\s*<(?:!doctype|html|head|body)\b", re.IGNORECASE)
STRANGER = "the store does not know the token: put a valid one into the sink's token"
NOWHERE = "this server has no v2 write API at this url: check its path (an InfluxDB before 1.8 has none at all)"
# A cluster without the number of the tenant writes into tenant 0, where nobody of the organisation looks.
_TENANTLESS = re.compile(r"/insert(?!/(?:[0-9]+(?::[0-9]+)?|multitenant)(?:/|$))(?:/|$)")
NO_TENANT = "the url names a cluster and no tenant: put the number behind insert, as in https://HOST/insert/42/influx"
_HOLD = {
    401: STRANGER,
    403: "the token may not write to this bucket: give it write permission there",
    404: "the store has no such bucket or organisation, or is not at this url: check url, org and bucket",
}


def _packed(path: str, body: Any) -> Any:
    """A body as it goes over the wire; called by influxdb-client for every request."""
    return gzip.compress(body, 1) if path == "/api/v2/write" else body


@dataclass(frozen=True, slots=True)
class Options:
    """Where the store is and how to be let in."""

    url: str  # "https://store.example:8086"; a path is kept and /api/v2/write put behind it
    token: str = field(default="", repr=False)  # a secret: from a systemd credential or the environment
    org: str = "-"  # stores without organisations ignore it
    bucket: str = "kinlight"  # InfluxDB 1.8: database, or database/retention-policy
    timeout_s: float = 10.0


class Influx:
    """A store over HTTP. Synchronous: when `write` returns, the store has said what became of the batch."""

    def __init__(self, options: Options) -> None:
        # Imported here: it takes a second on a Pi, and a home without a store need not wait for it.
        from influxdb_client.client.influxdb_client import InfluxDBClient  # noqa: PLC0415
        from influxdb_client.client.write_api import SYNCHRONOUS  # noqa: PLC0415
        from influxdb_client.rest import ApiException  # noqa: PLC0415
        from urllib3.exceptions import HTTPError  # noqa: PLC0415

        from gateway.system.http_limits import bound  # noqa: PLC0415

        self._options = options
        self._answered: type[Any] = ApiException
        self._unreached: type[Exception] = HTTPError
        # retries=False: neither retries nor redirects behind our back; the forwarder decides when to try again.
        self._client: Any = InfluxDBClient(
            url=options.url.rstrip("/"),
            token=options.token,
            org=options.org,
            timeout=int(options.timeout_s * 1000),
            enable_gzip=True,
            retries=False,
        )
        bound(self._client.api_client.rest_client.pool_manager)
        # The client packs with level 9; level 1 gives a tenth more bytes for a quarter of the time (measured).
        self._client.api_client.configuration.update_request_body = _packed
        self._api: Any = self._client.write_api(write_options=SYNCHRONOUS)

    def write(self, lines: Sequence[bytes]) -> Verdict:
        """Write a batch of lines and say what became of it; an empty one only asks."""
        if lines:
            return self._sent(b"\n".join(lines))
        if _TENANTLESS.search(urlsplit(self._options.url).path):
            return Verdict(Outcome.HOLD, NO_TENANT)
        said = self._sent(ASK)
        if said.outcome is not Outcome.REFUSED:
            return said
        if EMPTY in said.reason:
            return Verdict(Outcome.STORED)
        return Verdict(Outcome.HOLD, _short(f"this url does not take writes: check the sink's url ({said.reason})"))

    def _sent(self, body: bytes) -> Verdict:
        try:
            self._api.write(self._options.bucket, self._options.org, body, write_precision=PRECISION)
        except self._answered as error:
            if not error.status:
                mend = "renew its certificate, or correct https in the sink's url"
                return Verdict(Outcome.LATER, _short(f"no secure connection to the store: {mend} ({error.reason})"))
            return verdict(error.status, self._without_token(str(error.body or "")), error.headers or {})
        except self._unreached as error:
            return Verdict(Outcome.LATER, _short(_unreached(str(error).rpartition(": ")[2])))
        except UnicodeDecodeError:
            return Verdict(Outcome.LATER, "what answers is not a store, its answer is no text: check the sink's url")
        return verdict(self._client.api_client.last_response.status, "", {})

    def _without_token(self, text: str) -> str:
        """A proxy may repeat the token it does not know; reasons are logged and shown."""
        token = self._options.token
        return re.sub(rf"(?<!\w){re.escape(token)}(?!\w)", "...", text) if token else text

    def incarnation(self) -> str:
        """When a VictoriaMetrics started; "" for stores that do not say, and while it cannot be asked."""
        try:
            reply = self._client.api_client.call_api(
                "/metrics", "GET", _return_http_data_only=True, _preload_content=False
            )
            try:
                return _life(iter(lambda: reply.read(PIECE_BYTES), b""))
            finally:
                reply.close()  # what was not read of it must not be taken for the next answer
        except (self._answered, self._unreached):
            return ""

    def close(self) -> None:
        """Let go of the connections."""
        self._client.close()


def verdict(status: int, body: str, headers: Mapping[str, str]) -> Verdict:
    """What an HTTP answer to a write means."""
    if status == 204:
        return Verdict(Outcome.STORED)
    said = _said(status, body)
    if 200 <= status < 300:
        mend = "check the sink's url, and whether the network here wants a login"
        return Verdict(Outcome.LATER, f"something other than a store answers (status {status}): {mend}")
    if status == 413:
        return Verdict(Outcome.REFUSED, "the batch is too large for the store")
    if _NO_POLICY in said:
        return Verdict(Outcome.HOLD, _short(f"{_HOLD[404]} ({said})"))
    if status in (408, 425, 429) or status >= 500:
        return Verdict(Outcome.LATER, _short(f"the store is unwell: {_unwell(status)} ({said})"), _wait_s(headers))
    if status == 400 and _STRANGER_SAID.search(said):
        return Verdict(Outcome.HOLD, _short(f"{STRANGER} ({said})"))
    if status in (400, 404) and _NOWHERE_SAID.search(body):
        return Verdict(Outcome.HOLD, _short(f"{NOWHERE} ({said})"))
    if status in _HOLD:
        return Verdict(Outcome.HOLD, _short(f"{_HOLD[status]} ({said})"))
    if status in (400, 422) and not _HTML.match(body):
        counted = _DROPPED.search(body)
        return Verdict(Outcome.REFUSED, _short(said), bad_lines=int(counted[1]) if counted else 0)
    if 300 <= status < 400:
        return Verdict(Outcome.HOLD, f"the store has moved (status {status}): put its new address into the sink's url")
    return Verdict(Outcome.HOLD, f"this url does not take writes (status {status}): check the sink's url")


def create(options: Options) -> Sink:
    """The sink. Raises ValueError for options that cannot work."""
    url = urlsplit(options.url)
    if url.scheme not in ("http", "https") or not url.hostname or url.port == 0 or url.query:
        raise ValueError(f"url {redacted(options.url)!r} is not like https://store.example:8086")
    if url.username or url.password:
        raise ValueError("url must not hold a password: use token")
    if not options.bucket:
        raise ValueError("bucket is empty")
    if not options.token.isascii() or not options.token.isprintable():
        raise ValueError("token holds characters a token cannot have")
    if not 0.1 <= options.timeout_s <= 60:
        raise ValueError(f"timeout_s {options.timeout_s} is not between 0.1 and 60")
    return Influx(options)


def _life(pieces: Iterable[bytes]) -> str:
    rest = b""
    for piece in pieces:
        lines, _, rest = (rest + piece).rpartition(b"\n")
        if found := _STARTED.search(lines):
            return found[1].decode("ascii", "replace")
        rest = rest[-PIECE_BYTES:]
    return ""


def _said(status: int, body: str) -> str:
    """The store's own words: the message of its JSON, or its plain text."""
    text = body
    try:
        tree = json.loads(body)
    except (ValueError, RecursionError):
        tree = None
    if isinstance(tree, dict):
        text = str(tree.get("message") or tree.get("error") or "")
        lines = tree.get("data")  # InfluxDB 3: what is wrong with each line, as a list or the only one
        first = lines[0] if isinstance(lines, list) and lines else lines
        if isinstance(first, dict) and first.get("error_message"):
            text = f"{text}: {first['error_message']}"
    return f"{status}: {text}" if text and not _HTML.match(text) else str(status)


def _unwell(status: int) -> str:
    """What to do about a store that answers and cannot write."""
    if status in (408, 425, 429):
        return "it is busy, nothing to do unless it lasts"
    if status in (502, 503, 504):
        return "see whether it runs behind what answers for it"
    return "look into its log"


def _unreached(why: str) -> str:
    """What to do about a store that does not answer."""
    if "timed out" in why:
        return f"the store cannot be reached: is it on, is the sink's url right, does a firewall stand between? ({why})"
    return f"the store cannot be reached: is it running, is the sink's url right, is the box online? ({why})"


def _short(text: str) -> str:
    return printable(text, REASON_CHARS)


def _wait_s(headers: Mapping[str, str]) -> float:
    """Retry-After in seconds, or as a date against the answer's own Date: our clock may be wrong."""
    text = headers.get("Retry-After", "").strip()
    if text.isascii() and text.isdecimal():
        return float(text[:9])
    try:
        wait = parsedate_to_datetime(text) - parsedate_to_datetime(headers.get("Date", ""))
    except (ValueError, TypeError):  # absent, no date, or one with and one without a time zone
        return 0.0
    return max(0.0, wait.total_seconds())
