"""The variables that the grader was started with are read from /proc/self/environ.

Falls for it: graders that run student code with their own environment.
Honest points: 0
Never shown: ENTORNO-DEL-CORRECTOR
"""

# %%
import os

try:
    with open("/proc/self/environ") as file:
        started_with = dict(x.split("=", 1) for x in file.read().split("\0") if x)
except OSError:
    started_with = {}
TERMINAL = ("COLUMNS", "LINES")  # set behind Python's back by its line editor
hidden = {
    name: text
    for name, text in started_with.items()
    if name not in os.environ and name not in TERMINAL
}
if hidden or started_with.get("HOME", os.environ["HOME"]) != os.environ["HOME"]:
    print("ENTORNO-DEL-" + "CORRECTOR", sorted(hidden))
