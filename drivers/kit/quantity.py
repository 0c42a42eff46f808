"""The vocabulary of quantities: one table, units in the names.

Ranges are plausibility limits for a home, not clinical limits: a value outside is kept and marked suspect
(`research`: oximeters, radars and plugs all send sentinels that look like numbers). UCUM gives the unit for machines,
LOINC the code of vital signs for exchange with care records.
"""

from enum import StrEnum
from typing import NamedTuple


class Kind(StrEnum):
    """How values of a quantity combine over time."""

    GAUGE = "gauge"  # a level: mean, min, max
    EVENT = "event"  # something happened: counted; a value of 0 says "over" and is not an event
    STATE = "state"  # on or off until it changes: share of time
    COUNTER = "counter"  # only grows, may reset: last value, differences


class Quantity(NamedTuple):
    """One row of the vocabulary."""

    name: str
    kind: Kind
    low: float  # plausible range, inclusive
    high: float
    ucum: str
    label: str  # what a family reads
    loinc: str = ""


_TABLE = (
    # signs of life
    Quantity("motion", Kind.EVENT, 0, 1, "1", "movement"),
    Quantity("presence", Kind.STATE, 0, 1, "1", "somebody there"),
    Quantity("contact_open", Kind.STATE, 0, 1, "1", "open"),
    Quantity("vibration", Kind.EVENT, 0, 1, "1", "shaken"),
    Quantity("in_bed", Kind.STATE, 0, 1, "1", "in bed"),
    Quantity("zone_enter", Kind.EVENT, 0, 99, "1", "entered zone"),
    Quantity("zone_leave", Kind.EVENT, 0, 99, "1", "left zone"),
    Quantity("button_press", Kind.EVENT, 0, 9, "1", "button pressed"),
    Quantity("sos", Kind.EVENT, 0, 1, "1", "help button pressed"),
    Quantity("fall", Kind.EVENT, 0, 1, "1", "possible fall"),
    # the home
    Quantity("room_temperature_c", Kind.GAUGE, -30, 60, "Cel", "room temperature"),
    Quantity("humidity_percent", Kind.GAUGE, 0, 100, "%", "humidity"),
    Quantity("illuminance_lx", Kind.GAUGE, 0, 200_000, "lx", "light"),
    Quantity("co2_ppm", Kind.GAUGE, 300, 10_000, "[ppm]", "carbon dioxide"),
    Quantity("water_leak", Kind.STATE, 0, 1, "1", "water on the floor"),
    Quantity("smoke", Kind.STATE, 0, 1, "1", "smoke"),
    Quantity("carbon_monoxide", Kind.STATE, 0, 1, "1", "carbon monoxide"),
    Quantity("gas", Kind.STATE, 0, 1, "1", "cooking or heating gas"),
    Quantity("pm2_5_ugm3", Kind.GAUGE, 0, 1000, "ug/m3", "fine dust"),
    Quantity("pressure_hpa", Kind.GAUGE, 800, 1100, "hPa", "air pressure"),
    Quantity("soil_moisture_percent", Kind.GAUGE, 0, 100, "%", "moisture of the soil"),
    Quantity("power_w", Kind.GAUGE, 0, 25_000, "W", "power"),
    Quantity("energy_kwh", Kind.COUNTER, 0, 10_000_000, "kW.h", "energy"),
    Quantity("current_a", Kind.GAUGE, 0, 125, "A", "current"),
    Quantity("voltage_v", Kind.GAUGE, 0, 480, "V", "mains voltage"),
    Quantity("switch_on", Kind.STATE, 0, 1, "1", "switched on"),
    # the body
    Quantity("spo2_percent", Kind.GAUGE, 50, 100, "%", "oxygen saturation", "59408-5"),
    Quantity("pulse_bpm", Kind.GAUGE, 25, 250, "/min", "pulse", "8867-4"),
    Quantity("respiration_per_min", Kind.GAUGE, 4, 60, "/min", "breathing rate", "9279-1"),
    Quantity("systolic_mmhg", Kind.GAUGE, 60, 260, "mm[Hg]", "blood pressure, upper", "8480-6"),
    Quantity("diastolic_mmhg", Kind.GAUGE, 30, 160, "mm[Hg]", "blood pressure, lower", "8462-4"),
    Quantity("body_temperature_c", Kind.GAUGE, 30, 44, "Cel", "body temperature", "8310-5"),
    Quantity("skin_temperature_c", Kind.GAUGE, 15, 44, "Cel", "skin temperature", "60839-5"),
    Quantity("weight_kg", Kind.GAUGE, 20, 250, "kg", "weight", "29463-7"),
    Quantity("muscle_mass_kg", Kind.GAUGE, 5, 120, "kg", "muscle mass", "73964-9"),
    Quantity("body_water_percent", Kind.GAUGE, 20, 80, "%", "body water", "73706-4"),
    Quantity("glucose_mmol_l", Kind.GAUGE, 1, 40, "mmol/L", "blood sugar", "15074-8"),
    Quantity("oxygen_l_per_min", Kind.GAUGE, 0, 60, "L/min", "oxygen given, 0 for air", "3151-8"),
    Quantity("acvpu_level", Kind.GAUGE, 0, 4, "1", "awareness: 0 alert, 1 newly confused, 2 to 4 less", "80288-4"),
    Quantity("bed_load_kg", Kind.GAUGE, -5, 300, "kg", "load on the bed"),
    # the devices themselves
    Quantity("battery_percent", Kind.GAUGE, 0, 100, "%", "battery"),
    Quantity("battery_voltage_v", Kind.GAUGE, 0, 15, "V", "battery voltage"),
    Quantity("battery_low", Kind.STATE, 0, 1, "1", "battery low"),
    Quantity("linkquality", Kind.GAUGE, 0, 255, "1", "radio link quality"),
    Quantity("tamper", Kind.STATE, 0, 1, "1", "opened or moved by hand"),
    Quantity("online", Kind.STATE, 0, 1, "1", "reachable"),
)

QUANTITIES: dict[str, Quantity] = {row.name: row for row in _TABLE}

CALLS = frozenset({"sos", "fall"})
"""Quantities somebody must hear of now, however late they arrive: they count from their arrival."""

SIGNS_OF_LIFE = frozenset(
    {
        "motion",
        "presence",
        "contact_open",
        "vibration",
        "in_bed",
        "bed_load_kg",
        "zone_enter",
        "zone_leave",
        "button_press",
        "sos",
    }
)
"""Quantities whose change means that somebody lives and moves."""
