# The whole of working on Setpoint. Each target makes the environment it needs, from locks with hashes.
# PYTHON names the interpreter to use; without it the first of 3.11 or newer is taken.

BIN := .venv/bin

# Packages are installed uncompiled, and the tests start programs by the hundred: each would compile all that it imports.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help

help: ## what can be made
	@sed -nE 's/^([a-z-]+):.*## (.*)/  make \1\t\2/p' Makefile | expand -t 24

# Serving needs a third of what testing does; where the environment is complete already, it is used.
run: $(or $(wildcard .venv/ready),.venv/serves) ## serve on 127.0.0.1:8321
	@$(BIN)/setpoint serve

test: .venv/ready ## every test but those that need the frameworks or a browser
	$(BIN)/python -m pytest tests

test-frameworks: .venv-frameworks/ready ## the tests against torch, optax, keras and transformers
	KERAS_BACKEND=jax .venv-frameworks/bin/python -m pytest tests/frameworks

test-browser: .venv-browser/ready ## the pages, in Chromium (apt-get install chromium)
	.venv-browser/bin/python -m pytest tests/browser

check: .venv/ready ## formatting, lint, types, who imports whom, the OpenAPI document
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy
	$(BIN)/pyright
	$(BIN)/lint-imports --no-cache --no-logo
	$(BIN)/setpoint openapi | cmp - openapi/openapi.json || (echo "make openapi writes it anew"; false)

# The theme tells news of its own when it is used; it is not about these pages.
docs: .venv-docs/ready ## the documentation's pages, into out/docs; every link is checked
	NO_MKDOCS_2_WARNING=1 .venv-docs/bin/python -m mkdocs build --strict
	@.venv-docs/bin/python -m tools.site.links out/docs
	@echo "out/docs/index.html shows them"

openapi: .venv/ready ## write openapi/openapi.json, as the service serves it
	$(BIN)/setpoint openapi >openapi/openapi.json

bench: .venv/ready ## how fast it is, beside its peers
	$(BIN)/python -m benchmarks --json bench.json

bench-pages: .venv-browser/ready ## how quick the pages are, in Chromium
	.venv-browser/bin/python -m tests.browser.speed

pictures: .venv-browser/ready ## the pictures of the pages for the documentation (apt-get install chromium pngquant optipng)
	.venv-browser/bin/python -m tests.browser.pictures

PART := 1
proof: .venv/ready .venv-frameworks/ready ## the promise under crashes, power losses and broken disks: hours (PART=0.02: half an hour)
	$(BIN)/python -m proof --json proof.json --part $(PART)

fuzz: .venv/ready ## a minute of schedules that nobody would write (FUZZ_SECONDS)
	$(BIN)/python -m proof.fuzz $(or $(FUZZ_SECONDS),60)

dist: .venv/ready ## wheel and source, into dist
	$(BIN)/python -m hatchling build -d dist

sbom: .venv/ready ## write sbom.json: all that the service consists of, as CycloneDX
	$(BIN)/python -m tools.sbom locks/server.txt >sbom.json

lock: ## resolve the dependencies anew
	tools/lock.sh

.venv/serves: locks/server.txt locks/build.txt pyproject.toml tools/environment.sh
	@PYTHON="$(PYTHON)" tools/environment.sh .venv locks/server.txt locks/build.txt
	@touch $@

.venv/ready: locks/dev.txt pyproject.toml tools/environment.sh
	@PYTHON="$(PYTHON)" tools/environment.sh .venv locks/dev.txt
	@touch $@

.venv-frameworks/ready: locks/frameworks.txt locks/torch.txt pyproject.toml tools/environment.sh
	@BY_PIP=locks/torch.txt PYTHON="$(or $(PYTHON),python3.11)" tools/environment.sh .venv-frameworks locks/frameworks.txt
	@touch $@

.venv-browser/ready: locks/browser.txt pyproject.toml tools/environment.sh
	@PYTHON="$(PYTHON)" tools/environment.sh .venv-browser locks/browser.txt
	@touch $@

.venv-docs/ready: locks/docs.txt pyproject.toml tools/environment.sh
	@PYTHON="$(PYTHON)" tools/environment.sh .venv-docs locks/docs.txt
	@touch $@

.PHONY: help run test test-frameworks test-browser check docs openapi bench bench-pages pictures proof fuzz dist sbom lock
