"""The table of parameters is whole, its names are regular, and the documents made from it are fresh."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from scripts import gen_docs
from sogo.codec import plist
from sogo.conf.known import SITE, SOURCES, nearest
from sogo.conf.levels import Config, Domain, System, User
from sogo.conf.load import load_config
from sogo.conf.parameters.sources import LdapSource, SqlSource
from sogo.conf.section import Honoured, Parameter, Section

SECTIONS: tuple[type[Section], ...] = (System, Domain, User, LdapSource, SqlSource)
ROWS: list[Parameter[Any]] = [row for section in SECTIONS for row in section.parameters()]


IRREGULAR = {
    "SOGoIMAPCASServiceName": "imap_cas_service_name",
    "SOGoUIxAdditionalPreferences": "ui_x_additional_preferences",
    "SOGoUIxDebugEnabled": "ui_x_debug_enabled",
}
"""Names whose words no rule can tell apart."""


def regular(name: str) -> str:
    """SOGoMailDomain -> mail_domain: the rule of docs/parameters.md. A run of capitals is one word."""
    name = re.sub(r"^(SOGo|WO|OCS|Sx)(?=[A-Za-z])", "", name)
    for word in ("MySQL4", "iPhone", "EMail", "URLs", "ETag", "ACLs"):
        name = name.replace(word, word.capitalize())
    name = re.sub(r"([A-Z]+)([A-Z][a-z])", r"\1_\2", name)
    return re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", name).lower()


def test_the_table_is_about_as_long_as_the_originals() -> None:
    assert len(SITE) > 330
    assert len(SOURCES["ldap"]) > 38
    assert len(SOURCES["sql"]) > 20


def test_no_name_is_there_twice() -> None:
    names = Counter(row.name for section in (System, Domain, User) for row in section.parameters())
    names.update(alias for row in SITE.values() for alias in row.aliases)
    assert [name for name, count in names.items() if count > 1] == []


@pytest.mark.parametrize("section", SECTIONS)
def test_no_attribute_hides_another(section: type[Section]) -> None:
    attributes = Counter(row.attribute for row in section.parameters())
    assert [name for name, count in attributes.items() if count > 1] == []


def test_attributes_are_the_names_without_prefix_in_snake_case() -> None:
    odd = {row.name: row.attribute for row in SITE.values() if row.attribute != regular(row.name)}
    assert odd == IRREGULAR


def test_every_row_says_in_a_sentence_what_it_means() -> None:
    assert [row.name for row in ROWS if not row.doc.endswith(".") or "\n" in row.doc or len(row.doc) > 125] == []


def test_every_default_can_be_what_its_kind_reads() -> None:
    for row in ROWS:
        if row.kind.choices:
            assert row.default in row.kind.choices, row.name


@pytest.mark.parametrize("row", [row for row in ROWS if row.example], ids=lambda row: str(row.name))
def test_every_example_is_readable_and_sensible(row: Parameter[Any]) -> None:
    value = plist.parse(row.example)
    read = row.kind.read(value)
    assert not row.kind.choices or read in row.kind.choices
    assert plist.parse(f"{{ {gen_docs.setting(row)} }}") == {row.name: value}


def test_the_example_file_parses_and_says_nothing(tmp_path: Path) -> None:
    assert plist.parse_document(gen_docs.EXAMPLE.read_text()).values == {}
    config = load_config([], environ={}, config_file=gen_docs.EXAMPLE, home=tmp_path, etc=tmp_path)
    assert config.warnings == ()


def test_the_example_file_without_its_slashes_is_a_sound_configuration(tmp_path: Path) -> None:
    used = tmp_path / "sogo.conf"
    used.write_text(re.sub(r"(?m)^  // ", "  ", gen_docs.EXAMPLE.read_text()))
    config: Config = load_config([], environ={}, config_file=used)
    assert config.warnings == ()
    assert config.system.workers_count == 4
    assert config.domain("acme").mail_domain == "acme.example"
    assert [source.id for source in config.all_user_sources()] == ["directory"]
    assert len(config.values) == sum(bool(row.example) for row in SITE.values())


def test_the_manual_and_the_example_are_fresh() -> None:
    assert gen_docs.MANUAL.read_text() == gen_docs.manual(), "run scripts/gen_docs.py"
    assert gen_docs.EXAMPLE.read_text() == gen_docs.example(), "run scripts/gen_docs.py"


def test_the_manual_shows_every_parameter_with_its_standing() -> None:
    manual = gen_docs.MANUAL.read_text()
    words = {Honoured.YES: "yes", Honoured.NOT_YET: "not yet", Honoured.IGNORED: "ignored"}
    missing = [
        row.name for row in ROWS if not re.search(rf"^\| `{row.name}`.*\| {words[row.honoured]} \|$", manual, re.M)
    ]
    assert missing == []


def test_the_nearest_name_is_near_or_nobody() -> None:
    assert nearest("sogomaildomain") == "SOGoMailDomain"
    assert nearest("SOGoMailDomains") == "SOGoMailDomain"
    assert nearest("Kaffee") is None
    assert nearest("") is None
