# `make demo` and `make test` need make and a Python >= 3.11, nothing else; everything they install goes to $(VENV).

VENV    ?= .venv
PYTHON  ?= $(firstword $(shell sh .ci/pythons))
PY      := $(VENV)/bin/python
EXAMPLES ?= 20000
PYTEST_ARGS ?= -n auto

.PHONY: help demo test test-full test-all bench lint types fuzz coverage clean
help:
	@echo "make demo       install into $(VENV) and run the tutorial network: function, adjoint, gradients, check"
	@echo "make test       the test suite"
	@echo "make test-full  the suite and the large products"
	@echo "make test-all   the suite on every Python >= 3.11 of this machine"
	@echo "make bench      kernels, problems and overhead against hand-written gradients, PyTorch, JAX, autograd"
	@echo "make fuzz       the property tests with EXAMPLES=$(EXAMPLES) programs each"
	@echo "make coverage   docs/coverage.md again"
	@echo "make lint types ruff; mypy --strict"

demo: $(VENV)/.has-core
	$(PY) samples/torch_tutorial.py

test: $(VENV)/.has-test
	$(PY) -m pytest $(PYTEST_ARGS)

test-full: $(VENV)/.has-test
	$(PY) -m pytest -m "full or not full" $(PYTEST_ARGS)

# One environment a version, kept in build/; stops at the first version that fails.
test-all:
	@set -e; for python in $$(sh .ci/pythons); do \
		version=$$($$python -c 'import sys; print("%d.%d" % sys.version_info[:2])'); \
		echo "== Python $$version ($$python)"; \
		$(MAKE) test PYTHON=$$python VENV=build/venv-$$version; \
	done

bench: $(VENV)/.has-bench
	$(PY) -m benchmarks $(BENCH_ARGS)

lint: $(VENV)/.has-dev
	$(VENV)/bin/ruff check .

types: $(VENV)/.has-dev
	$(PY) -m mypy

# Hypothesis marks every property test; tests/conftest.py reads the number of examples.
fuzz: $(VENV)/.has-test
	PULLBACK_FUZZ=$(EXAMPLES) $(PY) -m pytest -m "hypothesis" $(PYTEST_ARGS)

# Which functions have derivatives, for the installed NumPy and SciPy.
coverage: $(VENV)/.has-test
	$(PY) -m pullback rules --markdown > docs/coverage.new && mv docs/coverage.new docs/coverage.md

clean:
	rm -rf .venv build dist *.egg-info

$(PY):
	@test -n "$(PYTHON)" || { echo "pullback needs Python 3.11 or newer with the venv module; none was found" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)

# An extra is installed once, and again when what it lists may have changed.
$(VENV)/.has-core: setup.cfg pyproject.toml | $(PY)
	$(PY) -m pip install -e .
	@touch $@

$(VENV)/.has-%: setup.cfg pyproject.toml | $(PY)
	$(PY) -m pip install -e ".[$*]"
	@touch $@
