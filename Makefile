# make demo   a simulated class, graded, with report and feedback pages in demo/
# make test   lint, types, import rules, notebooks and all tests
# make catalogues   bring the .po files up to date with the texts in autograder/
# make lab    JupyterLab on the student edition in mi-curso/

PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready
# lessons run without network where this user may take it away
OFFLINE := $(shell unshare --net true 2>/dev/null || \
	unshare --user --net true 2>/dev/null && echo --offline)

# tests/browser is skipped where this user may not install a browser
CHROMIUM := command -v chromium >/dev/null || \
	apt-get install --yes --quiet --no-install-recommends chromium >/dev/null 2>&1 || \
	echo "no Chromium: the browser tests are skipped"

.PHONY: demo test lab bench catalogues clean

demo: $(READY)
	$(BIN)/autograder demo --to demo

test: $(READY)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/autograder check
	$(BIN)/autograder run --force $(OFFLINE)
	$(BIN)/autograder audit --sample 5
	@$(CHROMIUM)
	$(BIN)/python -m pytest --cov --cov-report=term --junitxml=.venv/junit.xml

lab: $(READY)
	$(BIN)/autograder release --all --to mi-curso
	cd mi-curso && ../$(BIN)/jupyter lab indice.ipynb

$(READY): pyproject.toml constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet -c constraints.txt -e '.[dev]'
	touch $(READY)

bench: $(READY)
	$(BIN)/python benchmarks/grading.py
	$(BIN)/python -m tests.attacks.versus_nbgrader

catalogues: $(READY)
	$(BIN)/pybabel -q extract --mapping-file pyproject.toml --omit-header --no-wrap \
		--add-location file --output-file .venv/autograder.pot autograder
	$(BIN)/pybabel -q update --input-file .venv/autograder.pot --omit-header --no-wrap \
		--no-fuzzy-matching --ignore-obsolete --domain autograder \
		--output-dir autograder/locale

clean:
	rm -rf .venv demo mi-curso
