"""Labels from files: what they mean in this project, and what of them cannot be taken."""
