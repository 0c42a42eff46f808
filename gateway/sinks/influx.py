"""InfluxDB 2, and everything that takes its writes: VictoriaMetrics, InfluxDB Cloud, Telegraf, InfluxDB 3.

What a store answers is turned into a verdict and a sentence an installer can act on. Measured on VictoriaMetrics
1.79 to 1.145 and InfluxDB 1.6; docs/stores.md says how they differ.
"""

import gzip
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

from gateway.leaf import Outcome, Sink, Verdict
from gateway.point import PRECISION

TITLE = "InfluxDB 2 or VictoriaMetrics"

MAX_METRICS_BYTES = 1_000_000
REASON_CHARS = 200
_STARTED = re.compile(rb"^vm_app_start_timestamp (\S{1,40})", re.MULTILINE)
_HTML = re.compile(r"\s*<(?:!doctype|html|head|body)\b", re.IGNORECASE)
_HOLD = {
    401: "the store does not know the token: put a valid one into the sink's token",
    403: "the token may not write to this bucket: give it write permission there",
    404: "the store has no such bucket or organisation, or is not at this url: check url, org and bucket",
}


def _packed(path: str, body: Any) -> Any:
    """A body as it goes over the wire; called by influxdb-client for every request."""
    return gzip.compress(body, 1) if path == "/api/v2/write" else body


@dataclass(frozen=True, slots=True)
class Options:
    """Where the store is and how to be let in."""

    url: str  # "https://store.example:8086"; a path before /api/v2 is kept
    token: str = field(default="", repr=False)  # a secret: from a systemd credential or the environment
    org: str = "-"  # stores without organisations ignore it
    bucket: str = "kinlight"
    timeout_s: float = 10.0


class Influx:
    """A store over HTTP. Synchronous: when `write` returns, the store has said what became of the batch."""

    def __init__(self, options: Options) -> None:
        # Imported here: it takes a second on a Pi, and a home without a store need not wait for it.
        from influxdb_client.client.influxdb_client import InfluxDBClient  # noqa: PLC0415
        from influxdb_client.client.write_api import SYNCHRONOUS  # noqa: PLC0415
        from influxdb_client.rest import ApiException  # noqa: PLC0415
        from urllib3.exceptions import HTTPError  # noqa: PLC0415

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
        # The client packs with level 9; level 1 gives a tenth more bytes for a quarter of the time (measured).
        self._client.api_client.configuration.update_request_body = _packed
        self._api: Any = self._client.write_api(write_options=SYNCHRONOUS)

    def write(self, lines: Sequence[bytes]) -> Verdict:
        """Write a batch of lines and say what became of it."""
        if not lines:
            return Verdict(Outcome.STORED)
        try:
            self._api.write(self._options.bucket, self._options.org, b"\n".join(lines), write_precision=PRECISION)
        except self._answered as error:
            if not error.status:
                return Verdict(Outcome.LATER, _short(f"no secure connection to the store: {error.reason}"))
            return verdict(error.status, str(error.body or ""), error.headers or {})
        except self._unreached as error:
            return Verdict(Outcome.LATER, _short(f"the store cannot be reached: {str(error).rpartition(': ')[2]}"))
        except UnicodeDecodeError:
            return Verdict(Outcome.LATER, "what answers at this url is not a store: its answer is not text")
        return verdict(self._client.api_client.last_response.status, "", {})

    def incarnation(self) -> str:
        """When a VictoriaMetrics started; "" for stores that do not say, and while it cannot be asked."""
        try:
            reply = self._client.api_client.call_api(
                "/metrics", "GET", _return_http_data_only=True, _preload_content=False
            )
            try:
                found = _STARTED.search(reply.read(MAX_METRICS_BYTES))
            finally:
                reply.release_conn()
        except (self._answered, self._unreached):
            return ""
        return found[1].decode("ascii", "replace") if found else ""

    def close(self) -> None:
        """Let go of the connections."""
        self._client.close()


def verdict(status: int, body: str, headers: Mapping[str, str]) -> Verdict:
    """What an HTTP answer to a write means."""
    if status == 204:
        return Verdict(Outcome.STORED)
    if 200 <= status < 300:
        return Verdict(
            Outcome.LATER, f"something other than a store answers at this url (status {status}): a login page?"
        )
    if status == 413:
        return Verdict(Outcome.REFUSED, "the batch is too large for the store")
    if status in (408, 425, 429) or status >= 500:
        return Verdict(Outcome.LATER, _short(f"the store is unwell: {_said(status, body)}"), _wait_s(headers))
    if status in _HOLD:
        return Verdict(Outcome.HOLD, _short(f"{_HOLD[status]} ({_said(status, body)})"))
    if status in (400, 422) and not _HTML.match(body):
        return Verdict(Outcome.REFUSED, _short(_said(status, body)))
    if 300 <= status < 400:
        return Verdict(Outcome.HOLD, f"the store has moved (status {status}): put its new address into the sink's url")
    return Verdict(Outcome.HOLD, f"this url does not take writes (status {status}): check the sink's url")


def open(options: Options) -> Sink:  # noqa: A001 - the shape of a leaf
    """The sink. Raises ValueError for options that cannot work."""
    url = urlsplit(options.url)
    if url.scheme not in ("http", "https") or not url.hostname or url.port == 0 or url.query:
        raise ValueError(f"url {options.url!r} is not like https://store.example:8086")
    if url.username or url.password:
        raise ValueError("url must not hold a password: use token")
    if not options.bucket:
        raise ValueError("bucket is empty")
    if not options.token.isascii() or not options.token.isprintable():
        raise ValueError("token holds characters a token cannot have")
    if not 0.1 <= options.timeout_s <= 60:
        raise ValueError(f"timeout_s {options.timeout_s} is not between 0.1 and 60")
    return Influx(options)


def _said(status: int, body: str) -> str:
    """The store's own words: the message of its JSON, or its plain text."""
    text = body
    try:
        tree = json.loads(body)
    except (ValueError, RecursionError):
        tree = None
    if isinstance(tree, dict):
        text = str(tree.get("message") or tree.get("error") or "")
    return f"{status}: {text}" if text and not _HTML.match(text) else str(status)


def _short(text: str) -> str:
    return " ".join("".join(c if c.isprintable() else " " for c in text[: 4 * REASON_CHARS]).split())[:REASON_CHARS]


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
