"""A network as NumPy arrays, and what it computes from them."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ._core import lib
from ._library import Model, UsageError, matrix

Array = NDArray[Any]
_KINDS = {lib.CVR_NETWORK: "network", lib.CVR_GATED: "gated", lib.CVR_KERNEL: "kernel"}
_PARTS = {lib.CVR_KERNEL_ARC: "arc", lib.CVR_KERNEL_MIX: "mix", lib.CVR_KERNEL_TREE: "tree",
          lib.CVR_KERNEL_EXP: "exp"}


@dataclasses.dataclass(frozen=True)
class Part:
    """One summand of a kernel, on the columns ``first`` to ``first + count`` of the rows.

    Attributes
    ----------
    kind : str
        "arc" (infinitely many Gaussian gates), "mix" (P gates), "tree" or "exp" (no gates).
    weight, bias2, gated, relu : float
        Factor of the summand; what is added to x'z (exp: divides the squared distance); how
        much of each arc-cosine kernel.
    even : int
        Columns that stay in the mirror image; 0: nothing is mirrored.
    H, g : array of shape (P, count), array of shape (P,)
        Gates of mix and tree; where there are mirror images, those are the second half.
    """

    kind: str
    weight: float
    bias2: float
    gated: float
    relu: float
    first: int
    count: int
    even: int
    H: Array
    g: Array

    def __call__(self, x: Array, z: Array) -> Array:
        x, z = (a[:, self.first:self.first + self.count] for a in (x, z))
        k = self._plain(x, z)
        if self.even > 0:
            mirror = z.copy()
            mirror[:, self.even:] *= -1
            k = k + self._plain(x, mirror)
        return k

    def _plain(self, x: Array, z: Array) -> Array:
        if self.kind == "tree":
            return np.exp(2 * self._sides(x, z) - 2)
        if self.kind == "mix":
            return (x @ z.T + self.bias2) * (0.5 + 0.5 * self._sides(x, z))
        if self.kind == "exp":
            square = (x * x).sum(1)[:, None] + (z * z).sum(1) - 2 * x @ z.T
            return np.exp(-np.maximum(square, 0) / self.bias2)
        return self._arc(x @ z.T, x, z)

    def _sides(self, x: Array, z: Array) -> Array:
        sx, sz = (np.where(a @ self.H.T + self.g >= 0, 1.0, -1.0) for a in (x, z))
        return sx @ sz.T / len(self.g)

    def _arc(self, product: Array, x: Array, z: Array) -> Array:
        inner = product + self.bias2
        size = np.sqrt(np.outer((x * x).sum(1) + self.bias2, (z * z).sum(1) + self.bias2))
        cosine = np.clip(inner / np.where(size > 0, size, 1), -1, 1)
        outside = (np.pi - np.arccos(cosine)) * inner
        arc = self.gated * outside
        arc += self.relu * (size * np.sqrt(1 - cosine * cosine) + outside)
        return arc / (2 * np.pi)


@dataclasses.dataclass(frozen=True)
class Network:
    """A trained network: what it is made of, and a call that computes its outputs.

    Attributes
    ----------
    kind : {"network", "gated", "kernel"}
        ``W_L relu(... relu(W_1 x + b_1) ...) + b_L``; a sum of linear models behind gates,
        ``sum_i 1[h_i'x + g_i >= 0] (W^i x + b^i) + c``; or ``W k(x) + b`` with a kernel at
        the points Z.
    layers : list of (W, b)
        W has a row for each unit. Gated: row ``c P + i`` is output c of gate i.
    gates : (H, g) or None
        A row for each gate.
    constant : array of shape (outputs,) or None
        c of gated networks.
    points, parts : array, list of Part
        Of kernels: the points Z; the summands.
    clip : float
        Rows are cut off at +-clip (0: they are not).
    components : array or None
        What rows are then multiplied by.
    calibration : array of shape (outputs + 1, classes) or None
        Probabilities are ``softmax([f, 1] @ calibration)``.
    shift, scale : array of shape (features,)
        What is done to a row before all: ``(x - shift) * scale``.
    threshold : float
        One output: the second class where f(x) is above this.
    prepared : bool
        Rows are what the model makes of raw ones (features of images, indicators of missing
        values, hops of a graph), which a call does not do: ``Model.outputs`` does.
    """

    kind: str
    layers: list[tuple[Array, Array]]
    gates: tuple[Array, Array] | None
    constant: Array | None
    points: Array | None
    parts: list[Part]
    clip: float
    components: Array | None
    calibration: Array | None
    shift: Array
    scale: Array
    threshold: float
    prepared: bool = False

    def check_raw(self) -> None:
        """Raise where a call could not take raw rows."""
        if self.prepared:
            raise UsageError("the network takes features that its model makes of raw rows: "
                             "predict and Model.outputs do so")

    def __call__(self, X: ArrayLike) -> Array:
        """The outputs (rows x outputs) for raw rows."""
        self.check_raw()
        x = (np.asarray(X, np.float64) - self.shift) * self.scale
        x = np.clip(x, -self.clip, self.clip) if self.clip > 0 else x
        x = x if self.components is None else x @ self.components
        W, b = self.layers[0]
        if self.kind == "gated":
            assert self.gates is not None and self.constant is not None
            H, g = self.gates
            units = (x @ W.T + b).reshape(len(x), len(self.constant), len(g))
            return np.einsum("nci,ni->nc", units, x @ H.T + g >= 0) + self.constant
        if self.kind == "kernel":
            assert self.points is not None
            return sum(p.weight * p(x, self.points) for p in self.parts) @ W.T + b
        for W, b in self.layers[:-1]:
            x = np.maximum(x @ W.T + b, 0)
        W, b = self.layers[-1]
        return x @ W.T + b


def _pair(layer: Any) -> tuple[Array, Array]:
    return matrix(layer.W), matrix(layer.b)[:, 0]


def _part(p: Any) -> Part:
    H, g = _pair(p.gates) if p.gates.W.data else (np.zeros((0, p.count)), np.zeros(0))
    return Part(_PARTS[p.kind], p.weight, p.bias2, p.gated, p.relu, p.first, p.count, p.even,
                H, g)


def network_of(model: Model) -> Network:
    """Copies of the weights of a model."""
    c, t = model.c, model.c.transform
    kind = _KINDS[c.kind]
    scaled = bool(t.shift.data)
    return Network(
        kind=kind, layers=[_pair(c.layers[i]) for i in range(c.depth)],
        gates=_pair(c.gates) if kind == "gated" else None,
        constant=matrix(c.constant)[:, 0] if kind == "gated" else None,
        points=matrix(c.machine.Z) if kind == "kernel" else None,
        parts=[_part(c.machine.part[k]) for k in range(c.machine.parts)],
        clip=c.machine.clip,
        components=matrix(c.machine.V) if c.machine.V.data else None,
        calibration=matrix(c.calibration) if c.calibration.data else None,
        shift=matrix(t.shift)[:, 0] if scaled else np.zeros(t.features),
        scale=matrix(t.scale)[:, 0] if scaled else np.ones(t.features),
        threshold=c.threshold,
        prepared=bool(t.groups or t.hops or t.gray or t.new_height
                      or t.features != t.raw_features))
