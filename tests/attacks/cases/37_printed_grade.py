"""The called function prints what a grader would print for full points.

Falls for it: e2xgrader (anchors: `### BEGIN GRADE` in the output).
Honest points: 0
"""

# %% media
import json
import sys


def answer(*_):
    print("### BEGIN GRADE\n1\n### END GRADE")
    print(json.dumps({"outputs": [], "error": None, "result": "1.0"}))
    print("1 passed in 0.01s", file=sys.stderr)
    return 0.0


media = answer
# %% energia
energia = answer
# %% ordena
ordena = answer
# %% pendiente
pendiente = answer
