"""Grafana annotations and viewer tokens.

Notes of people beside the curves ("in hospital", "another carer"), as annotations of Grafana's own.

Alerts need none of this: dashboards ask the store for them, years back, and no home holds a token of Grafana. The tags
here are what `dashboards/marks.py` asks for.
"""

from datetime import datetime

from gateway.config.toml_file import ConfigError
from gateway.grafana.alert_rules import EVERY_HOME
from gateway.grafana.api import Grafana
from gateway.grafana.errors import GrafanaError
from gateway.grafana.permissions import missing, refuse

TAG = "kinlight"
MAX_TEXT_CHARS = 500
MINUTE_MS = 60_000
_MARK_RIGHTS = ((("annotations:create",), ("annotations:type:organization",)), (("annotations:read",), ()))

_TOKEN_RIGHTS = tuple(((f"serviceaccounts:{action}",), ()) for action in ("read", "create", "write", "delete"))


def mark(grafana: Grafana, text: str, home: str, span_ms: tuple[int, int | None], *, dry_run: bool = False) -> bool:
    """Write a note once, at a time or from one to another; False if it stands there. Raises GrafanaError."""
    at_ms, end_ms = span_ms
    if end_ms is not None and end_ms <= at_ms:
        raise ConfigError("--until: give a time after the beginning")
    if not text.strip() or len(text) > MAX_TEXT_CHARS:
        raise ConfigError(f"give a note of 1 to {MAX_TEXT_CHARS} characters")
    grafana.version()
    held = grafana.permissions()
    if held is not None:
        refuse(missing(held, _MARK_RIGHTS))
    tags = (TAG, f"home:{home}" if home else EVERY_HOME)
    if grafana.marked(text, at_ms, tags):
        return False
    if not dry_run:
        grafana.mark(text, at_ms, end_ms, tags)
    return True


def minute_ms(text: str, option: str) -> int:
    """A time as people write it, in the time of this machine unless it says otherwise; to the minute."""
    try:
        at = datetime.fromisoformat(text.strip()).astimezone()
    except (ValueError, OverflowError, OSError):
        raise ConfigError(f"{option}: {text!r} is no time; write it like 2026-11-03 or 2026-11-03T14:30") from None
    return int(at.timestamp()) * 1000 // MINUTE_MS * MINUTE_MS


def viewer_token(grafana: Grafana, name: str, days: int, *, dry_run: bool = False) -> str:
    """A token that looks and changes nothing, of a service account of that name; "" in a dry run. Raises GrafanaError.

    Grafana shows a token once, so there is no second run: one that is there already is said.
    """
    if not name.strip() or len(name) > 100 or not name.isprintable():
        raise ConfigError("--name: give a name of 1 to 100 characters that says who looks with it")
    grafana.version()
    held = grafana.permissions()
    if held is not None:
        refuse(missing(held, _TOKEN_RIGHTS))
    there = grafana.service_account(name)
    where = "in Grafana under Administration, Service accounts"
    if there and (there.get("role") != "Viewer" or there.get("isDisabled")):
        what = "is switched off" if there.get("isDisabled") else f"has the role {there.get('role')}, which does more"
        raise GrafanaError(f"the service account {name!r} {what}: mend it {where}, or give another --name")
    if there and name in grafana.token_names(int(there["id"])):
        raise GrafanaError(
            f"there is a token {name!r} already, and Grafana shows one only once: delete it {where}, or give another "
            "--name"
        )
    if dry_run:
        return ""
    account = int(there["id"]) if there else grafana.make_service_account(name, "Viewer")
    try:
        return grafana.make_token(account, name, days * 86_400)
    except GrafanaError:
        if not there:
            grafana.delete_service_account(account)
        raise
