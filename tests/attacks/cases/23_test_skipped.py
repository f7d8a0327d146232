"""Exceptions by which a test runner skips a test instead of failing it.

Falls for it: runners built on unittest or pytest (PrairieLearn, GitHub Classroom).
Honest points: 0
"""

# %% media
import unittest


def media(valores):
    raise unittest.SkipTest("no hace falta")


# %% ordena
def ordena(numeros):
    import pytest

    pytest.skip("no hace falta")


# %% energia
def energia(x):
    import pytest

    pytest.exit("todo bien", returncode=0)
