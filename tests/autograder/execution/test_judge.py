"""Proxies: a test in another process does not notice that the code is elsewhere."""

import copy
import inspect
import os
import random
import socket
import subprocess
import sys
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from autograder.execution import wire
from autograder.execution.judging import class_attributes, global_names
from autograder.execution.link import Link
from autograder.execution.surfaces import (
    find_loaded,
    generator_state,
    set_generator_state,
)

STUDENT = """
import collections, random
import numpy as np, torch
from torch import nn

Pair = collections.namedtuple("Pair", "left right")
WEIGHT = torch.ones(2, requires_grad=True)
def add(a, b=2): return a + b
def add_one(x):
    x += 1
    return x
def append(items, more):
    items.append(more)
    items[0].append(7)
    return items
def fill(table, chosen):
    table["k"] = 1
    chosen.add(3)
class Counter:
    def __init__(self, n=0): self.n = n
    def inc(self, k=1):
        self.n += k
        return self
    @property
    def double(self): return 2 * self.n
    def __eq__(self, other): return True
    def __hash__(self): return 1
    def __len__(self): return self.n
    def __getitem__(self, i): return i * self.n
    def __sub__(self, other): return 0
    def __float__(self): return 0.0
def bump(counter): counter.n += 10
class Odd:
    level = property(lambda self: 7)
    def __init__(self):
        self.__dict__["level"] = self.__dict__[3] = 1
        self.label, self.text, self.size = "a", "\\ud800", 2**80
        setattr(self, "\\ud800", 1)
    def run(self): return "class"
    def name(self, other=2): "Otro."
    def swap(self): self.run = lambda: "instance"
class Later(Odd):
    def run(self): return "class"
    def swap_class(self): Later.run = 7
class Config:
    __slots__ = ("_values",)
    def __init__(self, **values): object.__setattr__(self, "_values", values)
    def __getattr__(self, name): return self._values[name]
class Doubler:
    __slots__ = ("inner",)
    def __init__(self, inner): self.inner = inner
    def __getattr__(self, name): return 2 * getattr(self.inner, name)
class Lazy:
    @property
    def w(self): return np.random.rand(2)
class Steps:
    def __init__(self): self.n = 0
    def step(self, k=1): self.n += k
    def fit(self, n):
        for _ in range(n): self.step()
def plus(x):
    x = np.require(x, requirements=["W"])
    x += 1
    return x
class Asked:
    def __init__(self): self.seen = 0
    def __getattribute__(self, name):
        return 5 if name == "seen" else object.__getattribute__(self, name)
class Number:
    def __init__(self, value): self.value = value
    def __add__(self, other): return Number(self.value + other.value)
    def __eq__(self, other): return self.value == other.value
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(3, 2)
        self.bn = nn.BatchNorm1d(2)
        self.drop = nn.Dropout(0.5)
    def forward(self, x): return self.drop(self.bn(self.fc(x)))
    def nudge(self):
        with torch.no_grad(): self.fc.bias.add_(1)
class Counts(nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("n", torch.zeros(1))
        self.w = nn.Parameter(torch.zeros(1))
    def forward(self, x):
        self.n = self.n + 1
        return x
    def restart(self): self.w = nn.Parameter(torch.ones(1))
    def replace(self):
        old, self.w = self.w, nn.Parameter(torch.ones(1))
        return old
    def grow(self):
        self.n = self.n * 0
        self.head = nn.Linear(1, 2)
def square(x): return (x ** 2).sum()
def scaled(x): return WEIGHT * x
def count(n):
    for i in range(n): yield i
def apply(f, x): return f(x)
def descend(f, x):
    x[0] = 5.0
    return f(x)
def noise():
    return torch.randn(2), np.random.rand(2), random.random()
def drawn(generator, n): return torch.randn(n, generator=generator)
def np_drawn(rng, n): return rng.normal(size=n)
def bad(): raise ValueError("malo")
class Mine(KeyError): pass
def bad_mine(): raise Mine("mío")
def leave(): raise SystemExit(0)
def bad_bytes(): b"\\xff".decode()
def step(model, optimizer, x, y):
    optimizer.zero_grad()
    loss = ((model(x) - y) ** 2).mean()
    loss.backward()
    optimizer.step()
    return loss.item()
def freeze(model):
    for p in model.parameters(): p.requires_grad_(False)
    model.eval()
def make_optimizer(model): return torch.optim.SGD(model.parameters(), lr=0.1)
def plot():
    import matplotlib.pyplot as plt
    fig, ax = plt.subplots()
    ax.plot([1, 2], [3, 4], label="a")
    ax.set_title("t")
    return fig
def peek(f, look):
    number = f._judge[1]
    name = look.split(".")[1]
    if name == "__class__": return type(f).__name__
    try: f._judge[0].call_back(number, "__getattribute__", (name,), {})
    except Exception as error: return type(error).__name__
    return "seen"
def complaint(f):
    try: f(1)
    except Exception as error: return str(error)
class Duck:
    shape = ()
    secret = 5
    def allclose(self, *_): return True
def duck(): return Duck()
def stop_at(_): raise StopIteration
def collect(items): return list(items), sum(1 for _ in items)
class Swallow:
    def __enter__(self): return self
    def __exit__(self, *_): return True
class Vector:
    def __init__(self, v): self.v = v
    def __sub__(self, other): return 0.0
    def __mul__(self, other): return Vector(self.v * other)
    def __eq__(self, other): return True
    def mean(self): return self.v
def poison():
    state = torch.default_generator.get_state()
    state[24:24 + 624 * 8] = 0
    torch.default_generator.set_state(state)
    state = np.random.get_state(legacy=False)
    state["state"]["key"][:] = 0
    np.random.set_state(state)
    random.seed(1)
def spare():
    np.random.normal(), random.gauss(0, 1)
    state = np.random.get_state(legacy=False)
    np.random.set_state(state | {"has_gauss": 1, "gauss": 77.0})
    version, numbers, _ = random.getstate()
    random.setstate((version, numbers, 77.0))
    state = torch.get_rng_state()
    normal = torch.tensor([77.0, 77.0, 77.0], dtype=torch.float64).view(torch.uint8)
    state[24 + 624 * 8 : 48 + 624 * 8] = normal
    state[48 + 624 * 8] = 1
    torch.set_rng_state(state)
def triple(o, n):
    "El triple."
    return n + o.double(n)
def half(): torch.set_default_dtype(torch.float16)
def rest(x): return torch.empty(0).set_(x.untyped_storage()).numel()
def times(k): return lambda x: x * k
def same(x): return x
def many(): return [1, (2.5, None), {"a": {1, 2}}, b"x", 2j, 10**30, Pair(1, [2]),
    np.arange(3.0), torch.ones(2, dtype=torch.bfloat16), np.float32(1.5), torch.float32]
def shout(): print("hola")
def autograd_off(): torch.set_grad_enabled(False)
class Truth:
    def __bool__(self): return True
    def __lt__(self, other): return True
    def __contains__(self, item): return True
class LyingFloat(float):
    def __eq__(self, other): return True
    def __lt__(self, other): return True
def lying_float(): return LyingFloat(3)
def lying_list():
    class Lying(list):
        def __eq__(self, other): return True
    return Lying([1])
def nested():
    items = []
    items.append(items)
    return items
"""
SERVE = """
import os, socket, sys
import matplotlib; matplotlib.use("Agg")
import torch
from autograder.execution.answering import Answerer
torch.set_num_threads(1)
channel = socket.socket(fileno=int(sys.argv[1]))
namespace = sys.modules["__main__"].__dict__
exec(os.environ["STUDENT"], namespace)
answerer = Answerer(channel, namespace, lambda: os._exit(0))
while True:
    answerer.on_readable()
"""
NAMES = tuple(global_names(STUDENT))


@pytest.fixture(scope="module")
def link() -> Iterator[Link]:
    ours, theirs = socket.socketpair()
    environment = {**os.environ, "STUDENT": STUDENT, "OMP_NUM_THREADS": "1"}
    with theirs:
        command = [sys.executable, "-c", SERVE, str(theirs.fileno())]
        process = subprocess.Popen(command, pass_fds=[theirs.fileno()], env=environment)
    namespace: dict[str, Any] = {"__name__": "__main__"}
    made = Link(ours, namespace, class_attributes(STUDENT.split("class Truth")[0]))
    made.attributes["Vector"] = frozenset({"__sub__", "__mul__", "__eq__", "mean"})
    made.attributes["Swallow"] = frozenset({"__enter__", "__exit__"})
    # as if the source's own Counter had no special methods, and there were no Duck
    made.attributes["Counter"] = frozenset({"n", "inc", "double"})
    made.attributes.pop("Duck")
    namespace.update(made.names(list(NAMES)))
    yield made
    ours.close()
    process.wait(timeout=20)


@pytest.fixture
def student(link: Link) -> SimpleNamespace:
    return SimpleNamespace(**link.names(list(NAMES)))


def test_names_that_the_student_lacks_are_left_out(link: Link) -> None:
    assert link.names(["add", "missing"]).keys() == {"add"}


def test_call_takes_defaults_and_keywords(student: Any) -> None:
    assert student.add(1) == 3
    assert student.add(b=3, a=1) == 4
    np.testing.assert_array_equal(student.add(np.arange(3.0), b=1), [1, 2, 3])


def test_values_of_many_types_arrive_as_they_were(student: Any) -> None:
    *rest, pair, array, half, number, dtype = student.many()

    assert rest == [1, (2.5, None), {"a": {1, 2}}, b"x", 2j, 10**30]
    assert (pair.left, pair.right) == (1, [2])
    np.testing.assert_array_equal(array, np.arange(3.0))
    assert half.dtype is torch.bfloat16
    assert half.tolist() == [1, 1]
    assert type(number) is np.float32
    assert number == 1.5
    assert dtype is torch.float32


@pytest.mark.parametrize("make", [np.zeros, torch.zeros])
def test_argument_changed_in_place_is_seen_and_is_the_same_object(
    student: Any, make: Any
) -> None:
    x = make(3)

    assert student.add_one(x) is x
    assert x.tolist() == [1, 1, 1]


def test_argument_that_is_not_changed_stays(student: Any) -> None:
    x = np.zeros(3)

    student.add(x)

    assert x.tolist() == [0, 0, 0]


def test_containers_changed_in_place_keep_what_they_held(student: Any) -> None:
    inner: list[int] = [1]
    items: list[Any] = [inner]
    table: dict[str, int] = {}
    chosen: set[int] = set()

    assert student.append(items, 5) is items
    student.fill(table, chosen)

    assert items == [[1, 7], 5]
    assert items[0] is inner
    assert (table, chosen) == ({"k": 1}, {3})


def test_instance_has_attributes_methods_and_properties(student: Any) -> None:
    counter = student.Counter(n=3)

    assert counter.inc(2) is counter
    assert (counter.n, counter.double) == (5, 10)
    counter.n = 1
    assert counter.double == 2
    assert not hasattr(counter, "other")
    assert isinstance(counter, student.Counter)
    assert not isinstance(3, student.Counter)


def test_what_an_answer_told_of_an_object_is_not_asked_again(
    link: Link, student: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, ask = [], link.ask
    monkeypatch.setattr(
        link, "ask", lambda op, *rest: asked.append(op) or ask(op, *rest)
    )

    counter = student.Counter(2).inc(3)

    assert (counter.n, counter.n) == (5, 5)
    assert asked == ["call", "call"]
    student.bump(counter)
    assert counter.n == 15
    counter.n = 4
    assert counter.n == 4
    assert asked == ["call", "call", "call", "getattr", "setattr", "getattr"]
    assert counter.inc(1).double == 10


def test_only_attributes_found_without_running_code_are_told(student: Any) -> None:
    odd = student.Odd()

    assert (odd.label, odd.level, odd.size) == ("a", 7, 2**80)
    assert odd.run() == "class"
    odd.swap()
    assert odd.run() == "instance"
    assert student.Asked().seen == 5
    assert student.Config(lr=0.5).lr == 0.5
    assert student.Doubler(student.Counter(3)).n == 6
    odd = student.Odd()
    odd.run = lambda: 7
    assert odd.run() == 7
    student.Later().swap_class()
    assert student.Later().run == 7


def test_method_is_bound_when_it_is_looked_up(student: Any) -> None:
    steps, calls = student.Steps(), []
    original = steps.step

    def spy(k: int = 1) -> Any:
        calls.append(k)
        return original(k)

    steps.step = spy
    steps.fit(3)
    assert (len(calls), steps.n) == (3, 3)
    steps.step = original
    steps.fit(2)
    assert (len(calls), steps.n) == (3, 5)
    odd = student.Odd()
    run = odd.run
    odd.swap()
    assert (run(), odd.run()) == ("class", "instance")


@pytest.mark.parametrize("size", [3, 20_000])
def test_array_that_is_only_read_stays_so(student: Any, size: int) -> None:
    x = np.zeros(size)
    x.setflags(write=False)

    assert student.plus(x)[0] == 1.0
    with pytest.raises(ValueError, match="read-only"):
        student.add_one(x)


def test_property_draws_from_the_seed_of_the_test(student: Any) -> None:
    lazy = student.Lazy()
    np.random.seed(3)
    drawn = lazy.w

    np.random.seed(3)
    assert np.array_equal(drawn, np.random.rand(2))


def test_method_is_an_object_like_any_other(student: Any) -> None:
    odd, counter = student.Odd(), student.Counter(1)

    assert student.apply(counter.inc, 4) is counter
    assert counter.n == 5
    assert list(inspect.signature(odd.name).parameters) == ["other"]
    assert (odd.name.__name__, odd.name.__doc__) == ("name", "Otro.")
    assert callable(odd.name)
    with pytest.raises(TypeError):
        bool(odd.name)


def test_student_uses_methods_of_an_object_of_the_tests(student: Any) -> None:
    class Doubler:
        def double(self, n: int) -> int:
            return 2 * n

    assert student.triple(Doubler(), 3) == 9
    assert student.apply(Doubler().double, 4) == 8


def test_documentation_is_the_students(student: Any) -> None:
    assert student.triple.__doc__ == "El triple."
    assert student.add.__doc__ is None


def test_request_that_cannot_be_read_is_answered_with_an_error(
    link: Link, student: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(x: int) -> int:
        return x

    gone.__module__, gone.__qualname__ = "__main__", "gone"
    monkeypatch.setitem(link.shared, "gone", gone)
    monkeypatch.setitem(link.namespace, "gone", gone)
    monkeypatch.setattr(sys.modules["__main__"], "gone", gone, raising=False)
    with pytest.raises(AttributeError, match="gone"):
        student.apply(gone, 1)
    assert student.add(1) == 3


def test_items_and_length_are_asked_for(student: Any) -> None:
    counter = student.Counter(2)

    assert len(counter) == 2
    assert counter[3] == 6


def test_student_object_cannot_say_that_it_is_right(student: Any) -> None:
    counter, truth = student.Counter(3), student.Truth()

    assert (counter == 3) is False
    assert counter != 3
    with pytest.raises(TypeError):
        bool(truth)
    with pytest.raises(TypeError):
        truth < 1  # noqa: B015
    with pytest.raises(TypeError):
        counter - 3
    with pytest.raises(TypeError):
        float(counter)
    with pytest.raises(TypeError):
        3 in truth  # noqa: B015


def test_object_has_none_of_the_methods_of_data(student: Any) -> None:
    duck = student.duck()

    assert duck.secret == 5
    for name in ("allclose", "shape", "item"):
        with pytest.raises(AttributeError, match=name):
            getattr(duck, name)
    assert student.Vector(3).mean() == 3


def test_verdict_on_data_is_not_the_students_to_give(student: Any) -> None:
    vector = student.Vector(3)

    assert (vector * 2).mean() == 6
    assert vector == student.Vector(4)
    assert (vector == 4) is False
    with pytest.raises(TypeError):
        vector - 3.0


def test_end_of_iteration_is_an_error_outside_of_it(student: Any) -> None:
    with pytest.raises(RuntimeError, match="StopIteration"):
        list(map(student.stop_at, [1, 2]))


def test_student_cannot_swallow_an_error_of_the_test(student: Any) -> None:
    with pytest.raises(AssertionError, match="mine"), student.Swallow():
        raise AssertionError("mine")


def test_chosen_random_states_are_not_taken_over(student: Any) -> None:
    for seed in (torch.manual_seed, np.random.seed, random.seed):
        seed(7)
    before = torch.get_rng_state()

    student.poison()
    drawn = torch.rand(5), np.random.rand(5), random.random()

    assert drawn[0].unique().numel() == 5
    assert len(set(drawn[1])) == 5
    assert drawn[2] != random.Random(1).random()
    assert not torch.equal(before, torch.get_rng_state())


@pytest.mark.parametrize(
    "draw",
    [
        np.random.normal,
        lambda: random.gauss(0, 1),
        lambda: torch.normal(0.0, 1.0, (1,), dtype=torch.float64).item(),
    ],
)
def test_next_normal_number_is_not_the_students_to_choose(
    student: Any, draw: Any
) -> None:
    student.spare()

    assert abs(draw()) < 10


@pytest.mark.parametrize(
    ("generator", "place"),
    [
        (np.random.RandomState(1), ("state", "pos")),
        (np.random.Generator(np.random.MT19937(1)), ("state", "pos")),
        (np.random.Generator(np.random.Philox(1)), ("buffer_pos",)),
    ],
)
def test_generator_sent_back_out_of_bounds_is_no_answer(
    generator: Any, place: tuple[str, ...]
) -> None:
    state = copy.deepcopy(generator_state(generator))
    inner = state
    for name in place[:-1]:
        inner = inner[name]
    inner[place[-1]] = 700

    with pytest.raises(ValueError, match="outside"):
        set_generator_state(generator, state)
    assert generator.normal() < 10


def test_class_of_a_test_is_not_found_by_its_name() -> None:
    assert find_loaded("__main__", "__name__") is None
    assert find_loaded("torch.nn.modules.linear", "Linear") is nn.Linear


def test_default_dtype_is_single_or_double(student: Any) -> None:
    student.half()

    assert torch.get_default_dtype() is torch.float32


def test_view_crosses_without_what_it_is_a_part_of(student: Any) -> None:
    table = torch.arange(12.0).reshape(3, 4)

    assert student.rest(table[1, :2]) == 2
    assert student.add_one(table[1, :2]).tolist() == [5, 6]
    assert table[1].tolist() == [5, 6, 6, 7]


def test_data_types_that_lie_arrive_as_plain_data(student: Any) -> None:
    assert student.lying_float() != 4
    assert not student.lying_float() < 1
    assert student.lying_list() != [2]


def test_special_methods_of_the_sources_class_are_the_students(student: Any) -> None:
    total = student.Number(1) + student.Number(2)

    assert total.value == 3
    assert total == student.Number(3)
    assert total != student.Number(4)


def test_module_is_a_module_with_parameters(student: Any) -> None:
    net = student.Net()

    assert isinstance(net, nn.Module)
    assert isinstance(net.fc, nn.Linear)
    names = [name for name, _ in net.named_parameters()]
    assert names == ["fc.weight", "fc.bias", "bn.weight", "bn.bias"]
    assert net.fc.weight is net.get_parameter("fc.weight")
    assert net.fc.in_features == 3
    assert "bn.running_mean" in net.state_dict()
    assert issubclass(student.Net, nn.Module)


def test_gradient_arrives_in_the_modules_parameters(student: Any) -> None:
    net, x = student.Net().double(), torch.randn(4, 3, dtype=torch.float64)
    net.drop.eval()
    ours = nn.Sequential(nn.Linear(3, 2), nn.BatchNorm1d(2)).double()
    ours[0].load_state_dict(net.fc.state_dict())

    (net(x) ** 3).sum().backward()
    (ours(x) ** 3).sum().backward()

    assert net.fc.weight.grad is not None
    torch.testing.assert_close(net.fc.weight.grad, ours[0].weight.grad)
    torch.testing.assert_close(net.bn.running_mean, ours[1].running_mean)


def test_mode_and_parameters_are_pushed_and_pulled(student: Any) -> None:
    net, x = student.Net(), torch.randn(4, 3)
    net.eval()
    torch.testing.assert_close(net(x), net(x), rtol=0, atol=0)
    with torch.no_grad():
        net.fc.weight.zero_()
        net.fc.bias.zero_()

    assert net(x).abs().max() == 0
    net.nudge()
    assert net.fc.bias.tolist() == [1, 1]


def test_optimizer_of_the_judge_trains_a_student_module(student: Any) -> None:
    net, x = student.Net().eval(), torch.randn(8, 3)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.01)
    losses = []
    for _ in range(5):
        optimizer.zero_grad()
        loss = net(x).pow(2).sum()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())

    assert losses[-1] < losses[0]


@pytest.mark.parametrize("options", [{}, {"momentum": 0.9}])
def test_student_trains_a_module_of_the_judge(student: Any, options: Any) -> None:
    torch.manual_seed(1)
    ours, x, y = nn.Linear(3, 1), torch.randn(8, 3), torch.randn(8, 1)
    twin = nn.Linear(3, 1)
    twin.load_state_dict(ours.state_dict())
    optimizer = torch.optim.SGD(ours.parameters(), lr=0.1, **options)
    theirs = torch.optim.SGD(twin.parameters(), lr=0.1, **options)
    for _ in range(3):
        student.step(ours, optimizer, x, y)
        theirs.zero_grad()
        ((twin(x) - y) ** 2).mean().backward()
        theirs.step()

    torch.testing.assert_close(ours.weight, twin.weight)
    torch.testing.assert_close(ours.weight.grad, twin.weight.grad)


def test_freezing_and_mode_of_a_judges_module_come_back(student: Any) -> None:
    ours = nn.Sequential(nn.Linear(2, 2), nn.Dropout())

    student.freeze(ours)

    assert not any(p.requires_grad for p in ours.parameters())
    assert not ours[1].training


def test_buffers_of_a_judges_module_come_back(student: Any) -> None:
    ours = nn.BatchNorm1d(2)

    student.apply(ours, torch.ones(3, 2))

    assert ours.running_mean.tolist() == pytest.approx([0.1, 0.1])
    assert ours.num_batches_tracked == 1


def test_optimizer_made_by_the_student_moves_the_judges_module(student: Any) -> None:
    ours = nn.Linear(2, 1)
    optimizer, before = student.make_optimizer(ours), ours.weight.detach().clone()

    ours(torch.ones(1, 2)).sum().backward()
    optimizer.step()

    assert isinstance(optimizer, torch.optim.Optimizer)
    torch.testing.assert_close(ours.weight.detach(), before - 0.1)


def test_gradcheck_works_on_a_student_function(student: Any) -> None:
    x = torch.randn(3, dtype=torch.float64, requires_grad=True)

    assert torch.autograd.gradcheck(student.square, (x,))
    assert torch.autograd.gradcheck(lambda x: student.square(x.sin()), (x,))


def test_gradient_arrives_in_a_global_leaf_of_the_students(student: Any) -> None:
    student.scaled(torch.tensor([2.0, 3.0])).sum().backward()

    assert student.WEIGHT.grad.tolist() == [2, 3]


def test_no_graph_without_gradients(student: Any) -> None:
    with torch.no_grad():
        assert not student.scaled(torch.ones(2)).requires_grad


def test_generator_and_returned_function(student: Any) -> None:
    assert list(student.count(3)) == [0, 1, 2]
    assert sum(student.count(4)) == 6
    assert student.times(3)(4) == 12


def test_function_of_the_judge_is_called_back(student: Any) -> None:
    offset = 10

    assert student.apply(lambda v: v + offset, 1) == 11
    assert student.apply(np.sum, np.ones(3)) == 3
    assert student.apply(lambda v: student.add(v, 1), 1) == 2
    with pytest.raises(ZeroDivisionError):
        student.apply(lambda v: v / 0, 1)


def test_callback_sees_an_argument_changed_so_far(student: Any) -> None:
    x = np.zeros(2)

    assert student.descend(lambda v: (v is x, x[0]), x) == (True, 5.0)


@pytest.mark.parametrize(
    "look",
    ["f.__globals__", "f.__code__", "f.__closure__", "f.name", "f.__class__"],
)
def test_function_of_the_judge_can_be_called_but_not_looked_into(
    student: Any, look: str
) -> None:
    secret = 42

    def probe(v: Any) -> Any:
        return v + secret

    assert student.peek(probe, look) in ("AttributeError", "JudgeObject")


def test_failure_of_a_test_function_says_nothing_of_it(student: Any) -> None:
    def strict(v: Any) -> None:
        assert v == 42, "se esperaba 42"

    assert student.complaint(strict) == ""


def test_random_state_is_that_of_one_process(student: Any) -> None:
    def reseed() -> None:
        torch.manual_seed(3)
        np.random.seed(3)
        random.seed(3)

    def ours() -> Any:
        return torch.randn(2), np.random.rand(2), random.random()

    reseed()
    theirs, after = student.noise(), ours()
    reseed()
    expected, expected_after = ours(), ours()

    assert theirs[0].tolist() == expected[0].tolist()
    assert theirs[1].tolist() == expected[1].tolist()
    assert theirs[2] == expected[2]
    assert after[0].tolist() == expected_after[0].tolist()
    assert after[1].tolist() == expected_after[1].tolist()
    assert after[2] == expected_after[2]


def test_tensors_that_a_module_exchanges_arrive(student: Any) -> None:
    model = student.Counts()
    old = model.w

    model(torch.zeros(1))
    model(torch.zeros(1))
    model.restart()

    assert model.state_dict()["n"].item() == model.n.item() == 2
    assert [p.item() for p in model.parameters()] == [1]
    assert model.w is not old
    optimizer = torch.optim.SGD(model.parameters(), lr=0.5)
    (model.w * 3).sum().backward()
    optimizer.step()
    assert model.w.item() == model.state_dict()["w"].item() == -0.5


def test_what_a_module_lets_go_of_can_be_given_back(student: Any) -> None:
    counts = student.Counts()
    before = counts.w

    assert counts.replace() is before
    assert (before.item(), counts.w.item()) == (0.0, 1.0)


def test_modules_that_a_module_exchanges_arrive(student: Any) -> None:
    model = student.Counts()

    model.grow()
    before = model.head.weight
    model.grow()

    assert {*model.state_dict()} == {"n", "w", "head.weight", "head.bias"}
    assert model.head.weight is not before
    assert torch.equal(model.head.weight, model.state_dict()["head.weight"])


def test_generator_of_the_judge_becomes_a_list(student: Any) -> None:
    numbers = (number for number in range(3))

    assert student.collect(numbers) == ([0, 1, 2], 0)


def test_generators_given_as_arguments_advance(student: Any) -> None:
    one, two = (torch.Generator().manual_seed(1) for _ in range(2))
    rng, twin = np.random.default_rng(1), np.random.default_rng(1)

    theirs = [*student.drawn(one, 2), *torch.randn(1, generator=one)]
    assert theirs == [*torch.randn(2, generator=two), *torch.randn(1, generator=two)]
    student.np_drawn(rng, 2)
    twin.normal(size=2)
    assert rng.normal() == twin.normal()


def test_exceptions_arrive_as_the_type_they_are(student: Any) -> None:
    with pytest.raises(ValueError, match="malo"):
        student.bad()
    with pytest.raises(student.Mine, match="mío"):
        student.bad_mine()
    with pytest.raises(KeyError):
        student.bad_mine()
    with pytest.raises(UnicodeError, match="utf-8"):  # its own class needs five values
        student.bad_bytes()
    with pytest.raises(RuntimeError):
        student.leave()
    with pytest.raises(TypeError):
        student.add()


def test_figure_is_looked_at_as_data(student: Any) -> None:
    [axes] = student.plot().axes

    assert axes.get_title() == "t"
    assert list(axes.get_lines()[0].get_ydata()) == [3, 4]


def test_signature_and_name(student: Any) -> None:
    assert str(inspect.signature(student.add)) == "(a, b=2)"
    assert student.add.__name__ == "add"
    assert callable(student.add)
    assert not callable(student.Counter())


def test_prints_appear_in_the_test(
    student: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    student.shout()

    assert capsys.readouterr().out == "hola\n"


def test_switch_left_changed_is_changed_here_too(student: Any) -> None:
    try:
        student.autograd_off()
        assert not torch.is_grad_enabled()
    finally:
        torch.set_grad_enabled(True)


def test_object_that_contains_itself_is_an_error(student: Any) -> None:
    with pytest.raises(ValueError, match="contains itself"):
        student.nested()


def test_large_array_crosses_whole(student: Any) -> None:
    x = torch.arange(5_000_000.0)

    assert student.same(x) is x
    torch.testing.assert_close(student.add(x, 1.0), x + 1)


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"\xc1",
        b"\xdd\xff\xff\xff\xff",
        b"\xc7\x01\x63\x00",
        wire.encode([1], lambda item: None)[:-1] + b"\xc1",
        wire.msgpack.packb(
            wire.msgpack.ExtType(6, wire.msgpack.packb(["|O", [1], b"x" * 8]))
        ),
        wire.msgpack.packb(
            wire.msgpack.ExtType(8, wire.msgpack.packb(["float32", [-2], b"x" * 8]))
        ),
        wire.msgpack.packb(
            wire.msgpack.ExtType(8, wire.msgpack.packb(["float32", [3], b"x" * 8]))
        ),
        wire.msgpack.packb(
            wire.msgpack.ExtType(8, wire.msgpack.packb(["float32", [3], b""]))
        ),
        wire.msgpack.packb(
            wire.msgpack.ExtType(15, wire.msgpack.packb(["x", ["import os"], [1]]))
        ),
    ],
)
def test_bytes_that_are_no_message_raise(payload: bytes) -> None:
    with pytest.raises(wire.BadReplyError):
        wire.decode(payload, lambda content: content)


def test_global_names_are_those_of_the_top_level() -> None:
    source = "a, (b, *c) = 1, (2, 3)\nfor d in (): e = 1\nwith f() as g: pass\n"
    source += "def h(i): j = 1\nclass K:\n    l = 1\nimport m\nn.o = 1\n"
    source += "if (p := 1): q = [r for r in ()]\n"

    assert global_names(source) == tuple("abcdeghKpq")
