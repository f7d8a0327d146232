import hashlib
import sys

import numpy as np
import pytest
import torch
from safetensors.torch import load_model as load_file_of_library
from safetensors.torch import save_model as save_file_of_library
from torch import nn

from course_utils import weight_formats
from course_utils.weights import (
    fingerprint,
    load_model,
    save_model,
    tensor_bytes,
    weights_hash,
)


def state():
    return {"w": torch.arange(6.0).reshape(2, 3), "n": torch.tensor(3)}


@pytest.mark.parametrize("dtype", ["float32", "float64", "int64", "bool", "complex64"])
def test_tensor_bytes_of_a_transposed_tensor_agree_with_numpy(dtype):
    values = np.random.default_rng(0).integers(0, 2, (3, 4)).astype(dtype)
    assert tensor_bytes(torch.from_numpy(values).T) == values.T.tobytes()


def test_tensor_bytes_conjugate_view_is_resolved():
    z = torch.tensor([1 + 2j])
    assert tensor_bytes(z.conj()) == np.conj(z.numpy()).tobytes()
    assert tensor_bytes(z.conj().imag) == np.float32(-2).tobytes()


def test_tensor_bytes_one_element_of_a_strided_slice_is_read():
    assert tensor_bytes(torch.arange(4.0)[1::3]) == np.float32(1).tobytes()
    assert tensor_bytes(torch.arange(4.0)[::2]) == np.float32([0, 2]).tobytes()


def test_fingerprint_of_a_known_state_is_the_documented_sha256():
    expected = hashlib.sha256()
    expected.update(b"('n', 'torch.int64', ())" + np.int64(3).tobytes())
    expected.update(b"('w', 'torch.float32', (2, 3))")
    expected.update(np.arange(6, dtype=np.float32).tobytes())
    assert fingerprint(state()) == expected.hexdigest()


def test_fingerprint_same_bits_in_another_order_is_equal():
    again = {"n": torch.tensor(3), "w": torch.arange(6.0).reshape(2, 3)}
    again["w"].requires_grad_()
    assert fingerprint(again) == fingerprint(state())


@pytest.mark.parametrize(
    "changed",
    [
        {"w": torch.arange(6.0).reshape(3, 2)},
        {"w": torch.arange(6.0).reshape(2, 3).double()},
        {"w": torch.arange(6.0).reshape(2, 3) + torch.eye(2, 3) * 1e-6},
        {"w": torch.arange(6.0).reshape(2, 3) * torch.tensor([-1.0, 1, 1])},
        {"v": torch.arange(6.0).reshape(2, 3)},
        {"w": torch.arange(6.0).reshape(2, 3).view(torch.int32)},
    ],
)
def test_fingerprint_one_change_is_another(changed):
    assert fingerprint({"n": torch.tensor(3)} | changed) != fingerprint(state())


# --- weights_hash ----------------------------------------------------------------


def batch_norm(seed=0):
    torch.manual_seed(seed)
    return nn.Sequential(nn.Linear(32, 4), nn.BatchNorm1d(4), nn.Linear(4, 3))


def test_weights_hash_is_the_fingerprint_of_parameters_and_buffers():
    model = batch_norm()
    assert weights_hash(model) == fingerprint(model.state_dict())
    assert weights_hash(model, buffers=False) == fingerprint(
        dict(model.named_parameters())
    )


def test_weights_hash_statistics_move_and_only_buffers_notice():
    model = batch_norm()
    before = weights_hash(model), weights_hash(model, buffers=False)
    model(torch.randn(8, 32))
    assert weights_hash(model) != before[0]
    assert weights_hash(model, buffers=False) == before[1]
    with torch.no_grad():
        model[0].bias[0] += 1
    assert weights_hash(model, buffers=False) != before[1]


def test_weights_hash_tied_weights_count_under_both_names():
    model = tied()
    state = {"0.weight": model[0].weight, "1.weight": model[1].weight}
    assert weights_hash(model, buffers=False) == fingerprint(state)


# --- load_model, save_model ------------------------------------------------------

SUFFIXES = (".safetensors", ".gguf", ".pth")


def tied():
    model = nn.Sequential(nn.Embedding(7, 32), nn.Linear(32, 7, bias=False))
    model[1].weight = model[0].weight
    return model


def round_trip(state, path, **options):
    path.parent.mkdir(exist_ok=True)
    save_model(state, path, **options)
    assert [file.name for file in path.parent.iterdir()] == [path.name]
    return load_model(path)


@pytest.mark.parametrize("suffix", [*SUFFIXES, ".pt", ".bin"])
def test_save_model_module_comes_back_bit_by_bit_with_buffers(tmp_path, suffix):
    model, other = batch_norm(), batch_norm(1)
    model(torch.randn(8, 32))
    file = round_trip(model, tmp_path / f"a{suffix}")
    assert fingerprint(file.state_dict()) == weights_hash(model)
    assert set(file.names) == set(model.state_dict())
    other.load_state_dict(file.state_dict())
    assert weights_hash(other) == weights_hash(model)
    assert int(file.get_tensor("1.num_batches_tracked")) == 1


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_save_model_tied_weights_are_stored_once_and_read_twice(tmp_path, suffix):
    model = tied()
    with torch.no_grad():
        model[0].weight.copy_(torch.randn(7, 32))
    file = round_trip(model, tmp_path / f"a{suffix}")
    assert fingerprint(file.state_dict()) == weights_hash(model)
    single = {"0.weight": model[0].weight}
    size = round_trip(single, tmp_path / "b" / f"a{suffix}").path.stat().st_size
    assert file.path.stat().st_size - size < model[0].weight.nbytes


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_save_model_views_and_odd_shapes_come_back(tmp_path, suffix):
    base = torch.randn(8, 8)
    state = {
        "row": base[1],
        "transposed": base.T,
        "top": base[:3],
        "base": base,
        "scalar": torch.tensor(2.5),
        "count": torch.tensor(3),
        "empty": torch.zeros(0, 3),
        "also empty": torch.zeros(0, 3),
        "double": torch.randn(2, dtype=torch.float64),
        "half": torch.randn(5).half(),
        "ñandú": torch.arange(-3, 3, dtype=torch.int8),
        "negated": torch._neg_view(torch.ones(3)),
        "imaginary": (torch.randn(3) + 1j).conj().imag,
    }
    file = round_trip(state, tmp_path / f"a{suffix}")
    assert fingerprint(file.state_dict()) == fingerprint(state)


@pytest.mark.parametrize("suffix", [".safetensors", ".pth"])
@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.bool, torch.uint8])
def test_save_model_other_dtypes_come_back(tmp_path, suffix, dtype):
    state = {"w": torch.arange(6).reshape(2, 3).to(dtype)}
    file = round_trip(state, tmp_path / f"a{suffix}")
    assert fingerprint(file.state_dict()) == fingerprint(state)


def test_save_model_gguf_bfloat16_becomes_float32_exactly(tmp_path):
    state = {"w": torch.randn(4, 3).bfloat16()}
    read = round_trip(state, tmp_path / "a.gguf").get_tensor("w")
    assert read.dtype == torch.float32
    assert torch.equal(read, state["w"].float())


@pytest.mark.parametrize("dtype", [torch.bool, torch.uint8, torch.complex64])
def test_save_model_gguf_refuses_what_it_has_no_type_for(tmp_path, dtype):
    with pytest.raises(TypeError, match="«w»"):
        save_model({"w": torch.ones(2).to(dtype)}, tmp_path / "a.gguf")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_save_model_float16_rounds_floats_and_keeps_integers(tmp_path, suffix):
    state = {"w": torch.randn(50, 3), "n": torch.tensor(70_000)}
    file = round_trip(state, tmp_path / f"a{suffix}", dtype="F16")
    assert torch.equal(file.get_tensor("w"), state["w"].half())
    error = (file.get_tensor("w").double() - state["w"]).abs()
    assert (error <= state["w"].abs() * 2**-11 + 2**-25).all()
    assert torch.equal(file.get_tensor("n"), state["n"])
    with pytest.warns(UserWarning, match="1 de 2"):
        save_model(
            {"w": torch.tensor([1.0, 1e5])}, tmp_path / f"b{suffix}", dtype="F16"
        )


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_save_model_float32_rounds_doubles(tmp_path, suffix):
    state = {"w": torch.randn(5, dtype=torch.float64)}
    file = round_trip(state, tmp_path / f"a{suffix}", dtype="F32")
    assert torch.equal(file.get_tensor("w"), state["w"].float())


@pytest.mark.parametrize("seed", range(5))
def test_save_model_q8_0_errs_by_half_a_step_at_most(tmp_path, seed):
    generator = torch.Generator().manual_seed(seed)
    weight = torch.randn(8, 64, generator=generator) * 10.0 ** (seed - 2)
    state = {"w": weight, "b": torch.randn(32), "odd": torch.randn(3, 33)}
    file = round_trip(state, tmp_path / "a.gguf", dtype="Q8_0")
    blocks = weight.double().reshape(-1, 32)
    largest = blocks.abs().amax(dim=1, keepdim=True)
    error = (file.get_tensor("w").double().reshape(-1, 32) - blocks).abs()
    # half of a step of largest / 127, and the rounding of the step itself to float16
    bound = largest * (0.5 / 127 + 2**-11) + 127 * 2**-25
    assert (error <= bound).all(), f"seed {seed}"
    assert error.max() > largest.max() / 1000  # it is quantized at all
    assert torch.equal(file.get_tensor("b"), state["b"])
    assert torch.equal(file.get_tensor("odd"), state["odd"])


@pytest.mark.parametrize("value", [1e9, float("inf"), float("nan")])
def test_save_model_q8_0_leaves_what_does_not_fit_in_float32(tmp_path, value):
    state = {"w": torch.full((2, 32), value)}
    file = round_trip(state, tmp_path / "a.gguf", dtype="Q8_0")
    assert fingerprint(file.state_dict()) == fingerprint(state)


def test_save_model_over_a_file_that_is_open_keeps_both(tmp_path):
    path = tmp_path / "a.safetensors"
    old = round_trip({"w": torch.zeros(10_000)}, path)
    tensor = old.get_tensor("w")
    save_model({"w": torch.ones(3)}, path)
    assert tensor.sum() == 0
    assert load_model(path).get_tensor("w").sum() == 3


def test_save_model_fails_halfway_keeps_the_old_file(tmp_path, monkeypatch):
    def fail_halfway(state, path, dtype):
        path.write_bytes(b"GGUF")
        raise OSError("disco lleno")

    path = tmp_path / "a.gguf"
    save_model({"w": torch.ones(3)}, path)
    monkeypatch.setitem(weight_formats.WRITERS, ".gguf", fail_halfway)
    with pytest.raises(OSError, match="lleno"):
        save_model({"w": torch.zeros(3)}, path)
    assert load_model(path).get_tensor("w").sum() == 3
    assert [file.name for file in tmp_path.iterdir()] == ["a.gguf"]


@pytest.mark.parametrize("dtype", ["Q8_0", "Q4_0", "F64"])
def test_save_model_unknown_dtype_names_those_that_exist(tmp_path, dtype):
    suffix = ".gguf" if dtype != "Q8_0" else ".pth"
    with pytest.raises(ValueError, match="F32, F16"):
        save_model({"w": torch.ones(2)}, tmp_path / f"a{suffix}", dtype=dtype)


def test_unknown_ending_names_those_that_exist(tmp_path):
    with pytest.raises(ValueError, match=r"\.safetensors"):
        save_model({}, tmp_path / "a.h5")
    with pytest.raises(ValueError, match=r"\.safetensors"):
        load_model(tmp_path / "a.h5")


def test_load_model_missing_file_is_file_not_found(tmp_path):
    with pytest.raises(FileNotFoundError):
        load_model(tmp_path / "a.gguf")


def test_get_tensor_unknown_name_lists_the_known(tmp_path):
    file = round_trip({"w": torch.ones(2)}, tmp_path / "a.safetensors")
    with pytest.raises(KeyError, match=r"«x».*'w'"):
        file.get_tensor("x")


@pytest.mark.parametrize(
    ("suffix", "module", "extra"),
    [(".gguf", "gguf", "formats"), (".mlpackage", "coremltools", "coreml")],
)
def test_format_without_its_extra_says_which(
    tmp_path, monkeypatch, suffix, module, extra
):
    path = tmp_path / f"a{suffix}"
    path.mkdir()
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(ImportError, match=rf"\[{extra}\]"):
        load_model(path)
    with pytest.raises(ImportError, match=rf"\[{extra}\]"):
        save_model(batch_norm(), tmp_path / f"b{suffix}", example=torch.ones(1, 32))


def test_safetensors_tied_weights_agree_with_the_library_both_ways(tmp_path):
    model, other = tied(), tied()
    save_file_of_library(model, str(tmp_path / "a.safetensors"))
    state = load_model(tmp_path / "a.safetensors").state_dict()
    assert fingerprint(state) == weights_hash(model)
    save_model(model, tmp_path / "b.safetensors")
    load_file_of_library(other, str(tmp_path / "b.safetensors"))
    assert weights_hash(other) == weights_hash(model)
