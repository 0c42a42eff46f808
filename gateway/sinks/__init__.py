"""Where summaries go: one file a store."""
