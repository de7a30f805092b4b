"""What is shared is one officer's last word, and the flag that says when some may be missing."""

from dataclasses import fields

from geo.clock import MINUTE
from streams.whereabouts.contract import KEPT, Sighting, Sightings


def test_a_list_says_whether_it_is_whole() -> None:
    assert [field.name for field in fields(Sightings)] == ["units", "partial"]
    assert KEPT == 2 * MINUTE


def test_a_sighting_tells_its_force_so_that_lists_can_be_kept_apart() -> None:
    assert {"officer", "force", "node", "fix_at"} <= {field.name for field in fields(Sighting)}
