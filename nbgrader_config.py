"""nbgrader's view of this course; `nbgrader` and `autograder` both read it."""

c = get_config()  # noqa: F821  (given by the loader)

c.CourseDirectory.source_directory = "notebooks"
c.CourseDirectory.notebook_id = "ejercicios"
c.ClearSolutions.code_stub = {
    "python": "# ESCRIBE TU CÓDIGO AQUÍ\nraise NotImplementedError()"
}
c.ClearSolutions.text_stub = "ESCRIBE TU RESPUESTA AQUÍ"
