"""The code in README.md, CONTRIBUTING.md and docs/ runs and says what the page says it says.

What a fenced block promises stands after its language:

    ```python             runs; the blocks of a page share their names, in order
    ```python generated   is, to the byte, `.source` of the last gradient function that was made before it
    ```python refused     raises a PullbackError when run
    ```text               after `python refused`: the error's message; after `python`: what it printed

Other blocks (`sh`, `python sketch`) are not run; the make targets that a page names must exist.
"""

import contextlib
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

import pullback as pb

ROOT = Path(__file__).resolve().parent.parent
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
FENCE = re.compile(r"^```(?P<info>[^\n`]*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Block:
    """A fenced block: its info string, its text, and the page's line that it starts on."""

    info: str
    text: str
    line: int


def blocks_of(page: str) -> Iterator[Block]:
    for found in FENCE.finditer(page):
        yield Block(found["info"].strip(), found["text"], page.count("\n", 0, found.start()) + 2)


def execute(block: Block, namespace: dict, folder: Path) -> str:
    """Run the block as the file model.py of a folder of its own, so that its functions have a source."""
    folder.mkdir(parents=True)
    path = folder / "model.py"
    path.write_text(block.text, encoding="utf-8")
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(block.text, str(path), "exec"), namespace)
    return printed.getvalue()


def last_gradient_function(namespace: dict) -> object:
    found = [value for value in namespace.values() if isinstance(getattr(value, "source", None), str)]
    assert found, "no gradient function was made before the block"
    return found[-1]


def same_text(one: str, other: str) -> bool:
    """Equal but for blanks at the ends of lines and around the whole."""
    trimmed = [[line.rstrip() for line in text.strip().splitlines()] for text in (one, other)]
    return trimmed[0] == trimmed[1]


def run_page(page: str, tmp_path: Path) -> int:
    """Run all blocks of a page; returns how many were run or compared."""
    namespace: dict = {"__name__": "model"}
    said: str | None = None
    done = 0
    for block in blocks_of(page):
        where, folder = f"the block on line {block.line}", tmp_path / str(block.line)
        if block.info == "python":
            said = execute(block, namespace, folder)
        elif block.info == "python generated":
            assert last_gradient_function(namespace).source == block.text, f"{where} is not what is generated"
        elif block.info == "python refused":
            with pytest.raises(pb.PullbackError) as caught:
                execute(block, namespace, folder)
            said = str(caught.value).replace(f"{folder}/", "")
        elif block.info == "text" and said is not None:
            assert same_text(said, block.text), f"{where} should read:\n{said}"
            said = None
        else:
            continue
        done += 1
    return done


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_code_on_the_page_runs(page, tmp_path):
    run_page(page.read_text(encoding="utf-8"), tmp_path)


def test_readme_and_limitations_hold_code(tmp_path):
    assert run_page((ROOT / "README.md").read_text(encoding="utf-8"), tmp_path / "readme") >= 3
    assert run_page((ROOT / "docs" / "limitations.md").read_text(encoding="utf-8"), tmp_path / "limitations") >= 6


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_make_targets_and_files_that_a_page_names_exist(page):
    text = page.read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    assert set(re.findall(r"(?:`|^)make ([a-z-]+)", text, re.MULTILINE)) <= targets
    for link in re.findall(r"\]\((?!https?:)([^)#]+)[^)]*\)", text):
        assert (page.parent / link).exists(), f"{page.name} links to {link}"


def test_two_commands_come_first_in_the_readme():
    first = next(iter(blocks_of((ROOT / "README.md").read_text(encoding="utf-8"))))
    assert [line.split("#")[0].strip() for line in first.text.splitlines()] == ["make demo", "make test"]


PROGRAM = "```python\nimport numpy as np\nimport pullback as pb\ng = pb.grad(lambda x: np.sum(x * x))\nprint(1)\n```\n"


@pytest.mark.parametrize(("page", "complaint"), [
    ("```python\n1 / 0\n```\n", "division by zero"),
    (PROGRAM + "```text\n2\n```\n", r"line 8 should read:\s+1"),
    (PROGRAM + "```python generated\ndef g(): pass\n```\n", "line 8 is not what is generated"),
    ("```python refused\nx = 1\n```\n", "DID NOT RAISE"),
    ("```python generated\nx\n```\n", "no gradient function"),
])
def test_a_planted_wrong_page_is_noticed(page, complaint, tmp_path):
    with pytest.raises(BaseException, match=complaint):
        run_page(page, tmp_path)
