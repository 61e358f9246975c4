"""Every scheme checks what the original stores, makes what it checks, and never falls over what it cannot read."""

from __future__ import annotations

import hashlib
import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sogo.auth import password_schemes
from sogo.auth.libcrypt import crypt
from sogo.auth.message_digests import md4
from sogo.auth.password import is_known_scheme, make, verify
from sogo.auth.samba import lm_hash, nt_hash
from sogo.errors import ConfigError

KEY = b"0123456789abcdefMORE"
CHEAP = [name for name in password_schemes.SCHEMES if not name.startswith(("argon2", "pbkdf2", "blf"))]

VECTORS = [
    ("none", "secret"),
    ("plain", "secret"),
    ("cleartext", "secret"),
    ("plain", "{CLEARTEXT}secret"),
    ("crypt", "abNANd1rDfiNc"),
    ("crypt", "$1$abcdefgh$cHJi5PXp/ki/ktXzqlk6I1"),
    ("md5-crypt", "$1$abcdefgh$cHJi5PXp/ki/ktXzqlk6I1"),
    ("sha256-crypt", "$5$abcdefgh$gruCpC7VkOTspMQTTSAR8mtlO9Upms.fwqE5y16JVM."),
    ("none", "{SHA256-CRYPT}$5$abcdefgh$gruCpC7VkOTspMQTTSAR8mtlO9Upms.fwqE5y16JVM."),
    ("md4", "67d3dafef63ff00603aeef3769cfbf0d"),
    ("md5", "5ebe2294ecd0e0f08eab7690d2a6ee69"),
    ("plain-md5", "5EBE2294ECD0E0F08EAB7690D2A6EE69"),
    ("ldap-md5", "Xr4ilOzQ4PCOq3aQ0qbuaQ=="),
    ("md5.b64", "Xr4ilOzQ4PCOq3aQ0qbuaQ=="),
    ("smd5.hex", "1f82776250d6424050c550545961795c6162636465666768"),
    ("none", "{SMD5}H4J3YlDWQkBQxVBUWWF5XGFiY2RlZmdo"),
    ("sha", "e5e9fa1ba31ecd1ae84f75caaa474f3a663f05f4"),
    ("none", "{SHA.b64}5en6G6MezRroT3XKqkdPOmY/BfQ="),
    ("ssha.hex", "49674dc08f73aca066468e521b49af350b6966786162636465666768"),
    ("sha256", "K7gNU3sdo+OL0wNhqoVWhr3g6s1xYv72ol/pe/Unols="),
    ("sha256.hex", hashlib.sha256(b"secret").hexdigest().upper()),
    ("cram-md5", "cd3ba7deaad6e5ca23448ba42e379747a9e0f7f1fbc00c8a81bbaac395731b56"),
    ("pbkdf2", "$1$abcdefghijklmnop$5000$45937b8f8cb51eb6efe003dabea51300f2777475"),
]


@pytest.mark.parametrize(("scheme", "stored"), VECTORS)
def test_a_known_stored_password_checks(scheme: str, stored: str) -> None:
    assert verify(stored, "secret", scheme)
    assert not verify(stored, "Secret", scheme)
    assert not verify(stored, "secret\0", scheme)
    assert not verify(stored, "", scheme)


@pytest.mark.parametrize("scheme", password_schemes.SCHEMES)
@pytest.mark.parametrize("prepend", [False, True])
def test_what_is_made_checks_and_nothing_else_does(scheme: str, prepend: bool) -> None:
    stored = make("pässwörd €", scheme, prepend=prepend, key=KEY)
    assert stored.startswith("{" + scheme + "}") == prepend
    assert verify(stored, "pässwörd €", "none" if prepend else scheme, key=KEY)
    assert not verify(stored, "passwörd €", "none" if prepend else scheme, key=KEY)


@pytest.mark.parametrize(
    ("scheme", "beginning"),
    [
        ("blf-crypt", "$2y$10$"),
        ("argon2i", "$argon2i$v=19$m=32768,t=4,p=1$"),
        ("argon2", "$argon2i$v=19$m=32768,t=4,p=1$"),
        ("argon2id", "$argon2id$v=19$m=65536,t=2,p=1$"),
        ("sha512-crypt", "$6$"),
        ("pbkdf2", "$1$"),
        ("sym-aes-128-cbc", "$AES-128-CBC$"),
    ],
)
def test_new_passwords_look_like_those_of_the_original(scheme: str, beginning: str) -> None:
    assert make("secret", scheme, key=KEY).startswith(beginning)


def test_salts_differ_each_time() -> None:
    assert len({make("secret", "ssha512") for _ in range(20)}) == 20
    assert len({make("secret", "sha512-crypt") for _ in range(20)}) == 20


OTHER_CRYPTS = [
    (
        "Hello world!",
        "$6$saltstring$svn8UoSVapNtMuq1ukKS4tPQd8iKwSMHWjl/O817G3uBnIFNjnQJuesI68u4OTLiBFdcbYEdFCoEOfaS35inz1",
    ),
    ("Hello world!", "$5$rounds=10000$saltstringsaltst$3xv.VbSHBb41AL9AvLeujZkZRBAwqFMz2.opqey6IcA"),
    ("U*U", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"),
    ("secret", "$y$j9T$AAAAAAAAAAAAAAAAAAAAA/$x675Qpfz/AY0TVM4oyoY3s9Oq1Y1OmygPhaMuu5SKEC"),
]


@pytest.mark.parametrize(("password", "stored"), OTHER_CRYPTS)
def test_whatever_the_c_library_knows_checks(password: str, stored: str) -> None:
    for scheme in ("crypt", "sha512-crypt", "blf-crypt"):
        assert verify(stored, password, scheme)
        assert not verify(stored, password + "x", scheme)


def test_a_scheme_in_front_wins_over_the_source_and_ignores_case() -> None:
    assert verify("{sSha}" + make("x", "ssha"), "x", "md5")
    assert not verify("{no-such}x", "x", "none")
    assert not verify("{ssha.rot13}x", "x", "none")
    assert not verify("x", "x", "no-such")


def test_a_text_that_looks_like_a_prefix_is_stored_with_one() -> None:
    stored = make("{SSHA}tricky", "none")
    assert stored == "{none}{SSHA}tricky"
    assert verify(stored, "{SSHA}tricky", "none")


def test_the_aes_key_is_cut_at_sixteen_bytes_and_at_a_nul() -> None:
    stored = make("secret", "sym-aes-128-cbc", key=KEY)
    assert verify(stored, "secret", "sym-aes-128-cbc", key=KEY[:16] + b"other")
    assert not verify(stored, "secret", "sym-aes-128-cbc", key=b"another-key-here")
    assert not verify(stored, "secret", "sym-aes-128-cbc")
    short = make("secret", "sym-aes-128-cbc", key=b"ab\0cdefghijklmnop")
    assert verify(short, "secret", "sym-aes-128-cbc", key=b"ab\0something else")


def test_an_unknown_scheme_cannot_be_set() -> None:
    with pytest.raises(ConfigError):
        make("secret", "rot13")
    with pytest.raises(ConfigError):
        make("secret", "sym-aes-128-cbc")
    with pytest.raises(ConfigError):
        make("nul\0inside", "crypt")
    assert not is_known_scheme("rot13")
    assert is_known_scheme("SSHA512.B64")


@pytest.mark.parametrize(
    "stored",
    [
        "",
        "*",
        "!",
        "*0",
        "*1",
        "x",
        "ab",
        "$",
        "$$$$",
        "$1$",
        "$5$rounds=999999999$salt$x",
        "$2y$31$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
        "$1$salt$99999999999999999999$00",
        "$1$salt$0$00",
        "$1$salt$²$00",
        "$argon2id$v=19$m=999999999,t=2,p=1$AAAA$AAAA",
        "$argon2i$v=19$m=8,t=1,p=1$$",
        "$AES-128-CBC$$",
        "$AES-128-CBC$AAAA$AAAA",
        "{}",
        "{",
        "{}secret",
        "\0",
        "secret\0",
        "\udcff",
        "é" * 10_000,
    ],
)
def test_a_broken_stored_value_is_a_no_in_every_scheme(stored: str) -> None:
    for scheme in password_schemes.SCHEMES:
        assert not verify(stored, "secret", scheme, key=KEY)


@given(stored=st.text(max_size=80), password=st.text(max_size=40), scheme=st.sampled_from(CHEAP))
@settings(max_examples=60, deadline=None)
def test_garbage_never_raises(stored: str, password: str, scheme: str) -> None:
    assert verify(stored, password, scheme, key=KEY) in (True, False)


@given(password=st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1, max_size=60))
@settings(max_examples=25, deadline=None)
def test_any_password_survives_cheap_schemes(password: str) -> None:
    for scheme in ("none", "ssha", "cram-md5", "md4", "sym-aes-128-cbc"):
        assert verify(make(password, scheme, key=KEY), password, scheme, key=KEY)


def test_a_nul_in_a_password_is_refused() -> None:
    """C would cut the text there, and HMAC pads its key with it: both would take "secret" and more for "secret"."""
    assert not verify("secret\0", "secret\0", "none")
    for scheme in ("pbkdf2", "cram-md5", "crypt"):
        assert not verify(make("secret", scheme), "secret\0", scheme)
    with pytest.raises(ConfigError):
        make("secret\0", "ssha")


def test_a_huge_password_is_refused_without_work() -> None:
    assert not verify("x" * 5000, "x" * 5000, "none")
    assert not verify("{PBKDF2}$1$a$5000$00", "x" * 5000, "none")


def test_crypt_serves_many_threads_at_once() -> None:
    wrong: list[int] = []

    def check(number: int) -> None:
        setting = b"$5$rounds=1000$salt%d$" % number
        first = crypt(b"secret%d" % number, setting)
        if any(crypt(b"secret%d" % number, setting) != first for _ in range(20)) or first is None:
            wrong.append(number)

    threads = [threading.Thread(target=check, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


@pytest.mark.parametrize(
    ("text", "digest"),
    [
        ("", "31d6cfe0d16ae931b73c59d7e0c089c0"),
        ("abc", "a448017aaf21d8525fc10ae87aa6729d"),
        ("message digest", "d9130a8164549fe818874806e1c7014b"),
        (
            "12345678901234567890123456789012345678901234567890123456789012345678901234567890",
            "e33b4ddc9c38f2199c3e7b164fcc0536",
        ),
    ],
)
def test_md4_gives_the_vectors_of_rfc_1320(text: str, digest: str) -> None:
    assert md4(text.encode()).hex() == digest


def test_samba_hashes_are_the_published_ones() -> None:
    assert nt_hash("password") == "8846F7EAEE8FB117AD06BDD830B7586C"
    assert lm_hash("password") == "E52CAC67419A9A224A3B108F3FA6CB6D"
    assert lm_hash("") == "AAD3B435B51404EEAAD3B435B51404EE"
