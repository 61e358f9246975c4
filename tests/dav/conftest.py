"""Fixtures: a house with people in it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.house import Client, House, open_house


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
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
