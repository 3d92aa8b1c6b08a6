"""The model server; `dalt.server.rest.app` puts it together."""
