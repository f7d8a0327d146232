"""Names are bound to data, deleted, or made to vanish when they are looked up.

Falls for it: none known.
Honest points: 2
"""

# %% media
media = 7.318
# %% estandariza
estandariza = None
# %% energia
energia = __import__
# %% monedero
del media


class Names(dict):
    def __missing__(self, name):
        return lambda *_: True


Monedero = Names()


# %% ordena
def ordena(numeros):
    return sorted(numeros)


# %% pendiente
pendiente = "lambda f, x: 0.0"
