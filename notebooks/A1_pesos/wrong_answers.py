"""Respuestas equivocadas típicas y correctas alternativas de la unidad A1."""


# %% wrong a1_neuron forgets_bias
# Sin sesgo la frontera pasa siempre por el origen.
def neuron(x, w, b, f):
    return f(x @ w)


# %% wrong a1_neuron sums_over_batch
# Mezcla los ejemplos del lote en un solo número.
def neuron(x, w, b, f):
    return f((x @ w + b).sum())


# %% wrong a1_neuron returns_list
# Una lista de números no es un tensor y pierde el gradiente.
def neuron(x, w, b, f):
    return [f(row @ w + b).item() for row in x]


# %% wrong a1_neuron bias_after_activation
# El sesgo tiene que mover el umbral: va dentro de la activación.
def neuron(x, w, b, f):
    return f(x @ w) + b


# %% wrong a1_neuron squeezes_batch_of_one
# Con un solo ejemplo la salida se queda sin dimensiones.
def neuron(x, w, b, f):
    return f((x * w).sum(dim=1) + b).squeeze()


# %% wrong a1_neuron keeps_column
# Devuelve [N, 1] en lugar de [N].
def neuron(x, w, b, f):
    return f(x @ w[:, None] + b)


# %% wrong a1_neuron casts_to_float32
# Pierde la precisión de float64.
def neuron(x, w, b, f):
    return f(x.float() @ w.float() + b)


# %% wrong a1_neuron rebuilds_tensor
# torch.tensor copia los números y corta el gradiente.
def neuron(x, w, b, f):
    return torch.tensor([float(f(row @ w + b)) for row in x], dtype=x.dtype)


# %% right a1_neuron sum_of_products
def neuron(x, w, b, f):
    return f((x * w).sum(dim=-1) + b)


# %% right a1_neuron functional_linear
def neuron(x, w, b, f):
    z = nn.functional.linear(x, w.unsqueeze(0)).squeeze(1)
    return f(z + b)


# %% right a1_neuron stacked_rows
def neuron(x, w, b, f):
    return torch.stack([f(row.dot(w) + b) for row in x])


# %% wrong a1_count_params counts_buffers
# state_dict lleva también las estadísticas de BatchNorm.
def count_parameters(model, trainable_only=False):
    if trainable_only:
        return sum(p.numel() for p in model.parameters() if p.requires_grad)
    return sum(v.numel() for v in model.state_dict().values())


# %% wrong a1_count_params counts_tied_twice
# Recorre las capas y cuenta dos veces lo compartido.
def count_parameters(model, trainable_only=False):
    total = 0
    for module in model.modules():
        for p in module.parameters(recurse=False):
            if p.requires_grad or not trainable_only:
                total += p.numel()
    return total


# %% wrong a1_count_params ignores_trainable_only
# Cuenta siempre todo.
def count_parameters(model, trainable_only=False):
    return sum(p.numel() for p in model.parameters())


# %% wrong a1_count_params always_trainable_only
# Cuenta siempre solo lo entrenable.
def count_parameters(model, trainable_only=False):
    return sum(p.numel() for p in model.parameters() if p.requires_grad)


# %% wrong a1_count_params counts_tensors
# Cuenta tensores, no números.
def count_parameters(model, trainable_only=False):
    return len([p for p in model.parameters() if p.requires_grad or not trainable_only])


# %% wrong a1_count_params formula_for_linear
# La fórmula de la capa densa no sirve para Conv2d ni para LSTM.
def count_parameters(model, trainable_only=False):
    total = 0
    for m in model.modules():
        if isinstance(m, nn.Linear) and (m.weight.requires_grad or not trainable_only):
            total += m.in_features * m.out_features + m.out_features
    return total


# %% wrong a1_count_params dedupes_by_shape
# Dos capas iguales no son la misma capa.
def count_parameters(model, trainable_only=False):
    shapes = {p.shape for p in model.parameters() if p.requires_grad or not trainable_only}
    return sum(shape.numel() for shape in shapes)


# %% wrong a1_count_params returns_tensor
# Se pide un int.
def count_parameters(model, trainable_only=False):
    sizes = [p.numel() for p in model.parameters() if p.requires_grad or not trainable_only]
    return torch.tensor(sizes).sum()


# %% right a1_count_params set_of_ids
def count_parameters(model, trainable_only=False):
    seen = {}
    for module in model.modules():
        for p in module.parameters(recurse=False):
            seen[id(p)] = p
    kept = [p for p in seen.values() if p.requires_grad or not trainable_only]
    total = 0
    for p in kept:
        size = 1
        for side in p.shape:
            size *= side
        total += size
    return total


# %% right a1_count_params nelement
def count_parameters(model, trainable_only=False):
    params = list(model.parameters())
    if trainable_only:
        params = list(filter(lambda p: p.requires_grad, params))
    return sum(map(torch.Tensor.nelement, params))


# %% wrong a1_init uses_fan_out
# En He cuentan las entradas, no las salidas.
def init_weights_(model, scheme):
    if scheme not in ("xavier", "he"):
        raise ValueError(scheme)
    for m in model.modules():
        if isinstance(m, (nn.Linear, nn.Conv2d)):
            if scheme == "xavier":
                nn.init.xavier_normal_(m.weight)
            else:
                nn.init.kaiming_normal_(m.weight, mode="fan_out", nonlinearity="relu")
            if m.bias is not None:
                nn.init.zeros_(m.bias)


# %% wrong a1_init leaves_biases
# Los sesgos se quedan con sus valores de antes.
def init_weights_(model, scheme):
    if scheme not in ("xavier", "he"):
        raise ValueError(scheme)
    for m in model.modules():
        if isinstance(m, (nn.Linear, nn.Conv2d)):
            if scheme == "xavier":
                nn.init.xavier_normal_(m.weight)
            else:
                nn.init.kaiming_normal_(m.weight, nonlinearity="relu")


# %% wrong a1_init returns_new_model
# El modelo recibido no cambia.
def init_weights_(model, scheme):
    import copy

    if scheme not in ("xavier", "he"):
        raise ValueError(scheme)
    model = copy.deepcopy(model)
    for m in model.modules():
        if isinstance(m, (nn.Linear, nn.Conv2d)):
            if scheme == "xavier":
                nn.init.xavier_normal_(m.weight)
            else:
                nn.init.kaiming_normal_(m.weight, nonlinearity="relu")
            if m.bias is not None:
                nn.init.zeros_(m.bias)
    return model


# %% wrong a1_init std_without_root
# Confunde varianza con desviación típica.
def init_weights_(model, scheme):
    if scheme not in ("xavier", "he"):
        raise ValueError(scheme)
    for m in model.modules():
        if isinstance(m, (nn.Linear, nn.Conv2d)):
            n_in, n_out = m.weight[0].numel(), m.weight[:, 0].numel()
            std = 2 / (n_in + n_out) if scheme == "xavier" else 2 / n_in
            nn.init.normal_(m.weight, 0.0, std)
            if m.bias is not None:
                nn.init.zeros_(m.bias)


# %% wrong a1_init channels_without_kernel
# En Conv2d cada salida ve in/groups * k_h * k_w entradas, no in.
def init_weights_(model, scheme):
    if scheme not in ("xavier", "he"):
        raise ValueError(scheme)
    for m in model.modules():
        if isinstance(m, (nn.Linear, nn.Conv2d)):
            n_out, n_in = m.weight.shape[:2]
            variance = 2 / (n_in + n_out) if scheme == "xavier" else 2 / n_in
            nn.init.normal_(m.weight, 0.0, variance**0.5)
            if m.bias is not None:
                nn.init.zeros_(m.bias)


# %% wrong a1_init pytorch_default_gain
# kaiming_uniform_ con a=sqrt(5), como hace nn.Linear, no es He.
def init_weights_(model, scheme):
    if scheme not in ("xavier", "he"):
        raise ValueError(scheme)
    for m in model.modules():
        if isinstance(m, (nn.Linear, nn.Conv2d)):
            if scheme == "xavier":
                nn.init.xavier_uniform_(m.weight)
            else:
                nn.init.kaiming_uniform_(m.weight, a=5**0.5)
            if m.bias is not None:
                nn.init.zeros_(m.bias)


# %% wrong a1_init unknown_means_he
# Un esquema mal escrito se acepta en silencio.
def init_weights_(model, scheme):
    for m in model.modules():
        if isinstance(m, (nn.Linear, nn.Conv2d)):
            if scheme == "xavier":
                nn.init.xavier_normal_(m.weight)
            else:
                nn.init.kaiming_normal_(m.weight, nonlinearity="relu")
            if m.bias is not None:
                nn.init.zeros_(m.bias)


# %% wrong a1_init touches_every_parameter
# También machaca BatchNorm y Embedding.
def init_weights_(model, scheme):
    if scheme not in ("xavier", "he"):
        raise ValueError(scheme)
    for p in model.parameters():
        if p.ndim < 2:
            nn.init.zeros_(p)
        elif scheme == "xavier":
            nn.init.xavier_normal_(p)
        else:
            nn.init.kaiming_normal_(p, nonlinearity="relu")


# %% wrong a1_init only_top_level
# Los hijos directos no son todas las capas.
def init_weights_(model, scheme):
    if scheme not in ("xavier", "he"):
        raise ValueError(scheme)
    for m in [model, *model.children()]:
        if isinstance(m, (nn.Linear, nn.Conv2d)):
            if scheme == "xavier":
                nn.init.xavier_normal_(m.weight)
            else:
                nn.init.kaiming_normal_(m.weight, nonlinearity="relu")
            if m.bias is not None:
                nn.init.zeros_(m.bias)


# %% wrong a1_init fixes_seed
# Fija la semilla por su cuenta: todos los sorteos salen iguales.
def init_weights_(model, scheme):
    if scheme not in ("xavier", "he"):
        raise ValueError(scheme)
    for m in model.modules():
        if isinstance(m, (nn.Linear, nn.Conv2d)):
            torch.manual_seed(0)
            if scheme == "xavier":
                nn.init.xavier_normal_(m.weight)
            else:
                nn.init.kaiming_normal_(m.weight, nonlinearity="relu")
            if m.bias is not None:
                nn.init.zeros_(m.bias)


# %% right a1_init with_nn_init_uniform
def init_weights_(model, scheme):
    if scheme == "xavier":
        draw = nn.init.xavier_uniform_
    elif scheme == "he":

        def draw(w):
            nn.init.kaiming_uniform_(w, nonlinearity="relu")
    else:
        raise ValueError(scheme)

    def visit(m):
        if isinstance(m, (nn.Linear, nn.Conv2d)):
            draw(m.weight)
            if m.bias is not None:
                m.bias.data.fill_(0)

    model.apply(visit)


# %% right a1_init by_hand_with_copy
def init_weights_(model, scheme):
    variances = {
        "xavier": lambda n_in, n_out: 2 / (n_in + n_out),
        "he": lambda n_in, n_out: 2 / n_in,
    }
    if scheme not in variances:
        raise ValueError(f"no conozco {scheme}")
    layers = [m for m in model.modules() if isinstance(m, (nn.Linear, nn.Conv2d))]
    with torch.no_grad():
        for m in layers:
            k = m.kernel_size[0] * m.kernel_size[1] if isinstance(m, nn.Conv2d) else 1
            n_in, n_out = m.weight.shape[1] * k, m.weight.shape[0] * k
            std = variances[scheme](n_in, n_out) ** 0.5
            m.weight.copy_(std * torch.randn(m.weight.shape))
            if m.bias is not None:
                m.bias *= 0


# %% wrong a1_step out_of_place
# Crea tensores nuevos y los tira: el modelo no cambia.
def sgd_step_(params, lr, weight_decay=0.0):
    for p in params:
        if p.grad is not None:
            p = p - lr * (p.grad + weight_decay * p)


# %% wrong a1_step decay_wrong_sign
# Con ese signo los pesos crecen.
def sgd_step_(params, lr, weight_decay=0.0):
    with torch.no_grad():
        for p in params:
            if p.grad is not None:
                p -= lr * (p.grad - weight_decay * p)


# %% wrong a1_step breaks_requires_grad
# Apaga requires_grad para poder escribir y no lo vuelve a encender.
def sgd_step_(params, lr, weight_decay=0.0):
    for p in params:
        if p.grad is not None:
            p.requires_grad_(False)
            p -= lr * (p.grad + weight_decay * p)


# %% wrong a1_step turns_everything_trainable
# Enciende requires_grad también en lo que estaba congelado.
def sgd_step_(params, lr, weight_decay=0.0):
    for p in params:
        if p.grad is not None:
            p.requires_grad_(False)
            p -= lr * (p.grad + weight_decay * p)
            p.requires_grad_(True)


# %% wrong a1_step gradient_ascent
# Sube por la pendiente en vez de bajar.
def sgd_step_(params, lr, weight_decay=0.0):
    with torch.no_grad():
        for p in params:
            if p.grad is not None:
                p += lr * (p.grad + weight_decay * p)


# %% wrong a1_step stops_at_missing_grad
# return sale de la función: los parámetros que siguen no se mueven.
def sgd_step_(params, lr, weight_decay=0.0):
    with torch.no_grad():
        for p in params:
            if p.grad is None:
                return
            p -= lr * (p.grad + weight_decay * p)


# %% wrong a1_step decays_without_grad
# Un parámetro sin gradiente no se toca, tampoco para encogerlo.
def sgd_step_(params, lr, weight_decay=0.0):
    with torch.no_grad():
        for p in params:
            g = torch.zeros_like(p) if p.grad is None else p.grad
            p -= lr * (g + weight_decay * p)


# %% wrong a1_step accumulates_decay_in_grad
# Modifica el gradiente de quien llama.
def sgd_step_(params, lr, weight_decay=0.0):
    with torch.no_grad():
        for p in params:
            if p.grad is not None:
                p.grad += weight_decay * p
                p -= lr * p.grad


# %% wrong a1_step clears_grad
# Borrar el gradiente es cosa de quien llama.
def sgd_step_(params, lr, weight_decay=0.0):
    with torch.no_grad():
        for p in params:
            if p.grad is not None:
                p -= lr * (p.grad + weight_decay * p)
                p.grad = None


# %% wrong a1_step decay_not_scaled_by_lr
# El decaimiento también va multiplicado por la tasa.
def sgd_step_(params, lr, weight_decay=0.0):
    with torch.no_grad():
        for p in params:
            if p.grad is not None:
                p -= lr * p.grad + weight_decay * p


# %% wrong a1_step decays_twice
# El decaimiento usa el peso ya movido.
def sgd_step_(params, lr, weight_decay=0.0):
    with torch.no_grad():
        for p in params:
            if p.grad is not None:
                p -= lr * p.grad
                p -= lr * weight_decay * p


# %% wrong a1_step walks_twice
# Un generador solo se puede recorrer una vez.
def sgd_step_(params, lr, weight_decay=0.0):
    n = len([p for p in params if p.grad is not None])
    with torch.no_grad():
        for p in params:
            if n and p.grad is not None:
                p -= lr * (p.grad + weight_decay * p)


# %% wrong a1_step leaves_autograd_off
# set_grad_enabled(False) sin volver a encenderlo.
def sgd_step_(params, lr, weight_decay=0.0):
    torch.set_grad_enabled(False)
    for p in params:
        if p.grad is not None:
            p -= lr * (p.grad + weight_decay * p)


# %% right a1_step shrink_then_move
def sgd_step_(params, lr, weight_decay=0.0):
    with torch.no_grad():
        for p in params:
            if p.grad is not None:
                p.mul_(1 - lr * weight_decay).add_(p.grad, alpha=-lr)


# %% right a1_step decorated_with_copy
@torch.no_grad()
def sgd_step_(params, lr, weight_decay=0.0):
    moved = [p for p in params if p.grad is not None]
    for p in moved:
        p.copy_(p - lr * p.grad - lr * weight_decay * p)


# %% right a1_step through_detach
def sgd_step_(params, lr, weight_decay=0.0):
    for p in params:
        if p.grad is not None:
            w = p.detach()
            w -= lr * (p.grad.detach() + weight_decay * w)


# %% wrong a1_freeze substring_match
# "1" está dentro de "10.weight" y de "0.1.weight".
def freeze_(model, prefixes):
    params = dict(model.named_parameters())
    for prefix in prefixes:
        if not any(prefix in name for name in params):
            raise ValueError(prefix)
    names = [n for n in params if any(prefix in n for prefix in prefixes)]
    for name in names:
        params[name].requires_grad_(False)
        params[name].grad = None
    return names


# %% wrong a1_freeze plain_startswith
# "1" también es el comienzo de "10.weight".
def freeze_(model, prefixes):
    params = dict(model.named_parameters())
    for prefix in prefixes:
        if not any(name.startswith(prefix) for name in params):
            raise ValueError(prefix)
    names = [n for n in params if n.startswith(tuple(prefixes))]
    for name in names:
        params[name].requires_grad_(False)
        params[name].grad = None
    return names


# %% wrong a1_freeze keeps_old_gradient
# Con un gradiente guardado, el momento y el decaimiento siguen moviendo el peso.
def freeze_(model, prefixes):
    params = dict(model.named_parameters())
    chosen = []
    for prefix in prefixes:
        found = [n for n in params if n == prefix or n.startswith(prefix + ".")]
        if not found:
            raise ValueError(prefix)
        chosen += found
    for name in chosen:
        params[name].requires_grad_(False)
    return [n for n in params if n in chosen]


# %% wrong a1_freeze zeroes_gradient
# Un gradiente de ceros no es None: el momento sigue empujando.
def freeze_(model, prefixes):
    params = dict(model.named_parameters())
    chosen = []
    for prefix in prefixes:
        found = [n for n in params if n == prefix or n.startswith(prefix + ".")]
        if not found:
            raise ValueError(prefix)
        chosen += found
    for name in chosen:
        params[name].requires_grad_(False)
        if params[name].grad is not None:
            params[name].grad.zero_()
    return [n for n in params if n in chosen]


# %% wrong a1_freeze silent_when_nothing_matches
# Un prefijo mal escrito pasa sin aviso.
def freeze_(model, prefixes):
    names = []
    for name, p in model.named_parameters():
        if any(name == x or name.startswith(x + ".") for x in prefixes):
            p.requires_grad_(False)
            p.grad = None
            names.append(name)
    return names


# %% wrong a1_freeze partial_before_error
# Congela lo primero y protesta después.
def freeze_(model, prefixes):
    names = set()
    for prefix in prefixes:
        found = 0
        for name, p in model.named_parameters():
            if name == prefix or name.startswith(prefix + "."):
                p.requires_grad_(False)
                p.grad = None
                names.add(name)
                found += 1
        if not found:
            raise ValueError(prefix)
    return [n for n, _ in model.named_parameters() if n in names]


# %% wrong a1_freeze order_of_prefixes
# Los nombres salen en el orden de los prefijos y repetidos.
def freeze_(model, prefixes):
    params = dict(model.named_parameters())
    names = []
    for prefix in prefixes:
        found = [n for n in params if n == prefix or n.startswith(prefix + ".")]
        if not found:
            raise ValueError(prefix)
        names += found
    for name in names:
        params[name].requires_grad_(False)
        params[name].grad = None
    return names


# %% wrong a1_freeze unfreezes_the_rest
# Lo que ya estaba congelado fuera de los prefijos tiene que seguir así.
def freeze_(model, prefixes):
    params = dict(model.named_parameters())
    chosen = []
    for prefix in prefixes:
        found = [n for n in params if n == prefix or n.startswith(prefix + ".")]
        if not found:
            raise ValueError(prefix)
        chosen += found
    for name, p in params.items():
        p.requires_grad_(name not in chosen)
        if name in chosen:
            p.grad = None
    return [n for n in params if n in chosen]


# %% right a1_freeze component_lists
def freeze_(model, prefixes):
    wanted = [prefix.split(".") for prefix in prefixes]
    used = [False] * len(wanted)
    names = []
    for name, _ in model.named_parameters():
        parts = name.split(".")
        hits = [i for i, w in enumerate(wanted) if parts[: len(w)] == w]
        for i in hits:
            used[i] = True
        if hits:
            names.append(name)
    if not all(used):
        raise ValueError("hay prefijos sin parámetros")
    for name in names:
        p = model.get_parameter(name)
        p.requires_grad = False
        p.grad = None
    return names


# %% right a1_freeze dotted_startswith
def freeze_(model, prefixes):
    dotted = tuple(prefix + "." for prefix in prefixes)
    names = [n for n, _ in model.named_parameters() if (n + ".").startswith(dotted)]
    for prefix in dotted:
        if not any((name + ".").startswith(prefix) for name in names):
            raise ValueError(prefix)
    for name, p in model.named_parameters():
        if name in names:
            p.grad = None
            p.requires_grad_(False)
    return names


# %% wrong a1_roundtrip pickles_whole_model
# Guarda la clase entera: hace falta su código para leerla, y cargarla ejecuta pickle.
def save_weights(model, path):
    torch.save(model, path)


def load_weights(model, path):
    loaded = torch.load(path, weights_only=False)
    model.load_state_dict(loaded.state_dict())


# %% wrong a1_roundtrip silent_strict_false
# strict=False se calla lo que falta y lo que sobra.
def save_weights(model, path):
    if path.endswith(".safetensors"):
        save_file(model.state_dict(), path)
    elif path.endswith((".pth", ".pt")):
        torch.save(model.state_dict(), path)
    else:
        raise ValueError(path)


def load_weights(model, path):
    if path.endswith(".safetensors"):
        state = load_file(path)
    elif path.endswith((".pth", ".pt")):
        state = torch.load(path, weights_only=True)
    else:
        raise ValueError(path)
    model.load_state_dict(state, strict=False)


# %% wrong a1_roundtrip half_loaded_on_error
# load_state_dict protesta cuando ya ha copiado lo que encajaba.
def save_weights(model, path):
    if path.endswith(".safetensors"):
        save_file(model.state_dict(), path)
    elif path.endswith((".pth", ".pt")):
        torch.save(model.state_dict(), path)
    else:
        raise ValueError(path)


def load_weights(model, path):
    if path.endswith(".safetensors"):
        state = load_file(path)
    elif path.endswith((".pth", ".pt")):
        state = torch.load(path, weights_only=True)
    else:
        raise ValueError(path)
    model.load_state_dict(state)


# %% wrong a1_roundtrip forgets_buffers
# Sin las estadísticas de BatchNorm, la salida en modo eval es otra.
def save_weights(model, path):
    state = {n: p.detach() for n, p in model.named_parameters()}
    if path.endswith(".safetensors"):
        save_file(state, path)
    elif path.endswith((".pth", ".pt")):
        torch.save(state, path)
    else:
        raise ValueError(path)


def load_weights(model, path):
    if path.endswith(".safetensors"):
        state = load_file(path)
    elif path.endswith((".pth", ".pt")):
        state = torch.load(path, weights_only=True)
    else:
        raise ValueError(path)
    own = dict(model.named_parameters())
    if own.keys() != state.keys():
        raise ValueError(own.keys() ^ state.keys())
    for name, p in own.items():
        if p.shape != state[name].shape:
            raise ValueError(name)
    with torch.no_grad():
        for name, p in own.items():
            p.copy_(state[name])


# %% wrong a1_roundtrip executes_hidden_code
# weights_only=False ejecuta lo que venga dentro del pickle.
def save_weights(model, path):
    if path.endswith(".safetensors"):
        save_file(model.state_dict(), path)
    elif path.endswith((".pth", ".pt")):
        torch.save(model.state_dict(), path)
    else:
        raise ValueError(path)


def load_weights(model, path):
    if path.endswith(".safetensors"):
        state = load_file(path)
    elif path.endswith((".pth", ".pt")):
        state = torch.load(path, weights_only=False)
    else:
        raise ValueError(path)
    own = model.state_dict()
    if own.keys() != state.keys():
        raise ValueError(own.keys() ^ state.keys())
    for name, value in own.items():
        if value.shape != state[name].shape:
            raise ValueError(name)
    model.load_state_dict(state)


# %% wrong a1_roundtrip broadcasts_shapes
# copy_ extiende un [1] a un [3] sin protestar.
def save_weights(model, path):
    if path.endswith(".safetensors"):
        save_file(model.state_dict(), path)
    elif path.endswith((".pth", ".pt")):
        torch.save(model.state_dict(), path)
    else:
        raise ValueError(path)


def load_weights(model, path):
    import copy

    if path.endswith(".safetensors"):
        state = load_file(path)
    elif path.endswith((".pth", ".pt")):
        state = torch.load(path, weights_only=True)
    else:
        raise ValueError(path)
    own = model.state_dict()
    if own.keys() != state.keys():
        raise ValueError(own.keys() ^ state.keys())
    trial = copy.deepcopy(own)
    for name in own:
        try:
            trial[name].copy_(state[name])
        except RuntimeError as error:
            raise ValueError(name) from error
    model.load_state_dict(trial)


# %% wrong a1_roundtrip ignores_extra_names
# Solo busca lo que falta; lo que sobra pasa en silencio.
def save_weights(model, path):
    if path.endswith(".safetensors"):
        save_file(model.state_dict(), path)
    elif path.endswith((".pth", ".pt")):
        torch.save(model.state_dict(), path)
    else:
        raise ValueError(path)


def load_weights(model, path):
    if path.endswith(".safetensors"):
        state = load_file(path)
    elif path.endswith((".pth", ".pt")):
        state = torch.load(path, weights_only=True)
    else:
        raise ValueError(path)
    own = model.state_dict()
    for name, value in own.items():
        if state[name].shape != value.shape:
            raise ValueError(name)
    model.load_state_dict({name: state[name] for name in own})


# %% wrong a1_roundtrip always_torch_format
# El final .safetensors pide ese formato, no un pickle con otro nombre.
def save_weights(model, path):
    torch.save(model.state_dict(), path)


def load_weights(model, path):
    state = torch.load(path, weights_only=True)
    own = model.state_dict()
    if own.keys() != state.keys():
        raise ValueError(own.keys() ^ state.keys())
    for name, value in own.items():
        if state[name].shape != value.shape:
            raise ValueError(name)
    model.load_state_dict(state)


# %% right a1_roundtrip trial_copy
def save_weights(model, path):
    savers = {"safetensors": save_file, "pth": torch.save, "pt": torch.save}
    end = path.rsplit(".", 1)[-1]
    if end not in savers:
        raise ValueError(f"final desconocido: {path}")
    savers[end](model.state_dict(), path)


def load_weights(model, path):
    import copy

    end = path.rsplit(".", 1)[-1]
    if end == "safetensors":
        state = load_file(path)
    elif end in ("pth", "pt"):
        state = torch.load(path, map_location="cpu")  # weights_only=True por defecto
    else:
        raise ValueError(f"final desconocido: {path}")
    copy.deepcopy(model).load_state_dict(state)  # si algo no encaja, protesta aquí
    model.load_state_dict(state)


# %% right a1_roundtrip restore_on_error
def save_weights(model, path):
    state = {name: v.detach().clone() for name, v in model.state_dict().items()}
    if path.endswith(".safetensors"):
        save_file(state, path)
    elif path.endswith(".pth") or path.endswith(".pt"):
        torch.save(state, path)
    else:
        raise ValueError(path)


def load_weights(model, path):
    if path.endswith(".safetensors"):
        state = load_file(path)
    elif path.endswith(".pth") or path.endswith(".pt"):
        state = torch.load(path, weights_only=True)
    else:
        raise ValueError(path)
    before = {name: v.detach().clone() for name, v in model.state_dict().items()}
    try:
        model.load_state_dict(state, strict=True)
    except RuntimeError:
        model.load_state_dict(before)
        raise


# %% right a1_roundtrip named_errors
def save_weights(model, path):
    if path.endswith(".safetensors"):
        save_file(model.state_dict(), path)
    elif path.endswith((".pth", ".pt")):
        torch.save(dict(model.state_dict()), path)
    else:
        raise ValueError(path)


def load_weights(model, path):
    if path.endswith(".safetensors"):
        state = load_file(path)
    elif path.endswith((".pth", ".pt")):
        state = torch.load(path, weights_only=True)
    else:
        raise ValueError(path)
    own = model.state_dict()
    for name in own:
        if name not in state:
            raise KeyError(name)
    for name in state:
        if name not in own:
            raise KeyError(name)
        if state[name].shape != own[name].shape:
            raise RuntimeError(f"forma de {name}")
    with torch.no_grad():
        for name, value in own.items():
            value.copy_(state[name])
