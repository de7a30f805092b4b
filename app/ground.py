"""A piece of the earth as a plane to draw on: where a place lies on the sheet, and how long its scale bar is"""

from __future__ import annotations

from dataclasses import dataclass

from geo.pairs import Float64
from geo.place import metres_per_degree, wrapped

_BARS_M = (50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 50_000)


@dataclass(frozen=True, slots=True)
class Ground:
    """North upwards, metres by the radii at its middle (``lon``, ``lat``); ``wide`` x ``tall`` units."""

    lon: float
    lat: float
    metres_per_unit: float
    wide: int
    tall: int

    def xy(self, lon: Float64, lat: Float64) -> tuple[Float64, Float64]:
        """Degrees [n] -> units [n] from the left and from the top."""
        per_lon, per_lat = metres_per_degree(self.lat)
        x = self.wide / 2 + wrapped(lon - self.lon) * per_lon / self.metres_per_unit
        return x, self.tall / 2 - (lat - self.lat) * per_lat / self.metres_per_unit

    def holds(self, x: float, y: float) -> bool:
        """It lies on the sheet."""
        return 0 <= x <= self.wide and 0 <= y <= self.tall

    def scale(self) -> tuple[float, str]:
        """A round length that takes a quarter of the width at most: in units, and in words."""
        fitting = (bar for bar in _BARS_M if bar / self.metres_per_unit <= self.wide / 4)
        metres = max(fitting, default=_BARS_M[0])
        return metres / self.metres_per_unit, f"{metres} m" if metres < 1_000 else f"{metres // 1_000} km"
