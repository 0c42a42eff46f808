"""Grafana: provisioning of dashboards, data source and alert rules, by HTTP or by files."""
