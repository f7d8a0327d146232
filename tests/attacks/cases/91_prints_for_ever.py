"""The called function prints without end.

Falls for it: nbgrader keeps all of it until its time limit.
Honest points: 2
Harmful: yes
Limits: cell_seconds=1.5
"""


# %% media
def media(valores):
    while True:
        print("nada " * 1000)


# %% ordena
def ordena(numeros):
    return sorted(numeros)
