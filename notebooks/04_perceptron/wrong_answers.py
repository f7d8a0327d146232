"""Respuestas equivocadas típicas y correctas alternativas de la unidad 04."""


# %% wrong e4_1 bias_not_learned
# El sesgo nunca se actualiza: AND no se separa con una recta por el origen.
class Perceptron:
    def __init__(self, lr=1.0, max_epochs=1000):
        self.lr, self.max_epochs = lr, max_epochs

    def fit(self, X, y):
        self.w, self.b = np.zeros(X.shape[1]), 0.0
        self.n_updates, self.converged = 0, False
        for _ in range(self.max_epochs):
            mistakes = 0
            for x_i, y_i in zip(X, y, strict=True):
                if y_i * (self.w @ x_i + self.b) <= 0:
                    self.w = self.w + self.lr * y_i * x_i
                    mistakes += 1
            self.n_updates += mistakes
            if mistakes == 0:
                self.converged = True
                break
        return self

    def predict(self, X):
        return np.where(X @ self.w + self.b >= 0, 1, -1)


# %% wrong e4_1 strict_comparison
# Con < en vez de <= nunca sale de w = 0, b = 0, y dice que ha convergido.
class Perceptron:
    def __init__(self, lr=1.0, max_epochs=1000):
        self.lr, self.max_epochs = lr, max_epochs

    def fit(self, X, y):
        self.w, self.b = np.zeros(X.shape[1]), 0.0
        self.n_updates, self.converged = 0, False
        for _ in range(self.max_epochs):
            mistakes = 0
            for x_i, y_i in zip(X, y, strict=True):
                if y_i * (self.w @ x_i + self.b) < 0:
                    self.w = self.w + self.lr * y_i * x_i
                    self.b = self.b + self.lr * y_i
                    mistakes += 1
            self.n_updates += mistakes
            if mistakes == 0:
                self.converged = True
                break
        return self

    def predict(self, X):
        return np.where(X @ self.w + self.b >= 0, 1, -1)


# %% wrong e4_1 stops_when_mistakes_repeat
# Para cuando dos épocas seguidas tienen los mismos fallos: eso no es converger.
class Perceptron:
    def __init__(self, lr=1.0, max_epochs=1000):
        self.lr, self.max_epochs = lr, max_epochs

    def fit(self, X, y):
        self.w, self.b = np.zeros(X.shape[1]), 0.0
        self.n_updates, self.converged, previous = 0, False, None
        for _ in range(self.max_epochs):
            mistakes = 0
            for x_i, y_i in zip(X, y, strict=True):
                if y_i * (self.w @ x_i + self.b) <= 0:
                    self.w = self.w + self.lr * y_i * x_i
                    self.b = self.b + self.lr * y_i
                    mistakes += 1
            self.n_updates += mistakes
            if mistakes == 0 or mistakes == previous:
                self.converged = True
                break
            previous = mistakes
        return self

    def predict(self, X):
        return np.where(X @ self.w + self.b >= 0, 1, -1)


# %% wrong e4_1 updates_from_prediction
# Regla del texto del libro: y * a <= 0 con a = ±1; en puntuación 0 no mueve las y = +1.
class Perceptron:
    def __init__(self, lr=1.0, max_epochs=1000):
        self.lr, self.max_epochs = lr, max_epochs

    def fit(self, X, y):
        self.w, self.b = np.zeros(X.shape[1]), 0.0
        self.n_updates, self.converged = 0, False
        for _ in range(self.max_epochs):
            mistakes = 0
            for x_i, y_i in zip(X, y, strict=True):
                answer = 1 if self.w @ x_i + self.b >= 0 else -1
                if y_i * answer <= 0:
                    self.w = self.w + self.lr * y_i * x_i
                    self.b = self.b + self.lr * y_i
                    mistakes += 1
            self.n_updates += mistakes
            if mistakes == 0:
                self.converged = True
                break
        return self

    def predict(self, X):
        return np.where(X @ self.w + self.b >= 0, 1, -1)


# %% wrong e4_1 shuffles_rows
# Baraja las filas: aprende, pero no son los pasos que se piden.
class Perceptron:
    def __init__(self, lr=1.0, max_epochs=1000):
        self.lr, self.max_epochs = lr, max_epochs

    def fit(self, X, y):
        rng = np.random.default_rng(0)
        self.w, self.b = np.zeros(X.shape[1]), 0.0
        self.n_updates, self.converged = 0, False
        for _ in range(self.max_epochs):
            mistakes = 0
            for i in rng.permutation(len(y)):
                if y[i] * (self.w @ X[i] + self.b) <= 0:
                    self.w = self.w + self.lr * y[i] * X[i]
                    self.b = self.b + self.lr * y[i]
                    mistakes += 1
            self.n_updates += mistakes
            if mistakes == 0:
                self.converged = True
                break
        return self

    def predict(self, X):
        return np.where(X @ self.w + self.b >= 0, 1, -1)


# %% wrong e4_1 whole_epoch_with_old_weights
# Calcula los fallos de toda la época con los mismos pesos y actualiza al final.
class Perceptron:
    def __init__(self, lr=1.0, max_epochs=1000):
        self.lr, self.max_epochs = lr, max_epochs

    def fit(self, X, y):
        self.w, self.b = np.zeros(X.shape[1]), 0.0
        self.n_updates, self.converged = 0, False
        for _ in range(self.max_epochs):
            wrong = y * (X @ self.w + self.b) <= 0
            self.n_updates += int(wrong.sum())
            if not wrong.any():
                self.converged = True
                break
            self.w = self.w + self.lr * (y[wrong] @ X[wrong])
            self.b = self.b + self.lr * y[wrong].sum()
        return self

    def predict(self, X):
        return np.where(X @ self.w + self.b >= 0, 1, -1)


# %% wrong e4_1 bias_without_lr
# El sesgo avanza sin lr: con lr distinto de 1 sale otro clasificador.
class Perceptron:
    def __init__(self, lr=1.0, max_epochs=1000):
        self.lr, self.max_epochs = lr, max_epochs

    def fit(self, X, y):
        self.w, self.b = np.zeros(X.shape[1]), 0.0
        self.n_updates, self.converged = 0, False
        for _ in range(self.max_epochs):
            mistakes = 0
            for x_i, y_i in zip(X, y, strict=True):
                if y_i * (self.w @ x_i + self.b) <= 0:
                    self.w = self.w + self.lr * y_i * x_i
                    self.b = self.b + y_i
                    mistakes += 1
            self.n_updates += mistakes
            if mistakes == 0:
                self.converged = True
                break
        return self

    def predict(self, X):
        return np.where(X @ self.w + self.b >= 0, 1, -1)


# %% wrong e4_1 continues_from_last_fit
# Guarda los pesos entre llamadas a fit: el segundo ajuste no empieza en cero.
class Perceptron:
    def __init__(self, lr=1.0, max_epochs=1000):
        self.lr, self.max_epochs, self.w = lr, max_epochs, None

    def fit(self, X, y):
        if self.w is None:
            self.w, self.b = np.zeros(X.shape[1]), 0.0
        self.n_updates, self.converged = 0, False
        for _ in range(self.max_epochs):
            mistakes = 0
            for x_i, y_i in zip(X, y, strict=True):
                if y_i * (self.w @ x_i + self.b) <= 0:
                    self.w = self.w + self.lr * y_i * x_i
                    self.b = self.b + self.lr * y_i
                    mistakes += 1
            self.n_updates += mistakes
            if mistakes == 0:
                self.converged = True
                break
        return self

    def predict(self, X):
        return np.where(X @ self.w + self.b >= 0, 1, -1)


# %% wrong e4_1 predict_with_sign
# np.sign devuelve 0 (y reales) justo en el hiperplano.
class Perceptron:
    def __init__(self, lr=1.0, max_epochs=1000):
        self.lr, self.max_epochs = lr, max_epochs

    def fit(self, X, y):
        self.w, self.b = np.zeros(X.shape[1]), 0.0
        self.n_updates, self.converged = 0, False
        for _ in range(self.max_epochs):
            mistakes = 0
            for x_i, y_i in zip(X, y, strict=True):
                if y_i * (self.w @ x_i + self.b) <= 0:
                    self.w = self.w + self.lr * y_i * x_i
                    self.b = self.b + self.lr * y_i
                    mistakes += 1
            self.n_updates += mistakes
            if mistakes == 0:
                self.converged = True
                break
        return self

    def predict(self, X):
        return np.sign(X @ self.w + self.b)


# %% right e4_1 augmented_inputs
# Un solo vector v = (w, b) y entradas ampliadas (x, 1).
class Perceptron:
    def __init__(self, lr=1.0, max_epochs=1000):
        self.lr, self.max_epochs = lr, max_epochs

    def _augment(self, X):
        return np.hstack([X, np.ones((X.shape[0], 1))])

    def fit(self, X, y):
        rows, v = self._augment(X), np.zeros(X.shape[1] + 1)
        self.n_updates = 0
        for _epoch in range(self.max_epochs):
            changed = False
            for row, label in zip(rows, y, strict=True):
                if not label * row.dot(v) > 0:
                    v += self.lr * label * row
                    self.n_updates += 1
                    changed = True
            if not changed:
                break
        else:
            changed = True
        self.w, self.b, self.converged = v[:-1].copy(), float(v[-1]), not changed
        return self

    def predict(self, X):
        score = self._augment(X) @ np.append(self.w, self.b)
        return 2 * (score >= 0).astype(int) - 1


# %% right e4_1 jumps_to_next_mistake
# Busca con una sola operación la siguiente fila mal clasificada de la época.
class Perceptron:
    def __init__(self, lr=1.0, max_epochs=1000):
        self.lr, self.max_epochs = lr, max_epochs

    def fit(self, X, y):
        n, d = X.shape
        self.w, self.b, self.n_updates, self.converged = np.zeros(d), 0.0, 0, False
        epoch = 0
        while epoch < self.max_epochs and not self.converged:
            start, before = 0, self.n_updates
            while start < n:
                margins = y[start:] * (X[start:] @ self.w + self.b)
                (wrong,) = np.nonzero(margins <= 0)
                if wrong.size == 0:
                    break
                i = start + int(wrong[0])
                self.w = self.w + self.lr * (y[i] * X[i])
                self.b = self.b + self.lr * y[i]
                self.n_updates += 1
                start = i + 1
            self.converged = self.n_updates == before
            epoch += 1
        return self

    def predict(self, X):
        answer = np.ones(len(X), dtype=np.int32)
        answer[X @ self.w + self.b < 0] = -1
        return answer


# %% wrong e4_2 zero_margin
# Pesos encontrados por suerte: los vértices de clase 0 puntúan justo 0.
def xor_net():
    W1, b1 = np.array([[1.0, 1.0], [1.0, 1.0]]), np.array([0.0, -1.0])
    return W1, b1, np.array([[1.0, -2.0]]), np.array([0.0])


def linear_certificate(X, y):
    signs = 2 * y - 1
    rows = np.column_stack([X, np.ones(len(X))])
    lp = linprog(
        np.zeros(rows.shape[1]),
        -signs[:, None] * rows,
        -np.ones(len(X)),
        bounds=(None, None),
    )
    return lp.status == 0


# %% wrong e4_2 margin_only_by_scale
# Multiplica por un millón para que |s| sea grande, pero el corte roza los vértices.
def xor_net():
    W1, b1 = np.array([[1.0, 1.0], [1.0, 1.0]]), np.array([0.0, -1.0])
    return W1, b1, np.array([[1e6, -2e6]]), np.array([-1e3])


def linear_certificate(X, y):
    signs = 2 * y - 1
    rows = np.column_stack([X, np.ones(len(X))])
    lp = linprog(
        np.zeros(rows.shape[1]),
        -signs[:, None] * rows,
        -np.ones(len(X)),
        bounds=(None, None),
    )
    return lp.status == 0


# %% wrong e4_2 perceptron_as_certificate
# Un perceptrón que se rinde no demuestra nada: falla con huecos pequeños.
def xor_net():
    W1, b1 = np.array([[1.0, 1.0], [1.0, 1.0]]), np.array([0.0, -1.0])
    return W1, b1, np.array([[1.0, -2.0]]), np.array([-0.5])


def linear_certificate(X, y):
    rows, signs = np.column_stack([X, np.ones(len(X))]), 2 * y - 1
    v = np.zeros(rows.shape[1])
    for _ in range(1000):
        mistakes = 0
        for row, sign in zip(rows, signs, strict=True):
            if sign * (row @ v) <= 0:
                v, mistakes = v + sign * row, mistakes + 1
        if mistakes == 0:
            return True
    return False


# %% wrong e4_2 non_negative_weights
# Olvida bounds: linprog exige por defecto variables no negativas.
def xor_net():
    W1, b1 = np.array([[1.0, 1.0], [1.0, 1.0]]), np.array([0.0, -1.0])
    return W1, b1, np.array([[1.0, -2.0]]), np.array([-0.5])


def linear_certificate(X, y):
    signs = 2 * y - 1
    rows = np.column_stack([X, np.ones(len(X))])
    lp = linprog(np.zeros(rows.shape[1]), -signs[:, None] * rows, -np.ones(len(X)))
    return lp.status == 0


# %% wrong e4_2 not_strict
# Con >= 0 en vez de >= 1 la solución w = 0, b = 0 siempre vale.
def xor_net():
    W1, b1 = np.array([[1.0, 1.0], [1.0, 1.0]]), np.array([0.0, -1.0])
    return W1, b1, np.array([[1.0, -2.0]]), np.array([-0.5])


def linear_certificate(X, y):
    signs = 2 * y - 1
    rows = np.column_stack([X, np.ones(len(X))])
    lp = linprog(
        np.zeros(rows.shape[1]),
        -signs[:, None] * rows,
        np.zeros(len(X)),
        bounds=(None, None),
    )
    return lp.status == 0


# %% wrong e4_2 no_bias
# Sin sesgo solo hay hiperplanos por el origen.
def xor_net():
    W1, b1 = np.array([[1.0, 1.0], [1.0, 1.0]]), np.array([0.0, -1.0])
    return W1, b1, np.array([[1.0, -2.0]]), np.array([-0.5])


def linear_certificate(X, y):
    signs = 2 * y - 1
    lp = linprog(
        np.zeros(X.shape[1]), -signs[:, None] * X, -np.ones(len(X)), bounds=(None, None)
    )
    return lp.status == 0


# %% wrong e4_2 weak_separation
# Separa las clases sin exigir distancia: acepta clases que se tocan.
def xor_net():
    W1, b1 = np.array([[1.0, 1.0], [1.0, 1.0]]), np.array([0.0, -1.0])
    return W1, b1, np.array([[1.0, -2.0]]), np.array([-0.5])


def linear_certificate(X, y):
    signs = 2 * y - 1
    rows = -signs[:, None] * np.column_stack([X, np.ones(len(X))])
    # Busca un separador débil no trivial: w grande en alguna coordenada.
    for j in range(X.shape[1]):
        for side in (-1, 1):
            push = np.zeros((1, rows.shape[1]))
            push[0, j] = -side
            lp = linprog(
                np.zeros(rows.shape[1]),
                np.vstack([rows, push]),
                np.append(np.zeros(len(X)), -1),
                bounds=(None, None),
            )
            if lp.status == 0:
                return True
    return False


# %% right e4_2 absolute_difference
# |x1 - x2| con dos ReLU, y el certificado que hace máximo el margen en una caja.
def xor_net():
    W1 = np.array([[1.0, -1.0], [-1.0, 1.0]])
    return W1, np.zeros(2), np.array([[2.0, 2.0]]), np.array([-1.0])


def linear_certificate(X, y):
    n, d = X.shape
    signs = np.where(y == 1, 1.0, -1.0)
    A = np.hstack([-signs[:, None] * X, -signs[:, None], np.ones((n, 1))])
    cost = np.zeros(d + 2)
    cost[-1] = -1.0
    bounds = [(-1, 1)] * d + [(None, None), (None, 1)]
    lp = linprog(cost, A_ub=A, b_ub=np.zeros(n), bounds=bounds)
    return bool(lp.success and -lp.fun > 1e-6)


# %% right e4_2 disjoint_hulls
# Separables estrictamente si y solo si las envolventes convexas no se cortan.
def xor_net():
    W1 = np.array([[2.0, 2.0], [-2.0, -2.0]])
    b1, W2, b2 = np.array([-3.0, 1.0]), np.array([[-1.0, -1.0]]), np.array([0.5])
    return W1, b1, W2, b2


def linear_certificate(X, y):
    zeros, ones = X[y == 0], X[y == 1]
    if len(zeros) == 0 or len(ones) == 0:
        return True
    A = np.block(
        [
            [zeros.T, -ones.T],
            [np.ones((1, len(zeros))), np.zeros((1, len(ones)))],
            [np.zeros((1, len(zeros))), np.ones((1, len(ones)))],
        ]
    )
    b = np.append(np.zeros(X.shape[1]), [1.0, 1.0])
    return linprog(np.zeros(len(X)), A_eq=A, b_eq=b).status == 2


# %% wrong e4_3 activation_on_output
# Error del libro: la última capa también pasa por la activación.
def forward(X, params, act):
    phi = {
        "relu": lambda z: np.maximum(z, 0),
        "tanh": np.tanh,
        "sigmoid": lambda z: (1 + np.tanh(z / 2)) / 2,
    }[act]
    cache = [act, X]
    for W, b in params:
        cache.append(phi(cache[-1] @ W.T + b))
    return cache[-1], cache


def backward(cache, y, params):
    act, *inputs, logits = cache
    rows = np.arange(len(y))
    log_p = logits - logits.max(axis=1, keepdims=True)
    log_p = log_p - np.log(np.exp(log_p).sum(axis=1, keepdims=True))
    delta = np.exp(log_p)
    delta[rows, y] -= 1
    delta /= len(y)
    grads = []
    for a, (W, _) in zip(inputs[::-1], params[::-1], strict=True):
        grads.append((delta.T @ a, delta.sum(axis=0)))
        slope = {"relu": a > 0, "tanh": 1 - a**2, "sigmoid": a * (1 - a)}[act]
        delta = (delta @ W) * slope
    return -log_p[rows, y].mean(), grads[::-1]


# %% wrong e4_3 never_divides_by_n
# Devuelve la pérdida media, pero el gradiente de la suma.
def forward(X, params, act):
    phi = {
        "relu": lambda z: np.maximum(z, 0),
        "tanh": np.tanh,
        "sigmoid": lambda z: (1 + np.tanh(z / 2)) / 2,
    }[act]
    cache = [act, X]
    for W, b in params[:-1]:
        cache.append(phi(cache[-1] @ W.T + b))
    cache.append(cache[-1] @ params[-1][0].T + params[-1][1])
    return cache[-1], cache


def backward(cache, y, params):
    act, *inputs, logits = cache
    rows = np.arange(len(y))
    log_p = logits - logits.max(axis=1, keepdims=True)
    log_p = log_p - np.log(np.exp(log_p).sum(axis=1, keepdims=True))
    delta = np.exp(log_p)
    delta[rows, y] -= 1
    grads = []
    for a, (W, _) in zip(inputs[::-1], params[::-1], strict=True):
        grads.append((delta.T @ a, delta.sum(axis=0)))
        slope = {"relu": a > 0, "tanh": 1 - a**2, "sigmoid": a * (1 - a)}[act]
        delta = (delta @ W) * slope
    return -log_p[rows, y].mean(), grads[::-1]


# %% wrong e4_3 divides_twice_by_n
# Divide entre n en delta y otra vez en cada gradiente.
def forward(X, params, act):
    phi = {
        "relu": lambda z: np.maximum(z, 0),
        "tanh": np.tanh,
        "sigmoid": lambda z: (1 + np.tanh(z / 2)) / 2,
    }[act]
    cache = [act, X]
    for W, b in params[:-1]:
        cache.append(phi(cache[-1] @ W.T + b))
    cache.append(cache[-1] @ params[-1][0].T + params[-1][1])
    return cache[-1], cache


def backward(cache, y, params):
    act, *inputs, logits = cache
    n = len(y)
    rows = np.arange(n)
    log_p = logits - logits.max(axis=1, keepdims=True)
    log_p = log_p - np.log(np.exp(log_p).sum(axis=1, keepdims=True))
    delta = np.exp(log_p)
    delta[rows, y] -= 1
    delta /= n
    grads = []
    for a, (W, _) in zip(inputs[::-1], params[::-1], strict=True):
        grads.append((delta.T @ a / n, delta.mean(axis=0)))
        slope = {"relu": a > 0, "tanh": 1 - a**2, "sigmoid": a * (1 - a)}[act]
        delta = (delta @ W) * slope
    return -log_p[rows, y].mean(), grads[::-1]


# %% wrong e4_3 mask_of_wrong_layer
# La derivada que multiplica a delta es la de la capa de arriba.
def forward(X, params, act):
    phi = {
        "relu": lambda z: np.maximum(z, 0),
        "tanh": np.tanh,
        "sigmoid": lambda z: (1 + np.tanh(z / 2)) / 2,
    }[act]
    cache = [act, X]
    for W, b in params[:-1]:
        cache.append(phi(cache[-1] @ W.T + b))
    cache.append(cache[-1] @ params[-1][0].T + params[-1][1])
    return cache[-1], cache


def backward(cache, y, params):
    act, *inputs, logits = cache
    rows = np.arange(len(y))
    log_p = logits - logits.max(axis=1, keepdims=True)
    log_p = log_p - np.log(np.exp(log_p).sum(axis=1, keepdims=True))
    delta = np.exp(log_p)
    delta[rows, y] -= 1
    delta /= len(y)
    grads, outputs = [], [*inputs[1:], logits]
    for a, h, (W, _) in zip(inputs[::-1], outputs[::-1], params[::-1], strict=True):
        if h is not logits:
            slope = {"relu": a > 0, "tanh": 1 - a**2, "sigmoid": a * (1 - a)}[act]
            delta = delta * slope if slope.shape == delta.shape else delta
        grads.append((delta.T @ a, delta.sum(axis=0)))
        delta = delta @ W
    return -log_p[rows, y].mean(), grads[::-1]


# %% wrong e4_3 delta_through_updated_weights
# Actualiza W dentro de backward: delta baja por los pesos nuevos y params cambia.
def forward(X, params, act):
    phi = {
        "relu": lambda z: np.maximum(z, 0),
        "tanh": np.tanh,
        "sigmoid": lambda z: (1 + np.tanh(z / 2)) / 2,
    }[act]
    cache = [act, X]
    for W, b in params[:-1]:
        cache.append(phi(cache[-1] @ W.T + b))
    cache.append(cache[-1] @ params[-1][0].T + params[-1][1])
    return cache[-1], cache


def backward(cache, y, params):
    act, *inputs, logits = cache
    rows = np.arange(len(y))
    log_p = logits - logits.max(axis=1, keepdims=True)
    log_p = log_p - np.log(np.exp(log_p).sum(axis=1, keepdims=True))
    delta = np.exp(log_p)
    delta[rows, y] -= 1
    delta /= len(y)
    grads = []
    for a, (W, b) in zip(inputs[::-1], params[::-1], strict=True):
        grads.append((delta.T @ a, delta.sum(axis=0)))
        W -= 0.01 * grads[-1][0]
        b -= 0.01 * grads[-1][1]
        slope = {"relu": a > 0, "tanh": 1 - a**2, "sigmoid": a * (1 - a)}[act]
        delta = (delta @ W) * slope
    return -log_p[rows, y].mean(), grads[::-1]


# %% wrong e4_3 unstable_softmax
# exp(logits) sin restar el máximo: con logits de 1000 sale nan.
def forward(X, params, act):
    phi = {
        "relu": lambda z: np.maximum(z, 0),
        "tanh": np.tanh,
        "sigmoid": lambda z: (1 + np.tanh(z / 2)) / 2,
    }[act]
    cache = [act, X]
    for W, b in params[:-1]:
        cache.append(phi(cache[-1] @ W.T + b))
    cache.append(cache[-1] @ params[-1][0].T + params[-1][1])
    return cache[-1], cache


def backward(cache, y, params):
    act, *inputs, logits = cache
    rows = np.arange(len(y))
    with np.errstate(all="ignore"):
        p = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
        loss = -np.log(p[rows, y]).mean()
    delta = p.copy()
    delta[rows, y] -= 1
    delta /= len(y)
    grads = []
    for a, (W, _) in zip(inputs[::-1], params[::-1], strict=True):
        grads.append((delta.T @ a, delta.sum(axis=0)))
        slope = {"relu": a > 0, "tanh": 1 - a**2, "sigmoid": a * (1 - a)}[act]
        delta = (delta @ W) * slope
    return loss, grads[::-1]


# %% wrong e4_3 loop_over_rows
# Correcto pero fila a fila: demasiado lento con muchas filas.
def forward(X, params, act):
    phi = {
        "relu": lambda z: np.maximum(z, 0),
        "tanh": np.tanh,
        "sigmoid": lambda z: (1 + np.tanh(z / 2)) / 2,
    }[act]
    cache = []
    for x in X:
        row = [x]
        for W, b in params[:-1]:
            row.append(phi(W @ row[-1] + b))
        row.append(params[-1][0] @ row[-1] + params[-1][1])
        cache.append([act, row])
    return np.array([row[-1] for _, row in cache]), cache


def backward(cache, y, params):
    loss, n = 0.0, len(y)
    grads = [(np.zeros_like(W), np.zeros_like(b)) for W, b in params]
    for (act, row), label in zip(cache, y, strict=True):
        shifted = row[-1] - row[-1].max()
        log_p = shifted - np.log(np.exp(shifted).sum())
        loss -= log_p[label] / n
        delta = np.exp(log_p)
        delta[label] -= 1
        delta /= n
        for layer in range(len(params) - 1, -1, -1):
            a = row[layer]
            grads[layer] = (
                grads[layer][0] + np.outer(delta, a),
                grads[layer][1] + delta,
            )
            slope = {"relu": a > 0, "tanh": 1 - a**2, "sigmoid": a * (1 - a)}[act]
            delta = (delta @ params[layer][0]) * slope
    return loss, grads


# %% wrong e4_3 gradients_in_reverse
# Devuelve los gradientes de la última capa a la primera.
def forward(X, params, act):
    phi = {
        "relu": lambda z: np.maximum(z, 0),
        "tanh": np.tanh,
        "sigmoid": lambda z: (1 + np.tanh(z / 2)) / 2,
    }[act]
    cache = [act, X]
    for W, b in params[:-1]:
        cache.append(phi(cache[-1] @ W.T + b))
    cache.append(cache[-1] @ params[-1][0].T + params[-1][1])
    return cache[-1], cache


def backward(cache, y, params):
    act, *inputs, logits = cache
    rows = np.arange(len(y))
    log_p = logits - logits.max(axis=1, keepdims=True)
    log_p = log_p - np.log(np.exp(log_p).sum(axis=1, keepdims=True))
    delta = np.exp(log_p)
    delta[rows, y] -= 1
    delta /= len(y)
    grads = []
    for a, (W, _) in zip(inputs[::-1], params[::-1], strict=True):
        grads.append((delta.T @ a, delta.sum(axis=0)))
        slope = {"relu": a > 0, "tanh": 1 - a**2, "sigmoid": a * (1 - a)}[act]
        delta = (delta @ W) * slope
    return -log_p[rows, y].mean(), grads


# %% wrong e4_3 consumes_the_cache
# backward vacía cache con pop: llamarlo dos veces ya no funciona.
def forward(X, params, act):
    phi = {
        "relu": lambda z: np.maximum(z, 0),
        "tanh": np.tanh,
        "sigmoid": lambda z: (1 + np.tanh(z / 2)) / 2,
    }[act]
    cache = [act, X]
    for W, b in params[:-1]:
        cache.append(phi(cache[-1] @ W.T + b))
    cache.append(cache[-1] @ params[-1][0].T + params[-1][1])
    return cache[-1], cache


def backward(cache, y, params):
    act, logits, rows = cache[0], cache.pop(), np.arange(len(y))
    log_p = logits - logits.max(axis=1, keepdims=True)
    log_p = log_p - np.log(np.exp(log_p).sum(axis=1, keepdims=True))
    delta = np.exp(log_p)
    delta[rows, y] -= 1
    delta /= len(y)
    grads = []
    for W, _ in params[::-1]:
        a = cache.pop()
        grads.append((delta.T @ a, delta.sum(axis=0)))
        slope = {"relu": a > 0, "tanh": 1 - a**2, "sigmoid": a * (1 - a)}[act]
        delta = (delta @ W) * slope
    return -log_p[rows, y].mean(), grads[::-1]


# %% wrong e4_3 derivative_at_the_output_value
# Deriva tanh y sigmoide como si a fuera z: aplica la función dos veces.
def forward(X, params, act):
    phi = {
        "relu": lambda z: np.maximum(z, 0),
        "tanh": np.tanh,
        "sigmoid": lambda z: (1 + np.tanh(z / 2)) / 2,
    }[act]
    cache = [act, X]
    for W, b in params[:-1]:
        cache.append(phi(cache[-1] @ W.T + b))
    cache.append(cache[-1] @ params[-1][0].T + params[-1][1])
    return cache[-1], cache


def backward(cache, y, params):
    act, *inputs, logits = cache
    rows = np.arange(len(y))
    log_p = logits - logits.max(axis=1, keepdims=True)
    log_p = log_p - np.log(np.exp(log_p).sum(axis=1, keepdims=True))
    delta = np.exp(log_p)
    delta[rows, y] -= 1
    delta /= len(y)
    grads = []
    for a, (W, _) in zip(inputs[::-1], params[::-1], strict=True):
        grads.append((delta.T @ a, delta.sum(axis=0)))
        s = (1 + np.tanh(a / 2)) / 2
        slope = {"relu": a > 0, "tanh": 1 - np.tanh(a) ** 2, "sigmoid": s * (1 - s)}
        delta = (delta @ W) * slope[act]
    return -log_p[rows, y].mean(), grads[::-1]


# %% right e4_3 stores_preactivations
# Guarda (entrada, z, act) por capa y deriva con z; sigmoide con exponente negativo.
def forward(X, params, act):
    def sigmoid(z):
        e = np.exp(-np.abs(z))
        return np.where(z >= 0, 1 / (1 + e), e / (1 + e))

    phi = {"relu": lambda z: z * (z > 0), "tanh": np.tanh, "sigmoid": sigmoid}[act]
    a, cache = X, []
    for W, b in params:
        z = np.einsum("ni,oi->no", a, W) + b
        cache.append((a, z, act))
        a = phi(z)
    return cache[-1][1], cache


def backward(cache, y, params):
    def slope(z, act):
        if act == "relu":
            return np.where(z > 0, 1.0, 0.0)
        if act == "tanh":
            return 1 / np.cosh(np.clip(z, -350, 350)) ** 2
        e = np.exp(-np.abs(z))
        return e / (1 + e) ** 2

    n, logits = len(y), cache[-1][1]
    target = np.eye(logits.shape[1])[y]
    top = logits.max(axis=1, keepdims=True)
    total = top + np.log(np.exp(logits - top).sum(axis=1, keepdims=True))
    loss = ((total - logits) * target).sum() / n
    delta = (np.exp(logits - total) - target) / n
    grads = [None] * len(params)
    for layer in reversed(range(len(params))):
        a, _, _ = cache[layer]
        grads[layer] = (np.einsum("no,ni->oi", delta, a), delta.sum(0))
        if layer > 0:
            _, z, act = cache[layer - 1]
            delta = delta @ params[layer][0] * slope(z, act)
    return loss, grads


# %% right e4_3 recursive
# Forma recursiva, con logsumexp de SciPy.
def forward(X, params, act):
    (W, b), *rest = params
    z = X @ W.T + b
    if not rest:
        return z, [X, z]
    if act == "relu":
        a, slope = np.maximum(z, 0.0), np.heaviside(z, 0.0)
    elif act == "tanh":
        a = np.tanh(z)
        slope = 1 - a * a
    else:
        with np.errstate(over="ignore"):
            a = 1 / (1 + np.exp(-z))
        slope = a - a**2
    logits, inner = forward(a, rest, act)
    return logits, [X, slope, inner]


def backward(cache, y, params):
    from scipy.special import logsumexp

    def walk(cache, params):
        if len(params) == 1:
            X, z = cache
            log_p = z - logsumexp(z, axis=1, keepdims=True)
            loss = -np.mean(np.take_along_axis(log_p, y[:, None], axis=1))
            delta = (np.exp(log_p) - (np.arange(z.shape[1]) == y[:, None])) / len(y)
            return loss, delta, [(delta.T @ X, delta.sum(axis=0))]
        X, slope, inner = cache
        loss, delta, grads = walk(inner, params[1:])
        delta = (delta @ params[1][0]) * slope
        return loss, delta, [(delta.T @ X, delta.sum(axis=0)), *grads]

    loss, _, grads = walk(cache, params)
    return loss, grads


# %% wrong e4_4 forward_difference
# Diferencia hacia delante: su error es del orden de eps, no de eps al cuadrado.
def grad_check(loss, grad, x, eps=1e-6):
    if grad.shape != x.shape:
        raise ValueError("formas distintas")
    if not np.isfinite(grad).all():
        return math.inf
    point, worst = np.array(x, dtype=np.float64), 0.0
    centre = loss(point)
    for index in np.ndindex(point.shape):
        value = point[index]
        point[index] = value + eps
        above = loss(point)
        point[index] = value - eps
        below = loss(point)
        point[index] = value
        right, left = (above - centre) / eps, (centre - below) / eps
        if not abs(right - left) <= 0.01 * (abs(right) + abs(left)) + 100 * eps:
            return math.inf
        size = abs(right) + abs(grad[index])
        if size > 0:
            worst = max(worst, abs(right - grad[index]) / size)
    return float(worst)


# %% wrong e4_4 absolute_error
# Error absoluto: depende de las unidades de la pérdida.
def grad_check(loss, grad, x, eps=1e-6):
    if grad.shape != x.shape:
        raise ValueError("formas distintas")
    if not np.isfinite(grad).all():
        return math.inf
    point, worst = np.array(x, dtype=np.float64), 0.0
    centre = loss(point)
    for index in np.ndindex(point.shape):
        value = point[index]
        point[index] = value + eps
        above = loss(point)
        point[index] = value - eps
        below = loss(point)
        point[index] = value
        right, left = (above - centre) / eps, (centre - below) / eps
        if not abs(right - left) <= 0.01 * (abs(right) + abs(left)) + 100 * eps:
            return math.inf
        worst = max(worst, abs((above - below) / (2 * eps) - grad[index]))
    return float(worst)


# %% wrong e4_4 norm_of_everything
# Cociente de normas: una sola entrada mal entre muchas grandes no se ve.
def grad_check(loss, grad, x, eps=1e-6):
    if grad.shape != x.shape:
        raise ValueError("formas distintas")
    if not np.isfinite(grad).all():
        return math.inf
    point = np.array(x, dtype=np.float64)
    numeric, centre = np.zeros(x.shape), loss(point)
    for index in np.ndindex(point.shape):
        value = point[index]
        point[index] = value + eps
        above = loss(point)
        point[index] = value - eps
        below = loss(point)
        point[index] = value
        right, left = (above - centre) / eps, (centre - below) / eps
        if not abs(right - left) <= 0.01 * (abs(right) + abs(left)) + 100 * eps:
            return math.inf
        numeric[index] = (above - below) / (2 * eps)
    size = np.linalg.norm(numeric) + np.linalg.norm(grad)
    return float(np.linalg.norm(numeric - grad) / size) if size > 0 else 0.0


# %% wrong e4_4 mean_instead_of_max
# La media sobre las entradas diluye un único fallo.
def grad_check(loss, grad, x, eps=1e-6):
    if grad.shape != x.shape:
        raise ValueError("formas distintas")
    if not np.isfinite(grad).all():
        return math.inf
    point, errors = np.array(x, dtype=np.float64), []
    centre = loss(point)
    for index in np.ndindex(point.shape):
        value = point[index]
        point[index] = value + eps
        above = loss(point)
        point[index] = value - eps
        below = loss(point)
        point[index] = value
        right, left = (above - centre) / eps, (centre - below) / eps
        if not abs(right - left) <= 0.01 * (abs(right) + abs(left)) + 100 * eps:
            return math.inf
        numeric = (above - below) / (2 * eps)
        size = abs(numeric) + abs(grad[index])
        errors.append(abs(numeric - grad[index]) / size if size > 0 else 0.0)
    return float(np.mean(errors))


# %% wrong e4_4 ignores_kinks
# No mira las pendientes laterales: junto a un codo da un número sin sentido.
def grad_check(loss, grad, x, eps=1e-6):
    if grad.shape != x.shape:
        raise ValueError("formas distintas")
    if not np.isfinite(grad).all():
        return math.inf
    point, worst = np.array(x, dtype=np.float64), 0.0
    for index in np.ndindex(point.shape):
        value = point[index]
        point[index] = value + eps
        above = loss(point)
        point[index] = value - eps
        below = loss(point)
        point[index] = value
        numeric = (above - below) / (2 * eps)
        if not np.isfinite(numeric):
            return math.inf
        size = abs(numeric) + abs(grad[index])
        if size > 0:
            worst = max(worst, abs(numeric - grad[index]) / size)
    return float(worst)


# %% wrong e4_4 moves_x_and_subtracts
# Mueve el propio x y lo recupera restando: no queda bit a bit igual.
def grad_check(loss, grad, x, eps=1e-6):
    if grad.shape != x.shape:
        raise ValueError("formas distintas")
    if not np.isfinite(grad).all():
        return math.inf
    keep = x if x.dtype == np.float64 else x.astype(np.float64)
    worst, centre = 0.0, loss(keep)
    for index in np.ndindex(keep.shape):
        keep[index] += eps
        above = loss(keep)
        keep[index] -= 2 * eps
        below = loss(keep)
        keep[index] += eps
        right, left = (above - centre) / eps, (centre - below) / eps
        if not abs(right - left) <= 0.01 * (abs(right) + abs(left)) + 100 * eps:
            return math.inf
        numeric = (above - below) / (2 * eps)
        size = abs(numeric) + abs(grad[index])
        if size > 0:
            worst = max(worst, abs(numeric - grad[index]) / size)
    return float(worst)


# %% wrong e4_4 stays_in_float32
# Copia x con su tipo: en float32 sumar 1e-6 casi no cambia nada.
def grad_check(loss, grad, x, eps=1e-6):
    if grad.shape != x.shape:
        raise ValueError("formas distintas")
    if not np.isfinite(grad).all():
        return math.inf
    point, worst = x.copy(), 0.0
    centre = loss(point)
    for index in np.ndindex(point.shape):
        value = point[index]
        point[index] = value + eps
        above = loss(point)
        point[index] = value - eps
        below = loss(point)
        point[index] = value
        right, left = (above - centre) / eps, (centre - below) / eps
        if not abs(right - left) <= 0.01 * (abs(right) + abs(left)) + 100 * eps:
            return math.inf
        numeric = (above - below) / (2 * eps)
        size = abs(numeric) + abs(grad[index])
        if size > 0:
            worst = max(worst, abs(numeric - grad[index]) / size)
    return float(worst)


# %% wrong e4_4 zero_over_zero
# Donde los dos gradientes son 0 divide 0/0 y devuelve nan.
def grad_check(loss, grad, x, eps=1e-6):
    if grad.shape != x.shape:
        raise ValueError("formas distintas")
    if not np.isfinite(grad).all():
        return math.inf
    point = np.array(x, dtype=np.float64)
    numeric, centre = np.zeros(x.shape), loss(point)
    for index in np.ndindex(point.shape):
        value = point[index]
        point[index] = value + eps
        above = loss(point)
        point[index] = value - eps
        below = loss(point)
        point[index] = value
        right, left = (above - centre) / eps, (centre - below) / eps
        if not abs(right - left) <= 0.01 * (abs(right) + abs(left)) + 100 * eps:
            return math.inf
        numeric[index] = (above - below) / (2 * eps)
    with np.errstate(all="ignore"):
        error = np.abs(numeric - grad) / (np.abs(numeric) + np.abs(grad))
    return float(error.max())


# %% wrong e4_4 one_sided_denominator
# Divide solo entre el gradiente numérico: el denominador no es simétrico.
def grad_check(loss, grad, x, eps=1e-6):
    if grad.shape != x.shape:
        raise ValueError("formas distintas")
    if not np.isfinite(grad).all():
        return math.inf
    point, worst = np.array(x, dtype=np.float64), 0.0
    centre = loss(point)
    for index in np.ndindex(point.shape):
        value = point[index]
        point[index] = value + eps
        above = loss(point)
        point[index] = value - eps
        below = loss(point)
        point[index] = value
        right, left = (above - centre) / eps, (centre - below) / eps
        if not abs(right - left) <= 0.01 * (abs(right) + abs(left)) + 100 * eps:
            return math.inf
        numeric = (above - below) / (2 * eps)
        if numeric != grad[index]:
            error = abs(numeric - grad[index]) / max(abs(numeric), 1e-12)
            worst = max(worst, error)
    return float(worst)


# %% right e4_4 basis_vectors
# Sin modificar nada: suma eps por un array con un solo uno.
def grad_check(loss, grad, x, eps=1e-6):
    if grad.shape != x.shape:
        raise ValueError("grad y x deben tener la misma forma")
    base, flat = np.asarray(x, dtype=np.float64), np.asarray(grad, dtype=np.float64)
    centre, errors = loss(base.copy()), [0.0]
    for k, g in enumerate(flat.ravel()):
        step = np.zeros(base.size)
        step[k] = eps
        step = step.reshape(base.shape)
        above, below = loss(base + step), loss(base - step)
        slopes = np.array([above - centre, centre - below]) / eps
        limit = 0.01 * np.abs(slopes).sum() + 100 * eps
        if not (np.isfinite(g) and np.isfinite(slopes).all()):
            return float("inf")
        if abs(slopes[0] - slopes[1]) > limit:
            return float("inf")
        numeric = (above - below) / eps / 2
        errors.append(abs(numeric - g) / max(abs(numeric) + abs(g), 1e-12))
    return max(errors)


# %% right e4_4 collects_then_compares
# Recoge primero todas las evaluaciones y compara al final con arrays.
def grad_check(loss, grad, x, eps=1e-6):
    if np.shape(grad) != np.shape(x):
        raise ValueError(f"{np.shape(grad)} no es {np.shape(x)}")
    base = np.asarray(x).astype(np.float64, order="C")
    numbers = base.reshape(-1)
    values = np.empty((2, numbers.size))
    for k in range(numbers.size):
        saved = numbers[k]
        for side, sign in enumerate((1, -1)):
            numbers[k] = saved + sign * eps
            values[side, k] = loss(base)
        numbers[k] = saved
    f0 = loss(base)
    g = np.asarray(grad, dtype=np.float64).reshape(-1)
    if not (np.isfinite(values).all() and np.isfinite(g).all() and np.isfinite(f0)):
        return np.inf
    right, left = (values[0] - f0) / eps, (f0 - values[1]) / eps
    if (np.abs(right - left) > 0.01 * (abs(right) + abs(left)) + 100 * eps).any():
        return np.inf
    numeric = (values[0] - values[1]) / (2 * eps)
    size = np.abs(numeric) + np.abs(g)
    error = np.divide(abs(numeric - g), size, out=np.zeros_like(g), where=size > 0)
    return float(error.max(initial=0.0))


# %% wrong e4_5 naive_exponentials
# exp de números grandes: inf/inf = nan en silu y softplus infinito.
def act(z, name):
    s = 1 / (1 + torch.exp(-z))
    table = {
        "sigmoid": torch.exp(z) / (1 + torch.exp(z)),
        "tanh": (torch.exp(z) - torch.exp(-z)) / (torch.exp(z) + torch.exp(-z)),
        "relu": torch.where(z > 0, z, 0 * z),
        "leaky": torch.where(z > 0, z, 0.01 * z),
        "elu": torch.where(z > 0, z, torch.exp(z) - 1),
        "gelu": z * (1 + torch.erf(z / math.sqrt(2))) / 2,
        "silu": z * s,
        "softplus": torch.log(1 + torch.exp(z)),
    }
    if name not in table:
        raise ValueError(name)
    return table[name]


def dact(z, name):
    s = 1 / (1 + torch.exp(-z))
    phi = torch.exp(-(z**2) / 2) / math.sqrt(2 * math.pi)
    table = {
        "sigmoid": s * (1 - s),
        "tanh": 1 - act(z, "tanh") ** 2,
        "relu": (z > 0).to(z.dtype),
        "leaky": torch.where(z > 0, torch.ones_like(z), 0.01 * torch.ones_like(z)),
        "elu": torch.where(z > 0, torch.ones_like(z), torch.exp(z)),
        "gelu": (1 + torch.erf(z / math.sqrt(2))) / 2 + z * phi,
        "silu": s + z * s * (1 - s),
        "softplus": s,
    }
    if name not in table:
        raise ValueError(name)
    return table[name]


# %% wrong e4_5 tanh_gelu
# Aproximación con tanh: se parece, pero no es la GELU exacta.
def act(z, name):
    e = torch.exp(-z.abs())
    s = torch.where(z >= 0, 1 / (1 + e), e / (1 + e))
    inner = math.sqrt(2 / math.pi) * (z + 0.044715 * z**3)
    table = {
        "sigmoid": s,
        "tanh": torch.tanh(z),
        "relu": z.clamp(min=0),
        "leaky": torch.where(z > 0, z, 0.01 * z),
        "elu": torch.where(z > 0, z, torch.expm1(z.clamp(max=0))),
        "gelu": z * (1 + torch.tanh(inner)) / 2,
        "silu": z * s,
        "softplus": z.clamp(min=0) + torch.log1p(e),
    }
    if name not in table:
        raise ValueError(name)
    return table[name]


def dact(z, name):
    s = act(z, "sigmoid")
    phi = torch.exp(-(z**2) / 2) / math.sqrt(2 * math.pi)
    table = {
        "sigmoid": s * (1 - s),
        "tanh": 1 - torch.tanh(z) ** 2,
        "relu": (z > 0).to(z.dtype),
        "leaky": torch.where(z > 0, torch.ones_like(z), 0.01 * torch.ones_like(z)),
        "elu": torch.exp(z.clamp(max=0)),
        "gelu": (1 + torch.erf(z / math.sqrt(2))) / 2 + z * phi,
        "silu": s + z * s * (1 - s),
        "softplus": s,
    }
    if name not in table:
        raise ValueError(name)
    return table[name]


# %% wrong e4_5 silu_without_second_term
# La derivada de un producto tiene dos términos; aquí falta el segundo.
def act(z, name):
    e = torch.exp(-z.abs())
    s = torch.where(z >= 0, 1 / (1 + e), e / (1 + e))
    table = {
        "sigmoid": s,
        "tanh": torch.tanh(z),
        "relu": z.clamp(min=0),
        "leaky": torch.where(z > 0, z, 0.01 * z),
        "elu": torch.where(z > 0, z, torch.expm1(z.clamp(max=0))),
        "gelu": z * (1 + torch.erf(z / math.sqrt(2))) / 2,
        "silu": z * s,
        "softplus": z.clamp(min=0) + torch.log1p(e),
    }
    if name not in table:
        raise ValueError(name)
    return table[name]


def dact(z, name):
    s = act(z, "sigmoid")
    phi = torch.exp(-(z**2) / 2) / math.sqrt(2 * math.pi)
    table = {
        "sigmoid": s * (1 - s),
        "tanh": 1 - torch.tanh(z) ** 2,
        "relu": (z > 0).to(z.dtype),
        "leaky": torch.where(z > 0, torch.ones_like(z), 0.01 * torch.ones_like(z)),
        "elu": torch.exp(z.clamp(max=0)),
        "gelu": (1 + torch.erf(z / math.sqrt(2))) / 2 + z * phi,
        "silu": s,
        "softplus": s,
    }
    if name not in table:
        raise ValueError(name)
    return table[name]


# %% wrong e4_5 relu_slope_one_at_zero
# En z = 0 la derivada pedida es 0, no 1.
def act(z, name):
    e = torch.exp(-z.abs())
    s = torch.where(z >= 0, 1 / (1 + e), e / (1 + e))
    table = {
        "sigmoid": s,
        "tanh": torch.tanh(z),
        "relu": z.clamp(min=0),
        "leaky": torch.where(z > 0, z, 0.01 * z),
        "elu": torch.where(z > 0, z, torch.expm1(z.clamp(max=0))),
        "gelu": z * (1 + torch.erf(z / math.sqrt(2))) / 2,
        "silu": z * s,
        "softplus": z.clamp(min=0) + torch.log1p(e),
    }
    if name not in table:
        raise ValueError(name)
    return table[name]


def dact(z, name):
    s = act(z, "sigmoid")
    phi = torch.exp(-(z**2) / 2) / math.sqrt(2 * math.pi)
    table = {
        "sigmoid": s * (1 - s),
        "tanh": 1 - torch.tanh(z) ** 2,
        "relu": (z >= 0).to(z.dtype),
        "leaky": torch.where(z > 0, torch.ones_like(z), 0.01 * torch.ones_like(z)),
        "elu": torch.exp(z.clamp(max=0)),
        "gelu": (1 + torch.erf(z / math.sqrt(2))) / 2 + z * phi,
        "silu": s + z * s * (1 - s),
        "softplus": s,
    }
    if name not in table:
        raise ValueError(name)
    return table[name]


# %% wrong e4_5 modifies_the_input
# clamp_ con guion bajo cambia el tensor del que llama.
def act(z, name):
    e = torch.exp(-z.abs())
    s = torch.where(z >= 0, 1 / (1 + e), e / (1 + e))
    if name == "sigmoid":
        return s
    if name == "tanh":
        return torch.tanh(z)
    if name == "relu":
        return z.clamp_(min=0)
    if name == "leaky":
        return torch.where(z > 0, z, 0.01 * z)
    if name == "elu":
        return torch.where(z > 0, z, torch.expm1(z.clamp(max=0)))
    if name == "gelu":
        return z * (1 + torch.erf(z / math.sqrt(2))) / 2
    if name == "silu":
        return z * s
    if name == "softplus":
        return z.clamp(min=0) + torch.log1p(e)
    raise ValueError(name)


def dact(z, name):
    s = act(z, "sigmoid")
    phi = torch.exp(-(z**2) / 2) / math.sqrt(2 * math.pi)
    table = {
        "sigmoid": s * (1 - s),
        "tanh": 1 - torch.tanh(z) ** 2,
        "relu": (z > 0).to(z.dtype),
        "leaky": torch.where(z > 0, torch.ones_like(z), 0.01 * torch.ones_like(z)),
        "elu": torch.exp(z.clamp(max=0)),
        "gelu": (1 + torch.erf(z / math.sqrt(2))) / 2 + z * phi,
        "silu": s + z * s * (1 - s),
        "softplus": s,
    }
    if name not in table:
        raise ValueError(name)
    return table[name]


# %% wrong e4_5 loses_the_dtype
# where con dos números sueltos da float32 aunque z sea float64.
def act(z, name):
    e = torch.exp(-z.abs())
    s = torch.where(z >= 0, 1 / (1 + e), e / (1 + e))
    table = {
        "sigmoid": s,
        "tanh": torch.tanh(z),
        "relu": z.clamp(min=0),
        "leaky": torch.where(z > 0, z, 0.01 * z),
        "elu": torch.where(z > 0, z, torch.expm1(z.clamp(max=0))),
        "gelu": z * (1 + torch.erf(z / math.sqrt(2))) / 2,
        "silu": z * s,
        "softplus": z.clamp(min=0) + torch.log1p(e),
    }
    if name not in table:
        raise ValueError(name)
    return table[name]


def dact(z, name):
    s = act(z, "sigmoid")
    phi = torch.exp(-(z**2) / 2) / math.sqrt(2 * math.pi)
    table = {
        "sigmoid": s * (1 - s),
        "tanh": 1 - torch.tanh(z) ** 2,
        "relu": torch.where(z > 0, 1.0, 0.0),
        "leaky": torch.where(z > 0, 1.0, 0.01),
        "elu": torch.exp(z.clamp(max=0)),
        "gelu": (1 + torch.erf(z / math.sqrt(2))) / 2 + z * phi,
        "silu": s + z * s * (1 - s),
        "softplus": s,
    }
    if name not in table:
        raise ValueError(name)
    return table[name]


# %% wrong e4_5 cancels_near_zero
# exp(z) - 1 y log(1 + e): sin nan, pero pierden las cifras en float32.
def act(z, name):
    e = torch.exp(-z.abs())
    s = torch.where(z >= 0, 1 / (1 + e), e / (1 + e))
    table = {
        "sigmoid": s,
        "tanh": torch.tanh(z),
        "relu": z.clamp(min=0),
        "leaky": torch.where(z > 0, z, 0.01 * z),
        "elu": torch.where(z > 0, z, torch.exp(z.clamp(max=0)) - 1),
        "gelu": z * (1 + torch.erf(z / math.sqrt(2))) / 2,
        "silu": z * s,
        "softplus": z.clamp(min=0) + torch.log(1 + e),
    }
    if name not in table:
        raise ValueError(name)
    return table[name]


def dact(z, name):
    s = act(z, "sigmoid")
    phi = torch.exp(-(z**2) / 2) / math.sqrt(2 * math.pi)
    table = {
        "sigmoid": s * (1 - s),
        "tanh": 1 - torch.tanh(z) ** 2,
        "relu": (z > 0).to(z.dtype),
        "leaky": torch.where(z > 0, torch.ones_like(z), 0.01 * torch.ones_like(z)),
        "elu": torch.exp(z.clamp(max=0)),
        "gelu": (1 + torch.erf(z / math.sqrt(2))) / 2 + z * phi,
        "silu": s + z * s * (1 - s),
        "softplus": s,
    }
    if name not in table:
        raise ValueError(name)
    return table[name]


# %% wrong e4_5 unknown_name_returns_none
# Un nombre desconocido no lanza nada: devuelve None en silencio.
def act(z, name):
    e = torch.exp(-z.abs())
    s = torch.where(z >= 0, 1 / (1 + e), e / (1 + e))
    table = {
        "sigmoid": s,
        "tanh": torch.tanh(z),
        "relu": z.clamp(min=0),
        "leaky": torch.where(z > 0, z, 0.01 * z),
        "elu": torch.where(z > 0, z, torch.expm1(z.clamp(max=0))),
        "gelu": z * (1 + torch.erf(z / math.sqrt(2))) / 2,
        "silu": z * s,
        "softplus": z.clamp(min=0) + torch.log1p(e),
    }
    return table.get(name)


def dact(z, name):
    s = act(z, "sigmoid")
    phi = torch.exp(-(z**2) / 2) / math.sqrt(2 * math.pi)
    table = {
        "sigmoid": s * (1 - s),
        "tanh": 1 - torch.tanh(z) ** 2,
        "relu": (z > 0).to(z.dtype),
        "leaky": torch.where(z > 0, torch.ones_like(z), 0.01 * torch.ones_like(z)),
        "elu": torch.exp(z.clamp(max=0)),
        "gelu": (1 + torch.erf(z / math.sqrt(2))) / 2 + z * phi,
        "silu": s + z * s * (1 - s),
        "softplus": s,
    }
    return table.get(name)


# %% right e4_5 sigmoid_from_tanh
# La sigmoide a partir de tanh, y las partes positiva y negativa por separado.
def act(z, name):
    positive, negative = (z + z.abs()) / 2, (z - z.abs()) / 2
    sigmoid = 0.5 + 0.5 * torch.tanh(0.5 * z)
    if name == "sigmoid":
        return sigmoid
    if name == "tanh":
        return torch.tanh(z)
    if name == "relu":
        return positive
    if name == "leaky":
        return positive + 0.01 * negative
    if name == "elu":
        return positive + torch.expm1(negative)
    if name == "gelu":
        return z * 0.5 * torch.erfc(-z / 2**0.5)
    if name == "silu":
        return z * sigmoid
    if name == "softplus":
        return torch.logaddexp(z, torch.zeros_like(z))
    raise ValueError(f"no conozco {name}")


def dact(z, name):
    sigmoid = act(z, "sigmoid")
    step = torch.heaviside(z, torch.zeros((), dtype=z.dtype))
    if name == "sigmoid":
        return sigmoid - sigmoid**2
    if name == "tanh":
        return 1 - torch.tanh(z).square()
    if name == "relu":
        return step
    if name == "leaky":
        return 0.01 + 0.99 * step
    if name == "elu":
        return torch.minimum(z, torch.zeros_like(z)).exp()
    if name == "gelu":
        bell = torch.exp(-0.5 * z * z) * (1 / math.sqrt(2 * math.pi))
        return 0.5 * torch.erfc(-z / 2**0.5) + z * bell
    if name == "silu":
        return sigmoid * (1 + z * (1 - sigmoid))
    if name == "softplus":
        return sigmoid
    raise ValueError(f"no conozco {name}")


# %% right e4_5 table_of_functions
# Un diccionario de funciones por nombre, con máscaras booleanas.
def act(z, name):
    def sigmoid(v):
        return torch.exp(-softplus(-v))

    def softplus(v):
        return torch.maximum(v, torch.zeros_like(v)) + torch.exp(-v.abs()).log1p()

    table = {
        "sigmoid": sigmoid,
        "tanh": torch.tanh,
        "relu": lambda v: v * (v > 0),
        "leaky": lambda v: torch.maximum(v, v / 100),
        "elu": lambda v: torch.expm1(v.clamp(max=0)) + v * (v > 0),
        "gelu": lambda v: v * torch.special.ndtr(v),
        "silu": lambda v: v * sigmoid(v),
        "softplus": softplus,
    }
    try:
        return table[name](z)
    except KeyError:
        raise ValueError(name) from None


def dact(z, name):
    s = act(z, "sigmoid")
    bell = (-(z**2) / 2).exp() / (2 * math.pi) ** 0.5
    table = {
        "sigmoid": lambda: s * (1 - s),
        "tanh": lambda: 4 * dact(2 * z, "sigmoid"),
        "relu": lambda: (z > 0) * torch.ones_like(z),
        "leaky": lambda: torch.where(z > 0, 1.0, torch.full_like(z, 0.01)),
        "elu": lambda: torch.where(z > 0, torch.ones_like(z), z.clamp(max=0).exp()),
        "gelu": lambda: torch.special.ndtr(z) + z * bell,
        "silu": lambda: s + act(z, "silu") * (1 - s),
        "softplus": lambda: s,
    }
    if name not in table:
        raise ValueError(name)
    return table[name]()


# %% wrong e4_6 variance_used_as_std
# Multiplica por la varianza en lugar de por la desviación típica.
def init_params(dims, scheme, gen):
    params = []
    for n_in, n_out in zip(dims[:-1], dims[1:], strict=True):
        v = {
            "xavier_uniform": 2 / (n_in + n_out),
            "xavier_normal": 2 / (n_in + n_out),
            "he_uniform": 2 / n_in,
            "he_normal": 2 / n_in,
            "lecun_normal": 1 / n_in,
            "orthogonal_relu": 2.0,
        }
        if scheme not in v:
            raise ValueError(scheme)
        if scheme == "orthogonal_relu":
            big, small = max(n_in, n_out), min(n_in, n_out)
            Q, R = torch.linalg.qr(torch.randn(big, small, generator=gen))
            Q = math.sqrt(2) * Q * R.diagonal().sign()
            W = Q if n_out >= n_in else Q.T
        elif scheme.endswith("uniform"):
            c = math.sqrt(3 * v[scheme])
            W = c * (2 * torch.rand(n_out, n_in, generator=gen) - 1)
        else:
            W = v[scheme] * torch.randn(n_out, n_in, generator=gen)
        params.append((W, torch.zeros(n_out)))
    return params


# %% wrong e4_6 fan_out_for_fan_in
# Usa las salidas donde He y LeCun piden las entradas.
def init_params(dims, scheme, gen):
    params = []
    for n_in, n_out in zip(dims[:-1], dims[1:], strict=True):
        v = {
            "xavier_uniform": 2 / (n_in + n_out),
            "xavier_normal": 2 / (n_in + n_out),
            "he_uniform": 2 / n_out,
            "he_normal": 2 / n_out,
            "lecun_normal": 1 / n_out,
            "orthogonal_relu": 2.0,
        }
        if scheme not in v:
            raise ValueError(scheme)
        if scheme == "orthogonal_relu":
            big, small = max(n_in, n_out), min(n_in, n_out)
            Q, R = torch.linalg.qr(torch.randn(big, small, generator=gen))
            Q = math.sqrt(2) * Q * R.diagonal().sign()
            W = Q if n_out >= n_in else Q.T
        elif scheme.endswith("uniform"):
            c = math.sqrt(3 * v[scheme])
            W = c * (2 * torch.rand(n_out, n_in, generator=gen) - 1)
        else:
            W = math.sqrt(v[scheme]) * torch.randn(n_out, n_in, generator=gen)
        params.append((W, torch.zeros(n_out)))
    return params


# %% wrong e4_6 nn_init_without_generator
# Las funciones de torch.nn.init sin generator tiran del generador global.
def init_params(dims, scheme, gen):
    init = torch.nn.init
    calls = {
        "xavier_uniform": init.xavier_uniform_,
        "xavier_normal": init.xavier_normal_,
        "he_uniform": lambda W: init.kaiming_uniform_(W, nonlinearity="relu"),
        "he_normal": lambda W: init.kaiming_normal_(W, nonlinearity="relu"),
        "lecun_normal": lambda W: init.kaiming_normal_(W, nonlinearity="linear"),
        "orthogonal_relu": lambda W: init.orthogonal_(W, gain=math.sqrt(2)),
    }
    if scheme not in calls:
        raise ValueError(scheme)
    torch.manual_seed(gen.initial_seed())
    params = []
    for n_in, n_out in zip(dims[:-1], dims[1:], strict=True):
        params.append((calls[scheme](torch.empty(n_out, n_in)), torch.zeros(n_out)))
    return params


# %% wrong e4_6 uniform_bound_is_std
# Toma la desviación típica como límite de la uniforme: falta el factor raíz de 3.
def init_params(dims, scheme, gen):
    params = []
    for n_in, n_out in zip(dims[:-1], dims[1:], strict=True):
        v = {
            "xavier_uniform": 2 / (n_in + n_out),
            "xavier_normal": 2 / (n_in + n_out),
            "he_uniform": 2 / n_in,
            "he_normal": 2 / n_in,
            "lecun_normal": 1 / n_in,
            "orthogonal_relu": 2.0,
        }
        if scheme not in v:
            raise ValueError(scheme)
        if scheme == "orthogonal_relu":
            big, small = max(n_in, n_out), min(n_in, n_out)
            Q, R = torch.linalg.qr(torch.randn(big, small, generator=gen))
            Q = math.sqrt(2) * Q * R.diagonal().sign()
            W = Q if n_out >= n_in else Q.T
        elif scheme.endswith("uniform"):
            c = math.sqrt(v[scheme])
            W = c * (2 * torch.rand(n_out, n_in, generator=gen) - 1)
        else:
            W = math.sqrt(v[scheme]) * torch.randn(n_out, n_in, generator=gen)
        params.append((W, torch.zeros(n_out)))
    return params


# %% wrong e4_6 orthogonal_without_gain
# Ortogonal sin la ganancia raíz de 2: la señal se apaga con ReLU.
def init_params(dims, scheme, gen):
    params = []
    for n_in, n_out in zip(dims[:-1], dims[1:], strict=True):
        v = {
            "xavier_uniform": 2 / (n_in + n_out),
            "xavier_normal": 2 / (n_in + n_out),
            "he_uniform": 2 / n_in,
            "he_normal": 2 / n_in,
            "lecun_normal": 1 / n_in,
            "orthogonal_relu": 2.0,
        }
        if scheme not in v:
            raise ValueError(scheme)
        if scheme == "orthogonal_relu":
            big, small = max(n_in, n_out), min(n_in, n_out)
            Q, R = torch.linalg.qr(torch.randn(big, small, generator=gen))
            Q = Q * R.diagonal().sign()
            W = Q if n_out >= n_in else Q.T
        elif scheme.endswith("uniform"):
            c = math.sqrt(3 * v[scheme])
            W = c * (2 * torch.rand(n_out, n_in, generator=gen) - 1)
        else:
            W = math.sqrt(v[scheme]) * torch.randn(n_out, n_in, generator=gen)
        params.append((W, torch.zeros(n_out)))
    return params


# %% wrong e4_6 same_numbers_in_every_layer
# Vuelve a sembrar gen en cada capa: capas de igual forma salen idénticas.
def init_params(dims, scheme, gen):
    params, seed = [], gen.initial_seed()
    for n_in, n_out in zip(dims[:-1], dims[1:], strict=True):
        gen.manual_seed(seed)
        v = {
            "xavier_uniform": 2 / (n_in + n_out),
            "xavier_normal": 2 / (n_in + n_out),
            "he_uniform": 2 / n_in,
            "he_normal": 2 / n_in,
            "lecun_normal": 1 / n_in,
            "orthogonal_relu": 2.0,
        }
        if scheme not in v:
            raise ValueError(scheme)
        if scheme == "orthogonal_relu":
            big, small = max(n_in, n_out), min(n_in, n_out)
            Q, R = torch.linalg.qr(torch.randn(big, small, generator=gen))
            Q = math.sqrt(2) * Q * R.diagonal().sign()
            W = Q if n_out >= n_in else Q.T
        elif scheme.endswith("uniform"):
            c = math.sqrt(3 * v[scheme])
            W = c * (2 * torch.rand(n_out, n_in, generator=gen) - 1)
        else:
            W = math.sqrt(v[scheme]) * torch.randn(n_out, n_in, generator=gen)
        params.append((W, torch.zeros(n_out)))
    return params


# %% right e4_6 nn_init_with_generator
# Las mismas funciones de torch.nn.init, pasándoles gen.
def init_params(dims, scheme, gen):
    init, gain = torch.nn.init, math.sqrt(2)

    def fill(W):
        if scheme == "xavier_uniform":
            return init.xavier_uniform_(W, generator=gen)
        if scheme == "xavier_normal":
            return init.xavier_normal_(W, generator=gen)
        if scheme == "he_uniform":
            return init.kaiming_uniform_(W, nonlinearity="relu", generator=gen)
        if scheme == "he_normal":
            return init.kaiming_normal_(W, nonlinearity="relu", generator=gen)
        if scheme == "lecun_normal":
            return init.kaiming_normal_(W, nonlinearity="linear", generator=gen)
        if scheme == "orthogonal_relu":
            return init.orthogonal_(W, gain=gain, generator=gen)
        raise ValueError(scheme)

    shapes = [(dims[k + 1], dims[k]) for k in range(len(dims) - 1)]
    return [(fill(torch.empty(shape)), torch.zeros(shape[0])) for shape in shapes]


# %% right e4_6 svd_and_in_place
# Ortogonal con la descomposición en valores singulares; normal_ y uniform_ con gen.
def init_params(dims, scheme, gen):
    known = ("xavier_uniform", "xavier_normal", "he_normal", "he_uniform")
    if scheme not in (*known, "lecun_normal", "orthogonal_relu"):
        raise ValueError(f"esquema {scheme}")
    params = []
    for layer in range(1, len(dims)):
        fan_in, fan_out = dims[layer - 1], dims[layer]
        W = torch.empty(fan_out, fan_in)
        if scheme.startswith("xavier"):
            std = (2 / (fan_in + fan_out)) ** 0.5
        elif scheme.startswith("he"):
            std = (2 / fan_in) ** 0.5
        else:
            std = fan_in**-0.5
        if "uniform" in scheme:
            W.uniform_(-std * 3**0.5, std * 3**0.5, generator=gen)
        else:
            W.normal_(0.0, std, generator=gen)
        if scheme == "orthogonal_relu":
            U, _, V = torch.linalg.svd(W.double(), full_matrices=False)
            W = (2**0.5 * U @ V).float()
        params.append((W, W.new_zeros(fan_out)))
    return params


# %% wrong e4_7 epoch_chosen_on_the_test_set
# Error del libro: elige la época con el conjunto de prueba, no con la validación.
def train_mlp(X, y, X_val, y_val, seed):
    rng, gen = np.random.default_rng(seed), torch.Generator().manual_seed(seed)
    mean, scale = X.mean(axis=0), X.std()
    test = digits_split()
    tensors = init_params([X.shape[1], 128, 10], "he_normal", gen)
    params = [(W.double().numpy(), b.double().numpy()) for W, b in tensors]
    history, waiting = [], 0
    while waiting < 5:
        for rows in np.split(rng.permutation(len(y)), range(16, len(y), 16)):
            _, cache = forward((X[rows] - mean) / scale, params, "relu")
            _, grads = backward(cache, y[rows], params)
            params = [
                (W - 0.1 * dW, b - 0.1 * db)
                for (W, b), (dW, db) in zip(params, grads, strict=True)
            ]
        logits, _ = forward((test.X_test - mean) / scale, params, "relu")
        history.append(float((logits.argmax(axis=1) == test.y_test).mean()))
        waiting += 1
        if history[-1] > max(history[:-1], default=-1):
            best, waiting = params, 0

    def predict(A):
        return forward((A - mean) / scale, best, "relu")[0].argmax(axis=1)

    predict.params, predict.history = best, history
    return predict


# %% wrong e4_7 no_shuffling
# Sin barajar: con datos limpios no se nota; con ruido y filas ordenadas, sí.
def train_mlp(X, y, X_val, y_val, seed):
    gen = torch.Generator().manual_seed(seed)
    mean, scale = X.mean(axis=0), X.std()
    tensors = init_params([X.shape[1], 128, 10], "he_normal", gen)
    params = [(W.double().numpy(), b.double().numpy()) for W, b in tensors]
    history, waiting = [], 0
    while waiting < 5:
        for rows in np.split(np.arange(len(y)), range(16, len(y), 16)):
            _, cache = forward((X[rows] - mean) / scale, params, "relu")
            _, grads = backward(cache, y[rows], params)
            params = [
                (W - 0.1 * dW, b - 0.1 * db)
                for (W, b), (dW, db) in zip(params, grads, strict=True)
            ]
        logits, _ = forward((X_val - mean) / scale, params, "relu")
        history.append(float((logits.argmax(axis=1) == y_val).mean()))
        waiting += 1
        if history[-1] > max(history[:-1], default=-1):
            best, waiting = params, 0

    def predict(A):
        return forward((A - mean) / scale, best, "relu")[0].argmax(axis=1)

    predict.params, predict.history = best, history
    return predict


# %% wrong e4_7 last_weights
# Para a tiempo, pero se queda con los últimos pesos en vez de con los mejores.
def train_mlp(X, y, X_val, y_val, seed):
    rng, gen = np.random.default_rng(seed), torch.Generator().manual_seed(seed)
    mean, scale = X.mean(axis=0), X.std()
    tensors = init_params([X.shape[1], 128, 10], "he_normal", gen)
    params = [(W.double().numpy(), b.double().numpy()) for W, b in tensors]
    history, waiting = [], 0
    while waiting < 5:
        for rows in np.split(rng.permutation(len(y)), range(16, len(y), 16)):
            _, cache = forward((X[rows] - mean) / scale, params, "relu")
            _, grads = backward(cache, y[rows], params)
            params = [
                (W - 0.1 * dW, b - 0.1 * db)
                for (W, b), (dW, db) in zip(params, grads, strict=True)
            ]
        logits, _ = forward((X_val - mean) / scale, params, "relu")
        history.append(float((logits.argmax(axis=1) == y_val).mean()))
        waiting = 0 if history[-1] > max(history[:-1], default=-1) else waiting + 1

    def predict(A):
        return forward((A - mean) / scale, params, "relu")[0].argmax(axis=1)

    predict.params, predict.history = params, history
    return predict


# %% wrong e4_7 no_early_stopping
# Un número fijo de épocas: guarda los mejores pesos, pero no para.
def train_mlp(X, y, X_val, y_val, seed):
    rng, gen = np.random.default_rng(seed), torch.Generator().manual_seed(seed)
    mean, scale = X.mean(axis=0), X.std()
    tensors = init_params([X.shape[1], 128, 10], "he_normal", gen)
    params = [(W.double().numpy(), b.double().numpy()) for W, b in tensors]
    history = []
    for _epoch in range(30):
        for rows in np.split(rng.permutation(len(y)), range(16, len(y), 16)):
            _, cache = forward((X[rows] - mean) / scale, params, "relu")
            _, grads = backward(cache, y[rows], params)
            params = [
                (W - 0.1 * dW, b - 0.1 * db)
                for (W, b), (dW, db) in zip(params, grads, strict=True)
            ]
        logits, _ = forward((X_val - mean) / scale, params, "relu")
        history.append(float((logits.argmax(axis=1) == y_val).mean()))
        if history[-1] == max(history):
            best = params

    def predict(A):
        return forward((A - mean) / scale, best, "relu")[0].argmax(axis=1)

    predict.params, predict.history = best, history
    return predict


# %% wrong e4_7 biases_not_updated
# Solo aprende los pesos: con una sola entrada, sin sesgos no hay intervalos.
def train_mlp(X, y, X_val, y_val, seed):
    rng, gen = np.random.default_rng(seed), torch.Generator().manual_seed(seed)
    mean, scale = X.mean(axis=0), X.std()
    tensors = init_params([X.shape[1], 128, 10], "he_normal", gen)
    params = [(W.double().numpy(), b.double().numpy()) for W, b in tensors]
    history, waiting = [], 0
    while waiting < 5:
        for rows in np.split(rng.permutation(len(y)), range(16, len(y), 16)):
            _, cache = forward((X[rows] - mean) / scale, params, "relu")
            _, grads = backward(cache, y[rows], params)
            params = [
                (W - 0.1 * dW, b) for (W, b), (dW, _) in zip(params, grads, strict=True)
            ]
        logits, _ = forward((X_val - mean) / scale, params, "relu")
        history.append(float((logits.argmax(axis=1) == y_val).mean()))
        waiting += 1
        if history[-1] > max(history[:-1], default=-1):
            best, waiting = params, 0

    def predict(A):
        return forward((A - mean) / scale, best, "relu")[0].argmax(axis=1)

    predict.params, predict.history = best, history
    return predict


# %% wrong e4_7 best_without_copy
# Guarda una referencia y sigue con -=: los "mejores" pesos acaban siendo los últimos.
def train_mlp(X, y, X_val, y_val, seed):
    rng, gen = np.random.default_rng(seed), torch.Generator().manual_seed(seed)
    mean, scale = X.mean(axis=0), X.std()
    tensors = init_params([X.shape[1], 128, 10], "he_normal", gen)
    params = [(W.double().numpy(), b.double().numpy()) for W, b in tensors]
    history, waiting = [], 0
    while waiting < 5:
        for rows in np.split(rng.permutation(len(y)), range(16, len(y), 16)):
            _, cache = forward((X[rows] - mean) / scale, params, "relu")
            _, grads = backward(cache, y[rows], params)
            for (W, b), (dW, db) in zip(params, grads, strict=True):
                W -= 0.1 * dW
                b -= 0.1 * db
        logits, _ = forward((X_val - mean) / scale, params, "relu")
        history.append(float((logits.argmax(axis=1) == y_val).mean()))
        waiting += 1
        if history[-1] > max(history[:-1], default=-1):
            best, waiting = list(params), 0

    def predict(A):
        return forward((A - mean) / scale, best, "relu")[0].argmax(axis=1)

    predict.params, predict.history = best, history
    return predict


# %% wrong e4_7 no_standardisation
# Usa las entradas tal cual: multiplicadas por 0,001, el mismo lr no aprende nada.
def train_mlp(X, y, X_val, y_val, seed):
    rng, gen = np.random.default_rng(seed), torch.Generator().manual_seed(seed)
    tensors = init_params([X.shape[1], 128, 10], "he_normal", gen)
    params = [(W.double().numpy(), b.double().numpy()) for W, b in tensors]
    history, waiting = [], 0
    while waiting < 5:
        for rows in np.split(rng.permutation(len(y)), range(16, len(y), 16)):
            _, cache = forward(X[rows], params, "relu")
            _, grads = backward(cache, y[rows], params)
            params = [
                (W - 0.2 * dW, b - 0.2 * db)
                for (W, b), (dW, db) in zip(params, grads, strict=True)
            ]
        logits, _ = forward(X_val, params, "relu")
        history.append(float((logits.argmax(axis=1) == y_val).mean()))
        waiting += 1
        if history[-1] > max(history[:-1], default=-1):
            best, waiting = params, 0

    def predict(A):
        return forward(A, best, "relu")[0].argmax(axis=1)

    predict.params, predict.history = best, history
    return predict


# %% wrong e4_7 divides_by_zero_columns
# Desviación típica por columna: los píxeles siempre apagados dan 0/0.
def train_mlp(X, y, X_val, y_val, seed):
    rng, gen = np.random.default_rng(seed), torch.Generator().manual_seed(seed)
    mean, scale = X.mean(axis=0), X.std(axis=0)
    tensors = init_params([X.shape[1], 128, 10], "he_normal", gen)
    params = [(W.double().numpy(), b.double().numpy()) for W, b in tensors]
    history, waiting = [], 0
    with np.errstate(all="ignore"):
        while waiting < 5:
            for rows in np.split(rng.permutation(len(y)), range(16, len(y), 16)):
                _, cache = forward((X[rows] - mean) / scale, params, "relu")
                _, grads = backward(cache, y[rows], params)
                params = [
                    (W - 0.1 * dW, b - 0.1 * db)
                    for (W, b), (dW, db) in zip(params, grads, strict=True)
                ]
            logits, _ = forward((X_val - mean) / scale, params, "relu")
            history.append(float((logits.argmax(axis=1) == y_val).mean()))
            waiting += 1
            if history[-1] > max(history[:-1], default=-1):
                best, waiting = params, 0

    def predict(A):
        return forward((A - mean) / scale, best, "relu")[0].argmax(axis=1)

    predict.params, predict.history = best, history
    return predict


# %% wrong e4_7 standardises_with_the_new_rows
# predict estandariza con la media y la desviación de lo que recibe.
def train_mlp(X, y, X_val, y_val, seed):
    rng, gen = np.random.default_rng(seed), torch.Generator().manual_seed(seed)

    def standard(A):
        return (A - A.mean(axis=0)) / (A.std() + 1e-12)

    tensors = init_params([X.shape[1], 128, 10], "he_normal", gen)
    params = [(W.double().numpy(), b.double().numpy()) for W, b in tensors]
    Z, history, waiting = standard(X), [], 0
    while waiting < 5:
        for rows in np.split(rng.permutation(len(y)), range(16, len(y), 16)):
            _, cache = forward(Z[rows], params, "relu")
            _, grads = backward(cache, y[rows], params)
            params = [
                (W - 0.1 * dW, b - 0.1 * db)
                for (W, b), (dW, db) in zip(params, grads, strict=True)
            ]
        logits, _ = forward(standard(X_val), params, "relu")
        history.append(float((logits.argmax(axis=1) == y_val).mean()))
        waiting += 1
        if history[-1] > max(history[:-1], default=-1):
            best, waiting = params, 0

    def predict(A):
        return forward(standard(A), best, "relu")[0].argmax(axis=1)

    predict.params, predict.history = best, history
    return predict


# %% wrong e4_7 global_generator
# Baraja con np.random: toca el generador global y no se repite con la misma semilla.
def train_mlp(X, y, X_val, y_val, seed):
    gen = torch.Generator().manual_seed(seed)
    mean, scale = X.mean(axis=0), X.std()
    tensors = init_params([X.shape[1], 128, 10], "he_normal", gen)
    params = [(W.double().numpy(), b.double().numpy()) for W, b in tensors]
    history, waiting = [], 0
    while waiting < 5:
        order = np.random.permutation(len(y))  # noqa: NPY002
        for rows in np.split(order, range(16, len(y), 16)):
            _, cache = forward((X[rows] - mean) / scale, params, "relu")
            _, grads = backward(cache, y[rows], params)
            params = [
                (W - 0.1 * dW, b - 0.1 * db)
                for (W, b), (dW, db) in zip(params, grads, strict=True)
            ]
        logits, _ = forward((X_val - mean) / scale, params, "relu")
        history.append(float((logits.argmax(axis=1) == y_val).mean()))
        waiting += 1
        if history[-1] > max(history[:-1], default=-1):
            best, waiting = params, 0

    def predict(A):
        return forward((A - mean) / scale, best, "relu")[0].argmax(axis=1)

    predict.params, predict.history = best, history
    return predict


# %% wrong e4_7 too_many_parameters
# 300 unidades ocultas son 22 510 parámetros: pasan del límite.
def train_mlp(X, y, X_val, y_val, seed):
    rng, gen = np.random.default_rng(seed), torch.Generator().manual_seed(seed)
    mean, scale = X.mean(axis=0), X.std()
    tensors = init_params([X.shape[1], 300, 10], "he_normal", gen)
    params = [(W.double().numpy(), b.double().numpy()) for W, b in tensors]
    history, waiting = [], 0
    while waiting < 5:
        for rows in np.split(rng.permutation(len(y)), range(32, len(y), 32)):
            _, cache = forward((X[rows] - mean) / scale, params, "relu")
            _, grads = backward(cache, y[rows], params)
            params = [
                (W - 0.1 * dW, b - 0.1 * db)
                for (W, b), (dW, db) in zip(params, grads, strict=True)
            ]
        logits, _ = forward((X_val - mean) / scale, params, "relu")
        history.append(float((logits.argmax(axis=1) == y_val).mean()))
        waiting += 1
        if history[-1] > max(history[:-1], default=-1):
            best, waiting = params, 0

    def predict(A):
        return forward((A - mean) / scale, best, "relu")[0].argmax(axis=1)

    predict.params, predict.history = best, history
    return predict


# %% wrong e4_7 no_hidden_layer
# Sin capa oculta es una regresión logística: se queda por debajo de la exactitud.
def train_mlp(X, y, X_val, y_val, seed):
    rng, gen = np.random.default_rng(seed), torch.Generator().manual_seed(seed)
    mean, scale = X.mean(axis=0), X.std()
    tensors = init_params([X.shape[1], 10], "xavier_normal", gen)
    params = [(W.double().numpy(), b.double().numpy()) for W, b in tensors]
    history, waiting = [], 0
    while waiting < 5:
        for rows in np.split(rng.permutation(len(y)), range(16, len(y), 16)):
            _, cache = forward((X[rows] - mean) / scale, params, "relu")
            _, grads = backward(cache, y[rows], params)
            params = [
                (W - 0.05 * dW, b - 0.05 * db)
                for (W, b), (dW, db) in zip(params, grads, strict=True)
            ]
        logits, _ = forward((X_val - mean) / scale, params, "relu")
        history.append(float((logits.argmax(axis=1) == y_val).mean()))
        waiting += 1
        if history[-1] > max(history[:-1], default=-1):
            best, waiting = params, 0

    def predict(A):
        return forward((A - mean) / scale, best, "relu")[0].argmax(axis=1)

    predict.params, predict.history = best, history
    return predict


# %% right e4_7 momentum_with_copies
# Momento y decaimiento de pesos, actualización en el sitio y copia de los mejores.
def train_mlp(X, y, X_val, y_val, seed):
    rng = np.random.default_rng(seed)
    center, spread = X.mean(), X.std()
    weights = init_params(
        [X.shape[1], 64, 10], "he_uniform", torch.Generator().manual_seed(seed)
    )
    params = [[t.numpy().astype(float) for t in pair] for pair in weights]
    speed = [[np.zeros_like(p) for p in pair] for pair in params]
    best, history, n_bad = None, [], 0
    while n_bad < 5:
        order = rng.permutation(len(X))
        for start in range(0, len(X), 32):
            rows = order[start : start + 32]
            _, cache = forward((X[rows] - center) / spread, params, "relu")
            _, grads = backward(cache, y[rows], params)
            for pair, v_pair, g_pair in zip(params, speed, grads, strict=True):
                for p, v, g in zip(pair, v_pair, g_pair, strict=True):
                    v *= 0.9
                    v -= 0.05 * (g + 3e-3 * p)
                    p += v
        scores, _ = forward((X_val - center) / spread, params, "relu")
        share = np.mean(np.argmax(scores, axis=1) == y_val)
        n_bad += 1
        if not history or share > max(history):
            best, n_bad = [(W.copy(), b.copy()) for W, b in params], 0
        history.append(share)

    def predict(A):
        scores, _ = forward((A - center) / spread, best, "relu")
        return np.argmax(scores, axis=1)

    predict.params = best
    predict.history = history
    return predict


# %% right e4_7 adam_tanh
# Adam a mano y tanh; escala por columna con suelo, y un objeto que se puede llamar.
def train_mlp(X, y, X_val, y_val, seed):
    rng, gen = np.random.default_rng([seed, 7]), torch.Generator().manual_seed(seed)
    mean, scale = X.mean(axis=0), X.std(axis=0) + 0.3 * X.std()

    class Predictor:
        def __init__(self, params):
            self.params, self.history = params, []

        def __call__(self, A):
            return forward((A - mean) / scale, self.params, "tanh")[0].argmax(axis=1)

    layers = init_params([X.shape[1], 100, 10], "xavier_normal", gen)
    current = [p.double().numpy().copy() for pair in layers for p in pair]
    m, v = [0 * p for p in current], [0 * p for p in current]
    model, best, step, since = Predictor(None), None, 0, 0
    while since < 5:
        order = rng.permutation(len(y))
        for k in range(0, len(y), 32):
            rows = order[k : k + 32]
            pairs = list(zip(current[::2], current[1::2], strict=True))
            _, cache = forward((X[rows] - mean) / scale, pairs, "tanh")
            _, grads = backward(cache, y[rows], pairs)
            step += 1
            for i, g in enumerate(g for pair in grads for g in pair):
                m[i] = 0.9 * m[i] + 0.1 * g
                v[i] = 0.99 * v[i] + 0.01 * g**2
                first, second = m[i] / (1 - 0.9**step), v[i] / (1 - 0.99**step)
                current[i] = current[i] - 0.003 * first / (np.sqrt(second) + 1e-8)
        model.params = list(zip(current[::2], current[1::2], strict=True))
        share = float(np.mean(model(X_val) == y_val))
        since = 0 if not model.history or share > max(model.history) else since + 1
        if since == 0:
            best = model.params
        model.history.append(share)
    model.params = best
    return model
