"""Is the gateway fast enough for any home, on one core of a small computer, with nothing lost?

    python -m benchmarks.gateway [--seconds 60] [--json FILE]

Real processes on loopback: mosquitto at QoS 1, VictoriaMetrics, `kinlight run` held to one core; the load, the broker
and the store have the others. docs/performance.md says what each figure means.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median

from benchmarks.gateway_load import COMMIT_S, PER_MESSAGE, Load, ours, script
from benchmarks.gateway_parts import CORES, OTHERS, OURS, held_to, last_line, ready_s
from benchmarks.gateway_waits import p99, waits
from benchmarks.report import Figure, arguments, write
from tests.servers import Store, missing_mosquitto, missing_victoria_metrics, victoria_metrics

SWEEP = (1500, 3000, 6000, 12_000)  # messages a second
SWEEP_S = 5.0
SHARE = 0.6  # of the highest rate of the sweep: a minute of a shared machine is rougher than its best seconds
LEAST = 1000  # messages a second: the promise of 5,000 readings, and the rate at which both are compared
QUEUED_S = COMMIT_S + 0.5  # readings that need longer than this after the last message had queued up
INTERVAL_S = 10.0  # the default commit interval
STARTS = 5
ROUNDS = 3
DAYS = 30


def sustained(folder: Path, store: Store, seconds: float) -> list[Figure]:
    """The highest rate at which nothing queues up, then a share of it for `seconds`."""
    best = LEAST
    for rate in SWEEP:
        tried = ours(folder / f"sweep-{rate}", store, rate, SWEEP_S)
        if tried.drain_s > QUEUED_S or tried.seconds > SWEEP_S + 2 * QUEUED_S:
            break
        best = rate
    run = ours(folder / "sustained", store, max(LEAST, SHARE * best), seconds)
    busy = f"{100 * run.cpu_s / run.seconds:.0f} % of its core, peak {run.peak_mb:.0f} MB, {run.drain_s:.1f} s to drain"
    note = (
        f"{run.messages} messages in {run.seconds:.1f} s, {busy}; {SWEEP_S:g} s at {best * PER_MESSAGE:.0f}/s also did"
    )
    return [
        Figure("gateway.readings_per_s", run.per_s, "readings/s", 5000, "higher", note),
        Figure("gateway.lost", run.lost, "readings", 0, "lower", f"{run.doubled} doubled"),
    ]


def ratio(folder: Path, store: Store, seconds: float) -> list[Figure]:
    """Readings a CPU second of ours and of the script, in turns, at the promised rate; and the memory it takes.

    The ratio has no floor: the script checks, keeps and watches nothing, and nothing was promised against it.
    """
    runs: list[tuple[Load, Load]] = [
        (
            ours(folder / f"ours-{number}", store, LEAST, seconds),
            script(folder / f"script-{number}", store, LEAST, seconds),
        )
        for number in range(ROUNDS)
    ]
    each = [our.per_cpu_s / their.per_cpu_s for our, their in runs]
    note = (
        f"{median(our.per_cpu_s for our, _ in runs):.0f} against {median(their.per_cpu_s for _, their in runs):.0f} "
        f"readings a CPU second; {min(each):.2f} to {max(each):.2f} in {ROUNDS} rounds; "
        f"the script stored {100 - 100 * _lost_share(runs):.4g} %"
    )
    peaks = [our.peak_mb for our, _ in runs]
    spread = f"{min(peaks):.1f} to {max(peaks):.1f} in {ROUNDS} rounds"
    memory = f"peak (VmHWM) at {LEAST * PER_MESSAGE:.0f} readings/s with an influx sink; {spread}"
    return [
        Figure("gateway.ratio_script", median(each), "x", None, "higher", note),
        Figure("gateway.rss_mb", median(peaks), "MB", 80, "lower", memory),
    ]


def _lost_share(runs: list[tuple[Load, Load]]) -> float:
    return sum(their.lost for _, their in runs) / sum(their.messages * PER_MESSAGE for _, their in runs)


def delays(folder: Path, _: Store, seconds: float) -> list[Figure]:
    """Publish to committed row."""
    ordinary, urgent = waits(folder, max(seconds, 2 * INTERVAL_S), INTERVAL_S)
    note = f"{len(ordinary)} messages, commit interval {INTERVAL_S:g} s, median {median(ordinary):.1f} s"
    pressed = f"{len(urgent)} presses, median {1000 * median(urgent):.0f} ms"
    return [
        Figure("gateway.commit_p99_s", p99(ordinary), "s", INTERVAL_S + 0.5, "lower", note),
        Figure("gateway.urgent_p99_s", p99(urgent), "s", 1, "lower", pressed),
    ]


def month(folder: Path, store: Store, _: float) -> list[Figure]:
    """A simulated month through the whole program, then the daemon's start on the journal it leaves."""
    folder.mkdir(parents=True)
    capture, config, state = folder / "home.jsonl.gz", folder / "gateway.toml", folder / "state"
    start = (datetime.now(UTC) - timedelta(days=DAYS)).date().isoformat()
    _kinlight("simulate", "--days", str(DAYS), "--start", start, "--output", str(capture), "--config", str(config))
    sink = f'\n[[sink]]\nname = "store"\ntype = "influx"\noptions = {{ url = "{store.url}" }}\n'
    config.write_text(config.read_text() + sink)
    began_s, before_s = time.monotonic(), _children_cpu_s()
    _kinlight("replay", str(capture), "--config", str(config), "--directory", str(state), "--no-forward")
    replay_s, cpu_s = time.monotonic() - began_s, _children_cpu_s() - before_s
    starts, cpu = zip(*(ready_s(config, state) for _ in range(STARTS)), strict=True)
    started = f"{min(starts):.2f} to {max(starts):.2f} in {STARTS} starts; {median(cpu):.2f} s of CPU"
    return [
        Figure("gateway.month_replay_s", replay_s, "s", 60, "lower", f"{DAYS} days; {cpu_s:.1f} s of CPU"),
        Figure("gateway.start_s", median(starts), "s", 2, "lower", started),
    ]


def _kinlight(*words: str) -> None:
    command = [sys.executable, "-m", "gateway", *words]
    with held_to(OURS):
        done = subprocess.run(command, check=False, capture_output=True)
    if done.returncode:
        raise OSError(f"kinlight {words[0]}: {last_line(done.stderr)}")


def _children_cpu_s() -> float:
    times = os.times()
    return times.children_user + times.children_system


PARTS: tuple[tuple[Callable[[Path, Store, float], list[Figure]], float, tuple[str, ...]], ...] = (
    (sustained, 1.0, ("readings_per_s", "lost")),
    (ratio, 0.25, ("ratio_script", "rss_mb")),
    (delays, 1.0, ("commit_p99_s", "urgent_p99_s")),
    (month, 0.0, ("month_replay_s", "start_s")),
)
ORDER = (
    *("readings_per_s", "lost", "ratio_script", "commit_p99_s"),
    *("urgent_p99_s", "rss_mb", "start_s", "month_replay_s"),
)


def measure(seconds: float) -> list[Figure]:
    """Every figure; one that could not be measured says why."""
    if reason := missing_mosquitto() or missing_victoria_metrics():
        return [Figure(f"gateway.{name}", None, "", note=reason) for name in ORDER]
    os.sched_setaffinity(0, OTHERS)
    found: list[Figure] = []
    with tempfile.TemporaryDirectory(prefix="kinlight-bench-") as name:
        folder = Path(name)
        with victoria_metrics(folder) as store:
            for part, share, figures in PARTS:
                print(f"{part.__name__} ...", file=sys.stderr, flush=True)
                try:
                    found += part(folder / part.__name__, store, share * seconds)
                except (OSError, subprocess.SubprocessError) as error:
                    found += [Figure(f"gateway.{figure}", None, "", note=f"{error}") for figure in figures]
    return sorted(found, key=lambda figure: ORDER.index(figure.figure.removeprefix("gateway.")))


def main() -> None:
    """Measure and print."""
    parser = arguments(__doc__)
    parser.add_argument("--seconds", type=float, default=60.0, help="how long the load lasts")
    options = parser.parse_args()
    if options.seconds < 4:
        parser.error("--seconds must be 4 or more: shorter runs say nothing")
    title = f"gateway, {len(CORES)} cores, load average {os.getloadavg()[0]:.1f} at the start"
    write(measure(options.seconds), title, options.json)


if __name__ == "__main__":
    main()
