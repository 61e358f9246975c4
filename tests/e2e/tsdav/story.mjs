// One life of a calendar and an address book through tsdav. Prints what happened as JSON; test_tsdav.py knows what is right.
import { DAVClient, createDAVClient } from 'tsdav';

const { SERVER, LOGIN, PASSWORD } = process.env;
const account = (accountType, password = PASSWORD) => ({
  serverUrl: SERVER,
  credentials: { username: LOGIN, password },
  authMethod: 'Basic',
  defaultAccountType: accountType,
});
const last = (url) => url.replace(/\/$/, '').split('/').pop();
const event = (uid, start, summary) => [
  'BEGIN:VCALENDAR', 'VERSION:2.0', 'PRODID:-//tsdav story//EN', 'BEGIN:VEVENT', `UID:${uid}`,
  'DTSTAMP:20261101T100000Z', `DTSTART:${start}`, 'DURATION:PT1H', `SUMMARY:${summary}`, 'END:VEVENT', 'END:VCALENDAR', '',
].join('\r\n');
const told = {};

const client = await createDAVClient(account('caldav'));
const [calendar] = await client.fetchCalendars();
told.calendars = [last(calendar.url)];

const put = (name, text) => client.createCalendarObject({ calendar, filename: name, iCalString: text });
told.created = (await put('one.ics', event('one@tsdav', '20261201T100000Z', 'One'))).status;
await put('three.ics', event('three@tsdav', '20261203T100000Z', 'Three'));

const inside = { start: '2026-12-01T00:00:00.000Z', end: '2026-12-02T00:00:00.000Z' };
const objects = await client.fetchCalendarObjects({ calendar, timeRange: inside });
told.found = objects.map((object) => /UID:(\S+)/.exec(object.data)[1]);
const outside = { start: '2027-12-01T00:00:00.000Z', end: '2027-12-02T00:00:00.000Z' };
told.outside = await client.fetchCalendarObjects({ calendar, timeRange: outside });

const syncing = { ...calendar, objects: await client.fetchCalendarObjects({ calendar }), objectMultiGet: client.calendarMultiGet };
const known = await client.smartCollectionSync({ collection: syncing, method: 'webdav', detailedResult: false });

const [one] = objects;
const changed = { ...one, data: event('one@tsdav', '20261201T120000Z', 'One, later') };
told.changed = (await client.updateCalendarObject({ calendarObject: changed })).status;
told.stale = (await client.updateCalendarObject({ calendarObject: changed })).status;
await put('two.ics', event('two@tsdav', '20261202T100000Z', 'Two'));
const all = await client.fetchCalendarObjects({ calendar });
await client.deleteCalendarObject({ calendarObject: all.find((object) => last(object.url) === 'three.ics') });

const synced = await client.smartCollectionSync({ collection: known, method: 'webdav', detailedResult: true });
const names = (list) => list.map((object) => last(object.url)).sort();
told.synced = {
  created: names(synced.objects.created), updated: names(synced.objects.updated), deleted: names(synced.objects.deleted),
};

const now = await client.fetchCalendarObjects({ calendar });
const doomed = now.find((object) => last(object.url) === 'one.ics');
told.deleted = (await client.deleteCalendarObject({ calendarObject: doomed })).status;
told.left = names(await client.fetchCalendarObjects({ calendar }));

const home = calendar.url.replace(/[^/]+\/$/, '');
await client.makeCalendar({ url: `${home}made/`, props: { displayname: 'Made by tsdav' } });
told.made = names(await client.fetchCalendars());

const contacts = await createDAVClient(account('carddav'));
const books = await contacts.fetchAddressBooks();
const addressBook = books.find((book) => last(book.url) === 'personal');
told.books = names(books).filter((name) => name === 'personal');
const vCardString = ['BEGIN:VCARD', 'VERSION:3.0', 'UID:ada', 'FN:Ada Byron', 'N:Byron;Ada;;;', 'END:VCARD', ''].join('\r\n');
told.card = (await contacts.createVCard({ addressBook, filename: 'ada.vcf', vCardString })).status;
told.cards = (await contacts.fetchVCards({ addressBook })).map((card) => /FN:(.*)/.exec(card.data)[1].trim());

const wrong = new DAVClient(account('caldav', 'wrong'));
told.wrong = await wrong.login().then(() => 'let in', () => 'refused');

console.log(JSON.stringify(told));
