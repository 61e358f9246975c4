# scheduling.md §15, number by number; the scenes of the original's own specs.

story: 1 and 2, an attendee comes and goes
user uma
user ann
uma puts m
  ORGANIZER:@uma
uma puts m
  ORGANIZER:@uma
  ATTENDEE;PARTSTAT=NEEDS-ACTION;RSVP=TRUE;ROLE=REQ-PARTICIPANT:@ann
ann has m
  UID:m
uma puts m
  LAST-MODIFIED:20270104T070000Z
  ORGANIZER:@uma
ann lacks m

story: 3 and 4, one room is taken, another takes all
user uma
room one 1
room any 0
uma puts a
  ORGANIZER:@uma
  ATTENDEE:@one
uma puts b
  ORGANIZER:@uma
  ATTENDEE:@one
refused SchedulingConflict Maximum number
uma puts c
  ORGANIZER:@uma
  ATTENDEE:@any
uma puts d
  ORGANIZER:@uma
  ATTENDEE:@any
any has d
  @any ACCEPTED

story: 5, a series takes a room
user uma
user ann
room one 1
uma puts a
  DTSTART:20270112T100000Z
  DTEND:20270112T110000Z
  RRULE:FREQ=DAILY;COUNT=5
  ORGANIZER:@uma
  ATTENDEE:@one
ann puts b
  DTSTART:20270112T103000Z
  DTEND:20270112T113000Z
  ORGANIZER:@ann
  ATTENDEE:@one
refused SchedulingConflict Maximum number
uma puts c
  DTSTART:20270112T110000Z
  DTEND:20270112T120000Z
  RRULE:FREQ=DAILY;COUNT=5
  ORGANIZER:@uma
  ATTENDEE:@one
uma puts d
  DTSTART:20270112T105500Z
  DTEND:20270112T115500Z
  RRULE:FREQ=DAILY;COUNT=5
  ORGANIZER:@uma
  ATTENDEE:@one
refused SchedulingConflict Maximum number

story: 6, an occurrence with a TZID of its own form
user uma
user ann
uma puts m
  DTSTART;TZID=Europe/Berlin:20270112T100000
  DTEND;TZID=Europe/Berlin:20270112T110000
  RRULE:FREQ=DAILY;COUNT=5
uma puts m
  DTSTART;TZID=Europe/Berlin:20270112T100000
  DTEND;TZID=Europe/Berlin:20270112T110000
  RRULE:FREQ=DAILY;COUNT=5
  --
  RECURRENCE-ID;TZID=Europe/Berlin:20270114T100000
  DTSTART;TZID=Europe/Berlin:20270114T100000
  DTEND;TZID=Europe/Berlin:20270114T110000
  ORGANIZER;PARTSTAT=ACCEPTED:@uma
  ATTENDEE:@ann
ann has m
  components 1
  RECURRENCE-ID;TZID=Europe/Berlin:20270114T100000
  @ann NEEDS-ACTION
ann edits m
  me ACCEPTED
uma has m
  components 2
  no ATTENDEE
  [20270114T100000]
  @ann ACCEPTED
uma edits m
  drop [20270114T100000]
ann lacks m

story: 8, the organizer among the attendees
user uma uma.alias@example.org
user ann
uma puts m
  ORGANIZER:@uma
  ATTENDEE:mailto:uma.alias@example.org
  ATTENDEE:MAILTO:Uma@Example.ORG
  ATTENDEE:@ann
uma has m
  no ATTENDEE:mailto:uma
  no Uma@Example
  @ann NEEDS-ACTION
mails
  INVITATION uma -> ann

story: 9, one UID in a second place
user uma
user ann
uma puts m
  ORGANIZER:@uma
  ATTENDEE:@ann
uma puts second
  UID:m
  ORGANIZER:@uma
  ATTENDEE:@ann
refused SchedulingRefused Event UID already in use. (m) & unique-scheduling-object-resource

story: 10, delegation in nine steps
user uma
user ann
user dan
# 1
uma puts m
  SEQUENCE:0
  ORGANIZER:@uma
  ATTENDEE;PARTSTAT=NEEDS-ACTION;RSVP=TRUE;ROLE=REQ-PARTICIPANT:@ann
ann has m
  @ann NEEDS-ACTION RSVP=TRUE
# 2
ann puts m
  SEQUENCE:0
  ORGANIZER:@uma
  ATTENDEE;PARTSTAT=DELEGATED;RSVP=TRUE;ROLE=REQ-PARTICIPANT;DELEGATED-TO="mailto:dan@example.org":@ann
  ATTENDEE;PARTSTAT=NEEDS-ACTION;RSVP=TRUE;ROLE=REQ-PARTICIPANT;DELEGATED-FROM="mailto:ann@example.org":@dan
dan has m
  DELEGATED-TO="mailto:dan@example.org"
  DELEGATED-FROM="mailto:ann@example.org"
  @ann DELEGATED
  @dan NEEDS-ACTION
uma has m
  DELEGATED-TO="mailto:dan@example.org"
  DELEGATED-FROM="mailto:ann@example.org"
  @ann DELEGATED
  @dan NEEDS-ACTION
mails
  REPLY ann -> uma DELEGATED
  INVITATION ann -> dan
# 3
dan edits m
  me ACCEPTED
uma has m
  @ann DELEGATED
  @dan ACCEPTED
ann has m
  @ann DELEGATED
  @dan ACCEPTED
# 4
ann puts m
  SEQUENCE:0
  ORGANIZER:@uma
  ATTENDEE;PARTSTAT=ACCEPTED;ROLE=REQ-PARTICIPANT:@ann
uma has m
  @ann ACCEPTED DELEGATED-TO=
  no dan@
dan lacks m
# 5
uma puts m
  SEQUENCE:1
  DTSTAMP:20270104T070000Z
  LAST-MODIFIED:20270104T070000Z
  ORGANIZER:@uma
  ATTENDEE;PARTSTAT=NEEDS-ACTION;RSVP=TRUE;ROLE=REQ-PARTICIPANT:@ann
ann has m
  SEQUENCE:1
  @ann NEEDS-ACTION RSVP=TRUE
mails
# 6
ann puts m
  SEQUENCE:1
  ORGANIZER:@uma
  ATTENDEE;PARTSTAT=DELEGATED;ROLE=REQ-PARTICIPANT;DELEGATED-TO="mailto:dan@example.org":@ann
  ATTENDEE;PARTSTAT=NEEDS-ACTION;RSVP=TRUE;ROLE=REQ-PARTICIPANT;DELEGATED-FROM="mailto:ann@example.org":@dan
dan has m
  SEQUENCE:1
  @ann DELEGATED
  @dan NEEDS-ACTION
# 7
dan edits m
  me ACCEPTED
uma has m
  @ann DELEGATED
  @dan ACCEPTED
ann has m
  @ann DELEGATED
  @dan ACCEPTED
# 8
uma edits m
  SEQUENCE:2
  DTSTAMP:20270104T073000Z
  -ATTENDEE
  +ATTENDEE;PARTSTAT=DELEGATED;DELEGATED-TO="mailto:dan@example.org":@ann
  +ATTENDEE;PARTSTAT=NEEDS-ACTION;RSVP=TRUE;DELEGATED-FROM="mailto:ann@example.org":@dan
ann has m
  SEQUENCE:2
  @ann DELEGATED
  @dan NEEDS-ACTION
dan has m
  @ann DELEGATED
  @dan NEEDS-ACTION
# 9
uma puts m
  SEQUENCE:3
  ORGANIZER:@uma
ann lacks m
dan lacks m
mails
  CANCELLATION uma -> ann
  CANCELLATION uma -> dan

story: 12 to 14, who does not want to be invited
user uma
user ann
shy sue
uma puts m
  ORGANIZER:@uma
uma edits m
  invite @sue
refused SchedulingConflict Inviting the following persons is prohibited:
  sue
sue lacks m
uma has m
  no ATTENDEE
uma edits m
  invite @ann
  invite @sue
refused SchedulingConflict "unavailableAttendees": ["sue@example.org"]
ann lacks m
