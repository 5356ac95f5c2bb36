"""A codebook as a file: TOML, CSV, and by way of exports.refi a .qdc."""
