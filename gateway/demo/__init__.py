"""`kinlight demo`: a simulated home in the terminal, watched by the real daemon."""
