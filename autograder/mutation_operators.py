"""The small mistakes that mutants make: swaps, slips and things forgotten.

An operator is a function that looks at one node of a syntax tree and yields pairs
``(old, new)``: a node at or below it, and the node or text to put there instead.
``OPERATORS`` is the table of all of them. Where two lead to the same program, the
one that meets the outer node first, then the upper one in the table, gives the name.
"""

import ast
from collections.abc import Callable, Iterator
from copy import copy
from functools import partial
from typing import TypeVar

Node = ast.expr | ast.stmt
Changes = Iterator[tuple[Node, ast.AST | str]]
Operator = Callable[[ast.AST], Changes]
T = TypeVar("T")


def _both_ways(*pairs: tuple[T, T]) -> dict[T, T]:
    return dict(pairs) | {b: a for a, b in pairs}


def _swaps(names: str) -> dict[str, str]:
    first, second = names.split()[::2], names.split()[1::2]
    return _both_ways(*zip(first, second, strict=True))


def _words(names: str) -> frozenset[str]:
    return frozenset(names.split())


ARITHMETIC: dict[type[ast.operator], type[ast.operator]] = (
    _both_ways((ast.Add, ast.Sub), (ast.Mult, ast.Div), (ast.BitAnd, ast.BitOr))
    | {ast.FloorDiv: ast.Div, ast.Mod: ast.FloorDiv, ast.BitXor: ast.BitAnd}
    | {ast.Pow: ast.Mult, ast.MatMult: ast.Mult}
    | _both_ways((ast.LShift, ast.RShift))
)
NEIGHBOURS: dict[type[ast.cmpop], type[ast.cmpop]] = _both_ways(
    (ast.Lt, ast.LtE), (ast.Gt, ast.GtE)
)
OPPOSITES: dict[type[ast.cmpop], type[ast.cmpop]] = {
    **_both_ways((ast.Lt, ast.Gt), (ast.LtE, ast.GtE), (ast.Eq, ast.NotEq)),
    **_both_ways((ast.Is, ast.IsNot), (ast.In, ast.NotIn)),
}

SIBLINGS = {
    "mean_sum": _swaps("mean sum nanmean nansum"),
    "max_min": _swaps("max min argmax argmin amax amin maximum minimum"),
    "zeros_ones": _swaps("zeros ones zeros_like ones_like"),
    "train_eval": _swaps("train eval"),
    "dtype": _swaps("float32 float64 float double"),
    "grad_mode": {"no_grad": "enable_grad", "inference_mode": "enable_grad"},
    "lookalike": _swaps("ReLU Identity any all sin cos std var rand randn tril triu"),
}
BUILTINS = frozenset({"max", "min", "any", "all"})  # renamed without a dot before
MODES = _swaps("mean sum fan_in fan_out relu linear same valid ij xy")

MODULES = _words("np numpy torch math F nn init copy scipy")
TRANSPOSES = _words("t transpose permute swapaxes")
WRAPPERS = {
    "drop_detach": _words("detach"),
    "drop_copy": _words("clone copy deepcopy"),
    "drop_pointwise": _words(
        "exp expm1 log log1p log2 sqrt rsqrt abs fabs relu sigmoid tanh"
    ),
}
SYMMETRIC = _words("max min maximum minimum allclose isclose isinstance")
IN_PLACE = _words(
    "abs add clamp div exp log masked_fill mul neg pow relu sigmoid sqrt sub tanh"
)
ONLY_IN_PLACE = _words("zero_ fill_ copy_ normal_ uniform_ requires_grad_")

KEEPDIM = _words("keepdim keepdims")
CORRECTION = _words("unbiased correction ddof")
DIM = _words("dim axis")
SETTLED = KEEPDIM | CORRECTION | DIM | {"strict"}


def number(node: ast.AST | None) -> bool | int | float | None:
    """The value of a literal number, minus sign included; None for anything else."""
    match node:
        case ast.Constant(value=bool() | int() | float() as value):
            return value
        case ast.UnaryOp(
            op=ast.USub(), operand=ast.Constant(value=int() | float() as n)
        ):
            return -n
    return None


def is_settled(node: ast.AST) -> bool:
    """Whether the value of a keyword is left to the operator made for that keyword."""
    match node:
        case ast.keyword(arg=name, value=value) if name in SETTLED:
            return number(value) is not None
    return False


def _altered(node: T, **fields: object) -> T:
    new = copy(node)
    for name, value in fields.items():
        setattr(new, name, value)
    return new


def _name(function: ast.AST | None) -> str:
    """The last part of a dotted name."""
    match function:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
    return ""


def _root(node: ast.AST) -> str:
    """The first part of a dotted name, empty if it does not begin with a name."""
    while isinstance(node, ast.Attribute):
        node = node.value
    return _name(node)


def _names(tree: ast.AST) -> set[str]:
    return {part.id for part in ast.walk(tree) if isinstance(part, ast.Name)}


def _off_by_one(node: ast.expr) -> Changes:
    """One more and one less, unless a number inside the node sees to that."""
    value = number(node)
    if type(value) is int:
        yield from ((node, ast.Constant(n)) for n in (value + 1, value - 1))
    elif isinstance(node, ast.BinOp) and number(node.right) is not None:
        return
    elif not isinstance(node, ast.Constant | ast.Starred):
        for op in (ast.Add(), ast.Sub()):
            yield node, ast.BinOp(node, op, ast.Constant(1))


def arithmetic(node: ast.AST) -> Changes:
    """Another operator between two terms."""
    if isinstance(node, ast.BinOp):
        yield node, _altered(node, op=ARITHMETIC[type(node.op)]())


def drop_operand(node: ast.AST) -> Changes:
    """A forgotten term, factor, exponent or alternative."""
    match node:
        case ast.BinOp(left=left, op=ast.Sub() | ast.Div() | ast.Pow()):
            yield node, left
        case ast.BinOp(op=ast.Add() | ast.Mult() | ast.BitOr() | ast.BitAnd()):
            yield from ((node, node.left), (node, node.right))


def comparison(node: ast.AST) -> Changes:
    """The neighbouring comparison and the opposite one."""
    if isinstance(node, ast.Compare):
        for i, op in enumerate(node.ops):
            for table in (NEIGHBOURS, OPPOSITES):
                if type(op) in table:
                    ops = [*node.ops[:i], table[type(op)](), *node.ops[i + 1 :]]
                    yield node, _altered(node, ops=ops)


def boolean(node: ast.AST) -> Changes:
    """``and`` for ``or``, a forgotten side."""
    if isinstance(node, ast.BoolOp):
        other = ast.Or() if isinstance(node.op, ast.And) else ast.And()
        yield node, _altered(node, op=other)
        for value in node.values:
            rest = [other for other in node.values if other is not value]
            yield node, _altered(node, values=rest)


def drop_unary(node: ast.AST) -> Changes:
    """A forgotten minus, ``not`` or ``~``."""
    if isinstance(node, ast.UnaryOp):
        yield node, node.operand


def constant(node: ast.AST) -> Changes:
    """Another number or truth value."""
    value = number(node)
    if value is None or not isinstance(node, ast.expr):
        return
    if isinstance(value, bool):
        yield node, ast.Constant(not value)
    elif isinstance(value, int):
        yield from ((node, ast.Constant(n)) for n in (value + 1, value - 1, 0))
    else:
        yield node, ast.Constant(2 * value)
        yield node, ast.Constant(0.0 if value else 1.0)


def index(node: ast.AST) -> Changes:
    """An index off by one."""
    if isinstance(node, ast.Subscript):
        inner = node.slice
        for part in inner.elts if isinstance(inner, ast.Tuple) else [inner]:
            if type(number(part)) is int:
                yield from _off_by_one(part)
            elif isinstance(part, ast.Name):
                yield part, f"{part.id} - 1"


def slice_bound(node: ast.AST) -> Changes:
    """A bound of a slice off by one or forgotten, a forgotten step."""
    if isinstance(node, ast.Slice):
        for bound in filter(None, (node.lower, node.upper)):
            yield from _off_by_one(bound)
        for field in ("lower", "upper", "step"):
            # a lower bound that is a number becomes 0 elsewhere, which is the same
            if field != "lower" or number(node.lower) is None:
                yield node, _altered(node, **{field: None})


def range_bound(node: ast.AST) -> Changes:
    """A bound of a range off by one."""
    if isinstance(node, ast.Call) and _name(node.func) in ("range", "arange"):
        for bound in node.args:
            yield from _off_by_one(bound)


def swap_arguments(node: ast.AST) -> Changes:
    """Two neighbouring arguments in the wrong order."""
    if not isinstance(node, ast.Call) or _name(node.func) in SYMMETRIC:
        return
    if not any(isinstance(argument, ast.Starred) for argument in node.args):
        for i in range(len(node.args) - 1):
            args = node.args.copy()
            args[i], args[i + 1] = args[i + 1], args[i]
            yield node, _altered(node, args=args)


def drop_keyword(node: ast.AST) -> Changes:
    """A forgotten keyword argument."""
    if isinstance(node, ast.Call) and _name(node.func) != "zip":
        for keyword in node.keywords:
            if keyword.arg is not None and keyword.arg not in CORRECTION:
                rest = [other for other in node.keywords if other is not keyword]
                yield node, _altered(node, keywords=rest)


def drop_keepdim(node: ast.AST) -> Changes:
    """A reduced axis that is not kept."""
    if isinstance(node, ast.Call):
        rest = [other for other in node.keywords if other.arg not in KEEPDIM]
        yield node, _altered(node, keywords=rest)


def mode_string(node: ast.AST) -> Changes:
    """The other value of a well-known keyword argument."""
    match node:
        case ast.keyword(value=ast.Constant(value=str(mode)) as value):
            if mode in MODES:
                yield value, ast.Constant(MODES[mode])


def sibling(node: ast.AST, names: dict[str, str]) -> Changes:
    """The sibling of a well-known function or type."""
    match node:
        case ast.Attribute(attr=name) if name in names and _root(node) in MODULES:
            yield node, _altered(node, attr=names[name])
        case ast.Call(func=ast.Attribute(attr=name) as method) if name in names:
            yield method, _altered(method, attr=names[name])
        case ast.Call(func=ast.Name(id=name) as function) if name in BUILTINS:
            if name in names:
                yield function, names[name]


def unwrap(node: ast.AST, names: frozenset[str]) -> Changes:
    """The x of a call ``x.f()`` or ``f(x)`` without that call."""
    match node:
        # self.relu(x) is no method of x, x.transpose(0, 1) is
        case ast.Call(
            func=ast.Attribute(value=x, attr=name) as function, args=args
        ) if (
            name in names
            and _root(function) not in MODULES
            and (not args or names is TRANSPOSES)
        ):
            yield node, x
        case ast.Call(func=function, args=[x, *_]) if _name(function) in names:
            if not isinstance(x, ast.Starred):
                yield node, x


def drop_transpose(node: ast.AST) -> Changes:
    """An array that was not transposed."""
    match node:
        case ast.Attribute(value=value, attr="T" | "mT", ctx=ast.Load()):
            yield node, value
    yield from unwrap(node, TRANSPOSES)


def dim(node: ast.AST) -> Changes:
    """Another axis."""
    match node:
        case ast.keyword(arg=name, value=value) if name in DIM:
            axis = number(value)
            if type(axis) is int:
                yield value, ast.Constant(axis - 1 if axis > 0 else axis + 1)


def correction(node: ast.AST) -> Changes:
    """The other divisor of a variance, ``n`` or ``n - 1``."""
    match node:
        case ast.keyword(arg=name, value=value) if name in CORRECTION:
            divisor = number(value)
            if divisor is not None and divisor in (0, 1):
                yield value, ast.Constant(type(divisor)(1 - divisor))
        case ast.Call(func=ast.Attribute(attr="std" | "var") as function):
            if any(keyword.arg in CORRECTION for keyword in node.keywords):
                return
            # for a method, both: the other library's keyword is a TypeError
            for library, word, n in (("np", "ddof", 1), ("torch", "correction", 0)):
                if _root(function) not in MODULES - {library}:
                    extra = ast.keyword(word, ast.Constant(n))
                    yield node, _altered(node, keywords=[*node.keywords, extra])


def in_place(node: ast.AST) -> Changes:
    """The method that changes its tensor for the one that does not, or back."""
    match node:
        case ast.Call(func=ast.Attribute(value=tensor, attr=name) as function):
            if _root(function) in MODULES or name.startswith("_"):
                return
            if name.endswith("_") and name not in ONLY_IN_PLACE:
                yield function, _altered(function, attr=name[:-1])
            # a value that nobody else holds may be overwritten
            held = isinstance(tensor, ast.Name | ast.Attribute | ast.Subscript)
            if held and name in IN_PLACE:
                yield function, _altered(function, attr=name + "_")


def rebind(node: ast.AST) -> Changes:
    """``x = x + y`` for ``x += y`` and back, where somebody else may hold x.

    That is a parameter or a loop variable; what is added is more than a number.
    """
    match node:
        case ast.FunctionDef(args=args):
            names = {part.arg for part in ast.walk(args) if isinstance(part, ast.arg)}
        case ast.For(target=target):
            names = _names(target)
        case _:
            return
    for part in ast.walk(node):
        match part:
            case ast.AugAssign(target=ast.Name(id=x), op=op, value=y):
                if x in names and number(y) is None:
                    total = ast.BinOp(ast.Name(x), op, y)
                    yield part, f"{x} = {ast.unparse(total)}"
            case ast.Assign(
                targets=[ast.Name(id=x) as target],
                value=ast.BinOp(left=ast.Name(id=left), op=op, right=y),
            ):
                if x == left and x in names and number(y) is None:
                    yield part, ast.AugAssign(target, op, y)


def augmented(node: ast.AST) -> Changes:
    """``-=`` or ``=`` for ``+=``."""
    if isinstance(node, ast.AugAssign):
        yield node, _altered(node, op=ARITHMETIC[type(node.op)]())
        yield node, f"{ast.unparse(node.target)} = {ast.unparse(node.value)}"


def drop_statement(node: ast.AST) -> Changes:
    """A forgotten statement whose effect outlives it, a forgotten result."""
    match node:
        case ast.Return(value=ast.expr()):
            yield node, "return None"
        case ast.Expr(value=value) if not isinstance(value, ast.Constant):
            yield node, "pass"
        case ast.AugAssign() | ast.Assert() | ast.Break() | ast.Continue():
            yield node, "pass"
        case ast.Raise(exc=exc):
            if _name(getattr(exc, "func", exc)) != "NotImplementedError":
                yield node, "pass"
        case ast.Assign(targets=targets, value=value):
            held = ast.Attribute, ast.Subscript
            parts = [part for target in targets for part in ast.walk(target)]
            if any(isinstance(p, held) or _name(p) in _names(value) for p in parts):
                yield node, "pass"


def condition(node: ast.AST) -> Changes:
    """A condition that always or never holds."""
    match node:
        # a body that drop_statement drops never runs either
        case ast.If(test=test, body=[x], orelse=[]) if (x, "pass") in drop_statement(x):
            yield test, "True"
        case ast.If(test=test) | ast.IfExp(test=test):
            yield from ((test, "True"), (test, "False"))
        case ast.comprehension(ifs=tests):
            yield from ((test, value) for test in tests for value in ("True", "False"))


def loop(node: ast.AST) -> Changes:
    """A loop that ends after its first round, or before."""
    match node:
        case ast.For(iter=iterable) | ast.comprehension(iter=iterable):
            yield iterable, f"list({ast.unparse(iterable)})[:1]"
            yield iterable, "[]"
        case ast.While(test=test):
            body = ast.unparse(node).partition("\n")[2]
            yield node, f"for _ in range(bool({ast.unparse(test)})):\n{body}"
            yield test, "False"


OPERATORS: dict[str, Operator] = {
    **{f.__name__: f for f in (dim, drop_keepdim, correction, drop_transpose)},
    **{name: partial(unwrap, names=names) for name, names in WRAPPERS.items()},
    **{name: partial(sibling, names=names) for name, names in SIBLINGS.items()},
    **{f.__name__: f for f in (in_place, rebind, swap_arguments, drop_keyword)},
    **{f.__name__: f for f in (mode_string, range_bound, slice_bound, index)},
    **{f.__name__: f for f in (arithmetic, augmented, drop_operand, drop_unary)},
    **{f.__name__: f for f in (comparison, boolean, constant, condition, loop)},
    "drop_statement": drop_statement,
}
