"""Debug switches and keys of the original's framework (config.md §§4.11, 4.12): accepted, mostly without effect."""

from __future__ import annotations

from sogo.conf.kinds import Kind, boolean, choice, integer, secret, string
from sogo.conf.section import IGNORED, NOT_YET, YES, Honoured, Parameter, SystemSection
from sogo.secret import Secret

SILENT_PREFIXES = (
    *("WOProfile", "WOLog", "WOx", "WODebug", "WOCoreOn", "WOSimpleHTTPParser", "WOComponent", "WOHttpTransaction"),
    *("So", "NGLog", "GNUSTEP", "GS", "NS", "Apple", "DAVParser", "SaxObjectModel", "SOGoLDAPUserDefaults"),
)
"""Families of keys that are taken without a warning: developer switches too many to name, and GNUstep's own."""

# fmt: off
SILENT_NAMES = frozenset((
    "NGObjWeb_doc_", "WOAutoOpenInBrowser", "WOCGIAdaptorURL", "WOCompoundElementPool", "WOContextClass",
    "WODefaultResourceManager", "WODescriptiveElementIDs", "WODirectActionRequestHandlerKey",
    "WOEnableComponentsWithoutClasses", "WOExpirationTimeInterval", "WOFormAlwaysPassDown", "WOFrameworksBaseURL",
    "WOGenerateMissingResourceLinks", "WOHttpAdaptor_LogStream", "WOIncludeCommentsInResponse",
    "WOIsRedirectionEnabled", "WOKeyPathAssociationsCacheSize", "WONoProxySuffixes", "WONoSelectionString",
    "WOOutputValidationEnabled", "WOPageRefreshOnBacktrack", "WOPageRequestHandlerDebugEnabled",
    "WOPermanentPageCacheSize", "WOProjectSearchPath", "WORedirectURISafetySuffix", "WOResourceRequestHandlerKey",
    "WOResourceURLAssociationDebugEnabled", "WOSMTPHost", "WOSubmitButtonEnableValueSync", "WOUseGlobalCookiePath",
    "WOValueAssociationsCacheSize",
))
# fmt: on
"""Further keys of the framework, as `sogo-tool dump-defaults all` of the original prints them: taken likewise."""


def switch(name: str, doc: str, *, honoured: Honoured = IGNORED) -> Parameter[bool]:
    return Parameter(name, boolean(), default=False, doc=doc, honoured=honoured, printed=False)


def ignored(name: str, doc: str, *, default: str = "") -> Parameter[str]:
    return Parameter(name, string(), default=default, doc=doc, honoured=IGNORED, printed=False)


def unread(name: str, doc: str) -> Parameter[None]:
    """For arrays and dictionaries that nothing looks into."""
    return Parameter(name, Kind("any", lambda value: None), default=None, doc=doc, honoured=IGNORED, printed=False)


class DebugSystem(SystemSection):
    """Debug switches"""

    ui_x_debug_enabled = switch("SOGoUIxDebugEnabled", "Web pages.", honoured=NOT_YET)
    tnef_decoder_debug_enabled = switch("SOGoTnefDecoderDebugEnabled", "winmail.dat attachments.")
    open_id_debug_enabled = switch("SOGoOpenIDDebugEnabled", "OpenID Connect.", honoured=NOT_YET)
    api_debug_enabled = switch("SOGoAPIDebugEnabled", "The JSON API.", honoured=NOT_YET)
    imap_debug_enabled = switch("ImapDebugEnabled", "IMAP commands.", honoured=NOT_YET)
    imap_debug_data_enabled = switch("ImapDebugDataEnabled", "IMAP data.")
    imap_log_enabled = switch("ImapLogEnabled", "IMAP connections.")
    smtp_debug_enabled = switch("SMTPDebugEnabled", "SMTP commands.", honoured=NOT_YET)
    ldap_debug_enabled = switch("LDAPDebugEnabled", "LDAP requests.", honoured=NOT_YET)
    pg_debug_enabled = switch("PGDebugEnabled", "PostgreSQL statements.", honoured=NOT_YET)
    mysql4_debug_enabled = switch("MySQL4DebugEnabled", "MySQL statements.", honoured=NOT_YET)
    oracle_adaptor_debug = switch("OracleAdaptorDebug", "Oracle statements.")
    gcs_folder_manager_debug_enabled = switch("GCSFolderManagerDebugEnabled", "The folder registry.")
    gcs_folder_manager_sql_debug_enabled = switch("GCSFolderManagerSQLDebugEnabled", "Its statements.")
    gcs_folder_debug_enabled = switch("GCSFolderDebugEnabled", "Single folders.")
    gcs_folder_store_debug_enabled = switch("GCSFolderStoreDebugEnabled", "Writes to folders.")
    gcs_channel_manager_debug_enabled = switch("GCSChannelManagerDebugEnabled", "Database connections.")
    gcs_channel_manager_pool_debug_enabled = switch("GCSChannelManagerPoolDebugEnabled", "Their pool.")
    ng_imap4_connection_debug_enabled = switch("NGImap4ConnectionDebugEnabled", "IMAP connections.")
    ng_imap4_enable_imap4_debug = switch("NGImap4EnableIMAP4Debug", "IMAP client.")
    ng_imap4_enable_imap4_cache_debug = switch("NGImap4EnableIMAP4CacheDebug", "IMAP cache.")
    ng_imap4_connection_cache_debug_enabled = switch("NGImap4ConnectionCacheDebugEnabled", "IMAP cache.")
    ng_imap4_connection_folder_debug_enabled = switch("NGImap4ConnectionFolderDebugEnabled", "IMAP mailboxes.")
    ng_bundle_manager_debug_enabled = switch("NGBundleManagerDebugEnabled", "Loading of bundles.")
    ng_mime_generator_debug_enabled = switch("NGMimeGeneratorDebugEnabled", "Building of messages.")
    so_debug_base_url = switch("SoDebugBaseURL", "Making of URLs.")
    so_debug_key_lookup = switch("SoDebugKeyLookup", "Lookup of path segments.")
    so_debug_object_traversal = switch("SoDebugObjectTraversal", "Walk along a path.")
    so_security_manager_debug_enabled = switch("SoSecurityManagerDebugEnabled", "Checks of rights.")
    so_object_dav_dispatcher_debug_enabled = switch("SoObjectDAVDispatcherDebugEnabled", "DAV requests.")
    so_object_method_dispatcher_debug_enabled = switch("SoObjectMethodDispatcherDebugEnabled", "Web requests.")
    so_page_invocation_debug_enabled = switch("SoPageInvocationDebugEnabled", "Pages.")
    so_renderer_debug_enabled = switch("SoRendererDebugEnabled", "Rendering.")
    so_product_registry_debug_enabled = switch("SoProductRegistryDebugEnabled", "Loading of products.")
    so_class_registry_debug_enabled = switch("SoClassRegistryDebugEnabled", "Registered classes.")
    so_log_security_declarations = switch("SoLogSecurityDeclarations", "Declared rights.")
    debugging_enabled = switch("WODebuggingEnabled", "The framework as a whole.")
    debug_http_transaction = switch("WODebugHttpTransaction", "HTTP requests.")
    debug_zip_response = switch("WODebugZipResponse", "Compression.")
    debug_actions = switch("WODebugActions", "Actions.")
    debug_take_values = switch("WODebugTakeValues", "Form values.")
    debug_resource_lookup = switch("WODebugResourceLookup", "Resources.")
    debug_component_lookup = switch("WODebugComponentLookup", "Components.")


class SopeSystem(SystemSection):
    """Keys of the original's framework"""

    ng_log_default_log_level = Parameter(
        "NGLogDefaultLogLevel",
        choice("ALL", "TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL", "OFF"),
        default="INFO",
        honoured=YES,
        printed=False,
        doc="Least level that is logged.",
    )
    ng_log_default_appender_class = ignored(
        "NGLogDefaultAppenderClass", "Where the log goes.", default="NGLogStderrAppender"
    )
    ng_log_syslog_identifier = ignored("NGLogSyslogIdentifier", "Name in the system log.")
    ng_log_default_log_event_formatter_class = ignored(
        "NGLogDefaultLogEventFormatterClass", "Form of log lines.", default="NGLogEventDetailedFormatter"
    )
    ng_log_debug_all_enabled = switch("NGLogDebugAllEnabled", "Log everything.")
    adaptor = ignored("WOAdaptor", "Class of the HTTP server.", default="WOHttpAdaptor")
    additional_adaptors = unread("WOAdditionalAdaptors", "More such classes.")
    application_suffix = ignored("WOApplicationSuffix", "Ending of the application name in URLs.", default=".woa")
    application_base_url = ignored("WOApplicationBaseURL", "Base of resource URLs.", default="/WebObjects")
    resource_prefix = ignored("WOResourcePrefix", "Prefix of resource URLs.")
    caching_enabled = Parameter(
        "WOCachingEnabled", boolean(), default=True, honoured=IGNORED, printed=False, doc="Keep parsed templates."
    )
    session_store = ignored("WOSessionStore", "Class that keeps sessions.", default="WOServerSessionStore")
    default_session_time_out = Parameter(
        "WODefaultSessionTimeOut",
        integer(),
        default=3600,
        unit="seconds",
        honoured=IGNORED,
        printed=False,
        doc="Life of the framework's sessions; SOGo does not use them.",
    )
    page_cache_size = Parameter(
        "WOPageCacheSize", integer(), default=30, honoured=IGNORED, printed=False, doc="Pages kept per session."
    )
    run_multithreaded = switch("WORunMultithreaded", "Threads instead of processes.")
    worker_thread_count = Parameter(
        "WOWorkerThreadCount", integer(), default=0, honoured=IGNORED, printed=False, doc="Threads of a process."
    )
    http_transaction_use_simple_parser = switch("WOHttpTransactionUseSimpleParser", "An alternate HTTP parser.")
    recording_path = ignored("WORecordingPath", "Where requests are recorded.")
    adaptor_log_path = ignored("WOAdaptorLogPath", "Log of the HTTP server.")
    stats_stylesheet_name = ignored("WOStatsStylesheetName", "Style of the statistics page.", default="WOStats.xsl")
    so_redirect_to_default_methods = Parameter(
        "SoRedirectToDefaultMethods",
        boolean(),
        default=True,
        honoured=IGNORED,
        printed=False,
        doc="Redirect a path to its default page.",
    )
    so_web_dav_disable_cross_host_move_check = switch(
        "SoWebDAVDisableCrossHostMoveCheck", "Take a Destination on another host."
    )
    so_web_dav_format_output = switch("SoWebDAVFormatOutput", "Indent XML answers.")
    so_web_dav_default_allow_methods = unread("SoWebDAVDefaultAllowMethods", "Methods told by OPTIONS.")
    so_web_dav_detection_methods = unread("SoWebDAVDetectionMethods", "Methods that mark a request as DAV.")
    so_default_web_dav_property_names = unread("SoDefaultWebDAVPropertyNames", "Properties of allprop.")
    so_preferred_namespace_prefixes = unread("SoPreferredNamespacePrefixes", "Prefixes in XML answers.")
    so_request_traversal_path = ignored("SoRequestTraversalPath", "A path to walk in place of the request's.")
    so_application_load_products = Parameter(
        "SoApplicationLoadProducts", boolean(), default=True, honoured=IGNORED, printed=False, doc="Load products."
    )
    use_foundation_string_encoding_for_mime_text = switch(
        "UseFoundationStringEncodingForMimeText", "Character sets of mail by Foundation."
    )
    use_only_mailbox_name_for_sendmail = switch("UseOnlyMailboxNameForSendmail", "Bare addresses for sendmail.")
    ng_imap4_connection_always_select = switch("NGImap4ConnectionAlwaysSelect", "Select a mailbox for every command.")
    ng_imap_max_connection_count = Parameter(
        "NGImapMaxConnectionCount", integer(), default=0, honoured=IGNORED, printed=False, doc="IMAP connections."
    )
    imap_sort_encoding = ignored("ImapSortEncoding", "Character set of SORT.")
    imap_drafts_folder_name = ignored("ImapDraftsFolderName", "SOGoDraftsFolderName counts.")
    imap_sent_folder_name = ignored("ImapSentFolderName", "SOGoSentFolderName counts.")
    imap_trash_folder_name = ignored("ImapTrashFolderName", "SOGoTrashFolderName counts.")
    ng_bundle_path = ignored("NGBundlePath", "Where bundles are looked for.")
    eo_reuse_adaptor_channel = switch("EOReuseAdaptorChannel", "Share database channels.")
    eo_reuse_adaptor_context = switch("EOReuseAdaptorContext", "Share database contexts.")
    ldap_use_latin1_creds = switch("LDAPUseLatin1Creds", "LDAP passwords in Latin-1.")
    ldap_initial_bind_dn = ignored("LDAPInitialBindDN", "Account of the framework's own LDAP logins.")
    ldap_initial_bind_pw = Parameter(
        "LDAPInitialBindPW", secret(), default=Secret(""), honoured=IGNORED, printed=False, doc="Its password."
    )
    ldap_initial_bind_specific = switch("LDAPInitialBindSpecific", "Bind as that account.")
    ldap_login_attribute_name = ignored("LDAPLoginAttributeName", "Attribute of the framework's own LDAP logins.")
