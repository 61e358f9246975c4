"""The table of all parameters: one row each, grouped as config.md §4 groups them.

A row is a `Parameter` in a class whose base says the level: `SystemSection` S, `DomainSection` D, `UserSection` U,
`SourceSection` a key of a user source. Whoever adds a row gets the typed accessor, the getter with its inheritance, the
checks at start, docs/parameters.md and etc/sogo.conf.example from it.

The attribute is the name without its prefix `SOGo`, `WO`, `OCS` or `Sx`, in snake case: SOGoMailDomain is
`mail_domain`, WOWorkersCount `workers_count`, SOGoDAVCalendarStartTimeLimit `dav_calendar_start_time_limit`.
"""
