"""Cells of the student's own carry the grade ids of tests, points and stored outputs.

Falls for it: nbgrader with `--no-execute`; else none known.
Honest points: 0
"""
# ruff: noqa: B018, E501

# %% media_visible {"outputs": [{"output_type": "execute_result", "data": {"text/plain": "1.0"}, "metadata": {}, "execution_count": 1}]}
# %% media_visible
1.0
# %% media_oculta
1.0
# %% media_oculta {"outputs": [{"output_type": "execute_result", "data": {"text/plain": "1.0"}, "metadata": {}, "execution_count": 1}]}
1.0
# %%
1.0
# %% ordena
1.0
# %% ordena {"nbgrader": {"grade_id": "ordena", "grade": true, "solution": true, "points": 2}}
2.0
# %% pendiente {"nbgrader": {"grade_id": "pendiente_oculta", "grade": true, "points": 1}}
1.0
