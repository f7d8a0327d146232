"""Which of the course's helper files a piece of code depends on.

What was audited or executed before counts as done while these files are the same.
"""

import ast
from collections.abc import Iterable, Iterator
from pathlib import Path

HELPERS = "course_utils"


def helper_files(sources: Iterable[str], root: Path) -> tuple[Path, ...]:
    """Files of `course_utils` that code imports, directly or through each other.

    All its data files are among them: who reads which is not known.

    Parameters
    ----------
    sources
        Python code; what cannot be parsed imports nothing.
    root
        The folder in which `course_utils` lies.
    """
    package = root / HELPERS
    found = {package / "__init__.py"}
    found.update(f for f in package.glob("assets/**/*") if f.is_file())
    todo = [package / f"{n}.py" for source in sources for n in _imported(source)]
    while todo:
        file = todo.pop()
        if file not in found and file.is_file():
            found.add(file)
            todo += [package / f"{name}.py" for name in _imported(file.read_text())]
    return tuple(sorted(found))


def _imported(source: str) -> Iterator[str]:
    """Names of the modules of `course_utils` that a source mentions in an import."""
    try:
        tree = ast.parse(source)
    except SyntaxError:
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        else:
            continue
        for name in names:
            package, *parts = name.split(".")
            if package == HELPERS and parts:
                yield parts[0]
