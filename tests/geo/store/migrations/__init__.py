"""Tests of the revisions and of what runs them."""
