"""The other end of Web Push: a receiver with keys of its own, and a small push service that keeps what it is given.

Decryption follows RFC 8188 and 8291 from the receiver's side and shares nothing with the sender's code.
"""

from __future__ import annotations

import asyncio
import secrets
from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web
from aiohttp.test_utils import TestServer
from cryptography.hazmat.primitives import hashes, hmac, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from lxml import etree

P = "{https://bitfire.at/webdav-push}"
PATIENCE_SECONDS = 30.0


def _mac(key: bytes, data: bytes) -> bytes:
    made = hmac.HMAC(key, hashes.SHA256())
    made.update(data)
    return made.finalize()


def decrypt(message: bytes, key: ec.EllipticCurvePrivateKey, auth: bytes) -> bytes:
    """What one record says (RFC 8188 §2.1, RFC 8291 §3.3)."""
    salt, size, length = message[:16], int.from_bytes(message[16:20]), message[20]
    sender, record = message[21 : 21 + length], message[21 + length :]
    assert len(record) <= size
    own = key.public_key().public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)
    shared = key.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), sender))
    material = _mac(_mac(auth, shared), b"WebPush: info\0" + own + sender + b"\x01")
    root = _mac(salt, material)
    content_key = _mac(root, b"Content-Encoding: aes128gcm\0\x01")[:16]
    nonce = _mac(root, b"Content-Encoding: nonce\0\x01")[:12]
    plain = AESGCM(content_key).decrypt(nonce, record, None).rstrip(b"\0")
    assert plain.endswith(b"\x02")
    return plain[:-1]


def _text(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


@dataclass
class Receiver:
    """One device. `path` is what its address at the push service ends with."""

    path: str = field(default_factory=lambda: f"/device-{secrets.token_hex(8)}")
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    auth: bytes = field(default_factory=lambda: secrets.token_bytes(16))

    @property
    def point(self) -> str:
        public = self.key.public_key()
        return _text(public.public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint))

    def register(
        self, base: str, *, trigger: str = "", expires: str = "", resource: str | None = None, encoding: bool = True
    ) -> str:
        """The body of a registration. `trigger` is the inside of its element, by default changes of content."""
        content = "<content-encoding>aes128gcm</content-encoding>" if encoding else ""
        return (
            '<?xml version="1.0" encoding="utf-8"?><push-register xmlns="https://bitfire.at/webdav-push" '
            f'xmlns:D="DAV:"><subscription><web-push-subscription><push-resource>{resource or base + self.path}'
            f'</push-resource>{content}<client-public-key type="p256dh">{self.point}</client-public-key>'
            f"<auth-secret>{_text(self.auth)}</auth-secret></web-push-subscription></subscription>"
            f"<trigger>{trigger or CONTENT}</trigger>{f'<expires>{expires}</expires>' if expires else ''}</push-register>"
        )


CONTENT = "<content-update><D:sync-level>1</D:sync-level></content-update>"
DEEP_CONTENT = "<content-update><D:sync-level>infinite</D:sync-level></content-update>"


def properties(*names: str) -> str:
    inner = "".join(f"<D:{name}/>" for name in names)
    return f"<property-update><D:depth>0</D:depth><D:prop>{inner}</D:prop></property-update>"


@dataclass(frozen=True)
class Delivery:
    path: str
    headers: Mapping[str, str]
    body: bytes

    def opened(self, receiver: Receiver) -> etree._Element:
        """The push message inside."""
        root = etree.fromstring(decrypt(self.body, receiver.key, receiver.auth))
        assert root.tag == P + "push-message"
        return root


class PushService:
    """Takes messages for any path and answers as told: `answers` are functions that may return another response."""

    def __init__(self) -> None:
        self.deliveries: asyncio.Queue[Delivery] = asyncio.Queue()
        self.answer: Callable[[Delivery], web.StreamResponse | None] = lambda delivery: None
        self.hang = asyncio.Event()
        self.hangs_for: set[str] = set()
        self.base = ""

    async def _take(self, request: web.Request) -> web.StreamResponse:
        delivery = Delivery(request.path, request.headers.copy(), await request.read())
        if delivery.path in self.hangs_for:
            await self.hang.wait()
        await self.deliveries.put(delivery)
        return self.answer(delivery) or web.Response(status=201, headers={"Location": "/message/1"})

    async def next(self, *, patience_seconds: float = PATIENCE_SECONDS) -> Delivery:
        async with asyncio.timeout(patience_seconds):
            return await self.deliveries.get()

    @classmethod
    @asynccontextmanager
    async def running(cls) -> AsyncIterator[PushService]:
        service = cls()
        app = web.Application()
        app.router.add_post("/{path:.*}", service._take)
        server = TestServer(app, host="127.0.0.1")
        await server.start_server()
        service.base = f"http://127.0.0.1:{server.port}"
        try:
            yield service
        finally:
            service.hang.set()
            await server.close()
