"""The ways in can be run, and name nothing of the machine they were written on."""

from __future__ import annotations

import os
import subprocess

import pytest

from tests.house.source import ROOT

WAYS_IN = (
    "scripts/serve", "scripts/test", "scripts/check", "scripts/lock", "scripts/bench", "scripts/fuzz", "scripts/soak", ".ci/run",
)  # fmt: skip


@pytest.mark.parametrize("name", [*WAYS_IN, "scripts/lib.sh"])
def test_bash_can_read_it(name: str) -> None:
    subprocess.run(["bash", "-n", ROOT / name], check=True)


@pytest.mark.parametrize("name", WAYS_IN)
def test_it_can_be_executed(name: str) -> None:
    assert os.access(ROOT / name, os.X_OK)


def test_every_script_is_a_way_in_and_the_readme_names_it() -> None:
    """What is no program of its own is a library, or one of Python's that its own text tells of."""
    programs = {f"scripts/{path.name}" for path in (ROOT / "scripts").iterdir() if path.is_file() and not path.suffix}
    assert programs == {name for name in WAYS_IN if name.startswith("scripts/")}
    readme = (ROOT / "README.md").read_text()
    assert not [name for name in programs if name not in readme]


def test_the_readme_opens_with_the_two_commands() -> None:
    head = (ROOT / "README.md").read_text().splitlines()[:5]
    assert [line.split()[0] for line in head if line.startswith("    ")] == ["scripts/serve", "scripts/test"]


def test_both_locks_agree_on_every_version() -> None:
    """The server runs with what was tested."""
    tested, served = (_versions(name) for name in ("requirements-dev.lock", "requirements.lock"))
    assert served.items() <= tested.items()


def _versions(name: str) -> dict[str, str]:
    lines = (ROOT / name).read_text().splitlines()
    pinned = (line.split()[0].partition("==") for line in lines if "==" in line and not line.startswith((" ", "#")))
    return {package: version for package, _, version in pinned}
