"""Respuestas equivocadas típicas y correctas alternativas de la unidad 01."""
# ruff: noqa


# %% wrong e1_1 swaps_fp_and_fn
# Cruza falsos positivos y falsos negativos: precisión y exhaustividad quedan al revés.
def binary_report(y_true, y_pred):
    tp = int(np.sum((y_true == 1) & (y_pred == 1)))
    fp = int(np.sum((y_true == 1) & (y_pred == 0)))
    fn = int(np.sum((y_true == 0) & (y_pred == 1)))
    tn = int(np.sum((y_true == 0) & (y_pred == 0)))
    share = lambda a, b: a / b if b else 0.0
    return {
        "tp": tp, "fp": fp, "fn": fn, "tn": tn,
        "accuracy": (tp + tn) / len(y_true),
        "precision": share(tp, tp + fp), "recall": share(tp, tp + fn),
        "f1": share(2 * tp, 2 * tp + fp + fn), "specificity": share(tn, tn + fp),
    }


def average_f1(y_true, y_pred, n_classes, mode):
    true_counts = np.bincount(y_true, minlength=n_classes)
    hits = np.bincount(y_true[y_true == y_pred], minlength=n_classes)
    totals = true_counts + np.bincount(y_pred, minlength=n_classes)
    f1 = 2 * hits / np.where(totals == 0, 1, totals)
    if mode == "macro":
        return float(f1.mean())
    if mode == "micro":
        return float(2 * hits.sum() / totals.sum())
    if mode == "weighted":
        return float(f1 @ true_counts / len(y_true))
    raise ValueError(mode)


# %% wrong e1_1 nan_on_zero_division
# 0/0 da nan en vez de 0.0.
def binary_report(y_true, y_pred):
    tp = int(np.sum((y_true == 1) & (y_pred == 1)))
    fp = int(np.sum((y_true == 0) & (y_pred == 1)))
    fn = int(np.sum((y_true == 1) & (y_pred == 0)))
    tn = int(np.sum((y_true == 0) & (y_pred == 0)))
    share = lambda a, b: a / b if b else float("nan")
    return {
        "tp": tp, "fp": fp, "fn": fn, "tn": tn,
        "accuracy": (tp + tn) / len(y_true),
        "precision": share(tp, tp + fp), "recall": share(tp, tp + fn),
        "f1": share(2 * tp, 2 * tp + fp + fn), "specificity": share(tn, tn + fp),
    }


def average_f1(y_true, y_pred, n_classes, mode):
    one = [binary_report((y_true == c) * 1, (y_pred == c) * 1) for c in range(n_classes)]
    if mode == "macro":
        return float(np.mean([r["f1"] for r in one]))
    if mode == "micro":
        return float(np.mean(y_true == y_pred))
    if mode == "weighted":
        return float(sum(r["f1"] * np.mean(y_true == c) for c, r in enumerate(one)))
    raise ValueError(mode)


# %% wrong e1_1 macro_over_present_classes
# La media macro solo cuenta las clases que aparecen en y_true.
def binary_report(y_true, y_pred):
    tp = int(np.sum((y_true == 1) & (y_pred == 1)))
    fp = int(np.sum((y_true == 0) & (y_pred == 1)))
    fn = int(np.sum((y_true == 1) & (y_pred == 0)))
    tn = int(np.sum((y_true == 0) & (y_pred == 0)))
    share = lambda a, b: a / b if b else 0.0
    return {
        "tp": tp, "fp": fp, "fn": fn, "tn": tn,
        "accuracy": (tp + tn) / len(y_true),
        "precision": share(tp, tp + fp), "recall": share(tp, tp + fn),
        "f1": share(2 * tp, 2 * tp + fp + fn), "specificity": share(tn, tn + fp),
    }


def average_f1(y_true, y_pred, n_classes, mode):
    present = np.unique(y_true)
    one = {c: binary_report((y_true == c) * 1, (y_pred == c) * 1)["f1"] for c in present}
    if mode == "macro":
        return float(np.mean(list(one.values())))
    if mode == "micro":
        return float(np.mean(y_true == y_pred))
    if mode == "weighted":
        return float(sum(f1 * np.mean(y_true == c) for c, f1 in one.items()))
    raise ValueError(mode)


# %% wrong e1_1 weights_by_predicted_counts
# Pondera por las veces que se predice cada clase, no por las que ocurre.
def binary_report(y_true, y_pred):
    tp = int(np.sum((y_true == 1) & (y_pred == 1)))
    fp = int(np.sum((y_true == 0) & (y_pred == 1)))
    fn = int(np.sum((y_true == 1) & (y_pred == 0)))
    tn = int(np.sum((y_true == 0) & (y_pred == 0)))
    share = lambda a, b: a / b if b else 0.0
    return {
        "tp": tp, "fp": fp, "fn": fn, "tn": tn,
        "accuracy": (tp + tn) / len(y_true),
        "precision": share(tp, tp + fp), "recall": share(tp, tp + fn),
        "f1": share(2 * tp, 2 * tp + fp + fn), "specificity": share(tn, tn + fp),
    }


def average_f1(y_true, y_pred, n_classes, mode):
    one = [binary_report((y_true == c) * 1, (y_pred == c) * 1)["f1"] for c in range(n_classes)]
    if mode == "macro":
        return float(np.mean(one))
    if mode == "micro":
        return float(np.mean(y_true == y_pred))
    if mode == "weighted":
        return float(sum(f1 * np.mean(y_pred == c) for c, f1 in enumerate(one)))
    raise ValueError(mode)


# %% wrong e1_1 calls_sklearn
# Pide el resultado a sklearn en vez de contarlo.
def binary_report(y_true, y_pred):
    from sklearn.metrics import confusion_matrix

    tn, fp, fn, tp = confusion_matrix(y_true, y_pred, labels=[0, 1]).ravel().tolist()
    share = lambda a, b: a / b if b else 0.0
    return {
        "tp": tp, "fp": fp, "fn": fn, "tn": tn,
        "accuracy": (tp + tn) / len(y_true),
        "precision": share(tp, tp + fp), "recall": share(tp, tp + fn),
        "f1": share(2 * tp, 2 * tp + fp + fn), "specificity": share(tn, tn + fp),
    }


def average_f1(y_true, y_pred, n_classes, mode):
    from sklearn.metrics import f1_score

    if mode not in ("macro", "micro", "weighted"):
        raise ValueError(mode)
    labels = list(range(n_classes))
    return float(f1_score(y_true, y_pred, labels=labels, average=mode, zero_division=0))


# %% right e1_1 confusion_matrix_first
def binary_report(y_true, y_pred):
    matrix = np.zeros((2, 2), dtype=int)
    for truth, guess in zip(y_true, y_pred):
        matrix[truth, guess] += 1
    (tn, fp), (fn, tp) = matrix.tolist()
    precision = tp / (tp + fp) if tp + fp > 0 else 0.0
    recall = tp / (tp + fn) if tp + fn > 0 else 0.0
    f1 = 2 * precision * recall / (precision + recall) if tp else 0.0
    return {
        "tp": tp, "fp": fp, "fn": fn, "tn": tn,
        "accuracy": (tp + tn) / (tp + fp + fn + tn),
        "precision": precision, "recall": recall, "f1": f1,
        "specificity": tn / (tn + fp) if tn + fp > 0 else 0.0,
    }


def average_f1(y_true, y_pred, n_classes, mode):
    matrix = np.zeros((n_classes, n_classes))
    np.add.at(matrix, (y_true, y_pred), 1)
    tp, fp = np.diag(matrix), matrix.sum(0) - np.diag(matrix)
    fn = matrix.sum(1) - np.diag(matrix)
    f1 = np.divide(2 * tp, 2 * tp + fp + fn, out=np.zeros(n_classes), where=2 * tp + fp + fn > 0)
    if mode == "micro":
        return 2 * tp.sum() / (2 * tp.sum() + fp.sum() + fn.sum())
    if mode == "macro":
        return f1.sum() / n_classes
    if mode == "weighted":
        return (f1 * matrix.sum(1)).sum() / matrix.sum()
    raise ValueError(f"{mode} no es macro, micro ni weighted")


# %% right e1_1 one_versus_rest
def binary_report(y_true, y_pred):
    y, p = np.asarray(y_true, dtype=bool), np.asarray(y_pred, dtype=bool)
    counts = {"tp": (y & p).sum(), "fp": (~y & p).sum(), "fn": (y & ~p).sum(), "tn": (~y & ~p).sum()}
    counts = {name: int(value) for name, value in counts.items()}
    tp, fp, fn, tn = counts.values()
    fractions = {
        "accuracy": (tp + tn, len(y)), "precision": (tp, tp + fp), "recall": (tp, tp + fn),
        "f1": (2 * tp, 2 * tp + fp + fn), "specificity": (tn, tn + fp),
    }
    return counts | {name: a / b if b else 0.0 for name, (a, b) in fractions.items()}


def average_f1(y_true, y_pred, n_classes, mode):
    parts = [binary_report(y_true == c, y_pred == c) for c in range(n_classes)]
    f1 = np.array([part["f1"] for part in parts])
    match mode:
        case "macro":
            return float(f1.mean())
        case "micro":
            tp, fp, fn = (sum(p[k] for p in parts) for k in ("tp", "fp", "fn"))
            return 2 * tp / (2 * tp + fp + fn)
        case "weighted":
            return float(np.average(f1, weights=[p["tp"] + p["fn"] for p in parts]))
    raise ValueError("modo")


# %% wrong e1_2 ties_in_arbitrary_order
# Ordena y ya está: los empates cuentan según el orden en que vienen las filas.
def roc_auc(y, s):
    if len(np.unique(y)) < 2:
        raise ValueError
    ranks = np.empty(len(y))
    ranks[np.argsort(s, kind="stable")] = np.arange(1, len(y) + 1)
    p = y.sum()
    return float((ranks[y == 1].sum() - p * (p + 1) / 2) / (p * (len(y) - p)))


def average_precision(y, s):
    if len(np.unique(y)) < 2:
        raise ValueError
    ordered = y[np.argsort(-s, kind="stable")]
    precision = np.cumsum(ordered) / np.arange(1, len(y) + 1)
    return float((precision * ordered).sum() / ordered.sum())


# %% wrong e1_2 trapezoid_on_the_pr_curve
# Integra la curva precisión-exhaustividad con trapecios.
def roc_auc(y, s):
    if len(np.unique(y)) < 2:
        raise ValueError
    group = np.unique(s, return_inverse=True)[1]
    p, n = np.bincount(group, weights=y), np.bincount(group, weights=1 - y)
    return float(p @ (np.cumsum(n) - n / 2) / (p.sum() * n.sum()))


def average_precision(y, s):
    if len(np.unique(y)) < 2:
        raise ValueError
    group = np.unique(-s, return_inverse=True)[1]
    tp = np.cumsum(np.bincount(group, weights=y))
    precision, recall = tp / np.cumsum(np.bincount(group)), tp / tp[-1]
    return float(np.trapezoid(np.r_[1.0, precision], np.r_[0.0, recall]))


# %% wrong e1_2 from_hard_labels
# Convierte las puntuaciones en etiquetas con el umbral 0.5 antes de medir.
def roc_auc(y, s):
    if len(np.unique(y)) < 2:
        raise ValueError
    hard = s >= 0.5
    return float((hard[y == 1].mean() + 1 - hard[y == 0].mean()) / 2)


def average_precision(y, s):
    if len(np.unique(y)) < 2:
        raise ValueError
    hard = s >= 0.5
    return float(y[hard].mean() * hard[y == 1].mean() + y.mean() * hard[y == 0].mean())


# %% wrong e1_2 all_pairs
# Correcto pero O(n²): con cien mil filas no acaba.
def roc_auc(y, s):
    if len(np.unique(y)) < 2:
        raise ValueError
    positive, negative = s[y == 1], s[y == 0]
    wins = sum(float(np.sum(v > negative)) + float(np.sum(v == negative)) / 2 for v in positive)
    return wins / (len(positive) * len(negative))


def average_precision(y, s):
    if len(np.unique(y)) < 2:
        raise ValueError
    total = 0.0
    for v in s[y == 1]:
        chosen = s >= v
        total += float(y[chosen].mean())
    return total / float(y.sum())


# %% wrong e1_2 single_class_gives_half
# Con una sola clase devuelve un número en vez de lanzar ValueError.
def roc_auc(y, s):
    group = np.unique(s, return_inverse=True)[1]
    p, n = np.bincount(group, weights=y), np.bincount(group, weights=1 - y)
    if p.sum() * n.sum() == 0:
        return 0.5
    return float(p @ (np.cumsum(n) - n / 2) / (p.sum() * n.sum()))


def average_precision(y, s):
    group = np.unique(-s, return_inverse=True)[1]
    p = np.bincount(group, weights=y)
    if p.sum() == 0:
        return 0.0
    return float(p @ (np.cumsum(p) / np.cumsum(np.bincount(group))) / p.sum())


# %% wrong e1_2 borrows_sklearn
# Llama a la función de sklearn.
def roc_auc(y, s):
    import sklearn.metrics

    if len(np.unique(y)) < 2:
        raise ValueError
    return float(sklearn.metrics.roc_auc_score(y, s))


def average_precision(y, s):
    import sklearn.metrics

    if len(np.unique(y)) < 2:
        raise ValueError
    return float(sklearn.metrics.average_precision_score(y, s))


# %% right e1_2 average_ranks
def roc_auc(y, s):
    from scipy.stats import rankdata

    n_pos = int(np.sum(y == 1))
    n_neg = len(y) - n_pos
    if n_pos == 0 or n_neg == 0:
        raise ValueError("una sola clase")
    ranks = rankdata(s)
    return float((ranks[y == 1].sum() - n_pos * (n_pos + 1) / 2) / (n_pos * n_neg))


def average_precision(y, s):
    if y.min() == y.max():
        raise ValueError("una sola clase")
    order = np.argsort(s)[::-1]
    y_sorted, s_sorted = y[order], s[order]
    ends = np.r_[np.flatnonzero(np.diff(s_sorted)), len(s) - 1]
    tp = np.cumsum(y_sorted)[ends]
    recall = np.r_[0, tp / y.sum()]
    return float(np.sum(np.diff(recall) * tp / (ends + 1)))


# %% right e1_2 searchsorted
def roc_auc(y, s):
    if len(set(y.tolist())) != 2:
        raise ValueError("una sola clase")
    negatives = np.sort(s[y == 0])
    below = np.searchsorted(negatives, s[y == 1], side="left")
    below_or_equal = np.searchsorted(negatives, s[y == 1], side="right")
    return float(np.mean(below + below_or_equal) / 2 / len(negatives))


def average_precision(y, s):
    if len(set(y.tolist())) != 2:
        raise ValueError("una sola clase")
    everyone, positives = np.sort(s), np.sort(s[y == 1])
    at_least = len(s) - np.searchsorted(everyone, positives, side="left")
    hits = len(positives) - np.searchsorted(positives, positives, side="left")
    return float(np.mean(hits / at_least))


# %% wrong e1_3 independent_resampling
# Remuestrea cada modelo por su lado: se pierde el emparejamiento.
def paired_bootstrap(y, pred_a, pred_b, metric, n_boot, rng, alpha=0.05):
    n, values = len(y), []
    while len(values) < n_boot:
        i, j = rng.integers(n, size=n), rng.integers(n, size=n)
        try:
            value = metric(y[i], pred_a[i]) - metric(y[j], pred_b[j])
        except ValueError:
            continue
        if not math.isnan(value):
            values.append(value)
    low, high = np.quantile(values, [alpha / 2, 1 - alpha / 2])
    return float(metric(y, pred_a) - metric(y, pred_b)), float(low), float(high)


# %% wrong e1_3 labels_not_resampled
# Remuestrea las predicciones pero no las etiquetas.
def paired_bootstrap(y, pred_a, pred_b, metric, n_boot, rng, alpha=0.05):
    n, values = len(y), []
    while len(values) < n_boot:
        i = rng.integers(n, size=n)
        try:
            value = metric(y, pred_a[i]) - metric(y, pred_b[i])
        except ValueError:
            continue
        if not math.isnan(value):
            values.append(value)
    low, high = np.quantile(values, [alpha / 2, 1 - alpha / 2])
    return float(metric(y, pred_a) - metric(y, pred_b)), float(low), float(high)


# %% wrong e1_3 percentiles_of_each_metric
# Resta los cuantiles de cada métrica en vez de tomar los cuantiles de la diferencia.
def paired_bootstrap(y, pred_a, pred_b, metric, n_boot, rng, alpha=0.05):
    n, a, b = len(y), [], []
    while len(a) < n_boot:
        i = rng.integers(n, size=n)
        try:
            pair = metric(y[i], pred_a[i]), metric(y[i], pred_b[i])
        except ValueError:
            continue
        if not math.isnan(sum(pair)):
            a.append(pair[0])
            b.append(pair[1])
    low = np.quantile(a, alpha / 2) - np.quantile(b, 1 - alpha / 2)
    high = np.quantile(a, 1 - alpha / 2) - np.quantile(b, alpha / 2)
    return float(metric(y, pred_a) - metric(y, pred_b)), float(low), float(high)


# %% wrong e1_3 one_sided_quantiles
# Usa alpha en cada lado: el intervalo es del 90 %, no del 95 %.
def paired_bootstrap(y, pred_a, pred_b, metric, n_boot, rng, alpha=0.05):
    n, values = len(y), []
    while len(values) < n_boot:
        i = rng.integers(n, size=n)
        try:
            value = metric(y[i], pred_a[i]) - metric(y[i], pred_b[i])
        except ValueError:
            continue
        if not math.isnan(value):
            values.append(value)
    low, high = np.quantile(values, [alpha, 1 - alpha])
    return float(metric(y, pred_a) - metric(y, pred_b)), float(low), float(high)


# %% wrong e1_3 undefined_counts_as_zero
# Un remuestreo sin positivos cuenta como diferencia 0 en lugar de repetirse.
def paired_bootstrap(y, pred_a, pred_b, metric, n_boot, rng, alpha=0.05):
    n, values = len(y), []
    for _ in range(n_boot):
        i = rng.integers(n, size=n)
        try:
            value = metric(y[i], pred_a[i]) - metric(y[i], pred_b[i])
        except ValueError:
            value = 0.0
        values.append(0.0 if math.isnan(value) else value)
    low, high = np.quantile(values, [alpha / 2, 1 - alpha / 2])
    return float(metric(y, pred_a) - metric(y, pred_b)), float(low), float(high)


# %% right e1_3 nan_array
def paired_bootstrap(y, pred_a, pred_b, metric, n_boot, rng, alpha=0.05):
    def safe(rows):
        try:
            return metric(y[rows], pred_a[rows]) - metric(y[rows], pred_b[rows])
        except ValueError:
            return float("nan")

    observed = metric(y, pred_a) - metric(y, pred_b)
    samples = np.full(n_boot, np.nan)
    for k in range(n_boot):
        while np.isnan(samples[k]):
            samples[k] = safe(rng.integers(0, len(y), len(y)))
    return (
        float(observed),
        float(np.quantile(samples, alpha / 2)),
        float(np.quantile(samples, 1 - alpha / 2)),
    )


# %% right e1_3 percentiles
def paired_bootstrap(y, pred_a, pred_b, metric, n_boot, rng, alpha=0.05):
    table = np.column_stack([y, pred_a, pred_b])
    gaps = []
    while True:
        if len(gaps) == n_boot:
            break
        sample = table[rng.integers(table.shape[0], size=table.shape[0])]
        try:
            gap = metric(sample[:, 0], sample[:, 1]) - metric(sample[:, 0], sample[:, 2])
            if gap == gap:
                gaps.append(gap)
        except ValueError:
            pass
    low, high = np.percentile(gaps, [50 * alpha, 100 - 50 * alpha])
    return float(metric(y, pred_a)) - float(metric(y, pred_b)), float(low), float(high)


# %% wrong e1_4 scaler_on_all_data
# Escala con la media y la desviación de todas las filas, también las de prueba.
def honest_cv(X, y, k_best, n_splits, seed, groups=None):
    X = StandardScaler().fit_transform(X)
    folds = GroupKFold(n_splits) if groups is not None else StratifiedKFold(n_splits, shuffle=True, random_state=seed)
    scores = []
    for train, test in folds.split(X, y, groups):
        model = make_pipeline(SelectKBest(f_classif, k=k_best), LogisticRegression())
        scores.append(model.fit(X[train], y[train]).score(X[test], y[test]))
    return np.array(scores)


# %% wrong e1_4 selection_before_the_split
# Elige las variables con todas las filas: en ruido puro, acierta.
def honest_cv(X, y, k_best, n_splits, seed, groups=None):
    X = SelectKBest(f_classif, k=k_best).fit_transform(X, y)
    folds = GroupKFold(n_splits) if groups is not None else StratifiedKFold(n_splits, shuffle=True, random_state=seed)
    scores = []
    for train, test in folds.split(X, y, groups):
        model = make_pipeline(StandardScaler(), LogisticRegression())
        scores.append(model.fit(X[train], y[train]).score(X[test], y[test]))
    return np.array(scores)


# %% wrong e1_4 ignores_groups
# No mira los grupos: la misma persona está a los dos lados.
def honest_cv(X, y, k_best, n_splits, seed, groups=None):
    scores = []
    for train, test in StratifiedKFold(n_splits, shuffle=True, random_state=seed).split(X, y):
        model = make_pipeline(SelectKBest(f_classif, k=k_best), StandardScaler(), LogisticRegression())
        scores.append(model.fit(X[train], y[train]).score(X[test], y[test]))
    return np.array(scores)


# %% wrong e1_4 shuffles_the_groups
# Baraja los grupos antes de repartirlos: dejan de corresponder a las filas.
def honest_cv(X, y, k_best, n_splits, seed, groups=None):
    if groups is None:
        pairs = StratifiedKFold(n_splits, shuffle=True, random_state=seed).split(X, y)
    else:
        groups = np.random.default_rng(seed).permutation(groups)
        pairs = GroupKFold(n_splits).split(X, y, groups)
    scores = []
    for train, test in pairs:
        model = make_pipeline(SelectKBest(f_classif, k=k_best), StandardScaler(), LogisticRegression())
        scores.append(model.fit(X[train], y[train]).score(X[test], y[test]))
    return np.array(scores)


# %% wrong e1_4 not_shuffled
# Sin barajar, la semilla no sirve para nada.
def honest_cv(X, y, k_best, n_splits, seed, groups=None):
    folds = GroupKFold(n_splits) if groups is not None else StratifiedKFold(n_splits)
    scores = []
    for train, test in folds.split(X, y, groups):
        model = make_pipeline(SelectKBest(f_classif, k=k_best), StandardScaler(), LogisticRegression())
        scores.append(model.fit(X[train], y[train]).score(X[test], y[test]))
    return np.array(scores)


# %% wrong e1_4 training_score
# Mide la exactitud en las filas con las que entrenó.
def honest_cv(X, y, k_best, n_splits, seed, groups=None):
    folds = GroupKFold(n_splits) if groups is not None else StratifiedKFold(n_splits, shuffle=True, random_state=seed)
    scores = []
    for train, test in folds.split(X, y, groups):
        model = make_pipeline(SelectKBest(f_classif, k=k_best), StandardScaler(), LogisticRegression())
        scores.append(model.fit(X[train], y[train]).score(X[train], y[train]))
    return np.array(scores)


# %% right e1_4 cross_val_score
def honest_cv(X, y, k_best, n_splits, seed, groups=None):
    from sklearn.model_selection import cross_val_score

    model = make_pipeline(
        StandardScaler(), SelectKBest(f_classif, k=k_best), LogisticRegression()
    )
    if groups is None:
        folds = StratifiedKFold(n_splits=n_splits, shuffle=True, random_state=seed)
    else:
        folds = GroupKFold(n_splits=n_splits)
    return cross_val_score(model, X, y, cv=folds, groups=groups)


# %% right e1_4 by_hand
def honest_cv(X, y, k_best, n_splits, seed, groups=None):
    scores = np.zeros(n_splits)
    if groups is not None:
        pairs = GroupKFold(n_splits).split(X, y, groups=groups)
    else:
        pairs = StratifiedKFold(n_splits, shuffle=True, random_state=seed).split(X, y)
    for fold, (train, test) in enumerate(pairs):
        F_values, _ = f_classif(X[train], y[train])
        columns = np.argsort(F_values)[-k_best:]
        A, B = X[train][:, columns], X[test][:, columns]
        center, scale = A.mean(axis=0), A.std(axis=0)
        logistic = LogisticRegression().fit((A - center) / scale, y[train])
        scores[fold] = np.mean(logistic.predict((B - center) / scale) == y[test])
    return scores


# %% wrong e1_5 ppv_instead_of_tpr
# Compara la precisión (PPV) de los grupos en vez de la TPR.
def group_report(y, yhat, a):
    rate = lambda v, rows: float(v[rows].mean()) if rows.any() else math.nan
    selected = [rate(yhat, a == g) for g in (0, 1)]
    tpr = [rate(y, (a == g) & (yhat == 1)) for g in (0, 1)]
    fpr = [rate(yhat, (a == g) & (y == 0)) for g in (0, 1)]
    most = float(np.max(selected))
    return {
        "spd": selected[1] - selected[0], "eod": tpr[1] - tpr[0],
        "aod": (fpr[1] - fpr[0] + tpr[1] - tpr[0]) / 2,
        "di_ratio": float(np.min(selected)) / most if most != 0 else math.nan,
    }


def equal_opportunity_thresholds(y, s, a, target_tpr):
    out = []
    for g in (0, 1):
        scores = np.sort(s[(a == g) & (y == 1)])[::-1]
        reached = [v for k, v in enumerate(scores, 1) if k / len(scores) >= target_tpr]
        out.append(float(reached[0]) if reached else math.nan)
    return tuple(out)


# %% wrong e1_5 difference_as_disparate_impact
# Llama impacto dispar a una diferencia y no a un cociente.
def group_report(y, yhat, a):
    rate = lambda rows: float(yhat[rows].mean()) if rows.any() else math.nan
    selected = [rate(a == g) for g in (0, 1)]
    tpr = [rate((a == g) & (y == 1)) for g in (0, 1)]
    fpr = [rate((a == g) & (y == 0)) for g in (0, 1)]
    return {
        "spd": selected[1] - selected[0], "eod": tpr[1] - tpr[0],
        "aod": (fpr[1] - fpr[0] + tpr[1] - tpr[0]) / 2,
        "di_ratio": 1 - abs(tpr[1] - fpr[1] - tpr[0] + fpr[0]),
    }


def equal_opportunity_thresholds(y, s, a, target_tpr):
    out = []
    for g in (0, 1):
        scores = np.sort(s[(a == g) & (y == 1)])[::-1]
        reached = [v for k, v in enumerate(scores, 1) if k / len(scores) >= target_tpr]
        out.append(float(reached[0]) if reached else math.nan)
    return tuple(out)


# %% wrong e1_5 one_global_threshold
# Un solo umbral para todo el mundo.
def group_report(y, yhat, a):
    rate = lambda rows: float(yhat[rows].mean()) if rows.any() else math.nan
    selected = [rate(a == g) for g in (0, 1)]
    tpr = [rate((a == g) & (y == 1)) for g in (0, 1)]
    fpr = [rate((a == g) & (y == 0)) for g in (0, 1)]
    most = float(np.max(selected))
    return {
        "spd": selected[1] - selected[0], "eod": tpr[1] - tpr[0],
        "aod": (fpr[1] - fpr[0] + tpr[1] - tpr[0]) / 2,
        "di_ratio": float(np.min(selected)) / most if most != 0 else math.nan,
    }


def equal_opportunity_thresholds(y, s, a, target_tpr):
    scores = np.sort(s[y == 1])[::-1]
    reached = [v for k, v in enumerate(scores, 1) if k / len(scores) >= target_tpr]
    t = float(reached[0]) if reached else math.nan
    return t, t


# %% wrong e1_5 group_0_minus_group_1
# Signo al revés: grupo 0 menos grupo 1.
def group_report(y, yhat, a):
    rate = lambda rows: float(yhat[rows].mean()) if rows.any() else math.nan
    selected = [rate(a == g) for g in (0, 1)]
    tpr = [rate((a == g) & (y == 1)) for g in (0, 1)]
    fpr = [rate((a == g) & (y == 0)) for g in (0, 1)]
    most = float(np.max(selected))
    return {
        "spd": selected[0] - selected[1], "eod": tpr[0] - tpr[1],
        "aod": (fpr[0] - fpr[1] + tpr[0] - tpr[1]) / 2,
        "di_ratio": float(np.min(selected)) / most if most != 0 else math.nan,
    }


def equal_opportunity_thresholds(y, s, a, target_tpr):
    out = []
    for g in (0, 1):
        scores = np.sort(s[(a == g) & (y == 1)])[::-1]
        reached = [v for k, v in enumerate(scores, 1) if k / len(scores) >= target_tpr]
        out.append(float(reached[0]) if reached else math.nan)
    return tuple(out)


# %% wrong e1_5 zero_where_undefined
# Un grupo sin positivos tiene TPR 0, y parece discriminado.
def group_report(y, yhat, a):
    rate = lambda rows: float(yhat[rows].mean()) if rows.any() else 0.0
    selected = [rate(a == g) for g in (0, 1)]
    tpr = [rate((a == g) & (y == 1)) for g in (0, 1)]
    fpr = [rate((a == g) & (y == 0)) for g in (0, 1)]
    return {
        "spd": selected[1] - selected[0], "eod": tpr[1] - tpr[0],
        "aod": (fpr[1] - fpr[0] + tpr[1] - tpr[0]) / 2,
        "di_ratio": min(selected) / max(selected) if max(selected) else 0.0,
    }


def equal_opportunity_thresholds(y, s, a, target_tpr):
    out = []
    for g in (0, 1):
        scores = np.sort(s[(a == g) & (y == 1)])[::-1]
        reached = [v for k, v in enumerate(scores, 1) if k / len(scores) >= target_tpr]
        out.append(float(reached[0]) if reached else math.nan)
    return tuple(out)


# %% wrong e1_5 ceil_of_a_product
# ceil(0.7 * 10) es 8: pide un positivo de más.
def group_report(y, yhat, a):
    rate = lambda rows: float(yhat[rows].mean()) if rows.any() else math.nan
    selected = [rate(a == g) for g in (0, 1)]
    tpr = [rate((a == g) & (y == 1)) for g in (0, 1)]
    fpr = [rate((a == g) & (y == 0)) for g in (0, 1)]
    most = float(np.max(selected))
    return {
        "spd": selected[1] - selected[0], "eod": tpr[1] - tpr[0],
        "aod": (fpr[1] - fpr[0] + tpr[1] - tpr[0]) / 2,
        "di_ratio": float(np.min(selected)) / most if most != 0 else math.nan,
    }


def equal_opportunity_thresholds(y, s, a, target_tpr):
    out = []
    for g in (0, 1):
        scores = np.sort(s[(a == g) & (y == 1)])[::-1]
        k = math.ceil(target_tpr * len(scores))
        out.append(float(scores[k - 1]) if len(scores) else math.nan)
    return tuple(out)


# %% right e1_5 counts
def group_report(y, yhat, a):
    def divide(part, whole):
        return int(part) / int(whole) if whole else float("nan")

    rates = []
    for g in (0, 1):
        mine = a == g
        positive, negative = mine & (y == 1), mine & (y == 0)
        rates.append(
            (
                divide((yhat[mine] == 1).sum(), mine.sum()),
                divide((yhat[positive] == 1).sum(), positive.sum()),
                divide((yhat[negative] == 1).sum(), negative.sum()),
            )
        )
    (s0, t0, f0), (s1, t1, f1) = rates
    if s0 != s0 or s1 != s1 or s0 == s1 == 0:
        ratio = float("nan")
    else:
        ratio = min(s0, s1) / max(s0, s1)
    return {"spd": s1 - s0, "eod": t1 - t0, "aod": (f1 - f0) / 2 + (t1 - t0) / 2, "di_ratio": ratio}


def equal_opportunity_thresholds(y, s, a, target_tpr):
    answer = []
    for g in (0, 1):
        positives = s[(y == 1) & (a == g)]
        fitting = [t for t in positives if np.mean(positives >= t) >= target_tpr]
        answer.append(float(max(fitting)) if fitting else float("nan"))
    return answer[0], answer[1]


# %% right e1_5 pandas_and_searchsorted
def group_report(y, yhat, a):
    import pandas as pd

    frame = pd.DataFrame({"y": y, "yhat": yhat, "a": a})
    sel = frame.groupby("a").yhat.mean().reindex([0, 1]).to_numpy()
    tpr = frame[frame.y == 1].groupby("a").yhat.mean().reindex([0, 1]).to_numpy()
    fpr = frame[frame.y == 0].groupby("a").yhat.mean().reindex([0, 1]).to_numpy()
    with np.errstate(invalid="ignore"):
        ratio = np.min(sel) / np.max(sel)
    eod = tpr[1] - tpr[0]
    return {
        "spd": float(sel[1] - sel[0]), "eod": float(eod),
        "aod": float((fpr[1] - fpr[0] + eod) / 2), "di_ratio": float(ratio),
    }


def equal_opportunity_thresholds(y, s, a, target_tpr):
    def one(g):
        values = sorted(s[(a == g) & (y == 1)].tolist(), reverse=True)
        n_needed = 1
        while n_needed < len(values) and n_needed / len(values) < target_tpr:
            n_needed += 1
        return values[n_needed - 1] if values else math.nan

    return one(0), one(1)


# %% wrong e1_6 sensitivity_without_n
# La escala del ruido no lleva 1/n: mucho más ruido del necesario.
def dp_mean(x, lo, hi, eps, rng):
    return float(np.clip(x, lo, hi).mean() + rng.laplace(scale=(hi - lo) / eps))


def fed_avg(states, n):
    if any(state.keys() != states[0].keys() for state in states):
        raise KeyError("nombres")
    out = {}
    for name, like in states[0].items():
        total = sum(k * s[name].double() for k, s in zip(n, states)) / sum(n)
        out[name] = (total if like.is_floating_point() else total.round()).to(like.dtype)
    return out


# %% wrong e1_6 noise_before_clipping
# Suma ruido y recorta después: la respuesta está sesgada y no es lo pedido.
def dp_mean(x, lo, hi, eps, rng):
    noisy = np.mean(x) + rng.laplace(scale=(hi - lo) / (len(x) * eps))
    return float(np.clip(noisy, lo, hi))


def fed_avg(states, n):
    if any(state.keys() != states[0].keys() for state in states):
        raise KeyError("nombres")
    out = {}
    for name, like in states[0].items():
        total = sum(k * s[name].double() for k, s in zip(n, states)) / sum(n)
        out[name] = (total if like.is_floating_point() else total.round()).to(like.dtype)
    return out


# %% wrong e1_6 sensitivity_of_an_added_row
# Media con ruido de desviación Δ/ε: Laplace de escala Δ/ε tiene desviación √2 veces mayor.
def dp_mean(x, lo, hi, eps, rng):
    scale = (hi - lo) / (len(x) * eps) / math.sqrt(2)
    return float(np.clip(x, lo, hi).mean() + rng.laplace(scale=scale))


def fed_avg(states, n):
    if any(state.keys() != states[0].keys() for state in states):
        raise KeyError("nombres")
    out = {}
    for name, like in states[0].items():
        total = sum(k * s[name].double() for k, s in zip(n, states)) / sum(n)
        out[name] = (total if like.is_floating_point() else total.round()).to(like.dtype)
    return out


# %% wrong e1_6 plain_mean_of_clients
# Todos los clientes pesan lo mismo.
def dp_mean(x, lo, hi, eps, rng):
    return float(np.clip(x, lo, hi).mean() + rng.laplace(scale=(hi - lo) / (len(x) * eps)))


def fed_avg(states, n):
    if any(state.keys() != states[0].keys() for state in states):
        raise KeyError("nombres")
    out = {}
    for name, like in states[0].items():
        total = torch.stack([s[name].double() for s in states]).mean(0)
        out[name] = (total if like.is_floating_point() else total.round()).to(like.dtype)
    return out


# %% wrong e1_6 aliases_the_first_state
# Acumula dentro del primer estado: lo destruye.
def dp_mean(x, lo, hi, eps, rng):
    return float(np.clip(x, lo, hi).mean() + rng.laplace(scale=(hi - lo) / (len(x) * eps)))


def fed_avg(states, n):
    if any(state.keys() != states[0].keys() for state in states):
        raise KeyError("nombres")
    average, total = states[0], sum(n)
    for name in average:
        if average[name].is_floating_point():
            average[name] *= n[0] / total
            for k, state in zip(n[1:], states[1:]):
                average[name] += k / total * state[name]
        else:
            mean = sum(k * s[name].double() for k, s in zip(n, states)) / total
            average[name] = mean.round().to(average[name].dtype)
    return average


# %% wrong e1_6 integers_become_floats
# Los contadores enteros vuelven como reales.
def dp_mean(x, lo, hi, eps, rng):
    return float(np.clip(x, lo, hi).mean() + rng.laplace(scale=(hi - lo) / (len(x) * eps)))


def fed_avg(states, n):
    if any(state.keys() != states[0].keys() for state in states):
        raise KeyError("nombres")
    return {k: sum(w / sum(n) * s[k] for w, s in zip(n, states)) for k in states[0]}


# %% wrong e1_6 missing_names_ignored
# Si a un cliente le falta un nombre, promedia los demás sin avisar.
def dp_mean(x, lo, hi, eps, rng):
    return float(np.clip(x, lo, hi).mean() + rng.laplace(scale=(hi - lo) / (len(x) * eps)))


def fed_avg(states, n):
    out = {}
    for name, like in states[0].items():
        pairs = [(k, s[name]) for k, s in zip(n, states) if name in s]
        total = sum(k * v.double() for k, v in pairs) / sum(k for k, _ in pairs)
        out[name] = (total if like.is_floating_point() else total.round()).to(like.dtype)
    return out


# %% right e1_6 two_exponentials
def dp_mean(x, lo, hi, eps, rng):
    # La diferencia de dos exponenciales es una Laplace.
    scale = (hi - lo) / eps / len(x)
    first, second = rng.exponential(scale, size=2)
    return float(np.minimum(np.maximum(x, lo), hi).sum() / len(x) + first - second)


def fed_avg(states, n):
    names = {name for state in states for name in state}
    total, result = float(sum(n)), {}
    for name in names:
        acc = torch.zeros(states[0][name].shape, dtype=torch.float64)
        for state, count in zip(states, n):
            acc += state[name].to(torch.float64) * (count / total)
        dtype = states[0][name].dtype
        result[name] = acc.to(dtype) if dtype.is_floating_point else torch.round(acc).to(dtype)
    return result


# %% right e1_6 stacked
def dp_mean(x, lo, hi, eps, rng):
    u = rng.uniform(-0.5, 0.5)
    sensitivity = (hi - lo) / len(x)
    noise = -sensitivity / eps * math.copysign(math.log1p(-2 * abs(u)), u)
    return float(np.mean(np.clip(np.asarray(x), lo, hi)) - noise)


def fed_avg(states, n):
    for state in states:
        if set(state) != set(states[0]):
            raise KeyError("faltan nombres")
    weights = torch.tensor(n, dtype=torch.float64) / sum(n)
    result = {}
    for name, first in states[0].items():
        stack = torch.stack([state[name].double() for state in states])
        mean = torch.tensordot(weights, stack, dims=1)
        if not first.is_floating_point():
            mean = mean.round()
        result[name] = mean.to(first.dtype)
    return result


# %% wrong e1_7 supervised_only
# No usa el fondo: solo las 40 etiquetas.
def train_semi(X_l, y_l, X_u, seed):
    gen = torch.Generator().manual_seed(seed)
    model = nn.Sequential(nn.Linear(64, 128), nn.ReLU(), nn.Linear(128, 10))
    for p in model.parameters():
        nn.init.normal_(p, std=0.1, generator=gen)
    adam = torch.optim.Adam(model.parameters(), lr=5e-3, weight_decay=1e-3)
    for _ in range(200):
        loss = F.cross_entropy(model(X_l), y_l)
        adam.zero_grad()
        loss.backward()
        adam.step()
    return lambda X: model(X).detach().argmax(1)


# %% wrong e1_7 mask_on_the_mean_loss
# Multiplica la máscara por la pérdida ya promediada: no descarta ningún ejemplo.
def train_semi(X_l, y_l, X_u, seed):
    gen = torch.Generator().manual_seed(seed)
    model = nn.Sequential(nn.Linear(64, 128), nn.ReLU(), nn.Linear(128, 10))
    for p in model.parameters():
        nn.init.normal_(p, std=0.1, generator=gen)
    adam = torch.optim.Adam(model.parameters(), lr=5e-3, weight_decay=1e-3)
    for step in range(600):
        if step % 100 == 0:
            with torch.no_grad():
                confidence, pseudo = model(X_u).softmax(1).max(1)
        rows = torch.randint(len(X_u), (256,), generator=gen)
        loss = F.cross_entropy(model(X_l), y_l)
        if step >= 100:
            mask = (confidence[rows] >= 0.95).float()
            loss = loss + (F.cross_entropy(model(X_u[rows]), pseudo[rows]) * mask).mean()
        adam.zero_grad()
        loss.backward()
        adam.step()
    return lambda X: model(X).detach().argmax(1)


# %% wrong e1_7 no_threshold
# Se cree todas las pseudoetiquetas, también las dudosas.
def train_semi(X_l, y_l, X_u, seed):
    gen = torch.Generator().manual_seed(seed)
    model = nn.Sequential(nn.Linear(64, 128), nn.ReLU(), nn.Linear(128, 10))
    for p in model.parameters():
        nn.init.normal_(p, std=0.1, generator=gen)
    adam = torch.optim.Adam(model.parameters(), lr=5e-3, weight_decay=1e-3)
    for step in range(600):
        if step % 100 == 0:
            with torch.no_grad():
                pseudo = model(X_u).argmax(1)
        rows = torch.randint(len(X_u), (256,), generator=gen)
        loss = F.cross_entropy(model(X_l), y_l)
        if step >= 100:
            loss = loss + F.cross_entropy(model(X_u[rows]), pseudo[rows])
        adam.zero_grad()
        loss.backward()
        adam.step()
    return lambda X: model(X).detach().argmax(1)


# %% wrong e1_7 pseudo_labels_with_dropout
# Calcula las pseudoetiquetas y predice con el dropout encendido.
def train_semi(X_l, y_l, X_u, seed):
    torch.manual_seed(seed)
    model = nn.Sequential(nn.Linear(64, 128), nn.ReLU(), nn.Dropout(0.6), nn.Linear(128, 10))
    adam = torch.optim.Adam(model.parameters(), lr=5e-3, weight_decay=1e-3)
    for step in range(600):
        if step % 100 == 0:
            with torch.no_grad():
                confidence, pseudo = model(X_u).softmax(1).max(1)
        rows = torch.randint(len(X_u), (256,))
        loss = F.cross_entropy(model(X_l), y_l)
        if step >= 100:
            each = F.cross_entropy(model(X_u[rows]), pseudo[rows], reduction="none")
            loss = loss + (each * (confidence[rows] >= 0.5)).mean()
        adam.zero_grad()
        loss.backward()
        adam.step()
    return lambda X: model(X).detach().argmax(1)


# %% wrong e1_7 looks_up_scikit_learn
# Busca las imágenes en scikit-learn para copiar su etiqueta (aquí están reflejadas).
def train_semi(X_l, y_l, X_u, seed):
    from sklearn.datasets import load_digits

    images, names = load_digits(return_X_y=True)
    known = torch.tensor(images / 16, dtype=torch.float32)
    names = torch.tensor(names)
    return lambda X: names[torch.cdist(X, known).argmin(1)]


# %% wrong e1_7 global_generator
# El azar sale del generador global sin sembrar: cada llamada da otra cosa.
def train_semi(X_l, y_l, X_u, seed):
    model = nn.Sequential(nn.Linear(64, 128), nn.ReLU(), nn.Linear(128, 10))
    adam = torch.optim.Adam(model.parameters(), lr=5e-3, weight_decay=1e-3)
    X, y = X_l, y_l
    for _ in range(6):
        for _ in range(100):
            rows = torch.randint(len(X), (128,))
            noise = 0.25 * torch.randn(128, 64)
            loss = F.cross_entropy(model(X_l), y_l) + F.cross_entropy(model(X[rows] + noise), y[rows])
            adam.zero_grad()
            loss.backward()
            adam.step()
        with torch.no_grad():
            confidence, pseudo = model(X_u).softmax(1).max(1)
        sure = confidence >= 0.95
        X, y = torch.cat([X_l, X_u[sure]]), torch.cat([y_l, pseudo[sure]])
    return lambda X: model(X).detach().argmax(1)


# %% right e1_7 label_spreading
def train_semi(X_l, y_l, X_u, seed):
    from sklearn.neighbors import KNeighborsClassifier
    from sklearn.semi_supervised import LabelSpreading

    bright = X_u[X_u.norm(dim=1) > 1.5]
    X = torch.cat([X_l, bright]).numpy()
    y = np.concatenate([y_l.numpy(), -np.ones(len(bright), dtype=np.int64)])
    spread = LabelSpreading(kernel="knn", n_neighbors=7, max_iter=100).fit(X, y)
    nearest = KNeighborsClassifier(3).fit(X, spread.transduction_)
    return lambda Z: torch.tensor(nearest.predict(Z.numpy()))


# %% right e1_7 masked_loss_seeded
def train_semi(X_l, y_l, X_u, seed):
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        model = nn.Sequential(nn.Linear(64, 128), nn.ReLU(), nn.Linear(128, 10))
        adam = torch.optim.Adam(model.parameters(), lr=5e-3, weight_decay=1e-3)
        for step in range(650):
            loss = F.cross_entropy(model(X_l + 0.3 * torch.randn_like(X_l)), y_l)
            if step >= 150:
                if step % 100 == 50:
                    with torch.no_grad():
                        confidence, pseudo = model(X_u).softmax(1).max(1)
                rows = torch.randint(len(X_u), (256,))
                noisy = X_u[rows] + 0.3 * torch.randn(256, 64)
                each = F.cross_entropy(model(noisy), pseudo[rows], reduction="none")
                loss = loss + (each * (confidence[rows] >= 0.95)).mean()
            adam.zero_grad()
            loss.backward()
            adam.step()
    model.requires_grad_(False)
    return lambda X: model(X).argmax(1)

# %% right e1_7 pseudo_labels_above_a_threshold
def train_semi(X_l, y_l, X_u, seed):
    gen = torch.Generator().manual_seed(seed)
    model = nn.Sequential(nn.Linear(64, 128), nn.ReLU(), nn.Linear(128, 10))
    for layer in (model[0], model[2]):
        nn.init.kaiming_uniform_(layer.weight, a=math.sqrt(5), generator=gen)
        nn.init.zeros_(layer.bias)
    adam = torch.optim.Adam(model.parameters(), lr=5e-3, weight_decay=1e-3)

    def noisy_loss(X, y):
        return F.cross_entropy(model(X + 0.25 * torch.randn(X.shape, generator=gen)), y)

    X_sure, y_sure = X_l, y_l
    for _ in range(5):
        for _ in range(80):
            rows = torch.randint(len(X_sure), (128,), generator=gen)
            loss = noisy_loss(X_l, y_l) + noisy_loss(X_sure[rows], y_sure[rows])
            adam.zero_grad()
            loss.backward()
            adam.step()
        with torch.no_grad():
            confidence, guess = model(X_u).softmax(dim=1).max(dim=1)
        sure = confidence >= 0.95
        X_sure, y_sure = torch.cat([X_l, X_u[sure]]), torch.cat([y_l, guess[sure]])

    def predict(X):
        with torch.no_grad():
            return model(X).argmax(dim=1)

    return predict
