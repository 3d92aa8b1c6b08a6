"""What both servers check before anything reads a request: connections and host names."""
