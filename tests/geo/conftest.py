"""Hypothesis without a deadline: a busy machine is not a failing test."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("beatline", deadline=None, print_blob=True)
settings.load_profile("beatline")
