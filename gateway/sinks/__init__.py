"""Where summaries go: one file a store, found by `gateway.config.plugins`."""
