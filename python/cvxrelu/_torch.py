"""A network as a module of PyTorch, which is needed here only."""

from __future__ import annotations

from typing import Any

from ._network import Network, Part


def _arc(torch: Any, p: Part, product: Any, x: Any, z: Any) -> Any:
    inner = product + p.bias2
    size = torch.sqrt(torch.outer((x * x).sum(1) + p.bias2, (z * z).sum(1) + p.bias2))
    cosine = (inner / torch.where(size > 0, size, 1.0)).clamp(-1, 1)
    outside = (torch.pi - torch.acos(cosine)) * inner
    sine = torch.sqrt((1 - cosine * cosine).clamp(min=0))
    return (p.gated * outside + p.relu * (size * sine + outside)) / (2 * torch.pi)


def _plain(torch: Any, p: Part, x: Any, z: Any, H: Any, g: Any) -> Any:
    if p.kind == "arc":
        return _arc(torch, p, x @ z.T, x, z)
    if p.kind == "exp":
        square = (x * x).sum(1)[:, None] + (z * z).sum(1) - 2 * x @ z.T
        return torch.exp(-square.clamp(min=0) / p.bias2)
    sx, sz = (torch.where(a @ H.T + g >= 0, 1.0, -1.0).to(x.dtype) for a in (x, z))
    same = sx @ sz.T / len(g)
    return torch.exp(2 * same - 2) if p.kind == "tree" else (x @ z.T + p.bias2) * (1 + same) / 2


def _kernel(torch: Any, p: Part, x: Any, z: Any, H: Any, g: Any) -> Any:
    x, z = (a[:, p.first:p.first + p.count] for a in (x, z))
    k = _plain(torch, p, x, z, H, g)
    if p.even == 0:
        return k
    return k + _plain(torch, p, x, torch.cat([z[:, :p.even], -z[:, p.even:]], 1), H, g)


def module_of(net: Network, dtype: Any = None) -> Any:
    """A ``torch.nn.Module`` whose forward pass takes raw rows and gives the outputs.

    Weights are parameters; normalisation, gates and points are buffers.
    """
    import torch

    net.check_raw()

    def tensor(a: Any) -> Any:
        return torch.tensor(a, dtype=dtype or torch.float64)

    class Module(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.register_buffer("shift", tensor(net.shift))
            self.register_buffer("scale", tensor(net.scale))
            self.W = torch.nn.ParameterList([tensor(W) for W, _ in net.layers])
            self.b = torch.nn.ParameterList([tensor(b) for _, b in net.layers])
            if net.gates is not None:
                for name, a in zip("Hgc", (*net.gates, net.constant)):
                    self.register_buffer(name, tensor(a))
            if net.components is not None:
                self.register_buffer("V", tensor(net.components))
            if net.points is not None:
                self.register_buffer("Z", tensor(net.points))
                for k, p in enumerate(net.parts):
                    self.register_buffer(f"H{k}", tensor(p.H))
                    self.register_buffer(f"g{k}", tensor(p.g))

        def forward(self, x: Any) -> Any:
            x = (x - self.shift) * self.scale
            x = x.clamp(-net.clip, net.clip) if net.clip > 0 else x
            x = x if net.components is None else x @ self.V
            if net.kind == "gated":
                on = (x @ self.H.T + self.g >= 0).to(x.dtype)
                units = (x @ self.W[0].T + self.b[0]).reshape(len(x), len(self.c), -1)
                return (units * on[:, None, :]).sum(2) + self.c
            if net.kind == "kernel":
                k = sum(p.weight * _kernel(torch, p, x, self.Z, getattr(self, f"H{i}"),
                                           getattr(self, f"g{i}"))
                        for i, p in enumerate(net.parts))
                return k @ self.W[0].T + self.b[0]
            for W, b in zip(self.W[:-1], self.b[:-1]):
                x = torch.relu(x @ W.T + b)
            return x @ self.W[-1].T + self.b[-1]

    return Module()
