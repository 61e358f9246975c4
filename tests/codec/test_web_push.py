"""Web Push: the worked example of RFC 8291, statements of VAPID, and keys that are none."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from sogo.codec.web_push import encryption, keys, vapid
from sogo.errors import CodecError
from tests.support.push_service import decrypt

# RFC 8291, section 5 and appendix A.
PLAIN = b"When I grow up, I want to be a watermelon"
SENDER = "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"
SENDER_POINT = "BP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A8"
RECEIVER = "q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94"
RECEIVER_POINT = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"
SALT = "DGv6ra1nlYgDCS1FRnbzlw"
AUTH = "BTBZMqHH6r4Tts7J_aSIgg"
MESSAGE = (
    "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl"
    "7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
)


def octets(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def sender() -> ec.EllipticCurvePrivateKey:
    return keys.private_key(keys.from_base64url(SENDER, keys.PRIVATE_OCTETS))


def test_the_example_of_the_rfc_comes_out_octet_for_octet() -> None:
    key = sender()
    assert keys.to_base64url(keys.point_of(key)) == SENDER_POINT
    assert keys.to_base64url(keys.number_of(key)) == SENDER
    receiver, auth = octets(RECEIVER_POINT), octets(AUTH)
    message = encryption.encrypt(PLAIN, receiver, auth, sender=key, salt=octets(SALT))
    assert keys.to_base64url(message) == MESSAGE
    assert decrypt(message, keys.private_key(octets(RECEIVER)), auth) == PLAIN


@pytest.mark.parametrize("size", [0, 1, 100, 511, 512, 513, encryption.MAX_PLAIN_OCTETS])
def test_padding_hides_the_size_and_is_taken_off_again(size: int) -> None:
    receiver, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    auth, plain = b"a" * 16, b"\x02\x00" * (size // 2) + b"\x01" * (size % 2)
    message = encryption.encrypt(plain, keys.point_of(receiver), auth, sender=key, salt=b"s" * 16, padded_to=512)
    assert decrypt(message, receiver, auth) == plain
    assert len(message) <= 4096
    assert size > 512 or len(message) == 86 + 512 + 17


def test_what_cannot_be_encrypted_is_refused() -> None:
    receiver, auth, salt = octets(RECEIVER_POINT), octets(AUTH), octets(SALT)
    for plain, point, secret, grain in (
        (b"x" * (encryption.MAX_PLAIN_OCTETS + 1), receiver, auth, salt),
        (b"", receiver[:-1], auth, salt),
        (b"", b"\x04" + bytes(64), auth, salt),
        (b"", b"\x03" + receiver[1:], auth, salt),
        (b"", receiver, auth[:-1], salt),
        (b"", receiver, auth, salt + b"x"),
    ):
        with pytest.raises(CodecError):
            encryption.encrypt(plain, point, secret, sender=sender(), salt=grain)


@pytest.mark.parametrize(
    "text",
    ["", "A", "AAAAAAAAAAAAAAAAAAAAA*", "AAAAAAAAAAAAAAAAAAAAAA==" * 2, "ÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄ", "A" * 21, "A" * 23],
)
def test_what_is_no_base64url_of_the_length_is_refused(text: str) -> None:
    with pytest.raises(CodecError):
        keys.from_base64url(text, 16)


def test_base64url_may_be_padded() -> None:
    assert keys.from_base64url(AUTH + "==", 16) == keys.from_base64url(f" {AUTH}\n", 16) == octets(AUTH)


def test_a_private_key_is_within_its_bounds() -> None:
    for number in (bytes(32), b"\xff" * 32):
        with pytest.raises(CodecError):
            keys.private_key(number)


def test_a_statement_is_signed_and_says_for_whom_and_how_long() -> None:
    key = sender()
    header = vapid.authorization(
        key, audience="https://push.example", expires=1_800_000_000, contact="mailto:a@b.example"
    )
    scheme, _, rest = header.partition(" ")
    parts = dict(part.split("=", 1) for part in rest.split(", "))
    assert (scheme, parts["k"]) == ("vapid", SENDER_POINT)
    head, claims, signature = parts["t"].split(".")
    assert json.loads(octets(head)) == {"typ": "JWT", "alg": "ES256"}
    assert json.loads(octets(claims)) == {
        "aud": "https://push.example",
        "exp": 1_800_000_000,
        "sub": "mailto:a@b.example",
    }
    raw = octets(signature)
    assert len(raw) == 64
    signed = encode_dss_signature(int.from_bytes(raw[:32]), int.from_bytes(raw[32:]))
    public = keys.public_key(octets(parts["k"]))
    public.verify(signed, f"{head}.{claims}".encode(), ec.ECDSA(hashes.SHA256()))
    with pytest.raises(InvalidSignature):
        public.verify(signed, f"{head}.{claims}x".encode(), ec.ECDSA(hashes.SHA256()))


def test_without_a_contact_there_is_no_claim_of_one() -> None:
    token = vapid.authorization(sender(), audience="https://push.example", expires=1).split()[1].split(".")
    assert "sub" not in json.loads(octets(token[1]))
