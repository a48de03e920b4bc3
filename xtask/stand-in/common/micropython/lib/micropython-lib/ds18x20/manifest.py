metadata(version="0.1.0")
module("ds18x20.py")
