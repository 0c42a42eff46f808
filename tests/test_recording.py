"""`kinlight record`: what the devices say goes into a file that is opened once, and can be read from it at once."""

import os
import threading
import tty
from pathlib import Path

from drivers.kit.contract import Frame
from gateway.ingest import capture
from gateway.service.build import build
from gateway.service.record import record_to
from gateway.system.clock import Clock
from gateway.system.worker import Stop
from tests.integration.home import wait_for

LINES = 300


def test_a_packed_recording_is_one_stream_and_can_be_read_while_it_grows(tmp_path: Path) -> None:
    ours, theirs = os.openpty()
    tty.setraw(theirs)
    config, output, stop = tmp_path / "gateway.toml", tmp_path / "home.jsonl.gz", Stop()
    config.write_text(
        f'[home]\nid = "test"\n[[device]]\nname = "bed"\ndriver = "serial_lines"\nport = "{os.ttyname(theirs)}"\n'
    )
    (tmp_path / "plan.toml").write_text("")
    result: list[tuple[int, list[str]]] = []
    recorder = threading.Thread(target=lambda: result.append(record_to(build(config), output, Clock(), stop, 0)))
    recorder.start()

    def frames() -> list[Frame]:
        return [each for each in capture.read_on(output) if isinstance(each, Frame)] if output.exists() else []

    def recorded() -> bytes:
        return b"".join(frame.payload for frame in frames())

    said = b""
    try:
        wait_for(frames, "the opened port")
        for n in range(LINES):
            said += b"kg=%d\n" % n
            os.write(ours, b"kg=%d\n" % n)
            if n % 20 == 0:
                wait_for(lambda: recorded() == said, f"{n} lines in the file")  # noqa: B023 - asked at once
        wait_for(lambda: recorded() == said, "all lines in the file")
    finally:
        stop.set()
        recorder.join(10)
        os.close(ours)
        os.close(theirs)
    (count, faults) = result[0]
    assert (faults, count) == ([], len(list(capture.read(output))))
    assert output.read_bytes().count(b"\x1f\x8b\x08") == 1, "one stream, not one for every frame"
