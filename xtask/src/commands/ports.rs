//! The base boards of the selected builds, evaluated by cmake: each once, and many in one process.
//!
//! What a port means for a build is `plan`'s.

use super::session::Session;
use crate::checkout::{self, Port};
use crate::config::{Base, BuildSpec};
use crate::diagnostic::Diagnostics;
use crate::exit::Failure;
use crate::plan::resolve::{IdfFacts, place_findings};
use std::collections::BTreeSet;

/// From so many base boards on, evaluating the whole tree in one process is faster than a process for each.
const MANY: usize = 3;

type Key = (String, Option<String>);

fn key(spec: &BuildSpec) -> Key {
    (spec.base.value.to_string(), spec.settings.base_variant.as_ref().map(|variant| variant.value.clone()))
}

impl Session {
    /// Evaluates the base boards of many builds at once. A board with any finding is left to [`Session::port`], which tells it.
    ///
    /// # Errors
    /// When cmake cannot be run.
    pub fn evaluate_ports(&mut self, specs: &[BuildSpec], facts: &IdfFacts) -> Result<(), Failure> {
        let in_tree = specs.iter().filter(|spec| matches!(spec.base.value, Base::InTree(_)));
        let wanted: BTreeSet<Key> = in_tree.map(key).collect();
        if wanted.len() < MANY {
            return Ok(());
        }
        let (cmake, _) = self.cmake()?;
        let (boards, findings) = checkout::evaluate_all(self.checkout()?, &cmake, facts.version)?;
        if !findings.is_empty() {
            return Ok(());
        }
        for board in boards {
            let bare = board.ports.iter().find(|port| port.variant.is_none()).cloned();
            for port in board.ports {
                let key = (board.board.clone(), port.variant.clone());
                if wanted.contains(&key) && !changes_nothing(&port, bare.as_ref()) {
                    self.ports.insert(key, (Some(port), Diagnostics::default()));
                }
            }
        }
        Ok(())
    }

    /// What the base board of a build is, evaluated once for each board and variant.
    ///
    /// # Errors
    /// When cmake cannot be run.
    pub fn port(
        &mut self,
        spec: &BuildSpec,
        facts: &IdfFacts,
    ) -> Result<(Option<Port>, Diagnostics), Failure> {
        let key = key(spec);
        if !self.ports.contains_key(&key) {
            let (cmake, _) = self.cmake()?;
            let base = match &spec.base.value {
                Base::InTree(name) => checkout::Base::InTree(name.clone()),
                Base::Folder(path) => checkout::Base::Folder(path.clone()),
            };
            let port = checkout::evaluate(self.checkout()?, &cmake, &base, key.1.as_deref(), facts.version)?;
            self.ports.insert(key.clone(), port);
        }
        let (port, findings) = self.ports.get(&key).cloned().unwrap_or_default();
        Ok((port, place_findings(findings, spec)))
    }
}

/// Whether a variant may be the bare board again, which is judged one by one.
fn changes_nothing(port: &Port, bare: Option<&Port>) -> bool {
    port.variant.is_some()
        && bare.is_none_or(|bare| {
            let paths =
                |port: &Port| port.fragments.iter().map(|fragment| fragment.path.clone()).collect::<Vec<_>>();
            paths(port) == paths(bare)
                && port.settings == bare.settings
                && port.defines.len() == bare.defines.len()
        })
}
