"""SQLite files that survive a power cut: the journal, its repair, and the queue of the thread that writes."""
