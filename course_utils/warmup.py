"""What the process that all kernels are forked from imports before the fork.

Each import and each file read here is paid once per class, not once per student.
Nothing here may start a thread: no backward pass, no thread pool.
"""

import io

import matplotlib.pyplot as plt
import numpy  # noqa: F401
import safetensors.torch  # noqa: F401
import scipy.optimize
import scipy.stats  # noqa: F401
import seaborn  # noqa: F401
import sklearn.ensemble
import sklearn.model_selection  # noqa: F401
import torch._dynamo
import torch.nn.utils

from course_utils import (  # noqa: F401
    checks,
    data,
    gpu,
    interaction,
    models,
    plotting,
    training,
    weights,
)


def _warm_up() -> None:
    """Read the digits and the fonts, load what SciPy loads at its first call."""
    data.digits_split()
    figure, axes = plt.subplots()
    axes.set_title("á")
    figure.savefig(io.BytesIO())
    plt.close(figure)
    scipy.optimize.linprog([1.0], A_ub=[[1.0]], b_ub=[1.0])


_warm_up()
