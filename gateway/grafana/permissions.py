"""Permissions of a Grafana token.

What a token must be allowed for a push, and where; in Grafana's own names of actions and scopes.

Taking back what was begun needs the right to delete, so that is asked for too. Where something is not there yet no
scope is asked for: whoever makes it may write to it.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from gateway.grafana.desired_state import Wanted
from gateway.grafana.errors import GrafanaError
from gateway.grafana.step import Step

Held = Mapping[str, Sequence[str]]
Need = tuple[tuple[str, ...], tuple[str, ...]]  # any one of these actions, on any one of these; on nothing: anywhere
_ROOT = "folders:uid:general"


def lacking(held: Held, wanted: Wanted, steps: Sequence[Step]) -> list[str]:
    """Every permission that a push needs and the token lacks, in words an administrator can look up."""
    return missing(held, _needs(wanted, steps))


def missing(held: Held, needs: Iterable[Need]) -> list[str]:
    """Those of the needs that are not held."""
    found = []
    for actions, targets in needs:
        if not any(action in held and _covers(held[action], targets) for action in actions):
            found.append(" or ".join(actions) + (f" on {targets[0]}" if any(a in held for a in actions) else ""))
    return list(dict.fromkeys(found))


def refuse(lacks: Sequence[str]) -> None:
    """Raises GrafanaError where anything is lacking."""
    if lacks:
        raise GrafanaError(
            f"the token lacks the permission {', '.join(lacks)}: give its service account the role Admin, or these"
        )


def _needs(wanted: Wanted, steps: Sequence[Step]) -> Iterator[Need]:
    there = {(step.kind, step.key) for step in steps if step.action != "make"}
    folder = (f"folders:uid:{wanted.folder_uid}",) if ("folder", wanted.folder_uid) in there else ()
    source = (f"datasources:uid:{wanted.data_source_uid}",) if ("data source", wanted.data_source_uid) in there else ()
    yield ("datasources:read",), source
    yield ("datasources:query",), source
    if wanted.data_source:
        yield ("datasources:create",), ()
        yield ("datasources:write",), source
        yield ("datasources:delete",), ()
    yield ("folders:create",), () if folder else (_ROOT,)
    for action in ("folders:write", "folders:delete", "dashboards:create", "dashboards:write", "dashboards:delete"):
        yield (action,), folder
    for model in wanted.dashboards:
        if ("dashboard", model["uid"]) in there:
            yield ("dashboards:write",), (f"dashboards:uid:{model['uid']}", *folder)
    if wanted.team:
        yield ("folders.permissions:write",), folder
        yield ("teams:read",), ()
    if wanted.rules:
        yield ("alert.provisioning:write", "alert.rules.provisioning:write"), ()
    if wanted.contact:
        yield ("alert.provisioning:write", "alert.notifications.provisioning:write"), ()


def _covers(scopes: Sequence[str], targets: Sequence[str]) -> bool:
    """Grafana's scopes end in * for all below; an action that has no scope is held without one."""
    if not targets or not scopes:
        return True
    return any(
        scope in ("", "*", target) or (scope.endswith("*") and target.startswith(scope[:-1]))
        for scope in scopes
        for target in targets
    )
