"""Queries as PromQL, for VictoriaMetrics, Prometheus and whatever else speaks it. Nothing of MetricsQL alone is used.

A window of a query about now ends at the end of the dashboard's range. Over time, `offset -$__interval` moves the
window (t - i, t] to (t, t + i], so that a bucket is drawn where it begins. In a log it is [t, t + i): offsets cannot be
subtracted, so the inner one makes it [t - i, t) for rows in whole seconds, and that of the subquery moves it.
"""

from dataclasses import replace

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

_OVER_TIME = {name: f"{name}_over_time" for name in ("last", "sum", "max", "min", "count")} | {"mean": "avg_over_time"}
_AGGREGATE = {name: name for name in ("sum", "max", "min", "count")} | {"mean": "avg"}


def promql(query: Query, mode: Mode) -> str:
    """The expression; Grafana fills in $home, $__interval and $__range."""
    match query:
        case Series():
            return _filtered(query, mode)
        case Scaled(inner, factor, plus):
            return _scaled(promql(inner, mode), factor, plus)
        case Ratio(top, bottom):
            return f"({promql(top, mode)}) / (({promql(bottom, mode)}) > 0)"
        case Else(first, value, known):
            return f"{promql(first, mode)} or {promql(known, mode)} * 0 + {value:g}"
        case Count(inner, at_least):
            text = promql(inner, mode)
            return f"sum(({text}) >= bool {at_least:g})"
        case Only(inner, flag):
            flagged = promql(replace(inner, field=flag, inner="last", outer="max"), mode)
            return f"{promql(inner, mode)} and ({flagged} == 1)"
        case Place():
            return " or ".join(f"{promql(one, mode)} * 0 + {place}" for one, place in query.each())
        case Top(inner, _):
            return f"topk by (home) (1, {promql(inner, mode)})"
        case Ago(inner):
            return f"time() - {promql(inner, mode)}"


def label_values(measurement: str, tag: str) -> str:
    """The query of a variable that lists a tag's values."""
    return f"label_values({measurement}, {tag})"


def _filtered(query: Series, mode: Mode) -> str:
    text = _aggregated(query, mode)
    if query.at_least is not None:
        text = f"{text} >= {query.at_least:g}"
    if query.at_most is not None:
        text = f"{text} <= {query.at_most:g}"
    return text


def _aggregated(query: Series, mode: Mode) -> str:
    moved = " offset -$__interval"
    window = {"now": "$__range" if query.window == RANGE else query.window, "log": LOG_BUCKET}.get(mode, "$__interval")
    offset = {"now": "", "over": moved, "state": moved, "log": " offset 1s"}[mode]
    selector = f"{query.measurement}_{query.field}{{{_matchers(query)}}}"
    by = f" by ({', '.join(query.by)})" if query.by else ""
    each = f"{_OVER_TIME[query.inner]}({selector}[{window}]{offset})"
    if mode == "log":
        each = f"last_over_time({each}[{window}:{window}] offset -{window})"
    return f"{_AGGREGATE[query.outer]}{by} ({each})"


def _matchers(query: Series) -> str:
    homes = (Where("home", "$home", regex=True),) if query.homes else ()
    return ", ".join(f'{w.tag}{"=~" if w.regex else "="}"{w.value}"' for w in (*homes, *query.where))


def _scaled(text: str, factor: float, plus: float) -> str:
    text = f"({text})"
    if factor != 1.0:
        text = f"{text} * {factor:g}"
    return f"{text} {'+' if plus > 0 else '-'} {abs(plus):g}" if plus else text
