pgstrata::embed_migrations!("ui/allow_unknown_rule");

fn main() {}
