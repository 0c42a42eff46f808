"""The two configuration files, read strictly: every fault with file, line, key and the mend."""
