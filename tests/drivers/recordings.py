"""The recordings of all drivers and what they should give."""

from pathlib import Path

from drivers.kit import catalogue
from drivers.kit.contract import Decoded, Decoder, Frame
from gateway.ingest import capture

CAPTURES = Path(__file__).parent.parent / "captures"


def recordings(driver: str) -> list[Path]:
    """Recordings of one driver, in the order of their time."""
    found = [path for path in (CAPTURES / driver).glob("*.jsonl*") if ".expected." not in path.name]
    return sorted(found, key=lambda path: (next(capture.read(path)).time_ns, path.name))


def frames(driver: str) -> list[Frame]:
    """All frames of all recordings of one driver, as one stream."""
    return [frame for path in recordings(driver) for frame in capture.read(path)]


def fresh(driver: str) -> Decoder:
    """A decoder with the driver's own defaults."""
    decoder: Decoder = catalogue.load(driver).decoder(catalogue.options(driver, {}))
    return decoder


def run(decoder: Decoder, stream: list[Frame]) -> Decoded:
    """Everything a decoder says about a stream."""
    return [item for frame in stream for item in decoder(frame)]
