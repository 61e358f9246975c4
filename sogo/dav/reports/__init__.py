"""One file per report. A report is declared with @report and the kinds of resources that answer it, from which
supported-report-set follows; a report declared twice for a kind stops the start."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import lru_cache

from aiohttp import web

from sogo.codec.davxml.reader import Element
from sogo.dav.context import DavRequest
from sogo.dav.loading import load_modules
from sogo.dav.resources import On, Resource
from sogo.errors import InvalidData

Run = Callable[[DavRequest, Resource, Element], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True)
class Report:
    name: str
    on: On
    run: Run


class ReportNotHere(InvalidData):
    """The resource does not answer this report (RFC 3253 §3.6 supported-report)."""


_REGISTRY: dict[str, list[Report]] = {}


def report(name: str, *, on: On) -> Callable[[Run], Run]:
    """Declare a report by the Clark name of its root element."""

    def declare(function: Run) -> Run:
        for other in _REGISTRY.setdefault(name, []):
            if other.on & on:
                raise RuntimeError(f"the report {name} is declared twice for {other.on & on}")
        _REGISTRY[name].append(Report(name, on, function))
        names_on.cache_clear()
        return function

    return declare


def find(name: str, kind: On) -> Report | None:
    return next((made for made in _REGISTRY.get(name, ()) if made.on & kind), None)


@lru_cache
def names_on(kind: On) -> tuple[str, ...]:
    return tuple(name for name, reports in _REGISTRY.items() if any(made.on & kind for made in reports))


def load_all() -> None:
    load_modules(__name__, __path__)
