"""Service quality, for whoever runs the service: is it worth people's trust?"""

from dataclasses import replace

from dashboards.caseload import KNOWN
from dashboards.palette import NONE, NOT_RATED, PLAIN, RULES, UNKNOWN, cell, number, over, plain, under
from dashboards.panels import Dashboard, Look, Panel, Target, Word
from dashboards.query import DAY, Count, Inner, Outer, Ratio, Scaled, Series, Where

WEEKS = 4
_PERSONAL = (Where("kind", "personal"),)
_ENDED = (*_PERSONAL, Where("state", "resolved"))
_WINDOW = f"{7 * WEEKS}d"


def _alerts(inner: Inner, outer: Outer, field: str = "open", by: tuple[str, ...] = ()) -> Series:
    return Series("alert", field, inner, outer, by, _ENDED if field == "open" else _PERSONAL, _WINDOW)


def _rated(by: tuple[str, ...] = ()) -> Series:
    return Series("rating", "rated", "sum", "sum", by, window=_WINDOW)


def _useful(by: tuple[str, ...] = ()) -> Ratio:
    return Ratio(Series("rating", "useful", "sum", "sum", by, window=_WINDOW), _rated(by))


def _in_30_days(field: str, by: tuple[str, ...] = ()) -> Scaled:
    """Alerts about changed days in 30 assessed days: since the boxes began to judge, not of one window."""
    latest = Series("home", field, "last", "sum", by, window=DAY)
    return Scaled(Ratio(latest, replace(latest, field="assessed_days")), 30.0)


def _mean_answer(by: tuple[str, ...] = ()) -> Ratio:
    return Ratio(_alerts("sum", "sum", "answer_s", by), _alerts("count", "sum", "answer_s", by))


_PER_WEEK = Scaled(Series("home", "alerts", "mean", "mean", by=(), window=_WINDOW), 7.0)
_UNCOVERED_WEEK = Scaled(Series("home", "coverage", "mean", "mean", by=(), window=_WINDOW), -168.0, 168.0)


def _stat(title: str, description: str, target: Target, look: Look, empty: str) -> Panel:
    return Panel(title, "stat", description, (target,), look, empty, 6, 3)


_STATS = (
    _stat(
        "Alerts a home and week",
        f"Alerts about people that came up, mean over homes and the days of the last {WEEKS} weeks, times "
        "seven. One is the budget; many more wear people out.",
        Target("alerts", _PER_WEEK),
        number("none", over(1, 2), 2),
        "Not known",
    ),
    _stat(
        "Changes in 30 days",
        "Alerts about changed days for each home and 30 days that could be assessed, since the boxes began to judge. "
        "The next number is what chance alone would give: more than that is change, or a person who is not easy to "
        "learn; far more, and the ratings say which.",
        Target("observed", _in_30_days("change_alerts")),
        plain("none", 2),
        "No assessed day is known of",
    ),
    _stat(
        "So many by chance",
        "So many alerts in 30 assessed days the threshold allows if nothing has changed at all.",
        Target("nominal", _in_30_days("chance_alerts")),
        plain("none", 2),
        "No assessed day is known of",
    ),
    _stat(
        "Rated useful",
        f"Of those that people rated in the last {WEEKS} weeks. A rating that was changed counts as it is now.",
        Target("useful", _useful()),
        number("percentunit", under(0.3, 0.6)),
        "No rating is known of",
    ),
    _stat(
        "Alerts rated",
        f"In the last {WEEKS} weeks: what the share rests on.",
        Target("rated", _rated()),
        plain("none", 0),
        "Not known",
    ),
    _stat(
        "Time to answer, mean",
        f"From the first message to somebody's answer, over {WEEKS} weeks.",
        Target("time", _mean_answer()),
        number("dtdurations", over(900, 3600)),
        "No answer is known of",
    ),
    _stat(
        "Hours a week unseen",
        "Of the 168 hours of a week, those in which the sensors could not see a home, mean over homes. Days on which "
        "a home was dark are not in it; Fleet shows how many were heard.",
        Target("hours", _UNCOVERED_WEEK),
        number("suffix:h", over(8, 24)),
        "Not known",
    ),
    _stat(
        "Homes this rests on",
        "Homes heard in the last 7 days.",
        Target("homes", Count(KNOWN, 0)),
        plain("none", 0),
        "Not known",
    ),
)

_OVER = (
    Panel(
        "Alerts that ended, week by week",
        "bars",
        "By what they were about.",
        (Target("{{rule}}", Series("alert", "open", "count", "sum", ("rule",), _ENDED)),),
        Look("none", 0, low=0, words=RULES),
        empty="No ended alert is known of in this time",
        width=12,
        height=7,
        every="7d",
    ),
    Panel(
        "Share useful, week by week",
        "lines",
        "Of the alerts that people rated in that week.",
        (Target("useful", _useful()),),
        Look("percentunit", 0, low=0, high=1),
        empty="No rating is known of in this time",
        width=12,
        height=7,
        every="7d",
    ),
    Panel(
        "Time to answer, week by week",
        "lines",
        "Mean and slowest of the week.",
        (
            Target("mean", Scaled(_mean_answer(), 1 / 60)),
            Target("slowest", Scaled(_alerts("max", "max", "answer_s"), 1 / 60)),
        ),
        Look("suffix:min", 0, low=0),
        empty="No answer is known of in this time",
        width=12,
        height=7,
        every="7d",
    ),
    Panel(
        "How much of the day was seen?",
        "lines",
        "Mean over homes of the part of each day the sensors could see. Homes that were dark count for nothing here: "
        "Fleet shows how many were heard.",
        (Target("seen", Series("home", "coverage", "mean", "mean", by=())),),
        Look("percentunit", 0, low=0, high=1),
        width=12,
        height=7,
        every="1d",
    ),
)


def _column(name: str, query: Ratio | Scaled | Series, look: Look) -> Target:
    return Target(name, query, look)


_HOMES = Panel(
    "Which homes are served badly?",
    "table",
    f"The last {WEEKS} weeks, home by home.",
    (
        _column(
            "Hours unseen",
            Scaled(Series("home", "coverage", "mean", "mean", window=_WINDOW), -168.0, 168.0),
            cell("suffix:h", over(8, 24), 115),
        ),
        _column(
            "Alerts a week",
            Scaled(Series("home", "alerts", "mean", "mean", window=_WINDOW), 7.0),
            cell("none", over(1, 2), 115, decimals=2),
        ),
        _column(
            "Changes in 30 days",
            _in_30_days("change_alerts", ("home",)),
            replace(plain("none", 2), words=(Word(None, "learning", UNKNOWN),), width=150),
        ),
        _column("Share useful", _useful(("home",)), cell("percentunit", under(0.3, 0.6), 110, unknown=NOT_RATED)),
        _column("Rated", _rated(("home",)), cell("none", ((None, PLAIN),), 70, unknown=NONE)),
        _column("Time to answer", _mean_answer(("home",)), cell("dtdurations", over(900, 3600), 130, unknown=NONE)),
        _column(
            "Heard for",
            Scaled(Series("gateway", "up", "count", "sum", window="7d"), 5.0 / 60.0),
            cell("suffix: h", under(120, 160), 95),
        ),
    ),
    empty="No home is known to have sent anything",
    width=24,
    height=11,
    tags=(("home", Look(link="/d/kinlight-person?var-home=${__value.raw}"), "Home"),),
    sort="Hours unseen",
)

DASHBOARD = Dashboard(
    uid="kinlight-quality",
    title="Service quality: is it worth people's trust?",
    description="Across homes: how often people are told, whether it was useful, how soon they answer, what is missed.",
    panels=(
        *_STATS,
        *_OVER,
        _HOMES,
    ),
    since="now-12w",
    refresh="1h",
)
