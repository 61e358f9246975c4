"""The page at /SOGo: what runs here and where clients connect. No script, no cookie, nothing about any user."""

from __future__ import annotations

from html import escape
from importlib import resources

from aiohttp import web

from sogo import __version__
from sogo.http.forwarded import ServerUrl, server_url
from sogo.web.catalogue import Language, choose

STYLE_PATH = "/SOGo/WebServerResources/landing.css"
PAGE_PATHS = frozenset({"/SOGo", "/SOGo/", "/SOGo/so", "/SOGo/so/"})
_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "[::1]"})
_CLIENTS = ("thunderbird", "davx5", "apple", "gnome")

_VDIRSYNCER = """[pair calendars]
a = "calendars_local"
b = "calendars_sogo"
collections = ["from a", "from b"]

[storage calendars_local]
type = "filesystem"
path = "~/.calendars/"
fileext = ".ics"

[storage calendars_sogo]
type = "caldav"
url = "{url}/SOGo/dav/"
username = "…"
password.fetch = ["prompt", "Password"]"""


class LandingPage:
    def __init__(self) -> None:
        self._style = resources.files("sogo.web").joinpath("static/landing.css").read_bytes()

    def style(self) -> web.Response:
        return web.Response(
            body=self._style, headers={"Content-Type": "text/css; charset=utf-8", "Cache-Control": "max-age=3600"}
        )

    def page(self, request: web.Request) -> web.Response:
        language = choose(request.headers.get("Accept-Language", ""))
        return web.Response(
            body=render(language, server_url(request)).encode(),
            headers={
                "Content-Type": "text/html; charset=utf-8",
                "Content-Language": language.code,
                "Vary": "Accept-Language",
                "Content-Security-Policy": _POLICY,
                "Cache-Control": "no-cache",
            },
        )


def render(language: Language, url: ServerUrl) -> str:
    """The whole page; every value is escaped here."""
    say = {key: escape(text) for key, text in language.words.items()}
    address = escape(f"{url}/")
    insecure = "" if url.is_secure or url.host in _LOOPBACK else f'<p class="warn" role="note">{say["insecure"]}</p>'
    cards = "".join(
        f'<section class="card"><h3>{say[name]}</h3><p>{say[f"{name}_steps"]}</p></section>' for name in _CLIENTS
    )
    snippet = escape(_VDIRSYNCER.format(url=url))
    version = escape(language.text("version", version=f"\u2068{__version__}\u2069"))
    return f"""<!doctype html>
<html lang="{language.code}" dir="{language.direction}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{say["title"]}</title>
<link rel="stylesheet" href="{STYLE_PATH}">
</head>
<body>
<main>
<header>
<h1>{say["title"]}</h1>
<span class="state">{say["running"]}</span>
<span class="version">{version}</span>
</header>
<p class="lead">{say["lead"]}</p>
<section class="sheet">
<h2>{say["address"]}</h2>
<p class="address" dir="ltr">{address}</p>
<p>{say["address_hint"]}</p>
</section>
{insecure}
<h2>{say["clients"]}</h2>
<div class="cards">
{cards}
<section class="card wide"><h3>{say["vdirsyncer"]}</h3><p>{say["vdirsyncer_steps"]}</p>
<pre tabindex="0">{snippet}</pre></section>
</div>
<footer><p>{say["web_soon"]}</p></footer>
</main>
</body>
</html>
"""
