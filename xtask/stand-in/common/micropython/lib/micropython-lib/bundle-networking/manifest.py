require("ntptime")
