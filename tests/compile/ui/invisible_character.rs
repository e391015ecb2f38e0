pgstrata::embed_migrations!("ui/invisible_character");

fn main() {}
