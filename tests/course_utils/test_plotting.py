import base64
import io
from html.parser import HTMLParser

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest
import seaborn as sns
from matplotlib.colors import to_hex, to_rgb
from matplotlib.image import imread

from course_utils import data, plotting

ALT = "dos nubes de puntos separadas por una línea recta"


@pytest.fixture(autouse=True)
def _close_figures():
    with mpl.rc_context():
        yield
    plt.close("all")


class Parsed(HTMLParser):
    """The tags, in order, the attributes of the image and the caption."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.image, self.caption = [], {}, ""
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        if tag == "img":
            self.image = dict(attrs)

    def handle_data(self, text):
        self.caption += text


def image_of(html):
    png = base64.b64decode(Parsed(html).image["src"].partition("base64,")[2])
    return imread(io.BytesIO(png))


# --- show --------------------------------------------------------------------------


def test_show_displays_one_figure_and_closes_it(monkeypatch):
    calls = []
    monkeypatch.setattr(plotting, "display", lambda *a, **k: calls.append((a, k)))
    fig, ax = plt.subplots()
    ax.plot([0, 1])
    caption = 'w < 0 & "b" > 0'
    alt = ALT + ' con "comillas" <b>'
    plotting.show(fig, caption=caption, alt=alt)
    (((bundle,), kwargs),) = calls
    assert kwargs == {"raw": True}
    assert bundle["text/plain"] == f"{caption}\n[{alt}]"
    parsed = Parsed(bundle["text/html"])
    assert parsed.tags == ["figure", "img", "figcaption"]
    assert parsed.image["alt"] == alt
    assert parsed.caption == caption
    assert parsed.image["src"].startswith("data:image/png;base64,")
    assert not plt.fignum_exists(fig.number)


def test_show_outside_a_notebook_prints_the_caption(capsys):
    plotting.show(plt.figure(), caption="una afirmación", alt=ALT)
    assert "una afirmación" in capsys.readouterr().out


@pytest.mark.parametrize("alt", ["", "uno dos tres cuatro cinco seis   siete"])
def test_show_alt_with_fewer_than_eight_words_raises(alt):
    words = len(alt.split())
    with pytest.raises(ValueError, match=f"tiene {words} palabras y necesita 8"):
        plotting.show(plt.figure(), caption="c", alt=alt)


def test_figure_bundle_eight_words_are_enough():
    plotting.figure_bundle(plt.figure(), "c", "uno dos tres cuatro cinco seis siete 8")


def ink_at_the_border(image):
    frame = np.concatenate([image[0], image[-1], image[:, 0], image[:, -1]])
    return bool((frame[:, :3] < 0.99).any())


def test_figure_bundle_labels_outside_the_canvas_are_not_cut():
    fig, ax = plt.subplots(figsize=(3, 2))
    ax.set_position([0, 0, 1, 1])
    ax.set_xlabel("etiqueta\nmuy\nalta")
    ax.set_title("un título mucho más ancho que la figura, que no debe cortarse")
    image = image_of(plotting.figure_bundle(fig, "c", ALT)["text/html"])
    assert not ink_at_the_border(image)
    assert image.shape[1] > 3 * 110  # wider than the canvas, at 110 dots per inch


def test_figure_bundle_panels_do_not_overlap():
    fig, axes = plt.subplots(2, 1, figsize=(4, 3))
    axes[0].set_xlabel("eje\nde\narriba")
    axes[1].set_title("título\nde abajo")
    plotting.figure_bundle(fig, "c", ALT)
    upper, lower = (ax.get_tightbbox() for ax in axes)
    assert upper.y0 >= lower.y1


def test_figure_bundle_keeps_a_chosen_layout():
    fig = plt.figure(layout="tight")
    engine = fig.get_layout_engine()
    plotting.figure_bundle(fig, "c", ALT)
    assert fig.get_layout_engine() is engine


def test_figure_bundle_resolution_is_110_dots_per_inch():
    fig = plt.figure(figsize=(4, 3))
    fig.add_artist(plt.Rectangle((0, 0), 1, 1))  # fills the canvas
    image = image_of(plotting.figure_bundle(fig, "c", ALT)["text/html"])
    margin = 2 * 0.1 * 110  # savefig's pad_inches on both sides
    assert image.shape[0] == pytest.approx(330 + margin, abs=2)
    assert image.shape[1] == pytest.approx(440 + margin, abs=2)


# --- style -------------------------------------------------------------------------


def test_set_style_curves_differ_in_colour_and_line():
    plotting.set_style()
    fig, ax = plt.subplots()
    curves = [ax.plot([0, 1], [i, i])[0] for i in range(6)]
    colors = [to_hex(curve.get_color()) for curve in curves]
    assert colors == [to_hex(c) for c in sns.color_palette("colorblind")[:6]]
    patterns = {str(curve._dash_pattern) for curve in curves}
    assert len(patterns) == 6
    assert plt.rcParams["figure.dpi"] == 110
    ax.fill([0, 1, 1], [0, 0, 1])  # the cycle fits other artists too
    ax.hist([1, 2, 2])
    ax.bar([1], [2])
    fig.canvas.draw()


def test_palette_gives_ten_different_colours():
    assert len(set(plotting.palette())) == 10


# --- decision_boundary -------------------------------------------------------------


def color_at(ax, x, y):
    """The colour of the filled region that holds the point."""
    filled = next(c for c in ax.collections if len(c.get_facecolors()))
    for path, color in zip(filled.get_paths(), filled.get_facecolors(), strict=True):
        if path.contains_point((x, y)):
            return to_hex(color[:3])
    return None


def line_levels(ax):
    return [list(c.levels) for c in ax.collections if not c.filled]


def test_decision_boundary_classes_have_the_colour_of_their_points():
    X, y = data.xor(noise=0.05, n_per_corner=5)
    grids = []

    def predict(points):
        grids.append(points)
        return (points[:, 0] > 0.5) ^ (points[:, 1] > 0.5)

    ax = plotting.decision_boundary(predict, X, y, pad=1.0)
    (grid,) = grids
    assert grid.shape == (200**2, 2)
    assert grid.dtype == np.float64
    assert grid.min(axis=0) == pytest.approx(X.min(axis=0) - 1)
    assert grid.max(axis=0) == pytest.approx(X.max(axis=0) + 1)
    blue, orange = plotting.palette()[:2]
    corners = [(0, 0), (0, 1), (1, 0), (1, 1)]
    assert [color_at(ax, *c) for c in corners] == [blue, orange, orange, blue]
    assert line_levels(ax) == [[0.5]]
    points = [line for line in ax.lines if line.get_linestyle() == "None"]
    assert [line.get_color() for line in points] == [blue, orange]
    assert len({line.get_marker() for line in points}) == 2
    for line, label in zip(points, (0, 1), strict=True):
        assert np.array_equal(line.get_xydata(), X[y == label])
    texts = [text.get_text() for text in ax.get_legend().get_texts()]
    assert (texts, ax.get_legend().get_title().get_text()) == (["0", "1"], "clase")
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("$x_1$", "$x_2$")


def test_decision_boundary_three_classes_some_never_predicted_keep_their_colours():
    X = np.array([[0.0, 0], [1, 0], [2, 0]])
    ax = plotting.decision_boundary(
        lambda p: np.where(p[:, 0] > 1, 2, 1), X, np.array([0, 1, 2])
    )
    colors = plotting.palette()
    assert color_at(ax, 0, 0) == colors[1]
    assert color_at(ax, 2, 0) == colors[2]
    assert line_levels(ax) == [[1.5]]


def first_feature(points):
    return points[:, 0]


@pytest.mark.parametrize(
    ("predict", "levels", "lines"),
    [
        (lambda p: 3 * p[:, 0], None, [[0.0]]),
        (lambda p: 1 / (1 + np.exp(-p[:, 0])), None, [[0.5]]),
        (lambda p: np.sign(p[:, 0]), None, [[0.0]]),
        (lambda p: p[:, :1] - 0.2, [0.1], [[0.1]]),
        (first_feature, [-1, 0, 1], [[-1, 0, 1]]),
        (first_feature, [-9, 0.25, 9], [[0.25]]),
        (first_feature, [9.0], []),
        (first_feature, [], []),
        (lambda p: np.ones(len(p)), None, []),
        (lambda p: np.abs(p[:, 0]) + 7, None, []),
        (lambda p: np.abs(p[:, 0]), None, []),  # some values are over 1
    ],
)
def test_decision_boundary_draws_lines_where_they_cross(predict, levels, lines):
    X, y = data.clouds(40)
    ax = plotting.decision_boundary(predict, X, y, levels=levels)
    assert line_levels(ax) == lines


def test_decision_boundary_scores_colour_low_and_high_sides():
    X, y = data.clouds(40)
    ax = plotting.decision_boundary(first_feature, X, y, levels=[-1, 0, 1])
    blue, orange = plotting.palette()[:2]
    seen = [color_at(ax, x, 0) for x in (-1.5, -0.5, 0.5, 1.5)]
    assert seen == [blue, blue, orange, orange]


def test_decision_boundary_given_axes_draws_there():
    _, ax = plt.subplots()
    X, y = data.clouds(10)
    assert plotting.decision_boundary(first_feature, X, y[:, None], ax) is ax
    assert ax.get_xlim() == pytest.approx((X[:, 0].min() - 0.5, X[:, 0].max() + 0.5))
    assert len(plt.get_fignums()) == 1


# --- weights, activations and curves -------------------------------------------------


def test_weight_histograms_count_every_finite_weight_on_a_shared_axis():
    rng = np.random.default_rng(0)
    before, after = rng.standard_normal((2, 30, 4))
    after[0, 0] = np.nan
    fig = plotting.weight_histograms(
        {"capa 1": [before, after * 3], "capa 2": [np.zeros((2, 2))]}, bins=7
    )
    first, second = fig.axes
    assert [ax.get_title() for ax in fig.axes] == ["capa 1", "capa 2"]
    counts = [patch.get_data() for patch in first.patches]
    assert [values.values.sum() for values in counts] == [120, 119]
    assert len(counts[0].values) == 7
    oracle = np.histogram(before, counts[0].edges)[0]
    assert np.array_equal(counts[0].values, oracle)
    assert np.array_equal(counts[0].edges, counts[1].edges)
    assert second.patches[0].get_data().values.sum() == 4
    assert first.get_xlim() == second.get_xlim()
    labels = [text.get_text() for text in first.get_legend().get_texts()]
    assert labels == ["antes", "después"]
    styles = {
        (to_hex(p.get_edgecolor()), str(p.get_linestyle())) for p in first.patches
    }
    assert len({color for color, _ in styles}) == len({line for _, line in styles}) == 2
    assert second.get_xlabel() == "valor del peso"
    assert first.get_ylabel() == "número de pesos"


def test_weight_histograms_given_axes_and_labels_uses_them():
    fig, axes = plt.subplots(3)
    weights = {name: [np.ones(3), np.ones(3)] for name in "abc"}
    result = plotting.weight_histograms(weights, axes, labels=("él", "ella"))
    assert result is fig
    labels = [text.get_text() for text in axes[1].get_legend().get_texts()]
    assert labels == ["él", "ella"]
    assert [ax.get_xlabel() for ax in axes] == ["", "", "valor del peso"]
    assert len(axes[0].patches[0].get_data().values) == 40


def test_weight_histograms_other_number_of_axes_raises():
    with pytest.raises(ValueError, match="longer"):
        plotting.weight_histograms({"a": [np.ones(3)], "b": [np.ones(3)]}, [plt.gca()])


def test_activation_violin_spans_the_finite_values_of_each_layer():
    plotting.set_style()
    layers = [
        np.linspace(-1, 3, 50).reshape(10, 5),
        np.array([np.nan, 0.5, 2.5, np.inf]),
        np.full(4, np.nan),
        np.zeros((3, 3)),
    ]
    ax = plotting.activation_violin(layers)
    bodies = [c for c in ax.collections if len(c.get_facecolors())]
    spans = [body.get_paths()[0].get_extents() for body in bodies]
    assert [(s.y0, s.y1) for s in spans[:2]] == [(-1, 3), (0.5, 2.5)]
    assert [round((s.x0 + s.x1) / 2) for s in spans] == [1, 2, 4]
    assert {to_rgb(body.get_facecolor()[0][:3]) for body in bodies} == {
        to_rgb(plotting.palette()[0])
    }
    marks = [c for c in ax.collections if not len(c.get_facecolors())]
    assert len(marks) == 4  # medians, both ends and the bars
    assert {to_hex(mark.get_edgecolor()[0]) for mark in marks} == {
        plotting.palette()[0]
    }
    assert [t.get_text() for t in ax.get_xticklabels()] == ["1", "2", "3", "4"]
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("capa", "activación")


def test_activation_violin_without_finite_values_stays_empty():
    ax = plotting.activation_violin([np.full(3, np.nan), np.array([])])
    assert [t.get_text() for t in ax.get_xticklabels()] == ["1", "2"]
    assert not [c for c in ax.collections if len(c.get_facecolors())]


def test_activation_violin_large_layer_is_sampled_the_same_each_time(monkeypatch):
    seen = []
    draw = plt.Axes.violinplot

    def spy(ax, values, *args, **kwargs):
        seen.extend(values)
        return draw(ax, values, *args, **kwargs)

    monkeypatch.setattr(plt.Axes, "violinplot", spy)
    _, ax = plt.subplots()
    large = np.arange(6_000.0).reshape(60, 100)
    for _ in range(2):
        assert plotting.activation_violin([large[:50], large], ax, ["a", "b"]) is ax
    assert [len(values) for values in seen] == [5_000] * 4
    assert np.array_equal(seen[0], large[:50].ravel())
    assert len(set(seen[1])) == 5_000
    assert set(seen[1]) <= set(large.ravel())
    assert np.array_equal(seen[1], seen[3])
    assert [t.get_text() for t in ax.get_xticklabels()] == ["a", "b"]


def test_lines_curves_differ_in_colour_style_and_marker():
    x = np.arange(1.0, 101.0)
    ax = plotting.lines(
        x, {f"x^{k}": x**k for k in range(5)}, xlabel="x (m)", ylabel="y (s)"
    )
    for line, k in zip(ax.lines, range(5), strict=True):
        assert np.array_equal(line.get_xydata(), np.column_stack([x, x**k]))
        assert line.get_markevery() == 10
    assert len({line.get_color() for line in ax.lines}) == 5
    assert len({str(line._dash_pattern) for line in ax.lines}) == 5
    assert len({line.get_marker() for line in ax.lines}) == 5
    assert [t.get_text() for t in ax.get_legend().get_texts()] == [
        f"x^{k}" for k in range(5)
    ]
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("x (m)", "y (s)")
    assert (ax.get_xscale(), ax.get_yscale()) == ("linear", "linear")


@pytest.mark.parametrize(("log_x", "log_y"), [(True, False), (False, True)])
def test_lines_logarithmic_axes_are_independent(log_x, log_y):
    _, ax = plt.subplots()
    curves = {"y": [1, 2, 3]}
    again = plotting.lines(
        *([1, 2, 3], curves, ax), xlabel="x", ylabel="y", log_x=log_x, log_y=log_y
    )
    assert again is ax
    scales = {True: "log", False: "linear"}
    assert (ax.get_xscale(), ax.get_yscale()) == (scales[log_x], scales[log_y])
    assert ax.lines[0].get_markevery() == 1


def test_lines_many_curves_go_round_the_palette():
    curves = {str(i): [i, i] for i in range(12)}
    ax = plotting.lines([0, 1], curves, xlabel="x", ylabel="y")
    assert ax.lines[10].get_color() == ax.lines[0].get_color()
    looks = {(line.get_color(), line.get_marker()) for line in ax.lines}
    assert len(looks) == 12


def test_lines_curve_of_another_length_raises():
    with pytest.raises(ValueError, match="«b» tiene 1 valores y x tiene 2"):
        plotting.lines([0, 1], {"a": [0, 1], "b": [1]}, xlabel="x", ylabel="y")


def test_confusion_shows_every_count_with_truth_in_rows():
    ax = plotting.confusion(np.array([[5, 1], [0, 7]]), labels=["no", "sí"])
    assert [text.get_text() for text in ax.texts] == ["5", "1", "0", "7"]
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("predicción", "verdad")
    assert [label.get_text() for label in ax.get_yticklabels()] == ["no", "sí"]
    plt.close(ax.figure)


def test_roc_pr_of_a_perfect_ranking_touches_the_corners():
    y, scores = np.array([0, 0, 1, 1]), np.array([0.1, 0.2, 0.8, 0.9])
    roc, pr = plotting.roc_pr({"perfecto": (y, scores), "al revés": (y, -scores)})
    points = set(zip(*roc.lines[0].get_data(), strict=True))
    assert (0.0, 1.0) in points
    assert pr.lines[0].get_ydata()[-2:].tolist() == [1.0, 1.0]
    assert pr.lines[1].get_ydata()[0] == pytest.approx(0.5)
    plt.close(roc.figure)


def test_reliability_puts_each_bin_at_its_means():
    confidence, correct = np.array([0.0, 0.1, 0.9, 0.9]), np.array([0, 1, 1, 1])
    curve, counts = plotting.reliability({"red": (confidence, correct)}, n_bins=2)
    x, y = curve.lines[1].get_data()
    assert (x.tolist(), y.tolist()) == ([0.05, 0.9], [0.5, 1.0])
    assert counts.patches[0].get_data().values.tolist() == [2, 2]
    assert "ECE 0.275" in curve.lines[1].get_label()
    plt.close(curve.figure)
