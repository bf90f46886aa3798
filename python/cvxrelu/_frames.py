"""Many runs as frames of pandas, which is needed here only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ._core import ffi, lib
from ._library import Solver, UsageError, _text, threads_for

_ONLY_WITH_GSL = ("cg", "bfgs")


def _targets(y: ArrayLike, y_test: ArrayLike | None,
             classify: bool | None) -> tuple[Any, Any, list[Any] | None]:
    """Targets as numbers, and the classes: texts and few whole numbers are classes."""
    y = np.asarray(y)
    if classify is None:
        whole = y.dtype.kind in "iub" and y.ndim == 1 and len(np.unique(y)) <= 100
        classify = whole or y.dtype.kind in "OUS"
    if not classify:
        return y, y_test, None
    classes, codes = np.unique(y, return_inverse=True)
    if y_test is None:
        return codes.astype(np.int64), None, list(classes)
    known = np.asarray(y_test)
    if not np.isin(known, classes).all():
        raise UsageError("y_test has a class that y does not have")
    return (codes.astype(np.int64), np.searchsorted(classes, known).astype(np.int64),
            list(classes))


def _solver(method: str, X: ArrayLike, y: ArrayLike, X_test: ArrayLike | None,
            y_test: ArrayLike | None, classify: bool | None, options: Mapping[str, Any],
            n_jobs: int | None) -> Solver:
    if (X_test is None) != (y_test is None):
        raise UsageError("X_test and y_test come together")
    y, y_test, classes = _targets(y, y_test, classify)
    own = {name.replace("_", "-"): value for name, value in options.items()}
    how = {name: own.pop(name) for name in ("normalize", "bias") if name in own}
    return Solver(method, X, y, own, classify=classes is not None, class_names=classes,
                  test=None if X_test is None else (X_test, y_test),
                  threads=threads_for(n_jobs), **how)


def path(X: ArrayLike, y: ArrayLike, *, penalties: int | Sequence[float] = 20,
         X_test: ArrayLike | None = None, y_test: ArrayLike | None = None,
         classify: bool | None = None, n_jobs: int | None = None, **options: Any) -> Any:
    """Convex networks for a path of penalties, each warm-started from the one before.

    Parameters
    ----------
    X, y : array-like
        Rows and classes or values.
    penalties : int or sequence of float, default=20
        Fractions of the penalty above which all weights are zero; a number: so many from 1
        down to 0.001.
    X_test, y_test : array-like, optional
        Rows to score.
    classify : bool, optional
        Whether y is classes: by default texts and at most 100 whole numbers are.
    n_jobs : int, optional
        Threads, as of the estimators.
    **options
        Options of ``cvxrelu train convex``; the formulation is by default gated.

    Returns
    -------
    frame : pandas.DataFrame
        A row for each penalty: ``beta_relative`` and the keys of the command's results.
    """
    import pandas as pd
    if isinstance(penalties, int):
        penalties = [10 ** (-3 * k / max(penalties - 1, 1)) for k in range(penalties)]
    rows = []
    with _solver("convex", X, y, X_test, y_test, classify,
                 {"formulation": "gated", **options}, n_jobs) as solver:
        for penalty in penalties:
            solver.set_penalty(float(penalty))
            rows.append({"beta_relative": float(penalty), **solver.run()})
    return pd.DataFrame(rows)


def _parse(spec: str) -> tuple[str, str, dict[str, str]]:
    """METHOD[:option=value,...,label=NAME]; what has no = goes on with the value before."""
    method, _, rest = spec.partition(":")
    options: dict[str, str] = {}
    last = ""
    for word in rest.split(",") if rest else []:
        name, equals, value = word.partition("=")
        if equals:
            options[last := name] = value
        elif last:
            options[last] += "," + word
        else:
            raise UsageError(f"'{spec}': '{word}' is not of the form option=value")
    return method, options.pop("label", spec), options


def methods() -> list[str]:
    """The methods that `compare` takes."""
    names = []
    while (info := lib.cvr_method_at(len(names))) != ffi.NULL:
        names.append(_text(info.name))
    return names


def compare(specs: Sequence[str], X: ArrayLike, y: ArrayLike, *,
            X_test: ArrayLike | None = None, y_test: ArrayLike | None = None,
            seeds: int | Sequence[int] = 1, classify: bool | None = None,
            n_jobs: int | None = None, **options: Any) -> Any:
    """Methods and settings side by side on the same rows.

    Parameters
    ----------
    specs : sequence of str
        Each is METHOD[:OPTION=VALUE,...,label=NAME], as for ``cvxrelu compare``.
    X, y : array-like
        Rows and classes or values.
    X_test, y_test : array-like, optional
        Rows to score.
    seeds : int or sequence of int, default=1
        Seeds of each spec; a number: so many from 1 on.
    classify : bool, optional
        Whether y is classes: by default texts and at most 100 whole numbers are.
    n_jobs : int, optional
        Threads, as of the estimators.
    **options
        Options of all specs.

    Returns
    -------
    frame : pandas.DataFrame
        A row for each spec and seed: ``label`` and the keys of the command's results.
    """
    import pandas as pd
    known, rows = methods(), []
    for spec in specs:
        method, label, own = _parse(spec)
        if method in _ONLY_WITH_GSL and method not in known:
            raise UsageError(f"{method} needs GSL, which the Python package is built without: "
                             "the command has it")
        for seed in range(1, seeds + 1) if isinstance(seeds, int) else seeds:
            with _solver(method, X, y, X_test, y_test, classify,
                         {**options, **own, "seed": seed}, n_jobs) as solver:
                rows.append({"label": label, **solver.run()})
    return pd.DataFrame(rows)
