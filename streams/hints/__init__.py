"""Hints that something changed: they may be lost, and then only time is lost."""
