"""The landing page and its catalogue."""

from __future__ import annotations

import re

import pytest

from sogo.http.forwarded import ServerUrl
from sogo.web.catalogue import choose, languages
from sogo.web.landing import render


def test_every_language_has_every_message_with_the_same_places() -> None:
    english = languages()["en"].words
    for language in languages().values():
        assert language.words.keys() == english.keys(), language.code
        for key, text in language.words.items():
            assert re.findall(r"{(\w+)}", text) == re.findall(r"{(\w+)}", english[key]), (language.code, key)


@pytest.mark.parametrize(
    ("header", "code"),
    [
        ("", "en"), ("de", "de"), ("de-AT,en;q=0.5", "de"), ("xx, fr;q=0.8, de;q=0.9", "de"), ("fr;q=0", "en"),
        ("ar", "ar"), (";;;,,q=", "en"), ("de;q=2", "en"), ("*", "en"),
    ],
)  # fmt: skip
def test_the_browser_gets_the_language_it_likes_best(header: str, code: str) -> None:
    assert choose(header).code == code


@pytest.mark.parametrize("code", ["en", "de", "fr", "ar"])
def test_the_page_names_the_address_and_its_direction(code: str) -> None:
    page = render(languages()[code], ServerUrl("https", "mail.example.org", 8443))
    assert "https://mail.example.org:8443/" in page
    assert f'dir="{"rtl" if code == "ar" else "ltr"}"' in page.splitlines()[1]


def test_a_plain_connection_is_warned_of_unless_it_stays_on_this_machine() -> None:
    words = languages()["en"].words
    assert words["insecure"] in render(languages()["en"], ServerUrl("http", "mail.example.org"))
    assert words["insecure"] not in render(languages()["en"], ServerUrl("http", "127.0.0.1", 20000))


def test_a_hostile_host_cannot_leave_its_text() -> None:
    page = render(languages()["en"], ServerUrl("http", '"><script>alert(1)</script>'))
    assert "<script" not in page
