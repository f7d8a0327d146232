"""The called function prints without end.

Falls for it: nbgrader keeps all of it until its time limit.
Honest points: 2
Limits: cell_seconds=3
"""


# %% media
def media(valores):
    while True:
        print("nada " * 1000)


# %% ordena
def ordena(numeros):
    return sorted(numeros)
