"""Build, execute and grade course notebooks, headlessly and fail-closed.

>>> import autograder
>>> marks = autograder.grade_notebook("source.ipynb", "mine.ipynb")  # doctest: +SKIP
"""

from autograder.pipeline import grade_notebook

__all__ = ["grade_notebook"]
__version__ = "0.1.0"
