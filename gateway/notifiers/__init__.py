"""How people are told: one file a channel, found by `gateway.config.plugins`."""
