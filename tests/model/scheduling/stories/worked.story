# The worked sequences of scheduling.md §14.

story: A, a simple invitation
user uma
user ann
uma puts m
  SUMMARY:Budget
  ORGANIZER;CN=Uma:@uma
  ATTENDEE;PARTSTAT=NEEDS-ACTION;RSVP=TRUE:@ann
ann has m
  UID:m
  @ann NEEDS-ACTION RSVP=TRUE
uma has m
  @ann NEEDS-ACTION SCHEDULE-STATUS=1.2
mails
  INVITATION uma -> ann
inbox
  ann REQUEST
ann edits m
  me ACCEPTED
uma has m
  @ann ACCEPTED RSVP=
mails
  REPLY ann -> uma ACCEPTED
inbox
  uma REPLY
uma edits m
  DTSTART:20270112T150000Z
  DTEND:20270112T160000Z
uma has m
  SEQUENCE:1
  DTSTAMP:20270104T080000Z
  @ann NEEDS-ACTION
ann has m
  SEQUENCE:1
  DTSTART:20270112T150000Z
  @ann NEEDS-ACTION RSVP=TRUE
mails
  UPDATE uma -> ann DTEND DTSTART
uma deletes m
ann lacks m
mails
  CANCELLATION uma -> ann
inbox
  ann CANCEL

story: B, an occurrence only
user uma
user ann
uma puts m
  DTSTART:20270112T100000Z
  DTEND:20270112T110000Z
  RRULE:FREQ=DAILY;COUNT=5
uma puts m
  DTSTART:20270112T100000Z
  DTEND:20270112T110000Z
  RRULE:FREQ=DAILY;COUNT=5
  --
  RECURRENCE-ID:20270113T100000Z
  DTSTART:20270113T100000Z
  DTEND:20270113T110000Z
  ORGANIZER;CN=Uma;PARTSTAT=ACCEPTED:@uma
  ATTENDEE:@ann
ann has m
  components 1
  RECURRENCE-ID:20270113T100000Z
  @ann NEEDS-ACTION
mails
  INVITATION uma -> ann [20270113T100000Z]
ann edits m
  me ACCEPTED
uma has m
  components 2
  ORGANIZER
  no ATTENDEE
  [20270113T100000Z]
  @ann ACCEPTED
mails
  REPLY ann -> uma [20270113T100000Z] ACCEPTED
uma puts m
  DTSTART:20270112T100000Z
  DTEND:20270112T110000Z
  RRULE:FREQ=DAILY;COUNT=5
ann lacks m
mails
  CANCELLATION uma -> ann [20270113T100000Z]

story: C, the dance of EXDATE
user uma
user ann
uma puts m
  DTSTART;TZID=America/Toronto:20270310T100000
  DTEND;TZID=America/Toronto:20270310T110000
  RRULE:FREQ=DAILY;COUNT=10
  ORGANIZER:@uma
  ATTENDEE:@ann
uma edits m
  EXDATE:20270312T150000Z
ann has m
  EXDATE:20270312T150000Z
  @ann NEEDS-ACTION
ann edits m
  +EXDATE:20270316T140000Z
uma has m
  components 2
  @ann NEEDS-ACTION
  EXDATE:20270312T150000Z
  no 20270316T140000Z
  [20270316T100000]
  RECURRENCE-ID;TZID=America/Toronto:20270316T100000
  DTSTART;TZID=America/Toronto:20270316T100000
  DTEND;TZID=America/Toronto:20270316T110000
  @ann DECLINED
mails
  REPLY ann -> uma [20270316T100000] DECLINED
uma edits m
  DESCRIPTION:Longer
ann has m
  components 1
  DESCRIPTION:Longer
  20270316T140000Z

story: D, delegation and back
user uma
user ann
user dan
uma puts m
  ORGANIZER:@uma
  ATTENDEE;ROLE=REQ-PARTICIPANT:@ann
ann edits m
  me DELEGATED @dan
dan has m
  @dan NEEDS-ACTION DELEGATED-FROM=mailto:ann@example.org
  @ann DELEGATED DELEGATED-TO=mailto:dan@example.org
uma has m
  @dan NEEDS-ACTION
  @ann DELEGATED
ann has m
  @dan NEEDS-ACTION
  @ann DELEGATED
mails
  REPLY ann -> uma DELEGATED
  INVITATION ann -> dan
dan edits m
  me ACCEPTED
uma has m
  @dan ACCEPTED DELEGATED-FROM=mailto:ann@example.org
  @ann DELEGATED
ann has m
  @dan ACCEPTED
mails
  REPLY dan -> uma ACCEPTED
ann edits m
  me ACCEPTED
  dismiss @dan
uma has m
  @ann ACCEPTED DELEGATED-TO=
  no dan@example.org
dan lacks m
mails
  REPLY ann -> uma ACCEPTED
  CANCELLATION ann -> dan
uma edits m
  dismiss @ann
ann lacks m
mails
  CANCELLATION uma -> ann

story: E, a resource
user uma
user bob
room r 1
uma puts m
  SUMMARY:Budget
  ORGANIZER:@uma
  ATTENDEE;CN=Room;PARTSTAT=NEEDS-ACTION;RSVP=TRUE:@r
uma has m
  @r ACCEPTED RSVP= CUTYPE=ROOM
r has m
  @r ACCEPTED
bob puts n
  ORGANIZER:@bob
  ATTENDEE:@r
refused SchedulingConflict Maximum number of simultaneous bookings (1) reached for resource \"r r@example.org\"
  The conflicting event is \"Budget\", and starts on Tuesday, January 12, 2027 10:00 UTC.
bob lacks n
r lacks n
