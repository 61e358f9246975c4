"""By which mail server, and with whose login, the mails of a domain leave (mail.md §6.7).

SOGoMailingMechanism sendmail                      the program; it needs no login
smtp, no SOGoSMTPAuthenticationType                no login
smtp with one, SOGoSMTPMasterUserEnabled           the site's own account, for every mail
smtp with one, without master user                 the login of the user who caused the mail: only while a request
                                                   of that user runs is its password known, and nothing keeps it
"""

from __future__ import annotations

from dataclasses import dataclass, field

from sogo.auth.acting import Acting
from sogo.auth.interface import User
from sogo.conf.levels import Config
from sogo.mail.sendmail import SendmailTransport
from sogo.mail.smtp import SmtpTransport, parse_server
from sogo.mail.transport import MailLogin, Transport


@dataclass(frozen=True, slots=True)
class MailRoute:
    """`login` is that of the site. `wants_user`: the server wants somebody to log in, and the site has no account."""

    transport: Transport
    login: MailLogin | None = None
    wants_user: bool = False
    by_email: bool = False

    def login_of(self, user: User, acting: Acting) -> MailLogin:
        """The login of somebody whose password is at hand: by user id, or by address with
        SOGoForceExternalLoginWithEmail."""
        own = user.record.imap_login or user.user_id
        return MailLogin(user.email if self.by_email else own, acting.password)


@dataclass(slots=True)
class MailRoutes:
    config: Config
    _routes: dict[str | None, MailRoute] = field(default_factory=dict, init=False, repr=False)

    def of(self, domain: str | None) -> MailRoute:
        """Raises ConfigError for an SMTP server that is none."""
        known = domain if domain in self.config.domains else None
        route = self._routes.get(known)
        if route is None:
            route = self._routes[known] = _route(self.config, known)
        return route

    @property
    def all_domains(self) -> tuple[str | None, ...]:
        return (None, *self.config.domains)

    @property
    def wants_users(self) -> bool:
        """Somewhere on this site mail leaves by the login of whoever caused it."""
        return any(self.of(domain).wants_user for domain in self.all_domains)


def _route(config: Config, domain: str | None) -> MailRoute:
    settings = config.domain(domain)
    if settings.mailing_mechanism == "sendmail":
        return MailRoute(SendmailTransport(config.system.send_mail))
    transport = SmtpTransport(parse_server(settings.smtp_server))
    if not settings.smtp_authentication_type:
        return MailRoute(transport)
    if settings.smtp_master_user_enabled and settings.smtp_master_user_username:
        return MailRoute(transport, MailLogin(settings.smtp_master_user_username, settings.smtp_master_user_password))
    return MailRoute(transport, wants_user=True, by_email=settings.force_external_login_with_email)
