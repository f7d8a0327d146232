"""The simulated class earns exactly what each copy deserves."""

from pathlib import Path

import pytest

from autograder.demo import make_class
from autograder.pipeline import grade_unit
from autograder.records import Marks

REPOSITORY = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Marks]]:
    settings = make_class(REPOSITORY, tmp_path_factory.mktemp("demo") / "demo")
    return {
        unit: {m.student: m for m in grade_unit(settings, unit).marks}
        for unit in ("04_perceptron", "A1_pesos")
    }
