"""Values are cut out of a stream of any size and chunking, exactly as a JSON decoder would see them."""

from __future__ import annotations

import json
import tracemalloc
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.feeds.json_values import Broken, Value, Values

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.text('ab\\"{}[]\n,:é ', max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text('f"\\{', max_size=3), inner, max_size=3),
    max_leaves=8,
)
OBJECTS = st.lists(st.dictionaries(st.text('k"\\[', max_size=3), JSON, max_size=3), max_size=4)


def values(content: bytes, size: int = 1 << 16, longest: int = 10_000) -> list[Value | Broken]:
    blocks = (content[start : start + size] for start in range(0, len(content), size))
    return list(Values("features", longest).read(blocks))


@given(OBJECTS, st.dictionaries(st.sampled_from(["type", "crs", "bbox"]), JSON), st.integers(1, 9), st.booleans())
def test_a_collections_members_come_out_whole(
    objects: list[object], others: dict[str, object], size: int, late: bool
) -> None:
    document = others | {"features": objects} if late else {"features": objects} | others
    found = values(json.dumps(document, indent=1 if size % 2 else None).encode(), size)
    assert [json.loads(item.text or b"") for item in found if isinstance(item, Value)] == objects


@given(OBJECTS, st.integers(1, 9), st.sampled_from(["\n", "\n\x1e", " "]))
def test_a_stream_of_objects_comes_out_whole(objects: list[object], size: int, between: str) -> None:
    found = values(between.join(map(json.dumps, objects)).encode(), size)
    assert [json.loads(item.text or b"") for item in found if isinstance(item, Value)] == objects


def test_lines_are_counted() -> None:
    found = values(b'{"type": 1,\n "features": [\n{"a": 1},\n\n{"b":\n 2}]}', size=3)
    assert [item.line for item in found] == [3, 5]


def test_a_member_of_that_name_deeper_down_is_no_collection() -> None:
    (found,) = values(b'{"properties": {"features": [{"a": 1}]}}')
    assert isinstance(found, Value)


def test_a_value_beyond_bounds_is_read_past() -> None:
    content = b'{"features": [{"a": "' + b"x" * 500 + b'"}, {"b": 1}]}'
    found = values(content, size=50, longest=100)
    assert [item.text if isinstance(item, Value) else None for item in found] == [None, b'{"b": 1}']


@pytest.mark.parametrize(
    ("content", "ended"),
    [
        (b'{"features": [{"a": 1}, {"b"', True),
        (b'{"features": [{"a": 1}, {"b": "x', True),
        (b'{"features": [{"a": 1}}', False),
        (b'{"features": [{"a": 1}]} rest', False),
        (b'{"features": [{"a": 1}]} "rest" {"a": 1}', False),
        (b'"rest" {"a": 1}', False),
        (b'[{"a": 1}]', False),
        (b'nonsense {"a": 1}', False),
    ],
)
def test_where_it_stops_being_json(content: bytes, ended: bool) -> None:
    found = values(content)
    assert isinstance(found[-1], Broken)
    assert found[-1].ended is ended
    assert [item for item in found[:-1] if isinstance(item, Broken)] == []


@pytest.mark.parametrize("inside", [b"x", b"[", b'"', b'\\"'])
def test_memory_stays_bounded_whatever_never_ends(inside: bytes) -> None:
    def blocks() -> Iterator[bytes]:
        yield b'{"features": [{"a": "'
        if inside == b"[":
            yield b'"'
        for _ in range(2_000):
            yield inside * 100
        if inside == b"x":
            for _ in range(200):
                yield inside * 50_000

    tracemalloc.start()
    try:
        for _ in Values("features", 20_000).read(blocks()):
            pass
        assert tracemalloc.get_traced_memory()[1] < 1024 * 1024
    finally:
        tracemalloc.stop()
