"""Every sentence exists in each language and says no more than it may."""

import ast
import re
import tomllib
from dataclasses import replace
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

import autograder
from autograder import texts
from autograder.records import CellMark, Note, Outcome
from autograder.reports import LOOK_NOTES
from autograder.scoring import INCIDENTS
from autograder.texts import (
    CATALOGUE,
    HIDDEN_FAILED,
    HINT,
    LABELS,
    LANGUAGES,
    LOCALE,
    MAX_NAMES,
    MORE,
    NOTES,
    OUTCOMES,
    POINTS,
    load_catalogue,
    note_text,
    note_texts,
    outcome_text,
    translate,
    visible_message,
)

PACKAGE = Path(autograder.__file__).parent
HOLE = re.compile(r"\{.*?\}|%\(\w+\)s|%\w")
FAILED = CellMark("nb", "t", 0.0, 2.0, Outcome.FAILED, "esperaba 42 y llegó 41")


def _kinds_in_use() -> set[str]:
    """First arguments of every `Note("...")` and `_BadNotebook("...")`."""
    kinds = set()
    for path in PACKAGE.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            is_call = isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
            if is_call and node.func.id in ("Note", "_BadNotebook") and node.args:
                texts = [n for n in ast.walk(node.args[0]) if hasattr(n, "value")]
                kinds |= {n.value for n in texts if isinstance(n.value, str)}
    return kinds


def test_every_note_of_the_package_has_a_sentence() -> None:
    used = _kinds_in_use() | {outcome.value for outcome in INCIDENTS}

    assert {"symlink", "no_notebook", "renamed", "kernel_died"} <= used
    assert used == set(NOTES)
    assert set(LOOK_NOTES) <= used


@pytest.fixture(scope="module")
def in_code() -> Catalog:
    """What Babel finds, with the mapping that `make catalogues` uses."""
    config = tomllib.loads((PACKAGE.parent / "pyproject.toml").read_text())
    mappings = config["tool"]["babel"]["mappings"]
    method_map = [(mapping["pattern"], mapping["method"]) for mapping in mappings]
    catalogue = Catalog()
    for file, line, text, comments, context in extract_from_dir(PACKAGE, method_map):
        catalogue.add(text, None, [(file, line)], comments, context=context)
    return catalogue


def _read(language: str) -> Catalog:
    with (LOCALE / CATALOGUE.format(language)).open("rb") as file:
        return read_po(file, locale=language)


def _forms(text: str | tuple[str, ...] | list[str]) -> tuple[str, ...]:
    return (text,) if isinstance(text, str) else tuple(text)


def test_extractor_finds_texts_of_code_and_templates(in_code: Catalog) -> None:
    found = {message.id for message in in_code if message.id}

    assert {*NOTES.values(), *OUTCOMES.values(), *LABELS.values()} <= found
    assert {POINTS, MORE, HINT, HIDDEN_FAILED, "Resultados"} <= found


def test_english_is_among_the_languages() -> None:
    assert LANGUAGES[0] == "es"
    assert "en" in LANGUAGES


@pytest.mark.parametrize("language", LANGUAGES[1:])
def test_catalogue_translates_what_the_code_says_and_nothing_else(
    in_code: Catalog, language: str
) -> None:
    """`make catalogues` brings a catalogue up to date."""
    catalogue = _read(language)

    assert {m.id for m in catalogue} == {m.id for m in in_code}
    assert not catalogue.obsolete
    for message in catalogue:
        if message.id:
            forms = _forms(message.string)
            n_forms = catalogue.num_plurals if message.pluralizable else 1
            assert len(forms) == n_forms
            assert all(forms), message.id
            assert not message.fuzzy, message.id
            holes = {tuple(HOLE.findall(t)) for t in (*_forms(message.id), *forms)}
            assert len(holes) == 1, message.id


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_sentence_takes_its_subject(language: str) -> None:
    for kind, sentence in NOTES.items():
        text = note_text(Note(kind, "{0} <b>"), language)
        needs_subject = "{}" in _forms(sentence)[0]
        assert text.endswith(".")
        assert ("{0} <b>" in text) is needs_subject


def test_number_chooses_the_form() -> None:
    assert [translate(POINTS, "es", n) for n in (0, 1, 2)] == [
        "{} puntos",
        "{} punto",
        "{} puntos",
    ]
    assert [translate(POINTS, "en", n) for n in (0, 1, 2)] == [
        "{} points",
        "{} point",
        "{} points",
    ]


POLISH = """
msgid "{} punto"
msgid_plural "{} puntos"
msgstr[0] "{} punkt"
msgstr[1] "{} punkty"
msgstr[2] "{} punktów"

msgid "Pista"
msgstr ""
"""


def test_one_file_is_one_language_with_its_own_plurals(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / CATALOGUE.format("pl")
    path.parent.mkdir(parents=True)
    path.write_text(POLISH, encoding="utf-8")
    monkeypatch.setattr(texts, "LOCALE", tmp_path)

    polish = load_catalogue.__wrapped__("pl")

    forms = [polish.ngettext(*POINTS, n) for n in (1, 2, 5)]
    assert forms == ["{} punkt", "{} punkty", "{} punktów"]
    assert polish.gettext(HINT) == "Pista"


def test_sentences_are_spanish_unless_told() -> None:
    assert note_text(Note("empty", "a")) == "«a» está vacío."
    assert note_text(Note("empty", "a"), "en") == "“a” is empty."


def test_notes_of_a_kind_are_one_sentence_in_order_of_appearance() -> None:
    notes = [Note("empty", "b"), Note("reordered"), Note("empty", "a")]

    assert note_texts(notes) == [
        "«b, a» están vacíos.",
        "Las celdas estaban en otro orden; se ha restaurado el original.",
    ]
    assert note_texts(iter(notes), "en")[0] == "“b, a” are empty."
    assert note_texts([]) == []


@pytest.mark.parametrize(
    ("n_notes", "expected"),
    [
        (1, "a"),
        (MAX_NAMES, "a, a, a, a"),
        (MAX_NAMES + 1, "a, a, a, a, y 1 más"),
        (MAX_NAMES + 2, "a, a, a, a, y 2 más"),
    ],
)
def test_long_enumeration_says_how_many_more_there_are(
    n_notes: int, expected: str
) -> None:
    [text] = note_texts([Note("empty", "a")] * n_notes)

    verb = "está vacío" if n_notes == 1 else "están vacíos"
    assert text == f"«{expected}» {verb}."


def test_every_outcome_has_words() -> None:
    for outcome in Outcome:
        mark = replace(FAILED, outcome=outcome)
        assert outcome_text(mark) == OUTCOMES[outcome]
    assert outcome_text(FAILED, "en") == "failed"
    assert len(set(OUTCOMES.values())) == len(Outcome)


@pytest.mark.parametrize("points", [2.0, 3.0, None])
@pytest.mark.parametrize("is_hidden", [True, False])
def test_cell_with_full_points_or_none_yet_has_no_message(
    points: float | None, is_hidden: bool
) -> None:
    assert visible_message(replace(FAILED, points=points, is_hidden=is_hidden)) == ""


@pytest.mark.parametrize(
    ("error", "message", "expected"),
    [
        ("", "more than 30 s", "more than 30 s"),
        ("CheckFailed", "«forma»: esperaba 2", "«forma»: esperaba 2"),
        ("NameError", "name 'g' is not defined", "NameError: name 'g' is not defined"),
        ("AssertionError", "", "AssertionError"),
    ],
)
def test_visible_test_shows_its_whole_message(
    error: str, message: str, expected: str
) -> None:
    assert visible_message(replace(FAILED, error=error, message=message)) == expected


GENERIC = "Una prueba oculta no se supera."
SOURCE = (
    "with check('negativos', hint='mira el signo'):\n    assert f(-1) == 42\n"
    "for seed in range(3):\n    with check(f'datos (semilla {seed})', 'mira'):\n"
    "        pass\n"
    "with check('sin pista'):\n    pass"
)


@pytest.mark.parametrize(
    ("error", "message", "expected"),
    [
        (
            "CheckFailed",
            "«negativos»: esperaba 42\ny llegó 41\nPista: mira el signo",
            "«negativos»\nPista: mira el signo",
        ),
        ("CheckFailed", "«negativos»: esperaba 42", "«negativos»"),
        ("CheckFailed", "«negativos»: x\nPista: es 42", "«negativos»"),
        (
            "CheckFailed",
            "«datos (semilla 2)»: 42\nPista: mira",
            "«datos (semilla …)»\nPista: mira",
        ),
        ("CheckFailed", "«sin pista»: 42\nPista: 42", "«sin pista»"),
        ("CheckFailed", "«es 42»: x\nPista: mira el signo", GENERIC),
        ("CheckFailed", "esperaba 42", GENERIC),
        ("CheckFailed", "", GENERIC),
        ("AssertionError", "«negativos»: x\nPista: mira el signo", GENERIC),
        ("", "esperaba 42", GENERIC),
    ],
)
def test_hidden_test_shows_only_name_and_hint_that_stand_in_its_source(
    error: str, message: str, expected: str
) -> None:
    mark = replace(FAILED, is_hidden=True, error=error, message=message)

    assert visible_message(mark, source=SOURCE) == expected
    assert visible_message(mark) == visible_message(mark, source="def (") == GENERIC


def test_hidden_test_without_name_speaks_the_language_of_the_page() -> None:
    mark = replace(FAILED, is_hidden=True)

    assert visible_message(mark, "en") == "A hidden test does not pass."


def test_message_of_a_real_check_is_understood() -> None:
    """The two packages do not know each other, but agree on this form."""
    checks = pytest.importorskip("course_utils.checks")
    with (
        pytest.raises(checks.CheckFailed) as raised,
        checks.check("suma de negativos", hint="mira el signo"),
    ):
        checks.expect_equal(41, 42, "f(-1)")
    mark = replace(
        FAILED, is_hidden=True, error="CheckFailed", message=str(raised.value)
    )

    source = "with check('suma de negativos', hint='mira el signo'): pass"
    expected = "«suma de negativos»\nPista: mira el signo"
    assert visible_message(mark, source=source) == expected


def test_name_that_the_test_computes_is_not_told() -> None:
    source = "for name in names:\n    with check(name, hint=hints[name]):\n        pass"
    message = "«todo sobre 41»: x\nPista: 42"
    mark = replace(FAILED, is_hidden=True, error="CheckFailed", message=message)

    assert visible_message(mark, "es", source) == GENERIC


CASES = """
for name, hint, x in cases:
    with check(name, hint='mira la tabla'):
        pass
    with check(f'{name} ({x})', hint='mira el signo'):
        pass
    with check(f'{name}: forma', hint='mira la forma'):
        pass
with check('un punto (de 3)', hint='uno solo'):
    pass
"""


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("«xor 41»: x\nPista: mira la tabla", f"{GENERIC}\nPista: mira la tabla"),
        ("«xor (41)»: x\nPista: mira el signo", f"{GENERIC}\nPista: mira el signo"),
        ("«41: forma»: x\nPista: mira la forma", "«…: forma»\nPista: mira la forma"),
        ("«un punto (de 3)»: x\nPista: uno solo", "«un punto (de 3)»\nPista: uno solo"),
    ],
)
def test_name_that_the_test_computes_does_not_hide_those_that_it_writes(
    message: str, expected: str
) -> None:
    mark = replace(FAILED, is_hidden=True, error="CheckFailed", message=message)

    assert visible_message(mark, "es", CASES) == expected


def test_first_line_longer_than_a_check_writes_is_not_believed() -> None:
    """course_utils cuts lines at 160; a pattern of four holes takes hours at 4000."""
    message = f"«datos (semilla {'7' * 200})»: x"
    mark = replace(FAILED, is_hidden=True, error="CheckFailed", message=message)

    assert visible_message(mark, "es", SOURCE) == GENERIC


def test_first_line_as_long_as_a_check_writes_is_believed() -> None:
    """course_utils cuts its lines at 160 columns."""
    message = "«negativos»: " + "7" * 147
    mark = replace(FAILED, is_hidden=True, error="CheckFailed", message=message)

    assert visible_message(mark, "es", SOURCE) == "«negativos»"
    longer = replace(mark, message=message + "7")
    assert visible_message(longer, "es", SOURCE) == GENERIC


@pytest.mark.parametrize(
    "call", ["check()", "check(name='a')", "np.check('a')", "f()('a')", "f('a')"]
)
def test_calls_that_name_no_check_tell_nothing(call: str) -> None:
    mark = replace(
        FAILED, is_hidden=True, error="CheckFailed", message="«a»: x\nPista: b"
    )

    assert visible_message(mark, "es", f"with {call}:\n    pass") == GENERIC
