import math

import psutil
import pytest
import torch

from course_utils import gpu

CPU = torch.device("cpu")
CUDA = torch.device("cuda", 0)


def only_these_work(monkeypatch, *usable):
    """Pretend that tensors can be placed on the named devices alone."""
    ones, tried = torch.ones, []

    def fake_ones(*size, device):
        tried.append(str(device))
        if str(device) not in usable:
            raise AssertionError("Torch not compiled with CUDA enabled")
        return ones(*size)

    monkeypatch.setattr(torch, "ones", fake_ones)
    return tried


@pytest.mark.parametrize(
    ("usable", "expected"),
    [(("cuda", "mps"), "cuda"), (("mps",), "mps"), ((), "cpu")],
)
def test_pick_device_takes_the_first_that_works(monkeypatch, usable, expected):
    tried = only_these_work(monkeypatch, *usable)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert gpu.pick_device() == torch.device(expected)
    assert tried == ["cuda", "mps"][: len(tried)]


@pytest.mark.parametrize("usable", [("cuda:1",), ()])
def test_pick_device_preferred_is_probed_alone(monkeypatch, usable):
    tried = only_these_work(monkeypatch, "cuda", *usable)
    assert gpu.pick_device("cuda:1") == torch.device(*usable or ("cpu",))
    assert tried == ["cuda:1"]


def test_pick_device_given_a_device_returns_it():
    assert gpu.pick_device(CPU) == CPU


@pytest.mark.parametrize("error", [RuntimeError, AssertionError, NotImplementedError])
def test_pick_device_placing_fails_falls_back(monkeypatch, error):
    def no_device(*size, device):
        raise error("no kernel image")

    monkeypatch.setattr(torch, "ones", no_device)
    assert gpu.pick_device("cuda") == CPU


def test_pick_device_wrong_sum_falls_back(monkeypatch):
    monkeypatch.setattr(torch, "ones", lambda *size, device: torch.zeros(1))
    assert gpu.pick_device("cuda") == CPU


def test_pick_device_unknown_name_raises():
    with pytest.raises(ValueError, match="«gpu» no es un dispositivo"):
        gpu.pick_device("gpu")


def test_autocast_on_cpu_changes_nothing():
    with gpu.autocast(CPU):
        assert (torch.ones(2, 2) @ torch.ones(2, 2)).dtype == torch.float32


def test_autocast_on_cuda_asks_for_bfloat16(monkeypatch):
    calls = []
    monkeypatch.setattr(torch, "autocast", lambda *a, **k: calls.append((a, k)))
    gpu.autocast(CUDA)
    assert calls == [(("cuda",), {"dtype": torch.bfloat16, "enabled": True})]


def test_timed_on_a_fake_clock_gives_the_difference(monkeypatch):
    clock = iter([3.0, 5.5])
    monkeypatch.setattr(gpu.time, "perf_counter", lambda: next(clock))
    with gpu.timed(CPU) as timing:
        assert math.isnan(timing.seconds)
    assert timing.seconds == 2.5


def test_timed_on_gpu_waits_before_both_readings(monkeypatch):
    events = []

    def read():
        events.append("clock")
        return 0.0

    def wait(device):
        events.append(str(device))

    monkeypatch.setattr(gpu.time, "perf_counter", read)
    monkeypatch.setattr(torch.accelerator, "synchronize", wait)
    with gpu.timed(CUDA):
        events.append("work")
    assert events == ["cuda:0", "clock", "work", "cuda:0", "clock"]


def test_timed_on_cpu_does_not_ask_for_an_accelerator(monkeypatch):
    monkeypatch.setattr(torch.accelerator, "synchronize", None)
    with gpu.timed(CPU):
        pass


def test_memory_note_on_cpu_gives_resident_memory(monkeypatch):
    info = type("Info", (), {"rss": 300 * 2**20})
    monkeypatch.setattr(psutil.Process, "memory_info", lambda self: info)
    assert gpu.memory_note(CPU) == "CPU: el proceso ocupa 300 MiB"


def test_memory_note_on_cuda_gives_peak_and_total(monkeypatch):
    properties = type("Properties", (), {"total_memory": 80 * 2**30})
    monkeypatch.setattr(torch.cuda, "max_memory_allocated", lambda device: 5 * 2**20)
    monkeypatch.setattr(torch.cuda, "get_device_properties", lambda device: properties)
    assert gpu.memory_note(CUDA) == "GPU: 5 MiB como máximo, de 81920 MiB"


def test_device_summary_of_a_cpu_names_its_instructions(monkeypatch):
    monkeypatch.setattr(gpu.platform, "machine", lambda: "x86_64")
    monkeypatch.setattr(torch.backends.cpu, "get_cpu_capability", lambda: "AVX2")
    assert gpu.device_summary(CPU) == "CPU: x86_64, kernels AVX2"


def test_device_summary_of_a_gpu_names_its_compute_capability(monkeypatch):
    properties = type("Properties", (), {"name": "Card", "major": 7, "minor": 5})
    monkeypatch.setattr(torch.cuda, "get_device_properties", lambda device: properties)
    assert gpu.device_summary(CUDA) == "GPU: Card, kernels sm_75"
