"""Mail that the server itself sends: what it says, and how it leaves. Beside the store; reading mail (IMAP) will live
here too.

    about, invitations, receipts, advisories, reminders     values -> Notice: what is said, in one language
    notice                                                   Notice -> plain text, HTML
    letter                                                   Notice and people -> a message (octets)
    transport, smtp, sendmail                                a message -> a mail server

When something is sent, and to whom, is not decided here: `sogo.model.scheduling` and `sogo.service.notices` do.
"""
