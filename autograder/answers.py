"""Named answers kept beside a unit, and student copies made of them.

``wrong_answers.py`` is a Python file of cells. Each begins with a line
``# %% KIND GRADE_ID NAME``, where KIND is ``wrong`` (must lose points) or ``right``
(must earn everything), and replaces the answer cell of that name.
"""

import re
from copy import deepcopy
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path

from nbformat import NotebookNode

from autograder.errors import SourceError
from autograder.records import grade_id_of

HEADER = re.compile(r"^# %% (\S+) (\S+) (\S+)[ \t]*$", re.M)
KINDS = ("wrong", "right")


@dataclass(frozen=True)
class Answer:
    """One answer to one exercise."""

    kind: str
    grade_id: str
    name: str
    source: str
    line: int


def read_answers(path: Path) -> tuple[Answer, ...]:
    """The answers of a ``wrong_answers.py``; none when there is no such file.

    Raises
    ------
    SourceError
        If a header is not of the form above or a name is used twice.
    """
    if not path.exists():
        return ()
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise SourceError(f"not saved as UTF-8: {error}", str(path)) from error
    headers = list(HEADER.finditer(text))
    if len(headers) != len(re.findall(r"^#\s*%%", text, re.M)):
        raise SourceError(
            "a cell does not begin with '# %% KIND GRADE_ID NAME'", str(path)
        )
    answers = []
    for header, following in zip_longest(headers, headers[1:]):
        kind, grade_id, name = header.groups()
        if kind not in KINDS:
            raise SourceError(f"{kind!r} is neither wrong nor right", str(path), name)
        source = text[header.end() : following.start() if following else None].strip()
        line = text.count("\n", 0, header.start()) + 1
        answers.append(Answer(kind, grade_id, name, source, line))
    names = [(answer.grade_id, answer.name) for answer in answers]
    for twice in {name for name in names if names.count(name) > 1}:
        raise SourceError("the name is used twice", str(path), " ".join(twice))
    return tuple(answers)


def fill_in(document: NotebookNode, sources: dict[str, str]) -> NotebookNode:
    """A copy of a notebook with the source of some named cells replaced.

    Raises
    ------
    KeyError
        If there is no cell of that name.
    """
    document = deepcopy(document)
    cells = {grade_id_of(cell): cell for cell in document.cells}
    for grade_id, source in sources.items():
        cells[grade_id].source = source
    return document
