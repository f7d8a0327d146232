import pickle
import random
import traceback
from pathlib import Path

import nbformat
import numpy as np
import pytest
import torch
from nbclient import NotebookClient
from nbformat.v4 import new_markdown_cell

from course_utils import checks
from course_utils.checks import (
    CheckFailed,
    check,
    expect_close,
    expect_copy,
    expect_device,
    expect_dtype,
    expect_equal,
    expect_raises,
    expect_reproducible,
    expect_rng_untouched,
    expect_shape,
    expect_true,
    expect_unchanged,
    resumen,
    time_limit,
)
from tests.factories import (
    WRONG,
    build,
    check_cell,
    notebook,
    solution_cell,
    student_copy,
    write,
)


def message_of(function, *args, **kwargs):
    with pytest.raises(CheckFailed) as caught:
        function(*args, **kwargs)
    return str(caught.value)


def fail_inside(context, error):
    with context:
        raise error


# --- check -----------------------------------------------------------------------


def test_check_body_succeeds_is_silent():
    with check("la suma", hint="suma"):
        expect_equal(1 + 1, 2, "1 + 1")


def test_check_expectation_fails_keeps_details_and_hint():
    with pytest.raises(CheckFailed) as caught, check("la suma", hint="¿con\n sesgo?"):
        expect_equal(3, 4, "el total")
    error = caught.value
    assert str(error) == (
        "«la suma»: el total: esperaba 4 y llegó 3\nPista: ¿con sesgo?"
    )
    assert (error.name, error.hint) == ("la suma", "¿con\n sesgo?")
    assert error.details == "el total: esperaba 4 y llegó 3"
    assert isinstance(error.__context__, CheckFailed)
    assert isinstance(error, AssertionError)


def test_check_without_hint_shows_no_hint_line():
    with pytest.raises(CheckFailed) as caught, check("la suma"):
        expect_true(False, "no")
    assert str(caught.value) == "«la suma»: no"


@pytest.mark.parametrize(
    ("error", "details"),
    [
        (ValueError("mala\n  forma"), "tu código lanzó ValueError: mala forma"),
        (AssertionError(), "tu código lanzó AssertionError"),
        (KeyError("w"), "tu código lanzó KeyError: 'w'"),
        (StopIteration(), "tu código lanzó StopIteration"),
        (SystemExit(0), "tu código lanzó SystemExit: 0"),
        (NotImplementedError(), "todavía sin hacer"),
        (NotImplementedError("falta Conv"), "todavía sin hacer (falta Conv)"),
    ],
)
def test_check_other_exception_becomes_named_failure(error, details):
    with pytest.raises(CheckFailed) as caught:
        fail_inside(check("nombre", hint="pista"), error)
    assert caught.value.details == details
    assert caught.value.__context__ is error
    assert str(caught.value) == f"«nombre»: {details}\nPista: pista"


def test_check_usual_error_is_explained_below_its_own_text():
    with pytest.raises(CheckFailed) as caught, check("la capa", hint="¿W.T?"):
        torch.ones(4, 3) @ torch.ones(5, 2)
    assert str(caught.value) == (
        "«la capa»: tu código lanzó RuntimeError\n"
        "mat1 and mat2 shapes cannot be multiplied (4x3 and 5x2)\n"
        "En español: en (4, 3) @ (5, 2), 3 y 5 tendrían que ser iguales\n"
        "Pista: ¿W.T?"
    )


@pytest.mark.parametrize("error", [CheckFailed("la salida"), ValueError("la salida")])
def test_check_in_plain_python_prints_its_message_once_and_last(error):
    with pytest.raises(CheckFailed) as caught:
        fail_inside(check("nombre"), error)
    printed = "".join(traceback.format_exception(caught.value))
    assert printed.count("la salida") == printed.count("Traceback") == 1
    assert printed.endswith(f"CheckFailed: {caught.value}\n")


def test_check_keyboard_interrupt_passes_through():
    with pytest.raises(KeyboardInterrupt):
        fail_inside(check("nombre"), KeyboardInterrupt())


def test_check_nested_keeps_the_inner_name():
    with pytest.raises(CheckFailed) as caught, check("fuera", "a"):
        fail_inside(check("dentro", "b"), ValueError("x"))
    assert (caught.value.name, caught.value.hint) == ("dentro", "b")


def test_check_failed_pickled_survives():
    error = CheckFailed("detalle", "nombre", "pista")
    again = pickle.loads(pickle.dumps(error))
    by_name = CheckFailed("detalle", hint="pista", name="nombre")
    assert str(again) == str(error) == str(pickle.loads(pickle.dumps(by_name)))
    assert (again.details, again.name, again.hint) == ("detalle", "nombre", "pista")


def test_check_failed_renders_its_lines_for_ipython():
    assert CheckFailed("a\nb", "n")._render_traceback_() == ["«n»: a", "b"]


def test_check_failed_long_text_has_six_lines_and_ends_with_the_hint():
    details = "\n".join(["x" * 500, "", *"abcdefgh"])
    lines = str(CheckFailed(details, "n", "h")).splitlines()
    assert len(lines) == 6
    assert lines[-1] == "Pista: h"
    assert lines[1] == "a"
    assert len(lines[0]) == 160
    assert lines[0].endswith("x…")
    assert str(CheckFailed("x" * 160)) == "x" * 160
    assert len(str(CheckFailed(details)).splitlines()) == 6


def test_check_fails_in_notebook_shows_only_the_message():
    source = (
        "from course_utils.checks import check\n"
        "with check('la neurona', hint='¿Sumas el sesgo?'):\n"
        "    1 / 0\n"
    )
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source)])
    NotebookClient(notebook, kernel_name="python3", allow_errors=True).execute()
    (output,) = notebook.cells[0].outputs
    assert output.output_type == "error"
    assert output.ename == "CheckFailed"
    assert output.traceback == [
        "«la neurona»: tu código lanzó ZeroDivisionError: division by zero",
        "Pista: ¿Sumas el sesgo?",
    ]
    assert output.evalue == "\n".join(output.traceback)


# --- expect_close ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("actual", "expected"),
    [
        (1.0, 1.0 + 1e-8),
        (np.float64(2.0), 2),
        (True, 1.0),
        (np.ones(3), np.ones(3)),
        (torch.ones(3), torch.ones(3)),
        (torch.ones(3), np.ones(3)),  # float32 against a float64 oracle
        (np.ones(3), torch.ones(3)),
        (torch.ones(2, requires_grad=True), torch.ones(2)),
        (torch.ones(2, dtype=torch.bfloat16), torch.ones(2, dtype=torch.bfloat16)),
        ([1.0, 2.0], np.array([1.0, 2.0])),
        (np.array([1.0, 2.0]), [1.0, 2.0]),
        (torch.tensor([[1.0], [2.0]]), [[1.0], [2.0]]),
        ([(np.eye(2), np.zeros(2))], [[np.eye(2), np.zeros(2)]]),
        ({"w": np.eye(2), "b": [1.0]}, {"b": (1.0,), "w": np.eye(2)}),
        (np.array([np.nan, np.inf, -np.inf]), np.array([np.nan, np.inf, -np.inf])),
        (np.array([1 + 2j]), np.array([1 + 2j])),
        (np.zeros((0, 3)), np.zeros((0, 3))),
        (np.array([1], dtype=np.uint8), torch.tensor([1])),
        ([], []),
    ],
)
def test_expect_close_equal_values_is_silent(actual, expected):
    expect_close(actual, expected, "y")


@pytest.mark.parametrize("seed", range(5))
def test_expect_close_random_errors_agrees_with_numpy(seed):
    rng = np.random.default_rng(seed)
    expected = rng.standard_normal((4, 3))
    actual = expected + 10.0 ** rng.uniform(-6, -2) * rng.standard_normal((4, 3))
    rtol, atol = 10.0 ** rng.uniform(-5, -2, size=2)
    close = np.allclose(actual, expected, rtol=rtol, atol=atol)
    try:
        expect_close(actual, expected, "y", rtol=rtol, atol=atol)
        assert close, f"seed {seed}"
    except CheckFailed:
        assert not close, f"seed {seed}"


def test_expect_close_tolerances_are_relative_to_expected_and_inclusive():
    expect_close(1.5, 1.0, "y", rtol=0.5)
    expect_close(1.5, 1.0, "y", rtol=0, atol=0.5)
    expect_close(-1.5, -1.0, "y", rtol=0.25, atol=0.25)
    message_of(expect_close, 1.0, 1.5, "y", rtol=0.33)
    expect_close(1.0, 1.5, "y", rtol=0.34)
    message_of(expect_close, 1.0 + 2e-7, 1.0, "y")
    message_of(expect_close, 1e-300, 0.0, "y")


def test_expect_close_one_wrong_value_names_its_position():
    actual = np.zeros((3, 4))
    actual[0, 1], actual[2, 3] = 0.5, -7.0
    assert message_of(expect_close, actual, np.zeros((3, 4)), "y") == (
        "y: en la posición [2, 3] esperaba 0.0 y llegó -7.0\n"
        "(2 de 12 valores fuera de tolerancia)"
    )


def test_expect_close_scalar_differs_gives_both_values():
    assert message_of(expect_close, 2.5, 3, "la pérdida") == (
        "la pérdida: esperaba 3 y llegó 2.5"
    )


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_expect_close_non_finite_value_is_worst(bad):
    actual = np.array([5.0, bad, 0.0])
    text = message_of(expect_close, actual, np.zeros(3), "y", rtol=1, atol=1)
    kind, n_nan = ("nan", "; nan: 1") if np.isnan(bad) else ("inf", "")
    assert text == (
        f"y: en la posición [1] esperaba 0.0 y llegó {bad}\n"
        f"(2 de 3 valores fuera de tolerancia{n_nan})\n"
        f"Causa probable: {kind}: ¿log(0), dividir entre 0, exp sin restar antes el "
        "máximo?"
    )


@pytest.mark.parametrize(
    ("actual", "expected"), [(0.0, np.nan), (0.0, np.inf), (-np.inf, np.inf)]
)
def test_expect_close_expected_not_finite_is_not_a_wildcard(actual, expected):
    message_of(expect_close, actual, expected, "y", rtol=0.1)
    message_of(expect_close, actual, expected, "y", rtol=0)


def test_expect_close_complex_against_real_compares_both_parts():
    assert "esperaba 1j" in message_of(expect_close, 0.0, 1j, "y")
    expect_close(np.array([1 + 1e-9j]), [1.0], "y")


def test_expect_close_difference_that_overflows_fails():
    message_of(expect_close, -1.7e308, 1.7e308, "y", rtol=0.1)


def test_expect_close_small_unsigned_integers_do_not_wrap_around():
    a, e = np.array([0], dtype=np.uint8), np.array([255], dtype=np.uint8)
    message_of(expect_close, a, e, "y", rtol=0, atol=1)


@pytest.mark.parametrize(
    ("actual", "expected", "text"),
    [
        (torch.ones(2), torch.ones(2).double(), "dtype torch.float64 y llegó torch.fl"),
        (np.ones(2, np.float32), np.ones(2), "dtype float64 y llegó float32"),
        (np.ones(2, int), torch.ones(2), "dtype torch.float32 y llegó int64"),
        (torch.ones(2).bool(), np.ones(2, int), "dtype int64 y llegó torch.bool"),
    ],
)
def test_expect_close_other_dtype_fails(actual, expected, text):
    assert text in message_of(expect_close, actual, expected, "y")
    assert text in message_of(expect_equal, actual, expected, "y")


@pytest.mark.parametrize(
    ("actual", "expected", "text"),
    [
        (None, np.ones(2), "y: esperaba números y llegó None (¿falta un return?)"),
        ("1", 1.0, "y: esperaba números y llegó str"),
        (None, [1.0], "y: esperaba list y llegó None (¿falta un return?)"),
        (3.0, (1.0, 2.0), "y: esperaba tuple y llegó float"),
        ([1.0], {"w": 1.0}, "y: esperaba dict y llegó list"),
        ({0: 1.0}, [1.0], "y: esperaba list y llegó dict"),
        ([1.0], [1.0, 2.0], "y: esperaba 2 elementos y llegaron 1"),
        ([1.0, 2.0], [1.0], "y: esperaba 1 elementos y llegaron 2"),
        ({"w": 1}, {"b": 1}, "y: esperaba las claves ['b'] y llegaron ['w']"),
        ({"w": 1, "b": 1}, {"b": 1}, "claves ['b'] y llegaron ['w', 'b']"),
        ([1.0, (2.0, 3.0)], [1.0, (2.0, 4.0)], "y[1][1]: esperaba 4.0 y llegó 3.0"),
        ({"w": [1.0]}, {"w": [2.0]}, "y['w'][0]: esperaba 2.0 y llegó 1.0"),
        ([[1.0], [2.0, 3.0]], np.ones((2, 2)), "y: no es una matriz ("),
        (np.ones((1, 2)), np.ones(2), "y: esperaba forma (2,) y llegó (1, 2)"),
        (np.ones(1), 1.0, "y: esperaba forma () y llegó (1,)"),
    ],
)
def test_expect_close_other_structure_says_what_came(actual, expected, text):
    assert text in message_of(expect_close, actual, expected, "y")


def test_expect_close_inner_parts_use_the_given_tolerance():
    expect_close([1.1], [1.0], "y", rtol=0.2)
    expect_close([0.1], [0.0], "y", atol=0.2)


@pytest.mark.parametrize(
    ("actual", "expected", "text"),
    [
        (0.1 + 0.2, 0.25, "esperaba 0.25 y llegó 0.3"),
        (np.float32([0.1]), np.float32([0.3]), "esperaba 0.3 y llegó 0.1"),
        (1.00000012, 1.00000034, "esperaba 1.00000034 y llegó 1.00000012"),
        (1e-9, 123456789.0, "esperaba 123457000.0 y llegó 1e-09"),
        (np.array([3]), np.array([1234567]), "esperaba 1234567 y llegó 3"),
        (3, 2.5, "esperaba 2.5 y llegó 3"),
    ],
)
def test_expect_close_numbers_have_the_digits_that_tell_them_apart(
    actual, expected, text
):
    assert (
        message_of(expect_close, actual, expected, "y").splitlines()[0].endswith(text)
    )


def test_expect_close_known_mistake_names_its_cause():
    expected = np.random.default_rng(0).standard_normal((2, 3))
    assert message_of(expect_close, expected.T, expected, "y") == (
        "y: esperaba forma (2, 3) y llegó (3, 2)\n"
        "Causa probable: es la traspuesta de lo esperado: con .T coincide"
    )
    assert "falta zero_grad()" in message_of(expect_close, 3 * expected, expected, "dW")
    assert "zero_grad" not in message_of(expect_close, 3 * expected, expected, "y")


@pytest.mark.parametrize("what", ["dW", "el gradiente de w", "w.grad"])
def test_expect_close_gradient_is_none_asks_for_backward(what):
    text = message_of(expect_close, None, torch.ones(2), what)
    assert text == (
        f"{what}: esperaba números y llegó None "
        "(¿falta backward()?, ¿lo corta .detach(), .item() o no_grad()?)"
    )
    assert text in message_of(expect_equal, None, torch.ones(2), what)


@pytest.mark.parametrize(
    ("actual", "cause"),
    [
        ([(3.5, 4.0), (1.0, 2.5)], "los elementos llegan en orden inverso"),
        ([(1.0, 2.5)], "esperaba 2 elementos y llegaron 1"),
        ([(1.0, 2.5), (3.5, 4.0), (0.0, 0.0)], "Causa probable: sobra el último"),
        ([(0.0, 0.0), (1.0, 2.5), (3.5, 4.0)], "Causa probable: sobra el primer"),
    ],
)
def test_expect_close_list_of_parts_elsewhere_names_the_order(actual, cause):
    expected = [(np.array(1.0), 2.5), (np.array(3.5), 4.0)]
    assert cause in message_of(expect_close, actual, expected, "y")


# --- expect_equal, expect_shape, expect_dtype, expect_device, expect_true -----------


@pytest.mark.parametrize(
    ("actual", "expected"),
    [
        ("a", "a"),
        (None, None),
        (np.bool_(False), False),
        (np.array([1, 2]), [1, 2]),
        ([1, 2], np.array([1, 2])),
        (torch.tensor([np.nan, 1]), torch.tensor([np.nan, 1])),
        ([("w", (2, 3), 6)], [("w", [2, 3], 6)]),
    ],
)
def test_expect_equal_same_value_is_silent(actual, expected):
    expect_equal(actual, expected, "y")


@pytest.mark.parametrize(
    ("actual", "expected", "text"),
    [
        (None, False, "y: esperaba False y llegó None (¿falta un return?)"),
        (["b", "a", "c"], ["a", "b", "c"], "esperados, en otro orden"),
        (["b", "c"], ["a", "b", "c"], "Causa probable: falta el primer elemento"),
        (1 + 1e-12, 1, "y: esperaba 1 y llegó 1.000000000001"),
        (["w", "c"], ["w", "b"], "y[1]: esperaba 'b' y llegó 'c'"),
        ("a" * 99, "b" * 99, f"esperaba '{'b' * 48}… y llegó '{'a' * 48}…"),
        (
            np.array([[1, 2], [3, 5]]),
            [[1, 0], [3, 4]],
            "y: en la posición [0, 1] esperaba 0 y llegó 2\n(2 de 4 valores distintos)",
        ),
        (np.array([np.nan]), np.array([1.0]), "[0] esperaba 1.0 y llegó nan"),
        (np.array([1.0]), np.array([np.nan]), "[0] esperaba nan y llegó 1.0"),
        (np.ones(2), np.ones(3), "forma (3,) y llegó (2,)"),
        (np.array([1, 2]), [1, 1], "llegó 2\n(1 de 2 valores distintos)"),
    ],
)
def test_expect_equal_other_value_says_both(actual, expected, text):
    assert text in message_of(expect_equal, actual, expected, "y")


@pytest.mark.parametrize("value", [np.ones((2, 3)), torch.ones(2, 3), [[1] * 3] * 2])
def test_expect_shape_same_shape_is_silent(value):
    expect_shape(value, (2, 3), "y")
    expect_shape(value, [2, 3], "y")


@pytest.mark.parametrize(("shape", "wanted"), [((5, 1), (5,)), ((5,), (5, 1))])
def test_expect_shape_column_against_vector_warns_of_broadcasting(shape, wanted):
    first, second = message_of(expect_shape, torch.ones(shape), wanted, "y").split("\n")
    assert first == f"y: esperaba forma {wanted} y llegó {shape}"
    assert second.startswith("Causa probable: ")
    assert second.endswith("; al operar (5,) con (5, 1) sale (5, 5) (broadcasting)")


@pytest.mark.parametrize(
    ("shape", "wanted"),
    [((5, 1), (4,)), ((5, 2), (5,)), ((1, 5), (5,)), ((1,), ()), ((2, 3, 1), (2, 3))],
)
def test_expect_shape_other_shape_does_not_speak_of_broadcasting(shape, wanted):
    text = message_of(expect_shape, np.ones(shape), wanted, "y")
    assert text.splitlines()[0] == f"y: esperaba forma {wanted} y llegó {shape}"
    assert "broadcasting" not in text


@pytest.mark.parametrize(
    ("value", "dtype"),
    [
        (np.ones(1), np.float64),
        (np.ones(1), "float64"),
        (np.ones(1), float),
        (1.0, float),
        (np.float32(1), np.float32),
        (torch.ones(1), torch.float32),
        (torch.ones(1, dtype=torch.bfloat16), torch.bfloat16),
    ],
)
def test_expect_dtype_same_dtype_is_silent(value, dtype):
    expect_dtype(value, dtype, "y")


@pytest.mark.parametrize(
    ("value", "dtype", "text"),
    [
        (np.ones(1, np.float32), np.float64, "y: esperaba dtype float64 y llegó flo"),
        (torch.ones(1), torch.float64, "esperaba dtype torch.float64 y llegó torch.f"),
        (np.ones(1, np.float32), torch.float32, "torch.float32 y llegó float32"),
        (torch.ones(1), np.float32, "esperaba dtype float32 y llegó torch.float32"),
        (1, float, "esperaba dtype float64 y llegó int64"),
        (None, float, "y: esperaba números y llegó None"),
    ],
)
def test_expect_dtype_other_dtype_fails(value, dtype, text):
    assert text in message_of(expect_dtype, value, dtype, "y")


def test_expect_device_same_kind_is_silent():
    expect_device(torch.ones(1), "cpu", "y")
    expect_device(torch.ones(1, device="meta"), torch.device("meta", 0), "y")


@pytest.mark.parametrize(
    ("value", "device", "text"),
    [
        (torch.ones(1), "cuda:0", "y: esperaba un tensor en cuda:0 y llegó cpu"),
        (
            torch.ones(1, device="meta"),
            "cpu",
            "y: esperaba un tensor en cpu y llegó met",
        ),
        (np.ones(1), "cpu", "y: esperaba un tensor en cpu y llegó ndarray"),
        (None, "cpu", "llegó None (¿falta un return?)"),
    ],
)
def test_expect_device_other_device_fails(value, device, text):
    assert text in message_of(expect_device, value, device, "y")


def test_expect_true_condition_decides():
    expect_true(torch.tensor(True), "no")
    assert message_of(expect_true, np.bool_(False), "el bucle sigue") == (
        "el bucle sigue"
    )


# --- expect_raises -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("types", "error"),
    [
        (ValueError, ValueError("x")),
        ((KeyError, ValueError), ValueError("x")),
        (LookupError, KeyError("x")),
        (NotImplementedError, NotImplementedError()),
        (SystemExit, SystemExit()),
    ],
)
def test_expect_raises_wanted_error_is_silent(types, error):
    fail_inside(expect_raises(types, "y"), error)


@pytest.mark.parametrize(
    ("types", "error", "text"),
    [
        (
            (KeyError, ValueError),
            TypeError("x"),
            "y: esperaba KeyError o ValueError; tu código lanzó TypeError: x",
        ),
        (RuntimeError, NotImplementedError(), "y: todavía sin hacer"),
        (Exception, NotImplementedError(), "y: todavía sin hacer"),
        (AssertionError, CheckFailed("otra cosa"), "otra cosa"),
    ],
)
def test_expect_raises_other_error_fails(types, error, text):
    assert message_of(fail_inside, expect_raises(types, "y"), error) == text


def test_expect_raises_other_usual_error_is_explained():
    text = message_of(
        fail_inside,
        expect_raises(ValueError, "y"),
        NameError("name 'q' is not defined"),
    )
    assert text.splitlines()[:2] == [
        "y: esperaba ValueError; tu código lanzó NameError",
        "name 'q' is not defined",
    ]
    assert text.splitlines()[2].startswith("En español: q no existe")


def test_expect_raises_no_error_fails():
    with (
        pytest.raises(CheckFailed, match="y: esperaba ValueError y no hubo ningún"),
        expect_raises(ValueError, "y"),
    ):
        pass


def test_expect_raises_keyboard_interrupt_passes_through():
    with pytest.raises(KeyboardInterrupt):
        fail_inside(expect_raises(Exception, "y"), KeyboardInterrupt())


# --- expect_unchanged, expect_rng_untouched, time_limit -----------------------------


def arguments():
    return (
        np.arange(6.0).reshape(2, 3),
        torch.zeros(2, dtype=torch.bfloat16),
        {"w": [np.zeros(2), (torch.ones(1),)], "n": 3, "name": "relu", "b": None},
        np.float32(1),
    )


def test_expect_unchanged_untouched_is_silent():
    args = arguments()
    with expect_unchanged(*args, np.array([np.nan])):
        args[0] + 1
        args[2]["w"][0].sum()


def change_sign_of_zero(args):
    args[1][0] = -0.0


def change_nested_array(args):
    args[2]["w"][0] += 1


def change_nested_tensor(args):
    args[2]["w"][1][0].zero_()


def change_dtype_in_place(args):
    args[0].dtype = np.int64


def change_number(args):
    args[2]["n"] = 4


def add_key(args):
    args[2]["extra"] = 1


def reorder_keys(args):
    args[2]["w"] = args[2].pop("w")


def append_to_list(args):
    args[2]["w"].append(1)


def replace_list_by_tuple(args):
    args[2]["w"] = tuple(args[2]["w"])


@pytest.mark.filterwarnings("ignore:Setting the dtype:DeprecationWarning")
@pytest.mark.parametrize(
    ("change", "where"),
    [
        (change_sign_of_zero, "el número 2;"),
        (change_nested_array, "el número 3, en ['w'][0];"),
        (change_nested_tensor, "el número 3, en ['w'][1][0];"),
        (change_dtype_in_place, "el número 1;"),
        (change_number, "el número 3, en ['n'];"),
        (add_key, "el número 3;"),
        (reorder_keys, "el número 3;"),
        (append_to_list, "el número 3, en ['w'];"),
        (replace_list_by_tuple, "el número 3, en ['w'];"),
    ],
)
def test_expect_unchanged_one_change_names_the_place(change, where):
    args = arguments()
    with (
        pytest.raises(CheckFailed) as caught,
        expect_unchanged(*args, what="la entrada"),
    ):
        change(args)
    assert str(caught.value).startswith(f"la entrada: ha cambiado {where}")


@pytest.mark.parametrize("make", [np.zeros, torch.zeros])
def test_expect_unchanged_new_shape_fails(make):
    x = make((2, 3))
    with (
        pytest.raises(CheckFailed, match="los argumentos: ha cambiado el número 1;"),
        expect_unchanged(x),
    ):
        x.resize_(3, 2) if isinstance(x, torch.Tensor) else x.resize((3, 2))


def test_expect_unchanged_unknown_kind_is_refused():
    with (
        pytest.raises(TypeError, match="no sabe copiar Linear"),
        expect_unchanged(torch.nn.Linear(1, 1)),
    ):
        pass


def test_expect_unchanged_body_fails_keeps_its_error():
    def spoil(x):
        x += 1
        raise KeyError

    x = np.zeros(1)
    with pytest.raises(KeyError), expect_unchanged(x):
        spoil(x)


X = np.arange(6.0).reshape(2, 3)
T = torch.arange(6.0).reshape(2, 3)


@pytest.mark.parametrize(
    "result", [X.copy(), X + 0, X[[0]], T.clone(), torch.tensor(X), X.tolist(), 3.0]
)
def test_expect_copy_own_memory_is_silent(result):
    expect_copy(result, X, T, what="y")


@pytest.mark.parametrize(
    ("result", "number"),
    [(X, 1), (X[1:], 1), (X.T, 1), (T.view(6), 2), (T[:, 0], 2), (T.numpy(), 2)],
)
def test_expect_copy_view_names_the_argument(result, number):
    text = message_of(expect_copy, result, X, T, what="y")
    assert f"y: comparte memoria con el argumento número {number}\nCausa" in text
    assert ".copy() o .clone()" in text


def test_expect_copy_nothing_came_says_so():
    assert "llegó None" in message_of(expect_copy, None, X, what="y")


def test_expect_reproducible_same_answers_is_silent():
    def seeded():
        torch.manual_seed(0)
        return {"w": [torch.rand(2), np.random.default_rng(0).random()]}

    expect_reproducible(seeded, "y")
    expect_reproducible(lambda: (X, "a", None), "y")


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (
            lambda: torch.rand(2),
            "difieren\nCausa probable: gasta azar global (torch): ¿d",
        ),
        (lambda: torch.dropout(T, 0.5, True), "falta model.eval()"),
        (lambda: [0, np.random.rand()], "difieren en [1]\nCausa probable: gasta azar"),
        (lambda: {"w": random.random()}, "difieren en ['w']\nCausa probable: gasta"),
    ],
)
def test_expect_reproducible_global_generator_is_named(call, text):
    message = message_of(expect_reproducible, call, "y")
    assert text in message
    assert ("dropout" in message) == ("torch" in message)


def test_expect_reproducible_memory_of_the_last_call_has_no_known_cause():
    seen = []

    def count():
        seen.append(0)
        return len(seen)

    assert message_of(expect_reproducible, count, "y") == (
        "y: dos llamadas iguales difieren"
    )


def test_expect_rng_untouched_own_generators_is_silent():
    with expect_rng_untouched():
        np.random.default_rng(0).standard_normal(3)
        torch.rand(3, generator=torch.Generator().manual_seed(0))
        random.Random(0).random()


@pytest.mark.parametrize(
    ("draw", "name"),
    [
        (random.random, "random"),
        (np.random.rand, "np.random"),
        (lambda: torch.rand(1), "torch"),
        (lambda: torch.manual_seed(torch.initial_seed() + 1), "torch"),
    ],
)
def test_expect_rng_untouched_global_generator_is_named(draw, name):
    with pytest.raises(CheckFailed) as caught, expect_rng_untouched():
        draw()
    assert f"ha cambiado ({name});" in str(caught.value)


def test_time_limit_on_a_fake_clock_decides_after_the_block(monkeypatch):
    clock = iter([10.0, 12.0, 10.0, 12.001])
    monkeypatch.setattr(checks.time, "perf_counter", lambda: next(clock))
    with time_limit(2, "el entrenamiento"):
        pass
    with pytest.raises(CheckFailed) as caught, time_limit(2, "el entrenamiento"):
        pass
    assert str(caught.value) == "el entrenamiento: tardó 2.00 s y el límite es 2 s"


def test_summary_says_what_is_left_of_a_saved_notebook(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    test = check_cell("from course_utils.checks import check\nassert f(1) == 2")
    document = notebook(new_markdown_cell("## E1 Sumar uno"), solution_cell(), test)
    path = write(student_copy(build(tmp_path, document), f=WRONG), tmp_path / "e.ipynb")

    resumen(str(path))
    wrong = capsys.readouterr().out
    resumen(str(tmp_path / "otro.ipynb"))
    missing = capsys.readouterr().out

    assert "mal        E1 Sumar uno" in wrong
    assert "Te falta: E1 Sumar uno" in wrong
    assert "otro.ipynb" in missing
