import re

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn

from course_utils import checks, diagnosis
from course_utils.diagnosis import (
    explain_error,
    find_cause,
    find_order_cause,
    find_shape_cause,
)

RNG = np.random.default_rng(0)
X = RNG.standard_normal((5, 4))
SIX_AXES = RNG.standard_normal([2] * 6)
V = RNG.standard_normal(6)
CUBE = RNG.standard_normal((2, 3, 4))
LABELS = np.array([0, 1, 1, 0, 1])


def softmax(x, axis=-1):
    return np.exp(x) / np.exp(x).sum(axis=axis, keepdims=True)


P = softmax(X)


# --- find_cause --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("actual", "expected", "cause"),
    [
        # another shape
        (X.T, X, "es la traspuesta de lo esperado: con .T coincide"),
        (CUBE.transpose(1, 0, 2), CUBE, "con .permute(1, 0, 2) coincide"),
        (CUBE.transpose(1, 2, 0), CUBE, "con .permute(2, 0, 1) coincide"),
        (X.sum(axis=1), X.sum(axis=0), "la suma de todo coincide"),
        (X.mean(axis=1), X.mean(axis=0), "la media de todo coincide"),
        (X.sum(), X.sum(axis=0), "la suma de todo coincide"),
        (X, X.mean(), "la media de todo coincide"),
        (V - V[:, None], V - V[0], ""),
        (V * V[:, None], V * V, "al operar (6,) con (6, 1) sale (6, 6) (broadcasting)"),
        (V[:-1], V, "falta la última posición de la dimensión 0"),
        (V[1:], V, "falta la primera posición de la dimensión 0"),
        (X, X[:, :-1], "sobra la última posición de la dimensión 1"),
        (X, X[1:], "sobra la primera posición de la dimensión 0"),
        (V[:, None], V, "sobra una dimensión de tamaño 1 (squeeze, keepdim=False); al"),
        (X[0], X[:1], "falta una dimensión de tamaño 1 (unsqueeze, keepdim=True)"),
        # the same change in all values
        (X.astype(np.float32), X, "solo coinciden las primeras cifras"),
        (X.astype(np.float32).astype(float), X, "has calculado en float32"),
        (LABELS.astype(float), LABELS, "los valores coinciden; solo cambia el tipo"),
        (LABELS == 1, LABELS, "los valores coinciden; solo cambia el tipo"),
        (-X, X, "el signo es el contrario"),
        (np.array(-1.0), np.array(1.0), "el signo es el contrario"),
        (1 - LABELS, LABELS, "es 1 menos lo esperado: ¿están las dos clases"),
        (1 - P, P, "es 1 menos lo esperado"),
        (np.array([0, 1]), np.array([1, 0]), "es 1 menos lo esperado"),
        (4 * X, X, "llegó 4 veces lo esperado: si hay 4 ejemplos, es la suma"),
        (X.astype(np.float32) * 640, X, "llegó 640 veces lo esperado"),
        (np.array(7 * V[0]), np.array(V[0]), "llegó 7 veces lo esperado"),
        (np.array([6.0, 4.0]), np.array([3.0, 2.0]), "llegó 2 veces lo esperado"),
        (X / 12, X, "llegó lo esperado dividido entre 12"),
        (X / np.log(2), X, "todo está multiplicado por 1.4427:"),
        (-0.5 * X, X, "todo está multiplicado por -0.5:"),
        (2.5 * X, X, "todo está multiplicado por 2.5:"),
        (0.4 * X, X, "todo está multiplicado por 0.4:"),
        (np.log(P), P, "sobra un logaritmo"),
        (P, np.log(P), "falta un logaritmo"),
        (np.array(P[0, 0]), np.array(-np.log(P[0, 0])), "falta un -log"),
        (P, X, "sobra una softmax (de logits a probabilidades)"),
        (X, P, "falta una softmax (de logits a probabilidades)"),
        (softmax(P), P, "sobra una softmax"),
        (X, np.log(P), "falta una log_softmax"),
        (np.log(P), X, "sobra una log_softmax"),
        (np.log(softmax(P)), np.log(P), "sobra una softmax antes de la log_softmax"),
        (np.maximum(X, 0), X, "sobra una ReLU"),
        (X, np.maximum(X, 0), "falta una ReLU"),
        (np.tanh(X), X, "sobra una tanh"),
        (X, 1 / (1 + np.exp(-X)), "falta una sigmoide"),
        (P, np.sqrt(P), "falta una raíz cuadrada"),
        (X**2, X, "sobra un cuadrado"),
        (softmax(X, 0), P, "suma 1 en la dimensión 0 y ha de sumar 1 en la 1"),
        (np.where(X > 0, 2 * X, 0), X, "multiplicados por 2: dropout activo"),
        (np.full_like(X, 3), X, "llegó 3 en todas las posiciones"),
        (np.full(2, 3), V[:2], "llegó 3 en todas las posiciones"),
        (X[:2] + V[:4], X[:2], "cada fila difiere en lo mismo"),
        (3 * V * [0, 1, 0, 0, 1, 0], V, "4 valores son 0 y los demás están multiplic"),
        (X + 0.5, X, "cada fila difiere en lo mismo: ¿falta o sobra un sesgo"),
        (X, X + V[:4], "cada fila difiere en lo mismo: ¿falta o sobra un sesgo"),
        (np.arange(5) + 1, np.arange(5), "cada fila difiere en lo mismo"),
        # the right values elsewhere
        (V[::-1], V, "el orden es el inverso en la dimensión 0"),
        (X[:, ::-1], X, "el orden es el inverso en la dimensión 1"),
        (np.roll(X, 1, axis=0), X, "desplazado una posición en la dimensión 0"),
        (np.append(V[1:], 0), V, "desplazado una posición en la dimensión 0"),
        (np.append(0, V[:3]), V[:4], "desplazado una posición en la dimensión 0"),
        (np.append(0, V[:-1]), V, "desplazado una posición en la dimensión 0"),
        (SIX_AXES.T, SIX_AXES, "son los valores esperados, en otro orden"),
        (np.array([1, 0, 2]), np.arange(3), "son los valores esperados, en otro orden"),
        (X[[2, 0, 1, 4, 3]], X, "son los valores esperados, en otro orden"),
        (X[:4].T, X[:4], "es la traspuesta de lo esperado: con .T coincide"),
        # what is not a number
        (np.where(X > 1, np.nan, X), X, "nan: ¿log(0), dividir entre 0, exp sin"),
        (np.where(X > 1, np.inf, X), X, "inf: ¿log(0), dividir entre 0, exp sin"),
    ],
)
def test_find_cause_usual_mistake_is_recognised(actual, expected, cause):
    found = find_cause(np.asarray(actual), np.asarray(expected))
    assert cause in found
    assert bool(found) == bool(cause)


@pytest.mark.parametrize("what", ["dW1", "db", "el gradiente de w", "p.grad[0]"])
def test_find_cause_multiple_of_a_gradient_speaks_of_zero_grad(what):
    assert "si diste 3 pasos, falta zero_grad(); si hay 3" in find_cause(3 * X, X, what)


@pytest.mark.parametrize("what", ["la pérdida", "requires_grad", "la salida de"])
def test_find_cause_multiple_of_anything_else_does_not(what):
    assert "zero_grad" not in find_cause(3 * X, X, what)


def symmetric_sums():
    z = np.linspace(-4, 4, 28)
    s = 1 / (1 + np.exp(-z))
    return s, s + z * s * (1 - s)  # both sum to 14


def wide_range():
    wanted = np.array([1e4, 3.0, -0.0155, 0.2, 0.5])
    return np.float32([1e4, 3.0, -0.0151, 0.2, 0.5]), wanted


@pytest.mark.parametrize(
    ("actual", "expected"),
    [
        (2.0, 1.0),  # round scalars agree with anything
        (2.0, 4.0),
        (V[0], V[1]),  # any two scalars have a ratio
        (np.array([1, -1, 1, -1]), np.array([-1, 1, 1, -1])),  # labels: any order
        (np.array([0.0, 4.0]), np.array([0.0, 2.0])),
        (np.array([0, 0, 0, 2]), np.array([0, 0, 0, 1])),
        (X, X + RNG.standard_normal(X.shape)),
        (X.T + 1, X),  # the shape of the transpose, and other values
        (X @ X.T, RNG.standard_normal(5)),  # a square, and other values in the diagonal
        symmetric_sums(),
        wide_range(),
        (np.array([0.3, 0.7]), np.array([0.2, 0.1, 0.4, 0.3])),  # both sum to 1
        (np.where(X > 0, X * np.arange(4), 0), X),  # zeros, but no common factor
        (np.where(X > 0, X, 0) + (X.min() == X) * X, X),  # zeros and factor 1: a mask
        (np.where(X.max() == X, 2 * X, 0), X),  # one value, and so any factor
        (X[:1] + V[:4], X[:1]),  # one row, and so any difference
        (np.append(7, V[:2]), V[:3]),  # two values, shifted
        (softmax(X[::-1] * 2), P),  # other probabilities, by the same axis
        (V - V.mean(), X[0] - X[0].mean()),  # both sum to 0
        (np.array(0.75), np.array(0.25)),
        (X + 1j, X),
        (np.zeros(0), V),
        (np.ones(10**5 + 1), np.arange(10**5 + 1)),  # too many to look at
    ],
)
def test_find_cause_nothing_shown_says_nothing(actual, expected):
    assert find_cause(np.asarray(actual), np.asarray(expected)) == ""


@pytest.mark.parametrize("seed", range(200))
def test_find_cause_unrelated_values_say_nothing(seed):
    rng = np.random.default_rng(seed)
    shape = tuple(rng.integers(2, 5, size=rng.integers(0, 4)))
    actual, expected = rng.standard_normal((2, *shape))
    if np.asarray(expected).size > 2:  # of two, one in many is a common factor
        assert find_cause(np.asarray(actual), np.asarray(expected)) == "", f"{seed}"


@pytest.mark.parametrize("seed", range(200))
def test_find_cause_strange_values_never_raise_nor_warn(seed):
    rng = np.random.default_rng(seed)
    pool = np.array([0, 0, 1, -1, 2.5, 1e308, -1e308, 1e-320, np.nan, np.inf, -np.inf])
    dtypes = (np.float64, np.float32, np.float16, np.int64, np.uint8, bool)
    pair = []
    for _ in range(2):
        shape = tuple(rng.integers(0, 4, size=rng.integers(0, 4)))
        with np.errstate(all="ignore"):
            pair.append(rng.choice(pool, shape).astype(dtypes[rng.integers(6)]))
    assert isinstance(find_cause(pair[0], pair[1]), str)
    assert isinstance(
        find_cause(pair[0], pair[0][..., ::-1] if pair[0].ndim else pair[1]), str
    )


def test_passing_checks_never_look_for_a_cause(monkeypatch):
    for name in ("find_cause", "find_order_cause", "find_shape_cause", "explain_error"):
        monkeypatch.delattr(diagnosis, name)
    with checks.check("todo"):
        checks.expect_close([X, 1.0], [X.copy(), 1], "y")
        checks.expect_equal(LABELS, LABELS.tolist(), "y")
        checks.expect_shape(X, (5, 4), "y")
        with checks.expect_raises(ValueError, "y"):
            raise ValueError


# --- find_shape_cause and find_order_cause ------------------------------------------


@pytest.mark.parametrize(
    ("got", "wanted", "cause"),
    [
        (
            (5, 1),
            (5,),
            "sobra una dimensión de tamaño 1 (squeeze, keepdim=False); al o",
        ),
        ((5,), (5, 1), "keepdim=True); al operar (5,) con (5, 1) sale (5, 5) (broad"),
        ((2, 3), (2, 1, 3), "falta una dimensión de tamaño 1 (unsqueeze, keep"),
        ((2, 2), (2,), "al operar (2,) con (2, 1) sale (2, 2) (broadcasting)"),
        ((2, 1), (2,), "; al operar (2,) con (2, 1) sale (2, 2) (broadcasting)"),
        ((5, 5), (1, 5), "al operar (5,) con (5, 1) sale (5, 5) (broadcasting)"),
        ((5, 5), (5,), "al operar (5,) con (5, 1) sale (5, 5) (broadcasting)"),
        ((5, 5), (5, 1), "al operar (5,) con (5, 1) sale (5, 5) (broadcasting)"),
        ((3, 2), (2, 3), "las dimensiones están en otro orden: mira .T y permute"),
        ((4, 2, 3), (2, 3, 4), "las dimensiones están en otro orden"),
        ((2, 4), (2, 3), "sobra una posición en la dimensión 1"),
        ((2, 3), (3, 3), "falta una posición en la dimensión 0"),
        ((2, 4), (3, 3), ""),
        ((3, 4), (2,), ""),
        ((5, 5), (), ""),
        ((2, 5), (2, 3), ""),
        ((), (3,), ""),
        ((0,), (), ""),
    ],
)
def test_find_shape_cause_names_what_differs(got, wanted, cause):
    found = find_shape_cause(got, wanted)
    assert cause in found
    assert bool(found) == bool(cause)


@pytest.mark.parametrize(
    ("got", "wanted"), [((1, 1), (1,)), ((), (1,)), ((1, 5), (5,)), ((2, 3, 1), (2, 3))]
)
def test_find_shape_cause_no_square_to_fear_speaks_of_no_broadcasting(got, wanted):
    assert find_shape_cause(got, wanted).endswith(")")
    assert "broadcasting" not in find_shape_cause(got, wanted)
    assert find_shape_cause(wanted, got) != find_shape_cause(got, wanted)


@pytest.mark.parametrize(
    ("got", "wanted", "cause"),
    [
        ("cba", "abc", "los elementos llegan en orden inverso"),
        ("bac", "abc", "son los elementos esperados, en otro orden"),
        ("xabc", "abc", "sobra el primer elemento"),
        ("abcx", "abc", "sobra el último elemento"),
        ("bc", "abc", "falta el primer elemento"),
        ("ab", "abc", "falta el último elemento"),
        ("abx", "abc", ""),
        ("aab", "abc", ""),
        ("ab", "abcd", ""),
        ("a", "ab", ""),
        ("", "a", ""),
        ("bacx", "abc", ""),
        ("lkjihgfedcba", "abcdefghijkl", "los elementos llegan en orden inverso"),
        ("abb", "bba", ""),  # repeated: any order looks right
        ("mlkjihgfedcba", "abcdefghijklm", ""),  # too long to try
    ],
)
def test_find_order_cause_compares_the_items(got, wanted, cause):
    assert find_order_cause(list(got), tuple(wanted), str.__eq__) == cause


# --- explain_error -------------------------------------------------------------------

ONES = torch.ones
W = torch.ones(2, requires_grad=True)


def twice():
    loss = (W**2).sum()
    loss.backward()
    loss.backward()


def changed_before_backward():
    y = W * 1
    z = (y**2).sum()
    y += 1
    z.backward()


class WithoutInit(nn.Module):
    def __init__(self):
        self.layer = nn.Linear(1, 1)


def before_assignment():
    total += 1  # noqa: F821
    return total


def two(a, b):
    return a + b


def add_in_place(x, y):
    x += y


def integer_mean():
    return ONES(2).long().mean()


def if_of_many(x):
    return 1 if x > 0 else 0


REAL_ERRORS = [
    (lambda: ONES(4, 3) @ ONES(2, 3), ["(4, 3) @ (2, 3)", "segunda traspuesta (.T)"]),
    (lambda: nn.Linear(5, 2)(ONES(4, 3)), ["(4, 3) @ (5, 2)", "3 y 5"]),
    (lambda: ONES(4, 3) @ ONES(4), ["(4, 3) @ (4,)", "3 y 4"]),
    (lambda: np.ones((4, 3)).dot(np.ones((4, 3))), ["(4,3) @ (4,3)", "3 y 4"]),
    (lambda: np.ones((5, 3)) @ np.ones((4, 3)), ["3 columnas", "4 filas"]),
    (lambda: np.ones((5, 3)) @ np.ones(4), ["3 columnas", "4 filas"]),
    (lambda: ONES(4, 3) + ONES(4), ["dimensión 1", "mide 3 y el otro 4"]),
    (lambda: np.ones((4, 3)) + np.ones(4), ["(4,3) y (4,)", "desde la derecha"]),
    (lambda: add_in_place(np.ones(3), np.ones((4, 3))), ["x = x + y"]),
    (lambda: add_in_place(ONES(3), ONES(4, 3)), ["x = x + y"]),
    (lambda: ONES(3, 4).view(5), ["12 valores"]),
    (lambda: np.ones((3, 4)).reshape(5), ["12 valores"]),
    (lambda: np.array([[1], [1, 2]]), ["filas"]),
    (lambda: nn.BatchNorm1d(3)(ONES(1, 3)), ["model.eval()"]),
    (
        lambda: F.cross_entropy(ONES(2, 3), torch.tensor([0, 3])),
        ["la etiqueta 3 no existe", "C - 1"],
    ),
    (lambda: F.cross_entropy(ONES(2, 3), ONES(2)), ["Float", ".long()"]),
    (lambda: ONES(2, 2) @ ONES(2, 2).double(), ["float y double", ".to()"]),
    (lambda: nn.Linear(2, 2)(ONES(1, 2).double()), ["Double y Float"]),
    (lambda: ONES(2) @ ONES(2).double(), ["Float y Double"]),
    (lambda: ONES(2, 2) @ ONES(2).double(), ["Double y Float"]),
    (lambda: ONES(1, 2, 2) @ ONES(1, 2, 2).double(), ["Float y Double"]),
    (lambda: nn.Conv2d(1, 1, 1)(ONES(1, 1, 2, 2).double()), ["double y float"]),
    (lambda: F.binary_cross_entropy(W.detach(), ONES(2).long()), ["Long y Float"]),
    (integer_mean, ["Long", ".float()"]),
    (twice, ["calcúlala otra vez"]),
    (lambda: (W**2).backward(), [".mean()"]),
    (lambda: W.add_(1), ["torch.no_grad()"]),
    (lambda: W[0].add_(1), ["torch.no_grad()"]),
    (changed_before_backward, ["+="]),
    (lambda: W.detach().sum().backward(), [".detach()", ".item()", "no_grad()"]),
    (lambda: W.numpy(), [".detach().numpy()"]),
    (lambda: np.asarray(W), [".detach().numpy()"]),
    (lambda: ONES(3)[5], ["índice 5", "dimensión 0 mide 3", "de 0 a 3 - 1"]),
    (lambda: np.ones((2, 3))[0, -4], ["índice -4", "dimensión 1 mide 3"]),
    (lambda: [1][4], ["len(x) - 1"]),
    (lambda: ONES(3).sum(dim=1), ["dimensión 1 no existe", "-1 a 0"]),
    (lambda: None.shape, [".shape", "return", ".grad"]),
    (lambda: None + 1, ["None", "return"]),
    (lambda: two(*None), ["None", "return"]),
    (lambda: ONES(2) @ None, ["None", "return"]),
    (lambda: F.relu(None), ["None", "return"]),
    (lambda: np.ones(2).unsqueeze(0), [".unsqueeze", "NumPy"]),
    (lambda: ONES(2).astype(float), [".astype", "NumPy"]),
    (lambda: (1.0).mean(), ["float no tiene .mean"]),
    (WithoutInit, ["super().__init__()"]),
    (lambda: nn.Module()(1), ["forward"]),
    (lambda: torch.exp(2.0), ["llega float", "as_tensor"]),
    (lambda: torch.exp(np.ones(2)), ["llega numpy.ndarray"]),
    (lambda: undefined_name, ["undefined_name no existe"]),  # noqa: F821
    (before_assignment, ["total se usa antes"]),
    (lambda: two(1), ["falta 'b'"]),
    (lambda: two(), ["falta 'a' and 'b'"]),
    (lambda: two(1, 2, 3), ["recibe 3 argumentos y acepta 2"]),
    (lambda: nn.Linear(2, 2)(ONES(2), 1), ["recibe 3 argumentos y acepta 2", "self"]),
    (lambda: two(1, c=2), ["no hay ningún parámetro c"]),
    (lambda: if_of_many(ONES(2)), [".all()", ".any()"]),
    (lambda: if_of_many(np.ones(2)), [".all()", ".any()"]),
]
# PyTorch's, from machines with a GPU
FOREIGN_ERRORS = [
    (
        "RuntimeError",
        "Expected all tensors to be on the same device, but found at least two "
        "devices, cuda:0 and cpu! (when checking argument for argument mat1)",
        ["en cuda:0 y otro en cpu:", ".to(device)"],
    ),
    (
        "RuntimeError",
        "Expected all tensors to be on the same device, but got mat2 is on cpu, "
        "different from other tensors on cuda:1 (when checking argument)",
        ["en cpu y otro en cuda:1:", ".to(device)"],
    ),
    (
        "RuntimeError",
        "Input type (torch.cuda.FloatTensor) and weight type (torch.FloatTensor) "
        "should be the same",
        ["torch.cuda.FloatTensor y torch.FloatTensor", ".to()"],
    ),
    (
        "TypeError",
        "can't convert cuda:0 device type tensor to numpy. Use Tensor.cpu() to copy",
        ["cuda:0", ".cpu()"],
    ),
]


def error_of(function):
    with pytest.raises(Exception) as caught:
        function()
    return type(caught.value).__name__, str(caught.value)


@pytest.mark.parametrize(("function", "words"), REAL_ERRORS)
def test_explain_error_usual_error_says_it_with_its_numbers(function, words):
    name, text = error_of(function)
    meaning = explain_error(name, text)
    for word in words:
        assert word in meaning, (text, meaning)
    assert "\n" not in meaning
    assert len("En español: " + meaning) <= checks.MAX_COLUMNS


@pytest.mark.parametrize(("name", "text", "words"), FOREIGN_ERRORS)
def test_explain_error_of_devices_names_both(name, text, words):
    meaning = explain_error(name, text)
    for word in words:
        assert word in meaning


def test_explain_error_each_entry_is_the_first_for_some_error():
    texts = [": ".join(error_of(function)) for function, _ in REAL_ERRORS]
    texts += [f"{name}: {text}" for name, text, _ in FOREIGN_ERRORS]
    first = {next(p for p in diagnosis.ERRORS if re.search(p, text)) for text in texts}
    assert first == set(diagnosis.ERRORS)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("ValueError", "el radio no puede ser negativo"),
        ("ValueError", ""),
        ("RuntimeError", "{0} {nombre} %s"),
        ("NotImplementedError", ""),
        ("AssertionError", "se esperaba un índice entre 0 y 3"),
    ],
)
def test_explain_error_unknown_error_says_nothing(name, text):
    assert explain_error(name, text) == ""


def test_explain_error_braces_in_the_message_stay():
    meaning = explain_error("AttributeError", "'NoneType' object has no attribute 'a'")
    assert ".a a un None" in meaning
    assert "'{0}'" in explain_error(
        "TypeError", "f() missing 1 required argument: '{0}'"
    )


@pytest.mark.parametrize("meaning", diagnosis.ERRORS.values())
def test_errors_are_written_without_capital_full_stop_or_exclamation(meaning):
    assert not re.search(r"[.!¡]$|¡", meaning)
    assert meaning[0] in "([{¿.+" or meaning[0].islower()
