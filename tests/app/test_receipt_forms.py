"""The same receipts in each form; evidence that was altered anywhere says so."""

from __future__ import annotations

import copy
import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from app.receipt_forms import canonical, csv_of, evidence_of, is_whole, person_of, receipts_document, table_of, tag_of
from geo.clock import HOUR, SECOND
from geo.model import Disposition, Principal, Stored
from geo.store.receipt_rows import Reply
from streams.receipts import ReceiptState
from tests.streams.console.desk import DISPATCHER, NOW, briefing, receipt, who

PEOPLE = [
    receipt("pc-1", ReceiptState.ANSWERED, replies=(Reply("pc-1", 1, Disposition.HANDLED, "done, é", "phone", NOW),)),
    receipt("pc-2", ReceiptState.NOT_ENTITLED, refusal="clearance"),
    receipt("@pc-3", since=NOW - SECOND, step=2),
]
STORED = Stored(briefing(), 1, NOW)


def document(at: int = NOW) -> dict[str, Any]:
    return receipts_document(STORED, PEOPLE, PEOPLE, who, at, False)


def test_the_document_names_and_counts() -> None:
    made = document()
    assert made["counts"] == {"queued": 1, "answered": 1, "not_entitled": 1}
    assert (made["total"], made["waiting"]) == (3, 1)
    first = made["receipts"][0]
    assert (first["name"], first["callsign"], first["answer"], first["answer_text"]) == (
        "Ann Smith", "LX21", "handled", "done, é",
    )  # fmt: skip
    assert person_of(PEOPLE[1], who)["callsign"] is None


def test_the_tag_is_of_the_content_and_not_of_the_hour() -> None:
    assert tag_of(document()) == tag_of(document(NOW + HOUR // 2))
    assert tag_of(document()) != tag_of({**document(), "total": 4})


def test_csv_is_text_throughout() -> None:
    lines = csv_of(document()).splitlines()
    assert len(lines) == 4
    assert "'@pc-3" in lines[3]
    assert csv_of({**document(), "receipts": []}).count("\n") == 1


def test_the_table_has_everybody_with_his_answer() -> None:
    table = table_of(document(), "Europe/London")
    assert [(one.officer, one.state, one.answer, one.step) for one in table.people] == [
        ("pc-1", "answered", "handled: done, é", 0),
        ("pc-2", "not_entitled", "", 0),
        ("@pc-3", "queued", "", 2),
    ]
    assert (table.people[1].refusal, table.must_ack, table.as_at) == ("clearance", True, NOW)


def export(by: Principal = DISPATCHER) -> dict[str, Any]:
    return evidence_of([STORED], PEOPLE, who, by, NOW, False)


def test_evidence_survives_being_written_and_read() -> None:
    assert is_whole(json.loads(json.dumps(export(), indent=4, ensure_ascii=True)))
    assert export()["evidence"]["answers"]["pc-1"][0]["text"] == "done, é"
    assert not is_whole({})
    assert canonical({"b": 1, "a": "é"}) == '{"a":"é","b":1}'.encode()


@given(st.data())
def test_evidence_that_was_altered_anywhere_is_not_whole(data: st.DataObject) -> None:
    altered = copy.deepcopy(export())
    node: Any = altered["evidence"]
    while True:
        keys = list(node) if isinstance(node, dict) else list(range(len(node)))
        place = data.draw(st.sampled_from(keys))
        inner = node[place]
        if isinstance(inner, dict | list) and inner and data.draw(st.booleans()):
            node = inner
            continue
        node[place] = "something else"
        break
    assert not is_whole(altered)
