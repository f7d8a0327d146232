"""The called function sends an execute_result with the points before the test fails.

Falls for it: nbgrader (anchors: `determine_grade` returns on the first one).
Honest points: 0
"""

# %% media
from IPython import get_ipython


def answer(*_):
    get_ipython().displayhook(1.0)
    return 0.0


media = answer
# %% estandariza
estandariza = answer
# %% energia
energia = answer
# %% ordena
ordena = answer
# %% pendiente
pendiente = answer
