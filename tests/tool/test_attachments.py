"""sogo-tool attachments."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from sogo.store.attachments import Attachment
from sogo.tool import attachments
from tests.support.house import open_house


async def test_what_nobody_names_is_dropped_after_a_day(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    async for house in open_house(tmp_path):
        store = house.site.attachments
        for number in range(3):
            await store.begin(Attachment(f"{number}" * 43, "anna", "gone", "a.txt", "text/plain", 0))
            await store.add(f"{number}" * 43, 0, b"data")
        await store.finish("0" * 43, 4)
        assert await attachments.run(house.site, ["tidy"], io.BytesIO()) == 0
        assert await store.used_bytes("anna") == 12
        house.clock.sleep(86_401)
        assert await attachments.run(house.site, ["tidy"], io.BytesIO()) == 0
        assert await store.used_bytes("anna") == 0
    assert capsys.readouterr().out == "0 attachments were dropped.\n3 attachments were dropped.\n"


@pytest.mark.parametrize("words", [[], ["x"], ["tidy", "x"]], ids=["none", "other", "more"])
async def test_anything_else_says_how(tmp_path: Path, words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    async for house in open_house(tmp_path):
        assert await attachments.run(house.site, words, io.BytesIO()) == 255
    assert capsys.readouterr().err.startswith("usage: sogo-tool attachments")
