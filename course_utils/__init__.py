"""Helpers that the course's notebooks import, one submodule at a time.

`from course_utils import plotting` loads plotting and nothing else: this file imports
nothing, so that a notebook pays only for what it uses.
"""

__version__ = "1.0"
