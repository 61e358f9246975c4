"""Files, arguments, their order, and what is said about them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from sogo.conf.levels import Config
from sogo.conf.load import load_config
from sogo.conf.parameters.sources import SqlSource
from sogo.errors import ConfigError


class Machine:
    """A home and an /etc/sogo of their own."""

    def __init__(self, root: Path) -> None:
        self.home = root / "home"
        self.etc = root / "etc"
        self.defaults = self.home / "GNUstep" / "Defaults"
        self.defaults.mkdir(parents=True)
        self.etc.mkdir()

    def load(self, *argv: str, config_file: Path | None = None) -> Config:
        return load_config(argv, environ={}, config_file=config_file, home=self.home, etc=self.etc)

    def conf(self, text: str, name: str = "sogo.conf") -> Path:
        path = self.etc / name
        path.write_text(text)
        return path


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def told(config: Config) -> list[str]:
    """The warnings without their directories."""
    return [warning.rpartition("/")[2] if warning.startswith("/") else warning for warning in config.warnings]


def test_no_file_at_all_gives_the_defaults(machine: Machine) -> None:
    config = machine.load()
    assert config.system.port == "127.0.0.1:20000"
    assert config.files == ()
    assert config.warnings == ()


def test_the_nearest_source_wins_key_by_key(machine: Machine) -> None:
    machine.conf("{ SOGoMailDomain = deb; SOGoPageTitle = deb; SOGoHelpURL = deb; SOGoZipPath = deb; }", "debconf.conf")
    machine.conf("{ SOGoMailDomain = conf; SOGoPageTitle = conf; SOGoHelpURL = conf; }")
    (machine.defaults / "sogod.plist").write_text("{ SOGoMailDomain = home; SOGoPageTitle = home; }")
    config = machine.load("-SOGoMailDomain", "line")
    assert config.domain(None).mail_domain == "line"
    assert (config.system.page_title, config.system.help_url, config.system.zip_path) == ("home", "conf", "deb")
    assert [path.name for path in config.files] == ["sogod.plist", "sogo.conf", "debconf.conf"]


def test_a_dictionary_hides_the_one_below_it_completely(machine: Machine) -> None:
    machine.conf("{ domains = { a = {}; b = {}; }; }", "debconf.conf")
    machine.conf("{ domains = { c = {}; }; }")
    assert machine.load().domains == ("c",)


def test_the_old_common_defaults_file_is_read_where_there_is_no_newer_one(machine: Machine) -> None:
    common = machine.defaults / ".GNUstepDefaults"
    common.write_text(
        "{ sogod = { SOGoPageTitle = old; }; NSGlobalDomain = { SOGoHelpURL = everywhere; WOPort = 1; }; }"
    )
    config = machine.load()
    assert (config.system.page_title, config.system.help_url) == ("old", "everywhere")
    assert config.system.port == "127.0.0.1:20000", "the global domain comes after the defaults"
    (machine.defaults / "sogod.plist").write_text("{ SOGoPageTitle = new; }")
    assert machine.load().system.page_title == "new"


def test_the_xml_form_is_read_with_its_typing_traps(machine: Machine) -> None:
    (machine.defaults / "sogod.plist").write_text(
        '<?xml version="1.0" encoding="UTF-8"?><plist version="0.9"><dict><key>WOWorkersCount</key><integer>7</integer>\n'
        "<key>SOGoMailDomain</key><integer>5</integer></dict></plist>"
    )
    config = machine.load()
    assert config.system.workers_count == 7
    assert config.domain(None).mail_domain == "localhost"
    assert told(config) == ["sogod.plist:2: SOGoMailDomain must be a string, not a typed number; it counts as unset"]


def test_a_given_file_is_the_only_one(machine: Machine, tmp_path: Path) -> None:
    machine.conf("{ SOGoPageTitle = conf; SOGoHelpURL = conf; }")
    (machine.defaults / "sogod.plist").write_text("{ SOGoHelpURL = home; }")
    own = tmp_path / "own.conf"
    own.write_text("{ SOGoPageTitle = own; }")
    config = machine.load("-WOPort", "*:1", config_file=own)
    assert (config.system.page_title, config.system.help_url, config.system.port) == ("own", "", "*:1")
    assert config.files == (own,)


def test_arguments_are_property_lists_where_they_can_be(machine: Machine) -> None:
    config = machine.load(
        *("-WOWorkersCount", "8", "-SOGoSuperUsernames", "(a, b)", "-SOGoPageTitle", '"q r"', "-SOGoHelpURL", "a = b;"),
        *("-domains", "{ x = {}; }", "-SOGoMailDomain", "{x=1"),
    )
    assert config.system.workers_count == 8
    assert config.domain(None).super_usernames == ("a", "b")
    assert (config.system.page_title, config.system.help_url) == ("q r", "a = b;")
    assert config.domains == ("x",)
    assert config.domain(None).mail_domain == "{x=1"


def test_p_is_short_for_the_port_and_wins(machine: Machine) -> None:
    assert machine.load("-p", "300", "-WOPort", "7").system.port == "300"


def test_arguments_that_are_no_pairs_are_left_out_and_told(machine: Machine) -> None:
    config = machine.load("-SOGoHelpURL", "-WOPort", "5", "stray-secret", "--what", "-SOGoPageTitle")
    assert config.system.port == "5"
    assert config.system.page_title == "SOGo"
    assert [warning.partition(" has ")[0] for warning in config.warnings] == [
        "the argument -SOGoHelpURL",
        "an argument without a -Key before it is left out",
        "the argument --what is not understood and left out",
        "the argument -SOGoPageTitle",
    ]
    assert "stray-secret" not in " ".join(config.warnings)


def test_an_empty_file_is_skipped_and_told(machine: Machine) -> None:
    machine.conf("")
    assert told(machine.load()) == ["sogo.conf: the file is empty; skipping it"]
    machine.conf("  /* nothing */ ")
    assert told(machine.load()) == []


def test_a_broken_file_is_refused_with_its_place(machine: Machine) -> None:
    path = machine.conf("{\n  SOGoMailDomain = acme\n  bindPassword = hush;\n}")
    with pytest.raises(ConfigError) as caught:
        machine.load()
    error = caught.value
    assert (error.file, error.line, error.column) == (str(path), 2, 24)
    assert str(error) == (
        f"{path}:2:24: ';' is missing after the value of 'SOGoMailDomain', before 'b'. "
        "Mend the file; nothing is started with half of a configuration."
    )


def test_octets_that_are_no_utf8_are_refused_with_their_place(machine: Machine) -> None:
    (machine.etc / "sogo.conf").write_bytes('{\n  SOGoPageTitle = "é"; }'.encode("latin-1"))
    with pytest.raises(ConfigError, match=r"sogo\.conf:2:20: this is not UTF-8; save the file as UTF-8"):
        machine.load()


def test_a_file_that_may_not_be_read_is_refused_with_what_to_do(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = machine.conf("{}")

    def refuse(*arguments: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(ConfigError, match=f"chgrp sogo {path} && chmod 640 {path}"):
        machine.load()


def test_a_given_file_must_be_there(machine: Machine, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"nowhere\.conf: there is no such file"):
        machine.load(config_file=tmp_path / "nowhere.conf")
    with pytest.raises(ConfigError, match="cannot be read"):
        machine.load(config_file=tmp_path)


def test_a_file_that_is_too_large_is_refused(machine: Machine) -> None:
    path = machine.conf("")
    os.truncate(path, 9 * 1024 * 1024)
    with pytest.raises(ConfigError, match="larger than 8388608 bytes"):
        machine.load()


def test_old_names_become_new_ones_where_these_are_absent(machine: Machine) -> None:
    machine.conf(
        '{ AgenorProfileURL = x;\n SOGoServerTimeZone = UTC; SOGoTimeZone = "Europe/Paris"; SOGoForceIMAPLoginWithEmail = YES;'
        "\n domains = { a = { SOGoDefaultMailDomain = acme; SOGoLDAPSources = ({ type = ldap; id = a; }); }; }; }"
    )
    config = machine.load()
    assert config.system.profile_url.reveal() == "x"
    assert config.time_zone == "Europe/Paris"
    assert config.domain(None).force_external_login_with_email is True
    assert config.domain("a").mail_domain == "acme"
    assert [source.id for source in config.user_sources("a")] == ["a"]
    assert sorted(told(config)) == [
        "sogo.conf:1: AgenorProfileURL is the old name of SOGoProfileURL",
        "sogo.conf:2: SOGoForceIMAPLoginWithEmail is the old name of SOGoForceExternalLoginWithEmail",
        "sogo.conf:3: SOGoDefaultMailDomain is the old name of SOGoMailDomain",
        "sogo.conf:3: SOGoLDAPSources is the old name of SOGoUserSources",
    ]


@pytest.mark.parametrize(("forks", "workers", "count"), [("4", "2", 4), ("0", "2", 2), ("4", "", 4), ("0", "", 1)])
def test_a_fork_count_wins_unless_it_is_zero(machine: Machine, forks: str, workers: str, count: int) -> None:
    machine.conf(f"{{ WOHttpAdaptorForkCount = {forks}; {'WOWorkersCount = ' + workers + ';' if workers else ''} }}")
    assert machine.load().system.workers_count == count


def test_unknown_names_are_told_with_the_nearest_known_one(machine: Machine) -> None:
    machine.conf("""{
        SOGoMailDomian = x;
        WOWorkerCount = 3;
        WOLogfile = "-";
        SoGoLanguage = French;
        Kaffeemaschine = an;
        SOGoMailMessageCheck = manually;
        WOProfileElements = NO; WOSMTPHost = mail;
        SoOFSDebugFactory = NO;
        GSWhatever = 1;
        domains = { acme = {
            SOGoIMAPserver = x;
            WOPort = 1;
        }; };
        SOGoUserSources = (
            { type = ldap; id = a; baseDn = x; CNFieldname = cn; viewURL = "x"; scope = DEEP; port = 389; },
            { type = sql; viewUrl = "x"; canAuthenticate = (YES); },
            text
        );
    }""")
    assert told(machine.load()) == [
        "sogo.conf:2: SOGoMailDomian is not a parameter we know; did you mean SOGoMailDomain?",
        "sogo.conf:3: WOWorkerCount is not a parameter we know; did you mean WOWorkersCount?",
        "sogo.conf:4: WOLogfile is not a parameter we know; did you mean WOLogFile?",
        "sogo.conf:5: SoGoLanguage is not a parameter we know; did you mean SOGoLanguage?",
        "sogo.conf:6: Kaffeemaschine is not a parameter we know",
        "sogo.conf:7: SOGoMailMessageCheck is not read any more; see SOGoRefreshViewCheck",
        "sogo.conf:16: baseDn is not a key we know; did you mean baseDN? (user source a)",
        "sogo.conf:16: CNFieldname is not a key we know; did you mean CNFieldName? (user source a)",
        "sogo.conf:16: scope should be one of BASE, ONE, SUB, base, one, sub (user source a)",
        "sogo.conf:17: a user source needs an id (user source 2)",
        "sogo.conf:17: viewUrl is not a key we know; did you mean viewURL? (user source 2)",
        "sogo.conf:17: canAuthenticate must be YES or NO; it counts as unset (user source 2)",
        "sogo.conf:18: an entry of SOGoUserSources must be a dictionary; it is left out",
        "sogo.conf:12: SOGoIMAPserver is not a parameter we know; did you mean SOGoIMAPServer?",
        "sogo.conf:13: WOPort holds for the whole system; it is not looked at inside of a domain",
    ]


def test_the_configuration_of_a_large_multi_domain_site_says_nothing(machine: Machine) -> None:
    machine.conf("""{
        SOGoEnableDomainBasedUID = YES; WOWorkersCount = "20"; SOGoFirstDayOfWeek = "1"; MySQL4Encoding = "utf8mb4";
        SOGoCalendarDefaultRoles = ( "PublicDAndTViewer", "ConfidentialDAndTViewer" );
        //SoDebugBaseURL = YES;
        SOGoUIAdditionalJSFiles = (js/theme.js, js/custom-sogo.js);
        SOGoTrustProxyAuthentication = YES;
    }""")
    (machine.defaults / "sogod.plist").write_text("""<?xml version="1.0" encoding="UTF-8"?>
        <!DOCTYPE plist PUBLIC "-//GNUstep//DTD plist 0.9//EN" "http://www.gnustep.org/plist-0_9.xml">
        <plist version="0.9"><dict>
        <key>OCSSessionsFolderURL</key><string>mysql://u:p@%2Fvar%2Frun%2Fmysqld.sock/db/sogo_sessions_folder</string>
        <key>domains</key><dict><key>acme.example</key><dict>
            <key>SOGoMailDomain</key><string>acme.example</string>
            <key>SOGoUserSources</key><array><dict>
                <key>type</key><string>sql</string><key>id</key><string>acme.example_sql</string>
                <key>viewURL</key><string>mysql://u:p@%2Fvar%2Frun%2Fmysqld.sock/db/view</string>
                <key>MailFieldNames</key><array><string>aliases</string><string>ad_aliases</string></array>
                <key>DomainFieldName</key><string>domain</string><key>KindFieldName</key><string>kind</string>
                <key>canAuthenticate</key><string>YES</string><key>isAddressBook</key><string>YES</string>
                <key>userPasswordAlgorithm</key><string>ssha256</string>
                <key>prependPasswordScheme</key><string>YES</string>
            </dict></array></dict></dict></dict></plist>""")
    config = machine.load("-WOWorkersCount", "3", "-WOPidFile", "/run/sogo.pid", "-WONoDetach", "YES")
    assert config.warnings == ()
    assert (config.system.workers_count, config.system.no_detach) == (3, True)
    (source,) = config.user_sources("acme.example")
    assert isinstance(source, SqlSource)
    assert (source.mail_field_names, source.can_authenticate) == (("aliases", "ad_aliases"), True)


def test_slips_of_the_grammar_are_told(machine: Machine) -> None:
    machine.conf("{ WOPort = 1;\n WOPort = 2\n}")
    assert told(machine.load()) == [
        "sogo.conf:2: 'WOPort' is set twice; the last one counts",
        "sogo.conf:2: ';' is missing after the value of 'WOPort'",
    ]


def test_values_that_make_no_sense_are_kept_and_told(machine: Machine) -> None:
    machine.conf("{ SOGoMailingMechanism = pigeon; }")
    config = machine.load()
    assert config.domain(None).mailing_mechanism == "pigeon"
    assert told(config) == ["sogo.conf:1: SOGoMailingMechanism should be one of sendmail, smtp"]


def test_no_secret_is_in_a_warning(machine: Machine) -> None:
    machine.conf("""{ SOGoEncryptionKey = (hush); SOGoProfileURL = <*I5>; SOGoSecretType = hush;
        SOGoUserSources = ({ type = ldap; id = a; bindPassword = (hush); bindPasword = hush; }); }""")
    config = machine.load("-SOGoEncryptionKeyy", "hush")
    assert len(config.warnings) == 6
    assert "hush" not in " ".join(config.warnings)
