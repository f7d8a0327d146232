"""Solutions are read from the instructor's folder or from the gradebook, and executed.

Falls for it: nbgrader, otter (anchors: `../../../source`, `gradebook.db`).
Honest points: 0
"""

# %% media
import glob
import json
import os
import sqlite3


def sources():
    roots = [".", "..", "../..", "../../.."]
    for root in roots:
        for path in glob.glob(os.path.join(root, "source", "*", "*.ipynb")):
            with open(path) as file:
                yield from ("".join(c["source"]) for c in json.load(file)["cells"])
        for path in glob.glob(os.path.join(root, "gradebook.db")):
            rows = sqlite3.connect(f"file:{path}?mode=ro", uri=True).execute(
                "SELECT source FROM source_cell"
            )
            yield from (row[0] for row in rows)


stolen = {}
for text in sources():
    if "BEGIN SOLUTION" in text:
        exec(text, stolen)
media = stolen.get("media")
# %% estandariza
estandariza = stolen.get("estandariza")
# %% energia
energia = stolen.get("energia")
# %% monedero
Monedero = stolen.get("Monedero")
# %% ordena
ordena = stolen.get("ordena")
# %% pendiente
pendiente = stolen.get("pendiente")
