"""Respuestas equivocadas típicas y correctas alternativas de la unidad 13."""


# %% wrong e13_1 mask_inverted
# True = tapar, como key_padding_mask.
def attention(q, k, v, mask=None):
    scores = q @ k.mT / math.sqrt(q.shape[-1])  # (..., Tq, Tk)
    if mask is None:
        w = scores.softmax(dim=-1)
    else:
        alive = mask.any(dim=-1, keepdim=True)  # (..., Tq, 1)
        w = scores.masked_fill(mask & alive, -math.inf).softmax(dim=-1) * alive
    return w @ v, w


# %% wrong e13_1 minus_1e9
# -1e9 en lugar de -inf: desborda en float16 y las filas vacías miran a todos.
def attention(q, k, v, mask=None):
    scores = q @ k.mT / math.sqrt(q.shape[-1])  # (..., Tq, Tk)
    if mask is None:
        w = scores.softmax(dim=-1)
    else:
        w = scores.masked_fill(~mask, -1e9).softmax(dim=-1)
    return w @ v, w


# %% wrong e13_1 scale_by_d
# Divide por d y no por su raíz.
def attention(q, k, v, mask=None):
    scores = q @ k.mT / q.shape[-1]  # (..., Tq, Tk)
    if mask is None:
        w = scores.softmax(dim=-1)
    else:
        alive = mask.any(dim=-1, keepdim=True)  # (..., Tq, 1)
        w = scores.masked_fill(~mask & alive, -math.inf).softmax(dim=-1) * alive
    return w @ v, w


# %% wrong e13_1 no_scale
# No divide.
def attention(q, k, v, mask=None):
    scores = q @ k.mT  # (..., Tq, Tk)
    if mask is None:
        w = scores.softmax(dim=-1)
    else:
        alive = mask.any(dim=-1, keepdim=True)  # (..., Tq, 1)
        w = scores.masked_fill(~mask & alive, -math.inf).softmax(dim=-1) * alive
    return w @ v, w


# %% wrong e13_1 empty_rows_uniform
# Las filas vacías se quedan sin enmascarar.
def attention(q, k, v, mask=None):
    scores = q @ k.mT / math.sqrt(q.shape[-1])  # (..., Tq, Tk)
    if mask is None:
        w = scores.softmax(dim=-1)
    else:
        alive = mask.any(dim=-1, keepdim=True)  # (..., Tq, 1)
        w = scores.masked_fill(~mask & alive, -math.inf).softmax(dim=-1)
    return w @ v, w


# %% wrong e13_1 mask_after_softmax
# Anula los pesos después de la softmax: las filas no suman 1.
def attention(q, k, v, mask=None):
    scores = q @ k.mT / math.sqrt(q.shape[-1])  # (..., Tq, Tk)
    if mask is None:
        w = scores.softmax(dim=-1)
    else:
        w = scores.softmax(dim=-1) * mask
    return w @ v, w


# %% wrong e13_1 scale_by_values
# Divide por la raíz del ancho de los valores.
def attention(q, k, v, mask=None):
    scores = q @ k.mT / math.sqrt(v.shape[-1])  # (..., Tq, Tk)
    if mask is None:
        w = scores.softmax(dim=-1)
    else:
        alive = mask.any(dim=-1, keepdim=True)  # (..., Tq, 1)
        w = scores.masked_fill(~mask & alive, -math.inf).softmax(dim=-1) * alive
    return w @ v, w


# %% wrong e13_1 naive_softmax
# Exponenciales sin restar el máximo: desborda.
def attention(q, k, v, mask=None):
    scores = q @ k.mT / math.sqrt(q.shape[-1])  # (..., Tq, Tk)
    if mask is None:
        w = scores.exp() / scores.exp().sum(dim=-1, keepdim=True)
    else:
        e = scores.exp() * mask
        w = e / e.sum(dim=-1, keepdim=True).clamp(min=1e-12)
    return w @ v, w


# %% wrong e13_1 softmax_over_queries
# Softmax sobre las consultas.
def attention(q, k, v, mask=None):
    scores = q @ k.mT / math.sqrt(q.shape[-1])  # (..., Tq, Tk)
    if mask is None:
        w = scores.softmax(dim=-2)
    else:
        alive = mask.any(dim=-1, keepdim=True)  # (..., Tq, 1)
        w = scores.masked_fill(~mask & alive, -math.inf).softmax(dim=-2) * alive
    return w @ v, w


# %% right e13_1 clean_scores
# Calcula la softmax a mano, con el máximo de lo permitido.
def attention(q, k, v, mask=None):
    scores = torch.einsum("...id,...jd->...ij", q, k) * q.shape[-1] ** -0.5
    if mask is None:
        mask = torch.ones_like(scores, dtype=torch.bool)
    hidden = torch.logical_not(mask)
    low = torch.finfo(scores.dtype).min
    scores = scores.masked_fill(hidden, low)
    top = scores.amax(dim=-1, keepdim=True).detach()
    e = (scores - top).exp().masked_fill(hidden, 0)
    total = e.sum(dim=-1, keepdim=True)
    w = e / total.masked_fill(total == 0, 1)
    return torch.matmul(w, v), w


# %% right e13_1 two_masked_fills
# Tapa con -inf y cambia las filas vacías por ceros antes de la softmax.
def attention(q, k, v, mask=None):
    d = q.size(-1)
    scores = torch.matmul(q / math.sqrt(d), k.transpose(-2, -1))
    if mask is not None:
        scores = torch.where(mask, scores, torch.full_like(scores, -torch.inf))
        empty = (scores == -torch.inf).all(-1, keepdim=True)
        scores = scores.masked_fill(empty, 0.0)
    w = torch.softmax(scores, -1)
    if mask is not None:
        w = w.masked_fill(empty, 0.0)
    return w @ v, w


# %% right e13_1 nan_replaced_with_where
# Cambia los nan de las filas vacías con torch.where: sus gradientes los anula masked_fill.
def attention(q, k, v, mask=None):
    scores = (q @ k.mT) / q.shape[-1] ** 0.5
    if mask is not None:
        scores = scores.masked_fill(~mask, -math.inf)
    w = scores.softmax(-1)
    w = torch.where(torch.isnan(w), torch.zeros_like(w), w)
    return w @ v, w


# %% wrong e13_2 view_without_transpose
# view directo a (B, heads, T, d_h): mezcla posiciones y cabezas.
class MultiHeadAttention(nn.Module):
    def __init__(self, d, heads):
        super().__init__()
        if d % heads:
            raise ValueError(f"d={d} no es múltiplo de heads={heads}")
        self.heads = heads
        self.q_proj, self.k_proj = nn.Linear(d, d), nn.Linear(d, d)
        self.v_proj, self.out_proj = nn.Linear(d, d), nn.Linear(d, d)

    def forward(self, q, k, v, mask=None):

        def split(x):  # (B, T, d) -> (B, heads, T, d / heads)
            return x.reshape(len(x), self.heads, x.shape[1], -1)

        q, k, v = split(self.q_proj(q)), split(self.k_proj(k)), split(self.v_proj(v))
        scores = q @ k.mT / math.sqrt(q.shape[-1])  # (B, heads, Tq, Tk)
        if mask is not None:
            if mask.dim() == 2:
                mask = mask[:, None, None]
            elif mask.dim() == 3:
                mask = mask[:, None]
            alive = mask.any(dim=-1, keepdim=True)
            scores = scores.masked_fill(~mask & alive, -math.inf)
        w = scores.softmax(dim=-1)
        if mask is not None:
            w = w * alive
        return self.out_proj((w @ v).reshape(q.shape[0], q.shape[2], -1))


# %% wrong e13_2 merge_without_transpose
# Une las cabezas sin deshacer el intercambio de ejes.
class MultiHeadAttention(nn.Module):
    def __init__(self, d, heads):
        super().__init__()
        if d % heads:
            raise ValueError(f"d={d} no es múltiplo de heads={heads}")
        self.heads = heads
        self.q_proj, self.k_proj = nn.Linear(d, d), nn.Linear(d, d)
        self.v_proj, self.out_proj = nn.Linear(d, d), nn.Linear(d, d)

    def forward(self, q, k, v, mask=None):

        def split(x):  # (B, T, d) -> (B, heads, T, d / heads)
            return x.unflatten(-1, (self.heads, -1)).transpose(1, 2)

        q, k, v = split(self.q_proj(q)), split(self.k_proj(k)), split(self.v_proj(v))
        scores = q @ k.mT / math.sqrt(q.shape[-1])  # (B, heads, Tq, Tk)
        if mask is not None:
            if mask.dim() == 2:
                mask = mask[:, None, None]
            elif mask.dim() == 3:
                mask = mask[:, None]
            alive = mask.any(dim=-1, keepdim=True)
            scores = scores.masked_fill(~mask & alive, -math.inf)
        w = scores.softmax(dim=-1)
        if mask is not None:
            w = w * alive
        return self.out_proj((w @ v).reshape(len(q), q.shape[2], -1))


# %% wrong e13_2 residual_and_norm_inside
# El residuo dentro: el bloque lo volverá a sumar.
class MultiHeadAttention(nn.Module):
    def __init__(self, d, heads):
        super().__init__()
        if d % heads:
            raise ValueError(f"d={d} no es múltiplo de heads={heads}")
        self.heads = heads
        self.q_proj, self.k_proj = nn.Linear(d, d), nn.Linear(d, d)
        self.v_proj, self.out_proj = nn.Linear(d, d), nn.Linear(d, d)

    def forward(self, q, k, v, mask=None):

        residual = q

        def split(x):  # (B, T, d) -> (B, heads, T, d / heads)
            return x.unflatten(-1, (self.heads, -1)).transpose(1, 2)

        q, k, v = split(self.q_proj(q)), split(self.k_proj(k)), split(self.v_proj(v))
        scores = q @ k.mT / math.sqrt(q.shape[-1])  # (B, heads, Tq, Tk)
        if mask is not None:
            if mask.dim() == 2:
                mask = mask[:, None, None]
            elif mask.dim() == 3:
                mask = mask[:, None]
            alive = mask.any(dim=-1, keepdim=True)
            scores = scores.masked_fill(~mask & alive, -math.inf)
        w = scores.softmax(dim=-1)
        if mask is not None:
            w = w * alive
        out = self.out_proj((w @ v).transpose(1, 2).flatten(2))
        return F.layer_norm(residual + out, out.shape[-1:])


# %% wrong e13_2 self_attention_only
# forward(x, mask): no hay atención cruzada.
class MultiHeadAttention(nn.Module):
    def __init__(self, d, heads):
        super().__init__()
        if d % heads:
            raise ValueError(f"d={d} no es múltiplo de heads={heads}")
        self.heads = heads
        self.q_proj, self.k_proj = nn.Linear(d, d), nn.Linear(d, d)
        self.v_proj, self.out_proj = nn.Linear(d, d), nn.Linear(d, d)

    def forward(self, x, mask=None):

        def split(x):  # (B, T, d) -> (B, heads, T, d / heads)
            return x.unflatten(-1, (self.heads, -1)).transpose(1, 2)

        q, k, v = split(self.q_proj(x)), split(self.k_proj(x)), split(self.v_proj(x))
        scores = q @ k.mT / math.sqrt(q.shape[-1])  # (B, heads, Tq, Tk)
        if mask is not None:
            if mask.dim() == 2:
                mask = mask[:, None, None]
            elif mask.dim() == 3:
                mask = mask[:, None]
            alive = mask.any(dim=-1, keepdim=True)
            scores = scores.masked_fill(~mask & alive, -math.inf)
        w = scores.softmax(dim=-1)
        if mask is not None:
            w = w * alive
        return self.out_proj((w @ v).transpose(1, 2).flatten(2))


# %% wrong e13_2 mask_aligned_with_heads
# Una máscara (B, Tq, Tk) se difunde sobre las cabezas.
class MultiHeadAttention(nn.Module):
    def __init__(self, d, heads):
        super().__init__()
        if d % heads:
            raise ValueError(f"d={d} no es múltiplo de heads={heads}")
        self.heads = heads
        self.q_proj, self.k_proj = nn.Linear(d, d), nn.Linear(d, d)
        self.v_proj, self.out_proj = nn.Linear(d, d), nn.Linear(d, d)

    def forward(self, q, k, v, mask=None):

        def split(x):  # (B, T, d) -> (B, heads, T, d / heads)
            return x.unflatten(-1, (self.heads, -1)).transpose(1, 2)

        q, k, v = split(self.q_proj(q)), split(self.k_proj(k)), split(self.v_proj(v))
        scores = q @ k.mT / math.sqrt(q.shape[-1])  # (B, heads, Tq, Tk)
        if mask is not None:
            if mask.dim() == 2:
                mask = mask[:, None, None]
            alive = mask.any(dim=-1, keepdim=True)
            scores = scores.masked_fill(~mask & alive, -math.inf)
        w = scores.softmax(dim=-1)
        if mask is not None:
            w = w * alive
        return self.out_proj((w @ v).transpose(1, 2).flatten(2))


# %% wrong e13_2 mask_by_shape
# Decide por los tamaños: con Tq = B confunde (B, Tk) con (Tq, Tk).
class MultiHeadAttention(nn.Module):
    def __init__(self, d, heads):
        super().__init__()
        if d % heads:
            raise ValueError(f"d={d} no es múltiplo de heads={heads}")
        self.heads = heads
        self.q_proj, self.k_proj = nn.Linear(d, d), nn.Linear(d, d)
        self.v_proj, self.out_proj = nn.Linear(d, d), nn.Linear(d, d)

    def forward(self, q, k, v, mask=None):

        def split(x):  # (B, T, d) -> (B, heads, T, d / heads)
            return x.unflatten(-1, (self.heads, -1)).transpose(1, 2)

        q, k, v = split(self.q_proj(q)), split(self.k_proj(k)), split(self.v_proj(v))
        scores = q @ k.mT / math.sqrt(q.shape[-1])  # (B, heads, Tq, Tk)
        if mask is not None:
            if mask.dim() == 2:
                mask = mask if len(mask) == q.shape[2] else mask[:, None, None]
            elif mask.dim() == 3:
                mask = mask[:, None]
            alive = mask.any(dim=-1, keepdim=True)
            scores = scores.masked_fill(~mask & alive, -math.inf)
        w = scores.softmax(dim=-1)
        if mask is not None:
            w = w * alive
        return self.out_proj((w @ v).transpose(1, 2).flatten(2))


# %% wrong e13_2 scale_by_d
# Divide por la raíz de d y no de d_h.
class MultiHeadAttention(nn.Module):
    def __init__(self, d, heads):
        super().__init__()
        if d % heads:
            raise ValueError(f"d={d} no es múltiplo de heads={heads}")
        self.heads = heads
        self.q_proj, self.k_proj = nn.Linear(d, d), nn.Linear(d, d)
        self.v_proj, self.out_proj = nn.Linear(d, d), nn.Linear(d, d)

    def forward(self, q, k, v, mask=None):

        def split(x):  # (B, T, d) -> (B, heads, T, d / heads)
            return x.unflatten(-1, (self.heads, -1)).transpose(1, 2)

        q, k, v = split(self.q_proj(q)), split(self.k_proj(k)), split(self.v_proj(v))
        scores = q @ k.mT / math.sqrt(q.shape[-1] * self.heads)  # (B, heads, Tq, Tk)
        if mask is not None:
            if mask.dim() == 2:
                mask = mask[:, None, None]
            elif mask.dim() == 3:
                mask = mask[:, None]
            alive = mask.any(dim=-1, keepdim=True)
            scores = scores.masked_fill(~mask & alive, -math.inf)
        w = scores.softmax(dim=-1)
        if mask is not None:
            w = w * alive
        return self.out_proj((w @ v).transpose(1, 2).flatten(2))


# %% wrong e13_2 values_from_keys
# Proyecta los valores desde k.
class MultiHeadAttention(nn.Module):
    def __init__(self, d, heads):
        super().__init__()
        if d % heads:
            raise ValueError(f"d={d} no es múltiplo de heads={heads}")
        self.heads = heads
        self.q_proj, self.k_proj = nn.Linear(d, d), nn.Linear(d, d)
        self.v_proj, self.out_proj = nn.Linear(d, d), nn.Linear(d, d)

    def forward(self, q, k, v, mask=None):

        def split(x):  # (B, T, d) -> (B, heads, T, d / heads)
            return x.unflatten(-1, (self.heads, -1)).transpose(1, 2)

        q, k, v = split(self.q_proj(q)), split(self.k_proj(k)), split(self.v_proj(k))
        scores = q @ k.mT / math.sqrt(q.shape[-1])  # (B, heads, Tq, Tk)
        if mask is not None:
            if mask.dim() == 2:
                mask = mask[:, None, None]
            elif mask.dim() == 3:
                mask = mask[:, None]
            alive = mask.any(dim=-1, keepdim=True)
            scores = scores.masked_fill(~mask & alive, -math.inf)
        w = scores.softmax(dim=-1)
        if mask is not None:
            w = w * alive
        return self.out_proj((w @ v).transpose(1, 2).flatten(2))


# %% wrong e13_2 padding_inverted
# La máscara, al revés.
class MultiHeadAttention(nn.Module):
    def __init__(self, d, heads):
        super().__init__()
        if d % heads:
            raise ValueError(f"d={d} no es múltiplo de heads={heads}")
        self.heads = heads
        self.q_proj, self.k_proj = nn.Linear(d, d), nn.Linear(d, d)
        self.v_proj, self.out_proj = nn.Linear(d, d), nn.Linear(d, d)

    def forward(self, q, k, v, mask=None):

        def split(x):  # (B, T, d) -> (B, heads, T, d / heads)
            return x.unflatten(-1, (self.heads, -1)).transpose(1, 2)

        q, k, v = split(self.q_proj(q)), split(self.k_proj(k)), split(self.v_proj(v))
        scores = q @ k.mT / math.sqrt(q.shape[-1])  # (B, heads, Tq, Tk)
        if mask is not None:
            if mask.dim() == 2:
                mask = mask[:, None, None]
            elif mask.dim() == 3:
                mask = mask[:, None]
            alive = mask.any(dim=-1, keepdim=True)
            scores = scores.masked_fill(mask & alive, -math.inf)
        w = scores.softmax(dim=-1)
        if mask is not None:
            w = w * alive
        return self.out_proj((w @ v).transpose(1, 2).flatten(2))


# %% wrong e13_2 interleaved_heads
# La cabeza i recibe las columnas i, i + heads…
class MultiHeadAttention(nn.Module):
    def __init__(self, d, heads):
        super().__init__()
        if d % heads:
            raise ValueError(f"d={d} no es múltiplo de heads={heads}")
        self.heads = heads
        self.q_proj, self.k_proj = nn.Linear(d, d), nn.Linear(d, d)
        self.v_proj, self.out_proj = nn.Linear(d, d), nn.Linear(d, d)

    def forward(self, q, k, v, mask=None):

        def split(x):  # (B, T, d) -> (B, heads, T, d / heads)
            return x.unflatten(-1, (-1, self.heads)).permute(0, 3, 1, 2)

        q, k, v = split(self.q_proj(q)), split(self.k_proj(k)), split(self.v_proj(v))
        scores = q @ k.mT / math.sqrt(q.shape[-1])  # (B, heads, Tq, Tk)
        if mask is not None:
            if mask.dim() == 2:
                mask = mask[:, None, None]
            elif mask.dim() == 3:
                mask = mask[:, None]
            alive = mask.any(dim=-1, keepdim=True)
            scores = scores.masked_fill(~mask & alive, -math.inf)
        w = scores.softmax(dim=-1)
        if mask is not None:
            w = w * alive
        return self.out_proj((w @ v).transpose(1, 2).flatten(2))


# %% wrong e13_2 no_output_projection
# No aplica out_proj.
class MultiHeadAttention(nn.Module):
    def __init__(self, d, heads):
        super().__init__()
        if d % heads:
            raise ValueError(f"d={d} no es múltiplo de heads={heads}")
        self.heads = heads
        self.q_proj, self.k_proj = nn.Linear(d, d), nn.Linear(d, d)
        self.v_proj, self.out_proj = nn.Linear(d, d), nn.Linear(d, d)

    def forward(self, q, k, v, mask=None):

        def split(x):  # (B, T, d) -> (B, heads, T, d / heads)
            return x.unflatten(-1, (self.heads, -1)).transpose(1, 2)

        q, k, v = split(self.q_proj(q)), split(self.k_proj(k)), split(self.v_proj(v))
        scores = q @ k.mT / math.sqrt(q.shape[-1])  # (B, heads, Tq, Tk)
        if mask is not None:
            if mask.dim() == 2:
                mask = mask[:, None, None]
            elif mask.dim() == 3:
                mask = mask[:, None]
            alive = mask.any(dim=-1, keepdim=True)
            scores = scores.masked_fill(~mask & alive, -math.inf)
        w = scores.softmax(dim=-1)
        if mask is not None:
            w = w * alive
        return (w @ v).transpose(1, 2).flatten(2)


# %% wrong e13_2 no_value_error
# No comprueba d % heads.
class MultiHeadAttention(nn.Module):
    def __init__(self, d, heads):
        super().__init__()
        self.heads = heads
        self.q_proj, self.k_proj = nn.Linear(d, d), nn.Linear(d, d)
        self.v_proj, self.out_proj = nn.Linear(d, d), nn.Linear(d, d)

    def forward(self, q, k, v, mask=None):

        def split(x):  # (B, T, d) -> (B, heads, T, d / heads)
            return x.unflatten(-1, (self.heads, -1)).transpose(1, 2)

        q, k, v = split(self.q_proj(q)), split(self.k_proj(k)), split(self.v_proj(v))
        scores = q @ k.mT / math.sqrt(q.shape[-1])  # (B, heads, Tq, Tk)
        if mask is not None:
            if mask.dim() == 2:
                mask = mask[:, None, None]
            elif mask.dim() == 3:
                mask = mask[:, None]
            alive = mask.any(dim=-1, keepdim=True)
            scores = scores.masked_fill(~mask & alive, -math.inf)
        w = scores.softmax(dim=-1)
        if mask is not None:
            w = w * alive
        return self.out_proj((w @ v).transpose(1, 2).flatten(2))


# %% wrong e13_2 nan_rows
# Las filas vacías dan nan.
class MultiHeadAttention(nn.Module):
    def __init__(self, d, heads):
        super().__init__()
        if d % heads:
            raise ValueError(f"d={d} no es múltiplo de heads={heads}")
        self.heads = heads
        self.q_proj, self.k_proj = nn.Linear(d, d), nn.Linear(d, d)
        self.v_proj, self.out_proj = nn.Linear(d, d), nn.Linear(d, d)

    def forward(self, q, k, v, mask=None):

        def split(x):  # (B, T, d) -> (B, heads, T, d / heads)
            return x.unflatten(-1, (self.heads, -1)).transpose(1, 2)

        q, k, v = split(self.q_proj(q)), split(self.k_proj(k)), split(self.v_proj(v))
        scores = q @ k.mT / math.sqrt(q.shape[-1])  # (B, heads, Tq, Tk)
        if mask is not None:
            if mask.dim() == 2:
                mask = mask[:, None, None]
            elif mask.dim() == 3:
                mask = mask[:, None]
            alive = mask.any(dim=-1, keepdim=True)
            scores = scores.masked_fill(~mask, -math.inf)
        w = scores.softmax(dim=-1)
        return self.out_proj((w @ v).transpose(1, 2).flatten(2))


# %% wrong e13_2 dropout_inside
# Dropout en los pesos: en entrenamiento no suman 1.
class MultiHeadAttention(nn.Module):
    def __init__(self, d, heads):
        super().__init__()
        if d % heads:
            raise ValueError(f"d={d} no es múltiplo de heads={heads}")
        self.heads = heads
        self.q_proj, self.k_proj = nn.Linear(d, d), nn.Linear(d, d)
        self.v_proj, self.out_proj = nn.Linear(d, d), nn.Linear(d, d)

    def forward(self, q, k, v, mask=None):

        def split(x):  # (B, T, d) -> (B, heads, T, d / heads)
            return x.unflatten(-1, (self.heads, -1)).transpose(1, 2)

        q, k, v = split(self.q_proj(q)), split(self.k_proj(k)), split(self.v_proj(v))
        scores = q @ k.mT / math.sqrt(q.shape[-1])  # (B, heads, Tq, Tk)
        if mask is not None:
            if mask.dim() == 2:
                mask = mask[:, None, None]
            elif mask.dim() == 3:
                mask = mask[:, None]
            alive = mask.any(dim=-1, keepdim=True)
            scores = scores.masked_fill(~mask & alive, -math.inf)
        w = scores.softmax(dim=-1)
        if mask is not None:
            w = w * alive
        w = F.dropout(w, 0.1, self.training)
        return self.out_proj((w @ v).transpose(1, 2).flatten(2))


# %% right e13_2 loop_over_heads
# Un bucle sobre las cabezas, con trozos de columnas.
class MultiHeadAttention(nn.Module):
    def __init__(self, d, heads):
        super().__init__()
        if d % heads != 0:
            raise ValueError("d debe ser múltiplo de heads")
        self.heads, self.size = heads, d // heads
        for name in ("q_proj", "k_proj", "v_proj", "out_proj"):
            setattr(self, name, nn.Linear(d, d))

    def forward(self, q, k, v, mask=None):
        q, k, v = self.q_proj(q), self.k_proj(k), self.v_proj(v)
        B, Tq, Tk = q.shape[0], q.shape[1], k.shape[1]
        if mask is None:
            mask = torch.ones(B, 1, 1, Tk, dtype=torch.bool)
        while mask.dim() < 4:
            mask = mask.unsqueeze(1)
        mask = mask.expand(B, self.heads, Tq, Tk)
        outputs = []
        for h in range(self.heads):
            cols = slice(h * self.size, (h + 1) * self.size)
            scores = torch.bmm(q[..., cols], k[..., cols].transpose(1, 2))
            scores = scores / math.sqrt(self.size)
            keep = mask[:, h]
            e = torch.exp(scores - scores.amax(-1, keepdim=True)) * keep
            w = e / e.sum(-1, keepdim=True).clamp(min=1e-30)
            outputs.append(torch.bmm(w, v[..., cols]))
        return self.out_proj(torch.cat(outputs, dim=-1))


# %% right e13_2 with_sdpa
# Con la atención de PyTorch, y las filas vacías aparte.
class MultiHeadAttention(nn.Module):
    def __init__(self, d, heads):
        if d % heads:
            raise ValueError(d, heads)
        super().__init__()
        self.heads = heads
        self.q_proj = nn.Linear(d, d)
        self.k_proj = nn.Linear(d, d)
        self.v_proj = nn.Linear(d, d)
        self.out_proj = nn.Linear(d, d)

    def forward(self, q, k, v, mask=None):
        B, Tq, d = q.shape
        Tk = k.shape[1]
        q = self.q_proj(q).view(B, Tq, self.heads, -1).permute(0, 2, 1, 3)
        k = self.k_proj(k).view(B, Tk, self.heads, -1).permute(0, 2, 1, 3)
        v = self.v_proj(v).view(B, Tk, self.heads, -1).permute(0, 2, 1, 3)
        if mask is None:
            out = F.scaled_dot_product_attention(q, k, v)
        else:
            if mask.ndim == 2:
                mask = mask[:, None, None, :]
            if mask.ndim == 3:
                mask = mask[:, None, :, :]
            dead = ~mask.any(-1, keepdim=True)
            out = F.scaled_dot_product_attention(q, k, v, attn_mask=mask | dead)
            out = out.masked_fill(dead, 0.0)
        return self.out_proj(out.transpose(1, 2).reshape(B, Tq, d))


# %% wrong e13_3 integer_division
# División entera en el exponente.
def sinusoidal(T, d):
    angles = torch.arange(T)[:, None] / 10000 ** (torch.arange(0, d, 2) // d)
    pe = torch.empty(T, d)
    pe[:, 0::2] = angles.sin()
    pe[:, 1::2] = angles.cos()[:, : d // 2]
    return pe


def rope(x, base=1e4):
    T, d = x.shape[-2:]
    if d % 2:
        raise ValueError("d debe ser par: se gira por parejas")
    angles = torch.arange(T)[:, None] * base ** (-torch.arange(0, d, 2) / d)
    cos, sin = angles.cos().to(x.dtype), angles.sin().to(x.dtype)
    even, odd = x[..., 0::2], x[..., 1::2]
    turned = (even * cos - odd * sin, even * sin + odd * cos)
    return torch.stack(turned, dim=-1).flatten(-2)


# %% wrong e13_3 halves_not_interleaved
# Senos en la primera mitad y cosenos en la segunda.
def sinusoidal(T, d):
    angles = torch.arange(T)[:, None] / 10000 ** (torch.arange(0, d, 2) / d)
    return torch.cat([angles.sin(), angles.cos()], dim=1)[:, :d]


def rope(x, base=1e4):
    T, d = x.shape[-2:]
    if d % 2:
        raise ValueError("d debe ser par: se gira por parejas")
    angles = torch.arange(T)[:, None] * base ** (-torch.arange(0, d, 2) / d)
    cos, sin = angles.cos().to(x.dtype), angles.sin().to(x.dtype)
    even, odd = x[..., 0::2], x[..., 1::2]
    turned = (even * cos - odd * sin, even * sin + odd * cos)
    return torch.stack(turned, dim=-1).flatten(-2)


# %% wrong e13_3 odd_d_breaks
# Con d impar, las formas no casan.
def sinusoidal(T, d):
    angles = torch.arange(T)[:, None] / 10000 ** (torch.arange(0, d, 2) / d)
    pe = torch.empty(T, d)
    pe[:, 0::2] = angles.sin()
    pe[:, 1::2] = angles.cos()
    return pe


def rope(x, base=1e4):
    T, d = x.shape[-2:]
    if d % 2:
        raise ValueError("d debe ser par: se gira por parejas")
    angles = torch.arange(T)[:, None] * base ** (-torch.arange(0, d, 2) / d)
    cos, sin = angles.cos().to(x.dtype), angles.sin().to(x.dtype)
    even, odd = x[..., 0::2], x[..., 1::2]
    turned = (even * cos - odd * sin, even * sin + odd * cos)
    return torch.stack(turned, dim=-1).flatten(-2)


# %% wrong e13_3 sin_cos_swapped
# Cosenos en los pares.
def sinusoidal(T, d):
    angles = torch.arange(T)[:, None] / 10000 ** (torch.arange(0, d, 2) / d)
    pe = torch.empty(T, d)
    pe[:, 0::2] = angles.cos()
    pe[:, 1::2] = angles.sin()[:, : d // 2]
    return pe


def rope(x, base=1e4):
    T, d = x.shape[-2:]
    if d % 2:
        raise ValueError("d debe ser par: se gira por parejas")
    angles = torch.arange(T)[:, None] * base ** (-torch.arange(0, d, 2) / d)
    cos, sin = angles.cos().to(x.dtype), angles.sin().to(x.dtype)
    even, odd = x[..., 0::2], x[..., 1::2]
    turned = (even * cos - odd * sin, even * sin + odd * cos)
    return torch.stack(turned, dim=-1).flatten(-2)


# %% wrong e13_3 index_not_doubled
# Exponente i/d en lugar de 2i/d.
def sinusoidal(T, d):
    angles = torch.arange(T)[:, None] / 10000 ** (torch.arange(0, d, 2) / (2 * d))
    pe = torch.empty(T, d)
    pe[:, 0::2] = angles.sin()
    pe[:, 1::2] = angles.cos()[:, : d // 2]
    return pe


def rope(x, base=1e4):
    T, d = x.shape[-2:]
    if d % 2:
        raise ValueError("d debe ser par: se gira por parejas")
    angles = torch.arange(T)[:, None] * base ** (-torch.arange(0, d, 2) / d)
    cos, sin = angles.cos().to(x.dtype), angles.sin().to(x.dtype)
    even, odd = x[..., 0::2], x[..., 1::2]
    turned = (even * cos - odd * sin, even * sin + odd * cos)
    return torch.stack(turned, dim=-1).flatten(-2)


# %% wrong e13_3 positions_from_one
# La primera posición es la 1.
def sinusoidal(T, d):
    angles = (torch.arange(T) + 1)[:, None] / 10000 ** (torch.arange(0, d, 2) / d)
    pe = torch.empty(T, d)
    pe[:, 0::2] = angles.sin()
    pe[:, 1::2] = angles.cos()[:, : d // 2]
    return pe


def rope(x, base=1e4):
    T, d = x.shape[-2:]
    if d % 2:
        raise ValueError("d debe ser par: se gira por parejas")
    angles = torch.arange(T)[:, None] * base ** (-torch.arange(0, d, 2) / d)
    cos, sin = angles.cos().to(x.dtype), angles.sin().to(x.dtype)
    even, odd = x[..., 0::2], x[..., 1::2]
    turned = (even * cos - odd * sin, even * sin + odd * cos)
    return torch.stack(turned, dim=-1).flatten(-2)


# %% wrong e13_3 rope_halves
# Empareja la columna i con la i + d/2.
def sinusoidal(T, d):
    angles = torch.arange(T)[:, None] / 10000 ** (torch.arange(0, d, 2) / d)
    pe = torch.empty(T, d)
    pe[:, 0::2] = angles.sin()
    pe[:, 1::2] = angles.cos()[:, : d // 2]
    return pe


def rope(x, base=1e4):
    T, d = x.shape[-2:]
    if d % 2:
        raise ValueError("d debe ser par: se gira por parejas")
    angles = torch.arange(T)[:, None] * base ** (-torch.arange(0, d, 2) / d)
    cos, sin = angles.cos().to(x.dtype), angles.sin().to(x.dtype)
    even, odd = x.chunk(2, dim=-1)
    turned = (even * cos - odd * sin, even * sin + odd * cos)
    return torch.cat(turned, dim=-1)


# %% wrong e13_3 rope_half_swapped_output
# Parejas vecinas al entrar, mitades al salir.
def sinusoidal(T, d):
    angles = torch.arange(T)[:, None] / 10000 ** (torch.arange(0, d, 2) / d)
    pe = torch.empty(T, d)
    pe[:, 0::2] = angles.sin()
    pe[:, 1::2] = angles.cos()[:, : d // 2]
    return pe


def rope(x, base=1e4):
    T, d = x.shape[-2:]
    if d % 2:
        raise ValueError("d debe ser par: se gira por parejas")
    angles = torch.arange(T)[:, None] * base ** (-torch.arange(0, d, 2) / d)
    cos, sin = angles.cos().to(x.dtype), angles.sin().to(x.dtype)
    even, odd = x[..., 0::2], x[..., 1::2]
    turned = (even * cos - odd * sin, even * sin + odd * cos)
    return torch.cat(turned, dim=-1)


# %% wrong e13_3 rope_sign
# Gira en el otro sentido.
def sinusoidal(T, d):
    angles = torch.arange(T)[:, None] / 10000 ** (torch.arange(0, d, 2) / d)
    pe = torch.empty(T, d)
    pe[:, 0::2] = angles.sin()
    pe[:, 1::2] = angles.cos()[:, : d // 2]
    return pe


def rope(x, base=1e4):
    T, d = x.shape[-2:]
    if d % 2:
        raise ValueError("d debe ser par: se gira por parejas")
    angles = torch.arange(T)[:, None] * base ** (-torch.arange(0, d, 2) / d)
    cos, sin = angles.cos().to(x.dtype), angles.sin().to(x.dtype)
    even, odd = x[..., 0::2], x[..., 1::2]
    turned = (even * cos + odd * sin, odd * cos - even * sin)
    return torch.stack(turned, dim=-1).flatten(-2)


# %% wrong e13_3 rope_reflection
# Los dos signos iguales: refleja y no conserva la norma.
def sinusoidal(T, d):
    angles = torch.arange(T)[:, None] / 10000 ** (torch.arange(0, d, 2) / d)
    pe = torch.empty(T, d)
    pe[:, 0::2] = angles.sin()
    pe[:, 1::2] = angles.cos()[:, : d // 2]
    return pe


def rope(x, base=1e4):
    T, d = x.shape[-2:]
    if d % 2:
        raise ValueError("d debe ser par: se gira por parejas")
    angles = torch.arange(T)[:, None] * base ** (-torch.arange(0, d, 2) / d)
    cos, sin = angles.cos().to(x.dtype), angles.sin().to(x.dtype)
    even, odd = x[..., 0::2], x[..., 1::2]
    turned = (even * cos + odd * sin, even * sin + odd * cos)
    return torch.stack(turned, dim=-1).flatten(-2)


# %% wrong e13_3 rope_adds
# Suma la codificación en lugar de girar.
def sinusoidal(T, d):
    angles = torch.arange(T)[:, None] / 10000 ** (torch.arange(0, d, 2) / d)
    pe = torch.empty(T, d)
    pe[:, 0::2] = angles.sin()
    pe[:, 1::2] = angles.cos()[:, : d // 2]
    return pe


def rope(x, base=1e4):
    T, d = x.shape[-2:]
    if d % 2:
        raise ValueError("d debe ser par: se gira por parejas")
    angles = torch.arange(T)[:, None] * base ** (-torch.arange(0, d, 2) / d)
    cos, sin = angles.cos().to(x.dtype), angles.sin().to(x.dtype)
    even, odd = x[..., 0::2], x[..., 1::2]
    turned = (even * cos - odd * sin, even * sin + odd * cos)
    return x + sinusoidal(T, d).to(x.dtype)


# %% wrong e13_3 rope_heads_as_positions
# Toma la posición del eje de las cabezas.
def sinusoidal(T, d):
    angles = torch.arange(T)[:, None] / 10000 ** (torch.arange(0, d, 2) / d)
    pe = torch.empty(T, d)
    pe[:, 0::2] = angles.sin()
    pe[:, 1::2] = angles.cos()[:, : d // 2]
    return pe


def rope(x, base=1e4):
    T, d = x.shape[1] if x.dim() == 4 else x.shape[-2], x.shape[-1]
    if d % 2:
        raise ValueError("d debe ser par: se gira por parejas")
    angles = torch.arange(T)[:, None] * base ** (-torch.arange(0, d, 2) / d)
    cos, sin = angles.cos(), angles.sin()
    if x.dim() == 4:
        cos, sin = cos[:, None], sin[:, None]
    even, odd = x[..., 0::2], x[..., 1::2]
    turned = (even * cos - odd * sin, even * sin + odd * cos)
    return torch.stack(turned, dim=-1).flatten(-2)


# %% wrong e13_3 rope_always_float32
# Devuelve float32.
def sinusoidal(T, d):
    angles = torch.arange(T)[:, None] / 10000 ** (torch.arange(0, d, 2) / d)
    pe = torch.empty(T, d)
    pe[:, 0::2] = angles.sin()
    pe[:, 1::2] = angles.cos()[:, : d // 2]
    return pe


def rope(x, base=1e4):
    T, d = x.shape[-2:]
    if d % 2:
        raise ValueError("d debe ser par: se gira por parejas")
    angles = torch.arange(T)[:, None] * base ** (-torch.arange(0, d, 2) / d)
    cos, sin = angles.cos().to(x.dtype), angles.sin().to(x.dtype)
    even, odd = x[..., 0::2], x[..., 1::2]
    turned = (even * cos - odd * sin, even * sin + odd * cos)
    return torch.stack(turned, dim=-1).flatten(-2).float()


# %% wrong e13_3 rope_base_ignored
# Ignora base.
def sinusoidal(T, d):
    angles = torch.arange(T)[:, None] / 10000 ** (torch.arange(0, d, 2) / d)
    pe = torch.empty(T, d)
    pe[:, 0::2] = angles.sin()
    pe[:, 1::2] = angles.cos()[:, : d // 2]
    return pe


def rope(x, base=1e4):
    T, d = x.shape[-2:]
    if d % 2:
        raise ValueError("d debe ser par: se gira por parejas")
    angles = torch.arange(T)[:, None] * 1e4 ** (-torch.arange(0, d, 2) / d)
    cos, sin = angles.cos().to(x.dtype), angles.sin().to(x.dtype)
    even, odd = x[..., 0::2], x[..., 1::2]
    turned = (even * cos - odd * sin, even * sin + odd * cos)
    return torch.stack(turned, dim=-1).flatten(-2)


# %% wrong e13_3 rope_in_place
# Escribe sobre x.
def sinusoidal(T, d):
    angles = torch.arange(T)[:, None] / 10000 ** (torch.arange(0, d, 2) / d)
    pe = torch.empty(T, d)
    pe[:, 0::2] = angles.sin()
    pe[:, 1::2] = angles.cos()[:, : d // 2]
    return pe


def rope(x, base=1e4):
    T, d = x.shape[-2:]
    if d % 2:
        raise ValueError("d debe ser par: se gira por parejas")
    angles = torch.arange(T)[:, None] * base ** (-torch.arange(0, d, 2) / d)
    cos, sin = angles.cos().to(x.dtype), angles.sin().to(x.dtype)
    even, odd = x[..., 0::2], x[..., 1::2]
    with torch.no_grad():
        x[..., 0::2], x[..., 1::2] = (
            even * cos - odd * sin,
            even * sin + odd * cos,
        )
    return x


# %% wrong e13_3 rope_no_error
# No avisa con d impar: se queda sin la última columna.
def sinusoidal(T, d):
    angles = torch.arange(T)[:, None] / 10000 ** (torch.arange(0, d, 2) / d)
    pe = torch.empty(T, d)
    pe[:, 0::2] = angles.sin()
    pe[:, 1::2] = angles.cos()[:, : d // 2]
    return pe


def rope(x, base=1e4):
    T, d = x.shape[-2:]
    x = x[..., : d // 2 * 2]
    d = d // 2 * 2
    angles = torch.arange(T)[:, None] * base ** (-torch.arange(0, d, 2) / d)
    cos, sin = angles.cos().to(x.dtype), angles.sin().to(x.dtype)
    even, odd = x[..., 0::2], x[..., 1::2]
    turned = (even * cos - odd * sin, even * sin + odd * cos)
    return torch.stack(turned, dim=-1).flatten(-2)


# %% right e13_3 complex_numbers
# Con números complejos y bucles.
def sinusoidal(T, d):
    pe = torch.zeros(T, d, dtype=torch.float64)
    for column in range(d):
        angle = torch.arange(T, dtype=torch.float64) / 10000 ** (column // 2 * 2 / d)
        pe[:, column] = angle.cos() if column % 2 else angle.sin()
    return pe.float()


def rope(x, base=1e4):
    T, d = x.shape[-2:]
    if d % 2 == 1:
        raise ValueError(d)
    z = torch.complex(x[..., ::2].contiguous(), x[..., 1::2].contiguous())
    speed = torch.tensor(base, dtype=x.dtype) ** (
        -torch.arange(0, d, 2).to(x.dtype) / d
    )
    angle = torch.outer(torch.arange(T).to(x.dtype), speed)
    z = z * torch.polar(torch.ones_like(angle), angle)
    return torch.view_as_real(z).reshape(x.shape)


# %% right e13_3 rotate_half_trick
# El truco de rotate_half con parejas vecinas.
def sinusoidal(T, d):
    half = (d + 1) // 2
    freq = torch.exp(-math.log(10000.0) * 2 * torch.arange(half) / d)
    angle = torch.arange(T).float().unsqueeze(1) * freq
    return torch.stack([angle.sin(), angle.cos()], dim=2).reshape(T, 2 * half)[:, :d]


def rope(x, base=1e4):
    d = x.shape[-1]
    if d % 2:
        raise ValueError("d impar")
    freq = 1.0 / base ** (torch.arange(0, d, 2, dtype=torch.float64) / d)
    angle = torch.arange(x.shape[-2], dtype=torch.float64)[:, None] * freq
    cos = angle.cos().repeat_interleave(2, dim=-1).to(x.dtype)
    sin = angle.sin().repeat_interleave(2, dim=-1).to(x.dtype)
    swapped = torch.empty_like(x)
    swapped[..., 0::2] = -x[..., 1::2]
    swapped[..., 1::2] = x[..., 0::2]
    return x * cos + swapped * sin


# %% wrong e13_4 double_norm
# Norma antes y después.
class DecoderLayer(nn.Module):
    def __init__(self, d, heads, ff, norm_first):
        super().__init__()
        self.norm_first = norm_first
        self.self_attn, self.multihead_attn = Heads(d, heads), Heads(d, heads)
        self.linear1, self.linear2 = nn.Linear(d, ff), nn.Linear(ff, d)
        self.norm1, self.norm2, self.norm3 = (nn.LayerNorm(d) for _ in range(3))

    def forward(self, x, memory, tgt_mask, src_mask):
        parts = (
            (self.norm1, lambda z: self.self_attn(z, z, z, tgt_mask)),
            (self.norm2, lambda z: self.multihead_attn(z, memory, memory, src_mask)),
            (self.norm3, lambda z: self.linear2(F.gelu(self.linear1(z)))),
        )
        for norm, f in parts:
            x = norm(x + f(norm(x)))
        return x


def make_masks(src, tgt, pad):
    causal = torch.ones(tgt.shape[1], tgt.shape[1], dtype=torch.bool).tril()
    return (src != pad)[:, None], causal & (tgt != pad)[:, None]


def shift_right(y, bos):
    return torch.cat([torch.full_like(y[:, :1], bos), y[:, :-1]], dim=1)


# %% wrong e13_4 always_post
# Ignora norm_first.
class DecoderLayer(nn.Module):
    def __init__(self, d, heads, ff, norm_first):
        super().__init__()
        self.norm_first = norm_first
        self.self_attn, self.multihead_attn = Heads(d, heads), Heads(d, heads)
        self.linear1, self.linear2 = nn.Linear(d, ff), nn.Linear(ff, d)
        self.norm1, self.norm2, self.norm3 = (nn.LayerNorm(d) for _ in range(3))

    def forward(self, x, memory, tgt_mask, src_mask):
        parts = (
            (self.norm1, lambda z: self.self_attn(z, z, z, tgt_mask)),
            (self.norm2, lambda z: self.multihead_attn(z, memory, memory, src_mask)),
            (self.norm3, lambda z: self.linear2(F.gelu(self.linear1(z)))),
        )
        for norm, f in parts:
            x = norm(x + f(x))
        return x


def make_masks(src, tgt, pad):
    causal = torch.ones(tgt.shape[1], tgt.shape[1], dtype=torch.bool).tril()
    return (src != pad)[:, None], causal & (tgt != pad)[:, None]


def shift_right(y, bos):
    return torch.cat([torch.full_like(y[:, :1], bos), y[:, :-1]], dim=1)


# %% wrong e13_4 norm_first_inverted
# Los dos órdenes, al revés.
class DecoderLayer(nn.Module):
    def __init__(self, d, heads, ff, norm_first):
        super().__init__()
        self.norm_first = norm_first
        self.self_attn, self.multihead_attn = Heads(d, heads), Heads(d, heads)
        self.linear1, self.linear2 = nn.Linear(d, ff), nn.Linear(ff, d)
        self.norm1, self.norm2, self.norm3 = (nn.LayerNorm(d) for _ in range(3))

    def forward(self, x, memory, tgt_mask, src_mask):
        parts = (
            (self.norm1, lambda z: self.self_attn(z, z, z, tgt_mask)),
            (self.norm2, lambda z: self.multihead_attn(z, memory, memory, src_mask)),
            (self.norm3, lambda z: self.linear2(F.gelu(self.linear1(z)))),
        )
        for norm, f in parts:
            x = x + f(norm(x)) if not self.norm_first else norm(x + f(x))
        return x


def make_masks(src, tgt, pad):
    causal = torch.ones(tgt.shape[1], tgt.shape[1], dtype=torch.bool).tril()
    return (src != pad)[:, None], causal & (tgt != pad)[:, None]


def shift_right(y, bos):
    return torch.cat([torch.full_like(y[:, :1], bos), y[:, :-1]], dim=1)


# %% wrong e13_4 residual_of_normed
# El residuo sale de la versión normalizada.
class DecoderLayer(nn.Module):
    def __init__(self, d, heads, ff, norm_first):
        super().__init__()
        self.norm_first = norm_first
        self.self_attn, self.multihead_attn = Heads(d, heads), Heads(d, heads)
        self.linear1, self.linear2 = nn.Linear(d, ff), nn.Linear(ff, d)
        self.norm1, self.norm2, self.norm3 = (nn.LayerNorm(d) for _ in range(3))

    def forward(self, x, memory, tgt_mask, src_mask):
        parts = (
            (self.norm1, lambda z: self.self_attn(z, z, z, tgt_mask)),
            (self.norm2, lambda z: self.multihead_attn(z, memory, memory, src_mask)),
            (self.norm3, lambda z: self.linear2(F.gelu(self.linear1(z)))),
        )
        for norm, f in parts:
            x = norm(x) + f(norm(x)) if self.norm_first else norm(x + f(x))
        return x


def make_masks(src, tgt, pad):
    causal = torch.ones(tgt.shape[1], tgt.shape[1], dtype=torch.bool).tril()
    return (src != pad)[:, None], causal & (tgt != pad)[:, None]


def shift_right(y, bos):
    return torch.cat([torch.full_like(y[:, :1], bos), y[:, :-1]], dim=1)


# %% wrong e13_4 no_residual
# Sin residuo en pre-LN.
class DecoderLayer(nn.Module):
    def __init__(self, d, heads, ff, norm_first):
        super().__init__()
        self.norm_first = norm_first
        self.self_attn, self.multihead_attn = Heads(d, heads), Heads(d, heads)
        self.linear1, self.linear2 = nn.Linear(d, ff), nn.Linear(ff, d)
        self.norm1, self.norm2, self.norm3 = (nn.LayerNorm(d) for _ in range(3))

    def forward(self, x, memory, tgt_mask, src_mask):
        parts = (
            (self.norm1, lambda z: self.self_attn(z, z, z, tgt_mask)),
            (self.norm2, lambda z: self.multihead_attn(z, memory, memory, src_mask)),
            (self.norm3, lambda z: self.linear2(F.gelu(self.linear1(z)))),
        )
        for norm, f in parts:
            x = f(norm(x)) if self.norm_first else norm(x + f(x))
        return x


def make_masks(src, tgt, pad):
    causal = torch.ones(tgt.shape[1], tgt.shape[1], dtype=torch.bool).tril()
    return (src != pad)[:, None], causal & (tgt != pad)[:, None]


def shift_right(y, bos):
    return torch.cat([torch.full_like(y[:, :1], bos), y[:, :-1]], dim=1)


# %% wrong e13_4 no_cross_attention
# La segunda atención mira a x.
class DecoderLayer(nn.Module):
    def __init__(self, d, heads, ff, norm_first):
        super().__init__()
        self.norm_first = norm_first
        self.self_attn, self.multihead_attn = Heads(d, heads), Heads(d, heads)
        self.linear1, self.linear2 = nn.Linear(d, ff), nn.Linear(ff, d)
        self.norm1, self.norm2, self.norm3 = (nn.LayerNorm(d) for _ in range(3))

    def forward(self, x, memory, tgt_mask, src_mask):
        parts = (
            (self.norm1, lambda z: self.self_attn(z, z, z, tgt_mask)),
            (self.norm2, lambda z: self.multihead_attn(z, z, z, tgt_mask)),
            (self.norm3, lambda z: self.linear2(F.gelu(self.linear1(z)))),
        )
        for norm, f in parts:
            x = x + f(norm(x)) if self.norm_first else norm(x + f(x))
        return x


def make_masks(src, tgt, pad):
    causal = torch.ones(tgt.shape[1], tgt.shape[1], dtype=torch.bool).tril()
    return (src != pad)[:, None], causal & (tgt != pad)[:, None]


def shift_right(y, bos):
    return torch.cat([torch.full_like(y[:, :1], bos), y[:, :-1]], dim=1)


# %% wrong e13_4 values_from_target
# Atención cruzada con las consultas de la memoria.
class DecoderLayer(nn.Module):
    def __init__(self, d, heads, ff, norm_first):
        super().__init__()
        self.norm_first = norm_first
        self.self_attn, self.multihead_attn = Heads(d, heads), Heads(d, heads)
        self.linear1, self.linear2 = nn.Linear(d, ff), nn.Linear(ff, d)
        self.norm1, self.norm2, self.norm3 = (nn.LayerNorm(d) for _ in range(3))

    def forward(self, x, memory, tgt_mask, src_mask):
        parts = (
            (self.norm1, lambda z: self.self_attn(z, z, z, tgt_mask)),
            (
                self.norm2,
                lambda z: self.multihead_attn(z, memory, self.norm2(memory), src_mask),
            ),
            (self.norm3, lambda z: self.linear2(F.gelu(self.linear1(z)))),
        )
        for norm, f in parts:
            x = x + f(norm(x)) if self.norm_first else norm(x + f(x))
        return x


def make_masks(src, tgt, pad):
    causal = torch.ones(tgt.shape[1], tgt.shape[1], dtype=torch.bool).tril()
    return (src != pad)[:, None], causal & (tgt != pad)[:, None]


def shift_right(y, bos):
    return torch.cat([torch.full_like(y[:, :1], bos), y[:, :-1]], dim=1)


# %% wrong e13_4 target_mask_forgotten
# La autoatención ve el futuro.
class DecoderLayer(nn.Module):
    def __init__(self, d, heads, ff, norm_first):
        super().__init__()
        self.norm_first = norm_first
        self.self_attn, self.multihead_attn = Heads(d, heads), Heads(d, heads)
        self.linear1, self.linear2 = nn.Linear(d, ff), nn.Linear(ff, d)
        self.norm1, self.norm2, self.norm3 = (nn.LayerNorm(d) for _ in range(3))

    def forward(self, x, memory, tgt_mask, src_mask):
        parts = (
            (self.norm1, lambda z: self.self_attn(z, z, z, torch.ones_like(tgt_mask))),
            (self.norm2, lambda z: self.multihead_attn(z, memory, memory, src_mask)),
            (self.norm3, lambda z: self.linear2(F.gelu(self.linear1(z)))),
        )
        for norm, f in parts:
            x = x + f(norm(x)) if self.norm_first else norm(x + f(x))
        return x


def make_masks(src, tgt, pad):
    causal = torch.ones(tgt.shape[1], tgt.shape[1], dtype=torch.bool).tril()
    return (src != pad)[:, None], causal & (tgt != pad)[:, None]


def shift_right(y, bos):
    return torch.cat([torch.full_like(y[:, :1], bos), y[:, :-1]], dim=1)


# %% wrong e13_4 source_mask_forgotten
# El relleno de la fuente influye.
class DecoderLayer(nn.Module):
    def __init__(self, d, heads, ff, norm_first):
        super().__init__()
        self.norm_first = norm_first
        self.self_attn, self.multihead_attn = Heads(d, heads), Heads(d, heads)
        self.linear1, self.linear2 = nn.Linear(d, ff), nn.Linear(ff, d)
        self.norm1, self.norm2, self.norm3 = (nn.LayerNorm(d) for _ in range(3))

    def forward(self, x, memory, tgt_mask, src_mask):
        parts = (
            (self.norm1, lambda z: self.self_attn(z, z, z, tgt_mask)),
            (
                self.norm2,
                lambda z: self.multihead_attn(
                    z, memory, memory, torch.ones_like(src_mask)
                ),
            ),
            (self.norm3, lambda z: self.linear2(F.gelu(self.linear1(z)))),
        )
        for norm, f in parts:
            x = x + f(norm(x)) if self.norm_first else norm(x + f(x))
        return x


def make_masks(src, tgt, pad):
    causal = torch.ones(tgt.shape[1], tgt.shape[1], dtype=torch.bool).tril()
    return (src != pad)[:, None], causal & (tgt != pad)[:, None]


def shift_right(y, bos):
    return torch.cat([torch.full_like(y[:, :1], bos), y[:, :-1]], dim=1)


# %% wrong e13_4 one_norm_shared
# La misma norma tres veces.
class DecoderLayer(nn.Module):
    def __init__(self, d, heads, ff, norm_first):
        super().__init__()
        self.norm_first = norm_first
        self.self_attn, self.multihead_attn = Heads(d, heads), Heads(d, heads)
        self.linear1, self.linear2 = nn.Linear(d, ff), nn.Linear(ff, d)
        self.norm1, self.norm2, self.norm3 = (nn.LayerNorm(d) for _ in range(3))

    def forward(self, x, memory, tgt_mask, src_mask):
        parts = (
            (self.norm1, lambda z: self.self_attn(z, z, z, tgt_mask)),
            (self.norm1, lambda z: self.multihead_attn(z, memory, memory, src_mask)),
            (self.norm1, lambda z: self.linear2(F.gelu(self.linear1(z)))),
        )
        for norm, f in parts:
            x = x + f(norm(x)) if self.norm_first else norm(x + f(x))
        return x


def make_masks(src, tgt, pad):
    causal = torch.ones(tgt.shape[1], tgt.shape[1], dtype=torch.bool).tril()
    return (src != pad)[:, None], causal & (tgt != pad)[:, None]


def shift_right(y, bos):
    return torch.cat([torch.full_like(y[:, :1], bos), y[:, :-1]], dim=1)


# %% wrong e13_4 relu
# ReLU en lugar de GELU.
class DecoderLayer(nn.Module):
    def __init__(self, d, heads, ff, norm_first):
        super().__init__()
        self.norm_first = norm_first
        self.self_attn, self.multihead_attn = Heads(d, heads), Heads(d, heads)
        self.linear1, self.linear2 = nn.Linear(d, ff), nn.Linear(ff, d)
        self.norm1, self.norm2, self.norm3 = (nn.LayerNorm(d) for _ in range(3))

    def forward(self, x, memory, tgt_mask, src_mask):
        parts = (
            (self.norm1, lambda z: self.self_attn(z, z, z, tgt_mask)),
            (self.norm2, lambda z: self.multihead_attn(z, memory, memory, src_mask)),
            (self.norm3, lambda z: self.linear2(F.relu(self.linear1(z)))),
        )
        for norm, f in parts:
            x = x + f(norm(x)) if self.norm_first else norm(x + f(x))
        return x


def make_masks(src, tgt, pad):
    causal = torch.ones(tgt.shape[1], tgt.shape[1], dtype=torch.bool).tril()
    return (src != pad)[:, None], causal & (tgt != pad)[:, None]


def shift_right(y, bos):
    return torch.cat([torch.full_like(y[:, :1], bos), y[:, :-1]], dim=1)


# %% wrong e13_4 cross_first
# Primero la atención cruzada.
class DecoderLayer(nn.Module):
    def __init__(self, d, heads, ff, norm_first):
        super().__init__()
        self.norm_first = norm_first
        self.self_attn, self.multihead_attn = Heads(d, heads), Heads(d, heads)
        self.linear1, self.linear2 = nn.Linear(d, ff), nn.Linear(ff, d)
        self.norm1, self.norm2, self.norm3 = (nn.LayerNorm(d) for _ in range(3))

    def forward(self, x, memory, tgt_mask, src_mask):
        parts = (
            (self.norm1, lambda z: self.self_attn(z, z, z, tgt_mask)),
            (self.norm2, lambda z: self.multihead_attn(z, memory, memory, src_mask)),
            (self.norm3, lambda z: self.linear2(F.gelu(self.linear1(z)))),
        )
        for norm, f in (parts[1], parts[0], parts[2]):
            x = x + f(norm(x)) if self.norm_first else norm(x + f(x))
        return x


def make_masks(src, tgt, pad):
    causal = torch.ones(tgt.shape[1], tgt.shape[1], dtype=torch.bool).tril()
    return (src != pad)[:, None], causal & (tgt != pad)[:, None]


def shift_right(y, bos):
    return torch.cat([torch.full_like(y[:, :1], bos), y[:, :-1]], dim=1)


# %% wrong e13_4 not_shifted
# El objetivo entra sin desplazar: copia la respuesta.
class DecoderLayer(nn.Module):
    def __init__(self, d, heads, ff, norm_first):
        super().__init__()
        self.norm_first = norm_first
        self.self_attn, self.multihead_attn = Heads(d, heads), Heads(d, heads)
        self.linear1, self.linear2 = nn.Linear(d, ff), nn.Linear(ff, d)
        self.norm1, self.norm2, self.norm3 = (nn.LayerNorm(d) for _ in range(3))

    def forward(self, x, memory, tgt_mask, src_mask):
        parts = (
            (self.norm1, lambda z: self.self_attn(z, z, z, tgt_mask)),
            (self.norm2, lambda z: self.multihead_attn(z, memory, memory, src_mask)),
            (self.norm3, lambda z: self.linear2(F.gelu(self.linear1(z)))),
        )
        for norm, f in parts:
            x = x + f(norm(x)) if self.norm_first else norm(x + f(x))
        return x


def make_masks(src, tgt, pad):
    causal = torch.ones(tgt.shape[1], tgt.shape[1], dtype=torch.bool).tril()
    return (src != pad)[:, None], causal & (tgt != pad)[:, None]


def shift_right(y, bos):
    return y


# %% wrong e13_4 shift_left
# Desplaza hacia el otro lado.
class DecoderLayer(nn.Module):
    def __init__(self, d, heads, ff, norm_first):
        super().__init__()
        self.norm_first = norm_first
        self.self_attn, self.multihead_attn = Heads(d, heads), Heads(d, heads)
        self.linear1, self.linear2 = nn.Linear(d, ff), nn.Linear(ff, d)
        self.norm1, self.norm2, self.norm3 = (nn.LayerNorm(d) for _ in range(3))

    def forward(self, x, memory, tgt_mask, src_mask):
        parts = (
            (self.norm1, lambda z: self.self_attn(z, z, z, tgt_mask)),
            (self.norm2, lambda z: self.multihead_attn(z, memory, memory, src_mask)),
            (self.norm3, lambda z: self.linear2(F.gelu(self.linear1(z)))),
        )
        for norm, f in parts:
            x = x + f(norm(x)) if self.norm_first else norm(x + f(x))
        return x


def make_masks(src, tgt, pad):
    causal = torch.ones(tgt.shape[1], tgt.shape[1], dtype=torch.bool).tril()
    return (src != pad)[:, None], causal & (tgt != pad)[:, None]


def shift_right(y, bos):
    return torch.cat([y[:, 1:], torch.full_like(y[:, :1], bos)], dim=1)


# %% wrong e13_4 shift_in_place
# Escribe sobre y.
class DecoderLayer(nn.Module):
    def __init__(self, d, heads, ff, norm_first):
        super().__init__()
        self.norm_first = norm_first
        self.self_attn, self.multihead_attn = Heads(d, heads), Heads(d, heads)
        self.linear1, self.linear2 = nn.Linear(d, ff), nn.Linear(ff, d)
        self.norm1, self.norm2, self.norm3 = (nn.LayerNorm(d) for _ in range(3))

    def forward(self, x, memory, tgt_mask, src_mask):
        parts = (
            (self.norm1, lambda z: self.self_attn(z, z, z, tgt_mask)),
            (self.norm2, lambda z: self.multihead_attn(z, memory, memory, src_mask)),
            (self.norm3, lambda z: self.linear2(F.gelu(self.linear1(z)))),
        )
        for norm, f in parts:
            x = x + f(norm(x)) if self.norm_first else norm(x + f(x))
        return x


def make_masks(src, tgt, pad):
    causal = torch.ones(tgt.shape[1], tgt.shape[1], dtype=torch.bool).tril()
    return (src != pad)[:, None], causal & (tgt != pad)[:, None]


def shift_right(y, bos):
    y[:, 1:] = y[:, :-1].clone()
    y[:, 0] = bos
    return y


# %% wrong e13_4 shift_rolls
# Da la vuelta: la última acaba la primera.
class DecoderLayer(nn.Module):
    def __init__(self, d, heads, ff, norm_first):
        super().__init__()
        self.norm_first = norm_first
        self.self_attn, self.multihead_attn = Heads(d, heads), Heads(d, heads)
        self.linear1, self.linear2 = nn.Linear(d, ff), nn.Linear(ff, d)
        self.norm1, self.norm2, self.norm3 = (nn.LayerNorm(d) for _ in range(3))

    def forward(self, x, memory, tgt_mask, src_mask):
        parts = (
            (self.norm1, lambda z: self.self_attn(z, z, z, tgt_mask)),
            (self.norm2, lambda z: self.multihead_attn(z, memory, memory, src_mask)),
            (self.norm3, lambda z: self.linear2(F.gelu(self.linear1(z)))),
        )
        for norm, f in parts:
            x = x + f(norm(x)) if self.norm_first else norm(x + f(x))
        return x


def make_masks(src, tgt, pad):
    causal = torch.ones(tgt.shape[1], tgt.shape[1], dtype=torch.bool).tril()
    return (src != pad)[:, None], causal & (tgt != pad)[:, None]


def shift_right(y, bos):
    return y.roll(1, 1)


# %% wrong e13_4 shift_keeps_last
# No quita la última columna.
class DecoderLayer(nn.Module):
    def __init__(self, d, heads, ff, norm_first):
        super().__init__()
        self.norm_first = norm_first
        self.self_attn, self.multihead_attn = Heads(d, heads), Heads(d, heads)
        self.linear1, self.linear2 = nn.Linear(d, ff), nn.Linear(ff, d)
        self.norm1, self.norm2, self.norm3 = (nn.LayerNorm(d) for _ in range(3))

    def forward(self, x, memory, tgt_mask, src_mask):
        parts = (
            (self.norm1, lambda z: self.self_attn(z, z, z, tgt_mask)),
            (self.norm2, lambda z: self.multihead_attn(z, memory, memory, src_mask)),
            (self.norm3, lambda z: self.linear2(F.gelu(self.linear1(z)))),
        )
        for norm, f in parts:
            x = x + f(norm(x)) if self.norm_first else norm(x + f(x))
        return x


def make_masks(src, tgt, pad):
    causal = torch.ones(tgt.shape[1], tgt.shape[1], dtype=torch.bool).tril()
    return (src != pad)[:, None], causal & (tgt != pad)[:, None]


def shift_right(y, bos):
    return torch.cat([torch.full_like(y[:, :1], bos), y], dim=1)


# %% wrong e13_4 strictly_causal
# La posición t no se ve a sí misma.
class DecoderLayer(nn.Module):
    def __init__(self, d, heads, ff, norm_first):
        super().__init__()
        self.norm_first = norm_first
        self.self_attn, self.multihead_attn = Heads(d, heads), Heads(d, heads)
        self.linear1, self.linear2 = nn.Linear(d, ff), nn.Linear(ff, d)
        self.norm1, self.norm2, self.norm3 = (nn.LayerNorm(d) for _ in range(3))

    def forward(self, x, memory, tgt_mask, src_mask):
        parts = (
            (self.norm1, lambda z: self.self_attn(z, z, z, tgt_mask)),
            (self.norm2, lambda z: self.multihead_attn(z, memory, memory, src_mask)),
            (self.norm3, lambda z: self.linear2(F.gelu(self.linear1(z)))),
        )
        for norm, f in parts:
            x = x + f(norm(x)) if self.norm_first else norm(x + f(x))
        return x


def make_masks(src, tgt, pad):
    causal = torch.ones(tgt.shape[1], tgt.shape[1], dtype=torch.bool).tril(-1)
    return (src != pad)[:, None], causal & (tgt != pad)[:, None]


def shift_right(y, bos):
    return torch.cat([torch.full_like(y[:, :1], bos), y[:, :-1]], dim=1)


# %% wrong e13_4 anticausal
# Ve el futuro y no el pasado.
class DecoderLayer(nn.Module):
    def __init__(self, d, heads, ff, norm_first):
        super().__init__()
        self.norm_first = norm_first
        self.self_attn, self.multihead_attn = Heads(d, heads), Heads(d, heads)
        self.linear1, self.linear2 = nn.Linear(d, ff), nn.Linear(ff, d)
        self.norm1, self.norm2, self.norm3 = (nn.LayerNorm(d) for _ in range(3))

    def forward(self, x, memory, tgt_mask, src_mask):
        parts = (
            (self.norm1, lambda z: self.self_attn(z, z, z, tgt_mask)),
            (self.norm2, lambda z: self.multihead_attn(z, memory, memory, src_mask)),
            (self.norm3, lambda z: self.linear2(F.gelu(self.linear1(z)))),
        )
        for norm, f in parts:
            x = x + f(norm(x)) if self.norm_first else norm(x + f(x))
        return x


def make_masks(src, tgt, pad):
    causal = torch.ones(tgt.shape[1], tgt.shape[1], dtype=torch.bool).triu()
    return (src != pad)[:, None], causal & (tgt != pad)[:, None]


def shift_right(y, bos):
    return torch.cat([torch.full_like(y[:, :1], bos), y[:, :-1]], dim=1)


# %% wrong e13_4 padding_of_target_forgotten
# Solo causal.
class DecoderLayer(nn.Module):
    def __init__(self, d, heads, ff, norm_first):
        super().__init__()
        self.norm_first = norm_first
        self.self_attn, self.multihead_attn = Heads(d, heads), Heads(d, heads)
        self.linear1, self.linear2 = nn.Linear(d, ff), nn.Linear(ff, d)
        self.norm1, self.norm2, self.norm3 = (nn.LayerNorm(d) for _ in range(3))

    def forward(self, x, memory, tgt_mask, src_mask):
        parts = (
            (self.norm1, lambda z: self.self_attn(z, z, z, tgt_mask)),
            (self.norm2, lambda z: self.multihead_attn(z, memory, memory, src_mask)),
            (self.norm3, lambda z: self.linear2(F.gelu(self.linear1(z)))),
        )
        for norm, f in parts:
            x = x + f(norm(x)) if self.norm_first else norm(x + f(x))
        return x


def make_masks(src, tgt, pad):
    causal = torch.ones(tgt.shape[1], tgt.shape[1], dtype=torch.bool).tril()
    return (src != pad)[:, None], causal.expand(len(tgt), -1, -1)


def shift_right(y, bos):
    return torch.cat([torch.full_like(y[:, :1], bos), y[:, :-1]], dim=1)


# %% wrong e13_4 masks_inverted
# True = tapar.
class DecoderLayer(nn.Module):
    def __init__(self, d, heads, ff, norm_first):
        super().__init__()
        self.norm_first = norm_first
        self.self_attn, self.multihead_attn = Heads(d, heads), Heads(d, heads)
        self.linear1, self.linear2 = nn.Linear(d, ff), nn.Linear(ff, d)
        self.norm1, self.norm2, self.norm3 = (nn.LayerNorm(d) for _ in range(3))

    def forward(self, x, memory, tgt_mask, src_mask):
        parts = (
            (self.norm1, lambda z: self.self_attn(z, z, z, tgt_mask)),
            (self.norm2, lambda z: self.multihead_attn(z, memory, memory, src_mask)),
            (self.norm3, lambda z: self.linear2(F.gelu(self.linear1(z)))),
        )
        for norm, f in parts:
            x = x + f(norm(x)) if self.norm_first else norm(x + f(x))
        return x


def make_masks(src, tgt, pad):
    causal = torch.ones(tgt.shape[1], tgt.shape[1], dtype=torch.bool).tril()
    return (src == pad)[:, None], ~(causal & (tgt != pad)[:, None])


def shift_right(y, bos):
    return torch.cat([torch.full_like(y[:, :1], bos), y[:, :-1]], dim=1)


# %% wrong e13_4 padding_on_queries
# Tapa las consultas de relleno y no las claves.
class DecoderLayer(nn.Module):
    def __init__(self, d, heads, ff, norm_first):
        super().__init__()
        self.norm_first = norm_first
        self.self_attn, self.multihead_attn = Heads(d, heads), Heads(d, heads)
        self.linear1, self.linear2 = nn.Linear(d, ff), nn.Linear(ff, d)
        self.norm1, self.norm2, self.norm3 = (nn.LayerNorm(d) for _ in range(3))

    def forward(self, x, memory, tgt_mask, src_mask):
        parts = (
            (self.norm1, lambda z: self.self_attn(z, z, z, tgt_mask)),
            (self.norm2, lambda z: self.multihead_attn(z, memory, memory, src_mask)),
            (self.norm3, lambda z: self.linear2(F.gelu(self.linear1(z)))),
        )
        for norm, f in parts:
            x = x + f(norm(x)) if self.norm_first else norm(x + f(x))
        return x


def make_masks(src, tgt, pad):
    causal = torch.ones(tgt.shape[1], tgt.shape[1], dtype=torch.bool).tril()
    return (src != pad)[:, None], causal & (tgt != pad)[:, :, None]


def shift_right(y, bos):
    return torch.cat([torch.full_like(y[:, :1], bos), y[:, :-1]], dim=1)


# %% wrong e13_4 library_layer
# Hereda de la capa de PyTorch.
class DecoderLayer(nn.TransformerDecoderLayer):
    def __init__(self, d, heads, ff, norm_first):
        super().__init__(
            d, heads, ff, 0.0, F.gelu, batch_first=True, norm_first=norm_first
        )
        self.self_attn, self.multihead_attn = Heads(d, heads), Heads(d, heads)

    def _sa_block(self, x, attn_mask, key_padding_mask, is_causal=False):
        return self.self_attn(x, x, x, attn_mask)

    def _mha_block(self, x, mem, attn_mask, key_padding_mask, is_causal=False):
        return self.multihead_attn(x, mem, mem, attn_mask)

    def forward(self, x, memory, tgt_mask, src_mask):
        return super().forward(x, memory, tgt_mask, src_mask)


def make_masks(src, tgt, pad):
    causal = torch.ones(tgt.shape[1], tgt.shape[1], dtype=torch.bool).tril()
    return (src != pad)[:, None], causal & (tgt != pad)[:, None]


def shift_right(y, bos):
    return torch.cat([torch.full_like(y[:, :1], bos), y[:, :-1]], dim=1)


# %% right e13_4 written_out
# Subcapa a subcapa, con if.
class DecoderLayer(nn.Module):
    def __init__(self, d, heads, ff, norm_first):
        super().__init__()
        self.pre = norm_first
        self.self_attn = Heads(d, heads)
        self.multihead_attn = Heads(d, heads)
        self.linear1 = nn.Linear(d, ff)
        self.linear2 = nn.Linear(ff, d)
        self.norm1 = nn.LayerNorm(d)
        self.norm2 = nn.LayerNorm(d)
        self.norm3 = nn.LayerNorm(d)

    def feed(self, x):
        return self.linear2(nn.functional.gelu(self.linear1(x)))

    def forward(self, x, memory, tgt_mask, src_mask):
        if self.pre:
            h = self.norm1(x)
            x = x + self.self_attn(h, h, h, tgt_mask)
            x = x + self.multihead_attn(self.norm2(x), memory, memory, src_mask)
            return x + self.feed(self.norm3(x))
        x = self.norm1(x + self.self_attn(x, x, x, tgt_mask))
        x = self.norm2(x + self.multihead_attn(x, memory, memory, src_mask))
        return self.norm3(x + self.feed(x))


def make_masks(src, tgt, pad):
    T = tgt.size(1)
    past = torch.arange(T)[None, :] <= torch.arange(T)[:, None]
    tgt_mask = torch.logical_and(past.unsqueeze(0), tgt.ne(pad).unsqueeze(1))
    return src.ne(pad).unsqueeze(1), tgt_mask


def shift_right(y, bos):
    moved = y.roll(1, dims=1)
    moved[:, 0] = bos
    return moved


# %% right e13_4 module_list
# Las subcapas, como métodos en una lista.
class DecoderLayer(nn.Module):
    def __init__(self, d, heads, ff, norm_first):
        super().__init__()
        self.norm_first = bool(norm_first)
        self.linear1, self.linear2 = nn.Linear(d, ff), nn.Linear(ff, d)
        for i in (1, 2, 3):
            self.add_module(f"norm{i}", nn.LayerNorm(d))
        self.self_attn, self.multihead_attn = Heads(d, heads), Heads(d, heads)

    def wrap(self, x, norm, f):
        if self.norm_first:
            return f(norm(x)).add(x)
        return norm(f(x).add(x))

    def forward(self, x, memory, tgt_mask, src_mask):
        x = self.wrap(x, self.norm1, lambda h: self.self_attn(h, h, h, tgt_mask))
        x = self.wrap(
            x, self.norm2, lambda h: self.multihead_attn(h, memory, memory, src_mask)
        )
        return self.wrap(x, self.norm3, lambda h: self.linear2(F.gelu(self.linear1(h))))


def make_masks(src, tgt, pad):
    B, T = tgt.shape
    tgt_mask = torch.zeros(B, T, T, dtype=torch.bool)
    for t in range(T):
        tgt_mask[:, t, : t + 1] = tgt[:, : t + 1] != pad
    return (src != pad).reshape(len(src), 1, -1), tgt_mask


def shift_right(y, bos):
    out = torch.empty_like(y)
    out[:, 0] = bos
    out[:, 1:] = y[:, :-1]
    return out


# %% wrong e13_5 labels_everywhere
# Las etiquetas son todos los ids.
def mlm_mask(ids, special, V, mask_id, p, rng):
    chosen = (rng.random(ids.shape) < p) & ~np.isin(ids, list(special))
    fate = rng.random(ids.shape)
    drawn = rng.choice(np.setdiff1d(np.arange(V), list(special)), ids.shape)
    changed = np.where(fate < 0.8, mask_id, np.where(fate < 0.9, drawn, ids))
    return np.where(chosen, changed, ids), ids.copy()


def span_corrupt(ids, p, mean_len, sentinels, rng):
    n_hidden = max(1, round(len(ids) * p))
    n_spans = max(1, round(n_hidden / mean_len))
    cuts = np.sort(rng.choice(n_hidden - 1, n_spans - 1, replace=False)) + 1
    lengths = np.diff([0, *cuts, n_hidden])
    places = np.sort(rng.choice(len(ids) - n_hidden + 1, n_spans, replace=False))
    inp, tgt, start = [], [], 0
    for i, (place, length) in enumerate(zip(places, lengths, strict=True)):
        first = place + sum(lengths[:i])  # dónde empieza el tramo en ids
        inp += [*ids[start:first], sentinels[i]]
        start = first + length
        tgt += [sentinels[i], *ids[first:start]]
    return inp + ids[start:], [*tgt, sentinels[n_spans]]


def sop_pair(a, b, rng):
    swapped = int(rng.random() < 0.5)
    return (b + a if swapped else a + b), swapped


# %% wrong e13_5 labels_only_masked
# Los que se dejan igual no cuentan en la pérdida.
def mlm_mask(ids, special, V, mask_id, p, rng):
    chosen = (rng.random(ids.shape) < p) & ~np.isin(ids, list(special))
    fate = rng.random(ids.shape)
    drawn = rng.choice(np.setdiff1d(np.arange(V), list(special)), ids.shape)
    changed = np.where(fate < 0.8, mask_id, np.where(fate < 0.9, drawn, ids))
    return np.where(chosen, changed, ids), np.where(chosen & (fate < 0.9), ids, -100)


def span_corrupt(ids, p, mean_len, sentinels, rng):
    n_hidden = max(1, round(len(ids) * p))
    n_spans = max(1, round(n_hidden / mean_len))
    cuts = np.sort(rng.choice(n_hidden - 1, n_spans - 1, replace=False)) + 1
    lengths = np.diff([0, *cuts, n_hidden])
    places = np.sort(rng.choice(len(ids) - n_hidden + 1, n_spans, replace=False))
    inp, tgt, start = [], [], 0
    for i, (place, length) in enumerate(zip(places, lengths, strict=True)):
        first = place + sum(lengths[:i])  # dónde empieza el tramo en ids
        inp += [*ids[start:first], sentinels[i]]
        start = first + length
        tgt += [sentinels[i], *ids[first:start]]
    return inp + ids[start:], [*tgt, sentinels[n_spans]]


def sop_pair(a, b, rng):
    swapped = int(rng.random() < 0.5)
    return (b + a if swapped else a + b), swapped


# %% wrong e13_5 always_mask
# Los elegidos se cambian siempre por mask_id.
def mlm_mask(ids, special, V, mask_id, p, rng):
    chosen = (rng.random(ids.shape) < p) & ~np.isin(ids, list(special))
    fate = rng.random(ids.shape)
    drawn = rng.choice(np.setdiff1d(np.arange(V), list(special)), ids.shape)
    changed = mask_id
    return np.where(chosen, changed, ids), np.where(chosen, ids, -100)


def span_corrupt(ids, p, mean_len, sentinels, rng):
    n_hidden = max(1, round(len(ids) * p))
    n_spans = max(1, round(n_hidden / mean_len))
    cuts = np.sort(rng.choice(n_hidden - 1, n_spans - 1, replace=False)) + 1
    lengths = np.diff([0, *cuts, n_hidden])
    places = np.sort(rng.choice(len(ids) - n_hidden + 1, n_spans, replace=False))
    inp, tgt, start = [], [], 0
    for i, (place, length) in enumerate(zip(places, lengths, strict=True)):
        first = place + sum(lengths[:i])  # dónde empieza el tramo en ids
        inp += [*ids[start:first], sentinels[i]]
        start = first + length
        tgt += [sentinels[i], *ids[first:start]]
    return inp + ids[start:], [*tgt, sentinels[n_spans]]


def sop_pair(a, b, rng):
    swapped = int(rng.random() < 0.5)
    return (b + a if swapped else a + b), swapped


# %% wrong e13_5 never_kept
# 80 % máscara y 20 % al azar.
def mlm_mask(ids, special, V, mask_id, p, rng):
    chosen = (rng.random(ids.shape) < p) & ~np.isin(ids, list(special))
    fate = rng.random(ids.shape)
    drawn = rng.choice(np.setdiff1d(np.arange(V), list(special)), ids.shape)
    changed = np.where(fate < 0.8, mask_id, drawn)
    return np.where(chosen, changed, ids), np.where(chosen, ids, -100)


def span_corrupt(ids, p, mean_len, sentinels, rng):
    n_hidden = max(1, round(len(ids) * p))
    n_spans = max(1, round(n_hidden / mean_len))
    cuts = np.sort(rng.choice(n_hidden - 1, n_spans - 1, replace=False)) + 1
    lengths = np.diff([0, *cuts, n_hidden])
    places = np.sort(rng.choice(len(ids) - n_hidden + 1, n_spans, replace=False))
    inp, tgt, start = [], [], 0
    for i, (place, length) in enumerate(zip(places, lengths, strict=True)):
        first = place + sum(lengths[:i])  # dónde empieza el tramo en ids
        inp += [*ids[start:first], sentinels[i]]
        start = first + length
        tgt += [sentinels[i], *ids[first:start]]
    return inp + ids[start:], [*tgt, sentinels[n_spans]]


def sop_pair(a, b, rng):
    swapped = int(rng.random() < 0.5)
    return (b + a if swapped else a + b), swapped


# %% wrong e13_5 specials_masked
# También elige especiales.
def mlm_mask(ids, special, V, mask_id, p, rng):
    chosen = rng.random(ids.shape) < p
    fate = rng.random(ids.shape)
    drawn = rng.choice(np.setdiff1d(np.arange(V), list(special)), ids.shape)
    changed = np.where(fate < 0.8, mask_id, np.where(fate < 0.9, drawn, ids))
    return np.where(chosen, changed, ids), np.where(chosen, ids, -100)


def span_corrupt(ids, p, mean_len, sentinels, rng):
    n_hidden = max(1, round(len(ids) * p))
    n_spans = max(1, round(n_hidden / mean_len))
    cuts = np.sort(rng.choice(n_hidden - 1, n_spans - 1, replace=False)) + 1
    lengths = np.diff([0, *cuts, n_hidden])
    places = np.sort(rng.choice(len(ids) - n_hidden + 1, n_spans, replace=False))
    inp, tgt, start = [], [], 0
    for i, (place, length) in enumerate(zip(places, lengths, strict=True)):
        first = place + sum(lengths[:i])  # dónde empieza el tramo en ids
        inp += [*ids[start:first], sentinels[i]]
        start = first + length
        tgt += [sentinels[i], *ids[first:start]]
    return inp + ids[start:], [*tgt, sentinels[n_spans]]


def sop_pair(a, b, rng):
    swapped = int(rng.random() < 0.5)
    return (b + a if swapped else a + b), swapped


# %% wrong e13_5 random_specials
# Sortea entre todos los ids, con los especiales.
def mlm_mask(ids, special, V, mask_id, p, rng):
    chosen = (rng.random(ids.shape) < p) & ~np.isin(ids, list(special))
    fate = rng.random(ids.shape)
    drawn = rng.integers(0, V, ids.shape)
    changed = np.where(fate < 0.8, mask_id, np.where(fate < 0.9, drawn, ids))
    return np.where(chosen, changed, ids), np.where(chosen, ids, -100)


def span_corrupt(ids, p, mean_len, sentinels, rng):
    n_hidden = max(1, round(len(ids) * p))
    n_spans = max(1, round(n_hidden / mean_len))
    cuts = np.sort(rng.choice(n_hidden - 1, n_spans - 1, replace=False)) + 1
    lengths = np.diff([0, *cuts, n_hidden])
    places = np.sort(rng.choice(len(ids) - n_hidden + 1, n_spans, replace=False))
    inp, tgt, start = [], [], 0
    for i, (place, length) in enumerate(zip(places, lengths, strict=True)):
        first = place + sum(lengths[:i])  # dónde empieza el tramo en ids
        inp += [*ids[start:first], sentinels[i]]
        start = first + length
        tgt += [sentinels[i], *ids[first:start]]
    return inp + ids[start:], [*tgt, sentinels[n_spans]]


def sop_pair(a, b, rng):
    swapped = int(rng.random() < 0.5)
    return (b + a if swapped else a + b), swapped


# %% wrong e13_5 one_random_token
# El mismo token al azar para todos.
def mlm_mask(ids, special, V, mask_id, p, rng):
    chosen = (rng.random(ids.shape) < p) & ~np.isin(ids, list(special))
    fate = rng.random(ids.shape)
    drawn = rng.choice(np.setdiff1d(np.arange(V), list(special)))
    changed = np.where(fate < 0.8, mask_id, np.where(fate < 0.9, drawn, ids))
    return np.where(chosen, changed, ids), np.where(chosen, ids, -100)


def span_corrupt(ids, p, mean_len, sentinels, rng):
    n_hidden = max(1, round(len(ids) * p))
    n_spans = max(1, round(n_hidden / mean_len))
    cuts = np.sort(rng.choice(n_hidden - 1, n_spans - 1, replace=False)) + 1
    lengths = np.diff([0, *cuts, n_hidden])
    places = np.sort(rng.choice(len(ids) - n_hidden + 1, n_spans, replace=False))
    inp, tgt, start = [], [], 0
    for i, (place, length) in enumerate(zip(places, lengths, strict=True)):
        first = place + sum(lengths[:i])  # dónde empieza el tramo en ids
        inp += [*ids[start:first], sentinels[i]]
        start = first + length
        tgt += [sentinels[i], *ids[first:start]]
    return inp + ids[start:], [*tgt, sentinels[n_spans]]


def sop_pair(a, b, rng):
    swapped = int(rng.random() < 0.5)
    return (b + a if swapped else a + b), swapped


# %% wrong e13_5 same_draw_twice
# Un solo sorteo para elegir y para decidir: siempre sale máscara.
def mlm_mask(ids, special, V, mask_id, p, rng):
    chosen = (rng.random(ids.shape) < p) & ~np.isin(ids, list(special))
    fate = np.random.default_rng(0).random(ids.shape) * 0.8
    drawn = rng.choice(np.setdiff1d(np.arange(V), list(special)), ids.shape)
    changed = np.where(fate < 0.8, mask_id, np.where(fate < 0.9, drawn, ids))
    return np.where(chosen, changed, ids), np.where(chosen, ids, -100)


def span_corrupt(ids, p, mean_len, sentinels, rng):
    n_hidden = max(1, round(len(ids) * p))
    n_spans = max(1, round(n_hidden / mean_len))
    cuts = np.sort(rng.choice(n_hidden - 1, n_spans - 1, replace=False)) + 1
    lengths = np.diff([0, *cuts, n_hidden])
    places = np.sort(rng.choice(len(ids) - n_hidden + 1, n_spans, replace=False))
    inp, tgt, start = [], [], 0
    for i, (place, length) in enumerate(zip(places, lengths, strict=True)):
        first = place + sum(lengths[:i])  # dónde empieza el tramo en ids
        inp += [*ids[start:first], sentinels[i]]
        start = first + length
        tgt += [sentinels[i], *ids[first:start]]
    return inp + ids[start:], [*tgt, sentinels[n_spans]]


def sop_pair(a, b, rng):
    swapped = int(rng.random() < 0.5)
    return (b + a if swapped else a + b), swapped


# %% wrong e13_5 labels_from_inputs
# La etiqueta es el token ya cambiado.
def mlm_mask(ids, special, V, mask_id, p, rng):
    chosen = (rng.random(ids.shape) < p) & ~np.isin(ids, list(special))
    fate = rng.random(ids.shape)
    drawn = rng.choice(np.setdiff1d(np.arange(V), list(special)), ids.shape)
    changed = np.where(fate < 0.8, mask_id, np.where(fate < 0.9, drawn, ids))
    return np.where(chosen, changed, ids), np.where(chosen, changed, -100)


def span_corrupt(ids, p, mean_len, sentinels, rng):
    n_hidden = max(1, round(len(ids) * p))
    n_spans = max(1, round(n_hidden / mean_len))
    cuts = np.sort(rng.choice(n_hidden - 1, n_spans - 1, replace=False)) + 1
    lengths = np.diff([0, *cuts, n_hidden])
    places = np.sort(rng.choice(len(ids) - n_hidden + 1, n_spans, replace=False))
    inp, tgt, start = [], [], 0
    for i, (place, length) in enumerate(zip(places, lengths, strict=True)):
        first = place + sum(lengths[:i])  # dónde empieza el tramo en ids
        inp += [*ids[start:first], sentinels[i]]
        start = first + length
        tgt += [sentinels[i], *ids[first:start]]
    return inp + ids[start:], [*tgt, sentinels[n_spans]]


def sop_pair(a, b, rng):
    swapped = int(rng.random() < 0.5)
    return (b + a if swapped else a + b), swapped


# %% wrong e13_5 fixed_count
# Elige el mismo número en cada fila.
def mlm_mask(ids, special, V, mask_id, p, rng):
    free = ~np.isin(ids, list(special))
    draw = np.where(free, rng.random(ids.shape), 2)
    count = np.round(p * free.sum(1, keepdims=True))
    chosen = (draw.argsort(1).argsort(1) < count) & free
    fate = rng.random(ids.shape)
    drawn = rng.choice(np.setdiff1d(np.arange(V), list(special)), ids.shape)
    changed = np.where(fate < 0.8, mask_id, np.where(fate < 0.9, drawn, ids))
    return np.where(chosen, changed, ids), np.where(chosen, ids, -100)


def span_corrupt(ids, p, mean_len, sentinels, rng):
    n_hidden = max(1, round(len(ids) * p))
    n_spans = max(1, round(n_hidden / mean_len))
    cuts = np.sort(rng.choice(n_hidden - 1, n_spans - 1, replace=False)) + 1
    lengths = np.diff([0, *cuts, n_hidden])
    places = np.sort(rng.choice(len(ids) - n_hidden + 1, n_spans, replace=False))
    inp, tgt, start = [], [], 0
    for i, (place, length) in enumerate(zip(places, lengths, strict=True)):
        first = place + sum(lengths[:i])  # dónde empieza el tramo en ids
        inp += [*ids[start:first], sentinels[i]]
        start = first + length
        tgt += [sentinels[i], *ids[first:start]]
    return inp + ids[start:], [*tgt, sentinels[n_spans]]


def sop_pair(a, b, rng):
    swapped = int(rng.random() < 0.5)
    return (b + a if swapped else a + b), swapped


# %% wrong e13_5 sentinel_reused
# Siempre el mismo centinela.
def mlm_mask(ids, special, V, mask_id, p, rng):
    chosen = (rng.random(ids.shape) < p) & ~np.isin(ids, list(special))
    fate = rng.random(ids.shape)
    drawn = rng.choice(np.setdiff1d(np.arange(V), list(special)), ids.shape)
    changed = np.where(fate < 0.8, mask_id, np.where(fate < 0.9, drawn, ids))
    return np.where(chosen, changed, ids), np.where(chosen, ids, -100)


def span_corrupt(ids, p, mean_len, sentinels, rng):
    n_hidden = max(1, round(len(ids) * p))
    n_spans = max(1, round(n_hidden / mean_len))
    cuts = np.sort(rng.choice(n_hidden - 1, n_spans - 1, replace=False)) + 1
    lengths = np.diff([0, *cuts, n_hidden])
    places = np.sort(rng.choice(len(ids) - n_hidden + 1, n_spans, replace=False))
    inp, tgt, start = [], [], 0
    for i, (place, length) in enumerate(zip(places, lengths, strict=True)):
        first = place + sum(lengths[:i])  # dónde empieza el tramo en ids
        inp += [*ids[start:first], sentinels[0]]
        start = first + length
        tgt += [sentinels[0], *ids[first:start]]
    return inp + ids[start:], [*tgt, sentinels[n_spans]]


def sop_pair(a, b, rng):
    swapped = int(rng.random() < 0.5)
    return (b + a if swapped else a + b), swapped


# %% wrong e13_5 no_final_sentinel
# tgt no termina en centinela.
def mlm_mask(ids, special, V, mask_id, p, rng):
    chosen = (rng.random(ids.shape) < p) & ~np.isin(ids, list(special))
    fate = rng.random(ids.shape)
    drawn = rng.choice(np.setdiff1d(np.arange(V), list(special)), ids.shape)
    changed = np.where(fate < 0.8, mask_id, np.where(fate < 0.9, drawn, ids))
    return np.where(chosen, changed, ids), np.where(chosen, ids, -100)


def span_corrupt(ids, p, mean_len, sentinels, rng):
    n_hidden = max(1, round(len(ids) * p))
    n_spans = max(1, round(n_hidden / mean_len))
    cuts = np.sort(rng.choice(n_hidden - 1, n_spans - 1, replace=False)) + 1
    lengths = np.diff([0, *cuts, n_hidden])
    places = np.sort(rng.choice(len(ids) - n_hidden + 1, n_spans, replace=False))
    inp, tgt, start = [], [], 0
    for i, (place, length) in enumerate(zip(places, lengths, strict=True)):
        first = place + sum(lengths[:i])  # dónde empieza el tramo en ids
        inp += [*ids[start:first], sentinels[i]]
        start = first + length
        tgt += [sentinels[i], *ids[first:start]]
    return inp + ids[start:], tgt


def sop_pair(a, b, rng):
    swapped = int(rng.random() < 0.5)
    return (b + a if swapped else a + b), swapped


# %% wrong e13_5 spans_touch
# Dos tramos pueden caer en el mismo hueco.
def mlm_mask(ids, special, V, mask_id, p, rng):
    chosen = (rng.random(ids.shape) < p) & ~np.isin(ids, list(special))
    fate = rng.random(ids.shape)
    drawn = rng.choice(np.setdiff1d(np.arange(V), list(special)), ids.shape)
    changed = np.where(fate < 0.8, mask_id, np.where(fate < 0.9, drawn, ids))
    return np.where(chosen, changed, ids), np.where(chosen, ids, -100)


def span_corrupt(ids, p, mean_len, sentinels, rng):
    n_hidden = max(1, round(len(ids) * p))
    n_spans = max(1, round(n_hidden / mean_len))
    cuts = np.sort(rng.choice(n_hidden - 1, n_spans - 1, replace=False)) + 1
    lengths = np.diff([0, *cuts, n_hidden])
    places = np.sort(rng.choice(len(ids) - n_hidden + 1, n_spans))
    inp, tgt, start = [], [], 0
    for i, (place, length) in enumerate(zip(places, lengths, strict=True)):
        first = place + sum(lengths[:i])  # dónde empieza el tramo en ids
        inp += [*ids[start:first], sentinels[i]]
        start = first + length
        tgt += [sentinels[i], *ids[first:start]]
    return inp + ids[start:], [*tgt, sentinels[n_spans]]


def sop_pair(a, b, rng):
    swapped = int(rng.random() < 0.5)
    return (b + a if swapped else a + b), swapped


# %% wrong e13_5 never_at_the_end
# El final nunca se tapa.
def mlm_mask(ids, special, V, mask_id, p, rng):
    chosen = (rng.random(ids.shape) < p) & ~np.isin(ids, list(special))
    fate = rng.random(ids.shape)
    drawn = rng.choice(np.setdiff1d(np.arange(V), list(special)), ids.shape)
    changed = np.where(fate < 0.8, mask_id, np.where(fate < 0.9, drawn, ids))
    return np.where(chosen, changed, ids), np.where(chosen, ids, -100)


def span_corrupt(ids, p, mean_len, sentinels, rng):
    n_hidden = max(1, round(len(ids) * p))
    n_spans = max(1, round(n_hidden / mean_len))
    cuts = np.sort(rng.choice(n_hidden - 1, n_spans - 1, replace=False)) + 1
    lengths = np.diff([0, *cuts, n_hidden])
    places = np.sort(rng.choice(len(ids) - n_hidden, n_spans, replace=False))
    inp, tgt, start = [], [], 0
    for i, (place, length) in enumerate(zip(places, lengths, strict=True)):
        first = place + sum(lengths[:i])  # dónde empieza el tramo en ids
        inp += [*ids[start:first], sentinels[i]]
        start = first + length
        tgt += [sentinels[i], *ids[first:start]]
    return inp + ids[start:], [*tgt, sentinels[n_spans]]


def sop_pair(a, b, rng):
    swapped = int(rng.random() < 0.5)
    return (b + a if swapped else a + b), swapped


# %% wrong e13_5 equal_lengths
# Tramos de longitud fija.
def mlm_mask(ids, special, V, mask_id, p, rng):
    chosen = (rng.random(ids.shape) < p) & ~np.isin(ids, list(special))
    fate = rng.random(ids.shape)
    drawn = rng.choice(np.setdiff1d(np.arange(V), list(special)), ids.shape)
    changed = np.where(fate < 0.8, mask_id, np.where(fate < 0.9, drawn, ids))
    return np.where(chosen, changed, ids), np.where(chosen, ids, -100)


def span_corrupt(ids, p, mean_len, sentinels, rng):
    n_hidden = max(1, round(len(ids) * p))
    n_spans = max(1, round(n_hidden / mean_len))
    cuts = np.arange(1, n_spans) * n_hidden // n_spans
    lengths = np.diff([0, *cuts, n_hidden])
    places = np.sort(rng.choice(len(ids) - n_hidden + 1, n_spans, replace=False))
    inp, tgt, start = [], [], 0
    for i, (place, length) in enumerate(zip(places, lengths, strict=True)):
        first = place + sum(lengths[:i])  # dónde empieza el tramo en ids
        inp += [*ids[start:first], sentinels[i]]
        start = first + length
        tgt += [sentinels[i], *ids[first:start]]
    return inp + ids[start:], [*tgt, sentinels[n_spans]]


def sop_pair(a, b, rng):
    swapped = int(rng.random() < 0.5)
    return (b + a if swapped else a + b), swapped


# %% wrong e13_5 masks_tokens_not_spans
# Un centinela por token tapado.
def mlm_mask(ids, special, V, mask_id, p, rng):
    chosen = (rng.random(ids.shape) < p) & ~np.isin(ids, list(special))
    fate = rng.random(ids.shape)
    drawn = rng.choice(np.setdiff1d(np.arange(V), list(special)), ids.shape)
    changed = np.where(fate < 0.8, mask_id, np.where(fate < 0.9, drawn, ids))
    return np.where(chosen, changed, ids), np.where(chosen, ids, -100)


def span_corrupt(ids, p, mean_len, sentinels, rng):
    n_hidden = max(1, round(len(ids) * p))
    n_spans = n_hidden
    cuts = np.sort(rng.choice(n_hidden - 1, n_spans - 1, replace=False)) + 1
    lengths = np.diff([0, *cuts, n_hidden])
    places = np.sort(rng.choice(len(ids) - n_hidden + 1, n_spans, replace=False))
    inp, tgt, start = [], [], 0
    for i, (place, length) in enumerate(zip(places, lengths, strict=True)):
        first = place + sum(lengths[:i])  # dónde empieza el tramo en ids
        inp += [*ids[start:first], sentinels[i]]
        start = first + length
        tgt += [sentinels[i], *ids[first:start]]
    return inp + ids[start:], [*tgt, sentinels[n_spans]]


def sop_pair(a, b, rng):
    swapped = int(rng.random() < 0.5)
    return (b + a if swapped else a + b), swapped


# %% wrong e13_5 sop_other_document
# Negativo con otro texto: eso es NSP.
def mlm_mask(ids, special, V, mask_id, p, rng):
    chosen = (rng.random(ids.shape) < p) & ~np.isin(ids, list(special))
    fate = rng.random(ids.shape)
    drawn = rng.choice(np.setdiff1d(np.arange(V), list(special)), ids.shape)
    changed = np.where(fate < 0.8, mask_id, np.where(fate < 0.9, drawn, ids))
    return np.where(chosen, changed, ids), np.where(chosen, ids, -100)


def span_corrupt(ids, p, mean_len, sentinels, rng):
    n_hidden = max(1, round(len(ids) * p))
    n_spans = max(1, round(n_hidden / mean_len))
    cuts = np.sort(rng.choice(n_hidden - 1, n_spans - 1, replace=False)) + 1
    lengths = np.diff([0, *cuts, n_hidden])
    places = np.sort(rng.choice(len(ids) - n_hidden + 1, n_spans, replace=False))
    inp, tgt, start = [], [], 0
    for i, (place, length) in enumerate(zip(places, lengths, strict=True)):
        first = place + sum(lengths[:i])  # dónde empieza el tramo en ids
        inp += [*ids[start:first], sentinels[i]]
        start = first + length
        tgt += [sentinels[i], *ids[first:start]]
    return inp + ids[start:], [*tgt, sentinels[n_spans]]


def sop_pair(a, b, rng):
    swapped = int(rng.random() < 0.5)
    return (a + [i + 7 for i in b] if swapped else a + b), swapped


# %% wrong e13_5 sop_label_inverted
# 1 = en orden.
def mlm_mask(ids, special, V, mask_id, p, rng):
    chosen = (rng.random(ids.shape) < p) & ~np.isin(ids, list(special))
    fate = rng.random(ids.shape)
    drawn = rng.choice(np.setdiff1d(np.arange(V), list(special)), ids.shape)
    changed = np.where(fate < 0.8, mask_id, np.where(fate < 0.9, drawn, ids))
    return np.where(chosen, changed, ids), np.where(chosen, ids, -100)


def span_corrupt(ids, p, mean_len, sentinels, rng):
    n_hidden = max(1, round(len(ids) * p))
    n_spans = max(1, round(n_hidden / mean_len))
    cuts = np.sort(rng.choice(n_hidden - 1, n_spans - 1, replace=False)) + 1
    lengths = np.diff([0, *cuts, n_hidden])
    places = np.sort(rng.choice(len(ids) - n_hidden + 1, n_spans, replace=False))
    inp, tgt, start = [], [], 0
    for i, (place, length) in enumerate(zip(places, lengths, strict=True)):
        first = place + sum(lengths[:i])  # dónde empieza el tramo en ids
        inp += [*ids[start:first], sentinels[i]]
        start = first + length
        tgt += [sentinels[i], *ids[first:start]]
    return inp + ids[start:], [*tgt, sentinels[n_spans]]


def sop_pair(a, b, rng):
    swapped = int(rng.random() < 0.5)
    return (b + a if swapped else a + b), 1 - swapped


# %% wrong e13_5 sop_always_in_order
# Nunca invierte.
def mlm_mask(ids, special, V, mask_id, p, rng):
    chosen = (rng.random(ids.shape) < p) & ~np.isin(ids, list(special))
    fate = rng.random(ids.shape)
    drawn = rng.choice(np.setdiff1d(np.arange(V), list(special)), ids.shape)
    changed = np.where(fate < 0.8, mask_id, np.where(fate < 0.9, drawn, ids))
    return np.where(chosen, changed, ids), np.where(chosen, ids, -100)


def span_corrupt(ids, p, mean_len, sentinels, rng):
    n_hidden = max(1, round(len(ids) * p))
    n_spans = max(1, round(n_hidden / mean_len))
    cuts = np.sort(rng.choice(n_hidden - 1, n_spans - 1, replace=False)) + 1
    lengths = np.diff([0, *cuts, n_hidden])
    places = np.sort(rng.choice(len(ids) - n_hidden + 1, n_spans, replace=False))
    inp, tgt, start = [], [], 0
    for i, (place, length) in enumerate(zip(places, lengths, strict=True)):
        first = place + sum(lengths[:i])  # dónde empieza el tramo en ids
        inp += [*ids[start:first], sentinels[i]]
        start = first + length
        tgt += [sentinels[i], *ids[first:start]]
    return inp + ids[start:], [*tgt, sentinels[n_spans]]


def sop_pair(a, b, rng):
    swapped = 0
    return (b + a if swapped else a + b), swapped


# %% wrong e13_5 sop_reverses_tokens
# Invierte los tokens y no los segmentos.
def mlm_mask(ids, special, V, mask_id, p, rng):
    chosen = (rng.random(ids.shape) < p) & ~np.isin(ids, list(special))
    fate = rng.random(ids.shape)
    drawn = rng.choice(np.setdiff1d(np.arange(V), list(special)), ids.shape)
    changed = np.where(fate < 0.8, mask_id, np.where(fate < 0.9, drawn, ids))
    return np.where(chosen, changed, ids), np.where(chosen, ids, -100)


def span_corrupt(ids, p, mean_len, sentinels, rng):
    n_hidden = max(1, round(len(ids) * p))
    n_spans = max(1, round(n_hidden / mean_len))
    cuts = np.sort(rng.choice(n_hidden - 1, n_spans - 1, replace=False)) + 1
    lengths = np.diff([0, *cuts, n_hidden])
    places = np.sort(rng.choice(len(ids) - n_hidden + 1, n_spans, replace=False))
    inp, tgt, start = [], [], 0
    for i, (place, length) in enumerate(zip(places, lengths, strict=True)):
        first = place + sum(lengths[:i])  # dónde empieza el tramo en ids
        inp += [*ids[start:first], sentinels[i]]
        start = first + length
        tgt += [sentinels[i], *ids[first:start]]
    return inp + ids[start:], [*tgt, sentinels[n_spans]]


def sop_pair(a, b, rng):
    swapped = int(rng.random() < 0.5)
    return ((a + b)[::-1] if swapped else a + b), swapped


# %% wrong e13_5 sop_in_place
# a += b cambia el argumento.
def mlm_mask(ids, special, V, mask_id, p, rng):
    chosen = (rng.random(ids.shape) < p) & ~np.isin(ids, list(special))
    fate = rng.random(ids.shape)
    drawn = rng.choice(np.setdiff1d(np.arange(V), list(special)), ids.shape)
    changed = np.where(fate < 0.8, mask_id, np.where(fate < 0.9, drawn, ids))
    return np.where(chosen, changed, ids), np.where(chosen, ids, -100)


def span_corrupt(ids, p, mean_len, sentinels, rng):
    n_hidden = max(1, round(len(ids) * p))
    n_spans = max(1, round(n_hidden / mean_len))
    cuts = np.sort(rng.choice(n_hidden - 1, n_spans - 1, replace=False)) + 1
    lengths = np.diff([0, *cuts, n_hidden])
    places = np.sort(rng.choice(len(ids) - n_hidden + 1, n_spans, replace=False))
    inp, tgt, start = [], [], 0
    for i, (place, length) in enumerate(zip(places, lengths, strict=True)):
        first = place + sum(lengths[:i])  # dónde empieza el tramo en ids
        inp += [*ids[start:first], sentinels[i]]
        start = first + length
        tgt += [sentinels[i], *ids[first:start]]
    return inp + ids[start:], [*tgt, sentinels[n_spans]]


def sop_pair(a, b, rng):
    swapped = int(rng.random() < 0.5)
    if swapped:
        b += a
        return b, 1
    a += b
    return a, 0


# %% wrong e13_5 global_random
# Usa el azar global.
def mlm_mask(ids, special, V, mask_id, p, rng):
    chosen = (rng.random(ids.shape) < p) & ~np.isin(ids, list(special))
    fate = rng.random(ids.shape)
    drawn = rng.choice(np.setdiff1d(np.arange(V), list(special)), ids.shape)
    changed = np.where(fate < 0.8, mask_id, np.where(fate < 0.9, drawn, ids))
    return np.where(chosen, changed, ids), np.where(chosen, ids, -100)


def span_corrupt(ids, p, mean_len, sentinels, rng):
    n_hidden = max(1, round(len(ids) * p))
    n_spans = max(1, round(n_hidden / mean_len))
    cuts = np.sort(rng.choice(n_hidden - 1, n_spans - 1, replace=False)) + 1
    lengths = np.diff([0, *cuts, n_hidden])
    places = np.sort(rng.choice(len(ids) - n_hidden + 1, n_spans, replace=False))
    inp, tgt, start = [], [], 0
    for i, (place, length) in enumerate(zip(places, lengths, strict=True)):
        first = place + sum(lengths[:i])  # dónde empieza el tramo en ids
        inp += [*ids[start:first], sentinels[i]]
        start = first + length
        tgt += [sentinels[i], *ids[first:start]]
    return inp + ids[start:], [*tgt, sentinels[n_spans]]


def sop_pair(a, b, rng):
    swapped = int(np.random.random() < 0.5)
    return (b + a if swapped else a + b), swapped


# %% right e13_5 loops
# Con bucles, token a token.
def mlm_mask(ids, special, V, mask_id, p, rng):
    ordinary = [i for i in range(V) if i not in special]
    inputs, labels = ids.copy(), np.full_like(ids, -100)
    for place in zip(*np.nonzero(rng.random(ids.shape) < p), strict=True):
        if int(ids[place]) in special:
            continue
        labels[place] = ids[place]
        what = rng.integers(10)
        if what < 8:
            inputs[place] = mask_id
        elif what == 8:
            inputs[place] = ordinary[rng.integers(len(ordinary))]
    return inputs, labels


def span_corrupt(ids, p, mean_len, sentinels, rng):
    hidden = max(1, round(p * len(ids)))
    spans = max(1, round(hidden / mean_len))
    lengths = [1] * spans
    for _ in range(hidden - spans):
        lengths[rng.integers(spans)] += 1
    visible = len(ids) - hidden
    gaps = set(rng.permutation(visible + 1)[:spans].tolist())
    inp, tgt, at, used = [], [], 0, 0
    for gap in range(visible + 1):
        if gap in gaps:
            inp.append(sentinels[used])
            tgt.append(sentinels[used])
            tgt.extend(ids[at : at + lengths[used]])
            at += lengths[used]
            used += 1
        if gap < visible:
            inp.append(ids[at])
            at += 1
    return inp, tgt + [sentinels[used]]


def sop_pair(a, b, rng):
    if rng.integers(2) == 0:
        return list(a) + list(b), 0
    return list(b) + list(a), 1


# %% right e13_5 boolean_pattern
# Con un patrón de tapados que se repite hasta que vale.
def mlm_mask(ids, special, V, mask_id, p, rng):
    free = np.ones(ids.shape, dtype=bool)
    for i in special:
        free &= ids != i
    picked = free & (rng.uniform(size=ids.shape) < p)
    n = int(picked.sum())
    kind = rng.choice(3, size=n, p=[0.8, 0.1, 0.1])
    pool = np.array([i for i in range(V) if i not in special])
    new = ids[picked]
    new[kind == 0] = mask_id
    new[kind == 1] = rng.choice(pool, size=(kind == 1).sum())
    inputs, labels = ids.copy(), np.full(ids.shape, -100)
    inputs[picked], labels[picked] = new, ids[picked]
    return inputs, labels


def span_corrupt(ids, p, mean_len, sentinels, rng):
    n = len(ids)
    m = max(1, round(n * p))
    k = max(1, round(m / mean_len))
    borders = sorted(rng.permutation(np.arange(1, m))[: k - 1].tolist())
    sizes = [b - a for a, b in zip([0, *borders], [*borders, m], strict=True)]
    slots = sorted(rng.permutation(n - m + 1)[:k].tolist())
    words = iter(ids)
    inp, tgt, before = [], [], 0
    for sentinel, slot, size in zip(sentinels, slots, sizes, strict=False):
        inp += [next(words) for _ in range(slot - before)]
        inp.append(sentinel)
        tgt += [sentinel] + [next(words) for _ in range(size)]
        before = slot
    inp += list(words)
    tgt.append(sentinels[k])
    return inp, tgt


def sop_pair(a, b, rng):
    label = int(rng.choice([0, 1]))
    pair = [a, b] if label == 0 else [b, a]
    return sum(pair, []), label


# %% wrong e13_6 no_biases
# Olvida los sesgos.
def transformer_params(
    V, L, d, ff, T, types=2, emb_rank=None, share=False, pooler=True
):

    def linear(n_in, n_out):
        return n_in * n_out

    width = d if emb_rank is None else emb_rank
    embeddings = (V + T + types) * width + 2 * width
    if emb_rank is not None:
        embeddings += linear(emb_rank, d)
    layer = 4 * linear(d, d) + linear(d, ff) + linear(ff, d) + 2 * (2 * d)
    layers = layer if share else L * layer
    return embeddings + layers + (linear(d, d) if pooler else 0)


def layer_macs(T, d, ff):
    square = T * T * d
    return {
        "projections": 4 * T * d * d,
        "scores": square,
        "mix": square,
        "ffn": 2 * T * d * ff,
    }


def kd_loss(zs, zt, y, T, alpha):
    valid = y != -100
    if not valid.any():
        return zs.sum() * 0
    zs, zt, y = zs[valid], zt[valid].detach(), y[valid]
    log_ps, log_pt = (zs / T).log_softmax(-1), (zt / T).log_softmax(-1)
    kl = F.kl_div(log_ps, log_pt, reduction="batchmean", log_target=True)
    return alpha * F.cross_entropy(zs, y) + (1 - alpha) * T**2 * kl


# %% wrong e13_6 no_layer_norm
# Olvida las LayerNorm.
def transformer_params(
    V, L, d, ff, T, types=2, emb_rank=None, share=False, pooler=True
):

    def linear(n_in, n_out):
        return n_in * n_out + n_out

    width = d if emb_rank is None else emb_rank
    embeddings = (V + T + types) * width
    if emb_rank is not None:
        embeddings += linear(emb_rank, d)
    layer = 4 * linear(d, d) + linear(d, ff) + linear(ff, d)
    layers = layer if share else L * layer
    return embeddings + layers + (linear(d, d) if pooler else 0)


def layer_macs(T, d, ff):
    square = T * T * d
    return {
        "projections": 4 * T * d * d,
        "scores": square,
        "mix": square,
        "ffn": 2 * T * d * ff,
    }


def kd_loss(zs, zt, y, T, alpha):
    valid = y != -100
    if not valid.any():
        return zs.sum() * 0
    zs, zt, y = zs[valid], zt[valid].detach(), y[valid]
    log_ps, log_pt = (zs / T).log_softmax(-1), (zt / T).log_softmax(-1)
    kl = F.kl_div(log_ps, log_pt, reduction="batchmean", log_target=True)
    return alpha * F.cross_entropy(zs, y) + (1 - alpha) * T**2 * kl


# %% wrong e13_6 embedding_norm_of_d
# La LayerNorm de los embeddings, de ancho d.
def transformer_params(
    V, L, d, ff, T, types=2, emb_rank=None, share=False, pooler=True
):

    def linear(n_in, n_out):
        return n_in * n_out + n_out

    width = d if emb_rank is None else emb_rank
    embeddings = (V + T + types) * width + 2 * d
    if emb_rank is not None:
        embeddings += linear(emb_rank, d)
    layer = 4 * linear(d, d) + linear(d, ff) + linear(ff, d) + 2 * (2 * d)
    layers = layer if share else L * layer
    return embeddings + layers + (linear(d, d) if pooler else 0)


def layer_macs(T, d, ff):
    square = T * T * d
    return {
        "projections": 4 * T * d * d,
        "scores": square,
        "mix": square,
        "ffn": 2 * T * d * ff,
    }


def kd_loss(zs, zt, y, T, alpha):
    valid = y != -100
    if not valid.any():
        return zs.sum() * 0
    zs, zt, y = zs[valid], zt[valid].detach(), y[valid]
    log_ps, log_pt = (zs / T).log_softmax(-1), (zt / T).log_softmax(-1)
    kl = F.kl_div(log_ps, log_pt, reduction="batchmean", log_target=True)
    return alpha * F.cross_entropy(zs, y) + (1 - alpha) * T**2 * kl


# %% wrong e13_6 no_projection
# Olvida la lineal de emb_rank a d.
def transformer_params(
    V, L, d, ff, T, types=2, emb_rank=None, share=False, pooler=True
):

    def linear(n_in, n_out):
        return n_in * n_out + n_out

    width = d if emb_rank is None else emb_rank
    embeddings = (V + T + types) * width + 2 * width
    if emb_rank is not None:
        pass
    layer = 4 * linear(d, d) + linear(d, ff) + linear(ff, d) + 2 * (2 * d)
    layers = layer if share else L * layer
    return embeddings + layers + (linear(d, d) if pooler else 0)


def layer_macs(T, d, ff):
    square = T * T * d
    return {
        "projections": 4 * T * d * d,
        "scores": square,
        "mix": square,
        "ffn": 2 * T * d * ff,
    }


def kd_loss(zs, zt, y, T, alpha):
    valid = y != -100
    if not valid.any():
        return zs.sum() * 0
    zs, zt, y = zs[valid], zt[valid].detach(), y[valid]
    log_ps, log_pt = (zs / T).log_softmax(-1), (zt / T).log_softmax(-1)
    kl = F.kl_div(log_ps, log_pt, reduction="batchmean", log_target=True)
    return alpha * F.cross_entropy(zs, y) + (1 - alpha) * T**2 * kl


# %% wrong e13_6 only_words_factorised
# Solo factoriza las palabras.
def transformer_params(
    V, L, d, ff, T, types=2, emb_rank=None, share=False, pooler=True
):

    def linear(n_in, n_out):
        return n_in * n_out + n_out

    width = d if emb_rank is None else emb_rank
    embeddings = V * width + (T + types) * d + 2 * width
    if emb_rank is not None:
        embeddings += linear(emb_rank, d)
    layer = 4 * linear(d, d) + linear(d, ff) + linear(ff, d) + 2 * (2 * d)
    layers = layer if share else L * layer
    return embeddings + layers + (linear(d, d) if pooler else 0)


def layer_macs(T, d, ff):
    square = T * T * d
    return {
        "projections": 4 * T * d * d,
        "scores": square,
        "mix": square,
        "ffn": 2 * T * d * ff,
    }


def kd_loss(zs, zt, y, T, alpha):
    valid = y != -100
    if not valid.any():
        return zs.sum() * 0
    zs, zt, y = zs[valid], zt[valid].detach(), y[valid]
    log_ps, log_pt = (zs / T).log_softmax(-1), (zt / T).log_softmax(-1)
    kl = F.kl_div(log_ps, log_pt, reduction="batchmean", log_target=True)
    return alpha * F.cross_entropy(zs, y) + (1 - alpha) * T**2 * kl


# %% wrong e13_6 share_only_attention
# Comparte solo la atención.
def transformer_params(
    V, L, d, ff, T, types=2, emb_rank=None, share=False, pooler=True
):

    def linear(n_in, n_out):
        return n_in * n_out + n_out

    width = d if emb_rank is None else emb_rank
    embeddings = (V + T + types) * width + 2 * width
    if emb_rank is not None:
        embeddings += linear(emb_rank, d)
    layer = 4 * linear(d, d) + linear(d, ff) + linear(ff, d) + 2 * (2 * d)
    ffn = linear(d, ff) + linear(ff, d)
    layers = layer + (L - 1) * ffn if share else L * layer
    return embeddings + layers + (linear(d, d) if pooler else 0)


def layer_macs(T, d, ff):
    square = T * T * d
    return {
        "projections": 4 * T * d * d,
        "scores": square,
        "mix": square,
        "ffn": 2 * T * d * ff,
    }


def kd_loss(zs, zt, y, T, alpha):
    valid = y != -100
    if not valid.any():
        return zs.sum() * 0
    zs, zt, y = zs[valid], zt[valid].detach(), y[valid]
    log_ps, log_pt = (zs / T).log_softmax(-1), (zt / T).log_softmax(-1)
    kl = F.kl_div(log_ps, log_pt, reduction="batchmean", log_target=True)
    return alpha * F.cross_entropy(zs, y) + (1 - alpha) * T**2 * kl


# %% wrong e13_6 three_projections
# Olvida la lineal de salida de la atención.
def transformer_params(
    V, L, d, ff, T, types=2, emb_rank=None, share=False, pooler=True
):

    def linear(n_in, n_out):
        return n_in * n_out + n_out

    width = d if emb_rank is None else emb_rank
    embeddings = (V + T + types) * width + 2 * width
    if emb_rank is not None:
        embeddings += linear(emb_rank, d)
    layer = 3 * linear(d, d) + linear(d, ff) + linear(ff, d) + 2 * (2 * d)
    layers = layer if share else L * layer
    return embeddings + layers + (linear(d, d) if pooler else 0)


def layer_macs(T, d, ff):
    square = T * T * d
    return {
        "projections": 4 * T * d * d,
        "scores": square,
        "mix": square,
        "ffn": 2 * T * d * ff,
    }


def kd_loss(zs, zt, y, T, alpha):
    valid = y != -100
    if not valid.any():
        return zs.sum() * 0
    zs, zt, y = zs[valid], zt[valid].detach(), y[valid]
    log_ps, log_pt = (zs / T).log_softmax(-1), (zt / T).log_softmax(-1)
    kl = F.kl_div(log_ps, log_pt, reduction="batchmean", log_target=True)
    return alpha * F.cross_entropy(zs, y) + (1 - alpha) * T**2 * kl


# %% wrong e13_6 pooler_always
# El pooler, siempre.
def transformer_params(
    V, L, d, ff, T, types=2, emb_rank=None, share=False, pooler=True
):

    def linear(n_in, n_out):
        return n_in * n_out + n_out

    width = d if emb_rank is None else emb_rank
    embeddings = (V + T + types) * width + 2 * width
    if emb_rank is not None:
        embeddings += linear(emb_rank, d)
    layer = 4 * linear(d, d) + linear(d, ff) + linear(ff, d) + 2 * (2 * d)
    layers = layer if share else L * layer
    return embeddings + layers + linear(d, d)


def layer_macs(T, d, ff):
    square = T * T * d
    return {
        "projections": 4 * T * d * d,
        "scores": square,
        "mix": square,
        "ffn": 2 * T * d * ff,
    }


def kd_loss(zs, zt, y, T, alpha):
    valid = y != -100
    if not valid.any():
        return zs.sum() * 0
    zs, zt, y = zs[valid], zt[valid].detach(), y[valid]
    log_ps, log_pt = (zs / T).log_softmax(-1), (zt / T).log_softmax(-1)
    kl = F.kl_div(log_ps, log_pt, reduction="batchmean", log_target=True)
    return alpha * F.cross_entropy(zs, y) + (1 - alpha) * T**2 * kl


# %% wrong e13_6 rank_equal_to_d
# Con emb_rank = d no cuenta la lineal.
def transformer_params(
    V, L, d, ff, T, types=2, emb_rank=None, share=False, pooler=True
):

    def linear(n_in, n_out):
        return n_in * n_out + n_out

    width = d if emb_rank is None else emb_rank
    embeddings = (V + T + types) * width + 2 * width
    if emb_rank is not None and emb_rank != d:
        embeddings += linear(emb_rank, d)
    layer = 4 * linear(d, d) + linear(d, ff) + linear(ff, d) + 2 * (2 * d)
    layers = layer if share else L * layer
    return embeddings + layers + (linear(d, d) if pooler else 0)


def layer_macs(T, d, ff):
    square = T * T * d
    return {
        "projections": 4 * T * d * d,
        "scores": square,
        "mix": square,
        "ffn": 2 * T * d * ff,
    }


def kd_loss(zs, zt, y, T, alpha):
    valid = y != -100
    if not valid.any():
        return zs.sum() * 0
    zs, zt, y = zs[valid], zt[valid].detach(), y[valid]
    log_ps, log_pt = (zs / T).log_softmax(-1), (zt / T).log_softmax(-1)
    kl = F.kl_div(log_ps, log_pt, reduction="batchmean", log_target=True)
    return alpha * F.cross_entropy(zs, y) + (1 - alpha) * T**2 * kl


# %% wrong e13_6 ffn_once
# Una sola lineal en la red.
def transformer_params(
    V, L, d, ff, T, types=2, emb_rank=None, share=False, pooler=True
):

    def linear(n_in, n_out):
        return n_in * n_out + n_out

    width = d if emb_rank is None else emb_rank
    embeddings = (V + T + types) * width + 2 * width
    if emb_rank is not None:
        embeddings += linear(emb_rank, d)
    layer = 4 * linear(d, d) + linear(d, ff) + linear(ff, d) + 2 * (2 * d)
    layers = layer if share else L * layer
    return embeddings + layers + (linear(d, d) if pooler else 0)


def layer_macs(T, d, ff):
    square = T * T * d
    return {
        "projections": 4 * T * d * d,
        "scores": square,
        "mix": square,
        "ffn": T * d * ff,
    }


def kd_loss(zs, zt, y, T, alpha):
    valid = y != -100
    if not valid.any():
        return zs.sum() * 0
    zs, zt, y = zs[valid], zt[valid].detach(), y[valid]
    log_ps, log_pt = (zs / T).log_softmax(-1), (zt / T).log_softmax(-1)
    kl = F.kl_div(log_ps, log_pt, reduction="batchmean", log_target=True)
    return alpha * F.cross_entropy(zs, y) + (1 - alpha) * T**2 * kl


# %% wrong e13_6 scores_quadratic_in_d
# Confunde T² d con T d².
def transformer_params(
    V, L, d, ff, T, types=2, emb_rank=None, share=False, pooler=True
):

    def linear(n_in, n_out):
        return n_in * n_out + n_out

    width = d if emb_rank is None else emb_rank
    embeddings = (V + T + types) * width + 2 * width
    if emb_rank is not None:
        embeddings += linear(emb_rank, d)
    layer = 4 * linear(d, d) + linear(d, ff) + linear(ff, d) + 2 * (2 * d)
    layers = layer if share else L * layer
    return embeddings + layers + (linear(d, d) if pooler else 0)


def layer_macs(T, d, ff):
    square = T * d * d
    return {
        "projections": 4 * T * d * d,
        "scores": square,
        "mix": square,
        "ffn": 2 * T * d * ff,
    }


def kd_loss(zs, zt, y, T, alpha):
    valid = y != -100
    if not valid.any():
        return zs.sum() * 0
    zs, zt, y = zs[valid], zt[valid].detach(), y[valid]
    log_ps, log_pt = (zs / T).log_softmax(-1), (zt / T).log_softmax(-1)
    kl = F.kl_div(log_ps, log_pt, reduction="batchmean", log_target=True)
    return alpha * F.cross_entropy(zs, y) + (1 - alpha) * T**2 * kl


# %% wrong e13_6 projections_three
# Tres proyecciones en las multiplicaciones.
def transformer_params(
    V, L, d, ff, T, types=2, emb_rank=None, share=False, pooler=True
):

    def linear(n_in, n_out):
        return n_in * n_out + n_out

    width = d if emb_rank is None else emb_rank
    embeddings = (V + T + types) * width + 2 * width
    if emb_rank is not None:
        embeddings += linear(emb_rank, d)
    layer = 4 * linear(d, d) + linear(d, ff) + linear(ff, d) + 2 * (2 * d)
    layers = layer if share else L * layer
    return embeddings + layers + (linear(d, d) if pooler else 0)


def layer_macs(T, d, ff):
    square = T * T * d
    return {
        "projections": 3 * T * d * d,
        "scores": square,
        "mix": square,
        "ffn": 2 * T * d * ff,
    }


def kd_loss(zs, zt, y, T, alpha):
    valid = y != -100
    if not valid.any():
        return zs.sum() * 0
    zs, zt, y = zs[valid], zt[valid].detach(), y[valid]
    log_ps, log_pt = (zs / T).log_softmax(-1), (zt / T).log_softmax(-1)
    kl = F.kl_div(log_ps, log_pt, reduction="batchmean", log_target=True)
    return alpha * F.cross_entropy(zs, y) + (1 - alpha) * T**2 * kl


# %% wrong e13_6 kl_swapped
# KL del alumno respecto al profesor.
def transformer_params(
    V, L, d, ff, T, types=2, emb_rank=None, share=False, pooler=True
):

    def linear(n_in, n_out):
        return n_in * n_out + n_out

    width = d if emb_rank is None else emb_rank
    embeddings = (V + T + types) * width + 2 * width
    if emb_rank is not None:
        embeddings += linear(emb_rank, d)
    layer = 4 * linear(d, d) + linear(d, ff) + linear(ff, d) + 2 * (2 * d)
    layers = layer if share else L * layer
    return embeddings + layers + (linear(d, d) if pooler else 0)


def layer_macs(T, d, ff):
    square = T * T * d
    return {
        "projections": 4 * T * d * d,
        "scores": square,
        "mix": square,
        "ffn": 2 * T * d * ff,
    }


def kd_loss(zs, zt, y, T, alpha):
    valid = y != -100
    if not valid.any():
        return zs.sum() * 0
    zs, zt, y = zs[valid], zt[valid].detach(), y[valid]
    log_ps, log_pt = (zs / T).log_softmax(-1), (zt / T).log_softmax(-1)
    kl = F.kl_div(log_pt, log_ps, reduction="batchmean", log_target=True)
    return alpha * F.cross_entropy(zs, y) + (1 - alpha) * T**2 * kl


# %% wrong e13_6 log_missing
# Probabilidades en lugar de logaritmos para el alumno.
def transformer_params(
    V, L, d, ff, T, types=2, emb_rank=None, share=False, pooler=True
):

    def linear(n_in, n_out):
        return n_in * n_out + n_out

    width = d if emb_rank is None else emb_rank
    embeddings = (V + T + types) * width + 2 * width
    if emb_rank is not None:
        embeddings += linear(emb_rank, d)
    layer = 4 * linear(d, d) + linear(d, ff) + linear(ff, d) + 2 * (2 * d)
    layers = layer if share else L * layer
    return embeddings + layers + (linear(d, d) if pooler else 0)


def layer_macs(T, d, ff):
    square = T * T * d
    return {
        "projections": 4 * T * d * d,
        "scores": square,
        "mix": square,
        "ffn": 2 * T * d * ff,
    }


def kd_loss(zs, zt, y, T, alpha):
    valid = y != -100
    if not valid.any():
        return zs.sum() * 0
    zs, zt, y = zs[valid], zt[valid].detach(), y[valid]
    log_ps, log_pt = (zs / T).softmax(-1), (zt / T).log_softmax(-1)
    kl = F.kl_div(log_ps, log_pt, reduction="batchmean", log_target=True)
    return alpha * F.cross_entropy(zs, y) + (1 - alpha) * T**2 * kl


# %% wrong e13_6 no_t_squared
# Sin T².
def transformer_params(
    V, L, d, ff, T, types=2, emb_rank=None, share=False, pooler=True
):

    def linear(n_in, n_out):
        return n_in * n_out + n_out

    width = d if emb_rank is None else emb_rank
    embeddings = (V + T + types) * width + 2 * width
    if emb_rank is not None:
        embeddings += linear(emb_rank, d)
    layer = 4 * linear(d, d) + linear(d, ff) + linear(ff, d) + 2 * (2 * d)
    layers = layer if share else L * layer
    return embeddings + layers + (linear(d, d) if pooler else 0)


def layer_macs(T, d, ff):
    square = T * T * d
    return {
        "projections": 4 * T * d * d,
        "scores": square,
        "mix": square,
        "ffn": 2 * T * d * ff,
    }


def kd_loss(zs, zt, y, T, alpha):
    valid = y != -100
    if not valid.any():
        return zs.sum() * 0
    zs, zt, y = zs[valid], zt[valid].detach(), y[valid]
    log_ps, log_pt = (zs / T).log_softmax(-1), (zt / T).log_softmax(-1)
    kl = F.kl_div(log_ps, log_pt, reduction="batchmean", log_target=True)
    return alpha * F.cross_entropy(zs, y) + (1 - alpha) * kl


# %% wrong e13_6 kl_mean
# reduction='mean' divide también entre las clases.
def transformer_params(
    V, L, d, ff, T, types=2, emb_rank=None, share=False, pooler=True
):

    def linear(n_in, n_out):
        return n_in * n_out + n_out

    width = d if emb_rank is None else emb_rank
    embeddings = (V + T + types) * width + 2 * width
    if emb_rank is not None:
        embeddings += linear(emb_rank, d)
    layer = 4 * linear(d, d) + linear(d, ff) + linear(ff, d) + 2 * (2 * d)
    layers = layer if share else L * layer
    return embeddings + layers + (linear(d, d) if pooler else 0)


def layer_macs(T, d, ff):
    square = T * T * d
    return {
        "projections": 4 * T * d * d,
        "scores": square,
        "mix": square,
        "ffn": 2 * T * d * ff,
    }


def kd_loss(zs, zt, y, T, alpha):
    valid = y != -100
    if not valid.any():
        return zs.sum() * 0
    zs, zt, y = zs[valid], zt[valid].detach(), y[valid]
    log_ps, log_pt = (zs / T).log_softmax(-1), (zt / T).log_softmax(-1)
    kl = F.kl_div(log_ps, log_pt, reduction="mean", log_target=True)
    return alpha * F.cross_entropy(zs, y) + (1 - alpha) * T**2 * kl


# %% wrong e13_6 teacher_gradient
# El profesor recibe gradiente.
def transformer_params(
    V, L, d, ff, T, types=2, emb_rank=None, share=False, pooler=True
):

    def linear(n_in, n_out):
        return n_in * n_out + n_out

    width = d if emb_rank is None else emb_rank
    embeddings = (V + T + types) * width + 2 * width
    if emb_rank is not None:
        embeddings += linear(emb_rank, d)
    layer = 4 * linear(d, d) + linear(d, ff) + linear(ff, d) + 2 * (2 * d)
    layers = layer if share else L * layer
    return embeddings + layers + (linear(d, d) if pooler else 0)


def layer_macs(T, d, ff):
    square = T * T * d
    return {
        "projections": 4 * T * d * d,
        "scores": square,
        "mix": square,
        "ffn": 2 * T * d * ff,
    }


def kd_loss(zs, zt, y, T, alpha):
    valid = y != -100
    if not valid.any():
        return zs.sum() * 0
    zs, zt, y = zs[valid], zt[valid], y[valid]
    log_ps, log_pt = (zs / T).log_softmax(-1), (zt / T).log_softmax(-1)
    kl = F.kl_div(log_ps, log_pt, reduction="batchmean", log_target=True)
    return alpha * F.cross_entropy(zs, y) + (1 - alpha) * T**2 * kl


# %% wrong e13_6 student_detached
# El alumno no recibe el gradiente de la KL.
def transformer_params(
    V, L, d, ff, T, types=2, emb_rank=None, share=False, pooler=True
):

    def linear(n_in, n_out):
        return n_in * n_out + n_out

    width = d if emb_rank is None else emb_rank
    embeddings = (V + T + types) * width + 2 * width
    if emb_rank is not None:
        embeddings += linear(emb_rank, d)
    layer = 4 * linear(d, d) + linear(d, ff) + linear(ff, d) + 2 * (2 * d)
    layers = layer if share else L * layer
    return embeddings + layers + (linear(d, d) if pooler else 0)


def layer_macs(T, d, ff):
    square = T * T * d
    return {
        "projections": 4 * T * d * d,
        "scores": square,
        "mix": square,
        "ffn": 2 * T * d * ff,
    }


def kd_loss(zs, zt, y, T, alpha):
    valid = y != -100
    if not valid.any():
        return zs.sum() * 0
    zs, zt, y = zs[valid], zt[valid].detach(), y[valid]
    log_ps, log_pt = (zs.detach() / T).log_softmax(-1), (zt / T).log_softmax(-1)
    kl = F.kl_div(log_ps, log_pt, reduction="batchmean", log_target=True)
    return alpha * F.cross_entropy(zs, y) + (1 - alpha) * T**2 * kl


# %% wrong e13_6 kl_counts_ignored
# La KL cuenta las posiciones ignoradas.
def transformer_params(
    V, L, d, ff, T, types=2, emb_rank=None, share=False, pooler=True
):

    def linear(n_in, n_out):
        return n_in * n_out + n_out

    width = d if emb_rank is None else emb_rank
    embeddings = (V + T + types) * width + 2 * width
    if emb_rank is not None:
        embeddings += linear(emb_rank, d)
    layer = 4 * linear(d, d) + linear(d, ff) + linear(ff, d) + 2 * (2 * d)
    layers = layer if share else L * layer
    return embeddings + layers + (linear(d, d) if pooler else 0)


def layer_macs(T, d, ff):
    square = T * T * d
    return {
        "projections": 4 * T * d * d,
        "scores": square,
        "mix": square,
        "ffn": 2 * T * d * ff,
    }


def kd_loss(zs, zt, y, T, alpha):
    valid = y != -100
    if not valid.any():
        return zs.sum() * 0
    C = zs.shape[-1]
    zs, zt, y = zs.reshape(-1, C), zt.reshape(-1, C).detach(), y.reshape(-1)
    log_ps, log_pt = (zs / T).log_softmax(-1), (zt / T).log_softmax(-1)
    kl = F.kl_div(log_ps, log_pt, reduction="batchmean", log_target=True)
    return alpha * F.cross_entropy(zs, y) + (1 - alpha) * T**2 * kl


# %% wrong e13_6 temperature_in_ce
# La entropía cruzada también con temperatura.
def transformer_params(
    V, L, d, ff, T, types=2, emb_rank=None, share=False, pooler=True
):

    def linear(n_in, n_out):
        return n_in * n_out + n_out

    width = d if emb_rank is None else emb_rank
    embeddings = (V + T + types) * width + 2 * width
    if emb_rank is not None:
        embeddings += linear(emb_rank, d)
    layer = 4 * linear(d, d) + linear(d, ff) + linear(ff, d) + 2 * (2 * d)
    layers = layer if share else L * layer
    return embeddings + layers + (linear(d, d) if pooler else 0)


def layer_macs(T, d, ff):
    square = T * T * d
    return {
        "projections": 4 * T * d * d,
        "scores": square,
        "mix": square,
        "ffn": 2 * T * d * ff,
    }


def kd_loss(zs, zt, y, T, alpha):
    valid = y != -100
    if not valid.any():
        return zs.sum() * 0
    zs, zt, y = zs[valid], zt[valid].detach(), y[valid]
    log_ps, log_pt = (zs / T).log_softmax(-1), (zt / T).log_softmax(-1)
    kl = F.kl_div(log_ps, log_pt, reduction="batchmean", log_target=True)
    return alpha * F.cross_entropy(zs / T, y) + (1 - alpha) * T**2 * kl


# %% wrong e13_6 alpha_swapped
# alpha multiplica la KL.
def transformer_params(
    V, L, d, ff, T, types=2, emb_rank=None, share=False, pooler=True
):

    def linear(n_in, n_out):
        return n_in * n_out + n_out

    width = d if emb_rank is None else emb_rank
    embeddings = (V + T + types) * width + 2 * width
    if emb_rank is not None:
        embeddings += linear(emb_rank, d)
    layer = 4 * linear(d, d) + linear(d, ff) + linear(ff, d) + 2 * (2 * d)
    layers = layer if share else L * layer
    return embeddings + layers + (linear(d, d) if pooler else 0)


def layer_macs(T, d, ff):
    square = T * T * d
    return {
        "projections": 4 * T * d * d,
        "scores": square,
        "mix": square,
        "ffn": 2 * T * d * ff,
    }


def kd_loss(zs, zt, y, T, alpha):
    valid = y != -100
    if not valid.any():
        return zs.sum() * 0
    zs, zt, y = zs[valid], zt[valid].detach(), y[valid]
    log_ps, log_pt = (zs / T).log_softmax(-1), (zt / T).log_softmax(-1)
    kl = F.kl_div(log_ps, log_pt, reduction="batchmean", log_target=True)
    return (1 - alpha) * F.cross_entropy(zs, y) + alpha * T**2 * kl


# %% wrong e13_6 nan_when_all_ignored
# Todo ignorado: nan.
def transformer_params(
    V, L, d, ff, T, types=2, emb_rank=None, share=False, pooler=True
):

    def linear(n_in, n_out):
        return n_in * n_out + n_out

    width = d if emb_rank is None else emb_rank
    embeddings = (V + T + types) * width + 2 * width
    if emb_rank is not None:
        embeddings += linear(emb_rank, d)
    layer = 4 * linear(d, d) + linear(d, ff) + linear(ff, d) + 2 * (2 * d)
    layers = layer if share else L * layer
    return embeddings + layers + (linear(d, d) if pooler else 0)


def layer_macs(T, d, ff):
    square = T * T * d
    return {
        "projections": 4 * T * d * d,
        "scores": square,
        "mix": square,
        "ffn": 2 * T * d * ff,
    }


def kd_loss(zs, zt, y, T, alpha):
    valid = y != -100
    zs, zt, y = zs[valid], zt[valid].detach(), y[valid]
    log_ps, log_pt = (zs / T).log_softmax(-1), (zt / T).log_softmax(-1)
    kl = F.kl_div(log_ps, log_pt, reduction="batchmean", log_target=True)
    return alpha * F.cross_entropy(zs, y) + (1 - alpha) * T**2 * kl


# %% right e13_6 term_by_term
# Cuenta tabla a tabla; la KL, escrita.
def transformer_params(
    V, L, d, ff, T, types=2, emb_rank=None, share=False, pooler=True
):
    e = emb_rank or d
    total = V * e + T * e + types * e + e + e
    if emb_rank:
        total += e * d + d
    attention = 4 * d * d + 4 * d
    feed = d * ff + ff + ff * d + d
    norms = 4 * d
    total += (attention + feed + norms) * (1 if share else L)
    if pooler:
        total += d * d + d
    return total


def layer_macs(T, d, ff):
    return dict(
        projections=T * d * d * 4, scores=T * d * T, mix=T * T * d, ffn=T * d * ff * 2
    )


def kd_loss(zs, zt, y, T, alpha):
    C = zs.shape[-1]
    zs, zt, y = zs.reshape(-1, C), zt.reshape(-1, C), y.reshape(-1)
    keep = (y != -100).to(zs.dtype)
    n = keep.sum().clamp(min=1)
    ce = F.cross_entropy(zs, y, reduction="none", ignore_index=-100)
    with torch.no_grad():
        pt = torch.softmax(zt / T, -1)
        entropy = -(pt * torch.log_softmax(zt / T, -1)).sum(-1)
    cross = -(pt * torch.log_softmax(zs / T, -1)).sum(-1)
    kl = (cross - entropy) * keep
    return alpha * (ce * keep).sum() / n + (1 - alpha) * T * T * kl.sum() / n


# %% right e13_6 real_modules
# Construye los módulos en meta y los cuenta.
def transformer_params(
    V, L, d, ff, T, types=2, emb_rank=None, share=False, pooler=True
):
    width = emb_rank if emb_rank is not None else d
    with torch.device("meta"):
        modules = [nn.Embedding(V, width), nn.Embedding(T, width), nn.LayerNorm(width)]
        if types > 0:
            modules.append(nn.Embedding(types, width))
        if emb_rank is not None:
            modules.append(nn.Linear(width, d))
        if pooler:
            modules.append(nn.Linear(d, d))
        layer = [nn.Linear(d, d) for _ in range(4)]
        layer += [nn.Linear(d, ff), nn.Linear(ff, d), nn.LayerNorm(d), nn.LayerNorm(d)]

    def count(parts):
        return sum(p.numel() for part in parts for p in part.parameters())

    return count(modules) + (1 if share else L) * count(layer)


def layer_macs(T, d, ff):
    def matmul(m, n, p):
        return m * n * p

    return {
        "projections": sum(matmul(T, d, d) for _ in range(4)),
        "scores": matmul(T, d, T),
        "mix": matmul(T, T, d),
        "ffn": matmul(T, d, ff) + matmul(T, ff, d),
    }


def kd_loss(zs, zt, y, T, alpha):
    keep = y.ne(-100)
    if keep.sum() == 0:
        return (zs * 0.0).sum()
    s, t, labels = zs[keep], zt.detach()[keep], y[keep]
    hard = F.cross_entropy(s, labels)
    soft = F.kl_div(
        F.log_softmax(s / T, dim=1), F.softmax(t / T, dim=1), reduction="sum"
    )
    return alpha * hard + (1 - alpha) * soft / len(labels) * T * T


# %% wrong e13_7 untrained
# No entrena.
def train_reverse(seed):
    torch.manual_seed(seed)
    model = Reverser()
    adam = torch.optim.Adam(model.parameters(), lr=0.01)
    for _ in range(0):
        ids = torch.randint(10, (64, 10))
        adam.zero_grad()
        F.cross_entropy(model(ids).mT, ids.flip(1)).backward()
        adam.step()
    return model.eval()


class Reverser(nn.Module):
    def __init__(self, d=32):
        super().__init__()
        self.embed, self.head = nn.Embedding(10, d), nn.Linear(d, 10)
        self.positions = nn.Parameter(torch.randn(10, d))
        self.layer = nn.TransformerEncoderLayer(
            d, 2, 2 * d, dropout=0.0, batch_first=True, norm_first=True
        )

    def forward(self, ids):
        return self.head(self.layer(self.embed(ids) + self.positions))


# %% wrong e13_7 copies_input
# Objetivo sin invertir.
def train_reverse(seed):
    torch.manual_seed(seed)
    model = Reverser()
    adam = torch.optim.Adam(model.parameters(), lr=0.01)
    for _ in range(180):
        ids = torch.randint(10, (64, 10))
        adam.zero_grad()
        F.cross_entropy(model(ids).mT, ids).backward()
        adam.step()
    return model.eval()


class Reverser(nn.Module):
    def __init__(self, d=32):
        super().__init__()
        self.embed, self.head = nn.Embedding(10, d), nn.Linear(d, 10)
        self.positions = nn.Parameter(torch.randn(10, d))
        self.layer = nn.TransformerEncoderLayer(
            d, 2, 2 * d, dropout=0.0, batch_first=True, norm_first=True
        )

    def forward(self, ids):
        return self.head(self.layer(self.embed(ids) + self.positions))


# %% wrong e13_7 flips_batch
# Da la vuelta al lote y no a la cadena.
def train_reverse(seed):
    torch.manual_seed(seed)
    model = Reverser()
    adam = torch.optim.Adam(model.parameters(), lr=0.01)
    for _ in range(180):
        ids = torch.randint(10, (64, 10))
        adam.zero_grad()
        F.cross_entropy(model(ids).mT, ids.flip(0)).backward()
        adam.step()
    return model.eval()


class Reverser(nn.Module):
    def __init__(self, d=32):
        super().__init__()
        self.embed, self.head = nn.Embedding(10, d), nn.Linear(d, 10)
        self.positions = nn.Parameter(torch.randn(10, d))
        self.layer = nn.TransformerEncoderLayer(
            d, 2, 2 * d, dropout=0.0, batch_first=True, norm_first=True
        )

    def forward(self, ids):
        return self.head(self.layer(self.embed(ids) + self.positions))


# %% wrong e13_7 no_positions
# Sin posiciones.
def train_reverse(seed):
    torch.manual_seed(seed)
    model = Reverser()
    adam = torch.optim.Adam(model.parameters(), lr=0.01)
    for _ in range(180):
        ids = torch.randint(10, (64, 10))
        adam.zero_grad()
        F.cross_entropy(model(ids).mT, ids.flip(1)).backward()
        adam.step()
    return model.eval()


class Reverser(nn.Module):
    def __init__(self, d=32):
        super().__init__()
        self.embed, self.head = nn.Embedding(10, d), nn.Linear(d, 10)
        self.positions = nn.Parameter(torch.randn(10, d))
        self.layer = nn.TransformerEncoderLayer(
            d, 2, 2 * d, dropout=0.0, batch_first=True, norm_first=True
        )

    def forward(self, ids):
        return self.head(self.layer(self.embed(ids) + 0 * self.positions))


# %% wrong e13_7 batch_first_forgotten
# Sin batch_first: atiende entre cadenas.
def train_reverse(seed):
    torch.manual_seed(seed)
    model = Reverser()
    adam = torch.optim.Adam(model.parameters(), lr=0.01)
    for _ in range(180):
        ids = torch.randint(10, (64, 10))
        adam.zero_grad()
        F.cross_entropy(model(ids).mT, ids.flip(1)).backward()
        adam.step()
    return model.eval()


class Reverser(nn.Module):
    def __init__(self, d=32):
        super().__init__()
        self.embed, self.head = nn.Embedding(10, d), nn.Linear(d, 10)
        self.positions = nn.Parameter(torch.randn(10, d))
        self.layer = nn.TransformerEncoderLayer(
            d, 2, 2 * d, dropout=0.0, norm_first=True
        )

    def forward(self, ids):
        return self.head(self.layer(self.embed(ids) + self.positions))


# %% wrong e13_7 few_training_strings
# Siempre las mismas 8 cadenas: se las aprende de memoria.
def train_reverse(seed):
    torch.manual_seed(seed)
    model = Reverser()
    adam = torch.optim.Adam(model.parameters(), lr=0.01)
    ids = torch.randint(10, (8, 10))
    for _ in range(180):
        adam.zero_grad()
        F.cross_entropy(model(ids).mT, ids.flip(1)).backward()
        adam.step()
    return model.eval()


class Reverser(nn.Module):
    def __init__(self, d=32):
        super().__init__()
        self.embed, self.head = nn.Embedding(10, d), nn.Linear(d, 10)
        self.positions = nn.Parameter(torch.randn(10, d))
        self.layer = nn.TransformerEncoderLayer(
            d, 2, 2 * d, dropout=0.0, batch_first=True, norm_first=True
        )

    def forward(self, ids):
        return self.head(self.layer(self.embed(ids) + self.positions))


# %% wrong e13_7 recurrent
# Una LSTM bidireccional: acierta sin posiciones.
def train_reverse(seed):
    torch.manual_seed(seed)
    model = Reverser()
    adam = torch.optim.Adam(model.parameters(), lr=0.01)
    for _ in range(180):
        ids = torch.randint(10, (64, 10))
        adam.zero_grad()
        F.cross_entropy(model(ids).mT, ids.flip(1)).backward()
        adam.step()
    return model.eval()


class Reverser(nn.Module):
    def __init__(self, d=32):
        super().__init__()
        self.embed, self.head = nn.Embedding(10, d), nn.Linear(2 * d, 10)
        self.positions = nn.Parameter(torch.randn(10, d))
        self.mix = nn.Linear(10, 10)
        self.lstm = nn.LSTM(d, d, bidirectional=True, batch_first=True)

    def forward(self, ids):
        x = self.lstm(self.embed(ids) + self.positions)[0]
        return self.head(self.mix(x.mT).mT)


# %% wrong e13_7 position_table_at_output
# Otra tabla por posición, escondida.
def train_reverse(seed):
    torch.manual_seed(seed)
    model = Reverser()
    adam = torch.optim.Adam(model.parameters(), lr=0.01)
    for _ in range(180):
        ids = torch.randint(10, (64, 10))
        adam.zero_grad()
        F.cross_entropy(model(ids).mT, ids.flip(1)).backward()
        adam.step()
    return model.eval()


class Reverser(nn.Module):
    def __init__(self, d=32):
        super().__init__()
        self.embed, self.head = nn.Embedding(10, d), nn.Linear(d, 10)
        self.positions = nn.Parameter(torch.randn(10, d))
        self.extra = nn.Parameter(torch.randn(10, d))
        self.layer = nn.TransformerEncoderLayer(
            d, 2, 2 * d, dropout=0.0, batch_first=True, norm_first=True
        )

    def forward(self, ids):
        return self.head(self.layer(self.embed(ids) + self.positions + self.extra))


# %% wrong e13_7 hard_wired_flip
# Da la vuelta en forward: no hace falta atención.
def train_reverse(seed):
    torch.manual_seed(seed)
    model = Reverser()
    adam = torch.optim.Adam(model.parameters(), lr=0.01)
    for _ in range(180):
        ids = torch.randint(10, (64, 10))
        adam.zero_grad()
        F.cross_entropy(model(ids).mT, ids.flip(1)).backward()
        adam.step()
    return model.eval()


class Reverser(nn.Module):
    def __init__(self, d=32):
        super().__init__()
        self.embed, self.head = nn.Embedding(10, d), nn.Linear(d, 10)
        self.positions = nn.Parameter(torch.randn(10, d))
        self.layer = nn.TransformerEncoderLayer(
            d, 2, 2 * d, dropout=0.0, batch_first=True, norm_first=True
        )

    def forward(self, ids):
        return self.head(self.layer(self.embed(ids.flip(1)) + self.positions))


# %% wrong e13_7 too_big
# Más de 30 000 parámetros.
def train_reverse(seed):
    torch.manual_seed(seed)
    model = Reverser()
    adam = torch.optim.Adam(model.parameters(), lr=0.01)
    for _ in range(180):
        ids = torch.randint(10, (64, 10))
        adam.zero_grad()
        F.cross_entropy(model(ids).mT, ids.flip(1)).backward()
        adam.step()
    return model.eval()


class Reverser(nn.Module):
    def __init__(self, d=64):
        super().__init__()
        self.embed, self.head = nn.Embedding(10, d), nn.Linear(d, 10)
        self.positions = nn.Parameter(torch.randn(10, d))
        self.layer = nn.TransformerEncoderLayer(
            d, 2, 2 * d, dropout=0.0, batch_first=True, norm_first=True
        )

    def forward(self, ids):
        return self.head(self.layer(self.embed(ids) + self.positions))


# %% wrong e13_7 learning_rate_tiny
# Tasa de 1e-5: no aprende a tiempo.
def train_reverse(seed):
    torch.manual_seed(seed)
    model = Reverser()
    adam = torch.optim.Adam(model.parameters(), lr=1e-5)
    for _ in range(180):
        ids = torch.randint(10, (64, 10))
        adam.zero_grad()
        F.cross_entropy(model(ids).mT, ids.flip(1)).backward()
        adam.step()
    return model.eval()


class Reverser(nn.Module):
    def __init__(self, d=32):
        super().__init__()
        self.embed, self.head = nn.Embedding(10, d), nn.Linear(d, 10)
        self.positions = nn.Parameter(torch.randn(10, d))
        self.layer = nn.TransformerEncoderLayer(
            d, 2, 2 * d, dropout=0.0, batch_first=True, norm_first=True
        )

    def forward(self, ids):
        return self.head(self.layer(self.embed(ids) + self.positions))


# %% wrong e13_7 wrong_axis_of_logits
# Devuelve (B, clases, posiciones).
def train_reverse(seed):
    torch.manual_seed(seed)
    model = Reverser()
    adam = torch.optim.Adam(model.parameters(), lr=0.01)
    for _ in range(180):
        ids = torch.randint(10, (64, 10))
        adam.zero_grad()
        F.cross_entropy(model(ids), ids.flip(1)).backward()
        adam.step()
    return model.eval()


class Reverser(nn.Module):
    def __init__(self, d=32):
        super().__init__()
        self.embed, self.head = nn.Embedding(10, d), nn.Linear(d, 10)
        self.positions = nn.Parameter(torch.randn(10, d))
        self.layer = nn.TransformerEncoderLayer(
            d, 2, 2 * d, dropout=0.0, batch_first=True, norm_first=True
        )

    def forward(self, ids):
        return self.head(self.layer(self.embed(ids) + self.positions)).mT


# %% wrong e13_7 returns_loss
# No devuelve el modelo.
def train_reverse(seed):
    torch.manual_seed(seed)
    model = Reverser()
    adam = torch.optim.Adam(model.parameters(), lr=0.01)
    for _ in range(180):
        ids = torch.randint(10, (64, 10))
        adam.zero_grad()
        F.cross_entropy(model(ids).mT, ids.flip(1)).backward()
        adam.step()
    return None


class Reverser(nn.Module):
    def __init__(self, d=32):
        super().__init__()
        self.embed, self.head = nn.Embedding(10, d), nn.Linear(d, 10)
        self.positions = nn.Parameter(torch.randn(10, d))
        self.layer = nn.TransformerEncoderLayer(
            d, 2, 2 * d, dropout=0.0, batch_first=True, norm_first=True
        )

    def forward(self, ids):
        return self.head(self.layer(self.embed(ids) + self.positions))


# %% right e13_7 own_attention
# Atención escrita a mano, dos capas, OneCycle.
class Layer(nn.Module):
    def __init__(self, d):
        super().__init__()
        self.qkv, self.out = nn.Linear(d, 3 * d), nn.Linear(d, d)
        self.up, self.down = nn.Linear(d, 2 * d), nn.Linear(2 * d, d)
        self.first, self.second = nn.LayerNorm(d), nn.LayerNorm(d)

    def forward(self, x):
        q, k, v = self.qkv(self.first(x)).chunk(3, dim=-1)
        x = x + self.out(F.scaled_dot_product_attention(q, k, v))
        return x + self.down(F.gelu(self.up(self.second(x))))


class Net(nn.Module):
    def __init__(self, d):
        super().__init__()
        self.digits = nn.Embedding(10, d)
        self.positions = nn.Parameter(torch.randn(10, d))
        self.layers = nn.ModuleList([Layer(d), Layer(d)])
        self.read = nn.Linear(d, 10)

    def forward(self, ids):
        x = self.digits(ids) + self.positions
        for layer in self.layers:
            x = layer(x)
        return self.read(x)


def train_reverse(seed):
    torch.manual_seed(seed)
    net, steps = Net(32), 250
    optimizer = torch.optim.AdamW(net.parameters(), lr=5e-3)
    plan = torch.optim.lr_scheduler.OneCycleLR(optimizer, 5e-3, total_steps=steps)
    for _ in range(steps):
        x = torch.randint(0, 10, (64, 10))
        y = torch.flip(x, [1])
        loss = F.cross_entropy(net(x).reshape(-1, 10), y.reshape(-1))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        plan.step()
    return net


# %% right e13_7 fixed_positions_buffer
# Posiciones fijas en un búfer y generador propio.
class Fixed(nn.Module):
    def __init__(self, d=32):
        super().__init__()
        self.embed = nn.Embedding(10, d)
        self.register_buffer("positions", 2 * torch.eye(10, d).roll(3, 1))
        self.layer = nn.TransformerEncoderLayer(
            d, 1, 64, 0.0, F.gelu, batch_first=True, norm_first=True
        )
        self.head = nn.Linear(d, 10)

    def forward(self, ids):
        return self.head(self.layer(self.positions + self.embed(ids)))


def train_reverse(seed):
    torch.manual_seed(seed)
    generator = torch.Generator().manual_seed(seed)
    model = Fixed()
    optimizer = torch.optim.Adam(model.parameters(), lr=8e-3)
    for step in range(300):
        for group in optimizer.param_groups:
            group["lr"] = 8e-3 * min(1, (step + 1) / 30) * (1 - step / 300)
        ids = torch.randint(10, (64, 10), generator=generator)
        loss = F.cross_entropy(model(ids).transpose(1, 2), ids.flip(-1))
        model.zero_grad()
        loss.backward()
        optimizer.step()
    return model
