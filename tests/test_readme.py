"""Every command and every piece of Python in README.md and docs/ runs, in the order of its page.

The rules, so that a page can be written to them:

* In a ``console`` block the lines that start with ``$ `` are commands; one that ends in a backslash
  goes on in the next line. The other lines show output and are not compared. A command has to exit
  with 0, within a minute.
* A ``python`` block with ``>>>`` is a doctest (``...`` stands for anything), another is executed.
* A page's blocks share a working directory, which has ``examples/`` in it, and their variables.
* What installs or tests the project (`NOT_RUN`) is left out of a chain of ``&&``; the rest of the
  chain is run.
* ``<!-- not run: reason -->`` on the line above a block leaves the whole block out.
"""

from __future__ import annotations

import doctest
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PAGES = [path for path in (ROOT / "README.md", *sorted(ROOT.glob("docs/**/*.md"))) if path.exists()]
NOT_RUN = ("pip install", "pytest", "python3.11 -m venv", "git clone")
SKIPPED = re.compile(r"<!-- not run: \S.*-->")
TIMEOUT = 60.0


@dataclass(frozen=True)
class Block:
    """A fenced block that is to run: ``line`` is that of its first line of text."""

    language: str
    text: str
    line: int


def blocks(page: str) -> Iterator[Block]:
    """Yield the blocks of a page that are to run."""
    lines = page.splitlines()
    fence: str | None = None
    start = 0
    for number, line in enumerate(lines):
        if not line.startswith("```"):
            continue
        if fence is None:
            fence, start = line[3:].strip(), number
            continue
        left_out = start > 0 and SKIPPED.fullmatch(lines[start - 1].strip())
        if fence in ("console", "python") and not left_out:
            yield Block(fence, "\n".join(lines[start + 1 : number]) + "\n", start + 2)
        fence = None


def commands(text: str) -> list[str]:
    """Return what a console block types, without what no test can run."""
    joined = text.replace("\\\n", "")
    typed = [line[2:] for line in joined.splitlines() if line.startswith("$ ")]
    chains = [[part.strip() for part in line.split("&&")] for line in typed]
    kept = [[part for part in chain if not part.startswith(NOT_RUN)] for chain in chains]
    return [" && ".join(chain) for chain in kept if chain]


def run_command(command: str) -> None:
    """Run one command as a reader would, with this environment's ``earmark`` and ``python``."""
    here = Path(sys.executable).parent
    path = os.pathsep.join([str(here), os.environ.get("PATH", "")])
    environment = {**os.environ, "PATH": path, "NO_COLOR": "1", "COLUMNS": "100"}
    shell = ["bash", "-o", "errexit", "-o", "pipefail", "-c", command]
    result = subprocess.run(
        shell, env=environment, capture_output=True, text=True, timeout=TIMEOUT, check=False
    )
    if result.returncode:
        pytest.fail(f"$ {command}\nexits with {result.returncode}:\n{result.stdout}{result.stderr}")


def run_python(block: Block, *, page: str, variables: dict[str, object]) -> None:
    """Run one Python block with the variables of the blocks before it."""
    if ">>>" not in block.text:
        exec(compile(block.text, f"{page} at line {block.line}", "exec"), variables)
        return
    options = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
    test = doctest.DocTestParser().get_doctest(block.text, {}, page, page, block.line - 1)
    test.globs = variables
    report: list[str] = []
    runner = doctest.DocTestRunner(optionflags=options)
    if runner.run(test, out=report.append, clear_globs=False).failed:
        pytest.fail("".join(report))


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_page_runs(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    examples = ROOT / "examples"
    if examples.is_dir():
        (tmp_path / "examples").symlink_to(examples)
    monkeypatch.chdir(tmp_path)
    variables: dict[str, object] = {"__name__": "__page__"}
    for block in blocks(path.read_text(encoding="utf-8")):
        if block.language == "console":
            for command in commands(block.text):
                run_command(command)
        else:
            run_python(block, page=path.name, variables=variables)


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(path: Path) -> None:
    links = re.findall(r"\]\(([^)#\s]+)[^)]*\)", path.read_text(encoding="utf-8"))
    local = [link for link in links if not re.match(r"[a-z]+:", link)]
    missing = [link for link in local if not (path.parent / link).exists()]
    assert not missing


def test_the_readme_starts_with_two_commands_for_a_fresh_environment() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    typed = re.findall(r"^\$ (pip install .*)$", readme, flags=re.MULTILINE)
    assert len(typed) == 2
    assert re.fullmatch(r"pip install \. && earmark tag examples/\S+", typed[0])
    assert typed[1] == "pip install -e '.[test]' -c constraints.txt && pytest"


def test_console_blocks_are_read_as_the_rules_say() -> None:
    page = """
```console
$ pip install . && earmark tag a.wav
Thunder 0.61
$ earmark tag \\
  b.wav
$ pip install x && pytest
```
<!-- not run: it needs a network -->
```console
$ curl example.org
```
```json
$ no
```
```python
x = 1
```
"""
    console, python = blocks(page)
    assert commands(console.text) == ["earmark tag a.wav", "earmark tag   b.wav"]
    assert python == Block("python", "x = 1\n", 17)


def test_a_command_that_fails_is_shown() -> None:
    with pytest.raises(pytest.fail.Exception, match=r"\$ false \| true\nexits with 1"):
        run_command("false | true")


def test_python_blocks_share_their_variables_and_fail_when_wrong() -> None:
    variables: dict[str, object] = {}
    run_python(Block("python", "x = 1\n", 1), page="page", variables=variables)
    run_python(Block("python", ">>> x + 1\n2\n", 1), page="page", variables=variables)
    with pytest.raises(pytest.fail.Exception, match=r"Expected:\n    3\nGot:\n    2"):
        run_python(Block("python", ">>> x + 1\n3\n", 1), page="page", variables=variables)
