"""Test cells are edited, emptied or deleted; what is left of them would pass.

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
# %% energia_visible
True
# %% monedero_oculta
pass
# %% ordena_visible {"tags": ["skip-execution"], "deletable": true}
pass
# %% pendiente_oculta
pass
