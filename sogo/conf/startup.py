"""What must be right before the daemon starts (config.md §1, "startup refusals"), and what had better be."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sogo.conf.levels import Config
from sogo.errors import ConfigError


def startup_problems(config: Config, *, environ: Mapping[str, str]) -> list[ConfigError]:
    """Reasons not to start that no other part would find, each with what to do about it."""
    return list(_secret_problems(config, environ))


def _secret_problems(config: Config, environ: Mapping[str, str]) -> Iterator[ConfigError]:
    """A secret must be 32 characters of one octet each, the key of AES-256 (auth.md §18)."""
    kind = config.system.secret_type
    if kind == "none":
        return
    if kind not in ("plain", "env"):
        yield ConfigError("must be none, plain or env. Without a secret, write none.", key="SOGoSecretType")
        return
    value = config.system.secret_value.reveal()
    if not value:
        yield ConfigError(
            f"is missing, while SOGoSecretType is {kind}. Set it, or set SOGoSecretType to none.", key="SOGoSecretValue"
        )
        return
    if kind == "env":
        secret = environ.get(value)
        if secret is None:
            yield ConfigError(
                "names an environment variable that is not set. Export it for the service, such as in "
                "/etc/default/sogo.",
                key="SOGoSecretValue",
            )
            return
        value = secret
    if len(value) != 32 or len(value.encode()) != 32:
        yield ConfigError(
            "must be exactly 32 ASCII characters: `openssl rand -hex 16` makes some.", key="SOGoSecretValue"
        )


def startup_warnings(config: Config) -> list[str]:
    """Texts for the log about settings that do not fit each other; the original starts with all of them."""
    return [
        *_store_warnings(config),
        *_cache_warnings(config),
        *_limit_warnings(config),
        *_source_warnings(config),
    ]


def _store_warnings(config: Config) -> Iterator[str]:
    system = config.system
    shared = {
        "OCSStoreURL": bool(system.store_url),
        "OCSAclURL": bool(system.acl_url),
        "OCSCacheFolderURL": bool(system.cache_folder_url),
    }
    if any(shared.values()) and not all(shared.values()):
        missing = ", ".join(name for name, present in shared.items() if not present)
        yield f"{missing} not set: without all of OCSStoreURL, OCSAclURL and OCSCacheFolderURL each folder gets tables"


def _cache_warnings(config: Config) -> Iterator[str]:
    system = config.system
    if system.memcached_host.strip():
        return
    if system.workers_count > 1:
        yield "SOGoMemcachedHost is empty: each worker counts failed logins and requests alone"
    if not system.folder_info_url.reveal().lower().startswith("sqlite:"):
        yield (
            "SOGoMemcachedHost is empty: a SOGo 5 on this database does not learn what is changed here; for up to "
            "its SOGoCacheCleanupInterval it shows preferences, folders and rights from before, and may write them back"
        )


def _limit_warnings(config: Config) -> Iterator[str]:
    system = config.system
    life = system.cache_cleanup_interval
    blocks = (
        ("SOGoFailedLoginBlockInterval", system.maximum_failed_login_count, system.failed_login_block_interval),
        ("SOGoRequestBlockInterval", system.maximum_request_count, system.request_block_interval),
        (
            "SOGoMessageSubmissionBlockInterval",
            system.maximum_message_submission_count,
            system.message_submission_block_interval,
        ),
    )
    for name, count, seconds in blocks:
        if count and seconds > life:
            yield f"{name} is longer than SOGoCacheCleanupInterval ({life:g} s), and is forgotten after that"
    longest = min(system.maximum_ping_interval, system.maximum_sync_interval)
    if config.system.is_set(type(system).internal_sync_interval) and system.internal_sync_interval > longest:
        yield "SOGoInternalSyncInterval is longer than SOGoMaximumPingInterval or SOGoMaximumSyncInterval"
    if system.url_encryption_enabled and len(system.url_encryption_passphrase.reveal()) != 16:
        yield "SOGoURLEncryptionPassphrase must be 16 characters"


def _source_warnings(config: Config) -> Iterator[str]:
    sources = config.all_user_sources()
    if sources and not any(source.can_authenticate for source in sources):
        yield "no user source has canAuthenticate = YES: nobody can log in"
