"""The anomaly-and-trend core: vectorised, deterministic, no I/O."""

from rules.core.stream import StreamScorer, score_stream

__all__ = ["StreamScorer", "score_stream"]
