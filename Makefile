# Every command does its own set-up, in .venv, from a machine that has Python 3.10 or newer, make and a package index.
#
#   PYTHON=python3.12    the Python to make .venv with (default: the first that fits)
#   UV=                  use venv and pip even where uv is on PATH
#   PYTEST_ARGS="-k mhm" more arguments for pytest
#   UNIT_ARGS="--cov"    more arguments for the run without live sessions
#   DEMO_ARGS="..."      more arguments for the demo, and for demo-pipecat
#   E2E_ARGS="..."       more arguments for e2e
#   COMPAT_ARGS="..."    more arguments for compat

SHELL := /bin/sh
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

# What the caller's shell has set up for another Python must not leak into ours.
unexport PYTHONPATH PYTHONHOME VIRTUAL_ENV

PYTEST_WORKERS ?= 2
LIVEKIT ?= 1.5.0
EXTRAS := agent,dev

# --- environments ---------------------------------------------------------------------------------------------------

ifeq ($(origin UV),undefined)
  # `uv` can be on PATH and not run (a version manager's shim), so it is asked for its version.
  UV := $(shell uv --version >/dev/null 2>&1 && echo uv)
endif

# An interpreter fits if LiveKit supports it and, without uv, if it can make an environment that has pip.
CANDIDATES := $(or $(PYTHON),python3 python3.13 python3.12 python3.11 python3.10)
FITS := import sys; assert (3, 10) <= sys.version_info[:2] < (3, 15)$(if $(UV),,; import ensurepip)
FIND_PYTHON = for candidate in $(CANDIDATES); do \
	"$$candidate" -c '$(FITS)' >/dev/null 2>&1 && { command -v "$$candidate"; break; }; done
NO_PYTHON = no Python from 3.10 to 3.14 $(if $(UV),,with venv and ensurepip )among: $(CANDIDATES). Install one (on Debian \
	and Ubuntu: python3 and python3-venv) or name it: make PYTHON=/path/to/python3
FOUND_PYTHON = $(or $(shell $(FIND_PYTHON)),$(error $(NO_PYTHON)))

# $(call make-env,DIRECTORY) and $(call install,DIRECTORY,WHAT)
ifneq ($(UV),)
  make-env = rm -rf $(1) && "$(UV)" venv --quiet --no-project --python "$(FOUND_PYTHON)" $(1)
  install = "$(UV)" pip install --quiet --compile-bytecode --python $(1)/bin/python $(2)
else
  make-env = rm -rf $(1) && "$(FOUND_PYTHON)" -m venv $(1)
  install = $(1)/bin/python -m pip install --quiet --no-input --disable-pip-version-check $(2)
endif

# .venv holds absolute paths and leans on the interpreter it was made with. Its stamp says where it was made, and for which
# version; where that is no longer so (a moved checkout, a Python removed or replaced, another PYTHON asked for), it is made anew.
STAMP := .venv/.installed
VERSION := import sys; print("%d.%d" % sys.version_info[:2])
MADE_FOR := $(shell .venv/bin/python -c '$(VERSION)' >/dev/null 2>&1 && cat $(STAMP) 2>/dev/null)
WANTED := $(CURDIR) $(shell $(or $(PYTHON),.venv/bin/python) -c '$(VERSION)' 2>/dev/null)
ifneq ("$(MADE_FOR)","$(WANTED)")
  STALE := yes
endif

# The build tools come first, pinned like all the rest: a build in isolation would fetch whatever is newest.
# pip is there already but for an environment that uv once made.
$(STAMP): pyproject.toml constraints.txt $(if $(STALE),always)
	@echo "Setting up .venv with $(if $(UV),uv,venv and pip); the first time, this takes a minute or two."
	$(if $(STALE),@$(call make-env,.venv))
	@rm -f $@
	$(if $(UV),,@.venv/bin/python -c 'import pip' 2>/dev/null || .venv/bin/python -m ensurepip >/dev/null)
	@$(call install,.venv,-c constraints.txt hatchling editables)
	@$(call install,.venv,-c constraints.txt --no-build-isolation -e '.[$(EXTRAS)]')
	@echo "$(CURDIR) $$(.venv/bin/python -c '$(VERSION)')" >$@

.PHONY: always
always:

# --- commands -------------------------------------------------------------------------------------------------------

.PHONY: help
help: ## Say what there is
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "make %-19s %s\n", $$1, $$2 }' Makefile

.PHONY: setup
setup: $(STAMP) ## Make .venv, or bring it up to date (the commands below do so themselves)

.PHONY: demo
demo: $(STAMP) ## Hear the difference: run the sample conversation, without keys or network
	@.venv/bin/python -m scripts.demo $(DEMO_ARGS)

# The calls on the first page; other rows: make picture ROWS="mhm stop".
ROWS := yeah-yeah stop answer
.PHONY: picture
picture: $(STAMP) ## Play the calls on the first page, and draw them anew
	@.venv/bin/python -m scripts.demo $(ROWS:%=--row %) --drawn docs/calls.svg --out build/picture

.PHONY: docs
docs: $(STAMP) ## Build the pages as a site, in build/site, and check every link
	@.venv/bin/python -m scripts.site -o build/site

# Ends with 77 where there is neither a server nor a Go to build one; make itself then ends with 2, as with any other.
.PHONY: e2e
e2e: $(STAMP) ## Call the agent over a real LiveKit server, which Go builds the first time (5 to 10 minutes)
	@.venv/bin/python -m scripts.e2e $(E2E_ARGS)

# voicebench stands outside, and shares no package with what it measures.
VOICEBENCH := voicebench[livekit]==0.2.0
.venv-voicebench/.installed: Makefile
	@echo "Setting up .venv-voicebench"
	@$(call make-env,.venv-voicebench)
	@$(call install,.venv-voicebench,'$(VOICEBENCH)')
	@touch $@

# Ends with 77, as e2e does, where there is no server.
.PHONY: voicebench
voicebench: $(STAMP) .venv-voicebench/.installed ## Have voicebench call the sample agent (Python 3.11 or newer), and judge it by sound
	@.venv/bin/python -m scripts.outside --voicebench .venv-voicebench/bin/voicebench $(VOICEBENCH_ARGS)

# Live sessions keep real time, side by side in one process: nothing else should run beside them. What PYTEST_ARGS selects
# may have none of either kind, which pytest calls status 5.
define run-tests
@$(1) -m pytest -n $(PYTEST_WORKERS) --dist loadfile -m "not live" $(UNIT_ARGS) $(2) || [ $$? -eq 5 ]
@$(1) -m pytest -m live $(2) || [ $$? -eq 5 ]
endef

.PHONY: test
test: $(STAMP) ## Run all tests, live sessions included
	$(call run-tests,.venv/bin/python,$(PYTEST_ARGS))

.PHONY: lint
lint: $(STAMP) ## Check style, formatting, types and which room uses which
	@.venv/bin/python -m ruff check .
	@.venv/bin/python -m ruff format --check .
	@.venv/bin/python -m mypy
	@.venv/bin/lint-imports --no-cache --no-logo

.PHONY: format
format: $(STAMP) ## Mend what can be mended of style and formatting
	@.venv/bin/python -m ruff check --fix-only --quiet .
	@.venv/bin/python -m ruff format .

ROOMS := documents words policy configuration calls livekit livekit/checks pipecat

# Tests run in a copy of the checkout that has no filters/, so that only the installed wheel can be what they import.
.PHONY: wheel-test
wheel-test: $(STAMP) ## Build the wheel, install it in a fresh environment, run the tests against it
	@set -eu; \
	work=$$(mktemp -d); trap 'rm -rf "$$work"' EXIT; trap 'exit 1' HUP INT TERM; \
	.venv/bin/python -m build --wheel --no-isolation --outdir "$$work/dist" . >"$$work/build.log" 2>&1 \
		|| { cat "$$work/build.log"; exit 1; }; \
	wheel=$$(ls "$$work"/dist/*.whl); \
	.venv/bin/python -c 'import sys, zipfile; print("\n".join(zipfile.ZipFile(sys.argv[1]).namelist()))' "$$wheel" >"$$work/names"; \
	if grep -v -e '^filters/' -e '^livekit_interruption_filters-[^/]*/' "$$work/names"; then \
		echo "wheel-test: the wheel holds more than filters/ (above)" >&2; exit 1; fi; \
	for name in $(ROOMS:%=filters/%/__init__.py) filters/__init__.py filters/py.typed filters/words/languages/en.yaml; do \
		grep -qxF "$$name" "$$work/names" || { echo "wheel-test: the wheel lacks $$name" >&2; exit 1; }; done; \
	$(call make-env,.venv-wheel); \
	$(call install,.venv-wheel,-c constraints.txt "$$wheel"); \
	mkdir "$$work/checkout"; \
	tar -cf - --exclude ./filters --exclude ./.git --exclude './.venv*' --exclude './.*_cache' . | tar -xf - -C "$$work/checkout"; \
	python="$(CURDIR)/.venv-wheel/bin/python"; cd "$$work/checkout"; \
	echo "Without extras, the wheel imports as $$("$$python" -c 'import filters; print(filters.__file__)')"; \
	cd "$(CURDIR)"; $(call install,.venv-wheel,-c constraints.txt "$$wheel[$(EXTRAS)]"); cd "$$work/checkout"; \
	"$$python" -m pytest -n $(PYTEST_WORKERS) --dist loadfile -m "not live" -p no:cacheprovider $(PYTEST_ARGS); \
	"$$python" -m pytest -m live tests/live/test_mixin_live.py tests/live/test_hook_live.py -p no:cacheprovider $(PYTEST_ARGS)

# Both ends of the supported range are tested: constraints.txt holds the newest, this runs any other (LIVEKIT=1.6.10).
# Before 1.6.10 LiveKit asks for any openai from 2 on, but only works with 2: it needs the httpx that 2 brings along.
OLD := .venv-livekit-$(LIVEKIT)
.PHONY: livekit-test
livekit-test: ## Run all tests on another LiveKit: LIVEKIT=1.5.0, the oldest supported, if not said
	@echo "Setting up $(OLD)"
	@$(call make-env,$(OLD))
	@$(call install,$(OLD),'livekit-agents==$(LIVEKIT)' 'livekit-plugins-assemblyai==$(LIVEKIT)' \
		'livekit-plugins-openai==$(LIVEKIT)' 'livekit-plugins-silero==$(LIVEKIT)' 'openai<3' -e '.[$(EXTRAS)]')
	$(call run-tests,$(OLD)/bin/python,$(PYTEST_ARGS))

.PHONY: compat
compat: $(STAMP) ## Live tests, agent and demo on every supported LiveKit, or on some: LIVEKIT="1.5.0 newest"
	@.venv/bin/python -m scripts.compat $(if $(filter file,$(origin LIVEKIT)),,$(LIVEKIT)) $(COMPAT_ARGS)

# --- Pipecat --------------------------------------------------------------------------------------------------------

# Pipecat gets an environment of its own, without LiveKit: what the room filters/pipecat uses has to do without it.
# PIPECAT=1.12.0, the oldest that works, makes another one.
PIPECAT_ENV := .venv-pipecat$(if $(PIPECAT),-$(PIPECAT))
PIPECAT_STAMP := $(PIPECAT_ENV)/.installed
PIPECAT_NEEDS := 'pipecat-ai[assemblyai]$(if $(PIPECAT),==$(PIPECAT))' hypothesis mypy prometheus-client pydantic pytest \
	pytest-asyncio pytest-timeout pytest-xdist PyYAML structlog types-PyYAML
PIPECAT_CANDIDATES := $(or $(PYTHON),python3 python3.13 python3.12 python3.11)
PIPECAT_PYTHON = $(shell for candidate in $(PIPECAT_CANDIDATES); do "$$candidate" -c \
	'import ensurepip, sys; assert (3, 11) <= sys.version_info[:2] < (3, 15)' >/dev/null 2>&1 && { echo "$$candidate"; break; }; done)
PIPECAT_FILES = $(wildcard filters/pipecat/*.py agent/pipecat_bot.py agent/offline_pipecat/*.py scripts/demo_pipecat/*.py \
	tests/pipecat/*.py)

$(PIPECAT_STAMP): constraints-pipecat.txt
	@test -n "$(PIPECAT_PYTHON)" || { echo "Pipecat needs a Python from 3.11 to 3.14 with venv and ensurepip; there is none among: \
	$(PIPECAT_CANDIDATES). Name one: make PYTHON=/path/to/python3" >&2; exit 1; }
	@echo "Setting up $(PIPECAT_ENV); the first time, this takes a minute."
	@rm -rf $(PIPECAT_ENV) && "$(PIPECAT_PYTHON)" -m venv $(PIPECAT_ENV)
	@$(PIPECAT_ENV)/bin/python -m pip install --quiet --no-input --disable-pip-version-check \
		$(if $(PIPECAT),,-c constraints-pipecat.txt) $(PIPECAT_NEEDS)
	@touch $@

.PHONY: demo-pipecat
demo-pipecat: $(PIPECAT_STAMP) ## Hear the difference in Pipecat, without keys or network
	@$(PIPECAT_ENV)/bin/python -m scripts.demo_pipecat $(DEMO_ARGS)

.PHONY: pipecat-test
pipecat-test: $(PIPECAT_STAMP) ## Check the types of the filter in Pipecat and run its tests (PIPECAT=1.12.0: on another release)
	$(if $(PIPECAT),,@$(PIPECAT_ENV)/bin/python -m mypy --explicit-package-bases --python-version 3.11 --follow-imports silent $(PIPECAT_FILES))
	@$(PIPECAT_ENV)/bin/python -m pytest tests/pipecat $(PYTEST_ARGS)

.PHONY: pipecat-constraints
pipecat-constraints: ## Write constraints-pipecat.txt anew with today's newest versions
	@work=$$(mktemp -d); trap 'rm -rf "$$work"' EXIT; "$(PIPECAT_PYTHON)" -m venv "$$work/env"; \
	"$$work/env/bin/python" -m pip install --quiet --no-input --disable-pip-version-check $(PIPECAT_NEEDS); \
	{ echo "# Exact versions of all that .venv-pipecat holds. Written by: make pipecat-constraints"; \
	  "$$work/env/bin/python" -m pip freeze --exclude pip --exclude setuptools; } >constraints.new
	@mv constraints.new constraints-pipecat.txt

.PHONY: constraints
constraints: ## Write constraints.txt anew with today's newest versions (needs uv)
	@test -n "$(UV)" || { echo "make constraints: needs uv on PATH" >&2; exit 1; }
	@{ echo "# Exact versions of all that .venv holds, for every supported Python. Written by: make constraints"; \
	  "$(UV)" pip compile --quiet --upgrade --universal --python-version 3.10 --no-header --no-annotate \
	    --no-emit-index-url --no-emit-find-links --extra agent --extra dev pyproject.toml; } >constraints.new
	@mv constraints.new constraints.txt

.PHONY: clean
clean: ## Remove everything that the commands above made
	rm -rf .venv .venv-* build dist .coverage .coverage.* htmlcov .hypothesis .mypy_cache .pytest_cache .ruff_cache constraints.new
	find filters agent scripts tests -name __pycache__ -type d -prune -exec rm -rf {} +
