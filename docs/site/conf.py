"""The documentation as pages: docs/*.md, the Python package, the C headers, the command."""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent))

import generate  # noqa: E402

project = "cvxrelu"
author = "The cvxrelu authors"
release = version = generate.version()
extensions = ["sphinx.ext.autodoc", "sphinx.ext.napoleon", "myst_parser"]
html_theme = "alabaster"
html_theme_options = {"description": "ReLU networks without gradients, with a proof"}
exclude_patterns = ["_build"]
autodoc_member_order = "bysource"
autodoc_typehints = "none"
napoleon_google_docstring = False
napoleon_use_rtype = False
myst_heading_anchors = 3
# Links between the Markdown files of the repository lead outside of these pages.
suppress_warnings = ["myst.xref_missing", "myst.header"]


def setup(app):
    generate.write(pathlib.Path(__file__).parent)
