"""One visible training loop, and what it needs."""

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F
from tqdm.auto import tqdm

Loss = Callable[[Tensor, Tensor], Tensor]
Values = Tensor | NDArray[Any]


@dataclass(frozen=True)
class History:
    """One number per epoch; the validation lists stay empty without validation data.

    `loss` is the mean over the samples while the weights were moving; `val_accuracy`
    is filled for integer targets only.
    """

    loss: list[float] = field(default_factory=list)
    val_loss: list[float] = field(default_factory=list)
    val_accuracy: list[float] = field(default_factory=list)


def seed_everything(seed: int) -> None:
    """Start Python's, NumPy's and PyTorch's global generators from one number.

    Parameters
    ----------
    seed : 0 <= seed < 2**32

    Notes
    -----
    Taught in unit 03.
    """
    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)


def fit(
    model: nn.Module,
    X: Values,
    y: Values,
    *,
    epochs: int,
    lr: float = 1e-3,
    batch_size: int = 64,
    optimizer: str = "adam",
    weight_decay: float = 0.0,
    loss: Loss | None = None,
    X_val: Values | None = None,
    y_val: Values | None = None,
    seed: int = 0,
    progress: bool = False,
) -> History:
    """Train a model in place with minibatches; the loop that unit 04 writes by hand.

    Parameters
    ----------
    model : left in training mode
    X : (n, ...) inputs; floats take the model's dtype, everything its device
    y : (n,) integer classes, or (n, d_out) float targets
    epochs : passes over the data
    lr, weight_decay : of the optimizer
    batch_size : the last minibatch may be smaller
    optimizer : "sgd", "momentum" (0.9), "adam" or "adamw"
    loss : (output, target) -> mean over the batch, optional
        Default: cross entropy for integer `y`, mean squared error for floats.
    X_val, y_val : optional, looked at after each epoch, without learning from them
    seed : of the shuffling alone; the global generators are not touched
    progress : whether to show a bar

    Returns
    -------
    The `History` of the losses

    Raises
    ------
    ValueError
        If lengths or shapes do not match, or the optimizer is unknown.

    Notes
    -----
    Taught in unit 04 (loop) and 16 (optimizers).
    """
    inputs, targets = _as_tensors(model, X, y)
    if (X_val is None) != (y_val is None):
        raise ValueError("da X_val e y_val juntos, o ninguno de los dos")
    if loss is None:
        loss = mean_squared_error if targets.is_floating_point() else F.cross_entropy
    shuffler = torch.Generator().manual_seed(seed)
    steps = _make_optimizer(model, optimizer, lr, weight_decay)
    history = History()
    model.train()
    for _ in tqdm(range(epochs), desc="épocas", leave=False, disable=not progress):
        total = 0.0
        order = torch.randperm(len(inputs), generator=shuffler).to(inputs.device)
        for batch in order.split(batch_size):
            steps.zero_grad()
            value = loss(model(inputs[batch]), targets[batch])
            value.backward()
            steps.step()
            total += value.item() * len(batch)  # the last minibatch may be smaller
        history.loss.append(total / len(inputs))
        if X_val is not None and y_val is not None:
            _record_validation(history, model, loss, *_as_tensors(model, X_val, y_val))
    return history


def accuracy(model: nn.Module, X: Values, y: Values) -> float:
    """Measure the fraction of correct answers in evaluation mode.

    Parameters
    ----------
    model : gives (n, n_classes) scores, or (n, 1) or (n,) logits of class 1
    X : (n, ...) inputs
    y : (n,) or (n, 1) classes

    Returns
    -------
    A number in [0, 1]; the model keeps its mode and its weights

    Notes
    -----
    Taught in unit 04.
    """
    inputs, targets = _as_tensors(model, X, y)
    with _evaluating(model):
        output = model(inputs)
    if output.dim() == 2 and output.shape[1] > 1:
        predicted = output.argmax(dim=1)  # (n, n_classes) -> (n,)
    else:
        predicted = output.reshape(-1) > 0  # (n, 1) -> (n,)
    hits = predicted == targets.reshape(-1)
    return float(hits.double().mean())


def mean_squared_error(output: Tensor, target: Tensor) -> Tensor:
    """Average the squared errors, refusing shapes that would broadcast.

    Parameters
    ----------
    output, target : the same shape, float

    Returns
    -------
    () float

    Raises
    ------
    ValueError
        If the shapes differ: (n, 1) against (n,) would compare all pairs.
    """
    if output.shape != target.shape:
        raise ValueError(
            f"la salida tiene forma {tuple(output.shape)} y el objetivo "
            f"{tuple(target.shape)}; deben ser iguales"
        )
    return F.mse_loss(output, target)


def _as_tensors(model: nn.Module, X: Values, y: Values) -> tuple[Tensor, Tensor]:
    """Bring inputs and targets to the model's device; floats to its dtype."""
    if len(X) != len(y) or len(X) == 0:
        raise ValueError(
            f"X e y necesitan las mismas muestras, al menos una; "
            f"llegaron {len(X)} y {len(y)}"
        )
    weight = next(model.parameters())
    inputs, targets = (torch.as_tensor(v).to(weight.device) for v in (X, y))
    if inputs.is_floating_point():
        inputs = inputs.to(weight.dtype)
    floating = targets.is_floating_point()
    return inputs, targets.to(weight.dtype if floating else torch.int64)


def _make_optimizer(
    model: nn.Module, name: str, lr: float, weight_decay: float
) -> torch.optim.Optimizer:
    """Build the named optimizer over all parameters; frozen ones have no gradient."""
    weights = model.parameters()
    match name:
        case "sgd":
            return torch.optim.SGD(weights, lr, weight_decay=weight_decay)
        case "momentum":
            return torch.optim.SGD(weights, lr, 0.9, weight_decay=weight_decay)
        case "adam":
            return torch.optim.Adam(weights, lr, weight_decay=weight_decay)
        case "adamw":
            return torch.optim.AdamW(weights, lr, weight_decay=weight_decay)
    raise ValueError(
        f"optimizador «{name}» desconocido; elige: sgd, momentum, adam o adamw"
    )


def _record_validation(
    history: History, model: nn.Module, loss: Loss, inputs: Tensor, targets: Tensor
) -> None:
    """Append validation loss, and accuracy for classes."""
    with _evaluating(model):
        history.val_loss.append(loss(model(inputs), targets).item())
    if not targets.is_floating_point():
        history.val_accuracy.append(accuracy(model, inputs, targets))


@contextmanager
def _evaluating(model: nn.Module) -> Iterator[None]:
    """Evaluate without gradients, then give every module its own mode back."""
    modes = {module: module.training for module in model.modules()}
    model.eval()
    try:
        with torch.no_grad():
            yield
    finally:
        for module, mode in modes.items():
            module.training = mode
