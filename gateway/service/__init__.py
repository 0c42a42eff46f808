"""The daemon and its parts: start-up, threads, commit, forwarding, health, replay, backup."""
