# Everything below needs Python 3.11 or newer, git and make; the rest is installed from PyPI (and, as root on Debian,
# from Debian) the first time. All of it stays in .venv and .local.

PYTHON := .venv/bin/python
READY := .venv/.ready
# What Python has compiled is kept, also where the environment says not to: each process would take two seconds more.
export PYTHONPYCACHEPREFIX := $(CURDIR)/.local/compiled
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help run stop demo test drills check chaos bench images docs browser

help: ## Show these lines
	@awk 'BEGIN { FS = ":.*## " } /^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: $(READY) ## Run the whole system on this machine, until Ctrl-C
	@$(PYTHON) -m scripts.local run

stop: $(READY) ## Stop the system, or what an unclean end has left of it
	@$(PYTHON) -m scripts.local stop

demo: $(READY) ## Go through the procedure from end to end, and print every step
	@$(PYTHON) -m scripts.demo

test: $(READY) browser ## Run the tests; ARGS="-k word" goes to pytest
	@$(PYTHON) -m tests.stack
	$(PYTHON) -m pytest -n 3 --max-worker-restart 0 --ignore=tests/drills $(ARGS)

drills: $(READY) ## Run the slow proofs: upgrade, backup and restore, kills; ARGS="-k upgrade"
	@$(PYTHON) -m tests.stack
	$(PYTHON) -m pytest -o faulthandler_timeout=1800 tests/drills $(ARGS)

check: $(READY) ## Lint, formatting, types, who may import whom, the documents of the APIs, and the manifests
	.venv/bin/ruff check
	.venv/bin/ruff format --check
	.venv/bin/mypy
	.venv/bin/lint-imports
	@$(PYTHON) -m scripts.documents --check
	@$(PYTHON) -m scripts.manifests

chaos: $(READY) ## Prove the promises under faults; N=2000 SEED=7 ARGS="--control no-sweep"
	@$(PYTHON) -m scripts.chaos --count $(or $(N),300) --seed $(or $(SEED),1) $(ARGS)

bench: $(READY) ## Measure it against its floor, a peer and its history; ARGS="--only intake --json figures.json"
	@$(PYTHON) -m bench $(ARGS)

images: $(READY) ## Build the four container images; BASE=python:3.14-slim REGISTRY=registry.example VERSION=1.0
	@$(PYTHON) -m scripts.images --base "$(BASE)" --registry "$(REGISTRY)" --version "$(VERSION)"

docs: $(READY) ## Write the AsyncAPI and OpenAPI documents and KEDA's triggers from the code
	$(PYTHON) -m scripts.documents

browser: $(READY) ## Install Chromium for the browser journey, where we may
	@$(PYTHON) -m scripts.local browser

$(READY): pyproject.toml uv.lock
	@scripts/setup.sh
	@touch $@
