"""Serving a team: logins, limits and the page's server process."""
