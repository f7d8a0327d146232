"""Respuestas equivocadas típicas y correctas alternativas de la unidad A2."""


# %% wrong a2_weights_hash hashes_text
# str() de un tensor largo enseña seis números y cuatro cifras de cada uno.
def weights_hash(model, buffers=True):
    state = model.state_dict()
    if not buffers:
        state = {name: state[name] for name, _ in model.named_parameters()}
    digest = hashlib.sha256()
    for name in sorted(state):
        value = state[name]
        digest.update(f"{name}{value.shape}{value.dtype}{value}".encode())
    return digest.hexdigest()


# %% wrong a2_weights_hash depends_on_order
# Recorre las entradas en el orden en que se registraron.
def weights_hash(model, buffers=True):
    state = model.state_dict()
    if not buffers:
        state = {name: state[name] for name, _ in model.named_parameters()}
    digest = hashlib.sha256()
    for name, value in state.items():
        digest.update(repr((name, tuple(value.shape), value.dtype)).encode())
        digest.update(value.reshape(-1).view(torch.uint8).numpy().tobytes())
    return digest.hexdigest()


# %% wrong a2_weights_hash ignores_names
# Cambiar dos tensores de sitio no cambia la huella.
def weights_hash(model, buffers=True):
    state = model.state_dict()
    if not buffers:
        state = {name: state[name] for name, _ in model.named_parameters()}
    digest = hashlib.sha256()
    for name in sorted(state):
        value = state[name]
        digest.update(repr((tuple(value.shape), value.dtype)).encode())
        digest.update(value.reshape(-1).view(torch.uint8).numpy().tobytes())
    return digest.hexdigest()


# %% wrong a2_weights_hash ignores_shapes
# Los mismos bytes en otra forma son otros pesos.
def weights_hash(model, buffers=True):
    state = model.state_dict()
    if not buffers:
        state = {name: state[name] for name, _ in model.named_parameters()}
    digest = hashlib.sha256()
    for name in sorted(state):
        value = state[name]
        digest.update(repr((name, value.dtype)).encode())
        digest.update(value.reshape(-1).view(torch.uint8).numpy().tobytes())
    return digest.hexdigest()


# %% wrong a2_weights_hash ignores_dtype
# Los ceros de float16 y de bfloat16 tienen los mismos bytes.
def weights_hash(model, buffers=True):
    state = model.state_dict()
    if not buffers:
        state = {name: state[name] for name, _ in model.named_parameters()}
    digest = hashlib.sha256()
    for name in sorted(state):
        value = state[name]
        digest.update(repr((name, tuple(value.shape))).encode())
        digest.update(value.reshape(-1).view(torch.uint8).numpy().tobytes())
    return digest.hexdigest()


# %% wrong a2_weights_hash ignores_values
# Dice si caben los pesos, no si son los mismos.
def weights_hash(model, buffers=True):
    state = model.state_dict()
    if not buffers:
        state = {name: state[name] for name, _ in model.named_parameters()}
    digest = hashlib.sha256()
    for name in sorted(state):
        digest.update(repr((name, tuple(state[name].shape), state[name].dtype)).encode())
    return digest.hexdigest()


# %% wrong a2_weights_hash forgets_buffers
# running_mean también se guarda: con buffers=True tiene que contar.
def weights_hash(model, buffers=True):
    digest = hashlib.sha256()
    for name, value in sorted(model.named_parameters()):
        digest.update(repr((name, tuple(value.shape), value.dtype)).encode())
        digest.update(value.detach().reshape(-1).view(torch.uint8).numpy().tobytes())
    return digest.hexdigest()


# %% wrong a2_weights_hash always_buffers
# No mira la opción.
def weights_hash(model, buffers=True):
    state = model.state_dict()
    digest = hashlib.sha256()
    for name in sorted(state):
        value = state[name]
        digest.update(repr((name, tuple(value.shape), value.dtype)).encode())
        digest.update(value.reshape(-1).view(torch.uint8).numpy().tobytes())
    return digest.hexdigest()


# %% wrong a2_weights_hash numpy_without_bfloat16
# NumPy no conoce bfloat16 y numpy() falla.
def weights_hash(model, buffers=True):
    state = model.state_dict()
    if not buffers:
        state = {name: state[name] for name, _ in model.named_parameters()}
    digest = hashlib.sha256()
    for name in sorted(state):
        value = state[name]
        digest.update(repr((name, tuple(value.shape), value.dtype)).encode())
        digest.update(value.numpy().tobytes())
    return digest.hexdigest()


# %% wrong a2_weights_hash through_float32
# float32 pierde cifras de float64 e int64, y el tipo entra solo por su nombre.
def weights_hash(model, buffers=True):
    state = model.state_dict()
    if not buffers:
        state = {name: state[name] for name, _ in model.named_parameters()}
    text = "".join(
        f"{name}{tuple(v.shape)}{v.dtype}{v.float().sum().item()}"
        for name, v in sorted(state.items(), key=lambda pair: pair[0])
    )
    return hashlib.sha256(text.encode()).hexdigest()


# %% wrong a2_weights_hash returns_bytes
# Se pide un texto hexadecimal.
def weights_hash(model, buffers=True):
    state = model.state_dict()
    if not buffers:
        state = {name: state[name] for name, _ in model.named_parameters()}
    digest = hashlib.sha256()
    for name in sorted(state):
        value = state[name]
        digest.update(repr((name, tuple(value.shape), value.dtype)).encode())
        digest.update(value.reshape(-1).view(torch.uint8).numpy().tobytes())
    return digest.digest()


# %% wrong a2_weights_hash uses_python_hash
# hash() depende del proceso y no son 64 cifras.
def weights_hash(model, buffers=True):
    state = model.state_dict()
    return str(hash(tuple((k, tuple(v.flatten().tolist())) for k, v in sorted(state.items()))))


# %% right a2_weights_hash one_big_text
def weights_hash(model, buffers=True):
    wanted = set(dict(model.named_parameters()))
    parts = []
    for name, value in model.state_dict().items():
        if buffers or name in wanted:
            raw = bytes(value.detach().flatten().contiguous().view(torch.uint8).tolist())
            parts.append(f"{name};{list(value.shape)};{value.dtype};{raw.hex()}")
    return hashlib.sha256("\n".join(sorted(parts)).encode()).hexdigest()


# %% right a2_weights_hash hash_of_hashes
def weights_hash(model, buffers=True):
    entries = dict(model.named_parameters())
    if buffers:
        entries = dict(model.state_dict())
    lines = []
    for name in entries:
        value = entries[name].detach().cpu().clone()
        inner = hashlib.sha256(value.reshape(-1).view(torch.uint8).numpy()).hexdigest()
        lines.append((name, str(value.dtype), str(tuple(value.size())), inner))
    return hashlib.sha256(repr(sorted(lines)).encode("utf-8")).hexdigest()


# %% right a2_weights_hash through_safetensors
def weights_hash(model, buffers=True):
    from safetensors.torch import save

    state = model.state_dict()
    if not buffers:
        keep = [name for name, _ in model.named_parameters()]
        state = {name: state[name] for name in keep}
    return hashlib.sha256(save({k: state[k].contiguous() for k in sorted(state)})).hexdigest()


# %% wrong a2_memory_bytes bits
# Ocho veces de más.
def weights_bytes(n_params, dtype):
    if n_params < 0:
        raise ValueError(n_params)
    return n_params * dtype.itemsize * 8


# %% wrong a2_memory_bytes kibibytes
# Divide por 1024: se piden bytes.
def weights_bytes(n_params, dtype):
    if n_params < 0:
        raise ValueError(n_params)
    return n_params * dtype.itemsize // 1024


# %% wrong a2_memory_bytes always_float32
# No todos los tipos ocupan 4 bytes.
def weights_bytes(n_params, dtype):
    if n_params < 0:
        raise ValueError(n_params)
    return 4 * n_params


# %% wrong a2_memory_bytes finfo_only
# Los enteros no tienen finfo.
def weights_bytes(n_params, dtype):
    if n_params < 0:
        raise ValueError(n_params)
    return n_params * torch.finfo(dtype).bits // 8


# %% wrong a2_memory_bytes float_division
# Con números enormes, un float pierde las últimas cifras.
def weights_bytes(n_params, dtype):
    if n_params < 0:
        raise ValueError(n_params)
    return int(n_params * (dtype.itemsize * 8 / 8))


# %% wrong a2_memory_bytes accepts_negative
# No puede haber -1 números.
def weights_bytes(n_params, dtype):
    return n_params * dtype.itemsize


# %% wrong a2_memory_bytes rejects_zero
# Cero números ocupan cero bytes.
def weights_bytes(n_params, dtype):
    if n_params <= 0:
        raise ValueError(n_params)
    return n_params * dtype.itemsize


# %% right a2_memory_bytes element_size
def weights_bytes(n_params, dtype):
    if n_params < 0:
        raise ValueError("negativo")
    return torch.empty(0, dtype=dtype).element_size() * n_params


# %% right a2_memory_bytes table
def weights_bytes(n_params, dtype):
    sizes = {
        torch.float64: 8, torch.float32: 4, torch.float16: 2, torch.bfloat16: 2,
        torch.int8: 1, torch.uint8: 1, torch.int16: 2, torch.int32: 4, torch.int64: 8,
        torch.bool: 1, torch.complex64: 8,
    }
    if not n_params >= 0:
        raise ValueError("negativo")
    return sum(n_params for _ in range(sizes[dtype]))


# %% wrong a2_same_architecture compares_values
# Dos sorteos de la misma red son la misma arquitectura.
def same_architecture(a, b):
    first, second = a.state_dict(), b.state_dict()
    return first.keys() == second.keys() and all(
        torch.equal(first[name], second[name]) for name in first
    )


# %% wrong a2_same_architecture counts_parameters
# El mismo número de pesos se puede repartir de muchas maneras.
def same_architecture(a, b):
    return sum(p.numel() for p in a.parameters()) == sum(p.numel() for p in b.parameters())


# %% wrong a2_same_architecture shapes_only
# Sin los nombres, load_state_dict no sabe dónde poner cada tensor.
def same_architecture(a, b):
    def shapes(model):
        return sorted(tuple(v.shape) for v in model.state_dict().values())

    return shapes(a) == shapes(b)


# %% wrong a2_same_architecture names_only
# Sin las formas, un peso de otra anchura pasa por bueno.
def same_architecture(a, b):
    return set(a.state_dict()) == set(b.state_dict())


# %% wrong a2_same_architecture zip_stops_early
# zip se para en el más corto: una capa de más no se ve.
def same_architecture(a, b):
    pairs = zip(a.state_dict().items(), b.state_dict().items())
    return all(n == m and v.shape == w.shape for (n, v), (m, w) in pairs)


# %% wrong a2_same_architecture one_direction
# Solo comprueba que lo de a esté en b.
def same_architecture(a, b):
    other = b.state_dict()
    return all(
        name in other and other[name].shape == value.shape
        for name, value in a.state_dict().items()
    )


# %% wrong a2_same_architecture ignores_buffers
# Los buffers también se guardan y se cargan.
def same_architecture(a, b):
    def outline(model):
        return {name: p.shape for name, p in model.named_parameters()}

    return outline(a) == outline(b)


# %% wrong a2_same_architecture needs_same_order
# El orden de registro no importa para cargar los pesos.
def same_architecture(a, b):
    def outline(model):
        return [(name, v.shape) for name, v in model.state_dict().items()]

    return outline(a) == outline(b)


# %% wrong a2_same_architecture compares_dtype
# Los pesos de float16 caben en la misma arquitectura.
def same_architecture(a, b):
    def outline(model):
        return {name: (v.shape, v.dtype) for name, v in model.state_dict().items()}

    return outline(a) == outline(b)


# %% wrong a2_same_architecture compares_text
# El árbol de módulos también nombra lo que no tiene pesos.
def same_architecture(a, b):
    return str(a) == str(b)


# %% wrong a2_same_architecture loads_into_b
# Funciona, pero machaca los pesos de b.
def same_architecture(a, b):
    try:
        b.load_state_dict(a.state_dict())
    except RuntimeError:
        return False
    return True


# %% right a2_same_architecture sorted_pairs
def same_architecture(a, b):
    def outline(model):
        return sorted((n, list(v.size())) for n, v in model.state_dict().items())

    return outline(a) == outline(b)


# %% right a2_same_architecture loads_into_copy
def same_architecture(a, b):
    import copy

    try:
        copy.deepcopy(b).load_state_dict(a.state_dict())
    except RuntimeError:
        return False
    return True


# %% wrong a2_kernel_names static_list
# Una lista fija no mira el modelo.
def operator_names(model, x):
    return sorted(
        "aten::" + name
        for name in "addmm as_strided copy_ expand linear resolve_conj t transpose".split()
    )


# %% wrong a2_kernel_names with_repeats
# Una entrada por llamada, no por operador.
def operator_names(model, x):
    with profile(activities=[ProfilerActivity.CPU]) as prof:
        model(x)
    return sorted(e.name for e in prof.events() if e.name.startswith("aten::"))


# %% wrong a2_kernel_names unsorted
# En el orden en que se ejecutaron.
def operator_names(model, x):
    with profile(activities=[ProfilerActivity.CPU]) as prof:
        model(x)
    names = [e.name for e in prof.events() if e.name.startswith("aten::")]
    return list(dict.fromkeys(names))


# %% wrong a2_kernel_names keeps_annotations
# «mi_bloque» no es un operador.
def operator_names(model, x):
    with profile(activities=[ProfilerActivity.CPU]) as prof:
        model(x)
    return sorted({e.key for e in prof.key_averages()})


# %% wrong a2_kernel_names without_prefix
# Quita «aten::».
def operator_names(model, x):
    with profile(activities=[ProfilerActivity.CPU]) as prof:
        model(x)
    keys = {e.key for e in prof.key_averages()}
    return sorted(k.removeprefix("aten::") for k in keys if k.startswith("aten::"))


# %% wrong a2_kernel_names top_level_only
# Solo los que no cuelgan de otro: falta aten::addmm.
def operator_names(model, x):
    with profile(activities=[ProfilerActivity.CPU]) as prof:
        model(x)
    events = [e for e in prof.events() if e.cpu_parent is None]
    return sorted({e.name for e in events if e.name.startswith("aten::")})


# %% wrong a2_kernel_names module_names
# Los módulos no son operadores.
def operator_names(model, x):
    model(x)
    return sorted({"aten::" + type(m).__name__.lower() for m in model.modules()})


# %% wrong a2_kernel_names switches_to_eval
# En eval, Dropout no ejecuta nada, y el modelo se queda así.
def operator_names(model, x):
    model.eval()
    with profile(activities=[ProfilerActivity.CPU]) as prof:
        model(x)
    return sorted({e.key for e in prof.key_averages() if e.key.startswith("aten::")})


# %% wrong a2_kernel_names warms_up_first
# Dos pasos hacia delante: BatchNorm cuenta dos lotes.
def operator_names(model, x):
    model(x)
    with profile(activities=[ProfilerActivity.CPU]) as prof:
        model(x)
    return sorted({e.key for e in prof.key_averages() if e.key.startswith("aten::")})


# %% wrong a2_kernel_names returns_set
# Un conjunto no tiene orden.
def operator_names(model, x):
    with profile(activities=[ProfilerActivity.CPU]) as prof:
        model(x)
    return {e.key for e in prof.key_averages() if e.key.startswith("aten::")}


# %% wrong a2_kernel_names forgets_to_run
# Graba un bloque vacío.
def operator_names(model, x):
    model(x)
    with profile(activities=[ProfilerActivity.CPU]) as prof:
        pass
    return sorted({e.key for e in prof.key_averages() if e.key.startswith("aten::")})


# %% right a2_kernel_names from_events
def operator_names(model, x):
    with torch.no_grad(), profile(activities=[ProfilerActivity.CPU]) as prof:
        model(x)
    found = []
    for event in prof.events():
        if event.name[:6] == "aten::" and event.name not in found:
            found.append(event.name)
    found.sort()
    return found


# %% right a2_kernel_names default_activities
def operator_names(model, x):
    prof = profile()
    prof.start()
    model(x)
    prof.stop()
    names = set()
    for row in prof.key_averages():
        names.add(row.key)
    return [name for name in sorted(names) if "aten::" in name]


# %% wrong a2_first_vs_rest first_in_median
# La primera llamada también entra en la mediana.
def time_calls(fn, n):
    if n < 2:
        raise ValueError(n)
    times = []
    for _ in range(n):
        start = time.perf_counter()
        fn()
        times.append(time.perf_counter() - start)
    return times[0], statistics.median(times)


# %% wrong a2_first_vs_rest mean_of_rest
# Una llamada lenta arrastra la media.
def time_calls(fn, n):
    if n < 2:
        raise ValueError(n)
    times = []
    for _ in range(n):
        start = time.perf_counter()
        fn()
        times.append(time.perf_counter() - start)
    return times[0], statistics.mean(times[1:])


# %% wrong a2_first_vs_rest wall_clock
# time.time salta cuando el sistema pone el reloj en hora.
def time_calls(fn, n):
    if n < 2:
        raise ValueError(n)
    times = []
    for _ in range(n):
        start = time.time()
        fn()
        times.append(time.time() - start)
    return times[0], statistics.median(times[1:])


# %% wrong a2_first_vs_rest wall_clock_imported
# El mismo reloj con otro nombre.
def time_calls(fn, n):
    from time import time as now

    if n < 2:
        raise ValueError(n)
    times = []
    for _ in range(n):
        start = now()
        fn()
        times.append(now() - start)
    return times[0], statistics.median(times[1:])


# %% wrong a2_first_vs_rest process_clock
# process_time no avanza mientras la función duerme.
def time_calls(fn, n):
    if n < 2:
        raise ValueError(n)
    times = []
    for _ in range(n):
        start = time.process_time()
        fn()
        times.append(time.process_time() - start)
    return times[0], statistics.median(times[1:])


# %% wrong a2_first_vs_rest total_over_count
# Mide el total y lo divide: es una media, no una mediana.
def time_calls(fn, n):
    if n < 2:
        raise ValueError(n)
    start = time.perf_counter()
    fn()
    first = time.perf_counter() - start
    start = time.perf_counter()
    for _ in range(n - 1):
        fn()
    return first, (time.perf_counter() - start) / (n - 1)


# %% wrong a2_first_vs_rest accepts_one
# Con n = 1 no hay demás.
def time_calls(fn, n):
    times = []
    for _ in range(n):
        start = time.perf_counter()
        fn()
        times.append(time.perf_counter() - start)
    return times[0], statistics.median(times[1:] or times)


# %% wrong a2_first_vs_rest raises_too_late
# Lanza ValueError, pero después de haber llamado a fn.
def time_calls(fn, n):
    times = []
    for _ in range(n):
        start = time.perf_counter()
        fn()
        times.append(time.perf_counter() - start)
    if len(times) < 2:
        raise ValueError(n)
    return times[0], statistics.median(times[1:])


# %% wrong a2_first_vs_rest milliseconds
# Se piden segundos.
def time_calls(fn, n):
    if n < 2:
        raise ValueError(n)
    times = []
    for _ in range(n):
        start = time.perf_counter()
        fn()
        times.append(1000 * (time.perf_counter() - start))
    return times[0], statistics.median(times[1:])


# %% wrong a2_first_vs_rest warms_up
# Una llamada de calentamiento esconde justo la que se quería medir.
def time_calls(fn, n):
    if n < 2:
        raise ValueError(n)
    fn()
    times = []
    for _ in range(n - 1):
        start = time.perf_counter()
        fn()
        times.append(time.perf_counter() - start)
    return times[0], statistics.median(times)


# %% wrong a2_first_vs_rest one_call_too_many
# La primera y otras n: son n + 1.
def time_calls(fn, n):
    if n < 2:
        raise ValueError(n)
    times = []
    for _ in range(n + 1):
        start = time.perf_counter()
        fn()
        times.append(time.perf_counter() - start)
    return times[0], statistics.median(times[1:])


# %% wrong a2_first_vs_rest best_of_rest
# El mínimo no es la mediana.
def time_calls(fn, n):
    if n < 2:
        raise ValueError(n)
    times = []
    for _ in range(n):
        start = time.perf_counter()
        fn()
        times.append(time.perf_counter() - start)
    return times[0], min(times[1:])


# %% right a2_first_vs_rest timeit
def time_calls(fn, n):
    import timeit

    if n < 2:
        raise ValueError("n tiene que ser al menos 2")
    first, *rest = timeit.repeat(fn, number=1, repeat=n)
    return first, statistics.median(rest)


# %% right a2_first_vs_rest nanoseconds
def time_calls(fn, n):
    if not n > 1:
        raise ValueError("n tiene que ser al menos 2")

    def one():
        start = time.perf_counter_ns()
        fn()
        return (time.perf_counter_ns() - start) / 1e9

    first = one()
    rest = sorted(one() for _ in range(n - 1))
    middle = len(rest) // 2
    if len(rest) % 2:
        return first, rest[middle]
    return first, (rest[middle - 1] + rest[middle]) / 2


# %% right a2_first_vs_rest monotonic
def time_calls(fn, n):
    from time import monotonic

    if n <= 1:
        raise ValueError("n tiene que ser al menos 2")
    marks = [monotonic()]
    for _ in range(n):
        fn()
        marks.append(monotonic())
    times = [after - before for before, after in zip(marks, marks[1:], strict=False)]
    return float(times[0]), float(statistics.median(times[1:]))
