//! The same connection for programs of libpq: by their environment, where nobody else sees it.

use postgres::config::Host;

use super::Settings;

impl Settings {
    /// Variables of libpq; the password is one, since other users see arguments (PostgreSQL
    /// manual, libpq: Environment Variables).
    pub(crate) fn environment(&self) -> Vec<(String, String)> {
        let config = &self.config;
        let host = |host: &Host| match host {
            Host::Tcp(name) => name.clone(),
            Host::Unix(path) => path.display().to_string(),
        };
        let joined = |all: Vec<String>| Some(all.join(",")).filter(|text| !text.is_empty());
        let hosts = joined(config.get_hosts().iter().map(host).collect());
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
        ];
        let known = values
            .into_iter()
            .filter_map(|(name, value)| Some((name.to_owned(), value?)));
        known.chain(self.tls_words.iter().cloned()).collect()
    }
}
