"""Sessions, web calendar credentials and sealed passwords, as the original stores them (store.md §§11.4, 12.5, 13, 18)."""

from __future__ import annotations

import base64
import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sogo.codec.obscured import fold, unfold, xor
from sogo.codec.sealed_password import seal_password, unseal_password
from sogo.codec.session_value import (
    DISCARDED,
    USER_KEY_OCTETS,
    SessionLogin,
    parse_session_value,
    render_session_value,
    xsrf_token,
)
from sogo.codec.web_calendar_secret import WebCalendarLogin, parse_web_calendar_secret, render_web_calendar_secret
from sogo.errors import CodecError
from sogo.secret import Secret

USER_KEY = Secret("AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyAhIiMkJSYnKA==")
JDOE = "a2ZsYT91NGt7b38MDQ4PEBESExQVFhcYGRobHB0eHyAhIiMkJSYnKA=="
SITE = Secret("secret_is_a_32_characters_string")
SEALED = {"cypher": "zVDHXsXA5HQJ", "iv": "AAECAwQFBgcICQoL", "tag": "3A5ynSiDHvTkzdptV747Kw=="}

texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=30)
names = texts.filter(lambda text: ":" not in text)
keys = st.binary(min_size=1, max_size=60).map(lambda key: Secret(base64.b64encode(key).decode()))


# --- sessions ---------------------------------------------------------------------------------------------------------


def test_a_session_holds_the_login_as_the_original_writes_it() -> None:
    assert render_session_value(SessionLogin("jdoe", Secret("s3cret")), USER_KEY) == JDOE
    found = parse_session_value(JDOE, USER_KEY)
    assert (found.login, found.password.reveal()) == ("jdoe", "s3cret")


def test_a_whole_key_makes_lines_of_1024_and_is_read_in_any_lines() -> None:
    key = Secret(fold(bytes(range(1, 226)) * 7, 1024))
    assert len(key.reveal()) == 2102
    value = render_session_value(SessionLogin("user@example.com", Secret("pass:word")), key)
    assert [len(line) for line in value.split("\n")] == [1024, 1024, 52]
    assert len(unfold(value)) == USER_KEY_OCTETS
    found = parse_session_value("\r\n".join(value.split("\n")), Secret(key.reveal().replace("\n", "")))
    assert (found.login, found.password.reveal()) == ("user@example.com", "pass:word")


@given(names, texts, keys)
def test_every_login_comes_back_from_a_session(login: str, password: str, key: Secret) -> None:
    """Also one that is longer than the key, which then begins anew."""
    found = parse_session_value(render_session_value(SessionLogin(login, Secret(password)), key), key)
    assert (found.login, found.password.reveal()) == (login, password)


@pytest.mark.parametrize(
    ("login", "password"), [("a:b", "x"), ("a\0", "x"), ("a", "x\0"), ("a\ud800", "x"), ("a", "hush\ud800")]
)
def test_a_login_that_could_not_be_read_back_makes_no_session(login: str, password: str) -> None:
    with pytest.raises(CodecError) as refused:
        render_session_value(SessionLogin(login, Secret(password)), USER_KEY)
    assert "hush" not in f"{refused.value!r} {refused.value.__context__!r}"


@pytest.mark.parametrize("value", [DISCARDED, "", "=", "äöü", "AAAA", JDOE[:-3], "/////////////w==", "x" * 2_000_000])
def test_a_value_without_a_login_is_refused(value: str) -> None:
    with pytest.raises(CodecError):
        parse_session_value(value, USER_KEY)


@pytest.mark.parametrize("key", ["", "\n", "no base64!", "AA"])
def test_a_key_that_is_none_is_refused(key: str) -> None:
    with pytest.raises(CodecError):
        parse_session_value(JDOE, Secret(key))
    with pytest.raises(CodecError):
        render_session_value(SessionLogin("jdoe", Secret("s3cret")), Secret(key))


def test_the_token_against_forged_requests_is_the_values_sha1() -> None:
    assert xsrf_token("abc") == "a9993e364706816aba3e25717850c26c9cd0d89d"
    assert xsrf_token(JDOE) == hashlib.sha1(JDOE.encode()).hexdigest()


# --- web calendars ----------------------------------------------------------------------------------------------------


def test_credentials_of_a_web_calendar_are_written_as_the_original_writes_them() -> None:
    value = render_web_calendar_secret(WebCalendarLogin("user", Secret("pass")), Secret("k3y"))
    assert value == "HgBAABwAGQAJAAkACgBAAAoA"
    found = parse_web_calendar_secret(value, Secret("k3y"))
    assert (found.user, found.password.reveal()) == ("user", "pass")


@given(names, texts, texts.filter(bool))
def test_all_credentials_of_a_web_calendar_come_back(user: str, password: str, key: str) -> None:
    value = render_web_calendar_secret(WebCalendarLogin(user, Secret(password)), Secret(key))
    assert all(len(line) <= 72 for line in value.split("\n"))
    found = parse_web_calendar_secret(value, Secret(key))
    assert (found.user, found.password.reveal()) == (user, password)


@pytest.mark.parametrize("value", ["", "=", "AAA=", "HgBAABwAGQ==", "gNiA2IDYgNiA2IDY"])
def test_credentials_that_no_key_made_are_refused(value: str) -> None:
    with pytest.raises(CodecError):
        parse_web_calendar_secret(value, Secret("k3y"))


def test_credentials_need_a_key_and_a_user_without_a_colon() -> None:
    with pytest.raises(CodecError):
        render_web_calendar_secret(WebCalendarLogin("user", Secret("pass")), Secret(""))
    with pytest.raises(CodecError):
        render_web_calendar_secret(WebCalendarLogin("us:er", Secret("pass")), Secret("k3y"))


# --- sealed passwords -------------------------------------------------------------------------------------------------


def test_a_mail_password_is_sealed_as_the_original_seals_it() -> None:
    assert seal_password(Secret("imap pass"), SITE, bytes(range(12))) == SEALED
    assert unseal_password(SEALED, SITE).reveal() == "imap pass"


@given(texts, st.binary(min_size=12, max_size=12))
def test_every_password_comes_back_unsealed(password: str, iv: bytes) -> None:
    assert unseal_password(seal_password(Secret(password), SITE, iv), SITE).reveal() == password


def test_a_long_password_is_sealed_in_lines_of_72() -> None:
    sealed = seal_password(Secret("x" * 200), SITE, bytes(12))
    assert [len(line) for line in sealed["cypher"].split("\n")] == [72, 72, 72, 52]
    assert unseal_password(sealed, SITE).reveal() == "x" * 200


@pytest.mark.parametrize("part", ["cypher", "iv", "tag"])
@pytest.mark.parametrize("bent", [None, 7, "", "AAAA", "no base64!", "AAECAwQFBgcICQoM", "3A5ynSiDHvTkzdptV747KQ=="])
def test_a_sealed_password_that_was_touched_is_refused(part: str, bent: object) -> None:
    with pytest.raises(CodecError):
        unseal_password({**SEALED, part: bent}, SITE)


def test_a_password_needs_the_secret_it_was_sealed_with() -> None:
    for other in ("x" * 32, "", "short", "é" * 32):
        with pytest.raises(CodecError):
            unseal_password(SEALED, Secret(other))
    with pytest.raises(CodecError):
        unseal_password({}, SITE)
    with pytest.raises(CodecError):
        seal_password(Secret("x"), SITE, b"short")


# --- what they share --------------------------------------------------------------------------------------------------


@given(st.binary(max_size=100), st.binary(min_size=1, max_size=20))
def test_a_key_undoes_itself(data: bytes, key: bytes) -> None:
    assert xor(xor(data, key), key) == data
    assert xor(data, key) == bytes(octet ^ key[place % len(key)] for place, octet in enumerate(data))


@given(st.binary(max_size=100), st.sampled_from([4, 72, 1024]))
def test_folded_octets_come_back(data: bytes, width: int) -> None:
    assert unfold(fold(data, width)) == data
