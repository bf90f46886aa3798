"""A table with names, texts and missing values, in a pipeline of scikit-learn."""

import numpy as np
import pandas as pd
from sklearn.compose import make_column_transformer
from sklearn.impute import SimpleImputer
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

from cvxrelu import ConvexReLURegressor

random = np.random.default_rng(1)
rows = pd.DataFrame({
    "area": random.uniform(30, 150, 300),
    "age": random.integers(0, 90, 300).astype(float),
    "heating": random.choice(["gas", "oil", "heat pump"], 300),
})
price = (2 * rows.area + np.maximum(0, 40 - rows.age)
         + 30 * (rows.heating == "heat pump") + random.normal(0, 5, 300))
rows.loc[random.random(300) < 0.1, "age"] = np.nan

model = make_pipeline(
    make_column_transformer(
        (SimpleImputer(strategy="median", add_indicator=True), ["area", "age"]),
        (OneHotEncoder(), ["heating"])),
    ConvexReLURegressor())
print(f"r2 of five folds: {cross_val_score(model, rows, price, cv=5).mean():.3f}")
model.fit(rows, price)
print(f"r2 of rows left out one by one: {model[-1].loo_score_:.3f}")
