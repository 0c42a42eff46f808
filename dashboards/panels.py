"""What a dashboard is made of, without a word about Grafana's JSON or a store's language."""

from dataclasses import dataclass
from typing import Literal

from dashboards.query import Query

Kind = Literal["stat", "table", "log", "lines", "bars", "timeline", "text"]


@dataclass(frozen=True, slots=True)
class Word:
    """A value shown as words; None stands for "unknown"."""

    value: float | str | None
    text: str
    colour: str


Steps = tuple[tuple[float | None, str], ...]
"""From which value on which colour; the first is None: from the lowest."""


@dataclass(frozen=True, slots=True)
class Look:
    """How one column, line or number is shown."""

    unit: str = "none"
    decimals: int | None = None
    steps: Steps = ()
    words: tuple[Word, ...] = ()
    low: float | None = None
    high: float | None = None
    cell: Literal["auto", "fill"] = "auto"  # of a table
    width: int = 0  # of a column, in pixels
    least: int = 0  # of a column that takes what is left, in pixels
    link: str = ""  # where a click on the value goes
    colour: str = ""  # of a line; "" for the palette's next
    band: str = ""  # the line is the upper edge of a band down to the line of this name
    dashed: bool = False
    thick: bool = False
    broad: bool = False  # thicker still, and pale: a state beside the lines
    left: bool = False  # of a column: text at its left edge
    clock: bool = False  # hours are shown as a time of day
    hidden: bool = False  # the column is there for sorting alone


@dataclass(frozen=True, slots=True)
class Target:
    """One query with the name of its column or line; {{tag}} in the name stands for the tag's value."""

    name: str
    query: Query
    look: Look | None = None  # None: the panel's


@dataclass(frozen=True, slots=True)
class Panel:
    """One question, answered."""

    title: str
    kind: Kind
    description: str  # for the little (i): what is shown, how to read it
    targets: tuple[Target, ...] = ()
    look: Look = Look()
    empty: str = "Not known"  # what stands there when there is nothing to show
    width: int = 6  # of 24
    height: int = 4
    every: str = ""  # least width of a bucket
    last: str = ""  # shows this much, whatever range was chosen
    legend: bool = True
    log: bool = False  # a logarithmic scale
    soft: tuple[float, float] | None = None  # what the axis shows at least, so that its labels differ
    link: str = ""  # title of a panel of the same page that tells more
    tags: tuple[tuple[str, Look | None, str], ...] = ()  # of a table: tag, look, name of the column
    heads: bool = True  # of a table: the names of its columns stand above them
    sort: str = ""  # of a table: by this column, largest first; of a log: smallest first among what is of one time
    level: float | None = None  # a dashed line: from here on it is worth checking
    text: str = ""  # of a text panel, Markdown


@dataclass(frozen=True, slots=True)
class Row:
    """A heading; `closed`: what is under it is shown after a click."""

    title: str
    closed: bool = False


@dataclass(frozen=True, slots=True)
class Dashboard:
    """One question of one reader."""

    uid: str
    title: str
    description: str
    panels: tuple[Panel | Row, ...]
    since: str = "now-7d"
    refresh: str = "5m"
    home: Literal["one", "some"] = "some"
    marks: Literal["", "kind", "plain"] = ""  # alerts as annotations
    story: str = ""  # title of the panel that tells what a mark stands for
    links: tuple[tuple[str, str], ...] = ()  # title, uid of a dashboard about the same home, and how it is shown
    tags: tuple[str, ...] = ("kinlight",)
