"""The data source of the dashboards: compared, proved under another name, and only then written.

Dashboards over a store that does not answer would look like a home where nothing happens, and Grafana's own test of a
data source is passed by a bucket that is not there. So the store is asked a question of the dashboards' own.
"""

import secrets
from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from gateway.grafana.api import Grafana
from gateway.grafana.desired_state import Json, Wanted
from gateway.grafana.errors import FOREIGN, GrafanaError, RefusedError, store_mend
from gateway.grafana.step import READ_ONLY, Step, nothing, step

TRIAL_UID, TRIAL_NAME = "kinlight-trial", "Kinlight trial"


def source_step(grafana: Grafana, wanted: Wanted) -> Step:
    """What is to be done about the data source. Raises GrafanaError where it cannot be used."""
    uid, body = wanted.data_source_uid, wanted.data_source
    there = grafana.data_source(uid)
    if body is None:
        if there is None:
            raise GrafanaError(f"there is no data source {uid!r}: give GRAFANA_STORE_URL and it is made")
        _usable(grafana, uid, wanted)
        return Step("data source", uid, uid, "keep", (), nothing, nothing)
    prove = partial(_try, grafana, body, wanted)
    if there is None:
        put, delete = grafana.put_data_source, grafana.delete_data_source
        return replace(step("data source", body["name"], None, body, put=put, delete=delete), prove=prove)
    found = _compared(grafana, there, body, wanted)
    if found.action == "keep":
        _usable(grafana, uid, wanted)
        return found
    body |= {"isDefault": there.get("isDefault", False)}  # the first of an organisation is it, and may stay it
    change, undo = partial(grafana.put_data_source, body, exists=True), partial(_put_back, grafana, there, body)
    return replace(found, write=change, undo=undo, prove=prove)


def _compared(grafana: Grafana, there: Json, body: Json, wanted: Wanted) -> Step:
    # A filter that is not ours would hide homes without a word: it counts as a difference even where none is wanted.
    have = there | {"jsonData": {"customQueryParameters": ""} | there.get("jsonData", {})}
    shown = body | {"jsonData": {"customQueryParameters": ""} | body["jsonData"]}
    barred = ""
    if there.get("readOnly"):
        shown["jsonData"].pop("kinlightTokenDigest", None)  # the token of a file is in Grafana's environment
        barred = f"{READ_ONLY}; leave GRAFANA_STORE_URL empty to use it as it is"
    elif wanted.shares_source:
        barred = (
            f"is everybody's, and the folder {wanted.folder_title!r} shares it: change it with a push of the default "
            "folder, leave GRAFANA_STORE_URL empty to use it as it is, or give one home its own with --home"
        )
    put, delete = grafana.put_data_source, grafana.delete_data_source
    return step("data source", body["name"], have, shown, put=put, delete=delete, barred=barred)


def _try(grafana: Grafana, body: Json, wanted: Wanted) -> None:
    """The same settings under another name: a typing error must not reach the dashboards people look at.

    A name of its own each time: Grafana keeps the settings of a name for seconds, also when it is made anew.
    """
    for left in (uid for uid in grafana.data_source_uids() if uid.startswith(TRIAL_UID)):  # by a run that was killed
        grafana.delete_data_source(left)
    digits = secrets.token_hex(4)
    uid, name = f"{TRIAL_UID}-{digits}", f"{TRIAL_NAME} {digits}"
    fault: GrafanaError | None = None
    try:
        grafana.put_data_source(body | {"uid": uid, "name": name}, exists=False)
        _usable(grafana, uid, wanted)
    except GrafanaError as error:
        fault = error
    if not (isinstance(fault, RefusedError) and fault.changed_nothing):
        try:
            grafana.delete_data_source(uid)
        except GrafanaError as error:
            raise GrafanaError(
                f"{fault or error}; the data source {name!r} is left of it: delete that in Grafana"
            ) from None
    if fault:
        raise fault


def _put_back(grafana: Grafana, there: Json, body: Json) -> None:
    """As it was but for a token that was replaced; without its digest the next push writes it again."""
    settings = dict(there.get("jsonData", {}))
    kept = settings.get("kinlightTokenDigest") == body["jsonData"].get("kinlightTokenDigest")
    if not kept:
        settings.pop("kinlightTokenDigest", None)
    # With its old version Grafana would take it for a change that came too late.
    old = {key: value for key, value in there.items() if key not in ("id", "version", "secureJsonFields")}
    grafana.put_data_source(old | {"jsonData": settings}, exists=True)
    if not kept:
        raise GrafanaError("its settings are as they were, but Grafana does not give an old token back: push it again")


def _usable(grafana: Grafana, uid: str, wanted: Wanted) -> None:
    if fault := grafana.data_source_fault(uid) or _unanswered(grafana, uid, wanted):
        name = wanted.data_source_uid
        raise GrafanaError(f"Grafana cannot use the data source {name!r}: {fault}; {store_mend(fault)}")


def _unanswered(grafana: Grafana, uid: str, wanted: Wanted) -> str:
    """Why the store does not answer for the homes it should, or ""."""
    question = wanted.question | {"datasource": wanted.question["datasource"] | {"uid": uid}}
    try:
        frames = grafana.ask(question)
    except RefusedError as refused:
        return str(refused)
    # A VictoriaMetrics that is asked in InfluxQL lists its databases, whatever was asked.
    if any(frame.get("schema", {}).get("name") == "databases" for frame in frames):
        return FOREIGN
    others = sorted(set(_homes(frames)) - {wanted.home}) if wanted.home else []
    return f"it shows other homes than {wanted.home}, among them {others[0]}" if others else ""


def _homes(frames: list[Json]) -> Iterator[str]:
    for frame in frames:
        for field in frame.get("schema", {}).get("fields", ()):
            if home := (field.get("labels") or {}).get("home"):
                yield str(home)
