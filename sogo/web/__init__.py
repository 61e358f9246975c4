"""What a browser sees. Today one page that says what runs here and where clients connect; the interface joins it."""
