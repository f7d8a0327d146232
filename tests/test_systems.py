"""docs/systems.md claims that systems run here; each claim points at its proof."""

import ast
import re
from functools import cache
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).resolve().parents[1]
ROWS = [
    line
    for line in (ROOT / "docs/systems.md").read_text().splitlines()
    if line.startswith("|") and not line.startswith(("| system", "|---"))
]
UNITS = {path.name.split("_")[0]: path for path in (ROOT / "notebooks").glob("*_*/")}


def missing(row: str, units: dict[str, Path]) -> list[str]:
    """The proofs of a row that are not there."""
    cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", row)[1:-1]]
    assert len(cells) == 5, row
    _, unit, how, proof, _ = cells
    assert how, row
    proofs = re.findall(r"`([^`]+)`", proof)
    assert proofs or proof == "-", row
    return [name for name in proofs if not is_there(name, units.get(unit))]


def is_there(proof: str, unit: Path | None) -> bool:
    """Whether a proof, `notebook#cell` or `file::test`, exists."""
    name, _, cell = proof.partition("#")
    if cell:
        path = (unit or ROOT) / name
        return path.exists() and cell in cell_ids(path)
    name, _, test = proof.partition("::")
    path = ROOT / name
    if not test:
        return path.exists()
    return path.exists() and test in {
        node.name
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef)
    }


@cache
def cell_ids(path: Path) -> set[str]:
    return {cell["id"] for cell in nbformat.read(path, as_version=4).cells}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.split("|")[1].strip()[:40])
def test_every_proof_exists(row: str) -> None:
    assert missing(row, UNITS) == []


@pytest.mark.parametrize("unit", sorted(UNITS))
def test_every_unit_names_its_systems(unit: str) -> None:
    assert any(f"| {unit} |" in row for row in ROWS)


@pytest.mark.parametrize(
    "proof",
    [
        "`leccion.ipynb#no-such-cell`",
        "`other.ipynb#titulo`",
        "`tests/test_systems.py::test_nothing`",
        "`tests/nothing.py`",
    ],
)
def test_dead_reference_is_found(proof: str) -> None:
    row = f"| X | 04 | somehow | `leccion.ipynb#titulo` {proof} | - |"

    assert missing(row, UNITS) == [proof.strip("`")]
