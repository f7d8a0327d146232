"""Identify a set of weights by its bits; read and write its files."""

import hashlib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from course_utils.weight_formats import (
    READERS,
    WRITERS,
    Weights,
    WeightsFileError,
    to_float16,
)

__all__ = [
    "Weights",
    "WeightsFileError",
    "fingerprint",
    "load_model",
    "save_model",
    "tensor_bytes",
    "to_float16",
    "weights_hash",
]


def load_model(path: str | Path) -> Weights:
    """Open a file of weights without running anything that it contains.

    Parameters
    ----------
    path : ends in .safetensors, .gguf, .pth, .pt, .bin or .mlpackage

    Returns
    -------
    Names and metadata; `get_tensor(name)` reads one tensor, `state_dict()` all

    Raises
    ------
    ValueError
        If the ending is another.
    WeightsFileError
        If the file is cut off, its sizes do not fit or it carries code.
    ImportError
        If the format needs an extra that is not installed.

    Notes
    -----
    No format here protects the values: compare `weights_hash`. Taught in unit A4.
    """
    path = Path(path)
    open_file = _choose(READERS, path)
    if not path.exists():
        raise FileNotFoundError(f"no existe {path}")
    try:
        return open_file(path)
    except (WeightsFileError, ImportError):
        raise
    except Exception as error:
        text = f"{path.name} no se deja leer como {path.suffix}: {error}"
        raise WeightsFileError(text) from error


def save_model(
    model: nn.Module | Mapping[str, Tensor],
    path: str | Path,
    *,
    dtype: str | None = None,
    example: Tensor | None = None,
) -> None:
    """Write parameters and buffers, the whole file or none.

    Parameters
    ----------
    model : module, or its state: name -> tensor
    path : its ending gives the format, as in `load_model`
    dtype : "F32", "F16" or, in .gguf alone, "Q8_0", optional
        Of the floating-point tensors; default: each as it is, but bfloat16 as F32 in
        .gguf. Q8_0 takes what has two dimensions and rows of a multiple of 32 values
        up to 127 * 65504, and leaves F32 elsewhere.
    example : an input of the model; only .mlpackage needs it

    Raises
    ------
    ValueError
        If the ending or the dtype is another.
    TypeError
        If the format has no such tensors (GGUF: bool, complex, unsigned).

    Notes
    -----
    Tied weights are stored once and come back under both names. Taught in unit A4.
    """
    path = Path(path)
    write = _choose(WRITERS, path)
    if dtype not in (None, "F32", "F16") and (dtype, path.suffix) != ("Q8_0", ".gguf"):
        raise ValueError(
            f"{path.suffix} no guarda {dtype}: usa F32, F16 o, en .gguf, Q8_0"
        )
    if path.suffix == ".mlpackage":
        write(model, path, example)  # a folder with a program
        return
    state = model.state_dict() if isinstance(model, nn.Module) else model
    plain = {k: v.detach().cpu().resolve_conj().resolve_neg() for k, v in state.items()}
    partial = path.with_name(f".{path.name}.partial")  # readers map the old file
    try:
        write(plain, partial, dtype)
        os.replace(partial, path)
    finally:
        partial.unlink(missing_ok=True)


def tensor_bytes(tensor: Tensor) -> bytes:
    """Give the raw bytes of a tensor in row-major order, whatever its dtype.

    Parameters
    ----------
    tensor : any shape, dtype and device

    Returns
    -------
    `tensor.numel() * tensor.element_size()` bytes
    """
    plain = tensor.detach().cpu().resolve_conj().resolve_neg()
    # contiguous() keeps the odd stride of a slice with one element; a clone does not.
    flat = plain.clone(memory_format=torch.contiguous_format).reshape(-1)
    return flat.view(torch.uint8).numpy().tobytes()


def fingerprint(state_dict: Mapping[str, Tensor]) -> str:
    """Tell whether two sets of weights are the same, bit by bit.

    Parameters
    ----------
    state_dict : name -> tensor of any shape and dtype
        As `model.state_dict()` gives it. The order of the names does not matter.

    Returns
    -------
    64 hexadecimal digits: the SHA-256 of names, dtypes, shapes and bytes

    Notes
    -----
    -0.0 and 0.0 differ; equal weights on two devices agree. Taught in unit A1.
    """
    digest = hashlib.sha256()
    for name in sorted(state_dict):
        tensor = state_dict[name]
        header = (name, str(tensor.dtype), tuple(tensor.shape))
        digest.update(repr(header).encode())
        digest.update(tensor_bytes(tensor))
    return digest.hexdigest()


def weights_hash(model: nn.Module, buffers: bool = True) -> str:
    """Tell whether two models hold the same weights, bit by bit.

    Parameters
    ----------
    model : any module, on any device
    buffers : whether what is stored but not trained counts too, such as the
        statistics of a batch normalization

    Returns
    -------
    64 hexadecimal digits: the `fingerprint` of names, dtypes, shapes and bytes

    Notes
    -----
    Taught in unit A2.
    """
    state = model.state_dict()
    if not buffers:
        trained = dict(model.named_parameters(remove_duplicate=False))
        state = {name: state[name] for name in trained}
    return fingerprint(state)


def _choose(table: Mapping[str, Any], path: Path) -> Any:
    if path.suffix not in table:
        known = ", ".join(table)
        raise ValueError(f"no conozco el formato de {path.name}; sé usar {known}")
    return table[path.suffix]
