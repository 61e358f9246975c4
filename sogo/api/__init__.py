"""The small JSON API at /SOGo/SOGoAPI (tools.md §8)."""
