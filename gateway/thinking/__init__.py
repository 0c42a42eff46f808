"""The one thread's thinking, from frame to alert: no I/O, no clock, no locks."""
