//! The codes of findings about ESP-IDF's own Kconfig files: E0380 to E0389. What is wrong with a request is in
//! `sdkconfig::codes`.

crate::codes! {
    UNREADABLE = "E0380", "a Kconfig line cannot be read",
        "The line is not in the Kconfig language as ESP-IDF 5 and 6 use it. It is passed over, and what it says is not \
         known to the checks before configure; the gate after configure asks ESP-IDF itself.";
    UNBALANCED = "E0381", "a Kconfig block is not closed, or closed twice",
        "`menu`, `choice` and `if` end with `endmenu`, `endchoice` and `endif` in the file that they begin in.";
    MISSING_SOURCE = "E0382", "a Kconfig file that another one names is missing",
        "`source` and `rsource` name a file that must exist; the `o` in `osource` and `orsource` allows its absence.";
    CYCLE = "E0383", "Kconfig files or blocks stand within one another without end",
        "A file that includes itself is not read again, and what stands within more than 200 blocks is taken for n.";
    LOOP = "E0384", "Kconfig symbols depend on one another in a circle, or too deeply",
        "The value of such a symbol cannot be computed; where the circle closes it is taken for n.";
    NOT_EVALUATED = "E0385", "a Kconfig statement is read and not evaluated",
        "No ESP-IDF release up to 6.0 uses it. Values that follow from it are not known to the checks before configure.";
    UNSET_VARIABLE = "E0386", "a Kconfig file is named by an environment variable that is not set",
        "ESP-IDF's build sets the variables that its own files use. The file is not read.";
    NOT_TEXT = "E0387", "a Kconfig file is not UTF-8",
        "Bytes that are no text are read as a replacement character.";
}
