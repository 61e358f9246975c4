"""Mixed load for a long time, and whether the server is afterwards as it was before: `scripts/soak`."""
