"""The data card: what a project's labels are, how they came about, and how good they are."""
