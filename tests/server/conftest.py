"""Every server a test starts ends with the test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.serving import SampleServer


@pytest.fixture
def sample_server(tmp_path: Path) -> Iterator[Callable[..., SampleServer]]:
    """Makes a SampleServer with the given settings; the test starts it."""
    made: list[SampleServer] = []

    def make(**settings: Any) -> SampleServer:
        folder = tmp_path / f"server{len(made)}"
        folder.mkdir()
        made.append(SampleServer(folder, **settings))
        return made[-1]

    yield make
    for server in made:
        server.clean_up()
