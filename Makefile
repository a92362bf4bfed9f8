.PHONY: setup demo test check format bench torture pictures

setup: ## make .venv
	@.ci/setup

demo: setup ## the demo county, built end to end
	@.venv/bin/cuntong demo .

test: setup ## all tests, with a real browser
	@.ci/setup system
	@.venv/bin/python -m pytest -n 2

check: setup ## style, types, docstrings, floors
	@.venv/bin/ruff check
	@.venv/bin/ruff format --check
	@.venv/bin/mypy
	@.venv/bin/numpydoc lint $$(git ls-files 'cuntong_gis/*.py')
	@.venv/bin/lint-imports

format: setup
	@.venv/bin/ruff check --fix
	@.venv/bin/ruff format

bench: setup ## our planner and maps beside peers → tests/bench/RESULTS.md; e.g. make bench BENCH="--only gz50k" or BENCH=--maps
	@.ci/setup bench
	@PYTHONPATH=tests .venv/bin/python -m bench $(BENCH)

torture: setup ## SIGKILL and loss of power, in full → tests/bench/RESULTS.md; e.g. make torture TORTURE="--kills 20"
	@.ci/setup system
	@PYTHONPATH=tests .venv/bin/python -m torture $(TORTURE)

pictures: setup ## the READMEs' pictures, from the demo → docs/img
	@.ci/setup system
	@PYTHONPATH=tests .venv/bin/python -m pictures
