"""Who may come in, and how often (config.md §4.3, auth.md)."""

from __future__ import annotations

from sogo.conf.kinds import (
    EMPTY,
    boolean,
    choice,
    dictionary,
    integer,
    optional_strings,
    secret,
    string,
    string_groups,
    strings,
)
from sogo.conf.section import YES, DomainSection, Parameter, SystemSection
from sogo.secret import Secret


class AuthSystem(SystemSection):
    """Authentication and security"""

    authentication_type = Parameter(
        "SOGoAuthenticationType",
        choice("", "cas", "saml2", "openid"),
        default="",
        doc="Single sign-on for the web: cas, saml2 or openid; empty for the login form.",
    )
    dav_authentication_type = Parameter(
        "SOGoDAVAuthenticationType",
        choice("", "cas"),
        default="",
        printed=False,
        doc="cas takes a CAS proxy ticket as password of DAV requests.",
    )
    login_type_by_domain = Parameter(
        "SOGoLoginTypeByDomain",
        dictionary(),
        default=EMPTY,
        printed=False,
        doc="Kind of login by mail domain, each a dictionary with a type; login_default for the others.",
    )
    trust_proxy_authentication = Parameter(
        "SOGoTrustProxyAuthentication",
        boolean(),
        default=False,
        honoured=YES,
        doc="Believe the user name in x-webobjects-remote-user. The front end must set or strip that header.",
        example="YES",
    )
    encryption_key = Parameter(
        "SOGoEncryptionKey",
        secret(),
        default=Secret("MySOGoEncryptionKey"),
        doc="Key that hides the passwords of subscribed web calendars when there is no session password.",
    )
    secret_type = Parameter(
        "SOGoSecretType",
        choice("none", "plain", "env"),
        default="none",
        doc="plain: SOGoSecretValue is the secret; env: it names a variable that is. Checked at start, not used yet.",
    )
    secret_value = Parameter(
        "SOGoSecretValue",
        secret(),
        default=Secret(""),
        doc="32 characters to encrypt passwords of other mail accounts, or a variable. Checked at start, not used yet.",
    )
    xsrf_validation_enabled = Parameter(
        "SOGoXSRFValidationEnabled", boolean(), default=True, doc="Ask for the anti-forgery token of web requests."
    )
    password_change_enabled = Parameter(
        "SOGoPasswordChangeEnabled", boolean(), default=False, doc="Let users change their password.", example="YES"
    )
    password_recovery_enabled = Parameter(
        "SOGoPasswordRecoveryEnabled", boolean(), default=False, doc="Let users reset a forgotten password."
    )
    password_recovery_domains = Parameter(
        "SOGoPasswordRecoveryDomains",
        optional_strings(),
        default=None,
        doc="Domains with password recovery; all when unset, none when empty.",
    )
    jwt_secret = Parameter(
        "SOGoJWTSecret", secret(), default=Secret("SOGo"), doc="Key that signs the links of password recovery."
    )
    url_encryption_enabled = Parameter(
        "SOGoURLEncryptionEnabled", boolean(), default=False, doc="Encrypt user names in web URLs."
    )
    url_encryption_passphrase = Parameter(
        "SOGoURLEncryptionPassphrase",
        secret(),
        default=Secret("SOGoSuperSecret0"),
        doc="Key of URL encryption, 16 characters.",
    )
    enable_domain_based_uid = Parameter(
        "SOGoEnableDomainBasedUID",
        boolean(),
        default=False,
        honoured=YES,
        doc="Add @domain to user ids, so that two domains may have the same login.",
    )
    login_domains = Parameter(
        "SOGoLoginDomains",
        strings(),
        default=(),
        honoured=YES,
        doc="Domains offered on the login page; a login may carry one of them after its last @.",
    )
    domains_visibility = Parameter(
        "SOGoDomainsVisibility",
        string_groups(),
        default=(),
        honoured=YES,
        doc="Groups of domains whose users may find each other.",
    )
    forbid_unknown_domains_auth = Parameter(
        "SOGoForbidUnknownDomainsAuth",
        boolean(),
        default=False,
        honoured=YES,
        doc="Refuse logins without a domain, or with one that is neither allowed nor configured.",
    )
    domain_allowed = Parameter(
        "SOGoDomainAllowed",
        strings(),
        default=(),
        honoured=YES,
        doc="Domains let in by SOGoForbidUnknownDomainsAuth, besides the configured ones.",
    )
    login_suffix = Parameter(
        "SOGoLoginSuffix", string(), default="", printed=False, doc="Text the login page adds to the user name."
    )
    maximum_failed_login_count = Parameter(
        "SOGoMaximumFailedLoginCount",
        integer(minimum=0),
        default=0,
        unit="attempts",
        honoured=YES,
        doc="Wrong passwords in a row before an account is blocked for a while; 0 never blocks.",
        example="10",
    )
    maximum_failed_login_interval = Parameter(
        "SOGoMaximumFailedLoginInterval",
        integer(minimum=1, zero=10),
        default=10,
        unit="seconds",
        honoured=YES,
        doc="Only attempts closer to each other than this are counted together.",
    )
    failed_login_block_interval = Parameter(
        "SOGoFailedLoginBlockInterval",
        integer(minimum=1, zero=300),
        default=300,
        unit="seconds",
        honoured=YES,
        doc="How long a block lasts, from the first wrong password; at most SOGoCacheCleanupInterval.",
    )
    maximum_message_submission_count = Parameter(
        "SOGoMaximumMessageSubmissionCount",
        integer(minimum=0),
        default=0,
        unit="messages",
        doc="Messages a user may send per interval; 0 for no limit.",
    )
    maximum_recipient_count = Parameter(
        "SOGoMaximumRecipientCount",
        integer(minimum=0),
        default=0,
        unit="recipients",
        doc="Recipients a user may write to per interval; 0 for no limit.",
    )
    maximum_submission_interval = Parameter(
        "SOGoMaximumSubmissionInterval",
        integer(minimum=1, zero=30),
        default=30,
        unit="seconds",
        doc="The interval of the two limits above.",
    )
    message_submission_block_interval = Parameter(
        "SOGoMessageSubmissionBlockInterval",
        integer(minimum=1, zero=300),
        default=300,
        unit="seconds",
        doc="How long sending is refused afterwards; at most SOGoCacheCleanupInterval.",
    )
    maximum_request_count = Parameter(
        "SOGoMaximumRequestCount",
        integer(minimum=0),
        default=0,
        unit="requests",
        honoured=YES,
        doc="Requests of one user per interval before 429 is answered; 0 for no limit.",
    )
    maximum_request_interval = Parameter(
        "SOGoMaximumRequestInterval",
        integer(minimum=1, zero=30),
        default=30,
        unit="seconds",
        honoured=YES,
        doc="The interval of SOGoMaximumRequestCount.",
    )
    request_block_interval = Parameter(
        "SOGoRequestBlockInterval",
        integer(minimum=1, zero=300),
        default=300,
        unit="seconds",
        honoured=YES,
        doc="When counting starts anew; at most SOGoCacheCleanupInterval.",
    )
    cas_service_url = Parameter("SOGoCASServiceURL", string(), default="", doc="Base URL of the CAS server.")
    cas_logout_enabled = Parameter(
        "SOGoCASLogoutEnabled", boolean(), default=False, doc="Offer a log-out that ends the CAS session too."
    )
    saml2_private_key_location = Parameter(
        "SOGoSAML2PrivateKeyLocation", string(), default="", doc="Our private key towards the identity provider, PEM."
    )
    saml2_certificate_location = Parameter(
        "SOGoSAML2CertificateLocation", string(), default="", doc="Our certificate towards the provider, PEM."
    )
    saml2_idp_metadata_location = Parameter(
        "SOGoSAML2IdpMetadataLocation", string(), default="", doc="Metadata file of the identity provider, XML."
    )
    saml2_idp_public_key_location = Parameter(
        "SOGoSAML2IdpPublicKeyLocation", string(), default="", doc="Public key of the identity provider, PEM."
    )
    saml2_idp_certificate_location = Parameter(
        "SOGoSAML2IdpCertificateLocation", string(), default="", doc="Certificate of the identity provider, PEM."
    )
    saml2_login_attribute = Parameter(
        "SOGoSAML2LoginAttribute",
        string(),
        default="",
        doc="Attribute of the assertion that names the user; unset looks at uid, then mail.",
    )
    saml2_logout_enabled = Parameter(
        "SOGoSAML2LogoutEnabled", boolean(), default=False, doc="Offer a log-out that goes to the identity provider."
    )
    saml2_logout_url = Parameter(
        "SOGoSAML2LogoutURL", string(), default="", doc="Page shown after that log-out; blank when unset."
    )
    open_id_config_url = Parameter(
        "SOGoOpenIdConfigUrl", string(), default="", doc="Discovery document of the OpenID provider. Mandatory for it."
    )
    open_id_client = Parameter("SOGoOpenIdClient", string(), default="", doc="Our client id at the OpenID provider.")
    open_id_client_secret = Parameter(
        "SOGoOpenIdClientSecret", secret(), default=Secret(""), doc="Our client secret at the OpenID provider."
    )
    open_id_scope = Parameter(
        "SOGoOpenIdScope", string(), default="", doc="Scopes to ask for, separated by blanks: openid profile email."
    )
    open_id_email_param = Parameter(
        "SOGoOpenIdEmailParam", string(), default="email", doc="Member of the user information that names the user."
    )
    open_id_enable_refresh_token = Parameter(
        "SOGoOpenIdEnableRefreshToken", boolean(), default=False, doc="Renew access with the provider's refresh token."
    )
    open_id_token_check_interval = Parameter(
        "SOGoOpenIdTokenCheckInterval",
        integer(minimum=0),
        default=0,
        unit="seconds",
        doc="Time between two checks of an access token at the provider.",
    )
    open_id_logout_enabled = Parameter(
        "SOGoOpenIdLogoutEnabled", boolean(), default=False, doc="Offer a log-out that ends the provider's session."
    )
    open_id_send_domain_info = Parameter(
        "SOGoOpenIdSendDomainInfo",
        boolean(),
        default=False,
        printed=False,
        doc="Tell the provider the user's domain.",
    )
    slapd_socket_path = Parameter(
        "SOGoSLAPDSocketPath", string(), default="", printed=False, doc="Socket of the slapd back end program."
    )


class AuthDomain(DomainSection):
    """Authentication and security"""

    password_recovery_from = Parameter(
        "SOGoPasswordRecoveryFrom",
        string(),
        default="noreply@domain.com",
        doc="Sender of password recovery mails to users without a mail domain.",
    )
    imap_cas_service_name = Parameter(
        "SOGoIMAPCASServiceName", string(), default="", doc="Service name to ask CAS for IMAP tickets with."
    )
    super_usernames = Parameter(
        "SOGoSuperUsernames",
        strings(),
        default=(),
        honoured=YES,
        doc="Users with all rights on every calendar and address book.",
        example="(admin)",
    )
