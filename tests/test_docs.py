"""The pages against the program: commands, links, examples, and nothing of a developer's machine.

A failure names the file and says what to do there.
"""

import re
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import typer

from drivers.kit import catalogue as drivers
from gateway.cli.main import app
from gateway.config.plan import Plan, load_plan
from gateway.config.settings import Config
from gateway.config.toml_file import read_toml
from gateway.service.build import Setup, build
from rules.kit import catalogue as rules

ROOT = Path(__file__).parent.parent
pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")  # Apprise's own, on 3.11

PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")])
FENCED = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
INDENTED = re.compile(r"(?:^    .*\n|^\n)+", re.MULTILINE)
CODE_SPAN = re.compile(r"`([^`\n]+)`")
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
MACHINE = re.compile(r"(?<![\w.~$}-])/(?:work/|root/|home/[a-z])")


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def blocks(page: Path) -> Iterator[tuple[str, str]]:
    """The code blocks of a page: language ("" where it is not said) and text."""
    text = page.read_text()
    for match in FENCED.finditer(text):
        yield match[1], match[2]
    for match in INDENTED.finditer(FENCED.sub("\n", text)):
        if match[0].strip():
            yield "", re.sub(r"^    ", "", match[0], flags=re.MULTILINE).strip("\n") + "\n"


def commands() -> dict[str, Any]:
    """Every command of the program by its full name."""
    found: dict[str, Any] = {}

    def walk(command: Any, name: str) -> None:
        for word, part in getattr(command, "commands", {}).items():
            walk(part, f"{name} {word}")
        if not hasattr(command, "commands"):
            found[name] = command

    walk(typer.main.get_command(app), "kinlight")
    return found


@pytest.mark.parametrize("name", sorted(commands()))
def test_operations_explains_the_command(name: str) -> None:
    page = (ROOT / "docs" / "operations.md").read_text()
    rows = re.findall(rf"^\| `{name}(?: [^`]*)?` \| (.+?) \|$", page, re.MULTILINE)
    assert rows, f"docs/operations.md: add a row `| `{name} ...` | what it is for |` to the table of commands"
    assert all(len(purpose.split()) >= 2 for purpose in rows), f"docs/operations.md: say what {name} is for"


def said_commands(page: Path) -> Iterator[str]:
    """Everything on a page that somebody could type after `kinlight`."""
    code = [text for _, text in blocks(page)] + CODE_SPAN.findall(FENCED.sub("", page.read_text()))
    for text in code:
        for row in text.splitlines():
            if not re.search(r"systemctl|journalctl|^from |^import ", row):
                yield from (match[1] for match in re.finditer(r"(?<![\w/.:-])kinlight ([a-z][^#|&;`]*)", row))


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_commands_on_a_page_exist(page: Path) -> None:
    known = commands()
    for said in said_commands(page):
        words = said.split()
        name = next((n for n in (" ".join(["kinlight", *words[:k]]) for k in (2, 1)) if n in known), "")
        group = any(each.startswith(f"kinlight {words[0]} ") for each in known) and len(words) == 1
        assert name or group, f"{name_of(page)}: there is no `kinlight {said.strip()}`; mend or remove it"
        options = {opt for part in known[name].params for opt in (*part.opts, *part.secondary_opts)} if name else set()
        for word in words:
            option = word.strip("'\"[](),.").split("=")[0]
            if re.fullmatch(r"--?[a-z][a-z-]*", option) and option != "--help":
                assert option in options, f"{name_of(page)}: `{name}` has no option {option}; mend or remove it"


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_links_lead_somewhere(page: Path) -> None:
    for target in LINK.findall(FENCED.sub("", page.read_text())):
        path, _, heading = target.partition("#")
        if re.match(r"[a-z]+:", target):
            continue
        there = page.parent / path if path else page
        assert there.exists(), f"{name_of(page)}: the link to {target} leads nowhere; mend it or write that page"
        if heading and there.suffix == ".md":
            titles = re.findall(r"^#+ (.+)$", there.read_text(), re.MULTILINE)
            anchors = {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}
            assert heading in anchors, f"{name_of(page)}: {path or 'this page'} has no heading for #{heading}"


def toml_blocks() -> list[Any]:
    found = []
    for page in PAGES:
        for index, (language, text) in enumerate(blocks(page)):
            if language == "toml" or (not language and re.match(r"\[\[?[a-z]", text)):
                found.append(pytest.param(page, text, id=f"{name_of(page)}-{index}"))
    return found


@pytest.mark.parametrize(("page", "text"), toml_blocks())
def test_toml_on_a_page_loads(page: Path, text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    where = tmp_path / "block.toml"
    where.write_text(text)
    _, values = read_toml(where)
    if set(values) <= set(Plan.model_fields):
        load_plan(where, {contact["notifier"] for contact in values.get("contact", ())})
        return
    unknown = set(values) - set(Config.model_fields)
    assert not unknown, f"{name_of(page)}: {unknown} is no part of gateway.toml or plan.toml"
    load_completed(text, values, tmp_path, monkeypatch)


def load_completed(text: str, values: dict[str, Any], directory: Path, monkeypatch: pytest.MonkeyPatch) -> Setup:
    """Build a home from a fragment of a gateway.toml, with what the fragment takes for granted around it."""
    for secret in re.findall(r'"credential:([^"]+)"', text):
        variable = "KINLIGHT_" + secret.upper().replace("-", "_")
        monkeypatch.setenv(variable, "json://localhost")
    devices = {device["name"] for device in values.get("device", ())}
    taken = {sensor["device"] for sensor in values.get("sensor", ()) if "device" in sensor} - devices
    text += "".join(f'\n[[device]]\nname = "{name}"\ndriver = "zigbee2mqtt"\n' for name in sorted(taken))
    rooms = {room for rule in values.get("rules", {}).values() for room in rule.get("ignore_rooms", ())}
    rooms -= {sensor.get("room") for sensor in values.get("sensor", ())}
    for room in sorted(rooms):
        text += f'\n[[device]]\nname = "{room}"\ndriver = "zigbee2mqtt"\n'
        text += f'\n[[sensor]]\nname = "{room}"\nroom = "{room}"\ndevice = "{room}"\naddress = "{room}"\n'
    text += "" if "home" in values else '\n[home]\nid = "home-1"\n'
    text += "" if "mqtt" in values else '\n[mqtt]\nhost = "127.0.0.1"\n'
    path = directory / "gateway.toml"
    path.write_text(text)
    return build(path, directory / "no-plan.toml")


def switched_on(text: str) -> str:
    """An example with every setting that is commented out in it: # and no space before it."""
    return re.sub(r"^#(?=[\[\w])", "", text, flags=re.MULTILINE)


@pytest.mark.parametrize("change", [str, switched_on], ids=["as it is", "all switched on"])
def test_examples_load_together(change: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gateway, plan = ((ROOT / "examples" / name).read_text() for name in ("gateway.toml", "plan.toml"))
    (tmp_path / "both.toml").write_text(change(gateway))
    _, values = read_toml(tmp_path / "both.toml")
    setup = load_completed(change(gateway), values, tmp_path, monkeypatch)
    (tmp_path / "plan.toml").write_text(change(plan))
    loaded = load_plan(tmp_path / "plan.toml", set(setup.notifiers))
    assert len(setup.config.sensor) == len(re.findall(r"^\[\[sensor\]\]", change(gateway), re.MULTILINE))
    assert len(loaded.contact) == len(re.findall(r"^\[\[contact\]\]", change(plan), re.MULTILINE))
    setup.close()


def test_every_rule_is_on_until_a_table_leaves_it_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What docs/rules.md and examples/gateway.toml say of `enabled`."""
    text = (ROOT / "examples" / "gateway.toml").read_text()
    for change, off in ((str, set()), (switched_on, {"cold_room"})):
        where = tmp_path / "said.toml"
        where.write_text(change(text))
        setup = load_completed(change(text), read_toml(where)[1], tmp_path, monkeypatch)
        assert set(setup.rules) == set(rules.names()) - off
        setup.close()


LEAVES = [("rules", name) for name in rules.names()] + [("drivers", name) for name in drivers.names()]


@pytest.mark.parametrize(("kind", "name"), LEAVES)
def test_leaf_has_its_place_in_the_pages(kind: str, name: str) -> None:
    page = ROOT / "docs" / f"{kind}.md"
    assert re.search(rf"^## {name}$", page.read_text(), re.MULTILINE), (
        f"docs/{kind}.md: add a section `## {name}`: what it sees or reads, its settings, what it cannot"
    )


@cache
def tracked() -> tuple[Path, ...]:
    """Every text file under version control. Skips outside a checkout."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False)
    if listed.returncode:
        pytest.skip("not a git checkout: which files are the project's is not known")
    paths = (ROOT / name for name in listed.stdout.decode().split("\0") if name)
    return tuple(path for path in paths if path.is_file() and b"\0" not in path.read_bytes()[:8192])


def test_no_file_speaks_of_a_developers_machine() -> None:
    found = [
        f"{name_of(path)}:{number}: {row.strip()[:80]}"
        for path in tracked()
        for number, row in enumerate(path.read_text(errors="replace").splitlines(), 1)
        if MACHINE.search(row)
    ]
    assert not found, "use a path relative to the repository, or one of an installation:\n" + "\n".join(found)


def test_no_line_ends_in_a_blank() -> None:
    found = [
        f"{name_of(path)}:{number}"
        for path in tracked()
        if "captures" not in path.parts and path.suffix != ".svg"
        for number, row in enumerate(path.read_text(errors="replace").split("\n"), 1)
        if row != row.rstrip(" \t\r")
    ]
    assert not found, "remove the blanks at the end of these lines:\n" + "\n".join(found)
