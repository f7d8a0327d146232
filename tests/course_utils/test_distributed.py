import os
import signal
import socket
import time

import psutil
import pytest
import torch
import torch.distributed as dist
from torch import nn
from torch.nn.parallel import DistributedDataParallel

from course_utils.distributed import run_workers


@pytest.fixture(params=["gloo", "pipes"])
def backend(request, monkeypatch):
    """Both ways to talk; the workers inherit what is patched here."""
    if request.param == "pipes":

        def forbidden(*_):
            raise PermissionError("no sockets here")

        monkeypatch.setattr(socket, "create_server", forbidden)
    return request.param


def collectives(rank, world):
    total = torch.arange(3.0) + 10 * rank
    dist.all_reduce(total)
    parts = [torch.zeros(2, dtype=torch.int64) for _ in range(world)]
    dist.all_gather(parts, torch.tensor([rank, 7]))
    word = torch.full((2, 2), float(rank), dtype=torch.float64)
    dist.broadcast(word, src=world - 1)
    count = torch.tensor(rank)
    dist.all_reduce(count)
    dist.barrier()
    return dist.get_backend(), total, parts, word, count.item()


@pytest.mark.parametrize("world", [1, 2, 3])
def test_collectives_agree_on_every_rank(backend, world):
    for name, total, parts, word, count in run_workers(collectives, world):
        assert name == backend
        expected = torch.stack([torch.arange(3.0) + 10 * r for r in range(world)])
        assert torch.equal(total, expected.sum(dim=0))
        assert [p.tolist() for p in parts] == [[r, 7] for r in range(world)]
        assert torch.equal(word, torch.full((2, 2), world - 1.0, dtype=torch.float64))
        assert count == sum(range(world))


def ddp_gradient(rank, world, x):
    torch.manual_seed(rank)  # DDP broadcasts the weights of rank 0
    model = DistributedDataParallel(nn.Linear(3, 2))
    model(x[rank::world]).square().mean().backward()
    return [p.grad for p in model.parameters()]


def test_ddp_gives_the_gradient_of_the_whole_batch(backend):
    x = torch.randn(8, 3, generator=torch.Generator().manual_seed(0))
    torch.manual_seed(0)
    model = nn.Linear(3, 2)
    model(x).square().mean().backward()
    for grads in run_workers(ddp_gradient, 2, x):
        for got, parameter in zip(grads, model.parameters(), strict=True):
            torch.testing.assert_close(got, parameter.grad)


def test_printed_text_is_shown_by_rank(capfd):
    def talk(rank, world):
        time.sleep(0.05 * (world - rank))
        print(f"rango {rank}")

    assert run_workers(talk, 2) == [None, None]
    assert capfd.readouterr() == ("rango 0\nrango 1\n", "")


def fail(rank, world):
    if rank == 1:
        raise ValueError("no converge")
    dist.barrier()


def vanish(rank, world):
    if rank == 1:
        os._exit(3)
    dist.barrier()


def answer_code(rank, world):
    return nn.Linear(1, 1)


@pytest.mark.parametrize(
    ("worker", "error", "text"),
    [
        (fail, RuntimeError, "el rango 1 falló:(.|\n)*no converge"),
        (vanish, RuntimeError, "el rango 1 terminó sin responder"),
        (lambda rank, world: time.sleep(60), TimeoutError, "no acaban en 1 s"),
        (lambda rank, world: print, Exception, "weights_only"),
        (answer_code, Exception, "weights_only"),
    ],
)
def test_failure_is_told_and_nobody_is_left(backend, worker, error, text):
    before = psutil.Process().children()
    with pytest.raises(error, match=text):
        run_workers(worker, 2, timeout_s=1 if error is TimeoutError else 60)
    assert psutil.Process().children() == before


def test_workers_die_with_a_killed_parent():
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:

        def tell(rank, world):
            os.write(writer, f"{os.getpid()}\n".encode())
            time.sleep(60)

        run_workers(tell, 2)
    text = b""
    while text.count(b"\n") < 2:
        text += os.read(reader, 100)
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    end = time.monotonic() + 20
    while any(map(psutil.pid_exists, map(int, text.split()))):
        assert time.monotonic() < end
        time.sleep(0.05)


def test_global_generators_and_group_of_the_caller_stay_as_they_are():
    before = torch.get_rng_state()
    run_workers(lambda rank, world: torch.randn(1), 2)
    assert torch.equal(before, torch.get_rng_state())
    assert not dist.is_initialized()
