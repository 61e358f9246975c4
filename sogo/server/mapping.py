"""From sogo.conf to the settings of each part: the only place that knows both sides."""

from __future__ import annotations

import datetime as dt
import ipaddress
from pathlib import Path
from zoneinfo import ZoneInfo

from sogo.conf.levels import Config
from sogo.errors import ConfigError
from sogo.http.connection import ConnectionSettings
from sogo.http.cors import ORIGIN
from sogo.http.logs import LogStyle, level_of
from sogo.http.settings import KB, HttpSettings
from sogo.model import timezone
from sogo.outbound.addresses import Network
from sogo.outbound.client import OutboundSettings
from sogo.secret import Secret
from sogo.server.settings import ServerSettings, parse_listen
from sogo.store.memcached import MemcachedSettings
from sogo.store.sql.dialects.base import MysqlTls, PoolSettings, checked_identifier
from sogo.store.sql.settings import StoreSettings
from sogo.store.sql.url import DatabaseUrl

MAX_POOL_SIZE = 16
"""Connections a worker holds to one database at most: more only queue inside the database."""
MINIMUM_LISTEN_QUEUE = 128
"""WOListenQueueSize is raised to this: its usual value of 5 was made for a server of another kind."""


def site_zone(config: Config) -> dt.tzinfo:
    """SOGoTimeZone. Raises ConfigError for a zone nobody knows."""
    name = timezone.iana_name(config.time_zone)
    if name is None:
        raise ConfigError(f"{config.time_zone!r} is no time zone. Write one like Europe/Paris.", key="SOGoTimeZone")
    return ZoneInfo(name)


def server_settings(config: Config) -> ServerSettings:
    """What the supervisor and the workers are told."""
    system = config.system
    return ServerSettings(
        listen=parse_listen(system.port),
        listen_queue=max(system.listen_queue_size, MINIMUM_LISTEN_QUEUE),
        workers=system.workers_count,
        pid_file=Path(system.pid_file) if system.pid_file else None,
        log_file=system.log_file or "-",
        log_style=LogStyle.JSON if system.access_log_format == "json" else LogStyle.TEXT,
        log_zone=site_zone(config),
        log_level=level_of(system.ng_log_default_log_level),
        detach=not system.no_detach,
        use_watchdog=system.use_watch_dog,
        watchdog_seconds=system.watch_dog_request_timeout * 60.0,
        respawn_seconds=float(system.respawn_delay),
        memory_limit_mb=system.v_mem_limit,
        connection=ConnectionSettings(send_seconds=float(system.http_adaptor_send_timeout)),
    )


def http_settings(config: Config) -> HttpSettings:
    """What the HTTP layer of a worker is told. Raises ConfigError."""
    system = config.system
    return HttpSettings(
        max_upload_bytes=system.max_upload_size * KB,
        receive_seconds=float(system.http_adaptor_receive_timeout),
        request_seconds=system.watch_dog_request_timeout * 60.0,
        max_running_per_user=system.maximum_running_requests,
        gzip=not system.dont_zip_response,
        max_requests=system.maximum_request_count,
        request_interval_seconds=float(system.maximum_request_interval),
        request_block_seconds=float(system.request_block_interval),
        allowed_origins=frozenset(map(_origin, system.allowed_origins)),
        debug_requests=system.debug_requests,
    )


def _origin(text: str) -> str:
    """As browsers write it. Raises ConfigError for what is none; `*` is none: who learns passwords is to be named."""
    origin = text.strip().rstrip("/").lower()
    if not ORIGIN.match(origin):
        raise ConfigError(
            f"{text!r} is no origin. Write one like https://calendar.example.com.", key="SOGoAllowedOrigins"
        )
    scheme, _, host = origin.partition("://")
    return f"{scheme}://{host.removesuffix(':443' if scheme == 'https' else ':80')}"


def store_settings(config: Config) -> StoreSettings:
    """What the store is told. Raises ConfigError when one of the two URLs is missing that nothing works without."""
    system = config.system
    return StoreSettings(
        profile_url=_required(system.profile_url, "SOGoProfileURL"),
        folder_info_url=_required(system.folder_info_url, "OCSFolderInfoURL"),
        store_url=_optional(system.store_url, "OCSStoreURL"),
        acl_url=_optional(system.acl_url, "OCSAclURL"),
        cache_folder_url=_optional(system.cache_folder_url, "OCSCacheFolderURL"),
        sessions_url=_optional(system.sessions_folder_url, "OCSSessionsFolderURL"),
        alarms_url=_optional(system.email_alarms_folder_url, "OCSEMailAlarmsFolderURL"),
        admin_url=_optional(system.admin_url, "OCSAdminURL"),
        openid_url=_optional(system.open_id_url, "OCSOpenIdURL"),
        tracking=system.change_tracking != "off",
        pool=pool_settings(config),
    )


def _required(url: Secret, key: str) -> DatabaseUrl:
    found = _optional(url, key)
    if found is None:
        raise ConfigError("This database URL is missing; without it nothing can be stored.", key=key)
    return found


def _optional(url: Secret, key: str) -> DatabaseUrl | None:
    if not url:
        return None
    found = DatabaseUrl.parse(url.reveal(), key=key)
    try:
        checked_identifier(found.table)
    except ConfigError as error:
        raise ConfigError(error.public, key=key) from error
    return found


def pool_settings(config: Config) -> PoolSettings:
    """Bounds towards each database. One pool size serves both kinds, so the smaller limit holds."""
    system = config.system
    limit = min(system.pg_max_open_connection_count, system.mysql4_max_open_connection_count, MAX_POOL_SIZE)
    return PoolSettings(
        size=limit,
        idle_seconds=float(system.gcs_channel_expire_age),
        mysql_tls=MysqlTls(
            enabled=system.mysql4_ssl_enabled,
            key=_path(system.mysql4_ssl_key_path),
            certificate=_path(system.mysql4_ssl_cert_path),
            authority=_path(system.mysql4_ssl_ca_path),
        ),
    )


def outbound_settings(config: Config) -> OutboundSettings:
    """Where this server may send requests that somebody else names the address for. Raises ConfigError."""
    return OutboundSettings(allowed=tuple(map(_network, config.system.web_dav_push_allowed_networks)))


def _network(text: str) -> Network:
    try:
        return ipaddress.ip_network(text.strip())
    except ValueError as error:
        raise ConfigError(
            f"{text!r} is no network. Write one like 10.1.2.0/24 or fd00::/8.", key="SOGoWebDAVPushAllowedNetworks"
        ) from error


def memcached_settings(config: Config) -> MemcachedSettings | None:
    """None when SOGoMemcachedHost is empty: then each worker has a cache of its own."""
    hosts = config.system.memcached_host.strip()
    if not hosts:
        return None
    return MemcachedSettings(hosts, default_ttl_seconds=float(config.system.cache_cleanup_interval))


def _path(text: str) -> Path | None:
    return Path(text) if text else None


def kept_mail_seconds(config: Config) -> float:
    """How long a connection to the mail server waits for its user's next request: not at all unless pooling is on."""
    system = config.system
    return 0.0 if system.ng_imap4_disable_imap4_pooling else float(system.ng_imap4_pooling_cleanup_interval)
