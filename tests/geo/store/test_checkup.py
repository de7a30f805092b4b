"""A look at a real PostgreSQL: what is there, and what a role without rights may not know."""

from __future__ import annotations

import asyncpg
import pytest

from geo.clock import MINUTE, SECOND
from geo.store.checkup import look
from geo.store.postgis import PostgisStore
from geo.store.process_rows import Lease
from geo.store.tables import SCHEMA

pytestmark = pytest.mark.postgis


async def test_the_facts(postgres_url: str) -> None:
    store = PostgisStore(postgres_url)
    await store.open()
    await store.renew(Lease("n1", MINUTE, 7, "host pid 1"))
    idle = await asyncpg.connect(postgres_url, server_settings={"application_name": "somebody"})
    await idle.execute("BEGIN; SELECT 1")
    try:
        facts = await look(postgres_url)
    finally:
        await idle.close()
        await store.close()
    assert (facts.schema, facts.replica, facts.superuser, facts.creates, facts.lacking) == (
        SCHEMA,
        False,
        True,
        True,
        (),
    )
    assert facts.version is not None
    assert facts.extensions["postgis"]
    assert facts.max_connections
    assert facts.leases is not None
    assert [(peer.node, peer.devices) for peer in facts.leases] == [("n1", 7)]
    assert facts.clock is not None
    assert abs(facts.leases[0].lapses_at - facts.clock - MINUTE) < 30 * SECOND
    assert facts.open_transactions is not None
    assert "somebody" in {session.application for session in facts.open_transactions}
    assert facts.latest_inbox_day is not None
    assert facts.slots == ()
    assert abs(facts.ahead_s or 9) < 2


async def test_a_role_without_rights_learns_what_it_may(postgres_url: str) -> None:
    admin = await asyncpg.connect(postgres_url)
    await admin.execute("DROP ROLE IF EXISTS poor; CREATE ROLE poor LOGIN")
    try:
        facts = await look(postgres_url.replace("beatline@", "poor@"))
    finally:
        await admin.execute("DROP ROLE poor")
        await admin.close()
    assert (facts.user, facts.superuser, facts.schema) == ("poor", False, None)
    assert "held" in (facts.lacking or ())
    assert facts.leases is None
    assert facts.max_connections


async def test_an_empty_database(empty_postgres_url: str) -> None:
    facts = await look(empty_postgres_url)
    assert (facts.schema, facts.leases, facts.parts, facts.lacking) == (None, None, 0, ())
