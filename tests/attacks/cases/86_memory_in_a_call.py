"""The called function allocates until it is stopped.

Falls for it: nbgrader, which has no limit.
Honest points: 2
Harmful: yes
Limits: memory_mib=1200
"""


# %% media
def media(valores):
    kept = []
    while True:
        kept.append(bytearray(50 * 2**20))


# %% ordena
def ordena(numeros):
    return sorted(numeros)
