"""Find why a check fails, from the data and the error message alone.

A cause is named only when the numbers show it: a usual mistake is made on what was
expected, or undone on what came, and then the two agree.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import chain, combinations, permutations, starmap
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

CLOSE = 1e-5  # float32 after a few hundred operations
MAX_SIZE = 10**5
MAX_ITEMS = 12
GRADIENT = re.compile(r"(?<!requires_)grad|\bd[A-Zbwxz]\d*\b")


def _log_softmax(x: Array) -> Array:
    return x - np.logaddexp.reduce(np.atleast_1d(x), axis=-1, keepdims=True)


STEPS: tuple[tuple[str, Callable[[Array], Array]], ...] = (
    ("un logaritmo", np.log),
    ("un -log (de probabilidad a pérdida)", lambda x: -np.log(x)),
    ("una softmax (de logits a probabilidades)", lambda x: np.exp(_log_softmax(x))),
    ("una log_softmax (de logits a log-probabilidades)", _log_softmax),
    ("una softmax antes de la log_softmax", lambda x: _log_softmax(np.exp(x))),
    ("una ReLU", lambda x: np.maximum(x, 0)),
    ("una tanh", np.tanh),
    ("una sigmoide", lambda x: 1 / (1 + np.exp(-x))),
    ("una raíz cuadrada", np.sqrt),
    ("un cuadrado", np.square),
)

# What is found in "type: message", and what it means; the first one counts.
ERRORS = {
    r"multiplied \((\d+)x(\d+) and (\d+)x\2\)":
        "({0}, {1}) @ ({2}, {1}) no encaja; con la segunda traspuesta (.T), sí",
    r"multiplied \((\d+)x(\d+) and (\d+)x(\d+)\)":
        "en ({0}, {1}) @ ({2}, {3}), {1} y {2} tendrían que ser iguales",
    r"mat \((\d+)x(\d+)\), vec \((\d+)\)":
        "en ({0}, {1}) @ ({2},), {1} y {2} tendrían que ser iguales",
    r"shapes (\(.*?\)) and (\(.*?\)) not aligned: (\d+) .*?!= (\d+)":
        "en {0} @ {1}, {2} y {3} tendrían que ser iguales",
    r"matmul: .*\(size (\d+) is different from (\d+)\)":
        "en A @ B, las {1} columnas de A y las {0} filas de B tendrían que ser tantas",
    r"tensor a \((\d+)\) must match .* b \((\d+)\) at .* dimension (\d+)":
        "en la dimensión {2} uno mide {0} y el otro {1}: han de ser iguales o 1",
    r"broadcast together with shapes (\(.*?\)) (\(.*?\))":
        "{0} y {1}: desde la derecha, cada pareja ha de ser igual o tener un 1",
    r"match the broadcast shape": "el resultado de += no cabe: escribe x = x + y",
    r"(?:input|array) of size (\d+)": "{0} valores no llenan la forma que pides",
    r"inhomogeneous shape": "las filas no miden todas lo mismo",
    r"per channel when training": "un solo ejemplo en train(): ¿falta model.eval()?",
    r"Target (-?\d+) is out": "la etiqueta {0} no existe: con C clases acaban en C - 1",
    r"same device, but .*?\b((?:cpu|cuda|mps)\S*?),? .*?\b((?:cpu|cuda|mps)[:\d]*)":
        "un tensor está en {0} y otro en {1}: llévalos al mismo con .to(device)",
    r"convert (\S+) device type tensor": "está en {0}: usa antes .cpu()",
    r"target dtype to be Long.* got (\w+)": "las etiquetas son {0}: usa .long()",
    r"dtype, but (?:got|found):? (\w+)(?: !=| and|,) (\w+)|"
    r"scalar type (\w+) but found (\w+)|Found dtype (\w+) but expected (\w+)|"
    r"Input type \((\S+)\) and \w+ type \((\S+)\)":
        "mezclas {0} y {1} (float es float32; double, float64; long, int64): usa .to()",
    r"infer output dtype.* Got: (\w+)": "el tensor es {0}: usa antes .float()",
    r"graph a second time": "esa pérdida ya hizo backward(): calcúlala otra vez",
    r"only for scalar outputs": "backward() parte de un número: usa antes .mean()",
    r"leaf Variable": "cambia los parámetros dentro de with torch.no_grad()",
    r"by an inplace operation": "backward() necesitaba lo que += o x[...] = cambió",
    r"does not require grad":
        "no depende de nada con gradiente: ¿lo corta .detach(), .item() o no_grad()?",
    r"call numpy\(\) on Tensor": "lleva gradiente: pásalo con .detach().numpy()",
    r"index (-?\d+) is out of bounds for (?:dimension|axis) (\d+) with size (\d+)":
        "pides el índice {0} y la dimensión {1} mide {2}: se cuenta de 0 a {2} - 1",
    r"(?:list|tuple|string) index out": "la última posición es len(x) - 1",
    r"be in range of \[(-?\d+), (-?\d+)\], but got (-?\d+)":
        "la dimensión {2} no existe: van de {0} a {1}",
    r"'NoneType' object has no attribute '(\w+)'":
        "pides .{0} a un None: ¿falta un return?, ¿o es un .grad antes de backward()?",
    r"NoneType": "llega un None donde hace falta un valor: ¿falta un return?",
    r"'(?:numpy\.ndarray|Tensor)' object has no attribute '(\w+)'":
        "no tiene .{0}: ¿es de PyTorch y tienes un array de NumPy, o al revés?",
    r"'(\w+)' object has no attribute '(\w+)'":
        "un objeto {0} no tiene .{1}: ¿está bien escrito?, ¿es el objeto que crees?",
    r"before Module.__init__": "falta super().__init__() al empezar __init__",
    r'the required "forward"': "la clase no define forward: mira nombre y sangría",
    r"must be Tensor, not ([\w.]+)": "pide un tensor y llega {0}: torch.as_tensor()",
    r"NameError: name '(\w+)' is not defined":
        "{0} no existe: ¿está bien escrito?, ¿has ejecutado la celda que lo define?",
    r"local variable '(\w+)'": "{0} se usa antes de tener valor en la función",
    r"missing \d+ required .*: (.+)": "falta {0}: mira la firma del enunciado",
    r"takes (?:from \d+ to )?(\d+) positional arguments? but (\d+)":
        "recibe {1} argumentos y acepta {0} (en un método, self también cuenta)",
    r"unexpected keyword argument '(\w+)'": "no hay ningún parámetro {0}",
    r"value of .* is ambiguous": "if pide un solo True o False: usa .all() o .any()",
}  # fmt: skip


def explain_error(name: str, text: str) -> str:
    """Say in Spanish what a usual error means, with the numbers of its message.

    Parameters
    ----------
    name, text : name of its type and its message
    """
    for pattern, meaning in ERRORS.items():
        found = re.search(pattern, f"{name}: {text}")
        if found:
            return meaning.format(*(part for part in found.groups() if part))
    return ""


def find_shape_cause(got: tuple[int, ...], wanted: tuple[int, ...]) -> str:
    """Say what probably made the shape `got` instead of `wanted`, or nothing."""
    n = max(got, default=0)
    spread = f"al operar ({n},) con ({n}, 1) sale ({n}, {n}) (broadcasting)"
    gaps = [g - w for g, w in zip(got, wanted, strict=False)]
    if got == (n, n) and wanted in ((n,), (n, 1), (1, n)) and n > 1:
        return spread
    if sorted(got) == sorted(wanted):
        return "las dimensiones están en otro orden: mira .T y permute"
    if [size for size in got if size != 1] == [size for size in wanted if size != 1]:
        cause = "falta una dimensión de tamaño 1 (unsqueeze, keepdim=True)"
        if len(got) > len(wanted):
            cause = "sobra una dimensión de tamaño 1 (squeeze, keepdim=False)"
        is_column = {got, wanted} == {(n,), (n, 1)} and n > 1
        return f"{cause}; {spread}" if is_column else cause
    if len(got) == len(wanted) and sum(map(abs, gaps)) == 1:
        verb = "sobra" if sum(gaps) > 0 else "falta"
        return f"{verb} una posición en la dimensión {gaps.index(sum(gaps))}"
    return ""


def find_order_cause(
    got: Sequence[Any], wanted: Sequence[Any], equal: Callable[[Any, Any], bool]
) -> str:
    """Say how the items of two lists that differ correspond, or nothing."""
    is_long = max(len(got), len(wanted)) > MAX_ITEMS
    if is_long or any(starmap(equal, combinations(wanted, 2))):
        return ""  # among repeated items, such as labels, any order looks right
    for text, a, b in (
        ("los elementos llegan en orden inverso", got[::-1], wanted),
        ("sobra el primer elemento", got[1:], wanted),
        ("sobra el último elemento", got[:-1], wanted),
        ("falta el primer elemento", got, wanted[1:]),
        ("falta el último elemento", got, wanted[:-1]),
    ):
        if len(a) == len(b) > 1 and all(map(equal, a, b)):
            return text
    is_same_set = all(any(equal(a, e) for a in got) for e in wanted)
    if is_same_set and len(got) == len(wanted):
        return "son los elementos esperados, en otro orden"
    return ""


def find_cause(actual: Array, expected: Array, what: str = "") -> str:
    """Say which usual mistake makes `actual` out of `expected`, or nothing.

    Parameters
    ----------
    actual, expected : arrays of numbers that differ in shape, dtype or values
    what : name of what is compared; a gradient has causes of its own
    """
    sizes, kinds = (actual.size, expected.size), actual.dtype.kind + expected.dtype.kind
    if not 0 < min(sizes) <= max(sizes) <= MAX_SIZE or "c" in kinds:
        return ""
    got, wanted = actual.astype(np.float64), expected.astype(np.float64)
    causes: Iterator[str] = chain(_turned(got, wanted), _changed(got, wanted, what))
    if got.shape != wanted.shape:
        causes = chain(_turned(got, wanted), _resized(got, wanted))
    with np.errstate(all="ignore"):
        if _same(got, wanted):
            causes = _rounded(got, wanted)
        return next(filter(None, causes), "")


def _same(x: Array, y: Array) -> bool:
    """Tell whether `x` agrees with `y`; nothing agrees with zeros alone."""
    if x.shape != y.shape or not y.any() or not np.isfinite(y).all():
        return False
    size = np.abs(y) + np.median(np.abs(y[y != 0]))  # large values hide no small ones
    return bool((np.abs(x - y) <= CLOSE * size).all())


def _is_telling(x: Array, n: int = 3) -> bool:
    """Tell whether agreeing with `x` is more than a coincidence of few round values."""
    return np.unique(x).size >= n or bool((np.abs(x - x.round(3)) > 1e-9).any())


def _rounded(got: Array, wanted: Array) -> Iterator[str]:
    is_single = [np.array_equal(x, x.astype(np.float32)) for x in (got, wanted)]
    if np.array_equal(got, wanted):
        yield "los valores coinciden; solo cambia el tipo (dtype)"
    elif is_single == [True, False]:
        yield "solo coinciden las primeras cifras: has calculado en float32"


def _turned(got: Array, wanted: Array) -> Iterator[str]:
    for axes in permutations(range(got.ndim)) if got.ndim < 5 else ():
        if _same(got.transpose(axes), wanted):
            turn = ".T" if got.ndim == 2 else f".permute{axes}"
            yield f"es la traspuesta de lo esperado: con {turn} coincide"


def _resized(got: Array, wanted: Array) -> Iterator[str]:
    """Look for a row too many or too few, another sum, another shape."""
    cause = find_shape_cause(got.shape, wanted.shape)
    if got.ndim == 2 and _same(np.diagonal(got), wanted.ravel()):
        yield cause
    verb, long, short = "sobra", got, wanted
    if got.size < wanted.size:
        verb, long, short = "falta", wanted, got
    for axis in range(long.ndim):
        for number, which in ((0, "primera"), (-1, "última")):
            if _same(np.delete(long, number, axis), short):
                yield f"{verb} la {which} posición de la dimensión {axis}"
    is_spread = np.allclose(np.atleast_1d(wanted).sum(axis=-1), 1)  # always, if softmax
    for reduce, name in ((np.sum, "suma"), (np.mean, "media")):
        total = reduce(wanted)
        is_there = np.isclose(reduce(got), total, CLOSE) and got.size != wanted.size
        if is_there and not is_spread and abs(total) > 1e-3 * np.abs(wanted).max():
            yield f"la {name} de todo coincide: revisa por qué dimensión (dim, axis)"
    if sorted(got.shape) != sorted(wanted.shape) and not 1 < got.size == wanted.size**2:
        yield cause  # of the others the values say that they are not it


def _changed(got: Array, wanted: Array, what: str) -> Iterator[str]:
    """Look for one change in all values, or right values in other places."""
    both, strange = (got, wanted), got[~np.isfinite(got) & np.isfinite(wanted)]
    if strange.size:
        name = "nan" if np.isnan(strange).any() else "inf"
        yield f"{name}: ¿log(0), dividir entre 0, exp sin restar antes el máximo?"
    if _same(got, -wanted):
        yield "el signo es el contrario"
    if got.size > 1 and _same(got, 1 - wanted):
        yield "es 1 menos lo esperado: ¿están las dos clases intercambiadas?"
    yield _scaled(got, wanted, what)
    if not _is_telling(wanted):
        return
    for name, step in STEPS:
        if _same(got, step(wanted)):
            yield f"sobra {name}"
        if _same(step(got), wanted):
            yield f"falta {name}"
    ones = [[i for i in range(x.ndim) if np.allclose(x.sum(i), 1)] for x in both]
    if all(ones) and not set(ones[0]) & set(ones[1]):
        yield f"suma 1 en la dimensión {ones[0][0]} y ha de sumar 1 en la {ones[1][0]}"
    yield _dropped(got, wanted)
    if got.size > 1 and np.ptp(got) == 0:
        yield f"llegó {got.flat[0]:g} en todas las posiciones"
    gap = got - wanted
    if got.ndim and len(gap) > 1 and _same(gap, 0 * gap + gap.mean(axis=0)):
        yield "cada fila difiere en lo mismo: ¿falta o sobra un sesgo o una constante?"
    yield from _reordered(got, wanted)


def _scaled(got: Array, wanted: Array, what: str) -> str:
    factor, base = (got * wanted).sum() / np.square(wanted).sum(), wanted[wanted != 0]
    if not _is_telling(base, 2) or not _same(got, factor * wanted):
        return ""
    times, parts = round(factor), round(1 / factor)
    if abs(factor - times) < CLOSE * times:
        cause = f"si hay {times} ejemplos, es la suma en lugar de la media"
        if GRADIENT.search(what):
            cause = f"si diste {times} pasos, falta zero_grad(); {cause}"
        return f"llegó {times} veces lo esperado: {cause}"
    if abs(1 / factor - parts) < CLOSE * parts:
        return f"llegó lo esperado dividido entre {parts}: ¿divides una vez de más?"
    if base.size == 1:  # any two numbers have a ratio
        return ""
    return f"todo está multiplicado por {factor:.6g}: ¿sobra o falta un factor?"


def _dropped(got: Array, wanted: Array) -> str:
    kept = got != 0
    factor = (got[kept] / wanted[kept]).max(initial=0)
    is_scaled = kept.sum() > 1 and _same(got[kept], factor * wanted[kept])
    if factor < 1 + CLOSE or not is_scaled:
        return ""
    zeros = f"{(~kept).sum()} valores son 0 y los demás están multiplicados"
    return f"{zeros} por {factor:.4g}: dropout activo, ¿falta model.eval()?"


def _reordered(got: Array, wanted: Array) -> Iterator[str]:
    for axis in range(got.ndim):
        a, b = np.moveaxis(got, axis, 0), np.moveaxis(wanted, axis, 0)
        if _same(a, b[::-1]):
            yield f"el orden es el inverso en la dimensión {axis}"
        if len(a) > 3 and (_same(a[1:], b[:-1]) or _same(a[:-1], b[1:])):
            yield f"todo está desplazado una posición en la dimensión {axis}"
    if _same(np.sort(got, None), np.sort(wanted, None)):
        yield "son los valores esperados, en otro orden"
