"""What readings mean. Imports numpy and nothing of ours outside this package."""
