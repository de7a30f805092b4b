"""The noise filter judged on days, cities and movement that nobody tuned it on; `python -m tests.judging`."""
