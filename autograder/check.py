"""Find what is wrong with a course's notebooks without running them."""

import ast
import re
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode

from autograder.build import build_notebook
from autograder.errors import SettingsError, SourceError
from autograder.settings import Settings

MAX_LINES = 30
MAX_CLASS_LINES = 40
MAX_WIDTH = 88
MIN_ALT_WORDS = 8
N_HINTS = 3
LESSON_CELLS = range(15, 91)
MARKERS = {
    "BEGIN SOLUTION": "solution",
    "END SOLUTION": "solution",
    "BEGIN HIDDEN TESTS": "grade",
    "END HIDDEN TESTS": "grade",
}
FIGURE_CALLS = ("show", "explore", "step_button")
NETWORK = re.compile(
    r"pip install|conda install|urlopen|urlretrieve|requests\.(get|post)|wget |curl "
    r"|fetch_openml|fetch_[a-z_0-9]+\(|load_state_dict_from_url|hf_hub_download"
    r"|snapshot_download|torch\.hub"
)
UNPICKLING = re.compile(
    r"\b(?:pickle|cloudpickle|dill|joblib)\.loads?\(|read_pickle\("
    r"|allow_pickle\s*=\s*True|weights_only\s*=\s*False"
)
HEADING = re.compile(r"^#{2,4}\s+([A-Z]?\d+(?:\.\d+)*)\b", re.M)
CODE_OR_FORMULA = re.compile(
    r"```.*?```|`[^`]*`|\$\$.*?\$\$|\$[^$]*\$|<[^>]+>|\]\([^)]*\)", re.S
)
IMAGE = re.compile(r"!\[([^\]]*)\]\(|<img\b[^>]*>")
ALT = re.compile(r"\balt=[\"']([^\"']*)")


@dataclass(frozen=True)
class Finding:
    """Something to mend: where it is and what it is."""

    path: Path
    cell: str
    rule: str
    message: str

    def __str__(self) -> str:
        return f"{self.path}: {self.cell}: {self.message} [{self.rule}]"


@dataclass(frozen=True)
class CourseRules:
    """What only the course knows: titles, sections per unit, words to avoid."""

    titles: dict[str, str]
    sections: dict[str, tuple[str, ...]]
    words: tuple[tuple[re.Pattern[str], str], ...]


Complaint = tuple[str, str, str]  # cell, rule, message


def load_rules(settings: Settings) -> CourseRules:
    """Read ``temario.toml`` and ``glosario.toml`` beside the unit folders.

    Raises
    ------
    SettingsError
        If one of them is not TOML.
    """
    folder = settings.source_folder("x").parent
    units, words = folder / "temario.toml", folder / "glosario.toml"
    try:
        syllabus = _toml(units)
        titles = {n: str(u.get("titulo", n)) for n, u in syllabus.items()}
        sections = {n: tuple(u.get("secciones", ())) for n, u in syllabus.items()}
    except (AttributeError, TypeError) as error:
        raise SettingsError(f"{units}: a table per unit: {error}") from error
    try:
        patterns = tuple(
            (re.compile(rf"(?<![\w-]){wrong}(?![\w-])", re.I), right)
            for wrong, right in _toml(words).get("palabras", {}).items()
        )
    except (AttributeError, TypeError, re.error) as error:
        raise SettingsError(f"{words}: one table of words: {error}") from error
    return CourseRules(titles, sections, patterns)


def check_notebook(path: Path, settings: Settings, rules: CourseRules) -> list[Finding]:
    """Everything that is wrong with one notebook, in the order of its cells."""
    try:
        document = nbformat.read(path, as_version=4)
        _ = document.cells, document.metadata
    except Exception as error:  # nbformat raises almost anything
        return [Finding(path, "file", "json", f"cannot be read: {error!r}")]
    found: list[Complaint] = [*_check_document(document, path, rules)]
    for number, cell in enumerate(document.cells, 1):
        grade_id = cell.metadata.get("nbgrader", {}).get("grade_id", "")
        name = f"cell {number}" + (f" ({grade_id})" if grade_id else "")
        for check in CELL_CHECKS:
            found += [(name, rule, text) for rule, text in check(cell, rules)]
    if path.match(f"{settings.notebook_glob}.ipynb"):
        found += _check_build(path, settings)
    return [Finding(path, *complaint) for complaint in found]


def _toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path}: {error}") from error


def _check_document(
    document: NotebookNode, path: Path, rules: CourseRules
) -> Iterator[Complaint]:
    course = document.metadata.get("curso", {})
    if not isinstance(course, dict):
        course = {}
    unit, name = path.parent.name, path.stem
    if (course.get("unit"), course.get("notebook")) != (unit, name):
        yield "file", "metadata", f"metadata.curso must name unit {unit} and {name}"
    if not course.get("version"):
        yield "file", "metadata", "metadata.curso.version is missing"
    if name == "leccion":
        yield from _check_lesson(document, rules.sections.get(unit, ()))
    else:
        yield from _check_exercises(document)


def _check_lesson(
    document: NotebookNode, sections: tuple[str, ...]
) -> Iterator[Complaint]:
    text = "\n".join(c.source for c in document.cells if c.cell_type == "markdown")
    present = set(HEADING.findall(text))
    for section in sections:
        if section not in present:
            yield "file", "section", f"no heading carries section {section}"
    if len(document.cells) not in LESSON_CELLS:
        yield "file", "length", f"{len(document.cells)} cells"
    code = [cell for cell in document.cells if cell.cell_type == "code"]
    first = code[0] if code else NotebookNode(metadata={}, source="")
    is_parameters = "parameters" in first.metadata.get("tags", [])
    if not is_parameters or not {"RAPIDO", "SEMILLA"} <= set(
        re.findall(r"\w+", first.source)
    ):
        yield "cell 1", "parameters", "the first code cell must set RAPIDO and SEMILLA"


def _check_exercises(document: NotebookNode) -> Iterator[Complaint]:
    seen: set[str] = set()
    hints = 0
    for number, cell in enumerate(document.cells, 1):
        info = cell.metadata.get("nbgrader", {})
        where = f"cell {number} ({info.get('grade_id', '')})"
        if cell.cell_type == "markdown":
            hints += cell.source.count("<details>")
        if not any(info.get(key) for key in ("grade", "solution", "locked", "task")):
            continue
        if not info.get("grade_id"):
            yield where, "grade-id", "grade_id is missing"
        elif info["grade_id"] in seen:
            yield where, "grade-id", "grade_id is used twice"
        seen.add(info.get("grade_id", ""))
        if info.get("grade") and not info.get("points"):
            yield where, "points", "a graded cell without points"
        if info.get("solution"):
            if cell.cell_type == "code" and hints < N_HINTS:
                yield where, "hints", f"{hints} hints before it, {N_HINTS} are wanted"
            hints = 0


def _check_build(path: Path, settings: Settings) -> Iterator[Complaint]:
    try:
        released = build_notebook(path, path.parent.name, settings)
    except SourceError as error:
        yield error.cell or "file", "build", error.message
        return
    for cell in released.student.cells:
        info = cell.metadata.get("nbgrader", {})
        is_stub = info.get("solution") and cell.cell_type == "code"
        if is_stub and "raise NotImplementedError" not in cell.source:
            yield info.grade_id, "stub", "the stub does not raise NotImplementedError"


def _check_outputs(cell: NotebookNode, _: CourseRules) -> Iterator[tuple[str, str]]:
    if cell.get("outputs") or cell.get("execution_count"):
        yield "outputs", "outputs were left in"


def _check_markers(cell: NotebookNode, _: CourseRules) -> Iterator[tuple[str, str]]:
    for marker, key in MARKERS.items():
        if marker in cell.source and not cell.metadata.get("nbgrader", {}).get(key):
            yield "marker", f"{marker} outside a {key} cell"


def _check_length(cell: NotebookNode, _: CourseRules) -> Iterator[tuple[str, str]]:
    if cell.cell_type != "code":
        return
    lines = cell.source.splitlines()
    is_graded = bool(cell.metadata.get("nbgrader"))
    limit = MAX_CLASS_LINES if re.search(r"^class ", cell.source, re.M) else MAX_LINES
    if len(lines) > limit and not is_graded:
        yield "long", f"{len(lines)} lines, at most {limit}"
    for number, line in enumerate(lines, 1):
        if len(line) > MAX_WIDTH:
            yield "wide", f"line {number} has {len(line)} columns, at most {MAX_WIDTH}"


def _check_network(cell: NotebookNode, _: CourseRules) -> Iterator[tuple[str, str]]:
    if cell.cell_type == "code":
        for match in NETWORK.finditer(cell.source):
            yield "network", f"needs the network: {match[0]}"


def _check_pickles(cell: NotebookNode, _: CourseRules) -> Iterator[tuple[str, str]]:
    """A test that unpickles a file runs what the student's code put into it."""
    if cell.metadata.get("nbgrader", {}).get("grade") and cell.cell_type == "code":
        for match in UNPICKLING.finditer(cell.source):
            yield "pickle", f"a test must not unpickle: {match[0]}"


def _check_figures(cell: NotebookNode, _: CourseRules) -> Iterator[tuple[str, str]]:
    if cell.cell_type != "code":
        for match in IMAGE.finditer(cell.source):
            attribute = ALT.search(match[0])
            alt = match[1] or (attribute[1] if attribute else "")
            if len(alt.split()) < MIN_ALT_WORDS:
                yield "alt", "an image without alt text of eight words"
        return
    try:
        tree = ast.parse(cell.source)
    except SyntaxError as error:
        yield "syntax", f"line {error.lineno}: {error.msg}"
        return
    for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
        name = call_name(call)
        if name == "plt.show":
            yield "figure", "plt.show() gives no caption and no alt text"
        elif name.split(".")[-1] in FIGURE_CALLS:
            yield from _check_figure_call(call, name)


def _check_figure_call(call: ast.Call, name: str) -> Iterator[tuple[str, str]]:
    given = {keyword.arg: keyword.value for keyword in call.keywords}
    for wanted in ("caption", "alt"):
        if wanted not in given:
            yield wanted, f"{name}() without {wanted}"
    alt = given.get("alt")
    if isinstance(alt, ast.Constant) and len(str(alt.value).split()) < MIN_ALT_WORDS:
        yield "alt", f"{name}(): alt text of fewer than {MIN_ALT_WORDS} words"


def call_name(call: ast.Call) -> str:
    """What is called, with dots; empty where that is no name."""
    parts: list[str] = []
    node: ast.expr = call.func
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    return ".".join(reversed([*parts, node.id])) if isinstance(node, ast.Name) else ""


def _check_words(cell: NotebookNode, rules: CourseRules) -> Iterator[tuple[str, str]]:
    if cell.cell_type == "markdown":
        prose = CODE_OR_FORMULA.sub(" ", cell.source)
        for pattern, right in rules.words:
            for match in pattern.finditer(prose):
                yield "glossary", f"«{match[0]}»: say «{right}»"


CELL_CHECKS: tuple[
    Callable[[NotebookNode, CourseRules], Iterator[tuple[str, str]]], ...
] = (
    _check_outputs,
    _check_markers,
    _check_length,
    _check_network,
    _check_pickles,
    _check_figures,
    _check_words,
)
