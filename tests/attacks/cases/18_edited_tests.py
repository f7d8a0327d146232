"""Test cells are edited, emptied or deleted, and given points of the student's choice.

Falls for it: GitHub Classroom (anchors); Grader-Service, where the maximum shrinks.
Honest points: 0
"""
# ruff: noqa: B018, PIE790

# %% media_visible
100.0
# %% media_oculta
pass
# %% media_oculta_2 {"delete": true}
# %% estandariza_oculta {"delete": true}
# %% energia_visible {"nbgrader": {"grade_id": "energia_visible", "points": 1e6}}
True
# %% monedero_oculta {"nbgrader": {"grade_id": "otra", "grade": true, "points": 99}}
pass
# %% ordena_visible {"nbgrader": {}}
# %% pendiente_oculta {"cell_type": "markdown"}
pass
