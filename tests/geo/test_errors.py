"""The tree in the docstring is the tree in the code."""

from __future__ import annotations

import inspect
import re

from geo import errors
from geo.errors import BadPlace, BadRecord, GeoError, NotFound


def test_every_error_stands_in_the_tree_and_every_name_in_the_tree_is_an_error() -> None:
    drawn = set(re.findall(r"^[ │├└─]*([A-Z]\w+)", errors.__doc__ or "", re.M)) - {"Every"}
    made = {name for name, kind in inspect.getmembers(errors, inspect.isclass) if kind.__module__ == errors.__name__}
    assert drawn == made
    assert all(issubclass(getattr(errors, name), GeoError) for name in made)


def test_what_an_error_carries() -> None:
    record = BadRecord("grade", "unknown_field", "there is no such grade")
    assert (record.field, record.reason, str(record)) == ("grade", "unknown_field", "there is no such grade")
    assert BadPlace("nowhere").reason == "bad_place"
    assert BadPlace("0, 0", "null_island").reason == "null_island"
    assert str(NotFound("no officer p1")) == "no officer p1"
    assert str(NotFound()) == "not found"
