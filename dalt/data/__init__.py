"""Raw data in (``readers/``), labels in and out (``exchange/``)."""
