"""What leaves the home as points for a time-series store, and the one filter that asks for consent."""
