"""Who is told what: the life of an alert, its journal, its words, its delivery, and the answers to it."""
