//! The environment of the build's programs: an allow-list, so that a stray variable cannot change a firmware.
//!
//! ESP-IDF lets `IDF_TARGET`, `SDKCONFIG_DEFAULTS`, `IDF_EXTRA_ACTIONS_PATH` and others in the environment override the
//! board; GNU make passes `MAKEFLAGS` on. None of them gets through.

use std::collections::BTreeMap;

/// Variables that reach the build: the user's session, the network, caches, and where ESP-IDF keeps its tools.
const ALLOWED: &[&str] = &[
    "PATH",
    "HOME",
    "USER",
    "LOGNAME",
    "SHELL",
    "TMPDIR",
    "TZ",
    "LANG",
    "LANGUAGE",
    "http_proxy",
    "https_proxy",
    "no_proxy",
    "all_proxy",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "NO_PROXY",
    "ALL_PROXY",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "REQUESTS_CA_BUNDLE",
    "CURL_CA_BUNDLE",
    "GIT_SSL_CAINFO",
    "SSH_AUTH_SOCK",
    "CCACHE_DIR",
    "CCACHE_CONFIGPATH",
    "CCACHE_MAXSIZE",
    "CCACHE_REMOTE_STORAGE",
    "CCACHE_DISABLE",
    "IDF_TOOLS_PATH",
    "IDF_PYTHON_ENV_PATH",
    "IDF_PYTHON_CHECK_CONSTRAINTS",
    "IDF_SKIP_CHECK_SUBMODULES",
    "ESP_IDF_VERSION",
    "ESP_ROM_ELF_DIR",
    "OPENOCD_SCRIPTS",
    "IDF_GITHUB_ASSETS",
    "IDF_MIRROR_PREFIX_MAP",
    "IDF_COMPONENT_REGISTRY_URL",
    "IDF_COMPONENT_STORAGE_URL",
    "IDF_COMPONENT_LOCAL_STORAGE_URL",
    "IDF_COMPONENT_CACHE_PATH",
    "IDF_COMPONENT_API_TIMEOUT",
    "SOURCE_DATE_EPOCH",
    "MACOSX_DEPLOYMENT_TARGET",
];

/// Prefixes that reach the build: locale categories, and the faults that the stand-in port plays on demand.
const ALLOWED_PREFIXES: &[&str] = &["LC_", "XTASK_STAND_IN_"];

/// Variables that an allowed name must not carry into a report: they differ between machines and runs.
const SESSION: &[&str] = &["USER", "LOGNAME", "SHELL", "SSH_AUTH_SOCK"];

/// What of the caller's environment reaches the build.
pub fn allowed(all: impl IntoIterator<Item = (String, String)>) -> BTreeMap<String, String> {
    all.into_iter()
        .filter(|(name, _)| {
            ALLOWED.contains(&name.as_str()) || ALLOWED_PREFIXES.iter().any(|prefix| name.starts_with(prefix))
        })
        .collect()
}

/// Whether a variable can change what is built, so that its change is a reason to build again.
pub fn matters(name: &str) -> bool {
    !SESSION.contains(&name) && !matches!(name, "HOME" | "TMPDIR")
}

/// Adds the `NAME=VALUE` lines that `idf_tools.py export --format key-value` prints; `$NAME` stands for the value before.
///
/// Source: ESP-IDF v5.5 `tools/idf_tools.py`, `action_export`.
pub fn activate(environment: &mut BTreeMap<String, String>, exported: &str) {
    for (name, value) in exported.lines().filter_map(|line| line.split_once('=')) {
        let name = name.trim();
        let before = environment.get(name).cloned().unwrap_or_default();
        environment.insert(name.to_owned(), value.trim_end().replace(&format!("${name}"), &before));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vars(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn a_stray_variable_does_not_get_through() {
        let all =
            vars(&[("PATH", "/bin"), ("IDF_TARGET", "esp32"), ("MAKEFLAGS", "BUILD=x"), ("LC_ALL", "C")]);
        assert_eq!(allowed(all), vars(&[("PATH", "/bin"), ("LC_ALL", "C")]));
    }

    #[test]
    fn exported_lines_extend_the_path() {
        let mut environment = vars(&[("PATH", "/bin")]);
        activate(&mut environment, "IDF_PYTHON_ENV_PATH=/env\nPATH=/env/bin:/idf/tools:$PATH\nnoise\n");
        assert_eq!(
            environment,
            vars(&[("IDF_PYTHON_ENV_PATH", "/env"), ("PATH", "/env/bin:/idf/tools:/bin")])
        );
    }
}
