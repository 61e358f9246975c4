"""Mail that the server itself sends: what it says, and how it leaves; mail about meetings that comes. Beside the store;
reading mail (IMAP) will live here too.

    about, invitations, receipts, advisories, reminders     values -> Notice: what is said, in one language
    notice                                                   Notice -> plain text, HTML
    letter                                                   Notice and people -> a message (octets)
    transport, smtp, sendmail                                a message -> a mail server
    incoming, senders                                        a mail that came -> who sent it, what it says of meetings

When something is sent, and to whom, is not decided here: `sogo.model.scheduling` and `sogo.service.notices` do.
"""
