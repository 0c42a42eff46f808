"""The failure notice: systemd's OnFailure unit runs it.

`kinlight failed`: what systemd starts beside a box that does not run, so that somebody hears of it.

A process of its own, which needs nothing of what may be broken: it reads what can be read of both files, and hands one
message to each notifier that works. A box that was watching a moment ago is being started again; that is no news.
"""

import json
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from gateway import notifiers
from gateway.config import plugins
from gateway.config.plan import Plan, load_plan
from gateway.config.settings import Config, examine
from gateway.config.toml_file import ConfigError
from gateway.model.contracts import Message, NotifyError
from gateway.service.health import STATUS
from rules.terms.finding import AlertKind, Priority
from rules.terms.time import NS_PER_S

FAILING = "failing.json"
GRACE_S = 120.0  # started again within seconds, most troubles are over
AGAIN_S = 12 * 3600.0


class Failing(NamedTuple):
    """A stretch of time in which the box does not start."""

    since_s: float
    told_s: float = 0.0


def failing(folder: Path, now_s: float) -> Failing:
    """Since when it does not start, by the file in `folder`: anew where the box has watched since."""
    status = folder / STATUS
    watched_s = status.stat().st_mtime if status.exists() else 0.0
    with suppress(OSError, ValueError, TypeError):
        since_s, told_s = json.loads((folder / FAILING).read_text())
        if watched_s < since_s <= now_s:
            return Failing(float(since_s), float(told_s))
    return Failing(now_s)


def tell(path: Path, folder: Path, now_s: float) -> list[str]:
    """Tell everybody who hears of a blind box, once it has been down for long enough; what became of each message."""
    state = failing(folder, now_s)
    said: list[str] = []
    if now_s - state.since_s >= GRACE_S and now_s - state.told_s >= AGAIN_S:
        said = list(_tell(path, state.since_s, now_s))
        if any(line.endswith(": told") for line in said):
            state = state._replace(told_s=now_s)
    (folder / FAILING).write_text(json.dumps(state))
    return said


def _tell(path: Path, since_s: float, now_s: float) -> Iterator[str]:
    try:
        config, faults = examine(path)
    except ConfigError as error:
        config, faults = None, str(error).splitlines()
    if config is None:
        yield f"nobody can be told: {faults[0]}"
        return
    plan = Plan()
    with suppress(ConfigError):  # then every notifier is told, as without a plan
        plan = load_plan(path.with_name("plan.toml"), {leaf.name for leaf in config.notifier})
    told = {contact.notifier for contact in plan.contact if contact.hears(AlertKind.TECHNICAL, Priority.HIGH)}
    message = _message(config, since_s, now_s, faults)
    for leaf in config.notifier:
        if told and leaf.name not in told:
            continue
        try:
            notifier = plugins.build(notifiers, leaf.type, leaf.options)
        except ValueError as error:
            yield f"notifier {leaf.name}: {error}"
            continue
        try:
            notifier.send(message)
            yield f"notifier {leaf.name}: told"
        except NotifyError as error:
            yield f"notifier {leaf.name}: {error}"
        finally:
            notifier.close()


def _message(config: Config, since_s: float, now_s: float, faults: list[str]) -> Message:
    since = datetime.fromtimestamp(since_s, tz=UTC).astimezone(config.home.zone)
    why = " Its configuration is wrong." if faults else ""
    body = (
        f"The Kinlight box of {config.home.id} has not been able to start since {since:%H:%M on %d %B}.{why}\n"
        "Nobody is watched meanwhile, and a help button that goes through it tells nobody. Look in by yourself.\n"
        "Ask whoever looks after the box: `kinlight check` says what to mend."
    )
    title = "Kinlight does not run: nobody is watched"
    return Message(0, title, body, AlertKind.TECHNICAL, Priority.HIGH, int(now_s * NS_PER_S))
