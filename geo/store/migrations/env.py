"""Alembic's environment: revisions run in the transaction of whoever called, on his connection."""

from __future__ import annotations

from alembic import context

if __name__ == "env_py":  # run by Alembic, not imported
    context.configure(
        connection=context.config.attributes["connection"],
        on_version_apply=context.config.attributes["applied"],
        transactional_ddl=True,
    )
    context.run_migrations()
