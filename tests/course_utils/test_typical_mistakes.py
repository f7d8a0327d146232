"""Twenty typical mistakes, and what a student reads after each of them.

`python -m tests.course_utils.test_typical_mistakes` rewrites docs/mistakes.md.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn

from course_utils import checks
from course_utils.checks import MAX_COLUMNS, MAX_LINES, CheckFailed

PAGE = Path(__file__).parents[2] / "docs" / "mistakes.md"
INTRO = """# Veinte errores típicos y lo que lee quien los comete

Cada mensaje dice qué se esperaba, qué llegó y dónde; la causa aparece solo cuando los
números la demuestran. Lo que falla se arregla cambiando una línea.
`python -m tests.course_utils.test_typical_mistakes` escribe esta página.
"""


@dataclass(frozen=True)
class Mistake:
    """A wrong answer, the test that finds it and the words that should explain it."""

    name: str
    code: str
    fix: tuple[str, str]
    test: str
    words: tuple[str, ...]

    @property
    def right(self) -> str:
        """The same answer without the mistake."""
        return self.code.replace(*self.fix)


MISTAKES = (
    Mistake(
        "La matriz sale traspuesta",
        """
def linear(X, W):
    return W @ X.T
""",
        ("W @ X.T", "X @ W.T"),
        """
rng = np.random.default_rng(0)
X, W = rng.standard_normal((5, 3)), rng.standard_normal((2, 3))
with check("la capa lineal", hint="Una fila por ejemplo."):
    expect_close(linear(X, W), np.einsum("nd,od->no", X, W), "la salida", rtol=1e-9)
""",
        ("forma (5, 2) y llegó (2, 5)", "traspuesta", ".T"),
    ),
    Mistake(
        "La suma en lugar de la media",
        """
def mse(prediction, target):
    return ((prediction - target) ** 2).sum()
""",
        (".sum()", ".mean()"),
        """
rng = np.random.default_rng(1)
prediction, target = rng.standard_normal(8), rng.standard_normal(8)
with check("el error cuadrático medio", hint="¿Y si el lote fuera el doble?"):
    expected = np.square(prediction - target).mean()
    expect_close(mse(prediction, target), expected, "la pérdida", rtol=1e-9)
""",
        ("8 veces lo esperado", "suma en lugar de la media"),
    ),
    Mistake(
        "La media sobre la otra dimensión",
        """
def column_means(X):
    return X.mean(axis=1)
""",
        ("axis=1", "axis=0"),
        """
X = np.random.default_rng(2).standard_normal((6, 3))
with check("la media de cada columna", hint="Una media por columna."):
    expect_close(column_means(X), X.T.mean(axis=1), "las medias", rtol=1e-9)
""",
        ("forma (3,) y llegó (6,)", "la media de todo coincide", "axis"),
    ),
    Mistake(
        "Softmax por la dimensión equivocada",
        """
def probabilities(logits):
    return torch.softmax(logits, dim=0)
""",
        ("dim=0", "dim=1"),
        """
logits = torch.randn(4, 3, generator=torch.Generator().manual_seed(3))
with check("las probabilidades de cada ejemplo", hint="Cada fila es un ejemplo."):
    expected = F.softmax(logits, dim=1)
    expect_close(probabilities(logits), expected, "las probabilidades", rtol=1e-5)
""",
        ("12 de 12 valores", "suma 1 en la dimensión 0", "en la 1"),
    ),
    Mistake(
        "Probabilidades en lugar de logits",
        """
class Classifier(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(4, 3)

    def forward(self, x):
        return self.layer(x).softmax(dim=-1)
""",
        (".softmax(dim=-1)", ""),
        """
torch.manual_seed(4)
model, x = Classifier(), torch.randn(5, 4)
with check("la salida de la red", hint="F.cross_entropy pide logits."):
    expected = x @ model.layer.weight.T + model.layer.bias
    expect_close(model(x), expected, "los logits", rtol=1e-4, atol=1e-6)
""",
        ("sobra una softmax", "de logits a probabilidades"),
    ),
    Mistake(
        "Falta el logaritmo",
        """
def log_likelihood(p):
    return p.prod(axis=1)
""",
        ("p.prod(axis=1)", "np.log(p).sum(axis=1)"),
        """
p = np.random.default_rng(5).uniform(0.1, 0.9, (4, 6))
with check("la log-verosimilitud", hint="El logaritmo del producto es una suma."):
    expect_close(log_likelihood(p), np.log(p).sum(axis=1), "el resultado", rtol=1e-9)
""",
        ("4 de 4 valores", "falta un logaritmo"),
    ),
    Mistake(
        "(N,) con (N, 1)",
        """
def residuals(prediction, target):
    return prediction - target
""",
        ("prediction - target", "prediction[:, 0] - target"),
        """
generator = torch.Generator().manual_seed(6)
prediction, target = torch.randn(5, 1, generator=generator), torch.arange(5.0)
with check("los residuos", hint="Mira las dos formas antes de restar."):
    expected = prediction.flatten() - target
    expect_close(residuals(prediction, target), expected, "los residuos")
""",
        ("forma (5,) y llegó (5, 5)", "(5,) con (5, 1)", "broadcasting"),
    ),
    Mistake(
        "El signo cambiado",
        """
def negative_log_likelihood(p):
    return np.log(p)
""",
        ("np.log(p)", "-np.log(p)"),
        """
p = np.array([0.9, 0.6, 0.05])
with check("la pérdida de cada ejemplo", hint="Una pérdida baja cuando aciertas."):
    expect_close(negative_log_likelihood(p), -np.log(p), "la pérdida", rtol=1e-9)
""",
        ("3 de 3 valores", "el signo es el contrario"),
    ),
    Mistake(
        "Calcular en float32",
        """
def celsius(fahrenheit):
    return ((fahrenheit.float() - 32) / 1.8).double()
""",
        (".float()", ""),
        """
temperatures = torch.tensor([-4.3, 50.9, 98.6], dtype=torch.float64)
with check("de grados Fahrenheit a Celsius", hint="Calcula en el tipo dado."):
    expected = (temperatures - 32) * 5 / 9
    expect_close(celsius(temperatures), expected, "los grados", rtol=1e-12)
""",
        ("2 de 3 valores", "primeras cifras", "float32"),
    ),
    Mistake(
        "Dropout activo al predecir",
        """
model = nn.Sequential(nn.Linear(3, 8), nn.Dropout(0.5))


def predict(x):
    return model(x)
""",
        ("return model(x)", "return model.eval()(x)"),
        """
torch.manual_seed(8)
x = torch.randn(4, 3)
with check("predecir dos veces", hint="Al predecir nada se sortea."):
    expect_reproducible(lambda: predict(x), "predict")
""",
        ("dos llamadas iguales difieren", "torch", "dropout", "model.eval()"),
    ),
    Mistake(
        "Olvidar zero_grad",
        """
def gradients(w, loss, n_steps):
    for _ in range(n_steps):
        loss(w).backward()
    return w.grad
""",
        ("        loss(w)", "        w.grad = None\n        loss(w)"),
        """
w = torch.tensor([1.0, -2.0, 0.5], requires_grad=True)
with check("el gradiente del último paso", hint="backward() suma, no sustituye."):
    actual = gradients(w, lambda w: (w**3).sum(), 3)
    expect_close(actual, 3 * w.detach() ** 2, "el gradiente", rtol=1e-6)
""",
        ("3 veces lo esperado", "zero_grad()"),
    ),
    Mistake(
        "El gradiente no llega",
        """
def half_square(w):
    return 0.5 * w.detach().square().sum() + 0 * bias
""",
        (".detach()", ""),
        """
bias = torch.zeros((), requires_grad=True)
w = torch.tensor([1.0, -2.0], requires_grad=True)
with check("el gradiente", hint="La pérdida tiene que depender de w."):
    half_square(w).backward()
    expect_close(w.grad, w.detach(), "el gradiente de w")
""",
        ("llegó None", "backward()", ".detach()"),
    ),
    Mistake(
        "Uno de menos",
        """
def linspace(start, stop, n):
    step = (stop - start) / (n - 1)
    return np.array([start + step * i for i in range(n - 1)])
""",
        ("range(n - 1)", "range(n)"),
        """
with check("n puntos igualmente espaciados", hint="¿Cuáles son los dos extremos?"):
    expect_close(linspace(0, 2, 9), np.linspace(0, 2, 9), "los puntos", rtol=1e-9)
""",
        ("forma (9,) y llegó (8,)", "falta la última posición"),
    ),
    Mistake(
        "Los gradientes, de la última capa a la primera",
        """
def layer_gradients(loss, weights):
    grads = torch.autograd.grad(loss, weights)
    return [grad for grad in reversed(grads)]
""",
        ("reversed(grads)", "grads"),
        """
generator = torch.Generator().manual_seed(9)
weights = [torch.randn(2, 2, generator=generator) for _ in range(3)]
weights = [w.requires_grad_() for w in weights]
loss = sum((k + 1) * (w**2).sum() for k, w in enumerate(weights))
with check("un gradiente por capa", hint="En el orden de weights."):
    expected = [2 * (k + 1) * w.detach() for k, w in enumerate(weights)]
    expect_close(layer_gradients(loss, weights), expected, "los gradientes", rtol=1e-5)
""",
        ("los gradientes[0]", "orden inverso"),
    ),
    Mistake(
        "Una vista en lugar de una copia",
        """
def first_rows(X, n):
    return X[:n]
""",
        ("X[:n]", "X[:n].copy()"),
        """
X = np.arange(12.0).reshape(4, 3)
with check("las primeras filas", hint="Quien las cambie no debe cambiar X."):
    expect_copy(first_rows(X, 2), X, what="el resultado")
""",
        ("comparte memoria", "vista", ".copy()"),
    ),
    Mistake(
        "Cambiar el argumento",
        """
def standardise(X):
    X -= X.mean(axis=0)
    return X / X.std(axis=0)
""",
        ("X -= X.mean(axis=0)", "X = X - X.mean(axis=0)"),
        """
X = np.random.default_rng(10).standard_normal((6, 2))
with check("X queda intacta", hint="¿Qué hace -= con un array?"):
    with expect_unchanged(X, what="X"):
        standardise(X)
""",
        ("ha cambiado el número 1", ".copy()", "+="),
    ),
    Mistake(
        "Olvidar el return",
        """
def relu(x):
    result = np.maximum(x, 0)
""",
        ("result =", "return"),
        """
x = np.array([-1.0, 0.0, 2.0])
with check("ReLU", hint="La función devuelve un array."):
    expect_close(relu(x), [0.0, 0.0, 2.0], "la salida")
""",
        ("llegó None", "return"),
    ),
    Mistake(
        "Formas que no se pueden multiplicar",
        """
def linear(X, W):
    return X @ W
""",
        ("X @ W", "X @ W.T"),
        """
X, W = torch.ones(5, 3), torch.ones(2, 3)
with check("la capa lineal", hint="W es (salidas, entradas)."):
    expect_shape(linear(X, W), (5, 2), "la salida")
""",
        ("RuntimeError", "mat1 and mat2", "(5, 3) @ (2, 3)", ".T"),
    ),
    Mistake(
        "Mezclar float32 y float64",
        """
def predict(X, w):
    return torch.as_tensor(X) @ w
""",
        ("torch.as_tensor(X)", "torch.as_tensor(X, dtype=w.dtype)"),
        """
X, w = np.ones((5, 3)), torch.ones(3)
with check("la predicción", hint="NumPy usa float64; PyTorch, float32."):
    expect_shape(predict(X, w), (5,), "la salida")
""",
        ("RuntimeError", "same dtype", "Float y Double", "float64", ".to()"),
    ),
    Mistake(
        "exp de números grandes",
        """
def softmax(z):
    with np.errstate(all="ignore"):
        return np.exp(z) / np.exp(z).sum()
""",
        (
            "return np.exp(z) / np.exp(z).sum()",
            "z = np.exp(z - z.max())\n        return z / z.sum()",
        ),
        """
z = np.array([1000.0, 1001.0, 1002.0])
with check("softmax de logits grandes", hint="Restar una constante no la cambia."):
    expected = softmax(z - 1000)
    expect_close(softmax(z), expected, "p", rtol=1e-9)
""",
        ("nan: 3", "exp sin restar antes el máximo"),
    ),
)


def read_after(code: str, test: str) -> str:
    """What the student reads after the test; empty if it passes."""
    space: dict[str, Any] = {"np": np, "torch": torch, "nn": nn, "F": F}
    space |= {name: getattr(checks, name) for name in dir(checks) if name[0] != "_"}
    exec(code, space)
    try:
        exec(test, space)
    except CheckFailed as failure:
        return str(failure)
    return ""


def render_page() -> str:
    """Write all mistakes with their messages as Markdown."""
    sections = [INTRO]
    for number, mistake in enumerate(MISTAKES, 1):
        message = read_after(mistake.code, mistake.test)
        sections.append(
            f"## {number}. {mistake.name}\n\n"
            f"```python\n{mistake.code.strip()}\n```\n\n```text\n{message}\n```\n"
        )
    return "\n".join(sections)


def test_mistakes_are_twenty_different_ones():
    assert len({mistake.name for mistake in MISTAKES}) == len(MISTAKES) == 20


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.name)
def test_typical_mistake_message_names_it(mistake):
    message = read_after(mistake.code, mistake.test)
    for word in mistake.words:
        assert word in message
    lines = message.splitlines()
    assert 2 <= len(lines) <= MAX_LINES
    assert max(map(len, lines)) <= MAX_COLUMNS
    assert lines[0].startswith("«")
    assert lines[-1].startswith("Pista: ")
    assert "Traceback" not in message
    assert "!" not in message


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.name)
def test_typical_mistake_mended_passes(mistake):
    assert mistake.right != mistake.code
    assert read_after(mistake.right, mistake.test) == ""


def test_page_of_mistakes_is_up_to_date():
    assert PAGE.read_text(encoding="utf-8") == render_page()


if __name__ == "__main__":
    PAGE.write_text(render_page(), encoding="utf-8")
