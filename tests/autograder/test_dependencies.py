"""What was audited or executed is valid while what it imports is."""

from pathlib import Path

from autograder.dependencies import helper_files


def helpers(root: Path, **modules: str) -> Path:
    package = root / "course_utils"
    (package / "assets").mkdir(parents=True)
    for name, source in {"__init__": "", **modules}.items():
        (package / f"{name}.py").write_text(source)
    (package / "assets" / "table.json").write_text("{}")
    return root


def test_modules_are_found_through_each_other_and_data_always(tmp_path: Path) -> None:
    helpers(
        tmp_path,
        a="from course_utils import b, c",
        b="import course_utils.a",
        c="",
        d="",
        e="",
        f="",
    )
    sources = [
        "def f():\n    from course_utils.a import g",
        "import course_utils.d as x, numpy",
        "from other import e",
        "from course_utils import (",
    ]

    found = helper_files(sources, tmp_path)

    names = ["__init__.py", "a.py", "table.json", "b.py", "c.py", "d.py"]
    assert [file.name for file in found] == names


def test_course_without_helpers_depends_on_none(tmp_path: Path) -> None:
    [init] = helper_files(["from course_utils import checks"], tmp_path)

    assert not init.exists()
