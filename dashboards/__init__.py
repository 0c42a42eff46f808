"""Dashboards as code: one list of panels for each question, from which JSON for two kinds of store is made."""
