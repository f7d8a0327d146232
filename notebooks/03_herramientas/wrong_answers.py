"""Respuestas equivocadas típicas y correctas alternativas de la unidad 03."""


# %% wrong e3_1 divides_by_zero
# Una columna constante se divide entre su desviación, 0: sale nan.
def standardize(train, test):
    mean, scale = train.mean(axis=0), train.std(axis=0)
    with np.errstate(all="ignore"):
        train_z, test_z = (train - mean) / scale, (test - mean) / scale
    return train_z, test_z, {"mean": mean, "scale": scale}


def pairwise_sq_dists(A, B):
    center = A.mean(axis=0)
    A, B = A - center, B - center
    squares = (A * A).sum(axis=1)[:, None] + (B * B).sum(axis=1)
    return np.maximum(squares - 2 * A @ B.T, 0)


# %% wrong e3_1 constant_by_std
# Busca desviación 0, pero mil veces 0,1 en float32 no dan desviación 0.
def standardize(train, test):
    mean, scale = train.mean(axis=0), train.std(axis=0)
    scale = np.where(scale == 0, 1, scale).astype(train.dtype)
    stats = {"mean": mean, "scale": scale}
    return (train - mean) / scale, ((test - mean) / scale).astype(train.dtype), stats


def pairwise_sq_dists(A, B):
    center = A.mean(axis=0)
    A, B = A - center, B - center
    squares = (A * A).sum(axis=1)[:, None] + (B * B).sum(axis=1)
    return np.maximum(squares - 2 * A @ B.T, 0)


# %% wrong e3_1 statistics_of_test
# test se estandariza con sus propias estadísticas.
def standardize(train, test):
    results = []
    for x in (train, test):
        constant = (x == x[:1]).all(axis=0) if len(x) else np.ones(x.shape[1], bool)
        mean = x.mean(axis=0, dtype=np.float64) if len(x) else np.zeros(x.shape[1])
        scale = np.where(constant, 1, x.std(axis=0) if len(x) else 1)
        mean = np.where(constant, x[0] if len(x) else 0, mean)
        results.append((((x - mean) / scale).astype(train.dtype), mean, scale))
    stats = {"mean": results[0][1].astype(train.dtype)}
    stats["scale"] = results[0][2].astype(train.dtype)
    return results[0][0], results[1][0], stats


def pairwise_sq_dists(A, B):
    center = A.mean(axis=0)
    A, B = A - center, B - center
    squares = (A * A).sum(axis=1)[:, None] + (B * B).sum(axis=1)
    return np.maximum(squares - 2 * A @ B.T, 0)


# %% wrong e3_1 statistics_of_both
# Fuga de datos: media y desviación de train y test juntos.
def standardize(train, test):
    both = np.concatenate([train, test])
    constant = (train == train[0]).all(axis=0)
    mean = np.where(constant, train[0], both.mean(axis=0, dtype=np.float64))
    scale = np.where(constant, 1, both.std(axis=0, dtype=np.float64))
    train_z, test_z = ((x - mean) / scale for x in (train, test))
    stats = {"mean": mean.astype(train.dtype), "scale": scale.astype(train.dtype)}
    return train_z.astype(train.dtype), test_z.astype(train.dtype), stats


def pairwise_sq_dists(A, B):
    center = A.mean(axis=0)
    A, B = A - center, B - center
    squares = (A * A).sum(axis=1)[:, None] + (B * B).sum(axis=1)
    return np.maximum(squares - 2 * A @ B.T, 0)


# %% wrong e3_1 silent_float64
# Calcula en float64 y se olvida de volver al tipo de entrada.
def standardize(train, test):
    constant = (train == train[0]).all(axis=0)
    mean = np.where(constant, train[0], train.mean(axis=0, dtype=np.float64))
    scale = np.where(constant, 1, train.std(axis=0, dtype=np.float64))
    stats = {"mean": mean, "scale": scale}
    return (train - mean) / scale, (test - mean) / scale, stats


def pairwise_sq_dists(A, B):
    A, B = A.astype(np.float64), B.astype(np.float64)
    squares = (A * A).sum(axis=1)[:, None] + (B * B).sum(axis=1)
    return np.maximum(squares - 2 * A @ B.T, 0)


# %% wrong e3_1 cancellation
# Desarrolla el cuadrado sin centrar: con datos alrededor de 1000 el error es enorme.
def standardize(train, test):
    constant = (train == train[0]).all(axis=0)
    mean = np.where(constant, train[0], train.mean(axis=0, dtype=np.float64))
    scale = np.where(constant, 1, train.std(axis=0, dtype=np.float64))
    train_z, test_z = ((x - mean) / scale for x in (train, test))
    stats = {"mean": mean.astype(train.dtype), "scale": scale.astype(train.dtype)}
    return train_z.astype(train.dtype), test_z.astype(train.dtype), stats


def pairwise_sq_dists(A, B):
    squares = (A * A).sum(axis=1)[:, None] + (B * B).sum(axis=1)
    return np.maximum(squares - 2 * A @ B.T, 0)


# %% wrong e3_1 negative_distances
# Centra, pero deja distancias como -1e-5.
def standardize(train, test):
    constant = (train == train[0]).all(axis=0)
    mean = np.where(constant, train[0], train.mean(axis=0, dtype=np.float64))
    scale = np.where(constant, 1, train.std(axis=0, dtype=np.float64))
    train_z, test_z = ((x - mean) / scale for x in (train, test))
    stats = {"mean": mean.astype(train.dtype), "scale": scale.astype(train.dtype)}
    return train_z.astype(train.dtype), test_z.astype(train.dtype), stats


def pairwise_sq_dists(A, B):
    center = A.mean(axis=0)
    A, B = A - center, B - center
    return (A * A).sum(axis=1)[:, None] + (B * B).sum(axis=1) - 2 * A @ B.T


# %% wrong e3_1 broadcast_temporary
# Correcto y sin bucles, pero crea un array (n, m, d).
def standardize(train, test):
    constant = (train == train[0]).all(axis=0)
    mean = np.where(constant, train[0], train.mean(axis=0, dtype=np.float64))
    scale = np.where(constant, 1, train.std(axis=0, dtype=np.float64))
    train_z, test_z = ((x - mean) / scale for x in (train, test))
    stats = {"mean": mean.astype(train.dtype), "scale": scale.astype(train.dtype)}
    return train_z.astype(train.dtype), test_z.astype(train.dtype), stats


def pairwise_sq_dists(A, B):
    return ((A[:, None] - B) ** 2).sum(axis=2)


# %% wrong e3_1 whole_matrix_statistics
# Una sola media para toda la matriz: falta axis=0.
def standardize(train, test):
    mean = np.full(train.shape[1], train.mean(), train.dtype)
    scale = np.full(train.shape[1], train.std(), train.dtype)
    stats = {"mean": mean, "scale": scale}
    return (train - mean) / scale, ((test - mean) / scale).astype(train.dtype), stats


def pairwise_sq_dists(A, B):
    center = A.mean(axis=0)
    A, B = A - center, B - center
    squares = (A * A).sum(axis=1)[:, None] + (B * B).sum(axis=1)
    return np.maximum(squares - 2 * A @ B.T, 0)


# %% wrong e3_1 centres_in_place
# Centra A y B con -=: cambia los arrays de quien llama.
def standardize(train, test):
    constant = (train == train[0]).all(axis=0)
    mean = np.where(constant, train[0], train.mean(axis=0, dtype=np.float64))
    scale = np.where(constant, 1, train.std(axis=0, dtype=np.float64))
    train_z, test_z = ((x - mean) / scale for x in (train, test))
    stats = {"mean": mean.astype(train.dtype), "scale": scale.astype(train.dtype)}
    return train_z.astype(train.dtype), test_z.astype(train.dtype), stats


def pairwise_sq_dists(A, B):
    center = A.mean(axis=0)
    A -= center
    B -= center
    squares = (A * A).sum(axis=1)[:, None] + (B * B).sum(axis=1)
    return np.maximum(squares - 2 * A @ B.T, 0)


# %% right e3_1 float64_inside
def standardize(train, test):
    wide = train.astype(np.float64)
    mean, scale = wide.mean(axis=0), wide.std(axis=0)
    constant = train.max(axis=0) == train.min(axis=0)
    mean[constant], scale[constant] = wide[0, constant], 1.0
    outputs = [(x.astype(np.float64) - mean) / scale for x in (train, test)]
    train_z, test_z, mean, scale = (
        a.astype(train.dtype) for a in (*outputs, mean, scale)
    )
    return train_z, test_z, {"mean": mean, "scale": scale}


def pairwise_sq_dists(A, B):
    dtype = A.dtype
    A, B = A.astype(np.float64), B.astype(np.float64)
    norms = np.einsum("ij,ij->i", A, A)[:, None] + np.einsum("ij,ij->i", B, B)
    return (
        (norms - 2 * np.einsum("id,jd->ij", A, B, optimize=True)).clip(0).astype(dtype)
    )


# %% right e3_1 centre_of_b
def standardize(train, test):
    constant = np.ptp(train, axis=0) == 0
    mean = train.mean(axis=0, dtype=np.float64)
    mean[constant] = train[0, constant]
    centered = train - mean
    scale = np.sqrt((centered**2).mean(axis=0))
    scale[constant] = 1
    stats = {"mean": mean.astype(train.dtype), "scale": scale.astype(train.dtype)}
    train_z = (centered / scale).astype(train.dtype)
    return train_z, ((test - mean) / scale).astype(train.dtype), stats


def pairwise_sq_dists(A, B):
    center = B.mean(axis=0)
    A, B = A - center, B - center
    products = A @ B.T
    result = (A**2).sum(axis=1, keepdims=True) - 2 * products + (B**2).sum(axis=1)
    result[result < 0] = 0
    return result


# %% wrong e3_2 last_window_dropped
# N sin el «+ 1»: se pierde la última ventana.
def windows(series, width, step, horizon):
    n = max(0, (len(series) - width - horizon) // step)
    if n == 0:
        return np.empty((0, width, series.shape[1]), series.dtype), series[:0]
    views = np.lib.stride_tricks.sliding_window_view(series, width, axis=0)
    X = views[::step][:n].transpose(0, 2, 1)
    return X, series[width + horizon - 1 :: step][:n]


# %% wrong e3_2 window_without_target
# Cuenta ventanas sin mirar si existe su y: X tiene más filas que y.
def windows(series, width, step, horizon):
    n = max(0, (len(series) - width) // step + 1)
    if n == 0:
        return np.empty((0, width, series.shape[1]), series.dtype), series[:0]
    views = np.lib.stride_tricks.sliding_window_view(series, width, axis=0)
    X = views[::step][:n].transpose(0, 2, 1)
    return X, series[width + horizon - 1 :: step][:n]


# %% wrong e3_2 axes_left
# Deja los ejes como salen: (N, C, width).
def windows(series, width, step, horizon):
    n = max(0, (len(series) - width - horizon) // step + 1)
    if n == 0:
        return np.empty((0, width, series.shape[1]), series.dtype), series[:0]
    views = np.lib.stride_tricks.sliding_window_view(series, width, axis=0)
    return views[::step][:n], series[width + horizon - 1 :: step][:n]


# %% wrong e3_2 axes_reshaped
# Cambia la forma con reshape en vez de intercambiar los ejes: mezcla canales.
def windows(series, width, step, horizon):
    n = max(0, (len(series) - width - horizon) // step + 1)
    if n == 0:
        return np.empty((0, width, series.shape[1]), series.dtype), series[:0]
    views = np.lib.stride_tricks.sliding_window_view(series, width, axis=0)
    X = views[::step][:n].reshape(n, width, series.shape[1])
    return X, series[width + horizon - 1 :: step][:n]


# %% wrong e3_2 writable_view
# Vista en la que se puede escribir: una ventana cambiaría las demás.
def windows(series, width, step, horizon):
    n = max(0, (len(series) - width - horizon) // step + 1)
    if n == 0:
        return np.empty((0, width, series.shape[1]), series.dtype), series[:0]
    views = np.lib.stride_tricks.sliding_window_view(
        series, width, axis=0, writeable=True
    )
    X = views[::step][:n].transpose(0, 2, 1)
    return X, series[width + horizon - 1 :: step][:n]


# %% wrong e3_2 copies
# Apila copias: la memoria se multiplica por width.
def windows(series, width, step, horizon):
    n = max(0, (len(series) - width - horizon) // step + 1)
    if n == 0:
        return np.empty((0, width, series.shape[1]), series.dtype), series[:0]
    X = np.stack([series[i * step : i * step + width] for i in range(n)])
    X.flags.writeable = False
    return X, series[width + horizon - 1 :: step][:n]


# %% wrong e3_2 horizon_off_by_one
# El objetivo está un instante más tarde de lo pedido.
def windows(series, width, step, horizon):
    n = max(0, (len(series) - width - horizon - 1) // step + 1)
    if n == 0:
        return np.empty((0, width, series.shape[1]), series.dtype), series[:0]
    views = np.lib.stride_tricks.sliding_window_view(series, width, axis=0)
    X = views[::step][:n].transpose(0, 2, 1)
    return X, series[width + horizon :: step][:n]


# %% wrong e3_2 short_series_fails
# Con una serie más corta que la ventana lanza un error en vez de dar N = 0.
def windows(series, width, step, horizon):
    n = max(0, (len(series) - width - horizon) // step + 1)
    views = np.lib.stride_tricks.sliding_window_view(series, width, axis=0)
    X = views[::step][:n].transpose(0, 2, 1)
    return X, series[width + horizon - 1 :: step][:n]


# %% wrong e3_2 assumes_contiguous
# Calcula los pasos a mano, como si el array fuese contiguo.
def windows(series, width, step, horizon):
    n = max(0, (len(series) - width - horizon) // step + 1)
    C, size = series.shape[1], series.itemsize
    if n == 0:
        return np.empty((0, width, C), series.dtype), series[:0]
    X = np.lib.stride_tricks.as_strided(
        series,
        (n, width, C),
        (step * C * size, C * size, size),
        writeable=False,
    )
    return X, series[width + horizon - 1 :: step][:n]


# %% right e3_2 own_strides
def windows(series, width, step, horizon):
    n = max(0, (len(series) - width - horizon) // step + 1)
    row, column = series.strides
    X = np.lib.stride_tricks.as_strided(
        series,
        (n, width, series.shape[1]),
        (step * row, row, column),
        writeable=False,
    )
    return X, series[width + horizon - 1 + step * np.arange(n)]


# %% right e3_2 swapped_axes
def windows(series, width, step, horizon):
    T, C = series.shape
    if width + horizon > T:
        return np.zeros((0, width, C), series.dtype), np.zeros((0, C), series.dtype)
    past = series[: T - horizon]
    X = np.lib.stride_tricks.sliding_window_view(past, (width, C))[::step, 0]
    return X, series[width + horizon - 1 :: step].copy()


# %% wrong e3_3 averages_duplicates
# pivot_table promedia los duplicados sin avisar.
def sensors_to_tensor(df, freq, width, max_gap):
    wide = df.pivot_table(
        index="timestamp", columns="sensor_id", values="value", dropna=False
    ).asfreq(freq)
    for name, column in wide.items():
        missing = column.isna()
        run = (missing != missing.shift()).cumsum()
        too_long = missing & (missing.groupby(run).transform("sum") > max_gap)
        wide[name] = column.ffill().mask(too_long)
    values, names = wide.to_numpy(), list(wide.columns)
    complete = ~np.isnan(values).any(axis=1)
    ends = [e for e in range(width, len(wide) + 1) if complete[e - width : e].all()]
    X = torch.zeros(len(ends), width, len(names))
    for i, end in enumerate(ends):
        X[i] = torch.tensor(values[end - width : end])
    return X, names, wide.index[[end - 1 for end in ends]]


# %% wrong e3_3 fills_backwards
# Rellena lo que quede con bfill: usa valores del futuro.
def sensors_to_tensor(df, freq, width, max_gap):
    wide = df.pivot(index="timestamp", columns="sensor_id", values="value")
    wide = wide.asfreq(freq)
    for name, column in wide.items():
        missing = column.isna()
        run = (missing != missing.shift()).cumsum()
        too_long = missing & (missing.groupby(run).transform("sum") > max_gap)
        wide[name] = column.bfill().mask(too_long)
    values, names = wide.to_numpy(), list(wide.columns)
    complete = ~np.isnan(values).any(axis=1)
    ends = [e for e in range(width, len(wide) + 1) if complete[e - width : e].all()]
    X = torch.zeros(len(ends), width, len(names))
    for i, end in enumerate(ends):
        X[i] = torch.tensor(values[end - width : end])
    return X, names, wide.index[[end - 1 for end in ends]]


# %% wrong e3_3 interpolates
# Interpola entre el valor anterior y el siguiente, que es futuro.
def sensors_to_tensor(df, freq, width, max_gap):
    wide = df.pivot(index="timestamp", columns="sensor_id", values="value")
    wide = wide.asfreq(freq)
    for name, column in wide.items():
        missing = column.isna()
        run = (missing != missing.shift()).cumsum()
        too_long = missing & (missing.groupby(run).transform("sum") > max_gap)
        wide[name] = column.interpolate().mask(too_long)
    values, names = wide.to_numpy(), list(wide.columns)
    complete = ~np.isnan(values).any(axis=1)
    ends = [e for e in range(width, len(wide) + 1) if complete[e - width : e].all()]
    X = torch.zeros(len(ends), width, len(names))
    for i, end in enumerate(ends):
        X[i] = torch.tensor(values[end - width : end])
    return X, names, wide.index[[end - 1 for end in ends]]


# %% wrong e3_3 fills_part_of_long_gaps
# ffill(limit=…) rellena el principio de los huecos largos.
def sensors_to_tensor(df, freq, width, max_gap):
    wide = df.pivot(index="timestamp", columns="sensor_id", values="value")
    wide = wide.asfreq(freq)
    if max_gap:
        wide = wide.ffill(limit=max_gap)
    values, names = wide.to_numpy(), list(wide.columns)
    complete = ~np.isnan(values).any(axis=1)
    ends = [e for e in range(width, len(wide) + 1) if complete[e - width : e].all()]
    X = torch.zeros(len(ends), width, len(names))
    for i, end in enumerate(ends):
        X[i] = torch.tensor(values[end - width : end])
    return X, names, wide.index[[end - 1 for end in ends]]


# %% wrong e3_3 two_dimensional
# Devuelve la tabla ancha (T, C), sin ventanas.
def sensors_to_tensor(df, freq, width, max_gap):
    wide = df.pivot(index="timestamp", columns="sensor_id", values="value")
    wide = wide.asfreq(freq).ffill().dropna()
    X = torch.tensor(wide.to_numpy(), dtype=torch.float32)
    return X, list(wide.columns), wide.index


# %% wrong e3_3 gap_of_max_gap_not_filled
# Compara con >= : un hueco de exactamente max_gap se queda sin rellenar.
def sensors_to_tensor(df, freq, width, max_gap):
    wide = df.pivot(index="timestamp", columns="sensor_id", values="value")
    wide = wide.asfreq(freq)
    for name, column in wide.items():
        missing = column.isna()
        run = (missing != missing.shift()).cumsum()
        too_long = missing & (missing.groupby(run).transform("sum") >= max_gap)
        wide[name] = column.ffill().mask(too_long)
    values, names = wide.to_numpy(), list(wide.columns)
    complete = ~np.isnan(values).any(axis=1)
    ends = [e for e in range(width, len(wide) + 1) if complete[e - width : e].all()]
    X = torch.zeros(len(ends), width, len(names))
    for i, end in enumerate(ends):
        X[i] = torch.tensor(values[end - width : end])
    return X, names, wide.index[[end - 1 for end in ends]]


# %% wrong e3_3 date_of_first_row
# Pone en index la fecha del primer instante de cada ventana.
def sensors_to_tensor(df, freq, width, max_gap):
    wide = df.pivot(index="timestamp", columns="sensor_id", values="value")
    wide = wide.asfreq(freq)
    for name, column in wide.items():
        missing = column.isna()
        run = (missing != missing.shift()).cumsum()
        too_long = missing & (missing.groupby(run).transform("sum") > max_gap)
        wide[name] = column.ffill().mask(too_long)
    values, names = wide.to_numpy(), list(wide.columns)
    complete = ~np.isnan(values).any(axis=1)
    ends = [e for e in range(width, len(wide) + 1) if complete[e - width : e].all()]
    X = torch.zeros(len(ends), width, len(names))
    for i, end in enumerate(ends):
        X[i] = torch.tensor(values[end - width : end])
    return X, names, wide.index[[end - width for end in ends]]


# %% wrong e3_3 drops_incomplete_rows_first
# Quita filas incompletas y hace ventanas después: pega instantes que no son vecinos.
def sensors_to_tensor(df, freq, width, max_gap):
    wide = df.pivot(index="timestamp", columns="sensor_id", values="value")
    wide = wide.asfreq(freq)
    for name, column in wide.items():
        missing = column.isna()
        run = (missing != missing.shift()).cumsum()
        too_long = missing & (missing.groupby(run).transform("sum") > max_gap)
        wide[name] = column.ffill().mask(too_long)
    wide = wide.dropna()
    values, names = wide.to_numpy(), list(wide.columns)
    ends = list(range(width, len(wide) + 1))
    X = torch.zeros(len(ends), width, len(names))
    for i, end in enumerate(ends):
        X[i] = torch.tensor(values[end - width : end])
    return X, names, wide.index[[end - 1 for end in ends]]


# %% wrong e3_3 order_of_appearance
# Los sensores salen por orden de aparición, no alfabético.
def sensors_to_tensor(df, freq, width, max_gap):
    wide = df.pivot(index="timestamp", columns="sensor_id", values="value")
    wide = wide.asfreq(freq)[list(df["sensor_id"].unique())]
    for name, column in wide.items():
        missing = column.isna()
        run = (missing != missing.shift()).cumsum()
        too_long = missing & (missing.groupby(run).transform("sum") > max_gap)
        wide[name] = column.ffill().mask(too_long)
    values, names = wide.to_numpy(), list(wide.columns)
    complete = ~np.isnan(values).any(axis=1)
    ends = [e for e in range(width, len(wide) + 1) if complete[e - width : e].all()]
    X = torch.zeros(len(ends), width, len(names))
    for i, end in enumerate(ends):
        X[i] = torch.tensor(values[end - width : end])
    return X, names, wide.index[[end - 1 for end in ends]]


# %% right e3_3 numpy_loops
def sensors_to_tensor(df, freq, width, max_gap):
    if df.duplicated(["timestamp", "sensor_id"]).any():
        raise ValueError("medidas duplicadas")
    grid = pd.date_range(df["timestamp"].min(), df["timestamp"].max(), freq=freq)
    names = sorted(df["sensor_id"].unique().tolist())
    values = np.full((len(grid), len(names)), np.nan)
    rows = grid.get_indexer(df["timestamp"])
    columns = [names.index(name) for name in df["sensor_id"]]
    values[rows, columns] = df["value"]
    for c in range(len(names)):
        start = None
        for t in range(len(grid) + 1):
            if t < len(grid) and np.isnan(values[t, c]):
                start = t if start is None else start
            elif start is not None:
                if start > 0 and t - start <= max_gap:
                    values[start:t, c] = values[start - 1, c]
                start = None
    blocks, dates = [], []
    for t in range(len(grid) - width + 1):
        block = values[t : t + width]
        if not np.isnan(block).any():
            blocks.append(block)
            dates.append(grid[t + width - 1])
    X = np.array(blocks, np.float32).reshape(-1, width, len(names))
    return torch.from_numpy(X), names, pd.DatetimeIndex(dates)


# %% right e3_3 sliding_view
def sensors_to_tensor(df, freq, width, max_gap):
    table = df.set_index(["timestamp", "sensor_id"])["value"]
    if not table.index.is_unique:
        raise ValueError("medidas duplicadas")
    wide = table.unstack().sort_index(axis=0).sort_index(axis=1)
    wide = wide.reindex(pd.date_range(wide.index[0], wide.index[-1], freq=freq))

    def fill(column):
        known = column.notna()
        length = (~known).groupby(known.cumsum()).transform("sum")
        return column.ffill().where(known | (length <= max_gap))

    wide = wide.apply(fill)
    if len(wide) < width:
        return torch.zeros(0, width, wide.shape[1]), list(wide.columns), wide.index[:0]
    views = np.lib.stride_tricks.sliding_window_view(wide.to_numpy(), width, axis=0)
    keep = ~np.isnan(views).any(axis=(1, 2))
    X = torch.tensor(views[keep].transpose(0, 2, 1).copy()).float()
    return X, list(wide.columns), wide.index[width - 1 :][keep]


# %% wrong e3_4 empty_document_lost
# Salta los documentos vacíos: falta su fila.
def csr_from_counts(docs):
    vocabulary, data, indices, indptr = {}, [], [], [0]
    for doc in docs:
        if not doc:
            continue
        counts = {}
        for word in doc:
            column = vocabulary.setdefault(word, len(vocabulary))
            counts[column] = counts.get(column, 0) + 1
        for column in sorted(counts):
            indices.append(column)
            data.append(counts[column])
        indptr.append(len(indices))
    parts = (np.array(data, np.int64), np.array(indices, np.int64), indptr)
    return csr_matrix(parts, shape=(len(indptr) - 1, len(vocabulary))), vocabulary


def csr_matvec(data, indices, indptr, x):
    product = np.zeros(len(indptr) - 1)
    rows = np.repeat(np.arange(len(product)), np.diff(indptr))
    np.add.at(product, rows, data * x[indices])
    return product


# %% wrong e3_4 duplicate_entries
# Una entrada por palabra, sin sumar las repetidas: al pasar a densa parece bien.
def csr_from_counts(docs):
    vocabulary, indices, indptr = {}, [], [0]
    for doc in docs:
        for word in doc:
            indices.append(vocabulary.setdefault(word, len(vocabulary)))
        indptr.append(len(indices))
    data = np.ones(len(indices), np.int64)
    parts = (data, np.array(indices, np.int64), indptr)
    return csr_matrix(parts, shape=(len(docs), len(vocabulary))), vocabulary


def csr_matvec(data, indices, indptr, x):
    product = np.zeros(len(indptr) - 1)
    rows = np.repeat(np.arange(len(product)), np.diff(indptr))
    np.add.at(product, rows, data * x[indices])
    return product


# %% wrong e3_4 dense_counts
# Cuenta en una matriz densa y convierte al final.
def csr_from_counts(docs):
    vocabulary = {}
    for doc in docs:
        for word in doc:
            vocabulary.setdefault(word, len(vocabulary))
    dense = np.zeros((len(docs), len(vocabulary)), np.int64)
    for row, doc in enumerate(docs):
        for word in doc:
            dense[row, vocabulary[word]] += 1
    return csr_matrix(dense), vocabulary


def csr_matvec(data, indices, indptr, x):
    product = np.zeros(len(indptr) - 1)
    rows = np.repeat(np.arange(len(product)), np.diff(indptr))
    np.add.at(product, rows, data * x[indices])
    return product


# %% wrong e3_4 unsorted_columns
# Deja las columnas de cada fila en el orden en que aparecen las palabras.
def csr_from_counts(docs):
    vocabulary, data, indices, indptr = {}, [], [], [0]
    for doc in docs:
        counts = {}
        for word in doc:
            column = vocabulary.setdefault(word, len(vocabulary))
            counts[column] = counts.get(column, 0) + 1
        indices += list(counts)
        data += list(counts.values())
        indptr.append(len(indices))
    parts = (np.array(data, np.int64), np.array(indices, np.int64), indptr)
    return csr_matrix(parts, shape=(len(docs), len(vocabulary))), vocabulary


def csr_matvec(data, indices, indptr, x):
    product = np.zeros(len(indptr) - 1)
    rows = np.repeat(np.arange(len(product)), np.diff(indptr))
    np.add.at(product, rows, data * x[indices])
    return product


# %% wrong e3_4 alphabetical_vocabulary
# Vocabulario alfabético en vez de por primera aparición.
def csr_from_counts(docs):
    vocabulary = {w: k for k, w in enumerate(sorted({w for d in docs for w in d}))}
    data, indices, indptr = [], [], [0]
    for doc in docs:
        for word in sorted(set(doc)):
            indices.append(vocabulary[word])
            data.append(doc.count(word))
        indptr.append(len(indices))
    parts = (np.array(data, np.int64), np.array(indices, np.int64), indptr)
    return csr_matrix(parts, shape=(len(docs), len(vocabulary))), vocabulary


def csr_matvec(data, indices, indptr, x):
    product = np.zeros(len(indptr) - 1)
    rows = np.repeat(np.arange(len(product)), np.diff(indptr))
    np.add.at(product, rows, data * x[indices])
    return product


# %% wrong e3_4 reduceat
# np.add.reduceat no da 0 en una fila vacía: repite el valor siguiente.
def csr_from_counts(docs):
    vocabulary, data, indices, indptr = {}, [], [], [0]
    for doc in docs:
        counts = {}
        for word in doc:
            column = vocabulary.setdefault(word, len(vocabulary))
            counts[column] = counts.get(column, 0) + 1
        for column in sorted(counts):
            indices.append(column)
            data.append(counts[column])
        indptr.append(len(indices))
    parts = (np.array(data, np.int64), np.array(indices, np.int64), indptr)
    return csr_matrix(parts, shape=(len(docs), len(vocabulary))), vocabulary


def csr_matvec(data, indices, indptr, x):
    products = np.append(data * x[indices], 0.0)
    return np.add.reduceat(products, indptr[:-1])


# %% wrong e3_4 repeated_columns_overwritten
# Suma con product[rows] += …: las posiciones repetidas se pisan.
def csr_from_counts(docs):
    vocabulary, data, indices, indptr = {}, [], [], [0]
    for doc in docs:
        counts = {}
        for word in doc:
            column = vocabulary.setdefault(word, len(vocabulary))
            counts[column] = counts.get(column, 0) + 1
        for column in sorted(counts):
            indices.append(column)
            data.append(counts[column])
        indptr.append(len(indices))
    parts = (np.array(data, np.int64), np.array(indices, np.int64), indptr)
    return csr_matrix(parts, shape=(len(docs), len(vocabulary))), vocabulary


def csr_matvec(data, indices, indptr, x):
    product = np.zeros(len(indptr) - 1)
    rows = np.repeat(np.arange(len(product)), np.diff(indptr))
    product[rows] += data * x[indices]
    return product


# %% wrong e3_4 scipy_product
# Deja el producto a SciPy.
def csr_from_counts(docs):
    vocabulary, data, indices, indptr = {}, [], [], [0]
    for doc in docs:
        counts = {}
        for word in doc:
            column = vocabulary.setdefault(word, len(vocabulary))
            counts[column] = counts.get(column, 0) + 1
        for column in sorted(counts):
            indices.append(column)
            data.append(counts[column])
        indptr.append(len(indices))
    parts = (np.array(data, np.int64), np.array(indices, np.int64), indptr)
    return csr_matrix(parts, shape=(len(docs), len(vocabulary))), vocabulary


def csr_matvec(data, indices, indptr, x):
    matrix = csr_matrix((data, indices, indptr), shape=(len(indptr) - 1, len(x)))
    return (matrix @ x).astype(np.float64)


# %% wrong e3_4 dense_product
# Rellena una matriz densa para multiplicar.
def csr_from_counts(docs):
    vocabulary, data, indices, indptr = {}, [], [], [0]
    for doc in docs:
        counts = {}
        for word in doc:
            column = vocabulary.setdefault(word, len(vocabulary))
            counts[column] = counts.get(column, 0) + 1
        for column in sorted(counts):
            indices.append(column)
            data.append(counts[column])
        indptr.append(len(indices))
    parts = (np.array(data, np.int64), np.array(indices, np.int64), indptr)
    return csr_matrix(parts, shape=(len(docs), len(vocabulary))), vocabulary


def csr_matvec(data, indices, indptr, x):
    dense = np.zeros((len(indptr) - 1, len(x)))
    rows = np.repeat(np.arange(len(indptr) - 1), np.diff(indptr))
    np.add.at(dense, (rows, indices), data)
    return dense @ x


# %% right e3_4 coordinates
def csr_from_counts(docs):
    vocabulary, cells = {}, {}
    for row, doc in enumerate(docs):
        for word in doc:
            cell = row, vocabulary.setdefault(word, len(vocabulary))
            cells[cell] = cells.get(cell, 0) + 1
    order = sorted(cells)
    rows = np.array([cell[0] for cell in order], dtype=np.int64)
    indices = np.array([cell[1] for cell in order], dtype=np.int64)
    data = np.array([cells[cell] for cell in order], dtype=np.int64)
    indptr = np.searchsorted(rows, np.arange(len(docs) + 1))
    shape = (len(docs), len(vocabulary))
    return csr_matrix((data, indices, indptr), shape=shape), vocabulary


def csr_matvec(data, indices, indptr, x):
    sums = np.concatenate([[0.0], np.cumsum(data * x[indices])])
    return sums[indptr[1:]] - sums[indptr[:-1]]


# %% right e3_4 row_by_row
def csr_from_counts(docs):
    vocabulary = {}
    rows, columns = [], []
    for row, doc in enumerate(docs):
        for word in doc:
            if word not in vocabulary:
                vocabulary[word] = len(vocabulary)
            rows.append(row)
            columns.append(vocabulary[word])
    ones, shape = np.ones(len(rows), np.int64), (len(docs), len(vocabulary))
    matrix = csr_matrix((ones, (rows, columns)), shape=shape, dtype=np.int64)
    matrix.sum_duplicates()
    matrix.sort_indices()
    return matrix, vocabulary


def csr_matvec(data, indices, indptr, x):
    product = []
    for row in range(len(indptr) - 1):
        cells = slice(indptr[row], indptr[row + 1])
        product.append(float(data[cells] @ x[indices[cells]]))
    return np.array(product, dtype=np.float64)


# %% wrong e3_5 overwrites_on_every_log
# Abre con «w»: cada línea borra las anteriores.
class RunTracker:
    """Registro de ejecuciones: un archivo JSONL por ejecución en la carpeta root."""

    def __init__(self, root):
        self.root = Path(root)
        self.run = None  # identificador de la ejecución en marcha
        self.root.mkdir(parents=True, exist_ok=True)

    def _write(self, event):
        if self.run is None:
            raise RuntimeError("llama antes a start()")
        with open(self.root / f"{self.run}.jsonl", "w") as file:
            file.write(json.dumps(event) + "\n")

    def _runs(self):
        """Da (inicio, sucesos, estado) de cada ejecución, por orden de comienzo."""
        paths = self.root.glob("*.jsonl")
        for path in sorted(paths, key=lambda p: int(p.stem.split("-")[1])):
            events, status = [], "running"
            for line in path.read_text().splitlines():
                try:
                    events.append(json.loads(line))
                except json.JSONDecodeError:
                    continue
                status = events[-1].get("status", status)
            if events:
                yield events[0], events, status

    def start(self, config):
        """Empieza una ejecución y devuelve su identificador."""
        text = json.dumps(config, sort_keys=True, separators=(",", ":"))
        digest = hashlib.sha256(text.encode()).hexdigest()[:8]
        number = len(list(self.root.glob("*.jsonl"))) + 1
        self.run = f"{digest}-{number}"
        self._write({"event": "start", "run": self.run, "config": config})
        return self.run

    def log(self, metrics, step):
        """Añade unas métricas (nombre -> número) del paso step."""
        floats = {name: float(value) for name, value in metrics.items()}
        kept = {name: v if math.isfinite(v) else None for name, v in floats.items()}
        self._write({"event": "log", "step": step, "metrics": kept})

    def artifact(self, path):
        """Añade el nombre de un archivo y su SHA-256, que devuelve."""
        digest = hashlib.sha256(Path(path).read_bytes()).hexdigest()
        self._write({"event": "artifact", "name": Path(path).name, "sha256": digest})
        return digest

    def finish(self, status="ok"):
        """Termina la ejecución con status "ok" o "failed"."""
        self._write({"event": "finish", "status": status})
        self.run = None

    def best(self, metric, mode):
        """El mejor valor de metric: {"run", "config", "step", "value"}."""
        if mode not in ("min", "max"):
            raise ValueError(f"mode es «min» o «max», no {mode!r}")
        found = []
        for start, events, status in self._runs():
            for event in events:
                value = event.get("metrics", {}).get(metric)
                if status == "ok" and value is not None:
                    found.append((value, event["step"], start))
        choose = min if mode == "min" else max  # de una lista vacía, ValueError
        value, step, start = choose(found, key=lambda item: item[0])
        run, config = start["run"], start["config"]
        return {"run": run, "config": config, "step": step, "value": value}

    def table(self):
        """Un DataFrame con una fila por ejecución, por orden de comienzo."""
        rows = []
        for start, events, status in self._runs():
            row = {"run": start["run"], "status": status}
            row |= {f"config.{key}": value for key, value in start["config"].items()}
            for event in events:
                row |= event.get("metrics", {})
            rows.append(row)
        return pd.DataFrame(rows)


# %% wrong e3_5 salted_hash
# hash() cambia en cada proceso y no es SHA-256.
class RunTracker:
    """Registro de ejecuciones: un archivo JSONL por ejecución en la carpeta root."""

    def __init__(self, root):
        self.root = Path(root)
        self.run = None  # identificador de la ejecución en marcha
        self.root.mkdir(parents=True, exist_ok=True)

    def _write(self, event):
        if self.run is None:
            raise RuntimeError("llama antes a start()")
        with open(self.root / f"{self.run}.jsonl", "a") as file:
            file.write(json.dumps(event) + "\n")

    def _runs(self):
        """Da (inicio, sucesos, estado) de cada ejecución, por orden de comienzo."""
        paths = self.root.glob("*.jsonl")
        for path in sorted(paths, key=lambda p: int(p.stem.split("-")[1])):
            events, status = [], "running"
            for line in path.read_text().splitlines():
                try:
                    events.append(json.loads(line))
                except json.JSONDecodeError:
                    continue
                status = events[-1].get("status", status)
            if events:
                yield events[0], events, status

    def start(self, config):
        """Empieza una ejecución y devuelve su identificador."""
        text = json.dumps(config, sort_keys=True, separators=(",", ":"))
        digest = f"{hash(text) & 0xFFFFFFFF:08x}"
        number = len(list(self.root.glob("*.jsonl"))) + 1
        self.run = f"{digest}-{number}"
        self._write({"event": "start", "run": self.run, "config": config})
        return self.run

    def log(self, metrics, step):
        """Añade unas métricas (nombre -> número) del paso step."""
        floats = {name: float(value) for name, value in metrics.items()}
        kept = {name: v if math.isfinite(v) else None for name, v in floats.items()}
        self._write({"event": "log", "step": step, "metrics": kept})

    def artifact(self, path):
        """Añade el nombre de un archivo y su SHA-256, que devuelve."""
        digest = hashlib.sha256(Path(path).read_bytes()).hexdigest()
        self._write({"event": "artifact", "name": Path(path).name, "sha256": digest})
        return digest

    def finish(self, status="ok"):
        """Termina la ejecución con status "ok" o "failed"."""
        self._write({"event": "finish", "status": status})
        self.run = None

    def best(self, metric, mode):
        """El mejor valor de metric: {"run", "config", "step", "value"}."""
        if mode not in ("min", "max"):
            raise ValueError(f"mode es «min» o «max», no {mode!r}")
        found = []
        for start, events, status in self._runs():
            for event in events:
                value = event.get("metrics", {}).get(metric)
                if status == "ok" and value is not None:
                    found.append((value, event["step"], start))
        choose = min if mode == "min" else max  # de una lista vacía, ValueError
        value, step, start = choose(found, key=lambda item: item[0])
        run, config = start["run"], start["config"]
        return {"run": run, "config": config, "step": step, "value": value}

    def table(self):
        """Un DataFrame con una fila por ejecución, por orden de comienzo."""
        rows = []
        for start, events, status in self._runs():
            row = {"run": start["run"], "status": status}
            row |= {f"config.{key}": value for key, value in start["config"].items()}
            for event in events:
                row |= event.get("metrics", {})
            rows.append(row)
        return pd.DataFrame(rows)


# %% wrong e3_5 best_of_last_value
# Solo mira el último valor de cada ejecución.
class RunTracker:
    """Registro de ejecuciones: un archivo JSONL por ejecución en la carpeta root."""

    def __init__(self, root):
        self.root = Path(root)
        self.run = None  # identificador de la ejecución en marcha
        self.root.mkdir(parents=True, exist_ok=True)

    def _write(self, event):
        if self.run is None:
            raise RuntimeError("llama antes a start()")
        with open(self.root / f"{self.run}.jsonl", "a") as file:
            file.write(json.dumps(event) + "\n")

    def _runs(self):
        """Da (inicio, sucesos, estado) de cada ejecución, por orden de comienzo."""
        paths = self.root.glob("*.jsonl")
        for path in sorted(paths, key=lambda p: int(p.stem.split("-")[1])):
            events, status = [], "running"
            for line in path.read_text().splitlines():
                try:
                    events.append(json.loads(line))
                except json.JSONDecodeError:
                    continue
                status = events[-1].get("status", status)
            if events:
                yield events[0], events, status

    def start(self, config):
        """Empieza una ejecución y devuelve su identificador."""
        text = json.dumps(config, sort_keys=True, separators=(",", ":"))
        digest = hashlib.sha256(text.encode()).hexdigest()[:8]
        number = len(list(self.root.glob("*.jsonl"))) + 1
        self.run = f"{digest}-{number}"
        self._write({"event": "start", "run": self.run, "config": config})
        return self.run

    def log(self, metrics, step):
        """Añade unas métricas (nombre -> número) del paso step."""
        floats = {name: float(value) for name, value in metrics.items()}
        kept = {name: v if math.isfinite(v) else None for name, v in floats.items()}
        self._write({"event": "log", "step": step, "metrics": kept})

    def artifact(self, path):
        """Añade el nombre de un archivo y su SHA-256, que devuelve."""
        digest = hashlib.sha256(Path(path).read_bytes()).hexdigest()
        self._write({"event": "artifact", "name": Path(path).name, "sha256": digest})
        return digest

    def finish(self, status="ok"):
        """Termina la ejecución con status "ok" o "failed"."""
        self._write({"event": "finish", "status": status})
        self.run = None

    def best(self, metric, mode):
        """El mejor valor de metric: {"run", "config", "step", "value"}."""
        if mode not in ("min", "max"):
            raise ValueError(f"mode es «min» o «max», no {mode!r}")
        found = []
        for start, events, status in self._runs():
            events = [e for e in events if metric in e.get("metrics", {})]
            for event in events[-1:]:
                value = event.get("metrics", {}).get(metric)
                if status == "ok" and value is not None:
                    found.append((value, event["step"], start))
        choose = min if mode == "min" else max  # de una lista vacía, ValueError
        value, step, start = choose(found, key=lambda item: item[0])
        run, config = start["run"], start["config"]
        return {"run": run, "config": config, "step": step, "value": value}

    def table(self):
        """Un DataFrame con una fila por ejecución, por orden de comienzo."""
        rows = []
        for start, events, status in self._runs():
            row = {"run": start["run"], "status": status}
            row |= {f"config.{key}": value for key, value in start["config"].items()}
            for event in events:
                row |= event.get("metrics", {})
            rows.append(row)
        return pd.DataFrame(rows)


# %% wrong e3_5 key_order_matters
# Sin sort_keys el hash depende del orden de las claves.
class RunTracker:
    """Registro de ejecuciones: un archivo JSONL por ejecución en la carpeta root."""

    def __init__(self, root):
        self.root = Path(root)
        self.run = None  # identificador de la ejecución en marcha
        self.root.mkdir(parents=True, exist_ok=True)

    def _write(self, event):
        if self.run is None:
            raise RuntimeError("llama antes a start()")
        with open(self.root / f"{self.run}.jsonl", "a") as file:
            file.write(json.dumps(event) + "\n")

    def _runs(self):
        """Da (inicio, sucesos, estado) de cada ejecución, por orden de comienzo."""
        paths = self.root.glob("*.jsonl")
        for path in sorted(paths, key=lambda p: int(p.stem.split("-")[1])):
            events, status = [], "running"
            for line in path.read_text().splitlines():
                try:
                    events.append(json.loads(line))
                except json.JSONDecodeError:
                    continue
                status = events[-1].get("status", status)
            if events:
                yield events[0], events, status

    def start(self, config):
        """Empieza una ejecución y devuelve su identificador."""
        text = json.dumps(config, separators=(",", ":"))
        digest = hashlib.sha256(text.encode()).hexdigest()[:8]
        number = len(list(self.root.glob("*.jsonl"))) + 1
        self.run = f"{digest}-{number}"
        self._write({"event": "start", "run": self.run, "config": config})
        return self.run

    def log(self, metrics, step):
        """Añade unas métricas (nombre -> número) del paso step."""
        floats = {name: float(value) for name, value in metrics.items()}
        kept = {name: v if math.isfinite(v) else None for name, v in floats.items()}
        self._write({"event": "log", "step": step, "metrics": kept})

    def artifact(self, path):
        """Añade el nombre de un archivo y su SHA-256, que devuelve."""
        digest = hashlib.sha256(Path(path).read_bytes()).hexdigest()
        self._write({"event": "artifact", "name": Path(path).name, "sha256": digest})
        return digest

    def finish(self, status="ok"):
        """Termina la ejecución con status "ok" o "failed"."""
        self._write({"event": "finish", "status": status})
        self.run = None

    def best(self, metric, mode):
        """El mejor valor de metric: {"run", "config", "step", "value"}."""
        if mode not in ("min", "max"):
            raise ValueError(f"mode es «min» o «max», no {mode!r}")
        found = []
        for start, events, status in self._runs():
            for event in events:
                value = event.get("metrics", {}).get(metric)
                if status == "ok" and value is not None:
                    found.append((value, event["step"], start))
        choose = min if mode == "min" else max  # de una lista vacía, ValueError
        value, step, start = choose(found, key=lambda item: item[0])
        run, config = start["run"], start["config"]
        return {"run": run, "config": config, "step": step, "value": value}

    def table(self):
        """Un DataFrame con una fila por ejecución, por orden de comienzo."""
        rows = []
        for start, events, status in self._runs():
            row = {"run": start["run"], "status": status}
            row |= {f"config.{key}": value for key, value in start["config"].items()}
            for event in events:
                row |= event.get("metrics", {})
            rows.append(row)
        return pd.DataFrame(rows)


# %% wrong e3_5 counts_unfinished_runs
# best también mira las ejecuciones sin terminar.
class RunTracker:
    """Registro de ejecuciones: un archivo JSONL por ejecución en la carpeta root."""

    def __init__(self, root):
        self.root = Path(root)
        self.run = None  # identificador de la ejecución en marcha
        self.root.mkdir(parents=True, exist_ok=True)

    def _write(self, event):
        if self.run is None:
            raise RuntimeError("llama antes a start()")
        with open(self.root / f"{self.run}.jsonl", "a") as file:
            file.write(json.dumps(event) + "\n")

    def _runs(self):
        """Da (inicio, sucesos, estado) de cada ejecución, por orden de comienzo."""
        paths = self.root.glob("*.jsonl")
        for path in sorted(paths, key=lambda p: int(p.stem.split("-")[1])):
            events, status = [], "running"
            for line in path.read_text().splitlines():
                try:
                    events.append(json.loads(line))
                except json.JSONDecodeError:
                    continue
                status = events[-1].get("status", status)
            if events:
                yield events[0], events, status

    def start(self, config):
        """Empieza una ejecución y devuelve su identificador."""
        text = json.dumps(config, sort_keys=True, separators=(",", ":"))
        digest = hashlib.sha256(text.encode()).hexdigest()[:8]
        number = len(list(self.root.glob("*.jsonl"))) + 1
        self.run = f"{digest}-{number}"
        self._write({"event": "start", "run": self.run, "config": config})
        return self.run

    def log(self, metrics, step):
        """Añade unas métricas (nombre -> número) del paso step."""
        floats = {name: float(value) for name, value in metrics.items()}
        kept = {name: v if math.isfinite(v) else None for name, v in floats.items()}
        self._write({"event": "log", "step": step, "metrics": kept})

    def artifact(self, path):
        """Añade el nombre de un archivo y su SHA-256, que devuelve."""
        digest = hashlib.sha256(Path(path).read_bytes()).hexdigest()
        self._write({"event": "artifact", "name": Path(path).name, "sha256": digest})
        return digest

    def finish(self, status="ok"):
        """Termina la ejecución con status "ok" o "failed"."""
        self._write({"event": "finish", "status": status})
        self.run = None

    def best(self, metric, mode):
        """El mejor valor de metric: {"run", "config", "step", "value"}."""
        if mode not in ("min", "max"):
            raise ValueError(f"mode es «min» o «max», no {mode!r}")
        found = []
        for start, events, status in self._runs():
            for event in events:
                value = event.get("metrics", {}).get(metric)
                if status != "failed" and value is not None:
                    found.append((value, event["step"], start))
        choose = min if mode == "min" else max  # de una lista vacía, ValueError
        value, step, start = choose(found, key=lambda item: item[0])
        run, config = start["run"], start["config"]
        return {"run": run, "config": config, "step": step, "value": value}

    def table(self):
        """Un DataFrame con una fila por ejecución, por orden de comienzo."""
        rows = []
        for start, events, status in self._runs():
            row = {"run": start["run"], "status": status}
            row |= {f"config.{key}": value for key, value in start["config"].items()}
            for event in events:
                row |= event.get("metrics", {})
            rows.append(row)
        return pd.DataFrame(rows)


# %% wrong e3_5 counts_failed_runs
# best también mira las ejecuciones fallidas.
class RunTracker:
    """Registro de ejecuciones: un archivo JSONL por ejecución en la carpeta root."""

    def __init__(self, root):
        self.root = Path(root)
        self.run = None  # identificador de la ejecución en marcha
        self.root.mkdir(parents=True, exist_ok=True)

    def _write(self, event):
        if self.run is None:
            raise RuntimeError("llama antes a start()")
        with open(self.root / f"{self.run}.jsonl", "a") as file:
            file.write(json.dumps(event) + "\n")

    def _runs(self):
        """Da (inicio, sucesos, estado) de cada ejecución, por orden de comienzo."""
        paths = self.root.glob("*.jsonl")
        for path in sorted(paths, key=lambda p: int(p.stem.split("-")[1])):
            events, status = [], "running"
            for line in path.read_text().splitlines():
                try:
                    events.append(json.loads(line))
                except json.JSONDecodeError:
                    continue
                status = events[-1].get("status", status)
            if events:
                yield events[0], events, status

    def start(self, config):
        """Empieza una ejecución y devuelve su identificador."""
        text = json.dumps(config, sort_keys=True, separators=(",", ":"))
        digest = hashlib.sha256(text.encode()).hexdigest()[:8]
        number = len(list(self.root.glob("*.jsonl"))) + 1
        self.run = f"{digest}-{number}"
        self._write({"event": "start", "run": self.run, "config": config})
        return self.run

    def log(self, metrics, step):
        """Añade unas métricas (nombre -> número) del paso step."""
        floats = {name: float(value) for name, value in metrics.items()}
        kept = {name: v if math.isfinite(v) else None for name, v in floats.items()}
        self._write({"event": "log", "step": step, "metrics": kept})

    def artifact(self, path):
        """Añade el nombre de un archivo y su SHA-256, que devuelve."""
        digest = hashlib.sha256(Path(path).read_bytes()).hexdigest()
        self._write({"event": "artifact", "name": Path(path).name, "sha256": digest})
        return digest

    def finish(self, status="ok"):
        """Termina la ejecución con status "ok" o "failed"."""
        self._write({"event": "finish", "status": status})
        self.run = None

    def best(self, metric, mode):
        """El mejor valor de metric: {"run", "config", "step", "value"}."""
        if mode not in ("min", "max"):
            raise ValueError(f"mode es «min» o «max», no {mode!r}")
        found = []
        for start, events, status in self._runs():
            for event in events:
                value = event.get("metrics", {}).get(metric)
                if status != "running" and value is not None:
                    found.append((value, event["step"], start))
        choose = min if mode == "min" else max  # de una lista vacía, ValueError
        value, step, start = choose(found, key=lambda item: item[0])
        run, config = start["run"], start["config"]
        return {"run": run, "config": config, "step": step, "value": value}

    def table(self):
        """Un DataFrame con una fila por ejecución, por orden de comienzo."""
        rows = []
        for start, events, status in self._runs():
            row = {"run": start["run"], "status": status}
            row |= {f"config.{key}": value for key, value in start["config"].items()}
            for event in events:
                row |= event.get("metrics", {})
            rows.append(row)
        return pd.DataFrame(rows)


# %% wrong e3_5 writes_nan
# Escribe NaN, que no es JSON, y best lo encuentra.
class RunTracker:
    """Registro de ejecuciones: un archivo JSONL por ejecución en la carpeta root."""

    def __init__(self, root):
        self.root = Path(root)
        self.run = None  # identificador de la ejecución en marcha
        self.root.mkdir(parents=True, exist_ok=True)

    def _write(self, event):
        if self.run is None:
            raise RuntimeError("llama antes a start()")
        with open(self.root / f"{self.run}.jsonl", "a") as file:
            file.write(json.dumps(event) + "\n")

    def _runs(self):
        """Da (inicio, sucesos, estado) de cada ejecución, por orden de comienzo."""
        paths = self.root.glob("*.jsonl")
        for path in sorted(paths, key=lambda p: int(p.stem.split("-")[1])):
            events, status = [], "running"
            for line in path.read_text().splitlines():
                try:
                    events.append(json.loads(line))
                except json.JSONDecodeError:
                    continue
                status = events[-1].get("status", status)
            if events:
                yield events[0], events, status

    def start(self, config):
        """Empieza una ejecución y devuelve su identificador."""
        text = json.dumps(config, sort_keys=True, separators=(",", ":"))
        digest = hashlib.sha256(text.encode()).hexdigest()[:8]
        number = len(list(self.root.glob("*.jsonl"))) + 1
        self.run = f"{digest}-{number}"
        self._write({"event": "start", "run": self.run, "config": config})
        return self.run

    def log(self, metrics, step):
        """Añade unas métricas (nombre -> número) del paso step."""
        floats = {name: float(value) for name, value in metrics.items()}
        kept = floats
        self._write({"event": "log", "step": step, "metrics": kept})

    def artifact(self, path):
        """Añade el nombre de un archivo y su SHA-256, que devuelve."""
        digest = hashlib.sha256(Path(path).read_bytes()).hexdigest()
        self._write({"event": "artifact", "name": Path(path).name, "sha256": digest})
        return digest

    def finish(self, status="ok"):
        """Termina la ejecución con status "ok" o "failed"."""
        self._write({"event": "finish", "status": status})
        self.run = None

    def best(self, metric, mode):
        """El mejor valor de metric: {"run", "config", "step", "value"}."""
        if mode not in ("min", "max"):
            raise ValueError(f"mode es «min» o «max», no {mode!r}")
        found = []
        for start, events, status in self._runs():
            for event in events:
                value = event.get("metrics", {}).get(metric)
                if status == "ok" and value is not None:
                    found.append((value, event["step"], start))
        choose = min if mode == "min" else max  # de una lista vacía, ValueError
        value, step, start = choose(found, key=lambda item: item[0])
        run, config = start["run"], start["config"]
        return {"run": run, "config": config, "step": step, "value": value}

    def table(self):
        """Un DataFrame con una fila por ejecución, por orden de comienzo."""
        rows = []
        for start, events, status in self._runs():
            row = {"run": start["run"], "status": status}
            row |= {f"config.{key}": value for key, value in start["config"].items()}
            for event in events:
                row |= event.get("metrics", {})
            rows.append(row)
        return pd.DataFrame(rows)


# %% wrong e3_5 absolute_path
# Guarda la ruta completa del archivo.
class RunTracker:
    """Registro de ejecuciones: un archivo JSONL por ejecución en la carpeta root."""

    def __init__(self, root):
        self.root = Path(root)
        self.run = None  # identificador de la ejecución en marcha
        self.root.mkdir(parents=True, exist_ok=True)

    def _write(self, event):
        if self.run is None:
            raise RuntimeError("llama antes a start()")
        with open(self.root / f"{self.run}.jsonl", "a") as file:
            file.write(json.dumps(event) + "\n")

    def _runs(self):
        """Da (inicio, sucesos, estado) de cada ejecución, por orden de comienzo."""
        paths = self.root.glob("*.jsonl")
        for path in sorted(paths, key=lambda p: int(p.stem.split("-")[1])):
            events, status = [], "running"
            for line in path.read_text().splitlines():
                try:
                    events.append(json.loads(line))
                except json.JSONDecodeError:
                    continue
                status = events[-1].get("status", status)
            if events:
                yield events[0], events, status

    def start(self, config):
        """Empieza una ejecución y devuelve su identificador."""
        text = json.dumps(config, sort_keys=True, separators=(",", ":"))
        digest = hashlib.sha256(text.encode()).hexdigest()[:8]
        number = len(list(self.root.glob("*.jsonl"))) + 1
        self.run = f"{digest}-{number}"
        self._write({"event": "start", "run": self.run, "config": config})
        return self.run

    def log(self, metrics, step):
        """Añade unas métricas (nombre -> número) del paso step."""
        floats = {name: float(value) for name, value in metrics.items()}
        kept = {name: v if math.isfinite(v) else None for name, v in floats.items()}
        self._write({"event": "log", "step": step, "metrics": kept})

    def artifact(self, path):
        """Añade el nombre de un archivo y su SHA-256, que devuelve."""
        digest = hashlib.sha256(Path(path).read_bytes()).hexdigest()
        self._write({"event": "artifact", "name": str(path), "sha256": digest})
        return digest

    def finish(self, status="ok"):
        """Termina la ejecución con status "ok" o "failed"."""
        self._write({"event": "finish", "status": status})
        self.run = None

    def best(self, metric, mode):
        """El mejor valor de metric: {"run", "config", "step", "value"}."""
        if mode not in ("min", "max"):
            raise ValueError(f"mode es «min» o «max», no {mode!r}")
        found = []
        for start, events, status in self._runs():
            for event in events:
                value = event.get("metrics", {}).get(metric)
                if status == "ok" and value is not None:
                    found.append((value, event["step"], start))
        choose = min if mode == "min" else max  # de una lista vacía, ValueError
        value, step, start = choose(found, key=lambda item: item[0])
        run, config = start["run"], start["config"]
        return {"run": run, "config": config, "step": step, "value": value}

    def table(self):
        """Un DataFrame con una fila por ejecución, por orden de comienzo."""
        rows = []
        for start, events, status in self._runs():
            row = {"run": start["run"], "status": status}
            row |= {f"config.{key}": value for key, value in start["config"].items()}
            for event in events:
                row |= event.get("metrics", {})
            rows.append(row)
        return pd.DataFrame(rows)


# %% wrong e3_5 keeps_in_memory
# Guarda las líneas en memoria y las escribe al terminar.
class RunTracker:
    """Registro de ejecuciones: un archivo JSONL por ejecución en la carpeta root."""

    def __init__(self, root):
        self.root = Path(root)
        self.run = None  # identificador de la ejecución en marcha
        self.root.mkdir(parents=True, exist_ok=True)

    def _write(self, event):
        if self.run is None:
            raise RuntimeError("llama antes a start()")
        self.lines = getattr(self, "lines", [])
        if event["event"] == "start":
            self.lines = []
            (self.root / f"{self.run}.jsonl").write_text("")
        self.lines.append(json.dumps(event) + "\n")
        if event["event"] == "finish":
            (self.root / f"{self.run}.jsonl").write_text("".join(self.lines))

    def _runs(self):
        """Da (inicio, sucesos, estado) de cada ejecución, por orden de comienzo."""
        paths = self.root.glob("*.jsonl")
        for path in sorted(paths, key=lambda p: int(p.stem.split("-")[1])):
            events, status = [], "running"
            for line in path.read_text().splitlines():
                try:
                    events.append(json.loads(line))
                except json.JSONDecodeError:
                    continue
                status = events[-1].get("status", status)
            if events:
                yield events[0], events, status

    def start(self, config):
        """Empieza una ejecución y devuelve su identificador."""
        text = json.dumps(config, sort_keys=True, separators=(",", ":"))
        digest = hashlib.sha256(text.encode()).hexdigest()[:8]
        number = len(list(self.root.glob("*.jsonl"))) + 1
        self.run = f"{digest}-{number}"
        self._write({"event": "start", "run": self.run, "config": config})
        return self.run

    def log(self, metrics, step):
        """Añade unas métricas (nombre -> número) del paso step."""
        floats = {name: float(value) for name, value in metrics.items()}
        kept = {name: v if math.isfinite(v) else None for name, v in floats.items()}
        self._write({"event": "log", "step": step, "metrics": kept})

    def artifact(self, path):
        """Añade el nombre de un archivo y su SHA-256, que devuelve."""
        digest = hashlib.sha256(Path(path).read_bytes()).hexdigest()
        self._write({"event": "artifact", "name": Path(path).name, "sha256": digest})
        return digest

    def finish(self, status="ok"):
        """Termina la ejecución con status "ok" o "failed"."""
        self._write({"event": "finish", "status": status})
        self.run = None

    def best(self, metric, mode):
        """El mejor valor de metric: {"run", "config", "step", "value"}."""
        if mode not in ("min", "max"):
            raise ValueError(f"mode es «min» o «max», no {mode!r}")
        found = []
        for start, events, status in self._runs():
            for event in events:
                value = event.get("metrics", {}).get(metric)
                if status == "ok" and value is not None:
                    found.append((value, event["step"], start))
        choose = min if mode == "min" else max  # de una lista vacía, ValueError
        value, step, start = choose(found, key=lambda item: item[0])
        run, config = start["run"], start["config"]
        return {"run": run, "config": config, "step": step, "value": value}

    def table(self):
        """Un DataFrame con una fila por ejecución, por orden de comienzo."""
        rows = []
        for start, events, status in self._runs():
            row = {"run": start["run"], "status": status}
            row |= {f"config.{key}": value for key, value in start["config"].items()}
            for event in events:
                row |= event.get("metrics", {})
            rows.append(row)
        return pd.DataFrame(rows)


# %% wrong e3_5 truncated_line_fails
# Una línea a medias impide leer toda la carpeta.
class RunTracker:
    """Registro de ejecuciones: un archivo JSONL por ejecución en la carpeta root."""

    def __init__(self, root):
        self.root = Path(root)
        self.run = None  # identificador de la ejecución en marcha
        self.root.mkdir(parents=True, exist_ok=True)

    def _write(self, event):
        if self.run is None:
            raise RuntimeError("llama antes a start()")
        with open(self.root / f"{self.run}.jsonl", "a") as file:
            file.write(json.dumps(event) + "\n")

    def _runs(self):
        """Da (inicio, sucesos, estado) de cada ejecución, por orden de comienzo."""
        paths = self.root.glob("*.jsonl")
        for path in sorted(paths, key=lambda p: int(p.stem.split("-")[1])):
            events, status = [], "running"
            for line in path.read_text().splitlines():
                events.append(json.loads(line))
                status = events[-1].get("status", status)
            if events:
                yield events[0], events, status

    def start(self, config):
        """Empieza una ejecución y devuelve su identificador."""
        text = json.dumps(config, sort_keys=True, separators=(",", ":"))
        digest = hashlib.sha256(text.encode()).hexdigest()[:8]
        number = len(list(self.root.glob("*.jsonl"))) + 1
        self.run = f"{digest}-{number}"
        self._write({"event": "start", "run": self.run, "config": config})
        return self.run

    def log(self, metrics, step):
        """Añade unas métricas (nombre -> número) del paso step."""
        floats = {name: float(value) for name, value in metrics.items()}
        kept = {name: v if math.isfinite(v) else None for name, v in floats.items()}
        self._write({"event": "log", "step": step, "metrics": kept})

    def artifact(self, path):
        """Añade el nombre de un archivo y su SHA-256, que devuelve."""
        digest = hashlib.sha256(Path(path).read_bytes()).hexdigest()
        self._write({"event": "artifact", "name": Path(path).name, "sha256": digest})
        return digest

    def finish(self, status="ok"):
        """Termina la ejecución con status "ok" o "failed"."""
        self._write({"event": "finish", "status": status})
        self.run = None

    def best(self, metric, mode):
        """El mejor valor de metric: {"run", "config", "step", "value"}."""
        if mode not in ("min", "max"):
            raise ValueError(f"mode es «min» o «max», no {mode!r}")
        found = []
        for start, events, status in self._runs():
            for event in events:
                value = event.get("metrics", {}).get(metric)
                if status == "ok" and value is not None:
                    found.append((value, event["step"], start))
        choose = min if mode == "min" else max  # de una lista vacía, ValueError
        value, step, start = choose(found, key=lambda item: item[0])
        run, config = start["run"], start["config"]
        return {"run": run, "config": config, "step": step, "value": value}

    def table(self):
        """Un DataFrame con una fila por ejecución, por orden de comienzo."""
        rows = []
        for start, events, status in self._runs():
            row = {"run": start["run"], "status": status}
            row |= {f"config.{key}": value for key, value in start["config"].items()}
            for event in events:
                row |= event.get("metrics", {})
            rows.append(row)
        return pd.DataFrame(rows)


# %% wrong e3_5 alphabetical_order
# Ordena los archivos por nombre: la 10 va antes que la 2.
class RunTracker:
    """Registro de ejecuciones: un archivo JSONL por ejecución en la carpeta root."""

    def __init__(self, root):
        self.root = Path(root)
        self.run = None  # identificador de la ejecución en marcha
        self.root.mkdir(parents=True, exist_ok=True)

    def _write(self, event):
        if self.run is None:
            raise RuntimeError("llama antes a start()")
        with open(self.root / f"{self.run}.jsonl", "a") as file:
            file.write(json.dumps(event) + "\n")

    def _runs(self):
        """Da (inicio, sucesos, estado) de cada ejecución, por orden de comienzo."""
        paths = self.root.glob("*.jsonl")
        for path in sorted(paths):
            events, status = [], "running"
            for line in path.read_text().splitlines():
                try:
                    events.append(json.loads(line))
                except json.JSONDecodeError:
                    continue
                status = events[-1].get("status", status)
            if events:
                yield events[0], events, status

    def start(self, config):
        """Empieza una ejecución y devuelve su identificador."""
        text = json.dumps(config, sort_keys=True, separators=(",", ":"))
        digest = hashlib.sha256(text.encode()).hexdigest()[:8]
        number = len(list(self.root.glob("*.jsonl"))) + 1
        self.run = f"{digest}-{number}"
        self._write({"event": "start", "run": self.run, "config": config})
        return self.run

    def log(self, metrics, step):
        """Añade unas métricas (nombre -> número) del paso step."""
        floats = {name: float(value) for name, value in metrics.items()}
        kept = {name: v if math.isfinite(v) else None for name, v in floats.items()}
        self._write({"event": "log", "step": step, "metrics": kept})

    def artifact(self, path):
        """Añade el nombre de un archivo y su SHA-256, que devuelve."""
        digest = hashlib.sha256(Path(path).read_bytes()).hexdigest()
        self._write({"event": "artifact", "name": Path(path).name, "sha256": digest})
        return digest

    def finish(self, status="ok"):
        """Termina la ejecución con status "ok" o "failed"."""
        self._write({"event": "finish", "status": status})
        self.run = None

    def best(self, metric, mode):
        """El mejor valor de metric: {"run", "config", "step", "value"}."""
        if mode not in ("min", "max"):
            raise ValueError(f"mode es «min» o «max», no {mode!r}")
        found = []
        for start, events, status in self._runs():
            for event in events:
                value = event.get("metrics", {}).get(metric)
                if status == "ok" and value is not None:
                    found.append((value, event["step"], start))
        choose = min if mode == "min" else max  # de una lista vacía, ValueError
        value, step, start = choose(found, key=lambda item: item[0])
        run, config = start["run"], start["config"]
        return {"run": run, "config": config, "step": step, "value": value}

    def table(self):
        """Un DataFrame con una fila por ejecución, por orden de comienzo."""
        rows = []
        for start, events, status in self._runs():
            row = {"run": start["run"], "status": status}
            row |= {f"config.{key}": value for key, value in start["config"].items()}
            for event in events:
                row |= event.get("metrics", {})
            rows.append(row)
        return pd.DataFrame(rows)


# %% wrong e3_5 counter_per_object
# Cuenta en memoria: otro objeto vuelve a empezar por 1.
class RunTracker:
    """Registro de ejecuciones: un archivo JSONL por ejecución en la carpeta root."""

    def __init__(self, root):
        self.root = Path(root)
        self.run = None  # identificador de la ejecución en marcha
        self.root.mkdir(parents=True, exist_ok=True)

    def _write(self, event):
        if self.run is None:
            raise RuntimeError("llama antes a start()")
        with open(self.root / f"{self.run}.jsonl", "a") as file:
            file.write(json.dumps(event) + "\n")

    def _runs(self):
        """Da (inicio, sucesos, estado) de cada ejecución, por orden de comienzo."""
        paths = self.root.glob("*.jsonl")
        for path in sorted(paths, key=lambda p: int(p.stem.split("-")[1])):
            events, status = [], "running"
            for line in path.read_text().splitlines():
                try:
                    events.append(json.loads(line))
                except json.JSONDecodeError:
                    continue
                status = events[-1].get("status", status)
            if events:
                yield events[0], events, status

    def start(self, config):
        """Empieza una ejecución y devuelve su identificador."""
        text = json.dumps(config, sort_keys=True, separators=(",", ":"))
        digest = hashlib.sha256(text.encode()).hexdigest()[:8]
        number = self.count = getattr(self, "count", 0) + 1
        self.run = f"{digest}-{number}"
        self._write({"event": "start", "run": self.run, "config": config})
        return self.run

    def log(self, metrics, step):
        """Añade unas métricas (nombre -> número) del paso step."""
        floats = {name: float(value) for name, value in metrics.items()}
        kept = {name: v if math.isfinite(v) else None for name, v in floats.items()}
        self._write({"event": "log", "step": step, "metrics": kept})

    def artifact(self, path):
        """Añade el nombre de un archivo y su SHA-256, que devuelve."""
        digest = hashlib.sha256(Path(path).read_bytes()).hexdigest()
        self._write({"event": "artifact", "name": Path(path).name, "sha256": digest})
        return digest

    def finish(self, status="ok"):
        """Termina la ejecución con status "ok" o "failed"."""
        self._write({"event": "finish", "status": status})
        self.run = None

    def best(self, metric, mode):
        """El mejor valor de metric: {"run", "config", "step", "value"}."""
        if mode not in ("min", "max"):
            raise ValueError(f"mode es «min» o «max», no {mode!r}")
        found = []
        for start, events, status in self._runs():
            for event in events:
                value = event.get("metrics", {}).get(metric)
                if status == "ok" and value is not None:
                    found.append((value, event["step"], start))
        choose = min if mode == "min" else max  # de una lista vacía, ValueError
        value, step, start = choose(found, key=lambda item: item[0])
        run, config = start["run"], start["config"]
        return {"run": run, "config": config, "step": step, "value": value}

    def table(self):
        """Un DataFrame con una fila por ejecución, por orden de comienzo."""
        rows = []
        for start, events, status in self._runs():
            row = {"run": start["run"], "status": status}
            row |= {f"config.{key}": value for key, value in start["config"].items()}
            for event in events:
                row |= event.get("metrics", {})
            rows.append(row)
        return pd.DataFrame(rows)


# %% wrong e3_5 mode_ignored
# Siempre busca el mínimo.
class RunTracker:
    """Registro de ejecuciones: un archivo JSONL por ejecución en la carpeta root."""

    def __init__(self, root):
        self.root = Path(root)
        self.run = None  # identificador de la ejecución en marcha
        self.root.mkdir(parents=True, exist_ok=True)

    def _write(self, event):
        if self.run is None:
            raise RuntimeError("llama antes a start()")
        with open(self.root / f"{self.run}.jsonl", "a") as file:
            file.write(json.dumps(event) + "\n")

    def _runs(self):
        """Da (inicio, sucesos, estado) de cada ejecución, por orden de comienzo."""
        paths = self.root.glob("*.jsonl")
        for path in sorted(paths, key=lambda p: int(p.stem.split("-")[1])):
            events, status = [], "running"
            for line in path.read_text().splitlines():
                try:
                    events.append(json.loads(line))
                except json.JSONDecodeError:
                    continue
                status = events[-1].get("status", status)
            if events:
                yield events[0], events, status

    def start(self, config):
        """Empieza una ejecución y devuelve su identificador."""
        text = json.dumps(config, sort_keys=True, separators=(",", ":"))
        digest = hashlib.sha256(text.encode()).hexdigest()[:8]
        number = len(list(self.root.glob("*.jsonl"))) + 1
        self.run = f"{digest}-{number}"
        self._write({"event": "start", "run": self.run, "config": config})
        return self.run

    def log(self, metrics, step):
        """Añade unas métricas (nombre -> número) del paso step."""
        floats = {name: float(value) for name, value in metrics.items()}
        kept = {name: v if math.isfinite(v) else None for name, v in floats.items()}
        self._write({"event": "log", "step": step, "metrics": kept})

    def artifact(self, path):
        """Añade el nombre de un archivo y su SHA-256, que devuelve."""
        digest = hashlib.sha256(Path(path).read_bytes()).hexdigest()
        self._write({"event": "artifact", "name": Path(path).name, "sha256": digest})
        return digest

    def finish(self, status="ok"):
        """Termina la ejecución con status "ok" o "failed"."""
        self._write({"event": "finish", "status": status})
        self.run = None

    def best(self, metric, mode):
        """El mejor valor de metric: {"run", "config", "step", "value"}."""
        if mode not in ("min", "max"):
            raise ValueError(f"mode es «min» o «max», no {mode!r}")
        found = []
        for start, events, status in self._runs():
            for event in events:
                value = event.get("metrics", {}).get(metric)
                if status == "ok" and value is not None:
                    found.append((value, event["step"], start))
        choose = min
        value, step, start = choose(found, key=lambda item: item[0])
        run, config = start["run"], start["config"]
        return {"run": run, "config": config, "step": step, "value": value}

    def table(self):
        """Un DataFrame con una fila por ejecución, por orden de comienzo."""
        rows = []
        for start, events, status in self._runs():
            row = {"run": start["run"], "status": status}
            row |= {f"config.{key}": value for key, value in start["config"].items()}
            for event in events:
                row |= event.get("metrics", {})
            rows.append(row)
        return pd.DataFrame(rows)


# %% wrong e3_5 log_after_finish
# Tras finish se puede seguir escribiendo.
class RunTracker:
    """Registro de ejecuciones: un archivo JSONL por ejecución en la carpeta root."""

    def __init__(self, root):
        self.root = Path(root)
        self.run = None  # identificador de la ejecución en marcha
        self.root.mkdir(parents=True, exist_ok=True)

    def _write(self, event):
        if self.run is None:
            raise RuntimeError("llama antes a start()")
        with open(self.root / f"{self.run}.jsonl", "a") as file:
            file.write(json.dumps(event) + "\n")

    def _runs(self):
        """Da (inicio, sucesos, estado) de cada ejecución, por orden de comienzo."""
        paths = self.root.glob("*.jsonl")
        for path in sorted(paths, key=lambda p: int(p.stem.split("-")[1])):
            events, status = [], "running"
            for line in path.read_text().splitlines():
                try:
                    events.append(json.loads(line))
                except json.JSONDecodeError:
                    continue
                status = events[-1].get("status", status)
            if events:
                yield events[0], events, status

    def start(self, config):
        """Empieza una ejecución y devuelve su identificador."""
        text = json.dumps(config, sort_keys=True, separators=(",", ":"))
        digest = hashlib.sha256(text.encode()).hexdigest()[:8]
        number = len(list(self.root.glob("*.jsonl"))) + 1
        self.run = f"{digest}-{number}"
        self._write({"event": "start", "run": self.run, "config": config})
        return self.run

    def log(self, metrics, step):
        """Añade unas métricas (nombre -> número) del paso step."""
        floats = {name: float(value) for name, value in metrics.items()}
        kept = {name: v if math.isfinite(v) else None for name, v in floats.items()}
        self._write({"event": "log", "step": step, "metrics": kept})

    def artifact(self, path):
        """Añade el nombre de un archivo y su SHA-256, que devuelve."""
        digest = hashlib.sha256(Path(path).read_bytes()).hexdigest()
        self._write({"event": "artifact", "name": Path(path).name, "sha256": digest})
        return digest

    def finish(self, status="ok"):
        """Termina la ejecución con status "ok" o "failed"."""
        self._write({"event": "finish", "status": status})

    def best(self, metric, mode):
        """El mejor valor de metric: {"run", "config", "step", "value"}."""
        if mode not in ("min", "max"):
            raise ValueError(f"mode es «min» o «max», no {mode!r}")
        found = []
        for start, events, status in self._runs():
            for event in events:
                value = event.get("metrics", {}).get(metric)
                if status == "ok" and value is not None:
                    found.append((value, event["step"], start))
        choose = min if mode == "min" else max  # de una lista vacía, ValueError
        value, step, start = choose(found, key=lambda item: item[0])
        run, config = start["run"], start["config"]
        return {"run": run, "config": config, "step": step, "value": value}

    def table(self):
        """Un DataFrame con una fila por ejecución, por orden de comienzo."""
        rows = []
        for start, events, status in self._runs():
            row = {"run": start["run"], "status": status}
            row |= {f"config.{key}": value for key, value in start["config"].items()}
            for event in events:
                row |= event.get("metrics", {})
            rows.append(row)
        return pd.DataFrame(rows)


# %% right e3_5 events_in_memory_of_reader
class RunTracker:
    def __init__(self, root):
        self.root = Path(root)
        self.root.mkdir(parents=True, exist_ok=True)
        self.path = None

    def _append(self, **event):
        if not self.path:
            raise RuntimeError("no hay ninguna ejecución en marcha")
        with self.path.open("a", encoding="utf-8") as file:
            print(json.dumps(event), file=file)

    def start(self, config):
        canonical = json.dumps(config, sort_keys=True, separators=(",", ":"))
        name = hashlib.sha256(canonical.encode("utf-8")).hexdigest()[:8]
        name += f"-{1 + sum(1 for _ in self.root.glob('*.jsonl'))}"
        self.path = self.root / f"{name}.jsonl"
        self._append(event="start", run=name, config=config)
        return name

    def log(self, metrics, step):
        kept = {}
        for key in metrics:
            value = float(metrics[key])
            kept[key] = value if abs(value) < math.inf else None
        self._append(event="log", step=step, metrics=kept)

    def artifact(self, path):
        with open(path, "rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        self._append(event="artifact", name=Path(path).name, sha256=digest)
        return digest

    def finish(self, status="ok"):
        self._append(event="finish", status=status)
        self.path = None

    def _load(self):
        runs = []
        for path in self.root.glob("*.jsonl"):
            run = {"number": int(path.stem.rsplit("-", 1)[1]), "status": "running"}
            run["logs"] = []
            for line in path.read_text(encoding="utf-8").split("\n"):
                try:
                    event = json.loads(line)
                except ValueError:
                    continue
                if event["event"] == "start":
                    run |= {"run": event["run"], "config": event["config"]}
                elif event["event"] == "log":
                    run["logs"].append((event["step"], event["metrics"]))
                elif event["event"] == "finish":
                    run["status"] = event["status"]
            if "run" in run:
                runs.append(run)
        return sorted(runs, key=lambda run: run["number"])

    def best(self, metric, mode):
        sign = {"min": 1, "max": -1}.get(mode)
        if sign is None:
            raise ValueError(mode)
        winner = None
        for run in self._load():
            for step, metrics in run["logs"]:
                value = metrics.get(metric)
                if run["status"] != "ok" or value is None:
                    continue
                if winner is None or sign * value < sign * winner["value"]:
                    winner = {"run": run["run"], "config": run["config"]}
                    winner |= {"step": step, "value": value}
        if winner is None:
            raise ValueError(metric)
        return winner

    def table(self):
        rows = []
        for run in self._load():
            row = {"run": run["run"], "status": run["status"]}
            for key, value in run["config"].items():
                row["config." + key] = value
            for _, metrics in run["logs"]:
                for key, value in metrics.items():
                    row[key] = math.nan if value is None else value
            rows.append(row)
        return pd.DataFrame(rows)


# %% right e3_5 binary_file
class RunTracker:
    """Registro de ejecuciones: un archivo JSONL por ejecución en la carpeta root."""

    def __init__(self, root):
        self.root = Path(root)
        self.run = None  # identificador de la ejecución en marcha
        self.root.mkdir(parents=True, exist_ok=True)

    def _write(self, event):
        if self.run is None:
            raise RuntimeError("llama antes a start()")
        line = json.dumps(event, ensure_ascii=False) + "\n"
        with open(self.root / f"{self.run}.jsonl", "ab") as file:
            file.write(line.encode("utf-8"))

    def _runs(self):
        """Da (inicio, sucesos, estado) de cada ejecución, por orden de comienzo."""
        paths = self.root.glob("*.jsonl")
        for path in sorted(paths, key=lambda p: int(p.stem.split("-")[1])):
            events, status = [], "running"
            for line in path.read_text().splitlines():
                try:
                    events.append(json.loads(line))
                except json.JSONDecodeError:
                    continue
                status = events[-1].get("status", status)
            if events:
                yield events[0], events, status

    def start(self, config):
        """Empieza una ejecución y devuelve su identificador."""
        text = json.dumps(config, sort_keys=True, separators=(",", ":"))
        digest = hashlib.sha256(text.encode()).hexdigest()[:8]
        number = len(list(self.root.glob("*.jsonl"))) + 1
        self.run = f"{digest}-{number}"
        self._write({"event": "start", "run": self.run, "config": config})
        return self.run

    def log(self, metrics, step):
        """Añade unas métricas (nombre -> número) del paso step."""
        floats = {name: float(value) for name, value in metrics.items()}
        kept = {name: v if math.isfinite(v) else None for name, v in floats.items()}
        self._write({"event": "log", "step": step, "metrics": kept})

    def artifact(self, path):
        """Añade el nombre de un archivo y su SHA-256, que devuelve."""
        digest = hashlib.sha256(Path(path).read_bytes()).hexdigest()
        self._write({"event": "artifact", "name": Path(path).name, "sha256": digest})
        return digest

    def finish(self, status="ok"):
        """Termina la ejecución con status "ok" o "failed"."""
        self._write({"event": "finish", "status": status})
        self.run = None

    def best(self, metric, mode):
        """El mejor valor de metric: {"run", "config", "step", "value"}."""
        if mode not in ("min", "max"):
            raise ValueError(f"mode es «min» o «max», no {mode!r}")
        found = []
        for start, events, status in self._runs():
            for event in events:
                value = event.get("metrics", {}).get(metric)
                if status == "ok" and value is not None:
                    found.append((value, event["step"], start))
        if not found:
            raise ValueError(metric)
        found.sort(key=lambda item: item[0] if mode == "min" else -item[0])
        value, step, start = found[0]
        run, config = start["run"], start["config"]
        return {"run": run, "config": config, "step": step, "value": value}

    def table(self):
        """Un DataFrame con una fila por ejecución, por orden de comienzo."""
        rows = []
        for start, events, status in self._runs():
            row = {"run": start["run"], "status": status}
            row |= {f"config.{key}": value for key, value in start["config"].items()}
            for event in events:
                row |= event.get("metrics", {})
            rows.append(row)
        return pd.DataFrame(rows)


# %% wrong e3_6 weights_only
# Solo recupera los pesos y la época.
def seed_everything(seed):
    """Siembra random, NumPy y PyTorch; devuelve un torch.Generator con esa semilla."""
    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)
    return torch.Generator().manual_seed(seed)


def train(cfg, until, resume=None):
    """Entrena con los dígitos hasta `until` épocas en total; devuelve el estado.

    El estado es un dict: model, optimizer, scheduler, rng, epoch, history.
    """
    outside = random.getstate(), np.random.get_state(), torch.get_rng_state()
    generator = seed_everything(cfg["seed"])
    model, optimizer, scheduler = make_parts(cfg)
    epoch, history = 0, []
    if resume is not None:
        saved = copy.deepcopy(resume)
        model.load_state_dict(saved["model"])
        epoch, history = saved["epoch"], saved["history"]
    X, y = DIGITS.X_train, DIGITS.y_train
    while epoch < until:
        model.train()
        total = 0.0
        for rows in torch.randperm(len(X), generator=generator).split(
            cfg["batch_size"]
        ):
            loss = F.cross_entropy(model(X[rows]), y[rows])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item() * len(rows)
        model.eval()
        with torch.no_grad():
            hits = model(DIGITS.X_val).argmax(dim=1) == DIGITS.y_val
        [lr] = scheduler.get_last_lr()
        accuracy = hits.sum().item() / len(hits)
        history.append({"loss": total / len(X), "accuracy": accuracy, "lr": lr})
        scheduler.step()
        epoch += 1
    state = {
        "model": model.state_dict(),
        "optimizer": optimizer.state_dict(),
        "scheduler": scheduler.state_dict(),
        "rng": {"torch": torch.get_rng_state(), "shuffle": generator.get_state()},
        "epoch": epoch,
        "history": history,
    }
    random.setstate(outside[0])
    np.random.set_state(outside[1])
    torch.set_rng_state(outside[2])
    return state


# %% wrong e3_6 shuffle_not_saved
# No recupera el generador que baraja.
def seed_everything(seed):
    """Siembra random, NumPy y PyTorch; devuelve un torch.Generator con esa semilla."""
    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)
    return torch.Generator().manual_seed(seed)


def train(cfg, until, resume=None):
    """Entrena con los dígitos hasta `until` épocas en total; devuelve el estado.

    El estado es un dict: model, optimizer, scheduler, rng, epoch, history.
    """
    outside = random.getstate(), np.random.get_state(), torch.get_rng_state()
    generator = seed_everything(cfg["seed"])
    model, optimizer, scheduler = make_parts(cfg)
    epoch, history = 0, []
    if resume is not None:
        saved = copy.deepcopy(resume)
        model.load_state_dict(saved["model"])
        optimizer.load_state_dict(saved["optimizer"])
        scheduler.load_state_dict(saved["scheduler"])
        torch.set_rng_state(saved["rng"]["torch"])
        epoch, history = saved["epoch"], saved["history"]
    X, y = DIGITS.X_train, DIGITS.y_train
    while epoch < until:
        model.train()
        total = 0.0
        for rows in torch.randperm(len(X), generator=generator).split(
            cfg["batch_size"]
        ):
            loss = F.cross_entropy(model(X[rows]), y[rows])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item() * len(rows)
        model.eval()
        with torch.no_grad():
            hits = model(DIGITS.X_val).argmax(dim=1) == DIGITS.y_val
        [lr] = scheduler.get_last_lr()
        accuracy = hits.sum().item() / len(hits)
        history.append({"loss": total / len(X), "accuracy": accuracy, "lr": lr})
        scheduler.step()
        epoch += 1
    state = {
        "model": model.state_dict(),
        "optimizer": optimizer.state_dict(),
        "scheduler": scheduler.state_dict(),
        "rng": {"torch": torch.get_rng_state(), "shuffle": generator.get_state()},
        "epoch": epoch,
        "history": history,
    }
    random.setstate(outside[0])
    np.random.set_state(outside[1])
    torch.set_rng_state(outside[2])
    return state


# %% wrong e3_6 dropout_rng_not_saved
# No recupera el azar global, que usa dropout.
def seed_everything(seed):
    """Siembra random, NumPy y PyTorch; devuelve un torch.Generator con esa semilla."""
    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)
    return torch.Generator().manual_seed(seed)


def train(cfg, until, resume=None):
    """Entrena con los dígitos hasta `until` épocas en total; devuelve el estado.

    El estado es un dict: model, optimizer, scheduler, rng, epoch, history.
    """
    outside = random.getstate(), np.random.get_state(), torch.get_rng_state()
    generator = seed_everything(cfg["seed"])
    model, optimizer, scheduler = make_parts(cfg)
    epoch, history = 0, []
    if resume is not None:
        saved = copy.deepcopy(resume)
        model.load_state_dict(saved["model"])
        optimizer.load_state_dict(saved["optimizer"])
        scheduler.load_state_dict(saved["scheduler"])
        generator.set_state(saved["rng"]["shuffle"])
        epoch, history = saved["epoch"], saved["history"]
    X, y = DIGITS.X_train, DIGITS.y_train
    while epoch < until:
        model.train()
        total = 0.0
        for rows in torch.randperm(len(X), generator=generator).split(
            cfg["batch_size"]
        ):
            loss = F.cross_entropy(model(X[rows]), y[rows])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item() * len(rows)
        model.eval()
        with torch.no_grad():
            hits = model(DIGITS.X_val).argmax(dim=1) == DIGITS.y_val
        [lr] = scheduler.get_last_lr()
        accuracy = hits.sum().item() / len(hits)
        history.append({"loss": total / len(X), "accuracy": accuracy, "lr": lr})
        scheduler.step()
        epoch += 1
    state = {
        "model": model.state_dict(),
        "optimizer": optimizer.state_dict(),
        "scheduler": scheduler.state_dict(),
        "rng": {"torch": torch.get_rng_state(), "shuffle": generator.get_state()},
        "epoch": epoch,
        "history": history,
    }
    random.setstate(outside[0])
    np.random.set_state(outside[1])
    torch.set_rng_state(outside[2])
    return state


# %% wrong e3_6 scheduler_restarted
# El planificador vuelve a empezar.
def seed_everything(seed):
    """Siembra random, NumPy y PyTorch; devuelve un torch.Generator con esa semilla."""
    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)
    return torch.Generator().manual_seed(seed)


def train(cfg, until, resume=None):
    """Entrena con los dígitos hasta `until` épocas en total; devuelve el estado.

    El estado es un dict: model, optimizer, scheduler, rng, epoch, history.
    """
    outside = random.getstate(), np.random.get_state(), torch.get_rng_state()
    generator = seed_everything(cfg["seed"])
    model, optimizer, scheduler = make_parts(cfg)
    epoch, history = 0, []
    if resume is not None:
        saved = copy.deepcopy(resume)
        model.load_state_dict(saved["model"])
        optimizer.load_state_dict(saved["optimizer"])
        torch.set_rng_state(saved["rng"]["torch"])
        generator.set_state(saved["rng"]["shuffle"])
        epoch, history = saved["epoch"], saved["history"]
    X, y = DIGITS.X_train, DIGITS.y_train
    while epoch < until:
        model.train()
        total = 0.0
        for rows in torch.randperm(len(X), generator=generator).split(
            cfg["batch_size"]
        ):
            loss = F.cross_entropy(model(X[rows]), y[rows])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item() * len(rows)
        model.eval()
        with torch.no_grad():
            hits = model(DIGITS.X_val).argmax(dim=1) == DIGITS.y_val
        [lr] = scheduler.get_last_lr()
        accuracy = hits.sum().item() / len(hits)
        history.append({"loss": total / len(X), "accuracy": accuracy, "lr": lr})
        scheduler.step()
        epoch += 1
    state = {
        "model": model.state_dict(),
        "optimizer": optimizer.state_dict(),
        "scheduler": scheduler.state_dict(),
        "rng": {"torch": torch.get_rng_state(), "shuffle": generator.get_state()},
        "epoch": epoch,
        "history": history,
    }
    random.setstate(outside[0])
    np.random.set_state(outside[1])
    torch.set_rng_state(outside[2])
    return state


# %% wrong e3_6 optimizer_not_restored
# Adam pierde sus momentos.
def seed_everything(seed):
    """Siembra random, NumPy y PyTorch; devuelve un torch.Generator con esa semilla."""
    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)
    return torch.Generator().manual_seed(seed)


def train(cfg, until, resume=None):
    """Entrena con los dígitos hasta `until` épocas en total; devuelve el estado.

    El estado es un dict: model, optimizer, scheduler, rng, epoch, history.
    """
    outside = random.getstate(), np.random.get_state(), torch.get_rng_state()
    generator = seed_everything(cfg["seed"])
    model, optimizer, scheduler = make_parts(cfg)
    epoch, history = 0, []
    if resume is not None:
        saved = copy.deepcopy(resume)
        model.load_state_dict(saved["model"])
        scheduler.load_state_dict(saved["scheduler"])
        torch.set_rng_state(saved["rng"]["torch"])
        generator.set_state(saved["rng"]["shuffle"])
        epoch, history = saved["epoch"], saved["history"]
    X, y = DIGITS.X_train, DIGITS.y_train
    while epoch < until:
        model.train()
        total = 0.0
        for rows in torch.randperm(len(X), generator=generator).split(
            cfg["batch_size"]
        ):
            loss = F.cross_entropy(model(X[rows]), y[rows])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item() * len(rows)
        model.eval()
        with torch.no_grad():
            hits = model(DIGITS.X_val).argmax(dim=1) == DIGITS.y_val
        [lr] = scheduler.get_last_lr()
        accuracy = hits.sum().item() / len(hits)
        history.append({"loss": total / len(X), "accuracy": accuracy, "lr": lr})
        scheduler.step()
        epoch += 1
    state = {
        "model": model.state_dict(),
        "optimizer": optimizer.state_dict(),
        "scheduler": scheduler.state_dict(),
        "rng": {"torch": torch.get_rng_state(), "shuffle": generator.get_state()},
        "epoch": epoch,
        "history": history,
    }
    random.setstate(outside[0])
    np.random.set_state(outside[1])
    torch.set_rng_state(outside[2])
    return state


# %% wrong e3_6 reseeds_on_resume
# Siembra otra vez al reanudar: repite las primeras permutaciones.
def seed_everything(seed):
    """Siembra random, NumPy y PyTorch; devuelve un torch.Generator con esa semilla."""
    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)
    return torch.Generator().manual_seed(seed)


def train(cfg, until, resume=None):
    """Entrena con los dígitos hasta `until` épocas en total; devuelve el estado.

    El estado es un dict: model, optimizer, scheduler, rng, epoch, history.
    """
    outside = random.getstate(), np.random.get_state(), torch.get_rng_state()
    generator = seed_everything(cfg["seed"])
    model, optimizer, scheduler = make_parts(cfg)
    epoch, history = 0, []
    if resume is not None:
        saved = copy.deepcopy(resume)
        model.load_state_dict(saved["model"])
        optimizer.load_state_dict(saved["optimizer"])
        scheduler.load_state_dict(saved["scheduler"])
        generator = seed_everything(cfg["seed"])
        epoch, history = saved["epoch"], saved["history"]
    X, y = DIGITS.X_train, DIGITS.y_train
    while epoch < until:
        model.train()
        total = 0.0
        for rows in torch.randperm(len(X), generator=generator).split(
            cfg["batch_size"]
        ):
            loss = F.cross_entropy(model(X[rows]), y[rows])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item() * len(rows)
        model.eval()
        with torch.no_grad():
            hits = model(DIGITS.X_val).argmax(dim=1) == DIGITS.y_val
        [lr] = scheduler.get_last_lr()
        accuracy = hits.sum().item() / len(hits)
        history.append({"loss": total / len(X), "accuracy": accuracy, "lr": lr})
        scheduler.step()
        epoch += 1
    state = {
        "model": model.state_dict(),
        "optimizer": optimizer.state_dict(),
        "scheduler": scheduler.state_dict(),
        "rng": {"torch": torch.get_rng_state(), "shuffle": generator.get_state()},
        "epoch": epoch,
        "history": history,
    }
    random.setstate(outside[0])
    np.random.set_state(outside[1])
    torch.set_rng_state(outside[2])
    return state


# %% wrong e3_6 until_means_more_epochs
# Toma until como épocas que añadir.
def seed_everything(seed):
    """Siembra random, NumPy y PyTorch; devuelve un torch.Generator con esa semilla."""
    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)
    return torch.Generator().manual_seed(seed)


def train(cfg, until, resume=None):
    """Entrena con los dígitos hasta `until` épocas en total; devuelve el estado.

    El estado es un dict: model, optimizer, scheduler, rng, epoch, history.
    """
    outside = random.getstate(), np.random.get_state(), torch.get_rng_state()
    generator = seed_everything(cfg["seed"])
    model, optimizer, scheduler = make_parts(cfg)
    epoch, history = 0, []
    if resume is not None:
        saved = copy.deepcopy(resume)
        model.load_state_dict(saved["model"])
        optimizer.load_state_dict(saved["optimizer"])
        scheduler.load_state_dict(saved["scheduler"])
        torch.set_rng_state(saved["rng"]["torch"])
        generator.set_state(saved["rng"]["shuffle"])
        epoch, history = saved["epoch"], saved["history"]
    X, y = DIGITS.X_train, DIGITS.y_train
    until += epoch
    while epoch < until:
        model.train()
        total = 0.0
        for rows in torch.randperm(len(X), generator=generator).split(
            cfg["batch_size"]
        ):
            loss = F.cross_entropy(model(X[rows]), y[rows])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item() * len(rows)
        model.eval()
        with torch.no_grad():
            hits = model(DIGITS.X_val).argmax(dim=1) == DIGITS.y_val
        [lr] = scheduler.get_last_lr()
        accuracy = hits.sum().item() / len(hits)
        history.append({"loss": total / len(X), "accuracy": accuracy, "lr": lr})
        scheduler.step()
        epoch += 1
    state = {
        "model": model.state_dict(),
        "optimizer": optimizer.state_dict(),
        "scheduler": scheduler.state_dict(),
        "rng": {"torch": torch.get_rng_state(), "shuffle": generator.get_state()},
        "epoch": epoch,
        "history": history,
    }
    random.setstate(outside[0])
    np.random.set_state(outside[1])
    torch.set_rng_state(outside[2])
    return state


# %% wrong e3_6 restores_only_python
# Repone random, pero no NumPy ni PyTorch.
def seed_everything(seed):
    """Siembra random, NumPy y PyTorch; devuelve un torch.Generator con esa semilla."""
    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)
    return torch.Generator().manual_seed(seed)


def train(cfg, until, resume=None):
    """Entrena con los dígitos hasta `until` épocas en total; devuelve el estado.

    El estado es un dict: model, optimizer, scheduler, rng, epoch, history.
    """
    outside = random.getstate(), np.random.get_state(), torch.get_rng_state()
    generator = seed_everything(cfg["seed"])
    model, optimizer, scheduler = make_parts(cfg)
    epoch, history = 0, []
    if resume is not None:
        saved = copy.deepcopy(resume)
        model.load_state_dict(saved["model"])
        optimizer.load_state_dict(saved["optimizer"])
        scheduler.load_state_dict(saved["scheduler"])
        torch.set_rng_state(saved["rng"]["torch"])
        generator.set_state(saved["rng"]["shuffle"])
        epoch, history = saved["epoch"], saved["history"]
    X, y = DIGITS.X_train, DIGITS.y_train
    while epoch < until:
        model.train()
        total = 0.0
        for rows in torch.randperm(len(X), generator=generator).split(
            cfg["batch_size"]
        ):
            loss = F.cross_entropy(model(X[rows]), y[rows])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item() * len(rows)
        model.eval()
        with torch.no_grad():
            hits = model(DIGITS.X_val).argmax(dim=1) == DIGITS.y_val
        [lr] = scheduler.get_last_lr()
        accuracy = hits.sum().item() / len(hits)
        history.append({"loss": total / len(X), "accuracy": accuracy, "lr": lr})
        scheduler.step()
        epoch += 1
    state = {
        "model": model.state_dict(),
        "optimizer": optimizer.state_dict(),
        "scheduler": scheduler.state_dict(),
        "rng": {"torch": torch.get_rng_state(), "shuffle": generator.get_state()},
        "epoch": epoch,
        "history": history,
    }
    random.setstate(outside[0])
    return state


# %% wrong e3_6 changes_resume
# Carga sin copiar: el optimizador cambia los tensores de resume.
def seed_everything(seed):
    """Siembra random, NumPy y PyTorch; devuelve un torch.Generator con esa semilla."""
    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)
    return torch.Generator().manual_seed(seed)


def train(cfg, until, resume=None):
    """Entrena con los dígitos hasta `until` épocas en total; devuelve el estado.

    El estado es un dict: model, optimizer, scheduler, rng, epoch, history.
    """
    outside = random.getstate(), np.random.get_state(), torch.get_rng_state()
    generator = seed_everything(cfg["seed"])
    model, optimizer, scheduler = make_parts(cfg)
    epoch, history = 0, []
    if resume is not None:
        saved = resume
        model.load_state_dict(saved["model"])
        optimizer.load_state_dict(saved["optimizer"])
        scheduler.load_state_dict(saved["scheduler"])
        torch.set_rng_state(saved["rng"]["torch"])
        generator.set_state(saved["rng"]["shuffle"])
        epoch, history = saved["epoch"], saved["history"]
    X, y = DIGITS.X_train, DIGITS.y_train
    while epoch < until:
        model.train()
        total = 0.0
        for rows in torch.randperm(len(X), generator=generator).split(
            cfg["batch_size"]
        ):
            loss = F.cross_entropy(model(X[rows]), y[rows])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item() * len(rows)
        model.eval()
        with torch.no_grad():
            hits = model(DIGITS.X_val).argmax(dim=1) == DIGITS.y_val
        [lr] = scheduler.get_last_lr()
        accuracy = hits.sum().item() / len(hits)
        history.append({"loss": total / len(X), "accuracy": accuracy, "lr": lr})
        scheduler.step()
        epoch += 1
    state = {
        "model": model.state_dict(),
        "optimizer": optimizer.state_dict(),
        "scheduler": scheduler.state_dict(),
        "rng": {"torch": torch.get_rng_state(), "shuffle": generator.get_state()},
        "epoch": epoch,
        "history": history,
    }
    random.setstate(outside[0])
    np.random.set_state(outside[1])
    torch.set_rng_state(outside[2])
    return state


# %% wrong e3_6 numpy_in_rng
# Guarda arrays de NumPy: weights_only=True no los carga.
def seed_everything(seed):
    """Siembra random, NumPy y PyTorch; devuelve un torch.Generator con esa semilla."""
    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)
    return torch.Generator().manual_seed(seed)


def train(cfg, until, resume=None):
    """Entrena con los dígitos hasta `until` épocas en total; devuelve el estado.

    El estado es un dict: model, optimizer, scheduler, rng, epoch, history.
    """
    outside = random.getstate(), np.random.get_state(), torch.get_rng_state()
    generator = seed_everything(cfg["seed"])
    model, optimizer, scheduler = make_parts(cfg)
    epoch, history = 0, []
    if resume is not None:
        saved = copy.deepcopy(resume)
        model.load_state_dict(saved["model"])
        optimizer.load_state_dict(saved["optimizer"])
        scheduler.load_state_dict(saved["scheduler"])
        torch.set_rng_state(saved["rng"]["torch"])
        generator.set_state(torch.as_tensor(saved["rng"]["shuffle"]))
        epoch, history = saved["epoch"], saved["history"]
    X, y = DIGITS.X_train, DIGITS.y_train
    while epoch < until:
        model.train()
        total = 0.0
        for rows in torch.randperm(len(X), generator=generator).split(
            cfg["batch_size"]
        ):
            loss = F.cross_entropy(model(X[rows]), y[rows])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item() * len(rows)
        model.eval()
        with torch.no_grad():
            hits = model(DIGITS.X_val).argmax(dim=1) == DIGITS.y_val
        [lr] = scheduler.get_last_lr()
        accuracy = hits.sum().item() / len(hits)
        history.append({"loss": total / len(X), "accuracy": accuracy, "lr": lr})
        scheduler.step()
        epoch += 1
    state = {
        "model": model.state_dict(),
        "optimizer": optimizer.state_dict(),
        "scheduler": scheduler.state_dict(),
        "rng": {
            "torch": torch.get_rng_state(),
            "shuffle": generator.get_state().numpy(),
        },
        "epoch": epoch,
        "history": history,
    }
    random.setstate(outside[0])
    np.random.set_state(outside[1])
    torch.set_rng_state(outside[2])
    return state


# %% wrong e3_6 never_zeroes_gradients
# Los gradientes se acumulan de minilote en minilote.
def seed_everything(seed):
    """Siembra random, NumPy y PyTorch; devuelve un torch.Generator con esa semilla."""
    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)
    return torch.Generator().manual_seed(seed)


def train(cfg, until, resume=None):
    """Entrena con los dígitos hasta `until` épocas en total; devuelve el estado.

    El estado es un dict: model, optimizer, scheduler, rng, epoch, history.
    """
    outside = random.getstate(), np.random.get_state(), torch.get_rng_state()
    generator = seed_everything(cfg["seed"])
    model, optimizer, scheduler = make_parts(cfg)
    epoch, history = 0, []
    if resume is not None:
        saved = copy.deepcopy(resume)
        model.load_state_dict(saved["model"])
        optimizer.load_state_dict(saved["optimizer"])
        scheduler.load_state_dict(saved["scheduler"])
        torch.set_rng_state(saved["rng"]["torch"])
        generator.set_state(saved["rng"]["shuffle"])
        epoch, history = saved["epoch"], saved["history"]
    X, y = DIGITS.X_train, DIGITS.y_train
    while epoch < until:
        model.train()
        total = 0.0
        for rows in torch.randperm(len(X), generator=generator).split(
            cfg["batch_size"]
        ):
            loss = F.cross_entropy(model(X[rows]), y[rows])
            loss.backward()
            optimizer.step()
            total += loss.item() * len(rows)
        model.eval()
        with torch.no_grad():
            hits = model(DIGITS.X_val).argmax(dim=1) == DIGITS.y_val
        [lr] = scheduler.get_last_lr()
        accuracy = hits.sum().item() / len(hits)
        history.append({"loss": total / len(X), "accuracy": accuracy, "lr": lr})
        scheduler.step()
        epoch += 1
    state = {
        "model": model.state_dict(),
        "optimizer": optimizer.state_dict(),
        "scheduler": scheduler.state_dict(),
        "rng": {"torch": torch.get_rng_state(), "shuffle": generator.get_state()},
        "epoch": epoch,
        "history": history,
    }
    random.setstate(outside[0])
    np.random.set_state(outside[1])
    torch.set_rng_state(outside[2])
    return state


# %% wrong e3_6 evaluates_with_dropout
# Mide la exactitud con dropout activo.
def seed_everything(seed):
    """Siembra random, NumPy y PyTorch; devuelve un torch.Generator con esa semilla."""
    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)
    return torch.Generator().manual_seed(seed)


def train(cfg, until, resume=None):
    """Entrena con los dígitos hasta `until` épocas en total; devuelve el estado.

    El estado es un dict: model, optimizer, scheduler, rng, epoch, history.
    """
    outside = random.getstate(), np.random.get_state(), torch.get_rng_state()
    generator = seed_everything(cfg["seed"])
    model, optimizer, scheduler = make_parts(cfg)
    epoch, history = 0, []
    if resume is not None:
        saved = copy.deepcopy(resume)
        model.load_state_dict(saved["model"])
        optimizer.load_state_dict(saved["optimizer"])
        scheduler.load_state_dict(saved["scheduler"])
        torch.set_rng_state(saved["rng"]["torch"])
        generator.set_state(saved["rng"]["shuffle"])
        epoch, history = saved["epoch"], saved["history"]
    X, y = DIGITS.X_train, DIGITS.y_train
    while epoch < until:
        model.train()
        total = 0.0
        for rows in torch.randperm(len(X), generator=generator).split(
            cfg["batch_size"]
        ):
            loss = F.cross_entropy(model(X[rows]), y[rows])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item() * len(rows)
        with torch.no_grad():
            hits = model(DIGITS.X_val).argmax(dim=1) == DIGITS.y_val
        [lr] = scheduler.get_last_lr()
        accuracy = hits.sum().item() / len(hits)
        history.append({"loss": total / len(X), "accuracy": accuracy, "lr": lr})
        scheduler.step()
        epoch += 1
    state = {
        "model": model.state_dict(),
        "optimizer": optimizer.state_dict(),
        "scheduler": scheduler.state_dict(),
        "rng": {"torch": torch.get_rng_state(), "shuffle": generator.get_state()},
        "epoch": epoch,
        "history": history,
    }
    random.setstate(outside[0])
    np.random.set_state(outside[1])
    torch.set_rng_state(outside[2])
    return state


# %% wrong e3_6 stays_in_eval
# Solo llama a train() la primera vez: dropout deja de actuar.
def seed_everything(seed):
    """Siembra random, NumPy y PyTorch; devuelve un torch.Generator con esa semilla."""
    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)
    return torch.Generator().manual_seed(seed)


def train(cfg, until, resume=None):
    """Entrena con los dígitos hasta `until` épocas en total; devuelve el estado.

    El estado es un dict: model, optimizer, scheduler, rng, epoch, history.
    """
    outside = random.getstate(), np.random.get_state(), torch.get_rng_state()
    generator = seed_everything(cfg["seed"])
    model, optimizer, scheduler = make_parts(cfg)
    epoch, history = 0, []
    if resume is not None:
        saved = copy.deepcopy(resume)
        model.load_state_dict(saved["model"])
        optimizer.load_state_dict(saved["optimizer"])
        scheduler.load_state_dict(saved["scheduler"])
        torch.set_rng_state(saved["rng"]["torch"])
        generator.set_state(saved["rng"]["shuffle"])
        epoch, history = saved["epoch"], saved["history"]
    X, y = DIGITS.X_train, DIGITS.y_train
    model.train()
    while epoch < until:
        total = 0.0
        for rows in torch.randperm(len(X), generator=generator).split(
            cfg["batch_size"]
        ):
            loss = F.cross_entropy(model(X[rows]), y[rows])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item() * len(rows)
        model.eval()
        with torch.no_grad():
            hits = model(DIGITS.X_val).argmax(dim=1) == DIGITS.y_val
        [lr] = scheduler.get_last_lr()
        accuracy = hits.sum().item() / len(hits)
        history.append({"loss": total / len(X), "accuracy": accuracy, "lr": lr})
        scheduler.step()
        epoch += 1
    state = {
        "model": model.state_dict(),
        "optimizer": optimizer.state_dict(),
        "scheduler": scheduler.state_dict(),
        "rng": {"torch": torch.get_rng_state(), "shuffle": generator.get_state()},
        "epoch": epoch,
        "history": history,
    }
    random.setstate(outside[0])
    np.random.set_state(outside[1])
    torch.set_rng_state(outside[2])
    return state


# %% wrong e3_6 learning_rate_of_next_epoch
# Anota la tasa después de cambiarla.
def seed_everything(seed):
    """Siembra random, NumPy y PyTorch; devuelve un torch.Generator con esa semilla."""
    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)
    return torch.Generator().manual_seed(seed)


def train(cfg, until, resume=None):
    """Entrena con los dígitos hasta `until` épocas en total; devuelve el estado.

    El estado es un dict: model, optimizer, scheduler, rng, epoch, history.
    """
    outside = random.getstate(), np.random.get_state(), torch.get_rng_state()
    generator = seed_everything(cfg["seed"])
    model, optimizer, scheduler = make_parts(cfg)
    epoch, history = 0, []
    if resume is not None:
        saved = copy.deepcopy(resume)
        model.load_state_dict(saved["model"])
        optimizer.load_state_dict(saved["optimizer"])
        scheduler.load_state_dict(saved["scheduler"])
        torch.set_rng_state(saved["rng"]["torch"])
        generator.set_state(saved["rng"]["shuffle"])
        epoch, history = saved["epoch"], saved["history"]
    X, y = DIGITS.X_train, DIGITS.y_train
    while epoch < until:
        model.train()
        total = 0.0
        for rows in torch.randperm(len(X), generator=generator).split(
            cfg["batch_size"]
        ):
            loss = F.cross_entropy(model(X[rows]), y[rows])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item() * len(rows)
        model.eval()
        with torch.no_grad():
            hits = model(DIGITS.X_val).argmax(dim=1) == DIGITS.y_val
        accuracy = hits.sum().item() / len(hits)
        scheduler.step()
        [lr] = scheduler.get_last_lr()
        history.append({"loss": total / len(X), "accuracy": accuracy, "lr": lr})
        epoch += 1
    state = {
        "model": model.state_dict(),
        "optimizer": optimizer.state_dict(),
        "scheduler": scheduler.state_dict(),
        "rng": {"torch": torch.get_rng_state(), "shuffle": generator.get_state()},
        "epoch": epoch,
        "history": history,
    }
    random.setstate(outside[0])
    np.random.set_state(outside[1])
    torch.set_rng_state(outside[2])
    return state


# %% wrong e3_6 unweighted_mean
# Media de las medias de los minilotes, aunque el último sea menor.
def seed_everything(seed):
    """Siembra random, NumPy y PyTorch; devuelve un torch.Generator con esa semilla."""
    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)
    return torch.Generator().manual_seed(seed)


def train(cfg, until, resume=None):
    """Entrena con los dígitos hasta `until` épocas en total; devuelve el estado.

    El estado es un dict: model, optimizer, scheduler, rng, epoch, history.
    """
    outside = random.getstate(), np.random.get_state(), torch.get_rng_state()
    generator = seed_everything(cfg["seed"])
    model, optimizer, scheduler = make_parts(cfg)
    epoch, history = 0, []
    if resume is not None:
        saved = copy.deepcopy(resume)
        model.load_state_dict(saved["model"])
        optimizer.load_state_dict(saved["optimizer"])
        scheduler.load_state_dict(saved["scheduler"])
        torch.set_rng_state(saved["rng"]["torch"])
        generator.set_state(saved["rng"]["shuffle"])
        epoch, history = saved["epoch"], saved["history"]
    X, y = DIGITS.X_train, DIGITS.y_train
    while epoch < until:
        model.train()
        total = 0.0
        for rows in torch.randperm(len(X), generator=generator).split(
            cfg["batch_size"]
        ):
            loss = F.cross_entropy(model(X[rows]), y[rows])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item() / math.ceil(len(X) / cfg["batch_size"])
        model.eval()
        with torch.no_grad():
            hits = model(DIGITS.X_val).argmax(dim=1) == DIGITS.y_val
        [lr] = scheduler.get_last_lr()
        accuracy = hits.sum().item() / len(hits)
        history.append({"loss": total, "accuracy": accuracy, "lr": lr})
        scheduler.step()
        epoch += 1
    state = {
        "model": model.state_dict(),
        "optimizer": optimizer.state_dict(),
        "scheduler": scheduler.state_dict(),
        "rng": {"torch": torch.get_rng_state(), "shuffle": generator.get_state()},
        "epoch": epoch,
        "history": history,
    }
    random.setstate(outside[0])
    np.random.set_state(outside[1])
    torch.set_rng_state(outside[2])
    return state


# %% wrong e3_6 seeds_only_torch
# seed_everything olvida random y NumPy.
def seed_everything(seed):
    """Siembra random, NumPy y PyTorch; devuelve un torch.Generator con esa semilla."""
    torch.manual_seed(seed)
    return torch.Generator().manual_seed(seed)


def train(cfg, until, resume=None):
    """Entrena con los dígitos hasta `until` épocas en total; devuelve el estado.

    El estado es un dict: model, optimizer, scheduler, rng, epoch, history.
    """
    outside = random.getstate(), np.random.get_state(), torch.get_rng_state()
    generator = seed_everything(cfg["seed"])
    model, optimizer, scheduler = make_parts(cfg)
    epoch, history = 0, []
    if resume is not None:
        saved = copy.deepcopy(resume)
        model.load_state_dict(saved["model"])
        optimizer.load_state_dict(saved["optimizer"])
        scheduler.load_state_dict(saved["scheduler"])
        torch.set_rng_state(saved["rng"]["torch"])
        generator.set_state(saved["rng"]["shuffle"])
        epoch, history = saved["epoch"], saved["history"]
    X, y = DIGITS.X_train, DIGITS.y_train
    while epoch < until:
        model.train()
        total = 0.0
        for rows in torch.randperm(len(X), generator=generator).split(
            cfg["batch_size"]
        ):
            loss = F.cross_entropy(model(X[rows]), y[rows])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item() * len(rows)
        model.eval()
        with torch.no_grad():
            hits = model(DIGITS.X_val).argmax(dim=1) == DIGITS.y_val
        [lr] = scheduler.get_last_lr()
        accuracy = hits.sum().item() / len(hits)
        history.append({"loss": total / len(X), "accuracy": accuracy, "lr": lr})
        scheduler.step()
        epoch += 1
    state = {
        "model": model.state_dict(),
        "optimizer": optimizer.state_dict(),
        "scheduler": scheduler.state_dict(),
        "rng": {"torch": torch.get_rng_state(), "shuffle": generator.get_state()},
        "epoch": epoch,
        "history": history,
    }
    random.setstate(outside[0])
    np.random.set_state(outside[1])
    torch.set_rng_state(outside[2])
    return state


# %% wrong e3_6 no_shuffle
# No baraja: siempre los mismos minilotes, y el generador no se usa.
def seed_everything(seed):
    """Siembra random, NumPy y PyTorch; devuelve un torch.Generator con esa semilla."""
    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)
    return torch.Generator().manual_seed(seed)


def train(cfg, until, resume=None):
    """Entrena con los dígitos hasta `until` épocas en total; devuelve el estado.

    El estado es un dict: model, optimizer, scheduler, rng, epoch, history.
    """
    outside = random.getstate(), np.random.get_state(), torch.get_rng_state()
    generator = seed_everything(cfg["seed"])
    model, optimizer, scheduler = make_parts(cfg)
    epoch, history = 0, []
    if resume is not None:
        saved = copy.deepcopy(resume)
        model.load_state_dict(saved["model"])
        optimizer.load_state_dict(saved["optimizer"])
        scheduler.load_state_dict(saved["scheduler"])
        torch.set_rng_state(saved["rng"]["torch"])
        generator.set_state(saved["rng"]["shuffle"])
        epoch, history = saved["epoch"], saved["history"]
    X, y = DIGITS.X_train, DIGITS.y_train
    while epoch < until:
        model.train()
        total = 0.0
        for rows in torch.arange(len(X)).split(cfg["batch_size"]):
            loss = F.cross_entropy(model(X[rows]), y[rows])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item() * len(rows)
        model.eval()
        with torch.no_grad():
            hits = model(DIGITS.X_val).argmax(dim=1) == DIGITS.y_val
        [lr] = scheduler.get_last_lr()
        accuracy = hits.sum().item() / len(hits)
        history.append({"loss": total / len(X), "accuracy": accuracy, "lr": lr})
        scheduler.step()
        epoch += 1
    state = {
        "model": model.state_dict(),
        "optimizer": optimizer.state_dict(),
        "scheduler": scheduler.state_dict(),
        "rng": {"torch": torch.get_rng_state(), "shuffle": generator.get_state()},
        "epoch": epoch,
        "history": history,
    }
    random.setstate(outside[0])
    np.random.set_state(outside[1])
    torch.set_rng_state(outside[2])
    return state


# %% right e3_6 one_generator
def seed_everything(seed):
    for sow in (random.seed, np.random.seed, torch.manual_seed):
        sow(seed)
    generator = torch.Generator()
    generator.manual_seed(seed)
    return generator


def train(cfg, until, resume=None):
    kept = random.getstate(), np.random.get_state()
    with torch.random.fork_rng(devices=[]):
        seed_everything(cfg["seed"])
        parts = dict(
            zip(("model", "optimizer", "scheduler"), make_parts(cfg), strict=True)
        )
        history = []
        if resume:
            for name, part in parts.items():
                part.load_state_dict(copy.deepcopy(resume[name]))
            torch.set_rng_state(resume["rng"])
            history = list(resume["history"])
        for _ in range(len(history), until):
            history.append(run_epoch(cfg, **parts))
        state = {name: part.state_dict() for name, part in parts.items()}
        state["rng"] = torch.get_rng_state()
    random.setstate(kept[0])
    np.random.set_state(kept[1])
    return state | {"epoch": len(history), "history": history}


def run_epoch(cfg, model, optimizer, scheduler):
    """Una época; solo gasta el azar global de PyTorch."""
    lr, losses = optimizer.param_groups[0]["lr"], []
    model.train()
    order = torch.randperm(897)
    for start in range(0, 897, cfg["batch_size"]):
        rows = order[start : start + cfg["batch_size"]]
        each = F.cross_entropy(
            model(DIGITS.X_train[rows]), DIGITS.y_train[rows], reduction="none"
        )
        losses += each.tolist()
        model.zero_grad()
        each.mean().backward()
        optimizer.step()
    scheduler.step()
    model.eval()
    with torch.no_grad():
        predicted = model(DIGITS.X_val).argmax(1)
    accuracy = (predicted == DIGITS.y_val).float().mean()
    return {"loss": sum(losses) / 897, "accuracy": float(accuracy), "lr": lr}


# %% right e3_6 two_generators
def seed_everything(seed):
    """Siembra random, NumPy y PyTorch; devuelve un torch.Generator con esa semilla."""
    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)
    return torch.Generator().manual_seed(seed)


def train(cfg, until, resume=None):
    """Entrena con los dígitos hasta `until` épocas en total; devuelve el estado.

    El estado es un dict: model, optimizer, scheduler, rng, epoch, history.
    """
    outside = [random.getstate(), np.random.get_state(), torch.get_rng_state().clone()]
    generator = seed_everything(cfg["seed"])
    model, optimizer, scheduler = make_parts(cfg)
    epoch, history = 0, []
    if resume is not None:
        saved = copy.deepcopy(resume)
        model.load_state_dict(saved["model"])
        optimizer.load_state_dict(saved["optimizer"])
        scheduler.load_state_dict(saved["scheduler"])
        torch.set_rng_state(saved["rng"]["torch"])
        generator.set_state(torch.tensor(saved["rng"]["shuffle"], dtype=torch.uint8))
        epoch, history = saved["epoch"], saved["history"]
    X, y = DIGITS.X_train, DIGITS.y_train
    while epoch < until:
        model.train()
        total = 0.0
        for rows in torch.randperm(len(X), generator=generator).split(
            cfg["batch_size"]
        ):
            loss = F.cross_entropy(model(X[rows]), y[rows])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item() * len(rows)
        model.eval()
        with torch.no_grad():
            hits = model(DIGITS.X_val).argmax(dim=1) == DIGITS.y_val
        [lr] = scheduler.get_last_lr()
        accuracy = hits.sum().item() / len(hits)
        history.append({"loss": total / len(X), "accuracy": accuracy, "lr": lr})
        scheduler.step()
        epoch += 1
    state = {
        "model": model.state_dict(),
        "optimizer": optimizer.state_dict(),
        "scheduler": scheduler.state_dict(),
        "rng": {
            "shuffle": generator.get_state().tolist(),
            "torch": torch.get_rng_state(),
        },
        "epoch": epoch,
        "history": history,
    }
    random.setstate(outside[0])
    np.random.set_state(outside[1])
    torch.set_rng_state(outside[2])
    return state


# %% wrong e3_7 only_the_shape
# Solo mira la forma: cualquier capa pasa.
def test_layer(layer_cls):
    layer = layer_cls(3, 5)
    assert layer(torch.randn(4, 3)).shape == (4, 5)


# %% wrong e3_7 exact_comparison
# Compara con igualdad exacta: rechaza capas correctas escritas de otra manera.
def test_layer(layer_cls):
    """Lanza AssertionError si layer_cls(d_in, d_out) no es una GatedLinear correcta."""
    layer = layer_cls(3, 5)
    x = torch.randn(4, 3)
    parameters = dict(layer.named_parameters())
    names = {
        f"{part}.{kind}" for part in ("value", "gate") for kind in ("weight", "bias")
    }
    assert parameters.keys() == names, "parámetros compartidos o sin registrar"

    def formula():
        value = x @ parameters["value.weight"].T + parameters["value.bias"]
        gate = x @ parameters["gate.weight"].T + parameters["gate.bias"]
        return value * torch.sigmoid(gate)

    before = copy.deepcopy(layer.state_dict())
    for mode in (True, False):
        layer.train(mode)
        wanted = formula()
        assert torch.equal(layer(x), wanted)
    after = layer.state_dict()
    for name, tensor in before.items():
        torch.testing.assert_close(after[name], tensor)
    grads = torch.autograd.grad(formula().sum(), list(parameters.values()))
    layer(x).sum().backward()
    for parameter, grad in zip(parameters.values(), grads, strict=True):
        torch.testing.assert_close(parameter.grad, grad)


# %% wrong e3_7 fails_at_random
# Compara dos capas con pesos al azar: a veces falla sin motivo.
def test_layer(layer_cls):
    """Lanza AssertionError si layer_cls(d_in, d_out) no es una GatedLinear correcta."""
    layer = layer_cls(3, 5)
    x = torch.randn(4, 3)
    parameters = dict(layer.named_parameters())
    names = {
        f"{part}.{kind}" for part in ("value", "gate") for kind in ("weight", "bias")
    }
    assert parameters.keys() == names, "parámetros compartidos o sin registrar"

    def formula():
        value = x @ parameters["value.weight"].T + parameters["value.bias"]
        gate = x @ parameters["gate.weight"].T + parameters["gate.bias"]
        return value * torch.sigmoid(gate)

    assert layer(x).abs().max() < 1, "salida demasiado grande"
    before = copy.deepcopy(layer.state_dict())
    for mode in (True, False):
        layer.train(mode)
        wanted = formula()
        torch.testing.assert_close(layer(x), wanted)
    after = layer.state_dict()
    for name, tensor in before.items():
        torch.testing.assert_close(after[name], tensor)
    grads = torch.autograd.grad(formula().sum(), list(parameters.values()))
    layer(x).sum().backward()
    for parameter, grad in zip(parameters.values(), grads, strict=True):
        torch.testing.assert_close(parameter.grad, grad)


# %% wrong e3_7 catches_exceptions
# Atrapa los errores: nunca falla.
def test_layer(layer_cls):
    try:
        layer, x = layer_cls(3, 5), torch.randn(4, 3)
        gate = torch.sigmoid(layer.gate(x))
        torch.testing.assert_close(layer(x), layer.value(x) * gate)
        assert len(list(layer.parameters())) == 4
    except AssertionError:
        pass


# %% wrong e3_7 always_fails
# Rechaza todo, también las capas correctas.
def test_layer(layer_cls):
    raise AssertionError("no me fío")


# %% wrong e3_7 value_only
# Mira el valor en modo train y nada más.
def test_layer(layer_cls):
    layer, x = layer_cls(3, 5), torch.randn(4, 3)
    wanted = layer.value(x) * torch.sigmoid(layer.gate(x))
    torch.testing.assert_close(layer(x), wanted)


# %% wrong e3_7 other_error
# Se apoya en un KeyError cuando falta un parámetro: no es AssertionError.
def test_layer(layer_cls):
    """Lanza AssertionError si layer_cls(d_in, d_out) no es una GatedLinear correcta."""
    layer = layer_cls(3, 5)
    x = torch.randn(4, 3)
    parameters = dict(layer.named_parameters())

    def formula():
        value = x @ parameters["value.weight"].T + parameters["value.bias"]
        gate = x @ parameters["gate.weight"].T + parameters["gate.bias"]
        return value * torch.sigmoid(gate)

    before = copy.deepcopy(layer.state_dict())
    for mode in (True, False):
        layer.train(mode)
        wanted = formula()
        torch.testing.assert_close(layer(x), wanted)
    after = layer.state_dict()
    for name, tensor in before.items():
        torch.testing.assert_close(after[name], tensor)
    grads = torch.autograd.grad(formula().sum(), list(parameters.values()))
    layer(x).sum().backward()
    for parameter, grad in zip(parameters.values(), grads, strict=True):
        torch.testing.assert_close(parameter.grad, grad)


# %% wrong e3_7 no_gradients
# No mira los gradientes.
def test_layer(layer_cls):
    """Lanza AssertionError si layer_cls(d_in, d_out) no es una GatedLinear correcta."""
    layer = layer_cls(3, 5)
    x = torch.randn(4, 3)
    parameters = dict(layer.named_parameters())
    names = {
        f"{part}.{kind}" for part in ("value", "gate") for kind in ("weight", "bias")
    }
    assert parameters.keys() == names, "parámetros compartidos o sin registrar"

    def formula():
        value = x @ parameters["value.weight"].T + parameters["value.bias"]
        gate = x @ parameters["gate.weight"].T + parameters["gate.bias"]
        return value * torch.sigmoid(gate)

    before = copy.deepcopy(layer.state_dict())
    for mode in (True, False):
        layer.train(mode)
        wanted = formula()
        torch.testing.assert_close(layer(x), wanted)
    after = layer.state_dict()
    for name, tensor in before.items():
        torch.testing.assert_close(after[name], tensor)
    grads = torch.autograd.grad(formula().sum(), list(parameters.values()))
    layer(x).sum().backward()
    for parameter, grad in zip(parameters.values(), grads, strict=True):
        assert parameter.shape == grad.shape


# %% wrong e3_7 one_mode
# Solo prueba el modo de entrenamiento.
def test_layer(layer_cls):
    """Lanza AssertionError si layer_cls(d_in, d_out) no es una GatedLinear correcta."""
    layer = layer_cls(3, 5)
    x = torch.randn(4, 3)
    parameters = dict(layer.named_parameters())
    names = {
        f"{part}.{kind}" for part in ("value", "gate") for kind in ("weight", "bias")
    }
    assert parameters.keys() == names, "parámetros compartidos o sin registrar"

    def formula():
        value = x @ parameters["value.weight"].T + parameters["value.bias"]
        gate = x @ parameters["gate.weight"].T + parameters["gate.bias"]
        return value * torch.sigmoid(gate)

    before = copy.deepcopy(layer.state_dict())
    for mode in (True,):
        layer.train(mode)
        wanted = formula()
        torch.testing.assert_close(layer(x), wanted)
    after = layer.state_dict()
    for name, tensor in before.items():
        torch.testing.assert_close(after[name], tensor)
    grads = torch.autograd.grad(formula().sum(), list(parameters.values()))
    layer(x).sum().backward()
    for parameter, grad in zip(parameters.values(), grads, strict=True):
        torch.testing.assert_close(parameter.grad, grad)


# %% wrong e3_7 state_not_compared
# No compara el estado antes y después.
def test_layer(layer_cls):
    """Lanza AssertionError si layer_cls(d_in, d_out) no es una GatedLinear correcta."""
    layer = layer_cls(3, 5)
    x = torch.randn(4, 3)
    parameters = dict(layer.named_parameters())
    names = {
        f"{part}.{kind}" for part in ("value", "gate") for kind in ("weight", "bias")
    }
    assert parameters.keys() == names, "parámetros compartidos o sin registrar"

    def formula():
        value = x @ parameters["value.weight"].T + parameters["value.bias"]
        gate = x @ parameters["gate.weight"].T + parameters["gate.bias"]
        return value * torch.sigmoid(gate)

    before = copy.deepcopy(layer.state_dict())
    for mode in (True, False):
        layer.train(mode)
        wanted = formula()
        torch.testing.assert_close(layer(x), wanted)
    after = layer.state_dict()
    for name, tensor in before.items():
        assert after[name].shape == tensor.shape
    grads = torch.autograd.grad(formula().sum(), list(parameters.values()))
    layer(x).sum().backward()
    for parameter, grad in zip(parameters.values(), grads, strict=True):
        torch.testing.assert_close(parameter.grad, grad)


# %% right e3_7 finite_differences
def test_layer(layer_cls):
    for d_in, d_out in ((2, 3), (4, 4)):
        layer = layer_cls(d_in, d_out)
        params = dict(layer.named_parameters())
        assert sorted(params) == [
            "gate.bias",
            "gate.weight",
            "value.bias",
            "value.weight",
        ]
        assert len({id(p) for p in params.values()}) == 4
        x = torch.randn(6, d_in)
        state = {name: t.detach().clone() for name, t in layer.state_dict().items()}
        layer.eval()
        first, second = layer(x), layer(x)
        layer.train()
        third = layer(x)
        W1, b1 = state["value.weight"], state["value.bias"]
        W2, b2 = state["gate.weight"], state["gate.bias"]
        wanted = (x @ W1.T + b1) / (1 + (-(x @ W2.T + b2)).exp())
        for result in (first, second, third):
            assert torch.allclose(result, wanted, atol=1e-5)
        for name, tensor in layer.state_dict().items():
            assert torch.equal(tensor, state[name])
        layer(x).square().sum().backward()
        assert all(
            p.grad is not None and p.grad.abs().sum() > 0 for p in params.values()
        )


# %% right e3_7 twin_layer
def test_layer(layer_cls):
    layer, twin = layer_cls(6, 2), GatedLinear(6, 2)
    wanted = {name: tuple(p.shape) for name, p in twin.named_parameters()}
    got = {name: tuple(p.shape) for name, p in layer.named_parameters()}
    assert got == wanted
    assert layer.state_dict().keys() == twin.state_dict().keys()
    twin.load_state_dict(layer.state_dict())
    x = torch.randn(5, 6, generator=torch.Generator().manual_seed(0))
    for _ in range(2):
        for is_training in (False, True):
            layer.train(is_training)
            torch.testing.assert_close(layer(x), twin(x))
    for module in (layer, twin):
        module(x).sum().backward()
    for ours, theirs in zip(layer.parameters(), twin.parameters(), strict=True):
        torch.testing.assert_close(ours, theirs)
        assert ours.grad is not None
        torch.testing.assert_close(ours.grad, theirs.grad)
