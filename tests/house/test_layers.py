"""Imports point one way: each layer knows only the layers above it (docs/house.md)."""

from __future__ import annotations

import sys

from tests.house.source import imports, modules

LAYERS: tuple[tuple[str, ...], ...] = (
    ("errors", "secret"),
    ("codec",),
    ("conf", "model", "texts"),
    ("store", "mail", "outbound"),
    ("auth",),
    ("service",),
    ("http",),
    ("dav", "web", "eas", "api", "tool"),
    ("server",),
    ("demo", "__main__"),
)
RANK = {part: rank for rank, parts in enumerate(LAYERS) for part in parts}

THIRD_PARTY_HOMES: dict[str, tuple[str, ...]] = {
    "aiohttp": ("sogo.outbound", "sogo.http", "sogo.dav", "sogo.web", "sogo.eas", "sogo.api", "sogo.server"),
    "aiomysql": ("sogo.store.sql.dialects.mysql",),
    "aiosmtplib": ("sogo.mail.smtp",),
    "aiosqlite": ("sogo.store.sql.dialects.sqlite",),
    "argon2": ("sogo.auth.password",),
    "asyncpg": ("sogo.store.sql.dialects.postgresql",),
    "babel": ("sogo.texts",),
    "cryptography": ("sogo.auth", "sogo.codec.sealed_password", "sogo.codec.web_push"),
    "icalendar": ("sogo.model.timezone",),
    "idna": ("sogo.codec.mime",),
    "ldap3": ("sogo.auth.ldap",),
    "lxml": ("sogo.codec.davxml",),
    "oracledb": ("sogo.store.sql.dialects.oracle",),
    "orjson": ("sogo.http", "sogo.dav", "sogo.web", "sogo.eas", "sogo.api", "sogo.server"),
    "prometheus_client": ("sogo.http.metrics",),
    "pymemcache": ("sogo.store.memcached", "sogo.store.memcached_binary"),
    "pymysql": ("sogo.store.sql.dialects.mysql",),
    "uvloop": ("sogo.server",),
    "yarl": ("sogo.outbound",),
}
"""Where a library may be touched: a module, a family of modules with that beginning, or a package. aiohttp and
orjson are the language of the faces; every other library has one home, so that replacing it is a matter of one file."""


def may_import(importer: str, imported: str) -> bool:
    """Both are parts of the product such as "model"; "" is the package itself, which holds nothing but its version."""
    if importer == imported or imported == "":
        return True
    return importer != "" and RANK[imported] < RANK[importer]


def test_every_part_of_the_product_has_its_layer() -> None:
    parts = {module.part for module in modules()} - {""}
    assert parts <= RANK.keys(), f"parts without a layer: {sorted(parts - RANK.keys())}"


def test_imports_point_upwards_only() -> None:
    offenders = [
        f"{module.path}:{line} imports {name}"
        for module in modules()
        for line, name in imports(module)
        if name.split(".")[0] == "sogo" and not may_import(module.part, _part(name))
    ]
    assert not offenders, "\n".join(offenders)


def test_each_library_is_touched_in_its_home_only() -> None:
    offenders = [
        f"{module.path}:{line} imports {name}"
        for module in modules()
        for line, name in imports(module)
        if _is_third_party(name) and not module.name.startswith(THIRD_PARTY_HOMES.get(name.split(".")[0], ()))
    ]
    assert not offenders, "\n".join(offenders)


def test_the_homes_of_libraries_exist() -> None:
    names = {module.name for module in modules()}
    gone = sorted({home for homes in THIRD_PARTY_HOMES.values() for home in homes} - names)
    assert not gone, f"libraries at home where nobody lives: {gone}"


def test_no_file_is_called_utils() -> None:
    vague = [module.path for module in modules() if module.name.split(".")[-1] in {"utils", "util", "helpers", "misc"}]
    assert not vague, f"name what it does: {vague}"


def _part(name: str) -> str:
    part = name.partition(".")[2].partition(".")[0]
    return part if part in RANK else ""


def _is_third_party(name: str) -> bool:
    top = name.split(".")[0]
    return top not in sys.stdlib_module_names and top != "sogo"
