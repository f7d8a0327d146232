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
AnyNode = TypeVar("AnyNode", bound=ast.AST)

ARITHMETIC: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Div,
    ast.Mod: ast.FloorDiv,
    ast.Pow: ast.Mult,
    ast.MatMult: ast.Mult,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
    ast.BitXor: ast.BitAnd,
    ast.LShift: ast.RShift,
    ast.RShift: ast.LShift,
}
COMPARISONS: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.Gt),
    ast.LtE: (ast.Lt, ast.GtE),
    ast.Gt: (ast.GtE, ast.Lt),
    ast.GtE: (ast.Gt, ast.LtE),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}


def _both_ways(*pairs: str) -> dict[str, str]:
    names = [tuple(pair.split()) for pair in pairs]
    return {a: b for a, b in names} | {b: a for a, b in names}


MEAN_SUM = _both_ways("mean sum", "nanmean nansum")
MAX_MIN = _both_ways("max min", "argmax argmin", "amax amin", "maximum minimum")
ZEROS_ONES = _both_ways("zeros ones", "zeros_like ones_like", "new_zeros new_ones")
TRAIN_EVAL = _both_ways("train eval")
GRAD_MODE = {"no_grad": "enable_grad", "inference_mode": "enable_grad"}
LOOKALIKES = _both_ways(
    "ReLU Identity", "any all", "sin cos", "std var", "rand randn", "tril triu"
)
DTYPES = _both_ways("float32 float64", "float double")
MODES = _both_ways(
    "mean sum", "fan_in fan_out", "relu linear", "same valid", "ij xy", "none tanh"
)
BUILTINS = frozenset({"max", "min", "any", "all"})  # renamed without a dot before

MODULES = frozenset({"np", "numpy", "torch", "math", "F", "nn", "copy", "scipy"})
COPIES = frozenset({"clone", "copy", "deepcopy"})
TRANSPOSES = frozenset({"t", "transpose", "permute", "swapaxes"})
POINTWISE = frozenset(
    "exp expm1 exp2 log log1p log2 sqrt rsqrt abs fabs relu sigmoid tanh".split()
)
IN_PLACE = frozenset(
    "abs add clamp div exp log masked_fill mul neg pow relu sigmoid sqrt sub tanh".split()
)
ONLY_IN_PLACE = frozenset("zero_ fill_ copy_ normal_ uniform_ requires_grad_".split())
SYMMETRIC = frozenset("max min maximum minimum allclose isclose isinstance".split())

KEEPDIM = frozenset({"keepdim", "keepdims"})
CORRECTION = frozenset({"unbiased", "correction", "ddof"})
DIM = frozenset({"dim", "axis"})


def number(node: ast.AST | None) -> bool | int | float | None:
    """The value of a literal number, minus sign included; None for anything else."""
    match node:
        case ast.Constant(value=bool() | int() | float() as value):
            return value
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=value)):
            return -value if isinstance(value, int | float) else None
    return None


def is_settled(node: ast.AST) -> bool:
    """Whether a keyword's number is left to the operator made for that keyword."""
    settled = KEEPDIM | CORRECTION | DIM | {"strict"}
    match node:
        case ast.keyword(arg=str(name), value=value):
            return name in settled and number(value) is not None
    return False


def _altered(node: AnyNode, **fields: object) -> AnyNode:
    new = copy(node)
    for name, value in fields.items():
        setattr(new, name, value)
    return new


def _name(function: ast.AST) -> str:
    """The last part of a dotted name."""
    match function:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
    return ""


def _root(node: ast.AST) -> str:
    """The first part of a dotted name, empty if it does not begin with a name."""
    while isinstance(node, ast.Attribute):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


def _next_to(node: ast.expr) -> Iterator[ast.expr]:
    """One more and one less, unless the numbers inside the node see to that."""
    value = number(node)
    if type(value) is int:
        yield from (ast.Constant(value + 1), ast.Constant(value - 1))
    elif isinstance(node, ast.BinOp) and number(node.right) is not None:
        return
    elif value is None and not isinstance(node, ast.Constant):
        yield ast.BinOp(node, ast.Add(), ast.Constant(1))
        yield ast.BinOp(node, ast.Sub(), ast.Constant(1))


# expressions


def arithmetic(node: ast.AST) -> Changes:
    """Another operator between two terms, or in ``+=``."""
    if isinstance(node, ast.BinOp | ast.AugAssign):
        yield node, _altered(node, op=ARITHMETIC[type(node.op)]())


def drop_operand(node: ast.AST) -> Changes:
    """A forgotten term, factor or exponent."""
    match node:
        case ast.BinOp(left=left, op=ast.Add() | ast.Mult(), right=right):
            yield from ((node, left), (node, right))
        case ast.BinOp(left=left, op=ast.Sub() | ast.Div() | ast.Pow()):
            yield node, left


def sign(node: ast.AST) -> Changes:
    """A minus or ``~`` forgotten, a minus too many."""
    match node:
        case ast.UnaryOp(op=ast.USub() | ast.Invert(), operand=operand):
            yield node, operand
        case ast.BinOp(left=left, op=ast.Add() | ast.Sub()):
            if not isinstance(left, ast.UnaryOp):
                yield left, ast.UnaryOp(ast.USub(), left)


def comparison(node: ast.AST) -> Changes:
    """The neighbouring comparison and the opposite one."""
    if isinstance(node, ast.Compare):
        for i, op in enumerate(node.ops):
            for other in COMPARISONS[type(op)]:
                ops = [*node.ops[:i], other(), *node.ops[i + 1 :]]
                yield node, _altered(node, ops=ops)


def boolean(node: ast.AST) -> Changes:
    """``and`` for ``or``, one side only, ``not`` forgotten."""
    match node:
        case ast.BoolOp(op=op, values=values):
            other = ast.Or() if isinstance(op, ast.And) else ast.And()
            yield node, _altered(node, op=other)
            for i in range(len(values)):
                rest = [*values[:i], *values[i + 1 :]]
                yield node, _altered(node, values=rest) if rest[1:] else rest[0]
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            yield node, operand


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


def default(node: ast.AST) -> Changes:
    """Another default of a parameter."""
    if isinstance(node, ast.arguments):
        for value in (*node.defaults, *node.kw_defaults):
            if value is not None:
                yield from constant(value)


def index(node: ast.AST) -> Changes:
    """An index off by one."""
    if isinstance(node, ast.Subscript):
        for part in _subscripts(node):
            if type(number(part)) is int:
                yield from ((part, new) for new in _next_to(part))
            elif isinstance(part, ast.Name):
                yield part, f"{part.id} - 1"


def slice_bound(node: ast.AST) -> Changes:
    """A bound of a slice off by one, or forgotten; a step forgotten."""
    if not isinstance(node, ast.Subscript):
        return
    for part in _subscripts(node):
        if isinstance(part, ast.Slice):
            for bound in filter(None, (part.lower, part.upper)):
                yield from ((bound, new) for new in _next_to(bound))
            if part.lower is not None and number(part.lower) is None:
                yield part, _altered(part, lower=None)  # a number may become 0
            if part.upper is not None:
                yield part, _altered(part, upper=None)
            if part.step is not None:
                yield part, _altered(part, step=None)


def _subscripts(node: ast.Subscript) -> list[ast.expr]:
    return node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]


def range_bound(node: ast.AST) -> Changes:
    """A bound of a range off by one."""
    if isinstance(node, ast.Call) and _name(node.func) in ("range", "arange"):
        for bound in node.args:
            if not isinstance(bound, ast.Starred):
                yield from ((bound, new) for new in _next_to(bound))


# calls


def swap_arguments(node: ast.AST) -> Changes:
    """Two neighbouring arguments in the wrong order."""
    if not isinstance(node, ast.Call) or _name(node.func) in SYMMETRIC:
        return
    if not any(isinstance(argument, ast.Starred) for argument in node.args):
        for i in range(len(node.args) - 1):
            args = node.args.copy()
            args[i], args[i + 1] = args[i + 1], args[i]
            yield node, _altered(node, args=args)


def drop_keyword(node: ast.AST, chosen: Callable[[str], bool]) -> Changes:
    """A keyword argument forgotten."""
    if isinstance(node, ast.Call) and _name(node.func) != "zip":
        for keyword in node.keywords:
            if keyword.arg is not None and chosen(keyword.arg):
                rest = [other for other in node.keywords if other is not keyword]
                yield node, _altered(node, keywords=rest)


def mode_string(node: ast.AST) -> Changes:
    """The other value of a well-known keyword argument."""
    match node:
        case ast.keyword(value=ast.Constant(value=str(mode)) as value):
            if mode in MODES:
                yield value, ast.Constant(MODES[mode])


def rename(node: ast.AST, names: dict[str, str]) -> Changes:
    """A call of the sibling of a well-known function."""
    match node:
        case ast.Call(func=ast.Attribute(attr=name) as function) if name in names:
            yield function, _altered(function, attr=names[name])
        case ast.Call(func=ast.Name(id=name) as function) if name in names:
            if name in BUILTINS:
                yield function, names[name]


def unwrap(node: ast.AST, names: frozenset[str]) -> Changes:
    """The value without the call around it, as ``f(x)`` or ``x.f()``."""
    if not isinstance(node, ast.Call) or _name(node.func) not in names:
        return
    function = node.func
    if isinstance(function, ast.Attribute) and _root(function) not in MODULES:
        yield node, function.value
    elif node.args and not isinstance(node.args[0], ast.Starred):
        yield node, node.args[0]


# tensors


def dim(node: ast.AST) -> Changes:
    """Another axis."""
    match node:
        case ast.keyword(arg=name, value=value) if name in DIM:
            axis = number(value)
            if type(axis) is int:
                yield value, ast.Constant({0: 1, -1: 0}.get(axis, axis - 1))


def correction(node: ast.AST) -> Changes:
    """The other divisor of a variance, ``n`` or ``n - 1``."""
    match node:
        case ast.keyword(arg=name, value=value) if name in CORRECTION:
            if isinstance(value, ast.Constant) and value.value in (0, 1):
                yield value, ast.Constant(type(value.value)(1 - value.value))
        case ast.Call(func=ast.Attribute(attr="std" | "var"), keywords=keywords):
            if any(keyword.arg in CORRECTION for keyword in keywords):
                return
            root = _root(node.func)
            if root != "torch":
                extra = ast.keyword("ddof", ast.Constant(1))
                yield node, _altered(node, keywords=[*keywords, extra])
            if root not in ("np", "numpy"):
                extra = ast.keyword("correction", ast.Constant(0))
                yield node, _altered(node, keywords=[*keywords, extra])


def drop_transpose(node: ast.AST) -> Changes:
    """An array that was not transposed."""
    match node:
        case ast.Attribute(value=value, attr="T" | "mT", ctx=ast.Load()):
            yield node, value
    yield from unwrap(node, TRANSPOSES)


def dtype(node: ast.AST) -> Changes:
    """The other float type."""
    match node:
        case ast.Attribute(attr=name, ctx=ast.Load()) if name in DTYPES:
            if _root(node) in MODULES:
                yield node, _altered(node, attr=DTYPES[name])


def in_place(node: ast.AST) -> Changes:
    """The method that changes its tensor instead of the one that does not, or back."""
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
    """``x += y`` for ``x = x + y`` and back, where x came from outside.

    Only parameters and loop variables: there the caller's object changes, or not.
    """
    match node:
        case ast.FunctionDef(args=args):
            names = {part.arg for part in ast.walk(args) if isinstance(part, ast.arg)}
        case ast.For(target=target):
            names = {part.id for part in ast.walk(target) if isinstance(part, ast.Name)}
        case _:
            return
    for part in ast.walk(node):
        match part:
            case ast.AugAssign(target=ast.Name(id=name), op=op, value=value):
                if name in names and number(value) is None:
                    sum_ = ast.BinOp(ast.Name(name), op, value)
                    yield part, f"{name} = {ast.unparse(sum_)}"
            case ast.Assign(
                targets=[ast.Name(id=name) as x],
                value=ast.BinOp(left=ast.Name(id=left), op=op, right=right),
            ):
                if name == left and name in names and number(right) is None:
                    yield part, ast.AugAssign(x, op, right)


# statements


def assign_only(node: ast.AST) -> Changes:
    """``=`` for ``+=``."""
    if isinstance(node, ast.AugAssign):
        yield node, f"{ast.unparse(node.target)} = {ast.unparse(node.value)}"


def drop_statement(node: ast.AST) -> Changes:
    """A statement forgotten whose effect stays after it."""
    match node:
        case ast.Expr(value=ast.Constant()):
            return
        case ast.Expr() | ast.AugAssign() | ast.Assert() | ast.Break() | ast.Continue():
            yield node, "pass"
        case ast.Raise(exc=exc):
            call = exc.func if isinstance(exc, ast.Call) else exc
            if call is None or _name(call) != "NotImplementedError":
                yield node, "pass"
        case ast.Assign(targets=targets, value=value):
            parts = [part for target in targets for part in ast.walk(target)]
            names = {part.id for part in ast.walk(value) if isinstance(part, ast.Name)}
            if any(
                isinstance(part, ast.Attribute | ast.Subscript) or _name(part) in names
                for part in parts
            ):
                yield node, "pass"


def condition(node: ast.AST) -> Changes:
    """A condition that always or never holds."""
    match node:
        case ast.If(test=test) | ast.IfExp(test=test):
            tests = [test]
        case ast.comprehension(ifs=tests):
            pass
        case _:
            return
    for test in tests:
        yield from ((test, "True"), (test, "False"))


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


def return_none(node: ast.AST) -> Changes:
    """A result that is not handed back."""
    match node:
        case ast.Return(value=ast.expr()):
            yield node, "return None"


OPERATORS: tuple[tuple[str, Operator], ...] = (
    ("dim", dim),
    ("drop_keepdim", partial(drop_keyword, chosen=KEEPDIM.__contains__)),
    ("correction", correction),
    ("drop_detach", partial(unwrap, names=frozenset({"detach"}))),
    ("drop_copy", partial(unwrap, names=COPIES)),
    ("drop_transpose", drop_transpose),
    ("drop_pointwise", partial(unwrap, names=POINTWISE)),
    ("mean_sum", partial(rename, names=MEAN_SUM)),
    ("max_min", partial(rename, names=MAX_MIN)),
    ("zeros_ones", partial(rename, names=ZEROS_ONES)),
    ("train_eval", partial(rename, names=TRAIN_EVAL)),
    ("grad_mode", partial(rename, names=GRAD_MODE)),
    ("lookalike", partial(rename, names=LOOKALIKES)),
    ("dtype", dtype),
    ("in_place", in_place),
    ("rebind", rebind),
    ("swap_arguments", swap_arguments),
    (
        "drop_keyword",
        partial(drop_keyword, chosen=lambda name: name not in KEEPDIM | CORRECTION),
    ),
    ("mode_string", mode_string),
    ("default", default),
    ("range_bound", range_bound),
    ("slice_bound", slice_bound),
    ("index", index),
    ("arithmetic", arithmetic),
    ("drop_operand", drop_operand),
    ("sign", sign),
    ("comparison", comparison),
    ("boolean", boolean),
    ("constant", constant),
    ("assign_only", assign_only),
    ("condition", condition),
    ("loop", loop),
    ("return_none", return_none),
    ("drop_statement", drop_statement),
)
