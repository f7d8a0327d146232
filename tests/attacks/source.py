"""The assignment that every attack is handed in for: six exercises, 15 points.

Its tests are written as authors write them, without a thought of attacks: with `map`
and `zip`, with methods of what came back, with random data drawn between two calls.
"""

from nbformat import NotebookNode
from nbformat.v4 import new_markdown_cell

from tests.factories import check_cell, graded, notebook, solution_cell

UNIT = "ataques"
NOTEBOOK = "nb"
SECRET = "canela-4711"
ALL_POINTS = 15.0

SETUP = "import numpy as np\nimport torch"

MEDIA = '''
def media(valores):
    """Media aritmética de una lista de números."""
    ### BEGIN SOLUTION
    return sum(valores) / len(valores)
    ### END SOLUTION
'''
MEDIA_VISIBLE = "assert abs(media([1.0, 2.0, 3.0]) - 2.0) < 1e-9"
MEDIA_HIDDEN = f"""
datos = [0.5, 12.25, 9.205413597]
esperado = 7.318471199
clave = "{SECRET}"
assert abs(media(datos) - esperado) < 1e-9, clave
assert media([2.75]) == 2.75, "la media de un solo número"
"""
MEDIA_HIDDEN_2 = """
listas_secretas = [[4.0, 8.0], [5.0], [1.0, 2.0, 6.0, 7.0]]
for obtenido, medido in zip(map(media, listas_secretas), [6.0, 5.0, 4.0]):
    assert obtenido == medido, "la media de una de las listas secretas"
"""

ESTANDARIZA = '''
def estandariza(x):
    """El mismo array (n,) con media 0 y desviación típica 1, sin cambiar `x`."""
    ### BEGIN SOLUTION
    return (x - x.mean()) / x.std()
    ### END SOLUTION
'''
ESTANDARIZA_VISIBLE = """
np.testing.assert_allclose(estandariza(np.array([1.0, 3.0])), [-1.0, 1.0])
"""
ESTANDARIZA_HIDDEN = """
np.testing.assert_allclose(estandariza(np.array([2.5, 7.0])), [-1.0, 1.0])
for longitud_oculta in (4, 7, 30):
    muestra = np.random.rand(longitud_oculta)
    referencia = (muestra - muestra.mean()) / np.sqrt(muestra.var())
    copia_previa = muestra.copy()
    resultado = estandariza(muestra)
    np.testing.assert_allclose(resultado, referencia, rtol=1e-9)
    np.testing.assert_array_equal(muestra, copia_previa, "el argumento ha cambiado")
    np.testing.assert_allclose(estandariza(resultado), resultado, atol=1e-9)
"""

ENERGIA = '''
def energia(x):
    """La mitad de la suma de los cuadrados, un tensor sin dimensiones."""
    ### BEGIN SOLUTION
    return 0.5 * (x**2).sum()
    ### END SOLUTION
'''
ENERGIA_VISIBLE = """
torch.testing.assert_close(energia(torch.tensor([1.0, 3.0])), torch.tensor(5.0))
"""
ENERGIA_HIDDEN = """
tabla_oculta = torch.tensor([[1.0, 2.0, 3.0, 7.0], [4.0, 0.0, -2.0, 10.0]])
for fila_oculta in tabla_oculta:
    medida = energia(fila_oculta[:3])
    assert medida.shape == (), "una fila de la tabla oculta: la forma"
    assert medida.allclose(fila_oculta[3]), "una fila de la tabla oculta"
"""
ENERGIA_HIDDEN_2 = """
for dimension_oculta in (1, 4, 6):
    punto = torch.rand(dimension_oculta, requires_grad=True)
    gradiente_exacto = punto.detach().clone()
    altura = energia(punto)
    altura.backward()
    torch.testing.assert_close(punto.grad, gradiente_exacto)
    torch.testing.assert_close(altura.detach(), 0.5 * gradiente_exacto.square().sum())
"""

MONEDERO = '''
class Monedero:
    """Dinero que se ingresa y se gasta; dos son iguales si guardan lo mismo.

    `gasta` lanza ValueError cuando no alcanza. Se usa con `with`: al salir se vacía.
    """

    ### BEGIN SOLUTION
    def __init__(self, saldo=0.0):
        self.saldo = saldo

    def ingresa(self, cantidad):
        self.saldo += cantidad

    def gasta(self, cantidad):
        if cantidad > self.saldo:
            raise ValueError("no alcanza")
        self.saldo -= cantidad

    def __eq__(self, otro):
        return self.saldo == otro.saldo

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.saldo = 0.0
    ### END SOLUTION
'''
MONEDERO_VISIBLE = """
monedero = Monedero(2.0)
monedero.ingresa(3.0)
assert monedero.saldo == 5.0
"""
MONEDERO_HIDDEN = """
secreto = Monedero(20.5)
for gasto_oculto in (3.25, 7.0):
    secreto.gasta(gasto_oculto)
assert secreto.saldo == 10.25, "el saldo tras los gastos ocultos"
assert secreto == Monedero(10.25), "iguales con el mismo saldo"
assert not secreto == Monedero(10.5), "distintos con otro saldo"
try:
    secreto.gasta(11.75)
except ValueError:  # el gasto oculto no cabe
    pass
else:
    raise AssertionError("gasta más de lo que hay")
"""
MONEDERO_HIDDEN_2 = """
with Monedero(9.5) as abierto_oculto:
    abierto_oculto.gasta(4.25)
    assert abierto_oculto.saldo == 5.25, "el saldo dentro de with"
assert abierto_oculto.saldo == 0.0, "al salir de with se vacía"
"""

ORDENA = '''
def ordena(numeros):
    """Una lista nueva, de menor a mayor; `numeros` se queda como está."""
    ### BEGIN SOLUTION
    return sorted(numeros)
    ### END SOLUTION
'''
ORDENA_VISIBLE = "assert ordena([3, 1, 2]) == [1, 2, 3]"
ORDENA_HIDDEN = """
lista_oculta = [31, -4, 15, 9, -26]
ordenada = ordena(lista_oculta)
assert ordenada == [-26, -4, 9, 15, 31], "la lista oculta ordenada"
assert lista_oculta == [31, -4, 15, 9, -26], "el argumento sigue igual"
assert ordenada is not lista_oculta, "una lista nueva"
"""

PENDIENTE = '''
def pendiente(f, x):
    """La derivada de `f` en `x` por diferencias centrales con paso 1e-4."""
    ### BEGIN SOLUTION
    return (f(x + 1e-4) - f(x - 1e-4)) / 2e-4
    ### END SOLUTION
'''
PENDIENTE_VISIBLE = """
def recta(x):
    return 3.0 * x

assert abs(pendiente(recta, 1.0) - 3.0) < 1e-6
"""
PENDIENTE_HIDDEN = """
def curva_oculta(x, curvatura=3.0, subida=-1.5):
    return curvatura * x * x + subida * x

def derivada_de_referencia(funcion, x, paso=1e-5):
    return (funcion(x + paso) - funcion(x - paso)) / (2 * paso)

for abscisa in (0.75, -2.5):
    obtenida = pendiente(curva_oculta, abscisa)
    exacta = derivada_de_referencia(curva_oculta, abscisa)
    assert abs(obtenida - exacta) < 1e-5, "la derivada de la curva oculta"
"""

EXERCISES = {
    "media": (MEDIA, MEDIA_VISIBLE, MEDIA_HIDDEN, MEDIA_HIDDEN_2),
    "estandariza": (ESTANDARIZA, ESTANDARIZA_VISIBLE, ESTANDARIZA_HIDDEN),
    "energia": (ENERGIA, ENERGIA_VISIBLE, ENERGIA_HIDDEN, ENERGIA_HIDDEN_2),
    "monedero": (MONEDERO, MONEDERO_VISIBLE, MONEDERO_HIDDEN, MONEDERO_HIDDEN_2),
    "ordena": (ORDENA, ORDENA_VISIBLE, ORDENA_HIDDEN),
    "pendiente": (PENDIENTE, PENDIENTE_VISIBLE, PENDIENTE_HIDDEN),
}


def source_notebook() -> NotebookNode:
    """One point for each test: `x_visible`, `x_oculta` and perhaps `x_oculta_2`."""
    cells = [graded(SETUP, "preparacion", locked=True)]
    for name, (solution, visible, *hidden) in EXERCISES.items():
        cells += [
            new_markdown_cell(f"## {name}"),
            solution_cell(solution.strip(), name),
            check_cell(visible.strip(), f"{name}_visible"),
        ]
        for number, test in enumerate(hidden, 1):
            suffix = "_oculta" if number == 1 else f"_oculta_{number}"
            cells.append(check_cell(_hide(test), name + suffix))
    return notebook(*cells)


def _hide(test: str) -> str:
    return (
        f"# prueba oculta\n### BEGIN HIDDEN TESTS\n{test.strip()}\n### END HIDDEN TESTS"
    )
