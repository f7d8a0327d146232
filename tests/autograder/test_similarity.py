"""Copies are found under other names; what the task explains is not."""

from copy import deepcopy
from pathlib import Path

from autograder.build import build_assignment
from autograder.settings import load_settings
from autograder.similarity import answers_of, similar_pairs
from tests.factories import RIGHT, find, hand_in, make_course

COPIED = """
def train(X, y, rate=0.1):
    weights = [0.0] * len(X[0])
    for epoch in range(100):
        for row, target in zip(X, y):
            guess = sum(w * x for w, x in zip(weights, row))
            if target * guess <= 0:
                weights = [w + rate * target * x for w, x in zip(weights, row)]
    return weights
"""
RENAMED = """
def fit(data, labels, lr=0.5):  # todo mío
    v = [1.0] * len(data[0])
    for it in range(7):
        for a, b in zip(data, labels):

            c = sum(p * q for p, q in zip(v, a))
            if b * c <= 0:
                v = [p + lr * b * q for p, q in zip(v, a)]
    return v
"""
OWN = """
import numpy as np

class Model:
    def run(self, X, y):
        self.w = np.zeros(X.shape[1])
        while (bad := (X @ self.w) * y <= 0).any():
            i = int(np.flatnonzero(bad)[0])
            self.w += y[i] * X[i]
        return self.w.copy()
"""


def pairs(answers: dict[str, str], released: str = "") -> list[tuple[str, str]]:
    found = similar_pairs({s: [a] for s, a in answers.items()}, [released])
    return [(pair.first, pair.second) for pair in found]


def test_copy_is_found_whatever_its_names_numbers_and_comments_are() -> None:
    [pair] = similar_pairs({"a": [COPIED], "b": [RENAMED], "c": [OWN]}, [])

    assert (pair.first, pair.second) == ("a", "b")
    assert pair.score == 1.0


def test_copy_within_more_code_of_ones_own_is_found() -> None:
    assert pairs({"a": COPIED, "b": OWN + RENAMED, "c": OWN.replace("+=", "-=")})[
        0
    ] == ("a", "b")


def test_what_everybody_was_given_is_nobodys_own() -> None:
    assert pairs({"a": COPIED, "b": RENAMED}, released=COPIED) == []


def test_what_much_of_the_class_wrote_is_nobodys_own() -> None:
    few = {"a": COPIED, "b": RENAMED, **{f"s{i}": OWN for i in range(8)}}

    assert pairs(few) == [("a", "b")]


def test_answer_that_is_no_python_counts_up_to_there() -> None:
    assert pairs({"a": COPIED, "b": RENAMED + "\n'''", "c": "def ("}) == [("a", "b")]


def test_answers_are_those_of_the_solution_cells(tmp_path: Path) -> None:
    root = make_course(tmp_path)
    settings = load_settings(root)
    assignment = build_assignment(settings, "u1")
    document = deepcopy(assignment.notebooks[0].student)
    find(document, "f").source = RIGHT
    hand_in(root, "ana", document)

    answers, released = answers_of(settings, assignment, ["ana", "nobody"])

    assert answers == {"ana": [RIGHT]}
    assert RIGHT not in released
