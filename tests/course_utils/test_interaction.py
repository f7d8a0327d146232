import ipywidgets as widgets
import matplotlib.pyplot as plt
import nbformat
import pytest
from nbclient import NotebookClient

from course_utils import interaction

ALT = "una recta que cambia de pendiente al mover el control"


class Screen:
    """What a notebook would show: the figure, its updates and the controls."""

    def __init__(self):
        self.figures, self.updates, self.controls = [], [], []

    def display(self, bundle, *, raw):
        assert raw
        self.figures.append(bundle)

    def update(self, bundle, *, raw):
        assert raw
        self.updates.append(bundle)


@pytest.fixture
def screen(monkeypatch):
    screen = Screen()
    monkeypatch.setattr(interaction, "DisplayHandle", lambda: screen)
    monkeypatch.setattr(interaction, "display", screen.controls.append)
    yield screen
    assert not plt.get_fignums()


def recorder():
    calls = []

    def draw(**values):
        calls.append(values)
        fig, ax = plt.subplots(figsize=(1, 1))
        ax.plot([0, len(calls)])
        return fig

    return draw, calls


def test_explore_first_state_is_drawn_before_the_controls(screen):
    draw, calls = recorder()
    interaction.explore(
        *(draw,),
        caption="la recta gira",
        alt=ALT,
        w_1=(-2, 2, 0.5, 1),
        n=(1, 9, 3),
        act=["relu", "tanh"],
        sesgo=True,
    )
    assert calls == [{"w_1": 1.0, "n": 3, "act": "relu", "sesgo": True}]
    assert [type(calls[0][key]) for key in ("w_1", "n")] == [float, int]
    (bundle,) = screen.figures
    assert f'alt="{ALT}"' in bundle["text/html"]
    assert "<figcaption>la recta gira</figcaption>" in bundle["text/html"]
    (box,) = screen.controls
    kinds = (widgets.FloatSlider, widgets.IntSlider, widgets.Dropdown, widgets.Checkbox)
    assert tuple(type(child) for child in box.children) == kinds
    assert type(box) is widgets.VBox
    assert [child.description for child in box.children] == ["w 1", "n", "act", "sesgo"]
    slider, whole = box.children[:2]
    assert (slider.min, slider.max, slider.step) == (-2, 2, 0.5)
    assert (whole.min, whole.max, whole.step) == (1, 9, 1)
    assert not slider.continuous_update
    assert not whole.continuous_update
    assert screen.updates == []


def test_explore_each_moved_control_redraws_with_all_values(screen):
    draw, calls = recorder()
    interaction.explore(
        draw, caption="c", alt=ALT, w=(0.0, 1.0, 0.1, 0.5), act=["relu", "tanh"]
    )
    slider, menu = screen.controls[0].children
    slider.value = 0.7
    menu.value = "tanh"
    assert calls[1:] == [{"w": 0.7, "act": "relu"}, {"w": 0.7, "act": "tanh"}]
    images = [bundle["text/html"] for bundle in screen.figures + screen.updates]
    assert len(set(images)) == 3
    slider.value = 0.7
    assert len(screen.updates) == 2


@pytest.mark.parametrize("start", [-1, 1])
def test_explore_start_at_an_end_is_allowed(screen, start):
    draw, calls = recorder()
    interaction.explore(
        draw, caption="c", alt=ALT, w=(-1, 1, 0.5, start), n=(-1, 1, start)
    )
    assert calls == [{"w": start, "n": start}]


@pytest.mark.parametrize(
    "spec",
    [
        *((0, 1, 0.1, 2), (0, 1, 0.1, -1), (0, 1, 0, 0.5), (1, 0, 0.1, 0.5)),
        *((0, 9, 10), (0, 9, -1), (0.0, 1.0, 0.5), (0, 1), [], "relu", 3),
    ],
)
def test_explore_control_out_of_range_or_unknown_raises(screen, spec):
    draw, calls = recorder()
    with pytest.raises(ValueError, match="el control «w» no se entiende"):
        interaction.explore(draw, caption="c", alt=ALT, w=spec)
    assert calls == []


def test_step_button_advances_and_goes_back(screen):
    states = []

    def draw(state):
        states.append(state)
        fig, ax = plt.subplots(figsize=(1, 1))
        ax.plot([0, state])
        return fig

    interaction.step_button(
        *(draw, lambda state: state * 2, 3),
        label="una actualización",
        caption="la recta se mueve",
        alt=ALT,
    )
    assert states == [3]
    (box,) = screen.controls
    step, reset = box.children
    assert step.description == "una actualización"
    assert reset.description == "Volver a empezar"
    for button in (step, step, reset, step):
        button.click()
    assert states == [3, 6, 12, 3, 6]
    bundles = screen.figures + screen.updates
    assert len(bundles) == 5
    assert all("<figcaption>la recta se mueve<" in b["text/html"] for b in bundles)
    assert bundles[0] == bundles[3]
    assert bundles[1] != bundles[2]


NOTEBOOK = [
    f"""
import matplotlib.pyplot as plt
from course_utils import interaction, plotting
plotting.set_style()
made = []

def draw(w):
    fig, ax = plt.subplots()
    ax.plot([0, 1], [0, w])
    made.append(w)
    return fig

interaction.explore(draw, caption="la pendiente", alt="{ALT}", w=(0.0, 2.0, 0.5, 1.0))
""",
    f"""
interaction.step_button(
    draw, lambda w: w + 1, 5, label="más", caption="el paso", alt="{ALT}"
)
""",
    """
import ipywidgets
from ipywidgets.widgets.widget import _instances
live = list(_instances.values())
next(w for w in live if isinstance(w, ipywidgets.FloatSlider)).value = 2.0
next(w for w in live if getattr(w, "description", "") == "más").click()
made, plt.get_fignums()
""",
    f'plotting.show(draw(9), caption="una figura", alt="{ALT}")',
]


def test_notebook_run_without_a_browser_shows_the_first_figures_and_updates_them():
    cells = [nbformat.v4.new_code_cell(source) for source in NOTEBOOK]
    notebook = nbformat.v4.new_notebook(cells=cells)
    NotebookClient(notebook, kernel_name="python3").execute()
    explore, step, moved, show = (cell.outputs for cell in cells)
    for outputs, caption in ((explore, "la pendiente"), (step, "el paso")):
        figure, controls = outputs
        assert figure.output_type == controls.output_type == "display_data"
        assert figure.data["text/html"].startswith(f'<figure><img alt="{ALT}"')
        assert f"<figcaption>{caption}</figcaption>" in figure.data["text/html"]
        assert figure.data["text/plain"] == f"{caption}\n[{ALT}]"
        assert "application/vnd.jupyter.widget-view+json" in controls.data
    assert moved[-1].data["text/plain"] == "([1.0, 5, 2.0, 6], [])"
    (figure,) = show
    assert list(figure.data) == ["text/html", "text/plain"]
