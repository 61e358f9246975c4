"""Dovecot of Debian, as one unprivileged user, with accounts of a file: IMAP with and without TLS, ACL and quota."""

from __future__ import annotations

import grp
import os
import pwd
from collections.abc import Sequence
from pathlib import Path

from tests.support.services import Service, free_port
from tests.support.tls import make_certificate

PASSWORD = "let me in"
CAPABILITIES = (
    "IMAP4rev1 LITERAL+ SASL-IR ID ENABLE IDLE SORT SORT=DISPLAY THREAD=REFERENCES THREAD=REFS THREAD=ORDEREDSUBJECT "
    "MULTIAPPEND UNSELECT CHILDREN NAMESPACE UIDPLUS LIST-EXTENDED I18NLEVEL=1 CONDSTORE QRESYNC ESEARCH ESORT "
    "SEARCHRES WITHIN CONTEXT=SEARCH LIST-STATUS BINARY MOVE SNIPPET=FUZZY PREVIEW=FUZZY SPECIAL-USE ACL RIGHTS=texk QUOTA"
)


class Dovecot(Service):
    """Everybody named in `users` logs in with PASSWORD. `without` are capabilities it does not tell of; a client that
    uses them all the same is not stopped, so tests look at what was sent (`said`)."""

    name = "dovecot"
    account = "dovecot"

    def __init__(self, users: Sequence[str] = (), *, without: Sequence[str] = (), separator: str = "/") -> None:
        super().__init__()
        self.users, self.separator = tuple(users), separator
        self.capabilities = " ".join(name for name in CAPABILITIES.split() if name not in without)
        self.tls_port = free_port()

    @property
    def url(self) -> str:
        return f"imap://127.0.0.1:{self.port}"

    @property
    def ca_path(self) -> Path:
        return self.folder / "cert.pem"

    def said(self) -> str:
        """All that clients said so far, after their logins."""
        return "".join(path.read_text(errors="replace") for path in sorted((self.folder / "raw").glob("*.in")))

    def prepare(self) -> None:
        for folder in ("mail", "run", "raw"):
            (self.folder / folder).mkdir()
            self.own(self.folder / folder)
        self.own(*make_certificate(self.folder))
        people = "".join(f"{name}:{{PLAIN}}{PASSWORD}::::::\n" for name in self.users)
        (self.folder / "people").write_text(people)
        (self.folder / "dovecot.conf").write_text(self.configuration())

    def configuration(self) -> str:
        entry = pwd.getpwnam(self.account) if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())
        user, group = entry.pw_name, grp.getgrgid(entry.pw_gid).gr_name
        folder = self.folder
        return f"""
base_dir = {folder}/run
state_dir = {folder}/run
log_path = {folder}/dovecot.log
listen = 127.0.0.1
protocols = imap
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
mail_location = maildir:{folder}/mail/%u
mail_plugins = acl quota
first_valid_uid = 1
first_valid_gid = 0
disable_plaintext_auth = no
auth_mechanisms = plain login
auth_username_chars =
ssl = yes
ssl_cert = <{folder}/cert.pem
ssl_key = <{folder}/key.pem
mail_max_userip_connections = 20
passdb {{
  driver = passwd-file
  args = {folder}/people
}}
userdb {{
  driver = static
  args = uid={user} gid={group} home={folder}/mail/%u
}}
namespace inbox {{
  inbox = yes
  separator = {self.separator}
}}
namespace others {{
  type = shared
  prefix = user{self.separator}%%u{self.separator}
  separator = {self.separator}
  location = maildir:{folder}/mail/%%u
  subscriptions = no
  list = children
}}
protocol imap {{
  mail_plugins = acl quota imap_acl imap_quota
  imap_capability = {self.capabilities}
}}
plugin {{
  acl = vfile
  acl_anyone = allow
  acl_shared_dict = file:{folder}/mail/shared
  quota = maildir:User quota
  quota_rule = *:storage=1G
}}
service anvil {{
  chroot =
}}
service imap {{
  executable = imap -o rawlog_dir={folder}/raw
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {self.port}
  }}
  inet_listener imaps {{
    port = {self.tls_port}
    ssl = yes
  }}
}}
service stats {{
  chroot =
}}
"""

    def _log_end(self) -> str:
        """It writes a log of its own, since what the test opened for it belongs to another user."""
        own = self.folder / "dovecot.log"
        return super()._log_end() + (own.read_text(errors="replace")[-3000:] if own.exists() else "")

    def command(self) -> Sequence[str]:
        return ["/usr/sbin/dovecot", "-F", "-c", str(self.folder / "dovecot.conf")]
