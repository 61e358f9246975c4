"""One target under a coverage-guided fuzzer: python -m tests.fuzz.guided TARGET FOUND_FOLDER [libFuzzer's arguments]."""

from __future__ import annotations

import sys
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["sogo"]):
    from tests.fuzz.found import Watch

if __name__ == "__main__":
    _, target, folder, *arguments = sys.argv
    atheris.Setup([sys.argv[0], *arguments], Watch(target, Path(folder)))
    atheris.Fuzz()
