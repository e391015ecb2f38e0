pgstrata::embed_migrations!("ui/settings_unknown_rule");

fn main() {}
