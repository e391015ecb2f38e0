pgstrata::embed_migrations!("ui/literal_credential");

fn main() {}
