"""Estimators of scikit-learn over the methods of the library."""

from __future__ import annotations

import functools
import hashlib
import inspect
import numbers
import os
import warnings
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import check_random_state
from sklearn.utils.metaestimators import available_if
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import _check_sample_weight, check_is_fitted

from ._library import DataError, Model, Run, Solver, UsageError, fit, matrix, threads_for, written
from ._network import Network, network_of

try:
    from sklearn.utils.validation import validate_data
except ImportError:  # before 1.6

    def validate_data(estimator: Any, *args: Any, **how: Any) -> Any:
        """What later versions have as a function."""
        return estimator._validate_data(*args, **how)


Array = NDArray[Any]
Callback = Callable[[dict[str, Any]], Any]

_FLOATS = [np.float64, np.float32]

# The parameters that all methods have, and those of them that are options of the library.
_COMMON = {"tol": "tolerance", "max_iter": "max-iterations", "time_limit": "time-limit",
           "precision": "precision", "normalize": "normalize", "bias": "bias"}

_COMMON_DOC = """normalize : {"feature", "global", "unit", "none"}, default="feature"
        Shift and scale by the training rows: each column to mean 0 and deviation 1, all
        entries alike, or each column to norm 1.
    bias : {"free", "penalised", "none"}, default="free"
        A constant for each output without a penalty, or with one, or none.
    precision : {"double", "single"}, optional
        By default single for float32 rows, else double.
    tol : float, optional
        Stop when the relative gap, or without a certificate the residual, is this small.
    max_iter : int, optional
        Stop after this number of iterations.
    time_limit : float, optional
        Stop after this number of seconds.
    random_state : int, RandomState or None, default=None
        Seed of every random choice; None is 1, so that a fit can be repeated.
    n_jobs : int, optional
        Threads: at most the processors that the process may use; -1: all of these. None:
        those that BLAS has.
    warm_start : bool, default=False
        A fit of the same rows with other limits or another relative penalty goes on where
        the last one ended.
    callbacks : sequence of callables, optional
        Called with a dict after each measurement; a true answer ends the run. A progress
        bar (``tqdm(total=max_iter)``) is moved to the number of iterations.
    options : dict, optional
        More options of the method by the names of the command. Rows that are images:
        ``{"image": "3x32x32", "features": "conv+oriented"}``, and ``mirror``,
        ``filters``."""

_CLASS_DOC = """class_weight : dict or "balanced", optional
        Weights of classes in the loss; classes that a dict lacks have 1. balanced: rows /
        classes / rows of the class, counted by sample_weight.
    %COMMON%"""

_ATTRIBUTES_DOC = """n_iter_ : int
        Iterations of the last fit.
    gap_ : float
        How far the network can at most be from the best objective, as a fraction of it;
        NaN where there is no proof.
    bounds_ : tuple of float
        The lower and the upper bound that the gap is between.
    loo_score_ : float
        Accuracy (r2 for regression) on rows that are left out one by one, where the
        formulation has it in closed form; else NaN.
    history_ : list of dict
        The measurements in their order, with the keys of the command's results.
    result_ : dict
        The last measurement.
    network_ : Network
        The weights as NumPy arrays.
    n_features_in_ : int
        Columns of X."""


def _documented(cls: Any) -> Any:
    cls.__doc__ = cls.__doc__.replace("%COMMON%", _COMMON_DOC)
    cls.__doc__ = cls.__doc__.replace("%ATTRIBUTES%", _ATTRIBUTES_DOC)
    return cls


def _number(value: Any) -> float:
    return float("nan") if value is None else float(value)


def _digest(values: Any) -> bytes:
    """Of the numbers, their type and their shape."""
    found = hashlib.sha256(repr((values.shape, values.dtype)).encode())
    parts = ([values.indptr, values.indices, values.data] if hasattr(values, "tocsr")
             else [values])
    for part in parts:
        found.update(np.ascontiguousarray(part))
    return found.digest()


def _weights_of(sample_weight: ArrayLike | None, X: Any) -> Array | None:
    if sample_weight is None:
        return None
    weights = _check_sample_weight(sample_weight, X, dtype=np.float64)
    if (weights < 0).any():
        raise DataError("sample_weight: weights are at least 0")
    if not (weights > 0).any():
        raise DataError("sample_weight: no row has a weight above 0; all of them are zero")
    return weights


def _weighty(X: Any, Y: Array, weights: Array | None) -> tuple[Any, Array, Array | None]:
    """Rows without those of weight 0."""
    if weights is None or (weights > 0).all():
        return X, Y, weights
    keep = weights > 0
    return X[keep], Y[keep], weights[keep]


class _Base(BaseEstimator):
    _method = ""
    _names: dict[str, str] = {}
    _limits = ("tol", "max_iter", "time_limit")

    # ---- options -------------------------------------------------------------------------

    def _options(self) -> dict[str, Any]:
        """What differs from the library's own defaults, by the names of the command."""
        chosen: dict[str, Any] = {}
        for name, option in {**_COMMON, **self._names}.items():
            value = getattr(self, name)
            if value is not None:
                chosen[option] = value
        if self.random_state is not None:
            chosen["seed"] = self._seed()
        chosen.update({k.replace("_", "-"): v for k, v in (self.options or {}).items()})
        return chosen

    def _seed(self) -> int:
        if isinstance(self.random_state, numbers.Integral) and self.random_state >= 0:
            return int(self.random_state)
        return int(check_random_state(self.random_state).randint(2**31 - 1))

    # ---- training ------------------------------------------------------------------------

    def _train(self, X: Array, Y: Array, weights: Array | None,
               class_names: Sequence[str] | None) -> None:
        run = Run(self.callbacks or ())
        how = {"threads": threads_for(self.n_jobs), "run": run, "class_names": class_names,
               "weights": weights}
        if self.warm_start:
            self._model, result = self._go_on(X, Y, how)
        else:
            self._forget()
            task = "regress" if class_names is None else "classify"
            self._model, result = fit(
                self._method, X, Y, {**self._options(), "task": task},
                feature_names=getattr(self, "feature_names_in_", None), **how)
        self._keep(result, run)

    def _go_on(self, X: Array, Y: Array, how: dict[str, Any]) -> tuple[Model, dict[str, Any]]:
        """Goes on with the solver of the last fit where only limits and penalty differ."""
        options = self._options()
        moving = {o: options.pop(o, None)
                  for o in [_COMMON[name] for name in self._limits] + ["beta-relative"]}
        X, Y, how["weights"] = _weighty(X, Y, how["weights"])
        posed = (options, how["threads"], how["class_names"], _digest(X), _digest(Y),
                 how["weights"] is not None and _digest(how["weights"]))
        solver, before = getattr(self, "_solver", None), getattr(self, "_posed", None)
        if solver is None or before[0] != posed or not self._adjust(solver, before[1], moving):
            self._forget()
            given = {o: v for o, v in {**options, **moving}.items() if v is not None}
            normalize = given.pop("normalize", "feature")
            bias = given.pop("bias", "free")
            classes = given.pop("class-weights", None)
            self._solver = Solver(
                self._method, X, Y, given, classify=how["class_names"] is not None,
                normalize=normalize, bias=bias,
                class_weights=classes and written(classes), **how)
        self._posed = (posed, moving)
        result = self._solver.run(how["run"])
        return self._solver.model(), result

    @staticmethod
    def _adjust(solver: Solver, before: dict[str, Any], moving: dict[str, Any]) -> bool:
        """Whether the solver could take what has changed."""
        changed = {o: v for o, v in moving.items() if v != before[o]}
        if None in changed.values():
            return False
        penalty = changed.pop("beta-relative", None)
        for option, value in changed.items():
            solver.set(option, value)
        if penalty is not None:
            solver.set_penalty(penalty)
        return True

    def _forget(self) -> None:
        solver = self.__dict__.pop("_solver", None)
        self.__dict__.pop("_posed", None)
        if solver is not None:
            solver.close()

    def _keep(self, result: dict[str, Any], run: Run) -> None:
        self.result_, self.history_, self.notes_ = result, run.history, run.notes
        self.n_iter_ = result["iterations"]
        self.gap_ = _number(result["gap"])
        self.bounds_ = (_number(result["lower_bound"]), _number(result["upper_bound"]))
        self.loo_score_ = (_number(result["loo_r2"]) if "loo_r2" in result
                           else 1 - _number(result["loo_error"]))
        if result["outcome"] in ("max-iterations", "time-limit"):
            gap = f"the gap is {self.gap_:.2g}" if self.gap_ == self.gap_ else "there is no gap"
            warnings.warn(f"not converged: {result['outcome']} after {self.n_iter_} "
                          f"iterations; {gap}", ConvergenceWarning, stacklevel=4)

    # ---- the model -----------------------------------------------------------------------

    @property
    def network_(self) -> Network:
        check_is_fitted(self, "_model")
        return network_of(self._model)

    def to_torch(self, dtype: Any = None) -> Any:
        """The network as a module of PyTorch.

        Parameters
        ----------
        dtype : torch.dtype, optional
            float64 by default.

        Returns
        -------
        module : torch.nn.Module
            Its forward pass takes raw rows and gives the network's outputs.
        """
        from ._torch import module_of
        return module_of(self.network_, dtype)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the model to a safetensors file, which the command reads.

        Parameters
        ----------
        path : path-like
        """
        check_is_fitted(self, "_model")
        self._model.save(path)

    def save_onnx(self, path: str | os.PathLike[str], fold: bool = False) -> None:
        """Write the model to an ONNX file: raw rows in, labels, scores or values out.

        Parameters
        ----------
        path : path-like
        fold : bool, default=False
            Put the normalisation into the weights.
        """
        check_is_fitted(self, "_model")
        self._model.save_onnx(path, fold)

    def _outputs(self, X: ArrayLike) -> Array:
        check_is_fitted(self, "_model")
        X = validate_data(self, X, accept_sparse="csr", dtype=_FLOATS, reset=False)
        return self._model.outputs(X)

    def __getstate__(self) -> dict[str, Any]:
        state = super().__getstate__()
        return {k: v for k, v in state.items() if k not in ("_solver", "_posed")}

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "_model")


# ---- classes ---------------------------------------------------------------------------------


def _has_probabilities(estimator: Any) -> bool:
    if not hasattr(estimator, "_model"):
        return estimator._may_have_probabilities()
    if (estimator._logits_of(np.zeros((0, estimator._model.c.outputs))) is None
            and estimator._model.record.get("options", {}).get("formulation") != "kernel"):
        raise AttributeError("the network has scores, not probabilities: it was not trained "
                             "with a loss or a formulation that gives them")
    return True


def _shares(F: Array) -> Array:
    """Least-squares scores as what they estimate, the means of labels -1, 1 or 0, 1."""
    p = np.clip(np.hstack([1 - F, 1 + F]) if F.shape[1] == 1 else F, 0, None)
    sums = p.sum(axis=1, keepdims=True)
    return np.where(sums > 0, p, 1) / np.where(sums > 0, sums, p.shape[1])


def _with_class_weight(init: Any) -> Any:
    """The same constructor with one more parameter, class_weight."""
    @functools.wraps(init)
    def __init__(self: Any, *args: Any, class_weight: Any = None, **how: Any) -> None:
        init(self, *args, **how)
        self.class_weight = class_weight

    known = inspect.signature(init)
    own = inspect.Parameter("class_weight", inspect.Parameter.KEYWORD_ONLY, default=None,
                            annotation="dict[Any, float] | str | None")
    __init__.__signature__ = known.replace(  # type: ignore[attr-defined]
        parameters=[*known.parameters.values(), own])
    return __init__


class _Classifier(ClassifierMixin, _Base):
    class_weight: Any = None

    def _options(self) -> dict[str, Any]:
        chosen, given = super()._options(), self.class_weight
        if isinstance(given, str) and given == "balanced":
            chosen["class-weights"] = given
        elif isinstance(given, dict):
            unknown = set(given) - set(self.classes_.tolist())
            if unknown:
                raise UsageError(f"class_weight: there is no class {sorted(unknown, key=str)[0]!r}")
            chosen["class-weights"] = [float(given.get(c, 1)) for c in self.classes_.tolist()]
        elif given is not None:
            raise UsageError(f"class_weight: {given!r} is neither a dict nor 'balanced'")
        return chosen

    def fit(self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None) -> Any:
        """Train on rows and their classes.

        Parameters
        ----------
        X : array-like or CSR matrix of shape (n_samples, n_features)
            float32 and float64 arrays of any order are read where they lie.
        y : array-like of shape (n_samples,)
            Numbers or texts.
        sample_weight : array-like of shape (n_samples,), optional
            A row of weight 2 counts as two equal ones, one of weight 0 is left out.

        Returns
        -------
        self
        """
        X, y = validate_data(self, X, y, accept_sparse="csr", dtype=_FLOATS)
        weights = _weights_of(sample_weight, X)
        check_classification_targets(y)
        X, y, weights = _weighty(X, y, weights)
        self.classes_, codes = np.unique(y, return_inverse=True)
        if len(self.classes_) < 2:
            raise UsageError("only one class where classification needs two")
        self._train(X, codes.reshape(-1).astype(np.int64), weights,
                    [str(c) for c in self.classes_])
        return self

    def _may_have_probabilities(self) -> bool:
        return getattr(self, "loss", None) in ("logistic", "softmax")

    def _logits_of(self, F: Array) -> Array | None:
        """Numbers whose softmax are probabilities; None: there are none."""
        A = matrix(self._model.c.calibration)
        if A.size:
            return F @ A[:-1] + A[-1]
        loss = self._model.record.get("options", {}).get("loss")
        if loss == "logistic" and F.shape[1] == 1:
            return np.hstack([np.zeros_like(F), F])
        return F if loss == "softmax" and F.shape[1] > 1 else None

    def decision_function(self, X: ArrayLike) -> Array:
        """Scores: of two classes how far a row is on the second one's side; of more one each.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)

        Returns
        -------
        scores : array of shape (n_samples,) or (n_samples, n_classes)
        """
        F = self._outputs(X)
        logits = self._logits_of(F)
        if logits is not None:
            return logits[:, 1] - logits[:, 0] if logits.shape[1] == 2 else logits
        return F[:, 0] - self._model.c.threshold if F.shape[1] == 1 else F

    def predict(self, X: ArrayLike) -> Array:
        """The class of each row.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)

        Returns
        -------
        y : array of shape (n_samples,)
        """
        check_is_fitted(self, "_model")
        X = validate_data(self, X, accept_sparse="csr", dtype=_FLOATS, reset=False)
        return self.classes_[self._model.classes(X)]

    @available_if(_has_probabilities)
    def predict_proba(self, X: ArrayLike) -> Array:
        """The probability of each class, where the network is calibrated or its loss says it.

        A kernel is not calibrated where rows that were left out do not say that higher
        scores make a class likelier: then its least-squares scores are taken for shares.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)

        Returns
        -------
        p : array of shape (n_samples, n_classes)
        """
        F = self._outputs(X)
        logits = self._logits_of(F)
        if logits is None:
            return _shares(F)
        p = np.exp(logits - logits.max(axis=1, keepdims=True))
        return p / p.sum(axis=1, keepdims=True)


# ---- values ----------------------------------------------------------------------------------


class _Regressor(RegressorMixin, _Base):
    def fit(self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None) -> Any:
        """Train on rows and their values.

        Parameters
        ----------
        X : array-like or CSR matrix of shape (n_samples, n_features)
            float32 and float64 arrays of any order are read where they lie.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
        sample_weight : array-like of shape (n_samples,), optional
            A row of weight 2 counts as two equal ones, one of weight 0 is left out.

        Returns
        -------
        self
        """
        X, y = validate_data(self, X, y, accept_sparse="csr", dtype=_FLOATS,
                             multi_output=True, y_numeric=True)
        self._flat = y.ndim == 1
        self._train(X, y, _weights_of(sample_weight, X), None)
        return self

    def predict(self, X: ArrayLike) -> Array:
        """The values of each row.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)

        Returns
        -------
        y : array of shape (n_samples,) or (n_samples, n_outputs)
        """
        F = self._outputs(X)
        return F[:, 0] if self._flat else F

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags

    def _more_tags(self) -> dict[str, Any]:
        return {"multioutput": True}


# ---- convex ----------------------------------------------------------------------------------


class _Convex:
    _method = "convex"
    _names = {"formulation": "formulation", "kernel": "kernel", "patterns": "patterns",
              "gate_kind": "gate-kind", "gates": "gates", "beta": "beta",
              "beta_relative": "beta-relative", "loss": "loss", "solver": "solver", "primal": "primal"}

    def __init__(self, formulation: str | None = None, *, kernel: str | None = None,
                 patterns: int | None = None, gate_kind: str | None = None,
                 gates: str | None = None, beta: float | None = None,
                 beta_relative: float | None = None, loss: str | None = None,
                 solver: str | None = None, primal: str | None = None, normalize: str = "feature", bias: str = "free",
                 precision: str | None = None, tol: float | None = None,
                 max_iter: int | None = None, time_limit: float | None = None,
                 random_state: Any = None, n_jobs: int | None = None,
                 warm_start: bool = False, callbacks: Sequence[Callback] | None = None,
                 options: dict[str, Any] | None = None) -> None:
        self.formulation, self.kernel, self.patterns = formulation, kernel, patterns
        self.gate_kind, self.gates, self.beta = gate_kind, gates, beta
        self.beta_relative, self.loss = beta_relative, loss
        self.solver, self.primal = solver, primal
        self.normalize, self.bias, self.precision = normalize, bias, precision
        self.tol, self.max_iter, self.time_limit = tol, max_iter, time_limit
        self.random_state, self.n_jobs, self.warm_start = random_state, n_jobs, warm_start
        self.callbacks, self.options = callbacks, options

    def _may_have_probabilities(self) -> bool:
        """A kernel is calibrated; no option that is given means a kernel."""
        if self.loss in ("logistic", "softmax"):
            return True
        if self.formulation in (None, "auto"):
            return all(getattr(self, name) is None for name in self._names
                       if name != "formulation")
        return self.formulation == "kernel"


_CONVEX_DOC = """

    The program is convex, so that a network comes with a proof of how good it is
    (``gap_``). Options that are left at None are those of the command.

    Parameters
    ----------
    formulation : {"auto", "relu", "gated", "gated-ridge", "kernel"}, optional
        The program: ReLU cones, gated ReLU with a group norm, gated with a ridge, or
        infinitely many gates in closed form. auto: relu when another of the options below
        is given, else kernel.
    kernel : {"auto", "mix", "relu", "mix+relu", "tree", "mix2", "gated", "ntk"}, optional
        Of formulation="kernel"; auto takes the one with the least leave-one-out error.
    patterns : int, optional
        Activation patterns (gates) to sample.
    gate_kind : {"gaussian", "patch", "pairs", "mix", "mirrored"}, optional
        Where gates come from.
    gates : str, optional
        File of gates, CSV or NPY, a row for each.
    beta, beta_relative : float, optional
        Penalty; or as a fraction of the one above which all weights are zero.
    loss : str, optional
        What is summed over the rows: "squared", or another loss of the command; of classes
        "logistic" and "softmax" give probabilities.
    solver : {"auto", "admm", "fista"}, optional
        Algorithm.
    primal : str, optional
        How ADMM solves its u-step: "direct", "cg", "nystrom-pcg", ...
    %COMMON%

    Attributes
    ----------
"""


@_documented
class ConvexReLUClassifier(_Convex, _Classifier):
    __doc__ = "Classifier: a two-layer ReLU network trained as a convex program." + _CONVEX_DOC.replace("%COMMON%", _CLASS_DOC) + """    classes_ : array of shape (n_classes,)
        The classes.
    %ATTRIBUTES%

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from cvxrelu import ConvexReLUClassifier
    >>> X, y = load_iris(return_X_y=True)
    >>> ConvexReLUClassifier().fit(X, y).score(X, y) > 0.95
    True
    """

    __init__ = _with_class_weight(_Convex.__init__)


@_documented
class ConvexReLURegressor(_Convex, _Regressor):
    __doc__ = "Regressor: a two-layer ReLU network trained as a convex program." + _CONVEX_DOC + """    %ATTRIBUTES%

    Examples
    --------
    >>> import numpy as np
    >>> from cvxrelu import ConvexReLURegressor
    >>> X = np.linspace(-1, 1, 50).reshape(-1, 1)
    >>> model = ConvexReLURegressor("relu", patterns=20, beta=1e-4).fit(X, np.abs(X[:, 0]))
    >>> bool(model.gap_ < 1e-3)
    True
    """


# ---- deep ------------------------------------------------------------------------------------


class _Deep:
    _method = "deep"
    _names = {"layers": "layers", "loss": "loss", "sweep": "sweep"}

    def __init__(self, layers: Sequence[int] | str | None = None, *, loss: str | None = None,
                 sweep: str | None = None, normalize: str = "feature", bias: str = "free",
                 precision: str | None = None, tol: float | None = None,
                 max_iter: int | None = None, time_limit: float | None = None,
                 random_state: Any = None, n_jobs: int | None = None,
                 warm_start: bool = False, callbacks: Sequence[Callback] | None = None,
                 options: dict[str, Any] | None = None) -> None:
        self.layers, self.loss, self.sweep = layers, loss, sweep
        self.normalize, self.bias, self.precision = normalize, bias, precision
        self.tol, self.max_iter, self.time_limit = tol, max_iter, time_limit
        self.random_state, self.n_jobs, self.warm_start = random_state, n_jobs, warm_start
        self.callbacks, self.options = callbacks, options


_DEEP_DOC = """

    Parameters
    ----------
    layers : sequence of int, optional
        Units of the hidden layers, as in (100, 50).
    loss : str, optional
        "hinge", "squared", "softmax", ...
    sweep : str, optional
        "refresh", or "paper" for the order of the paper.
    %COMMON%

    Attributes
    ----------
"""


@_documented
class DeepADMMClassifier(_Deep, _Classifier):
    __doc__ = "Classifier: a ReLU network of any depth trained by Bregman ADMM." + _DEEP_DOC.replace("%COMMON%", _CLASS_DOC) + """    classes_ : array of shape (n_classes,)
        The classes.
    %ATTRIBUTES%
    """

    __init__ = _with_class_weight(_Deep.__init__)


@_documented
class DeepADMMRegressor(_Deep, _Regressor):
    __doc__ = "Regressor: a ReLU network of any depth trained by Bregman ADMM." + _DEEP_DOC + """    %ATTRIBUTES%
    """


# ---- ccp -------------------------------------------------------------------------------------


@_documented
class CCPRegressor(_Regressor):
    """Regressor: one ReLU layer with sparse weights, ``max(0, X U) + b``.

    Minimises ``lambda |U|_1 + |max(0, X U) + b - Y|^2`` by convex majorisers from several
    starts.

    Parameters
    ----------
    penalty, penalty_relative : float, optional
        lambda; or as a fraction of the one from which on zero weights are optimal.
    solver : {"auto", "newton", "graph", "consensus"}, optional
        Algorithm.
    start : {"auto", "both", "zero", "least-squares"}, optional
        Initial weights.
    restarts : int, optional
        Additional random starts.
    %COMMON%

    Attributes
    ----------
    %ATTRIBUTES%
    """

    _method = "ccp"
    _names = {"penalty": "lambda", "penalty_relative": "lambda-relative", "solver": "solver",
              "start": "start", "restarts": "restarts"}

    def __init__(self, penalty: float | None = None, *, penalty_relative: float | None = None,
                 solver: str | None = None, start: str | None = None,
                 restarts: int | None = None, normalize: str = "feature", bias: str = "free",
                 precision: str | None = None, tol: float | None = None,
                 max_iter: int | None = None, time_limit: float | None = None,
                 random_state: Any = None, n_jobs: int | None = None,
                 warm_start: bool = False, callbacks: Sequence[Callback] | None = None,
                 options: dict[str, Any] | None = None) -> None:
        self.penalty, self.penalty_relative, self.solver = penalty, penalty_relative, solver
        self.start, self.restarts = start, restarts
        self.normalize, self.bias, self.precision = normalize, bias, precision
        self.tol, self.max_iter, self.time_limit = tol, max_iter, time_limit
        self.random_state, self.n_jobs, self.warm_start = random_state, n_jobs, warm_start
        self.callbacks, self.options = callbacks, options
