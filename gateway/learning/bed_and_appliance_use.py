"""Use intervals of beds and appliances.

Beds and appliances: from their levels and states to what was used, and from when to when.
"""

from gateway.model.home import Sample
from rules.kit.signs import IN_BED_KG
from rules.terms.channel import Channel

APPLIANCE_W = 50.0  # a kettle takes 2,000 W and some plugs report up to 10 W when off


class BedAndApplianceUse:
    """Of one home."""

    def __init__(self) -> None:
        self.on: dict[int, bool] = {}  # the last state of each channel
        self.bed_since_ns = 0  # since when somebody is in bed; 0 where nobody is

    def bed(self, sample: Sample, channel: Channel) -> tuple[bool, int]:
        """Whether somebody got into bed, and since when somebody who got out had been in it; 0 where nobody did."""
        in_bed = sample.value > (IN_BED_KG if channel.quantity == "bed_load_kg" else 0)
        was, self.on[sample.channel] = self.on.get(sample.channel, False), in_bed
        since_ns = self.bed_since_ns
        if in_bed != was:
            self.bed_since_ns = sample.time_ns if in_bed else 0
        return in_bed and not was, since_ns if was and not in_bed else 0

    def is_event(self, sample: Sample, channel: Channel, happened: bool) -> bool:
        """A movement sensor that fired, a door that opened, an appliance that was switched on."""
        if channel.kind == "event":
            return happened
        on = sample.value > (APPLIANCE_W if channel.quantity == "power_w" else 0)
        was, self.on[sample.channel] = self.on.get(sample.channel, False), on
        return on and not was
