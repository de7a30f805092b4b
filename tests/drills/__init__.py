"""Fault drills: real servers, real devices on faulty links, and a ledger that says whether anything was lost."""
