"""`python -m dashboards build`: write the JSON of every dashboard for every store beside this file."""

import json
import sys
from pathlib import Path

from dashboards import caseload, family, fleet, person, quality
from dashboards.grafana_json import STORES, dashboard

OUT = Path(__file__).parent / "json"
DASHBOARDS = {
    module.__name__.rpartition(".")[2]: module.DASHBOARD for module in (caseload, person, family, fleet, quality)
}


def files() -> dict[str, str]:
    """Every file by its name under `json/`."""
    return {
        f"{store}/{name}.json": json.dumps(dashboard(wanted, store), indent=1, ensure_ascii=False) + "\n"
        for store in STORES
        for name, wanted in DASHBOARDS.items()
    }


def main() -> None:
    """Write them."""
    if sys.argv[1:] != ["build"]:
        sys.exit(__doc__)
    for name, text in files().items():
        path = OUT / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
