"""The terms in which rules and the core speak: channel, finding, time, plain words."""
