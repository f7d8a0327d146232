"""Which notebooks have to be executed again."""

import subprocess
from pathlib import Path

import pytest
from nbformat.v4 import new_code_cell

from autograder.errors import InstructorError
from autograder.runner import changed_notebooks, list_notebooks
from autograder.settings import load_settings
from tests.factories import make_course, notebook


def git(root: Path, *arguments: str) -> None:
    who = ["-c", "user.name=x", "-c", "user.email=x@example.org"]
    subprocess.run(["git", "-C", str(root), *who, *arguments], check=True)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A repository with three units; the second imports a helper that imports one."""
    for unit, code in (
        ("u1", "1"),
        ("u2", "from course_utils import a"),
        ("u3", "from course_utils import c"),
    ):
        make_course(tmp_path, unit, notebook(new_code_cell(code)))
    package = tmp_path / "course_utils"
    package.mkdir()
    for name, code in (("__init__", ""), ("a", "import course_utils.b"), ("b", "")):
        (package / f"{name}.py").write_text(code)
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-qm", "first")
    return tmp_path


def changed(root: Path, base: str = "HEAD") -> list[str]:
    paths = list_notebooks(load_settings(root))
    return [path.parent.name for path in changed_notebooks(paths, root, base)]


def test_nothing_is_changed_at_first(root: Path) -> None:
    assert changed(root) == []


@pytest.mark.parametrize(
    ("file", "units"),
    [
        ("source/u1/nb.ipynb", ["u1"]),
        ("source/u3/table.csv", ["u3"]),
        ("course_utils/b.py", ["u2"]),
        ("course_utils/c.py", ["u3"]),
        ("course_utils/assets/x.json", ["u1", "u2", "u3"]),
        ("constraints.txt", ["u1", "u2", "u3"]),
        ("README.md", []),
    ],
)
def test_notebook_is_changed_with_what_it_uses(
    root: Path, file: str, units: list[str]
) -> None:
    path = root / file
    path.parent.mkdir(exist_ok=True)
    with path.open("a") as opened:
        opened.write("\n")

    assert changed(root) == units


def test_what_was_committed_since_the_base_counts(root: Path) -> None:
    (root / "course_utils" / "b.py").write_text("x = 1")
    git(root, "commit", "-qam", "second")

    assert changed(root) == []
    assert changed(root, "HEAD~1") == ["u2"]


def test_unknown_revision_is_the_instructors_mistake(root: Path) -> None:
    with pytest.raises(InstructorError, match="--changed nowhere"):
        changed(root, "nowhere")
