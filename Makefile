# `make demo` and `make test` do all their own set-up, in $(VENV).  `make help` lists the rest.
#
#   TASK=images        what `make demo` shows: images, spans, boxes, audio or table
#   PORT=8866          where it serves the page
#   PYTHON=python3.12  the interpreter for the environment (3.11 or newer; found if not named)
#   TORCH_INDEX=URL    an additional index for torch, e.g. the one with PyTorch's CPU wheels
#   VENV=.venv         where the environment lies
#   RUN="page team"    the benchmarks to run, OPTIONS="--help" what they are given

VENV ?= .venv
TASK ?= images
PORT ?= 8866
PYTHON ?=
TORCH_INDEX ?=
# What the others share; then studies that take up to half an hour each and are run by hand.
NOT_RUN = fuzz_calls.py fuzz_doors.py fuzz_inputs.py fuzz_target.py machine.py measuring.py tuning.py paired.py peers.py labelled_pools.py learner.py thresholds.py servers.py plain_pages.py ablation.py finetune.py heads.py demo.py forgetful.py kills.py power_cuts.py soak.py
RUN ?= $(basename $(notdir $(filter-out $(addprefix benchmarks/,$(NOT_RUN)),$(wildcard benchmarks/*.py))))
OPTIONS ?=
BENCHMARKS ?= $(patsubst %,benchmarks/%.py,$(RUN))
# A third process works while the two others wait, for a browser, a server or a trainer.
WORKERS = -n 3 --dist loadfile
# One thread each: on a busy machine the threads of small products wait for one another.
PYTEST = OMP_NUM_THREADS=1 DALT_CHROMIUM="$$(scripts/ensure_browser.sh "$(VENV)/bin/python")" \
    DALT_POSTGRES="$$(scripts/ensure_postgres.sh)" \
    scripts/in_memory.sh "$(VENV)/bin/python" -m pytest

# Node and its tools are those of the environment, whatever the machine has; installed without addresses,
# from the registry that npm is configured for.
NPM = PATH="$(abspath $(VENV))/bin:$$PATH" "$(abspath $(VENV))/bin/npm" --prefix frontend

export PYTHON TORCH_INDEX
unexport PYTHONHOME PYTHONPATH DALT_DATABASE_URL

.DEFAULT_GOAL := help
.PHONY: help demo test test-slow lint format page protocol settings lock audit bench clean browser postgres data

help:  ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

# --- set-up: again whenever the package's needs or the lock change ----------------------

$(VENV)/.installed: pyproject.toml constraints.txt
	@scripts/install.sh "$(VENV)"
	@touch "$@"

$(VENV)/.installed-dev: pyproject.toml constraints.txt scripts/weights.txt
	@scripts/install.sh "$(VENV)" dev
	@touch "$(VENV)/.installed" "$@"

$(VENV)/.installed-bench: pyproject.toml constraints.txt
	@scripts/install.sh "$(VENV)" dev,bench
	@touch "$(VENV)/.installed" "$(VENV)/.installed-dev" "$@"

frontend/node_modules/.installed: frontend/package.json frontend/package-lock.json frontend/.npmrc | $(VENV)/.installed-dev
	@echo "Installing the tools of the page into frontend/node_modules" >&2
	@$(NPM) ci --loglevel=error
	@touch "$@"

browser: $(VENV)/.installed-dev  ## find or install a Chromium for the tests
	@scripts/ensure_browser.sh "$(VENV)/bin/python"

postgres:  ## find or install a PostgreSQL for the tests, which start it themselves
	@scripts/ensure_postgres.sh

data:  ## install Fashion-MNIST and sounds where Debian has them (slow tests, benchmarks)
	@scripts/ensure_data.sh

# --- use ----------------------------------------------------------------------------------

demo: $(VENV)/.installed  ## label something in the browser; TASK= chooses what
	@"$(VENV)/bin/dalt" demo --task "$(TASK)" --port $(PORT)

# --- check --------------------------------------------------------------------------------

test: lint browser postgres  ## lint and all tests that take seconds
	$(NPM) test --silent
	$(PYTEST) -m "not slow" $(WORKERS)

test-slow: browser postgres data  ## the tests that take minutes, Binder's steps and the containers
	$(PYTEST) -m slow $(WORKERS) --no-loadscope-reorder
	scripts/check_binder.sh "$(VENV)/bin/python"
	DALT_CHROMIUM="$$(scripts/ensure_browser.sh "$(VENV)/bin/python")" DALT_POSTGRES="$$(scripts/ensure_postgres.sh)" \
	    "$(VENV)/bin/python" scripts/check_containers.py "$$(scripts/ensure_containers.sh)"

lint: $(VENV)/.installed-dev frontend/node_modules/.installed  ## ruff, mypy, who may import whom, what is declared; biome and tsc
	"$(VENV)/bin/ruff" check .
	"$(VENV)/bin/ruff" format --check .
	"$(VENV)/bin/mypy"
	"$(VENV)/bin/lint-imports" --no-logo
	"$(VENV)/bin/deptry" dalt
	$(NPM) run --silent lint

format: $(VENV)/.installed-dev frontend/node_modules/.installed  ## put the code into ruff's and biome's format
	"$(VENV)/bin/ruff" check --fix .
	"$(VENV)/bin/ruff" format .
	$(NPM) run --silent format

page: frontend/node_modules/.installed  ## build what browsers get from dalt/page/static
	@$(NPM) run --silent build

protocol: $(VENV)/.installed-dev  ## write what page and kernel say for JavaScript
	@"$(VENV)/bin/python" scripts/protocol.py

settings: $(VENV)/.installed-dev  ## write the tables of docs/settings.md
	@"$(VENV)/bin/python" scripts/settings.py

lock:  ## resolve everything anew into constraints.txt
	@scripts/lock.sh

audit:  ## ask whether weaknesses are known of what constraints.txt names
	@scripts/audit.sh

bench: $(VENV)/.installed-bench browser postgres data  ## run the benchmarks; each prints JSON
	@for script in $(BENCHMARKS); do \
	    echo "== $$script" >&2; DALT_POSTGRES="$$(scripts/ensure_postgres.sh)" \
	        "$(VENV)/bin/python" "$$script" $(OPTIONS) || exit 1; \
	done

clean:  ## remove the environment and what the tools left (never a project)
	rm -rf "$(VENV)" .venv-default .venv-audit build dist frontend/node_modules .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
