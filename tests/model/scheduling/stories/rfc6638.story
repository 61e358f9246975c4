# RFC 6638: what the server does for its clients, section by section.

story: 3.2.10, when the schedule tag changes
user uma
user ann
user bob
uma puts m
  ORGANIZER:@uma
  ATTENDEE:@ann
  ATTENDEE:@bob
uma tagged m 0
ann edits m
  me ACCEPTED
uma tagged m 0
ann tagged m 1
bob tagged m 0
uma edits m
  DESCRIPTION:more
uma tagged m 1
ann tagged m 2
bob tagged m 1

story: 3.2.10, the organizer writes down what somebody said on the telephone
user uma
user ann
user bob
uma puts m
  ORGANIZER:@uma
  ATTENDEE:@ann
  ATTENDEE:@bob
uma edits m
  -ATTENDEE
  +ATTENDEE;PARTSTAT=ACCEPTED:@ann
  +ATTENDEE;PARTSTAT=NEEDS-ACTION;RSVP=TRUE:@bob
bob has m
  @ann ACCEPTED
ann tagged m 1
bob tagged m 0

story: another UID is another object
user uma
user ann
uma puts m
  ORGANIZER:@uma
uma puts m
  UID:other
  ORGANIZER:@uma
  ATTENDEE:@ann
ann has m
  UID:other
uma puts m
  UID:third
  ORGANIZER:@uma
  ATTENDEE:@ann
refused SchedulingRefused The UID of a meeting cannot be changed

story: nobody is invited to a journal
user uma
user ann
uma puts m
  VJOURNAL
  ORGANIZER:@uma
  ATTENDEE:@ann
ann lacks m
mails

story: 3.2.9, what became of each invitation
user uma
user ann
outsider rex
uma puts m
  ORGANIZER:@uma
  ATTENDEE:@ann
  ATTENDEE:@rex
  ATTENDEE:urn:uuid:nobody
uma has m
  @ann NEEDS-ACTION SCHEDULE-STATUS=1.2
  @rex NEEDS-ACTION SCHEDULE-STATUS=1.1
  SCHEDULE-STATUS=3.7:urn:uuid:nobody
ann has m
  no SCHEDULE-STATUS
uma puts n without-mail
  ORGANIZER:@uma
  ATTENDEE:@ann
  ATTENDEE:@rex
uma has n
  @ann NEEDS-ACTION SCHEDULE-STATUS=1.2
  @rex NEEDS-ACTION SCHEDULE-STATUS=5.3
uma puts m
  SUMMARY:As a client writes it that does not know of this
  ORGANIZER:@uma
  ATTENDEE:@ann
  ATTENDEE:@rex
  ATTENDEE:urn:uuid:nobody
uma has m
  @rex NEEDS-ACTION SCHEDULE-STATUS=1.1

story: 3.2.1.2, from one agent to another
user uma
outsider rex
uma puts m
  ORGANIZER:@uma
  ATTENDEE;SCHEDULE-AGENT=NONE:@rex
mails
uma edits m
  -ATTENDEE
  +ATTENDEE;SCHEDULE-AGENT=SERVER:@rex
mails
  INVITATION uma -> rex
uma edits m
  DTSTART:20270112T140000Z
  DTEND:20270112T150000Z
mails
  UPDATE uma -> rex DTEND DTSTART
uma edits m
  -ATTENDEE
  +ATTENDEE;SCHEDULE-AGENT=CLIENT:@rex
mails
  CANCELLATION uma -> rex
uma deletes m
mails

story: 3.2.2.1, one occurrence is taken out by an attendee and stays out
user uma
user ann
user bob
uma puts m
  DTSTART;VALUE=DATE:20270112
  DTEND;VALUE=DATE:20270113
  RRULE:FREQ=WEEKLY;COUNT=4
  ORGANIZER:@uma
  ATTENDEE:@ann
  ATTENDEE:@bob
ann edits m
  +EXDATE;VALUE=DATE:20270119
uma has m
  components 2
  [20270119]
  RECURRENCE-ID;VALUE=DATE:20270119
  DTEND;VALUE=DATE:20270120
  @ann DECLINED
  @bob NEEDS-ACTION
bob has m
  components 2
uma edits m
  SUMMARY:Named
ann has m
  components 1
  SUMMARY:Named
  EXDATE;VALUE=DATE:20270119
uma edits m
  [20270119]
  DTSTART;VALUE=DATE:20270120
  DTEND;VALUE=DATE:20270121
ann has m
  components 2
  [20270119]
  @ann NEEDS-ACTION

story: 3.2.4.1, one object in all calendars
user uma
user ann
outsider rex
ann puts m
  ORGANIZER:@rex
  ATTENDEE:@ann
ann puts other
  UID:m
  ORGANIZER:@rex
  ATTENDEE:@ann
refused SchedulingRefused unique-scheduling-object-resource

story: 3.2.6, an attendee sees only what he is invited to
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
  DTSTART:20270113T100000Z
  DTEND:20270113T110000Z
  ORGANIZER:@uma
  ATTENDEE:@bob
ann has m
  components 1
  EXDATE:20270113T100000Z
  no bob@
bob has m
  components 1
  RECURRENCE-ID:20270113T100000Z
  no ann@
uma has m
  components 2
  no EXDATE
uma edits m
  [20270113T100000Z]
  invite @ann
ann has m
  components 2
  no EXDATE
mails
  INVITATION uma -> ann [20270113T100000Z]

story: 3.2.2.4, who removes what is cancelled answers nobody
user uma
user ann
uma puts m
  ORGANIZER:@uma
  ATTENDEE:@ann
uma edits m
  STATUS:CANCELLED
ann has m
  STATUS:CANCELLED
mails
  CANCELLATION uma -> ann
ann deletes m
uma has m
  @ann NEEDS-ACTION
mails

story: 7.1, an attendee who schedules by himself
user uma
user ann
uma puts m
  ORGANIZER:@uma
  ATTENDEE:@ann
ann edits m
  ORGANIZER;SCHEDULE-AGENT=CLIENT:@uma
  me ACCEPTED
uma has m
  @ann NEEDS-ACTION
mails

story: RFC 5546 2.1.4, when the sequence goes up
user uma
user ann
uma puts m
  SEQUENCE:5
  ORGANIZER:@uma
  ATTENDEE:@ann
uma edits m
  SEQUENCE:5
  LOCATION:There
uma has m
  SEQUENCE:5
uma edits m
  STATUS:CONFIRMED
uma has m
  SEQUENCE:6
uma puts m
  SEQUENCE:2
  LOCATION:There
  STATUS:CONFIRMED
  ORGANIZER:@uma
  ATTENDEE;PARTSTAT=ACCEPTED:@ann
uma has m
  SEQUENCE:6
  @ann NEEDS-ACTION

story: an object that names an organizer and nobody else is stored as it came
user uma
uma puts m
  ORGANIZER:@uma
uma has m
  ORGANIZER:@uma
  no CN=
mails

story: two organizers under one roof
user uma uma@second.example
user ann
uma puts m
  ORGANIZER:mailto:uma@second.example
  ATTENDEE:@ann
uma has m
  ORGANIZER;CN=uma:mailto:uma@second.example
ann edits m
  me ACCEPTED
uma has m
  @ann ACCEPTED

story: copies by resource name and by UID are the same thing
user uma
user ann
outsider rex
ann receives kept from rex REQUEST
  UID:m
  ORGANIZER:@rex
  ATTENDEE:@ann
ann has kept
  UID:m

story: the last attendee goes together with the organizer line
user uma
user ann
uma puts m
  ORGANIZER:@uma
  ATTENDEE:@ann
uma edits m
  -ORGANIZER
  -ATTENDEE
ann lacks m
mails
  CANCELLATION uma -> ann
