"""Our JSON through Grafana's own model of a dashboard: read into it, checked against its types, and written back.

Grafana Foundation SDK is generated from the schema that Grafana publishes. It reads leniently: it drops a key it does
not know and keeps a value of the wrong type. So what was dropped is looked for here, and every value is held against
the type the SDK declares for it. Paths are those of our JSON.
"""

import enum
import json
import types
import typing
from collections.abc import Iterator
from typing import Any

from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.cog.plugins import register_default_plugins
from grafana_foundation_sdk.cog.runtime import UnknownDataquery, panelcfg_config
from grafana_foundation_sdk.cog.variants import Dataquery
from grafana_foundation_sdk.models.dashboard import AnnotationTarget, Dashboard, FieldConfig

register_default_plugins()

Json = dict[str, Any]
_PLAIN = {str: (str,), bool: (bool,), int: (int,), float: (int, float)}

INFLUXQL: Json = {
    "refId": str,
    "datasource": dict,
    "query": str,
    "rawQuery": bool,
    "resultFormat": {"time_series", "table"},
    "alias": str,
    "textEditor": bool,
}
"""The SDK has no query of InfluxDB's: these are the fields of Grafana's `InfluxQuery` that we use."""

UNKNOWN_TO_THE_SDK = {
    (
        "annotations.list[0]",
        "query",
    ): "InfluxDB's: the statement of a mark, where an annotation has no target of its own",
}
"""What Grafana knows and the SDK does not: (object, key) -> why it is right."""


def faults(ours: Json) -> list[str]:
    """What Grafana's schema says against a dashboard, each with its path; empty for a good one."""
    model = Dashboard.from_json(ours)
    found = list(_object(model, ""))
    written = json.loads(json.dumps(model, cls=JSONEncoder))
    found += _lost(ours, written, "")
    for number, panel in enumerate(ours["panels"]):
        found += _overrides(panel, f"panels[{number}]")
        for place, each in enumerate(panel.get("panels", ())):
            found += _overrides(each, f"panels[{number}].panels[{place}]")
    return found


def _lost(ours: Any, written: Any, path: str) -> Iterator[str]:
    """What the round trip dropped or changed. What it adds is Grafana's default."""
    if isinstance(ours, dict) and isinstance(written, dict):
        for key, value in ours.items():
            if key in written:
                yield from _lost(value, written[key], f"{path}.{key}".lstrip("."))
            elif (path, key) not in UNKNOWN_TO_THE_SDK:
                yield f"{f'{path}.{key}'.lstrip('.')}: Grafana's schema has no such key"
    elif isinstance(ours, list) and isinstance(written, list) and len(ours) == len(written):
        for place, (mine, theirs) in enumerate(zip(ours, written, strict=True)):
            yield from _lost(mine, theirs, f"{path}[{place}]")
    elif ours != written:
        yield f"{path}: {ours!r} became {written!r}"


def _overrides(panel: Json, path: str) -> Iterator[str]:
    """An override's properties are loose in the schema: each is held against the field option that it stands for."""
    config = panelcfg_config(panel["type"])
    for number, override in enumerate(panel.get("fieldConfig", {}).get("overrides", [])):
        for each in override["properties"]:
            at, own = f"{path}.fieldConfig.overrides[{number}]", each["id"].startswith("custom.")
            option = {each["id"].removeprefix("custom."): each["value"]}
            read = config.field_config_from_json_hook if own and config else FieldConfig.from_json
            if read is None:
                yield f"{at}: a panel of this type has no {each['id']}"
                continue
            model: Any = read(option)
            yield from _object(model, at)
            yield from _lost(option, json.loads(json.dumps(model, cls=JSONEncoder)), at)


def _object(model: Any, path: str) -> Iterator[str]:
    """Every value of an object of the SDK's against its type; what the SDK left unread in there is read."""
    if isinstance(model, UnknownDataquery):
        own = path.startswith("annotations.") and "query" not in model.data  # Grafana's store, asked by tags
        yield from _marks(model.data, path) if own else _influxql(model.data, path)
        return
    for name, hint in typing.get_type_hints(type(model)).items():
        value = getattr(model, name, None)
        at = f"{path}.{_key(name)}".lstrip(".")
        if value is not None or not _optional(hint):
            value = _read(value, hint)
            setattr(model, name, value)
            yield from _value(value, hint, at)


def _value(value: Any, hint: Any, path: str) -> Iterator[str]:
    origin, inner = typing.get_origin(hint), typing.get_args(hint)
    if hasattr(value, "to_json"):
        yield from _object(value, path)
    elif origin in (typing.Union, types.UnionType):
        tried = [list(_value(value, each, path)) for each in inner if value is None or each is not type(None)]
        yield from min(tried, key=len)
    elif origin is list:
        if not isinstance(value, list):
            yield f"{path}: {value!r} is no list"
            return
        for place, each in enumerate(value):
            yield from _value(each, inner[0], f"{path}[{place}]")
    elif origin is dict:
        if not isinstance(value, dict):
            yield f"{path}: {value!r} is no object"
            return
        for key, each in value.items():
            yield from _value(each, inner[1], f"{path}.{key}")
    elif not _fits(value, hint):
        yield f"{path}: {value!r} is no {getattr(hint, '__name__', hint)}"


def _fits(value: Any, hint: Any) -> bool:
    if typing.get_origin(hint) is typing.Literal:
        return value in typing.get_args(hint)
    if isinstance(hint, type) and issubclass(hint, enum.Enum):
        return value in [each.value for each in hint]
    if hint in _PLAIN:
        return isinstance(value, _PLAIN[hint]) and (hint is bool or not isinstance(value, bool))
    return hint in (object, Any) or (hint is type(None) and value is None)


def _read(value: Any, hint: Any) -> Any:
    """The SDK leaves lists of some objects as they came."""
    origin, inner = typing.get_origin(hint), typing.get_args(hint)
    if origin is list and isinstance(value, list):
        return [_read(each, inner[0]) for each in value]
    if origin in (typing.Union, types.UnionType):
        arms = [each for each in inner if each is not type(None)]
        return _read(value, arms[0]) if len(arms) == 1 else value
    left = isinstance(value, dict) and hasattr(hint, "from_json") and hint is not Dataquery
    return hint.from_json(value) if left else value


def _marks(target: Json, path: str) -> Iterator[str]:
    """Grafana's own store of annotations is asked by tags; the SDK reads that as a query it does not know."""
    model = AnnotationTarget.from_json(target)
    yield from _object(model, path)
    yield from _lost(target, json.loads(json.dumps(model, cls=JSONEncoder)), path)


def _influxql(query: Json, path: str) -> Iterator[str]:
    for key, value in query.items():
        wanted = INFLUXQL.get(key)
        if wanted is None:
            yield f"{path}.{key}: a query of InfluxDB's has no such key"
        elif not (value in wanted if isinstance(wanted, set) else isinstance(value, wanted)):
            yield f"{path}.{key}: {value!r} will not do"


def _optional(hint: Any) -> bool:
    return type(None) in typing.get_args(hint) or hint in (object, Any)


def _key(name: str) -> str:
    """The SDK's name of a field as it stands in JSON."""
    first, *others = name.removesuffix("_val").split("_")
    return first + "".join(other.capitalize() for other in others)
