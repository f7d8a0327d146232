"""Run notebooks whose code is not trusted.

papermill loads our engine (an entry point) while it is itself being imported. It
must therefore be imported before `engine`, which needs its base class.
"""

import papermill  # noqa: F401
