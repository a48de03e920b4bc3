//! The programs that the verbs run: the stand-in's, the machine's, or those fetched from PyPI.
//!
//! ESP-IDF's own come with its environment, which `toolchain` activates.

use super::session::Session;
use crate::exit::Failure;
use crate::process;
use crate::toolchain::python;
use std::path::PathBuf;

impl Session {
    /// Where a build would find a program: among the stand-in's, on the PATH, or in what was fetched from PyPI already.
    pub fn program(&self, name: &str) -> Option<PathBuf> {
        let in_tools = |tools: &python::Tools| Some(tools.program(name)).filter(|path| path.is_file());
        let stand_in = self.stand_in.as_ref().and_then(|stand_in| in_tools(&stand_in.tools));
        let fetched = || in_tools(&python::installed(&self.state, python::CMAKE_AND_NINJA)?);
        // ESP-IDF's programs run in an environment of their own, whose Python is not the machine's.
        stand_in.filter(|_| name != "python3").or_else(|| process::find(name)).or_else(fetched)
    }

    /// cmake: the stand-in's, the machine's, or PyPI's, fetched once.
    ///
    /// # Errors
    /// When there is none and none can be fetched.
    pub fn cmake(&mut self) -> Result<(PathBuf, Vec<PathBuf>), Failure> {
        if let Some(stand_in) = &self.stand_in {
            return Ok((stand_in.tools.program("cmake"), stand_in.tools.path()));
        }
        if let (Some(cmake), Some(_)) = (process::find("cmake"), process::find("ninja")) {
            return Ok((cmake, Vec::new()));
        }
        let screen = &mut self.screen;
        let tools = python::install(&self.state, python::CMAKE_AND_NINJA, &mut |text| {
            screen.status("Preparing", text)
        })?;
        Ok((tools.program("cmake"), tools.path()))
    }
}
