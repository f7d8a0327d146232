"""A class of 24 student copies in a folder, honest, wrong and broken ones.

The copies are made from the course's own sources: reference solutions, the named
wrong and right answers of each unit, and damage of every kind that a grader meets.
"""

import json
import shutil
from collections.abc import Callable, Sequence
from copy import deepcopy
from pathlib import Path

from nbformat import NotebookNode

from autograder.answers import Answer, fill_in, read_answers
from autograder.build import ANSWERS_FILE, build_assignment, list_sources
from autograder.records import ReleasedNotebook
from autograder.settings import Settings, load_settings

N_STUDENTS = 24
UNITS = ("04_perceptron", "A1_pesos")
CONFIG_FILES = ("nbgrader_config.py", "autograder.toml")
FREE_ANSWER = "Que la pérdida baje no demuestra que el gradiente sea correcto."
Damage = Callable[[NotebookNode, str], NotebookNode | bytes | None]


def make_class(
    repository: Path, target: Path, units: Sequence[str] = UNITS
) -> Settings:
    """Write a course folder with some units' sources and a class's submissions.

    Parameters
    ----------
    target
        Emptied first when it holds an earlier demo.
    """
    if target.exists():
        shutil.rmtree(target)
    target.mkdir(parents=True)
    for name in CONFIG_FILES:
        shutil.copyfile(repository / name, target / name)
    ours, settings = load_settings(repository), load_settings(target)
    for unit in units:
        list_sources(ours, unit)  # an unknown unit is not copied
        shutil.copytree(ours.source_folder(unit), settings.source_folder(unit))
        _hand_in_all(settings, unit)
    return settings


def _hand_in_all(settings: Settings, unit: str) -> None:
    [released] = build_assignment(settings, unit).notebooks
    answers = read_answers(settings.source_folder(unit) / ANSWERS_FILE)
    honest = honest_copies(released, answers)
    reference = honest["referencia"]
    copies: dict[str, NotebookNode | bytes | None] = dict(honest)
    for name, damage in DAMAGES.items():
        copies[name] = damage(deepcopy(reference), unit)
    for name, content in copies.items():
        folder = settings.submitted_folder(name, unit)
        folder.mkdir(parents=True)
        if content is not None:
            is_windows = name == "de-windows"
            file = (
                "ejercicios (versión corregida).ipynb"
                if is_windows
                else "ejercicios.ipynb"
            )
            data = content if isinstance(content, bytes) else _as_bytes(content)
            (folder / file).write_bytes(data)


def honest_copies(
    released: ReleasedNotebook, answers: tuple[Answer, ...]
) -> dict[str, NotebookNode]:
    """Reference, blank, partly right, and every named answer in some copy."""
    solved = released.solutions
    free = {
        cell.grade_id: FREE_ANSWER
        for cell in released.cells
        if cell.is_solution and cell.cell_type == "markdown"
    }
    half = dict(list(solved.items())[: len(solved) // 2])
    copies = {
        "referencia": fill_in(released.student, solved | free),
        "en-blanco": released.student,
        "la-mitad": fill_in(released.student, half),
        "solo-el-ultimo": fill_in(released.student, dict(list(solved.items())[-1:])),
    }
    for kind, prefix, n_copies in (
        ("wrong", "errores", 6),
        ("right", "otra-solucion", 2),
    ):
        for number in range(n_copies):
            mine = {
                grade_id: _pick(answers, kind, grade_id, number) or source
                for grade_id, source in solved.items()
            }
            copies[f"{prefix}-{number + 1}"] = fill_in(released.student, mine)
    return copies


def _pick(answers: tuple[Answer, ...], kind: str, grade_id: str, number: int) -> str:
    fitting = [a.source for a in answers if (a.kind, a.grade_id) == (kind, grade_id)]
    return fitting[number] if number < len(fitting) else ""


def _as_bytes(document: NotebookNode) -> bytes:
    """As JSON without validation, which would mend what is broken on purpose."""
    return json.dumps(document, ensure_ascii=False, indent=1).encode()


def _first_solution(document: NotebookNode) -> NotebookNode:
    return next(
        c for c in document.cells if c.metadata.get("nbgrader", {}).get("solution")
    )


def _tests(document: NotebookNode) -> list[NotebookNode]:
    return [
        cell
        for cell in document.cells
        if cell.cell_type == "code" and cell.metadata.get("nbgrader", {}).get("grade")
    ]


def _loop(document: NotebookNode, unit: str) -> NotebookNode:
    _first_solution(document).source = "while True:\n    pass"
    return document


def _exit(document: NotebookNode, unit: str) -> NotebookNode:
    _first_solution(document).source += "\n\nimport os\n\nos._exit(1)"
    return document


def _eat(document: NotebookNode, unit: str) -> NotebookNode:
    cell = _first_solution(document)
    cell.source = f"hoard = [bytearray(2**30) for _ in range(100)]\n\n{cell.source}"
    return document


def _truncate(document: NotebookNode, unit: str) -> bytes:
    data = _as_bytes(document)
    return data[: len(data) // 2]


def _double_ids(document: NotebookNode, unit: str) -> NotebookNode:
    """As when a cell is split or copied: same name, same cell id, twice."""
    cell = _first_solution(document)
    document.cells.insert(document.cells.index(cell), deepcopy(cell))
    return document


def _delete_test(document: NotebookNode, unit: str) -> NotebookNode:
    document.cells.remove(_tests(document)[0])
    return document


def _edit_tests(document: NotebookNode, unit: str) -> NotebookNode:
    """A blank copy whose tests say that all is well."""
    for cell in document.cells:
        if cell.metadata.get("nbgrader", {}).get("solution"):
            cell.source = "# nada"
    for cell in _tests(document):
        cell.source = "assert True"
        cell.metadata.nbgrader.points = 100
        cell.metadata.tags = ["skip-execution"]
    return document


def _nothing(document: NotebookNode, unit: str) -> None:
    return None


def _other_kernel(document: NotebookNode, unit: str) -> NotebookNode:
    document.metadata.kernelspec = {"name": "mi-entorno", "display_name": "Mi entorno"}
    return document


def _windows(document: NotebookNode, unit: str) -> bytes:
    for cell in document.cells:
        cell.source = cell.source.replace("\n", "\r\n")
    return b"\xef\xbb\xbf" + _as_bytes(document).replace(b"\n", b"\r\n")


def _reorder(document: NotebookNode, unit: str) -> NotebookNode:
    cells = [
        c for c in document.cells if c.metadata.get("nbgrader", {}).get("grade_id")
    ]
    others = [c for c in document.cells if c not in cells]
    document.cells = [*others, *reversed(cells)]
    return document


def _lose_metadata(document: NotebookNode, unit: str) -> NotebookNode:
    """As some web editors do."""
    for cell in document.cells:
        cell.metadata = NotebookNode()
    return document


DAMAGES: dict[str, Damage] = {
    "bucle-infinito": _loop,
    "mata-el-kernel": _exit,
    "come-memoria": _eat,
    "json-cortado": _truncate,
    "ids-repetidos": _double_ids,
    "prueba-borrada": _delete_test,
    "pruebas-editadas": _edit_tests,
    "sin-notebook": _nothing,
    "otro-kernel": _other_kernel,
    "de-windows": _windows,
    "desordenado": _reorder,
    "sin-metadatos": _lose_metadata,
}
