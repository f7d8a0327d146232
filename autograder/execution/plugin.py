"""What papermill loads by its entry point; the engine itself comes when it is used.

papermill loads engines while it is itself half imported, so this module must not
import it.
"""

from typing import Any


class PapermillEngine:
    """Entry point ``autograder`` of papermill's engines: `engine.GradingEngine`."""

    @classmethod
    def execute_notebook(cls, *arguments: Any, **keywords: Any) -> Any:
        """Called by ``papermill.execute_notebook(engine_name="autograder")``."""
        return cls._engine().execute_notebook(*arguments, **keywords)

    @classmethod
    def nb_kernel_name(cls, *arguments: Any, **keywords: Any) -> Any:
        """Called by papermill to find the kernel of a notebook."""
        return cls._engine().nb_kernel_name(*arguments, **keywords)

    @classmethod
    def nb_language(cls, *arguments: Any, **keywords: Any) -> Any:
        """Called by papermill to find the language of a notebook."""
        return cls._engine().nb_language(*arguments, **keywords)

    @staticmethod
    def _engine() -> Any:
        from autograder.execution.engine import GradingEngine

        return GradingEngine
