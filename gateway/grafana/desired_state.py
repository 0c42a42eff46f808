"""The desired state of one Grafana folder.

What is wanted in one folder of Grafana: dashboards read from files, fitted to the folder, the store and the home.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gateway.config.toml_file import ConfigError
from gateway.grafana.alert_rules import RULES, Store, alert_rule, contact_point, data_source, pushed_rule, question
from gateway.grafana.settings import FOLDER, GrafanaSettings

DASHBOARDS = Path(__file__).parent.parent.parent / "dashboards" / "json"
MAX_BYTES = 4_000_000
MAX_UID_CHARS = 40
_UID = re.compile(r"[A-Za-z0-9_-]{1,40}", re.ASCII)
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Everything one push brings about."""

    folder_uid: str
    folder_title: str
    team: str
    data_source_uid: str
    data_source: Json | None  # None: it must be there already
    shares_source: bool  # with the default folder, which alone may change it
    question: Json  # that the store must answer
    home: str  # for this home alone; "" for all
    dashboards: tuple[Json, ...]
    contact: Json | None
    rules: tuple[Json, ...]


def wanted(options: GrafanaSettings, models: Sequence[Json]) -> Wanted:
    """Fit dashboards, data source and rules to one folder. Raises ConfigError where that cannot be."""
    suffix, store = options.suffix, options.store
    source_uid = store.uid + (suffix if options.home else "")
    names = {uid: source_uid for model in models for kind, uid in _sources(model) if kind == store.plugin}
    names |= {store.uid: source_uid} | {model["uid"]: model["uid"] + suffix for model in models}
    if long := [name for name in names.values() if len(name) > MAX_UID_CHARS]:
        raise ConfigError(f"{long[0]!r} is longer than the {MAX_UID_CHARS} characters of a uid: shorten GRAFANA_FOLDER")
    source = None
    if options.store_url:
        token = options.store_token.get_secret_value()
        source = data_source(store, options.store_url, token, options.bucket, options.home)
        if source_uid != store.uid:
            source |= {"uid": source_uid, "name": f"{source['name']} {options.title.removeprefix(FOLDER).strip()}"}
    # Folders and dashboards share their uids: a folder called "Family" must not take the page's.
    folder_uid = f"kinlight-folder{suffix}" if suffix else "kinlight"
    # Rules watch every home of the organisation, once: a team's folder or one home's has none of its own.
    contact: Json | None = None
    rules: tuple[Json, ...] = ()
    if not suffix:
        contact = contact_point(options.email, options.webhook)
        bodies = (alert_rule(rule, store, source_uid, contact["name"] if contact else "") for rule in RULES)
        rules = tuple(pushed_rule(body, folder_uid) for body in bodies)
    fitted = tuple(renamed(model, names) for model in models)
    return Wanted(
        folder_uid=folder_uid,
        folder_title=options.title,
        team=options.team,
        data_source_uid=source_uid,
        data_source=source,
        shares_source=bool(suffix) and not options.home,
        question=question(store, source_uid),
        home=options.home,
        dashboards=fitted,
        contact=contact,
        rules=rules,
    )


def read_dashboards(directory: Path, store: Store, only: Sequence[str] = ()) -> tuple[list[Json], list[str]]:
    """The dashboards of a directory that speak the store's language, and the uids of those that do not.

    Raises ConfigError for a file that is no dashboard with a uid and a title, and for a uid in `only` that none has.
    """
    files = sorted(directory.rglob("*.json"))
    if not files:
        raise ConfigError(f"{directory}: no dashboards there (*.json)")
    models = [_read(path) for path in files]
    foreign = {other.plugin for other in Store if other is not store}
    fits = [model for model in models if not foreign & {kind for kind, _ in _sources(model)}]
    uids = [model["uid"] for model in fits]
    if twice := sorted({uid for uid in uids if uids.count(uid) > 1}):
        raise ConfigError(f"{directory}: two dashboards have the uid {twice[0]!r}")
    if unknown := sorted(set(only) - set(uids)):
        raise ConfigError(f"there is no dashboard {unknown[0]!r} for {store}; there are {', '.join(uids)}")
    others = [model["uid"] for model in models if model not in fits and model["uid"] not in uids]
    return [model for model in fits if not only or model["uid"] in only], [] if only else others


def renamed(value: Any, names: Mapping[str, str]) -> Any:
    """The same JSON value with uids exchanged: where a string is one, and in links to d/<uid>."""
    if isinstance(value, dict):
        return {key: renamed(inner, names) for key, inner in value.items()}
    if isinstance(value, list):
        return [renamed(inner, names) for inner in value]
    if not isinstance(value, str):
        return value
    if value in names:
        return names[value]
    return _LINK.sub(lambda found: found[1] + names.get(found[2], found[2]), value)


_LINK = re.compile(r"([/\"]d/)([A-Za-z0-9_-]{1,40})", re.ASCII)


def _sources(value: Any) -> Iterator[tuple[str, str]]:
    """(type, uid) of every data source a dashboard names; variables are not names."""
    if isinstance(value, list):
        for inner in value:
            yield from _sources(inner)
    elif isinstance(value, dict):
        source = value.get("datasource")
        if isinstance(source, dict) and not str(source.get("uid", "$")).startswith("$"):
            yield str(source.get("type")), str(source["uid"])
        for inner in value.values():
            yield from _sources(inner)


def _read(path: Path) -> Json:
    if path.stat().st_size > MAX_BYTES:
        raise ConfigError(f"{path}: larger than {MAX_BYTES // 1_000_000} MB, that is no dashboard")
    try:
        model = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"{path}: not JSON: {error}") from None
    uid = model.get("uid") if isinstance(model, dict) else None
    if not isinstance(uid, str) or not _UID.fullmatch(uid) or not isinstance(model.get("title"), str):
        raise ConfigError(
            f"{path}: a dashboard is an object with a title and a uid of 1 to 40 letters, digits, - and _"
        )
    return dict(model)
