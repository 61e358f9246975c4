"""Calendars and address books (config.md §4.7)."""

from __future__ import annotations

from sogo.conf.kinds import boolean, integer, integers, string, strings
from sogo.conf.section import YES, DomainSection, Parameter, SystemSection


class CalendarSystem(SystemSection):
    """Calendars and contacts"""

    calendar_dav_access_enabled = Parameter(
        "SOGoCalendarDAVAccessEnabled", boolean(), default=True, honoured=YES, doc="Serve calendars over CalDAV."
    )
    address_book_dav_access_enabled = Parameter(
        "SOGoAddressBookDAVAccessEnabled", boolean(), default=True, honoured=YES, doc="Serve contacts over CardDAV."
    )
    enable_public_access = Parameter(
        "SOGoEnablePublicAccess",
        boolean(),
        default=False,
        honoured=YES,
        doc="Let users share with people who do not log in.",
    )
    disable_sharing = Parameter(
        "SOGoDisableSharing",
        strings(),
        default=(),
        honoured=YES,
        doc="Modules without sharing: Mail, Contacts, Calendar.",
    )
    disable_sharing_any_auth_user = Parameter(
        "SOGoDisableSharingAnyAuthUser",
        strings(),
        default=(),
        honoured=YES,
        doc="Modules that cannot be shared with everybody who logs in: Mail, Contacts, Calendar.",
    )
    maximum_import_size = Parameter(
        "SOGoMaximumImportSize",
        integer(minimum=1),
        default=20480,
        unit="KB",
        honoured=YES,
        ours=True,
        doc="Largest file of events or contacts that can be imported at once.",
    )
    disable_export = Parameter(
        "SOGoDisableExport", strings(), default=(), doc="Modules without export: Mail, Contacts, Calendar."
    )
    enable_email_alarms = Parameter(
        "SOGoEnableEMailAlarms", boolean(), default=False, honoured=YES, doc="Send alarms of events and tasks by mail."
    )
    disable_organizer_event_check = Parameter(
        "SOGoDisableOrganizerEventCheck",
        boolean(),
        default=False,
        doc="Take an invitation of a local organizer even if it is in none of the organizer's calendars.",
    )
    calendar_enable_jitsi_link = Parameter(
        "SOGoCalendarEnableJitsiLink", boolean(), default=False, doc="Offer a Jitsi meeting for events."
    )


class CalendarDomain(DomainSection):
    """Calendars and contacts"""

    calendar_default_roles = Parameter(
        "SOGoCalendarDefaultRoles",
        strings(),
        default=(),
        honoured=YES,
        doc="Rights of everybody on calendars without other rules: PublicViewer, ConfidentialDAndTViewer and the like.",
        example="(PublicDAndTViewer)",
    )
    contacts_default_roles = Parameter(
        "SOGoContactsDefaultRoles",
        strings(),
        default=(),
        honoured=YES,
        doc="Rights of everybody on address books without other rules: ObjectViewer, ObjectEditor and the like.",
    )
    appointment_send_email_notifications = Parameter(
        "SOGoAppointmentSendEMailNotifications",
        boolean(),
        default=False,
        honoured=YES,
        doc="Mail invitations, changes and replies.",
        example="YES",
    )
    folders_send_email_notifications = Parameter(
        "SOGoFoldersSendEMailNotifications", boolean(), default=False, doc="Mail a user about a new folder."
    )
    acls_send_email_notifications = Parameter(
        "SOGoACLsSendEMailNotifications",
        boolean(),
        default=False,
        honoured=YES,
        doc="Mail a user about changed rights.",
    )
    notify_on_personal_modifications = Parameter(
        "SOGoNotifyOnPersonalModifications",
        boolean(),
        default=False,
        honoured=YES,
        doc="Mail a receipt of the owner's own changes, unless the calendar says otherwise.",
    )
    notify_on_external_modifications = Parameter(
        "SOGoNotifyOnExternalModifications",
        boolean(),
        default=False,
        honoured=YES,
        doc="Mail the owner about changes of others, unless the calendar says otherwise.",
    )
    iphone_force_all_day_transparency = Parameter(
        "SOGoiPhoneForceAllDayTransparency",
        boolean(),
        default=False,
        honoured=YES,
        doc="All-day events from Apple phones never make busy.",
    )
    dav_calendar_start_time_limit = Parameter(
        "SOGoDAVCalendarStartTimeLimit",
        integer(minimum=0),
        default=0,
        unit="days",
        honoured=YES,
        doc="Calendar clients see only what is at most so old; 0 shows everything.",
        example="365",
    )
    attachment_quota = Parameter(
        "SOGoAttachmentQuota",
        integer(minimum=0),
        default=200,
        unit="MB",
        honoured=YES,
        ours=True,
        doc="What the files attached to the events of one user may take together (RFC 8607); 0: no limit.",
    )
    free_busy_default_interval = Parameter(
        "SOGoFreeBusyDefaultInterval",
        integers(),
        default=(7, 7),
        unit="days",
        honoured=YES,
        doc="Free and busy time is told for so many days back and ahead.",
    )
    calendar_jitsi_base_url = Parameter(
        "SOGoCalendarJitsiBaseUrl", string(), default="https://meet.jit.si", doc="Jitsi server of the meeting links."
    )
    calendar_jitsi_room_prefix = Parameter(
        "SOGoCalendarJitsiRoomPrefix", string(), default="SOGo_meeting/", doc="Put before the name of a Jitsi room."
    )
    subscription_folder_format = Parameter(
        "SOGoSubscriptionFolderFormat",
        string(),
        default="%{FolderName} (%{UserName} <%{Email}>)",
        honoured=YES,
        doc="Name of a subscribed folder, made of FolderName, UserName and Email.",
    )
    search_minimum_word_length = Parameter(
        "SOGoSearchMinimumWordLength",
        integer(minimum=1),
        default=2,
        unit="characters",
        honoured=YES,
        doc="Shorter texts are not looked up in the directory.",
    )
