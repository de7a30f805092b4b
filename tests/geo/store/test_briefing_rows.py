"""The steps are in the order in which they climb."""

from __future__ import annotations

from geo.store.briefing_rows import Addressee, Step


def test_the_steps_climb() -> None:
    assert [step.name for step in sorted(Step)] == ["NONE", "SAID_AGAIN", "SERGEANT", "DISPATCHER"]
    assert Addressee("a").step is Step.NONE
