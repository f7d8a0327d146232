"""Build, execute and grade course notebooks, headlessly and fail-closed.

>>> import autograder
>>> marks = autograder.grade_notebook("source.ipynb", "mine.ipynb")  # doctest: +SKIP

Importing this package costs nothing: kernels import it too (see `execution.child`).
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from autograder.pipeline import grade_notebook

__all__ = ["grade_notebook"]
__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    if name in __all__:
        from autograder import pipeline

        return getattr(pipeline, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
