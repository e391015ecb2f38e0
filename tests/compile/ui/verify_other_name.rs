pgstrata::embed_migrations!("ui/verify_other_name");

fn main() {}
