"""A simulated home: a person with a routine, their sensors, and ways in which things go wrong."""

from gateway.simulate.battery import Flat
from gateway.simulate.decline import Decline, parse_decline
from gateway.simulate.describe import describe
from gateway.simulate.home import simulate
from gateway.simulate.spell import Spell

__all__ = ["Decline", "Flat", "Spell", "describe", "parse_decline", "simulate"]
