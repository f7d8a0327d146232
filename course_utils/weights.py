"""Identify a set of weights by its bits."""

import hashlib
from collections.abc import Mapping

import torch
from torch import Tensor


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
