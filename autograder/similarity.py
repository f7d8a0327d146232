"""Pairs of submissions that are more alike than the task explains.

Winnowing (Schleimer, Wilkerson and Aiken, 2003): of all runs of `RUN` tokens in a
program some are kept as its fingerprints, so that a shared passage of at least
`RUN + WINDOW - 1` tokens always shares one. Names, numbers and texts count as such, so
renaming changes nothing; comments and layout are not seen. What the released notebook
holds, and what much of the class wrote, is nobody's own.

The result is a list to look at, never a verdict.
"""

import io
import keyword
import tokenize
import zlib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import combinations

from autograder.intake import receive
from autograder.records import Assignment, Submission
from autograder.settings import Settings

RUN, WINDOW = 12, 6
COMMON = 0.2  # what this share of the class wrote comes from the task
MIN_SHARED = 8
MIN_SCORE = 0.5
N_PAIRS = 20
SKIPPED = (
    tokenize.COMMENT, tokenize.NL, tokenize.ENCODING, tokenize.ENDMARKER,
    tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT,
)  # fmt: skip


@dataclass(frozen=True)
class Pair:
    """Two students; `score` is the share of the smaller one's own that both have."""

    first: str
    second: str
    score: float
    n_shared: int


def answers_of(
    settings: Settings, assignment: Assignment, students: Iterable[str]
) -> tuple[dict[str, list[str]], list[str]]:
    """Each student's answers in code, and the code that everybody was given."""
    released = [
        cell.source
        for notebook in assignment.notebooks
        for cell in notebook.student.cells
        if cell.cell_type == "code"
    ]
    answers = {}
    for student in students:
        received = receive(settings, assignment, student)
        if isinstance(received, Submission):
            answers[student] = [
                cell.source
                for notebook in received.notebooks
                for cell in notebook.document.cells
                if cell.metadata.get("nbgrader", {}).get("solution")
                and cell.cell_type == "code"
            ]
    return answers, released


def similar_pairs(
    answers: Mapping[str, Iterable[str]], released: Iterable[str]
) -> list[Pair]:
    """The most similar pairs of a class, most similar first.

    Parameters
    ----------
    answers
        Sources of each student's answers.
    released
        Sources that everybody was given.
    """
    known = set().union(*map(fingerprints, released))
    own = {s: set().union(*map(fingerprints, a)) - known for s, a in answers.items()}
    n_students = Counter(mark for marks in own.values() for mark in marks)
    limit = max(2, COMMON * len(own))
    common = {mark for mark, n in n_students.items() if n > limit}
    own = {student: marks - common for student, marks in own.items()}
    pairs = []
    for first, second in combinations(sorted(own), 2):
        shared = len(own[first] & own[second])
        if shared >= MIN_SHARED:
            score = shared / min(len(own[first]), len(own[second]))
            pairs.append(Pair(first, second, score, shared))
    pairs = [pair for pair in pairs if pair.score >= MIN_SCORE]
    return sorted(pairs, key=lambda p: (-p.score, -p.n_shared, p.first))[:N_PAIRS]


def fingerprints(source: str) -> frozenset[int]:
    """Hashes of the chosen runs of a program's tokens."""
    kinds = list(_kinds(source))
    runs = [
        zlib.crc32(" ".join(kinds[i : i + RUN]).encode())
        for i in range(len(kinds) - RUN + 1)
    ]
    windows = max(1, len(runs) - WINDOW + 1)
    return frozenset(min(runs[i : i + WINDOW]) for i in range(windows) if runs)


def _kinds(source: str) -> Iterable[str]:
    """The tokens of a program: words of the language as they are, the rest by kind."""
    try:
        for token in tokenize.generate_tokens(io.StringIO(source).readline):
            if token.type in SKIPPED:
                continue
            is_name = token.type == tokenize.NAME
            if is_name and not keyword.iskeyword(token.string):
                yield "name"
            elif token.type in (tokenize.NUMBER, tokenize.STRING):
                yield tokenize.tok_name[token.type]
            else:
                yield token.string
    except (tokenize.TokenError, SyntaxError):  # what came before counts
        return
