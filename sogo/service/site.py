"""Everything a service needs to reach, in one value: made once per worker by the wiring."""

from __future__ import annotations

from dataclasses import dataclass, field

from sogo.auth.interface import Directory
from sogo.conf.levels import Config
from sogo.mail.imap.pool import ImapPool
from sogo.outbound.client import Outbound
from sogo.service.around import AroundWrite, NothingAround
from sogo.service.bus import ChangeBus
from sogo.service.mail_post import MailPost
from sogo.service.memory import FolderMemory
from sogo.store.alarms import AlarmStore
from sogo.store.attachments import AttachmentStore
from sogo.store.interface import (
    AclStore,
    Cache,
    Clock,
    FolderStore,
    HomeNotes,
    InboxStore,
    LockStore,
    ProfileStore,
    PropertyEditor,
    PropertyStore,
)
from sogo.store.invitations import InvitationStore
from sogo.store.pushes import PushStore


@dataclass(frozen=True, slots=True)
class Site:
    config: Config
    folders: FolderStore
    profiles: ProfileStore
    acl: AclStore
    properties: PropertyStore
    editor: PropertyEditor
    locks: LockStore
    home_notes: HomeNotes
    pushes: PushStore
    invitations: InvitationStore
    inbox: InboxStore
    attachments: AttachmentStore
    post: MailPost
    alarms: AlarmStore
    outbound: Outbound
    directory: Directory
    cache: Cache
    memory: FolderMemory
    bus: ChangeBus
    clock: Clock
    imap: ImapPool = field(default_factory=ImapPool)
    around: AroundWrite = field(default_factory=NothingAround)
