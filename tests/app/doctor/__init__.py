"""Tests of `beatline doctor`."""
