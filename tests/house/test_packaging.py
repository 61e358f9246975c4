"""Whatever the server reads beside its code is installed with it."""

from __future__ import annotations

import fnmatch
import tomllib

from tests.house.source import ROOT

BUILD = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"]["wheel"]


def _data() -> list[str]:
    files = (path for path in (ROOT / "sogo").rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return sorted(str(path.relative_to(ROOT)) for path in files if path.suffix != ".py")


def test_the_wheel_is_the_whole_package() -> None:
    assert BUILD == {"packages": ["sogo"]}
    data = _data()
    assert [name for name in data if name.startswith("sogo/web/messages/")]
    assert [name for name in data if name.startswith("sogo/web/static/")]


def test_no_data_of_the_package_is_ignored_by_git_and_so_by_the_builder() -> None:
    lines = [line.strip() for line in (ROOT / ".gitignore").read_text().splitlines()]
    patterns = [line.strip("/") for line in lines if line and not line.startswith(("#", "!"))]
    lost = [
        name
        for name in _data()
        if any(fnmatch.fnmatch(part, pattern) for pattern in patterns for part in [name, *name.split("/")])
    ]
    assert not lost, f".gitignore keeps these out of the wheel: {lost}"
