# A module of the stand-in.


def name():
    return "apa106"
