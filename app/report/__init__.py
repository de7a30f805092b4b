"""The report of a replayed shift: one page that a sergeant can read, from what was decided and who came near what"""
