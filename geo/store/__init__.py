"""The record of everything: one contract, one SQLAlchemy store, two engines behind a small vocabulary."""
