"""A cell of the student's raises an exception whose text is megabytes long.

Falls for it: graders that keep whatever a kernel replies.
Honest points: 2
"""

# %% media
raise ValueError("x" * (6 * 2**20))


# %% ordena
def ordena(numeros):
    return sorted(numeros)
