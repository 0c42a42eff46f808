"""What a small home says, at random and all day long, and the lines its journal has of it."""

from pathlib import Path

from hypothesis import Phase
from hypothesis import strategies as st

from drivers.kit.contract import Frame
from rules.terms.time import NS_PER_S
from tests.thinking import START_NS, says

THINGS = (
    ("hall", "motion", (1.0, 0.0)),
    ("door", "contact_open", (1.0, 0.0)),
    ("climate", "room_temperature_c", (19.5, 20.25, 21.0)),
    ("meter", "energy_kwh", (5.0, 5.5, 7.25, 0.0)),
    ("help", "sos", (1.0,)),
)

PHASES = (Phase.explicit, Phase.generate)  # each example lives through hours: shrinking one takes minutes


@st.composite
def said(draw: st.DrawFn, spans_s: st.SearchStrategy[float], most: int) -> list[tuple[int, str, str, float]]:
    """(time_ns, address, quantity, value), in order."""
    time_ns, found = START_NS, []
    for _ in range(draw(st.integers(1, most))):
        time_ns += int(draw(spans_s) * NS_PER_S) + 1
        address, quantity, values = draw(st.sampled_from(THINGS))
        found.append((time_ns, address, quantity, draw(st.sampled_from(values))))
    return found


GAPS_S = st.one_of(
    st.floats(0, 5), st.floats(0, 900), st.sampled_from([60.0, 300.0, 3600.0]), st.floats(3600, 6 * 3600)
)


def lines_of(directory: Path) -> list[str]:
    from gateway.storage.journal import FILE
    from gateway.storage.journal_reader import JournalReader

    return [line.decode() for _, line in JournalReader(directory / FILE).points_after(0, 1_000_000)]


def busy(start_ns: int, span_ns: int) -> list[Frame]:
    """Every sensor once in seven minutes, a door that is opened and closed, a meter that counts."""
    found = []
    for n, time_ns in enumerate(range(start_ns + NS_PER_S, start_ns + span_ns, 84 * NS_PER_S)):
        address, quantity, values = THINGS[n % len(THINGS)]
        value = float(n) if quantity == "energy_kwh" else values[n // len(THINGS) % len(values)]
        found.append(says(time_ns, address, quantity, value))
    return found
