"""The domain's values: records, classes, regions, errors, settings."""
