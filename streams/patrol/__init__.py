"""The patrol-start briefing: the dozen things that matter on this beat this shift, and what becomes of them"""
