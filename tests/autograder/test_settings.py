"""Settings from nbgrader's and our own configuration files."""

from dataclasses import fields
from pathlib import Path

import pytest
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import Execute

from autograder.errors import SettingsError
from autograder.settings import Kernels, Limits, Settings, load_settings


def course(root: Path, nbgrader: str = "", toml: str | bytes = "") -> Settings:
    if nbgrader:
        (root / "nbgrader_config.py").write_text(f"c = get_config()\n{nbgrader}\n")
    if toml:
        raw = toml if isinstance(toml, bytes) else toml.encode()
        (root / "autograder.toml").write_bytes(raw)
    return load_settings(root)


def test_course_without_files_gets_nbgraders_defaults(tmp_path: Path) -> None:
    settings = course(tmp_path)

    theirs = CourseDirectory()
    assert settings.structure == theirs.directory_structure
    assert settings.source == theirs.source_directory
    assert settings.submitted == theirs.submitted_directory
    assert settings.autograded == theirs.autograded_directory
    assert settings.feedback == theirs.feedback_directory
    assert settings.notebook_glob == theirs.notebook_id
    assert settings.course_id == theirs.course_id
    assert settings.limits.cell_seconds == Execute().timeout
    assert settings.limits == Limits()
    assert settings.check_reference is False
    assert settings.gradebook_url == f"sqlite:///{tmp_path.resolve()}/gradebook.db"
    assert settings == Settings(root=tmp_path)


def test_student_code_is_confined_unless_told() -> None:
    assert Kernels().sandbox is True


@pytest.mark.parametrize("step", ["source", "submitted", "autograded", "feedback"])
def test_folders_lie_where_nbgrader_looks(tmp_path: Path, step: str) -> None:
    structure = "{student_id}/x/{nbgrader_step}/{assignment_id}"
    settings = course(
        tmp_path,
        f"c.CourseDirectory.directory_structure = '{structure}'\n"
        f"c.CourseDirectory.{step}_directory = 'other'",
    )
    theirs = CourseDirectory(
        root=str(tmp_path), directory_structure=structure, **{f"{step}_directory": "o"}
    )

    ours = {
        "source": lambda: settings.source_folder("u1"),
        "submitted": lambda: settings.submitted_folder("ana", "u1"),
        "autograded": lambda: settings.autograded_folder("ana", "u1"),
        "feedback": lambda: settings.feedback_folder("ana", "u1"),
    }[step]()

    student = "." if step == "source" else "ana"
    assert ours == Path(theirs.format_path("other", student, "u1"))


def test_configuration_of_nbgrader_is_kept_for_its_classes(tmp_path: Path) -> None:
    settings = course(
        tmp_path,
        "c.CourseDirectory.course_id = 'dl'\n"
        "c.CourseDirectory.notebook_id = 'ejercicios'\n"
        "c.CourseDirectory.db_url = 'postgresql://x/y'\n"
        "c.ClearSolutions.text_stub = 'AQUÍ'",
    )

    assert settings.course_id == "dl"
    assert settings.notebook_glob == "ejercicios"
    assert settings.gradebook_url == "postgresql://x/y"
    assert settings.nbgrader.ClearSolutions.text_stub == "AQUÍ"


def test_two_courses_share_no_configuration(tmp_path: Path) -> None:
    first, second = tmp_path / "a", tmp_path / "b"
    first.mkdir()
    second.mkdir()

    course(first, "c.ClearSolutions.text_stub = 'AQUÍ'")

    assert "ClearSolutions" not in course(second).nbgrader


def test_limits_come_from_the_toml_file(tmp_path: Path) -> None:
    names = [field.name for field in fields(Limits)]
    lines = [f"{name} = {number}" for number, name in enumerate(names, 7)]
    settings = course(tmp_path, toml="[limits]\n" + "\n".join(lines))

    assert settings.limits == Limits(*range(7, 7 + len(names)))


def test_smallest_limit_is_allowed(tmp_path: Path) -> None:
    settings = course(tmp_path, toml="[limits]\nmemory_mib = 1\ncell_seconds = 0.1")

    assert (settings.limits.memory_mib, settings.limits.cell_seconds) == (1, 0.1)


def test_time_limit_of_nbgrader_counts_unless_the_toml_file_has_one(
    tmp_path: Path,
) -> None:
    assert course(tmp_path, "c.Execute.timeout = 1").limits.cell_seconds == 1.0
    config = "c.Execute.timeout = 2"
    assert course(tmp_path, config).limits.cell_seconds == 2.0
    assert course(tmp_path, toml="[limits]\ncell_seconds = 5").limits == Limits(5)
    assert course(tmp_path, "c.Execute.timeout = None").limits.cell_seconds == 5


def test_nbgrader_course_that_says_nothing_of_time_gets_the_default(
    tmp_path: Path,
) -> None:
    assert course(tmp_path, "x = 1").limits == Limits()


@pytest.mark.parametrize(("text", "expected"), [("true", True), ("false", False)])
def test_check_of_the_reference_is_switched_by_the_toml_file(
    tmp_path: Path, text: str, expected: bool
) -> None:
    settings = course(tmp_path, toml=f"check_reference = {text}")

    assert settings.check_reference is expected


@pytest.mark.parametrize(
    ("toml", "message"),
    [
        ("checkreference = true", "unknown settings: checkreference"),
        ("[limit]\nmemory_mib = 1", "unknown settings: limit"),
        ("[limits]\nmemory = 1", "unknown settings: memory"),
        ("[limits", "autograder.toml"),
        (b"check_reference = true # \xf1", "autograder.toml"),
        ("[limits]\nmemory_mib = 0", r"\[limits\] memory_mib = 0: must be positive"),
        ("[limits]\ncell_seconds = -1.0", "cell_seconds = -1.0: must be positive"),
    ],
)
def test_toml_file_with_a_mistake_raises_settings_error(
    tmp_path: Path, toml: str | bytes, message: str
) -> None:
    with pytest.raises(SettingsError, match=message) as raised:
        course(tmp_path, toml=toml)

    assert raised.value.exit_code == 2


def test_folder_in_place_of_the_toml_file_raises_settings_error(tmp_path: Path) -> None:
    (tmp_path / "autograder.toml").mkdir()

    with pytest.raises(SettingsError, match=r"autograder\.toml"):
        load_settings(tmp_path)


@pytest.mark.parametrize("config", ["1 / 0", "c.(", "import no_such_module"])
def test_nbgrader_configuration_that_fails_raises_settings_error(
    tmp_path: Path, config: str
) -> None:
    with pytest.raises(SettingsError, match=r"nbgrader_config\.py"):
        course(tmp_path, config)


def test_missing_course_folder_raises_settings_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    for name in ("nowhere", "file"):
        with pytest.raises(SettingsError, match="no such course folder"):
            load_settings(tmp_path / name)


def test_kernels_come_from_the_toml_file(tmp_path: Path) -> None:
    settings = course(
        tmp_path,
        toml="[kernels]\nis_warm = false\nsandbox = false\nn_threads = 3\n"
        'preload = ["torch", "numpy"]\nreadable = ["/data"]',
    )

    assert settings.kernels == Kernels(
        is_warm=False,
        sandbox=False,
        preload=("torch", "numpy"),
        readable=("/data",),
        n_threads=3,
    )
    hash(settings.kernels)


@pytest.mark.parametrize("said", [True, False])
def test_sandbox_of_the_call_wins_over_the_toml_file(
    tmp_path: Path, said: bool
) -> None:
    (tmp_path / "autograder.toml").write_text(
        f"[kernels]\nis_warm = true\nsandbox = {str(not said).lower()}"
    )

    assert load_settings(tmp_path).kernels.sandbox is not said
    assert load_settings(tmp_path, sandbox=said).kernels.sandbox is said


def test_sandbox_without_warm_kernels_raises_settings_error(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="--sandbox off"):
        course(tmp_path, toml="[kernels]\nis_warm = false\nsandbox = true")


# ------------------------------------------------------------------- known bugs


@pytest.mark.parametrize(
    "toml",
    [
        "limits = 5",
        "kernels = 5",
        '[limits]\nmemory_mib = "big"',
        "[limits]\nmemory_mib = [1]",
        "[limits]\nmemory_mib = true",
        "[limits]\ncell_seconds = nan",
        "[limits]\ncell_seconds = inf",
        "[kernels]\npreload = [1]",
        "[kernels]\nreadable = [1]",
        'check_reference = "no"',
        '[kernels]\npreload = "torch"',
        '[kernels]\nn_threads = "two"',
    ],
)
def test_value_of_the_wrong_type_raises_settings_error(
    tmp_path: Path, toml: str
) -> None:
    with pytest.raises(SettingsError):
        course(tmp_path, toml=toml)


def test_time_limit_of_the_class_that_nbgrader_documents_counts(tmp_path: Path) -> None:
    """nbgrader's FAQ says c.ExecutePreprocessor.timeout; traitlets hands it down."""
    settings = course(tmp_path, "c.ExecutePreprocessor.timeout = 60")

    assert settings.limits.cell_seconds == Execute(config=settings.nbgrader).timeout


@pytest.mark.parametrize("value", ["-1", "None"])
def test_nbgrader_course_that_switched_the_time_limit_off_is_graded(
    tmp_path: Path, value: str
) -> None:
    settings = course(tmp_path, f"c.Execute.timeout = {value}")

    assert settings.limits.cell_seconds >= settings.limits.submission_seconds


def test_relative_database_lies_in_the_course_folder(tmp_path: Path) -> None:
    settings = course(tmp_path, "c.CourseDirectory.db_url = 'sqlite:///gradebook.db'")

    assert settings.gradebook_url == f"sqlite:///{tmp_path.resolve()}/gradebook.db"


def test_patterns_added_to_those_that_nbgrader_ignores_count(tmp_path: Path) -> None:
    config = "c.CourseDirectory.ignore.append('*.json')"

    settings = course(tmp_path, config)

    theirs = CourseDirectory(config=settings.nbgrader)
    assert list(settings.ignored) == theirs.ignore


@pytest.mark.parametrize("number", [0, -3])
def test_number_of_threads_below_one_raises_settings_error(
    tmp_path: Path, number: int
) -> None:
    with pytest.raises(SettingsError, match="n_threads"):
        course(tmp_path, toml=f"[kernels]\nn_threads = {number}")


def test_time_limit_of_nbgrader_that_is_a_text_raises_settings_error(
    tmp_path: Path,
) -> None:
    with pytest.raises(SettingsError):
        course(tmp_path, "c.Execute.timeout = '30'")
