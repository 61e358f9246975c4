"""Where things are kept: `interface` says what a store does, `sql` does it, `memory` and `memcached` are caches."""
