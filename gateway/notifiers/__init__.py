"""How people are told: one file a channel."""
