"""The plot of docs/detection.md: share found within 14 days against alerts per 30 person-days."""

from pathlib import Path

import numpy as np

from benchmarks.deterioration_days import Copies, Homes
from benchmarks.deterioration_runs import chance, counted, joined, run_clean, run_copies

LEVELS = (20.0, 30.0, 45.0, 65.0, 100.0, 180.0)  # days of chance to an alert
SHOWN = {"uti": "urinary infection", "decline": "decline", "heart_failure": "heart failure", "slow": "slow decline"}


def draw(homes: Homes, changed: list[Copies], file: Path) -> None:
    """Run each level and write the curves as SVG or PNG, by the file's ending."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    mpl.rcParams["svg.hashsalt"] = "kinlight"
    rates, curves = [], {name: [] for name in (*SHOWN, "chance")}
    for c in LEVELS:
        clean = run_clean(homes, c)
        found = joined([run_copies(clean, each, c) for each in changed])
        alerts, days = counted(clean)
        rates.append(30.0 * alerts.sum() / days.sum())
        for name in SHOWN:
            curves[name].append(float((found.day[(found.scenario == name) & found.recorded] < 14).mean()))
        curves["chance"].append(float(np.nanmean(chance(clean, homes.lengths, 14))))
    figure, axes = plt.subplots(figsize=(7.0, 4.2), layout="constrained")
    for name, label in (*SHOWN.items(), ("chance", "nothing put in (chance)")):
        axes.plot(rates, curves[name], marker="o", label=label, color="0.6" if name == "chance" else None)
    axes.set(
        xlabel="alerts per 30 person-days with nothing put in",
        ylabel="found within 14 days",
        ylim=(0, 1),
        title=f"{len(homes.ids)} TIHM homes, changes put into real days",
    )
    axes.grid(alpha=0.3)
    figure.legend(loc="outside lower center", ncols=3, fontsize="small")
    figure.savefig(file, metadata={"Date": None} if file.suffix == ".svg" else None)
    plt.close(figure)
