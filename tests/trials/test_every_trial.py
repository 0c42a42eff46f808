"""Every input that once came out wrong is named by a test of this folder."""

from pathlib import Path

import pytest

from tests.trials.cases import inputs

TESTS = "\n".join(path.read_text(encoding="utf-8") for path in Path(__file__).parent.glob("test_*.py"))


@pytest.mark.parametrize("case", inputs())
def test_trial_has_a_test(case: str) -> None:
    assert f'"{case}"' in TESTS
