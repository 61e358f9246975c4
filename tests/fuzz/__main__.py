"""Looks for octets that any reader of strangers' input cannot stand. `scripts/fuzz --help` says how."""

from __future__ import annotations

import argparse
import hashlib
import importlib.util
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.fuzz import growth
from tests.fuzz.corpus import WORDS, seeds
from tests.fuzz.found import Watch
from tests.fuzz.mutate import mutated
from tests.fuzz.targets import TARGETS

MAX_OCTETS = 8_192
TIMEOUT_SECONDS = 20
MEMORY_MIB = 1_500


def guided(target: str, seconds: int, folder: Path) -> int:
    """Coverage tells where to go on. 0, unless the process ended otherwise than by its time."""
    with tempfile.TemporaryDirectory(prefix="sogo-fuzz-") as name:
        corpus = Path(name, "corpus")
        corpus.mkdir()
        for number, data in enumerate(seeds(target)):
            (corpus / f"{number:04d}").write_bytes(data)
        words = Path(name, "words")
        words.write_text("".join(f'"{_escaped(word)}"\n' for word in WORDS))
        command = [
            *(sys.executable, "-m", "tests.fuzz.guided", target, str(folder), f"-dict={words}", "-print_final_stats=1"),
            *(f"-max_total_time={seconds}", f"-max_len={MAX_OCTETS}", f"-timeout={TIMEOUT_SECONDS}", "-verbosity=0"),
            *(f"-rss_limit_mb={MEMORY_MIB}", f"-artifact_prefix={folder}/{target}-", str(corpus)),
        ]
        return subprocess.run(command, check=False).returncode


def _escaped(word: str) -> str:
    return "".join(
        chr(octet) if 32 < octet < 127 and octet not in b'"\\' else f"\\x{octet:02x}" for octet in word.encode()
    )


def blind(target: str, seconds: int, folder: Path, seed: int) -> None:
    """Mutations of the corpus, one after the other; how many there were is printed."""
    watch, source, count = Watch(target, folder), random.Random(seed), 0
    starts, until = list(seeds(target)), time.monotonic() + seconds
    while time.monotonic() < until:
        watch(mutated(source, starts))
        count += 1
    print(f"{target}: {count} mutated inputs", flush=True)


def growing(target: str, seconds: int, folder: Path, seed: int) -> None:
    """Inputs whose time grows faster than their size."""
    for ratio, data in growth.look(target, list(seeds(target)), seconds, seed):
        name = f"{target}-grows-{hashlib.sha256(data).hexdigest()[:8]}"
        (folder / name).write_bytes(data)
        print(f"FOUND {name}: four times the size takes {ratio:.0f} times as long", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(prog="scripts/fuzz", description=__doc__)
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=f"of {', '.join(TARGETS)}; all when none is named")
    parser.add_argument(
        "--seconds", type=int, default=60, help="for each target, shared by mutation, growth and coverage"
    )
    parser.add_argument("--seed", type=int, default=int(time.time()), help="of the mutations, to see them again")
    parser.add_argument("--found", type=Path, default=Path(".cache/fuzz/found"), help="where findings are written")
    options = parser.parse_args()
    unknown = set(options.targets) - set(TARGETS)
    if unknown:
        parser.error(f"no target {', '.join(sorted(unknown))}")
    options.found.mkdir(parents=True, exist_ok=True)
    before, failed = set(options.found.iterdir()), []
    has_guide = importlib.util.find_spec("atheris") is not None
    for target in options.targets or TARGETS:
        print(f"== {target}", flush=True)
        share = options.seconds // (3 if has_guide else 2)
        blind(target, share, options.found, options.seed)
        growing(target, share, options.found, options.seed)
        if has_guide and guided(target, share, options.found):
            failed.append(target)
    new = sorted(set(options.found.iterdir()) - before)
    print("\n".join(["", *(f"found: {path}" for path in new), f"{len(new)} files, ended early: {failed or 'none'}"]))
    sys.exit(1 if new or failed else 0)


if __name__ == "__main__":
    main()
