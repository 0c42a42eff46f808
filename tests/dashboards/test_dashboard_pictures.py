"""Every dashboard drawn for every home, as wide as a phone and two desks, light, dark and without colours.

Runs where the renderer was built (dashboards/render): KINLIGHT_RENDER is its folder `build`. With KINLIGHT_PICTURES, a
folder, the pictures stay there to be looked at.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from dashboards.__main__ import DASHBOARDS
from dashboards.render.shoot import TODAY, Gallery, gallery
from tests import servers
from tests.dashboards.ten_homes import STORIES, Street

BUILD: Final = os.environ.get("KINLIGHT_RENDER", "")
KEPT: Final = os.environ.get("KINLIGHT_PICTURES", "")
WIDTHS: Final = (360, 1060, 1400)
LOOKS: Final[dict[str, dict[str, object]]] = {
    "light": {"mode": "light"},
    "dark": {"mode": "dark"},
    "grey": {"mode": "light", "grey": 1},
}
NONSENSE: Final = ("null", "NaN", "undefined", "No data", "-∞", "[object", "$home", "{{")
PAGES: Final = [
    (name, home) for name, wanted in DASHBOARDS.items() for home in (STORIES if wanted.home == "one" else [""])
]

FIRST: Final = {  # what the first pixels of Person and of Family say of each home
    "ash": ("Nothing stands out", "Nothing needs you now"),
    "birch": ("Help button pressed", "Something came up: worth a call now"),
    "cedar": ("Nothing stands out", "Nothing needs you now"),
    "elm": ("Help button pressed", "daughter"),
    "fir": ("Not heard: nothing is known", "Not seen just now: please call"),
    "hazel": ("Kinlight may see nothing", "We could not see enough to say"),
    "linden": ("Still learning: day", "Still learning the days: day"),
    "maple": ("Away from home", "Nobody seems to be at home"),
    "oak": ("Restless nights", "Days have changed: worth a call"),
    "rowan": ("Nothing stands out", "Nothing needs you now"),
}


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gallery]:
    """The ten homes in a store, and a browser before them."""
    if not BUILD:
        pytest.skip("no renderer: build dashboards/render (npm) and give its folder build as KINLIGHT_RENDER")
    if reason := servers.missing_victoria_metrics() or servers.missing("chromium"):
        pytest.skip(reason)
    street = Street(tmp_path_factory.mktemp("street"), TODAY)
    with gallery(Path(BUILD), street.lines(), street.end_s) as found:
        yield found


@pytest.mark.timeout(3600)
@pytest.mark.parametrize(("name", "home"), PAGES)
def test_a_page_is_drawn_whole_in_words_and_with_contrast(shown: Gallery, name: str, home: str) -> None:
    for width in WIDTHS:
        for look, options in LOOKS.items():
            shown.draw(name, home, width, **options)
            if KEPT:
                (Path(KEPT) / f"{name}-{home or 'all'}-{width}-{look}.png").write_bytes(shown.picture())
            text = shown.page.run("document.body.innerText")
            assert not [word for word in NONSENSE if word in text], (width, look)
            assert contrast_faults(shown) == [], (width, look)
            assert cut(shown) == [], (width, look)


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("home", STORIES)
@pytest.mark.parametrize("width", [390, 1060])
def test_the_first_pixels_say_how_somebody_is(shown: Gallery, home: str, width: int) -> None:
    for name, answer in zip(("person", "family"), FIRST[home], strict=True):
        shown.draw(name, home, width, mode="light", closed=1)
        assert answer in " / ".join(first(shown)), (name, home)


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("width", [390, 1060])
def test_the_first_pixels_say_who_is_first_and_which_box_is(shown: Gallery, width: int) -> None:
    shown.draw("caseload", "", width, mode="light", closed=1)
    rows = first(shown)
    names = [home for home in sorted(STORIES, key=rows.index) if home in rows]
    assert len(names) == len(STORIES)
    assert names[:3] == ["birch", "elm", "fir"], "a press nobody took, one that is taken, a home that is not heard"
    for home in ("birch", "elm", "fir", "oak"):
        assert FIRST[home][0] in rows
    shown.draw("fleet", "", width, mode="light", closed=1)
    boxes = first(shown)
    assert sorted(("fir", "hazel"), key=boxes.index) == ["fir", "hazel"]
    assert all(boxes.index("hazel") <= boxes.index(home) for home in STORIES if home not in ("fir", "hazel"))


@pytest.mark.timeout(3600)
def test_what_is_faint_or_cut_is_found(shown: Gallery) -> None:
    shown.draw("fleet", "", 1060, mode="light")
    shown.page.run("document.querySelector('h2').style.color = '#DDDDDD'")
    assert contrast_faults(shown)
    shown.page.run("document.querySelector('h2').style.cssText = 'width: 20px; overflow: hidden; white-space: nowrap'")
    assert cut(shown) == ["Which box needs me?"]


def first(shown: Gallery) -> list[str]:
    """The texts of what stands in the first 600 pixels below the page's own head."""
    script = """(() => { const found = [];
        const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
        while (walk.nextNode()) {
            const range = document.createRange();
            range.selectNodeContents(walk.currentNode);
            const box = range.getBoundingClientRect();
            if (box.width && box.bottom <= 656 && box.left < window.innerWidth) found.push(walk.currentNode.data);
        }
        return found; })()"""
    return list(shown.page.run(script))


def contrast_faults(shown: Gallery) -> list[str]:
    """What axe-core says against the contrast of what is written."""
    asked = 'axe.run(document, {runOnly: ["color-contrast"], resultTypes: ["violations"]})'
    found: list[Any] = shown.page.run(f"{asked}.then((said) => said.violations)")
    return [node["html"][:200] + " " + node["failureSummary"][:300] for each in found for node in each["nodes"]]


def cut(shown: Gallery) -> list[str]:
    """Headings of panels that end in dots."""
    script = """[...document.querySelectorAll('h2, h6')].filter((one) => one.scrollWidth > one.clientWidth + 1)
        .map((one) => one.textContent)"""
    return list(shown.page.run(script))
