"""Read and write each format of `weights.load_model` and `weights.save_model`.

Every reader here takes its file for hostile until its sizes fit.
"""

import importlib
import math
import pickletools
import re
import warnings
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

ALIAS = "alias."  # GGUF key of a tensor that shares the values of another
MAX_FIELDS = 1_000_000  # pieces of a GGUF header, 350 bytes of memory each
MAX_TUPLES = 20_000  # of a pickle, four a tensor: nested deeper, hashing one crashes
SIGNED = (torch.int8, torch.int16, torch.int32, torch.int64)
Q8_MAX = 127 * 65504.0  # the scale of a block is a float16
# What the pickle in a .pth may name: containers, storages, dtypes and how to join them.
PICKLE_GLOBALS = re.compile(
    r"collections OrderedDict|torch\._utils _rebuild_(tensor_v[23]|parameter)"
    r"|torch \w+Storage|torch\.storage UntypedStorage|torch u?int\d+|torch float8_\w+"
)


class WeightsFileError(ValueError):
    """A file of weights that is damaged or asks for more than to be read."""


@dataclass(frozen=True)
class Weights:
    """The tensors of a file, read one at a time.

    Parameters
    ----------
    path : of the file
    names : of its tensors
    metadata : what else it says about itself, as text
    """

    path: Path
    names: tuple[str, ...]
    metadata: dict[str, str]
    _read: Callable[[str], Tensor]

    def get_tensor(self, name: str) -> Tensor:
        """Read one tensor; quantized ones arrive as float32.

        Raises
        ------
        KeyError
            If the file has no tensor of this name.
        """
        if name not in self.names:
            raise KeyError(f"{self.path.name} no tiene «{name}», sino {self.names[:8]}")
        return self._read(name)

    def state_dict(self) -> dict[str, Tensor]:
        """Read every tensor, as `load_state_dict` takes them."""
        return {name: self.get_tensor(name) for name in self.names}


def to_float16(tensor: Tensor) -> Tensor:
    """Round to float16, with a warning where values become infinite.

    Parameters
    ----------
    tensor : any floating-point dtype and shape

    Returns
    -------
    Same shape, float16

    Raises
    ------
    TypeError
        If the values are no floating-point numbers: indices and counters would break.

    Notes
    -----
    The largest float16 is 65504; below 6e-8 all is 0. Taught in unit A4.
    """
    if not tensor.is_floating_point():
        raise TypeError(f"to_float16 no convierte {tensor.dtype}: solo coma flotante")
    half = tensor.to(torch.float16)
    lost = int((half.isinf() & tensor.isfinite()).sum())
    if lost:
        message = f"{lost} de {tensor.numel()} valores no caben en float16 y son inf"
        warnings.warn(message, stacklevel=2)
    return half


def _extra(module: str, extra: str) -> Any:
    try:
        return importlib.import_module(module)
    except ImportError as error:
        package = f"pip install 'curso-aprendizaje-profundo[{extra}]'"
        text = f"este formato necesita {module}, del extra «{extra}»: {package}"
        raise ImportError(text, name=module) from error


def _refuse(path: Path, reason: str) -> WeightsFileError:
    return WeightsFileError(f"{path.name} no es de fiar: {reason}")


def _convert(tensor: Tensor, dtype: str | None) -> Tensor:
    if dtype is None or not tensor.is_floating_point():
        return tensor
    return to_float16(tensor) if dtype == "F16" else tensor.float()


def _split_tied(
    state: Mapping[str, Tensor],
) -> tuple[dict[str, Tensor], dict[str, str]]:
    """Keep one name per set of values; give the others as other name -> kept name."""
    own: dict[str, Tensor] = {}
    tied: dict[str, str] = {}
    kept: dict[Any, str] = {}
    for name, t in state.items():
        key = (t.data_ptr(), t.dtype, t.shape, t.stride()) if t.numel() else name
        first = kept.setdefault(key, name)
        if first == name:
            own[name] = t
        else:
            tied[name] = first
    return own, tied


def _join_tied(
    path: Path,
    names: list[str],
    metadata: dict[str, str],
    tied: Mapping[str, str],
    read: Callable[[str], Tensor],
) -> Weights:
    tied = {k: v for k, v in tied.items() if v in names and k not in names}
    return Weights(path, (*names, *tied), metadata, lambda n: read(tied.get(n, n)))


def _open_safetensors(path: Path) -> Weights:
    file = importlib.import_module("safetensors").safe_open(path, framework="pt")
    metadata = dict(file.metadata() or {})  # tied: as safetensors.torch.save_model
    return _join_tied(path, list(file.keys()), metadata, metadata, file.get_tensor)


def _write_safetensors(
    state: Mapping[str, Tensor], path: Path, dtype: str | None
) -> None:
    own, tied = _split_tied(state)
    form = torch.contiguous_format
    own = {k: _convert(v, dtype).clone(memory_format=form) for k, v in own.items()}
    save_file = importlib.import_module("safetensors.torch").save_file
    save_file(own, path, metadata={"format": "pt"} | tied)


def _open_pth(path: Path) -> Weights:
    """Look at the archive and the pickle before PyTorch unpickles weights alone."""
    with zipfile.ZipFile(path) as archive:
        entries = archive.infolist()
        names = [entry.filename.lower() for entry in entries]
        if len(set(names)) < len(names):
            raise _refuse(path, "dos registros con el mismo nombre")
        size = sum(entry.file_size for entry in entries)
        if size > path.stat().st_size or any(e.compress_type for e in entries):
            raise _refuse(path, f"dice contener {size} bytes, más que el fichero")
        for entry in entries:
            if entry.filename.lower().endswith(".pkl"):
                _check_pickle(path, archive.read(entry))
    state = torch.load(path, map_location="cpu", weights_only=True)
    if not isinstance(state, dict):
        raise _refuse(path, f"contiene {type(state).__name__} y no un state_dict")
    for name, t in state.items():
        if not (isinstance(name, str) and isinstance(t, Tensor)):
            raise _refuse(path, f"«{name}» no es un tensor con nombre")
        if math.prod(t.shape) * t.element_size() > t.untyped_storage().nbytes():
            raise _refuse(path, f"«{name}» dice ser mayor que sus bytes")
    return Weights(path, tuple(state), {}, state.__getitem__)


def _check_pickle(path: Path, data: bytes) -> None:
    """Read what a pickle would do, without doing it."""
    n_tuples = 0
    for opcode, argument, _ in pickletools.genops(data):
        n_tuples += opcode.name.startswith("TUPLE")
        if opcode.name in ("STACK_GLOBAL", "INST", "OBJ", "EXT1", "EXT2", "EXT4"):
            raise _refuse(path, f"su pickle usa {opcode.name}")
        if opcode.name == "GLOBAL" and not PICKLE_GLOBALS.fullmatch(str(argument)):
            called = str(argument).replace(" ", ".")
            raise _refuse(path, f"al cargarlo llamaría a {called}, que no es un peso")
    if n_tuples > MAX_TUPLES:
        raise _refuse(path, f"su pickle anida {n_tuples} tuplas")


def _write_pth(state: Mapping[str, Tensor], path: Path, dtype: str | None) -> None:
    torch.save({name: _convert(t, dtype) for name, t in state.items()}, path)


def _open_gguf(path: Path) -> Weights:
    gguf = _extra("gguf", "formats")
    size, n_reads = path.stat().st_size, 0

    class BoundedReader(gguf.GGUFReader):  # type: ignore[name-defined, misc]
        """The package's reader trusts every length: ask first whether it fits."""

        data: Any

        def _get(self, offset: int, dtype: Any, count: int = 1, **order: Any) -> Any:
            nonlocal n_reads
            n_reads += 1
            if n_reads == 1:  # slices of a memmap take ten times more memory
                self.data = self.data.view(np.ndarray)
            if n_reads > MAX_FIELDS:
                raise _refuse(path, f"su cabecera tiene más de {MAX_FIELDS} piezas")
            end = offset + int(count) * np.dtype(dtype).itemsize
            if not 0 <= offset <= end <= size:
                raise _refuse(path, f"pide los bytes {offset} a {end} de {size}")
            return super()._get(offset, dtype, count, **order)

    with np.errstate(over="ignore"):
        reader = BoundedReader(path)
    if n_reads == 0:
        raise ImportError("esta versión de gguf lee de otra manera: usa gguf 0.19")
    tensors = {t.name: t for t in reader.tensors}
    end = reader.data_offset
    for t in sorted(reader.tensors, key=lambda t: (t.data_offset, t.n_bytes)):
        if t.data_offset < end:
            raise _refuse(path, f"«{t.name}» pisa otros bytes")
        end = t.data_offset + t.n_bytes

    def read(name: str) -> Tensor:
        kind, values = tensors[name].tensor_type, np.array(tensors[name].data)
        if kind.name in ("Q8_0", "Q4_0"):
            values = gguf.dequantize(values, kind)
        elif values.dtype == np.uint8:
            text = f"{path.name}: «{name}» está en {kind.name}, que no sé leer"
            raise WeightsFileError(text)
        return torch.from_numpy(values)

    one = {
        k: f
        for k, f in reader.fields.items()
        if gguf.GGUFValueType.ARRAY not in f.types
    }
    fields = {name: str(field.contents()) for name, field in one.items()}
    tied = {k[len(ALIAS) :]: v for k, v in fields.items() if k.startswith(ALIAS)}
    return _join_tied(path, list(tensors), fields, tied, read)


def _write_gguf(state: Mapping[str, Tensor], path: Path, dtype: str | None) -> None:
    gguf = _extra("gguf", "formats")
    writer = gguf.GGUFWriter(path, "curso")
    own, tied = _split_tied(state)
    for name, first in tied.items():
        writer.add_string(ALIAS + name, first)
    for name, t in own.items():
        if dtype == "Q8_0" and _fits_q8(t):
            kind = gguf.GGMLQuantizationType.Q8_0
            blocks = gguf.quantize(t.float().contiguous().numpy(), kind)
            writer.add_tensor(name, blocks, raw_dtype=kind)
            continue
        is_bf16 = t.dtype == torch.bfloat16
        t = _convert(t, "F32" if dtype == "Q8_0" or (is_bf16 and not dtype) else dtype)
        if not (t.is_floating_point() or t.dtype in SIGNED):
            raise TypeError(f".gguf no guarda «{name}», que es {t.dtype}")
        writer.add_tensor(name, t.contiguous().numpy())
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def _fits_q8(t: Tensor) -> bool:
    has_rows = t.is_floating_point() and t.ndim >= 2 and t.shape[-1] % 32 == 0
    return has_rows and t.numel() > 0 and bool(t.abs().max() <= Q8_MAX)


def _open_coreml(path: Path) -> Weights:
    ct = _extra("coremltools", "coreml")
    optimize = importlib.import_module("coremltools.optimize.coreml")
    model = ct.models.MLModel(str(path), skip_model_load=True)
    found = optimize.get_weights_metadata(model, weight_threshold=0)
    state = {name: torch.tensor(weight.val) for name, weight in found.items()}
    return Weights(path, tuple(state), {}, state.__getitem__)


def _write_coreml(model: Any, path: Path, example: Tensor | None) -> None:
    ct = _extra("coremltools", "coreml")
    if example is None or not isinstance(model, nn.Module):
        raise ValueError(".mlpackage guarda un programa: da el modelo y example=")
    traced = torch.jit.trace(model, example)
    inputs = [ct.TensorType(shape=example.shape)]
    ct.convert(traced, inputs=inputs, convert_to="mlprogram").save(str(path))


READERS = {
    ".safetensors": _open_safetensors,
    ".gguf": _open_gguf,
    ".mlpackage": _open_coreml,
} | dict.fromkeys((".pth", ".pt", ".bin"), _open_pth)
WRITERS: dict[str, Any] = {
    ".safetensors": _write_safetensors,
    ".gguf": _write_gguf,
    ".mlpackage": _write_coreml,
} | dict.fromkeys((".pth", ".pt", ".bin"), _write_pth)
