"""How the daemon runs: processes, listening, limits, cache (config.md §4.1)."""

from __future__ import annotations

from sogo.conf.kinds import EMPTY, boolean, choice, dictionary, integer, number, string, string_map, strings
from sogo.conf.section import IGNORED, NOT_YET, YES, Parameter, SystemSection


class ProcessSystem(SystemSection):
    """Processes, HTTP and cache"""

    domains = Parameter(
        "domains",
        dictionary(),
        default=EMPTY,
        honoured=YES,
        doc="One dictionary per domain, holding the parameters of level D and U that differ there.",
        example='{ acme = { SOGoMailDomain = acme.example; SOGoTimeZone = "Europe/Paris"; }; }',
    )
    workers_count = Parameter(
        "WOWorkersCount",
        integer(minimum=1, maximum=1024),
        default=1,
        unit="processes",
        honoured=YES,
        aliases=("WOHttpAdaptorForkCount",),
        doc="Worker processes that share the listening socket. Read again on SIGHUP.",
        example="4",
    )
    listen_queue_size = Parameter(
        "WOListenQueueSize",
        integer(minimum=1, maximum=65535),
        default=5,
        unit="connections",
        honoured=YES,
        doc="Connections the kernel keeps waiting while every worker is busy. Values below 128 are raised to it.",
    )
    port = Parameter(
        "WOPort",
        string(),
        default="127.0.0.1:20000",
        honoured=YES,
        doc="Where to listen: address:port, [IPv6 address]:port, *:port or a bare port for all interfaces, or auto.",
        example='"127.0.0.1:20000"',
    )
    log_file = Parameter(
        "WOLogFile",
        string(),
        default="/var/log/sogo/sogo.log",
        honoured=YES,
        doc="File the log is appended to; - writes to the terminal.",
        example='"/var/log/sogo/sogo.log"',
    )
    pid_file = Parameter(
        "WOPidFile",
        string(),
        default="/var/run/sogo/sogo.pid",
        honoured=YES,
        doc="File that holds the process id of the supervisor.",
        example='"/var/run/sogo/sogo.pid"',
    )
    watch_dog_request_timeout = Parameter(
        "WOWatchDogRequestTimeout",
        integer(minimum=0),
        default=10,
        unit="minutes",
        honoured=YES,
        doc="A worker that hangs in one request for so long is killed and replaced.",
    )
    respawn_delay = Parameter(
        "WORespawnDelay",
        integer(minimum=0),
        default=5,
        unit="seconds",
        honoured=YES,
        printed=False,
        doc="Shortest time between two starts of the same worker.",
    )
    use_watch_dog = Parameter(
        "WOUseWatchDog",
        boolean(),
        default=True,
        honoured=YES,
        printed=False,
        doc="Kill workers that hang in a request.",
    )
    no_detach = Parameter(
        "WONoDetach",
        boolean(),
        default=False,
        honoured=YES,
        printed=False,
        doc="Stay in the foreground.",
    )
    max_upload_size = Parameter(
        "WOMaxUploadSize",
        integer(minimum=0),
        default=0,
        unit="KB",
        honoured=YES,
        doc="Largest request body; 0 leaves it to the limits of the part that reads it.",
    )
    simple_http_parser_max_upload_size_in_kb = Parameter(
        "WOSimpleHTTPParserMaxUploadSizeInKB",
        integer(minimum=0),
        default=262144,
        unit="KB",
        honoured=IGNORED,
        printed=False,
        doc="Upload limit of an alternate HTTP parser of the original.",
    )
    http_adaptor_receive_timeout = Parameter(
        "WOHttpAdaptorReceiveTimeout",
        integer(minimum=1),
        default=120,
        unit="seconds",
        honoured=YES,
        printed=False,
        doc="Longest wait for the next bytes of a request.",
    )
    http_adaptor_send_timeout = Parameter(
        "WOHttpAdaptorSendTimeout",
        integer(minimum=1),
        default=120,
        unit="seconds",
        honoured=YES,
        printed=False,
        doc="Longest wait for a client to take the next bytes of an answer.",
    )
    dont_zip_response = Parameter(
        "WODontZipResponse",
        boolean(),
        default=False,
        honoured=YES,
        printed=False,
        doc="Never compress answers.",
    )
    use_relative_urls = Parameter(
        "WOUseRelativeURLs",
        boolean(),
        default=True,
        honoured=NOT_YET,
        printed=False,
        doc="Hrefs without scheme and host; NO writes absolute ones from the headers of the front end.",
    )
    http_adaptor_capitalize_headers = Parameter(
        "WOHTTPAdaptorCapitalizeHeaders",
        boolean(),
        default=True,
        honoured=IGNORED,
        printed=False,
        doc="Capital letters in header names; HTTP does not tell them apart.",
    )
    message_use_utf8 = Parameter(
        "WOMessageUseUTF8", boolean(), default=True, honoured=IGNORED, printed=False, doc="UTF-8 is always used."
    )
    parsers_use_utf8 = Parameter(
        "WOParsersUseUTF8", boolean(), default=True, honoured=IGNORED, printed=False, doc="UTF-8 is always used."
    )
    ng_use_utf8_as_url_encoding = Parameter(
        "NGUseUTF8AsURLEncoding", boolean(), default=True, honoured=IGNORED, printed=False, doc="UTF-8 is always used."
    )
    default_languages = Parameter(
        "WODefaultLanguages",
        strings(),
        default=(),
        honoured=IGNORED,
        printed=False,
        doc="Languages of last resort of the original's framework.",
    )
    http_allow_host = Parameter(
        "WOHttpAllowHost",
        strings(),
        default=(),
        honoured=IGNORED,
        printed=False,
        doc="Peers allowed to connect; the original does not look at it under its supervisor either.",
    )
    application_redirect_url = Parameter(
        "WOApplicationRedirectURL",
        string(),
        default="",
        printed=False,
        honoured=YES,
        doc="Base of the addresses in mails about shared folders, such as https://sogo.example.com; without it they "
        "have no host.",
    )
    browser_language_mappings = Parameter(
        "WOBrowserLanguageMappings",
        string_map(),
        default=EMPTY,
        printed=False,
        doc="Browser language codes and the language name of each.",
    )
    v_mem_limit = Parameter(
        "SxVMemLimit",
        integer(minimum=0),
        default=384,
        unit="MB",
        honoured=YES,
        doc="A worker larger than this finishes what it does and is replaced; 0 lets it grow.",
        example="384",
    )
    memcached_host = Parameter(
        "SOGoMemcachedHost",
        string(),
        default="localhost",
        honoured=YES,
        doc="memcached servers: host or host:port, with commas between; a path is a unix socket; empty for none.",
        example='"127.0.0.1:11211"',
    )
    cache_cleanup_interval = Parameter(
        "SOGoCacheCleanupInterval",
        number(minimum=1),
        default=300.0,
        unit="seconds",
        honoured=YES,
        doc="How long an entry of the cache lives.",
    )
    zip_path = Parameter(
        "SOGoZipPath",
        string(),
        default="/usr/bin/zip",
        honoured=IGNORED,
        doc="The zip program; archives are made without one here.",
    )
    debug_requests = Parameter(
        "SOGoDebugRequests",
        boolean(),
        default=False,
        honoured=YES,
        doc="Log start and end of each request and tell its duration.",
    )
    debug_leaks = Parameter(
        "SOGoDebugLeaks", boolean(), default=False, honoured=IGNORED, printed=False, doc="Developer aid."
    )
    crash_on_session_create = Parameter(
        "SOGoCrashOnSessionCreate",
        boolean(),
        default=False,
        honoured=IGNORED,
        printed=False,
        doc="Developer aid.",
    )


class OursSystem(SystemSection):
    """Parameters the original does not have"""

    dav_lenient_preconditions = Parameter(
        "SOGoDAVLenientPreconditions",
        boolean(),
        default=False,
        honoured=YES,
        ours=True,
        doc="Let PUT ignore If-None-Match: *, as the original does, for clients that send it with every write.",
        example="YES",
    )
    imip_trusted_authservers = Parameter(
        "SOGoIMIPTrustedAuthservers",
        strings(),
        default=(),
        honoured=YES,
        ours=True,
        doc="Mail servers whose Authentication-Results sogo-tool process-imip believes, by authserv-id: docs/imip.md.",
        example='("mx.example.com")',
    )
    imip_accept_unverified = Parameter(
        "SOGoIMIPAcceptUnverified",
        boolean(),
        default=False,
        honoured=YES,
        ours=True,
        doc="Let process-imip believe From without Authentication-Results, where forged mail never gets that far.",
        example="YES",
    )
    access_log_format = Parameter(
        "SOGoAccessLogFormat",
        choice("sogo", "json"),
        default="sogo",
        honoured=YES,
        ours=True,
        doc="How each request is logged: sogo writes the original's line, json one JSON object.",
        example="json",
    )
    change_tracking = Parameter(
        "SOGoChangeTracking",
        choice("auto", "off"),
        default="auto",
        honoured=YES,
        ours=True,
        doc="auto orders changes by small database triggers; off does without, and may tell a client a change twice.",
        example="off",
    )
    folder_memory = Parameter(
        "SOGoFolderMemory",
        integer(minimum=0),
        default=20,
        honoured=YES,
        ours=True,
        doc="MB a worker may use to remember lists of objects and the answers made of them, while they do not change.",
        example="64",
    )
    maximum_dav_body_size = Parameter(
        "SOGoMaximumDAVBodySize",
        integer(minimum=1),
        default=10240,
        unit="KB",
        honoured=YES,
        ours=True,
        doc="Largest XML body of a DAV request.",
    )
    maximum_running_requests = Parameter(
        "SOGoMaximumRunningRequests",
        integer(minimum=0),
        default=32,
        honoured=YES,
        ours=True,
        doc="Requests of one user that a worker works on at once; more are answered 429. Long polls do not count. "
        "0: no limit.",
    )
    web_dav_push_enabled = Parameter(
        "SOGoWebDAVPushEnabled",
        boolean(),
        default=True,
        honoured=YES,
        ours=True,
        doc="Tell devices of changes over push services of their choice, encrypted; NO: nothing is offered or sent.",
        example="NO",
    )
    web_dav_push_contact = Parameter(
        "SOGoWebDAVPushContact",
        string(),
        default="",
        honoured=YES,
        ours=True,
        doc="Whom a push service asks about this server, a mailto: or https: address; some services want one.",
        example='"mailto:postmaster@example.com"',
    )
    web_dav_push_maximum_subscriptions = Parameter(
        "SOGoWebDAVPushMaximumSubscriptions",
        integer(minimum=0),
        default=200,
        honoured=YES,
        ours=True,
        doc="Push subscriptions of one user: one for each device and calendar or address book.",
    )
    web_dav_push_allowed_networks = Parameter(
        "SOGoWebDAVPushAllowedNetworks",
        strings(),
        default=(),
        honoured=YES,
        ours=True,
        doc="Networks of the site that push messages may be sent to, by http too: it has a push service there.",
        example='("10.1.2.0/24")',
    )
    allowed_origins = Parameter(
        "SOGoAllowedOrigins",
        strings(),
        default=(),
        honoured=YES,
        ours=True,
        doc="Origins whose web pages may use DAV from a browser, beside SOGo's own.",
        example='("https://calendar.example.com")',
    )
    maximum_attachment_size = Parameter(
        "SOGoMaximumAttachmentSize",
        integer(minimum=0),
        default=10240,
        unit="KB",
        honoured=YES,
        ours=True,
        doc="Largest file that can be attached to an event and is kept by the server (RFC 8607); 0: none are.",
    )
    maximum_object_size = Parameter(
        "SOGoMaximumObjectSize",
        integer(minimum=1),
        default=10240,
        unit="KB",
        honoured=YES,
        ours=True,
        doc="Largest calendar object or card that can be stored.",
    )
