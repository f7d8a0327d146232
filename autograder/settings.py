"""One frozen `Settings` per course.

The layout of the course comes from nbgrader's own ``nbgrader_config.py``, so that
nbgrader's commands work on the same folder; limits come from ``autograder.toml``.
A course without either gets nbgrader's defaults.
"""

import math
import re
import sys
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from traitlets.config import Config
from traitlets.config.loader import (
    ConfigFileNotFound,
    LazyConfigValue,
    PyFileConfigLoader,
)

from autograder.errors import SettingsError

SEPARATE, SAME_KERNEL = JUDGES = ("separate", "same-kernel")
RELATIVE_SQLITE = re.compile(r"sqlite:///([^/:?][^:?]*)")
# what nbgrader leaves out of a unit by default
IGNORED = (".ipynb_checkpoints", "*.pyc", "__pycache__", ".pytest_cache")


@dataclass(frozen=True)
class Limits:
    """What one submission may use."""

    cell_seconds: float = 30.0
    question_seconds: float = 120.0
    submission_seconds: float = 600.0
    start_seconds: float = 60.0
    memory_mib: int = 4096
    output_kib: int = 512
    processes: int = 64
    disk_mib: int = 500
    notebook_mib: int = 20
    files_mib: int = 100

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            is_number = isinstance(value, int | float) and not isinstance(value, bool)
            if not is_number or not 0 < value < math.inf:
                raise SettingsError(f"[limits] {name} = {value!r}: must be positive")


@dataclass(frozen=True)
class Kernels:
    """How kernels are started.

    `is_warm`: forked from a process that has imported `preload` already. `sandbox`:
    confined, which only warm kernels can be. `readable`: folders that a confined kernel
    may read beside Python itself. `n_threads`: compute threads of each kernel.
    `seed`: of Python, NumPy and torch before the first cell and before each test.
    """

    is_warm: bool = sys.platform == "linux"
    sandbox: bool = True
    preload: tuple[str, ...] = ()
    readable: tuple[str, ...] = ()
    n_threads: int = 1
    seed: int = 0

    def __post_init__(self) -> None:
        kinds = {"is_warm": bool, "sandbox": bool, "n_threads": int, "seed": int}
        for name, kind in kinds.items():
            if type(getattr(self, name)) is not kind:
                raise SettingsError(f"[kernels] {name}: must be {kind.__name__}")
        if self.n_threads < 1:
            raise SettingsError(f"[kernels] n_threads = {self.n_threads}: at least 1")
        if not all(isinstance(n, str) for n in (*self.preload, *self.readable)):
            raise SettingsError("[kernels] preload and readable: lists of texts")
        if self.sandbox and not self.is_warm:
            raise SettingsError(
                "[kernels] the sandbox needs warm kernels, which exist on Linux only: "
                "grade with --sandbox off"
            )


@dataclass(frozen=True)
class Settings:
    """Where a course lies and how it is graded.

    `judge`: where tests run, "separate" from the student's process or, as in nbgrader,
    in the "same-kernel"; `judge_by_unit` says otherwise for single units.
    `check_reference`: refuse to grade a unit whose tests its own solutions fail.
    `nbgrader` is the traitlets configuration handed to nbgrader's classes.
    """

    root: Path
    structure: str = "{nbgrader_step}/{student_id}/{assignment_id}"
    source: str = "source"
    submitted: str = "submitted"
    autograded: str = "autograded"
    feedback: str = "feedback"
    notebook_glob: str = "*"
    course_id: str = ""
    db_url: str = ""
    ignored: tuple[str, ...] = IGNORED
    judge: str = SAME_KERNEL
    judge_by_unit: Mapping[str, str] = field(default_factory=dict)
    check_reference: bool = False
    limits: Limits = field(default_factory=Limits)
    kernels: Kernels = field(default_factory=Kernels)
    nbgrader: Config = field(default_factory=Config, compare=False, repr=False)

    def __post_init__(self) -> None:
        for choice in (self.judge, *self.judge_by_unit.values()):
            if choice not in JUDGES:
                raise SettingsError(f"judge = {choice!r}: one of {', '.join(JUDGES)}")

    def judge_of(self, unit: str) -> str:
        """Where the tests of a unit run."""
        return self.judge_by_unit.get(unit, self.judge)

    def folder(self, step: str, student: str, unit: str) -> Path:
        """Folder of one unit of one student at one of nbgrader's steps."""
        place = self.structure.format(
            nbgrader_step=step, student_id=student, assignment_id=unit
        )
        return self.root / place

    def source_folder(self, unit: str) -> Path:
        """Folder of a unit's source notebooks."""
        return self.folder(self.source, ".", unit)

    def submitted_folder(self, student: str, unit: str) -> Path:
        """Folder in which a student handed in a unit."""
        return self.folder(self.submitted, student, unit)

    def autograded_folder(self, student: str, unit: str) -> Path:
        """Folder of a student's executed notebooks."""
        return self.folder(self.autograded, student, unit)

    def feedback_folder(self, student: str, unit: str) -> Path:
        """Folder of a student's feedback pages."""
        return self.folder(self.feedback, student, unit)

    @property
    def gradebook_url(self) -> str:
        """Database address; ``gradebook.db`` in the course folder by default.

        A relative SQLite file lies in the course folder.
        """
        url = self.db_url or "sqlite:///gradebook.db"
        file = RELATIVE_SQLITE.fullmatch(url)
        return f"sqlite:///{self.root.resolve() / file[1]}" if file else url


def load_settings(root: Path, *, sandbox: bool | None = None) -> Settings:
    """Read the settings of the course in `root`.

    Parameters
    ----------
    sandbox
        Overrides what ``autograder.toml`` says.

    Raises
    ------
    SettingsError
        If a file cannot be read or has a key or value that means nothing.
    """
    if not root.is_dir():
        raise SettingsError(f"{root}: there is no such course folder")
    config = _nbgrader_config(root)
    course = config.CourseDirectory
    options = _options(root / "autograder.toml")
    kernels = options["kernels"]
    if sandbox is not None:
        kernels["sandbox"] = sandbox
    return Settings(
        root=root,
        structure=course.get("directory_structure", Settings.structure),
        source=course.get("source_directory", "source"),
        submitted=course.get("submitted_directory", "submitted"),
        autograded=course.get("autograded_directory", "autograded"),
        feedback=course.get("feedback_directory", "feedback"),
        notebook_glob=course.get("notebook_id", "*"),
        course_id=course.get("course_id", ""),
        db_url=course.get("db_url", ""),
        ignored=_ignored(course),
        judge=options["judge"],
        judge_by_unit=options["judge_by_unit"],
        check_reference=options["check_reference"],
        limits=Limits(
            **_nbgrader_limits(config, options["limits"]) | options["limits"]
        ),
        kernels=Kernels(**kernels),
        nbgrader=config,
    )


def _nbgrader_config(root: Path) -> Config:
    try:
        config = PyFileConfigLoader("nbgrader_config.py", path=str(root)).load_config()
    except ConfigFileNotFound:
        config = Config()
    except Exception as error:
        raise SettingsError(f"{root / 'nbgrader_config.py'}: {error!r}") from error
    return Config(config)


def _ignored(course: Config) -> tuple[str, ...]:
    """Patterns of files that belong to no unit; a config may add to the default."""
    value = course.get("ignore", IGNORED)
    if isinstance(value, LazyConfigValue):
        value = value.get_value(list(IGNORED))
    return tuple(value)


def _nbgrader_limits(config: Config, limits: dict[str, Any]) -> dict[str, Any]:
    """nbgrader's time limit per cell; none, or -1, means that of the submission."""
    for section in ("Execute", "ExecutePreprocessor", "NotebookClient"):
        if "timeout" in config[section]:
            timeout = config[section].timeout
            if not isinstance(timeout, int | float | None):
                raise SettingsError(f"c.{section}.timeout = {timeout!r}: not a number")
            whole = limits.get("submission_seconds", Limits.submission_seconds)
            return {"cell_seconds": timeout if timeout and timeout > 0 else whole}
    return {}


def _options(path: Path) -> dict[str, Any]:
    """What ``autograder.toml`` says, its keys checked."""
    try:
        raw = tomllib.loads(path.read_text()) if path.exists() else {}
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path}: {error}") from error
    known = {"check_reference", "judge", "judge_by_unit", "limits", "kernels"}
    unknown = set(raw) - known
    for table, kind in (("limits", Limits), ("kernels", Kernels)):
        if not isinstance(raw.get(table, {}), dict):
            raise SettingsError(f"{path}: [{table}] must be a table")
        unknown |= set(raw.get(table, {})) - {f.name for f in fields(kind)}
    if unknown:
        raise SettingsError(f"{path}: unknown settings: {', '.join(sorted(unknown))}")
    kernels = raw.get("kernels", {})
    for name in {"preload", "readable"} & set(kernels):
        if not isinstance(kernels[name], list):
            raise SettingsError(f"{path}: [kernels] {name} must be a list")
        kernels[name] = tuple(kernels[name])
    if not isinstance(raw.get("check_reference", False), bool):
        raise SettingsError(f"{path}: check_reference must be true or false")
    by_unit = raw.get("judge_by_unit", {})
    if not isinstance(by_unit, dict):
        raise SettingsError(f"{path}: [judge_by_unit] must be a table")
    return {
        "judge": raw.get("judge", SAME_KERNEL),
        "judge_by_unit": by_unit,
        "check_reference": raw.get("check_reference", False),
        "limits": raw.get("limits", {}),
        "kernels": kernels,
    }
