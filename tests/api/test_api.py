"""The JSON API answers what the original answers, text by text (tools.md §8)."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest

from sogo.service.folders import FolderService
from tests.support.house import Client, open_house


async def ask(client: Client, path: str, method: str = "GET", **headers: str) -> tuple[int, object]:
    answer = await client(method, path, **headers)
    assert answer.headers["Content-Type"] == "application/json; charset=utf-8"
    return answer.status, orjson.loads(answer.body)


@pytest.mark.parametrize(
    "path", ["/SOGo/SOGoAPI", "/SOGo/SOGoAPI/", "/SOGo/SOGoAPI/Version", "/SOGo/SOGoAPI/Version/x/y"]
)
async def test_the_version_is_that_of_the_api_we_speak(tmp_path: Path, path: str) -> None:
    async for house in open_house(tmp_path):
        assert await ask(house.client(None), path) == (200, {"major": 5, "minor": 12, "patch": 7})


async def test_the_folders_are_listed_with_links_that_work(tmp_path: Path) -> None:
    async for house in open_house(tmp_path):
        anna = house.client("anna")
        await anna("MKCALENDAR", "/SOGo/dav/anna/Calendar/w%20%C3%A9/")
        status, body = await ask(
            anna, "/SOGo/SOGoAPI/UserFolder", x_webobjects_server_url="https://h", Host="cal.example.org"
        )
        assert status == 200
        assert isinstance(body, dict)
        assert body["username"] == "anna@example.org"
        assert [item["name"] for item in body["contact"]] == ["Personal Address Book"]
        for item in body["calendar"]:
            assert item["url"].startswith("https://h/SOGo/dav/anna@example.org/Calendar/")
            path = item["url"].removeprefix("https://h")
            assert (await anna("PROPFIND", path + "/", Depth="0")).status == 207, path


@pytest.mark.parametrize(
    ("path", "method", "headers", "status", "text"),
    [
        ("/SOGo/SOGoAPI/Foo", "GET", {}, 400, "No backend API found for action: SOGoAPIFoo"),
        ("/SOGo/SOGoAPI/Version", "POST", {}, 400, "Method POST not allowed for action SOGoAPIVersion"),
        ("/SOGo/SOGoAPI/UserFolder", "GET", {}, 401, "No authorization header found for action SOGoAPIUserFolder"),
        (
            "/SOGo/SOGoAPI/UserFolder",
            "GET",
            {"Authorization": "Digest x"},
            401,
            "Authorization method incorrect: Digest for action SOGoAPIUserFolder",
        ),
        (
            "/SOGo/SOGoAPI/UserFolder",
            "GET",
            {"Authorization": "Basic YW5uYTp4"},
            401,
            "User wrong login or not found for action SOGoAPIUserFolder",
        ),
    ],
)
async def test_refusals_have_the_texts_programs_know(
    tmp_path: Path, path: str, method: str, headers: dict[str, str], status: int, text: str
) -> None:
    async for house in open_house(tmp_path):
        assert await ask(house.client(None), path, method, **headers) == (status, {"error": text})


async def test_what_nobody_foresaw_is_told_to_the_log_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def broken(*_: object) -> None:
        raise KeyError("hush")

    monkeypatch.setattr(FolderService, "home", broken)
    async for house in open_house(tmp_path):
        answer = await ask(house.client("anna"), "/SOGo/SOGoAPI/UserFolder")
        assert answer == (500, {"error": "Internal error during: SOGoAPIUserFolder"})
    assert "KeyError: 'hush'" in caplog.text
