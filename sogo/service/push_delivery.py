"""One push message on its way: made, encrypted, signed, sent, and what the push service says to it (RFC 8030 §5)."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from enum import Enum

from sogo.codec.davxml.webdav_push import push_message
from sogo.codec.web_push import vapid
from sogo.codec.web_push.encryption import AUTH_OCTETS, SALT_OCTETS, encrypt
from sogo.codec.web_push.keys import PRIVATE_OCTETS, fresh_key, from_base64url, private_key
from sogo.errors import CodecError, OutboundFailed, OutboundRefused
from sogo.model.push import PushKeys, Subscription
from sogo.outbound.client import Outbound
from sogo.service.push import PushOffer

TTL_SECONDS = 24 * 3600
"""So long a push service keeps what it cannot deliver; by then the device has looked by itself."""
STATEMENT_SECONDS = 12 * 3600
PADDED_OCTETS = 512
MAX_STATEMENTS = 200
MAX_RETRY_SECONDS = 6 * 3600.0
_PASSING = frozenset({408, 425, 429})


class Outcome(Enum):
    DELIVERED = "delivered"
    LATER = "later"
    """Something is wrong that passes: try again soon."""
    REFUSED = "refused"
    """The push service does not take it, or cannot be asked: that may pass as well, but not soon."""
    GONE = "gone"
    """There is no such subscription any more."""


@dataclass(frozen=True, slots=True)
class Delivered:
    """`retry_seconds` is what the push service said, 0 for nothing; `why` is for the log and names no address."""

    outcome: Outcome
    retry_seconds: float = 0.0
    why: str = ""


@dataclass(frozen=True, slots=True)
class Message:
    """What a device is told of one collection; `sync_token` is "" where it is not known."""

    topic: str
    content: bool
    properties: bool
    sync_token: str = ""

    @property
    def kind(self) -> str:
        """Messages of one kind may replace each other without losing anything."""
        return ("c" if self.content else "") + ("p" if self.properties else "")


class Postman:
    """Sends for one site. Never raises for what a push service, or a registration, does."""

    def __init__(
        self, outbound: Outbound, keys: PushKeys, offer: PushOffer, contact: str, clock: Callable[[], dt.datetime]
    ) -> None:
        self._outbound, self._offer, self._contact, self._clock = outbound, offer, contact, clock
        self._key = private_key(from_base64url(keys.vapid.reveal(), PRIVATE_OCTETS))
        self._statements: dict[str, tuple[int, str]] = {}

    async def deliver(self, subscription: Subscription, message: Message) -> Delivered:
        text = push_message(
            message.topic, content=message.content, sync_token=message.sync_token, properties=message.properties
        )
        try:
            resource = self._outbound.check(subscription.resource.reveal())
            body = encrypt(
                text.encode(),
                subscription.point,
                from_base64url(subscription.auth_secret.reveal(), AUTH_OCTETS),
                sender=fresh_key(secrets.token_bytes),
                salt=secrets.token_bytes(SALT_OCTETS),
                padded_to=PADDED_OCTETS,
            )
            reply = await self._outbound.post(
                str(resource), body, self._headers(subscription, message, str(resource.origin()))
            )
        except (CodecError, OutboundRefused) as error:
            return Delivered(Outcome.REFUSED, why=type(error).__name__)
        except OutboundFailed as error:
            return Delivered(Outcome.LATER, why=f"{type(error).__name__} {error.fields.get('cause', '')}")
        return _judged(reply.status, self._retry_seconds(reply.headers))

    def _headers(self, subscription: Subscription, message: Message, origin: str) -> dict[str, str]:
        return {
            "Authorization": self._statement(origin),
            "Content-Encoding": "aes128gcm",
            "Content-Type": 'application/xml; charset="UTF-8"',
            "TTL": str(TTL_SECONDS),
            "Topic": self._offer.header_topic(subscription, message.kind),
            "Urgency": "normal",
        }

    def _statement(self, audience: str) -> str:
        """Signed once for some hours for each push service."""
        now = int(self._clock().timestamp())
        expires, text = self._statements.get(audience, (0, ""))
        if expires - now < STATEMENT_SECONDS // 4:
            if len(self._statements) >= MAX_STATEMENTS:
                self._statements.clear()
            expires = now + STATEMENT_SECONDS
            text = vapid.authorization(self._key, audience=audience, expires=expires, contact=self._contact)
            self._statements[audience] = (expires, text)
        return text

    def _retry_seconds(self, headers: Mapping[str, str]) -> float:
        """Retry-After in either form (RFC 9110 §10.2.3), within reason."""
        text = headers.get("Retry-After", "").strip()[:100]
        if text.isascii() and text.isdigit():
            return min(float(text), MAX_RETRY_SECONDS)
        try:
            moment = parsedate_to_datetime(text)
        except (ValueError, IndexError, TypeError, OverflowError):
            return 0.0
        moment = moment.replace(tzinfo=dt.UTC) if moment.tzinfo is None else moment
        return min(max((moment - self._clock()).total_seconds(), 0.0), MAX_RETRY_SECONDS)


def _judged(status: int, retry_seconds: float) -> Delivered:
    if 200 <= status < 300:
        return Delivered(Outcome.DELIVERED)
    if status in (404, 410):
        return Delivered(Outcome.GONE, why=str(status))
    if status >= 500 or status in _PASSING:
        return Delivered(Outcome.LATER, retry_seconds, str(status))
    return Delivered(Outcome.REFUSED, retry_seconds, str(status))
