"""Every answer is an object that says it equals whatever it is compared with.

Falls for it: nbgrader, otter (any grader that compares inside the student's process).
Honest points: 0
"""


# %% media
class AlwaysTrue:
    def __eq__(self, other):
        return True

    def __ne__(self, other):
        return False

    def __hash__(self):
        return 0


def answer(*_):
    return AlwaysTrue()


media = answer
# %% estandariza
estandariza = answer
# %% energia
energia = answer
# %% monedero
Monedero = answer
# %% ordena
ordena = answer
# %% pendiente
pendiente = answer
