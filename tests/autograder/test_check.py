"""One planted defect per rule, in notebooks that are otherwise without fault."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_output, new_raw_cell

from autograder.check import CourseRules, Finding, check_notebook, load_rules
from autograder.errors import SettingsError
from autograder.settings import Settings
from tests.factories import (
    HIDDEN,
    check_cell,
    essay_cell,
    graded,
    notebook,
    solution_cell,
    write,
)

STUB = "# ESCRIBE TU CÓDIGO AQUÍ\nraise NotImplementedError()"
HINTS = "<details>1</details> <details>2</details> <details>3</details>"
PARAMETERS = "RAPIDO = False\nSEMILLA = 0"
ALT = "una curva que baja y luego se aplana"
PARAMETERS_WANTED = "the first code cell must set RAPIDO and SEMILLA"
FIGURE = f'show(grafica, caption="Baja", alt="{ALT}")'
UNIT = "04_perceptron"
TOML = """
[04_perceptron]
titulo = "Perceptrón"
secciones = ["4.1", "4.1.2", "A4"]
[05_otra]
"""
WORDS = """
[palabras]
"learning rate" = "tasa de aprendizaje"
"datasets?" = "conjunto de datos"
"""


class Unit:
    """A unit with a lesson and exercises in which nothing is wrong."""

    def __init__(self, root: Path) -> None:
        self.settings = Settings(root=root, source="notebooks", notebook_glob="ejer*")
        self.settings.nbgrader.ClearSolutions.code_stub = {"python": STUB}
        self.folder = self.settings.source_folder(UNIT)
        self.folder.mkdir(parents=True)
        (self.folder.parent / "temario.toml").write_text(TOML, encoding="utf-8")
        (self.folder.parent / "glosario.toml").write_text(WORDS, encoding="utf-8")

    def check(self, document: NotebookNode, name: str) -> list[Finding]:
        path = write(document, self.folder / f"{name}.ipynb")
        return check_notebook(path, self.settings, load_rules(self.settings))

    def found(self, document: NotebookNode, name: str = "leccion") -> list[Any]:
        """What is found, as (cell, rule, message)."""
        return [(f.cell, f.rule, f.message) for f in self.check(document, name)]


@pytest.fixture
def unit(tmp_path: Path) -> Unit:
    return Unit(tmp_path)


def course(name: str) -> dict[str, str]:
    return {"unit": UNIT, "notebook": name, "version": "1"}


def lesson(*extra: NotebookNode) -> NotebookNode:
    """Sixteen cells, and those that are given."""
    first = new_code_cell(PARAMETERS, metadata={"tags": ["parameters"]})
    heads = new_markdown_cell("## 4.1 Uno\ntexto\n### 4.1.2 Dos\n\n#### A4 Tres")
    rest = [new_markdown_cell("Se entrena con un lote.") for _ in range(14)]
    return notebook(heads, first, *rest, *extra, curso=course("leccion"))


def exercises(*extra: NotebookNode) -> NotebookNode:
    return notebook(
        new_markdown_cell(HINTS),
        solution_cell(),
        check_cell(),
        check_cell(HIDDEN, "f_oculta", 2.0),
        essay_cell(),
        *extra,
        curso=course("ejercicios"),
    )


def test_notebooks_without_fault_have_no_findings(unit: Unit) -> None:
    good = (
        new_code_cell(FIGURE),
        new_code_cell(f'paso = step_button(f, caption="c", alt="{ALT}")'),
        new_code_cell(f'w.explore(f, caption="c", alt=f"{{x}}", max={80})'),
        new_markdown_cell(f"![{ALT}](x.png) [x](https://x)"),
        new_markdown_cell(
            '<img src="x" alt="una curva que baja y luego sube otra vez">'
        ),
        new_code_cell("\n".join(f"x = {n}" for n in range(30))),
        new_code_cell("class A:\n" + "\n".join(f"    x = {n}" for n in range(39))),
        new_code_cell(f"x = '{'a' * 82}'"),
        new_raw_cell("x"),
        new_code_cell("fetch(2)\nrequests = 1\nx[0](1)"),
    )

    assert unit.found(lesson(*good)) == []
    assert unit.found(exercises(), "ejercicios") == []


LESSON_DEFECTS: dict[str, tuple[NotebookNode, tuple[str, str]]] = {
    "outputs": (
        new_code_cell("x", outputs=[new_output("stream", text="x")]),
        ("outputs", "outputs were left in"),
    ),
    "execution count": (
        new_code_cell("x", execution_count=3),
        ("outputs", "outputs were left in"),
    ),
    "marker": (
        new_code_cell("### END SOLUTION"),
        ("marker", "END SOLUTION outside a solution cell"),
    ),
    "long cell": (
        new_code_cell("\n".join(f"x = {n}" for n in range(31))),
        ("long", "31 lines, at most 30"),
    ),
    "long class": (
        new_code_cell("class A:\n" + "\n".join(f"    x = {n}" for n in range(40))),
        ("long", "41 lines, at most 40"),
    ),
    "wide line": (
        new_code_cell(f"x = 1\nx = '{'a' * 83}'"),
        ("wide", "line 2 has 89 columns, at most 88"),
    ),
    "image without alt text": (
        new_markdown_cell("![](x.png)"),
        ("alt", "an image without alt text of eight words"),
    ),
    "image with seven words": (
        new_markdown_cell("![uno dos tres cuatro cinco seis siete](x.png)"),
        ("alt", "an image without alt text of eight words"),
    ),
    "html image without alt text": (
        new_markdown_cell('<img src="x.png" width="9">'),
        ("alt", "an image without alt text of eight words"),
    ),
    "syntax": (
        new_code_cell("x = 1\ndef f(:"),
        ("syntax", "line 2: invalid syntax"),
    ),
    "plt.show": (
        new_code_cell("import x\nplt.show()"),
        ("figure", "plt.show() gives no caption and no alt text"),
    ),
    "figure without caption": (
        new_code_cell(f'show(g, alt="{ALT}")'),
        ("caption", "show() without caption"),
    ),
    "figure without alt text": (
        new_code_cell('plotting.show(g, caption="c")'),
        ("alt", "plotting.show() without alt"),
    ),
    "step without caption": (
        new_code_cell(f'step_button(f, alt="{ALT}")'),
        ("caption", "step_button() without caption"),
    ),
    "figure with seven words": (
        new_code_cell('explore(g, caption="c", alt="a b c d e f g")'),
        ("alt", "explore(): alt text of fewer than 8 words"),
    ),
    "word": (
        new_markdown_cell("El Learning rate es grande."),
        ("glossary", "«Learning rate»: say «tasa de aprendizaje»"),
    ),
    "word beside code": (
        new_markdown_cell("Un `lote` del dataset."),
        ("glossary", "«dataset»: say «conjunto de datos»"),
    ),
}


@pytest.mark.parametrize(
    ("cell", "finding"), LESSON_DEFECTS.values(), ids=LESSON_DEFECTS
)
def test_defect_of_a_cell_is_found_and_nothing_else(
    unit: Unit, cell: NotebookNode, finding: tuple[str, str]
) -> None:
    assert unit.found(lesson(cell)) == [("cell 17", *finding)]


@pytest.mark.parametrize(
    "code",
    [
        "!pip install x",
        "# conda install x",
        "urlopen(x)",
        "urlretrieve(x)",
        "requests.get(x)",
        "requests.post(x)",
        "# wget x",
        "# curl x",
        "fetch_openml('x')",
        "fetch_20newsgroups(x)",
        "load_state_dict_from_url(x)",
        "hf_hub_download(x)",
        "snapshot_download(x)",
        "torch.hub.load(x)",
    ],
)
def test_code_that_needs_the_network_is_found(unit: Unit, code: str) -> None:
    got = unit.found(lesson(new_code_cell(code)))

    network = [f for f in got if f[1] == "network"]
    assert [f[0] for f in network] == ["cell 17"]
    assert unit.found(lesson(new_markdown_cell(code))) == []


@pytest.mark.parametrize(
    "code",
    [
        "pickle.load(file)",
        "pickle.loads(data)",
        "cloudpickle.load(f)",
        "dill.load(f)",
        "joblib.load(path)",
        "pd.read_pickle(path)",
        "np.load(path, allow_pickle = True)",
        "torch.load(path, weights_only=False)",
    ],
)
def test_test_that_unpickles_is_found(unit: Unit, code: str) -> None:
    [found] = unit.found(exercises(check_cell(code, "f_otra")), "ejercicios")

    assert found[1] == "pickle"
    harmless = check_cell("torch.load(p)\nnp.load(p)\nsafe.pickles.loader(p)", "f_otra")
    assert unit.found(exercises(harmless), "ejercicios") == []
    assert "pickle" not in [f[1] for f in unit.found(lesson(new_code_cell(code)))]


@pytest.mark.parametrize("word", ["x-dataset", "dataset-x", "datasetx", "subdatasets"])
def test_word_inside_another_is_no_finding(unit: Unit, word: str) -> None:
    assert unit.found(lesson(new_markdown_cell(f"Un {word}."))) == []


def test_words_in_code_formulas_links_and_tags_are_no_findings(unit: Unit) -> None:
    text = "```python\ndataset\n```\n$$\ndataset\n$$ <dataset> [x](dataset)"

    assert unit.found(lesson(new_markdown_cell(text))) == []
    assert unit.found(lesson(new_code_cell("# el dataset"))) == []


@pytest.mark.parametrize(
    ("marker", "flag"),
    [
        ("BEGIN SOLUTION", "solution"),
        ("END SOLUTION", "solution"),
        ("BEGIN HIDDEN TESTS", "grade"),
        ("END HIDDEN TESTS", "grade"),
    ],
)
def test_marker_outside_its_kind_of_cell_is_found(
    unit: Unit, marker: str, flag: str
) -> None:
    expected = ("cell 17", "marker", f"{marker} outside a {flag} cell")

    assert unit.found(lesson(new_markdown_cell(marker))) == [expected]
    marked = new_markdown_cell(marker, metadata={"nbgrader": {flag: True}})
    assert unit.found(lesson(marked)) == []


def changed(change: Callable[[NotebookNode], object]) -> NotebookNode:
    document = lesson()
    change(document)
    return document


DOCUMENT_DEFECTS: dict[str, tuple[NotebookNode, list[tuple[str, str, str]]]] = {
    "no metadata": (
        changed(lambda d: d.metadata.pop("curso")),
        [
            ("file", "metadata", f"metadata.curso must name unit {UNIT} and leccion"),
            ("file", "metadata", "metadata.curso.version is missing"),
        ],
    ),
    "another unit": (
        changed(lambda d: d.metadata.curso.update(unit="05_otra")),
        [("file", "metadata", f"metadata.curso must name unit {UNIT} and leccion")],
    ),
    "another notebook": (
        changed(lambda d: d.metadata.curso.update(notebook="ejercicios")),
        [("file", "metadata", f"metadata.curso must name unit {UNIT} and leccion")],
    ),
    "no version": (
        changed(lambda d: d.metadata.curso.update(version="")),
        [("file", "metadata", "metadata.curso.version is missing")],
    ),
    "a section is missing": (
        changed(lambda d: d.cells[0].update(source="## 4.1 Uno\n#### A4 Tres")),
        [("file", "section", "no heading carries section 4.1.2")],
    ),
    "a section is only mentioned": (
        changed(lambda d: d.cells[0].update(source="## 4.1\n4.1.2\n#### A4\n# 4.1.2")),
        [("file", "section", "no heading carries section 4.1.2")],
    ),
    "a section is in code only": (
        changed(lambda d: d.cells[0].update(new_code_cell("## 4.1\n### 4.1.2"))),
        [
            ("file", "section", f"no heading carries section {section}")
            for section in ("4.1", "4.1.2", "A4")
        ]
        + [("cell 1", "parameters", PARAMETERS_WANTED)],
    ),
    "too short": (
        changed(lambda d: d.cells.__delitem__(slice(14, None))),
        [("file", "length", "14 cells")],
    ),
    "too long": (
        changed(lambda d: d.cells.extend(new_markdown_cell("x") for _ in range(75))),
        [("file", "length", "91 cells")],
    ),
    "no tag": (
        changed(lambda d: d.cells[1].metadata.pop("tags")),
        [("cell 1", "parameters", PARAMETERS_WANTED)],
    ),
    "no seed": (
        changed(lambda d: d.cells[1].update(source="RAPIDO = False")),
        [("cell 1", "parameters", PARAMETERS_WANTED)],
    ),
    "no code": (
        changed(lambda d: d.cells.__setitem__(1, new_markdown_cell("x"))),
        [("cell 1", "parameters", PARAMETERS_WANTED)],
    ),
}


@pytest.mark.parametrize(
    ("document", "findings"), DOCUMENT_DEFECTS.values(), ids=DOCUMENT_DEFECTS
)
def test_defect_of_a_lesson_is_found_and_nothing_else(
    unit: Unit, document: NotebookNode, findings: list[tuple[str, str, str]]
) -> None:
    assert unit.found(document) == findings


@pytest.mark.parametrize("n_cells", [15, 90])
def test_lesson_of_the_shortest_or_longest_length_is_right(
    unit: Unit, n_cells: int
) -> None:
    document = lesson(*(new_markdown_cell("x") for _ in range(80)))
    document.cells = document.cells[:n_cells]

    assert unit.found(document) == []


def test_lesson_of_a_unit_without_sections_needs_none(unit: Unit) -> None:
    document = lesson()
    document.cells[0].source = "x"
    document.metadata.curso.unit = "05_otra"
    unit.folder = unit.settings.source_folder("05_otra")

    assert unit.found(document) == []


EXERCISE_DEFECTS: dict[str, tuple[NotebookNode, list[tuple[str, str, str]]]] = {
    "a name twice": (
        exercises(check_cell("assert f(2)", "f_visible")),
        [
            ("cell 6 (f_visible)", "grade-id", "grade_id is used twice"),
            ("cell 6 'f_visible'", "build", "this grade_id is used twice"),
        ],
    ),
    "no name": (
        exercises(check_cell("assert f(2)", "")),
        [
            ("cell 6 ()", "grade-id", "grade_id is missing"),
            (
                "cell 6 ''",
                "build",
                "a graded, solution or locked cell has no grade_id",
            ),
        ],
    ),
    "no points": (
        exercises(check_cell("assert f(2)", "g", points=0.0)),
        [("cell 6 (g)", "points", "a graded cell without points")],
    ),
    "too few hints": (
        exercises(new_markdown_cell("<details>"), solution_cell(grade_id="g")),
        [("cell 7 (g)", "hints", "1 hints before it, 3 are wanted")],
    ),
    "no hints": (
        exercises(solution_cell(grade_id="g")),
        [("cell 6 (g)", "hints", "0 hints before it, 3 are wanted")],
    ),
    "open hidden test": (
        exercises(check_cell("### BEGIN HIDDEN TESTS\nassert f(2) == 3", "g")),
        [
            (
                "file",
                "build",
                "ClearHiddenTests: No end hidden tests statement found",
            )
        ],
    ),
}


@pytest.mark.parametrize(
    ("document", "findings"), EXERCISE_DEFECTS.values(), ids=EXERCISE_DEFECTS
)
def test_defect_of_an_exercise_is_found_and_nothing_else(
    unit: Unit, document: NotebookNode, findings: list[tuple[str, str, str]]
) -> None:
    assert unit.found(document, "ejercicios") == findings


def test_stub_that_does_not_raise_is_found(unit: Unit) -> None:
    unit.settings.nbgrader.ClearSolutions.code_stub = {"python": "pass"}

    assert unit.found(exercises(), "ejercicios") == [
        ("f", "stub", "the stub does not raise NotImplementedError")
    ]


def test_first_answer_needs_its_hints_too(unit: Unit) -> None:
    document = exercises()
    document.cells[0].source = "<details> <details>"

    assert unit.found(document, "ejercicios") == [
        ("cell 2 (f)", "hints", "2 hints before it, 3 are wanted")
    ]


def test_hints_in_code_do_not_count(unit: Unit) -> None:
    document = exercises(new_code_cell(f"# {HINTS}"), solution_cell(grade_id="g"))

    assert [f[1] for f in unit.found(document, "ejercicios")] == ["hints"]


@pytest.mark.parametrize("flag", ["grade", "solution", "locked", "task"])
def test_cell_with_any_flag_needs_a_name(unit: Unit, flag: str) -> None:
    cell = graded("x", "", cell_type="markdown", points=1.0, **{flag: True})

    got = unit.found(exercises(cell), "ejercicios")

    assert got[0] == ("cell 6 ()", "grade-id", "grade_id is missing")


def test_hints_of_an_answer_do_not_count_for_the_next(unit: Unit) -> None:
    twice = new_markdown_cell(f"{HINTS} {HINTS}")
    document = exercises(
        twice, solution_cell(grade_id="g"), solution_cell(grade_id="h")
    )

    assert unit.found(document, "ejercicios") == [
        ("cell 8 (h)", "hints", "0 hints before it, 3 are wanted")
    ]


def test_hints_of_a_written_answer_are_not_wanted_and_used_up(unit: Unit) -> None:
    document = exercises(
        new_markdown_cell(HINTS), essay_cell("x", "g"), solution_cell(grade_id="h")
    )

    assert [f[1] for f in unit.found(document, "ejercicios")] == ["hints"]


def test_cells_that_nbgrader_does_not_use_need_no_name(unit: Unit) -> None:
    free = (graded("x = 1", ""), graded("x = 1", ""))

    assert unit.found(exercises(*free), "ejercicios") == []


def test_graded_cell_may_be_long_but_not_wide(unit: Unit) -> None:
    long = "\n".join(["x = 1"] * 50)
    wide = f"x = '{'a' * 90}'"

    got = unit.found(exercises(check_cell(f"{long}\n{wide}", "g")), "ejercicios")

    assert got == [("cell 6 (g)", "wide", "line 51 has 96 columns, at most 88")]


def test_only_notebooks_of_the_glob_are_built(unit: Unit) -> None:
    wrong = check_cell("### BEGIN HIDDEN TESTS\nassert f(2) == 3", "g")
    document = exercises(wrong)
    document.metadata.curso.notebook = "otro"

    assert unit.found(document, "otro") == []


def test_file_that_cannot_be_read_is_found(unit: Unit) -> None:
    path = unit.folder / "leccion.ipynb"
    rules = CourseRules({}, {}, ())
    [missing] = check_notebook(path, unit.settings, rules)
    path.write_text("{")

    [broken] = check_notebook(path, unit.settings, rules)

    for finding in (missing, broken):
        assert (finding.path, finding.cell, finding.rule) == (path, "file", "json")
        assert finding.message.startswith("cannot be read: ")


def test_zero_byte_in_code_is_found(unit: Unit) -> None:
    assert [f[1] for f in unit.found(lesson(new_code_cell("x = '\0'")))] == ["syntax"]


def test_finding_says_where_and_what() -> None:
    finding = Finding(Path("a/b.ipynb"), "cell 3", "alt", "no words")

    assert str(finding) == "a/b.ipynb: cell 3: no words [alt]"


def test_course_without_rules_has_none(tmp_path: Path) -> None:
    assert load_rules(Settings(root=tmp_path)) == CourseRules({}, {}, ())


def test_rules_are_read_from_beside_the_units(unit: Unit) -> None:
    rules = load_rules(unit.settings)

    assert rules.sections == {UNIT: ("4.1", "4.1.2", "A4"), "05_otra": ()}
    assert [right for _, right in rules.words] == [
        "tasa de aprendizaje",
        "conjunto de datos",
    ]


@pytest.mark.parametrize("name", ["temario.toml", "glosario.toml"])
def test_rules_that_are_no_toml_raise_settings_error(unit: Unit, name: str) -> None:
    (unit.folder.parent / name).write_text("[x")

    with pytest.raises(SettingsError, match=name):
        load_rules(unit.settings)


# ------------------------------------------------------------------- known bugs


def test_html_image_with_seven_words_is_found(unit: Unit) -> None:
    cell = new_markdown_cell('<img src="x" alt="uno dos tres cuatro cinco seis siete">')

    assert [f[1] for f in unit.found(lesson(cell))] == ["alt"]


UNREADABLE = {
    "list": "[]",
    "no cells": '{"nbformat": 4, "nbformat_minor": 5, "metadata": {}}',
    "too deep": "[" * 100_000,
}


@pytest.mark.parametrize("text", UNREADABLE.values(), ids=UNREADABLE)
def test_json_that_is_no_notebook_is_found(unit: Unit, text: str) -> None:
    path = unit.folder / "leccion.ipynb"
    path.write_text(text)

    [finding] = check_notebook(path, unit.settings, CourseRules({}, {}, ()))

    assert finding.rule == "json"


def test_course_metadata_of_the_wrong_type_is_found(unit: Unit) -> None:
    document = lesson()
    document.metadata.curso = "leccion"

    assert {f[1] for f in unit.found(document)} == {"metadata"}


@pytest.mark.parametrize(
    ("name", "raw"),
    [
        ("glosario.toml", b'[palabras]\n"(" = "x"'),
        ("glosario.toml", b'[palabras]\n"\xf1" = "x"'),
        ("glosario.toml", b"palabras = 5"),
        ("temario.toml", b'04_perceptron = "x"'),
    ],
)
def test_rules_with_a_mistake_raise_settings_error(
    unit: Unit, name: str, raw: bytes
) -> None:
    (unit.folder.parent / name).write_bytes(raw)

    with pytest.raises(SettingsError, match=name):
        load_rules(unit.settings)
