"""Respuestas equivocadas típicas y correctas alternativas de la unidad 20."""


# %% wrong e20_1 exp_overflow
# log(1 + exp(x)) tal cual: desborda.
class SoftClip(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, c):
        ctx.save_for_backward(x)
        ctx.c = c
        return torch.log(1 + torch.exp(x)) - torch.log(1 + torch.exp(x - c))

    @staticmethod
    def backward(ctx, grad):
        (x,) = ctx.saved_tensors
        return grad * (torch.sigmoid(x) - torch.sigmoid(x - ctx.c)), None


def soft_clip(x, c):
    return SoftClip.apply(x, c)


# %% wrong e20_1 subtracts_large_numbers
# Resta dos softplus: en float32 pierde los decimales.
class SoftClip(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, c):
        ctx.save_for_backward(x)
        ctx.c = c
        return F.softplus(x) - F.softplus(x - c)

    @staticmethod
    def backward(ctx, grad):
        (x,) = ctx.saved_tensors
        return grad * (torch.sigmoid(x) - torch.sigmoid(x - ctx.c)), None


def soft_clip(x, c):
    return SoftClip.apply(x, c)


# %% wrong e20_1 saves_on_ctx
# Guarda x en un atributo: nadie nota que cambia.
class SoftClip(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, c):
        ctx.x = x
        ctx.c = c
        low, high = torch.exp(-x.abs()), torch.exp(-(x - c).abs())
        return x.clamp(0, c) + torch.log1p(low) - torch.log1p(high)

    @staticmethod
    def backward(ctx, grad):
        x = ctx.x
        return grad * (torch.sigmoid(x) - torch.sigmoid(x - ctx.c)), None


def soft_clip(x, c):
    return SoftClip.apply(x, c)


# %% wrong e20_1 one_gradient_too_few
# Devuelve un solo gradiente.
class SoftClip(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, c):
        ctx.save_for_backward(x)
        ctx.c = c
        low, high = torch.exp(-x.abs()), torch.exp(-(x - c).abs())
        return x.clamp(0, c) + torch.log1p(low) - torch.log1p(high)

    @staticmethod
    def backward(ctx, grad):
        (x,) = ctx.saved_tensors
        return grad * (torch.sigmoid(x) - torch.sigmoid(x - ctx.c))


def soft_clip(x, c):
    return SoftClip.apply(x, c)


# %% wrong e20_1 detach_in_backward
# Corta el grafo dentro de backward: no hay segunda derivada.
class SoftClip(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, c):
        ctx.save_for_backward(x)
        ctx.c = c
        low, high = torch.exp(-x.abs()), torch.exp(-(x - c).abs())
        return x.clamp(0, c) + torch.log1p(low) - torch.log1p(high)

    @staticmethod
    def backward(ctx, grad):
        x = ctx.saved_tensors[0].detach()
        return grad * (torch.sigmoid(x) - torch.sigmoid(x - ctx.c)), None


def soft_clip(x, c):
    return SoftClip.apply(x, c)


# %% wrong e20_1 once_differentiable
# Con no_grad en backward: no hay segunda derivada.
class SoftClip(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, c):
        ctx.save_for_backward(x)
        ctx.c = c
        low, high = torch.exp(-x.abs()), torch.exp(-(x - c).abs())
        return x.clamp(0, c) + torch.log1p(low) - torch.log1p(high)

    @staticmethod
    def backward(ctx, grad):
        (x,) = ctx.saved_tensors
        with torch.no_grad():
            return grad * (torch.sigmoid(x) - torch.sigmoid(x - ctx.c)), None


def soft_clip(x, c):
    return SoftClip.apply(x, c)


# %% wrong e20_1 saves_the_slope
# Guarda la derivada en lugar de x: la segunda derivada sale cero.
class SoftClip(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, c):
        ctx.save_for_backward(torch.sigmoid(x) - torch.sigmoid(x - c))
        ctx.c = c
        low, high = torch.exp(-x.abs()), torch.exp(-(x - c).abs())
        return x.clamp(0, c) + torch.log1p(low) - torch.log1p(high)

    @staticmethod
    def backward(ctx, grad):
        (slope,) = ctx.saved_tensors
        return grad * slope, None


def soft_clip(x, c):
    return SoftClip.apply(x, c)


# %% wrong e20_1 ignores_upstream
# No multiplica por el gradiente que llega.
class SoftClip(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, c):
        ctx.save_for_backward(x)
        ctx.c = c
        low, high = torch.exp(-x.abs()), torch.exp(-(x - c).abs())
        return x.clamp(0, c) + torch.log1p(low) - torch.log1p(high)

    @staticmethod
    def backward(ctx, grad):
        (x,) = ctx.saved_tensors
        return (torch.sigmoid(x) - torch.sigmoid(x - ctx.c)), None


def soft_clip(x, c):
    return SoftClip.apply(x, c)


# %% wrong e20_1 hard_clip
# El recorte duro.
class SoftClip(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, c):
        ctx.save_for_backward(x)
        ctx.c = c
        return x.clamp(0, c)

    @staticmethod
    def backward(ctx, grad):
        (x,) = ctx.saved_tensors
        return grad * (torch.sigmoid(x) - torch.sigmoid(x - ctx.c)), None


def soft_clip(x, c):
    return SoftClip.apply(x, c)


# %% wrong e20_1 hard_gradient
# El gradiente del recorte duro.
class SoftClip(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, c):
        ctx.save_for_backward(x)
        ctx.c = c
        low, high = torch.exp(-x.abs()), torch.exp(-(x - c).abs())
        return x.clamp(0, c) + torch.log1p(low) - torch.log1p(high)

    @staticmethod
    def backward(ctx, grad):
        (x,) = ctx.saved_tensors
        return grad * ((x > 0) & (x < ctx.c)).to(x.dtype), None


def soft_clip(x, c):
    return SoftClip.apply(x, c)


# %% wrong e20_1 computes_in_float32
# Pasa todo a float32.
class SoftClip(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, c):
        ctx.save_for_backward(x)
        ctx.c = c
        x = x.float()
        low, high = torch.exp(-x.abs()), torch.exp(-(x - c).abs())
        return x.clamp(0, c) + torch.log1p(low) - torch.log1p(high)

    @staticmethod
    def backward(ctx, grad):
        (x,) = ctx.saved_tensors
        return grad * (torch.sigmoid(x) - torch.sigmoid(x - ctx.c)), None


def soft_clip(x, c):
    return SoftClip.apply(x, c)


# %% wrong e20_1 changes_x
# Cambia x en el sitio.
class SoftClip(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, c):
        ctx.save_for_backward(x)
        ctx.c = c
        low, high = torch.exp(-x.abs()), torch.exp(-(x - c).abs())
        return x.clamp_(0, c) + torch.log1p(low) - torch.log1p(high)

    @staticmethod
    def backward(ctx, grad):
        (x,) = ctx.saved_tensors
        return grad * (torch.sigmoid(x) - torch.sigmoid(x - ctx.c)), None


def soft_clip(x, c):
    return SoftClip.apply(x, c)


# %% wrong e20_1 exp_in_gradient
# El gradiente con exp(x): da nan en los extremos.
class SoftClip(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, c):
        ctx.save_for_backward(x)
        ctx.c = c
        low, high = torch.exp(-x.abs()), torch.exp(-(x - c).abs())
        return x.clamp(0, c) + torch.log1p(low) - torch.log1p(high)

    @staticmethod
    def backward(ctx, grad):
        (x,) = ctx.saved_tensors
        return grad * (
            x.exp() / (1 + x.exp()) - (x - ctx.c).exp() / (1 + (x - ctx.c).exp())
        ), None


def soft_clip(x, c):
    return SoftClip.apply(x, c)


# %% right e20_1 piecewise
# Con softplus a cada lado de c/2 y la derivada con tanh.
class SoftClip(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, c):
        ctx.c = float(c)
        ctx.save_for_backward(x)
        right = c + F.softplus(-x) - F.softplus(c - x)
        left = F.softplus(x) - F.softplus(x - c)
        return torch.where(x > c / 2, right, left)

    @staticmethod
    def backward(ctx, grad):
        x = ctx.saved_tensors[0]
        slope = (torch.tanh(x / 2) - torch.tanh((x - ctx.c) / 2)) / 2
        return slope * grad, None


def soft_clip(x, c):
    return SoftClip.apply(x, c)


# %% right e20_1 setup_context
# Con setup_context, el estilo que pide torch.func.
class SoftClip(torch.autograd.Function):
    @staticmethod
    def forward(x, c):
        def bump(t):
            return torch.log1p(torch.exp(-torch.abs(t)))

        return torch.clamp(x, min=0, max=c) + bump(x) - bump(x - c)

    @staticmethod
    def setup_context(ctx, inputs, output):
        ctx.save_for_backward(inputs[0])
        ctx.c = inputs[1]

    @staticmethod
    def backward(ctx, grad):
        (x,) = ctx.saved_tensors
        return grad * torch.sigmoid(x) - grad * torch.sigmoid(x - ctx.c), None


soft_clip = SoftClip.apply


# %% wrong e20_2 plain_attributes
# Tensores como atributos: no viajan en state_dict.
class RunningNorm(nn.Module):
    def __init__(self, d, momentum=0.1, eps=1e-5):
        super().__init__()
        self.momentum, self.eps = momentum, eps
        self.running_mean = torch.zeros(d)
        self.running_var = torch.ones(d)

    def forward(self, x):
        mean, var = self.running_mean, self.running_var
        if self.training:
            if len(x) == 1:
                raise ValueError("con un solo ejemplo no hay varianza")
            mean, var = x.mean(dim=0), x.var(dim=0, correction=0)
            with torch.no_grad():
                unbiased = var * len(x) / (len(x) - 1)
                self.running_mean.lerp_(mean, self.momentum)
                self.running_var.lerp_(unbiased, self.momentum)
        return (x - mean) / torch.sqrt(var + self.eps)


# %% wrong e20_2 buffer_with_graph
# El búfer guarda el grafo de todos los pasos.
class RunningNorm(nn.Module):
    def __init__(self, d, momentum=0.1, eps=1e-5):
        super().__init__()
        self.momentum, self.eps = momentum, eps
        self.register_buffer("running_mean", torch.zeros(d))
        self.register_buffer("running_var", torch.ones(d))

    def forward(self, x):
        mean, var = self.running_mean, self.running_var
        if self.training:
            if len(x) == 1:
                raise ValueError("con un solo ejemplo no hay varianza")
            mean, var = x.mean(dim=0), x.var(dim=0, correction=0)
            unbiased = var * len(x) / (len(x) - 1)
            m = self.momentum
            self.running_mean = (1 - m) * self.running_mean + m * mean
            self.running_var = (1 - m) * self.running_var + m * unbiased
        return (x - mean) / torch.sqrt(var + self.eps)


# %% wrong e20_2 updates_in_eval
# Actualiza también al evaluar.
class RunningNorm(nn.Module):
    def __init__(self, d, momentum=0.1, eps=1e-5):
        super().__init__()
        self.momentum, self.eps = momentum, eps
        self.register_buffer("running_mean", torch.zeros(d))
        self.register_buffer("running_var", torch.ones(d))

    def forward(self, x):
        mean, var = self.running_mean, self.running_var
        if self.training:
            if len(x) == 1:
                raise ValueError("con un solo ejemplo no hay varianza")
            mean, var = x.mean(dim=0), x.var(dim=0, correction=0)
            with torch.no_grad():
                unbiased = var * len(x) / (len(x) - 1)
                self.running_mean.lerp_(mean, self.momentum)
                self.running_var.lerp_(unbiased, self.momentum)
        else:
            with torch.no_grad():
                self.running_mean.lerp_(x.mean(dim=0), self.momentum)
        return (x - mean) / torch.sqrt(var + self.eps)


# %% wrong e20_2 biased_buffer
# La varianza que guarda es la sesgada.
class RunningNorm(nn.Module):
    def __init__(self, d, momentum=0.1, eps=1e-5):
        super().__init__()
        self.momentum, self.eps = momentum, eps
        self.register_buffer("running_mean", torch.zeros(d))
        self.register_buffer("running_var", torch.ones(d))

    def forward(self, x):
        mean, var = self.running_mean, self.running_var
        if self.training:
            if len(x) == 1:
                raise ValueError("con un solo ejemplo no hay varianza")
            mean, var = x.mean(dim=0), x.var(dim=0, correction=0)
            with torch.no_grad():
                unbiased = var
                self.running_mean.lerp_(mean, self.momentum)
                self.running_var.lerp_(unbiased, self.momentum)
        return (x - mean) / torch.sqrt(var + self.eps)


# %% wrong e20_2 unbiased_output
# Normaliza con la varianza insesgada.
class RunningNorm(nn.Module):
    def __init__(self, d, momentum=0.1, eps=1e-5):
        super().__init__()
        self.momentum, self.eps = momentum, eps
        self.register_buffer("running_mean", torch.zeros(d))
        self.register_buffer("running_var", torch.ones(d))

    def forward(self, x):
        mean, var = self.running_mean, self.running_var
        if self.training:
            if len(x) == 1:
                raise ValueError("con un solo ejemplo no hay varianza")
            mean, var = x.mean(dim=0), x.var(dim=0, correction=1)
            with torch.no_grad():
                unbiased = var
                self.running_mean.lerp_(mean, self.momentum)
                self.running_var.lerp_(unbiased, self.momentum)
        return (x - mean) / torch.sqrt(var + self.eps)


# %% wrong e20_2 detached_statistics
# El gradiente no atraviesa la media ni la varianza.
class RunningNorm(nn.Module):
    def __init__(self, d, momentum=0.1, eps=1e-5):
        super().__init__()
        self.momentum, self.eps = momentum, eps
        self.register_buffer("running_mean", torch.zeros(d))
        self.register_buffer("running_var", torch.ones(d))

    def forward(self, x):
        mean, var = self.running_mean, self.running_var
        if self.training:
            if len(x) == 1:
                raise ValueError("con un solo ejemplo no hay varianza")
            mean, var = x.mean(dim=0), x.var(dim=0, correction=0)
            with torch.no_grad():
                unbiased = var * len(x) / (len(x) - 1)
                self.running_mean.lerp_(mean, self.momentum)
                self.running_var.lerp_(unbiased, self.momentum)
        mean, var = mean.detach(), var.detach()
        return (x - mean) / torch.sqrt(var + self.eps)


# %% wrong e20_2 momentum_backwards
# El momento, al revés: pesa el pasado.
class RunningNorm(nn.Module):
    def __init__(self, d, momentum=0.1, eps=1e-5):
        super().__init__()
        self.momentum, self.eps = momentum, eps
        self.register_buffer("running_mean", torch.zeros(d))
        self.register_buffer("running_var", torch.ones(d))

    def forward(self, x):
        mean, var = self.running_mean, self.running_var
        if self.training:
            if len(x) == 1:
                raise ValueError("con un solo ejemplo no hay varianza")
            mean, var = x.mean(dim=0), x.var(dim=0, correction=0)
            with torch.no_grad():
                unbiased = var * len(x) / (len(x) - 1)
                self.running_mean.lerp_(mean, 1 - self.momentum)
                self.running_var.lerp_(unbiased, 1 - self.momentum)
        return (x - mean) / torch.sqrt(var + self.eps)


# %% wrong e20_2 parameters_not_buffers
# Parámetros sin gradiente: aparecen en parameters().
class RunningNorm(nn.Module):
    def __init__(self, d, momentum=0.1, eps=1e-5):
        super().__init__()
        self.momentum, self.eps = momentum, eps
        self.running_mean = nn.Parameter(torch.zeros(d), requires_grad=False)
        self.running_var = nn.Parameter(torch.ones(d), requires_grad=False)

    def forward(self, x):
        mean, var = self.running_mean, self.running_var
        if self.training:
            if len(x) == 1:
                raise ValueError("con un solo ejemplo no hay varianza")
            mean, var = x.mean(dim=0), x.var(dim=0, correction=0)
            with torch.no_grad():
                unbiased = var * len(x) / (len(x) - 1)
                self.running_mean.lerp_(mean, self.momentum)
                self.running_var.lerp_(unbiased, self.momentum)
        return (x - mean) / torch.sqrt(var + self.eps)


# %% wrong e20_2 single_sample_nan
# Con B = 1 al entrenar da nan en lugar de un error.
class RunningNorm(nn.Module):
    def __init__(self, d, momentum=0.1, eps=1e-5):
        super().__init__()
        self.momentum, self.eps = momentum, eps
        self.register_buffer("running_mean", torch.zeros(d))
        self.register_buffer("running_var", torch.ones(d))

    def forward(self, x):
        mean, var = self.running_mean, self.running_var
        if self.training:
            mean, var = x.mean(dim=0), x.var(dim=0, correction=0)
            with torch.no_grad():
                unbiased = var * len(x) / max(len(x) - 1, 1)
                self.running_mean.lerp_(mean, self.momentum)
                self.running_var.lerp_(unbiased, self.momentum)
        return (x - mean) / torch.sqrt(var + self.eps)


# %% wrong e20_2 refuses_single_in_eval
# Rechaza B = 1 también al evaluar.
class RunningNorm(nn.Module):
    def __init__(self, d, momentum=0.1, eps=1e-5):
        super().__init__()
        self.momentum, self.eps = momentum, eps
        self.register_buffer("running_mean", torch.zeros(d))
        self.register_buffer("running_var", torch.ones(d))

    def forward(self, x):
        mean, var = self.running_mean, self.running_var
        if len(x) == 1:
            raise ValueError("con un solo ejemplo no hay varianza")
        if self.training:
            mean, var = x.mean(dim=0), x.var(dim=0, correction=0)
            with torch.no_grad():
                unbiased = var * len(x) / (len(x) - 1)
                self.running_mean.lerp_(mean, self.momentum)
                self.running_var.lerp_(unbiased, self.momentum)
        return (x - mean) / torch.sqrt(var + self.eps)


# %% wrong e20_2 always_batch_statistics
# Al evaluar sigue usando el lote.
class RunningNorm(nn.Module):
    def __init__(self, d, momentum=0.1, eps=1e-5):
        super().__init__()
        self.momentum, self.eps = momentum, eps
        self.register_buffer("running_mean", torch.zeros(d))
        self.register_buffer("running_var", torch.ones(d))

    def forward(self, x):
        mean, var = self.running_mean, self.running_var
        if self.training:
            if len(x) == 1:
                raise ValueError("con un solo ejemplo no hay varianza")
            mean, var = x.mean(dim=0), x.var(dim=0, correction=0)
            with torch.no_grad():
                unbiased = var * len(x) / (len(x) - 1)
                self.running_mean.lerp_(mean, self.momentum)
                self.running_var.lerp_(unbiased, self.momentum)
        mean, var = x.mean(dim=0), x.var(dim=0, correction=0)
        return (x - mean) / torch.sqrt(var + self.eps)


# %% wrong e20_2 normalises_with_running
# Al entrenar normaliza con los búferes.
class RunningNorm(nn.Module):
    def __init__(self, d, momentum=0.1, eps=1e-5):
        super().__init__()
        self.momentum, self.eps = momentum, eps
        self.register_buffer("running_mean", torch.zeros(d))
        self.register_buffer("running_var", torch.ones(d))

    def forward(self, x):
        mean, var = self.running_mean, self.running_var
        if self.training:
            if len(x) == 1:
                raise ValueError("con un solo ejemplo no hay varianza")
            mean, var = x.mean(dim=0), x.var(dim=0, correction=0)
            with torch.no_grad():
                unbiased = var * len(x) / (len(x) - 1)
                self.running_mean.lerp_(mean, self.momentum)
                self.running_var.lerp_(unbiased, self.momentum)
        mean, var = self.running_mean, self.running_var
        return (x - mean) / torch.sqrt(var + self.eps)


# %% wrong e20_2 not_persistent
# Búferes que no se guardan.
class RunningNorm(nn.Module):
    def __init__(self, d, momentum=0.1, eps=1e-5):
        super().__init__()
        self.momentum, self.eps = momentum, eps
        self.register_buffer("running_mean", torch.zeros(d), persistent=False)
        self.register_buffer("running_var", torch.ones(d), persistent=False)

    def forward(self, x):
        mean, var = self.running_mean, self.running_var
        if self.training:
            if len(x) == 1:
                raise ValueError("con un solo ejemplo no hay varianza")
            mean, var = x.mean(dim=0), x.var(dim=0, correction=0)
            with torch.no_grad():
                unbiased = var * len(x) / (len(x) - 1)
                self.running_mean.lerp_(mean, self.momentum)
                self.running_var.lerp_(unbiased, self.momentum)
        return (x - mean) / torch.sqrt(var + self.eps)


# %% wrong e20_2 only_updates_with_grad
# Bajo no_grad no actualiza.
class RunningNorm(nn.Module):
    def __init__(self, d, momentum=0.1, eps=1e-5):
        super().__init__()
        self.momentum, self.eps = momentum, eps
        self.register_buffer("running_mean", torch.zeros(d))
        self.register_buffer("running_var", torch.ones(d))

    def forward(self, x):
        mean, var = self.running_mean, self.running_var
        if self.training:
            if len(x) == 1:
                raise ValueError("con un solo ejemplo no hay varianza")
            mean, var = x.mean(dim=0), x.var(dim=0, correction=0)
            if torch.is_grad_enabled():
                with torch.no_grad():
                    unbiased = var * len(x) / (len(x) - 1)
                    self.running_mean.lerp_(mean, self.momentum)
                    self.running_var.lerp_(unbiased, self.momentum)
        return (x - mean) / torch.sqrt(var + self.eps)


# %% wrong e20_2 uses_batchnorm
# Envuelve nn.BatchNorm1d.
class RunningNorm(nn.Module):
    def __init__(self, d, momentum=0.1, eps=1e-5):
        super().__init__()
        self.inner = nn.BatchNorm1d(d, eps, momentum, affine=False)

    def forward(self, x):
        return self.inner(x)


# %% right e20_2 detach_and_assign
# Reasigna los búferes con valores sin grafo.
class RunningNorm(nn.Module):
    def __init__(self, d, momentum=0.1, eps=1e-5):
        super().__init__()
        self.m = momentum
        self.eps = eps
        self.register_buffer("running_mean", torch.zeros(d))
        self.register_buffer("running_var", torch.ones(d))

    def forward(self, x):
        if not self.training:
            return (x - self.running_mean) * torch.rsqrt(self.running_var + self.eps)
        n = x.shape[0]
        if n < 2:
            raise ValueError("B = 1")
        mean = x.sum(0) / n
        centred = x - mean
        var = centred.pow(2).mean(0)
        self.running_mean = (1 - self.m) * self.running_mean + self.m * mean.detach()
        self.running_var = (1 - self.m) * self.running_var + self.m * x.detach().var(0)
        return centred * torch.rsqrt(var + self.eps)


# %% right e20_2 in_place_on_data
# En el sitio, con detach y F.layer_norm sobre la traspuesta.
class RunningNorm(nn.Module):
    def __init__(self, d, momentum=0.1, eps=1e-5):
        super().__init__()
        self.momentum, self.eps, self.d = momentum, eps, d
        for name, start in (("running_mean", 0.0), ("running_var", 1.0)):
            self.register_buffer(name, torch.full((d,), start))

    def forward(self, x):
        if self.training:
            if x.size(0) == 1:
                raise ValueError("hacen falta dos ejemplos")
            var, mean = torch.var_mean(x.detach(), dim=0)
            self.running_mean.mul_(1 - self.momentum).add_(self.momentum * mean)
            self.running_var.mul_(1 - self.momentum).add_(self.momentum * var)
            return F.layer_norm(x.T, (len(x),), eps=self.eps).T
        return (x - self.running_mean) / (self.running_var + self.eps) ** 0.5


# %% wrong e20_3 fixed_maximum
# Rellena hasta una longitud fija.
def pad_collate(batch, pad):
    lengths = torch.tensor([len(ids) for ids, _ in batch])
    table = torch.full((len(batch), max(16, int(lengths.max()))), pad)
    for row, (ids, _) in zip(table, batch, strict=True):
        row[: len(ids)] = ids
    mask = torch.arange(table.shape[1]) < lengths[:, None]
    return table, lengths, mask, torch.tensor([label for _, label in batch])


class BucketSampler:
    def __init__(self, lengths, batch_size, seed):
        self.lengths, self.batch_size = list(lengths), batch_size
        self.seed, self.epoch = seed, 0

    def set_epoch(self, epoch):
        self.epoch = epoch

    def __len__(self):
        return math.ceil(len(self.lengths) / self.batch_size)

    def __iter__(self):
        rng = np.random.default_rng([self.seed, self.epoch])
        shuffled = rng.permutation(len(self.lengths)).tolist()
        order = sorted(shuffled, key=self.lengths.__getitem__)
        for i in rng.permutation(len(self)).tolist():
            yield order[i * self.batch_size : (i + 1) * self.batch_size]


# %% wrong e20_3 mask_inverted
# La máscara, al revés.
def pad_collate(batch, pad):
    lengths = torch.tensor([len(ids) for ids, _ in batch])
    table = torch.full((len(batch), int(lengths.max())), pad)
    for row, (ids, _) in zip(table, batch, strict=True):
        row[: len(ids)] = ids
    mask = torch.arange(table.shape[1]) >= lengths[:, None]
    return table, lengths, mask, torch.tensor([label for _, label in batch])


class BucketSampler:
    def __init__(self, lengths, batch_size, seed):
        self.lengths, self.batch_size = list(lengths), batch_size
        self.seed, self.epoch = seed, 0

    def set_epoch(self, epoch):
        self.epoch = epoch

    def __len__(self):
        return math.ceil(len(self.lengths) / self.batch_size)

    def __iter__(self):
        rng = np.random.default_rng([self.seed, self.epoch])
        shuffled = rng.permutation(len(self.lengths)).tolist()
        order = sorted(shuffled, key=self.lengths.__getitem__)
        for i in rng.permutation(len(self)).tolist():
            yield order[i * self.batch_size : (i + 1) * self.batch_size]


# %% wrong e20_3 mask_from_pad
# La máscara sale de comparar con pad: un token puede valer lo mismo.
def pad_collate(batch, pad):
    lengths = torch.tensor([len(ids) for ids, _ in batch])
    table = torch.full((len(batch), int(lengths.max())), pad)
    for row, (ids, _) in zip(table, batch, strict=True):
        row[: len(ids)] = ids
    mask = table != pad
    return table, lengths, mask, torch.tensor([label for _, label in batch])


class BucketSampler:
    def __init__(self, lengths, batch_size, seed):
        self.lengths, self.batch_size = list(lengths), batch_size
        self.seed, self.epoch = seed, 0

    def set_epoch(self, epoch):
        self.epoch = epoch

    def __len__(self):
        return math.ceil(len(self.lengths) / self.batch_size)

    def __iter__(self):
        rng = np.random.default_rng([self.seed, self.epoch])
        shuffled = rng.permutation(len(self.lengths)).tolist()
        order = sorted(shuffled, key=self.lengths.__getitem__)
        for i in rng.permutation(len(self)).tolist():
            yield order[i * self.batch_size : (i + 1) * self.batch_size]


# %% wrong e20_3 left_padding
# Rellena a la izquierda.
def pad_collate(batch, pad):
    lengths = torch.tensor([len(ids) for ids, _ in batch])
    table = torch.full((len(batch), int(lengths.max())), pad)
    for row, (ids, _) in zip(table, batch, strict=True):
        row[len(row) - len(ids) :] = ids
    mask = torch.arange(table.shape[1]) < lengths[:, None]
    return table, lengths, mask, torch.tensor([label for _, label in batch])


class BucketSampler:
    def __init__(self, lengths, batch_size, seed):
        self.lengths, self.batch_size = list(lengths), batch_size
        self.seed, self.epoch = seed, 0

    def set_epoch(self, epoch):
        self.epoch = epoch

    def __len__(self):
        return math.ceil(len(self.lengths) / self.batch_size)

    def __iter__(self):
        rng = np.random.default_rng([self.seed, self.epoch])
        shuffled = rng.permutation(len(self.lengths)).tolist()
        order = sorted(shuffled, key=self.lengths.__getitem__)
        for i in rng.permutation(len(self)).tolist():
            yield order[i * self.batch_size : (i + 1) * self.batch_size]


# %% wrong e20_3 pads_with_zero
# Rellena siempre con 0.
def pad_collate(batch, pad):
    lengths = torch.tensor([len(ids) for ids, _ in batch])
    table = torch.full((len(batch), int(lengths.max())), 0)
    for row, (ids, _) in zip(table, batch, strict=True):
        row[: len(ids)] = ids
    mask = torch.arange(table.shape[1]) < lengths[:, None]
    return table, lengths, mask, torch.tensor([label for _, label in batch])


class BucketSampler:
    def __init__(self, lengths, batch_size, seed):
        self.lengths, self.batch_size = list(lengths), batch_size
        self.seed, self.epoch = seed, 0

    def set_epoch(self, epoch):
        self.epoch = epoch

    def __len__(self):
        return math.ceil(len(self.lengths) / self.batch_size)

    def __iter__(self):
        rng = np.random.default_rng([self.seed, self.epoch])
        shuffled = rng.permutation(len(self.lengths)).tolist()
        order = sorted(shuffled, key=self.lengths.__getitem__)
        for i in rng.permutation(len(self)).tolist():
            yield order[i * self.batch_size : (i + 1) * self.batch_size]


# %% wrong e20_3 float_labels
# Etiquetas float.
def pad_collate(batch, pad):
    lengths = torch.tensor([len(ids) for ids, _ in batch])
    table = torch.full((len(batch), int(lengths.max())), pad)
    for row, (ids, _) in zip(table, batch, strict=True):
        row[: len(ids)] = ids
    mask = torch.arange(table.shape[1]) < lengths[:, None]
    return table, lengths, mask, torch.tensor([float(label) for _, label in batch])


class BucketSampler:
    def __init__(self, lengths, batch_size, seed):
        self.lengths, self.batch_size = list(lengths), batch_size
        self.seed, self.epoch = seed, 0

    def set_epoch(self, epoch):
        self.epoch = epoch

    def __len__(self):
        return math.ceil(len(self.lengths) / self.batch_size)

    def __iter__(self):
        rng = np.random.default_rng([self.seed, self.epoch])
        shuffled = rng.permutation(len(self.lengths)).tolist()
        order = sorted(shuffled, key=self.lengths.__getitem__)
        for i in rng.permutation(len(self)).tolist():
            yield order[i * self.batch_size : (i + 1) * self.batch_size]


# %% wrong e20_3 sampler_without_epoch
# El muestreador no mira la época.
def pad_collate(batch, pad):
    lengths = torch.tensor([len(ids) for ids, _ in batch])
    table = torch.full((len(batch), int(lengths.max())), pad)
    for row, (ids, _) in zip(table, batch, strict=True):
        row[: len(ids)] = ids
    mask = torch.arange(table.shape[1]) < lengths[:, None]
    return table, lengths, mask, torch.tensor([label for _, label in batch])


class BucketSampler:
    def __init__(self, lengths, batch_size, seed):
        self.lengths, self.batch_size = list(lengths), batch_size
        self.seed, self.epoch = seed, 0

    def set_epoch(self, epoch):
        self.epoch = epoch

    def __len__(self):
        return math.ceil(len(self.lengths) / self.batch_size)

    def __iter__(self):
        rng = np.random.default_rng(self.seed)
        shuffled = rng.permutation(len(self.lengths)).tolist()
        order = sorted(shuffled, key=self.lengths.__getitem__)
        for i in rng.permutation(len(self)).tolist():
            yield order[i * self.batch_size : (i + 1) * self.batch_size]


# %% wrong e20_3 sampler_without_seed
# El muestreador no mira la semilla.
def pad_collate(batch, pad):
    lengths = torch.tensor([len(ids) for ids, _ in batch])
    table = torch.full((len(batch), int(lengths.max())), pad)
    for row, (ids, _) in zip(table, batch, strict=True):
        row[: len(ids)] = ids
    mask = torch.arange(table.shape[1]) < lengths[:, None]
    return table, lengths, mask, torch.tensor([label for _, label in batch])


class BucketSampler:
    def __init__(self, lengths, batch_size, seed):
        self.lengths, self.batch_size = list(lengths), batch_size
        self.seed, self.epoch = seed, 0

    def set_epoch(self, epoch):
        self.epoch = epoch

    def __len__(self):
        return math.ceil(len(self.lengths) / self.batch_size)

    def __iter__(self):
        rng = np.random.default_rng(self.epoch)
        shuffled = rng.permutation(len(self.lengths)).tolist()
        order = sorted(shuffled, key=self.lengths.__getitem__)
        for i in rng.permutation(len(self)).tolist():
            yield order[i * self.batch_size : (i + 1) * self.batch_size]


# %% wrong e20_3 random_batches
# Lotes al azar, sin mirar las longitudes.
def pad_collate(batch, pad):
    lengths = torch.tensor([len(ids) for ids, _ in batch])
    table = torch.full((len(batch), int(lengths.max())), pad)
    for row, (ids, _) in zip(table, batch, strict=True):
        row[: len(ids)] = ids
    mask = torch.arange(table.shape[1]) < lengths[:, None]
    return table, lengths, mask, torch.tensor([label for _, label in batch])


class BucketSampler:
    def __init__(self, lengths, batch_size, seed):
        self.lengths, self.batch_size = list(lengths), batch_size
        self.seed, self.epoch = seed, 0

    def set_epoch(self, epoch):
        self.epoch = epoch

    def __len__(self):
        return math.ceil(len(self.lengths) / self.batch_size)

    def __iter__(self):
        rng = np.random.default_rng([self.seed, self.epoch])
        shuffled = rng.permutation(len(self.lengths)).tolist()
        order = shuffled
        for i in rng.permutation(len(self)).tolist():
            yield order[i * self.batch_size : (i + 1) * self.batch_size]


# %% wrong e20_3 batches_in_order
# Los lotes van de cortos a largos.
def pad_collate(batch, pad):
    lengths = torch.tensor([len(ids) for ids, _ in batch])
    table = torch.full((len(batch), int(lengths.max())), pad)
    for row, (ids, _) in zip(table, batch, strict=True):
        row[: len(ids)] = ids
    mask = torch.arange(table.shape[1]) < lengths[:, None]
    return table, lengths, mask, torch.tensor([label for _, label in batch])


class BucketSampler:
    def __init__(self, lengths, batch_size, seed):
        self.lengths, self.batch_size = list(lengths), batch_size
        self.seed, self.epoch = seed, 0

    def set_epoch(self, epoch):
        self.epoch = epoch

    def __len__(self):
        return math.ceil(len(self.lengths) / self.batch_size)

    def __iter__(self):
        rng = np.random.default_rng([self.seed, self.epoch])
        shuffled = rng.permutation(len(self.lengths)).tolist()
        order = sorted(shuffled, key=self.lengths.__getitem__)
        for i in range(len(self)):
            yield order[i * self.batch_size : (i + 1) * self.batch_size]


# %% wrong e20_3 drops_last
# Pierde el último lote incompleto.
def pad_collate(batch, pad):
    lengths = torch.tensor([len(ids) for ids, _ in batch])
    table = torch.full((len(batch), int(lengths.max())), pad)
    for row, (ids, _) in zip(table, batch, strict=True):
        row[: len(ids)] = ids
    mask = torch.arange(table.shape[1]) < lengths[:, None]
    return table, lengths, mask, torch.tensor([label for _, label in batch])


class BucketSampler:
    def __init__(self, lengths, batch_size, seed):
        self.lengths, self.batch_size = list(lengths), batch_size
        self.seed, self.epoch = seed, 0

    def set_epoch(self, epoch):
        self.epoch = epoch

    def __len__(self):
        return len(self.lengths) // self.batch_size

    def __iter__(self):
        rng = np.random.default_rng([self.seed, self.epoch])
        shuffled = rng.permutation(len(self.lengths)).tolist()
        order = sorted(shuffled, key=self.lengths.__getitem__)
        for i in rng.permutation(len(self)).tolist():
            yield order[i * self.batch_size : (i + 1) * self.batch_size]


# %% wrong e20_3 global_rng
# Gasta el azar global de NumPy.
def pad_collate(batch, pad):
    lengths = torch.tensor([len(ids) for ids, _ in batch])
    table = torch.full((len(batch), int(lengths.max())), pad)
    for row, (ids, _) in zip(table, batch, strict=True):
        row[: len(ids)] = ids
    mask = torch.arange(table.shape[1]) < lengths[:, None]
    return table, lengths, mask, torch.tensor([label for _, label in batch])


class BucketSampler:
    def __init__(self, lengths, batch_size, seed):
        self.lengths, self.batch_size = list(lengths), batch_size
        self.seed, self.epoch = seed, 0

    def set_epoch(self, epoch):
        self.epoch = epoch

    def __len__(self):
        return math.ceil(len(self.lengths) / self.batch_size)

    def __iter__(self):
        np.random.seed(self.seed + self.epoch)
        rng = np.random
        shuffled = rng.permutation(len(self.lengths)).tolist()
        order = sorted(shuffled, key=self.lengths.__getitem__)
        for i in rng.permutation(len(self)).tolist():
            yield order[i * self.batch_size : (i + 1) * self.batch_size]


# %% wrong e20_3 one_generator
# Un generador para siempre: la misma época no se repite.
def pad_collate(batch, pad):
    lengths = torch.tensor([len(ids) for ids, _ in batch])
    table = torch.full((len(batch), int(lengths.max())), pad)
    for row, (ids, _) in zip(table, batch, strict=True):
        row[: len(ids)] = ids
    mask = torch.arange(table.shape[1]) < lengths[:, None]
    return table, lengths, mask, torch.tensor([label for _, label in batch])


class BucketSampler:
    def __init__(self, lengths, batch_size, seed):
        self.lengths, self.batch_size = list(lengths), batch_size
        self.seed, self.epoch = seed, 0
        self.rng = np.random.default_rng([seed, 0])

    def set_epoch(self, epoch):
        self.epoch = epoch

    def __len__(self):
        return math.ceil(len(self.lengths) / self.batch_size)

    def __iter__(self):
        rng = self.rng
        shuffled = rng.permutation(len(self.lengths)).tolist()
        order = sorted(shuffled, key=self.lengths.__getitem__)
        for i in rng.permutation(len(self)).tolist():
            yield order[i * self.batch_size : (i + 1) * self.batch_size]


# %% wrong e20_3 same_groups_every_epoch
# Solo cambia el orden de los lotes.
def pad_collate(batch, pad):
    lengths = torch.tensor([len(ids) for ids, _ in batch])
    table = torch.full((len(batch), int(lengths.max())), pad)
    for row, (ids, _) in zip(table, batch, strict=True):
        row[: len(ids)] = ids
    mask = torch.arange(table.shape[1]) < lengths[:, None]
    return table, lengths, mask, torch.tensor([label for _, label in batch])


class BucketSampler:
    def __init__(self, lengths, batch_size, seed):
        self.lengths, self.batch_size = list(lengths), batch_size
        self.seed, self.epoch = seed, 0

    def set_epoch(self, epoch):
        self.epoch = epoch

    def __len__(self):
        return math.ceil(len(self.lengths) / self.batch_size)

    def __iter__(self):
        rng = np.random.default_rng([self.seed, self.epoch])
        shuffled = range(len(self.lengths))
        order = sorted(shuffled, key=self.lengths.__getitem__)
        for i in rng.permutation(len(self)).tolist():
            yield order[i * self.batch_size : (i + 1) * self.batch_size]


# %% wrong e20_3 yields_arrays
# Da arrays de NumPy.
def pad_collate(batch, pad):
    lengths = torch.tensor([len(ids) for ids, _ in batch])
    table = torch.full((len(batch), int(lengths.max())), pad)
    for row, (ids, _) in zip(table, batch, strict=True):
        row[: len(ids)] = ids
    mask = torch.arange(table.shape[1]) < lengths[:, None]
    return table, lengths, mask, torch.tensor([label for _, label in batch])


class BucketSampler:
    def __init__(self, lengths, batch_size, seed):
        self.lengths, self.batch_size = list(lengths), batch_size
        self.seed, self.epoch = seed, 0

    def set_epoch(self, epoch):
        self.epoch = epoch

    def __len__(self):
        return math.ceil(len(self.lengths) / self.batch_size)

    def __iter__(self):
        rng = np.random.default_rng([self.seed, self.epoch])
        shuffled = rng.permutation(len(self.lengths)).tolist()
        order = sorted(shuffled, key=self.lengths.__getitem__)
        for i in rng.permutation(len(self)).tolist():
            yield np.array(order)[i * self.batch_size : (i + 1) * self.batch_size]


# %% right e20_3 pad_sequence
# Con pad_sequence y torch.randperm.
def pad_collate(batch, pad):
    sentences, labels = zip(*batch, strict=True)
    lengths = torch.tensor([s.numel() for s in sentences])
    ids = nn.utils.rnn.pad_sequence(sentences, batch_first=True, padding_value=pad)
    mask = torch.zeros(ids.shape, dtype=torch.bool)
    for i, n in enumerate(lengths.tolist()):
        mask[i, :n] = True
    return ids, lengths, mask, torch.as_tensor(labels)


class BucketSampler:
    def __init__(self, lengths, batch_size, seed):
        self.lengths = torch.as_tensor(lengths)
        self.size = batch_size
        self.seed = seed
        self.set_epoch(0)

    def set_epoch(self, epoch):
        self.epoch = epoch

    def __len__(self):
        return (len(self.lengths) + self.size - 1) // self.size

    def __iter__(self):
        g = torch.Generator().manual_seed(1_000_003 * self.seed + self.epoch)
        order = torch.randperm(len(self.lengths), generator=g)
        order = order[self.lengths[order].argsort(stable=True)]
        lots = order.split(self.size)
        mixed = torch.randperm(len(lots), generator=g)
        return iter([lots[i].tolist() for i in mixed])


# %% right e20_3 noisy_lengths
# Ordena por longitud con un poco de ruido y usa random.Random.
import random


def pad_collate(batch, pad):
    top = max(len(s) for s, _ in batch)
    rows = [s.tolist() + [pad] * (top - len(s)) for s, _ in batch]
    ids = torch.tensor(rows, dtype=torch.int64).reshape(len(batch), top)
    lengths = torch.tensor([len(s) for s, _ in batch], dtype=torch.int64)
    real = [[j < n for j in range(top)] for n in lengths.tolist()]
    mask = torch.tensor(real, dtype=torch.bool).reshape(len(batch), top)
    return ids, lengths, mask, torch.tensor([y for _, y in batch])


class BucketSampler:
    def __init__(self, lengths, batch_size, seed):
        self.lengths = tuple(lengths)
        self.batch_size = batch_size
        self.seed = seed
        self.epoch = 0

    def set_epoch(self, epoch):
        self.epoch = epoch

    def __len__(self):
        return -(-len(self.lengths) // self.batch_size)

    def __iter__(self):
        rng = random.Random(f"{self.seed}/{self.epoch}")
        noisy = [(n + rng.random(), i) for i, n in enumerate(self.lengths)]
        order = [i for _, i in sorted(noisy)]
        k = self.batch_size
        lots = [order[i : i + k] for i in range(0, len(order), k)]
        rng.shuffle(lots)
        yield from lots


# %% wrong e20_4 seed_per_rank
# Cada rango baraja con su semilla: se pisan.
class ShardSampler:
    def __init__(self, n, rank, world, seed=0, shuffle=True, drop_last=False):
        if not 0 <= rank < world:
            raise ValueError(f"rank = {rank} no está entre 0 y {world - 1}")
        self.n, self.rank, self.world, self.seed = n, rank, world, seed
        self.shuffle, self.drop_last, self.epoch = shuffle, drop_last, 0

    def set_epoch(self, epoch):
        self.epoch = epoch

    def __len__(self):
        return self.n // self.world if self.drop_last else -(-self.n // self.world)

    def __iter__(self):
        order = list(range(self.n))
        if self.shuffle:
            generator = torch.Generator().manual_seed(
                self.seed + self.epoch + self.rank
            )
            order = torch.randperm(self.n, generator=generator).tolist()
        for i in range(self.rank, len(self) * self.world, self.world):
            yield order[i % self.n]


# %% wrong e20_4 forgets_epoch
# Olvida la época: el mismo orden siempre.
class ShardSampler:
    def __init__(self, n, rank, world, seed=0, shuffle=True, drop_last=False):
        if not 0 <= rank < world:
            raise ValueError(f"rank = {rank} no está entre 0 y {world - 1}")
        self.n, self.rank, self.world, self.seed = n, rank, world, seed
        self.shuffle, self.drop_last, self.epoch = shuffle, drop_last, 0

    def set_epoch(self, epoch):
        self.epoch = epoch

    def __len__(self):
        return self.n // self.world if self.drop_last else -(-self.n // self.world)

    def __iter__(self):
        order = list(range(self.n))
        if self.shuffle:
            generator = torch.Generator().manual_seed(self.seed)
            order = torch.randperm(self.n, generator=generator).tolist()
        for i in range(self.rank, len(self) * self.world, self.world):
            yield order[i % self.n]


# %% wrong e20_4 forgets_seed
# Olvida la semilla.
class ShardSampler:
    def __init__(self, n, rank, world, seed=0, shuffle=True, drop_last=False):
        if not 0 <= rank < world:
            raise ValueError(f"rank = {rank} no está entre 0 y {world - 1}")
        self.n, self.rank, self.world, self.seed = n, rank, world, seed
        self.shuffle, self.drop_last, self.epoch = shuffle, drop_last, 0

    def set_epoch(self, epoch):
        self.epoch = epoch

    def __len__(self):
        return self.n // self.world if self.drop_last else -(-self.n // self.world)

    def __iter__(self):
        order = list(range(self.n))
        if self.shuffle:
            generator = torch.Generator().manual_seed(self.epoch)
            order = torch.randperm(self.n, generator=generator).tolist()
        for i in range(self.rank, len(self) * self.world, self.world):
            yield order[i % self.n]


# %% wrong e20_4 contiguous_blocks
# Bloques seguidos en lugar de alternos.
class ShardSampler:
    def __init__(self, n, rank, world, seed=0, shuffle=True, drop_last=False):
        if not 0 <= rank < world:
            raise ValueError(f"rank = {rank} no está entre 0 y {world - 1}")
        self.n, self.rank, self.world, self.seed = n, rank, world, seed
        self.shuffle, self.drop_last, self.epoch = shuffle, drop_last, 0

    def set_epoch(self, epoch):
        self.epoch = epoch

    def __len__(self):
        return self.n // self.world if self.drop_last else -(-self.n // self.world)

    def __iter__(self):
        order = list(range(self.n))
        if self.shuffle:
            generator = torch.Generator().manual_seed(self.seed + self.epoch)
            order = torch.randperm(self.n, generator=generator).tolist()
        for i in range(self.rank * len(self), (self.rank + 1) * len(self)):
            yield order[i % self.n]


# %% wrong e20_4 unequal_shards
# Partes desiguales: quien acaba antes deja esperando a los demás.
class ShardSampler:
    def __init__(self, n, rank, world, seed=0, shuffle=True, drop_last=False):
        if not 0 <= rank < world:
            raise ValueError(f"rank = {rank} no está entre 0 y {world - 1}")
        self.n, self.rank, self.world, self.seed = n, rank, world, seed
        self.shuffle, self.drop_last, self.epoch = shuffle, drop_last, 0

    def set_epoch(self, epoch):
        self.epoch = epoch

    def __len__(self):
        return self.n // self.world if self.drop_last else -(-self.n // self.world)

    def __iter__(self):
        order = list(range(self.n))
        if self.shuffle:
            generator = torch.Generator().manual_seed(self.seed + self.epoch)
            order = torch.randperm(self.n, generator=generator).tolist()
        for i in range(self.rank, self.n, self.world):
            yield order[i % self.n]


# %% wrong e20_4 pads_with_last
# Repite el último índice.
class ShardSampler:
    def __init__(self, n, rank, world, seed=0, shuffle=True, drop_last=False):
        if not 0 <= rank < world:
            raise ValueError(f"rank = {rank} no está entre 0 y {world - 1}")
        self.n, self.rank, self.world, self.seed = n, rank, world, seed
        self.shuffle, self.drop_last, self.epoch = shuffle, drop_last, 0

    def set_epoch(self, epoch):
        self.epoch = epoch

    def __len__(self):
        return self.n // self.world if self.drop_last else -(-self.n // self.world)

    def __iter__(self):
        order = list(range(self.n))
        if self.shuffle:
            generator = torch.Generator().manual_seed(self.seed + self.epoch)
            order = torch.randperm(self.n, generator=generator).tolist()
        for i in range(self.rank, len(self) * self.world, self.world):
            yield order[min(i, self.n - 1)]


# %% wrong e20_4 fails_when_small
# Con n < world se sale de la lista.
class ShardSampler:
    def __init__(self, n, rank, world, seed=0, shuffle=True, drop_last=False):
        if not 0 <= rank < world:
            raise ValueError(f"rank = {rank} no está entre 0 y {world - 1}")
        self.n, self.rank, self.world, self.seed = n, rank, world, seed
        self.shuffle, self.drop_last, self.epoch = shuffle, drop_last, 0

    def set_epoch(self, epoch):
        self.epoch = epoch

    def __len__(self):
        return self.n // self.world if self.drop_last else -(-self.n // self.world)

    def __iter__(self):
        order = list(range(self.n))
        if self.shuffle:
            generator = torch.Generator().manual_seed(self.seed + self.epoch)
            order = torch.randperm(self.n, generator=generator).tolist()
        for i in range(self.rank, len(self) * self.world, self.world):
            yield (order + order)[i]


# %% wrong e20_4 ignores_drop_last
# Nunca recorta.
class ShardSampler:
    def __init__(self, n, rank, world, seed=0, shuffle=True, drop_last=False):
        if not 0 <= rank < world:
            raise ValueError(f"rank = {rank} no está entre 0 y {world - 1}")
        self.n, self.rank, self.world, self.seed = n, rank, world, seed
        self.shuffle, self.drop_last, self.epoch = shuffle, drop_last, 0

    def set_epoch(self, epoch):
        self.epoch = epoch

    def __len__(self):
        return -(-self.n // self.world)

    def __iter__(self):
        order = list(range(self.n))
        if self.shuffle:
            generator = torch.Generator().manual_seed(self.seed + self.epoch)
            order = torch.randperm(self.n, generator=generator).tolist()
        for i in range(self.rank, len(self) * self.world, self.world):
            yield order[i % self.n]


# %% wrong e20_4 never_shuffles
# No baraja.
class ShardSampler:
    def __init__(self, n, rank, world, seed=0, shuffle=True, drop_last=False):
        if not 0 <= rank < world:
            raise ValueError(f"rank = {rank} no está entre 0 y {world - 1}")
        self.n, self.rank, self.world, self.seed = n, rank, world, seed
        self.shuffle, self.drop_last, self.epoch = shuffle, drop_last, 0

    def set_epoch(self, epoch):
        self.epoch = epoch

    def __len__(self):
        return self.n // self.world if self.drop_last else -(-self.n // self.world)

    def __iter__(self):
        order = list(range(self.n))
        if False:
            generator = torch.Generator().manual_seed(self.seed + self.epoch)
            order = torch.randperm(self.n, generator=generator).tolist()
        for i in range(self.rank, len(self) * self.world, self.world):
            yield order[i % self.n]


# %% wrong e20_4 shuffles_after_sharding
# Baraja su parte, no el conjunto.
class ShardSampler:
    def __init__(self, n, rank, world, seed=0, shuffle=True, drop_last=False):
        if not 0 <= rank < world:
            raise ValueError(f"rank = {rank} no está entre 0 y {world - 1}")
        self.n, self.rank, self.world, self.seed = n, rank, world, seed
        self.shuffle, self.drop_last, self.epoch = shuffle, drop_last, 0

    def set_epoch(self, epoch):
        self.epoch = epoch

    def __len__(self):
        return self.n // self.world if self.drop_last else -(-self.n // self.world)

    def __iter__(self):
        order = list(range(self.n))
        if self.shuffle:
            generator = torch.Generator().manual_seed(self.seed + self.epoch)
            order = torch.randperm(self.n, generator=generator).tolist()
        mine = [
            i % self.n for i in range(self.rank, len(self) * self.world, self.world)
        ]
        generator = torch.Generator().manual_seed(self.seed + self.epoch)
        if not self.shuffle:
            yield from mine
        else:
            for j in torch.randperm(len(mine), generator=generator).tolist():
                yield mine[j]


# %% wrong e20_4 overlapping
# Da a todos los rangos el mismo trozo.
class ShardSampler:
    def __init__(self, n, rank, world, seed=0, shuffle=True, drop_last=False):
        if not 0 <= rank < world:
            raise ValueError(f"rank = {rank} no está entre 0 y {world - 1}")
        self.n, self.rank, self.world, self.seed = n, rank, world, seed
        self.shuffle, self.drop_last, self.epoch = shuffle, drop_last, 0

    def set_epoch(self, epoch):
        self.epoch = epoch

    def __len__(self):
        return self.n // self.world if self.drop_last else -(-self.n // self.world)

    def __iter__(self):
        order = list(range(self.n))
        if self.shuffle:
            generator = torch.Generator().manual_seed(self.seed + self.epoch)
            order = torch.randperm(self.n, generator=generator).tolist()
        for i in range(0, len(self) * self.world, self.world):
            yield order[i % self.n]


# %% wrong e20_4 accepts_any_rank
# No comprueba el rango.
class ShardSampler:
    def __init__(self, n, rank, world, seed=0, shuffle=True, drop_last=False):
        self.n, self.rank, self.world, self.seed = n, rank, world, seed
        self.shuffle, self.drop_last, self.epoch = shuffle, drop_last, 0

    def set_epoch(self, epoch):
        self.epoch = epoch

    def __len__(self):
        return self.n // self.world if self.drop_last else -(-self.n // self.world)

    def __iter__(self):
        order = list(range(self.n))
        if self.shuffle:
            generator = torch.Generator().manual_seed(self.seed + self.epoch)
            order = torch.randperm(self.n, generator=generator).tolist()
        for i in range(self.rank, len(self) * self.world, self.world):
            yield order[i % self.n]


# %% wrong e20_4 global_seed
# Siembra el generador global.
class ShardSampler:
    def __init__(self, n, rank, world, seed=0, shuffle=True, drop_last=False):
        if not 0 <= rank < world:
            raise ValueError(f"rank = {rank} no está entre 0 y {world - 1}")
        self.n, self.rank, self.world, self.seed = n, rank, world, seed
        self.shuffle, self.drop_last, self.epoch = shuffle, drop_last, 0

    def set_epoch(self, epoch):
        self.epoch = epoch

    def __len__(self):
        return self.n // self.world if self.drop_last else -(-self.n // self.world)

    def __iter__(self):
        order = list(range(self.n))
        if self.shuffle:
            torch.manual_seed(self.seed + self.epoch)
            order = torch.randperm(self.n).tolist()
        for i in range(self.rank, len(self) * self.world, self.world):
            yield order[i % self.n]


# %% wrong e20_4 uses_distributed_sampler
# Llama a DistributedSampler.
class ShardSampler(torch.utils.data.DistributedSampler):
    def __init__(self, n, rank, world, seed=0, shuffle=True, drop_last=False):
        super().__init__(range(n), world, rank, shuffle, seed, drop_last)


# %% wrong e20_4 yields_tensors
# Da tensores, no enteros.
class ShardSampler:
    def __init__(self, n, rank, world, seed=0, shuffle=True, drop_last=False):
        if not 0 <= rank < world:
            raise ValueError(f"rank = {rank} no está entre 0 y {world - 1}")
        self.n, self.rank, self.world, self.seed = n, rank, world, seed
        self.shuffle, self.drop_last, self.epoch = shuffle, drop_last, 0

    def set_epoch(self, epoch):
        self.epoch = epoch

    def __len__(self):
        return self.n // self.world if self.drop_last else -(-self.n // self.world)

    def __iter__(self):
        order = list(range(self.n))
        if self.shuffle:
            generator = torch.Generator().manual_seed(self.seed + self.epoch)
            order = torch.randperm(self.n, generator=generator)
        for i in range(self.rank, len(self) * self.world, self.world):
            yield order[i % self.n]


# %% right e20_4 pad_then_slice
# Alarga la lista con repeticiones y corta.
class ShardSampler:
    def __init__(self, n, rank, world, seed=0, shuffle=True, drop_last=False):
        if rank not in range(world):
            raise ValueError("rango imposible")
        self.n = n
        self.rank, self.world = rank, world
        self.seed = seed
        self.shuffle = shuffle
        self.total = n // world * world if drop_last else math.ceil(n / world) * world
        self.epoch = 0

    def set_epoch(self, epoch):
        self.epoch = epoch

    def __len__(self):
        return self.total // self.world

    def __iter__(self):
        if self.shuffle:
            g = torch.Generator()
            g.manual_seed(self.epoch + self.seed)
            indices = torch.randperm(self.n, generator=g).tolist()
        else:
            indices = list(range(self.n))
        while len(indices) < self.total:
            indices = indices + indices[: self.total - len(indices)]
        return iter(indices[: self.total][self.rank :: self.world])


# %% right e20_4 with_numpy
# Con np.resize, que repite la lista.
class ShardSampler:
    def __init__(self, n, rank, world, seed=0, shuffle=True, drop_last=False):
        if rank < 0 or rank >= world:
            raise ValueError(rank)
        self.args = n, rank, world, seed, shuffle, drop_last
        self.epoch = 0

    def set_epoch(self, epoch):
        self.epoch = int(epoch)

    def __len__(self):
        n, _, world, _, _, drop_last = self.args
        return int(np.floor(n / world) if drop_last else np.ceil(n / world))

    def __iter__(self):
        n, rank, world, seed, shuffle, _ = self.args
        order = torch.arange(n)
        if shuffle:
            g = torch.Generator().manual_seed(seed + self.epoch)
            order = torch.randperm(n, generator=g)
        table = np.resize(order.numpy(), (len(self), world))
        yield from table[:, rank].tolist()


# %% wrong e20_5 strict_false
# load_state_dict(strict=False): con otra forma lanza un error.
def load_matching(model, state):
    state = {k.removeprefix("module."): v for k, v in state.items()}
    own = model.state_dict()
    result = model.load_state_dict(state, strict=False)
    return {
        "loaded": sorted(k for k in state if k in own),
        "missing": sorted(result.missing_keys),
        "unexpected": sorted(result.unexpected_keys),
        "mismatched": [],
    }


def freeze(model, prefix):
    part = model.get_submodule(prefix).eval()
    part.train = lambda *_: part
    return sum(p.requires_grad_(False).numel() for p in part.parameters())


# %% wrong e20_5 only_requires_grad
# Solo apaga el gradiente: las estadísticas siguen cambiando.
def load_matching(model, state):
    own, seen = model.state_dict(), set()
    report = {"loaded": [], "missing": [], "unexpected": [], "mismatched": []}
    for key, value in state.items():
        name = key.removeprefix("module.")
        seen.add(name)
        if name not in own:
            report["unexpected"].append(name)
        elif own[name].shape != value.shape:
            report["mismatched"].append(name)
        else:
            own[name].copy_(value)
            report["loaded"].append(name)
    report["missing"] = [name for name in own if name not in seen]
    return {kind: sorted(names) for kind, names in report.items()}


def freeze(model, prefix):
    part = model.get_submodule(prefix)
    return sum(p.requires_grad_(False).numel() for p in part.parameters())


# %% wrong e20_5 eval_once
# Pone eval() una vez: model.train() lo deshace.
def load_matching(model, state):
    own, seen = model.state_dict(), set()
    report = {"loaded": [], "missing": [], "unexpected": [], "mismatched": []}
    for key, value in state.items():
        name = key.removeprefix("module.")
        seen.add(name)
        if name not in own:
            report["unexpected"].append(name)
        elif own[name].shape != value.shape:
            report["mismatched"].append(name)
        else:
            own[name].copy_(value)
            report["loaded"].append(name)
    report["missing"] = [name for name in own if name not in seen]
    return {kind: sorted(names) for kind, names in report.items()}


def freeze(model, prefix):
    part = model.get_submodule(prefix).eval()
    return sum(p.requires_grad_(False).numel() for p in part.parameters())


# %% wrong e20_5 keeps_training
# Impide cambiar de modo, pero no lo pone en evaluación.
def load_matching(model, state):
    own, seen = model.state_dict(), set()
    report = {"loaded": [], "missing": [], "unexpected": [], "mismatched": []}
    for key, value in state.items():
        name = key.removeprefix("module.")
        seen.add(name)
        if name not in own:
            report["unexpected"].append(name)
        elif own[name].shape != value.shape:
            report["mismatched"].append(name)
        else:
            own[name].copy_(value)
            report["loaded"].append(name)
    report["missing"] = [name for name in own if name not in seen]
    return {kind: sorted(names) for kind, names in report.items()}


def freeze(model, prefix):
    part = model.get_submodule(prefix)
    part.train = lambda *_: part
    return sum(p.requires_grad_(False).numel() for p in part.parameters())


# %% wrong e20_5 shares_storage
# Asigna .data: comparte memoria con state.
def load_matching(model, state):
    own, seen = model.state_dict(), set()
    report = {"loaded": [], "missing": [], "unexpected": [], "mismatched": []}
    for key, value in state.items():
        name = key.removeprefix("module.")
        seen.add(name)
        if name not in own:
            report["unexpected"].append(name)
        elif own[name].shape != value.shape:
            report["mismatched"].append(name)
        else:
            owner, _, leaf = name.rpartition(".")
            target = getattr(model.get_submodule(owner), leaf)
            target.data = value.to(target.dtype)
            report["loaded"].append(name)
    report["missing"] = [name for name in own if name not in seen]
    return {kind: sorted(names) for kind, names in report.items()}


def freeze(model, prefix):
    part = model.get_submodule(prefix).eval()
    part.train = lambda *_: part
    return sum(p.requires_grad_(False).numel() for p in part.parameters())


# %% wrong e20_5 keeps_foreign_dtype
# Asigna .data sin convertir el dtype.
def load_matching(model, state):
    own, seen = model.state_dict(), set()
    report = {"loaded": [], "missing": [], "unexpected": [], "mismatched": []}
    for key, value in state.items():
        name = key.removeprefix("module.")
        seen.add(name)
        if name not in own:
            report["unexpected"].append(name)
        elif own[name].shape != value.shape:
            report["mismatched"].append(name)
        else:
            owner, _, leaf = name.rpartition(".")
            getattr(model.get_submodule(owner), leaf).data = value.clone()
            report["loaded"].append(name)
    report["missing"] = [name for name in own if name not in seen]
    return {kind: sorted(names) for kind, names in report.items()}


def freeze(model, prefix):
    part = model.get_submodule(prefix).eval()
    part.train = lambda *_: part
    return sum(p.requires_grad_(False).numel() for p in part.parameters())


# %% wrong e20_5 new_parameters
# Crea parámetros nuevos: el optimizador pierde los suyos.
def load_matching(model, state):
    own, seen = model.state_dict(), set()
    report = {"loaded": [], "missing": [], "unexpected": [], "mismatched": []}
    for key, value in state.items():
        name = key.removeprefix("module.")
        seen.add(name)
        if name not in own:
            report["unexpected"].append(name)
        elif own[name].shape != value.shape:
            report["mismatched"].append(name)
        else:
            owner, _, leaf = name.rpartition(".")
            module = model.get_submodule(owner)
            if leaf in module._parameters:
                setattr(module, leaf, nn.Parameter(value.to(own[name].dtype).clone()))
            else:
                own[name].copy_(value)
            report["loaded"].append(name)
    report["missing"] = [name for name in own if name not in seen]
    return {kind: sorted(names) for kind, names in report.items()}


def freeze(model, prefix):
    part = model.get_submodule(prefix).eval()
    part.train = lambda *_: part
    return sum(p.requires_grad_(False).numel() for p in part.parameters())


# %% wrong e20_5 keeps_prefix
# No quita module.
def load_matching(model, state):
    own, seen = model.state_dict(), set()
    report = {"loaded": [], "missing": [], "unexpected": [], "mismatched": []}
    for key, value in state.items():
        name = key
        seen.add(name)
        if name not in own:
            report["unexpected"].append(name)
        elif own[name].shape != value.shape:
            report["mismatched"].append(name)
        else:
            own[name].copy_(value)
            report["loaded"].append(name)
    report["missing"] = [name for name in own if name not in seen]
    return {kind: sorted(names) for kind, names in report.items()}


def freeze(model, prefix):
    part = model.get_submodule(prefix).eval()
    part.train = lambda *_: part
    return sum(p.requires_grad_(False).numel() for p in part.parameters())


# %% wrong e20_5 strips_everywhere
# Quita module. donde sea.
def load_matching(model, state):
    own, seen = model.state_dict(), set()
    report = {"loaded": [], "missing": [], "unexpected": [], "mismatched": []}
    for key, value in state.items():
        name = key.replace("module.", "")
        seen.add(name)
        if name not in own:
            report["unexpected"].append(name)
        elif own[name].shape != value.shape:
            report["mismatched"].append(name)
        else:
            own[name].copy_(value)
            report["loaded"].append(name)
    report["missing"] = [name for name in own if name not in seen]
    return {kind: sorted(names) for kind, names in report.items()}


def freeze(model, prefix):
    part = model.get_submodule(prefix).eval()
    part.train = lambda *_: part
    return sum(p.requires_grad_(False).numel() for p in part.parameters())


# %% wrong e20_5 parameters_only
# Olvida los búferes.
def load_matching(model, state):
    own, seen = {k: v.data for k, v in model.named_parameters()}, set()
    report = {"loaded": [], "missing": [], "unexpected": [], "mismatched": []}
    for key, value in state.items():
        name = key.removeprefix("module.")
        seen.add(name)
        if name not in own:
            report["unexpected"].append(name)
        elif own[name].shape != value.shape:
            report["mismatched"].append(name)
        else:
            own[name].copy_(value)
            report["loaded"].append(name)
    report["missing"] = [name for name in own if name not in seen]
    return {kind: sorted(names) for kind, names in report.items()}


def freeze(model, prefix):
    part = model.get_submodule(prefix).eval()
    part.train = lambda *_: part
    return sum(p.requires_grad_(False).numel() for p in part.parameters())


# %% wrong e20_5 compares_numel
# Compara el número de elementos, y copia con broadcasting.
def load_matching(model, state):
    own, seen = model.state_dict(), set()
    report = {"loaded": [], "missing": [], "unexpected": [], "mismatched": []}
    for key, value in state.items():
        name = key.removeprefix("module.")
        seen.add(name)
        if name not in own:
            report["unexpected"].append(name)
        elif own[name].dim() != value.dim():
            report["mismatched"].append(name)
        else:
            own[name].copy_(value)
            report["loaded"].append(name)
    report["missing"] = [name for name in own if name not in seen]
    return {kind: sorted(names) for kind, names in report.items()}


def freeze(model, prefix):
    part = model.get_submodule(prefix).eval()
    part.train = lambda *_: part
    return sum(p.requires_grad_(False).numel() for p in part.parameters())


# %% wrong e20_5 mismatched_counts_as_missing
# Lo que no encaja, también como missing.
def load_matching(model, state):
    own, seen = model.state_dict(), set()
    report = {"loaded": [], "missing": [], "unexpected": [], "mismatched": []}
    for key, value in state.items():
        name = key.removeprefix("module.")
        if name not in own:
            report["unexpected"].append(name)
        elif own[name].shape != value.shape:
            report["mismatched"].append(name)
        else:
            own[name].copy_(value)
            report["loaded"].append(name)
            seen.add(name)
    report["missing"] = [name for name in own if name not in seen]
    return {kind: sorted(names) for kind, names in report.items()}


def freeze(model, prefix):
    part = model.get_submodule(prefix).eval()
    part.train = lambda *_: part
    return sum(p.requires_grad_(False).numel() for p in part.parameters())


# %% wrong e20_5 unsorted
# No ordena los nombres.
def load_matching(model, state):
    own, seen = model.state_dict(), set()
    report = {"loaded": [], "missing": [], "unexpected": [], "mismatched": []}
    for key, value in state.items():
        name = key.removeprefix("module.")
        seen.add(name)
        if name not in own:
            report["unexpected"].append(name)
        elif own[name].shape != value.shape:
            report["mismatched"].append(name)
        else:
            own[name].copy_(value)
            report["loaded"].append(name)
    report["missing"] = [name for name in own if name not in seen]
    return report


def freeze(model, prefix):
    part = model.get_submodule(prefix).eval()
    part.train = lambda *_: part
    return sum(p.requires_grad_(False).numel() for p in part.parameters())


# %% wrong e20_5 pops_from_state
# Va sacando de state lo que usa.
def load_matching(model, state):
    own, seen = model.state_dict(), set()
    report = {"loaded": [], "missing": [], "unexpected": [], "mismatched": []}
    for key in list(state):
        value = state.pop(key)
        name = key.removeprefix("module.")
        seen.add(name)
        if name not in own:
            report["unexpected"].append(name)
        elif own[name].shape != value.shape:
            report["mismatched"].append(name)
        else:
            own[name].copy_(value)
            report["loaded"].append(name)
    report["missing"] = [name for name in own if name not in seen]
    return {kind: sorted(names) for kind, names in report.items()}


def freeze(model, prefix):
    part = model.get_submodule(prefix).eval()
    part.train = lambda *_: part
    return sum(p.requires_grad_(False).numel() for p in part.parameters())


# %% wrong e20_5 prefix_as_text
# Congela también lo que empieza igual (body2).
def load_matching(model, state):
    own, seen = model.state_dict(), set()
    report = {"loaded": [], "missing": [], "unexpected": [], "mismatched": []}
    for key, value in state.items():
        name = key.removeprefix("module.")
        seen.add(name)
        if name not in own:
            report["unexpected"].append(name)
        elif own[name].shape != value.shape:
            report["mismatched"].append(name)
        else:
            own[name].copy_(value)
            report["loaded"].append(name)
    report["missing"] = [name for name in own if name not in seen]
    return {kind: sorted(names) for kind, names in report.items()}


def freeze(model, prefix):
    part = model.get_submodule(prefix).eval()
    part.train = lambda *_: part
    return sum(
        p.requires_grad_(False).numel()
        for name, p in model.named_parameters()
        if name.startswith(prefix)
    )


# %% wrong e20_5 counts_tensors
# Cuenta tensores, no números.
def load_matching(model, state):
    own, seen = model.state_dict(), set()
    report = {"loaded": [], "missing": [], "unexpected": [], "mismatched": []}
    for key, value in state.items():
        name = key.removeprefix("module.")
        seen.add(name)
        if name not in own:
            report["unexpected"].append(name)
        elif own[name].shape != value.shape:
            report["mismatched"].append(name)
        else:
            own[name].copy_(value)
            report["loaded"].append(name)
    report["missing"] = [name for name in own if name not in seen]
    return {kind: sorted(names) for kind, names in report.items()}


def freeze(model, prefix):
    part = model.get_submodule(prefix).eval()
    part.train = lambda *_: part
    return len([p.requires_grad_(False) for p in part.parameters()])


# %% wrong e20_5 freezes_whole_mode
# Deja todo el modelo en evaluación para siempre.
def load_matching(model, state):
    own, seen = model.state_dict(), set()
    report = {"loaded": [], "missing": [], "unexpected": [], "mismatched": []}
    for key, value in state.items():
        name = key.removeprefix("module.")
        seen.add(name)
        if name not in own:
            report["unexpected"].append(name)
        elif own[name].shape != value.shape:
            report["mismatched"].append(name)
        else:
            own[name].copy_(value)
            report["loaded"].append(name)
    report["missing"] = [name for name in own if name not in seen]
    return {kind: sorted(names) for kind, names in report.items()}


def freeze(model, prefix):
    part = model.get_submodule(prefix).eval()
    for module in model.modules():
        module.train = lambda *_, module=module: module
    return sum(p.requires_grad_(False).numel() for p in part.parameters())


# %% right e20_5 hooks
# Un gancho que apaga el entrenamiento antes de cada paso.
def load_matching(model, state):
    clean = {k[7:] if k.startswith("module.") else k: v for k, v in state.items()}
    own = model.state_dict()
    both = own.keys() & clean.keys()
    fits = {k for k in both if tuple(own[k].shape) == tuple(clean[k].shape)}
    with torch.no_grad():
        for k in fits:
            own[k][...] = clean[k].to(own[k].dtype)
    return {
        "loaded": sorted(fits),
        "mismatched": sorted(both - fits),
        "missing": sorted(own.keys() - clean.keys()),
        "unexpected": sorted(clean.keys() - own.keys()),
    }


class _Frozen:
    def train(self, mode=True):
        return self


def freeze(model, prefix):
    part = model if prefix == "" else model.get_submodule(prefix)
    part.eval()
    total = 0
    for module in part.modules():
        cls = type(module)
        module.__class__ = type(cls.__name__, (_Frozen, cls), {})
    for p in part.parameters():
        p.requires_grad = False
        total += p.numel()
    return total


# %% right e20_5 partial_load
# load_state_dict con solo lo que encaja.
import types


def load_matching(model, state):
    own = model.state_dict()
    report = {k: [] for k in ("loaded", "missing", "unexpected", "mismatched")}
    good = {}
    for name, tensor in state.items():
        if name.startswith("module."):
            name = name[len("module.") :]
        if name in own and own[name].shape == tensor.shape:
            good[name] = tensor
            report["loaded"] += [name]
        else:
            report["mismatched" if name in own else "unexpected"] += [name]
    model.load_state_dict(good, strict=False)
    report["missing"] = [
        k for k in own if k not in good and k not in report["mismatched"]
    ]
    for names in report.values():
        names.sort()
    return report


def freeze(model, prefix):
    part = dict(model.named_modules())[prefix]
    part.eval()
    part.requires_grad_(False)
    for module in part.modules():
        module.train = types.MethodType(lambda self, mode=True: self, module)
    return sum(p.numel() for p in part.parameters())


# %% wrong e20_6 verifies_in_memory
# Compara el objeto de la memoria, no el archivo.
def export_and_verify(model, examples, path, kind, tol=1e-5):
    if kind not in ("torchscript", "export"):
        raise ValueError(f"kind «{kind}» no existe: torchscript o export")
    modes = {module: module.training for module in model.modules()}
    model.eval()
    try:
        with torch.no_grad():
            if kind == "torchscript":
                loaded = torch.jit.trace(model, examples[0])
                torch.jit.save(loaded, path)
            else:
                batch = {0: torch.export.Dim("batch")}
                args = (examples[0],)
                program = torch.export.export(model, args, dynamic_shapes=(batch,))
                torch.export.save(program, path)
                loaded = program.module()
            gaps = [(loaded(x) - model(x)).abs().max().item() for x in examples]
    except Exception:
        return {"max_diff": math.inf, "ok": False, "bytes": 0}
    finally:
        for module, mode in modes.items():
            module.training = mode
    gap = max(gaps)
    return {"max_diff": gap, "ok": gap <= tol, "bytes": os.path.getsize(path)}


# %% wrong e20_6 only_first_example
# Solo compara el ejemplo de la traza.
def export_and_verify(model, examples, path, kind, tol=1e-5):
    if kind not in ("torchscript", "export"):
        raise ValueError(f"kind «{kind}» no existe: torchscript o export")
    modes = {module: module.training for module in model.modules()}
    model.eval()
    try:
        with torch.no_grad():
            if kind == "torchscript":
                torch.jit.save(torch.jit.trace(model, examples[0]), path)
                loaded = torch.jit.load(path)
            else:
                batch = {0: torch.export.Dim("batch")}
                args = (examples[0],)
                program = torch.export.export(model, args, dynamic_shapes=(batch,))
                torch.export.save(program, path)
                loaded = torch.export.load(path).module()
            gaps = [(loaded(x) - model(x)).abs().max().item() for x in examples[:1]]
    except Exception:
        return {"max_diff": math.inf, "ok": False, "bytes": 0}
    finally:
        for module, mode in modes.items():
            module.training = mode
    gap = max(gaps)
    return {"max_diff": gap, "ok": gap <= tol, "bytes": os.path.getsize(path)}


# %% wrong e20_6 only_last_gap
# Se queda con la última diferencia.
def export_and_verify(model, examples, path, kind, tol=1e-5):
    if kind not in ("torchscript", "export"):
        raise ValueError(f"kind «{kind}» no existe: torchscript o export")
    modes = {module: module.training for module in model.modules()}
    model.eval()
    try:
        with torch.no_grad():
            if kind == "torchscript":
                torch.jit.save(torch.jit.trace(model, examples[0]), path)
                loaded = torch.jit.load(path)
            else:
                batch = {0: torch.export.Dim("batch")}
                args = (examples[0],)
                program = torch.export.export(model, args, dynamic_shapes=(batch,))
                torch.export.save(program, path)
                loaded = torch.export.load(path).module()
            gaps = [(loaded(x) - model(x)).abs().max().item() for x in examples]
    except Exception:
        return {"max_diff": math.inf, "ok": False, "bytes": 0}
    finally:
        for module, mode in modes.items():
            module.training = mode
    gap = gaps[-1]
    return {"max_diff": gap, "ok": gap <= tol, "bytes": os.path.getsize(path)}


# %% wrong e20_6 dropout_active
# Exporta y compara en el modo que haya.
def export_and_verify(model, examples, path, kind, tol=1e-5):
    if kind not in ("torchscript", "export"):
        raise ValueError(f"kind «{kind}» no existe: torchscript o export")
    modes = {module: module.training for module in model.modules()}
    try:
        with torch.no_grad():
            if kind == "torchscript":
                torch.jit.save(torch.jit.trace(model, examples[0]), path)
                loaded = torch.jit.load(path)
            else:
                batch = {0: torch.export.Dim("batch")}
                args = (examples[0],)
                program = torch.export.export(model, args, dynamic_shapes=(batch,))
                torch.export.save(program, path)
                loaded = torch.export.load(path).module()
            gaps = [(loaded(x) - model(x)).abs().max().item() for x in examples]
    except Exception:
        return {"max_diff": math.inf, "ok": False, "bytes": 0}
    finally:
        for module, mode in modes.items():
            module.training = mode
    gap = max(gaps)
    return {"max_diff": gap, "ok": gap <= tol, "bytes": os.path.getsize(path)}


# %% wrong e20_6 does_not_restore
# No devuelve el modo.
def export_and_verify(model, examples, path, kind, tol=1e-5):
    if kind not in ("torchscript", "export"):
        raise ValueError(f"kind «{kind}» no existe: torchscript o export")
    modes = {module: module.training for module in model.modules()}
    model.eval()
    try:
        with torch.no_grad():
            if kind == "torchscript":
                torch.jit.save(torch.jit.trace(model, examples[0]), path)
                loaded = torch.jit.load(path)
            else:
                batch = {0: torch.export.Dim("batch")}
                args = (examples[0],)
                program = torch.export.export(model, args, dynamic_shapes=(batch,))
                torch.export.save(program, path)
                loaded = torch.export.load(path).module()
            gaps = [(loaded(x) - model(x)).abs().max().item() for x in examples]
    except Exception:
        return {"max_diff": math.inf, "ok": False, "bytes": 0}
    gap = max(gaps)
    return {"max_diff": gap, "ok": gap <= tol, "bytes": os.path.getsize(path)}


# %% wrong e20_6 restores_with_train
# Devuelve model.train(): pierde lo que estaba congelado.
def export_and_verify(model, examples, path, kind, tol=1e-5):
    if kind not in ("torchscript", "export"):
        raise ValueError(f"kind «{kind}» no existe: torchscript o export")
    modes = {module: module.training for module in model.modules()}
    model.eval()
    try:
        with torch.no_grad():
            if kind == "torchscript":
                torch.jit.save(torch.jit.trace(model, examples[0]), path)
                loaded = torch.jit.load(path)
            else:
                batch = {0: torch.export.Dim("batch")}
                args = (examples[0],)
                program = torch.export.export(model, args, dynamic_shapes=(batch,))
                torch.export.save(program, path)
                loaded = torch.export.load(path).module()
            gaps = [(loaded(x) - model(x)).abs().max().item() for x in examples]
    except Exception:
        return {"max_diff": math.inf, "ok": False, "bytes": 0}
    finally:
        model.train(modes[model])
    gap = max(gaps)
    return {"max_diff": gap, "ok": gap <= tol, "bytes": os.path.getsize(path)}


# %% wrong e20_6 restores_only_on_success
# Si hay un error, se queda en evaluación.
def export_and_verify(model, examples, path, kind, tol=1e-5):
    if kind not in ("torchscript", "export"):
        raise ValueError(f"kind «{kind}» no existe: torchscript o export")
    modes = {module: module.training for module in model.modules()}
    model.eval()
    try:
        with torch.no_grad():
            if kind == "torchscript":
                torch.jit.save(torch.jit.trace(model, examples[0]), path)
                loaded = torch.jit.load(path)
            else:
                batch = {0: torch.export.Dim("batch")}
                args = (examples[0],)
                program = torch.export.export(model, args, dynamic_shapes=(batch,))
                torch.export.save(program, path)
                loaded = torch.export.load(path).module()
            gaps = [(loaded(x) - model(x)).abs().max().item() for x in examples]
    except Exception:
        return {"max_diff": math.inf, "ok": False, "bytes": 0}
    for module, mode in modes.items():
        module.training = mode
    gap = max(gaps)
    return {"max_diff": gap, "ok": gap <= tol, "bytes": os.path.getsize(path)}


# %% wrong e20_6 static_batch
# Lote fijo: con otro tamaño falla.
def export_and_verify(model, examples, path, kind, tol=1e-5):
    if kind not in ("torchscript", "export"):
        raise ValueError(f"kind «{kind}» no existe: torchscript o export")
    modes = {module: module.training for module in model.modules()}
    model.eval()
    try:
        with torch.no_grad():
            if kind == "torchscript":
                torch.jit.save(torch.jit.trace(model, examples[0]), path)
                loaded = torch.jit.load(path)
            else:
                args = (examples[0],)
                program = torch.export.export(model, args)
                torch.export.save(program, path)
                loaded = torch.export.load(path).module()
            gaps = [(loaded(x) - model(x)).abs().max().item() for x in examples]
    except Exception:
        return {"max_diff": math.inf, "ok": False, "bytes": 0}
    finally:
        for module, mode in modes.items():
            module.training = mode
    gap = max(gaps)
    return {"max_diff": gap, "ok": gap <= tol, "bytes": os.path.getsize(path)}


# %% wrong e20_6 lets_errors_through
# No atrapa los errores.
def export_and_verify(model, examples, path, kind, tol=1e-5):
    if kind not in ("torchscript", "export"):
        raise ValueError(f"kind «{kind}» no existe: torchscript o export")
    modes = {module: module.training for module in model.modules()}
    model.eval()
    try:
        with torch.no_grad():
            if kind == "torchscript":
                torch.jit.save(torch.jit.trace(model, examples[0]), path)
                loaded = torch.jit.load(path)
            else:
                batch = {0: torch.export.Dim("batch")}
                args = (examples[0],)
                program = torch.export.export(model, args, dynamic_shapes=(batch,))
                torch.export.save(program, path)
                loaded = torch.export.load(path).module()
            gaps = [(loaded(x) - model(x)).abs().max().item() for x in examples]
    finally:
        for module, mode in modes.items():
            module.training = mode
    gap = max(gaps)
    return {"max_diff": gap, "ok": gap <= tol, "bytes": os.path.getsize(path)}


# %% wrong e20_6 unknown_kind_as_export
# Cualquier otro kind, export.
def export_and_verify(model, examples, path, kind, tol=1e-5):
    modes = {module: module.training for module in model.modules()}
    model.eval()
    try:
        with torch.no_grad():
            if kind == "torchscript":
                torch.jit.save(torch.jit.trace(model, examples[0]), path)
                loaded = torch.jit.load(path)
            else:
                batch = {0: torch.export.Dim("batch")}
                args = (examples[0],)
                program = torch.export.export(model, args, dynamic_shapes=(batch,))
                torch.export.save(program, path)
                loaded = torch.export.load(path).module()
            gaps = [(loaded(x) - model(x)).abs().max().item() for x in examples]
    except Exception:
        return {"max_diff": math.inf, "ok": False, "bytes": 0}
    finally:
        for module, mode in modes.items():
            module.training = mode
    gap = max(gaps)
    return {"max_diff": gap, "ok": gap <= tol, "bytes": os.path.getsize(path)}


# %% wrong e20_6 ignores_tolerance
# La tolerancia, fija.
def export_and_verify(model, examples, path, kind, tol=1e-5):
    if kind not in ("torchscript", "export"):
        raise ValueError(f"kind «{kind}» no existe: torchscript o export")
    modes = {module: module.training for module in model.modules()}
    model.eval()
    try:
        with torch.no_grad():
            if kind == "torchscript":
                torch.jit.save(torch.jit.trace(model, examples[0]), path)
                loaded = torch.jit.load(path)
            else:
                batch = {0: torch.export.Dim("batch")}
                args = (examples[0],)
                program = torch.export.export(model, args, dynamic_shapes=(batch,))
                torch.export.save(program, path)
                loaded = torch.export.load(path).module()
            gaps = [(loaded(x) - model(x)).abs().max().item() for x in examples]
    except Exception:
        return {"max_diff": math.inf, "ok": False, "bytes": 0}
    finally:
        for module, mode in modes.items():
            module.training = mode
    gap = max(gaps)
    return {"max_diff": gap, "ok": gap <= 1e-5, "bytes": os.path.getsize(path)}


# %% wrong e20_6 signed_difference
# Diferencia sin valor absoluto.
def export_and_verify(model, examples, path, kind, tol=1e-5):
    if kind not in ("torchscript", "export"):
        raise ValueError(f"kind «{kind}» no existe: torchscript o export")
    modes = {module: module.training for module in model.modules()}
    model.eval()
    try:
        with torch.no_grad():
            if kind == "torchscript":
                torch.jit.save(torch.jit.trace(model, examples[0]), path)
                loaded = torch.jit.load(path)
            else:
                batch = {0: torch.export.Dim("batch")}
                args = (examples[0],)
                program = torch.export.export(model, args, dynamic_shapes=(batch,))
                torch.export.save(program, path)
                loaded = torch.export.load(path).module()
            gaps = [(loaded(x) - model(x)).max().item() for x in examples]
    except Exception:
        return {"max_diff": math.inf, "ok": False, "bytes": 0}
    finally:
        for module, mode in modes.items():
            module.training = mode
    gap = max(gaps)
    return {"max_diff": gap, "ok": gap <= tol, "bytes": os.path.getsize(path)}


# %% wrong e20_6 mean_difference
# La diferencia media, no la mayor.
def export_and_verify(model, examples, path, kind, tol=1e-5):
    if kind not in ("torchscript", "export"):
        raise ValueError(f"kind «{kind}» no existe: torchscript o export")
    modes = {module: module.training for module in model.modules()}
    model.eval()
    try:
        with torch.no_grad():
            if kind == "torchscript":
                torch.jit.save(torch.jit.trace(model, examples[0]), path)
                loaded = torch.jit.load(path)
            else:
                batch = {0: torch.export.Dim("batch")}
                args = (examples[0],)
                program = torch.export.export(model, args, dynamic_shapes=(batch,))
                torch.export.save(program, path)
                loaded = torch.export.load(path).module()
            gaps = [(loaded(x) - model(x)).abs().mean().item() for x in examples]
    except Exception:
        return {"max_diff": math.inf, "ok": False, "bytes": 0}
    finally:
        for module, mode in modes.items():
            module.training = mode
    gap = max(gaps)
    return {"max_diff": gap, "ok": gap <= tol, "bytes": os.path.getsize(path)}


# %% wrong e20_6 counts_weights
# Bytes de los pesos, no del archivo.
def export_and_verify(model, examples, path, kind, tol=1e-5):
    if kind not in ("torchscript", "export"):
        raise ValueError(f"kind «{kind}» no existe: torchscript o export")
    modes = {module: module.training for module in model.modules()}
    model.eval()
    try:
        with torch.no_grad():
            if kind == "torchscript":
                torch.jit.save(torch.jit.trace(model, examples[0]), path)
                loaded = torch.jit.load(path)
            else:
                batch = {0: torch.export.Dim("batch")}
                args = (examples[0],)
                program = torch.export.export(model, args, dynamic_shapes=(batch,))
                torch.export.save(program, path)
                loaded = torch.export.load(path).module()
            gaps = [(loaded(x) - model(x)).abs().max().item() for x in examples]
    except Exception:
        return {"max_diff": math.inf, "ok": False, "bytes": 0}
    finally:
        for module, mode in modes.items():
            module.training = mode
    gap = max(gaps)
    return {
        "max_diff": gap,
        "ok": gap <= tol,
        "bytes": sum(p.numel() * p.element_size() for p in model.parameters()),
    }


# %% wrong e20_6 scripts_instead_of_tracing
# Compila con script: la bifurcación no se congela.
def export_and_verify(model, examples, path, kind, tol=1e-5):
    if kind not in ("torchscript", "export"):
        raise ValueError(f"kind «{kind}» no existe: torchscript o export")
    modes = {module: module.training for module in model.modules()}
    model.eval()
    try:
        with torch.no_grad():
            if kind == "torchscript":
                torch.jit.save(torch.jit.script(model), path)
                loaded = torch.jit.load(path)
            else:
                batch = {0: torch.export.Dim("batch")}
                args = (examples[0],)
                program = torch.export.export(model, args, dynamic_shapes=(batch,))
                torch.export.save(program, path)
                loaded = torch.export.load(path).module()
            gaps = [(loaded(x) - model(x)).abs().max().item() for x in examples]
    except Exception:
        return {"max_diff": math.inf, "ok": False, "bytes": 0}
    finally:
        for module, mode in modes.items():
            module.training = mode
    gap = max(gaps)
    return {"max_diff": gap, "ok": gap <= tol, "bytes": os.path.getsize(path)}


# %% right e20_6 helpers
# Con funciones auxiliares y AUTO para el lote.
from pathlib import Path


def _write(model, x, path, kind):
    if kind == "torchscript":
        torch.jit.trace(model, (x,), check_trace=False).save(str(path))
    else:
        sizes = ((torch.export.Dim("n"), *[None] * (x.dim() - 1)),)
        torch.export.save(torch.export.export(model, (x,), dynamic_shapes=sizes), path)


def export_and_verify(model, examples, path, kind, tol=1e-5):
    readers = {
        "torchscript": torch.jit.load,
        "export": lambda p: torch.export.load(p).module(),
    }
    if kind not in readers:
        raise ValueError(kind)
    before = [(m, m.training) for m in model.modules()]
    try:
        for m, _ in before:
            m.training = False
        with torch.no_grad():
            _write(model, examples[0], path, kind)
            other = readers[kind](path)
            worst = 0.0
            for x in examples:
                worst = max(worst, float(torch.dist(other(x), model(x), p=math.inf)))
        size = Path(path).stat().st_size
        return {"max_diff": worst, "ok": worst <= tol, "bytes": size}
    except Exception:
        return {"max_diff": math.inf, "ok": False, "bytes": 0}
    finally:
        for m, mode in before:
            m.training = mode


# %% right e20_6 deep_copy
# Trabaja sobre una copia en evaluación.
def export_and_verify(model, examples, path, kind, tol=1e-5):
    if kind not in {"torchscript", "export"}:
        raise ValueError("kind")
    twin = copy.deepcopy(model).eval().requires_grad_(False)
    try:
        if kind == "torchscript":
            traced = torch.jit.trace(twin, examples[0])
            traced.save(path)
            again = torch.jit.load(path)
        else:
            program = torch.export.export(
                twin, (examples[0],), dynamic_shapes=[{0: torch.export.Dim.AUTO}]
            )
            torch.export.save(program, path)
            again = torch.export.load(path).module()
        with torch.no_grad():
            worst = max(float((again(x) - twin(x)).abs().max()) for x in examples)
        return {"max_diff": worst, "ok": worst <= tol, "bytes": os.stat(path).st_size}
    except Exception:
        return {"max_diff": float("inf"), "ok": False, "bytes": 0}


# %% wrong e20_7 extra_all_reduce
# Un all_reduce a mano después de DDP: suma lo ya promediado.
def train_ddp(world, steps, seed):

    def worker(rank, world):
        digits = data.digits_split().tensors()
        model = MLP([64, 64, 10], generator=torch.Generator().manual_seed(seed))
        ddp = DistributedDataParallel(model)
        sgd = torch.optim.SGD(ddp.parameters(), lr=0.5)
        batches = torch.Generator().manual_seed(seed)
        for _ in range(steps):
            rows = torch.randint(897, (60,), generator=batches)[rank::world]
            sgd.zero_grad()
            F.cross_entropy(ddp(digits.X_train[rows]), digits.y_train[rows]).backward()
            for p in model.parameters():
                dist.all_reduce(p.grad)
            sgd.step()
        acc = accuracy(model, digits.X_test, digits.y_test)
        return {"state": dict(model.state_dict()), "acc": acc}

    return run_workers(worker, world)[0]


# %% wrong e20_7 sum_by_hand
# Sin DDP, suma los gradientes y no divide.
def train_ddp(world, steps, seed):

    def worker(rank, world):
        digits = data.digits_split().tensors()
        model = MLP([64, 64, 10], generator=torch.Generator().manual_seed(seed))
        ddp = model
        sgd = torch.optim.SGD(ddp.parameters(), lr=0.5)
        batches = torch.Generator().manual_seed(seed)
        for _ in range(steps):
            rows = torch.randint(897, (60,), generator=batches)[rank::world]
            sgd.zero_grad()
            F.cross_entropy(ddp(digits.X_train[rows]), digits.y_train[rows]).backward()
            for p in model.parameters():
                dist.all_reduce(p.grad)
            sgd.step()
        acc = accuracy(model, digits.X_test, digits.y_test)
        return {"state": dict(model.state_dict()), "acc": acc}

    return run_workers(worker, world)[0]


# %% wrong e20_7 init_per_rank
# Sin DDP, cada rango empieza con otros pesos.
def train_ddp(world, steps, seed):

    def worker(rank, world):
        digits = data.digits_split().tensors()
        model = MLP([64, 64, 10], generator=torch.Generator().manual_seed(seed + rank))
        ddp = model
        sgd = torch.optim.SGD(ddp.parameters(), lr=0.5)
        batches = torch.Generator().manual_seed(seed)
        for _ in range(steps):
            rows = torch.randint(897, (60,), generator=batches)[rank::world]
            sgd.zero_grad()
            F.cross_entropy(ddp(digits.X_train[rows]), digits.y_train[rows]).backward()
            for p in model.parameters():
                dist.all_reduce(p.grad)
                p.grad /= world
            sgd.step()
        acc = accuracy(model, digits.X_test, digits.y_test)
        return {"state": dict(model.state_dict()), "acc": acc}

    return run_workers(worker, world)[0]


# %% wrong e20_7 no_communication
# Cada rango entrena solo con su parte.
def train_ddp(world, steps, seed):

    def worker(rank, world):
        digits = data.digits_split().tensors()
        model = MLP([64, 64, 10], generator=torch.Generator().manual_seed(seed))
        ddp = model
        sgd = torch.optim.SGD(ddp.parameters(), lr=0.5)
        batches = torch.Generator().manual_seed(seed)
        for _ in range(steps):
            rows = torch.randint(897, (60,), generator=batches)[rank::world]
            sgd.zero_grad()
            F.cross_entropy(ddp(digits.X_train[rows]), digits.y_train[rows]).backward()
            sgd.step()
        acc = accuracy(model, digits.X_test, digits.y_test)
        return {"state": dict(model.state_dict()), "acc": acc}

    return run_workers(worker, world)[0]


# %% wrong e20_7 whole_batch_each
# Cada rango usa el lote entero, con su propia semilla: otro lote global.
def train_ddp(world, steps, seed):

    def worker(rank, world):
        digits = data.digits_split().tensors()
        model = MLP([64, 64, 10], generator=torch.Generator().manual_seed(seed))
        ddp = DistributedDataParallel(model)
        sgd = torch.optim.SGD(ddp.parameters(), lr=0.5)
        batches = torch.Generator().manual_seed(seed + rank)
        for _ in range(steps):
            rows = torch.randint(897, (60,), generator=batches)
            sgd.zero_grad()
            F.cross_entropy(ddp(digits.X_train[rows]), digits.y_train[rows]).backward()
            sgd.step()
        acc = accuracy(model, digits.X_test, digits.y_test)
        return {"state": dict(model.state_dict()), "acc": acc}

    return run_workers(worker, world)[0]


# %% wrong e20_7 batch_per_rank
# 60 filas por rango: el lote global crece.
def train_ddp(world, steps, seed):

    def worker(rank, world):
        digits = data.digits_split().tensors()
        model = MLP([64, 64, 10], generator=torch.Generator().manual_seed(seed))
        ddp = DistributedDataParallel(model)
        sgd = torch.optim.SGD(ddp.parameters(), lr=0.5)
        batches = torch.Generator().manual_seed(seed)
        for _ in range(steps):
            rows = torch.randint(897, (60 * world,), generator=batches)[rank::world]
            sgd.zero_grad()
            F.cross_entropy(ddp(digits.X_train[rows]), digits.y_train[rows]).backward()
            sgd.step()
        acc = accuracy(model, digits.X_test, digits.y_test)
        return {"state": dict(model.state_dict()), "acc": acc}

    return run_workers(worker, world)[0]


# %% wrong e20_7 same_rows
# Todos los rangos miran las mismas filas.
def train_ddp(world, steps, seed):

    def worker(rank, world):
        digits = data.digits_split().tensors()
        model = MLP([64, 64, 10], generator=torch.Generator().manual_seed(seed))
        ddp = DistributedDataParallel(model)
        sgd = torch.optim.SGD(ddp.parameters(), lr=0.5)
        batches = torch.Generator().manual_seed(seed)
        for _ in range(steps):
            rows = torch.randint(897, (60,), generator=batches)[0::world]
            sgd.zero_grad()
            F.cross_entropy(ddp(digits.X_train[rows]), digits.y_train[rows]).backward()
            sgd.step()
        acc = accuracy(model, digits.X_test, digits.y_test)
        return {"state": dict(model.state_dict()), "acc": acc}

    return run_workers(worker, world)[0]


# %% wrong e20_7 sum_loss
# Suma la pérdida en lugar de promediarla.
def train_ddp(world, steps, seed):

    def worker(rank, world):
        digits = data.digits_split().tensors()
        model = MLP([64, 64, 10], generator=torch.Generator().manual_seed(seed))
        ddp = DistributedDataParallel(model)
        sgd = torch.optim.SGD(ddp.parameters(), lr=0.5)
        batches = torch.Generator().manual_seed(seed)
        for _ in range(steps):
            rows = torch.randint(897, (60,), generator=batches)[rank::world]
            sgd.zero_grad()
            F.cross_entropy(
                ddp(digits.X_train[rows]), digits.y_train[rows], reduction="sum"
            ).backward()
            sgd.step()
        acc = accuracy(model, digits.X_test, digits.y_test)
        return {"state": dict(model.state_dict()), "acc": acc}

    return run_workers(worker, world)[0]


# %% wrong e20_7 prefixed_names
# Devuelve los nombres de DDP.
def train_ddp(world, steps, seed):

    def worker(rank, world):
        digits = data.digits_split().tensors()
        model = MLP([64, 64, 10], generator=torch.Generator().manual_seed(seed))
        ddp = DistributedDataParallel(model)
        sgd = torch.optim.SGD(ddp.parameters(), lr=0.5)
        batches = torch.Generator().manual_seed(seed)
        for _ in range(steps):
            rows = torch.randint(897, (60,), generator=batches)[rank::world]
            sgd.zero_grad()
            F.cross_entropy(ddp(digits.X_train[rows]), digits.y_train[rows]).backward()
            sgd.step()
        acc = accuracy(model, digits.X_test, digits.y_test)
        return {"state": dict(ddp.state_dict()), "acc": acc}

    return run_workers(worker, world)[0]


# %% wrong e20_7 accumulates
# Olvida zero_grad.
def train_ddp(world, steps, seed):

    def worker(rank, world):
        digits = data.digits_split().tensors()
        model = MLP([64, 64, 10], generator=torch.Generator().manual_seed(seed))
        ddp = DistributedDataParallel(model)
        sgd = torch.optim.SGD(ddp.parameters(), lr=0.5)
        batches = torch.Generator().manual_seed(seed)
        for _ in range(steps):
            rows = torch.randint(897, (60,), generator=batches)[rank::world]
            F.cross_entropy(ddp(digits.X_train[rows]), digits.y_train[rows]).backward()
            sgd.step()
        acc = accuracy(model, digits.X_test, digits.y_test)
        return {"state": dict(model.state_dict()), "acc": acc}

    return run_workers(worker, world)[0]


# %% wrong e20_7 momentum
# Con momento.
def train_ddp(world, steps, seed):

    def worker(rank, world):
        digits = data.digits_split().tensors()
        model = MLP([64, 64, 10], generator=torch.Generator().manual_seed(seed))
        ddp = DistributedDataParallel(model)
        sgd = torch.optim.SGD(ddp.parameters(), lr=0.5, momentum=0.9)
        batches = torch.Generator().manual_seed(seed)
        for _ in range(steps):
            rows = torch.randint(897, (60,), generator=batches)[rank::world]
            sgd.zero_grad()
            F.cross_entropy(ddp(digits.X_train[rows]), digits.y_train[rows]).backward()
            sgd.step()
        acc = accuracy(model, digits.X_test, digits.y_test)
        return {"state": dict(model.state_dict()), "acc": acc}

    return run_workers(worker, world)[0]


# %% wrong e20_7 train_accuracy
# La exactitud con los datos de entrenamiento.
def train_ddp(world, steps, seed):

    def worker(rank, world):
        digits = data.digits_split().tensors()
        model = MLP([64, 64, 10], generator=torch.Generator().manual_seed(seed))
        ddp = DistributedDataParallel(model)
        sgd = torch.optim.SGD(ddp.parameters(), lr=0.5)
        batches = torch.Generator().manual_seed(seed)
        for _ in range(steps):
            rows = torch.randint(897, (60,), generator=batches)[rank::world]
            sgd.zero_grad()
            F.cross_entropy(ddp(digits.X_train[rows]), digits.y_train[rows]).backward()
            sgd.step()
        acc = accuracy(model, digits.X_train, digits.y_train)
        return {"state": dict(model.state_dict()), "acc": acc}

    return run_workers(worker, world)[0]


# %% wrong e20_7 global_seed
# Siembra el azar global del cuaderno.
def train_ddp(world, steps, seed):
    torch.manual_seed(seed)

    def worker(rank, world):
        digits = data.digits_split().tensors()
        model = MLP([64, 64, 10], generator=torch.Generator().manual_seed(seed))
        ddp = DistributedDataParallel(model)
        sgd = torch.optim.SGD(ddp.parameters(), lr=0.5)
        batches = torch.Generator().manual_seed(seed)
        for _ in range(steps):
            rows = torch.randint(897, (60,), generator=batches)[rank::world]
            sgd.zero_grad()
            F.cross_entropy(ddp(digits.X_train[rows]), digits.y_train[rows]).backward()
            sgd.step()
        acc = accuracy(model, digits.X_test, digits.y_test)
        return {"state": dict(model.state_dict()), "acc": acc}

    return run_workers(worker, world)[0]


# %% wrong e20_7 contribution_scaled
# Divide otra vez la pérdida entre world.
def train_ddp(world, steps, seed):

    def worker(rank, world):
        digits = data.digits_split().tensors()
        model = MLP([64, 64, 10], generator=torch.Generator().manual_seed(seed))
        ddp = DistributedDataParallel(model)
        sgd = torch.optim.SGD(ddp.parameters(), lr=0.5)
        batches = torch.Generator().manual_seed(seed)
        for _ in range(steps):
            rows = torch.randint(897, (60,), generator=batches)[rank::world]
            sgd.zero_grad()
            F.cross_entropy(ddp(digits.X_train[rows]), digits.y_train[rows]).div(
                world
            ).backward()
            sgd.step()
        acc = accuracy(model, digits.X_test, digits.y_test)
        return {"state": dict(model.state_dict()), "acc": acc}

    return run_workers(worker, world)[0]


# %% right e20_7 by_hand
# Sin DDP: all_reduce de cada gradiente y división.
def _train_worker(rank, world, steps, seed):
    digits = data.digits_split().tensors()
    model = MLP([64, 64, 10], generator=torch.Generator().manual_seed(seed))
    for value in model.state_dict().values():
        dist.broadcast(value, src=0)
    generator = torch.Generator().manual_seed(seed)
    for _ in range(steps):
        rows = torch.randint(897, (60,), generator=generator)
        mine = rows[rank::world]
        loss = F.cross_entropy(model(digits.X_train[mine]), digits.y_train[mine])
        grads = torch.autograd.grad(loss, tuple(model.parameters()))
        with torch.no_grad():
            for p, g in zip(model.parameters(), grads, strict=True):
                dist.all_reduce(g)
                p.sub_(0.5 * g / world)
    if rank == 0:
        score = accuracy(model, digits.X_test, digits.y_test)
        return {"state": dict(model.state_dict()), "acc": float(score)}
    return None


def train_ddp(world, steps, seed):
    return run_workers(_train_worker, world, steps, seed)[0]


# %% right e20_7 flat_bucket
# Un solo all_reduce con todos los gradientes juntos; uno solo, sin procesos.
def train_ddp(world, steps, seed):
    digits = data.digits_split().tensors()

    def worker(rank, world):
        model = MLP([64, 64, 10], generator=torch.Generator().manual_seed(seed))
        params = list(model.parameters())
        opt = torch.optim.SGD(params, lr=0.5)
        g = torch.Generator().manual_seed(seed)
        for _ in range(steps):
            rows = torch.randint(897, (60,), generator=g)
            x, y = digits.X_train[rows], digits.y_train[rows]
            opt.zero_grad()
            F.cross_entropy(model(x[rank::world]), y[rank::world]).backward()
            if world > 1:
                flat = nn.utils.parameters_to_vector([p.grad for p in params])
                dist.all_reduce(flat)
                parts = (flat / world).split([p.numel() for p in params])
                for p, part in zip(params, parts, strict=True):
                    p.grad = part.view_as(p)
            opt.step()
        acc = accuracy(model, digits.X_test, digits.y_test)
        return {
            "state": {k: v.clone() for k, v in model.state_dict().items()},
            "acc": acc,
        }

    return worker(0, 1) if world == 1 else run_workers(worker, world)[0]
