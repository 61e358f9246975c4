"""Filters, vacation and forwarding on the Sieve server (config.md §4.6)."""

from __future__ import annotations

from sogo.conf.kinds import boolean, choice, integer, string, strings
from sogo.conf.section import IGNORED, DomainSection, Parameter, SystemSection


class SieveSystem(SystemSection):
    """Sieve"""

    sieve_log_password = Parameter(
        "SieveLogPassword",
        boolean(),
        default=False,
        honoured=IGNORED,
        printed=False,
        doc="Write Sieve passwords to the log. Never done here.",
    )


class SieveDomain(DomainSection):
    """Sieve"""

    sieve_server = Parameter(
        "SOGoSieveServer",
        string(),
        default="",
        doc="sieve://host:port/?tls=YES; unset takes the host of the IMAP account and port 4190.",
        example='"sieve://imap.example.com:4190"',
    )
    sieve_folder_encoding = Parameter(
        "SOGoSieveFolderEncoding",
        choice("UTF-7", "UTF-8"),
        default="UTF-7",
        doc="How mailbox names are written in scripts.",
    )
    sieve_scripts_enabled = Parameter(
        "SOGoSieveScriptsEnabled", boolean(), default=False, doc="Let users set filters.", example="YES"
    )
    vacation_enabled = Parameter(
        "SOGoVacationEnabled", boolean(), default=False, doc="Let users set an absence reply.", example="YES"
    )
    forward_enabled = Parameter(
        "SOGoForwardEnabled", boolean(), default=False, doc="Let users forward their mail.", example="YES"
    )
    notification_enabled = Parameter(
        "SOGoNotificationEnabled", boolean(), default=False, doc="Let users be told elsewhere about new mail."
    )
    vacation_period_enabled = Parameter(
        "SOGoVacationPeriodEnabled", boolean(), default=True, doc="Let absence replies begin and end by themselves."
    )
    vacation_default_subject = Parameter(
        "SOGoVacationDefaultSubject", string(), default="", doc="Subject of absence replies unless the user says one."
    )
    vacation_header_template_file = Parameter(
        "SOGoVacationHeaderTemplateFile", string(), default="", doc="Text put before every absence reply."
    )
    vacation_footer_template_file = Parameter(
        "SOGoVacationFooterTemplateFile", string(), default="", doc="Text put after every absence reply."
    )
    vacation_allow_zero_days = Parameter(
        "SOGoVacationAllowZeroDays", boolean(), default=False, doc="Let absence replies answer every single message."
    )
    forward_constraints = Parameter(
        "SOGoForwardConstraints",
        integer(),
        default=0,
        doc="Where mail may be forwarded: 0 anywhere, 1 inside, 2 to listed domains outside, 3 both of these.",
    )
    forward_constraints_domains = Parameter(
        "SOGoForwardConstraintsDomains", strings(), default=(), doc="The domains outside."
    )
    sieve_script_header_template_file = Parameter(
        "SOGoSieveScriptHeaderTemplateFile", string(), default="", doc="Sieve code put before every script."
    )
    sieve_script_footer_template_file = Parameter(
        "SOGoSieveScriptFooterTemplateFile", string(), default="", doc="Sieve code put after every script."
    )
