"""A battery that runs flat: reported low for days, then the sensor is not heard until somebody puts in a new one."""

from dataclasses import dataclass
from typing import Final

LOW_DAYS: Final = 10  # the voltage of a lithium cell stays up for years and goes within days
PERCENT_PER_DAY: Final = 2.0


@dataclass(frozen=True, slots=True)
class Flat:
    """Which sensor, when, and for how long."""

    sensor: str  # as zigbee2mqtt calls it: "bathroom_leak"
    day: int  # the first simulated day without a word, counted from 0; a day begins as the person gets up
    days: int = 2  # until the new battery

    def silences(self, sensor: str, day: int) -> bool:
        """Whether the sensor says nothing on that day."""
        return sensor == self.sensor and self.day <= day < self.day + self.days

    def percent(self, usual_percent: float, age_days: float) -> float:
        """What the sensor reports, `usual_percent` being what an ordinary battery of that age has."""
        if self.day - LOW_DAYS <= age_days < self.day:
            return min(usual_percent, PERCENT_PER_DAY * (self.day - age_days))
        return usual_percent
