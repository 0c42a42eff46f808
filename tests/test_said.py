"""What others say is fit for a log, a row and a screen before anybody keeps it."""

import logging

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.cli.common import set_up_logging
from gateway.model.contracts import NotifyError, Outcome, Verdict
from gateway.system.printable import CHARS, printable, redacted


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain words, 20 °C – ümlaut", "plain words, 20 °C – ümlaut"),
        ("two\nlines\r\n\tand more", "two lines and more"),
        ("half a character \udc80 and \ud800", "half a character and"),
        ("\x1b[31mred\x9b31m \u202eturned\u2066 \0", "[31mred 31m turned"),
        ("htps://anna:PASS@w0rd/x@store.example/a is wrong", "htps://***@store.example/a is wrong"),
        ("GET /send?token=T0P&chat_id=7#x failed", "GET /send?token=***&chat_id=***#x failed"),
        ("'https://store/?api-key=T0P'", "'https://store/?api-key=***'"),
    ],
)
def test_what_becomes_of_words(text: str, shown: str) -> None:
    assert printable(text) == shown
    assert str(NotifyError(text)) == shown
    assert Verdict(Outcome.LATER, text).reason == shown


@given(st.text(alphabet=st.characters(codec=None), max_size=400))
def test_anything_at_all_can_be_written_down(text: str) -> None:
    shown = printable(text)
    shown.encode()
    assert shown.isprintable()
    assert len(shown) <= CHARS


@pytest.mark.parametrize("text", ["a://" * 20_000, "?a=" * 20_000, "x" * 10_000_000, "a://" + "@" * 50_000])
def test_a_long_text_is_short_at_once(text: str) -> None:
    assert len(printable(text)) <= CHARS


def test_a_traceback_in_the_log_holds_no_password(capsys: pytest.CaptureFixture[str]) -> None:
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    try:
        set_up_logging("info")
        try:
            raise ValueError("htps://anna:hunter22@store.example?token=T0PSECRET")
        except ValueError:
            logging.getLogger("kinlight").exception("a library said")
    finally:
        root.handlers[:] = before
        root.setLevel(level)
    written = capsys.readouterr().err
    assert "htps://***@store.example?token=***" in written
    assert "hunter22" not in written
    assert "T0PSECRET" not in written


def test_lines_stay_lines() -> None:
    assert redacted("https://a:b@c\nhttps://d:e@f") == "https://***@c\nhttps://***@f"
