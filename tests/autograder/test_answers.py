"""Answers kept beside a unit."""

from pathlib import Path

import pytest

from autograder.answers import Answer, fill_in, read_answers
from autograder.errors import SourceError
from tests.factories import find, source_notebook

TEXT = '''
"""Respuestas equivocadas."""

# %% wrong f no_suma
def f(x):
    return x

# %% right f otra_suma
def f(x):
    # %d no es una cabecera
    return x - -1

# %% wrong g no_suma   \t
'''


def answers_file(folder: Path, text: str) -> Path:
    path = folder / "wrong_answers.py"
    path.write_text(text, encoding="utf-8")
    return path


def test_answers_are_read_with_kind_name_and_line(tmp_path: Path) -> None:
    assert read_answers(answers_file(tmp_path, TEXT)) == (
        Answer("wrong", "f", "no_suma", "def f(x):\n    return x", 4),
        Answer(
            "right",
            "f",
            "otra_suma",
            "def f(x):\n    # %d no es una cabecera\n    return x - -1",
            8,
        ),
        Answer("wrong", "g", "no_suma", "", 13),
    )


def test_missing_file_gives_no_answers(tmp_path: Path) -> None:
    assert read_answers(tmp_path / "wrong_answers.py") == ()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("# %% wrong f", "does not begin with"),
        ("# %%\nx = 1", "does not begin with"),
        ("# %% wrong f a b", "does not begin with"),
        ("# %% wrong f a\n# %%wrong f b", "does not begin with"),
        ("# %% wrog f a", "a: 'wrog' is neither wrong nor right"),
        ("# %% wrong f a\n# %% right f a", "f a: the name is used twice"),
    ],
)
def test_header_with_a_mistake_raises_source_error_that_names_the_file(
    tmp_path: Path, text: str, message: str
) -> None:
    path = answers_file(tmp_path, text)

    with pytest.raises(SourceError, match=message) as raised:
        read_answers(path)

    assert raised.value.path == str(path)


def test_same_name_for_two_exercises_is_allowed(tmp_path: Path) -> None:
    path = answers_file(tmp_path, "# %% wrong f a\n# %% wrong g a")

    assert [a.grade_id for a in read_answers(path)] == ["f", "g"]


def test_filled_in_notebook_is_a_copy_with_the_named_cells_replaced() -> None:
    document = source_notebook()
    before = [cell.source for cell in document.cells]

    filled = fill_in(document, {"f": "x = 1", "essay": "hola"})

    assert find(filled, "f").source == "x = 1"
    assert find(filled, "essay").source == "hola"
    assert find(filled, "f_visible").source == find(document, "f_visible").source
    assert [cell.source for cell in document.cells] == before


def test_answer_to_an_unknown_cell_raises_key_error() -> None:
    with pytest.raises(KeyError, match="nothing"):
        fill_in(source_notebook(), {"nothing": ""})


# ------------------------------------------------------------------- known bugs


@pytest.mark.parametrize("text", ["", '"""Nothing yet."""\n'])
def test_file_without_answers_gives_none(tmp_path: Path, text: str) -> None:
    assert read_answers(answers_file(tmp_path, text)) == ()


@pytest.mark.parametrize(
    "text", ["#%% wrong f a\nx = 1", "\ufeff# %% wrong f a\nx = 1"]
)
def test_header_that_is_nearly_right_is_not_passed_over(
    tmp_path: Path, text: str
) -> None:
    path = answers_file(tmp_path, f"{text}\n\n# %% wrong f b\nx = 2\n")

    try:
        answers = read_answers(path)
    except SourceError:
        return

    assert [answer.name for answer in answers] == ["a", "b"]


def test_file_that_is_not_utf8_raises_source_error(tmp_path: Path) -> None:
    path = tmp_path / "wrong_answers.py"
    path.write_bytes(b"# %% wrong f a\n# \xf1")

    with pytest.raises(SourceError, match="utf-8"):
        read_answers(path)
