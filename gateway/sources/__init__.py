"""Where bytes come from: each source stamps what arrives and puts it in the inbox, nothing more."""
