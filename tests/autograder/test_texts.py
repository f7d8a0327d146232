"""Every sentence exists in both languages and says no more than it may."""

import ast
import re
from dataclasses import replace
from pathlib import Path

import pytest

import autograder
from autograder.records import CellMark, Note, Outcome
from autograder.reports import LOOK_NOTES
from autograder.scoring import INCIDENTS
from autograder.texts import (
    LANGUAGES,
    MAX_NAMES,
    NOTES,
    OUTCOMES,
    PHRASES,
    note_text,
    note_texts,
    outcome_text,
    visible_message,
)

PACKAGE = Path(autograder.__file__).parent
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


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_sentence_exists_and_takes_its_subject(language: str) -> None:
    for kind, sentences in NOTES.items():
        text = note_text(Note(kind, "{0} <b>"), language)
        needs_subject = "{}" in sentences[language]
        assert set(sentences) == set(LANGUAGES)
        assert text.endswith(".")
        assert ("{0} <b>" in text) is needs_subject
    for words in (*OUTCOMES.values(), *PHRASES.values()):
        assert set(words) == set(LANGUAGES)
        assert words[language]


def test_languages_tell_the_same_subjects() -> None:
    for sentences in NOTES.values():
        counts = {len(re.findall(r"{}", text)) for text in sentences.values()}
        assert len(counts) == 1


def test_sentences_are_spanish_unless_told() -> None:
    assert note_text(Note("empty", "a")) == "«a» está vacío."
    assert note_text(Note("empty", "a"), "en") == "“a” is empty."


def test_notes_of_a_kind_are_one_sentence_in_order_of_appearance() -> None:
    notes = [Note("empty", "b"), Note("reordered"), Note("empty", "a")]

    assert note_texts(notes) == [
        "«b, a» está vacío.",
        "Las celdas estaban en otro orden; se ha restaurado el original.",
    ]
    assert note_texts(iter(notes), "en")[0] == "“b, a” is empty."
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

    assert text == f"«{expected}» está vacío."


def test_every_outcome_has_words() -> None:
    for outcome in Outcome:
        mark = replace(FAILED, outcome=outcome)
        assert outcome_text(mark) == OUTCOMES[outcome]["es"]
        assert outcome_text(mark, "en") == OUTCOMES[outcome]["en"]
    assert len({words["es"] for words in OUTCOMES.values()}) == len(Outcome)


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

    assert visible_message(mark, "es", source) == "«…»\nPista: …"


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
