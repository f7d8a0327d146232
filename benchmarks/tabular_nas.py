"""Train every net of a small architecture space and write the table of unit 06.

540 networks that read the 8x8 digits, four seeds each, all four at once: the weights
of the seeds are stacked along a first axis. A few minutes on two cores. Run it whole,
or one depth at a time: each run adds its rows to the file.

    python benchmarks/tabular_nas.py [depth ...]
"""

import json
import sys
from itertools import product
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F
from tqdm import tqdm

from course_utils import data

TABLE = Path(data.__file__).parent / "assets" / "tabular_nas.json"
GENES: dict[str, list] = {
    "depth": [1, 2, 3, 5, 8],
    "width": [8, 16, 32],
    "join": ["plain", "residual", "dense"],
    "activation": ["relu", "gelu", "tanh", "sigmoid"],
    "norm": ["none", "before", "after"],
}
EPOCHS = (1, 2, 4, 8, 16)
SEEDS = 4
LR = 5e-3
BATCH = 69  # 13 equal minibatches of the 897 digits
ACTIVATIONS = {
    "relu": torch.relu,
    "gelu": F.gelu,
    "tanh": torch.tanh,
    "sigmoid": torch.sigmoid,
}
SOURCE = (
    "Own measurements, MIT licence like the course. Data: UCI optical recognition of "
    "handwritten digits (Alpaydin and Kaynak 1998, CC BY 4.0), as in scikit-learn. "
    "Made by benchmarks/tabular_nas.py."
)


class Net:
    """One architecture with the weights of all seeds: (n_seeds, n_in, n_out)."""

    def __init__(self, depth, width, join, activation, norm):
        self.join, self.norm = join, norm
        self.act = ACTIVATIONS[activation]
        self.generator = torch.Generator().manual_seed(0)
        self.layers = [self.linear(64, width)]
        for block in range(depth):
            growth = width // 4 if join == "dense" else width
            n_in = width + block * growth if join == "dense" else width
            self.layers.append(self.linear(n_in, growth))
        last = width + depth * (width // 4) if join == "dense" else width
        self.layers.append(self.linear(last, 10))

    def linear(self, n_in, n_out):
        """Draw like nn.Linear: U(-1/sqrt(n_in), 1/sqrt(n_in))."""
        shapes = (SEEDS, n_in, n_out), (SEEDS, 1, n_out)
        drawn = [2 * torch.rand(s, generator=self.generator) - 1 for s in shapes]
        return [(w / n_in**0.5).requires_grad_() for w in drawn]

    def __call__(self, x):
        """(n_seeds, n, 64) -> (n_seeds, n, 10)."""
        first, *blocks, last = self.layers
        x = self.act(affine(x, first))
        for block in blocks:
            h = F.layer_norm(x, x.shape[-1:]) if self.norm == "before" else x
            h = self.act(affine(h, block))
            if self.join == "dense":
                x = torch.cat([x, h], dim=-1)
            else:
                x = x + h if self.join == "residual" else h
            if self.norm == "after":
                x = F.layer_norm(x, x.shape[-1:])
        return affine(x, last)

    def parameters(self):
        return [w for layer in self.layers for w in layer]


def affine(x, layer):
    return torch.baddbmm(layer[1], x, layer[0])


def hits(net: Net, X: Tensor, y: Tensor) -> list[int]:
    """Right answers of each seed."""
    with torch.no_grad():
        return (net(X.expand(SEEDS, -1, -1)).argmax(-1) == y).sum(1).tolist()


def train(point: tuple[int, ...], digits: data.DigitsSplit[Tensor]) -> dict:
    """Train one architecture; validation and test hits, curve, parameters."""
    net = Net(*(options[i] for options, i in zip(GENES.values(), point, strict=True)))
    adam = torch.optim.Adam(net.parameters(), LR, foreach=True)
    shuffler, curve = torch.Generator().manual_seed(1), []
    for epoch in range(1, EPOCHS[-1] + 1):
        order = torch.rand(SEEDS, 897, generator=shuffler).argsort(1)
        for rows in order.split(BATCH, dim=1):
            adam.zero_grad()
            scores = net(digits.X_train[rows])  # (n_seeds, batch, 10)
            # the sum over seeds: each seed has its own gradient
            targets = digits.y_train[rows].flatten()
            loss = F.cross_entropy(scores.flatten(0, 1), targets) * SEEDS
            loss.backward()
            adam.step()
        if epoch in EPOCHS:
            curve.append(hits(net, digits.X_val, digits.y_val))
    return {
        "point": list(point),
        "params": sum(w[0].numel() for w in net.parameters()),
        "val_hits": curve,  # (n_epochs, n_seeds)
        "test_hits": hits(net, digits.X_test, digits.y_test),
    }


def main(depths: list[int]) -> None:
    """Train the rows of these depths and write them beside those already there."""
    torch.set_num_threads(1)
    digits = data.digits_split().tensors()
    rows = {}
    if TABLE.exists():
        rows = {tuple(r["point"]): r for r in json.loads(TABLE.read_text())["nets"]}
    space = list(product(*(range(len(options)) for options in GENES.values())))
    wanted = [p for p in space if GENES["depth"][p[0]] in depths]
    for point in tqdm(wanted):
        rows[point] = train(point, digits)
    head = {"source": SOURCE, "genes": GENES, "epochs": EPOCHS, "n_val": 450}
    nets = ",\n".join(json.dumps(rows[p], separators=(",", ":")) for p in sorted(rows))
    TABLE.parent.mkdir(exist_ok=True)
    text = json.dumps(head | {"n_test": 450}, indent=1)[:-2]
    TABLE.write_text(f'{text},\n "nets": [\n{nets}\n]}}\n')
    best = max(rows.values(), key=lambda r: np.mean(r["val_hits"][-1]))
    print(len(rows), "nets; best", best)


if __name__ == "__main__":
    main([int(d) for d in sys.argv[1:]] or GENES["depth"])
