"""Write the golden files anew: python -m tests.golden.regenerate"""

from pathlib import Path

import pullback as pb

from .programs import PROGRAMS

FOLDER = Path(__file__).parent / "texts"


def text_of(name: str) -> str:
    """The adjoint of a program as it is generated now."""
    function, wrt, arguments = PROGRAMS[name]
    gradient = pb.grad(function, wrt=wrt)
    return gradient.source if arguments is None else gradient.source_for(*arguments)


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for program in PROGRAMS:
        (FOLDER / f"{program}.py").write_text(text_of(program), encoding="utf-8")
