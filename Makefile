# The whole of working on Setpoint. Each target makes the environment it needs, from a lock with hashes.

BIN := .venv/bin

.DEFAULT_GOAL := help

export PYTHON

help: ## what can be made
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1	\2/' | expand -t 24

run: .venv/ready ## serve on 127.0.0.1:8321
	@$(BIN)/setpoint serve

test: .venv/ready ## every test but those that need the frameworks or a browser
	$(BIN)/python -m pytest tests

test-frameworks: .venv-frameworks/ready ## the tests against torch, optax, keras and transformers
	.venv-frameworks/bin/python -m pytest tests/frameworks

check: .venv/ready ## formatting, lint, types, import contracts
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/pyright
	$(BIN)/lint-imports --no-cache

bench: .venv/ready ## how fast it is, beside its peers
	$(BIN)/python -m benchmarks

proof: .venv/ready ## the long runs of the property tests
	SETPOINT_PROOF=1 $(BIN)/python -m pytest tests -m proof

lock: ## resolve the dependencies anew
	tools/lock.sh

.venv/ready: locks/dev.txt pyproject.toml tools/environment.sh
	@tools/environment.sh .venv locks/dev.txt
	@touch $@

.venv-frameworks/ready: locks/frameworks.txt pyproject.toml tools/environment.sh
	@tools/environment.sh .venv-frameworks locks/frameworks.txt pip
	@touch $@

.PHONY: help run test test-frameworks check bench proof lock
