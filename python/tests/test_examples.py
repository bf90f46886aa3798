"""The scripts and notebooks of examples/python run; what they need and lack they say."""

import json
import pathlib
import subprocess
import sys
import warnings

import pytest

FOLDER = pathlib.Path(__file__).parents[2] / "examples" / "python"


@pytest.mark.parametrize("script", sorted(FOLDER.glob("*.py")), ids=lambda p: p.stem)
def test_script(script):
    out = subprocess.run([sys.executable, "-W", "ignore", script], capture_output=True,
                         text=True, timeout=600)
    assert out.returncode == 0, out.stderr
    assert out.stdout.strip()


@pytest.mark.parametrize("notebook", sorted(FOLDER.glob("*.ipynb")), ids=lambda p: p.stem)
def test_notebook(notebook):
    names = {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for cell in json.loads(notebook.read_text())["cells"]:
            assert not cell.get("outputs"), "outputs are not kept"
            if cell["cell_type"] == "code":
                exec("".join(cell["source"]), names)


def test_there_are_six_scripts_and_two_notebooks():
    assert len(list(FOLDER.glob("*.py"))) == 6 and len(list(FOLDER.glob("*.ipynb"))) == 2
