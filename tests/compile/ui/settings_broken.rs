pgstrata::embed_migrations!("ui/settings_broken");

fn main() {}
