"""Every text that a student may read in their own language, written once, in Spanish.

Spanish is the source; `locale/LANGUAGE/LC_MESSAGES/autograder.po` holds a translation.
For one more language make that file, empty, run `make catalogues` and translate what is
in it: `feedback --lang` then offers it. Page templates mark their texts alike.
"""

import ast
import gettext
import re
from collections.abc import Iterable, Iterator
from functools import cache
from io import BytesIO
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from autograder.records import CellMark, Note, Outcome

MAX_NAMES = 4
MAX_COLUMNS = 160
CATALOGUE = "{}/LC_MESSAGES/autograder.po"
LOCALE = Path(__file__).parent / "locale"
LANGUAGES = ("es", *sorted(p.parts[-3] for p in LOCALE.glob(CATALOGUE.format("*"))))

Text = str | tuple[str, str]  # in Spanish; two where one and several differ


def _(text: str) -> str:
    """Mark a text for the catalogues; `translate` looks it up."""
    return text


def ngettext(one: str, several: str) -> tuple[str, str]:
    """Mark a text that depends on a number, under the name that extractors know."""
    return one, several


NOTES: dict[str, Text] = {
    "not_json": ngettext(
        "«{}» no se puede leer: no es JSON válido (¿se cortó la descarga?).",
        "«{}» no se pueden leer: no son JSON válido (¿se cortó la descarga?).",
    ),
    "not_notebook": ngettext(
        "«{}» no es un notebook de Jupyter.", "«{}» no son notebooks de Jupyter."
    ),
    "old_format": ngettext(
        "«{}» tiene un formato viejo; ábrelo en JupyterLab y guárdalo de nuevo.",
        "«{}» tienen un formato viejo; ábrelos en JupyterLab y guárdalos de nuevo.",
    ),
    "too_deep": ngettext(
        "«{}» no se puede leer: está anidado sin fin.",
        "«{}» no se pueden leer: están anidados sin fin.",
    ),
    "too_large": ngettext(
        "«{}» es demasiado grande; borra las salidas y guárdalo otra vez.",
        "«{}» son demasiado grandes; borra las salidas y guárdalos otra vez.",
    ),
    "empty": ngettext("«{}» está vacío.", "«{}» están vacíos."),
    "not_utf8": ngettext(
        "«{}» no está guardado en UTF-8.", "«{}» no están guardados en UTF-8."
    ),
    "symlink": ngettext(
        "«{}» es un enlace y no un archivo; entrega el archivo mismo.",
        "«{}» son enlaces y no archivos; entrega los archivos mismos.",
    ),
    "not_a_file": ngettext(
        "«{}» es una carpeta y no un archivo.", "«{}» son carpetas y no archivos."
    ),
    "no_permission": ngettext("«{}» no se puede abrir.", "«{}» no se pueden abrir."),
    "no_notebook": _("La entrega no contiene ningún notebook de la unidad."),
    "several_notebooks": _("Hay varios notebooks y no se sabe cuál vale: {}."),
    "wrong_unit": _("Este notebook es de otra unidad ({})."),
    "notebook_missing": ngettext(
        "Falta el notebook «{}»: sus ejercicios valen 0.",
        "Faltan los notebooks «{}»: sus ejercicios valen 0.",
    ),
    "renamed": ngettext(
        "Se ha corregido «{}», aunque tiene otro nombre.",
        "Se han corregido «{}», aunque tienen otro nombre.",
    ),
    "kernel_replaced": ngettext(
        "El notebook pedía el kernel «{}»; se ha usado el del curso.",
        "Los notebooks pedían los kernels «{}»; se ha usado el del curso.",
    ),
    "file_ignored": ngettext(
        "«{}» no se ha tenido en cuenta.", "«{}» no se han tenido en cuenta."
    ),
    "file_too_large": ngettext(
        "«{}» es demasiado grande y no se ha tenido en cuenta.",
        "«{}» son demasiado grandes y no se han tenido en cuenta.",
    ),
    "reordered": _("Las celdas estaban en otro orden; se ha restaurado el original."),
    "recognised": ngettext(
        "La celda «{}» había perdido sus metadatos; se reconoce por su texto.",
        "Las celdas «{}» habían perdido sus metadatos; se reconocen por su texto.",
    ),
    "cell_deleted": ngettext(
        "Faltaba la celda «{}»; se ha repuesto.",
        "Faltaban las celdas «{}»; se han repuesto.",
    ),
    "cell_duplicated": ngettext(
        "La celda «{}» estaba repetida; cuenta la última.",
        "Las celdas «{}» estaban repetidas; cuenta la última de cada una.",
    ),
    "cell_retyped": ngettext(
        "La celda «{}» había cambiado de tipo; se ha restaurado.",
        "Las celdas «{}» habían cambiado de tipo; se han restaurado.",
    ),
    "timed_out": ngettext(
        "La celda «{}» no terminó a tiempo; se ha seguido sin ella.",
        "Las celdas «{}» no terminaron a tiempo; se ha seguido sin ellas.",
    ),
    "out_of_memory": ngettext(
        "La celda «{}» agotó la memoria; se ha seguido sin ella.",
        "Las celdas «{}» agotaron la memoria; se ha seguido sin ellas.",
    ),
    "kernel_died": ngettext(
        "La celda «{}» mató su kernel; se ha seguido sin ella.",
        "Las celdas «{}» mataron su kernel; se ha seguido sin ellas.",
    ),
    "cell_edited": ngettext(
        "La celda «{}» es del curso y estaba cambiada; se ha restaurado.",
        "Las celdas «{}» son del curso y estaban cambiadas; se han restaurado.",
    ),
}

OUTCOMES = {
    Outcome.PASSED: _("superada"),
    Outcome.FAILED: _("no superada"),
    Outcome.RAISED: _("error"),
    Outcome.TIMED_OUT: _("tiempo agotado"),
    Outcome.OUT_OF_MEMORY: _("memoria agotada"),
    Outcome.KERNEL_DIED: _("el kernel murió"),
    Outcome.NOT_RUN: _("no se ejecutó"),
}

LABELS = {
    "hidden": _("prueba oculta"),
    "visible": _("prueba visible"),
    "free": _("respuesta libre"),
    "waits": _("por corregir a mano"),
    "by_hand": _("corregida a mano"),
    "unanswered": _("sin responder"),
}

POINTS = ngettext("{} punto", "{} puntos")
MORE = ngettext("y {} más", "y {} más")
HIDDEN_FAILED = _("Una prueba oculta no se supera.")
HINT = _("Pista")


@cache
def load_catalogue(language: str) -> gettext.NullTranslations:
    """The translations into one of `LANGUAGES`; of Spanish there are none."""
    if language == "es":
        return gettext.NullTranslations()
    compiled = BytesIO()
    with (LOCALE / CATALOGUE.format(language)).open("rb") as file:
        write_mo(compiled, read_po(file, locale=language))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


def translate(text: Text, language: str = "es", n: int = 1) -> str:
    """A marked text in another language, in the form that goes with a number."""
    catalogue = load_catalogue(language)
    if isinstance(text, str):
        return catalogue.gettext(text)
    return catalogue.ngettext(*text, n)


def note_text(note: Note, language: str = "es") -> str:
    """The sentence for one note about a submission."""
    return translate(NOTES[note.kind], language).format(note.subject)


def note_texts(notes: Iterable[Note], language: str = "es") -> list[str]:
    """One sentence for each kind of note about a submission, in order of appearance."""
    subjects: dict[str, list[str]] = {}
    for note in notes:
        subjects.setdefault(note.kind, []).append(note.subject)
    return [
        translate(NOTES[kind], language, len(names)).format(_enumerate(names, language))
        for kind, names in subjects.items()
    ]


def _enumerate(names: list[str], language: str) -> str:
    """The first few names and how many more there are."""
    n_more = len(names) - MAX_NAMES
    more = [translate(MORE, language, n_more).format(n_more)] if n_more > 0 else []
    return ", ".join([*names[:MAX_NAMES], *more])


def outcome_text(mark: CellMark, language: str = "es") -> str:
    """One or two words for how a graded cell ended."""
    return translate(OUTCOMES[mark.outcome], language)


def visible_message(mark: CellMark, language: str = "es", source: str = "") -> str:
    """What a student may read about a cell that did not earn everything.

    Of a hidden test only the name of the check and its hint, and of those only what
    stands in its `source`, with "…" for what is computed: a student's code can raise
    whatever it likes. Of any other cell the whole message.
    """
    if mark.points is None or mark.points >= mark.max_points:
        return ""
    if not mark.is_hidden:
        is_check = mark.error in ("", "CheckFailed")
        return (
            mark.message if is_check else f"{mark.error}: {mark.message}".rstrip(": ")
        )
    message = mark.message if mark.error == "CheckFailed" else ""
    return _hidden_message(message, language, source)


def _hidden_message(message: str, language: str, source: str) -> str:
    """What its source lets be told of the check that failed.

    Of the checks whose name fits, the one with most of it written out: `check(name)`
    fits every message. A name or hint that is computed as a whole is left out.
    """
    generic = translate(HIDDEN_FAILED, language)
    lines = message.splitlines() or [""]
    head, last = lines[0], lines[-1]
    if max(len(head), len(last)) > MAX_COLUMNS:  # no check of ours writes such a line
        return generic
    fitting = [
        (name, hint if re.fullmatch(f"Pista: {_pattern(hint)}", last) else ())
        for name, hint in _named_checks(source)
        if re.match(f"«{_pattern(name)}»", head)
    ]
    name, hint = max(fitting, key=lambda c: tuple(map(_n_written, c)), default=((), ()))
    shown = f"«{_outline(name)}»" if _n_written(name) else generic
    if _n_written(hint):
        shown += f"\n{translate(HINT, language)}: {_outline(hint)}"
    return shown


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


def _n_written(parts: Parts) -> int:
    """How many letters and digits the source gives."""
    return sum(character.isalnum() for part in parts for character in part or "")
