"""User sources, passwords and logins: who somebody is, and whether it is really them.

    login, password -> SiteDirectory        clean name, blocked?, right a moment ago?
                    -> SourceChain          the sources of the site in their order, by the rules of its domains
                    -> SqlSource | LdapSource   a Verdict: the password's, the policy's, and whose it is
                    -> User                 user_id, addresses, domain, rights; remembered by UserCache

A new kind of source is a file beside `sql.py` and `ldap.py` that passes `tests/contract/test_source_contract.py`. What
never lives here: HTTP (faces read headers with `proxy.py` and answer), and what a user may do with whose folders.
"""
