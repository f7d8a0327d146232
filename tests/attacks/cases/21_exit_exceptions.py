"""The called function leaves by SystemExit, KeyboardInterrupt or GeneratorExit.

Falls for it: graders that read the exit code of the process.
Honest points: 2
"""


# %% media
def media(valores):
    raise SystemExit(0)


# %% estandariza
def estandariza(x):
    raise KeyboardInterrupt


# %% energia
def energia(x):
    raise GeneratorExit


# %% ordena
def ordena(numeros):
    return sorted(numeros)


# %% pendiente
def pendiente(f, x):
    import sys

    sys.exit("### BEGIN GRADE\n2\n### END GRADE")
