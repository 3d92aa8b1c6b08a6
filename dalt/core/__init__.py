"""The values that all of DALT speaks in: records, classes, regions, errors, settings."""
