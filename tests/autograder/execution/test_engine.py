"""Every failure of a cell is an outcome, and costs that cell only."""

import os
import subprocess
import sys
from pathlib import Path

import nbformat
import papermill
import psutil
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell
from papermill.exceptions import PapermillExecutionError

from autograder.errors import KernelStartError, SourceError
from autograder.execution import kernel
from autograder.execution.engine import execute_document, execute_file
from autograder.records import NotebookExecution, Outcome
from autograder.settings import Kernels, Limits
from tests.factories import notebook

P, F, R = Outcome.PASSED, Outcome.FAILED, Outcome.RAISED


def run(tmp_path: Path, *sources: str, **limits: float) -> NotebookExecution:
    document = notebook(*(new_code_cell(source) for source in sources))
    return execute_document(
        "nb",
        document,
        kernel_name="python3",
        limits=Limits(**limits),  # type: ignore[arg-type]
        kernels=Kernels(),
        cwd=tmp_path,
    )


def outcomes(execution: NotebookExecution) -> list[Outcome]:
    return [cell.outcome for cell in execution.cells]


def test_each_kind_of_exception_gives_its_outcome_and_the_run_goes_on(
    tmp_path: Path,
) -> None:
    execution = run(
        tmp_path,
        "assert 1 == 2, 'no'",
        "1/0",
        "raise SystemExit",
        "raise KeyboardInterrupt",
        "def (",
        "40 + 2",
    )

    assert outcomes(execution) == [F, R, R, R, R, P]
    assert (execution.cells[0].error, execution.cells[0].message) == (
        "AssertionError",
        "no",
    )
    assert execution.cells[-1].result == "42"


def test_cell_whose_traceback_is_suppressed_still_fails_and_shows_an_error(
    tmp_path: Path,
) -> None:
    execution = run(
        tmp_path,
        "from IPython.core.interactiveshell import InteractiveShell\n"
        "InteractiveShell.showtraceback = lambda *a, **k: None",
        "assert False",
    )

    assert outcomes(execution) == [P, F]
    [error] = execution.document.cells[1].outputs
    assert error.output_type == "error"


def test_stderr_and_warnings_do_not_make_a_cell_fail(tmp_path: Path) -> None:
    execution = run(tmp_path, "import warnings; warnings.warn('cuidado')")

    assert outcomes(execution) == [P]
    assert execution.document.cells[0].outputs[0].name == "stderr"


def test_skip_tag_and_raises_exception_tag_are_not_obeyed(tmp_path: Path) -> None:
    cell = new_code_cell("assert False", metadata={"tags": ["skip-execution"]})
    other = new_code_cell("1/0", metadata={"tags": ["raises-exception"]})

    execution = execute_document(
        "nb",
        notebook(cell, other),
        kernel_name="python3",
        limits=Limits(),
        kernels=Kernels(),
        cwd=tmp_path,
    )

    assert outcomes(execution) == [F, R]


def test_loop_is_timed_out_and_keeps_the_state_before_it(tmp_path: Path) -> None:
    execution = run(tmp_path, "x = 7", "while True: pass", "x", cell_seconds=1)

    assert outcomes(execution) == [P, Outcome.TIMED_OUT, P]
    assert execution.cells[2].result == "7"


def test_crowded_machine_costs_no_cell_its_time(tmp_path: Path) -> None:
    work = "import time\nwhile time.process_time() - began < 0.8: pass"
    forever = [sys.executable, "-c", "while True: pass"]
    crowd = [
        subprocess.Popen(forever, start_new_session=True)
        for _ in range(3 * (os.cpu_count() or 1))
    ]
    try:
        execution = run(
            tmp_path,
            "import time; began = time.process_time()",
            work,
            "time.sleep(5)",
            cell_seconds=1.2,
        )
    finally:
        for process in crowd:
            process.kill()
            process.wait()

    assert outcomes(execution) == [P, P, Outcome.TIMED_OUT]
    assert execution.cells[1].seconds > 1.2


def test_session_that_crowds_out_itself_stretches_its_limits_only_so_far(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kernel, "_queued_seconds", lambda pid: 1e6)

    execution = run(tmp_path, "import time; time.sleep(60)", cell_seconds=0.5)

    assert outcomes(execution) == [Outcome.TIMED_OUT]
    assert execution.cells[0].seconds < 30


def test_stopped_kernel_is_killed_and_replayed(tmp_path: Path) -> None:
    stop = "import os, signal; os.kill(os.getpid(), signal.SIGSTOP)"

    execution = run(tmp_path, "x = 7", stop, "x", cell_seconds=1)

    assert outcomes(execution) == [P, Outcome.TIMED_OUT, P]
    assert execution.cells[2].result == "7"


def test_cell_that_swallows_interrupts_and_returns_late_earns_no_pass(
    tmp_path: Path,
) -> None:
    source = (
        "import time\n"
        "end = time.monotonic() + 2\n"
        "while time.monotonic() < end:\n"
        "    try:\n"
        "        time.sleep(0.1)\n"
        "    except BaseException: pass"
    )

    execution = run(tmp_path, source, "1", cell_seconds=1)

    assert outcomes(execution) == [Outcome.TIMED_OUT, P]


def test_dead_kernel_costs_its_cell_and_the_rest_is_replayed_without_it(
    tmp_path: Path,
) -> None:
    execution = run(
        tmp_path,
        "x = [1]",
        "import os; os._exit(1)",
        "x.append(2); x",
        "os._exit(1)",
        "x",
    )

    # after the first death `os` is gone with the cell that imported it
    assert outcomes(execution) == [P, Outcome.KERNEL_DIED, P, R, P]
    assert execution.cells[2].result == execution.cells[4].result == "[1, 2]"


def test_replayed_cells_keep_their_first_outputs(tmp_path: Path) -> None:
    execution = run(
        tmp_path, "import time; print(time.monotonic_ns())", "exit_now()", "1"
    )
    again = run(tmp_path, "print('uno')", "import os; os._exit(1)", "2")

    assert outcomes(execution) == [P, R, P]
    assert again.document.cells[0].outputs[0].text == "uno\n"
    assert [len(cell.outputs) for cell in again.document.cells] == [1, 1, 1]


def test_memory_hog_is_stopped_near_the_limit_and_the_run_goes_on(
    tmp_path: Path,
) -> None:
    hog = "x = [bytearray(2**24) for _ in range(10**4)]"

    execution = run(tmp_path, "y = 1", hog, "y", memory_mib=400)

    assert outcomes(execution) == [P, Outcome.OUT_OF_MEMORY, P]
    assert 200 < execution.cells[1].peak_mib < 1500


def test_submission_limit_leaves_the_rest_not_run(tmp_path: Path) -> None:
    execution = run(
        tmp_path,
        "import time; time.sleep(9)",
        "1",
        cell_seconds=30,
        submission_seconds=1,
    )

    assert outcomes(execution) == [Outcome.TIMED_OUT, Outcome.NOT_RUN]


def test_endless_output_is_cut_at_the_limit(tmp_path: Path) -> None:
    execution = run(
        tmp_path, "while True: print('a' * 99)", cell_seconds=2, output_kib=64
    )

    text = "".join(o.get("text", "") for o in execution.document.cells[0].outputs)
    assert outcomes(execution) == [Outcome.TIMED_OUT]
    assert 60 * 1024 < len(text) < 70 * 1024


def test_large_output_of_a_good_cell_is_cut_and_its_value_kept(tmp_path: Path) -> None:
    execution = run(tmp_path, "print('a' * 10**6)\n1.5", output_kib=8)

    assert outcomes(execution) == [P]
    assert execution.cells[0].result == "1.5"


def test_processes_of_a_submission_are_gone_when_it_ends(tmp_path: Path) -> None:
    fork = (
        "import subprocess, sys\n"
        "child = subprocess.Popen([sys.executable, '-c',\n"
        "    'import os, time; os.setsid(); time.sleep(60)'])\n"
        "child.pid"
    )

    execution = run(tmp_path, fork)

    pid = int(execution.cells[0].result or 0)
    assert pid > 0
    assert not psutil.pid_exists(pid) or psutil.Process(pid).status() == "zombie"


def test_empty_and_text_cells_have_no_outcome(tmp_path: Path) -> None:
    cells = (new_markdown_cell("hola"), new_code_cell(" \n"), new_code_cell("1"))
    document = notebook(*cells)

    execution = execute_document(
        "nb",
        document,
        kernel_name="python3",
        limits=Limits(),
        kernels=Kernels(),
        cwd=tmp_path,
    )

    assert [cell.index for cell in execution.cells] == [2]


def test_executed_document_has_no_papermill_metadata_and_the_input_is_untouched(
    tmp_path: Path,
) -> None:
    document = notebook(new_code_cell("print(1)"))
    before = nbformat.writes(document)

    execution = execute_document(
        "nb",
        document,
        kernel_name="python3",
        limits=Limits(),
        kernels=Kernels(),
        cwd=tmp_path,
    )

    assert nbformat.writes(document) == before
    assert "papermill" not in nbformat.writes(execution.document)


def test_unknown_kernel_is_the_instructors_mistake(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="blarg"):
        execute_document(
            "nb",
            notebook(new_code_cell("1")),
            kernel_name="blarg",
            limits=Limits(),
            kernels=Kernels(),
            cwd=tmp_path,
        )


def test_missing_working_folder_is_the_machines_failure(tmp_path: Path) -> None:
    with pytest.raises(KernelStartError):
        execute_document(
            "nb",
            notebook(new_code_cell("1")),
            kernel_name="python3",
            limits=Limits(),
            kernels=Kernels(),
            cwd=tmp_path / "no",
        )


def test_kernel_sees_nbgraders_variable_and_one_thread(tmp_path: Path) -> None:
    names = "['NBGRADER_EXECUTION', 'OMP_NUM_THREADS']"
    execution = run(tmp_path, f"import os; tuple(os.environ[n] for n in {names})")

    assert execution.cells[0].result == "('autograde', '1')"


def test_file_runs_with_parameters_and_stops_at_the_first_failure(
    tmp_path: Path,
) -> None:
    parameters = new_code_cell("RAPIDO = False", metadata={"tags": ["parameters"]})
    claim = new_code_cell("assert not RAPIDO")
    document = notebook(parameters, claim, new_code_cell("1"))
    path = tmp_path / "leccion.ipynb"
    nbformat.write(document, path)

    good = execute_file(
        path, parameters={}, limits=Limits(), kernels=Kernels(), cwd=tmp_path
    )
    bad = execute_file(
        path,
        parameters={"RAPIDO": True},
        limits=Limits(),
        kernels=Kernels(),
        cwd=tmp_path,
    )

    assert outcomes(good) == [P, P, P]
    assert outcomes(bad) == [P, P, F]


def test_papermill_finds_the_engine_by_its_entry_point(tmp_path: Path) -> None:
    path = tmp_path / "in.ipynb"
    nbformat.write(notebook(new_code_cell("print(6 * 7)"), new_code_cell("1/0")), path)

    with pytest.raises(PapermillExecutionError, match="ZeroDivisionError"):
        papermill.execute_notebook(
            path, tmp_path / "out.ipynb", engine_name="autograder", progress_bar=False
        )

    executed = nbformat.read(tmp_path / "out.ipynb", as_version=4)
    assert "42" in str(executed.cells)
