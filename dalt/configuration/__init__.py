"""What `dalt.settings` is made of: the parts of ``project.toml``."""
