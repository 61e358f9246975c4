"""Defaults of user preferences (config.md §4.9): each may be set for the site, a domain, and by the user.

The same names, and their older aliases, are the keys of the profile's c_defaults (store.md §§10-11).
"""

from __future__ import annotations

from sogo.conf.kinds import (
    boolean,
    choice,
    dictionaries,
    integer,
    optional_strings,
    string,
    string_map,
    strings,
    strings_map,
)
from sogo.conf.section import IGNORED, YES, Parameter, UserSection

CATEGORIES = {
    "Customer": "#F8D800",
    "Calls": "#0396FF",
    "Favorites": "#EA5455",
    "Meeting": "#7367F0",
    "Ideas": "#32CCBC",
    "Miscellaneous": "#F6416C",
    "Birthday": "#28C76F",
    "Anniversary": "#9F44D3",
    "Vacation": "#623AA2",
    "Travel": "#F55555",
    "Projects": "#8C1BAB",
    "Suppliers": "#9708CC",
    "Gifts": "#736EFE",
    "Clients": "#E96D71",
    "Issues": "#3677FF",
    "Business": "#FA016D",
    "Holidays": "#0E197D",
    "Personal": "#DE4313",
    "Status": "#002661",
    "Competition": "#6018DC",
    "Follow up": "#D939CD",
    "Public Holiday": "#E80505",
}

LABELS = {
    "$label1": ("Important", "#FF0000"),
    "$label2": ("Work", "#FF9900"),
    "$label3": ("Personal", "#009900"),
    "$label4": ("To Do", "#3333FF"),
    "$label5": ("Later", "#993399"),
    "$forwarded": ("Forwarded", "#B01FE3"),
    "$mdnsent": ("Return Receipt Sent", "#006600"),
}

COLUMNS = ("Thread", "Flagged", "Attachment", "Subject", "From", "Unread", "Date", "Priority", "Size")


class GeneralUser(UserSection):
    """Preferences: general"""

    language = Parameter(
        "SOGoLanguage",
        string(),
        default="English",
        honoured=YES,
        aliases=("SOGoDefaultLanguage", "Language"),
        doc="Language of pages, of default folder names and of mails.",
        example="English",
    )
    time_zone = Parameter(
        "SOGoTimeZone",
        string(),
        default="UTC",
        honoured=YES,
        aliases=("SOGoServerTimeZone", "TimeZone"),
        doc="IANA time zone. The site's value also rules floating times and the log.",
        example='"Europe/Paris"',
    )
    login_module = Parameter(
        "SOGoLoginModule",
        choice("Mail", "Calendar", "Contacts"),
        default="Mail",
        aliases=("SOGoUIxDefaultModule", "SOGoDefaultModule"),
        doc="Module shown after login.",
    )
    remember_last_module = Parameter(
        "SOGoRememberLastModule", boolean(), default=False, printed=False, doc="Show the module last used instead."
    )
    time_format = Parameter(
        "SOGoTimeFormat", string(), default="%H:%M", aliases=("TimeFormat",), doc="Form of times, as strftime has it."
    )
    short_date_format = Parameter(
        "SOGoShortDateFormat",
        string(),
        default="%d-%b-%y",
        aliases=("ShortDateFormat",),
        doc="Form of dates in lists, as strftime has it.",
    )
    long_date_format = Parameter(
        "SOGoLongDateFormat",
        string(),
        default="%A, %B %d, %Y",
        aliases=("LongDateFormat",),
        doc="Form of dates elsewhere, as strftime has it.",
    )
    refresh_view_check = Parameter(
        "SOGoRefreshViewCheck",
        string(),
        default="manually",
        aliases=("RefreshViewCheck",),
        doc="How often pages look for news: manually, every_minute, every_5_minutes, … once_per_hour.",
    )
    animation_mode = Parameter(
        "SOGoAnimationMode", choice("normal", "limited", "none"), default="normal", doc="How much pages move."
    )
    gravatar_enabled = Parameter("SOGoGravatarEnabled", boolean(), default=False, doc="Fetch pictures of people.")
    alternate_avatar = Parameter(
        "SOGoAlternateAvatar",
        choice("none", "identicon", "monsterid", "wavatar", "retro"),
        default="none",
        doc="Picture of people without one.",
    )
    totp_enabled = Parameter(
        "SOGoTOTPEnabled",
        boolean(),
        default=False,
        aliases=("SOGoGoogleAuthenticatorEnabled",),
        printed=False,
        doc="Ask for a one-time code at login.",
    )
    password_recovery_mode = Parameter(
        "SOGoPasswordRecoveryMode",
        choice("Disabled", "SecretQuestion", "SecondaryEmail"),
        default="Disabled",
        doc="How a forgotten password is reset.",
    )
    password_recovery_question = Parameter(
        "SOGoPasswordRecoveryQuestion",
        choice("SecretQuestion1", "SecretQuestion2", "SecretQuestion3"),
        default="SecretQuestion1",
        doc="The question asked then.",
    )
    password_recovery_question_answer = Parameter(
        "SOGoPasswordRecoveryQuestionAnswer", string(), default="", doc="Its answer."
    )
    password_recovery_secondary_email = Parameter(
        "SOGoPasswordRecoverySecondaryEmail", string(), default="", doc="Address a reset link is sent to."
    )


class CalendarUser(UserSection):
    """Preferences: calendars and contacts"""

    default_calendar = Parameter(
        "SOGoDefaultCalendar",
        choice("selected", "personal", "first"),
        default="selected",
        doc="Calendar for new events.",
    )
    day_start_time = Parameter(
        "SOGoDayStartTime",
        integer(minimum=0, maximum=23),
        default=8,
        unit="hour",
        honoured=YES,
        aliases=("DayStartTime",),
        doc="When working hours begin.",
    )
    day_end_time = Parameter(
        "SOGoDayEndTime",
        integer(minimum=0, maximum=23),
        default=18,
        unit="hour",
        honoured=YES,
        aliases=("DayEndTime",),
        doc="When working hours end.",
    )
    first_day_of_week = Parameter(
        "SOGoFirstDayOfWeek",
        integer(minimum=0, maximum=6),
        default=0,
        aliases=("WeekStartDay",),
        doc="0 is Sunday, 6 Saturday.",
    )
    first_week_of_year = Parameter(
        "SOGoFirstWeekOfYear",
        choice("January1", "First4DayWeek", "FirstFullWeek"),
        default="January1",
        aliases=("FirstWeek",),
        doc="Which week is the first: January1, First4DayWeek or FirstFullWeek.",
    )
    busy_off_hours = Parameter(
        "SOGoBusyOffHours", boolean(), default=False, honoured=YES, doc="Tell time off work as busy."
    )
    calendar_weekdays = Parameter(
        "SOGoCalendarWeekdays", strings(), default=(), printed=False, doc="Days shown: SU MO TU WE TH FR SA."
    )
    calendar_should_display_weekend = Parameter(
        "SOGoCalendarShouldDisplayWeekend",
        boolean(),
        default=True,
        aliases=("SOGoShouldDisplayWeekend",),
        doc="Show Saturday and Sunday.",
    )
    calendar_events_default_classification = Parameter(
        "SOGoCalendarEventsDefaultClassification",
        choice("PUBLIC", "CONFIDENTIAL", "PRIVATE"),
        default="PUBLIC",
        honoured=YES,
        doc="Class of new events that name none.",
    )
    calendar_tasks_default_classification = Parameter(
        "SOGoCalendarTasksDefaultClassification",
        choice("PUBLIC", "CONFIDENTIAL", "PRIVATE"),
        default="PUBLIC",
        honoured=YES,
        doc="Class of new tasks that name none.",
    )
    calendar_default_reminder = Parameter(
        "SOGoCalendarDefaultReminder", string(), default="NONE", doc="Alarm of new events, such as -PT15M; or NONE."
    )
    calendar_categories = Parameter(
        "SOGoCalendarCategories", strings(), default=tuple(CATEGORIES), doc="Categories offered for events and tasks."
    )
    calendar_categories_colors = Parameter(
        "SOGoCalendarCategoriesColors", string_map(), default=CATEGORIES, doc="Colour of each category."
    )
    contacts_categories = Parameter(
        "SOGoContactsCategories",
        optional_strings(),
        default=None,
        doc="Categories offered for contacts; unset offers a list in the user's language.",
    )
    selected_address_book = Parameter(
        "SOGoSelectedAddressBook",
        string(),
        default="collected",
        aliases=("SelectedAddressBook",),
        doc="Address book that collects the people one writes to.",
    )
    mail_add_outgoing_addresses = Parameter(
        "SOGoMailAddOutgoingAddresses", boolean(), default=False, doc="Collect the people one writes to."
    )
    remind_with_a_sound = Parameter(
        "SOGoRemindWithASound",
        boolean(),
        default=False,
        honoured=IGNORED,
        aliases=("RemindWithASound",),
        printed=False,
        doc="Out of use.",
    )
    reminder_enabled = Parameter(
        "SOGoReminderEnabled",
        boolean(),
        default=False,
        honoured=IGNORED,
        aliases=("ReminderEnabled",),
        printed=False,
        doc="Out of use.",
    )
    reminder_time = Parameter(
        "SOGoReminderTime",
        string(),
        default="",
        honoured=IGNORED,
        aliases=("ReminderTime",),
        printed=False,
        doc="Out of use.",
    )


class MailUser(UserSection):
    """Preferences: mail"""

    drafts_folder_name = Parameter("SOGoDraftsFolderName", string(), default="Drafts", doc="Mailbox of drafts.")
    sent_folder_name = Parameter("SOGoSentFolderName", string(), default="Sent", doc="Mailbox of sent messages.")
    trash_folder_name = Parameter("SOGoTrashFolderName", string(), default="Trash", doc="Mailbox of deleted messages.")
    junk_folder_name = Parameter("SOGoJunkFolderName", string(), default="Junk", doc="Mailbox of junk.")
    templates_folder_name = Parameter(
        "SOGoTemplatesFolderName", string(), default="Templates", doc="Mailbox of templates."
    )
    mail_show_subscribed_folders_only = Parameter(
        "SOGoMailShowSubscribedFoldersOnly",
        boolean(),
        default=False,
        aliases=("showSubscribedFoldersOnly",),
        doc="Show only mailboxes one has subscribed to.",
    )
    mail_synchronize_only_default_folders = Parameter(
        "SOGoMailSynchronizeOnlyDefaultFolders", boolean(), default=False, doc="Devices see only the usual mailboxes."
    )
    mail_sort_by_threads = Parameter("SOGoMailSortByThreads", boolean(), default=False, doc="Group by conversation.")
    mail_list_view_columns_order = Parameter(
        "SOGoMailListViewColumnsOrder", strings(), default=COLUMNS, doc="Columns of message lists."
    )
    mail_compose_window = Parameter(
        "SOGoMailComposeWindow", choice("inline", "popup"), default="inline", doc="Where messages are written."
    )
    mail_compose_message_type = Parameter(
        "SOGoMailComposeMessageType",
        choice("html", "text"),
        default="html",
        aliases=("ComposeMessagesType",),
        doc="Form of new messages: html or text.",
    )
    mail_compose_font_size = Parameter(
        "SOGoMailComposeFontSize",
        integer(minimum=0),
        default=0,
        unit="px",
        doc="Font size; 0 for the usual.",
    )
    mail_display_full_email = Parameter(
        "SOGoMailDisplayFullEmail", boolean(), default=False, doc="Show names together with addresses."
    )
    mail_hide_inline_attachments = Parameter(
        "SOGoMailHideInlineAttachments", boolean(), default=False, doc="Hide attachments shown in the text."
    )
    mail_display_attachment_above = Parameter(
        "SOGoMailDisplayAttachmentAbove", boolean(), default=False, doc="Show attachments above the text."
    )
    mail_display_remote_inline_images = Parameter(
        "SOGoMailDisplayRemoteInlineImages", choice("never", "always"), default="never", doc="Load pictures from afar."
    )
    mail_auto_mark_as_read_delay = Parameter(
        "SOGoMailAutoMarkAsReadDelay",
        integer(minimum=-1),
        default=0,
        unit="seconds",
        doc="A message shown so long counts as read; -1 never.",
    )
    mail_auto_save = Parameter(
        "SOGoMailAutoSave", integer(minimum=1, zero=5), default=5, unit="minutes", doc="How often drafts are saved."
    )
    mail_message_forwarding = Parameter(
        "SOGoMailMessageForwarding",
        choice("inline", "attached"),
        default="inline",
        aliases=("MessageForwarding",),
        doc="How messages are forwarded.",
    )
    mail_reply_placement = Parameter(
        "SOGoMailReplyPlacement",
        choice("above", "below"),
        default="below",
        aliases=("ReplyPlacement",),
        doc="Where a reply goes.",
    )
    mail_signature_placement = Parameter(
        "SOGoMailSignaturePlacement",
        choice("above", "below"),
        default="below",
        aliases=("SignaturePlacement",),
        doc="Where the signature goes.",
    )
    mail_use_signature_on_new = Parameter(
        "SOGoMailUseSignatureOnNew", boolean(), default=True, doc="Sign new messages."
    )
    mail_use_signature_on_reply = Parameter("SOGoMailUseSignatureOnReply", boolean(), default=True, doc="Sign replies.")
    mail_use_signature_on_forward = Parameter(
        "SOGoMailUseSignatureOnForward", boolean(), default=True, doc="Sign forwarded messages."
    )
    mail_use_outlook_style_replies = Parameter(
        "SOGoMailUseOutlookStyleReplies", boolean(), default=False, doc="Quote with a header block, not with marks."
    )
    mail_labels_colors = Parameter(
        "SOGoMailLabelsColors",
        strings_map(),
        default=LABELS,
        honoured=YES,
        doc="IMAP keywords, with name and colour of each.",
    )
    mail_force_default_identity = Parameter(
        "SOGoMailForceDefaultIdentity", boolean(), default=False, doc="Always write as the default identity."
    )
    mail_receipt_allow = Parameter(
        "SOGoMailReceiptAllow", boolean(), default=False, doc="Answer requests for a read receipt."
    )
    mail_receipt_non_recipient_action = Parameter(
        "SOGoMailReceiptNonRecipientAction",
        choice("ignore", "send", "ask"),
        default="ignore",
        doc="Receipts for messages one is not a named recipient of.",
    )
    mail_receipt_outside_domain_action = Parameter(
        "SOGoMailReceiptOutsideDomainAction",
        choice("ignore", "send", "ask"),
        default="ignore",
        doc="Receipts to other domains.",
    )
    mail_receipt_any_action = Parameter(
        "SOGoMailReceiptAnyAction", choice("ignore", "send", "ask"), default="ignore", doc="All other receipts."
    )
    mail_custom_full_name = Parameter(
        "SOGoMailCustomFullName",
        string(),
        default="",
        honoured=IGNORED,
        doc="Name in old profiles.",
    )
    mail_custom_email = Parameter(
        "SOGoMailCustomEmail",
        string(),
        default="",
        honoured=IGNORED,
        doc="Address in old profiles.",
    )
    mail_reply_to = Parameter(
        "SOGoMailReplyTo", string(), default="", honoured=IGNORED, doc="Reply address in old profiles."
    )
    mail_signature = Parameter(
        "SOGoMailSignature",
        string(),
        default="",
        honoured=IGNORED,
        aliases=("MailSignature",),
        doc="Signature in old profiles.",
    )
    sieve_filters = Parameter("SOGoSieveFilters", dictionaries(), default=(), doc="The user's mail filters.")
