"""The error tree: printed in its docstring, and complete there."""

from __future__ import annotations

import inspect

import app.errors as errors


def test_every_error_of_the_package_stands_in_the_tree() -> None:
    classes = [c for _, c in inspect.getmembers(errors, inspect.isclass) if issubclass(c, Exception)]
    assert all(issubclass(c, errors.AppError) for c in classes)
    assert {c.__name__ for c in classes} <= set((errors.__doc__ or "").replace("─", " ").split())


def test_invalid_fields_are_told_with_their_names() -> None:
    error = errors.Invalid([errors.FieldError("lat", "out_of_range", "is above 90")])
    assert str(error) == "lat: is above 90"
    assert error.errors[0].reason == "out_of_range"
