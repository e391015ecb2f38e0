pgstrata::embed_migrations!("ui/settings_wrong_value");

fn main() {}
