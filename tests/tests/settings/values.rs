//! What settings a server has, and the values that are tried.

use postgres::Client;

use crate::support::ask;

pub(crate) struct Setting {
    pub(crate) name: String,
    pub(crate) values: Vec<String>,
}

/// Of texts, these.
const TEXTS: [(&str, &[&str]); 15] = [
    ("DateStyle", &["German, DMY", "SQL, YMD", "Postgres"]),
    ("TimeZone", &["Asia/Tokyo", "America/St_Johns"]),
    ("application_name", &["it''s a \\ name"]),
    ("client_encoding", &["LATIN1", "SQL_ASCII", "WIN1252"]),
    ("createrole_self_grant", &["set, inherit"]),
    ("default_text_search_config", &["pg_catalog.english"]),
    ("lc_messages", &["C"]),
    ("lc_monetary", &["C"]),
    ("lc_numeric", &["C"]),
    ("lc_time", &["C"]),
    ("restrict_nonsystem_relation_kind", &["view, foreign-table"]),
    ("search_path", &["public", "nowhere, public"]),
    ("session_preload_libraries", &["auto_explain"]),
    ("timezone_abbreviations", &["Australia"]),
    ("wal_consistency_checking", &["all"]),
];

const QUERY: &str =
    "SELECT name, vartype, array_to_string(enumvals, '|'), min_val, max_val, boot_val
    FROM pg_settings WHERE context IN ('user', 'superuser') ORDER BY name";

impl Setting {
    pub(crate) fn all(client: &mut Client) -> Vec<Self> {
        assert_eq!(ask(client, "SELECT current_setting('is_superuser')"), "on");
        let rows = client.query(QUERY, &[]).unwrap();
        let rows = rows.iter().map(|row| {
            let name: String = row.get(0);
            let text = |index: usize| row.get::<_, Option<String>>(index).unwrap_or_default();
            let values = match &*text(1) {
                "bool" => vec!["on".to_owned(), "off".to_owned()],
                "enum" => text(2).split('|').map(str::to_owned).collect(),
                "integer" | "real" => vec![text(3), text(4)],
                _ => {
                    let listed = TEXTS.iter().find(|(known, _)| *known == name);
                    let usual = vec![text(5)];
                    listed.map_or(usual, |(_, values)| {
                        values.iter().copied().map(str::to_owned).collect()
                    })
                }
            };
            Self { name, values }
        });
        rows.collect()
    }
}
