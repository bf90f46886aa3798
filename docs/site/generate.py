"""Pages that are made: of the C headers, of `cvxrelu help --json`, and copies of docs/*.md.

CVR_SOURCES names the sources, CVXRELU the command (scripts/docs.sh).
"""

import json
import os
import pathlib
import re
import shutil
import subprocess

ROOT = pathlib.Path(os.environ["CVR_SOURCES"])
PAGES = "ARCHITECTURE data long-runs mathematics".split()


def version() -> str:
    text = (ROOT / "CMakeLists.txt").read_text()
    return re.search(r"(?m)^project\(cvxrelu VERSION ([0-9.]+)", text).group(1)


def title(text: str, mark: str = "=") -> str:
    return f"{text}\n{mark * len(text)}\n\n"


def literal(text: str, language: str) -> str:
    body = "\n".join("   " + line if line.strip() else "" for line in text.splitlines())
    return f".. code-block:: {language}\n\n{body}\n\n"


# ---- headers ---------------------------------------------------------------------------------


def header_page(path: pathlib.Path) -> str:
    """The first comment in words, the declarations with their comments as they are."""
    text = path.read_text()
    about, rest = re.match(r"/\*(.*?)\*/\n(.*)", text, re.DOTALL).groups()
    rest = re.sub(r"(?m)^#(ifndef|define|endif|ifdef|if|else).*(\\\n.*)*\n", "", rest)
    rest = re.sub(r'(?m)^(extern "C" \{|\})\n', "", rest).replace("CVR_API ", "")
    rest = re.sub(r"\n{3,}", "\n\n", rest).strip()
    words = re.sub(r"(?m)^   ", "", about.strip())
    parts = re.split(r"\n\n(?=\s{4})|(?<=;)\n\n", words)
    page = title(f"cvxrelu/{path.name}")
    for part in parts:
        code = part.startswith("    ")
        page += literal(part.replace("\n    ", "\n"), "c") if code else part + "\n\n"
    return page + literal(rest, "c")


def write_headers(folder: pathlib.Path) -> None:
    names = []
    for path in sorted((ROOT / "include" / "cvxrelu").glob("*.h")):
        if path.stem != "cvxrelu":
            (folder / f"{path.stem}.rst").write_text(header_page(path))
            names.append(path.stem)
    index = title("The C library") + "Every header as it is; ``<cvxrelu/cvxrelu.h>`` has all.\n\n"
    index += ".. toctree::\n\n" + "".join(f"   {name}\n" for name in names)
    (folder / "index.rst").write_text(index)


# ---- the command -----------------------------------------------------------------------------


def escaped(text: str) -> str:
    return re.sub(r"([*`_|\\])", r"\\\1", text)


def option_lines(options: list) -> str:
    lines = ""
    for option in options:
        name = f"--{option['name']}" + (f" {option['placeholder']}" if option["placeholder"] else "")
        lines += f"``{name}``\n   {escaped(option['text'])}\n\n"
    return lines


def write_command(folder: pathlib.Path) -> None:
    out = subprocess.run([os.environ["CVXRELU"], "help", "--json"], check=True, capture_output=True, text=True)
    about = json.loads(out.stdout)
    page = title("The command")
    for c in about["commands"]:
        page += title(f"cvxrelu {c['name']}", "-") + escaped(c["about"]) + ".\n\n"
        page += literal(f"cvxrelu {c['name']} {c['arguments']}", "text") + option_lines(c["options"])
    for m in about["methods"]:
        page += title(f"cvxrelu train {m['name']}", "-") + escaped(m["about"]) + ".\n\n"
        page += option_lines(m["options"])
    page += title("Keys of a result", "-")
    for key in about["results"]:
        page += f"``{key['key']}``\n   {escaped(key['meaning'])}\n\n"
    page += title("Exit codes", "-")
    for code in about["exit_codes"]:
        page += f"{code['code']}\n   {escaped(code['meaning'])}\n\n"
    (folder / "command.rst").write_text(page)


# ---- all -------------------------------------------------------------------------------------


def write(site: pathlib.Path) -> None:
    for name in ("c", "text"):
        shutil.rmtree(site / name, ignore_errors=True)
        (site / name).mkdir()
    write_headers(site / "c")
    write_command(site / "text")
    for page in PAGES:
        shutil.copy(ROOT / "docs" / f"{page}.md", site / "text")
    shutil.copy(ROOT / "python" / "README.md", site / "text" / "python.md")
    scripts = sorted((ROOT / "examples" / "python").glob("*.py"))
    text = title("Examples in Python")
    for script in scripts:
        text += title(script.stem, "-") + literal(script.read_text(), "python")
    (site / "text" / "examples.rst").write_text(text)
