# `make run` and `make test` do all the set-up: a virtual environment in .venv, with the versions that requirements/ pins.

PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet --require-hashes

.DEFAULT_GOAL := help
.PHONY: help run demo bot-demo test simulate chaos lint bench bench-quick bench-smoke bench-beside lock clean

help:  ## Say what there is to make.
	@sed -n 's/^\([a-z-]*\):.*## /  make \1\t/p' $(MAKEFILE_LIST) | expand -t 20

run: .venv/run  ## Start everything on 127.0.0.1:8080: PostgreSQL, Valkey, API and worker.
	@exec $(BIN)/satchel up

demo: .venv/run  ## Show the whole engine at work, with a kill -9 in the middle; exits 0 if all went as promised.
	@$(BIN)/satchel demo

bot-demo: .venv/run  ## Play with the Telegram bot in this terminal, without a token; LANG_OF_PLAYER=ru for Russian.
	@$(BIN)/satchel bot --demo --lang $(LANG_OF_PLAYER)

LANG_OF_PLAYER ?= en

# Each process has servers of its own. Neighbours stay together, because they share servers that only they use.
test: .venv/dev  ## Run all tests, on real servers that PROCESSES=2 start for themselves.
	@$(BIN)/python -m pytest --numprocesses $(or $(PROCESSES),2) --dist worksteal

simulate: .venv/dev  ## Run the real code on simulated servers through SCHEDULES=20000 fault schedules; SEED=n repeats one.
	@$(BIN)/python -m proof.simulation $(if $(SEED),--seed $(SEED)) --schedules $(or $(SCHEDULES),20000) $(SIMULATE)

chaos: .venv/dev  ## Let faults strike real processes under load, for MINUTES=2; SEED=n repeats the choices of a run.
	@$(BIN)/python -m proof.chaos --minutes $(or $(MINUTES),2) $(if $(SEED),--seed $(SEED)) $(CHAOS)

lint: .venv/dev  ## Check format, style and types.
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy

bench: .venv/bench  ## Measure everything, about ten minutes; writes bench/results/ and docs/performance.md.
	@$(BIN)/python -m bench --docs

bench-quick: .venv/bench  ## Measure everything a little, about one minute; prints it only.
	@$(BIN)/python -m bench --plan quick --out .satchel/bench-quick.json

bench-smoke: .venv/dev  ## See that the bench still runs, all of it; its figures mean nothing.
	@$(BIN)/python -m bench --plan smoke --out .satchel/bench-smoke.json

bench-beside: .venv/bench  ## Measure a release and this tree by turns, and print the ratios; REF=tag or commit.
	@$(BIN)/python -m bench --beside "$(REF)" $(BESIDE)

lock:  ## Pin the newest versions again; needs uv.
	uv pip compile $(LOCK) --extra embedded --extra bot --group build pyproject.toml -o requirements/run.txt
	uv pip compile $(LOCK) --extra embedded --extra bot --extra testing --group dev -c requirements/run.txt pyproject.toml -o requirements/dev.txt
	uv pip compile $(LOCK) --extra embedded --group bench -c requirements/dev.txt pyproject.toml -o requirements/bench.txt

LOCK := --quiet --upgrade --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links

clean:  ## Remove the environment and all data of `make run`.
	rm -rf .venv .satchel

# Each of these files says that the environment holds what the lock file of its name pins.

.venv/run: requirements/run.txt pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(PIP) -r requirements/run.txt
	@$(BIN)/python -m pip --disable-pip-version-check install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

.venv/dev: requirements/dev.txt .venv/run
	@$(PIP) -r requirements/dev.txt
	@touch $@

.venv/bench: requirements/bench.txt .venv/dev
	@$(PIP) -r requirements/bench.txt
	@touch $@
