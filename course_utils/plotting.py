"""Figures that everybody can read: colour and line style, caption and alt text."""

import base64
import html
import io
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import seaborn as sns
from cycler import cycler
from IPython.display import display
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from numpy.typing import NDArray

from course_utils.metrics import calibration_bins, ece

Array = NDArray[Any]
DPI = 110
MIN_ALT_WORDS = 8
STYLES = ("-", "--", "-.", ":", (0, (5, 1)), (0, (3, 1, 1, 1, 1, 1)))
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*")
N_GRID = 200
N_VIOLIN = 5_000


def set_style() -> None:
    """Give every figure of the notebook one look.

    Notes
    -----
    Colours are seaborn's "colorblind"; each curve also changes line style, so that a
    figure can be read without colours. Taught in unit 03.
    """
    looks = [_look(i) for i in range(len(palette()))]
    cycle = cycler(color=palette()) + cycler(linestyle=[k["linestyle"] for k in looks])
    sns.set_theme(
        style="whitegrid",
        palette="colorblind",
        rc={"axes.prop_cycle": cycle, "figure.dpi": DPI, "figure.figsize": (6.4, 4.0)},
    )


def palette() -> list[str]:
    """Give the ten colours of the course as hexadecimal strings."""
    return [to_hex(color) for color in sns.color_palette("colorblind")]


def show(fig: Figure, caption: str, alt: str) -> None:
    """Display a figure with its caption and its description, and close it.

    Parameters
    ----------
    fig : any Matplotlib figure
    caption : what the figure shows to be true
    alt : what is to be seen, in eight words at least

    Raises
    ------
    ValueError
        If `alt` is shorter.
    """
    display(figure_bundle(fig, caption, alt), raw=True)


def figure_bundle(fig: Figure, caption: str, alt: str) -> dict[str, str]:
    """Render a figure as <figure> with an embedded PNG, and close it.

    Parameters
    ----------
    fig, caption, alt : as in `show`

    Returns
    -------
    MIME type -> text: "text/html" and, where that is not shown, "text/plain"

    Raises
    ------
    ValueError
        If `alt` has fewer than eight words.
    """
    if len(alt.split()) < MIN_ALT_WORDS:
        raise ValueError(
            f"el texto alternativo tiene {len(alt.split())} palabras y necesita "
            f"{MIN_ALT_WORDS}: di qué se ve en la figura, no solo su título"
        )
    if fig.get_layout_engine() is None:
        fig.set_layout_engine("constrained")
    png = io.BytesIO()
    fig.savefig(png, format="png", dpi=DPI, bbox_inches="tight")
    plt.close(fig)
    source = "data:image/png;base64," + base64.b64encode(png.getvalue()).decode()
    return {
        "text/html": (
            f'<figure><img alt="{html.escape(alt)}" src="{source}">'
            f"<figcaption>{html.escape(caption)}</figcaption></figure>"
        ),
        "text/plain": f"{caption}\n[{alt}]",
    }


def decision_boundary(
    predict: Callable[[Array], Array],
    X: Array,
    y: Array,
    ax: Axes | None = None,
    *,
    levels: Sequence[float] | None = None,
    pad: float = 0.5,
) -> Axes:
    """Colour the plane by what a classifier answers, with the data on top.

    Parameters
    ----------
    predict : (n, 2) float64 -> (n,) classes, probabilities or scores
    X : (n, 2)
    y : (n,) classes
    ax : where to draw. Default: a new figure.
    levels : increasing values of `predict` at which lines are drawn, optional
        Default: between classes; 0.5 for probabilities; 0 for scores.
    pad : free space around the data, in the units of X

    Returns
    -------
    The Axes

    Notes
    -----
    Taught in unit 04.
    """
    ax = _axes(ax)
    X, y = np.asarray(X), np.asarray(y).reshape(-1)
    low, high = X.min(axis=0) - pad, X.max(axis=0) + pad
    x1, x2 = np.meshgrid(*np.linspace(low, high, N_GRID).T)
    grid = np.column_stack([x1.ravel(), x2.ravel()])  # (N_GRID**2, 2)
    scores = np.asarray(predict(grid), dtype=np.float64).reshape(x1.shape)
    cuts = _default_levels(scores) if levels is None else np.asarray(levels)
    _fill_regions(ax, x1, x2, scores, cuts, np.unique(y))
    for i, label in enumerate(np.unique(y)):
        look = _look(i) | {"linestyle": "", "markeredgecolor": "black"}
        ax.plot(*X[y == label].T, label=str(label), **look)
    ax.set(xlabel="$x_1$", ylabel="$x_2$")
    ax.legend(title="clase")
    return ax


def weight_histograms(
    named_weights: Mapping[str, Sequence[Array]],
    ax: Sequence[Axes] | None = None,
    *,
    labels: Sequence[str] = ("antes", "después"),
    bins: int = 40,
) -> Figure:
    """Compare the weights of each layer at two moments, on one shared axis.

    Parameters
    ----------
    named_weights : layer -> arrays of any shape, one per moment
    ax : one Axes per layer. Default: a new figure.
    labels : name of each moment
    bins : of each histogram

    Returns
    -------
    The Figure

    Notes
    -----
    Taught in unit A1.
    """
    n = len(named_weights)
    if ax is None:
        size = (6.4, 1.0 + 1.6 * n)
        new = plt.subplots(n, 1, sharex=True, squeeze=False, figsize=size)[1]
        ax = list(new[:, 0])
    for panel, (layer, moments) in zip(ax, named_weights.items(), strict=True):
        values = [_finite(weights) for weights in moments]
        edges = np.histogram_bin_edges(np.concatenate(values), bins=bins)
        for i, (flat, label) in enumerate(zip(values, labels, strict=False)):
            color, linestyle, _ = _look(i).values()
            counts = np.histogram(flat, edges)[0]
            panel.stairs(counts, edges, label=label, color=color, linestyle=linestyle)
        panel.set(title=layer, ylabel="número de pesos")
        panel.legend()
    ax[-1].set_xlabel("valor del peso")
    figure = ax[0].get_figure()
    assert isinstance(figure, Figure)
    return figure


def activation_violin(
    activations: Sequence[Array],
    ax: Axes | None = None,
    labels: Sequence[str] | None = None,
) -> Axes:
    """Draw the distribution of the activations of each layer.

    Parameters
    ----------
    activations : one array of any shape per layer; nan and inf are left out
    ax : where to draw. Default: a new figure.
    labels : name of each layer. Default: 1, 2, ...

    Returns
    -------
    The Axes

    Notes
    -----
    Layers with more than 5,000 values are sampled. Taught in unit 04.
    """
    ax = _axes(ax)
    names = labels or [str(i + 1) for i in range(len(activations))]
    positions = np.arange(1, len(activations) + 1)
    values = [_sampled(_finite(layer)) for layer in activations]
    filled = [i for i, flat in enumerate(values) if flat.size]
    if filled:
        kept = [values[i] for i in filled]
        ax.violinplot(kept, positions[filled], widths=0.8, showmedians=True)
    ax.set_xticks(positions, names)
    ax.set(xlabel="capa", ylabel="activación")
    return ax


def lines(
    x: Array,
    curves: Mapping[str, Array],
    ax: Axes | None = None,
    *,
    xlabel: str,
    ylabel: str,
    log_x: bool = False,
    log_y: bool = False,
) -> Axes:
    """Draw several curves, each with its own colour, line style and marker.

    Parameters
    ----------
    x : (n,)
    curves : name -> (n,)
    ax : where to draw. Default: a new figure.
    xlabel, ylabel : names of the axes, with units
    log_x, log_y : logarithmic axes

    Returns
    -------
    The Axes

    Raises
    ------
    ValueError
        If a curve is not as long as `x`.
    """
    ax = _axes(ax)
    every = max(1, len(x) // 10)
    for i, (name, values) in enumerate(curves.items()):
        if len(values) != len(x):
            raise ValueError(
                f"la curva «{name}» tiene {len(values)} valores y x tiene {len(x)}"
            )
        ax.plot(x, values, label=name, markevery=every, **_look(i))
    ax.set(xlabel=xlabel, ylabel=ylabel)
    ax.set(xscale="log" if log_x else "linear", yscale="log" if log_y else "linear")
    ax.legend()
    return ax


def confusion(
    matrix: Array, labels: Sequence[str] | None = None, ax: Axes | None = None
) -> Axes:
    """Draw a confusion matrix with its counts.

    Parameters
    ----------
    matrix : (n_classes, n_classes) int, rows are the truth and columns the prediction
    labels : name of each class. Default: 0, 1, ...
    ax : where to draw. Default: a new figure.

    Returns
    -------
    The Axes

    Notes
    -----
    Taught in unit 01.
    """
    ax = _axes(ax)
    names = labels or [str(i) for i in range(len(matrix))]
    look = {"fmt": "d", "cmap": "Blues", "cbar": False, "square": True}
    sns.heatmap(matrix, annot=True, xticklabels=names, yticklabels=names, ax=ax, **look)
    ax.set(xlabel="predicción", ylabel="verdad")
    return ax


def roc_pr(
    curves: Mapping[str, tuple[Array, Array]], axes: Sequence[Axes] | None = None
) -> Sequence[Axes]:
    """Draw the ROC and the precision-recall curves of several classifiers.

    Parameters
    ----------
    curves : name -> (y (n,) in {0, 1}, scores (n,)), both classes present
    axes : two Axes. Default: a new figure.

    Returns
    -------
    The two Axes

    Notes
    -----
    Taught in unit 01.
    """
    # Imported here: scikit-learn takes a second that other figures do not need.
    from sklearn.metrics import precision_recall_curve, roc_curve

    if axes is None:
        axes = list(plt.subplots(1, 2, figsize=(9.5, 4.0))[1])
    for i, (name, (y, scores)) in enumerate(curves.items()):
        look = _look(i) | {"markevery": 0.2, "label": name}
        axes[0].plot(*roc_curve(y, scores)[:2], **look)
        precision, recall, _ = precision_recall_curve(y, scores)
        axes[1].step(recall, precision, where="post", **look)
    axes[0].plot([0, 1], [0, 1], color="gray", linestyle=":", linewidth=1)
    axes[0].set(xlabel="tasa de falsos positivos", ylabel="exhaustividad (TPR)")
    axes[1].set(xlabel="exhaustividad (TPR)", ylabel="precisión", ylim=(-0.03, 1.03))
    axes[0].legend()
    return axes


def reliability(
    curves: Mapping[str, tuple[Array, Array]],
    axes: Sequence[Axes] | None = None,
    n_bins: int = 10,
) -> Sequence[Axes]:
    """Compare what is announced with what happens, and count the predictions.

    Parameters
    ----------
    curves : name -> (confidence (n,) in [0, 1], correct (n,) 0/1)
    axes : one for the curves and one for the counts. Default: a new figure.
    n_bins : of equal width

    Returns
    -------
    The two Axes

    Notes
    -----
    Taught in unit 01.
    """
    if axes is None:
        ratios = {"height_ratios": [3, 1]}
        axes = list(
            plt.subplots(2, 1, sharex=True, figsize=(5.6, 5.2), gridspec_kw=ratios)[1]
        )
    axes[0].plot([0, 1], [0, 1], color="gray", linestyle=":", linewidth=1)
    for i, (name, (confidence, correct)) in enumerate(curves.items()):
        counts, x, y = calibration_bins(confidence, correct, n_bins)
        look = _look(i)
        label = f"{name}: ECE {ece(confidence, correct, n_bins):.3f}"
        axes[0].plot(x, y, label=label, **look)
        del look["marker"]
        axes[1].stairs(counts, np.linspace(0, 1, n_bins + 1), **look)
    axes[0].set(ylabel="frecuencia observada", ylim=(-0.03, 1.03))
    axes[1].set(xlabel="confianza anunciada", ylabel="cuántas")
    axes[0].legend()
    return axes


def _look(i: int) -> dict[str, Any]:
    """Give the colour, line style and marker of the i-th curve or class."""
    colors = palette()
    return {
        "color": colors[i % len(colors)],
        "linestyle": STYLES[i % len(STYLES)],
        "marker": MARKERS[i % len(MARKERS)],
    }


def _axes(ax: Axes | None) -> Axes:
    """Give the Axes to draw on: the caller's, or those of a new figure."""
    if ax is not None:
        return ax
    new: Axes = plt.subplots()[1]
    return new


def _finite(values: Array) -> Array:
    """Flatten, without nan and inf."""
    flat = np.asarray(values, dtype=np.float64).ravel()
    return flat[np.isfinite(flat)]


def _sampled(values: Array) -> Array:
    """Take at most N_VIOLIN values, always the same ones: densities cost time."""
    if values.size <= N_VIOLIN:
        return values
    return np.random.default_rng(0).choice(values, N_VIOLIN, replace=False)


def _default_levels(scores: Array) -> Array:
    """Choose the values that separate classes, probabilities or scores."""
    distinct = np.unique(scores)
    if len(distinct) <= 10:  # classes: halfway between neighbours
        middle: Array = (distinct[1:] + distinct[:-1]) / 2
        return middle
    is_probability = distinct[0] >= 0 and distinct[-1] <= 1
    return np.array([0.5 if is_probability else 0.0])


def _fill_regions(
    ax: Axes, x1: Array, x2: Array, scores: Array, cuts: Array, classes: Array
) -> None:
    """Colour the regions between the cuts like the classes, with a line at each cut."""
    values = np.concatenate([scores.ravel(), cuts])
    edges = [values.min() - 1, *cuts, values.max() + 1]
    colors = [_look(i)["color"] for i in _region_classes(scores, cuts, classes)]
    ax.contourf(x1, x2, scores, levels=edges, colors=colors, alpha=0.25)
    crossed = cuts[(cuts > scores.min()) & (cuts < scores.max())]
    if crossed.size:
        ax.contour(x1, x2, scores, levels=crossed, colors="black", linewidths=1.2)


def _region_classes(scores: Array, cuts: Array, classes: Array) -> list[int]:
    """Give the index of the class whose colour each region takes."""
    answers = np.unique(scores)
    if len(answers) == len(cuts) + 1 and np.isin(answers, classes).all():
        return [int(i) for i in np.searchsorted(classes, answers)]
    spread = np.linspace(0, len(classes) - 1, len(cuts) + 1)
    return [int(i + 0.5) for i in spread]
