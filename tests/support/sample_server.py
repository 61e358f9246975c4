"""A server with paths that misbehave on demand, run by tests as `python -m tests.support.sample_server SETTINGS.json`.

The file holds members of ServerSettings, read again on SIGHUP; `greeting` is what /hello answers.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from dataclasses import fields
from pathlib import Path
from typing import Any

from aiohttp import web

from sogo.errors import ConfigError, StoreUnavailable
from sogo.http.app import create_app
from sogo.http.context import CONTEXT
from sogo.http.limits import read_body
from sogo.http.settings import HttpSettings
from sogo.server.settings import ServerSettings, parse_listen
from sogo.server.supervisor import run
from sogo.server.worker import MakeApp, WorkerContext

hoard: list[bytes] = []


def load(path: Path) -> tuple[ServerSettings, MakeApp]:
    """Settings and application, as sogo.conf and the wiring would give them."""
    members: dict[str, Any] = json.loads(path.read_text())
    greeting = members.pop("greeting", "hello")
    if "listen" in members:
        members["listen"] = parse_listen(members["listen"])
    for name in ("pid_file", "metrics_directory"):
        if members.get(name):
            members[name] = Path(members[name])
    http = HttpSettings(
        **{field.name: members.pop(field.name) for field in fields(HttpSettings) if field.name in members}
    )

    async def make_app(context: WorkerContext) -> web.Application:
        if greeting == "refuse":
            raise ConfigError("this application refuses", key="greeting")
        if greeting == "crash":
            raise RuntimeError("this application crashes")
        if greeting == "away":
            raise StoreUnavailable("The database does not answer.", url="postgresql://sogo:hush@db/sogo")
        return create_app(
            settings=http,
            dispatch=answers(greeting, context),
            metrics_directory=context.metrics_directory,
            worker_number=context.number,
            is_draining=context.is_draining.is_set,
        )

    return ServerSettings(**members), make_app


def answers(greeting: str, context: WorkerContext):  # type: ignore[no-untyped-def]
    """The dispatch: what each path does."""

    async def dispatch(request: web.Request) -> web.StreamResponse:
        match request.path:
            case "/pid":
                return web.Response(text=f"{os.getpid()}")
            case "/slow":
                await asyncio.sleep(float(request.query.get("seconds", "1")))
            case "/block":
                time.sleep(600)
            case "/hang":
                await hang()
            case "/poll":
                with request[CONTEXT].parked():
                    await context.is_draining.wait()
            case "/grow":
                hoard.append(b"x" * (int(request.query["mb"]) * 1024 * 1024))
            case "/upload":
                return web.Response(text=str(len(await read_body(request, 10_000_000))))
            case "/user":
                return web.Response(text=f"{os.getuid()}")
        return web.Response(text=greeting)

    return dispatch


async def hang() -> None:
    """A request that takes no notice of being cancelled."""
    while True:
        try:
            await asyncio.sleep(600)
        except asyncio.CancelledError:
            continue


if __name__ == "__main__":
    file = Path(sys.argv[1])
    settings, application = load(file)
    sys.exit(run(settings, application, reload=lambda: load(file)))
