"""The C library, as Python sees it: arrays, models, runs, failures.

Everything here calls the public C API (``include/cvxrelu``); the estimators know only this
module.
"""

from __future__ import annotations

import contextlib
import json
import numbers
import os
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ._core import ffi, lib

lib.cvr_baselines_register()
lib.cvr_show_dashes(False)


# ---- failures ----------------------------------------------------------------------------


class Error(Exception):
    """A failure of the C library; its sentence says where and why.

    Attributes
    ----------
    code : int
        The status, which is the exit code of the command for the same failure.
    hint : str
        What to try, or "".
    """

    code: int = 1
    hint: str = ""


class UsageError(Error, ValueError):
    """A setting that does not exist, or is out of its range."""


class DataError(Error, ValueError):
    """Data or a model that cannot be used as it is."""


class NumericalError(Error, ArithmeticError):
    """A factorisation or iteration broke down."""


class OutOfMemoryError(Error, MemoryError):
    """More memory than there is."""


class FileError(Error, OSError):
    """A file that cannot be read or written."""


_ERRORS = {lib.CVR_USAGE: UsageError, lib.CVR_BAD_DATA: DataError,
           lib.CVR_NUMERICAL: NumericalError, lib.CVR_NO_MEMORY: OutOfMemoryError,
           lib.CVR_IO: FileError}


def _text(pointer: Any) -> str:
    return ffi.string(pointer).decode("utf-8", "replace") if pointer else ""


def _error(status: int) -> Error:
    sentence, hint = _text(lib.cvr_last_error()), _text(lib.cvr_last_hint())
    error = _ERRORS.get(status, Error)(sentence + (f"; {hint}" if hint else ""))
    error.code, error.hint = status, hint
    return error


def check(status: int) -> None:
    """Raise the library's sentence unless status is 0."""
    if status != lib.CVR_OK:
        raise _error(status)


def version() -> str:
    """Version of the C library."""
    return _text(lib.cvr_version())


def blas() -> str:
    """Version and kernels of the OpenBLAS at work."""
    return _text(lib.openblas_get_config())


# ---- threads -----------------------------------------------------------------------------


def available_threads() -> int:
    """Processors that this process may use: affinity and the limits of its control group."""
    try:
        own = len(os.sched_getaffinity(0))
    except AttributeError:
        own = os.cpu_count() or 1
    granted = lib.cvr_machine_allowance().processors
    return max(1, min(own, int(granted + 1e-6) if granted < own else own))


_using = threading.Lock()
_users = 0


def threads_for(n_jobs: int | None) -> int:
    """The threads that `n_jobs` asks for: never more than there are processors."""
    most = available_threads()
    if n_jobs is None:
        return min(most, lib.openblas_get_num_threads())
    if not isinstance(n_jobs, numbers.Integral) or n_jobs == 0:
        raise UsageError(f"n_jobs: {n_jobs} is not a number of threads")
    return min(most, n_jobs) if n_jobs > 0 else max(1, most + 1 + n_jobs)


@contextlib.contextmanager
def _blas_threads(count: int) -> Iterator[None]:
    """BLAS has one number of threads for the whole process: the first run sets it."""
    global _users
    with _using:
        before = lib.openblas_get_num_threads()
        _users += 1
        first = _users == 1
        if first and count != before:
            lib.openblas_set_num_threads(count)
    try:
        yield
    finally:
        with _using:
            _users -= 1
            if first and count != before:
                lib.openblas_set_num_threads(before)


# ---- arrays ------------------------------------------------------------------------------

_TYPES = {np.dtype(np.float64): lib.CVR_FLOAT64, np.dtype(np.float32): lib.CVR_FLOAT32,
          np.dtype(np.int64): lib.CVR_INT64, np.dtype(np.int32): lib.CVR_INT32,
          np.dtype(np.uint8): lib.CVR_UINT8}


def _fits(a: NDArray[Any]) -> bool:
    """Whether the library can read it where it lies."""
    return (a.dtype in _TYPES and a.dtype.isnative and a.flags.aligned
            and all(s % a.itemsize == 0 and (s != 0 or n < 2)
                    for s, n in zip(a.strides, a.shape)))


def _numbers(values: ArrayLike, name: str) -> NDArray[Any]:
    a = np.asarray(values)
    if a.ndim == 1:
        a = a.reshape(-1, 1)
    if a.ndim != 2:
        raise UsageError(f"{name}: {a.ndim} dimensions are not rows and columns")
    if a.dtype.kind not in "biuf":
        raise UsageError(f"{name}: numbers are needed, not {a.dtype}")
    if not _fits(a):
        narrow = a.dtype.kind == "f" and a.dtype.itemsize <= 4
        a = np.ascontiguousarray(a, np.float32 if narrow else np.float64)
    return a


def _sparse_array(values: Any, name: str) -> tuple[Any, Any]:
    """Sparse rows of SciPy, whose values are read where they lie."""
    rows = values.tocsr()
    if not rows.has_canonical_format:
        rows = rows.copy()
        rows.sum_duplicates()
    if max(rows.shape) >= 2**31:
        raise UsageError(f"{name}: {rows.shape[1]} columns are too many")
    single = rows.dtype == np.float32
    value = np.ascontiguousarray(rows.data, np.float32 if single else np.float64)
    start = np.ascontiguousarray(rows.indptr, np.int64)
    index = np.ascontiguousarray(rows.indices, np.int32)
    c = ffi.new("cvr_sparse *", [*rows.shape, lib.CVR_SINGLE if single else lib.CVR_DOUBLE,
                                 ffi.cast("int64_t *", start.ctypes.data),
                                 ffi.cast("int32_t *", index.ctypes.data),
                                 ffi.cast("void *", value.ctypes.data)])
    array = ffi.new("cvr_array *", [c, lib.CVR_CSR, *rows.shape, 0, 0])[0]
    return array, _Sparse(rows.shape, (c, start, index, value))


class _Sparse:
    """What a ``cvr_array`` of sparse rows points to."""

    def __init__(self, shape: tuple[int, int], kept: tuple[Any, ...]) -> None:
        self.shape, self.kept = shape, kept


def array_of(values: Any, name: str = "X") -> tuple[Any, Any]:
    """A ``cvr_array`` of numbers, and what owns its memory.

    Nothing is copied that the library can read where it lies: any strides of float64,
    float32, int64, int32 and uint8, and the values of CSR matrices.
    """
    if hasattr(values, "tocsr"):
        return _sparse_array(values, name)
    a = _numbers(values, name)
    strides = [s // a.itemsize if n > 1 else 1 for s, n in zip(a.strides, a.shape)]
    data = ffi.cast("void *", a.ctypes.data)
    return ffi.new("cvr_array *", [data, _TYPES[a.dtype], *a.shape, *strides])[0], a


# ---- what a run asks and tells -----------------------------------------------------------


def _callback(given: Any) -> Callable[[dict[str, Any]], Any]:
    """A callable as it is; a progress bar of tqdm, whose update answers what it likes, is
    brought to the number of iterations."""
    if callable(given) or not hasattr(given, "update"):
        return given

    def advance(measurement: dict[str, Any]) -> None:
        given.update(measurement["iterations"] - given.n)

    return advance


class Run:
    """The callbacks of one run, and what it has told.

    Parameters
    ----------
    callbacks : sequence of callables and progress bars of tqdm
        Called as ``callback(measurement)`` with a dict of the keys of the command's
        results; a true answer ends the run.
    """

    def __init__(self, callbacks: Sequence[Callable[[dict[str, Any]], Any]] = ()) -> None:
        self.callbacks = [_callback(c) for c in callbacks]
        self.history: list[dict[str, Any]] = []
        self.notes: list[str] = []
        self.exception: BaseException | None = None
        self.handle = ffi.new_handle(self)
        self.watch = ffi.new("watch *")
        lib.watch_begin(self.watch, self.handle)

    def end(self, exception: BaseException) -> None:
        """Keep what went wrong in a callback: it ends the run and is raised behind it."""
        if self.exception is None:
            self.exception = exception
        self.watch.answer = lib.CVR_END

    def check(self, status: int) -> None:
        """Raise what a callback raised, else the library's failure."""
        if self.exception is not None:
            raise self.exception
        check(status)


def _keep(exception: Any, value: BaseException, traceback: Any) -> int:
    run = _current.run
    if run is not None:
        run.end(value)
    return lib.CVR_END


class _Current(threading.local):
    run: Run | None = None


_current = _Current()


# Python looks for signals before the first line: KeyboardInterrupt comes from here.
@ffi.def_extern(error=lib.CVR_END, onerror=_keep)
def on_question(run: Any) -> int:
    return lib.CVR_END if ffi.from_handle(run).exception is not None else lib.CVR_GO_ON


@ffi.def_extern(error=1, onerror=_keep)
def on_measurement(progress: Any, user: Any) -> int:
    run = ffi.from_handle(ffi.cast("watch *", user).run)
    measurement = result_of(progress)
    run.history.append(measurement)
    return int(any([bool(callback(measurement)) for callback in run.callbacks]))


@ffi.def_extern(onerror=_keep)
def on_note(level: Any, sentence: Any, user: Any) -> None:
    if level == lib.CVR_LOG_NOTE:
        ffi.from_handle(ffi.cast("watch *", user).run).notes.append(_text(sentence))


@contextlib.contextmanager
def running(run: Run, threads: int) -> Iterator[None]:
    """Failures of callbacks in this thread go to `run`; BLAS has its threads."""
    before, _current.run = _current.run, run
    try:
        with _blas_threads(threads):
            yield
    finally:
        _current.run = before


def result_of(progress: Any) -> dict[str, Any]:
    """A measurement with the keys of the command's results; None where there is none."""
    text = ffi.new("char **")
    check(lib.cvr_progress_json(progress, text))
    try:
        return json.loads(ffi.string(text[0]))
    finally:
        lib.free(text[0])


# ---- settings ----------------------------------------------------------------------------


def written(value: Any) -> str:
    """An option's value as the command takes it."""
    if isinstance(value, (bool, np.bool_)):
        return "yes" if value else "no"
    if isinstance(value, (float, np.floating)):
        return repr(float(value))
    if isinstance(value, (list, tuple, np.ndarray)):
        return ",".join(written(v) for v in value)
    return str(value)


def _words(options: Mapping[str, Any]) -> bytes:
    words = []
    for name, value in options.items():
        word = f"{name.replace('_', '-')}={written(value)}"
        if any(c.isspace() or c == "\0" for c in word):
            raise UsageError(f"{name}: '{value}' has blanks in it")
        words.append(word)
    return " ".join(words).encode()


def _names(names: Sequence[Any] | None) -> tuple[Any, list[Any]]:
    if names is None:
        return ffi.NULL, []
    kept = [ffi.new("char[]", str(name).encode("utf-8", "surrogateescape")) for name in names]
    return ffi.new("char *[]", kept), kept


# ---- models ------------------------------------------------------------------------------


class Model:
    """A trained network of the C library; pickles as the bytes of its model file."""

    def __init__(self) -> None:
        self.c = ffi.gc(ffi.new("cvr_model *"), lib.cvr_model_free)

    @classmethod
    def from_bytes(cls, data: bytes) -> Model:
        """The model of such bytes as `to_bytes` gives."""
        model = cls()
        check(lib.cvr_model_from_bytes(data, len(data), model.c))
        return model

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Model:
        """The model of a file that the command or `save` has written."""
        model = cls()
        check(lib.cvr_model_load(os.fsencode(path), model.c))
        return model

    def to_bytes(self) -> bytes:
        """The bytes of the model's safetensors file."""
        data, size = ffi.new("unsigned char **"), ffi.new("size_t *")
        check(lib.cvr_model_to_bytes(self.c, data, size))
        try:
            return bytes(ffi.buffer(data[0], size[0]))
        finally:
            lib.free(data[0])

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the model to a file for the command."""
        check(lib.cvr_model_save(self.c, os.fsencode(path)))

    def save_onnx(self, path: str | os.PathLike[str], fold: bool = False) -> None:
        """Write the model to an ONNX file; fold puts the normalisation into the weights."""
        check(lib.cvr_model_save_onnx(self.c, os.fsencode(path), fold))

    def __reduce__(self) -> tuple[Any, ...]:
        return Model.from_bytes, (self.to_bytes(),)

    @property
    def features(self) -> int:
        """Columns of a raw row."""
        return int(self.c.transform.raw_features)

    @property
    def class_names(self) -> list[str]:
        """The classes in the order of the outputs; none for values."""
        return [_text(self.c.class_names[k]) for k in range(self.c.classes)]

    @property
    def record(self) -> dict[str, Any]:
        """Method, options, seed and version."""
        return json.loads(_text(self.c.record))

    def outputs(self, X: ArrayLike, dtype: Any = np.float64) -> NDArray[Any]:
        """The network's outputs (rows x outputs)."""
        return self._predict(X, self.c.outputs, dtype)

    def classes(self, X: ArrayLike) -> NDArray[np.int64]:
        """The class of each row, an index of `class_names`."""
        return self._predict(X, 1, np.int64)[:, 0]

    def _predict(self, X: ArrayLike, columns: int, dtype: Any) -> NDArray[Any]:
        x, owner = array_of(X)
        out = np.empty((owner.shape[0], columns), dtype)
        if len(out):
            check(lib.cvr_predict(self.c, x, array_of(out, "out")[0]))
        return out


def matrix(m: Any) -> NDArray[Any]:
    """A copy of a ``cvr_mat`` on the processor."""
    single = m.type == lib.CVR_SINGLE
    if not m.data or m.rows * m.cols == 0:
        return np.zeros((m.rows, m.cols), np.float32 if single else np.float64)
    kind = "float *" if single else "double *"
    size = (m.ld * (m.cols - 1) + m.rows) * (4 if single else 8)
    flat = np.frombuffer(ffi.buffer(ffi.cast(kind, m.data), size),
                         np.float32 if single else np.float64)
    columns = np.lib.stride_tricks.as_strided(
        flat, (m.rows, m.cols), (flat.itemsize, flat.itemsize * m.ld))
    return np.array(columns)


# ---- training in one call ----------------------------------------------------------------


def _spread(method: str, options: Mapping[str, Any], threads: int) -> tuple[dict[str, Any], int]:
    """Options and BLAS's threads: some methods share rows among threads of their own."""
    info = lib.cvr_method_find(method.encode())
    if info and info.own_threads:
        return {**options, "threads": threads}, 1
    return dict(options), threads


def _wrapped(comm: Any) -> Any:
    """The processes of an mpi4py communicator."""
    if comm is None:
        return None
    from mpi4py import MPI
    slot = ffi.new("cvr_comm **")
    check(lib.cvr_comm_wrap_mpi(ffi.cast("void *", MPI._addressof(comm)), slot))
    return ffi.gc(slot[0], lib.cvr_comm_free)


def fit(method: str, X: ArrayLike, Y: ArrayLike, options: Mapping[str, Any], *,
        run: Run | None = None, threads: int | None = None,
        feature_names: Sequence[Any] | None = None,
        target_names: Sequence[Any] | None = None,
        class_names: Sequence[Any] | None = None,
        weights: ArrayLike | None = None, comm: Any = None) -> tuple[Model, dict[str, Any]]:
    """Train a network: ``cvr_fit``.

    Parameters
    ----------
    method : str
        "convex", "deep", "ccp", or a baseline ("linear", "adam", "sgd").
    X : array of shape (n, d)
    Y : array of shape (n, k)
        A column of labels or values, or several columns of values.
    options : mapping
        Options by the names of the command, as in ``{"patterns": 50}``.
    run : Run, optional
        Takes measurements and notes.
    threads : int, optional
        Threads of this run; by default those that BLAS has.
    feature_names, target_names, class_names : sequences of str, optional
        Kept in the model.
    weights : array of shape (n,), optional
        Weights of the rows; a row of weight 0 is none.
    comm : mpi4py communicator, optional
        X and Y are then this process's rows of a problem that all of them share.

    Returns
    -------
    model : Model
    result : dict
        The last measurement, with the keys of the command's results.
    """
    run = Run() if run is None else run
    x, x_owner = array_of(X)
    y, y_owner = array_of(Y, "Y")
    used = threads or threads_for(None)
    options, threads = _spread(method, options, used)
    kept = [x_owner, y_owner]
    extras, result, model = ffi.new("cvr_fit_extras *"), ffi.new("cvr_progress *"), Model()
    for field, names, count in (("feature_names", feature_names, x.cols),
                                ("target_names", target_names, None),
                                ("class_names", class_names, None)):
        if names is not None and count is not None and len(names) != count:
            raise UsageError(f"{len(names)} names for {count} columns of X")
        list_, texts = _names(names)
        setattr(extras, field, list_)
        kept += [list_, texts]
    extras.class_count = len(class_names) if class_names is not None else 0
    if weights is not None:
        w, w_owner = array_of(weights, "weights")
        kept += [w_owner, ffi.new("cvr_array *", w)]
        extras.weights = kept[-1]
    extras.interrupt, extras.progress = lib.watch_ask, lib.on_measurement
    extras.log, extras.user, extras.result = lib.on_note, run.watch, result
    kept.append(_wrapped(comm))
    extras.comm = kept[-1] or ffi.NULL
    with running(run, threads):
        status = lib.cvr_fit(method.encode(), x, y, extras, _words(options), model.c)
    run.check(status)
    return model, {**result_of(result), "threads": used}


# ---- a solver that stays -----------------------------------------------------------------


def _transform_choice(name: str, value: str, choices: str) -> int:
    if value not in choices.split("|"):
        raise UsageError(f"{name}: '{value}' is not one of {choices.replace('|', ', ')}")
    return choices.split("|").index(value)


class Solver:
    """A data set and a solver that goes on: other penalties, test rows, more iterations."""

    def __init__(self, method: str, X: ArrayLike, Y: ArrayLike, options: Mapping[str, Any], *,
                 classify: bool, test: tuple[ArrayLike, ArrayLike] | None = None,
                 normalize: str = "feature", bias: str = "free", threads: int | None = None,
                 class_names: Sequence[Any] | None = None, weights: ArrayLike | None = None,
                 class_weights: str | None = None, run: Run | None = None) -> None:
        self.method, self._stack = method, contextlib.ExitStack()
        self.used = threads or threads_for(None)
        self.options, self.threads = _spread(method, options, self.used)
        try:
            with self._listening(run or Run()) as listening:
                self._build(X, Y, classify, test, normalize, bias, class_names,
                            (weights, class_weights), listening)
        except BaseException:
            self.close()
            raise

    def _own(self, slot: Any, free: Callable[[Any], None]) -> Any:
        self._stack.callback(free, slot[0])
        return slot[0]

    def _build(self, X: ArrayLike, Y: ArrayLike, classify: bool, test: Any, normalize: str,
               bias: str, class_names: Sequence[Any] | None,
               weights: tuple[ArrayLike | None, str | None], run: Run) -> None:
        slot = ffi.new("cvr_settings **")
        run.check(lib.cvr_settings_new(self.method.encode(), slot))
        self.settings = self._own(slot, lib.cvr_settings_free)
        for name, value in self.options.items():
            self.set(name, value)
        self.type = self._type(X)
        self.data = self._data(X, Y, classify, run)
        for k, name in enumerate(class_names if class_names is not None else ()):
            lib.name_class(self.data, k, str(name).encode())
        self._weigh(run, *weights)
        run.check(lib.cvr_settings_decide(self.settings, self.data, ffi.new("bool *")))
        run.check(lib.cvr_dataset_fit_transform(
            self.data, _transform_choice("normalize", normalize, "none|global|feature|unit"),
            _transform_choice("bias", bias, "free|penalised|none"), self.comm))
        self.test = ffi.NULL
        if test is not None:
            self.test = self._data(*test, classify, run)
            for k in range(self.test.classes if class_names is not None else 0):
                label = int(float(_text(self.test.class_names[k])))
                lib.name_class(self.test, k, str(class_names[label]).encode())
            run.check(lib.cvr_dataset_transform(
                self.test, ffi.addressof(self.data.transform), self.data.classes,
                self.data.class_names, self.comm))
        slot = ffi.new("cvr_solver **")
        run.check(lib.cvr_solver_new(self.data, self.test, self.comm, self.settings, slot))
        self.solver = self._own(slot, lib.cvr_solver_free)

    def _type(self, X: ArrayLike) -> int:
        single = getattr(X, "dtype", None) == np.float32
        if single and not lib.cvr_settings_given(self.settings, b"precision"):
            self.set("precision", "single")
        return int(lib.cvr_settings_choice(self.settings, b"precision"))

    def _data(self, X: ArrayLike, Y: ArrayLike, classify: bool, run: Run) -> Any:
        x, x_owner = array_of(X)
        y, y_owner = array_of(Y, "Y")
        slot = ffi.new("cvr_dataset **")
        task = lib.CVR_CLASSIFY if classify else lib.CVR_REGRESS
        run.check(lib.cvr_dataset_from_arrays(x, y, self.type, task, self.comm, slot))
        del x_owner, y_owner
        return self._own(slot, lib.cvr_dataset_free)

    def _weigh(self, run: Run, rows: ArrayLike | None, classes: str | None) -> None:
        w = None if rows is None else np.ascontiguousarray(rows, np.float64)
        run.check(lib.weigh(self.data,
                            ffi.NULL if w is None else ffi.cast("double *", w.ctypes.data),
                            ffi.NULL if classes is None else classes.encode()))

    @contextlib.contextmanager
    def _listening(self, run: Run) -> Iterator[Run]:
        if not hasattr(self, "comm"):
            slot = ffi.new("cvr_comm **")
            check(lib.cvr_comm_open(b"serial", slot))
            self.comm = self._own(slot, lib.cvr_comm_free)
        lib.cvr_comm_question(self.comm, lib.watch_ask, run.watch)
        try:
            with running(run, self.threads):
                yield run
        finally:
            lib.cvr_comm_question(self.comm, ffi.NULL, ffi.NULL)

    def set(self, name: str, value: Any) -> None:
        """Change an option: limits and tolerances between runs, all before the first."""
        text = written(value).encode("utf-8", "surrogateescape")
        check(lib.cvr_settings_set(self.settings, name.replace("_", "-").encode(), text))

    def set_penalty(self, relative: float) -> None:
        """Another penalty, from where the solver stands."""
        check(lib.cvr_solver_set_penalty(self.solver, relative))

    def run(self, run: Run | None = None) -> dict[str, Any]:
        """Run until an outcome; the last measurement."""
        result = ffi.new("cvr_progress *")
        with self._listening(run or Run()) as listening:
            status = lib.cvr_solver_run(self.solver, lib.on_measurement, listening.watch,
                                        result)
        listening.check(status)
        found = result_of(result)
        if found["outcome"] == "diverged":
            raise NumericalError(f"the iteration diverged after {found['iterations']} steps")
        return {**found, "threads": self.used}

    def model(self) -> Model:
        """The network where the solver stands."""
        model = Model()
        check(lib.cvr_solver_model(self.solver, model.c))
        return model

    def close(self) -> None:
        """Free solver, data and settings."""
        self._stack.close()

    def __enter__(self) -> Solver:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

