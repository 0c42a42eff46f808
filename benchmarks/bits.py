"""Do two machines give the same bits? What one kept, as digests, held against what the other keeps.

    python -m benchmarks.bits --write FILE     on the one
    python -m benchmarks.bits --compare FILE   on the other; fails where anything differs

Lived are a simulated home through the whole program (every row of its journal, and all that is learned), forty homes
of made-up days in the day tier with changes that its daily evidence and its slow channel find, and a series in the
stream scorer. The made-up ones are drawn as whole numbers, so that no library's logarithm has a part in them.
"""

import hashlib
import json
import platform
import sys
import tempfile
from dataclasses import fields
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.burden import Living, Told, lived
from benchmarks.report import Figure, arguments, write
from rules.core import score_stream
from rules.core.detector import close_day
from rules.core.detector_state import DayState, F, new_state
from rules.core.features import FEATURES

DAYS, HOMES, MADE_UP_DAYS = 42, 40, 240
SEED = 5
BLOCK = 20_000  # frames between two looks at the journal


class Rows(Living):
    """A home whose rows are kept as a digest."""

    def __init__(self, directory: Path) -> None:
        super().__init__(directory)
        self.digest = hashlib.sha256()

    def note(self) -> None:
        """Take in the rows that wait."""
        batch = self.pipeline.harvest()
        for name in (each.name for each in fields(batch)):
            self.digest.update(repr(getattr(batch, name)).encode())


def home(days: int) -> dict[str, str]:
    """The journal of a simulated home, and what its core has learned."""
    with tempfile.TemporaryDirectory() as directory:
        living, told = Rows(Path(directory)), Told("healthy", days / 7)
        frames = iter(lived("healthy", SEED, days))
        while part := list(islice(frames, BLOCK)):
            living.live(part, told)
            living.note()
    learned = living.pipeline.engine.learning
    parts = {"hazard": learned.hazard.save(), "routine": learned.routine.save().encode()}
    kept = {f"home.{name}": hashlib.sha256(raw).hexdigest() for name, raw in parts.items()}
    return {"home.journal": living.digest.hexdigest()} | kept | arrays("home.day", learned.state)


def day_tier() -> dict[str, str]:
    """Forty homes of which half change, one step at a time or slowly."""
    rng, state, alarms = np.random.default_rng(SEED), new_state(HOMES), hashlib.sha256()
    scale = np.array([feature.scale for feature in FEATURES])
    for day in range(MADE_UP_DAYS):
        noise = rng.integers(-1000, 1001, size=(12, HOMES, F)).sum(axis=0) / 2000.0  # near enough a normal of SD 1
        features = 10.0 + scale * noise
        features[: HOMES // 4] -= 0.02 * max(day - 100, 0) * scale
        features[HOMES // 4 : HOMES // 2, :20] += 1.5 * (day % 80 > 60) * scale[:20]
        result = close_day(state, day, features, np.zeros(HOMES, np.int64))
        alarms.update(result.alarm.tobytes() + result.slow.tobytes() + result.total.tobytes())
    return {"days.alarms": alarms.hexdigest()} | arrays("days", state)


def stream() -> dict[str, str]:
    """A daily pattern with noise and a surprise."""
    rng = np.random.default_rng(SEED)
    values: NDArray[np.float64] = (np.arange(6000) % 144) + rng.integers(-20, 21, size=6000) / 4.0
    values[4000:4020] += 60.0
    return {"stream.scores": hashlib.sha256(score_stream(values).tobytes()).hexdigest()}


def arrays(name: str, state: DayState) -> dict[str, str]:
    """A digest of each array of a state."""
    parts = {each.name: np.ascontiguousarray(getattr(state, each.name)) for each in fields(state)[1:]}
    return {f"{name}.{part}": hashlib.sha256(array.tobytes()).hexdigest() for part, array in parts.items()}


def main() -> None:
    """Live everything, then write it or compare."""
    parser = arguments(__doc__)
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("--write", type=Path, metavar="FILE")
    which.add_argument("--compare", type=Path, metavar="FILE")
    parser.add_argument("--days", type=int, default=DAYS, help="of the simulated home; the same on both")
    chosen = parser.parse_args()
    mine = {
        "machine": f"{platform.machine()}, Python {platform.python_version()}, numpy {np.__version__}",
        "days": chosen.days,
        "digests": home(chosen.days) | day_tier() | stream(),
    }
    if chosen.write:
        chosen.write.write_text(json.dumps(mine, indent=1), encoding="utf-8")
        print(f"{len(mine['digests'])} digests of this machine ({mine['machine']}) are in {chosen.write}")
        return
    other = json.loads(chosen.compare.read_text(encoding="utf-8"))
    if other["days"] != chosen.days:
        parser.error(f"{chosen.compare} was written with --days {other['days']}")
    names = sorted(mine["digests"].keys() | other["digests"].keys())
    differing = [name for name in names if mine["digests"].get(name) != other["digests"].get(name)]
    note = ", ".join(differing[:8])
    figure = Figure("bits.differing", len(differing), f"of {len(names)} digests", 0.0, note=note)
    write([figure], f"{mine['machine']} beside {other['machine']}", chosen.json)
    sys.exit(1 if differing else 0)


if __name__ == "__main__":
    main()
