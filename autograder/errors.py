"""Every exception of the package, with the culprit in its base class.

::

    AutograderError
    ├── InstructorError          exit 2: the course must be mended
    │   ├── UnknownUnitError     no such unit, or its source is missing
    │   ├── SourceError          a source notebook is wrong, at a named cell
    │   └── SettingsError        autograder.toml or nbgrader_config.py is wrong
    └── MachineError             exit 3: nothing was written, run it again
        ├── KernelStartError     no kernel could be started
        └── GradebookError       locked, read-only, full or not a gradebook

What a student does wrong is never an exception: it is an `Outcome`, or an
`Unreadable` submission.
"""


class AutograderError(Exception):
    """Base of all errors; `exit_code` is what the command line returns."""

    exit_code = 1


class InstructorError(AutograderError):
    """The course itself is wrong; the message names file and cell."""

    exit_code = 2


class UnknownUnitError(InstructorError):
    """There is no such unit, or it has no source notebook."""


class SourceError(InstructorError):
    """A source notebook cannot be used as it stands."""

    def __init__(self, message: str, path: str = "", cell: str = "") -> None:
        super().__init__(message, path, cell)
        self.message = message
        self.path = path
        self.cell = cell

    def __str__(self) -> str:
        where = ": ".join(part for part in (self.path, self.cell) if part)
        return f"{where}: {self.message}" if where else self.message


class SettingsError(InstructorError):
    """A configuration file has an unknown key or a value out of range."""


class MachineError(AutograderError):
    """The machine failed; no mark was written, the work can be done again."""

    exit_code = 3


class KernelStartError(MachineError):
    """A kernel did not start or never became ready."""


class GradebookError(MachineError):
    """The gradebook could not be read or written; nothing was half written."""
