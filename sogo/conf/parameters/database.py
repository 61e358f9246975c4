"""Where things are kept (config.md §4.2, store.md §1)."""

from __future__ import annotations

from sogo.conf.kinds import boolean, database_url, integer, string
from sogo.conf.section import IGNORED, YES, Parameter, SystemSection
from sogo.secret import Secret

UNSET = Secret("")


class DatabaseSystem(SystemSection):
    """Databases"""

    profile_url = Parameter(
        "SOGoProfileURL",
        database_url(),
        default=UNSET,
        honoured=YES,
        aliases=("AgenorProfileURL",),
        doc="Table of user preferences and settings.",
        example='"postgresql://sogo:sogo@127.0.0.1:5432/sogo/sogo_user_profile"',
    )
    folder_info_url = Parameter(
        "OCSFolderInfoURL",
        database_url(),
        default=UNSET,
        honoured=YES,
        doc="Table that registers every calendar and address book.",
        example='"postgresql://sogo:sogo@127.0.0.1:5432/sogo/sogo_folder_info"',
    )
    store_url = Parameter(
        "OCSStoreURL",
        database_url(),
        default=UNSET,
        honoured=YES,
        doc="Shared table of all objects. With the next two: one store of nine tables instead of three per folder.",
        example='"postgresql://sogo:sogo@127.0.0.1:5432/sogo/sogo_store"',
    )
    acl_url = Parameter(
        "OCSAclURL",
        database_url(),
        default=UNSET,
        honoured=YES,
        doc="Shared table of access rights.",
        example='"postgresql://sogo:sogo@127.0.0.1:5432/sogo/sogo_acl"',
    )
    cache_folder_url = Parameter(
        "OCSCacheFolderURL",
        database_url(),
        default=UNSET,
        honoured=YES,
        doc="Shared table of device states.",
        example='"postgresql://sogo:sogo@127.0.0.1:5432/sogo/sogo_cache_folder"',
    )
    sessions_folder_url = Parameter(
        "OCSSessionsFolderURL",
        database_url(),
        default=UNSET,
        honoured=YES,
        doc="Table of web sessions. Created at start.",
        example='"postgresql://sogo:sogo@127.0.0.1:5432/sogo/sogo_sessions_folder"',
    )
    email_alarms_folder_url = Parameter(
        "OCSEMailAlarmsFolderURL",
        database_url(),
        default=UNSET,
        honoured=YES,
        doc="Table of alarms to be sent by mail; used with SOGoEnableEMailAlarms. Created at start.",
        example='"postgresql://sogo:sogo@127.0.0.1:5432/sogo/sogo_alarms_folder"',
    )
    admin_url = Parameter(
        "OCSAdminURL",
        database_url(),
        default=UNSET,
        honoured=YES,
        doc="Table of what administrators set, such as the message of the day. Created at start.",
        example='"postgresql://sogo:sogo@127.0.0.1:5432/sogo/sogo_admin"',
    )
    open_id_url = Parameter(
        "OCSOpenIdURL",
        database_url(),
        default=UNSET,
        honoured=YES,
        doc="Table of OpenID Connect tokens. Created at start.",
    )
    mysql4_encoding = Parameter(
        "MySQL4Encoding",
        string(),
        default="utf8",
        honoured=IGNORED,
        doc="Character set of MySQL and MariaDB connections. We always speak utf8mb4.",
    )
    mysql4_ssl_enabled = Parameter(
        "MySQL4SSLEnabled", boolean(), default=False, honoured=YES, printed=False, doc="TLS towards MySQL and MariaDB."
    )
    mysql4_ssl_key_path = Parameter(
        "MySQL4SSLKeyPath", string(), default="", honoured=YES, printed=False, doc="Private key of the client, PEM."
    )
    mysql4_ssl_cert_path = Parameter(
        "MySQL4SSLCertPath", string(), default="", honoured=YES, printed=False, doc="Certificate of the client, PEM."
    )
    mysql4_ssl_ca_path = Parameter(
        "MySQL4SSLCaPath",
        string(),
        default="",
        honoured=YES,
        printed=False,
        doc="Certificates the server is checked against, PEM.",
    )
    mysql4_max_open_connection_count = Parameter(
        "MySQL4MaxOpenConnectionCount",
        integer(minimum=1),
        default=150,
        unit="connections",
        honoured=YES,
        printed=False,
        doc="Most connections to MySQL or MariaDB a worker may hold.",
    )
    pg_max_open_connection_count = Parameter(
        "PGMaxOpenConnectionCount",
        integer(minimum=1),
        default=150,
        unit="connections",
        honoured=YES,
        printed=False,
        doc="Most connections to PostgreSQL a worker may hold.",
    )
    gcs_channel_expire_age = Parameter(
        "GCSChannelExpireAge",
        integer(minimum=1),
        default=180,
        unit="seconds",
        honoured=YES,
        printed=False,
        doc="An idle database connection is closed after so long.",
    )
    gcs_channel_collection_timer = Parameter(
        "GCSChannelCollectionTimer",
        integer(minimum=1),
        default=300,
        unit="seconds",
        honoured=IGNORED,
        printed=False,
        doc="How often the original looks for idle connections.",
    )
    oracle_adaptor_prefetch_memory_size = Parameter(
        "OracleAdaptorPrefetchMemorySize",
        integer(minimum=0),
        default=0,
        unit="bytes",
        honoured=IGNORED,
        printed=False,
        doc="Prefetch memory of the original's Oracle driver.",
    )
