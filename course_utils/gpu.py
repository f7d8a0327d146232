"""Use the accelerator that works, or the CPU, with the same code."""

import platform
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import psutil
import torch

MIB = 2**20


@dataclass
class Timing:
    """Seconds that a `timed` block took; nan until the block ends."""

    seconds: float = float("nan")


def pick_device(prefer: str | torch.device | None = None) -> torch.device:
    """Find a device on which a tensor can really be placed.

    Parameters
    ----------
    prefer : optional
        Device to try, such as "cuda:1". Default: "cuda", then "mps".

    Returns
    -------
    The first candidate that computes 1 + 1, otherwise the CPU

    Raises
    ------
    ValueError
        If `prefer` does not name a kind of device.

    Notes
    -----
    `is_available()` also says yes to a card that this build cannot use, so every
    candidate is probed. Taught in unit 03.
    """
    for name in ("cuda", "mps") if prefer is None else (prefer,):
        try:
            device = torch.device(name)
        except RuntimeError as error:
            message = f"«{name}» no es un dispositivo; prueba con 'cpu' o 'cuda'"
            raise ValueError(message) from error
        if _is_usable(device):
            return device
    return torch.device("cpu")


def autocast(device: torch.device) -> torch.autocast:
    """Compute in bfloat16 where it pays, that is, on CUDA devices alone.

    Parameters
    ----------
    device : where the model lives

    Returns
    -------
    A context manager; on a CPU it changes nothing, so results stay in float32

    Notes
    -----
    Taught in unit 20.
    """
    enabled = device.type == "cuda"
    return torch.autocast(device.type, dtype=torch.bfloat16, enabled=enabled)


@contextmanager
def timed(device: torch.device) -> Iterator[Timing]:
    """Measure a block, including the work still queued on the device.

    Parameters
    ----------
    device : where the block computes

    Yields
    ------
    A `Timing` whose `.seconds` is filled in when the block ends

    Notes
    -----
    A GPU answers before it has finished: without waiting at both ends one measures
    how long the order takes, not the work. Taught in unit 03.
    """
    timing = Timing()
    _wait_for(device)
    start = time.perf_counter()
    yield timing
    _wait_for(device)
    timing.seconds = time.perf_counter() - start


def memory_note(device: torch.device) -> str:
    """Say in one Spanish line how much memory is in use.

    Parameters
    ----------
    device : a CPU counts the whole process; CUDA, this process's tensors at their peak

    Returns
    -------
    One line for the reader, in MiB
    """
    if device.type == "cuda":
        peak = torch.cuda.max_memory_allocated(device) / MIB
        total = torch.cuda.get_device_properties(device).total_memory / MIB
        return f"GPU: {peak:.0f} MiB como máximo, de {total:.0f} MiB"
    resident = psutil.Process().memory_info().rss / MIB
    return f"CPU: el proceso ocupa {resident:.0f} MiB"


def device_summary(device: torch.device) -> str:
    """Say in one Spanish line what computes, and which compiled kernels suit it.

    Parameters
    ----------
    device : a CPU is asked for its instructions; CUDA, for its compute capability

    Returns
    -------
    One line for the reader
    """
    if device.type == "cuda":
        card = torch.cuda.get_device_properties(device)
        return f"GPU: {card.name}, kernels sm_{card.major}{card.minor}"
    kernels = torch.backends.cpu.get_cpu_capability()
    return f"{device.type.upper()}: {platform.machine()}, kernels {kernels}"


def _is_usable(device: torch.device) -> bool:
    """Place a tensor and compute; a build without CUDA raises AssertionError."""
    try:
        return (torch.ones(1, device=device) + 1).item() == 2
    except (RuntimeError, AssertionError, NotImplementedError):
        return False


def _wait_for(device: torch.device) -> None:
    """Block until the device has done what it was asked to do."""
    if device.type != "cpu":
        torch.accelerator.synchronize(device)
