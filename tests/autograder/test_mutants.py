"""Reference solutions with one small mistake each."""

import ast
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from textwrap import dedent

import nbformat
import pytest

from autograder.mutants import CONTEXT, MAX_EXCERPT, Mutant, make_mutants
from autograder.mutation_operators import OPERATORS

ROOT = Path(__file__).parents[2]
UNITS = ("04_perceptron", "A1_pesos")

# operator, source, what it must become
EXPECTED = [
    ("dim", "x.sum(dim=0)", "x.sum(dim=1)"),
    ("dim", "x.sum(axis=1)", "x.sum(axis=0)"),
    ("dim", "x.softmax(dim=-1)", "x.softmax(dim=0)"),
    ("dim", "x.softmax(dim=-2)", "x.softmax(dim=-1)"),
    ("drop_keepdim", "x.sum(1, keepdim=True)", "x.sum(1)"),
    ("drop_keepdim", "f(a=a, keepdim=True, b=b)", "f(a=a, b=b)"),
    ("drop_keepdim", "x.max(axis=1, keepdims=True)", "x.max(axis=1)"),
    ("correction", "x.var(unbiased=False)", "x.var(unbiased=True)"),
    ("correction", "x.std(correction=1)", "x.std(correction=0)"),
    ("correction", "np.std(x, ddof=0)", "np.std(x, ddof=1)"),
    ("correction", "np.std(x)", "np.std(x, ddof=1)"),
    ("correction", "torch.var(x)", "torch.var(x, correction=0)"),
    ("correction", "x.std()", "x.std(ddof=1)"),
    ("correction", "x.std()", "x.std(correction=0)"),
    ("correction", "x.std(axis=0)", "x.std(axis=0, ddof=1)"),
    ("drop_detach", "y = x.detach()", "y = x"),
    ("drop_copy", "y = x.clone()", "y = x"),
    ("drop_copy", "y = x.grad.copy()", "y = x.grad"),
    ("drop_copy", "y = copy.deepcopy(x)", "y = x"),
    ("drop_transpose", "x @ w.T", "x @ w"),
    ("drop_transpose", "x @ w.mT", "x @ w"),
    ("drop_transpose", "x @ w.t()", "x @ w"),
    ("drop_transpose", "x @ w.transpose(-2, -1)", "x @ w"),
    ("drop_transpose", "x @ np.transpose(w)", "x @ w"),
    ("drop_pointwise", "y = x.exp()", "y = x"),
    ("drop_pointwise", "y = torch.log(x + 1)", "y = x + 1"),
    ("drop_pointwise", "y = 2 * math.sqrt(x + 1)", "y = 2 * (x + 1)"),
    ("drop_pointwise", "y = abs(x)", "y = x"),
    ("drop_pointwise", "y = -x.exp()", "y = -x"),
    ("drop_pointwise", "y = abs(z := x)", "y = (z := x)"),
    ("drop_pointwise", "y = F.relu(x)", "y = x"),
    ("drop_pointwise", "y = self.relu(x)", "y = x"),
    ("mean_sum", "x.mean()", "x.sum()"),
    ("mean_sum", "np.sum(x)", "np.mean(x)"),
    ("max_min", "max(xs)", "min(xs)"),
    ("max_min", "f(np.maximum)", "f(np.minimum)"),
    ("max_min", "x.argmin(0)", "x.argmax(0)"),
    ("zeros_ones", "np.zeros(3)", "np.ones(3)"),
    ("zeros_ones", "torch.ones_like(x)", "torch.zeros_like(x)"),
    ("train_eval", "model.eval()", "model.train()"),
    (
        "grad_mode",
        "with torch.no_grad():\n    f()",
        "with torch.enable_grad():\n    f()",
    ),
    ("lookalike", "torch.rand(3)", "torch.randn(3)"),
    ("lookalike", "nn.ReLU()", "nn.Identity()"),
    ("dtype", "x.to(torch.float32)", "x.to(torch.float64)"),
    ("dtype", "x.double()", "x.float()"),
    ("dtype", "np.array(x, dtype=np.float64)", "np.array(x, dtype=np.float32)"),
    ("in_place", "y = x.add_(z)", "y = x.add(z)"),
    ("in_place", "y = x.clamp(0)", "y = x.clamp_(0)"),
    ("in_place", "y = x.grad.clamp(0)", "y = x.grad.clamp_(0)"),
    ("in_place", "y = x[0].clamp(0)", "y = x[0].clamp_(0)"),
    ("rebind", "def f(x, y):\n    x += y", "def f(x, y):\n    x = x + y"),
    ("rebind", "def f(x, y):\n    x *= y + 1", "def f(x, y):\n    x = x * (y + 1)"),
    ("rebind", "def f(x, y):\n    x = x - y", "def f(x, y):\n    x -= y"),
    ("rebind", "for x in xs:\n    x += y", "for x in xs:\n    x = x + y"),
    ("swap_arguments", "f(a, b, c)", "f(b, a, c)"),
    ("swap_arguments", "f(a, b, c)", "f(a, c, b)"),
    ("drop_keyword", "f(a, lr=b)", "f(a)"),
    ("drop_keyword", "f(a=a, b=b, c=c)", "f(a=a, c=c)"),
    ("mode_string", 'loss(reduction="mean")', "loss(reduction='sum')"),
    ("range_bound", "range(n)", "range(n - 1)"),
    ("range_bound", "range(1, n)", "range(1, n + 1)"),
    ("range_bound", "range(1, n)", "range(2, n)"),
    ("range_bound", "range(m + n)", "range(m + n - 1)"),
    ("slice_bound", "x[:n]", "x[:n + 1]"),
    ("slice_bound", "x[n:]", "x[:]"),
    ("slice_bound", "x[m:n]", "x[m:]"),
    ("slice_bound", "x[1:n]", "x[1:]"),
    ("slice_bound", "x[m:n]", "x[m:n - 1]"),
    ("slice_bound", "x[m:n]", "x[m + 1:n]"),
    ("slice_bound", "x[:, :-1]", "x[:, :]"),
    ("slice_bound", "x[1:]", "x[0:]"),
    ("slice_bound", "x[::2]", "x[:]"),
    ("index", "x[0]", "x[1]"),
    ("index", "x[:, 1]", "x[:, 0]"),
    ("index", "x[i] = 0", "x[i - 1] = 0"),
    ("arithmetic", "a + b", "a - b"),
    ("arithmetic", "a @ b", "a * b"),
    ("arithmetic", "a // b", "a / b"),
    ("arithmetic", "a % b", "a // b"),
    ("arithmetic", "a ^ b", "a & b"),
    ("arithmetic", "a << b", "a >> b"),
    ("arithmetic", "c / a**b", "c / (a * b)"),
    ("augmented", "a += b", "a -= b"),
    ("augmented", "a += b", "a = b"),
    ("drop_operand", "a + b", "a"),
    ("drop_operand", "a * b", "b"),
    ("drop_operand", "a / b", "a"),
    ("drop_operand", "isinstance(a, b | c)", "isinstance(a, b)"),
    ("drop_unary", "-a", "a"),
    ("drop_unary", "not a", "a"),
    ("drop_unary", "~a", "a"),
    ("comparison", "a < b", "a <= b"),
    ("comparison", "a < b", "a > b"),
    ("comparison", "a < b == c > d", "a < b != c > d"),
    ("comparison", "a < b == c > d", "a < b == c >= d"),
    ("comparison", "a <= b", "a >= b"),
    ("comparison", "a is not b", "a is b"),
    ("comparison", "a in b", "a not in b"),
    ("boolean", "a and b", "a or b"),
    ("boolean", "a or b", "a and b"),
    ("boolean", "a or b", "b"),
    ("boolean", "a and b and c", "a and c"),
    ("constant", "a = 3", "a = 4"),
    ("constant", "a = 3", "a = 2"),
    ("constant", "a = 3", "a = 0"),
    ("constant", "a = 0 ** b", "a = (-1) ** b"),
    ("constant", "a = -3", "a = -2"),
    ("constant", "a = 0.25", "a = 0.5"),
    ("constant", "a = 0.25", "a = 0.0"),
    ("constant", "a = -0.25", "a = -0.5"),
    ("constant", "a = 0.0", "a = 1.0"),
    ("constant", "a = True", "a = False"),
    ("constant", "def f(x, n=1): pass", "def f(x, n=2): pass"),
    ("constant", "def f(x, *, a=False): pass", "def f(x, *, a=True): pass"),
    ("condition", "if a:\n    b = c", "if True:\n    b = c"),
    ("condition", "if a:\n    b = c", "if False:\n    b = c"),
    ("condition", "if a:\n    f()", "if True:\n    f()"),
    ("condition", "a if b else c", "a if True else c"),
    ("condition", "[a for a in b if a if c]", "[a for a in b if a if False]"),
    ("condition", "[a for a in b if a]", "[a for a in b if False]"),
    ("loop", "for a in b:\n    c = a", "for a in list(b)[:1]:\n    c = a"),
    ("loop", "for a in b:\n    c = a", "for a in []:\n    c = a"),
    ("loop", "[a for a in b]", "[a for a in list(b)[:1]]"),
    ("loop", "while a:\n    b = c", "for _ in range(bool(a)):\n    b = c"),
    ("loop", "while a:\n    b = c", "while False:\n    b = c"),
    ("drop_statement", "optimizer.zero_grad()", "pass"),
    ("drop_statement", "model.eval()", "pass"),
    ("drop_statement", "x.grad = None", "pass"),
    ("drop_statement", "x[0], y = 1, 2", "pass"),
    ("drop_statement", "x = y.grad = z", "pass"),
    ("drop_statement", "x = x / s", "pass"),
    ("drop_statement", "x += y", "pass"),
    ("drop_statement", "assert x", "pass"),
    ("drop_statement", "raise ValueError('no')", "pass"),
    ("drop_statement", "for a in b:\n    break", "for a in b:\n    pass"),
    ("drop_statement", "for a in b:\n    continue", "for a in b:\n    pass"),
    ("drop_statement", "def f(x):\n    return x", "def f(x):\n    return None"),
]

NOTHING_TO_MUTATE = [
    "",
    "# nada",
    "import numpy as np",
    'def f(x):\n    """Suma 1 + 1."""\n    raise NotImplementedError',
    'def f(x):\n    raise NotImplementedError("1 + 1")',
    "def f(x: Annotated[int, 3 + 1] | None) -> list[1 + 1]: pass",
    "n: Annotated[int, 3 + 1]",
    "@cache(maxsize=3)\ndef f(x): pass",
    "class A(B[1]): pass",
    "a = 'texto', f'{1 + 1}', None",
    "a = zip(b, strict=True)",
    "a = isinstance(b, c)",
]


@cache
def mutants_of(source: str) -> tuple[Mutant, ...]:
    return make_mutants(source)


def pairs(source: str) -> list[tuple[str, str]]:
    return [(mutant.operator, mutant.source) for mutant in make_mutants(source)]


def tree(source: str) -> str:
    return ast.dump(ast.parse(source))


def solutions() -> Iterator[tuple[str, str]]:
    for unit in UNITS:
        path = ROOT / "notebooks" / unit / "ejercicios.ipynb"
        for cell in nbformat.read(path, as_version=4).cells:
            info = cell.metadata.get("nbgrader", {})
            if cell.cell_type == "code" and info.get("solution"):
                yield info.grade_id, cell.source


@pytest.fixture(params=[pytest.param(source, id=name) for name, source in solutions()])
def solution(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.mark.parametrize(("operator", "source", "expected"), EXPECTED)
def test_tiny_source_gives_the_mutant_of_the_operator(
    operator: str, source: str, expected: str
) -> None:
    assert (operator, expected) in pairs(source)


def test_every_operator_has_a_tiny_source() -> None:
    assert {operator for operator, _, _ in EXPECTED} == set(OPERATORS)


@pytest.mark.parametrize("source", NOTHING_TO_MUTATE)
def test_source_without_anything_to_mutate_gives_nothing(source: str) -> None:
    assert make_mutants(source) == ()


@pytest.mark.parametrize(
    ("source", "unwanted"),
    [
        # the same as another mutant
        ("x.sum(0, keepdim=True)", "x.sum(0, keepdim=False)"),
        ("if a:\n    raise b", "if False:\n    raise b"),
        ("range(n - 1)", "range(n - 1 - 1)"),
        ("x[:n - 1]", "x[:n - 1 + 1]"),
        ("x[1:]", "x[:]"),
        ("a = -1", "a = -0"),
        # the same as before
        ("max(a, b)", "max(b, a)"),
        ("x.std(ddof=1)", "x.std()"),
        ("nn.init.normal_(x)", "nn.init.normal(x)"),
        ("torch.nn.functional.relu_(x)", "torch.nn.functional.relu(x)"),
        ("y = (a + b).clamp(0)", "y = (a + b).clamp_(0)"),  # nobody else holds a + b
        ("def f(x):\n    x += 1", "def f(x):\n    x = x + 1"),
        ("def f(x):\n    x = x + 1", "def f(x):\n    x += 1"),
        ("def f(x):\n    y = g()\n    y += x", "def f(x):\n    y = g()\n    y = y + x"),
        ("def f(x):\n    y = g()\n    y = y + x", "def f(x):\n    y = g()\n    y += x"),
        ("assert a, b + 1", "assert a, b - 1"),
        ("raise ValueError(a + b)", "raise ValueError(a - b)"),
        # never right for anybody
        ("def f(x, y):\n    x = y - x", "def f(x, y):\n    x -= x"),
        ("x.sum(dim=1)", "x.sum(dim=2)"),
        ("x.sum(axis=None)", "x.sum(axis=0)"),
        ("x.std(correction=1)", "x.std(correction=2)"),
        ("x.std(ddof=2)", "x.std(ddof=-1)"),
        ("x.std(ddof=n)", "x.std(ddof=1)"),
        ("x.std(axis=0, ddof=1)", "x.std(axis=0, ddof=1, correction=0)"),
        ("np.std(x)", "np.std(x, correction=0)"),
        ("torch.std(x)", "torch.std(x, ddof=1)"),
        ("sum(x)", "mean(x)"),
        ("f(mode='otro')", "f(mode='mean')"),
        ("x.foo()", "x.foo_()"),
        ("x.add(y)", "x.ad(y)"),
        ("x._step_(y)", "x._step(y)"),
        ("w.normal_(m, s)", "w.normal(m, s)"),
        ("y = self.relu(x)", "y = self"),
        ("y = self.float", "y = self.double"),
        ("self.T = x", "self = x"),
        # what * and ** stand for is not known
        ("f(*a, b)", "f(b, *a)"),
        ("f(a, *b)", "f(*b, a)"),
        ("f(a, **b)", "f(a)"),
        ("f(abs(*y))", "f(*y)"),
        ("range(*a)", "range(*a + 1)"),
        ("x[:None]", "x[:None + 1]"),
    ],
)
def test_mutant_that_says_nothing_is_not_made(source: str, unwanted: str) -> None:
    assert unwanted not in [mutated for _, mutated in pairs(source)]


def test_guarded_return_can_be_lost_or_never_reached() -> None:
    source = "def f(x):\n    if x:\n        return x"
    made = [mutated for _, mutated in pairs(source)]
    assert source.replace("return x", "return None") in made
    assert source.replace("if x", "if False") in made


def test_markers_confine_the_changes_to_the_lines_between_them() -> None:
    source = dedent("""\
        LIMIT = 3


        class Model:
            '### BEGIN SOLUTION'
            size = 1 + 1

            def fit(self, x):
                x = x + 1
                ### BEGIN SOLUTION
                for i in range(4):
                    self.w = x[i]
                ### END SOLUTION
                return x - 1

            def predict(self, x, n=5):
                ### BEGIN SOLUTION
                return x * 6
                ### END SOLUTION
        """)
    lines = {mutant.line for mutant in make_mutants(source)}
    assert lines == {11, 12, 18}


def test_markers_without_code_between_them_give_nothing() -> None:
    source = "x = 1\n### BEGIN SOLUTION\n# nada\n### END SOLUTION\ny = 2\n"
    assert make_mutants(source) == ()


def test_marker_that_is_not_closed_reaches_to_the_end() -> None:
    source = "x = True\n### BEGIN SOLUTION\ny = True\n"
    assert pairs(source) == [("constant", source.replace("y = True", "y = False"))]


@pytest.mark.parametrize(
    "source",
    [
        "while a:\n    ### BEGIN SOLUTION\n    b = f()\n",
        "### BEGIN SOLUTION\nwhile a:\n    f()\n    ### END SOLUTION\n    g()\n",
    ],
)
def test_statement_across_a_marker_is_not_rewritten(source: str) -> None:
    assert not any("range" in mutated for _, mutated in pairs(source))


def test_change_that_only_the_compiler_refuses_is_not_made() -> None:
    source = "match a:\n    case b.T:\n        c = d\n    case _:\n        c = e"
    assert pairs(source) == []


def test_await_at_the_top_of_a_cell_is_accepted() -> None:
    assert ("arithmetic", "a = await b - c") in pairs("a = await b + c")


def test_source_that_is_not_python_is_refused() -> None:
    with pytest.raises(SyntaxError):
        make_mutants("%matplotlib inline")


def test_docstrings_annotations_decorators_and_messages_stay(solution: str) -> None:
    def left_alone(source: str) -> list[str]:
        kept = []
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.FunctionDef | ast.ClassDef):
                kept.append(ast.get_docstring(node) or "")
                kept.extend(ast.unparse(part) for part in node.decorator_list)
            if isinstance(node, ast.FunctionDef):
                kept.append(ast.unparse(node.returns) if node.returns else "")
            if isinstance(node, ast.arg):
                kept.append(ast.unparse(node))
        return kept

    def messages(source: str) -> set[str]:
        raised = (n for n in ast.walk(ast.parse(source)) if isinstance(n, ast.Raise))
        return {ast.unparse(node) for node in raised}

    for mutant in mutants_of(solution):
        assert left_alone(mutant.source) == left_alone(solution)
        assert messages(mutant.source) <= messages(solution)


def test_mutants_of_a_reference_solution_compile(solution: str) -> None:
    mutants = mutants_of(solution)
    assert mutants
    for mutant in mutants:
        compile(mutant.source, "<mutant>", "exec")


def test_mutants_of_a_reference_solution_are_all_different(solution: str) -> None:
    mutants = mutants_of(solution)
    trees = {tree(mutant.source) for mutant in mutants}
    assert len(trees | {tree(solution)}) == len(mutants) + 1
    assert len({mutant.key for mutant in mutants}) == len(mutants)


def test_mutants_of_a_reference_solution_stand_in_order(solution: str) -> None:
    lines = [mutant.line for mutant in mutants_of(solution)]
    assert lines == sorted(lines)


def test_lines_around_a_change_stay(solution: str) -> None:
    lines = solution.split("\n")
    ends = {
        node.lineno: node.end_lineno or node.lineno
        for node in ast.walk(ast.parse(solution))
        if isinstance(node, ast.stmt) and not hasattr(node, "body")
    }
    for mutant in mutants_of(solution):
        if mutant.line in ends:
            mutated = mutant.source.split("\n")
            rest = lines[max(end for at, end in ends.items() if at <= mutant.line) :]
            assert mutated[: mutant.line - 1] == lines[: mutant.line - 1]
            assert mutated[len(mutated) - len(rest) :] == rest


def test_comments_and_spacing_elsewhere_stay() -> None:
    source = "a = [1,2] # uno\n\nb = a+c   # dos\nd = {'e' : f}\n"
    assert ("arithmetic", source.replace("a+c", "a - c")) in pairs(source)


def test_letters_of_more_than_one_byte_do_not_shift_the_change() -> None:
    source = "ñandú = 'áéí'; y = ñandú + 'ó'; z = 'ü'"
    assert ("drop_operand", "ñandú = 'áéí'; y = ñandú; z = 'ü'") in pairs(source)


def test_operand_of_lower_precedence_gets_parentheses() -> None:
    source = "[x for x in y if a and (b if c else d)]"
    assert ("boolean", "[x for x in y if (b if c else d)]") in pairs(source)


def test_loop_inside_a_method_runs_once() -> None:
    source = dedent("""\
        class Counter:
            def count(self):
                n = 0
                while True:
                    n += 1
                    if n == 7:
                        break
                return n
        """)
    once = next(m for m in make_mutants(source) if m.after.startswith("for _ in"))
    scope: dict[str, type] = {}
    exec(once.source, scope)
    assert scope["Counter"]().count() == 1
    assert (once.before, once.after) == ("while True:", "for _ in range(bool(True)):")


def test_change_is_shown_on_its_line(solution: str) -> None:
    for mutant in mutants_of(solution):
        assert mutant.before != mutant.after
        assert "\n" not in mutant.before + mutant.after
        assert max(len(mutant.before), len(mutant.after)) <= MAX_EXCERPT + 1


def test_change_in_a_long_line_is_in_sight() -> None:
    names = ", ".join(f"name_{i}" for i in range(30))
    source = f"a = [{names}, b + c, {names}]"
    (mutant,) = [m for m in make_mutants(source) if m.operator == "arithmetic"]
    assert mutant.before.startswith("…")
    assert mutant.before[1:] in source
    assert len(mutant.before) == MAX_EXCERPT + 1
    assert mutant.before.index("+ c") == mutant.after.index("- c") == CONTEXT + 1


def test_change_at_the_end_of_a_long_line_is_shown_with_all_that_fits() -> None:
    source = f"{'a' * 100} = b + c"
    (mutant,) = [m for m in make_mutants(source) if m.operator == "arithmetic"]
    assert mutant.before == "…" + source[-MAX_EXCERPT:]


def test_line_that_fits_is_shown_whole() -> None:
    source = f"def f():\n    {'a' * (MAX_EXCERPT - 8)} = b + c"
    (mutant,) = [m for m in make_mutants(source) if m.operator == "arithmetic"]
    assert mutant.before == source.split("\n")[1].strip()


def test_call_on_several_lines_is_shown_on_one() -> None:
    source = "a = f(\n    first=b,\n    second=c,\n)"
    shown = [(m.before, m.after) for m in make_mutants(source)]
    assert ("a = f(first=b, second=c)", "a = f(second=c)") in shown


def test_key_depends_on_the_change_alone() -> None:
    mutant = Mutant("sign", 3, "a = -b", "a = b", "...")
    assert replace(mutant, source="other").key == mutant.key
    changed = [
        replace(mutant, operator="unary"),
        replace(mutant, line=4),
        replace(mutant, before="a = -c"),
        replace(mutant, after="a = c"),
    ]
    assert len({mutant.key, *(other.key for other in changed)}) == 5
    assert len(mutant.key) == 10


def test_two_processes_make_the_same_mutants() -> None:
    _, source = next(solutions())
    program = (
        "import sys; from autograder.mutants import make_mutants\n"
        "print([m.key for m in make_mutants(sys.stdin.read())])"
    )
    printed = [
        subprocess.run(
            [sys.executable, "-c", program],
            input=source,
            env={**os.environ, "PYTHONHASHSEED": seed},
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    ]
    assert printed[0] == printed[1] == f"{[m.key for m in make_mutants(source)]}\n"
