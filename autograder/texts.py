"""Every text that a student may see, in Spanish and in English, in one place."""

import ast
import re
from collections.abc import Iterable, Iterator

from autograder.records import CellMark, Note, Outcome

MAX_NAMES = 4
MAX_COLUMNS = 160
LANGUAGES = ("es", "en")

NOTES = {
    "not_json": {
        "es": "«{}» no se puede leer: no es JSON válido (¿se cortó la descarga?).",
        "en": "“{}” cannot be read: it is not valid JSON (was it cut off?).",
    },
    "not_notebook": {
        "es": "«{}» no es un notebook de Jupyter.",
        "en": "“{}” is not a Jupyter notebook.",
    },
    "old_format": {
        "es": "«{}» tiene un formato viejo; ábrelo en JupyterLab y guárdalo de nuevo.",
        "en": "“{}” has an old format; open it in JupyterLab and save it again.",
    },
    "too_deep": {
        "es": "«{}» no se puede leer: está anidado sin fin.",
        "en": "“{}” cannot be read: it is nested without end.",
    },
    "too_large": {
        "es": "«{}» es demasiado grande; borra las salidas y guárdalo otra vez.",
        "en": "“{}” is too large; clear its outputs and save it again.",
    },
    "empty": {"es": "«{}» está vacío.", "en": "“{}” is empty."},
    "not_utf8": {
        "es": "«{}» no está guardado en UTF-8.",
        "en": "“{}” is not saved as UTF-8.",
    },
    "symlink": {
        "es": "«{}» es un enlace y no un archivo; entrega el archivo mismo.",
        "en": "“{}” is a link and not a file; hand in the file itself.",
    },
    "not_a_file": {
        "es": "«{}» es una carpeta y no un archivo.",
        "en": "“{}” is a folder and not a file.",
    },
    "no_permission": {
        "es": "«{}» no se puede abrir.",
        "en": "“{}” cannot be opened.",
    },
    "no_notebook": {
        "es": "La entrega no contiene ningún notebook de la unidad.",
        "en": "The submission holds no notebook of this unit.",
    },
    "several_notebooks": {
        "es": "Hay varios notebooks y no se sabe cuál vale: {}.",
        "en": "There are several notebooks and it is not clear which counts: {}.",
    },
    "wrong_unit": {
        "es": "Este notebook es de otra unidad ({}).",
        "en": "This notebook belongs to another unit ({}).",
    },
    "notebook_missing": {
        "es": "Falta el notebook «{}»: sus ejercicios valen 0.",
        "en": "Notebook “{}” is missing: its exercises earn 0.",
    },
    "renamed": {
        "es": "Se ha corregido «{}», aunque tiene otro nombre.",
        "en": "“{}” was graded although it has another name.",
    },
    "kernel_replaced": {
        "es": "El notebook pedía el kernel «{}»; se ha usado el del curso.",
        "en": "The notebook asked for kernel “{}”; the course's was used.",
    },
    "file_ignored": {
        "es": "«{}» no se ha tenido en cuenta.",
        "en": "“{}” was ignored.",
    },
    "file_too_large": {
        "es": "«{}» es demasiado grande y no se ha tenido en cuenta.",
        "en": "“{}” is too large and was ignored.",
    },
    "reordered": {
        "es": "Las celdas estaban en otro orden; se ha restaurado el original.",
        "en": "The cells were in another order; the original one was restored.",
    },
    "recognised": {
        "es": "La celda «{}» había perdido sus metadatos; se reconoce por su texto.",
        "en": "Cell “{}” had lost its metadata; it was recognised by its text.",
    },
    "cell_deleted": {
        "es": "Faltaba la celda «{}»; se ha repuesto.",
        "en": "Cell “{}” was missing; it was put back.",
    },
    "cell_duplicated": {
        "es": "La celda «{}» estaba repetida; cuenta la última.",
        "en": "Cell “{}” was there twice; the last one counts.",
    },
    "cell_retyped": {
        "es": "La celda «{}» había cambiado de tipo; se ha restaurado.",
        "en": "Cell “{}” had changed its type; it was restored.",
    },
    "timed_out": {
        "es": "La celda «{}» no terminó a tiempo; se ha seguido sin ella.",
        "en": "Cell “{}” did not end in time; the rest went on without it.",
    },
    "out_of_memory": {
        "es": "La celda «{}» agotó la memoria; se ha seguido sin ella.",
        "en": "Cell “{}” ran out of memory; the rest went on without it.",
    },
    "kernel_died": {
        "es": "La celda «{}» mató su kernel; se ha seguido sin ella.",
        "en": "Cell “{}” killed its kernel; the rest went on without it.",
    },
    "cell_edited": {
        "es": "La celda «{}» es del curso y estaba cambiada; se ha restaurado.",
        "en": "Cell “{}” belongs to the course and was changed; it was restored.",
    },
}

OUTCOMES = {
    Outcome.PASSED: {"es": "superada", "en": "passed"},
    Outcome.FAILED: {"es": "no superada", "en": "failed"},
    Outcome.RAISED: {"es": "error", "en": "error"},
    Outcome.TIMED_OUT: {"es": "tiempo agotado", "en": "timed out"},
    Outcome.OUT_OF_MEMORY: {"es": "memoria agotada", "en": "out of memory"},
    Outcome.KERNEL_DIED: {"es": "el kernel murió", "en": "the kernel died"},
    Outcome.NOT_RUN: {"es": "no se ejecutó", "en": "not run"},
}

PHRASES = {
    "hidden_failed": {
        "es": "Una prueba oculta no se supera.",
        "en": "A hidden test does not pass.",
    },
    "more": {"es": "y {} más", "en": "and {} more"},
    "hint": {"es": "Pista", "en": "Hint"},
}


def note_text(note: Note, language: str = "es") -> str:
    """The sentence for one note about a submission."""
    return NOTES[note.kind][language].format(note.subject)


def note_texts(notes: Iterable[Note], language: str = "es") -> list[str]:
    """One sentence for each kind of note about a submission, in order of appearance."""
    subjects: dict[str, list[str]] = {}
    for note in notes:
        subjects.setdefault(note.kind, []).append(note.subject)
    return [
        NOTES[kind][language].format(_enumerate(names, language))
        for kind, names in subjects.items()
    ]


def _enumerate(names: list[str], language: str) -> str:
    """The first few names and how many more there are."""
    n_more = len(names) - MAX_NAMES
    more = [PHRASES["more"][language].format(n_more)] if n_more > 0 else []
    return ", ".join([*names[:MAX_NAMES], *more])


def outcome_text(mark: CellMark, language: str = "es") -> str:
    """One or two words for how a graded cell ended."""
    return OUTCOMES[mark.outcome][language]


def visible_message(mark: CellMark, language: str = "es", source: str = "") -> str:
    """What a student may read about a cell that did not earn everything.

    Of a hidden test only the name of the check and its hint, and those only if they
    stand in its `source`: a student's code can raise whatever it likes. Of any other
    cell the whole message.
    """
    if mark.points is None or mark.points >= mark.max_points:
        return ""
    if not mark.is_hidden:
        is_check = mark.error in ("", "CheckFailed")
        return (
            mark.message if is_check else f"{mark.error}: {mark.message}".rstrip(": ")
        )
    lines = mark.message.splitlines() if mark.error == "CheckFailed" else []
    head = lines[0] if lines else ""
    last = lines[-1] if lines else ""
    if max(len(head), len(last)) > MAX_COLUMNS:  # no check of ours writes such a line
        return PHRASES["hidden_failed"][language]
    for name, hint in _named_checks(source):
        if re.match(f"«{_pattern(name)}»", head):
            shown = [f"«{_outline(name)}»"]
            if hint and re.fullmatch(f"Pista: {_pattern(hint)}", last):
                shown.append(f"{PHRASES['hint'][language]}: {_outline(hint)}")
            return "\n".join(shown)
    return PHRASES["hidden_failed"][language]


Parts = tuple[str | None, ...]  # None where the text depends on the run


def _named_checks(source: str) -> Iterator[tuple[Parts, Parts]]:
    """Name and hint of every ``check(name, hint=...)`` in a test cell."""
    try:
        tree = ast.parse(source)
    except SyntaxError:
        return
    for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
        if isinstance(call.func, ast.Name) and call.func.id == "check" and call.args:
            given = {keyword.arg: keyword.value for keyword in call.keywords}
            hint = given.get("hint", call.args[1] if len(call.args) > 1 else None)
            yield _parts(call.args[0]), _parts(hint) if hint else ()


def _parts(node: ast.expr) -> Parts:
    if isinstance(node, ast.Constant):
        return (" ".join(str(node.value).split()),)
    if isinstance(node, ast.JoinedStr):
        return tuple(
            str(v.value) if isinstance(v, ast.Constant) else None for v in node.values
        )
    return (None,)


def _pattern(parts: Parts) -> str:
    return "".join("[^»]*" if part is None else re.escape(part) for part in parts)


def _outline(parts: Parts) -> str:
    return "".join("…" if part is None else part for part in parts)
