"""``project.toml``: `project_file` reads and writes it, the other modules are its parts."""
