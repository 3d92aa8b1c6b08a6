"""The kernel's half of the owner's page: a frame, and sections that each say one thing."""
