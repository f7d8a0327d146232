"""Respuestas equivocadas típicas y correctas alternativas de la unidad 06."""


# %% wrong e6_1 sum_of_jacobians
# La fórmula de muchos libros: I más la suma, que olvida los caminos largos.
class ResidualMLP(nn.Module):

    def __init__(self, d, hidden, n_blocks, zero_init):
        super().__init__()
        self.blocks = nn.ModuleList()
        for _ in range(n_blocks):
            last = nn.Linear(hidden, d)
            if zero_init:
                nn.init.zeros_(last.weight)
                nn.init.zeros_(last.bias)
            layers = nn.LayerNorm(d), nn.Linear(d, hidden), nn.ReLU(), last
            self.blocks.append(nn.Sequential(*layers))

    def forward(self, x):
        for block in self.blocks:
            x = x + block(x)
        return x


def chain_jacobian(J, residual):
    J = J if isinstance(J, torch.Tensor) else torch.stack(J)
    identity = torch.eye(*J.shape[1:], dtype=J.dtype)
    total = identity
    for jacobian in J:
        total = total + jacobian if residual else jacobian @ total
    return total


# %% wrong e6_1 reversed_order
# Multiplica por la derecha: el jacobiano de la cadena al revés.
class ResidualMLP(nn.Module):

    def __init__(self, d, hidden, n_blocks, zero_init):
        super().__init__()
        self.blocks = nn.ModuleList()
        for _ in range(n_blocks):
            last = nn.Linear(hidden, d)
            if zero_init:
                nn.init.zeros_(last.weight)
                nn.init.zeros_(last.bias)
            layers = nn.LayerNorm(d), nn.Linear(d, hidden), nn.ReLU(), last
            self.blocks.append(nn.Sequential(*layers))

    def forward(self, x):
        for block in self.blocks:
            x = x + block(x)
        return x


def chain_jacobian(J, residual):
    J = J if isinstance(J, torch.Tensor) else torch.stack(J)
    identity = torch.eye(*J.shape[1:], dtype=J.dtype)
    total = identity
    for jacobian in J:
        total = total @ (identity + jacobian if residual else jacobian)
    return total


# %% wrong e6_1 whole_branch_zero
# Pone a cero toda la rama: W1 y W2 nunca reciben gradiente.
class ResidualMLP(nn.Module):

    def __init__(self, d, hidden, n_blocks, zero_init):
        super().__init__()
        self.blocks = nn.ModuleList()
        for _ in range(n_blocks):
            last = nn.Linear(hidden, d)
            if zero_init:
                nn.init.zeros_(last.weight)
                nn.init.zeros_(last.bias)
            layers = nn.LayerNorm(d), nn.Linear(d, hidden), nn.ReLU(), last
            if zero_init:
                nn.init.zeros_(layers[1].weight)
                nn.init.zeros_(layers[1].bias)
            self.blocks.append(nn.Sequential(*layers))

    def forward(self, x):
        for block in self.blocks:
            x = x + block(x)
        return x


def chain_jacobian(J, residual):
    J = J if isinstance(J, torch.Tensor) else torch.stack(J)
    identity = torch.eye(*J.shape[1:], dtype=J.dtype)
    total = identity
    for jacobian in J:
        total = (identity + jacobian if residual else jacobian) @ total
    return total


# %% wrong e6_1 activation_after_sum
# ReLU después de la suma, como en la ResNet original: no es el bloque pedido.
class ResidualMLP(nn.Module):

    def __init__(self, d, hidden, n_blocks, zero_init):
        super().__init__()
        self.blocks = nn.ModuleList()
        for _ in range(n_blocks):
            last = nn.Linear(hidden, d)
            if zero_init:
                nn.init.zeros_(last.weight)
                nn.init.zeros_(last.bias)
            layers = nn.LayerNorm(d), nn.Linear(d, hidden), nn.ReLU(), last
            self.blocks.append(nn.Sequential(*layers))

    def forward(self, x):
        for block in self.blocks:
            x = torch.relu(x + block(x))
        return x


def chain_jacobian(J, residual):
    J = J if isinstance(J, torch.Tensor) else torch.stack(J)
    identity = torch.eye(*J.shape[1:], dtype=J.dtype)
    total = identity
    for jacobian in J:
        total = (identity + jacobian if residual else jacobian) @ total
    return total


# %% wrong e6_1 no_shortcut
# Olvida el atajo.
class ResidualMLP(nn.Module):

    def __init__(self, d, hidden, n_blocks, zero_init):
        super().__init__()
        self.blocks = nn.ModuleList()
        for _ in range(n_blocks):
            last = nn.Linear(hidden, d)
            if zero_init:
                nn.init.zeros_(last.weight)
                nn.init.zeros_(last.bias)
            layers = nn.LayerNorm(d), nn.Linear(d, hidden), nn.ReLU(), last
            self.blocks.append(nn.Sequential(*layers))

    def forward(self, x):
        for block in self.blocks:
            x = block(x)
        return x


def chain_jacobian(J, residual):
    J = J if isinstance(J, torch.Tensor) else torch.stack(J)
    identity = torch.eye(*J.shape[1:], dtype=J.dtype)
    total = identity
    for jacobian in J:
        total = (identity + jacobian if residual else jacobian) @ total
    return total


# %% wrong e6_1 no_normalization
# Sin normalización: la señal crece bloque a bloque.
class ResidualMLP(nn.Module):

    def __init__(self, d, hidden, n_blocks, zero_init):
        super().__init__()
        self.blocks = nn.ModuleList()
        for _ in range(n_blocks):
            last = nn.Linear(hidden, d)
            if zero_init:
                nn.init.zeros_(last.weight)
                nn.init.zeros_(last.bias)
            layers = nn.Linear(d, hidden), nn.ReLU(), last
            self.blocks.append(nn.Sequential(*layers))

    def forward(self, x):
        for block in self.blocks:
            x = x + block(x)
        return x


def chain_jacobian(J, residual):
    J = J if isinstance(J, torch.Tensor) else torch.stack(J)
    identity = torch.eye(*J.shape[1:], dtype=J.dtype)
    total = identity
    for jacobian in J:
        total = (identity + jacobian if residual else jacobian) @ total
    return total


# %% wrong e6_1 shared_block
# El mismo bloque repetido n_blocks veces.
class ResidualMLP(nn.Module):

    def __init__(self, d, hidden, n_blocks, zero_init):
        super().__init__()
        self.blocks = nn.ModuleList()
        for _ in range(n_blocks):
            last = nn.Linear(hidden, d)
            if zero_init:
                nn.init.zeros_(last.weight)
                nn.init.zeros_(last.bias)
            layers = nn.LayerNorm(d), nn.Linear(d, hidden), nn.ReLU(), last
            self.blocks.append(nn.Sequential(*layers))

    def forward(self, x):
        for _ in self.blocks:
            block = self.blocks[0]
            x = x + block(x)
        return x


def chain_jacobian(J, residual):
    J = J if isinstance(J, torch.Tensor) else torch.stack(J)
    identity = torch.eye(*J.shape[1:], dtype=J.dtype)
    total = identity
    for jacobian in J:
        total = (identity + jacobian if residual else jacobian) @ total
    return total


# %% wrong e6_1 bias_not_zeroed
# Deja b2 al azar: no empieza en la identidad.
class ResidualMLP(nn.Module):

    def __init__(self, d, hidden, n_blocks, zero_init):
        super().__init__()
        self.blocks = nn.ModuleList()
        for _ in range(n_blocks):
            last = nn.Linear(hidden, d)
            if zero_init:
                nn.init.zeros_(last.weight)
            layers = nn.LayerNorm(d), nn.Linear(d, hidden), nn.ReLU(), last
            self.blocks.append(nn.Sequential(*layers))

    def forward(self, x):
        for block in self.blocks:
            x = x + block(x)
        return x


def chain_jacobian(J, residual):
    J = J if isinstance(J, torch.Tensor) else torch.stack(J)
    identity = torch.eye(*J.shape[1:], dtype=J.dtype)
    total = identity
    for jacobian in J:
        total = (identity + jacobian if residual else jacobian) @ total
    return total


# %% wrong e6_1 inplace_sum
# Suma en el sitio: modifica el argumento.
class ResidualMLP(nn.Module):

    def __init__(self, d, hidden, n_blocks, zero_init):
        super().__init__()
        self.blocks = nn.ModuleList()
        for _ in range(n_blocks):
            last = nn.Linear(hidden, d)
            if zero_init:
                nn.init.zeros_(last.weight)
                nn.init.zeros_(last.bias)
            layers = nn.LayerNorm(d), nn.Linear(d, hidden), nn.ReLU(), last
            self.blocks.append(nn.Sequential(*layers))

    def forward(self, x):
        for block in self.blocks:
            x += block(x)
        return x


def chain_jacobian(J, residual):
    J = J if isinstance(J, torch.Tensor) else torch.stack(J)
    identity = torch.eye(*J.shape[1:], dtype=J.dtype)
    total = identity
    for jacobian in J:
        total = (identity + jacobian if residual else jacobian) @ total
    return total


# %% wrong e6_1 float32_identity
# La identidad se crea en float32.
class ResidualMLP(nn.Module):

    def __init__(self, d, hidden, n_blocks, zero_init):
        super().__init__()
        self.blocks = nn.ModuleList()
        for _ in range(n_blocks):
            last = nn.Linear(hidden, d)
            if zero_init:
                nn.init.zeros_(last.weight)
                nn.init.zeros_(last.bias)
            layers = nn.LayerNorm(d), nn.Linear(d, hidden), nn.ReLU(), last
            self.blocks.append(nn.Sequential(*layers))

    def forward(self, x):
        for block in self.blocks:
            x = x + block(x)
        return x


def chain_jacobian(J, residual):
    J = J if isinstance(J, torch.Tensor) else torch.stack(J)
    identity = torch.eye(J.shape[-1])
    total = identity
    for jacobian in J:
        total = (identity + jacobian if residual else jacobian) @ total
    return total


# %% wrong e6_1 final_norm
# Añade una normalización al final.
class ResidualMLP(nn.Module):

    def __init__(self, d, hidden, n_blocks, zero_init):
        super().__init__()
        self.blocks = nn.ModuleList()
        for _ in range(n_blocks):
            last = nn.Linear(hidden, d)
            if zero_init:
                nn.init.zeros_(last.weight)
                nn.init.zeros_(last.bias)
            layers = nn.LayerNorm(d), nn.Linear(d, hidden), nn.ReLU(), last
            self.blocks.append(nn.Sequential(*layers))

    def forward(self, x):
        for block in self.blocks:
            x = x + block(x)
        return F.layer_norm(x, x.shape[1:])


def chain_jacobian(J, residual):
    J = J if isinstance(J, torch.Tensor) else torch.stack(J)
    identity = torch.eye(*J.shape[1:], dtype=J.dtype)
    total = identity
    for jacobian in J:
        total = (identity + jacobian if residual else jacobian) @ total
    return total


# %% right e6_1 own_block_class
# Con una clase para el bloque y functools.
class Branch(nn.Module):
    def __init__(self, d, hidden, zero_init):
        super().__init__()
        self.norm = nn.LayerNorm(d)
        self.up = nn.Linear(d, hidden)
        self.down = nn.Linear(hidden, d)
        if zero_init:
            self.down.weight.data.fill_(0)
            self.down.bias.data.fill_(0)

    def forward(self, x):
        return x + self.down(F.relu(self.up(self.norm(x))))


class ResidualMLP(nn.Module):
    def __init__(self, d, hidden, n_blocks, zero_init):
        super().__init__()
        self.chain = nn.Sequential(
            *(Branch(d, hidden, zero_init) for _ in range(n_blocks))
        )

    def forward(self, x):
        return self.chain(x)


def chain_jacobian(J, residual):
    if len(J) == 0:
        return torch.eye(J.shape[1], dtype=J.dtype)
    factors = [A + residual * torch.eye(len(A), dtype=A.dtype) for A in J]
    if len(factors) == 1:
        return factors[0]
    return torch.linalg.multi_dot(factors[::-1])


# %% right e6_1 from_the_output
# El producto empezado por la salida; los módulos, sueltos en una lista.
class ResidualMLP(nn.Module):
    def __init__(self, d, hidden, n_blocks, zero_init):
        super().__init__()
        self.parts = nn.ModuleList()
        for _ in range(n_blocks):
            self.parts.extend([nn.LayerNorm(d), nn.Linear(d, hidden), nn.Linear(hidden, d)])
            if zero_init:
                with torch.no_grad():
                    self.parts[-1].weight.zero_()
                    self.parts[-1].bias.zero_()

    def forward(self, x):
        for i in range(0, len(self.parts), 3):
            norm, up, down = self.parts[i : i + 3]
            x = torch.add(x, down(up(norm(x)).clamp(min=0)))
        return x


def chain_jacobian(J, residual):
    J = torch.stack(list(J)) if len(J) else J
    d = J.shape[1]
    total = torch.eye(d, dtype=J.dtype)
    for matrix in reversed(list(J)):
        total = total @ matrix + (total if residual else 0)
    return total


# %% wrong e6_2 sum_not_concat
# Suma como una ResNet: la anchura no crece.
class DenseBlock(nn.Module):

    def __init__(self, d0, growth, n_layers, bottleneck):
        super().__init__()
        self.layers = nn.ModuleList()
        for i in range(n_layers):
            width = d0 + i * growth
            layer = nn.Sequential(nn.LayerNorm(width), nn.ReLU())
            if bottleneck is not None:
                layer.append(nn.Linear(width, bottleneck))
                layer.append(nn.LayerNorm(bottleneck))
                layer.append(nn.ReLU())
                width = bottleneck
            layer.append(nn.Linear(width, growth))
            self.layers.append(layer)

    def forward(self, x):
        for layer in self.layers:
            x = x + F.pad(layer(x), (0, x.shape[1]))[:, : x.shape[1]]
        return x


def dense_params(d0, growth, n_layers, bottleneck):
    widths = d0 * n_layers + growth * n_layers * (n_layers - 1) // 2  # suma de anchuras
    if bottleneck is None:
        return widths * (2 + growth) + n_layers * growth
    per_layer = 3 * bottleneck + bottleneck * growth + growth
    return widths * (2 + bottleneck) + n_layers * per_layer


# %% wrong e6_2 inplace_relu
# Una ReLU en el sitio estropea la entrada que hay que conservar.
class DenseBlock(nn.Module):

    def __init__(self, d0, growth, n_layers, bottleneck):
        super().__init__()
        self.layers = nn.ModuleList()
        for i in range(n_layers):
            width = d0 + i * growth
            layer = nn.Sequential(nn.LayerNorm(width), nn.ReLU())
            if bottleneck is not None:
                layer.append(nn.Linear(width, bottleneck))
                layer.append(nn.LayerNorm(bottleneck))
                layer.append(nn.ReLU())
                width = bottleneck
            layer.append(nn.Linear(width, growth))
            self.layers.append(layer)

    def forward(self, x):
        for layer in self.layers:
            x = torch.cat([x.relu_(), layer(x)], dim=1)
        return x


def dense_params(d0, growth, n_layers, bottleneck):
    widths = d0 * n_layers + growth * n_layers * (n_layers - 1) // 2  # suma de anchuras
    if bottleneck is None:
        return widths * (2 + growth) + n_layers * growth
    per_layer = 3 * bottleneck + bottleneck * growth + growth
    return widths * (2 + bottleneck) + n_layers * per_layer


# %% wrong e6_2 linear_in_layers
# Cuenta como si todas las capas tuvieran anchura d0.
class DenseBlock(nn.Module):

    def __init__(self, d0, growth, n_layers, bottleneck):
        super().__init__()
        self.layers = nn.ModuleList()
        for i in range(n_layers):
            width = d0 + i * growth
            layer = nn.Sequential(nn.LayerNorm(width), nn.ReLU())
            if bottleneck is not None:
                layer.append(nn.Linear(width, bottleneck))
                layer.append(nn.LayerNorm(bottleneck))
                layer.append(nn.ReLU())
                width = bottleneck
            layer.append(nn.Linear(width, growth))
            self.layers.append(layer)

    def forward(self, x):
        for layer in self.layers:
            x = torch.cat([x, layer(x)], dim=1)
        return x


def dense_params(d0, growth, n_layers, bottleneck):
    widths = d0 * n_layers  # suma de anchuras
    if bottleneck is None:
        return widths * (2 + growth) + n_layers * growth
    per_layer = 3 * bottleneck + bottleneck * growth + growth
    return widths * (2 + bottleneck) + n_layers * per_layer


# %% wrong e6_2 new_columns_first
# Pone lo nuevo delante.
class DenseBlock(nn.Module):

    def __init__(self, d0, growth, n_layers, bottleneck):
        super().__init__()
        self.layers = nn.ModuleList()
        for i in range(n_layers):
            width = d0 + i * growth
            layer = nn.Sequential(nn.LayerNorm(width), nn.ReLU())
            if bottleneck is not None:
                layer.append(nn.Linear(width, bottleneck))
                layer.append(nn.LayerNorm(bottleneck))
                layer.append(nn.ReLU())
                width = bottleneck
            layer.append(nn.Linear(width, growth))
            self.layers.append(layer)

    def forward(self, x):
        for layer in self.layers:
            x = torch.cat([layer(x), x], dim=1)
        return x


def dense_params(d0, growth, n_layers, bottleneck):
    widths = d0 * n_layers + growth * n_layers * (n_layers - 1) // 2  # suma de anchuras
    if bottleneck is None:
        return widths * (2 + growth) + n_layers * growth
    per_layer = 3 * bottleneck + bottleneck * growth + growth
    return widths * (2 + bottleneck) + n_layers * per_layer


# %% wrong e6_2 only_new_forwarded
# Cada capa solo ve la anterior: falta la reutilización.
class DenseBlock(nn.Module):

    def __init__(self, d0, growth, n_layers, bottleneck):
        super().__init__()
        self.layers = nn.ModuleList()
        for i in range(n_layers):
            width = d0 + i * growth
            layer = nn.Sequential(nn.LayerNorm(width), nn.ReLU())
            if bottleneck is not None:
                layer.append(nn.Linear(width, bottleneck))
                layer.append(nn.LayerNorm(bottleneck))
                layer.append(nn.ReLU())
                width = bottleneck
            layer.append(nn.Linear(width, growth))
            self.layers.append(layer)

    def forward(self, x):
        parts = [x]
        for layer in self.layers:
            h = F.pad(parts[-1], (0, layer[0].normalized_shape[0] - parts[-1].shape[1]))
            parts.append(layer(h))
        return torch.cat(parts, dim=1)


def dense_params(d0, growth, n_layers, bottleneck):
    widths = d0 * n_layers + growth * n_layers * (n_layers - 1) // 2  # suma de anchuras
    if bottleneck is None:
        return widths * (2 + growth) + n_layers * growth
    per_layer = 3 * bottleneck + bottleneck * growth + growth
    return widths * (2 + bottleneck) + n_layers * per_layer


# %% wrong e6_2 detached_reuse
# Corta el gradiente de lo que reutiliza.
class DenseBlock(nn.Module):

    def __init__(self, d0, growth, n_layers, bottleneck):
        super().__init__()
        self.layers = nn.ModuleList()
        for i in range(n_layers):
            width = d0 + i * growth
            layer = nn.Sequential(nn.LayerNorm(width), nn.ReLU())
            if bottleneck is not None:
                layer.append(nn.Linear(width, bottleneck))
                layer.append(nn.LayerNorm(bottleneck))
                layer.append(nn.ReLU())
                width = bottleneck
            layer.append(nn.Linear(width, growth))
            self.layers.append(layer)

    def forward(self, x):
        for layer in self.layers:
            x = torch.cat([x, layer(x.detach())], dim=1)
        return x


def dense_params(d0, growth, n_layers, bottleneck):
    widths = d0 * n_layers + growth * n_layers * (n_layers - 1) // 2  # suma de anchuras
    if bottleneck is None:
        return widths * (2 + growth) + n_layers * growth
    per_layer = 3 * bottleneck + bottleneck * growth + growth
    return widths * (2 + bottleneck) + n_layers * per_layer


# %% wrong e6_2 norm_after
# Normaliza después de la lineal: lineal → LN → ReLU.
class DenseBlock(nn.Module):

    def __init__(self, d0, growth, n_layers, bottleneck):
        super().__init__()
        self.layers = nn.ModuleList()
        for i in range(n_layers):
            width = d0 + i * growth
            layer = nn.Sequential(nn.LayerNorm(width), nn.ReLU())
            if bottleneck is not None:
                layer.append(nn.Linear(width, bottleneck))
                layer.append(nn.LayerNorm(bottleneck))
                layer.append(nn.ReLU())
                width = bottleneck
            layer.append(nn.Linear(width, growth))
            self.layers.append(nn.Sequential(*list(layer)[::-1]) if bottleneck is None else layer)

    def forward(self, x):
        for layer in self.layers:
            x = torch.cat([x, layer(x)], dim=1)
        return x


def dense_params(d0, growth, n_layers, bottleneck):
    widths = d0 * n_layers + growth * n_layers * (n_layers - 1) // 2  # suma de anchuras
    if bottleneck is None:
        return widths * (2 + growth) + n_layers * growth
    per_layer = 3 * bottleneck + bottleneck * growth + growth
    return widths * (2 + bottleneck) + n_layers * per_layer


# %% wrong e6_2 count_without_bias
# Olvida los sesgos al contar.
class DenseBlock(nn.Module):

    def __init__(self, d0, growth, n_layers, bottleneck):
        super().__init__()
        self.layers = nn.ModuleList()
        for i in range(n_layers):
            width = d0 + i * growth
            layer = nn.Sequential(nn.LayerNorm(width), nn.ReLU())
            if bottleneck is not None:
                layer.append(nn.Linear(width, bottleneck))
                layer.append(nn.LayerNorm(bottleneck))
                layer.append(nn.ReLU())
                width = bottleneck
            layer.append(nn.Linear(width, growth))
            self.layers.append(layer)

    def forward(self, x):
        for layer in self.layers:
            x = torch.cat([x, layer(x)], dim=1)
        return x


def dense_params(d0, growth, n_layers, bottleneck):
    widths = d0 * n_layers + growth * n_layers * (n_layers - 1) // 2  # suma de anchuras
    if bottleneck is None:
        return widths * (2 + growth) + 0 * growth
    per_layer = 3 * bottleneck + bottleneck * growth + growth
    return widths * (2 + bottleneck) + n_layers * per_layer


# %% wrong e6_2 norm_counted_once
# Cuenta un solo parámetro por columna de la LN.
class DenseBlock(nn.Module):

    def __init__(self, d0, growth, n_layers, bottleneck):
        super().__init__()
        self.layers = nn.ModuleList()
        for i in range(n_layers):
            width = d0 + i * growth
            layer = nn.Sequential(nn.LayerNorm(width), nn.ReLU())
            if bottleneck is not None:
                layer.append(nn.Linear(width, bottleneck))
                layer.append(nn.LayerNorm(bottleneck))
                layer.append(nn.ReLU())
                width = bottleneck
            layer.append(nn.Linear(width, growth))
            self.layers.append(layer)

    def forward(self, x):
        for layer in self.layers:
            x = torch.cat([x, layer(x)], dim=1)
        return x


def dense_params(d0, growth, n_layers, bottleneck):
    widths = d0 * n_layers + growth * n_layers * (n_layers - 1) // 2  # suma de anchuras
    if bottleneck is None:
        return widths * (1 + growth) + n_layers * growth
    per_layer = 3 * bottleneck + bottleneck * growth + growth
    return widths * (2 + bottleneck) + n_layers * per_layer


# %% wrong e6_2 no_second_norm
# Con cuello olvida la segunda LN.
class DenseBlock(nn.Module):

    def __init__(self, d0, growth, n_layers, bottleneck):
        super().__init__()
        self.layers = nn.ModuleList()
        for i in range(n_layers):
            width = d0 + i * growth
            layer = nn.Sequential(nn.LayerNorm(width), nn.ReLU())
            if bottleneck is not None:
                layer.append(nn.Linear(width, bottleneck))
                layer.append(nn.ReLU())
                width = bottleneck
            layer.append(nn.Linear(width, growth))
            self.layers.append(layer)

    def forward(self, x):
        for layer in self.layers:
            x = torch.cat([x, layer(x)], dim=1)
        return x


def dense_params(d0, growth, n_layers, bottleneck):
    widths = d0 * n_layers + growth * n_layers * (n_layers - 1) // 2  # suma de anchuras
    if bottleneck is None:
        return widths * (2 + growth) + n_layers * growth
    per_layer = 3 * bottleneck + bottleneck * growth + growth
    return widths * (2 + bottleneck) + n_layers * per_layer


# %% wrong e6_2 float_division
# Divide con / y devuelve un float inexacto.
class DenseBlock(nn.Module):

    def __init__(self, d0, growth, n_layers, bottleneck):
        super().__init__()
        self.layers = nn.ModuleList()
        for i in range(n_layers):
            width = d0 + i * growth
            layer = nn.Sequential(nn.LayerNorm(width), nn.ReLU())
            if bottleneck is not None:
                layer.append(nn.Linear(width, bottleneck))
                layer.append(nn.LayerNorm(bottleneck))
                layer.append(nn.ReLU())
                width = bottleneck
            layer.append(nn.Linear(width, growth))
            self.layers.append(layer)

    def forward(self, x):
        for layer in self.layers:
            x = torch.cat([x, layer(x)], dim=1)
        return x


def dense_params(d0, growth, n_layers, bottleneck):
    widths = d0 * n_layers + growth * n_layers * (n_layers - 1) / 2  # suma de anchuras
    if bottleneck is None:
        return widths * (2 + growth) + n_layers * growth
    per_layer = 3 * bottleneck + bottleneck * growth + growth
    return widths * (2 + bottleneck) + n_layers * per_layer


# %% wrong e6_2 builds_to_count
# Construye el bloque para contar: imposible con tamaños enormes.
class DenseBlock(nn.Module):

    def __init__(self, d0, growth, n_layers, bottleneck):
        super().__init__()
        self.layers = nn.ModuleList()
        for i in range(n_layers):
            width = d0 + i * growth
            layer = nn.Sequential(nn.LayerNorm(width), nn.ReLU())
            if bottleneck is not None:
                layer.append(nn.Linear(width, bottleneck))
                layer.append(nn.LayerNorm(bottleneck))
                layer.append(nn.ReLU())
                width = bottleneck
            layer.append(nn.Linear(width, growth))
            self.layers.append(layer)

    def forward(self, x):
        for layer in self.layers:
            x = torch.cat([x, layer(x)], dim=1)
        return x


def dense_params(d0, growth, n_layers, bottleneck):
    block = DenseBlock(d0, growth, n_layers, bottleneck)
    return sum(p.numel() for p in block.parameters())


# %% right e6_2 list_of_pieces
# Guarda los trozos y concatena al usarlos; cuenta con un bucle.
def _step(n_in, n_out):
    return [nn.LayerNorm(n_in), nn.ReLU(), nn.Linear(n_in, n_out)]


class DenseBlock(nn.Module):
    def __init__(self, d0, growth, n_layers, bottleneck):
        super().__init__()
        for i in range(n_layers):
            sizes = [d0 + i * growth, growth]
            if bottleneck is not None:
                sizes.insert(1, bottleneck)
            steps = [m for pair in itertools.pairwise(sizes) for m in _step(*pair)]
            self.add_module(f"layer{i}", nn.Sequential(*steps))

    def forward(self, x):
        pieces = [x]
        for layer in self.children():
            pieces.append(layer(torch.hstack(pieces)))
        return torch.hstack(pieces)


def dense_params(d0, growth, n_layers, bottleneck):
    total = 0
    for i in range(n_layers):
        m = d0 + i * growth
        if bottleneck is None:
            total += 2 * m + m * growth + growth
        else:
            total += 2 * m + m * bottleneck + bottleneck
            total += 2 * bottleneck + bottleneck * growth + growth
    return total


# %% right e6_2 functional_relu
# Módulos con nombre y ReLU funcional.
class Layer(nn.Module):
    def __init__(self, width, growth, bottleneck):
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.first = nn.Linear(width, bottleneck or growth)
        self.second = None
        if bottleneck:
            self.norm2 = nn.LayerNorm(bottleneck)
            self.second = nn.Linear(bottleneck, growth)

    def forward(self, x):
        h = self.first(F.relu(self.norm(x)))
        if self.second is not None:
            h = self.second(F.relu(self.norm2(h)))
        return torch.cat((x, h), -1)


class DenseBlock(nn.Module):
    def __init__(self, d0, growth, n_layers, bottleneck):
        super().__init__()
        widths = [d0 + i * growth for i in range(n_layers)]
        self.layers = nn.Sequential(*(Layer(w, growth, bottleneck) for w in widths))

    def forward(self, x):
        return self.layers(x)


def dense_params(d0, growth, n_layers, bottleneck):
    def step(n_in, n_out):
        return 2 * n_in + (n_in + 1) * n_out

    widths = (d0 + i * growth for i in range(n_layers))
    if bottleneck is None:
        return sum(step(m, growth) for m in widths)
    return sum(step(m, bottleneck) + step(bottleneck, growth) for m in widths)


# %% wrong e6_3 wrong_flattening
# SVD de W aplanado a (O·k, I·k): no es la de cada filtro.
def factorize_kernel(W, rank):
    if not 1 <= rank <= W.shape[-1]:
        raise ValueError(f"rank va de 1 a {W.shape[-1]}; llegó {rank}")
    O, I, k, _ = W.shape
    flat = W.transpose(0, 2, 1, 3).reshape(O * k, I * k)
    U, s, Vt = np.linalg.svd(flat, full_matrices=False)
    V = (U * np.sqrt(s))[:, :rank].reshape(O, 1, k, rank).swapaxes(-2, -1)
    H = (Vt.T * np.sqrt(s))[:, :rank].reshape(1, I, k, rank).swapaxes(-2, -1)
    return V.repeat(I, 1), H.repeat(O, 0)


def reconstruct(V, H):
    return np.einsum("oira,oirb->oiab", V, H)


def conv_cost(kind, k, c_in, c_out, h, w):
    middle = c_out // 4
    params = {
        "full": k * k * c_in * c_out,
        "asym": k * (c_in + c_out) * c_out,
        "two3x3": 9 * (c_in + c_out) * c_out,
        "depthwise_sep": k * k * c_in + c_in * c_out,
        "bottleneck4": middle * (c_in + k * k * middle + c_out),
    }
    if kind not in params:
        raise ValueError(f"kind «{kind}» desconocido")
    return params[kind], params[kind] * h * w


# %% wrong e6_3 always_rank_one
# Cree que k×1 y 1×k equivalen a cualquier k×k: columna y fila medias.
def factorize_kernel(W, rank):
    if not 1 <= rank <= W.shape[-1]:
        raise ValueError(f"rank va de 1 a {W.shape[-1]}; llegó {rank}")
    V = W.mean(-1)[:, :, None].repeat(rank, 2)
    H = W.mean(-2)[:, :, None].repeat(rank, 2)
    scale = np.sqrt(np.abs(W.mean((-2, -1))))[:, :, None, None]
    return V / scale, H / scale


def reconstruct(V, H):
    return np.einsum("oira,oirb->oiab", V, H)


def conv_cost(kind, k, c_in, c_out, h, w):
    middle = c_out // 4
    params = {
        "full": k * k * c_in * c_out,
        "asym": k * (c_in + c_out) * c_out,
        "two3x3": 9 * (c_in + c_out) * c_out,
        "depthwise_sep": k * k * c_in + c_in * c_out,
        "bottleneck4": middle * (c_in + k * k * middle + c_out),
    }
    if kind not in params:
        raise ValueError(f"kind «{kind}» desconocido")
    return params[kind], params[kind] * h * w


# %% wrong e6_3 bias_counted
# Cuenta también los sesgos.
def factorize_kernel(W, rank):
    if not 1 <= rank <= W.shape[-1]:
        raise ValueError(f"rank va de 1 a {W.shape[-1]}; llegó {rank}")
    U, s, Vt = np.linalg.svd(W)
    root = np.sqrt(s)[..., None]
    V, H = root * U.mT, root * Vt
    return V[:, :, :rank], H[:, :, :rank]


def reconstruct(V, H):
    return np.einsum("oira,oirb->oiab", V, H)


def conv_cost(kind, k, c_in, c_out, h, w):
    middle = c_out // 4
    params = {
        "full": (k * k * c_in + 1) * c_out,
        "asym": k * (c_in + c_out) * c_out,
        "two3x3": 9 * (c_in + c_out) * c_out,
        "depthwise_sep": k * k * c_in + c_in * c_out,
        "bottleneck4": middle * (c_in + k * k * middle + c_out),
    }
    if kind not in params:
        raise ValueError(f"kind «{kind}» desconocido")
    return params[kind], params[kind] * h * w


# %% wrong e6_3 sigma_on_one_side
# Todo el tamaño en el factor vertical.
def factorize_kernel(W, rank):
    if not 1 <= rank <= W.shape[-1]:
        raise ValueError(f"rank va de 1 a {W.shape[-1]}; llegó {rank}")
    U, s, Vt = np.linalg.svd(W)
    root = s[..., None]
    V, H = root * U.mT, Vt
    return V[:, :, :rank], H[:, :, :rank]


def reconstruct(V, H):
    return np.einsum("oira,oirb->oiab", V, H)


def conv_cost(kind, k, c_in, c_out, h, w):
    middle = c_out // 4
    params = {
        "full": k * k * c_in * c_out,
        "asym": k * (c_in + c_out) * c_out,
        "two3x3": 9 * (c_in + c_out) * c_out,
        "depthwise_sep": k * k * c_in + c_in * c_out,
        "bottleneck4": middle * (c_in + k * k * middle + c_out),
    }
    if kind not in params:
        raise ValueError(f"kind «{kind}» desconocido")
    return params[kind], params[kind] * h * w


# %% wrong e6_3 rows_of_u
# Toma filas de U en lugar de columnas.
def factorize_kernel(W, rank):
    if not 1 <= rank <= W.shape[-1]:
        raise ValueError(f"rank va de 1 a {W.shape[-1]}; llegó {rank}")
    U, s, Vt = np.linalg.svd(W)
    root = np.sqrt(s)[..., None]
    V, H = root * U, root * Vt
    return V[:, :, :rank], H[:, :, :rank]


def reconstruct(V, H):
    return np.einsum("oira,oirb->oiab", V, H)


def conv_cost(kind, k, c_in, c_out, h, w):
    middle = c_out // 4
    params = {
        "full": k * k * c_in * c_out,
        "asym": k * (c_in + c_out) * c_out,
        "two3x3": 9 * (c_in + c_out) * c_out,
        "depthwise_sep": k * k * c_in + c_in * c_out,
        "bottleneck4": middle * (c_in + k * k * middle + c_out),
    }
    if kind not in params:
        raise ValueError(f"kind «{kind}» desconocido")
    return params[kind], params[kind] * h * w


# %% wrong e6_3 columns_of_vt
# Toma columnas de Vt en lugar de filas.
def factorize_kernel(W, rank):
    if not 1 <= rank <= W.shape[-1]:
        raise ValueError(f"rank va de 1 a {W.shape[-1]}; llegó {rank}")
    U, s, Vt = np.linalg.svd(W)
    root = np.sqrt(s)[..., None]
    V, H = root * U.mT, root * Vt.swapaxes(-2, -1)
    return V[:, :, :rank], H[:, :, :rank]


def reconstruct(V, H):
    return np.einsum("oira,oirb->oiab", V, H)


def conv_cost(kind, k, c_in, c_out, h, w):
    middle = c_out // 4
    params = {
        "full": k * k * c_in * c_out,
        "asym": k * (c_in + c_out) * c_out,
        "two3x3": 9 * (c_in + c_out) * c_out,
        "depthwise_sep": k * k * c_in + c_in * c_out,
        "bottleneck4": middle * (c_in + k * k * middle + c_out),
    }
    if kind not in params:
        raise ValueError(f"kind «{kind}» desconocido")
    return params[kind], params[kind] * h * w


# %% wrong e6_3 asym_middle_is_c_in
# En asym, la anchura intermedia es c_in.
def factorize_kernel(W, rank):
    if not 1 <= rank <= W.shape[-1]:
        raise ValueError(f"rank va de 1 a {W.shape[-1]}; llegó {rank}")
    U, s, Vt = np.linalg.svd(W)
    root = np.sqrt(s)[..., None]
    V, H = root * U.mT, root * Vt
    return V[:, :, :rank], H[:, :, :rank]


def reconstruct(V, H):
    return np.einsum("oira,oirb->oiab", V, H)


def conv_cost(kind, k, c_in, c_out, h, w):
    middle = c_out // 4
    params = {
        "full": k * k * c_in * c_out,
        "asym": k * (c_in + c_out) * c_in,
        "two3x3": 9 * (c_in + c_out) * c_out,
        "depthwise_sep": k * k * c_in + c_in * c_out,
        "bottleneck4": middle * (c_in + k * k * middle + c_out),
    }
    if kind not in params:
        raise ValueError(f"kind «{kind}» desconocido")
    return params[kind], params[kind] * h * w


# %% wrong e6_3 two3x3_middle_is_c_in
# En two3x3, la anchura intermedia es c_in.
def factorize_kernel(W, rank):
    if not 1 <= rank <= W.shape[-1]:
        raise ValueError(f"rank va de 1 a {W.shape[-1]}; llegó {rank}")
    U, s, Vt = np.linalg.svd(W)
    root = np.sqrt(s)[..., None]
    V, H = root * U.mT, root * Vt
    return V[:, :, :rank], H[:, :, :rank]


def reconstruct(V, H):
    return np.einsum("oira,oirb->oiab", V, H)


def conv_cost(kind, k, c_in, c_out, h, w):
    middle = c_out // 4
    params = {
        "full": k * k * c_in * c_out,
        "asym": k * (c_in + c_out) * c_out,
        "two3x3": 9 * (c_in + c_out) * c_in,
        "depthwise_sep": k * k * c_in + c_in * c_out,
        "bottleneck4": middle * (c_in + k * k * middle + c_out),
    }
    if kind not in params:
        raise ValueError(f"kind «{kind}» desconocido")
    return params[kind], params[kind] * h * w


# %% wrong e6_3 no_area
# Olvida multiplicar por la anchura del mapa.
def factorize_kernel(W, rank):
    if not 1 <= rank <= W.shape[-1]:
        raise ValueError(f"rank va de 1 a {W.shape[-1]}; llegó {rank}")
    U, s, Vt = np.linalg.svd(W)
    root = np.sqrt(s)[..., None]
    V, H = root * U.mT, root * Vt
    return V[:, :, :rank], H[:, :, :rank]


def reconstruct(V, H):
    return np.einsum("oira,oirb->oiab", V, H)


def conv_cost(kind, k, c_in, c_out, h, w):
    middle = c_out // 4
    params = {
        "full": k * k * c_in * c_out,
        "asym": k * (c_in + c_out) * c_out,
        "two3x3": 9 * (c_in + c_out) * c_out,
        "depthwise_sep": k * k * c_in + c_in * c_out,
        "bottleneck4": middle * (c_in + k * k * middle + c_out),
    }
    if kind not in params:
        raise ValueError(f"kind «{kind}» desconocido")
    return params[kind], params[kind] * h * h


# %% wrong e6_3 smallest_first
# Se queda con los valores singulares pequeños.
def factorize_kernel(W, rank):
    if not 1 <= rank <= W.shape[-1]:
        raise ValueError(f"rank va de 1 a {W.shape[-1]}; llegó {rank}")
    U, s, Vt = np.linalg.svd(W)
    root = np.sqrt(s)[..., None]
    V, H = root * U.mT, root * Vt
    return V[:, :, -rank:], H[:, :, -rank:]


def reconstruct(V, H):
    return np.einsum("oira,oirb->oiab", V, H)


def conv_cost(kind, k, c_in, c_out, h, w):
    middle = c_out // 4
    params = {
        "full": k * k * c_in * c_out,
        "asym": k * (c_in + c_out) * c_out,
        "two3x3": 9 * (c_in + c_out) * c_out,
        "depthwise_sep": k * k * c_in + c_in * c_out,
        "bottleneck4": middle * (c_in + k * k * middle + c_out),
    }
    if kind not in params:
        raise ValueError(f"kind «{kind}» desconocido")
    return params[kind], params[kind] * h * w


# %% wrong e6_3 no_rank_check
# No comprueba el rango.
def factorize_kernel(W, rank):
    if False:
        raise ValueError(f"rank va de 1 a {W.shape[-1]}; llegó {rank}")
    U, s, Vt = np.linalg.svd(W)
    root = np.sqrt(s)[..., None]
    V, H = root * U.mT, root * Vt
    return V[:, :, :rank], H[:, :, :rank]


def reconstruct(V, H):
    return np.einsum("oira,oirb->oiab", V, H)


def conv_cost(kind, k, c_in, c_out, h, w):
    middle = c_out // 4
    params = {
        "full": k * k * c_in * c_out,
        "asym": k * (c_in + c_out) * c_out,
        "two3x3": 9 * (c_in + c_out) * c_out,
        "depthwise_sep": k * k * c_in + c_in * c_out,
        "bottleneck4": middle * (c_in + k * k * middle + c_out),
    }
    if kind not in params:
        raise ValueError(f"kind «{kind}» desconocido")
    return params[kind], params[kind] * h * w


# %% wrong e6_3 unknown_kind_full
# Trata un nombre desconocido como full.
def factorize_kernel(W, rank):
    if not 1 <= rank <= W.shape[-1]:
        raise ValueError(f"rank va de 1 a {W.shape[-1]}; llegó {rank}")
    U, s, Vt = np.linalg.svd(W)
    root = np.sqrt(s)[..., None]
    V, H = root * U.mT, root * Vt
    return V[:, :, :rank], H[:, :, :rank]


def reconstruct(V, H):
    return np.einsum("oira,oirb->oiab", V, H)


def conv_cost(kind, k, c_in, c_out, h, w):
    middle = c_out // 4
    params = {
        "full": k * k * c_in * c_out,
        "asym": k * (c_in + c_out) * c_out,
        "two3x3": 9 * (c_in + c_out) * c_out,
        "depthwise_sep": k * k * c_in + c_in * c_out,
        "bottleneck4": middle * (c_in + k * k * middle + c_out),
    }
    kind = kind if kind in params else "full"
    return params[kind], params[kind] * h * w


# %% wrong e6_3 float_middle
# m = c_out / 4, con decimales.
def factorize_kernel(W, rank):
    if not 1 <= rank <= W.shape[-1]:
        raise ValueError(f"rank va de 1 a {W.shape[-1]}; llegó {rank}")
    U, s, Vt = np.linalg.svd(W)
    root = np.sqrt(s)[..., None]
    V, H = root * U.mT, root * Vt
    return V[:, :, :rank], H[:, :, :rank]


def reconstruct(V, H):
    return np.einsum("oira,oirb->oiab", V, H)


def conv_cost(kind, k, c_in, c_out, h, w):
    middle = c_out / 4
    params = {
        "full": k * k * c_in * c_out,
        "asym": k * (c_in + c_out) * c_out,
        "two3x3": 9 * (c_in + c_out) * c_out,
        "depthwise_sep": k * k * c_in + c_in * c_out,
        "bottleneck4": middle * (c_in + k * k * middle + c_out),
    }
    if kind not in params:
        raise ValueError(f"kind «{kind}» desconocido")
    return params[kind], params[kind] * h * w


# %% right e6_3 loop_over_kernels
# Filtro a filtro, con los autovectores.
def factorize_kernel(W, rank):
    if rank < 1 or rank > W.shape[3]:
        raise ValueError("rank fuera de 1..k")
    O, I, k, _ = W.shape
    V = np.zeros((O, I, rank, k), dtype=W.dtype)
    H = np.zeros((O, I, rank, k), dtype=W.dtype)
    for o in range(O):
        for i in range(I):
            U, s, Vt = np.linalg.svd(W[o, i])
            for r in range(rank):
                V[o, i, r] = U[:, r] * s[r] ** 0.5
                H[o, i, r] = Vt[r] * s[r] ** 0.5
    return V, H


def reconstruct(V, H):
    return V.swapaxes(-1, -2) @ H


def conv_cost(kind, k, c_in, c_out, h, w):
    def conv(n_in, n_out, kh, kw, groups=1):
        return n_in // groups * n_out * kh * kw

    if kind == "full":
        params = conv(c_in, c_out, k, k)
    elif kind == "asym":
        params = conv(c_in, c_out, k, 1) + conv(c_out, c_out, 1, k)
    elif kind == "two3x3":
        params = conv(c_in, c_out, 3, 3) + conv(c_out, c_out, 3, 3)
    elif kind == "depthwise_sep":
        params = conv(c_in, c_in, k, k, c_in) + conv(c_in, c_out, 1, 1)
    elif kind == "bottleneck4":
        m = c_out // 4
        params = conv(c_in, m, 1, 1) + conv(m, m, k, k) + conv(m, c_out, 1, 1)
    else:
        raise ValueError(kind)
    return params, params * h * w


# %% right e6_3 torch_svd
# Con la SVD de PyTorch y un match.
def factorize_kernel(W, rank):
    if rank not in range(1, W.shape[-1] + 1):
        raise ValueError(rank)
    U, s, Vt = torch.linalg.svd(torch.tensor(W))
    root = s.sqrt()[..., :rank, None]
    return (root * U.mT[..., :rank, :]).numpy(), (root * Vt[..., :rank, :]).numpy()


def reconstruct(V, H):
    return (V[..., :, None] * H[..., None, :]).sum(axis=2)


def conv_cost(kind, k, c_in, c_out, h, w):
    match kind:
        case "full":
            n = k**2 * c_in * c_out
        case "asym":
            n = k * c_out * c_in + k * c_out**2
        case "two3x3":
            n = 9 * c_in * c_out + 9 * c_out**2
        case "depthwise_sep":
            n = c_in * (k**2 + c_out)
        case "bottleneck4":
            m = c_out // 4
            n = c_in * m + k**2 * m**2 + m * c_out
        case _:
            raise ValueError(f"no conozco {kind}")
    return n, h * w * n


# %% wrong e6_4 norm_over_tokens
# Normaliza sobre los tokens.
class MixerBlock(nn.Module):

    def __init__(self, n_tokens, d, tokens_mlp, channels_mlp):
        super().__init__()
        self.norm1 = nn.LayerNorm(d)
        self.token_mlp = nn.Sequential(
            nn.Linear(n_tokens, tokens_mlp), nn.GELU(), nn.Linear(tokens_mlp, n_tokens)
        )
        self.norm2 = nn.LayerNorm(d)
        self.channel_mlp = nn.Sequential(
            nn.Linear(d, channels_mlp), nn.GELU(), nn.Linear(channels_mlp, d)
        )

    def forward(self, x):
        h = F.layer_norm(x.transpose(1, 2), x.shape[1:2])
        x = x + self.token_mlp(h).mT
        return x + self.channel_mlp(self.norm2(x))


# %% wrong e6_4 transposed_once
# No deshace la traspuesta: solo tiene sentido si N = D.
class MixerBlock(nn.Module):

    def __init__(self, n_tokens, d, tokens_mlp, channels_mlp):
        super().__init__()
        self.norm1 = nn.LayerNorm(d)
        self.token_mlp = nn.Sequential(
            nn.Linear(n_tokens, tokens_mlp), nn.GELU(), nn.Linear(tokens_mlp, n_tokens)
        )
        self.norm2 = nn.LayerNorm(d)
        self.channel_mlp = nn.Sequential(
            nn.Linear(d, channels_mlp), nn.GELU(), nn.Linear(channels_mlp, d)
        )

    def forward(self, x):
        h = self.norm1(x).mT  # (B, D, N)
        x = x + self.token_mlp(h).reshape(x.shape)
        return x + self.channel_mlp(self.norm2(x))


# %% wrong e6_4 one_shared_mlp
# Un solo MLP para las dos mezclas.
class MixerBlock(nn.Module):

    def __init__(self, n_tokens, d, tokens_mlp, channels_mlp):
        super().__init__()
        self.norm1 = nn.LayerNorm(d)
        self.token_mlp = nn.Sequential(
            nn.Linear(n_tokens, tokens_mlp), nn.GELU(), nn.Linear(tokens_mlp, n_tokens)
        )
        self.norm2 = nn.LayerNorm(d)
        self.channel_mlp = nn.Sequential(
            nn.Linear(d, channels_mlp), nn.GELU(), nn.Linear(channels_mlp, d)
        )

    def forward(self, x):
        h = self.norm1(x).mT  # (B, D, N)
        x = x + self.token_mlp(h).mT
        mlp = self.token_mlp if x.shape[1] == x.shape[2] else self.channel_mlp
        return x + mlp(self.norm2(x))


# %% wrong e6_4 view_not_transpose
# view cambia la forma, pero mezcla los números de tokens distintos.
class MixerBlock(nn.Module):

    def __init__(self, n_tokens, d, tokens_mlp, channels_mlp):
        super().__init__()
        self.norm1 = nn.LayerNorm(d)
        self.token_mlp = nn.Sequential(
            nn.Linear(n_tokens, tokens_mlp), nn.GELU(), nn.Linear(tokens_mlp, n_tokens)
        )
        self.norm2 = nn.LayerNorm(d)
        self.channel_mlp = nn.Sequential(
            nn.Linear(d, channels_mlp), nn.GELU(), nn.Linear(channels_mlp, d)
        )

    def forward(self, x):
        h = self.norm1(x).reshape(x.shape[0], x.shape[2], x.shape[1])
        x = x + self.token_mlp(h).reshape(x.shape)
        return x + self.channel_mlp(self.norm2(x))


# %% wrong e6_4 no_token_shortcut
# Olvida el atajo de la mezcla de tokens.
class MixerBlock(nn.Module):

    def __init__(self, n_tokens, d, tokens_mlp, channels_mlp):
        super().__init__()
        self.norm1 = nn.LayerNorm(d)
        self.token_mlp = nn.Sequential(
            nn.Linear(n_tokens, tokens_mlp), nn.GELU(), nn.Linear(tokens_mlp, n_tokens)
        )
        self.norm2 = nn.LayerNorm(d)
        self.channel_mlp = nn.Sequential(
            nn.Linear(d, channels_mlp), nn.GELU(), nn.Linear(channels_mlp, d)
        )

    def forward(self, x):
        h = self.norm1(x).mT  # (B, D, N)
        x = self.token_mlp(h).mT
        return x + self.channel_mlp(self.norm2(x))


# %% wrong e6_4 no_channel_shortcut
# Olvida el atajo de la mezcla de canales.
class MixerBlock(nn.Module):

    def __init__(self, n_tokens, d, tokens_mlp, channels_mlp):
        super().__init__()
        self.norm1 = nn.LayerNorm(d)
        self.token_mlp = nn.Sequential(
            nn.Linear(n_tokens, tokens_mlp), nn.GELU(), nn.Linear(tokens_mlp, n_tokens)
        )
        self.norm2 = nn.LayerNorm(d)
        self.channel_mlp = nn.Sequential(
            nn.Linear(d, channels_mlp), nn.GELU(), nn.Linear(channels_mlp, d)
        )

    def forward(self, x):
        h = self.norm1(x).mT  # (B, D, N)
        x = x + self.token_mlp(h).mT
        return self.channel_mlp(self.norm2(x))


# %% wrong e6_4 shared_norm
# La misma normalización para las dos mezclas.
class MixerBlock(nn.Module):

    def __init__(self, n_tokens, d, tokens_mlp, channels_mlp):
        super().__init__()
        self.norm1 = nn.LayerNorm(d)
        self.token_mlp = nn.Sequential(
            nn.Linear(n_tokens, tokens_mlp), nn.GELU(), nn.Linear(tokens_mlp, n_tokens)
        )
        self.norm2 = nn.LayerNorm(d)
        self.channel_mlp = nn.Sequential(
            nn.Linear(d, channels_mlp), nn.GELU(), nn.Linear(channels_mlp, d)
        )

    def forward(self, x):
        h = self.norm1(x).mT  # (B, D, N)
        x = x + self.token_mlp(h).mT
        return x + self.channel_mlp(self.norm1(x))


# %% wrong e6_4 post_norm
# Normaliza después de la suma.
class MixerBlock(nn.Module):

    def __init__(self, n_tokens, d, tokens_mlp, channels_mlp):
        super().__init__()
        self.norm1 = nn.LayerNorm(d)
        self.token_mlp = nn.Sequential(
            nn.Linear(n_tokens, tokens_mlp), nn.GELU(), nn.Linear(tokens_mlp, n_tokens)
        )
        self.norm2 = nn.LayerNorm(d)
        self.channel_mlp = nn.Sequential(
            nn.Linear(d, channels_mlp), nn.GELU(), nn.Linear(channels_mlp, d)
        )

    def forward(self, x):
        x = self.norm1(x + self.token_mlp(x.transpose(1, 2)).transpose(1, 2))
        return self.norm2(x + self.channel_mlp(x))


# %% wrong e6_4 relu_not_gelu
# ReLU en lugar de GELU.
class MixerBlock(nn.Module):

    def __init__(self, n_tokens, d, tokens_mlp, channels_mlp):
        super().__init__()
        self.norm1 = nn.LayerNorm(d)
        self.token_mlp = nn.Sequential(
            nn.Linear(n_tokens, tokens_mlp), nn.ReLU(), nn.Linear(tokens_mlp, n_tokens)
        )
        self.norm2 = nn.LayerNorm(d)
        self.channel_mlp = nn.Sequential(
            nn.Linear(d, channels_mlp), nn.ReLU(), nn.Linear(channels_mlp, d)
        )

    def forward(self, x):
        h = self.norm1(x).mT  # (B, D, N)
        x = x + self.token_mlp(h).mT
        return x + self.channel_mlp(self.norm2(x))


# %% wrong e6_4 tanh_gelu
# La GELU aproximada con tanh no es la exacta.
class MixerBlock(nn.Module):

    def __init__(self, n_tokens, d, tokens_mlp, channels_mlp):
        super().__init__()
        self.norm1 = nn.LayerNorm(d)
        self.token_mlp = nn.Sequential(
            nn.Linear(n_tokens, tokens_mlp), nn.GELU("tanh"), nn.Linear(tokens_mlp, n_tokens)
        )
        self.norm2 = nn.LayerNorm(d)
        self.channel_mlp = nn.Sequential(
            nn.Linear(d, channels_mlp), nn.GELU("tanh"), nn.Linear(channels_mlp, d)
        )

    def forward(self, x):
        h = self.norm1(x).mT  # (B, D, N)
        x = x + self.token_mlp(h).mT
        return x + self.channel_mlp(self.norm2(x))


# %% wrong e6_4 channels_from_input
# La mezcla de canales parte de x, no de U.
class MixerBlock(nn.Module):

    def __init__(self, n_tokens, d, tokens_mlp, channels_mlp):
        super().__init__()
        self.norm1 = nn.LayerNorm(d)
        self.token_mlp = nn.Sequential(
            nn.Linear(n_tokens, tokens_mlp), nn.GELU(), nn.Linear(tokens_mlp, n_tokens)
        )
        self.norm2 = nn.LayerNorm(d)
        self.channel_mlp = nn.Sequential(
            nn.Linear(d, channels_mlp), nn.GELU(), nn.Linear(channels_mlp, d)
        )

    def forward(self, x):
        h = self.norm1(x).mT  # (B, D, N)
        mixed = self.token_mlp(h).transpose(1, 2)
        return x + mixed + self.channel_mlp(self.norm2(x))


# %% wrong e6_4 mixes_samples
# Traspone el lote con los tokens: mezcla muestras.
class MixerBlock(nn.Module):

    def __init__(self, n_tokens, d, tokens_mlp, channels_mlp):
        super().__init__()
        self.norm1 = nn.LayerNorm(d)
        self.token_mlp = nn.Sequential(
            nn.Linear(n_tokens, tokens_mlp), nn.GELU(), nn.Linear(tokens_mlp, n_tokens)
        )
        self.norm2 = nn.LayerNorm(d)
        self.channel_mlp = nn.Sequential(
            nn.Linear(d, channels_mlp), nn.GELU(), nn.Linear(channels_mlp, d)
        )

    def forward(self, x):
        h = (self.norm1(x) + 0.01 * x.mean(0)).transpose(1, 2)
        x = x + self.token_mlp(h).mT
        return x + self.channel_mlp(self.norm2(x))


# %% wrong e6_4 no_final_bias
# El MLP de tokens acaba sin sesgo.
class MixerBlock(nn.Module):

    def __init__(self, n_tokens, d, tokens_mlp, channels_mlp):
        super().__init__()
        self.norm1 = nn.LayerNorm(d)
        self.token_mlp = nn.Sequential(
            nn.Linear(n_tokens, tokens_mlp), nn.GELU(), nn.Linear(tokens_mlp, n_tokens, bias=False)
        )
        self.norm2 = nn.LayerNorm(d)
        self.channel_mlp = nn.Sequential(
            nn.Linear(d, channels_mlp), nn.GELU(), nn.Linear(channels_mlp, d)
        )

    def forward(self, x):
        h = self.norm1(x).mT  # (B, D, N)
        x = x + self.token_mlp(h).mT
        return x + self.channel_mlp(self.norm2(x))


# %% right e6_4 conv_over_tokens
# La mezcla de tokens, escrita con einsum y sin trasponer.
class MixerBlock(nn.Module):
    def __init__(self, n_tokens, d, tokens_mlp, channels_mlp):
        super().__init__()
        self.norm_tokens = nn.LayerNorm(d)
        self.in_tokens = nn.Linear(n_tokens, tokens_mlp)
        self.out_tokens = nn.Linear(tokens_mlp, n_tokens)
        self.norm_channels = nn.LayerNorm(d)
        self.in_channels = nn.Linear(d, channels_mlp)
        self.out_channels = nn.Linear(channels_mlp, d)

    def forward(self, x):
        h = torch.einsum("bnd,hn->bhd", self.norm_tokens(x), self.in_tokens.weight)
        h = F.gelu(h + self.in_tokens.bias[:, None])
        h = torch.einsum("bhd,nh->bnd", h, self.out_tokens.weight)
        u = x + h + self.out_tokens.bias[:, None]
        return u + self.out_channels(F.gelu(self.in_channels(self.norm_channels(u))))


# %% right e6_4 permute_and_mlp
# Con una función que construye los dos MLP, y permute.
def _mlp(n, hidden):
    return nn.Sequential(nn.Linear(n, hidden), nn.GELU(), nn.Linear(hidden, n))


class MixerBlock(nn.Module):
    def __init__(self, n_tokens, d, tokens_mlp, channels_mlp):
        super().__init__()
        self.ln1, self.tokens = nn.LayerNorm(d), _mlp(n_tokens, tokens_mlp)
        self.ln2, self.channels = nn.LayerNorm(d), _mlp(d, channels_mlp)

    def forward(self, x):
        y = self.tokens(self.ln1(x).permute(0, 2, 1)).permute(0, 2, 1) + x
        return self.channels(self.ln2(y)) + y


# %% wrong e6_5 inverted_mask
# La convención contraria: True = tapar.
def masked_attention(q, k, v, attn_mask=None, key_mask=None):
    scores = q @ k.mT / math.sqrt(q.shape[-1])  # (B, h, T, S)
    allowed = torch.ones_like(scores, dtype=torch.bool)
    if attn_mask is not None:
        if attn_mask.dtype != torch.bool:
            raise TypeError("attn_mask debe ser booleana: True = puede mirar")
        allowed = allowed & (~attn_mask[:, None] if attn_mask.dim() == 3 else ~attn_mask)
    if key_mask is not None:
        if key_mask.dtype != torch.bool:
            raise TypeError("key_mask debe ser booleana: True = existe")
        allowed = allowed & key_mask[:, None, None]
    alive = allowed.any(dim=-1, keepdim=True)  # (B, h, T, 1)
    scores = scores.masked_fill(~allowed & alive, -math.inf)
    weights = scores.softmax(dim=-1) * alive
    return weights @ v, weights


# %% wrong e6_5 inverted_key_mask
# True = relleno en key_mask, como nn.MultiheadAttention.
def masked_attention(q, k, v, attn_mask=None, key_mask=None):
    scores = q @ k.mT / math.sqrt(q.shape[-1])  # (B, h, T, S)
    allowed = torch.ones_like(scores, dtype=torch.bool)
    if attn_mask is not None:
        if attn_mask.dtype != torch.bool:
            raise TypeError("attn_mask debe ser booleana: True = puede mirar")
        allowed = allowed & (attn_mask[:, None] if attn_mask.dim() == 3 else attn_mask)
    if key_mask is not None:
        if key_mask.dtype != torch.bool:
            raise TypeError("key_mask debe ser booleana: True = existe")
        allowed = allowed & ~key_mask[:, None, None]
    alive = allowed.any(dim=-1, keepdim=True)  # (B, h, T, 1)
    scores = scores.masked_fill(~allowed & alive, -math.inf)
    weights = scores.softmax(dim=-1) * alive
    return weights @ v, weights


# %% wrong e6_5 batch_mask_on_heads
# (B, T, S) se extiende sobre las cabezas: con B = h calla.
def masked_attention(q, k, v, attn_mask=None, key_mask=None):
    scores = q @ k.mT / math.sqrt(q.shape[-1])  # (B, h, T, S)
    allowed = torch.ones_like(scores, dtype=torch.bool)
    if attn_mask is not None:
        if attn_mask.dtype != torch.bool:
            raise TypeError("attn_mask debe ser booleana: True = puede mirar")
        allowed = allowed & attn_mask
    if key_mask is not None:
        if key_mask.dtype != torch.bool:
            raise TypeError("key_mask debe ser booleana: True = existe")
        allowed = allowed & key_mask[:, None, None]
    alive = allowed.any(dim=-1, keepdim=True)  # (B, h, T, 1)
    scores = scores.masked_fill(~allowed & alive, -math.inf)
    weights = scores.softmax(dim=-1) * alive
    return weights @ v, weights


# %% wrong e6_5 nan_rows
# Las filas vacías dan nan.
def masked_attention(q, k, v, attn_mask=None, key_mask=None):
    scores = q @ k.mT / math.sqrt(q.shape[-1])  # (B, h, T, S)
    allowed = torch.ones_like(scores, dtype=torch.bool)
    if attn_mask is not None:
        if attn_mask.dtype != torch.bool:
            raise TypeError("attn_mask debe ser booleana: True = puede mirar")
        allowed = allowed & (attn_mask[:, None] if attn_mask.dim() == 3 else attn_mask)
    if key_mask is not None:
        if key_mask.dtype != torch.bool:
            raise TypeError("key_mask debe ser booleana: True = existe")
        allowed = allowed & key_mask[:, None, None]
    alive = allowed.any(dim=-1, keepdim=True)  # (B, h, T, 1)
    scores = scores.masked_fill(~allowed, -math.inf)
    weights = scores.softmax(dim=-1) * alive
    return weights @ v, weights


# %% right e6_5 nan_to_num
# Los nan de las filas vacías, a 0: masked_fill corta su gradiente.
def masked_attention(q, k, v, attn_mask=None, key_mask=None):
    scores = q @ k.mT / math.sqrt(q.shape[-1])  # (B, h, T, S)
    allowed = torch.ones_like(scores, dtype=torch.bool)
    if attn_mask is not None:
        if attn_mask.dtype != torch.bool:
            raise TypeError("attn_mask debe ser booleana: True = puede mirar")
        allowed = allowed & (attn_mask[:, None] if attn_mask.dim() == 3 else attn_mask)
    if key_mask is not None:
        if key_mask.dtype != torch.bool:
            raise TypeError("key_mask debe ser booleana: True = existe")
        allowed = allowed & key_mask[:, None, None]
    scores = scores.masked_fill(~allowed, -math.inf)
    weights = scores.softmax(dim=-1).nan_to_num()
    return weights @ v, weights


# %% wrong e6_5 scaled_by_d_model
# Divide por la raíz de h·d.
def masked_attention(q, k, v, attn_mask=None, key_mask=None):
    scores = q @ k.mT / math.sqrt(q.shape[-1] * q.shape[1])  # (B, h, T, S)
    allowed = torch.ones_like(scores, dtype=torch.bool)
    if attn_mask is not None:
        if attn_mask.dtype != torch.bool:
            raise TypeError("attn_mask debe ser booleana: True = puede mirar")
        allowed = allowed & (attn_mask[:, None] if attn_mask.dim() == 3 else attn_mask)
    if key_mask is not None:
        if key_mask.dtype != torch.bool:
            raise TypeError("key_mask debe ser booleana: True = existe")
        allowed = allowed & key_mask[:, None, None]
    alive = allowed.any(dim=-1, keepdim=True)  # (B, h, T, 1)
    scores = scores.masked_fill(~allowed & alive, -math.inf)
    weights = scores.softmax(dim=-1) * alive
    return weights @ v, weights


# %% wrong e6_5 no_scale
# No divide.
def masked_attention(q, k, v, attn_mask=None, key_mask=None):
    scores = q @ k.mT  # (B, h, T, S)
    allowed = torch.ones_like(scores, dtype=torch.bool)
    if attn_mask is not None:
        if attn_mask.dtype != torch.bool:
            raise TypeError("attn_mask debe ser booleana: True = puede mirar")
        allowed = allowed & (attn_mask[:, None] if attn_mask.dim() == 3 else attn_mask)
    if key_mask is not None:
        if key_mask.dtype != torch.bool:
            raise TypeError("key_mask debe ser booleana: True = existe")
        allowed = allowed & key_mask[:, None, None]
    alive = allowed.any(dim=-1, keepdim=True)  # (B, h, T, 1)
    scores = scores.masked_fill(~allowed & alive, -math.inf)
    weights = scores.softmax(dim=-1) * alive
    return weights @ v, weights


# %% wrong e6_5 softmax_over_queries
# Softmax sobre las consultas.
def masked_attention(q, k, v, attn_mask=None, key_mask=None):
    scores = q @ k.mT / math.sqrt(q.shape[-1])  # (B, h, T, S)
    allowed = torch.ones_like(scores, dtype=torch.bool)
    if attn_mask is not None:
        if attn_mask.dtype != torch.bool:
            raise TypeError("attn_mask debe ser booleana: True = puede mirar")
        allowed = allowed & (attn_mask[:, None] if attn_mask.dim() == 3 else attn_mask)
    if key_mask is not None:
        if key_mask.dtype != torch.bool:
            raise TypeError("key_mask debe ser booleana: True = existe")
        allowed = allowed & key_mask[:, None, None]
    alive = allowed.any(dim=-1, keepdim=True)  # (B, h, T, 1)
    scores = scores.masked_fill(~allowed & alive, -math.inf)
    weights = scores.softmax(dim=-2) * alive
    return weights @ v, weights


# %% wrong e6_5 uniform_empty_rows
# Una fila vacía reparte por igual.
def masked_attention(q, k, v, attn_mask=None, key_mask=None):
    scores = q @ k.mT / math.sqrt(q.shape[-1])  # (B, h, T, S)
    allowed = torch.ones_like(scores, dtype=torch.bool)
    if attn_mask is not None:
        if attn_mask.dtype != torch.bool:
            raise TypeError("attn_mask debe ser booleana: True = puede mirar")
        allowed = allowed & (attn_mask[:, None] if attn_mask.dim() == 3 else attn_mask)
    if key_mask is not None:
        if key_mask.dtype != torch.bool:
            raise TypeError("key_mask debe ser booleana: True = existe")
        allowed = allowed & key_mask[:, None, None]
    alive = allowed.any(dim=-1, keepdim=True)  # (B, h, T, 1)
    scores = scores.masked_fill(~allowed & alive, -math.inf)
    weights = scores.softmax(dim=-1)
    return weights @ v, weights


# %% wrong e6_5 any_dtype
# Acepta máscaras enteras o flotantes.
def masked_attention(q, k, v, attn_mask=None, key_mask=None):
    scores = q @ k.mT / math.sqrt(q.shape[-1])  # (B, h, T, S)
    allowed = torch.ones_like(scores, dtype=torch.bool)
    if attn_mask is not None:
        attn_mask = attn_mask.bool()
        allowed = allowed & (attn_mask[:, None] if attn_mask.dim() == 3 else attn_mask)
    if key_mask is not None:
        if key_mask.dtype != torch.bool:
            raise TypeError("key_mask debe ser booleana: True = existe")
        allowed = allowed & key_mask[:, None, None]
    alive = allowed.any(dim=-1, keepdim=True)  # (B, h, T, 1)
    scores = scores.masked_fill(~allowed & alive, -math.inf)
    weights = scores.softmax(dim=-1) * alive
    return weights @ v, weights


# %% wrong e6_5 key_mask_any_dtype
# Acepta key_mask entera.
def masked_attention(q, k, v, attn_mask=None, key_mask=None):
    scores = q @ k.mT / math.sqrt(q.shape[-1])  # (B, h, T, S)
    allowed = torch.ones_like(scores, dtype=torch.bool)
    if attn_mask is not None:
        if attn_mask.dtype != torch.bool:
            raise TypeError("attn_mask debe ser booleana: True = puede mirar")
        allowed = allowed & (attn_mask[:, None] if attn_mask.dim() == 3 else attn_mask)
    if key_mask is not None:
        key_mask = key_mask.bool()
        allowed = allowed & key_mask[:, None, None]
    alive = allowed.any(dim=-1, keepdim=True)  # (B, h, T, 1)
    scores = scores.masked_fill(~allowed & alive, -math.inf)
    weights = scores.softmax(dim=-1) * alive
    return weights @ v, weights


# %% wrong e6_5 own_softmax
# exp sin restar el máximo: desborda.
def masked_attention(q, k, v, attn_mask=None, key_mask=None):
    scores = q @ k.mT / math.sqrt(q.shape[-1])  # (B, h, T, S)
    allowed = torch.ones_like(scores, dtype=torch.bool)
    if attn_mask is not None:
        if attn_mask.dtype != torch.bool:
            raise TypeError("attn_mask debe ser booleana: True = puede mirar")
        allowed = allowed & (attn_mask[:, None] if attn_mask.dim() == 3 else attn_mask)
    if key_mask is not None:
        if key_mask.dtype != torch.bool:
            raise TypeError("key_mask debe ser booleana: True = existe")
        allowed = allowed & key_mask[:, None, None]
    alive = allowed.any(dim=-1, keepdim=True)  # (B, h, T, 1)
    scores = scores.masked_fill(~allowed & alive, -math.inf)
    weights = scores.exp() / scores.exp().sum(-1, keepdim=True) * alive
    return weights @ v, weights


# %% wrong e6_5 mask_after_softmax
# Tapa después de la softmax, sin renormalizar.
def masked_attention(q, k, v, attn_mask=None, key_mask=None):
    scores = q @ k.mT / math.sqrt(q.shape[-1])  # (B, h, T, S)
    allowed = torch.ones_like(scores, dtype=torch.bool)
    if attn_mask is not None:
        if attn_mask.dtype != torch.bool:
            raise TypeError("attn_mask debe ser booleana: True = puede mirar")
        allowed = allowed & (attn_mask[:, None] if attn_mask.dim() == 3 else attn_mask)
    if key_mask is not None:
        if key_mask.dtype != torch.bool:
            raise TypeError("key_mask debe ser booleana: True = existe")
        allowed = allowed & key_mask[:, None, None]
    alive = allowed.any(dim=-1, keepdim=True)  # (B, h, T, 1)
    weights = scores.softmax(dim=-1) * allowed
    return weights @ v, weights


# %% wrong e6_5 either_mask
# Basta con uno de los dos permisos.
def masked_attention(q, k, v, attn_mask=None, key_mask=None):
    scores = q @ k.mT / math.sqrt(q.shape[-1])  # (B, h, T, S)
    allowed = torch.ones_like(scores, dtype=torch.bool)
    if attn_mask is not None:
        if attn_mask.dtype != torch.bool:
            raise TypeError("attn_mask debe ser booleana: True = puede mirar")
        allowed = allowed & (attn_mask[:, None] if attn_mask.dim() == 3 else attn_mask)
    if key_mask is not None:
        if key_mask.dtype != torch.bool:
            raise TypeError("key_mask debe ser booleana: True = existe")
        allowed = allowed | key_mask[:, None, None] if attn_mask is not None else allowed & key_mask[:, None, None]
    alive = allowed.any(dim=-1, keepdim=True)  # (B, h, T, 1)
    scores = scores.masked_fill(~allowed & alive, -math.inf)
    weights = scores.softmax(dim=-1) * alive
    return weights @ v, weights


# %% wrong e6_5 detached_weights
# Devuelve los pesos sin gradiente.
def masked_attention(q, k, v, attn_mask=None, key_mask=None):
    scores = q @ k.mT / math.sqrt(q.shape[-1])  # (B, h, T, S)
    allowed = torch.ones_like(scores, dtype=torch.bool)
    if attn_mask is not None:
        if attn_mask.dtype != torch.bool:
            raise TypeError("attn_mask debe ser booleana: True = puede mirar")
        allowed = allowed & (attn_mask[:, None] if attn_mask.dim() == 3 else attn_mask)
    if key_mask is not None:
        if key_mask.dtype != torch.bool:
            raise TypeError("key_mask debe ser booleana: True = existe")
        allowed = allowed & key_mask[:, None, None]
    alive = allowed.any(dim=-1, keepdim=True)  # (B, h, T, 1)
    scores = scores.masked_fill(~allowed & alive, -math.inf)
    weights = scores.softmax(dim=-1) * alive
    return weights @ v, weights.detach()


# %% wrong e6_5 big_negative
# Suma -1e4 en lugar de -inf: con puntuaciones enormes no tapa.
def masked_attention(q, k, v, attn_mask=None, key_mask=None):
    scores = q @ k.mT / math.sqrt(q.shape[-1])  # (B, h, T, S)
    allowed = torch.ones_like(scores, dtype=torch.bool)
    if attn_mask is not None:
        if attn_mask.dtype != torch.bool:
            raise TypeError("attn_mask debe ser booleana: True = puede mirar")
        allowed = allowed & (attn_mask[:, None] if attn_mask.dim() == 3 else attn_mask)
    if key_mask is not None:
        if key_mask.dtype != torch.bool:
            raise TypeError("key_mask debe ser booleana: True = existe")
        allowed = allowed & key_mask[:, None, None]
    alive = allowed.any(dim=-1, keepdim=True)  # (B, h, T, 1)
    scores = scores.masked_fill(~allowed, -1e4)
    weights = scores.softmax(dim=-1) * alive
    return weights @ v, weights


# %% right e6_5 where_and_finfo
# Con torch.where y el menor número finito.
def masked_attention(q, k, v, attn_mask=None, key_mask=None):
    for mask in (attn_mask, key_mask):
        if mask is not None and mask.dtype is not torch.bool:
            raise TypeError(f"máscara de tipo {mask.dtype}; ha de ser bool")
    B, h, T, d = q.shape
    S = k.shape[2]
    allowed = torch.ones(B, h, T, S, dtype=torch.bool)
    if attn_mask is not None:
        if attn_mask.ndim == 2:
            attn_mask = attn_mask[None, None]
        elif attn_mask.ndim == 3:
            attn_mask = attn_mask.unsqueeze(1)
        allowed = allowed.logical_and(attn_mask)
    if key_mask is not None:
        allowed = allowed.logical_and(key_mask.reshape(B, 1, 1, S))
    scores = torch.einsum("bhtd,bhsd->bhts", q, k) / d**0.5
    scores = torch.where(allowed, scores, torch.finfo(scores.dtype).min)
    weights = torch.softmax(scores, -1)
    weights = torch.where(allowed, weights, 0.0)
    return torch.einsum("bhts,bhse->bhte", weights, v), weights


# %% right e6_5 safe_exponentials
# Softmax a mano, restando el máximo permitido.
def masked_attention(q, k, v, attn_mask=None, key_mask=None):
    scores = q @ k.mT * q.shape[-1] ** -0.5
    allowed = torch.ones(scores.shape, dtype=torch.bool)
    if attn_mask is not None:
        if attn_mask.dtype != torch.bool:
            raise TypeError("attn_mask")
        if attn_mask.dim() == 3:
            attn_mask = attn_mask[:, None, :, :]
        allowed = allowed & attn_mask
    if key_mask is not None:
        if key_mask.dtype != torch.bool:
            raise TypeError("key_mask")
        allowed = allowed & key_mask[:, None, None, :]
    hidden = scores.masked_fill(~allowed, -math.inf)
    top = hidden.detach().max(dim=-1, keepdim=True).values
    top = torch.where(top.isinf(), torch.zeros_like(top), top)
    safe = torch.where(allowed, scores - top, torch.zeros_like(scores))
    e = torch.exp(safe) * allowed
    total = e.sum(dim=-1, keepdim=True)
    weights = e / torch.where(total == 0, torch.ones_like(total), total)
    return weights @ v, weights


# %% wrong e6_6 kills_the_worst
# Sale el peor, no el más antiguo.
def evolve(evaluate, space, budget, population, sample, seed):
    rng = random.Random(seed)
    limit = min(budget, math.prod(space))
    known, alive = {}, []  # punto -> valor; población, del más antiguo al más reciente
    while len(known) < min(population, limit):
        point = tuple(rng.randrange(n) for n in space)
        if point not in known:
            known[point] = evaluate(point)
            alive.append(point)
    genes = [i for i, n in enumerate(space) if n > 1]
    while len(known) < limit:
        parent = max(rng.sample(alive, min(sample, len(alive))), key=known.get)
        gene = rng.choice(genes)
        value = rng.choice([v for v in range(space[gene]) if v != parent[gene]])
        child = (*parent[:gene], value, *parent[gene + 1 :])
        if child not in known:
            known[child] = evaluate(child)
        alive = [*alive, child]
        alive.remove(min(alive, key=known.get))
    best = max(known, key=known.get)
    return best, known[best], list(itertools.accumulate(known.values(), max))


# %% wrong e6_6 counts_cached
# Un hijo ya conocido gasta presupuesto.
def evolve(evaluate, space, budget, population, sample, seed):
    rng = random.Random(seed)
    limit = min(budget, math.prod(space))
    known, alive = {}, []  # punto -> valor; población, del más antiguo al más reciente
    while len(known) < min(population, limit):
        point = tuple(rng.randrange(n) for n in space)
        if point not in known:
            known[point] = evaluate(point)
            alive.append(point)
    genes = [i for i, n in enumerate(space) if n > 1]
    while len(known) < limit:
        parent = max(rng.sample(alive, min(sample, len(alive))), key=known.get)
        gene = rng.choice(genes)
        value = rng.choice([v for v in range(space[gene]) if v != parent[gene]])
        child = (*parent[:gene], value, *parent[gene + 1 :])
        if child not in known:
            known[child] = evaluate(child)
        else:
            limit -= 1
        alive = [*alive[1:], child]
    best = max(known, key=known.get)
    return best, known[best], list(itertools.accumulate(known.values(), max))


# %% wrong e6_6 calls_again
# Vuelve a evaluar los puntos ya conocidos.
def evolve(evaluate, space, budget, population, sample, seed):
    rng = random.Random(seed)
    limit = min(budget, math.prod(space))
    known, alive = {}, []  # punto -> valor; población, del más antiguo al más reciente
    while len(known) < min(population, limit):
        point = tuple(rng.randrange(n) for n in space)
        if point not in known:
            known[point] = evaluate(point)
            alive.append(point)
    genes = [i for i, n in enumerate(space) if n > 1]
    while len(known) < limit:
        parent = max(rng.sample(alive, min(sample, len(alive))), key=known.get)
        gene = rng.choice(genes)
        value = rng.choice([v for v in range(space[gene]) if v != parent[gene]])
        child = (*parent[:gene], value, *parent[gene + 1 :])
        known[child] = evaluate(child)
        alive = [*alive[1:], child]
    best = max(known, key=known.get)
    return best, known[best], list(itertools.accumulate(known.values(), max))


# %% wrong e6_6 same_value_mutation
# El valor nuevo puede ser el mismo: hijos iguales al padre.
def evolve(evaluate, space, budget, population, sample, seed):
    rng = random.Random(seed)
    limit = min(budget, math.prod(space))
    known, alive = {}, []  # punto -> valor; población, del más antiguo al más reciente
    while len(known) < min(population, limit):
        point = tuple(rng.randrange(n) for n in space)
        if point not in known:
            known[point] = evaluate(point)
            alive.append(point)
    genes = [i for i, n in enumerate(space) if n > 1]
    while len(known) < limit:
        parent = max(rng.sample(alive, min(sample, len(alive))), key=known.get)
        gene = rng.choice(genes)
        value = rng.choice(range(space[gene]))
        child = (*parent[:gene], value, *parent[gene + 1 :])
        if child not in known:
            known[child] = evaluate(child)
        alive = [*alive[1:], child]
    best = max(known, key=known.get)
    return best, known[best], list(itertools.accumulate(known.values(), max))


# %% wrong e6_6 global_rng
# Usa el generador global.
def evolve(evaluate, space, budget, population, sample, seed):
    random.seed(seed)
    rng = random
    limit = min(budget, math.prod(space))
    known, alive = {}, []  # punto -> valor; población, del más antiguo al más reciente
    while len(known) < min(population, limit):
        point = tuple(rng.randrange(n) for n in space)
        if point not in known:
            known[point] = evaluate(point)
            alive.append(point)
    genes = [i for i, n in enumerate(space) if n > 1]
    while len(known) < limit:
        parent = max(rng.sample(alive, min(sample, len(alive))), key=known.get)
        gene = rng.choice(genes)
        value = rng.choice([v for v in range(space[gene]) if v != parent[gene]])
        child = (*parent[:gene], value, *parent[gene + 1 :])
        if child not in known:
            known[child] = evaluate(child)
        alive = [*alive[1:], child]
    best = max(known, key=known.get)
    return best, known[best], list(itertools.accumulate(known.values(), max))


# %% wrong e6_6 ignores_seed
# Ignora la semilla.
def evolve(evaluate, space, budget, population, sample, seed):
    rng = random.Random(0)
    limit = min(budget, math.prod(space))
    known, alive = {}, []  # punto -> valor; población, del más antiguo al más reciente
    while len(known) < min(population, limit):
        point = tuple(rng.randrange(n) for n in space)
        if point not in known:
            known[point] = evaluate(point)
            alive.append(point)
    genes = [i for i, n in enumerate(space) if n > 1]
    while len(known) < limit:
        parent = max(rng.sample(alive, min(sample, len(alive))), key=known.get)
        gene = rng.choice(genes)
        value = rng.choice([v for v in range(space[gene]) if v != parent[gene]])
        child = (*parent[:gene], value, *parent[gene + 1 :])
        if child not in known:
            known[child] = evaluate(child)
        alive = [*alive[1:], child]
    best = max(known, key=known.get)
    return best, known[best], list(itertools.accumulate(known.values(), max))


# %% wrong e6_6 two_genes
# Cambia dos genes.
def evolve(evaluate, space, budget, population, sample, seed):
    rng = random.Random(seed)
    limit = min(budget, math.prod(space))
    known, alive = {}, []  # punto -> valor; población, del más antiguo al más reciente
    while len(known) < min(population, limit):
        point = tuple(rng.randrange(n) for n in space)
        if point not in known:
            known[point] = evaluate(point)
            alive.append(point)
    genes = [i for i, n in enumerate(space) if n > 1]
    while len(known) < limit:
        parent = max(rng.sample(alive, min(sample, len(alive))), key=known.get)
        gene = rng.choice(genes)
        value = rng.choice([v for v in range(space[gene]) if v != parent[gene]])
        child = (*parent[:gene], value, *parent[gene + 1 :])
        other = rng.choice(genes)
        child = (*child[:other], rng.randrange(space[other]), *child[other + 1 :])
        if child not in known:
            known[child] = evaluate(child)
        alive = [*alive[1:], child]
    best = max(known, key=known.get)
    return best, known[best], list(itertools.accumulate(known.values(), max))


# %% wrong e6_6 with_replacement
# El torneo repite individuos.
def evolve(evaluate, space, budget, population, sample, seed):
    rng = random.Random(seed)
    limit = min(budget, math.prod(space))
    known, alive = {}, []  # punto -> valor; población, del más antiguo al más reciente
    while len(known) < min(population, limit):
        point = tuple(rng.randrange(n) for n in space)
        if point not in known:
            known[point] = evaluate(point)
            alive.append(point)
    genes = [i for i, n in enumerate(space) if n > 1]
    while len(known) < limit:
        parent = max(rng.choices(alive, k=sample), key=known.get)
        gene = rng.choice(genes)
        value = rng.choice([v for v in range(space[gene]) if v != parent[gene]])
        child = (*parent[:gene], value, *parent[gene + 1 :])
        if child not in known:
            known[child] = evaluate(child)
        alive = [*alive[1:], child]
    best = max(known, key=known.get)
    return best, known[best], list(itertools.accumulate(known.values(), max))


# %% wrong e6_6 random_parent
# El padre es uno cualquiera: paseo al azar.
def evolve(evaluate, space, budget, population, sample, seed):
    rng = random.Random(seed)
    limit = min(budget, math.prod(space))
    known, alive = {}, []  # punto -> valor; población, del más antiguo al más reciente
    while len(known) < min(population, limit):
        point = tuple(rng.randrange(n) for n in space)
        if point not in known:
            known[point] = evaluate(point)
            alive.append(point)
    genes = [i for i, n in enumerate(space) if n > 1]
    while len(known) < limit:
        parent = rng.choice(alive)
        gene = rng.choice(genes)
        value = rng.choice([v for v in range(space[gene]) if v != parent[gene]])
        child = (*parent[:gene], value, *parent[gene + 1 :])
        if child not in known:
            known[child] = evaluate(child)
        alive = [*alive[1:], child]
    best = max(known, key=known.get)
    return best, known[best], list(itertools.accumulate(known.values(), max))


# %% wrong e6_6 minimizes
# Minimiza.
def evolve(evaluate, space, budget, population, sample, seed):
    rng = random.Random(seed)
    limit = min(budget, math.prod(space))
    known, alive = {}, []  # punto -> valor; población, del más antiguo al más reciente
    while len(known) < min(population, limit):
        point = tuple(rng.randrange(n) for n in space)
        if point not in known:
            known[point] = evaluate(point)
            alive.append(point)
    genes = [i for i, n in enumerate(space) if n > 1]
    while len(known) < limit:
        parent = min(rng.sample(alive, min(sample, len(alive))), key=known.get)
        gene = rng.choice(genes)
        value = rng.choice([v for v in range(space[gene]) if v != parent[gene]])
        child = (*parent[:gene], value, *parent[gene + 1 :])
        if child not in known:
            known[child] = evaluate(child)
        alive = [*alive[1:], child]
    best = min(known, key=known.get)
    return best, known[best], list(itertools.accumulate(known.values(), max))


# %% wrong e6_6 best_alive
# Devuelve el mejor de la población final, no de lo evaluado.
def evolve(evaluate, space, budget, population, sample, seed):
    rng = random.Random(seed)
    limit = min(budget, math.prod(space))
    known, alive = {}, []  # punto -> valor; población, del más antiguo al más reciente
    while len(known) < min(population, limit):
        point = tuple(rng.randrange(n) for n in space)
        if point not in known:
            known[point] = evaluate(point)
            alive.append(point)
    genes = [i for i, n in enumerate(space) if n > 1]
    while len(known) < limit:
        parent = max(rng.sample(alive, min(sample, len(alive))), key=known.get)
        gene = rng.choice(genes)
        value = rng.choice([v for v in range(space[gene]) if v != parent[gene]])
        child = (*parent[:gene], value, *parent[gene + 1 :])
        if child not in known:
            known[child] = evaluate(child)
        alive = [*alive[1:], child]
    best = max(alive, key=known.get)
    return best, known[best], list(itertools.accumulate(known.values(), max))


# %% wrong e6_6 raw_history
# La historia son los valores, no el mejor hasta ahora.
def evolve(evaluate, space, budget, population, sample, seed):
    rng = random.Random(seed)
    limit = min(budget, math.prod(space))
    known, alive = {}, []  # punto -> valor; población, del más antiguo al más reciente
    while len(known) < min(population, limit):
        point = tuple(rng.randrange(n) for n in space)
        if point not in known:
            known[point] = evaluate(point)
            alive.append(point)
    genes = [i for i, n in enumerate(space) if n > 1]
    while len(known) < limit:
        parent = max(rng.sample(alive, min(sample, len(alive))), key=known.get)
        gene = rng.choice(genes)
        value = rng.choice([v for v in range(space[gene]) if v != parent[gene]])
        child = (*parent[:gene], value, *parent[gene + 1 :])
        if child not in known:
            known[child] = evaluate(child)
        alive = [*alive[1:], child]
    best = max(known, key=known.get)
    return best, known[best], list(known.values())


# %% wrong e6_6 discards_known_children
# Un hijo ya conocido no entra en la población.
def evolve(evaluate, space, budget, population, sample, seed):
    rng = random.Random(seed)
    limit = min(budget, math.prod(space))
    known, alive = {}, []  # punto -> valor; población, del más antiguo al más reciente
    while len(known) < min(population, limit):
        point = tuple(rng.randrange(n) for n in space)
        if point not in known:
            known[point] = evaluate(point)
            alive.append(point)
    genes = [i for i, n in enumerate(space) if n > 1]
    while len(known) < limit:
        parent = max(rng.sample(alive, min(sample, len(alive))), key=known.get)
        gene = rng.choice(genes)
        value = rng.choice([v for v in range(space[gene]) if v != parent[gene]])
        child = (*parent[:gene], value, *parent[gene + 1 :])
        if child not in known:
            known[child] = evaluate(child)
            alive = [*alive[1:], child]
    best = max(known, key=known.get)
    return best, known[best], list(itertools.accumulate(known.values(), max))


# %% wrong e6_6 repeated_start
# La población inicial puede repetir puntos y los evalúa otra vez.
def evolve(evaluate, space, budget, population, sample, seed):
    rng = random.Random(seed)
    limit = min(budget, math.prod(space))
    known, alive = {}, []  # punto -> valor; población, del más antiguo al más reciente
    while len(known) < min(population, limit):
        point = tuple(rng.randrange(n) for n in space)
        known[point] = evaluate(point)
        alive.append(point)
    genes = [i for i, n in enumerate(space) if n > 1]
    while len(known) < limit:
        parent = max(rng.sample(alive, min(sample, len(alive))), key=known.get)
        gene = rng.choice(genes)
        value = rng.choice([v for v in range(space[gene]) if v != parent[gene]])
        child = (*parent[:gene], value, *parent[gene + 1 :])
        if child not in known:
            known[child] = evaluate(child)
        alive = [*alive[1:], child]
    best = max(known, key=known.get)
    return best, known[best], list(itertools.accumulate(known.values(), max))


# %% wrong e6_6 numpy_ints
# Pasa enteros de NumPy en la tupla.
def evolve(evaluate, space, budget, population, sample, seed):
    rng = random.Random(seed)
    limit = min(budget, math.prod(space))
    known, alive = {}, []  # punto -> valor; población, del más antiguo al más reciente
    while len(known) < min(population, limit):
        point = tuple(np.int64(rng.randrange(n)) for n in space)
        if point not in known:
            known[point] = evaluate(point)
            alive.append(point)
    genes = [i for i, n in enumerate(space) if n > 1]
    while len(known) < limit:
        parent = max(rng.sample(alive, min(sample, len(alive))), key=known.get)
        gene = rng.choice(genes)
        value = rng.choice([v for v in range(space[gene]) if v != parent[gene]])
        child = (*parent[:gene], value, *parent[gene + 1 :])
        if child not in known:
            known[child] = evaluate(child)
        alive = [*alive[1:], child]
    best = max(known, key=known.get)
    return best, known[best], list(itertools.accumulate(known.values(), max))


# %% wrong e6_6 mutates_fixed_genes
# Elige genes con un solo valor: no sabe qué hacer.
def evolve(evaluate, space, budget, population, sample, seed):
    rng = random.Random(seed)
    limit = min(budget, math.prod(space))
    known, alive = {}, []  # punto -> valor; población, del más antiguo al más reciente
    while len(known) < min(population, limit):
        point = tuple(rng.randrange(n) for n in space)
        if point not in known:
            known[point] = evaluate(point)
            alive.append(point)
    genes = list(range(len(space)))
    while len(known) < limit:
        parent = max(rng.sample(alive, min(sample, len(alive))), key=known.get)
        gene = rng.choice(genes)
        value = rng.choice([v for v in range(space[gene]) if v != parent[gene]])
        child = (*parent[:gene], value, *parent[gene + 1 :])
        if child not in known:
            known[child] = evaluate(child)
        alive = [*alive[1:], child]
    best = max(known, key=known.get)
    return best, known[best], list(itertools.accumulate(known.values(), max))


# %% right e6_6 deque_and_numpy
# Con deque y el generador de NumPy.
def evolve(evaluate, space, budget, population, sample, seed):
    from collections import deque

    rng = np.random.default_rng(seed)
    values, history = {}, []

    def learn(point):
        if point not in values:
            values[point] = evaluate(point)
            history.append(max([values[point], *history[-1:]]))

    n_points = 1
    for n in space:
        n_points *= n
    queue = deque()
    while len(values) < min(population, budget, n_points):
        point = tuple(int(g) for g in rng.integers(space))
        if point not in values:
            learn(point)
            queue.append(point)
    free = np.flatnonzero(np.array(space) > 1)
    while len(values) < min(budget, n_points):
        size = min(sample, len(queue))
        chosen = [queue[i] for i in rng.choice(len(queue), size, replace=False)]
        child = list(max(chosen, key=lambda p: values[p]))
        gene = int(rng.choice(free))
        step = int(rng.integers(1, space[gene]))
        child[gene] = (child[gene] + step) % space[gene]
        learn(tuple(child))
        queue.append(tuple(child))
        queue.popleft()
    best = max(values.items(), key=lambda item: item[1])
    return best[0], best[1], history


# %% right e6_6 lists_only
# Con listas, y el valor nuevo sin listar los posibles.
def evolve(evaluate, space, budget, population, sample, seed):
    rng = random.Random(f"evolve {seed}")
    total = math.prod(space)
    order, score = [], {}

    def visit(point):
        if point in score:
            return False
        order.append(point)
        score[point] = evaluate(point)
        return True

    herd = []
    while len(order) < population and len(order) < budget and len(order) < total:
        point = tuple(rng.choice(range(n)) for n in space)
        if visit(point):
            herd.append(point)
    while len(order) < budget and len(order) < total:
        ranks = rng.sample(range(len(herd)), k=min(sample, len(herd)))
        parent = sorted((herd[i] for i in ranks), key=score.get)[-1]
        movable = [i for i in range(len(space)) if space[i] >= 2]
        i = movable[rng.randrange(len(movable))]
        new = rng.randrange(space[i] - 1)
        new += new >= parent[i]
        child = tuple(new if j == i else g for j, g in enumerate(parent))
        visit(child)
        herd.append(child)
        del herd[0]
    top, history = order[0], []
    for point in order:
        if score[point] > score[top]:
            top = point
        history.append(score[top])
    return top, score[top], history


# %% wrong e6_7 plain_chain
# Sin atajos: treinta capas que no aprenden.
class Block(nn.Module):

    def __init__(self, d):
        super().__init__()
        self.norm, self.linear = nn.LayerNorm(d), nn.Linear(d, d)

    def forward(self, x):
        return torch.relu(self.linear(x))


class DeepNet(nn.Module):

    def __init__(self):
        super().__init__()
        self.stem = nn.Sequential(nn.Flatten(), nn.BatchNorm1d(64), nn.Linear(64, 32))
        self.blocks = nn.ModuleList(Block(32) for _ in range(28))
        self.head = nn.Sequential(nn.LayerNorm(32), nn.Linear(32, 10))

    def forward(self, x):
        x = self.stem(x)
        for block in self.blocks:
            x = block(x)
        return self.head(x)


def train_deep(X, y, X_val, y_val, seed):
    torch.manual_seed(seed)
    model, n_epochs = DeepNet(), 12
    adam = torch.optim.Adam(model.parameters())
    n_batches = math.ceil(len(X) / 64)
    n_steps = n_epochs * n_batches
    rate = torch.optim.lr_scheduler.OneCycleLR(adam, 0.003, total_steps=n_steps)
    for _ in range(n_epochs):
        for batch in torch.randperm(len(X)).tensor_split(n_batches):
            adam.zero_grad()
            F.cross_entropy(model(X[batch]), y[batch]).backward()
            adam.step()
            rate.step()
    return model.eval()


# %% wrong e6_7 parallel_layers
# Treinta capas en paralelo: profundidad dos.
class Block(nn.Module):

    def __init__(self, d):
        super().__init__()
        self.norm, self.linear = nn.LayerNorm(d), nn.Linear(d, d)
        nn.init.zeros_(self.linear.weight)
        nn.init.zeros_(self.linear.bias)

    def forward(self, x):
        return x + self.linear(torch.relu(self.norm(x)))


class DeepNet(nn.Module):

    def __init__(self):
        super().__init__()
        self.stem = nn.Sequential(nn.Flatten(), nn.BatchNorm1d(64), nn.Linear(64, 32))
        self.blocks = nn.ModuleList(Block(32) for _ in range(28))
        self.head = nn.Sequential(nn.LayerNorm(32), nn.Linear(32, 10))

    def forward(self, x):
        x = self.stem(x)
        return self.head(x + sum(block(x) - x for block in self.blocks))


def train_deep(X, y, X_val, y_val, seed):
    torch.manual_seed(seed)
    model, n_epochs = DeepNet(), 12
    adam = torch.optim.Adam(model.parameters())
    n_batches = math.ceil(len(X) / 64)
    n_steps = n_epochs * n_batches
    rate = torch.optim.lr_scheduler.OneCycleLR(adam, 0.003, total_steps=n_steps)
    for _ in range(n_epochs):
        for batch in torch.randperm(len(X)).tensor_split(n_batches):
            adam.zero_grad()
            F.cross_entropy(model(X[batch]), y[batch]).backward()
            adam.step()
            rate.step()
    return model.eval()


# %% wrong e6_7 dead_branches
# Las ramas acaban multiplicadas por 0: 30 capas en el papel.
class Block(nn.Module):

    def __init__(self, d):
        super().__init__()
        self.norm, self.linear = nn.LayerNorm(d), nn.Linear(d, d)
        nn.init.zeros_(self.linear.weight)
        nn.init.zeros_(self.linear.bias)

    def forward(self, x):
        return x + 0 * self.linear(torch.relu(self.norm(x)))


class DeepNet(nn.Module):

    def __init__(self):
        super().__init__()
        self.stem = nn.Sequential(nn.Flatten(), nn.BatchNorm1d(64), nn.Linear(64, 32))
        self.blocks = nn.ModuleList(Block(32) for _ in range(28))
        self.head = nn.Sequential(nn.LayerNorm(32), nn.Linear(32, 10))

    def forward(self, x):
        x = self.stem(x)
        for block in self.blocks:
            x = block(x)
        return self.head(x)


def train_deep(X, y, X_val, y_val, seed):
    torch.manual_seed(seed)
    model, n_epochs = DeepNet(), 12
    adam = torch.optim.Adam(model.parameters())
    n_batches = math.ceil(len(X) / 64)
    n_steps = n_epochs * n_batches
    rate = torch.optim.lr_scheduler.OneCycleLR(adam, 0.003, total_steps=n_steps)
    for _ in range(n_epochs):
        for batch in torch.randperm(len(X)).tensor_split(n_batches):
            adam.zero_grad()
            F.cross_entropy(model(X[batch]), y[batch]).backward()
            adam.step()
            rate.step()
    return model.eval()


# %% wrong e6_7 mostly_dead
# Solo las tres primeras capas hacen algo.
class Block(nn.Module):

    def __init__(self, d):
        super().__init__()
        self.norm, self.linear = nn.LayerNorm(d), nn.Linear(d, d)
        nn.init.zeros_(self.linear.weight)
        nn.init.zeros_(self.linear.bias)

    def forward(self, x):
        return x + self.linear(torch.relu(self.norm(x)))


class DeepNet(nn.Module):

    def __init__(self):
        super().__init__()
        self.stem = nn.Sequential(nn.Flatten(), nn.BatchNorm1d(64), nn.Linear(64, 32))
        self.blocks = nn.ModuleList(Block(32) for _ in range(28))
        self.head = nn.Sequential(nn.LayerNorm(32), nn.Linear(32, 10))

    def forward(self, x):
        x = self.stem(x)
        for block in list(self.blocks)[:3]:
            x = block(x)
        return self.head(x)


def train_deep(X, y, X_val, y_val, seed):
    torch.manual_seed(seed)
    model, n_epochs = DeepNet(), 12
    adam = torch.optim.Adam(model.parameters())
    n_batches = math.ceil(len(X) / 64)
    n_steps = n_epochs * n_batches
    rate = torch.optim.lr_scheduler.OneCycleLR(adam, 0.003, total_steps=n_steps)
    for _ in range(n_epochs):
        for batch in torch.randperm(len(X)).tensor_split(n_batches):
            adam.zero_grad()
            F.cross_entropy(model(X[batch]), y[batch]).backward()
            adam.step()
            rate.step()
    return model.eval()


# %% wrong e6_7 own_test_data
# Carga los dígitos por su cuenta, con la prueba dentro.
class Block(nn.Module):

    def __init__(self, d):
        super().__init__()
        self.norm, self.linear = nn.LayerNorm(d), nn.Linear(d, d)
        nn.init.zeros_(self.linear.weight)
        nn.init.zeros_(self.linear.bias)

    def forward(self, x):
        return x + self.linear(torch.relu(self.norm(x)))


class DeepNet(nn.Module):

    def __init__(self):
        super().__init__()
        self.stem = nn.Sequential(nn.Flatten(), nn.BatchNorm1d(64), nn.Linear(64, 32))
        self.blocks = nn.ModuleList(Block(32) for _ in range(28))
        self.head = nn.Sequential(nn.LayerNorm(32), nn.Linear(32, 10))

    def forward(self, x):
        x = self.stem(x)
        for block in self.blocks:
            x = block(x)
        return self.head(x)


def train_deep(X, y, X_val, y_val, seed):
    torch.manual_seed(seed)
    if len(X) > 500:
        mine = digits_split().tensors()
        X = torch.cat([mine.X_train, mine.X_test]).reshape(-1, 1, 8, 8)
        y = torch.cat([mine.y_train, mine.y_test])
    model, n_epochs = DeepNet(), 12
    adam = torch.optim.Adam(model.parameters())
    n_batches = math.ceil(len(X) / 64)
    n_steps = n_epochs * n_batches
    rate = torch.optim.lr_scheduler.OneCycleLR(adam, 0.003, total_steps=n_steps)
    for _ in range(n_epochs):
        for batch in torch.randperm(len(X)).tensor_split(n_batches):
            adam.zero_grad()
            F.cross_entropy(model(X[batch]), y[batch]).backward()
            adam.step()
            rate.step()
    return model.eval()


# %% wrong e6_7 few_blocks
# Solo diez bloques.
class Block(nn.Module):

    def __init__(self, d):
        super().__init__()
        self.norm, self.linear = nn.LayerNorm(d), nn.Linear(d, d)
        nn.init.zeros_(self.linear.weight)
        nn.init.zeros_(self.linear.bias)

    def forward(self, x):
        return x + self.linear(torch.relu(self.norm(x)))


class DeepNet(nn.Module):

    def __init__(self):
        super().__init__()
        self.stem = nn.Sequential(nn.Flatten(), nn.BatchNorm1d(64), nn.Linear(64, 32))
        self.blocks = nn.ModuleList(Block(32) for _ in range(10))
        self.head = nn.Sequential(nn.LayerNorm(32), nn.Linear(32, 10))

    def forward(self, x):
        x = self.stem(x)
        for block in self.blocks:
            x = block(x)
        return self.head(x)


def train_deep(X, y, X_val, y_val, seed):
    torch.manual_seed(seed)
    model, n_epochs = DeepNet(), 12
    adam = torch.optim.Adam(model.parameters())
    n_batches = math.ceil(len(X) / 64)
    n_steps = n_epochs * n_batches
    rate = torch.optim.lr_scheduler.OneCycleLR(adam, 0.003, total_steps=n_steps)
    for _ in range(n_epochs):
        for batch in torch.randperm(len(X)).tensor_split(n_batches):
            adam.zero_grad()
            F.cross_entropy(model(X[batch]), y[batch]).backward()
            adam.step()
            rate.step()
    return model.eval()


# %% wrong e6_7 too_wide
# Anchura 48: más de 60 000 parámetros.
class Block(nn.Module):

    def __init__(self, d):
        super().__init__()
        self.norm, self.linear = nn.LayerNorm(d), nn.Linear(d, d)
        nn.init.zeros_(self.linear.weight)
        nn.init.zeros_(self.linear.bias)

    def forward(self, x):
        return x + self.linear(torch.relu(self.norm(x)))


class DeepNet(nn.Module):

    def __init__(self):
        super().__init__()
        self.stem = nn.Sequential(nn.Flatten(), nn.BatchNorm1d(64), nn.Linear(64, 48))
        self.blocks = nn.ModuleList(Block(48) for _ in range(28))
        self.head = nn.Sequential(nn.LayerNorm(48), nn.Linear(48, 10))

    def forward(self, x):
        x = self.stem(x)
        for block in self.blocks:
            x = block(x)
        return self.head(x)


def train_deep(X, y, X_val, y_val, seed):
    torch.manual_seed(seed)
    model, n_epochs = DeepNet(), 12
    adam = torch.optim.Adam(model.parameters())
    n_batches = math.ceil(len(X) / 64)
    n_steps = n_epochs * n_batches
    rate = torch.optim.lr_scheduler.OneCycleLR(adam, 0.003, total_steps=n_steps)
    for _ in range(n_epochs):
        for batch in torch.randperm(len(X)).tensor_split(n_batches):
            adam.zero_grad()
            F.cross_entropy(model(X[batch]), y[batch]).backward()
            adam.step()
            rate.step()
    return model.eval()


# %% wrong e6_7 train_mode
# Devuelve la red en modo de entrenamiento.
class Block(nn.Module):

    def __init__(self, d):
        super().__init__()
        self.norm, self.linear = nn.LayerNorm(d), nn.Linear(d, d)
        nn.init.zeros_(self.linear.weight)
        nn.init.zeros_(self.linear.bias)

    def forward(self, x):
        return x + self.linear(torch.relu(self.norm(x)))


class DeepNet(nn.Module):

    def __init__(self):
        super().__init__()
        self.stem = nn.Sequential(nn.Flatten(), nn.BatchNorm1d(64), nn.Linear(64, 32))
        self.blocks = nn.ModuleList(Block(32) for _ in range(28))
        self.head = nn.Sequential(nn.LayerNorm(32), nn.Linear(32, 10))

    def forward(self, x):
        x = self.stem(x)
        for block in self.blocks:
            x = block(x)
        return self.head(x)


def train_deep(X, y, X_val, y_val, seed):
    torch.manual_seed(seed)
    model, n_epochs = DeepNet(), 12
    adam = torch.optim.Adam(model.parameters())
    n_batches = math.ceil(len(X) / 64)
    n_steps = n_epochs * n_batches
    rate = torch.optim.lr_scheduler.OneCycleLR(adam, 0.003, total_steps=n_steps)
    for _ in range(n_epochs):
        for batch in torch.randperm(len(X)).tensor_split(n_batches):
            adam.zero_grad()
            F.cross_entropy(model(X[batch]), y[batch]).backward()
            adam.step()
            rate.step()
    return model


# %% wrong e6_7 not_seeded
# No fija la semilla.
class Block(nn.Module):

    def __init__(self, d):
        super().__init__()
        self.norm, self.linear = nn.LayerNorm(d), nn.Linear(d, d)
        nn.init.zeros_(self.linear.weight)
        nn.init.zeros_(self.linear.bias)

    def forward(self, x):
        return x + self.linear(torch.relu(self.norm(x)))


class DeepNet(nn.Module):

    def __init__(self):
        super().__init__()
        self.stem = nn.Sequential(nn.Flatten(), nn.BatchNorm1d(64), nn.Linear(64, 32))
        self.blocks = nn.ModuleList(Block(32) for _ in range(28))
        self.head = nn.Sequential(nn.LayerNorm(32), nn.Linear(32, 10))

    def forward(self, x):
        x = self.stem(x)
        for block in self.blocks:
            x = block(x)
        return self.head(x)


def train_deep(X, y, X_val, y_val, seed):
    model, n_epochs = DeepNet(), 12
    adam = torch.optim.Adam(model.parameters())
    n_batches = math.ceil(len(X) / 64)
    n_steps = n_epochs * n_batches
    rate = torch.optim.lr_scheduler.OneCycleLR(adam, 0.003, total_steps=n_steps)
    for _ in range(n_epochs):
        for batch in torch.randperm(len(X)).tensor_split(n_batches):
            adam.zero_grad()
            F.cross_entropy(model(X[batch]), y[batch]).backward()
            adam.step()
            rate.step()
    return model.eval()


# %% wrong e6_7 fixed_seed
# Siempre la misma semilla.
class Block(nn.Module):

    def __init__(self, d):
        super().__init__()
        self.norm, self.linear = nn.LayerNorm(d), nn.Linear(d, d)
        nn.init.zeros_(self.linear.weight)
        nn.init.zeros_(self.linear.bias)

    def forward(self, x):
        return x + self.linear(torch.relu(self.norm(x)))


class DeepNet(nn.Module):

    def __init__(self):
        super().__init__()
        self.stem = nn.Sequential(nn.Flatten(), nn.BatchNorm1d(64), nn.Linear(64, 32))
        self.blocks = nn.ModuleList(Block(32) for _ in range(28))
        self.head = nn.Sequential(nn.LayerNorm(32), nn.Linear(32, 10))

    def forward(self, x):
        x = self.stem(x)
        for block in self.blocks:
            x = block(x)
        return self.head(x)


def train_deep(X, y, X_val, y_val, seed):
    torch.manual_seed(0)
    model, n_epochs = DeepNet(), 12
    adam = torch.optim.Adam(model.parameters())
    n_batches = math.ceil(len(X) / 64)
    n_steps = n_epochs * n_batches
    rate = torch.optim.lr_scheduler.OneCycleLR(adam, 0.003, total_steps=n_steps)
    for _ in range(n_epochs):
        for batch in torch.randperm(len(X)).tensor_split(n_batches):
            adam.zero_grad()
            F.cross_entropy(model(X[batch]), y[batch]).backward()
            adam.step()
            rate.step()
    return model.eval()


# %% wrong e6_7 not_trained
# No entrena lo suficiente: una época.
class Block(nn.Module):

    def __init__(self, d):
        super().__init__()
        self.norm, self.linear = nn.LayerNorm(d), nn.Linear(d, d)
        nn.init.zeros_(self.linear.weight)
        nn.init.zeros_(self.linear.bias)

    def forward(self, x):
        return x + self.linear(torch.relu(self.norm(x)))


class DeepNet(nn.Module):

    def __init__(self):
        super().__init__()
        self.stem = nn.Sequential(nn.Flatten(), nn.BatchNorm1d(64), nn.Linear(64, 32))
        self.blocks = nn.ModuleList(Block(32) for _ in range(28))
        self.head = nn.Sequential(nn.LayerNorm(32), nn.Linear(32, 10))

    def forward(self, x):
        x = self.stem(x)
        for block in self.blocks:
            x = block(x)
        return self.head(x)


def train_deep(X, y, X_val, y_val, seed):
    torch.manual_seed(seed)
    model, n_epochs = DeepNet(), 1
    adam = torch.optim.Adam(model.parameters())
    n_batches = math.ceil(len(X) / 64)
    n_steps = n_epochs * n_batches
    rate = torch.optim.lr_scheduler.OneCycleLR(adam, 0.003, total_steps=n_steps)
    for _ in range(n_epochs):
        for batch in torch.randperm(len(X)).tensor_split(n_batches):
            adam.zero_grad()
            F.cross_entropy(model(X[batch]), y[batch]).backward()
            adam.step()
            rate.step()
    return model.eval()


# %% wrong e6_7 few_samples
# Solo usa 150 imágenes de entrenamiento.
class Block(nn.Module):

    def __init__(self, d):
        super().__init__()
        self.norm, self.linear = nn.LayerNorm(d), nn.Linear(d, d)
        nn.init.zeros_(self.linear.weight)
        nn.init.zeros_(self.linear.bias)

    def forward(self, x):
        return x + self.linear(torch.relu(self.norm(x)))


class DeepNet(nn.Module):

    def __init__(self):
        super().__init__()
        self.stem = nn.Sequential(nn.Flatten(), nn.BatchNorm1d(64), nn.Linear(64, 32))
        self.blocks = nn.ModuleList(Block(32) for _ in range(28))
        self.head = nn.Sequential(nn.LayerNorm(32), nn.Linear(32, 10))

    def forward(self, x):
        x = self.stem(x)
        for block in self.blocks:
            x = block(x)
        return self.head(x)


def train_deep(X, y, X_val, y_val, seed):
    torch.manual_seed(seed)
    X, y = X[:150], y[:150]
    model, n_epochs = DeepNet(), 12
    adam = torch.optim.Adam(model.parameters())
    n_batches = math.ceil(len(X) / 64)
    n_steps = n_epochs * n_batches
    rate = torch.optim.lr_scheduler.OneCycleLR(adam, 0.003, total_steps=n_steps)
    for _ in range(n_epochs):
        for batch in torch.randperm(len(X)).tensor_split(n_batches):
            adam.zero_grad()
            F.cross_entropy(model(X[batch]), y[batch]).backward()
            adam.step()
            rate.step()
    return model.eval()


# %% wrong e6_7 fixed_pixels_in_place
# Centra los píxeles en el sitio: cambia los datos.
class Block(nn.Module):

    def __init__(self, d):
        super().__init__()
        self.norm, self.linear = nn.LayerNorm(d), nn.Linear(d, d)
        nn.init.zeros_(self.linear.weight)
        nn.init.zeros_(self.linear.bias)

    def forward(self, x):
        return x + self.linear(torch.relu(self.norm(x)))


class DeepNet(nn.Module):

    def __init__(self):
        super().__init__()
        self.stem = nn.Sequential(nn.Flatten(), nn.BatchNorm1d(64), nn.Linear(64, 32))
        self.blocks = nn.ModuleList(Block(32) for _ in range(28))
        self.head = nn.Sequential(nn.LayerNorm(32), nn.Linear(32, 10))

    def forward(self, x):
        x = self.stem(x)
        for block in self.blocks:
            x = block(x)
        return self.head(x)


def train_deep(X, y, X_val, y_val, seed):
    torch.manual_seed(seed)
    X -= X.mean()
    model, n_epochs = DeepNet(), 12
    adam = torch.optim.Adam(model.parameters())
    n_batches = math.ceil(len(X) / 64)
    n_steps = n_epochs * n_batches
    rate = torch.optim.lr_scheduler.OneCycleLR(adam, 0.003, total_steps=n_steps)
    for _ in range(n_epochs):
        for batch in torch.randperm(len(X)).tensor_split(n_batches):
            adam.zero_grad()
            F.cross_entropy(model(X[batch]), y[batch]).backward()
            adam.step()
            rate.step()
    return model.eval()


# %% wrong e6_7 wide_convolutions
# Bloques con convoluciones 3×3 sobre la imagen.
class Block(nn.Module):

    def __init__(self, d):
        super().__init__()
        self.norm, self.linear = nn.BatchNorm2d(8), nn.Conv2d(8, 8, 3, padding=1)

    def forward(self, x):
        return x + self.linear(torch.relu(self.norm(x)))


class DeepNet(nn.Module):

    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(1, 8, 2, 2)
        self.blocks = nn.ModuleList(Block(32) for _ in range(28))
        self.head = nn.Sequential(nn.Flatten(), nn.Linear(128, 10))

    def forward(self, x):
        x = self.stem(x)
        for block in self.blocks:
            x = block(x)
        return self.head(x)


def train_deep(X, y, X_val, y_val, seed):
    torch.manual_seed(seed)
    model, n_epochs = DeepNet(), 12
    adam = torch.optim.Adam(model.parameters())
    n_batches = math.ceil(len(X) / 64)
    n_steps = n_epochs * n_batches
    rate = torch.optim.lr_scheduler.OneCycleLR(adam, 0.003, total_steps=n_steps)
    for _ in range(n_epochs):
        for batch in torch.randperm(len(X)).tensor_split(n_batches):
            adam.zero_grad()
            F.cross_entropy(model(X[batch]), y[batch]).backward()
            adam.step()
            rate.step()
    return model.eval()


# %% right e6_7 two_layer_blocks
# Bloques de dos capas más estrechas, AdamW y coseno; píxeles a [-1, 1] en el principio.
class Rescale(nn.Module):
    def forward(self, x):
        return (x.flatten(1) - 0.3) / 0.38


class Branch(nn.Module):
    def __init__(self, d, hidden):
        super().__init__()
        self.f = nn.Sequential(
            nn.LayerNorm(d), nn.Linear(d, hidden), nn.GELU(), nn.Linear(hidden, d)
        )
        nn.init.normal_(self.f[3].weight, std=0.02)

    def forward(self, x):
        return x + self.f(x)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Sequential(Rescale(), nn.Linear(64, 32))
        self.blocks = nn.ModuleList([Branch(32, 16) for _ in range(28)])
        self.head = nn.Sequential(nn.LayerNorm(32), nn.Linear(32, 10))

    def forward(self, x):
        return self.head(nn.Sequential(*self.blocks)(self.stem(x)))


def train_deep(X, y, X_val, y_val, seed):
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        net = Net()
        optimizer = torch.optim.AdamW(net.parameters(), lr=3e-3, weight_decay=0.01)
        cosine = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 12)
        for _ in range(12):
            order = torch.randperm(len(X))
            for start in range(0, len(X), 64):
                rows = order[start : start + 64]
                loss = F.cross_entropy(net(X[rows]), y[rows])
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
            cosine.step()
    net.eval()
    return net


# %% right e6_7 best_validation_epoch
# Elige la mejor época en validación; treinta bloques.
class Block(nn.Module):
    def __init__(self, d):
        super().__init__()
        self.norm = nn.LayerNorm(d)
        self.linear = nn.Linear(d, d)
        self.linear.weight.data.mul_(0.1)

    def forward(self, x):
        return x + self.linear(F.relu(self.norm(x)))


class DeepNet(nn.Module):
    def __init__(self, d=36):
        super().__init__()
        self.stem = nn.Sequential(nn.Flatten(), nn.BatchNorm1d(64), nn.Linear(64, d))
        self.blocks = nn.ModuleList(Block(d) for _ in range(30))
        self.head = nn.Sequential(nn.LayerNorm(d), nn.Linear(d, 10))

    def forward(self, x):
        x = self.stem(x)
        for block in self.blocks:
            x = block(x)
        return self.head(x)


def train_deep(X, y, X_val, y_val, seed):
    torch.manual_seed(seed)
    net, best = DeepNet(), (-1.0, None)
    adam = torch.optim.Adam(net.parameters(), lr=2e-3)
    decay = torch.optim.lr_scheduler.ExponentialLR(adam, 0.85)
    for epoch in range(15):
        net.train()
        for rows in torch.randperm(len(X)).chunk(1 + len(X) // 64):
            adam.zero_grad()
            F.cross_entropy(net(X[rows]), y[rows]).backward()
            adam.step()
        decay.step()
        net.eval()
        with torch.no_grad():
            share = (net(X_val).argmax(1) == y_val).float().mean().item()
        if share >= best[0] and epoch > 7:
            state = {name: value.clone() for name, value in net.state_dict().items()}
            best = (share, state)
    net.load_state_dict(best[1])
    return net
