pgstrata::embed_migrations!("ui/settings_ignore_migration");

fn main() {}
