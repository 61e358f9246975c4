"""Mail over DAV (dav.md §15), over Dovecot: the tree, messages, mail-query; and that a mail server which is away is in
nobody's way."""

from __future__ import annotations

import asyncio
from base64 import b64encode
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from sogo.auth.acting import Acting, acting
from sogo.mail.imap import session as sessions
from sogo.secret import Secret
from tests.dav.test_mail_values import LETTER, letter
from tests.support.dovecot import PASSWORD, Dovecot
from tests.support.house import CS, Answer, Client, D, House, open_house
from tests.support.people import People
from tests.support.services import free_port

pytestmark = pytest.mark.services
MAIL = "/SOGo/dav/anna/Mail/"
HM, MH, I = "{urn:schemas:httpmail:}", "{urn:schemas:mailheader:}", "{urn:inverse:params:xml:ns:inverse-dav}"  # noqa: E741
SPACES = (
    'xmlns:D="DAV:" xmlns:HM="urn:schemas:httpmail:" xmlns:MH="urn:schemas:mailheader:" xmlns:CS="http://calendarserver.org/ns/" '
    'xmlns:I="urn:inverse:params:xml:ns:inverse-dav"'
)
FEW = ("LITERAL+", "UIDPLUS", "ESEARCH", "SORT", "CONDSTORE", "QRESYNC", "UNSELECT", "NAMESPACE", "ACL")


@pytest.fixture(scope="module")
def few_server() -> Iterator[Dovecot]:
    with Dovecot(["anna"], without=FEW) as server:
        yield server


@pytest.fixture(autouse=True)
def logged_in(monkeypatch: pytest.MonkeyPatch) -> None:
    """The directory keeps the login for the request, with the password of the mail server."""
    plain = People.authenticate

    async def authenticate(self: People, login: str, password: Secret, **more: object) -> object:
        user = await plain(self, login, password)
        acting.set(Acting(login, Secret(PASSWORD)))
        return user

    monkeypatch.setattr(People, "authenticate", authenticate)


@pytest.fixture(params=["all", "few"])
async def house(
    request: pytest.FixtureRequest, tmp_path: Path, dovecot_server: Dovecot, few_server: Dovecot
) -> AsyncIterator[House]:
    server = dovecot_server if request.param == "all" else few_server
    async for made in open_house(tmp_path, SOGoIMAPServer=server.url):
        yield made


@pytest.fixture
async def anna(house: House) -> Client:
    """With an empty mailbox `box`."""
    client = house.client("anna")
    for href in (await listed(client, f"{MAIL}0/")).hrefs:
        if href not in (f"{MAIL}0/", f"{MAIL}0/folderINBOX/", f"{MAIL}0/folderuser/"):
            assert (await client("DELETE", href.replace("%", "%25"))).status == 204
    assert (await client("MKCOL", f"{MAIL}0/box")).status == 201
    return client


async def listed(client: Client, path: str, *names: str, depth: str = "1") -> Answer:
    inner = "".join(f"<{name}/>" for name in names or ("D:displayname", "D:resourcetype"))
    body = f"<D:propfind {SPACES}><D:prop>{inner}</D:prop></D:propfind>"
    answer = await client("PROPFIND", path, body, Depth=depth)
    assert answer.status == 207, answer.text
    return answer


async def put(client: Client, octets: bytes, path: str = "0/folderbox/x.eml") -> str:
    answer = await client("PUT", MAIL + path, octets, Content_Type="message/rfc822")
    assert answer.status == 201, answer.text
    return answer.headers["Location"]


async def query(client: Client, filters: str = "", sort: str = "", props: str = "<D:displayname/>") -> Answer:
    body = f"<I:mail-query {SPACES}><D:prop>{props}</D:prop><I:mail-filters>{filters}</I:mail-filters>{sort}</I:mail-query>"
    answer = await client("REPORT", f"{MAIL}0/folderbox", body, Content_Type="text/xml")
    assert answer.status == 207, answer.text
    return answer


# --- the tree ---------------------------------------------------------------------------------------------------------


async def test_mail_is_listed_with_what_else_somebody_has(anna: Client) -> None:
    assert MAIL in (await listed(anna, "/SOGo/dav/anna/")).hrefs
    answer = await listed(anna, MAIL)
    assert answer.hrefs == [MAIL, f"{MAIL}0/"]
    assert answer.prop_text(MAIL, D + "displayname") == "Mail"
    assert answer.prop_text(f"{MAIL}0/", D + "displayname") == "anna@example.org"
    below = await listed(anna, f"{MAIL}0/")
    root = [f"{MAIL}0/folderuser/"] if f"{MAIL}0/folderuser/" in below.hrefs else []
    assert below.hrefs == [f"{MAIL}0/", f"{MAIL}0/folderINBOX/", f"{MAIL}0/folderbox/", *root]
    kind = below.prop(f"{MAIL}0/folderbox/", D + "resourcetype")
    assert kind is not None
    assert [one.tag for one in kind] == [D + "collection"]


async def test_where_the_mailboxes_of_others_would_be_is_listed(dovecot_server: Dovecot, tmp_path: Path) -> None:
    async for house in open_house(tmp_path, SOGoIMAPServer=dovecot_server.url):
        anna, path = house.client("anna"), f"{MAIL}0/folderuser/"
        assert path in (await listed(anna, f"{MAIL}0/")).hrefs
        assert (await listed(anna, path)).prop_text(path, D + "displayname") == "user"
        assert (await anna("PUT", path, LETTER)).status in {403, 404}
        assert (await anna("GET", f"{path}1.eml")).status == 404


async def test_labels_have_names_and_colours(anna: Client) -> None:
    labels = (await listed(anna, MAIL, "I:mails-labels", depth="0")).prop(MAIL, I + "mails-labels")
    assert labels is not None
    told = {one.get("id"): (one.get("color"), one.text) for one in labels}
    assert told["$label1"] == ("#FF0000", "Important")
    assert len(told) == 7


async def test_labels_can_be_chosen(anna: Client) -> None:
    async def change(inner: str, verb: str = "set") -> int:
        body = f"<D:propertyupdate {SPACES}><D:{verb}><D:prop><I:mails-labels>{inner}</I:mails-labels></D:prop></D:{verb}></D:propertyupdate>"
        answer = await anna("PROPPATCH", MAIL, body, Content_Type="text/xml")
        return answer.prop_status(MAIL, I + "mails-labels")

    async def told() -> dict[str | None, tuple[str | None, str | None]]:
        labels = (await listed(anna, MAIL, "I:mails-labels", depth="0")).prop(MAIL, I + "mails-labels")
        return {} if labels is None else {one.get("id"): (one.get("color"), one.text) for one in labels}

    assert await change("<I:label id='mine' color='#00ff00'>Meine</I:label>") == 200
    assert await told() == {"mine": ("#00ff00", "Meine")}
    for bad in (
        "<I:label id='a b' color='#00ff00'>x</I:label>",
        "<I:label id='a' color='red'>x</I:label>",
        "<I:label id='a' color='#00ff00'/>",
    ):
        assert await change(bad) == 409
    assert await told() == {"mine": ("#00ff00", "Meine")}
    assert await change("", "remove") == 200
    assert len(await told()) == 7


@pytest.mark.parametrize(
    ("name", "segment", "title"),
    [
        ("t%40x%20y", "foldert_A_x_SP_y", "t@x y"), ("t@x", "foldert_A_x", "t@x"), ("a_b", "foldera_U_b", "a_b"),
        ("Entw%C3%BCrfe", "folderEntw_AM_APw-rfe", "Entwürfe"), ("Entw_AM_APw-rfe", "folderEntw_AM_APw-rfe", "Entwürfe"),
        ("R%26D", "folderR_AM_-D", "R&D"), ("1st", "folder_1st", "1st"), ("folders", "folderfolders", "folders"), ("50%25", "folder_50%", "50%"),
        ("%22q%22", "folder_DQ_q_DQ_", '"q"'),
    ],
)  # fmt: skip
async def test_a_mailbox_of_any_name(anna: Client, name: str, segment: str, title: str) -> None:
    assert (await anna("MKCOL", f"{MAIL}0/{name}")).status == 201
    assert (await anna("MKCOL", f"{MAIL}0/{name}")).status == 500  # quirks.md
    path = f"{MAIL}0/{segment}/"
    answer = await listed(anna, f"{MAIL}0/")
    assert answer.prop_text(path, D + "displayname") == title
    assert (await listed(anna, path.replace("%", "%25"), depth="0")).prop_text(path, D + "displayname") == title
    assert (await anna("DELETE", path.replace("%", "%25"))).status == 204
    assert (await anna("PROPFIND", path.replace("%", "%25"), Depth="0")).status == 404


async def test_a_mailbox_as_people_write_it_is_found(anna: Client) -> None:
    assert (await anna("MKCOL", f"{MAIL}0/t%40x%20y")).status == 201
    assert (await listed(anna, f"{MAIL}0/foldert%40x%20y/", depth="0")).hrefs == [f"{MAIL}0/foldert_A_x_SP_y/"]


async def test_mailboxes_inside_of_mailboxes(anna: Client) -> None:
    assert (await anna("MKCOL", f"{MAIL}0/folderbox/sub")).status == 201
    assert (await anna("MKCOL", f"{MAIL}0/folderbox/foldersub/deep")).status == 201
    assert (await anna("MKCOL", f"{MAIL}0/foldernone/sub")).status == 409
    assert (await anna("MKCOL", f"{MAIL}0/x%2Fy")).status == 400
    deep = f"{MAIL}0/folderbox/foldersub/folderdeep/"
    assert (await listed(anna, f"{MAIL}0/folderbox/")).hrefs == [f"{MAIL}0/folderbox/", f"{MAIL}0/folderbox/foldersub/"]
    assert (await listed(anna, deep)).hrefs == [deep]
    location = await put(anna, LETTER, "0/folderbox/foldersub/folderdeep")
    assert location.endswith(deep + "1.eml")
    assert (await anna("DELETE", f"{MAIL}0/folderbox")).status == 204
    assert (await anna("PROPFIND", deep, Depth="0")).status == 404
    assert (await anna("DELETE", f"{MAIL}0/folderINBOX")).status == 403


@pytest.mark.parametrize(
    "path", ["1/", "00/", "0/box/", "0/folder/", "0/foldernone/", "0/foldera_", "0/folderbox/9.eml", "0/folderbox/x"]
)
async def test_what_is_not_there(anna: Client, path: str) -> None:
    for method in ("PROPFIND", "GET", "DELETE"):
        assert (await anna(method, MAIL + path, Depth="0")).status == 404


async def test_mail_is_listed_one_level_at_a_time(anna: Client) -> None:
    answer = await anna("PROPFIND", f"{MAIL}0/", Depth="infinity")
    assert (answer.status, answer.condition) == (403, D + "propfind-finite-depth")
    answer = await anna("PROPFIND", "/SOGo/dav/anna/", Depth="infinity")
    assert answer.status == 207
    assert MAIL in answer.hrefs
    assert not [href for href in answer.hrefs if href.startswith(f"{MAIL}0")]


async def test_nobody_reads_the_mail_of_others(house: House, anna: Client) -> None:
    for login in ("ben", "root"):
        other = house.client(login)
        assert MAIL not in (await listed(other, "/SOGo/dav/anna/")).hrefs
        for path in (MAIL, f"{MAIL}0/", f"{MAIL}0/folderINBOX/"):
            assert (await other("PROPFIND", path, Depth="0")).status == 403
    assert (await house.client(None)("PROPFIND", MAIL, Depth="0")).status == 401


async def test_the_ctag_changes_with_every_message(anna: Client) -> None:
    async def ctag() -> str:
        path = f"{MAIL}0/folderbox/"
        return (await listed(anna, f"{MAIL}0/", "CS:getctag")).prop_text(path, CS + "getctag")

    tags = [await ctag()]
    await put(anna, LETTER)
    tags.append(await ctag())
    assert (await anna("DELETE", f"{MAIL}0/folderbox/1.eml")).status == 204
    tags.append(await ctag())
    assert len(set(tags)) == 3
    assert tags[1].startswith("2-")


# --- messages ---------------------------------------------------------------------------------------------------------


async def test_a_message_is_put_got_and_deleted(anna: Client) -> None:
    for number, path in enumerate(("0/folderbox", "0/folderbox/", "0/folderbox/any.eml", "0/folderbox/77.eml"), 1):
        location = await put(anna, LETTER, path)
        assert location.startswith("http://127.0.0.1:")
        assert location.endswith(f"{MAIL}0/folderbox/{number}.eml")
    path = f"{MAIL}0/folderbox/1.eml"
    answer = await anna("GET", path)
    assert (answer.status, answer.body, answer.headers["Content-Type"]) == (200, LETTER, "message/rfc822")
    assert (await anna("HEAD", path)).headers["Content-Length"] == str(len(LETTER))
    assert (await anna("GET", path, If_None_Match=answer.etag)).status == 304
    again = await anna("PUT", path, LETTER)
    assert (again.status, "Can't overwrite messages" in again.text) == (403, True)
    assert (await anna("DELETE", path, If_Match='"other"')).status == 412
    assert (await anna("DELETE", path, If_Match=answer.etag)).status == 204
    assert (await anna("GET", path)).status == 404
    assert len((await query(anna)).hrefs) == 3


async def test_line_ends_are_those_of_mail(anna: Client) -> None:
    location = await put(anna, b"Subject: x\n\na\r\nb\n")
    assert (await anna("GET", location[location.index("/SOGo") :])).body == b"Subject: x\r\n\r\na\r\nb\r\n"
    assert (await anna("PUT", f"{MAIL}0/folderbox", b"")).status == 400
    assert (await anna("PUT", f"{MAIL}0/folderbox", b"Subject: \0\r\n\r\n")).status == 400


async def test_a_long_message_comes_whole(anna: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sessions, "CHUNK_BYTES", 1000)
    monkeypatch.setattr("sogo.dav.mail_methods.CHUNK_BYTES", 1000)
    for size in (1000, 4500):
        octets = letter("long", body="x" * 60 + "\r\n") + b"y" * size
        location = await put(anna, octets)
        assert (await anna("GET", location[location.index("/SOGo") :])).body == octets


PROPS = (
    "<D:displayname/><D:getcontentlength/><D:getetag/><D:getcontenttype/><HM:date/><HM:hasattachment/><HM:read/><HM:textdescription/>"
    "<HM:unreadcount/><MH:cc/><MH:date/><MH:from/><MH:in-reply-to/><MH:message-id/><MH:received/><MH:references/><MH:subject/><MH:to/>"
)


async def test_a_message_tells_what_it_is(anna: Client) -> None:
    await put(anna, LETTER)
    path = f"{MAIL}0/folderbox/1.eml"
    names = [name.strip("</>") for name in PROPS.split("><")]
    for answer in (
        await query(anna, props=PROPS), await listed(anna, path, *names, depth="0"), await listed(anna, f"{MAIL}0/folderbox/", *names),
    ):  # fmt: skip
        told = {name: answer.prop_text(path, name) for name in (
            D + "displayname", D + "getcontentlength", HM + "date", HM + "hasattachment", HM + "read", HM + "unreadcount", MH + "date",
            MH + "cc", MH + "from", MH + "to", MH + "in-reply-to", MH + "message-id", MH + "references", MH + "subject", HM + "textdescription",
        )}  # fmt: skip
        assert told == {
            D + "displayname": "Grüße x", D + "getcontentlength": str(len(LETTER)), HM + "date": "Mon, 11 Jan 2027 07:00:00 GMT",
            HM + "hasattachment": "0", HM + "read": "0", HM + "unreadcount": "", MH + "date": "Mon, 11 Jan 2027 07:00:00 GMT",
            MH + "cc": '"three@example.com" <three@example.com>', MH + "from": '"One" <one@example.com>',
            MH + "to": '"two@example.com" <two@example.com>, "Café" <c@example.com>', MH + "in-reply-to": "",
            MH + "message-id": "<rig-1@example.com>", MH + "references": "<a@b> <c@d>", MH + "subject": "Grüße x",
            HM + "textdescription": "<![CDATA[" + LETTER.decode().replace("\r\n", "\n") + "]]>",
        }  # fmt: skip


# --- mail-query -------------------------------------------------------------------------------------------------------

LETTERS = (
    letter("b", date="Mon, 11 Jan 2027 09:00:00 +0000"),
    letter("Re: a", date="Tue, 12 Jan 2027 09:00:00 +0000", sender="Zoe <zoe@example.com>", cc=None, body="needle\r\n"),
    letter(
        "c",
        date="Sun, 10 Jan 2027 23:30:00 +0000",
        sender="ada@example.com",
        cc="alpha@example.com",
        to="two@x.example",
        body="x" * 500 + "\r\n",
    ),
)
FILTERS = {
    "": [1, 2, 3],
    "<I:sent-date from='20270111T000000Z'/>": [1, 2],
    "<I:sent-date from='20270111T120000Z' to='20270111T120000Z'/>": [1],
    "<I:sent-date from='20270110T000000Z' to='20270112T000000Z'/>": [1, 3],
    "<I:sent-date to='20270111T000000Z'/>": [3],
    "<I:sent-date not='true' to='20270111T000000Z'/>": [1, 2],
    "<I:date from='20200101T000000Z'/>": [1, 2, 3],
    "<I:receive-date to='20200101T000000Z'/>": [],
    "<I:uid from='2'/>": [2, 3],
    "<I:uid to='2'/>": [1, 2],
    "<I:uid from='2' to='*'/>": [2, 3],
    "<I:uid from='9'/>": [],
    "<I:uid from='1' to='2' not='1'/>": [3],
    "<I:size min='500'/>": [3],
    "<I:size max='500'/>": [1, 2],
    "<I:size min='10' max='10'/>": [],
    "<I:from match='ZOE'/>": [2],
    "<I:from not='' match='zoe'/>": [1, 3],
    "<I:to match='two@x'/>": [3],
    "<I:cc match='alpha'/>": [3],
    "<I:cc match='alpha'/><I:from match='zoe'/>": [],
    "<I:body match='NEEDLE'/>": [2],
    "<I:body match='quo&quot;te) LOGOUT'/>": [],
    "<I:subject match='é'/>": [],
    "<I:keywords match='$label1'/>": [],
    "<I:keywords match='no word' not='1'/>": [1, 2, 3],
    "<I:seen/>": [],
    "<I:seen not='1'/>": [1, 2, 3],
    "<I:deleted/>": [],
    "<I:draft not='1'/><I:flagged not='1'/><I:answered not='1'/>": [1, 2, 3],
    "<I:sequence from='2'/><I:other/>": [1, 2, 3],
}
SORTS = {
    "MH:received": [1, 2, 3], "MH:date": [3, 1, 2], "MH:from": [3, 1, 2], "MH:cc": [2, 3, 1], "MH:subject": [2, 1, 3],
    "D:displayname": [2, 1, 3], "D:getcontentlength": [2, 1, 3], "MH:to": [1, 2, 3], "MH:other": [1, 2, 3],
}  # fmt: skip
"""In rising order. What is equal stays in the order of UIDs, also where the order falls."""
EQUAL = {"MH:received", "MH:to", "MH:other"}


async def test_filters_and_orders(anna: Client) -> None:
    for octets in LETTERS:
        await put(anna, octets)

    def uids(answer: Answer) -> list[int]:
        assert all(href.startswith(f"{MAIL}0/folderbox/") for href in answer.hrefs)
        return [int(href.rpartition("/")[2].removesuffix(".eml")) for href in answer.hrefs]

    for filters, found in FILTERS.items():
        assert uids(await query(anna, filters)) == found, filters
    for key, order in SORTS.items():
        assert uids(await query(anna, "", f"<I:sort order='ascending'><{key}/></I:sort>")) == order, key
        falling = uids(await query(anna, "<I:uid from='2'/>", f"<I:sort order='descending'><{key}/></I:sort>"))
        rising = [uid for uid in order if uid != 1]
        if key not in EQUAL:
            assert falling == rising[::-1], key


@pytest.mark.parametrize(
    "filters", ["<I:date from='tomorrow'/>", "<I:uid from='x'/>", "<I:size min='-1'/>", "<I:size min='99999999999'/>"]
)
async def test_a_filter_that_cannot_be_read_is_refused(anna: Client, filters: str) -> None:
    body = f"<I:mail-query {SPACES}><I:mail-filters>{filters}</I:mail-filters></I:mail-query>"
    assert (await anna("REPORT", f"{MAIL}0/folderbox", body, Content_Type="text/xml")).status == 400


# --- when the mail server is away -------------------------------------------------------------------------------------


@pytest.fixture
async def lonely(tmp_path: Path) -> AsyncIterator[House]:
    async for made in open_house(tmp_path, SOGoIMAPServer=f"imap://127.0.0.1:{free_port()}"):
        yield made


async def test_a_mail_server_that_is_away_is_in_nobodys_way(lonely: House) -> None:
    anna = lonely.client("anna")
    assert MAIL in (await listed(anna, "/SOGo/dav/anna/")).hrefs
    assert (await listed(anna, MAIL)).hrefs == [MAIL, f"{MAIL}0/"]
    assert (await anna.propfind("/SOGo/dav/anna/Calendar/", "D:displayname", depth="1")).status == 207
    for method, path in (
        ("PROPFIND", "0/folderINBOX/"),
        ("GET", "0/folderINBOX/1.eml"),
        ("MKCOL", "0/x"),
        ("PUT", "0/folderINBOX"),
    ):
        answer = await anna(method, MAIL + path, b"" if method in {"PROPFIND", "GET", "MKCOL"} else LETTER, Depth="0")
        assert (answer.status, "Retry-After" in answer.headers) == (503, True)


async def test_a_password_that_the_mail_server_does_not_take_is_no_reason_to_ask_for_another(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(People, "authenticate", wrong_password(People.authenticate))
    anna = house.client("anna")
    assert (await anna("PROPFIND", f"{MAIL}0/folderINBOX/", Depth="0")).status == 502
    assert (await anna.propfind("/SOGo/dav/anna/Calendar/", "D:displayname")).status == 207


async def test_a_front_end_passes_the_password_on(dovecot_server: Dovecot, tmp_path: Path) -> None:
    """Checked by the mail server alone. Without one there is no mail, and everything else."""
    config = {"SOGoIMAPServer": dovecot_server.url, "SOGoTrustProxyAuthentication": "YES"}
    async for house in open_house(tmp_path, **config):
        nobody, told = house.client(None), {"x_webobjects_remote_user": "anna", "x_webobjects_auth_type": "Basic"}
        for password, status in ((PASSWORD, 207), ("wrong", 502), (None, 502), (PASSWORD, 207)):
            basic = b64encode(f"anna:{password}".encode()).decode()
            login = {"Authorization": f"Basic {basic}"} if password is not None else {}
            answer = await nobody("PROPFIND", f"{MAIL}0/folderINBOX/", Depth="0", **told, **login)
            assert answer.status == status
        assert (await nobody("PROPFIND", "/SOGo/dav/anna/Calendar/", Depth="0", **told)).status == 207


def wrong_password(plain: object) -> object:
    async def authenticate(self: People, login: str, password: Secret, **more: object) -> object:
        user = await plain(self, login, password)  # type: ignore[operator]
        acting.set(Acting(login, Secret("wrong")))
        return user

    return authenticate


async def test_many_requests_at_once(anna: Client) -> None:
    await put(anna, LETTER)
    answers = await asyncio.gather(*(anna("GET", f"{MAIL}0/folderbox/1.eml") for _ in range(12)))
    assert {(answer.status, answer.body) for answer in answers} == {(200, LETTER)}


# --- rights -----------------------------------------------------------------------------------------------------------


async def acl(client: Client, inner: str, path: str = "0/folderbox") -> Answer:
    body = f'<acl-query xmlns="urn:inverse:params:xml:ns:inverse-dav">{inner}</acl-query>'
    return await client("POST", MAIL + path, body, Content_Type="text/xml")


async def test_rights_are_roles(dovecot_server: Dovecot, tmp_path: Path) -> None:
    async for house in open_house(tmp_path, SOGoIMAPServer=dovecot_server.url):
        anna = house.client("anna")
        await anna("DELETE", f"{MAIL}0/folderbox")
        assert (await anna("MKCOL", f"{MAIL}0/box")).status == 201
        own = await acl(anna, '<roles user="anna"/>')
        assert [one.tag for one in own.xml] == [
            "Owner", "FolderViewer", "ObjectViewer", "MailWriter", "MailSeenKeeper", "ObjectEraser", "ObjectCreator", "MailPoster",
            "MailExpunger", "FolderCreator", "FolderEraser", "MailAdministrator",
        ]  # fmt: skip
        assert (await acl(anna, '<roles user="ben"/>')).status == 204
        assert (
            await acl(anna, '<set-roles user="ben"><ObjectViewer/><FolderViewer/><Other/></set-roles>')
        ).status == 204
        assert (await acl(anna, '<set-roles user="&lt;default&gt;"><FolderViewer/></set-roles>')).status == 204
        assert [one.tag for one in (await acl(anna, '<roles user="ben"/>')).xml] == ["FolderViewer", "ObjectViewer"]
        users = (await acl(anna, "<user-list/>")).xml
        assert users.findtext("default-user/id") == "anyone"
        assert {(one.findtext("id"), one.findtext("email")) for one in users.findall("user")} == {
            ("anna", "anna@example.org"), ("ben", "ben@example.org"),
        }  # fmt: skip
        for refused in (
            '<set-roles user="anna"><FolderViewer/></set-roles>',
            '<set-roles user="-ben"/>',
            '<remove-user user=""/>',
            "<x/>",
            "",
        ):
            assert (await acl(anna, refused)).status == 400
        assert (await acl(anna, '<remove-user user="ben"/>')).status == 204
        assert (await acl(anna, '<roles user="ben"/>')).status == 204
        assert (await acl(anna, "<user-list/>", "0")).status == 400


async def test_a_server_without_rights_gives_none(few_server: Dovecot, tmp_path: Path) -> None:
    async for house in open_house(tmp_path, SOGoIMAPServer=few_server.url):
        assert (await acl(house.client("anna"), "<user-list/>", "0/folderINBOX")).status == 400


@pytest.mark.parametrize("path", ["", "0/", "0/folderbox/", "0/folderbox/1.eml", "0/folderbox/free"])
async def test_whatever_else_is_asked_of_mail_is_refused_in_order(anna: Client, path: str) -> None:
    await put(anna, LETTER)
    proppatch = f"<D:propertyupdate {SPACES}><D:set><D:prop><D:displayname>x</D:displayname><x>y</x></D:prop></D:set></D:propertyupdate>"
    lock = f"<D:lockinfo {SPACES}><D:lockscope><D:exclusive/></D:lockscope><D:locktype><D:write/></D:locktype></D:lockinfo>"
    for method, body in (
        ("PROPPATCH", proppatch), ("LOCK", lock), ("UNLOCK", None), ("MOVE", None), ("COPY", None), ("ACL", f"<D:acl {SPACES}/>"), ("MKCALENDAR", None),
        ("POST", "<x/>"), ("REPORT", f"<D:sync-collection {SPACES}><D:sync-token/></D:sync-collection>"), ("REPORT", f"<D:expand-property {SPACES}/>"),
        ("PROPFIND", f"<D:propfind {SPACES}><D:allprop/></D:propfind>"), ("PROPFIND", f"<D:propfind {SPACES}><D:propname/></D:propfind>"),
    ):  # fmt: skip
        answer = await anna(
            method, MAIL + path, body, Depth="0", Content_Type="text/xml", Destination=f"{MAIL}0/folderINBOX/x.eml", Lock_Token="<urn:x>",
        )  # fmt: skip
        assert answer.status < 500, (method, answer.status, answer.text)
        if method in {"PROPPATCH", "LOCK", "MOVE", "COPY"}:
            assert answer.status in {207, 403, 404, 405, 409}, (method, answer.status)
    assert (await anna("GET", f"{MAIL}0/folderbox/1.eml")).status == 200
    options = await anna("OPTIONS", MAIL + path)
    assert options.status == 200
    assert "access-control" in options.headers["DAV"]
