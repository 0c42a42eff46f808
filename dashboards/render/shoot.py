"""Pictures of the dashboards: ten homes in a real VictoriaMetrics, drawn with Grafana's own components in Chromium.

    cd dashboards/render && npm install --ignore-scripts && npm run build && cd ../..
    python -m dashboards.render.shoot --build dashboards/render/build --out docs/pictures

Starts its own store on a loopback port, fills it with ten homes that the whole program lives through (some minutes'
work), and ends it. Needs the programs victoria-metrics and chromium. It is Grafana's look, not a Grafana server:
variables, links and the state timeline are drawn by the page in src/.
"""

import argparse
import shutil
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from itertools import islice
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from dashboards.__main__ import DASHBOARDS, OUT
from dashboards.render.browser import Browser, browser
from tests import servers
from tests.dashboards import asking
from tests.dashboards.ten_homes import Street

TODAY = date(2026, 11, 26)
PHONE_PX, DESK_PX = 390, 1060
BATCH = 20_000
PICTURES = {  # file -> dashboard, home, width
    "caseload.png": ("caseload", "", DESK_PX),
    "person.png": ("person", "oak", DESK_PX),
    "family-phone.png": ("family", "cedar", PHONE_PX),
    "fleet.png": ("fleet", "", DESK_PX),
    "quality.png": ("quality", "", DESK_PX),
}


@dataclass
class Gallery:
    """Pages over one store, in one browser."""

    page: Browser
    site: str
    store: str
    end_s: int

    def draw(self, name: str, home: str, width: int, **options: object) -> None:
        """Draw a dashboard at a width; `options` of the page: mode="dark", grey=1, closed=1."""
        wanted = DASHBOARDS[name]
        asked: dict[str, Any] = {
            "dashboard": f"json/{name}.json",
            "store": self.store,
            "home": home or ".*",
            "from": self.end_s - asking.seconds(wanted.since.removeprefix("now-")),
            "to": self.end_s + 1,
        }
        self.page.size(width, 900)
        self.page.open(f"{self.site}/index.html?{urlencode(asked | options)}")
        self.page.until("document.title === 'drawn' || document.title.startsWith('failed')")
        if (title := self.page.run("document.title")) != "drawn":
            raise RuntimeError(f"{name} of {home}: {title}")

    def picture(self) -> bytes:
        """The whole page that was drawn last."""
        return self.page.picture(self.page.run("document.documentElement.scrollHeight"))


@contextmanager
def gallery(build: Path, lines: Iterable[str], end_s: int) -> Iterator[Gallery]:
    """A store with these lines, the pages, and a browser. `build`: what `npm run build` made."""
    with tempfile.TemporaryDirectory() as folder, servers.victoria_metrics(Path(folder)) as store, browser() as page:
        waiting = iter(lines)
        while batch := list(islice(waiting, BATCH)):
            servers.post(f"{store.url}/api/v2/write?precision=s", "\n".join(batch).encode(), timeout_s=120)
        servers.get(f"{store.url}/internal/force_flush")
        site = Path(folder) / "site"
        shutil.copytree(build, site)
        shutil.copytree(OUT / "victoriametrics", site / "json")
        port = servers.free_port()
        command = [sys.executable, "-m", "http.server", str(port), "--bind", servers.HOST, "--directory", str(site)]
        web = servers.Server(command, port, lambda: servers.listens(port), Path(folder) / "web.log")
        web.start()
        try:
            yield Gallery(page, f"http://{servers.HOST}:{port}", store.query_url, end_s)
        finally:
            web.stop()


def main() -> None:
    """Draw all five."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", type=Path, required=True, help="what `npm run build` made")
    parser.add_argument("--out", type=Path, required=True, help="folder for the pictures")
    wish = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        street = Street(Path(folder), TODAY)
        with gallery(wish.build, street.lines(), street.end_s) as shown:
            for file, (name, home, width) in PICTURES.items():
                shown.draw(name, home, width, mode="light", closed=1)
                (wish.out / file).write_bytes(shown.picture())


if __name__ == "__main__":
    main()
