#!/usr/bin/env python3
"""Ask a running SOGo 5 what quick rows it writes, and keep the answers as test vectors.

Each `*.ics` and `*.vcf` of the vector folder is PUT into the personal calendar or address book of one user; then the
quick row and the stored text are read from the database and written beside it:

    <name>.json     the time of recording, the HTTP status of the PUT, and the quick row (null when none was written)
    <name>.stored   the text as that server stored it, which is what it computed the row from

The server must use PostgreSQL in the layout of shared tables. Objects are removed again afterwards. Rows with alarms
of recurring events depend on the time of recording, hence `recorded`.

    scripts/record_quick_vectors.py BASE_URL DATABASE_URL USER PASSWORD [--only GLOB]
"""

from __future__ import annotations

import argparse
import asyncio
import datetime as dt
import json
from pathlib import Path

import aiohttp
import asyncpg

VECTORS = Path(__file__).resolve().parent.parent / "tests" / "vectors" / "quick"
NOT_OURS = {"c_folder_id", "c_name"}


async def record(arguments: argparse.Namespace) -> None:
    connection = await asyncpg.connect(arguments.database_url)
    login = {"Authorization": aiohttp.encode_basic_auth(arguments.user, arguments.password)}
    async with aiohttp.ClientSession(headers=login, timeout=aiohttp.ClientTimeout(total=60)) as client:
        for path in sorted(VECTORS.glob(arguments.only)):
            if path.suffix in (".ics", ".vcf"):
                await record_one(path, client, connection, arguments)
    await connection.close()


async def record_one(
    path: Path, client: aiohttp.ClientSession, connection: asyncpg.Connection, arguments: argparse.Namespace
) -> None:
    event = path.suffix == ".ics"
    module, table = ("Calendar", arguments.appointments) if event else ("Contacts", arguments.contacts)
    url = f"{arguments.base_url}/SOGo/dav/{arguments.user}/{module}/personal/{path.name}"
    (await client.delete(url)).release()
    now = dt.datetime.now(dt.UTC).replace(microsecond=0)
    kind = "text/calendar" if event else "text/vcard"
    headers = {"Content-Type": f"{kind}; charset=utf-8", "Connection": "close"}
    async with client.put(url, data=_sent(path), headers=headers) as answer:
        status = answer.status
    folder = await connection.fetchval(
        f"SELECT c_folder_id FROM {arguments.folders} WHERE c_path = $1",
        f"/Users/{arguments.user}/{module}/personal",
    )
    row = await connection.fetchrow(f"SELECT * FROM {table} WHERE c_folder_id = $1 AND c_name = $2", folder, path.name)
    stored = await connection.fetchval(
        f"SELECT c_content FROM {arguments.store} WHERE c_folder_id = $1 AND c_name = $2 AND c_deleted IS NULL",
        folder,
        path.name,
    )
    quick = {key: value for key, value in dict(row).items() if key not in NOT_OURS} if row is not None else None
    _keep(path, {"recorded": now.isoformat().replace("+00:00", "Z"), "status": status, "row": quick}, stored)
    (await client.delete(url)).release()
    print(path.name, status, "row" if quick else "no row")


def _sent(path: Path) -> bytes:
    return path.read_bytes()


def _keep(path: Path, answer: dict[str, object], stored: str | None) -> None:
    path.with_suffix(".json").write_text(json.dumps(answer, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    path.with_suffix(".stored").unlink(missing_ok=True)
    if stored is not None:
        path.with_suffix(".stored").write_bytes(stored.encode())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("base_url", help="such as http://HOST:PORT")
    parser.add_argument("database_url", help="postgresql://USER:PASSWORD@HOST:PORT/DATABASE")
    parser.add_argument("user")
    parser.add_argument("password")
    parser.add_argument("--only", default="*", help="a glob over the file names")
    parser.add_argument("--store", default="sogo_store")
    parser.add_argument("--appointments", default="sogo_quick_appointment")
    parser.add_argument("--contacts", default="sogo_quick_contact")
    parser.add_argument("--folders", default="sogo_folder_info")
    asyncio.run(record(parser.parse_args()))


if __name__ == "__main__":
    main()
