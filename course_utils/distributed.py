"""Run one function in several processes that are the ranks of a process group."""

import io
import os
import signal
import socket
import threading
import traceback
from collections.abc import Callable
from contextlib import redirect_stdout
from multiprocessing import connection, get_context, parent_process
from tempfile import TemporaryDirectory
from time import monotonic
from typing import Any

import torch
import torch._dynamo  # DDP imports it: once here, not in every rank
import torch.distributed as torch_dist
from torch import Tensor

dist: Any = torch_dist  # many of its names have no types


def run_workers(
    worker: Callable[..., Any], world: int, *args: Any, timeout_s: float = 60.0
) -> list[Any]:
    """Call `worker(rank, world, *args)` in `world` forked processes at once.

    Parameters
    ----------
    worker : may be defined in a notebook; returns tensors, numbers, texts, None, and
        lists, tuples and dicts of them
    world : number of ranks, those of the default process group
    timeout_s : for all of it

    Returns
    -------
    What each rank returned, by rank; what they print is shown here, by rank

    Raises
    ------
    RuntimeError
        If a rank raises, or ends without an answer; the others are killed.
    TimeoutError
        If it takes longer; all are killed.

    Notes
    -----
    The backend is gloo over the loopback device or, where sockets are forbidden,
    `PipeGroup`. A rank computes with one thread. Taught in unit 20.
    """
    context, children = get_context("fork"), []
    answers: dict[int, dict[str, Any]] = {}
    links = [context.Pipe() for _ in range(world - 1)]  # between rank 0 and each other
    with TemporaryDirectory() as folder:
        try:
            for rank in range(world):
                reader, writer = context.Pipe(duplex=False)
                ends = [links[rank - 1][1]] if rank else [near for near, _ in links]
                job = (worker, rank, world, args, f"{folder}/store", ends, writer)
                child = context.Process(target=_work, args=job, daemon=True)
                child.start()
                writer.close()
                children.append((child, reader))
            readers, end = [reader for _, reader in children], monotonic() + timeout_s
            while len(answers) < world:
                waiting = [r for i, r in enumerate(readers) if i not in answers]
                ready = connection.wait(waiting, max(0.0, end - monotonic()))
                if not ready:
                    raise TimeoutError(f"los procesos no acaban en {timeout_s:g} s")
                for rank in (i for i, r in enumerate(readers) if r in ready):
                    answers[rank] = _receive(rank, readers[rank])
        finally:
            for child, _ in children:
                child.kill()
                child.join()
            for link in (
                *(r for _, r in children),
                *(e for pair in links for e in pair),
            ):
                link.close()
    print("".join(answers[rank]["printed"] for rank in range(world)), end="")
    return [answers[rank]["value"] for rank in range(world)]


class PipeGroup(dist.ProcessGroup):  # type: ignore[misc]
    """Collectives over pipes: every rank sends to rank 0, which sends all to all.

    It has `all_reduce` (sum), `broadcast`, `all_gather` and `barrier`, enough for DDP.
    """

    def __init__(self, rank: int, world: int, links: list[Any]) -> None:
        super().__init__(rank, world)
        self.links = links

    def allreduce(self, tensors: list[Tensor], opts: Any) -> Any:
        if opts.reduceOp != dist.ReduceOp.SUM:
            raise NotImplementedError("sin sockets solo hay ReduceOp.SUM")
        return _finish(tensors, [self._stack(x).sum(0, dtype=x.dtype) for x in tensors])

    def broadcast(self, tensors: list[Tensor], opts: Any) -> Any:
        return _finish(tensors, [self._stack(x)[opts.rootRank] for x in tensors])

    def allgather(self, outputs: Any, inputs: list[Tensor], opts: Any) -> Any:
        return _finish(outputs[0], list(self._stack(inputs[0])))

    def barrier(self, opts: Any) -> Any:
        return _finish([], list(self._stack(torch.zeros(1))))

    def _stack(self, tensor: Tensor) -> Tensor:
        """Collect the tensors of all ranks, which agree in shape and dtype."""
        own = tensor.detach().contiguous().reshape(-1)
        data = own.view(torch.uint8).numpy().tobytes()
        if self.rank() == 0:
            data = b"".join([data, *(link.recv_bytes() for link in self.links)])
        for link in self.links:
            link.send_bytes(data)
        data = self.links[0].recv_bytes() if self.rank() else data
        every = torch.frombuffer(bytearray(data), dtype=tensor.dtype)
        return every.view(self.size(), *tensor.shape)


def _finish(places: list[Tensor], values: list[Tensor]) -> Any:
    """Store the values, and say that the work is done."""
    for place, value in zip(places, values, strict=False):
        place.detach().copy_(value)
    future: Any = torch.futures.Future()
    future.set_result(places)
    return torch._C._distributed_c10d._create_work_from_future(future)  # type: ignore


def _work(
    worker: Any, rank: int, world: int, args: Any, store: str, links: Any, out: Any
) -> None:
    """Live as one rank: answer, and wait to be killed, for others may still listen."""
    parent: Any = parent_process()
    end = threading.Thread(target=lambda: (parent.join(), os._exit(1)), daemon=True)
    end.start()  # an orphan ends with its parent
    for stream in (1, 2):  # gloo talks
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream)
    torch.set_num_threads(1)
    answer, printed = io.BytesIO(), io.StringIO()
    try:
        with redirect_stdout(printed):
            _join(rank, world, dist.FileStore(store, world), links)
            value = worker(rank, world, *args)
        torch.save({"value": value, "printed": printed.getvalue()}, answer)
    except BaseException:
        answer = io.BytesIO()
        torch.save({"error": traceback.format_exc()}, answer)
    out.send_bytes(answer.getvalue())
    signal.pause()


def _join(rank: int, world: int, store: Any, links: list[Any]) -> None:
    """Enter the default process group."""
    backend = "gloo"
    try:
        socket.create_server(("127.0.0.1", 0)).close()
        loopback = (name for _, name in socket.if_nameindex() if name[:2] == "lo")
        os.environ["GLOO_SOCKET_IFNAME"] = next(loopback, "lo")
    except OSError:
        backend = "pipes"
        dist.Backend.register_backend(
            "pipes", lambda *_: PipeGroup(rank, world, links), devices=["cpu"]
        )
    dist.init_process_group(backend, store=store, rank=rank, world_size=world)


def _receive(rank: int, reader: Any) -> dict[str, Any]:
    """Read plain data, which can run no code, or raise what stopped the rank."""
    try:
        answer = torch.load(io.BytesIO(reader.recv_bytes()), weights_only=True)
    except EOFError:
        raise RuntimeError(f"el rango {rank} terminó sin responder") from None
    if "error" in answer:
        raise RuntimeError(f"el rango {rank} falló:\n{answer['error']}")
    return dict(answer)
