"""No configuration that parses can break the merge, the remarks or a getter."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from sogo.conf.known import ALIASES, SITE, SOURCES, migrate, remarks
from sogo.conf.levels import Config, Domain, System, User
from sogo.conf.startup import startup_problems, startup_warnings

KEYS = st.sampled_from([*SITE, *ALIASES, "domains", "SOGoUserSources"]) | st.text(max_size=12)
SOURCE_KEYS = st.sampled_from([*SOURCES["ldap"], *SOURCES["sql"]])
SCALARS = st.sampled_from(["YES", "5", "", "x", "none", "env"]) | st.integers() | st.booleans() | st.binary(max_size=3)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS | SOURCE_KEYS, inner, max_size=3),
    max_leaves=8,
)
SOURCE_LISTS = st.lists(st.dictionaries(SOURCE_KEYS, VALUES, max_size=4) | SCALARS, max_size=3)
BODIES = st.dictionaries(KEYS, VALUES, max_size=4)


@settings(max_examples=80)
@given(BODIES, st.dictionaries(st.sampled_from("ab"), BODIES | SCALARS, max_size=2), SOURCE_LISTS)
def test_whatever_parses_can_be_served_or_told(
    values: dict[str, object], domains: dict[str, object], sources: list[object]
) -> None:
    written = {"domains": domains, "SOGoUserSources": sources, **values}
    told: list[str] = []
    migrate(written, lambda text, path: told.append(text))
    remarks(written, lambda text, path: told.append(text))
    config = Config.of(written)
    for row in System.parameters():
        config.system.read(row)
    for domain in (None, *config.domains):
        for row in Domain.parameters():
            config.domain(domain).read(row)
        for row in User.parameters():
            config.user(written, domain).read(row)
    for source in config.all_user_sources():
        for row in source.parameters():
            source.read(row)
    assert all(isinstance(text, str) for text in startup_warnings(config))
    startup_problems(config, environ={})
