"""The machine below: clock, threads, encrypted and bounded connections, private files, what is printed."""
