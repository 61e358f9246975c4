"""One file per method. A handler takes the request and what is at its path, and returns an answer or raises an error of
the house. Handlers are declared with @method; a method declared twice stops the start."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from aiohttp import web

from sogo.dav.context import DavRequest
from sogo.dav.loading import load_modules
from sogo.dav.resources import Nowhere, Resource, Slot

Target = Resource | Slot | Nowhere
Handler = Callable[[DavRequest, Target], Awaitable[web.StreamResponse]]

METHODS: dict[str, Handler] = {}


def method(*names: str) -> Callable[[Handler], Handler]:
    def declare(function: Handler) -> Handler:
        for name in names:
            if name in METHODS:
                raise RuntimeError(f"the method {name} is declared twice")
            METHODS[name] = function
        return function

    return declare


def load_all() -> None:
    load_modules(__name__, __path__)
