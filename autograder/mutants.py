"""Copies of a reference solution with one small mistake each, to try the tests on.

A mutant that earns every point shows a mistake that the tests of an exercise do not
see. ``mutation_operators`` says which mistakes there are; this module finds where
they fit, writes each into the text and leaves everything around it as it was.
"""

import ast
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate, count

from autograder.mutation_operators import OPERATORS, Node, is_settled, number

MARKER = re.compile(r"\s*#.*\b(BEGIN|END) SOLUTION\b")  # nbgrader's
LEFT_ALONE = frozenset({"annotation", "returns", "decorator_list", "bases", "msg"})
MAX_EXCERPT = 88
CONTEXT = 30


@dataclass(frozen=True)
class Mutant:
    """A source with one change; `before` and `after` show the line that has it."""

    operator: str
    line: int
    before: str
    after: str
    source: str

    @property
    def key(self) -> str:
        """A short name that stays the same while line and change do."""
        parts = (self.operator, str(self.line), self.before, self.after)
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:10]


def make_mutants(source: str) -> tuple[Mutant, ...]:
    """All mutants of a piece of Python, in the order of their place in it.

    Between ``### BEGIN SOLUTION`` and ``### END SOLUTION`` when there are such
    lines, everywhere otherwise. Docstrings, annotations, decorators, f-strings and
    what is raised stay as they are. No two mutants have the same syntax tree.

    Raises
    ------
    SyntaxError
        If the source is not Python.
    """
    tree = ast.parse(source)
    seen = {ast.dump(tree)}
    regions = _solution_lines(source)
    found: list[tuple[int, Mutant]] = []
    for operator, old, new in _changes(tree):
        last = old.end_lineno or old.lineno
        if not any(old.lineno in region and last in region for region in regions):
            continue
        span = _span(source, old)
        text, dump = _splice(source, span, new)
        if dump is not None and dump not in seen:
            seen.add(dump)
            shown, _ = _splice(source, span, ast.unparse(old))  # spaced as `new` is
            mutant = Mutant(operator, old.lineno, *_excerpts(shown, text), text)
            found.append((span.start, mutant))
    return tuple(mutant for _, mutant in sorted(found, key=lambda pair: pair[0]))


def _solution_lines(source: str) -> list[range]:
    """The numbers of the lines that may change, one range per pair of markers."""
    lines = source.split("\n")
    places = [at for at, line in enumerate(lines, 1) if MARKER.match(line)]
    edges = [*(places or [0]), len(lines) + 1]  # what is not closed ends with the cell
    return [range(*edges[i : i + 2]) for i in range(0, len(edges) - 1, 2)]


def _changes(tree: ast.AST) -> Iterator[tuple[str, Node, str]]:
    """What each operator would replace in a tree, and by which text."""
    for name, operator in OPERATORS.items():
        for old, new in operator(tree):
            yield name, old, new if isinstance(new, str) else ast.unparse(new)
    for child in _children(tree):
        yield from _changes(child)


def _children(node: ast.AST) -> Iterator[ast.AST]:
    """The parts of a node that mutants may differ in."""
    # before Python 3.12 the places of what is inside an f-string are wrong
    if isinstance(node, ast.Raise | ast.JoinedStr) or is_settled(node):
        return
    if isinstance(node, ast.UnaryOp) and number(node) is not None:
        return
    for name, value in ast.iter_fields(node):
        if name not in LEFT_ALONE:
            parts = value if isinstance(value, list) else [value]
            yield from (part for part in parts if isinstance(part, ast.AST))


def _span(source: str, node: Node) -> slice:
    """Where a node stands in the text; ast counts columns in bytes of UTF-8."""
    lines = source.split("\n")
    starts = [0, *accumulate(len(line) + 1 for line in lines)]

    def offset(line: int, column: int) -> int:
        return starts[line - 1] + len(lines[line - 1].encode()[:column].decode())

    assert node.end_lineno is not None
    assert node.end_col_offset is not None
    return slice(
        offset(node.lineno, node.col_offset),
        offset(node.end_lineno, node.end_col_offset),
    )


def _splice(source: str, span: slice, new: str) -> tuple[str, str | None]:
    """The source with other text in a span, and the dump of its tree if it has one.

    In parentheses where a neighbour would otherwise bind part of the new text.
    """
    head, tail = source[: span.start], source[span.stop :]
    new = new.replace("\n", "\n" + head.rpartition("\n")[2])  # a whole statement
    bare, wrapped = head + new + tail, f"{head}({new}){tail}"
    bare_dump, wrapped_dump = _dump(bare), _dump(wrapped)
    # statements and slices cannot stand in parentheses, and need none
    if wrapped_dump in (None, bare_dump):
        return bare, bare_dump
    return wrapped, wrapped_dump


def _dump(source: str) -> str | None:
    """The syntax tree as text, None if the source does not compile in a notebook."""
    try:
        tree = ast.parse(source)
        compile(tree, "<mutant>", "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    except SyntaxError:
        return None
    return ast.dump(tree)


def _excerpts(before: str, after: str) -> tuple[str, str]:
    """The first lines that differ, cut so that the difference is in sight."""
    pairs = zip(before.split("\n"), after.split("\n"), strict=False)
    old, new = next((a.strip(), b.strip()) for a, b in pairs if a != b)
    shared = next(i for i in count() if old[: i + 1] != new[: i + 1])
    cut = max(0, min(shared - CONTEXT, max(len(old), len(new)) - MAX_EXCERPT))
    mark = "…" if cut else ""
    old, new = (mark + part[cut:][:MAX_EXCERPT] for part in (old, new))
    return old, new
