"""User sources: the entries of SOGoUserSources (auth.md §§1.1, 2.2), and what may stand for all of them at once.

An entry is a section of its own: `source.base_dn` is a str. Only the four SOGoLDAP* keys are also looked up in the
domain and in the system; everything else counts only in the entry itself.
"""

from __future__ import annotations

from sogo.conf.kinds import (
    EMPTY,
    boolean,
    choice,
    database_url,
    dictionaries,
    integer,
    secret,
    string,
    string_map_list,
    string_maps,
    strings,
    strings_map,
    strings_or_text,
)
from sogo.conf.section import NOT_YET, YES, DomainSection, Layer, Parameter, SourceSection
from sogo.secret import Secret


class SourcesDomain(DomainSection):
    """User sources"""

    user_sources = Parameter(
        "SOGoUserSources",
        dictionaries(),
        default=(),
        honoured=YES,
        aliases=("SOGoLDAPSources",),
        inherits=False,
        doc="Where users come from, one dictionary each. A domain has its own, besides those of the system.",
        example=(
            "({ type = ldap; id = directory; canAuthenticate = YES; isAddressBook = YES; displayName = Directory; "
            'hostname = "ldap://127.0.0.1:389"; baseDN = "ou=users,dc=example,dc=com"; '
            'bindDN = "cn=sogo,dc=example,dc=com"; bindPassword = secret; '
            "CNFieldName = cn; IDFieldName = uid; UIDFieldName = uid; })"
        ),
    )
    ldap_contact_info_attribute = Parameter(
        "SOGoLDAPContactInfoAttribute",
        string(),
        default="description",
        honoured=YES,
        aliases=("LDAPContactInfoAttribute",),
        doc="Attribute shown beside a name when people are looked up.",
    )
    ldap_query_limit = Parameter(
        "SOGoLDAPQueryLimit",
        integer(minimum=0),
        default=0,
        unit="entries",
        honoured=YES,
        doc="Most entries an LDAP search may bring; 0 leaves it to the server.",
    )
    ldap_query_timeout = Parameter(
        "SOGoLDAPQueryTimeout",
        integer(minimum=0),
        default=0,
        unit="seconds",
        honoured=YES,
        doc="Longest time an LDAP search may take; 0 leaves it to the server.",
    )
    ldap_group_expansion_enabled = Parameter(
        "SOGoLDAPGroupExpansionEnabled", boolean(), default=False, doc="Show who is in a group."
    )


class UserSource(SourceSection):
    """Keys of every user source"""

    def __init__(self, *layers: Layer, domain: str | None = None) -> None:
        super().__init__(*layers)
        self.domain = domain

    type = Parameter(
        "type", choice("ldap", "sql"), default="ldap", honoured=YES, doc="What the source is: ldap or sql."
    )
    id = Parameter(
        "id", string(), default="", honoured=YES, doc="Name of the source, unique over all domains; part of URLs."
    )
    can_authenticate = Parameter(
        "canAuthenticate", boolean(), default=False, honoured=YES, doc="Users of this source may log in."
    )
    is_address_book = Parameter(
        "isAddressBook", boolean(), default=False, honoured=YES, doc="Show the source as an address book."
    )
    display_name = Parameter(
        "displayName", string(), default="", honoured=YES, doc="Name of that address book; the id when unset."
    )
    list_requires_dot = Parameter(
        "listRequiresDot",
        boolean(),
        default=True,
        honoured=YES,
        doc="List the entries only for a search, or when a dot is looked for.",
    )
    global_address_book_first_entries_count = Parameter(
        "globalAddressBookFirstEntriesCount",
        integer(minimum=-1),
        default=-1,
        unit="entries",
        honoured=YES,
        doc="Entries shown while the list asks for a search; -1 for none of them.",
    )
    modules_constraints = Parameter(
        "ModulesConstraints",
        string_maps(),
        default=EMPTY,
        honoured=YES,
        doc="Attribute values a user needs for Calendar, Mail or ActiveSync: { Calendar = { ou = staff; }; }.",
    )
    search_field_names = Parameter(
        "SearchFieldNames",
        strings(),
        default=(),
        honoured=YES,
        doc="Fields a search looks into. Unset: name, mail, telephonenumber (LDAP); c_cn, mail (SQL).",
    )
    mail_field_names = Parameter(
        "MailFieldNames",
        strings(),
        default=(),
        honoured=YES,
        doc="Fields that hold addresses. Unset: mail (LDAP); SQL always reads mail as well.",
    )
    imap_host_field_name = Parameter(
        "IMAPHostFieldName", string(), default="", honoured=YES, doc="Field with the user's IMAP server."
    )
    imap_login_field_name = Parameter(
        "IMAPLoginFieldName", string(), default="", honoured=YES, doc="Field with the user's IMAP login."
    )
    sieve_host_field_name = Parameter(
        "SieveHostFieldName", string(), default="", honoured=YES, doc="Field with the user's Sieve server."
    )
    kind_field_name = Parameter(
        "KindFieldName", string(), default="", honoured=YES, doc="Field that says location, thing or group."
    )
    multiple_bookings_field_name = Parameter(
        "MultipleBookingsFieldName",
        string(),
        default="",
        honoured=YES,
        doc="Field with the number of bookings a resource takes at a time: 0 any, -1 any but shown busy.",
    )
    user_password_algorithm = Parameter(
        "userPasswordAlgorithm",
        string(),
        default="none",
        honoured=YES,
        doc="Scheme of passwords: how SQL ones are stored, how new ones are written.",
    )


class LdapSource(UserSource):
    """Keys of an LDAP source"""

    hostname = Parameter(
        "hostname", string(), default="", honoured=YES, doc="Hosts or LDAP URLs, separated by blanks; tried in order."
    )
    port = Parameter("port", integer(minimum=0), default=0, honoured=YES, doc="Out of use: write ldap://host:port.")
    encryption = Parameter(
        "encryption", string(), default="", honoured=YES, doc="Out of use (SSL, STARTTLS): write ldaps://host."
    )
    bind_dn = Parameter("bindDN", string(), default="", honoured=YES, doc="Account to search with; anonymous if unset.")
    bind_password = Parameter("bindPassword", secret(), default=Secret(""), honoured=YES, doc="Its password.")
    bind_as_current_user = Parameter(
        "bindAsCurrentUser", boolean(), default=False, honoured=YES, doc="Search as the user who asks, once logged in."
    )
    base_dn = Parameter(
        "baseDN", string(), default="", honoured=YES, doc="Where to search; %d stands for the user's domain."
    )
    scope = Parameter(
        "scope",
        choice("BASE", "ONE", "SUB", "base", "one", "sub"),
        default="SUB",
        honoured=YES,
        doc="How deep: BASE, ONE, SUB.",
    )
    filter = Parameter("filter", string(), default="", honoured=YES, doc="Condition that every entry must meet.")
    id_field_name = Parameter(
        "IDFieldName", string(), default="cn", honoured=YES, doc="First attribute of the DN; names entries in URLs."
    )
    cn_field_name = Parameter("CNFieldName", string(), default="cn", honoured=YES, doc="Attribute shown as the name.")
    uid_field_name = Parameter(
        "UIDFieldName", string(), default="uid", honoured=YES, doc="Attribute that is the user id."
    )
    bind_fields = Parameter(
        "bindFields",
        strings_or_text(", "),
        default=(),
        honoured=YES,
        doc="Look the login up in these attributes to find the DN, instead of building the DN from it.",
    )
    lookup_fields = Parameter(
        "lookupFields", strings(), default=("*",), honoured=YES, doc='Attributes to ask for, such as ("*", memberOf).'
    )
    group_object_classes = Parameter(
        "GroupObjectClasses",
        strings(),
        default=("group", "groupofnames", "groupofuniquenames", "posixgroup"),
        honoured=YES,
        doc="Object classes that make an entry a group.",
    )
    disable_subgroups = Parameter(
        "disableSubgroups", boolean(), default=False, honoured=YES, doc="Do not look into groups inside of groups."
    )
    mapping = Parameter(
        "mapping",
        strings_map(),
        default=EMPTY,
        honoured=YES,
        doc="Attributes to take for a field of a contact, the first that is there: { mobile = (cell, mobile); }.",
    )
    object_classes = Parameter(
        "objectClasses", strings(), default=(), honoured=NOT_YET, doc="Object classes of entries made through us."
    )
    modifiers = Parameter(
        "modifiers", strings(), default=(), honoured=NOT_YET, doc="Users or groups who may change the entries."
    )
    ab_ou = Parameter(
        "abOU", string(), default="", honoured=NOT_YET, doc="Keep address books of users in LDAP, under this unit."
    )
    password_policy = Parameter(
        "passwordPolicy", boolean(), default=False, honoured=YES, doc="Use the password policy controls of the server."
    )
    update_samba_ntlm_passwords = Parameter(
        "updateSambaNTLMPasswords",
        boolean(),
        default=False,
        honoured=NOT_YET,
        doc="Also write the Samba hashes when a password is changed; nothing here changes passwords yet.",
    )
    ms_exchange_hostname = Parameter(
        "MSExchangeHostname",
        string(),
        default="",
        honoured=NOT_YET,
        printed=False,
        doc="Exchange server to ask for free and busy times.",
    )
    contact_info_attribute = Parameter(
        "SOGoLDAPContactInfoAttribute",
        string(),
        default="description",
        honoured=YES,
        aliases=("LDAPContactInfoAttribute",),
        doc="Attribute shown beside a name when people are looked up.",
    )
    query_limit = Parameter(
        "SOGoLDAPQueryLimit",
        integer(minimum=0),
        default=0,
        unit="entries",
        honoured=YES,
        doc="Most entries a search may bring; 0 leaves it to the server.",
    )
    query_timeout = Parameter(
        "SOGoLDAPQueryTimeout",
        integer(minimum=0),
        default=0,
        unit="seconds",
        honoured=YES,
        doc="Longest time a search may take; 0 leaves it to the server.",
    )
    group_expansion_enabled = Parameter(
        "SOGoLDAPGroupExpansionEnabled", boolean(), default=False, honoured=NOT_YET, doc="Show who is in a group."
    )


class SqlSource(UserSource):
    """Keys of an SQL source"""

    view_url = Parameter(
        "viewURL", database_url(), default=Secret(""), honoured=YES, doc="The table or view with one row per user."
    )
    prepend_password_scheme = Parameter(
        "prependPasswordScheme", boolean(), default=False, honoured=YES, doc="Write {scheme} before new passwords."
    )
    key_path = Parameter(
        "keyPath", string(), default="", honoured=YES, doc="File with the key of sym-aes-128-cbc passwords."
    )
    user_password_policy = Parameter(
        "userPasswordPolicy",
        string_map_list(),
        default=(),
        honoured=YES,
        doc="What passwords must contain: ({ label = POLICY_MIN_LENGTH; value = 8; }), or label and regex.",
    )
    authentication_filter = Parameter(
        "authenticationFilter", string(), default="", honoured=YES, doc="Condition that users must meet to log in."
    )
    login_field_names = Parameter(
        "LoginFieldNames",
        strings(),
        default=("c_uid",),
        honoured=YES,
        doc="Columns a login is looked up in; name c_uid too if it is to count.",
    )
    domain_field_name = Parameter(
        "DomainFieldName", string(), default="", honoured=YES, doc="Column with the user's domain."
    )


SourceConfig = LdapSource | SqlSource
"""One entry of SOGoUserSources."""

SOURCE_TYPES: dict[str, type[LdapSource] | type[SqlSource]] = {"ldap": LdapSource, "sql": SqlSource}
INHERITED = frozenset(row.name for row in LdapSource.parameters() if row.name.startswith("SOGoLDAP"))
"""The keys an entry takes from its domain or the system when it does not hold them itself."""
