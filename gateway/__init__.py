"""The daemon: sources, engine, journal, sinks and notifiers of one home."""
