pgstrata::embed_migrations!("ui/settings_unsupported");

fn main() {}
