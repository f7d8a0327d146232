"""Respuestas equivocadas típicas y correctas alternativas de la unidad A4."""


# %% wrong a4_read_header reads_whole_file
# Lee también los datos: con un modelo de 70 GB no cabe en memoria.
def read_safetensors_header(path):
    with open(path, "rb") as file:
        content = file.read()
    length = int.from_bytes(content[:8], "little")
    room = len(content) - 8 - length
    if room < 0:
        raise ValueError("la cabecera no cabe")
    header = json.loads(content[8 : 8 + length])
    if not isinstance(header, dict):
        raise ValueError("no es un objeto")
    for name, entry in header.items():
        if name != "__metadata__" and entry["data_offsets"][1] > room:
            raise ValueError(f"{name} no cabe")
    return header


# %% wrong a4_read_header trusts_length
# Pide los bytes que dice el fichero, sin preguntar cuánto mide.
def read_safetensors_header(path):
    with open(path, "rb") as file:
        length = int.from_bytes(file.read(8), "little")
        return json.loads(file.read(length))


# %% wrong a4_read_header drops_metadata
# Los metadatos son parte de la cabecera.
def read_safetensors_header(path):
    size = os.path.getsize(path)
    with open(path, "rb") as file:
        length = int.from_bytes(file.read(8), "little")
        room = size - 8 - length
        if room < 0:
            raise ValueError("la cabecera no cabe")
        header = json.loads(file.read(length))
    if not isinstance(header, dict):
        raise ValueError("no es un objeto")
    header.pop("__metadata__", None)
    if any(entry["data_offsets"][1] > room for entry in header.values()):
        raise ValueError("un tensor no cabe")
    return header


# %% wrong a4_read_header metadata_is_a_tensor
# Busca data_offsets también en los metadatos.
def read_safetensors_header(path):
    size = os.path.getsize(path)
    with open(path, "rb") as file:
        length = int.from_bytes(file.read(8), "little")
        room = size - 8 - length
        if room < 0:
            raise ValueError("la cabecera no cabe")
        header = json.loads(file.read(length))
    if not isinstance(header, dict):
        raise ValueError("no es un objeto")
    if any(entry["data_offsets"][1] > room for entry in header.values()):
        raise ValueError("un tensor no cabe")
    return header


# %% wrong a4_read_header big_endian
# El orden de los bytes es little-endian.
def read_safetensors_header(path):
    size = os.path.getsize(path)
    with open(path, "rb") as file:
        (length,) = struct.unpack(">Q", file.read(8))
        if length > size - 8:
            raise ValueError("la cabecera no cabe")
        return json.loads(file.read(length))


# %% wrong a4_read_header length_against_whole_file
# Olvida que los 8 primeros bytes no son cabecera.
def read_safetensors_header(path):
    size = os.path.getsize(path)
    with open(path, "rb") as file:
        length = int.from_bytes(file.read(8), "little")
        if length > size:
            raise ValueError("la cabecera no cabe")
        header = json.loads(file.read(length))
    if not isinstance(header, dict):
        raise ValueError("no es un objeto")
    for name, entry in header.items():
        if name != "__metadata__" and 8 + length + entry["data_offsets"][1] > size:
            raise ValueError(f"{name} no cabe")
    return header


# %% wrong a4_read_header ignores_the_data
# La cabecera cabe, pero los datos están cortados.
def read_safetensors_header(path):
    size = os.path.getsize(path)
    with open(path, "rb") as file:
        length = int.from_bytes(file.read(8), "little")
        if length > size - 8:
            raise ValueError("la cabecera no cabe")
        header = json.loads(file.read(length))
    if not isinstance(header, dict):
        raise ValueError("no es un objeto")
    return header


# %% wrong a4_read_header offsets_from_the_start
# Los desplazamientos se cuentan desde el final de la cabecera.
def read_safetensors_header(path):
    size = os.path.getsize(path)
    with open(path, "rb") as file:
        length = int.from_bytes(file.read(8), "little")
        if length > size - 8:
            raise ValueError("la cabecera no cabe")
        header = json.loads(file.read(length))
    if not isinstance(header, dict):
        raise ValueError("no es un objeto")
    for name, entry in header.items():
        if name != "__metadata__" and entry["data_offsets"][1] > size:
            raise ValueError(f"{name} no cabe")
    return header


# %% wrong a4_read_header reads_four_bytes
# La longitud ocupa 8 bytes: con 4 se pierde la mitad alta.
def read_safetensors_header(path):
    size = os.path.getsize(path)
    with open(path, "rb") as file:
        length = int.from_bytes(file.read(8)[:4], "little")
        room = size - 8 - length
        if room < 0:
            raise ValueError("la cabecera no cabe")
        header = json.loads(file.read(length))
    if not isinstance(header, dict):
        raise ValueError("no es un objeto")
    for name, entry in header.items():
        if name != "__metadata__" and entry["data_offsets"][1] > room:
            raise ValueError(f"{name} no cabe")
    return header


# %% wrong a4_read_header returns_only_shapes
# Se pide el JSON entero.
def read_safetensors_header(path):
    size = os.path.getsize(path)
    with open(path, "rb") as file:
        length = int.from_bytes(file.read(8), "little")
        if length > size - 8:
            raise ValueError("la cabecera no cabe")
        header = json.loads(file.read(length))
    return {k: v["shape"] for k, v in header.items() if k != "__metadata__"}


# %% right a4_read_header struct_and_seek
def read_safetensors_header(path):
    with open(path, "rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(0)
        start = file.read(8)
        if len(start) != 8:
            raise ValueError("faltan bytes para la longitud")
        (n,) = struct.unpack("<Q", start)
        if size < n + 8:
            raise ValueError("la cabecera no cabe en el fichero")
        header = json.loads(file.read(n).decode("utf-8"))
    if type(header) is not dict:
        raise ValueError("la cabecera tiene que ser un objeto")
    ends = [v["data_offsets"][1] for k, v in header.items() if k != "__metadata__"]
    if 8 + n + max(ends, default=0) > size:
        raise ValueError("faltan datos")
    return header


# %% right a4_read_header memory_map
def read_safetensors_header(path):
    if os.stat(path).st_size < 8:
        raise ValueError("demasiado corto")
    content = np.memmap(path, dtype=np.uint8, mode="r")
    n = int(content[:8].view("<u8")[0])
    if n > len(content) - 8:
        raise ValueError("la cabecera no cabe")
    header = json.loads(content[8 : 8 + n].tobytes())
    if not hasattr(header, "items"):
        raise ValueError("la cabecera no es un objeto")
    tensors = {k: v for k, v in header.items() if k != "__metadata__"}
    for name, info in tensors.items():
        _, end = info["data_offsets"]
        if end > len(content) - 8 - n:
            raise ValueError(f"{name} no cabe")
    return header


# %% wrong a4_read_tensor offset_from_the_file_start
# Cuenta desde el principio del fichero.
def read_tensor(path, name):
    kinds = {"F64": "<f8", "F32": "<f4", "F16": "<f2", "BF16": "<u2"}
    kinds |= {"I64": "<i8", "I32": "<i4", "U8": "u1"}
    with open(path, "rb") as file:
        length = int.from_bytes(file.read(8), "little")
        header = json.loads(file.read(length))
        header.pop("__metadata__", None)
        entry = header[name]
        begin, end = entry["data_offsets"]
        file.seek(begin)
        values = np.frombuffer(file.read(end - begin), kinds[entry["dtype"]])
    if entry["dtype"] == "BF16":
        values = (values.astype("<u4") << 16).view("<f4")
    return values.reshape(entry["shape"])


# %% wrong a4_read_tensor forgets_the_eight_bytes
# La longitud también ocupa sitio.
def read_tensor(path, name):
    with open(path, "rb") as file:
        length = int.from_bytes(file.read(8), "little")
        entry = json.loads(file.read(length))[name]
        begin, end = entry["data_offsets"]
        file.seek(length + begin)
        return np.frombuffer(file.read(end - begin), "<f4").reshape(entry["shape"])


# %% wrong a4_read_tensor copies_all
# Lee el fichero entero y se queda con un trozo.
def read_tensor(path, name):
    kinds = {"F64": "<f8", "F32": "<f4", "F16": "<f2", "BF16": "<u2"}
    kinds |= {"I64": "<i8", "I32": "<i4", "U8": "u1"}
    with open(path, "rb") as file:
        content = file.read()
    length = int.from_bytes(content[:8], "little")
    header = json.loads(content[8 : 8 + length])
    header.pop("__metadata__", None)
    entry = header[name]
    if entry["dtype"] not in kinds:
        raise ValueError("tipo desconocido")
    begin, end = entry["data_offsets"]
    data = content[8 + length + begin : 8 + length + end]
    values = np.frombuffer(data, kinds[entry["dtype"]])
    if entry["dtype"] == "BF16":
        values = (values.astype("<u4") << 16).view("<f4")
    return values.reshape(entry["shape"])


# %% wrong a4_read_tensor reads_the_tail
# Salta al principio del tensor y lee desde ahí hasta el final del fichero.
def read_tensor(path, name):
    kinds = {"F64": "<f8", "F32": "<f4", "F16": "<f2", "BF16": "<u2"}
    with open(path, "rb") as file:
        length = int.from_bytes(file.read(8), "little")
        entry = json.loads(file.read(length))[name]
        file.seek(8 + length + entry["data_offsets"][0])
        values = np.frombuffer(file.read(), kinds[entry["dtype"]])
    return values.reshape(entry["shape"])


# %% wrong a4_read_tensor bfloat16_as_float16
# Los dos miden 16 bits, pero los reparten de otra manera.
def read_tensor(path, name):
    kinds = {"F64": "<f8", "F32": "<f4", "F16": "<f2", "BF16": "<f2"}
    kinds |= {"I64": "<i8", "I32": "<i4", "U8": "u1"}
    with open(path, "rb") as file:
        length = int.from_bytes(file.read(8), "little")
        header = json.loads(file.read(length))
        header.pop("__metadata__", None)
        entry = header[name]
        if entry["dtype"] not in kinds:
            raise ValueError("tipo desconocido")
        begin, end = entry["data_offsets"]
        file.seek(8 + length + begin)
        values = np.frombuffer(file.read(end - begin), kinds[entry["dtype"]])
    if entry["dtype"] == "BF16":
        values = values.astype(np.float32)
    return values.reshape(entry["shape"])


# %% wrong a4_read_tensor low_bits_of_float32
# Los 16 bits van arriba, no abajo.
def read_tensor(path, name):
    kinds = {"F64": "<f8", "F32": "<f4", "F16": "<f2", "BF16": "<u2"}
    kinds |= {"I64": "<i8", "I32": "<i4", "U8": "u1"}
    with open(path, "rb") as file:
        length = int.from_bytes(file.read(8), "little")
        header = json.loads(file.read(length))
        header.pop("__metadata__", None)
        entry = header[name]
        if entry["dtype"] not in kinds:
            raise ValueError("tipo desconocido")
        begin, end = entry["data_offsets"]
        file.seek(8 + length + begin)
        values = np.frombuffer(file.read(end - begin), kinds[entry["dtype"]])
    if entry["dtype"] == "BF16":
        values = values.astype("<u4").view("<f4")
    return values.reshape(entry["shape"])


# %% wrong a4_read_tensor returns_flat
# Falta la forma.
def read_tensor(path, name):
    kinds = {"F64": "<f8", "F32": "<f4", "F16": "<f2", "BF16": "<u2"}
    kinds |= {"I64": "<i8", "I32": "<i4", "U8": "u1"}
    with open(path, "rb") as file:
        length = int.from_bytes(file.read(8), "little")
        header = json.loads(file.read(length))
        header.pop("__metadata__", None)
        entry = header[name]
        if entry["dtype"] not in kinds:
            raise ValueError("tipo desconocido")
        begin, end = entry["data_offsets"]
        file.seek(8 + length + begin)
        values = np.frombuffer(file.read(end - begin), kinds[entry["dtype"]])
    if entry["dtype"] == "BF16":
        values = (values.astype("<u4") << 16).view("<f4")
    return values


# %% wrong a4_read_tensor unknown_name_is_none
# Un nombre que falta pasa sin ruido.
def read_tensor(path, name):
    kinds = {"F64": "<f8", "F32": "<f4", "F16": "<f2", "BF16": "<u2"}
    kinds |= {"I64": "<i8", "I32": "<i4", "U8": "u1"}
    with open(path, "rb") as file:
        length = int.from_bytes(file.read(8), "little")
        header = json.loads(file.read(length))
        entry = header.get(name)
        if entry is None or name == "__metadata__":
            return None
        if entry["dtype"] not in kinds:
            raise ValueError("tipo desconocido")
        begin, end = entry["data_offsets"]
        file.seek(8 + length + begin)
        values = np.frombuffer(file.read(end - begin), kinds[entry["dtype"]])
    if entry["dtype"] == "BF16":
        values = (values.astype("<u4") << 16).view("<f4")
    return values.reshape(entry["shape"])


# %% wrong a4_read_tensor everything_to_float32
# Pierde el tipo: los enteros grandes y float64 ya no son exactos.
def read_tensor(path, name):
    kinds = {"F64": "<f8", "F32": "<f4", "F16": "<f2", "BF16": "<u2"}
    kinds |= {"I64": "<i8", "I32": "<i4", "U8": "u1"}
    with open(path, "rb") as file:
        length = int.from_bytes(file.read(8), "little")
        header = json.loads(file.read(length))
        header.pop("__metadata__", None)
        entry = header[name]
        if entry["dtype"] not in kinds:
            raise ValueError("tipo desconocido")
        begin, end = entry["data_offsets"]
        file.seek(8 + length + begin)
        values = np.frombuffer(file.read(end - begin), kinds[entry["dtype"]])
    if entry["dtype"] == "BF16":
        values = (values.astype("<u4") << 16).view("<f4")
    return values.astype(np.float32).reshape(entry["shape"])


# %% right a4_read_tensor memory_map
def read_tensor(path, name):
    header = read_safetensors_header(path)
    if name == "__metadata__" or name not in header:
        raise KeyError(name)
    info = header[name]
    with open(path, "rb") as file:
        (n,) = struct.unpack("<Q", file.read(8))
    kind = {
        "F64": np.float64,
        "F32": np.float32,
        "F16": np.float16,
        "BF16": np.uint16,
        "I64": np.int64,
        "I32": np.int32,
        "U8": np.uint8,
    }.get(info["dtype"])
    if kind is None:
        raise ValueError(info["dtype"])
    begin, end = info["data_offsets"]
    raw = np.memmap(path, dtype=np.uint8, mode="r")[8 + n + begin : 8 + n + end]
    values = np.array(raw).view(kind)
    if info["dtype"] == "BF16":
        values = np.left_shift(values.astype(np.uint32), 16).view(np.float32)
    return np.array(values).reshape(tuple(info["shape"]))


# %% right a4_read_tensor through_torch
def read_tensor(path, name):
    kinds = {
        "F64": torch.float64,
        "F32": torch.float32,
        "F16": torch.float16,
        "BF16": torch.bfloat16,
        "I64": torch.int64,
        "I32": torch.int32,
        "U8": torch.uint8,
    }
    with open(path, "rb") as file:
        n = struct.unpack("<Q", file.read(8))[0]
        header = json.loads(file.read(n))
        tensors = {k: v for k, v in header.items() if k != "__metadata__"}
        info = tensors[name]
        if info["dtype"] not in kinds:
            raise ValueError("tipo desconocido")
        a, b = info["data_offsets"]
        file.seek(a, os.SEEK_CUR)
        data = bytearray(file.read(b - a))
    kind = kinds[info["dtype"]]
    if not data:
        t = torch.empty(info["shape"], dtype=kind)
    else:
        t = torch.frombuffer(data, dtype=kind).reshape(info["shape"])
    return (t.float() if kind == torch.bfloat16 else t).numpy()


# %% wrong a4_q8_0 unsigned
# Los enteros llevan signo: 255 es -1.
def dequantize_q8_0(block):
    if len(block) != 34:
        raise ValueError("no mide 34 bytes")
    scale = np.frombuffer(block[:2], "<f2").astype(np.float32)
    return scale * np.frombuffer(block[2:], np.uint8)


# %% wrong a4_q8_0 scale_as_float32
# Lee la escala como float32 y se come los dos primeros pesos.
def dequantize_q8_0(block):
    if len(block) != 34:
        raise ValueError("no mide 34 bytes")
    scale = np.frombuffer(block[:4], "<f4")
    return scale * np.frombuffer(block[2:], np.int8)


# %% wrong a4_q8_0 scale_big_endian
# El orden de los bytes de la escala importa.
def dequantize_q8_0(block):
    if len(block) != 34:
        raise ValueError("no mide 34 bytes")
    scale = np.frombuffer(block[:2], ">f2").astype(np.float32)
    return scale * np.frombuffer(block[2:], np.int8)


# %% wrong a4_q8_0 multiplies_in_float16
# En float16 el producto se redondea, y puede ser infinito.
def dequantize_q8_0(block):
    if len(block) != 34:
        raise ValueError("no mide 34 bytes")
    with np.errstate(over="ignore"):
        product = np.frombuffer(block[:2], "<f2") * np.frombuffer(block[2:], np.int8)
    return product.astype(np.float32)


# %% wrong a4_q8_0 scale_last
# La escala va al principio del bloque.
def dequantize_q8_0(block):
    if len(block) != 34:
        raise ValueError("no mide 34 bytes")
    scale = np.frombuffer(block[32:], "<f2").astype(np.float32)
    return scale * np.frombuffer(block[:32], np.int8)


# %% wrong a4_q8_0 no_length_check
# Un bloque cortado da menos pesos y nadie se entera.
def dequantize_q8_0(block):
    scale = np.frombuffer(block[:2], "<f2").astype(np.float32)
    return scale * np.frombuffer(block[2:34], np.int8)


# %% wrong a4_q8_0 returns_float64
# Se pide float32.
def dequantize_q8_0(block):
    if len(block) != 34:
        raise ValueError("no mide 34 bytes")
    scale, *q = struct.unpack("<e32b", block)
    return scale * np.array(q, dtype=np.float64)


# %% right a4_q8_0 struct_unpack
def dequantize_q8_0(block):
    if len(block) != 34:
        raise ValueError("no mide 34 bytes")
    scale, *q = struct.unpack("<e32b", block)
    return np.array([scale * value for value in q], dtype=np.float32)


# %% right a4_q8_0 record_dtype
def dequantize_q8_0(block):
    layout = np.dtype([("d", "<f2"), ("q", "i1", (32,))])
    if len(block) != layout.itemsize:
        raise ValueError(f"{len(block)} bytes")
    record = np.frombuffer(block, layout)[0]
    return record["q"].astype(np.float32) * np.float32(record["d"])


# %% wrong a4_q4_0 interleaves_nibbles
# Cada byte no lleva dos pesos vecinos.
def dequantize_q4_0(block):
    if len(block) != 18:
        raise ValueError("no mide 18 bytes")
    scale = np.frombuffer(block[:2], "<f2").astype(np.float32)
    packed = np.frombuffer(block[2:], np.uint8)
    q = np.stack([packed & 15, packed >> 4], axis=1).reshape(-1).astype(np.int8) - 8
    return scale * q


# %% wrong a4_q4_0 no_offset
# Sin restar 8 no hay pesos negativos (salvo por la escala).
def dequantize_q4_0(block):
    if len(block) != 18:
        raise ValueError("no mide 18 bytes")
    scale = np.frombuffer(block[:2], "<f2").astype(np.float32)
    packed = np.frombuffer(block[2:], np.uint8)
    return scale * np.concatenate([packed & 15, packed >> 4])


# %% wrong a4_q4_0 high_nibbles_first
# Los primeros 16 son los bits bajos.
def dequantize_q4_0(block):
    if len(block) != 18:
        raise ValueError("no mide 18 bytes")
    scale = np.frombuffer(block[:2], "<f2").astype(np.float32)
    packed = np.frombuffer(block[2:], np.uint8)
    q = np.concatenate([packed >> 4, packed & 15]).astype(np.int8) - 8
    return scale * q


# %% wrong a4_q4_0 twos_complement
# Los 4 bits no llevan signo: llevan un desplazamiento de 8.
def dequantize_q4_0(block):
    if len(block) != 18:
        raise ValueError("no mide 18 bytes")
    scale = np.frombuffer(block[:2], "<f2").astype(np.float32)
    packed = np.frombuffer(block[2:], np.uint8)
    q = np.concatenate([packed & 15, packed >> 4]).astype(np.int8)
    return scale * np.where(q > 7, q - 16, q)


# %% wrong a4_q4_0 wraps_around
# En uint8, 3 - 8 es 251.
def dequantize_q4_0(block):
    if len(block) != 18:
        raise ValueError("no mide 18 bytes")
    scale = np.frombuffer(block[:2], "<f2").astype(np.float32)
    packed = np.frombuffer(block[2:], np.uint8)
    return scale * (np.concatenate([packed & 15, packed >> 4]) - np.uint8(8))


# %% wrong a4_q4_0 offset_seven
# El desplazamiento es 8: el 0 se guarda como 8.
def dequantize_q4_0(block):
    if len(block) != 18:
        raise ValueError("no mide 18 bytes")
    scale = np.frombuffer(block[:2], "<f2").astype(np.float32)
    packed = np.frombuffer(block[2:], np.uint8)
    q = np.concatenate([packed & 15, packed >> 4]).astype(np.int8) - 7
    return scale * q


# %% wrong a4_q4_0 no_length_check
# Un bloque más largo pasa sin ruido.
def dequantize_q4_0(block):
    scale = np.frombuffer(block[:2], "<f2").astype(np.float32)
    packed = np.frombuffer(block[2:18], np.uint8)
    return scale * (np.concatenate([packed & 15, packed >> 4]).astype(np.int8) - 8)


# %% right a4_q4_0 plain_python
def dequantize_q4_0(block):
    if len(block) != 18:
        raise ValueError("no mide 18 bytes")
    scale, *packed = struct.unpack("<e16B", block)
    low = [scale * (byte % 16 - 8) for byte in packed]
    high = [scale * (byte // 16 - 8) for byte in packed]
    return np.array(low + high, dtype=np.float32)


# %% right a4_q4_0 shifts_by_broadcasting
def dequantize_q4_0(block):
    content = np.frombuffer(block, dtype=np.uint8)
    if content.size != 18:
        raise ValueError("no mide 18 bytes")
    scale = np.float32(content[:2].view("<f2")[0])
    q = (content[2:] >> np.array([[0], [4]], dtype=np.uint8)) & 0x0F
    return (q.astype(np.float32).ravel() - np.float32(8)) * scale


# %% wrong a4_forward accumulates_in_float16
# Suma en float16: a partir de 2048, sumar 1 no cambia nada.
def linear(x, w, b):
    if x.ndim != 2 or w.ndim != 2 or x.shape[1] != w.shape[0] or b.shape != w.shape[1:]:
        raise ValueError("las formas no encajan")
    total = b.expand(len(x), -1).clone()
    for k in range(len(w)):
        total += x[:, k : k + 1] * w[k]
    return total


# %% wrong a4_forward bias_in_float16
# Redondea antes de sumar el sesgo: dos redondeos.
def linear(x, w, b):
    if x.ndim != 2 or w.ndim != 2 or x.shape[1] != w.shape[0] or b.shape != w.shape[1:]:
        raise ValueError("las formas no encajan")
    return (x.float() @ w.float()).half() + b


# %% wrong a4_forward transposes_like_torch
# Aquí los pesos son [D_in, D_out].
def linear(x, w, b):
    if x.ndim != 2 or w.ndim != 2 or x.shape[1] != w.shape[1]:
        raise ValueError("las formas no encajan")
    return torch.nn.functional.linear(x.float(), w.float(), b.float()).half()


# %% wrong a4_forward returns_float32
# La salida se pide en float16.
def linear(x, w, b):
    if x.ndim != 2 or w.ndim != 2 or x.shape[1] != w.shape[0] or b.shape != w.shape[1:]:
        raise ValueError("las formas no encajan")
    return x.float() @ w.float() + b.float()


# %% wrong a4_forward no_shape_check
# PyTorch lanza RuntimeError, y con un sesgo de [1] ni eso.
def linear(x, w, b):
    return (x.float() @ w.float() + b.float()).half()


# %% wrong a4_forward forgets_bias
def linear(x, w, b):
    if x.ndim != 2 or w.ndim != 2 or x.shape[1] != w.shape[0] or b.shape != w.shape[1:]:
        raise ValueError("las formas no encajan")
    return (x.float() @ w.float()).half()


# %% wrong a4_forward products_in_float16
# Los productos se redondean a float16 aunque la suma no.
def linear(x, w, b):
    if x.ndim != 2 or w.ndim != 2 or x.shape[1] != w.shape[0] or b.shape != w.shape[1:]:
        raise ValueError("las formas no encajan")
    return ((x[:, :, None] * w).float().sum(dim=1) + b.float()).half()


# %% right a4_forward functional
def linear(x, w, b):
    if (x.dim(), w.dim(), b.dim()) != (2, 2, 1):
        raise ValueError("dimensiones")
    (_, d_in), (rows, d_out) = x.shape, w.shape
    if d_in != rows or len(b) != d_out:
        raise ValueError("las formas no encajan")
    y = torch.nn.functional.linear(x.float(), w.t().float(), b.float())
    return y.to(torch.float16)


# %% right a4_forward addmm
def linear(x, w, b):
    if len(x.shape) != 2 or len(w.shape) != 2:
        raise ValueError("dimensiones")
    if x.shape[-1] != w.shape[0] or tuple(b.shape) != (w.shape[-1],):
        raise ValueError("las formas no encajan")
    x, w, b = (t.to(torch.float32) for t in (x, w, b))
    return torch.addmm(b, x, w).half()


# %% wrong a4_to_f16 silent_int_cast
# Un índice convertido a float16 es otro índice.
def to_float16(t):
    half = t.to(torch.float16)
    if (half.isinf() & ~t.isinf()).any():
        warnings.warn("no caben", stacklevel=2)
    return half


# %% wrong a4_to_f16 silent_overflow
# Los infinitos aparecen sin avisar.
def to_float16(t):
    if not t.is_floating_point():
        raise TypeError("solo coma flotante")
    return t.half()


# %% wrong a4_to_f16 warns_about_old_infinities
# Avisa de infinitos que ya venían.
def to_float16(t):
    if not t.is_floating_point():
        raise TypeError("solo coma flotante")
    half = t.half()
    if half.isinf().any():
        warnings.warn("no caben", stacklevel=2)
    return half


# %% wrong a4_to_f16 clamps
# Recortar en silencio tampoco es lo que se pide.
def to_float16(t):
    if not t.is_floating_point():
        raise TypeError("solo coma flotante")
    if (t.abs() > 65504).any():
        warnings.warn("no caben", stacklevel=2)
    return t.clamp(-65504, 65504).half()


# %% wrong a4_to_f16 rounds_through_bfloat16
# bfloat16 tiene menos cifras que float16.
def to_float16(t):
    if not t.is_floating_point():
        raise TypeError("solo coma flotante")
    half = t.bfloat16().half()
    if (half.isinf() & ~t.isinf()).any():
        warnings.warn("no caben", stacklevel=2)
    return half


# %% wrong a4_to_f16 value_error_for_ints
# Se pide TypeError.
def to_float16(t):
    if not t.is_floating_point():
        raise ValueError("solo coma flotante")
    half = t.half()
    if (half.isinf() & ~t.isinf()).any():
        warnings.warn("no caben", stacklevel=2)
    return half


# %% wrong a4_to_f16 one_warning_per_value
# Un aviso por valor perdido.
def to_float16(t):
    if not t.is_floating_point():
        raise TypeError("solo coma flotante")
    half = t.half()
    for value in t[half.isinf() & ~t.isinf()].tolist():
        warnings.warn(f"{value} no cabe", stacklevel=2)
    return half


# %% right a4_to_f16 compares_finiteness
def to_float16(t):
    if t.dtype not in (torch.float64, torch.float32, torch.bfloat16, torch.float16):
        raise TypeError(f"no convierto {t.dtype}")
    result = t.half()
    n_lost = (torch.isfinite(t) & ~torch.isfinite(result)).sum().item()
    if n_lost > 0:
        warnings.warn(f"{n_lost} valores desbordan", RuntimeWarning, stacklevel=2)
    return result


# %% right a4_to_f16 by_the_limit
def to_float16(t):
    if not torch.is_floating_point(t):
        raise TypeError("solo coma flotante")
    size = t.abs()
    if ((size >= 65520) & (size < float("inf"))).any():
        warnings.warn("hay valores fuera de rango", stacklevel=2)
    return t.type(torch.float16)
