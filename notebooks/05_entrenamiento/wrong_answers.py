"""Respuestas equivocadas típicas y correctas alternativas de la unidad 05."""


# %% wrong e5_1 probability_of_class_one
# Usa p = σ(z) también cuando y = 0: castiga lo que ya va bien.
def bce_logits(z, y):
    """Entropía cruzada binaria por elemento. z, y: tensores (n,); devuelve (n,)."""
    return F.softplus(z) - z * y


def focal_logits(z, y, alpha, gamma):
    """Pérdida focal por elemento. z, y: (n,), y en {0, 1}; alpha: float o None."""
    margin = torch.where(y == 1, z, -z)
    loss = torch.exp(gamma * F.logsigmoid(-z)) * F.softplus(-margin)
    if alpha is None:
        return loss
    return torch.where(y == 1, alpha, 1 - alpha) * loss


def huber(r, delta):
    """Pérdida de Huber por elemento. r: residuos (n,); delta > 0; devuelve (n,)."""
    size = r.abs()
    return torch.where(size <= delta, r**2 / 2, delta * (size - delta / 2))


# %% wrong e5_1 log_of_sigmoid_plus_eps
# log(p + 1e-8): con z = ±200 la pérdida se queda en 18 y el gradiente en 0.
def bce_logits(z, y):
    """Entropía cruzada binaria por elemento. z, y: tensores (n,); devuelve (n,)."""
    p = torch.sigmoid(z)
    return -(y * torch.log(p + 1e-8) + (1 - y) * torch.log(1 - p + 1e-8))


def focal_logits(z, y, alpha, gamma):
    """Pérdida focal por elemento. z, y: (n,), y en {0, 1}; alpha: float o None."""
    margin = torch.where(y == 1, z, -z)
    loss = torch.exp(gamma * F.logsigmoid(-margin)) * F.softplus(-margin)
    if alpha is None:
        return loss
    return torch.where(y == 1, alpha, 1 - alpha) * loss


def huber(r, delta):
    """Pérdida de Huber por elemento. r: residuos (n,); delta > 0; devuelve (n,)."""
    size = r.abs()
    return torch.where(size <= delta, r**2 / 2, delta * (size - delta / 2))


# %% wrong e5_1 nan_gradient_far_away
# log(1 + e^z) se desborda: inf y gradiente nan en z = 200.
def bce_logits(z, y):
    """Entropía cruzada binaria por elemento. z, y: tensores (n,); devuelve (n,)."""
    return torch.log(1 + torch.exp(z)) - z * y


def focal_logits(z, y, alpha, gamma):
    """Pérdida focal por elemento. z, y: (n,), y en {0, 1}; alpha: float o None."""
    margin = torch.where(y == 1, z, -z)
    loss = torch.exp(gamma * F.logsigmoid(-margin)) * F.softplus(-margin)
    if alpha is None:
        return loss
    return torch.where(y == 1, alpha, 1 - alpha) * loss


def huber(r, delta):
    """Pérdida de Huber por elemento. r: residuos (n,); delta > 0; devuelve (n,)."""
    size = r.abs()
    return torch.where(size <= delta, r**2 / 2, delta * (size - delta / 2))


# %% wrong e5_1 focal_power_of_zero
# (1 - p_t) ** gamma con 1 - p_t = 0 y gamma < 1: gradiente nan.
def bce_logits(z, y):
    """Entropía cruzada binaria por elemento. z, y: tensores (n,); devuelve (n,)."""
    return F.softplus(z) - z * y


def focal_logits(z, y, alpha, gamma):
    """Pérdida focal por elemento. z, y: (n,), y en {0, 1}; alpha: float o None."""
    margin = torch.where(y == 1, z, -z)
    loss = (1 - torch.sigmoid(margin)) ** gamma * F.softplus(-margin)
    if alpha is None:
        return loss
    return torch.where(y == 1, alpha, 1 - alpha) * loss


def huber(r, delta):
    """Pérdida de Huber por elemento. r: residuos (n,); delta > 0; devuelve (n,)."""
    size = r.abs()
    return torch.where(size <= delta, r**2 / 2, delta * (size - delta / 2))


# %% wrong e5_1 huber_without_constant
# Falta -δ²/2: la pérdida salta en |r| = δ.
def bce_logits(z, y):
    """Entropía cruzada binaria por elemento. z, y: tensores (n,); devuelve (n,)."""
    return F.softplus(z) - z * y


def focal_logits(z, y, alpha, gamma):
    """Pérdida focal por elemento. z, y: (n,), y en {0, 1}; alpha: float o None."""
    margin = torch.where(y == 1, z, -z)
    loss = torch.exp(gamma * F.logsigmoid(-margin)) * F.softplus(-margin)
    if alpha is None:
        return loss
    return torch.where(y == 1, alpha, 1 - alpha) * loss


def huber(r, delta):
    """Pérdida de Huber por elemento. r: residuos (n,); delta > 0; devuelve (n,)."""
    size = r.abs()
    return torch.where(size <= delta, r**2 / 2, delta * size)


# %% wrong e5_1 alpha_on_both_classes
# alpha pesa igual las dos clases.
def bce_logits(z, y):
    """Entropía cruzada binaria por elemento. z, y: tensores (n,); devuelve (n,)."""
    return F.softplus(z) - z * y


def focal_logits(z, y, alpha, gamma):
    """Pérdida focal por elemento. z, y: (n,), y en {0, 1}; alpha: float o None."""
    margin = torch.where(y == 1, z, -z)
    loss = torch.exp(gamma * F.logsigmoid(-margin)) * F.softplus(-margin)
    if alpha is None:
        return loss
    return alpha * loss


def huber(r, delta):
    """Pérdida de Huber por elemento. r: residuos (n,); delta > 0; devuelve (n,)."""
    size = r.abs()
    return torch.where(size <= delta, r**2 / 2, delta * (size - delta / 2))


# %% wrong e5_1 none_means_half
# alpha=None se trata como 0,5.
def bce_logits(z, y):
    """Entropía cruzada binaria por elemento. z, y: tensores (n,); devuelve (n,)."""
    return F.softplus(z) - z * y


def focal_logits(z, y, alpha, gamma):
    """Pérdida focal por elemento. z, y: (n,), y en {0, 1}; alpha: float o None."""
    margin = torch.where(y == 1, z, -z)
    loss = torch.exp(gamma * F.logsigmoid(-margin)) * F.softplus(-margin)
    if alpha is None:
        alpha = 0.5
    return torch.where(y == 1, alpha, 1 - alpha) * loss


def huber(r, delta):
    """Pérdida de Huber por elemento. r: residuos (n,); delta > 0; devuelve (n,)."""
    size = r.abs()
    return torch.where(size <= delta, r**2 / 2, delta * (size - delta / 2))


# %% wrong e5_1 kink_at_zero
# La fórmula con máximo y valor absoluto: autograd da 1 - y en z = 0.
def bce_logits(z, y):
    """Entropía cruzada binaria por elemento. z, y: tensores (n,); devuelve (n,)."""
    return z.clamp(min=0) - z * y + torch.log1p(torch.exp(-z.abs()))


def focal_logits(z, y, alpha, gamma):
    """Pérdida focal por elemento. z, y: (n,), y en {0, 1}; alpha: float o None."""
    margin = torch.where(y == 1, z, -z)
    loss = torch.exp(gamma * F.logsigmoid(-margin)) * F.softplus(-margin)
    if alpha is None:
        return loss
    return torch.where(y == 1, alpha, 1 - alpha) * loss


def huber(r, delta):
    """Pérdida de Huber por elemento. r: residuos (n,); delta > 0; devuelve (n,)."""
    size = r.abs()
    return torch.where(size <= delta, r**2 / 2, delta * (size - delta / 2))


# %% wrong e5_1 mean_instead_of_each
# Devuelve la media en vez de un valor por elemento.
def bce_logits(z, y):
    """Entropía cruzada binaria por elemento. z, y: tensores (n,); devuelve (n,)."""
    return (F.softplus(z) - z * y).mean()


def focal_logits(z, y, alpha, gamma):
    """Pérdida focal por elemento. z, y: (n,), y en {0, 1}; alpha: float o None."""
    margin = torch.where(y == 1, z, -z)
    loss = torch.exp(gamma * F.logsigmoid(-margin)) * F.softplus(-margin)
    if alpha is None:
        return loss
    return torch.where(y == 1, alpha, 1 - alpha) * loss


def huber(r, delta):
    """Pérdida de Huber por elemento. r: residuos (n,); delta > 0; devuelve (n,)."""
    size = r.abs()
    return torch.where(size <= delta, r**2 / 2, delta * (size - delta / 2))


# %% wrong e5_1 library_loss
# Llama a la pérdida de PyTorch, que el enunciado excluye.
def bce_logits(z, y):
    """Entropía cruzada binaria por elemento. z, y: tensores (n,); devuelve (n,)."""
    return F.binary_cross_entropy_with_logits(z, y, reduction="none")


def focal_logits(z, y, alpha, gamma):
    """Pérdida focal por elemento. z, y: (n,), y en {0, 1}; alpha: float o None."""
    margin = torch.where(y == 1, z, -z)
    loss = torch.exp(gamma * F.logsigmoid(-margin)) * F.softplus(-margin)
    if alpha is None:
        return loss
    return torch.where(y == 1, alpha, 1 - alpha) * loss


def huber(r, delta):
    """Pérdida de Huber por elemento. r: residuos (n,); delta > 0; devuelve (n,)."""
    size = r.abs()
    return torch.where(size <= delta, r**2 / 2, delta * (size - delta / 2))


# %% wrong e5_1 squared_outside
# Intercambia los dos tramos de Huber.
def bce_logits(z, y):
    """Entropía cruzada binaria por elemento. z, y: tensores (n,); devuelve (n,)."""
    return F.softplus(z) - z * y


def focal_logits(z, y, alpha, gamma):
    """Pérdida focal por elemento. z, y: (n,), y en {0, 1}; alpha: float o None."""
    margin = torch.where(y == 1, z, -z)
    loss = torch.exp(gamma * F.logsigmoid(-margin)) * F.softplus(-margin)
    if alpha is None:
        return loss
    return torch.where(y == 1, alpha, 1 - alpha) * loss


def huber(r, delta):
    """Pérdida de Huber por elemento. r: residuos (n,); delta > 0; devuelve (n,)."""
    size = r.abs()
    return torch.where(size > delta, r**2 / 2, delta * (size - delta / 2))


# %% right e5_1 logaddexp_and_clamp
# log(e^0 + e^z) y el residuo recortado de Huber.
def bce_logits(z, y):
    zero = torch.zeros_like(z)
    return y * torch.logaddexp(zero, -z) + (1 - y) * torch.logaddexp(zero, z)


def focal_logits(z, y, alpha, gamma):
    m = (2 * y - 1) * z
    log_pt, log_rest = F.logsigmoid(m), F.logsigmoid(-m)
    weight = 1.0 if alpha is None else alpha * y + (1 - alpha) * (1 - y)
    return -weight * (gamma * log_rest).exp() * log_pt


def huber(r, delta):
    clipped = r.clamp(-delta, delta)
    return clipped * r - clipped * clipped / 2


# %% right e5_1 logsigmoid_both_sides
# Con logsigmoid, y un bucle para la focal.
def bce_logits(z, y):
    return -y * F.logsigmoid(z) - (1 - y) * F.logsigmoid(-z)


def focal_logits(z, y, alpha, gamma):
    values = []
    for one, label in zip(z, y):
        m = one if label == 1 else -one
        weight = 1.0
        if alpha is not None:
            weight = alpha if label == 1 else 1 - alpha
        values.append(-weight * torch.exp(gamma * F.logsigmoid(-m)) * F.logsigmoid(m))
    return torch.stack(values)


def huber(r, delta):
    inside = r.abs() <= delta
    far = delta * r * torch.sign(r) - delta * delta / 2
    return torch.where(inside, 0.5 * r.square(), far)


# %% wrong e5_2 batch_axis
# Normaliza por columnas: eso es normalización por lotes.
def layernorm_forward(x, gamma, beta, eps):
    """Normaliza cada fila de x (B, D); devuelve y (B, D) y un diccionario."""
    centred = x - x.mean(axis=0, keepdims=True)
    inverse_std = 1 / np.sqrt((centred**2).mean(axis=0, keepdims=True) + eps)
    xhat = centred * inverse_std
    cache = {"xhat": xhat, "inverse_std": inverse_std, "gamma": gamma}
    return gamma * xhat + beta, cache


def layernorm_backward(dy, cache):
    """Gradientes (dx, dgamma, dbeta) a partir de dy (B, D) y de la caché de la ida."""
    xhat, g = cache["xhat"], dy * cache["gamma"]
    along = xhat * (g * xhat).mean(axis=1, keepdims=True)
    dx = cache["inverse_std"] * (g - g.mean(axis=1, keepdims=True) - along)
    return dx, (dy * xhat).sum(axis=0), dy.sum(axis=0)


# %% wrong e5_2 unbiased_variance
# Divide la varianza entre D - 1.
def layernorm_forward(x, gamma, beta, eps):
    """Normaliza cada fila de x (B, D); devuelve y (B, D) y un diccionario."""
    centred = x - x.mean(axis=1, keepdims=True)
    inverse_std = 1 / np.sqrt(x.var(axis=1, ddof=1, keepdims=True) + eps)
    xhat = centred * inverse_std
    cache = {"xhat": xhat, "inverse_std": inverse_std, "gamma": gamma}
    return gamma * xhat + beta, cache


def layernorm_backward(dy, cache):
    """Gradientes (dx, dgamma, dbeta) a partir de dy (B, D) y de la caché de la ida."""
    xhat, g = cache["xhat"], dy * cache["gamma"]
    along = xhat * (g * xhat).mean(axis=1, keepdims=True)
    dx = cache["inverse_std"] * (g - g.mean(axis=1, keepdims=True) - along)
    return dx, (dy * xhat).sum(axis=0), dy.sum(axis=0)


# %% wrong e5_2 statistics_are_constants
# Trata media y varianza como constantes: dx = g / σ.
def layernorm_forward(x, gamma, beta, eps):
    """Normaliza cada fila de x (B, D); devuelve y (B, D) y un diccionario."""
    centred = x - x.mean(axis=1, keepdims=True)
    inverse_std = 1 / np.sqrt((centred**2).mean(axis=1, keepdims=True) + eps)
    xhat = centred * inverse_std
    cache = {"xhat": xhat, "inverse_std": inverse_std, "gamma": gamma}
    return gamma * xhat + beta, cache


def layernorm_backward(dy, cache):
    """Gradientes (dx, dgamma, dbeta) a partir de dy (B, D) y de la caché de la ida."""
    xhat, g = cache["xhat"], dy * cache["gamma"]
    along = xhat * (g * xhat).mean(axis=1, keepdims=True)
    dx = cache["inverse_std"] * g
    return dx, (dy * xhat).sum(axis=0), dy.sum(axis=0)


# %% wrong e5_2 only_mean_moves
# Deriva la media pero no la varianza.
def layernorm_forward(x, gamma, beta, eps):
    """Normaliza cada fila de x (B, D); devuelve y (B, D) y un diccionario."""
    centred = x - x.mean(axis=1, keepdims=True)
    inverse_std = 1 / np.sqrt((centred**2).mean(axis=1, keepdims=True) + eps)
    xhat = centred * inverse_std
    cache = {"xhat": xhat, "inverse_std": inverse_std, "gamma": gamma}
    return gamma * xhat + beta, cache


def layernorm_backward(dy, cache):
    """Gradientes (dx, dgamma, dbeta) a partir de dy (B, D) y de la caché de la ida."""
    xhat, g = cache["xhat"], dy * cache["gamma"]
    along = xhat * (g * xhat).mean(axis=1, keepdims=True)
    dx = cache["inverse_std"] * (g - g.mean(axis=1, keepdims=True))
    return dx, (dy * xhat).sum(axis=0), dy.sum(axis=0)


# %% wrong e5_2 eps_outside_root
# eps fuera de la raíz.
def layernorm_forward(x, gamma, beta, eps):
    """Normaliza cada fila de x (B, D); devuelve y (B, D) y un diccionario."""
    centred = x - x.mean(axis=1, keepdims=True)
    inverse_std = 1 / (np.sqrt((centred**2).mean(axis=1, keepdims=True)) + eps)
    xhat = centred * inverse_std
    cache = {"xhat": xhat, "inverse_std": inverse_std, "gamma": gamma}
    return gamma * xhat + beta, cache


def layernorm_backward(dy, cache):
    """Gradientes (dx, dgamma, dbeta) a partir de dy (B, D) y de la caché de la ida."""
    xhat, g = cache["xhat"], dy * cache["gamma"]
    along = xhat * (g * xhat).mean(axis=1, keepdims=True)
    dx = cache["inverse_std"] * (g - g.mean(axis=1, keepdims=True) - along)
    return dx, (dy * xhat).sum(axis=0), dy.sum(axis=0)


# %% wrong e5_2 gamma_missing_in_dx
# Olvida gamma al volver.
def layernorm_forward(x, gamma, beta, eps):
    """Normaliza cada fila de x (B, D); devuelve y (B, D) y un diccionario."""
    centred = x - x.mean(axis=1, keepdims=True)
    inverse_std = 1 / np.sqrt((centred**2).mean(axis=1, keepdims=True) + eps)
    xhat = centred * inverse_std
    cache = {"xhat": xhat, "inverse_std": inverse_std, "gamma": gamma}
    return gamma * xhat + beta, cache


def layernorm_backward(dy, cache):
    """Gradientes (dx, dgamma, dbeta) a partir de dy (B, D) y de la caché de la ida."""
    xhat, g = cache["xhat"], dy
    along = xhat * (g * xhat).mean(axis=1, keepdims=True)
    dx = cache["inverse_std"] * (g - g.mean(axis=1, keepdims=True) - along)
    return dx, (dy * xhat).sum(axis=0), dy.sum(axis=0)


# %% wrong e5_2 raw_moment_variance
# Varianza como media de cuadrados menos cuadrado de la media.
def layernorm_forward(x, gamma, beta, eps):
    """Normaliza cada fila de x (B, D); devuelve y (B, D) y un diccionario."""
    centred = x - x.mean(axis=1, keepdims=True)
    inverse_std = 1 / np.sqrt(((x**2).mean(axis=1, keepdims=True) - x.mean(axis=1, keepdims=True) ** 2) + eps)
    xhat = centred * inverse_std
    cache = {"xhat": xhat, "inverse_std": inverse_std, "gamma": gamma}
    return gamma * xhat + beta, cache


def layernorm_backward(dy, cache):
    """Gradientes (dx, dgamma, dbeta) a partir de dy (B, D) y de la caché de la ida."""
    xhat, g = cache["xhat"], dy * cache["gamma"]
    along = xhat * (g * xhat).mean(axis=1, keepdims=True)
    dx = cache["inverse_std"] * (g - g.mean(axis=1, keepdims=True) - along)
    return dx, (dy * xhat).sum(axis=0), dy.sum(axis=0)


# %% wrong e5_2 mean_over_batch
# dgamma y dbeta, con media en vez de suma.
def layernorm_forward(x, gamma, beta, eps):
    """Normaliza cada fila de x (B, D); devuelve y (B, D) y un diccionario."""
    centred = x - x.mean(axis=1, keepdims=True)
    inverse_std = 1 / np.sqrt((centred**2).mean(axis=1, keepdims=True) + eps)
    xhat = centred * inverse_std
    cache = {"xhat": xhat, "inverse_std": inverse_std, "gamma": gamma}
    return gamma * xhat + beta, cache


def layernorm_backward(dy, cache):
    """Gradientes (dx, dgamma, dbeta) a partir de dy (B, D) y de la caché de la ida."""
    xhat, g = cache["xhat"], dy * cache["gamma"]
    along = xhat * (g * xhat).mean(axis=1, keepdims=True)
    dx = cache["inverse_std"] * (g - g.mean(axis=1, keepdims=True) - along)
    return dx, (dy * xhat).mean(axis=0), dy.mean(axis=0)


# %% right e5_2 chain_rule_step_by_step
# La regla de la cadena, por la varianza y por la media.
def layernorm_forward(x, gamma, beta, eps):
    mean = x.mean(axis=1, keepdims=True)
    var = x.var(axis=1, keepdims=True)
    std = np.sqrt(var + eps)
    xhat = (x - mean) / std
    return xhat * gamma + beta, dict(x=x.copy(), mean=mean, std=std, gamma=gamma.copy())


def layernorm_backward(dy, cache):
    x, mean, std, gamma = (cache[k] for k in ("x", "mean", "std", "gamma"))
    d = x.shape[1]
    xhat = (x - mean) / std
    g = dy * gamma
    dvar = (g * (x - mean)).sum(1, keepdims=True) * -0.5 / std**3
    dmean = -(g / std).sum(1, keepdims=True)
    dx = g / std + dvar * 2 * (x - mean) / d + dmean / d
    return dx, (dy * xhat).sum(0), dy.sum(0)


# %% right e5_2 one_jacobian_per_row
# Un bucle por filas con la matriz jacobiana entera.
def layernorm_forward(x, gamma, beta, eps):
    xhat, scale = np.empty_like(x), np.empty(len(x), x.dtype)
    for i, row in enumerate(x):
        centred = row - row.mean()
        scale[i] = 1 / np.sqrt(centred @ centred / len(row) + eps)
        xhat[i] = centred * scale[i]
    return xhat * gamma[None] + beta[None], {"all": (xhat, scale, gamma)}


def layernorm_backward(dy, cache):
    xhat, scale, gamma = cache["all"]
    dx = np.empty_like(dy)
    d = dy.shape[1]
    for i in range(len(dy)):
        jac = np.eye(d, dtype=dy.dtype) - 1 / np.array(d, dy.dtype)
        jac = jac - np.outer(xhat[i], xhat[i]) / np.array(d, dy.dtype)
        dx[i] = scale[i] * jac @ (dy[i] * gamma)
    return dx, np.einsum("bd,bd->d", dy, xhat), np.add.reduce(dy)


# %% wrong e5_3 whole_model_in_train
# model.train() enciende también BatchNorm y cambia sus medias.
def mc_predict(model, x, n_samples, gen_seed):
    """Media de probabilidades (n, C) e información mutua (n,) con MC-Dropout."""
    modes = [(module, module.training) for module in model.modules()]
    model.train()
    with torch.random.fork_rng(devices=[]), torch.no_grad():
        torch.manual_seed(gen_seed)
        draws = [model(x).softmax(dim=-1) for _ in range(n_samples)]
    for module, mode in modes:
        module.training = mode
    p = torch.stack(draws)  # (S, n, C)
    mean = p.mean(dim=0)
    each = torch.special.entr(p).sum(dim=-1).mean(dim=0)
    return mean, (torch.special.entr(mean).sum(dim=-1) - each).clamp(min=0)


# %% wrong e5_3 averages_logits
# Promedia logits y aplica softmax al final.
def mc_predict(model, x, n_samples, gen_seed):
    """Media de probabilidades (n, C) e información mutua (n,) con MC-Dropout."""
    modes = [(module, module.training) for module in model.modules()]
    model.eval()
    for module in model.modules():
        if isinstance(module, nn.modules.dropout._DropoutNd):
            module.train()
    with torch.random.fork_rng(devices=[]), torch.no_grad():
        torch.manual_seed(gen_seed)
        draws = [model(x) for _ in range(n_samples)]
    for module, mode in modes:
        module.training = mode
    logits = torch.stack(draws)
    p = logits.softmax(dim=-1)  # (S, n, C)
    mean = logits.mean(dim=0).softmax(dim=-1)
    each = torch.special.entr(p).sum(dim=-1).mean(dim=0)
    return mean, (torch.special.entr(mean).sum(dim=-1) - each).clamp(min=0)


# %% wrong e5_3 total_entropy
# Devuelve la entropía de la media: mezcla duda y discrepancia.
def mc_predict(model, x, n_samples, gen_seed):
    """Media de probabilidades (n, C) e información mutua (n,) con MC-Dropout."""
    modes = [(module, module.training) for module in model.modules()]
    model.eval()
    for module in model.modules():
        if isinstance(module, nn.modules.dropout._DropoutNd):
            module.train()
    with torch.random.fork_rng(devices=[]), torch.no_grad():
        torch.manual_seed(gen_seed)
        draws = [model(x).softmax(dim=-1) for _ in range(n_samples)]
    for module, mode in modes:
        module.training = mode
    p = torch.stack(draws)  # (S, n, C)
    mean = p.mean(dim=0)
    each = torch.special.entr(p).sum(dim=-1).mean(dim=0)
    return mean, (torch.special.entr(mean).sum(dim=-1)).clamp(min=0)


# %% wrong e5_3 one_mode_for_all
# Al acabar pone todo en modo de entrenamiento.
def mc_predict(model, x, n_samples, gen_seed):
    """Media de probabilidades (n, C) e información mutua (n,) con MC-Dropout."""
    modes = [(module, module.training) for module in model.modules()]
    model.eval()
    for module in model.modules():
        if isinstance(module, nn.modules.dropout._DropoutNd):
            module.train()
    with torch.random.fork_rng(devices=[]), torch.no_grad():
        torch.manual_seed(gen_seed)
        draws = [model(x).softmax(dim=-1) for _ in range(n_samples)]
    for module, mode in modes:
        module.training = modes[0][1]
    p = torch.stack(draws)  # (S, n, C)
    mean = p.mean(dim=0)
    each = torch.special.entr(p).sum(dim=-1).mean(dim=0)
    return mean, (torch.special.entr(mean).sum(dim=-1) - each).clamp(min=0)


# %% wrong e5_3 keeps_graph
# Sin no_grad el resultado arrastra el grafo.
def mc_predict(model, x, n_samples, gen_seed):
    """Media de probabilidades (n, C) e información mutua (n,) con MC-Dropout."""
    modes = [(module, module.training) for module in model.modules()]
    model.eval()
    for module in model.modules():
        if isinstance(module, nn.modules.dropout._DropoutNd):
            module.train()
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(gen_seed)
        draws = [model(x).softmax(dim=-1) for _ in range(n_samples)]
    for module, mode in modes:
        module.training = mode
    p = torch.stack(draws)  # (S, n, C)
    mean = p.mean(dim=0)
    each = torch.special.entr(p).sum(dim=-1).mean(dim=0)
    return mean, (torch.special.entr(mean).sum(dim=-1) - each).clamp(min=0)


# %% wrong e5_3 global_seed
# Siembra el generador global y no lo restaura.
def mc_predict(model, x, n_samples, gen_seed):
    """Media de probabilidades (n, C) e información mutua (n,) con MC-Dropout."""
    modes = [(module, module.training) for module in model.modules()]
    model.eval()
    for module in model.modules():
        if isinstance(module, nn.modules.dropout._DropoutNd):
            module.train()
    with torch.no_grad():
        torch.manual_seed(gen_seed)
        draws = [model(x).softmax(dim=-1) for _ in range(n_samples)]
    for module, mode in modes:
        module.training = mode
    p = torch.stack(draws)  # (S, n, C)
    mean = p.mean(dim=0)
    each = torch.special.entr(p).sum(dim=-1).mean(dim=0)
    return mean, (torch.special.entr(mean).sum(dim=-1) - each).clamp(min=0)


# %% wrong e5_3 only_plain_dropout
# Solo enciende nn.Dropout, no sus parientes.
def mc_predict(model, x, n_samples, gen_seed):
    """Media de probabilidades (n, C) e información mutua (n,) con MC-Dropout."""
    modes = [(module, module.training) for module in model.modules()]
    model.eval()
    for module in model.modules():
        if isinstance(module, nn.Dropout):
            module.train()
    with torch.random.fork_rng(devices=[]), torch.no_grad():
        torch.manual_seed(gen_seed)
        draws = [model(x).softmax(dim=-1) for _ in range(n_samples)]
    for module, mode in modes:
        module.training = mode
    p = torch.stack(draws)  # (S, n, C)
    mean = p.mean(dim=0)
    each = torch.special.entr(p).sum(dim=-1).mean(dim=0)
    return mean, (torch.special.entr(mean).sum(dim=-1) - each).clamp(min=0)


# %% wrong e5_3 log_of_zero
# p·log p sin cuidar p = 0: nan.
def mc_predict(model, x, n_samples, gen_seed):
    """Media de probabilidades (n, C) e información mutua (n,) con MC-Dropout."""
    modes = [(module, module.training) for module in model.modules()]
    model.eval()
    for module in model.modules():
        if isinstance(module, nn.modules.dropout._DropoutNd):
            module.train()
    with torch.random.fork_rng(devices=[]), torch.no_grad():
        torch.manual_seed(gen_seed)
        draws = [model(x).softmax(dim=-1) for _ in range(n_samples)]
    for module, mode in modes:
        module.training = mode
    p = torch.stack(draws)  # (S, n, C)
    mean = p.mean(dim=0)
    each = (-p * p.log()).sum(dim=-1).mean(dim=0)
    return mean, (torch.special.entr(mean).sum(dim=-1) - each).clamp(min=0)


# %% wrong e5_3 evaluation_only
# Todo en evaluación: sin azar, información 0.
def mc_predict(model, x, n_samples, gen_seed):
    """Media de probabilidades (n, C) e información mutua (n,) con MC-Dropout."""
    modes = [(module, module.training) for module in model.modules()]
    model.eval()
    for module in model.modules():
        if isinstance(module, nn.modules.dropout._DropoutNd):
            module.eval()
    with torch.random.fork_rng(devices=[]), torch.no_grad():
        torch.manual_seed(gen_seed)
        draws = [model(x).softmax(dim=-1) for _ in range(n_samples)]
    for module, mode in modes:
        module.training = mode
    p = torch.stack(draws)  # (S, n, C)
    mean = p.mean(dim=0)
    each = torch.special.entr(p).sum(dim=-1).mean(dim=0)
    return mean, (torch.special.entr(mean).sum(dim=-1) - each).clamp(min=0)


# %% right e5_3 restores_rng_by_hand
# Guarda el estado del azar y acumula sin apilar.
def mc_predict(model, x, n_samples, gen_seed):
    kinds = nn.modules.dropout._DropoutNd
    before = {m: m.training for m in model.modules()}
    state = torch.get_rng_state()
    try:
        for m in model.modules():
            m.training = isinstance(m, kinds)
        torch.manual_seed(gen_seed)
        total, entropy = 0.0, 0.0
        with torch.no_grad():
            for _ in range(n_samples):
                p = F.softmax(model(x), dim=1)
                total = total + p
                entropy = entropy + torch.special.entr(p).sum(1)
    finally:
        for m, mode in before.items():
            m.training = mode
        torch.set_rng_state(state)
    mean = total / n_samples
    information = torch.special.entr(mean).sum(1) - entropy / n_samples
    return mean, torch.clamp(information, min=0.0)


# %% right e5_3 kullback_leibler
# La información mutua como divergencia media a la media.
def mc_predict(model, x, n_samples, gen_seed):
    modes = [m.training for m in model.modules()]
    model.eval()
    for m in model.modules():
        if isinstance(m, nn.modules.dropout._DropoutNd):
            m.train(True)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(gen_seed)
        p = torch.stack([model(x).detach().softmax(1) for _ in range(n_samples)])
    for m, mode in zip(model.modules(), modes):
        m.training = mode
    mean = p.mean(0)
    gap = torch.special.xlogy(p, p) - torch.special.xlogy(p, mean)
    return mean, torch.relu(gap.sum(-1).mean(0))


# %% wrong e5_4 mean_of_means
# Divide entre el número de microlotes: mal si son desiguales.
def accumulated_step(model, loss_fn, micro, optimizer, max_norm):
    """Un paso con gradientes acumulados; da (pérdida media, norma sin recortar)."""
    n_samples = sum(len(x) for x, _ in micro)
    model.zero_grad()
    total = 0.0
    for x, y in micro:
        loss = loss_fn(model(x), y) / len(micro)
        loss.backward()
        total += loss.item()
    limit = math.inf if max_norm is None else max_norm
    norm = nn.utils.clip_grad_norm_(model.parameters(), limit)
    optimizer.step()
    return total, norm.item()


# %% wrong e5_4 clips_each
# Recorta tras cada microlote.
def accumulated_step(model, loss_fn, micro, optimizer, max_norm):
    """Un paso con gradientes acumulados; da (pérdida media, norma sin recortar)."""
    n_samples = sum(len(x) for x, _ in micro)
    model.zero_grad()
    total = 0.0
    for x, y in micro:
        loss = loss_fn(model(x), y) * len(x) / n_samples
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), math.inf if max_norm is None else max_norm)
        total += loss.item()
    limit = math.inf if max_norm is None else max_norm
    norm = nn.utils.clip_grad_norm_(model.parameters(), limit)
    optimizer.step()
    return total, norm.item()


# %% wrong e5_4 drops_leftover
# Ignora los microlotes más pequeños que el primero.
def accumulated_step(model, loss_fn, micro, optimizer, max_norm):
    """Un paso con gradientes acumulados; da (pérdida media, norma sin recortar)."""
    n_samples = sum(len(x) for x, _ in micro)
    model.zero_grad()
    total = 0.0
    for x, y in micro:
        if len(x) < len(micro[0][0]):
            continue
        loss = loss_fn(model(x), y) * len(x) / n_samples
        loss.backward()
        total += loss.item()
    limit = math.inf if max_norm is None else max_norm
    norm = nn.utils.clip_grad_norm_(model.parameters(), limit)
    optimizer.step()
    return total, norm.item()


# %% wrong e5_4 keeps_old_gradients
# No borra los gradientes viejos.
def accumulated_step(model, loss_fn, micro, optimizer, max_norm):
    """Un paso con gradientes acumulados; da (pérdida media, norma sin recortar)."""
    n_samples = sum(len(x) for x, _ in micro)
    total = 0.0
    for x, y in micro:
        loss = loss_fn(model(x), y) * len(x) / n_samples
        loss.backward()
        total += loss.item()
    limit = math.inf if max_norm is None else max_norm
    norm = nn.utils.clip_grad_norm_(model.parameters(), limit)
    optimizer.step()
    return total, norm.item()


# %% wrong e5_4 clears_only_optimizer
# optimizer.zero_grad() no borra lo que el optimizador no lleva.
def accumulated_step(model, loss_fn, micro, optimizer, max_norm):
    """Un paso con gradientes acumulados; da (pérdida media, norma sin recortar)."""
    n_samples = sum(len(x) for x, _ in micro)
    optimizer.zero_grad()
    total = 0.0
    for x, y in micro:
        loss = loss_fn(model(x), y) * len(x) / n_samples
        loss.backward()
        total += loss.item()
    limit = math.inf if max_norm is None else max_norm
    norm = nn.utils.clip_grad_norm_(model.parameters(), limit)
    optimizer.step()
    return total, norm.item()


# %% wrong e5_4 sum_without_mean
# Suma sin dividir: el gradiente crece con el lote.
def accumulated_step(model, loss_fn, micro, optimizer, max_norm):
    """Un paso con gradientes acumulados; da (pérdida media, norma sin recortar)."""
    n_samples = sum(len(x) for x, _ in micro)
    model.zero_grad()
    total = 0.0
    for x, y in micro:
        loss = loss_fn(model(x), y) * len(x)
        loss.backward()
        total += loss.item()
    limit = math.inf if max_norm is None else max_norm
    norm = nn.utils.clip_grad_norm_(model.parameters(), limit)
    optimizer.step()
    return total, norm.item()


# %% wrong e5_4 clears_inside
# Borra los gradientes en cada microlote: solo cuenta el último.
def accumulated_step(model, loss_fn, micro, optimizer, max_norm):
    """Un paso con gradientes acumulados; da (pérdida media, norma sin recortar)."""
    n_samples = sum(len(x) for x, _ in micro)
    model.zero_grad()
    total = 0.0
    for x, y in micro:
        model.zero_grad()
        loss = loss_fn(model(x), y) * len(x) / n_samples
        loss.backward()
        total += loss.item()
    limit = math.inf if max_norm is None else max_norm
    norm = nn.utils.clip_grad_norm_(model.parameters(), limit)
    optimizer.step()
    return total, norm.item()


# %% wrong e5_4 steps_each
# Da un paso por microlote.
def accumulated_step(model, loss_fn, micro, optimizer, max_norm):
    """Un paso con gradientes acumulados; da (pérdida media, norma sin recortar)."""
    n_samples = sum(len(x) for x, _ in micro)
    model.zero_grad()
    total = 0.0
    for x, y in micro:
        loss = loss_fn(model(x), y) * len(x) / n_samples
        loss.backward()
        total += loss.item()
        optimizer.step()
    limit = math.inf if max_norm is None else max_norm
    norm = nn.utils.clip_grad_norm_(model.parameters(), limit)
    return total, norm.item()


# %% wrong e5_4 norm_after_clipping
# Devuelve la norma después de recortar.
def accumulated_step(model, loss_fn, micro, optimizer, max_norm):
    """Un paso con gradientes acumulados; da (pérdida media, norma sin recortar)."""
    n_samples = sum(len(x) for x, _ in micro)
    model.zero_grad()
    total = 0.0
    for x, y in micro:
        loss = loss_fn(model(x), y) * len(x) / n_samples
        loss.backward()
        total += loss.item()
    limit = math.inf if max_norm is None else max_norm
    norm = nn.utils.clip_grad_norm_(model.parameters(), limit)
    norm = torch.cat([p.grad.flatten() for p in model.parameters() if p.grad is not None]).norm()
    optimizer.step()
    return total, norm.item()


# %% right e5_4 manual_clipping
# Recorta a mano, con la pérdida pesada antes de retroceder.
def accumulated_step(model, loss_fn, micro, optimizer, max_norm):
    for p in model.parameters():
        p.grad = None
    n = sum(y.shape[0] for _, y in micro)
    mean = 0.0
    for x, y in micro:
        part = loss_fn(model(x), y) * (y.shape[0] / n)
        part.backward()
        mean += float(part.detach())
    grads = [p.grad for p in model.parameters() if p.grad is not None]
    norm = math.sqrt(sum(float((g.double() ** 2).sum()) for g in grads))
    if max_norm is not None and norm > max_norm:
        for g in grads:
            g.mul_(max_norm / norm)
    optimizer.step()
    return mean, norm


# %% right e5_4 autograd_grad
# Suma los gradientes con torch.autograd.grad y los pone al final.
def accumulated_step(model, loss_fn, micro, optimizer, max_norm):
    model.zero_grad(set_to_none=True)
    free = [p for p in model.parameters() if p.requires_grad]
    n, mean, sums = 0, 0.0, [None] * len(free)
    for x, y in micro:
        value = loss_fn(model(x), y) * len(y)
        grads = torch.autograd.grad(value, free, allow_unused=True)
        sums = [s if g is None else (g if s is None else s + g) for s, g in zip(sums, grads)]
        n += len(y)
        mean += value.item()
    for p, s in zip(free, sums):
        p.grad = None if s is None else s / n
    norm = nn.utils.get_total_norm([p.grad for p in free if p.grad is not None])
    if max_norm is not None:
        nn.utils.clip_grad_norm_(free, max_norm)
    optimizer.step()
    return mean / n, norm.item()


# %% wrong e5_5 dead_in_last_batch
# Unidades muertas solo en el último lote.
class Probe:
    """Observa activaciones y gradientes de las capas hoja de un modelo."""

    def __init__(self, model):
        self.model = model

    def __call__(self, x):
        """Lo mismo que model(x)."""
        return self.model(x)

    def __enter__(self):
        self.layers, self.outputs, self.handles = {}, {}, []
        for name, layer in self.model.named_modules():
            is_leaf = not list(layer.children())
            is_activation = type(layer).__module__ == "torch.nn.modules.activation"
            if is_leaf and (is_activation or list(layer.parameters())):
                self.layers[name], self.outputs[name] = layer, []
                hook = self.make_hook(self.outputs[name])
                self.handles.append(layer.register_forward_hook(hook))
        return self

    def make_hook(self, outputs):
        def remember(layer, inputs, output):
            outputs.append(output.detach().clone())

        return remember

    def __exit__(self, *error):
        for handle in self.handles:
            handle.remove()

    def stats(self):
        """Una lista de diccionarios: name, act_mean, act_std, dead, grad_norm…"""
        rows = []
        for name, layer in self.layers.items():
            values = torch.cat([o.flatten() for o in self.outputs[name]])
            alive = torch.stack([(o > 0).any(dim=0) for o in self.outputs[name]])
            row = {"name": name, "act_mean": values.mean().item()}
            row["act_std"] = values.std(correction=0).item()
            row["dead"] = (~alive[-1]).double().mean().item()
            params = list(layer.parameters())
            grads = [p.grad for p in params if p.grad is not None]
            row["grad_norm"] = math.hypot(*(g.norm().item() for g in grads))
            row["param_norm"] = math.hypot(*(p.norm().item() for p in params))
            rows.append(row)
        return rows


def saliency(model, x, c):
    """|derivada del logit c_b respecto de x_b|. x: (B, 1, 8, 8), c: (B,); (B, 8, 8)."""
    modes = [(module, module.training) for module in model.modules()]
    model.eval()
    pixels = x.detach().requires_grad_()
    scores = model(pixels).gather(1, c[:, None]).sum()
    (slope,) = torch.autograd.grad(scores, pixels)
    for module, mode in modes:
        module.training = mode
    return slope.abs().squeeze(1)


# %% wrong e5_5 no_copy_in_hook
# Sin copia, la ReLU inplace cambia lo apuntado.
class Probe:
    """Observa activaciones y gradientes de las capas hoja de un modelo."""

    def __init__(self, model):
        self.model = model

    def __call__(self, x):
        """Lo mismo que model(x)."""
        return self.model(x)

    def __enter__(self):
        self.layers, self.outputs, self.handles = {}, {}, []
        for name, layer in self.model.named_modules():
            is_leaf = not list(layer.children())
            is_activation = type(layer).__module__ == "torch.nn.modules.activation"
            if is_leaf and (is_activation or list(layer.parameters())):
                self.layers[name], self.outputs[name] = layer, []
                hook = self.make_hook(self.outputs[name])
                self.handles.append(layer.register_forward_hook(hook))
        return self

    def make_hook(self, outputs):
        def remember(layer, inputs, output):
            outputs.append(output.detach())

        return remember

    def __exit__(self, *error):
        for handle in self.handles:
            handle.remove()

    def stats(self):
        """Una lista de diccionarios: name, act_mean, act_std, dead, grad_norm…"""
        rows = []
        for name, layer in self.layers.items():
            values = torch.cat([o.flatten() for o in self.outputs[name]])
            alive = torch.stack([(o > 0).any(dim=0) for o in self.outputs[name]])
            row = {"name": name, "act_mean": values.mean().item()}
            row["act_std"] = values.std(correction=0).item()
            row["dead"] = (~alive.any(dim=0)).double().mean().item()
            params = list(layer.parameters())
            grads = [p.grad for p in params if p.grad is not None]
            row["grad_norm"] = math.hypot(*(g.norm().item() for g in grads))
            row["param_norm"] = math.hypot(*(p.norm().item() for p in params))
            rows.append(row)
        return rows


def saliency(model, x, c):
    """|derivada del logit c_b respecto de x_b|. x: (B, 1, 8, 8), c: (B,); (B, 8, 8)."""
    modes = [(module, module.training) for module in model.modules()]
    model.eval()
    pixels = x.detach().requires_grad_()
    scores = model(pixels).gather(1, c[:, None]).sum()
    (slope,) = torch.autograd.grad(scores, pixels)
    for module, mode in modes:
        module.training = mode
    return slope.abs().squeeze(1)


# %% wrong e5_5 hooks_stay
# No quita los hooks al salir.
class Probe:
    """Observa activaciones y gradientes de las capas hoja de un modelo."""

    def __init__(self, model):
        self.model = model

    def __call__(self, x):
        """Lo mismo que model(x)."""
        return self.model(x)

    def __enter__(self):
        self.layers, self.outputs, self.handles = {}, {}, []
        for name, layer in self.model.named_modules():
            is_leaf = not list(layer.children())
            is_activation = type(layer).__module__ == "torch.nn.modules.activation"
            if is_leaf and (is_activation or list(layer.parameters())):
                self.layers[name], self.outputs[name] = layer, []
                hook = self.make_hook(self.outputs[name])
                self.handles.append(layer.register_forward_hook(hook))
        return self

    def make_hook(self, outputs):
        def remember(layer, inputs, output):
            outputs.append(output.detach().clone())

        return remember

    def __exit__(self, *error):
        for handle in self.handles:
            pass

    def stats(self):
        """Una lista de diccionarios: name, act_mean, act_std, dead, grad_norm…"""
        rows = []
        for name, layer in self.layers.items():
            values = torch.cat([o.flatten() for o in self.outputs[name]])
            alive = torch.stack([(o > 0).any(dim=0) for o in self.outputs[name]])
            row = {"name": name, "act_mean": values.mean().item()}
            row["act_std"] = values.std(correction=0).item()
            row["dead"] = (~alive.any(dim=0)).double().mean().item()
            params = list(layer.parameters())
            grads = [p.grad for p in params if p.grad is not None]
            row["grad_norm"] = math.hypot(*(g.norm().item() for g in grads))
            row["param_norm"] = math.hypot(*(p.norm().item() for p in params))
            rows.append(row)
        return rows


def saliency(model, x, c):
    """|derivada del logit c_b respecto de x_b|. x: (B, 1, 8, 8), c: (B,); (B, 8, 8)."""
    modes = [(module, module.training) for module in model.modules()]
    model.eval()
    pixels = x.detach().requires_grad_()
    scores = model(pixels).gather(1, c[:, None]).sum()
    (slope,) = torch.autograd.grad(scores, pixels)
    for module, mode in modes:
        module.training = mode
    return slope.abs().squeeze(1)


# %% wrong e5_5 hooks_from_birth
# Registra al crear la sonda y acumula de una vez a otra.
class Probe:
    """Observa activaciones y gradientes de las capas hoja de un modelo."""

    def __init__(self, model):
        self.model = model
        self.layers, self.outputs, self.handles = {}, {}, []

    def __call__(self, x):
        """Lo mismo que model(x)."""
        return self.model(x)

    def __enter__(self):
        for name, layer in self.model.named_modules():
            is_leaf = not list(layer.children())
            is_activation = type(layer).__module__ == "torch.nn.modules.activation"
            if is_leaf and (is_activation or list(layer.parameters())):
                self.layers[name] = layer
                self.outputs.setdefault(name, [])
                hook = self.make_hook(self.outputs[name])
                self.handles.append(layer.register_forward_hook(hook))
        return self

    def make_hook(self, outputs):
        def remember(layer, inputs, output):
            outputs.append(output.detach().clone())

        return remember

    def __exit__(self, *error):
        for handle in self.handles:
            handle.remove()

    def stats(self):
        """Una lista de diccionarios: name, act_mean, act_std, dead, grad_norm…"""
        rows = []
        for name, layer in self.layers.items():
            values = torch.cat([o.flatten() for o in self.outputs[name]])
            alive = torch.stack([(o > 0).any(dim=0) for o in self.outputs[name]])
            row = {"name": name, "act_mean": values.mean().item()}
            row["act_std"] = values.std(correction=0).item()
            row["dead"] = (~alive.any(dim=0)).double().mean().item()
            params = list(layer.parameters())
            grads = [p.grad for p in params if p.grad is not None]
            row["grad_norm"] = math.hypot(*(g.norm().item() for g in grads))
            row["param_norm"] = math.hypot(*(p.norm().item() for p in params))
            rows.append(row)
        return rows


def saliency(model, x, c):
    """|derivada del logit c_b respecto de x_b|. x: (B, 1, 8, 8), c: (B,); (B, 8, 8)."""
    modes = [(module, module.training) for module in model.modules()]
    model.eval()
    pixels = x.detach().requires_grad_()
    scores = model(pixels).gather(1, c[:, None]).sum()
    (slope,) = torch.autograd.grad(scores, pixels)
    for module, mode in modes:
        module.training = mode
    return slope.abs().squeeze(1)


# %% wrong e5_5 counts_from_zero
# Cuenta como viva una unidad que da 0.
class Probe:
    """Observa activaciones y gradientes de las capas hoja de un modelo."""

    def __init__(self, model):
        self.model = model

    def __call__(self, x):
        """Lo mismo que model(x)."""
        return self.model(x)

    def __enter__(self):
        self.layers, self.outputs, self.handles = {}, {}, []
        for name, layer in self.model.named_modules():
            is_leaf = not list(layer.children())
            is_activation = type(layer).__module__ == "torch.nn.modules.activation"
            if is_leaf and (is_activation or list(layer.parameters())):
                self.layers[name], self.outputs[name] = layer, []
                hook = self.make_hook(self.outputs[name])
                self.handles.append(layer.register_forward_hook(hook))
        return self

    def make_hook(self, outputs):
        def remember(layer, inputs, output):
            outputs.append(output.detach().clone())

        return remember

    def __exit__(self, *error):
        for handle in self.handles:
            handle.remove()

    def stats(self):
        """Una lista de diccionarios: name, act_mean, act_std, dead, grad_norm…"""
        rows = []
        for name, layer in self.layers.items():
            values = torch.cat([o.flatten() for o in self.outputs[name]])
            alive = torch.stack([(o >= 0).any(dim=0) for o in self.outputs[name]])
            row = {"name": name, "act_mean": values.mean().item()}
            row["act_std"] = values.std(correction=0).item()
            row["dead"] = (~alive.any(dim=0)).double().mean().item()
            params = list(layer.parameters())
            grads = [p.grad for p in params if p.grad is not None]
            row["grad_norm"] = math.hypot(*(g.norm().item() for g in grads))
            row["param_norm"] = math.hypot(*(p.norm().item() for p in params))
            rows.append(row)
        return rows


def saliency(model, x, c):
    """|derivada del logit c_b respecto de x_b|. x: (B, 1, 8, 8), c: (B,); (B, 8, 8)."""
    modes = [(module, module.training) for module in model.modules()]
    model.eval()
    pixels = x.detach().requires_grad_()
    scores = model(pixels).gather(1, c[:, None]).sum()
    (slope,) = torch.autograd.grad(scores, pixels)
    for module, mode in modes:
        module.training = mode
    return slope.abs().squeeze(1)


# %% wrong e5_5 saliency_of_max_logit
# Deriva la suma de los logits máximos y no los de c.
class Probe:
    """Observa activaciones y gradientes de las capas hoja de un modelo."""

    def __init__(self, model):
        self.model = model

    def __call__(self, x):
        """Lo mismo que model(x)."""
        return self.model(x)

    def __enter__(self):
        self.layers, self.outputs, self.handles = {}, {}, []
        for name, layer in self.model.named_modules():
            is_leaf = not list(layer.children())
            is_activation = type(layer).__module__ == "torch.nn.modules.activation"
            if is_leaf and (is_activation or list(layer.parameters())):
                self.layers[name], self.outputs[name] = layer, []
                hook = self.make_hook(self.outputs[name])
                self.handles.append(layer.register_forward_hook(hook))
        return self

    def make_hook(self, outputs):
        def remember(layer, inputs, output):
            outputs.append(output.detach().clone())

        return remember

    def __exit__(self, *error):
        for handle in self.handles:
            handle.remove()

    def stats(self):
        """Una lista de diccionarios: name, act_mean, act_std, dead, grad_norm…"""
        rows = []
        for name, layer in self.layers.items():
            values = torch.cat([o.flatten() for o in self.outputs[name]])
            alive = torch.stack([(o > 0).any(dim=0) for o in self.outputs[name]])
            row = {"name": name, "act_mean": values.mean().item()}
            row["act_std"] = values.std(correction=0).item()
            row["dead"] = (~alive.any(dim=0)).double().mean().item()
            params = list(layer.parameters())
            grads = [p.grad for p in params if p.grad is not None]
            row["grad_norm"] = math.hypot(*(g.norm().item() for g in grads))
            row["param_norm"] = math.hypot(*(p.norm().item() for p in params))
            rows.append(row)
        return rows


def saliency(model, x, c):
    """|derivada del logit c_b respecto de x_b|. x: (B, 1, 8, 8), c: (B,); (B, 8, 8)."""
    modes = [(module, module.training) for module in model.modules()]
    model.eval()
    pixels = x.detach().requires_grad_()
    scores = model(pixels).max(dim=1).values.sum()
    (slope,) = torch.autograd.grad(scores, pixels)
    for module, mode in modes:
        module.training = mode
    return slope.abs().squeeze(1)


# %% wrong e5_5 saliency_fills_grads
# Usa backward y llena los .grad de los parámetros.
class Probe:
    """Observa activaciones y gradientes de las capas hoja de un modelo."""

    def __init__(self, model):
        self.model = model

    def __call__(self, x):
        """Lo mismo que model(x)."""
        return self.model(x)

    def __enter__(self):
        self.layers, self.outputs, self.handles = {}, {}, []
        for name, layer in self.model.named_modules():
            is_leaf = not list(layer.children())
            is_activation = type(layer).__module__ == "torch.nn.modules.activation"
            if is_leaf and (is_activation or list(layer.parameters())):
                self.layers[name], self.outputs[name] = layer, []
                hook = self.make_hook(self.outputs[name])
                self.handles.append(layer.register_forward_hook(hook))
        return self

    def make_hook(self, outputs):
        def remember(layer, inputs, output):
            outputs.append(output.detach().clone())

        return remember

    def __exit__(self, *error):
        for handle in self.handles:
            handle.remove()

    def stats(self):
        """Una lista de diccionarios: name, act_mean, act_std, dead, grad_norm…"""
        rows = []
        for name, layer in self.layers.items():
            values = torch.cat([o.flatten() for o in self.outputs[name]])
            alive = torch.stack([(o > 0).any(dim=0) for o in self.outputs[name]])
            row = {"name": name, "act_mean": values.mean().item()}
            row["act_std"] = values.std(correction=0).item()
            row["dead"] = (~alive.any(dim=0)).double().mean().item()
            params = list(layer.parameters())
            grads = [p.grad for p in params if p.grad is not None]
            row["grad_norm"] = math.hypot(*(g.norm().item() for g in grads))
            row["param_norm"] = math.hypot(*(p.norm().item() for p in params))
            rows.append(row)
        return rows


def saliency(model, x, c):
    """|derivada del logit c_b respecto de x_b|. x: (B, 1, 8, 8), c: (B,); (B, 8, 8)."""
    modes = [(module, module.training) for module in model.modules()]
    model.eval()
    pixels = x.detach().requires_grad_()
    scores = model(pixels).gather(1, c[:, None]).sum()
    scores.backward()
    slope = pixels.grad
    for module, mode in modes:
        module.training = mode
    return slope.abs().squeeze(1)


# %% wrong e5_5 saliency_in_train_mode
# Deja BatchNorm en entrenamiento: una imagen depende de las demás.
class Probe:
    """Observa activaciones y gradientes de las capas hoja de un modelo."""

    def __init__(self, model):
        self.model = model

    def __call__(self, x):
        """Lo mismo que model(x)."""
        return self.model(x)

    def __enter__(self):
        self.layers, self.outputs, self.handles = {}, {}, []
        for name, layer in self.model.named_modules():
            is_leaf = not list(layer.children())
            is_activation = type(layer).__module__ == "torch.nn.modules.activation"
            if is_leaf and (is_activation or list(layer.parameters())):
                self.layers[name], self.outputs[name] = layer, []
                hook = self.make_hook(self.outputs[name])
                self.handles.append(layer.register_forward_hook(hook))
        return self

    def make_hook(self, outputs):
        def remember(layer, inputs, output):
            outputs.append(output.detach().clone())

        return remember

    def __exit__(self, *error):
        for handle in self.handles:
            handle.remove()

    def stats(self):
        """Una lista de diccionarios: name, act_mean, act_std, dead, grad_norm…"""
        rows = []
        for name, layer in self.layers.items():
            values = torch.cat([o.flatten() for o in self.outputs[name]])
            alive = torch.stack([(o > 0).any(dim=0) for o in self.outputs[name]])
            row = {"name": name, "act_mean": values.mean().item()}
            row["act_std"] = values.std(correction=0).item()
            row["dead"] = (~alive.any(dim=0)).double().mean().item()
            params = list(layer.parameters())
            grads = [p.grad for p in params if p.grad is not None]
            row["grad_norm"] = math.hypot(*(g.norm().item() for g in grads))
            row["param_norm"] = math.hypot(*(p.norm().item() for p in params))
            rows.append(row)
        return rows


def saliency(model, x, c):
    """|derivada del logit c_b respecto de x_b|. x: (B, 1, 8, 8), c: (B,); (B, 8, 8)."""
    modes = [(module, module.training) for module in model.modules()]
    pixels = x.detach().requires_grad_()
    scores = model(pixels).gather(1, c[:, None]).sum()
    (slope,) = torch.autograd.grad(scores, pixels)
    for module, mode in modes:
        module.training = mode
    return slope.abs().squeeze(1)


# %% wrong e5_5 last_batch_only
# Guarda solo la última salida de cada capa.
class Probe:
    """Observa activaciones y gradientes de las capas hoja de un modelo."""

    def __init__(self, model):
        self.model = model

    def __call__(self, x):
        """Lo mismo que model(x)."""
        return self.model(x)

    def __enter__(self):
        self.layers, self.outputs, self.handles = {}, {}, []
        for name, layer in self.model.named_modules():
            is_leaf = not list(layer.children())
            is_activation = type(layer).__module__ == "torch.nn.modules.activation"
            if is_leaf and (is_activation or list(layer.parameters())):
                self.layers[name], self.outputs[name] = layer, []
                hook = self.make_hook(self.outputs[name])
                self.handles.append(layer.register_forward_hook(hook))
        return self

    def make_hook(self, outputs):
        def remember(layer, inputs, output):
            outputs[:] = [output.detach().clone()]

        return remember

    def __exit__(self, *error):
        for handle in self.handles:
            handle.remove()

    def stats(self):
        """Una lista de diccionarios: name, act_mean, act_std, dead, grad_norm…"""
        rows = []
        for name, layer in self.layers.items():
            values = torch.cat([o.flatten() for o in self.outputs[name]])
            alive = torch.stack([(o > 0).any(dim=0) for o in self.outputs[name]])
            row = {"name": name, "act_mean": values.mean().item()}
            row["act_std"] = values.std(correction=0).item()
            row["dead"] = (~alive.any(dim=0)).double().mean().item()
            params = list(layer.parameters())
            grads = [p.grad for p in params if p.grad is not None]
            row["grad_norm"] = math.hypot(*(g.norm().item() for g in grads))
            row["param_norm"] = math.hypot(*(p.norm().item() for p in params))
            rows.append(row)
        return rows


def saliency(model, x, c):
    """|derivada del logit c_b respecto de x_b|. x: (B, 1, 8, 8), c: (B,); (B, 8, 8)."""
    modes = [(module, module.training) for module in model.modules()]
    model.eval()
    pixels = x.detach().requires_grad_()
    scores = model(pixels).gather(1, c[:, None]).sum()
    (slope,) = torch.autograd.grad(scores, pixels)
    for module, mode in modes:
        module.training = mode
    return slope.abs().squeeze(1)


# %% wrong e5_5 only_linear_layers
# Observa solo capas Linear.
class Probe:
    """Observa activaciones y gradientes de las capas hoja de un modelo."""

    def __init__(self, model):
        self.model = model

    def __call__(self, x):
        """Lo mismo que model(x)."""
        return self.model(x)

    def __enter__(self):
        self.layers, self.outputs, self.handles = {}, {}, []
        for name, layer in self.model.named_modules():
            is_leaf = not list(layer.children())
            is_activation = type(layer).__module__ == "torch.nn.modules.activation"
            if isinstance(layer, nn.Linear):
                self.layers[name], self.outputs[name] = layer, []
                hook = self.make_hook(self.outputs[name])
                self.handles.append(layer.register_forward_hook(hook))
        return self

    def make_hook(self, outputs):
        def remember(layer, inputs, output):
            outputs.append(output.detach().clone())

        return remember

    def __exit__(self, *error):
        for handle in self.handles:
            handle.remove()

    def stats(self):
        """Una lista de diccionarios: name, act_mean, act_std, dead, grad_norm…"""
        rows = []
        for name, layer in self.layers.items():
            values = torch.cat([o.flatten() for o in self.outputs[name]])
            alive = torch.stack([(o > 0).any(dim=0) for o in self.outputs[name]])
            row = {"name": name, "act_mean": values.mean().item()}
            row["act_std"] = values.std(correction=0).item()
            row["dead"] = (~alive.any(dim=0)).double().mean().item()
            params = list(layer.parameters())
            grads = [p.grad for p in params if p.grad is not None]
            row["grad_norm"] = math.hypot(*(g.norm().item() for g in grads))
            row["param_norm"] = math.hypot(*(p.norm().item() for p in params))
            rows.append(row)
        return rows


def saliency(model, x, c):
    """|derivada del logit c_b respecto de x_b|. x: (B, 1, 8, 8), c: (B,); (B, 8, 8)."""
    modes = [(module, module.training) for module in model.modules()]
    model.eval()
    pixels = x.detach().requires_grad_()
    scores = model(pixels).gather(1, c[:, None]).sum()
    (slope,) = torch.autograd.grad(scores, pixels)
    for module, mode in modes:
        module.training = mode
    return slope.abs().squeeze(1)


# %% wrong e5_5 signed_saliency
# Falta el valor absoluto.
class Probe:
    """Observa activaciones y gradientes de las capas hoja de un modelo."""

    def __init__(self, model):
        self.model = model

    def __call__(self, x):
        """Lo mismo que model(x)."""
        return self.model(x)

    def __enter__(self):
        self.layers, self.outputs, self.handles = {}, {}, []
        for name, layer in self.model.named_modules():
            is_leaf = not list(layer.children())
            is_activation = type(layer).__module__ == "torch.nn.modules.activation"
            if is_leaf and (is_activation or list(layer.parameters())):
                self.layers[name], self.outputs[name] = layer, []
                hook = self.make_hook(self.outputs[name])
                self.handles.append(layer.register_forward_hook(hook))
        return self

    def make_hook(self, outputs):
        def remember(layer, inputs, output):
            outputs.append(output.detach().clone())

        return remember

    def __exit__(self, *error):
        for handle in self.handles:
            handle.remove()

    def stats(self):
        """Una lista de diccionarios: name, act_mean, act_std, dead, grad_norm…"""
        rows = []
        for name, layer in self.layers.items():
            values = torch.cat([o.flatten() for o in self.outputs[name]])
            alive = torch.stack([(o > 0).any(dim=0) for o in self.outputs[name]])
            row = {"name": name, "act_mean": values.mean().item()}
            row["act_std"] = values.std(correction=0).item()
            row["dead"] = (~alive.any(dim=0)).double().mean().item()
            params = list(layer.parameters())
            grads = [p.grad for p in params if p.grad is not None]
            row["grad_norm"] = math.hypot(*(g.norm().item() for g in grads))
            row["param_norm"] = math.hypot(*(p.norm().item() for p in params))
            rows.append(row)
        return rows


def saliency(model, x, c):
    """|derivada del logit c_b respecto de x_b|. x: (B, 1, 8, 8), c: (B,); (B, 8, 8)."""
    modes = [(module, module.training) for module in model.modules()]
    model.eval()
    pixels = x.detach().requires_grad_()
    scores = model(pixels).gather(1, c[:, None]).sum()
    (slope,) = torch.autograd.grad(scores, pixels)
    for module, mode in modes:
        module.training = mode
    return slope.squeeze(1)


# %% right e5_5 running_sums
# Acumula sumas en el hook en vez de guardar las salidas.
class Probe:
    def __init__(self, model):
        self.model = model
        self.handles = []

    def __call__(self, x):
        return self.model(x)

    def __enter__(self):
        self.rows = {}
        for name, layer in self.model.named_modules():
            if len(list(layer.children())):
                continue
            has_weights = next(layer.parameters(), None) is not None
            if has_weights or type(layer).__module__ == "torch.nn.modules.activation":
                row = {"layer": layer, "n": 0, "s": 0.0, "q": 0.0, "alive": False}
                self.rows[name] = row
                self.handles.append(
                    layer.register_forward_hook(lambda m, i, o, row=row: self.note(row, o))
                )
        return self

    def note(self, row, output):
        o = output.detach().double()
        row["n"] += o.numel()
        row["s"] += o.sum().item()
        row["q"] += (o * o).sum().item()
        row["alive"] = row["alive"] | (o > 0).any(0)

    def __exit__(self, kind, error, trace):
        while self.handles:
            self.handles.pop().remove()
        return False

    def stats(self):
        result = []
        for name, row in self.rows.items():
            mean = row["s"] / row["n"]
            var = max(0.0, row["q"] / row["n"] - mean * mean)
            square = {"p": 0.0, "g": 0.0}
            for p in row["layer"].parameters():
                square["p"] += p.detach().double().square().sum().item()
                if p.grad is not None:
                    square["g"] += p.grad.double().square().sum().item()
            result.append(
                dict(
                    name=name,
                    act_mean=mean,
                    act_std=var**0.5,
                    dead=(~row["alive"]).double().mean().item(),
                    grad_norm=square["g"] ** 0.5,
                    param_norm=square["p"] ** 0.5,
                )
            )
        return result


def saliency(model, x, c):
    before = {m: m.training for m in model.modules()}
    try:
        model.eval()
        maps = []
        for image, label in zip(x, c):
            leaf = image[None].detach().clone().requires_grad_(True)
            (slope,) = torch.autograd.grad(model(leaf)[0, label], leaf)
            maps.append(slope[0, 0].abs())
        return torch.stack(maps)
    finally:
        for m, mode in before.items():
            m.training = mode


# %% right e5_5 exit_stack
# Con contextlib.ExitStack, y el jacobiano elegido a mano.
from contextlib import ExitStack


class Probe:
    def __init__(self, model):
        self.model = model

    def __call__(self, x):
        return self.model(x)

    def __enter__(self):
        self.seen = []
        self.stack = ExitStack()
        for name, layer in self.model.named_modules():
            if any(True for _ in layer.children()):
                continue
            activation = type(layer).__module__.endswith("modules.activation")
            if activation or any(True for _ in layer.parameters()):
                record = (name, layer, [])
                self.seen.append(record)
                self.stack.enter_context(layer.register_forward_hook(self.keep(record[2])))
        return self

    @staticmethod
    def keep(box):
        return lambda layer, args, out: box.append(out.detach().to(torch.float64, copy=True))

    def __exit__(self, *details):
        self.stack.close()

    def stats(self):
        rows = []
        for name, layer, box in self.seen:
            flat = torch.cat([o.reshape(-1) for o in box])
            every = torch.cat([o.reshape(len(o), -1) for o in box])
            params = [p.detach().flatten() for p in layer.parameters()] or [torch.zeros(1)]
            grads = [p.grad.flatten() for p in layer.parameters() if p.grad is not None]
            rows.append(
                {
                    "name": name,
                    "act_mean": float(flat.mean()),
                    "act_std": float(flat.var(unbiased=False).sqrt()),
                    "dead": float((every.max(0).values <= 0).double().mean()),
                    "grad_norm": float(torch.cat(grads or [torch.zeros(1)]).norm()),
                    "param_norm": float(torch.cat(params).norm()),
                }
            )
        return rows


def saliency(model, x, c):
    modes = [m.training for m in model.modules()]
    for m in model.modules():
        m.training = False
    leaf = x.clone().requires_grad_()
    picked = torch.zeros(len(x), model(leaf).shape[1], dtype=x.dtype)
    picked[torch.arange(len(x)), c] = 1
    slope = torch.autograd.grad(model(leaf), leaf, grad_outputs=picked)[0]
    for m, mode in zip(model.modules(), modes):
        m.training = mode
    return slope[:, 0].abs()


# %% wrong e5_6 sam_silenced
# Un try/except y nada más: el gradiente viejo sigue ahí.
def fix_sam(model, loss_fn, x, y, optimizer, rho):
    """Un paso de SAM; devuelve la pérdida con los pesos de partida."""
    params = list(model.parameters())
    loss = loss_fn(model(x), y)
    try:
        loss.backward()
    except RuntimeError:
        return 0.0
    norm = torch.stack([p.grad.norm() for p in params]).norm()
    shifts = [rho * p.grad / norm for p in params]
    with torch.no_grad():
        for p, shift in zip(params, shifts, strict=True):
            p += shift
    optimizer.zero_grad()
    loss_fn(model(x), y).backward()
    with torch.no_grad():
        for p, shift in zip(params, shifts, strict=True):
            p -= shift
    optimizer.step()
    return loss.item()


def fix_pseudo_label(weak, strong, threshold):
    """Pérdida de pseudoetiquetas. weak, strong: logits (n, C); devuelve un escalar."""
    confidence, label = weak.softmax(dim=1).max(dim=1)
    loss = F.cross_entropy(strong, label, reduction="none")
    return (loss * (confidence >= threshold)).mean()


def fix_curriculum(difficulty, epoch, n_epochs):
    """Índices de las muestras de la época, de fácil a difícil. difficulty: (n,)."""
    k = math.ceil(len(difficulty) * (epoch + 1) / n_epochs)
    return torch.argsort(difficulty, stable=True)[:k]


def fix_eval(model, loss_fn, batches):
    """Pérdida media por muestra y exactitud, dos float."""
    modes = [(module, module.training) for module in model.modules()]
    model.eval()
    loss, hits = 0.0, 0
    with torch.no_grad():
        for x, y in batches:
            output = model(x)
            loss += loss_fn(output, y).item() * len(y)
            hits += (output.argmax(dim=1) == y).sum().item()
    for module, mode in modes:
        module.training = mode
    n = sum(len(y) for _, y in batches)
    return loss / n, hits / n


def fix_smoothing(y, n_classes, eps):
    """Objetivos suavizados (n, n_classes) a partir de clases y (n,)."""
    return (1 - eps) * F.one_hot(y, n_classes).float() + eps / n_classes


def fix_zoneout(previous, new, p, training, generator):
    """Mezcla de dos estados (n, d): al azar si training; si no, la esperada."""
    if not training:
        return p * previous + (1 - p) * new
    keep = torch.rand(new.shape, generator=generator) < p
    return torch.where(keep, previous, new)


# %% wrong e5_6 sam_smaller_rho
# Cambia el hiperparámetro en vez de borrar el gradiente.
def fix_sam(model, loss_fn, x, y, optimizer, rho):
    """Un paso de SAM; devuelve la pérdida con los pesos de partida."""
    params = list(model.parameters())
    rho = rho / 10
    loss = loss_fn(model(x), y)
    loss.backward()
    norm = torch.stack([p.grad.norm() for p in params]).norm()
    shifts = [rho * p.grad / norm for p in params]
    with torch.no_grad():
        for p, shift in zip(params, shifts, strict=True):
            p += shift
    optimizer.zero_grad()
    loss_fn(model(x), y).backward()
    with torch.no_grad():
        for p, shift in zip(params, shifts, strict=True):
            p -= shift
    optimizer.step()
    return loss.item()


def fix_pseudo_label(weak, strong, threshold):
    """Pérdida de pseudoetiquetas. weak, strong: logits (n, C); devuelve un escalar."""
    confidence, label = weak.softmax(dim=1).max(dim=1)
    loss = F.cross_entropy(strong, label, reduction="none")
    return (loss * (confidence >= threshold)).mean()


def fix_curriculum(difficulty, epoch, n_epochs):
    """Índices de las muestras de la época, de fácil a difícil. difficulty: (n,)."""
    k = math.ceil(len(difficulty) * (epoch + 1) / n_epochs)
    return torch.argsort(difficulty, stable=True)[:k]


def fix_eval(model, loss_fn, batches):
    """Pérdida media por muestra y exactitud, dos float."""
    modes = [(module, module.training) for module in model.modules()]
    model.eval()
    loss, hits = 0.0, 0
    with torch.no_grad():
        for x, y in batches:
            output = model(x)
            loss += loss_fn(output, y).item() * len(y)
            hits += (output.argmax(dim=1) == y).sum().item()
    for module, mode in modes:
        module.training = mode
    n = sum(len(y) for _, y in batches)
    return loss / n, hits / n


def fix_smoothing(y, n_classes, eps):
    """Objetivos suavizados (n, n_classes) a partir de clases y (n,)."""
    return (1 - eps) * F.one_hot(y, n_classes).float() + eps / n_classes


def fix_zoneout(previous, new, p, training, generator):
    """Mezcla de dos estados (n, d): al azar si training; si no, la esperada."""
    if not training:
        return p * previous + (1 - p) * new
    keep = torch.rand(new.shape, generator=generator) < p
    return torch.where(keep, previous, new)


# %% wrong e5_6 sam_adds_both
# Suma el gradiente limpio y el perturbado.
def fix_sam(model, loss_fn, x, y, optimizer, rho):
    """Un paso de SAM; devuelve la pérdida con los pesos de partida."""
    params = list(model.parameters())
    optimizer.zero_grad()
    loss = loss_fn(model(x), y)
    loss.backward()
    norm = torch.stack([p.grad.norm() for p in params]).norm()
    shifts = [rho * p.grad / norm for p in params]
    with torch.no_grad():
        for p, shift in zip(params, shifts, strict=True):
            p += shift
    loss_fn(model(x), y).backward()
    with torch.no_grad():
        for p, shift in zip(params, shifts, strict=True):
            p -= shift
    optimizer.step()
    return loss.item()


def fix_pseudo_label(weak, strong, threshold):
    """Pérdida de pseudoetiquetas. weak, strong: logits (n, C); devuelve un escalar."""
    confidence, label = weak.softmax(dim=1).max(dim=1)
    loss = F.cross_entropy(strong, label, reduction="none")
    return (loss * (confidence >= threshold)).mean()


def fix_curriculum(difficulty, epoch, n_epochs):
    """Índices de las muestras de la época, de fácil a difícil. difficulty: (n,)."""
    k = math.ceil(len(difficulty) * (epoch + 1) / n_epochs)
    return torch.argsort(difficulty, stable=True)[:k]


def fix_eval(model, loss_fn, batches):
    """Pérdida media por muestra y exactitud, dos float."""
    modes = [(module, module.training) for module in model.modules()]
    model.eval()
    loss, hits = 0.0, 0
    with torch.no_grad():
        for x, y in batches:
            output = model(x)
            loss += loss_fn(output, y).item() * len(y)
            hits += (output.argmax(dim=1) == y).sum().item()
    for module, mode in modes:
        module.training = mode
    n = sum(len(y) for _, y in batches)
    return loss / n, hits / n


def fix_smoothing(y, n_classes, eps):
    """Objetivos suavizados (n, n_classes) a partir de clases y (n,)."""
    return (1 - eps) * F.one_hot(y, n_classes).float() + eps / n_classes


def fix_zoneout(previous, new, p, training, generator):
    """Mezcla de dos estados (n, d): al azar si training; si no, la esperada."""
    if not training:
        return p * previous + (1 - p) * new
    keep = torch.rand(new.shape, generator=generator) < p
    return torch.where(keep, previous, new)


# %% wrong e5_6 sam_stays_away
# No vuelve a los pesos de partida.
def fix_sam(model, loss_fn, x, y, optimizer, rho):
    """Un paso de SAM; devuelve la pérdida con los pesos de partida."""
    params = list(model.parameters())
    optimizer.zero_grad()
    loss = loss_fn(model(x), y)
    loss.backward()
    norm = torch.stack([p.grad.norm() for p in params]).norm()
    shifts = [rho * p.grad / norm for p in params]
    with torch.no_grad():
        for p, shift in zip(params, shifts, strict=True):
            p += shift
    optimizer.zero_grad()
    loss_fn(model(x), y).backward()
    with torch.no_grad():
        for p, shift in zip(params, shifts, strict=True):
            pass
    optimizer.step()
    return loss.item()


def fix_pseudo_label(weak, strong, threshold):
    """Pérdida de pseudoetiquetas. weak, strong: logits (n, C); devuelve un escalar."""
    confidence, label = weak.softmax(dim=1).max(dim=1)
    loss = F.cross_entropy(strong, label, reduction="none")
    return (loss * (confidence >= threshold)).mean()


def fix_curriculum(difficulty, epoch, n_epochs):
    """Índices de las muestras de la época, de fácil a difícil. difficulty: (n,)."""
    k = math.ceil(len(difficulty) * (epoch + 1) / n_epochs)
    return torch.argsort(difficulty, stable=True)[:k]


def fix_eval(model, loss_fn, batches):
    """Pérdida media por muestra y exactitud, dos float."""
    modes = [(module, module.training) for module in model.modules()]
    model.eval()
    loss, hits = 0.0, 0
    with torch.no_grad():
        for x, y in batches:
            output = model(x)
            loss += loss_fn(output, y).item() * len(y)
            hits += (output.argmax(dim=1) == y).sum().item()
    for module, mode in modes:
        module.training = mode
    n = sum(len(y) for _, y in batches)
    return loss / n, hits / n


def fix_smoothing(y, n_classes, eps):
    """Objetivos suavizados (n, n_classes) a partir de clases y (n,)."""
    return (1 - eps) * F.one_hot(y, n_classes).float() + eps / n_classes


def fix_zoneout(previous, new, p, training, generator):
    """Mezcla de dos estados (n, d): al azar si training; si no, la esperada."""
    if not training:
        return p * previous + (1 - p) * new
    keep = torch.rand(new.shape, generator=generator) < p
    return torch.where(keep, previous, new)


# %% wrong e5_6 mask_times_mean
# La pérdida sigue siendo una media multiplicada por la máscara.
def fix_sam(model, loss_fn, x, y, optimizer, rho):
    """Un paso de SAM; devuelve la pérdida con los pesos de partida."""
    params = list(model.parameters())
    optimizer.zero_grad()
    loss = loss_fn(model(x), y)
    loss.backward()
    norm = torch.stack([p.grad.norm() for p in params]).norm()
    shifts = [rho * p.grad / norm for p in params]
    with torch.no_grad():
        for p, shift in zip(params, shifts, strict=True):
            p += shift
    optimizer.zero_grad()
    loss_fn(model(x), y).backward()
    with torch.no_grad():
        for p, shift in zip(params, shifts, strict=True):
            p -= shift
    optimizer.step()
    return loss.item()


def fix_pseudo_label(weak, strong, threshold):
    """Pérdida de pseudoetiquetas. weak, strong: logits (n, C); devuelve un escalar."""
    confidence, label = weak.softmax(dim=1).max(dim=1)
    loss = F.cross_entropy(strong, label)
    return (loss * (confidence >= threshold)).mean()


def fix_curriculum(difficulty, epoch, n_epochs):
    """Índices de las muestras de la época, de fácil a difícil. difficulty: (n,)."""
    k = math.ceil(len(difficulty) * (epoch + 1) / n_epochs)
    return torch.argsort(difficulty, stable=True)[:k]


def fix_eval(model, loss_fn, batches):
    """Pérdida media por muestra y exactitud, dos float."""
    modes = [(module, module.training) for module in model.modules()]
    model.eval()
    loss, hits = 0.0, 0
    with torch.no_grad():
        for x, y in batches:
            output = model(x)
            loss += loss_fn(output, y).item() * len(y)
            hits += (output.argmax(dim=1) == y).sum().item()
    for module, mode in modes:
        module.training = mode
    n = sum(len(y) for _, y in batches)
    return loss / n, hits / n


def fix_smoothing(y, n_classes, eps):
    """Objetivos suavizados (n, n_classes) a partir de clases y (n,)."""
    return (1 - eps) * F.one_hot(y, n_classes).float() + eps / n_classes


def fix_zoneout(previous, new, p, training, generator):
    """Mezcla de dos estados (n, d): al azar si training; si no, la esperada."""
    if not training:
        return p * previous + (1 - p) * new
    keep = torch.rand(new.shape, generator=generator) < p
    return torch.where(keep, previous, new)


# %% wrong e5_6 mean_of_confident
# Divide entre las seguras, no entre todas; sin ninguna, nan.
def fix_sam(model, loss_fn, x, y, optimizer, rho):
    """Un paso de SAM; devuelve la pérdida con los pesos de partida."""
    params = list(model.parameters())
    optimizer.zero_grad()
    loss = loss_fn(model(x), y)
    loss.backward()
    norm = torch.stack([p.grad.norm() for p in params]).norm()
    shifts = [rho * p.grad / norm for p in params]
    with torch.no_grad():
        for p, shift in zip(params, shifts, strict=True):
            p += shift
    optimizer.zero_grad()
    loss_fn(model(x), y).backward()
    with torch.no_grad():
        for p, shift in zip(params, shifts, strict=True):
            p -= shift
    optimizer.step()
    return loss.item()


def fix_pseudo_label(weak, strong, threshold):
    """Pérdida de pseudoetiquetas. weak, strong: logits (n, C); devuelve un escalar."""
    confidence, label = weak.softmax(dim=1).max(dim=1)
    loss = F.cross_entropy(strong, label, reduction="none")
    return loss[confidence >= threshold].mean()


def fix_curriculum(difficulty, epoch, n_epochs):
    """Índices de las muestras de la época, de fácil a difícil. difficulty: (n,)."""
    k = math.ceil(len(difficulty) * (epoch + 1) / n_epochs)
    return torch.argsort(difficulty, stable=True)[:k]


def fix_eval(model, loss_fn, batches):
    """Pérdida media por muestra y exactitud, dos float."""
    modes = [(module, module.training) for module in model.modules()]
    model.eval()
    loss, hits = 0.0, 0
    with torch.no_grad():
        for x, y in batches:
            output = model(x)
            loss += loss_fn(output, y).item() * len(y)
            hits += (output.argmax(dim=1) == y).sum().item()
    for module, mode in modes:
        module.training = mode
    n = sum(len(y) for _, y in batches)
    return loss / n, hits / n


def fix_smoothing(y, n_classes, eps):
    """Objetivos suavizados (n, n_classes) a partir de clases y (n,)."""
    return (1 - eps) * F.one_hot(y, n_classes).float() + eps / n_classes


def fix_zoneout(previous, new, p, training, generator):
    """Mezcla de dos estados (n, d): al azar si training; si no, la esperada."""
    if not training:
        return p * previous + (1 - p) * new
    keep = torch.rand(new.shape, generator=generator) < p
    return torch.where(keep, previous, new)


# %% wrong e5_6 curriculum_shuffled
# Todas las que tocan, pero barajadas.
def fix_sam(model, loss_fn, x, y, optimizer, rho):
    """Un paso de SAM; devuelve la pérdida con los pesos de partida."""
    params = list(model.parameters())
    optimizer.zero_grad()
    loss = loss_fn(model(x), y)
    loss.backward()
    norm = torch.stack([p.grad.norm() for p in params]).norm()
    shifts = [rho * p.grad / norm for p in params]
    with torch.no_grad():
        for p, shift in zip(params, shifts, strict=True):
            p += shift
    optimizer.zero_grad()
    loss_fn(model(x), y).backward()
    with torch.no_grad():
        for p, shift in zip(params, shifts, strict=True):
            p -= shift
    optimizer.step()
    return loss.item()


def fix_pseudo_label(weak, strong, threshold):
    """Pérdida de pseudoetiquetas. weak, strong: logits (n, C); devuelve un escalar."""
    confidence, label = weak.softmax(dim=1).max(dim=1)
    loss = F.cross_entropy(strong, label, reduction="none")
    return (loss * (confidence >= threshold)).mean()


def fix_curriculum(difficulty, epoch, n_epochs):
    """Índices de las muestras de la época, de fácil a difícil. difficulty: (n,)."""
    k = math.ceil(len(difficulty) * (epoch + 1) / n_epochs)
    return torch.argsort(difficulty, stable=True)[:k][torch.randperm(k)]


def fix_eval(model, loss_fn, batches):
    """Pérdida media por muestra y exactitud, dos float."""
    modes = [(module, module.training) for module in model.modules()]
    model.eval()
    loss, hits = 0.0, 0
    with torch.no_grad():
        for x, y in batches:
            output = model(x)
            loss += loss_fn(output, y).item() * len(y)
            hits += (output.argmax(dim=1) == y).sum().item()
    for module, mode in modes:
        module.training = mode
    n = sum(len(y) for _, y in batches)
    return loss / n, hits / n


def fix_smoothing(y, n_classes, eps):
    """Objetivos suavizados (n, n_classes) a partir de clases y (n,)."""
    return (1 - eps) * F.one_hot(y, n_classes).float() + eps / n_classes


def fix_zoneout(previous, new, p, training, generator):
    """Mezcla de dos estados (n, d): al azar si training; si no, la esperada."""
    if not training:
        return p * previous + (1 - p) * new
    keep = torch.rand(new.shape, generator=generator) < p
    return torch.where(keep, previous, new)


# %% wrong e5_6 curriculum_stays_easy
# Se queda siempre con la primera parte.
def fix_sam(model, loss_fn, x, y, optimizer, rho):
    """Un paso de SAM; devuelve la pérdida con los pesos de partida."""
    params = list(model.parameters())
    optimizer.zero_grad()
    loss = loss_fn(model(x), y)
    loss.backward()
    norm = torch.stack([p.grad.norm() for p in params]).norm()
    shifts = [rho * p.grad / norm for p in params]
    with torch.no_grad():
        for p, shift in zip(params, shifts, strict=True):
            p += shift
    optimizer.zero_grad()
    loss_fn(model(x), y).backward()
    with torch.no_grad():
        for p, shift in zip(params, shifts, strict=True):
            p -= shift
    optimizer.step()
    return loss.item()


def fix_pseudo_label(weak, strong, threshold):
    """Pérdida de pseudoetiquetas. weak, strong: logits (n, C); devuelve un escalar."""
    confidence, label = weak.softmax(dim=1).max(dim=1)
    loss = F.cross_entropy(strong, label, reduction="none")
    return (loss * (confidence >= threshold)).mean()


def fix_curriculum(difficulty, epoch, n_epochs):
    """Índices de las muestras de la época, de fácil a difícil. difficulty: (n,)."""
    k = math.ceil(len(difficulty) * 1 / n_epochs)
    return torch.argsort(difficulty, stable=True)[:k]


def fix_eval(model, loss_fn, batches):
    """Pérdida media por muestra y exactitud, dos float."""
    modes = [(module, module.training) for module in model.modules()]
    model.eval()
    loss, hits = 0.0, 0
    with torch.no_grad():
        for x, y in batches:
            output = model(x)
            loss += loss_fn(output, y).item() * len(y)
            hits += (output.argmax(dim=1) == y).sum().item()
    for module, mode in modes:
        module.training = mode
    n = sum(len(y) for _, y in batches)
    return loss / n, hits / n


def fix_smoothing(y, n_classes, eps):
    """Objetivos suavizados (n, n_classes) a partir de clases y (n,)."""
    return (1 - eps) * F.one_hot(y, n_classes).float() + eps / n_classes


def fix_zoneout(previous, new, p, training, generator):
    """Mezcla de dos estados (n, d): al azar si training; si no, la esperada."""
    if not training:
        return p * previous + (1 - p) * new
    keep = torch.rand(new.shape, generator=generator) < p
    return torch.where(keep, previous, new)


# %% wrong e5_6 curriculum_rounds_down
# Redondea hacia abajo.
def fix_sam(model, loss_fn, x, y, optimizer, rho):
    """Un paso de SAM; devuelve la pérdida con los pesos de partida."""
    params = list(model.parameters())
    optimizer.zero_grad()
    loss = loss_fn(model(x), y)
    loss.backward()
    norm = torch.stack([p.grad.norm() for p in params]).norm()
    shifts = [rho * p.grad / norm for p in params]
    with torch.no_grad():
        for p, shift in zip(params, shifts, strict=True):
            p += shift
    optimizer.zero_grad()
    loss_fn(model(x), y).backward()
    with torch.no_grad():
        for p, shift in zip(params, shifts, strict=True):
            p -= shift
    optimizer.step()
    return loss.item()


def fix_pseudo_label(weak, strong, threshold):
    """Pérdida de pseudoetiquetas. weak, strong: logits (n, C); devuelve un escalar."""
    confidence, label = weak.softmax(dim=1).max(dim=1)
    loss = F.cross_entropy(strong, label, reduction="none")
    return (loss * (confidence >= threshold)).mean()


def fix_curriculum(difficulty, epoch, n_epochs):
    """Índices de las muestras de la época, de fácil a difícil. difficulty: (n,)."""
    k = math.floor(len(difficulty) * (epoch + 1) / n_epochs)
    return torch.argsort(difficulty, stable=True)[:k]


def fix_eval(model, loss_fn, batches):
    """Pérdida media por muestra y exactitud, dos float."""
    modes = [(module, module.training) for module in model.modules()]
    model.eval()
    loss, hits = 0.0, 0
    with torch.no_grad():
        for x, y in batches:
            output = model(x)
            loss += loss_fn(output, y).item() * len(y)
            hits += (output.argmax(dim=1) == y).sum().item()
    for module, mode in modes:
        module.training = mode
    n = sum(len(y) for _, y in batches)
    return loss / n, hits / n


def fix_smoothing(y, n_classes, eps):
    """Objetivos suavizados (n, n_classes) a partir de clases y (n,)."""
    return (1 - eps) * F.one_hot(y, n_classes).float() + eps / n_classes


def fix_zoneout(previous, new, p, training, generator):
    """Mezcla de dos estados (n, d): al azar si training; si no, la esperada."""
    if not training:
        return p * previous + (1 - p) * new
    keep = torch.rand(new.shape, generator=generator) < p
    return torch.where(keep, previous, new)


# %% wrong e5_6 eval_mean_of_batches
# Media de las medias de cada lote.
def fix_sam(model, loss_fn, x, y, optimizer, rho):
    """Un paso de SAM; devuelve la pérdida con los pesos de partida."""
    params = list(model.parameters())
    optimizer.zero_grad()
    loss = loss_fn(model(x), y)
    loss.backward()
    norm = torch.stack([p.grad.norm() for p in params]).norm()
    shifts = [rho * p.grad / norm for p in params]
    with torch.no_grad():
        for p, shift in zip(params, shifts, strict=True):
            p += shift
    optimizer.zero_grad()
    loss_fn(model(x), y).backward()
    with torch.no_grad():
        for p, shift in zip(params, shifts, strict=True):
            p -= shift
    optimizer.step()
    return loss.item()


def fix_pseudo_label(weak, strong, threshold):
    """Pérdida de pseudoetiquetas. weak, strong: logits (n, C); devuelve un escalar."""
    confidence, label = weak.softmax(dim=1).max(dim=1)
    loss = F.cross_entropy(strong, label, reduction="none")
    return (loss * (confidence >= threshold)).mean()


def fix_curriculum(difficulty, epoch, n_epochs):
    """Índices de las muestras de la época, de fácil a difícil. difficulty: (n,)."""
    k = math.ceil(len(difficulty) * (epoch + 1) / n_epochs)
    return torch.argsort(difficulty, stable=True)[:k]


def fix_eval(model, loss_fn, batches):
    """Pérdida media por muestra y exactitud, dos float."""
    modes = [(module, module.training) for module in model.modules()]
    model.eval()
    loss, hits = 0.0, 0
    with torch.no_grad():
        for x, y in batches:
            output = model(x)
            loss += loss_fn(output, y).item()
            hits += (output.argmax(dim=1) == y).sum().item()
    for module, mode in modes:
        module.training = mode
    n = sum(len(y) for _, y in batches)
    return loss / len(batches), hits / n


def fix_smoothing(y, n_classes, eps):
    """Objetivos suavizados (n, n_classes) a partir de clases y (n,)."""
    return (1 - eps) * F.one_hot(y, n_classes).float() + eps / n_classes


def fix_zoneout(previous, new, p, training, generator):
    """Mezcla de dos estados (n, d): al azar si training; si no, la esperada."""
    if not training:
        return p * previous + (1 - p) * new
    keep = torch.rand(new.shape, generator=generator) < p
    return torch.where(keep, previous, new)


# %% wrong e5_6 eval_leaves_eval_mode
# No devuelve los modos.
def fix_sam(model, loss_fn, x, y, optimizer, rho):
    """Un paso de SAM; devuelve la pérdida con los pesos de partida."""
    params = list(model.parameters())
    optimizer.zero_grad()
    loss = loss_fn(model(x), y)
    loss.backward()
    norm = torch.stack([p.grad.norm() for p in params]).norm()
    shifts = [rho * p.grad / norm for p in params]
    with torch.no_grad():
        for p, shift in zip(params, shifts, strict=True):
            p += shift
    optimizer.zero_grad()
    loss_fn(model(x), y).backward()
    with torch.no_grad():
        for p, shift in zip(params, shifts, strict=True):
            p -= shift
    optimizer.step()
    return loss.item()


def fix_pseudo_label(weak, strong, threshold):
    """Pérdida de pseudoetiquetas. weak, strong: logits (n, C); devuelve un escalar."""
    confidence, label = weak.softmax(dim=1).max(dim=1)
    loss = F.cross_entropy(strong, label, reduction="none")
    return (loss * (confidence >= threshold)).mean()


def fix_curriculum(difficulty, epoch, n_epochs):
    """Índices de las muestras de la época, de fácil a difícil. difficulty: (n,)."""
    k = math.ceil(len(difficulty) * (epoch + 1) / n_epochs)
    return torch.argsort(difficulty, stable=True)[:k]


def fix_eval(model, loss_fn, batches):
    """Pérdida media por muestra y exactitud, dos float."""
    modes = [(module, module.training) for module in model.modules()]
    model.eval()
    loss, hits = 0.0, 0
    with torch.no_grad():
        for x, y in batches:
            output = model(x)
            loss += loss_fn(output, y).item() * len(y)
            hits += (output.argmax(dim=1) == y).sum().item()
    for module, mode in modes:
        pass
    n = sum(len(y) for _, y in batches)
    return loss / n, hits / n


def fix_smoothing(y, n_classes, eps):
    """Objetivos suavizados (n, n_classes) a partir de clases y (n,)."""
    return (1 - eps) * F.one_hot(y, n_classes).float() + eps / n_classes


def fix_zoneout(previous, new, p, training, generator):
    """Mezcla de dos estados (n, d): al azar si training; si no, la esperada."""
    if not training:
        return p * previous + (1 - p) * new
    keep = torch.rand(new.shape, generator=generator) < p
    return torch.where(keep, previous, new)


# %% wrong e5_6 eval_in_train_mode
# Evalúa con dropout y BatchNorm en entrenamiento.
def fix_sam(model, loss_fn, x, y, optimizer, rho):
    """Un paso de SAM; devuelve la pérdida con los pesos de partida."""
    params = list(model.parameters())
    optimizer.zero_grad()
    loss = loss_fn(model(x), y)
    loss.backward()
    norm = torch.stack([p.grad.norm() for p in params]).norm()
    shifts = [rho * p.grad / norm for p in params]
    with torch.no_grad():
        for p, shift in zip(params, shifts, strict=True):
            p += shift
    optimizer.zero_grad()
    loss_fn(model(x), y).backward()
    with torch.no_grad():
        for p, shift in zip(params, shifts, strict=True):
            p -= shift
    optimizer.step()
    return loss.item()


def fix_pseudo_label(weak, strong, threshold):
    """Pérdida de pseudoetiquetas. weak, strong: logits (n, C); devuelve un escalar."""
    confidence, label = weak.softmax(dim=1).max(dim=1)
    loss = F.cross_entropy(strong, label, reduction="none")
    return (loss * (confidence >= threshold)).mean()


def fix_curriculum(difficulty, epoch, n_epochs):
    """Índices de las muestras de la época, de fácil a difícil. difficulty: (n,)."""
    k = math.ceil(len(difficulty) * (epoch + 1) / n_epochs)
    return torch.argsort(difficulty, stable=True)[:k]


def fix_eval(model, loss_fn, batches):
    """Pérdida media por muestra y exactitud, dos float."""
    modes = [(module, module.training) for module in model.modules()]
    loss, hits = 0.0, 0
    with torch.no_grad():
        for x, y in batches:
            output = model(x)
            loss += loss_fn(output, y).item() * len(y)
            hits += (output.argmax(dim=1) == y).sum().item()
    for module, mode in modes:
        module.training = mode
    n = sum(len(y) for _, y in batches)
    return loss / n, hits / n


def fix_smoothing(y, n_classes, eps):
    """Objetivos suavizados (n, n_classes) a partir de clases y (n,)."""
    return (1 - eps) * F.one_hot(y, n_classes).float() + eps / n_classes


def fix_zoneout(previous, new, p, training, generator):
    """Mezcla de dos estados (n, d): al azar si training; si no, la esperada."""
    if not training:
        return p * previous + (1 - p) * new
    keep = torch.rand(new.shape, generator=generator) < p
    return torch.where(keep, previous, new)


# %% wrong e5_6 smoothing_over_others
# ε/(C-1) también en la clase correcta: suma más de 1.
def fix_sam(model, loss_fn, x, y, optimizer, rho):
    """Un paso de SAM; devuelve la pérdida con los pesos de partida."""
    params = list(model.parameters())
    optimizer.zero_grad()
    loss = loss_fn(model(x), y)
    loss.backward()
    norm = torch.stack([p.grad.norm() for p in params]).norm()
    shifts = [rho * p.grad / norm for p in params]
    with torch.no_grad():
        for p, shift in zip(params, shifts, strict=True):
            p += shift
    optimizer.zero_grad()
    loss_fn(model(x), y).backward()
    with torch.no_grad():
        for p, shift in zip(params, shifts, strict=True):
            p -= shift
    optimizer.step()
    return loss.item()


def fix_pseudo_label(weak, strong, threshold):
    """Pérdida de pseudoetiquetas. weak, strong: logits (n, C); devuelve un escalar."""
    confidence, label = weak.softmax(dim=1).max(dim=1)
    loss = F.cross_entropy(strong, label, reduction="none")
    return (loss * (confidence >= threshold)).mean()


def fix_curriculum(difficulty, epoch, n_epochs):
    """Índices de las muestras de la época, de fácil a difícil. difficulty: (n,)."""
    k = math.ceil(len(difficulty) * (epoch + 1) / n_epochs)
    return torch.argsort(difficulty, stable=True)[:k]


def fix_eval(model, loss_fn, batches):
    """Pérdida media por muestra y exactitud, dos float."""
    modes = [(module, module.training) for module in model.modules()]
    model.eval()
    loss, hits = 0.0, 0
    with torch.no_grad():
        for x, y in batches:
            output = model(x)
            loss += loss_fn(output, y).item() * len(y)
            hits += (output.argmax(dim=1) == y).sum().item()
    for module, mode in modes:
        module.training = mode
    n = sum(len(y) for _, y in batches)
    return loss / n, hits / n


def fix_smoothing(y, n_classes, eps):
    """Objetivos suavizados (n, n_classes) a partir de clases y (n,)."""
    return (1 - eps) * F.one_hot(y, n_classes).float() + eps / (n_classes - 1)


def fix_zoneout(previous, new, p, training, generator):
    """Mezcla de dos estados (n, d): al azar si training; si no, la esperada."""
    if not training:
        return p * previous + (1 - p) * new
    keep = torch.rand(new.shape, generator=generator) < p
    return torch.where(keep, previous, new)


# %% wrong e5_6 zoneout_without_expectation
# En evaluación devuelve el estado nuevo.
def fix_sam(model, loss_fn, x, y, optimizer, rho):
    """Un paso de SAM; devuelve la pérdida con los pesos de partida."""
    params = list(model.parameters())
    optimizer.zero_grad()
    loss = loss_fn(model(x), y)
    loss.backward()
    norm = torch.stack([p.grad.norm() for p in params]).norm()
    shifts = [rho * p.grad / norm for p in params]
    with torch.no_grad():
        for p, shift in zip(params, shifts, strict=True):
            p += shift
    optimizer.zero_grad()
    loss_fn(model(x), y).backward()
    with torch.no_grad():
        for p, shift in zip(params, shifts, strict=True):
            p -= shift
    optimizer.step()
    return loss.item()


def fix_pseudo_label(weak, strong, threshold):
    """Pérdida de pseudoetiquetas. weak, strong: logits (n, C); devuelve un escalar."""
    confidence, label = weak.softmax(dim=1).max(dim=1)
    loss = F.cross_entropy(strong, label, reduction="none")
    return (loss * (confidence >= threshold)).mean()


def fix_curriculum(difficulty, epoch, n_epochs):
    """Índices de las muestras de la época, de fácil a difícil. difficulty: (n,)."""
    k = math.ceil(len(difficulty) * (epoch + 1) / n_epochs)
    return torch.argsort(difficulty, stable=True)[:k]


def fix_eval(model, loss_fn, batches):
    """Pérdida media por muestra y exactitud, dos float."""
    modes = [(module, module.training) for module in model.modules()]
    model.eval()
    loss, hits = 0.0, 0
    with torch.no_grad():
        for x, y in batches:
            output = model(x)
            loss += loss_fn(output, y).item() * len(y)
            hits += (output.argmax(dim=1) == y).sum().item()
    for module, mode in modes:
        module.training = mode
    n = sum(len(y) for _, y in batches)
    return loss / n, hits / n


def fix_smoothing(y, n_classes, eps):
    """Objetivos suavizados (n, n_classes) a partir de clases y (n,)."""
    return (1 - eps) * F.one_hot(y, n_classes).float() + eps / n_classes


def fix_zoneout(previous, new, p, training, generator):
    """Mezcla de dos estados (n, d): al azar si training; si no, la esperada."""
    if not training:
        return new
    keep = torch.rand(new.shape, generator=generator) < p
    return torch.where(keep, previous, new)


# %% wrong e5_6 zoneout_rescaled
# Reescala como si fuera dropout.
def fix_sam(model, loss_fn, x, y, optimizer, rho):
    """Un paso de SAM; devuelve la pérdida con los pesos de partida."""
    params = list(model.parameters())
    optimizer.zero_grad()
    loss = loss_fn(model(x), y)
    loss.backward()
    norm = torch.stack([p.grad.norm() for p in params]).norm()
    shifts = [rho * p.grad / norm for p in params]
    with torch.no_grad():
        for p, shift in zip(params, shifts, strict=True):
            p += shift
    optimizer.zero_grad()
    loss_fn(model(x), y).backward()
    with torch.no_grad():
        for p, shift in zip(params, shifts, strict=True):
            p -= shift
    optimizer.step()
    return loss.item()


def fix_pseudo_label(weak, strong, threshold):
    """Pérdida de pseudoetiquetas. weak, strong: logits (n, C); devuelve un escalar."""
    confidence, label = weak.softmax(dim=1).max(dim=1)
    loss = F.cross_entropy(strong, label, reduction="none")
    return (loss * (confidence >= threshold)).mean()


def fix_curriculum(difficulty, epoch, n_epochs):
    """Índices de las muestras de la época, de fácil a difícil. difficulty: (n,)."""
    k = math.ceil(len(difficulty) * (epoch + 1) / n_epochs)
    return torch.argsort(difficulty, stable=True)[:k]


def fix_eval(model, loss_fn, batches):
    """Pérdida media por muestra y exactitud, dos float."""
    modes = [(module, module.training) for module in model.modules()]
    model.eval()
    loss, hits = 0.0, 0
    with torch.no_grad():
        for x, y in batches:
            output = model(x)
            loss += loss_fn(output, y).item() * len(y)
            hits += (output.argmax(dim=1) == y).sum().item()
    for module, mode in modes:
        module.training = mode
    n = sum(len(y) for _, y in batches)
    return loss / n, hits / n


def fix_smoothing(y, n_classes, eps):
    """Objetivos suavizados (n, n_classes) a partir de clases y (n,)."""
    return (1 - eps) * F.one_hot(y, n_classes).float() + eps / n_classes


def fix_zoneout(previous, new, p, training, generator):
    """Mezcla de dos estados (n, d): al azar si training; si no, la esperada."""
    if not training:
        return p * previous + (1 - p) * new
    keep = torch.rand(new.shape, generator=generator) < p
    return torch.where(keep, previous, new) / (1 - p)


# %% wrong e5_6 changed_signature
# Cambia la firma: fix_zoneout sin generador.
def fix_sam(model, loss_fn, x, y, optimizer, rho):
    """Un paso de SAM; devuelve la pérdida con los pesos de partida."""
    params = list(model.parameters())
    optimizer.zero_grad()
    loss = loss_fn(model(x), y)
    loss.backward()
    norm = torch.stack([p.grad.norm() for p in params]).norm()
    shifts = [rho * p.grad / norm for p in params]
    with torch.no_grad():
        for p, shift in zip(params, shifts, strict=True):
            p += shift
    optimizer.zero_grad()
    loss_fn(model(x), y).backward()
    with torch.no_grad():
        for p, shift in zip(params, shifts, strict=True):
            p -= shift
    optimizer.step()
    return loss.item()


def fix_pseudo_label(weak, strong, threshold):
    """Pérdida de pseudoetiquetas. weak, strong: logits (n, C); devuelve un escalar."""
    confidence, label = weak.softmax(dim=1).max(dim=1)
    loss = F.cross_entropy(strong, label, reduction="none")
    return (loss * (confidence >= threshold)).mean()


def fix_curriculum(difficulty, epoch, n_epochs):
    """Índices de las muestras de la época, de fácil a difícil. difficulty: (n,)."""
    k = math.ceil(len(difficulty) * (epoch + 1) / n_epochs)
    return torch.argsort(difficulty, stable=True)[:k]


def fix_eval(model, loss_fn, batches):
    """Pérdida media por muestra y exactitud, dos float."""
    modes = [(module, module.training) for module in model.modules()]
    model.eval()
    loss, hits = 0.0, 0
    with torch.no_grad():
        for x, y in batches:
            output = model(x)
            loss += loss_fn(output, y).item() * len(y)
            hits += (output.argmax(dim=1) == y).sum().item()
    for module, mode in modes:
        module.training = mode
    n = sum(len(y) for _, y in batches)
    return loss / n, hits / n


def fix_smoothing(y, n_classes, eps):
    """Objetivos suavizados (n, n_classes) a partir de clases y (n,)."""
    return (1 - eps) * F.one_hot(y, n_classes).float() + eps / n_classes


def fix_zoneout(previous, new, p, training):
    """Mezcla de dos estados (n, d): al azar si training; si no, la esperada."""
    if not training:
        return p * previous + (1 - p) * new
    keep = torch.rand(new.shape, generator=None) < p
    return torch.where(keep, previous, new)


# %% right e5_6 functional
# Con autograd.grad, bucles y sumas explícitas.
def fix_sam(model, loss_fn, x, y, optimizer, rho):
    params = list(model.parameters())
    loss = loss_fn(model(x), y)
    clean = torch.autograd.grad(loss, params)
    norm = sum((g * g).sum() for g in clean).sqrt()
    saved = [p.data.clone() for p in params]
    for p, g in zip(params, clean):
        p.data.add_(g, alpha=(rho / norm).item())
    sharp = torch.autograd.grad(loss_fn(model(x), y), params)
    for p, g, w in zip(params, sharp, saved):
        p.data.copy_(w)
        p.grad = g
    optimizer.step()
    return float(loss.detach())


def fix_pseudo_label(weak, strong, threshold):
    p = torch.softmax(weak, dim=1).detach()
    total = 0 * strong.sum()
    for i in range(len(p)):
        if p[i].max() >= threshold:
            total = total + torch.logsumexp(strong[i], 0) - strong[i, p[i].argmax()]
    return total / len(p)


def fix_curriculum(difficulty, epoch, n_epochs):
    n = len(difficulty)
    k = (n * (epoch + 1) + n_epochs - 1) // n_epochs
    order = sorted(range(n), key=lambda i: difficulty[i].item())
    return torch.tensor(order[:k], dtype=torch.int64)


@torch.no_grad()
def fix_eval(model, loss_fn, batches):
    before = {m: m.training for m in model.modules()}
    model.eval()
    losses, hits, sizes = [], [], []
    for x, y in batches:
        out = model(x)
        sizes.append(len(y))
        losses.append(float(loss_fn(out, y)) * len(y))
        hits.append(int((out.argmax(1) == y).sum()))
    for m, mode in before.items():
        m.training = mode
    return sum(losses) / sum(sizes), sum(hits) / sum(sizes)


def fix_smoothing(y, n_classes, eps):
    targets = torch.full((len(y), n_classes), eps / n_classes)
    targets[torch.arange(len(y)), y] += 1 - eps
    return targets


def fix_zoneout(previous, new, p, training, generator):
    if training:
        keep = torch.rand(previous.shape, generator=generator) < p
        return keep * previous + ~keep * new
    return new + p * (previous - new)


# %% right e5_6 minimal_repairs
# El código enfermo con los arreglos mínimos.
def fix_sam(model, loss_fn, x, y, optimizer, rho):
    params = list(model.parameters())
    optimizer.zero_grad()
    loss = loss_fn(model(x), y)
    loss.backward()
    norm = torch.stack([p.grad.norm() for p in params]).norm()
    shifts = [rho * p.grad / norm for p in params]
    with torch.no_grad():
        for p, shift in zip(params, shifts, strict=True):
            p += shift
    optimizer.zero_grad()
    loss_fn(model(x), y).backward()
    with torch.no_grad():
        for p, shift in zip(params, shifts, strict=True):
            p -= shift
    optimizer.step()
    return loss.item()


def fix_pseudo_label(weak, strong, threshold):
    confidence, label = weak.softmax(dim=1).max(dim=1)
    mask = (confidence >= threshold).to(strong.dtype).detach()
    loss = F.cross_entropy(strong, label, reduction="none")
    return (loss * mask).sum() / len(mask)


def fix_curriculum(difficulty, epoch, n_epochs):
    order = torch.sort(difficulty, stable=True).indices
    k = -(-len(order) * (epoch + 1) // n_epochs)
    return order[:k]


def fix_eval(model, loss_fn, batches):
    modes = [m.training for m in model.modules()]
    model.eval()
    losses, hits = [], []
    for x, y in batches:
        with torch.inference_mode():
            output = model(x)
            losses.append(loss_fn(output, y) * len(y))
            hits.append((output.argmax(dim=1) == y).float().sum())
    for m, mode in zip(model.modules(), modes):
        m.training = mode
    n = sum(len(y) for _, y in batches)
    return (sum(losses) / n).item(), (sum(hits) / n).item()


def fix_smoothing(y, n_classes, eps):
    return torch.lerp(F.one_hot(y, n_classes).float(), torch.tensor(1 / n_classes), eps)


def fix_zoneout(previous, new, p, training, generator):
    if not training:
        return p * previous + (1 - p) * new
    keep = torch.rand(new.shape, generator=generator) < p
    out = new.clone()
    out[keep] = previous[keep]
    return out


# %% wrong e5_7 trains_on_validation
# Junta la validación con el entrenamiento.
def train_noisy(X, y, X_val, y_val, seed):
    """Entrena con etiquetas dudosas; devuelve la red de la mejor época, en eval."""
    torch.manual_seed(seed)
    X, y = torch.cat([X, X_val]), torch.cat([y, y_val])
    model = nn.Sequential(nn.Linear(64, 128)).append(nn.Tanh())
    model.append(nn.Linear(128, 10))
    optimizer = torch.optim.Adam(model.parameters(), lr=4e-3)
    best = math.inf
    for _ in range(12):
        for rows in torch.randperm(len(y)).split(40):
            optimizer.zero_grad()
            F.cross_entropy(model(X[rows]), y[rows]).backward()
            optimizer.step()
        value = F.cross_entropy(model(X_val), y_val).item()
        if value < best:
            best, state = value, copy.deepcopy(model.state_dict())
    model.load_state_dict(state)
    return model.eval()


# %% wrong e5_7 last_epoch
# Cien épocas y se queda con la última.
def train_noisy(X, y, X_val, y_val, seed):
    """Entrena con etiquetas dudosas; devuelve la red de la mejor época, en eval."""
    torch.manual_seed(seed)
    model = nn.Sequential(nn.Linear(64, 128)).append(nn.Tanh())
    model.append(nn.Linear(128, 10))
    optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
    best = math.inf
    for _ in range(100):
        for rows in torch.randperm(len(y)).split(40):
            optimizer.zero_grad()
            F.cross_entropy(model(X[rows]), y[rows]).backward()
            optimizer.step()
        value = F.cross_entropy(model(X_val), y_val).item()
        if value < best:
            best, state = value, copy.deepcopy(model.state_dict())
    return model.eval()


# %% wrong e5_7 last_epoch_with_dropout
# Regulariza, pero devuelve la última época.
def train_noisy(X, y, X_val, y_val, seed):
    """Entrena con etiquetas dudosas; devuelve la red de la mejor época, en eval."""
    torch.manual_seed(seed)
    model = nn.Sequential(nn.Linear(64, 128)).append(nn.Tanh()).append(nn.Dropout())
    model.append(nn.Linear(128, 10))
    optimizer = torch.optim.Adam(model.parameters(), lr=4e-3)
    best = math.inf
    for _ in range(12):
        for rows in torch.randperm(len(y)).split(40):
            optimizer.zero_grad()
            F.cross_entropy(model(X[rows]), y[rows]).backward()
            optimizer.step()
        value = F.cross_entropy(model(X_val), y_val).item()
        if value < best:
            best, state = value, copy.deepcopy(model.state_dict())
    return model.eval()


# %% wrong e5_7 state_without_copy
# Guarda una referencia: son siempre los últimos pesos.
def train_noisy(X, y, X_val, y_val, seed):
    """Entrena con etiquetas dudosas; devuelve la red de la mejor época, en eval."""
    torch.manual_seed(seed)
    model = nn.Sequential(nn.Linear(64, 128)).append(nn.Tanh())
    model.append(nn.Linear(128, 10))
    optimizer = torch.optim.Adam(model.parameters(), lr=4e-3)
    best = math.inf
    for _ in range(12):
        for rows in torch.randperm(len(y)).split(40):
            optimizer.zero_grad()
            F.cross_entropy(model(X[rows]), y[rows]).backward()
            optimizer.step()
        value = F.cross_entropy(model(X_val), y_val).item()
        if value < best:
            best, state = value, model.state_dict()
    model.load_state_dict(state)
    return model.eval()


# %% wrong e5_7 returned_in_train_mode
# Devuelve la red con dropout activo.
def train_noisy(X, y, X_val, y_val, seed):
    """Entrena con etiquetas dudosas; devuelve la red de la mejor época, en eval."""
    torch.manual_seed(seed)
    model = nn.Sequential(nn.Linear(64, 128)).append(nn.Tanh()).append(nn.Dropout())
    model.append(nn.Linear(128, 10))
    optimizer = torch.optim.Adam(model.parameters(), lr=4e-3)
    best = math.inf
    for _ in range(12):
        for rows in torch.randperm(len(y)).split(40):
            optimizer.zero_grad()
            F.cross_entropy(model(X[rows]), y[rows]).backward()
            optimizer.step()
        value = F.cross_entropy(model(X_val), y_val).item()
        if value < best:
            best, state = value, copy.deepcopy(model.state_dict())
    model.load_state_dict(state)
    return model.train()


# %% wrong e5_7 ignores_seed
# Usa siempre la misma semilla.
def train_noisy(X, y, X_val, y_val, seed):
    """Entrena con etiquetas dudosas; devuelve la red de la mejor época, en eval."""
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(64, 128)).append(nn.Tanh())
    model.append(nn.Linear(128, 10))
    optimizer = torch.optim.Adam(model.parameters(), lr=4e-3)
    best = math.inf
    for _ in range(12):
        for rows in torch.randperm(len(y)).split(40):
            optimizer.zero_grad()
            F.cross_entropy(model(X[rows]), y[rows]).backward()
            optimizer.step()
        value = F.cross_entropy(model(X_val), y_val).item()
        if value < best:
            best, state = value, copy.deepcopy(model.state_dict())
    model.load_state_dict(state)
    return model.eval()


# %% wrong e5_7 not_reproducible
# No fija el azar.
def train_noisy(X, y, X_val, y_val, seed):
    """Entrena con etiquetas dudosas; devuelve la red de la mejor época, en eval."""
    model = nn.Sequential(nn.Linear(64, 128)).append(nn.Tanh())
    model.append(nn.Linear(128, 10))
    optimizer = torch.optim.Adam(model.parameters(), lr=4e-3)
    best = math.inf
    for _ in range(12):
        for rows in torch.randperm(len(y)).split(40):
            optimizer.zero_grad()
            F.cross_entropy(model(X[rows]), y[rows]).backward()
            optimizer.step()
        value = F.cross_entropy(model(X_val), y_val).item()
        if value < best:
            best, state = value, copy.deepcopy(model.state_dict())
    model.load_state_dict(state)
    return model.eval()


# %% wrong e5_7 worst_epoch
# Guarda la época de mayor pérdida.
def train_noisy(X, y, X_val, y_val, seed):
    """Entrena con etiquetas dudosas; devuelve la red de la mejor época, en eval."""
    torch.manual_seed(seed)
    model = nn.Sequential(nn.Linear(64, 128)).append(nn.Tanh())
    model.append(nn.Linear(128, 10))
    optimizer = torch.optim.Adam(model.parameters(), lr=4e-3)
    best = -math.inf
    for _ in range(12):
        for rows in torch.randperm(len(y)).split(40):
            optimizer.zero_grad()
            F.cross_entropy(model(X[rows]), y[rows]).backward()
            optimizer.step()
        value = F.cross_entropy(model(X_val), y_val).item()
        if value > best:
            best, state = value, copy.deepcopy(model.state_dict())
    model.load_state_dict(state)
    return model.eval()


# %% wrong e5_7 gradients_pile_up
# Olvida zero_grad.
def train_noisy(X, y, X_val, y_val, seed):
    """Entrena con etiquetas dudosas; devuelve la red de la mejor época, en eval."""
    torch.manual_seed(seed)
    model = nn.Sequential(nn.Linear(64, 128)).append(nn.Tanh())
    model.append(nn.Linear(128, 10))
    optimizer = torch.optim.Adam(model.parameters(), lr=4e-3)
    best = math.inf
    for _ in range(12):
        for rows in torch.randperm(len(y)).split(40):
            F.cross_entropy(model(X[rows]), y[rows]).backward()
            optimizer.step()
        value = F.cross_entropy(model(X_val), y_val).item()
        if value < best:
            best, state = value, copy.deepcopy(model.state_dict())
    model.load_state_dict(state)
    return model.eval()


# %% right e5_7 accuracy_and_patience
# Elige por exactitud, con paciencia y suavizado.
def train_noisy(X, y, X_val, y_val, seed):
    gen = torch.Generator().manual_seed(seed)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        net = nn.Sequential(
            nn.Linear(64, 100), nn.LayerNorm(100), nn.ReLU(), nn.Linear(100, 10)
        )
    optimizer = torch.optim.Adam(net.parameters(), lr=2e-3)
    best, kept, waiting = (-1.0, 0.0), None, 0
    while waiting < 6:
        for rows in torch.randperm(len(y), generator=gen).split(40):
            loss = F.cross_entropy(net(X[rows]), y[rows], label_smoothing=0.2)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        with torch.no_grad():
            out = net(X_val)
        score = (
            (out.argmax(1) == y_val).double().mean().item(),
            -F.cross_entropy(out, y_val).item(),
        )
        waiting += 1
        if score > best:
            best, waiting = score, 0
            kept = {k: v.clone() for k, v in net.state_dict().items()}
    net.load_state_dict(kept)
    return net.eval()


# %% right e5_7 momentum_and_noise
# SGD con momento, decaimiento y ruido en las imágenes.
class Reader(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.last = nn.Linear(64, 64), nn.Linear(64, 10)
        self.drop = nn.Dropout(0.3)

    def forward(self, x):
        return self.last(self.drop(torch.relu(self.first(x - 0.3))))


def train_noisy(X, y, X_val, y_val, seed):
    torch.manual_seed(seed)
    net = Reader()
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.9, weight_decay=1e-3)
    history = []
    for _ in range(20):
        net.train()
        order = torch.randperm(len(y))
        for i in range(0, len(y), 50):
            rows = order[i : i + 50]
            images = X[rows] + 0.1 * torch.randn(len(rows), 64)
            loss = F.cross_entropy(net(images), y[rows])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        net.eval()
        with torch.no_grad():
            value = F.cross_entropy(net(X_val), y_val).item()
        history.append((value, copy.deepcopy(net)))
    return min(history, key=lambda pair: pair[0])[1]
