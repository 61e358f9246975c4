"""REPORT (RFC 3253 §3.6): the root of the body says which."""

from __future__ import annotations

from aiohttp import web

from sogo.codec.davxml.reader import name_of
from sogo.dav.context import DavRequest
from sogo.dav.methods import Target, method
from sogo.dav.public import PUBLIC_ACTOR, require_public_report
from sogo.dav.reports import ReportNotHere, find
from sogo.dav.resources import Nowhere, Slot
from sogo.errors import InvalidRequest, NotFound


@method("REPORT")
async def handle(request: DavRequest, target: Target) -> web.StreamResponse:
    if isinstance(target, Slot | Nowhere):
        raise NotFound("There is no such resource.")
    root = await request.xml()
    if root is None:
        raise InvalidRequest("A REPORT needs a body.")
    if request.actor is PUBLIC_ACTOR:
        require_public_report(name_of(root), target.kind)
    report = find(name_of(root), target.kind)
    if report is None:
        raise ReportNotHere("This report is not supported here.", rule="supported-report")
    return await report.run(request, target, root)
