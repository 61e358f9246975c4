"""Which locks can be had, and which there are (RFC 4918 §§15.8, 15.10)."""

from __future__ import annotations

from sogo.codec.davxml.lockinfo import lock_entries
from sogo.codec.davxml.names import dav
from sogo.dav.locking import active_locks
from sogo.dav.properties import Loaded, Need, prop
from sogo.dav.resources import EVERYTHING, LOCKABLE
from sogo.model.locks import Scope

_ENTRIES = lock_entries(scope.value for scope in Scope)


@prop(dav("supportedlock"), on=LOCKABLE, rfc="4918 §15.10", allprop=True)
def supportedlock(item: Loaded) -> str | None:
    return _ENTRIES


@prop(dav("supportedlock"), on=EVERYTHING & ~LOCKABLE, rfc="4918 §15.10", allprop=True)
def no_supportedlock(item: Loaded) -> str | None:
    return ""


@prop(dav("lockdiscovery"), on=LOCKABLE, rfc="4918 §15.8", needs=Need.LOCKS, allprop=True)
def lockdiscovery(item: Loaded) -> str | None:
    return active_locks(item.request, item.locks)


@prop(dav("lockdiscovery"), on=EVERYTHING & ~LOCKABLE, rfc="4918 §15.8", allprop=True)
def no_lockdiscovery(item: Loaded) -> str | None:
    return ""
