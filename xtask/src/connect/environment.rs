//! The same connection for programs of libpq: by their environment, where nobody else sees it.

use std::process::Command;

use postgres::config::Host;

use super::Settings;

/// What is handed on as it was said.
const AS_SAID: [&str; 8] = [
    "sslmode",
    "sslrootcert",
    "sslcert",
    "sslkey",
    "sslnegotiation",
    "ssl_min_protocol_version",
    "ssl_max_protocol_version",
    "channel_binding",
];

impl Settings {
    /// Lets the program connect to the very server that was found, at that address. What its environment
    /// says besides is not asked: a service would come first (PostgreSQL manual, libpq: The Connection
    /// Service File).
    pub(crate) fn hand_to<'c>(&self, command: &'c mut Command) -> &'c mut Command {
        command.env_remove("PGSERVICE").envs(self.environment())
    }

    /// Variables of libpq; the password is one, since other users see arguments (PostgreSQL
    /// manual, libpq: Environment Variables).
    fn environment(&self) -> Vec<(String, String)> {
        let config = &self.config;
        let host = |host: &Host| match host {
            Host::Tcp(name) => name.clone(),
            Host::Unix(path) => path.display().to_string(),
        };
        let joined = |all: Vec<String>| Some(all.join(","));
        let hosts = joined(config.get_hosts().iter().map(host).collect());
        // Empty if there is no value, so that libpq takes one from nowhere else.
        let addresses = joined(
            config
                .get_hostaddrs()
                .iter()
                .map(ToString::to_string)
                .collect(),
        );
        let ports = joined(config.get_ports().iter().map(ToString::to_string).collect());
        let text = |value: Option<&str>| value.map(str::to_owned);
        let password = config
            .get_password()
            .map(|it| String::from_utf8_lossy(it).into_owned());
        let values = [
            ("PGHOST", hosts),
            ("PGHOSTADDR", addresses),
            ("PGPORT", ports),
            ("PGUSER", text(config.get_user())),
            ("PGDATABASE", text(config.get_dbname())),
            ("PGOPTIONS", text(config.get_options())),
            ("PGAPPNAME", text(config.get_application_name())),
            ("PGPASSWORD", password),
            ("PGTARGETSESSIONATTRS", text(Some("any"))),
            ("PGLOADBALANCEHOSTS", text(Some("disable"))),
            // As our own connection says it, whatever the environment has.
            ("PGCLIENTENCODING", Some("UTF8".to_owned())),
        ];
        let known = values
            .into_iter()
            .filter_map(|(name, value)| Some((name.to_owned(), value?)));
        known.chain(self.values.variables(&AS_SAID)).collect()
    }
}
