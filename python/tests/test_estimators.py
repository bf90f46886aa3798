"""What users of scikit-learn rely on."""

import os
import pickle
import warnings

import joblib
import numpy as np
import pandas as pd
import pytest
import scipy.sparse
import sklearn
from sklearn.base import clone
from sklearn.datasets import load_iris
from sklearn.exceptions import ConvergenceWarning, NotFittedError
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.utils import estimator_checks

import cvxrelu

ALL = [cvxrelu.ConvexReLUClassifier(), cvxrelu.ConvexReLURegressor(),
       cvxrelu.ConvexReLUClassifier("relu", patterns=20),
       cvxrelu.ConvexReLUClassifier("gated", patterns=20),
       cvxrelu.ConvexReLURegressor("relu", patterns=20),
       cvxrelu.DeepADMMClassifier(), cvxrelu.DeepADMMRegressor(), cvxrelu.CCPRegressor()]


# A sampled program stops at a gap of 1e-3, and its penalty is a part of the one above
# which all weights are zero, whatever the weights of classes: see the tests of weights.
NOT_FOR_SAMPLED = {"check_class_weight_classifiers", "check_sample_weights_invariance",
                   "check_sample_weight_equivalence_on_dense_data",
                   "check_sample_weight_equivalence_on_sparse_data"}


def applies(estimator, check):
    name = getattr(check, "func", check).__name__
    sampled = getattr(estimator, "formulation", None) in ("relu", "gated")
    return not (sampled and name in NOT_FOR_SAMPLED)


def checks(estimator):
    every = getattr(estimator_checks, "estimator_checks_generator", None)
    return every(estimator) if every else estimator_checks.check_estimator(
        estimator, generate_only=True)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("estimator", ALL, ids=str)
def test_every_check_of_scikit_learn_passes(estimator):
    count = 0
    for same, check in checks(estimator):
        if not applies(estimator, check):
            continue
        try:
            check(same)
        except estimator_checks.SkipTest:
            continue
        count += 1
    assert count > 30, f"scikit-learn {sklearn.__version__}"


@pytest.mark.parametrize("estimator", ALL, ids=str)
def test_weights_are_repeated_rows(estimator, ridge):
    X, y = ridge
    y = (y > 1).astype(int) if "Classifier" in str(estimator) else y
    weights = np.arange(len(y)) % 3
    sampled = getattr(estimator, "formulation", None) in ("relu", "gated")
    made = {"tol": 1e-8, "max_iter": 5000} if sampled else {}
    near = 1e-2 if sampled else 1e-8
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        weighted = clone(estimator).set_params(**made).fit(X, y, sample_weight=weights)
        repeated = clone(estimator).set_params(**made).fit(X.repeat(weights, axis=0),
                                                           y.repeat(weights))
        ones = clone(estimator).fit(X, y, sample_weight=np.ones(len(y)))
        plain = clone(estimator).fit(X, y)
    score = "decision_function" if "Classifier" in str(estimator) else "predict"
    np.testing.assert_allclose(getattr(weighted, score)(X), getattr(repeated, score)(X),
                               atol=near * np.abs(y).max())
    np.testing.assert_array_equal(getattr(ones, score)(X), getattr(plain, score)(X))


def test_a_warm_start_heeds_weights(ridge):
    X, y = ridge
    weights = np.arange(len(y)) % 3
    made = {"formulation": "gated", "patterns": 9, "tol": 1e-9, "max_iter": 5000}
    cold = cvxrelu.ConvexReLURegressor(**made).fit(X, y, sample_weight=weights)
    warm = cvxrelu.ConvexReLURegressor(**made, warm_start=True)
    warm.fit(X, y).fit(X, y, sample_weight=weights)
    np.testing.assert_allclose(warm.predict(X), cold.predict(X), atol=1e-6)


@pytest.mark.parametrize("formulation", ["kernel", "relu", "gated", "gated-ridge"])
def test_a_class_without_weight_is_hardly_predicted(formulation, ridge):
    X, y = ridge[0], (ridge[1] > np.median(ridge[1])).astype(int)
    made = {} if formulation == "kernel" else {"patterns": 9, "beta": 1.0}
    model = cvxrelu.ConvexReLUClassifier(formulation, class_weight={0: 100.0, 1: 1e-6}, **made)
    assert np.mean(model.fit(X, y).predict(X) == 0) > 0.9
    balanced = cvxrelu.ConvexReLUClassifier(class_weight="balanced").fit(X, y)
    assert balanced.score(X, y) > 0.8
    for wrong in ({7: 1.0}, "even", {0: -1.0}):
        with pytest.raises(ValueError, match="class"):
            clone(model).set_params(class_weight=wrong).fit(X, y)


def test_a_kernel_without_calibration_has_shares():
    draw = np.random.RandomState(42)
    X, y = draw.rand(15, 30), draw.randint(0, 3, size=15)
    for classes in (y, y > 0):
        model = cvxrelu.ConvexReLUClassifier().fit(X, classes)
        p = model.predict_proba(X)
        assert (p >= 0).all()
        np.testing.assert_allclose(p.sum(axis=1), 1)
        np.testing.assert_array_equal(model.classes_[p.argmax(axis=1)], model.predict(X))


@pytest.mark.parametrize("weights", [-1.0, np.nan, 0.0])
def test_weights_that_are_none_are_refused(weights, ridge):
    X, y = ridge
    with pytest.raises(ValueError, match="weight|NaN"):
        cvxrelu.ConvexReLURegressor().fit(X, y, sample_weight=np.full(len(y), weights))


def test_texts_are_classes_and_frames_have_names(tmp_path):
    X, y = load_iris(return_X_y=True, as_frame=True)
    names = y.map(dict(enumerate(["setosa", "versicolor", "virginica"])))
    model = cvxrelu.ConvexReLUClassifier().fit(X, names)
    assert set(model.predict(X)) <= set(names)
    assert model.score(X, names) > 0.95 and model.loo_score_ > 0.9
    assert list(model.feature_names_in_) == list(X.columns)
    np.testing.assert_allclose(model.predict_proba(X).sum(axis=1), 1)
    with pytest.raises(ValueError, match="feature names"):
        model.predict(X[X.columns[::-1]])
    model.save(tmp_path / "iris.safetensors")
    assert cvxrelu.Model.load(tmp_path / "iris.safetensors").class_names == [
        "setosa", "versicolor", "virginica"]


@pytest.mark.parametrize("estimator", ALL, ids=str)
def test_pickles_and_copies_predict_alike(estimator, ridge, tmp_path):
    X, y = ridge
    y = (y > 1).astype(int) if "Classifier" in str(estimator) else y
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        model = clone(estimator).fit(X, y)
    joblib.dump(model, tmp_path / "model")
    for other in (pickle.loads(pickle.dumps(model)), joblib.load(tmp_path / "model")):
        np.testing.assert_array_equal(other.predict(X), model.predict(X))
        assert other.gap_ == model.gap_ or np.isnan(model.gap_)


@pytest.mark.parametrize("estimator", ALL, ids=str)
@pytest.mark.parametrize("normalize", ["none", "feature"])
def test_the_arrays_of_a_network_compute_its_outputs(estimator, normalize, ridge):
    X, y = ridge
    classify = "Classifier" in str(estimator)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        model = clone(estimator).set_params(normalize=normalize).fit(
            X, (y * 2).astype(int) % 3 if classify else y)
    outputs = model._model.outputs(X)
    np.testing.assert_allclose(model.network_(X), outputs, rtol=1e-9, atol=1e-9)
    torch = pytest.importorskip("torch")
    found = model.to_torch()(torch.from_numpy(X)).detach().numpy()
    np.testing.assert_allclose(found, outputs, rtol=1e-9, atol=1e-9)


def test_an_open_gap_is_a_warning_and_the_figures_are_there(ridge):
    X, y = ridge
    with pytest.warns(ConvergenceWarning, match="max-iterations after 2 iterations; the gap"):
        model = cvxrelu.ConvexReLURegressor("relu", patterns=20, max_iter=2).fit(X, y)
    low, high = model.bounds_
    assert low <= high and model.gap_ == pytest.approx((high - low) / high)
    assert model.history_[-1]["iterations"] == model.n_iter_ == 2
    assert set(model.result_) == set(model.history_[-1])


def test_callbacks_see_measurements_and_end_the_run(ridge):
    X, y = ridge
    seen = []

    def watch(measurement):
        seen.append(measurement["iterations"])
        return len(seen) == 2

    model = cvxrelu.ConvexReLURegressor("gated", patterns=20, tol=1e-9, beta=1e-3,
                                        callbacks=[watch]).fit(X, y)
    assert len(seen) == 2 and model.result_["outcome"] == "stopped"


def test_a_progress_bar_is_a_callback(ridge):
    class Bar:
        n = 0

        def update(self, more):
            self.n += more
            return True

    bar = Bar()
    model = cvxrelu.ConvexReLURegressor("gated", patterns=20, callbacks=[bar]).fit(*ridge)
    assert bar.n == model.n_iter_ > 10 and model.result_["outcome"] == "converged"


def test_what_a_callback_raises_is_raised(ridge):
    def fail(measurement):
        raise LookupError("not found")

    with pytest.raises(LookupError, match="not found"):
        cvxrelu.ConvexReLURegressor("gated", patterns=5, callbacks=[fail]).fit(*ridge)


@pytest.mark.parametrize("order", ["C", "F", "strided", "float32", "integers"])
def test_rows_in_any_order_give_the_same_network(order, ridge):
    X, y = np.round(10 * ridge[0]), ridge[1]
    other = {"C": X, "F": np.asfortranarray(X), "strided": np.repeat(X, 2, axis=1)[:, ::2],
             "float32": X.astype(np.float32), "integers": X.astype(np.int32)}[order]
    made = {"precision": "double", "patterns": 10, "formulation": "gated"}
    a = cvxrelu.ConvexReLURegressor(**made).fit(X, y)
    b = cvxrelu.ConvexReLURegressor(**made).fit(other, y)
    np.testing.assert_array_equal(a.predict(X), b.predict(X))


@pytest.mark.parametrize("columns", [5, 60000])
def test_sparse_rows_are_trained_on_as_dense_ones(columns):
    X = scipy.sparse.random(60, columns, 0.3 if columns < 9 else 1e-4, "csr", random_state=1)
    y = np.asarray(X[:, :5].sum(axis=1)).ravel() + np.arange(60) % 3
    made = {"formulation": "gated-ridge", "patterns": 9, "normalize": "none"}
    a = cvxrelu.ConvexReLURegressor(**made).fit(X, y)
    b = cvxrelu.ConvexReLURegressor(**made).fit(X.toarray(), y)
    for model in (a, b):
        np.testing.assert_allclose(model.predict(X), a.predict(X.toarray()), atol=1e-6)
        np.testing.assert_allclose(model.predict(X.tocsc()), model.predict(X))


def test_a_warm_start_goes_on(ridge):
    X, y = ridge
    model = cvxrelu.ConvexReLURegressor("gated", patterns=20, beta_relative=0.1, tol=1e-6,
                                        options={"measure_every": 1},
                                        warm_start=True).fit(X, y)
    cold = clone(model).set_params(beta_relative=0.09, warm_start=False)
    warm = model.set_params(beta_relative=0.09).fit(X, y).n_iter_
    assert warm < cold.fit(X, y).n_iter_
    assert model.bounds_[1] == pytest.approx(cold.bounds_[1], rel=1e-4)
    model.set_params(patterns=5).fit(X, y)
    assert model.result_["patterns"] == 5
    assert len(pickle.dumps(model)) > 0


def test_a_search_over_folds_and_processes(ridge):
    X, y = ridge
    search = GridSearchCV(cvxrelu.ConvexReLURegressor("gated", patterns=20),
                          {"beta_relative": [0.5, 0.01]}, cv=2, n_jobs=2).fit(X, y)
    assert search.best_params_ == {"beta_relative": 0.01}
    assert cross_val_score(search.best_estimator_, X, y, cv=2).mean() > 0.5


def test_threads_are_no_more_than_the_processors(ridge):
    most = len(os.sched_getaffinity(0))
    for n_jobs in (-1, 1, 64):
        model = cvxrelu.DeepADMMRegressor(layers=(5,), n_jobs=n_jobs, max_iter=3)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            assert 1 <= model.fit(*ridge).result_["threads"] <= most
    with pytest.raises(ValueError, match="n_jobs"):
        cvxrelu.DeepADMMRegressor(n_jobs=0).fit(*ridge)


def test_several_outputs(ridge):
    X, y = ridge
    model = cvxrelu.ConvexReLURegressor("relu", patterns=30, beta=1e-3)
    both = model.fit(X, np.stack([y, -y], 1)).predict(X)
    assert both.shape == (200, 2)
    np.testing.assert_allclose(both[:, 0], -both[:, 1], atol=0.1)


def test_scores_without_probabilities_say_so(ridge):
    X, y = ridge
    model = cvxrelu.ConvexReLUClassifier("relu", patterns=10).fit(X, y > 1)
    assert not hasattr(model, "predict_proba")
    np.testing.assert_array_equal(model.predict(X), model.decision_function(X) > 0)
    with pytest.raises(NotFittedError):
        cvxrelu.ConvexReLUClassifier().predict(X)


def test_a_loss_that_means_probabilities_gives_them(ridge):
    X, y = ridge
    model = cvxrelu.DeepADMMClassifier((8,), loss="softmax", max_iter=30)
    assert hasattr(model, "predict_proba")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        p = model.fit(X, np.digitize(y, [0.5, 1])).predict_proba(X)
    np.testing.assert_allclose(p.sum(axis=1), 1)
    np.testing.assert_array_equal(p.argmax(axis=1), model.predict(X))


def test_penalties_and_methods_as_frames(ridge):
    X, y = ridge
    frame = cvxrelu.path(X[:150], y[:150], X_test=X[150:], y_test=y[150:], penalties=5,
                         patterns=20)
    assert isinstance(frame, pd.DataFrame) and len(frame) == 5
    assert frame.active_neurons.iloc[0] == 0 < frame.active_neurons.iloc[-1]
    assert frame.train_r2.is_monotonic_increasing and frame.test_r2.iloc[-1] > 0.5
    texts = np.where(y > 1, "high", "low")
    frame = cvxrelu.compare(["convex", "linear", "adam:layers=20,10,label=small"], X[:150],
                            texts[:150], X_test=X[150:], y_test=texts[150:], seeds=2,
                            max_iterations=20)
    assert list(frame.label) == ["convex"] * 2 + ["linear"] * 2 + ["small"] * 2
    assert frame.test_accuracy.between(0, 1).all()
    for method in ("cg", "bfgs"):
        with pytest.raises(ValueError, match="GSL"):
            cvxrelu.compare([method], X, y)
