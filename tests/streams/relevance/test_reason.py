"""One reason, as it stands on the wire."""

from __future__ import annotations

import msgspec

from streams.relevance.reason import Why


def test_a_reason_has_the_three_fields_of_the_wire() -> None:
    assert msgspec.to_builtins(Why("reach", 1.4, "340 m ahead")) == {
        "term": "reach",
        "weight": 1.4,
        "text": "340 m ahead",
    }
