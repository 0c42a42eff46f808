"""Intake, engine and journal together: every reading counts once, and nothing is lost at a border."""

import tempfile
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from rules.terms.time import NS_PER_MINUTE, NS_PER_S
from tests.heard import GAPS_S, PHASES, lines_of, said
from tests.thinking import HOUR_NS, START_NS, Box, says, setup


def test_what_was_gathered_before_a_break_is_summarised_where_it_belongs(tmp_path: Path) -> None:
    box = Box(setup(tmp_path), START_NS)
    box.hear([says(START_NS + 70 * NS_PER_S, "hall", "motion", 1.0)], START_NS + 80 * NS_PER_S)
    box.off()
    later_ns = START_NS + 3 * HOUR_NS
    box.on(later_ns)
    box.hear([says(later_ns + 70 * NS_PER_S, "hall", "motion", 1.0)], later_ns + 6 * NS_PER_MINUTE)
    box.off()
    counts = [line for line in lines_of(tmp_path) if "quantity=motion" in line]
    assert [(line.split()[1], int(line.split()[2])) for line in counts] == [
        ("count=1.0", START_NS // NS_PER_S + 300),
        ("count=1.0", later_ns // NS_PER_S + 300),
    ]


def counted(directory: Path) -> tuple[Counter[str], Counter[str]]:
    """Readings that count in the journal, and what the points say of them, by quantity."""
    from gateway.storage.journal import FILE
    from gateway.storage.journal_reader import JournalReader

    journal = JournalReader(directory / FILE)
    channels = dict(journal.channels())
    readings: Counter[str] = Counter()
    for row in journal.readings(0):
        channel = channels[row.channel]
        if not row.flags and not (channel.kind == "event" and row.value <= 0):
            readings[channel.quantity] += 1
    points: Counter[str] = Counter()
    for line in lines_of(directory):
        series, fields, _ = line.split(" ")
        if series.startswith("channel,"):
            quantity = dict(tag.split("=") for tag in series.split(",")[1:])["quantity"]
            points[quantity] += round(float(dict(f.split("=") for f in fields.split(","))["count"]))
    return readings, points


@settings(max_examples=10, phases=PHASES)
@given(said(GAPS_S, 80), st.sampled_from(["2026-10-24T22:00", "2027-03-27T22:00", "2026-11-18T00:00"]))
def test_every_reading_is_in_exactly_one_summary(rows: list[tuple[int, str, str, float]], begin: str) -> None:
    """Over the night the clocks go back, the night they go forward, and any other; at every border of a minute."""
    offset_ns = int(datetime.fromisoformat(begin).replace(tzinfo=UTC).timestamp()) * NS_PER_S - START_NS
    with tempfile.TemporaryDirectory() as here:
        box = Box(setup(Path(here)), START_NS + offset_ns)
        moved = [(time_ns + offset_ns, *rest) for time_ns, *rest in rows]
        box.hear([says(*row) for row in moved], moved[-1][0] + 10 * NS_PER_MINUTE)
        box.off()
        readings, points = counted(Path(here))
    assert points == readings
    assert readings.total() == sum(not (quantity in {"motion", "sos"} and value <= 0) for _, _, quantity, value in rows)


def test_readings_at_the_very_border_belong_to_the_minute_that_begins(tmp_path: Path) -> None:
    border_ns = START_NS + 5 * NS_PER_MINUTE
    box = Box(setup(tmp_path), START_NS)
    box.hear(
        [says(time_ns, "hall", "motion", 1.0) for time_ns in (border_ns - 1, border_ns, border_ns + 1)],
        border_ns + 5 * NS_PER_MINUTE,
    )
    box.off()
    got = [(line.split()[1], int(line.split()[2])) for line in lines_of(tmp_path) if "motion" in line]
    assert got == [("count=1.0", START_NS // NS_PER_S + 300), ("count=2.0", START_NS // NS_PER_S + 600)]


def test_a_message_sent_again_is_one_message_and_is_acknowledged(tmp_path: Path) -> None:
    box = Box(setup(tmp_path), START_NS)
    pipeline = box.opened.pipeline
    first = says(START_NS + 1, "hall", "motion", 1.0, receipt=7)
    box.hear([first, first._replace(time_ns=START_NS + 9, dup=True)], START_NS + 10)
    assert pipeline.take_receipts() == [7, 7]
    box.off()
    box.on(START_NS + 20)
    box.hear([first._replace(time_ns=START_NS + 30, dup=True)], START_NS + 40)
    assert box.opened.pipeline.intake.tally.repeats == 1
    box.hear([says(START_NS + 50, "hall", "motion", 1.0, receipt=8)], START_NS + 60)
    box.off()
    assert sum(1 for line in lines_of(tmp_path)) >= 0
    assert len(readings_of(tmp_path)) == 2


def test_the_same_words_under_an_old_packet_id_are_news_without_dup(tmp_path: Path) -> None:
    """A broker that came back from an older saved state counts its packet ids anew: a second press is a press."""
    box = Box(setup(tmp_path), START_NS)
    press = says(START_NS + 1, "help", "sos", 1.0, receipt=7)
    box.hear([press, press._replace(time_ns=START_NS + 90 * NS_PER_S)], START_NS + 91 * NS_PER_S)
    assert box.opened.pipeline.intake.tally.repeats == 0
    box.off()
    assert len(readings_of(tmp_path)) == 2


def readings_of(directory: Path) -> list[tuple[int, int, float, int]]:
    from gateway.storage.journal import FILE
    from gateway.storage.journal_reader import JournalReader

    return [tuple(row) for row in JournalReader(directory / FILE).readings(0)]


def test_after_a_new_session_an_old_receipt_hides_no_new_message(tmp_path: Path) -> None:
    """The broker lost its memory and counts from one again; the same words under the same number are news."""
    box = Box(setup(tmp_path), START_NS)
    press = says(START_NS + 1, "help", "sos", 1.0, receipt=3)
    box.hear([press], START_NS + 2)
    box.opened.pipeline.new_session()
    assert box.opened.pipeline.take_receipts() == [], "an old receipt would acknowledge a new message"
    box.off()
    box.on(START_NS + 10)  # the session is remembered now, what was before it is not
    box.hear([press._replace(time_ns=START_NS + 20)], START_NS + 30)
    assert box.opened.pipeline.intake.tally.repeats == 0
    box.off()


def test_while_the_card_takes_nothing_memory_stays_bounded(tmp_path: Path) -> None:
    box = Box(setup(tmp_path), START_NS)
    pipeline = box.opened.pipeline
    for n in range(3000):
        pipeline.frame(says(START_NS + n * NS_PER_S, "hall", "motion", 1.0, receipt=n % 65535 + 1))
    assert pipeline.drop_oldest(100) == 2900
    assert pipeline.pending() == 100
    harvested = pipeline.harvest()
    assert [row[0] for row in harvested.readings] == [START_NS + n * NS_PER_S for n in range(2900, 3000)]
    box.off()
