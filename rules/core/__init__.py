"""The anomaly-and-trend core: vectorised, deterministic, no I/O."""
