"""No coroutine calls what blocks the event loop. What has to block goes to an executor as a function, not as a call."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tests.house.source import modules

BLOCKING_CALLS = {
    "open", "input", "time.sleep", "os.system", "os.popen", "os.fsync", "os.waitpid", "io.open", "sqlite3.connect",
    "socket.create_connection", "socket.gethostbyname", "socket.getaddrinfo", "urllib.request.urlopen",
    "shutil.rmtree", "shutil.copyfile", "shutil.copytree", "shutil.move", "tempfile.mkdtemp", "tempfile.mkstemp",
    "hashlib.pbkdf2_hmac", "hashlib.scrypt",
}  # fmt: skip
BLOCKING_MODULES = {"subprocess", "requests", "ldap3", "pymysql", "smtplib", "imaplib", "urllib"}
BLOCKING_METHODS = {
    "read_text",
    "write_text",
    "read_bytes",
    "write_bytes",
    "unlink",
    "mkdir",
    "rmdir",
    "iterdir",
    "glob",
}


def test_no_coroutine_calls_what_blocks() -> None:
    offenders = [
        f"{module.path}:{call.lineno} {name}() in async {function.name}"
        for module in modules()
        for function in ast.walk(module.tree)
        if isinstance(function, ast.AsyncFunctionDef)
        for call in _calls(function)
        if _blocks(name := _dotted(call.func))
    ]
    assert not offenders, "\n".join(offenders)


def test_the_check_sees_a_sleep_and_lets_an_executor_pass() -> None:
    code = "async def f(p, loop):\n time.sleep(1)\n p.read_text()\n await loop.run_in_executor(None, p.read_text)\n"
    function = ast.parse(code).body[0]
    assert isinstance(function, ast.AsyncFunctionDef)
    found = [_dotted(call.func) for call in _calls(function)]
    assert [name for name in found if _blocks(name)] == ["time.sleep", "p.read_text"]


def _calls(function: ast.AsyncFunctionDef) -> Iterator[ast.Call]:
    """The calls made by the coroutine itself; functions and lambdas defined inside run elsewhere."""
    pending: list[ast.AST] = list(function.body)
    while pending:
        node = pending.pop(0)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            continue
        if isinstance(node, ast.Call):
            yield node
        pending.extend(ast.iter_child_nodes(node))


def _dotted(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return f"{_dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""


def _blocks(name: str) -> bool:
    first, _, last = name.rpartition(".")
    return name in BLOCKING_CALLS or name.split(".")[0] in BLOCKING_MODULES or bool(first and last in BLOCKING_METHODS)
