"""When not to start, and what to say about it."""

from __future__ import annotations

import pytest

from sogo.codec import plist
from sogo.conf.levels import Config
from sogo.conf.startup import startup_problems, startup_warnings

GOOD = "secret_is_a_32_characters_string"


def config(text: str) -> Config:
    return Config.of(plist.parse_document("{" + text + "}").values)


def problems(text: str, *, environ: dict[str, str] | None = None) -> list[str]:
    return [str(error) for error in startup_problems(config(text), environ=environ or {})]


def test_a_plain_configuration_starts() -> None:
    assert problems("") == []


@pytest.mark.parametrize(
    ("text", "environ"),
    [
        ("SOGoSecretType = none; SOGoSecretValue = short;", {}),
        (f"SOGoSecretType = plain; SOGoSecretValue = {GOOD};", {}),
        ("SOGoSecretType = env; SOGoSecretValue = SOGO_SECRET;", {"SOGO_SECRET": GOOD}),
    ],
)
def test_a_sound_secret_starts(text: str, environ: dict[str, str]) -> None:
    assert problems(text, environ=environ) == []


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("SOGoSecretType = file; SOGoSecretValue = x;", "must be none, plain or env"),
        ("SOGoSecretType = plain;", "is missing, while SOGoSecretType is plain"),
        ("SOGoSecretType = plain; SOGoSecretValue = hush;", "must be exactly 32 ASCII characters"),
        (f'SOGoSecretType = plain; SOGoSecretValue = "é{GOOD[1:]}";', "must be exactly 32 ASCII characters"),
        ("SOGoSecretType = env; SOGoSecretValue = NOT_SET;", "names an environment variable that is not set"),
        ("SOGoSecretType = env; SOGoSecretValue = HUSH;", "must be exactly 32 ASCII characters"),
    ],
)
def test_a_bad_secret_is_refused_without_being_shown(text: str, says: str) -> None:
    (problem,) = problems(text, environ={"HUSH": "hush-value"})
    assert problem.startswith(("SOGoSecretType: ", "SOGoSecretValue: "))
    assert says in problem
    assert "hush" not in problem


def test_settings_that_do_not_fit_each_other_are_told() -> None:
    told = startup_warnings(
        config("""
            OCSStoreURL = x; WOWorkersCount = 2; SOGoMemcachedHost = "";
            SOGoMaximumFailedLoginCount = 5; SOGoFailedLoginBlockInterval = 600;
            SOGoInternalSyncInterval = 60;
            SOGoURLEncryptionEnabled = YES; SOGoURLEncryptionPassphrase = short;
            SOGoUserSources = ({ type = ldap; id = a; }, { type = sql; id = b; });
        """)
    )
    assert [text.split(" ")[0] for text in told] == [
        "OCSAclURL,",
        "SOGoMemcachedHost",
        "SOGoMemcachedHost",
        "SOGoFailedLoginBlockInterval",
        "SOGoInternalSyncInterval",
        "SOGoURLEncryptionPassphrase",
        "no",
    ]


def test_a_sound_configuration_has_no_warnings() -> None:
    assert startup_warnings(config("SOGoUserSources = ({ type = sql; id = a; canAuthenticate = YES; });")) == []


def test_what_is_refused_is_not_warned_of_as_well() -> None:
    assert startup_warnings(config("")) == []
    twice = "{ type = sql; id = a; canAuthenticate = YES; }"
    assert startup_warnings(config(f"SOGoUserSources = ({twice}, {twice});")) == []


def test_without_memcached_the_start_says_what_it_costs() -> None:
    url = "postgresql://sogo:hush@127.0.0.1/sogo/sogo_folder_info"
    (alone,) = startup_warnings(config(f'SOGoMemcachedHost = " "; OCSFolderInfoURL = "{url}";'))
    assert "a SOGo 5 on this database does not learn what is changed here" in alone
    assert "hush" not in alone
    several = startup_warnings(config(f'SOGoMemcachedHost = ""; WOWorkersCount = 3; OCSFolderInfoURL = "{url}";'))
    assert len(several) == 2
    file = "sqlite:////var/lib/sogo/sogo.db/sogo_folder_info"
    assert startup_warnings(config(f'SOGoMemcachedHost = ""; OCSFolderInfoURL = "{file}";')) == []
    assert startup_warnings(config(f'WOWorkersCount = 3; OCSFolderInfoURL = "{url}";')) == []
