"""What /readyz asks and /metrics samples: each database, each user source and the cache under a name of its own."""

from __future__ import annotations

from collections.abc import Sequence

from sogo.auth.interface import UserSource
from sogo.http.metrics import Numbers, Sampler
from sogo.service.mail_sender import MailSender
from sogo.store.interface import Cache, Probe
from sogo.store.memcached import MemcachedCache
from sogo.store.sql.engine import Databases, Engine
from sogo.store.sql.pool import PoolUse
from sogo.store.sql.settings import StoreSettings


def needed_probes(settings: StoreSettings, databases: Databases, sources: Sequence[UserSource]) -> dict[str, Probe]:
    """What nobody can be served without: the databases, and the sources that people log in by."""
    return database_probes(settings, databases) | {
        f"source {source.id}": source.probe for source in sources if source.can_authenticate
    }


def spare_probes(sources: Sequence[UserSource], cache: Cache) -> dict[str, Probe]:
    """What we can do without for a while: sources that are address books only, and memcached."""
    found: dict[str, Probe] = {f"source {source.id}": source.probe for source in sources if not source.can_authenticate}
    if isinstance(cache, MemcachedCache):
        found["memcached"] = cache.probe
    return found


def database_probes(settings: StoreSettings, databases: Databases) -> dict[str, Probe]:
    """Each database once, under the first of the names it goes by."""
    urls = (
        ("store", settings.store_url or settings.folder_info_url),
        ("folders", settings.folder_info_url),
        ("profile", settings.profile_url),
        ("acl", settings.acl_url),
    )
    names: dict[Engine, str] = {}
    for name, url in urls:
        if url is not None:
            names.setdefault(databases.engine(url), name)
    return {name: engine.probe for engine, name in names.items()}


def samplers(databases: Databases, cache: Cache) -> list[Sampler]:
    """How busy the connections of each database are, and how often memcached failed."""

    def connections() -> Numbers:
        use = databases.use().items()
        return {(name, state): number for name, pool in use for state, number in _states(pool)}

    def waiting() -> Numbers:
        return {(name,): pool.waiting for name, pool in databases.use().items()}

    def faults() -> Numbers:
        return {(): cache.faults} if isinstance(cache, MemcachedCache) else {}

    return [
        Sampler("database_connections", "Connections, by state.", connections, ("database", "state")),
        Sampler("database_waiting", "Requests that wait for a connection.", waiting, ("database",)),
        Sampler("cache_faults", "Calls of memcached that failed.", faults, total=True),
    ]


def mail_samplers(sender: MailSender) -> list[Sampler]:
    """How many mails wait and were sent, and what became of those that this worker tried."""
    return [
        Sampler("mail_queue", "Mails, by state.", sender.waiting, ("state",)),
        Sampler(
            "mail_outcomes", "Mails that were tried, by what became of them.", sender.outcomes, ("outcome",), total=True
        ),
    ]


def _states(pool: PoolUse) -> tuple[tuple[str, int], ...]:
    return ("in_use", pool.in_use), ("idle", pool.idle)
