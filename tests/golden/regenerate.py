"""Write the golden files anew: `python -m tests.golden.regenerate`; then read the difference before committing it.

With `--print` the texts go to stdout instead.
"""

import sys
from pathlib import Path

from .programs import GOLDENS

FOLDER = Path(__file__).resolve().parent


def main(arguments):
    for name, golden in GOLDENS.items():
        text = golden.gradient().source
        if arguments == ["--print"]:
            sys.stdout.write(f"== {name}\n{text}")
        elif (path := FOLDER / f"{name}.py").exists() and path.read_text(encoding="utf-8") == text:
            print(f"   same  {name}.py")
        else:
            path.write_text(text, encoding="utf-8")
            print(f"written  {name}.py")


if __name__ == "__main__":
    main(sys.argv[1:])
