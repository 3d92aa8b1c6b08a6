"""Commands of the command line that outgrew its file (floor 6)."""
