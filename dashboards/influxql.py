# ruff: noqa: S608 - statements are made from our own tables of panels, never from what anybody sends
"""Queries as InfluxQL, for InfluxDB 1, 2 and 3. No Flux.

A window of a query about now ends at the end of the dashboard's range ($__to). Over time, buckets are moved by one
second: rows are in whole seconds, so [t + 1 s, t + i + 1 s) holds what (t, t + i] holds in PromQL. In a
log they are not moved.
"""

from dashboards.query import (
    LOG_BUCKET,
    RANGE,
    Ago,
    Count,
    Else,
    Mode,
    Only,
    Place,
    Query,
    Ratio,
    Scaled,
    Series,
    Top,
    Where,
)

_VALUE = "value"
_NOW = "time > ${__to}ms - %s AND time <= ${__to}ms"
_WHOLE: dict[Mode, str] = {
    "now": "time > ${__from}ms AND time <= ${__to}ms",
    "over": "time > ${__from}ms AND time <= ${__to}ms",
    "state": "time > ${__from}ms AND time <= ${__to}ms",
    "log": "time >= ${__from}ms AND time <= ${__to}ms",
}
_BUCKET: dict[Mode, str] = {
    "over": "time($__interval, 1s)",
    "state": "time($__interval, 1s)",
    "log": f"time({LOG_BUCKET})",
}


def influxql(query: Query, mode: Mode, column: str) -> str:
    """The statement; `column` is the name of its value. Grafana fills in the variables."""
    if mode == "state":  # frames of InfluxDB carry no interval: what is not said would be drawn on to the end
        groups = ", ".join((_BUCKET[mode], *(f'"{tag}"' for tag in _by(query))))
        said = f'SELECT max("{_VALUE}") AS "{column}" FROM ({_select(query, mode)})'
        return f"{said} WHERE {_WHOLE[mode]} GROUP BY {groups} fill(null)"
    tag = f', "{query.tag}"' if isinstance(query, Top) else ""
    where = f" WHERE {_WHOLE[mode]}" if mode != "now" else ""
    return f'SELECT "{_VALUE}" AS "{column}"{tag} FROM ({_select(query, mode)}){where}{_grouped(query)}'


def label_values(measurement: str, tag: str) -> str:
    """The query of a variable that lists a tag's values."""
    return f'SHOW TAG VALUES FROM "{measurement}" WITH KEY = "{tag}"'


def _select(query: Query, mode: Mode) -> str:
    match query:
        case Series():
            return _series(query, mode)
        case Scaled(inner, factor, plus):
            return _scaled(inner, factor, plus, mode)
        case Ratio(top, bottom):
            parts = f'{top.inner}("{top.field}") AS "top", {bottom.inner}("{bottom.field}") AS "bottom"'
            both = f'{top.outer}("top") / {bottom.outer}("bottom") AS "{_VALUE}", {bottom.outer}("bottom") AS "of"'
            group = f"SELECT {both} FROM ({_each(top, mode, parts)}){_outer(top, mode)}"
            known = f'("{_VALUE}" <= 0 OR "{_VALUE}" > 0)'  # rows without one would be a name in the legend and no line
            return f'SELECT "{_VALUE}" FROM ({group}) WHERE "of" > 0 AND {known}{_grouped(top)}'
        case Else(first, value, known):
            parts = f"({_scaled(first, 1.0, -value, mode)}), ({_scaled(known, 0.0, value, mode)})"
            return f'SELECT sum("{_VALUE}") AS "{_VALUE}" FROM {parts}{_outer(first, mode)}'
        case Count(inner, at_least):
            groups = f"({_select(inner, mode)})"
            within = f"{_WHOLE[mode]} AND " if mode != "now" else ""
            yes = f'SELECT count("{_VALUE}") AS "{_VALUE}" FROM {groups} WHERE {within}"{_VALUE}" >= {at_least:g}'
            no = f'SELECT count("{_VALUE}") * 0 AS "{_VALUE}" FROM {groups}'
            where, bucket = "", ""
            if mode != "now":
                where, bucket = f" WHERE {_WHOLE[mode]}", f" GROUP BY {_BUCKET[mode]} fill(none)"
            return f'SELECT sum("{_VALUE}") AS "{_VALUE}" FROM ({yes}{bucket}), ({no}{where}{bucket}){where}{bucket}'
        case Only(inner, flag):
            each = _each(inner, mode, f'{inner.inner}("{inner.field}") AS "each", last("{flag}") AS "only"')
            kept = f'SELECT "each" FROM ({each}) WHERE "only" = 1 GROUP BY *'
            return f'SELECT {inner.outer}("each") AS "{_VALUE}" FROM ({kept}){_outer(inner, mode)}'
        case Place(inner):
            parts = ", ".join(f"({_scaled(one, 0.0, place, mode)})" for one, place in query.each())
            return f'SELECT sum("{_VALUE}") AS "{_VALUE}" FROM {parts}{_outer(inner, mode)}'
        case Top(inner, tag):
            return f'SELECT top("{_VALUE}", "{tag}", 1) AS "{_VALUE}" FROM ({_select(inner, mode)}) GROUP BY "home"'
        case Ago(inner):
            return f'SELECT ${{__to}} * 0.001 - "{_VALUE}" AS "{_VALUE}" FROM ({_select(inner, mode)}){_grouped(inner)}'


def _scaled(query: Query, factor: float, plus: float, mode: Mode) -> str:
    return f'SELECT "{_VALUE}" * {factor:g} + {plus:g} AS "{_VALUE}" FROM ({_select(query, mode)}){_grouped(query)}'


def _series(query: Series, mode: Mode) -> str:
    """Each series to one number, then each group to one, then the groups that count."""
    each = _each(query, mode, f'{query.inner}("{query.field}") AS "each"')
    group = f'SELECT {query.outer}("each") AS "{_VALUE}" FROM ({each}){_outer(query, mode)}'
    if query.at_least is None and query.at_most is None:
        return group
    kept = [f'"{_VALUE}" >= {query.at_least:g}'] if query.at_least is not None else []
    kept += [f'"{_VALUE}" <= {query.at_most:g}'] if query.at_most is not None else []
    return f'SELECT "{_VALUE}" FROM ({group}) WHERE {" AND ".join(kept)}{_grouped(query)}'


def _each(query: Series, mode: Mode, values: str) -> str:
    time = _NOW % query.window if mode == "now" and query.window != RANGE else _WHOLE[mode]
    conditions = " AND ".join([time, *(_condition(w) for w in _wheres(query))])
    by = f" GROUP BY {_BUCKET[mode]}, * fill(none)" if mode != "now" else " GROUP BY *"
    return f'SELECT {values} FROM "{query.measurement}" WHERE {conditions}{by}'


def _wheres(query: Series) -> tuple[Where, ...]:
    return ((Where("home", "$home", regex=True),) if query.homes else ()) + query.where


def _condition(where: Where) -> str:
    return f'"{where.tag}" =~ /^{where.value}$/' if where.regex else f"\"{where.tag}\" = '{where.value}'"


def _by(query: Query) -> tuple[str, ...]:
    match query:
        case Series():
            return query.by
        case Scaled(inner) | Ago(inner):
            return _by(inner)
        case Ratio(top):
            return _by(top)
        case Only(inner) | Place(inner):
            return inner.by
        case Else(first):
            return _by(first)
        case Count():
            return ()
        case Top():
            return ("home",)


def _outer(query: Series, mode: Mode) -> str:
    parts = [_BUCKET[mode]] if mode != "now" else []
    parts += [f'"{tag}"' for tag in query.by]
    where, fill = (f" WHERE {_WHOLE[mode]}", " fill(none)") if mode != "now" else ("", "")
    return f"{where} GROUP BY {', '.join(parts)}{fill}" if parts else ""


def _grouped(query: Query) -> str:
    by = ", ".join(f'"{tag}"' for tag in _by(query))
    return f" GROUP BY {by}" if by else ""
