"""Respuestas equivocadas típicas y correctas alternativas de la unidad A3."""


# %% wrong a3_numpy_backward no_mean
# Suma los gradientes del lote: falta dividir entre n.
def mlp_backward(x, y, params):
    z = x @ params["W1"] + params["b1"]
    hidden = np.maximum(z, 0)
    logits = hidden @ params["W2"] + params["b2"]
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    g = powers / powers.sum(axis=1, keepdims=True)
    g[np.arange(len(y)), y] -= 1
    g_hidden = (g @ params["W2"].T) * (z > 0)
    return {
        "W1": x.T @ g_hidden,
        "b1": g_hidden.sum(axis=0),
        "W2": hidden.T @ g,
        "b2": g.sum(axis=0),
    }


# %% wrong a3_numpy_backward unstable_softmax
# exp(100000) es infinito, e infinito entre infinito, nan.
def mlp_backward(x, y, params):
    z = x @ params["W1"] + params["b1"]
    hidden = np.maximum(z, 0)
    logits = hidden @ params["W2"] + params["b2"]
    powers = np.exp(logits)
    g = powers / powers.sum(axis=1, keepdims=True)
    g[np.arange(len(y)), y] -= 1
    g = g / len(y)
    g_hidden = (g @ params["W2"].T) * (z > 0)
    return {
        "W1": x.T @ g_hidden,
        "b1": g_hidden.sum(axis=0),
        "W2": hidden.T @ g,
        "b2": g.sum(axis=0),
    }


# %% wrong a3_numpy_backward one_shift_for_all
# Resta el máximo de todo el lote: otras filas se quedan en exp(-100000) = 0.
def mlp_backward(x, y, params):
    z = x @ params["W1"] + params["b1"]
    hidden = np.maximum(z, 0)
    logits = hidden @ params["W2"] + params["b2"]
    powers = np.exp(logits - logits.max())
    g = powers / powers.sum(axis=1, keepdims=True)
    g[np.arange(len(y)), y] -= 1
    g = g / len(y)
    g_hidden = (g @ params["W2"].T) * (z > 0)
    return {
        "W1": x.T @ g_hidden,
        "b1": g_hidden.sum(axis=0),
        "W2": hidden.T @ g,
        "b2": g.sum(axis=0),
    }


# %% wrong a3_numpy_backward clips_logits
# Recortar los logits cambia la pérdida y sus gradientes.
def mlp_backward(x, y, params):
    z = x @ params["W1"] + params["b1"]
    hidden = np.maximum(z, 0)
    logits = np.clip(hidden @ params["W2"] + params["b2"], -500, 500)
    powers = np.exp(logits)
    g = powers / powers.sum(axis=1, keepdims=True)
    g[np.arange(len(y)), y] -= 1
    g = g / len(y)
    g_hidden = (g @ params["W2"].T) * (z > 0)
    return {
        "W1": x.T @ g_hidden,
        "b1": g_hidden.sum(axis=0),
        "W2": hidden.T @ g,
        "b2": g.sum(axis=0),
    }


# %% wrong a3_numpy_backward no_relu_mask
# El gradiente pasa también por las neuronas apagadas.
def mlp_backward(x, y, params):
    z = x @ params["W1"] + params["b1"]
    hidden = np.maximum(z, 0)
    logits = hidden @ params["W2"] + params["b2"]
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    g = powers / powers.sum(axis=1, keepdims=True)
    g[np.arange(len(y)), y] -= 1
    g = g / len(y)
    g_hidden = g @ params["W2"].T
    return {
        "W1": x.T @ g_hidden,
        "b1": g_hidden.sum(axis=0),
        "W2": hidden.T @ g,
        "b2": g.sum(axis=0),
    }


# %% wrong a3_numpy_backward relu_at_zero
# En 0 justo, PyTorch usa la derivada 0.
def mlp_backward(x, y, params):
    z = x @ params["W1"] + params["b1"]
    hidden = np.maximum(z, 0)
    logits = hidden @ params["W2"] + params["b2"]
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    g = powers / powers.sum(axis=1, keepdims=True)
    g[np.arange(len(y)), y] -= 1
    g = g / len(y)
    g_hidden = (g @ params["W2"].T) * (z >= 0)
    return {
        "W1": x.T @ g_hidden,
        "b1": g_hidden.sum(axis=0),
        "W2": hidden.T @ g,
        "b2": g.sum(axis=0),
    }


# %% wrong a3_numpy_backward mask_after_second_layer
# Calcula el gradiente de W2 con z en vez de con la activación.
def mlp_backward(x, y, params):
    z = x @ params["W1"] + params["b1"]
    logits = np.maximum(z, 0) @ params["W2"] + params["b2"]
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    g = powers / powers.sum(axis=1, keepdims=True)
    g[np.arange(len(y)), y] -= 1
    g = g / len(y)
    g_hidden = (g @ params["W2"].T) * (z > 0)
    return {
        "W1": x.T @ g_hidden,
        "b1": g_hidden.sum(axis=0),
        "W2": z.T @ g,
        "b2": g.sum(axis=0),
    }


# %% wrong a3_numpy_backward double_always
# Devuelve float64 aunque los parámetros sean float32.
def mlp_backward(x, y, params):
    x = x.astype(np.float64)
    p = {k: v.astype(np.float64) for k, v in params.items()}
    z = x @ p["W1"] + p["b1"]
    hidden = np.maximum(z, 0)
    logits = hidden @ p["W2"] + p["b2"]
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    g = powers / powers.sum(axis=1, keepdims=True)
    g[np.arange(len(y)), y] -= 1
    g = g / len(y)
    g_hidden = (g @ p["W2"].T) * (z > 0)
    return {
        "W1": x.T @ g_hidden,
        "b1": g_hidden.sum(axis=0),
        "W2": hidden.T @ g,
        "b2": g.sum(axis=0),
    }


# %% wrong a3_numpy_backward updates_params
# Da un paso de descenso de gradiente sobre los parámetros recibidos.
def mlp_backward(x, y, params):
    z = x @ params["W1"] + params["b1"]
    hidden = np.maximum(z, 0)
    logits = hidden @ params["W2"] + params["b2"]
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    g = powers / powers.sum(axis=1, keepdims=True)
    g[np.arange(len(y)), y] -= 1
    g = g / len(y)
    g_hidden = (g @ params["W2"].T) * (z > 0)
    grads = {
        "W1": x.T @ g_hidden,
        "b1": g_hidden.sum(axis=0),
        "W2": hidden.T @ g,
        "b2": g.sum(axis=0),
    }
    for name in params:
        params[name] -= 0.1 * grads[name]
    return grads


# %% right a3_numpy_backward autograd
def mlp_backward(x, y, params):
    leaves = {k: torch.tensor(v, requires_grad=True) for k, v in params.items()}
    hidden = torch.relu(torch.tensor(x) @ leaves["W1"] + leaves["b1"])
    logits = hidden @ leaves["W2"] + leaves["b2"]
    nn.functional.cross_entropy(logits, torch.tensor(y)).backward()
    return {k: v.grad.numpy() for k, v in leaves.items()}


# %% right a3_numpy_backward sample_by_sample
def mlp_backward(x, y, params):
    grads = {k: np.zeros_like(v) for k, v in params.items()}
    n = x.shape[0]
    for row, label in zip(x, y, strict=True):
        z = params["W1"].T @ row + params["b1"]
        h = np.where(z > 0, z, 0).astype(z.dtype)
        logits = params["W2"].T @ h + params["b2"]
        logits = logits - np.max(logits)
        p = np.exp(logits) / np.sum(np.exp(logits))
        p[label] = p[label] - 1
        back = (params["W2"] @ p) * np.where(z > 0, 1, 0).astype(z.dtype)
        grads["W2"] += np.outer(h, p) / n
        grads["b2"] += p / n
        grads["W1"] += np.outer(row, back) / n
        grads["b1"] += back / n
    return grads


# %% right a3_numpy_backward one_hot
def mlp_backward(x, y, params):
    W1, b1, W2, b2 = (params[k] for k in ("W1", "b1", "W2", "b2"))
    H = np.clip(x @ W1 + b1, 0, None)
    Z = H @ W2 + b2
    Z = Z - Z.max(1)[:, None]
    P = np.exp(Z - np.log(np.exp(Z).sum(1, keepdims=True)))
    Y = np.eye(W2.shape[1], dtype=P.dtype)[y]
    G = (P - Y) / x.shape[0]
    D = np.where(H > 0, G @ W2.T, 0).astype(H.dtype)
    return dict(W1=x.T @ D, b1=D.sum(0), W2=H.T @ G, b2=G.sum(0))


# %% wrong a3_lora b_not_zero
# La capa recién creada ya no da lo mismo que la base.
class LoRALinear(nn.Module):
    def __init__(self, base, r, alpha):
        super().__init__()
        if r < 1:
            raise ValueError(r)
        self.base = base.requires_grad_(False)
        self.scale = alpha / r
        n_out, n_in = base.weight.shape
        dtype = base.weight.dtype
        self.A = nn.Parameter(torch.randn(r, n_in, dtype=dtype) / math.sqrt(n_in))
        self.B = nn.Parameter(torch.randn(n_out, r, dtype=dtype) / math.sqrt(r))

    def forward(self, x):
        return self.base(x) + self.scale * (x @ self.A.T @ self.B.T)

    def merge(self):
        n_out, n_in = self.base.weight.shape
        has_bias = self.base.bias is not None
        merged = nn.Linear(n_in, n_out, bias=has_bias, dtype=self.base.weight.dtype)
        with torch.no_grad():
            merged.weight.copy_(self.base.weight + self.scale * (self.B @ self.A))
            if has_bias:
                merged.bias.copy_(self.base.bias)
        return merged


# %% wrong a3_lora both_zero
# Con A y B en ceros no llega gradiente a ninguno de los dos.
class LoRALinear(nn.Module):
    def __init__(self, base, r, alpha):
        super().__init__()
        if r < 1:
            raise ValueError(r)
        self.base = base.requires_grad_(False)
        self.scale = alpha / r
        n_out, n_in = base.weight.shape
        dtype = base.weight.dtype
        self.A = nn.Parameter(torch.zeros(r, n_in, dtype=dtype))
        self.B = nn.Parameter(torch.zeros(n_out, r, dtype=dtype))

    def forward(self, x):
        return self.base(x) + self.scale * (x @ self.A.T @ self.B.T)

    def merge(self):
        n_out, n_in = self.base.weight.shape
        has_bias = self.base.bias is not None
        merged = nn.Linear(n_in, n_out, bias=has_bias, dtype=self.base.weight.dtype)
        with torch.no_grad():
            merged.weight.copy_(self.base.weight + self.scale * (self.B @ self.A))
            if has_bias:
                merged.bias.copy_(self.base.bias)
        return merged


# %% wrong a3_lora no_scale
# Falta alpha / r.
class LoRALinear(nn.Module):
    def __init__(self, base, r, alpha):
        super().__init__()
        if r < 1:
            raise ValueError(r)
        self.base = base.requires_grad_(False)
        n_out, n_in = base.weight.shape
        dtype = base.weight.dtype
        self.A = nn.Parameter(torch.randn(r, n_in, dtype=dtype) / math.sqrt(n_in))
        self.B = nn.Parameter(torch.zeros(n_out, r, dtype=dtype))

    def forward(self, x):
        return self.base(x) + x @ self.A.T @ self.B.T

    def merge(self):
        n_out, n_in = self.base.weight.shape
        has_bias = self.base.bias is not None
        merged = nn.Linear(n_in, n_out, bias=has_bias, dtype=self.base.weight.dtype)
        with torch.no_grad():
            merged.weight.copy_(self.base.weight + self.B @ self.A)
            if has_bias:
                merged.bias.copy_(self.base.bias)
        return merged


# %% wrong a3_lora scale_without_rank
# Multiplica por alpha y no por alpha / r.
class LoRALinear(nn.Module):
    def __init__(self, base, r, alpha):
        super().__init__()
        if r < 1:
            raise ValueError(r)
        self.base = base.requires_grad_(False)
        self.scale = alpha
        n_out, n_in = base.weight.shape
        dtype = base.weight.dtype
        self.A = nn.Parameter(torch.randn(r, n_in, dtype=dtype) / math.sqrt(n_in))
        self.B = nn.Parameter(torch.zeros(n_out, r, dtype=dtype))

    def forward(self, x):
        return self.base(x) + self.scale * (x @ self.A.T @ self.B.T)

    def merge(self):
        n_out, n_in = self.base.weight.shape
        has_bias = self.base.bias is not None
        merged = nn.Linear(n_in, n_out, bias=has_bias, dtype=self.base.weight.dtype)
        with torch.no_grad():
            merged.weight.copy_(self.base.weight + self.scale * (self.B @ self.A))
            if has_bias:
                merged.bias.copy_(self.base.bias)
        return merged


# %% wrong a3_lora base_trains
# Se entrena todo: la base no está congelada.
class LoRALinear(nn.Module):
    def __init__(self, base, r, alpha):
        super().__init__()
        if r < 1:
            raise ValueError(r)
        self.base = base
        self.scale = alpha / r
        n_out, n_in = base.weight.shape
        dtype = base.weight.dtype
        self.A = nn.Parameter(torch.randn(r, n_in, dtype=dtype) / math.sqrt(n_in))
        self.B = nn.Parameter(torch.zeros(n_out, r, dtype=dtype))

    def forward(self, x):
        return self.base(x) + self.scale * (x @ self.A.T @ self.B.T)

    def merge(self):
        n_out, n_in = self.base.weight.shape
        has_bias = self.base.bias is not None
        merged = nn.Linear(n_in, n_out, bias=has_bias, dtype=self.base.weight.dtype)
        with torch.no_grad():
            merged.weight.copy_(self.base.weight + self.scale * (self.B @ self.A))
            if has_bias:
                merged.bias.copy_(self.base.bias)
        return merged


# %% wrong a3_lora bias_trains
# Congela la matriz y olvida el sesgo.
class LoRALinear(nn.Module):
    def __init__(self, base, r, alpha):
        super().__init__()
        if r < 1:
            raise ValueError(r)
        self.base = base
        self.base.weight.requires_grad_(False)
        self.scale = alpha / r
        n_out, n_in = base.weight.shape
        dtype = base.weight.dtype
        self.A = nn.Parameter(torch.randn(r, n_in, dtype=dtype) / math.sqrt(n_in))
        self.B = nn.Parameter(torch.zeros(n_out, r, dtype=dtype))

    def forward(self, x):
        return self.base(x) + self.scale * (x @ self.A.T @ self.B.T)

    def merge(self):
        n_out, n_in = self.base.weight.shape
        has_bias = self.base.bias is not None
        merged = nn.Linear(n_in, n_out, bias=has_bias, dtype=self.base.weight.dtype)
        with torch.no_grad():
            merged.weight.copy_(self.base.weight + self.scale * (self.B @ self.A))
            if has_bias:
                merged.bias.copy_(self.base.bias)
        return merged


# %% wrong a3_lora accepts_zero_rank
# r = 0 divide entre cero o no ajusta nada.
class LoRALinear(nn.Module):
    def __init__(self, base, r, alpha):
        super().__init__()
        r = max(r, 1)
        self.base = base.requires_grad_(False)
        self.scale = alpha / r
        n_out, n_in = base.weight.shape
        dtype = base.weight.dtype
        self.A = nn.Parameter(torch.randn(r, n_in, dtype=dtype) / math.sqrt(n_in))
        self.B = nn.Parameter(torch.zeros(n_out, r, dtype=dtype))

    def forward(self, x):
        return self.base(x) + self.scale * (x @ self.A.T @ self.B.T)

    def merge(self):
        n_out, n_in = self.base.weight.shape
        has_bias = self.base.bias is not None
        merged = nn.Linear(n_in, n_out, bias=has_bias, dtype=self.base.weight.dtype)
        with torch.no_grad():
            merged.weight.copy_(self.base.weight + self.scale * (self.B @ self.A))
            if has_bias:
                merged.bias.copy_(self.base.bias)
        return merged


# %% wrong a3_lora merges_in_place
# merge() suma el ajuste a la base: la capa lo cuenta dos veces desde entonces.
class LoRALinear(nn.Module):
    def __init__(self, base, r, alpha):
        super().__init__()
        if r < 1:
            raise ValueError(r)
        self.base = base.requires_grad_(False)
        self.scale = alpha / r
        n_out, n_in = base.weight.shape
        dtype = base.weight.dtype
        self.A = nn.Parameter(torch.randn(r, n_in, dtype=dtype) / math.sqrt(n_in))
        self.B = nn.Parameter(torch.zeros(n_out, r, dtype=dtype))

    def forward(self, x):
        return self.base(x) + self.scale * (x @ self.A.T @ self.B.T)

    def merge(self):
        with torch.no_grad():
            self.base.weight += self.scale * (self.B @ self.A)
        return self.base


# %% wrong a3_lora merge_without_bias
# La capa fundida pierde el sesgo.
class LoRALinear(nn.Module):
    def __init__(self, base, r, alpha):
        super().__init__()
        if r < 1:
            raise ValueError(r)
        self.base = base.requires_grad_(False)
        self.scale = alpha / r
        n_out, n_in = base.weight.shape
        dtype = base.weight.dtype
        self.A = nn.Parameter(torch.randn(r, n_in, dtype=dtype) / math.sqrt(n_in))
        self.B = nn.Parameter(torch.zeros(n_out, r, dtype=dtype))

    def forward(self, x):
        return self.base(x) + self.scale * (x @ self.A.T @ self.B.T)

    def merge(self):
        n_out, n_in = self.base.weight.shape
        merged = nn.Linear(n_in, n_out, bias=False, dtype=self.base.weight.dtype)
        with torch.no_grad():
            merged.weight.copy_(self.base.weight + self.scale * (self.B @ self.A))
        return merged


# %% wrong a3_lora single_precision
# A y B en float32 aunque la base sea float64.
class LoRALinear(nn.Module):
    def __init__(self, base, r, alpha):
        super().__init__()
        if r < 1:
            raise ValueError(r)
        self.base = base.requires_grad_(False)
        self.scale = alpha / r
        n_out, n_in = base.weight.shape
        self.A = nn.Parameter(torch.randn(r, n_in) / math.sqrt(n_in))
        self.B = nn.Parameter(torch.zeros(n_out, r))

    def forward(self, x):
        return self.base(x) + self.scale * (x.float() @ self.A.T @ self.B.T)

    def merge(self):
        n_out, n_in = self.base.weight.shape
        has_bias = self.base.bias is not None
        merged = nn.Linear(n_in, n_out, bias=has_bias, dtype=self.base.weight.dtype)
        with torch.no_grad():
            merged.weight.copy_(self.base.weight + self.scale * (self.B @ self.A))
            if has_bias:
                merged.bias.copy_(self.base.bias)
        return merged


# %% wrong a3_lora detached_update
# El ajuste sale de no_grad: A y B no reciben gradiente.
class LoRALinear(nn.Module):
    def __init__(self, base, r, alpha):
        super().__init__()
        if r < 1:
            raise ValueError(r)
        self.base = base.requires_grad_(False)
        self.scale = alpha / r
        n_out, n_in = base.weight.shape
        dtype = base.weight.dtype
        self.A = nn.Parameter(torch.randn(r, n_in, dtype=dtype) / math.sqrt(n_in))
        self.B = nn.Parameter(torch.zeros(n_out, r, dtype=dtype))

    def forward(self, x):
        return self.base(x) + self.scale * (x @ (self.B @ self.A).detach().T)

    def merge(self):
        n_out, n_in = self.base.weight.shape
        has_bias = self.base.bias is not None
        merged = nn.Linear(n_in, n_out, bias=has_bias, dtype=self.base.weight.dtype)
        with torch.no_grad():
            merged.weight.copy_(self.base.weight + self.scale * (self.B @ self.A))
            if has_bias:
                merged.bias.copy_(self.base.bias)
        return merged


# %% right a3_lora functional
class LoRALinear(nn.Module):
    def __init__(self, base, r, alpha):
        super().__init__()
        if not r >= 1:
            raise ValueError("r tiene que ser al menos 1")
        for p in base.parameters():
            p.requires_grad = False
        self.base, self.r, self.alpha = base, r, alpha
        self.A = nn.Parameter(base.weight.new_empty(r, base.in_features))
        nn.init.normal_(self.A, std=base.in_features**-0.5)
        self.B = nn.Parameter(base.weight.new_zeros(base.out_features, r))

    def _weight(self):
        return self.base.weight + (self.alpha / self.r) * self.B @ self.A

    def forward(self, x):
        return nn.functional.linear(x, self._weight(), self.base.bias)

    def merge(self):
        import copy

        merged = copy.deepcopy(self.base)
        merged.weight.data = self._weight().detach().clone()
        return merged


# %% right a3_lora two_layers
class LoRALinear(nn.Module):
    def __init__(self, base, r, alpha):
        if r <= 0:
            raise ValueError("rango no válido")
        super().__init__()
        self.base = base
        self.base.weight.requires_grad = False
        if self.base.bias is not None:
            self.base.bias.requires_grad = False
        kind = base.weight.dtype
        self.A = nn.Parameter(
            torch.normal(0.0, base.in_features**-0.5, (r, base.in_features)).to(kind)
        )
        self.B = nn.Parameter(torch.zeros((base.out_features, r)).to(kind))
        self.factor = float(alpha) / r

    def forward(self, x):
        low = nn.functional.linear(x, self.A)
        return self.base(x).add(nn.functional.linear(low, self.B), alpha=self.factor)

    @torch.no_grad()
    def merge(self):
        has_bias = self.base.bias is not None
        out = nn.Linear(self.base.in_features, self.base.out_features, bias=has_bias)
        out = out.to(self.base.weight.dtype)
        state = {k: v.clone() for k, v in self.base.state_dict().items()}
        state["weight"] += self.factor * self.B @ self.A
        out.load_state_dict(state)
        return out


# %% wrong a3_quantize divides_by_zero
# Un bloque de ceros da 0 / 0.
def quantize_absmax(w, bits, block):
    if not 2 <= bits <= 8 or block < 1:
        raise ValueError(bits)
    n_blocks = -(-w.size // block)
    rows = np.zeros(n_blocks * block, dtype=np.float32)
    rows[: w.size] = w.reshape(-1)
    rows = rows.reshape(n_blocks, block)
    scales = np.abs(rows).max(axis=1) / np.float32(2 ** (bits - 1) - 1)
    q = np.rint(rows / scales[:, None])
    return q.astype(np.int8).reshape(-1)[: w.size].reshape(w.shape), scales


def dequantize(q, scales, block):
    return np.repeat(scales, block)[: q.size].reshape(q.shape) * q.astype(np.float32)


# %% wrong a3_quantize scale_per_tensor
# Una sola escala, repetida en todos los bloques.
def quantize_absmax(w, bits, block):
    if not 2 <= bits <= 8 or block < 1:
        raise ValueError(bits)
    q_max = 2 ** (bits - 1) - 1
    scale = np.float32(np.abs(w).max() / q_max)
    q = np.rint(w / (scale or 1)).astype(np.int8)
    return q, np.full(-(-w.size // block), scale, dtype=np.float32)


def dequantize(q, scales, block):
    return np.repeat(scales, block)[: q.size].reshape(q.shape) * q.astype(np.float32)


# %% wrong a3_quantize drops_last_block
# Solo cuenta los bloques enteros.
def quantize_absmax(w, bits, block):
    if not 2 <= bits <= 8 or block < 1:
        raise ValueError(bits)
    q_max = 2 ** (bits - 1) - 1
    flat = np.array(w, dtype=np.float32).reshape(-1)
    n = flat.size // block
    q = np.zeros(flat.size, dtype=np.int8)
    rows = flat[: n * block].reshape(n, block)
    scales = np.abs(rows).max(axis=1) / np.float32(q_max)
    steps = np.where(scales == 0, np.float32(1), scales)
    q[: n * block] = np.rint(rows / steps[:, None]).reshape(-1)
    return q.reshape(w.shape), scales


def dequantize(q, scales, block):
    steps = np.zeros(q.size, dtype=np.float32)
    steps[: scales.size * block] = np.repeat(scales, block)[: q.size]
    return steps.reshape(q.shape) * q.astype(np.float32)


# %% wrong a3_quantize truncates
# astype trunca hacia cero: el error llega a una escala entera.
def quantize_absmax(w, bits, block):
    if not 2 <= bits <= 8 or block < 1:
        raise ValueError(bits)
    q_max = 2 ** (bits - 1) - 1
    n_blocks = -(-w.size // block)
    rows = np.zeros(n_blocks * block, dtype=np.float32)
    rows[: w.size] = w.reshape(-1)
    rows = rows.reshape(n_blocks, block)
    scales = np.abs(rows).max(axis=1) / np.float32(q_max)
    steps = np.where(scales == 0, np.float32(1), scales)
    q = (rows / steps[:, None]).astype(np.int8)
    return q.reshape(-1)[: w.size].reshape(w.shape), scales


def dequantize(q, scales, block):
    return np.repeat(scales, block)[: q.size].reshape(q.shape) * q.astype(np.float32)


# %% wrong a3_quantize max_without_abs
# El mayor con signo no es el mayor en valor absoluto.
def quantize_absmax(w, bits, block):
    if not 2 <= bits <= 8 or block < 1:
        raise ValueError(bits)
    q_max = 2 ** (bits - 1) - 1
    n_blocks = -(-w.size // block)
    rows = np.zeros(n_blocks * block, dtype=np.float32)
    rows[: w.size] = w.reshape(-1)
    rows = rows.reshape(n_blocks, block)
    scales = rows.max(axis=1) / np.float32(q_max)
    steps = np.where(scales == 0, np.float32(1), scales)
    q = np.rint(rows / steps[:, None]).clip(-q_max, q_max).astype(np.int8)
    return q.reshape(-1)[: w.size].reshape(w.shape), scales


def dequantize(q, scales, block):
    return np.repeat(scales, block)[: q.size].reshape(q.shape) * q.astype(np.float32)


# %% wrong a3_quantize uses_128
# Con 2**(b-1), el mayor peso positivo no cabe en int8.
def quantize_absmax(w, bits, block):
    if not 2 <= bits <= 8 or block < 1:
        raise ValueError(bits)
    top = 2 ** (bits - 1)
    n_blocks = -(-w.size // block)
    rows = np.zeros(n_blocks * block, dtype=np.float32)
    rows[: w.size] = w.reshape(-1)
    rows = rows.reshape(n_blocks, block)
    scales = np.abs(rows).max(axis=1) / np.float32(top)
    steps = np.where(scales == 0, np.float32(1), scales)
    q = np.rint(rows / steps[:, None]).clip(-top, top - 1).astype(np.int8)
    return q.reshape(-1)[: w.size].reshape(w.shape), scales


def dequantize(q, scales, block):
    return np.repeat(scales, block)[: q.size].reshape(q.shape) * q.astype(np.float32)


# %% wrong a3_quantize flat_result
# Pierde la forma de la matriz.
def quantize_absmax(w, bits, block):
    if not 2 <= bits <= 8 or block < 1:
        raise ValueError(bits)
    q_max = 2 ** (bits - 1) - 1
    n_blocks = -(-w.size // block)
    rows = np.zeros(n_blocks * block, dtype=np.float32)
    rows[: w.size] = w.reshape(-1)
    rows = rows.reshape(n_blocks, block)
    scales = np.abs(rows).max(axis=1) / np.float32(q_max)
    steps = np.where(scales == 0, np.float32(1), scales)
    return np.rint(rows / steps[:, None]).astype(np.int8).reshape(-1)[: w.size], scales


def dequantize(q, scales, block):
    return np.repeat(scales, block)[: q.size].reshape(q.shape) * q.astype(np.float32)


# %% wrong a3_quantize memory_order
# Con una vista traspuesta recorre la memoria, no las filas.
def quantize_absmax(w, bits, block):
    if not 2 <= bits <= 8 or block < 1:
        raise ValueError(bits)
    q_max = 2 ** (bits - 1) - 1
    n_blocks = -(-w.size // block)
    rows = np.zeros(n_blocks * block, dtype=np.float32)
    rows[: w.size] = w.ravel(order="F") if w.ndim == 2 else w.reshape(-1)
    rows = rows.reshape(n_blocks, block)
    scales = np.abs(rows).max(axis=1) / np.float32(q_max)
    steps = np.where(scales == 0, np.float32(1), scales)
    q = np.rint(rows / steps[:, None]).astype(np.int8).reshape(-1)[: w.size]
    return q.reshape(w.shape, order="F" if w.ndim == 2 else "C"), scales


def dequantize(q, scales, block):
    return np.repeat(scales, block)[: q.size].reshape(q.shape) * q.astype(np.float32)


# %% wrong a3_quantize any_bits
# Con 16 bits, los enteros no caben en int8.
def quantize_absmax(w, bits, block):
    q_max = max(2.0 ** (bits - 1) - 1, 1)
    block = max(block, 1)
    n_blocks = -(-w.size // block)
    rows = np.zeros(n_blocks * block, dtype=np.float32)
    rows[: w.size] = w.reshape(-1)
    rows = rows.reshape(n_blocks, block)
    scales = np.abs(rows).max(axis=1) / np.float32(q_max)
    steps = np.where(scales == 0, np.float32(1), scales)
    q = np.rint(rows / steps[:, None]).astype(np.int8)
    return q.reshape(-1)[: w.size].reshape(w.shape), scales


def dequantize(q, scales, block):
    return np.repeat(scales, block)[: q.size].reshape(q.shape) * q.astype(np.float32)


# %% wrong a3_quantize double_scales
# Escalas de 64 bits: el doble de memoria de la que se pide.
def quantize_absmax(w, bits, block):
    if not 2 <= bits <= 8 or block < 1:
        raise ValueError(bits)
    q_max = 2 ** (bits - 1) - 1
    n_blocks = -(-w.size // block)
    rows = np.zeros(n_blocks * block)
    rows[: w.size] = w.reshape(-1)
    rows = rows.reshape(n_blocks, block)
    scales = np.abs(rows).max(axis=1) / q_max
    steps = np.where(scales == 0, 1, scales)
    q = np.rint(rows / steps[:, None]).astype(np.int8)
    return q.reshape(-1)[: w.size].reshape(w.shape), scales


def dequantize(q, scales, block):
    return np.repeat(scales, block)[: q.size].reshape(q.shape) * q.astype(np.float64)


# %% right a3_quantize loop_over_blocks
def quantize_absmax(w, bits, block):
    if bits < 2 or bits > 8:
        raise ValueError("bits")
    if block <= 0:
        raise ValueError("block")
    top = 2 ** (bits - 1) - 1
    flat = np.array(w, dtype=np.float64).flatten()
    q, scales = [], []
    for start in range(0, len(flat), block):
        part = flat[start : start + block]
        scale = max(abs(v) for v in part) / top
        scales.append(scale)
        q += [round(v / scale) if scale else 0 for v in part]
    return np.array(q, np.int8).reshape(w.shape), np.array(scales, np.float32)


def dequantize(q, scales, block):
    out = np.empty(q.size, dtype=np.float32)
    for i, value in enumerate(q.flatten()):
        out[i] = float(value) * float(scales[i // block])
    return out.reshape(q.shape)


# %% right a3_quantize half_away_from_zero
def quantize_absmax(w, bits, block):
    if bits not in range(2, 9) or block < 1:
        raise ValueError("argumentos")
    q_max = (1 << (bits - 1)) - 1
    flat = w.ravel().astype(np.float32)
    starts = np.arange(0, flat.size, block)
    scales = (np.maximum.reduceat(np.abs(flat), starts) / q_max).astype(np.float32)
    steps = np.repeat(scales, block)[: flat.size]
    ratio = np.divide(flat, steps, out=np.zeros_like(flat), where=steps > 0)
    q = np.sign(ratio) * np.floor(np.abs(ratio) + 0.5)
    return q.astype(np.int8).reshape(w.shape), scales


def dequantize(q, scales, block):
    index = np.arange(q.size).reshape(q.shape) // block
    return (q * scales[index]).astype(np.float32)


# %% wrong a3_stream loads_everything
# Con algo infinito no termina nunca; con un corpus, no cabe en memoria.
def stream_batches(iterable, batch_size):
    if batch_size < 1:
        raise ValueError(batch_size)
    items = list(iterable)
    for start in range(0, len(items), batch_size):
        yield items[start : start + batch_size]


# %% wrong a3_stream one_batch_ahead
# Lee el lote siguiente antes de entregar este.
def stream_batches(iterable, batch_size):
    if batch_size < 1:
        raise ValueError(batch_size)
    iterator = iter(iterable)
    ready = list(islice(iterator, batch_size))
    while ready:
        following = list(islice(iterator, batch_size))
        yield ready
        ready = following


# %% wrong a3_stream peeks_one
# Mira un elemento de más para saber si queda algo.
def stream_batches(iterable, batch_size):
    if batch_size < 1:
        raise ValueError(batch_size)
    batch = []
    for item in iterable:
        if len(batch) == batch_size:
            yield batch
            batch = []
        batch.append(item)
    if batch:
        yield batch


# %% wrong a3_stream drops_last
# El último lote, si es corto, se pierde.
def stream_batches(iterable, batch_size):
    if batch_size < 1:
        raise ValueError(batch_size)
    iterator = iter(iterable)
    while len(batch := list(islice(iterator, batch_size))) == batch_size:
        yield batch


# %% wrong a3_stream empty_last
# Cuando cuadra, entrega un lote vacío al final.
def stream_batches(iterable, batch_size):
    if batch_size < 1:
        raise ValueError(batch_size)
    batch = []
    for item in iterable:
        batch.append(item)
        if len(batch) == batch_size:
            yield batch
            batch = []
    yield batch


# %% wrong a3_stream none_is_the_end
# None es un elemento como otro cualquiera.
def stream_batches(iterable, batch_size):
    if batch_size < 1:
        raise ValueError(batch_size)
    iterator = iter(iterable)
    while True:
        batch = []
        while len(batch) < batch_size:
            item = next(iterator, None)
            if item is None:
                break
            batch.append(item)
        if not batch:
            return
        yield batch


# %% wrong a3_stream skips_falsy
# Se salta los ceros y los textos vacíos.
def stream_batches(iterable, batch_size):
    if batch_size < 1:
        raise ValueError(batch_size)
    iterator = (item for item in iterable if item)
    while batch := list(islice(iterator, batch_size)):
        yield batch


# %% wrong a3_stream accepts_zero
# Con batch_size 0 no entrega nada y nadie se entera.
def stream_batches(iterable, batch_size):
    iterator = iter(iterable)
    while batch := list(islice(iterator, max(batch_size, 0))):
        yield batch


# %% wrong a3_stream same_list
# Todos los lotes son la misma lista, que se vacía y se vuelve a llenar.
def stream_batches(iterable, batch_size):
    if batch_size < 1:
        raise ValueError(batch_size)
    batch = []
    for item in iterable:
        batch.append(item)
        if len(batch) == batch_size:
            yield batch
            batch.clear()
    if batch:
        yield batch


# %% wrong a3_stream restarts
# Con una lista, iter() en cada vuelta empieza otra vez: el mismo lote sin fin.
def stream_batches(iterable, batch_size):
    if batch_size < 1:
        raise ValueError(batch_size)
    for _ in range(1000):
        batch = list(islice(iter(iterable), batch_size))
        if not batch:
            return
        yield batch


# %% right a3_stream append_loop
def stream_batches(iterable, batch_size):
    if batch_size <= 0:
        raise ValueError("batch_size tiene que ser positivo")
    batch = []
    for item in iterable:
        batch.append(item)
        if len(batch) == batch_size:
            yield batch
            batch = []
    if batch:
        yield batch


# %% right a3_stream iter_with_sentinel
def stream_batches(iterable, batch_size):
    if batch_size < 1:
        raise ValueError("batch_size")
    iterator = iter(iterable)
    return iter(lambda: [*islice(iterator, batch_size)], [])


# %% wrong a3_pick_layer trainer_for_my_loop
# Trainer pone su propio bucle; el mío lo lleva Accelerate.
def which_library(need):
    return {
        "comprobar": "numpy",
        "derivar": "pytorch",
        "preentrenado": "transformers",
        "corpus": "datasets",
        "varias_gpu": "trainer",
        "ajuste_ligero": "peft",
        "cuatro_bits": "bitsandbytes",
        "sin_bucle": "trainer",
    }.get(need) or _fail(need)


def _fail(need):
    raise ValueError(need)


# %% wrong a3_pick_layer unsloth_for_lora
# Unsloth acelera el ajuste en una GPU; la capa que lo hace es PEFT.
def which_library(need):
    libraries = {
        "comprobar": "numpy",
        "derivar": "pytorch",
        "preentrenado": "transformers",
        "corpus": "datasets",
        "varias_gpu": "accelerate",
        "ajuste_ligero": "unsloth",
        "cuatro_bits": "bitsandbytes",
        "sin_bucle": "trainer",
    }
    if need not in libraries:
        raise ValueError(need)
    return libraries[need]


# %% wrong a3_pick_layer peft_for_four_bits
# PEFT y bitsandbytes se usan juntos, pero los 4 bits son del segundo.
def which_library(need):
    libraries = {
        "comprobar": "numpy",
        "derivar": "pytorch",
        "preentrenado": "transformers",
        "corpus": "datasets",
        "varias_gpu": "accelerate",
        "ajuste_ligero": "peft",
        "cuatro_bits": "peft",
        "sin_bucle": "trainer",
    }
    if need not in libraries:
        raise ValueError(need)
    return libraries[need]


# %% wrong a3_pick_layer only_the_visible
# Las tres de la prueba visible.
def which_library(need):
    libraries = {"comprobar": "numpy", "derivar": "pytorch", "corpus": "datasets"}
    if need not in libraries:
        raise ValueError(need)
    return libraries[need]


# %% wrong a3_pick_layer none_for_unknown
# Lo desconocido da None y no ValueError.
def which_library(need):
    return {
        "comprobar": "numpy",
        "derivar": "pytorch",
        "preentrenado": "transformers",
        "corpus": "datasets",
        "varias_gpu": "accelerate",
        "ajuste_ligero": "peft",
        "cuatro_bits": "bitsandbytes",
        "sin_bucle": "trainer",
    }.get(need)


# %% wrong a3_pick_layer key_error
# Un KeyError no es un ValueError.
def which_library(need):
    return {
        "comprobar": "numpy",
        "derivar": "pytorch",
        "preentrenado": "transformers",
        "corpus": "datasets",
        "varias_gpu": "accelerate",
        "ajuste_ligero": "peft",
        "cuatro_bits": "bitsandbytes",
        "sin_bucle": "trainer",
    }[need]


# %% wrong a3_pick_layer forgives_case
# «CORPUS» no está en la tabla.
def which_library(need):
    libraries = {
        "comprobar": "numpy",
        "derivar": "pytorch",
        "preentrenado": "transformers",
        "corpus": "datasets",
        "varias_gpu": "accelerate",
        "ajuste_ligero": "peft",
        "cuatro_bits": "bitsandbytes",
        "sin_bucle": "trainer",
    }
    need = need.strip().lower()
    if need not in libraries:
        raise ValueError(need)
    return libraries[need]


# %% right a3_pick_layer match
def which_library(need):
    match need:
        case "comprobar":
            return "numpy"
        case "derivar":
            return "pytorch"
        case "preentrenado":
            return "transformers"
        case "corpus":
            return "datasets"
        case "varias_gpu":
            return "accelerate"
        case "ajuste_ligero":
            return "peft"
        case "cuatro_bits":
            return "bitsandbytes"
        case "sin_bucle":
            return "trainer"
    raise ValueError("necesidad desconocida")


# %% right a3_pick_layer parallel_lists
def which_library(need):
    needs = ["comprobar", "derivar", "preentrenado", "corpus", "varias_gpu"]
    needs += ["ajuste_ligero", "cuatro_bits", "sin_bucle"]
    libraries = "numpy pytorch transformers datasets accelerate peft bitsandbytes trainer"
    return libraries.split()[needs.index(need)]
