# A module of the stand-in.


def name():
    return "ds18x20"
