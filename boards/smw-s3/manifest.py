# The port's own manifest comes first: without its _boot.py there is no filesystem.
include("$(PORT_DIR)/boards/manifest.py")

freeze("frozen")
