pgstrata::embed_migrations!("ui/session_setting");

fn main() {}
