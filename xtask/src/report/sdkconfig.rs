//! One symbol of an sdkconfig as a person reads it.

use crate::report::wrap;
use crate::sdkconfig::{Beaten, Explanation, KconfigFacts, SetBy};

const WIDTH: usize = 92;

/// Who set it and whom it beat, then what Kconfig says of it. `names`: the one that was asked for, and the present one.
/// `absent`: why there are no facts.
pub fn explanation(
    id: &str,
    (name, present): (&str, &str),
    explanation: Option<&Explanation>,
    facts: Option<&KconfigFacts>,
    absent: &str,
) -> String {
    let mut text = match explanation {
        Some(symbol) => layers(id, symbol),
        None => format!("{id}: CONFIG_{present} is set by no layer\n"),
    };
    if present != name {
        text += &format!("  CONFIG_{name} is a former name of it\n");
    }
    let Some(facts) = facts else {
        return format!("{text}  {absent}\n");
    };
    let asked = explanation.map(|symbol| symbol.value.as_str());
    text += &match asked {
        Some(asked) if same(asked, &facts.value) => format!("  comes to {}\n", facts.value),
        Some(_) => format!("  comes to {}: the value that is asked for has no effect\n", facts.value),
        None => format!("  comes to {}\n", facts.value),
    };
    text + "\n" + &kconfig(facts)
}

/// `0x10` and `16` are one value; what Kconfig keeps is the text that it was given.
fn same(asked: &str, found: &str) -> bool {
    asked == found || asked.trim_start_matches("0x") == found.trim_start_matches("0x")
}

fn layers(id: &str, symbol: &Explanation) -> String {
    let mut text = format!("{id}: CONFIG_{}={}\n", symbol.name, symbol.value);
    let written = symbol.written_as.as_ref().map(|name| format!(" as {name}")).unwrap_or_default();
    match &symbol.displaced_by {
        Some(by) => {
            text +=
                &format!("  another member of its choice is set: {by}, at {}{written}\n", at(&symbol.set_by));
        }
        None => text += &format!("  set at {}{written}\n", at(&symbol.set_by)),
    }
    for beaten in &symbol.beat {
        let Beaten { name, file, line, value } = beaten;
        let line = line.map(|line| format!(":{line}")).unwrap_or_default();
        let name = name.as_ref().map(|name| format!("{name}=")).unwrap_or_default();
        text += &format!("  over {name}{value}, at {file}{line}\n");
    }
    text
}

fn kconfig(facts: &KconfigFacts) -> String {
    let mut text = String::new();
    let mut line = |name: &str, value: &str| {
        for (index, part) in wrap(value, WIDTH - 14).lines().enumerate() {
            text += &format!("  {:<11} {part}\n", if index == 0 { name } else { "" });
        }
    };
    line("prompt", facts.prompt.as_deref().unwrap_or("none: no line can set it"));
    let range = facts.range.as_ref().map(|[low, high]| format!(", {low} to {high}")).unwrap_or_default();
    line("type", &format!("{}{range}", facts.kind));
    if let Some(choice) = &facts.choice {
        let members: Vec<String> = choice
            .members
            .iter()
            .map(|(name, chosen)| if *chosen { format!("{name} (chosen)") } else { name.clone() })
            .collect();
        line("choice", &format!("{}: {}", choice.name, members.join(", ")));
    }
    for (index, condition) in facts.conditions.iter().enumerate() {
        let values: Vec<String> = condition
            .values
            .iter()
            .map(|(name, value)| match value.as_deref() {
                Some("") => format!("{name} is empty"),
                Some(value) => format!("{name} is {value}"),
                None => format!("{name} does not exist"),
            })
            .collect();
        let met = if condition.met { "met" } else { "NOT met" };
        line(if index == 0 { "needs" } else { "" }, &condition.condition);
        line("", &format!("- {met}: {}", values.join(", ")));
        line("", &format!("- at {}", at(&condition.place)));
    }
    if !facts.selected_by.is_empty() {
        line("selected by", &facts.selected_by.join(", "));
    }
    let others: Vec<&str> =
        facts.selectors.iter().filter(|name| !facts.selected_by.contains(name)).map(String::as_str).collect();
    if !others.is_empty() {
        line("selectable", &format!("by {}", others.join(", ")));
    }
    for (index, default) in facts.defaults.iter().enumerate() {
        let condition = default.condition.as_ref().map(|text| format!(" if {text}")).unwrap_or_default();
        let in_force = if default.in_force { "  [the one in force]" } else { "" };
        line(if index == 0 { "default" } else { "" }, &format!("{}{condition}{in_force}", default.value));
    }
    for (index, place) in facts.defined.iter().enumerate() {
        line(if index == 0 { "defined" } else { "" }, &at(place));
    }
    if let Some(help) = &facts.help {
        text.push('\n');
        for part in help.lines() {
            text += format!("  {part}").trim_end();
            text.push('\n');
        }
    }
    text
}

fn at(place: &SetBy) -> String {
    match place.line {
        Some(line) => format!("{}:{line}", place.file),
        None => place.file.clone(),
    }
}
