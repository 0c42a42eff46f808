"""Weather, heating and light of the simulated home: smooth functions of time, so any hour can be asked for."""

import math
from datetime import UTC, datetime
from typing import Final
from zoneinfo import ZoneInfo

_LATITUDE: Final = math.radians(52.0)
_ROOM_WARMTH_C: Final = {"lounge": 1.0, "kitchen": 0.4, "bathroom": 0.6, "hallway": -0.4, "bedroom": 0.0}
_ROOM_LIGHT: Final = {"lounge": 1.0, "kitchen": 0.8, "bathroom": 0.3, "hallway": 0.15, "bedroom": 0.6}
_LAMP_LX: Final = 70.0
_HEATING_H: Final = ((6.5, 9.0), (15.5, 22.0))


def _season(time_s: float) -> float:
    """-1 at the end of January, +1 at the end of July (the weather lags the sun by a month)."""
    days = time_s / 86_400
    return -math.cos(2 * math.pi * (days - 26) / 365.2425)


def _weather_c(time_s: float, seed: int) -> float:
    """Warm and cold spells of a few days, different for each seed."""
    days = time_s / 86_400 + 1000 * (seed % 997)
    return 2.0 * math.sin(2 * math.pi * days / 9.3) + 1.3 * math.sin(2 * math.pi * days / 4.1 + 1.7)


def outdoor_c(time_s: float, seed: int) -> float:
    """Air temperature outside."""
    hour = (time_s / 3600) % 24
    return 10.5 + 6.5 * _season(time_s) + 3.0 * math.cos(2 * math.pi * (hour - 15) / 24) + _weather_c(time_s, seed)


def room_c(time_s: float, room: str, zone: ZoneInfo, seed: int) -> float:
    """Air temperature in a heated room, 19-24 °C over the year."""
    local = datetime.fromtimestamp(time_s, zone)
    hour = local.hour + local.minute / 60
    heated = max(0.0, *(_trapezium(hour, start, end) for start, end in _HEATING_H))
    outside = outdoor_c(time_s, seed)
    cold = max(0.0, min(1.0, (16.0 - outside) / 6.0))
    return 19.4 + _ROOM_WARMTH_C[room] + 1.2 * heated * cold + 0.22 * max(0.0, outside - 10.0)


def humidity_percent(time_s: float, room: str, seed: int) -> float:
    """Relative humidity indoors."""
    return 50 + 6 * _season(time_s) + 3 * _weather_c(time_s + 40_000, seed) / 2 + (4 if room == "bedroom" else 0)


def light_lx(time_s: float, room: str, zone: ZoneInfo, lamp: bool) -> int:
    """What a motion sensor's light cell sees: daylight through the window, and the lamp when somebody has it on."""
    day_of_year = datetime.fromtimestamp(time_s, zone).timetuple().tm_yday
    declination = math.radians(-23.44) * math.cos(2 * math.pi * (day_of_year + 10) / 365.25)
    hour_angle = 2 * math.pi * ((datetime.fromtimestamp(time_s, UTC).hour + (time_s / 3600) % 1) - 12) / 24
    elevation = math.sin(_LATITUDE) * math.sin(declination) + math.cos(_LATITUDE) * math.cos(declination) * math.cos(
        hour_angle
    )
    daylight = 650 * _ROOM_LIGHT[room] * max(0.0, elevation)
    return round(daylight + (_LAMP_LX if lamp and daylight < 60 else 0.0))


def _trapezium(hour: float, start: float, end: float) -> float:
    """0 outside, 1 inside, with an hour of warming up and cooling down."""
    return max(0.0, min(1.0, hour - start, end + 1.0 - hour))
