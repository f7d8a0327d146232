"""The command line: parses, calls, prints. Exit 0 done, 2 instructor, 3 machine."""

import os
import sys
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click
from tqdm import tqdm

from autograder.build import build_assignment, list_exercises, list_units
from autograder.check import check_notebook, load_rules
from autograder.collect import PLATFORMS, platform_prefixes
from autograder.collect import collect as collect_archive
from autograder.doctor import run_probes
from autograder.errors import AutograderError, MachineError
from autograder.execution.judging import same_kernel_tests
from autograder.execution.offline import leave_network
from autograder.execution.surroundings import remove_tree
from autograder.exporters import (
    JunitCase,
    annotation,
    cases_to_junit,
    fill_platform_csv,
    to_csv,
    to_json,
    to_junit,
    to_platform_csv,
)
from autograder.feedback import write_feedback, zip_feedback
from autograder.gradebook import Gradebook
from autograder.index import note_progress, write_index
from autograder.pipeline import grade_unit
from autograder.records import Exercise, Marks, Status
from autograder.release import release as release_units
from autograder.roster import ROSTER_FILE, Roster, read_roster
from autograder.runner import (
    LESSON,
    changed_notebooks,
    describe_failure,
    list_notebooks,
    run_notebooks,
    runs_to_junit,
)
from autograder.settings import Settings, load_settings
from autograder.similarity import answers_of, similar_pairs
from autograder.texts import LANGUAGES, note_texts
from autograder.validate import State, validate_file

if TYPE_CHECKING:
    from autograder.audit import ExerciseAudit

REPOSITORY = Path(__file__).resolve().parents[1]
STOPPED = "Stopped. What was graded is recorded; the same command goes on from there."


def entry() -> None:
    """The console script: `main` in a temporary folder of its own, then out at once.

    What still runs when something went wrong is not waited for: kernels die with this
    process, and whatever is recorded is complete.
    """
    folder = tempfile.mkdtemp(prefix=f"curso-{os.getpid()}-")
    tempfile.tempdir = folder
    try:
        main()
    except SystemExit as error:
        code = error.code if isinstance(error.code, int) else 0
    sys.stdout.flush()
    sys.stderr.flush()
    remove_tree(folder)
    os._exit(code)


def main() -> None:
    """Run the command line; an error of ours becomes one line and an exit code."""
    try:
        sys.exit(autograder(standalone_mode=False))
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        click.echo(STOPPED, err=True)
        sys.exit(130)
    except AutograderError as error:
        click.echo(f"error: {error}", err=True)
        sys.exit(error.exit_code)


@click.group()
@click.version_option(package_name="curso-aprendizaje-profundo")
def autograder() -> None:
    """Release, execute and grade course notebooks."""


existing = click.Path(exists=True, path_type=Path)
output = click.Path(path_type=Path)
course_option = click.option(
    "--course",
    type=existing,
    help="An nbgrader course folder; default: this repository.",
)
jobs_option = click.option("--jobs", type=click.IntRange(1), help="Default: all cores.")
roster_option = click.option(
    "--roster",
    "roster_path",
    type=click.Path(path_type=Path),
    help=f"CSV with id, name, email, group, canvas; default: {ROSTER_FILE} if there.",
)
junit_option = click.option(
    "--junit", "junit_path", type=output, help="Write the results as JUnit XML."
)
sandbox_option = click.option(
    "--sandbox", type=click.Choice(["on", "off"]), help="Default: on."
)


@autograder.command()
@click.argument("units", nargs=-1)
@click.option(
    "--all", "everything", is_flag=True, help="All units, as a student edition."
)
@click.option(
    "--to", "target", type=output, required=True, help="Folder to write into."
)
@course_option
def release(
    units: tuple[str, ...], everything: bool, target: Path, course: Path | None
) -> None:
    """Write student copies: no solution, no hidden test, nothing overwritten."""
    settings = _settings(course)
    chosen = list_units(settings) if everything else units
    if not chosen:
        raise click.UsageError("name a unit, or use --all")
    for file in release_units(settings, chosen, target, edition=everything):
        click.echo(f"{file.state:<10} {file.path}")
    if everything:
        click.echo(f"index      {write_index(target)}")


@autograder.command()
@click.argument("unit")
@course_option
@jobs_option
@click.option("--student", "students", multiple=True, help="Only this one; repeatable.")
@click.option("--force", is_flag=True, help="Also what has not changed.")
@click.option("--json", "json_path", type=output, help="Write the marks as JSON.")
@junit_option
@sandbox_option
def grade(
    unit: str,
    course: Path | None,
    jobs: int | None,
    students: tuple[str, ...],
    force: bool,
    json_path: Path | None,
    junit_path: Path | None,
    sandbox: str | None,
) -> None:
    """Grade what students handed in for UNIT."""
    settings = _settings(course, sandbox)
    with tqdm(unit="submission", desc=unit, disable=None) as bar:
        result = grade_unit(
            settings,
            unit,
            jobs=jobs or 0,
            students=students,
            force=force,
            on_graded=lambda marks, total: _advance(bar, total),
        )
    click.echo(marks_table(result.marks))
    if result.n_unchanged:
        click.echo(f"{result.n_unchanged} had not changed since they were graded.")
    if result.moved:
        click.echo("Other marks than before:")
    for student, before, after in result.moved:
        click.echo(f"  {student}: {before:g} -> {after:g}")
    _write(json_path, to_json(result.marks))
    _write(junit_path, to_junit(result.marks))


@autograder.command()
@click.argument("archive", type=click.Path(exists=True, path_type=Path))
@click.argument("unit")
@course_option
@click.option(
    "--from", "platform", type=click.Choice(PLATFORMS), required=True,
    help="Who made the archive; folder: a folder or notebook per student.",
)  # fmt: skip
@roster_option
def collect(
    archive: Path,
    unit: str,
    course: Path | None,
    platform: str,
    roster_path: Path | None,
) -> None:
    """Sort what a learning platform hands out into submitted/."""

    settings = _settings(course)
    roster = _roster(settings, roster_path)
    students, problems = collect_archive(settings, archive, unit, platform, roster)
    rows = [
        (c.student, len(c.pieces), f"{c.time:%Y-%m-%d %H:%M}", "; ".join(c.notes))
        for c in students
    ]
    click.echo(table(("student", "files", "UTC", ""), rows))
    for problem in problems:
        click.echo(problem, err=True)
    here = {c.student for c in students}
    missing = [person.id for person in roster.people if person.id not in here]
    if missing:
        click.echo(f"nothing from {len(missing)}: {', '.join(missing)}")


@autograder.command()
@click.argument("file", type=click.Path(path_type=Path))
def validate(file: Path) -> None:
    """Para estudiantes: ejecuta las pruebas visibles de tu notebook."""
    states = validate_file(file)
    note_progress(file, states)
    for exercise in states:
        click.echo(f"{exercise.state:<10} {exercise.title}")
        for line in exercise.message.splitlines():
            click.echo(f"           {line}")
    done = sum(exercise.is_done for exercise in states)
    points = sum(exercise.points for exercise in states)
    possible = sum(exercise.max_points for exercise in states)
    click.echo(
        f"\n{done} de {len(states)} ejercicios · "
        f"{points:g} de {possible:g} puntos de las pruebas visibles"
    )
    left = [e.title for e in states if e.state in (State.NOT_YET, State.WRONG)]
    if left:
        click.echo("Te falta: " + " · ".join(left))


@autograder.command()
@click.argument("unit")
@course_option
@click.option("--lang", type=click.Choice(LANGUAGES), default="es")
@click.option(
    "--zip", "zip_path", type=output, help="All pages, named as the platform asks."
)
def feedback(unit: str, course: Path | None, lang: str, zip_path: Path | None) -> None:
    """Write a page for each student of UNIT."""
    settings = _settings(course)
    pages = _write_all_feedback(settings, unit, lang)
    click.echo(f"{len(pages)} pages in {settings.feedback}/")
    if zip_path:
        zip_feedback(pages, platform_prefixes(settings, unit), unit, zip_path)
        click.echo(f"Written: {zip_path}", err=True)


@autograder.command()
@click.argument("units", nargs=-1)
@course_option
@click.option("--html", "path", type=output, default=Path("report.html"))
def report(units: tuple[str, ...], course: Path | None, path: Path) -> None:
    """Write the staff's report on UNITS, or on all that were graded."""
    _write_report(path, _settings(course), units)


@autograder.command()
@click.argument("units", nargs=-1)
@course_option
@click.option(
    "--format",
    "file_format",
    type=click.Choice(["csv", "canvas", "moodle", "gradescope"]),
    default="csv",
)
@click.option(
    "--fill",
    "exported",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Write the marks into a file that Canvas or Moodle exported.",
)
@roster_option
@click.option(
    "--to", "path", type=output, help="File to write; default: standard output."
)
def export(
    units: tuple[str, ...],
    course: Path | None,
    file_format: str,
    exported: Path | None,
    roster_path: Path | None,
    path: Path | None,
) -> None:
    """Export marks for other programs; platforms get one column per unit."""
    settings = _settings(course)
    graded = load_graded(settings, units)
    marks = [mark for found, _ in graded.values() for mark in found]
    if exported:
        before = exported.read_text(encoding="utf-8-sig")
        text, problems = fill_platform_csv(
            before, marks, _roster(settings, roster_path)
        )
        for problem in problems:
            click.echo(f"{exported}: {problem}", err=True)
    elif file_format == "csv":
        text = to_csv(marks, {unit: listed for unit, (_, listed) in graded.items()})
    else:
        text = to_platform_csv(marks, _roster(settings, roster_path), file_format)
    if path:
        _write(path, text)
    else:
        click.echo(text, nl=False)


@autograder.command()
@click.argument("units", nargs=-1)
@course_option
@jobs_option
@click.option("--full", is_flag=True, help="RAPIDO=False: the lessons at full length.")
@click.option("--seed", default=0, help="SEMILLA of the lessons.")
@click.option(
    "--force", is_flag=True, help="Also what has not changed since it passed."
)
@click.option(
    "--offline", is_flag=True, help="Without any network but loopback (Linux)."
)
@click.option("--changed", "base", help="Only what differs from this git revision.")
@junit_option
def run(
    units: tuple[str, ...],
    course: Path | None,
    jobs: int | None,
    full: bool,
    seed: int,
    force: bool,
    offline: bool,
    base: str | None,
    junit_path: Path | None,
) -> None:
    """Execute all lessons and reference solutions."""
    settings = _settings(course)
    if offline:
        leave_network()
    paths = list_notebooks(settings, units)
    if base:
        paths = changed_notebooks(paths, settings.root, base)
    runs = run_notebooks(
        paths, settings, full=full, seed=seed, jobs=jobs or 2, force=force
    )
    done = sorted(
        tqdm(runs, total=len(paths), unit="notebook", disable=None),
        key=lambda r: r.name,
    )
    rows = [
        (
            r.name,
            r.n_cells,
            f"{r.seconds:.1f}",
            f"{r.peak_mib:.0f}",
            "FAILED" if r.failure else "unchanged" if r.is_cached else "ok",
        )
        for r in done
    ]
    click.echo(table(("notebook", "cells", "s", "MiB", ""), rows))
    _write(junit_path, runs_to_junit(done))
    failures = [(r.name, r.failure) for r in done if r.failure]
    for name, failure in failures:
        click.echo(f"{name}: {describe_failure(failure)}", err=True)
        _annotate(
            settings.source_folder(name).with_suffix(".ipynb"),
            "run",
            describe_failure(failure),
        )
    sys.exit(2 if failures else 0)


@autograder.command()
@click.argument("targets", nargs=-1)
@course_option
@junit_option
def check(
    targets: tuple[str, ...], course: Path | None, junit_path: Path | None
) -> None:
    """Find what is wrong in notebooks: TARGETS are units or files; default: all."""
    settings = _settings(course)
    rules = load_rules(settings)
    paths = [Path(target) for target in targets if target.endswith(".ipynb")]
    units = [target for target in targets if not target.endswith(".ipynb")]
    paths += list_notebooks(settings, units) if units or not targets else []
    cases = []
    for path in paths:
        problems = []
        for finding in check_notebook(path, settings, rules):
            problems.append((finding.rule, f"{finding.cell}: {finding.message}"))
            click.echo(str(finding))
            _annotate(finding.path, *problems[-1])
        cases.append(JunitCase(path.parent.name, path.stem, 0.0, tuple(problems)))
    _write(junit_path, cases_to_junit("check", cases))
    n_found = sum(len(case.problems) for case in cases)
    click.echo(f"{len(paths)} notebooks, {n_found} findings", err=True)
    sys.exit(2 if n_found else 0)


@autograder.command()
@click.argument("units", nargs=-1)
@course_option
@jobs_option
@click.option("--all", "everything", is_flag=True, help="All mutants, not a sample.")
@click.option(
    "--sample",
    type=click.IntRange(min=1),
    default=20,
    show_default=True,
    help="Mutants per exercise.",
)
@click.option("--force", is_flag=True, help="Also what has not changed.")
@click.option("--json", "json_path", type=output, help="Write all results as JSON.")
@click.option("--markdown", "markdown_path", type=output, help="Write the table.")
@click.option("--html", "html_path", type=output, help="Write a page for people.")
@junit_option
def audit(
    units: tuple[str, ...],
    course: Path | None,
    jobs: int | None,
    everything: bool,
    sample: int,
    force: bool,
    json_path: Path | None,
    markdown_path: Path | None,
    html_path: Path | None,
    junit_path: Path | None,
) -> None:
    """Measure what the tests of each exercise catch: wrong answers and mutants."""
    from autograder import audit_report

    settings = _settings(course)
    audits: list[ExerciseAudit] = []
    n_sample = None if everything else sample
    for unit in units or list_units(settings):
        audits += _audit(settings, unit, jobs, n_sample=n_sample, use_cache=not force)
    rows = [
        (
            f"{a.unit} {a.exercise}",
            f"{a.max_points:g}",
            f"{a.n_wrong - len(a.let_through)}/{a.n_wrong}",
            a.n_mutants,
            f"{a.mutation_score:.3f}",
            f"{a.seconds:.0f}",
            "; ".join(a.problems) or "ok",
        )
        for a in audits
    ]
    head = ("exercise", "points", "wrong", "mutants", "score", "s", "")
    click.echo(table(head, rows))
    for a in audits:
        for survivor in a.survivors:
            click.echo(f"survivor  {a.unit} {a.exercise}  {survivor}")
        for problem in a.problems:
            _annotate(settings.source_folder(a.unit), a.exercise, problem)
    _write(json_path, audit_report.to_json(audits))
    _write(markdown_path, audit_report.to_markdown(audits))
    _write(html_path, audit_report.to_html(audits))
    _write(junit_path, audit_report.to_junit(audits))
    sys.exit(2 if any(a.problems for a in audits) else 0)


@autograder.command()
@click.argument("units", nargs=-1)
@course_option
@jobs_option
@click.option("--write", "path", type=existing, help="A file with the two markers.")
def overview(
    units: tuple[str, ...], course: Path | None, jobs: int | None, path: Path | None
) -> None:
    """A table of the units: what they hold, how fast, how well tested.

    Runs the lessons and audits all exercises, except what has not changed.
    """
    from autograder.overview import look_over, put_into, to_markdown

    settings = _settings(course)
    rules, rows = load_rules(settings), []
    for unit in units or list_units(settings):
        lesson = settings.source_folder(unit) / f"{LESSON}.ipynb"
        quick, full = (
            next(run_notebooks([lesson], settings, full=is_full))
            for is_full in (False, True)
        )
        audits = _audit(settings, unit, jobs)
        rows.append(look_over(settings, unit, rules, (quick, full), audits))
    text = to_markdown(rows)
    click.echo(text)
    if path:
        _write(path, put_into(path, text))


@autograder.command()
@course_option
@click.argument("options", nargs=-1, type=click.UNPROCESSED)
def formgrader(course: Path | None, options: tuple[str, ...]) -> None:
    """Grade free answers by hand, in nbgrader's formgrader on this gradebook.

    OPTIONS after ``--`` go to `jupyter server`.
    """
    os.chdir(_settings(course).root)
    server = [sys.executable, "-m", "jupyter", "server"]
    os.execv(server[0], [*server, "--ServerApp.default_url=/formgrader", *options])


@autograder.command()
@click.argument("units", nargs=-1)
@click.option("--to", "target", type=output, default=Path("demo"), show_default=True)
@jobs_option
def demo(units: tuple[str, ...], target: Path, jobs: int | None) -> None:
    """Simulate a class, grade it, and write the report and the feedback pages."""
    from autograder.demo import UNITS, make_class

    settings = make_class(REPOSITORY, target, units or UNITS)
    for unit in list_units(settings):
        with tqdm(unit="submission", desc=unit, disable=None) as bar:
            result = grade_unit(
                settings,
                unit,
                jobs=jobs or 0,
                on_graded=lambda m, total: _advance(bar, total),
            )
        click.echo(marks_table(result.marks))
        _write_all_feedback(settings, unit, "es")
    _write_report(target / "report.html", settings, ())
    click.echo(f"Feedback pages: {target / settings.feedback}")


@autograder.command()
def doctor() -> None:
    """Try everything that grading needs from this machine."""
    probes = []
    for probe in run_probes():
        click.echo(f"{'ok ' if probe.is_good else 'BAD'} {probe.name}: {probe.seen}")
        probes.append(probe)
    if not all(probe.is_good for probe in probes):
        raise MachineError("this machine cannot grade as it is")


def _audit(
    settings: Settings,
    unit: str,
    jobs: int | None,
    *,
    n_sample: int | None = None,
    use_cache: bool = True,
) -> "tuple[ExerciseAudit, ...]":
    """Audit a unit behind a progress bar."""
    from autograder.audit import audit_unit

    with tqdm(unit="case", desc=unit, disable=None) as bar:
        return audit_unit(
            settings,
            unit,
            n_sample=n_sample,
            jobs=jobs or 0,
            use_cache=use_cache,
            on_case=lambda total: _advance(bar, total),
        )


def load_graded(
    settings: Settings, units: Sequence[str]
) -> dict[str, tuple[tuple[Marks, ...], tuple[Exercise, ...]]]:
    """Marks and exercises of units, or of all graded ones, from the gradebook."""
    with Gradebook(settings) as gradebook:
        return {
            unit: (
                gradebook.load_marks(unit),
                list_exercises(build_assignment(settings, unit)),
            )
            for unit in units or gradebook.list_graded_units()
        }


def marks_table(marks: Iterable[Marks]) -> str:
    """One line per submission, for the terminal."""
    rows = [
        (
            m.student,
            f"{m.score:g} / {m.max_score:g}",
            "manual" if m.needs_manual_grade else "",
            f"{m.seconds:.1f}",
            f"{m.peak_mib:.0f}",
            _remark(m),
        )
        for m in marks
    ]
    return table(("student", "score", "", "s", "MiB", "remarks"), rows)


def table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Columns aligned to their widest entry."""
    lines = [[str(entry) for entry in row] for row in (head, *rows)]
    widths = [max(len(line[i]) for line in lines) for i in range(len(head))]
    return "\n".join(
        "  ".join(
            entry.ljust(width) for entry, width in zip(line, widths, strict=True)
        ).rstrip()
        for line in lines
    )


def _remark(marks: Marks) -> str:
    kind = "unreadable: " if marks.status is Status.UNREADABLE else ""
    text = " ".join(note_texts(marks.notes, "en"))
    return (kind + text)[:90]


def _write_all_feedback(
    settings: Settings, unit: str, language: str
) -> dict[str, Path]:
    """The page of each student."""
    assignment = build_assignment(settings, unit)
    pages = {}
    with Gradebook(settings) as gradebook:
        everyone = gradebook.load_marks(unit)
        for marks in everyone:
            comments = gradebook.load_comments(marks.student, unit)
            pages[marks.student] = write_feedback(
                settings, assignment, marks, comments, language
            )
    return pages


def _write_report(path: Path, settings: Settings, units: Sequence[str]) -> None:
    from autograder.reports import UnitReport, render_report  # seaborn takes a second

    reports = []
    for unit, (marks, exercises) in load_graded(settings, units).items():
        assignment = build_assignment(settings, unit)
        students = [m.student for m in marks]
        pairs = similar_pairs(*answers_of(settings, assignment, students))
        same_kernel = same_kernel_tests(assignment, settings)
        reports.append(UnitReport(unit, marks, exercises, same_kernel, tuple(pairs)))
    page = render_report(reports)
    _write(path, page)


def _annotate(path: Path, title: str, message: str) -> None:
    """Within GitHub's actions, say what is wrong where its pages show it."""
    if os.environ.get("GITHUB_ACTIONS") == "true":
        here = os.path.relpath(path)
        click.echo(annotation(here, title, message))


def _roster(settings: Settings, path: Path | None) -> Roster:
    """The roster that was named, or the course's, or an empty one."""
    default = settings.root / ROSTER_FILE
    if path is None and not default.exists():
        return Roster()
    return read_roster(path or default)


def _settings(course: Path | None, sandbox: str | None = None) -> Settings:
    is_on = None if sandbox is None else sandbox == "on"
    return load_settings(course or REPOSITORY, sandbox=is_on)


def _advance(bar: "tqdm[object]", total: int) -> None:
    bar.total = total
    bar.update()


def _write(path: Path | None, text: str) -> None:
    if path is None:
        return
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise MachineError(f"{path}: {error}") from error
    click.echo(f"Written: {path}")
