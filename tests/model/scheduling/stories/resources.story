# Rooms and things: scheduling.md §6.1, with bookings counted by true overlap.

story: two at a time
user uma
room duo 2
uma puts a
  ORGANIZER:@uma
  ATTENDEE:@duo
uma puts b
  DTSTART:20270112T103000Z
  DTEND:20270112T113000Z
  ORGANIZER:@uma
  ATTENDEE:@duo
uma puts c
  DTSTART:20270112T100000Z
  DTEND:20270112T120000Z
  ORGANIZER:@uma
  ATTENDEE:@duo
refused SchedulingConflict (2) reached
uma puts c
  DTSTART:20270112T110000Z
  DTEND:20270112T120000Z
  ORGANIZER:@uma
  ATTENDEE:@duo
duo has c
  @duo ACCEPTED

story: short ones in a row are one at a time
user uma
room duo 2
uma puts a
  DTSTART:20270112T100000Z
  DTEND:20270112T103000Z
  ORGANIZER:@uma
  ATTENDEE:@duo
uma puts b
  DTSTART:20270112T103000Z
  DTEND:20270112T110000Z
  ORGANIZER:@uma
  ATTENDEE:@duo
uma puts c
  DTSTART:20270112T110000Z
  DTEND:20270112T113000Z
  ORGANIZER:@uma
  ATTENDEE:@duo
uma puts d
  DTSTART:20270112T090000Z
  DTEND:20270112T120000Z
  ORGANIZER:@uma
  ATTENDEE:@duo
duo has d
  @duo ACCEPTED

story: an event without end, and one occurrence elsewhere
user uma
room one 1
uma puts a
  DTSTART:20270112T100000Z
  DTEND:20270112T110000Z
  RRULE:FREQ=WEEKLY
  ORGANIZER:@uma
  ATTENDEE:@one
uma puts b
  DTSTART:20270608T103000Z
  DTEND:20270608T113000Z
  ORGANIZER:@uma
  ATTENDEE:@one
refused SchedulingConflict Tuesday, June 8, 2027
uma edits a
  [20270608T100000Z]
  DTSTART:20270608T120000Z
  DTEND:20270608T130000Z
uma puts b
  DTSTART:20270608T103000Z
  DTEND:20270608T113000Z
  ORGANIZER:@uma
  ATTENDEE:@one
one has b
  @one ACCEPTED

story: a booking is moved onto another, and stays where it was
user uma
room one 1
uma puts a
  ORGANIZER:@uma
  ATTENDEE:@one
uma puts b
  DTSTART:20270112T120000Z
  DTEND:20270112T130000Z
  ORGANIZER:@uma
  ATTENDEE:@one
uma edits b
  DTSTART:20270112T103000Z
  DTEND:20270112T113000Z
refused SchedulingConflict Maximum number
one has b
  DTSTART:20270112T120000Z
uma edits a
  DTSTART:20270112T101500Z
  DTEND:20270112T111500Z
one has a
  DTSTART:20270112T101500Z
  @one ACCEPTED
uma deletes a
uma edits b
  DTSTART:20270112T103000Z
  DTEND:20270112T113000Z
one has b
  DTSTART:20270112T103000Z

story: a resource that asks first
user uma
thing van -1
uma puts a
  SUMMARY:Trip
  ORGANIZER:@uma
  ATTENDEE:@van
uma puts b by-web unforced
  ORGANIZER:@uma
  ATTENDEE;CN=The van:@van
refused SchedulingConflict "attendee_name": "The van", "attendee_email": "van@example.org" & "conflicts": [{"startDate": "2027-01-12 10:00", "endDate": "11:00"}]
uma puts b by-web
  ORGANIZER:@uma
  ATTENDEE:@van
van has b
  @van ACCEPTED CUTYPE=RESOURCE

story: a closed room
user uma
closed vault
uma puts m
  ORGANIZER:@uma
  ATTENDEE:@vault
refused SchedulingConflict Cannot access resource: "vault vault@example.org"

story: busy people, where somebody wants to know
user uma
user ann
user bob
ann puts private
  SUMMARY:Dentist
ann puts free
  DTSTART:20270112T120000Z
  DTEND:20270112T130000Z
  TRANSP:TRANSPARENT
uma puts m by-web unforced
  ORGANIZER:@uma
  ATTENDEE:@bob
  ATTENDEE;CN=Ann:@ann
refused SchedulingConflict "attendee_email": "ann@example.org"
uma puts m by-web unforced
  DTSTART:20270112T120000Z
  DTEND:20270112T130000Z
  ORGANIZER:@uma
  ATTENDEE:@ann
ann has m
  @ann NEEDS-ACTION
uma puts n by-web unforced
  DTSTART:20270112T110000Z
  DTEND:20270112T113000Z
  ORGANIZER:@uma
  ATTENDEE:@ann
ann has n
  @ann NEEDS-ACTION
uma puts o
  ORGANIZER:@uma
  ATTENDEE:@ann
ann has o
  @ann NEEDS-ACTION

story: an invitation ann declined does not take her time
user uma
user ann
uma puts m
  ORGANIZER:@uma
  ATTENDEE:@ann
ann edits m
  me DECLINED
uma puts n by-web unforced
  ORGANIZER:@uma
  ATTENDEE:@ann
ann has n
  @ann NEEDS-ACTION

story: a room in an occurrence only
user uma
room one 1
uma puts a
  ORGANIZER:@uma
  DTSTART:20270114T100000Z
  DTEND:20270114T110000Z
  ATTENDEE:@one
uma puts m
  DTSTART:20270112T100000Z
  DTEND:20270112T110000Z
  RRULE:FREQ=DAILY;COUNT=5
  --
  RECURRENCE-ID:20270113T100000Z
  DTSTART:20270113T100000Z
  DTEND:20270113T110000Z
  ORGANIZER:@uma
  ATTENDEE:@one
one has m
  components 1
  @one ACCEPTED
