"""IMAP, SMTP and the mail module (config.md §4.5)."""

from __future__ import annotations

from sogo.conf.kinds import EMPTY, boolean, choice, dictionary, integer, number, secret, string
from sogo.conf.section import IGNORED, YES, DomainSection, Parameter, SystemSection
from sogo.secret import Secret


class MailSystem(SystemSection):
    """Mail"""

    send_mail = Parameter(
        "WOSendMail", string(), default="/usr/lib/sendmail", honoured=YES, doc="The sendmail program."
    )
    ng_imap4_connection_string_separator = Parameter(
        "NGImap4ConnectionStringSeparator",
        string(),
        default="/",
        honoured=YES,
        doc="Separator of mailbox levels in paths.",
    )
    ng_imap4_disable_imap4_pooling = Parameter(
        "NGImap4DisableIMAP4Pooling",
        boolean(),
        default=True,
        honoured=YES,
        doc="Open a connection per request instead of a pool.",
    )
    ng_imap4_pooling_cleanup_interval = Parameter(
        "NGImap4PoolingCleanupInterval",
        integer(minimum=1),
        default=300,
        unit="seconds",
        printed=False,
        honoured=YES,
        doc="How often idle IMAP connections are closed.",
    )
    ng_imap4_auth_mechanism = Parameter(
        "NGImap4AuthMechanism",
        string(),
        default="",
        honoured=YES,
        doc="SASL mechanism for IMAP and Sieve, such as plain or xoauth2; LOGIN when unset.",
    )
    ng_mime_build_mime_temp_directory = Parameter(
        "NGMimeBuildMimeTempDirectory",
        string(),
        default="/tmp",  # noqa: S108
        doc="Where large messages are put together.",
    )
    maximum_message_size_limit = Parameter(
        "SOGoMaximumMessageSizeLimit",
        integer(minimum=0),
        default=0,
        unit="KB",
        honoured=YES,
        doc="Largest message that may be written; 0 for no limit.",
    )
    enable_mail_cleaning = Parameter(
        "SOGoEnableMailCleaning", boolean(), default=False, doc="Offer to delete old mail of a folder or mailbox."
    )


class MailDomain(DomainSection):
    """Mail"""

    mail_domain = Parameter(
        "SOGoMailDomain",
        string(),
        default="localhost",
        honoured=YES,
        aliases=("SOGoDefaultMailDomain",),
        doc="Put after a user id to form the address of a user whose source names none.",
        example="example.com",
    )
    imap_server = Parameter(
        "SOGoIMAPServer",
        string(),
        default="localhost",
        aliases=("SOGoFallbackIMAP4Server",),
        honoured=YES,
        doc="IMAP server: a host, or imap(s)://host:port/?tls=YES&tlsVerifyMode=default.",
        example='"imaps://imap.example.com:993"',
    )
    mailing_mechanism = Parameter(
        "SOGoMailingMechanism",
        choice("sendmail", "smtp"),
        default="sendmail",
        honoured=YES,
        doc="How mail is sent: sendmail or smtp.",
        example="smtp",
    )
    smtp_server = Parameter(
        "SOGoSMTPServer",
        string(),
        default="smtp://localhost",
        honoured=YES,
        doc="SMTP server: smtp(s)://host:port/?tls=YES&tlsVerifyMode=default.",
        example='"smtp://smtp.example.com:587/?tls=YES"',
    )
    smtp_authentication_type = Parameter(
        "SOGoSMTPAuthenticationType",
        choice("", "plain", "xoauth2", "PLAIN", "XOAUTH2"),
        default="",
        honoured=YES,
        doc="Log in to the SMTP server with plain or xoauth2; unset sends without login.",
        example="plain",
    )
    smtp_master_user_enabled = Parameter(
        "SOGoSMTPMasterUserEnabled",
        boolean(),
        default=False,
        honoured=YES,
        doc="Use an account of its own for mail that the server sends itself.",
    )
    smtp_master_user_username = Parameter(
        "SOGoSMTPMasterUserUsername", string(), default="", honoured=YES, doc="Login of that account."
    )
    smtp_master_user_password = Parameter(
        "SOGoSMTPMasterUserPassword", secret(), default=Secret(""), honoured=YES, doc="Password of that account."
    )
    force_external_login_with_email = Parameter(
        "SOGoForceExternalLoginWithEmail",
        boolean(),
        default=False,
        honoured=YES,
        aliases=("SOGoForceIMAPLoginWithEmail",),
        doc="Log in to IMAP, SMTP and Sieve with the first address of the user instead of the user id.",
    )
    mail_spool_path = Parameter(
        "SOGoMailSpoolPath", string(), default="/var/spool/sogo", doc="Directory of drafts that are being written."
    )
    mail_custom_from_enabled = Parameter(
        "SOGoMailCustomFromEnabled", boolean(), default=False, doc="Let users choose their sender address."
    )
    mail_auxiliary_user_accounts_enabled = Parameter(
        "SOGoMailAuxiliaryUserAccountsEnabled", boolean(), default=False, doc="Let users add accounts elsewhere."
    )
    create_identities_disabled = Parameter(
        "SOGoCreateIdentitiesDisabled", boolean(), default=False, doc="No new identities, no further accounts."
    )
    mail_disable_x_forward = Parameter(
        "SOGoMailDisableXForward", boolean(), default=False, doc="Leave the client's address out of mail headers."
    )
    mail_keep_drafts_after_send = Parameter(
        "SOGoMailKeepDraftsAfterSend",
        boolean(),
        default=False,
        aliases=("SOGoNoDraftDeleteAfterSend",),
        printed=False,
        doc="Keep the draft of a message that was sent.",
    )
    mail_attach_text_documents_inline = Parameter(
        "SOGoMailAttachTextDocumentsInline",
        boolean(),
        default=False,
        aliases=("SOGoShowTextAttachmentsInline",),
        printed=False,
        doc="Show attached texts within the message.",
    )
    mail_certificate_enabled = Parameter(
        "SOGoMailCertificateEnabled", boolean(), default=True, doc="Let users bring an S/MIME certificate."
    )
    force_raw_html_signature = Parameter(
        "SOGoForceRawHtmlSignature", boolean(), default=True, doc="Keep the editor from changing HTML signatures."
    )
    soft_quota_ratio = Parameter(
        "SOGoSoftQuotaRatio",
        number(minimum=0),
        default=0.0,
        doc="Part of the IMAP quota that is shown as the limit, such as 0.9; 0 shows the quota itself.",
    )
    imap_acl_style = Parameter(
        "SOGoIMAPAclStyle",
        choice("", "rfc2086", "rfc4314"),
        default="",
        doc="Rights the IMAP server knows: rfc2086 or, when unset, rfc4314.",
    )
    imap_acl_conforms_to_imap_ext = Parameter(
        "SOGoIMAPAclConformsToIMAPExt", boolean(), default=False, doc="The IMAP server splits rights as IMAPEXT does."
    )
    ng_imap4_connection_group_id_prefix = Parameter(
        "NGImap4ConnectionGroupIdPrefix",
        string(),
        default="$",
        honoured=YES,
        doc="Marks a group in IMAP access rights.",
    )
    mail_junk_settings = Parameter(
        "SOGoMailJunkSettings",
        dictionary(),
        default=EMPTY,
        doc="Where reports of junk go: { vendor = generic; junkEmailAddress = …; notJunkEmailAddress = …; }.",
    )
    mail_disable_etag = Parameter(
        "SOGoMailDisableETag",
        boolean(),
        default=False,
        honoured=IGNORED,
        printed=False,
        doc="No ETags on message views of the original's web pages.",
    )
    hide_system_email = Parameter(
        "SOGoHideSystemEMail",
        boolean(),
        default=False,
        honoured=YES,
        doc="Leave user id@SOGoMailDomain out of the addresses told to calendar clients.",
    )
