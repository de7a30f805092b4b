# Beatline. `make demo` shows it at work, `make test` passes the tests; both set up all that they need.
.DEFAULT_GOAL := help
BIN := .venv/bin
PYTEST := $(BIN)/python -m pytest
# In CI everything runs; elsewhere `make test` leaves the slow ones to `make test-all` and says so.
QUICK := $(if $(filter true,$(CI)),,-m "not slow")

.PHONY: help setup demo test test-all check format map bench bench-quick bench-force drills drills-quick simulation judge report serve clean

help: ## what there is to make
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 22

setup: ## the project's own environment in .venv
	@sh deploy/setup/environment.sh

demo: setup ## real police records against officers on real sockets, live in this terminal (Ctrl-C ends it)
	@$(BIN)/beatline demo $(DEMO)

test: setup ## the tests, in about three minutes; those on PostGIS too, where it is there or may be installed
	@sh deploy/setup/servers.sh
	@[ "$(CI)" = true ] || echo "left out here, run by make test-all and in CI: tests marked slow (whole files, load, long waits)"
	@$(PYTEST) -rs -n auto --dist loadfile $(QUICK) $(TESTS)

test-all: setup ## every test, the slow ones too
	@sh deploy/setup/servers.sh
	@$(PYTEST) -rs -n auto --dist loadfile $(TESTS)

check: setup ## what CI runs first: format, lint, types, import contracts, the map
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(PYTEST) tests/test_map.py tests/test_house_rules.py

format: setup ## puts the code in its house form
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

map: setup ## writes the README's map anew from the modules' captions
	@$(BIN)/python -m tests.map

bench: setup ## the figures of the README, beside the limit of this machine (some minutes)
	@mkdir -p bench-results
	@$(BIN)/beatline bench --json bench-results/bench.json

bench-quick: setup ## the same, scaled down to under a minute
	@mkdir -p bench-results
	@$(BIN)/beatline bench --quick --json bench-results/bench-quick.json

bench-force: setup ## the same on PostgreSQL and Redis with two processes, all started by itself
	@sh deploy/setup/servers.sh
	@mkdir -p bench-results
	@$(BIN)/beatline bench --force --json bench-results/bench-force.json

drills: setup ## nothing lost: processes, stores and networks broken under load for most of an hour, ONE table at the end
	@sh deploy/setup/servers.sh
	@mkdir -p bench-results
	@$(BIN)/python -m tests.drills --json bench-results/drills.json $(DRILLS)

drills-quick: setup ## five drills and the mutants, in a few minutes
	@sh deploy/setup/servers.sh
	@$(BIN)/python -m tests.drills --quick $(DRILLS)

simulation: setup ## a thousand seeds of a simulated deployment (SEEDS=from:to for others)
	@$(BIN)/python -m tests.simulation --seeds $(or $(SEEDS),0:1000)

judge: setup ## the noise filter on other days, in other cities, with other movement: each figure beside its limit (some minutes)
	@$(BIN)/python -m tests.judging $(JUDGE)

SF = $(or $(BEATLINE_TEST_DATA),../shared/data)/sf
report: setup ## the page of a shift: San Francisco's calls and patrols, in bench-results/report.html (a minute)
	@mkdir -p bench-results
	@$(BIN)/beatline replay --incidents $(SF)/sf_cad_2026-01-15.csv --format datasf-cad --zone America/Los_Angeles \
		--units $(SF)/patrols_simulated_2026-01-15.csv.gz --out bench-results/decisions.jsonl --report bench-results/report.html
	@echo "open bench-results/report.html"

serve: setup ## a server on the embedded store, data in var/
	@$(BIN)/beatline serve --data var/beatline

clean: ## takes away what make made
	@rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache bench-results build dist
