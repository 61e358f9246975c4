"""SOGo: a groupware server on asyncio. docs/house.md tells how one request travels through it."""

from importlib.metadata import PackageNotFoundError, version

try:
    __version__ = version("sogo")
except PackageNotFoundError:  # run from a checkout that was never installed
    __version__ = "6.0.0.dev0"
