"""What an annotator's session is made of; `dalt.session` puts it together."""
