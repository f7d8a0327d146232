"""Respuestas equivocadas típicas y correctas alternativas de la unidad 07."""


# %% wrong e7_1 floor_after_plus_one
# Redondea después de sumar 1 al numerador: (n + 2p - ... - 1 + 1) // s.
def conv_out_size(n, k, s=1, p=0, d=1):
    out = (n + 2 * p - d * (k - 1) - 1 + 1) // s
    if out < 1:
        raise ValueError("el filtro no cabe en la entrada con su relleno")
    return out


def same_padding(k, d=1):
    total = d * (k - 1)
    left = total // 2
    return left, total - left


# %% wrong e7_1 dilation_ignored
# Olvida la dilatación: la fórmula de muchos apuntes.
def conv_out_size(n, k, s=1, p=0, d=1):
    out = (n + 2 * p - (k - 1) - 1) // s + 1
    if out < 1:
        raise ValueError("el filtro no cabe en la entrada con su relleno")
    return out


def same_padding(k, d=1):
    total = d * (k - 1)
    left = total // 2
    return left, total - left


# %% wrong e7_1 half_on_both_sides
# k // 2 a los dos lados: con k par la salida crece.
def conv_out_size(n, k, s=1, p=0, d=1):
    out = (n + 2 * p - d * (k - 1) - 1) // s + 1
    if out < 1:
        raise ValueError("el filtro no cabe en la entrada con su relleno")
    return out


def same_padding(k, d=1):
    return d * (k // 2), d * (k // 2)


# %% wrong e7_1 truncates_towards_zero
# int() redondea hacia cero: un filtro que no cabe da una salida.
def conv_out_size(n, k, s=1, p=0, d=1):
    out = int((n + 2 * p - d * (k - 1) - 1) / s) + 1
    if out < 1:
        raise ValueError("el filtro no cabe en la entrada con su relleno")
    return out


def same_padding(k, d=1):
    total = d * (k - 1)
    left = total // 2
    return left, total - left


# %% wrong e7_1 extra_on_the_left
# El cero que sobra, a la izquierda.
def conv_out_size(n, k, s=1, p=0, d=1):
    out = (n + 2 * p - d * (k - 1) - 1) // s + 1
    if out < 1:
        raise ValueError("el filtro no cabe en la entrada con su relleno")
    return out


def same_padding(k, d=1):
    total = d * (k - 1)
    left = total // 2
    return total - left, left


# %% wrong e7_1 padding_once
# Cuenta el relleno de un solo lado.
def conv_out_size(n, k, s=1, p=0, d=1):
    out = (n + p - d * (k - 1) - 1) // s + 1
    if out < 1:
        raise ValueError("el filtro no cabe en la entrada con su relleno")
    return out


def same_padding(k, d=1):
    total = d * (k - 1)
    left = total // 2
    return left, total - left


# %% wrong e7_1 ceil
# Redondea hacia arriba, como algunas agrupaciones.
def conv_out_size(n, k, s=1, p=0, d=1):
    out = math.ceil((n + 2 * p - d * (k - 1) - 1) / s) + 1
    if out < 1:
        raise ValueError("el filtro no cabe en la entrada con su relleno")
    return out


def same_padding(k, d=1):
    total = d * (k - 1)
    left = total // 2
    return left, total - left


# %% wrong e7_1 no_error
# No avisa cuando el filtro no cabe.
def conv_out_size(n, k, s=1, p=0, d=1):
    return (n + 2 * p - d * (k - 1) - 1) // s + 1


def same_padding(k, d=1):
    total = d * (k - 1)
    left = total // 2
    return left, total - left


# %% wrong e7_1 float_result
# Devuelve un float.
def conv_out_size(n, k, s=1, p=0, d=1):
    out = (n + 2 * p - d * (k - 1) - 1) // s + 1
    if out < 1:
        raise ValueError("el filtro no cabe en la entrada con su relleno")
    return float(out)


def same_padding(k, d=1):
    total = d * (k - 1)
    left = total // 2
    return left, total - left


# %% wrong e7_1 same_without_dilation
# same_padding no mira la dilatación.
def conv_out_size(n, k, s=1, p=0, d=1):
    out = (n + 2 * p - d * (k - 1) - 1) // s + 1
    if out < 1:
        raise ValueError("el filtro no cabe en la entrada con su relleno")
    return out


def same_padding(k, d=1):
    total = k - 1
    left = total // 2
    return left, total - left


# %% right e7_1 ceil_of_positions
# Cuenta las posiciones con range.
def conv_out_size(n, k, s=1, p=0, d=1):
    span = d * (k - 1) + 1
    starts = range(0, n + 2 * p - span + 1, s)
    if not len(starts):
        raise ValueError("no cabe")
    return len(starts)


def same_padding(k, d=1):
    total = d * (k - 1)
    return total // 2, (total + 1) // 2


# %% right e7_1 math_floor
# Con math.floor y divmod.
def conv_out_size(n, k, s=1, p=0, d=1):
    room = n + 2 * p - (d * (k - 1) + 1)
    if room < 0:
        raise ValueError(f"un filtro de {k} con dilatación {d} no cabe en {n + 2 * p}")
    return math.floor(room / s) + 1


def same_padding(k, d=1):
    half, rest = divmod(d * (k - 1), 2)
    return (half, half + rest)


# %% wrong e7_2 true_convolution
# Gira el filtro: convolución verdadera, no lo que PyTorch llama así.
def conv2d_im2col(x, w, b=None, stride=1, padding=0, dilation=1, groups=1):
    pairs = [(v, v) if isinstance(v, int) else v for v in (stride, padding, dilation)]
    (sh, sw), (ph, pw), (dh, dw) = pairs
    N, C, H, W = x.shape
    n_out, _, kh, kw = w.shape
    Ho = (H + 2 * ph - dh * (kh - 1) - 1) // sh + 1
    Wo = (W + 2 * pw - dw * (kw - 1) - 1) // sw + 1
    padded = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    cols = np.empty((N, C, kh * kw, Ho, Wo), dtype=x.dtype)
    for tap, (u, v) in enumerate(np.ndindex(kh, kw)):
        rows = slice(u * dh, u * dh + sh * (Ho - 1) + 1, sh)
        columns = slice(v * dw, v * dw + sw * (Wo - 1) + 1, sw)
        cols[:, :, tap] = padded[:, :, rows, columns]
    cols = cols.reshape(N, groups, C // groups * kh * kw, Ho * Wo)
    y = w[:, :, ::-1, ::-1].reshape(groups, n_out // groups, cols.shape[2]) @ cols
    y = y.reshape(N, n_out, Ho, Wo)
    return y if b is None else y + b[:, None, None]


# %% wrong e7_2 groups_mix_channels
# Reparte los canales a saltos (0, g, 2g...) en lugar de en trozos seguidos.
def conv2d_im2col(x, w, b=None, stride=1, padding=0, dilation=1, groups=1):
    pairs = [(v, v) if isinstance(v, int) else v for v in (stride, padding, dilation)]
    (sh, sw), (ph, pw), (dh, dw) = pairs
    N, C, H, W = x.shape
    n_out, _, kh, kw = w.shape
    Ho = (H + 2 * ph - dh * (kh - 1) - 1) // sh + 1
    Wo = (W + 2 * pw - dw * (kw - 1) - 1) // sw + 1
    padded = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    cols = np.empty((N, C, kh * kw, Ho, Wo), dtype=x.dtype)
    for tap, (u, v) in enumerate(np.ndindex(kh, kw)):
        rows = slice(u * dh, u * dh + sh * (Ho - 1) + 1, sh)
        columns = slice(v * dw, v * dw + sw * (Wo - 1) + 1, sw)
        cols[:, :, tap] = padded[:, :, rows, columns]
    cols = cols.reshape(N, C // groups, groups, kh * kw, Ho, Wo).swapaxes(1, 2)
    cols = cols.reshape(N, groups, C // groups * kh * kw, Ho * Wo)
    y = w.reshape(groups, n_out // groups, cols.shape[2]) @ cols
    y = y.reshape(N, n_out, Ho, Wo)
    return y if b is None else y + b[:, None, None]


# %% wrong e7_2 groups_ignored
# Repite el filtro en todos los canales: no hay grupos.
def conv2d_im2col(x, w, b=None, stride=1, padding=0, dilation=1, groups=1):
    pairs = [(v, v) if isinstance(v, int) else v for v in (stride, padding, dilation)]
    (sh, sw), (ph, pw), (dh, dw) = pairs
    N, C, H, W = x.shape
    n_out, _, kh, kw = w.shape
    Ho = (H + 2 * ph - dh * (kh - 1) - 1) // sh + 1
    Wo = (W + 2 * pw - dw * (kw - 1) - 1) // sw + 1
    padded = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    cols = np.empty((N, C, kh * kw, Ho, Wo), dtype=x.dtype)
    for tap, (u, v) in enumerate(np.ndindex(kh, kw)):
        rows = slice(u * dh, u * dh + sh * (Ho - 1) + 1, sh)
        columns = slice(v * dw, v * dw + sw * (Wo - 1) + 1, sw)
        cols[:, :, tap] = padded[:, :, rows, columns]
    cols = cols.reshape(N, groups, C // groups * kh * kw, Ho * Wo)
    cols = cols.reshape(N, 1, C * kh * kw, Ho * Wo)
    y = np.tile(w, (1, groups, 1, 1)).reshape(1, n_out, -1) @ cols
    y = y.reshape(N, n_out, Ho, Wo)
    return y if b is None else y + b[:, None, None]


# %% wrong e7_2 always_float32
# Devuelve siempre float32 y pierde la precisión de float64.
def conv2d_im2col(x, w, b=None, stride=1, padding=0, dilation=1, groups=1):
    pairs = [(v, v) if isinstance(v, int) else v for v in (stride, padding, dilation)]
    (sh, sw), (ph, pw), (dh, dw) = pairs
    N, C, H, W = x.shape
    n_out, _, kh, kw = w.shape
    Ho = (H + 2 * ph - dh * (kh - 1) - 1) // sh + 1
    Wo = (W + 2 * pw - dw * (kw - 1) - 1) // sw + 1
    padded = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    cols = np.empty((N, C, kh * kw, Ho, Wo), dtype=np.float32)
    for tap, (u, v) in enumerate(np.ndindex(kh, kw)):
        rows = slice(u * dh, u * dh + sh * (Ho - 1) + 1, sh)
        columns = slice(v * dw, v * dw + sw * (Wo - 1) + 1, sw)
        cols[:, :, tap] = padded[:, :, rows, columns]
    cols = cols.reshape(N, groups, C // groups * kh * kw, Ho * Wo)
    y = w.reshape(groups, n_out // groups, cols.shape[2]) @ cols
    y = y.reshape(N, n_out, Ho, Wo)
    return (y if b is None else y + b[:, None, None]).astype(np.float32)


# %% wrong e7_2 always_float64
# Acumula en float64 y no vuelve al dtype de x.
def conv2d_im2col(x, w, b=None, stride=1, padding=0, dilation=1, groups=1):
    pairs = [(v, v) if isinstance(v, int) else v for v in (stride, padding, dilation)]
    (sh, sw), (ph, pw), (dh, dw) = pairs
    N, C, H, W = x.shape
    n_out, _, kh, kw = w.shape
    Ho = (H + 2 * ph - dh * (kh - 1) - 1) // sh + 1
    Wo = (W + 2 * pw - dw * (kw - 1) - 1) // sw + 1
    padded = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    cols = np.empty((N, C, kh * kw, Ho, Wo), dtype=np.float64)
    for tap, (u, v) in enumerate(np.ndindex(kh, kw)):
        rows = slice(u * dh, u * dh + sh * (Ho - 1) + 1, sh)
        columns = slice(v * dw, v * dw + sw * (Wo - 1) + 1, sw)
        cols[:, :, tap] = padded[:, :, rows, columns]
    cols = cols.reshape(N, groups, C // groups * kh * kw, Ho * Wo)
    y = w.reshape(groups, n_out // groups, cols.shape[2]) @ cols
    y = y.reshape(N, n_out, Ho, Wo)
    return y if b is None else y + b[:, None, None]


# %% wrong e7_2 dilation_ignored
# Olvida la dilatación al cortar.
def conv2d_im2col(x, w, b=None, stride=1, padding=0, dilation=1, groups=1):
    pairs = [(v, v) if isinstance(v, int) else v for v in (stride, padding, dilation)]
    (sh, sw), (ph, pw), (dh, dw) = pairs
    N, C, H, W = x.shape
    n_out, _, kh, kw = w.shape
    Ho = (H + 2 * ph - dh * (kh - 1) - 1) // sh + 1
    Wo = (W + 2 * pw - dw * (kw - 1) - 1) // sw + 1
    padded = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    cols = np.empty((N, C, kh * kw, Ho, Wo), dtype=x.dtype)
    for tap, (u, v) in enumerate(np.ndindex(kh, kw)):
        rows = slice(u, u + sh * (Ho - 1) + 1, sh)
        columns = slice(v, v + sw * (Wo - 1) + 1, sw)
        cols[:, :, tap] = padded[:, :, rows, columns]
    cols = cols.reshape(N, groups, C // groups * kh * kw, Ho * Wo)
    y = w.reshape(groups, n_out // groups, cols.shape[2]) @ cols
    y = y.reshape(N, n_out, Ho, Wo)
    return y if b is None else y + b[:, None, None]


# %% wrong e7_2 stride_axes_swapped
# El primer número de la tupla de pasos, en horizontal.
def conv2d_im2col(x, w, b=None, stride=1, padding=0, dilation=1, groups=1):
    pairs = [(v, v) if isinstance(v, int) else v for v in (stride, padding, dilation)]
    (sw, sh), (ph, pw), (dh, dw) = pairs
    N, C, H, W = x.shape
    n_out, _, kh, kw = w.shape
    Ho = (H + 2 * ph - dh * (kh - 1) - 1) // sh + 1
    Wo = (W + 2 * pw - dw * (kw - 1) - 1) // sw + 1
    padded = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    cols = np.empty((N, C, kh * kw, Ho, Wo), dtype=x.dtype)
    for tap, (u, v) in enumerate(np.ndindex(kh, kw)):
        rows = slice(u * dh, u * dh + sh * (Ho - 1) + 1, sh)
        columns = slice(v * dw, v * dw + sw * (Wo - 1) + 1, sw)
        cols[:, :, tap] = padded[:, :, rows, columns]
    cols = cols.reshape(N, groups, C // groups * kh * kw, Ho * Wo)
    y = w.reshape(groups, n_out // groups, cols.shape[2]) @ cols
    y = y.reshape(N, n_out, Ho, Wo)
    return y if b is None else y + b[:, None, None]


# %% wrong e7_2 padding_axes_swapped
# El primer número del relleno, en horizontal.
def conv2d_im2col(x, w, b=None, stride=1, padding=0, dilation=1, groups=1):
    pairs = [(v, v) if isinstance(v, int) else v for v in (stride, padding, dilation)]
    (sh, sw), (pw, ph), (dh, dw) = pairs
    N, C, H, W = x.shape
    n_out, _, kh, kw = w.shape
    Ho = (H + 2 * ph - dh * (kh - 1) - 1) // sh + 1
    Wo = (W + 2 * pw - dw * (kw - 1) - 1) // sw + 1
    padded = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    cols = np.empty((N, C, kh * kw, Ho, Wo), dtype=x.dtype)
    for tap, (u, v) in enumerate(np.ndindex(kh, kw)):
        rows = slice(u * dh, u * dh + sh * (Ho - 1) + 1, sh)
        columns = slice(v * dw, v * dw + sw * (Wo - 1) + 1, sw)
        cols[:, :, tap] = padded[:, :, rows, columns]
    cols = cols.reshape(N, groups, C // groups * kh * kw, Ho * Wo)
    y = w.reshape(groups, n_out // groups, cols.shape[2]) @ cols
    y = y.reshape(N, n_out, Ho, Wo)
    return y if b is None else y + b[:, None, None]


# %% wrong e7_2 bias_forgotten
# No suma el sesgo.
def conv2d_im2col(x, w, b=None, stride=1, padding=0, dilation=1, groups=1):
    pairs = [(v, v) if isinstance(v, int) else v for v in (stride, padding, dilation)]
    (sh, sw), (ph, pw), (dh, dw) = pairs
    N, C, H, W = x.shape
    n_out, _, kh, kw = w.shape
    Ho = (H + 2 * ph - dh * (kh - 1) - 1) // sh + 1
    Wo = (W + 2 * pw - dw * (kw - 1) - 1) // sw + 1
    padded = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    cols = np.empty((N, C, kh * kw, Ho, Wo), dtype=x.dtype)
    for tap, (u, v) in enumerate(np.ndindex(kh, kw)):
        rows = slice(u * dh, u * dh + sh * (Ho - 1) + 1, sh)
        columns = slice(v * dw, v * dw + sw * (Wo - 1) + 1, sw)
        cols[:, :, tap] = padded[:, :, rows, columns]
    cols = cols.reshape(N, groups, C // groups * kh * kw, Ho * Wo)
    y = w.reshape(groups, n_out // groups, cols.shape[2]) @ cols
    return y.reshape(N, n_out, Ho, Wo)


# %% wrong e7_2 bias_last_axis
# El sesgo se suma al último eje.
def conv2d_im2col(x, w, b=None, stride=1, padding=0, dilation=1, groups=1):
    pairs = [(v, v) if isinstance(v, int) else v for v in (stride, padding, dilation)]
    (sh, sw), (ph, pw), (dh, dw) = pairs
    N, C, H, W = x.shape
    n_out, _, kh, kw = w.shape
    Ho = (H + 2 * ph - dh * (kh - 1) - 1) // sh + 1
    Wo = (W + 2 * pw - dw * (kw - 1) - 1) // sw + 1
    padded = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    cols = np.empty((N, C, kh * kw, Ho, Wo), dtype=x.dtype)
    for tap, (u, v) in enumerate(np.ndindex(kh, kw)):
        rows = slice(u * dh, u * dh + sh * (Ho - 1) + 1, sh)
        columns = slice(v * dw, v * dw + sw * (Wo - 1) + 1, sw)
        cols[:, :, tap] = padded[:, :, rows, columns]
    cols = cols.reshape(N, groups, C // groups * kh * kw, Ho * Wo)
    y = w.reshape(groups, n_out // groups, cols.shape[2]) @ cols
    y = y.reshape(N, n_out, Ho, Wo)
    return (
        y if b is None else y + b[: y.shape[-1]] if len(b) == y.shape[-1] else y + b[0]
    )


# %% wrong e7_2 edge_padding
# Rellena repitiendo el borde y no con ceros.
def conv2d_im2col(x, w, b=None, stride=1, padding=0, dilation=1, groups=1):
    pairs = [(v, v) if isinstance(v, int) else v for v in (stride, padding, dilation)]
    (sh, sw), (ph, pw), (dh, dw) = pairs
    N, C, H, W = x.shape
    n_out, _, kh, kw = w.shape
    Ho = (H + 2 * ph - dh * (kh - 1) - 1) // sh + 1
    Wo = (W + 2 * pw - dw * (kw - 1) - 1) // sw + 1
    padded = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)), mode="edge")
    cols = np.empty((N, C, kh * kw, Ho, Wo), dtype=x.dtype)
    for tap, (u, v) in enumerate(np.ndindex(kh, kw)):
        rows = slice(u * dh, u * dh + sh * (Ho - 1) + 1, sh)
        columns = slice(v * dw, v * dw + sw * (Wo - 1) + 1, sw)
        cols[:, :, tap] = padded[:, :, rows, columns]
    cols = cols.reshape(N, groups, C // groups * kh * kw, Ho * Wo)
    y = w.reshape(groups, n_out // groups, cols.shape[2]) @ cols
    y = y.reshape(N, n_out, Ho, Wo)
    return y if b is None else y + b[:, None, None]


# %% wrong e7_2 uses_torch
# Llama a F.conv2d.
def conv2d_im2col(x, w, b=None, stride=1, padding=0, dilation=1, groups=1):
    given = [None if a is None else torch.tensor(a) for a in (x, w, b)]
    return F.conv2d(*given, stride, padding, dilation, groups).numpy()


# %% wrong e7_2 pixel_loop
# Correcta, pero con un bucle sobre los píxeles de salida.
def conv2d_im2col(x, w, b=None, stride=1, padding=0, dilation=1, groups=1):
    pairs = [(v, v) if isinstance(v, int) else v for v in (stride, padding, dilation)]
    (sh, sw), (ph, pw), (dh, dw) = pairs
    N, C, H, W = x.shape
    n_out, _, kh, kw = w.shape
    Ho = (H + 2 * ph - dh * (kh - 1) - 1) // sh + 1
    Wo = (W + 2 * pw - dw * (kw - 1) - 1) // sw + 1
    padded = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    y = np.empty((N, n_out, Ho, Wo), dtype=x.dtype)
    c, o = C // groups, n_out // groups
    for g in range(groups):
        kernel = w[g * o : (g + 1) * o].reshape(o, -1).T
        part = padded[:, g * c : (g + 1) * c]
        for i in range(Ho):
            for j in range(Wo):
                top, left = i * sh, j * sw
                patch = part[
                    :,
                    :,
                    top : top + dh * (kh - 1) + 1 : dh,
                    left : left + dw * (kw - 1) + 1 : dw,
                ]
                y[:, g * o : (g + 1) * o, i, j] = patch.reshape(N, -1) @ kernel
    return y if b is None else y + b[:, None, None]


# %% right e7_2 sliding_windows
# Con sliding_window_view y einsum.
def conv2d_im2col(x, w, b=None, stride=1, padding=0, dilation=1, groups=1):
    def pair(v):
        return (v, v) if np.isscalar(v) else tuple(v)

    (sh, sw), (ph, pw), (dh, dw) = pair(stride), pair(padding), pair(dilation)
    n_out, c, kh, kw = w.shape
    N = x.shape[0]
    xp = np.pad(x, [(0, 0), (0, 0), (ph, ph), (pw, pw)])
    size = (dh * (kh - 1) + 1, dw * (kw - 1) + 1)
    views = np.lib.stride_tricks.sliding_window_view(xp, size, axis=(2, 3))
    views = views[:, :, ::sh, ::sw, ::dh, ::dw]
    ho, wo = views.shape[2:4]
    views = views.reshape(N, groups, c, ho, wo, kh, kw)
    kernel = w.reshape(groups, n_out // groups, c, kh, kw)
    y = np.einsum("ngcijuv,gocuv->ngoij", views, kernel, optimize=True)
    y = y.reshape(N, n_out, ho, wo).astype(x.dtype)
    if b is not None:
        y = y + b.reshape(1, -1, 1, 1)
    return y


# %% right e7_2 sum_over_taps
# Suma un producto por cada peso del filtro, sin guardar las columnas.
def conv2d_im2col(x, w, b=None, stride=1, padding=0, dilation=1, groups=1):
    stride, padding, dilation = (
        v if isinstance(v, tuple) else (v, v) for v in (stride, padding, dilation)
    )
    n_out, c, kh, kw = w.shape
    N, _, H, W = x.shape
    xp = np.zeros(
        (N, x.shape[1], H + 2 * padding[0], W + 2 * padding[1]), dtype=x.dtype
    )
    xp[:, :, padding[0] : padding[0] + H, padding[1] : padding[1] + W] = x
    ho = (xp.shape[2] - dilation[0] * (kh - 1) - 1) // stride[0] + 1
    wo = (xp.shape[3] - dilation[1] * (kw - 1) - 1) // stride[1] + 1
    y = np.zeros((N, n_out, ho, wo), dtype=x.dtype)
    o = n_out // groups
    for g in range(groups):
        for u in range(kh):
            for v in range(kw):
                cut = xp[:, g * c : (g + 1) * c, u * dilation[0] :, v * dilation[1] :]
                cut = cut[:, :, :: stride[0], :: stride[1]][:, :, :ho, :wo]
                tap = w[g * o : (g + 1) * o, :, u, v]
                y[:, g * o : (g + 1) * o] += np.tensordot(tap, cut, (1, 1)).swapaxes(
                    0, 1
                )
    if b is not None:
        y += b[None, :, None, None]
    return y


# %% wrong e7_3 double_flip
# Convoluciona con el filtro ya girado: lo gira dos veces.
def conv2d_backward(x, w, gy, stride=1, padding=0):
    H, W = x.shape[2:]
    Ho, Wo = gy.shape[2:]
    s, p = stride, padding
    padded = np.pad(x, ((0, 0), (0, 0), (p, p), (p, p)))
    gx, gw = np.zeros_like(padded), np.empty_like(w)
    for u, v in np.ndindex(w.shape[2:]):
        rows = slice(u, u + s * (Ho - 1) + 1, s)
        columns = slice(v, v + s * (Wo - 1) + 1, s)
        seen = padded[:, :, rows, columns]
        gw[:, :, u, v] = np.einsum("noij,ncij->oc", gy, seen)
        gx[:, :, rows, columns] += np.einsum(
            "noij,oc->ncij", gy, w[:, :, ::-1, ::-1][:, :, u, v]
        )
    return gx[:, :, p : p + H, p : p + W], gw


# %% wrong e7_3 weights_flipped
# Devuelve gw girado.
def conv2d_backward(x, w, gy, stride=1, padding=0):
    H, W = x.shape[2:]
    Ho, Wo = gy.shape[2:]
    s, p = stride, padding
    padded = np.pad(x, ((0, 0), (0, 0), (p, p), (p, p)))
    gx, gw = np.zeros_like(padded), np.empty_like(w)
    for u, v in np.ndindex(w.shape[2:]):
        rows = slice(u, u + s * (Ho - 1) + 1, s)
        columns = slice(v, v + s * (Wo - 1) + 1, s)
        seen = padded[:, :, rows, columns]
        gw[:, :, u, v] = np.einsum("noij,ncij->oc", gy, seen)
        gx[:, :, rows, columns] += np.einsum("noij,oc->ncij", gy, w[:, :, u, v])
    return gx[:, :, p : p + H, p : p + W], gw[:, :, ::-1, ::-1]


# %% wrong e7_3 batch_mean
# Promedia el lote en lugar de sumarlo.
def conv2d_backward(x, w, gy, stride=1, padding=0):
    H, W = x.shape[2:]
    Ho, Wo = gy.shape[2:]
    s, p = stride, padding
    padded = np.pad(x, ((0, 0), (0, 0), (p, p), (p, p)))
    gx, gw = np.zeros_like(padded), np.empty_like(w)
    for u, v in np.ndindex(w.shape[2:]):
        rows = slice(u, u + s * (Ho - 1) + 1, s)
        columns = slice(v, v + s * (Wo - 1) + 1, s)
        seen = padded[:, :, rows, columns]
        gw[:, :, u, v] = np.einsum("noij,ncij->oc", gy, seen)
        gx[:, :, rows, columns] += np.einsum("noij,oc->ncij", gy, w[:, :, u, v])
    return gx[:, :, p : p + H, p : p + W], gw / len(x)


# %% wrong e7_3 stretched_gradient
# Cuando sobran píxeles, reparte el gradiente hasta el final.
def conv2d_backward(x, w, gy, stride=1, padding=0):
    H, W = x.shape[2:]
    Ho, Wo = gy.shape[2:]
    s, p = stride, padding
    padded = np.pad(x, ((0, 0), (0, 0), (p, p), (p, p)))
    gx, gw = np.zeros_like(padded), np.empty_like(w)
    for u, v in np.ndindex(w.shape[2:]):
        rows = slice(u, u + s * (Ho - 1) + 1, s)
        columns = slice(v, v + s * (Wo - 1) + 1, s)
        seen = padded[:, :, rows, columns]
        gw[:, :, u, v] = np.einsum("noij,ncij->oc", gy, seen)
        gx[:, :, rows, columns] += np.einsum("noij,oc->ncij", gy, w[:, :, u, v])
    gx[:, :, s * (Ho - 1) + w.shape[2] :] = gx[
        :, :, s * (Ho - 1) + w.shape[2] - 1 : s * (Ho - 1) + w.shape[2]
    ]
    return gx[:, :, p : p + H, p : p + W], gw


# %% wrong e7_3 assigns_instead_of_adds
# Asigna en lugar de acumular: los píxeles compartidos se pisan.
def conv2d_backward(x, w, gy, stride=1, padding=0):
    H, W = x.shape[2:]
    Ho, Wo = gy.shape[2:]
    s, p = stride, padding
    padded = np.pad(x, ((0, 0), (0, 0), (p, p), (p, p)))
    gx, gw = np.zeros_like(padded), np.empty_like(w)
    for u, v in np.ndindex(w.shape[2:]):
        rows = slice(u, u + s * (Ho - 1) + 1, s)
        columns = slice(v, v + s * (Wo - 1) + 1, s)
        seen = padded[:, :, rows, columns]
        gw[:, :, u, v] = np.einsum("noij,ncij->oc", gy, seen)
        gx[:, :, rows, columns] = np.einsum("noij,oc->ncij", gy, w[:, :, u, v])
    return gx[:, :, p : p + H, p : p + W], gw


# %% wrong e7_3 stride_ignored
# Supone paso 1.
def conv2d_backward(x, w, gy, stride=1, padding=0):
    H, W = x.shape[2:]
    Ho, Wo = gy.shape[2:]
    s, p = 1, padding
    padded = np.pad(x, ((0, 0), (0, 0), (p, p), (p, p)))
    gx, gw = np.zeros_like(padded), np.empty_like(w)
    for u, v in np.ndindex(w.shape[2:]):
        rows = slice(u, u + s * (Ho - 1) + 1, s)
        columns = slice(v, v + s * (Wo - 1) + 1, s)
        seen = padded[:, :, rows, columns]
        gw[:, :, u, v] = np.einsum("noij,ncij->oc", gy, seen)
        gx[:, :, rows, columns] += np.einsum("noij,oc->ncij", gy, w[:, :, u, v])
    return gx[:, :, p : p + H, p : p + W], gw


# %% wrong e7_3 padding_not_removed
# Devuelve gx con su relleno.
def conv2d_backward(x, w, gy, stride=1, padding=0):
    Ho, Wo = gy.shape[2:]
    s, p = stride, padding
    padded = np.pad(x, ((0, 0), (0, 0), (p, p), (p, p)))
    gx, gw = np.zeros_like(padded), np.empty_like(w)
    for u, v in np.ndindex(w.shape[2:]):
        rows = slice(u, u + s * (Ho - 1) + 1, s)
        columns = slice(v, v + s * (Wo - 1) + 1, s)
        seen = padded[:, :, rows, columns]
        gw[:, :, u, v] = np.einsum("noij,ncij->oc", gy, seen)
        gx[:, :, rows, columns] += np.einsum("noij,oc->ncij", gy, w[:, :, u, v])
    return gx, gw


# %% wrong e7_3 padding_cropped_wrong
# Recorta el relleno solo por el final.
def conv2d_backward(x, w, gy, stride=1, padding=0):
    H, W = x.shape[2:]
    Ho, Wo = gy.shape[2:]
    s, p = stride, padding
    padded = np.pad(x, ((0, 0), (0, 0), (p, p), (p, p)))
    gx, gw = np.zeros_like(padded), np.empty_like(w)
    for u, v in np.ndindex(w.shape[2:]):
        rows = slice(u, u + s * (Ho - 1) + 1, s)
        columns = slice(v, v + s * (Wo - 1) + 1, s)
        seen = padded[:, :, rows, columns]
        gw[:, :, u, v] = np.einsum("noij,ncij->oc", gy, seen)
        gx[:, :, rows, columns] += np.einsum("noij,oc->ncij", gy, w[:, :, u, v])
    return gx[:, :, :H, :W], gw


# %% wrong e7_3 swapped_outputs
# Devuelve (gw, gx).
def conv2d_backward(x, w, gy, stride=1, padding=0):
    H, W = x.shape[2:]
    Ho, Wo = gy.shape[2:]
    s, p = stride, padding
    padded = np.pad(x, ((0, 0), (0, 0), (p, p), (p, p)))
    gx, gw = np.zeros_like(padded), np.empty_like(w)
    for u, v in np.ndindex(w.shape[2:]):
        rows = slice(u, u + s * (Ho - 1) + 1, s)
        columns = slice(v, v + s * (Wo - 1) + 1, s)
        seen = padded[:, :, rows, columns]
        gw[:, :, u, v] = np.einsum("noij,ncij->oc", gy, seen)
        gx[:, :, rows, columns] += np.einsum("noij,oc->ncij", gy, w[:, :, u, v])
    return gw, gx[:, :, p : p + H, p : p + W]


# %% wrong e7_3 first_image_only
# Solo mira la primera imagen del lote para gw.
def conv2d_backward(x, w, gy, stride=1, padding=0):
    H, W = x.shape[2:]
    Ho, Wo = gy.shape[2:]
    s, p = stride, padding
    padded = np.pad(x, ((0, 0), (0, 0), (p, p), (p, p)))
    gx, gw = np.zeros_like(padded), np.empty_like(w)
    for u, v in np.ndindex(w.shape[2:]):
        rows = slice(u, u + s * (Ho - 1) + 1, s)
        columns = slice(v, v + s * (Wo - 1) + 1, s)
        seen = padded[:, :, rows, columns]
        gw[:, :, u, v] = np.einsum("oij,cij->oc", gy[0], seen[0])
        gx[:, :, rows, columns] += np.einsum("noij,oc->ncij", gy, w[:, :, u, v])
    return gx[:, :, p : p + H, p : p + W], gw


# %% wrong e7_3 always_float64
# No conserva el dtype.
def conv2d_backward(x, w, gy, stride=1, padding=0):
    H, W = x.shape[2:]
    Ho, Wo = gy.shape[2:]
    s, p = stride, padding
    padded = np.pad(x, ((0, 0), (0, 0), (p, p), (p, p)))
    gx, gw = np.zeros(padded.shape), np.empty(w.shape)
    for u, v in np.ndindex(w.shape[2:]):
        rows = slice(u, u + s * (Ho - 1) + 1, s)
        columns = slice(v, v + s * (Wo - 1) + 1, s)
        seen = padded[:, :, rows, columns]
        gw[:, :, u, v] = np.einsum("noij,ncij->oc", gy, seen)
        gx[:, :, rows, columns] += np.einsum("noij,oc->ncij", gy, w[:, :, u, v])
    return gx[:, :, p : p + H, p : p + W], gw


# %% wrong e7_3 uses_autograd
# Llama a la diferenciación automática.
def conv2d_backward(x, w, gy, stride=1, padding=0):
    leaves = [torch.tensor(a, requires_grad=True) for a in (x, w)]
    y = F.conv2d(*leaves, stride=stride, padding=padding)
    gx, gw = torch.autograd.grad(y, leaves, torch.tensor(gy))
    return gx.numpy(), gw.numpy()


# %% wrong e7_3 changes_gy
# Multiplica gy en el sitio.
def conv2d_backward(x, w, gy, stride=1, padding=0):
    H, W = x.shape[2:]
    gy *= 1.0 + 1e-9
    Ho, Wo = gy.shape[2:]
    s, p = stride, padding
    padded = np.pad(x, ((0, 0), (0, 0), (p, p), (p, p)))
    gx, gw = np.zeros_like(padded), np.empty_like(w)
    for u, v in np.ndindex(w.shape[2:]):
        rows = slice(u, u + s * (Ho - 1) + 1, s)
        columns = slice(v, v + s * (Wo - 1) + 1, s)
        seen = padded[:, :, rows, columns]
        gw[:, :, u, v] = np.einsum("noij,ncij->oc", gy, seen)
        gx[:, :, rows, columns] += np.einsum("noij,oc->ncij", gy, w[:, :, u, v])
    return gx[:, :, p : p + H, p : p + W], gw


# %% right e7_3 pixel_loop
# Con bucles sobre las salidas, que aquí valen.
def conv2d_backward(x, w, gy, stride=1, padding=0):
    p = padding
    kh, kw = w.shape[2:]
    xp = np.pad(x, ((0, 0), (0, 0), (p, p), (p, p)))
    gxp = np.zeros_like(xp)
    gw = np.zeros_like(w)
    for i in range(gy.shape[2]):
        for j in range(gy.shape[3]):
            here = (
                slice(None),
                slice(None),
                slice(i * stride, i * stride + kh),
                slice(j * stride, j * stride + kw),
            )
            g = gy[:, :, i, j]  # (N, O)
            gw += np.tensordot(g, xp[here], axes=(0, 0))
            gxp[here] += np.tensordot(g, w, axes=(1, 0))
    if p == 0:
        return gxp, gw
    return gxp[:, :, p:-p, p:-p], gw


# %% right e7_3 dilated_full_convolution
# Con la receta clásica: gy dilatado con ceros y un solo giro.
def conv2d_backward(x, w, gy, stride=1, padding=0):
    N, _, H, W = x.shape
    n_out, _, kh, kw = w.shape
    ho, wo = gy.shape[2:]
    size = H + 2 * padding - kh + 1, W + 2 * padding - kw + 1
    dense = np.zeros((N, n_out, *size), x.dtype)
    dense[:, :, : stride * (ho - 1) + 1 : stride, : stride * (wo - 1) + 1 : stride] = gy

    def correlate(a, b, rule):
        views = np.lib.stride_tricks.sliding_window_view(a, b.shape[2:], axis=(2, 3))
        return np.einsum(rule, views, b)

    xp = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    gw = correlate(xp, dense, "ncuvij,noij->ocuv")
    around = ((0, 0), (0, 0), (kh - 1, kh - 1), (kw - 1, kw - 1))
    flipped = w[:, :, ::-1, ::-1]
    gxp = correlate(np.pad(dense, around), flipped, "noabuv,ocuv->ncab")
    return gxp[:, :, padding : padding + H, padding : padding + W], gw


# %% wrong e7_4 circular_wrap
# Sin relleno: lo que se sale por la derecha vuelve por la izquierda.
def conv2d_fft(x, w, mode):
    """Convolución verdadera de x (H, W) y w (h, w); mode: "full", "same" o "valid"."""
    (H, W), (h, k) = x.shape, w.shape
    shape = H + h - 1, W + k - 1
    x, w = x.astype(np.float64), w.astype(np.float64)
    small = max(H, h), max(W, k)
    full = np.zeros(shape)
    full[: small[0], : small[1]] = np.fft.irfft2(
        np.fft.rfft2(x, small) * np.fft.rfft2(w, small), small
    )
    if mode == "full":
        return full
    if mode == "same":
        top, left = (h - 1) // 2, (k - 1) // 2
        return full[top : top + H, left : left + W]
    if mode != "valid" or h > H or k > W:
        raise ValueError("modo desconocido o filtro mayor que la imagen")
    return full[h - 1 : H, k - 1 : W]


# %% wrong e7_4 same_off_by_one
# El recorte de same empieza en h // 2: falla con filtros pares.
def conv2d_fft(x, w, mode):
    """Convolución verdadera de x (H, W) y w (h, w); mode: "full", "same" o "valid"."""
    (H, W), (h, k) = x.shape, w.shape
    shape = H + h - 1, W + k - 1
    x, w = x.astype(np.float64), w.astype(np.float64)
    full = np.fft.irfft2(np.fft.rfft2(x, shape) * np.fft.rfft2(w, shape), shape)
    if mode == "full":
        return full
    if mode == "same":
        top, left = h // 2, k // 2
        return full[top : top + H, left : left + W]
    if mode != "valid" or h > H or k > W:
        raise ValueError("modo desconocido o filtro mayor que la imagen")
    return full[h - 1 : H, k - 1 : W]


# %% wrong e7_4 correlation
# Correlación cruzada: gira el filtro antes.
def conv2d_fft(x, w, mode):
    """Convolución verdadera de x (H, W) y w (h, w); mode: "full", "same" o "valid"."""
    (H, W), (h, k) = x.shape, w.shape
    shape = H + h - 1, W + k - 1
    x, w = x.astype(np.float64), w[::-1, ::-1].astype(np.float64)
    full = np.fft.irfft2(np.fft.rfft2(x, shape) * np.fft.rfft2(w, shape), shape)
    if mode == "full":
        return full
    if mode == "same":
        top, left = (h - 1) // 2, (k - 1) // 2
        return full[top : top + H, left : left + W]
    if mode != "valid" or h > H or k > W:
        raise ValueError("modo desconocido o filtro mayor que la imagen")
    return full[h - 1 : H, k - 1 : W]


# %% wrong e7_4 complex_result
# Devuelve números complejos.
def conv2d_fft(x, w, mode):
    """Convolución verdadera de x (H, W) y w (h, w); mode: "full", "same" o "valid"."""
    (H, W), (h, k) = x.shape, w.shape
    shape = H + h - 1, W + k - 1
    x, w = x.astype(np.float64), w.astype(np.float64)
    full = np.fft.ifft2(np.fft.fft2(x, shape) * np.fft.fft2(w, shape))
    if mode == "full":
        return full
    if mode == "same":
        top, left = (h - 1) // 2, (k - 1) // 2
        return full[top : top + H, left : left + W]
    if mode != "valid" or h > H or k > W:
        raise ValueError("modo desconocido o filtro mayor que la imagen")
    return full[h - 1 : H, k - 1 : W]


# %% wrong e7_4 odd_width_lost
# La inversa sin la forma: una anchura impar pierde una columna.
def conv2d_fft(x, w, mode):
    """Convolución verdadera de x (H, W) y w (h, w); mode: "full", "same" o "valid"."""
    (H, W), (h, k) = x.shape, w.shape
    shape = H + h - 1, W + k - 1
    x, w = x.astype(np.float64), w.astype(np.float64)
    full = np.fft.irfft2(np.fft.rfft2(x, shape) * np.fft.rfft2(w, shape))
    if mode == "full":
        return full
    if mode == "same":
        top, left = (h - 1) // 2, (k - 1) // 2
        return full[top : top + H, left : left + W]
    if mode != "valid" or h > H or k > W:
        raise ValueError("modo desconocido o filtro mayor que la imagen")
    return full[h - 1 : H, k - 1 : W]


# %% wrong e7_4 conjugated
# Conjuga la transformada del filtro: es la correlación.
def conv2d_fft(x, w, mode):
    """Convolución verdadera de x (H, W) y w (h, w); mode: "full", "same" o "valid"."""
    (H, W), (h, k) = x.shape, w.shape
    shape = H + h - 1, W + k - 1
    x, w = x.astype(np.float64), w.astype(np.float64)
    full = np.fft.irfft2(np.fft.rfft2(x, shape) * np.fft.rfft2(w, shape).conj(), shape)
    if mode == "full":
        return full
    if mode == "same":
        top, left = (h - 1) // 2, (k - 1) // 2
        return full[top : top + H, left : left + W]
    if mode != "valid" or h > H or k > W:
        raise ValueError("modo desconocido o filtro mayor que la imagen")
    return full[h - 1 : H, k - 1 : W]


# %% wrong e7_4 magnitude_product
# Multiplica módulos y pierde la fase.
def conv2d_fft(x, w, mode):
    """Convolución verdadera de x (H, W) y w (h, w); mode: "full", "same" o "valid"."""
    (H, W), (h, k) = x.shape, w.shape
    shape = H + h - 1, W + k - 1
    x, w = x.astype(np.float64), w.astype(np.float64)
    full = np.fft.irfft2(np.fft.rfft2(x, shape) * np.abs(np.fft.rfft2(w, shape)), shape)
    if mode == "full":
        return full
    if mode == "same":
        top, left = (h - 1) // 2, (k - 1) // 2
        return full[top : top + H, left : left + W]
    if mode != "valid" or h > H or k > W:
        raise ValueError("modo desconocido o filtro mayor que la imagen")
    return full[h - 1 : H, k - 1 : W]


# %% wrong e7_4 valid_without_error
# valid con un filtro grande devuelve un array vacío.
def conv2d_fft(x, w, mode):
    """Convolución verdadera de x (H, W) y w (h, w); mode: "full", "same" o "valid"."""
    (H, W), (h, k) = x.shape, w.shape
    shape = H + h - 1, W + k - 1
    x, w = x.astype(np.float64), w.astype(np.float64)
    full = np.fft.irfft2(np.fft.rfft2(x, shape) * np.fft.rfft2(w, shape), shape)
    if mode == "full":
        return full
    if mode == "same":
        top, left = (h - 1) // 2, (k - 1) // 2
        return full[top : top + H, left : left + W]
    if mode != "valid":
        raise ValueError("modo desconocido o filtro mayor que la imagen")
    return full[h - 1 : H, k - 1 : W]


# %% wrong e7_4 unknown_mode_accepted
# Cualquier otro modo da valid.
def conv2d_fft(x, w, mode):
    """Convolución verdadera de x (H, W) y w (h, w); mode: "full", "same" o "valid"."""
    (H, W), (h, k) = x.shape, w.shape
    shape = H + h - 1, W + k - 1
    x, w = x.astype(np.float64), w.astype(np.float64)
    full = np.fft.irfft2(np.fft.rfft2(x, shape) * np.fft.rfft2(w, shape), shape)
    if mode == "full":
        return full
    if mode == "same":
        top, left = (h - 1) // 2, (k - 1) // 2
        return full[top : top + H, left : left + W]
    if h > H or k > W:
        raise ValueError("modo desconocido o filtro mayor que la imagen")
    return full[h - 1 : H, k - 1 : W]


# %% wrong e7_4 valid_starts_at_zero
# valid empieza a recortar en 0.
def conv2d_fft(x, w, mode):
    """Convolución verdadera de x (H, W) y w (h, w); mode: "full", "same" o "valid"."""
    (H, W), (h, k) = x.shape, w.shape
    shape = H + h - 1, W + k - 1
    x, w = x.astype(np.float64), w.astype(np.float64)
    full = np.fft.irfft2(np.fft.rfft2(x, shape) * np.fft.rfft2(w, shape), shape)
    if mode == "full":
        return full
    if mode == "same":
        top, left = (h - 1) // 2, (k - 1) // 2
        return full[top : top + H, left : left + W]
    if mode != "valid" or h > H or k > W:
        raise ValueError("modo desconocido o filtro mayor que la imagen")
    return full[: H - h + 1, : W - k + 1]


# %% wrong e7_4 keeps_float32
# No pasa a float64.
def conv2d_fft(x, w, mode):
    """Convolución verdadera de x (H, W) y w (h, w); mode: "full", "same" o "valid"."""
    (H, W), (h, k) = x.shape, w.shape
    shape = H + h - 1, W + k - 1
    full = np.fft.irfft2(np.fft.rfft2(x, shape) * np.fft.rfft2(w, shape), shape).astype(
        x.dtype
    )
    if mode == "full":
        return full
    if mode == "same":
        top, left = (h - 1) // 2, (k - 1) // 2
        return full[top : top + H, left : left + W]
    if mode != "valid" or h > H or k > W:
        raise ValueError("modo desconocido o filtro mayor que la imagen")
    return full[h - 1 : H, k - 1 : W]


# %% wrong e7_4 uses_scipy_signal
# Llama a scipy.signal.
def conv2d_fft(x, w, mode):
    """Convolución verdadera de x (H, W) y w (h, w); mode: "full", "same" o "valid"."""
    from scipy import signal

    if mode == "valid" and (w.shape[0] > x.shape[0] or w.shape[1] > x.shape[1]):
        raise ValueError("no cabe")
    return signal.convolve2d(x.astype(float), w.astype(float), mode)


# %% right e7_4 complex_fft_real_part
# Con fft2 y la parte real, y recorte general.
def conv2d_fft(x, w, mode):
    if mode not in ("full", "same", "valid"):
        raise ValueError(mode)
    if mode == "valid" and any(a < b for a, b in zip(x.shape, w.shape, strict=True)):
        raise ValueError("no cabe")
    shape = tuple(a + b - 1 for a, b in zip(x.shape, w.shape, strict=True))
    big_x, big_w = np.zeros(shape), np.zeros(shape)
    big_x[: x.shape[0], : x.shape[1]] = x
    big_w[: w.shape[0], : w.shape[1]] = w
    y = np.fft.ifft2(np.fft.fft2(big_x) * np.fft.fft2(big_w)).real
    sizes = {
        "full": shape,
        "same": x.shape,
        "valid": tuple(a - b + 1 for a, b in zip(x.shape, w.shape, strict=True)),
    }
    starts = [(s - n) // 2 for s, n in zip(shape, sizes[mode], strict=True)]
    rows, columns = (slice(a, a + n) for a, n in zip(starts, sizes[mode], strict=True))
    return np.ascontiguousarray(y[rows, columns])


# %% right e7_4 fast_lengths
# Con scipy.fft y longitudes cómodas.
def conv2d_fft(x, w, mode):
    from scipy import fft

    (H, W), (h, v) = x.shape, w.shape
    rows, columns = H + h - 1, W + v - 1
    shape = fft.next_fast_len(rows, real=True), fft.next_fast_len(columns, real=True)
    product = fft.rfft2(x.astype(float), s=shape) * fft.rfft2(w.astype(float), s=shape)
    full = fft.irfft2(product, s=shape)[:rows, :columns]
    match mode:
        case "full":
            return full
        case "same":
            return full[(h - 1) // 2 :, (v - 1) // 2 :][:H, :W]
        case "valid" if h <= H and v <= W:
            return full[h - 1 : H, v - 1 : W]
    raise ValueError(mode)


# %% wrong e7_5 doubles_per_pooling
# Duplica el campo en cada agrupación: r = 2r + 1.
def receptive_field(layers):
    r, jump, start = 1, 1, 0.0
    for k, s, p, d in layers:
        r = 2 * r + 1 if s > 1 else r + (k - 1) * d * jump
        start += ((k - 1) * d / 2 - p) * jump
        jump *= s
    return r, jump, start


# %% wrong e7_5 jump_not_multiplied
# El salto no se acumula: se queda con el último paso.
def receptive_field(layers):
    r, jump, start = 1, 1, 0.0
    for k, s, p, d in layers:
        r += (k - 1) * d * jump
        start += ((k - 1) * d / 2 - p) * jump
        jump = s
    return r, jump, start


# %% wrong e7_5 jump_ignored
# Suma k - 1 por capa, como si todos los pasos fueran 1.
def receptive_field(layers):
    r, jump, start = 1, 1, 0.0
    for k, s, p, d in layers:
        r += (k - 1) * d
        start += ((k - 1) * d / 2 - p) * jump
        jump *= s
    return r, jump, start


# %% wrong e7_5 dilation_ignored
# Olvida la dilatación.
def receptive_field(layers):
    r, jump, start = 1, 1, 0.0
    for k, s, p, _ in layers:
        r += (k - 1) * jump
        start += ((k - 1) / 2 - p) * jump
        jump *= s
    return r, jump, start


# %% wrong e7_5 jump_updated_first
# Actualiza el salto antes de usarlo.
def receptive_field(layers):
    r, jump, start = 1, 1, 0.0
    for k, s, p, d in layers:
        jump *= s
        r += (k - 1) * d * jump
        start += ((k - 1) * d / 2 - p) * jump
    return r, jump, start


# %% wrong e7_5 start_without_padding
# El centro no resta el relleno.
def receptive_field(layers):
    r, jump, start = 1, 1, 0.0
    for k, s, _, d in layers:
        r += (k - 1) * d * jump
        start += ((k - 1) * d / 2) * jump
        jump *= s
    return r, jump, start


# %% wrong e7_5 start_half_pixel
# Cuenta el centro del píxel 0 en 0,5.
def receptive_field(layers):
    r, jump, start = 1, 1, 0.5
    for k, s, p, d in layers:
        r += (k - 1) * d * jump
        start += ((k - 1) * d / 2 - p) * jump
        jump *= s
    return r, jump, start


# %% wrong e7_5 integer_halves
# Divide entre 2 con //: pierde los medios píxeles.
def receptive_field(layers):
    r, jump, start = 1, 1, 0.0
    for k, s, p, d in layers:
        r += (k - 1) * d * jump
        start += ((k - 1) * d // 2 - p) * jump
        jump *= s
    return r, jump, start


# %% wrong e7_5 backwards
# Recorre las capas de la salida a la entrada.
def receptive_field(layers):
    r, jump, start = 1, 1, 0.0
    for k, s, p, d in layers[::-1]:
        r += (k - 1) * d * jump
        start += ((k - 1) * d / 2 - p) * jump
        jump *= s
    return r, jump, start


# %% wrong e7_5 r_as_float
# Devuelve r como float.
def receptive_field(layers):
    r, jump, start = 1, 1, 0.0
    for k, s, p, d in layers:
        r += (k - 1) * d * jump
        start += ((k - 1) * d / 2 - p) * jump
        jump *= s
    return float(r), jump, start


# %% right e7_5 from_the_output
# Recorre de la salida a la entrada con r ← s(r - 1) + d(k - 1) + 1.
def receptive_field(layers):
    r, jump, first = 1, 1, 0
    for k, s, p, d in reversed(layers):
        r = s * (r - 1) + d * (k - 1) + 1
        jump *= s
        first = s * first - p
    return r, jump, first + (r - 1) / 2


# %% right e7_5 with_products
# Con productos acumulados.
def receptive_field(layers):
    jumps = [1]
    for layer in layers:
        jumps.append(jumps[-1] * layer[1])
    pairs = list(zip(layers, jumps[:-1], strict=True))
    r = 1 + sum((k - 1) * d * j for (k, _, _, d), j in pairs)
    start = sum(((k - 1) * d - 2 * p) * j for (k, _, p, d), j in pairs) / 2
    return r, jumps[-1], float(start)


# %% wrong e7_6 padding_fixed_to_one
# El relleno, siempre 1.
class SepConv(nn.Module):
    def __init__(self, c_in, c_out, k, stride=1):
        super().__init__()
        half, alone = 1, {"groups": c_in, "bias": False}
        self.layers = nn.Sequential(
            nn.Conv2d(c_in, c_in, k, stride, half, **alone),
            nn.BatchNorm2d(c_in),
            nn.ReLU(),
            nn.Conv2d(c_in, c_out, 1, bias=False),
            nn.BatchNorm2d(c_out),
            nn.ReLU(),
        )

    def forward(self, x):
        return self.layers(x)


def macs(module, input_shape):
    counts = []

    def count(layer, inputs, output):
        counts.append(output.numel() * math.prod(layer.weight.shape[1:]))

    probe = copy.deepcopy(module).eval()
    for layer in probe.modules():
        if isinstance(layer, nn.Conv2d | nn.Linear):
            layer.register_forward_hook(count)
    probe(torch.empty(input_shape))  # solo importa la forma
    return sum(counts)


# %% wrong e7_6 groups_omitted
# Sin groups: la primera convolución es densa.
class SepConv(nn.Module):
    def __init__(self, c_in, c_out, k, stride=1):
        super().__init__()
        half, alone = k // 2, {"bias": False}
        self.layers = nn.Sequential(
            nn.Conv2d(c_in, c_in, k, stride, half, **alone),
            nn.BatchNorm2d(c_in),
            nn.ReLU(),
            nn.Conv2d(c_in, c_out, 1, bias=False),
            nn.BatchNorm2d(c_out),
            nn.ReLU(),
        )

    def forward(self, x):
        return self.layers(x)


def macs(module, input_shape):
    counts = []

    def count(layer, inputs, output):
        counts.append(output.numel() * math.prod(layer.weight.shape[1:]))

    probe = copy.deepcopy(module).eval()
    for layer in probe.modules():
        if isinstance(layer, nn.Conv2d | nn.Linear):
            layer.register_forward_hook(count)
    probe(torch.empty(input_shape))  # solo importa la forma
    return sum(counts)


# %% wrong e7_6 macs_at_input_size
# Cuenta con la resolución de la entrada.
class SepConv(nn.Module):
    def __init__(self, c_in, c_out, k, stride=1):
        super().__init__()
        half, alone = k // 2, {"groups": c_in, "bias": False}
        self.layers = nn.Sequential(
            nn.Conv2d(c_in, c_in, k, stride, half, **alone),
            nn.BatchNorm2d(c_in),
            nn.ReLU(),
            nn.Conv2d(c_in, c_out, 1, bias=False),
            nn.BatchNorm2d(c_out),
            nn.ReLU(),
        )

    def forward(self, x):
        return self.layers(x)


def macs(module, input_shape):
    counts = []

    def count(layer, inputs, output):
        pixels = inputs[0][0, 0].numel() if output.dim() == 4 else 1
        size = len(output) * output.shape[1] * pixels
        size = size if output.dim() == 4 else output.numel()
        counts.append(size * math.prod(layer.weight.shape[1:]))

    probe = copy.deepcopy(module).eval()
    for layer in probe.modules():
        if isinstance(layer, nn.Conv2d | nn.Linear):
            layer.register_forward_hook(count)
    probe(torch.empty(input_shape))  # solo importa la forma
    return sum(counts)


# %% wrong e7_6 no_first_activation
# Sin ReLU tras la depthwise (Xception, Keras): no es MobileNet.
class SepConv(nn.Module):
    def __init__(self, c_in, c_out, k, stride=1):
        super().__init__()
        half, alone = k // 2, {"groups": c_in, "bias": False}
        self.layers = nn.Sequential(
            nn.Conv2d(c_in, c_in, k, stride, half, **alone),
            nn.BatchNorm2d(c_in),
            nn.Conv2d(c_in, c_out, 1, bias=False),
            nn.BatchNorm2d(c_out),
            nn.ReLU(),
        )

    def forward(self, x):
        return self.layers(x)


def macs(module, input_shape):
    counts = []

    def count(layer, inputs, output):
        counts.append(output.numel() * math.prod(layer.weight.shape[1:]))

    probe = copy.deepcopy(module).eval()
    for layer in probe.modules():
        if isinstance(layer, nn.Conv2d | nn.Linear):
            layer.register_forward_hook(count)
    probe(torch.empty(input_shape))  # solo importa la forma
    return sum(counts)


# %% wrong e7_6 no_first_norm
# Sin normalización tras la depthwise.
class SepConv(nn.Module):
    def __init__(self, c_in, c_out, k, stride=1):
        super().__init__()
        half, alone = k // 2, {"groups": c_in, "bias": False}
        self.layers = nn.Sequential(
            nn.Conv2d(c_in, c_in, k, stride, half, **alone),
            nn.ReLU(),
            nn.Conv2d(c_in, c_out, 1, bias=False),
            nn.BatchNorm2d(c_out),
            nn.ReLU(),
        )

    def forward(self, x):
        return self.layers(x)


def macs(module, input_shape):
    counts = []

    def count(layer, inputs, output):
        counts.append(output.numel() * math.prod(layer.weight.shape[1:]))

    probe = copy.deepcopy(module).eval()
    for layer in probe.modules():
        if isinstance(layer, nn.Conv2d | nn.Linear):
            layer.register_forward_hook(count)
    probe(torch.empty(input_shape))  # solo importa la forma
    return sum(counts)


# %% wrong e7_6 with_bias
# Convoluciones con sesgo.
class SepConv(nn.Module):
    def __init__(self, c_in, c_out, k, stride=1):
        super().__init__()
        half, alone = k // 2, {"groups": c_in}
        self.layers = nn.Sequential(
            nn.Conv2d(c_in, c_in, k, stride, half, **alone),
            nn.BatchNorm2d(c_in),
            nn.ReLU(),
            nn.Conv2d(c_in, c_out, 1),
            nn.BatchNorm2d(c_out),
            nn.ReLU(),
        )

    def forward(self, x):
        return self.layers(x)


def macs(module, input_shape):
    counts = []

    def count(layer, inputs, output):
        counts.append(output.numel() * math.prod(layer.weight.shape[1:]))

    probe = copy.deepcopy(module).eval()
    for layer in probe.modules():
        if isinstance(layer, nn.Conv2d | nn.Linear):
            layer.register_forward_hook(count)
    probe(torch.empty(input_shape))  # solo importa la forma
    return sum(counts)


# %% wrong e7_6 stride_in_pointwise
# El paso, en la pointwise.
class SepConv(nn.Module):
    def __init__(self, c_in, c_out, k, stride=1):
        super().__init__()
        half, alone = k // 2, {"groups": c_in, "bias": False}
        self.layers = nn.Sequential(
            nn.Conv2d(c_in, c_in, k, 1, half, **alone),
            nn.BatchNorm2d(c_in),
            nn.ReLU(),
            nn.Conv2d(c_in, c_out, 1, stride, bias=False),
            nn.BatchNorm2d(c_out),
            nn.ReLU(),
        )

    def forward(self, x):
        return self.layers(x)


def macs(module, input_shape):
    counts = []

    def count(layer, inputs, output):
        counts.append(output.numel() * math.prod(layer.weight.shape[1:]))

    probe = copy.deepcopy(module).eval()
    for layer in probe.modules():
        if isinstance(layer, nn.Conv2d | nn.Linear):
            layer.register_forward_hook(count)
    probe(torch.empty(input_shape))  # solo importa la forma
    return sum(counts)


# %% wrong e7_6 groups_counted_twice
# Multiplica por todos los canales de entrada aunque haya grupos.
class SepConv(nn.Module):
    def __init__(self, c_in, c_out, k, stride=1):
        super().__init__()
        half, alone = k // 2, {"groups": c_in, "bias": False}
        self.layers = nn.Sequential(
            nn.Conv2d(c_in, c_in, k, stride, half, **alone),
            nn.BatchNorm2d(c_in),
            nn.ReLU(),
            nn.Conv2d(c_in, c_out, 1, bias=False),
            nn.BatchNorm2d(c_out),
            nn.ReLU(),
        )

    def forward(self, x):
        return self.layers(x)


def macs(module, input_shape):
    counts = []

    def count(layer, inputs, output):
        counts.append(
            output.numel()
            * (layer.in_channels if isinstance(layer, nn.Conv2d) else layer.in_features)
            * math.prod(layer.weight.shape[2:])
        )

    probe = copy.deepcopy(module).eval()
    for layer in probe.modules():
        if isinstance(layer, nn.Conv2d | nn.Linear):
            layer.register_forward_hook(count)
    probe(torch.empty(input_shape))  # solo importa la forma
    return sum(counts)


# %% wrong e7_6 bias_counted
# Cuenta también las sumas del sesgo.
class SepConv(nn.Module):
    def __init__(self, c_in, c_out, k, stride=1):
        super().__init__()
        half, alone = k // 2, {"groups": c_in, "bias": False}
        self.layers = nn.Sequential(
            nn.Conv2d(c_in, c_in, k, stride, half, **alone),
            nn.BatchNorm2d(c_in),
            nn.ReLU(),
            nn.Conv2d(c_in, c_out, 1, bias=False),
            nn.BatchNorm2d(c_out),
            nn.ReLU(),
        )

    def forward(self, x):
        return self.layers(x)


def macs(module, input_shape):
    counts = []

    def count(layer, inputs, output):
        extra = 0 if layer.bias is None else 1
        counts.append(output.numel() * (math.prod(layer.weight.shape[1:]) + extra))

    probe = copy.deepcopy(module).eval()
    for layer in probe.modules():
        if isinstance(layer, nn.Conv2d | nn.Linear):
            layer.register_forward_hook(count)
    probe(torch.empty(input_shape))  # solo importa la forma
    return sum(counts)


# %% wrong e7_6 top_level_only
# Solo mira el primer nivel de la red.
class SepConv(nn.Module):
    def __init__(self, c_in, c_out, k, stride=1):
        super().__init__()
        half, alone = k // 2, {"groups": c_in, "bias": False}
        self.layers = nn.Sequential(
            nn.Conv2d(c_in, c_in, k, stride, half, **alone),
            nn.BatchNorm2d(c_in),
            nn.ReLU(),
            nn.Conv2d(c_in, c_out, 1, bias=False),
            nn.BatchNorm2d(c_out),
            nn.ReLU(),
        )

    def forward(self, x):
        return self.layers(x)


def macs(module, input_shape):
    counts = []

    def count(layer, inputs, output):
        counts.append(output.numel() * math.prod(layer.weight.shape[1:]))

    probe = copy.deepcopy(module).eval()
    for layer in [probe, *probe.children()]:
        if isinstance(layer, nn.Conv2d | nn.Linear):
            layer.register_forward_hook(count)
    probe(torch.empty(input_shape))  # solo importa la forma
    return sum(counts)


# %% wrong e7_6 linear_forgotten
# Olvida las capas lineales.
class SepConv(nn.Module):
    def __init__(self, c_in, c_out, k, stride=1):
        super().__init__()
        half, alone = k // 2, {"groups": c_in, "bias": False}
        self.layers = nn.Sequential(
            nn.Conv2d(c_in, c_in, k, stride, half, **alone),
            nn.BatchNorm2d(c_in),
            nn.ReLU(),
            nn.Conv2d(c_in, c_out, 1, bias=False),
            nn.BatchNorm2d(c_out),
            nn.ReLU(),
        )

    def forward(self, x):
        return self.layers(x)


def macs(module, input_shape):
    counts = []

    def count(layer, inputs, output):
        counts.append(output.numel() * math.prod(layer.weight.shape[1:]))

    probe = copy.deepcopy(module).eval()
    for layer in probe.modules():
        if isinstance(layer, nn.Conv2d):
            layer.register_forward_hook(count)
    probe(torch.empty(input_shape))  # solo importa la forma
    return sum(counts)


# %% wrong e7_6 each_layer_once
# Una capa usada dos veces cuenta una.
class SepConv(nn.Module):
    def __init__(self, c_in, c_out, k, stride=1):
        super().__init__()
        half, alone = k // 2, {"groups": c_in, "bias": False}
        self.layers = nn.Sequential(
            nn.Conv2d(c_in, c_in, k, stride, half, **alone),
            nn.BatchNorm2d(c_in),
            nn.ReLU(),
            nn.Conv2d(c_in, c_out, 1, bias=False),
            nn.BatchNorm2d(c_out),
            nn.ReLU(),
        )

    def forward(self, x):
        return self.layers(x)


def macs(module, input_shape):
    counts = {}

    def count(layer, inputs, output):
        counts[layer] = output.numel() * math.prod(layer.weight.shape[1:])

    probe = copy.deepcopy(module).eval()
    for layer in probe.modules():
        if isinstance(layer, nn.Conv2d | nn.Linear):
            layer.register_forward_hook(count)
    probe(torch.empty(input_shape))  # solo importa la forma
    return sum(counts.values())


# %% wrong e7_6 changes_statistics
# Ejecuta el módulo de verdad, en modo de entrenamiento.
class SepConv(nn.Module):
    def __init__(self, c_in, c_out, k, stride=1):
        super().__init__()
        half, alone = k // 2, {"groups": c_in, "bias": False}
        self.layers = nn.Sequential(
            nn.Conv2d(c_in, c_in, k, stride, half, **alone),
            nn.BatchNorm2d(c_in),
            nn.ReLU(),
            nn.Conv2d(c_in, c_out, 1, bias=False),
            nn.BatchNorm2d(c_out),
            nn.ReLU(),
        )

    def forward(self, x):
        return self.layers(x)


def macs(module, input_shape):
    counts = []

    def count(layer, inputs, output):
        counts.append(output.numel() * math.prod(layer.weight.shape[1:]))

    probe = module.train()
    for layer in probe.modules():
        if isinstance(layer, nn.Conv2d | nn.Linear):
            layer.register_forward_hook(count)
    probe(torch.empty(input_shape))  # solo importa la forma
    return sum(counts)


# %% wrong e7_6 leaves_eval_mode
# Deja el módulo en evaluación.
class SepConv(nn.Module):
    def __init__(self, c_in, c_out, k, stride=1):
        super().__init__()
        half, alone = k // 2, {"groups": c_in, "bias": False}
        self.layers = nn.Sequential(
            nn.Conv2d(c_in, c_in, k, stride, half, **alone),
            nn.BatchNorm2d(c_in),
            nn.ReLU(),
            nn.Conv2d(c_in, c_out, 1, bias=False),
            nn.BatchNorm2d(c_out),
            nn.ReLU(),
        )

    def forward(self, x):
        return self.layers(x)


def macs(module, input_shape):
    counts = []

    def count(layer, inputs, output):
        counts.append(output.numel() * math.prod(layer.weight.shape[1:]))

    probe = module.eval()
    for layer in probe.modules():
        if isinstance(layer, nn.Conv2d | nn.Linear):
            layer.register_forward_hook(count)
    probe(torch.empty(input_shape))  # solo importa la forma
    return sum(counts)


# %% wrong e7_6 batch_ignored
# Cuenta una sola imagen.
class SepConv(nn.Module):
    def __init__(self, c_in, c_out, k, stride=1):
        super().__init__()
        half, alone = k // 2, {"groups": c_in, "bias": False}
        self.layers = nn.Sequential(
            nn.Conv2d(c_in, c_in, k, stride, half, **alone),
            nn.BatchNorm2d(c_in),
            nn.ReLU(),
            nn.Conv2d(c_in, c_out, 1, bias=False),
            nn.BatchNorm2d(c_out),
            nn.ReLU(),
        )

    def forward(self, x):
        return self.layers(x)


def macs(module, input_shape):
    counts = []

    def count(layer, inputs, output):
        counts.append(output[0].numel() * math.prod(layer.weight.shape[1:]))

    probe = copy.deepcopy(module).eval()
    for layer in probe.modules():
        if isinstance(layer, nn.Conv2d | nn.Linear):
            layer.register_forward_hook(count)
    probe(torch.empty(input_shape))  # solo importa la forma
    return sum(counts)


# %% right e7_6 functional_forward
# Sin Sequential; macs quita sus hooks y devuelve el modo.
class SepConv(nn.Module):
    def __init__(self, c_in, c_out, k, stride=1):
        super().__init__()
        self.depthwise = nn.Conv2d(
            c_in, c_in, k, stride=stride, padding=(k - 1) // 2, groups=c_in, bias=False
        )
        self.norm1 = nn.BatchNorm2d(c_in)
        self.pointwise = nn.Conv2d(c_in, c_out, kernel_size=1, bias=False)
        self.norm2 = nn.BatchNorm2d(c_out)

    def forward(self, x):
        x = F.relu(self.norm1(self.depthwise(x)))
        return F.relu(self.norm2(self.pointwise(x)))


def macs(module, input_shape):
    total = 0

    def hook(layer, args, output):
        nonlocal total
        if isinstance(layer, nn.Conv2d):
            kh, kw = layer.kernel_size
            total += output.numel() * layer.in_channels // layer.groups * kh * kw
        else:
            total += output.numel() * layer.in_features

    chosen = [m for m in module.modules() if isinstance(m, (nn.Conv2d, nn.Linear))]
    handles = [m.register_forward_hook(hook) for m in chosen]
    modes = [(m, m.training) for m in module.modules()]
    try:
        module.eval()
        with torch.no_grad():
            module(torch.zeros(*input_shape))
    finally:
        for m, mode in modes:
            m.training = mode
        for handle in handles:
            handle.remove()
    return total


# %% right e7_6 meta_device
# macs en el dispositivo meta: no calcula nada.
class SepConv(nn.Module):
    def __init__(self, c_in, c_out, k, stride=1):
        super().__init__()
        half, alone = k // 2, {"groups": c_in, "bias": False}
        self.layers = nn.Sequential(
            nn.Conv2d(c_in, c_in, k, stride, half, **alone),
            nn.BatchNorm2d(c_in),
            nn.ReLU(),
            nn.Conv2d(c_in, c_out, 1, bias=False),
            nn.BatchNorm2d(c_out),
            nn.ReLU(),
        )

    def forward(self, x):
        return self.layers(x)


def macs(module, input_shape):
    probe = copy.deepcopy(module).to("meta").eval()
    found = []
    for m in probe.modules():
        if isinstance(m, nn.Linear):
            m.register_forward_hook(
                lambda m, a, y: found.append(y.numel() * m.in_features)
            )
        elif isinstance(m, nn.Conv2d):
            m.register_forward_hook(
                lambda m, a, y: found.append(y.numel() * m.weight[0].numel())
            )
    probe(torch.empty(input_shape, device="meta"))
    return int(sum(found))


# %% wrong e7_7 returns_rotated
# Devuelve el filtro girado, como si fuera convolución verdadera.
def train_kernel(x, y, steps):
    kernel = torch.zeros(1, 1, 3, 3, requires_grad=True)
    optimizer = torch.optim.SGD([kernel], lr=0.4)
    for _ in range(steps):
        optimizer.zero_grad()
        (F.conv2d(x, kernel, padding=1) - y).square().mean().backward()
        optimizer.step()
    return kernel.detach().flip(2, 3)


# %% wrong e7_7 reflect_padding
# Rellena por reflexión: en los bordes no es lo mismo.
def train_kernel(x, y, steps):
    kernel = torch.zeros(1, 1, 3, 3, requires_grad=True)
    optimizer = torch.optim.SGD([kernel], lr=0.4)
    for _ in range(steps):
        optimizer.zero_grad()
        (
            F.conv2d(F.pad(x, (1, 1, 1, 1), mode="reflect"), kernel) - y
        ).square().mean().backward()
        optimizer.step()
    return kernel.detach()


# %% wrong e7_7 shifted_padding
# Rellena todo por un lado: el filtro sale desplazado.
def train_kernel(x, y, steps):
    kernel = torch.zeros(1, 1, 3, 3, requires_grad=True)
    optimizer = torch.optim.SGD([kernel], lr=0.4)
    for _ in range(steps):
        optimizer.zero_grad()
        (F.conv2d(F.pad(x, (2, 0, 2, 0)), kernel) - y).square().mean().backward()
        optimizer.step()
    return kernel.detach()


# %% wrong e7_7 rate_too_small
# Adam con su tasa por defecto: en 200 pasos no llega.
def train_kernel(x, y, steps):
    kernel = torch.zeros(1, 1, 3, 3, requires_grad=True)
    optimizer = torch.optim.Adam([kernel])
    for _ in range(steps):
        optimizer.zero_grad()
        (F.conv2d(x, kernel, padding=1) - y).square().mean().backward()
        optimizer.step()
    return kernel.detach()


# %% wrong e7_7 gradient_accumulates
# Olvida zero_grad.
def train_kernel(x, y, steps):
    kernel = torch.zeros(1, 1, 3, 3, requires_grad=True)
    optimizer = torch.optim.SGD([kernel], lr=0.4)
    for _ in range(steps):
        (F.conv2d(x, kernel, padding=1) - y).square().mean().backward()
        optimizer.step()
    return kernel.detach()


# %% wrong e7_7 random_start
# Empieza al azar y usa el generador global.
def train_kernel(x, y, steps):
    kernel = torch.randn(1, 1, 3, 3, requires_grad=True)
    optimizer = torch.optim.SGD([kernel], lr=0.4)
    for _ in range(steps):
        optimizer.zero_grad()
        (F.conv2d(x, kernel, padding=1) - y).square().mean().backward()
        optimizer.step()
    return kernel.detach()


# %% wrong e7_7 keeps_graph
# Devuelve el parámetro, que todavía pide gradiente.
def train_kernel(x, y, steps):
    kernel = torch.zeros(1, 1, 3, 3, requires_grad=True)
    optimizer = torch.optim.SGD([kernel], lr=0.4)
    for _ in range(steps):
        optimizer.zero_grad()
        (F.conv2d(x, kernel, padding=1) - y).square().mean().backward()
        optimizer.step()
    return kernel


# %% wrong e7_7 one_step_less
# Da un paso de menos.
def train_kernel(x, y, steps):
    kernel = torch.zeros(1, 1, 3, 3, requires_grad=True)
    optimizer = torch.optim.SGD([kernel], lr=0.4)
    for _ in range(max(steps - 1, 0)):
        optimizer.zero_grad()
        (F.conv2d(x, kernel, padding=1) - y).square().mean().backward()
        optimizer.step()
    return kernel.detach()


# %% wrong e7_7 sum_loss
# Suma en lugar de promediar: la tasa deja de valer y diverge.
def train_kernel(x, y, steps):
    kernel = torch.zeros(1, 1, 3, 3, requires_grad=True)
    optimizer = torch.optim.SGD([kernel], lr=0.4)
    for _ in range(steps):
        optimizer.zero_grad()
        (F.conv2d(x, kernel, padding=1) - y).square().sum().backward()
        optimizer.step()
    return kernel.detach()


# %% wrong e7_7 absolute_error
# Aprende con el error absoluto y pasos grandes: se queda oscilando.
def train_kernel(x, y, steps):
    kernel = torch.zeros(1, 1, 3, 3, requires_grad=True)
    optimizer = torch.optim.SGD([kernel], lr=0.4)
    for _ in range(steps):
        optimizer.zero_grad()
        (F.conv2d(x, kernel, padding=1) - y).abs().mean().backward()
        optimizer.step()
    return kernel.detach()


# %% right e7_7 adam
# Con Adam.
def train_kernel(x, y, steps):
    kernel = nn.Parameter(torch.zeros(1, 1, 3, 3))
    adam = torch.optim.Adam([kernel], lr=0.2)
    for _ in range(steps):
        loss = F.mse_loss(F.conv2d(x, kernel, padding="same"), y)
        adam.zero_grad()
        loss.backward()
        adam.step()
    return kernel.data.clone()


# %% right e7_7 by_hand
# Con el gradiente escrito a mano sobre las columnas de unfold.
def train_kernel(x, y, steps):
    columns = F.unfold(x, 3, padding=1).transpose(1, 2).reshape(-1, 9)
    target = y.reshape(-1)
    weights = torch.zeros(9)
    for _ in range(steps):
        residual = columns @ weights - target
        weights = weights - 0.3 * 2 * columns.T @ residual / len(target)
    return weights.reshape(1, 1, 3, 3)
