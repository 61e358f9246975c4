"""Octets of strangers against everything that reads them: `scripts/fuzz` looks for new ones, tests/codec keeps the found."""
