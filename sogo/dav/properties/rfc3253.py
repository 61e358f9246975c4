"""Which reports a resource answers (RFC 3253 §3.1.5)."""

from __future__ import annotations

from functools import lru_cache

from sogo.codec.davxml.names import dav
from sogo.codec.davxml.writer import element
from sogo.dav import reports
from sogo.dav.properties import Loaded, prop
from sogo.dav.resources import EVERYTHING


@prop(dav("supported-report-set"), on=EVERYTHING, rfc="3253 §3.1.5")
def supported_report_set(item: Loaded) -> str | None:
    return _set_of(reports.names_on(item.resource.kind))


@lru_cache
def _set_of(names: tuple[str, ...]) -> str:
    return "".join(f"<D:supported-report><D:report>{element(name)}</D:report></D:supported-report>" for name in names)
