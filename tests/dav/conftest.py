"""Fixtures: a house with people in it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from sogo.service.memory import FolderMemory
from tests.support.house import Client, House, open_house


@pytest.fixture
def remembered() -> bool:
    """Whether the house remembers folders. It must never show: a module that reads asks for both."""
    return True


@pytest.fixture
async def house(tmp_path: Path, remembered: bool, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[House]:
    if not remembered:

        async def nothing(*_: object, **__: object) -> None:
            return None

        monkeypatch.setattr(FolderMemory, "at", nothing)
    async for made in open_house(tmp_path):
        yield made


@pytest.fixture
def anna(house: House) -> Client:
    return house.client("anna")


@pytest.fixture
def ben(house: House) -> Client:
    return house.client("ben")


@pytest.fixture
def root(house: House) -> Client:
    return house.client("root")
