"""What the process that all kernels are forked from imports before the fork.

Each import and each file read here is paid once per class, not once per student.
Nothing here may start a thread: no backward pass, no thread pool.
"""

import importlib
import io

import matplotlib.pyplot as plt
import scipy.optimize

from course_utils import data

MODULES = (
    "safetensors.torch", "scipy.stats", "seaborn", "sklearn.ensemble",
    "sklearn.model_selection", "torch._dynamo", "torch.nn.utils",
    "course_utils.checks", "course_utils.gpu", "course_utils.interaction",
    "course_utils.models", "course_utils.plotting", "course_utils.training",
    "course_utils.weights",
)  # fmt: skip


def _warm_up() -> None:
    """Import, and read what is read at a first call: digits, fonts, solvers."""
    for name in MODULES:
        importlib.import_module(name)
    data.digits_split()
    figure, axes = plt.subplots()
    axes.set_title("á")
    figure.savefig(io.BytesIO())
    plt.close(figure)
    scipy.optimize.linprog([1.0], A_ub=[[1.0]], b_ub=[1.0])


_warm_up()
