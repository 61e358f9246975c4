"""What a resource can do: its reports, methods and live properties (RFC 3253 §3.1)."""

from __future__ import annotations

from sogo.codec.davxml.names import dav
from sogo.codec.davxml.writer import element
from sogo.dav import properties, reports
from sogo.dav.methods.options import allowed
from sogo.dav.properties import Loaded, prop
from sogo.dav.resources import EVERYTHING


@prop(dav("supported-report-set"), on=EVERYTHING, rfc="3253 §3.1.5")
def supported_report_set(item: Loaded) -> str | None:
    return "".join(
        f"<D:supported-report><D:report>{element(name)}</D:report></D:supported-report>"
        for name in reports.names_on(item.resource.kind)
    )


@prop(dav("supported-method-set"), on=EVERYTHING, rfc="3253 §3.1.3")
def supported_method_set(item: Loaded) -> str | None:
    return "".join(f'<D:supported-method name="{name}"/>' for name in allowed(item.resource))


@prop(dav("supported-live-property-set"), on=EVERYTHING, rfc="3253 §3.1.4")
def supported_live_property_set(item: Loaded) -> str | None:
    return "".join(
        f"<D:supported-live-property><D:prop>{element(name)}</D:prop></D:supported-live-property>"
        for name in properties.names_on(item.resource.kind)
    )
