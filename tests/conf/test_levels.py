"""Inheritance between system, domain, user and source."""

from __future__ import annotations

import pytest

from sogo.codec import plist
from sogo.conf.levels import Config, System
from sogo.conf.parameters.sources import LdapSource, SqlSource
from sogo.secret import Secret


def config(text: str) -> Config:
    return Config.of(plist.parse_document(text).values)


TWO_DOMAINS = """{
    SOGoMailDomain = example.org;
    SOGoLanguage = French;
    SOGoLDAPQueryLimit = 50;
    SOGoUserSources = ( { type = ldap; id = system; } );
    SOGoDomainsVisibility = ((acme, globex, ghost), (globex, initech));
    domains = {
        acme = {
            SOGoMailDomain = acme.example;
            SOGoLanguage = German;
            WOPort = 1;
            SOGoLDAPQueryLimit = 20;
            SOGoLDAPQueryTimeout = 9;
            SOGoUserSources = (
                { type = ldap; id = people; SOGoLDAPQueryLimit = 5; bindPassword = hush; },
                { type = sql; id = staff; viewURL = "mysql://u:p@h/d/v"; LoginFieldNames = (mail); }
            );
        };
        globex = { };
        initech = { };
    };
}"""


def test_nothing_written_gives_the_defaults() -> None:
    empty = config("{}")
    assert empty.system.workers_count == 1
    assert empty.system.port == "127.0.0.1:20000"
    assert empty.system.password_recovery_domains is None
    assert empty.domain(None).mail_domain == "localhost"
    assert empty.user({}, None).language == "English"
    assert empty.user_sources(None) == ()
    assert empty.time_zone == "UTC"


def test_a_domain_comes_before_the_system() -> None:
    site = config(TWO_DOMAINS)
    assert site.domains == ("acme", "globex", "initech")
    assert site.domain("acme").mail_domain == "acme.example"
    assert site.domain("globex").mail_domain == "example.org"
    assert site.domain("nowhere").mail_domain == "example.org"
    assert site.domain(None).mail_domain == "example.org"


def test_a_user_comes_before_the_domain() -> None:
    site = config(TWO_DOMAINS)
    assert site.user({"SOGoLanguage": "Welsh"}, "acme").language == "Welsh"
    assert site.user({}, "acme").language == "German"
    assert site.user({}, "globex").language == "French"
    assert site.user({"SOGoLanguage": None}, None).language == "French"


def test_system_parameters_are_not_looked_up_in_domains() -> None:
    assert config(TWO_DOMAINS).system.port == "127.0.0.1:20000"


@pytest.mark.parametrize(("stored", "hour"), [("08:00", 8), ("17", 17), (9, 9), ("99", 23), (None, 7)])
def test_profile_values_come_as_texts_or_numbers(stored: object, hour: int) -> None:
    assert config("{ SOGoDayStartTime = 7; }").user({"SOGoDayStartTime": stored}, None).day_start_time == hour


@pytest.mark.parametrize("stored", [True, 1, "1", "YES", "true"])
def test_profile_switches_come_in_many_forms(stored: object) -> None:
    assert config("{}").user({"SOGoBusyOffHours": stored}, None).busy_off_hours is True


def test_old_names_of_a_profile_are_read_where_the_new_one_is_absent() -> None:
    site = config("{}")
    assert site.user({"DayStartTime": "10:00"}, None).day_start_time == 10
    assert site.user({"DayStartTime": "10:00", "SOGoDayStartTime": "6"}, None).day_start_time == 6


def test_a_value_of_the_wrong_type_lets_the_next_level_speak() -> None:
    site = config(
        "{ SOGoMailDomain = sys; domains = { a = { SOGoMailDomain = (x); }; b = { SOGoMailDomain = <*I5>; }; }; }"
    )
    assert site.domain("a").mail_domain == "sys"
    assert site.domain("b").mail_domain == "sys"
    assert site.user({"SOGoLanguage": 5}, None).language == "English"


def test_an_empty_value_is_a_value() -> None:
    site = config('{ SOGoMailDomain = sys; domains = { a = { SOGoMailDomain = ""; }; }; }')
    assert site.domain("a").mail_domain == ""
    assert config("{ SOGoPasswordRecoveryDomains = (); }").system.password_recovery_domains == ()


def test_sources_belong_to_where_they_stand() -> None:
    site = config(TWO_DOMAINS)
    assert [source.id for source in site.user_sources(None)] == ["system"]
    assert [(source.id, source.domain) for source in site.user_sources("acme")] == [
        ("people", "acme"),
        ("staff", "acme"),
    ]
    assert site.user_sources("globex") == ()
    assert site.user_sources("nowhere") == ()
    assert [source.id for source in site.all_user_sources()] == ["system", "people", "staff"]


def test_sources_are_typed_by_their_kind() -> None:
    people, staff = config(TWO_DOMAINS).user_sources("acme")
    assert isinstance(people, LdapSource)
    assert isinstance(staff, SqlSource)
    assert people.bind_password == Secret("hush")
    assert people.uid_field_name == "uid"
    assert people.lookup_fields == ("*",)
    assert staff.login_field_names == ("mail",)
    assert staff.view_url == Secret("mysql://u:p@h/d/v")


def test_only_the_ldap_limits_are_inherited_by_a_source() -> None:
    site = config(TWO_DOMAINS.replace("SOGoLanguage = French;", "filter = x; bindDN = y;"))
    (people, _), (system,) = site.user_sources("acme"), site.user_sources(None)
    assert isinstance(people, LdapSource)
    assert isinstance(system, LdapSource)
    assert (people.query_limit, people.query_timeout) == (5, 9)
    assert (system.query_limit, system.query_timeout) == (50, 0)
    assert (system.filter, system.bind_dn) == ("", "")


def test_broken_entries_leave_the_other_sources_alone() -> None:
    site = config('{ SOGoUserSources = (oops, { type = LDAP; id = a; bindFields = "uid, mail"; }, { id = b; }); }')
    assert [(type(source), source.id) for source in site.all_user_sources()] == [(LdapSource, "a"), (LdapSource, "b")]
    assert config("{ SOGoUserSources = oops; domains = (x); }").all_user_sources() == ()
    assert config("{ domains = { a = x; }; }").domains == ()


def test_modules_constraints_and_mapping_are_read() -> None:
    (source,) = config(
        "{ SOGoUserSources = ({ type = ldap; id = a; ModulesConstraints = { Calendar = { ou = staff; }; };"
        " mapping = { mobile = (cell, mobile); }; }); }"
    ).user_sources(None)
    assert isinstance(source, LdapSource)
    assert source.modules_constraints == {"Calendar": {"ou": "staff"}}
    assert source.mapping == {"mobile": ("cell", "mobile")}


def test_visible_domains_are_those_in_a_group_together() -> None:
    site = config(TWO_DOMAINS)
    assert site.visible_domains("acme") == {"globex"}
    assert site.visible_domains("globex") == {"acme", "initech"}
    assert site.visible_domains(None) == frozenset()


def test_a_configuration_does_not_change() -> None:
    site = config(TWO_DOMAINS)
    with pytest.raises(AttributeError):
        setattr(site.system, "workers_count", 5)  # noqa: B010
    with pytest.raises(AttributeError):
        setattr(site, "domains", ())  # noqa: B010
    with pytest.raises(TypeError):
        site.system.domains["x"] = {}  # type: ignore[index]


def test_secrets_do_not_show_in_the_configuration() -> None:
    assert "hush" not in repr(config(TWO_DOMAINS))


def test_what_was_set_can_be_told_from_the_default() -> None:
    assert config("{ WOWorkersCount = 1; }").system.is_set(System.workers_count)
    assert not config("{ WOWorkersCount = (1); }").system.is_set(System.workers_count)
    assert not config("{}").system.is_set(System.workers_count)
