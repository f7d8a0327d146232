"""Figures with controls whose first state is visible without touching anything."""

from collections.abc import Callable
from typing import Any, TypeVar

import ipywidgets as widgets
from IPython.display import DisplayHandle, display
from matplotlib.figure import Figure

from course_utils.plotting import figure_bundle

State = TypeVar("State")


def explore(
    draw: Callable[..., Figure], *, caption: str, alt: str, **controls: Any
) -> None:
    """Show a figure and redraw it when a control moves.

    Parameters
    ----------
    draw : one keyword argument per control -> Figure
    caption, alt : as in `plotting.show`
    controls : name of the argument ->
        (low, high, step, start) a slider of floats; (low, high, start) of integers;
        a list, a menu that starts with its first option; a bool, a box to tick

    Raises
    ------
    ValueError
        If a control is none of these, or starts outside its range.

    Notes
    -----
    The first figure is an ordinary output: it is there in a run without a browser.
    """
    boxes = {name: _control(name, spec) for name, spec in controls.items()}

    def bundle() -> dict[str, str]:
        values = {name: box.value for name, box in boxes.items()}
        return figure_bundle(draw(**values), caption, alt)

    handle = DisplayHandle()
    handle.display(bundle(), raw=True)
    for box in boxes.values():
        box.observe(lambda _: handle.update(bundle(), raw=True), names="value")
    display(widgets.VBox(list(boxes.values())))


def step_button(
    draw: Callable[[State], Figure],
    advance: Callable[[State], State],
    start: State,
    *,
    label: str,
    caption: str,
    alt: str,
) -> None:
    """Show a figure and a button that takes one step, such as one update.

    Parameters
    ----------
    draw : state -> Figure
    advance : state -> next state; it must not change the state it receives
    start : first state, to which a second button goes back
    label : text of the button
    caption, alt : as in `plotting.show`
    """
    state = start
    handle = DisplayHandle()
    handle.display(figure_bundle(draw(state), caption, alt), raw=True)

    def move_to(new: State) -> None:
        nonlocal state
        state = new
        handle.update(figure_bundle(draw(state), caption, alt), raw=True)

    step = widgets.Button(description=label)
    step.on_click(lambda _: move_to(advance(state)))
    reset = widgets.Button(description="Volver a empezar")
    reset.on_click(lambda _: move_to(start))
    display(widgets.HBox([step, reset]))


def _control(name: str, spec: Any) -> Any:
    """Build the widget of one control."""
    label: dict[str, Any] = {
        "description": name.replace("_", " "),
        "style": {"description_width": "initial"},
    }
    match spec:
        case bool():
            return widgets.Checkbox(value=spec, **label)
        case list() if spec:
            return widgets.Dropdown(options=spec, value=spec[0], **label)
        case (int(low), int(high), int(start)) if low <= start <= high:
            kind, step = widgets.IntSlider, 1
        case (low, high, step, start) if low <= start <= high and step > 0:
            kind = widgets.FloatSlider
        case _:
            raise ValueError(
                f"el control «{name}» no se entiende: {spec!r}; usa (mín, máx, paso, "
                "inicio), (mín, máx, inicio) con enteros, una lista o un bool"
            )
    return kind(
        value=start, min=low, max=high, step=step, continuous_update=False, **label
    )
