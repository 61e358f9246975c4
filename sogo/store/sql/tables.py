"""The tables as data: the original's (store.md §2) and our own.

A column type is a word that each dialect spells: v80, v255, v1000, v2048, v4096 (characters), v10, int, small, tiny,
bigint, serial, text, mediumtext, longtext.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from sogo.model.folder import FolderKind


@dataclass(frozen=True, slots=True)
class Column:
    name: str
    type: str
    null: bool = False
    default: str | None = None


@dataclass(frozen=True, slots=True)
class Table:
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ()
    indexes: tuple[tuple[str, ...], ...] = ()
    binary: bool = False
    """Texts compare octet by octet, also where the database's habit is to ignore case."""

    def without_folder(self) -> Table:
        """The same table of one folder in the three-table layout."""
        return replace(
            self,
            columns=tuple(column for column in self.columns if column.name != "c_folder_id"),
            key=tuple(name for name in self.key if name != "c_folder_id"),
            indexes=(),
        )


def _columns(text: str) -> tuple[Column, ...]:
    """`name type` pairs, one a line; `?` after the type allows NULL, `=x` is a default."""
    columns = []
    for line in text.strip().splitlines():
        name, kind, *rest = line.split()
        default = next((word[1:] for word in rest if word.startswith("=")), None)
        columns.append(Column(name, kind, null="?" in rest, default=default))
    return tuple(columns)


FOLDER_INFO = Table(
    _columns("""
        c_folder_id serial
        c_path v255
        c_path1 v255
        c_path2 v255 ?
        c_path3 v255 ?
        c_path4 v255 ?
        c_foldername v255
        c_location v2048 ?
        c_quick_location v2048 ?
        c_acl_location v2048 ?
        c_folder_type v255
    """),
    key=("c_path",),
)

USER_PROFILE = Table(
    _columns("""
        c_uid v255
        c_defaults mediumtext ?
        c_settings mediumtext ?
    """),
    key=("c_uid",),
)

STORE = Table(
    _columns("""
        c_folder_id int
        c_name v255
        c_content mediumtext
        c_creationdate int
        c_lastmodified int
        c_version int
        c_deleted int ?
    """),
    key=("c_folder_id", "c_name"),
)

ACL = Table(
    _columns("""
        c_folder_id int
        c_object v255
        c_uid v255
        c_role v80
    """),
    indexes=(("c_folder_id",), ("c_uid",)),
)

CACHE_FOLDER = Table(
    _columns("""
        c_uid v255
        c_path v255
        c_parent_path v255 ?
        c_type tiny
        c_creationdate int
        c_lastmodified int
        c_version int =0
        c_deleted small =0
        c_content longtext ?
    """),
    key=("c_uid", "c_path"),
)

QUICK_APPOINTMENT = Table(
    _columns("""
        c_folder_id int
        c_name v255
        c_uid v255
        c_startdate int ?
        c_enddate int ?
        c_cycleenddate int ?
        c_title v1000
        c_participants text ?
        c_isallday int ?
        c_iscycle int ?
        c_cycleinfo text ?
        c_classification int
        c_isopaque int
        c_status int
        c_priority int ?
        c_location v255 ?
        c_orgmail v255 ?
        c_partmails text ?
        c_partstates text ?
        c_category v255 ?
        c_sequence int ?
        c_component v10
        c_nextalarm int ?
        c_description text ?
    """),
    key=("c_folder_id", "c_name"),
)

QUICK_CONTACT = Table(
    _columns("""
        c_folder_id int
        c_name v255
        c_givenname v255 ?
        c_cn v255 ?
        c_sn v255 ?
        c_screenname v255 ?
        c_l v255 ?
        c_mail text ?
        c_o v255 ?
        c_ou v255 ?
        c_telephonenumber v255 ?
        c_categories v255 ?
        c_component v10
        c_hascertificate int ?
    """),
    key=("c_folder_id", "c_name"),
)

QUICK = {FolderKind.CALENDAR: QUICK_APPOINTMENT, FolderKind.CONTACTS: QUICK_CONTACT}
QUICK_NAMES = {FolderKind.CALENDAR: "sogo_quick_appointment", FolderKind.CONTACTS: "sogo_quick_contact"}

SESSIONS = Table(
    _columns("""
        c_id v255
        c_value text
        c_creationdate int
        c_lastseen int
    """),
    key=("c_id",),
)

ALARMS = Table(
    _columns("""
        c_path v255
        c_name v255
        c_uid v255
        c_recurrence_id int ?
        c_alarm_number int
        c_alarm_date int
    """)
)

ADMIN = Table(
    _columns("""
        c_key v255
        c_content mediumtext
    """)
)

OPENID = Table(
    _columns("""
        c_user_session text
        c_old_session text ?
        c_session_started int
        c_refresh_token text ?
        c_access_token_expires_in int ?
        c_refresh_token_expires_in int ?
    """)
)

# --- ours: beside the original's tables, never columns of them --------------------------------------------------------

DAV_PROPERTY_NAME = "sogo_dav_property"
DAV_PROPERTY = Table(
    _columns("""
        c_path v255
        c_uid v255
        c_property v255
        c_value mediumtext
    """),
    key=("c_path", "c_uid", "c_property"),
    binary=True,
)

DAV_LOCK_NAME = "sogo_dav_lock"
DAV_LOCK = Table(
    _columns("""
        c_token v255
        c_folder_path v255
        c_name v255 ?
        c_scope v10
        c_depth v10
        c_owner mediumtext ?
        c_uid v255
        c_created bigint
        c_expires bigint
    """),
    key=("c_token",),
    indexes=(("c_folder_path",), ("c_uid",), ("c_expires",)),
    binary=True,
)
"""Write locks (RFC 4918 §6). `c_folder_path` is the c_path of the folder in which the lock lies; `c_name` the object's,
empty for the folder itself (NULL where Oracle knows no empty text). A row counts until `c_expires`, epoch seconds."""

HOME_MEMBER_NAME = "sogo_home_member"
HOME_MEMBER = Table(
    _columns("""
        c_path v255
        c_uid v255
        c_name v255
        c_state v80
        c_revision bigint
        c_gone small
    """),
    key=("c_path", "c_uid", "c_name"),
    binary=True,
)
"""What users were shown of homes: `c_path` is /Users/<owner>/Calendar, `c_uid` who looked, `c_name` a member. The
member's state as it was noted, and the number of its last change."""

PUSH_SUBSCRIPTION_NAME = "sogo_push_subscription"
PUSH_SUBSCRIPTION = Table(
    _columns("""
        c_id v80
        c_path v255
        c_home v255
        c_uid v255
        c_digest v80
        c_resource text
        c_point v255
        c_auth v80
        c_triggers mediumtext
        c_expires bigint
        c_told v255
        c_title v80
        c_edits bigint
        c_edits_told bigint
        c_failing bigint
    """),
    key=("c_path", "c_uid", "c_digest"),
    indexes=(("c_id",), ("c_home",), ("c_uid",), ("c_expires",)),
    binary=True,
)
"""Devices that are told of changes (WebDAV-Push). `c_path` is the c_path of a folder, or of a home as in
sogo_home_member; `c_home` the home it lies in. `c_digest` is that of `c_resource`, the address at the push service."""

PUSH_SITE_NAME = "sogo_push_site"
PUSH_SITE = Table(
    _columns("""
        c_name v80
        c_value v255
        c_number bigint
    """),
    key=("c_name",),
    binary=True,
)
"""What the site has once: the keys of push, who sends push messages and mail, and a number that goes up when there is
something new for push."""

MAIL_QUEUE_NAME = "sogo_mail_queue"
MAIL_QUEUE = Table(
    _columns("""
        c_thread v80
        c_turn bigint
        c_digest v80
        c_state v10
        c_due bigint
        c_created bigint
        c_tries int
        c_holder v80 ?
        c_kind v80
        c_uid v255 ?
        c_domain v255 ?
        c_sender v1000
        c_recipient v1000
        c_error v1000 ?
        c_message mediumtext ?
    """),
    key=("c_thread", "c_turn"),
    indexes=(("c_state", "c_due"), ("c_uid",)),
    binary=True,
)
"""Mails that are to be sent, and marks of those that were (`sogo.store.mails`). Moments are epoch seconds. No row holds
a password."""

SCHEDULE_TAG_NAME = "sogo_schedule_tag"
SCHEDULE_TAG = Table(
    _columns("""
        c_folder_id bigint
        c_name v255
        c_version bigint
        c_modified bigint
        c_tag v80
    """),
    key=("c_folder_id", "c_name"),
    binary=True,
)
"""Schedule tags that outlive a version of their object (RFC 6638 §3.2.10): a row counts as long as the object has this
`c_version` and was written at this second. An object without such a row has a tag by its version."""

INBOX_ITEM_NAME = "sogo_inbox_item"
INBOX_ITEM = Table(
    _columns("""
        c_uid v255
        c_name v255
        c_created bigint
        c_content mediumtext
    """),
    key=("c_uid", "c_name"),
    indexes=(("c_created",),),
    binary=True,
)
"""Messages that were delivered to users' scheduling inboxes (RFC 6638 §2.2), until they delete them."""

ATTACHMENT_NAME = "sogo_attachment"
ATTACHMENT = Table(
    _columns("""
        c_id v80
        c_uid v255
        c_event v255
        c_name v255
        c_type v255
        c_size bigint
        c_created bigint
    """),
    key=("c_id",),
    indexes=(("c_uid",), ("c_created",)),
    binary=True,
)
"""Managed attachments of events (RFC 8607). `c_size` is -1 while one is on its way."""

ATTACHMENT_PIECE_NAME = "sogo_attachment_piece"
ATTACHMENT_PIECE = Table(
    _columns("""
        c_id v80
        c_number int
        c_octets int
        c_content mediumtext
    """),
    key=("c_id", "c_number"),
    binary=True,
)
"""What they hold, in base64: `c_octets` of them in each piece."""

INVITATION_NAME = "sogo_invitation"
INVITATION = Table(
    _columns("""
        c_path v255
        c_uid v255
        c_owner v255
        c_name v80
        c_state v10
        c_summary v255 ?
        c_created bigint
        c_told int
    """),
    key=("c_path", "c_uid"),
    indexes=(("c_uid",), ("c_owner",)),
    binary=True,
)
"""Invitations to calendars (`sogo.store.invitations`): the c_path of the folder, who is invited, and whose it is. The
rights and the subscription themselves are in the original's tables."""

FOLDER_REVISION_NAME = "sogo_folder_revision"
FOLDER_REVISION = Table(
    _columns("""
        c_folder_id bigint
        c_generation v80
        c_revision bigint
        c_modified bigint
    """),
    key=("c_folder_id",),
)

OBJECT_REVISION_NAME = "sogo_object_revision"
OBJECT_REVISION = Table(
    _columns("""
        c_folder_id bigint
        c_name v255
        c_revision bigint
    """),
    key=("c_folder_id", "c_name"),
    indexes=(("c_folder_id", "c_revision"),),
)

OWN_TABLES = {
    DAV_PROPERTY_NAME: DAV_PROPERTY,
    DAV_LOCK_NAME: DAV_LOCK,
    HOME_MEMBER_NAME: HOME_MEMBER,
    PUSH_SUBSCRIPTION_NAME: PUSH_SUBSCRIPTION,
    PUSH_SITE_NAME: PUSH_SITE,
    MAIL_QUEUE_NAME: MAIL_QUEUE,
    SCHEDULE_TAG_NAME: SCHEDULE_TAG,
    INBOX_ITEM_NAME: INBOX_ITEM,
    INVITATION_NAME: INVITATION,
    ATTACHMENT_NAME: ATTACHMENT,
    ATTACHMENT_PIECE_NAME: ATTACHMENT_PIECE,
    FOLDER_REVISION_NAME: FOLDER_REVISION,
    OBJECT_REVISION_NAME: OBJECT_REVISION,
}
"""All of ours: what `sogo-tool own-tables` shows and removes."""
