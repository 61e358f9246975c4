"""Pages of other origins: listed ones may use what is here, to all others nothing changes."""

import pytest
from aiohttp import web

from sogo.conf.levels import Config
from sogo.errors import ConfigError
from sogo.http.settings import HttpSettings
from sogo.server.mapping import http_settings
from tests.http.conftest import Serve

LISTED = "https://calendar.example.com"
SETTINGS = HttpSettings(allowed_origins=frozenset({LISTED}))
PREFLIGHT = {"Access-Control-Request-Method": "PROPFIND", "Access-Control-Request-Headers": "authorization,depth"}


async def wants_login(request: web.Request) -> web.StreamResponse:
    if request.path == "/stream":
        response = web.StreamResponse(headers={"Vary": "Accept-Encoding"})
        await response.prepare(request)
        return response
    return web.Response(status=401, headers={"WWW-Authenticate": "Basic"})


async def test_a_listed_origin_may_ask_before_it_logs_in(serve: Serve) -> None:
    served = await serve(wants_login, settings=SETTINGS)
    status, headers, body = await served.ask(method="OPTIONS", headers=PREFLIGHT | {"Origin": LISTED})
    assert (status, body) == (204, b"")
    assert headers["access-control-allow-origin"] == LISTED
    assert {"PROPFIND", "REPORT", "PUT", "DELETE", "MKCALENDAR"} <= set(
        headers["access-control-allow-methods"].split(", ")
    )
    allowed = headers["access-control-allow-headers"].lower().split(", ")
    assert {"authorization", "depth", "if-match", "content-type", "destination"} <= set(allowed)
    assert "origin" in headers["vary"].lower()


@pytest.mark.parametrize("path", ["/x", "/stream"])
async def test_its_page_may_read_every_answer_refusals_too(serve: Serve, path: str) -> None:
    served = await serve(wants_login, settings=SETTINGS)
    _, headers, _ = await served.ask(path, headers={"Origin": LISTED})
    assert headers["access-control-allow-origin"] == LISTED
    assert {"ETag", "DAV", "WWW-Authenticate"} <= set(headers["access-control-expose-headers"].split(", "))
    status, headers, _ = await served.ask("/" + "x" * 9000, headers={"Origin": LISTED})
    assert (status, headers["access-control-allow-origin"]) == (414, LISTED)


@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example",
        "null",
        "http://calendar.example.com",
        f"{LISTED}:8443",
        f"{LISTED}.evil.example",
        "",
        "*",
    ],
)
async def test_others_get_nothing_of_it(serve: Serve, origin: str) -> None:
    served = await serve(wants_login, settings=SETTINGS)
    for method, more in (("OPTIONS", PREFLIGHT), ("PROPFIND", {})):
        status, headers, _ = await served.ask(method=method, headers=more | {"Origin": origin})
        assert status == 401
        assert not [name for name in headers if name.startswith("access-control")]
        assert headers["vary"] == "Origin"


async def test_an_options_that_is_no_preflight_goes_on_to_the_face(serve: Serve) -> None:
    served = await serve(wants_login, settings=SETTINGS)
    assert (await served.ask(method="OPTIONS", headers={"Origin": LISTED}))[0] == 401
    assert (await served.ask(method="OPTIONS", headers=PREFLIGHT))[0] == 401


async def test_where_no_origin_is_listed_nothing_is_said_of_it(serve: Serve) -> None:
    served = await serve(wants_login)
    status, headers, _ = await served.ask(method="OPTIONS", headers=PREFLIGHT | {"Origin": LISTED})
    assert status == 401
    assert not [name for name in headers if name.startswith("access-control") or name == "vary"]


def test_origins_are_read_as_browsers_write_them() -> None:
    listed = ["https://Calendar.example.com/", "http://localhost:8080", "https://a.example:443", "http://[::1]:80"]
    found = http_settings(Config.of({"SOGoAllowedOrigins": listed})).allowed_origins
    assert found == {LISTED, "http://localhost:8080", "https://a.example", "http://[::1]"}


@pytest.mark.parametrize("text", ["*", "null", "calendar.example.com", "https://a.example/path", "file:///x", ""])
def test_what_is_no_origin_stops_the_start(text: str) -> None:
    with pytest.raises(ConfigError, match="SOGoAllowedOrigins"):
        http_settings(Config.of({"SOGoAllowedOrigins": [text]}))
