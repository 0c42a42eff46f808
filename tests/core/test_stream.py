"""The stream scorer: one at a time is all at once, and it sees what it should."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.nab import Series, nab_score
from rules.core import StreamScorer, score_stream
from rules.core.stream import CLOSE, MEMORY, WARM_UP, View
from tests.naive import naive_distances

SEEDS = st.integers(0, 2**32 - 1)


def lively(seed, size=700):
    rng = np.random.default_rng(seed)
    values = 10 * np.sin(np.arange(size) / 15) + rng.normal(0, 0.5, size)
    values[rng.random(size) < 0.03] = np.nan
    values[rng.random(size) < 0.01] = np.inf
    values[rng.integers(0, size)] = rng.choice([1e308, -1e308, 1e-308, 50.0])
    stuck = int(rng.integers(0, size))
    values[stuck : stuck + 60] = 3.0
    return values


@settings(max_examples=15)
@given(SEEDS)
def test_one_at_a_time_saved_and_cut_gives_the_same_bits(seed):
    values = lively(seed)
    rng = np.random.default_rng(seed)
    scorer, scores = StreamScorer(), []
    for value in values.tolist():
        scores.append(scorer.update(value))
        if rng.random() < 0.02:
            scorer = StreamScorer.load(scorer.save())
    whole = score_stream(values)
    assert np.array(scores).tobytes() == whole.tobytes()
    cut = int(rng.integers(0, values.size))
    assert score_stream(values[:cut]).tobytes() == whole[:cut].tobytes()
    known = np.isfinite(values)
    assert np.isnan(whole[~known]).all()
    assert ((whole[known] >= 0) & (whole[known] < 1)).all()


@settings(max_examples=5)
@given(SEEDS)
def test_the_distance_is_that_of_the_slow_reference(seed):
    values = np.random.default_rng(seed).normal(0, 1, 120)
    view = View(CLOSE)
    usual, learned = 0.0, 0
    for value, nearest in zip(values.tolist(), naive_distances(values.tolist(), CLOSE, MEMORY), strict=True):
        got = view.update(value, 0.0)
        if math.isnan(nearest):
            assert got == 0
            continue
        assert got == pytest.approx(nearest / usual if learned else 1.0 if nearest else 0.0, rel=1e-9) or not learned
        learned += 1
        teaches = min(nearest, 8 * usual) if learned > 31 else nearest
        usual += (teaches - usual) / learned


@pytest.mark.parametrize(
    "change",
    [
        lambda part: part + 30,
        lambda part: np.full(part.size, 55.0),
        lambda part: part[::-1],
        lambda part: part + np.random.default_rng(1).normal(0, 12, part.size),
    ],
    ids=["level", "stuck high", "backwards", "noise"],
)
def test_a_change_is_the_greatest_surprise(change):
    rng = np.random.default_rng(0)
    values = 20 * np.sin(np.arange(3000) / 40) + 5 * np.sin(np.arange(3000) / 20) + rng.normal(0, 0.4, 3000)
    values[2400:2440] = change(values[2400:2440])
    score = score_stream(values)
    assert 2400 <= int(np.argmax(score[300:])) + 300 < 2440 + CLOSE


@pytest.mark.parametrize(("at", "counts"), [(500, True), (2500, False)])
def test_while_a_surprise_lasts_another_like_it_does_not_count(at, counts):
    values = np.random.default_rng(0).normal(0, 1, 3000)
    values[at], values[at + 50] = 40, -40
    score = score_stream(values)
    assert score[at] > 0.3
    assert (score[at + 50] > 0.3) == counts


def test_what_there_is_nothing_to_say_about():
    assert score_stream(np.empty(0)).size == 0
    assert score_stream(np.array([5.0])).tolist() == [0.0]
    assert not score_stream(np.full(400, 7.0)).any()
    assert np.isnan(score_stream(np.full(400, np.nan))).all()
    values = np.random.default_rng(0).normal(0, 1, 1000)
    score = score_stream(values)
    assert not score[:WARM_UP].any()
    assert np.unique(score[WARM_UP:]).size == values.size - WARM_UP


def test_the_first_change_of_a_constant_is_seen():
    values = np.full(600, 7.0)
    values[400:] = 8.0
    score = score_stream(values)
    assert int(np.argmax(score)) in range(400, 400 + CLOSE)
    assert not score[:400].any()


def test_memory_stays_the_same():
    scorer = StreamScorer()
    size = len(scorer.save())
    for value in np.random.default_rng(0).normal(0, 1, 2 * MEMORY + 500).tolist():
        scorer.update(value)
    assert abs(len(scorer.save()) - size) < 20


def test_the_benchmark_scorer_knows_its_ends():
    series = Series("made up", np.zeros(1000), ((300, 400), (700, 800)))
    perfect, late = np.zeros(1000), np.zeros(1000)
    perfect[[300, 700]] = 1
    late[[401, 850]] = 1
    assert nab_score([series], [perfect]) == pytest.approx(100, abs=0.01)
    assert nab_score([series], [np.zeros(1000)]) == 0
    assert nab_score([series], [late]) == 0
    middle = np.zeros(1000)
    middle[350] = 1
    assert nab_score([series], [middle]) == pytest.approx(100 * (0.8481 / 0.98661 + 1) / 4, abs=0.5)


@pytest.mark.parametrize("values", [np.zeros((3, 2)), np.zeros((0, 2)), np.float64(1.0)])
def test_more_or_less_than_one_series_is_refused(values):
    with pytest.raises(ValueError, match="one series"):
        score_stream(values)
