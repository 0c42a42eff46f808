"""Recordings made from other people's collections."""
