"""The pure parts of LDAP sources: where servers are, what names look like, what controls say."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sogo.auth.ber import element, elements
from sogo.auth.ldap_client import Entry
from sogo.auth.ldap_endpoint import Security, endpoints, tls_from_ldap_conf
from sogo.auth.ldap_entry import record_of
from sogo.auth.ldap_names import LdapNames, is_below, normal_dn, rdn
from sogo.auth.ppolicy import PolicyResponse, decode
from sogo.auth.settings import LdapSettings, TlsSettings
from sogo.errors import ConfigError

# --- where servers are ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("hostname", "port", "encryption", "expected"),
    [
        ("ldap.example.com", None, "", [("ldap.example.com", 389, Security.PLAIN)]),
        ("ldap.example.com", 1389, "", [("ldap.example.com", 1389, Security.PLAIN)]),
        ("a b:390", None, "SSL", [("a", 636, Security.TLS), ("b", 390, Security.TLS)]),
        ("a", None, "startTLS", [("a", 389, Security.START_TLS)]),
        ("ldap://a:3389", None, "", [("a", 3389, Security.PLAIN)]),
        ("ldaps://a", None, "", [("a", 636, Security.TLS)]),
        ("LDAPS://a/", None, "", [("a", 636, Security.TLS)]),
        ("ldap://a/????!StartTLS", None, "", [("a", 389, Security.START_TLS)]),
        ("ldap://a/dc=x?uid?sub?(a=b)?StartTLS,x-other", None, "", [("a", 389, Security.START_TLS)]),
        ("ldap://[::1]:390", None, "", [("::1", 390, Security.PLAIN)]),
        ("ldap://", None, "", [("localhost", 389, Security.PLAIN)]),
        ("ldapi://%2Frun%2Fldapi", None, "", [("/run/ldapi", 0, Security.PLAIN)]),
    ],
)
def test_hosts_and_urls_are_read(
    hostname: str, port: int | None, encryption: str, expected: list[tuple[str, int, Security]]
) -> None:
    found = endpoints(hostname, port=port, encryption=encryption, tls=TlsSettings())
    assert [(one.host, one.port, one.security) for one in found] == expected


@pytest.mark.parametrize(
    ("hostname", "encryption"),
    [("", ""), ("a", "TLS1"), ("http://a", ""), ("ldap://a:99999", ""), ("ldap://a b://c", ""), ("a:x", "")],
)
def test_what_cannot_be_served_is_refused(hostname: str, encryption: str) -> None:
    with pytest.raises(ConfigError):
        endpoints(hostname, port=None, encryption=encryption, tls=TlsSettings())


def test_a_url_may_say_how_certificates_are_checked() -> None:
    urls = "ldaps://a/????x-tls-reqcert=never ldaps://b/????x-tls-cacert=%2Fca.pem,x-tls-reqcert=demand ldaps://c"
    a, b, c = endpoints(urls, port=None, encryption="", tls=TlsSettings())
    assert (a.tls.verify, b.tls.verify, c.tls.verify) == (False, True, True)
    assert b.tls.ca_file == Path("/ca.pem")


def test_the_options_of_libldap_are_honoured() -> None:
    assert tls_from_ldap_conf("", {}) == TlsSettings()
    text = "# comment\nBASE dc=x\nTLS_CACERT   /etc/ca.pem\ntls_reqcert never\n"
    assert tls_from_ldap_conf(text, {}) == TlsSettings(verify=False, ca_file=Path("/etc/ca.pem"))
    assert tls_from_ldap_conf(text, {"LDAPTLS_REQCERT": "demand"}).verify


# --- names ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("jdoe", "uid=jdoe"),
        ("a,b", r"uid=a\,b"),
        ('q"u+o;t<e>', r"uid=q\"u\+o\;t\<e\>"),
        ("back\\slash", r"uid=back\\slash"),
        (" lead", r"uid=\ lead"),
        ("trail ", r"uid=trail\ "),
        ("#hash", r"uid=\#hash"),
        ("a=b", r"uid=a\=b"),
        ("nul\0", r"uid=nul\00"),
        ("zoë", "uid=zoë"),
    ],
)
def test_values_in_names_are_escaped(value: str, expected: str) -> None:
    assert rdn("uid", value) == expected


def test_two_spellings_of_a_name_are_one() -> None:
    assert normal_dn("UID=a, OU = People,dc=x") == normal_dn("uid=a,ou=people,dc=x")
    assert normal_dn(r"cn=a\,b,dc=x") == normal_dn(r"cn=a\2cb,dc=x")
    assert normal_dn(r"cn=a\,b,dc=x") != normal_dn("cn=a,b,dc=x")


def test_below_means_whole_parts() -> None:
    assert is_below("uid=a,ou=people,dc=x", "OU=People, DC=x")
    assert is_below("ou=people,dc=x", "ou=people,dc=x")
    assert not is_below("uid=a,ou=mypeople,dc=x", "ople,dc=x")
    assert is_below("uid=a", "")


def _names(**changes: object) -> LdapNames:
    return LdapNames(LdapSettings(id="x", hostname="h", base_dn="dc=x", **changes))  # type: ignore[arg-type]


def test_filters_of_lookups_escape_the_name_and_keep_the_configured_part() -> None:
    names = _names(filter="objectClass = 'person' OR mail = '*'", bind_fields=("mail", "uid"), mail_fields=("mail",))
    wanted = r"(&(|(mail=\2a\29)(uid=\2a\29))(|(objectClass=person)(mail=*)))"
    assert names.login("*)") == wanted
    assert names.lookup("a") == "(&(|(uid=a)(mail=a)(mail=a))(|(objectClass=person)(mail=*)))"
    assert names.everything() == "(&(cn=*)(|(objectClass=person)(mail=*)))"


def test_a_search_spells_out_name_and_mail() -> None:
    names = _names(mail_fields=("mail", "mailAlternateAddress"))
    assert names.containing("a*b") == (
        r"(|(sn=*a\2ab*)(displayname=*a\2ab*)(cn=*a\2ab*)(mail=*a\2ab*)(mailAlternateAddress=*a\2ab*)"
        r"(telephonenumber=*a\2ab*))"
    )


def test_proxy_addresses_are_looked_up_with_their_prefix() -> None:
    assert _names(mail_fields=("proxyAddresses",)).lookup("a@b.c") == "(|(uid=a@b.c)(proxyAddresses=smtp:a@b.c))"


def test_the_base_is_filled_in_for_each_domain_and_never_remembered() -> None:
    names = LdapNames(LdapSettings(id="x", hostname="h", base_dn="ou=people,o=%d,dc=x"))
    assert names.base("a.example") == "ou=people,o=a.example,dc=x"
    assert names.base("b.example") == "ou=people,o=b.example,dc=x"
    assert names.base(None) is None
    assert names.base("") is None
    assert names.base("x,dc=evil") == r"ou=people,o=x\,dc\=evil,dc=x"


@pytest.mark.parametrize(
    "changes",
    [{"filter": "uid ="}, {"filter": "a)(b = 'x'"}, {"uid_field": "u)id"}, {"scope": "ALL"}, {"bind_fields": ("",)}],
)
def test_settings_that_make_no_filter_are_refused(changes: dict[str, object]) -> None:
    with pytest.raises(ConfigError):
        _names(**changes)


# --- entries ----------------------------------------------------------------------------------------------------------


def test_an_entry_becomes_a_record() -> None:
    entry = Entry(
        "cn=J,dc=x",
        {
            "cn": (b"J",),
            "uid": (b"jdoe",),
            "proxyaddresses": (b"SMTP:j@example.com", b"smtp:jd@example.com", b"x500:/o=x", b"smtp:J@example.com"),
            "objectclass": (b"top", b"GroupOfNames", b"CalendarResource"),
            "jpegphoto": (b"\xff\xd8\xff",),
            "userpassword": (b"secret",),
            "o": (b"\xff\xfe",),
            "company": (b"ACME",),
            "description": (b"Boss",),
        },
    )
    settings = LdapSettings(
        id="x",
        hostname="h",
        base_dn="dc=x",
        domain="example.com",
        mail_fields=("proxyAddresses",),
        mapping={"o": ("missing", "company"), "title": ("description",)},
    )
    found = record_of(entry, settings)
    assert (found.uid, found.name, found.cn, found.domain, found.info) == ("jdoe", "J", "J", "example.com", "Boss")
    assert found.emails == ("j@example.com", "jd@example.com")
    assert (found.is_group, found.is_resource, found.dn) == (True, True, "cn=J,dc=x")
    assert found.attributes["jpegphoto"] == "/9j/"
    assert (found.attributes["o"], found.attributes["title"]) == ("ACME", "Boss")
    assert "userpassword" not in found.attributes


def test_an_entry_with_next_to_nothing_is_still_a_record() -> None:
    found = record_of(Entry("cn=,dc=x", {}), LdapSettings(id="x", hostname="h", base_dn="dc=x"))
    assert (found.uid, found.cn, found.emails) == ("", "", ())


# --- controls ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("3000", PolicyResponse()),
        ("3003810100", PolicyResponse(error=0)),
        ("3003810101", PolicyResponse(error=1)),
        ("3003810102", PolicyResponse(error=2)),
        ("3005a003800178", PolicyResponse(expire=120)),
        ("3006a00480020e10", PolicyResponse(expire=3600)),
        ("3005a003810103", PolicyResponse(grace=3)),
        ("3008a003810100810100", PolicyResponse(error=0, grace=0)),
        ("308105a003810103", PolicyResponse(grace=3)),
        ("", PolicyResponse()),
        ("30", PolicyResponse()),
        ("30ff", PolicyResponse()),
        ("3005a0", PolicyResponse()),
        ("0400", PolicyResponse()),
        ("3080810100", PolicyResponse()),
    ],
)
def test_the_policy_control_is_decoded(value: str, expected: PolicyResponse) -> None:
    assert decode(bytes.fromhex(value)) == expected


@given(st.binary(max_size=40))
@settings(max_examples=200, deadline=None)
def test_any_bytes_are_a_policy_or_none(value: bytes) -> None:
    assert isinstance(decode(value), PolicyResponse)


@pytest.mark.parametrize("size", [0, 1, 127, 128, 255, 256, 70_000])
def test_an_element_of_any_length_comes_back(size: int) -> None:
    assert list(elements(element(0x04, b"x" * size))) == [(0x04, b"x" * size)]
