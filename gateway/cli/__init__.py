"""The commands of `kinlight`, by who uses them. Heavy imports stand inside the commands, so that each starts fast."""
