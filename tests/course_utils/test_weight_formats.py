import io
import json
import pickle
import struct
import subprocess
import sys
import zipfile

import gguf
import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from course_utils import weight_formats
from course_utils.weights import WeightsFileError, load_model, save_model, to_float16

FORMATS = (".safetensors", ".gguf", ".pth")
N_DAMAGED = 200
# Run in a process of its own: a reader that trusts a damaged file must not take pytest
# along. Each line of its answer counts one outcome.
DAMAGE = """
import collections, json, pathlib, resource, sys, threading
import numpy as np, torch
from course_utils.weights import WeightsFileError, load_model
import gguf, safetensors

folder, n_files = pathlib.Path(sys.argv[1]), int(sys.argv[2])
pages = int(pathlib.Path("/proc/self/statm").read_text().split()[0])
limit = pages * resource.getpagesize() + 2**28  # what is mapped now, plus 256 MiB
resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
counts = collections.Counter()
for original in sorted(folder.glob("whole.*")):
    data = original.read_bytes()
    for seed in range(n_files):
        rng = np.random.default_rng(seed)
        if seed % 2:
            bad = data[: rng.integers(len(data))]
        else:
            bad = bytearray(data)
            region = len(data) if seed % 4 else 600  # every other one in the header
            for bit in rng.integers(8 * region, size=1 + seed % 8):
                bad[bit // 8] ^= 1 << (bit % 8)
        path = folder / f"damaged{original.suffix}"
        path.write_bytes(bad)
        try:
            state = load_model(path).state_dict()
            outcome = "read"
            n_bytes = sum(t.numel() * t.element_size() for t in state.values())
            assert n_bytes <= 8 * len(data), (original.suffix, seed, n_bytes)
        except WeightsFileError as error:
            outcome = "refused"
            cause = error.__cause__
            assert not isinstance(cause, (MemoryError, RecursionError)), (seed, cause)
        counts[f"{original.suffix} {['flipped', 'cut'][seed % 2]} {outcome}"] += 1
print(json.dumps(counts))
"""


class Bomb:
    """An object that makes a folder when it is unpickled: harmless and visible."""

    def __init__(self, function, *arguments):
        self.call = function, arguments

    def __reduce__(self):
        return self.call


def mlp():
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(64, 32), nn.BatchNorm1d(32), nn.Linear(32, 10))
    model(torch.randn(8, 64))  # moves the statistics
    return model


def archive(path, pickled, *others, compression=zipfile.ZIP_STORED):
    with zipfile.ZipFile(path, "w", compression) as file:
        for name, data in (("a/data.pkl", pickled), ("a/version", b"3\n"), *others):
            file.writestr(name, data)
    return path


def text(value):
    return struct.pack("<Q", len(value)) + value


def gguf_file(path, tensors, n_tensors=None, fields=b"", n_fields=0, data=bytes(256)):
    """Write by hand what the package's writer would refuse."""
    infos = b"".join(
        text(name) + struct.pack(f"<I{len(dims)}QIQ", len(dims), *dims, kind, offset)
        for name, dims, kind, offset in tensors
    )
    count = len(tensors) if n_tensors is None else n_tensors
    head = b"GGUF" + struct.pack("<IQQ", 3, count, n_fields) + fields + infos
    path.write_bytes(head + bytes(-len(head) % 32) + data)
    return path


def refusal(path):
    with pytest.raises(WeightsFileError) as caught:
        load_model(path).state_dict()
    assert path.name in str(caught.value)
    return str(caught.value)


# --- damaged files ---------------------------------------------------------------


def test_damaged_files_never_crash_never_fill_memory_and_never_pass_when_cut(tmp_path):
    for suffix in FORMATS:
        save_model(mlp(), tmp_path / f"whole{suffix}")
    command = [sys.executable, "-c", DAMAGE, str(tmp_path), str(N_DAMAGED)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    assert not done.stderr
    counts = json.loads(done.stdout)
    assert sum(counts.values()) == N_DAMAGED * len(FORMATS)
    for suffix in FORMATS:  # a cut is always seen; some flips only change a value
        assert counts[f"{suffix} cut refused"] == N_DAMAGED // 2
        assert counts[f"{suffix} flipped refused"] > 0
        assert counts[f"{suffix} flipped read"] > 0


# --- .pth ------------------------------------------------------------------------


@pytest.mark.parametrize("protocol", [2, 4])
def test_pth_with_code_names_the_call_and_does_not_make_it(tmp_path, protocol):
    target = tmp_path / "executed"
    state = {"w": torch.ones(2), "b": Bomb(__import__("os").mkdir, str(target))}
    torch.save(state, tmp_path / "a.pth", pickle_protocol=protocol)
    message = refusal(tmp_path / "a.pth")
    assert "posix.mkdir" in message if protocol == 2 else "STACK_GLOBAL" in message
    assert not target.exists()


def test_plain_pickle_named_pth_or_safetensors_is_refused(tmp_path):
    target = tmp_path / "executed"
    for suffix in FORMATS:
        path = tmp_path / f"a{suffix}"
        path.write_bytes(pickle.dumps(Bomb(__import__("os").mkdir, str(target))))
        refusal(path)
    assert not target.exists()


def test_pth_that_asks_for_memory_is_refused_before_it_gets_it(tmp_path):
    pickled = pickle.dumps({"w": Bomb(bytearray, 10**13)}, protocol=2)
    assert "bytearray" in refusal(archive(tmp_path / "a.pth", pickled))


def test_pth_with_nested_tuples_as_a_key_is_refused(tmp_path):
    nested = b"\x80\x02})" + b"\x85" * 1_000_000 + b"K\x00s."  # hashing them crashes
    assert "tuplas" in refusal(archive(tmp_path / "a.pth", nested))


def test_pth_compressed_is_refused_before_it_unfolds(tmp_path):
    zeros = ("a/data/0", bytes(10_000_000))
    pickled = pickle.dumps({}, protocol=2)
    path = archive(tmp_path / "a.pth", pickled, zeros, compression=zipfile.ZIP_DEFLATED)
    assert "más que el fichero" in refusal(path)


def test_pth_with_two_records_of_one_name_is_refused(tmp_path):
    pickled = pickle.dumps({}, protocol=2)
    path = archive(tmp_path / "a.pth", pickled, ("A/Data.PKL", pickled))
    assert "mismo nombre" in refusal(path)


@pytest.mark.parametrize("numel", [5, 100, 2**31 - 1])
def test_pth_tensor_larger_than_its_record_is_refused(tmp_path, numel):
    stream = io.BytesIO()
    torch.save({"w": torch.zeros(4)}, stream)
    with zipfile.ZipFile(stream) as whole:
        parts = {e.filename: whole.read(e) for e in whole.infolist()}
    top = next(iter(parts)).split("/")[0]
    small = parts[f"{top}/data.pkl"]
    large = small.replace(b"K\x04t", b"J" + struct.pack("<i", numel) + b"t")
    large = large.replace(b"K\x04\x85", b"J" + struct.pack("<i", numel) + b"\x85")
    assert large.count(struct.pack("<i", numel)) == 2
    with zipfile.ZipFile(tmp_path / "a.pth", "w") as file:
        for name, data in (parts | {f"{top}/data.pkl": large}).items():
            file.writestr(name, data)
    refusal(tmp_path / "a.pth")


def test_pth_that_repeats_few_bytes_without_end_is_refused(tmp_path):
    torch.save({"w": torch.zeros(1).expand(10**12)}, tmp_path / "a.pth")
    assert "mayor que sus bytes" in refusal(tmp_path / "a.pth")


@pytest.mark.parametrize(
    ("state", "reason"),
    [
        ([torch.ones(2)], "contiene list"),
        ({"epoch": 3}, "«epoch»"),
        ({1: torch.ones(2)}, "«1»"),
    ],
)
def test_pth_that_is_no_state_is_refused(tmp_path, state, reason):
    torch.save(state, tmp_path / "a.pth")
    assert reason in refusal(tmp_path / "a.pth")


def test_pth_that_slips_past_the_first_look_still_runs_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr(weight_formats, "_check_pickle", lambda path, data: None)
    target = tmp_path / "executed"
    torch.save({"w": Bomb(__import__("os").mkdir, str(target))}, tmp_path / "a.pth")
    refusal(tmp_path / "a.pth")
    assert not target.exists()


# --- .safetensors ----------------------------------------------------------------


def header(path, content, data=b"", length=None):
    raw = content if isinstance(content, bytes) else json.dumps(content).encode()
    size = len(raw) if length is None else length
    path.write_bytes(struct.pack("<Q", size) + raw + data)
    return path


def entry(*offsets, shape=(2,), dtype="F32"):
    return {"dtype": dtype, "shape": list(shape), "data_offsets": list(offsets)}


@pytest.mark.parametrize(
    ("content", "data", "length"),
    [
        (b"", b"", 0),
        (b"{}", b"", 10**18),
        (b"{}", b"", 3),
        (b"[]", b"", None),
        (b"\xff\xfe", b"", None),
        ({"a": entry(0, 8)}, bytes(7), None),
        ({"a": entry(0, 8)}, bytes(9), None),
        ({"a": entry(0, 8), "b": entry(4, 12)}, bytes(12), None),
        ({"a": entry(0, 8), "b": entry(9, 17)}, bytes(17), None),
        ({"a": entry(8, 0)}, bytes(8), None),
        ({"a": entry(0, 8, shape=(3,))}, bytes(8), None),
        ({"a": entry(0, 8, shape=(2**63, 2**63))}, bytes(8), None),
        ({"a": entry(0, 8, dtype="PY")}, bytes(8), None),
    ],
)
def test_safetensors_that_does_not_fit_is_refused(tmp_path, content, data, length):
    refusal(header(tmp_path / "a.safetensors", content, data, length))


# --- .gguf -----------------------------------------------------------------------


@pytest.mark.parametrize(
    "tensors",
    [
        [(b"a", (8,), 0, 256)],  # past the end
        [(b"a", (8,), 0, 0), (b"b", (8,), 0, 16)],  # overlap
        [(b"a", (8,), 0, 2**64 - 32)],  # wraps around into the header
        [(b"a", (2**32, 2**32), 0, 0)],  # as many values as 0, modulo 2**64
        [(b"a", (2**62,), 0, 0)],
        [(b"a", (33,), 8, 0)],  # no whole block
        [(b"a", (8,), 99, 0)],  # no such type
        [(b"a", (8,), 0, 0), (b"a", (8,), 0, 32)],
        [(b"\xff", (8,), 0, 0)],
    ],
)
@pytest.mark.filterwarnings("error")
def test_gguf_tensor_that_does_not_fit_is_refused(tmp_path, tensors):
    assert "overflow" not in refusal(gguf_file(tmp_path / "a.gguf", tensors))


def array_field(kind, n):
    return text(b"t") + struct.pack("<IIQ", 9, kind, n)


@pytest.mark.parametrize(
    ("fields", "n_fields", "n_tensors"),
    [
        (b"", 2**63, 0),
        (b"", 0, 2**63),
        (array_field(0, 2**63), 1, 0),  # would read past the end for ever
        (array_field(8, 2**63), 1, 0),
        (
            b"".join(
                [text(b"t"), struct.pack("<I", 9), 4000 * struct.pack("<IQ", 9, 1)]
            ),
            1,
            0,
        ),
        (text(b"t") + struct.pack("<IQ", 8, 2**63), 1, 0),
        (text(b"general.alignment") + struct.pack("<II", 4, 3), 1, 0),
        (text(b"general.alignment") + struct.pack("<II", 4, 2**31), 1, 1),
        (text(b"t") + struct.pack("<I", 77), 1, 0),
    ],
)
def test_gguf_header_that_does_not_fit_is_refused(
    tmp_path, fields, n_fields, n_tensors
):
    path = tmp_path / "a.gguf"
    infos = [(b"a", (8,), 0, 0)] * (n_tensors == 1)
    refusal(gguf_file(path, infos, n_tensors, fields, n_fields))


def test_gguf_header_with_too_many_pieces_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(weight_formats, "MAX_FIELDS", 50)
    fields = array_field(0, 60) + bytes(60)
    assert "50" in refusal(gguf_file(tmp_path / "a.gguf", [], 0, fields, 1))


def test_gguf_type_that_the_course_does_not_read_is_named(tmp_path):
    path = gguf_file(tmp_path / "a.gguf", [(b"a", (256,), 12, 0)])
    assert "Q4_K" in refusal(path)
    assert load_model(path).names == ("a",)


def test_gguf_package_that_reads_another_way_is_refused(tmp_path, monkeypatch):
    class Other:
        def __init__(self, path):
            self.tensors = []

    monkeypatch.setattr(gguf, "GGUFReader", Other)
    save_model(mlp(), tmp_path / "a.gguf")
    with pytest.raises(ImportError, match="gguf"):
        load_model(tmp_path / "a.gguf")


@pytest.mark.parametrize("kind", ["F32", "F16", "Q8_0", "Q4_0"])
def test_gguf_of_the_package_reads_as_the_package_does(tmp_path, kind):
    kind = gguf.GGMLQuantizationType[kind]
    values = np.random.default_rng(0).standard_normal((3, 64)).astype(np.float32)
    stored = gguf.quantize(values, kind)
    writer = gguf.GGUFWriter(tmp_path / "a.gguf", "llama")
    writer.add_array("tokenizer.ggml.tokens", ["a", "b"])
    writer.add_uint32("llama.block_count", 7)
    is_quantized = stored.dtype == np.uint8
    writer.add_tensor("w", stored, raw_dtype=kind if is_quantized else None)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    file = load_model(tmp_path / "a.gguf")
    expected = gguf.dequantize(stored, kind) if is_quantized else stored
    tensor = file.get_tensor("w")
    assert np.array_equal(tensor.numpy(), expected)
    assert tensor.numpy().dtype == expected.dtype
    assert file.metadata["general.architecture"] == "llama"
    assert file.metadata["llama.block_count"] == "7"
    assert "tokenizer.ggml.tokens" not in file.metadata


# --- float16 ---------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.bfloat16])
def test_to_float16_rounds_as_numpy(dtype):
    generator = torch.Generator().manual_seed(0)
    scale = 10.0 ** torch.arange(-8, 4).double()[:, None]
    values = (torch.randn(12, 50, generator=generator, dtype=torch.float64) * scale).to(
        dtype
    )
    half = to_float16(values)
    assert half.dtype == torch.float16
    assert np.array_equal(half.numpy(), values.float().numpy().astype(np.float16))


def test_to_float16_overflow_warns_with_the_count():
    values = torch.tensor([65504.0, 65519.0, 65520.0, -1e9, torch.inf, torch.nan])
    with pytest.warns(UserWarning, match="2 de 6"):
        half = to_float16(values)
    assert half.isinf().sum() == 3
    assert half[1] == 65504


@pytest.mark.parametrize(
    "dtype", [torch.int64, torch.uint8, torch.bool, torch.complex64]
)
def test_to_float16_of_other_numbers_is_refused(dtype):
    with pytest.raises(TypeError, match=str(dtype)):
        to_float16(torch.ones(2, dtype=dtype))


def test_safetensors_foreign_metadata_is_text_and_no_alias(tmp_path):
    save_file({"w": torch.ones(2)}, tmp_path / "a.safetensors", {"x": "y", "w": "w"})
    file = load_model(tmp_path / "a.safetensors")
    assert file.names == ("w",)
    assert file.metadata == {"x": "y", "w": "w"}


# --- .mlpackage ------------------------------------------------------------------


@pytest.mark.filterwarnings("ignore")
def test_mlpackage_keeps_values_as_float16_under_names_of_its_own(tmp_path):
    pytest.importorskip("coremltools", reason="the extra «coreml» is not installed")
    model = mlp().eval()
    save_model(model, tmp_path / "a.mlpackage", example=torch.zeros(1, 64))
    file = load_model(tmp_path / "a.mlpackage")
    found = {tuple(file.get_tensor(n).shape): file.get_tensor(n) for n in file.names}
    for name in ("0.weight", "2.weight", "2.bias"):
        value = model.state_dict()[name]
        assert torch.equal(found[tuple(value.shape)], value.half())
    with pytest.raises(ValueError, match="example"):
        save_model(model, tmp_path / "b.mlpackage")
