"""The schema from one version to the next, on both engines: Alembic's revisions, and what runs them."""
