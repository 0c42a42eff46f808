"""Alerts in the system log."""

import logging

import pytest

from gateway.notifiers import log
from tests.notifiers.test_notifiers_contract import MESSAGE


def test_one_line_to_search_for_and_the_body_below(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        log.create(log.Options()).send(MESSAGE)
    (record,) = caplog.records
    assert record.levelno == logging.WARNING
    first, *rest = record.getMessage().splitlines()
    assert first == "alert 12 (personal, high): No movement for 9 hours – café °C"
    assert rest == [f"    {line}" for line in MESSAGE.body.splitlines()]
