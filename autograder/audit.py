"""Are the tests of an exercise worth their points? Measured, not believed.

Each exercise is graded, exactly as a student's copy would be, with its reference
solution (repeatedly, with other seeds and orders), with nothing, with the named wrong
and right answers kept beside the unit, and with mutants of the reference. A test that
lets a wrong answer or a mutant through is one that a student can pass by mistake.
"""

import hashlib
import json
import random
import tomllib
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from copy import deepcopy
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from nbformat import NotebookNode

from autograder.answers import read_answers
from autograder.build import (
    ANSWERS_FILE,
    EQUIVALENT_FILE,
    build_assignment,
    list_exercises,
)
from autograder.dependencies import helper_files
from autograder.errors import SourceError
from autograder.mutants import Mutant, make_mutants
from autograder.pipeline import grade_one, n_in_flight, prepare_kernels
from autograder.records import (
    Assignment,
    Exercise,
    ReleasedNotebook,
    Submission,
    SubmittedNotebook,
    grade_id_of,
)
from autograder.settings import Settings

CACHE_FILE = ".autograder-audit.json"
N_REPEATS = 10
MIN_SCORE = 0.90
# Modules that take no part in grading: a change there changes no result
BYSTANDERS = frozenset((
    "__main__", "analysis", "audit_report", "check", "cli", "collect", "demo", "doctor",
    "exporters", "feedback", "offline", "overview", "release", "reports", "roster",
    "runner", "similarity", "texts", "validate",
))  # fmt: skip
CELL_SECONDS = 10.0  # a mutant that loops need not use up a student's patience


@dataclass(frozen=True)
class Case:
    """One answer to one exercise, and what it should earn.

    `kind` is reference, blank, wrong, right or mutant.
    """

    exercise: str
    kind: str
    name: str
    source: str
    seed: int = 0
    line: int = 0

    @property
    def earns_all(self) -> bool:
        """Whether a test may not take a point from it."""
        return self.kind in ("reference", "right")


@dataclass(frozen=True)
class Result:
    """What a case earned: points of the exercise's tests, and seconds."""

    points: float
    max_points: float
    seconds: float


@dataclass(frozen=True)
class ExerciseAudit:
    """How an exercise's tests did.

    `survivors` are mutants that earned everything; `let_through` named wrong answers
    that did; `refused` named right answers, or repeats of the reference, that did not.
    """

    unit: str
    exercise: str
    title: str
    max_points: float
    n_wrong: int
    n_right: int
    n_mutants: int
    n_equivalent: int
    blank_points: float
    seconds: float
    survivors: tuple[str, ...] = ()
    let_through: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()

    @property
    def mutation_score(self) -> float:
        """Share of the mutants that lost points; 1 where there is none."""
        if not self.n_mutants:
            return 1.0
        return 1 - len(self.survivors) / self.n_mutants

    @property
    def problems(self) -> tuple[str, ...]:
        """Why it is below the bar; empty when it is not."""
        found = [f"refuses {name}" for name in self.refused]
        found += [f"lets {name} through" for name in self.let_through]
        if self.blank_points:
            found.append(f"gives {self.blank_points:g} points for nothing")
        if self.mutation_score < MIN_SCORE:
            score = f"{self.mutation_score:.2f}"
            found.append(f"mutation score {score}, less than {MIN_SCORE:.2f}")
        return tuple(found)


def audit_unit(
    settings: Settings,
    unit: str,
    *,
    n_sample: int | None = None,
    jobs: int = 0,
    use_cache: bool = True,
    on_case: Callable[[int], None] = lambda total: None,
) -> tuple[ExerciseAudit, ...]:
    """Audit the graded exercises of a unit.

    Parameters
    ----------
    n_sample
        Mutants per exercise, spread evenly; all when None.
    jobs
        As in `pipeline.grade_unit`.
    use_cache
        Whether cases whose exercise, answer and libraries are unchanged count as done.
    on_case
        Called after each case with their number.

    Raises
    ------
    SourceError
        If the unit or a file beside it cannot be read.
    """
    prepare_kernels(settings.kernels)
    limit = min(settings.limits.cell_seconds, CELL_SECONDS)
    settings = replace(settings, limits=replace(settings.limits, cell_seconds=limit))
    assignment = build_assignment(settings, unit)
    folder = settings.source_folder(unit)
    equivalent = read_equivalent(folder / EQUIVALENT_FILE)
    exercises = [e for e in list_exercises(assignment) if _is_auditable(assignment, e)]
    cases, mutants = [], {}
    for exercise in exercises:
        mutants[exercise.grade_id] = _mutants(assignment, exercise, equivalent)
        cases += list_cases(
            assignment, exercise, folder, mutants[exercise.grade_id], n_sample
        )
    _check_equivalent(equivalent, mutants, folder)
    results = dict(_run(cases, assignment, settings, jobs, use_cache, on_case))
    return tuple(
        _summarise(assignment, exercise, results, equivalent) for exercise in exercises
    )


def read_equivalent(path: Path) -> dict[str, dict[str, str]]:
    """Mutants that a reviewer found to be no mistakes: exercise -> key -> reason.

    Raises
    ------
    SourceError
        If the file is not of that form, or a reason is missing.
    """
    try:
        raw = tomllib.loads(path.read_text()) if path.exists() else {}
    except (OSError, ValueError) as error:
        raise SourceError(str(error), str(path)) from error
    for exercise, keys in raw.items():
        if not isinstance(keys, dict) or not all(
            isinstance(reason, str) and reason.strip() for reason in keys.values()
        ):
            raise SourceError("not a table of key = 'reason'", str(path), exercise)
    return raw


def list_cases(
    assignment: Assignment,
    exercise: Exercise,
    folder: Path,
    mutants: Sequence[Mutant],
    n_sample: int | None,
) -> list[Case]:
    """All that an exercise is graded with."""
    name, reference = exercise.grade_id, _reference(assignment, exercise)
    cases = [
        Case(name, "reference", f"seed {seed}", reference, seed)
        for seed in range(N_REPEATS)
    ]
    cases.append(Case(name, "blank", "blank", exercise.answer.source))
    cases += [
        Case(name, answer.kind, answer.name, answer.source)
        for answer in read_answers(folder / ANSWERS_FILE)
        if answer.grade_id == name
    ]
    cases += [
        Case(name, "mutant", _name(mutant), mutant.source, line=mutant.line)
        for mutant in _sample(mutants, n_sample)
    ]
    return cases


def _is_auditable(assignment: Assignment, exercise: Exercise) -> bool:
    is_code = exercise.answer.cell_type == "code" and exercise.answer.is_solution
    return is_code and any(test.is_graded for test in exercise.tests)


def _released(assignment: Assignment, exercise: Exercise) -> ReleasedNotebook:
    [found] = [n for n in assignment.notebooks if n.name == exercise.notebook]
    return found


def _reference(assignment: Assignment, exercise: Exercise) -> str:
    return _released(assignment, exercise).solutions[exercise.grade_id]


def _mutants(
    assignment: Assignment, exercise: Exercise, equivalent: dict[str, dict[str, str]]
) -> list[Mutant]:
    """Mutants of the reference, without those that a reviewer declared equivalent."""
    known = equivalent.get(exercise.grade_id, {})
    made = make_mutants(_reference(assignment, exercise))
    return [mutant for mutant in made if mutant.key not in known]


def _check_equivalent(
    equivalent: dict[str, dict[str, str]],
    mutants: dict[str, list[Mutant]],
    folder: Path,
) -> None:
    """An exclusion for an exercise that is gone hides nothing and confuses."""
    path = str(folder / EQUIVALENT_FILE)
    for exercise in equivalent.keys() - mutants.keys():
        raise SourceError("there is no such exercise", path, exercise)


def _sample(mutants: Sequence[Mutant], n_sample: int | None) -> Sequence[Mutant]:
    if n_sample is None or len(mutants) <= n_sample:
        return mutants
    step = len(mutants) / n_sample
    return [mutants[int(number * step)] for number in range(n_sample)]


def _name(mutant: Mutant) -> str:
    return f"{mutant.key} line {mutant.line}: {mutant.before} -> {mutant.after}"


def _run(
    cases: Sequence[Case],
    assignment: Assignment,
    settings: Settings,
    jobs: int,
    use_cache: bool,
    on_case: Callable[[int], None],
) -> Iterator[tuple[Case, Result]]:
    path = settings.root / CACHE_FILE
    known = _read_cache(path) if use_cache else {}
    basis = _basis(assignment, settings)
    keys = {case: _key(basis, case) for case in cases}
    fresh: dict[str, Any] = {}
    for case in cases:
        if keys[case] in known:
            on_case(len(cases))
            yield case, Result(**known[keys[case]])
    todo = [case for case in cases if keys[case] not in known]
    with ThreadPoolExecutor(n_in_flight(jobs, settings)) as executor:
        futures = [
            executor.submit(run_cases, group, assignment, settings)
            for group in _groups(assignment, todo)
        ]
        try:
            for future in as_completed(futures):
                for case, result in future.result().items():
                    fresh[keys[case]] = asdict(result)
                    on_case(len(cases))
                    yield case, result
        finally:
            for future in futures:
                future.cancel()
            path.write_text(json.dumps(_read_cache(path) | fresh, sort_keys=True))


def _read_cache(path: Path) -> dict[str, Any]:
    try:
        cache: dict[str, Any] = json.loads(path.read_text())
    except (OSError, ValueError):
        return {}
    return cache


def _groups(assignment: Assignment, cases: Iterable[Case]) -> list[list[Case]]:
    """Cases that one run answers: the repeats of one seed in a notebook."""
    notebook_of = {e.grade_id: e.notebook for e in list_exercises(assignment)}
    groups: dict[Any, list[Case]] = {}
    for case in cases:
        is_shared = case.kind == "reference" and case.seed
        key = (notebook_of[case.exercise], case.seed) if is_shared else case
        groups.setdefault(key, []).append(case)
    return list(groups.values())


def run_cases(
    cases: Sequence[Case], assignment: Assignment, settings: Settings
) -> dict[Case, Result]:
    """Grade an answer with the tests of its exercise; the others keep the reference.

    Several cases are repeats of the reference with one seed: they share a run of all
    the notebook's tests, the exercises in another order.
    """
    first = cases[0]
    exercises = {e.grade_id: e for e in list_exercises(assignment)}
    exercise = exercises[first.exercise]
    order = [exercise]
    if first.kind == "reference" and first.seed:
        order = [e for e in exercises.values() if e.notebook == exercise.notebook]
        random.Random(first.seed).shuffle(order)
    released = arrange(_released(assignment, exercise), order)
    document = deepcopy(released.reference)
    for cell in document.cells:
        if grade_id_of(cell) == first.exercise:
            cell.source = first.source
    kernels = replace(settings.kernels, seed=first.seed)
    single = replace(assignment, notebooks=(released,))
    submitted = SubmittedNotebook(released.name, document)
    submission = Submission(first.kind, assignment.unit, (submitted,))
    marks = grade_one(single, submission, replace(settings, kernels=kernels)).marks
    results = {}
    for case in cases:
        cells = [c for c in marks.of(exercises[case.exercise]) if c.points is not None]
        results[case] = Result(
            points=sum(cell.points or 0.0 for cell in cells),
            max_points=sum(cell.max_points for cell in cells),
            seconds=marks.seconds / len(cases),
        )
    return results


def arrange(released: ReleasedNotebook, order: Sequence[Exercise]) -> ReleasedNotebook:
    """A notebook with all its other cells first, then the tests of some exercises."""
    tests = [test.grade_id for exercise in order for test in exercise.tests]
    is_test = {cell.grade_id: cell.is_test for cell in released.cells}

    def pick(document: NotebookNode) -> NotebookNode:
        others = [c for c in document.cells if not is_test.get(grade_id_of(c), False)]
        by_id = {grade_id_of(cell): cell for cell in document.cells}
        copy = deepcopy(document)
        copy.cells = [*others, *(by_id[name] for name in tests)]
        return copy

    return replace(
        released,
        reference=pick(released.reference),
        graded=pick(released.graded),
        student=pick(released.student),
        cells=tuple(c for c in released.cells if not c.is_test or c.grade_id in tests),
    )


def _basis(assignment: Assignment, settings: Settings) -> str:
    """Hash of what all cases of a unit depend on beside their own source."""
    digest = hashlib.sha256()
    code: list[str] = []
    for released in assignment.notebooks:
        cells = released.reference.cells
        code += [cell.source for cell in cells if cell.cell_type == "code"]
    digest.update(json.dumps(code).encode())
    for name in assignment.files:
        digest.update(name.encode() + (assignment.folder / name).read_bytes())
    modules = Path(__file__).parent.rglob("*.py")
    grader = sorted(path for path in modules if path.stem not in BYSTANDERS)
    answers = settings.source_folder(assignment.unit) / ANSWERS_FILE
    imports = [*code, answers.read_text()] if answers.exists() else code
    helpers = helper_files(imports, settings.root)
    for file in (*grader, *helpers, settings.root / "constraints.txt"):
        if file.exists():
            digest.update(file.name.encode() + file.read_bytes())
    options = [asdict(settings.limits), settings.judge_of(assignment.unit)]
    return digest.hexdigest() + json.dumps(options, sort_keys=True)


def _key(basis: str, case: Case) -> str:
    text = json.dumps([basis, case.exercise, case.kind, case.source, case.seed])
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _summarise(
    assignment: Assignment,
    exercise: Exercise,
    results: dict[Case, Result],
    equivalent: dict[str, dict[str, str]],
) -> ExerciseAudit:
    mine = {c: r for c, r in results.items() if c.exercise == exercise.grade_id}
    whole = [case for case, result in mine.items() if _has_all(result)]

    def n_of(kind: str) -> int:
        return sum(case.kind == kind for case in mine)

    def named(cases: Iterable[Case], kind: str) -> tuple[str, ...]:
        return tuple(sorted(c.name for c in cases if c.kind == kind))

    refused = [c for c in mine if c.earns_all and c not in whole]
    return ExerciseAudit(
        unit=assignment.unit,
        exercise=exercise.grade_id,
        title=exercise.title,
        max_points=exercise.max_points,
        n_wrong=n_of("wrong"),
        n_right=n_of("right"),
        n_mutants=n_of("mutant"),
        n_equivalent=len(equivalent.get(exercise.grade_id, {})),
        blank_points=sum(r.points for c, r in mine.items() if c.kind == "blank"),
        seconds=sum(result.seconds for result in mine.values()),
        survivors=tuple(
            case.name
            for case in sorted(whole, key=lambda c: (c.line, c.name))
            if case.kind == "mutant"
        ),
        let_through=named(whole, "wrong"),
        refused=tuple(sorted(f"{case.kind} {case.name}" for case in refused)),
    )


def _has_all(result: Result) -> bool:
    return result.points >= result.max_points > 0
