"""What the HTTP layer can be told. The defaults are those of config.md §4.1 and §4.3."""

from __future__ import annotations

from dataclasses import dataclass

from aiohttp import web

KB = 1024
MB = 1024 * KB


@dataclass(frozen=True, slots=True)
class HttpSettings:
    """Limits and habits of one worker's HTTP side. Zero switches a limit off where its comment says so."""

    max_upload_bytes: int = 0
    """WOMaxUploadSize in bytes; 0: only `max_body_bytes` limits."""
    max_body_bytes: int = 32 * MB
    """The most that one request may make us hold in memory, whatever WOMaxUploadSize says."""
    max_url_bytes: int = 8 * KB
    receive_seconds: float = 120.0
    """WOHttpAdaptorReceiveTimeout: a body that brings less than a kilobyte within this time is given up."""
    request_seconds: float = 600.0
    """WOWatchDogRequestTimeout: a request that runs longer is cancelled (503); long polls are exempt. 0: never."""
    max_running: int = 200
    """Requests a worker works on at once; more are answered 503. Long polls and bodies on their way are counted apart.
    """
    max_running_per_user: int = 32
    """SOGoMaximumRunningRequests: of these, and of bodies on their way, so many may be one user's; more are answered
    429. 0: no limit."""
    max_receiving: int = 1000
    """Requests whose bodies a worker receives at once."""
    max_receiving_bytes: int = 64 * MB
    """What all these bodies may measure, those of one user half as much."""
    max_parked: int = 4000
    """Long polls a worker holds at once."""
    retry_after_seconds: int = 5
    gzip: bool = True
    """Not WODontZipResponse."""
    gzip_minimum_bytes: int = 1024
    gzip_level: int = 3
    max_requests: int = 0
    """SOGoMaximumRequestCount; 0: off."""
    request_interval_seconds: float = 30.0
    """SOGoMaximumRequestInterval."""
    request_block_seconds: float = 300.0
    """SOGoRequestBlockInterval."""
    allowed_origins: frozenset[str] = frozenset()
    """SOGoAllowedOrigins: of these, pages may use what is here from a browser; as `sogo.http.cors.ORIGIN` has them."""
    debug_requests: bool = False
    """SOGoDebugRequests: log start and stop, tell the duration in a header."""
    app_name: str = "SOGo"
    probe_seconds: float = 3.0
    """How long /readyz waits for one back end."""

    @property
    def body_limit_bytes(self) -> int:
        """What a body may measure in fact."""
        return min(self.max_upload_bytes or self.max_body_bytes, self.max_body_bytes)


HTTP_SETTINGS = web.AppKey("http_settings", HttpSettings)
"""Where an application keeps them, for faces that stream."""
