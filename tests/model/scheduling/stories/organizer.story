# The organizer's side: scheduling.md §4 with the defects of §17 mended.

story: small changes reach the copies and nobody's mailbox
user uma
user ann
outsider rex
uma puts m
  SUMMARY:Budget
  ORGANIZER:@uma
  ATTENDEE:@ann
  ATTENDEE:@rex
mails
  INVITATION uma -> ann
  INVITATION uma -> rex
uma has m
  @rex NEEDS-ACTION SCHEDULE-STATUS=1.1
ann edits m
  me ACCEPTED
uma edits m
  DESCRIPTION:Bring numbers
  PRIORITY:1
ann has m
  DESCRIPTION:Bring numbers
  @ann ACCEPTED
mails
inbox

story: a new name or place is told and asks nobody anew
user uma
user ann
uma puts m
  SUMMARY:Budget
  ORGANIZER:@uma
  ATTENDEE:@ann
ann edits m
  me TENTATIVE
uma edits m
  SUMMARY:Budget 2
  LOCATION:Here
uma has m
  @ann TENTATIVE
  no SEQUENCE
ann has m
  LOCATION:Here
  @ann TENTATIVE
mails
  UPDATE uma -> ann LOCATION SUMMARY

story: alarms, transparency and categories are everybody's own
user uma
user ann
uma puts m
  SUMMARY:Budget
  CATEGORIES:Work
  ORGANIZER:@uma
  ATTENDEE:@ann
uma edits m
  alarm
ann has m
  CATEGORIES:Work
  no VALARM
ann edits m
  alarm
  TRANSP:TRANSPARENT
  CATEGORIES:Mine
  X-COLOUR:red
  me ACCEPTED
uma has m
  CATEGORIES:Work
  no TRANSP
  no X-COLOUR
uma edits m
  DTSTART:20270113T100000Z
  DTEND:20270113T110000Z
  CATEGORIES:Play
ann has m
  DTSTART:20270113T100000Z
  BEGIN:VALARM
  TRANSP:TRANSPARENT
  CATEGORIES:Mine
  X-COLOUR:red
  @ann NEEDS-ACTION

story: an own property that the attendee never changed follows the organizer
user uma
user ann
uma puts m
  CATEGORIES:Work
  ORGANIZER:@uma
  ATTENDEE:@ann
uma edits m
  CATEGORIES:Play
ann has m
  CATEGORIES:Play

story: master and exceptions change at once, and all of it is told
user uma
user ann
user bob
uma puts m
  DTSTART:20270112T100000Z
  DTEND:20270112T110000Z
  RRULE:FREQ=DAILY;COUNT=5
  ORGANIZER:@uma
  ATTENDEE:@ann
  ATTENDEE:@bob
ann edits m
  me ACCEPTED
bob edits m
  me ACCEPTED
uma edits m
  SUMMARY:All
  [20270113T100000Z]
  DTSTART:20270113T150000Z
  DTEND:20270113T160000Z
  [20270114T100000Z]
  dismiss @bob
ann has m
  components 3
  SUMMARY:All
  @ann ACCEPTED
  [20270113T100000Z]
  DTSTART:20270113T150000Z
  SEQUENCE:1
  @ann NEEDS-ACTION
  [20270114T100000Z]
  @ann ACCEPTED
bob has m
  components 2
  EXDATE:20270114T100000Z
  SUMMARY:All
  [20270113T100000Z]
  @bob NEEDS-ACTION
mails
  UPDATE uma -> ann DTEND DTSTART SUMMARY
  UPDATE uma -> bob DTEND DTSTART SUMMARY
  CANCELLATION uma -> bob [20270114T100000Z]

story: this and future
user uma
user ann
uma puts m
  DTSTART:20270112T100000Z
  DTEND:20270112T110000Z
  RRULE:FREQ=DAILY;COUNT=5
  ORGANIZER:@uma
  ATTENDEE:@ann
ann edits m
  me ACCEPTED
uma puts m
  DTSTART:20270112T100000Z
  DTEND:20270112T110000Z
  RRULE:FREQ=DAILY;COUNT=5
  ORGANIZER:@uma
  ATTENDEE;PARTSTAT=ACCEPTED:@ann
  --
  RECURRENCE-ID;RANGE=THISANDFUTURE:20270114T100000Z
  DTSTART:20270114T120000Z
  DTEND:20270114T130000Z
  ORGANIZER:@uma
  ATTENDEE;PARTSTAT=ACCEPTED:@ann
ann has m
  @ann ACCEPTED
  [20270114T100000Z]
  RANGE=THISANDFUTURE
  @ann NEEDS-ACTION
mails
  UPDATE uma -> ann [20270114T100000Z] DTEND DTSTART

story: who joins a series joins its exceptions, who leaves leaves them
user uma
user ann
user bob
uma puts m
  DTSTART:20270112T100000Z
  DTEND:20270112T110000Z
  RRULE:FREQ=DAILY;COUNT=5
  ORGANIZER:@uma
  ATTENDEE:@ann
  --
  RECURRENCE-ID:20270113T100000Z
  DTSTART:20270113T120000Z
  DTEND:20270113T130000Z
  ORGANIZER:@uma
  ATTENDEE:@ann
uma edits m
  invite @bob
  dismiss @ann
ann lacks m
bob has m
  components 2
  [20270113T100000Z]
  @bob NEEDS-ACTION
mails
  INVITATION uma -> bob
  CANCELLATION uma -> ann

story: a cancelled occurrence stays in the copies, as cancelled
user uma
user ann
uma puts m
  DTSTART:20270112T100000Z
  DTEND:20270112T110000Z
  RRULE:FREQ=DAILY;COUNT=5
  ORGANIZER:@uma
  ATTENDEE:@ann
uma edits m
  [20270113T100000Z]
  STATUS:CANCELLED
ann has m
  components 2
  [20270113T100000Z]
  STATUS:CANCELLED
mails
  CANCELLATION uma -> ann [20270113T100000Z]

story: an exception that goes back to the series is told
user uma
user ann
uma puts m
  DTSTART:20270112T100000Z
  DTEND:20270112T110000Z
  RRULE:FREQ=DAILY;COUNT=5
  ORGANIZER:@uma
  ATTENDEE:@ann
uma edits m
  [20270113T100000Z]
  DTSTART:20270113T150000Z
  DTEND:20270113T160000Z
uma edits m
  drop [20270113T100000Z]
ann has m
  components 1
mails
  UPDATE uma -> ann DTEND DTSTART

story: an older version loses no answer
user uma
user ann
user bob
uma puts m
  SEQUENCE:4
  ORGANIZER:@uma
  ATTENDEE:@ann
  ATTENDEE:@bob
ann edits m
  me ACCEPTED
uma puts m
  SEQUENCE:4
  SUMMARY:Changed on another device
  ORGANIZER:@uma
  ATTENDEE;PARTSTAT=NEEDS-ACTION;RSVP=TRUE:@ann
  ATTENDEE;PARTSTAT=NEEDS-ACTION;RSVP=TRUE:@bob
uma has m
  @ann ACCEPTED RSVP=
  @bob NEEDS-ACTION
ann has m
  @ann ACCEPTED

story: by its schedule tag a version keeps all that came meanwhile
user uma
user ann
user dan
uma puts m
  ORGANIZER:@uma
  ATTENDEE:@ann
ann edits m
  me DELEGATED @dan
dan edits m
  me DECLINED
uma puts m by-tag
  DESCRIPTION:more
  ORGANIZER:@uma
  ATTENDEE;PARTSTAT=TENTATIVE:@ann
uma has m
  @ann DELEGATED DELEGATED-TO=mailto:dan@example.org
  @dan DECLINED
dan has m
  DESCRIPTION:more

story: the organizer may answer for somebody
user uma
user ann
uma puts m
  ORGANIZER:@uma
  ATTENDEE:@ann
uma edits m
  -ATTENDEE
  +ATTENDEE;PARTSTAT=ACCEPTED:@ann
ann has m
  @ann ACCEPTED
mails

story: moved and with a delegate, everybody is asked anew and the delegate goes
user uma
user ann
user dan
uma puts m
  ORGANIZER:@uma
  ATTENDEE:@ann
ann edits m
  me DELEGATED @dan
uma edits m
  DTSTART:20270113T100000Z
  DTEND:20270113T110000Z
uma has m
  @ann NEEDS-ACTION DELEGATED-TO= RSVP=TRUE
  no dan@
dan lacks m
mails
  UPDATE uma -> ann DTEND DTSTART
  CANCELLATION uma -> dan

story: who declined and threw the copy away is left alone until asked anew
user uma
user ann
uma puts m
  ORGANIZER:@uma
  ATTENDEE:@ann
ann deletes m
uma has m
  @ann DECLINED
mails
  REPLY ann -> uma DECLINED
uma edits m
  DESCRIPTION:more
ann lacks m
uma edits m
  DTSTART:20270113T100000Z
  DTEND:20270113T110000Z
ann has m
  @ann NEEDS-ACTION
uma deletes m
mails
  CANCELLATION uma -> ann

story: no cancellation for who declined
user uma
user ann
uma puts m
  ORGANIZER:@uma
  ATTENDEE:@ann
ann edits m
  me DECLINED
uma deletes m
ann lacks m
mails

story: for information only
user uma
user ann
uma puts m
  ORGANIZER:@uma
  ATTENDEE;ROLE=NON-PARTICIPANT:@ann
ann lacks m
mails
  INVITATION uma -> ann
uma edits m
  -ATTENDEE
  +ATTENDEE;ROLE=OPT-PARTICIPANT:@ann
ann has m
  ROLE=OPT-PARTICIPANT
uma edits m
  -ATTENDEE
  +ATTENDEE;ROLE=NON-PARTICIPANT:@ann
ann lacks m

story: a client that schedules by itself
user uma
user ann
user bob
uma puts m
  ORGANIZER:@uma
  ATTENDEE;SCHEDULE-AGENT=CLIENT:@ann
  ATTENDEE;SCHEDULE-AGENT=NONE:@bob
ann lacks m
bob lacks m
mails
uma edits m
  -ATTENDEE
  +ATTENDEE:@ann
ann has m
  no SCHEDULE-AGENT
mails
  INVITATION uma -> ann
uma edits m
  -ATTENDEE
  +ATTENDEE;SCHEDULE-AGENT=CLIENT:@ann
ann lacks m
mails
  CANCELLATION uma -> ann
uma puts n
  ORGANIZER;SCHEDULE-AGENT=CLIENT:@uma
  ATTENDEE:@ann
ann lacks n
mails

story: a message is forced
user uma
user ann
uma puts m
  ORGANIZER:@uma
  ATTENDEE:@ann
uma edits m
  -ATTENDEE
  +ATTENDEE;SCHEDULE-FORCE-SEND=REQUEST:@ann
uma has m
  no SCHEDULE-FORCE-SEND
mails
  UPDATE uma -> ann
inbox
  ann REQUEST

story: no mail where none is wanted
user uma
user ann
uma puts m without-mail
  ORGANIZER:@uma
  ATTENDEE:@ann
ann has m
  @ann NEEDS-ACTION
mails
uma puts n
  X-SOGo-Send-Appointment-Notifications:NO
  ORGANIZER:@uma
  ATTENDEE:@ann
ann has n
  @ann NEEDS-ACTION
mails
uma puts o by-eas
  ORGANIZER:@uma
  ATTENDEE:@ann
ann has o
  @ann NEEDS-ACTION
mails
uma puts p by-import
  ORGANIZER:@uma
  ATTENDEE:@ann
ann lacks p
mails

story: what is over is not mailed, but the copies follow
user uma
user ann
uma puts m
  DTSTART:20260112T100000Z
  DTEND:20260112T110000Z
  ORGANIZER:@uma
  ATTENDEE:@ann
ann has m
  DTSTART:20260112T100000Z
mails
uma puts n
  DTSTART:20260112T100000Z
  DTEND:20260112T110000Z
  RRULE:FREQ=WEEKLY
  ORGANIZER:@uma
  ATTENDEE:@ann
mails
  INVITATION uma -> ann
uma puts o
  DTSTART:20260112T100000Z
  DTEND:20260112T110000Z
  RRULE:FREQ=WEEKLY;UNTIL=20260301T000000Z
  ORGANIZER:@uma
  ATTENDEE:@ann
mails

story: groups
user uma
user ann
user bob
user cyd
group inner = bob cyd uma
group staff = ann inner
uma puts m
  ORGANIZER:@uma
  ATTENDEE;ROLE=OPT-PARTICIPANT;PARTSTAT=TENTATIVE:@bob
  ATTENDEE;ROLE=CHAIR;RSVP=TRUE:@staff
uma has m
  @ann NEEDS-ACTION ROLE=CHAIR RSVP=TRUE MEMBER=mailto:staff@example.org
  @bob TENTATIVE ROLE=OPT-PARTICIPANT MEMBER=
  @cyd NEEDS-ACTION ROLE=CHAIR
  no :mailto:staff@
  no ATTENDEE;CN=uma
cyd has m
  @ann NEEDS-ACTION
mails
  INVITATION uma -> ann
  INVITATION uma -> bob
  INVITATION uma -> cyd
uma puts n unexpanded
  ORGANIZER:@uma
  ATTENDEE:@staff
uma has n
  @staff NEEDS-ACTION
ann lacks n
mails

story: somebody writes for the organizer
user uma
user ann
user sec
uma puts m as sec
  ORGANIZER:@sec
  ATTENDEE:@ann
uma has m
  ORGANIZER;CN=uma;SENT-BY="MAILTO:sec@example.org":mailto:uma@example.org
ann has m
  SENT-BY="MAILTO:sec@example.org"
mails
  INVITATION uma -> ann
uma edits m as sec
  ORGANIZER:@sec
  SUMMARY:Changed
uma has m
  SENT-BY="MAILTO:sec@example.org":mailto:uma@example.org
mails
  UPDATE uma -> ann SUMMARY

story: nobody writes in the name of a local organizer without the right to
user uma
user ann
user sec
sec puts m
  ORGANIZER;SENT-BY="mailto:sec@example.org":@uma
  ATTENDEE:@ann
refused SchedulingConflict Wrong SENT-BY being used
sec puts m with-right
  ORGANIZER;SENT-BY="mailto:sec@example.org":@uma
  ATTENDEE:@ann
ann has m
  ORGANIZER;SENT-BY

story: the organizer of a meeting stays
user uma
user ann
user bob
uma puts m
  ORGANIZER:@uma
  ATTENDEE:@ann
uma edits m
  ORGANIZER:@bob
refused SchedulingRefused allowed-organizer-scheduling-object-change
uma puts n
  DTSTART:20270112T100000Z
  RRULE:FREQ=DAILY;COUNT=3
  ORGANIZER:@uma
  ATTENDEE:@ann
  --
  RECURRENCE-ID:20270113T100000Z
  DTSTART:20270113T110000Z
  ORGANIZER:@bob
  ATTENDEE:@ann
refused SchedulingRefused same-organizer-in-all-components

story: attendees without an organizer
user uma
user ann
uma puts m
  ATTENDEE:@ann
ann lacks m
uma puts n by-web
  ATTENDEE:@ann
uma has n
  ORGANIZER;CN=uma:mailto:uma@example.org
ann has n
  @ann NEEDS-ACTION
uma edits n
  -ORGANIZER
uma has n
  ORGANIZER
ann has n
  ORGANIZER

story: an organizer nobody can mail gets an address
user uma
user ann
outsider rex
uma puts m
  ORGANIZER;EMAIL=uma@example.org:urn:uuid:1234
  ATTENDEE:@rex
uma has m
  ORGANIZER;EMAIL=uma@example.org;CN=uma:mailto:uma@example.org

story: past and future of a copy that was lost
user uma
user ann
uma puts m
  DTSTART:20270112T100000Z
  DTEND:20270112T110000Z
  RRULE:FREQ=DAILY;COUNT=5
  ORGANIZER:@uma
  ATTENDEE:@ann
ann deletes m silently
uma has m
  @ann NEEDS-ACTION
mails
uma edits m
  [20270113T100000Z]
  DTSTART:20270113T120000Z
  DTEND:20270113T130000Z
ann has m
  components 2
