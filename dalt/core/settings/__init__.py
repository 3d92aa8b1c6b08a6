"""``project.toml``: `project_file` reads and writes it, the others are its parts."""
