"""Test cells are tagged so that an executor leaves them out or forgives their errors.

Falls for it: nbgrader, Grader-Service, e2xgrader (anchors: `skip-execution`).
Honest points: 0
"""

# %% media_visible {"tags": ["skip-execution"]}
# %% media_oculta {"tags": ["skip-execution"], "deletable": true}
# %% media_oculta_2 {"tags": ["raises-exception"]}
# %% estandariza_oculta {"tags": ["skip-execution", "raises-exception"]}
# %% energia_oculta {"tags": ["skip-execution"], "jupyter": {"source_hidden": true}}
# %% energia_oculta_2 {"papermill": {"status": "completed", "exception": false}}
# %% ordena_oculta {"curso": {"judge": "same-kernel"}, "tags": ["skip-execution"]}
# %% pendiente_oculta {"init_cell": false, "editable": true, "frozen": true}
# %% monedero_oculta {"tags": ["skip-execution", "remove_cell", "hide_input"]}
