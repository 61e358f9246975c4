"""Who may know of whom (auth.md §11): people see those of their own domain, and of the domains that are shown to it."""

from __future__ import annotations

from sogo.auth.interface import User
from sogo.conf.levels import Config
from sogo.model.rights import GROUP_MARK
from sogo.service.site import Site


def may_know(config: Config, actor: User, user: User) -> bool:
    """By SOGoDomainsVisibility. Superusers know everybody, and everybody knows who is of no domain."""
    if actor.is_superuser or actor.domain == user.domain or user.domain is None:
        return True
    return user.domain in config.visible_domains(actor.domain)


async def known_user(site: Site, actor: User, name: str) -> User | None:
    """Somebody by login or mail address, or a group, with its mark or without; None for nobody, and for one of whom the
    actor may not know."""
    user = await site.directory.find_user(name.removeprefix(GROUP_MARK))
    return user if user is not None and may_know(site.config, actor, user) else None
