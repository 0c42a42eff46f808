"""Grafana's errors, explained.

What is in the way of Grafana, as one sentence with the mend.
"""

import re
from collections.abc import Mapping

REASON_CHARS = 200
FOREIGN = "what answers there speaks another language than InfluxQL"

# What Grafana passes on from its data source plug-ins, and what a person does about it. The first that fits is said.
_STORE_MENDS = (
    (
        r"connection refused|no such host|lookup |timeout|deadline exceeded|no route|unreachable|EOF",
        "Grafana does not reach the store: see that it runs and that GRAFANA_STORE_URL is right as seen from Grafana's "
        "own machine (in a container 127.0.0.1 is the container)",
    ),
    (
        r"unauthorized access|not authorized|authorization failed",  # InfluxDB's words for all three
        "the token is wrong, or may not read the bucket GRAFANA_BUCKET, or there is no such bucket",
    ),
    (
        r"\b40[13]\b|[Uu]nauthori[sz]ed|[Ff]orbidden|token",
        "the store does not take the token: give one that reads as GRAFANA_STORE_TOKEN",
    ),
    (
        r"\bother homes\b",
        "give that home a bucket or a token of its own, or it shows them to whoever looks",
    ),
    (
        FOREIGN,
        "it is no InfluxDB: check GRAFANA_STORE_URL and GRAFANA_STORE",
    ),
    (
        r"database|bucket|retention policy",
        "there is no such bucket, or the token may not read it: check GRAFANA_BUCKET",
    ),
    (
        r"found <|character '<'|<!|<html|\b30[1278]\b",
        "what answers there sends a web page: GRAFANA_STORE_URL is another server's, or its path is missing",
    ),
    (
        r"\b404\b|[Nn]ot found",
        "what answers there is not this kind of store: check GRAFANA_STORE_URL and GRAFANA_STORE",
    ),
    (r"\b50[234]\b", "a proxy in front of the store cannot reach it: see that the store runs"),
    (r"x509|certificate|tls:", "Grafana does not trust the store's certificate: check GRAFANA_STORE_URL"),
)


class GrafanaError(Exception):
    """Grafana cannot do it; the text is one sentence with the mend."""


class RefusedError(GrafanaError):
    """Grafana answered, and the answer is no."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status

    @property
    def changed_nothing(self) -> bool:
        """Whether what was asked for was certainly not done. A proxy that gave up waiting does not know."""
        return self.status < 500


def refusal(what: str, status: int, response: object) -> RefusedError:
    """Why Grafana did not do `what`."""
    said = short(_said(response)) if isinstance(response, Mapping) else ""
    if status in (502, 503, 504):
        text = (
            f"something in front of Grafana is unwell ({status}): it cannot reach Grafana; see that Grafana runs "
            "(systemctl status grafana-server, or docker compose ps) and that the proxy has its address"
        )
    elif "No alertmanager configuration" in said:
        text = "this organisation is new, and Grafana is still making its alerting: wait a minute and run it again"
    elif status >= 500:
        text = f"Grafana could not {what}, it is unwell ({status}): {said or 'it did not say why'}; look at its log"
    elif status == 403:
        text = f"the token may not {what}: {said or 'give its service account that permission, or the role Admin'}"
    elif status == 404:
        text = f"Grafana could not {what}: there is none, or this Grafana does not know how; check its version"
    elif status == 412:
        text = f"Grafana could not {what}: somebody changed it meanwhile ({said}); run the command again"
    else:
        text = f"Grafana could not {what} ({status}): {said or 'it did not say why'}"
    return RefusedError(status, text)


def _said(response: Mapping[str, object]) -> str:
    """Grafana's own words: of the request, or of a query in it."""
    results = response.get("results")
    parts = results.values() if isinstance(results, Mapping) else ()
    errors = (str(part["error"]) for part in parts if isinstance(part, Mapping) and part.get("error"))
    return str(response.get("message") or next(errors, ""))


def why(error: OSError) -> str:
    """Why nothing came back, and the mend."""
    kind = type(error).__name__
    if "Redirect" in kind:
        return "it sends us elsewhere; put the address it ends at into GRAFANA_URL"
    if "SSL" in kind:
        return "its certificate is not trusted; put its authority's file into GRAFANA_CA"
    if "Timeout" in kind:
        return "it did not answer in time; see whether it is busy or a firewall is between, or raise GRAFANA_TIMEOUT_S"
    if re.search(r"resolve|resolution|getaddrinfo|[Nn]ame or service", str(error)):
        return "that name is not known here; check GRAFANA_URL, or the name server of this machine"
    return "nobody answers there; see that Grafana runs and that GRAFANA_URL, with its port, is right from here"


def store_mend(fault: str) -> str:
    """What to do about a data source that Grafana cannot use."""
    for pattern, mend in _STORE_MENDS:
        if re.search(pattern, fault):
            return mend
    return "check GRAFANA_STORE_URL and GRAFANA_STORE_TOKEN"


def short(text: str) -> str:
    """On one line, and not too much of it."""
    return " ".join(text.split())[:REASON_CHARS]
