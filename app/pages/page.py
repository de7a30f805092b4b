"""The page of a patrol briefing: its head, its sections, its map, in one file that needs nothing from anywhere else"""

from __future__ import annotations

from collections.abc import Sequence

from shapely.geometry.base import BaseGeometry

from streams.patrol.document import PatrolBriefing


def page(briefing: PatrolBriefing, streets: Sequence[BaseGeometry] = ()) -> str:
    """The whole document."""
    return f"<!DOCTYPE html><title>{briefing.id}</title>"
