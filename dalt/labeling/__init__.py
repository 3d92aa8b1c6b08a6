"""One annotator's session; `dalt.labeling.session` puts it together."""
