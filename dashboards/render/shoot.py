"""Pictures of the dashboards, drawn from a real VictoriaMetrics with Grafana's own components in headless Chromium.

    cd dashboards/render && npm install --ignore-scripts && npm run build && cd ../..
    python -m dashboards.render.shoot --build dashboards/render/build --out docs/pictures

Starts its own store on a loopback port, fills it with a simulated caseload, and ends it. Needs the programs
victoria-metrics and chromium. It is Grafana's look, not a Grafana server: variables, links and the state timeline are
drawn by the page in src/.
"""

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from urllib.parse import urlencode

from dashboards.__main__ import DASHBOARDS, OUT
from gateway.simulate.caseload import home, points
from rules.core.patterns import PATTERN_NAMES
from tests import servers
from tests.dashboards import asking

HOMES = range(66, 94)  # among them two that are dark, one that is away and one hardly seen
DAYS = 84
FINE_DAYS = 7.0
END_S = 1_790_000_000 // 86_400 * 86_400 + 59_400  # 16:30 UTC: no label of a time axis is at its edge
GRID, HEAD, PHONE_WIDTH, WIDTH = 38, 64, 500, 1500


def main() -> None:
    """Draw all five."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", type=Path, required=True, help="what `npm run build` made")
    parser.add_argument("--out", type=Path, required=True, help="folder for the pictures")
    parser.add_argument("--only", choices=DASHBOARDS, help="one dashboard")
    wish = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, servers.victoria_metrics(Path(folder)) as store:
        asking.write(store, points(HOMES, END_S, DAYS, FINE_DAYS))
        servers.get(f"{store.url}/internal/force_flush")
        site = Path(folder) / "site"
        shutil.copytree(wish.build, site)
        shutil.copytree(OUT / "victoriametrics", site / "json")
        port = servers.free_port()
        command = [sys.executable, "-m", "http.server", str(port), "--bind", servers.HOST, "--directory", str(site)]
        web = servers.Server(command, port, lambda: servers.listens(port), Path(folder) / "web.log")
        web.start()
        try:
            for name in [wish.only] if wish.only else DASHBOARDS:
                shoot(name, store.query_url, port, wish.out)
        finally:
            web.stop()


def shoot(name: str, store_url: str, port: int, out: Path) -> None:
    """One picture; the family's as on a phone."""
    phone = name == "family"
    path = out / ("family-phone.png" if phone else f"{name}.png")
    wanted = DASHBOARDS[name]
    model = json.loads((OUT / "victoriametrics" / f"{name}.json").read_text(encoding="utf-8"))
    places = [panel["gridPos"] for panel in model["panels"]]
    rows = sum(p["h"] for p in places) if phone else max(p["y"] + p["h"] for p in places)
    asked = {
        "dashboard": f"json/{name}.json",
        "store": store_url,
        "home": somebody() if wanted.home == "one" else ".*",
        "from": END_S - asking.seconds(wanted.since.removeprefix("now-")),
        "to": END_S + 240,
        "mode": "light" if name in ("person", "family") else "dark",
    } | ({"phone": 1} if phone else {})
    size = f"{PHONE_WIDTH if phone else WIDTH},{rows * GRID + HEAD}"
    subprocess.run(  # noqa: S603 - our own programs and addresses
        [
            servers.program("chromium"),
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--hide-scrollbars",
            "--virtual-time-budget=20000",
            f"--window-size={size}",
            f"--screenshot={path}",
            f"http://{servers.HOST}:{port}/index.html?{urlencode(asked)}",
        ],
        check=True,
        capture_output=True,
        timeout=120,
    )


def somebody() -> str:
    """Somebody whose changed routine was told days ago and whose vital signs are taken."""
    homes = [home(number) for number in HOMES]
    return max(
        (h for h in homes if h.measured and h.story in PATTERN_NAMES),
        key=lambda h: min(h.level - 1, 0.3) * h.onset_days,
    ).id


if __name__ == "__main__":
    main()
