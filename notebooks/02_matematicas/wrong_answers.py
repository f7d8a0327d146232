"""Respuestas equivocadas típicas y correctas alternativas de la unidad 02."""


# %% wrong e2_1 book_indices
# Los índices del libro: la atención se suma sobre sí misma y V sale tal cual.
def attention(Q, K, V):
    logits = torch.einsum("btd,bsd->bts", Q, K) / math.sqrt(Q.shape[-1])
    return torch.einsum("bts,btv->btv", torch.softmax(logits, dim=-1), V)


# %% wrong e2_1 softmax_over_queries
# El softmax reparte cada clave entre las consultas, y no al revés.
def attention(Q, K, V):
    logits = torch.einsum("btd,bsd->bts", Q, K) / math.sqrt(Q.shape[-1])
    return torch.einsum("bts,bsv->btv", torch.softmax(logits, dim=1), V)


# %% wrong e2_1 no_scaling
# Falta dividir entre la raíz de d.
def attention(Q, K, V):
    logits = torch.einsum("btd,bsd->bts", Q, K)
    return torch.einsum("bts,bsv->btv", torch.softmax(logits, dim=-1), V)


# %% wrong e2_1 scales_by_value_width
# Usa la anchura de los valores, no la de las claves.
def attention(Q, K, V):
    logits = torch.einsum("btd,bsd->bts", Q, K) / math.sqrt(V.shape[-1])
    return torch.einsum("bts,bsv->btv", torch.softmax(logits, dim=-1), V)


# %% wrong e2_1 naive_exp
# exp() sin restar el máximo: con logits de 10⁴ sale nan.
def attention(Q, K, V):
    weights = torch.exp(torch.einsum("btd,bsd->bts", Q, K) / math.sqrt(Q.shape[-1]))
    weights = weights / weights.sum(-1, keepdim=True)
    return torch.einsum("bts,bsv->btv", weights, V)


# %% wrong e2_1 attends_over_batch
# Mezcla los ejemplos del lote: el índice b se suma.
def attention(Q, K, V):
    logits = torch.einsum("btd,csd->btcs", Q, K) / math.sqrt(Q.shape[-1])
    weights = torch.softmax(logits.flatten(2), dim=-1)
    return weights @ V.reshape(-1, V.shape[-1])


# %% wrong e2_1 detached_weights
# La salida es buena, pero los pesos ya no llevan gradiente.
def attention(Q, K, V):
    logits = torch.einsum("btd,bsd->bts", Q, K) / math.sqrt(Q.shape[-1])
    return torch.softmax(logits, dim=-1).detach() @ V


# %% right e2_1 matmul
def attention(Q, K, V):
    return torch.softmax(Q @ K.transpose(1, 2) / Q.shape[-1] ** 0.5, -1) @ V


# %% right e2_1 explicit_softmax
def attention(Q, K, V):
    z = torch.einsum("bti,bsi->bts", Q * Q.shape[2] ** -0.5, K)
    e = (z - z.amax(2, keepdim=True)).exp()
    return torch.einsum("bts,bsv->btv", e, V) / e.sum(2, keepdim=True)


# %% wrong e2_2 square_for_wide
# Hace QR de la matriz ancha: Q sale cuadrada, (rows, rows).
def semi_orthogonal(rows, cols, gen):
    A = torch.randn(rows, cols, generator=gen, dtype=torch.float64)
    Q, R = torch.linalg.qr(A)
    return Q * torch.where(R.diagonal() < 0, -1.0, 1.0)


# %% wrong e2_2 no_sign_fix
# Sin corregir los signos, W[0, 0] es casi siempre negativa.
def semi_orthogonal(rows, cols, gen):
    A = torch.randn(max(rows, cols), min(rows, cols), generator=gen, dtype=torch.float64)
    Q = torch.linalg.qr(A)[0]
    return Q if rows >= cols else Q.T


# %% wrong e2_2 global_seed
# Siembra el generador global en vez de usar gen.
def semi_orthogonal(rows, cols, gen):
    torch.manual_seed(gen.initial_seed())
    A = torch.randn(max(rows, cols), min(rows, cols), dtype=torch.float64)
    Q, R = torch.linalg.qr(A)
    Q = Q * torch.where(R.diagonal() < 0, -1.0, 1.0)
    return Q if rows >= cols else Q.T


# %% wrong e2_2 uses_nn_init
# La respuesta ya hecha de PyTorch.
def semi_orthogonal(rows, cols, gen):
    W = torch.empty(rows, cols, dtype=torch.float64)
    return torch.nn.init.orthogonal_(W, generator=gen)


# %% wrong e2_2 uniform_entries
# La ley uniforme no es invariante por giros: algunas direcciones salen más.
def semi_orthogonal(rows, cols, gen):
    A = torch.rand(max(rows, cols), min(rows, cols), generator=gen, dtype=torch.float64)
    Q, R = torch.linalg.qr(A)
    Q = Q * torch.where(R.diagonal() < 0, -1.0, 1.0)
    return Q if rows >= cols else Q.T


# %% wrong e2_2 first_row_positive
# Elige los signos para que la primera fila sea positiva: esa es una preferencia.
def semi_orthogonal(rows, cols, gen):
    A = torch.randn(max(rows, cols), min(rows, cols), generator=gen, dtype=torch.float64)
    Q = torch.linalg.qr(A)[0]
    Q = Q * torch.where(Q[0] < 0, -1.0, 1.0)
    return Q if rows >= cols else Q.T


# %% wrong e2_2 normalised_rows
# Normalizar filas no las hace perpendiculares.
def semi_orthogonal(rows, cols, gen):
    A = torch.randn(rows, cols, generator=gen, dtype=torch.float64)
    return A / A.norm(dim=1, keepdim=True)


# %% wrong e2_2 float32
# Calcula en float32: la matriz de Gram se equivoca en 10⁻⁷.
def semi_orthogonal(rows, cols, gen):
    A = torch.randn(max(rows, cols), min(rows, cols), generator=gen)
    Q, R = torch.linalg.qr(A)
    Q = (Q * torch.where(R.diagonal() < 0, -1.0, 1.0)).double()
    return Q if rows >= cols else Q.T


# %% right e2_2 polar
# El factor ortogonal de la descomposición en valores singulares también es de Haar.
def semi_orthogonal(rows, cols, gen):
    A = torch.randn(rows, cols, generator=gen, dtype=torch.float64)
    U, _, Vh = torch.linalg.svd(A, full_matrices=False)
    return U @ Vh


# %% right e2_2 gram_schmidt
def semi_orthogonal(rows, cols, gen):
    n, m = max(rows, cols), min(rows, cols)
    basis = []
    for _ in range(m):
        v = torch.randn(n, generator=gen, dtype=torch.float64)
        for _ in range(2):
            for u in basis:
                v = v - (u @ v) * u
        basis.append(v / v.norm())
    W = torch.stack(basis)
    return W if rows < cols else W.T


# %% wrong e2_3 overwrites_grad
# Asigna el gradiente en vez de sumarlo: un nodo usado dos veces pierde un camino.
class Value:
    def __init__(self, data, parents=(), slopes=()):
        self.data, self.grad = float(data), 0.0
        self.parents, self.slopes = parents, slopes

    def wrap(x):
        return x if isinstance(x, Value) else Value(x)

    def __add__(self, other):
        other = Value.wrap(other)
        return Value(self.data + other.data, (self, other), (1.0, 1.0))

    def __mul__(self, other):
        other = Value.wrap(other)
        return Value(self.data * other.data, (self, other), (other.data, self.data))

    def __pow__(self, other):
        if isinstance(other, Value):
            return (other * self.log()).exp()
        return Value(self.data**other, (self,), (other * self.data ** (other - 1),))

    def exp(self):
        return Value(math.exp(self.data), (self,), (math.exp(self.data),))

    def log(self):
        return Value(math.log(self.data), (self,), (1 / self.data,))

    def tanh(self):
        y = math.tanh(self.data)
        return Value(y, (self,), (1 - y * y,))

    def relu(self):
        return Value(max(self.data, 0.0), (self,), (float(self.data > 0),))

    __radd__, __rmul__ = __add__, __mul__
    __neg__ = lambda self: self * -1
    __sub__ = lambda self, other: self + -Value.wrap(other)
    __rsub__ = lambda self, other: -self + other
    __truediv__ = lambda self, other: self * Value.wrap(other) ** -1
    __rtruediv__ = lambda self, other: other * self**-1
    __rpow__ = lambda self, other: Value(other) ** self

    def _order(self):
        order, seen, stack = [], set(), [(self, False)]
        while stack:
            node, opened = stack.pop()
            if opened:
                order.append(node)
            elif node not in seen:
                seen.add(node)
                stack.append((node, True))
                stack.extend((parent, False) for parent in node.parents)
        return order

    def backward(self):
        self.grad = 1.0
        for node in reversed(self._order()):
            for parent, slope in zip(node.parents, node.slopes):
                parent.grad = slope * node.grad

    def zero_grad(self):
        for node in self._order():
            node.grad = 0.0


# %% wrong e2_3 no_topological_order
# Recorre el grafo en anchura: reparte un grad que aún no está completo.
class Value:
    def __init__(self, data, parents=(), slopes=()):
        self.data, self.grad = float(data), 0.0
        self.parents, self.slopes = parents, slopes

    def wrap(x):
        return x if isinstance(x, Value) else Value(x)

    def __add__(self, other):
        other = Value.wrap(other)
        return Value(self.data + other.data, (self, other), (1.0, 1.0))

    def __mul__(self, other):
        other = Value.wrap(other)
        return Value(self.data * other.data, (self, other), (other.data, self.data))

    def __pow__(self, other):
        if isinstance(other, Value):
            return (other * self.log()).exp()
        return Value(self.data**other, (self,), (other * self.data ** (other - 1),))

    def exp(self):
        return Value(math.exp(self.data), (self,), (math.exp(self.data),))

    def log(self):
        return Value(math.log(self.data), (self,), (1 / self.data,))

    def tanh(self):
        y = math.tanh(self.data)
        return Value(y, (self,), (1 - y * y,))

    def relu(self):
        return Value(max(self.data, 0.0), (self,), (float(self.data > 0),))

    __radd__, __rmul__ = __add__, __mul__
    __neg__ = lambda self: self * -1
    __sub__ = lambda self, other: self + -Value.wrap(other)
    __rsub__ = lambda self, other: -self + other
    __truediv__ = lambda self, other: self * Value.wrap(other) ** -1
    __rtruediv__ = lambda self, other: other * self**-1
    __rpow__ = lambda self, other: Value(other) ** self

    def _order(self):
        order, queue = [], [self]
        while queue:
            node = queue.pop(0)
            if node not in order:
                order.append(node)
                queue.extend(node.parents)
        return order[::-1]

    def backward(self):
        self.grad += 1.0
        for node in reversed(self._order()):
            for parent, slope in zip(node.parents, node.slopes):
                parent.grad += slope * node.grad

    def zero_grad(self):
        for node in self._order():
            node.grad = 0.0


# %% wrong e2_3 recursive_order
# Un recorrido recursivo se rompe con una cadena de 2000 operaciones.
class Value:
    def __init__(self, data, parents=(), slopes=()):
        self.data, self.grad = float(data), 0.0
        self.parents, self.slopes = parents, slopes

    def wrap(x):
        return x if isinstance(x, Value) else Value(x)

    def __add__(self, other):
        other = Value.wrap(other)
        return Value(self.data + other.data, (self, other), (1.0, 1.0))

    def __mul__(self, other):
        other = Value.wrap(other)
        return Value(self.data * other.data, (self, other), (other.data, self.data))

    def __pow__(self, other):
        if isinstance(other, Value):
            return (other * self.log()).exp()
        return Value(self.data**other, (self,), (other * self.data ** (other - 1),))

    def exp(self):
        return Value(math.exp(self.data), (self,), (math.exp(self.data),))

    def log(self):
        return Value(math.log(self.data), (self,), (1 / self.data,))

    def tanh(self):
        y = math.tanh(self.data)
        return Value(y, (self,), (1 - y * y,))

    def relu(self):
        return Value(max(self.data, 0.0), (self,), (float(self.data > 0),))

    __radd__, __rmul__ = __add__, __mul__
    __neg__ = lambda self: self * -1
    __sub__ = lambda self, other: self + -Value.wrap(other)
    __rsub__ = lambda self, other: -self + other
    __truediv__ = lambda self, other: self * Value.wrap(other) ** -1
    __rtruediv__ = lambda self, other: other * self**-1
    __rpow__ = lambda self, other: Value(other) ** self

    def _order(self):
        order, seen = [], set()

        def visit(node):
            if node not in seen:
                seen.add(node)
                for parent in node.parents:
                    visit(parent)
                order.append(node)

        visit(self)
        return order

    def backward(self):
        self.grad += 1.0
        for node in reversed(self._order()):
            for parent, slope in zip(node.parents, node.slopes):
                parent.grad += slope * node.grad

    def zero_grad(self):
        for node in self._order():
            node.grad = 0.0


# %% wrong e2_3 float_on_the_left
# Sin los operadores reflejados, 2 * x y 1 - x fallan.
class Value:
    def __init__(self, data, parents=(), slopes=()):
        self.data, self.grad = float(data), 0.0
        self.parents, self.slopes = parents, slopes

    def wrap(x):
        return x if isinstance(x, Value) else Value(x)

    def __add__(self, other):
        other = Value.wrap(other)
        return Value(self.data + other.data, (self, other), (1.0, 1.0))

    def __mul__(self, other):
        other = Value.wrap(other)
        return Value(self.data * other.data, (self, other), (other.data, self.data))

    def __pow__(self, other):
        if isinstance(other, Value):
            return (other * self.log()).exp()
        return Value(self.data**other, (self,), (other * self.data ** (other - 1),))

    def exp(self):
        return Value(math.exp(self.data), (self,), (math.exp(self.data),))

    def log(self):
        return Value(math.log(self.data), (self,), (1 / self.data,))

    def tanh(self):
        y = math.tanh(self.data)
        return Value(y, (self,), (1 - y * y,))

    def relu(self):
        return Value(max(self.data, 0.0), (self,), (float(self.data > 0),))

    __neg__ = lambda self: self * -1
    __sub__ = lambda self, other: self + -Value.wrap(other)
    __truediv__ = lambda self, other: self * Value.wrap(other) ** -1

    def _order(self):
        order, seen, stack = [], set(), [(self, False)]
        while stack:
            node, opened = stack.pop()
            if opened:
                order.append(node)
            elif node not in seen:
                seen.add(node)
                stack.append((node, True))
                stack.extend((parent, False) for parent in node.parents)
        return order

    def backward(self):
        self.grad += 1.0
        for node in reversed(self._order()):
            for parent, slope in zip(node.parents, node.slopes):
                parent.grad += slope * node.grad

    def zero_grad(self):
        for node in self._order():
            node.grad = 0.0


# %% wrong e2_3 reflected_subtraction
# 1 - x da x - 1: cambia el orden pero no el signo.
class Value:
    def __init__(self, data, parents=(), slopes=()):
        self.data, self.grad = float(data), 0.0
        self.parents, self.slopes = parents, slopes

    def wrap(x):
        return x if isinstance(x, Value) else Value(x)

    def __add__(self, other):
        other = Value.wrap(other)
        return Value(self.data + other.data, (self, other), (1.0, 1.0))

    def __mul__(self, other):
        other = Value.wrap(other)
        return Value(self.data * other.data, (self, other), (other.data, self.data))

    def __pow__(self, other):
        if isinstance(other, Value):
            return (other * self.log()).exp()
        return Value(self.data**other, (self,), (other * self.data ** (other - 1),))

    def exp(self):
        return Value(math.exp(self.data), (self,), (math.exp(self.data),))

    def log(self):
        return Value(math.log(self.data), (self,), (1 / self.data,))

    def tanh(self):
        y = math.tanh(self.data)
        return Value(y, (self,), (1 - y * y,))

    def relu(self):
        return Value(max(self.data, 0.0), (self,), (float(self.data > 0),))

    __radd__, __rmul__ = __add__, __mul__
    __neg__ = lambda self: self * -1
    __sub__ = lambda self, other: self + -Value.wrap(other)
    __rsub__ = lambda self, other: self - other
    __truediv__ = lambda self, other: self * Value.wrap(other) ** -1
    __rtruediv__ = lambda self, other: other * self**-1
    __rpow__ = lambda self, other: Value(other) ** self

    def _order(self):
        order, seen, stack = [], set(), [(self, False)]
        while stack:
            node, opened = stack.pop()
            if opened:
                order.append(node)
            elif node not in seen:
                seen.add(node)
                stack.append((node, True))
                stack.extend((parent, False) for parent in node.parents)
        return order

    def backward(self):
        self.grad += 1.0
        for node in reversed(self._order()):
            for parent, slope in zip(node.parents, node.slopes):
                parent.grad += slope * node.grad

    def zero_grad(self):
        for node in self._order():
            node.grad = 0.0


# %% wrong e2_3 relu_slope_at_zero
# En 0 la derivada de ReLU debe ser 0.
class Value:
    def __init__(self, data, parents=(), slopes=()):
        self.data, self.grad = float(data), 0.0
        self.parents, self.slopes = parents, slopes

    def wrap(x):
        return x if isinstance(x, Value) else Value(x)

    def __add__(self, other):
        other = Value.wrap(other)
        return Value(self.data + other.data, (self, other), (1.0, 1.0))

    def __mul__(self, other):
        other = Value.wrap(other)
        return Value(self.data * other.data, (self, other), (other.data, self.data))

    def __pow__(self, other):
        if isinstance(other, Value):
            return (other * self.log()).exp()
        return Value(self.data**other, (self,), (other * self.data ** (other - 1),))

    def exp(self):
        return Value(math.exp(self.data), (self,), (math.exp(self.data),))

    def log(self):
        return Value(math.log(self.data), (self,), (1 / self.data,))

    def tanh(self):
        y = math.tanh(self.data)
        return Value(y, (self,), (1 - y * y,))

    def relu(self):
        return Value(max(self.data, 0.0), (self,), (float(self.data >= 0),))

    __radd__, __rmul__ = __add__, __mul__
    __neg__ = lambda self: self * -1
    __sub__ = lambda self, other: self + -Value.wrap(other)
    __rsub__ = lambda self, other: -self + other
    __truediv__ = lambda self, other: self * Value.wrap(other) ** -1
    __rtruediv__ = lambda self, other: other * self**-1
    __rpow__ = lambda self, other: Value(other) ** self

    def _order(self):
        order, seen, stack = [], set(), [(self, False)]
        while stack:
            node, opened = stack.pop()
            if opened:
                order.append(node)
            elif node not in seen:
                seen.add(node)
                stack.append((node, True))
                stack.extend((parent, False) for parent in node.parents)
        return order

    def backward(self):
        self.grad += 1.0
        for node in reversed(self._order()):
            for parent, slope in zip(node.parents, node.slopes):
                parent.grad += slope * node.grad

    def zero_grad(self):
        for node in self._order():
            node.grad = 0.0


# %% wrong e2_3 visits_every_path
# Reparte camino a camino, sin recordar lo visitado: 2^60 pasos.
class Value:
    def __init__(self, data, parents=(), slopes=()):
        self.data, self.grad = float(data), 0.0
        self.parents, self.slopes = parents, slopes

    def wrap(x):
        return x if isinstance(x, Value) else Value(x)

    def __add__(self, other):
        other = Value.wrap(other)
        return Value(self.data + other.data, (self, other), (1.0, 1.0))

    def __mul__(self, other):
        other = Value.wrap(other)
        return Value(self.data * other.data, (self, other), (other.data, self.data))

    def __pow__(self, other):
        if isinstance(other, Value):
            return (other * self.log()).exp()
        return Value(self.data**other, (self,), (other * self.data ** (other - 1),))

    def exp(self):
        return Value(math.exp(self.data), (self,), (math.exp(self.data),))

    def log(self):
        return Value(math.log(self.data), (self,), (1 / self.data,))

    def tanh(self):
        y = math.tanh(self.data)
        return Value(y, (self,), (1 - y * y,))

    def relu(self):
        return Value(max(self.data, 0.0), (self,), (float(self.data > 0),))

    __radd__, __rmul__ = __add__, __mul__
    __neg__ = lambda self: self * -1
    __sub__ = lambda self, other: self + -Value.wrap(other)
    __rsub__ = lambda self, other: -self + other
    __truediv__ = lambda self, other: self * Value.wrap(other) ** -1
    __rtruediv__ = lambda self, other: other * self**-1
    __rpow__ = lambda self, other: Value(other) ** self

    def _order(self):
        order, seen, stack = [], set(), [(self, False)]
        while stack:
            node, opened = stack.pop()
            if opened:
                order.append(node)
            elif node not in seen:
                seen.add(node)
                stack.append((node, True))
                stack.extend((parent, False) for parent in node.parents)
        return order

    def backward(self, seed=1.0):
        stack = [(self, seed)]
        while stack:
            node, g = stack.pop()
            node.grad += g
            for parent, slope in zip(node.parents, node.slopes):
                stack.append((parent, slope * g))

    def zero_grad(self):
        for node in self._order():
            node.grad = 0.0


# %% wrong e2_3 zero_grad_only_self
# zero_grad solo limpia el resultado.
class Value:
    def __init__(self, data, parents=(), slopes=()):
        self.data, self.grad = float(data), 0.0
        self.parents, self.slopes = parents, slopes

    def wrap(x):
        return x if isinstance(x, Value) else Value(x)

    def __add__(self, other):
        other = Value.wrap(other)
        return Value(self.data + other.data, (self, other), (1.0, 1.0))

    def __mul__(self, other):
        other = Value.wrap(other)
        return Value(self.data * other.data, (self, other), (other.data, self.data))

    def __pow__(self, other):
        if isinstance(other, Value):
            return (other * self.log()).exp()
        return Value(self.data**other, (self,), (other * self.data ** (other - 1),))

    def exp(self):
        return Value(math.exp(self.data), (self,), (math.exp(self.data),))

    def log(self):
        return Value(math.log(self.data), (self,), (1 / self.data,))

    def tanh(self):
        y = math.tanh(self.data)
        return Value(y, (self,), (1 - y * y,))

    def relu(self):
        return Value(max(self.data, 0.0), (self,), (float(self.data > 0),))

    __radd__, __rmul__ = __add__, __mul__
    __neg__ = lambda self: self * -1
    __sub__ = lambda self, other: self + -Value.wrap(other)
    __rsub__ = lambda self, other: -self + other
    __truediv__ = lambda self, other: self * Value.wrap(other) ** -1
    __rtruediv__ = lambda self, other: other * self**-1
    __rpow__ = lambda self, other: Value(other) ** self

    def _order(self):
        order, seen, stack = [], set(), [(self, False)]
        while stack:
            node, opened = stack.pop()
            if opened:
                order.append(node)
            elif node not in seen:
                seen.add(node)
                stack.append((node, True))
                stack.extend((parent, False) for parent in node.parents)
        return order

    def backward(self):
        self.grad += 1.0
        for node in reversed(self._order()):
            for parent, slope in zip(node.parents, node.slopes):
                parent.grad += slope * node.grad

    def zero_grad(self):
        self.grad = 0.0


# %% wrong e2_3 tanh_slope
# Usa 1 - tanh(x) en vez de 1 - tanh²(x).
class Value:
    def __init__(self, data, parents=(), slopes=()):
        self.data, self.grad = float(data), 0.0
        self.parents, self.slopes = parents, slopes

    def wrap(x):
        return x if isinstance(x, Value) else Value(x)

    def __add__(self, other):
        other = Value.wrap(other)
        return Value(self.data + other.data, (self, other), (1.0, 1.0))

    def __mul__(self, other):
        other = Value.wrap(other)
        return Value(self.data * other.data, (self, other), (other.data, self.data))

    def __pow__(self, other):
        if isinstance(other, Value):
            return (other * self.log()).exp()
        return Value(self.data**other, (self,), (other * self.data ** (other - 1),))

    def exp(self):
        return Value(math.exp(self.data), (self,), (math.exp(self.data),))

    def log(self):
        return Value(math.log(self.data), (self,), (1 / self.data,))

    def tanh(self):
        y = math.tanh(self.data)
        return Value(y, (self,), (1 - y,))

    def relu(self):
        return Value(max(self.data, 0.0), (self,), (float(self.data > 0),))

    __radd__, __rmul__ = __add__, __mul__
    __neg__ = lambda self: self * -1
    __sub__ = lambda self, other: self + -Value.wrap(other)
    __rsub__ = lambda self, other: -self + other
    __truediv__ = lambda self, other: self * Value.wrap(other) ** -1
    __rtruediv__ = lambda self, other: other * self**-1
    __rpow__ = lambda self, other: Value(other) ** self

    def _order(self):
        order, seen, stack = [], set(), [(self, False)]
        while stack:
            node, opened = stack.pop()
            if opened:
                order.append(node)
            elif node not in seen:
                seen.add(node)
                stack.append((node, True))
                stack.extend((parent, False) for parent in node.parents)
        return order

    def backward(self):
        self.grad += 1.0
        for node in reversed(self._order()):
            for parent, slope in zip(node.parents, node.slopes):
                parent.grad += slope * node.grad

    def zero_grad(self):
        for node in self._order():
            node.grad = 0.0


# %% wrong e2_3 power_through_log
# x ** 3 por logaritmos no admite bases negativas.
class Value:
    def __init__(self, data, parents=(), slopes=()):
        self.data, self.grad = float(data), 0.0
        self.parents, self.slopes = parents, slopes

    def wrap(x):
        return x if isinstance(x, Value) else Value(x)

    def __add__(self, other):
        other = Value.wrap(other)
        return Value(self.data + other.data, (self, other), (1.0, 1.0))

    def __mul__(self, other):
        other = Value.wrap(other)
        return Value(self.data * other.data, (self, other), (other.data, self.data))

    def __pow__(self, other):
        if isinstance(other, Value):
            return (other * self.log()).exp()
        return (self.log() * other).exp()

    def exp(self):
        return Value(math.exp(self.data), (self,), (math.exp(self.data),))

    def log(self):
        return Value(math.log(self.data), (self,), (1 / self.data,))

    def tanh(self):
        y = math.tanh(self.data)
        return Value(y, (self,), (1 - y * y,))

    def relu(self):
        return Value(max(self.data, 0.0), (self,), (float(self.data > 0),))

    __radd__, __rmul__ = __add__, __mul__
    __neg__ = lambda self: self * -1
    __sub__ = lambda self, other: self + -Value.wrap(other)
    __rsub__ = lambda self, other: -self + other
    __truediv__ = lambda self, other: self * Value.wrap(other) ** -1
    __rtruediv__ = lambda self, other: other * self**-1
    __rpow__ = lambda self, other: Value(other) ** self

    def _order(self):
        order, seen, stack = [], set(), [(self, False)]
        while stack:
            node, opened = stack.pop()
            if opened:
                order.append(node)
            elif node not in seen:
                seen.add(node)
                stack.append((node, True))
                stack.extend((parent, False) for parent in node.parents)
        return order

    def backward(self):
        self.grad += 1.0
        for node in reversed(self._order()):
            for parent, slope in zip(node.parents, node.slopes):
                parent.grad += slope * node.grad

    def zero_grad(self):
        for node in self._order():
            node.grad = 0.0


# %% right e2_3 closures
# Cada nodo guarda una función que reparte su gradiente, y se ordena por creación.
class Value:
    counter = itertools.count()

    def __init__(self, data):
        self.data, self.grad, self.born = float(data), 0.0, next(Value.counter)
        self.children, self.share = [], lambda: None

    def make(data, children, share):
        out = Value(data)
        out.children = children
        out.share = lambda: share(out)
        return out

    def __add__(self, other):
        other = other if isinstance(other, Value) else Value(other)

        def share(out):
            self.grad += out.grad
            other.grad += out.grad

        return Value.make(self.data + other.data, [self, other], share)

    def __radd__(self, other):
        return self + other

    def __mul__(self, other):
        other = other if isinstance(other, Value) else Value(other)

        def share(out):
            self.grad += other.data * out.grad
            other.grad += self.data * out.grad

        return Value.make(self.data * other.data, [self, other], share)

    def __rmul__(self, other):
        return self * other

    def unary(self, data, slope):
        def share(out):
            self.grad += slope * out.grad

        return Value.make(data, [self], share)

    def __pow__(self, other):
        if isinstance(other, Value):
            return (self.log() * other).exp()
        return self.unary(self.data**other, other * self.data ** (other - 1))

    def __rpow__(self, other):
        return (self * math.log(other)).exp()

    def __neg__(self):
        return self.unary(-self.data, -1.0)

    def __sub__(self, other):
        return self + (-other)

    def __rsub__(self, other):
        return (-self) + other

    def __truediv__(self, other):
        return self * other**-1 if isinstance(other, Value) else self * (1 / other)

    def __rtruediv__(self, other):
        return self**-1 * other

    def exp(self):
        e = math.exp(self.data)
        return self.unary(e, e)

    def log(self):
        return self.unary(math.log(self.data), 1 / self.data)

    def tanh(self):
        t = math.tanh(self.data)
        return self.unary(t, 1 - t**2)

    def relu(self):
        return self.unary(self.data, 1.0) if self.data > 0 else self.unary(0.0, 0.0)

    def reachable(self):
        found, pending = {self}, [self]
        while pending:
            for child in pending.pop().children:
                if child not in found:
                    found.add(child)
                    pending.append(child)
        return sorted(found, key=lambda node: -node.born)

    def backward(self):
        nodes = self.reachable()
        self.grad += 1.0
        for node in nodes:
            node.share()

    def zero_grad(self):
        for node in self.reachable():
            node.grad = 0.0


# %% right e2_3 kahn_order
# Orden topológico contando cuántos hijos faltan por repartir.
class Value:
    def __init__(self, data, parents=(), slopes=()):
        self.data, self.grad = float(data), 0.0
        self.parents, self.slopes = parents, slopes

    def wrap(x):
        return x if isinstance(x, Value) else Value(x)

    def __add__(self, other):
        other = Value.wrap(other)
        return Value(self.data + other.data, (self, other), (1.0, 1.0))

    def __mul__(self, other):
        other = Value.wrap(other)
        return Value(self.data * other.data, (self, other), (other.data, self.data))

    def __pow__(self, other):
        if isinstance(other, Value):
            return (other * self.log()).exp()
        return Value(self.data**other, (self,), (other * self.data ** (other - 1),))

    def exp(self):
        return Value(math.exp(self.data), (self,), (math.exp(self.data),))

    def log(self):
        return Value(math.log(self.data), (self,), (1 / self.data,))

    def tanh(self):
        y = math.tanh(self.data)
        return Value(y, (self,), (1 - y * y,))

    def relu(self):
        return Value(max(self.data, 0.0), (self,), (float(self.data > 0),))

    __radd__, __rmul__ = __add__, __mul__
    __neg__ = lambda self: self * -1
    __sub__ = lambda self, other: self + -Value.wrap(other)
    __rsub__ = lambda self, other: -self + other
    __truediv__ = lambda self, other: self * Value.wrap(other) ** -1
    __rtruediv__ = lambda self, other: other * self**-1
    __rpow__ = lambda self, other: Value(other) ** self

    def _order(self):
        waiting, stack = {self: 0}, [self]
        while stack:
            for parent in stack.pop().parents:
                if parent not in waiting:
                    waiting[parent] = 0
                    stack.append(parent)
                waiting[parent] += 1
        order, ready = [], [self]
        while ready:
            node = ready.pop()
            order.append(node)
            for parent in node.parents:
                waiting[parent] -= 1
                if waiting[parent] == 0:
                    ready.append(parent)
        return order[::-1]

    def backward(self):
        self.grad += 1.0
        for node in reversed(self._order()):
            for parent, slope in zip(node.parents, node.slopes):
                parent.grad += slope * node.grad

    def zero_grad(self):
        for node in self._order():
            node.grad = 0.0


# %% wrong e2_4 missing_mean
# El gradiente es de la suma; falta 1/n.
def linear_softmax_grads(X, W, b, y):
    z = X @ W.T + b
    z = z - z.max(1, keepdims=True)
    log_p = z - np.log(np.exp(z).sum(1, keepdims=True))
    G = np.exp(log_p) - np.eye(len(b))[y]
    return -log_p[np.arange(len(y)), y].mean(), G @ W, G.T @ X, G.sum(0)


# %% wrong e2_4 transposed_weights
# dW sale traspuesta, (d, k).
def linear_softmax_grads(X, W, b, y):
    z = X @ W.T + b
    z = z - z.max(1, keepdims=True)
    log_p = z - np.log(np.exp(z).sum(1, keepdims=True))
    G = (np.exp(log_p) - np.eye(len(b))[y]) / len(y)
    return -log_p[np.arange(len(y)), y].mean(), G @ W, X.T @ G, G.sum(0)


# %% wrong e2_4 unstable_softmax
# exp() de los logits tal cual: con 1000 se desborda.
def linear_softmax_grads(X, W, b, y):
    with np.errstate(all="ignore"):
        e = np.exp(X @ W.T + b)
        p = e / e.sum(1, keepdims=True)
        G = (p - np.eye(len(b))[y]) / len(y)
        return -np.log(p[np.arange(len(y)), y]).mean(), G @ W, G.T @ X, G.sum(0)


# %% wrong e2_4 log_of_probability
# Resta el máximo, pero toma el logaritmo de una probabilidad que ya es 0.
def linear_softmax_grads(X, W, b, y):
    z = X @ W.T + b
    e = np.exp(z - z.max(1, keepdims=True))
    p = e / e.sum(1, keepdims=True)
    G = (p - np.eye(len(b))[y]) / len(y)
    with np.errstate(all="ignore"):
        return -np.log(p[np.arange(len(y)), y]).mean(), G @ W, G.T @ X, G.sum(0)


# %% wrong e2_4 global_max
# Resta el máximo de toda la matriz: una fila lejana se queda sin precisión.
def linear_softmax_grads(X, W, b, y):
    z = X @ W.T + b
    z = z - z.max()
    with np.errstate(all="ignore"):
        log_p = z - np.log(np.exp(z).sum(1, keepdims=True))
        G = (np.exp(log_p) - np.eye(len(b))[y]) / len(y)
        return -log_p[np.arange(len(y)), y].mean(), G @ W, G.T @ X, G.sum(0)


# %% wrong e2_4 mean_bias
# El sesgo recibe la media de G, que ya llevaba 1/n.
def linear_softmax_grads(X, W, b, y):
    z = X @ W.T + b
    z = z - z.max(1, keepdims=True)
    log_p = z - np.log(np.exp(z).sum(1, keepdims=True))
    G = (np.exp(log_p) - np.eye(len(b))[y]) / len(y)
    return -log_p[np.arange(len(y)), y].mean(), G @ W, G.T @ X, G.mean(0)


# %% wrong e2_4 loops_over_rows
# Correcto, pero fila a fila: con 20 000 filas tarda demasiado.
def linear_softmax_grads(X, W, b, y):
    n, loss, dX, dW, db = len(y), 0.0, np.zeros_like(X), np.zeros_like(W), np.zeros(len(b))
    for i in range(n):
        z = W @ X[i] + b
        z = z - z.max()
        log_p = z - np.log(np.exp(z).sum())
        g = np.exp(log_p)
        g[y[i]] -= 1
        loss, dX[i], dW, db = loss - log_p[y[i]] / n, W.T @ g / n, dW + np.outer(g, X[i]) / n, db + g / n
        for _ in range(5):
            np.log(np.exp(z).sum())
    return loss, dX, dW, db


# %% wrong e2_4 centres_in_place
# Centra X en el sitio: cambia los datos de quien llama (y los logits).
def linear_softmax_grads(X, W, b, y):
    W -= W.mean(axis=0)
    z = X @ W.T + b
    z = z - z.max(1, keepdims=True)
    log_p = z - np.log(np.exp(z).sum(1, keepdims=True))
    G = (np.exp(log_p) - np.eye(len(b))[y]) / len(y)
    return -log_p[np.arange(len(y)), y].mean(), G @ W, G.T @ X, G.sum(0)


# %% right e2_4 torch_autograd
# Dejar que PyTorch derive también vale: el enunciado pide el resultado.
def linear_softmax_grads(X, W, b, y):
    leaves = [torch.tensor(a, requires_grad=True) for a in (X, W, b)]
    loss = torch.nn.functional.cross_entropy(
        torch.nn.functional.linear(*leaves), torch.tensor(y)
    )
    loss.backward()
    return loss.item(), *(leaf.grad.numpy() for leaf in leaves)


# %% right e2_4 one_hot
def linear_softmax_grads(X, W, b, y):
    z = X @ W.T + b
    shift = z.max(1)
    log_sum = shift + np.log(np.exp(z - shift[:, None]).sum(1))
    hot = np.zeros_like(z)
    hot[np.arange(len(y)), y] = 1.0
    G = (np.exp(z - log_sum[:, None]) - hot) / len(y)
    loss = max(0.0, float((log_sum - z[np.arange(len(y)), y]).mean()))
    return loss, np.einsum("nk,kd->nd", G, W), np.einsum("nk,nd->kd", G, X), G.sum(0)


# %% wrong e2_5 inverted_ratio
# λ = τ²/σ² en vez de σ²/τ².
def gaussian_map(X, y, noise_var, prior_var):
    A = X.T @ X + prior_var / noise_var * np.eye(X.shape[1])
    return np.linalg.solve(A, X.T @ y), noise_var * np.linalg.inv(A)


def beta_update(a, b, tosses):
    heads = sum(tosses)
    a, b = a + heads, b + len(tosses) - heads
    return a, b, a / (a + b)


# %% wrong e2_5 mean_of_squares
# Trata la verosimilitud como una media: λ se divide entre n.
def gaussian_map(X, y, noise_var, prior_var):
    n, d = X.shape
    A = X.T @ X / n / noise_var + np.eye(d) / prior_var
    cov = np.linalg.inv(A)
    return cov @ (X.T @ y) / n / noise_var, cov


def beta_update(a, b, tosses):
    heads = sum(tosses)
    a, b = a + heads, b + len(tosses) - heads
    return a, b, a / (a + b)


# %% wrong e2_5 inverts_gram
# Invierte XᵀX sin la previa: con n < d o columnas repetidas no existe.
def gaussian_map(X, y, noise_var, prior_var):
    C = noise_var * np.linalg.inv(X.T @ X)
    cov = np.linalg.inv(np.linalg.inv(C) + np.eye(X.shape[1]) / prior_var)
    return cov @ (X.T @ y) / noise_var, cov


def beta_update(a, b, tosses):
    heads = sum(tosses)
    a, b = a + heads, b + len(tosses) - heads
    return a, b, a / (a + b)


# %% wrong e2_5 deviations_not_variances
# Toma noise_var y prior_var por desviaciones típicas y las eleva al cuadrado.
def gaussian_map(X, y, noise_var, prior_var):
    A = X.T @ X / noise_var**2 + np.eye(X.shape[1]) / prior_var**2
    cov = np.linalg.inv(A)
    return cov @ (X.T @ y) / noise_var**2, cov


def beta_update(a, b, tosses):
    heads = sum(tosses)
    a, b = a + heads, b + len(tosses) - heads
    return a, b, a / (a + b)


# %% wrong e2_5 covariance_without_noise
# La covarianza de ridge sin el factor σ².
def gaussian_map(X, y, noise_var, prior_var):
    A = X.T @ X + noise_var / prior_var * np.eye(X.shape[1])
    return np.linalg.solve(A, X.T @ y), np.linalg.inv(A)


def beta_update(a, b, tosses):
    heads = sum(tosses)
    a, b = a + heads, b + len(tosses) - heads
    return a, b, a / (a + b)


# %% wrong e2_5 beta_mode
# Predice con la moda de la posterior, no con su media.
def gaussian_map(X, y, noise_var, prior_var):
    cov = np.linalg.inv(X.T @ X / noise_var + np.eye(X.shape[1]) / prior_var)
    return cov @ (X.T @ y) / noise_var, cov


def beta_update(a, b, tosses):
    heads = sum(tosses)
    a, b = a + heads, b + len(tosses) - heads
    return a, b, (a - 1) / (a + b - 2)


# %% wrong e2_5 beta_frequency
# Predice con la frecuencia de los datos, sin la previa; sin tiradas divide entre 0.
def gaussian_map(X, y, noise_var, prior_var):
    cov = np.linalg.inv(X.T @ X / noise_var + np.eye(X.shape[1]) / prior_var)
    return cov @ (X.T @ y) / noise_var, cov


def beta_update(a, b, tosses):
    heads = sum(tosses)
    return a + heads, b + len(tosses) - heads, heads / len(tosses)


# %% right e2_5 ridge_form
def gaussian_map(X, y, noise_var, prior_var):
    A = X.T @ X + noise_var / prior_var * np.eye(X.shape[1])
    return np.linalg.solve(A, X.T @ y), noise_var * np.linalg.inv(A)


def beta_update(a, b, tosses):
    for toss in tosses:
        a, b = a + toss, b + 1 - toss
    return float(a), float(b), float(a / (a + b))


# %% right e2_5 spectral
def gaussian_map(X, y, noise_var, prior_var):
    values, V = np.linalg.eigh(X.T @ X)
    scale = 1 / (values.clip(0) / noise_var + 1 / prior_var)
    cov = (V * scale) @ V.T
    return V @ (scale * (V.T @ (X.T @ y))) / noise_var, cov


def beta_update(a, b, tosses):
    tosses = np.asarray(tosses, dtype=float)
    a, b = a + tosses.sum(), b + (1 - tosses).sum()
    return a, b, a / (a + b)


# %% wrong e2_6 fixed_rate
# Tasa fija de 0,5: en cuanto L > 4 diverge, y si L es pequeña es lenta.
def certified_ridge_gd(X, y, lam, tol, max_iter=50_000):
    n, d = X.shape
    H, c = X.T @ X / n + lam * np.eye(d), X.T @ y / n
    mu, w = np.linalg.eigvalsh(H)[0], np.zeros(d)
    for k in range(max_iter + 1):
        g = H @ w - c
        bound = g @ g / (2 * mu)
        if bound <= tol or k == max_iter:
            return w, k, bound
        w = w - 0.5 * g


# %% wrong e2_6 stops_on_decrease
# Para cuando la pérdida casi no baja: eso no certifica nada.
def certified_ridge_gd(X, y, lam, tol, max_iter=50_000):
    n, d = X.shape
    H, c = X.T @ X / n + lam * np.eye(d), X.T @ y / n
    values = np.linalg.eigvalsh(H)
    w, n_iter, previous = np.zeros(d), 0, np.inf
    while n_iter < max_iter:
        f = w @ H @ w / 2 - c @ w
        if previous - f <= tol:
            break
        previous = f
        w, n_iter = w - (H @ w - c) / values[-1], n_iter + 1
    g = H @ w - c
    return w, n_iter, g @ g / (2 * values[0])


# %% wrong e2_6 mu_without_lambda
# μ es el menor valor propio de XᵀX/n, sin λ: con n < d vale 0.
def certified_ridge_gd(X, y, lam, tol, max_iter=50_000):
    n, d = X.shape
    values = np.linalg.eigvalsh(X.T @ X / n)
    mu, L, w, k = max(values[0], 1e-12), values[-1] + lam, np.zeros(d), 0
    while True:
        g = X.T @ (X @ w - y) / n + lam * w
        bound = g @ g / (2 * mu)
        if bound <= tol or k == max_iter:
            return w, k, bound
        w, k = w - g / L, k + 1


# %% wrong e2_6 missing_n_in_l
# L sin dividir entre n: los pasos son n veces más cortos.
def certified_ridge_gd(X, y, lam, tol, max_iter=50_000):
    n, d = X.shape
    H, c = X.T @ X / n + lam * np.eye(d), X.T @ y / n
    mu, L = np.linalg.eigvalsh(H)[0], np.linalg.norm(X, 2) ** 2 + lam
    w, k = np.zeros(d), 0
    while True:
        g = H @ w - c
        bound = g @ g / (2 * mu)
        if bound <= tol or k == max_iter:
            return w, k, bound
        w, k = w - g / L, k + 1


# %% wrong e2_6 smallest_singular_value
# Con n < d el menor valor singular de X no es 0, pero el de XᵀX sí.
def certified_ridge_gd(X, y, lam, tol, max_iter=50_000):
    n, d = X.shape
    s = np.linalg.svd(X, compute_uv=False)
    mu, L, w, k = s[-1] ** 2 / n + lam, s[0] ** 2 / n + lam, np.zeros(d), 0
    while True:
        g = X.T @ (X @ w - y) / n + lam * w
        bound = g @ g / (2 * mu)
        if bound <= tol or k == max_iter:
            return w, k, bound
        w, k = w - g / L, k + 1


# %% wrong e2_6 closed_form
# Resuelve el sistema: el certificado vale 0, pero no es descenso de gradiente.
def certified_ridge_gd(X, y, lam, tol, max_iter=50_000):
    n, d = X.shape
    w = np.linalg.solve(X.T @ X / n + lam * np.eye(d), X.T @ y / n)
    return w, 1, 0.0


# %% wrong e2_6 stale_bound
# Devuelve la cota del w anterior al último paso.
def certified_ridge_gd(X, y, lam, tol, max_iter=50_000):
    n, d = X.shape
    H, c = X.T @ X / n + lam * np.eye(d), X.T @ y / n
    values = np.linalg.eigvalsh(H)
    w, k, bound = np.zeros(d), 0, np.inf
    while bound > tol and k < max_iter:
        g = H @ w - c
        bound = g @ g / (2 * values[0])
        w, k = w - g / values[-1], k + 1
    return w, k, bound


# %% wrong e2_6 accelerated
# Nesterov llega antes, pero no da los pasos que se piden.
def certified_ridge_gd(X, y, lam, tol, max_iter=50_000):
    n, d = X.shape
    H, c = X.T @ X / n + lam * np.eye(d), X.T @ y / n
    values = np.linalg.eigvalsh(H)
    q = (values[0] / values[-1]) ** 0.5
    w = v = np.zeros(d)
    k = 0
    while True:
        g = H @ w - c
        bound = g @ g / (2 * values[0])
        if bound <= tol or k == max_iter:
            return w, k, bound
        new = v - (H @ v - c) / values[-1]
        w, v, k = new, new + (1 - q) / (1 + q) * (new - w), k + 1


# %% right e2_6 residual_form
def certified_ridge_gd(X, y, lam, tol, max_iter=50_000):
    n, d = X.shape
    s = np.linalg.svd(X, compute_uv=False)
    L = s[0] ** 2 / n + lam
    mu = lam + (s[-1] ** 2 / n if n >= d else 0.0)
    w = np.zeros(d)
    for k in range(max_iter + 1):
        g = X.T @ (X @ w - y) / n + lam * w
        bound = float(g @ g) / (2 * mu)
        if bound <= tol:
            break
        if k < max_iter:
            w = w - g / L
    return w, k, bound


# %% right e2_6 torch_version
def certified_ridge_gd(X, y, lam, tol, max_iter=50_000):
    A, t = torch.tensor(X), torch.tensor(y)
    H = A.T @ A / len(A) + lam * torch.eye(A.shape[1], dtype=torch.float64)
    c, values = A.T @ t / len(A), torch.linalg.eigvalsh(H)
    w, k = torch.zeros(A.shape[1], dtype=torch.float64), 0
    g = -c
    while (g @ g / (2 * values[0])).item() > tol and k < max_iter:
        w = w - g / values[-1]
        g, k = H @ w - c, k + 1
    return w.numpy(), k, (g @ g / (2 * values[0])).item()


# %% wrong e2_7 perceptron
# Un perceptrón que se rinde a las 50 épocas: no haber terminado no demuestra nada.
def is_shattered(P):
    A = np.column_stack([P, np.ones(len(P))])
    for labels in itertools.product([-1, 1], repeat=len(P)):
        w = np.zeros(A.shape[1])
        for _ in range(50):
            mistakes = 0
            for s, a in zip(labels, A):
                if s * (a @ w) <= 0:
                    w, mistakes = w + s * a, mistakes + 1
            if mistakes == 0:
                break
        if mistakes:
            return False
    return True


def vc_lower_bound(d, rng):
    n = 1
    while is_shattered(rng.normal(size=(n, d))):
        n += 1
    return n - 1


# %% wrong e2_7 no_bias
# Solo hiperplanos por el origen.
def is_shattered(P):
    n, d = P.shape
    for labels in itertools.product([-1, 1], repeat=n):
        rows = -np.array(labels)[:, None] * P
        if not linprog(np.zeros(d), rows, -np.ones(n), bounds=(None, None)).success:
            return False
    return True


def vc_lower_bound(d, rng):
    n = 1
    while is_shattered(rng.normal(size=(n, d))):
        n += 1
    return n - 1


# %% wrong e2_7 constant_labels_fail
# Da por imposibles las etiquetaciones constantes, como el Perceptron de sklearn.
def is_shattered(P):
    n, d = P.shape
    A = np.column_stack([P, np.ones(n)])
    for labels in itertools.product([-1, 1], repeat=n):
        rows = -np.array(labels)[:, None] * A
        if len(set(labels)) == 1:
            return False
        if not linprog(np.zeros(d + 1), rows, -np.ones(n), bounds=(None, None)).success:
            return False
    return True


def vc_lower_bound(d, rng):
    n = 1
    while is_shattered(rng.normal(size=(n, d))):
        n += 1
    return n - 1


# %% wrong e2_7 positive_variables
# Sin bounds, linprog exige variables no negativas.
def is_shattered(P):
    n, d = P.shape
    A = np.column_stack([P, np.ones(n)])
    for labels in itertools.product([-1, 1], repeat=n):
        rows = -np.array(labels)[:, None] * A
        if not linprog(np.zeros(d + 1), rows, -np.ones(n)).success:
            return False
    return True


def vc_lower_bound(d, rng):
    n = 1
    while is_shattered(rng.normal(size=(n, d))):
        n += 1
    return n - 1


# %% wrong e2_7 weak_inequality
# Con >= 0 en vez de >= 1, w = 0 y b = 0 lo «separa» todo.
def is_shattered(P):
    n, d = P.shape
    A = np.column_stack([P, np.ones(n)])
    for labels in itertools.product([-1, 1], repeat=n):
        rows = -np.array(labels)[:, None] * A
        if not linprog(np.zeros(d + 1), rows, np.zeros(n), bounds=(None, None)).success:
            return False
    return True


def vc_lower_bound(d, rng):
    for n in range(1, 8):
        if not is_shattered(rng.normal(size=(n, d))):
            return n - 1
    return n


# %% wrong e2_7 only_counts_points
# n <= d + 1 y nada más: no ve que los puntos estén en una recta.
def is_shattered(P):
    return len(P) <= P.shape[1] + 1


def vc_lower_bound(d, rng):
    n = 1
    while is_shattered(rng.normal(size=(n, d))):
        n += 1
    return n - 1


# %% wrong e2_7 formula_instead_of_measure
# Devuelve d + 1 sin medir nada.
def is_shattered(P):
    n = len(P)
    return int(np.linalg.matrix_rank(np.column_stack([P, np.ones(n)]))) == n


def vc_lower_bound(d, rng):
    return d + 1


# %% wrong e2_7 one_too_many
# Devuelve el primer n que falla.
def is_shattered(P):
    n = len(P)
    return int(np.linalg.matrix_rank(np.column_stack([P, np.ones(n)]))) == n


def vc_lower_bound(d, rng):
    n = 1
    while is_shattered(rng.normal(size=(n, d))):
        n += 1
    return n


# %% right e2_7 half_of_labelings
# Cada etiquetación y su contraria se separan con el mismo hiperplano.
def is_shattered(P):
    n, d = P.shape
    for rest in itertools.product([-1.0, 1.0], repeat=n - 1):
        s = np.array([1.0, *rest])
        A = np.hstack([-s[:, None] * P, -s[:, None]])
        r = linprog(np.zeros(d + 1), A_ub=A, b_ub=-np.ones(n), bounds=[(None, None)] * (d + 1))
        if r.status != 0:
            return False
    return True


def vc_lower_bound(d, rng):
    best = 0
    for n in itertools.count(1):
        if not is_shattered(rng.normal(size=(n, d))):
            return best
        best = n


# %% right e2_7 affine_independence
# Teorema de Radon: fragmentados si y solo si son afínmente independientes.
def is_shattered(P):
    centred = P[1:] - P[0]
    return bool(np.linalg.matrix_rank(centred) == len(centred)) if len(P) > 1 else True


def vc_lower_bound(d, rng):
    n = 0
    while is_shattered(rng.normal(size=(n + 1, d))):
        n += 1
    return n
