"""What `sogo-tool` does, one file per command. A command gets a site and its words, writes to standard output and
returns an exit code: 0, or 255 as the original (tools.md §1)."""
