# The portal in two commands: `make run` and `make test`. Each does all it needs, on a machine with make and Python 3.11.

PORT ?= 8000
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install -qq --disable-pip-version-check --no-input --root-user-action=ignore
export PORT

.PHONY: help run test lint demo bench messages
.DEFAULT_GOAL := help

help:
	@echo 'make run        the portal at http://localhost:$(PORT)/ (PORT=8001 make run for another port)'
	@echo 'make test       everything: style, types, imports, then all tests on SQLite and PostgreSQL'
	@echo 'make lint       style, types and imports only'
	@echo 'make demo       an empty database filled with the demo'
	@echo 'make bench      how fast, by the programs in bench/'
	@echo 'make messages   the Welsh catalogue, brought up to date and compiled'

run: $(VENV)/run.stamp
	@exec $(BIN)/python manage.py run --port $(PORT)

# pytest comes last whatever the lint says, so that the last lines are its summary.
test: $(VENV)/test.stamp
	@status=0; \
	$(MAKE) --no-print-directory lint || status=1; \
	$(BIN)/python -m pytest -o console_output_style=classic --dist each \
	    --tx popen//id=sqlite//env:PORTAL_TEST_DB=sqlite \
	    --tx popen//id=postgres//env:PORTAL_TEST_DB=postgres $(ARGS) </dev/null || status=1; \
	exit $$status

lint: $(VENV)/test.stamp
	@status=0; \
	$(BIN)/ruff check --quiet . || status=1; \
	$(BIN)/ruff format --quiet --check . || { echo 'unformatted: $(BIN)/ruff format .'; status=1; }; \
	$(BIN)/mypy --no-error-summary || status=1; \
	$(BIN)/lint-imports --cache-dir .import_linter_cache >$(VENV)/imports.log || { cat $(VENV)/imports.log; status=1; }; \
	test $$status = 0 && echo 'lint: nothing to say' || echo 'lint: FAILED, see above'; \
	exit $$status

demo: $(VENV)/run.stamp
	@$(BIN)/python manage.py migrate --verbosity 0
	@$(BIN)/python manage.py seed_demo

bench: $(VENV)/test.stamp
	@for program in bench/*.py; do echo "== $$program"; $(BIN)/python -m bench.$$(basename $$program .py) || exit 1; done

messages: $(VENV)/run.stamp
	@$(BIN)/python manage.py makemessages --locale cy --no-obsolete --no-location --ignore 'tests/*' --ignore 'bench/*' --ignore 'docs/*' --ignore '$(VENV)/*' --ignore 'var/*'
	@$(BIN)/python manage.py compilemessages --locale cy --ignore '$(VENV)/*'

# --- what the above need ---------------------------------------------------------------------------------------------

$(VENV)/run.stamp: requirements.txt | $(BIN)/python
	@echo 'Installing what the portal needs into $(VENV) …'
	@$(PIP) -r requirements.txt
	@touch $@

$(VENV)/test.stamp: requirements.txt requirements-dev.txt | $(BIN)/python
	@echo 'Installing what the tests need into $(VENV) …'
	@$(PIP) -r requirements-dev.txt
	@touch $@ $(VENV)/run.stamp

$(BIN)/python:
	@for python in $(PYTHON) python3 python3.14 python3.13 python3.12 python3.11; do \
	    if $$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then found=$$python; break; fi; \
	done; \
	if [ -z "$$found" ]; then echo 'No Python 3.11 or newer here. Name yours: PYTHON=/path/to/python3.11 make run' >&2; exit 1; fi; \
	if ! $$found -c 'import ensurepip' 2>/dev/null; then \
	    echo "$$found cannot make a virtual environment. Run this, then try again: apt-get install -y python3-venv" >&2; exit 1; \
	fi; \
	$$found -m venv --clear $(VENV)
