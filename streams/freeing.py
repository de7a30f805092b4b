"""The slot of an ended record is given back half an hour later, or when no device and no briefing shows it any more."""

from __future__ import annotations

import numpy as np

from geo.clock import Instant
from geo.picture import LivePicture
from geo.store.rows import Act
from streams.due import Due, DueKind
from streams.following import LINGER
from streams.held import Held
from streams.relevance.feedback import Feedback


def give_back(slot: int, picture: LivePicture, held: Held, feedback: Feedback, due: Due, now: Instant) -> None:
    """Nothing refers to the slot afterwards; or it is due again in half an hour."""
    if picture.stored[slot] is None or picture.live[slot]:
        return
    rows = held.of_records(np.array([slot], np.int32))
    shown = held.act[rows] == Act.ALERT
    if slot in picture.withdrawn:
        shown |= held.act[rows] == Act.CANCEL  # in the history of who is off duty: to be erased when he comes on
    if shown.any() or held.briefed.lasting(rows, now).any():
        due.push(now + LINGER, DueKind.FREE, slot)
        return
    held.drop(rows)
    held.attention.forget(slot)
    feedback.forget(slot)
    picture.drop(slot)
