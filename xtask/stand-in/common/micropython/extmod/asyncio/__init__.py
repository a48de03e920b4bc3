# A package of the stand-in.
from .core import *
