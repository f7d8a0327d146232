"""Execute every lesson and every reference solution of a course."""

import hashlib
import json
import shutil
import subprocess
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, replace
from pathlib import Path

import nbformat

from autograder.build import list_files, list_units
from autograder.dependencies import helper_files
from autograder.errors import InstructorError, UnknownUnitError
from autograder.execution.engine import execute_file
from autograder.execution.surroundings import scratch_folder
from autograder.exporters import JunitCase, cases_to_junit
from autograder.records import CellOutcome, Outcome
from autograder.settings import Kernels, Limits, Settings

LESSON = "leccion"
RUN_SECONDS = 600.0


CACHE_FILE = ".autograder-runs.json"


@dataclass(frozen=True)
class Run:
    """One executed notebook; `failure` is the cell that stopped it.

    `is_cached`: not executed, because nothing has changed since it last succeeded.
    """

    unit: str
    notebook: str
    n_cells: int
    seconds: float
    peak_mib: float
    failure: CellOutcome | None = None
    is_cached: bool = False

    @property
    def name(self) -> str:
        """Unit and notebook."""
        return f"{self.unit}/{self.notebook}"


def list_notebooks(settings: Settings, units: Sequence[str] = ()) -> list[Path]:
    """The notebooks of these units, or of all, graded or not.

    Raises
    ------
    UnknownUnitError
        If a unit does not exist.
    """
    known = list_units(settings)
    unknown = [unit for unit in units if unit not in known]
    if unknown:
        raise UnknownUnitError(
            f"{', '.join(unknown)}: no such unit; known units: {', '.join(known)}"
        )
    folders = [settings.source_folder(unit) for unit in units or known]
    return [path for folder in folders for path in sorted(folder.glob("*.ipynb"))]


def changed_notebooks(paths: Iterable[Path], root: Path, base: str) -> list[Path]:
    """The notebooks that differ from a git revision, in themselves or in what they use.

    Raises
    ------
    InstructorError
        If git does not know the revision, or the course is in no repository.
    """
    git = ["git", "-C", str(root)]
    changed: set[Path] = set()
    for command in (
        [*git, "diff", "--name-only", "--relative", "-z", base, "--"],
        [*git, "ls-files", "--others", "--exclude-standard", "-z"],
    ):
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise InstructorError(f"--changed {base}: {done.stderr.strip()}")
        changed |= {root / name for name in done.stdout.split("\0") if name}
    return [path for path in paths if changed.intersection(_dependencies(path, root))]


def run_notebooks(
    paths: Sequence[Path],
    settings: Settings,
    *,
    full: bool = False,
    seed: int = 0,
    jobs: int = 2,
    force: bool = False,
) -> Iterator[Run]:
    """Execute notebooks, `jobs` at a time; results come as they are done.

    Lessons get the parameters ``RAPIDO`` (False if `full`) and ``SEMILLA``. A notebook
    that succeeded before is not executed again, unless `force`, while it, its data,
    what it imports of `course_utils`, the pins and the parameters are the same.
    """
    limits = replace(
        settings.limits,
        cell_seconds=RUN_SECONDS,
        question_seconds=RUN_SECONDS,
        submission_seconds=RUN_SECONDS,
    )
    kernels = replace(settings.kernels, sandbox=False)
    cache_path = settings.root / CACHE_FILE
    cache = json.loads(cache_path.read_text()) if cache_path.exists() else {}
    parameters: dict[str, object] = {"RAPIDO": not full, "SEMILLA": seed}
    keys = {path: _key(path, settings.root, parameters) for path in paths}
    known = {} if force else {p: cache[key] for p, key in keys.items() if key in cache}
    yield from (Run(**remembered, is_cached=True) for remembered in known.values())
    with ThreadPoolExecutor(jobs) as executor:
        futures = {
            executor.submit(_run, path, parameters, limits, kernels): keys[path]
            for path in paths
            if path not in known
        }
        for future in as_completed(futures):
            run = future.result()
            if not run.failure:
                cache[futures[future]] = _remembered(run)
                cache_path.write_text(json.dumps(cache, indent=1, sort_keys=True))
            yield run


def runs_to_junit(runs: Sequence[Run]) -> str:
    """Runs as JUnit XML: one suite, one case per notebook."""
    return cases_to_junit(
        "notebooks",
        [
            JunitCase(
                run.unit,
                run.notebook,
                run.seconds,
                ((run.failure.outcome, describe_failure(run.failure)),)
                if run.failure
                else (),
            )
            for run in runs
        ],
    )


def describe_failure(failure: CellOutcome) -> str:
    """Cell, kind and text of what stopped a notebook."""
    where = failure.grade_id or f"cell {failure.index + 1}"
    return f"{where}: {failure.outcome}: {failure.error} {failure.message}".strip()


def _key(path: Path, root: Path, parameters: dict[str, object]) -> str:
    """Hash of everything that the execution of a notebook depends on."""
    digest = hashlib.sha256(json.dumps([path.parent.name, parameters]).encode())
    for file in _dependencies(path, root):
        if file.exists():
            digest.update(file.name.encode() + file.read_bytes())
    return digest.hexdigest()


def _dependencies(path: Path, root: Path) -> list[Path]:
    """A notebook, the files beside it, the helpers it imports and the pins."""
    beside = [path.parent / name for name in list_files(path.parent)]
    cells = nbformat.read(path, as_version=4).cells
    code = [cell.source for cell in cells if cell.cell_type == "code"]
    return [path, *beside, *helper_files(code, root), root / "constraints.txt"]


def _remembered(run: Run) -> dict[str, object]:
    return {
        "unit": run.unit,
        "notebook": run.notebook,
        "n_cells": run.n_cells,
        "seconds": run.seconds,
        "peak_mib": run.peak_mib,
    }


def _run(
    path: Path, parameters: dict[str, object], limits: Limits, kernels: Kernels
) -> Run:
    with scratch_folder() as scratch:
        for name in list_files(path.parent):
            target = scratch / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path.parent / name, target)
        execution = execute_file(
            path,
            parameters=parameters if path.stem == LESSON else {},
            limits=limits,
            kernels=kernels,
            cwd=scratch,
        )
    failures = (cell for cell in execution.cells if cell.outcome is not Outcome.PASSED)
    return Run(
        unit=path.parent.name,
        notebook=path.stem,
        n_cells=len(execution.cells),
        seconds=sum(cell.seconds for cell in execution.cells),
        peak_mib=max((cell.peak_mib for cell in execution.cells), default=0.0),
        failure=next(failures, None),
    )
